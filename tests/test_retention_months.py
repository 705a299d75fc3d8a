"""Rows of bits per person, on every way they are made, and one more month against a rebuild."""

from datetime import date, timedelta

import hand
import ibis
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import periods, retention
from scrm_helpers.store import flat_bits, month_bits, monthly

FIRST = periods.index("2023-11")


def made(people: int = 60, months: int = 70, orders: int = 900, seed: int = 3) -> pd.DataFrame:
    """Orders of made-up customers over more months than one word holds. Columns person_id, ordered_on, month, source, cents."""
    rng = np.random.default_rng(seed)
    start = date(2023, 11, 1)
    span = (periods.first_day(periods.shift("2023-11", months)) - start).days
    person = rng.integers(0, people, orders)
    day = [start + timedelta(days=int(d)) for d in rng.integers(0, span, orders)]
    month = [periods.index(periods.of(d)) for d in day]
    cents = rng.integers(-500, 90_000, orders)
    rows = {"person_id": person, "ordered_on": day, "month": month, "source": (person % 3).astype("int8"), "cents": cents}
    return pd.DataFrame(rows)


def test_bits_by_hand():
    # person 1: January, March and again March; person 2: March alone; April lies outside
    rows = ibis.memtable(pd.DataFrame({"person_id": [1, 1, 1, 2, 2], "month": [24312, 24314, 24314, 24314, 24315]}))
    found = month_bits(rows, first=24312, months=3).to_pandas().sort_values("person_id")
    assert found.values.tolist() == [[1, 0b101], [2, 0b100]]


def test_flat_and_hashed_bits_agree_over_more_months_than_a_word():
    rows = made()
    table = ibis.memtable(rows[["person_id", "ordered_on", "month"]])
    hashed = month_bits(table, first=FIRST, months=70).to_pandas().sort_values("person_id", ignore_index=True)
    flat = flat_bits(table, first=FIRST, months=70, people=60)
    assert list(hashed.columns) == ["person_id", "w0", "w1"]
    assert flat[flat["person_id"].isin(hashed["person_id"])].values.tolist() == hashed.values.tolist()
    for person, w0, w1 in hashed.itertuples(index=False):
        months = {m - FIRST for m in rows.loc[rows["person_id"] == person, "month"]}
        assert {k for k in range(70) if (w0 >> k if k < 62 else w1 >> (k - 62)) & 1} == months


def test_flat_bits_refuse_numbers_and_days_outside():
    rows = ibis.memtable(pd.DataFrame({"person_id": [7], "ordered_on": [date(2023, 11, 5)]}))
    with pytest.raises(ValueError, match="expected 0 to 6"):
        flat_bits(rows, first=FIRST, months=1, people=7)
    with pytest.raises(ValueError, match="days outside"):
        flat_bits(rows, first=FIRST + 1, months=1, people=8)


def test_months_of_28_to_31_days_fall_where_they_belong():
    # last and first days around February of a leap year and of a common one, and a month of 30 days
    days = ["2023-11-30", "2023-12-01", "2023-12-31", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01"]
    place = [0, 1, 1, 3, 4, 15, 16]  # months after November 2023, counted on the fingers
    rows = pd.DataFrame({"person_id": range(7), "ordered_on": [date.fromisoformat(d) for d in days]})
    flat = flat_bits(ibis.memtable(rows), first=FIRST, months=17, people=7)
    assert flat["w0"].tolist() == [1 << p for p in place]
    orders = hand.orders(*[(n, n + 1, d, 10) for n, d in enumerate(days)])
    people = hand.table("persons", [{"account_id": n, "person_id": n} for n in range(1, 8)])
    bought = retention.purchases(orders, people).select("person_id", "month")
    bits = month_bits(bought, first=FIRST, months=17).to_pandas().sort_values("person_id")
    assert bits["w0"].tolist() == [1 << p for p in place]


def test_one_more_month_is_the_rebuild(tmp_path):
    rows = made().query("month < @FIRST + 65")
    sources = ("instagram", "search", "unknown")
    state = monthly.empty(FIRST, sources)
    for month in range(FIRST, FIRST + 65):
        here = rows[rows["month"] == month]
        state = monthly.add_month(state, here["person_id"] * 10**9 + 17, here["source"], here["cents"])
        monthly.write_state(state, tmp_path / "state.parquet")
        state = monthly.read_state(tmp_path / "state.parquet")
    whole = ibis.memtable(rows[["person_id", "month"]])
    people = ibis.memtable(pd.DataFrame({"person_id": range(60), "source": [sources[p % 3] for p in range(60)]}))
    rebuilt = retention.sizes(retention.activity(whole, people, bits=month_bits))
    pd.testing.assert_frame_equal(retention.sizes(retention.histories(state.counted, first=FIRST, months=65)), rebuilt)
    pd.testing.assert_frame_equal(state.sizes, rebuilt)
    cohort = rows.groupby("person_id")["month"].transform("min")
    money = rows.assign(cohort=cohort).groupby(["source", "cohort", "month"])["cents"].sum()
    found = state.cells.set_index(["source", "cohort", "month"])["cents"].sort_index()
    assert found.to_dict() == money.to_dict() and found.sum() == rows["cents"].sum()  # to the cent


def test_a_closed_month_read_again_gives_the_same_bytes(tmp_path):
    rows = made(months=3).query("month < @FIRST + 3")
    texts = []
    for n in range(2):
        state = monthly.empty(FIRST, ("a", "b", "c"))
        for month in range(FIRST, FIRST + 3):
            here = rows[rows["month"] == month].sample(frac=1, random_state=n)  # the order of rows says nothing
            state = monthly.add_month(state, here["person_id"], here["source"], here["cents"])
        monthly.write_state(state, tmp_path / f"{n}.parquet")
        texts.append((tmp_path / f"{n}.parquet").read_bytes() + monthly.cells_path(tmp_path / f"{n}.parquet").read_bytes())
    assert texts[0] == texts[1]
