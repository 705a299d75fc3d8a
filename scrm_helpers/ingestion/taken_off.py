"""Rows that a recipe knows to be none: of explanations, of totals without a label, headings of groups."""

from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.taken import Taken


def prepare(con, t: Taken) -> None:
    """Takes off the row of explanations and unlabelled totals; the totals are held against the sums."""
    part, recipe = t.part, t.recipe
    if recipe and recipe.description_row and part.rows:
        first = con.execute(f"SELECT * FROM {part.table} ORDER BY _row LIMIT 1").fetchone()
        if not any(c and any(ch.isdigit() for ch in c) for c in first[:-1]):
            _take_off(con, part, first, "description")
    for groups, why in ((recipe.blank_total, "total"), (recipe.band, "band")) if recipe else ():
        places = [found[0] for group in groups if (found := find(part.folded, group))]
        if places:
            blank = " AND ".join(f"c{k} IS NULL" for k in places)
            for row in con.execute(f"SELECT * FROM {part.table} WHERE {blank} ORDER BY _row").fetchall():
                _take_off(con, part, row, why)


def _take_off(con, part: Part, row: tuple, why: str) -> None:
    part.dropped.append((row[-1], why, [c or "" for c in row[:-1]]))
    part.take_off(con, [row[-1]])
