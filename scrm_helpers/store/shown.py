"""Which run a month shows, and the language that the shown pages were made in."""

import json
from collections.abc import Iterable
from pathlib import Path

from scrm_helpers import periods

POINTER = ".current"  # on systems without links: a file that names the run's folder
RUN_FILE = "run.json"  # of a run: its parameters, versions and input digests


def current(outputs: Path, period: str) -> Path | None:
    """The run that outputs/<period> shows; None where there is none."""
    shown = outputs / period
    pointer = shown / POINTER
    if pointer.is_file():
        return (outputs / pointer.read_text(encoding="utf-8")).resolve()
    return shown.resolve() if shown.is_symlink() and shown.exists() else None


def language_shown(outputs: Path, period: str = "") -> str:
    """The language of the month's page; where it has none, of the newest month that has one; '' where no month has."""
    months = sorted((f.name for f in outputs.glob("*") if periods.PERIOD.match(f.name)), reverse=True)
    return next(_languages(outputs, [*([period] if period else []), *months]), "")


def _languages(outputs: Path, months: Iterable[str]) -> Iterable[str]:
    for month in months:
        run = current(outputs, month)
        record = run / RUN_FILE if run else None
        if record is not None and record.is_file():
            given = json.loads(record.read_text(encoding="utf-8"))["parameters"]
            if said := next((v["language"] for v in given.values() if v.get("language")), ""):
                yield said
