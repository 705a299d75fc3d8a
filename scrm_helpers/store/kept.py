"""What a month leaves behind: its tables as they were published, and of a closed month a copy per revision.

`published/` beside a month's tables is the month as its page shows it: later months, `why` and `compare` read it there, whatever a
later run that failed left. `revisions/N/` is the same as revision N published it. All are second names of the same files (tables
are replaced whole, never written into), so they cost room only where a revision differs.
"""

import os
import shutil
from pathlib import Path

from scrm_helpers.store.workspace import ANSWERED, FIRST_SEEN, PUBLISHED, REVISIONS, Workspace, WorkspaceError
from scrm_helpers.texts import tell


def keep(workspace: Workspace, period: str) -> None:
    """Keeps the month's tables as published."""
    for top in _tops(workspace, period):
        if _own(top):
            mirror(top, _folder(workspace, top, PUBLISHED))


def keep_revision(workspace: Workspace, period: str, number: int) -> None:
    """Keeps what is published as a revision; it is there whole or not at all."""
    for top in _tops(workspace, period):
        if not _own(top / PUBLISHED):
            continue
        target = _folder(workspace, top, REVISIONS) / str(number)
        half = _folder(workspace, top, REVISIONS, f"{number}.half")
        mirror(top / PUBLISHED, half)
        shutil.rmtree(target, ignore_errors=True)
        half.replace(target)


def bring_back(workspace: Workspace, period: str, number: int) -> None:
    """Makes tables and what is published those of a revision again. WorkspaceError, with nothing changed, where they are not there."""
    require(workspace, period, number)
    for top in _tops(workspace, period):
        source = top / REVISIONS / str(number)
        if source.is_dir():
            mirror(source, _folder(workspace, top, PUBLISHED))
            mirror(source, top)


def require(workspace: Workspace, period: str, number: int) -> None:
    """WorkspaceError where a closed month holds no tables of a revision, in either of its folders."""
    processed, *others = _tops(workspace, period)
    # a month without private tables has no private part of any revision either
    tops = [processed, *(t for t in others if _own(t) or _own(t / PUBLISHED) or (t / REVISIONS).is_dir())]
    lost = [t / REVISIONS / str(number) for t in tops if not _own(t / REVISIONS / str(number))]
    if lost:
        names = ", ".join(f.relative_to(workspace.root).as_posix() for f in lost)
        raise WorkspaceError(tell("told.closing.no_tables", folders=names, period=period, number=str(number)))


def mirror(source: Path, target: Path) -> None:
    """Gives `target` the month's files of `source`, each in one step, and takes out those that `source` has not."""
    wanted = _own(source)
    for path in wanted:
        other = target / path.name
        if other.is_file() and other.samefile(path):
            continue
        half = target / f"{path.name}.half"
        half.unlink(missing_ok=True)
        if path.suffix != ".parquet" or not _linked(path, half):
            shutil.copy2(path, half)
        half.replace(other)
    for path in {p.name for p in _own(target)} - {p.name for p in wanted}:
        (target / path).unlink()


def _linked(path: Path, other: Path) -> bool:
    """Whether a second name could be given to a table's file (not on every file system)."""
    try:
        os.link(path, other)
    except OSError:
        return False
    return True


def _own(folder: Path) -> list[Path]:
    """Files of a month that runs write: tables, and the log of raw files first seen."""
    tables = (f for f in folder.glob("*.parquet") if f.name.split(".")[0] != ANSWERED)
    return sorted(f for f in (*tables, folder / FIRST_SEEN) if f.is_file())


def _tops(workspace: Workspace, period: str) -> list[Path]:
    return [workspace.processed / period, workspace.private / period]


def _folder(workspace: Workspace, top: Path, *parts: str) -> Path:
    if top.parent == workspace.private:
        return workspace.private_folder(top.name, *parts)
    folder = top.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
