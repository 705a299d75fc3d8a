"""Contracts that go on until they are ended: how many renewals were kept, and what a shifted beta-geometric expects of the next ones.

A contract may end at every renewal, so its age is counted in renewals, not in days, and contracts of one renewal length are told
apart from those of another (a month's and a year's renewal are not the same decision). A renewal is due on the day that many months
after the first day; it was kept where the contract ran on that day. What was cancelled before a renewal that is not yet due still
runs until then: counting it at once would see ends of an age at which nobody could yet be seen to stay.
"""

from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import LEAST_N, LEVEL
from scrm_helpers.retention.models.contracts import contract_survival, fit_contracts
from scrm_helpers.retention.models.search import Fit
from scrm_helpers.retention.purchases import GROUPS, group_names, month_label, month_of
from scrm_helpers.stats import wilson

LEAST = 50  # contracts past a renewal below which two parameters say nothing
COLUMNS = ["renewal_months", "group", "contracts", "due", "kept", "value", "low", "high"]
CHECKED = ["renewal_months", "contracts", "alpha", "beta", "running", "expected", "due", "predicted", "actual", "error"]
CURVE = ["renewal_months", "renewal", "at_risk", "kept", "value", "low", "high", "model"]


class Renewals(NamedTuple):
    """`shares`: renewals kept over due in the last 12 months, by renewal length and group. `checked`: the model by renewal length.

    `checked`: running contracts and how many of them it expects to run 12 months on (`expected`); `due`, `predicted`, `actual`:
    contracts with a renewal in the months kept back, how many the model expected to run at their end, how many did; `error` =
    predicted / actual - 1. `curve`: share of contracts kept after each renewal, observed and by the model.
    """

    shares: pd.DataFrame
    checked: pd.DataFrame
    curve: pd.DataFrame


def contracts(subscriptions: ir.Table, persons: ir.Table, customers: ir.Table, *, as_of: date) -> pd.DataFrame:
    """Contracts of consumers begun before `as_of`: renewal_months, group, started_on, ended_on. Grain: one contract, no id."""
    rows = sales.with_person(subscriptions.filter(subscriptions.started_on < as_of), persons)
    rows = rows.filter(rows.person_kind.isnull() | (rows.person_kind != "business"))
    rows = rows.left_join(customers.select("person_id", "source"), "person_id").drop("person_id_right")
    rows = rows.select("subscription_id", "renewal_months", "started_on", "ended_on", "source").order_by("subscription_id")
    frame = rows.to_pandas()
    days = {name: pd.to_datetime(frame[name]) for name in ("started_on", "ended_on")}
    frame = frame.assign(renewal_months=frame["renewal_months"].astype("int64"), group=group_names(frame["source"]), **days)
    return frame[["renewal_months", "group", "started_on", "ended_on"]]


def observed(found: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """The contracts with `due`: renewals that came before `as_of`, and `kept`: how many of them it ran through. Grain: one contract."""
    length = found["renewal_months"].to_numpy("int64")
    due = _whole_months(found["started_on"], pd.Timestamp(as_of) - pd.Timedelta(days=1)) // length
    due = np.maximum(due, 0)
    # the day after the last one is the first without it: a renewal on that very day was not kept
    reached = _whole_months(found["started_on"], found["ended_on"]) // length
    kept = np.where(found["ended_on"].isna(), due, np.minimum(due, np.maximum(reached, 0)))
    return found.assign(due=due, kept=kept)


def renewed(found: pd.DataFrame, *, through: date, holdout: int = 6, months: int = 12, level: float = LEVEL) -> Renewals:
    """Shares kept, the model by renewal length with its error on the last `holdout` months, and the curve. Empty without contracts."""
    shares, checked, curve = [], [], []
    for length, part in found.groupby("renewal_months", sort=True):
        shares += _shares(int(length), part, through, months, level)
        now = observed(part, as_of=through)
        fit = _fitted(now)
        curve += _curve(int(length), now, fit, level)
        if fit is not None:
            checked.append(_checked(int(length), part, now, fit, through, holdout, months))
    return Renewals(*(pd.DataFrame(rows, columns=names) for rows, names in ((shares, COLUMNS), (checked, CHECKED), (curve, CURVE))))


def _shares(length: int, part: pd.DataFrame, through: date, months: int, level: float) -> list[tuple]:
    """Renewals due and kept within the last `months` months."""
    now, then = observed(part, as_of=through), observed(part, as_of=_months_before(through, months))
    rows = []
    for group in ("all", *GROUPS):
        mine = (now["group"] == group).to_numpy() | (group == "all")
        # a contract that ended at an earlier renewal has none due after it
        late = np.minimum(now["due"], now["kept"] + 1) - np.minimum(then["due"], then["kept"] + 1)
        due, kept = int(late[mine].sum()), int((now["kept"] - then["kept"])[mine].sum())
        share = wilson(kept, due, level)
        rows.append((length, group, int((mine & (late > 0)).sum()), due, kept, share.value, share.low, share.high))
    return rows


def _fitted(rows: pd.DataFrame) -> Fit | None:
    """The model on contracts with a renewal behind them; None where they are too few, or all or none of them ended."""
    rows = rows[rows["due"] > 0]
    gone = rows["kept"] < rows["due"]
    if len(rows) < LEAST or gone.sum() < LEAST_N or (~gone).sum() == 0:
        return None
    size = int(rows["due"].max())
    ended = np.bincount(rows.loc[gone, "kept"], minlength=size)
    running = np.bincount(rows.loc[~gone, "kept"] - 1, minlength=size)
    return fit_contracts(ended[:size], running[:size])


def _checked(length: int, part: pd.DataFrame, now: pd.DataFrame, fit: Fit, through: date, holdout: int, months: int) -> tuple:
    """The model's parameters and expectation, and its error on the months kept back."""
    alive = now[now["ended_on"].isna() | (now["ended_on"] >= pd.Timestamp(through))]
    later = _months_after(through, months)
    ahead = observed(alive.assign(ended_on=pd.NaT), as_of=later)["due"]
    open_ = alive["ended_on"].isna() | (alive["ended_on"] >= pd.Timestamp(later))  # the others have said when they go
    expected = float(_chance(fit, alive["due"], ahead)[open_].sum())
    row = [length, int((now["due"] > 0).sum()), fit.parameters["alpha"], fit.parameters["beta"], len(alive), expected]
    cut = _months_before(through, holdout)
    past = observed(part[part["started_on"] < pd.Timestamp(cut)], as_of=cut)
    before = _fitted(past)
    if before is None:
        return (*row, 0, np.nan, np.nan, np.nan)
    asked = past[past["kept"] == past["due"]]
    later = now.loc[asked.index]
    due = later["due"] > asked["due"]
    predicted = float(_chance(before, asked["due"], later["due"])[due].sum())
    actual = int((later["kept"] == later["due"])[due].sum())
    return (*row, int(due.sum()), predicted, actual, predicted / actual - 1 if actual else np.nan)


def _curve(length: int, now: pd.DataFrame, fit: Fit | None, level: float) -> list[tuple]:
    """Share kept after each renewal: of the contracts so old, the product of what each renewal kept; its range is Greenwood's."""
    rows, share, spread = [], 1.0, 0.0
    for renewal in range(1, int(now["due"].max()) + 1 if len(now) else 1):
        at_risk = (now["due"] >= renewal) & (now["kept"] >= renewal - 1)
        n, kept = int(at_risk.sum()), int((at_risk & (now["kept"] >= renewal)).sum())
        if n < LEAST_N:
            break
        one = wilson(kept, n, level)
        # on logs: each renewal adds its own spread
        spread += ((np.log(one.high) - np.log(max(one.low, 1e-9))) / 2) ** 2
        share *= kept / n
        reach = float(np.exp(np.sqrt(spread)))
        model = float(contract_survival(fit, renewal)) if fit else np.nan
        rows.append((length, renewal, n, kept, share, share / reach, min(share * reach, 1.0), model))
    return rows


def _chance(fit: Fit, passed, ahead) -> np.ndarray:
    """Chance to run after `ahead` renewals of contracts that ran after `passed`."""
    return contract_survival(fit, np.asarray(ahead)) / contract_survival(fit, np.asarray(passed))


def _whole_months(start: pd.Series, end) -> np.ndarray:
    """Whole months from a first day to a day; 0 where there is no end. A month that is too short for the day ends on its last day."""
    end = pd.Series(end, index=start.index) if not isinstance(end, pd.Series) else end
    whole = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    short = (end.dt.day < start.dt.day) & (end.dt.day < end.dt.days_in_month)
    return (whole - short).fillna(0).to_numpy("int64")


def _months_before(day: date, months: int) -> date:
    return periods.first_day(month_label(month_of(day) - months))


def _months_after(day: date, months: int) -> date:
    return periods.first_day(month_label(month_of(day) + months))
