"""The row that each campaign gets: its columns, and how a log effect becomes a lift and extra sales."""

import math
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers import metrics, periods
from scrm_helpers.campaigns.plan import Campaign

LEVEL, POWER = metrics.LEVEL, 0.80
COLUMNS = (
    "campaign_id", "campaign", "source", "is_social", "starts_on", "ends_on", "days", "design", "state", "grade", "prices",
    "lift", "low", "high", "net", "extra", "extra_low", "extra_high", "p", "p_adjusted", "rank", "placebos", "effective",
    "smallest_visible", "treated", "controls", "orders", "raw_ratio", "like_for_like", "before_after", "before_lift",
    "did_lift", "sc_lift", "sc_rank", "sdid_lift",
    "sdid_low", "sdid_high", "part_1m", "part_12m", "before_1m", "before_12m", "overlaps", "in_year",
    "places", "place", "listed", "coming",
)  # fmt: skip
TEXT = ("campaign_id", "campaign", "source", "design", "state", "grade", "prices", "overlaps", "places", "place", "coming")


class Hoped(NamedTuple):
    """What is asked of a campaign to come: the lift that it should show (share), numbers of stores and of weeks to look at."""

    lift: float = 0.05
    stores: tuple[int, ...] = (2, 3, 5, 8, 12, 20)
    weeks: tuple[int, ...] = (2, 4, 8)


USUAL = Hoped()

class Desk(NamedTuple):
    """What every design reads and writes: the company's days, prices and calendar; `rows` by campaign, `draws`, `calibration`."""

    found: list[Campaign]
    days: pd.DataFrame
    stores: pd.DataFrame
    calendar: pd.DataFrame
    rates: pd.DataFrame
    period: str
    seed: int
    rows: dict[str, dict]
    draws: dict[str, np.ndarray]
    calibration: list[dict]
    missing: list[pd.DataFrame]
    hoped: Hoped = USUAL

    @property
    def as_of(self) -> date:
        """First day after the period."""
        return periods.as_of(self.period)

    def mine(self, kind: str) -> list[Campaign]:
        """Campaigns of one kind that can be looked at."""
        return [c for c in self.found if c.kind == kind and not c.state]

    def parts(self, on: pd.DatetimeIndex, net: np.ndarray) -> dict[str, float]:
        """Shares of the campaign's sales that fall in the period's month and in its last 12 months; `before_*`: in those of last month."""
        whole, out = float(net.sum()), {}
        for name, end in (("part", self.period), ("before", periods.shift(self.period, -1))):
            for months in (1, 12):
                first, stop = (pd.Timestamp(day) for day in periods.span(end, months))
                inside = (on >= first) & (on < stop)
                out[f"{name}_{months}m"] = float(net[inside].sum()) / whole if whole else 0.0
        return out


def blank(c: Campaign) -> dict:
    """The row of a campaign before anything is known: its state is empty where it can be looked at."""
    row: dict = dict.fromkeys(COLUMNS, math.nan) | dict.fromkeys(TEXT, "")
    last = None if c.stop is None else (pd.Timestamp(c.stop) - pd.Timedelta(days=1)).date()
    return row | {
        "campaign_id": c.id, "campaign": c.name, "source": c.source, "is_social": c.is_social, "starts_on": c.start, "ends_on": last,
        "days": max(c.days, 0), "design": c.kind, "state": c.state, "places": ", ".join(c.unknown), "place": c.place,
        "listed": len(c.treated),
    }  # fmt: skip


def answer(effect: float, ends: tuple[float | None, float | None], net: float) -> dict:
    """Lift and extra sales of a log effect: of `net` sold, the part that would not have been there without the campaign."""
    low, high = ends
    lift = lambda x: math.nan if x is None else math.expm1(x)  # noqa: E731
    extra = lambda x: math.nan if x is None else net * -math.expm1(-x)  # noqa: E731
    return {
        "lift": lift(effect), "low": lift(low), "high": lift(high), "net": net,
        "extra": extra(effect), "extra_low": extra(low), "extra_high": extra(high), "state": "ok",
    }  # fmt: skip


def smallest_visible(reach: float, error: float) -> float:
    """The lift that four of five such campaigns would show (power 80%) outside the 90% range of nothing.

    `reach`: from the effect to the end of its range; the error is what such a reach means on the normal scale where it is wider.
    """
    spread = max(error, reach / float(special.ndtri((1 + LEVEL) / 2)))
    return math.expm1(reach + float(special.ndtri(POWER)) * spread)


def two_sided(t: float, freedom: float) -> float:
    """p of Student's t."""
    return float(2 * special.stdtr(freedom, -abs(t)))
