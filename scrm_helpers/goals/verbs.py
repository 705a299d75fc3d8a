"""Which of the five verbs stands on the page: the first rule that fits, and a change of verb needs two closed months in a row."""

from typing import NamedTuple

import pandas as pd

from scrm_helpers.metrics import SURE
from scrm_helpers.stats import Estimate

VERBS = ("measure_first", "reduce", "increase", "test", "hold")
HURDLE = 0.10  # what a lira must bring beyond itself, unless the CFO says otherwise


class Limits(NamedTuple):
    """Where each rule bites; the pages print these."""

    traced: float = 0.40  # below this share the verdict is "measure first"
    far_below: float = -0.50  # an ROI wholly below this speaks at any grade
    longest_test: int = 3  # months
    walk: float = 0.005  # sales further than this share from the ledger are not reconciled
    aside: float = 0.05  # money in rows set aside beyond this share is said on page one; costs or sales so short carry no return
    sure: float = SURE  # how sure "cheaper and happier" must be before a saving counts


LIMITS = Limits()
TESTED = ("A", "B")
FLOWS = 4
SAME = 0.005  # shares that print as the same per cent stand equally low
ORDER = ("spend", "customers", "revenue", "contacts")  # of equal shares, the one nearer to money is named


class Traceability(NamedTuple):
    """The least of the traced shares (0-1), which one it is, which inputs would lift it, and by how much the minimum would rise."""

    value: float | None
    measure: str
    input: str  # several, with a space between them, where as many flows stand equally low
    gain: float | None
    known: int = FLOWS  # how many of the four flows have anything to trace
    n: int = 0  # rows that the weakest share stands on: of spend, orders or contacts; customers


class Verdict(NamedTuple):
    """The verb on the page, the rule behind it, the verb that this month alone asks for, and the input to measure first."""

    verb: str
    rule: str
    raw: str
    input: str = ""
    gain: float | None = None
    months: float | None = None  # length of the test that could tell
    kept: bool = False  # the page keeps last month's verb: this month is the first to ask for another


def traceability(rows: pd.DataFrame) -> Traceability:
    """Minimum over the table `traceability` (a row per measure: spend, customers, revenue, contacts), in shares 0-1.

    A measure without a whole (nothing to trace) does not count. `gain` is how far the minimum rises once the weakest is mended:
    up to the next weakest, or to 1 where it stands alone. Flows that stand equally low only rise together: all their inputs are named.
    """
    known = {row["measure"]: row for row in rows.to_dict("records") if not pd.isna(row["value"])}
    if not known:
        return Traceability(None, "", "", None, 0)
    order = sorted(known, key=lambda m: (float(known[m]["value"]), ORDER.index(m) if m in ORDER else len(ORDER)))
    weakest, least = order[0], float(known[order[0]]["value"])
    level = [m for m in order if float(known[m]["value"]) - least < SAME]
    after = float(known[order[len(level)]]["value"]) if len(order) > len(level) else 1.0
    asked = [known[m].get("input") for m in level]
    inputs = dict.fromkeys(str(i) for i in asked if i is not None and not pd.isna(i))
    n = known[weakest].get("n")
    n = 0 if n is None or pd.isna(n) else int(n)
    return Traceability(least, weakest, " ".join(inputs), after - least, len(known), n)


def verdict(
    *,
    traced: Traceability,
    reconciled: bool | None,
    cost_known: bool,
    cost_whole: bool = True,
    sales_whole: bool = True,
    hours_known: bool,
    roi: Estimate | None,
    grade: str,
    sampled: Estimate | None = None,
    hurdle: float = HURDLE,
    marginal: Estimate | None = None,
    marginal_grade: str = "",
    behind: bool = False,
    months: int = 1,
) -> Verdict:
    """The verb that this month alone asks for; every rule of METRICS in its order.

    `reconciled` None: there are no ledger totals to compare with. `roi` and `marginal` are ratios (0.1 = ten per cent beyond
    the cost) over a window of `months` months; `sampled` is the part of the range of `roi` that comes from sampling alone, which
    time narrows (default: all of it); `hours_known`: staff hours stand in the cost; `behind`: a goal is behind its promise.
    """
    if traced.value is None or traced.value < LIMITS.traced:
        return _first("traced", traced.input or "orders", traced.gain)
    if reconciled is False:
        return _first("ledger", "ledger_totals", None)
    if not sales_whole:
        return _first("aside_orders", "aside_orders", None)
    if not cost_known:
        return _first("cost", "costs", None)
    if not cost_whole:
        return _first("aside", "aside", None)
    if not hours_known:
        return _first("hours", "costs", None)
    known = roi is not None and roi.value is not None and roi.low is not None and roi.high is not None
    if known and grade in TESTED and roi.high < hurdle:
        return Verdict("reduce", "below_hurdle", "reduce")
    if known and roi.high < LIMITS.far_below:
        return Verdict("reduce", "far_below", "reduce")
    stepped = marginal is not None and marginal.low is not None and marginal_grade in TESTED and marginal.low > hurdle
    if stepped and not behind:
        return Verdict("increase", "tested_step", "increase")
    if known and roi.low <= hurdle <= roi.high:
        needed = test_months(roi, hurdle=hurdle, months=months, sampled=sampled)
        if needed is not None and needed <= LIMITS.longest_test:
            return Verdict("test", "holds_hurdle", "test", months=needed)
        open_ended = needed is None and sampled is not None and (sampled.low, sampled.high) != (roi.low, roi.high)
        return Verdict("hold", "unmeasured" if open_ended else "too_long", "hold", months=needed)
    return Verdict("hold", "otherwise" if known else "roi_unknown", "hold")


def published(this: Verdict, *, closed: bool, before: tuple[str, str, bool] | None) -> Verdict:
    """The verdict as the page prints it. `before` is last month's (printed verb, verb asked for, closed); None on the first page.

    Another verb than last month's is printed only where this month and the last both ask for it and both are closed.
    """
    if before is None:
        return this
    printed, asked, was_closed = before
    if this.raw == printed or (asked == this.raw and closed and was_closed):
        return this
    return this._replace(verb=printed, kept=True)


def test_months(roi: Estimate, *, hurdle: float, months: int, sampled: Estimate | None = None) -> float | None:
    """Months of a test after which the range would leave the hurdle, if the effect is what it seems. None: it never would.

    Sampling noise narrows with the square root of time; what stands in the range for campaigns that were not judged or hours that
    are missing does not: side of `sampled` now x sqrt(months / t) + the rest of the side = distance to the hurdle, on the hurdle's side.
    """
    part = roi if sampled is None else sampled
    down = roi.value >= hurdle
    noise = part.value - part.low if down else part.high - part.value
    fixed = max(0.0, (roi.value - roi.low if down else roi.high - roi.value) - noise)
    gap = abs(roi.value - hurdle) - fixed
    return months * (noise / gap) ** 2 if gap > 0 else None


test_months.__test__ = False  # a function of the suite, not a test


def _first(rule: str, needed: str, gain: float | None) -> Verdict:
    return Verdict("measure_first", rule, "measure_first", input=needed, gain=gain)
