"""From fed rows to contract tables: one row per key (the last export wins), months cut off, every raw row's fate told."""

from collections.abc import Iterable

from scrm_helpers import campaign_names, tables
from scrm_helpers.ingestion import evidence, merged, monthly, numbered
from scrm_helpers.ingestion.cells import ident, quote
from scrm_helpers.ingestion.columns import DOCUMENT
from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.tables import Kind, Table

RANK = {"kept": 1, "replaced": 2, "later": 3, "quarantined": 4, "dropped": 5}
FOLLOWS = {"order_lines": "orders", "case_events": "cases"}  # rows that come and go with a row of another table


def settle(con, name: str, feds: list[Fed], as_of: str, as_of_instant: str, every: list[Fed] | None = None) -> str:
    """The rows that end in one contract table, as a DuckDB table `made_<name>` (with _feed and _gid); `won_<name>` keeps their origin.

    `every`: the feeds of all tables, where several are settled that are then compared.
    """
    table = tables.contract(name)
    held = numbered.lineage(feds, every or feds)
    parts = " UNION ALL BY NAME ".join(_rows(con, fed, table, held, every or ()) for fed in feds)
    key = ", ".join(f'"{k}"' for k in table.key)
    rank = f"row_number() OVER (PARTITION BY {key} ORDER BY _exported DESC, source_file DESC, _feed, source_row DESC)"
    source, follows, alone = f"({parts})", False, ""
    if name == "promo_codes":
        _code_dates(con, parts)
    if (
        name in FOLLOWS
        and con.execute(f"SELECT count(*) FROM duckdb_tables() WHERE table_name = 'made_{FOLLOWS[name]}'").fetchone()[0]
    ):
        parent, link = FOLLOWS[name], tables.contract(FOLLOWS[name]).key[0]
        with_both = {f for (f,) in con.execute(f"SELECT file FROM files_{parent}").fetchall()}
        alone = "".join(f" OR l.source_file = {quote(f)}" for f in sorted({f.part.file for f in feds} - with_both))  # a file of lines alone
        follows = True
        of_one = f"l.{link} = p.{link} AND (l.source_file = p.source_file{alone})"
        source = f"(SELECT l.* FROM ({parts}) l SEMI JOIN made_{parent} p ON {of_one})"
    if name == "accounts":  # the same account in two kinds of file: what one leaves blank the other may know
        key += ", _kind_of_file"
        rank = rank.replace('OVER (PARTITION BY "account_id"', 'OVER (PARTITION BY "account_id", _kind_of_file')
    files = {f.part.file for f in feds}
    # lines numbered within their order are never two of one key where an order's are of one feed: it has them from one file
    lined = name == "order_lines" and all("line_no" not in f.feed.columns for f in feds)
    lined = lined and (len(feds) == 1 or (follows and not alone and len(files) == len(feds)))
    drop(con, name)
    kind = "VIEW" if lined and feds[0].numbered and not follows else "TABLE"  # nothing about them is mended: not to be written down twice
    con.execute(f"CREATE {kind} made_{name} AS SELECT * FROM {source}")
    if name == "accounts" and len(files) > 1:
        merged.first_seen(con)
    several = len(files) > 1
    if not lined:
        _newest(con, name, key, rank, told=several)
    if name == "orders" and several:
        _withdrawn(con, feds)
    if name in FOLLOWS.values():
        con.execute(f"CREATE OR REPLACE TABLE files_{name} AS SELECT unnest(?::VARCHAR[]) AS file", [[f.part.file for f in feds]])
    if several:
        monthly.compare(con, name)
    if name == "accounts":
        con.execute("CREATE OR REPLACE TABLE won_accounts AS SELECT account_id, _feed, source_row FROM made_accounts")
        merged.merge(con)
    _cut_dates(con, table, as_of, as_of_instant)
    return f"made_{name}"


def _newest(con, name: str, key: str, rank: str, *, told: bool) -> None:
    """Leaves the newest row of each key. Few keys come twice, so rows of the others are not put in an order.

    `told`: what the older rows say is kept for `monthly.compare`.
    """
    twice = f"SELECT {key} FROM made_{name} GROUP BY {key} HAVING count(*) > 1"
    same = " AND ".join(f"m.{k} IS NOT DISTINCT FROM t.{k}" for k in key.split(", "))
    ranked = f"SELECT m.rowid AS _place, {rank} AS _rank{{}} FROM made_{name} m SEMI JOIN ({twice}) t ON {same}"
    if told and name in monthly.FIGURES:
        monthly.keep(con, name, ranked)
        ranked = f"SELECT * FROM {monthly.twice(name)}"
    con.execute(f"DELETE FROM made_{name} WHERE rowid IN (SELECT _place FROM ({ranked.format('')}) WHERE _rank > 1)")


def _withdrawn(con, feds: list[Fed]) -> None:
    """Takes out returns that a row of a sale told beside it, where a newer file has that sale and tells no return any more (it was refused
    after all, or the order was cancelled). Such a return has the number of its sale."""
    have = {c for (c, *_) in con.execute("DESCRIBE made_orders").fetchall()}
    told = {f.part_no for f in feds if "original_order_id" in f.feed.columns}
    beside = {f.part_no for f in feds if f.part_no in told and "original_order_id" not in f.feed.columns}  # parts that have both
    places = ", ".join(str(f.feed_no) for f in feds if f.part_no in beside)
    if places and {"original_order_id", "order_no"} <= have:
        con.execute(f"""DELETE FROM made_orders WHERE rowid IN (
            SELECT r.rowid FROM made_orders r JOIN made_orders s ON s.order_id = r.original_order_id AND s.order_no = r.order_no
            WHERE r.kind = 'return' AND s.kind = 'sale' AND r.source_file <> s.source_file
                AND r._feed IN ({places}) AND s._feed IN ({places}))""")


def drop(con, name: str) -> None:
    """Forgets what was settled of a contract table, if anything was."""
    kinds, made = {"v": "VIEW", "t": "TABLE"}, f"made_{name}"
    for kind in con.execute(
        f"SELECT 'v' FROM duckdb_views() WHERE view_name = '{made}' UNION ALL SELECT 't' FROM duckdb_tables() WHERE table_name = '{made}'"
    ).fetchall():
        con.execute(f"DROP {kinds[kind[0]]} {made}")


def _rows(con, fed: Fed, table: Table, held: dict[str, str] | None = None, every: Iterable[Fed] = ()) -> str:
    """SQL of the rows of one feed. `held`: see `numbered.lineage`; where it says anything, a contract's few words are held alike. `every`:
    feeds of all tables."""
    kinds = numbered.contracted(table.columns) if held else {}
    rows = _rows_of(con, fed, table, held or {}, every)
    have = [c for (c, *_) in con.execute(f"DESCRIBE {fed.rows}").fetchall() if c in kinds]
    return f"SELECT * REPLACE ({', '.join(f'{ident(c)}::{kinds[c]} AS {ident(c)}' for c in have)}) FROM ({rows})" if have else rows


def _rows_of(con, fed: Fed, table: Table, held: dict[str, str], every: Iterable[Fed]) -> str:
    have = [c[0] for c in con.execute(f"DESCRIBE {fed.rows}").fetchall()]
    columns = [c for c in have if not c.startswith("_")]
    said = dict(zip(numbered.LINEAGE, (fed.system, fed.part.file, fed.recipe), strict=True))
    words = (f"{quote(word)}{f'::{held[c]}' if held else ''} AS {c}" for c, word in said.items())
    lineage = f"{', '.join(words)}, _gid AS source_row, {fed.feed_no} AS _feed, DATE '{fed.exported_on}' AS _exported"
    kept = "_bad IS NULL AND NOT _later" + _but_cancelled(con, fed, every)
    if not fed.feed.group or fed.feed.table in FOLLOWS:
        chosen = ", ".join(f'"{c}"' for c in columns)
        place = "_line" if fed.numbered else "row_number() OVER (PARTITION BY _key ORDER BY _row)"
        line = (
            f", {place} AS line_no"
            if "line_no" in table.by_name and "line_no" not in columns
            else ""
        )
        own_row = lineage.replace("_gid AS source_row", "_row AS source_row")
        return f"SELECT {chosen}{line}, {own_row} FROM {fed.rows} WHERE {kept}"
    sums = [c for c in columns if c in fed.feed.sums]
    summed = {c: _sum(table, c, columns) for c in sums}
    told = summed | {c: f'arg_min("{c}", _row)' for c in _differing(con, fed, [c for c in columns if c not in summed])}
    if summed and "status" in columns and _cancelled_in_part(con, fed):  # what is left of an order is an order, and no more than that
        stays = " FILTER (WHERE status <> 'cancelled')"
        told |= {c: f"CASE WHEN bool_and(status = 'cancelled') THEN {summed[c]} ELSE {_sum(table, c, columns, stays)} END" for c in sums}
        told["status"] = f"coalesce(arg_min(status, _row){stays}, 'cancelled')"
    # an order stands on the day of its first row: a group is later as a whole
    chosen = ", ".join(f'{told[c]} AS "{c}"' if c in told else f'"{c}"' for c in columns)
    if set(told) == set(columns):
        return f"SELECT {chosen}, {lineage} FROM {fed.rows} WHERE _bad IS NULL GROUP BY _gid HAVING NOT arg_min(_later, _row)"
    first = f"{fed.rows} WHERE _bad IS NULL AND _row = _gid AND NOT _later"
    if not told:
        return f"SELECT {chosen}, {lineage} FROM {first}"
    of_first = ", ".join(f'"{c}"' for c in columns if c not in told)
    of_group = ", ".join(f'{sql} AS "{c}"' for c, sql in told.items())
    groups = f"SELECT _gid, {of_group} FROM {fed.rows} WHERE _bad IS NULL GROUP BY _gid"
    chosen = ", ".join(f'"{c}"' for c in columns)
    return f"SELECT {chosen}, {lineage} FROM (SELECT _gid, {of_first} FROM {first}) JOIN ({groups}) USING (_gid)"


def _sum(table: Table, column: str, columns: list[str], of: str = "") -> str:
    """SQL of a column's sum over a group, or over its rows `of` a filter; amounts in two currencies have none."""
    whole, kind = f'sum("{column}"){of}', table.by_name[column]
    if kind.unit == DOCUMENT:
        one = "count(DISTINCT currency) = 1" if "currency" in columns else "TRUE"
        return f"CASE WHEN {one} THEN {whole} END::DECIMAL(18,4)"
    return f"{whole}::DECIMAL(18,4)" if kind.kind is Kind.MONEY else whole


def _but_cancelled(con, fed: Fed, every: Iterable[Fed]) -> str:
    """SQL that leaves out lines that were cancelled where other lines of their order were not; '' where there are none."""
    orders = [f for f in every if fed.table == "order_lines" and f.table == "orders" and f.part_no == fed.part_no and f.feed.sums]
    for order in orders:
        if "status" in order.feed.columns and _cancelled_in_part(con, order):
            of_order = f"FROM {order.rows} WHERE _bad IS NULL AND status"
            return f" AND _row NOT IN (SELECT _row {of_order} = 'cancelled' AND _gid IN (SELECT _gid {of_order} <> 'cancelled'))"
    return ""


def _cancelled_in_part(con, fed: Fed) -> bool:
    """Whether a group has lines that were cancelled beside lines that were not."""
    lines = f"FROM {fed.rows} WHERE _bad IS NULL AND status"
    asked = f"SELECT 1 {lines} <> 'cancelled' AND _gid IN (SELECT _gid {lines} = 'cancelled') LIMIT 1"
    return con.execute(asked).fetchone() is not None


def _differing(con, fed: Fed, columns: list[str]) -> list[str]:
    """Columns of which the first value of a group need not stand in its first row: all of them where the rows are few.

    To look for it in each of millions of groups is dear, and mostly the first row has what any row of the group has.
    """
    if fed.part.rows <= evidence.LARGE or fed.feed.each or fed.part.across:  # there several rows have the number of one
        return columns
    counts = (f'count(*) FILTER (_row = _gid AND "{c}" IS NULL), count("{c}") FILTER (_row <> _gid)' for c in columns)
    asked = f"SELECT {', '.join(counts)} FROM {fed.rows} WHERE _bad IS NULL"
    found = con.execute(asked).fetchone()
    return [c for c, blank, further in zip(columns, found[::2], found[1::2], strict=True) if blank and further]


def _cut_dates(con, table: Table, as_of: str, instant: str) -> None:
    """What lies after the month reported on is not known yet: later days and moments become blank, plans stay."""
    have = {c[0] for c in con.execute(f"DESCRIBE made_{table.name}").fetchall()}
    cut = []
    for column in table.columns:
        if column.name in have and not column.planned and not column.required and column.name not in table.key:
            limit = {Kind.DATE: f"DATE '{as_of}'", Kind.TIME: f"TIMESTAMP '{instant}'"}.get(column.kind)
            if limit:
                cut.append(f'"{column.name}" = CASE WHEN "{column.name}" < {limit} THEN "{column.name}" END')
    if cut:
        con.execute(f"UPDATE made_{table.name} SET {', '.join(cut)}")


def tie(con, name: str) -> None:
    """Rows that name an account by its e-mail or phone get that account's id."""
    if (
        name == "accounts"
        or not con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'scrm_contacts'").fetchone()[0]
    ):
        return
    have = [c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall() if c[0].endswith("account_id")]
    for column in have:
        con.execute(
            f"UPDATE made_{name} SET {column} = c.account_id FROM scrm_contacts c WHERE made_{name}.{column} = c.contact_id"
        )


def accounts_of_orders(con, has_accounts: bool) -> int:
    """Customers that only orders name get an account of their own: they are people too. Gives how many were added.

    An account made so carries the lineage of its first order; its kind is unknown and nothing personal is known of it.
    """
    have = {c[0] for c in con.execute("DESCRIBE made_orders").fetchall()}
    if "account_id" not in have:
        return 0
    known = "SELECT account_id FROM made_accounts" if has_accounts else "SELECT NULL::BIGINT WHERE FALSE"
    con.execute(f"""CREATE OR REPLACE TABLE scrm_bare_accounts AS
        SELECT account_id, 'unknown' AS kind, bool_and(is_internal) AS is_internal,
            arg_min(system, (ordered_at, source_file, source_row)) AS system,
            arg_min(source_file, (ordered_at, source_file, source_row)) AS source_file,
            arg_min(source_row, (ordered_at, source_file, source_row)) AS source_row
        FROM made_orders WHERE account_id IS NOT NULL AND account_id NOT IN ({known}) GROUP BY 1""")
    added = con.execute("SELECT count(*) FROM scrm_bare_accounts").fetchone()[0]
    if not added:
        return 0
    if has_accounts:
        con.execute("INSERT INTO made_accounts BY NAME SELECT * FROM scrm_bare_accounts")
    else:
        con.execute("CREATE OR REPLACE TABLE made_accounts AS SELECT * FROM scrm_bare_accounts")
    return added


def rename(con, name: str, made: set[str]) -> None:
    """Old store codes become the new ones; campaigns named by their name get their number; codes give orders their source."""
    have = {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    if "stores" in made and name != "stores":
        for column in have & {"store_id", "place"}:
            con.execute(
                f"UPDATE made_{name} SET {column} = s.store_id FROM made_stores s WHERE s.formerly = made_{name}.{column}"
            )
    if "campaigns" in made and name not in ("campaigns", "spend", "campaign_units") and "campaign_id" in have:
        _name_campaigns(con, name)
    if "promo_codes" in made and name == "orders" and "promo_code" in have:
        _source_of_codes(con, have)


def _name_campaigns(con, name: str) -> None:
    """A campaign named by its name, in a table that is no spend, gets its id; a name that several campaigns have stays as it is."""
    calendar = con.execute("SELECT * FROM made_campaigns").df()
    written = con.execute(f"SELECT DISTINCT campaign_id FROM made_{name} WHERE campaign_id IS NOT NULL").df()
    written["known"] = campaign_names.one(campaign_names.meant(written, calendar))
    renamed = written[(written["known"] != "") & (written["known"] != written["campaign_id"])]
    if len(renamed):
        con.register("scrm_renamed", renamed)
        con.execute(f"UPDATE made_{name} SET campaign_id = r.known FROM scrm_renamed r WHERE made_{name}.campaign_id = r.campaign_id")
        con.unregister("scrm_renamed")


def _code_dates(con, parts: str) -> None:
    """Every validity of a code, as its newest file has it: the contract keeps one row per code, an order may need another of them."""
    columns = {c[0] for c in con.execute(f"DESCRIBE SELECT * FROM ({parts})").fetchall()}
    source, first, last = (c if c in columns else "NULL" for c in ("source", "valid_from", "valid_to"))
    con.execute(f"""CREATE OR REPLACE TABLE scrm_codes AS
        SELECT DISTINCT upper(trim(code)) AS code, {source}::VARCHAR AS source, {first}::DATE AS first, {last}::DATE AS last FROM ({parts})
        QUALIFY (_exported, source_file) = max((_exported, source_file)) OVER (PARTITION BY upper(trim(code)))""")


def _source_of_codes(con, have: set[str]) -> None:
    """An order without a source takes that of its code on its day; where two validities hold the day and differ, nobody is named."""
    if "source" not in have:
        con.execute("ALTER TABLE made_orders ADD COLUMN source VARCHAR")
    con.execute("""UPDATE made_orders SET source = found.source FROM (
            SELECT o.order_id, min(c.source) AS source FROM made_orders o JOIN scrm_codes c ON upper(trim(o.promo_code)) = c.code
            WHERE coalesce(c.first <= o.ordered_on, TRUE) AND coalesce(c.last >= o.ordered_on, TRUE)
            GROUP BY 1 HAVING count(DISTINCT coalesce(c.source, '')) = 1) found
        WHERE made_orders.order_id = found.order_id AND made_orders.source IS NULL AND found.source IS NOT NULL""")


def fates(con, part_no: int, part, feds: list[Fed]) -> list[tuple[str, str, int]]:
    """(fate, detail, rows) of one part. A row that feeds several tables has the best of its fates."""
    mine = [f for f in feds if f.part_no == part_no]
    counted: dict[tuple[str, str], int] = {}
    for _, why, _ in part.dropped:
        counted["dropped", why] = counted.get(("dropped", why), 0) + 1
    if len(mine) == 1 and not mine[0].feed.group and not mine[0].feed.each or [f.table for f in mine] == ["order_lines"]:
        told = _alone(con, mine[0], part)
    elif mine:
        # an account that an order or ticket brings along does not save the row: its fate is that of the order or ticket
        aside = {f.table for f in mine} != {"accounts"}
        first = min((f for f in mine if not aside or f.table != "accounts"), key=lambda f: f.table)
        rest = f"rest_{part.table}"  # few rows as a rule: the others have the best fate of all, and need not be compared
        con.execute(f"CREATE OR REPLACE TEMP TABLE {rest} AS SELECT _row FROM {part.table} ANTI JOIN ({_won_rows(first)}) USING (_row)")
        left = con.execute(f"SELECT count(*) FROM {rest}").fetchone()[0]
        union = " UNION ALL ".join(_fate_rows(con, f, 10 if aside and f.table == "accounts" else 0, rest) for f in mine)
        best = f"SELECT _row, min(fate) AS fate FROM ({union}) GROUP BY _row"
        found = con.execute(f"SELECT fate, count(*) FROM {rest} LEFT JOIN ({best}) USING (_row) GROUP BY 1 ORDER BY 1").fetchall()
        con.execute(f"DROP TABLE {rest}")
        told = [((ord(fate[0]) - ord("@")) % 10, fate[1:], n) if fate else (5, "no_table", n) for fate, n in found]
        told.append((1, first.table, part.rows - left))
    else:
        told = [(5, "no_table", part.rows)]
    names = {v: k for k, v in RANK.items()}
    for rank, detail, rows in told:
        counted[names[rank], detail] = counted.get((names[rank], detail), 0) + rows
    return [(fate, detail, rows) for (fate, detail), rows in sorted(counted.items()) if rows]


def _alone(con, fed: Fed, part) -> list[tuple[int, str, int]]:
    """(rank, detail, rows) of a part whose rows feed one table, a row each: counted without joining row to row."""
    whole, counted = part.rows, {}
    for reason, later, n in con.execute(f"SELECT _bad.reason, _later, count(*) FROM {fed.rows} GROUP BY ALL").fetchall():
        at = (4, reason) if reason else (3, fed.table) if later else (2, fed.table)
        counted[at] = counted.get(at, 0) + n
        whole -= n
    kept = con.execute(f"SELECT count(*) FROM ({_won(fed)})").fetchone()[0]
    gone = con.execute(
        f"""SELECT count(DISTINCT source_row) FROM scrm_taken_out WHERE "table" = '{fed.table}' AND _feed = {fed.feed_no}"""
    ).fetchone()[0]
    counted[2, fed.table] = counted.get((2, fed.table), 0) - kept - gone
    return [(*at, n) for at, n in [((1, fed.table), kept), ((5, "forgotten"), gone), ((5, "no_table"), whole), *counted.items()] if n]


def _grouped(fed: Fed) -> bool:
    """Whether rows of a feed stand in their table as one row for each group."""
    return bool(fed.feed.group) and fed.feed.table not in FOLLOWS


def _won(fed: Fed) -> str:
    """SQL of the rows of a part, as `source_row`, that a table has of a feed."""
    return f"SELECT source_row FROM {'won_accounts' if fed.table == 'accounts' else f'made_{fed.table}'} WHERE _feed = {fed.feed_no}"


def _won_rows(fed: Fed) -> str:
    """SQL of every row of a part, as `_row`, that ended in the table of a feed."""
    if not _grouped(fed):
        return f"SELECT source_row AS _row FROM ({_won(fed)})"
    return f"SELECT _row FROM {fed.rows} f SEMI JOIN ({_won(fed)}) w ON w.source_row = f._gid WHERE _bad IS NULL"


def _fate_rows(con, fed: Fed, less: int, of: str) -> str:
    """SQL of the fate in one table of the rows of a part that stand in `of`: a letter for its rank (A the best; `less`: letters further
    down) and what is told of it."""
    grouped = _grouped(fed)
    row, later = "_gid" if grouped else "_row", "_later"
    if grouped:  # a group is later as a whole
        some = con.execute(f"SELECT coalesce(bool_or(_later), FALSE) FROM {fed.rows}").fetchone()[0]
        later = "(first_value(_later) OVER (PARTITION BY _gid ORDER BY _row))" if some else "FALSE"
    best, replaced, later_too, bad, gone = (chr(ord("@") + rank + less) for rank in (1, 2, 3, 4, 5))
    return f"""SELECT f._row, CASE WHEN f._bad IS NOT NULL THEN '{bad}' || f._bad.reason WHEN f.late THEN '{later_too}{fed.table}'
        WHEN w.source_row IS NOT NULL THEN '{best}{fed.table}' WHEN g.source_row IS NOT NULL THEN '{gone}forgotten'
        ELSE '{replaced}{fed.table}' END AS fate
        FROM (SELECT _row, _gid, _bad, {later} AS late FROM {fed.rows}) f SEMI JOIN {of} USING (_row)
        LEFT JOIN ({_won(fed)}) w ON w.source_row = f.{row}
        LEFT JOIN (SELECT DISTINCT source_row FROM scrm_taken_out WHERE "table" = '{fed.table}' AND _feed = {fed.feed_no}) g ON g.source_row = f.{row}"""  # noqa: E501
