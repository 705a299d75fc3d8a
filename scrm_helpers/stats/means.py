"""Means, medians and ratios of sums over independent units (customers, orders, stores)."""

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_draws, as_floats, check_level, check_same_length
from scrm_helpers.stats.estimates import Estimate

_CELLS_AT_A_TIME = 2_000_000  # draws x units held at once: 16 MB of weights, whatever the number of draws


def ratio_of_sums(num, den, level: float = LEVEL, *, cluster=None) -> Estimate:
    """sum(num) / sum(den) over independent units, linearised (delta method) with Student's t on units - 1.

    `cluster` names the independent unit of each row (the person of an order): rows are summed by it first. For many
    units; under about 50 / skewness squared units use `bootstrap_ratio`. sum(den) = 0 gives None.
    """
    level = check_level(level)
    num, den = _by_cluster(num, den, cluster)
    value, error = _ratio(num, den)
    method = "ratio of sums, linearised"
    if value is None or error is None:
        return Estimate(value, None, None, level, len(num), method)
    reach = float(special.stdtrit(len(num) - 1, (1 + level) / 2)) * error
    return Estimate(value, value - reach, value + reach, level, len(num), method)


def bootstrap_ratio(num, den, level: float = LEVEL, *, seed: int, draws: int = 2000, cluster=None) -> Estimate:
    """sum(num) / sum(den) over independent units with a studentised (bootstrap-t) range, for skewed money.

    Whole units are drawn again, numerator and denominator together; each draw's distance from the figure is measured
    in that draw's own standard error (Efron 1981; Hall 1988), which carries the skew into the range. A side on which
    too many draws hold one value only has no limit (None). Coverage of 90% measured: skewness 2.8 and 30 orders 89%
    (Student's t 86%), log-normal with sigma 1 and 50 orders 88% (85%). Work grows with units x draws: above some
    100,000 units `ratio_of_sums` says the same at once.
    """
    level, draws = check_level(level), as_draws(draws)
    num, den = _by_cluster(num, den, cluster)
    value, error = _ratio(num, den)
    n, tail = len(num), (1 - level) / 2
    method = f"studentised bootstrap, {draws} draws"
    if value is None or error is None:
        return Estimate(value, None, None, level, n, method)
    rest = num - value * den  # residuals: sums around 0 lose no digits, raw squares of large money would
    if not np.abs(rest).max() > 1e-12 * max(np.abs(num).max(), np.abs(value * den).max()):
        return Estimate(value, value, value, level, n, method)
    columns = np.column_stack([rest, rest**2, rest * den, den, den**2])
    sums = np.concatenate([weights @ columns for weights in _resampled_weights(n, draws, seed)])
    rest_sum, rest_square, cross, base, base_square = sums.T
    known = base > 0
    if (~known).mean() > 0.01:  # a denominator this rare: the figure hangs on single units
        return Estimate(value, None, None, level, n, method)
    shift = rest_sum[known] / base[known]
    spread = rest_square[known] - 2 * shift * cross[known] + shift**2 * base_square[known]
    spread = np.where(spread > 1e-12 * (rest**2).mean(), spread, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = shift / (np.sqrt(spread * n / (n - 1)) / base[known])
    distance[np.isnan(distance)] = 0.0
    upper = float(np.quantile(distance, 1 - tail, method="higher"))
    lower = float(np.quantile(distance, tail, method="lower"))
    low, high = value - upper * error, value - lower * error
    # A tiny sample can put both quantiles on one side; the figure itself belongs to its range.
    return Estimate(value, min(low, value) if math.isfinite(low) else None,
                    max(high, value) if math.isfinite(high) else None, level, n, method)


def bootstrap_mean(values, level: float = LEVEL, *, seed: int, draws: int = 2000, cluster=None) -> Estimate:
    """Mean with a studentised bootstrap range, for skewed money: `bootstrap_ratio` over the number of rows."""
    values = as_floats(values, "values")
    return bootstrap_ratio(values, np.ones(len(values)), level, seed=seed, draws=draws, cluster=cluster)


def bootstrap_median(values, level: float = LEVEL, *, seed: int, draws: int = 2000) -> Estimate:
    """Median with a percentile bootstrap range.

    The median of a resample is one (n even: the mean of two) of the sorted values, and the place it falls on is that
    of a uniform order statistic; drawing the place gives the bootstrap itself, without drawing n values each time.
    """
    level, draws = check_level(level), as_draws(draws)
    ordered = np.sort(as_floats(values, "values"))
    n, rng, tail = len(ordered), np.random.default_rng(seed), (1 - level) / 2
    k = (n + 1) // 2
    place = rng.beta(k, n - k + 1, draws)
    medians = ordered[np.minimum((place * n).astype(int), n - 1)]
    if n % 2 == 0:
        above = place + (1 - place) * rng.beta(1, n - k, draws)
        medians = (medians + ordered[np.minimum((above * n).astype(int), n - 1)]) / 2
    value = float(np.median(ordered))
    low, high = np.quantile(medians, [tail, 1 - tail], method="inverted_cdf")
    return Estimate(value, min(float(low), value), max(float(high), value), level, n,
                    f"percentile bootstrap, {draws} draws")


def median(values, level: float = LEVEL) -> Estimate:
    """Median with the exact range between two order statistics: holds for any distribution, needs no draws.

    Too few values for the level (four at 0.90) give no limits.
    """
    level = check_level(level)
    ordered = np.sort(as_floats(values, "values"))
    n, tail, method = len(ordered), (1 - level) / 2, "exact order statistics"
    value = float(np.median(ordered))
    if special.bdtr(0, n, 0.5) > tail:
        return Estimate(value, None, None, level, n, method)
    k = int(special.bdtrik(tail, n, 0.5)) + 2  # a start at or above the answer; the largest k with P(X < k) <= tail
    while special.bdtr(k - 1, n, 0.5) > tail:
        k -= 1
    return Estimate(value, float(ordered[k - 1]), float(ordered[n - k]), level, n, method)


def _ratio(num: np.ndarray, den: np.ndarray) -> tuple[float | None, float | None]:
    """The ratio and its linearised standard error; None where it cannot be said."""
    total, n = float(den.sum()), len(den)
    if total == 0:
        return None, None
    if total < 0:
        raise ToldError(f"den sums to {total:g}; expected a positive sum. Look for credit notes without their sale.")
    value = float(num.sum()) / total
    if n < 2:
        return value, None
    return value, math.sqrt(n / (n - 1) * float(np.square(num - value * den).sum())) / total


def _by_cluster(num, den, cluster) -> tuple[np.ndarray, np.ndarray]:
    num, den = as_floats(num, "num"), as_floats(den, "den")
    check_same_length(num, den, "num and den")
    if cluster is None:
        return num, den
    names, place = np.unique(np.asarray(cluster), return_inverse=True)
    check_same_length(place, num, "cluster and num")
    return (np.bincount(place, weights=num, minlength=len(names)),
            np.bincount(place, weights=den, minlength=len(names)))


def _resampled_weights(n: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """How often each unit is drawn, a row per draw, in blocks that keep memory small."""
    rng, block = np.random.default_rng(seed), max(1, _CELLS_AT_A_TIME // n)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        picks = rng.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(picks.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
