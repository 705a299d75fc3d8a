"""Splits by lot with no effect, and with a planted one: how often does each method cry wolf, cover, and see?"""

import numpy as np
import pandas as pd
import segments_methods as methods
from segments_data import Users

from scrm_helpers.stats import clopper_pearson

SHARES = (0.5, 0.3, 0.2, 0.1, 0.05)
LIFT = 0.20  # planted on the spend of the treated
SLOW = {"bootstrap, Holm": 4, "suite, never refused": 6, "Mann-Whitney, Holm": 2}  # run in every k-th split


def trials(users: Users, share: float, many: int, *, lift: float = LIFT, seed: int = 1, report=None) -> list[dict]:
    """`many` splits of these users. One row per method, split, kind (none, lift) and cell ('' is all users together)."""
    frame = users.frame[users.frame["spend"].notna()]
    y = frame["spend"].to_numpy(dtype=float)
    pre = frame["pre"].to_numpy(dtype=float) if users.covariate else np.zeros(len(y))
    cell = frame[users.segments].astype(str).agg(" | ".join, axis=1).to_numpy()
    codes, cell = np.unique(cell, return_inverse=True)
    counts = np.bincount(cell)
    out = []
    for trial in range(many):
        rng = np.random.default_rng([seed, trial, round(share * 1000)])
        treated = rng.random(len(y)) < share
        for kind in ("none", "lift") if lift and trial % 2 == 0 else ("none",):
            outcome = np.where(treated, y * (1 + lift), y) if kind == "lift" else y
            gain = y * lift if kind == "lift" else np.zeros(len(y))
            truth = {"": gain.mean()} | dict(
                zip(map(str, range(len(codes))), np.bincount(cell, weights=gain) / counts, strict=True)
            )
            split = methods.Split(outcome, pre, treated, cell)
            for method in methods.METHODS:
                if trial % SLOW.get(method, 1):
                    continue
                found, cpu = methods.timed(method, split)
                found = found.assign(
                    method=method, trial=trial, kind=kind, share=share, truth=found["cell"].map(truth), cpu=cpu
                )
                out += found.to_dict("records")
        if report and trial % 10 == 9:
            report(f"{users.name} {share:.0%}: {trial + 1} of {many}")
    return out


def summary(rows: list[dict]) -> pd.DataFrame:
    """False alarms, coverage and power by share and method. A `+` says that the exact 99% interval of the count lies above 5%
    (false alarms) or below 95% (coverage): the method does not keep its promise.
    """
    f, out = pd.DataFrame(rows), []
    for (share, method), part in f.groupby(["share", "method"], sort=False):
        none, lift = part[part["kind"] == "none"], part[part["kind"] == "lift"]
        all_none, seg_none, all_lift, seg_lift = (
            none[none["cell"] == ""],
            none[none["cell"] != ""],
            lift[lift["cell"] == ""],
            lift[lift["cell"] != ""],
        )
        by_trial = seg_none[seg_none["adjusted"].notna()].groupby("trial")["adjusted"].max()
        both = pd.concat([seg_none, seg_lift])
        out.append(
            {
                "split": f"{share:.0%}",
                "method": method,
                "trials": all_none["trial"].nunique(),
                "overall": alarm(all_none["reject"]),
                "segment": alarm(seg_none["reject"]),
                "any corrected": alarm(by_trial),
                "cover": cover(pd.concat([all_none, all_lift]), "low", "high"),
                "cover segment": cover(both, "low", "high"),
                "cover together": together(both),
                "power": share_of(all_lift["reject"]),
                "shown": share_of(seg_none["reject"].notna()),
                "agree": agree(both),
                "cpu": f"{part.groupby(['trial', 'kind'])['cpu'].first().mean():.3f}",
            }
        )
    return pd.DataFrame(out)


def alarm(column: pd.Series) -> str:
    """Share of alarms in %, and a + where 5% is surely exceeded."""
    column = column.dropna()
    if not len(column):
        return "refused"
    hits = int(column.sum())
    return f"{100 * hits / len(column):.1f}%" + ("+" if clopper_pearson(hits, len(column), 0.99).low > 0.05 else "")


def cover(rows: pd.DataFrame, low: str, high: str) -> str:
    """Share of the ranges that hold the truth, and a + where it surely lies below 95%."""
    rows = rows[rows[low].notna() & rows[high].notna()]
    if not len(rows):
        return "-"
    hits = int(((rows[low] <= rows["truth"]) & (rows["truth"] <= rows[high])).sum())
    return f"{100 * hits / len(rows):.1f}%" + ("+" if clopper_pearson(hits, len(rows), 0.99).high < 0.95 else "")


def together(rows: pd.DataFrame) -> str:
    """Share of splits in which all corrected ranges hold their truths."""
    rows = rows[rows["adjusted_low"].notna() & rows["adjusted_high"].notna()]
    if not len(rows):
        return "-"
    held = (rows["adjusted_low"] <= rows["truth"]) & (rows["truth"] <= rows["adjusted_high"])
    all_held = held.groupby([rows["trial"], rows["kind"]]).all()
    hits = int(all_held.sum())
    return f"{100 * hits / len(all_held):.1f}%" + (
        "+" if clopper_pearson(hits, len(all_held), 0.99).high < 0.95 else ""
    )


def agree(rows: pd.DataFrame) -> str:
    """Whether every corrected decision is that of its range."""
    rows = rows[rows["adjusted_low"].notna() & rows["adjusted_high"].notna()]
    if not len(rows):
        return "-"
    return (
        "yes"
        if (rows["adjusted"].astype(bool) == ((rows["adjusted_low"] > 0) | (rows["adjusted_high"] < 0))).all()
        else "NO"
    )


def share_of(column: pd.Series) -> str:
    column = column.dropna()
    return f"{100 * column.mean():.0f}%" if len(column) else "-"
