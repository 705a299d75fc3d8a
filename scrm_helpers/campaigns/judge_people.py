"""Campaigns sent to a list of people: A against a held-out group whose placebo before passes, else D (like-for-like customers)."""

import math
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers.campaigns import households, placebo, plan
from scrm_helpers.campaigns.plan import Campaign
from scrm_helpers.campaigns.rows import LEVEL, Desk, answer, smallest_visible


def judge_people(desk: Desk, orders: ir.Table, persons: ir.Table) -> None:
    """Fills the rows of campaigns with a list of accounts; a person is on the list when one of their accounts is."""
    mine = desk.mine("accounts")
    if not mine or desk.days.empty:
        for c in mine:
            desk.rows[c.id]["state"] = "no_history"
        return
    listed = pd.DataFrame({"listed": sorted({a for c in mine for a in (*c.treated, *c.held_out)})}, dtype="str")
    accounts = persons.select("person_id", account=persons.account_id.cast("string"))
    pairs = accounts.semi_join(ibis.memtable(listed, schema={"listed": "string"}), [("account", "listed")]).to_pandas()
    person_of = dict(zip(pairs["account"], pairs["person_id"], strict=True))
    lists = {c.id: {person_of[a] for a in c.treated if a in person_of} for c in mine}
    first = desk.days["on"].min().date()
    heard: dict[str, tuple[households.Household, bool]] = {}
    for c in mine:
        row = desk.rows[c.id]
        full = min((c.start - first).days // c.days, households.PLACEBOS + 1)
        row["prices"] = _prices(desk, c)
        if full < 1:
            row["state"] = "no_history"
        elif row["prices"] == "refused":
            row["state"] = "prices"
        else:
            held = {person_of[a] for a in c.held_out if a in person_of} - lists[c.id]
            others = [(lists[o.id], [_share(c, o, k) for k in range(full + 1)]) for o in mine if o.id != c.id and lists[o.id]]
            bins = households.person_bins(orders, persons, start=c.start, stop=c.stop, as_of=desk.as_of, most=full)
            heard[c.id] = households.lift(bins, lists[c.id], held, others, full=full), bool(held)
    factor = _calibrated(desk, [found for found, _ in heard.values() if _told(found)])
    for c in mine:
        if c.id in heard:
            found, held = heard[c.id]
            desk.rows[c.id] |= _answer(desk, c, found._replace(widened=factor), held)


def _told(found: households.Household) -> bool:
    return not found.reason and found.effect is not None and found.error is not None


def _calibrated(desk: Desk, found: list[households.Household]) -> float:
    """Earlier windows of all lists against their own limits, and the factor on ranges where too many lie outside.

    Windows of one list do not overlap; the range shown is wider still where the like-for-like comparison disagrees.
    """
    reach = np.array([abs(z) / each.limit() for each in found for z in each.placebos])
    if not len(reach):
        return 1.0
    line = placebo.calibration_row("accounts", reach > 1, len(reach))
    desk.calibration.append(line)
    return placebo.widening(reach, line)


def _prices(desk: Desk, c: Campaign) -> str:
    """Both groups live through the same prices, which divide out of a ratio; over a long span they must be known all the same."""
    first: date = (pd.Timestamp(c.start) - pd.Timedelta(days=c.days)).date()
    return plan.prices(desk.rates, first, c.stop)[0]


def _answer(desk: Desk, c: Campaign, found: households.Household, held: bool) -> dict:
    seen = {"treated": found.recipients, "controls": found.others, "raw_ratio": found.raw_ratio, "orders": found.recipients}
    if not _told(found):
        return seen | {"state": found.reason or "few_people"}
    z, ends = found.placebos, found.ends(LEVEL)
    passes = len(z) > 0 and abs(z[0]) < found.limit() / found.widened
    desk.draws[c.id] = np.expm1(z * found.error)
    days = pd.date_range(c.start, periods=c.days, freq="D")
    return seen | answer(found.effect, ends, found.net) | desk.parts(days, np.ones(c.days)) | {
        "grade": "A" if held and passes else "D", "p": found.two_sided(), "rank": placebo.rank(found.effect / found.error, z),
        "placebos": len(z), "effective": float(len(z)), "smallest_visible": smallest_visible(ends[1] - found.effect, found.error),
        "before_lift": math.expm1(z[0] * found.error) if len(z) else math.nan,
        "like_for_like": math.nan if found.like is None else math.expm1(found.like),
    }  # fmt: skip


def _share(c: Campaign, other: Campaign, k: int) -> float:
    """Share of the days of bin k of campaign c on which the other ran."""
    start = pd.Timestamp(c.start) - k * pd.Timedelta(days=c.days)
    stop = start + pd.Timedelta(days=c.days)
    return max((min(stop, pd.Timestamp(other.stop)) - max(start, pd.Timestamp(other.start))).days, 0) / c.days
