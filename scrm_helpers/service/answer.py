"""What may be said about service, as findings: each with its figure, range and count, or with what is missing."""

import pandas as pd

from scrm_helpers import findings, metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.service.before_after import BeforeAfter
from scrm_helpers.service.better import CLAIM, Saving
from scrm_helpers.service.exceptions import Exceptions
from scrm_helpers.service.measured import Measured, chosen, judged_window
from scrm_helpers.service.speed import AFTER_DAYS, Speed
from scrm_helpers.service.story import Story
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


def everything(context: Context, by_window: dict[str, Measured], told: Story) -> list[Finding]:
    """All findings of 05_service, in the order in which they are read."""
    return [
        *costs(context, by_window),
        *satisfaction(context, by_window),
        *better(context, by_window),
        calls_not_made(context, told),
        saving(context, told.saving, told.saving_window),
        load(context, told.load_now, told.load, told.gap),
        speed(context, told.speed),
        *(attitude(context, found, question) for question, found in told.attitudes.items()),
        touchpoints(context, told.touchpoints, told.per_customer),
        before_after(context, told.around),
        exceptions(context, told.exceptions),
    ]


def coverage_words(found: dict, language: str) -> dict[str, str]:
    """The counts of the coverage sentence as a reader writes them (`story.coverage`)."""
    shares = {"known": units.write(found["known"], Unit.SHARE, language)}
    names = {"cases": "cases", "issues": "issues", "resolved": "resolved", "early": "too_early", "open": "open"}
    return {name: units.write(found[key], Unit.COUNT, language) for name, key in names.items()} | shares


def costs(context: Context, by_window: dict[str, Measured]) -> list[Finding]:
    """service.cost_social and service.cost_phone, over the same months."""
    window = chosen(by_window, "cost")
    return [_cost(context, by_window[window], window, side) for side in ("social", "phone")]


def satisfaction(context: Context, by_window: dict[str, Measured]) -> list[Finding]:
    """service.csat_social and service.csat_phone with the response rate beside, over the same months."""
    window = chosen(by_window, "csat")
    out = []
    for side in ("social", "phone"):
        name, found, made = f"service.csat_{side}", by_window[window].csat[side], by_window[window]
        if not found.n:
            out.append(
                findings.missing(
                    context, "service.missing_csat", export="surveys", measure="csat", values=_channel(side), id=name
                )
            )
        elif metrics.too_few(found):
            out.append(
                findings.too_few(
                    context,
                    "service.too_few",
                    found,
                    measure="csat",
                    window=window,
                    values=_subject(f"csat_{side}"),
                    id=name,
                )
            )
        else:
            out.append(
                findings.say(
                    context,
                    name,
                    measure="csat",
                    estimate=found,
                    window=window,
                    coverage=made.response[side],
                    values={"response": (made.response[side], Unit.SHARE)},
                )
            )
    return out


def better(context: Context, by_window: dict[str, Measured]) -> list[Finding]:
    """service.better, and the looser reading for the appendix (service.better_looser)."""
    window = judged_window(by_window)
    made = by_window[window]
    out = []
    for name, found in (("service.better", made.judged), ("service.better_looser", made.looser)):
        if found.value is None:
            lacking = (
                "cases" if made.rows.empty and made.monthly.empty else ("costs" if made.monthly.empty else "surveys")
            )
            out.append(
                findings.missing(
                    context, "service.missing_better", export=lacking, measure="cheaper_and_happier", id=name
                )
            )
        elif found.n < metrics.LEAST_N:
            out.append(
                findings.too_few(
                    context,
                    "service.too_few",
                    found.estimate(),
                    measure="cheaper_and_happier",
                    window=window,
                    values=_subject("better"),
                    id=name,
                )
            )
        else:
            said = (
                name if name != "service.better" else ("service.better_yes" if found.claimed else "service.better_no")
            )
            out.append(
                findings.say(
                    context,
                    said,
                    measure="cheaper_and_happier",
                    estimate=found.estimate(),
                    grade="D",
                    window=window,
                    id=name,
                    values={
                        "cheaper": (found.cheaper, Unit.PROBABILITY),
                        "happier": (found.happier, Unit.PROBABILITY),
                        "claim": (CLAIM, Unit.PROBABILITY),
                    },
                )
            )
    return out


def calls_not_made(context: Context, told: Story) -> Finding:
    """service.calls_not_made: the count with its range, whether or not a saving is claimed from it; and where it would be none."""
    found, social = told.saving.calls, told.social_issues
    options = {"measure": "calls_not_made", "id": "service.calls_not_made"}
    if found.value is None or not social:
        return findings.missing(context, "service.missing_calls_not_made", export="cases", **options)
    if found.n < metrics.LEAST_N or found.low is None:
        values = _subject("calls_not_made")
        return findings.too_few(context, "service.too_few", found, window=told.saving_window, values=values, **options)
    values = {
        "made": (told.social_calls, Unit.COUNT),
        "expected": (found.value + told.social_calls, Unit.COUNT),
        "tipping": (told.social_calls / social, Unit.PER_PERSON),
        "each": (told.gap.others, Unit.PER_PERSON),
    }
    return findings.say(
        context, "service.calls_not_made", estimate=found, grade="D", window=told.saving_window, coverage=told.gap.coverage,
        values=values, **options,
    )  # fmt: skip


def saving(context: Context, found: Saving, window: str) -> Finding:
    """service.saving: calls not made x cost per call, only where cheaper and happier both hold; else withheld, with the reason."""
    if found.amount.value is None:
        return findings.missing(
            context,
            "service.missing_saving",
            export="costs" if found.cost_per_call is None else "cases",
            measure="service_saving",
            id="service.saving",
        )
    if not found.claimed:
        return findings.say(
            context,
            "service.saving_withheld",
            measure="service_saving",
            grade="D",
            window=window,
            state="withheld",
            id="service.saving",
            estimate=Estimate(None, None, None, found.amount.level, found.amount.n, found.amount.method),
            values={"claim": (CLAIM, Unit.PROBABILITY)},
        )
    return findings.say(
        context,
        "service.saving",
        measure="service_saving",
        estimate=found.amount,
        grade="D",
        window=window,
        values={"calls": (found.calls.value, Unit.COUNT), "each": (found.cost_per_call, Unit.MONEY)},
    )


def load(context: Context, found: Estimate, monthly: pd.DataFrame, gap, window: str = "1m") -> Finding:
    """service.load: calls per 1,000 active customers a month, and calls per issue of social users against like others."""
    if found.value is None or monthly.empty:
        return findings.missing(
            context, "service.missing_load", export="phone_load", measure="call_load", id="service.load"
        )
    values = {"calls": (found.n, Unit.COUNT), "basis": _words(f"basis.{monthly['basis'].iloc[-1]}")}
    if gap.estimate.value is None or gap.n_matched < metrics.LEAST_N:
        return findings.say(context, "service.load", measure="call_load", estimate=found, window=window, values=values)
    values |= {
        "social": (gap.treated, Unit.PER_PERSON),
        "others": (gap.others, Unit.PER_PERSON),
        "matched": (gap.n_matched, Unit.COUNT),
    }
    return findings.say(
        context,
        "service.load_compared",
        measure="call_load",
        estimate=found,
        window=window,
        coverage=gap.coverage,
        values=values,
        id="service.load",
    )


def speed(context: Context, found: Speed) -> Finding:
    """service.speed: an association between fast resolution and buying again."""
    if not found.gap.n:
        return findings.missing(
            context, "service.missing_speed", export="cases", measure="retention", id="service.speed"
        )
    if found.gap.value is None or found.gap.low is None or found.gap.n < metrics.LEAST_N:
        return findings.too_few(
            context, "service.too_few", found.gap, measure="retention", values=_subject("speed"), id="service.speed"
        )
    values = {
        "gap": (found.gap.value, Unit.POINTS),
        "gap_low": (found.gap.low, Unit.POINTS),
        "gap_high": (found.gap.high, Unit.POINTS),
        "fast": (found.fast, Unit.SHARE),
        "slow": (found.slow, Unit.SHARE),
        "hours": (found.median_hours, Unit.HOURS),
        "days": (AFTER_DAYS, Unit.DAYS),
    }
    sure = found.gap.low > 0 or found.gap.high < 0
    return findings.say(
        context,
        "service.speed" if sure else "service.speed_unclear",
        measure="retention",
        estimate=found.gap,
        grade="D",
        window="12m",
        coverage=found.coverage,
        values=values,
        id="service.speed",
    )


def attitude(context: Context, by_window: dict[str, Estimate], question: str) -> Finding:
    """service.trust or service.loyalty: mean answer as a share of the highest; "not measured" where nobody was asked."""
    name = f"service.{question}"
    window, found, enough = metrics.widened(by_window)
    if not found.n:
        return findings.missing(
            context, f"service.not_measured_{question}", export="surveys", measure=question, id=name
        )
    if not enough:
        return findings.too_few(
            context, "service.too_few", found, measure=question, window=window, values=_subject(question), id=name
        )
    values = {
        "share": (found.value, Unit.SHARE),
        "share_low": (found.low, Unit.SHARE),
        "share_high": (found.high, Unit.SHARE),
    }
    return findings.say(context, name, measure=question, estimate=found, window=window, values=values)


def touchpoints(context: Context, found: pd.DataFrame, mean: Estimate | None, window: str = "12m") -> Finding:
    """service.touchpoints: contacts per active customer, and how they split."""
    if mean is None or mean.value is None or not found["contacts"].sum():
        return findings.missing(
            context, "service.missing_touchpoints", export="cases", measure="touchpoints", id="service.touchpoints"
        )
    counts = found.set_index("channel")["contacts"]
    values = {c: (int(counts[c]), Unit.COUNT) for c in ("social", "email", "phone", "in_person")}
    return findings.say(
        context, "service.touchpoints", measure="touchpoints", estimate=mean, window=window, values=values
    )


def before_after(context: Context, found: BeforeAfter) -> Finding:
    """service.before_after: change around a contact against like customers; the warning stands in the sentence."""
    gap = found.net.estimate
    if not found.net.n_treated:
        return findings.missing(
            context, "service.missing_before_after", export="cases", measure="before_after", id="service.before_after"
        )
    if gap.value is None or gap.n < metrics.LEAST_N:
        return findings.too_few(
            context,
            "service.too_few",
            gap,
            measure="before_after",
            values=_subject("before_after"),
            id="service.before_after",
        )
    sure = gap.low > 0 or gap.high < 0
    return findings.say(
        context,
        "service.before_after" if sure else "service.before_after_unclear",
        measure="before_after",
        estimate=gap,
        grade="D",
        window="12m",
        coverage=found.net.coverage,
        id="service.before_after",
        values={"naive": (found.naive, Unit.MONEY_PER_CUSTOMER), "trend": _words("apart_before") if found.apart_before else ""},
    )


def exceptions(context: Context, found: Exceptions, window: str = "12m") -> Finding:
    """service.exceptions: how many issues were very bad experiences (the list is restricted)."""
    if not found.issues:
        return findings.missing(context, "service.missing_exceptions", export="cases", id="service.exceptions")
    by_reason = found.counts.groupby("cause")["issues"].sum()
    values = {r: (int(by_reason.get(r, 0)), Unit.COUNT) for r in ("rating", "reopened", "slow")}
    values |= {"bad": (len(found.rows), Unit.COUNT), "hours": (found.limit_hours, Unit.HOURS)}
    return findings.say(
        context,
        "service.exceptions",
        estimate=Estimate(len(found.rows), None, None, metrics.LEVEL, found.issues, "count"),
        window=window,
        values=values,
    )


def _cost(context: Context, made: Measured, window: str, side: str) -> Finding:
    name, found = f"service.cost_{side}", made.cost[side]
    options = {"measure": "cost_per_resolution", "id": name}
    if side == "phone" and metrics.too_few(found) and not metrics.too_few(made.sheet):
        return findings.say(
            context,
            f"service.cost_phone_{made.sheet_basis}",
            estimate=made.sheet,
            window=window,
            values=_terms(context, made),
            **options,
        )
    if made.monthly.empty:
        return findings.missing(context, "service.missing_cost", export="costs", values=_channel(side), **options)
    handled = int((made.rows["channel"] == side).sum())
    if not handled:
        return findings.missing(context, "service.missing_cases", export="cases", values=_channel(side), **options)
    if metrics.too_few(found):
        return findings.too_few(
            context, "service.too_few", found, window=window, values=_subject(f"cost_{side}"), **options
        )
    values = {"handled": (handled, Unit.COUNT), "mixed": (made.mixed[side], Unit.MONEY_PER_ISSUE)} | _terms(
        context, made
    )
    return findings.say(context, name, estimate=found, window=window, values=values, **options)


def _terms(context: Context, made: Measured) -> dict:
    """Words for money in the prices of the period; that it is nominal where no price index came in for it; or nothing."""
    if made.nominal:
        return {"terms": {lang: texts.say("service.nominal", lang) for lang in texts.LANGUAGES}}
    if not made.real:
        return {"terms": ""}
    return {
        "terms": {
            lang: texts.say("service.terms", lang, month=units.month(context.period, lang)) for lang in texts.LANGUAGES
        }
    }


def _words(text_id: str) -> dict[str, str]:
    return {lang: texts.say(f"service.{text_id}", lang) for lang in texts.LANGUAGES}


def _subject(name: str) -> dict:
    return {"subject": _words(f"subject.{name}")}


def _channel(side: str) -> dict:
    return {"channel": {lang: texts.say(f"words.channel.{side}", lang) for lang in texts.LANGUAGES}}


def title(chart: str, language: str) -> str:
    """Title of one of this notebook's charts."""
    return texts.say(f"service.chart_{chart}", language)
