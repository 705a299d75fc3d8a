"""Tests, followers and referrals of made-up companies: told right as often as claimed (slow lane)."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from scrm_helpers.stats import clopper_pearson

SEEDS, PEOPLE = range(1, 31), 12_000
STORES = "S1, contaminated control: spend of those drawn"
RANGES = ("T1: orders", "T2: orders", STORES, "follower spend", "referral, no test", "referral, tested")
NAIVE = ("followers, naive: raw gap", "referral, naive: all of it counted")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """Lines of all companies."""
    folder = str(Path(__file__).resolve().parents[1] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        from segments_companies import one
    finally:
        sys.path.remove(folder)
    return pd.DataFrame([line for seed in SEEDS for line in one(seed, PEOPLE)])


def covered(lines: pd.DataFrame, figure: str):
    """Share of ranges that hold the truth, with its exact 99% interval."""
    rows = lines[lines["figure"] == figure].dropna(subset=["low", "high", "truth"])
    inside = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    return clopper_pearson(int(inside.sum()), len(rows), 0.99)


def share(lines: pd.DataFrame, figure: str):
    rows = lines[lines["figure"] == figure]
    return clopper_pearson(int(rows["value"].sum()), len(rows), 0.99)


@pytest.mark.slow
@pytest.mark.parametrize("figure", RANGES)
def test_ranges_hold_the_truth_at_least_as_often_as_they_claim(lines, figure):
    rows = lines[lines["figure"] == figure].dropna(subset=["low", "high"])
    assert len(rows) >= 0.8 * len(SEEDS)
    assert covered(lines, figure).high >= 0.9


@pytest.mark.slow
def test_the_broken_split_is_withheld_and_the_sound_ones_are_not(lines):
    assert share(lines, "T3: withheld (1) or told (0)").low > 0.75
    for sound in ("T1", "T2"):
        assert share(lines, f"{sound}: withheld or too few").value == 0


@pytest.mark.slow
def test_the_null_test_claims_no_more_often_than_it_may(lines):
    for question in ("effect claimed", "effect claimed in any segment", "any segment said to differ"):
        assert share(lines, f"T2: {question}").low <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("figure", NAIVE)
def test_the_naive_way_fails(lines, figure):
    assert covered(lines, figure).high < 0.9
