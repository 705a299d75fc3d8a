"""Contracts: renewals counted by hand, the model against planted chances, the sheet read in."""

from datetime import date

import hand
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import retention
from scrm_helpers.retention import renewals
from scrm_helpers.retention.models import contract_survival

NOVEMBER = date(2026, 11, 1)


def made(*rows: tuple, length: int = 1) -> pd.DataFrame:
    """Contracts of (first day, last day or ''), renewed every `length` months, all of unknown source."""
    days = [[pd.Timestamp(d) if d else pd.NaT for d in row] for row in rows]
    frame = pd.DataFrame(days, columns=["started_on", "ended_on"]).astype("datetime64[s]")
    return frame.assign(renewal_months=length, group="unknown")


@pytest.mark.parametrize(
    ("start", "end", "length", "due", "kept"),
    [
        ("2026-07-15", "", 1, 3, 3),  # 15 August, September, October
        ("2026-10-01", "", 1, 0, 0),  # 1 November is not over
        ("2026-09-30", "", 1, 1, 1),  # 30 October
        ("2026-08-31", "", 1, 2, 2),  # 30 September (the month has no 31st) and 31 October
        ("2026-01-31", "2026-02-27", 1, 9, 0),  # 28 February came without it: nothing kept; due 28 February to 31 October
        ("2026-01-31", "2026-02-28", 1, 9, 1),  # ran on the renewal day, not on 31 March
        ("2026-07-15", "2026-08-14", 1, 3, 0),  # last day of the first month
        ("2026-07-15", "2026-08-15", 1, 3, 1),
        ("2026-07-15", "2026-10-20", 1, 3, 3),  # ended before a renewal that is not yet due
        ("2025-10-31", "", 12, 1, 1),  # 31 October 2026
        ("2025-11-01", "", 12, 0, 0),
        ("2024-02-29", "2026-02-27", 12, 2, 1),  # 28 February 2025 kept, 28 February 2026 not
    ],
)  # fmt: skip
def test_renewals_due_and_kept_by_the_calendar(start, end, length, due, kept):
    found = renewals.observed(made((start, end), length=length), as_of=NOVEMBER).iloc[0]
    assert (found["due"], found["kept"]) == (due, kept)


def test_share_kept_counts_the_renewals_of_the_window_alone():
    # Window of 2 months before November: renewals from 1 September to 31 October.
    # A begun 15 July: due 15 September, 15 October (15 August lies before): 2 due, 2 kept
    # B begun 15 July, last day 20 September: 15 September kept, 15 October not: 2 due, 1 kept
    # C begun 15 July, last day 1 August: ended at 15 August, nothing due after it
    # D begun 10 October: nothing due
    rows = made(("2026-07-15", ""), ("2026-07-15", "2026-09-20"), ("2026-07-15", "2026-08-01"), ("2026-10-10", ""))
    found = retention.renewed(rows, through=NOVEMBER, months=2).shares.set_index("group")
    assert found.loc["all", ["contracts", "due", "kept"]].tolist() == [2, 4, 3]
    assert found.loc["all", "value"] == 3 / 4
    assert found.loc["social", "due"] == 0 and pd.isna(found.loc["social", "value"])


def test_contracts_take_the_source_of_their_customer_and_leave_businesses_out():
    listed = hand.table("subscriptions", [
        {"account_id": 1, "started_on": date(2026, 1, 5), "renewal_months": 1},
        {"account_id": 2, "started_on": date(2026, 1, 5), "ended_on": date(2026, 3, 1), "renewal_months": 12},
        {"account_id": 3, "started_on": date(2026, 1, 5), "renewal_months": 1},
        {"account_id": None, "started_on": date(2026, 1, 5), "renewal_months": 1},
        {"account_id": 1, "started_on": NOVEMBER, "renewal_months": 1},
    ])  # fmt: skip
    people = hand.table("persons", [{"account_id": a, "person_id": a, "kind": "business" if a == 3 else "consumer"} for a in (1, 2, 3)])
    customers = hand.table("customers", [{"person_id": 1, "source": "instagram", "first_on": date(2026, 1, 5)}])
    found = retention.contracts(listed, people, customers, as_of=NOVEMBER)
    assert found["group"].tolist() == ["social", "unknown", "unknown"]  # the dealer's and the one of November are left out
    assert found["renewal_months"].tolist() == [1, 12, 1]


def planted(n: int = 6000, seed: int = 4) -> pd.DataFrame:
    """Monthly contracts begun over 24 months; each has a chance to end at a renewal drawn from beta(1, 4)."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-11-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    lasted = rng.geometric(rng.beta(1.0, 4.0, n))  # ends at this renewal
    end = [s + pd.DateOffset(months=int(k)) - pd.Timedelta(days=1) if k < 200 else pd.NaT for s, k in zip(start, lasted, strict=True)]
    end = pd.Series(end).where(pd.Series(end) < pd.Timestamp(NOVEMBER))
    return pd.DataFrame({"renewal_months": 1, "group": "unknown", "started_on": start, "ended_on": pd.to_datetime(end)})


def test_planted_chances_are_found_and_months_kept_back_foretold():
    found = retention.renewed(planted(), through=NOVEMBER)
    row = found.checked.iloc[0]
    # survival after 12 renewals of beta(1, 4): B(1, 16) / B(1, 4) = (1/16) / (1/4) = .25
    fit = renewals.Fit({"alpha": row["alpha"], "beta": row["beta"]}, 0.0, 0, True)
    assert contract_survival(fit, 12) == pytest.approx(0.25, abs=0.02)
    assert abs(row["error"]) < 0.03 and row["due"] > 1000
    curve = found.curve.set_index("renewal")
    for renewal in (1, 6, 12):  # beta(1, 4): 4 / (4 + renewal)
        assert curve.loc[renewal, "low"] <= 4 / (4 + renewal) <= curve.loc[renewal, "high"]
        assert curve.loc[renewal, "model"] == pytest.approx(4 / (4 + renewal), abs=0.02)
    # a constant rate of ending, as one average churn gives it, misses: the first renewal loses a fifth, the twelfth a sixteenth
    kept = curve["kept"] / curve["at_risk"]
    assert kept[1] == pytest.approx(0.8, abs=0.02) and kept[12] > 0.9


def test_few_contracts_have_shares_and_no_model():
    found = retention.renewed(made(*[("2026-07-15", "")] * 30), through=NOVEMBER)
    assert found.checked.empty and found.shares.iloc[0]["due"] == 90
    none = retention.renewed(made(), through=NOVEMBER)
    assert none.shares.empty and none.curve.empty and none.checked.empty
