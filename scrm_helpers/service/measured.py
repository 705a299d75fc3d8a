"""Both sides of the ledger by window: 1, 3 and 12 months, in one place for the findings."""

from typing import NamedTuple

import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, prices
from scrm_helpers.service.better import Better, readings
from scrm_helpers.service.costs import (
    Window,
    cost_per_resolution,
    issue_rows,
    per_answered_call,
    same_mix,
    service_costs,
    window_of,
)
from scrm_helpers.service.issues import Service
from scrm_helpers.service.load import cost_per_call
from scrm_helpers.service.satisfaction import dated_answers, response, share_good, within
from scrm_helpers.stats import Estimate

SIDES = ("social", "phone")


class Measured(NamedTuple):
    """One window: rows per issue, answers, monthly costs, and by side (social, phone) cost, cost at the same mix, CSAT, response.

    `response`: answers / cases that were asked about; None where none was, 0 where nobody answered. `channels`: those that cases began on.
    """

    window: Window
    rows: pd.DataFrame
    answers: pd.DataFrame
    monthly: pd.DataFrame
    cost: dict[str, Estimate]
    mixed: dict[str, float | None]
    csat: dict[str, Estimate]
    response: dict[str, float | None]
    channels: tuple[str, ...]
    sheet: Estimate  # phone at company level, from the day sheet
    sheet_basis: str
    call: Estimate  # cost of one call
    judged: Better
    looser: Better
    real: bool  # money in the prices of the period
    nominal: bool  # real terms are asked for, but no price index covers the months


def measured_by_window(
    service: Service,
    surveys: ir.Table,
    phone_load: pd.DataFrame,
    ledger: pd.DataFrame,
    costs: pd.DataFrame,
    rates: pd.DataFrame,
    *,
    period: str,
    zone: str,
) -> dict[str, Measured]:
    """The same measures over 1, 3 and 12 months that end with the period, narrow to wide. Money is deflated over more than 3 months, or
    where prices rise by more than 10% a year (`prices.asked`)."""
    index = prices.index_of(rates, period)
    windows = {name: window_of(name, period, months, zone) for name, months in metrics.WINDOWS.items()}
    answered = dated_answers(service, surveys, max(windows.values(), key=lambda w: len(w.months)))
    return {
        name: _one(service, within(answered, window), phone_load, ledger, costs, index, window) for name, window in windows.items()
    }


def _one(service, found: pd.DataFrame, phone_load, ledger, costs, index, window: Window) -> Measured:
    first, last = window.months[0], window.months[-1]
    factors = prices.factors_for(index, len(window.months), first, last)
    inside = lambda frame: frame[frame["month"].isin(window.months)]  # noqa: E731
    # hours that are missing are estimated over all months of the sheet, so the window is cut afterwards
    whole = {m: 1.0 for m in {*ledger["month"], *costs["month"]}} | factors if factors else None
    monthly = inside(service_costs(ledger, costs, factors=whole))
    rows = issue_rows(service, monthly, window)
    mix = same_mix(rows, SIDES).set_index("channel")["value"] if len(rows) else pd.Series(dtype=float)
    asked = response(service, window).set_index("channel")
    share = {
        c: float(asked.loc[c, "answers"] / asked.loc[c, "offered"])
        if c in asked.index and asked.loc[c, "offered"]
        else None
        for c in SIDES
    }
    sheet, basis = per_answered_call(phone_load, monthly, window)
    return Measured(
        window, rows, found, monthly, {c: cost_per_resolution(rows, c) for c in SIDES},
        {c: float(mix[c]) if c in mix.index and pd.notna(mix[c]) else None for c in SIDES},
        {c: share_good(found, "csat", c) for c in SIDES}, share, tuple(map(str, asked.index)),
        sheet, basis, cost_per_call(service, monthly, window),
        *readings(rows, found), factors is not None,
        prices.withheld(index, len(window.months), factors),
    )  # fmt: skip


def chosen(by_window: dict[str, Measured], part: str) -> str:
    """The narrowest window that is enough for both sides of `cost` or `csat`: both are told over the same months."""
    picked = [metrics.widened({w: getattr(m, part)[side] for w, m in by_window.items()})[0] for side in SIDES]
    return max(picked, key=lambda w: metrics.WINDOWS[w])


def judged_window(by_window: dict[str, Measured]) -> str:
    """The window of cheaper and happier: enough for costs and for answers of both sides."""
    return max((chosen(by_window, "cost"), chosen(by_window, "csat")), key=lambda w: metrics.WINDOWS[w])
