"""The ranges of 03 and 04 over many small companies: right as often as they claim (slow lane)."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from scrm_helpers.stats import clopper_pearson

SEEDS = range(1, 61)


@pytest.fixture(scope="module")
def bench():
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "retention_calibration.py"
    spec = importlib.util.spec_from_file_location("retention_calibration", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_truth_is_a_sum_over_a_sum_of_all_companies(bench):
    assert bench.truth("kept_all", np.array([30.0, 60.0])) == 0.5
    # 300 of margin over 10 customers cost 200 over 20: 30 / 10
    assert bench.truth("ltv_cac_social", np.array([300.0, 10.0, 200.0, 20.0])) == 3.0
    # 100 for 10 customers: 10 each; the first month earned 80 / 10, the second 30 / 6 less a twelfth of a year's 10%: 12.96
    assert bench.truth("payback_social", np.array([100.0, 10.0, 80.0, 30.0, 10.0, 6.0])) == 2.0
    assert bench.truth("payback_social", np.array([900.0, 10.0, 80.0, 30.0, 10.0, 6.0])) == np.inf


def test_the_table_counts_what_holds(bench):
    rows = [(0.4, 0.3, 0.6, [4.0, 10.0]), (0.6, 0.55, 0.7, [6.0, 10.0]), (0.5, None, None, [5.0, 10.0])]
    lines = [{"figure": "kept_all", "value": v, "low": a, "high": b, "pool": p} for v, a, b, p in rows]
    kept = [{"seed": k, "lines": [line]} for k, line in enumerate(lines)]
    row = bench.report(kept, 1500).splitlines()[2].split()
    # all together 15 of 30; of two ranges one holds .5
    assert row[:3] == ["kept_all", "3", "0.5"] and row[5:8] == ["2", "1", "0.5"] and row[-1] == "holds"


@pytest.mark.slow
def test_ranges_hold_the_truth_as_often_as_they_claim(bench):
    found = bench.judged([{"seed": seed, "lines": bench.one(seed, 1500)} for seed in SEEDS])
    assert len(found) == 18 and (found["ranges"] >= 50).all()
    for row in found.itertuples(index=False):
        held = clopper_pearson(row.inside, row.ranges, 0.99)
        assert held.high >= 0.9, row.figure
        assert row.figure in bench.BOUNDS or held.low <= 0.9, row.figure
