"""Letters and words: one folding for every name, place and key, on every engine and data type.

Lower-casing alone is wrong for Turkish: `'İSTANBUL'.lower()` has nine code points in Python and eight in Arrow, and IĞDIR becomes
iğdir everywhere. So İ, I and ı are mapped to i first, then the text is case-folded, then written in plain letters.
"""

import re
import unicodedata
from collections.abc import Callable

import pandas as pd
from anyascii import anyascii

_DOTS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile(r"['’`´ʼ]")
# the vowel without its dots, in Turkish as in German: anyascii would write some of them as two letters
_SPELLED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "å": "a", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss"})
BLANKS = frozenset(
    (
        "",
        "-",
        "--",
        "yok",
        "null",
        "none",
        "nan",
        "na",
        "n a",
        "bilinmiyor",
        "unknown",
        "belirtilmemis",
        "tanimsiz",
        "x",
        "xx",
        "xxx",
    )
)


def fold(value: str) -> str:
    """Text in plain lower-case letters, digits and single blanks: `Iğdır` and `IĞDIR` both give `igdir`."""
    text = unicodedata.normalize("NFC", value).translate(_DOTS).casefold()
    text = anyascii(text.translate(_SPELLED)).casefold()
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text)).strip()


def is_blank(folded: str) -> bool:
    """Whether a folded text says nothing."""
    return folded in BLANKS


def by_value(values: pd.Series, function: Callable[[str], object]) -> pd.Series:
    """`function` of each text, worked out once for each different one; a missing text gives None."""
    given = values.astype(object).where(values.notna(), None)
    known = {v: function(str(v)) for v in given.unique() if v is not None}
    return pd.Series([None if v is None else known[v] for v in given], index=values.index, dtype=object)


def fields(values: pd.Series, function: Callable[[str], tuple], names: tuple[str, ...]) -> pd.DataFrame:
    """The same for a function that gives a tuple: a column for each of its parts; None where the text is missing."""
    found = by_value(values, function)
    return pd.DataFrame(
        {
            name: pd.Series([None if f is None else f[k] for f in found], index=values.index, dtype=object)
            for k, name in enumerate(names)
        },
        index=values.index,
    )


def without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with None wherever a column of objects lacks a value: NaN is a float, and true."""
    out = frame.copy()
    for column in out.select_dtypes(object).columns:
        values = [None if missing else v for v, missing in zip(out[column], out[column].isna(), strict=True)]
        out[column] = pd.Series(values, index=out.index, dtype=object)
    return out
