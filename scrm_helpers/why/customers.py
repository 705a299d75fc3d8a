"""Rows behind what a customer costs, whose source is unknown, and who came back."""

from collections.abc import Callable

import ibis
import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.acquisition import cost_of
from scrm_helpers.acquisition.customer_cost import members, months_of
from scrm_helpers.acquisition.study import data_begin
from scrm_helpers.findings import Finding
from scrm_helpers.retention.purchases import month_of, purchases
from scrm_helpers.retention.purchases import through as through_of
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, together
from scrm_helpers.why.board import printed
from scrm_helpers.why.month import Month


def cac(group: str) -> Callable[[Month, Finding], Behind]:
    """Cost to acquire over the window's months, and the new consumers of the same months; in real terms where the page is."""

    def answer(m: Month, f: Finding) -> Behind:
        sources, ledger = members(group), m.store.frame("cost_ledger")
        months, factors = _months(m, ledger, f.window), m.factors(f.window)
        won = _new(m, months)
        won = won[won["source"].isin(sources)]
        cost = ledger[ledger["month"].isin(months) & (ledger["purpose"] == "acquire") & ledger["source"].isin(sources)]
        cost = cost[["month", "source", "kind", "amount"]].assign(
            amount=cost["amount"].astype(float), price_factor=cost["month"].map(factors).astype(float) if factors else 1.0
        )
        cost["counted"] = cost["amount"] * cost["price_factor"]
        both = [rows_of(cost, "value", "cost", part="counted").drop(columns="counted"), rows_of(won, "value", "customer", whole=1.0)]
        both.append(rows_of(won, "customers", "customer", part=1.0))
        total = cost_of(ledger, months=months, purpose="acquire", sources=sources, factors=factors)
        value = None if total is None or not len(won) else total[0] / len(won)
        return Behind(together(*both), {"value": _as(f, value), "customers": Figure(float(len(won)), Unit.COUNT)})

    return answer


def unknown(m: Month, f: Finding) -> Behind:
    """New consumers of unknown source among all: over the window of the finding, and over that of the cost per customer beside it."""
    parts, figures = [], {}
    first, last = periods.span(m.period, metrics.WINDOWS[f.window])
    cac_of = m.found.get("acquisition.cac")
    spans = {"value": periods.between(periods.of(first), periods.shift(periods.of(last), -1))}
    if cac_of is not None and cac_of.coverage is not None:
        spans["beside the cost per customer"] = _months(m, m.store.frame("cost_ledger"), cac_of.window)
    for number, months in spans.items():
        people = _new(m, months)
        people["unknown"] = (people["source"] == "unknown").astype(float)
        parts.append(rows_of(people, number, "customer", part="unknown", whole=1.0).drop(columns="unknown"))
        share = float(people["unknown"].mean()) if len(people) else None
        figures[number] = _as(f, share) if number == "value" else Figure(share, Unit.SHARE)
    return Behind(together(*parts), figures)


def kept(group: str) -> Callable[[Month, Finding], Behind]:
    """Who bought in the first window of twelve months, and who of them bought in the second."""

    def answer(m: Month, f: Finding) -> Behind:
        as_of = periods.as_of(m.period)
        orders = m.store.read("orders").filter(ibis._.ordered_on < as_of)
        end = month_of(through_of(orders, as_of=as_of))
        bought = purchases(orders, m.store.read("persons"))
        seen = bought.group_by("person_id").agg(
            then=bought.month.between(end - 24, end - 13).any(), now=bought.month.between(end - 12, end - 1).any()
        )
        people = seen.filter(seen.then).left_join(m.store.read("customers").select("person_id", "source"), "person_id")
        frame = people.select("person_id", "source", "now").to_pandas().sort_values("person_id", ignore_index=True)
        frame["source"] = frame["source"].fillna("unknown")
        if group != "all":
            frame = frame[frame["source"].isin(members(group))]
        frame = frame.assign(back=frame["now"].astype(float)).drop(columns="now")
        value = float(frame["back"].mean()) if len(frame) else None
        rows = rows_of(frame, "value", "customer", part="back", whole=1.0).drop(columns="back")
        counts = {"customers": (float(f.n), len(frame)), "bought again": (printed(f).get("retained"), float(frame["back"].sum()))}
        figures = {name: Figure(told, Unit.COUNT, how=rule("rows"), again=again) for name, (told, again) in counts.items()}
        return Behind(rows, {"value": _as(f, value)} | figures)

    return answer


def _new(m: Month, months: list[str]) -> pd.DataFrame:
    customers = m.store.read("customers")
    won = customers.filter(~customers.before_data, customers.kind == "consumer", customers.first_month.isin(months))
    frame = won.select("person_id", "first_on", "source", "source_basis").to_pandas()
    return frame.sort_values("person_id", ignore_index=True)


def _months(m: Month, ledger: pd.DataFrame, window: str) -> list[str]:
    return months_of(ledger, first_month=data_begin(m.store.read("customers")), period=m.period, window=window)


def _as(f: Finding, value: float | None) -> Figure:
    return Figure(value, f.unit, f.low, f.high)
