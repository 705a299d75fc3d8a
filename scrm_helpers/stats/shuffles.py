"""Who was treated, shuffled: the sums that any shift of the treated needs, drawn once and judged for every shift.

Under a shift d the treated lose d each: z = y - d * T. A shuffled group S then has sum z = sum y - d * o and
sum z^2 = sum y^2 - 2d * sum Ty + d^2 * o, where o counts the treated within S. So four sums per draw (y, y^2, T*y, o)
give Welch's t of that draw at every shift, and a range by inverting the test costs no second shuffle.
"""

import math
from typing import NamedTuple

import numpy as np

_CELLS_AT_A_TIME = 4_000_000  # draws x rows held at once: 4 MB of masks
_TURNED_AT_A_TIME = 250_000  # of them, turned into numbers at once: 2 MB, in the cache and in memory that is already there
_STEP = 8  # draws that matrix products take together: cut at its multiples the sums keep every digit
_SORTED_UP_TO = 512  # rows up to which sorting random keys is quicker than mending random bytes
_MENDED_ALONE = 256  # draws up to which mending them one by one is quicker
_LEAN = 3.0  # standard deviations of its size by which a set is made too small (too large, where most rows are taken)


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
        _summed(picked, columns, sums[start : start + block])
    k = values.shape[1]
    still_treated = n - int(arm.sum())  # treated among the rows that were not shuffled one by one
    overlap = sums[:, -1]
    if m < total:
        overlap = overlap + rng.hypergeometric(still_treated, total - m - still_treated, n - taken)
    totals = columns[:, : 3 * k].sum(axis=0).reshape(3, k)
    return Draws(sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k : 3 * k], overlap, totals, n, total - n)


def _summed(picked: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    """Sums of the columns over each row's members, into `out`."""
    step = max(1, _TURNED_AT_A_TIME // max(1, len(columns)) // _STEP) * _STEP
    held = np.empty((min(step, len(picked)), len(columns)))
    for start in range(0, len(picked), step):
        part = picked[start : start + step]
        numbers = held[: len(part)]
        numbers[...] = part
        np.matmul(numbers, columns, out=out[start : start + step])


def centre_of(values: np.ndarray) -> np.ndarray:
    """What to take off each metric before shuffling: its mean; nothing where most rows are 0, which then stay 0."""
    mostly_none = (values == 0).all(axis=1).mean() > 0.5
    return np.zeros(values.shape[1]) if mostly_none else values.mean(axis=0)


def together(parts: list[Draws]) -> Draws:
    """The shuffles of several cells as those of all their rows (shuffled within each)."""
    return Draws(*(sum(each[1:], each[0]) for each in zip(*parts, strict=True)))


def without(whole: Draws, part: Draws) -> Draws:
    """The shuffles of all cells but one."""
    return Draws(*(a - b for a, b in zip(whole, part, strict=True)))


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
    share = float(np.mean(sizes)) / m
    lean = _LEAN * (1 - 2 * share) * math.sqrt(share * (1 - share) / m)  # a random place then mostly fits
    cut = min(255, max(1, round(256 * (share - lean))))
    drawn = _bytes(rows * m, rng).reshape(rows, m)
    picked = np.less(drawn, cut, out=drawn.view(bool))
    off = sizes - np.fromiter(map(np.count_nonzero, picked), dtype=np.int64, count=rows)
    (_mend_together if rows > _MENDED_ALONE else _mend_alone)(picked, off, rng)
    return picked


def _bytes(n: int, rng: np.random.Generator) -> np.ndarray:
    """The bytes of `rng.bytes`, which copies them three times.

    NumPy's own generator (PCG64) draws 64 bits and gives 32-bit numbers as their halves, the lower first: drawn whole they cost half
    as much. A half that an earlier draw left over comes first, one that is over at the end stays for the next draw.
    """
    count, halves = -(-n // 4), np.dtype("<u4")
    first = min(count, rng.bit_generator.state["has_uint32"])
    whole = (count - first) // 2
    sizes = ((first, np.uint32), (whole, np.uint64), (count - first - 2 * whole, np.uint32))
    parts = [rng.integers(0, np.iinfo(kind).max, size=size, dtype=kind, endpoint=True) for size, kind in sizes]
    parts = [part.astype(part.dtype.newbyteorder("<"), copy=False).view(halves) for part in parts]
    drawn = parts[1] if count == 2 * whole else np.concatenate(parts)
    return drawn.view(np.uint8)[:n]


def _mend_together(picked: np.ndarray, off: np.ndarray, rng: np.random.Generator) -> None:
    """Adds (`off` above 0) or drops so many members of each row: one random place for every open row, over and over."""
    rows = np.flatnonzero(off)
    while len(rows):
        places, wanted = rng.integers(picked.shape[1], size=len(rows)), off[rows] > 0
        fits = picked[rows, places] != wanted
        hit, wanted = rows[fits], wanted[fits]
        picked[hit, places[fits]] = wanted
        off[hit] -= np.where(wanted, 1, -1)
        rows = rows[off[rows] != 0]


def _mend_alone(picked: np.ndarray, off: np.ndarray, rng: np.random.Generator) -> None:
    """The same row by row, which is quicker where the rows are few and long."""
    for row in np.flatnonzero(off):
        members, wanted = picked[row], off[row] > 0
        other = (~members if wanted else members).nonzero()[0]
        members[other[rng.choice(len(other), abs(off[row]), replace=False, shuffle=False)]] = wanted


class Gaps(NamedTuple):
    """Mean gap of each shuffled group against the rest, and its squared error, where the truly treated have lost a shift each.

    The gap is a line in the shift and its squared error a parabola, so a shift costs no more than working these out.
    """

    gap: np.ndarray
    slope: np.ndarray
    error: np.ndarray
    first: np.ndarray  # of the shift
    second: np.ndarray  # of its square
    grain: float  # squared errors below it are rounding of equal values

    def at(self, shift: float) -> tuple[np.ndarray, np.ndarray]:
        """Gap and squared error at a shift."""
        if not shift:
            return self.gap, np.where(self.error > self.grain, self.error, 0.0)
        error = self.error + shift * (self.first + shift * self.second)
        return self.gap + shift * self.slope, np.where(error > self.grain, error, 0.0)

    def t(self, shift: float = 0.0) -> np.ndarray:
        """Welch's t of each shuffled group against the rest."""
        gap, error = self.at(shift)
        if error.min() > 0:
            return gap / np.sqrt(error)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(gap == 0, 0.0, gap / np.sqrt(error))


def gaps(draws: Draws, metric: int = 0) -> Gaps:
    """The draws' gaps in one metric, for every shift."""
    all_y, all_squares, all_own = draws.totals[:, metric]
    y, squares, own, o = draws.y[:, metric], draws.squares[:, metric], draws.own[:, metric], draws.overlap
    n_a, n_b = draws.n_treated, draws.n_control
    a = _squared_error(y, squares, own, o, n_a)
    b = _squared_error(all_y - y, all_squares - squares, all_own - own, n_a - o, n_b)
    gap, slope = y / n_a - (all_y - y) / n_b, (n_a - o) / n_b - o / n_a
    grain = 1e-12 * float(all_squares) / max(n_a, n_b) ** 2
    return Gaps(gap, slope, *(of_a + of_b for of_a, of_b in zip(a, b, strict=True)), grain)


def _squared_error(y, squares, own, o, n: int) -> list[np.ndarray]:
    """Squared error of the mean of n rows, o of them treated, as a parabola in the shift that these lose: its three coefficients."""
    parts = (squares - y * y / n, 2 * (y * o / n - own), o - o * o / n)
    return [part / ((n - 1) * n) for part in parts]


def apart(inside: Draws, outside: Draws, effect: float) -> Gaps:
    """Gaps inside a cell less those outside, where the true effect outside is `effect` and inside a shift more."""
    a, b = gaps(inside), gaps(outside)
    gap, error = b.at(effect)
    mine = a.at(effect)
    return Gaps(mine[0] - gap, a.slope, mine[1] + error, a.first + 2 * effect * a.second, a.second, a.grain + b.grain)


class Shuffle(NamedTuple):
    """A studentised figure against its shuffles: `of(shift)` gives the draws' t where the truth is `shift`."""

    of: Gaps
    value: float
    error: float

    def tail(self, side: int, shift: float = 0.0) -> int:
        """How many draws, the real one among them, lie at or above (side 0) or at or below (1) the statistic at a shift."""
        found, statistic = self.of.t(shift), (self.value - shift) / self.error
        slack = 1e-9 * abs(statistic)  # equal splits differ in their last digits only
        beyond = found >= statistic - slack if side == 0 else found <= statistic + slack
        return 1 + int(np.count_nonzero(beyond))

    def p(self) -> float:
        """Two-sided p of a truth of 0, a tail on each side."""
        return min(1.0, 2 * min(self.tail(0), self.tail(1)) / (len(self.of.gap) + 1))

    def limits(self, rank: int) -> tuple[float | None, float | None]:
        """The shifts that the test does not reject: it rejects where fewer than `rank` draws lie in a tail.

        Found by halving, from the estimate outwards and towards 0, so that the range leaves 0 out exactly where the
        test rejects it. None: no shift is rejected on that side.
        """
        return self._limit(0, rank, self.tail(0) >= rank), self._limit(1, rank, self.tail(1) >= rank)

    def _limit(self, side: int, rank: int, zero_kept: bool) -> float | None:
        sign = -1.0 if side == 0 else 1.0
        kept, gone = self.value, self.value + sign * 3 * self.error
        if sign * self.value < 0:  # 0 lies on this side of the estimate
            kept, gone = (0.0, sign * max(abs(gone), 3 * self.error)) if zero_kept else (kept, 0.0)
        for _ in range(24):
            if gone == 0.0 or self.tail(side, gone) < rank:
                break
            kept, gone = gone, self.value + (gone - self.value) * 2
        else:
            return None
        while abs(gone - kept) > 1e-3 * self.error:
            middle = (kept + gone) / 2
            kept, gone = (middle, gone) if self.tail(side, middle) >= rank else (kept, middle)
        return float(kept)


def ranks(level: float, draws: int) -> int:
    """How many of draws + 1 may lie in one tail of a test at 1 - level."""
    return int((1 - level) / 2 * (draws + 1) + 1e-9)


def draws_for(level: float, *, in_tail: int = 1, least: int = 1) -> int:
    """Draws that leave `in_tail` of draws + 1 in one tail of a test at 1 - level; without one, nothing can be rejected."""
    return max(least, math.ceil(2 * in_tail / (1 - level) - 1 - 1e-9))
