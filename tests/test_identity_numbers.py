"""The benchmark of matching's effect on the numbers: its person maps and its true follower gap, by hand."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest


def bench():
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "identity_numbers.py"
    spec = importlib.util.spec_from_file_location("identity_numbers_bench", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# four accounts that 02 took for one person; the first two have one address, the last two none; the truth places all but the second
ACCOUNTS = pd.DataFrame({"account_id": [1, 2, 3, 4], "email": [" Ayse@x.example ", "ayse@X.example", None, ""]})
PERSONS = pd.DataFrame({
    "account_id": [4, 3, 2, 1], "person_id": 9, "kind": ["unknown", "consumer", "business", "consumer"],
    "is_internal": [False, False, True, False], "records": 4, "usable": [True, True, False, True], "match_probability": 0.5,
})  # fmt: skip
TRUE = pd.Series({1: 7, 3: 7, 4: 8})


@pytest.mark.parametrize(
    ("way", "together", "records", "kinds", "ours"),
    [
        ("alone", [{1}, {2}, {3}, {4}], [1, 1, 1, 1], ["consumer", "business", "consumer", "unknown"], [False, True, False, False]),
        ("email", [{1, 2}, {3}, {4}], [2, 2, 1, 1], ["business", "business", "consumer", "unknown"], [True, True, False, False]),
        ("true", [{1, 3}, {2}, {4}], [2, 1, 2, 1], ["consumer", "business", "consumer", "unknown"], [False, True, False, False]),
    ],
)
def test_each_way_joins_its_own_accounts_and_is_certain(way, together, records, kinds, ours):
    module = bench()
    found = module.mapped(ACCOUNTS, PERSONS, module.groups(way, ACCOUNTS, TRUE)).sort_values("account_id")
    assert sorted(map(set, found.groupby("person_id")["account_id"].agg(list)), key=min) == together
    assert found["records"].tolist() == records and found["kind"].tolist() == kinds and found["is_internal"].tolist() == ours
    assert found["match_probability"].eq(1).all() and found["usable"].tolist() == [True, False, True, True]


def test_the_true_gap_is_counted_over_all_who_ever_bought():
    # person 1 (follows): 30 + 20 in the year, 500 before it; 2: nothing in the year; 3: 10; 4 bought after the month. 50 - (0 + 10) / 2
    end = 2026 * 12 + 10
    bought = pd.DataFrame({
        "person_id": [1, 1, 1, 2, 3, 4], "at": [end - 1, end - 12, end - 13, end - 20, end - 2, end],
        "kept": [30.0, 20.0, 500.0, 70.0, 10.0, 90.0],
    })  # fmt: skip
    truth = SimpleNamespace(bought=bought, table={"followers": pd.DataFrame({"person_id": [1, 99]})}.__getitem__)
    assert bench().true_gap(SimpleNamespace(period="2026-10"), truth) == 45.0
