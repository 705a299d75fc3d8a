"""The finance walk: from net revenue in the ledger, by each named and accepted difference, to the sales in these data."""

import json

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.findings import Finding

REVENUE = "revenue"
COLUMNS = ["step", "month", "net", "note"]


def walk(ledger_totals: pd.DataFrame, finding: Finding | None, *, period: str) -> pd.DataFrame:
    """Steps of the walk over the months that the reconciliation covers; their sum is 0. Grain: one step; money in base currency.

    `ledger` the revenue booked, then a row per month of each accepted difference (its own name as `step`, its month and note),
    `rest` what is left unexplained, `sales` the sales in these data (taken off). Empty where there was no ledger.
    """
    said = json.loads(finding.values) if finding is not None and finding.value is not None else {}
    if ledger_totals.empty or said.get("difference") is None:
        return pd.DataFrame(columns=COLUMNS)
    first = periods.shift(period, 1 - metrics.WINDOWS.get(finding.window, 12))
    rows = ledger_totals[(ledger_totals["month"] >= first) & (ledger_totals["month"] <= period)]
    booked = float(rows.loc[rows["part"] == REVENUE, "net"].astype(float).sum())
    named = rows[rows["part"] != REVENUE].sort_values(["month", "part"])
    steps = [("ledger", "", booked, "")]
    for row in named.to_dict("records"):
        note = row.get("note")
        steps.append((str(row["part"]), row["month"], float(row["net"]), "" if note is None or pd.isna(note) else str(note)))
    off = float(said["difference"])
    steps.append(("rest", "", off, ""))
    steps.append(("sales", "", -(booked + sum(s[2] for s in steps[1:-1]) + off), ""))
    return pd.DataFrame(steps, columns=COLUMNS)
