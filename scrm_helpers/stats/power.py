"""What a test can see, how large it must be, and how strong a hidden cause would have to be."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_count, as_number, check_level
from scrm_helpers.stats.estimates import normal_quantile

_LARGEST_TEST = 10**10  # people per arm
_NODES, _WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(200))  # Gauss-Legendre on 0 to 1
_NODES = _NODES + 0.5


class EValue(NamedTuple):
    """Least risk ratio a hidden cause needs, with both the exposure and the outcome, to explain the figure away."""

    point: float
    limit: float | None  # the same for the limit of the range nearer to 1


def e_value(rr: float, limit: float | None = None) -> EValue:
    """E-value of a risk ratio and of the nearer limit of its range (VanderWeele, Ding 2017).

    A range that reaches 1 needs no hidden cause: its E-value is 1.
    """
    rr = as_number(rr, "rr", above=0)
    if limit is None:
        return EValue(_e_value(rr), None)
    limit = as_number(limit, "limit", above=0)
    crosses = limit <= 1 if rr >= 1 else limit >= 1
    return EValue(_e_value(rr), 1.0 if crosses else _e_value(limit))


def robustness_value(t: float, freedom: float, *, q: float = 1.0) -> float:
    """Share of what is left unexplained in both exposure and outcome that a hidden cause needs, to take q of the figure away
    (Cinelli, Hazlett 2020): 0 to 1. `t`: the figure over its error, with `freedom` degrees of freedom.
    """
    f2 = (as_number(q, "q", above=0) * as_number(t, "t")) ** 2 / as_number(freedom, "freedom", above=0)
    return (math.sqrt(f2**2 + 4 * f2) - f2) / 2


def power_two_means(difference: float, sd: float, n_a: int, n_b: int | None = None, *, level: float = LEVEL) -> float:
    """Chance (0-1) that a two-sided t-test at 1 - level sees a true difference of two means, equal spread `sd`."""
    level, sd = check_level(level), as_number(sd, "sd", above=0)
    n_a, n_b = _arms(n_a, n_b, least=2)
    shift = abs(as_number(difference, "difference")) / (sd * math.sqrt(1 / n_a + 1 / n_b))
    freedom = n_a + n_b - 2
    cut = special.stdtrit(freedom, (1 + level) / 2)
    # Mean over the noise of the spread itself. scipy's non-central t gives NaN in its far tail, from a shift of 5 on.
    spread = np.sqrt(2 * special.gammaincinv(freedom / 2, _NODES) / freedom)
    return float(_WEIGHTS @ (special.ndtr(shift - cut * spread) + special.ndtr(-shift - cut * spread)))


def power_two_shares(share_a: float, share_b: float, n_a: int, n_b: int | None = None, *, level: float = LEVEL) -> float:
    """Chance (0-1) that a two-sided test at 1 - level tells two true shares apart (normal, pooled under no gap)."""
    z = normal_quantile(check_level(level))
    share_a, share_b = _share(share_a, "share_a"), _share(share_b, "share_b")
    n_a, n_b = _arms(n_a, n_b, least=1)
    pooled = (n_a * share_a + n_b * share_b) / (n_a + n_b)
    under_none = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    under_gap = math.sqrt(share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b)
    gap = abs(share_a - share_b)
    if under_gap == 0:  # both shares are 0 or 1: the outcome of the test is certain
        return float(gap > z * under_none) if gap else 0.0
    return float(special.ndtr((gap - z * under_none) / under_gap) + special.ndtr((-gap - z * under_none) / under_gap))


def size_two_shares(share_a: float, share_b: float, *, ratio: float = 1.0, level: float = LEVEL,
                    power: float = 0.80) -> tuple[int, int]:
    """Smallest groups (a, b = ratio x a, rounded up) that tell two true shares apart with the power asked for."""
    if _share(share_a, "share_a") == _share(share_b, "share_b"):
        raise ToldError(f"both shares came as {share_a}; expected two that differ. No test is large enough.")
    return _smallest_size(lambda a, b: power_two_shares(share_a, share_b, a, b, level=level), ratio, power, least=1)


def smallest_visible(sd: float, n_a: int, n_b: int | None = None, *, level: float = LEVEL, power: float = 0.80) -> float:
    """Smallest true difference of means that is seen with the power asked for, in the unit of `sd`."""
    sd, power = as_number(sd, "sd", above=0), _power(power, level)
    n_a, n_b = _arms(n_a, n_b, least=2)

    def seen(gap: float) -> bool:
        return power_two_means(gap, sd, n_a, n_b, level=level) >= power

    high = sd
    while not seen(high):
        high *= 2
    return _first(seen, 0.0, high)


def smallest_visible_share(base: float, n_a: int, n_b: int | None = None, *, level: float = LEVEL,
                           power: float = 0.80) -> float | None:
    """Smallest true rise above the share `base` that is seen with the power asked for (0-1); None if none is."""
    base, power = _share(base, "base"), _power(power, level)
    n_a, n_b = _arms(n_a, n_b, least=1)

    def seen(rise: float) -> bool:
        return power_two_shares(min(base + rise, 1.0), base, n_a, n_b, level=level) >= power

    return _first(seen, 0.0, 1 - base) if base < 1 and seen(1 - base) else None


def _e_value(rr: float) -> float:
    rr = rr if rr >= 1 else 1 / rr
    return rr + math.sqrt(rr * (rr - 1))


def _smallest_size(power_of: Callable[[int, int], float], ratio: float, power: float, *, least: int) -> tuple[int, int]:
    ratio = as_number(ratio, "ratio", above=0)
    power = _share(power, "power")

    def arms(a: int) -> tuple[int, int]:
        return a, max(least, math.ceil(a * ratio))

    enough = least
    while power_of(*arms(enough)) < power:
        enough *= 2
        if enough > _LARGEST_TEST:
            raise ToldError(f"power came as {power}; no test up to {_LARGEST_TEST:,} people per group reaches it. "
                             "Ask for a larger difference or less power.")
    short = enough // 2 if enough > least else least - 1
    while enough - short > 1:
        middle = (enough + short) // 2
        if power_of(*arms(middle)) >= power:
            enough = middle
        else:
            short = middle
    return arms(enough)


def _first(seen: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _arms(n_a: int, n_b: int | None, *, least: int) -> tuple[int, int]:
    n_a = as_count(n_a, "n_a", least=least)
    return n_a, n_a if n_b is None else as_count(n_b, "n_b", least=least)


def _share(value: float, name: str) -> float:
    value = as_number(value, name, least=0)
    if value > 1:
        raise ToldError(f"{name} came as {value}; expected a share from 0 to 1. Write 0.05 for 5%.")
    return value


def _power(power: float, level: float) -> float:
    power = _share(power, "power")
    if not 1 - check_level(level) < power < 1:
        raise ToldError(f"power came as {power}; expected above {1 - level:.2f} (chance alone) and below 1. Use 0.80.")
    return power
