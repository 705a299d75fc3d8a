"""What changed since last month and why: chance or real, definition, restated data, the change log, rival causes, month state."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.findings import Finding
from scrm_helpers.stats import Estimate, combine
from scrm_helpers.units import Unit

SLACK = 2  # days at a month's end that may lack a row (a Sunday, a holiday) before a source counts as not complete
DAILY = 20  # days with a row in a month from which on a source counts as one of every day
LONGEST_GAP = 14  # days without a row that a sparse source may have at the month's end
LONGEST = 12  # months of the longest window of a figure
MONTHLY = ("costs", "ledger_totals", "margins")  # tables with one row a month: seen in the month is complete
OF_THE_MONTH = ("orders", "spend", "costs", "cases", "phone_load", "touches")  # sources that a month waits for

Coverage = tuple[pd.DataFrame, pd.DataFrame]  # the table of that name, as the run of this month wrote it and that of the earlier one


class Gap(NamedTuple):
    """An input that two figures do not have alike: its table and the month that lacks it ('': see the counts).

    `before` and `now` count the months of each window that it covers, `of` is the window's length.
    """

    table: str
    month: str
    before: int
    now: int
    of: int


class Change(NamedTuple):
    """One figure against last month's.

    `kind`: noise, real, definition, window (the two are told over windows of different length), inputs (the two stand on different
    data): these three are not judged; first (no figure last month) or unknown (none now).
    """

    id: str
    before: float | None
    now: float | None
    low: float | None  # range of the difference, where chance alone decides
    high: float | None
    kind: str
    gaps: tuple[Gap, ...] = ()


class MonthState(NamedTuple):
    """'open', 'provisional' or 'closed'; the last day seen of orders; of each source its last day (frame: table, last_on, complete); and
    the first month of orders, where it lies within the longest window of a figure, a year."""

    state: str
    data_to: date | None
    sources: pd.DataFrame
    begins: str = ""


def changes(
    now: Mapping[str, Finding], before: Mapping[str, Finding], ids: tuple[str, ...], *, coverage: Coverage | None = None
) -> list[Change]:
    """Each figure against last month's. A difference whose range holds 0 is noise.

    The two ranges are taken as independent. Windows of 12 months share 11 of them, so a real change may still read as noise;
    what is called real is. A figure whose inputs came in one of the two months alone, as `coverage` has it, is not judged.
    """
    return [_change(each, now.get(each), before.get(each), coverage) for each in ids]


def gaps(now: Finding, before: Finding, coverage: Coverage) -> tuple[Gap, ...]:
    """Inputs (metrics.INPUTS) that one of two figures has and the other lacks: in its own month, or in all of its window.

    A sum of money is another sum where an input covers fewer of its months; a cost per customer counts only the months that it covers.
    """
    out = []
    for table in metrics.INPUTS.get(now.measure, ()):
        pages = [(f, periods.shift(periods.of(f.as_of), -1)) for f in (before, now)]
        length = metrics.WINDOWS.get(now.window, 1)
        has = [set(c.loc[(c["table"] == table) & (c["rows"] > 0), "month"]) for c in reversed(coverage)]
        counts = [len(h & set(periods.between(periods.shift(m, 1 - length), m))) for h, (_, m) in zip(has, pages, strict=True)]
        own = [m in h for h, (_, m) in zip(has, pages, strict=True)]
        if own[0] != own[1]:
            out.append(Gap(table, pages[own.index(False)][1], *counts, length))
        elif counts[0] != counts[1] and (not all(counts) or now.unit == Unit.MONEY):
            out.append(Gap(table, "", *counts, length))
    return tuple(out)


def restated(now: pd.DataFrame, before: pd.DataFrame, *, period: str) -> pd.DataFrame:
    """Earlier months whose rows are not what they were last month. Grain: table and month; columns rows_before, rows_now.

    Both frames are the table `coverage` as each run wrote it. Months that the earlier run had not reached yet do not count.
    """
    if before.empty or now.empty:
        return pd.DataFrame(columns=["table", "month", "rows_before", "rows_now"])
    keys = ["table", "month"]
    then, today = (f.groupby(keys)["rows"].sum() for f in (before, now))
    both = (
        pd.concat([then.rename("rows_before"), today.rename("rows_now")], axis=1)
        .fillna(0)
        .astype("int64")
        .reset_index()
    )
    reached = before.groupby("table")["month"].max()
    kept = both["month"].lt(period) & both["month"].le(both["table"].map(reached).fillna(""))
    return both[kept & (both["rows_before"] != both["rows_now"])].sort_values(["month", "table"], ignore_index=True)


def rivals(change_log: pd.DataFrame, calendar: pd.DataFrame, *, period: str) -> pd.DataFrame:
    """Other things that happened this month or the month before and may explain a change. Grain: one entry; columns on, kind, note.

    Entries of the change log, holidays and other named days of the calendar, and a difference in working days.
    """
    first, last = periods.first_day(periods.shift(period, -1)), periods.as_of(period)
    log = _dated(change_log, first, last)[["on", "kind", "note"]]
    days = _dated(calendar, first, last).rename(columns={"name": "note"})[["on", "kind", "note"]]
    out = pd.concat([f for f in (log, days) if len(f)], ignore_index=True) if len(log) or len(days) else log
    return out.sort_values(["on", "kind", "note"], ignore_index=True)


def working_days(calendar: pd.DataFrame, *, period: str) -> list[date]:
    """Days of the month from Monday to Friday that no holiday of the calendar falls on."""
    off = set(
        _dated(
            calendar[calendar["kind"].isin(["holiday", "religious"])], periods.first_day(period), periods.as_of(period)
        )["on"]
    )
    days = pd.bdate_range(periods.first_day(period), periods.as_of(period), inclusive="left")
    return [day.date() for day in days if day.date() not in off]


def month_state(coverage: pd.DataFrame, *, period: str, closed: bool = False) -> MonthState:
    """Open while a source stops before the month's end, provisional once all reach it; closed only where somebody closed it.

    `coverage` is the table of that name; a source counts where it has brought rows in any month. `closed`: there is a record that
    the month was closed; complete files alone close nothing, since they may still be corrected.
    """
    last_day = periods.as_of(period) - timedelta(days=1)
    rows = []
    for table in OF_THE_MONTH:
        seen = coverage[(coverage["table"] == table) & (coverage["month"] <= period)]
        last = [_day(d) for d in seen["last_on"].dropna()]
        if not last:
            continue
        newest = max(last)
        complete = (
            periods.of(newest) >= period if table in MONTHLY else newest >= last_day - timedelta(days=_slack(seen))
        )
        if table in MONTHLY:  # a row of a month covers it to its end
            newest = periods.as_of(periods.of(newest)) - timedelta(days=1)
        rows.append({"table": table, "last_on": min(newest, last_day), "complete": complete})
    sources = pd.DataFrame(rows, columns=["table", "last_on", "complete"])
    orders = sources[sources["table"] == "orders"]
    data_to = orders["last_on"].iloc[0] if len(orders) else None
    months = coverage.loc[(coverage["table"] == "orders") & (coverage["month"] <= period), "month"]
    begins = min(months, default="")
    begins = begins if begins > periods.shift(period, 1 - LONGEST) else ""
    if closed:
        return MonthState("closed", data_to, sources, begins)
    whole = len(orders) > 0 and bool(sources["complete"].astype(bool).all())
    return MonthState("provisional" if whole else "open", data_to, sources, begins)


def _slack(seen: pd.DataFrame) -> int:
    """Days at the month's end that may lack a row: a few; for a source that has no row on most days, three of its usual gaps."""
    a_month = float(seen.groupby("month")["days"].max().astype(float).mean())
    if a_month >= DAILY or a_month <= 0:
        return SLACK
    return min(LONGEST_GAP, max(SLACK, math.ceil(3 * 30 / a_month)))


def _change(each: str, now: Finding | None, before: Finding | None, coverage: Coverage | None) -> Change:
    figure = lambda f: f.value if f is not None and f.state == "ok" else None  # noqa: E731
    new, old = figure(now), figure(before)
    if new is None:
        return Change(each, old, None, None, None, "unknown")
    if old is None:
        return Change(each, None, new, None, None, "first")
    if now.definition != before.definition:
        return Change(each, old, new, None, None, "definition")
    if now.window != before.window:
        return Change(each, old, new, None, None, "window")
    apart = gaps(now, before, coverage) if coverage is not None else ()
    if apart:
        return Change(each, old, new, None, None, "inputs", apart)
    gap = combine([_estimate(now), _estimate(before)], weights=[1, -1])
    if gap.low is None or gap.high is None:
        return Change(each, old, new, None, None, "noise" if new == old else "unknown")
    return Change(each, old, new, gap.low, gap.high, "noise" if gap.low <= 0 <= gap.high else "real")


def _estimate(f: Finding) -> Estimate:
    return Estimate(f.value, f.low, f.high, f.level or metrics.LEVEL, int(f.n or 0), f.method)


def _dated(rows: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    days = pd.Series([_day(d) for d in rows["on"]], index=rows.index, dtype=object)
    inside = pd.Series([first <= d < last for d in days], index=rows.index, dtype=bool)
    return rows.assign(on=days).loc[inside]


def _day(value) -> date:
    return pd.Timestamp(value).date()
