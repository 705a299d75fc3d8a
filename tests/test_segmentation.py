"""Segments on a day, counted by hand: nothing of that day or later is seen."""

from datetime import date

import hand
import pytest

from scrm_helpers import segmentation
from scrm_helpers.errors import ToldError
from scrm_helpers.identity import places
from scrm_helpers.store import to_frame

AS_OF = date(2026, 11, 1)


def build(orders, lines=None, products=None, golden=None, as_of=AS_OF, **more):
    people = hand.persons(a1=1, a2=2, a3=3, a4=4, a5=5)
    frame = segmentation.facts(
        orders,
        people,
        hand.table("golden", golden),
        hand.table("order_lines", lines),
        hand.table("products", products),
        as_of=as_of,
        **more,
    )
    return frame


def rows(frame):
    return to_frame(frame).set_index("person_id").sort_index()


def test_facts_of_a_day():
    orders = hand.orders(
        (1, 1, "2025-10-31", 500),  # a year and a day before: outside the 12 months, inside tenure
        (2, 1, "2025-11-01", 100),
        (3, 1, "2026-10-22", 60),
        (4, 1, "2026-10-25", -20, {"kind": "return", "original_order_id": 3}),
        (5, 2, "2026-11-01", 999),  # the day itself is not seen: person 2 has no facts
    )
    found = rows(build(orders))
    assert found.index.tolist() == [1]
    # 1 Nov - 22 Oct = 10 days; 31 Oct 2025 to 1 Nov 2026 = 366; value 100 + 60 - 20 = 140; 2 of 3 sales lie in the year
    one = found.loc[1]
    assert (one.recency_days, one.tenure_days, one.orders_before, one.frequency, one.value) == (10, 366, 3, 2, 140.0)


def test_a_later_return_does_not_reach_back():
    orders = hand.orders(
        (1, 1, "2026-10-01", 100), (2, 1, "2026-11-03", -100, {"kind": "return", "original_order_id": 1})
    )
    assert rows(build(orders)).loc[1, "value"] == 100.0
    assert rows(build(orders, as_of=date(2026, 11, 4))).empty  # once the return is seen, the sale was none


def test_category_place_and_source():
    orders = hand.orders((1, 1, "2026-10-01", 100), (2, 1, "2026-10-02", 30), (3, 2, "2026-10-02", 30))
    lines = [
        {"order_id": 1, "product_id": "p", "ordered_on": date(2026, 10, 1), "net": 40},
        {"order_id": 1, "line_no": 2, "product_id": "q", "ordered_on": date(2026, 10, 1), "net": 60},
        {"order_id": 2, "product_id": "p", "ordered_on": date(2026, 10, 2), "net": 30},
    ]
    products = [
        {"product_id": "p", "category": "tea"},
        {"product_id": "q", "category": "cups"},
        {"product_id": "p", "category": "later", "valid_from": AS_OF},
    ]
    golden = [
        {"person_id": 1, "city": "izmir", "source": "instagram"},
        {"person_id": 2, "city": "paris", "region": "abroad"},
    ]
    found = rows(build(orders, lines, products, golden))
    # tea 40 + 30 = 70 > cups 60; the category that begins on the day is not seen
    assert found.loc[1, ["category", "city", "region", "source"]].tolist() == ["tea", "izmir", "aegean", "instagram"]
    assert found.loc[2, ["category", "city", "region", "source"]].tolist() == ["unknown", "paris", "abroad", "unknown"]
    # who asks of no category has everything else the same, and no line is read for it
    without = rows(build(orders, lines, products, golden, categories=False))
    assert without["category"].tolist() == ["unknown", "unknown"]
    assert without.drop(columns="category").equals(found.drop(columns="category"))


def test_one_city_in_many_spellings():
    orders = hand.orders(
        (1, 1, "2026-10-01", 100), (2, 2, "2026-10-01", 100), (3, 3, "2026-10-01", 100), (4, 4, "2026-10-01", 100)
    )
    spelled = {1: "İSTANBUL", 2: "Istanbul", 3: "Kadıköy/İstanbul", 4: "Iğdır"}
    found = rows(build(orders, golden=[{"person_id": p, "city": c} for p, c in spelled.items()]))
    assert found["city"].tolist() == ["istanbul", "istanbul", "istanbul", "igdir"]
    assert found["region"].tolist() == ["marmara"] * 3 + ["east"]


def test_the_first_source_of_customers_stands_above_the_recorded_one():
    orders = hand.orders((1, 1, "2026-10-01", 100), (2, 2, "2026-10-01", 100))
    customers = hand.table(
        "customers",
        [
            {"person_id": 1, "first_on": date(2026, 10, 1), "source": "tiktok"},
            {"person_id": 2, "first_on": date(2026, 10, 1)},
        ],
    )
    golden = [{"person_id": 1, "source": "email"}, {"person_id": 2, "source": "email"}]
    found = rows(build(orders, golden=golden, customers=customers))
    assert found["source"].tolist() == ["tiktok", "email"]
    groups = rows(segmentation.memberships(build(orders, golden=golden, customers=customers), ["source_group"]))
    assert groups["source_group"].tolist() == ["social", "own"]


def test_value_tiers_and_life_stages():
    orders = hand.orders(
        (1, 1, "2026-10-30", 900),
        (2, 1, "2026-06-01", 900),
        (3, 1, "2026-05-01", 900),
        (4, 2, "2026-08-02", 300),
        (5, 2, "2026-05-01", 300),
        (6, 3, "2026-02-01", 100),
        (7, 4, "2025-10-01", 50),
        (8, 5, "2026-10-29", 10),
    )
    found = rows(segmentation.memberships(build(orders), ["value", "life_stage"]))
    # Of the 4 buyers of the year, ranks 0, 1/3, 2/3, 1 score 1, 2, 3, 3. Recency: 3, 2, 5, 1 -> 1, 2, 3, 3;
    # frequency 1, 1, 2, 3 (persons 3 and 5 equal) -> 1, 1, 3, 3; value 10, 100, 600, 2700 (5, 3, 2, 1) -> 1, 2, 3, 3
    # Person 1: 3 + 3 + 3 = 9; 2: 2 + 3 + 3 = 8; 3: 1 + 1 + 2 = 4; 5: 3 + 1 + 1 = 5; 4 bought nothing in the year
    assert found["value"].to_dict() == {1: "best", 2: "best", 3: "middle", 4: "none", 5: "middle"}
    # 2: last 91 days before; 3: 273; 4: 396; 5: first order 3 days before
    assert found["life_stage"].to_dict() == {1: "active", 2: "slipping", 3: "slipping", 4: "lapsed", 5: "new"}


def test_every_named_segment_is_within_its_names():
    orders = hand.orders((1, 1, "2026-10-30", 900), (2, 2, "2026-01-30", 9))
    found = rows(segmentation.memberships(build(orders)))
    for name, model in segmentation.MODELS.items():
        assert not model.names or set(found[name]) <= set(model.names)


def test_declared_dimensions_in_both_languages():
    assert segmentation.declared("il | kaynak | İl") == ["city", "source_group"]
    assert segmentation.declared(None) == [] == segmentation.declared(" | ")
    with pytest.raises(ToldError, match="expected one of value"):
        segmentation.declared("shoe size")


def test_the_81_provinces_are_those_of_identity():
    assert (
        set(segmentation.PROVINCES) == {places.city(p) for p in places.PROVINCES} and len(segmentation.PROVINCES) == 81
    )
    assert {p.region for p in segmentation.PROVINCES.values()} == set(segmentation.REGIONS)
    assert all(35.8 < p.lat < 42.2 and 25.9 < p.lon < 45 for p in segmentation.PROVINCES.values())


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [("2026-11-01", 12, "2025-11-01"), ("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 2, "2025-11-15")],
)
def test_months_before(day, months, before):
    assert segmentation.months_before(hand.day(day), months) == hand.day(before)
