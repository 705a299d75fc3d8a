"""What there is to judge: each campaign with its days, its kind of list, and whether prices allow a comparison over time."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers import prices as price_rule
from scrm_helpers.campaigns import panel

SHORTEST = 7  # days of a campaign that must have passed
PLACES = ("store", "region", "city")


class Campaign(NamedTuple):
    """One campaign. `kind`: stores, accounts or company (no list, or a list of every store). Days run [start, stop)."""

    id: str
    name: str
    source: str
    is_social: bool
    start: date | None
    stop: date | None
    kind: str
    place: str  # store, region or city
    treated: tuple[str, ...]
    held_out: tuple[str, ...]
    state: str  # "" where it can be looked at; else cancelled, no_dates, planned, too_short
    unknown: tuple[str, ...] = ()  # places of its list that are nowhere in the data

    @property
    def days(self) -> int:
        return (self.stop - self.start).days if self.start and self.stop else 0


def campaigns_of(
    campaigns: pd.DataFrame, units: pd.DataFrame, stores: pd.DataFrame, *, as_of: date, sold: Iterable[str] = (),
) -> list[Campaign]:  # fmt: skip
    """Campaigns in order of their first day. A campaign whose list names every place has none to compare with: company-wide.

    `sold`: codes of stores that sales name. Places that neither they nor the stores know are left out where the list has others. A list
    of stores and cities (or regions) is one of stores.
    """
    out, known = [], _known(stores, sold)
    rows = campaigns.assign(starts_on=pd.to_datetime(campaigns["starts_on"]), ends_on=pd.to_datetime(campaigns["ends_on"]))
    for row in rows.sort_values(["starts_on", "campaign_id"], na_position="last").itertuples():
        mine = units[units["campaign_id"] == row.campaign_id]
        places = mine[mine["unit_kind"].isin(PLACES)]
        there = np.array([not known or pair in known for pair in zip(places["unit_kind"], places["unit_id"], strict=True)], bool)
        unknown = tuple(sorted(set(places.loc[~there, "unit_id"])))
        places = places[there] if there.any() else places
        places = _one_kind(places, stores)
        place = str(places["unit_kind"].iloc[0]) if len(places) else ""
        people = mine[mine["unit_kind"] == "account"]
        treated, held = _ids(places, "treated"), _ids(places, "held_out")
        kind = "stores" if treated and not _everywhere(treated, place, stores) else "accounts" if len(people) else "company"
        if kind == "accounts":
            treated, held = _ids(people, "treated"), _ids(people, "held_out")
        elif kind == "company":
            treated, held = (), ()
        listed = (places if kind == "stores" else people)[["from_on", "to_on"]].dropna()
        first = row.starts_on if pd.notna(row.starts_on) else (listed["from_on"].min() if len(listed) else None)
        last = row.ends_on if pd.notna(row.ends_on) else (listed["to_on"].max() if len(listed) else first)
        start, stop = _day(first), _day(last)
        stop = stop + timedelta(days=1) if stop else None
        if start and stop and start < as_of:
            stop = min(stop, as_of)
        state = ""
        if row.status == "cancelled":
            state = "cancelled"
        elif start is None or stop is None:
            state = "no_dates"
        elif start >= as_of:
            state = "planned"
        elif (stop - start).days < SHORTEST:
            state = "too_short"
        source = row.source if isinstance(row.source, str) else "unknown"
        kept = (row.campaign_id, row.name, source, bool(row.is_social), start, stop, kind, place, treated, held, state, unknown)
        out.append(Campaign(*kept))
    return out


def prices(rates: pd.DataFrame, first: date, stop: date) -> tuple[str, np.ndarray | None]:
    """'real' with the price level by day of [first, stop); without an index 'refused' where the rule of real terms asks for one
    (`scrm_helpers.prices.asked`), else 'nominal'."""
    days = pd.date_range(first, pd.Timestamp(stop) - pd.Timedelta(days=1), freq="D")
    level = panel.price_level(rates, days)
    if level is not None:
        return "real", level
    index = price_rule.index_of(rates, f"{days[-1]:%Y-%m}") if len(rates) else None
    months = price_rule.months_touched(pd.Timestamp(first).date(), pd.Timestamp(stop).date())
    # unlike money of calendar months, a lift compares the days before with the days of the campaign: a month can be refused too
    return ("refused" if price_rule.asked(months, None if index is None else index.yearly) else "nominal"), None


def overlap(a: Campaign, b: Campaign) -> float:
    """Share of a's days on which b ran too."""
    if not a.days or not b.days or b.state:
        return 0.0
    return max((min(a.stop, b.stop) - max(a.start, b.start)).days, 0) / a.days


def running(found: list[Campaign], days: pd.DatetimeIndex, keep) -> dict[str, tuple[int, int]]:
    """[start, stop) as day numbers of the campaigns that `keep` takes, cut to the days there are."""
    out = {}
    for c in found:
        if c.state or not keep(c):
            continue
        start, stop = (int(days.searchsorted(pd.Timestamp(d))) for d in (c.start, c.stop))
        if stop > start:
            out[c.id] = (start, stop)
    return out


def _known(stores: pd.DataFrame, sold: Iterable[str]) -> set[tuple[str, str]]:
    """(kind of place, code or name) of every place that the data have; empty where they have none."""
    columns = (("store", "store_id"), ("store", "formerly"), ("city", "city"), ("region", "region"))
    listed = {(kind, unit) for kind, column in columns if column in stores for unit in stores[column].dropna()}
    return listed | {("store", unit) for unit in sold}


def _one_kind(places: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    """The list as places of one kind: where it has several, cities and regions are the stores in them; the closer word counts."""
    if places["unit_kind"].nunique() < 2:
        return places
    parts = [places[places["unit_kind"] == "store"]]
    open_to = stores[stores["kind"] == "store"] if len(stores) else stores
    for kind in ("city", "region"):
        if kind in open_to:
            inside = open_to[["store_id", kind]].rename(columns={kind: "unit_id"}).dropna()
            rows = places[places["unit_kind"] == kind].merge(inside, on="unit_id")
            parts.append(rows.assign(unit_id=rows["store_id"], unit_kind="store").drop(columns="store_id"))
    found = pd.concat(parts, ignore_index=True).drop_duplicates("unit_id")
    return found if len(found) else places[places["unit_kind"] == places["unit_kind"].mode().iloc[0]]


def _ids(rows: pd.DataFrame, role: str) -> tuple[str, ...]:
    return tuple(sorted(set(rows.loc[rows["role"] == role, "unit_id"])))


def _everywhere(treated: tuple[str, ...], place: str, stores: pd.DataFrame) -> bool:
    if not len(stores):
        return False
    column = "store_id" if place == "store" else place
    all_of = set(stores.loc[stores["kind"] == "store", column].dropna())
    return bool(all_of) and all_of <= set(treated)


def _day(value) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
