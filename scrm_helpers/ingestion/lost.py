"""Money in rows that were set aside: in no number, and therefore said beside those that it could move."""

from collections.abc import Mapping

import ibis
import pandas as pd

from scrm_helpers import findings, texts
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

COLUMNS = ["table", "amount", "rows", "files", "share", "unread"]
MOST_FILES = 3  # named in a sentence; the quarantine has all


def kept(orders: ibis.Table, spend: ibis.Table, costs: ibis.Table) -> dict[str, tuple[float, int]]:
    """By table, the money in the rows that were kept, returns without their sign, and how many rows have some."""
    return {
        "orders": _summed(orders, orders.net),
        "spend": _summed(spend, spend.amount),
        "costs": _summed(costs, costs.amount.fill_null(costs.hours * costs.hourly_rate)),
    }


def with_money(quarantine: pd.DataFrame, kept: Mapping[str, tuple[float, int]]) -> pd.DataFrame:
    """The quarantine with the money of each row as a float: what every sum of money set aside is made of.

    `kept`: as the function of that name gives it. A return's `amount` counts without its sign: it too is missing. An `unread`
    row's money nobody can read: it stands with the mean of its table's rows that were kept. Blank where no money of the row is missing.
    """
    means = {t: s / n if n else 0.0 for t, (s, n) in kept.items()}
    unread = quarantine["unread"].fillna(False).astype(bool)
    amount = quarantine["amount"].astype(float).abs()
    return quarantine.assign(unread=unread, amount=amount.where(~unread, quarantine["table"].map(means).astype(float)))


def lost(aside: pd.DataFrame, kept: Mapping[str, tuple[float, int]]) -> pd.DataFrame:
    """Money set aside. Grain: a table of orders, spend or costs that lost any; columns amount, rows, files, share (0-1), unread.

    `aside`: as `with_money` gives it. `unread` counts the rows whose money cannot be read.
    `share` is the amount's part of what the table would hold with it; of spend and costs, of both together: they make one cost.
    """
    sums = {t: s for t, (s, _) in kept.items()}
    rows = aside[(aside["amount"] > 0) | aside["unread"]]
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


def _summed(rows: ibis.Table, amount) -> tuple[float, int]:
    found = rows.aggregate(s=amount.abs().sum(), n=amount.count()).to_pandas().iloc[0]
    return (float(found["s"]) if pd.notna(found["s"]) else 0.0), int(found["n"])


def _named(files: pd.Series) -> str:
    names = sorted(set(files))
    return ", ".join(names[:MOST_FILES]) + (", …" if len(names) > MOST_FILES else "")
