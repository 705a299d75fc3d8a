"""Exact keys: which values tie records together for certain, and the guards that keep families and offices apart.

A strong key is an e-mail or a mobile number that is one person's, a tax number, a social handle on one platform, or another
system's id kept on purpose. It links two records whose names agree. A key that more than `most_names` different names use is a
switchboard's and no key at all.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from scrm_helpers.folding import by_value, numbered, without_nan

MOST_NAMES = 6  # more different names than this on one e-mail or phone: an office, a shop, a made-up value
LARGEST_BLOCK = 60  # records of one strong key that are compared each with each; beyond it the key proves nothing
NEAR_NAME = 0.86  # Jaro-Winkler from which two written names may be one (Mehmet, Mehmed)
LEAST_NUMBER = 7  # digits of a tax number from which a slip can be told from another number
HOUSEHOLD = ("email", "phone", "phone_other", "address", "handle")  # what people of one household share
# order of trust: what a person typed on purpose, then what is least shared
STRENGTH = {"label": 0, "external id": 1, "tax number": 2, "e-mail": 3, "phone": 4, "handle": 5, "firm and place": 6}


def strip_shared(records: pd.DataFrame, *, most_names: int = MOST_NAMES) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records without the e-mails and phones that too many names share, and those keys with their counts.

    Grain of the second frame: one row per key taken out (`column`, `names`, `records`); the value itself stays out of it.
    """
    out, taken = records.copy(), []
    names = pd.factorize(_label(records))[0]
    for column in ("email", "phone", "phone_other", "tax_no", "handle"):
        numbers = column in ("phone", "phone_other")
        values = pd.concat([records.phone, records.phone_other]) if numbers else records[column]
        name = np.r_[names, names] if numbers else names
        value, known = pd.factorize(values)
        told = value >= 0
        if not told.any():
            continue
        _, first = numbered(value[told], name[told])  # each name on each value once
        once = value[told][first[name[told][first] >= 0]]
        counts = pd.DataFrame({
            "names": np.bincount(once, minlength=len(known)), "records": np.bincount(value[told], minlength=len(known)),
        }, index=known)  # fmt: skip
        shared = counts[(counts.names > most_names) | (counts.records > LARGEST_BLOCK)].sort_index()
        if len(shared):
            out[column] = out[column].where(~out[column].isin(shared.index), None)
        if column != "phone_other":
            taken.append(shared.assign(column=column))
    office = (out.email_state == "role") & out.kind.ne("business")
    out["email"] = out.email.where(~office, None)
    empty = pd.DataFrame(
        {"names": pd.Series(dtype="int64"), "records": pd.Series(dtype="int64"), "column": pd.Series(dtype=object)}
    )
    return without_nan(out), pd.concat([empty, *taken], ignore_index=True)[["column", "names", "records"]]


def usable(records: pd.DataFrame) -> pd.Series:
    """Whether a record has a key that could ever tie it to another one: contact, number, handle, or a name with a place or birth."""
    contact = records[["email", "phone", "tax_no", "handle", "external_id"]].notna().any(axis=1)
    whole = records["first"].notna() & records["last"].notna()
    placed = records[["city", "postcode", "address", "birth_date", "birth_year"]].notna().any(axis=1)
    return (contact | (whole & placed) | (records.company.notna() & placed)) & ~records.collector


def comparable(records: pd.DataFrame) -> pd.Series:
    """Whether a record says enough to be weighed against others: what `usable` asks, or any part of a name with a place, a birth or
    another fact. Weak evidence may add up to a link; the share without a usable key is not made smaller by it."""
    named = records[["first", "last", "company"]].notna().any(axis=1)
    facts = ["city", "postcode", "address", "birth_date", "birth_year", *(c for c in records.columns if c.startswith("extra_"))]
    return usable(records) | named & records[facts].notna().any(axis=1) & ~records.collector


def strong_pairs(records: pd.DataFrame) -> pd.DataFrame:
    """Pairs that a strong key ties together and whose names do not speak against it.

    Grain: one row per pair (`left`, `right`: row numbers in `records`, left before right) with the strongest `rule`.
    """
    free = records[~records.collector]
    alone = _alone_on_key(free)
    keyed = {
        "tax number": free.tax_no,
        "e-mail": free.email.where(free.email_state.eq("person") | free.kind.eq("business")),
        "handle": free.handle.where(free.handle.notna(), None) + "@" + free.system,
    }
    found = [_external(free)]
    found += [_within(free.index.to_numpy(), values, rule) for rule, values in keyed.items()]
    numbers = pd.concat(
        [free.phone.where(free.phone_state.eq("mobile")), free.phone_other.where(free.phone_state.eq("mobile"))]
    )
    found.append(_within(np.concatenate([free.index, free.index]), numbers, "phone"))
    firm = free[free.kind.eq("business") & free.company.notna() & free.city.notna()]
    found.append(_within(firm.index.to_numpy(), firm.company + "|" + firm.city, "firm and place"))
    pairs = pd.concat(found, ignore_index=True)
    pairs = pairs[pairs.left != pairs.right]
    pairs["strength"] = pairs.rule.map(STRENGTH)
    pairs = pairs.sort_values(["left", "right", "strength"]).drop_duplicates(["left", "right"])
    agree = same_kind(records, pairs) & (
        compatible(records, pairs, alone=alone) | pairs.rule.eq("external id") & ~clashing(records, pairs, anywhere=True)
    )
    return pairs[agree][["left", "right", "rule", "strength"]].sort_values(
        ["strength", "left", "right"], ignore_index=True
    )


def same_kind(records: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Whether no consumer meets a business in each pair."""
    business, consumer = records.kind.eq("business").to_numpy(), records.kind.eq("consumer").to_numpy()
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    return ~(business[left] & consumer[right] | consumer[left] & business[right])


def compatible(records: pd.DataFrame, pairs: pd.DataFrame, *, alone: np.ndarray | None = None) -> np.ndarray:
    """Whether the names of each pair can be one person's, given that a strong key is shared.

    Given names must agree (an initial, a second given name or a small slip may differ). A changed family name passes when the
    given names are equal and written out. A record without a name passes where only one person is known on its key (`alone`).
    """
    first, last, company = (records[c].to_numpy(dtype=object) for c in ("first", "last", "company"))
    out = np.zeros(len(pairs), dtype=bool)
    for k, (i, j) in enumerate(zip(pairs.left.to_numpy(), pairs.right.to_numpy(), strict=True)):
        if company[i] and company[j] and not (last[i] and last[j]):
            out[k] = same_firm(company[i], company[j])
        elif not (first[i] or last[i]) or not (first[j] or last[j]):
            out[k] = alone is None or bool(alone[i] and alone[j])
        elif first[i] and first[j]:
            out[k] = names_agree(first[i], last[i], first[j], last[j])
        else:
            out[k] = bool(last[i] and last[j] and near(last[i], last[j])) and (
                alone is None or bool(alone[i] and alone[j])
            )
    return out


def clashing(records: pd.DataFrame, pairs: pd.DataFrame, *, anywhere: bool = False) -> np.ndarray:
    """Whether each pair shares what a household shares (contacts, an address) and has two given names that cannot be one person's,
    birth date and tax number aside. Where nothing of a household is shared, the model weighs the names
    (`anywhere`: it does not)."""
    columns = ("first", "last", "birth_date", "tax_no")
    first, last, born, tax = (records[c].to_numpy(dtype=object) for c in columns)
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    met = np.full(len(pairs), anywhere)
    for column in () if anywhere else HOUSEHOLD:
        code = pd.factorize(records[column].where(records[column].ne(""), None))[0]
        met |= (code[left] == code[right]) & (code[left] >= 0)
    out = np.zeros(len(pairs), dtype=bool)
    known: dict[tuple, bool] = {}
    for k in np.flatnonzero(met).tolist():
        i, j = left[k], right[k]
        if not first[i] or not first[j] or first[i] == first[j]:
            continue
        if (born[i] and born[i] == born[j]) or same_number(tax[i], tax[j]):
            continue  # two spellings, a nickname or a slip: the model weighs them
        names = (first[i], last[i], first[j], last[j])
        if names not in known:
            swapped = first[i] == last[j] and last[i] == first[j]
            known[names] = not swapped and not given_agree(first[i], first[j])
        out[k] = known[names]
    return out


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


def _label(records: pd.DataFrame) -> pd.Series:
    """The name that counts on a shared key: a given name by its first letter, so that an initial is no second person."""
    initial = records["first"].str[:1].astype(object).where(records["first"].notna(), "")
    last = records["last"].where(records["last"].notna(), records.company)
    name = (initial + "|" + last.where(last.notna(), "").astype(object)).astype(object)
    return name.where(name != "|", None)


def _alone_on_key(records: pd.DataFrame) -> np.ndarray:
    """By row number: whether all named records on the e-mail and phone of this record agree (no second person is known there)."""
    out = np.ones(int(records.index.max()) + 1 if len(records) else 0, dtype=bool)
    first = by_value(records["first"], lambda name: next((w for w in name.split()[:1] if len(w) > 1), None))  # written out
    for column in ("email", "phone"):
        seen = pd.DataFrame({"key": records[column], "first": first}).dropna().drop_duplicates()
        seen = seen[seen.key.duplicated(keep=False)]
        names: dict[str, list[str]] = defaultdict(list)
        for key, name in zip(seen.key.tolist(), seen["first"].tolist(), strict=True):
            names[key].append(name)
        crowded = [key for key, given in names.items() if not _all_agree(given)]
        out[records.index[records[column].isin(crowded)]] = False
    return out


def _all_agree(names: list[str]) -> bool:
    return all(given_agree(names[0], other) for other in names[1:])


def _external(records: pd.DataFrame) -> pd.DataFrame:
    """Links that one system keeps of another: `external_id` equals the native id of exactly one record elsewhere."""
    source = records[records.external_id.notna()]
    pairs = (
        source[["external_id", "system"]]
        .assign(i=source.index)
        .merge(
            records[["native_id", "system"]].assign(j=records.index),
            left_on="external_id",
            right_on="native_id",
            suffixes=("", "_other"),
        )
    )
    pairs = pairs[pairs.system != pairs.system_other]
    # a bare number can be a record id in two systems at once: then the link says nothing
    pairs = pairs[~pairs.i.duplicated(keep=False)]
    low, high = np.minimum(pairs.i, pairs.j), np.maximum(pairs.i, pairs.j)
    return pd.DataFrame({"left": low.astype("int64"), "right": high.astype("int64"), "rule": "external id"})


def _within(rows: np.ndarray, values: pd.Series, rule: str) -> pd.DataFrame:
    """Every pair of rows with one value."""
    use = pd.DataFrame({"row": rows, "value": values.to_numpy(dtype=object)}).dropna().drop_duplicates()
    size = use.groupby("value")["row"].transform("size")
    use = use[(size > 1) & (size <= LARGEST_BLOCK)]
    pairs = use.merge(use, on="value", suffixes=("_l", "_r"))
    pairs = pairs[pairs.row_l < pairs.row_r]
    return pd.DataFrame({"left": pairs.row_l.astype("int64"), "right": pairs.row_r.astype("int64"), "rule": rule})
