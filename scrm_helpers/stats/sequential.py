"""Tests that are looked at before they end: the bound that each look must cross so that all looks together keep their level."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_floats, as_number, check_level

POWER = 3.0  # spending alpha * t^3: early looks are strict, the last one stays near the plain bound
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(301)


def spending_bounds(fractions: Sequence[float], level: float = LEVEL, *, power: float = POWER) -> np.ndarray:
    """z that |estimate / error| must reach at each look, two-sided at `level` over all looks (Lan, DeMets 1983).

    `fractions`: share of the planned data seen at each look, rising, at most 1. By look k alpha * t_k ^ power of the
    chance of a false alarm is spent. The path between bounds is integrated look by look (Armitage et al. 1969).
    """
    level, t = check_level(level), as_floats(fractions, "fractions")
    if (np.diff(t) <= 0).any() or t[0] <= 0 or t[-1] > 1:
        raise ToldError(f"fractions came as {t.tolist()}; expected rising shares above 0 and at most 1. "
                         "Give the share of the planned days or people at each look.")
    spent = np.diff((1 - level) * t ** as_number(power, "power", above=0), prepend=0.0)
    bounds, places, density = [], np.zeros(1), np.ones(1)
    for before, now, alarm in zip(np.concatenate([[0.0], t[:-1]]), t, spent, strict=True):
        step = math.sqrt(now - before)

        def crossed(bound: float, places=places, density=density, step=step) -> float:
            return float(density @ (special.ndtr((places - bound) / step) + special.ndtr((-bound - places) / step)))

        low, high = 0.0, 40 * math.sqrt(now)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if crossed(middle) > alarm else (low, middle)
        bounds.append(high / math.sqrt(now))
        at = high * _NODES
        spread = np.exp(-(((at[:, None] - places) / step) ** 2) / 2) / (step * math.sqrt(2 * math.pi))
        density, places = (spread @ density) * high * _WEIGHTS, at
    return np.array(bounds)


def level_at(fractions: Sequence[float], level: float = LEVEL, *, power: float = POWER) -> float:
    """Level of the range to show at the last of these looks, so that the ranges of all looks hold together at `level`."""
    return float(1 - 2 * special.ndtr(-spending_bounds(fractions, level, power=power)[-1]))
