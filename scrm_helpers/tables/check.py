"""A contract held against a table: every breach at once, personal values masked."""

import functools

import ibis
import ibis.expr.types as ir
import pandera.ibis as pandera
from pandera.errors import SchemaErrors

from scrm_helpers.tables.schema import Column, Privacy, Table

EXAMPLES = 3  # offending values shown in a message


class ContractError(ValueError):
    """A table breaks its contract; the message lists every breach, what was expected and where to look."""


@functools.cache
def schema_of(table: Table, private: bool = False) -> pandera.DataFrameSchema:
    """The contract as a pandera schema. Keys stand in `unique` of the frame: on Ibis `Field(unique=True)` lets doubles pass."""
    columns = table.stored(private)
    return pandera.DataFrameSchema(
        {c.name: pandera.Column(None, _checks(c), nullable=not _filled(c, table), required=True) for c in columns},
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
    try:
        schema_of(table, private).validate(frame, lazy=True)
    except SchemaErrors as errors:
        found = errors.schema_errors
        if not frame.count().to_pyarrow().as_py():  # a check over no rows gives NULL, which pandera takes for a breach
            found = [e for e in found if e.reason_code is not None and e.reason_code.name == "COLUMN_NOT_IN_DATAFRAME"]
        return [_sentence(error, frame, table) for error in found]
    return []


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


def _checks(column: Column) -> list[pandera.Check]:
    checks = []
    if column.allowed:
        checks.append(pandera.Check.isin(list(column.allowed)))
    if column.least is not None:
        checks.append(pandera.Check.ge(column.least))
    if column.most is not None:
        checks.append(pandera.Check.le(column.most))
    return checks


def _sentence(error, frame: ir.Table, table: Table) -> str:
    reason = error.reason_code.name if error.reason_code else ""
    if reason == "DUPLICATES":
        keys = list(table.key)
        doubled = frame.group_by(keys).agg(_rows=frame.count()).filter(ibis._._rows > 1)
        sample = doubled.order_by(keys).limit(EXAMPLES).to_pandas()
        shown = [tuple(_mask(row[k], table.by_name[k]) for k in keys) for _, row in sample.iterrows()]
        return (
            f"key {', '.join(keys)}: {doubled.count().to_pyarrow().as_py()} value(s) stand in more than one row, "
            f"e.g. {shown}; expected one row each"
        )
    column = table.by_name.get(getattr(error.schema, "name", "") or "")
    if column is None:
        return str(error)
    if reason == "SERIES_CONTAINS_NULLS":
        blanks = frame.filter(frame[column.name].isnull()).count().to_pyarrow().as_py()
        return f"column {column.name} ({column.meaning}): {blanks} blank(s); expected none"
    bad = _offending(frame, column)
    values = [_mask(v, column) for v in bad.limit(EXAMPLES).to_pandas()[column.name].tolist()]
    rows = bad.count().to_pyarrow().as_py()
    return f"column {column.name} ({column.meaning}): {rows} row(s) such as {values}; expected {_expected(column)}"


def _offending(frame: ir.Table, column: Column) -> ir.Table:
    value, wrong = frame[column.name], ibis.literal(False)
    if column.allowed:
        wrong = wrong | ~value.isin(list(column.allowed))
    if column.least is not None:
        wrong = wrong | (value < column.least)
    if column.most is not None:
        wrong = wrong | (value > column.most)
    return frame.filter(wrong)


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
