"""Letters and words: one folding for every name, place and key, on every engine and data type.

Lower-casing alone is wrong for Turkish: `'İSTANBUL'.lower()` has nine code points in Python and eight in Arrow, and IĞDIR becomes
iğdir everywhere. So İ, I and ı are mapped to i first, then the text is case-folded, then written in plain letters.
"""

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
from anyascii import anyascii

_DOTS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile(r"['’`´ʼ]")
# the vowel without its dots, in Turkish as in German: anyascii would write some of them as two letters
_SPELLED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "å": "a", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss"})
_TURKISH = str.maketrans("çğıöşüâîûÇĞİÖŞÜÂÎÛ", "cgiosuaiucgiosuaiu")  # as the steps below write them
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
    text = value if value.isascii() else value.translate(_TURKISH)
    if text.isascii():  # nearly always; the rest costs several times as much
        text = text.lower()
    else:
        text = unicodedata.normalize("NFC", value).translate(_DOTS).casefold()
        text = anyascii(text.translate(_SPELLED)).casefold()
    return text if text.isalnum() else _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text)).strip()


def is_blank(folded: str) -> bool:
    """Whether a folded text says nothing."""
    return folded in BLANKS


def by_value(values: pd.Series, function: Callable[[str], object]) -> pd.Series:
    """`function` of each text, worked out once for each different one; a missing text gives None."""
    code, known = pd.factorize(values)
    return pd.Series(_told(code, [function(str(v)) for v in np.asarray(known, dtype=object).tolist()]), index=values.index, dtype=object)


def texts(values: pd.Series, function: Callable[[str], str | None]) -> pd.Series:
    """The same as text in one piece of memory, NaN where there is none: for columns whose values are nearly all different, which as
    objects take four times the room."""
    code, known = pd.factorize(values)
    return _text(code, [function(str(v)) for v in np.asarray(known, dtype=object).tolist()], values.index)


def fields(values: pd.Series, function: Callable[[str], tuple], names: tuple[str, ...], *, text: tuple[str, ...] = ()) -> pd.DataFrame:
    """The same for a function that gives a tuple: a column for each of its parts; None where the text is missing. `text`: parts that
    come as from `texts`."""
    code, known = pd.factorize(values)
    parts = zip(*(function(str(v)) for v in np.asarray(known, dtype=object).tolist()), strict=True) if len(known) else [[]] * len(names)
    return pd.DataFrame(
        {
            name: _text(code, list(part), values.index) if name in text
            else pd.Series(_told(code, list(part)), index=values.index, dtype=object)
            for name, part in zip(names, parts, strict=True)
        },
        index=values.index,
    )  # fmt: skip


def numbered(*columns: np.ndarray | pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """A number for each different row of the columns, from 0 in the order in which they come, and the place of the first row of each."""
    number = np.zeros(len(columns[0]), dtype="int64")
    for values in columns:
        code, known = pd.factorize(values)
        number = pd.factorize(number * (len(known) + 1) + code + 1)[0]
    return number, np.flatnonzero(~pd.Series(number).duplicated())


def _told(code: np.ndarray, found: list) -> np.ndarray:
    """What was found of the value of each row; None where the code is -1."""
    each = np.empty(len(found) + 1, dtype=object)
    for k, one in enumerate(found):  # a tuple is one thing here
        each[k] = one
    return each[code]


def _text(code: np.ndarray, found: list, index: pd.Index) -> pd.Series:
    told = pa.array(found, pa.large_string()).take(pa.array(code, mask=code < 0))
    return pd.Series(told.to_pandas().array, index=index, dtype="str")


def without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with None wherever a column of objects lacks a value: NaN is a float, and true. Columns that lack nothing else stay."""
    out = frame.copy(deep=False)
    for column in out.columns[[pd.api.types.is_object_dtype(kind) for kind in out.dtypes]]:
        values = out[column].to_numpy(dtype=object)
        missing = out[column].isna().to_numpy()
        if (values[missing] != None).any():  # noqa: E711 - of each value
            values = values.copy()
            values[missing] = None
            out[column] = pd.Series(values, index=out.index, dtype=object)
    return out
