"""Very bad experiences: counted for management, listed for the desk alone (a row per person: restricted)."""

from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from scrm_helpers.service.costs import Window
from scrm_helpers.service.issues import Service

WORST_RATING = 1  # of 5
REOPENS = 2  # more than so many
SLOWEST = 0.95  # quantile of resolution hours


class Exceptions(NamedTuple):
    """`rows`: one issue with a reason (restricted); `counts`: issues by cause and channel; `limit_hours`: the 95th percentile."""

    rows: pd.DataFrame
    counts: pd.DataFrame
    issues: int
    limit_hours: float | None


def exceptions(service: Service, window: Window) -> Exceptions:
    """Issues of the window (by opening) rated 1, reopened more than twice, or slower than 95 in 100. An issue may have several reasons."""
    issues = service.issues.filter(service.issues.opened_at >= window.start, service.issues.opened_at < window.end)
    rated = service.cases.group_by("issue_id").agg(worst=service.cases.satisfaction.min())
    rows = issues.left_join(rated, "issue_id").drop("issue_id_right")
    rows = rows.select(
        "issue_id", "person_id", "channel", "type", "opened_on", "reopens", "resolution_hours", rating=ibis._.worst
    )
    rows = rows.order_by("opened_on", "issue_id").to_pandas()
    hours = rows["resolution_hours"].dropna().astype(float)
    limit = float(np.quantile(hours, SLOWEST)) if len(hours) else None
    marks = {
        "rating": rows["rating"].astype(float) <= WORST_RATING, "reopened": rows["reopens"].astype(float) > REOPENS,
        "slow": rows["resolution_hours"].astype(float) > limit if limit is not None else pd.Series(False, index=rows.index),
    }  # fmt: skip
    some = np.logical_or.reduce([m.to_numpy(dtype=bool) for m in marks.values()]) if len(rows) else np.array([], bool)
    reasons = [" ".join(n for n, m in zip(marks, row, strict=True) if m) for row in zip(*marks.values(), strict=True)]
    counts = pd.concat([rows[m.to_numpy(dtype=bool)].groupby("channel").size().rename("issues").reset_index().assign(cause=name)
                        for name, m in marks.items()], ignore_index=True)  # fmt: skip
    listed = rows.assign(reasons=reasons)[some].reset_index(drop=True)
    return Exceptions(listed, counts[["cause", "channel", "issues"]], len(rows), limit)
