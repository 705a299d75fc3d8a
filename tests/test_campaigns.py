"""Campaigns: credit with time order and to the cent, the plain table, prices, and what the findings say."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from campaign_tables import frame, order, person, table, touch

from scrm_helpers import charts, findings, periods, texts
from scrm_helpers.campaigns import Study, answer, coming, credit, multiplicity, panel, placebo, plain, plan, study
from scrm_helpers.campaigns.rows import COLUMNS, Hoped
from scrm_helpers.errors import InputError
from scrm_helpers.tables.sales import SALES_CHANNELS
from scrm_helpers.units import Unit

ROOT = Path(__file__).resolve().parents[1]
AUGUST = "2026-08"
CONTEXT = findings.Context("06_campaigns", AUGUST, "en")


def summary(orders, touches=(), accounts=(), persons=(), codes=(), ledger=(), period=AUGUST):
    first, as_of = periods.span(period, 12)
    by_window = credit.monthly(
        table("orders", list(orders)), table("touches", list(touches)), table("accounts", list(accounts)),
        table("persons", list(persons)), table("promo_codes", list(codes)), first=first, as_of=as_of,
    )  # fmt: skip
    return credit.summary(by_window, frame("ledger_totals", list(ledger)), period=period)


def row(rows: pd.DataFrame, window: int = 30, months: int = 1):
    return rows[(rows["window_days"] == window) & (rows["months"] == months)].iloc[0]


def test_a_touch_after_the_order_claims_nothing():
    """Fault 5: the click of 13:00 came an hour after the order of 12:00, the one at 12:00 at the same moment."""
    day = date(2026, 8, 10)
    late = touch(1, datetime(2026, 8, 10, 13), "instagram", account=1)
    same = touch(2, datetime(2026, 8, 10, 12), "instagram", account=1)
    found = row(summary([order(1, day, 100, account=1)], [late, same], persons=[person(1)]))
    assert (found.seen, found.touched, found.unattributed) == (0, 0, 100)
    early = touch(3, datetime(2026, 8, 10, 11), "instagram", account=1)
    found = row(summary([order(1, day, 100, account=1)], [late, early], persons=[person(1)]))
    assert (found.seen, found.touched) == (100, 100)


def test_the_last_touch_is_seen_and_any_social_touch_is_touched():
    """Order 1: Instagram on the 1st, e-mail on the 5th: e-mail is seen, social touched. Order 2 the other way round."""
    touches = [
        touch(1, datetime(2026, 8, 1), "instagram", account=1), touch(2, datetime(2026, 8, 5), "email", account=1),
        touch(3, datetime(2026, 8, 1), "email", account=2), touch(4, datetime(2026, 8, 5), "facebook", account=2),
    ]  # fmt: skip
    orders = [order(1, date(2026, 8, 10), 70, account=1), order(2, date(2026, 8, 10), 30, account=2)]
    found = row(summary(orders, touches, persons=[person(1), person(2)]))
    assert (found.seen, found.others, found.touched, found.unattributed) == (30, 70, 100, 0)


def test_what_bears_the_moment_of_a_touch_may_be_seen_and_is_told():
    """Files that bear days: cards of the day of the order. 1 (100) may be seen and touched; 2 (20) e-mail claims, Instagram may have been
    later; 3 (3) is seen by its tag already; 4 (4000) is of another day than the card of its customer; 5 gives 30 of 1 back."""
    noon = datetime(2026, 8, 10, 12)
    known = {"kind": "consumer", "source": "instagram", "is_internal": False}
    accounts = [{"account_id": k, "created_at": noon if k < 4 else datetime(2026, 8, 11, 12), **known} for k in (1, 2, 3, 4)]
    touches = [touch(1, datetime(2026, 8, 1), "email", account=2)]
    orders = [order(k, date(2026, 8, 10), net, account=k, source="tiktok" if k == 3 else None) for k, net in
              ((1, 100), (2, 20), (3, 3), (4, 4000))]  # fmt: skip
    orders.append(order(5, date(2026, 8, 12), -30, kind="return", original_order_id=1, account=1))
    rows = summary(orders, touches, accounts, [person(k) for k in (1, 2, 3, 4)])
    found = row(rows)
    assert (found.seen, found.others, found.unattributed, found.unidentified) == (3, 20, 4070, 0)
    assert (found.seen_tied, found.touched_tied, found.touched) == (90, 90, 3)
    said = answer.credit(CONTEXT, rows)
    seen = next(f for f in said if f.id == "campaigns.seen")
    assert (seen.value, seen.low, seen.high) == (3, 3, 93)
    assert "nor a code; 90 TL was ordered on the day of a social touch, and nobody can say which came first." in seen.text_en
    bare = answer.credit(CONTEXT, summary(orders[2:3], persons=[person(3)]))
    assert next(f for f in bare if f.id == "campaigns.seen").text_en.endswith("nor a code.")


def test_both_windows():
    """The touch lies 9 + 31 + 1 = 40 days before: outside 30, inside 90."""
    touches = [touch(1, datetime(2026, 7, 1), "tiktok", account=1)]
    found = summary([order(1, date(2026, 8, 10), 50, account=1)], touches, persons=[person(1)])
    assert (row(found, 30).seen, row(found, 90).seen) == (0, 50)


def test_both_windows_of_one_sum_read_alike_where_more_may_be_behind_it():
    """20 orders of 99,500 = 1,990,000 lie in both windows; another of 5,000 has no customer: at least 1.9, at most 2.0 million."""
    touches = [touch(1, datetime(2026, 8, 1), "tiktok", account=1)]
    orders = [order(k, date(2026, 8, 10), 99_500, account=1) for k in range(20)]
    seen = answer.credit(CONTEXT, summary([*orders, order(99, date(2026, 8, 10), 5_000)], touches, persons=[person(1)]))[0]
    assert (seen.value, seen.high) == (1_990_000, 1_995_000)
    assert "Revenue seen: 1.9 m TL" in seen.text_en and "within 90 days it is 1.9 m TL. It may be as much as 2.0 m TL" in seen.text_en
    exact = answer.credit(CONTEXT, summary(orders, touches, persons=[person(1)]))[0]
    assert exact.text_en.count("2.0 m TL") == 3 and exact.low == exact.high == 1_990_000


def test_the_tag_on_the_order_goes_before_touches_and_a_code_only_while_valid():
    codes = [{"code": "INSTA10", "source": "instagram", "valid_from": date(2026, 8, 1), "valid_to": date(2026, 8, 15)}]
    touches = [touch(1, datetime(2026, 8, 9), "instagram", account=1)]
    orders = [
        order(1, date(2026, 8, 10), 1, account=1, source="google_ads"),  # tag: not social, though touched
        order(2, date(2026, 8, 10), 20, promo_code="INSTA10"),
        order(3, date(2026, 8, 20), 300, promo_code="INSTA10"),  # out of date
    ]
    found = row(summary(orders, touches, persons=[person(1)], codes=codes))
    assert (found.seen, found.others, found.touched, found.unattributed) == (20, 1, 21, 300)


def test_a_tagged_order_is_a_touch_for_what_the_person_buys_after_it():
    """1 came by Instagram on the 1st: 2, 9 days later, is seen; 3, 28 days later, has e-mail between; 4 is another person's; 5 came before.

    Of 30 days: seen 1 + 20, others 5000 (the e-mail order) + 300, touched 1 + 20 + 5000 + 300, nothing known of 4 and 5."""
    orders = [
        order(5, date(2026, 7, 31), 60000, account=1), order(1, date(2026, 8, 1), 1, account=1, source="instagram"),
        order(2, date(2026, 8, 10), 20, account=1), order(6, date(2026, 8, 12), 5000, account=1, source="email"),
        order(3, date(2026, 8, 29), 300, account=1), order(4, date(2026, 8, 10), 4000, account=2),
    ]  # fmt: skip
    found = row(summary(orders, persons=[person(1), person(2)]), months=3)
    assert (found.seen, found.others, found.touched, found.unattributed) == (21, 5300, 5321, 64000)


def test_crm_source_counts_from_the_day_the_record_was_made():
    """Record of 1 August before the order of the 10th counts; a record made after it, or without a day, does not."""
    accounts = [
        {"account_id": 1, "kind": "consumer", "source": "facebook", "created_at": datetime(2026, 8, 1), "is_internal": False},
        {"account_id": 2, "kind": "consumer", "source": "facebook", "created_at": datetime(2026, 8, 11), "is_internal": False},
        {"account_id": 3, "kind": "consumer", "source": "facebook", "created_at": None, "is_internal": False},
    ]
    orders = [order(k, date(2026, 8, 10), 10**k, account=k) for k in (1, 2, 3)]
    found = row(summary(orders, accounts=accounts, persons=[person(k) for k in (1, 2, 3)]))
    assert (found.seen, found.unattributed) == (10, 1100)


def test_hand_kept_rows_come_last():
    """A who-sent-me row of the 9th gives way to the click of the 1st; alone it counts."""
    touches = [
        touch(1, datetime(2026, 8, 1), "email", account=1), touch(2, datetime(2026, 8, 9), "instagram", account=1, hand=True),
        touch(3, datetime(2026, 8, 9), "instagram", account=2, hand=True),
    ]  # fmt: skip
    orders = [order(1, date(2026, 8, 10), 5, account=1), order(2, date(2026, 8, 10), 7, account=2)]
    found = row(summary(orders, touches, persons=[person(1), person(2)]))
    assert (found.others, found.seen) == (5, 7)


def test_credit_adds_up_to_counted_sales_to_the_cent():
    """0.10 + 0.20 + 99.99 - 33.33 = 66.96. The return follows its sale; the cancelled and the staff order do not count."""
    touches = [touch(1, datetime(2026, 8, 1), "instagram", account=1)]
    orders = [
        order(1, date(2026, 8, 10), 0.10, account=1), order(2, date(2026, 8, 10), 0.20), order(3, date(2026, 8, 11), 99.99, account=1),
        order(4, date(2026, 8, 20), -33.33, kind="return", original_order_id=3),
        order(5, date(2026, 8, 11), 500, account=1, status="cancelled"), order(6, date(2026, 8, 11), 500, account=1, is_internal=True),
    ]  # fmt: skip
    ledger = [{"month": AUGUST, "part": "revenue", "net": 133.92}]
    found = row(summary(orders, touches, persons=[person(1)], ledger=ledger))
    assert found.counted == Decimal("66.96") == found.seen + found.others + found.unattributed
    assert found.seen == Decimal("66.76")  # 0.10 + 99.99 - 33.33
    assert found.seen_share == pytest.approx(66.76 / 133.92)
    assert found.unidentified == Decimal("0.20")


def test_business_stands_apart():
    touches = [touch(k, datetime(2026, 8, 1), "instagram", account=k) for k in (1, 2)]
    orders = [order(1, date(2026, 8, 10), 40, account=1), order(2, date(2026, 8, 10), 60, account=2)]
    found = row(summary(orders, touches, persons=[person(1), person(2, "business")]))
    assert (found.seen, found.seen_business) == (100, 60)


def test_findings_of_credit_widen_and_say_both_windows():
    """19 social orders in August, 21 in the three months: the window widens to 3 months."""
    touches = [touch(1, datetime(2026, 6, 1), "instagram", account=1), touch(2, datetime(2026, 7, 30), "instagram", account=1)]
    orders = [order(k, date(2026, 8, 2), 10, account=1) for k in range(19)]
    orders += [order(30 + k, date(2026, 6, 2), 10, account=1) for k in range(2)]
    found = {f.id: f for f in answer.credit(CONTEXT, summary(orders, touches, persons=[person(1)]))}
    seen = found["campaigns.seen"]
    assert (seen.value, seen.n, seen.window, seen.state) == (210.0, 21, "3m", "ok")
    assert "30 days" in seen.text_en and "90" in seen.text_tr
    # two orders of August whose last touch is a search: touched has 19 + 2 = 21 orders in the month, and still covers what seen does
    touches += [touch(3, datetime(2026, 7, 25), "instagram", account=2), touch(4, datetime(2026, 7, 31), "search", account=2)]
    orders += [order(40 + k, date(2026, 8, 3), 10, account=2) for k in range(2)]
    both = {f.id: f for f in answer.credit(CONTEXT, summary(orders, touches, persons=[person(1), person(2)]))}
    assert [(f.value, f.n, f.window) for f in both.values()] == [(210.0, 21, "3m"), (230.0, 23, "3m")]
    missing = answer.credit(CONTEXT, summary(orders), has_evidence=False)
    assert [(f.state, f.missing) for f in missing] == [("missing", "touches")] * 2


# The plain table


CAMPAIGNS = [
    {"campaign_id": "K1", "name": "Yaz", "source": "instagram", "starts_on": date(2026, 7, 30), "ends_on": date(2026, 8, 3),
     "status": "done", "is_social": True},
    {"campaign_id": "K2", "name": "İptal", "source": "facebook", "starts_on": date(2026, 8, 5), "ends_on": date(2026, 8, 9),
     "status": "cancelled", "is_social": True},
]  # fmt: skip


def plain_table():
    orders = [order(1, date(2026, 7, 5), 100, store_id="A", channel="store")]
    orders += [order(2, date(2026, 8, 5), 50), order(3, date(2026, 8, 6), 25)]
    days = panel.daily_sales(table("orders", orders), table("persons", []), as_of=periods.as_of(AUGUST))
    spend = frame("spend", [
        {"on": date(2026, 8, 1), "source": "instagram", "campaign_id": "K1", "amount": 7.0},
        {"on": date(2026, 8, 2), "source": "instagram", "campaign_id": "99", "campaign_name": "YAZ", "amount": 5.0},
        {"on": date(2026, 6, 2), "source": "tiktok", "campaign_id": "77", "campaign_name": "Deneme", "amount": 3.0},
    ])  # fmt: skip
    traffic = frame("traffic", [
        {"on": date(2026, 7, 31), "until_on": date(2026, 8, 1), "place": "A", "source": "direct", "measure": "visits", "visits": 10},
        {"on": date(2026, 8, 2), "until_on": date(2026, 8, 2), "place": "D", "source": "direct", "measure": "directions", "visits": 4},
        {"on": date(2026, 8, 2), "until_on": date(2026, 8, 2), "place": "web", "source": "search", "measure": "sessions", "visits": 9},
    ])  # fmt: skip
    stores = frame("stores", [{"store_id": "A", "kind": "store"}, {"store_id": "D", "kind": "dealer"}])
    calendar = frame("calendar", [{"on": date(2026, 8, 30), "name": "Zafer Bayramı", "kind": "holiday"}])
    changes = frame("change_log", [{"on": date(2026, 8, 4), "kind": "price", "note": "Fiyatlar %10 arttı"}])
    rows = plain.table(days, frame("campaigns", CAMPAIGNS), spend, traffic, stores, calendar, changes, as_of=periods.as_of(AUGUST))
    return rows, days, traffic, stores


def test_plain_table_holds_every_unit_of_spend_and_ties_to_sales():
    rows, *_ = plain_table()
    assert rows["spend"].sum() == 15.0  # 7 + 5 (named alike) + 3 of no known campaign, in a month without sales
    june = rows[rows["month"] == "2026-06"].iloc[0]
    assert (june["campaign_id"], june["source"], june["spend"], june["net"]) == ("", "tiktok", 3.0, 0.0)
    august = rows[(rows["month"] == AUGUST) & (rows["campaign_id"] == "K1")].iloc[0]
    assert (august["days_on"], august["spend"], august["net"], august["orders"]) == (3, 12.0, 75.0, 2)
    assert (august["store_visits"], august["web_visits"]) == (5, 9)  # 10 visits over two days: 5 in August
    assert pd.isna(august["dealer_visits"]) and august["directions"] == 4  # the way to a dealer was asked for, nobody counted who came
    assert plain.shown(rows)["directions"].sum() == 4
    assert august["events"] == "Zafer Bayramı" and august["changes"] == "Fiyatlar %10 arttı"
    assert plain.shown(rows)["net"].sum() == 175.0  # each month once


def test_figures_of_a_month_stand_in_a_row_of_its_own_and_in_no_channels():
    """August: K1 cost 12 and K2 was called off. June: 3 of no known campaign, no sales. July: K1 alone, for which nothing was paid."""
    rows, *_ = plain_table()
    shown = plain.shown(rows)
    firsts = shown.drop_duplicates("month")
    assert list(zip(firsts["month"], firsts["net"], strict=True)) == [(AUGUST, 75.0), ("2026-07", 100.0), ("2026-06", 0.0)]
    assert set(firsts["source"]) == {plain.ALL} and firsts[["spend", "days_on"]].isna().all(axis=None)
    below = shown.drop(firsts.index)
    assert below[list(plain.OF_MONTH)].isna().all(axis=None) and set(below["events"]) == {""} == set(below["changes"])
    assert plain.ALL not in set(below["source"]) and below["spend"].sum() == 15.0 and len(below) == len(rows)
    june = below[below["month"] == "2026-06"].iloc[0]
    assert june["source"] == "tiktok" and pd.isna(june["days_on"])  # spend that names no campaign has no days of one
    paid_for_nothing = plain.shown(rows[rows["month"] == "2026-06"].assign(spend=float("nan")))
    assert paid_for_nothing["source"].tolist() == [plain.ALL]  # a month without campaign or spend is its own row alone
    assert [texts.say(f"words.source.{plain.ALL}", lang) for lang in texts.LANGUAGES] == ["month, all channels", "ay, tüm kanallar"]


def test_spend_that_no_row_covers_is_blank_and_a_row_of_nothing_is_0():
    """K1 ran in July and August. Its only row of spend says 0 in August: July is not known, nor what the cancelled K2 cost."""
    calendar = frame("campaigns", CAMPAIGNS)
    paid = frame("spend", [{"on": date(2026, 8, 1), "source": "instagram", "campaign_id": "K1", "amount": 0.0}])
    sold = table("orders", [order(1, date(2026, 7, 5), 100), order(2, date(2026, 8, 5), 50)])
    days = panel.daily_sales(sold, table("persons", []), as_of=periods.as_of(AUGUST))
    empty = [frame(name, []) for name in ("traffic", "stores", "calendar", "change_log")]
    for rows, known in ((paid, [(AUGUST, "K1", 0.0)]), (paid.iloc[:0], [])):
        found = plain.table(days, calendar, rows, *empty, as_of=periods.as_of(AUGUST))
        assert set(zip(found["month"], found["campaign_id"], strict=True)) >= {("2026-07", "K1"), (AUGUST, "K2")}
        told = found.dropna(subset="spend")
        assert list(told[["month", "campaign_id", "spend"]].itertuples(index=False, name=None)) == known
        assert plain.shown(found)["spend"].notna().sum() == len(known)


def test_sales_by_month_in_money_of_the_day_and_in_todays_prices():
    """July 100, August 50 + 25; prices doubled between: July is 200 in prices of 31 August. Without prices nothing is said of them."""
    _, days, *_ = plain_table()
    level = pd.Series([0.5] * 31 + [1.0] * 31, index=pd.date_range("2026-07-01", "2026-08-31"))
    rows = plain.timeline(days, as_of=periods.as_of(AUGUST), level=level)
    assert rows[["net", "net_real"]].values.tolist() == [[100.0, 200.0], [75.0, 75.0]]
    assert plain.timeline(days, as_of=periods.as_of(AUGUST))["net_real"].isna().all()


def test_cancelled_campaign_is_a_row_without_days():
    rows, *_ = plain_table()
    gone = rows[rows["campaign_id"] == "K2"]
    assert gone[["month", "status", "days_on"]].values.tolist() == [[AUGUST, "cancelled", 0]]
    spans = plain.spans(frame("campaigns", CAMPAIGNS), as_of=periods.as_of(AUGUST))
    assert spans["name"].tolist() == ["Yaz"]


def test_traffic_stands_beside_sales_of_the_same_places():
    _, days, traffic, stores = plain_table()
    rows = plain.traffic_and_sales(days, traffic, stores, as_of=periods.as_of(AUGUST)).set_index(["kind", "month"])
    assert rows.loc[("store", "2026-07"), "visits"] == 5 and rows.loc[("store", "2026-07"), "net"] == 100
    assert rows.loc[("web", AUGUST), "orders"] == 2


# Sales by day: returns, zero against missing, prices


def test_returns_go_to_the_day_and_place_of_their_sale():
    orders = [
        order(1, date(2026, 7, 5), 100, store_id="A", channel="store"),
        order(2, date(2026, 8, 5), -40, kind="return", original_order_id=1, store_id="B", channel="store"),
        order(3, date(2026, 8, 6), -5, kind="return", store_id="B", channel="store"),
    ]
    days = panel.daily_sales(table("orders", orders), table("persons", []), as_of=periods.as_of(AUGUST))
    assert days[["store_id", "net", "orders"]].values.tolist() == [["A", 60.0, 1], ["B", -5.0, 0]]


def test_sales_by_month_lower_the_month_in_which_a_return_came_back():
    """July 100, August 30 - 40 (of July) - 5 (of nobody knows which sale): -15, as sales of August are counted on every page."""
    orders = [
        order(1, date(2026, 7, 5), 100, store_id="A", channel="store"), order(4, date(2026, 8, 1), 30, store_id="B", channel="store"),
        order(2, date(2026, 8, 5), -40, kind="return", original_order_id=1, store_id="B", channel="store"),
        order(3, date(2026, 8, 6), -5, kind="return", store_id="B", channel="store"),
    ]  # fmt: skip
    traffic = table("traffic", [
        {"on": date(2026, 8, 2), "until_on": date(2026, 8, 2), "place": "A", "source": "direct", "measure": "visits", "visits": 10},
    ])  # fmt: skip
    given = {"orders": table("orders", orders), "traffic": traffic, "stores": table("stores", [{"store_id": "A", "kind": "store"}])}
    found = study(lambda name: given.get(name, table(name, [])), period=AUGUST)
    by_month = found.table.set_index("month")["net"].to_dict()
    assert by_month == {"2026-07": 100.0, AUGUST: -15.0} and found.timeline["net"].tolist() == [100.0, -15.0]
    assert found.traffic[["month", "net", "orders"]].values.tolist() == [[AUGUST, -15.0, 1]]
    counted = found.summary[(found.summary["months"] == 1)]["counted"].astype(float)
    assert counted.tolist() == [-15.0, -15.0]  # the sum that credit adds up to
    assert found.days.groupby(found.days["on"].dt.month)["net"].sum().to_dict() == {7: 60.0, 8: 25.0}  # what a campaign is held against


def test_who_bought_is_said_by_the_person_and_by_the_channel_where_nobody_is_known():
    """1: a firm's invoice, by now known to be a consumer's; 2: nobody known; 3: an account of unknown kind; 4: a firm at the till."""
    kinds = {11: "consumer", 13: "unknown", 14: "business"}
    orders = [
        order(1, date(2026, 8, 5), 1, account=11, channel="dealer"), order(2, date(2026, 8, 5), 20, channel="dealer"),
        order(3, date(2026, 8, 5), 300, account=13, channel="dealer"), order(4, date(2026, 8, 5), 4000, account=14, channel="store"),
    ]  # fmt: skip
    persons = table("persons", [person(account, account) | {"kind": kind} for account, kind in kinds.items()])
    days = panel.daily_sales(table("orders", orders), persons, as_of=periods.as_of(AUGUST))
    assert days.groupby("buyer")["net"].sum().to_dict() == {"consumer": 1.0, "business": 4320.0}


def panel_of(sold: dict[str, list[int]], stores: list[dict], count: int = 300):
    first = pd.Timestamp("2026-08-31") - pd.Timedelta(days=count - 1)
    rows = [
        {"on": first + pd.Timedelta(days=d), "channel": "store", "store_id": s, "buyer": "consumer", "net": 10.0 * (1 + d % 5), "orders": 1}
        for s, days in sold.items() for d in days
    ]  # fmt: skip
    return panel.store_panel(pd.DataFrame(rows), frame("stores", stores), as_of=date(2026, 9, 1))


def test_zero_missing_closed_and_renamed_stores_differ():
    """A sells daily but for day 50 (zero) and days 100-119 (missing). B sells one day in five: 9 empty days are its habit.
    C closed on day 199; D was called OLD until day 149."""
    every = set(range(300))
    closed = pd.Timestamp("2026-08-31") - pd.Timedelta(days=100)
    found = panel_of(
        {"A": sorted(every - {50} - set(range(100, 120))), "B": [d for d in range(0, 300, 5) if d != 60], "C": list(range(200)),
         "OLD": list(range(150)), "D": list(range(150, 300))},
        [{"store_id": "A", "kind": "store"}, {"store_id": "B", "kind": "store"}, {"store_id": "C", "kind": "store", "closed_on": closed},
         {"store_id": "D", "kind": "store", "formerly": "OLD"}, {"store_id": "X", "kind": "dealer"}],
    )  # fmt: skip
    at = {u: found.values[:, k] for k, u in enumerate(found.units)}
    assert found.units == ("A", "B", "C", "D")
    assert at["A"][50] == 0 and pd.isna(at["A"][100:120]).all() and at["A"][120] == 10  # 120 % 5 = 0
    assert (at["B"][56:60] == 0).all()
    assert at["C"][199] == 50 and pd.isna(at["C"][200:]).all()
    assert not pd.isna(at["D"]).any()
    assert found.missing[["unit", "days"]].values.tolist() == [["A", 20]]


def test_a_busy_store_has_no_days_without_demand():
    """Twenty orders a day, or sales that differ by a tenth from day to day: single days without a row are lost. A shop of two orders a day
    has days without any, and a store that keeps every seventh day closed has zeros there, not gaps."""
    first, rows = pd.Timestamp("2026-08-31") - pd.Timedelta(days=199), []
    lost = {70, 71, 90, 93, 95}
    sundays = {*range(6, 200, 7), 95}  # 95 = 13 * 7 + 4 is none
    stores = {"busy": (20, 4, lost), "small": (2, 4, lost), "closed": (20, 4, sundays), "sheet": (1, 0.1, lost), "all": (20, 4, set())}
    for store, (orders, spread, away) in stores.items():
        rows += [
            {"on": first + pd.Timedelta(days=d), "channel": "store", "store_id": store, "buyer": "consumer", "orders": orders,
             "net": 10 * (1 + spread * (d % 5) / 4)} for d in range(200) if d not in away
        ]  # fmt: skip
    stores = frame("stores", [{"store_id": s, "kind": "store"} for s in stores])
    found = panel.store_panel(pd.DataFrame(rows), stores, as_of=date(2026, 9, 1))
    at = {u: found.values[:, k] for k, u in enumerate(found.units)}
    assert set(np.flatnonzero(np.isnan(at["busy"])).tolist()) == lost
    assert set(np.flatnonzero(at["small"] == 0).tolist()) == lost and not np.isnan(at["small"]).any()
    assert set(np.flatnonzero(np.isnan(at["sheet"])).tolist()) == lost
    assert set(np.flatnonzero(np.isnan(at["closed"])).tolist()) == {95} and (at["closed"][6:200:7] == 0).all()
    alone = [["busy", 2], *[["busy", 1]] * 3]
    assert found.missing[["unit", "days"]].values.tolist() == [*alone, ["closed", 1], *[["sheet", n] for _, n in alone]]


def test_a_nominal_lift_over_a_long_span_is_refused():
    assert plan.prices(frame("rates", []), date(2026, 6, 1), date(2026, 9, 1))[0] == "nominal"  # 92 days
    assert plan.prices(frame("rates", []), date(2026, 5, 31), date(2026, 9, 1))[0] == "refused"  # 93 days
    steep = frame("rates", [{"on": date(2025 + m // 12, m % 12 + 1, 1), "kind": "cpi", "value": 100 * 1.01**m} for m in range(13)])
    few = steep[7:]  # six months of index are enough to see the pace: it was nominal with less than thirteen
    assert plan.prices(few, date(2026, 6, 1), date(2026, 8, 1))[0] == "refused"
    assert plan.prices(steep, date(2026, 6, 1), date(2026, 8, 1))[0] == "refused"  # 12.7% a year, and no index for June
    kind, level = plan.prices(steep, date(2025, 3, 1), date(2025, 12, 1))
    assert kind == "real" and level[-1] == 1.0
    assert level[0] == pytest.approx(1.01 ** -(275 / 30.4), rel=0.01)  # 275 days at 1% a month


# Many campaigns


def test_benjamini_hochberg_by_hand():
    """0.01 x 3/1 = .03, 0.02 x 3/2 = .03, 0.50 x 3/3 = .50; a campaign that is not judged counts for nothing."""
    assert multiplicity.adjusted([0.02, None, 0.50, 0.01]) == [pytest.approx(0.03), None, pytest.approx(0.5), pytest.approx(0.03)]


# Findings


def lifts(*given: dict) -> pd.DataFrame:
    plain_row = {c: float("nan") for c in COLUMNS} | {
        "campaign_id": "K1", "campaign": "Yaz", "source": "instagram", "is_social": True,
        "starts_on": date(2026, 8, 1), "ends_on": date(2026, 8, 20), "days": 20, "design": "stores", "state": "ok",
        "grade": "B", "prices": "real", "lift": 0.1, "low": 0.05, "high": 0.15, "net": 1100.0,
        "extra": 100.0, "extra_low": 60.0, "extra_high": 140.0,
        "p": 0.01, "p_adjusted": 0.01, "rank": 0.02,
        "placebos": 200, "effective": 10.0, "smallest_visible": 0.04, "orders": 50.0, "part_1m": 1.0, "part_12m": 1.0, "overlaps": "",
        "in_year": True,
    }  # fmt: skip
    return pd.DataFrame([plain_row | g for g in given])


def test_caused_adds_independent_errors_and_takes_the_best_grade_alone():
    """100 + 200 = 300; each end 40 and 30 away: sqrt(1600 + 900) = 50. The C campaign and the e-mail one are left out."""
    rows = lifts(
        {}, {"campaign_id": "K2", "extra": 200.0, "extra_low": 170.0, "extra_high": 230.0}, {"campaign_id": "K3", "grade": "C"},
        {"campaign_id": "K4", "is_social": False},
    )  # fmt: skip
    found = answer.caused(CONTEXT, rows)
    assert (found.value, found.low, found.high, found.grade, found.window) == (300.0, 250.0, 350.0, "B", "1m")
    assert found.n == 100 and found.coverage == pytest.approx(2 / 3)
    assert "caused" in found.text_en and "kazandırdığı" in found.text_tr


def test_caused_says_whether_a_campaign_stands_beyond_chance_among_all_judged():
    """Of two added up one has an adjusted p of 0.08 (at most 0.10): 1 beyond chance; at 0.12 and 0.3 none, and it does not say caused."""
    some = answer.caused(CONTEXT, lifts({"p_adjusted": 0.08}, {"campaign_id": "K2", "p_adjusted": 0.3}))
    assert json.loads(some.values)["beyond_chance"] == 1 and "caused" in some.text_en
    none = answer.caused(CONTEXT, lifts({"p_adjusted": 0.12}, {"campaign_id": "K2", "p_adjusted": 0.3}))
    assert json.loads(none.values)["beyond_chance"] == 0 and (none.value, none.grade) == (200.0, "B")
    assert "caused" not in none.text_en and "could be chance" in none.text_en and "rastlantı olabilir" in none.text_tr
    # a campaign that is not added up (grade C, beyond chance) does not lend its proof
    other = answer.caused(CONTEXT, lifts({"p_adjusted": 0.12}, {"campaign_id": "K2", "grade": "C", "p_adjusted": 0.01}))
    assert json.loads(other.values)["beyond_chance"] == 0


def test_only_a_and_b_say_caused():
    found = answer.caused(CONTEXT, lifts({"grade": "C", "part_1m": 0.0}))
    assert (found.grade, found.window) == ("C", "12m")
    assert "caused" not in found.text_en and "consistent with" in found.text_en


def test_caused_names_what_would_answer():
    none = answer.caused(CONTEXT, lifts({}).iloc[:0])
    assert (none.state, none.missing) == ("missing", "campaigns")
    assert answer.caused(CONTEXT, lifts({"state": "no_year", "grade": "D"})).missing == "campaign_units"
    assert answer.caused(CONTEXT, lifts({"state": "prices"})).missing == "rates"


def test_a_campaign_has_one_sentence_with_range_rank_and_smallest_lift():
    rows = lifts({}, {"campaign_id": "K2", "p_adjusted": 0.2, "p": 0.05}, {"campaign_id": "K3", "p": 0.4, "p_adjusted": 0.4},
                 {"campaign_id": "K4", "state": "cancelled"}, {"campaign_id": "K5", "in_year": False})  # fmt: skip
    found = {f.id: f for f in answer.campaigns(CONTEXT, rows)}
    assert list(found) == [*(f"campaigns.lift.K{k}" for k in (1, 2, 3, 4)), "campaigns.earlier"]
    moved = found["campaigns.lift.K1"]
    assert (moved.value, moved.low, moved.high, moved.grade) == (100.0, 60.0, 140.0, "B")
    assert "moved by 10%" in moved.text_en and "2%" in moved.text_en and "4%" in moved.text_en
    assert moved.text_en.endswith("Evidence: B.") and moved.text_tr.endswith("Kanıt: B.")
    assert moved.text_en.index("smallest visible lift 4%") < moved.text_en.index("moved by")  # before any result
    assert moved.text_tr.index("en küçük artış %4") < moved.text_tr.index("değişim %10")
    assert "among 3 campaigns" in found["campaigns.lift.K2"].text_en
    assert "could be chance" in found["campaigns.lift.K3"].text_en
    sent = {f.id: f for f in answer.campaigns(CONTEXT, lifts({"design": "accounts", "raw_ratio": 2.4, "grade": "D"}))}
    assert "2.4 times" in sent["campaigns.list.K1"].text_en and "2,4" in sent["campaigns.list.K1"].text_tr
    assert "consistent with" in sent["campaigns.lift.K1"].text_en
    gone = found["campaigns.lift.K4"]
    assert gone.state == "withheld" and gone.value is None and "cancelled" in gone.text_en


def test_the_chart_of_made_up_campaigns_counts_as_the_sentence_does():
    """Ln 1.2 = 0.18: of the falls of 18% (-0.20) and 15% (-0.16) and the rises of 22% and 5%, two are as far; by share one alone."""
    found = np.expm1(np.array([-0.20, -0.16, 0.20, 0.05]))
    rank = placebo.rank(np.log(1.2), np.log1p(found))
    judged = SimpleNamespace(lifts=lifts({"lift": 0.2, "placebos": 4, "rank": rank}), draws={"K1": found})
    drawn = Study.placebo_rows(SimpleNamespace(judged=judged))["Yaz"]
    alt = charts.placebos(*drawn, unit=Unit.SHARE, language="en", title="A title").alt
    assert "Of 4 results" in alt and "2 are at least as far from zero" in alt
    (said,) = answer.campaigns(CONTEXT, judged.lifts)
    assert "of this one together with 4 made-up campaigns where there was none, 60% looked" in said.text_en  # 2 and itself of 5
    assert "4 karşılaştırma ve kendisi içinde" in said.text_tr and "%60" in said.text_tr


def test_campaigns_without_a_sentence_are_counted_and_the_table_is_named():
    """Of five one ran in the last 12 months, one has not begun; three are older, two of which could be judged."""
    rows = lifts({}, {"campaign_id": "K2", "state": "planned", "in_year": False}, {"campaign_id": "K3", "in_year": False},
                 {"campaign_id": "K4", "in_year": False}, {"campaign_id": "K5", "state": "not_separable", "in_year": False})  # fmt: skip
    found = {f.id: f for f in answer.campaigns(CONTEXT, rows)}
    assert list(found) == ["campaigns.lift.K1", "campaigns.earlier"]
    assert "12 months ago: 3, 2 of them" in found["campaigns.earlier"].text_en
    assert "Each campaign: lift, range, evidence" in found["campaigns.earlier"].text_en
    assert "Her kampanya: artış, aralık, kanıt" in found["campaigns.earlier"].text_tr
    assert [f.id for f in answer.campaigns(CONTEXT, rows[:2])] == ["campaigns.lift.K1"]


def test_stores_of_the_list_that_are_not_counted_are_said():
    (some,) = answer.campaigns(CONTEXT, lifts({"place": "store", "listed": 3, "treated": 2}))
    assert some.text_en.endswith("Evidence: B. 2 of its 3 stores are counted: the others closed, sold nothing or lack days.")
    assert "3 mağazanın 2 tanesi" in some.text_tr
    (cities,) = answer.campaigns(CONTEXT, lifts({"place": "city", "listed": 3, "treated": 1}))
    assert "1 of its 3 cities" in cities.text_en and "3 ilin 1 tanesi" in cities.text_tr
    for more in ({"listed": 2, "treated": 2, "place": "store"}, {"design": "accounts", "listed": 900, "treated": 40}):
        (whole,) = answer.campaigns(CONTEXT, lifts(more))
        assert whole.text_en.endswith("Evidence: B.")


@pytest.mark.parametrize(("state", "grade"), [("few_placebos", "D"), ("no_year", "D"), ("not_separable", ""), ("cancelled", "")])
def test_where_the_table_has_a_grade_the_sentence_has_it(state, grade):
    (found,) = answer.campaigns(CONTEXT, lifts({"state": state, "grade": grade}))
    assert ("Evidence" in found.text_en, "Kanıt" in found.text_tr) == (bool(grade), bool(grade))
    assert not grade or found.text_en.endswith(f"Evidence: {grade}.")


def test_each_calibration_names_its_method_and_more_than_promised_is_no_promise_kept():
    """Of 29 independent windows 23% (the naive way on a newcomer's sales): the 99% range reaches down to 8%, so nothing is shown."""
    hits = {"store": 3, "web": 23, "accounts": 60, "before_after": 23}  # of 100
    lines = [placebo.calibration_row(d, np.arange(100) < k, 29) for d, k in hits.items()]
    assert [line["holds"] for line in lines] == [True, True, False, True]
    assert [placebo.verdict(line) for line in lines] == ["True", "unsure", "False", "unsure"]
    assert placebo.verdict(placebo.calibration_row("web", np.arange(100) < 10, 29)) == "True"  # just as many as promised
    assert placebo.verdict(placebo.calibration_row("web", np.zeros(0, bool), 0)) == ""
    said = {f.id.rsplit(".", 1)[1]: f for f in answer.calibration(CONTEXT, placebo.table(lines))}
    assert list(said) == ["store", "web", "accounts"]  # the naive way has no sentence
    assert "stores with a campaign against stores without" in said["store"].text_en and "no sign against" in said["store"].text_en
    assert "web sales against their own past" in said["web"].text_en and "more than promised" in said["web"].text_en
    assert "listedekiler" in said["accounts"].text_tr and "widened" in said["accounts"].text_en


@pytest.mark.parametrize("state", ["no_dates", "planned", "too_short", "no_history", "no_year", "few_placebos", "not_separable",
                                   "no_controls", "few_units", "few_people", "prices", "no_store_sales", "unknown_place",
                                   "missing_days"])  # fmt: skip
def test_every_refusal_has_its_sentence(state):
    found = answer.campaigns(CONTEXT, lifts({"state": state, "treated": 1, "controls": 2}))
    assert found[0].value is None and found[0].state in ("withheld", "too_few") and "Yaz" in found[0].text_tr


def test_the_plan_answers_the_lift_that_was_asked():
    """5 stores for 4 weeks show 4%, 8 for 2 show 6%: 16 store-weeks are the cheapest for 8%, 20 for 5%, none for 1%."""
    table = pd.DataFrame({"stores": [5, 8], "weeks": [4, 2], "smallest_visible": [0.04, 0.06]})
    said = {lift: coming.plans(CONTEXT, table, Hoped(lift))[0] for lift in (0.08, 0.05, 0.01)}
    assert "8 stores for 14 days" in said[0.08].text_en and "shows 8%" in said[0.08].text_en and "%8 artışı" in said[0.08].text_tr
    assert "5 stores for 28 days" in said[0.05].text_en
    assert "No plan shows a lift of 1%" in said[0.01].text_en and "5 stores for 28 days" in said[0.01].text_en
    more = coming.plans(CONTEXT, table, Hoped(0.05, (5, 8, 11, 13), (2, 4, 30)))
    assert [f.id for f in more] == ["campaigns.plan", "campaigns.plan_beyond_stores", "campaigns.plan_beyond_weeks"]
    assert "11, 13 stores" in more[1].text_en and "210 gün" in more[2].text_tr


def test_orders_alone_say_what_is_missing():
    """Everything but orders empty: each part says in one finding which export would answer it; the tables still add up."""
    orders = table("orders", [order(k, date(2026, 8, 1 + k), 10.0) for k in range(25)])
    found = study(lambda name: orders if name == "orders" else table(name, []), period=AUGUST)
    said = {f.id: f for f in found.findings(CONTEXT)}
    wanted = {"caused": "campaigns", "seen": "touches", "touched": "touches", "traffic": "traffic", "association": "spend",
              "calibration": "campaign_units"}  # fmt: skip
    assert {k: said[f"campaigns.{k}"].missing for k in wanted} == wanted
    assert {said[f"campaigns.{k}"].state for k in wanted} == {"missing"}
    assert found.plain_rows()["net"].sum() == 250 and found.window_rows()["unattributed"].tolist() == [250.0] * 6
    assert found.contract().empty and found.lift_rows().empty and not found.placebo_rows()


@pytest.mark.parametrize(("days", "wanted"), [([None, None], 2), ([None, datetime(2026, 8, 25)], 0)])
def test_contact_records_without_a_day_are_told_as_the_reason(days, wanted):
    """Two records name Instagram and one nothing of use. Without days the two claim nothing; one made after every order is known."""
    orders = table("orders", [order(k, date(2026, 8, 1 + k), 10.0, account=1) for k in range(20)])
    named = [{"account_id": k, "source": "instagram", "created_at": day} for k, day in enumerate(days, 1)]
    known = {"orders": orders, "accounts": table("accounts", [*named, {"account_id": 9, "source": "unknown", "created_at": None}]),
             "persons": table("persons", [person(1)])}  # fmt: skip
    found = study(lambda name: known[name] if name in known else table(name, []), period=AUGUST)
    said = {f.id: f for f in found.findings(CONTEXT)}
    seen, touched = said["campaigns.seen"], said["campaigns.touched"]
    assert (found.undated, seen.state, touched.state) == (wanted, "missing", "missing")
    reason = "contact records that name a source: 2, and none has its day"
    assert (reason in seen.text_en) == (reason in touched.text_en) == (seen.missing == "accounts") == bool(wanted)
    assert ("kaynağı yazılı kişi kaydı: 2, hiçbirinin günü yok" in seen.text_tr) == bool(wanted)


def test_a_channel_in_which_no_consumer_bought_is_refused_with_those_that_have_sales():
    """Consumers buy in two channels, businesses in a third; a fourth, though a channel, would silently mean all sales."""
    channels = ("marketplace", "store", "dealer")  # who buys from a dealer's list unnamed is a business
    rows = [order(k, date(2026, 8, 1 + k), 10.0, channel=channels[k % 3]) for k in range(21)]
    orders = table("orders", rows)

    def ask(online: str):
        return study(lambda name: orders if name == "orders" else table(name, []), period=AUGUST, online=online)

    for wrong in ("phone", "dealer", "stor"):
        with pytest.raises(InputError, match=f"came '{wrong}', in which no consumer bought; .* sales: marketplace, store, all"):
            ask(wrong)
    with pytest.raises(InputError, match="Did you mean 'store'"):
        ask("stor")
    for right in ("marketplace", "store", "all", "shop"):
        assert len(ask(right).days) == 21


def test_the_notebook_takes_the_channels_of_the_contract():
    allowed = json.loads((ROOT / "notebooks" / "06_campaigns.ipynb").read_text(encoding="utf-8"))["metadata"]["scrm"]["allowed"]
    assert allowed["online"] == [*SALES_CHANNELS, "all"]
