"""What people use today, vectorised: every function gives log effects and the half-widths of their 95% ranges.

Regional ways take one window and many treated sets at once (units x sets); single ways take one series and many windows.
"""

import math

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.campaigns import regional, series

LEVEL = 0.95
Answer = tuple[np.ndarray, np.ndarray]
NO_CALENDAR = pd.DataFrame({"on": [], "kind": [], "name": []})


def student(freedom) -> np.ndarray:
    """Two-sided limit of Student's t."""
    return special.stdtrit(np.maximum(freedom, 1), (1 + LEVEL) / 2)


def calendar(days: pd.DatetimeIndex, width: int, *, harmonics: int = 3) -> np.ndarray:
    """Constant, trend, week days (daily series), season from 18 months on."""
    full = pd.date_range(days[0], periods=len(days) * width, freq="D")
    columns = series.bins(series.calendar_columns(full, NO_CALENDAR, harmonics=harmonics)[0], width)
    return columns if width == 1 else np.delete(columns, range(2, 8), axis=1)


# One series, many windows


def logs(net: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logs, and where there is a figure above 0."""
    known = np.nan_to_num(net) > 0
    return np.log(np.where(known, net, 1.0)), known


def before_after(net: np.ndarray, starts: np.ndarray, length: int) -> Answer:
    """Welch's t-test of a window's days against as many days before."""
    y, known = logs(net)
    y = np.where(known, y, np.nan)
    new = np.array([y[s : s + length] for s in starts])
    old = np.array([y[s - length : s] for s in starts])
    a, b = (np.nanvar(x, axis=1, ddof=1) / (~np.isnan(x)).sum(axis=1) for x in (new, old))
    freedom = (a + b) ** 2 / (a**2 / (length - 1) + b**2 / (length - 1))
    return np.nanmean(new, axis=1) - np.nanmean(old, axis=1), student(freedom) * np.sqrt(a + b)


def correlation(net: np.ndarray, starts: np.ndarray, length: int, days: int = 364) -> Answer:
    """Same-period correlation: sales against campaign days (0 or 1) over the year that ends with the window."""
    y, known = logs(net)
    values, halves = [], []
    for s in starts:
        first = max(0, s + length - days)
        part, mark = y[first : s + length], np.zeros(s + length - first)
        mark[s - first :] = 1
        part, mark = part[known[first : s + length]], mark[known[first : s + length]]
        centred = mark - mark.mean()
        slope = float(centred @ part / (centred @ centred))
        left = part - part.mean() - slope * centred
        values.append(slope)
        halves.append(student(len(part) - 2) * math.sqrt(float(left @ left) / (len(part) - 2) / float(centred @ centred)))
    return np.array(values), np.array(halves)


def year_on_year(net: np.ndarray, starts: np.ndarray, length: int, year: int) -> Answer:
    """A window against the same days of the year before, day by day, paired t-test."""
    y, known = logs(net)
    y = np.where(known, y, np.nan)
    gaps = np.array([y[s : s + length] - y[s - year : s - year + length] if s >= year else np.full(length, np.nan) for s in starts])
    n = (~np.isnan(gaps)).sum(axis=1)
    with np.errstate(all="ignore"):
        return np.nanmean(gaps, axis=1), student(n - 1) * np.nanstd(gaps, axis=1, ddof=1) / np.sqrt(n)


def _windows(n: int, starts: np.ndarray, length: int) -> np.ndarray:
    marks = np.zeros((n, len(starts)))
    for k, s in enumerate(starts):
        marks[s : s + length, k] = 1
    return marks


def _off(basis: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return columns - basis @ (basis.T @ columns)


def newey_west(net: np.ndarray, starts: np.ndarray, length: int, base: np.ndarray, lags: int) -> Answer:
    """Calendar least squares with Newey and West's error."""
    y, known = logs(net)
    y, marks, base = y[known], _windows(len(net), starts, length)[known], base[known]
    q = series._basis(base)
    left, rest = _off(q, marks), _off(q, y)
    weight = (left**2).sum(axis=0)
    value = left.T @ rest / weight
    score = left * (rest[:, None] - left * value)
    variance = (score**2).sum(axis=0)
    for h in range(1, lags + 1):
        variance += 2 * (1 - h / (lags + 1)) * (score[h:] * score[:-h]).sum(axis=0)
    return value, student(len(y) - q.shape[1] - 1) * np.sqrt(np.maximum(variance, 0)) / weight


def gls_ar(net: np.ndarray, starts: np.ndarray, length: int, base: np.ndarray, lags: int) -> Answer:
    """Calendar with AR errors by generalised least squares, the error scaled by the series' other windows (METHODS.md's best so far)."""
    y, known = logs(net)
    nuisance = np.column_stack([base, np.eye(len(y))[:, ~known]])
    rest = y - nuisance @ np.linalg.lstsq(nuisance, y, rcond=None)[0]
    ar = series.yule_walker(np.where(known, rest, 0.0), lags)
    q = series._basis(series.whiten(nuisance, ar))
    y_left = _off(q, series.whiten(y, ar))
    left = _off(q, series.whiten(_windows(len(y), starts, length), ar))
    weight = (left**2).sum(axis=0)
    value = left.T @ y_left / weight
    error = math.sqrt(float(y_left @ y_left) / (len(y) - lags - q.shape[1])) / np.sqrt(weight)
    z = value / error
    scale = np.array([max(1.0, math.sqrt(float(np.mean(z[np.abs(starts - s) >= length] ** 2)))) for s in starts])
    return value, student(len(y) / length - 2) * error * scale


# One window, many treated sets


def collapsed(values: np.ndarray, start: int, length: int, x: np.ndarray) -> Answer:
    """Collapsed difference in differences, Student's t; time before = 4 windows."""
    change = regional.log_change(values, start, start + length, 4 * length)
    known = ~np.isnan(change)
    y, x = change[known] - change[known].mean(), x[known] - x[known].mean(axis=0)
    weight = (x**2).sum(axis=0)
    value = x.T @ y / weight
    freedom = known.sum() - 2
    return value, student(freedom) * np.sqrt((y @ y - value**2 * weight) / freedom / weight)


def two_way(values: np.ndarray, start: int, length: int, x: np.ndarray, days: int) -> Answer:
    """Two-way fixed effects on the logs of a year, errors clustered by unit (G/(G-1) corrected)."""
    y = np.where(np.nan_to_num(values) > 0, values, np.nan)
    with np.errstate(all="ignore"):
        y = np.log(y)
        change = np.nanmean(y[start : start + length], axis=0) - np.nanmean(y[max(0, start - days) : start], axis=0)
    known = ~np.isnan(change)
    y, x = change[known][:, None], x[known]
    n, treated = len(y), x.sum(axis=0)
    a, b = (y * x).sum(axis=0) / treated, (y * (1 - x)).sum(axis=0) / (n - treated)
    variance = (((y - a) * x) ** 2).sum(axis=0) / treated**2 + (((y - b) * (1 - x)) ** 2).sum(axis=0) / (n - treated) ** 2
    return a - b, student(n - 1) * np.sqrt(variance * n / (n - 1))


def _to_simplex(v: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Nearest point of the simplex, row by row, over the allowed places."""
    v = np.where(allowed, v, -1e9)
    ordered = -np.sort(-v, axis=1)
    over = np.cumsum(ordered, axis=1) - 1
    count = np.arange(1, v.shape[1] + 1)
    last = (ordered - over / count > 0).sum(axis=1)
    shift = over[np.arange(len(v)), last - 1] / last
    return np.maximum(v - shift[:, None], 0)


def _fit_weights(gram: np.ndarray, cross: np.ndarray, allowed: np.ndarray, ridge: np.ndarray, turns: int = 150) -> np.ndarray:
    """Simplex weights by accelerated projected gradient, many at once. `gram` may be one for all or one per row."""
    top = np.linalg.eigvalsh(gram)[..., -1] + ridge
    step = (1 / np.maximum(top, 1e-12))[:, None] if np.ndim(top) else 1 / top
    w = allowed / allowed.sum(axis=1, keepdims=True)
    ahead, t = w, 1.0
    for _ in range(turns):
        slope = (ahead @ gram if gram.ndim == 2 else np.einsum("bi,bij->bj", ahead, gram)) + ridge[:, None] * ahead - cross
        new = _to_simplex(ahead - step * slope, allowed)
        later = (1 + math.sqrt(1 + 4 * t * t)) / 2
        ahead, w, t = new + (t - 1) / later * (new - w), new, later
    return w


def synthetic(values: np.ndarray, start: int, length: int, x: np.ndarray, made_up: np.ndarray, width: int) -> tuple[Answer, Answer]:
    """Synthetic control (limit: 95% of made-up sets) and synthetic DiD (normal limit, SD of made-up sets), weeks of half a year before.

    Made-up sets that share a unit with the treated one are left out of its comparison.
    """
    week = 7 // width
    rows, cut = regional.binned(values, start, start + length, min(start, 26 * week), week)
    good = ~np.isnan(rows).any(axis=0)
    every = np.hstack([x, made_up])
    rows, sets = rows[:, good], every[good].T
    size = sets.sum(axis=1)
    usable = size > 0
    share = sets / np.maximum(size, 1)[:, None]
    free = (sets == 0).astype(float)
    before, after = rows[:cut], rows[cut:].mean(axis=0)
    centre = before - before.mean(axis=0)
    gram = centre.T @ centre
    cross = share @ gram
    weights = _fit_weights(gram, cross, free > 0, np.zeros(len(sets)))
    level = lambda w: (share - w) @ before.mean(axis=0)  # noqa: E731
    gap = (share - weights) @ after - level(weights)
    control = np.log(share @ after / np.maximum(share @ after - gap, 1e-6))
    # synthetic DiD: ridge on units, weights on weeks
    steps = np.diff(before, axis=0)
    noise = float(steps.std(ddof=1)) if steps.size > 1 else 0.0
    zeta = np.sqrt(size * (len(rows) - cut)) * noise**2 * cut
    units = _fit_weights(gram, cross, free > 0, zeta)
    times = _times(before, after, free)
    both = share - units
    gap = both @ after - np.einsum("bi,ti,bt->b", both, before, times, optimize=True)
    did = np.log(share @ after / np.maximum(share @ after - gap, 1e-6))
    n = x.shape[1]
    apart = (sets[:n] @ sets[n:].T == 0) & usable[n:]
    limit, spread = np.full(n, np.inf), np.full(n, np.inf)
    for b in range(n):
        if usable[b] and apart[b].sum() >= 19:
            fake = np.sort(np.abs(control[n:][apart[b]]))
            limit[b] = fake[math.ceil(LEVEL * (len(fake) + 1)) - 1]
            spread[b] = 1.96 * did[n:][apart[b]].std(ddof=1)
    return (control[:n], limit), (did[:n], spread)


def _times(before: np.ndarray, after: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Weights of the weeks before, by set: those that foretell the controls' weeks after (their mean taken out)."""
    out = []
    for mask in free > 0:
        a, y = before[:, mask].T, after[mask]
        a, y = a - a.mean(axis=0), y - y.mean()
        out.append((a.T @ a, a.T @ y))
    gram, cross = np.array([o[0] for o in out]), np.array([o[1] for o in out])
    return _fit_weights(gram, cross, np.ones(cross.shape, bool), np.full(len(cross), 1e-9), turns=80)
