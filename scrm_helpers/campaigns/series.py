"""One series of sales: a calendar model with autoregressive errors, its error scaled by placebo windows of the same series.

log(sales) on trend, week day, season, the named days of the calendar and every campaign at once; errors AR(14) by generalised
least squares (Prais, Winsten 1954; AR by Yule and Walker). An ordinary least-squares error would be several times too small
on daily sales; even this one is checked, and widened, by windows in which nothing happened.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

LAGS = 14  # days (two weeks)
YEAR = 365  # days of history that a single series needs before a campaign
EMPTY_DAYS = 0.02  # share of days without sales above which the series is read by week
LEAST_PLACEBOS = 3  # windows without overlap that a placebo scale needs
NEIGHBOURS = 4  # placebo windows start every quarter of a window: those fewer than four places apart share days
SEPARABLE = 0.05  # share of a campaign's spread over time that calendar and neighbours must leave unexplained
FEAST = ("religious",)  # kinds that move through the year and have a run-up
RUN_UP = (("week before", 1, 7), ("second week before", 8, 14))  # label, days before the first day of the feast
FAST = (("month before", 15, 30),)  # the rest of the fasting month, which no table of public holidays holds
FASTING = ("ramazan", "ramadan", "eid al-fitr")
PLAIN = ("holiday", "half_day", "season", "price", "launch")


class Fit(NamedTuple):
    """What a series says about its campaigns. Log effects; `z` are placebo effects over their own errors."""

    names: tuple[str, ...]
    effects: np.ndarray
    errors: np.ndarray  # by the model alone
    freedom: float
    z: dict[str, np.ndarray]
    scales: dict[str, float]  # by how much placebo windows widen each error, 1 or more
    effective: dict[str, float]  # windows without overlap behind each scale
    separable: np.ndarray
    residuals: np.ndarray  # whitened

    def freedom_of(self, name: str) -> float:
        """Degrees of freedom of a placebo-scaled error: windows without overlap less one, at least 2."""
        return max(self.effective[name] - 1, 2.0)

    def ends(self, name: str, level: float = 0.90) -> tuple[float, float]:
        """Low and high end of one campaign's log effect, error scaled by its placebos."""
        k = self.names.index(name)
        reach = float(special.stdtrit(self.freedom_of(name), (1 + level) / 2)) * self.errors[k] * self.scales[name]
        return self.effects[k] - reach, self.effects[k] + reach


def calendar_columns(days: pd.DatetimeIndex, calendar: pd.DataFrame, *, harmonics: int = 3) -> tuple[np.ndarray, list[str]]:
    """Columns of the calendar: one, trend, week days, season of the year, feasts with their run-up, other named days.

    A feast that moves through the year has a column for its own days, one for the week and one for the second week before it.
    """
    n = len(days)
    columns, names = [np.ones(n), (np.arange(n) - n / 2) / YEAR], ["one", "trend"]
    for day in range(6):
        columns.append((days.dayofweek == day).astype(float) - (days.dayofweek == 6))
        names.append(f"weekday {day}")
    turn = 2 * np.pi * (days.dayofyear.to_numpy() - 1) / 365.25
    # a season cannot be told from a trend in less than a year and a half
    for k in range(1, (harmonics if n >= 548 else 0) + 1):
        columns += [np.sin(k * turn), np.cos(k * turn)]
        names += [f"sin {k}", f"cos {k}"]
    named = calendar.assign(on=pd.to_datetime(calendar["on"])) if len(calendar) else pd.DataFrame({"on": [], "kind": [], "name": []})
    place = lambda on: np.asarray((pd.DatetimeIndex(on) - days[0]).days) if n else np.zeros(0, int)  # noqa: E731
    moving = named[named["kind"].isin(FEAST)]
    for stem, rows in moving.groupby(feast_of(moving["name"])):
        at = np.unique(place(rows["on"]))
        columns.append(np.isin(np.arange(n), at).astype(float))
        names.append(stem)
        begins = at[np.diff(at, prepend=at[0] - 99) > 5]  # a feast that begins after the last day still has its run-up
        for label, near, far in RUN_UP + (FAST if stem.startswith(FASTING) else ()):
            ahead = np.zeros(n)
            for first in begins:
                ahead[max(first - far, 0) : max(first - near + 1, 0)] = 1
            columns.append(ahead)
            names.append(f"{stem} {label}")
    for kind in PLAIN:
        on = np.isin(days, named.loc[named["kind"] == kind, "on"]) if len(named) else np.zeros(n, bool)
        if on.sum() >= 2:
            columns.append(on.astype(float))
            names.append(kind)
    return np.column_stack(columns), names


def feast_of(names: pd.Series) -> pd.Series:
    """Which feast a named day belongs to: its first two words, so that 'Ramazan Bayramı 2. gün' goes with 'Ramazan Bayramı'."""
    return names.astype(str).str.casefold().str.split().str[:2].str.join(" ")


def fit(
    net: np.ndarray, days: pd.DatetimeIndex, campaigns: dict[str, tuple[int, int]], calendar: pd.DataFrame, *,
    lags: int = LAGS,
) -> Fit:  # fmt: skip
    """All campaigns of one series at once. `net`: sales by day (NaN where missing); `campaigns`: name -> [start, stop) as day numbers.

    Where more than 2% of the days have no sales the series is read by week (and `lags` are weeks, 4 of them).
    """
    width = 7 if (np.nan_to_num(net) <= 0).mean() > EMPTY_DAYS else 1
    lags = lags if width == 1 else 4
    names = tuple(campaigns)
    n = len(net) // width
    marks = np.zeros((len(net), len(names)))
    for k, (start, stop) in enumerate(campaigns.values()):
        marks[start:stop, k] = 1
    base, dummies = bins(calendar_columns(days, calendar)[0], width), bins(marks, width)
    net = bins(net[:, None], width)[:, 0]
    known = ~np.isnan(net) & (np.nan_to_num(net) > 0)
    y = np.log(np.where(known, net, 1.0))
    # days without a figure get a column of their own, which is the same as leaving them out and keeps the lags in place
    nuisance = np.column_stack([base, np.eye(n)[:, ~known]])
    full = np.column_stack([nuisance, dummies])
    rest = y - full @ np.linalg.lstsq(full, y, rcond=None)[0]
    ar = yule_walker(np.where(known, rest, 0.0), lags)
    q = _basis(whiten(nuisance, ar))
    y_left, raw = _off(q, whiten(y, ar)), whiten(dummies, ar)
    d_left, plain = _off(q, raw), _off(_basis(whiten(np.ones((n, 1)), ar)), raw)
    # campaigns that cannot be told apart stay in the fit (else their effect would land on a neighbour), but get no figure
    separable = np.array([
        _square(d_left[:, k] - _project(np.delete(d_left, k, axis=1), d_left[:, k])) > SEPARABLE * _square(plain[:, k])
        for k in range(len(names))
    ], dtype=bool)  # fmt: skip
    residuals = y_left - _project(d_left, y_left)
    freedom = n - lags - q.shape[1] - _basis(d_left).shape[1]
    sigma = math.sqrt(_square(residuals) / max(freedom, 1))
    inverse = np.linalg.pinv(d_left.T @ d_left)
    effects = np.where(separable, inverse @ d_left.T @ y_left, np.nan)
    errors = np.where(separable, sigma * np.sqrt(np.diag(inverse)), np.nan)
    z, scales, effective = {}, {}, {}
    for k, name in enumerate(names):
        start, stop = campaigns[name]
        z[name] = _placebos(y_left, d_left, q, ar, len(marks), width, start, stop, sigma) if separable[k] else np.empty(0)
        scales[name] = max(1.0, math.sqrt(float(np.mean(z[name] ** 2)))) if len(z[name]) else math.nan
        effective[name] = max(len(marks) / max(stop - start, 1) - 1, 0.0)
    return Fit(names, effects, errors, float(freedom), z, scales, effective, separable, residuals)


def _placebos(y_left, d_left, q, ar, n: int, width: int, start: int, stop: int, sigma: float) -> np.ndarray:
    """Effects over errors of windows of the same length elsewhere, the true campaigns still in the fit: what nothing looks like."""
    length = stop - start
    moves = max(1, length // NEIGHBOURS)
    starts = [s for s in range(0, n - length + 1, moves) if s + length <= start or s >= stop]
    if not starts:
        return np.empty(0)
    windows = np.zeros((n, len(starts)))
    for j, s in enumerate(starts):
        windows[s : s + length, j] = 1
    raw = whiten(bins(windows, width), ar)
    basis = _basis(d_left)
    own, target = _off(basis, _off(q, raw)), _off(basis, y_left)
    size = (own**2).sum(axis=0)
    good = size > SEPARABLE * (raw**2).sum(axis=0)
    return (own[:, good].T @ target) / np.sqrt(size[good]) / sigma


def bins(columns: np.ndarray, width: int) -> np.ndarray:
    """Means over runs of `width` days; what does not fill the last run is left out."""
    if width == 1:
        return columns
    n = len(columns) // width
    return columns[: n * width].reshape(n, width, -1).mean(axis=1)


def _square(column: np.ndarray) -> float:
    return float(column @ column)


def yule_walker(rest: np.ndarray, lags: int) -> np.ndarray:
    """Autoregressive coefficients of a series with mean near 0 (biased autocovariances, so the process is stable)."""
    from scipy.linalg import solve_toeplitz

    centred = rest - rest.mean()
    n = len(centred)
    moments = np.array([float(centred[: n - k] @ centred[k:]) / n for k in range(lags + 1)])
    if moments[0] <= 0:
        return np.zeros(lags)
    moments[0] *= 1 + 1e-9
    return solve_toeplitz(moments[:lags], moments[1:])


def whiten(columns: np.ndarray, ar: np.ndarray) -> np.ndarray:
    """Each value less what the days before it foretell; the first days, which have none, are dropped."""
    lags = len(ar)
    out = columns[lags:].astype(float)
    for k, a in enumerate(ar, start=1):
        out = out - a * columns[lags - k : len(columns) - k]
    return out


def _basis(columns: np.ndarray) -> np.ndarray:
    if not columns.shape[1]:
        return np.zeros((len(columns), 0))
    u, s, _ = np.linalg.svd(columns, full_matrices=False)
    return u[:, s > s[0] * 1e-9]


def _off(basis: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return columns - basis @ (basis.T @ columns)


def _project(columns: np.ndarray, target: np.ndarray) -> np.ndarray:
    basis = _basis(columns) if columns.shape[1] else np.zeros((len(target), 0))
    return basis @ (basis.T @ target)
