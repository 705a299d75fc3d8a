"""A contract held against a table: every breach at once, personal values masked.

One statement settles a table whatever its number of columns: it counts blanks, values out of bounds and doubled keys. It is
plain SQL: composed as Ibis expressions the same questions took longer than all else of writing a small table. The same contract as
a pandera schema (`schema_of`) is there for an analyst, and tests hold the two against each other.
"""

import functools
from collections.abc import Iterable
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir

from scrm_helpers import lean
from scrm_helpers.errors import ContractError
from scrm_helpers.tables.schema import Column, Kind, Privacy, Table

EXAMPLES = 3  # offending values shown in a message
SQL = {
    Kind.ID: "BIGINT", Kind.TEXT: "VARCHAR", Kind.FLAG: "BOOLEAN", Kind.INT: "BIGINT", Kind.FLOAT: "DOUBLE", Kind.MONEY: "DECIMAL(18,4)",
    Kind.DATE: "DATE", Kind.TIME: "TIMESTAMP",
}  # fmt: skip


@functools.cache
def schema_of(table: Table, private: bool = False):
    """The contract as a pandera schema. Keys stand in `unique` of the frame: on Ibis `Field(unique=True)` lets doubles pass."""
    with lean.without(*lean.SPARK):
        import pandera.ibis as pandera

    return pandera.DataFrameSchema(
        {
            c.name: pandera.Column(None, _checks(c, pandera.Check), nullable=not _filled(c, table), required=True)
            for c in table.stored(private)
        },
        unique=list(table.key) if table.key else None,
        name=table.name,
    )


def conform(frame: ir.Table, table: Table, *, private: bool = False) -> ir.Table:
    """The frame with exactly the contract's columns, in its order and kinds; a column that is absent becomes blank.

    Raises ContractError where a column is not part of the contract: nothing is lost in silence.
    """
    _refuse_foreign(frame.columns, table)
    wanted = table.stored(private)
    present = set(frame.columns)
    return frame.select(
        **{c.name: (frame[c.name].cast(c.kind.ibis) if c.name in present else ibis.null(c.kind.ibis)) for c in wanted}
    )


def conforming(names: Iterable[str], table: Table, *, private: bool = False, steady: str = "") -> str:
    """What `conform` does to rows with columns of these names, as the list of a SELECT of the embedded engine.

    Raises ContractError as it does. `steady`: the form of printf that floats are cut by.
    """
    present = set(names)
    _refuse_foreign(names, table)
    columns = []
    for c in table.stored(private):
        value = f"CAST({quoted(c.name) if c.name in present else 'NULL'} AS {SQL[c.kind]})"
        if steady and c.kind is Kind.FLOAT:
            value = f"CAST(printf({literal(steady)}, {value}) AS {SQL[c.kind]})"
        columns.append(f"{value} AS {quoted(c.name)}")
    return ", ".join(columns)


def sorted_by_key(query: str, names: Iterable[str], table: Table) -> str:
    """SQL of a query's rows, with columns of these names, in the order of the contract's key.

    The other columns stay as they came: a word that is held as its number is sorted sooner than as text.
    """
    key = [k for k in table.key if k in set(names)]
    kinds = (f"CAST({quoted(k)} AS {SQL[table.by_name[k].kind]}) AS {quoted(k)}" for k in key)
    return f"SELECT * REPLACE ({', '.join(kinds)}) FROM ({query}) ORDER BY {', '.join(map(quoted, key))}" if key else query


def _refuse_foreign(names: Iterable[str], table: Table) -> None:
    foreign = [name for name in names if name not in table.by_name]
    if foreign:
        raise ContractError(
            f"table {table.name}: came with columns {foreign}, which the contract does not know. "
            f"Expected only {list(table.by_name)}. Add the column to scrm_helpers/tables, or leave it out."
        )


def breaches(frame: ir.Table, table: Table, *, private: bool = False) -> list[str]:
    """Every breach of the contract as one sentence each; an empty list where there is none. Takes the rows into memory."""
    with duckdb.connect(config={"temp_directory": ""}) as con:  # nothing of them is spilled
        con.register("asked", frame.to_pyarrow())
        return _breaches(con, "asked", frame.columns, table, private)


def _breaches(con: duckdb.DuckDBPyConnection, rows: str, names: Iterable[str], table: Table, private: bool) -> list[str]:
    """The breaches of what stands after FROM and has columns of these names."""
    present = [c for c in table.stored(private) if c.name in names]
    absent = [c.name for c in table.stored(private) if c.name not in names]
    found = [f"column {name} is absent; expected {', '.join(c.name for c in table.stored(private))}" for name in absent]
    asked = [(_blank, c, f"{quoted(c.name)} IS NULL") for c in present if _filled(c, table)]
    asked += [(functools.partial(_out_of_bounds, con, rows), c, wrong) for c in present if (wrong := _wrong(c))]
    keys = ", ".join(map(quoted, table.key)) if table.key and set(table.key) <= set(names) else ""
    groups = f"FROM {rows} GROUP BY {keys} HAVING count(*) > 1"
    counts = [f"(SELECT {_unsorted(rows, table.key)})" if keys else "0", *(f"count(*) FILTER ({test})" for _, _, test in asked)]
    unsorted, *wrong = con.execute(f"SELECT {', '.join(counts)} FROM {rows}").fetchone()
    found += [say(c, count) for (say, c, _), count in zip(asked, wrong, strict=True) if count]
    if unsorted and (doubled := con.execute(f"SELECT count(*) FROM (SELECT 1 {groups})").fetchone()[0]):
        # order, so that the message is the same twice
        sample = con.execute(f"SELECT {keys} {groups} ORDER BY {keys} LIMIT {EXAMPLES}").fetchall()
        shown = [tuple(_mask(v, table.by_name[k]) for k, v in zip(table.key, row, strict=True)) for row in sample]
        found.append(
            f"key {', '.join(table.key)}: {doubled} value(s) stand in more than one row, e.g. {shown}; expected one row each"
        )
    return found


def _unsorted(rows: str, key: tuple[str, ...]) -> str:
    """SQL: how many rows do not have a greater key than the row before. Where none has, no key comes twice, and rows need not be grouped:
    they are written in the order of their key."""
    before = ", ".join(f"lag({quoted(k)}) OVER () AS _{n}" for n, k in enumerate(key))
    greater = "FALSE"
    for n, k in reversed(list(enumerate(key))):
        greater = f"{quoted(k)} > _{n} OR ({quoted(k)} = _{n} AND ({greater}))"
    listed = f"SELECT {', '.join(map(quoted, key))}, {before}, row_number() OVER () AS _place FROM {rows}"
    return f"count(*) FROM ({listed}) WHERE _place > 1 AND NOT coalesce({greater}, FALSE)"


def require(frame: ir.Table, table: Table, *, private: bool = False) -> ir.Table:
    """The frame itself where it keeps the contract; else ContractError with every breach."""
    _refuse(breaches(frame, table, private=private), table)
    return frame


def require_file(con: duckdb.DuckDBPyConnection, path: Path, table: Table, *, private: bool = False) -> None:
    """ContractError with every breach of a Parquet file that has the contract's columns (see `conforming`).

    It is looked through on the connection: however large, it need not fit into memory.
    """
    names = [c.name for c in table.stored(private)]
    _refuse(_breaches(con, f"read_parquet({literal(str(path))})", names, table, private), table)


def _refuse(found: list[str], table: Table) -> None:
    if found:
        raise ContractError(
            f"table {table.name} ({table.grain}) breaks its contract in {len(found)} place(s):\n- "
            + "\n- ".join(found)
            + f"\nThe contract stands in scrm_helpers/tables (table {table.name!r}); mend the recipe or the analysis that writes it."
        )


def _filled(column: Column, table: Table) -> bool:
    return column.required or column.name in table.key


def _wrong(column: Column) -> str:
    """Whether a value is out of bounds, in SQL (blank where the value is); "" where the contract sets no bound."""
    tests, name = [], quoted(column.name)
    if column.allowed:
        tests.append(f"{name} NOT IN ({', '.join(map(literal, column.allowed))})")
    if column.least is not None:
        tests.append(f"{name} < {column.least!r}")
    if column.most is not None:
        tests.append(f"{name} > {column.most!r}")
    return " OR ".join(tests)


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return f'"{name}"'


def literal(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def _checks(column: Column, check) -> list:
    checks = []
    if column.allowed:
        checks.append(check.isin(list(column.allowed)))
    if column.least is not None:
        checks.append(check.ge(column.least))
    if column.most is not None:
        checks.append(check.le(column.most))
    return checks


def _blank(column: Column, rows: int) -> str:
    return f"column {column.name} ({column.meaning}): {rows} blank(s); expected none"


def _out_of_bounds(con: duckdb.DuckDBPyConnection, source: str, column: Column, rows: int) -> str:
    bad = con.execute(f"SELECT {quoted(column.name)} FROM {source} WHERE {_wrong(column)} LIMIT {EXAMPLES}").fetchall()
    values = [_mask(v, column) for (v,) in bad]
    return f"column {column.name} ({column.meaning}): {rows} row(s) such as {values}; expected {_expected(column)}"


def _expected(column: Column) -> str:
    parts = []
    if column.allowed:
        parts.append("one of " + ", ".join(column.allowed))
    if column.least is not None:
        parts.append(f"at least {column.least:g}")
    if column.most is not None:
        parts.append(f"at most {column.most:g}")
    return " and ".join(parts) or column.kind.value


def _mask(value, column: Column) -> str:
    return mask(str(value)) if column.privacy is Privacy.PERSONAL else str(value)


def mask(value: str) -> str:
    """A personal value made safe to print: its first character, its length, nothing else."""
    return f"{value[:1]}***({len(value)} characters)" if value else "''"


__all__ = [
    "ContractError", "breaches", "conform", "conforming", "literal", "mask", "quoted", "require", "require_file", "schema_of",
    "sorted_by_key",
]  # fmt: skip
