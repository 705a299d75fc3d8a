"""What precision and recall may be where nobody reviewed a pair: the model's own doubt, and the pairs that it could not see.

A model without labels can be off as a whole, so an expected share of mistakes is only known up to a factor, besides the chance of a
small count. Both go into the range: it is wide on purpose, and reviewed pairs narrow it.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.stats import norm

from scrm_helpers.identity import keys
from scrm_helpers.metrics import LEVEL

DOUBT = {"precision": 5.0, "recall": 2.0}  # factor by which the expected share of mistakes may be off, at LEVEL (benchmarks/scorecard.py)
LEAST_SHARE = 0.1  # of a system's records with a contact: with fewer, what is said of the rest rests on too little
LEAST_LINKS = 30  # linked pairs with a contact on both sides, from which the others are judged
STEEPEST, BITS = 20.0, 4.0  # weights are cut at so many bits and counted in steps of so many
PULL = (0.25, 0.25, 0.25)  # towards the model's own line: worth a fraction of an answer
NEWTON, DRAWN, DRAWS, SEED = 50, 1000, 20_000, 5
FEWEST = 3.0  # mistakes that may be there where none is expected (rule of three)


class Share(NamedTuple):
    """A share of mistakes with its range, and the count of pairs it rests on."""

    value: float
    low: float
    high: float


def mistakes(share: float, pairs: float, *, doubt: float, together: float = 1.0) -> Share:
    """An expected share of mistakes among `pairs` as a range at LEVEL: a factor `doubt` either way, and the chance of so few.

    Mistakes come `together` pairs at a time: one record with the wrong person is a wrong pair with each of its records. The count of
    such events is Poisson around the expected one times a factor that is log-normal; its quantiles are drawn by a seed.
    """
    if pairs <= 0:
        return Share(share, 0.0, 1.0)
    z, rng = norm.ppf((1 + LEVEL) / 2), np.random.default_rng(SEED)
    events = share * pairs / together
    drawn = rng.poisson(events * np.exp(rng.standard_normal(DRAWS) * math.log(doubt) / z))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) * together / pairs
    return Share(share, min(share, float(low)), min(1.0, max(share, float(high), FEWEST / pairs)))


def together(label: np.ndarray) -> float:
    """How many pairs of records go wrong at once, on average over linked pairs: a record of a person of k brings k - 1 of them."""
    size = pd.Series(label).value_counts().to_numpy("float64")
    pairs = size * (size - 1) / 2
    return float(max(1.0, (pairs * (size - 1)).sum() / pairs.sum())) if pairs.sum() else 1.0


def unseen(
    records: pd.DataFrame, pairs: pd.DataFrame, label: np.ndarray, left_out: pd.DataFrame | None = None
) -> tuple[float, float] | None:
    """Share of true pairs that are not linked, and the true pairs expected; None where contacts are too few to tell (see `sought`)."""
    found = sought(records, pairs, label, left_out)
    return None if found is None else missed(found)


def missed(found: pd.DataFrame) -> tuple[float, float]:
    """The same of some rows of `sought`."""
    total = float(found.expected.sum())
    return (max(0.0, 1 - float(found.linked.sum()) / total) if total else 0.0), total


def sought(
    records: pd.DataFrame, pairs: pd.DataFrame, label: np.ndarray, left_out: pd.DataFrame | None = None
) -> pd.DataFrame | None:
    """Pairs of one person by the two systems of their records: `linked`, and `expected`, how many there are. None where contacts are too
    few to tell.

    Records with an e-mail or a phone show how many pairs the people of two systems have: what is linked among them, and what the
    model holds for possible. Records without either have as many, only hidden: a pair of two systems is in sight when both of its
    records carry a contact, so the pairs in sight over both shares are all of them. It rests on contacts lacking by chance.
    `records`: of `normalise.records`; `label`: cluster of each; `pairs`: the table match_pairs. `left_out`: pairs by lot that the
    budget kept from being compared (`left`, `right`, `probability`, `stands_for`): what they stand for is possible too.
    """
    real = ~records.collector.to_numpy(bool)
    contact = keys.told(records, "email", "phone") & real
    system, names = systems(records)
    share = pd.Series(contact[real]).groupby(system[real]).mean()
    seen, linked = _linked(label[contact], system[contact]), _linked(label[real], system[real])
    if float(seen.sum()) < LEAST_LINKS:
        return None
    place = pd.Series(range(len(records)), index=records.account_id)
    apart = pairs[~pairs.linked.astype(bool) & pairs.match_probability.notna()]
    left, right = place.reindex(apart.account_id_left).to_numpy(), place.reindex(apart.account_id_right).to_numpy()
    chance = apart.match_probability.to_numpy("float64")
    if left_out is not None and len(left_out):
        a, b = left_out.left.to_numpy("int64"), left_out.right.to_numpy("int64")
        by_lot = (left_out.probability * left_out.stands_for).to_numpy("float64") * (label[a] != label[b])  # others may have tied them
        left, right, chance = np.r_[left, a], np.r_[right, b], np.r_[chance, by_lot]
    both = contact[left] & contact[right]
    ends = np.sort(np.column_stack([system[left[both]], system[right[both]]]), axis=1)
    possible = pd.Series(chance[both]).groupby([ends[:, 0], ends[:, 1]]).sum()
    rows = []
    for (one, other), links in linked.items():
        shown = float(seen.get((one, other), 0.0)) + float(possible.get((one, other), 0.0))
        odds = share[one] * share[other]
        rows.append((names[one], names[other], float(links), max(float(links), shown / odds) if odds >= LEAST_SHARE**2 else float(links)))
    return pd.DataFrame(rows, columns=["one", "other", "linked", "expected"])


def reviewed(rows: pd.DataFrame) -> tuple[tuple, tuple, float] | None:
    """Precision and recall among compared pairs (value, low, high each) and the true pairs among them, from answers to some.

    Whether a pair is one person is a logistic line on its weight, with a step where it is linked, fitted to the answers. The queue
    asks more about some weights than about others: given the weight that does no harm. The range holds what so many answers leave
    open of the line, and the chance of a count. `rows`: the table match_pairs with `same` (1, 0, or nan where nobody answered).
    None where nothing is linked.
    """
    chance = rows.match_probability.clip(1e-6, 1 - 1e-6).to_numpy("float64")
    weight = np.clip(np.log2(chance / (1 - chance)), -STEEPEST, STEEPEST)  # with what a strong key adds to the model's own
    linked, told = rows.linked.to_numpy(bool), rows.same.notna().to_numpy()
    if not linked.any() or not told.any():
        return None
    seen = np.column_stack([np.ones(len(rows)), weight / BITS, linked])
    line, spread = _line(seen[told], rows.same.to_numpy("float64")[told])
    bins, count = np.unique(np.column_stack([np.round(weight * 4) / 4, linked]), axis=0, return_counts=True)
    at, group = np.column_stack([np.ones(len(bins)), bins[:, 0] / BITS, bins[:, 1]]), bins[:, 1].astype(bool)
    rng = np.random.default_rng(SEED)
    lines = np.vstack([line, rng.multivariate_normal(line, spread, DRAWN, method="cholesky")])
    share = 1 / (1 + np.exp(-(lines @ at.T)))
    noise = np.vstack([np.zeros((1, 2)), rng.standard_normal((DRAWN, 2))])
    mean, free = share * count, share * (1 - share) * count
    right, missed = (
        np.clip(mean[:, part].sum(1) + noise[:, k] * np.sqrt(free[:, part].sum(1)), 0, count[part].sum())
        for k, part in enumerate((group, ~group))
    )
    tail = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    precision, recall = right / count[group].sum(), right / np.maximum(right + missed, 1e-9)
    return (
        (float(precision[0]), *np.quantile(precision[1:], tail).tolist()),
        (float(recall[0]), *np.quantile(recall[1:], tail).tolist()),
        float(right[0] + missed[0]),
    )


def _line(seen: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their covariance, by Newton's steps from the model's own line (log odds = weight), to which a weak pull leads."""
    start, pull = np.array([0.0, BITS * math.log(2), 0.0]), np.array(PULL)
    line = start.copy()
    for _ in range(NEWTON):
        share = 1 / (1 + np.exp(-np.clip(seen @ line, -30, 30)))
        slope = seen.T @ (same - share) - pull * (line - start)
        bend = (seen * (share * (1 - share))[:, None]).T @ seen + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        line = line + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return line, np.linalg.inv(bend)


def systems(records: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """The system of each record as a number, and the systems by number, in the order of their names."""
    code, known = pd.factorize(records.system)
    number, names = pd.factorize(np.array(known, dtype=str), sort=True)
    return number[code], names.tolist()


def _linked(label: np.ndarray, system: np.ndarray) -> pd.Series:
    """Pairs of records of one cluster, by the two systems (as numbers)."""
    (place, names), clusters = pd.factorize(system, sort=True), int(label.max(initial=0)) + 1
    sizes = coo_matrix((np.ones(len(place)), (label, place)), shape=(clusters, len(names))).tocsr()  # records by cluster, system
    met = (sizes.T @ sizes).toarray()
    own = (met.diagonal() - np.asarray(sizes.sum(axis=0)).ravel()) / 2  # a record is no pair with itself
    out = {
        (one, other): float(own[k] if k == m else met[k, m])
        for k, one in enumerate(names) for m, other in enumerate(names) if k <= m
    }  # fmt: skip
    return pd.Series(out, dtype="float64")
