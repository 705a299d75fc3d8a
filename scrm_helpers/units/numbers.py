"""Numbers as a reader expects them; the rules on digits stand at the head of the package `units`."""

import operator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from scrm_helpers.errors import ToldError
from scrm_helpers.units.forms import (
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    BILLION,
    MILLION,
    NONE,
    PER_CENT,
    SCALE_WORDS,
    Form,
    Unit,
    check_language,
    currency_sign,
    form_of,
)

MINUS = "\u2212"  # the true minus sign: a hyphen can break away from its number at the end of a line
_CONTEXT = Context(prec=900, rounding=ROUND_HALF_UP)  # the largest float has 309 digits before the point
STEADY = 12  # significant digits of a stored float
_STORED = Context(prec=STEADY, rounding=ROUND_HALF_UP)


class _Shown(NamedTuple):
    """A number ready to be dressed: sign, digits, scale (1, a million, a billion)."""

    sign: str
    digits: str
    scale: Decimal



def write(value, unit: Unit, language: str, *, currency: str = "TRY", low=None, high=None, signed: bool = False,
          with_unit: bool = True, scaled: bool = True) -> str:
    """Write `value` with its unit: "412 TL", "0.6 m TL", "74%"; "0,6 mn TL", "%74" in Turkish.

    `low` and `high` are the ends of its range and decide the rounding (module docstring); they are not printed. A value that is
    its own low end ("at least") is rounded down, one that is its own high end ("at most") up.
    None and NaN (a ratio whose denominator is 0) give "none" / "yok". `signed` puts a plus before gains; without `scaled` a million
    is written out, for sums that a reader adds up.
    """
    form, number = form_of(unit, language), _number(value, "value")
    if number is None:
        return NONE[language]
    way = _way(number, low, high)
    shown, = _show([number], form, language, *(() if way else (low, high)), way=way, signed=signed, scaled=scaled)
    if form is PER_CENT and number > 0 and not shown.digits.strip("0.,") and not signed and low is None and high is None:
        least = _digits(Decimal(1).scaleb(-form.finest), form.finest, language)
        return BELOW[language].format(least=_dress(least, form, language, currency))
    return _dress(shown, form, language, currency, with_unit=with_unit)


def write_ends(low, high, unit: Unit, language: str, *, currency: str = "TRY",
               with_unit: bool | None = None, typed: bool = False, of=None) -> tuple[str, str]:
    """Both ends of a range for "between {low} and {high}", on one scale: ("330", "540"), ("−0.3", "1.6 m TL").

    The unit stands once, after the high end: with_unit None shows it only where the digits alone would mislead
    (millions), True always, False never; a per cent sign belongs to the number and stays. A missing end is "none"; the other is
    then a bound and rounded as one.
    `typed`: somebody wrote these ends down (a promise); they keep their digits, whatever the width between them. `of`: the value
    whose range this is; where that is one of the ends they are bounds, on scales of their own where one would not show both.
    """
    form = form_of(unit, language)
    ends = [_number(low, "low"), _number(high, "high")]
    present = [end for end in ends if end is not None]
    bounds = of is not None and _way(_number(of, "of"), low, high) is not None
    if typed:
        each_end = _typed(present, form, language)
    elif bounds or len(present) == 1:
        ways = zip(ends, (ROUND_FLOOR, ROUND_CEILING), strict=True)
        each_end = [_show([end], form, language, way=way)[0] for end, way in ways if end is not None]
    else:
        each_end = _show(present, form, language, low, high)
    shown, apart = iter(each_end), len({each.scale for each in each_end}) > 1
    texts = []
    for position, end in enumerate(ends):
        if end is None:
            texts.append(NONE[language])
            continue
        each = next(shown)
        last = position == 1 or ends[1] is None
        full = (last or apart) and with_unit is not False and (with_unit or apart or each.scale != 1)
        texts.append(_dress(each, form, language, currency, with_unit=bool(full), with_scale=last or apart))
    return texts[0], texts[1]


def write_range(low, high, unit: Unit, language: str, *, currency: str = "TRY", with_unit: bool | None = None,
                typed: bool = False, of=None) -> str:
    """A range: "330 to 540" / "330 ile 540", "71% to 77%" / "%71 ile %77", "−0.3 to 1.6 m TL" / "−0,3 ile 1,6 mn TL".

    One end unknown (None): "330 or more" / "en az 330". Both unknown: "none" / "yok". `with_unit`, `typed`, `of` as in write_ends.
    """
    low_text, high_text = write_ends(low, high, unit, language, currency=currency, with_unit=with_unit, typed=typed, of=of)
    missing = _number(low, "low") is None, _number(high, "high") is None
    patterns = {(True, True): NONE, (True, False): AT_MOST, (False, True): AT_LEAST, (False, False): BETWEEN}
    return patterns[missing][language].format(low=low_text, high=high_text)


def steady(value, digits: int = STEADY):
    """A number as it is stored: a float cut to 12 significant digits, anything else as it is.

    Sums over rows come in an order that threads decide; beyond the twelfth digit that order would show.
    """
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def write_all(values, unit: Unit, language: str, *, currency: str = "TRY", with_unit: bool = True) -> list[str]:
    """Several values on one scale with the same decimals, for the ticks of an axis or a column: ["0.0 m TL", ...]."""
    form, numbers = form_of(unit, language), [_number(value, "value") for value in values]
    shown = iter(_show([number for number in numbers if number is not None], form, language))
    return [NONE[language] if number is None else _dress(next(shown), form, language, currency, with_unit=with_unit)
            for number in numbers]


def compact(value, unit: Unit, language: str, *, currency: str = "TRY", low=None, high=None,
            signed: bool = False) -> tuple[str, str]:
    """Number and unit apart, for a tile: ("0.6", "m TL"), ("0,6", "milyon TL"), ("74", "%"), ("%74", "").

    Counts too are given in millions here. What stands before the number in Turkish stays with it. None: ("none", "").
    """
    form, number = form_of(unit, language), _number(value, "value")
    if number is None:
        return NONE[language], ""
    way = _way(number, low, high)
    shown, = _show([number], form, language, *(() if way else (low, high)), way=way, signed=signed, scale_counts=True)
    number = f"{shown.sign}{form.before.get(language, '')}{shown.digits}"
    return number, _after(shown, form, language, currency, tile=True)


def exact(value, unit: Unit, language: str, *, currency: str = "TRY") -> str:
    """The figure that ties to the books, never in millions: money with cents, counts whole, shares to 0.01%."""
    form, number = form_of(unit, language), _number(value, "value")
    if number is None:
        return NONE[language]
    return _dress(_digits(number * form.factor, form.finest, language), form, language, currency)


def integer(n, language: str, *, signed: bool = False) -> str:
    """A whole number with its thousands apart: "1,234" / "1.234"."""
    return write(n, Unit.COUNT, language, signed=signed)


def percent(share, language: str, decimals: int | None = None) -> str:
    """A share 0-1 in per cent: "74%" / "%74"; `decimals` None takes two leading digits ("1.4%", "0.68%")."""
    form, number = form_of(Unit.SHARE, language), _number(share, "share")
    if number is None or decimals is None:
        return write(number, Unit.SHARE, language)
    return _dress(_digits(number * form.factor, decimals, language), form, language, "TRY")


def till(x: float, language: str) -> str:
    """A sum as a till prints it, with two decimals: 1,234.50, in Turkish 1.234,50."""
    plain = f"{x:,.2f}"
    return plain if language == "en" else plain.translate(str.maketrans(",.", ".,"))


def csv_number(x, language: str) -> str:
    """A number for a CSV file, all its digits, no thousands mark: "1234.5", for Turkish Excel "1234,5". None: ""."""
    check_language(language)
    number = _number(x, "x")
    if number is None:
        return ""
    text = format(number, "f")
    return text.replace(".", ",") if language == "tr" else text


def _way(number: Decimal, low, high) -> str | None:
    """How a bound is rounded: down where the number is its own low end, up where it is its own high end; None where it is neither."""
    least, most = _number(low, "low"), _number(high, "high")
    if number == least and most != least:
        return ROUND_FLOOR if most is None or most > least else None
    return ROUND_CEILING if number == most and (least is None or least < most) else None


def _show(numbers: list[Decimal], form: Form, language: str, low=None, high=None, *, way: str | None = None, signed: bool = False,
          scale_counts: bool = False, scaled: bool = True) -> list[_Shown]:
    """Numbers on one scale and with the same decimals, both chosen from them and their range; rounded half up, or the `way` of a bound."""
    ends = [end for end in (_number(low, "low"), _number(high, "high")) if end is not None]
    if len(ends) == 2 and ends[0] > ends[1]:
        raise ToldError(f"the range came as {low} to {high}; expected low <= high. Swap the ends.")
    if not numbers:
        return []
    factor = Decimal(form.factor)
    numbers, ends = [number * factor for number in numbers], [end * factor for end in ends]
    if way:  # beyond a stored float's digits there is no money that a bound could lose
        numbers = [_STORED.plus(number) for number in numbers]
    scale = Decimal(1)
    if scaled and form.rule == "money" or scale_counts and form.rule == "whole":
        scale = _scale(max(abs(number) for number in numbers + ends), way)
    numbers, ends = [_divide(number, scale) for number in numbers], [_divide(end, scale) for end in ends]
    if len(ends) == 2:
        half = _divide(ends[1] - ends[0], 2)
    else:  # one end alone: the way from the value to it
        half = max((abs(number - end) for number in numbers for end in ends), default=Decimal(0))
    if half:
        decimals = _decimals_of_range(half, max(abs(number) for number in numbers + ends), form, scale)
    else:
        decimals = max(_decimals_alone(number, form, scale, way) for number in numbers)
        finest = decimals if len(numbers) == 1 else max(decimals, 2 if scale != 1 else form.finest)
        while decimals < finest and len({_round(number, decimals) for number in numbers}) < len(set(numbers)):
            decimals += 1  # two ticks of an axis must not read the same
    return [_digits(number, decimals, language, signed=signed, scale=scale, way=way) for number in numbers]


def _typed(numbers: list[Decimal], form: Form, language: str) -> list[_Shown]:
    """Numbers as they were written down, on one scale: as many decimals as they have, up to the finest of the unit."""
    factor = Decimal(form.factor)
    numbers = [number * factor for number in numbers]
    scale = _scale(max((abs(number) for number in numbers), default=Decimal(0))) if form.rule == "money" else Decimal(1)
    numbers = [_divide(number, scale).normalize(_CONTEXT) for number in numbers]
    finest = 2 if scale != 1 else form.finest
    decimals = max((min(finest, max(0, -number.as_tuple().exponent)) for number in numbers), default=0)
    return [_digits(number, decimals, language, scale=scale) for number in numbers]


def _scale(largest: Decimal, way: str | None = None) -> Decimal:
    # What would round up to a million is a million: 999,999.7 TL is written 1.0 m TL, not 1,000,000 TL.
    if _round(_divide(largest, MILLION), 1, way) >= 1000:
        return BILLION
    return MILLION if _round(largest, 0, way) >= MILLION else Decimal(1)


def _decimals_of_range(half: Decimal, largest: Decimal, form: Form, scale: Decimal) -> int:
    decimals = -_divide(half, 2).adjusted()  # adjusted() is the exponent of the leading digit, exact where log10 is not
    if decimals < 0 and largest < 1000:
        decimals = 0
    finest = 2 if scale != 1 else form.finest
    return min(decimals, finest)


def _decimals_alone(number: Decimal, form: Form, scale: Decimal, way: str | None = None) -> int:
    size = abs(number)
    if scale != 1:
        return 1 if _round(size, 1, way) < 100 else 0
    if form.rule == "whole" or size == size.to_integral_value(context=_CONTEXT):
        return 0
    if form.rule == "money":
        return 2 if _round(size, 2, way) < 10 else 0
    decimals = next((d for d in range(form.finest, 0, -1) if _round(size, d, way) < Decimal(10) ** (2 - d)), 0)
    if form is PER_CENT and size < 100:  # 99.7% reconciled is not 100%
        while decimals < form.finest and _round(size, decimals, way) == 100:
            decimals += 1
    return decimals


def _digits(number: Decimal, decimals: int, language: str, *, signed: bool = False,
            scale: Decimal = Decimal(1), way: str | None = None) -> _Shown:
    rounded = _round(number, decimals, way)
    text = format(abs(rounded), ",f")
    if language == "tr":
        text = text.translate({ord(","): ".", ord("."): ","})
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""  # what rounds to 0 carries no sign
    return _Shown(sign, text, scale)


def _round(number: Decimal, decimals: int, way: str | None = None) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=way, context=_CONTEXT)


def _divide(number: Decimal, by) -> Decimal:
    return _CONTEXT.divide(number, Decimal(by))


def _dress(shown: _Shown, form: Form, language: str, currency: str, *, with_unit: bool = True,
           with_scale: bool = True) -> str:
    number = f"{shown.sign}{form.before.get(language, '')}{shown.digits}"
    if form is PER_CENT:
        return number + form.after.get(language, "")
    if not with_unit:
        words = SCALE_WORDS[language][shown.scale][0] if shown.scale != 1 and with_scale else ""
    else:
        words = _after(shown, form, language, currency)
    return f"{number} {words}" if words else number


def _after(shown: _Shown, form: Form, language: str, currency: str, *, tile: bool = False) -> str:
    words = [SCALE_WORDS[language][shown.scale][tile]] if shown.scale != 1 else []
    if form.rule == "money":
        words.append(currency_sign(currency))
    else:
        words.append((form.one if shown.digits == "1" and form.one else form.after).get(language, ""))
    return " ".join(word for word in words if word)


def _number(value, what: str) -> Decimal | None:
    """The value as an exact decimal; None for None, NaN, NaT and NA."""
    if value is None:
        return None
    if isinstance(value, (bool, str, bytes)) or type(value).__name__ in ("bool", "bool_"):
        raise TypeError(f"{what} came as {value!r}; expected a number. Convert it where the table is read.")
    if isinstance(value, Decimal):
        number = value
    else:
        try:
            if value != value:
                return None
            number = Decimal(operator.index(value)) if hasattr(value, "__index__") else Decimal(repr(float(value)))
        except (TypeError, ValueError):
            if type(value).__name__ == "NAType":  # pandas' NA has no truth value; pandas is not imported for it
                return None
            raise TypeError(f"{what} came as {type(value).__name__}; expected one number. "
                            "Hand in a single value, not a column.") from None
    if number.is_nan():
        return None
    if number.is_infinite():
        raise ToldError(f"{what} came as {value}; expected a finite number. A denominator of 0 gives None: "
                         "look where this ratio was made.")
    return number
