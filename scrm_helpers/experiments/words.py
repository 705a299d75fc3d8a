"""Tests and the user gap as findings and tables: numbers into sentences of `texts`."""

import pandas as pd

from scrm_helpers import findings, tested, texts, units
from scrm_helpers.experiments.effects import LEAST_BUYERS
from scrm_helpers.experiments.reading import Reading, differing
from scrm_helpers.experiments.users import UserGap
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.segmentation import PROVINCES
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

MEASURE = {"spend": "test_effect", "orders": "test_orders", "conversion": "test_conversion"}
UNIT = {"spend": Unit.MONEY_PER_PERSON, "orders": Unit.PER_PERSON, "conversion": Unit.POINTS, "order_value": Unit.MONEY_PER_ORDER}
BASE = UNIT | {"conversion": Unit.SHARE}  # control's own figure is a share, the gap is in points


def said(text_id: str, **values) -> dict[str, str]:
    """A text in every language, to be put into another."""
    return {
        language: texts.say(
            text_id, language, **{k: v[language] if isinstance(v, dict) else v for k, v in values.items()}
        )
        for language in texts.LANGUAGES
    }


def estimate_of(found) -> Estimate:
    """A difference as an estimate (its p stays behind)."""
    return Estimate(found.value, found.low, found.high, LEVEL, found.n, found.method)


def findings_of(context: Context, readings: list[Reading], *, declared: bool) -> list[Finding]:
    """One finding per test (and treatment), and one on its segments where they were declared. `declared`: the registry has a test."""
    if not readings and not declared:
        return [findings.missing(context, "experiments.none", export="experiments", measure="test_effect")]
    if not readings:
        return [
            findings.say(
                context, "experiments.not_begun", measure="test_effect", state="withheld", id="experiments.none"
            )
        ]
    if not any(r.counts["treated"] + r.counts["control"] for r in readings):
        return [findings.missing(context, "experiments.unassigned", export="assignments", measure="test_effect")]
    treatments = pd.Series([r.trial.id for r in readings]).value_counts()
    out = []
    for r in readings:
        name = f"experiments.{r.trial.id}" + (f".{r.arm}" if treatments[r.trial.id] > 1 else "")
        out.append(_of_test(context, r, name))
        if len(r.segments) and r.segments["value"].notna().any():
            out.append(_of_segments(context, r, name))
    return out


def _of_test(context: Context, r: Reading, name: str) -> Finding:
    measure, unit = MEASURE[r.trial.metric], UNIT[r.trial.metric]
    counted = {
        "name": r.trial.name,
        "treated": (r.counts["treated"], Unit.COUNT),
        "control": (r.counts["control"], Unit.COUNT),
    }
    if r.verdict == "invalid":
        planned = said("experiments.unplanned") if r.trial.planned is None else (r.trial.planned, Unit.SHARE)
        where = _where(r.split.where) if r.split.where else ""
        return findings.say(
            context,
            "experiments.invalid",
            measure=measure,
            state="withheld",
            window="all",
            id=name,
            values=counted | {"planned": planned, "where": where},
        )
    if r.verdict == "running":
        return findings.say(
            context,
            "experiments.running",
            measure=measure,
            state="withheld",
            window="all",
            id=name,
            values=counted | {"stop": r.trial.stop, "early": _early(context, r, unit)},
        )
    if r.verdict == "too_few":
        few = {"buyers": (r.counts["buyers"], Unit.COUNT), "least": (LEAST_BUYERS, Unit.COUNT)}
        n = Estimate(None, None, None, LEVEL, r.counts["buyers"], "")
        return findings.too_few(
            context, "experiments.too_few", n, measure=measure, window="all", id=name, values=counted | few
        )
    effect = r.effects[r.trial.metric]
    values = {
        "name": r.trial.name,
        "metric": said(f"experiments.metric.{r.trial.metric}"),
        "unit": said(f"experiments.unit.{r.trial.unit}"),
        "control": (effect.control, BASE[r.trial.metric]),
        "visible": (effect.visible, unit),
        "placebo": (r.placebo.value if r.placebo else None, Unit.MONEY),
        "late": _late(r),
        "guard": _guard(context, r),
    }
    text_id = "experiments.unlike" if r.grade == "D" else f"experiments.{r.verdict}"
    return findings.say(
        context,
        text_id,
        measure=measure,
        estimate=estimate_of(effect.adjusted),
        grade=r.grade,
        window="all",
        id=name,
        values=values,
    )


def _guard(context: Context, r: Reading) -> dict[str, str]:
    """The guardrails: whether any measure beside the declared one got worse, and which."""
    beside = [m for m in r.effects if m != r.trial.metric]
    out = dict.fromkeys(texts.LANGUAGES, "")
    for language in texts.LANGUAGES if beside else ():
        put = {"currency": context.currency}
        told = []
        for metric in r.worse or beside:
            name, found, unit = texts.say(f"experiments.metric.{metric}", language), r.effects[metric].adjusted, UNIT[metric]
            ends = units.write_range(found.low, found.high, unit, language, **put) if r.worse else ""
            told.append(f"{name} ({ends})" if ends else name)
        how = "broken" if r.worse else "kept"
        out[language] = " " + texts.say(f"experiments.guard.{how}", language, names=", ".join(told))
    return out


def _late(r: Reading) -> dict[str, str]:
    """A warning where the test was declared after it had begun; empty elsewhere."""
    if not r.trial.late:
        return dict.fromkeys(texts.LANGUAGES, "")
    return {lang: " " + texts.say("experiments.late", lang, day=units.date(r.trial.declared, lang)) for lang in texts.LANGUAGES}


def _early(context: Context, r: Reading, unit: Unit) -> dict[str, str]:
    """What may be said before the stop date: nothing where the bound for early looks was not crossed, else the figure so far."""
    found = r.early.adjusted if r.early else None
    if found is None or found.low is None or found.high is None:
        return said("experiments.early.too_few")
    if found.low <= 0 <= found.high:
        return said("experiments.early.within")
    out = {}
    for language in texts.LANGUAGES:
        put = {"currency": context.currency}
        out[language] = texts.say(
            "experiments.early.beyond",
            language,
            value=units.write(found.value, unit, language, low=found.low, high=found.high, **put),
            range=units.write_range(found.low, found.high, unit, language, **put),
        )
    return out


def _of_segments(context: Context, r: Reading, name: str) -> Finding:
    apart, read = differing(r.segments), int(r.segments["value"].notna().sum())
    where = {
        language: ", ".join(
            f"{texts.say(f'words.segment.{s}', language)}: {segment_word(s, v, language)}"
            for s, v in apart[["segment", "level_of"]].itertuples(index=False)
        )
        for language in texts.LANGUAGES
    }
    text_id = "experiments.segments.differ" if len(apart) else "experiments.segments.alike"
    return findings.say(
        context,
        text_id,
        grade=r.grade,
        window="all",
        id=f"{name}.segments",
        estimate=Estimate(None, None, None, LEVEL, read, "studentised permutation, Sidak over segments"),
        values={"name": r.trial.name, "where": where},
    )


def _where(place: str) -> dict[str, str]:
    segment, value = place.split(": ", 1)
    named = {
        lang: f"{texts.say(f'words.segment.{segment}', lang)}: {segment_word(segment, value, lang)}"
        for lang in texts.LANGUAGES
    }
    return said("experiments.where", where=named)


def segment_word(column: str, value: str, language: str) -> str:
    """A segment in the reader's words."""
    known = f"words.level_of.{value}"
    return texts.say(known, language) if texts.has(known) else label_of(column, value)


def user_findings(context: Context, gap: UserGap | None, gaps: pd.DataFrame, *, window: int) -> list[Finding]:
    """The gap of social users in three columns, with placebo and sensitivity; what is missing where it cannot be said."""
    if gap is None:
        return [
            findings.missing(
                context, "experiments.users.missing", export="touches", measure="user_gap", id="experiments.users"
            )
        ]
    if gap.like is None:
        n = Estimate(None, None, None, LEVEL, gap.users, "")
        return [findings.too_few(context, "experiments.users.too_few", n, measure="user_gap", id="experiments.users")]
    how = {None: "unchecked", True: "failed", False: "passed"}[gap.placebo_failed]
    placebo = {
        language: texts.say(
            f"experiments.users.placebo.{how}", language, placebo=_ranged(context, gap.placebo, language)
        )
        for language in texts.LANGUAGES
    }
    hidden = "unknown" if gap.sensitivity is None else "nothing" if gap.sensitivity.limit == 1 else "known"
    sensitivity = {}
    for language in texts.LANGUAGES:
        strength = units.write(gap.sensitivity.point, Unit.RATIO, language) if hidden == "known" else ""
        share = units.write(gap.robustness, Unit.SHARE, language) if gap.robustness is not None else ""
        said_of = [texts.say(f"experiments.users.sensitivity.{hidden}", language, evalue=strength)]
        if share:
            said_of.append(texts.say("experiments.users.robustness", language, share=share))
        sensitivity[language] = " ".join(said_of)
    estimate = estimate_of(gap.like.robust)._replace(n=gap.users)
    values = {
        "raw": (gap.like.raw.value, Unit.MONEY),
        "months": (window, Unit.COUNT),
        "tested": tested.words(gaps, about="social", currency=context.currency),
        "placebo": placebo,
        "sensitivity": sensitivity,
    }
    return [
        findings.say(
            context,
            "experiments.users.said",
            measure="user_gap",
            estimate=estimate,
            grade=gap.grade,
            window="all",
            coverage=gap.like.kept,
            values=values,
            id="experiments.users",
        )
    ]


def _ranged(context: Context, found, language: str) -> str:
    if found is None or found.low is None:
        return ""
    put = {"currency": context.currency}
    value = units.write(found.value, Unit.MONEY, language, low=found.low, high=found.high, **put)
    return f"{value}; {units.write_range(found.low, found.high, Unit.MONEY, language, **put)}"


def label_of(dimension: str, value: str) -> str:
    """A city's own name for its key; other segments as they are (their words stand in `texts`)."""
    return PROVINCES[value].name if dimension == "city" and value in PROVINCES else value
