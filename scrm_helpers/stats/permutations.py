"""Tests by shuffling who was treated, and corrections for asking many questions at once.

The statistic is studentised (Welch's t), so the test stays right when the groups differ in size and spread, where
Welch's own range on skewed spend does not.
"""

import math

import numpy as np
import pandas as pd

from scrm_helpers.stats.checks import as_draws, as_floats, check_finite, check_level, check_same_length
from scrm_helpers.stats.differences import Difference

_CELLS_AT_A_TIME = 2_000_000  # draws x rows held at once


def permutation_difference(a, b, level: float = 0.90, *, seed: int, draws: int = 1999) -> Difference:
    """mean(a) - mean(b), p and range from the studentised permutation distribution, a tail on each side.

    p <= 1 - level, to the grain of 2 / (draws + 1), exactly when the range excludes 0. No spread in either group: no
    range and no p.
    """
    level, draws = check_level(level), as_draws(draws)
    a, b = as_floats(a, "a", least=2), as_floats(b, "b", least=2)
    rank = int((1 - level) / 2 * (draws + 1) + 1e-9)
    if rank < 1:
        raise ValueError(f"draws came as {draws}; expected at least {math.ceil(2 / (1 - level) - 1)} at level {level}. "
                         "Ask for more draws.")
    pooled = np.concatenate([a, b])[:, None]
    value = float(a.mean() - b.mean())
    error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    n, method = min(len(a), len(b)), f"studentised permutation, {draws} draws"
    if error == 0:
        return Difference(value, None, None, level, n, method, None)
    statistic = value / error
    shuffled = np.sort(_shuffled_t(pooled, len(a), draws, np.random.default_rng(seed))[:, 0])
    slack = 1e-9 * abs(statistic)  # equal splits differ in their last digits only
    above = 1 + int((shuffled >= statistic - slack).sum())
    below = 1 + int((shuffled <= statistic + slack).sum())
    p = min(1.0, 2 * min(above, below) / (draws + 1))
    # Excludes 0 exactly when fewer than `rank` draws reach the statistic, that is when p <= 1 - level.
    low, high = value - shuffled[draws - rank] * error, value - shuffled[rank - 1] * error
    return Difference(value, _finite(min(low, value)), _finite(max(high, value)), level, n, method, p)


def max_t(values, treated, cells=None, level: float = 0.90, *, seed: int, draws: int = 1000) -> pd.DataFrame:
    """Treated minus control in every cell, corrected for looking at all of them: single-step max-T (Westfall, Young).

    `values`: a column, or rows x metrics; `treated`: True or False per row; `cells`: one label per row (segments that
    do not overlap), None for one cell. Shuffles inside each cell, all metrics together. One row per cell and metric:
    cell, metric (its number), value, low, high (all ranges together hold with `level`), p, p_adjusted, n_treated,
    n_control. A cell with fewer than two rows or no spread in either group has no p and no range and moves no other's.
    """
    level, draws = check_level(level), as_draws(draws)
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    check_finite(values, "values")
    treated = np.asarray(treated)
    if treated.dtype != bool:
        raise TypeError(f"treated came as {treated.dtype}; expected True or False per row. Compare with an arm's name.")
    check_same_length(treated, values, "treated and values")
    if not len(values):
        raise ValueError("values came empty; expected at least one row. Say 'too few to say' instead.")
    labels = pd.Series(np.zeros(len(values), dtype=int) if cells is None else np.asarray(cells))
    check_same_length(labels, values, "cells and values")
    if labels.isna().any():
        raise ValueError(f"cells has {int(labels.isna().sum())} blanks; expected a label per row. "
                         "Name the unknown segment.")
    rng, rows, largest = np.random.default_rng(seed), [], np.zeros(draws)
    for cell, places in sorted(labels.groupby(labels, observed=True).indices.items()):
        inside, arm = values[places], treated[places]
        n_treated, n_control = int(arm.sum()), int((~arm).sum())
        usable = n_treated >= 2 and n_control >= 2
        gap = inside[arm].mean(axis=0) - inside[~arm].mean(axis=0) if n_treated and n_control else None
        error = np.zeros(values.shape[1])
        if usable:
            error = np.sqrt(inside[arm].var(axis=0, ddof=1) / n_treated + inside[~arm].var(axis=0, ddof=1) / n_control)
        live = np.flatnonzero(error > 0)
        reached = {}
        if len(live):
            shuffled = np.abs(_shuffled_t(inside[:, live], n_treated, draws, rng))
            largest = np.maximum(largest, shuffled.max(axis=1))
            for column, metric in enumerate(live):
                statistic = abs(gap[metric]) / error[metric]
                reached[metric] = (1 + int((shuffled[:, column] >= statistic * (1 - 1e-9)).sum())) / (draws + 1)
        for metric in range(values.shape[1]):
            rows.append({"cell": cell, "metric": metric, "value": math.nan if gap is None else gap[metric],
                         "error": error[metric] or math.nan, "p": reached.get(metric, math.nan),
                         "n_treated": n_treated, "n_control": n_control})
    table = pd.DataFrame(rows)
    # The same order statistic decides p_adjusted and the ranges, so they cannot disagree.
    rank = int((1 - level) * (draws + 1) + 1e-9)
    reach = np.sort(largest)[draws - rank] if rank else math.inf
    statistic = (table["value"].abs() / table["error"]).to_numpy()
    adjusted = (1 + (largest[:, None] >= statistic * (1 - 1e-9)).sum(axis=0)) / (draws + 1)
    table = table.assign(
        low=table["value"] - reach * table["error"], high=table["value"] + reach * table["error"],
        p_adjusted=np.where(np.isnan(statistic), math.nan, adjusted),
    )
    return table[["cell", "metric", "value", "low", "high", "p", "p_adjusted", "n_treated", "n_control"]]


def holm(p) -> np.ndarray:
    """Holm's adjusted p-values (1979), in the order given: chance of any false alarm at most the cut-off."""
    p = _p_values(p)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    return _in_order_given(stepped, order)


def benjamini_hochberg(p) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values (1995), in the order given: expected share of false finds."""
    p = _p_values(p)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / (np.arange(len(p)) + 1)
    return _in_order_given(np.minimum.accumulate(stepped[::-1])[::-1], order)


def _shuffled_t(values: np.ndarray, n_a: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Welch's t (draws x metrics) of the first n_a rows against the rest, after shuffling the rows.

    Most customers buy nothing in a month: where most rows are 0, only the others are shuffled, after drawing how many
    of them fall in the first group. Elsewhere the mean is taken off first, so that squares lose no digits.
    """
    total = len(values)
    n_b = total - n_a
    live = np.flatnonzero((values != 0).any(axis=1))
    if len(live) > total / 2:
        live, values = np.arange(total), values - values.mean(axis=0)
    moving, m = values[live], len(live)
    columns = np.concatenate([moving, moving**2], axis=1)
    whole = columns.sum(axis=0)
    metrics = values.shape[1]
    found = np.empty((draws, metrics))
    block = max(1, _CELLS_AT_A_TIME // max(m, 1))
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        taken = rng.hypergeometric(m, total - m, n_a, size=rows) if m < total else np.full(rows, n_a)
        places = rng.permuted(np.broadcast_to(np.arange(m, dtype=np.int32), (rows, m)), axis=1)
        sums = np.zeros((rows, columns.shape[1]))
        for row in range(rows):
            sums[row] = columns[places[row, : taken[row]]].sum(axis=0)
        other = whole - sums
        mean_a, mean_b = sums[:, :metrics] / n_a, other[:, :metrics] / n_b
        var_a = _variance(sums[:, metrics:], mean_a, n_a)
        var_b = _variance(other[:, metrics:], mean_b, n_b)
        gap, error = mean_a - mean_b, np.sqrt(var_a / n_a + var_b / n_b)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[start : start + rows] = np.where(gap == 0, 0.0, gap / error)
    return found


def _variance(squares: np.ndarray, mean: np.ndarray, n: int) -> np.ndarray:
    variance = (squares - n * mean**2) / (n - 1)
    return np.where(variance > 1e-12 * squares / n, variance, 0.0)  # what is left of equal values is rounding


def _p_values(p) -> np.ndarray:
    p = as_floats(p, "p")
    if (p < 0).any() or (p > 1).any():
        raise ValueError(f"p runs from {p.min():g} to {p.max():g}; expected 0 to 1. Hand in p-values, not statistics.")
    return p


def _in_order_given(stepped: np.ndarray, order: np.ndarray) -> np.ndarray:
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _finite(limit: float) -> float | None:
    return float(limit) if math.isfinite(limit) else None
