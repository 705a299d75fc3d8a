"""Tables in and out: each is checked against its contract when it is written, and split by class of column.

`processed/<period>/<table>.parquet` holds public and pseudonymous columns; `private/<period>/<table>.parquet` the key and the
personal ones. Rows are written in the order of the key, floats rounded, so that the same rows give the same bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from scrm_helpers import periods, tables, units
from scrm_helpers.store import versions
from scrm_helpers.store.engine import bare, connect
from scrm_helpers.store.workspace import ANSWERED, PUBLISHED, Workspace

SPILL = "spill"  # in `private`: rows that did not fit into memory, while a run needs them
LEVEL = 1  # of packing: the engine's own, 3, takes a fifth longer over millions of rows and saves 2% of their size
STEADY_FORM = f"%.{units.STEADY}g"  # as units.steady, on the engine


class Store:
    """The tables of one workspace and one period, on one engine; `published`: as the period's page shows them, to read alone."""

    def __init__(self, workspace: Workspace, period: str, *, engine: str = "duckdb", published: bool = False):
        self.workspace, self.period, self.engine, self.published = workspace, periods.check(period), engine, published
        self.as_of = periods.as_of(period)
        self._connection = self._embedded = None
        self._opened: dict[tuple, ir.Table] = {}

    @property
    def connection(self):
        """The Ibis connection, opened at first use (never before a kernel is forked)."""
        if self._connection is None:
            self._connection = connect(self.engine, spill=self._spill())
        return self._connection

    def bare(self):
        """A connection beside `connection`, for a library that brings its own SQL: on the same engine, of Spark on the same session."""
        return bare(self.engine, spill=self._spill())

    @property
    def _writer(self):
        """The embedded engine, which writes whatever engine the rows come from: the bytes do not depend on partitions."""
        if self.engine == "duckdb":
            return self.connection
        if self._embedded is None:
            self._embedded = connect(spill=self._spill())
        return self._embedded

    def _spill(self) -> Path | None:
        """Where rows may be spilled: in `private`, for names are among them; None where nothing can be written there."""
        try:
            return self.workspace.private_folder(SPILL)
        except OSError:  # a disk to read alone
            return None

    def path(self, name: str, *, private: bool = False, period: str | None = None) -> Path:
        """Where a table of the period lies."""
        top = self.workspace.private if private or tables.contract(name).secret else self.workspace.processed
        folder = top / (period or self.period)
        return (folder / PUBLISHED if self.published else folder) / f"{name}.parquet"

    def has(self, name: str, *, private: bool = False) -> bool:
        """Whether the table was written for this period and has a row."""
        return any(_rows(path) > 0 for path in self._parts(self.path(name, private=private)))

    def read(self, name: str, *, private: bool = False) -> ir.Table:
        """A lazy table of this period; a table that no file fed is empty, with the contract's columns."""
        return self._open(self.path(name, private=private), name, private)

    def frame(self, name: str, *, private: bool = False) -> pd.DataFrame:
        """The same as a pandas frame, in the order of its key however many parts it has: for small tables only. Money becomes float."""
        key = list(tables.contract(name).key)
        rows = self.read(name, private=private)
        return to_frame(rows.order_by(key) if key else rows)

    def before(self, name: str, *, private: bool = False, back: int | None = None) -> tuple[str | None, ir.Table]:
        """State of an earlier period: the newest one before this (or the one `back` months ago), with its name; empty where none.

        A run reads nothing that it or a later one wrote: that is why a second run gives the same bytes.
        """
        top = self.workspace.private if private or tables.contract(name).secret else self.workspace.processed
        below = "" if name == ANSWERED else PUBLISHED  # reviewers' labels are not published by a run
        kept = sorted({
            f.relative_to(top).parts[0]
            for pattern in (f"{name}.parquet", f"{name}.*.parquet") for f in top.glob(f"*/{below or '.'}/{pattern}")
            if periods.PERIOD.match(f.relative_to(top).parts[0]) and f.relative_to(top).parts[0] < self.period
        })  # fmt: skip
        wanted = periods.shift(self.period, -back) if back else (kept[-1] if kept else None)
        found = wanted if wanted in kept else None
        path = top / found / below / f"{name}.parquet" if found else Path("-")
        return found, self._open(path, name, private)

    def write(self, name: str, rows: ir.Table | pd.DataFrame | pa.Table, *, part: str = "") -> Path:
        """Checks rows against the contract and writes them; ContractError lists every breach. Gives the path.

        `part` keeps the rows of one notebook apart in a table that several write (`findings`).
        """
        table = tables.contract(name)
        if isinstance(rows, pd.DataFrame):
            rows = _typed(rows, table)
        elif isinstance(rows, ir.Table) and self.engine != "duckdb":
            rows = rows.cast({c: table.by_name[c].kind.ibis for c in rows.columns if c in table.by_name}).to_pyarrow()
        ordered = isinstance(rows, pa.Table) and _ordered(rows, table.key)
        with _query(self._writer, rows) as (query, columns):
            return self._write(table, query, columns, self._writer.con, of=part, ordered=ordered)

    def write_query(self, name: str, query: str, columns: list[str], con=None) -> Path:
        """As `write`, of the rows that an SQL query of the embedded engine gives, with its columns. `con`: a cursor of it."""
        return self._write(tables.contract(name), query, columns, con or self._writer.con)

    def _write(self, table: tables.Table, query: str, columns: list[str], con, **how) -> Path:
        if table.secret:
            return self._write_part(table, query, columns, con, private=True, **how)
        path = self._write_part(table, query, columns, con, private=False, **how)
        if table.private_columns:
            self._write_part(table, query, columns, con, private=True, **how)
        return path

    def _write_part(
        self, table: tables.Table, query: str, columns: list[str], con, *, private: bool, of: str = "", ordered: bool = False
    ) -> Path:
        """`of`: the notebook whose part of the table it is; `ordered`: the rows come in the order of the key, and need not be sorted."""
        chosen = tables.conforming(columns, table, private=private, steady=STEADY_FORM)
        folder = self.workspace.private_folder(self.period) if private else self.workspace.processed / self.period
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (f"{table.name}.{of}.parquet" if of else f"{table.name}.parquet")
        half = path.with_suffix(".half")
        rows = query if ordered else tables.sorted_by_key(query, columns, table)
        mark = f"{{{tables.literal(versions.MARK)}: {tables.literal(str(versions.VERSION))}}}"
        # plain SQL: composed as Ibis expressions, forty casts took ten times as long as writing a small table
        con.execute(
            f"COPY (SELECT {chosen} FROM ({rows})) TO {tables.literal(str(half))} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {LEVEL}, KV_METADATA {mark})"
        )
        tables.require_file(con, half, table, private=private)
        if private:
            half.chmod(0o600)
        half.replace(path)  # a table is the old one or the new one, never half of it
        return path

    def _open(self, path: Path, name: str, private: bool) -> ir.Table:
        table = tables.contract(name)
        if files := self._parts(path):
            versions.refuse_others(files)
            parts = [self._opened_once(f) for f in files]
            return ibis.union(*parts) if len(parts) > 1 else parts[0]
        empty = ibis.memtable([], schema={c.name: c.kind.ibis for c in table.stored(private or table.secret)})
        return self.connection.create_view(ibis.util.gen_name("rows"), empty) if self.engine == "spark" else empty

    def _opened_once(self, file: Path) -> ir.Table:
        """The lazy table of a file as it is now: opened anew where it was written again. Spark runs a job to look at a file's columns."""
        stamp = file.stat()
        key = (str(file), stamp.st_ino, stamp.st_mtime_ns)
        if key not in self._opened:
            self._opened[key] = self.connection.read_parquet(str(file))
        return self._opened[key]

    @staticmethod
    def _parts(path: Path) -> list[Path]:
        return [path] if path.is_file() else sorted(path.parent.glob(f"{path.stem}.*.parquet"))


def to_frame(rows: ir.Table) -> pd.DataFrame:
    """A small answer as pandas: DECIMAL becomes float, which seaborn and an analyst expect."""
    casts = {c: rows[c].cast("float64") for c, kind in rows.schema().items() if kind.is_decimal()}
    return (rows.mutate(**casts) if casts else rows).to_pandas()


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _typed(rows: pd.DataFrame, table: tables.Table) -> pa.Table:
    """A pandas frame as the engine reads it in place, without its wholly blank columns: they have no kind, and the contract gives theirs
    back as blanks. A categorical of texts stays numbers and one list: written out row by row, millions take longer than all the rest."""
    filled = [c for c in rows.columns if c not in table.by_name or rows[c].notna().any()]
    if not filled:
        return ibis.schema({c.name: c.kind.ibis for c in table.columns}).to_pyarrow().empty_table()
    rows = rows[filled]
    listed = {c for c in rows.columns if isinstance(rows[c].dtype, pd.CategoricalDtype)}
    kinds = [
        kind.with_type(pa.dictionary(pa.int32(), kind.type)) if kind.name in listed and pa.types.is_string(kind.type) else kind
        for kind in ibis.memtable(rows).schema().to_pyarrow()
    ]  # fmt: skip
    return pa.Table.from_pandas(rows, schema=pa.schema(kinds), preserve_index=False)


def _ordered(rows: pa.Table, key: tuple[str, ...]) -> bool:
    """Whether the rows come in the order of their key, of whole numbers without a blank; of other keys it is not asked."""
    if not all(c in rows.column_names and pa.types.is_integer(rows[c].type) and not rows[c].null_count for c in key):
        return False
    tied, back = np.ones(max(len(rows) - 1, 0), dtype=bool), np.zeros(max(len(rows) - 1, 0), dtype=bool)
    for column in key:
        values = rows[column].to_numpy()
        back |= tied & (values[1:] < values[:-1])
        tied &= values[1:] == values[:-1]
    return not back.any()


@contextmanager
def _query(writer, rows: ir.Table | pa.Table) -> Iterator[tuple[str, list[str]]]:
    """Rows as an SQL query of the embedded engine, with its columns; what holds them in memory goes at the end."""
    name = ibis.util.gen_name("rows")
    if isinstance(rows, ir.Table) and not rows.op().find(ibis.expr.operations.InMemoryTable):
        yield writer.compile(rows), list(rows.columns)
        return
    if isinstance(rows, pa.Table):
        writer.con.register(name, rows)
        columns = rows.column_names
    else:
        columns = list(writer.create_table(name, rows, temp=True).columns)
    try:
        yield f"SELECT * FROM {tables.quoted(name)}", columns
    finally:
        if isinstance(rows, pa.Table):
            writer.con.unregister(name)
        else:
            writer.con.execute(f"DROP TABLE {tables.quoted(name)}")
