"""Order numbers that stand in several rows of one file: exact doubles count once, rows that differ are for the file's owner to tell."""

from scrm_helpers.ingestion import vocabulary
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.texts import figure, tell

SHOWN = 8  # rows of one number that a sentence names


def one_total(con, t: Taken, feed: Feed, name: str) -> str:
    """Order numbers that stand in several rows of one file: the sentence about exact doubles; InputError where rows differ.

    Nobody but the file's owner knows whether such rows are lines with their own amounts or repeat the order's total.
    """
    if feed.table != "orders" or "order_id" not in feed.columns:
        return ""
    said = {"file": t.file, "ask": tell("console.double.ask")}
    if feed.group is not None:
        totals = f"SELECT order_id, _row, net::VARCHAR AS differs FROM {name} WHERE _bad IS NULL"
        if t.options.get("rows") == "totals" and (found := _repeated(con, t, feed, totals)):
            raise InputError(tell("console.double.totals", **said, **found), "repeated_order")
        return ""
    if not _twice(con, f"SELECT order_id FROM {name} WHERE _bad IS NULL"):
        return ""
    cells = ", ".join(f"coalesce(p.c{k}, '')" for k in range(len(t.part.header)))
    rows = f"{name} f JOIN {t.part.table} p USING (_row) WHERE f._bad IS NULL"
    whole = f"SELECT f.order_id, _row, concat_ws(chr(31), {cells}) AS differs FROM {rows}"
    if found := _repeated(con, t, feed, whole):
        raise InputError(tell("console.double.differing", **said, **found), "repeated_order")
    doubles, rows = con.execute(
        f"""SELECT count(*), list(_row ORDER BY _row)[:{SHOWN}] FROM {name} WHERE _bad IS NULL AND _row NOT IN
        (SELECT min(_row) FROM {name} WHERE _bad IS NULL GROUP BY order_id)"""
    ).fetchone()
    return tell("console.double.exact", **said, n=figure(doubles), rows=", ".join(map(str, rows)))


def _twice(con, rows: str) -> bool:
    return con.execute(f"SELECT count(*) > count(DISTINCT order_id) FROM ({rows})").fetchone()[0]


def _repeated(con, t: Taken, feed: Feed, rows: str) -> dict[str, str]:
    """Of `rows` (order_id, _row, differs): how many numbers stand in rows that differ, the first and its rows; {} where none."""
    found = con.execute(
        f"SELECT count(*) OVER (), list(_row ORDER BY _row) FROM ({rows}) GROUP BY order_id HAVING count(DISTINCT differs) > 1 "
        "ORDER BY min(_row) LIMIT 1"
    ).fetchone()
    if found is None:
        return {}
    place = next((at[0] for c in feed.columns["order_id"].columns() if (at := find(t.part.folded, c.aliases))), None)
    number = ""
    if place is not None:
        number = con.execute(f"SELECT c{place} FROM {t.part.table} WHERE _row = {found[1][0]}").fetchone()[0] or ""
    return {"n": figure(found[0]), "number": vocabulary.shown_code(number), "rows": ", ".join(map(str, found[1][:SHOWN]))}
