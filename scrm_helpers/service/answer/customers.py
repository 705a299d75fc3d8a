"""What happens to customers around service: calls, speed, trust, contacts, before and after, very bad experiences."""

import pandas as pd

from scrm_helpers import findings, metrics
from scrm_helpers.findings import Context, Finding
from scrm_helpers.service.answer import lacking
from scrm_helpers.service.answer.words import subject, words
from scrm_helpers.service.before_after import BeforeAfter
from scrm_helpers.service.exceptions import Exceptions
from scrm_helpers.service.satisfaction import Asked
from scrm_helpers.service.speed import AFTER_DAYS, Speed
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


def load(context: Context, found: Estimate, monthly: pd.DataFrame, gap, window: str = "1m") -> Finding:
    """service.load: calls per 1,000 active customers a month, and calls per issue of social users against like others."""
    if found.value is None or monthly.empty:
        return findings.missing(
            context, "service.missing_load", export="phone_load", measure="call_load", id="service.load"
        )
    values = {"calls": (found.n, Unit.COUNT), "basis": words(f"basis.{monthly['basis'].iloc[-1]}")}
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
            context, "service.too_few", found.gap, measure="retention", values=subject("speed"), id="service.speed"
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


def attitude(context: Context, by_window: dict[str, Estimate], question: str, scale_max: float | None, asked: Asked) -> Finding:
    """service.trust or service.loyalty: mean answer as a share of the highest; "not measured", with the reason, without an answer.

    `scale_max`, the highest answer, goes along among the values: the goal ledger promises on the scale of the question.
    """
    name = f"service.{question}"
    window, found, enough = metrics.widened(by_window)
    if not found.n:
        return lacking.attitude(context, asked, question)
    if not enough:
        return findings.too_few(
            context, "service.too_few", found, measure=question, window=window, values=subject(question), id=name
        )
    values = {
        "share": (found.value, Unit.SHARE),
        "share_low": (found.low, Unit.SHARE),
        "share_high": (found.high, Unit.SHARE),
        "scale_max": (scale_max, Unit.SCORE),
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
            values=subject("before_after"),
            id="service.before_after",
        )
    sure = gap.low > 0 or gap.high < 0
    more = found.issues.estimate
    ends = {"": more.value, "_low": more.low, "_high": more.high}
    return findings.say(
        context,
        "service.before_after" if sure else "service.before_after_unclear",
        measure="before_after",
        estimate=gap,
        grade="D",
        window="12m",
        coverage=found.net.coverage,
        id="service.before_after",
        values={
            "naive": (found.naive, Unit.MONEY_PER_CUSTOMER),
            **{f"issues{end}": (value, Unit.PER_PERSON) for end, value in ends.items()},
            "trend": words("apart_before") if found.apart_before else "",
        },
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
