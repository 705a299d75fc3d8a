"""Gross margin by line, counted by hand; and that every analysis asks the one place for it."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pytest

from scrm_helpers import margin

PACKAGE = Path(margin.__file__).parent


def lines(*rows):
    """Order lines from (order, line, day, product, quantity, net)."""
    return ibis.memtable(pd.DataFrame(rows, columns=["order_id", "line_no", "ordered_on", "product_id", "quantity", "net"]))


PRODUCTS = ibis.memtable(
    pd.DataFrame(
        {
            "product_id": ["a", "a", "a", "b"],
            "valid_from": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 1, 1)],
            "unit_cost": [20.0, 30.0, None, None],
            "category": ["home", "home", "garden", None],
        }
    )
)


def test_a_line_takes_the_newest_cost_known_by_its_day():
    sold = lines(
        (1, 1, date(2025, 12, 31), "a", 1.0, 90.0),  # before any cost was known
        (1, 2, date(2026, 1, 31), "a", 2.0, 100.0),  # 2 x 20
        (2, 1, date(2026, 2, 1), "a", -1.0, -50.0),  # a return on the first day of the new cost: -50 + 30
        (2, 2, date(2026, 3, 5), "a", 1.0, 80.0),  # the list of March names no cost: that of February stands
        (2, 3, date(2026, 3, 5), "a", None, 80.0),  # without its quantity
        (3, 1, date(2026, 3, 5), "b", 1.0, 10.0),
        (3, 2, date(2026, 3, 5), "unheard of", 1.0, 10.0),
    )
    said = margin.line_margins(sold, PRODUCTS).order_by("order_id", "line_no").to_pandas()
    assert said["cost"].fillna(-1).tolist() == [-1, 40, -30, 30, -1, -1, -1]
    assert said["margin"].fillna(-1).tolist() == [-1, 60, -20, 50, -1, -1, -1]
    assert list(said.columns) == [*sold.columns, "cost", "margin"] and len(said) == 7
    assert margin.categories(PRODUCTS).to_pandas().values.tolist() == [["a", "garden"]]


@pytest.mark.parametrize("word", [r"quantity\s*\*", r"LEAST_COVERED = "])
def test_margin_is_defined_once(word):
    analyses = [p for n in ("goals", "retention", "audiences", "experiments") for p in (PACKAGE / n).rglob("*.py")]
    assert [p.name for p in [*analyses, PACKAGE / "margin.py"] if re.search(word, p.read_text(encoding="utf-8"))] == ["margin.py"]


def test_the_share_is_the_same_to_the_last_bit_in_whatever_order_lines_come():
    """A page of a month run again must be the same bytes, and an engine adds up its rows in any order."""
    n, day = 2_000, date(2026, 10, 5)
    sold = pd.DataFrame({"order_id": range(n), "line_no": 1, "ordered_on": day, "product_id": "a"})
    sold = sold.assign(quantity=[1.0 + k % 7 for k in range(n)], net=[Decimal(1000 + k * k % 977) / 7 for k in range(n)])
    sold["net"] = [v.quantize(Decimal("0.01")) for v in sold["net"]]
    orders = sold[["order_id", "ordered_on"]].assign(status="completed", is_internal=False, kind="sale", account_id=-1)
    costs = ibis.memtable(pd.DataFrame({"product_id": ["a"], "valid_from": [date(2026, 1, 1)], "unit_cost": [17.31], "category": ["x"]}))
    somebody = pd.DataFrame({"account_id": [0], "person_id": [0], "kind": ["consumer"], "is_internal": [False]})
    nobody = ibis.memtable(somebody).filter(ibis._.account_id > 0)
    bare = pd.DataFrame(columns=["month", "category", "margin_share"])
    found = {
        margin.margin_share(ibis.memtable(orders), ibis.memtable(rows), costs, bare, nobody, first=day, last=date(2026, 11, 1)).share
        for rows in (sold, sold[::-1], sold.sample(frac=1, random_state=1), sold.sample(frac=1, random_state=2))
    }
    assert len(found) == 1
