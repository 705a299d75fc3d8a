"""Everything notebook 09 decides, in one plain result (`said` puts it into findings)."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals import compare, money, promised
from scrm_helpers.goals import ledger as goal_ledger
from scrm_helpers.goals.aside import COSTS, lost
from scrm_helpers.goals.bridge import MEASURE_OF, Bridge, bridges, cells_of, total
from scrm_helpers.goals.earlier import Moved, Restated, moved_windows, restated_figures
from scrm_helpers.goals.refused import Refused, refused
from scrm_helpers.goals.returns import (
    cost_of,
    estimate_of,
    has_hours,
    is_ok,
    proven_saving,
    roi_cases,
    sampled_roi,
)
from scrm_helpers.goals.sold import COLUMNS as SOLD
from scrm_helpers.goals.verbs import (
    HURDLE,
    LIMITS,
    Limits,
    Traceability,
    Verdict,
    published,
    traceability,
    verdict,
)
from scrm_helpers.goals.walk import walk
from scrm_helpers.margin import Margin
from scrm_helpers.promises import UNSEEN, Sightings
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

STEP = "experiments.step"  # marginal return of a tested step of spending: what an increase takes
FIGURES = ("acquisition.cac", "retention.kept", "campaigns.caused", "campaigns.seen")
WINDOWED = (*FIGURES, "campaigns.touched")  # what the pages print over a window that may widen
HISTORY = ["measure", "step", "month", "window", "cell", "part", "whole"]
LINE_MONTHS = 13  # a line shows twelve; the same month last year stands beside


class Tables(NamedTuple):
    """The small tables that 09 reads, as frames (see their contracts); grain and units as there."""

    traceability: pd.DataFrame
    cost_ledger: pd.DataFrame
    goals: pd.DataFrame
    change_log: pd.DataFrame
    calendar: pd.DataFrame
    coverage: pd.DataFrame
    files: pd.DataFrame
    history: pd.DataFrame = pd.DataFrame(columns=HISTORY)
    ledger_totals: pd.DataFrame = pd.DataFrame(columns=["month", "part", "net", "note"])


class Decision(NamedTuple):
    """What the pages say beyond the notebooks' own findings."""

    verdict: Verdict
    traced: Traceability
    month: compare.MonthState
    reconciled: bool | None
    cost: Estimate | None
    margin: Margin
    roi: Estimate | None
    roi_grade: str
    roi_window: str
    roi_cost: Estimate | None
    roi_reason: str  # what is missing where there is no ROI: ledger, aside, effect, margin, cost or hours
    hours_known: bool  # staff hours stand in the month's cost
    cases: pd.DataFrame  # case (seen, touched, caused), value, low, high, grade
    promises: pd.DataFrame
    spend: pd.DataFrame
    budget: money.Budget | None
    changes: list[compare.Change]
    restated: pd.DataFrame
    rivals: pd.DataFrame
    days: tuple[int, int]  # working days of this month and the month before
    hurdle: float
    previous: str | None  # the month compared with
    saving_proven: bool
    limits: Limits
    bridges: list[Bridge]
    lines: dict[str, dict[str, float]]  # finding -> month -> figure of earlier months, as today's data and code count it
    declared: pd.DataFrame  # goal_id, month, first_seen, seen_on, declared
    rewritten: pd.DataFrame  # cells of promises that were changed after a run had seen them
    walk: pd.DataFrame  # the finance walk: step, month, net, note
    purposes: list[str]  # why the programme exists, as the goal ledger has it
    lost: dict[str, Finding]  # table -> what of its money was set aside, where that is much
    delivered: pd.DataFrame  # promised against delivered by month of the fiscal year to date
    refused: list[Refused]  # files that lie in the raw folder and could not be read
    restatements: list[Restated]  # figures of earlier pages that today's data no longer give, the newest month first
    moved: list[Moved]  # figures told over another window than on last month's page
    sold: pd.DataFrame  # all sales: month, net, orders, this month first (see goals.sold)


def decide(
    found: Mapping[str, Finding],
    past: Mapping[str, Mapping[str, Finding]],
    tables: Tables,
    *,
    period: str,
    margin: Margin,
    sold: pd.DataFrame | None = None,
    coverage_past: Mapping[str, pd.DataFrame] | None = None,
    goals_past: Mapping[str, pd.DataFrame] | None = None,
    seen_on: Sightings = UNSEEN,
    closings: frozenset[str] = frozenset(),
    hurdle: float = HURDLE,
    fiscal_start: int = 1,
) -> Decision:
    """The decision of one month. `past` maps earlier periods to their published findings; `hurdle` is a ratio (0.1 = 10%); `sold` all
    sales of the month and of those beside it, as goals.sold gives them; `coverage_past` and `goals_past` those tables as earlier periods
    left them; `seen_on` the days on which their runs first saw each promise; `closings` the periods that somebody closed, on record.
    """
    traced = traceability(tables.traceability)
    month = compare.month_state(tables.coverage, period=period, closed=period in closings)
    aside = lost(found, limit=LIMITS.aside)
    whole = not any(t in aside for t in COSTS)
    reconciled = is_reconciled(found.get("ingestion.reconciliation"))
    sales_whole = "orders" not in aside or reconciled is True  # where sales tie to the books, what was set aside is none of them
    cost = money.programme_cost(tables.cost_ledger, period=period)
    known_hours = money.hours_known(tables.cost_ledger, period=period)
    caused, seen = found.get("campaigns.caused"), found.get("campaigns.seen")
    cases = roi_cases(found, tables.cost_ledger, margin, period=period)
    # revenue that does not tie to the books carries no return, nor do sales or a cost that much was left out of
    cases = cases.iloc[:0] if reconciled is False or not whole or not sales_whole else cases
    last = cases[cases["case"] == "caused"].to_dict("records")
    roi = (
        Estimate(*(last[0][c] for c in ("value", "low", "high")), metrics.LEVEL, int(last[0]["n"]), last[0]["method"])
        if last
        else None
    )
    window = caused.window if caused is not None else "12m"
    sampled = sampled_roi(found, tables.cost_ledger, margin, period=period) if roi is not None else None
    roi_cost = cost_of(tables.cost_ledger, period, window)
    hours_in_window = has_hours(tables.cost_ledger, period, window)
    with_roi = dict(found)
    if roi is not None:
        with_roi["board.roi"] = _as_finding(found["campaigns.caused"], roi)
    kept = promised.promises(tables.goals, with_roi, period=period)
    grade = last[0]["grade"] if last else caused.grade if caused is not None else ""
    step = found.get(STEP)
    stepped = is_ok(step)
    asked = verdict(
        traced=traced,
        reconciled=reconciled,
        cost_known=cost is not None,
        cost_whole=whole,
        sales_whole=sales_whole,
        hours_known=known_hours,
        roi=roi,
        sampled=sampled,
        grade=grade,
        hurdle=hurdle,
        marginal=estimate_of(step) if stepped else None,
        marginal_grade=step.grade if stepped else "",
        behind=bool((kept["result"] == promised.BEHIND).any()),
        months=money.months_in(tables.cost_ledger, period, window),
    )
    previous = periods.shift(period, -1)
    earlier = past.get(previous, {})
    revenue = "campaigns.caused" if is_ok(caused) or not is_ok(seen) else "campaigns.seen"
    then = (coverage_past or {}).get(previous, tables.coverage.iloc[:0])
    seen_by = (tables.coverage, then) if len(then) else None
    compared = compare.changes(found, earlier, ("acquisition.cac", "retention.kept", revenue), coverage=seen_by) if earlier else []
    apart = {c.id for c in compared if c.kind == "inputs"}  # what stands on other data is not taken apart either
    reason = "ledger" if reconciled is False else "aside_orders" if not sales_whole else "" if whole else "aside"
    reason = reason or _reason(caused, margin, roi_cost, hours_in_window)
    return Decision(
        verdict=published(asked, closed=month.state == "closed", before=_last_verdict(past, period, closings)),
        traced=traced,
        month=month,
        reconciled=reconciled,
        cost=cost,
        margin=margin,
        roi=roi,
        roi_grade=grade,
        roi_window=window,
        roi_cost=roi_cost,
        roi_reason="" if roi is not None else reason,
        hours_known=known_hours,
        cases=cases,
        promises=kept,
        spend=money.spend_by_purpose(tables.cost_ledger, period=period, first_month=fiscal_start),
        budget=money.budget_and_spend(
            tables.cost_ledger, promised.latest_promises(tables.goals), period=period, first_month=fiscal_start
        ),
        changes=compared,
        restated=compare.restated(tables.coverage, then, period=period),
        rivals=compare.rivals(tables.change_log, tables.calendar, period=period),
        days=tuple(len(compare.working_days(tables.calendar, period=p)) for p in (period, previous)),
        hurdle=hurdle,
        previous=previous if earlier else None,
        saving_proven=proven_saving(found),
        limits=LIMITS,
        bridges=[b for b in bridges(found, earlier, tables.history, period=period) if b.id not in apart],
        lines=_lines(found, tables.history, period),
        declared=goal_ledger.declared(tables.goals, goals_past or {}, period=period, days=seen_on),
        rewritten=goal_ledger.rewritten(tables.goals, goals_past or {}, period=period),
        walk=walk(tables.ledger_totals, found.get("ingestion.reconciliation"), period=period),
        purposes=goal_ledger.purposes(tables.goals, period=period),
        lost=aside,
        delivered=goal_ledger.by_month(
            tables.goals, with_roi, past, period=period, months=money.fiscal_months(period, first_month=fiscal_start)
        ),
        refused=refused(tables.files),
        restatements=restated_figures(past, tables.history, tables.cost_ledger, period=period),
        moved=moved_windows(found, earlier, WINDOWED),
        sold=pd.DataFrame(columns=SOLD) if sold is None else sold,
    )


def _lines(found: Mapping[str, Finding], history: pd.DataFrame, period: str) -> dict[str, dict[str, float]]:
    """Each headline figure of earlier months in the window that this month prints, where the months were counted so, of enough cases."""
    out = {}
    for finding_id, measure in MEASURE_OF.items():
        finding = found.get(finding_id)
        if not is_ok(finding):
            continue
        months = periods.between(periods.shift(period, 1 - LINE_MONTHS), periods.shift(period, -1))
        cells = {m: cells_of(history, measure, "today", m, finding.window) for m in months}
        if metrics.measure(measure).unit is not Unit.MONEY:  # a share or a cost of few stands on no page, nor on its line
            cells = {m: c for m, c in cells.items() if c["whole"].sum() >= metrics.LEAST_N}
        counted = {m: total(measure, c) for m, c in cells.items()}
        out[finding_id] = {m: v for m, v in counted.items() if v is not None}
    return out


def is_reconciled(finding: Finding | None) -> bool | None:
    """Whether sales tie to the ledger within half a per cent; None where there was no ledger to compare with."""
    if finding is None or finding.value is None:
        return None if finding is None or finding.state != "withheld" else False
    return abs(finding.value) <= LIMITS.walk


def _last_verdict(
    past: Mapping[str, Mapping[str, Finding]], period: str, closings: frozenset[str]
) -> tuple[str, str, bool] | None:
    kept = [p for p in sorted(past) if p < period and "board.verdict" in past[p]]
    if not kept:
        return None
    said = json.loads(past[kept[-1]]["board.verdict"].values)
    next_to = kept[-1] == periods.shift(period, -1)
    return said["printed"], said["asked"] if next_to else "", said["state"] == "closed" or kept[-1] in closings


def _reason(caused: Finding | None, margin: Margin, cost: Estimate | None, has_hours: bool) -> str:
    if cost is None or not cost.value:
        return "cost"
    if not has_hours:
        return "hours"
    return "effect" if not is_ok(caused) else "margin"


def _as_finding(like: Finding, roi: Estimate) -> Finding:
    from dataclasses import replace

    return replace(
        like, id="board.roi", measure="programme_roi", unit=str(Unit.RATIO), value=roi.value, low=roi.low, high=roi.high
    )
