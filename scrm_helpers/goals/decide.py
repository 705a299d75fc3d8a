"""Everything notebook 09 decides, in one plain result; and the findings that it hands on to the next month."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from scrm_helpers import findings, metrics, periods, texts
from scrm_helpers.findings import Context, Finding
from scrm_helpers.goals import compare, money, promised
from scrm_helpers.goals.margin import Margin
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
from scrm_helpers.stats import Estimate, widen
from scrm_helpers.units import Unit

FIGURES = ("acquisition.cac", "retention.kept", "campaigns.caused", "campaigns.seen")


class Tables(NamedTuple):
    """The small tables that 09 reads, as frames (see their contracts); grain and units as there."""

    traceability: pd.DataFrame
    cost_ledger: pd.DataFrame
    goals: pd.DataFrame
    change_log: pd.DataFrame
    calendar: pd.DataFrame
    coverage: pd.DataFrame
    files: pd.DataFrame


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
    roi_reason: str  # what is missing where there is no ROI: ledger, effect, margin or cost
    cases: pd.DataFrame  # case (seen, touched, caused), value, low, high, grade
    promises: pd.DataFrame
    spend: pd.DataFrame
    budget: float | None
    changes: list[compare.Change]
    restated: pd.DataFrame
    rivals: pd.DataFrame
    days: tuple[int, int]  # working days of this month and the month before
    hurdle: float
    previous: str | None  # the month compared with
    saving_proven: bool
    limits: Limits


def decide(
    found: Mapping[str, Finding],
    past: Mapping[str, Mapping[str, Finding]],
    tables: Tables,
    *,
    period: str,
    margin: Margin,
    coverage_past: Mapping[str, pd.DataFrame] | None = None,
    hurdle: float = HURDLE,
    fiscal_start: int = 1,
) -> Decision:
    """The decision of one month. `past` maps earlier periods to their published findings; `hurdle` is a ratio (0.1 = 10%);
    `coverage_past` the table coverage as earlier periods left it.
    """
    traced = traceability(tables.traceability)
    month = compare.month_state(tables.coverage, period=period)
    reconciled = is_reconciled(found.get("ingestion.reconciliation"))
    cost = money.programme_cost(tables.cost_ledger, period=period)
    caused, seen = found.get("campaigns.caused"), found.get("campaigns.seen")
    cases = roi_cases(found, tables.cost_ledger, margin, period=period)
    cases = cases.iloc[:0] if reconciled is False else cases  # revenue that does not tie to the books carries no return
    last = cases[cases["case"] == "caused"].to_dict("records")
    roi = (
        Estimate(last[0]["value"], last[0]["low"], last[0]["high"], metrics.LEVEL, 0, "programme ROI") if last else None
    )
    window = caused.window if caused is not None else "12m"
    roi_cost = _cost_of(tables.cost_ledger, period, window)
    with_roi = dict(found)
    if roi is not None:
        with_roi["board.roi"] = _as_finding(found["campaigns.caused"], roi)
    kept = promised.promises(tables.goals, with_roi, period=period)
    grade = caused.grade if caused is not None else ""
    step = found.get("experiments.step")
    stepped = _ok(step)
    asked = verdict(
        traced=traced,
        reconciled=reconciled,
        cost_known=cost is not None,
        roi=roi,
        grade=grade,
        hurdle=hurdle,
        marginal=_estimate(step) if stepped else None,
        marginal_grade=step.grade if stepped else "",
        behind=bool((kept["result"] == promised.BEHIND).any()),
        months=_months(window),
    )
    previous = periods.shift(period, -1)
    earlier = past.get(previous, {})
    revenue = "campaigns.caused" if _ok(caused) or not _ok(seen) else "campaigns.seen"
    then = (coverage_past or {}).get(previous, tables.coverage.iloc[:0])
    compared = compare.changes(found, earlier, ("acquisition.cac", "retention.kept", revenue)) if earlier else []
    return Decision(
        verdict=published(asked, closed=month.state == "closed", before=_last_verdict(past, period)),
        traced=traced,
        month=month,
        reconciled=reconciled,
        cost=cost,
        margin=margin,
        roi=roi,
        roi_grade=grade,
        roi_window=window,
        roi_cost=roi_cost,
        roi_reason="" if roi is not None else "ledger" if reconciled is False else _reason(caused, margin, roi_cost),
        cases=cases,
        promises=kept,
        spend=money.spend_by_purpose(tables.cost_ledger, period=period, first_month=fiscal_start),
        budget=money.budget(promised.latest_promises(tables.goals), period=period, first_month=fiscal_start),
        changes=compared,
        restated=compare.restated(tables.coverage, then, period=period),
        rivals=compare.rivals(tables.change_log, tables.calendar, period=period),
        days=tuple(compare.working_days(tables.calendar, period=p) for p in (period, previous)),
        hurdle=hurdle,
        previous=previous if earlier else None,
        saving_proven=proven_saving(found),
        limits=LIMITS,
    )


def roi_cases(found: Mapping[str, Finding], ledger: pd.DataFrame, margin: Margin, *, period: str) -> pd.DataFrame:
    """The programme's ROI were all revenue seen, or all touched, its own; and as caused. Grain: one row per case that has a figure."""
    rows = []
    for case in ("seen", "touched", "caused"):
        finding = found.get(f"campaigns.{case}")
        if not _ok(finding):
            continue
        saving = found.get("service.saving") if proven_saving(found) else None
        saving = _estimate(saving) if saving is not None and saving.window == finding.window else None
        cost = _cost_of(ledger, period, finding.window)
        roi = money.programme_roi(caused=_whole(finding), margin=margin.share, cost=cost, saving=saving)
        if roi is not None:
            rows.append({"case": case, "value": roi.value, "low": roi.low, "high": roi.high, "grade": finding.grade})
    return pd.DataFrame(rows, columns=["case", "value", "low", "high", "grade"])


def proven_saving(found: Mapping[str, Finding]) -> bool:
    """Whether a saving may be claimed: at least nine in ten sure that social is cheaper and happier."""
    better = found.get("service.better")
    return _ok(better) and better.value >= LIMITS.sure and _ok(found.get("service.saving"))


def is_reconciled(finding: Finding | None) -> bool | None:
    """Whether sales tie to the ledger within half a per cent; None where there was no ledger to compare with."""
    if finding is None or finding.value is None:
        return None if finding is None or finding.state != "withheld" else False
    return abs(finding.value) <= LIMITS.walk


def board_findings(context: Context, decision: Decision) -> list[Finding]:
    """The findings of notebook 09: verdict, programme ROI, traceability, cost, promises. Grain: one each."""
    both = lambda text_id, **values: {lang: texts.say(text_id, lang, **values) for lang in texts.LANGUAGES}  # noqa: E731
    v, traced = decision.verdict, decision.traced
    share = lambda s: {lang: units_share(s, lang) for lang in texts.LANGUAGES}  # noqa: E731
    limit, hurdle = share(LIMITS.far_below if v.rule == "far_below" else LIMITS.traced), share(decision.hurdle)
    rule = {
        lang: texts.say(f"board.rule.{v.rule}", lang, limit=limit[lang], hurdle=hurdle[lang])
        for lang in texts.LANGUAGES
    }
    kept = both("board.rule.kept") if v.kept else {"en": "", "tr": ""}
    out = [
        findings.say(
            context,
            "board.verdict",
            values={
                "verb": both(f"board.verb.{v.verb}"),
                "rule": rule,
                "kept": kept,
                "printed": v.verb,
                "asked": v.raw,
                "state": decision.month.state,
            },
        )
    ]
    if decision.roi is not None:
        percent = {
            "return": (decision.roi.value, Unit.SHARE),
            "least": (decision.roi.low, Unit.SHARE),
            "most": (decision.roi.high, Unit.SHARE),
        }
        out.append(
            findings.say(
                context,
                "board.roi",
                measure="programme_roi",
                estimate=decision.roi,
                grade=decision.roi_grade,
                window=decision.roi_window,
                values=percent,
            )
        )
    else:
        out.append(
            findings.say(
                context,
                "board.roi_withheld",
                id="board.roi",
                measure="programme_roi",
                state="withheld",
                values={"input": both(f"board.roi_reason.{decision.roi_reason}")},
            )
        )
    if traced.value is not None:
        value = Estimate(traced.value, None, None, metrics.LEVEL, 0, "least of the traced shares")
        named = f"board.input.{traced.input}"
        out.append(
            findings.say(
                context,
                "board.traceability",
                measure="traceability",
                estimate=value,
                values={
                    "weakest": both(f"words.measure.{traced.measure}"),
                    "input": both(named if texts.has(named) else "board.input.none"),
                    "gain": (traced.gain, Unit.POINTS),
                },
            )
        )
    else:
        out.append(
            findings.missing(
                context, "board.traceability_none", id="board.traceability", measure="traceability", export="leads"
            )
        )
    if decision.cost is not None:
        cost_said = "board.cost" if decision.cost.low < decision.cost.high else "board.cost_exact"
        out.append(findings.say(context, cost_said, id="board.cost", measure="programme_cost", estimate=decision.cost))
    else:
        out.append(
            findings.missing(context, "board.cost_missing", id="board.cost", measure="programme_cost", export="costs")
        )
    rows = decision.promises
    if len(rows):
        counts = {
            r: (float((rows["result"] == r).sum()), Unit.COUNT)
            for r in (promised.AHEAD, promised.BEHIND, promised.NOT_YET, promised.NOT_MEASURED)
        }
        out.append(findings.say(context, "board.promises", values={"n": (float(len(rows)), Unit.COUNT), **counts}))
    else:
        out.append(findings.missing(context, "board.promises_missing", id="board.promises", export="goals"))
    return out


def units_share(value: float, language: str) -> str:
    """A share or ratio as per cent."""
    from scrm_helpers import units

    return units.percent(value, language)


def _last_verdict(past: Mapping[str, Mapping[str, Finding]], period: str) -> tuple[str, str, bool] | None:
    kept = [p for p in sorted(past) if p < period and "board.verdict" in past[p]]
    if not kept:
        return None
    said = json.loads(past[kept[-1]]["board.verdict"].values)
    next_to = kept[-1] == periods.shift(period, -1)
    return said["printed"], said["asked"] if next_to else "", said["state"] == "closed"


def _reason(caused: Finding | None, margin: Margin, cost: Estimate | None) -> str:
    if cost is None or not cost.value:
        return "cost"
    return "effect" if not _ok(caused) else "margin"


def _cost_of(ledger: pd.DataFrame, period: str, window: str) -> Estimate | None:
    if window == "all":
        known = ledger.loc[ledger["month"] <= period, "month"]
        months = periods.index(period) - periods.index(known.min()) + 1 if len(known) else 1
        return money.programme_cost(ledger, period=period, months=months)
    return money.programme_cost(ledger, period=period, months=_months(window))


def _months(window: str) -> int:
    return metrics.WINDOWS.get(window, 12)


def _ok(finding: Finding | None) -> bool:
    return finding is not None and finding.state == "ok" and finding.value is not None


def _estimate(f: Finding) -> Estimate:
    return Estimate(f.value, f.low, f.high, f.level or metrics.LEVEL, int(f.n or 0), f.method)


def _whole(f: Finding) -> Estimate:
    """The effect of the whole programme: campaigns that could not be judged may have done as well or as badly as those that were.

    A finding that covers a share of the campaigns (`coverage` below 1) gets a range that reaches to its ends divided by that share.
    """
    estimate = _estimate(f)
    if f.measure != "revenue_caused" or f.coverage is None or not 0 < f.coverage < 1 or f.low is None or f.high is None:
        return estimate
    return widen(estimate, min(f.low, f.low / f.coverage), max(f.high, f.high / f.coverage))


def _as_finding(like: Finding, roi: Estimate) -> Finding:
    from dataclasses import replace

    return replace(
        like, id="board.roi", measure="programme_roi", unit=str(Unit.RATIO), value=roi.value, low=roi.low, high=roi.high
    )
