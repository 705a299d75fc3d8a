"""The findings of 09: verdict, programme ROI, traceability, cost, all sales, promises, handed on to the next month."""

import json

from scrm_helpers import findings, metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.goals import promised
from scrm_helpers.goals.aside import COSTS
from scrm_helpers.goals.decide import Decision
from scrm_helpers.goals.inputs import input_words
from scrm_helpers.goals.refused import came
from scrm_helpers.goals.verbs import LIMITS
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


def board_findings(context: Context, decision: Decision) -> list[Finding]:
    """The findings of notebook 09: verdict, programme ROI, traceability, cost, all sales, promises. Grain: one each."""
    both = lambda text_id, **values: {lang: texts.say(text_id, lang, **values) for lang in texts.LANGUAGES}  # noqa: E731
    v, traced = decision.verdict, decision.traced
    share = lambda s: {lang: _share(s, lang) for lang in texts.LANGUAGES}  # noqa: E731
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
                values={"input": _roi_lacks(decision)},
            )
        )
    if traced.value is not None:
        value = Estimate(traced.value, None, None, metrics.LEVEL, traced.n, f"least of {traced.known} traced shares: {traced.measure}")
        out.append(
            findings.say(
                context,
                "board.traceability",
                measure="traceability",
                window="12m",
                estimate=value,
                values={
                    "weakest": both(f"words.measure.{traced.measure}"),
                    "input": {lang: input_words(traced.input, lang, decision.refused) for lang in texts.LANGUAGES},
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
    cost, sheet = decision.cost, {"files": came(decision.refused, "costs")}
    if cost is not None:
        cost_said = "board.cost" if decision.cost.low < decision.cost.high else "board.cost_exact"
        short = [t for t in COSTS if t in decision.lost]
        if short or not decision.hours_known:  # what a cost is at least: guessed hours may be fewer
            hours = "board.cost_no_hours_refused" if sheet["files"] else "board.cost_no_hours"
            cost_said, cost = "board.cost_aside" if short else hours, cost._replace(value=cost.low, high=None)
        given = {"measure": "programme_cost", "estimate": cost, "coverage": _whole(decision), "values": sheet if sheet["files"] else None}
        out.append(findings.say(context, cost_said, id="board.cost", **given))
    else:
        out.append(
            findings.missing(context, "board.cost_missing", id="board.cost", measure="programme_cost", export="costs")
        )
    out += _sold(context, decision)
    rows = decision.promises
    if len(rows):
        counts = {
            r: (float((rows["result"] == r).sum()), Unit.COUNT)
            for r in (promised.AHEAD, promised.BEHIND, promised.NOT_YET)
        }
        counts[promised.NOT_MEASURED] = (float(rows["result"].isin(promised.UNTOLD).sum()), Unit.COUNT)
        out.append(findings.say(context, "board.promises", values={"n": (float(len(rows)), Unit.COUNT), **counts}))
    else:
        out.append(findings.missing(context, "board.promises_missing", id="board.promises", export="goals"))
    return out


def _sold(context: Context, decision: Decision) -> list[Finding]:
    """All sales of the month, net and in number, as they were booked: sums without a range; none where no order is counted."""
    if decision.sold.empty:
        return []
    month = decision.sold.iloc[0]
    n = int(month["orders"])
    exact = lambda v: Estimate(float(v), float(v), float(v), metrics.LEVEL, n, "sum of counted orders")  # noqa: E731
    return [
        findings.say(context, "board.sold", measure="net_sales", estimate=exact(month["net"])),
        findings.say(context, "board.sold_orders", measure="sales_count", estimate=exact(n)),
    ]


def _roi_lacks(decision: Decision) -> dict[str, str]:
    """What a return on the programme takes; a cost sheet that came and was refused is named."""
    files = came(decision.refused, "costs") if decision.roi_reason in ("cost", "hours") else ""
    said = {lang: texts.say(f"board.roi_reason.{decision.roi_reason}", lang) for lang in texts.LANGUAGES}
    return {lang: texts.say("board.input.refused", lang, input=w, files=files) for lang, w in said.items()} if files else said


def _whole(decision: Decision) -> float | None:
    """The share of the known cost money that the figure holds; None where nothing much was set aside."""
    shares = [json.loads(decision.lost[t].values)["share"] for t in COSTS if t in decision.lost]
    return 1 - sum(shares) if shares else None



def _share(value: float, language: str) -> str:
    """A share or ratio as per cent."""
    return units.percent(value, language)
