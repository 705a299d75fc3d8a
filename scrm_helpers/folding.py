"""Letters and words: one folding for every name, place and key, on every engine and data type.

Lower-casing alone is wrong for Turkish: `'İSTANBUL'.lower()` has nine code points in Python and eight in Arrow, and IĞDIR becomes
iğdir everywhere. So İ, I and ı are mapped to i first, then the text is case-folded, then written in plain letters.
"""

import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
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
    """The same as a categorical: a number per row, and each different text once. NaN where there is none."""
    code, known = pd.factorize(values)
    return coded(code, [function(str(v)) for v in np.asarray(known, dtype=object).tolist()], values.index)


def parts(values: pd.Series, function: Callable[[pd.Series], pd.DataFrame]) -> pd.DataFrame:
    """Categoricals of what a function finds in the different texts, which it is given all at once; row for row with `values`."""
    code, known = pd.factorize(values)
    found = function(pd.Series(known).astype("str"))
    return pd.DataFrame({name: coded(code, told, values.index) for name, told in found.items()}, index=values.index)


def abreast(*work: Callable[[], object]) -> list:
    """What each gives: the first here, the others meanwhile, one after another; what none has begun when the first is done, here too.
    Most of the work on millions of rows is Arrow's, the engine's or numpy's, beside which Python goes on."""
    here, *others = work
    found = {}
    with ThreadPoolExecutor(1) as lane:
        waiting = [lane.submit(each) for each in others]
        found[0] = here()
        for place in range(len(others), 0, -1):  # the lane takes them from the front
            if waiting[place - 1].cancel():  # so it had not begun
                found[place] = work[place]()
    return [found[k] if k in found else waiting[k - 1].result() for k in range(len(work))]


def coded(code: np.ndarray, found: list | np.ndarray | pd.Series, index: pd.Index) -> pd.Series:
    """A categorical of the text found of the value (by its number) of each row; NaN where the number is -1 or nothing was found."""
    number, known = pd.factorize(found if isinstance(found, pd.Series) else np.array(found, dtype=object))
    different = pd.Index(known, dtype="str")
    # they come once each. Left to ask, pandas makes an object of every text and keeps it: half the time, and twice the room
    getattr(different, "_cache", {})["is_unique"] = True
    kept = pd.Categorical.from_codes(np.r_[number, -1].astype("int32")[code], categories=different, validate=False)
    return pd.Series(kept, index=index)


def among(values: pd.Series, wanted: list[str]) -> np.ndarray:
    """Whether each value is one of those wanted."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.isin(wanted).to_numpy(bool)
    return np.r_[np.asarray(values.cat.categories.isin(wanted), dtype=bool), False][values.cat.codes.to_numpy()]


def over_one(columns: list[pd.Series]) -> tuple[np.ndarray, pd.Index]:
    """The values of several categoricals, one after another, as numbers of one list of different values (-1: none), and that list."""
    each = [column.cat.categories for column in columns]
    number, known = pd.factorize(pd.concat([pd.Series(values, dtype="str") for values in each]))
    told = np.split(number, np.cumsum([len(values) for values in each])[:-1])
    return np.concatenate([np.r_[n, -1][column.cat.codes.to_numpy()] for n, column in zip(told, columns, strict=True)]), known


def filled(values: pd.Series, text: str) -> pd.Series:
    """The values with `text` where there is nothing, which a categorical has to know first."""
    known = not isinstance(values.dtype, pd.CategoricalDtype) or text in values.cat.categories
    return values.fillna(text) if known else values.cat.add_categories(text).fillna(text)


def plain(values: pd.Series) -> np.ndarray:
    """The values as objects, None where there is none: NaN is a float, and true."""
    return values.to_numpy(dtype=object, na_value=None)


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
