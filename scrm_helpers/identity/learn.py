"""What a reviewer's answers teach: trees on the evidence of a pair, held back by what the pairs left out say of them.

The trees may find that two fields go wrong together, or that a slip in a rare name means more than the model thinks. How far they are
to be believed is fitted on answers that they did not see.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from scrm_helpers.identity.features import features, trees

LEAST_ANSWERS, LEAST_OF_EACH = 120, 30
TREES = {"max_iter": 60, "learning_rate": 0.08, "max_leaf_nodes": 6, "min_samples_leaf": 10, "random_state": 0}
FOLDS = 5
PULL = 2.0  # keeps the line of belief near 1 where answers are few


def taught(pairs: pd.DataFrame, table: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Pairs whose `weight` and `probability` follow the answers, and `mw_labels`, the bits that they added; as they came where
    there are too few answers.

    `pairs`: of `model.Scored`; `table`: `fields.columns` of all records, row for row; `answers`: `left`, `right`, `answer`.
    """
    told = answers[answers.answer.isin(("same", "different"))]
    place = pd.Series(range(len(pairs)), index=pd.MultiIndex.from_frame(pairs[["left", "right"]]))
    at = place.reindex(pd.MultiIndex.from_frame(told[["left", "right"]])).to_numpy("float64")
    known = ~np.isnan(at)
    rows, same = at[known].astype("int64"), told.answer.eq("same").to_numpy()[known]
    if len(rows) < LEAST_ANSWERS or min(same.sum(), (~same).sum()) < LEAST_OF_EACH:
        return pairs
    from sklearn.model_selection import StratifiedKFold  # slow to load, and many a company has no answers

    shown = features(pairs, table)
    with threadpool_limits(1):  # more threads wait for each other on so few rows
        raw = _odds(trees(shown[rows], same, **TREES), shown)
        held = np.zeros(len(rows))
        for fit, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(rows, same):
            held[rest] = _odds(trees(shown[rows[fit]], same[fit], **TREES), shown[rows[rest]])
    shift, slope = _line(held, same)
    weight = np.round(shift + slope * raw, 9)
    return pairs.assign(
        mw_labels=weight - pairs.weight.to_numpy(), weight=weight, probability=1 / (1 + np.exp2(-np.clip(weight, -60, 60)))
    )


def _odds(model, shown: np.ndarray) -> np.ndarray:
    """Log odds of each row, in bits, no surer than one in a thousand."""
    return np.clip(model.decision_function(shown) / np.log(2), -10, 10)


def _line(held: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """Shift and slope (bits) from answers that the trees did not see (Platt 1999)."""

    def loss(line: np.ndarray) -> float:
        odds = (line[0] + line[1] * held) * np.log(2)
        return float(np.sum(np.logaddexp(0, odds) - same * odds) + PULL * (line[0] ** 2 + (line[1] - 1) ** 2))

    shift, slope = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(-5, 5), (0.1, 2)]).x
    return float(shift), float(slope)
