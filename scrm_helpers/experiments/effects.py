"""The effect of a test: overall with its range, then by segment in one declared family."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.experiments.units import CONTROL
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import (
    Difference,
    cell_differences,
    difference_of_shares,
    permutation_difference,
    smallest_visible,
    smallest_visible_share,
    welch,
)

SMALLEST_GATE = 50  # units of the smaller arm over squared skew: below it Welch covers less than it says
LEAST_BUYERS, LEAST_STORES = 30, 6  # in the smaller arm; fewer are too few to say
DRAWS, IN_TAIL, SEED = 1999, 10, 20260101  # draws at least, and how many of them lie beyond a range on each side


class Effect(NamedTuple):
    """Treated minus control per unit for one metric: the range that counts (`adjusted`) and the plain one beside it."""

    metric: str
    adjusted: Difference
    plain: Difference
    control: float  # control's figure per unit
    visible: float | None  # smallest true effect that would be seen in 8 of 10 such tests
    used_pre: bool


def _arms(moments: pd.DataFrame, arm: str):
    by = moments.set_index("arm")
    return by.loc[arm], by.loc[CONTROL]


def buyers_expected(moments: pd.DataFrame, arm: str) -> int:
    """Buyers that the smaller arm should have if the treatment did nothing: those of both arms, by its share of the units.

    The gate asks for these and not for those it got: a gate that moves with the result lets lucky arms through and raises
    false alarms.
    """
    treated, control = _arms(moments, arm)
    return expected_in_smaller(treated["buyers"] + control["buyers"], treated["n"], control["n"])


def expected_in_smaller(buyers, n_treated, n_control):
    """Buyers by the smaller arm's share of the units, rounded down (numbers or columns)."""
    return np.floor(buyers * np.minimum(n_treated, n_control) / np.maximum(n_treated + n_control, 1) + 1e-9).astype(int)


def too_few(moments: pd.DataFrame, arm: str, *, unit: str = "account", least: int = LEAST_BUYERS) -> bool:
    """Whether the smaller arm is too small to say anything: under 30 buyers to be expected, or under 6 stores."""
    treated, control = _arms(moments, arm)
    if unit == "store":
        return min(treated["n"], control["n"]) < LEAST_STORES
    return buyers_expected(moments, arm) < least


def welch_allowed(treated, control) -> bool:
    """Whether Welch's range holds: units of the smaller arm over the squared skew of all reach 50 (of all, so that the gate
    does not move with the result).
    """
    a, b = (np.asarray(arm, dtype=float) for arm in (treated, control))
    return min(len(a), len(b)) >= SMALLEST_GATE * skew(np.concatenate([a, b])) ** 2


def skew(values: np.ndarray) -> float:
    """Skewness (third standardised moment); 0 where nothing varies."""
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0


def theta(moments: pd.DataFrame, arm: str, metric: str) -> float:
    """How far a unit of spend before moves the metric: covariance over variance, over both arms as one (CUPED).

    Over both as one, so that shuffling who was treated leaves the slope, and with it the permutation test, as it is.
    """
    both = _arms(moments, arm)
    n = sum(a["n"] for a in both)
    mean_pre = sum(a["n"] * a["pre_mean"] for a in both) / n
    mean = sum(a["n"] * a[f"{metric}_mean"] for a in both) / n
    below = sum((a["n"] - 1) * a["pre_var"] + a["n"] * (a["pre_mean"] - mean_pre) ** 2 for a in both)
    above = sum(
        (a["n"] - 1) * a[f"{metric}_cov"] + a["n"] * (a["pre_mean"] - mean_pre) * (a[f"{metric}_mean"] - mean) for a in both
    )
    return float(above / below) if below > 0 else 0.0


def adjusted_values(rows: pd.DataFrame, metric: str, slope: float) -> np.ndarray:
    """The metric less what spend before explains of it; its mean stays."""
    pre = rows["pre"].to_numpy(dtype=float)
    return rows[metric].to_numpy(dtype=float) - slope * (pre - pre.mean())


def overall(moments: pd.DataFrame, rows: pd.DataFrame, arm: str, metric: str, *, level: float = LEVEL) -> Effect:
    """The effect on all units. Shares by Newcombe; money and orders by Welch on spend-adjusted moments where the skew allows it,
    by studentised permutation otherwise. `rows`: arm, metric, pre; grain one unit; no missing values.
    """
    treated, control = _arms(moments, arm)
    if metric == "conversion":
        found = difference_of_shares(
            int(treated["buyers"]), int(treated["n"]), int(control["buyers"]), int(control["n"]), level
        )
        base = float(control["conversion_mean"])
        visible = smallest_visible_share(base, int(treated["n"]), int(control["n"]), level=level)
        return Effect(metric, found, found, base, visible, False)
    plain = from_moments(treated, control, metric, level=level)
    slope = theta(moments, arm, metric)
    values = adjusted_values(rows, metric, slope)
    is_treated, is_control = (rows["arm"] == arm).to_numpy(), (rows["arm"] == CONTROL).to_numpy()
    a, b = values[is_treated], values[is_control]
    if welch_allowed(a, b):
        adjusted = from_moments(treated, control, metric, level=level, covariate=slope != 0)
    else:
        adjusted = permutation_difference(a, b, level, seed=SEED, draws=draws_at(level))
    spread = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
    visible = smallest_visible(spread, len(a), len(b), level=level) if spread > 0 else None
    return Effect(metric, adjusted, plain, float(control[f"{metric}_mean"]), visible, slope != 0)


def draws_at(level: float) -> int:
    """Draws enough for a range at this level: a stricter one looks further into the tails."""
    return max(DRAWS, math.ceil(2 * IN_TAIL / (1 - level)) - 1)


def from_moments(treated, control, metric: str, *, level: float, covariate: bool = False) -> Difference:
    """tea-tasting's comparison of means (unequal variances, t) from the aggregates of the grouped query."""
    if treated[f"{metric}_var"] == 0 and control[f"{metric}_var"] == 0:  # no noise was seen; tea-tasting divides by it
        return welch(
            *((a[f"{metric}_mean"], a[f"{metric}_var"], a["n"])[k] for a in (treated, control) for k in range(3)), level
        )
    import tea_tasting as tt
    from tea_tasting.aggr import Aggregates

    def aggregates(a) -> Aggregates:
        mean, var, cov = {metric: a[f"{metric}_mean"]}, {metric: a[f"{metric}_var"]}, {}
        if covariate:
            mean["pre"], var["pre"], cov[metric, "pre"] = a["pre_mean"], a["pre_var"], a[f"{metric}_cov"]
        return Aggregates(count_=int(a["n"]), mean_=mean, var_=var, cov_=cov)

    compare = tt.Mean(metric, "pre" if covariate else None, confidence_level=level)
    r = compare.analyze_aggregates(aggregates(control), aggregates(treated))
    method = "Welch, adjusted for spend before (CUPED)" if covariate else "Welch"
    n = int(min(treated["n"], control["n"]))
    return Difference(
        float(r.effect_size),
        float(r.effect_size_ci_lower),
        float(r.effect_size_ci_upper),
        level,
        n,
        method,
        float(r.pvalue),
    )


SEGMENT_COLUMNS = ["segment", "level_of", "n_treated", "n_control", "buyers", "value", "low", "high", "own_low", "own_high",
                   "rest", "rest_low", "rest_high"]  # fmt: skip


def by_segment(
    rows: pd.DataFrame,
    arm: str,
    metric: str,
    dimensions: list[str],
    *,
    slope: float,
    level: float = LEVEL,
    least: int = LEAST_BUYERS,
) -> pd.DataFrame:
    """The effect in each segment of each declared dimension: one family whose ranges hold together with `level`.

    Studentised permutation within segments, inverted for the range, so that decision and range agree; the doubt is divided
    evenly between dimensions, and by Sidak between the segments of one, which share no row. Segments that should have under `least`
    buyers in the smaller arm (`buyers`) stand in the table without a figure.
    Columns: segment, level_of, n_treated, n_control, buyers, value, low, high (all together), own_low, own_high (this segment
    alone), rest (its effect minus that in all others), rest_low, rest_high: a difference tested as a difference.
    """
    parts = [
        _dimension(rows, arm, metric, name, slope=slope, level=1 - (1 - level) / len(dimensions), least=least)
        for name in dimensions
    ]
    return pd.concat(parts, ignore_index=True)[SEGMENT_COLUMNS] if parts else pd.DataFrame(columns=SEGMENT_COLUMNS)


def _dimension(rows, arm, metric, name, *, slope, level, least) -> pd.DataFrame:
    both = rows[rows["arm"].isin([arm, CONTROL])]
    both = both.assign(treated=both["arm"] == arm, adjusted=adjusted_values(both, metric, slope), cell=both[name].astype(str))
    table = both.groupby("cell", sort=True).agg(
        n=("treated", "size"), n_treated=("treated", "sum"), all_buyers=("conversion", "sum")
    )
    table["n_control"] = table["n"] - table["n_treated"]
    table["buyers"] = expected_in_smaller(table["all_buyers"], table["n_treated"], table["n_control"])
    figures = ["value", "low", "high", "own_low", "own_high", "rest", "rest_low", "rest_high"]
    table = table.assign(**dict.fromkeys(figures, np.nan))
    enough = both["cell"].isin(table.index[table["buyers"] >= least])
    if enough.any():
        inside = both[enough]
        found = cell_differences(
            inside["adjusted"], inside["treated"].to_numpy(), inside["cell"].to_numpy(), level, seed=SEED
        ).set_index("cell")
        table.loc[found.index, figures] = found[figures]
    return table.assign(segment=name).reset_index(names="level_of")
