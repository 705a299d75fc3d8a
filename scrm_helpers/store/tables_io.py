"""Tables in and out: each is checked against its contract when it is written, and split by class of column.

`processed/<period>/<table>.parquet` holds public and pseudonymous columns; `private/<period>/<table>.parquet` the key and the
personal ones. Rows are written in the order of the key, floats rounded, so that the same rows give the same bytes.
"""

from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, tables, units
from scrm_helpers.store import versions
from scrm_helpers.store.engine import connect
from scrm_helpers.store.workspace import ANSWERED, PUBLISHED, Workspace

SPILL = "spill"  # in `private`: rows that did not fit into memory, while a run needs them
STEADY_FORM = f"%.{units.STEADY}g"  # as units.steady, on the engine


@ibis.udf.scalar.builtin
def printf(form: str, value: float) -> str:
    """DuckDB's own printf; blank stays blank."""


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

    def write(self, name: str, rows: ir.Table | pd.DataFrame, *, part: str = "") -> Path:
        """Checks rows against the contract and writes them; ContractError lists every breach. Gives the path.

        `part` keeps the rows of one notebook apart in a table that several write (`findings`).
        """
        table = tables.contract(name)
        source = _typed(rows, table)
        if isinstance(source, pd.DataFrame):  # Spark would keep it on disk, in a table that nobody takes away
            source = self._writer.create_table(ibis.util.gen_name("rows"), ibis.memtable(source), temp=True)
        if table.secret:
            return self._write_part(source, table, part, private=True)
        path = self._write_part(source, table, part, private=False)
        if table.private_columns:
            self._write_part(source, table, part, private=True)
        return path

    def _write_part(self, source: ir.Table, table: tables.Table, of: str, *, private: bool) -> Path:
        part = tables.conform(source, table, private=private)
        if self.engine != "duckdb" and self._holds(part):
            part = ibis.memtable(part.to_pyarrow())
        floats = [c.name for c in table.columns if c.kind is tables.Kind.FLOAT and c.name in part.columns]
        part = part.mutate(**{name: printf(STEADY_FORM, part[name]).cast("float64") for name in floats})
        folder = self.workspace.private_folder(self.period) if private else self.workspace.processed / self.period
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (f"{table.name}.{of}.parquet" if of else f"{table.name}.parquet")
        half = path.with_suffix(".half")
        ordered = part.order_by(list(table.key)) if table.key else part
        mark = {versions.MARK: str(versions.VERSION)}
        self._writer.to_parquet(ordered, half, compression="zstd", kv_metadata=mark)
        tables.require(self._writer.read_parquet(half), table, private=private)
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

    def _holds(self, rows: ir.Table) -> bool:
        """Whether rows come from a table of the store's own connection; else they are in memory."""
        return any(t.source is self._connection for t in rows.op().find((ops.DatabaseTable, ops.SQLQueryResult)))

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


def _typed(rows: ir.Table | pd.DataFrame, table: tables.Table) -> ir.Table | pd.DataFrame:
    """A pandas frame without its wholly blank columns: they have no kind, and the contract gives theirs back as blanks."""
    if not isinstance(rows, pd.DataFrame):
        return rows
    filled = [c for c in rows.columns if c not in table.by_name or rows[c].notna().any()]
    if filled:
        return rows[filled]
    return ibis.memtable([], schema={c.name: c.kind.ibis for c in table.columns})
