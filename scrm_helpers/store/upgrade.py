"""Tables kept from an older version of the contracts: told as such, and moved on in place by `upgrade`."""

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from scrm_helpers import tables
from scrm_helpers.store import versions
from scrm_helpers.store.versions import shown
from scrm_helpers.store.workspace import WorkspaceError


def upgrade(top: Path, *, private: bool) -> list[str]:
    """Moves every table below `top` (processed or private) on to this version; gives what was done, a line per table.

    Each file is the old one or the new one, never half of it; a stop in the middle is carried on by the next call. Files that were
    one (a month and what it published) stay one. WorkspaceError, with nothing written, where a table cannot be moved on.
    """
    old = [p for p in sorted(top.glob("[0-9]*/**/*.parquet")) if versions.version_of(p) != versions.VERSION]
    newer = [p for p in old if versions.version_of(p) > versions.VERSION]
    versions.refuse_others(newer)
    for path in old:
        _steps(path)
    made: dict[tuple[int, int], Path] = {}
    done: dict[str, int] = {}
    for path in old:
        name, inode = path.name.split(".")[0], (path.stat().st_dev, path.stat().st_ino)
        if any(name in step.gone for step in _steps(path)):
            path.unlink()
            done[f"{name}: taken out"] = done.get(f"{name}: taken out", 0) + 1
            continue
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        if inode in made:
            half.hardlink_to(made[inode])
        else:
            mode = path.stat().st_mode & 0o777
            pq.write_table(_moved(path, name, private), half, compression="zstd")
            half.chmod(mode)
        half.replace(path)
        made.setdefault(inode, path)
        done[f"{name}: moved on"] = done.get(f"{name}: moved on", 0) + 1
    return [f"{what}, {n} file{'s' if n > 1 else ''}" for what, n in sorted(done.items())]


def _steps(path: Path) -> list[versions.Step]:
    """The steps from a table's version to this one."""
    wanted = range(versions.version_of(path) + 1, versions.VERSION + 1)
    lacking = [v for v in wanted if v not in versions.STEPS]
    if lacking:
        raise WorkspaceError(
            f"{shown(path)}: came in contract version {versions.version_of(path)}, and version {lacking[0]} changed what its rows mean; "
            "expected tables to move on. Run the months again from raw: python start.py run --period FIRST..LAST (--revise where closed)"
        )
    return [versions.STEPS[v] for v in wanted]


def _moved(path: Path, name: str, private: bool) -> pa.Table:
    table, contract = pq.read_table(path), tables.contract(name)
    kinds = {c.name: ibis.dtype(c.kind.ibis).to_pyarrow() for c in contract.stored(private or contract.secret)}
    for step in _steps(path):
        table = table.drop_columns([c for c in step.dropped.get(name, ()) if c in table.column_names])
        table = table.rename_columns([step.renamed.get(name, {}).get(c, c) for c in table.column_names])
        for column, value in step.added.get(name, {}).items():
            if column in kinds:  # the table's other half may hold it
                table = table.append_column(column, pa.array([value] * len(table), kinds[column]))
    lacking, foreign = [c for c in kinds if c not in table.column_names], [c for c in table.column_names if c not in kinds]
    if lacking or foreign:
        raise WorkspaceError(
            f"{shown(path)}: moved on it lacks {lacking} and has {foreign}; expected the contract's columns. The step in "
            "scrm_helpers/store/versions.py is not whole: this is a fault of the suite."
        )
    marked = (table.schema.metadata or {}) | {versions.MARK.encode(): str(versions.VERSION).encode()}
    return table.select(list(kinds)).cast(pa.schema(kinds.items())).replace_schema_metadata(marked)
