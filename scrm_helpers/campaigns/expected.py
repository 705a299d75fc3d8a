"""What each store would have sold: its log change over a window, less what its own past, last year and its neighbours foretell.

The forecast is learned on earlier windows of the same panel (ridge regression on the store's recent, older and last year's changes, the
mean of each window taken out, so that what moves all stores alike is never mistaken for an effect). What is left has a covariance: small
stores are noisy, some stores move together (shrunk correlations, Schaefer and Strimmer 2005). The effect is then generalised least
squares with a store's wild weeks clipped (Huber 1964). Its limits come from made-up treated sets in the same window, widened where the
treated stores wandered apart before: random sets are then right by construction, and a whole region carries its own history.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.campaigns.regional import FULL, PRE_WINDOWS

YEAR = 364  # days: the same week day a year ago
BACKS = (1, 2, 8, 13)  # windows back whose mean may foretell a change
LEARN = 4.0  # windows without overlap to learn from, below which changes are taken against a shorter time before
STEPS = 4  # earlier windows start every quarter of a window
MOST_WINDOWS = 120  # earlier windows that are learned from
RIDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # shares of the squares; the one that foretells windows left out best
BUSY = 0.05  # share of a window's days by which a campaign ran more (or less) than before: no window to learn from


class Outlook(NamedTuple):
    """Units of one window. `rest`: log change less forecast (NaN where unknown); `covariance` of it; `history`: the same of earlier

    windows (windows x units, 0 where unknown); `periods`: how many windows without overlap they are worth.
    """

    rest: np.ndarray
    covariance: np.ndarray
    history: np.ndarray
    periods: float


class Sums:
    """Running sums of a panel (periods x units), for means over any window."""

    def __init__(self, values: np.ndarray) -> None:
        known, zero = ~np.isnan(values), np.zeros((1, values.shape[1]))
        self.total = np.vstack([zero, np.cumsum(np.where(known, values, 0.0), axis=0)])
        self.count = np.vstack([zero, np.cumsum(known, axis=0)])

    def mean(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Plain mean over [first, last), windows x units (of columns without gaps)."""
        return (self.total[last] - self.total[first]) / np.maximum(last - first, 1)[:, None]

    def log(self, first: np.ndarray, last: np.ndarray, share: float = 0.5) -> np.ndarray:
        """Log of the mean over [first, last); NaN where it begins before the data, lacks `share` of its periods, or is not above 0."""
        inside, first, last = (first >= 0) & (last > first), np.maximum(first, 0), np.maximum(last, 0)
        n, total = self.count[last] - self.count[first], self.total[last] - self.total[first]
        good = inside[:, None] & (n >= share * (last - first)[:, None]) & (n > 0) & (total > 0)
        with np.errstate(all="ignore"):
            return np.where(good, np.log(total / n), np.nan)


def changes(sums: Sums, starts: np.ndarray, length: int, back: int = PRE_WINDOWS) -> tuple[np.ndarray, np.ndarray]:
    """Log change of each window over the `back` windows before it, and that base: windows x units."""
    base = sums.log(starts - back * length, starts, FULL)
    return sums.log(starts, starts + length, FULL) - base, base


def features(
    sums: Sums, starts: np.ndarray, length: int, base: np.ndarray, year: int, outside: tuple[Sums, ...], back: int = PRE_WINDOWS,
) -> np.ndarray:  # fmt: skip
    """What may foretell a change, from before the window alone: windows x units x features, 0 where unknown.

    One, two, eight and thirteen windows back against the base; the same window, and the one after it, a year ago against what lay
    before it then; and, where given, how conditions from outside (weather, prices, promotions) differ between window and base.
    """
    found = [sums.log(starts - k * length, starts) - base for k in BACKS]
    ago = starts - year
    before = sums.log(ago - back * length, ago)
    found += [sums.log(ago + k * length, ago + (k + 1) * length) - before if year >= 2 * length else np.zeros_like(base) for k in (0, 1)]
    found += [o.mean(starts, starts + length) - o.mean(np.maximum(starts - back * length, 0), starts) for o in outside]
    return np.nan_to_num(np.stack(found, axis=-1))


def outlook(
    values: np.ndarray, start: int, length: int, *, width: int = 1, busy: np.ndarray | None = None, outside: tuple[np.ndarray, ...] = (),
    back: int = PRE_WINDOWS, calm: bool = False,
) -> Outlook:  # fmt: skip
    """The units' deviations in [start, start + length). `values`: periods of `width` days x units; `busy`: where campaigns ran.

    `back`: windows before that a change is taken against, at most (fewer where too little would be left to learn from). Nothing after the
    window's last day is looked at; windows with a campaign are not learned from. `calm`: nor does a day with one foretell anything.
    """
    step = max(1, length // STEPS)
    back = next((b for b in range(back, 0, -1) if start - (b + 1) * length >= LEARN * length), 1)
    earlier = np.arange(start - length, back * length - 1, -step)[:MOST_WINDOWS]
    starts = np.concatenate([[start], earlier]).astype(int)
    sums, apart = Sums(values[: start + length]), tuple(Sums(o[: start + length]) for o in outside)
    y, base = changes(sums, starts, length, back)
    told = Sums(np.where(busy, np.nan, values)[: start + length]) if calm and busy is not None else sums
    x = features(told, starts, length, base, YEAR // width, apart, back)
    if busy is not None and len(earlier):
        ran = Sums(busy[: start + length].astype(float))
        more = ran.mean(starts, starts + length) - ran.mean(starts - back * length, starts)
        more[0] = 0
        y = np.where(np.abs(more) >= BUSY, np.nan, y)
    known = ~np.isnan(y)
    y = np.where(known, y, 0.0)
    weights = _window_weights(y[1:], known[1:])
    slopes = _ridge(_centred(y[1:], weights), _centred(x[1:], weights), weights, step / length)
    rest = np.where(known, y - x @ slopes, np.nan)
    plain = known[1:].astype(float)
    history = _centred(np.where(known[1:], rest[1:], 0.0), plain)
    with np.errstate(all="ignore"):
        size = np.nan_to_num(sums.total[start] / sums.count[start])
    periods = len(earlier) * step / length
    return Outlook(rest[0], _covariance(history, plain, size, periods), history, periods)


def _window_weights(y: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Weights of (window, unit): one over the unit's variance, none where unknown."""
    if not len(y):
        return known.astype(float)
    off = _centred(y, known.astype(float))
    variance = (off**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    floor = max(float(np.median(variance)) * 0.1, 1e-12)
    return known / np.maximum(variance, floor)


def _centred(a: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each window's weighted mean over units taken out; 0 where the weight is 0."""
    w = weights if a.ndim == 2 else weights[..., None]
    mean = (a * w).sum(axis=1, keepdims=True) / np.maximum(w.sum(axis=1, keepdims=True), 1e-12)
    return np.where(w > 0, a - mean, 0.0)


def _ridge(y: np.ndarray, x: np.ndarray, weights: np.ndarray, share: float) -> np.ndarray:
    """Coefficients of the features; the penalty is the one that best foretells blocks of windows left out, and none may be best."""
    out = np.zeros(x.shape[-1])
    if len(y) < 3 or not weights.any():
        return out
    total = float(weights.sum())
    spread = np.sqrt((x**2 * weights[..., None]).sum(axis=(0, 1)) / total)
    good = spread > 1e-9
    if not good.any():
        return out
    scaled = x[..., good] / spread[good]
    heavy = scaled * weights[..., None]
    squares, cross = np.einsum("jnk,jnl->jkl", heavy, scaled, optimize=True), np.einsum("jnk,jn->jk", heavy, y, optimize=True)
    blocks = max(2, min(10, round(len(y) * share)))
    block = np.minimum(np.arange(len(y)) * blocks // len(y), blocks - 1)
    eye, whole, aim = np.eye(int(good.sum())), squares.sum(axis=0), cross.sum(axis=0)
    errors = np.zeros(len(RIDGES))
    for k in range(blocks):
        a, c = squares[block == k].sum(axis=0), cross[block == k].sum(axis=0)
        for i, ridge in enumerate(RIDGES):
            b = np.linalg.solve(whole - a + (ridge + 1e-9) * total * eye, aim - c)
            errors[i] += b @ a @ b - 2 * b @ c
    best = int(np.argmin(errors))
    if errors[best] < 0:  # else a forecast of no change does better
        out[good] = np.linalg.solve(whole + (RIDGES[best] + 1e-9) * total * eye, aim) / spread[good]
    return out


def _covariance(history: np.ndarray, known: np.ndarray, size: np.ndarray, periods: float) -> np.ndarray:
    """Covariance over units: variances shrunk to a line in log size, correlations shrunk to 0 by what chance alone would show.

    A store's own variance counts by how many windows it is known in (Smyth 2004): one seen twice may look steady by luck alone.
    """
    n, units = known.sum(axis=0), known.shape[1]
    worth = n * periods / max(len(known), 1)  # earlier windows overlap: so many of them would say as much
    with np.errstate(all="ignore"):
        variance = np.where(n > 1, (history**2).sum(axis=0) / n, np.nan)
        logs, sizes = np.log(np.where(variance > 0, variance, np.nan)), np.log(np.where(size > 0, size, np.nan))
        # of so many windows, the log of a variance lies too low by this and wanders by that (log chi-squared)
        logs = logs + np.log(worth / 2) - special.psi(worth / 2)
        noise = special.polygamma(1, worth / 2)
    good = np.isfinite(logs) & np.isfinite(sizes)
    if good.sum() < 5 or periods < 1:
        return np.eye(units)
    trust = np.where(good, 1 / np.where(good, noise, 1.0), 0.0)
    trust, logs = trust / trust.sum(), np.where(good, logs, 0.0)
    x = np.nan_to_num(sizes - float(trust[good] @ sizes[good]))  # a store of unknown size counts as one of typical size
    slope = min(max(float(trust @ (x * logs)) / max(float(trust @ x**2), 1e-9), -1.0), 0.0)
    line = float(trust @ logs) + slope * x
    apart = max(float(trust @ np.where(good, (logs - line) ** 2 - noise, 0.0)), 0.0)
    own = np.where(good, apart / (apart + np.where(good, noise, 1.0)), 0.0)
    deviation = np.exp((line + own * (logs - line)) / 2)
    standard = history / np.sqrt(np.where(good, np.where(variance > 0, variance, 1.0), np.inf))
    alike = standard.T @ standard / np.maximum(np.sqrt(np.outer(n, n)), 1)
    np.fill_diagonal(alike, 0.0)
    squared = float((alike**2).sum()) / (units * (units - 1))
    real = max(0.0, (squared - 1 / periods) / max(squared, 1e-12)) if periods > 2 else 0.0
    alike *= min(real, 0.95)
    np.fill_diagonal(alike, 1.0)
    return deviation[:, None] * alike * deviation
