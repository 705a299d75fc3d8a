"""What a weight is worth once reviewers have answered: the model's probabilities held against the labels."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from scrm_helpers.identity.cluster import probability

LEAST_LABELS, LEAST_OF_EACH = 40, 8
PULL = 0.05  # keeps the line near the model's own where labels are few or all agree


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
