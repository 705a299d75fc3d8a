"""The first purchase: how many prospects buy, what a prospect costs and brings; social against others."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import LEVEL, NOT_A_CHANNEL, SOCIAL
from scrm_helpers.stats import Estimate, bootstrap_mean, kaplan_meier, ratio_of_sums, wilson

HORIZON = 90  # days after becoming a prospect (H)
GROUPS = ("social", "other_known", "unknown")
MANY = 20_000  # rows above which a bootstrap says nothing that the linearised range does not


def group_of(source: pd.Series) -> pd.Series:
    """social, other_known or unknown for each source."""
    known = source.where(source.notna(), "unknown").astype("str")
    return pd.Series(
        np.select([known.isin(SOCIAL), known.isin(NOT_A_CHANNEL)], ["social", "unknown"], "other_known"),
        index=source.index,
    )


def prospects(
    leads: ir.Table,
    kept: ir.Table,
    persons: ir.Table,
    golden: ir.Table,
    *,
    period: str,
    horizon: int = HORIZON,
    months: int = 12,
) -> pd.DataFrame:
    """People who became prospects (their first lead) in the `months` months up to the period. Grain: one consumer; no names.

    `kept`: sales.kept_by_persons.

    Out: people who had bought before their first lead, businesses, leads that no account ties to a person. `ordered_days`: days
    from lead to first kept order (blank: none yet), `seen_days`: days observed up to as-of, `net`: kept revenue within `horizon` days.
    """
    as_of = periods.as_of(period)
    first_day = periods.first_day(periods.shift(period, 1 - months))
    tied = sales.with_person(leads, persons)
    tied = tied.filter(tied.person_id.notnull(), tied.person_kind != "business", tied.created_on < as_of)
    place = ibis.row_number().over(group_by=tied.person_id, order_by=[tied.created_at, tied.lead_id])
    start = tied.mutate(place=place).filter(ibis._.place == 0)
    start = start.select("person_id", "source", lead_at="created_at", lead_on="created_on")
    start = start.filter(start.lead_on >= first_day)
    kept = kept.select("person_id", "ordered_at", "ordered_on", "kept_net")
    with_orders = start.left_join(kept, "person_id").drop("person_id_right")
    gap = with_orders.ordered_on.cast("date").delta(with_orders.lead_on.cast("date"), unit="day")
    rows = with_orders.mutate(gap=gap, before=(with_orders.ordered_at < with_orders.lead_at).fill_null(False))
    near = ibis.ifelse(~rows.before & (rows.gap <= horizon), rows.kept_net.cast("float64"), 0.0)
    people = rows.group_by("person_id", "source", "lead_on").agg(
        before=rows.before.max(),
        ordered_days=ibis.ifelse(rows.before, ibis.null("int64"), rows.gap.cast("int64")).min(),
        net=near.fill_null(0.0).sum(),
    )
    people = (
        people.filter(~people.before)
        .left_join(golden.select("person_id", "city"), "person_id")
        .drop("person_id_right", "before")
    )
    frame = people.to_pandas().sort_values("person_id", ignore_index=True)
    frame["lead_on"] = pd.to_datetime(frame["lead_on"])
    frame["seen_days"] = (pd.Timestamp(as_of) - pd.Timedelta(days=1) - frame["lead_on"]).dt.days
    frame["month"] = frame["lead_on"].dt.strftime("%Y-%m")
    return frame.assign(group=group_of(frame["source"]), city=frame["city"].fillna("").astype("str")).drop(
        columns="person_id"
    )


def purchase_rate(people: pd.DataFrame, *, horizon: int = HORIZON, level: float = LEVEL) -> pd.DataFrame:
    """Initial purchase rate by group. Grain: one group. Only prospects observed for all `horizon` days count.

    `km` is the Kaplan-Meier share by the horizon over all prospects, immature ones too: a check that should lie near `value`.
    """
    rows = []
    for group in GROUPS:
        part = people[people["group"] == group]
        ripe = part[part["seen_days"] >= horizon]
        bought = int((ripe["ordered_days"] <= horizon).sum())
        rate = wilson(bought, len(ripe), level)
        rows.append(
            {
                "group": group,
                "prospects": len(ripe),
                "bought": bought,
                "immature": len(part) - len(ripe),
                "value": rate.value,
                "low": rate.low,
                "high": rate.high,
                "km": _km(part, horizon),
            }
        )
    return pd.DataFrame(rows).astype({c: "float64" for c in ("value", "low", "high", "km")})


def prospect_value(
    people: pd.DataFrame, costs: dict[str, float | None], *, horizon: int = HORIZON, seed: int = 1, level: float = LEVEL
) -> pd.DataFrame:
    """What a prospect costs and brings. Grain: one group. `costs`: acquisition cost of the same months by group.

    `value`: kept revenue within `horizon` days per prospect observed so long; `cost_each`: cost per prospect of the window
    (blank: none booked).
    """
    rows = []
    for group in GROUPS:
        part = people[people["group"] == group]
        ripe = part.loc[part["seen_days"] >= horizon, "net"].to_numpy(float)
        if len(part) == 0:
            continue
        worth = mean_of(ripe, seed, level) if len(ripe) else Estimate(None, None, None, level, 0, "")
        cost = costs.get(group)
        rows.append(
            {
                "group": group,
                "prospects": len(part),
                "cost_each": None if cost is None else cost / len(part),
                "observed": len(ripe),
                "value": worth.value,
                "low": worth.low,
                "high": worth.high,
            }
        )
    columns = ["group", "prospects", "cost_each", "observed", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).astype({c: "float64" for c in ("cost_each", "value", "low", "high")})


def mean_of(values: np.ndarray, seed: int, level: float) -> Estimate:
    """Mean with a range for skewed money."""
    if len(values) > MANY:
        return ratio_of_sums(values, np.ones(len(values)), level)
    return bootstrap_mean(values, level, seed=seed)


def _km(part: pd.DataFrame, horizon: int) -> float | None:
    if part.empty:
        return None
    event = part["ordered_days"].notna()
    days = part["ordered_days"].where(event, part["seen_days"]).astype(float)
    survival = kaplan_meier(days, event, at=[float(horizon)])["survival"].iloc[0]
    return None if np.isnan(survival) else 1 - float(survival)
