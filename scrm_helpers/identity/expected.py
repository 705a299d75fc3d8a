"""What precision and recall may be where nobody reviewed a pair: the model's own doubt, and the pairs that it could not see.

A model without labels can be off as a whole, so an expected share of mistakes is only known up to a factor, besides the chance of a
small count. Both go into the range: it is wide on purpose, and reviewed pairs narrow it.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from scrm_helpers.metrics import LEVEL

DOUBT = {"precision": 3.0, "recall": 2.0}  # factor by which the expected share of mistakes may be off, at LEVEL
LEAST_SHARE = 0.1  # of a system's records with a contact: with fewer, what is said of the rest rests on too little
LEAST_LINKS = 30  # linked pairs with a contact on both sides, from which the others are judged
FEWEST = 3.0  # mistakes that may be there where none is expected (rule of three)


class Share(NamedTuple):
    """A share of mistakes with its range, and the count of pairs it rests on."""

    value: float
    low: float
    high: float


def mistakes(share: float, pairs: float, *, doubt: float) -> Share:
    """An expected share of mistakes among `pairs` as a range at LEVEL: a factor `doubt` either way, and chance of so few.

    On the log scale, where a factor is a step: the step of the factor and the relative error of a Poisson count add as squares.
    """
    if pairs <= 0:
        return Share(share, 0.0, 1.0)
    z = norm.ppf((1 + LEVEL) / 2)
    count = max(share * pairs, 0.5)
    step = z * math.hypot(math.log(doubt) / z, 1 / math.sqrt(count))
    return Share(share, share * math.exp(-step), min(1.0, max(share * math.exp(step), FEWEST / pairs)))


def unseen(records: pd.DataFrame, pairs: pd.DataFrame, label: np.ndarray) -> tuple[float, float] | None:
    """Share of true pairs that are not linked, and the true pairs expected; None where contacts are too few to tell.

    Records with an e-mail or a phone show how many pairs the people of two systems have: what is linked among them, and what the
    model holds for possible. Records without either have as many, only hidden: a pair of two systems is in sight when both of its
    records carry a contact, so the pairs in sight over both shares are all of them. It rests on contacts lacking by chance.
    `records`: of `normalise.records`; `label`: cluster of each; `pairs`: the table match_pairs.
    """
    real = ~records.collector.to_numpy(bool)
    contact = records[["email", "phone"]].notna().any(axis=1).to_numpy() & real
    system = records.system.astype(str).to_numpy()
    share = pd.Series(contact[real]).groupby(system[real]).mean()
    seen, linked = _linked(label[contact], system[contact]), _linked(label[real], system[real])
    if float(seen.sum()) < LEAST_LINKS:
        return None
    place = pd.Series(range(len(records)), index=records.account_id)
    apart = pairs[~pairs.linked.astype(bool) & pairs.match_probability.notna()]
    left, right = place.reindex(apart.account_id_left).to_numpy(), place.reindex(apart.account_id_right).to_numpy()
    both = contact[left] & contact[right]
    ends = np.sort(np.column_stack([system[left[both]], system[right[both]]]).astype(object), axis=1)
    possible = pd.Series(apart.match_probability.to_numpy("float64")[both]).groupby([ends[:, 0], ends[:, 1]]).sum()
    total = 0.0
    for (one, other), links in linked.items():
        shown = float(seen.get((one, other), 0.0)) + float(possible.get((one, other), 0.0))
        odds = share[one] * share[other]
        total += max(float(links), shown / odds) if odds >= LEAST_SHARE**2 else float(links)
    found = float(linked.sum())
    return max(0.0, 1 - found / total), total


def _linked(label: np.ndarray, system: np.ndarray) -> pd.Series:
    """Pairs of records of one cluster, by the two systems (in the order of their names)."""
    sizes = pd.crosstab(label, system)
    out = {}
    for k, one in enumerate(sizes.columns):
        out[(one, one)] = float((sizes[one] * (sizes[one] - 1) // 2).sum())
        for other in sizes.columns[k + 1 :]:
            out[(one, other)] = float((sizes[one] * sizes[other]).sum())
    return pd.Series(out, dtype="float64")
