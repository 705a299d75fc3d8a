"""Where no line may end: between a sign and its number, a number and its unit, a day and its month."""

import re

from scrm_helpers.units.dates import MONTHS
from scrm_helpers.units.forms import FORMS, SCALE_WORDS
from scrm_helpers.units.numbers import MINUS

SPACE = "\N{NO-BREAK SPACE}"
JOINED = "\N{WORD JOINER}"  # a line may end between a sign and the per cent sign that Turkish puts before its number, but for this one


def _alternatives(words) -> str:
    return "|".join(sorted({re.escape(word) for word in words if word}, key=lambda w: (-len(w), w)))


_SCALES = _alternatives(word for language in SCALE_WORDS.values() for words in language.values() for word in words)
_AFTER = _alternatives(word for form in FORMS.values() for words in (form.one, form.after) for word in words.values() if word != "%")
_BEFORE = _alternatives(word.strip() for form in FORMS.values() for word in form.before.values() if word != "%")
_MONTHS = _alternatives(name for names in MONTHS.values() for each in names for name in (each, each[:3]))
_SIGN = re.compile(rf"([{MINUS}+])%")
_SCALED = re.compile(rf"(?<=\d) (?:{_SCALES})\b(?: (?=[A-Z]{{2,3}}\b))?")
_UNIT = re.compile(rf"(?<=\d) (?=(?:[A-Z]{{3}}|TL|{_AFTER})\b)")
_RATE = re.compile(rf"\b({_BEFORE}) (?=\d)")
_DAY = re.compile(rf"\b(\d{{1,2}}) (?=(?:{_MONTHS})\b)")


def held(text: str) -> str:
    """The text with spaces that no line ends at inside "−%5", "1.5 m TL", "12 months", "31 March"; it reads the same."""
    text = _SIGN.sub(rf"\1{JOINED}%", text)
    text = _UNIT.sub(SPACE, _SCALED.sub(lambda m: m[0].replace(" ", SPACE), text))
    return _DAY.sub(rf"\1{SPACE}", _RATE.sub(rf"\1{SPACE}", text))
