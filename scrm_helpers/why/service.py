"""Rows behind service: issues with their costs, answers of customers, and the chance that social is cheaper and happier."""

from collections.abc import Callable

import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.findings import Finding
from scrm_helpers.service.effects import saving_of
from scrm_helpers.service.issues import Service, service_of
from scrm_helpers.service.measured import Measured, measured_by_window
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, together
from scrm_helpers.why.board import printed
from scrm_helpers.why.month import Month

NOTEBOOK = "05_service"


def cost(side: str) -> Callable[[Month, Finding], Behind]:
    """Every issue that began on the side, with its cost and whether it was resolved."""

    def answer(m: Month, f: Finding) -> Behind:
        rows = _issues(_measured(m)[f.window], side, "value")
        solved = Figure(float(f.n), Unit.COUNT, how=rule("rows"), again=float(rows["whole"].sum()))
        return Behind(rows, {"value": Figure(f.value, f.unit, f.low, f.high), "solved": solved})

    return answer


def csat(side: str) -> Callable[[Month, Finding], Behind]:
    """Every answer about the side, and whether it was a good one."""

    def answer(m: Month, f: Finding) -> Behind:
        rows = _answers(_measured(m)[f.window], side, "value")
        given = Figure(float(f.n), Unit.COUNT, how=rule("rows"), again=float(len(rows)))
        return Behind(rows, {"value": Figure(f.value, f.unit, f.low, f.high), "answers": given})

    return answer


def better(m: Month, f: Finding) -> Behind:
    """The issues and answers that were drawn again: the chance is a count of draws, which no row adds to."""
    made = _measured(m)[f.window]
    parts = [table(made, side, f"{what} {side}") for what, table in (("cost", _issues), ("csat", _answers)) for side in ("social", "phone")]
    figures = {"value": Figure(f.value, f.unit, how=rule("draws"), again=made.judged.value)}
    if f.low is not None:
        figures["low"] = Figure(f.low, f.unit, how=rule("draws_low"), again=made.judged.low)
    limit = m.decision.limits.sure
    return Behind(together(*parts), figures | {"needed": Figure(limit, Unit.SHARE, how=rule("suite"))})


def saving(m: Month, f: Finding) -> Behind:
    """Calls not made times the cost of a call, all counted again: the social issues behind it."""
    by_window = _measured(m)
    orders, persons, zone = m.store.read("orders"), m.store.read("persons"), m.settings.time_zone
    again = saving_of(_desk(m), by_window, sales.bought(orders, persons), persons, period=m.period, zone=zone)
    made, said, amount = by_window[f.window], printed(f), again.saving.amount
    given = {
        "value": (f.value, f.unit, "saving", amount.value),
        "calls not made": (said.get("calls"), Unit.COUNT, "not_made", again.saving.calls.value),
        "cost per call": (said.get("each"), Unit.MONEY, "per_call", again.saving.cost_per_call),
        "calls of like issues": (again.gap.others, Unit.PER_PERSON, "like", None),
        "calls brought": (again.brought.calls, Unit.COUNT, "brought", None),
    }  # fmt: skip
    figures = {n: Figure(v, unit, how=rule(how), again=once_more) for n, (v, unit, how, once_more) in given.items()}
    ends = {"least": (f.low, amount.low), "most": (f.high, amount.high)}
    figures |= {n: Figure(v, f.unit, how=rule("saving"), again=once_more) for n, (v, once_more) in ends.items()}
    figures["value"] = figures["value"]._replace(low=f.low, high=f.high)
    return Behind(_issues(made, "social", "issues"), figures)


def _measured(m: Month) -> dict[str, Measured]:
    read, zone = m.store.read, m.settings.time_zone
    if "measured" in m.kept:
        return m.kept["measured"]
    small = (m.store.frame(n) for n in ("phone_load", "cost_ledger", "costs", "rates"))
    m.kept["measured"] = measured_by_window(_desk(m), read("surveys"), *small, period=m.period, zone=zone)
    return m.kept["measured"]


def _desk(m: Month) -> Service:
    if "desk" in m.kept:
        return m.kept["desk"]
    read, zone = m.store.read, m.settings.time_zone
    given = {name: m.value(NOTEBOOK, name, default) for name, default in (("merge_minutes", 30), ("quiet_days", 7))}
    minutes = {k: int(v) for k, v in given.items()}
    m.kept["desk"] = service_of(
        read("cases"), read("case_events"), read("persons"), end=periods.as_of_instant(m.period, zone), **minutes
    )
    return m.kept["desk"]


def _issues(made: Measured, side: str, number: str) -> pd.DataFrame:
    rows = made.rows[made.rows["channel"] == side][["issue_id", "type", "calls", "cost", "resolved"]]
    return rows_of(rows, number, "issue", part="cost", whole="resolved")


def _answers(made: Measured, side: str, number: str) -> pd.DataFrame:
    rows = made.answers
    rows = rows[(rows["question"] == "csat") & (rows["channel"] == side)][["issue_id", "good"]]
    return rows_of(rows, number, "answer", part="good", whole=1.0)
