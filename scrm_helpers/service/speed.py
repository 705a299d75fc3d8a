"""Speed of resolution and later retention: an association, like against like, with customers not yet observed for long enough kept in."""

from datetime import datetime
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales, stats
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate

AFTER_DAYS = 180  # bought again within so many days after the resolution
LEAST_CELL = 10  # customers of each pace that a cell of prior orders needs


class Speed(NamedTuple):
    """`gap`: share who bought again after a fast resolution minus after a slow one; `curves` for the chart; `coverage` of the customers."""

    gap: Estimate
    fast: float | None
    slow: float | None
    median_hours: float | None
    curves: pd.DataFrame
    coverage: float | None


def followed(frame: pd.DataFrame, orders: ir.Table, persons: ir.Table, *, end: datetime) -> pd.DataFrame:
    """First resolved issue of each person with days until the next order, or until `end` where none came (`bought` False).

    `frame`: load.issue_frame. Grain: one person. The clock starts at the resolution, so that waiting counts for neither side.
    """
    rows = frame[frame["resolution_hours"].notna() & frame["done_at"].notna()]
    rows = rows.sort_values(["opened_at", "issue_id"]).drop_duplicates("person_id")
    bought = sales.by_consumers(orders, persons).filter(ibis._.kind == "sale").select("person_id", "ordered_at")
    keys = ibis.memtable(
        rows[["person_id", "done_at"]].astype({"person_id": "int64"}),
        schema={"person_id": "int64", "done_at": "timestamp(6)"},
    )
    later = bought.inner_join(keys, "person_id").filter(ibis._.ordered_at > ibis._.done_at, ibis._.ordered_at < end)
    later = (
        later.group_by("person_id").agg(next_at=later.ordered_at.min()).to_pandas()
        if len(rows)
        else pd.DataFrame({"person_id": [], "next_at": []})
    )
    out = rows.merge(later, on="person_id", how="left")
    stop = pd.to_datetime(out["next_at"]).fillna(pd.Timestamp(end))
    days = (stop - pd.to_datetime(out["done_at"])).dt.total_seconds() / 86400
    return out.assign(days=days, bought=out["next_at"].notna())[
        ["person_id", "channel", "resolution_hours", "orders_bucket", "days", "bought"]
    ]


def speed(rows: pd.DataFrame, *, after: int = AFTER_DAYS, level: float = LEVEL) -> Speed:
    """Kaplan-Meier share who bought again within `after` days, fast minus slow (split at the median hours), by prior orders.

    Cells of prior orders weigh by their customers; thin cells are left out and show in the coverage.
    """
    method = "Kaplan-Meier within prior orders, weighted"
    nothing = Estimate(None, None, None, level, len(rows), method)
    if len(rows) < 2 * LEAST_CELL:
        return Speed(
            nothing, None, None, None, pd.DataFrame(columns=["pace", "day", "share", "low", "high", "at_risk"]), None
        )
    middle = float(np.median(rows["resolution_hours"]))
    rows = rows.assign(pace=np.where(rows["resolution_hours"] <= middle, "fast", "slow"))
    cells = {}
    for cell, part in rows.groupby("orders_bucket", sort=True):
        sides = {pace: _share(part[part["pace"] == pace], after, level) for pace in ("fast", "slow")}
        if all(side is not None for side in sides.values()):
            cells[cell] = (len(part), sides)
    curves = _curves(rows, after, level)
    total = sum(n for n, _ in cells.values())
    if not total:
        return Speed(nothing, None, None, middle, curves, 0.0)
    parts = [(n / total, sides) for n, sides in cells.values()]
    estimates = [side for _, sides in parts for side in (sides["fast"], sides["slow"])]
    gap = stats.combine(estimates, weights=[sign * w for w, _ in parts for sign in (1.0, -1.0)])
    mean = {pace: sum(w * sides[pace].value for w, sides in parts) for pace in ("fast", "slow")}
    return Speed(gap._replace(n=total, method=method), mean["fast"], mean["slow"], middle, curves, total / len(rows))


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
