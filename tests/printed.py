"""Which numbers of a printed page its own answers (`why`) cover: every token with a digit, in the form the page writes it."""

from datetime import date

import pandas as pd

from scrm_helpers import units
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure
from scrm_helpers.why.page import NUMBER

# Marks of a picture's axis and the 0 of a range bar are no figures; what they stand beside is.
AXES = ("board.spend_by_month",)
ZERO = "0"


def tokens_of(answers: list[Behind], language: str) -> set[str]:
    """Every number, as printed, that the answers of one place give: figures rounded by any range there, ends, days and months."""
    figures = [f for a in answers for f in a.figures.values()]
    ranges = {(f.low, f.high) for f in figures} | {(None, None)}
    texts: list[str] = []
    for f in figures:
        unit = Unit(f.unit)
        texts += _ends(f, unit, language)
        for low, high in ranges if f.value is not None else ():
            for value in (f.value, abs(f.value)):
                texts += [units.write(value, unit, language, low=low, high=high, signed=s) for s in (False, True)]
                texts += [units.write(value, unit, language, signed=s, scaled=False) for s in (False, True)]  # bars of the bridge
                if unit in (Unit.SHARE, Unit.PROBABILITY, Unit.POINTS):
                    texts += [units.percent(value, language, 1), units.write(round(value, 3), Unit.POINTS, language)]
                texts += units.compact(value, unit, language, low=low, high=high)
        if f.value is not None:
            texts.append(str(round(f.value)))
        elif f.low is not None or f.high is not None:  # a promise, as it was typed
            texts.append(units.write_range(f.low, f.high, unit, language, typed=True))
    hours = [f.value for f in figures if f.unit == Unit.HOURS and f.value is not None]
    texts += [text for one in hours for text in units.write_all([one, 0.4], Unit.HOURS, language)]  # with the decimal of its column
    for a in answers:
        texts += [units.date(v, language) for v in _days(a.rows)]
        texts += [str(v) for c in ("month", "note", "goal", "campaign") if c in a.rows for v in a.rows[c].dropna().unique()]
    return {n for text in texts for n in NUMBER.findall(text)}


def _ends(f: Figure, unit: Unit, language: str) -> list[str]:
    if f.low is None and f.high is None:
        return []
    ends = [units.write_ends(f.low, f.high, unit, language, with_unit=w, of=f.value) for w in (True, False)]
    return [units.write_range(f.low, f.high, unit, language, of=f.value), *ends[0], *ends[1]]


def _days(rows: pd.DataFrame) -> list[date]:
    found = {v for c in rows.columns for v in rows[c].dropna().unique() if isinstance(v, date)} if len(rows) else set()
    return [pd.Timestamp(v).date() for v in found]
