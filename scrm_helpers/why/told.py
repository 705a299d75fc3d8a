"""What `why` prints: each number as the page prints it, with what makes it, in the language of the command."""

import re

from scrm_helpers import units
from scrm_helpers.texts import has, spoken, tell
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure

NO_CENTS = re.compile(r"[.,]0+(?=[^\d.,]*$)")  # decimals that say nothing
NAMED_UNIT = ("money_per_", "per_person", "ratio", "score")  # units that the number alone does not show


def lines(asked: str, behind: Behind, currency: str) -> list[str]:
    """One line for each number of an answer: its name, what its rows add up to, the number with its range, the rule that makes it."""
    out = []
    for name, figure in behind.figures.items():
        if figure.value is None and figure.low is None:
            continue
        mine = behind.rows[behind.rows["number"] == name]
        part, whole = (float(mine[c].astype(float).sum()) for c in ("part", "whole"))
        made = "" if figure.how or not whole else f"{_plain(part)} / {_plain(whole)} = {_unrounded(part / whole, figure, currency)}"
        checked = tell("why.again" if figure.again is not None else "why.shown")
        rule = f"; {figure.how}; {checked}" if figure.how else ""
        out.append(f"{named(asked, name)} = {made}{number(figure, currency)}{rule}")
    return out or [f"{asked}: {tell('why.words')}"]


def _unrounded(given: float, figure: Figure, currency: str) -> str:
    """What a division gives, where the page rounds it to something else; '' where it prints just that."""
    if figure.value is None or figure.unit not in list(Unit) or figure.unit == Unit.VERDICT:
        return ""
    unit = Unit(figure.unit)
    page = units.write(figure.value, unit, spoken(), currency=currency, low=figure.low, high=figure.high)
    fine = units.exact(given, unit, spoken(), currency=currency)
    return "" if page in (fine, NO_CENTS.sub("", fine)) else tell("why.rounded", exact=fine)


def number(figure: Figure, currency: str) -> str:
    """A number with its unit and its range, as the page writes them; a range alone where there is no number."""
    ends = figure.low is not None and figure.high is not None
    if figure.unit not in list(Unit) or figure.unit == Unit.VERDICT:
        said = "" if figure.value is None else _plain(figure.value)
        span = units.write_range(figure.low, figure.high, Unit.SCORE, spoken()) if ends else ""
        return said + (tell("why.span", span=span) if said and span else span)
    unit, given = Unit(figure.unit), {"currency": currency}
    if unit is Unit.HOURS and figure.value is not None and not ends:  # a column of hours shares its decimals: the finest here
        return units.exact(figure.value, unit, spoken())
    typed = figure.value is None  # a promise: two ends that somebody wrote down
    given_span = {"with_unit": True, "typed": typed, "of": figure.value}
    span = units.write_range(figure.low, figure.high, unit, spoken(), **given_span, **given) if ends else ""
    if typed:
        return span
    said = units.write(figure.value, unit, spoken(), low=figure.low, high=figure.high, **given)
    label = f" ({units.unit_label(unit, spoken(), currency=currency)})" if unit.startswith(NAMED_UNIT) else ""
    return said + label + (tell("why.span", span=span) if span else "")


def exactly(value: float | None, unit: str, currency: str, other: float | None = None) -> str:
    """A number to the last digit that the books have, for one that does not come out; finer where it would read as the `other`."""
    if value is None:
        return tell("told.none")
    told = [units.exact(v, Unit(unit), spoken(), currency=currency) if unit in list(Unit) else "" for v in (value, other)]
    return told[0] if told[0] and told[0] != told[1] else units.csv_number(units.steady(float(value)), spoken())


def named(asked: str, name: str) -> str:
    """The name of a number below its id; the id's own number has none."""
    return asked if name in ("value", asked) else f"{asked}, {_name(name)}"


def _name(name: str) -> str:
    """A number's name in the reader's words, part by part, where they are the suite's; ids and months are as they are."""
    return ", ".join(_word(part) for part in name.split(", "))


def _word(part: str) -> str:
    known = (f"why.name.{part.replace(' ', '_').replace(chr(39), '')}", f"board.cause.{part}", f"words.table.{part}")
    return next((tell(k) for k in known if has(k)), part)


def _plain(value: float) -> str:
    return units.integer(value, spoken()) if float(value).is_integer() else units.till(value, spoken())
