"""Matching, before and after, calls not made, speed: planted, with the naive way beside."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from test_service_issues import END, case, person, service, table

from scrm_helpers import sales
from scrm_helpers.service import before_after, load, speed
from scrm_helpers.service.costs import window_of
from scrm_helpers.service.matching import bucket, matched
from scrm_helpers.service.touchpoints import contacts_of, per_customer, touchpoints


def order(number: int, account: int, at: datetime, net: float = 100.0) -> dict:
    return {"order_id": number, "account_id": account, "ordered_at": at, "ordered_on": at.date(), "kind": "sale", "status": "completed",
            "channel": "shop", "net": net, "currency": "TRY", "is_internal": False}  # fmt: skip


def test_matched_by_hand():
    rows = pd.DataFrame(
        {
            "t": [True, True, False, False, False, True, False],
            "y": [5.0, 7.0, 2.0, 4.0, 3.0, 9.0, 100.0],
            "s": ["a", "a", "a", "a", "a", "b", "b"],
            "who": [1, 2, 3, 4, 5, 6, 7],
        }
    )
    found = matched(rows, treated="t", outcome="y", strata=["s"], cluster="who")
    # stratum b has a single other, so it is left out: mean(5, 7) - mean(2, 4, 3) = 6 - 3 = 3, two of three matched
    assert found.estimate.value == pytest.approx(3.0)
    assert (found.treated, found.others, found.n_treated, found.n_matched, found.n_others) == (6.0, 3.0, 3, 2, 3)
    # influences: treated (5-3-3)/2, (7-3-3)/2 = -.5, .5; others -(1/3)(-1, 1, 0), each x root(3/2): sum of
    # squares .5 + 2/9 x 3/2 = .8333, x 2/1, root 1.29099; t(1) at 95% is 6.3138: reach 8.151
    assert found.estimate.high - 3 == pytest.approx(6.3138 * 1.29099, rel=1e-3)


def test_buckets():
    assert bucket(pd.Series([0, 1, 3.9, 4, None]), (1, 4)).tolist() == [0, 1, 1, 2, -1]


def test_matched_covers_the_truth_and_the_plain_gap_does_not():
    rng = np.random.default_rng(1)
    inside = plain_inside = 0
    for _ in range(200):
        s = rng.integers(0, 4, 400)
        t = rng.random(400) < 0.1 + 0.2 * s  # the needier are treated more often
        y = 10.0 * s + 2.0 * t + rng.normal(0, 3, 400)
        rows = pd.DataFrame({"t": t, "y": y, "s": s, "who": np.arange(400)})
        found = matched(rows, treated="t", outcome="y", strata=["s"], cluster="who").estimate
        inside += found.low <= 2 <= found.high
        plain = y[t].mean() - y[~t].mean()
        plain_inside += found.low - found.value <= 2 - plain <= found.high - found.value
    assert 168 <= inside <= 192  # exact 99% binomial limits of 200 x .9 are 168 and 192
    assert plain_inside == 0


def planted_orders(n: int, *, effect: float, seed: int):
    """Customers who buy at random; after each tenth purchase or so something breaks and they call within 3 days.

    `effect` orders per customer come on top in the 60 days after a call.
    """
    rng = np.random.default_rng(seed)
    orders, cases, persons, number = [], [], [], 0
    for who in range(1, n + 1):
        persons.append(person(who, who))
        days = np.sort(rng.integers(0, 365, 1 + rng.poisson(5)))
        called = None
        for day in days:
            number += 1
            at = datetime(2025, 11, 1, 12) + timedelta(days=int(day))
            orders.append(order(number, who, at))
            if called is None and rng.random() < 0.12:
                called = at + timedelta(days=float(rng.uniform(0.2, 3)))
        if called is not None and called < END - timedelta(days=1):
            cases.append(case(who, str(called), str(called + timedelta(hours=5)), account=who, channel="phone"))
            for _ in range(rng.poisson(effect)):
                number += 1
                orders.append(order(number, who, called + timedelta(days=float(rng.uniform(2, 58)))))
    return orders, cases, persons


def change(orders, cases, persons):
    made = service(cases, persons=persons)
    people, bought = table("persons", persons), table("orders", orders)
    contacts = contacts_of(made, table("touches", []), people)
    return before_after.before_after(before_after.around(contacts, sales.bought(bought, people), made.issues, as_of=date(2026, 11, 1)))


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_the_naive_before_after_fails_where_the_matched_one_is_right(effect):
    found = change(*planted_orders(1500, effect=effect, seed=3))
    # planted: `effect` more orders of 100 each. The naive one sees the purchase that broke fall out of the window: one order less
    assert found.net.estimate.low <= 100 * effect <= found.net.estimate.high
    assert found.naive < 100 * effect - 50
    assert found.orders.estimate.value == pytest.approx(found.net.estimate.value / 100)
    assert found.net.coverage > 0.6
    money = found.bins[found.bins["outcome"] == "net"]
    before = money[money["day"] < 0]
    assert (before["value"].abs() < 20).all()  # the pre-trend is flat: each bin holds some .25 orders of 100
    assert not found.apart_before
    assert money["day"].tolist() == [-52, -37, -22, -7, 8, 23, 38, 53]  # the middles of 15 days each
    orders = found.bins[found.bins["outcome"] == "orders"]["value"]
    assert orders.to_numpy() == pytest.approx(money["value"].to_numpy() / 100)  # each order is 100


def test_a_later_contact_does_not_choose_the_untouched():
    # two like customers of 2 May; one calls on 1 June, the other a month after its index day: it is a comparison all the same
    persons = [person(k, k) for k in range(1, 9)]
    bought = table("orders", [order(k, k, datetime(2026, 1, 10, 12)) for k in range(1, 9)])
    cases = [case(1, "2026-06-01 12:00", "2026-06-01 13:00"), case(2, "2026-08-15 12:00", "2026-08-15 13:00", account=2)]
    people = table("persons", persons)
    made = service(cases, persons=persons)
    contacts = contacts_of(made, table("touches", []), people)
    frame = before_after.around(contacts, sales.bought(bought, people), made.issues, as_of=date(2026, 11, 1), others_per_touched=100)
    days = pd.to_datetime(frame[(frame["person_id"] == 2) & ~frame["touched"].astype(bool)]["index_on"])
    assert ((days < "2026-08-15") & (days >= "2026-06-16")).any()  # within 60 days before its own contact
    assert not ((days >= "2026-08-15") & (days <= "2026-10-14")).any()  # never in the 60 days from it on


def test_two_groups_that_move_apart_before_the_contact_are_told():
    rng = np.random.default_rng(3)
    n = 400
    frame = pd.DataFrame({c: 1 for c in before_after.STRATA}, index=range(n))
    frame = frame.assign(person_id=range(n), touched=np.arange(n) < 100, orders_before=0, orders_after=0)
    for b in before_after.BINS:
        frame[f"net_{b}"], frame[f"orders_{b}"], frame[f"issues_{b}"] = rng.normal(50, 10, n), 0, 0
    flat = frame.assign(net_before=200.0, net_after=200.0)
    assert not before_after.before_after(flat).apart_before
    rising = flat.assign(**{f"net_{b}": flat[f"net_{b}"] + 20 * flat["touched"] for b in (-30, -15)})
    found = before_after.before_after(rising)
    assert found.apart_before and found.before.estimate.value == pytest.approx(40, abs=8)  # 20 in each of the last two bins


def test_before_after_counts_days_by_hand():
    # three customers with the same history; the first calls on 1 June. 2 April + 60 days = 1 June: day -60 counts for neither side
    at = datetime(2026, 6, 1, 12)
    orders, persons, number = [], [], 0
    for who in (1, 2, 3):
        persons.append(person(who, who))
        for days in (-400, -60, -59, 0, 60, 61):
            number += 1
            orders.append(order(number, who, at + timedelta(days=days), net=10.0 ** (1 + (days == 60))))
    made = service([case(1, str(at), str(at + timedelta(hours=1)))], persons=persons)
    people = table("persons", persons)
    frame = before_after.around(
        contacts_of(made, table("touches", []), people), sales.bought(table("orders", orders), people), made.issues, as_of=date(2026, 11, 1)
    )
    row = frame[frame["touched"].astype(bool)].iloc[0]
    # before: days -59 and 0 (10 each); after: day 60 (100); day 61 and -60 lie outside
    assert (row.net_before, row.net_after, row.orders_before, row.orders_after) == (20.0, 100.0, 2, 1)
    assert (row.prior_orders, row.tenure_days, row.recency_days) == (4, 400, 0)
    assert row["net_-60"] == 10.0 and row["net_-15"] == 10.0 and row["net_45"] == 100.0


def test_further_issues_after_a_contact_are_counted_against_like_customers_by_hand():
    # 1 and 2 call on 1 June, 3 and 4 do not then. All is solved within the hour: a call after 7 quiet days is another issue.
    at = datetime(2026, 6, 1, 12)
    persons = [person(who, who) for who in range(1, 6)]

    def call(number, who, days):
        return case(number, str(at + timedelta(days=days)), str(at + timedelta(days=days, hours=1)), account=who)

    # 1 comes back on day 3 (the same issue), 20 and 60; 2 on day 61 (outside); 3 calls first on day 10 of its own index day of 1 June
    cases = [call(1, 1, 0), call(2, 1, 3), call(3, 1, 20), call(4, 1, 60), call(5, 2, 0), call(6, 2, 61), call(7, 3, 10)]
    made = service(cases, persons=persons)
    index = ibis.memtable(pd.DataFrame({"person_id": [1, 2, 3, 4], "index_on": [at.date()] * 4, "touched": [True, True, False, False]}))
    found = before_after._begun(index, made.issues).order_by("person_id").to_pandas().set_index("person_id")
    bins = found[list(before_after.ISSUES)]
    assert bins.loc[1].to_dict() == dict.fromkeys(before_after.ISSUES, 0) | {"issues_15": 1, "issues_45": 1}
    assert bins.loc[2].sum() == 0 and bins.loc[3].to_dict() == dict.fromkeys(before_after.ISSUES, 0) | {"issues_0": 1}
    assert 4 not in bins.index
    # touched: (2 + 0) / 2 = 1; like others: (1 + 0) / 2 = .5; the difference is .5 issues each
    frame = pd.DataFrame({"person_id": [1, 2, 3, 4], "touched": [True, True, False, False], "orders_before": 0, "orders_after": 0})
    frame = frame.assign(**{c: 1 for c in before_after.STRATA}, net_before=0.0, net_after=0.0)
    frame = frame.assign(**{f"{o}_{b}": 0.0 for o in ("net", "orders") for b in before_after.BINS})
    frame = frame.join(bins, on="person_id").fillna(dict.fromkeys(before_after.ISSUES, 0))
    change = before_after.before_after(frame)
    assert (change.issues.treated, change.issues.others, change.issues.estimate.value) == (1.0, 0.5, 0.5)
    later = change.bins[change.bins["outcome"] == "issues"].set_index("day")["value"]
    assert later.to_dict() == {-52: 0, -37: 0, -22: 0, -7: 0, 8: -0.5, 23: 0.5, 38: 0, 53: 0.5}


def test_a_contact_too_near_the_end_is_not_used():
    persons = [person(1, 1), person(2, 2)]
    orders = [order(1, 1, datetime(2025, 1, 1)), order(2, 2, datetime(2025, 1, 1))]
    made = service([case(1, "2026-09-15 10:00", "2026-09-16 10:00")], persons=persons)  # 47 days before 1 November
    people = table("persons", persons)
    contacts = contacts_of(made, table("touches", []), people)
    found = before_after.before_after(
        before_after.around(contacts, sales.bought(table("orders", orders), people), made.issues, as_of=date(2026, 11, 1))
    )
    assert found.net.estimate.value is None and found.naive is None


def test_touchpoints_by_hand():
    persons = [person(1, 1), person(2, 2)]
    cases = [case(1, "2026-10-05 10:00", "2026-10-06 10:00"), case(2, "2026-10-05 10:20", "2026-10-06 10:00", channel="phone"),
             case(3, "2026-10-20 10:00", account=2, channel="web")]  # fmt: skip
    touch = {"account_id": 1, "channel": "in_person", "source": "store", "hand_kept": True}
    touches = [
        touch | {"touch_id": 1, "kind": "visit", "at": datetime(2026, 10, 9), "on": date(2026, 10, 9)},
        touch | {"touch_id": 2, "kind": "click", "at": datetime(2026, 10, 10), "on": date(2026, 10, 10)},
    ]
    people, bought = (
        table("persons", persons),
        table("orders", [order(1, 1, datetime(2026, 10, 2)), order(2, 2, datetime(2026, 10, 2))]),
    )
    window = window_of("1m", "2026-10", 1, "Europe/Istanbul")
    contacts = contacts_of(service(cases, persons=persons), table("touches", touches), people)
    found = touchpoints(contacts, 4, window).set_index("channel")
    # the call 20 minutes after the message is the same contact; a click is none; a web form is the e-mail desk
    assert found["contacts"].to_dict() == {"social": 1, "email": 1, "phone": 0, "in_person": 1}
    assert found.loc["social", "per_person"] == 0.25
    assert per_customer(contacts, sales.bought(bought, people), window)["contacts"].tolist() == [2, 1]


@pytest.mark.parametrize(("later", "contacts"), [("10:30", 1), ("10:31", 2)])
def test_a_contact_more_than_thirty_minutes_after_another_is_one_of_its_own(later, contacts):
    persons = [person(1, 1)]
    cases = [case(1, "2026-10-05 10:00", "2026-10-06 10:00"), case(2, f"2026-10-05 {later}", "2026-10-06 10:00", channel="phone")]
    found = contacts_of(service(cases, persons=persons), table("touches", []), table("persons", persons))
    assert found.count().execute() == contacts


def test_call_load_counts_abandoned_calls_in_the_load_and_not_among_the_answered():
    sheet = pd.DataFrame(
        [
            {
                "on": date(2026, 10, 1),
                "line": "all",
                "offered": 30.0,
                "answered": 25.0,
                "abandoned": 5.0,
                "resolved": None,
                "staff_hours": 5.0,
            },
            {
                "on": date(2026, 10, 2),
                "line": "all",
                "offered": None,
                "answered": 18.0,
                "abandoned": 2.0,
                "resolved": None,
                "staff_hours": 4.0,
            },
        ]
    )
    persons = [person(k, k) for k in range(1, 101)]
    bought = table("orders", [order(k, k, datetime(2026, 3 if k <= 80 else 10, 2)) for k in range(1, 101)])
    found = load.monthly_load(sheet, service([]), sales.bought(bought, table("persons", persons)), ["2026-09", "2026-10"])
    row = found.set_index("month").loc["2026-10"]
    assert (row.calls, row.answered, row.abandoned, row.customers) == (50, 43, 7, 100)  # 30 + (18 + 2)
    assert row.value == 0.5
    estimate = load.load_of(found, window_of("1m", "2026-10", 1, "Europe/Istanbul"))
    assert estimate.value == 0.5 and estimate.n == 50 and estimate.low < 0.5 < estimate.high


def test_active_customers_bought_in_the_12_months_up_to_the_month():
    persons = [person(k, k) for k in (1, 2)]
    bought = table("orders", [order(1, 1, datetime(2025, 10, 31)), order(2, 2, datetime(2025, 11, 1))])
    found = load.active_customers(sales.bought(bought, table("persons", persons)), ["2026-09", "2026-10"])
    assert found["customers"].tolist() == [2, 1]  # October 2026 reaches back to November 2025


def test_active_customers_count_once_a_month_however_often_they_bought():
    """1 bought thrice, twice in one month: active up to December 2025. 2 came back after more than a year; 3 not before October 2026."""
    days = [(1, (2024, 11, 2)), (1, (2025, 1, 5)), (1, (2025, 1, 9)), (2, (2024, 10, 3)), (2, (2025, 11, 7)), (3, (2026, 10, 1))]
    bought = table("orders", [order(k, who, datetime(*day)) for k, (who, day) in enumerate(days)])
    months = ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-10"]
    found = load.active_customers(sales.bought(bought, table("persons", [person(k, k) for k in (1, 2, 3)])), months)
    assert found["customers"].tolist() == [2, 1, 2, 2, 1, 2]


def test_calls_not_made_against_like_issues():
    # 3 issues on social, one of which ended by phone: 1/3 calls each; 4 like issues elsewhere: 3 by phone, 1 by e-mail: 3/4
    frame = pd.DataFrame(
        {
            "channel": ["social"] * 3 + ["phone"] * 3 + ["email"],
            "calls": [1, 0, 0, 1, 1, 1, 0],
            "person_id": range(7),
            "type": "cargo",
            "orders_bucket": 1,
            "tenure_bucket": 1,
            "contacts_bucket": 0,
            "resolved": True,
        }
    )
    found = load.calls_per_issue(frame)
    assert found.estimate.value == pytest.approx(1 / 3 - 3 / 4)
    # others within the cell: 1, 1, 1, 0 about .75: squares 3 x .0625 + .5625 = .75. Spread root(.75 / 3) = .5;
    # error of their mean .5 / root(4) = .25
    assert (found.others_error, found.others_spread) == (pytest.approx(0.25), pytest.approx(0.5))
    # squares of the parts .0625 .0625 .0625 .5625 by 9 of 16 of weight: (sum .75)^2 / (3 x .00390625 + .31640625) = 12 / 7
    assert found.others_freedom == pytest.approx(12 / 7)
    made = load.calls_not_made(found, load.Brought(3, 1))
    assert made.value == pytest.approx(3 * 0.75 - 1)  # 2.25 expected, 1 made
    # error root((3 x .25)^2 + 3 x .25) = root(.5625 + .75) = 1.145644; t(12 / 7) at 95%, by integrating its density: 3.2805
    assert made.high - made.value == pytest.approx(1.145644 * 3.2805, rel=1e-3)
    assert load.calls_not_made(found, load.Brought(30, 40)).value < 0  # more calls than elsewhere: no saving
    more = load.calls_not_made(found, load.Brought(3, 1, 0.5, 2.0))
    assert more.value == pytest.approx(0.75) and more.high - more.value == pytest.approx(3.2805 * (1.3125 + 4) ** 0.5, rel=1e-3)


def test_calls_of_customers_tied_to_nothing_else_are_expected_as_often_as_of_the_others():
    # 1, 2, 3 stand under two accounts each and called 1, 1 and 0 times; 4 and 5 write on social alone, 5 called under that account
    tied = [person(account, account % 10) for account in (1, 11, 2, 12, 3, 13)]
    persons = table("persons", [*tied, person(4, 4), person(5, 5)])
    social = pd.DataFrame({"person_id": [1, 2, 3, 4, 5, 4], "calls": [1, 1, 0, 0, 1, 0]})
    found = load.calls_brought(social, persons)
    # 2 calls by 3 issues of tied customers: 2 expected of the other 3, of which 1 was seen
    assert (found.issues, found.seen, found.unseen, found.calls) == (6, 3, pytest.approx(1.0), pytest.approx(4.0))
    assert found.error == pytest.approx((2 * (1 + 3 / 3)) ** 0.5)
    alone = table("persons", [person(4, 4), person(5, 5)])
    assert load.calls_brought(social, alone) == (6, 3, 0.0, 0.0)  # nobody to tell it by


def test_speed_keeps_customers_not_yet_observed_and_compares_like_with_like():
    rng = np.random.default_rng(7)
    n = 4000
    often = rng.random(n) < 0.5
    fast = rng.random(n) < np.where(often, 0.7, 0.3)  # frequent buyers are answered sooner: that is no effect of speed
    wait = rng.exponential(np.where(often, 100, 400), n)
    seen = rng.uniform(10, 400, n)
    rows = pd.DataFrame(
        {
            "pace": np.where(fast, "fast", "slow"),
            "landmark_hours": 48.0,
            "channel": "social",
            "orders_bucket": np.where(often, 3, 1),
            "tenure_bucket": 1,
            "days": np.minimum(wait, seen),
            "bought": wait <= seen,
        }
    )
    found = speed.speed(rows)
    assert found.gap.low <= 0 <= found.gap.high and found.coverage == 1.0
    assert wait[fast].__le__(180).mean() - wait[~fast].__le__(180).mean() > 0.1  # the plain gap misleads
    # share by day 180 over both kinds: .5 (1 - e^-1.8) + .5 (1 - e^-.45) = .5 x .8347 + .5 x .3624 = .5985
    assert (found.fast + found.slow) / 2 == pytest.approx(0.5985, abs=0.03)
    assert (
        np.where(rows["bought"], rows["days"] <= 180, False)
    ).mean() < 0.55  # counting the unobserved as lost reads too low
    # cells too fine for the data give way to coarser ones
    assert speed.speed(rows.assign(tenure_bucket=np.arange(n))).coverage == 1.0


def waiting(n: int, seed: int):
    """Customers who buy at random and leave for good after a purchase with a chance of 0.3; speed of resolution changes nothing."""
    rng = np.random.default_rng(seed)
    at, orders, issues = datetime(2026, 1, 5, 12), [], []
    for who in range(1, n + 1):
        hours = float(rng.choice([24.0, 24.0 * 40], p=[0.6, 0.4]))
        issues.append({"issue_id": who, "person_id": who, "channel": "social", "opened_at": pd.Timestamp(at), "begun": True,
                       "state": "resolved", "resolution_hours": hours, "orders_bucket": 1, "tenure_bucket": 1})  # fmt: skip
        day = 0.0
        while rng.random() > 0.3 and (day := day + rng.exponential(40)) < 290:
            orders.append(order(len(orders) + 1, who, at + timedelta(days=day)))
    return pd.DataFrame(issues), table("orders", orders), table("persons", [person(k, k) for k in range(1, n + 1)])


def test_a_clock_from_the_resolution_on_favours_the_fast_and_one_from_the_landmark_does_not():
    frame, bought, people = waiting(1500, seed=5)
    found = speed.speed(speed.followed(frame, sales.bought(bought, people), end=END))
    assert found.gap.low <= 0 <= found.gap.high
    days = bought.select("account_id", "ordered_at").to_pandas()
    after = frame.set_index("person_id")
    start = after["opened_at"] + pd.to_timedelta(after["resolution_hours"], unit="h")
    gap = (days["ordered_at"] - days["account_id"].map(start)).dt.days
    again = start.index.isin(days["account_id"][(gap >= 0) & (gap < 180)])
    fast = (after["resolution_hours"] < 48).to_numpy()
    assert again[fast].mean() - again[~fast].mean() > 0.1  # the naive clock: a gap where there is none


def test_speed_follows_a_person_from_the_landmark_of_the_first_issue():
    frame = pd.DataFrame(
        {
            "issue_id": [1, 2, 3, 4],
            "person_id": [1, 1, 2, 3],
            "channel": "social",
            "begun": True,
            "opened_at": pd.to_datetime(["2026-03-01", "2026-05-01", "2026-03-01", "2026-03-01"]),
            "state": ["resolved", "resolved", "open", "resolved"],
            "resolution_hours": [24.0, 24.0, np.nan, np.nan],  # the last was closed at an impossible time
            "orders_bucket": 1,
            "tenure_bucket": 1,
        }
    )
    people = table("persons", [person(1, 1), person(2, 2), person(3, 3)])
    bought = table("orders", [order(1, 1, datetime(2026, 3, 1, 12)), order(2, 1, datetime(2026, 3, 12))])
    found = speed.followed(frame, sales.bought(bought, people), end=END)
    # the landmark stands 24 hours on, at 2 March: 10 days to the 12th (the order of the 1st lies before it); the open one is slow and
    # is seen for the 244 days to 1 November
    assert found[["person_id", "pace", "days", "bought"]].values.tolist() == [[1, "fast", 10.0, True], [2, "slow", 244.0, False]]
    none = speed.followed(frame, sales.bought(table("orders", []), people), end=END)
    assert none["days"].tolist() == [244.0, 244.0] and not none["bought"].any()
