"""Removes months that are older than they need be: tables, private tables and pages. The key, the list of forgotten people, and what
the months kept go on from stay: the registry and the reviewers' answers of the newest month that goes, and of every month that goes what
no later run can find again: the days on which its runs first saw a promise, and the raw files that they had."""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from scrm_helpers import periods
from scrm_helpers.errors import ToldError
from scrm_helpers.privacy.finding import months
from scrm_helpers.run import publish
from scrm_helpers.run.index import write_index
from scrm_helpers.store import sightings
from scrm_helpers.store.closings import closing_of
from scrm_helpers.store.workspace import COMPARED, FIRST_SEEN, PUBLISHED, Workspace
from scrm_helpers.texts import tell

# tables of `private` that the oldest month kept is made from: they lie in whichever month wrote them last
CARRIED = (f"{PUBLISHED}/registry.parquet", "labels.parquet")
# of `processed`, of every month: a file without a day of its own is as old as the first run that had it, and the newer of two files counts
NOTED = (FIRST_SEEN, sightings.FILE)


class Pruned(NamedTuple):
    """What goes and what stays of it, as paths below the project; `closed`: closed months that go, with all their revisions."""

    gone: list[str]
    stays: list[str]
    closed: list[str]


def prune(workspace: Workspace, *, keep: int, dry: bool = False) -> Pruned:
    """Removes what is older than the newest `keep` published months, from `processed`, `private` and `outputs`, with the pages that
    set a month that is not kept beside another, and rewrites the index.

    A month that was not published does not count, and goes only where it is older than all that are kept. `dry` only says what would
    go. ValueError where nothing would be left.
    """
    if keep < 1:
        raise ToldError(tell("told.keep", came=str(keep)))
    known = {*months(workspace), *(f.name for f in workspace.outputs.glob("*") if periods.PERIOD.match(f.name))}
    shown = sorted((m for m in known if _published(workspace, m)), reverse=True)
    old = sorted(m for m in known if len(shown) > keep and m < shown[keep - 1])
    stays = [path for name in CARRIED if (path := _newest(workspace, old, name))]
    stays += [path for m in old for name in NOTED if (path := workspace.processed / m / name).is_file()]
    closed = [m for m in old if closing_of(workspace, m)]
    gone = []
    for path in [*(p for m in old for p in _of(workspace, m)), *_compared(workspace, set(shown) - set(old))]:
        held = [s for s in stays if s.is_relative_to(path)]
        inside = [p for p in path.rglob("*") if p.is_file() and p not in held] if held else []
        if held and not inside:
            continue  # an earlier call left it so
        gone.append(os.path.relpath(path, workspace.root))
        if dry:
            continue
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif held:
            _emptied(path, held, inside)
        else:
            shutil.rmtree(path)
    if gone and not dry:
        write_index(workspace)
    return Pruned(sorted(gone), sorted(os.path.relpath(p, workspace.root) for p in stays), closed)


def _published(workspace: Workspace, month: str) -> bool:
    return any((workspace.processed / month / PUBLISHED).glob("*.parquet")) or publish.current(workspace.outputs, month) is not None


def _compared(workspace: Workspace, kept: set[str]) -> list[Path]:
    """Pages that `compare` made of two months of which one is not kept."""
    pages = ((path, path.stem.removeprefix(COMPARED).split("_")) for path in sorted(workspace.outputs.glob(f"{COMPARED}*.html")))
    return [path for path, both in pages if len(both) == 2 and all(map(periods.PERIOD.match, both)) and not kept.issuperset(both)]


def _newest(workspace: Workspace, old: list[str], name: str) -> Path | None:
    """The newest table of that name in the months that go: a later month's own does not serve the oldest one kept."""
    return next((path for m in reversed(old) if (path := workspace.private / m / name).is_file()), None)


def _emptied(folder: Path, held: list[Path], files: list[Path]) -> None:
    for path in files:
        path.unlink()
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(h.is_relative_to(path) for h in held):
            path.rmdir()


def _of(workspace: Workspace, month: str) -> list[Path]:
    runs = workspace.outputs / ".runs"
    found = [workspace.outputs / month, workspace.processed / month, workspace.private / month]
    found += sorted(runs.glob(f"*/{month}-*")) + sorted(runs.glob(f"{month}.*"))
    return [p for p in found if p.is_symlink() or p.exists()]
