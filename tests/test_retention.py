"""Retention, cohorts, second order and value of a customer, counted by hand."""

from datetime import date

import hand
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import charts, retention, stats
from scrm_helpers.findings import Context
from scrm_helpers.retention import cohorts, report, rolling, value
from scrm_helpers.store import month_bits, to_frame

FIGURES = ["value", "low", "high"]
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def known(**source_of: str):
    """Customers p10='instagram': person 10 came from Instagram; first order in January 2026, data begin before."""
    return hand.table(
        "customers",
        [{"person_id": int(p[1:]), "first_on": date(2026, 1, 1), "source": s} for p, s in source_of.items()],
    )


def bought(*rows: tuple, persons=None):
    """Purchases of (account, day): account n is person n."""
    made = hand.orders(*[(n, r[0], r[1], r[2] if len(r) > 2 else 10) for n, r in enumerate(rows)])
    return retention.purchases(
        made,
        persons or hand.table("persons", [{"account_id": a, "person_id": a} for a in {r[0] for r in rows if r[0]}]),
    )


def seen(rows, people):
    """In which months who bought."""
    return retention.activity(rows, people, bits=month_bits)


def cells(*rows: tuple, through=APRIL, **more) -> pd.DataFrame:
    kind = more.pop("kind", "in")
    found = retention.sizes(seen(bought(*rows), known()))
    return retention.triangle(found, through=through, kind=kind, **more)


def cell(frame: pd.DataFrame, cohort: str, age: int) -> pd.Series:
    return frame[(frame["cohort"] == cohort) & (frame["age"] == age)].iloc[0]


# --- rolling retention ---


def test_retention_is_the_set_form_and_a_dormant_returner_changes_nothing():
    # Windows of 2 months: Dec-Jan, Feb-Mar. 1, 2, 3 bought in the first; 1 and 2 in the second. 4 came back after long (June), 5 is new.
    rows = [
        (1, "2025-12-05"),
        (2, "2026-01-31"),
        (3, "2025-12-05"),
        (1, "2026-02-01"),
        (2, "2026-03-31"),
        (4, "2025-06-01"),
        (4, "2026-03-01"),
        (5, "2026-02-01"),
    ]
    found = retention.retention(retention.counts(seen(bought(*rows), known()), through=APRIL, months=2)).set_index("group")
    assert found.loc["all", ["persons", "retained"]].tolist() == [3, 2]
    assert found.loc["all", "value"] == pytest.approx(2 / 3)
    # Fault 7: (E - N) / S would be (4 - 1) / 3 = 100%: the returner hides the one who was lost
    limits = stats.wilson(2, 3)
    assert (found.loc["all", "low"], found.loc["all", "high"]) == (limits.low, limits.high)


def test_month_ends_fall_on_the_right_side():
    rows = [(1, "2026-01-31"), (1, "2026-02-28"), (2, "2024-02-29"), (2, "2026-01-01"), (3, "2026-02-01")]
    found = retention.counts(seen(bought(*rows), known()), through=MARCH, months=1)
    assert found[["persons", "retained"]].values.tolist() == [[2, 1]]  # January: 1 and 2; of them February: 1


def test_the_day_is_that_of_the_business_and_not_of_utc():
    # 23:30 on 31 January UTC is 1 February in Istanbul: ordered_on says so and months follow it.
    from datetime import datetime

    rows = hand.table(
        "orders",
        [
            {
                "order_id": 1,
                "account_id": 1,
                "ordered_at": datetime(2026, 1, 31, 23, 30),
                "ordered_on": date(2026, 2, 1),
                "net": 5,
            }
        ],
    )
    assert to_frame(retention.purchases(rows, hand.persons(a1=1)))["month"].tolist() == [2026 * 12 + 1]


def test_returns_walk_ins_and_businesses_are_no_retention():
    orders = hand.orders(
        (1, 1, "2026-01-05", 10),
        (2, 1, "2026-02-05", 10),
        (3, 1, "2026-02-06", -10, {"kind": "return", "original_order_id": 2}),
        (4, None, "2026-01-05", 10),
        (5, 2, "2026-01-05", 10),
        (6, 2, "2026-02-05", 10),
        (7, 3, "2026-01-05", 10),
        (8, 3, "2026-02-01", -10, {"kind": "return"}),
    )
    people = hand.table(
        "persons",
        [
            {"account_id": 1, "person_id": 1},
            {"account_id": 2, "person_id": 2, "kind": "business"},
            {"account_id": 3, "person_id": 3},
        ],
    )
    found = retention.counts(seen(retention.purchases(orders, people), known()), through=MARCH, months=1)
    # persons 1 and 3 bought in January; February holds a sale that went back and a credit note: nobody was kept. Fault 10.
    assert found[["persons", "retained"]].values.tolist() == [[2, 0]]
    assert retention.retention(found).set_index("group").loc["all", "value"] == 0.0


def test_groups_carry_the_bounds_of_unknown_sources_and_empty_groups_have_no_share():
    found = pd.DataFrame({"source": ["instagram", "unknown"], "persons": [100, 50], "retained": [40, 5]})
    shares = retention.retention(found).set_index("group")
    # all unknown in it: (40 + 5) / 150 = 30%; none: 40%. Wilson of 40 / 100 is .323 to .482
    assert shares.loc["social", "value"] == 0.4
    assert shares.loc["social", "low"] == pytest.approx(0.30) and shares.loc["social", "high"] == pytest.approx(
        stats.wilson(40, 100).high
    )
    assert pd.isna(shares.loc["other_known", "value"])
    assert shares.loc["all", "value"] == pytest.approx(45 / 150)


def test_match_draws_widen_retention():
    found = pd.DataFrame({"source": ["email"], "persons": [100], "retained": [40]})
    drawn = pd.DataFrame({"draw": [1, 2, 3, 4], "source": "email", "persons": 100, "retained": [30, 50, 30, 50]})
    wide, plain = retention.retention(found, drawn).iloc[0], retention.retention(found).iloc[0]
    # between-variance of .3 .5 .3 .5 is .01333, x 1.25 = .01667; within about .0023: standard error about .138
    assert wide["low"] < plain["low"] - 0.05 and wide["high"] > plain["high"] + 0.05
    same = retention.retention(found, drawn.assign(retained=40)).iloc[0]
    assert same["low"] <= plain["low"] and same["high"] >= plain["high"]


def test_retention_month_by_month_needs_two_full_windows():
    rows = [(1, "2026-01-05"), (1, "2026-02-05"), (1, "2026-03-05"), (2, "2026-01-09"), (3, "2026-02-09")]
    found = retention.by_month(seen(bought(*rows), known()), through=APRIL, months=1, back=5)
    # February: of 1, 2 came 1. March: of 1, 3 came 1. January has no month before it.
    assert found[["month", "persons", "retained"]].values.tolist() == [["2026-02", 2, 1], ["2026-03", 2, 1]]


def test_months_carry_the_doubt_about_who_is_who_that_the_share_of_the_last_one_has():
    months = pd.DataFrame({"month": ["2026-02", "2026-03"], "value": 0.5, "low": [0.4, 0.47], "high": [0.6, 0.53]})
    found = rolling.doubted(months, pd.Series({"value": 0.5, "low": 0.45, "high": 0.58}))
    # below: .05^2 - .03^2 = .0016 more, and .1^2 + .0016 = .1077^2; above: .08^2 - .03^2 = .0055, and .1^2 + .0055 = .1245^2
    assert found["low"].tolist() == pytest.approx([0.5 - 0.10770, 0.45], abs=1e-5)
    assert found["high"].tolist() == pytest.approx([0.5 + 0.12450, 0.58], abs=1e-5)
    narrow = rolling.doubted(months, pd.Series({"value": 0.5, "low": 0.48, "high": 0.52}))
    assert narrow[["low", "high"]].to_numpy() == pytest.approx(months[["low", "high"]].to_numpy())  # never narrower than chance


def test_an_unfinished_month_ends_the_counting_before_it():
    assert retention.through(hand.orders((1, 1, "2026-03-31", 1)), as_of=APRIL) == APRIL
    assert (
        retention.through(hand.orders((1, 1, "2026-03-28", 1)), as_of=APRIL) == APRIL
    )  # within 3 days of the month's end
    assert retention.through(hand.orders((1, 1, "2026-03-27", 1)), as_of=APRIL) == MARCH
    assert retention.through(hand.orders((1, 1, "2026-02-28", 1)), as_of=APRIL) == MARCH
    assert retention.through(hand.orders((1, 1, "2026-03-31", 1), (2, 1, "2026-04-30", 1)), as_of=APRIL) == APRIL


# --- cohorts ---


ROWS = [
    (1, "2026-01-05"),
    (2, "2026-01-06"),
    (1, "2026-02-10"),
    (1, "2026-03-10"),
    (2, "2026-03-11"),
    (3, "2026-02-01"),
    (4, "2026-03-31"),
    (1, "2026-01-30"),
]


def test_cells_of_the_triangle_in():
    found = cells(*ROWS)
    # January: 1 and 2 (1 twice in January is one); February of them: 1; March: both. February's cohort: 3, not in March. March: 4.
    assert found[["cohort", "age", "at_risk", "retained"]].values.tolist() == [
        ["2026-01", 0, 2, 2],
        ["2026-01", 1, 2, 1],
        ["2026-01", 2, 2, 2],
        ["2026-02", 0, 1, 1],
        ["2026-02", 1, 1, 0],
        ["2026-03", 0, 1, 1],
    ]
    assert found["complete"].all() and found["before_data"].tolist() == [True] * 3 + [False] * 3
    assert cell(found, "2026-01", 1)["low"] == stats.wilson(1, 2).low


def test_cells_of_the_triangle_by():
    found = cells(*ROWS, kind="by")
    assert found["retained"].tolist() == [
        2,
        2,
        2,
        1,
        0,
        1,
    ]  # 2 skipped February but came in March: still here by month 1


def test_pooled_counts_cohorts_at_0_and_only_those_old_enough():
    found = retention.pooled(cells(*ROWS))
    # age 1: January 1 of 2, February 0 of 1 (fault 3: left out, it would read 50%; unweighted mean 25%); March is too young
    row = found[found["age"] == 1].iloc[0]
    assert row[["cohorts", "at_risk", "retained"]].tolist() == [2, 3, 1] and row["value"] == pytest.approx(1 / 3)
    # fault 9: over all cohorts, the youngest as zero, it would be 1 / 4
    alone = retention.pooled(cells(*ROWS), with_first=False)
    assert alone[alone["age"] == 1][["at_risk", "retained"]].values.tolist() == [[1, 0]]


def test_partial_month_is_marked_and_never_averaged():
    found = cells(*ROWS, through=MARCH, as_of=APRIL)
    assert not cell(found, "2026-01", 2)["complete"] and cell(found, "2026-01", 2)["retained"] == 2
    pooled = retention.pooled(found)
    assert pooled["age"].tolist() == [0, 1] and pooled[pooled["age"] == 1]["at_risk"].tolist() == [2]


def test_groups_of_the_triangle_add_up():
    found = retention.sizes(seen(bought(*ROWS), known(p1="instagram", p2="email", p4="unknown")))
    parts = [
        retention.triangle(found, through=APRIL, group=g)["retained"].sum()
        for g in ("social", "other_known", "unknown")
    ]
    # social: 1 in three months; other: 2 in two; unknown: 3 once, 4 once
    assert parts == [3, 2, 2] and retention.triangle(found, through=APRIL)["retained"].sum() == 7


def test_unknown_kind_of_triangle_is_refused():
    with pytest.raises(ValueError, match="expected 'in'"):
        cells(*ROWS, kind="rolling")


def test_sales_without_any_known_customer_have_answers_without_rows():
    """Day, store and amount alone: nobody is known, so every table of persons is empty and keeps its columns; the money still counts."""
    orders = hand.orders(*[(n, None, f"2026-0{1 + n % 3}-05", 10) for n in range(6)])
    read = {"orders": orders}
    found = retention.study(lambda name: read[name] if name in read else hand.table(name), period="2026-03", bits=month_bits)
    assert found.first is None and found.sizes.empty and not found.enough
    views = (
        found.moved(), found.pooled(), found.pooled("by"), found.triangle(), found.triangle("by", "social"), found.money_cells(),
        found.kept_rows(), found.curve_rows(), found.contract_rows(), found.second_rows(), found.ltv_shown(), found.model(),
        found.kept_months("3m", "social"),
    )  # fmt: skip
    assert [len(v) for v in views] == [0] * len(views) and all(len(v.columns) > 1 for v in views)
    assert found.moved().columns.tolist() == ["month", "movement", "n"]
    assert found.pooled().columns.tolist() == ["age", "cohorts", "at_risk", "retained", "value", "low", "high"]
    said = {f.id: f for f in retention.findings(Context("04_retention", "2026-03", "en"), found, discount=0.1)}
    assert said["retention.kept"].value is None and said["retention.kept"].state != "ok"


def test_new_retained_resurrected_lost_are_exact_books():
    found = retention.movements(seen(bought(*ROWS, (2, "2026-05-02")), known()), through=date(2026, 6, 1)).set_index("month")
    columns = ["active", "new", "retained", "resurrected", "lost"]
    assert found.loc["2026-01", columns].tolist() == [2, 2, 0, 0, 0]
    assert found.loc["2026-02", columns].tolist() == [2, 1, 1, 0, 1]  # 3 new, 1 retained, 2 lost
    assert found.loc["2026-03", columns].tolist() == [3, 1, 1, 1, 1]  # 4 new, 1 retained, 2 back, 3 lost
    assert found.loc["2026-04", columns].tolist() == [0, 0, 0, 0, 3]  # a month without a purchase is a row
    assert found.loc["2026-05", columns].tolist() == [1, 0, 0, 1, 0]
    before = found["active"].shift(1, fill_value=0)
    assert (found["active"] == before - found["lost"] + found["new"] + found["resurrected"]).all()


def test_revenue_by_source_cohort_and_age_ties_to_the_ledger_to_the_cent():
    orders = hand.orders(
        (1, 1, "2026-01-05", "100.10"),
        (2, 1, "2026-02-05", "0.01"),
        (3, 2, "2026-02-07", "33.33"),
        (4, None, "2026-02-07", "7.77"),
        (5, 3, "2026-01-05", "20"),
        (6, 3, "2026-02-05", "-20", {"kind": "return", "original_order_id": 5}),
        (7, None, "2026-03-01", "-3.33", {"kind": "return", "original_order_id": 3}),
        (8, 4, "2026-03-01", "50"),
        (9, 1, "2026-03-01", "9", {"status": "cancelled"}),
    )
    people = hand.table(
        "persons",
        [{"account_id": n, "person_id": n * 10, "kind": "business" if n == 4 else "consumer"} for n in (1, 2, 3, 4)],
    )
    made = __import__("scrm_helpers.sales", fromlist=["customers"]).customers(
        orders, *(hand.table(n) for n in ("accounts", "leads", "touches")), people, hand.table("golden")
    )
    found = retention.revenue(retention.booked(orders, people), made)
    # 100.10 + 0.01 + 33.33 + 7.77 + 20 - 20 - 3.33 + 50 = 187.88
    assert str(sum(found["net"])) == "187.8800"
    by_kind = found.groupby("kind")["net"].sum()
    assert {k: str(v) for k, v in by_kind.items()} == {
        "business": "50.0000",
        "consumer": "130.1100",
        "no_customer": "7.7700",
    }
    person_2 = found[(found["cohort"] == 2026 * 12 + 1) & (found["kind"] == "consumer")]
    assert person_2[["age", "net"]].astype(float).values.tolist() == [
        [0.0, 33.33],
        [1.0, -3.33],
    ]  # a return without customer goes to its sale's
    gone = found[found["cohort"].isna() & (found["kind"] == "consumer")]
    assert gone["net"].astype(float).tolist() == [20.0, -20.0]  # all went back: no cohort, but in the books
    grid = retention.triangle(retention.sizes(seen(retention.purchases(orders, people), made)), through=APRIL)
    tri = retention.money_triangle(found, grid)
    assert cell(tri, "2026-01", 1)["net"] == 0.01 and cell(tri, "2026-01", 0)["per_customer"] == 100.10
    # in March's prices, January's money x 2, February's x 1.5: 200.20 and .015 a customer; what was booked stays as it was booked
    real = retention.money_triangle(found, grid, factors={"2026-01": 2.0, "2026-02": 1.5, "2026-03": 1.0})
    assert cell(real, "2026-01", 0)["per_customer"] == pytest.approx(200.20) and cell(real, "2026-01", 0)["net"] == 100.10
    assert cell(real, "2026-01", 1)["per_customer"] == pytest.approx(0.015) and cell(real, "2026-02", 1)["per_customer"] == -3.33
    assert tri["margin_per_customer"].isna().all()  # no cost of goods: blank, not 0


def test_margin_stands_in_the_cells_of_cohorts_that_the_data_saw_begin():
    # cohorts of January (from before the data), February (2 customers), March; February's sold .5 before their first kept sale
    grid = pd.DataFrame({"cohort": ["2026-01", "2026-02", "2026-02", "2026-03"], "age": [0, 0, 1, 0], "at_risk": [4, 2, 2, 5]})
    grid = grid.assign(complete=[True, True, True, False], before_data=[True, False, False, False])
    number = 2026 * 12 + 1
    rows = [("email", number, -1, 0.5), ("email", number, 0, 30.0), ("tiktok", number, 0, 10.0), ("email", number + 1, 0, 9.0)]
    months = pd.DataFrame(rows, columns=["source", "cohort", "age", "margin"])
    sold = pd.DataFrame([("consumer", "email", number, number - 1, -1, 7.0)], columns=["kind", "source", "cohort", "month", "age", "net"])
    margin = retention.by_cohort(value.Margins(months, 1.0))
    each = retention.money_triangle(sold, grid, margin=margin)
    # February: (30 + 10 + .5) / 2; its second month earned nothing: 0; March is not over; January's may have begun before
    earned = each["margin_per_customer"]
    assert earned.tolist()[1:3] == [20.25, 0.0] and earned.isna().tolist() == [True, False, False, True]
    assert each["net"].tolist() == [0.0, 7.0, 0.0, 0.0]  # of an age below 0: of the first month
    social = retention.money_triangle(sold, grid, margin=margin, group="social")
    assert social["margin_per_customer"].tolist()[1:3] == [5.0, 0.0] and social["net"].sum() == 0


def test_money_of_a_cell_of_few_buyers_is_hidden():
    cells = pd.DataFrame({"cohort": "2026-01", "age": [0, 1, 2, 3, 4], "at_risk": 9, "retained": [9, 5, 4, 0, 0]})
    cells = cells.assign(net=[900.0, 50.0, 40.0, 0.0, -7.0], per_customer=1.0, margin_per_customer=1.0)
    shown = cohorts.few_hidden(cells, cells)
    # four who bought, and a return in a month in which nobody bought, might be recognised; nothing at all is nobody's
    assert shown["net"].isna().tolist() == shown["per_customer"].isna().tolist() == [False, False, True, False, True]
    # who bought in or after a month says nothing of how many bought in it
    later = cells.assign(retained=9)
    assert cohorts.few_hidden(later, cells.iloc[::-1])["net"].isna().tolist() == [False, False, True, False, True]


# --- same customers, repurchase, penetration ---


def test_same_customer_revenue_net_and_gross():
    rows = [(1, "2026-01-05", 100), (1, "2026-02-05", 150), (2, "2026-01-05", 100), (3, "2026-02-05", 999)]
    pairs = retention.revenue_now_and_then(bought(*rows), known(p1="instagram"), through=MARCH, months=1)
    assert sorted(pairs[["then", "now"]].values.tolist()) == [[100.0, 0.0], [100.0, 150.0]]  # 3 is new: in neither
    found = retention.same_customer(pairs).set_index(["group", "variant"])
    assert (
        found.loc[("all", "net"), "value"] == 0.75 and found.loc[("all", "gross"), "value"] == 0.5
    )  # 150 / 200, min(100, 150) / 200
    assert found.loc[("social", "net"), "value"] == 1.5
    real = retention.revenue_now_and_then(
        bought(*rows), known(), through=MARCH, months=1, factors={"2026-01": 1.5, "2026-02": 1.0}
    )
    assert retention.same_customer(real).iloc[0]["value"] == pytest.approx(0.5)  # 150 / (200 x 1.5)


def test_repurchase_counts_buyers_with_two_orders():
    rows = [(1, "2026-03-05"), (1, "2026-03-09"), (2, "2026-03-05"), (3, "2026-02-28"), (3, "2026-03-01")]
    found = retention.repurchase(bought(*rows), known(), through=APRIL, months=1).set_index("group")
    assert found.loc["all", ["buyers", "repeat_buyers"]].tolist() == [
        3,
        1,
    ]  # 3's second order is of March, the first of February


def test_penetration_counts_owners_once():
    made = bought((1, "2026-03-05"), (1, "2026-03-06"), (2, "2026-03-05"))
    lines = hand.table(
        "order_lines",
        [
            {"order_id": n, "line_no": k, "ordered_on": date(2026, 3, 5), "product_id": p, "net": 5}
            for n, k, p in ((0, 1, "a"), (1, 1, "a"), (0, 2, "b"), (2, 1, "c"), (2, 2, "zz"))
        ],
    )
    products = hand.table(
        "products",
        [
            {"product_id": "a", "category": "home"},
            {"product_id": "b", "category": "home"},
            {"product_id": "c", "category": "toys"},
            {"product_id": "c", "category": "games", "valid_from": date(2026, 1, 1)},
        ],
    )
    found = retention.penetration(made, lines, products, known(), through=APRIL)
    whole = found[found["group"] == "all"].set_index("category")
    assert whole[["active", "owners"]].values.tolist() == [[2, 1], [2, 1]] and whole.index.tolist() == ["games", "home"]
    assert retention.penetration(made, hand.table("order_lines"), products, known(), through=APRIL).empty


# --- second order ---


def test_time_to_second_order_by_hand():
    rows = [
        (1, "2026-01-01"),
        (1, "2026-01-11"),
        (2, "2026-01-01"),
        (2, "2026-01-21"),
        (3, "2026-03-17"),
        (4, "2026-01-01"),
        (4, "2026-01-01"),
    ]
    found = retention.durations(bought(*rows), known(p1="instagram", p2="email", p3="email", p4="email"), as_of=APRIL)
    # 1: 10 days, 2: 20, 3: censored at 31 March after 14, 4: two orders of one day are one, censored after 89
    assert sorted(zip(found["days"], found["event"], strict=True)) == [
        (10.0, True),
        (14.0, False),
        (20.0, True),
        (89.0, False),
    ]
    curve = retention.curve(found, at=[10.0, 14.0, 20.0, 60.0])
    # day 10: 1 of 4 at risk, 3/4 left; day 20: 1 of 2, 3/8 left
    whole = curve[curve["group"] == "all"]
    assert whole["share"].tolist() == pytest.approx([0.25, 0.25, 0.625, 0.625]) and whole["at_risk"].tolist() == [
        4,
        3,
        2,
        1,
    ]
    test = retention.social_against_others(found)
    assert test.n == 4 and 0 < test.p < 1
    assert retention.social_against_others(found[found["group"] == "social"]) is None


def test_the_second_order_is_not_the_last():
    rows = bought((1, "2026-01-01"), (1, "2026-01-11"), (1, "2026-03-01"))
    assert retention.durations(rows, known(p1="instagram"), as_of=APRIL)["days"].tolist() == [10.0]


def test_customers_from_before_the_data_are_left_out_of_the_second_order():
    people = hand.table(
        "customers",
        [
            {"person_id": 1, "first_on": date(2026, 1, 1), "before_data": True},
            {"person_id": 2, "first_on": date(2026, 2, 1)},
        ],
    )
    found = retention.durations(bought((1, "2026-01-01"), (2, "2026-02-01")), people, as_of=APRIL)
    assert found["days"].tolist() == [58.0]  # 1 February to 31 March


# --- value ---


def money(*, lines=None, products=None, margin=None, **more):
    orders = hand.orders(
        (0, 9, "2026-01-05", 10),
        (1, 1, "2026-02-05", 100),
        (2, 1, "2026-03-05", 50),
        (3, 2, "2026-02-05", 100),
        (4, 2, "2026-03-01", -40, {"kind": "return", "original_order_id": 3}),
    )
    people = hand.table(
        "customers",
        [
            {"person_id": 9, "first_on": date(2026, 1, 5), "before_data": True},
            {"person_id": 1, "first_on": date(2026, 2, 5), "source": "instagram"},
            {"person_id": 2, "first_on": date(2026, 2, 5), "source": "instagram"},
        ],
    )
    persons = hand.table("persons", [{"account_id": n, "person_id": n} for n in (1, 2, 9)])
    found = retention.margins(
        retention.booked(orders, persons),
        hand.table("order_lines", lines),
        hand.table("products", products),
        hand.table("margins", margin),
        people,
        as_of=APRIL,
        **more,
    )
    return found, people


def line(order: int, net: float, quantity: float = 1.0, product: str = "a", on: date = date(2026, 2, 5)) -> dict:
    return {"order_id": order, "ordered_on": on, "product_id": product, "quantity": quantity, "net": net}


LINES = [line(1, 100, 2), line(2, 50, 1, on=date(2026, 3, 5)), line(3, 100, 2), line(4, -40, -1, on=date(2026, 3, 1))]
COST = [{"product_id": "a", "unit_cost": 20}, {"product_id": "a", "unit_cost": 30, "valid_from": date(2026, 3, 1)}]


def test_margin_takes_the_unit_cost_of_the_day():
    found, _ = money(lines=LINES, products=COST)
    # 1: February 100 - 2 x 20 = 60, March 50 - 30 = 20. 2: February 60, March -40 + 30 = -10 (the return gives the cost back)
    assert found.months[["person_id", "age", "margin"]].values.tolist() == [
        [1, 0, 60.0],
        [1, 1, 20.0],
        [2, 0, 60.0],
        [2, 1, -10.0],
    ]
    assert found.coverage == 1.0


def test_margin_sheet_stands_in_for_unit_cost_and_without_either_nothing_is_said():
    found, _ = money(margin=[{"month": m, "category": "all", "margin_share": 0.4} for m in ("2026-02", "2026-03")])
    assert found.months["margin"].tolist() == pytest.approx([40.0, 20.0, 40.0, -16.0])
    assert money()[0] is None
    by_category, _ = money(
        lines=LINES,
        products=[{"product_id": "a", "category": "home"}],
        margin=[{"month": m, "category": "home", "margin_share": 0.5} for m in ("2026-02", "2026-03")],
    )
    assert by_category.months["margin"].tolist() == pytest.approx([50.0, 25.0, 50.0, -20.0])


def test_revenue_without_a_cost_takes_the_mean_margin_of_the_rest():
    found, _ = money(lines=LINES[:1] + LINES[2:3], products=COST)
    # covered 200 of 210 (order 2 and the return have no line): margin 120 / 200 = 60%; 50 x .6 = 30, -40 x .6 = -24
    assert found.months["margin"].tolist() == pytest.approx([60.0, 30.0, 60.0, -24.0])
    assert found.coverage == pytest.approx(200 / 210)


def test_payback_is_the_first_month_that_reaches_the_cost():
    found, people = money(lines=LINES, products=COST)
    curve = retention.payback_curve(found, people, through=APRIL, discount=0.0)
    social = curve[curve["group"] == "social"]
    # per acquired customer: age 0 (60 + 60) / 2 = 60; age 1 (20 - 10) / 2 = 5: cumulative 60, 65
    assert social["cumulative"].tolist() == [60.0, 65.0] and social["customers"].tolist() == [2, 2]
    assert (
        retention.payback(social, 60.0) == 1
        and retention.payback(social, 61.0) == 2
        and retention.payback(social, 65.01) is None
    )
    assert retention.payback(social, None) is None
    cut = retention.payback_curve(found, people, through=MARCH, discount=0.0)
    assert cut[cut["group"] == "all"]["cumulative"].tolist() == [60.0]  # March has not ended
    dear = retention.payback_curve(found, people, through=APRIL, discount=0.21)
    assert dear[dear["group"] == "all"]["cumulative"].iloc[1] == pytest.approx(60 + 5 / 1.21 ** (1 / 12))


def test_payback_counts_a_cohort_only_for_the_months_it_has_lived():
    found, _ = money(lines=LINES, products=COST)
    people = hand.table(
        "customers",
        [{"person_id": n, "first_on": date(2026, 2 if n < 3 else 3, 5), "source": "instagram"} for n in (1, 2, 3)],
    )
    curve = retention.payback_curve(found, people, through=APRIL, discount=0.0)
    # person 3 came in March: one of three in month 0, not yet in month 1. 120 / 3 = 40, then 10 / 2 = 5
    social = curve[curve["group"] == "social"]
    assert social["customers"].tolist() == [3, 2] and social["cumulative"].tolist() == [40.0, 45.0]


def test_ltv_counts_every_acquired_customer_of_cohorts_old_enough():
    found, people = money(lines=LINES, products=COST)
    worth = retention.ltv(found, people, through=APRIL, months=2, discount=0.0).set_index("group")
    assert worth.loc["social", "value"] == 65.0 and worth.loc["social", "customers"] == 2  # (80 + 50) / 2
    assert retention.ltv(found, people, through=APRIL, months=3, discount=0.0).empty  # nobody is three months old


def test_real_terms_of_margins():
    found, _ = money(lines=LINES, products=COST, factors={"2026-01": 1.0, "2026-02": 2.0, "2026-03": 1.0})
    assert found.months["margin"].tolist() == [120.0, 20.0, 120.0, -10.0]


def test_ltv_to_cac_carries_both_ranges_and_can_lose():
    worth, cost = stats.Estimate(100.0, 80.0, 125.0, 0.9, 50, ""), stats.Estimate(50.0, 40.0, 62.5, 0.9, 60, "")
    found = retention.ltv_to_cac(worth, cost)
    # on logs both ranges reach ln 1.25 to either side: together ln 1.25 x sqrt 2
    reach = 1.25 ** np.sqrt(2)
    assert found.value == 2.0 and found.low == pytest.approx(2 / reach) and found.high == pytest.approx(2 * reach)
    # fault 6: a range is not cut at zero
    losing = retention.ltv_to_cac(stats.Estimate(10.0, -20.0, 40.0, 0.9, 50, ""), cost)
    assert losing.low == -0.5 and losing.high == 1.0
    assert retention.ltv_to_cac(worth, stats.Estimate(None, 300.0, None, 0.95, 0, "")).value is None


def test_line_margins_do_not_multiply_lines_by_price_changes():
    rows = value._line_margins(
        hand.table("order_lines", LINES[:1]), hand.table("products", COST), hand.table("margins")
    )
    assert to_frame(rows).values.tolist() == [[1, 100.0, 60.0]]


def test_input_is_left_untouched_and_a_second_run_is_the_same():
    found = pd.DataFrame({"source": ["instagram", "email"], "persons": [10, 20], "retained": [4, 5]})
    copy = found.copy()
    assert retention.retention(found).equals(retention.retention(found)) and found.equals(copy)


def test_money_that_no_price_index_covers_is_called_nominal():
    from types import SimpleNamespace

    from scrm_helpers.retention import report_worth as report

    said = report.prices(SimpleNamespace(base="", nominal=True))
    assert "Money is nominal" in said["en"] and "cari fiyatlarladır" in said["tr"]
    assert report.prices(SimpleNamespace(base="", nominal=False)) == {"en": "", "tr": ""}
    assert "In prices of March 2026" in report.prices(SimpleNamespace(base="2026-03", nominal=False))["en"]


@pytest.mark.parametrize(("high", "en", "tr"), [
    (59.0, "in month 1, at the low and at the high end of the cost alike.", ": 1. ay; maliyet aralığının iki ucunda da aynı."),
    (64.0, "in month 1 (range: month 1 to 2).", ": 1. ay (aralık: 1. ay ile 2. ay)."),
    (90.0, "in month 1; at the high end of the cost, not yet after 2 months.", "üst ucunda 2 ay sonunda henüz dönmüyor."),
])  # fmt: skip
def test_a_month_of_payback_that_the_range_of_the_cost_does_not_move_has_no_range(high, en, tr):
    """A margin of 60 by month 1 and 65 by month 2 against a cost of 55: at most 59 it is month 1 at both ends."""
    from types import SimpleNamespace

    from scrm_helpers.retention import report_worth as report

    curve = pd.DataFrame({"group": "all", "age": [0, 1], "cumulative": [60.0, 65.0]})
    cost = {"value": 55.0, "low": 50.0, "high": high, "n": 40}
    study = SimpleNamespace(cac_of=lambda _: cost, curve=curve, coverage=1.0, prices=None)
    worth = stats.Estimate(500.0, 450.0, 550.0, 0.9, 40, "")
    for language, wanted in (("en", en), ("tr", tr)):
        said = report._payback(Context("04_retention", "2026-10", language), study, "all", "ltv", worth, {"en": "all", "tr": "tümü"})
        assert said[-1].text(language).endswith(wanted)


# --- by source ---


def spans(**of: list) -> pd.DataFrame:
    """Durations by source: a number is days to the second order, a negative one days watched without."""
    rows = [(s, abs(d), d > 0) for s, days in of.items() for d in days]
    frame = pd.DataFrame(rows, columns=["source", "days", "event"])
    return frame.assign(group=retention.second.group_names(frame["source"]), days=frame["days"].astype(float))


def test_second_order_of_each_source_with_those_still_watched():
    found = spans(instagram=[10] * 10 + [-200] * 10, email=[10] * 15 + [-200] * 10, x=[10] * 19, unknown=[-100] * 20)
    rows = retention.second.by_source(found).set_index("source")
    # 10 of 20, 15 of 25; x has 19 and is too few; the unknown were watched 100 days: nothing is said of day 180
    assert rows[["customers", "watched"]].to_dict("index") == {
        "email": {"customers": 25, "watched": 10},
        "instagram": {"customers": 20, "watched": 10},
        "unknown": {"customers": 20, "watched": 0},
    }
    assert rows.loc["email", "value"] == pytest.approx(0.6) and rows.loc["instagram", "value"] == pytest.approx(0.5)
    assert np.isnan(rows.loc["unknown", "value"])


def test_log_rank_runs_over_all_known_sources_and_not_over_the_unknown():
    alike = {"instagram": [10, 20, 30, -90] * 10, "email": [10, 20, 30, -90] * 10, "search": [10, 20, 30, -90] * 10}
    same = retention.second.across_sources(spans(**alike, unknown=[-90] * 40))
    assert same.freedom == 2 and same.n == 120 and same.statistic == pytest.approx(0.0, abs=1e-9)
    # one of three sources never comes back: social against others (instagram against the two) would water that down
    apart = retention.second.across_sources(spans(**{**alike, "search": [-90] * 40}))
    assert apart.p < 1e-6
    assert retention.second.across_sources(spans(instagram=[10] * 30, x=[10] * 5)) is None


def test_a_credit_note_is_no_purchase_and_revenue_of_its_month():
    orders = hand.orders(
        (1, 1, "2026-01-10", 100),
        (2, 1, "2026-02-10", -40, {"kind": "return"}),  # a credit note that names no sale
        (3, 2, "2026-01-10", 50),
    )
    people = hand.table("persons", [{"account_id": n, "person_id": n} for n in (1, 2)])
    found = retention.counts(seen(retention.purchases(orders, people), known()), through=MARCH, months=1)
    assert found[["persons", "retained"]].values.tolist() == [[2, 0]]  # February: a note alone, nobody came back
    money = retention.revenue(retention.booked(orders, people), known(p1="instagram", p2="email"))
    by_age = money.groupby(["source", "age"])["net"].sum().astype(float).to_dict()
    assert by_age == {("email", 0): 50.0, ("instagram", 0): 100.0, ("instagram", 1): -40.0}


def test_payback_by_source_reads_each_source_against_its_own_cost():
    rows = [("instagram", 0, 30, 50.0), ("instagram", 1, 25, 65.0), ("instagram", 2, 9, 99.0), ("search", 0, 40, 20.0), ("x", 0, 5, 9.0)]
    curves = pd.DataFrame(rows, columns=["source", "age", "customers", "cumulative"])
    cac = pd.DataFrame(
        [("12m", "instagram", 60.0, 45.0, 70.0, None), ("12m", "search", 30.0, 10.0, 40.0, None), ("12m", "x", 5.0, 4.0, 6.0, None),
         ("1m", "search", 1.0, 1.0, 1.0, None), ("12m", "email", None, None, None, None)],
        columns=["window", "source", "value", "low", "high", "real_value"],
    ).assign(real_low=None, real_high=None)  # fmt: skip
    found = retention.payback_by_source(curves, cac, months=2).set_index("source")
    # instagram: 60 is reached in the second month, 45 in the first, 70 not yet (the third month has 9 customers: not read);
    # search: 30 not yet, 10 in the first month; x has 5 customers: no row
    assert found.index.tolist() == ["search", "instagram"]
    blank = found[["paid_back", "earliest", "latest"]].fillna(0).values.tolist()
    assert blank == [[0, 1, 0], [2, 1, 0]]
    assert found["earned"].fillna(0).tolist() == [0, 65.0] and found["watched_months"].tolist() == [1, 2]


def test_dealers_and_other_businesses_stand_in_a_table_of_their_own():
    kinds = {1: "business", 2: "business", 3: "business", 4: "consumer"}
    people = hand.table("persons", [{"account_id": n, "person_id": n, "kind": k} for n, k in kinds.items()])
    orders = hand.orders(
        (1, 1, "2025-12-05", 100), (2, 1, "2026-02-05", 40), (3, 1, "2026-03-31", 60),
        (4, 2, "2026-01-31", 200), (5, 2, "2026-02-10", -50, {"kind": "return", "original_order_id": 4}),
        (6, 3, "2026-02-01", 70), (7, 4, "2026-01-05", 999), (8, 4, "2026-02-05", 999), (9, 1, "2025-11-30", 5),
    )  # fmt: skip
    rows = retention.booked(orders, people)
    found = retention.businesses(orders, people, rows, through=APRIL, months=2).iloc[0]
    # December and January: 1 and 2; February and March: 1 again (twice) and 3, new. Money then 300, now 40 + 60 + 70 - 50
    assert found[["persons", "retained", "buyers", "repeat_buyers", "net_then", "net_now"]].tolist() == [2, 1, 2, 1, 300.0, 120.0]
    assert found["low"] == stats.wilson(1, 2).low
    factors = {"2025-12": 3.0, "2026-01": 2.0, "2026-02": 1.5, "2026-03": 1.0}
    real = retention.businesses(orders, people, rows, through=APRIL, months=2, factors=factors).iloc[0]
    assert real[["net_then", "net_now"]].tolist() == [700.0, 150.0]  # 300 + 400; 1.5 x (40 + 70 - 50) + 60
    consumers = hand.table("persons", [{"account_id": 4, "person_id": 4}])
    assert retention.businesses(orders, consumers, retention.booked(orders, consumers), through=APRIL).empty


def test_ltv_stands_beside_its_ratio_to_the_cost_over_12_and_24_months():
    worth = [("social", 12, 40, 300.0, 250.0, 350.0), ("social", 24, 30, 450.0, 400.0, 500.0), ("other_known", 12, 9, 80.0, 10.0, 90.0),
             ("unknown", 12, 50, 80.0, 70.0, 90.0)]  # fmt: skip
    cost = pd.DataFrame({"window": "12m", "source": ["social", "other_known"], "value": [150.0, 40.0], "low": [100.0, 30.0],
                         "high": [200.0, 50.0], "customers": 60}).assign(real_value=np.nan, real_low=np.nan, real_high=np.nan)  # fmt: skip
    ltv = pd.DataFrame(worth, columns=["group", "months", "customers", "value", "low", "high"])
    study = retention.Study(**dict.fromkeys(retention.Study._fields) | {"ltv": ltv, "cac": cost})
    shown = study.ltv_shown()
    # 300 / 150 and 450 / 150; 9 customers are too few, and of unknown source nobody knows the cost
    assert shown["to_cac"].tolist()[:2] == [2.0, 3.0] and shown["to_cac"].isna().tolist() == [False, False, True, True]
    assert (shown.loc[0, "to_cac_low"] < 2 < shown.loc[0, "to_cac_high"]) and study.ltv.columns.tolist() == ltv.columns.tolist()


def test_an_analyst_chooses_window_and_group_of_the_share_kept_by_month():
    rows = [(1, "2026-01-05"), (1, "2026-02-05"), (2, "2026-01-06"), (2, "2026-03-01"), (3, "2026-02-02"), (3, "2026-03-02")]
    found = seen(bought(*rows), known(p1="email", p2="instagram", p3="instagram"))
    nothing = dict.fromkeys(retention.Study._fields)
    study = retention.Study(**nothing | {"seen": found, "through": APRIL})
    # of January's 1 and 2 came 1 in February; of February's 1 and 3 came 3 in March. From Instagram: 2 did not, then 3 did
    columns = ["month", "persons", "retained"]
    assert study.kept_months("1m").empty  # fewer than 20: nothing to draw
    many = study._replace(seen=found._replace(persons=found.persons * 20))  # the same, 20 people each
    assert many.kept_months("1m")[columns].values.tolist() == [["2026-02", 40, 20], ["2026-03", 40, 20]]
    assert many.kept_months("1m", "social")[columns].values.tolist() == [["2026-02", 20, 0], ["2026-03", 20, 20]]
    assert study.kept_title("3m") == "retention.title.kept_by_month_3m"


def of_many(people: int, group: str, month: str, *, first: int, again: int = 0) -> tuple[list, dict[int, str]]:
    """Orders of `people` persons from number `first` on, on the 5th of the month, the first `again` of them in the next month too."""
    later = f"{month[:5]}{int(month[5:]) + 1:02d}"
    rows = [(first + k, f"{month}-05") for k in range(people)] + [(first + k, f"{later}-05") for k in range(again)]
    return rows, {first + k: group for k in range(people)}


def test_of_fewer_than_20_no_chart_draws_a_figure_and_the_table_says_why():
    """January's 20 from Instagram, 10 of whom come again, and 4 from an e-mail, who all do; 3 before them and 19 after, of no source."""
    parts = [of_many(20, "instagram", "2026-01", first=1, again=10), of_many(4, "email", "2026-01", first=21, again=4),
             of_many(19, "unknown", "2026-02", first=25, again=19), of_many(3, "unknown", "2025-11", first=50)]  # fmt: skip
    rows, source = [r for part in parts for r in part[0]], {p: s for part in parts for p, s in part[1].items()}
    found = seen(bought(*rows), known(**{f"p{p}": s for p, s in source.items()}))
    kept = retention.retention(rolling.counts(found, through=date(2026, 3, 1), months=1))
    empty = pd.DataFrame(columns=["source", "cohort", "age", "kind", "net", "month"])
    study = retention.Study(**dict.fromkeys(retention.Study._fields) | {
        "kept": kept, "sizes": retention.sizes(found), "seen": found, "through": APRIL, "period": "2026-03", "revenue": empty})  # fmt: skip
    drawn = study.kept_rows().set_index("group")
    assert drawn["persons"].to_dict() == {"all": 24, "social": 20, "other_known": 4}  # nobody of the others bought in January
    assert drawn["value"].round(3).to_dict()["social"] == 0.5 and drawn.loc["other_known", ["value", "low", "high"]].isna().all()
    told = retention.told(kept, "persons").set_index("group")
    assert told["state"].to_dict() == {"all": "", "social": "", "other_known": "too_few", "unknown": "too_few"}
    assert told.loc["other_known", ["persons", "retained"]].tolist() == [4, 4] and told.loc["other_known", "value":"high"].isna().all()
    assert kept.set_index("group").loc["other_known", "value"] == 1.0  # the table given is left as it was
    cells = study.cells().set_index(["cohort", "age"])
    assert cells.loc[("2026-01", 1), "value"] == 14 / 24 and cells.loc["2026-02", "value"].isna().all()
    assert study.cells(group="other_known").empty and len(study.triangle(group="other_known"))
    chart = charts.cohort_heatmap(study.cells(), cohort="cohort", age="age", value="value", n="at_risk", complete="complete",
                                  language="en", title="Cohorts")  # fmt: skip
    labels = [t.get_text() for t in chart.axes.get_yticklabels()]
    assert labels == ["Nov 2025  n=3", "Jan 2026  n=24", "Feb 2026  n=19"]
    assert sorted(t.get_text() for t in chart.axes.texts) == ["0", "100", "58"]  # January's alone
    assert "none" not in chart.alt and "month 4" not in chart.alt and "month 2" in chart.alt  # November's own age has nothing to say
    days = pd.DataFrame({"days": range(1, 25), "event": True, "source": ["instagram"] * 20 + ["email"] * 4})
    again = study._replace(second=days.assign(group=["social"] * 20 + ["other_known"] * 4)).second_rows()
    assert set(again["source"]) == {"social"}  # a curve of 4 is not drawn
    context = Context("04_retention", "2026-12", "en")
    for people, state in ((19, "too_few"), (20, "ok")):  # none of whom has been seen for long: 0 of them bought in month 6
        rows, _ = of_many(people, "unknown", "2026-01", first=1, again=people)
        old = retention.sizes(seen(bought((90, "2025-12-01"), *rows), known()))
        late = study._replace(sizes=old, through=date(2027, 1, 1), period="2026-12")
        owned = pd.DataFrame([("all", "Shoes", people, 9, 0.5, 0.4, 0.6)], columns=["group", "category", "active", "owners", *FIGURES])
        cohort, category = report._cohort(context, late)[0], report._penetration(context, study._replace(penetration=owned))[0]
        assert (cohort.state, cohort.n, category.state, category.n) == (state, people, state, people)
        assert cohort.text_en.startswith("How many of the customers") is (state == "too_few")
    few = study._replace(kept=kept.iloc[[2, 3]])
    assert few.kept_rows().empty  # every figure is too few: no chart at all


def test_acquired_revenue_names_the_month_it_counts_which_is_not_that_of_an_open_page():
    from types import SimpleNamespace

    from scrm_helpers import periods
    from scrm_helpers.retention import report

    # data to 3 November: the last whole month is October; 300 of 400 from social, 100 of it from customers won in October
    rows = [("2026-10", "instagram", 0, 100.0), ("2026-10", "instagram", 3, 200.0), ("2026-10", "search", 1, 100.0),
            ("2026-11", "instagram", 0, 999.0)]  # fmt: skip
    revenue = pd.DataFrame(rows, columns=["month", "source", "age", "net"]).assign(kind="consumer", attributed=True)
    revenue["month"] = [periods.index(m) for m in revenue["month"]]
    study = SimpleNamespace(revenue=revenue, through=date(2026, 11, 1), enough=False, same=[], coverage=None)
    said, = report._revenue(Context("04_retention", "2026-11", "en"), study)
    assert said.value == 300 and "brought 300 TL in October 2026, 75% of all revenue; 200 TL of it" in said.text("en")
    assert "Ekim 2026 cirosu 300 TL, toplam cirodaki payı %75" in said.text("tr") and "Kasım" not in said.text("tr")
