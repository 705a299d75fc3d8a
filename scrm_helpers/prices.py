"""Real terms: consumer prices by month, and money of one month written in the prices of another."""

from typing import NamedTuple

import pandas as pd

from scrm_helpers import periods

SPAN_MONTHS = 3  # money compared across more months than this ...
YEARLY = 0.10  # ... and across inflation above this a year is deflated


class Index(NamedTuple):
    """Consumer prices by month: `factors` maps a month to what turns its money into prices of `base`."""

    base: str  # the month whose prices everything is written in
    factors: pd.Series  # month -> factor; months after `base` have 1 (not deflated)
    yearly: float | None  # inflation of the 12 months up to `base`; None with less history


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
    before = periods.shift(base, -12)
    yearly = float(level[base] / level[before] - 1) if before in level.index else None
    factors = level[base] / level
    later = {periods.shift(base, k): 1.0 for k in range(1, periods.index(period) - periods.index(base) + 1)}
    return Index(base, pd.concat([factors, pd.Series(later, dtype=float)]), yearly)


def needed(index: Index | None, months: int) -> bool:
    """Whether money over so many months must be written in real terms: more than 3 months and inflation above 10% a year."""
    return index is not None and months > SPAN_MONTHS and index.yearly is not None and index.yearly > YEARLY


def factors_for(index: Index | None, months: int, first: str, period: str) -> dict[str, float] | None:
    """Factor of each month where real terms are needed and every month from `first` on has an index; else None."""
    if not needed(index, months):
        return None
    wanted = periods.between(first, period)
    if any(m not in index.factors.index for m in wanted):
        return None
    return {m: float(index.factors[m]) for m in wanted}
