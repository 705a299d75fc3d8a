"""The files that a pass is given: those of the raw folder, and those outside it that sources.yml names."""

import re
from pathlib import Path

from scrm_helpers.ingestion import generic
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.loading import ENDINGS, sha256
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.store.workspace import MARKER
from scrm_helpers.texts import tell

IGNORED = ("sources.yml", "parameters.yml", MARKER)


def files(raw: Path, entries: list) -> tuple[list[tuple[Path, str, list]], list[Taken]]:
    """Every data file with its shown name and the entries of sources.yml that speak of it, raw files by name, then outside ones;
    and what is no data file, or is named and not there."""
    found: dict[str, tuple[Path, list]] = {}
    refused: list[Taken] = []
    for path in (
        sorted(p for p in raw.rglob("*") if p.is_file()) if raw.is_dir() else []
    ):
        name = path.relative_to(raw).as_posix()
        if path.name in IGNORED or path.suffix.lower() == ".md" or any(s.startswith(".") for s in Path(name).parts):
            continue
        if path.suffix.lower() in ENDINGS:
            found[name] = (path, [])
        else:
            refused.append(
                Taken(
                    name,
                    sha256(path),
                    verdict="refused",
                    code="ending",
                    message=tell("console.file.ending", file=name, came=repr(path.suffix or "-"), expected=", ".join(ENDINGS)),
                )
            )
    for entry in (e for e in entries if not e.database):
        matching = generic.paths(entry, raw)
        if not matching and not entry.ignore:
            refused.append(
                Taken(
                    entry.file,
                    "",
                    verdict="refused",
                    code="no_file",
                    message=tell("console.file.no_match", entry=entry.name, pattern=repr(entry.file)),
                )
            )
        for path, name in matching:
            found.setdefault(name, (path, []))[1].append(entry)
    left_out = {name for name, (_, of) in found.items() if any(leaves_out(e) for e in of)}
    return [(path, name, of) for name, (path, of) in found.items()], [t for t in refused if t.file not in left_out]


def leaves_out(entry) -> bool:
    """Whether an entry leaves out its files as a whole; one that names a sheet leaves out that sheet alone."""
    return entry.ignore and not entry.options.get("sheet")


def left_out(name: str) -> dict[str, str]:
    """What is said of a file, or a sheet of one, that sources.yml leaves out."""
    return {
        "verdict": "ignored",
        "reason": tell("console.check.by_sources"),
        "message": tell("console.file.left_out", file=name),
    }


def speaks_of(entry, part: str) -> bool:
    """Whether an entry is for a part of its file: of any sheet, or of the one it names, with all blocks of it. A workbook's only sheet
    has no name here, so every name is its own."""
    sheet = str(entry.options.get("sheet") or "")
    own = re.sub(r"/?block \d+$", "", part)
    return sheet in ("", part) or (own in ("", sheet) and not sheet.startswith("block "))


def check_sheets(taken: list[Taken]) -> None:
    """InputError where an entry names a sheet that none of its files has: what it says would count for nothing."""
    parts = [(t, e) for t in taken if t.part is not None and t.origin for e in t.origin[1]]
    heard = {id(e) for t, e in parts if e in t.entries}
    for entry in (e for _, e in parts if id(e) not in heard):
        there = ", ".join(dict.fromkeys(repr(t.part.part) for t, e in parts if e is entry))
        said = {"where": f"sources.yml, {entry.name}, options, sheet", "came": str(entry.options["sheet"]), "known": there}
        raise InputError(tell("told.option.sheet", **said), "sources")
