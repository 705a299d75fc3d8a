"""The effect on treated stores against what the others say of each (`expected`), with made-up sets of the same size beside it."""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import special

from scrm_helpers.campaigns.expected import Outlook
from scrm_helpers.campaigns.regional import SEPARABLE, Effect
from scrm_helpers.stats.checks import LEVEL

CLIP = 1.5  # robust standard deviations beyond which a store's deviation counts no further
ROUNDS = 8
PRIOR = 4.0  # periods' worth of belief that a treated set wanders no more than any other


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
        """The p that never contradicts `ends`: `rank`, or Student's t where made-up sets are too few for the range of LEVEL."""
        if math.ceil(LEVEL * (len(self.t) + 1)) > len(self.t):
            t = abs(self.effect.value / self.effect.error) / factor
            return float(2 * special.stdtr(self.effect.freedom, -t / self.widened))
        return self.rank(factor)

    def rank(self, factor: float = 1.0) -> float:
        """Share of made-up sets that look as far from 0, the true one counted; NaN without any."""
        t = abs(self.effect.value / self.effect.error) / factor
        return float((1 + (np.abs(self.t) * self.widened >= t).sum()) / (1 + len(self.t))) if len(self.t) else math.nan

    def scaled(self, factor: float = 1.0) -> np.ndarray:
        """Log effects of the made-up sets on the scale of this one, so that as many lie beyond it as `rank` counts."""
        return self.t * self.widened * factor * self.effect.error

    def ends(self, level: float = LEVEL, factor: float = 1.0) -> tuple[float, float]:
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
