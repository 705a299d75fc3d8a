"""Publishing: a gate that looks for personal data and secrets, then one swap. A failed run never replaces a good page."""

import json
import os
import re
import shutil
from pathlib import Path

from scrm_helpers.run.errors import RunError

POINTER = ".current"  # on systems without links: a file that names the run's folder
RESTRICTED = "restricted"
TEXT = {".html", ".ipynb", ".csv", ".json", ".svg", ".txt", ".md"}
PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]{2,}@[\w-]+\.[a-z]{2,}", re.I),
    "a Turkish mobile number": re.compile(r"(?<![\d.])(?:\+90[ -]?|0)5\d{2}[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"),
    "a secret": re.compile(
        r"(?:password|passwd|secret|token|api[_-]?key)\s*[=:]\s*['\"]?[A-Za-z0-9_\-]{12,}|://[^/\s:@]+:[^/\s@]+@", re.I
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}


def gate(folder: Path) -> None:
    """RunError where a file that would be published holds what looks personal or secret; names file and kind, never the value."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TEXT and RESTRICTED not in path.relative_to(folder).parts:
            text = path.read_text(encoding="utf-8", errors="replace")
            for kind, pattern in PATTERNS.items():
                if match := pattern.search(text):
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{path.relative_to(folder).as_posix()}, line {line}: {kind}")
    if found:
        raise RunError(
            "publishing was stopped, the last good page stays: "
            "what would be published holds what looks personal or secret, expected none.\n- "
            + "\n- ".join(found[:20])
            + "\nTake it out of the notebook, table or campaign name that shows it, and run again."
        )


def swap(outputs: Path, period: str, run: Path) -> Path:
    """Makes outputs/<period> show the run, in one step. Gives that path."""
    shown = outputs / period
    target = os.path.relpath(run, outputs)
    if os.name == "nt":
        shown.mkdir(exist_ok=True)
        half = shown / f"{POINTER}.half"
        half.write_text(target, encoding="utf-8")
        half.replace(shown / POINTER)
        return run
    if shown.is_dir() and not shown.is_symlink():
        raise RunError(
            f"outputs/{period}: came as a folder, expected a link that the suite keeps. Move that folder away and run again."
        )
    half = outputs / f".{period}.half"
    half.unlink(missing_ok=True)
    half.symlink_to(target, target_is_directory=True)
    half.replace(shown)
    return shown


def current(outputs: Path, period: str) -> Path | None:
    """The run that outputs/<period> shows; None where there is none."""
    shown = outputs / period
    pointer = shown / POINTER
    if pointer.is_file():
        return (outputs / pointer.read_text(encoding="utf-8")).resolve()
    return shown.resolve() if shown.is_symlink() and shown.exists() else None


def prune_drafts(runs: Path, keep: set[Path]) -> None:
    """Removes runs that no month shows."""
    for folder in runs.iterdir():
        if folder.is_dir() and folder.resolve() not in keep:
            shutil.rmtree(folder)


def write_json(path: Path, content: dict) -> None:
    """Writes JSON whole or not at all."""
    half = path.with_suffix(".half")
    half.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n",
        encoding="utf-8",
        newline="\n",
    )
    half.replace(path)
