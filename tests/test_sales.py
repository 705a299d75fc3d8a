"""What counts as a sale, a customer and a first source, counted by hand on small tables."""

from datetime import date, datetime

import hand
import pandas as pd
import pytest

from scrm_helpers import prices, sales
from scrm_helpers.store import to_frame


def read(rows, *keys: str) -> pd.DataFrame:
    """The small answer, in an order that does not depend on the engine."""
    return to_frame(rows).sort_values(list(keys), ignore_index=True)


def customers(orders, persons, **given) -> pd.DataFrame:
    names = ("accounts", "leads", "touches", "golden")
    rest = [given.get(n) if given.get(n) is not None else hand.table(n) for n in names]
    return read(sales.customers(orders, *rest[:3], persons, rest[3]), "person_id")


def test_only_completed_orders_of_outsiders_count():
    orders = hand.orders(
        (1, 1, "2026-01-05", 100),
        (2, 1, "2026-01-06", 100, {"status": "cancelled"}),
        (3, 1, "2026-01-07", 100, {"status": "open"}),
        (4, 1, "2026-01-08", 100, {"is_internal": True}),
        (5, 1, "2026-01-09", -30, {"kind": "return"}),
    )
    assert read(sales.counted(orders), "order_id")["order_id"].tolist() == [1, 5]


def test_a_fully_returned_sale_is_no_purchase_and_a_part_return_lowers_it():
    orders = hand.orders(
        (1, 1, "2026-01-05", 100),
        (2, 1, "2026-01-09", -100, {"kind": "return", "original_order_id": 1}),
        (3, 2, "2026-01-05", 80),
        (4, 2, "2026-02-01", -30, {"kind": "return", "original_order_id": 3}),
        (5, 3, "2026-01-05", 50),
        (6, 3, "2026-01-20", -50, {"kind": "return"}),
    )
    kept = read(sales.kept_sales(orders), "order_id")
    # 1: 100 - 100 = 0, out. 3: 80 - 30 = 50. 5 stays: the return 6 names no sale.
    assert kept[["order_id", "kept_net"]].values.tolist() == [[3, 50.0], [5, 50.0]]


def test_a_zero_value_order_makes_no_customer():
    first = read(
        sales.first_orders(hand.orders((1, 1, "2026-01-05", 0), (2, 1, "2026-02-05", 10)), hand.persons(a1=10)),
        "person_id",
    )
    assert first["first_order_id"].tolist() == [2]


def test_first_order_is_the_earliest_over_merged_accounts():
    orders = hand.orders((1, 1, "2026-03-05", 100), (2, 2, "2026-01-09", 40), (3, 3, "2026-02-01", 10))
    found = customers(orders, hand.persons(a1=10, a2=10, a3=20))
    assert found[["person_id", "first_month"]].values.tolist() == [[10, "2026-01"], [20, "2026-02"]]
    assert found["before_data"].tolist() == [True, False]  # the data begin in January


def test_walk_ins_and_staff_are_no_customers():
    people = hand.table(
        "persons",
        [
            {"account_id": 1, "person_id": 10},
            {"account_id": 2, "person_id": 20, "is_internal": True},
            {"account_id": 3, "person_id": 30, "kind": "business"},
            {"account_id": 4, "person_id": 40, "kind": "unknown"},
        ],
    )
    orders = hand.orders(
        (1, None, "2026-01-05", 9),
        (2, 2, "2026-01-05", 9),
        (3, 3, "2026-01-05", 9),
        (4, 4, "2026-01-05", 9),
        (5, 1, "2026-01-05", 9),
    )
    found = customers(orders, people)
    assert found[["person_id", "kind"]].values.tolist() == [[10, "consumer"], [30, "business"], [40, "consumer"]]
    assert read(sales.by_consumers(orders, people), "person_id")["person_id"].tolist() == [10, 40]


def test_a_touch_after_the_order_gets_no_credit():
    orders = hand.orders((1, 1, "2026-01-05", 100), (2, 2, "2026-01-05", 100))
    touches = hand.table(
        "touches",
        [
            {
                "account_id": 1,
                "at": datetime(2026, 1, 5, 12, 0, 1),
                "source": "instagram",
            },  # a second after the order at noon
            {"account_id": 2, "at": datetime(2026, 1, 5, 11, 59, 59), "source": "tiktok"},
        ],
    )
    found = customers(orders, hand.persons(a1=10, a2=20), touches=touches)
    assert found["source"].tolist() == ["unknown", "tiktok"]
    assert found["source_basis"].tolist() == ["none", "touch"]


def test_the_orders_own_second_claims_nothing_but_what_the_order_carries_does():
    orders = hand.orders(*[(n, n, "2026-01-05", 100, {"source": "x"} if n == 4 else {}) for n in range(1, 6)])
    noon = datetime(2026, 1, 5, 12)  # the moment of every order
    touches = hand.table(
        "touches",
        [
            {"account_id": 1, "at": noon, "source": "instagram"},
            {"account_id": 2, "at": noon, "source": "tiktok", "order_id": 2},  # names the order: part of it
            {"account_id": 4, "at": noon, "source": "tiktok"},
            {"account_id": 5, "at": noon, "source": "referral", "hand_kept": True},
        ],
    )
    leads = hand.table("leads", [{"account_id": 3, "created_at": noon, "source": "email"}])
    found = customers(orders, hand.persons(a1=1, a2=2, a3=3, a4=4, a5=5), touches=touches, leads=leads)
    # a touch must come before; the source field of a CRM record made with the order describes the customer
    assert found["source"].tolist() == ["unknown", "tiktok", "email", "x", "unknown"]
    assert found["source_basis"].tolist() == ["none", "touch", "crm", "touch", "none"]


def test_a_crm_record_counts_without_a_date_but_not_from_a_later_day():
    orders = hand.orders(*[(n, n, "2026-01-05", 100) for n in (1, 2, 3)])
    accounts = hand.table(
        "accounts",
        [
            {"account_id": 1, "source": "instagram", "created_at": None, "created_on": None},
            {"account_id": 2, "source": "instagram", "created_at": datetime(2026, 1, 5, 11, 59, 59)},
            {"account_id": 3, "source": "instagram", "created_at": datetime(2026, 1, 6, 9)},
        ],
    )
    found = customers(orders, hand.persons(a1=1, a2=2, a3=3), accounts=accounts)
    assert found["source_basis"].tolist() == ["crm", "crm", "none"]


def test_the_last_touch_within_90_days_wins_and_an_older_one_is_not_seen():
    orders = hand.orders((1, 1, "2026-06-01", 100), (2, 2, "2026-06-01", 100))
    touches = hand.table(
        "touches",
        [
            {"account_id": 1, "on": hand.day("2026-04-01"), "source": "facebook"},
            {"account_id": 1, "on": hand.day("2026-05-20"), "source": "instagram"},
            {"account_id": 2, "on": hand.day("2026-03-02"), "source": "facebook"},
        ],
    )  # 91 days before
    found = customers(orders, hand.persons(a1=10, a2=20), touches=touches)
    assert found["source"].tolist() == ["instagram", "unknown"]


def test_evidence_ranks_order_tag_touch_crm_declared():
    orders = hand.orders(*[(n, n, "2026-06-01", 100, {"source": "x" if n == 1 else None}) for n in range(1, 5)])
    near = [{"account_id": n, "on": hand.day("2026-05-30"), "source": "tiktok"} for n in (1, 2)]
    kept = [
        {"account_id": n, "on": hand.day("2026-05-01"), "source": "referral", "hand_kept": True} for n in (1, 2, 3, 4)
    ]
    leads = hand.table(
        "leads", [{"account_id": n, "created_on": hand.day("2026-01-01"), "source": "email"} for n in (1, 2, 3)]
    )
    found = customers(
        orders, hand.persons(a1=1, a2=2, a3=3, a4=4), touches=hand.table("touches", near + kept), leads=leads
    )
    assert found["source"].tolist() == ["x", "tiktok", "email", "referral"]
    assert found["source_basis"].tolist() == ["touch", "touch", "crm", "declared"]


def test_crm_source_later_than_the_first_order_is_not_used():
    orders = hand.orders((1, 1, "2026-06-01", 100))
    leads = hand.table("leads", [{"account_id": 1, "created_on": hand.day("2026-06-02"), "source": "email"}])
    assert customers(orders, hand.persons(a1=1), leads=leads)["source"].tolist() == ["unknown"]


def test_input_order_does_not_change_the_answer():
    rows = [(n, n % 7, f"2026-0{1 + n % 6}-1{n % 9}", 10 + n) for n in range(1, 60)]
    people = hand.persons(**{f"a{k}": 100 + k // 2 for k in range(7)})
    first = customers(hand.orders(*rows), people)
    assert first.equals(customers(hand.orders(*reversed(rows)), people))


def test_a_return_without_customer_takes_the_customer_of_its_sale():
    orders = hand.orders(
        (1, 7, "2026-01-05", 100),
        (2, None, "2026-01-09", -20, {"kind": "return", "original_order_id": 1}),
        (3, None, "2026-01-10", 5),
    )
    booked = read(sales.booked(orders), "order_id")
    assert booked["account_id"].fillna(-1).astype(int).tolist() == [7, 7, -1]
    assert booked["net"].sum() == 85.0


def test_what_consumers_bought_is_told_as_it_was_known_on_the_day():
    orders = hand.orders(
        (1, 1, "2026-01-05", 100),
        (2, 1, "2026-03-09", -100, {"kind": "return", "original_order_id": 1}),  # until March the sale stands
        (3, 2, "2026-01-05", 80),
        (4, None, "2026-02-01", -30, {"kind": "return", "original_order_id": 3}),  # account 2's, by its sale
        (5, None, "2026-02-02", -10, {"kind": "return", "original_order_id": 6}),  # dated before its sale: nobody's until that day
        (6, 1, "2026-02-20", 40),
        (7, 3, "2026-01-06", 60),  # a firm
        (8, 4, "2026-01-07", 70, {"status": "cancelled"}),
        (9, 1, "2026-02-21", -70, {"kind": "return", "original_order_id": 3}),  # brought back by someone else
    )
    firm = {"account_id": 3, "person_id": 30, "kind": "business"}
    people = hand.table("persons", [*({"account_id": a, "person_id": 10 * a} for a in (1, 2, 4)), firm])
    found = sales.consumers(orders, people)
    said = lambda day: read(found.before(day), "order_id")[["person_id", "order_id", "net", "is_kept"]].values.tolist()  # noqa: E731
    january = [[10, 1, 100.0, True], [20, 3, 80.0, True]]
    assert said(date(2026, 2, 1)) == january
    assert said(date(2026, 2, 20)) == [*january, [20, 4, -30.0, False]]
    late = [
        [10, 1, 100.0, True], [20, 3, 80.0, False], [20, 4, -30.0, False], [10, 5, -10.0, False], [10, 6, 40.0, True],
        [10, 9, -70.0, False],
    ]  # fmt: skip
    assert said(date(2026, 3, 9)) == late  # of 3: 80 - 30 - 70 is nothing; of 6: 40 - 10
    end = [[10, 1, 100.0, False], [10, 2, -100.0, False], *late[1:]]
    assert said(date(2026, 4, 1)) == end
    for day in (date(2026, 2, 1), date(2026, 2, 20), date(2026, 3, 9), date(2026, 4, 1)):
        seen = orders.filter(orders.ordered_on < day)
        kept = read(sales.by_consumers(sales.kept_sales(seen), people), "order_id")["order_id"].tolist()
        assert [row[1] for row in said(day) if row[3]] == kept  # the same sales as asked for one day alone
        assert [row[1] for row in said(day)] == read(sales.by_consumers(sales.booked(seen), people), "order_id")["order_id"].tolist()


def test_prices_turn_money_of_a_month_into_that_of_the_period():
    months = pd.date_range("2025-01-01", "2026-02-01", freq="MS")
    rates = pd.DataFrame({"on": months, "kind": "cpi", "value": [100.0 * 1.02**k for k in range(len(months))]})
    index = prices.index_of(rates, "2026-02")
    assert index.base == "2026-02"
    assert abs(index.factors["2026-01"] - 1.02) < 1e-12
    assert abs(index.yearly - (1.02**12 - 1)) < 1e-12  # 26.8%
    assert prices.needed(index, 12) and prices.needed(index, 3)  # 26.8% a year is above 10%: three months are enough
    assert not prices.needed(index, 1)  # one month has one figure of the index: nothing to compare
    late = prices.index_of(rates, "2026-04")  # March and April have no index yet: prices of February, said so by `base`
    assert late.base == "2026-02" and late.factors["2026-04"] == 1.0
    assert prices.index_of(rates[rates["kind"] == "eur_try"], "2026-02") is None
    assert (
        prices.factors_for(index, 12, "2024-12", "2026-02") is None
    )  # no index for the first month: nothing is deflated in part


def test_real_terms_over_more_than_3_months_or_above_10_percent_a_year():
    assert prices.asked(4, 0.02) and prices.asked(4, None)  # the span alone
    assert prices.asked(2, 0.11) and not prices.asked(3, 0.10)  # the pace alone; 3 months at 10% are neither
    assert not prices.asked(3, None)


def test_under_a_year_of_index_money_is_still_deflated():
    months = pd.date_range("2025-10-01", "2026-02-01", freq="MS")
    rates = pd.DataFrame({"on": months, "kind": "cpi", "value": [100.0 * 1.001**k for k in range(len(months))]})
    index = prices.index_of(rates, "2026-02")
    assert abs(index.yearly - (1.001**12 - 1)) < 1e-12  # four steps of .1%, as a yearly rate: 1.2%
    factors = prices.factors_for(index, 5, "2025-10", "2026-02")
    assert abs(factors["2025-10"] - 1.001**4) < 1e-12  # five months are more than three
    assert prices.factors_for(index, 3, "2025-12", "2026-02") is None  # short and calm: as booked, and nothing to say
    assert not prices.withheld(index, 3, None) and not prices.withheld(index, 5, factors)
    # asked for and not to be had: the first month of twelve has no index, or there is none at all
    assert prices.withheld(index, 12, prices.factors_for(index, 12, "2025-03", "2026-02"))
    assert prices.withheld(None, 12, None) and not prices.withheld(None, 3, None)
    assert prices.index_of(rates.head(1), "2026-02").yearly is None  # one figure has no pace


def test_months_that_days_touch():
    counted = [prices.months_touched(*pair) for pair in (
        (date(2026, 6, 1), date(2026, 9, 1)), (date(2026, 5, 31), date(2026, 9, 1)), (date(2026, 6, 20), date(2026, 7, 10)),
    )]  # fmt: skip
    assert counted == [3, 4, 1]
    with pytest.raises(ValueError, match="expected the second after the first"):
        prices.months_touched(date(2026, 6, 1), date(2026, 6, 1))
