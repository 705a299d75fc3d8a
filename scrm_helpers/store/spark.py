"""A session of Spark that answers as a connection of the embedded engine does: the same few verbs, the same SQL, the same order of rows."""

import shutil
from pathlib import Path

import pyarrow as pa
import sqlglot
from sqlglot import exp

ROW = "unique_id"  # of a table made here: its place in the order of the rows
WHOLE = "spark.sql.codegen.wholeStage"  # compiled whole, a step that compares many fields outgrows what a Java method can hold


class Answer:
    """What a query gave, read once."""

    def __init__(self, rows):
        self._rows = rows

    def to_arrow_table(self) -> pa.Table:
        return self._rows.toArrow()

    def fetchone(self) -> tuple | None:
        return next((tuple(row.values()) for row in self._rows.limit(1).toArrow().to_pylist()), None)

    def fetchnumpy(self) -> dict:
        rows = self.to_arrow_table()
        return {name: rows.column(name).to_numpy() for name in rows.column_names}


class Connection:
    """The session with a folder of its own: tables made here lie in it as Parquet, and what was put to a checkpoint.

    The folder is closed to others (mode 0700), for names are among the rows; `close` takes it away, and every view made since.
    """

    def __init__(self, session, folder: Path):
        self.session, self._folder, self._made = session, folder, set()
        folder.mkdir(mode=0o700)
        self._before, self._whole = self._views(), session.conf.get(WHOLE)
        session.conf.set(WHOLE, "false")
        session.sparkContext.setCheckpointDir(folder.resolve().as_uri())

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def register(self, name: str, rows: pa.Table) -> None:
        lists = {c for c in rows.column_names if pa.types.is_dictionary(rows.schema.field(c).type)}  # which Spark does not read
        plain = pa.table({c: rows[c].cast(pa.string()) if c in lists else rows[c] for c in rows.column_names})
        self.session.createDataFrame(plain).createOrReplaceTempView(name)

    def unregister(self, name: str) -> None:
        self.session.catalog.dropTempView(name)

    def execute(self, sql: str) -> Answer | None:
        """Runs one statement, written in the embedded engine's SQL; a query gives its answer."""
        told = sqlglot.parse_one(sql, read="duckdb")
        if isinstance(told, exp.Create):
            return self._make(told.this.name, told.expression, lasting=told.kind == "TABLE")
        return Answer(self.session.sql(spoken(told, ordered=self._made)))

    def close(self) -> None:
        """Twice does no harm."""
        for name in self._views() - self._before:
            self.session.catalog.dropTempView(name)
        self.session.conf.set(WHOLE, self._whole)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self, name: str, query: exp.Expression, *, lasting: bool) -> None:
        rows = self.session.sql(spoken(query))
        if lasting:
            kept = (self._folder / name).resolve().as_uri()
            rows.write.parquet(kept)
            rows = self.session.read.parquet(kept)
            self._made |= {name} if ROW in rows.columns else set()
        rows.createOrReplaceTempView(name)

    def _views(self) -> set[str]:
        return {row.viewName for row in self.session.sql("SHOW VIEWS").collect() if row.isTemporary}


def spoken(told: str | exp.Expression, *, ordered: set[str] | frozenset[str] = frozenset()) -> str:
    """A query or an expression of the embedded engine in Spark's words.

    The embedded engine gives rows in the order in which they were put; Spark is asked for it, of the tables that are `ordered`.
    """
    told = (sqlglot.parse_one(told, read="duckdb") if isinstance(told, str) else told).transform(_own)
    if isinstance(told, exp.Select) and (told.args.get("from_") or exp.From(this=exp.Null())).this.name in ordered and not any(
        told.args.get(part) for part in ("joins", "group", "order", "limit")
    ) and not told.find(exp.AggFunc):
        told = told.order_by(ROW)
    return told.sql("spark")


def _own(node: exp.Expression) -> exp.Expression:
    """What sqlglot (30) leaves as it stands and Spark does not know."""
    if isinstance(node, exp.ArrayOverlaps):
        return exp.func("arrays_overlap", node.this, node.expression)
    if isinstance(node, exp.Window) and not node.args.get("order"):
        return exp.Window(this=node.this, order=exp.Order(expressions=[exp.column(ROW)]))
    return node
