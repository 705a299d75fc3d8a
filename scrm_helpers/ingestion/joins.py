"""Do the tables meet? Join rates of keys between tables, months without a row, and what each file gave. Frames in, frames out."""

import ibis
import pandas as pd

from scrm_helpers import campaign_names, metrics, periods, texts

ENOUGH = 0.98  # of rows with a key: below it the tables do not join, and what joins them is not to be trusted
NAMED = {("spend", "campaign_id")}  # joined by name too: platforms have ids of their own
TOP = 5  # codes without a partner that are named
# from table, its column, to table, its column: codes may be named in a table, keys of people may not
LINKS = (
    ("orders", "account_id", "accounts", "account_id"),
    ("orders", "store_id", "stores", "store_id"),
    ("orders", "campaign_id", "campaigns", "campaign_id"),
    ("order_lines", "product_id", "products", "product_id"),
    ("leads", "account_id", "accounts", "account_id"),
    ("cases", "account_id", "accounts", "account_id"),
    ("spend", "campaign_id", "campaigns", "campaign_id"),
)
PEOPLE = ("account_id",)
# links that `check` holds each file to: what is sold online or by a marketplace has no store
CODES = (
    ("orders", "store_id", "stores", ("store_id", "formerly"), "channel IN ('store', 'dealer')"),
    ("order_lines", "product_id", "products", ("product_id",), "TRUE"),
)


def join_rates(book) -> pd.DataFrame:
    """One row per link whose two tables are there: rows with a key, those with a partner, their share, verdict, and the codes without.

    A campaign of spend is found by its id or, as everywhere in the suite, by its name; where a name is what joins, names are told.
    Grain: a link. `share` 0-1; `enough` is False below 98%; `unmatched` names the five most frequent codes that found nothing.
    """
    found = []
    for table, column, other, key in LINKS:
        if not (book.has(table) and book.has(other)):
            continue
        left, right = book.read(table), book.read(other)
        if column not in left.columns or key not in right.columns:
            continue
        rows = _tied(left, column, right, key, by_name=(table, column) in NAMED)
        counted = rows.group_by("there").agg(n=ibis._.n.sum()).to_pandas()
        whole, tied = int(counted["n"].sum()), int(counted.loc[counted["there"], "n"].sum())
        if not whole:
            continue
        lost = rows.filter(~rows.there).mutate(code=rows.code.cast("string")).order_by(ibis.desc("n"), "code").limit(TOP)
        named = "" if column in PEOPLE or tied == whole else ", ".join(lost.to_pandas()["code"])
        found.append((table, column, other, whole, tied, tied / whole, tied / whole >= ENOUGH, named))
    return pd.DataFrame(found, columns=["table", "field", "partner", "rows", "tied", "share", "enough", "unmatched"])


def _tied(left, column: str, right, key: str, *, by_name: bool) -> ibis.Table:
    """Codes of the left table, their rows (`n`) and whether the right one has them (`there`). Grain: `code`; with `by_name` (spend to
    campaigns), the name where there is one."""
    keyed = left.filter(left[column].notnull()).mutate(code=left[column])
    if by_name:
        keyed = campaign_names.with_campaign(keyed, right)
        keyed = keyed.mutate(code=keyed.campaign_name.fill_null(keyed.code.cast("string")), there=keyed.calendar_id != "")
        return keyed.group_by("code", "there").agg(n=ibis._.count())
    known = right.select(known=right[key]).distinct().mutate(there=ibis.literal(True))
    rows = keyed.group_by("code").agg(n=ibis._.count())
    return rows.left_join(known, rows.code == known.known).select("code", "n", there=ibis._.there.fill_null(False))


def unmapped(book) -> pd.DataFrame:
    """Sources as accounts and leads have them that none of the suite's words fits, the most money first.

    Grain: system and text. `customers` accounts that carry it; `net` their completed sales in all months read, in base currency (blank
    where fewer than 5 accounts carry it: such a text may be about someone; they stand last).
    """
    parts = []
    for name in ("accounts", "leads"):
        rows = book.read(name)
        lost = rows.source_raw.notnull() & (rows.source.isnull() | (rows.source == "other")) & rows.account_id.notnull()
        parts.append(rows.filter(lost).select("system", "source_raw", "account_id"))
    orders = book.read("orders")
    bought = orders.filter(orders.status == "completed", ~orders.is_internal).group_by("account_id").agg(net=ibis._.net.sum())
    each = ibis.union(*parts, distinct=True).left_join(bought, "account_id")
    found = each.group_by("system", "source_raw").agg(customers=ibis._.count(), net=ibis._.net.sum().cast("float64").fill_null(0.0))
    order = ["net", "customers", "system", "source_raw"]
    shown = metrics.without_small(found.to_pandas(), by="customers", figures=["net"])
    return shown.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def links(con) -> dict[str, list[dict]]:
    """File -> how many of its rows with a code found it in the table that the code belongs to, over `made_...` tables that are there."""
    there = {
        r[0]
        for r in con.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
        ).fetchall()
    }
    found: dict[str, list[dict]] = {}
    for table, column, other, keys, where in CODES:
        if not {f"made_{table}", f"made_{other}"} <= there or column not in _columns(con, table):
            continue
        known = " UNION ".join(
            f"SELECT {k} FROM made_{other} WHERE {k} IS NOT NULL" for k in keys if k in _columns(con, other)
        )
        rows = f"SELECT source_file, {column} AS code, {column} IN ({known}) AS tied FROM made_{table} WHERE {column} IS NOT NULL AND {where}"  # noqa: E501
        for file, whole, tied in con.execute(
            f"SELECT source_file, count(*), count(*) FILTER (tied) FROM ({rows}) GROUP BY 1 ORDER BY 1"
        ).fetchall():
            lost = con.execute(
                f"SELECT code FROM ({rows}) WHERE source_file = ? AND NOT tied GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {TOP}",
                [file],
            ).fetchall()
            found.setdefault(file, []).append({
                "table": table, "field": column, "partner": other, "rows": whole, "tied": tied, "share": tied / whole,
                "enough": tied / whole >= ENOUGH, "unmatched": [code for (code,) in lost],
            })  # fmt: skip
    return found


def sentence(file: str, link: dict) -> str:
    """What is said of a file whose codes hardly meet the other table; '' where they do."""
    if link["enough"]:
        return ""
    share, enough = (texts.figure(v, "percent") for v in (link["share"], ENOUGH))
    said = {"rows": texts.figure(link["rows"]), "field": link["field"], "partner": link["partner"]}
    codes = ", ".join(map(repr, link["unmatched"]))
    return texts.tell("console.file.unjoined", file=file, share=share, enough=enough, codes=codes, **said)


def _columns(con, table: str) -> set[str]:
    return {c[0] for c in con.execute(f"DESCRIBE made_{table}").fetchall()}


def gaps(coverage: pd.DataFrame, *, period: str) -> pd.DataFrame:
    """Months without a row between the first and the last one of a table and system, up to the period; a row per table and system that has
    any: how many they are, and which, unbroken runs as first and last month.
    """
    found = []
    for (table, system), rows in coverage.groupby(["table", "system"], sort=True):
        have = set(rows["month"])
        first, last = min(have), max(min(period, max(have)), min(have))
        lacking = [m for m in periods.between(first, last) if m not in have]
        if lacking:
            spans = ", ".join(a if a == b else f"{a} – {b}" for a, b in periods.runs(lacking))
            found.append((table, system, len(lacking), spans))
    return pd.DataFrame(found, columns=["table", "system", "n", "months"])


def per_file(files: pd.DataFrame) -> pd.DataFrame:
    """What each file gave: rows by fate, the days that it covers, and whether its totals row equals the sum of its rows."""
    fates = [f"rows_{f}" for f in ("read", "kept", "quarantined", "dropped", "later", "replaced")]
    shown = files.assign(recipe=files["recipe"].fillna(""), totals=files["totals"].fillna(""))
    return shown[["source_file", "recipe", *fates, "first_on", "last_on", "totals"]].reset_index(drop=True)


def changed(restated: pd.DataFrame) -> pd.DataFrame:
    """Figures that a later export changed, under the headings of a page."""
    names = {"column": "field", "rows": "n", "before": "figure_before", "after": "figure_after"}
    return restated.rename(columns=names)
