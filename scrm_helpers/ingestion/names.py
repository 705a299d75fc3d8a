"""Names as people and systems write them: headers and source spellings made comparable.

Lower case is not left to the machine: `I` and `İ` both become `i`, so that one header has one form in English and Turkish.
"""

import re
from difflib import get_close_matches
from functools import lru_cache

LETTERS = str.maketrans("ıİIşŞğĞçÇöÖüÜâÂîÎûÛéÉ", "iiissggccoouuaaiiuuee")
BROKEN = str.maketrans("þðýÞÐÝ", "şğıŞĞİ")  # cp1254 letters that a program took for cp1252
_SPACE = re.compile(r"[\s\u00a0_]+")
CAPTURE = "(*)"
ALIKE = 0.7  # of two headers: below it they only share letters, as Tutar and Müşteri do
_KEPT = 1 << 16  # the same few thousand headers and spellings are asked for again with every file


@lru_cache(_KEPT)
def fold(name: str) -> str:
    """A header in comparable form: letters without marks, lower case, single spaces."""
    text = str(name).strip().strip("\ufeff").translate(BROKEN).translate(LETTERS).lower()
    text = text.replace("（", "(").replace("）", ")").rstrip("*").strip()
    return re.sub(r"\s*\(\s*", " (", _SPACE.sub(" ", text)).strip()


@lru_cache(_KEPT)
def matches(header: str, alias: str) -> str | None:
    """What the alias catches in a folded header: '' where they are the same, the word in brackets for `spent (*)`, None where not.

    A `?` in a header stands where a program lost a letter: it fits any one letter.
    """
    alias = fold(alias)
    if alias.endswith(CAPTURE):
        stem = alias[: -len(CAPTURE)].strip()
        found = re.fullmatch(re.escape(stem) + r" \(([^)]*)\)", header)
        return found.group(1) if found else None
    if header == alias:
        return ""
    if "?" in header and "?" not in alias and len(header) == len(alias):
        return "" if re.fullmatch(re.escape(header).replace(r"\?", "."), alias) else None
    return None


def find(headers: list[str], aliases: tuple[str, ...]) -> tuple[int, str] | None:
    """Place of the first header that one of the aliases fits, with what it caught; earlier aliases are preferred."""
    for alias in aliases:
        for place, header in enumerate(headers):
            caught = matches(header, alias)
            if caught is not None:
                return place, caught
    return None


def nearest(wanted: str, headers: list[str], count: int = 3) -> list[str]:
    """Headers that look most like the one that was wanted."""
    by_fold = {fold(h): h for h in headers if h}
    return [by_fold[k] for k in get_close_matches(fold(wanted), by_fold, n=count, cutoff=ALIKE)]
