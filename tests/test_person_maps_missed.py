"""Links that were not found: persons loosened by lot, figures counted there, and the range carried on to what recall says is missing."""

import importlib
from datetime import date

import hand
import ibis
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import acquisition, person_maps, retention, sales
from scrm_helpers.acquisition import customer_cost
from scrm_helpers.identity import loosen
from scrm_helpers.person_maps import LOOSE, Missed, with_missed
from scrm_helpers.retention import purchases, value
from scrm_helpers.retention.redrawn import redrawn
from scrm_helpers.stats import Estimate, wilson

rolling = importlib.import_module("scrm_helpers.retention.rolling")  # the package gives its functions, of which one has this name
THROUGH = date(2026, 7, 1)


def test_the_range_runs_from_the_found_to_where_missing_links_lead():
    # half of the links that there are were found; where 10 in 100 of those part, the figure falls from 100 to 98. As many links again
    # as were found lift it by 2 x 10 = 20: with the range's own 5 below and above, from 95 to 125
    plain = Estimate(100.0, 95.0, 105.0, 0.9, 50, "plain")
    found = with_missed(plain, [98.0] * 6, Missed(0.1, 0.5, 0.5, 0.5))
    assert (found.value, found.low, found.high) == (100.0, 95.0, pytest.approx(125.0))
    assert found.method == "plain, with links not found" and found.n == 50
    # a figure that rises where links part falls where they join
    assert with_missed(plain, [102.0], Missed(0.1, 0.5, 0.5, 0.5))[:3] == (100.0, pytest.approx(75.0), 105.0)
    # recall from .4 to .5 to 2/3: 10 to 20 to 30 are added; 5 and 10 as squares
    wide = with_missed(plain, [98.0] * 6, Missed(0.1, 0.5, 0.4, 2 / 3))
    assert wide.high == pytest.approx(120 + np.hypot(5, 10)) and wide.low == 95.0
    # draws that differ: 97 and 99 have a standard error of 1, which is 10 at 1 / .1; t of 1 degree of freedom at 90% is 6.314
    lot = with_missed(plain, [97.0, 99.0], Missed(0.1, 0.5, 0.5, 0.5))
    assert lot.high == pytest.approx(120 + np.hypot(5, 63.14), abs=0.1) and lot.low == pytest.approx(120 - np.hypot(5, 63.14), abs=0.1)


def test_nothing_missing_leaves_the_range_as_it_is():
    plain = Estimate(100.0, 95.0, 105.0, 0.9, 50, "plain")
    assert with_missed(plain, [98.0] * 6, Missed(0.1, 1.0, 1.0, 1.0)) == plain
    assert with_missed(plain, [100.0] * 6, Missed(0.1, 0.5, 0.4, 0.6)) == plain
    assert with_missed(plain, [], Missed(0.1, 0.5, 0.4, 0.6)) == plain
    nothing = Estimate(None, None, None, 0.9, 0, "none")
    assert with_missed(nothing, [98.0], Missed(0.1, 0.5, 0.5, 0.5)) == nothing


def test_what_match_quality_says_of_missing_links():
    rows = pd.DataFrame({
        "measure": ["recall_buyers", "loosened_share", "recall"], "group": "all", "value": [0.9, 0.1, 0.5], "low": [0.8, None, 0.4],
        "high": [0.95, None, 0.6],
    })  # fmt: skip
    assert person_maps.missed_of(rows) == Missed(0.1, 0.9, 0.8, 0.95)
    assert person_maps.missed_of(rows.iloc[1:]) is None  # exact keys alone: nobody can say what is missing


def test_records_with_company_go_by_lot_each_alone():
    label = np.r_[np.repeat(np.arange(0, 3000, 3), 3), 3000:3100]  # a thousand persons of three records, a hundred of one
    gone = loosen.leavers(label, seed=5)
    assert len(gone) == 6 and all((rows < 3000).all() for rows in gone) and len({tuple(rows) for rows in gone}) == 6
    assert all(100 < len(rows) < 200 for rows in gone)  # 5 in 100 of 3,000 are 150, give or take 12
    assert [len(rows) for rows in loosen.leavers(np.repeat(np.arange(0, 400_000, 2), 2), seed=5)] == pytest.approx([1000] * 6, rel=0.1)
    assert [len(rows) for rows in loosen.leavers(np.repeat(np.arange(0, 4_000_000, 2), 2), seed=5)] == pytest.approx([4000] * 6, rel=0.1)
    assert loosen.leavers(np.arange(5), seed=5) == []
    # persons of 3 and 2 records, the first record goes: 3 of 4 pairs part from it or stay: 2 of 4 part
    among = np.array([True, True, True, True, True])
    assert loosen.lost(np.array([0, 0, 0, 3, 3]), np.array([0]), among) == pytest.approx(2 / 4)
    # of the pairs among the others none is lost; where nobody has a pair nothing can be said
    assert loosen.lost(np.array([0, 0, 0, 3, 3]), np.array([0]), np.array([False, True, True, True, True])) == 0.0
    assert loosen.lost(np.array([0, 0]), np.array([0]), np.array([True, False])) is None


@pytest.fixture(scope="module")
def company():
    """60 accounts with orders over 30 months, some from a source and some sent back; best map, and two maps with a few links less."""
    rng = np.random.default_rng(8)
    months = pd.period_range("2024-01", "2026-06", freq="M")
    rows = [
        (n, int(rng.integers(1, 61)), f"{months[int(rng.integers(len(months)))]}-{int(rng.integers(1, 28)):02d}", 10 + n % 7,
         {"source": str(rng.choice(["instagram", "google", "none"])) if rng.random() < 0.5 else None})
        for n in range(1, 401)
    ]  # fmt: skip
    back = [
        (1000 + n, a if n % 2 else None, "2026-06-28", -net, {"kind": "return", "original_order_id": n}) for n, a, _, net, _ in rows[::25]
    ]  # fmt: skip
    lines = [
        {"order_id": n, "ordered_on": date.fromisoformat(day), "product_id": "p", "net": net, "quantity": 1.0 if net > 0 else -1.0}
        for n, _, day, net, _ in [*rows, *back]
    ]  # fmt: skip
    best = {a: (a + 1) // 2 for a in range(1, 61)}  # two accounts a person
    gone = [(LOOSE + d, a, 1000 * d + a) for d in (1, 2) for a in range(d, 61, 7)]
    tables = {
        "orders": hand.orders(*rows, *back), "order_lines": hand.table("order_lines", lines),
        "products": hand.table("products", [{"product_id": "p", "unit_cost": 4.0, "category": "x"}]),
        "person_draws": hand.table("person_draws", [{"draw": d, "account_id": a, "person_id": p} for d, a, p in gone]),
        "persons": hand.persons(**{f"a{a}": p for a, p in best.items()}),
        "match_quality": hand.table("match_quality", [
            {"measure": "recall_buyers", "group": "all", "value": 0.8, "low": 0.7, "high": 0.9, "method": "x"},
            {"measure": "loosened_share", "group": "all", "value": 0.2, "method": "x"},
        ]),
    }  # fmt: skip
    read = lambda name: tables[name] if name in tables else hand.table(name)  # noqa: E731
    tables["customers"] = made(read, read("persons")).cache()
    maps = {d: best | {a: p for n, a, p in gone if n == d} for d in (LOOSE + 1, LOOSE + 2)}
    return read, {d: hand.persons(**{f"a{a}": p for a, p in of.items()}) for d, of in maps.items()}


def made(read, people):
    return sales.customers(read("orders"), *(read(n) for n in ("accounts", "leads", "touches")), people, read("golden"))


def test_figures_under_a_loosened_map_are_those_of_the_map_counted_whole(company, monkeypatch):
    read, whole = company
    asked = []
    monkeypatch.setattr(person_maps, "with_missed", lambda estimate, figures, missed: asked.append(list(figures)) or estimate)
    loose = redrawn(read, read("orders"), window=90)
    assert loose.draws == list(whole) and loose.found.missed == Missed(0.2, 0.8, 0.7, 0.9)

    bought = purchases(read("orders"), read("persons"))
    rolling.repurchase(bought, read("customers"), through=THROUGH, loose=loose)
    again = [rolling.repurchase(purchases(read("orders"), p), made(read, p), through=THROUGH) for p in whole.values()]
    full = [g for g in range(len(again[0])) if all(r["buyers"].iloc[g] for r in again)]
    assert [a for a in asked if len(a)] == [[pytest.approx(r["value"].iloc[g]) for r in again] for g in full] and len(full) > 1

    asked.clear()
    named = [read(n) for n in ("order_lines", "products", "margins")]
    margins = value.margins(retention.booked(read("orders"), read("persons")), *named, read("customers"), as_of=THROUGH)
    anew = value.months_anew(margins, loose, *named, as_of=THROUGH)
    value.ltv(margins, read("customers"), through=THROUGH, loose=loose, anew=anew)
    each = [value.margins(retention.booked(read("orders"), p), *named, made(read, p), as_of=THROUGH) for p in whole.values()]
    again = [value.ltv(m, made(read, p), through=THROUGH) for m, p in zip(each, whole.values(), strict=True)]
    assert asked == [[pytest.approx(r["value"].iloc[g]) for r in again] for g in range(len(again[0]))] and len(asked) > 1

    tables = [read(n) for n in ("customers", "orders", "accounts", "leads", "touches", "persons", "golden", "person_draws")]
    found = acquisition.new_by_draw(*tables, draws=person_maps.loose_of(read("person_draws")), first_month="2024-01")
    for draw, part in found.groupby("draw"):
        counted = acquisition.new_by_month(made(read, whole[draw]))
        pd.testing.assert_frame_equal(part.drop(columns="draw").reset_index(drop=True), counted, check_dtype=False)

    seen = {d: rolling._seen(purchases(read("orders"), p), made(read, p), THROUGH, 12) for d, p in whole.items()}
    best = _kept(rolling._seen(bought, read("customers"), THROUGH, 12))
    parted = rolling.counts_by_draw(
        best, bought, read("customers"), loose.found.gone, loose.bought, loose.made, draws=loose.draws, through=THROUGH
    )
    for draw, part in parted.groupby("draw"):
        assert part[["source", "persons", "retained"]].to_numpy().tolist() == _kept(seen[draw]).to_numpy().tolist()


def _kept(seen) -> pd.DataFrame:
    return seen.group_by("source").agg(persons=seen.count(), retained=ibis._.now.cast("int64").sum()).to_pandas().sort_values("source")


def test_a_share_with_missing_links_stays_a_share_and_holds_the_plain_range(company):
    read, _ = company
    loose = redrawn(read, read("orders"), window=90)
    bought = purchases(read("orders"), read("persons"))
    found = (rolling.repurchase(bought, read("customers"), through=THROUGH, loose=x) for x in (None, loose))
    plain, wide = (rows.set_index("group").loc["all"] for rows in found)
    assert (plain["value"], plain["buyers"]) == (wide["value"], wide["buyers"])
    assert wide["low"] <= plain["low"] and plain["high"] < wide["high"] <= 1  # fewer buyers who buy more often


def test_new_customers_fall_where_missing_links_join():
    # 100 new customers, 104 where a fifth of the links part; as many as a quarter of those found are missing: 100 - 20 x .25 = 95.
    # Exact Poisson limits of 100 are 84.1 and 118.1 away by 15.9 and 18.1: 95 - 15.9 is the low end, 118.1 stays the high one
    plain = customer_cost.count_limits(100, [])
    wide = customer_cost.count_limits(100, [], loose=customer_cost.Loosened([104] * 6, Missed(0.2, 0.8, 0.8, 0.8)))
    assert wide == (pytest.approx(plain[0] - 5), plain[1])
    dear = customer_cost.cac((1000.0, 1000.0, 1000.0), 100, loose=customer_cost.Loosened([104] * 6, Missed(0.2, 0.8, 0.8, 0.8)))
    assert dear.value == 10.0 and dear.high == pytest.approx(1000 / (plain[0] - 5)) and dear.low == pytest.approx(1000 / plain[1])


def test_without_loosened_maps_nothing_changes(company):
    read, _ = company
    without = {"match_quality": hand.table("match_quality")}
    assert redrawn(lambda name: without.get(name, read(name)), read("orders"), window=90) is None
    assert wilson(3, 10, 0.9) == with_missed(wilson(3, 10, 0.9), [], Missed(0.2, 0.8, 0.7, 0.9))
