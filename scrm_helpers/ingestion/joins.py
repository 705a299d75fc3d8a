"""Do the tables meet? Join rates of keys between tables, months without a row, and what each file gave. Frames in, frames out."""

import ibis
import pandas as pd

ENOUGH = 0.98  # of rows with a key: below it the tables do not join, and what joins them is not to be trusted
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


def join_rates(book) -> pd.DataFrame:
    """One row per link whose two tables are there: rows with a key, those with a partner, their share, verdict, and the codes without.

    Grain: a link. `share` 0-1; `enough` is False below 98%; `unmatched` names the five most frequent codes that found nothing.
    """
    found = []
    for table, column, other, key in LINKS:
        if not (book.has(table) and book.has(other)):
            continue
        left, right = book.read(table), book.read(other)
        if column not in left.columns or key not in right.columns:
            continue
        keyed = left.filter(left[column].notnull()).group_by(code=left[column].cast("string")).agg(n=ibis._.count())
        known = right.select(code=right[key].cast("string")).distinct().mutate(there=ibis.literal(True))
        rows = keyed.left_join(known, "code").select("code", "n", there=ibis._.there.fill_null(False)).to_pandas()
        whole, tied = int(rows["n"].sum()), int(rows.loc[rows["there"], "n"].sum())
        if not whole:
            continue
        lost = rows[~rows["there"]].sort_values(["n", "code"], ascending=[False, True]).head(TOP)["code"]
        named = "" if column in PEOPLE else ", ".join(lost)
        found.append((table, column, other, whole, tied, tied / whole, tied / whole >= ENOUGH, named))
    return pd.DataFrame(found, columns=["table", "field", "partner", "rows", "tied", "share", "enough", "unmatched"])


def gaps(coverage: pd.DataFrame, *, period: str) -> pd.DataFrame:
    """Months without a row between the first one of a table and system and the period, one row per table and system that has any."""
    found = []
    for (table, system), rows in coverage.groupby(["table", "system"], sort=True):
        have = set(rows["month"])
        first, last = min(have), max(min(period, max(have)), min(have))
        months = [str(m) for m in pd.period_range(first, last, freq="M")]
        lacking = [m for m in months if m not in have]
        if lacking:
            found.append((table, system, len(lacking), ", ".join(lacking[:12])))
    return pd.DataFrame(found, columns=["table", "system", "n", "months"])


def per_file(files: pd.DataFrame) -> pd.DataFrame:
    """What each file gave: rows by fate, the days that it covers, and whether its totals row equals the sum of its rows."""
    fates = [f"rows_{f}" for f in ("read", "kept", "quarantined", "dropped", "later", "replaced")]
    shown = files.assign(recipe=files["recipe"].fillna(""), totals=files["totals"].fillna(""))
    return shown[["source_file", "recipe", *fates, "first_on", "last_on", "totals"]].reset_index(drop=True)


def changed(restated: pd.DataFrame) -> pd.DataFrame:
    """Figures that a later export changed, under the headings of a page."""
    names = {"column": "measure", "rows": "n", "before": "figure_before", "after": "figure_after"}
    return restated.rename(columns=names)
