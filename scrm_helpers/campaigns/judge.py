"""Which method answers for each campaign, and what it says: one row per campaign, with every refusal named.

B: stores (or regions) with it against those without. C: one series of the whole company with its calendar. Lists of people: A with
a held-out group that passes its placebo, else D.
"""

import math
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.campaigns import multiplicity, panel, placebo, plan
from scrm_helpers.campaigns.judge_people import judge_people
from scrm_helpers.campaigns.judge_series import judge_series
from scrm_helpers.campaigns.judge_stores import judge_stores
from scrm_helpers.campaigns.plan import Campaign
from scrm_helpers.campaigns.regional import PRE_WINDOWS
from scrm_helpers.campaigns.rows import COLUMNS, USUAL, Desk, Hoped, blank


class Judged(NamedTuple):
    """`lifts`: grain campaign (rows.COLUMNS; lifts as shares, money in base currency); `calibration`: grain design; `draws`:

    campaign -> lifts of its placebos; `missing`: runs of days of a store that were taken for missing, not for zero; `plans`: see `planner`;

    `unplanned`: why there are none (prices, no_store_sales, few; '' where there are).
    """

    lifts: pd.DataFrame
    calibration: pd.DataFrame
    draws: dict[str, np.ndarray]
    missing: pd.DataFrame
    plans: pd.DataFrame
    unplanned: str


def judge(
    orders: ir.Table, persons: ir.Table, campaigns: pd.DataFrame, campaign_units: pd.DataFrame, stores: pd.DataFrame,
    calendar: pd.DataFrame, rates: pd.DataFrame, *, period: str, online: str = "shop", days: pd.DataFrame | None = None, seed: int = 1,
    hoped: Hoped = USUAL,
) -> Judged:  # fmt: skip
    """Every campaign judged by the best method its data allow. `online`: sales channel in which a campaign without stores shows.

    Money is in base currency as booked; lifts compare constant prices wherever the span asks for it. `days`: what
    `panel.daily_sales` gives, where it is at hand. `hoped`: what is asked of campaigns to come.
    """
    as_of = periods.as_of(period)
    if days is None:
        days = panel.daily_sales(orders, persons, as_of=as_of)
    found = plan.campaigns_of(campaigns, campaign_units, stores, as_of=as_of, sold=days["store_id"].dropna().unique())
    desk = Desk(found, days, stores, calendar, rates, period, seed, {c.id: blank(c) for c in found}, {}, [], [], hoped)
    plans, unplanned = judge_stores(desk)
    judge_series(desk, online=online)
    judge_people(desk, orders, persons)
    lifts = pd.DataFrame(list(desk.rows.values()), columns=list(COLUMNS))
    lifts["overlaps"] = [_overlaps(c, found) or _right_before(c, found, state) for c, state in zip(found, lifts["state"], strict=True)]
    lifts["in_year"] = [_in_window(c, period, 12) for c in found]
    now = lifts["in_year"].to_numpy(bool)
    adjusted = multiplicity.adjusted([None if pd.isna(p) else float(p) for p in lifts.loc[now, "p"]])
    lifts.loc[now, "p_adjusted"] = [math.nan if p is None else p for p in adjusted]
    gaps = pd.concat(desk.missing).drop_duplicates(ignore_index=True) if desk.missing else panel.no_gaps()
    return Judged(lifts, placebo.table(desk.calibration), desk.draws, gaps, plans, unplanned)


def _in_window(c: Campaign, period: str, months: int) -> bool:
    """Whether the campaign (cancelled ones too) had a day in the months that end with the period; without a first day it may have."""
    first, as_of = periods.span(period, months)
    if c.state == "no_dates":
        return c.stop is None or c.stop > first
    return c.start is not None and c.start < as_of and c.stop is not None and c.stop > first


def _overlaps(c: Campaign, found: list[Campaign]) -> str:
    return ", ".join(o.name for o in found if o.id != c.id and not c.state and plan.overlap(c, o) > 0)


def _right_before(c: Campaign, found: list[Campaign], state: str) -> str:
    """Campaigns in the same places that ended in the days a campaign is held against, where it cannot be told apart from them."""
    if state != "not_separable" or c.kind != "stores":
        return ""
    since = c.start - PRE_WINDOWS * (c.stop - c.start)
    return ", ".join(o.name for o in found if o.start and o.stop and since < o.stop <= c.start and set(o.treated) & set(c.treated))
