"""Money in rows that were set aside: in no number, and therefore said beside those that it could move."""

import ibis
import pandas as pd

from scrm_helpers import findings, texts
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

COLUMNS = ["table", "amount", "rows", "files", "share", "unread"]
UNREAD = "ragged"  # a row with too few or too many fields: nothing in it can be read, its money neither
MOST_FILES = 3  # named in a sentence; the quarantine has all


def lost(quarantine: pd.DataFrame, orders: ibis.Table, spend: ibis.Table, costs: ibis.Table) -> pd.DataFrame:
    """Money set aside. Grain: a table of orders, spend or costs that lost any; columns amount, rows, files, share (0-1), unread.

    `unread` counts rows whose money nobody can read: each stands in `amount` with the mean of the table's rows that were kept.
    `share` is the amount's part of what the table would hold with it; of spend and costs, of both together: they make one cost. A
    return's amount counts without its sign: it too is missing.
    """
    kept = {
        "orders": _kept(orders, orders.net),
        "spend": _kept(spend, spend.amount),
        "costs": _kept(costs, costs.amount.fill_null(costs.hours * costs.hourly_rate)),
    }
    sums, means = {t: k[0] for t, k in kept.items()}, {t: k[0] / k[1] if k[1] else 0.0 for t, k in kept.items()}
    unread = quarantine["reason"].astype(str).eq(UNREAD) & quarantine["table"].isin(sums)
    rows = quarantine.assign(unread=unread, amount=quarantine["amount"].astype(float).abs())
    rows["amount"] = rows["amount"].where(~unread, rows["table"].map(means).astype(float))
    rows = rows[(rows["amount"] > 0) | rows["unread"]].drop_duplicates(["source_file", "source_row", "table"])
    found = rows.groupby("table", sort=True).agg(
        amount=("amount", "sum"), rows=("amount", "size"), files=("source_file", lambda f: _named(f)), unread=("unread", "sum")
    )
    found = found.reset_index()
    money = found.set_index("table")["amount"].to_dict()
    together = sum(money.get(t, 0.0) + sums[t] for t in ("spend", "costs"))
    whole = {"orders": money.get("orders", 0.0) + sums["orders"], "spend": together, "costs": together}
    # where no row could be read, all of it is missing
    found["share"] = [r.amount / whole[r.table] if whole[r.table] else 1.0 for r in found.itertuples()]
    return found[COLUMNS].astype({"amount": float, "rows": "int64", "share": float, "unread": "int64"})


def lost_findings(context: Context, found: pd.DataFrame) -> list[Finding]:
    """One finding per table that lost money: the sum, the rows, the files and the share."""
    return [
        findings.say(
            context,
            "ingestion.lost_unread" if row.unread else "ingestion.lost",
            id=f"ingestion.lost_{row.table}",
            measure="set_aside",
            window="all",
            estimate=Estimate(row.amount, None, None, LEVEL, int(row.rows), "sum of the rows that were set aside"),
            values={
                "data": {lang: texts.say(f"words.table.{row.table}", lang) for lang in texts.LANGUAGES},
                "files": row.files,
                "share": (row.share, Unit.SHARE),
            } | ({"unread": (row.unread, Unit.COUNT)} if row.unread else {}),
        )
        for row in found.itertuples()
    ]


def _kept(rows: ibis.Table, amount) -> tuple[float, int]:
    found = rows.aggregate(s=amount.abs().sum(), n=amount.count()).to_pandas().iloc[0]
    return (float(found["s"]) if pd.notna(found["s"]) else 0.0), int(found["n"])


def _named(files: pd.Series) -> str:
    names = sorted(set(files))
    return ", ".join(names[:MOST_FILES]) + (", …" if len(names) > MOST_FILES else "")
