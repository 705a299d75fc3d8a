"""Pairs that a strong key ties together for certain, where the names do not speak against it."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scrm_helpers.folding import by_value, over_one, plain
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
    first, second = np.split(over_one([records.phone, records.phone_other])[0], 2)
    second[second == first] = NONE
    found = {
        "external id": _external(records, free),
        "tax number": _within(np.where(free, tax, NONE)),
        "e-mail": _within(np.where(person, email, NONE)),
        "handle": _within(np.where(free, handle, NONE), _numbers(records.system)),
        "phone": _within(np.where(np.r_[mobile, mobile], np.r_[first, second], NONE)),
        "firm and place": _within(np.where(free & business, company, NONE), _numbers(records.city)),
    }
    out = _strongest(found, max(len(records), 1))
    agree = compatible(records, out, alone=_alone_on_key(records["first"], np.where(free, email, NONE), np.where(free, number, NONE)))
    linked = (out.strength == keys.STRENGTH["external id"]).to_numpy() & ~agree
    agree[linked] = ~keys.clashing(records, out[linked], anywhere=True)
    out = out[keys.same_kind(records, out) & agree].sort_values("strength", kind="stable", ignore_index=True)
    names = pd.array(sorted(keys.STRENGTH, key=keys.STRENGTH.get), dtype="str")
    out.insert(2, "rule", names.take(out.strength))
    return out


def _strongest(found: dict[str, tuple[np.ndarray, np.ndarray]], n: int) -> pd.DataFrame:
    """Each pair once, in order, with its strongest key. A pair and a strength are one number here: millions are sorted as such."""
    each, rules = [], len(keys.STRENGTH)
    for rule, ends in found.items():
        one, other = (np.asarray(end, dtype="int64") % n for end in ends)  # second numbers stand behind all first ones
        each.append((np.minimum(one, other) * n + np.maximum(one, other)) * rules + keys.STRENGTH[rule])
    code = np.sort(np.concatenate(each))
    code = code[np.flatnonzero(np.r_[True, code[1:] // rules != code[:-1] // rules][: len(code)])]
    pair = code // rules
    return pd.DataFrame({"left": pair // n, "right": pair % n, "strength": code % rules})


def compatible(records: pd.DataFrame, pairs: pd.DataFrame, *, alone: np.ndarray | None = None) -> np.ndarray:
    """Whether the names of each pair can be one person's, given that a strong key is shared.

    Given names must agree (an initial, a second given name or a small slip may differ). A changed family name passes when the
    given names are equal and written out. A record without a name passes where only one person is known on its key (`alone`).
    """
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    out = keys.equal(records["first"], left, right) & keys.equal(records["last"], left, right)  # nearly all
    rows, told = np.flatnonzero(~out), ("first", "last", "company")
    ours, theirs = (zip(*(plain(records[c].iloc[side[rows]]).tolist() for c in told), strict=True) for side in (left, right))
    for k, (first, last, company), (other, family, firm) in zip(rows.tolist(), ours, theirs, strict=True):
        one = alone is None or bool(alone[left[k]] and alone[right[k]])
        if company and firm and not (last and family):
            out[k] = keys.same_firm(company, firm)
        elif not (first or last) or not (other or family):
            out[k] = one
        elif first and other:
            out[k] = keys.names_agree(first, last, other, family)
        else:
            out[k] = bool(last and family and keys.near(last, family)) and one
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


def _external(records: pd.DataFrame, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Links that one system keeps of another: `external_id` equals the native id of exactly one record elsewhere. `free`: records asked."""
    kept, ids = pd.factorize(records.external_id)
    source = np.flatnonzero(free & (kept >= 0))
    own = pc.index_in(pa.array(records.native_id), pa.array(ids), skip_nulls=True).fill_null(NONE).to_numpy()
    named, system = np.flatnonzero(free & (own >= 0)), pd.factorize(records.system)[0]
    pairs = pd.DataFrame({"number": kept[source], "i": source}).merge(pd.DataFrame({"number": own[named], "j": named}), on="number")
    pairs = pairs[system[pairs.i] != system[pairs.j]]
    # a bare number can be a record id in two systems at once: then the link says nothing
    pairs = pairs[~pairs.i.duplicated(keep=False)]
    return pairs.i.to_numpy(), pairs.j.to_numpy()


def _within(*parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of rows with one value."""
    left, right, _ = within(*blocks(list(parts), largest=keys.LARGEST_BLOCK))
    return left, right


def _numbers(values: pd.Series) -> np.ndarray:
    return pd.factorize(values)[0]
