"""The team page: figures of activity, headed so that nobody takes them for a reason to spend."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.report.reader import Reader
from scrm_helpers.units import Unit

NOT_ADDED = ("reach", "followers")  # people counted on several days, or a standing number: their best day is shown
MONTHS = 3


def activity_by_month(activity: ir.Table, *, period: str) -> pd.DataFrame:
    """Activity of the last three months. Grain: platform, measure and month; `value` is a sum, or the best day of what cannot be added."""
    first, last = periods.span(period, MONTHS)
    rows = activity.filter(activity.on >= first, activity.on < last)
    rows = rows.mutate(month=periods.label(rows.on))
    best = rows.measure.isin(NOT_ADDED)
    daily = rows.group_by(["platform", "measure", "month", "on"]).agg(
        value=ibis._.value.max(where=best), total=ibis._.value.sum(where=~best)
    )
    sums = daily.group_by(["platform", "measure", "month"]).agg(
        value=ibis.coalesce(ibis._.value.max(), ibis._.total.sum())
    )
    return sums.to_pandas().sort_values(["platform", "measure", "month"], ignore_index=True)


def team_table(activity: pd.DataFrame, reader: Reader, *, period: str) -> dict | None:
    """The table of the team page; None where nothing came in."""
    if activity.empty:
        return None
    months = periods.between(periods.shift(period, 1 - MONTHS), period)
    wide = activity.pivot(index=["platform", "measure"], columns="month", values="value").reindex(columns=months)
    rows = [
        [
            reader.word("source", platform),
            reader.word("activity", measure),
            *("–" if pd.isna(v) else reader.write(round(float(v)), Unit.COUNT) for v in line),
        ]
        for (platform, measure), line in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    columns = [
        {"text": reader.heading("platform"), "numeric": False},
        {"text": reader.heading("measure"), "numeric": False},
    ]
    columns += [{"text": reader.month(m), "numeric": True} for m in months]
    return {"caption": reader.say("team.table"), "columns": columns, "rows": rows}
