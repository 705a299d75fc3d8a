"""Words that come again in millions of rows, held as their number: less to write, to sort and to pack."""

import re
from collections.abc import Iterable

from scrm_helpers.ingestion import evidence
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.tables import Column, Kind

LINEAGE = ("system", "source_file", "_kind_of_file")  # whose words are those of the feeds


def enum(words: Iterable[str]) -> str:
    """SQL of the kind of a column that holds these words alone; it sorts as text does, whatever order they come in."""
    return f"ENUM({', '.join(quote(w) for w in sorted(set(words)))})"


def contracted(columns: Iterable[Column]) -> dict[str, str]:
    """Column -> SQL of its kind, of those that a contract leaves a few words."""
    return {c.name: enum(c.allowed) for c in columns if c.allowed}


def lineage(feds: Iterable, every: Iterable) -> dict[str, str]:
    """Column -> SQL of its kind, of what says where the rows of `feds` come from; {} where they are few, for text is plainer.

    `every`: the feeds of all tables whose rows are compared, for a word must have one number in all of them.
    """
    if sum(f.part.rows for f in feds) <= evidence.LARGE:
        return {}
    said = list(every)
    words = ({f.system for f in said}, {f.part.file for f in said}, {f.recipe for f in said})
    return {column: enum(found) for column, found in zip(LINEAGE, words, strict=True)}


def fixed(column: Column, sql: str) -> str:
    """SQL of a text or flag of a contract that is the same in every row, from the SQL that reads it; '' where it is not."""
    found = re.fullmatch(r"(?:nullif\()?\(?(NULL|TRUE|FALSE|'\w+')(?:::VARCHAR)?\)?(?:::VARCHAR)?(?:, ''\))?", sql)
    kind = {Kind.TEXT: "VARCHAR", Kind.FLAG: "BOOLEAN"}.get(column.kind) if column.name != "currency" else None
    return f"{found.group(1)}::{kind}" if found and kind else ""
