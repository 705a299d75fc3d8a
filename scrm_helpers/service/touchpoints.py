"""Contacts per person by social, e-mail, phone and in person."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import sales, stats
from scrm_helpers.metrics import LEVEL
from scrm_helpers.service.costs import Window
from scrm_helpers.service.issues import DESK, MERGE_MINUTES, Service
from scrm_helpers.stats import Estimate

POINTS = ("social", "email", "phone", "in_person")
BOTH_WAYS = ("message", "contact", "visit")  # touches in which someone was in contact; clicks, views and codes are not


def contacts_of(
    service: Service, touches: ir.Table, persons: ir.Table, *, merge_minutes: int = MERGE_MINUTES
) -> ir.Table:
    """Contacts of known persons from cases and touches; those within 30 minutes of the one before are one. Grain: one contact."""
    work = service.work
    asked = work.filter(work.is_contact, work.person_id.notnull()).select(
        "person_id", "at", "on", "channel", key="case_id"
    )
    met = sales.with_person(touches.filter(touches.kind.isin(BOTH_WAYS)), persons)
    met = met.filter(met.person_id.notnull()).select(
        "person_id",
        "at",
        "on",
        key="touch_id",
        channel=ibis.cases(*((met.channel == seen, desk) for seen, desk in DESK.items()), else_=met.channel),
    )
    rows = ibis.union(asked, met.select("person_id", "at", "on", "channel", "key"))
    order = ibis.window(group_by=rows.person_id, order_by=[rows["at"], rows.key, rows.channel])
    rows = rows.mutate(before_at=rows["at"].lag().over(order))
    apart = rows.before_at.isnull() | (rows["at"] > rows.before_at + ibis.interval(minutes=merge_minutes))
    return rows.filter(apart).drop("before_at", "key")


def touchpoints(contacts: ir.Table, active: int, window: Window) -> pd.DataFrame:
    """By channel: contacts, persons in contact, contacts per active customer. Grain: one channel, with a row of 0 where none."""
    rows = contacts.filter(contacts["at"] >= window.start, contacts["at"] < window.end)
    sums = (
        rows.group_by("channel")
        .agg(contacts=rows.count(), persons=rows.person_id.nunique())
        .to_pandas()
        .set_index("channel")
    )
    every = [*POINTS, *sorted(set(sums.index) - set(POINTS))]
    out = sums.reindex(every).fillna(0).astype("int64").reset_index()
    return out.assign(per_person=out["contacts"] / active if active else float("nan"))


def per_customer(contacts: ir.Table, bought: ir.Table, window: Window) -> pd.DataFrame:
    """Contacts of each customer active in the window's months, zeros kept (`bought`: sales.bought): columns person_id, contacts."""
    bought = (
        bought.filter(bought.ordered_at >= window.start, bought.ordered_at < window.end)
        .select("person_id")
        .distinct()
    )
    rows = contacts.filter(contacts["at"] >= window.start, contacts["at"] < window.end)
    counts = rows.group_by("person_id").agg(contacts=rows.count())
    joined = bought.left_join(counts, "person_id").select("person_id", contacts=ibis._.contacts.fill_null(0))
    return joined.order_by("person_id").to_pandas()


def mean_contacts(frame: pd.DataFrame, *, level: float = LEVEL) -> Estimate | None:
    """Contacts per active customer, zeros kept (`per_customer`); None without customers."""
    if len(frame) < 2:
        return None
    return stats.ratio_of_sums(frame["contacts"].to_numpy(), [1.0] * len(frame), level)
