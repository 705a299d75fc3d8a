"""Like against like: exact matching on coarse strata, with a range that knows that one person may stand in several rows."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate

LEAST_PAIRED = 2  # fewer in a comparison cell show no spread


class Matched(NamedTuple):
    """`estimate`: mean of the treated minus the mean of like comparisons; the two means; how many were treated and could be matched."""

    estimate: Estimate
    treated: float | None
    others: float | None
    n_treated: int
    n_matched: int
    n_others: int
    others_error: float | None = None  # standard error of the mean of like comparisons
    others_spread: float | None = None  # standard deviation among like comparisons, within a cell
    others_freedom: float = 1.0  # degrees of freedom of `others_error`: few persons may carry most of the weight

    @property
    def coverage(self) -> float | None:
        """Share of the treated that found their like."""
        return self.n_matched / self.n_treated if self.n_treated else None


class Cells(NamedTuple):
    """Who is like whom: cell and person of each row as numbers from 0, whether it is treated; both sides' rows by cell."""

    of: np.ndarray
    person: np.ndarray
    treated: np.ndarray
    n_treated: np.ndarray
    n_others: np.ndarray


def like_cells(rows: pd.DataFrame, *, treated: str, strata: list[str], cluster: str) -> Cells:
    """The cells of `rows`, made once for as many outcomes as are read on them (`among`)."""
    of = (
        rows.groupby(strata, sort=False, dropna=False, observed=True).ngroup().to_numpy()
        if len(rows)
        else np.array([], int)
    )
    is_treated = rows[treated].to_numpy(dtype=bool)
    size = int(of.max()) + 1 if len(of) else 0
    sides = (np.bincount(of[side], minlength=size) for side in (is_treated, ~is_treated))
    return Cells(of, pd.factorize(rows[cluster])[0], is_treated, *sides)


def matched(
    rows: pd.DataFrame, *, treated: str, outcome: str, strata: list[str], cluster: str, level: float = LEVEL
) -> Matched:
    """`among` of one outcome by its name."""
    return among(like_cells(rows, treated=treated, strata=strata, cluster=cluster), rows[outcome], level=level)


def among(cells: Cells, outcome: pd.Series, *, level: float = LEVEL) -> Matched:
    """Treated minus like others in `outcome` per row; every stratum weighs as its treated do (effect on the treated).

    A stratum without a treated row, or with fewer than two others, is left out and shows in the coverage. The range sums each
    person's influence over all rows in which they stand, on either side.
    """
    method = "exact matching, range by person"
    values = outcome.to_numpy(dtype=float)
    cell, is_treated, n_t, n_o = cells.of, cells.treated, cells.n_treated, cells.n_others
    kept = (n_t > 0) & (n_o >= LEAST_PAIRED)
    n_treated, n_matched = int(is_treated.sum()), int(n_t[kept].sum())
    nothing = Estimate(None, None, None, level, n_matched, method)
    if n_matched == 0:
        return Matched(nothing, None, None, n_treated, 0, 0)
    mean_o = np.bincount(cell[~is_treated], weights=values[~is_treated], minlength=len(n_o)) / np.maximum(n_o, 1)
    used = kept[cell]
    weight = np.where(is_treated, 1.0, -(n_t / np.maximum(n_o, 1))[cell]) / n_matched
    weight = np.where(used, weight, 0.0)
    value = float(weight @ values)
    rest = np.where(is_treated, values - mean_o[cell] - value, values - mean_o[cell])
    # residuals of a cell's few others about their own mean are too small by (n - 1) / n
    shrunk = np.where(is_treated, 1.0, np.sqrt(n_o / np.maximum(n_o - 1, 1))[cell])
    part = weight * rest * shrunk
    top = float(values[used & is_treated].mean())
    others = int((used & ~is_treated).sum())
    if n_matched < 2:
        return Matched(nothing, top, top - value, n_treated, n_matched, others)
    by_person = np.bincount(cells.person, weights=part)
    error = float(np.sqrt(np.square(by_person).sum() * n_matched / (n_matched - 1)))
    aside = np.bincount(cells.person, weights=np.where(is_treated, 0.0, part))
    within = np.bincount(cell[~is_treated], weights=np.square(rest[~is_treated]), minlength=len(n_o)) / np.maximum(n_o - 1, 1)
    spread = float(np.sqrt((n_t[kept] * within[kept]).sum() / n_matched))
    reach = float(special.stdtrit(n_matched - 1, (1 + level) / 2)) * error
    return Matched(
        Estimate(value, value - reach, value + reach, level, n_matched, method),
        top,
        top - value,
        n_treated,
        n_matched,
        others,
        float(np.sqrt(np.square(aside).sum())),
        spread,
        _freedom(aside),
    )


def _freedom(parts: np.ndarray) -> float:
    """Satterthwaite's degrees of freedom of a sum of squared parts: as many as would vary as much if all weighed the same."""
    squares = np.square(parts)
    return float(squares.sum() ** 2 / np.square(squares).sum()) if squares.any() else 1.0


def bucket(values: pd.Series, edges: tuple[float, ...]) -> pd.Series:
    """Number of the bucket: 0 below the first edge, 1 from the first edge on, ...; a blank has a bucket of its own, -1."""
    known = values.notna()
    place = np.searchsorted(np.asarray(edges, dtype=float), values.fillna(-np.inf).to_numpy(dtype=float), side="right")
    return pd.Series(np.where(known, place, -1).astype("int8"), index=values.index)
