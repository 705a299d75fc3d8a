"""A file of users read the way notebook 07 reads a test, or split by lot where it holds none."""

from datetime import date

import numpy as np
import pandas as pd
import segments_calibration as calibration
import segments_methods as methods
from segments_data import Users

from scrm_helpers.experiments import reading, units
from scrm_helpers.experiments.checks import ALARM

CONTROLS = (*units.CONTROL_WORDS, "0", "false", "no", "none", "no e-mail", "placebo", "a", "off", "baseline", "old")
MOST_ARMS = 20


def control_of(arms: pd.Series, wanted: str | None) -> str:
    """The arm that is the control: the one asked for, else the one with a name for it, else the largest."""
    names = list(arms.unique())
    if wanted is not None:
        if wanted not in names:
            raise SystemExit(f"--control: no arm {wanted!r}. The arms: {', '.join(map(str, sorted(names)))}.")
        return wanted
    for word in CONTROLS:
        found = [
            n for n in names if str(n).lower().removesuffix(".0") == word or (len(word) > 5 and word in str(n).lower())
        ]
        if len(found) == 1:
            return found[0]
    return arms.value_counts().index[0]


def arms_told(users: Users, control: str | None, planned: float | None, level: float) -> list[str]:
    """The test as text: split, overall effect and segments of each treatment, with the methods in use beside."""
    frame = users.frame
    arms = sorted(frame["arm"].unique())
    if not 2 <= len(arms) <= MOST_ARMS:
        raise SystemExit(
            f"--arm: {len(arms)} values; expected 2 to {MOST_ARMS}. A test has few arms; is this the right column?"
        )
    base = control_of(frame["arm"], control)
    share = planned if planned is not None else (len(arms) - 1) / len(arms)
    told = [
        f"control: {base}"
        + (
            " (the largest arm; --control names another)"
            if control is None and str(base).lower() not in CONTROLS
            else ""
        ),
        f"planned share of the treated: {share:.3f}"
        + ("" if planned is not None else " (equal arms assumed; --share gives the plan)"),
    ]
    rows = frame.assign(arm=np.where(frame["arm"] == base, units.CONTROL, frame["arm"]))
    split = reading.checks.split_check(rows, planned=share, dimensions=users.segments)
    told += split_told(rows, split)
    seen = rows[rows["spend"].notna()].copy()
    kept = 1 - seen.groupby("arm").size() / rows.groupby("arm").size()
    if kept.max() > 0:
        p = missing_p(rows)
        told.append(
            "missing outcome by arm: "
            + ", ".join(f"{a} {s:.1%}" for a, s in kept.items())
            + (f"; p {p:.2g}: not by chance, the figures may mislead" if p < ALARM else f"; p {p:.2g}")
        )
    binary = set(seen["spend"].unique()) <= {0.0, 1.0}
    seen["conversion"] = (seen["spend"] != 0).astype(float)
    metric = "conversion" if binary else "spend"
    trial = units.Trial(
        "file",
        users.name,
        metric,
        "account",
        None,
        None,
        users.segments,
        date(2000, 1, 1),
        date(2000, 1, 31),
        date(2000, 1, 31),
    )
    found = pd.DataFrame(methods.moments(seen)).assign(orders_mean=0.0, orders_var=0.0, orders_cov=0.0)
    level_of_arm = 1 - (1 - level) / max(1, len(arms) - 1)
    for arm in [a for a in found["arm"] if a != units.CONTROL]:
        told += one_told(trial, seen, found, arm, level_of_arm)
    if split.broken:
        told.append("The split is broken: in the product every figure above is withheld.")
    return told


def split_told(rows: pd.DataFrame, split) -> list[str]:
    counts = ", ".join(f"{a} {n:,}" for a, n in rows["arm"].value_counts().sort_index().items())
    out = [f"split: {counts}; p {split.p:.3g}" if split.p is not None else f"split: {counts}; no planned share"]
    if split.segment_p is not None:
        out.append(
            f"split by segment: smallest p {split.segment_p:.3g}" + (f" in {split.where}" if split.where else "")
        )
    if split.visible is not None:
        out.append(f"a loss of {split.visible:.1%} of the treated or more would have been seen")
    return [*out, "SAMPLE RATIO: " + ("BROKEN" if split.broken else "as planned")]


def missing_p(rows: pd.DataFrame) -> float:
    """p of an equal share of missing outcomes in every arm (chi-square)."""
    from scipy.stats import chi2_contingency

    table = pd.crosstab(rows["arm"], rows["spend"].isna())
    return float(chi2_contingency(table, correction=False).pvalue)


def one_told(trial, seen, found, arm: str, level: float) -> list[str]:
    """One treatment: the overall effect and the segments, as 07 computes them."""
    both = found[found["arm"].isin([arm, units.CONTROL])].reset_index(drop=True)
    rows = seen[seen["arm"].isin([arm, units.CONTROL])].reset_index(drop=True)
    effects = reading.effects
    n = {a: int(v) for a, v in both.set_index("arm")["n"].items()}
    buyers = effects.buyers_expected(both, arm)
    head = f"\n{arm} against control: {n[arm]:,} and {n[units.CONTROL]:,} users, {buyers:,} buyers to be expected in the smaller arm"
    if effects.too_few(both, arm):
        return [head, f"overall: too few to say (fewer than {effects.LEAST_BUYERS} buyers)"]
    got = effects.overall(both, rows, arm, trial.metric, level=level)
    plain = effects.from_moments(
        *[both.set_index("arm").loc[a] for a in (arm, units.CONTROL)], trial.metric, level=level
    )
    a = got.adjusted
    if a.low is None or a.high is None:
        return [head, f"overall: {a.value:.6g}; no noise was seen, so no range: too few to say"]
    visible = "" if got.visible is None else f", smallest visible effect {got.visible:.6g}"
    out = [
        head,
        f"overall: {a.value:.6g} ({a.low:.6g} to {a.high:.6g}), p {a.p:.4g}, {a.method}: {reading.verdict_of(a.low, a.high)}; "
        f"control {got.control:.6g}{visible}",
        f"beside it, Welch: {plain.value:.6g} ({plain.low:.6g} to {plain.high:.6g}), p {plain.p:.4g}",
    ]
    slope = 0.0 if trial.metric == "conversion" else effects.theta(both, arm, trial.metric)
    table = effects.by_segment(rows, arm, trial.metric, trial.dimensions, slope=slope, level=level)
    shown = table.assign(
        decision=[reading.verdict_of(low, high) for low, high in zip(table["low"], table["high"], strict=True)]
    )
    shown["differs"] = np.where(
        table["rest_low"].isna(),
        "",
        np.where((table["rest_low"] > 0) | (table["rest_high"] < 0), "differs from the rest", ""),
    )
    return [
        *out,
        f"by segment (ranges hold together at {level:.0%} over {len(trial.dimensions)} dimension(s)):",
        shown.drop(columns=["rest", "rest_low", "rest_high"]).to_string(
            index=False, float_format=lambda v: f"{v:.5g}", na_rep=""
        ),
    ]


def placebos_told(users: Users, shares: list[float], many: int, report=None, *, keep=None, minutes: float = np.inf):
    """No arm in the file: users split by lot, with and without a planted effect. Yields the table so far after each round."""
    head = (
        f"{users.name}: {len(users.frame):,} users split by lot; + breaks its promise (exact 99% interval of the count)"
    )
    for rows in calibration.rounds(users, shares, many, keep=keep, minutes=minutes, report=report):
        yield [*users.notes, head, calibration.summary(rows).to_string(index=False), "",
               f"The suite over all shares, {len(rows.groupby(['share', 'trial']))} splits",
               calibration.pooled(rows).to_string(index=False)]  # fmt: skip
