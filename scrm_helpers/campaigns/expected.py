"""What each store would have sold: its log change over a window, less what its own past, last year and its neighbours foretell.

The forecast is learned on earlier windows of the same panel (ridge regression on the store's recent, older and last year's changes, the
mean of each window taken out, so that what moves all stores alike is never mistaken for an effect). What is left has a covariance: small
stores are noisy, some stores move together (shrunk correlations, Schaefer and Strimmer 2005). The effect is then generalised least
squares with a store's wild weeks clipped (Huber 1964). Its limits come from made-up treated sets in the same window, widened where the
treated stores wandered apart before: random sets are then right by construction, and a whole region carries its own history.
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.campaigns.regional import FULL, PRE_WINDOWS, SEPARABLE, Effect

YEAR = 364  # days: the same week day a year ago
BACKS = (1, 2, 8, 13)  # windows back whose mean may foretell a change
LEARN = 4.0  # windows without overlap to learn from, below which changes are taken against a shorter time before
STEPS = 4  # earlier windows start every quarter of a window
MOST_WINDOWS = 120  # earlier windows that are learned from
RIDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # shares of the squares; the one that foretells windows left out best
CLIP = 1.5  # robust standard deviations beyond which a store's deviation counts no further
ROUNDS = 8
PRIOR = 4.0  # periods' worth of belief that a treated set wanders no more than any other
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
    back: int = PRE_WINDOWS,
) -> Outlook:  # fmt: skip
    """The units' deviations in [start, start + length). `values`: periods of `width` days x units; `busy`: where campaigns ran.

    `back`: windows before that a change is taken against, at most (fewer where too little would be left to learn from). Nothing after the
    window's last day is looked at; windows with a campaign are not learned from.
    """
    step = max(1, length // STEPS)
    back = next((b for b in range(back, 0, -1) if start - (b + 1) * length >= LEARN * length), 1)
    earlier = np.arange(start - length, back * length - 1, -step)[:MOST_WINDOWS]
    starts = np.concatenate([[start], earlier]).astype(int)
    sums, apart = Sums(values[: start + length]), tuple(Sums(o[: start + length]) for o in outside)
    y, base = changes(sums, starts, length, back)
    x = features(sums, starts, length, base, YEAR // width, apart, back)
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
    """Covariance over units: variances shrunk to a line in log size, correlations shrunk to 0 by what chance alone would show."""
    n = known.sum(axis=0)
    with np.errstate(all="ignore"):
        variance = np.where(n > 1, (history**2).sum(axis=0) / n, np.nan)
        logs, sizes = np.log(np.where(variance > 0, variance, np.nan)), np.log(size)
    good = np.isfinite(logs) & np.isfinite(sizes)
    units = len(n)
    if good.sum() < 5 or periods < 1:
        return np.eye(units)
    x = sizes[good] - sizes[good].mean()
    slope = min(max(float((x * logs[good]).sum() / max(float((x**2).sum()), 1e-9)), -1.0), 0.0)
    line = logs[good].mean() + slope * (np.where(np.isfinite(sizes), sizes, sizes[good].mean()) - sizes[good].mean())
    own = max(0.0, 1 - (2 / periods) / max(float(((logs - line)[good] ** 2).mean()), 1e-9))  # 2/n: variance of a log variance
    deviation = np.exp(np.where(good, line + own * (np.where(good, logs, 0.0) - line), line) / 2)
    standard = history / np.sqrt(np.where(good, np.where(variance > 0, variance, 1.0), np.inf))
    alike = standard.T @ standard / np.maximum(np.sqrt(np.outer(n, n)), 1)
    np.fill_diagonal(alike, 0.0)
    squared = float((alike**2).sum()) / (units * (units - 1))
    real = max(0.0, (squared - 1 / periods) / max(squared, 1e-12)) if periods > 2 else 0.0
    alike *= min(real, 0.95)
    np.fill_diagonal(alike, 1.0)
    return deviation[:, None] * alike * deviation


class Whitened(NamedTuple):
    """One window made ready for fitting: `inside` the units, `y` their rest, `off` takes nuisance out (P), `nuisance` puts it in."""

    inside: np.ndarray
    y: np.ndarray
    off: np.ndarray
    nuisance: np.ndarray
    deviation: np.ndarray
    freedom: int


def whitened(seen: Outlook, keep: np.ndarray, others: np.ndarray | None = None) -> Whitened:
    """Units in `keep` with a known deviation; `others`: units x campaigns, exposures that are fitted beside."""
    inside = np.flatnonzero(keep & ~np.isnan(seen.rest))
    columns = [np.ones(len(inside))]
    if others is not None and others.size:
        columns += [c for c in others[inside].T if np.ptp(c) > 0.02]
    z, inverse = np.column_stack(columns), np.linalg.inv(seen.covariance[np.ix_(inside, inside)])
    iz = inverse @ z
    hat = np.linalg.pinv(z.T @ iz) @ iz.T
    return Whitened(inside, seen.rest[inside], inverse - iz @ hat, z @ hat, np.sqrt(np.diag(seen.covariance)[inside]),
                    len(inside) - int(np.linalg.matrix_rank(z)) - 1)  # fmt: skip


def clipped(w: Whitened, data: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effects and errors of the columns of x (units x sets), each on its own column of data, wild deviations clipped (Huber)."""
    px = w.off @ x
    weight = (x * px).sum(axis=0)
    now, scale = data, None
    for turn in range(ROUNDS):
        value = (px * now).sum(axis=0) / weight
        left = data - x * value
        level = w.nuisance @ (now - x * value)
        z = (left - level) / w.deviation[:, None]
        if turn < ROUNDS // 2 or scale is None:
            scale = np.maximum(1.4826 * np.median(np.abs(z), axis=0), 1e-12)
        held = np.clip(z, -CLIP * scale, CLIP * scale)
        now = level + x * value + held * w.deviation[:, None]
    free = np.maximum((np.abs(z) < CLIP * scale).mean(axis=0), 0.1)
    n = len(data)
    error = np.sqrt((held**2).sum(axis=0) / w.freedom / weight) / free * (1 + (n - w.freedom) / n * (1 - free) / free)
    return value, error


def made_up(n: int, size: int, own: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Treated sets of `size` among n units other than the true one: all of them where they are few, else `draws` at random."""
    if not draws:
        sets = []
    elif math.comb(n, size) <= draws:
        sets = [s for s in combinations(range(n), size) if not own[list(s)].all()]
    else:
        rng = np.random.default_rng(seed)
        sets = [rng.permutation(n)[:size] for _ in range(draws)]
    x = np.zeros((n, len(sets)))
    for k, each in enumerate(sets):
        x[list(each), k] = 1
    return x


def told_apart(w: Whitened, sets: np.ndarray) -> np.ndarray:
    """Those sets that campaigns fitted beside them do not explain."""
    weight = _weights(w.off, sets)
    return sets[:, weight > SEPARABLE * np.median(weight)] if sets.shape[1] else sets


def wandering(w: Whitened, seen: Outlook, own: np.ndarray, sets: np.ndarray) -> float:
    """By how much more the treated set wandered from the others in earlier windows than made-up sets did; 1 or more."""
    rows = seen.history[:, w.inside] / w.deviation
    if not len(rows) or not sets.shape[1]:
        return 1.0
    scale = 1.4826 * np.median(np.abs(rows), axis=1, keepdims=True)
    rows = np.where(scale > 0, np.clip(rows / np.maximum(scale, 1e-12), -2, 2), 0.0) * w.deviation
    each = np.column_stack([own, sets])
    px = w.off @ each
    squares = ((rows @ px) ** 2 / (each * px).sum(axis=0)).mean(axis=0)
    typical = float(np.mean(squares[1:]))
    if not typical > 0:
        return 1.0
    return max(1.0, math.sqrt((seen.periods * float(squares[0]) / typical + PRIOR) / (seen.periods + PRIOR)))


class Found(NamedTuple):
    """An effect with what made-up sets of the same size showed in the same window (`t` effect over error, `values` log effects)."""

    effect: Effect
    t: np.ndarray
    values: np.ndarray
    widened: float
    periods: float = 0.0  # earlier windows without overlap that were learned from

    def limit(self, level: float) -> float:
        """How many errors away the ends of the range lie: from the made-up sets, or Student's t where they are too few."""
        need = math.ceil(level * (len(self.t) + 1))
        if not len(self.t) or need > len(self.t):
            return float(special.stdtrit(self.effect.freedom, (1 + level) / 2)) * self.widened
        return float(np.sort(np.abs(self.t))[need - 1]) * self.widened

    def p(self, factor: float = 1.0) -> float:
        """Share of made-up sets that look as far from 0, the true one counted; in step with `ends`."""
        t = abs(self.effect.value / self.effect.error) / factor
        if not len(self.t):
            return float(2 * special.stdtr(self.effect.freedom, -t / self.widened))
        return float((1 + (np.abs(self.t) * self.widened >= t).sum()) / (1 + len(self.t)))

    def ends(self, level: float = 0.90, factor: float = 1.0) -> tuple[float, float]:
        """Low and high end of the log effect."""
        reach = self.limit(level) * self.effect.error * factor
        return self.effect.value - reach, self.effect.value + reach


def judged(
    seen: Outlook, own: np.ndarray, keep: np.ndarray, others: np.ndarray | None = None, *, draws: int = 499, seed: int = 1,
) -> Found:  # fmt: skip
    """The effect on the units in `own` against the rest of `keep`. With a reason and no value where it cannot be said."""
    keep = keep & ~np.isnan(seen.rest)
    treated, controls = int((own & keep).sum()), int((keep & ~own).sum())
    nothing = np.empty(0)
    bare = lambda reason: Found(Effect(None, None, 0.0, None, treated, controls, reason), nothing, nothing, 1.0)  # noqa: E731
    if not treated or not controls:
        return bare("no_controls" if treated else "no_history")
    w = whitened(seen, keep, others)
    x = own[w.inside].astype(float)[:, None]
    weight = float(_weights(w.off, x)[0])
    spread = weight if others is None or not others.size else float(_weights(whitened(seen, keep).off, x)[0])
    if weight < SEPARABLE * spread or weight <= 0:
        return bare("not_separable")
    if w.freedom < 2:
        return bare("few_units")
    value, error = (float(a[0]) for a in clipped(w, w.y[:, None], x))
    if not error > 0:
        return Found(Effect(value, None, float(w.freedom), None, treated, controls), nothing, nothing, 1.0)
    sets = made_up(len(w.inside), treated, x[:, 0] > 0, draws, seed)
    sets = told_apart(w, sets)
    still = w.y - x[:, 0] * value  # what nothing looks like: the treated without their effect
    values, errors = clipped(w, np.repeat(still[:, None], sets.shape[1], axis=1), sets) if sets.shape[1] else (nothing, nothing)
    effect = Effect(value, error, float(w.freedom), None, treated, controls)
    found = Found(effect, values / errors, values, wandering(w, seen, x[:, 0], sets), seen.periods)
    return found._replace(effect=effect._replace(p=found.p()))


def _weights(off: np.ndarray, x: np.ndarray) -> np.ndarray:
    return (x * (off @ x)).sum(axis=0)
