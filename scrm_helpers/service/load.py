"""Load of the call centre, and calls not made: phone contacts of issues that began on social against like ones that began elsewhere."""

import math
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers import periods, stats
from scrm_helpers.metrics import LEVEL
from scrm_helpers.service.costs import Window
from scrm_helpers.service.issues import Service
from scrm_helpers.service.matching import Matched, bucket, matched
from scrm_helpers.stats import Estimate

ACTIVE_MONTHS = 12  # bought within so many months: an active customer
PRIOR_ORDERS = (1, 2, 4, 8)  # first edges of the buckets
TENURE_DAYS = (90, 365)
PRIOR_CONTACTS = (1, 3)
LOAD_COLUMNS = ["month", "calls", "answered", "abandoned", "customers", "value", "low", "high", "basis"]


def active_customers(bought: ir.Table, months: list[str]) -> pd.DataFrame:
    """Known consumers who bought in the 12 months up to the end of each month. Grain: one month; columns month, customers.

    `bought`: sales.bought.
    """
    last = [periods.index(m) for m in months]
    bought = bought.select("person_id", number=periods.month_number(bought.ordered_on)).distinct()
    bought = bought.filter(bought.number > min(last) - ACTIVE_MONTHS, bought.number <= max(last))
    # each customer once a month: by the newest of their months, until the next one or until they count no longer
    until = bought.number.lead().over(ibis.window(group_by=bought.person_id, order_by=bought.number))
    runs = bought.mutate(until=until).group_by("number", "until").agg(n=ibis._.count()).to_pandas()
    ends = np.fmin(runs["until"].to_numpy(dtype=float), runs["number"].to_numpy(dtype=float) + ACTIVE_MONTHS)
    counts = [int(runs["n"][(runs["number"] <= m) & (ends > m)].sum()) for m in last]
    return pd.DataFrame({"month": months, "customers": np.array(counts, dtype="int64")})


def monthly_load(phone_load: pd.DataFrame, service: Service, bought: ir.Table, months: list[str]) -> pd.DataFrame:
    """Calls per active customer by month: `calls` that came in (answered and abandoned), customers, value, range.

    Source: the day sheet (basis `sheet`), or phone contacts of cases where there is none (basis `cases`, answered ones alone).
    """
    frame = pd.DataFrame({"month": months})
    if len(phone_load):
        both = phone_load["answered"].fillna(0) + phone_load["abandoned"].fillna(0)
        days = phone_load.assign(
            month=[str(day)[:7] for day in phone_load["on"]], calls=phone_load["offered"].fillna(both)
        )
        sums = days.groupby("month")[["calls", "answered", "abandoned"]].sum(min_count=1)
        frame = frame.merge(sums.assign(basis="sheet").reset_index(), on="month")
    else:
        work = service.work.filter(service.work.is_contact, service.work.channel == "phone")
        work = work.mutate(month=periods.label(work.on)).filter(ibis._.month.isin(months))
        sums = work.group_by("month").agg(calls=work.count().cast("float64")).to_pandas().astype({"month": "str"})
        frame = frame.merge(sums.assign(answered=sums["calls"], abandoned=float("nan"), basis="cases"), on="month")
    if frame.empty:  # neither a day sheet nor a call among the cases
        return pd.DataFrame(columns=LOAD_COLUMNS)
    frame = frame.merge(active_customers(bought, list(frame["month"])), on="month")
    base = frame["customers"].where(frame["customers"] > 0)
    limits = [stats.poisson_exact(round(calls), LEVEL) for calls in frame["calls"]]
    frame = frame.assign(value=frame["calls"] / base, low=[e.low for e in limits] / base, high=[e.high for e in limits] / base)
    return frame[LOAD_COLUMNS]


def load_of(monthly: pd.DataFrame, window: Window, *, level: float = LEVEL) -> Estimate:
    """Calls per active customer and month over the window (exact Poisson limits on the calls)."""
    part = monthly[monthly["month"].isin(window.months) & (monthly["customers"] > 0)]
    calls, base = int(round(part["calls"].sum())), float(part["customers"].sum())
    if base == 0:
        return Estimate(None, None, None, level, 0, "no active customers")
    limits = stats.poisson_exact(calls, level)
    return Estimate(calls / base, limits.low / base, limits.high / base, level, calls, limits.method)


def issue_frame(service: Service, bought: ir.Table, window: Window) -> pd.DataFrame:
    """Issues of known persons, begun in the window or resolved in it, with what was known when they began. Grain: one issue.

    person_id, channel, type, opened_at, begun and resolved (in the window), state, resolution_hours, calls, prior_orders, tenure_days,
    prior_contacts and their buckets. `bought`: sales.bought.
    """
    issues = service.issues
    rows = issues.mutate(
        begun=(issues.opened_at >= window.start) & (issues.opened_at < window.end),
        resolved=(
            (issues.state == "resolved") & (issues.counted_at > window.start) & (issues.counted_at <= window.end)
        ).fill_null(False),
    )
    rows = rows.filter(rows.person_id.notnull(), rows.begun | rows.resolved)
    rows = rows.select(
        "issue_id", "person_id", "channel", "opened_at", "begun", "resolved", "state", "resolution_hours", "calls",
        type=rows["type"].fill_null(""),
    )  # fmt: skip
    prior = (
        rows.select("issue_id", "person_id", "opened_at")
        .inner_join(bought.select("person_id", "ordered_at"), "person_id")
        .filter(ibis._.ordered_at < ibis._.opened_at)
    )
    prior = prior.group_by("issue_id").agg(
        prior_orders=prior.count(),
        tenure_days=((prior.opened_at.epoch_seconds() - prior.ordered_at.epoch_seconds()).cast("float64") / 86400.0).max(),
    )
    seen = service.work.filter(service.work.counted, service.work.person_id.notnull()).select("person_id", "at")
    before = (
        rows.select("issue_id", "person_id", "opened_at")
        .inner_join(seen, "person_id")
        .filter(ibis._.at < ibis._.opened_at)
    )
    before = before.group_by("issue_id").agg(prior_contacts=before.count())
    rows = rows.left_join(prior, "issue_id").drop("issue_id_right").left_join(before, "issue_id").drop("issue_id_right")
    frame = rows.order_by("issue_id").to_pandas()
    frame = frame.assign(prior_orders=frame["prior_orders"].fillna(0), prior_contacts=frame["prior_contacts"].fillna(0))
    return frame.assign(
        orders_bucket=bucket(frame["prior_orders"], PRIOR_ORDERS), tenure_bucket=bucket(frame["tenure_days"], TENURE_DAYS),
        contacts_bucket=bucket(frame["prior_contacts"], PRIOR_CONTACTS),
    )  # fmt: skip


def calls_per_issue(frame: pd.DataFrame, *, level: float = LEVEL) -> Matched:
    """Calls per resolved issue begun on social minus per like one begun elsewhere: same type, prior orders, tenure, prior contacts."""
    rows = frame[frame["resolved"] & frame["channel"].isin(["social", "phone", "email"])]
    rows = rows.assign(social=rows["channel"] == "social")
    strata = ["type", "orders_bucket", "tenure_bucket", "contacts_bucket"]
    return matched(rows, treated="social", outcome="calls", strata=strata, cluster="person_id", level=level)


class Brought(NamedTuple):
    """Calls that social issues brought: `seen`, and `unseen`: expected of customers whose calls cannot be told; its error."""

    issues: int
    seen: int
    unseen: float = 0.0
    error: float = 0.0

    @property
    def calls(self) -> float:
        """Seen and expected together."""
        return self.seen + self.unseen


def calls_brought(social: pd.DataFrame, persons: ir.Table) -> Brought:
    """Calls of issues that began on social. Grain of `social`: one issue; person_id, calls.

    Someone who writes under a social account that is tied to no other account may call as a stranger. Those customers are taken to
    call as often as the ones who are tied; with nobody tied nothing is added. The error is that of a count (Poisson).
    """
    asked = pd.DataFrame({"person_id": social["person_id"].dropna().astype("int64").drop_duplicates()})
    several = persons.semi_join(ibis.memtable(asked, schema={"person_id": "int64"}), "person_id")
    several = several.group_by("person_id").agg(accounts=ibis._.account_id.nunique())
    tied = social["person_id"].isin(several.filter(several.accounts > 1).person_id.to_pandas())
    issues, seen = len(social), int(social["calls"].sum())
    strangers, known = int((~tied).sum()), int(tied.sum())
    expected = float(social.loc[tied, "calls"].mean()) * strangers if known else 0.0
    unseen = max(expected - float(social.loc[~tied, "calls"].sum()), 0.0)
    if unseen == 0:
        return Brought(issues, seen)
    return Brought(issues, seen, unseen, math.sqrt(expected * (1 + strangers / known)))


def calls_not_made(found: Matched, brought: Brought, *, level: float = LEVEL) -> Estimate:
    """Calls that the issues begun on social would have brought elsewhere, minus those they did bring; below 0: social brought more.

    What they would have brought is foretold from like issues: the range holds the chance of both the like issues' mean and of these
    very issues (they are counted, not a rate), and what is not seen of the calls they brought. n is the social issues compared.
    """
    method = "calls of like issues elsewhere, minus calls brought"
    if found.others is None:
        return Estimate(None, None, None, level, found.n_matched, method)
    value = found.others * brought.issues - brought.calls
    if found.others_error is None or found.others_spread is None:
        return Estimate(value, None, None, level, found.n_matched, method)
    error = math.hypot(brought.issues * found.others_error, math.sqrt(brought.issues) * found.others_spread, brought.error)
    reach = float(special.stdtrit(max(found.others_freedom, 1.0), (1 + level) / 2)) * error
    return Estimate(value, value - reach, value + reach, level, found.n_matched, method)


def cost_per_call(service: Service, monthly_costs: pd.DataFrame, window: Window) -> Estimate:
    """Cost of the phone desk / phone contacts of cases, over months of the window with both. The range is what missing hours leave open."""
    work = service.work.filter(
        service.work.is_contact, service.work.channel == "phone", service.work["at"] < window.end
    )
    calls = work.mutate(month=periods.label(work.on)).filter(ibis._.month.isin(list(window.months)))
    calls = calls.group_by("month").agg(calls=calls.count()).to_pandas().astype({"month": "str"})
    both = monthly_costs[monthly_costs["channel"] == "phone"].merge(calls, on="month")
    n = int(both["calls"].sum())
    if n == 0:
        return Estimate(None, None, None, LEVEL, 0, "no calls with a cost")
    return Estimate(
        *(float(both[c].sum()) / n for c in ("amount", "low", "high")), LEVEL, n, "cost of the phone desk / calls"
    )
