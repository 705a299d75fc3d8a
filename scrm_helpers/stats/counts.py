"""Shares and counts: how sure are we, given how few there are?"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_count, as_number, check_finite, check_level
from scrm_helpers.stats.estimates import Estimate, normal_quantile

# With none seen in n, the 95% upper limit of a Poisson count is -ln(0.05) = 2.996: the rule of three.
RULE_OF_THREE, RULE_OF_THREE_LEVEL = 3.0, 0.95


class Gate(NamedTuple):
    """Answer of a statistical gate; true when it passes."""

    passed: bool
    low: float
    high: float
    hits: int
    n: int
    claimed: float
    level: float

    def __bool__(self) -> bool:
        return self.passed


def wilson(successes, n, level: float = LEVEL) -> Estimate:
    """Share `successes / n` (0-1) with the score interval of Wilson (1927); numbers, or columns of equal length.

    n = 0 gives None (NaN in columns): nothing was asked, so nothing is known.
    """
    level = check_level(level)
    hits, total, single = _hits_of(successes, n)
    z2 = normal_quantile(level) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / total
        centre = (hits + z2 / 2) / (total + z2)
        half = np.sqrt(z2) / (total + z2) * np.sqrt(hits * (total - hits) / total + z2 / 4)
    # At 0 and at n the limit is exact; the arithmetic would leave 1e-17 there.
    low = np.where(hits == 0, 0.0, np.minimum(np.maximum(centre - half, 0), share))
    high = np.where(hits == total, 1.0, np.maximum(np.minimum(centre + half, 1), share))
    return _shares(share, low, high, total, level, "Wilson score", single)


def clopper_pearson(successes, n, level: float = LEVEL) -> Estimate:
    """Share `successes / n` (0-1) with exact binomial limits (Clopper, Pearson 1934): covers at least `level`."""
    level = check_level(level)
    hits, total, single = _hits_of(successes, n)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / total
        low = np.where(hits == 0, 0.0, special.betaincinv(np.maximum(hits, 1), total - hits + 1, tail))
        high = np.where(hits == total, 1.0, special.betaincinv(hits + 1, np.maximum(total - hits, 1), 1 - tail))
    return _shares(share, low, high, total, level, "exact binomial (Clopper-Pearson)", single)


def poisson_exact(count, level: float = LEVEL) -> Estimate:
    """A count of independent events with exact limits on its expectation (Garwood 1936)."""
    level, count = check_level(level), as_count(count, "count")
    tail = (1 - level) / 2
    low = float(special.gammaincinv(count, tail)) if count else 0.0
    return Estimate(float(count), low, float(special.gammainccinv(count + 1, tail)), level, count, "exact Poisson")


def ratio_to_count(cost, count, level: float = LEVEL) -> Estimate:
    """Cost per event, as cost / new customers (money per customer), from the exact Poisson limits on the count.

    The cost is taken as known; where it is not, `widen` the result. None won: value and high are None and low is
    cost / 3.0 at 95%, whatever the level asked for ("none won; at least ...").
    """
    level, count, cost = check_level(level), as_count(count, "count"), as_number(cost, "cost", least=0)
    if count == 0:
        return Estimate(None, cost / RULE_OF_THREE, None, RULE_OF_THREE_LEVEL, 0, "rule of three")
    limits = poisson_exact(count, level)
    return Estimate(cost / count, cost / limits.high, cost / limits.low, level, count, "exact Poisson on the count")


def rule_of_three(n) -> Estimate:
    """Share (0-1) when none was seen among n: 0, and at most 3 / n with 95% confidence (one-sided)."""
    n = as_count(n, "n", least=1)
    return Estimate(0.0, 0.0, min(1.0, RULE_OF_THREE / n), RULE_OF_THREE_LEVEL, n, "rule of three")


def binomial_gate(hits, n, claimed: float, *, level: float = 0.99, one_sided: bool = False,
                  more_is_fine: bool = True) -> Gate:
    """Does `hits` of `n` contradict a claimed rate? Fails only when the exact binomial interval excludes the claim.

    one_sided is for claims such as "covers at least 90%" (more_is_fine, the interval then is 0 to its upper limit) and
    "at most 5% false alarms" (more_is_fine=False, the interval then is its lower limit to 1).
    """
    level, hits, n = check_level(level), as_count(hits, "hits"), as_count(n, "n", least=1)
    claimed = as_number(claimed, "claimed", least=0)
    if claimed > 1:
        raise ToldError(f"claimed came as {claimed}; expected a share from 0 to 1. Write 0.90 for 90%.")
    limits = clopper_pearson(hits, n, 2 * level - 1 if one_sided and level > 0.5 else level)
    if one_sided and level <= 0.5:
        raise ToldError(f"level came as {level}; expected above 0.5 for a one-sided gate. Use 0.99.")
    low = 0.0 if one_sided and more_is_fine else limits.low
    high = 1.0 if one_sided and not more_is_fine else limits.high
    return Gate(bool(low <= claimed <= high), low, high, hits, n, claimed, level)


def _hits_of(successes, n) -> tuple[np.ndarray, np.ndarray, bool]:
    try:
        hits, total = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    except (TypeError, ValueError):
        raise TypeError("successes or n hold something that is not a number; expected counts. "
                        "Drop missing groups before.") from None
    single = hits.ndim == 0 and total.ndim == 0
    check_finite(hits, "successes")
    check_finite(total, "n")
    hits, total = np.broadcast_arrays(hits, total)
    if (hits != np.floor(hits)).any() or (total != np.floor(total)).any():
        raise ToldError("successes or n are not whole; expected counts of units. "
                         "A weighted share needs ratio_of_sums.")
    if (hits < 0).any() or (hits > total).any():
        at = int(np.argmax(((hits < 0) | (hits > total)).ravel()))
        raise ToldError(f"successes {hits.ravel()[at]:g} of n {total.ravel()[at]:g}; expected 0 <= successes <= n. "
                         "Numerator and denominator must count the same people.")
    return hits, total, single


def _shares(share, low, high, total, level, method, single) -> Estimate:
    if single:
        n = int(total)
        if n == 0:
            return Estimate(None, None, None, level, 0, method)
        return Estimate(float(share), float(low), float(high), level, n, method)
    low, high = (np.where(total == 0, math.nan, limit) for limit in (low, high))
    return Estimate(share, low, high, level, total.astype(int), method)
