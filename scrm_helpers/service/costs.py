"""What one resolution costs, by the channel on which the issue began: all of its costs over the issues resolved."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from scrm_helpers import periods, stats
from scrm_helpers.metrics import LEVEL, SOCIAL
from scrm_helpers.service.issues import DESK, Service
from scrm_helpers.stats import Estimate

CHANNELS = ("social", "phone", "email", "in_person", "other")
SEED = 5  # of the resamples
SMALL = 2000  # issues; from here on the linearised range says the same as the bootstrap
LEAST_TYPE = 20  # resolved issues that a type needs on both sides to stand by itself in the common mix
SAME = 1e-9  # relative difference of two sums below which they are one
COST_COLUMNS = ["month", "channel", "amount", "low", "high"]


class Window(NamedTuple):
    """Months of a window, the business's time zone, and the window's moments in UTC: first (inclusive) and end (exclusive)."""

    name: str
    months: tuple[str, ...]
    zone: str
    start: datetime
    end: datetime


def window_of(name: str, period: str, months: int, zone: str) -> Window:
    """The window of so many months that ends with the period, in the business's time zone."""
    first = periods.shift(period, 1 - months)
    start = periods.as_of_instant(periods.shift(first, -1), zone)
    return Window(name, tuple(periods.between(first, period)), zone, start, periods.as_of_instant(period, zone))


def service_costs(
    ledger: pd.DataFrame, costs: pd.DataFrame | None = None, *, factors: dict[str, float] | None = None
) -> pd.DataFrame:
    """Cost of service by month and channel: amount, low, high (missing hours are a range). Source: cost_ledger, else costs.

    A line without a contact channel goes to the one its source names (instagram: social); else it is shared (overhead) and
    follows the month's other amounts. What no channel of its month can carry stands under `shared`. `factors` write real terms.
    """
    rows = ledger[ledger["purpose"] == "serve"]
    if rows.empty and costs is not None:
        rows = _from_sheet(costs[costs["purpose"] == "serve"])
    if rows.empty:
        return pd.DataFrame(
            {c: pd.Series(dtype="str" if c in ("month", "channel") else "float64") for c in COST_COLUMNS}
        )
    channel = rows["contact_channel"].fillna("").astype("str")
    by_source = rows["source"].map(
        {**dict.fromkeys(SOCIAL, "social"), "phone": "phone", "email": "email", "store": "in_person"}
    )
    channel = channel.where(channel != "", by_source.fillna("shared")).replace(DESK)
    scale = rows["month"].map(factors).astype(float) if factors else 1.0
    money = {c: rows[c].astype(float) * scale for c in ("amount", "low", "high")}
    sums = (
        pd.DataFrame({"month": rows["month"], "channel": channel, **money})
        .groupby(["month", "channel"], sort=True)
        .sum()
        .reset_index()
    )
    shared = sums[sums["channel"] == "shared"].set_index("month")
    own = sums[sums["channel"] != "shared"].copy()
    part = own["amount"] / own.groupby("month")["amount"].transform("sum").where(lambda v: v > 0)
    for name in ("amount", "low", "high"):
        own[name] = own[name] + (part * own["month"].map(shared[name])).fillna(0.0)
    stranded = shared[~shared.index.isin(own.loc[part.notna(), "month"])].reset_index()
    return pd.concat([own, stranded], ignore_index=True)[COST_COLUMNS].sort_values(
        ["month", "channel"], ignore_index=True
    )


def issue_rows(service: Service, monthly: pd.DataFrame, window: Window) -> pd.DataFrame:
    """One row per issue with work or a resolution in the window: person, channel it began on, type, resolved (0/1), calls, cost, low, high.

    A channel's cost of a month is spread over its work of that month by minutes (a contact without minutes counts as the channel's
    mean; without any minutes, each contact the same), then charged to the channel on which the issue began.
    Only months with a cost for every channel that worked in them count, on both sides of the ratio.
    """
    months = covered_months(service, monthly, window)
    work = service.work.filter(service.work["at"] < window.end)
    work = work.mutate(month=periods.label(work.on))
    work = work.filter(work.month.isin(list(months)))
    mean = work.filter(work.minutes > 0).group_by("channel").agg(mean=ibis._.minutes.mean())
    work = work.left_join(mean, "channel").drop("channel_right")
    typical = ibis.ifelse(work.is_contact, work.mean.fill_null(1.0), 0.0)
    parts = (
        work.mutate(weight=ibis.coalesce(work.minutes, typical))
        .group_by("issue_id", "month", "channel")
        .agg(weight=ibis._.weight.sum())
    )
    whole = (
        parts.group_by("month", "channel")
        .agg(whole=parts.weight.sum())
        .to_pandas()
        .astype({"month": "str", "channel": "str"})
    )
    rates = monthly.merge(whole[whole["whole"] > 0], on=["month", "channel"], how="inner")
    rates = rates.assign(**{c: rates[c] / rates["whole"] for c in ("amount", "low", "high")})[COST_COLUMNS]
    if rates.empty:
        return pd.DataFrame({c: pd.Series(dtype=k) for c, k in ISSUE_COLUMNS.items()})
    priced = parts.inner_join(ibis.memtable(rates), ["month", "channel"])
    cost = priced.group_by("issue_id").agg(
        cost=(priced.weight * priced.amount).sum(),
        low=(priced.weight * priced.low).sum(),
        high=(priced.weight * priced.high).sum(),
    )
    issues = service.issues
    resolved = ibis.literal(False)
    for month in months:  # a window's months need not follow one another where one has no cost
        first, last = _moments(window, month)
        resolved = resolved | ((issues.counted_at > first) & (issues.counted_at <= last))
    resolved = (resolved & (issues.state == "resolved")).fill_null(False)
    rows = issues.mutate(resolved=resolved).left_join(cost, "issue_id").drop("issue_id_right")
    rows = rows.filter(rows.cost.notnull() | rows.resolved).order_by("issue_id")
    rows = rows.select(
        "issue_id", "person_id", "channel", type=rows["type"].fill_null(""), resolved=rows.resolved.cast("int64"),
        calls=rows.calls.fill_null(0), cost=rows.cost.fill_null(0.0), low=rows.low.fill_null(0.0), high=rows.high.fill_null(0.0),
    )  # fmt: skip
    return rows.to_pandas()


ISSUE_COLUMNS = {
    "issue_id": "int64",
    "person_id": "float64",
    "channel": "str",
    "type": "str",
    "resolved": "int64",
    "calls": "int64",
    "cost": "float64",
    "low": "float64",
    "high": "float64",
}


def covered_months(service: Service, monthly: pd.DataFrame, window: Window) -> list[str]:
    """Months of the window that both costs and contacts cover: each of social, phone and e-mail that worked has a cost."""
    work = service.work.mutate(month=periods.label(service.work.on))
    seen = work.filter(
        work.is_contact, work.month.isin(list(window.months)), work.channel.isin(["social", "phone", "email"])
    )
    seen = seen.select("month", "channel").distinct().to_pandas()
    paid = set(zip(monthly["month"], monthly["channel"], strict=True))
    lacking = {m for m, c in zip(seen["month"], seen["channel"], strict=True) if (m, c) not in paid}
    return [m for m in window.months if m in set(seen["month"]) - lacking]


def cost_per_resolution(rows: pd.DataFrame, channel: str, *, level: float = LEVEL) -> Estimate:
    """All costs of issues begun on the channel / those resolved; money per issue. n is the resolved ones.

    Sampling range over issues, then stretched by what missing hours leave open.
    """
    part = rows[rows["channel"] == channel]
    n = int(part["resolved"].sum())
    if part.empty or n == 0:
        return Estimate(None, None, None, level, n, "none resolved")
    num, den = part["cost"].to_numpy(), part["resolved"].to_numpy()
    found = (
        stats.ratio_of_sums(num, den, level)
        if len(part) >= SMALL
        else stats.bootstrap_ratio(num, den, level, seed=SEED)
    )
    return _stretched(found, part["cost"].sum(), part["low"].sum(), part["high"].sum())._replace(n=n)


def same_mix(
    rows: pd.DataFrame, channels: Iterable[str] = ("social", "phone"), *, least: int = LEAST_TYPE
) -> pd.DataFrame:
    """Cost per resolution of each channel at the pooled mix of issue types (direct standardisation). Grain: one channel.

    Types with fewer than `least` resolved on any of the sides stand together. `share`: of the channel's resolved issues in types
    that all sides have.
    """
    channels = list(channels)
    rows = rows[rows["channel"].isin(channels)]
    kind = common_types(rows, channels, least=least)
    sums = rows.assign(type=kind).groupby(["channel", "type"], observed=True)[["cost", "resolved"]].sum()
    wide = sums["resolved"].unstack("channel").reindex(columns=channels).fillna(0)
    usable = wide.index[(wide > 0).all(axis=1)]
    weight = wide.loc[usable].sum(axis=1) / max(wide.loc[usable].to_numpy().sum(), 1)
    out = []
    for channel in channels:
        if len(usable) == 0:
            out.append((channel, np.nan, np.nan))
            continue
        part = sums.xs(channel).loc[usable]
        out.append(
            (
                channel,
                float((weight * part["cost"] / part["resolved"]).sum()),
                float(wide.loc[usable, channel].sum() / wide[channel].sum()),
            )
        )
    return pd.DataFrame(out, columns=["channel", "value", "share"])


def common_types(rows: pd.DataFrame, channels: Iterable[str], *, least: int = LEAST_TYPE) -> pd.Series:
    """Type of each row; types too thin on one of the channels stand together as 'other types'."""
    counts = (
        rows.pivot_table(index="type", columns="channel", values="resolved", aggfunc="sum", observed=True)
        .reindex(columns=list(channels))
        .fillna(0)
    )
    enough = set(counts.index[(counts >= least).all(axis=1)])
    return rows["type"].where(rows["type"].isin(enough), "other types")


def per_answered_call(
    phone_load: pd.DataFrame, monthly: pd.DataFrame, window: Window, *, level: float = LEVEL
) -> tuple[Estimate, str]:
    """Phone at company level: cost / calls resolved (else answered; an abandoned call is neither), and which of the two it was.

    For a company whose calls stand on a day sheet alone. Months with both a cost and calls count. Source: phone_load.
    """
    load = phone_load.assign(month=[periods.of(day) for day in phone_load["on"]])
    load = load[load["month"].isin(window.months)]
    basis = "resolved" if load["resolved"].notna().any() else "answered"
    calls = load.groupby("month")[basis].sum()
    cost = (
        monthly[(monthly["channel"] == "phone") & monthly["month"].isin(calls.index[calls > 0])]
        .groupby("month")[["amount", "low", "high"]]
        .sum()
    )
    count = int(round(calls.reindex(cost.index).sum()))
    if count == 0:
        return Estimate(None, None, None, level, 0, "no calls with a cost"), basis
    found = stats.ratio_to_count(float(cost["amount"].sum()), count, level)
    return _stretched(found, *(float(cost[c].sum()) for c in ("amount", "low", "high"))), basis


def cost_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per starting channel: issues handled, resolved, cost, cost per resolution with range."""
    out = []
    for channel in [c for c in CHANNELS if (rows["channel"] == c).any()]:
        part, found = rows[rows["channel"] == channel], cost_per_resolution(rows, channel)
        out.append((channel, len(part), found.n, part["cost"].sum(), found.value, found.low, found.high))
    return pd.DataFrame(out, columns=["channel", "issues", "resolved", "cost", "value", "low", "high"])


def _stretched(found: Estimate, amount: float, low: float, high: float) -> Estimate:
    """The range where the costs may be `low` to `high`. Sums of the same amounts in another order are the same costs."""
    if found.value is None or not amount > 0:
        return found
    ends = (
        None if found.low is None or math.isclose(low, amount, rel_tol=SAME) else found.low * low / amount,
        None if found.high is None or math.isclose(high, amount, rel_tol=SAME) else found.high * high / amount,
    )
    return stats.widen(found, *ends)


def _moments(window: Window, month: str) -> tuple[datetime, datetime]:
    """First and last moment of one month of the window, in UTC."""
    return periods.as_of_instant(periods.shift(month, -1), window.zone), periods.as_of_instant(month, window.zone)


def _from_sheet(costs: pd.DataFrame) -> pd.DataFrame:
    """Ledger rows from the cost sheet itself: hours x rate; missing hours from the least to the most of the line's other months."""
    rows = costs.assign(
        amount=costs["amount"].astype(float).fillna(costs["hours"].astype(float) * costs["hourly_rate"].astype(float))
    )
    line = rows.groupby(["source", "kind", "contact_channel"], dropna=False)["amount"]
    low, high = rows["amount"].fillna(line.transform("min")), rows["amount"].fillna(line.transform("max"))
    rows = rows.assign(low=low, high=high, amount=rows["amount"].fillna((low + high) / 2))
    return rows[rows["amount"].notna()]
