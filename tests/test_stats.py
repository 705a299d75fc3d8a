"""Shares, counts, sums, means and medians against published figures, hand arithmetic and other programs."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from scrm_helpers import stats
from scrm_helpers.stats import Estimate

# --- shares and counts -----------------------------------------------------------------------------------------------


# Newcombe (1998), Statistics in Medicine 17:857-872, table I: 95% limits by the score and the exact method.
@pytest.mark.parametrize(
    ("hits", "n", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_share_limits_of_newcombe(hits, n, score, exact):
    for found, expected in ((stats.wilson(hits, n, 0.95), score), (stats.clopper_pearson(hits, n, 0.95), exact)):
        assert (found.low, found.high) == pytest.approx(expected, abs=5e-5)
        assert found.value == hits / n
        assert (found.level, found.n) == (0.95, n)


def test_wilson_one_of_ten():
    # z2 = 3.8415: centre (1 + 1.9207) / 13.8415 = 0.2110; half 1.96 / 13.8415 * sqrt(0.9 + 0.9604) = 0.1931.
    found = stats.wilson(1, 10, 0.95)
    assert (found.low, found.high) == pytest.approx((0.0179, 0.4042), abs=5e-5)


def test_wilson_of_columns_equals_one_by_one():
    hits, n = np.array([0, 1, 10, 0]), np.array([20, 10, 10, 0])
    found = stats.wilson(hits, n)
    for at in range(3):
        single = stats.wilson(int(hits[at]), int(n[at]))
        assert (found.value[at], found.low[at], found.high[at]) == (single.value, single.low, single.high)
    assert np.isnan([found.value[3], found.low[3], found.high[3]]).all()  # nobody asked
    assert stats.wilson(0, 0)[:3] == (None, None, None)


# Garwood (1936) limits of a Poisson count at 95%, as printed in Ulm (1990) and in every table of epidemiology.
@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.02532, 5.572), (10, 4.795, 18.39), (100, 81.36, 121.63)]
)
def test_poisson_limits(count, low, high):
    found = stats.poisson_exact(count, 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=3e-4)


def test_cost_per_customer():
    # 10 customers for 4,120: 412 each; 95% limits of the count 4.795 to 18.39, so 4,120 / 18.39 to 4,120 / 4.795.
    found = stats.ratio_to_count(4120, 10, 0.95)
    assert found.value == 412
    assert (found.low, found.high) == pytest.approx((224.03, 859.2), rel=1e-3)


def test_cost_with_nobody_won():
    # METRICS: "none won; at least C/3.0" (rule of three, 95%), at whatever level the page runs.
    assert stats.ratio_to_count(Decimal("9000"), 0) == Estimate(None, 3000, None, 0.95, 0, "rule of three")


def test_rule_of_three():
    assert stats.rule_of_three(100)[:4] == (0, 0, 0.03, 0.95)
    assert stats.rule_of_three(2).high == 1  # a share ends at 1
    # Exact: 1 - 0.05 ** (1 / 100) = 0.0295; the rule errs on the safe side.
    assert stats.rule_of_three(100).high >= 1 - 0.05 ** (1 / 100)


def test_binomial_gate():
    # Exact 99% limits of 35 of 1,000 are 0.0218 to 0.0528: they hold 0.05. Of 30: 0.0179 to 0.0468: they do not.
    assert stats.binomial_gate(35, 1000, 0.05)
    assert not stats.binomial_gate(30, 1000, 0.05)
    # "At most 5%": fewer false alarms are no fault; 80 are (lower one-sided limit 0.0612).
    assert stats.binomial_gate(30, 1000, 0.05, one_sided=True, more_is_fine=False)
    assert not stats.binomial_gate(80, 1000, 0.05, one_sided=True, more_is_fine=False)
    # "Covers at least 90%": 990 of 1,000 is fine, 870 is not (upper one-sided limit 0.8937).
    assert stats.binomial_gate(990, 1000, 0.90, one_sided=True)
    assert not stats.binomial_gate(990, 1000, 0.90)
    assert not stats.binomial_gate(870, 1000, 0.90, one_sided=True)


def test_one_sided_gate_takes_the_whole_error_on_one_side():
    # All of n hit: one-sided 99% lower limit is 0.01 ** (1/n); the two-sided one is 0.005 ** (1/n).
    gate = stats.binomial_gate(20, 20, 0.5, one_sided=True, more_is_fine=False)
    assert gate.low == pytest.approx(0.01 ** (1 / 20))
    assert stats.binomial_gate(20, 20, 0.5).low == pytest.approx(0.005 ** (1 / 20))


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.05, 0.99))
def test_share_ranges_hold_the_share_and_grow_with_the_level(hits, n, level):
    hits = min(hits, n)
    for method in (stats.wilson, stats.clopper_pearson):
        narrow, wide = method(hits, n, level), method(hits, n, (1 + level) / 2)
        assert 0 <= wide.low <= narrow.low <= hits / n <= narrow.high <= wide.high <= 1


@given(st.integers(0, 10_000), st.floats(0.05, 0.99))
def test_poisson_ranges_hold_the_count_and_grow_with_the_level(count, level):
    narrow, wide = stats.poisson_exact(count, level), stats.poisson_exact(count, (1 + level) / 2)
    assert wide.low <= narrow.low <= count <= narrow.high <= wide.high


def test_wilson_coverage_is_what_methods_ask():
    # METHODS: 92.5-98% at n >= 50 for retention cells. Coverage exact, summed over all outcomes, not simulated.
    hits = np.arange(51)
    found = stats.wilson(hits, 50, 0.95)
    for share in np.linspace(0.05, 0.95, 91):
        held = oracle.binom.pmf(hits, 50, share)[(found.low <= share) & (share <= found.high)].sum()
        assert 0.925 <= held <= 0.985


# --- sums of estimates -----------------------------------------------------------------------------------------------


def _estimate(value, low, high, n=30, level=0.9):
    return Estimate(value, low, high, level, n, "planted")


def test_combine_adds_each_side_apart():
    # Below: sqrt(3^2 + 4^2) = 5; above: sqrt(6^2 + 8^2) = 10.
    found = stats.combine([_estimate(10, 7, 16), _estimate(20, 16, 28, n=12)])
    assert found[:5] == (30, 25, 40, 0.9, 12)
    # Taking the second off: below, its upper side, sqrt(3^2 + 8^2) = 8.544; above, its lower, sqrt(6^2 + 4^2) = 7.211.
    found = stats.combine([_estimate(10, 7, 16), _estimate(20, 16, 28)], weights=(1, -1))
    assert found[:3] == pytest.approx((-10, -18.544, -2.789), abs=1e-3)
    assert stats.combine([_estimate(10, 7, 16)], weights=[3])[:3] == (30, 21, 48)


def test_combine_passes_on_what_cannot_be_said():
    assert stats.combine([_estimate(10, 7, 16), _estimate(None, 3000, None)])[:3] == (None, None, None)
    open_above = stats.combine([_estimate(10, 7, 16), _estimate(5, 2, None)])
    assert open_above[:3] == (15, pytest.approx(15 - math.sqrt(18)), None)
    with pytest.raises(ValueError, match="one level"):
        stats.combine([_estimate(1, 0, 2), _estimate(1, 0, 2, level=0.95)])


def test_widen_never_narrows():
    known = _estimate(412, 330, 540)
    assert stats.widen(known, 300, 700)[:3] == (412, 300, 700)
    assert stats.widen(known, 400, 450) is known
    assert stats.widen(known, None, 700)[:3] == (412, 330, 700)
    assert stats.widen(_estimate(None, 3000, None), 2000, 9000)[:3] == (None, 2000, None)


def test_mix_follows_rubin():
    # Draws 10, 12, 14; variance within 4. Mean 12, between 4 * (1 + 1/3) = 5.333, total 9.333.
    # Freedom (3 - 1) * (1 + 4 / 5.333)^2 = 2 * 1.75^2 = 6.125; t(0.95, 6.125) = 1.935 (scipy.stats.t.ppf).
    found = stats.mix([10, 12, 14], [4, 4, 4], n=50)
    reach = oracle.t.ppf(0.95, 6.125) * math.sqrt(28 / 3)
    assert found[:3] == pytest.approx((12, 12 - reach, 12 + reach))
    assert reach == pytest.approx(5.92, abs=0.01)
    # The best map's figure is printed; it ties to the rows. The range stretches to hold it.
    assert stats.mix([10, 12, 14], [4, 4, 4], n=50, best=11).value == 11
    assert stats.mix([10, 12, 14], [4, 4, 4], n=50, best=30)[:3] == pytest.approx((30, 12 - reach, 30))


def test_mix_without_match_doubt_is_the_plain_range():
    found = stats.mix([12, 12, 12], [4, 4, 4], n=50, level=0.95)
    assert (found.low, found.high) == pytest.approx((12 - 1.95996 * 2, 12 + 1.95996 * 2), abs=1e-4)


# --- means, medians, ratios ------------------------------------------------------------------------------------------


def test_ratio_of_sums_by_hand():
    # 6 / 4 = 1.5. Residuals y - 1.5 x: 1 - 1.5, 2 - 1.5, 3 - 3 = -.5, .5, 0; squares sum to .5.
    # Variance 3 / 2 * .5 / 4^2 = .046875, error .21651; t(0.95, 2 df) = 2.91999.
    found = stats.ratio_of_sums([1, 2, 3], [1, 1, 2])
    assert found[:3] == pytest.approx((1.5, 1.5 - 2.91999 * 0.21651, 1.5 + 2.91999 * 0.21651), abs=1e-4)
    assert found.n == 3


def test_ratio_over_ones_is_the_mean_with_students_range():
    values = np.array([3.0, 4, 8, 1, 9, 2])
    found = stats.ratio_of_sums(values, np.ones(6), 0.95)
    expected = oracle.t.interval(0.95, 5, values.mean(), oracle.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)


def test_orders_of_one_person_are_one_unit():
    # Doubling every row adds no knowledge when the rows belong to the same persons.
    num, den, person = [1, 2, 3], [1, 1, 2], ["a", "b", "c"]
    doubled = stats.ratio_of_sums(num * 2, den * 2, cluster=person * 2)
    assert doubled[:3] == pytest.approx(stats.ratio_of_sums(num, den)[:3])
    assert doubled.n == 3
    assert stats.bootstrap_ratio(num * 2, den * 2, seed=1, cluster=person * 2).n == 3


def test_nothing_below_the_line_gives_none():
    assert stats.ratio_of_sums([1, 2], [0, 0])[:3] == (None, None, None)
    assert stats.ratio_of_sums([3], [2])[:3] == (1.5, None, None)
    assert stats.bootstrap_ratio([1, 2], [0, 0], seed=1)[:3] == (None, None, None)


@pytest.mark.parametrize(("n", "sigma"), [(40, 1.0), (8, 0.3)])
def test_bootstrap_is_studentised(n, sigma):
    # A plain loop over the same idea: draw, take t = (mean* - mean) / se*, turn the tails round.
    values = np.random.default_rng(3).lognormal(4, sigma, n)
    picks = values[np.random.default_rng(99).integers(0, n, (40_000, n))]
    distance = (picks.mean(axis=1) - values.mean()) / (picks.std(axis=1, ddof=1) / math.sqrt(n))
    error = values.std(ddof=1) / math.sqrt(n)
    expected = -np.quantile(distance, [0.95, 0.05]) * error
    found = stats.bootstrap_mean(values, seed=5, draws=40_000)
    assert (found.low - found.value, found.high - found.value) == pytest.approx(expected, rel=0.04)  # Monte Carlo


def test_skewed_money_leans_up():
    found = stats.bootstrap_mean(np.random.default_rng(3).lognormal(4, 1, 40), seed=5)
    assert found.high - found.value > 1.3 * (found.value - found.low)


def test_bootstrap_depends_on_the_seed_alone():
    values = np.random.default_rng(3).lognormal(4, 1, 60)
    first = stats.bootstrap_mean(values, seed=7)
    assert first == stats.bootstrap_mean(values, seed=7)
    assert first != stats.bootstrap_mean(values, seed=8)
    assert stats.bootstrap_median(values, seed=7) == stats.bootstrap_median(values, seed=7)


def test_bootstrap_in_blocks_equals_bootstrap_at_once(monkeypatch):
    values = np.random.default_rng(3).lognormal(4, 1, 60)
    at_once = stats.bootstrap_mean(values, seed=7)
    monkeypatch.setattr("scrm_helpers.stats.means._CELLS_AT_A_TIME", 500)
    assert stats.bootstrap_mean(values, seed=7)[:3] == pytest.approx(at_once[:3])


def test_large_money_keeps_its_digits():
    # Adding 1e9 to every value moves the range by 1e9 and nothing else.
    values = np.random.default_rng(3).lognormal(4, 1, 50)
    near, far = stats.bootstrap_mean(values, seed=7), stats.bootstrap_mean(values + 1e9, seed=7)
    assert far.high - 1e9 == pytest.approx(near.high, rel=1e-4)


def test_bootstrap_says_where_it_knows_no_limit():
    # One buyer among 40: a third of the draws miss it and show no spread; no upper limit can be given.
    found = stats.bootstrap_mean([0.0] * 39 + [400.0], seed=1)
    assert found.value == 10 and found.high is None
    assert stats.bootstrap_mean([5.0] * 30, seed=1)[:3] == (5, 5, 5)


def test_median_limits_of_the_tables():
    # Exact order statistics, 95%: n = 10 gives the 2nd and 9th, n = 20 the 6th and 15th (Conover, table of the sign
    # test: P(X <= 1 | 10) = .0107, P(X <= 2 | 10) = .0547; P(X <= 5 | 20) = .0207, P(X <= 6 | 20) = .0577).
    assert stats.median(np.arange(1, 11), 0.95)[:3] == (5.5, 2, 9)
    assert stats.median(np.arange(1, 21), 0.95)[:3] == (10.5, 6, 15)
    assert stats.median(np.arange(1, 20), 0.95)[:3] == (10, 5, 15)  # P(X <= 4 | 19) = .0096, P(X <= 5 | 19) = .0318
    assert stats.median([1, 2, 3, 4])[:3] == (2.5, None, None)  # 2 * 0.5^4 = 0.125 > 0.10


@pytest.mark.parametrize("n", [7, 8])
def test_bootstrap_median_draws_the_places_of_a_real_resample(n):
    values = np.random.default_rng(n).lognormal(4, 1, n)
    medians = np.median(values[np.random.default_rng(1).integers(0, n, (40_000, n))], axis=1)
    for level in (0.5, 0.8):
        found = stats.bootstrap_median(values, level, seed=2, draws=40_000)
        ends = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
        # The resampled median takes few values; both land on the same or the neighbouring one.
        assert abs((medians < found.low).mean() - (medians < ends[0]).mean()) < 0.03
        assert abs((medians > found.high).mean() - (medians > ends[1]).mean()) < 0.03


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: stats.wilson(-1, 10), "0 <= successes <= n"),
        (lambda: stats.wilson(11, 10), "11 of n 10"),
        (lambda: stats.wilson([1, 5], [10, 4]), "5 of n 4"),
        (lambda: stats.wilson(1.5, 10), "not whole"),
        (lambda: stats.wilson(float("nan"), 10), "missing or infinite"),
        (lambda: stats.wilson("many", 10), "not a number"),
        (lambda: stats.wilson(1, 10, 90), "Write 0.90"),
        (lambda: stats.wilson(1, 10, 0.0), "between 0 and 1"),
        (lambda: stats.poisson_exact(-1), "at least 0"),
        (lambda: stats.poisson_exact(2.5), "whole number"),
        (lambda: stats.ratio_to_count(-5, 3), "at least 0"),
        (lambda: stats.ratio_to_count(float("inf"), 3), "finite"),
        (lambda: stats.rule_of_three(0), "at least 1"),
        (lambda: stats.binomial_gate(1, 10, 90), "Write 0.90"),
        (lambda: stats.ratio_of_sums([], []), "at least 1"),
        (lambda: stats.ratio_of_sums([1, 2], [1]), "same rows"),
        (lambda: stats.ratio_of_sums([1, 2], [1, -3]), "credit notes"),
        (lambda: stats.ratio_of_sums([1, None], [1, 1]), "missing"),
        (lambda: stats.bootstrap_mean([1, float("nan")], seed=1), "1 missing or infinite values of 2"),
        (lambda: stats.bootstrap_mean([1, 2], seed=1, draws=5), "at least 100"),
        (lambda: stats.bootstrap_mean([[1, 2]], seed=1), "one column|dimensions"),
        (lambda: stats.difference([1], [1, 2]), "at least 2"),
        (lambda: stats.welch(1, -0.1, 5, 1, 1, 5), "below 0"),
        (lambda: stats.permutation_difference([1, 2], [2, 3], 0.999, seed=1, draws=999), "more draws"),
        (lambda: stats.max_t([1.0, 2], [0, 1], seed=1), "True or False"),
        (lambda: stats.max_t([1.0, 2], [True, False], ["a", None], seed=1), "blanks"),
        (lambda: stats.holm([0.2, 1.2]), "0 to 1"),
        (lambda: stats.benjamini_hochberg([]), "at least 1"),
        (lambda: stats.kaplan_meier([-1, 2], [1, 0]), "below 0"),
        (lambda: stats.kaplan_meier([1, 2], [2, 0]), "True and False"),
        (lambda: stats.logrank([1, 2], [1, 0], ["a", "a"]), "at least two"),
        (lambda: stats.logrank([1, 2], [0, 0], ["a", "b"]), "no event"),
        (lambda: stats.combine([]), "came empty"),
        (lambda: stats.widen(_estimate(1, 0, 2), 5, 4), "Swap"),
        (lambda: stats.mix([1, 2], [1, -1], n=5), "below 0"),
        (lambda: stats.e_value(0), "more than 0"),
        (lambda: stats.smallest_visible(1, 50, power=0.05), "chance alone"),
    ],
)
def test_refusals_say_what_to_do(call, says):
    with pytest.raises((ValueError, TypeError), match=says) as caught:
        call()
    assert len(str(caught.value).split(". ")) >= 2  # what came and was expected; what to do


