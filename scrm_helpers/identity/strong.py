"""Pairs that a strong key ties together for certain, where the names do not speak against it."""

from collections import defaultdict

import numpy as np
import pandas as pd

from scrm_helpers.folding import by_value
from scrm_helpers.identity import keys
from scrm_helpers.identity.blocks import blocks, within

NONE = -1  # in place of the number of a value


def pairs(records: pd.DataFrame) -> pd.DataFrame:
    """Pairs that a strong key ties together and whose names do not speak against it.

    Grain: one row per pair (`left`, `right`: row numbers in `records`, left before right) with the strongest `rule`.
    """
    free, business = ~records.collector.to_numpy(bool), records.kind.eq("business").to_numpy()
    person, mobile = free & (records.email_state.eq("person").to_numpy() | business), free & records.phone_state.eq("mobile").to_numpy()
    email, number, tax, handle, company = (_numbers(records[c]) for c in ("email", "phone", "tax_no", "handle", "company"))
    first, second = np.split(_numbers(pd.concat([records.phone, records.phone_other])), 2)
    second[second == first] = NONE
    found = [
        _external(records[["external_id", "native_id", "system"]][free]),
        _within("tax number", np.where(free, tax, NONE)),
        _within("e-mail", np.where(person, email, NONE)),
        _within("handle", np.where(free, handle, NONE), _numbers(records.system)),
        _within("phone", np.where(np.r_[mobile, mobile], np.r_[first, second], NONE)),
        _within("firm and place", np.where(free & business, company, NONE), _numbers(records.city)),
    ]
    out = pd.concat(found, ignore_index=True)
    ends = out[["left", "right"]].to_numpy("int64") % max(len(records), 1)  # second numbers stand behind all first ones
    out["left"], out["right"] = ends.min(axis=1), ends.max(axis=1)
    out["strength"] = out.rule.map(keys.STRENGTH).astype("int64")
    out = out.sort_values(["left", "right", "strength"]).drop_duplicates(["left", "right"])
    agree = compatible(records, out, alone=_alone_on_key(records["first"], np.where(free, email, NONE), np.where(free, number, NONE)))
    linked = out.rule.eq("external id").to_numpy() & ~agree
    agree[linked] = ~keys.clashing(records, out[linked], anywhere=True)
    return out[keys.same_kind(records, out) & agree][["left", "right", "rule", "strength"]].sort_values(
        ["strength", "left", "right"], ignore_index=True
    )


def compatible(records: pd.DataFrame, pairs: pd.DataFrame, *, alone: np.ndarray | None = None) -> np.ndarray:
    """Whether the names of each pair can be one person's, given that a strong key is shared.

    Given names must agree (an initial, a second given name or a small slip may differ). A changed family name passes when the
    given names are equal and written out. A record without a name passes where only one person is known on its key (`alone`).
    """
    first, last, company = (records[c].to_numpy(dtype=object) for c in ("first", "last", "company"))
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    out = keys.equal(first, left, right) & keys.equal(last, left, right)  # nearly all
    open_ = np.flatnonzero(~out)
    for k, i, j in zip(open_.tolist(), left[open_].tolist(), right[open_].tolist(), strict=True):
        if company[i] and company[j] and not (last[i] and last[j]):
            out[k] = keys.same_firm(company[i], company[j])
        elif not (first[i] or last[i]) or not (first[j] or last[j]):
            out[k] = alone is None or bool(alone[i] and alone[j])
        elif first[i] and first[j]:
            out[k] = keys.names_agree(first[i], last[i], first[j], last[j])
        else:
            out[k] = bool(last[i] and last[j] and keys.near(last[i], last[j])) and (
                alone is None or bool(alone[i] and alone[j])
            )
    return out


def _alone_on_key(first: pd.Series, *numbers: np.ndarray) -> np.ndarray:
    """Whether all named records on the e-mail and phone of each record (as numbers) agree: no second person is known there."""
    out = np.ones(len(first), dtype=bool)
    given, spelled = pd.factorize(by_value(first, lambda name: next((w for w in name.split()[:1] if len(w) > 1), None)))  # written out
    several = max(len(spelled), 1)
    for key in numbers:
        seen = pd.unique((key * several + given)[(key >= 0) & (given >= 0)])  # each name on each key once, in their order
        shared = np.bincount(seen // several, minlength=int(key.max(initial=0)) + 1) > 1
        names: dict[int, list[str]] = defaultdict(list)
        for one in seen[shared[seen // several]].tolist():
            names[one // several].append(spelled[one % several])
        crowded = np.zeros(len(shared) + 1, dtype=bool)  # the last one: without a key
        crowded[[one for one, said in names.items() if not _all_agree(said)]] = True
        out[crowded[key]] = False
    return out


def _all_agree(names: list[str]) -> bool:
    return all(keys.given_agree(names[0], other) for other in names[1:])


def _external(records: pd.DataFrame) -> pd.DataFrame:
    """Links that one system keeps of another: `external_id` equals the native id of exactly one record elsewhere."""
    source = records[records.external_id.notna()]
    named = records[records.native_id.isin(source.external_id)]
    pairs = (
        source[["external_id", "system"]]
        .assign(i=source.index)
        .merge(
            named[["native_id", "system"]].assign(j=named.index),
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


def _within(rule: str, *parts: np.ndarray) -> pd.DataFrame:
    """Every pair of rows with one value."""
    left, right, _ = within(*blocks(list(parts), largest=keys.LARGEST_BLOCK))
    return pd.DataFrame({"left": left, "right": right, "rule": rule})


def _numbers(values: pd.Series) -> np.ndarray:
    return pd.factorize(values)[0]
