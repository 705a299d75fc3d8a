"""What a figure made of survey answers lacks: no survey, not this question, asked but silent, or answers tied to no channel."""

from typing import NamedTuple

from scrm_helpers import findings, metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.service.answer.words import channel_words, subject, words
from scrm_helpers.service.measured import SIDES, Measured
from scrm_helpers.service.satisfaction import Asked
from scrm_helpers.units import Unit

# inputs that are lacking where surveys came in: each has words of its own on the board page (texts board.input)
UNTIED = "survey_links"  # answers came without a case or a channel
QUESTION = "survey_questions"  # answers came, none to this question
SILENT = "survey_replies"  # customers were asked, none answered


class Lack(NamedTuple):
    """A reason (text `service.lacks.<reason>`), the input that would mend it, and the values of its sentence."""

    reason: str
    missing: str
    values: dict


def widest(by_window: dict[str, Measured]) -> Measured:
    """The measures of the longest window: what is not in it did not come in."""
    return by_window[max(by_window, key=lambda w: metrics.WINDOWS[w])]


def satisfaction(context: Context, made: Measured, side: str, name: str) -> Finding:
    """Satisfaction with a side that nobody's answer is known of."""
    lack = _answers(made, side)
    text = {"answers": "missing_csat", "silent": "silent_csat", "untied": "untied_csat"}[lack.reason]
    options = {"id": name, "state": "missing", "missing": lack.missing}
    return findings.say(context, f"service.{text}", measure="csat", values=lack.values, **options)


def attitude(context: Context, asked: Asked, question: str) -> Finding:
    """Trust or loyalty without an answer in 12 months: no survey came, none asks about it, or nobody answers any more."""
    values = subject(question) | {"column": words(f"column.{question}"), "answers": (asked.answers, Unit.COUNT)}
    if question in asked.last:
        text, values = "last_attitude", values | {"day": asked.last[question]}
    else:
        text = "unasked_attitude" if asked.answers else "no_survey_attitude"
    missing = QUESTION if asked.answers else "surveys"
    options = {"id": f"service.{question}", "state": "missing", "missing": missing}
    return findings.say(context, f"service.{text}", measure=question, window="12m", values=values, **options)


def better(context: Context, made: Measured, name: str) -> Finding:
    """Cheaper and better rated without a chance: the first of costs, cases and answers that one of the two sides lacks."""
    lack = _first(made)
    counts = {n: {lang: units.write(*v, lang) for lang in texts.LANGUAGES} for n, v in lack.values.items() if isinstance(v, tuple)}
    why = words(f"lacks.{lack.reason}", **lack.values | counts)
    options = {"id": name, "state": "missing", "missing": lack.missing}
    return findings.say(context, "service.missing_better", measure="cheaper_and_happier", values={"why": why}, **options)


def _first(made: Measured) -> Lack:
    if not made.channels:
        return Lack("cases", "cases", {})
    for side in SIDES:
        if side not in made.channels:
            return Lack("side", "cases", channel_words(side))
    if made.monthly.empty:
        return Lack("costs", "costs", {})
    for side in SIDES:
        if not (made.rows["resolved"].astype(bool) & (made.rows["channel"] == side)).any():
            return Lack("resolved", "costs" if made.rows.empty else "cases", channel_words(side))
    return _answers(made, next(side for side in SIDES if not made.csat[side].n))


def _answers(made: Measured, side: str) -> Lack:
    """Why no answer about a side is known. Cases that were asked about say so themselves; a survey's file holds answers alone."""
    loose = int(((made.answers["question"] == "csat") & made.answers["channel"].isna()).sum())
    if loose:
        return Lack("untied", UNTIED, channel_words(side) | {"loose": (loose, Unit.COUNT)})
    if made.response[side] is not None:
        return Lack("silent", SILENT, channel_words(side))
    return Lack("answers", "surveys", channel_words(side))
