"""Two groups side by side: the gap, its range, and the chance of such a gap when there is none."""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_count, as_floats, check_level
from scrm_helpers.stats.counts import wilson


class Difference(NamedTuple):
    """First group minus second, an Estimate with a p-value that agrees with the range: p < 1 - level exactly when
    the range excludes 0. `n` is the smaller group. None means that it cannot be said.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    method: str
    p: float | None


def difference(a, b, level: float = LEVEL) -> Difference:
    """mean(a) - mean(b) with Welch's range. For skewed money in unequal groups use `permutation_difference`."""
    a, b = as_floats(a, "a", least=2), as_floats(b, "b", least=2)
    return welch(a.mean(), a.var(ddof=1), len(a), b.mean(), b.var(ddof=1), len(b), level)


def welch(mean_a, var_a, n_a, mean_b, var_b, n_b, level: float = LEVEL) -> Difference:
    """Welch's comparison from moments (sample variances, n - 1), as one grouped query gives them; numbers or columns.

    A group of fewer than two has no range (None; NaN in columns).
    """
    level = check_level(level)
    parts = [np.asarray(part, dtype=float) for part in (mean_a, var_a, n_a, mean_b, var_b, n_b)]
    single = all(part.ndim == 0 for part in parts)
    mean_a, var_a, n_a, mean_b, var_b, n_b = np.broadcast_arrays(*parts)
    enough = (n_a >= 2) & (n_b >= 2)
    if (n_a < 0).any() or (n_b < 0).any() or (var_a[enough] < 0).any() or (var_b[enough] < 0).any():
        raise ToldError("a variance or a number of units is below 0; expected none. "
                         "Take var_samp, not a difference of sums of squares, which loses its digits.")
    bad = int((~np.isfinite([mean_a, mean_b, var_a, var_b]).all(axis=0) & enough).sum())
    if bad:
        raise ToldError(f"{bad} of {enough.size} comparisons have a missing mean or variance; expected numbers. "
                         "Drop missing values before the moments are taken.")
    with np.errstate(divide="ignore", invalid="ignore"):
        part_a, part_b = var_a / n_a, var_b / n_b
        error = np.sqrt(part_a + part_b)
        freedom = (part_a + part_b) ** 2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
        value = mean_a - mean_b
        # Both groups constant: no noise was seen; the degrees of freedom are 0/0 and only the gap itself is known.
        reach = np.where(error == 0, 0.0, special.stdtrit(freedom, (1 + level) / 2) * error)
        p = np.where(error == 0, np.where(value == 0, 1.0, 0.0), 2 * special.stdtr(freedom, -np.abs(value) / error))
    low, high, p = (np.where(enough, each, math.nan) for each in (value - reach, value + reach, p))
    smaller = np.minimum(n_a, n_b).astype(int)
    if not single:
        return Difference(value, low, high, level, smaller, "Welch", p)
    numbers = [None if math.isnan(each) else float(each) for each in (value, low, high)]
    return Difference(*numbers, level, int(smaller), "Welch", None if math.isnan(p) else float(p))


def difference_of_shares(hits_a, n_a, hits_b, n_b, level: float = LEVEL) -> Difference:
    """Share a minus share b (-1 to 1), range by Newcombe's hybrid score (1998, method 10).

    p is where the range just reaches 0, so the two never disagree. An empty group gives None.
    """
    level = check_level(level)
    smaller = min(as_count(n_a, "n_a"), as_count(n_b, "n_b"))
    method = "Newcombe hybrid score"
    first, second = wilson(hits_a, n_a, level), wilson(hits_b, n_b, level)
    if first.value is None or second.value is None:
        return Difference(None, None, None, level, smaller, method, None)
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    hits_big, n_big, hits_small, n_small = (hits_a, n_a, hits_b, n_b) if value > 0 else (hits_b, n_b, hits_a, n_a)

    def reaches_zero(level: float) -> bool:
        big, small = wilson(hits_big, n_big, level), wilson(hits_small, n_small, level)
        return math.hypot(big.value - big.low, small.high - small.value) >= abs(value)

    p = 1.0 if value == 0 else _smallest(reaches_zero)
    return Difference(value, low, high, level, smaller, method, p)


def _smallest(reaches_zero) -> float:
    """1 - level at which a range first reaches 0, by halving z between 0 and 8 (p of 1e-15)."""
    short, enough = 0.0, 8.0
    if not reaches_zero(math.erf(enough / math.sqrt(2))):
        return 0.0
    for _ in range(60):
        middle = (short + enough) / 2
        if middle > 0 and reaches_zero(math.erf(middle / math.sqrt(2)) or 1e-300):
            enough = middle
        else:
            short = middle
    return math.erfc(enough / math.sqrt(2))
