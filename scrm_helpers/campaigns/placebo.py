"""What nothing looks like: the estimators on windows and stores without a campaign, on the company's own sales.

From it come the rank of a campaign among placebo windows, the range where only one store was treated, and the calibration page.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from scrm_helpers.campaigns.regional import PRE_WINDOWS, SEPARABLE, exposure, log_changes

STEPS = 4  # placebo windows start every quarter of a window


class Draws(NamedTuple):
    """Placebos of a panel: one row each. `value` log effect, `t` effect over error, `window` its first day's number."""

    value: np.ndarray
    t: np.ndarray
    freedom: np.ndarray
    window: np.ndarray
    length: int

    @property
    def effective(self) -> float:
        """Windows that do not overlap: draws within one window, or in windows that share days, are not news of their own."""
        starts, count, reach = np.unique(self.window), 0, -math.inf
        for start in starts:
            if start >= reach:
                count, reach = count + 1, start + self.length
        return float(count)


class Running(NamedTuple):
    """Store campaigns of a panel: `on` days x campaigns (ran that day), `where` campaigns x units (ran there)."""

    names: tuple[str, ...]
    on: np.ndarray
    where: np.ndarray

    def columns(self, start: int, stop: int, pre: int, without: str = "") -> np.ndarray:
        """Exposure of each unit to each campaign in the window, more than before it: units x campaigns."""
        keep = [k for k, name in enumerate(self.names) if name != without]
        more = [exposure(self.on[:, k], start, stop, pre) for k in keep]
        kept = [(k, m) for k, m in zip(keep, more, strict=True) if abs(m) >= 0.05]
        return np.column_stack([self.where[k] * m for k, m in kept]) if kept else np.zeros((self.where.shape[1], 0))


def draws(
    values: np.ndarray, size: int, length: int, running: Running, *, avoid: tuple[int, int] | None = None,
    own: np.ndarray | None = None, weights: np.ndarray | None = None, per_window: int = 40, seed: int = 1,
) -> Draws:  # fmt: skip
    """Made-up campaigns of `size` units and `length` days all over the panel, true ones taken out by the joint fit.

    `avoid` leaves out windows that share days with the true campaign; `own` adds its true set of units to each window's draws.
    """
    pre = PRE_WINDOWS * length
    last = values.shape[0] - length
    starts = np.arange(pre, last + 1, max(1, length // STEPS))
    if avoid is not None:
        starts = starts[(starts + length <= avoid[0]) | (starts >= avoid[1])]
    if not len(starts) or not values.shape[1]:
        empty = np.empty(0)
        return Draws(empty, empty, empty, empty, length)
    rng = np.random.default_rng(seed)
    changes = log_changes(values, starts, length, pre)
    parts = []
    for change, start in zip(changes, starts.tolist(), strict=True):
        known = np.flatnonzero(~np.isnan(change))
        if len(known) < size + 2:
            continue
        x = np.zeros((values.shape[1], per_window))
        for b in range(per_window):
            x[rng.permutation(known)[:size], b] = 1
        if own is not None:
            x = np.column_stack([own, x])
        nuisance = np.column_stack([np.ones(len(known)), running.columns(start, start + length, pre)[known]])
        root = np.ones(len(known)) if weights is None else np.sqrt(weights[known])
        value, t, freedom = _fit_many(change[known], x[known], nuisance, root)
        good = ~np.isnan(t)
        parts.append(np.column_stack([value[good], t[good], np.full(good.sum(), freedom), np.full(good.sum(), start)]))
    rows = np.vstack(parts) if parts else np.empty((0, 4))
    return Draws(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], length)


def _fit_many(y: np.ndarray, x: np.ndarray, nuisance: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Least squares of y on each column of x beside the nuisance columns: effects, t, degrees of freedom. `root`: root of weights."""
    plain = x - (root**2) @ x / (root**2).sum()
    spread = ((plain * root[:, None]) ** 2).sum(axis=0)
    y, x, nuisance = y * root, x * root[:, None], nuisance * root[:, None]
    u, s, _ = np.linalg.svd(nuisance, full_matrices=False)
    basis = u[:, s > s[0] * 1e-8]
    left, rest = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
    weight = (left**2).sum(axis=0)
    freedom = len(y) - basis.shape[1] - 1
    good = (weight > SEPARABLE * spread) & (spread > 0)
    if freedom < 2:
        good[:] = False
    with np.errstate(all="ignore"):
        value = (left.T @ rest) / weight
        variance = (rest @ rest - value**2 * weight) / freedom / weight
        t = value / np.sqrt(variance)
    return np.where(good, value, np.nan), np.where(good, t, np.nan), float(freedom)


def rank(observed: float, placebos: np.ndarray) -> float | None:
    """Share of placebos at least as far from 0 as what was observed, counting the campaign itself; None without placebos."""
    if not len(placebos):
        return None
    return float((1 + (np.abs(placebos) >= abs(observed) * (1 - 1e-12)).sum()) / (1 + len(placebos)))


def one_unit_range(value: float, placebos: np.ndarray, level: float = 0.90) -> tuple[float | None, float | None]:
    """Range of a single treated unit: the effect give or take what placebos of other units reach in `level` of the cases."""
    need = math.ceil(level * (len(placebos) + 1))
    if not len(placebos) or need > len(placebos):
        return None, None
    reach = float(np.sort(np.abs(placebos))[need - 1])
    return value - reach, value + reach


def alarms(found: Draws, level: float = 0.90) -> np.ndarray:
    """Which placebos would have been called an effect at `level`."""
    return np.abs(found.t) > special.stdtrit(found.freedom, (1 + level) / 2)


def calibration_row(design: str, hits: np.ndarray, effective: float, *, level: float = 0.90) -> dict:
    """One line of the calibration table: false alarms found against those claimed, and the exact 99% range of their share.

    The range is Clopper-Pearson on the effective number; `holds` is whether it reaches the claimed share or below. With few effective
    periods that proves little: `would_show` is the share of false alarms above which it would not hold (blank where none is so high).
    """
    claimed, n = 1 - level, len(hits)
    share = float(hits.mean()) if n else None
    size = max(min(effective, n), 0.0)
    low = high = None
    if n and size >= 1:
        count = share * size
        low = float(stats.beta.ppf(0.005, count, size - count + 1)) if count > 0 else 0.0
        high = float(stats.beta.ppf(0.995, count + 1, size - count)) if count < size else 1.0
    return {
        "design": design, "placebos": n, "effective": size, "claimed": claimed, "false_alarms": share, "low": low, "high": high,
        "coverage": None if share is None else 1 - share, "holds": None if low is None else bool(low <= claimed),
        "would_show": would_show(size, claimed) if size >= 1 else None,
    }  # fmt: skip


def would_show(size: float, claimed: float, *, level: float = 0.99) -> float | None:
    """The share of false alarms among `size` periods from which on the exact range lies above `claimed`; None where even all do not."""
    low = lambda count: float(stats.beta.ppf((1 - level) / 2, count, size - count + 1)) - claimed  # noqa: E731
    if low(size) <= 0:
        return None
    return float(optimize.brentq(low, size * claimed, size)) / size


def widening(found: Draws, row: dict, level: float = 0.90) -> float:
    """Factor on the errors of a panel: 1 where its placebos hold the claimed rate, else what brings them to it."""
    if row["holds"] is not False:
        return 1.0
    limit = special.stdtrit(found.freedom, (1 + level) / 2)
    return max(1.0, float(np.quantile(np.abs(found.t) / limit, level)))


def before_after_alarms(net: np.ndarray, starts: np.ndarray, length: int, level: float = 0.90) -> np.ndarray:
    """The naive way on the same windows: a t-test of the days of a window against as many days before."""
    hits = []
    for s in starts:
        if s < length:
            continue
        a, b = net[s : s + length], net[s - length : s]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if len(a) > 2 and len(b) > 2 and (a.std() > 0 or b.std() > 0):
            hits.append(stats.ttest_ind(a, b, equal_var=False).pvalue < 1 - level)
    return np.array(hits, dtype=bool)


def table(rows: list[dict]) -> pd.DataFrame:
    """The calibration table. Grain: one design."""
    return pd.DataFrame(rows, columns=["design", "placebos", "effective", "claimed", "false_alarms", "low", "high", "coverage", "holds",
                                       "would_show"])  # fmt: skip
