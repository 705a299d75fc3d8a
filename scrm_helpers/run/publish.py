"""Publishing: a gate that looks for personal data and secrets, then one swap. A failed run never replaces a good page."""

import json
import os
import re
import shutil
import zipfile
from html import unescape
from pathlib import Path

from scrm_helpers.run import kinds
from scrm_helpers.run.errors import RunError
from scrm_helpers.run.kinds import Ours
from scrm_helpers.run.said import Among, undrawn, words
from scrm_helpers.store.shown import POINTER, RUN_FILE, current
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import RESTRICTED
from scrm_helpers.texts import tell

TEXT = {".html", ".ipynb", ".csv", ".json", ".svg", ".txt", ".md"}
WORKBOOK, NOTEBOOK = ".xlsx", ".ipynb"
INJECTED = "injected-parameters"  # papermill's cell of values, which the notebook in JupyterLab does not have
PARTS = re.compile(r"xl/(?:sharedStrings|worksheets/.*|comments.*)\.xml|docProps/.*\.xml")  # where a workbook holds words and numbers
TAG = re.compile(r"<[^>]*>")
MADE = {RUN_FILE, "done.json"}  # digests, in which a run of digits is chance; the values in them were looked at before the run


def gate(folder: Path, among: Among | None = None, ours: Ours | None = None) -> None:
    """RunError where a file that would be published holds what looks personal or secret; names file and kind, never the value.

    `among` gives those of some words that are contacts of customers (`said.of_customers`); `ours` those of some numbers that are ids of the
    company's own things (`said.of_things`), which are nobody's though they check as a person's or a card's.
    """
    found, said = [], {}
    for path in sorted(folder.rglob("*")):
        looked = path.suffix in TEXT or path.suffix == WORKBOOK
        if path.is_file() and looked and path.name not in MADE and RESTRICTED not in path.relative_to(folder).parts:
            text = _cells(path) if path.suffix == WORKBOOK else path.read_text(encoding="utf-8", errors="replace")
            where = path.relative_to(folder).as_posix()
            bare = undrawn(text)
            for kind in kinds.PATTERNS:
                if match := kinds.first(kind, bare if kind in kinds.CHECKED else text, ours):
                    place = _place(path.suffix, kind, match, text, ours)
                    found.append(tell(f"told.publish.{place[0]}", file=where, n=str(place[1]), kind=kinds.in_words(kind)))
            if among:
                said[where] = words(bare)
    contacts = among(set().union(*said.values())) if said else set()
    found += [tell("told.publish.contact", file=where) for where, told in said.items() if contacts & told]
    if found:
        raise RunError(tell("told.publish.stopped", found="\n- ".join(found[:20])))


def _place(suffix: str, kind: str, match: re.Match, text: str, ours: Ours | None) -> tuple[str, int]:
    """Where a match stands: the cell of a notebook, the line of another file."""
    if suffix == NOTEBOOK and (cell := _cell(text, kind, ours)):
        return "cell", cell
    at = kinds.first(kind, text, ours) or match  # what was looked at may lack drawings, and their lines
    return "line", at.string.count("\n", 0, at.start()) + 1


def _cell(notebook: str, kind: str, ours: Ours | None) -> int:
    """The first cell of a notebook that holds this kind, as JupyterLab numbers it; 0 where none does by itself. A heading has no number: it
    is told as the cell before it."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return 0
    number = 0
    for cell in cells:
        number += cell["cell_type"] == "code" and INJECTED not in cell["metadata"].get("tags", [])
        if kinds.first(kind, json.dumps(cell, ensure_ascii=False, indent=1), ours):
            return max(number, 1)
    return 0


def _cells(path: Path) -> str:
    """Words and numbers of a workbook, a cell a line: its file is a zip of XML, in which no pattern would be found."""
    with zipfile.ZipFile(path) as parts:
        inside = [parts.read(name).decode("utf-8", errors="replace") for name in sorted(parts.namelist()) if PARTS.fullmatch(name)]
    return unescape(TAG.sub("\n|", "\n".join(inside)))  # the bar keeps figures of neighbouring cells from reading as one number


def swap(outputs: Path, period: str, run: Path) -> Path:
    """Makes outputs/<period> show the run, in one step. Gives that path."""
    shown = outputs / period
    target = os.path.relpath(run, outputs)
    if os.name == "nt":
        shown.mkdir(exist_ok=True)
        write_whole(shown / POINTER, target)
        return run
    if shown.is_dir() and not shown.is_symlink():
        raise RunError(tell("told.publish.folder", period=period))
    half = outputs / f".{period}.half"
    half.unlink(missing_ok=True)
    half.symlink_to(target, target_is_directory=True)
    half.replace(shown)
    return shown


def shown_page(outputs: Path, period: str, page: str) -> Path:
    """The path of a page that a person can open: below outputs/<period>, or in the run's folder where there are no links."""
    run = current(outputs, period)
    return outputs / period / page if run is None or (outputs / period).is_symlink() else run / page


def prune_drafts(runs: Path, keep: set[Path]) -> None:
    """Removes runs that no month shows."""
    for folder in runs.glob("[ab]/*"):
        if folder.is_dir() and folder.resolve() not in keep:
            shutil.rmtree(folder)


def write_json(path: Path, content: dict) -> None:
    """Writes JSON whole or not at all."""
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n")
