"""Two groups that nobody drew by lot, made alike on what is known of them: strata of the propensity score, and the same after
regression (doubly robust). What is not known of them stays in the gap.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.stats.checks import LEVEL, as_floats, check_finite, check_level, check_same_length
from scrm_helpers.stats.differences import Difference, difference
from scrm_helpers.stats.estimates import normal_quantile

STRATA, LEAST_PER_STRATUM = (
    10,
    40,
)  # a stratum holds at least so many of the treated, so fewer of them make fewer strata


class LikeForLike(NamedTuple):
    """Treated minus others, as it is and among alike; all for the treated (ATT), in the unit of the outcome."""

    raw: Difference
    matched: Difference  # propensity strata, weighted by their treated
    robust: Difference  # the same on what a regression among the others leaves over
    balance: pd.DataFrame  # covariate, before, after: gap in standard deviations of the treated
    kept: float  # share of the treated who have others like them
    strata: int
    treated_mean: float  # of the treated who were kept
    other_mean: float  # of the others, weighted to look like them
    weights: np.ndarray  # of each row, as of `Alike`


class Alike(NamedTuple):
    """Who is like whom by `facts`, made once for as many outcomes as are read on it (`between`)."""

    treated: np.ndarray
    values: np.ndarray
    names: list[str]
    scaled: np.ndarray  # the facts that vary, in standard deviations
    groups: np.ndarray  # stratum of each row, -1 outside the range of both sides
    weights: np.ndarray  # 1 for the kept treated, their strata's share for the others, 0 for who has no like
    used: np.ndarray


def alike(treated, facts: pd.DataFrame, *, strata: int = STRATA) -> Alike | None:
    """Treated (True) and others in strata of the propensity by `facts` (numeric columns, known before).

    None where either side has fewer than 20 rows or no stratum holds both.
    """
    treated = np.asarray(treated)
    if treated.dtype != bool:
        raise TypeError(f"treated came as {treated.dtype}; expected True or False per row.")
    values = facts.to_numpy(dtype=float)
    check_same_length(treated, values, "treated and facts")
    check_finite(values, "facts")
    if treated.sum() < 20 or (~treated).sum() < 20:
        return None
    spread = values.std(axis=0)
    moving = spread > 0
    scaled = (values[:, moving] - values[:, moving].mean(axis=0)) / spread[moving]
    groups = _strata(_propensity(scaled, treated), treated, strata)
    weights, used = _weights(groups, treated)
    return Alike(treated, values, list(facts.columns), scaled, groups, weights, used) if used.any() else None


def like_for_like(
    outcome, treated, facts: pd.DataFrame, *, level: float = LEVEL, strata: int = STRATA
) -> LikeForLike | None:
    """`between` of one outcome among those who are alike by `facts`; None where nobody is (see `alike`)."""
    check_same_length(np.asarray(treated), as_floats(outcome, "outcome"), "treated and outcome")
    found = alike(treated, facts, strata=strata)
    return None if found is None else between(outcome, found, level=level)


def between(outcome, found: Alike, *, level: float = LEVEL) -> LikeForLike:
    """The gap in `outcome` between treated and others with the same facts."""
    level, outcome = check_level(level), as_floats(outcome, "outcome")
    treated, groups, weights, used = found.treated, found.groups, found.weights, found.used
    check_same_length(treated, outcome, "treated and outcome")
    return LikeForLike(
        difference(outcome[treated], outcome[~treated], level),
        _stratified(outcome, treated, groups, used, level, "propensity strata"),
        _stratified(
            outcome - _expected(found.scaled, outcome, treated, used),
            treated,
            groups,
            used,
            level,
            "propensity strata after regression",
        ),
        _balance(found.values, found.names, treated, weights),
        float((used & treated).sum() / treated.sum()),
        int(pd.Series(groups[used]).nunique()),
        float(outcome[used & treated].mean()),
        float(np.average(outcome[used & ~treated], weights=weights[used & ~treated])),
        weights,
    )


def risk_ratio(happened, treated, weights, level: float = LEVEL) -> tuple[float, float, float] | None:
    """Weighted share of the treated over that of the others, with a range (logarithm, delta method); None where one is 0."""
    happened, treated, weights = (
        np.asarray(happened, dtype=float),
        np.asarray(treated, dtype=bool),
        as_floats(weights, "weights"),
    )
    parts = []
    for side in (treated, ~treated):
        w = weights[side]
        share = float(np.average(happened[side], weights=w))
        many = w.sum() ** 2 / (w**2).sum()  # as many equal rows as these weighted ones are worth
        if share <= 0:
            return None
        parts.append((share, (1 - share) / (share * many)))
    ratio = parts[0][0] / parts[1][0]
    reach = math.exp(normal_quantile(level) * math.sqrt(parts[0][1] + parts[1][1]))
    return ratio, ratio / reach, ratio * reach


def _propensity(scaled: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Log-odds of being treated, from a logistic regression on the facts and their squares."""
    from sklearn.linear_model import LogisticRegression  # slow to load, needed here alone

    if scaled.shape[1] == 0:
        return np.zeros(len(treated))
    # Newton's steps: few columns and many rows; L-BFGS takes hundreds of steps where facts go together, and stops short of the optimum
    model = LogisticRegression(C=10.0, solver="newton-cholesky", max_iter=100, tol=1e-8)
    return np.round(model.fit(_features(scaled), treated).decision_function(_features(scaled)), 9)


def _features(scaled: np.ndarray) -> np.ndarray:
    return np.hstack([scaled, scaled**2])


def _strata(score: np.ndarray, treated: np.ndarray, strata: int) -> np.ndarray:
    """Stratum of each row by quantiles of the treated's score; -1 outside the range that both sides share."""
    many = max(1, min(strata, int(treated.sum()) // LEAST_PER_STRATUM))
    edges = np.unique(np.quantile(score[treated], np.linspace(0, 1, many + 1)[1:-1]))
    low = max(score[treated].min(), score[~treated].min())
    high = min(score[treated].max(), score[~treated].max())
    return np.where((score < low) | (score > high), -1, np.searchsorted(edges, score, side="right"))


def _weights(groups: np.ndarray, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights, used = np.zeros(len(groups)), np.zeros(len(groups), dtype=bool)
    for group in np.unique(groups[groups >= 0]):
        inside = groups == group
        n, others = int((inside & treated).sum()), int((inside & ~treated).sum())
        if n >= 2 and others >= 2:
            used |= inside
            weights[inside] = np.where(treated[inside], 1.0, n / others)
    return weights, used


def _stratified(values, treated, groups, used, level, method) -> Difference:
    whole, gap, variance = (used & treated).sum(), 0.0, 0.0
    for group in np.unique(groups[used]):
        a, b = values[used & treated & (groups == group)], values[used & ~treated & (groups == group)]
        share = len(a) / whole
        gap += share * (a.mean() - b.mean())
        variance += share**2 * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    error = math.sqrt(variance)
    reach = normal_quantile(level) * error
    p = math.erfc(abs(gap) / error / math.sqrt(2)) if error else None
    n = int(min(whole, (used & ~treated).sum()))
    return Difference(float(gap), float(gap - reach), float(gap + reach), level, n, method, p)


def _expected(scaled, outcome, treated, used) -> np.ndarray:
    """What the others with the same facts would be expected to have: least squares among the others."""
    design = np.hstack([np.ones((len(scaled), 1)), _features(scaled)])
    fitted, *_ = np.linalg.lstsq(design[used & ~treated], outcome[used & ~treated], rcond=None)
    return design @ fitted


def _balance(values, names, treated, weights) -> pd.DataFrame:
    spread = values[treated].std(axis=0, ddof=1)
    spread = np.where(spread > 0, spread, np.nan)
    before = (values[treated].mean(axis=0) - values[~treated].mean(axis=0)) / spread
    kept = [np.average(values[side], axis=0, weights=weights[side]) for side in (treated, ~treated)]
    table = pd.DataFrame({"covariate": list(names), "before": before, "after": (kept[0] - kept[1]) / spread})
    return table.dropna(ignore_index=True)
