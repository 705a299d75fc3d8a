"""A ratio of two sums in a test, such as the value of an order: by the delta method, over the units that were drawn by lot."""

import numpy as np
import pandas as pd

from scrm_helpers.experiments.effects import SEED, Effect, draws_at, welch_allowed
from scrm_helpers.experiments.units import CONTROL, RATIOS
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Difference, permutation_difference, smallest_visible


def ratio(moments: pd.DataFrame, rows: pd.DataFrame, arm: str, metric: str, *, level: float = LEVEL) -> Effect | None:
    """Treated minus control of sum / sum (money per order); None where an arm has nothing below the line, or nothing varies.

    Orders are not drawn by lot, people are: one person's orders are one unit. tea-tasting's delta method where the skew of the
    linearised units allows it, studentised permutation of them otherwise. `rows`: arm and both columns; grain one unit.
    """
    top, below = RATIOS[metric]
    by = moments.set_index("arm")
    treated, control = by.loc[arm], by.loc[CONTROL]
    if min(treated[f"{below}_mean"], control[f"{below}_mean"]) <= 0:
        return None
    both = rows[rows["arm"].isin([arm, CONTROL])]
    values, is_treated = linearised(both, arm, metric), (both["arm"] == arm).to_numpy()
    a, b = values[is_treated], values[~is_treated]
    if not any(_varies(both[side], metric) for side in (is_treated, ~is_treated)):
        return None
    plain = _delta(treated, control, metric, level=level)
    adjusted = plain if welch_allowed(a, b) else permutation_difference(a, b, level, seed=SEED, draws=draws_at(level))
    visible = smallest_visible(float(values.std(ddof=1)), len(a), len(b), level=level)
    return Effect(metric, adjusted, plain, float(control[f"{top}_mean"] / control[f"{below}_mean"]), visible, False)


def _varies(rows: pd.DataFrame, metric: str) -> bool:
    """Whether the ratio differs from unit to unit of an arm: where every order cost the same, no noise was seen."""
    top, below = (rows[name].to_numpy(dtype=float) for name in RATIOS[metric])
    off = top - top.sum() / below.sum() * below
    return bool(np.abs(off).max() > 1e-9 * np.abs(top).max())


def linearised(rows: pd.DataFrame, arm: str, metric: str) -> np.ndarray:
    """A figure per unit whose gap between the arms is the gap of their ratios, exactly: (top - R x below) x mean / (mean x mean).

    R is the ratio of both arms together, `mean` that of what is below the line: over both, and in each arm. R is the same whoever was
    treated and the rest only scales, so shuffling who was treated tests the ratio.
    """
    top, below = (rows[name].to_numpy(dtype=float) for name in RATIOS[metric])
    treated = (rows["arm"] == arm).to_numpy()
    scale = below.mean() / (below[treated].mean() * below[~treated].mean())
    return (top - top.sum() / below.sum() * below) * scale


def _delta(treated, control, metric: str, *, level: float) -> Difference:
    """tea-tasting's ratio of means from the aggregates of the grouped query."""
    import tea_tasting as tt
    from tea_tasting.aggr import Aggregates

    top, below = RATIOS[metric]

    def aggregates(a) -> Aggregates:
        of = {name: {column: a[f"{column}_{name}"] for column in (top, below)} for name in ("mean", "var")}
        return Aggregates(count_=int(a["n"]), mean_=of["mean"], var_=of["var"], cov_={(top, below): a[f"{metric}_cov"]})

    r = tt.RatioOfMeans(top, below, confidence_level=level).analyze_aggregates(aggregates(control), aggregates(treated))
    n = int(min(treated["n"], control["n"]))
    ends = (r.effect_size, r.effect_size_ci_lower, r.effect_size_ci_upper)
    return Difference(*map(float, ends), level, n, "ratio of sums, delta method", float(r.pvalue))
