"""Money, tax and clocks as a company writes them in sources.yml, in the one form that the suite holds; None where it is no such thing."""

import functools
import re
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CURRENCIES = {"TL": "TRY", "YTL": "TRY", "₺": "TRY", "€": "EUR", "$": "USD"}  # words and signs that people write for a code
LANGUAGES = {"en": ("en", "english", "ingilizce", "en-us", "en-gb"), "tr": ("tr", "türkçe", "turkce", "turkish", "tr-tr")}
_SINCE = date(2020, 1, 1)  # a currency given up before then is in no export that is still read


def per_cent(given: object) -> float | None:
    """A rate of 0 to 100 per cent. A number between 0 and 1 is a share (0.2 is 20), unless it has its sign: '%0,5' is half a per cent."""
    signed = isinstance(given, str) and "%" in given
    if isinstance(given, str):
        found = re.fullmatch(r"%?\s*(\d+(?:[.,]\d+)?)\s*%?", given.strip())
        given = float(found.group(1).replace(",", ".")) if found else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 100:
        return None
    return float(Decimal(str(given)) * 100) if 0 < given < 1 and not signed else float(given)


def shown(given: object) -> str:
    """A value as YAML has it: of `yes` no more is known than that it is true."""
    return str(given).lower() if isinstance(given, bool) else str(given)


def currency(given: object) -> str | None:
    """The ISO 4217 code of a currency in use: of `try`, `TL` and `₺` it is TRY."""
    code = str(given).strip().upper().replace("İ", "I")
    code = CURRENCIES.get(code, code)
    return code if code in CURRENCIES.values() or code in _in_use() else None


@functools.cache
def _in_use() -> frozenset[str]:
    from babel.core import get_global  # not where a start only looks whether anything has changed
    from babel.numbers import get_territory_currencies

    return frozenset(c for t in get_global("territory_currencies") for c in get_territory_currencies(t, _SINCE, date.today()))


def language(given: object) -> str | None:
    """`tr` or `en`, also of the language's own name: whoever writes `Türkçe` cannot be asked in English what it means."""
    word = str(given).strip().replace("İ", "i").lower()
    return next((code for code, names in LANGUAGES.items() if word in names), None)


def zone(given: object) -> str | None:
    """The name of a time zone, such as Europe/Istanbul."""
    try:
        return ZoneInfo(str(given).strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a region without its city is a folder
        return None
