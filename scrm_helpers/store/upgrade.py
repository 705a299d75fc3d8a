"""Tables kept from an older version of the contracts: told as such, and moved on in place by `upgrade`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from scrm_helpers import tables
from scrm_helpers.store import versions
from scrm_helpers.store.versions import shown
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell


class Move(NamedTuple):
    """One file: `half` holds its new content and takes its place; None: the table is taken out."""

    path: Path
    half: Path | None

    @property
    def what(self) -> tuple[str, str]:
        """The table, and what became of it."""
        return _name(self.path), "moved_on" if self.half else "taken_out"


def upgrade(workspace: Workspace) -> list[str]:
    """Moves every kept table of a workspace on to this version; gives what was done, a line per table and folder.

    All are made beside the old ones before the first takes its place: WorkspaceError, with nothing changed, where one cannot be moved
    on. Each file is the old one or the new one, never half of it; a stop in the middle is carried on by the next call. Files that
    were one (a month and what it published) stay one.
    """
    tops = ((workspace.processed, False), (workspace.private, True))
    old = [(_old(top), private) for top, private in tops]
    for path in (p for paths, _ in old for p in paths):
        _steps(path)
    moves: list[list[Move]] = []
    try:
        for paths, private in old:
            moves.append([])
            for move in _made(paths, private):
                moves[-1].append(move)
    except BaseException:
        for path in (p for paths, _ in old for p in paths):
            _half(path).unlink(missing_ok=True)
        raise
    for move in (m for of_top in moves for m in of_top):
        if move.half:
            move.half.replace(move.path)
        else:
            move.path.unlink()
    counted = [sorted(Counter(m.what for m in of_top).items()) for of_top in moves]
    files = lambda n: tell("told.done.files", n=str(n)) if n > 1 else tell("told.done.file")  # noqa: E731
    return [tell(f"told.done.{done}", table=table, files=files(n)) for of_top in counted for (table, done), n in of_top]


def _old(top: Path) -> list[Path]:
    """Tables below a folder that are not of this version; refused where one is of a newer."""
    old = [p for p in sorted(top.glob("[0-9]*/**/*.parquet")) if versions.version_of(p) != versions.VERSION]
    versions.refuse_others([p for p in old if versions.version_of(p) > versions.VERSION])
    return old


def _made(paths: list[Path], private: bool) -> Iterator[Move]:
    """Writes the new content of each table beside it."""
    made: dict[tuple[int, int], Path] = {}
    for path in paths:
        if any(_name(path) in step.gone for step in _steps(path)):
            yield Move(path, None)
            continue
        half, inode = _half(path), (path.stat().st_dev, path.stat().st_ino)
        half.unlink(missing_ok=True)
        if inode in made:
            half.hardlink_to(made[inode])
        else:
            pq.write_table(_moved(path, _name(path), private), half, compression="zstd")
            half.chmod(path.stat().st_mode & 0o777)
        made.setdefault(inode, half)
        yield Move(path, half)


def _half(path: Path) -> Path:
    return path.with_suffix(".half")


def _name(path: Path) -> str:
    return path.name.split(".")[0]


def _steps(path: Path) -> list[versions.Step]:
    """The steps from a table's version to this one."""
    wanted = range(versions.version_of(path) + 1, versions.VERSION + 1)
    lacking = [v for v in wanted if v not in versions.STEPS]
    if lacking:
        said = {"held": str(versions.version_of(path)), "version": str(lacking[0])}
        raise WorkspaceError(tell("told.version.no_step", file=shown(path), **said))
    return [versions.STEPS[v] for v in wanted]


def _moved(path: Path, name: str, private: bool) -> pa.Table:
    table, contract = pq.read_table(path), tables.contract(name)
    kinds = {c.name: ibis.dtype(c.kind.ibis).to_pyarrow() for c in contract.stored(private or contract.secret)}
    for step in _steps(path):
        table = table.drop_columns([c for c in step.dropped.get(name, ()) if c in table.column_names])
        table = table.rename_columns([step.renamed.get(name, {}).get(c, c) for c in table.column_names])
        for column, value in step.added.get(name, {}).items():
            if column in kinds:  # the table's other half may hold it
                values = value(table) if callable(value) else [value] * len(table)
                table = table.append_column(column, pa.array(values, kinds[column]))
    lacking, foreign = [c for c in kinds if c not in table.column_names], [c for c in table.column_names if c not in kinds]
    if lacking or foreign:
        raise WorkspaceError(
            f"{shown(path)}: moved on it lacks {lacking} and has {foreign}; expected the contract's columns. The step in "
            "scrm_helpers/store/versions.py is not whole: this is a fault of the suite."
        )
    marked = (table.schema.metadata or {}) | {versions.MARK.encode(): str(versions.VERSION).encode()}
    return table.select(list(kinds)).cast(pa.schema(kinds.items())).replace_schema_metadata(marked)
