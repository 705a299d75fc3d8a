"""One series of sales: a calendar model under the series' own covariance, its limits from windows in which nothing happened.

log(sales) on trend, week day, the named days of the calendar and every campaign at once, by generalised least squares under the noise
that the series shows (see `noise`), wild days clipped. An ordinary least-squares error would be several times too small on daily sales;
even this one is checked, and widened, by placebo windows of the same series, those of a season by other years' days of that season.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize, special

from scrm_helpers.campaigns import noise
from scrm_helpers.stats.checks import LEVEL

YEAR = 365  # days of history that a single series needs before a campaign
EMPTY_DAYS = 0.02  # share of days without sales above which the series is read by week
LEAST_PLACEBOS = 3  # windows without overlap that a placebo scale needs
CHECK = 28  # days of the made-up campaigns that try the method where the true ones are too long for enough of them
NEIGHBOURS = 4  # placebo windows start every quarter of a window: those fewer than four places apart share days
MOST_PLACEBOS = 120
SEPARABLE = 0.05  # share of a campaign's spread over time that calendar and neighbours must leave unexplained
PRIOR = 10.0  # windows' worth of belief that the model's own error is right
RANKED = 20.0  # windows at which the placebos' own quantile weighs as much as Student's
SEASON_PRIOR = 3.0  # the same for the scale of a season, in windows of it
SEASON_FREEDOM = 4.0  # degrees of freedom of a season's scale beside one for each other year
HARMONICS = 1  # of the year, as fixed columns; finer shapes of the season are part of the noise
IN_SEASON = 0.25  # share of a window's days in a season from which on it is judged by that season
FEAST = ("religious",)  # kinds that move through the year and have a run-up
RUN_UP = (("week before", 1, 7), ("second week before", 8, 14))  # label, days before the first day of the feast
FAST = (("month before", 15, 30),)  # the rest of the fasting month, which no table of public holidays holds
FASTING = ("ramazan", "ramadan", "eid al-fitr")
BEFORE = " before"  # ends the names of run-up columns
PLAIN = ("holiday", "half_day", "season", "price", "launch")


@dataclass(frozen=True)
class Nothing:
    """Placebo windows behind one range: `z` effects over errors; `season` which lie in a season; `periods` windows without overlap;

    `own_season`: whether the campaign itself does; `years`: how many other years the season was seen in; `widened`: factor on limits,
    above 1 where the method did not keep its promise on this series.
    """

    z: np.ndarray
    season: np.ndarray
    periods: float
    own_season: bool = False
    years: int = 0
    widened: float = 1.0

    def limit(self, level: float) -> float:
        """How many of the model's errors the ends of a range lie away: Student's t on the placebos' scale, drawn to their quantile."""
        if not len(self.z):
            return math.nan
        periods = max(self.periods - 1, 1.0)
        square = (periods * float(np.mean(self.z**2)) + PRIOR) / (periods + PRIOR)
        freedom = periods + PRIOR / 2
        if self.own_season:
            inside = self.z[self.season]
            n = len(inside) / NEIGHBOURS
            if n > 0:
                square = max(square, (n * float(np.mean(inside**2)) + SEASON_PRIOR * square) / (n + SEASON_PRIOR))
            freedom = min(freedom, self.years + SEASON_FREEDOM)  # a season's own scale is known from as few years as it was seen
        by_scale = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(square)
        ordered = np.sort(np.abs(self.z))
        ranked = float(ordered[min(len(ordered) - 1, math.ceil(level * (len(ordered) + 1)) - 1)])
        share = periods / (periods + RANKED)
        return self.widened * (by_scale if self.own_season else (1 - share) * by_scale + share * ranked)

    def reach(self) -> np.ndarray:
        """How far each placebo lies from 0, over the limit that those which share no day with it give."""
        out = []
        for j in range(len(self.z)):
            near = slice(max(j - NEIGHBOURS + 1, 0), j + NEIGHBOURS)
            away = replace(self, z=np.delete(self.z, near), season=np.delete(self.season, near), own_season=bool(self.season[j]))
            if len(away.z):
                out.append(abs(float(self.z[j])) / away.limit(LEVEL))
        return np.array(out)

    def p(self, z: float) -> float:
        """The p of an effect of z errors, in step with `limit`."""
        off = lambda level: self.limit(level) - abs(z)  # noqa: E731
        lowest, highest = 1e-6, 1 - 1e-6
        if off(lowest) >= 0:
            return 1.0
        return 1 - highest if off(highest) <= 0 else 1 - float(optimize.bisect(off, lowest, highest, xtol=1e-6))


@dataclass(frozen=True)
class Fit:
    """What a series says about its campaigns: log effects and errors by the model alone; `nothing` the placebos of each, `check`

    those of CHECK days all over the series.
    """

    names: tuple[str, ...]
    effects: np.ndarray
    errors: np.ndarray
    separable: np.ndarray
    nothing: dict[str, Nothing]
    check: Nothing

    def ends(self, name: str, level: float = LEVEL) -> tuple[float, float]:
        """Low and high end of one campaign's log effect."""
        k = self.names.index(name)
        reach = self.nothing[name].limit(level) * self.errors[k]
        return self.effects[k] - reach, self.effects[k] + reach

    def wider(self, factor: float) -> "Fit":
        """The same with wider ranges."""
        return replace(self, nothing={name: replace(own, widened=factor) for name, own in self.nothing.items()})


def calendar_columns(days: pd.DatetimeIndex, calendar: pd.DataFrame, *, harmonics: int = 3) -> tuple[np.ndarray, list[str]]:
    """Columns of the calendar: one, trend, week days, season of the year, feasts with their run-up, other named days.

    A feast that moves through the year has a column for its own days, one for the week and one for the second week before it.
    """
    n = len(days)
    columns, names = [np.ones(n), (np.arange(n) - n / 2) / YEAR], ["one", "trend"]
    for day in range(6):
        columns.append((days.day_of_week == day).astype(float) - (days.day_of_week == 6))
        names.append(f"weekday {day}")
    turn = 2 * np.pi * (days.day_of_year.to_numpy() - 1) / 365.25
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


def fit(net: np.ndarray, days: pd.DatetimeIndex, campaigns: dict[str, tuple[int, int]], calendar: pd.DataFrame) -> Fit:
    """All campaigns of one series at once. `net`: sales by day (NaN where missing); `campaigns`: name -> [start, stop) as day numbers.

    Where more than 2% of the days have no sales the series is read by week.
    """
    width = 7 if (np.nan_to_num(net) <= 0).mean() > EMPTY_DAYS else 1
    names = tuple(campaigns)
    total = len(net) // width * width
    marks = _marks(total, campaigns.values())
    columns, labels = calendar_columns(days[:total], calendar, harmonics=HARMONICS)
    feasts = [k for k, label in enumerate(labels) if label.endswith(BEFORE) or any(o.startswith(label + " ") for o in labels)]
    seasons = np.column_stack([noise.year_end(days[:total]), columns[:, feasts]])
    base, dummies, returning = bins(columns, width), bins(marks, width), bins(seasons, width)
    if width == 7:
        base = base[:, [k for k, label in enumerate(labels) if not label.startswith("weekday")]]
    net = bins(net[:total, None], width)[:, 0]
    known = ~np.isnan(net) & (np.nan_to_num(net) > 0)
    y = np.log(np.where(known, net, 1.0))
    # columns without a known day, or the same as another, are left to the basis
    learned = noise.learn(y, np.column_stack([base, dummies]), known, width=width, marks=returning)
    at, y, base, dummies = learned.known, y[known], base[known], dummies[known]
    level = noise.off_of(learned.inverse, base[:, :1])
    effects, errors, separable = (np.full(len(names), np.nan), np.full(len(names), np.nan), np.zeros(len(names), bool))
    for k in range(len(names)):
        # campaigns that cannot be told apart stay in the fit (else their effect would land on a neighbour), but get no figure
        off, own = noise.off_of(learned.inverse, np.column_stack([base, np.delete(dummies, k, axis=1)])), dummies[:, [k]]
        separable[k] = own.any() and _weight(off, own)[0] > SEPARABLE * _weight(level, own)[0]
        if separable[k]:
            value, error = noise.effects(off, y, own)
            effects[k], errors[k] = value[0], error[0]
    in_season = seasons.any(axis=1)
    lengths = sorted({stop - start for start, stop in campaigns.values()} | {CHECK})
    everywhere = {length: _placebos(learned.off, y, at, total, width, length, in_season) for length in lengths}
    nothing = {name: _away(everywhere[b - a], a, b, total, in_season) for name, (a, b) in campaigns.items()}
    check = Nothing(*everywhere[CHECK][1:], max(total / CHECK - 1, 0.0), years=max(total // YEAR - 1, 0))
    return Fit(names, effects, errors, separable, nothing, check)


def _marks(n: int, spans) -> np.ndarray:
    spans = list(spans)
    out = np.zeros((n, len(spans)))
    for k, (start, stop) in enumerate(spans):
        out[start:stop, k] = 1
    return out


def _weight(off: np.ndarray, windows: np.ndarray) -> np.ndarray:
    return (windows * (off @ windows)).sum(axis=0)


def _placebos(off, y, at, n: int, width: int, length: int, in_season) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First days, effects over errors, and season of windows of one length all over the series, every campaign still in the fit."""
    starts = np.arange(0, n - length + 1, max(1, length // NEIGHBOURS, math.ceil((n - length) / MOST_PLACEBOS)))
    windows = bins(_marks(n, [(s, s + length) for s in starts.tolist()]), width)[at]
    whole = (windows**2).sum(axis=0)
    good = (whole > 0) & (_weight(off, windows) > SEPARABLE * np.median(_weight(off, windows)))
    if not good.any():
        return starts[:0], np.empty(0), np.zeros(0, bool)
    value, error = noise.effects(off, y, windows[:, good])
    season = np.array([in_season[s : s + length].mean() >= IN_SEASON for s in starts[good].tolist()], dtype=bool)
    return starts[good], value / error, season


def _away(placebos, start: int, stop: int, n: int, in_season: np.ndarray) -> Nothing:
    """The placebos that share no day with [start, stop)."""
    starts, z, season = placebos
    length = max(stop - start, 1)
    apart = (starts + length <= start) | (starts >= stop)
    mine = bool(in_season[start:stop].mean() >= IN_SEASON) if stop > start else False
    return Nothing(z[apart], season[apart], max(n / length - 1, 0.0), mine, max(n // YEAR - 1, 0))


def bins(columns: np.ndarray, width: int) -> np.ndarray:
    """Means over runs of `width` days; what does not fill the last run is left out."""
    if width == 1:
        return columns
    n = len(columns) // width
    return columns[: n * width].reshape(n, width, -1).mean(axis=1)


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
