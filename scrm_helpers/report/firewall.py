"""Words that support no budget decision, figures of activity and names of methods: none of our sentences on pages one and two holds one.

A measure of class `activity` raises there (reader.guard). A name that a company gave (a campaign, a goal, a note) is its own: it
stays, and the page says that it supports no decision.
"""

import re
from collections.abc import Iterable

# Stems: any ending may follow, unless a word's end is asked for.
STEMS = {
    "en": (
        r"\blike[sd]\b", r"\bfollow", r"\breach", r"\bimpression", r"\bviews?\b", r"\bsentiment", r"\bp[- ]?values?\b", r"\bregress",
        r"\bbootstrap", r"\bbayes", r"\bpropensity", r"\bsynthetic control", r"\bdifference[- ]in[- ]differences", r"\blogit\b",
        r"\bgamma\b",
    ),
    "tr": (
        r"\bbeğeni", r"\btakipçi", r"\berişim", r"\bgösterim", r"\bgörüntülenme", r"\bduygu", r"\bp[- ]?değeri", r"\bregresyon",
        r"\bbootstrap", r"\bbayes", r"\bsentetik kontrol",
    ),
}  # fmt: skip


def lower(text: str, language: str) -> str:
    """Small letters as the language has them: Turkish I and İ are not English I."""
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return text.lower()


PLAIN = str.maketrans("ıİşŞğĞüÜöÖçÇ", "iIsSgGuUoOcC")


def forbidden_in(text: str, language: str) -> list[str]:
    """Stems that a text in one language holds; Turkish written without its own letters ("TAKIPCI", "begeni") too."""
    small = lower(text, language)
    plain = small.translate(PLAIN) if language == "tr" else small
    return [p for p in STEMS[language] if re.search(p, small) or re.search(p.translate(PLAIN), plain)]


def names_to_tell(names: Iterable[str]) -> list[str]:
    """Of names that a company gave, those that hold such a word in either language, each once, in order."""
    held = (n for n in names if any(forbidden_in(n, language) for language in STEMS))
    return list(dict.fromkeys(held))
