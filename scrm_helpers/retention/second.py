"""Time to the second order."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers.metrics import LEAST_N, LEVEL, NOT_A_CHANNEL
from scrm_helpers.retention.purchases import GROUPS, group_names
from scrm_helpers.stats import LogRank, kaplan_meier, logrank

AT = (30, 60, 90, 180, 365)  # days at which the share is read off


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
    source = frame["source"].fillna("unknown").astype("str").to_numpy()
    out = pd.DataFrame({"group": group_names(frame["source"]), "source": source, "days": days.to_numpy(float), "event": event})
    return out.reset_index(drop=True)


def curve(found: pd.DataFrame, *, at=None, level: float = LEVEL, groups: tuple[str, ...] = ("all", *GROUPS)) -> pd.DataFrame:
    """Share who have ordered again by each day, by group. Grain: group and day; `share` with its range, numbers at risk."""
    parts = []
    for group in groups:
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


def by_source(found: pd.DataFrame, *, day: float = 180.0, level: float = LEVEL) -> pd.DataFrame:
    """Share who have ordered again by `day`, of each source with 20 customers or more. Grain: one source, most customers first.

    `watched`: customers still watched and without a second order then; blank share where nobody was watched so long.
    """
    size = found.groupby("source")["days"].size()
    parts = [
        kaplan_meier(part["days"], part["event"], at=[day], level=level).assign(source=source)
        for source, part in found.groupby("source", sort=True) if size[source] >= LEAST_N
    ]  # fmt: skip
    columns = ["source", "customers", "watched", "value", "low", "high"]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True).rename(columns={"n": "customers", "at_risk": "watched", "low": "below", "high": "above"})
    rows = rows.assign(value=1 - rows["survival"], low=1 - rows["above"], high=1 - rows["below"])
    return rows.sort_values(["customers", "source"], ascending=[False, True], ignore_index=True)[columns]


def across_sources(found: pd.DataFrame) -> LogRank | None:
    """Log-rank test that all known sources with 20 customers or more share one curve; None where fewer than two, or nobody came back."""
    known = found[~found["source"].isin(NOT_A_CHANNEL)]
    enough = known.groupby("source")["days"].transform("size") >= LEAST_N
    known = known[enough]
    if known["source"].nunique() < 2 or not known["event"].any():
        return None
    return logrank(known["days"], known["event"], known["source"])
