"""Net referral value: what customers brought by customers left, less what was paid for them, by referrer."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales
from scrm_helpers.margin import LEAST_COVERED, line_margins
from scrm_helpers.metrics import LEVEL, without_small
from scrm_helpers.stats import Estimate, bootstrap_mean

FATES = ("counted", "self", "already", "again", "no_order", "leaked", "nobody")
LEAK_USES, LEAK_DAYS = 10, 7  # so many people with one code within so many days: it stands on a coupon site
NOBODY_USES = 3  # a code that names no referrer and was used so often leaked too
DRAWS, SEED = 2000, 20260101


class Referrals(NamedTuple):
    """One row per referral, per referrer and per leaked code, and the value per referrer between two bounds."""

    rows: pd.DataFrame  # referral_id, referrer, referred, code, fate, net, margin, reversal, in_net, reward, discount (money)
    referrers: (
        pd.DataFrame
    )  # person_id, referrals, net, at_one (value if none would have come anyway): a row per person
    codes: pd.DataFrame  # code, uses, people: leaked ones
    value: Estimate  # money per referrer; value only where a test gave the share, else low and high alone
    share: tuple[float, float]  # bounds of the share that would not have bought anyway
    tested: bool
    covered: float  # referred orders with a known margin / referred orders
    paid: float  # rewards and discounts of counted referrals


def referral_rows(
    referrals: ir.Table,
    orders: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    persons: ir.Table,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Each referral with the persons on both sides and the first sale it brought. Grain: one referral before `as_of`.

    `net`: of that sale; `margin`: net less unit costs, blank where a line's cost is unknown; `reversal`: the margin that its returns
    took back. `discount`: what was given and not undone by a return; `in_net`: the part of it that the order's own discount holds, so
    that `net`, which is after discount, is already without it. Depth is 1: what the brought customer brings in turn counts for that
    customer.
    """
    known = persons.select("account_id", "person_id", "is_internal")
    given = referrals.filter(referrals.on < as_of)
    rows = given.select(
        "referral_id",
        "on",
        "code",
        "reward",
        "discount",
        "referrer_account_id",
        "referred_account_id",
        wanted_order="order_id",
    )
    by, new = (
        known.rename(by_account="account_id", referrer="person_id", by_staff="is_internal"),
        known.rename(new_account="account_id", referred="person_id", new_staff="is_internal"),
    )
    rows = rows.left_join(by, rows.referrer_account_id == by.by_account)
    rows = rows.left_join(new, rows.referred_account_id == new.new_account)
    paid = {name: rows[name].cast("float64") for name in ("reward", "discount")}
    frame = rows.select("referral_id", "on", "code", "referrer", "referred", "wanted_order", **paid).to_pandas()
    frame["on"] = pd.to_datetime(frame["on"])
    brought = rows.filter(rows.referred.notnull()).select(person_id="referred").distinct()
    bought = _sales(orders, order_lines, products, persons, brought, as_of=as_of)
    frame = frame.sort_values(["on", "referral_id"], ignore_index=True)
    first_ever = bought.groupby("person_id")["on"].min()
    frame["had_before"] = pd.to_datetime(first_ever.reindex(frame["referred"]).to_numpy()) < frame["on"].to_numpy()
    frame[["reward", "discount"]] = frame[["reward", "discount"]].fillna(0.0)
    frame = pd.concat([frame, _brought(frame, bought)], axis=1)
    frame["discount"] = frame["discount"] - frame["undone"].fillna(0.0)
    return frame.drop(columns="undone")


def _sales(orders, order_lines, products, persons, wanted, *, as_of) -> pd.DataFrame:
    """Sales of the brought customers: order, day, net, discount, what returns took back, margin (blank where a cost is unknown)."""
    seen = orders.filter(orders.ordered_on < as_of)
    theirs = persons.semi_join(wanted, "person_id")  # their accounts are few: of all orders only those of these are joined to persons
    rows = sales.with_person(sales.counted(seen).semi_join(theirs, "account_id"), theirs)
    own = rows.filter(rows.kind == "sale").select("order_id", "person_id", "ordered_on", "ordered_at", "net", "discount").cache()
    back = seen.filter(seen.kind == "return", seen.original_order_id.notnull())
    back = back.semi_join(own, back.original_order_id == own.order_id).group_by("original_order_id").agg(returned=ibis._.net.sum())
    own = own.left_join(back, own.order_id == back.original_order_id)
    own = own.select("order_id", "person_id", on="ordered_on", at="ordered_at", net="net", booked="discount", returned="returned")
    lines = line_margins(order_lines.semi_join(own, "order_id"), products)
    cost = lines.group_by("order_id").agg(cost=lines.cost.sum(), unknown=lines.cost.isnull().sum())
    own = own.left_join(cost, "order_id")
    money = {name: own[name].cast("float64") for name in ("net", "booked", "returned", "cost")}  # decimals come to pandas one by one
    rows = own.select("order_id", "person_id", "on", "at", "unknown", **money)
    frame = rows.order_by(["person_id", "at", "order_id"]).to_pandas()
    frame["on"] = pd.to_datetime(frame["on"])
    frame["margin"] = (frame["net"] - frame["cost"]).where(frame["unknown"].fillna(1) == 0)
    return frame


def _brought(frame: pd.DataFrame, bought: pd.DataFrame) -> pd.DataFrame:
    """For each referral the order it names, else the brought person's first sale on its day or later."""
    given = frame[["referred", "wanted_order", "on", "discount"]].rename(columns={"on": "from"}).reset_index()
    given = given[given["referred"].notna()].astype({"referred": "int64"})
    both = given.merge(bought, left_on="referred", right_on="person_id")  # sales stay in order of time
    named = both["wanted_order"].notna()
    fits = (both["order_id"] == both["wanted_order"]).fillna(False).where(named, both["on"] >= both["from"]).astype(bool)
    found = both[fits].drop_duplicates("index").set_index("index")
    share_back = (-found["returned"] / found["net"]).clip(upper=1.0).where(found["returned"].notna() & (found["net"] > 0), 0.0)
    # a larger discount than what was promised had other reasons too
    booked = found[["discount", "booked"]].min(axis=1).where(found["booked"].notna(), 0.0)
    out = {
        "net": found["net"], "margin": found["margin"], "reversal": found["margin"] * share_back,
        "in_net": booked * (1 - share_back), "undone": booked * share_back,
    }  # fmt: skip
    return pd.DataFrame(out).reindex(frame.index)


def leaked_codes(rows: pd.DataFrame) -> pd.DataFrame:
    """Codes that stand on coupon sites: used by 10 people within 7 days, or by 3 where the code names no referrer."""
    given = rows[rows["code"].notna()].sort_values(["code", "on"])
    by = given.groupby("code")
    span = by["on"].shift(1 - LEAK_USES) - given["on"]  # from each use to the ninth after it
    rush = (span <= pd.Timedelta(days=LEAK_DAYS)).groupby(given["code"]).any()
    table = by.agg(uses=("code", "size"), people=("referred", "nunique"), named=("referrer", "count"))
    leaked = rush | ((table["named"] == 0) & (table["uses"] >= NOBODY_USES))
    found = table[leaked].reset_index()[["code", "uses", "people"]]
    return found.sort_values(["uses", "code"], ascending=[False, True], ignore_index=True)


def fates(rows: pd.DataFrame, codes: pd.DataFrame) -> pd.Series:
    """What becomes of each referral; only `counted` ones carry value. Each brought person counts once, for the first who did."""
    fate = pd.Series("counted", index=rows.index, dtype=object)
    fate = fate.mask(rows["net"].isna(), "no_order")
    fate = fate.mask(rows["had_before"].fillna(False).astype(bool), "already")
    fate = fate.mask(rows["referrer"].notna() & (rows["referrer"] == rows["referred"]), "self")
    fate = fate.mask(rows["referrer"].isna(), "nobody")
    fate = fate.mask(rows["code"].isin(codes["code"]), "leaked")
    counted = fate == "counted"
    again = counted & rows[counted].duplicated("referred").reindex(rows.index, fill_value=False)
    return fate.mask(again, "again")


def share_from(gaps: pd.DataFrame) -> tuple[float, float, float] | None:
    """The share of brought customers who would not have bought anyway, from a valid test of referral: (value, low, high); else None.

    With a reward, `control + value` of those invited bought, without it `control`: value / (control + value) came of it.
    """
    fit = gaps[
        gaps["channel"].str.lower().isin(["referral", "referans", "tavsiye"])
        & (gaps["segment"] == "all")
        & (gaps["metric"] == "conversion")
        & gaps["value"].notna()
        & gaps["grade"].isin(["A", "B"])
    ]
    if fit.empty:
        return None
    row = fit.sort_values("experiment_id").iloc[-1]

    def share(gap: float) -> float:
        return float(np.clip(gap / (row["control"] + gap), 0, 1)) if row["control"] + gap > 0 else 0.0

    return share(row["value"]), share(row["low"]), share(row["high"])


def net_value(rows: pd.DataFrame, gaps: pd.DataFrame, *, level: float = LEVEL) -> Referrals | None:
    """What referrals bring, per referrer: money. None without a single referral.

    With a test of referral the value is sum of (margin - reward - discount) x share not bought anyway - reversals. The range asks what
    is left when rewards and discounts are paid either way: margin x share - reward - discount - reversal x share (an order that would
    have come anyway brings no margin, takes none back by its return, and is rewarded all the same). With a test it runs over the ends of
    the tested share and covers the value; without one the share is anything from 0 to 1, and the two bounds are all that is said.
    Margin is before the referral's discount: where `net` is already without it, it is added back and taken off once, as a cost.
    An order without a known cost takes the margin share of the others; where that is less than half of them, no value is given.
    """
    if rows.empty:
        return None
    codes = leaked_codes(rows)
    rows = rows.assign(fate=fates(rows, codes))
    counted = rows[rows["fate"] == "counted"].copy()
    has_cost = counted["margin"].notna()
    covered = float(has_cost.mean()) if len(counted) else 0.0
    tested = share_from(gaps)
    share = tested[1:] if tested else (0.0, 1.0)
    paid = float((counted["reward"] + counted["discount"]).sum())
    empty = Estimate(None, None, None, level, 0, "net referral value")
    if not len(counted) or covered < LEAST_COVERED:
        listed = pd.DataFrame(columns=["person_id", "referrals", "net", "at_one"])
        return Referrals(
            rows,
            listed,
            codes,
            empty._replace(n=int(counted["referrer"].nunique())),
            share,
            tested is not None,
            covered,
            paid,
        )
    of_net = counted.loc[has_cost, "margin"].sum() / counted.loc[has_cost, "net"].sum()
    back = counted.loc[has_cost, "reversal"].sum() / counted.loc[has_cost, "net"].sum()
    counted["margin"] = counted["margin"].fillna(counted["net"] * of_net)
    counted["reversal"] = counted["reversal"].fillna(counted["net"] * back)
    counted["margin"] = counted["margin"] + counted["in_net"].fillna(0.0)
    counted["paid"] = counted["reward"] + counted["discount"]
    by = counted.groupby("referrer").agg(
        referrals=("referral_id", "size"),
        net=("net", "sum"),
        margin=("margin", "sum"),
        paid=("paid", "sum"),
        reversal=("reversal", "sum"),
    )
    left = lambda s: (by["margin"] - by["reversal"]) * s - by["paid"]  # noqa: E731 (paid either way)
    defined = lambda s: (by["margin"] - by["paid"]) * s - by["reversal"]  # noqa: E731 (the definition of the value)
    ends = [_mean(of(s), level) for s in share for of in ((left, defined) if tested else (left,))]
    value = _mean(defined(tested[0]), level).value if tested else None
    low, high = min(e.low for e in ends), max(e.high for e in ends)
    listed = (
        by.assign(at_one=left(1.0))
        .sort_values("at_one", ascending=False)
        .reset_index(names="person_id")
    )
    estimate = Estimate(
        value, low, high, level, len(by), "bounds of the share not bought anyway, bootstrap over referrers"
    )
    return Referrals(
        rows,
        listed[["person_id", "referrals", "net", "at_one"]],
        codes,
        estimate,
        share,
        tested is not None,
        covered,
        paid,
    )


def _mean(values: pd.Series, level: float) -> Estimate:
    mean = float(values.mean())
    if len(values) < 2 or values.nunique() == 1:
        return Estimate(mean, mean, mean, level, len(values), "mean")
    found = bootstrap_mean(values.to_numpy(), level, seed=SEED, draws=DRAWS)
    return found._replace(low=mean if found.low is None else found.low, high=mean if found.high is None else found.high)


def shown_codes(found: Referrals) -> pd.DataFrame:
    """Leaked codes as a page shows them: a code is its referrer's own, so the half that tells whose is masked."""
    masked = found.codes["code"].map(lambda code: f"{code[: len(code) // 2]}{'•' * (len(code) - len(code) // 2)}")
    return found.codes.assign(code=masked)


def fate_table(found: Referrals) -> pd.DataFrame:
    """How many referrals met which fate, with their sales and what was paid (blank of fewer than 5). Grain: one fate."""
    sums = found.rows.groupby("fate").agg(
        referrals=("referral_id", "size"), net=("net", "sum"), reward=("reward", "sum"), discount=("discount", "sum")
    )
    sums = without_small(sums, by="referrals", figures=["net", "reward", "discount"])
    return sums.reindex([f for f in FATES if f in sums.index]).reset_index()
