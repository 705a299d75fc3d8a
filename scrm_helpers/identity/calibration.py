"""What evidence is worth once reviewers have answered: probabilities of pairs, and from where groups join, held against the labels."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from scrm_helpers.identity.cluster import Clusters, Groups, probability

LEAST_LABELS, LEAST_OF_EACH = 40, 8
PULL = 0.05  # keeps the line near the model's own where labels are few or all agree
STEEP_PULL = 2.0  # of the line of groups, whose averages over many pairs say more than a pair of their weight does
FURTHEST = 2.0  # bits by which labels may move the evidence from which groups join


def fit(pairs: pd.DataFrame, answers: pd.DataFrame) -> Callable[[np.ndarray], np.ndarray] | None:
    """A function from weights (bits) to probabilities: a line on the log odds fitted to the labels (Platt 1999);
    None where there are too few of them.

    The queue asks more about some weights than about others; that does no harm, because the line is fitted given the weight.
    """
    rows = answers[answers.answer.isin(("same", "different"))].merge(
        pairs[["left", "right", "weight"]], on=["left", "right"]
    )
    same = rows.answer.eq("same").to_numpy(dtype=float)
    if len(rows) < LEAST_LABELS or min(same.sum(), len(same) - same.sum()) < LEAST_OF_EACH:
        return None
    weight = np.clip(rows.weight.to_numpy(), -20, 20)

    def loss(line: np.ndarray) -> float:
        odds = (line[0] + line[1] * weight) * np.log(2)
        return float(np.sum(np.logaddexp(0, odds) - same * odds) + PULL * (line[0] ** 2 + (10 * (line[1] - 1)) ** 2))

    shift, slope = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(-20, 20), (0.05, 3)]).x
    return lambda weights: probability(shift + slope * np.clip(weights, -20, 20))


def join_from(found: Groups, best: Clusters, answers: pd.DataFrame) -> float:
    """The average evidence (bits) from which two groups are one person at even odds, by answers on pairs that stand in two groups of
    `best`; 0 where there are too few. A line on the log odds, as for pairs: what an answer says of two records it says of their groups.
    """
    rows = answers[answers.answer.isin(("same", "different"))]
    left, right = best.label[rows.left.to_numpy("int64")], best.label[rows.right.to_numpy("int64")]
    same = rows.answer.eq("same").to_numpy(dtype=float)[left != right]
    evidence = between(found, best.label, left[left != right], right[left != right])
    if len(same) < LEAST_LABELS or min(same.sum(), len(same) - same.sum()) < LEAST_OF_EACH:
        return 0.0

    def loss(line: np.ndarray) -> float:
        odds = (line[0] + line[1] * evidence) * np.log(2)
        return float(np.sum(np.logaddexp(0, odds) - same * odds) + PULL * line[0] ** 2 + STEEP_PULL * (line[1] - 1) ** 2)

    shift, slope = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(-20, 20), (0.2, 3)]).x
    return round(float(np.clip(-shift / slope, -FURTHEST, FURTHEST)), 6)


def between(found: Groups, label: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Average evidence of all pairs of the groups `left` and `right`, named by the map `label` (of records), in bits."""
    of, size, n = label[found.first], np.bincount(label), len(label)
    a, b = of[found.left], of[found.right]
    edges = pd.DataFrame({"code": np.minimum(a, b) * n + np.maximum(a, b), "total": found.total, "count": found.count})
    sums = edges.groupby("code").sum().reindex(np.minimum(left, right) * n + np.maximum(left, right)).fillna(0.0)
    pairs = size[left] * size[right]
    return (sums.total.to_numpy() + found.unseen * (pairs - sums["count"].to_numpy())) / pairs
