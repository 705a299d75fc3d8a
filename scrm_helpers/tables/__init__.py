"""Table contracts: the grain, key, columns, units and class of every table that the suite reads or writes.

`TABLES["orders"]` is the contract of orders; `contract(name)` is the same with an error that names the nearest one.
`schema_of(table)` turns a contract into a pandera schema on Ibis; `breaches(frame, table)` lists every fault at once.
"""

from difflib import get_close_matches

from scrm_helpers.tables import care, marketing, people, results, sales
from scrm_helpers.tables.check import (
    ContractError,
    breaches,
    conform,
    conforming,
    literal,
    mask,
    quoted,
    require,
    require_file,
    schema_of,
    sorted_by_key,
)
from scrm_helpers.tables.people import CONTACT_CHANNELS, SOURCES
from scrm_helpers.tables.schema import Column, Kind, Privacy, Table

TABLES: dict[str, Table] = {t.name: t for part in (people, sales, marketing, care, results) for t in part.TABLES}
INGESTED: tuple[str, ...] = tuple(name for name, table in TABLES.items() if table.ingested)


def contract(name: str) -> Table:
    """The contract of a table; an unknown name is told with the nearest one."""
    if name in TABLES:
        return TABLES[name]
    near = get_close_matches(name, TABLES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise KeyError(f"no table is called {name!r}{hint} Known: {', '.join(TABLES)}")


__all__ = [
    "CONTACT_CHANNELS", "Column", "ContractError", "INGESTED", "Kind", "Privacy", "SOURCES", "TABLES", "Table",
    "breaches", "conform", "conforming", "contract", "literal", "mask", "quoted", "require", "require_file", "schema_of", "sorted_by_key",
]  # fmt: skip
