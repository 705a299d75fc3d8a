"""The true cost of a resolution, defined as the suite defines it: cost of the months' work over the issues resolved in them."""

import pandas as pd

from scrm_helpers.scorecard.truth import Said, Truth

QUIET = pd.Timedelta(days=7)  # without a further contact: then an issue counts as resolved


def cost_per_resolution(said: Said, truth: Truth, channel: str, months: list[str], *, real: bool = False) -> float | None:
    """Money per issue that began on the channel, `real` in prices of the period; None where none was resolved.

    Who belongs to which issue, the channel it began on and the minutes of work are the truth's; when a ticket was opened and
    closed stands in the desk's own file. A channel's true cost of a month is spread over its true minutes of that month.
    """
    rows = _tickets(said, truth)
    start = rows[rows["part"] == 0].set_index("issue")["channel"]
    rows["start"] = rows["issue"].map(start)
    costs = truth.table("costs")
    paid = costs[costs["purpose"] == "serve"].groupby(["month", "channel"])["amount"].sum() / 100  # kuruş
    worked = rows.groupby(["month", "channel"])["minutes"].sum()
    rate = (paid / worked).rename("rate").reset_index()
    work = rows[rows["month"].isin(months)].merge(rate, on=["month", "channel"], how="left")
    factor = said.in_prices(work["month"]) if real else 1.0
    cost = (work["minutes"] * work["rate"] * factor)[work["start"] == channel].sum()
    issues = rows[rows["start"] == channel].groupby("issue").agg(ended=("ended", "max"), closed=("closed", "all"))
    counted = (issues["ended"] + QUIET)[issues["closed"]].dt.strftime("%Y-%m")
    resolved = int(counted.isin(months).sum())
    return float(cost / resolved) if resolved else None


def _tickets(said: Said, truth: Truth) -> pd.DataFrame:
    """Real tickets with the truth's issue and the file's times. Grain: one ticket."""
    cases = said.frame("cases")
    cases = cases.assign(ticket=cases["source_row"].map(said.tickets), closed=cases["status"].isin(["resolved", "closed"]))
    ended = cases["resolved_at"].fillna(cases["closed_at"]).fillna(cases["opened_at"])
    cases = cases.assign(ended=pd.to_datetime(ended), month=pd.to_datetime(cases["opened_on"]).dt.strftime("%Y-%m"))
    true = truth.table("cases").astype({"ticket": str})
    return true.merge(cases[["ticket", "closed", "ended", "month"]], on="ticket")
