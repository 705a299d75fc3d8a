"""Real terms: consumer prices by month, and money of one month written in the prices of another."""

from datetime import date
from typing import NamedTuple

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.errors import ToldError

SPAN_MONTHS = 3  # money compared across more months than this ...
YEARLY = 0.10  # ... or across inflation above this a year is deflated


class Index(NamedTuple):
    """Consumer prices by month: `factors` maps a month to what turns its money into prices of `base`."""

    base: str  # the month whose prices everything is written in
    factors: pd.Series  # month -> factor; months after `base` have 1 (not deflated)
    yearly: float | None  # inflation of the 12 months up to `base`; with less history its pace as a yearly rate; None of one month


def index_of(rates: pd.DataFrame, period: str) -> Index | None:
    """Index from the table `rates` (kind `cpi`), in prices of the period or of the newest earlier month with an index.

    Daily or doubled rows of a month are averaged. None where there is no index up to the period.
    """
    cpi = rates[rates["kind"] == "cpi"]
    months = pd.to_datetime(cpi["on"]).dt.strftime("%Y-%m")
    level = cpi["value"].astype(float).groupby(months).mean().sort_index()
    level = level[(level.index <= periods.check(period)) & (level > 0)]
    if level.empty:
        return None
    every = periods.between(level.index[0], level.index[-1])
    level = level.reindex(every).interpolate()  # a month left out lies between its neighbours
    base = every[-1]
    steps = min(len(level) - 1, 12)
    yearly = float((level.iloc[-1] / level.iloc[-1 - steps]) ** (12 / steps) - 1) if steps else None
    factors = level[base] / level
    later = {periods.shift(base, k): 1.0 for k in range(1, periods.index(period) - periods.index(base) + 1)}
    return Index(base, pd.concat([factors, pd.Series(later, dtype=float)]), yearly)


def asked(months: int, yearly: float | None) -> bool:
    """Whether the rule asks for real terms: money compared across more than 3 months, or across inflation above 10% a year.

    `yearly`: inflation as a share a year; None where no index came in, then the span alone decides.
    """
    return months > SPAN_MONTHS or (yearly is not None and yearly > YEARLY)


def needed(index: Index | None, months: int) -> bool:
    """Whether money over so many calendar months is to be deflated with this index: the rule asks for it and there is an index.

    One month is never deflated: the index has one figure a month, so within it there is nothing to compare.
    """
    return index is not None and months > 1 and asked(months, index.yearly)


def withheld(index: Index | None, months: int, factors: dict[str, float] | None) -> bool:
    """Whether money stays nominal although the rule asks for real terms: no index came in that covers the months. Pages say so."""
    return factors is None and months > 1 and asked(months, None if index is None else index.yearly)


def months_touched(first: date, stop: date) -> int:
    """Whole months that cover the days from `first` up to `stop` (exclusive): 1 June to 1 September are 3, 31 May to it 4."""
    if stop <= first:
        raise ToldError(f"days came as {first} to {stop}; expected the second after the first. Give [first, stop).")
    months = (stop.year - first.year) * 12 + stop.month - first.month
    return max(1, months + (stop.day > first.day))


def factors_for(index: Index | None, months: int, first: str, period: str) -> dict[str, float] | None:
    """Factor of each month where real terms are needed and every month from `first` on has an index; else None."""
    if not needed(index, months):
        return None
    wanted = periods.between(first, period)
    if any(m not in index.factors.index for m in wanted):
        return None
    return {m: float(index.factors[m]) for m in wanted}
