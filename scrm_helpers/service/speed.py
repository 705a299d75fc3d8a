"""Speed of resolution and later retention: an association, like against like, from the same moment after the opening for both.

A clock that starts at the resolution would favour the fast: who waits long has had more time to buy, and to leave, before it starts.
So it starts for everyone at the same time after the opening (the median hours of a resolution): by then an issue was resolved
(fast) or was not (slow, the ones still open among them). Customers not yet observed for long enough are kept in (Kaplan-Meier).
"""

from datetime import datetime
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import stats
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate

AFTER_DAYS = 180  # bought again within so many days after the resolution
LEAST_CELL = 10  # customers of each pace that a cell of like customers needs
STRATA = (["channel", "orders_bucket", "tenure_bucket"], ["channel", "orders_bucket"], ["orders_bucket"])  # fine to coarse
ENOUGH = 0.8  # share of customers that must find their like; else the next coarser cells are taken


class Speed(NamedTuple):
    """`gap`: share who bought again after a fast resolution minus after a slow one; `curves` for the chart; `coverage` of the customers."""

    gap: Estimate
    fast: float | None
    slow: float | None
    median_hours: float | None
    curves: pd.DataFrame
    coverage: float | None


def followed(frame: pd.DataFrame, bought: ir.Table, *, end: datetime) -> pd.DataFrame:
    """First issue of each person with days from the landmark until the next order, or until `end` where none came (`bought` False).

    `frame`: load.issue_frame; `bought`: sales.bought. Grain: one person. `pace`: fast where the issue was resolved by
    the landmark, which stands the median hours of a resolution after the opening (`landmark_hours`). A closed issue
    without sound times has no pace and is left out.
    """
    rows = frame[frame["begun"] & (frame["resolution_hours"].notna() | (frame["state"] == "open"))]
    rows = rows.sort_values(["opened_at", "issue_id"]).drop_duplicates("person_id")
    middle = float(rows["resolution_hours"].median()) if rows["resolution_hours"].notna().any() else np.nan
    start = pd.to_datetime(rows["opened_at"]) + pd.to_timedelta(middle * 3600, unit="s").round("us")
    rows = rows.assign(landmark_hours=middle, start_at=start, pace=np.where(rows["resolution_hours"] <= middle, "fast", "slow"))
    rows = rows[rows["start_at"] < pd.Timestamp(end)]
    names = ["person_id", "channel", "landmark_hours", "pace", "orders_bucket", "tenure_bucket"]
    if rows.empty:
        return rows[names].assign(days=pd.Series(dtype="float64"), bought=pd.Series(dtype="bool"))
    keys = ibis.memtable(
        rows[["person_id", "start_at"]].astype({"person_id": "int64"}),
        schema={"person_id": "int64", "start_at": "timestamp(6)"},
    )
    later = bought.select("person_id", "ordered_at").inner_join(keys, "person_id")
    later = later.filter(ibis._.ordered_at > ibis._.start_at, ibis._.ordered_at < end)
    out = rows.merge(later.group_by("person_id").agg(next_at=later.ordered_at.min()).to_pandas(), on="person_id", how="left")
    stop = pd.to_datetime(out["next_at"]).fillna(pd.Timestamp(end))
    days = (stop - out["start_at"]).dt.total_seconds() / 86400
    return out.assign(days=days, bought=out["next_at"].notna())[[*names, "days", "bought"]]


def speed(rows: pd.DataFrame, *, after: int = AFTER_DAYS, level: float = LEVEL) -> Speed:
    """Kaplan-Meier share who bought again within `after` days, fast minus slow, among like customers (`followed`).

    Cells weigh by their customers; thin cells are left out and show in the coverage. The finest cells that keep enough are taken.
    """
    method = "Kaplan-Meier among like customers, weighted"
    nothing = Estimate(None, None, None, level, len(rows), method)
    if len(rows) < 2 * LEAST_CELL:
        return Speed(
            nothing, None, None, None, pd.DataFrame(columns=["pace", "day", "share", "low", "high", "at_risk"]), None
        )
    middle, curves = float(rows["landmark_hours"].iloc[0]), _curves(rows, after, level)
    for strata in STRATA:
        cells = _cells(rows, strata, after, level)
        total = sum(n for n, _ in cells)
        if total >= ENOUGH * len(rows):
            break
    if not total:
        return Speed(nothing, None, None, middle, curves, 0.0)
    parts = [(n / total, sides) for n, sides in cells]
    estimates = [side for _, sides in parts for side in (sides["fast"], sides["slow"])]
    gap = stats.combine(estimates, weights=[sign * w for w, _ in parts for sign in (1.0, -1.0)])
    mean = {pace: sum(w * sides[pace].value for w, sides in parts) for pace in ("fast", "slow")}
    return Speed(gap._replace(n=total, method=method), mean["fast"], mean["slow"], middle, curves, total / len(rows))


def _cells(rows: pd.DataFrame, strata: list[str], after: int, level: float) -> list[tuple[int, dict[str, Estimate]]]:
    """Customers of each cell, and the share of either pace; cells too thin on one side are left out."""
    out = []
    for _, part in rows.groupby(strata, sort=True):
        sides = {pace: _share(part[part["pace"] == pace], after, level) for pace in ("fast", "slow")}
        if all(side is not None for side in sides.values()):
            out.append((len(part), sides))
    return out


def _share(part: pd.DataFrame, after: int, level: float) -> Estimate | None:
    """Bought again by day `after`; None where too few are left to say."""
    if len(part) < LEAST_CELL:
        return None
    row = stats.kaplan_meier(part["days"], part["bought"], at=[after], level=level).iloc[0]
    if not np.isfinite([row["survival"], row["low"], row["high"]]).all():
        return None
    return Estimate(1 - row["survival"], 1 - row["high"], 1 - row["low"], level, len(part), "Kaplan-Meier")


def _curves(rows: pd.DataFrame, after: int, level: float) -> pd.DataFrame:
    curve = stats.kaplan_meier(
        rows["days"], rows["bought"], at=list(range(0, after + 1, 15)), level=level, group=rows["pace"]
    )
    curve = curve[curve["survival"].notna()]
    return pd.DataFrame({
        "pace": curve["group"], "day": curve["time"], "share": 1 - curve["survival"], "low": 1 - curve["high"], "high": 1 - curve["low"],
        "at_risk": curve["at_risk"],
    }).reset_index(drop=True)  # fmt: skip
