"""The sales funnel by source, stage by stage, with what is blank and why; and how much of the source field is filled."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.acquisition.customer_cost import members
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate, wilson
from scrm_helpers.tables import SOURCES

STAGES = ("reached", "shown", "clicked", "lead", "prospect", "first_order", "second_order")


def funnel(
    spend: ir.Table,
    activity: ir.Table,
    leads: ir.Table,
    customers: ir.Table,
    kept: ir.Table,
    *,
    period: str,
    months: int = 12,
) -> pd.DataFrame:
    """Events of the window by stage and source. Grain: one stage and source (and social, other_known, all); count blank where no data.

    `kept`: sales.kept_by_persons.

    `reason` says why a count is blank: `no_export` (no file brings it), `not_additive` (reach of single posts and days cannot be added),
    `never_filled` (the CRM never fills the field). Stages count events of the window, not one group of people followed through:
    steps between them are read as orders of size. `shown` and `clicked` are the ad platforms' own counts.
    """
    first, last = periods.span(period, months)
    counts = {
        "reached": None,
        "shown": _sum(spend.filter(spend.on >= first, spend.on < last), "impressions"),
        "clicked": _sum(spend.filter(spend.on >= first, spend.on < last), "clicks"),
        **_leads(leads, first, last),
        **_orders(customers, kept, first, last),
    }
    has_reach = int(activity.filter(activity.measure == "reach").count().to_pyarrow().as_py()) > 0
    reasons = {
        "reached": "not_additive" if has_reach else "no_export",
        "prospect": "never_filled" if counts["lead"] else "no_export",
    }
    rows = []
    for stage in STAGES:
        found = counts[stage]
        for group in ("social", "other_known", "all", *SOURCES):
            value = None if found is None else sum(found.get(s, 0) for s in members(group))
            if group in SOURCES and not any((part or {}).get(group) for part in counts.values()):
                continue
            rows.append(
                {
                    "stage": stage,
                    "source": group,
                    "count": value,
                    "reason": reasons.get(stage, "no_export") if found is None else "",
                }
            )
    frame = pd.DataFrame(rows).astype({"count": "float64"})
    return frame.assign(unknown_share=[_unknown(counts[s]) for s in frame["stage"]])


def filled(
    customers: ir.Table, leads: ir.Table, *, period: str, months: int = 12, kind: str = "consumer"
) -> dict[str, Estimate]:
    """How much of the source is known: of the window's new customers and of its leads. Shares with Wilson ranges."""
    first, last = periods.span(period, months)
    new = customers.filter(
        ~customers.before_data, customers.kind == kind, customers.first_on >= first, customers.first_on < last
    )
    asked = leads.filter(leads.created_on >= first, leads.created_on < last)
    out = {}
    for name, rows in (("customers", new), ("leads", asked)):
        known = rows.aggregate(n=rows.count(), known=_known(rows.source).cast("int64").sum()).to_pandas().iloc[0]
        out[name] = wilson(int(known["known"] or 0), int(known["n"]), LEVEL)
    return out


def traceability(customers: ir.Table, leads: ir.Table, persons: ir.Table, *, period: str) -> pd.DataFrame:
    """The measure `customers` of the table traceability: new customers of the last 12 months whose source is known.

    `input` is what the others lack: the lead export where none came, a filled source field where the CRM knows them without one, an
    e-mail or phone where it does not know them.
    """
    first, last = periods.span(period, 12)
    new = customers.filter(customers.first_on >= first, customers.first_on < last)
    new = new.filter(~new.before_data)
    sums = new.aggregate(whole=new.count(), part=_known(new.source).cast("int64").sum()).to_pandas().iloc[0]
    whole, part = int(sums["whole"]), int(sums["part"] or 0)
    return pd.DataFrame(
        {
            "measure": ["customers"],
            "part": [float(part)],
            "whole": [float(whole)],
            "value": pd.Series([part / whole if whole else None], dtype="float64"),
            "input": [_lacking(new, leads, persons)],
            "n": [whole],
        }
    )


def _lacking(new: ir.Table, leads: ir.Table, persons: ir.Table) -> str:
    """What the new customers of unknown source lack, most of them."""
    if not int(leads.count().to_pyarrow().as_py()):
        return "leads"
    asked = leads.inner_join(persons, "account_id").select("person_id").distinct()
    lost = new.filter(~_known(new.source))
    met = int(lost.semi_join(asked, "person_id").count().to_pyarrow().as_py())
    return "source_field" if 2 * met >= int(lost.count().to_pyarrow().as_py()) else "order_contacts"


def _known(source):
    return source.notnull() & (source != "unknown")


def _sum(rows: ir.Table, column: str) -> dict[str, int] | None:
    sums = rows.filter(rows[column].notnull()).group_by("source").agg(n=rows[column].sum()).to_pandas()
    return {s: int(n) for s, n in zip(sums["source"], sums["n"], strict=True)} if len(sums) else None


def _count(rows: ir.Table) -> dict[str, int]:
    counts = rows.group_by(source=rows.source.fill_null("unknown")).agg(n=rows.count()).to_pandas()
    return {s: int(n) for s, n in zip(counts["source"], counts["n"], strict=True)}


def _leads(leads: ir.Table, first, last) -> dict[str, dict | None]:
    asked = leads.filter(leads.created_on >= first, leads.created_on < last)
    count = _count(asked)
    if not count:
        return {"lead": None, "prospect": None}
    reached = asked.filter(asked.qualified_at.notnull() | asked.stage.isin(["prospect", "customer"]))
    return {"lead": count, "prospect": _count(reached) or None}


def _orders(customers: ir.Table, kept: ir.Table, first, last) -> dict[str, dict | None]:
    new = customers.filter(~customers.before_data, customers.kind == "consumer")
    won = _count(new.filter(new.first_on >= first, new.first_on < last))
    place = ibis.row_number().over(group_by=kept.person_id, order_by=[kept.ordered_at, kept.order_id])
    second = kept.mutate(place=place).filter(ibis._.place == 1).select("person_id", second_on="ordered_on")
    again = new.inner_join(second, "person_id").filter(ibis._.second_on >= first, ibis._.second_on < last)
    if not won:
        return {"first_order": None, "second_order": None}
    return {"first_order": won, "second_order": _count(again)}


def _unknown(found: dict | None) -> float | None:
    total = sum(found.values()) if found else 0
    return found.get("unknown", 0) / total if total else None
