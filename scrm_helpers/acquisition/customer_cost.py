"""Customer acquisition cost: what one new consumer cost, by source and window, with honest ranges."""

import math
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, person_maps, sales
from scrm_helpers.acquisition.ledger import cost_of
from scrm_helpers.metrics import LEVEL, NOT_A_CHANNEL, SOCIAL
from scrm_helpers.stats import Estimate, mix, poisson_exact, ratio_to_count, widen
from scrm_helpers.tables import SOURCES

GROUPS = ("social", "other_known", "all")
LAGS = (0, 1, 2, 3)  # months between spending and winning


class Loose(NamedTuple):
    """New customers under the loosened person maps (`new_by_draw`), and what their moves are carried on to."""

    new: pd.DataFrame
    missed: person_maps.Missed


class Loosened(NamedTuple):
    """The same of one row: its count under each map."""

    counts: list[int]
    missed: person_maps.Missed


def new_by_month(customers: ir.Table) -> pd.DataFrame:
    """New customers by month, kind, source. Grain: one of each; those of the first month of the data are not counted as new.

    Customers first seen in the first month may have bought before the data begin.
    """
    new = customers.filter(~customers.before_data)
    counts = new.group_by(month="first_month", kind="kind", source="source").agg(customers=new.count())
    return counts.to_pandas().sort_values(["month", "kind", "source"], ignore_index=True)


def new_by_draw(
    customers, orders, accounts, leads, touches, persons, golden, person_draws, *, draws: list[int], first_month: str, window: int = 90
) -> pd.DataFrame:  # fmt: skip
    """The same counted under each plausible person map. Grain: draw, month, kind, source; empty where there are no draws.

    `customers`: under the best map, with the same `window`; `first_month` that of the data (`study.data_begin`).
    """
    by, counts = ["month", "kind", "source"], ["customers"]
    if not draws:
        return pd.DataFrame(columns=["draw", *by, *counts])
    gone, people = person_maps.moved(persons, person_draws, draws)
    begin = periods.index(first_month) if first_month else None
    made = sales.customers(orders, accounts, leads, touches, people, golden, window=window, begin=begin)
    made = made.mutate(draw=person_maps.draw_of(made.person_id))
    less, more = (
        rows.filter(~rows.before_data).group_by("draw", "kind", "source", month="first_month").agg(customers=ibis._.count()).to_pandas()
        for rows in (customers.inner_join(gone, "person_id"), made)
    )
    return person_maps.recounted(new_by_month(customers), less, more, draws=draws, by=by, counts=counts)


def members(group: str) -> tuple[str, ...]:
    """The sources of a row of the table: a source alone, or social, other_known (known, not social), all."""
    if group == "social":
        return SOCIAL
    if group == "all":
        return SOURCES
    if group == "other_known":
        return tuple(s for s in SOURCES if s not in SOCIAL and s not in NOT_A_CHANNEL)
    return (group,)


def months_of(ledger: pd.DataFrame, *, first_month: str, period: str, window: str, lag: int = 0) -> list[str]:
    """Months of the window (customers' months) in which both sides can be counted.

    The cost month (`lag` earlier) stands in the ledger with an acquisition cost, and the month is not the first of the data.
    """
    every = periods.between(periods.shift(period, 1 - metrics.WINDOWS[window]), period)
    booked = set(ledger.loc[ledger["purpose"] == "acquire", "month"])
    return [m for m in every if m > first_month and periods.shift(m, -lag) in booked]


def cac_table(
    ledger: pd.DataFrame,
    new: pd.DataFrame,
    by_draw: pd.DataFrame,
    *,
    period: str,
    first_month: str,
    factors: dict[str, float] | None = None,
    real: tuple[str, ...] = ("12m",),
    level: float = LEVEL,
    declared: pd.DataFrame | None = None,
    doubt: float = 0.0,
    loose: Loose | None = None,
) -> pd.DataFrame:
    """The table `cac`: one row per window and source (and social, other_known, all). Money per new customer.

    `cost` is the acquire part of the ledger over `months` months, `customers` the new customers of the same months. Range: exact
    Poisson limits on the count, match draws (Rubin on the square root), links that were not found (`loose`), the range of missing hours,
    and customers whose source is unknown: the low end gives all of them to the row, the high end none.
    Without new customers `value` is blank and `low` is what one
    costs at least: cost / 3.0 (rule of three, 95%) if no customer of unknown source was its own, whose share stands beside; blank where
    nobody's source is known, since all of them may be its own. Sources without any cost and without customers in the window have no
    row; a cost without customers has one. `real_*`: the same in the prices that `factors` (month -> factor) lead to, in the windows
    `real` that the rule of real terms names; blank elsewhere.

    `doubt`: most of the who-sent-me sheet that is wrong, as a recheck of it showed (0 where none was made); `declared`: customers
    whose source that sheet alone says, by month, kind and source. So many of a row's customers may belong to another row, and so
    many of the others' to it.
    """
    rows = []
    for window in metrics.WINDOWS:
        months = months_of(ledger, first_month=first_month, period=period, window=window)
        count = new[new["month"].isin(months) & (new["kind"] == "consumer")]
        drawn = by_draw[by_draw["month"].isin(months) & (by_draw["kind"] == "consumer")]
        won = count.groupby("source")["customers"].sum().to_dict()
        each = [dict(zip(part["source"], part["customers"], strict=True)) for _, part in _by_draw(drawn)]
        parted = _parted(loose, months)
        total, unknown = sum(won.values()), won.get("unknown", 0)
        told = {} if declared is None or not doubt else _by_source(declared, months)
        for group in (*SOURCES, *GROUPS):
            cost = cost_of(ledger, months=months, purpose="acquire", sources=members(group)) if months else None
            n = int(sum(won.get(s, 0) for s in members(group)))
            if cost is None and n == 0 and group not in GROUPS:
                continue
            extra = 0 if group in ("all", "unknown") else unknown
            mine = 0 if group == "all" else sum(told.get(s, 0) for s in members(group))
            theirs = 0 if group == "all" else sum(told.values()) - mine
            extra, wrong = extra + math.ceil(theirs * doubt), mine * doubt / n if n else 0.0
            draws = [int(sum(one.get(s, 0) for s in members(group))) for one in each]
            how = {"unknown": extra, "wrong": wrong, "draws": draws, "level": level, "channel": group not in NOT_A_CHANNEL}
            how["loose"] = Loosened([sum(one.get(s, 0) for s in members(group)) for one in parted], loose.missed) if parted else None
            how["known"] = not total or unknown < total
            estimate = cac(cost, n, **how)
            deflated = None
            if factors and window in real and cost is not None:
                real_cost = cost_of(ledger, months=months, purpose="acquire", sources=members(group), factors=factors)
                deflated = cac(real_cost, n, **how)
            rows.append(
                {
                    "window": window,
                    "source": group,
                    "cost": None if cost is None else cost[0],
                    "customers": n,
                    "months": len(months),
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "unknown_share": unknown / total if total else None,
                    "real_value": deflated.value if deflated else None,
                    "real_low": deflated.low if deflated else None,
                    "real_high": deflated.high if deflated else None,
                }
            )
    return pd.DataFrame(rows).astype({c: "float64" for c in _NUMBERS})


def declared_by_month(customers: ir.Table) -> pd.DataFrame:
    """New customers whose source only the who-sent-me sheet says, by month, kind, source. Grain: one of each."""
    return new_by_month(customers.filter(customers.source_basis == "declared"))


def _by_source(counts: pd.DataFrame, months: list[str]) -> dict[str, int]:
    mine = counts[counts["month"].isin(months) & (counts["kind"] == "consumer")]
    return mine.groupby("source")["customers"].sum().to_dict()


_NUMBERS = ("cost", "value", "low", "high", "unknown_share", "real_value", "real_low", "real_high")


def cac(
    cost: tuple[float, float, float] | None,
    n: int,
    *,
    unknown: int = 0,
    wrong: float = 0.0,
    draws: list[int] | None = None,
    level: float = LEVEL,
    channel: bool = True,
    known: bool = True,
    loose: Loosened | None = None,
) -> Estimate:
    """Cost per new customer. `cost`: amount, low, high; None where no cost is booked (then nothing is said, not 0).

    `unknown`: customers who may be its own besides; `wrong`: share of its customers who may not be; `known`: whether the source of any
    customer is known, without which a cost that won nobody bounds nothing.
    """
    if cost is None or not channel:
        return Estimate(None, None, None, level, n, "no cost booked" if cost is None else "not a channel")
    amount, least, most = cost
    if n == 0 and not known:
        return Estimate(None, None, None, level, 0, "no source known")
    if n == 0:
        return ratio_to_count(least, 0)  # customers of unknown source may be its own: the sentence says so, the figure does not
    best = ratio_to_count(amount, n, level)
    fewest, most_won = count_limits(n, draws or [], level, loose)
    fewest *= 1 - wrong
    more = loose and loose._replace(counts=[d + unknown for d in loose.counts])
    _, with_unknown = count_limits(n + unknown, [d + unknown for d in draws or []], level, more)
    low, high = least / max(with_unknown, most_won), most / fewest
    return widen(best, min(low, best.value), max(high, best.value))


def count_limits(n: int, draws: list[int], level: float = LEVEL, loose: Loosened | None = None) -> tuple[float, float]:
    """Limits on the expected count: exact Poisson, stretched by how much the count moves between person maps, and to where links that
    were not found would lead it.

    On the square root a count's variance is 1/4 whatever its size, so Rubin's rules apply there.
    """
    exact = poisson_exact(n, level)
    low, high = exact.low, exact.high
    if loose is not None:  # the draws hold what was compared; neither is laid upon the other
        wide = person_maps.with_missed(exact, loose.counts, loose.missed)
        low, high = wide.low if wide.low > 0 else low, wide.high
    if draws:
        roots = mix([math.sqrt(d) for d in draws], [0.25] * len(draws), level=level, n=n, best=math.sqrt(n))
        low, high = min(low, roots.low**2) if roots.low > 0 else low, max(high, roots.high**2)
    return low, high


def lagged(
    ledger: pd.DataFrame,
    new: pd.DataFrame,
    *,
    period: str,
    first_month: str,
    group: str,
    window: str = "12m",
    factors: dict[str, float] | None = None,
    kind: str = "consumer",
) -> pd.DataFrame:
    """CAC with spend of month m - L for L = 0..3. Grain: one lag. The same customer months for every lag: only their spread tells.

    `factors` (month -> factor) write each month's spend in the prices of one month.
    """
    common = [
        m
        for m in months_of(ledger, first_month=first_month, period=period, window=window)
        if all(m in months_of(ledger, first_month=first_month, period=period, window=window, lag=k) for k in LAGS)
    ]
    count = new[new["month"].isin(common) & (new["kind"] == kind)]
    n = int(_of(count, group))
    rows = []
    for lag in LAGS:
        months = [periods.shift(m, -lag) for m in common]
        cost = cost_of(ledger, months=months, purpose="acquire", sources=members(group), factors=factors) if months else None
        value = cost[0] / n if cost is not None and n else None
        rows.append(
            {"lag": lag, "months": len(common), "cost": cost[0] if cost else None, "customers": n, "value": value}
        )
    return pd.DataFrame(rows)


def by_month(
    ledger: pd.DataFrame,
    new: pd.DataFrame,
    by_draw: pd.DataFrame,
    *,
    period: str,
    first_month: str,
    groups: tuple[str, ...] = ("social", "other_known"),
    factors: dict[str, float] | None = None,
    months: int = 13,
    kind: str = "consumer",
    loose: Loose | None = None,
) -> pd.DataFrame:
    """CAC of each of the last months, for a line over time, with the range that the table `cac` has. Grain: month and source (or group).

    `factors` (month -> factor) write it in the prices of one month.
    """
    rows = []
    for month in periods.between(periods.shift(period, 1 - months), period):
        if not months_of(ledger, first_month=first_month, period=month, window="1m"):
            continue
        count = new[(new["month"] == month) & (new["kind"] == kind)]
        drawn = by_draw[(by_draw["month"] == month) & (by_draw["kind"] == kind)]
        each = [dict(zip(part["source"], part["customers"], strict=True)) for _, part in _by_draw(drawn)]
        parted = _parted(loose, [month], kind)
        for group in groups:
            n, unknown = int(_of(count, group)), int(_of(count, "unknown"))
            cost = cost_of(ledger, months=[month], purpose="acquire", sources=members(group), factors=factors)
            draws = [int(sum(mine.get(s, 0) for s in members(group))) for mine in each]
            mine = Loosened([sum(one.get(s, 0) for s in members(group)) for one in parted], loose.missed) if parted else None
            estimate = cac(cost, n, unknown=0 if group in ("all", "unknown") else unknown, draws=draws, loose=mine)
            if n < metrics.LEAST_N:  # a month of few customers is no point of a line; the tables hold it by window
                estimate = Estimate(None, None, None, LEVEL, n, "too few to say")
            rows.append(
                {
                    "month": month,
                    "source": group,
                    "customers": n,
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                }
            )
    return pd.DataFrame(rows, columns=["month", "source", "customers", "value", "low", "high"])


def businesses(new: pd.DataFrame, *, period: str, first_month: str) -> pd.DataFrame:
    """New dealers and other businesses by window and source, with the share of unknown source. Grain: one window and source.

    Counts alone: what was spent to win customers is charged to consumers once, and the ledger does not split it.
    """
    rows = []
    for window, months in metrics.WINDOWS.items():
        span = [m for m in periods.between(periods.shift(period, 1 - months), period) if m > first_month]
        won = new[new["month"].isin(span) & (new["kind"] == "business")].groupby("source")["customers"].sum()
        total = int(won.sum())
        for source in (*(s for s in SOURCES if won.get(s, 0)), "all"):
            rows.append((window, source, total if source == "all" else int(won[source]), won.get("unknown", 0) / total if total else None))
    return pd.DataFrame(rows, columns=["window", "source", "customers", "unknown_share"]).astype({"unknown_share": "float64"})


def published(table: pd.DataFrame, source: str) -> dict[str, Estimate]:
    """The estimates of one row by window, for the widening rule; real terms where the table has them."""
    out = {}
    for row in table[table["source"] == source].itertuples(index=False):
        real = pd.notna(row.real_value)
        value, low, high = (row.real_value, row.real_low, row.real_high) if real else (row.value, row.low, row.high)
        none = [None if pd.isna(v) else float(v) for v in (value, low, high)]
        out[row.window] = Estimate(*none, LEVEL, int(row.customers), "exact Poisson, widened by what is unknown")
    return out


def _by_draw(drawn: pd.DataFrame):
    """Customers by source under each person map."""
    return drawn.groupby(["draw", "source"], sort=True)["customers"].sum().reset_index().groupby("draw")


def _parted(loose: Loose | None, months: list[str], kind: str = "consumer") -> list[dict[str, int]]:
    """New customers of these months by source under each loosened map."""
    if loose is None or loose.new.empty:
        return []
    mine = loose.new[loose.new["month"].isin(months) & (loose.new["kind"] == kind)]
    return [dict(zip(part["source"], part["customers"], strict=True)) for _, part in _by_draw(mine)]


def _of(counts: pd.DataFrame, group: str) -> float:
    return counts.loc[counts["source"].isin(members(group)), "customers"].sum()
