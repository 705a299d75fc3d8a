"""Headline numbers against the truth: cost of a customer, retention, value, revenue, service, followers, referrals, tests."""

import json

import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.metrics import SOCIAL
from scrm_helpers.scorecard import care
from scrm_helpers.scorecard.rows import BOUNDS, EXACT, Row, of_finding
from scrm_helpers.scorecard.truth import Said, Truth
from scrm_helpers.units import Unit

PART = "numbers"
YEAR = 12
FOLLOWED = 6  # months after a follow that 08_audiences compares
CREDIT_DAYS = 30  # days in which a touch may claim an order, where the finding does not say
# People from which on nine tests in ten with 55 to 45 in place of 50 to 50 are found at p < 0.001: 0.1 sqrt(n) > 3.29 + 1.28
SPLIT_SHOWS = 2090
DISCOUNT = 0.10  # a year, as 04_retention has it unless told otherwise


def rows(said: Said, truth: Truth) -> list[Row]:
    """All headline lines of the month, in the order of the notebooks."""
    return [
        *revenue(said, truth), *cost_of_a_customer(said, truth), *retention(said, truth), *lifetime(said, truth),
        *buyers(said, truth), *credit(said, truth), *care.rows(said, truth, PART), *tests(said, truth),
        followers(said, truth), referrals(said, truth),
    ]  # fmt: skip


def revenue(said: Said, truth: Truth) -> list[Row]:
    """Net revenue of the month as read from the files, which must be exact."""
    orders = said.frame("orders")
    counted = orders[(orders["status"] == "completed") & ~orders["is_internal"]]
    value = float(counted["net"][pd.to_datetime(counted["ordered_on"]).dt.strftime("%Y-%m") == said.period].sum())
    true = truth.headlines("revenue_net", "all", [said.period]).iloc[0]
    return [Row(PART, "revenue_net", Unit.MONEY.value, value, value, value, true, EXACT, window="1m")]


def cost_of_a_customer(said: Said, truth: Truth) -> list[Row]:
    """Acquisition cost over new customers by true source, over the months that the finding covers, in its prices."""
    out = []
    for name, group, kind in (("cac", "social", BOUNDS), ("cac_other", "other_than_social", BOUNDS), ("cac_all", "blended", BOUNDS)):
        found = said.findings.get(f"acquisition.{name}")
        months = said.months(found.window) if found is not None else [said.period]
        cost, won = (truth.headlines(measure, group, months) for measure in ("acquisition_cost", "new_customers"))
        if _value(found, "prices"):
            cost = cost * said.in_prices(pd.Series(months, index=months))
        true = cost.sum() / won.sum() if won.sum() else None
        out.append(of_finding(PART, found, true, id=name, unit=Unit.MONEY_PER_CUSTOMER, range_kind=kind))
    return out


def retention(said: Said, truth: Truth) -> list[Row]:
    """Bought in both years over bought in the first, of true persons, by orders that carry an identity."""
    end = periods.index(said.period) + 1
    bought = truth.bought
    out = []
    for name, part in (("kept", bought), ("kept_social", bought[bought["social"]]), ("kept_other", bought[~bought["social"]])):
        then = set(part.loc[part["at"].between(end - 2 * YEAR, end - YEAR - 1), "person_id"])
        now = set(part.loc[part["at"].between(end - YEAR, end - 1), "person_id"])
        enough = truth.orders["at"].min() <= end - 2 * YEAR
        true = len(then & now) / len(then) if then and enough else None
        kind = "interval" if name == "kept" else BOUNDS
        out.append(of_finding(PART, said.findings.get(f"retention.{name}"), true, id=name, unit=Unit.SHARE, range_kind=kind))
    return out


def lifetime(said: Said, truth: Truth) -> list[Row]:
    """Discounted margin of the first 12 months per new customer of cohorts that are so old, in the period's prices."""
    end = periods.index(said.period) + 1
    bought = truth.bought
    first = bought.groupby("person_id")["at"].min()
    orders = bought[~bought["before_window"].astype(bool)].assign(cohort=lambda f: first.loc[f["person_id"]].to_numpy())
    orders = orders[orders["cohort"] + YEAR <= end]
    age = orders["at"] - orders["cohort"]
    share = orders["kept"] / orders["net"]
    factor = said.in_prices(orders["month"])
    gain = (orders["kept"] - orders["cost"] * share) * factor / (1 + DISCOUNT) ** (age / YEAR)
    gain = gain.where(age < YEAR, 0.0).groupby(orders["person_id"]).sum()
    social = truth.people["social"].reindex(gain.index)
    out = []
    for name, part in (("ltv", gain), ("ltv_social", gain[social]), ("ltv_other", gain[~social])):
        true = part.mean() if len(part) else None
        out.append(of_finding(PART, said.findings.get(f"retention.{name}"), true, id=name, unit=Unit.MONEY_PER_CUSTOMER))
    return out


def buyers(said: Said, truth: Truth) -> list[Row]:
    """Repeat buyers among the year's buyers, and the share of revenue of their top tenth: both hang on who is who."""
    end = periods.index(said.period) + 1
    year = truth.bought[truth.bought["at"].between(end - YEAR, end - 1)]
    per = year.groupby("person_id").agg(orders=("kept", "size"), spent=("kept", "sum"))
    again = (per["orders"] >= 2).mean() if len(per) else None
    spent = per["spent"].sort_values(ascending=False)
    top = spent.iloc[: int(np.ceil(len(spent) / 10))].sum() / spent.sum() if len(spent) else None
    return [
        of_finding(PART, said.findings.get("retention.repurchase"), again, id="repurchase", unit=Unit.SHARE),
        of_finding(PART, said.findings.get("audiences.top_share"), top, id="top_share", unit=Unit.SHARE),
    ]


def credit(said: Said, truth: Truth) -> list[Row]:
    """Revenue seen, touched and caused by social."""
    out = []
    for name in ("seen", "touched"):
        found = said.findings.get(f"campaigns.{name}")
        months = said.months(found.window) if found is not None else [said.period]
        true = credited(truth, months, days=int(_value(found, "window_days") or CREDIT_DAYS))[name]
        out.append(of_finding(PART, found, true, id=name, unit=Unit.MONEY, range_kind=BOUNDS))
    found = said.findings.get("campaigns.caused")
    months = said.months(found.window) if found is not None and found.window in ("1m", "3m", "12m") else [said.period]
    extra = truth.orders[truth.orders["month"].isin(months) & (truth.orders["cause"] != "")]
    lifts = said.frame("campaign_lifts")
    judged = lifts[(lifts["state"] == "ok") & lifts["is_social"].astype(bool)]
    if found is not None and found.state == "ok":
        judged = judged[judged["grade"] <= found.grade] if found.grade in ("A", "B") else judged[judged["grade"] == found.grade]
    mine = extra[extra["caused_by"].isin(judged["campaign_id"])]
    true = (mine["kept"] * (said.in_prices(mine["month"]) if "real" in set(judged["prices"]) else 1.0)).sum()
    of_judged = of_finding(PART, found, true, id="caused", unit=Unit.MONEY)
    every = sum(truth.headlines("revenue_caused", "social", months).fillna(0.0))
    of_all = of_finding(PART, found, every, id="caused_all", unit=Unit.MONEY, aligned=False, note="caused_all")
    return [*out, of_judged, of_all]


def credited(truth: Truth, months: list[str], *, days: int) -> dict[str, float]:
    """Net sales after returns of the months whose last true contact was social (`seen`), and with any true social contact (`touched`).

    True contacts are the one that an order itself came through; whatever won a person, known to a system or not, at the order that
    made them a customer; and the lead a person left. Each claims its own order and what the person orders within `days` after it.
    """
    won = truth.people[["lead_on", "first_order_on"]].assign(won=truth.people["source"])
    orders = truth.orders.join(won, on="person_id").rename(columns={"at_local": "met"}).astype({"met": "datetime64[ns]"})
    orders["own"] = orders["source"].where(orders["source"] != "")
    orders["won"] = orders["won"].where(orders["first_order_on"] == orders["day"])
    lead = truth.people.dropna(subset=["lead_on"]).rename_axis("person_id").reset_index()[["person_id", "lead_on", "source"]]
    parts = [lead, orders[["person_id", "met", "won"]], orders[["person_id", "met", "own"]]]  # of one moment the last one counts
    contacts = pd.concat([p.set_axis(["person_id", "met", "contact"], axis=1).astype({"met": "datetime64[ns]"}) for p in parts])
    contacts = contacts[contacts["person_id"] > 0].dropna(subset=["contact"])
    mine = orders[orders["month"].isin(months)].reset_index(drop=True).rename_axis("row")
    pairs = mine.reset_index()[["row", "person_id", "met"]].merge(contacts, on="person_id", suffixes=("", "_contact"))
    ago = pairs["met"] - pairs["met_contact"]
    earlier = pairs[(ago > pd.Timedelta(0)) & (ago <= pd.Timedelta(days=days))].sort_values("met_contact", kind="stable").groupby("row")
    last = mine["own"].fillna(mine["won"]).fillna(earlier["contact"].last())
    before = earlier["contact"].agg(lambda found: found.isin(SOCIAL).any()).reindex(mine.index, fill_value=False).astype(bool)
    touched = mine["own"].isin(SOCIAL) | mine["won"].isin(SOCIAL) | before
    return {"seen": float(mine.loc[last.isin(SOCIAL), "kept"].sum()), "touched": float(mine.loc[touched, "kept"].sum())}


def tests(said: Said, truth: Truth) -> list[Row]:
    """Extra orders and extra net sales per treated person; a test with a broken split must be withheld."""
    gaps, planted, out = said.frame("tested_gaps"), truth.table("experiments"), []
    for test, arms in planted.groupby("experiment_id"):
        treated = arms[arms["arm"] != "kontrol"].iloc[0]
        whole = gaps[(gaps["experiment_id"] == test) & (gaps["segment"] == "all")]
        if treated["broken_split"]:
            out.append(_withheld(test, whole, int(arms["people"].sum())))
            continue
        for metric, unit in (("orders", Unit.PER_PERSON), ("spend", Unit.MONEY_PER_PERSON)):
            mine = whole[whole["metric"] == metric]
            true = treated["extra_orders" if metric == "orders" else "extra_net"] / treated["people"]
            ends = [None if mine.empty else mine[c].iloc[0] for c in ("value", "low", "high")]
            out.append(Row(PART, f"test_{metric}", unit.value, *map(_blank, ends), float(true), name=test, window="all"))
    return out


def _withheld(test: str, whole: pd.DataFrame, people: int) -> Row:
    """A line of its own kind: 1 where no effect was given, which is right; 0 where one was. Blank where the test is too small to tell."""
    if people < SPLIT_SHOWS:
        return Row(PART, "test_withheld", Unit.COUNT.value, None, None, None, None, EXACT, note="split_small", name=test, window="all")
    right = float(whole["value"].isna().all())
    return Row(PART, "test_withheld", Unit.COUNT.value, right, right, right, 1.0, EXACT, name=test, window="all")


def followers(said: Said, truth: Truth) -> Row:
    """What following added per follower in the 6 months after the month of the follow, of follows whose six months have passed."""
    found = said.findings.get("audiences.follower_spend")
    if found is not None and found.state == "ok" and found.window != "all":  # the raw gap alone claims no effect
        return Row(PART, "follower_spend", Unit.MONEY_PER_PERSON.value, None, None, None, None, note="raw_only")
    span = int(_value(found, "months") or FOLLOWED)
    since = truth.table("followers")
    since = since[since["date_shown"]].assign(month=lambda f: pd.to_datetime(f["followed_on"]).dt.strftime("%Y-%m"))
    since["at"] = [periods.index(m) for m in since["month"]]
    first, end = int(truth.orders["at"].min()), periods.index(said.period) + 1
    mine = truth.bought.merge(since[["person_id", "at"]].rename(columns={"at": "follow"}), on="person_id")
    old = mine.loc[mine["at"] < mine["follow"] - span, "person_id"]
    fit = since[since["person_id"].isin(old) & (since["at"] >= first + 3 + span) & (since["at"] + span < end)]
    after = mine[mine["person_id"].isin(fit["person_id"]) & (mine["cause"] == "follow")]
    after = after[(after["at"] > after["follow"]) & (after["at"] <= after["follow"] + span)]
    factor = said.in_prices(after["month"])
    true = float((after["kept"] * factor).sum() / len(fit)) if len(fit) else None
    return of_finding(PART, found, true, id="follower_spend", unit=Unit.MONEY_PER_PERSON, note="follower_spend")


def referrals(said: Said, truth: Truth) -> Row:
    """Margin less reward and discount of referred persons who would not have come anyway, per referrer; leaked codes left out."""
    given = truth.table("referrals")
    given = given[~given["leaked"].astype(bool)].assign(at=lambda f: pd.to_datetime(f["at"]).dt.normalize())
    sold = truth.orders[(truth.orders["net"] > 0) & (truth.orders["system"] != "trendyol")].sort_values("at_local")
    pairs = given.merge(sold, left_on="referred", right_on="person_id", suffixes=("_given", ""))
    first = pairs[(pairs["day"] >= pairs["at_given"]) & (pairs["day"] < said.as_of)].groupby("referred").first().reset_index()
    margin = first["net"] - first["cost"]
    paid = np.where(first["reversed"], 0.0, 100.0) + 50.0  # reward and discount of the referral sheet, TL
    came = first["incremental"].astype(float)
    back = margin * first["returned_net"] / first["net"]
    true = ((margin - paid) * came - back).sum() / first["referrer"].nunique() if len(first) else None
    return of_finding(PART, said.findings.get("audiences.referral"), true, id="referral", unit=Unit.MONEY_PER_REFERRER, range_kind=BOUNDS)


def _value(found: Finding | None, name: str):
    """A value that a finding's sentence was written with: of a text in two languages, the English; None where there is none."""
    given = json.loads(found.values or "{}").get(name) if found is not None else None
    return given.get("en") if isinstance(given, dict) else given


def _blank(value) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
