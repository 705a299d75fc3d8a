"""What draws of the person map change, by hand; and that counting the change alone gives what counting everybody gives."""

import importlib
from datetime import date

import hand
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import acquisition, person_maps, sales
from scrm_helpers.retention.purchases import purchases
from scrm_helpers.store import to_frame

rolling = importlib.import_module("scrm_helpers.retention.rolling")  # the package gives its functions, of which one has this name


def drawn(*rows: tuple[int, int, int]):
    return hand.table("person_draws", [{"draw": d, "account_id": a, "person_id": p} for d, a, p in rows])


def pairs(rows, *columns: str) -> list[list[int]]:
    return sorted(to_frame(rows)[list(columns)].to_numpy("int64").tolist())


def test_what_a_draw_moves():
    people = hand.persons(a1=10, a2=10, a3=20, a4=30)
    maps = drawn((0, 1, 10), (1, 2, 11), (2, 2, 10), (3, 3, 30))
    assert person_maps.draws_of(maps) == [1, 2, 3] and person_maps.draws_of(maps, most=1) == [1]
    gone, made = person_maps.moved(people, maps, [1, 2, 3])
    # draw 1 takes account 2 out of person 10 (to 11, new); draw 2 is the best map; draw 3 joins 20 to 30. Nobody else is touched
    assert pairs(gone, "draw", "person_id") == [[1, 10], [1, 11], [3, 20], [3, 30]]
    assert pairs(made, "account_id", "person_id") == [[1, 10001], [2, 11001], [3, 30003], [4, 30003]]
    assert made.columns == people.columns
    assert pairs(made.mutate(draw=person_maps.draw_of(made.person_id)), "account_id", "draw") == [[1, 1], [2, 1], [3, 3], [4, 3]]


def test_more_draws_than_an_id_has_room_for():
    with pytest.raises(ValueError, match="came 1 to 1000, expected numbers from 0 to 999"):
        person_maps.moved(hand.persons(a1=1), drawn((1, 1, 1)), [1, 1000])


def test_counts_of_a_draw_are_the_best_less_what_it_forms_otherwise():
    best = pd.DataFrame({"source": ["a", "b"], "n": [5, 2]})
    less = pd.DataFrame({"draw": [1, 1], "source": ["a", "b"], "n": [1, 2]})
    more = pd.DataFrame({"draw": [1], "source": ["c"], "n": [4]})
    found = person_maps.recounted(best, less, more, draws=[1, 2], by=["source"], counts=["n"])
    # draw 1: a 5 - 1, b 2 - 2 (no row), c 4; draw 2 moves nobody
    assert found.to_numpy().tolist() == [[1, "a", 4], [1, "c", 4], [2, "a", 5], [2, "b", 2]]


@pytest.fixture(scope="module")
def company():
    """60 accounts with orders over 30 months, some from a source; best map and 6 draws by lot, of which the last is the best map."""
    rng = np.random.default_rng(5)
    months = pd.period_range("2024-01", "2026-06", freq="M")
    orders = hand.orders(*(
        (n, int(rng.integers(1, 61)), f"{months[int(rng.integers(len(months)))]}-{int(rng.integers(1, 28)):02d}", 10,
         {"source": str(rng.choice(["instagram", "google", "none"])) if rng.random() < 0.5 else None})
        for n in range(400)
    ))  # fmt: skip
    best = {a: int(rng.integers(1, 41)) for a in range(1, 61)}
    rows = [(0, a, p) for a, p in best.items()]
    for draw in range(1, 6):
        rows += [(draw, a, p if rng.random() < 0.8 else int(rng.integers(1, 61))) for a, p in best.items() if rng.random() < 0.9]
    return orders, best, [*rows, (6, 1, best[1])]


def of_draw(company, draw: int):
    """The person map of one draw, whole."""
    _, best, rows = company
    return hand.persons(**{f"a{a}": p for a, p in (best | {a: p for d, a, p in rows if d == draw}).items()})


def made(orders, people):
    return sales.customers(orders, *(hand.table(n) for n in ("accounts", "leads", "touches")), people, hand.table("golden"))


def test_new_customers_by_draw_are_those_of_each_map_counted_whole(company):
    orders, _, rows = company
    best = made(orders, of_draw(company, 0))
    rest = [hand.table(n) for n in ("accounts", "leads", "touches")]
    found = acquisition.new_by_draw(
        best, orders, *rest, of_draw(company, 0), hand.table("golden"), drawn(*rows), draws=[1, 2, 3, 4, 5, 6], first_month="2024-01"
    )
    for draw, part in found.groupby("draw"):
        whole = acquisition.new_by_month(made(orders, of_draw(company, draw)))
        pd.testing.assert_frame_equal(part.drop(columns="draw").reset_index(drop=True), whole, check_dtype=False)
    assert found.groupby("draw")["customers"].sum().nunique() > 1  # the maps differ


def test_kept_customers_by_draw_are_those_of_each_map_counted_whole(company):
    orders, _, rows = company
    through = date(2026, 7, 1)

    def whole(draw):
        people = of_draw(company, draw)
        seen = rolling._seen(purchases(orders, people), made(orders, people), through, 12)
        return to_frame(seen.group_by("source").agg(persons=seen.count(), retained=seen.now.cast("int64").sum())).sort_values("source")

    gone, people = person_maps.moved(of_draw(company, 0), drawn(*rows), [1, 2, 3, 4, 5, 6])
    best = of_draw(company, 0)
    found = rolling.counts_by_draw(
        whole(0), purchases(orders, best), made(orders, best), gone, purchases(orders, people), made(orders, people),
        draws=[1, 2, 3, 4, 5, 6], through=through,
    )  # fmt: skip
    columns = ["source", "persons", "retained"]
    for draw, part in found.groupby("draw"):
        assert part[columns].to_numpy().tolist() == whole(draw)[columns].to_numpy().tolist()
    assert found.groupby("draw")["retained"].sum().nunique() > 1
