"""Service against its truth, each figure defined as the suite defines it."""

import json

import pandas as pd

from scrm_helpers.findings import Finding
from scrm_helpers.scorecard.rows import Row, of_finding
from scrm_helpers.scorecard.truth import Said, Truth
from scrm_helpers.units import Unit

QUIET = pd.Timedelta(days=7)  # without a further contact: then an issue counts as resolved


def rows(said: Said, truth: Truth, part: str) -> list[Row]:
    """The lines of service: by the channel on which an issue began where they have one."""
    out = []
    for channel in ("social", "phone"):
        found = said.findings.get(f"service.cost_{channel}")
        true = cost_per_resolution(said, truth, channel, _months(said, found), real=bool(_value(found, "terms")))
        out.append(of_finding(part, found, true, id=f"cost_{channel}", unit=Unit.MONEY_PER_ISSUE))
    for channel in ("social", "phone"):
        found = said.findings.get(f"service.csat_{channel}")
        true = satisfied(said, truth, channel, _months(said, found))
        out.append(of_finding(part, found, true, id=f"csat_{channel}", unit=Unit.SHARE))
    found = said.findings.get("service.calls_not_made")
    out.append(of_finding(part, found, calls_not_made(said, truth, _months(said, found)), id="calls_not_made", unit=Unit.COUNT))
    found, planted = said.findings.get("service.before_after"), truth.planted["contact_effect_on_orders"]
    # orders that a contact adds are worth the same as others; none are planted, so that their worth is 0 whatever an order is worth
    true = 0.0 if planted == 0 else None
    return [*out, of_finding(part, found, true, id="contact_effect", unit=Unit.MONEY_PER_CUSTOMER)]


def satisfied(said: Said, truth: Truth, channel: str, months: list[str]) -> float | None:
    """Planted share of good answers about issues that began on the channel, by the tickets that can answer in the months.

    The desk asks about a ticket, where the answer is worse after coming back; a form asks about solved ones alone.
    """
    planted = truth.planted
    tickets = _tickets(said, truth)
    start = tickets[tickets["part"] == 0].set_index("issue")["channel"]
    mine = tickets[(tickets["issue"].map(start) == channel) & tickets["ended"].dt.strftime("%Y-%m").isin(months)]
    good = mine["channel"].map(planted["good_answers_share"])
    desk = planted["desk_answers_share"]
    form = planted["survey_answers_share"] * (1 - desk) * mine["closed"]
    weighed = desk * (good - planted["later_answers_worse_by"] * (mine["part"] > 0)) + form * good
    return float(weighed.sum() / (desk + form).sum()) if len(mine) else None


def calls_not_made(said: Said, truth: Truth, months: list[str]) -> float | None:
    """Calls that issues begun on social and resolved in the months would have brought elsewhere, minus those they brought."""
    tickets = _tickets(said, truth)
    start = tickets[tickets["part"] == 0].set_index("issue")["channel"]
    tickets = tickets[tickets["issue"].map(start) == "social"]
    issues = tickets.assign(called=tickets["channel"] == "phone").groupby("issue")
    issues = issues.agg(ended=("ended", "max"), closed=("closed", "all"), called=("called", "sum"), elsewhere=("calls_else", "sum"))
    counted = issues[issues["closed"] & (issues["ended"] + QUIET).dt.strftime("%Y-%m").isin(months)]
    return float((counted["elsewhere"] - counted["called"]).sum()) if len(counted) else None


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


def _months(said: Said, found: Finding | None) -> list[str]:
    return said.months(found.window) if found is not None else [said.period]


def _value(found: Finding | None, name: str):
    """A value of a finding's sentence; of a text in two languages, the English."""
    given = json.loads(found.values or "{}").get(name) if found is not None else None
    return given.get("en") if isinstance(given, dict) else given
