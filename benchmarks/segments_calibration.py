"""Splits by lot with no effect, and with a planted one: how often does each method cry wolf, cover, and see?"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import segments_methods as methods
from segments_data import Users

from scrm_helpers.stats import clopper_pearson

SHARES = (0.5, 0.3, 0.2, 0.1, 0.05)
LIFT = 0.20  # planted on the spend of the treated
# the suite is run in every split, the methods beside it in every k-th: what they break shows in fewer
EVERY = {"suite": 1, "suite, never refused": 8, "bootstrap, Holm": 8, "Mann-Whitney, Holm": 4}
ROUND = 10  # splits of each share before the next share has its turn


def rounds(users: Users, shares: list[float], many: int, *, keep: Path | None = None, minutes: float = np.inf, report=None):
    """`many` splits per share, a few of each share at a time, so that whatever is done when the time is over speaks of all shares.

    Yields all rows so far after each round. `keep`: a Parquet file from which earlier splits are taken and to which new ones are added;
    `minutes`: of CPU time, after which no other round begins.
    """
    rows = pd.read_parquet(keep) if keep is not None and keep.exists() else pd.DataFrame(columns=["share", "trial"])
    started = time.process_time()
    for first in range(0, many, ROUND):
        new = []
        for share in shares:
            known = set(rows.loc[rows["share"] == share, "trial"])
            wanted = [t for t in range(first, min(many, first + ROUND)) if t not in known]
            new += trials(users, share, wanted)
        if new:
            rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
            if keep is not None:
                rows.to_parquet(keep)
            if report:
                done = f"{min(many, first + ROUND)} of {many} splits per share"
                report(f"{users.name}: {done}, {time.process_time() - started:.0f} CPU seconds")
        if new or first + ROUND >= many:
            yield rows
        if time.process_time() - started > 60 * minutes:
            return


def trials(users: Users, share: float, numbers, *, lift: float = LIFT, seed: int = 1) -> list[dict]:
    """These splits of these users. One row per method, split, kind (none, lift) and cell ('' is all users together)."""
    frame = users.frame[users.frame["spend"].notna()]
    y = frame["spend"].to_numpy(dtype=float)
    pre = frame["pre"].to_numpy(dtype=float) if users.covariate else np.zeros(len(y))
    cell = frame[users.segments].astype(str).agg(" | ".join, axis=1).to_numpy()
    codes, cell = np.unique(cell, return_inverse=True)
    counts = np.bincount(cell)
    out = []
    for trial in numbers:
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
                if trial % EVERY.get(method, 2):
                    continue
                found, cpu = methods.timed(method, split)
                found = found.assign(
                    method=method, trial=trial, kind=kind, share=share, truth=found["cell"].map(truth), cpu=cpu
                )
                out += found.to_dict("records")
    return out


def pooled(rows: pd.DataFrame) -> pd.DataFrame:
    """The suite's promises over all shares together: counts with their exact 99% intervals, in %, and whether they are kept.

    Shares are different splits of the same users; a segment that is shown counts wherever it is shown, however seldom that is.
    """
    f = rows[rows["method"] == "suite"]
    null, parts = f["kind"] == "none", f["cell"] != ""
    held = (f["low"] <= f["truth"]) & (f["truth"] <= f["high"])
    shown = f["low"].notna() & f["high"].notna()
    family = f[null & parts & f["adjusted"].notna()].groupby(["share", "trial"])["adjusted"].max()
    whole = f[f["adjusted_low"].notna() & f["adjusted_high"].notna()]
    at_once = (whole["adjusted_low"] <= whole["truth"]) & (whole["truth"] <= whole["adjusted_high"])
    at_once = at_once.groupby([whole["share"], whole["trial"], whole["kind"]]).all()
    counts = [
        ("false alarms, all users", f.loc[null & ~parts, "reject"].dropna(), True),
        ("false alarms, segments shown", f.loc[null & parts, "reject"].dropna(), True),
        ("false alarms, any segment, corrected", family, True),
        ("ranges that hold, all users", held[shown & ~parts], False),
        ("ranges that hold, segments shown", held[shown & parts], False),
        ("splits whose corrected ranges all hold", at_once, False),
    ]
    return pd.DataFrame([promise(name, column, alarms=alarms) for name, column, alarms in counts])


def promise(name: str, column: pd.Series, *, alarms: bool) -> dict:
    n, hits = len(column), int(column.astype(float).sum())
    if not n:
        return {"promise": name, "n": 0, "hits": 0, "share": "-", "exact 99%": "-", "kept": "never shown"}
    found = clopper_pearson(hits, n, 0.99)
    kept = found.low <= 0.05 if alarms else found.high >= 0.95
    ends = f"{100 * found.low:.1f} to {100 * found.high:.1f}%"
    return {"promise": name, "n": n, "hits": hits, "share": f"{100 * hits / n:.2f}%", "exact 99%": ends, "kept": "yes" if kept else "NO"}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """False alarms, coverage and power by share and method. A `+` says that the exact 99% interval of the count lies above 5%
    (false alarms) or below 95% (coverage): the method does not keep its promise.
    """
    f, out = rows.sort_values(["share", "trial"], ascending=[False, True], kind="stable"), []
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
