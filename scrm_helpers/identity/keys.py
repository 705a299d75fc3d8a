"""Exact keys: which values tie records together for certain, and the guards that keep families and offices apart.

A strong key is an e-mail or a mobile number that is one person's, a tax number, a social handle on one platform, or another
system's id kept on purpose. It links two records whose names agree. A key that more than `most_names` different names use is a
switchboard's and no key at all.
"""

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from scrm_helpers.contacts import offices
from scrm_helpers.folding import numbered, over_one, plain, texts

MOST_NAMES = 6  # more different names than this on one e-mail or phone: an office, a shop, a made-up value
LARGEST_BLOCK = 60  # records of one strong key that are compared each with each; beyond it the key proves nothing
NEAR_NAME = 0.86  # Jaro-Winkler from which two written names may be one (Mehmet, Mehmed)
LEAST_NUMBER = 7  # digits of a tax number from which a slip can be told from another number
SHARED = (("email",), ("phone", "phone_other"), ("tax_no",), ("handle",))  # keys that may be an office's; two columns hold numbers
HOUSEHOLD = ("email", "phone", "phone_other", "address", "handle")  # what people of one household share
# order of trust: what a person typed on purpose, then what is least shared
STRENGTH = {"label": 0, "external id": 1, "tax number": 2, "e-mail": 3, "phone": 4, "handle": 5, "firm and place": 6}


def strip_shared(records: pd.DataFrame, *, most_names: int = MOST_NAMES) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records without the e-mails and phones that too many names share, and those keys with their counts.

    Grain of the second frame: one row per key taken out (`column`, `names`, `records`); the value itself stays out of it.
    """
    out, taken, name = records.copy(deep=False), [], _label(records)
    for columns in SHARED:
        value, known = over_one([records[c] for c in columns])
        told = value >= 0
        if not told.any():
            continue
        names = np.tile(name, len(columns))
        each = told & (names >= 0)
        once = pd.unique(value[each] * (int(name.max(initial=0)) + 1) + names[each]) // (int(name.max(initial=0)) + 1)
        counts = pd.DataFrame({
            "names": np.bincount(once, minlength=len(known)), "records": np.bincount(value[told], minlength=len(known)),
        })  # fmt: skip
        shared = (counts.names > most_names) | (counts.records > LARGEST_BLOCK)
        if shared.any():
            hit = np.r_[shared.to_numpy(), False][value].reshape(len(columns), -1)
            for column, rows in zip(columns, hit, strict=True):
                out[column] = out[column].where(~rows, None)
        taken.append(counts[shared].set_index(known[shared]).sort_index().assign(column=columns[0]))
    out["email"] = out.email.where(~offices(out.email_state, out.kind), None)
    empty = pd.DataFrame(
        {"names": pd.Series(dtype="int64"), "records": pd.Series(dtype="int64"), "column": pd.Series(dtype=object)}
    )
    return out, pd.concat([empty, *taken], ignore_index=True)[["column", "names", "records"]]


def usable(records: pd.DataFrame) -> pd.Series:
    """Whether a record has a key that could ever tie it to another one: contact, number, handle, or a name with a place or birth."""
    contact = told(records, "email", "phone", "tax_no", "handle", "external_id")
    placed = told(records, "city", "postcode", "address", "birth_date", "birth_year")
    whole = records["first"].notna() & records["last"].notna()
    return (contact | (whole & placed) | (records.company.notna() & placed)) & ~records.collector


def comparable(records: pd.DataFrame) -> pd.Series:
    """Whether a record says enough to be weighed against others: what `usable` asks, or any part of a name with a place, a birth or
    another fact. Weak evidence may add up to a link; the share without a usable key is not made smaller by it."""
    facts = ["city", "postcode", "address", "birth_date", "birth_year", *(c for c in records.columns if c.startswith("extra_"))]
    return usable(records) | told(records, "first", "last", "company") & told(records, *facts) & ~records.collector


def told(records: pd.DataFrame, *columns: str) -> np.ndarray:
    """Whether any of the columns has a value."""
    return np.logical_or.reduce([records[c].notna().to_numpy() for c in columns])


def same_kind(records: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Whether no consumer meets a business in each pair."""
    business, consumer = records.kind.eq("business").to_numpy(), records.kind.eq("consumer").to_numpy()
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    return ~(business[left] & consumer[right] | consumer[left] & business[right])


def clashing(records: pd.DataFrame, pairs: pd.DataFrame, *, anywhere: bool = False) -> np.ndarray:
    """Whether each pair shares what a household shares (contacts, an address) and has two given names that cannot be one person's,
    birth date and tax number aside. Where nothing of a household is shared, the model weighs the names
    (`anywhere`: it does not)."""
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    met = np.full(len(pairs), anywhere)
    for column in () if anywhere else HOUSEHOLD:
        met |= equal(records[column], left, right)
    met &= ~equal(records["first"], left, right)
    out = np.zeros(len(pairs), dtype=bool)
    rows, known = np.flatnonzero(met), {}
    told = ("first", "last", "birth_date", "tax_no")
    ours, theirs = (zip(*(plain(records[c].iloc[side[rows]]).tolist() for c in told), strict=True) for side in (left, right))
    for k, (first, last, born, tax), (other, family, day, number) in zip(rows.tolist(), ours, theirs, strict=True):
        if not first or not other:
            continue
        if (born and born == day) or same_number(tax, number):
            continue  # two spellings, a nickname or a slip: the model weighs them
        names = (first, last, other, family)
        if names not in known:
            swapped = first == family and last == other
            known[names] = not swapped and not given_agree(first, other)
        out[k] = known[names]
    return out


def equal(values: np.ndarray | pd.Series, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether two rows have one text, and have one."""
    coded = isinstance(values.dtype, pd.CategoricalDtype)
    code, known = (values.cat.codes.to_numpy(), values.cat.categories) if coded else pd.factorize(values)
    if len(blank := np.flatnonzero(np.asarray(known == ""))):
        code = np.where(np.isin(code, blank), -1, code)
    return (code[left] == code[right]) & (code[left] >= 0)


def same_number(a: str | None, b: str | None) -> bool:
    """Whether two tax or identity numbers are one, or one with a slip: a digit off, lost, or two that changed places.

    Numbers of a family may lie near each other, but their check digits keep two valid ones further apart than that.
    """
    return bool(a and b) and (a == b or min(len(a), len(b)) >= LEAST_NUMBER and OSA.distance(a, b, score_cutoff=1) <= 1)


def names_agree(first_a: str, last_a: str | None, first_b: str, last_b: str | None) -> bool:
    """Whether two names can be one person's: given names agree, and family names too unless the given names are equal in full."""
    if last_a and last_b and first_a == last_b and last_a == first_b:
        return True  # the two fields were swapped
    if not given_agree(first_a, first_b):
        return False
    if not last_a or not last_b or near(last_a, last_b) or set(last_a.split()) & set(last_b.split()):
        return True
    if len(last_a) == 1 or len(last_b) == 1:
        return last_a[0] == last_b[0]
    return first_a == first_b and len(first_a) > 1


def given_agree(a: str, b: str) -> bool:
    """Whether two given names can be one person's: 'ayse' with 'a', 'ayse nur' with 'ayse' or 'nur', 'mehmet' with 'mehmed'."""
    if a == b or near(a, b):
        return True
    words_a, words_b = a.split(), b.split()
    return any(
        x == y or (len(x) == 1 or len(y) == 1) and x[0] == y[0] or min(len(x), len(y)) > 3 and near(x, y)
        for x in words_a for y in words_b
    )  # fmt: skip


def near(a: str, b: str) -> bool:
    """Whether two words differ by a slip: Jaro-Winkler from 0.86 and at most two letters apart."""
    return a == b or JaroWinkler.similarity(a, b) >= NEAR_NAME and Levenshtein.distance(a, b, score_cutoff=2) <= 2


def same_firm(a: str, b: str) -> bool:
    """Whether two firm names are one: the words of the shorter one all stand in the longer one, or a slip apart."""
    short, long = sorted((a.split(), b.split()), key=len)
    return near(a, b) or (len(short) > 0 and set(short) <= set(long) and len(" ".join(short)) > 3)


def _label(records: pd.DataFrame) -> np.ndarray:
    """A number for the name that counts on a shared key, -1 without one: a given name by its first letter, so that an initial is no
    second person."""
    initial, (name, _) = texts(records["first"], lambda name: name[:1]), over_one([records["last"], records.company])
    last, company = np.split(name, 2)
    last = np.where(last >= 0, last, company)
    return np.where(initial.notna() | (last >= 0), numbered(initial, last)[0], -1)
