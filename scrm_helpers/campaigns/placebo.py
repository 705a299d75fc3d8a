"""What nothing looks like: the estimators on windows and stores without a campaign, on the company's own sales.

From it comes the calibration page, and a factor where the ranges do not keep their promise.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from scrm_helpers.campaigns import expected, judging, regional
from scrm_helpers.campaigns.regional import PRE_WINDOWS, exposure
from scrm_helpers.stats.checks import LEVEL


class Draws(NamedTuple):
    """Placebos of a panel: one row each. `t` effect over error, `limit` what it had to pass, `window` its first day's number."""

    t: np.ndarray
    limit: np.ndarray
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

    def free(self, units: np.ndarray, start: int, without: str = "") -> int:
        """Days right before `start` on which no campaign ran in any of the units."""
        mine = [k for k, name in enumerate(self.names) if name != without and (self.where[k][units] > 0).any()]
        ran = np.flatnonzero(self.on[:start, mine].any(axis=1))
        return start - (int(ran[-1]) + 1 if len(ran) else 0)


def draws(
    values: np.ndarray, size: int, length: int, running: Running, *, busy: np.ndarray, level: float = LEVEL, per_window: int = 10,
    windows: int = 24, seed: int = 1,
) -> Draws:  # fmt: skip
    """Made-up campaigns of `size` units and `length` days all over the panel, true ones taken out by the joint fit.

    Judged as true ones are (see `expected`), each by the limits of its own window; `busy`: days x units on which a campaign ran.
    """
    pre = PRE_WINDOWS * length
    last = values.shape[0] - length
    step = max(1, length // 2, math.ceil((last - pre) / windows)) if last >= pre else 1
    rng, parts = np.random.default_rng(seed), []
    for start in range(pre, last + 1, step):
        seen = expected.outlook(values, start, length, busy=busy)
        w = judging.whitened(seen, np.ones(values.shape[1], bool), running.columns(start, start + length, pre))
        n = len(w.inside)
        if n < size + 2 or w.freedom < 2:
            continue
        fake = judging.told_apart(w, judging.made_up(n, size, np.zeros(n, bool), 199, seed))
        value, error = judging.clipped(w, np.repeat(w.y[:, None], fake.shape[1], axis=1), fake)
        t = np.where(error > 0, value / np.where(error > 0, error, 1.0), 0.0)
        for k in rng.permutation(len(t))[:per_window]:
            found = judging.Found(regional.Effect(float(value[k]), float(error[k]), float(w.freedom), None, size, n - size),
                                   np.delete(t, k), np.empty(0), judging.wandering(w, seen, fake[:, k], fake))  # fmt: skip
            parts.append((t[k], found.limit(level), start))
    rows = np.array(parts) if parts else np.empty((0, 3))
    return Draws(rows[:, 0], rows[:, 1], rows[:, 2], length)


def rank(observed: float, placebos: np.ndarray) -> float | None:
    """Share of placebos at least as far from 0 as what was observed, counting the campaign itself; None without placebos."""
    if not len(placebos):
        return None
    return float((1 + (np.abs(placebos) >= abs(observed) * (1 - 1e-12)).sum()) / (1 + len(placebos)))


def alarms(found: Draws) -> np.ndarray:
    """Which placebos would have been called an effect."""
    return np.abs(found.t) > found.limit


def calibration_row(design: str, hits: np.ndarray, effective: float, *, level: float = LEVEL) -> dict:
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


def verdict(row: dict) -> str:
    """What a line of the calibration table proves: 'True' no more false alarms than claimed, 'False' more than chance allows.

    'unsure': more than claimed, yet so few effective periods that it may be chance: nothing to widen a range for, and no promise kept
    either. '' where nothing was tried.
    """
    if row["holds"] is None or pd.isna(row["holds"]):
        return ""
    more = row["false_alarms"] > row["claimed"] + 1e-9  # what is claimed is 1 less a level: not 10% to the last digit
    return "False" if not row["holds"] else "unsure" if more else "True"


def would_show(size: float, claimed: float, *, level: float = 0.99) -> float | None:
    """The share of false alarms among `size` periods from which on the exact range lies above `claimed`; None where even all do not."""
    low = lambda count: float(stats.beta.ppf((1 - level) / 2, count, size - count + 1)) - claimed  # noqa: E731
    if low(size) <= 0:
        return None
    return float(optimize.brentq(low, size * claimed, size)) / size


def widening(reach: np.ndarray, row: dict, level: float = LEVEL) -> float:
    """Factor on the ranges of a design: 1 where its placebos hold the claimed rate, else what brings them to it.

    `reach`: how far each placebo lies from 0 over its own limit; `row` as `calibration_row` gives for those above 1.
    """
    return 1.0 if row["holds"] is not False else max(1.0, float(np.quantile(reach, level)))


def before_after_alarms(net: np.ndarray, starts: np.ndarray, length: int, level: float = LEVEL) -> np.ndarray:
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
