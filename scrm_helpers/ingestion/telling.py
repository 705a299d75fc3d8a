"""What `check` says of one file: its rows and their fates, sums, ids, days and currencies, part by part and as a whole."""

from datetime import date, timedelta

from scrm_helpers import tables
from scrm_helpers.ingestion import ledger
from scrm_helpers.ingestion.columns import DOCUMENT
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.tables import Kind, Privacy

PREVIEW = 10
NAMED = 8  # rows set aside for one reason that are named
MAIN = ("orders", "spend", "cases", "accounts")  # the table whose rows are shown first
CLASSES = (
    "kind",
    "status",
    "stage",
    "measure",
    "question",
    "channel",
    "source",
    "part",
)  # columns by which rows are counted
APART = {
    "traffic": "measure",
    "activity": "measure",
    "surveys": "question",
    "rates": "kind",
}  # sums over these mean nothing
CONTACT_FORMS = ("lower(regexp_replace({}, '\\s', '', 'g'))", "right(regexp_replace({}, '\\D', '', 'g'), 10)")  # as settle ties them
FATES = ("kept", "quarantined", "dropped", "later", "replaced")

Fates = dict[tuple[str, str], list[tuple[str, str, int]]]


def told(con, taken: list[Taken], fates: Fates, currency: str) -> dict:
    """One object for a file, of all its parts. `currency`: the company's own, where a file does not name another."""
    first = taken[0]
    read = [t for t in taken if t.verdict == "read"]
    verdict = next(v for v in ("read", "refused", first.verdict) if v in {t.verdict for t in taken})
    shown = read or taken
    recipes = list(dict.fromkeys((t.recipe.name or "sources.yml") for t in shown if t.recipe))
    rows = [row for t in taken for row in fates.get((t.file, t.part.part if t.part else ""), [])]
    found = {
        "file": first.file,
        "recipe": " + ".join(recipes) or None,
        "verdict": verdict,
        "message": " ".join(dict.fromkeys(t.message for t in taken if t.message)),
        "code": next((t.code for t in taken if t.code), ""),
        "about": " ".join(dict.fromkeys(t.recipe.about for t in shown if t.recipe)),
        "reason": "; ".join(dict.fromkeys(t.reason for t in shown if t.reason)),
        "encoding": next((t.part.encoding for t in taken if t.part), ""),
        "exported_on": next((t.exported_on for t in read if t.exported_on), None),
        "rows_read": sum(t.part.rows + len(t.part.dropped) for t in taken if t.part),
        **{f"rows_{fate}": sum(n for f, _, n in rows if f == fate) for fate in FATES},
        "reasons": _counted(rows, "quarantined"),
        "set_aside": _set_aside(con, read),
        "cells_left_blank": _blanks(con, read),
        "unused": list(dict.fromkeys(h for t in read for h in t.unused)),
        "people": _people(con, [f for t in read for f in t.feds if f.table == "accounts"]),
        "dropped": _counted(rows, "dropped"),
        "totals": "; ".join(dict.fromkeys(t.totals for t in read if t.totals)),
        **_content(con, read, currency),
    }
    if len(taken) > 1:
        found["parts"] = [_part(con, t, fates, currency) for t in taken]
    return found


def _counted(rows, fate: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for f, detail, n in rows:
        if f == fate:
            found[detail] = found.get(detail, 0) + n
    return found


def _part(con, t: Taken, fates: Fates, currency: str) -> dict:
    rows = fates.get((t.file, t.part.part if t.part else ""), [])
    content = _content(con, [t] if t.verdict == "read" else [], currency)
    content.pop("preview")
    return {
        "part": t.part.part if t.part else "",
        "recipe": (t.recipe.name or "sources.yml") if t.recipe else None,
        "verdict": t.verdict,
        "message": t.message,
        "rows_read": t.part.rows + len(t.part.dropped) if t.part else 0,
        **{f"rows_{fate}": sum(n for f, _, n in rows if f == fate) for fate in FATES},
        **content,
    }


def _set_aside(con, read: list[Taken]) -> list[dict]:
    """Rows set aside, by table, column and reason: how many, the first of them and its value; masked where the column is personal."""
    found = []
    for fed in (f for t in read for f in t.feds):
        table = tables.contract(fed.table)
        for name, reason, n, rows, value in con.execute(
            f'SELECT _bad."column", _bad.reason, count(*), list(_row ORDER BY _row)[:{NAMED}], arg_min(_bad.value, _row) FROM {fed.rows} '
            "WHERE _bad IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        ).fetchall():
            column = table.by_name.get(name)
            personal = column is not None and column.privacy is Privacy.PERSONAL
            found.append({
                "table": fed.table, "column": name, "reason": reason, "rows": n, "first_row": rows[0], "first_rows": rows,
                "value": tables.mask(value) if value and personal else value,
                "expected": list(column.allowed) if column is not None and reason == "not_allowed" else [],
            })  # fmt: skip
    return found


def _people(con, feds: list) -> dict[str, int]:
    """Accounts of a file, and how many are left where one e-mail or phone, however written, counts once; {} where there are none.

    A record with an e-mail is known by it, else by its phone, else it stands alone: matching, which compares names too, finds no fewer.
    """
    if not feds:
        return {}
    have = {c[0] for c in con.execute("DESCRIBE made_accounts").fetchall()}
    forms = [form.format(c) for c, form in (("email", CONTACT_FORMS[0]), ("phone", CONTACT_FORMS[1])) if c in have]
    known = ", ".join([*(f"nullif({form}, '')" for form in forms), "account_id::VARCHAR"])
    # of the rows that won: an account that two files know is counted with each
    own = " UNION ".join(f"SELECT account_id FROM won_accounts WHERE _feed = {f.feed_no}" for f in feds)
    rows = f"made_accounts SEMI JOIN ({own}) USING (account_id)"
    accounts, folded = con.execute(f"SELECT count(*), count(DISTINCT coalesce({known})) FROM {rows}").fetchone()
    return {"accounts": accounts, "folded": folded}


def _blanks(con, read: list[Taken]) -> dict[str, int]:
    """Cells that could not be read and were left blank, by table, column and reason."""
    found: dict[str, int] = {}
    for fed in (f for t in read for f in t.feds):
        for column, reason, n in con.execute(
            f'SELECT _cell."column", _cell.reason, count(*) FROM {fed.rows} '
            "WHERE _bad IS NULL AND _cell IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall():
            key = f"{fed.table}.{column}: {reason}"
            found[key] = max(found.get(key, 0), n)
    return found


def _content(con, read: list[Taken], currency: str) -> dict:
    feds = [f for t in read for f in t.feds]
    names = list(dict.fromkeys(f.table for f in feds))
    sums, distinct, days = {}, {}, [d for t in read for d in t.ranged]
    for name in names:
        mine = [f for f in feds if f.table == name]
        sums[name], distinct[name], spans = _table(con, name, mine)
        days += spans
    main = next((m for m in MAIN if m in names), names[0] if names else None)
    return {
        "tables": names,
        "sums": sums,
        "distinct": distinct,
        "period": [min(days), max(days)] if days else [None, None],
        "currency": _currencies(con, feds, currency),
        "preview": _preview(con, feds, main) if main else [],
    }


def _table(con, name: str, feds: list) -> tuple[dict, dict, list[date]]:
    """Sums, counts of classes, distinct ids and the days of the rows of one table that came from `feds`."""
    table, made = tables.contract(name), f"made_{name}"
    where = f"_feed IN ({', '.join(str(f.feed_no) for f in feds)})"
    have = {c[0] for c in con.execute(f"DESCRIBE {made}").fetchall()}
    numbers = [c for c in ledger.numeric(table) if c in have]
    names = [c for c in table.columns if c.name in have]
    ids = [c.name for c in names if c.kind is Kind.ID or c.name.endswith("_id") or c.name == "item"]
    apart = APART.get(name) if APART.get(name) in have else None
    sums: dict = {"rows": con.execute(f"SELECT count(*) FROM {made} WHERE {where}").fetchone()[0]}
    if apart:
        for kind, n, *values in con.execute(
            f'SELECT "{apart}", count(*), {", ".join(_sum(c) for c in numbers)} FROM {made} WHERE {where} GROUP BY 1 ORDER BY 1'
        ).fetchall():
            sums.setdefault(f"by_{apart}", {})[kind] = {"rows": n} | _filled(numbers, values)
    elif numbers:
        sums |= _filled(
            numbers, con.execute(f"SELECT {', '.join(_sum(c) for c in numbers)} FROM {made} WHERE {where}").fetchone()
        )
    counts = {
        c: dict(
            con.execute(
                f'SELECT "{c}", count(*) FROM {made} WHERE {where} AND "{c}" IS NOT NULL GROUP BY 1 ORDER BY 1'
            ).fetchall()
        )
        for c in CLASSES
        if c in have and c != apart
    }
    sums |= {f"rows_by_{c}": v for c, v in counts.items() if v}
    if "is_internal" in have:
        sums["rows_internal"] = con.execute(f"SELECT count(*) FROM {made} WHERE {where} AND is_internal").fetchone()[0]
    if name == "orders":
        sums |= _orders(con, where, feds, have)
    if name == "cases":
        sums |= _cases(con, where, have)
    if currencies := _by_currency(con, feds, have):
        _without_sums_of_mixed_money(sums, table, own_rate=all(f.feed.rate for f in feds))
        sums["by_currency"] = currencies
    counted = ", ".join(f'count(DISTINCT "{c}")' for c in ids) or "count(*)"
    row = con.execute(f"SELECT {counted} FROM {made} WHERE {where}").fetchone()
    distinct = {c: v for c, v in zip(ids, row, strict=False) if v}
    return sums, distinct, _days(con, table, made, where, have)


def _without_sums_of_mixed_money(sums: dict, table, *, own_rate: bool) -> None:
    """Amounts of several currencies have no sum; in the base currency they have one only where the file brings its own rates."""
    money = {c.name for c in table.columns if c.kind is Kind.MONEY and (c.unit == DOCUMENT or not own_rate)}
    for holder in (sums, sums.get("completed", {}), *sums.get("by", {}).values()):
        for name in money | {"gross"}:
            holder.pop(name, None)


def _sum(column: str) -> str:
    return f'sum("{column}")::DOUBLE'


def _filled(names: list[str], values) -> dict[str, float]:
    return {c: round(v, 4) for c, v in zip(names, values, strict=False) if v is not None}


def _orders(con, where: str, feds: list, have: set[str]) -> dict:
    """Orders by kind and state, and what is left of completed sales after completed returns; `gross` with VAT, as the file has it."""
    gross = " UNION ALL ".join(
        f"SELECT m.order_id AS order_id, m._feed AS _feed, sum(f._gross)::DOUBLE AS gross FROM {f.rows} f "
        f"JOIN made_orders m ON m._feed = {f.feed_no} AND m.source_row = f._gid WHERE f._bad IS NULL GROUP BY ALL"
        for f in feds
    )
    shown = "net_document" if "net_document" in have else "net"
    rows = con.execute(f"""
        SELECT kind || ', ' || status || CASE WHEN is_internal THEN ', internal' ELSE '' END AS what, count(*), sum({shown})::DOUBLE, sum(net)::DOUBLE,
            sum(gross) FROM made_orders LEFT JOIN ({gross}) USING (order_id, _feed) WHERE {where} GROUP BY 1 ORDER BY 1""").fetchall()  # noqa: E501
    by = {
        what: {"orders": n, "net": round(net, 4)} | ({"gross": round(g, 4)} if g is not None else {})
        for what, n, _, net, g in rows
    }
    counted = [v for k, v in by.items() if k.endswith(", completed")]
    valid = {"net": round(sum(v["net"] for v in counted), 4)}
    if any("gross" in v for v in counted):
        valid["gross"] = round(sum(v.get("gross", 0) for v in counted), 4)
    valid["sales"] = by.get("sale, completed", {}).get("orders", 0)
    valid["returns"] = by.get("return, completed", {}).get("orders", 0)
    nobody = "account_id IS NULL" if "account_id" in have else "TRUE"
    without = con.execute(f"SELECT count(*) FROM made_orders WHERE {where} AND {nobody}").fetchone()[0]
    return {"by": by, "completed": valid, "without_customer": without}


def _cases(con, where: str, have: set[str]) -> dict:
    """Solved cases that are no spam, and the hours that they took by the clock."""
    if "resolved_at" not in have:
        return {}
    solved, hours, odd = con.execute(
        f"""SELECT count(*), sum(date_diff('second', opened_at, resolved_at)) FILTER (resolved_at >= opened_at) / 3600.0,
        count(*) FILTER (resolved_at < opened_at) FROM made_cases WHERE {where} AND status <> 'spam' AND resolved_at IS NOT NULL"""
    ).fetchone()
    found = {"resolved": solved} | ({"resolution_hours": round(hours, 4)} if hours is not None else {})
    return found | ({"resolved_before_opened": odd} if odd else {})  # such a case has no duration


def _by_currency(con, feds: list, have: set[str]) -> dict[str, float]:
    """Amounts in the currencies of their rows, where there are several."""
    money = next((c for c in ("net_document", "amount_document", "net", "amount", "budget") if c in have), None)
    if not money:
        return {}
    found: dict[str, float] = {}
    for f in feds:
        own = {c[0] for c in con.execute(f"DESCRIBE {f.rows}").fetchall()}
        if f.feed.currency is None or money not in own:
            continue
        for code, value in con.execute(
            f"SELECT _currency, sum({money})::DOUBLE FROM {f.rows} WHERE _bad IS NULL AND NOT _later GROUP BY 1 ORDER BY 1"
        ).fetchall():
            if value is not None:
                found[code] = round(found.get(code, 0.0) + value, 4)
    return found if len(found) > 1 else {}


def _currencies(con, feds: list, own: str) -> list[str]:
    found: set[str] = set()
    for f in feds:
        money = any(c.kind is Kind.MONEY for n, c in tables.contract(f.table).by_name.items() if n in f.feed.columns)
        if money:
            told = con.execute(f"SELECT DISTINCT _currency FROM {f.rows} WHERE _currency IS NOT NULL").fetchall()
            found |= {r[0] for r in told} or {own}
    return sorted(found)


def _days(con, table, made: str, where: str, have: set[str]) -> list[date]:
    columns = [c for c in (table.time, "until_on" if table.time else None) if c in have]
    if not columns and table.name == "campaigns":
        columns = [c for c in ("starts_on", "ends_on") if c in have]
    found = []
    for c in columns:
        for d in con.execute(f'SELECT min("{c}"), max("{c}") FROM {made} WHERE {where}').fetchone():
            if d:
                found.append(d)
    if not found and "month" in have:
        day = "TRY_CAST(month || '-01' AS DATE)"
        first, last = con.execute(f"SELECT min({day}), max({day}) FROM {made} WHERE {where}").fetchone()
        found = [first, (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)] if last else []
    return found


def _preview(con, feds: list, name: str) -> list[dict]:
    table = tables.contract(name)
    have = {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    shown = [
        c.name
        for c in table.columns
        if c.name in have
        and c.privacy is not Privacy.PERSONAL
        and c.kind is not Kind.ID
        and c.name not in ("system", "source_file")
    ]
    picked = ", ".join(f'"{c}"' for c in shown)
    where = f"_feed IN ({', '.join(str(f.feed_no) for f in feds if f.table == name)})"
    key = ", ".join(f'"{k}"' for k in table.key if k in have)  # several rows of a table may come of one row of a file
    rows = con.execute(f"SELECT {picked} FROM made_{name} WHERE {where} ORDER BY source_row, {key} LIMIT {PREVIEW}").fetchall()
    return [{c: v for c, v in zip(shown, row, strict=True) if v is not None} for row in rows]
