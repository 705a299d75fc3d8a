"""What the programme costs, for which goal, and what it brings: the one ROI, for the whole programme."""

from itertools import product
from typing import NamedTuple

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.errors import ToldError
from scrm_helpers.stats import Estimate, combine
from scrm_helpers.texts import tell


def programme_cost(ledger: pd.DataFrame, *, period: str, months: int = 1) -> Estimate | None:
    """Cost of the programme over the months that end with the period, in base currency; None where the ledger has no row in them.

    The range is what missing hours may add or take. n is the count of ledger rows.
    """
    rows = within(ledger, period, months)
    if rows.empty:
        return None
    total = {c: float(rows[c].astype(float).sum()) for c in ("amount", "low", "high")}
    return Estimate(total["amount"], total["low"], total["high"], metrics.LEVEL, len(rows), "sum of the cost ledger")


def hours_known(ledger: pd.DataFrame, *, period: str, months: int = 1) -> bool:
    """Whether staff hours stand in the programme's cost of the months at all. Single missing months are in the ledger as a range."""
    return bool((within(ledger, period, months)["kind"] == "hours").any())


def spend_by_purpose(ledger: pd.DataFrame, *, period: str, first_month: int = 1) -> pd.DataFrame:
    """What was spent to acquire, keep and serve: this month and the fiscal year to date. Grain: one row per purpose.

    Money in base currency, hours as recorded. `first_month` is the month the fiscal year begins with.
    """
    year = within(ledger, period, fiscal_months(period, first_month=first_month))
    month = year[year["month"] == period]
    out = pd.DataFrame({"purpose": ["acquire", "keep", "serve"]})
    for name, rows in (("month", month), ("year", year)):
        sums = rows.assign(amount=rows["amount"].astype(float)).groupby("purpose")[["amount", "hours"]].sum()
        out[f"cost_{name}"] = out["purpose"].map(sums["amount"]).fillna(0.0).astype(float)
        out[f"hours_{name}"] = out["purpose"].map(sums["hours"]).fillna(0.0).astype(float)
    return out


def spend_by_month(ledger: pd.DataFrame, *, period: str, months: int = 12) -> pd.DataFrame:
    """What was spent by month and purpose over the months that end with the period. Grain: month and purpose; money in base currency."""
    rows = within(ledger, period, months)
    sums = rows.assign(amount=rows["amount"].astype(float)).groupby(["month", "purpose"], sort=True)["amount"].sum()
    return sums.reset_index()


class Budget(NamedTuple):
    """Money asked for in the fiscal year to date, beside what was spent in the very months that it was asked for. Base currency."""

    asked: float
    months: int  # of the year to date, for which a goal asks for money
    year: int  # months of the year to date
    spent: float  # in those `months`


def budget_and_spend(ledger: pd.DataFrame, promised: pd.DataFrame, *, period: str, first_month: int = 1) -> Budget | None:
    """What the goals asked for and what was spent in the same months; None where no goal of these months names money.

    `promised` as `latest_promises` gives it. The money of a goal is asked for the goal as a whole and repeated on each of its rows:
    it counts once, in its newest declaration, spread evenly from the goal's first promised month to its last or to its due month.
    """
    goals = budget_by_goal(promised, period=period, first_month=first_month)
    if goals.empty:
        return None
    covered = set().union(*goals["covers"])
    year = fiscal_months(period, first_month=first_month)
    rows = within(ledger, period, year)
    spent = float(rows.loc[rows["month"].isin(covered), "amount"].astype(float).sum())
    return Budget(float(goals["so_far"].sum()), len(covered), year, spent)


def budget_by_goal(promised: pd.DataFrame, *, period: str, first_month: int = 1) -> pd.DataFrame:
    """The same goal by goal. Grain: a goal with money in these months; its money, months it is spread over, months_so_far, so_far, and
    which months of the year to date it `covers`."""
    months = periods.between(periods.shift(period, 1 - fiscal_months(period, first_month=first_month)), period)
    parts = []
    for goal, rows in promised[promised["money"].notna()].groupby("goal_id"):
        newest = rows.sort_values(["declared_on", "month"], kind="stable").iloc[-1]
        every = promised.loc[promised["goal_id"] == goal, "month"]
        due = newest.get("due_on")
        last = every.max() if due is None or pd.isna(due) else max(every.max(), periods.of(pd.Timestamp(due).date()))
        life = periods.between(every.min(), last)
        covers = tuple(m for m in months if m in life)
        if covers:
            money, inside = float(newest["money"]), len(covers)
            parts.append((goal, newest.get("goal"), money, len(life), inside, money * inside / len(life), covers))
    return pd.DataFrame(parts, columns=["goal_id", "goal", "money", "months", "months_so_far", "so_far", "covers"])


def fiscal_months(period: str, *, first_month: int) -> int:
    """How many months of the fiscal year have passed with this one: 1 to 12."""
    if not 1 <= first_month <= 12:
        raise ToldError(tell("told.period.first_month", came=str(first_month)))
    return (int(period[5:]) - first_month) % 12 + 1


def programme_roi(
    *, caused: Estimate | None, margin: float | None, cost: Estimate | None, saving: Estimate | None = None
) -> Estimate | None:
    """Social CRM ROI of the whole programme: (incremental gross margin + proven service saving - C) / C, over one window.

    None where the effect, the margin share (0-1) or the cost is not known, or the cost is 0. The range takes the least and the
    most that the cost can be with the range of what it brought: none where an end of either is not known, no upper (lower) end where
    something gained (lost) may have cost nothing.
    """
    if caused is None or caused.value is None or margin is None or cost is None or not cost.value:
        return None
    gained = combine([caused], weights=[margin])
    if saving is not None and saving.value is not None:
        gained = combine([gained, saving._replace(level=gained.level)])
    value = gained.value / cost.value - 1
    if gained.low is None or gained.high is None or cost.low is None or cost.high is None:
        return Estimate(value, None, None, gained.level, caused.n, "programme ROI")
    corners = [g / c - 1 for g, c in product((gained.low, gained.high), (cost.low, cost.high)) if c > 0]
    free = cost.low <= 0
    low = None if free and gained.low < 0 else min(corners, default=None)
    high = None if free and gained.high > 0 else max(corners, default=None)
    return Estimate(value, low, high, gained.level, caused.n, "programme ROI; the range holds what missing hours may cost")


def months_in(ledger: pd.DataFrame, period: str, window: str) -> int:
    """Months of a finding's window (1m, 3m, 12m); of 'all' those from the ledger's first month to the period."""
    if window != "all":
        return metrics.WINDOWS.get(window, 12)
    known = ledger.loc[ledger["month"] <= period, "month"]
    return periods.index(period) - periods.index(known.min()) + 1 if len(known) else 1


def within(ledger: pd.DataFrame, period: str, months: int) -> pd.DataFrame:
    """The programme's own rows of the months: what was spent on social channels, and on serving customers there."""
    wanted = periods.between(periods.shift(period, 1 - months), period)
    return ledger[ledger["month"].isin(wanted) & metrics.of_programme(ledger)]
