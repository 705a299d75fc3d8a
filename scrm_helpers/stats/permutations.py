"""Tests by shuffling who was treated, and corrections for asking many questions at once.

The statistic is studentised (Welch's t), so the test stays right when the groups differ in size and spread, where
Welch's own range on skewed spend does not.
"""

import math

import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.stats import shuffles
from scrm_helpers.stats.checks import LEVEL, as_draws, as_floats, check_finite, check_level, check_same_length
from scrm_helpers.stats.differences import Difference


def permutation_difference(a, b, level: float = LEVEL, *, seed: int, draws: int = 1999) -> Difference:
    """mean(a) - mean(b), p and range by inverting the studentised permutation test, a tail on each side.

    The range holds every shift of the first group that the test would not reject. p <= 1 - level, to the grain of
    2 / (draws + 1), exactly when the range excludes 0. No spread in either group: no range and no p.
    """
    level, draws = check_level(level), as_draws(draws)
    a, b = as_floats(a, "a", least=2), as_floats(b, "b", least=2)
    if shuffles.ranks(level, draws) < 1:
        raise ToldError(f"draws came as {draws}; expected at least {shuffles.draws_for(level)} at level {level}. "
                         "Ask for more draws.")
    value, error = float(a.mean() - b.mean()), math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    n, method = min(len(a), len(b)), f"studentised permutation, {draws} draws"
    if error == 0:
        return Difference(value, None, None, level, n, method, None)
    pooled, treated = np.concatenate([a, b])[:, None], np.arange(len(a) + len(b)) < len(a)
    drawn = shuffles.shuffled(pooled, treated, draws, np.random.default_rng(seed), centre=shuffles.centre_of(pooled))
    found = shuffles.Shuffle(shuffles.gaps(drawn), value, error)
    low, high = found.limits(shuffles.ranks(level, draws))
    return Difference(value, low, high, level, n, method, found.p())


def cell_differences(
    values, treated, cells, level: float = LEVEL, *, seed: int, draws: int | None = None, rest: bool = True
) -> pd.DataFrame:
    """Treated minus control in every cell, by inverted permutation tests: each cell alone, and ranges that hold together.

    Cells (segments of one dimension) share no row and are shuffled apart, so their tests are independent and the
    family's level is level ** (1 / cells) in each (Sidak), exactly; a cell with a heavy tail widens no other's range,
    as one common maximum would. One row per cell, in its order: cell, value, low, high, p_adjusted (together), own_low,
    own_high, p (alone), n_treated, n_control, and with `rest`: rest, rest_low, rest_high, rest_p, the cell's effect less
    that in all other cells (together, Bonferroni, since these share rows). p_adjusted <= 1 - level, to the grain of the
    draws, exactly when low and high leave 0 out. A cell with fewer than two rows or no spread in an arm has neither.
    """
    level = check_level(level)
    values, treated, labels = _cells(values, treated, cells)
    groups = sorted(labels.groupby(labels, observed=True).indices.items())
    errors = [_error(values[places, 0], treated[places]) for _, places in groups]
    many = sum(error > 0 for error in errors)
    family, shared = level ** (1 / max(1, many)), 1 - (1 - level) / max(1, many)
    draws = shuffles.draws_for(family, in_tail=5, least=999) if draws is None else as_draws(draws)
    if many and shuffles.ranks(family, draws) < 1:
        raise ToldError(f"draws came as {draws}; expected at least {shuffles.draws_for(family)} for {many} cells at level "
                         f"{level}. Ask for more draws.")
    rng, rows, drawn = np.random.default_rng(seed), [], {}
    centre = shuffles.centre_of(values[:, :1])
    for (cell, places), error in zip(groups, errors, strict=True):
        inside, arm = values[places, :1], treated[places]
        row = {"cell": cell, "n_treated": int(arm.sum()), "n_control": int((~arm).sum())}
        if row["n_treated"] and row["n_control"]:
            row["value"] = float(inside[arm].mean() - inside[~arm].mean())
        if error > 0:
            mine = drawn[cell] = shuffles.shuffled(inside, arm, draws, rng, centre=centre)
            found = shuffles.Shuffle(shuffles.gaps(mine), row["value"], error)
            p = found.p()
            row |= _ends(("low", "high"), found.limits(shuffles.ranks(family, draws)))
            row |= _ends(("own_low", "own_high"), found.limits(shuffles.ranks(level, draws)))
            row |= {"p": p, "p_adjusted": 1 - (1 - p) ** many}
        rows.append(row)
    if rest and many > 1:
        at = dict(groups)
        live = np.concatenate([at[cell] for cell in drawn])
        whole = shuffles.together(list(drawn.values()))
        for row in rows:
            if row["cell"] in drawn:
                inside = np.zeros(len(values), dtype=bool)
                inside[at[row["cell"]]] = True
                sides = (at[row["cell"]], live[~inside[live]])
                mine = drawn[row["cell"]]
                row |= _against_rest(values[:, 0], treated, sides, mine, shuffles.without(whole, mine), shared)
    columns = ["cell", "value", "low", "high", "p_adjusted", "own_low", "own_high", "p", "n_treated", "n_control",
               *(["rest", "rest_low", "rest_high", "rest_p"] if rest else [])]
    return pd.DataFrame(rows).reindex(columns=columns)


def _against_rest(values, treated, sides, inside, outside, level: float) -> dict[str, float]:
    """The effect inside one cell less that in the others (`sides`: places): a difference of differences, under one common effect."""
    parts = [(values[side][treated[side]], values[side][~treated[side]]) for side in sides]
    effects = [a.mean() - b.mean() for a, b in parts]
    value, error = float(effects[0] - effects[1]), math.hypot(*(_error_of(*part) for part in parts))
    found = shuffles.Shuffle(shuffles.apart(inside, outside, float(effects[1])), value, error)
    limits = found.limits(shuffles.ranks(level, len(found.of.gap)))
    return {"rest": value, "rest_p": found.p()} | _ends(("rest_low", "rest_high"), limits)


def _ends(names: tuple[str, str], limits: tuple[float | None, float | None]) -> dict[str, float]:
    return {name: math.nan if limit is None else limit for name, limit in zip(names, limits, strict=True)}


def max_t(values, treated, cells=None, level: float = LEVEL, *, seed: int, draws: int = 1000) -> pd.DataFrame:
    """Treated minus control in every cell, corrected for looking at all of them: single-step max-T (Westfall, Young).

    For several metrics at once, whose tests are not independent. `values`: a column, or rows x metrics; `treated`: True
    or False per row; `cells`: one label per row (segments that do not overlap), None for one cell. Shuffles inside each
    cell, all metrics together. One row per cell and metric: cell, metric (its number), value, low, high (all ranges
    together hold with `level`), p, p_adjusted, n_treated, n_control. A cell with fewer than two rows or no spread in
    either group has no p and no range and moves no other's.
    """
    level, draws = check_level(level), as_draws(draws)
    values, treated, labels = _cells(values, treated, cells)
    rng, rows, largest = np.random.default_rng(seed), [], np.zeros(draws)
    for cell, places in sorted(labels.groupby(labels, observed=True).indices.items()):
        inside, arm = values[places], treated[places]
        n_treated, n_control = int(arm.sum()), int((~arm).sum())
        gap = inside[arm].mean(axis=0) - inside[~arm].mean(axis=0) if n_treated and n_control else None
        error = np.array([_error(column, arm) for column in inside.T])
        live = np.flatnonzero(error > 0)
        reached = {}
        if len(live):
            found = shuffles.shuffled(inside[:, live], arm, draws, rng, centre=shuffles.centre_of(inside[:, live]))
            for column, metric in enumerate(live):
                seen = np.abs(shuffles.gaps(found, column).t())
                largest = np.maximum(largest, seen)
                statistic = abs(gap[metric]) / error[metric]
                reached[metric] = (1 + int((seen >= statistic * (1 - 1e-9)).sum())) / (draws + 1)
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


def _cells(values, treated, cells) -> tuple[np.ndarray, np.ndarray, pd.Series]:
    """Rows x metrics, True or False per row, a label per row; told what is wrong with them."""
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    check_finite(values, "values")
    treated = np.asarray(treated)
    if treated.dtype != bool:
        raise TypeError(f"treated came as {treated.dtype}; expected True or False per row. Compare with an arm's name.")
    check_same_length(treated, values, "treated and values")
    if not len(values):
        raise ToldError("values came empty; expected at least one row. Say 'too few to say' instead.")
    labels = pd.Series(np.zeros(len(values), dtype=int) if cells is None else np.asarray(cells))
    check_same_length(labels, values, "cells and values")
    if labels.isna().any():
        raise ToldError(f"cells has {int(labels.isna().sum())} blanks; expected a label per row. "
                         "Name the unknown segment.")
    return values, treated, labels


def _error(values: np.ndarray, treated: np.ndarray) -> float:
    return _error_of(values[treated], values[~treated])


def _error_of(a: np.ndarray, b: np.ndarray) -> float:
    """Welch's standard error of the gap; 0 where an arm has fewer than two rows."""
    return math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)) if min(len(a), len(b)) >= 2 else 0.0


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


def _p_values(p) -> np.ndarray:
    p = as_floats(p, "p")
    if (p < 0).any() or (p > 1).any():
        raise ToldError(f"p runs from {p.min():g} to {p.max():g}; expected 0 to 1. Hand in p-values, not statistics.")
    return p


def _in_order_given(stepped: np.ndarray, order: np.ndarray) -> np.ndarray:
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
