"""Money in rows that were set aside: in no number, and therefore said beside those that it could move."""

import ibis
import pandas as pd

from scrm_helpers import findings, texts
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

COLUMNS = ["table", "amount", "rows", "files", "share"]
MOST_FILES = 3  # named in a sentence; the quarantine has all


def lost(quarantine: pd.DataFrame, orders: ibis.Table, spend: ibis.Table, costs: ibis.Table) -> pd.DataFrame:
    """Money set aside. Grain: a table of orders, spend or costs that lost any; columns amount, rows, files, share (0-1).

    `share` is the amount's part of what the table would hold with it; of spend and costs, of both together: they make one cost. A
    return's amount counts without its sign: it too is missing.
    """
    sums = {
        "orders": _sum(orders, orders.net),
        "spend": _sum(spend, spend.amount),
        "costs": _sum(costs, costs.amount.fill_null(costs.hours * costs.hourly_rate)),
    }
    rows = quarantine[quarantine["amount"].notna()].assign(amount=lambda q: q["amount"].astype(float).abs())
    rows = rows[rows["amount"] > 0].drop_duplicates(["source_file", "source_row", "table"])
    found = rows.groupby("table", sort=True).agg(
        amount=("amount", "sum"), rows=("amount", "size"), files=("source_file", lambda f: _named(f))
    )
    found = found.reset_index()
    money = found.set_index("table")["amount"].to_dict()
    together = sum(money.get(t, 0.0) + sums[t] for t in ("spend", "costs"))
    whole = {"orders": money.get("orders", 0.0) + sums["orders"], "spend": together, "costs": together}
    found["share"] = [r.amount / whole[r.table] for r in found.itertuples()]
    return found[COLUMNS].astype({"amount": float, "rows": "int64", "share": float})


def lost_findings(context: Context, found: pd.DataFrame) -> list[Finding]:
    """One finding per table that lost money: the sum, the rows, the files and the share."""
    return [
        findings.say(
            context,
            "ingestion.lost",
            id=f"ingestion.lost_{row.table}",
            measure="set_aside",
            window="all",
            estimate=Estimate(row.amount, None, None, LEVEL, int(row.rows), "sum of the rows that were set aside"),
            values={
                "data": {lang: texts.say(f"words.table.{row.table}", lang) for lang in texts.LANGUAGES},
                "files": row.files,
                "share": (row.share, Unit.SHARE),
            },
        )
        for row in found.itertuples()
    ]


def _sum(rows: ibis.Table, amount) -> float:
    total = rows.aggregate(s=amount.abs().sum()).to_pandas().iloc[0]["s"]
    return float(total) if pd.notna(total) else 0.0


def _named(files: pd.Series) -> str:
    names = sorted(set(files))
    return ", ".join(names[:MOST_FILES]) + (", …" if len(names) > MOST_FILES else "")
