"""Who was treated, shuffled: the sums that any shift of the treated needs, drawn once and judged for every shift.

Under a shift d the treated lose d each: z = y - d * T. A shuffled group S then has sum z = sum y - d * o and
sum z^2 = sum y^2 - 2d * sum Ty + d^2 * o, where o counts the treated within S. So four sums per draw (y, y^2, T*y, o)
give Welch's t of that draw at every shift, and a range by inverting the test costs no second shuffle.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_CELLS_AT_A_TIME = 4_000_000  # draws x rows held at once: 32 MB of masks
_SORTED_UP_TO = 512  # rows up to which sorting random keys is quicker than mending random bytes


class Draws(NamedTuple):
    """Sums within the shuffled treated group, draws x metrics (`overlap`: draws), and what all rows sum to."""

    y: np.ndarray
    squares: np.ndarray
    own: np.ndarray  # sum of y over the truly treated within the shuffled group
    overlap: np.ndarray  # how many of the truly treated are in the shuffled group
    totals: np.ndarray  # 3 x metrics: y, y^2, T*y over all rows
    n_treated: int
    n_control: int


def shuffled(
    values: np.ndarray, treated: np.ndarray, draws: int, rng: np.random.Generator, *, centre: np.ndarray | None = None
) -> Draws:
    """`draws` groups as large as the treated one, each equally likely. `values`: rows x metrics.

    Most customers buy nothing in a month: rows where all metrics are 0 are not shuffled one by one, only how many of
    them fall in the group is drawn. `centre` is taken off first, so that squares lose no digits (see `centre_of`).
    """
    total, n = len(values), int(treated.sum())
    if centre is not None and centre.any():
        values = values - centre
    live = np.flatnonzero((values != 0).any(axis=1))
    moving, arm, m = values[live], treated[live], len(live)
    columns = np.concatenate([moving, moving**2, moving * arm[:, None], arm[:, None].astype(float)], axis=1)
    taken = rng.hypergeometric(m, total - m, n, size=draws) if m < total else np.full(draws, n)
    sums = np.empty((draws, columns.shape[1]))
    block = max(1, _CELLS_AT_A_TIME // max(m, 1))
    for start in range(0, draws, block):
        picked = _subsets(m, taken[start : start + block], rng)
        sums[start : start + block] = picked.astype(float) @ columns
    k = values.shape[1]
    still_treated = n - int(arm.sum())  # treated among the rows that were not shuffled one by one
    overlap = sums[:, -1]
    if m < total:
        overlap = overlap + rng.hypergeometric(still_treated, total - m - still_treated, n - taken)
    totals = columns[:, : 3 * k].sum(axis=0).reshape(3, k)
    return Draws(sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k : 3 * k], overlap, totals, n, total - n)


def centre_of(values: np.ndarray) -> np.ndarray:
    """What to take off each metric before shuffling: its mean; nothing where most rows are 0, which then stay 0."""
    mostly_none = (values == 0).all(axis=1).mean() > 0.5
    return np.zeros(values.shape[1]) if mostly_none else values.mean(axis=0)


def together(parts: list[Draws]) -> Draws:
    """The shuffles of several cells as those of all their rows (shuffled within each)."""
    return Draws(*(sum(each[1:], each[0]) for each in zip(*parts, strict=True)))


def _subsets(m: int, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One row per size: True for that many of m places, every such set equally likely.

    Few places: those with the smallest random keys. Many: random bytes under a cut give a set whose members are
    exchangeable; adding or dropping random ones until the size is right keeps every set of that size equally likely,
    whatever the cut.
    """
    rows = len(sizes)
    if m == 0:
        return np.zeros((rows, 0), dtype=bool)
    if m <= _SORTED_UP_TO:
        keys = rng.random((rows, m))
        if 0 < sizes[0] < m and (sizes == sizes[0]).all():
            return keys < np.partition(keys, sizes[0], axis=1)[:, sizes[0], None]
        ends = np.concatenate([np.sort(keys, axis=1), np.ones((rows, 1))], axis=1)
        return keys < ends[np.arange(rows), sizes][:, None]
    cut = min(255, max(1, round(256 * float(np.mean(sizes)) / m)))
    picked = np.frombuffer(rng.bytes(rows * m), dtype=np.uint8).reshape(rows, m) < cut
    for row, off in enumerate(sizes - picked.sum(axis=1)):
        if off:
            other = np.flatnonzero(picked[row] != (off > 0))
            picked[row, rng.choice(other, abs(off), replace=False, shuffle=False)] = off > 0
    return picked


def gaps(draws: Draws, metric: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Mean gap of each shuffled group against the rest and its squared error, after taking `shift` off the truly treated."""
    n_a, n_b, o = draws.n_treated, draws.n_control, draws.overlap
    y, squares, own = draws.y[:, metric], draws.squares[:, metric], draws.own[:, metric]
    all_y, all_squares, all_own = draws.totals[:, metric]
    if shift:
        y, squares = y - shift * o, squares - 2 * shift * own + shift**2 * o
        all_y, all_squares = all_y - shift * n_a, all_squares - 2 * shift * all_own + shift**2 * n_a
    mean_a, mean_b = y / n_a, (all_y - y) / n_b
    error = _variance(squares, mean_a, n_a) / n_a + _variance(all_squares - squares, mean_b, n_b) / n_b
    return mean_a - mean_b, error


def t_of(draws: Draws, metric: int = 0, shift: float = 0.0) -> np.ndarray:
    """Welch's t of each shuffled group against the rest, after taking `shift` off the truly treated."""
    return _over(*gaps(draws, metric, shift))


def apart(inside: Draws, outside: Draws, shift: float, effect: float) -> np.ndarray:
    """t of the gap inside a cell less that outside, where the true effect outside is `effect` and inside `shift` more."""
    first, second = gaps(inside, 0, effect + shift), gaps(outside, 0, effect)
    return _over(first[0] - second[0], first[1] + second[1])


class Shuffle(NamedTuple):
    """A studentised figure against its shuffles: `of(shift)` gives the draws' t where the truth is `shift`."""

    of: Callable[[float], np.ndarray]
    value: float
    error: float
    zero: np.ndarray  # of(0)

    def tails(self, shift: float = 0.0) -> tuple[int, int]:
        """How many draws, the real one among them, lie at or above and at or below the statistic at a shift."""
        found = self.of(shift) if shift else self.zero
        statistic = (self.value - shift) / self.error
        slack = 1e-9 * abs(statistic)  # equal splits differ in their last digits only
        return 1 + int((found >= statistic - slack).sum()), 1 + int((found <= statistic + slack).sum())

    def p(self) -> float:
        """Two-sided p of a truth of 0, a tail on each side."""
        return min(1.0, 2 * min(self.tails()) / (len(self.zero) + 1))

    def limits(self, rank: int) -> tuple[float | None, float | None]:
        """The shifts that the test does not reject: it rejects where fewer than `rank` draws lie in a tail.

        Found by halving, from the estimate outwards and towards 0, so that the range leaves 0 out exactly where the
        test rejects it. None: no shift is rejected on that side.
        """
        at_zero = self.tails()
        return self._limit(0, rank, at_zero[0] >= rank), self._limit(1, rank, at_zero[1] >= rank)

    def _limit(self, side: int, rank: int, zero_kept: bool) -> float | None:
        sign = -1.0 if side == 0 else 1.0
        kept, gone = self.value, self.value + sign * 3 * self.error
        if sign * self.value < 0:  # 0 lies on this side of the estimate
            kept, gone = (0.0, sign * max(abs(gone), 3 * self.error)) if zero_kept else (kept, 0.0)
        for _ in range(24):
            if gone == 0.0 or self.tails(gone)[side] < rank:
                break
            kept, gone = gone, self.value + (gone - self.value) * 2
        else:
            return None
        while abs(gone - kept) > 1e-3 * self.error:
            middle = (kept + gone) / 2
            kept, gone = (middle, gone) if self.tails(middle)[side] >= rank else (kept, middle)
        return float(kept)


def shuffle_of(of: Callable[[float], np.ndarray], value: float, error: float) -> Shuffle:
    """A `Shuffle` with its draws at 0 worked out once."""
    return Shuffle(of, value, error, of(0.0))


def _over(gap: np.ndarray, squared_error: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gap == 0, 0.0, gap / np.sqrt(squared_error))


def ranks(level: float, draws: int) -> int:
    """How many of draws + 1 may lie in one tail of a test at 1 - level."""
    return int((1 - level) / 2 * (draws + 1) + 1e-9)


def draws_for(level: float, *, in_tail: int = 1, least: int = 1) -> int:
    """Draws that leave `in_tail` of draws + 1 in one tail of a test at 1 - level; without one, nothing can be rejected."""
    return max(least, math.ceil(2 * in_tail / (1 - level) - 1 - 1e-9))


def _variance(squares: np.ndarray, mean: np.ndarray, n: int) -> np.ndarray:
    variance = (squares - n * mean**2) / (n - 1)
    return np.where(variance > 1e-12 * np.abs(squares) / n, variance, 0.0)  # what is left of equal values is rounding
