"""What one resolution costs and how customers found it, and what answering on social saves."""

from scrm_helpers import findings, metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.service.answer import lacking
from scrm_helpers.service.answer.words import channel_words, subject
from scrm_helpers.service.better import CLAIM, Saving
from scrm_helpers.service.effects import Effects
from scrm_helpers.service.measured import Measured, chosen, judged_window
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


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
            out.append(lacking.satisfaction(context, lacking.widest(by_window), side, name))
        elif metrics.too_few(found):
            out.append(
                findings.too_few(
                    context,
                    "service.too_few",
                    found,
                    measure="csat",
                    window=window,
                    values=subject(f"csat_{side}"),
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
            if any(f.id == "service.better" and f.state == "missing" for f in out):
                continue  # the looser reading lacks what the first does: one sentence says it
            out.append(lacking.better(context, made, name))
        elif found.n < metrics.LEAST_N:
            out.append(
                findings.too_few(
                    context,
                    "service.too_few",
                    found.estimate(),
                    measure="cheaper_and_happier",
                    window=window,
                    values=subject(name.removeprefix("service.")),
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


def calls_not_made(context: Context, told: Effects) -> Finding:
    """service.calls_not_made: the count with its range, whether or not a saving is claimed from it; and where it would be none."""
    found, brought = told.saving.calls, told.brought
    options = {"measure": "calls_not_made", "id": "service.calls_not_made"}
    if found.value is None or not brought.issues:
        return findings.missing(context, "service.missing_calls_not_made", export="cases", **options)
    if found.n < metrics.LEAST_N or found.low is None:
        values = subject("calls_not_made")
        return findings.too_few(context, "service.too_few", found, window=told.saving_window, values=values, **options)
    values = {
        "made": (brought.calls, Unit.COUNT),
        "seen": (brought.seen, Unit.COUNT),
        "expected": (found.value + brought.calls, Unit.COUNT),
        "tipping": (brought.calls / brought.issues, Unit.PER_PERSON),
        "each": (told.gap.others, Unit.PER_PERSON),
    }
    sentence = "service.calls_not_all_seen" if brought.unseen else "service.calls_not_made"
    return findings.say(
        context, sentence, estimate=found, grade="D", window=told.saving_window, coverage=told.gap.coverage,
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
        return findings.missing(context, "service.missing_cost", export="costs", values=channel_words(side), **options)
    handled = int((made.rows["channel"] == side).sum())
    if not handled:
        return findings.missing(context, "service.missing_cases", export="cases", values=channel_words(side), **options)
    if metrics.too_few(found):
        return findings.too_few(
            context, "service.too_few", found, window=window, values=subject(f"cost_{side}"), **options
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
