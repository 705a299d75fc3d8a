"""Rows that were set aside, with what was wrong and the money that is missing for it."""

from scrm_helpers import tables
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.feeding import Fed

MONEY = {"orders": "net", "spend": "amount", "costs": "amount"}  # what a row set aside would have brought into the numbers


def rows(con, feds: list[Fed]) -> str:
    """SQL of the quarantine: one row per raw row, table and column at fault; `cell_...` where the row was kept without that cell.

    `amount` is the money of a row that was set aside, unless a row of the same key was kept; `unread` says that it has money which
    nobody can read. What several exports brought with the same fault is missed once, as the newest has it.
    """
    parts = [
        _whole_rows(f.part) % f"""SELECT {quote(f.part.file)} AS source_file, _row AS source_row, '{f.table}' AS "table", _bad."column" AS "column", _bad.reason AS reason,
        _bad.value AS value, {_lost(con, f)}, '{f.exported_on}' AS _exported FROM {f.rows} WHERE _bad IS NOT NULL
        UNION ALL SELECT {quote(f.part.file)}, _row, '{f.table}', _cell."column", 'cell_' || _cell.reason, _cell.value, NULL, FALSE, NULL, '{f.exported_on}' FROM {f.rows} WHERE _bad IS NULL AND _cell IS NOT NULL"""  # noqa: E501
        for f in feds
    ]
    if not parts:
        return ""
    newest = 'first_value(source_file) OVER (PARTITION BY "table", _key ORDER BY _exported DESC, source_file DESC)'
    missed = f"SELECT *, _key IS NULL OR source_file = {newest} AS _missed FROM ({' UNION ALL '.join(parts)})"
    money = "CASE WHEN _missed THEN amount END AS amount, unread AND _missed AS unread"
    return f"SELECT * EXCLUDE (_key, _exported, _missed) REPLACE ({money}) FROM ({missed})"


def _whole_rows(part) -> str:
    """SQL around rows of the quarantine: those of one row of the file, where it makes several, are one with all their money."""
    kept = 'source_file, source_row, "table", "column", reason'
    summed = "min(value) AS value, sum(amount)::DECIMAL(18,4) AS amount, bool_or(unread) AS unread, min(_key) AS _key"
    return f"SELECT {kept}, {summed}, _exported FROM (%s) GROUP BY ALL" if part.across else "%s"


def _lost(con, fed: Fed) -> str:
    """SQL of the money of a row that was set aside, of whether it has some that cannot be read, and of the key that it is known by.

    NULL and false where its table has none, or where the row is of a later month or came again. The key is NULL where it is not whole.
    """
    if fed.table not in MONEY:
        return "NULL::DECIMAL(18,4) AS amount, FALSE AS unread, NULL::VARCHAR AS _key"
    have = {c[0] for c in con.execute(f"DESCRIBE {fed.rows}").fetchall()}
    key, worth = tables.contract(fed.table).key, MONEY[fed.table]
    worth = f'"{worth}"' if worth in have else "NULL"
    if fed.table == "costs" and have >= {"hours", "hourly_rate"}:
        worth = f"coalesce({worth}, hours * hourly_rate)"
    missing, whole = "NOT _later", "NULL::VARCHAR"
    if have.issuperset(key):
        match = " AND ".join(f'm."{k}" = {fed.rows}."{k}"' for k in key)
        missing += f" AND NOT EXISTS (SELECT 1 FROM made_{fed.table} m WHERE {match})"
        filled = " AND ".join(f'"{k}" IS NOT NULL' for k in key)
        whole = f"""CASE WHEN {filled} THEN concat_ws(chr(0), {", ".join(f'"{k}"' for k in key)}) END"""
    unread = f"({worth}) IS NULL"
    if fed.feed.group:  # several rows make one order: it is missed once, and not where another of its rows tells its money
        unread = f"count({worth}) OVER (PARTITION BY _gid) = 0 AND _row = min(_row) OVER (PARTITION BY _gid)"
    return f"CASE WHEN {missing} THEN ({worth})::DECIMAL(18,4) END AS amount, {missing} AND {unread} AS unread, {whole} AS _key"
