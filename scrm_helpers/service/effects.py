"""What happens to customers around service: load, calls not made, speed, attitudes, touchpoints, before and after, in one call."""

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import WINDOWS
from scrm_helpers.service import load as calls
from scrm_helpers.service.before_after import BeforeAfter, around, before_after
from scrm_helpers.service.better import Saving, saving
from scrm_helpers.service.costs import window_of
from scrm_helpers.service.exceptions import Exceptions, exceptions
from scrm_helpers.service.issues import Service
from scrm_helpers.service.matching import Matched
from scrm_helpers.service.measured import Measured, judged_window
from scrm_helpers.service.satisfaction import Asked, asked, attitude_answers, attitude_of, scale_of
from scrm_helpers.service.speed import Speed, followed, speed
from scrm_helpers.service.touchpoints import contacts_of, mean_contacts, per_customer, touchpoints
from scrm_helpers.stats import Estimate

SHOWN_MONTHS = 13
ATTITUDES = ("trust", "loyalty")


class Effects(NamedTuple):
    """The parts, each as its own module gives it; `gap`: calls per issue, social minus like others, over 12 months."""

    load: pd.DataFrame
    load_now: Estimate
    gap: Matched
    saving: Saving
    saving_window: str
    brought: calls.Brought  # calls of the issues begun on social and resolved in the window of the saving
    speed: Speed
    attitudes: dict[str, dict[str, Estimate]]
    scales: dict[str, float | None]  # the highest answer to each question, where it was asked on one scale
    asked: Asked  # which surveys came in 12 months
    touchpoints: pd.DataFrame
    per_customer: Estimate | None
    around: BeforeAfter
    exceptions: Exceptions


def effects_of(
    service: Service,
    by_window: dict[str, Measured],
    *,
    orders: ir.Table,
    persons: ir.Table,
    touches: ir.Table,
    surveys: ir.Table,
    phone_load: pd.DataFrame,
    period: str,
    zone: str,
) -> Effects:
    """Everything about customers around service, up to the period. The like-for-like parts look back 12 months."""
    windows = {name: window_of(name, period, months, zone) for name, months in WINDOWS.items()}
    year = windows["12m"]
    bought = sales.bought(orders, persons).cache()  # five questions are asked of it
    monthly = calls.monthly_load(
        phone_load, service, bought, periods.between(periods.shift(period, 1 - SHOWN_MONTHS), period)
    )
    avoided = saving_of(service, by_window, bought, persons, period=period, zone=zone)
    told = attitude_answers(surveys, persons, year, ATTITUDES)
    contacts = contacts_of(service, touches, persons).cache()  # three questions are asked of it
    active = per_customer(contacts, bought, year)
    return Effects(
        monthly, calls.load_of(monthly, windows["1m"]), avoided.gap, avoided.saving, avoided.window, avoided.brought,
        speed(followed(avoided.frame, bought, end=year.end)),
        {q: {name: attitude_of(told, w, q) for name, w in windows.items()} for q in ATTITUDES}, {q: scale_of(told, q) for q in ATTITUDES},
        asked(surveys, year),
        touchpoints(contacts, len(active), year), mean_contacts(active),
        before_after(around(contacts, bought, service.issues, as_of=periods.as_of(period))), exceptions(service, year),
    )  # fmt: skip


class Avoided(NamedTuple):
    """Calls not made with all that they are counted from; `frame`: issues of 12 months, `window`: that of cheaper and happier."""

    frame: pd.DataFrame
    gap: Matched
    brought: calls.Brought
    saving: Saving
    window: str


def saving_of(
    service: Service, by_window: dict[str, Measured], bought: ir.Table, persons: ir.Table, *, period: str, zone: str
) -> Avoided:
    """What answering on social spared the phone, up to the period.

    The gap per issue is told over 12 months; it is counted on the social issues of the window that cheaper and happier are told over.
    `bought`: sales.bought.
    """
    frame = calls.issue_frame(service, bought, window_of("12m", period, WINDOWS["12m"], zone))
    gap, judged = calls.calls_per_issue(frame), judged_window(by_window)
    made = by_window[judged]
    social = made.rows[(made.rows["channel"] == "social") & (made.rows["resolved"] == 1)]
    brought = calls.calls_brought(social, persons)
    return Avoided(frame, gap, brought, saving(calls.calls_not_made(gap, brought), made.call, made.judged), judged)


def coverage(service: Service) -> dict[str, float]:
    """Counts of the coverage sentence: cases, issues by state, share of cases tied to a known customer (None without a case)."""
    cases = service.cases.agg(cases=ibis._.count(), known=ibis._.person_id.count()).to_pandas().iloc[0]
    states = service.issues.group_by("state").agg(n=ibis._.count()).to_pandas().set_index("state")["n"]
    count = {name: int(states.get(name, 0)) for name in ("resolved", "too_early", "open")}
    n = int(cases["cases"])
    return {"cases": n, "issues": sum(count.values()), **count, "known": float(cases["known"]) / n if n else None}
