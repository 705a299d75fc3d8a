"""Stores (or regions) with a campaign against those without: three published estimators on plain arrays, days x units.

All three are printed beside the answer, which `expected` gives. Effects are on the log scale: exp(effect) - 1
is the lift. Sources: collapsed difference in differences, Bertrand, Duflo, Mullainathan (2004); synthetic control, Abadie,
Diamond, Hainmueller (2010), with unit means taken off, Ferman, Pinto (2021); synthetic DiD, Arkhangelsky and others (2021).
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import nnls

from scrm_helpers.stats.checks import LEVEL

PRE_WINDOWS = 4  # length of the time before, in windows
FULL = 0.8  # share of a window's days that a unit must have
SEPARABLE = 0.1  # share of a campaign's spread over units that its neighbours must leave unexplained


class Effect(NamedTuple):
    """A log effect with its standard error; None where it cannot be said. `units` are those compared."""

    value: float | None
    error: float | None
    freedom: float
    p: float | None
    treated: int
    controls: int
    reason: str = ""  # why there is no value: "no_controls", "few_units", "not_separable", "no_history"

    def ends(self, level: float = LEVEL, factor: float = 1.0) -> tuple[float | None, float | None]:
        """Low and high end of the log effect; `factor` widens the error (see calibration)."""
        if self.value is None or self.error is None:
            return None, None
        reach = float(special.stdtrit(self.freedom, (1 + level) / 2)) * self.error * factor
        return self.value - reach, self.value + reach


def log_change(values: np.ndarray, start: int, stop: int, pre: int) -> np.ndarray:
    """Log of mean sales in [start, stop) over mean sales in the `pre` days before; NaN where a unit lacks 80% of either."""
    during, before = values[start:stop], values[max(start - pre, 0) : start]
    with np.errstate(all="ignore"):
        enough = (~np.isnan(during)).mean(axis=0) >= FULL
        enough &= (~np.isnan(before)).mean(axis=0) >= FULL if len(before) else False
        new, old = _mean(during), _mean(before)
        return np.where(enough & (new > 0) & (old > 0), np.log(new / old), np.nan)


def exposure(on: np.ndarray, start: int, stop: int, pre: int) -> float:
    """How much more a campaign ran in [start, stop) than in the days before: share of days, -1 to 1."""
    before = on[max(start - pre, 0) : start]
    return float(on[start:stop].mean() - (before.mean() if len(before) else 0.0))


def collapsed(change: np.ndarray, own: np.ndarray, others: np.ndarray | None = None) -> Effect:
    """Collapsed difference in differences: each unit's log change on its campaigns, least squares, Student's t.

    `own`: 1 where the campaign ran; `others`: units x campaigns, exposure to campaigns that overlap in time, fitted jointly.
    """
    known = ~np.isnan(change)
    y, x = change[known], own[known].astype(float)
    treated, controls = int((x > 0).sum()), int((x <= 0).sum())
    bare = lambda reason: Effect(None, None, 0.0, None, treated, controls, reason)  # noqa: E731
    if not treated or not controls:
        return bare("no_controls" if treated else "no_history")
    columns = [np.ones(len(y))]
    if others is not None and others.size:
        columns += [c for c in others[known].T if np.ptp(c) > 0.02]
    basis, left = _left(np.column_stack(columns), np.column_stack([x, y]))
    spread = float(((x - x.mean()) ** 2).sum())
    own_left, y_left = left[:, 0], left[:, 1]
    weight = float(own_left @ own_left)
    if weight < SEPARABLE * spread:
        return bare("not_separable")
    freedom = len(y) - basis - 1
    value = float(own_left @ y_left) / weight
    if freedom < 2:
        return bare("few_units")
    rest = y_left - value * own_left
    error = math.sqrt(float(rest @ rest) / freedom / weight)
    p = float(2 * special.stdtr(freedom, -abs(value) / error)) if error > 0 else None
    return Effect(value, error or None, float(freedom), p, treated, controls)


def simplex_weights(target: np.ndarray, donors: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Weights >= 0 that sum to 1 and bring donors (rows x units) closest to the target; `ridge` is added to the squares.

    Non-negative least squares with the sum as a heavy row, then solved exactly on the weights it keeps.
    """
    n = donors.shape[1]
    scale = max(float(np.abs(donors).max()), 1e-12)
    a, b = donors / scale, target / scale
    if ridge > 0:
        a, b = np.vstack([a, ridge / scale * np.eye(n)]), np.concatenate([b, np.zeros(n)])
    heavy = 1e3 * max(math.sqrt(len(b)), 1.0)
    rough, _ = nnls(np.vstack([a, np.full(n, heavy)]), np.append(b, heavy), maxiter=50 * n)
    kept = np.flatnonzero(rough > 0)
    part = a[:, kept]
    square = np.block([[part.T @ part, np.ones((len(kept), 1))], [np.ones((1, len(kept))), np.zeros((1, 1))]])
    exact = np.linalg.lstsq(square, np.append(part.T @ b, 1.0), rcond=None)[0][:-1]
    out = np.zeros(n)
    out[kept] = exact if (exact >= 0).all() and abs(exact.sum() - 1) < 1e-8 else rough[kept] / rough[kept].sum()
    return out


class Synthetic(NamedTuple):
    """Synthetic control of the mean of the treated units, in the units of `values`."""

    att: float  # mean gap per treated unit and day
    lift: float  # gap over what was expected
    imbalance: float  # length of the gap before (L2)
    scaled: float  # the same over that of equal weights
    weights: np.ndarray


def synthetic_control(values: np.ndarray, treated: np.ndarray, start: int, stop: int, pre: int | None = None) -> Synthetic:
    """Synthetic control with each unit's mean before the campaign taken off; days [start, stop) against the days before."""
    first = 0 if pre is None else max(start - pre, 0)
    rows = values[first:stop]
    cut = start - first
    level = rows[:cut].mean(axis=0)
    centred = rows - level
    target, donors = centred[:, treated].mean(axis=1), centred[:, ~treated]
    weights = simplex_weights(target[:cut], donors[:cut])
    gap = target - donors @ weights
    even = target - donors.mean(axis=1)
    expected = rows[:, treated].mean(axis=1) - gap
    length, naive = math.sqrt(float((gap[:cut] ** 2).sum())), math.sqrt(float((even[:cut] ** 2).sum()))
    return Synthetic(
        float(gap[cut:].mean()), float(gap[cut:].sum() / expected[cut:].sum()), length, length / naive if naive else math.nan, weights
    )


def synthetic_did(values: np.ndarray, treated: np.ndarray, start: int, stop: int, pre: int | None = None) -> float:
    """Synthetic difference in differences: mean gap per treated unit and day, in the units of `values`."""
    first = 0 if pre is None else max(start - pre, 0)
    rows = values[first:stop]
    cut, controls = start - first, rows[:, ~treated]
    mean = rows[:, treated].mean(axis=1)
    steps = np.diff(controls[:cut], axis=0)
    noise = float(steps.std(ddof=1)) if steps.size > 1 else 0.0
    zeta = (int(treated.sum()) * (stop - start)) ** 0.25 * noise
    before, after = controls[:cut], controls[cut:]
    # the intercepts of both fits are taken out by centring
    unit = simplex_weights(mean[:cut] - mean[:cut].mean(), before - before.mean(axis=0), ridge=zeta * math.sqrt(cut))
    units = before.T
    goal = after.mean(axis=0)
    time = simplex_weights(goal - goal.mean(), units - units.mean(axis=0), ridge=1e-6 * noise * math.sqrt(len(goal)))
    gap = mean - controls @ unit
    return float(gap[cut:].mean() - gap[:cut] @ time)


def placebo_in_space(statistic, values: np.ndarray, treated: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """The statistic for made-up treated sets of the same size among the controls (the true ones left out)."""
    donors = values[:, ~treated]
    size = min(int(treated.sum()), donors.shape[1] // 2)
    if size < 1:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    out = []
    for draw in range(min(draws, donors.shape[1]) if size == 1 else draws):
        fake = np.zeros(donors.shape[1], bool)
        fake[[draw] if size == 1 else rng.permutation(donors.shape[1])[:size]] = True
        out.append(statistic(donors, fake))
    return np.array(out)


def binned(values: np.ndarray, start: int, stop: int, pre: int, width: int = 7) -> tuple[np.ndarray, int]:
    """The same in bins of `width` days relative to each unit's mean before (1 is usual), and the first bin of the campaign.

    Units with a gap in any bin fall out as NaN columns.
    """
    first = start - (min(pre, start) // width) * width
    edges = list(range(first, start, width)) + list(range(start, stop, width))
    edges = [e for e in edges if e < stop]
    bounds = [*edges[1:], stop]
    rows = np.array([_mean(values[a:b]) for a, b in zip(edges, bounds, strict=True) if b - a >= min(width, stop - start) / 2])
    cut = sum(1 for e in edges if e < start)
    with np.errstate(all="ignore"):
        return rows / rows[:cut].mean(axis=0), cut


def _left(nuisance: np.ndarray, columns: np.ndarray) -> tuple[int, np.ndarray]:
    """Rank of the nuisance columns, and what they leave of the others."""
    u, s, _ = np.linalg.svd(nuisance, full_matrices=False)
    rank = int((s > s[0] * 1e-8).sum())
    basis = u[:, :rank]
    return rank, columns - basis @ (basis.T @ columns)


def _mean(rows: np.ndarray) -> np.ndarray:
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
