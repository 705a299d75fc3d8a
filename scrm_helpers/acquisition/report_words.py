"""What the findings of 03 share: estimates, names of sources, what is said of prices and of what is unknown."""

import pandas as pd

from scrm_helpers import metrics, texts, units
from scrm_helpers.acquisition.study import Study
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

GRADE = "D"  # a customer's first source is recorded, not tested: what would have come anyway is not taken off


def count_of(n: float, method: str) -> Estimate:
    """The count and the method of a sentence that says several figures, none of them alone."""
    return Estimate(None, None, None, LEVEL, int(n), method)


def estimate_of(row: pd.Series, n: int, method: str) -> Estimate:
    numbers = [None if pd.isna(row[c]) else float(row[c]) for c in ("value", "low", "high")]
    return Estimate(*numbers, LEVEL, n, method)


def window_of(window: str, covered: int, *, counted: str = "both") -> dict:
    """The window in words, with how many of its months are counted where that is not all: the others are in no figure beside it.

    `counted`: months that have 'both' costs and orders, or 'costs' alone.
    """
    whole = {lang: texts.say(f"words.window.{window}", lang) for lang in texts.LANGUAGES}
    if covered < metrics.WINDOWS[window]:
        whole = {lang: texts.say(f"acquisition.counted.{counted}", lang, window=w, n=str(covered)) for lang, w in whole.items()}
    return {"window": whole, "covered": (covered, Unit.COUNT)}


def who_of(source: str) -> dict:
    return {"who": {lang: texts.say(f"acquisition.who.{source}", lang) for lang in texts.LANGUAGES}}


def word_of(source: str) -> dict:
    return {
        lang: texts.say(f"words.source.{source}", lang) if texts.has(f"words.source.{source}") else source
        for lang in texts.LANGUAGES
    }


def hidden_share(share: float | None) -> dict:
    """That customers of unknown source may belong to a row that won none, where there are such customers."""
    if share is None or pd.isna(share) or share <= 0:
        return {lang: "" for lang in texts.LANGUAGES}
    return {
        lang: " " + texts.say("acquisition.hidden", lang, unknown=units.write(share, Unit.SHARE, lang))
        for lang in texts.LANGUAGES
    }


def price_words(s: Study, window: str) -> dict:
    if window in s.nominal:
        return nominal_words()
    if window not in s.real:
        return {lang: "" for lang in texts.LANGUAGES}
    return {
        lang: " " + texts.say("acquisition.in_prices", lang, month=units.month(s.base, lang))
        for lang in texts.LANGUAGES
    }


def mix_words(cells: tuple[str, ...]) -> dict:
    """What two groups were brought to the same mix of."""
    return {lang: texts.say(f"acquisition.mix.{'_'.join(cells)}", lang) for lang in texts.LANGUAGES}


def nominal_words() -> dict:
    return {lang: " " + texts.say("acquisition.nominal", lang) for lang in texts.LANGUAGES}
