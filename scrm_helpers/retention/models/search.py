"""The search for the parameters of highest likelihood: all positive, so it climbs on their logs."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize

EDGE = 9.0  # logs beyond which a parameter counts as run away: the data do not hold it
STEP = 1e-4  # of a log, for the curvature
STILL = 1e-9  # of a log: a smaller step is none


class Fit(NamedTuple):
    """Parameters by name, the log-likelihood at them, customers behind it, and whether the search came to rest."""

    parameters: dict[str, float]
    log_likelihood: float
    n: int
    converged: bool


def dot(left: np.ndarray, right: np.ndarray) -> float:
    """Sum of products without BLAS: its threads cost more than they give on rows of this size, and their order of adding is not fixed."""
    return float(np.einsum("i,i->", left, right))


Slope = Callable[[np.ndarray], tuple[float, np.ndarray]]  # logs -> log-likelihood and its gradient on the logs


def climb(whole: Slope, names: tuple[str, ...], start, n: int, *, part: Slope | None = None) -> Fit:
    """Maximum likelihood with exact gradients. `part`: the same on a thinned sample, where the long way is walked.

    The curvature of the sample then leads the whole in a few steps; where they do not come to rest (a flat or odd likelihood)
    the whole is walked too.
    """
    logs = _walk(part or whole, np.log(start), n)
    if part is None or np.abs(logs).max() > EDGE - 0.1:
        logs, rested = _polish(whole, whole, _walk(whole, logs, n) if part else logs, n)
    else:
        logs, rested = _polish(whole, part, logs, n)
        if not rested:
            logs, rested = _polish(whole, whole, _walk(whole, logs, n), n)
    value = whole(logs)[0]
    inside = bool(np.abs(logs).max() < EDGE - 0.1)
    return Fit(dict(zip(names, map(float, np.exp(logs)), strict=True)), float(value), n, rested and inside)


def climb_plain(total: Callable, names: tuple[str, ...], start, n: int, *, rescale: dict[str, float] | None = None) -> Fit:
    """The same without gradients, for short sums: from the start, and once more from where it came to rest."""

    def loss(logs):
        return -total(np.exp(logs)) / n

    bounds = [(-EDGE, EDGE)] * len(names)
    first = optimize.minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds)
    fine = {"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000}
    found = optimize.minimize(loss, first.x, method="Nelder-Mead", bounds=bounds, options=fine)
    values = dict(zip(names, map(float, np.exp(found.x)), strict=True))
    for name, scale in (rescale or {}).items():
        values[name] *= scale
    inside = bool(np.abs(found.x).max() < EDGE - 0.1)
    return Fit(values, -float(found.fun) * n, n, bool(found.success) and inside)


def _walk(slope: Slope, logs: np.ndarray, n: int) -> np.ndarray:
    def loss(at):
        value, gradient = slope(at)
        return -value / n, -gradient / n

    bounds = [(-EDGE, EDGE)] * len(logs)
    return optimize.minimize(loss, logs, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x


def _polish(whole: Slope, part: Slope, logs: np.ndarray, n: int) -> tuple[np.ndarray, bool]:
    """Newton's steps on the whole, with the curvature of `part` where the walk ended."""
    if np.abs(logs).max() > EDGE - 0.1:
        return logs, True
    scale = whole(logs)[0] / part(logs)[0]
    curvature = -_curvature(part, logs) * scale
    value, gradient = whole(logs)
    for _ in range(40):
        try:
            move = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            return logs, False
        if not np.isfinite(move).all() or np.abs(move).max() > 2 or gradient @ move < 0:
            return logs, False
        if np.abs(move).max() < STILL or gradient @ move < 1e-9:  # what is left to gain is no log-likelihood unit
            return logs, True
        ahead, there = whole(logs + move)
        if not ahead > value - 1e-7:
            return logs, False
        logs, value, gradient = logs + move, ahead, there
    return logs, False


def _curvature(slope: Slope, logs: np.ndarray) -> np.ndarray:
    rows = []
    for k in range(len(logs)):
        step = np.zeros(len(logs))
        step[k] = STEP
        rows.append((slope(logs + step)[1] - slope(logs - step)[1]) / (2 * STEP))
    found = np.array(rows)
    return (found + found.T) / 2
