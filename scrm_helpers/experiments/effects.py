"""The effect of a test: overall with its range, then by segment in one declared family."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.experiments.units import CONTROL
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import (
    Difference,
    difference_of_shares,
    max_t,
    permutation_difference,
    smallest_visible,
    smallest_visible_share,
    welch,
)

SMALLEST_GATE = 50  # units of the smaller arm over squared skew: below it Welch covers less than it says
LEAST_BUYERS, LEAST_STORES = 30, 6  # in the smaller arm; fewer are too few to say
DRAWS, SEED = 1999, 20260101


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


def too_few(moments: pd.DataFrame, arm: str, *, unit: str = "account") -> bool:
    """Whether the smaller arm is too small to say anything: under 30 buyers, or under 6 stores."""
    treated, control = _arms(moments, arm)
    if unit == "store":
        return min(treated["n"], control["n"]) < LEAST_STORES
    return min(treated["buyers"], control["buyers"]) < LEAST_BUYERS


def welch_allowed(treated, control) -> bool:
    """Whether Welch's range holds: the smaller arm's units over the larger squared skew of the arms reach 50."""
    arms = [np.asarray(a, dtype=float) for a in (treated, control)]
    return min(map(len, arms)) >= SMALLEST_GATE * max(skew(a) ** 2 for a in arms)


def skew(values: np.ndarray) -> float:
    """Skewness (third standardised moment); 0 where nothing varies."""
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0


def theta(moments: pd.DataFrame, arm: str, metric: str) -> float:
    """How far a unit of spend before moves the metric: covariance over variance, pooled within the two arms (CUPED)."""
    both = _arms(moments, arm)
    below = sum((a["n"] - 1) * a["pre_var"] for a in both)
    return sum((a["n"] - 1) * a[f"{metric}_cov"] for a in both) / below if below > 0 else 0.0


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
        adjusted = permutation_difference(a, b, level, seed=SEED, draws=DRAWS)
    spread = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
    visible = smallest_visible(spread, len(a), len(b), level=level) if spread > 0 else None
    return Effect(metric, adjusted, plain, float(control[f"{metric}_mean"]), visible, slope != 0)


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


def by_segment(
    rows: pd.DataFrame, arm: str, metric: str, dimensions: list[str], *, slope: float, level: float = LEVEL
) -> pd.DataFrame:
    """The effect in each segment of each declared dimension: one family whose ranges hold together with `level`.

    Max-T inside a dimension (studentised, shuffled within segments), the doubt divided evenly between dimensions. Decision and
    range come from the same draws, so they agree. Segments with under 30 buyers in an arm stand in the table without a figure.
    Columns: segment, level_of, n_treated, n_control, buyers (smaller arm), value, low, high, rest (the same minus all the others'
    effect), rest_low, rest_high (blank where the skew forbids it).
    """
    parts = [
        _dimension(rows, arm, metric, name, slope=slope, level=1 - (1 - level) / len(dimensions)) for name in dimensions
    ]
    columns = [
        "segment",
        "level_of",
        "n_treated",
        "n_control",
        "buyers",
        "value",
        "low",
        "high",
        "rest",
        "rest_low",
        "rest_high",
    ]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _dimension(rows, arm, metric, name, *, slope, level) -> pd.DataFrame:
    both = rows[rows["arm"].isin([arm, CONTROL])]
    both = both.assign(treated=both["arm"] == arm, adjusted=adjusted_values(both, metric, slope))
    counts = (
        both.groupby([name, "treated"], sort=True)
        .agg(n=("treated", "size"), buyers=("conversion", "sum"))
        .unstack(fill_value=0)
    )
    counts = counts.reindex(columns=pd.MultiIndex.from_product([["n", "buyers"], [False, True]]), fill_value=0)
    table = pd.DataFrame(
        {
            "segment": name,
            "level_of": counts.index.astype(str),
            "n_treated": counts["n", True].to_numpy(),
            "n_control": counts["n", False].to_numpy(),
            "buyers": counts["buyers"].min(axis=1).astype(int).to_numpy(),
        }
    )
    enough = table.loc[table["buyers"] >= LEAST_BUYERS, "level_of"].tolist()
    for column in ("value", "low", "high", "rest", "rest_low", "rest_high"):
        table[column] = np.nan
    if not enough:
        return table
    inside = both[both[name].astype(str).isin(enough)]
    found = max_t(
        inside["adjusted"],
        inside["treated"].to_numpy(),
        inside[name].astype(str).to_numpy(),
        level,
        seed=SEED,
        draws=DRAWS,
    )
    table = table.set_index("level_of")
    table.loc[found["cell"], ["value", "low", "high"]] = found[["value", "low", "high"]].to_numpy()
    for cell in enough if len(enough) > 1 else []:
        gap = against_rest(
            inside["adjusted"].to_numpy(),
            inside["treated"].to_numpy(),
            (inside[name].astype(str) == cell).to_numpy(),
            level=1 - (1 - level) / len(enough),
        )
        if gap is not None:
            table.loc[cell, ["rest", "rest_low", "rest_high"]] = gap
    return table.reset_index()


def against_rest(
    values: np.ndarray, treated: np.ndarray, inside: np.ndarray, *, level: float
) -> tuple[float, float, float] | None:
    """Effect inside minus effect outside a segment, with its range: a difference of two differences.

    None where the skew of one of the four groups forbids a range from moments.
    """
    groups = [
        values[inside & treated],
        values[inside & ~treated],
        values[~inside & treated],
        values[~inside & ~treated],
    ]
    if min(map(len, groups)) < 2 or not (welch_allowed(*groups[:2]) and welch_allowed(*groups[2:])):
        return None
    means = [g.mean() for g in groups]
    errors = [g.var(ddof=1) / len(g) for g in groups]
    value, variance = means[0] - means[1] - means[2] + means[3], sum(errors)
    freedom = (
        variance**2 / sum(e**2 / (len(g) - 1) for e, g in zip(errors, groups, strict=True)) if variance else math.inf
    )
    from scipy import special

    reach = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
    return float(value), float(value - reach), float(value + reach)
