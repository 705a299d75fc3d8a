"""Rows behind service: issues with their costs, answers of customers, and the chance that social is cheaper and happier."""

from collections.abc import Callable

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.service.issues import service_of
from scrm_helpers.service.measured import Measured, measured_by_window
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, together
from scrm_helpers.why.month import Month

NOTEBOOK = "05_service"


def cost(side: str) -> Callable[[Month, Finding], Behind]:
    """Every issue that began on the side, with its cost and whether it was resolved."""

    def answer(m: Month, f: Finding) -> Behind:
        return Behind(_issues(_measured(m)[f.window], side, "value"), {"value": Figure(f.value, f.unit, f.low, f.high)})

    return answer


def csat(side: str) -> Callable[[Month, Finding], Behind]:
    """Every answer about the side, and whether it was a good one."""

    def answer(m: Month, f: Finding) -> Behind:
        return Behind(_answers(_measured(m)[f.window], side, "value"), {"value": Figure(f.value, f.unit, f.low, f.high)})

    return answer


def better(m: Month, f: Finding) -> Behind:
    """The issues and answers that were drawn again: the chance is a count of draws, which no row adds to."""
    made = _measured(m)[f.window]
    parts = [table(made, side, f"{what} {side}") for what, table in (("cost", _issues), ("csat", _answers)) for side in ("social", "phone")]
    figures = {"value": Figure(made.judged.value, f.unit, how="draws")}
    if f.low is not None:
        figures["low"] = Figure(made.judged.low, f.unit, how="draws at worst")
    limit = m.decision.limits.sure
    return Behind(together(*parts), figures | {"needed": Figure(limit, Unit.SHARE, how="rule of the suite")})


def saving(m: Month, f: Finding) -> Behind:
    """Calls not made times the cost of a call: the social issues behind it."""
    made = _measured(m)[f.window]
    figures = {"value": Figure(f.value, f.unit, f.low, f.high, how="calls not made x cost per call"),
               "cost per call": Figure(made.call.value, Unit.MONEY, how="cost of the phone desk over its calls")}  # fmt: skip
    return Behind(_issues(made, "social", "issues"), figures)


def _measured(m: Month) -> dict[str, Measured]:
    read, zone = m.store.read, m.settings.time_zone
    if "measured" in m.kept:
        return m.kept["measured"]
    given = {name: m.value(NOTEBOOK, name, default) for name, default in (("merge_minutes", 30), ("quiet_days", 7))}
    minutes = {k: int(v) for k, v in given.items()}
    desk = service_of(
        read("cases"), read("case_events"), read("persons"), end=periods.as_of_instant(m.period, zone), **minutes
    )
    small = (m.store.frame(n) for n in ("phone_load", "cost_ledger", "costs", "rates"))
    m.kept["measured"] = measured_by_window(desk, read("surveys"), *small, period=m.period, zone=zone)
    return m.kept["measured"]


def _issues(made: Measured, side: str, number: str) -> pd.DataFrame:
    rows = made.rows[made.rows["channel"] == side][["issue_id", "type", "calls", "cost", "resolved"]]
    return rows_of(rows, number, "issue", part="cost", whole="resolved")


def _answers(made: Measured, side: str, number: str) -> pd.DataFrame:
    rows = made.answers
    rows = rows[(rows["question"] == "csat") & (rows["channel"] == side)][["issue_id", "good"]]
    return rows_of(rows, number, "answer", part="good", whole=1.0)
