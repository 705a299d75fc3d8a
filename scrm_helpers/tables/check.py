"""A contract held against a table: every breach at once, personal values masked.

Two queries settle a table whatever its number of columns: one counts blanks and values out of bounds, one doubled keys. The
same contract as a pandera schema (`schema_of`) is there for an analyst, and tests hold the two against each other.
"""

import functools

import ibis
import ibis.expr.types as ir

from scrm_helpers import lean
from scrm_helpers.errors import ContractError
from scrm_helpers.tables.schema import Column, Privacy, Table

EXAMPLES = 3  # offending values shown in a message


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
    wanted = table.stored(private)
    foreign = [name for name in frame.columns if name not in table.by_name]
    if foreign:
        raise ContractError(
            f"table {table.name}: came with columns {foreign}, which the contract does not know. "
            f"Expected only {list(table.by_name)}. Add the column to scrm_helpers/tables, or leave it out."
        )
    present = set(frame.columns)
    return frame.select(
        **{c.name: (frame[c.name].cast(c.kind.ibis) if c.name in present else ibis.null(c.kind.ibis)) for c in wanted}
    )


def breaches(frame: ir.Table, table: Table, *, private: bool = False) -> list[str]:
    """Every breach of the contract as one sentence each; an empty list where there is none."""
    present = [c for c in table.stored(private) if c.name in frame.columns]
    absent = [c.name for c in table.stored(private) if c.name not in frame.columns]
    found = [f"column {name} is absent; expected {', '.join(c.name for c in table.stored(private))}" for name in absent]
    filled = [c for c in present if _filled(c, table)]
    bound = [c for c in present if _wrong(frame, c) is not None]
    asked = {f"blank_{c.name}": frame[c.name].isnull().sum() for c in filled}
    asked |= {f"wrong_{c.name}": _wrong(frame, c).sum() for c in bound}
    # a sum over no rows is blank: then nothing is wrong
    counts = frame.aggregate(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    found += [_blank(c, counts[f"blank_{c.name}"]) for c in filled if counts[f"blank_{c.name}"]]
    found += [_out_of_bounds(frame, c, counts[f"wrong_{c.name}"]) for c in bound if counts[f"wrong_{c.name}"]]
    return found + _doubled(frame, table)


def require(frame: ir.Table, table: Table, *, private: bool = False) -> ir.Table:
    """The frame itself where it keeps the contract; else ContractError with every breach."""
    found = breaches(frame, table, private=private)
    if found:
        raise ContractError(
            f"table {table.name} ({table.grain}) breaks its contract in {len(found)} place(s):\n- "
            + "\n- ".join(found)
            + f"\nThe contract stands in scrm_helpers/tables (table {table.name!r}); mend the recipe or the analysis that writes it."
        )
    return frame


def _filled(column: Column, table: Table) -> bool:
    return column.required or column.name in table.key


def _wrong(frame: ir.Table, column: Column):
    """Whether a value is out of bounds, as an expression (blank where the value is); None where the contract sets no bound."""
    value, tests = frame[column.name], []
    if column.allowed:
        tests.append(~value.isin(list(column.allowed)))
    if column.least is not None:
        tests.append(value < column.least)
    if column.most is not None:
        tests.append(value > column.most)
    return functools.reduce(lambda a, b: a | b, tests) if tests else None


def _checks(column: Column, check) -> list:
    checks = []
    if column.allowed:
        checks.append(check.isin(list(column.allowed)))
    if column.least is not None:
        checks.append(check.ge(column.least))
    if column.most is not None:
        checks.append(check.le(column.most))
    return checks


def _doubled(frame: ir.Table, table: Table) -> list[str]:
    keys = list(table.key)
    if not keys or not set(keys) <= set(frame.columns):
        return []
    doubled = frame.group_by(keys).agg(_rows=frame.count()).filter(ibis._._rows > 1)
    # the number and the examples in one go; order, so that the message is the same twice
    sample = doubled.mutate(_all=doubled.count()).order_by(keys).limit(EXAMPLES).to_pandas()
    if sample.empty:
        return []
    shown = [tuple(_mask(row[k], table.by_name[k]) for k in keys) for _, row in sample.iterrows()]
    return [
        f"key {', '.join(keys)}: {sample['_all'].iloc[0]} value(s) stand in more than one row, "
        f"e.g. {shown}; expected one row each"
    ]


def _blank(column: Column, rows: int) -> str:
    return f"column {column.name} ({column.meaning}): {rows} blank(s); expected none"


def _out_of_bounds(frame: ir.Table, column: Column, rows: int) -> str:
    bad = frame.filter(_wrong(frame, column)).select(column.name).limit(EXAMPLES).to_pandas()[column.name].tolist()
    values = [_mask(v, column) for v in bad]
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


__all__ = ["ContractError", "breaches", "conform", "mask", "require", "schema_of"]
