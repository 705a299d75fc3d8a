"""Time to the second order, and what speed of help has to do with coming back."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.purchases import GROUPS, group_names
from scrm_helpers.stats import LogRank, kaplan_meier, logrank, wilson

AT = (30, 60, 90, 180, 365)  # days at which the share is read off
FAST = 2.0  # days: an issue solved within them is called fast
AFTER = 90  # days after an issue in which a purchase counts as coming back


def durations(bought: ir.Table, customers: ir.Table, *, as_of: date, with_first: bool = False) -> pd.DataFrame:
    """Days from first to second order, right-censored at as-of. Grain: one consumer, no id; `event`: the second order was seen.

    Orders of one day are one: a basket split over two invoices is no return.
    Customers from before the data are left out unless `with_first`: their first order is not their first.
    """
    days = bought.filter(bought.ordered_on < as_of).select("person_id", "ordered_on").distinct()
    place = ibis.row_number().over(group_by=days.person_id, order_by=days.ordered_on)
    firsts = days.mutate(place=place).filter(ibis._.place <= 1)
    pairs = firsts.group_by("person_id").agg(
        first=firsts.ordered_on.min(), second=firsts.ordered_on.max(), orders=firsts.count()
    )
    rows = pairs.left_join(customers.select("person_id", "source", "before_data"), "person_id").drop("person_id_right")
    frame = rows.to_pandas().sort_values("person_id", ignore_index=True)
    if not with_first:
        frame = frame[~frame["before_data"].astype("boolean").fillna(False).astype(bool)]
    event = (frame["orders"] >= 2).to_numpy(bool)
    end = pd.to_datetime(frame["second"]).where(event, pd.Timestamp(as_of) - pd.Timedelta(days=1))
    days = (end - pd.to_datetime(frame["first"])).dt.days
    out = pd.DataFrame({"group": group_names(frame["source"]), "days": days.to_numpy(float), "event": event})
    return out.reset_index(drop=True)


def curve(found: pd.DataFrame, *, at=None, level: float = LEVEL) -> pd.DataFrame:
    """Share who have ordered again by each day, by group. Grain: group and day; `share` with its range, numbers at risk."""
    parts = []
    for group in ("all", *GROUPS):
        part = found if group == "all" else found[found["group"] == group]
        if len(part):
            parts.append(kaplan_meier(part["days"], part["event"], at=at, level=level).assign(group=group))
    columns = ["group", "time", "share", "low", "high", "at_risk", "events", "n"]
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(share=1 - whole["survival"], low=1 - whole["high"], high=1 - whole["low"])[columns]


def social_against_others(found: pd.DataFrame) -> LogRank | None:
    """Log-rank test of social against other known sources; None where one is empty or nobody came back."""
    part = found[found["group"].isin(["social", "other_known"])]
    if part["group"].nunique() < 2 or not part["event"].any():
        return None
    return logrank(part["days"], part["event"], part["group"])


def after_cases(
    cases: ir.Table,
    persons: ir.Table,
    bought: ir.Table,
    *,
    through: date,
    fast: float = FAST,
    days: int = AFTER,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Customers who came with an issue: how many bought again within `days` days, by how fast it was solved. Grain: one speed.

    First case of each customer who had bought before it and was seen for all `days` days after. An association: hard issues take
    longer and annoy more.
    """
    known = persons.select("account_id", "person_id")
    rows = cases.filter(cases.status != "spam").inner_join(known, "account_id")
    place = ibis.row_number().over(group_by=rows.person_id, order_by=[rows.opened_at, rows.case_id])
    first = (
        rows.mutate(place=place).filter(ibis._.place == 0).select("person_id", "opened_at", "opened_on", "resolved_at")
    )
    joined = first.inner_join(bought.select("person_id", "ordered_at", "ordered_on"), "person_id")
    gap = joined.ordered_on.cast("date").delta(joined.opened_on.cast("date"), unit="day")
    joined = joined.mutate(
        before=joined.ordered_at < joined.opened_at, after=(joined.ordered_at >= joined.opened_at) & (gap <= days)
    )
    people = joined.group_by("person_id", "opened_at", "opened_on", "resolved_at").agg(
        before=joined.before.max(), after=joined.after.max()
    )
    frame = people.filter(people.before).to_pandas()
    seen = pd.to_datetime(frame["opened_on"]) + pd.Timedelta(days=days) < pd.Timestamp(through)
    frame = frame[seen]
    took = (pd.to_datetime(frame["resolved_at"]) - pd.to_datetime(frame["opened_at"])).dt.total_seconds() / 86400
    speed = pd.Series("slow", index=frame.index).mask(took <= fast, "fast").mask(took.isna(), "unsolved")
    out = []
    for name in ("fast", "slow", "unsolved"):
        part = frame[speed == name]
        share = wilson(int(part["after"].astype(bool).sum()), len(part), level)
        out.append(
            {
                "speed": name,
                "persons": len(part),
                "retained": int(part["after"].astype(bool).sum()),
                "value": share.value,
                "low": share.low,
                "high": share.high,
            }
        )
    return pd.DataFrame(out).astype({c: "float64" for c in ("value", "low", "high")})
