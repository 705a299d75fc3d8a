"""What a value counts, and the words, scales and digits that each unit asks for."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from scrm_helpers.errors import ToldError

LANGUAGES = ("en", "tr")
MILLION, BILLION = Decimal(10) ** 6, Decimal(10) ** 9


class Unit(StrEnum):
    """What a value counts. The form of the value handed in stands behind each member."""

    MONEY = "money"  # base currency
    MONEY_PER_CUSTOMER = "money_per_customer"
    MONEY_PER_ORDER = "money_per_order"
    MONEY_PER_ISSUE = "money_per_issue"
    MONEY_PER_PERSON = "money_per_person"
    MONEY_PER_REFERRER = "money_per_referrer"
    MONEY_PER_HOUR = "money_per_hour"
    COUNT = "count"  # whole things
    PER_PERSON = "per_person"  # things per person, as contacts: 2.3
    SHARE = "share"  # 0-1
    PROBABILITY = "probability"  # 0-1
    POINTS = "points"  # gap of two shares, -1 to 1, written in percentage points
    RATE_PER_1000 = "rate_per_1000"  # events per one person (0.045), written per 1,000 (45)
    RATIO = "ratio"  # money over money
    SCORE = "score"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    MONTHS = "months"
    VERDICT = "verdict"  # a word from `texts`, never a number: write() refuses it


class Form(NamedTuple):
    """How a unit is written: factor on the value, finest decimals, rule without a range, words by language."""

    factor: int = 1
    finest: int = 2
    rule: str = "leading"  # "leading" digits, "whole" units, or "money"
    before: dict[str, str] = {}
    one: dict[str, str] = {}  # after the number when it reads exactly 1
    after: dict[str, str] = {}
    label: dict[str, str] = {}  # for the head of a column or an axis; {money} is the currency


PER_CENT = Form(100, before={"tr": "%"}, after={"en": "%"}, label={"en": "%", "tr": "%"})


def _money(en: str = "", tr: str = "") -> Form:
    return Form(rule="money", label={"en": f"{{money}}{en}", "tr": f"{tr}{{money}}"})


def _time(one: str, many: str, tr: str) -> Form:
    return Form(finest=1, one={"en": one, "tr": tr}, after={"en": many, "tr": tr}, label={"en": many, "tr": tr})


FORMS = {
    Unit.MONEY: _money(),
    Unit.MONEY_PER_CUSTOMER: _money(" per customer", "müşteri başına "),
    Unit.MONEY_PER_ORDER: _money(" per order", "sipariş başına "),
    Unit.MONEY_PER_ISSUE: _money(" per issue", "çözülen sorun başına "),
    Unit.MONEY_PER_PERSON: _money(" per person", "kişi başına "),
    Unit.MONEY_PER_REFERRER: _money(" per referrer", "tavsiye eden başına "),
    Unit.MONEY_PER_HOUR: _money(" per hour", "saat başına "),
    Unit.COUNT: Form(finest=0, rule="whole", label={"en": "number", "tr": "sayı"}),
    Unit.PER_PERSON: Form(label={"en": "per person", "tr": "kişi başına"}),
    Unit.SHARE: PER_CENT,
    Unit.PROBABILITY: PER_CENT,
    Unit.POINTS: Form(100, one={"en": "point", "tr": "puan"}, after={"en": "points", "tr": "puan"},
                       label={"en": "percentage points", "tr": "yüzde puan"}),
    Unit.RATE_PER_1000: Form(1000, before={"tr": "binde "}, after={"en": "per 1,000"},
                              label={"en": "per 1,000", "tr": "binde"}),
    Unit.RATIO: Form(label={"en": "ratio", "tr": "oran"}),
    Unit.SCORE: Form(label={"en": "score", "tr": "puan"}),
    Unit.DAYS: _time("day", "days", "gün"),
    Unit.HOURS: _time("hour", "hours", "saat"),
    Unit.MINUTES: _time("minute", "minutes", "dakika"),
    Unit.MONTHS: _time("month", "months", "ay"),
}

SCALE_WORDS = {  # by language: millions, billions; in a sentence, and in a tile where there is room for the word
    "en": {MILLION: ("m", "m"), BILLION: ("bn", "bn")},
    "tr": {MILLION: ("mn", "milyon"), BILLION: ("mr", "milyar")},
}
NONE = {"en": "none", "tr": "yok"}
BETWEEN = {"en": "{low} to {high}", "tr": "{low} ile {high}"}
BELOW = {"en": "<{least}", "tr": "<\N{NO-BREAK SPACE}{least}"}
AT_LEAST = {"en": "{low} or more", "tr": "en az {low}"}
AT_MOST = {"en": "{high} or less", "tr": "en çok {high}"}


def form_of(unit: Unit, language: str) -> Form:
    check_language(language)
    if unit not in FORMS:
        raise ToldError(f"unit came as {unit!r}; expected one of {', '.join(FORMS)}. "
                         "A verdict is a word: take it from texts.")
    return FORMS[Unit(unit)]


def check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise ToldError(f"language came as {language!r}; expected 'en' or 'tr'.")


def currency_sign(currency: str) -> str:
    """How a currency is written after its number: "TL" for TRY, any other by its three-letter code."""
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise ToldError(f"currency came as {currency!r}; expected a three-letter code such as 'TRY' or 'EUR'. "
                         "Set currency under company: in sources.yml.")
    return "TL" if currency == "TRY" else currency


def unit_label(unit: Unit, language: str, *, currency: str = "TRY") -> str:
    """The unit alone, for an axis or the head of a column: "TL per customer" / "müşteri başına TL"."""
    return form_of(unit, language).label[language].format(money=currency_sign(currency))
