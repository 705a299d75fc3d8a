"""How one series of sales wanders from day to day: its covariance over time, and least squares under it with wild days clipped.

The covariance is a sum of simple parts (chance of the day, memory of days, weeks, a month, a quarter, a week-day pattern that drifts, a
season that returns each year), each with a weight of 0 or more. The weights are those whose half-variogram, after the calendar is taken
out of model and data alike, comes nearest to the one seen (Cressie 1985; non-negative least squares). What a season
or a feast does differs from year to year, so days of a season seen only a few times carry a variance of their own.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import lapack
from scipy.optimize import nnls

MEMORIES = (2, 7, 25, 90)  # days after which a memory has faded to a third
SEASONS = (6, 20)  # days over which a season that returns each year keeps its shape
DRIFT = 60  # days after which the pattern of the week has drifted
LONG = 400  # days of data that a season needs to be told
CLIP = 2.0  # robust standard deviations beyond which a day's surprise counts no further
ROUNDS = 6
LEAST_CHANCE = 0.02  # share of the variance that is chance of the day, at least
RETURNING, OF_THE_YEAR = 0.5, 0.15  # prior standard deviation (log) of a season's weeks: the part that returns, the part of one year
ONE_SEASON = 180  # days: marks nearer than this are of one season
YEAR_END = ((1124, 1207), (1208, 1224), (1225, 1231), (101, 107))  # weeks around the turn of the year, first and last day as MMDD


class Noise(NamedTuple):
    """Least squares under a series' own covariance: `off` (P) takes calendar and noise out, among the `known` periods."""

    known: np.ndarray
    off: np.ndarray
    inverse: np.ndarray
    weights: np.ndarray


def year_end(days: pd.DatetimeIndex) -> np.ndarray:
    """Columns of the weeks around the turn of the year, days x 4."""
    on = np.asarray(days.month * 100 + days.day)
    return np.column_stack([(on >= a) & (on <= b) for a, b in YEAR_END]).astype(float)


def parts(at: np.ndarray, width: int) -> list[np.ndarray]:
    """Correlations over time that the noise may be made of. `at`: numbers of the periods of `width` days."""
    apart = np.abs(at[:, None] - at[None, :]).astype(float) * width
    found = [np.eye(len(at))] + [np.exp(-apart / m) for m in MEMORIES if m >= width]
    if width == 1:
        found.append((apart % 7 == 0) * np.exp(-apart / DRIFT))
    if len(at) and apart.max() >= LONG:
        turn = np.sin(np.pi * apart / 365.25) ** 2 * 2 * (365.25 / (2 * np.pi)) ** 2
        found += [np.exp(-turn / s**2) for s in SEASONS]
    return found


def _lags(n: int, width: int) -> np.ndarray:
    """Lags whose autocovariances are matched: days up to nine weeks, weeks up to half a year, and a year."""
    week, year = max(1, 7 // width), 365 // width
    found = [*range(max(9 * week, 8)), *range(10 * week, 26 * week, week), *range(year - 3 * week, year + 3 * week + 1)]
    return np.array([h for h in found if h < n - 20])


def learn(y: np.ndarray, base: np.ndarray, known: np.ndarray, *, width: int = 1, marks: np.ndarray | None = None) -> Noise:
    """The noise of one series. `y`: logs; `base`: periods x calendar columns; `known`: periods with a figure; `marks`: season columns."""
    at = np.flatnonzero(known)
    seen, fixed = y[at], base[at]
    basis = _basis(fixed)
    n, lags, found = len(at), _lags(len(at), width), parts(at, width)
    expected = np.array([_expected(k, basis, lags) for k in found]).T
    extra = _of_seasons(at, width, marks[at]) if marks is not None and marks.size else None
    now, off, inverse, weights = seen.copy(), np.eye(n), np.eye(n), np.zeros(len(found))
    for turn in range(3):
        left = now - basis @ (basis.T @ now)
        if not turn:
            wide = 4 * 1.4826 * np.median(np.abs(left))
            left = np.clip(left, -wide, wide) if wide > 0 else left
        moments = np.array([float(left[: n - h] @ left[h:]) / n for h in lags])
        weights = _nearest(expected, moments)
        weights[0] = max(weights[0], LEAST_CHANCE * weights.sum(), 1e-12)
        whole = sum(a * k for a, k in zip(weights, found, strict=True) if a > 0)
        inverse = _inverse(whole if extra is None else whole + extra)
        off = off_of(inverse, fixed)
        if turn < 2:
            now, _ = _held(off, seen, now[:, None])
            now = now[:, 0]
    return Noise(at, off, inverse, weights)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse of a covariance, by Cholesky: half the work of a general one."""
    factor, fault = lapack.dpotrf(matrix, lower=True)
    if fault:
        return np.linalg.pinv(matrix, hermitian=True)
    half, _ = lapack.dpotri(factor, lower=True)
    return np.tril(half) + np.tril(half, -1).T


def _nearest(expected: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Weights of the parts whose half-variogram (variance less autocovariance) comes nearest, in relative terms (Cressie 1985)."""
    top = max(float(moments[0]), 1e-12)
    gap = np.maximum(top - moments[1:], 0.05 * top)
    return nnls((expected[0] - expected[1:]) / gap[:, None] * top, np.ones(len(gap)))[0] * top


def off_of(inverse: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """P = V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1: takes the columns of `fixed` out."""
    fitted = inverse @ fixed
    return inverse - fitted @ np.linalg.pinv(fixed.T @ fitted, hermitian=True) @ fitted.T


def _expected(part: np.ndarray, basis: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Autocovariances at each lag that a part would show once the calendar is taken out."""
    n = len(part)
    image = part @ basis
    middle = image - 0.5 * basis @ (basis.T @ image)  # M K M = K - q m' - m q'
    out = []
    for h in lags:
        cross = (basis[: n - h] * middle[h:]).sum() + (middle[: n - h] * basis[h:]).sum()
        out.append((np.trace(part, offset=int(h)) - cross) / n)
    return np.array(out)


def _of_seasons(at: np.ndarray, width: int, marks: np.ndarray) -> np.ndarray:
    alike = marks @ marks.T
    near = np.abs(at[:, None] - at[None, :]) * width < ONE_SEASON
    return alike * (RETURNING**2 + OF_THE_YEAR**2 * near)


def _held(off: np.ndarray, seen: np.ndarray, now: np.ndarray, scale: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """`seen` with wild surprises clipped: each period is foretold from all others (`now`, columns are variants)."""
    # a day that the calendar explains by itself (a named day seen once) has no surprise, whatever stands there
    diagonal = np.diag(off)[:, None]
    diagonal = np.where(diagonal > 1e-9 * diagonal.max(), diagonal, np.inf)
    foretold, spread = now - (off @ now) / diagonal, 1 / np.sqrt(diagonal)
    seen = seen[:, None] if seen.ndim == 1 else seen
    surprise = np.where(spread > 0, (seen - foretold) / np.where(spread > 0, spread, 1.0), 0.0)
    if scale is None:
        scale = np.maximum(1.4826 * np.median(np.abs(surprise), axis=0), 1e-12)
    return np.where(spread > 0, foretold + np.clip(surprise, -CLIP * scale, CLIP * scale) * spread, seen), scale


def effects(off: np.ndarray, y: np.ndarray, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log effect and error of each column of `windows` by itself (periods x windows, known periods alone)."""
    image = off @ windows
    weight = (windows * image).sum(axis=0)
    now, scale = np.repeat(y[:, None], windows.shape[1], axis=1), None
    for turn in range(ROUNDS):
        value = (image * now).sum(axis=0) / weight
        lift = windows * value
        held, scale = _held(off, y[:, None] - lift, now - lift, scale if turn >= ROUNDS // 2 else None)
        now = held + lift
    value = (image * now).sum(axis=0) / weight
    left = now - windows * value
    sigma = np.sqrt(np.maximum((left * (off @ left)).sum(axis=0), 0) / len(y))
    return value, sigma / np.sqrt(weight)


def _basis(columns: np.ndarray) -> np.ndarray:
    u, s, _ = np.linalg.svd(columns, full_matrices=False)
    return u[:, s > s[0] * 1e-9]
