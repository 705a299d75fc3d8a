"""Takes one person's rows out of stored tables and of restricted outputs. Each file is the old one or the new one, never half of it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scrm_helpers.ingestion.forgotten import FREE_TEXT, STAYS
from scrm_helpers.privacy.finding import Found
from scrm_helpers.store.workspace import Workspace

TEXTS = {"cases": "case_id"}  # tables whose private part holds free text, and the number of a row
OTHER_SIGNS = re.compile(r"[^\w@.\x1f]")  # taken out of both sides: a phone or an address is found however it is spelled
PERSONS, ACCOUNTS = "person_id", "account_id"  # endings of the columns that name someone


def from_tables(workspace: Workspace, found: Found) -> Iterator[tuple[str, int]]:
    """Removes the person from every table of every month, published copies and labels too. Gives table and rows, after each file changed.

    Rows that the books need (orders, cases) stay without the person; whatever else names the person goes. What a person wrote stands
    in the private part by the row's own number alone: it goes first, while the open part still tells whose row it is.
    """
    yield from _texts(workspace, found)
    for top in (workspace.processed, workspace.private):
        for path in sorted(top.glob("[0-9]*/**/*.parquet")):
            rows = _one_table(path, found)
            if rows:
                yield path.name.split(".")[0], rows


def _one_table(path: Path, found: Found) -> int:
    named = {c: _ids(c, found) for c in pq.read_schema(path).names if _ids(c, found) is not None}
    if not named:
        return 0
    table = pq.read_table(path)
    hit = None
    for column, ids in named.items():
        test = _among(table[column], ids)
        hit = test if hit is None else pc.or_(hit, test)
    count = pc.sum(hit).as_py() or 0
    if not count:
        return 0
    if path.name.split(".")[0] in STAYS:
        for column in [*named, *(c for c in FREE_TEXT if c in table.column_names)]:
            table = _blanked(table, column, hit)
    else:
        table = table.filter(pc.invert(hit))
    _replace(path, table)
    return int(count)


def _texts(workspace: Workspace, found: Found) -> Iterator[tuple[str, int]]:
    """Blanks the free text of the person's rows in private tables without a column that names somebody, of every month."""
    for name, key in TEXTS.items():
        own = set()
        for path in workspace.processed.glob(f"[0-9]*/**/{name}*.parquet"):
            table = pq.read_table(path)
            for column in (c for c in table.column_names if _ids(c, found) is not None):
                own |= set(table.filter(_among(table[column], _ids(column, found)))[key].to_pylist())
        for path in sorted(workspace.private.glob(f"[0-9]*/**/{name}*.parquet")) if own else ():
            table = pq.read_table(path)
            texts = [c for c in FREE_TEXT if c in table.column_names]
            hit = _among(table[key], own)
            said = [pc.and_(hit, pc.is_valid(table[c])) for c in texts]
            if not any(pc.any(s).as_py() for s in said):
                continue
            for column in texts:
                table = _blanked(table, column, hit)
            _replace(path, table)
            yield name, int(pc.sum(hit).as_py())


def _among(column: pa.ChunkedArray, values: Iterable) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(column, value_set=pa.array(sorted(values), column.type)), False)


def _blanked(table: pa.Table, column: str, hit: pa.ChunkedArray) -> pa.Table:
    place = table.column_names.index(column)
    blank = pa.scalar(None, table[column].type)
    return table.set_column(place, table.schema.field(place), pc.if_else(hit, blank, table[column]))


def _replace(path: Path, table: pa.Table) -> None:
    mode = path.stat().st_mode & 0o777
    half = path.with_suffix(".half")
    pq.write_table(table, half, compression="zstd")
    half.chmod(mode)
    half.replace(path)


def _ids(column: str, found: Found) -> frozenset[int] | None:
    """The ids that a column may hold of the person; None where the column names nobody."""
    stem = column.removesuffix("_left").removesuffix("_right")
    if stem.endswith(PERSONS):
        return found.persons
    return found.accounts if stem.endswith(ACCOUNTS) else None


def from_outputs(workspace: Workspace, found: Found) -> Iterator[tuple[str, int]]:
    """Removes the person from restricted outputs of every month and run. Gives file and rows removed; -1: the file was removed whole.

    A CSV loses the person's rows; a file of another kind (a workbook, a list ready to send) may hold them in any shape and goes.
    """
    for path in sorted(p for p in workspace.outputs.rglob("restricted/**/*") if p.is_file() and not p.is_symlink()):
        name = path.relative_to(workspace.outputs).as_posix()
        if path.suffix == ".half":
            path.unlink(missing_ok=True)  # what a stop left of one of the files
            continue
        if path.suffix.lower() != ".csv":
            path.unlink()
            yield name, -1
            continue
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        named = [c for c in rows.columns if _ids(c, found) is not None]
        hit = pd.Series(False, index=rows.index)
        for column in named:
            hit |= rows[column].isin({str(i) for i in _ids(column, found)})
        text = rows.apply(lambda c: c.str.lower()).agg("\x1f".join, axis=1) if len(rows) else pd.Series(dtype=str)
        for value in (OTHER_SIGNS.sub("", v) for v in found.texts):  # a list for sending names people by contact
            hit |= text.str.replace(OTHER_SIGNS, "", regex=True).str.contains(value, regex=False)
        if hit.any():
            kept = rows[~hit]
            half = path.with_suffix(".half")
            kept.to_csv(half, index=False, lineterminator="\n")
            half.chmod(path.stat().st_mode & 0o777)
            half.replace(path)
            yield name, int(hit.sum())
