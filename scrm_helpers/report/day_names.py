"""Names of public holidays in the reader's language. They are stored in one language, that of the country (Turkish for Turkey)."""

import functools
from datetime import date

import holidays

from scrm_helpers import texts

STORED = "tr"
NAMED_BY = {"en": "en_US"}  # the library's name of a language that the stored names are not in
ESTIMATED = {"tr": " (tahmini)", "en_US": " (estimated)"}  # what the library adds to a day that the moon decides
HOURS = {"tr": " (saat 13.00'ten)", "en_US": " (from 1pm)"}  # and to a half day, which the page calls one


def day_name(name: str, on: date, language: str) -> str:
    """The name of a day of the calendar in the reader's language; as it is where it is no public holiday of Turkey of that day."""
    own = f"words.day.{name}"
    if texts.has(own):
        return texts.say(own, language)
    if language == STORED:
        return name.removesuffix(HOURS[STORED])
    return _names(on.year, language).get((on, name), name)


@functools.cache
def _names(year: int, language: str) -> dict[tuple[date, str], str]:
    other = NAMED_BY.get(language)
    if other is None:
        return {}
    out = {}
    for category in ("public", "half_day"):
        ours, theirs = (holidays.country_holidays("TR", years=year, categories=(category,), language=la) for la in (STORED, other))
        for day, names in ours.items():
            pairs = zip(names.split("; "), theirs.get(day, "").split("; "), strict=False)
            named = {n.replace(ESTIMATED[STORED], ""): t.replace(ESTIMATED[other], "").replace(HOURS[other], "") for n, t in pairs if t}
            out |= {(day, name): told for name, told in named.items()}
    return out
