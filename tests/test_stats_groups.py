"""Groups side by side, survival, power and simulated coverage, against published figures and other programs."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from scrm_helpers import stats
from scrm_helpers.stats import shuffles

# --- two groups ------------------------------------------------------------------------------------------------------

# Student (1908), hours of sleep gained, ten and ten. R's t.test(extra ~ group): t = -1.8608, df = 17.776,
# p = 0.07939, 95% range -3.3654832 to 0.2054832.
SLEEP = ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_welch_on_the_sleep_data():
    found = stats.difference(*SLEEP, 0.95)
    assert found[:3] == pytest.approx((-1.58, -3.3654832, 0.2054832), abs=1e-7)
    assert found.p == pytest.approx(0.07939, abs=5e-6)


def test_welch_of_columns():
    a, b = np.array(SLEEP[0]), np.array(SLEEP[1])
    found = stats.welch([a.mean()] * 2, [a.var(ddof=1)] * 2, [10, 1], b.mean(), b.var(ddof=1), 10, 0.95)
    assert found.low[0] == pytest.approx(-3.3654832, abs=1e-7)
    assert math.isnan(found.low[1])  # one unit shows no spread
    assert stats.welch(5, 0, 10, 3, 0, 10)[:3] == (2, 2, 2)
    assert stats.welch(5, 1, 1, 3, 1, 10).p is None


# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10, 95%.
@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_of_shares_of_newcombe(a, b, low, high):
    found = stats.difference_of_shares(*a, *b, 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    mirrored = stats.difference_of_shares(*b, *a, 0.95)
    assert (mirrored.low, mirrored.high, mirrored.p) == pytest.approx((-found.high, -found.low, found.p))


def test_difference_of_shares_without_a_group():
    assert stats.difference_of_shares(0, 0, 3, 10)[:3] == (None, None, None)
    assert stats.difference_of_shares(3, 10, 3, 10).p == 1


@given(st.integers(1, 60), st.integers(1, 60), st.data(), st.floats(0.5, 0.99))
@settings(max_examples=60, deadline=None)
def test_share_decisions_agree_with_ranges(n_a, n_b, data, level):
    found = stats.difference_of_shares(data.draw(st.integers(0, n_a)), n_a, data.draw(st.integers(0, n_b)), n_b, level)
    assert -1 <= found.low <= found.value <= found.high <= 1
    if abs(found.p - (1 - level)) > 1e-9:
        assert (found.p < 1 - level) == (found.low > 0 or found.high < 0)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
@settings(max_examples=25, deadline=None)
def test_permutation_decisions_agree_with_ranges(seed, shift):
    rng = np.random.default_rng(seed)
    found = stats.permutation_difference(rng.exponential(1, 12) + shift, rng.exponential(1, 25), seed=1, draws=199)
    assert found.low <= found.value <= found.high
    if abs(found.p - 0.1) > 2 / 200 + 1e-9:  # the grain of 199 draws, as the docstring says
        assert (found.p <= 0.1) == (found.low > 0 or found.high < 0)


def test_permutation_against_every_split():
    # All 462 ways to choose 5 of 11, Welch's t by scipy; a tail on each side, doubled.
    a, b = [12.0, 0, 7, 31, 4], [0.0, 0, 3, 1, 8, 0]
    pooled = np.array(a + b)

    def t_of(first):
        rest = np.delete(pooled, first)
        return oracle.ttest_ind(pooled[list(first)], rest, equal_var=False).statistic

    every = np.array([t_of(list(first)) for first in itertools.combinations(range(11), 5)])
    seen = t_of([0, 1, 2, 3, 4])
    exact = 2 * min((every >= seen - 1e-9).mean(), (every <= seen + 1e-9).mean())
    assert stats.permutation_difference(a, b, seed=1, draws=20_000).p == pytest.approx(exact, abs=0.012)


def test_shuffling_only_the_buyers_is_shuffling_all():
    # 80% zeros take the short way (only buyers move), 1 added to all takes the long one: one distribution.
    rng = np.random.default_rng(4)
    a, b = (np.where(rng.random(n) < 0.2, rng.exponential(50, n), 0.0) for n in (60, 140))
    short = stats.permutation_difference(a, b, seed=1, draws=20_000)
    long = stats.permutation_difference(a + 1, b + 1, seed=1, draws=20_000)
    assert short.p == pytest.approx(long.p, abs=0.02)
    assert (short.low, short.high) == pytest.approx((long.low, long.high), rel=0.04)


def test_permutation_of_money_around_1e9_keeps_its_digits():
    # Squares of 1e9 leave no digit of a spread of 1: a constant added to all must change nothing.
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=30) + 0.5, rng.normal(size=50)
    near, far = (stats.permutation_difference(a + base, b + base, seed=1) for base in (0, 1e9))
    assert (far.value, far.low, far.high) == pytest.approx((near.value, near.low, near.high), abs=1e-4)


# Benjamini and Hochberg (1995), section 3.2: 15 p-values; at 0.05 four are found, Bonferroni-type rules find three.
HEART = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0000]


def test_corrections_on_the_published_example():
    shuffled = np.random.default_rng(1).permutation(15)
    p = np.array(HEART)[shuffled]
    found = stats.benjamini_hochberg(p)
    assert sorted(p[found <= 0.05]) == HEART[:4]
    assert sorted(p[stats.holm(p) <= 0.05]) == HEART[:3]
    # By hand: 0.0095 * 15 / 4 = 0.035625; Holm's second 0.0004 * 14 = 0.0056.
    assert found[shuffled == 3] == pytest.approx(0.035625)
    assert stats.holm(p)[shuffled == 1] == pytest.approx(0.0056)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrections_against_another_program_and_the_definition(p):
    assert stats.benjamini_hochberg(p) == pytest.approx(oracle.false_discovery_control(p))
    # Holm: the k-th smallest is multiplied by the number not yet passed; none falls below one before it.
    ranked = sorted(p)
    stepped = [
        min(1, max(each * (len(p) - k) for k, each in enumerate(ranked[: place + 1]))) for place in range(len(p))
    ]
    assert sorted(stats.holm(p)) == pytest.approx(stepped)


def test_max_t_finds_the_planted_cell_and_corrects():
    rng = np.random.default_rng(2)
    cells, treated = np.repeat(list("abcdef"), 200), rng.random(1200) < 0.3
    values = np.where(rng.random(1200) < 0.3, rng.exponential(20, 1200), 0.0)
    values[(cells == "c") & treated] += 12
    both = np.column_stack([values, np.zeros(1200)])  # a second metric that never moves
    found = stats.max_t(both, treated, cells, seed=1, draws=499)
    assert len(found) == 12 and found["n_treated"].sum() == 2 * treated.sum()
    first = found[found["metric"] == 0].set_index("cell")
    assert first.index[first["p_adjusted"] < 0.1].tolist() == ["c"]
    assert (first["p_adjusted"] >= first["p"]).all()
    assert ((first["p_adjusted"] <= 0.1) == ((first["low"] > 0) | (first["high"] < 0))).all()
    assert found.loc[found["metric"] == 1, ["p", "p_adjusted", "low"]].isna().all(axis=None)
    inside = values[cells == "c"]
    arm = treated[cells == "c"]
    assert first.loc["c", "value"] == pytest.approx(inside[arm].mean() - inside[~arm].mean())


def test_max_t_of_one_cell_is_a_two_sided_permutation_test():
    rng = np.random.default_rng(5)
    values, treated = rng.normal(size=80), np.arange(80) < 30
    values[treated] += 0.4
    found = stats.max_t(values, treated, seed=1, draws=9999).iloc[0]
    # Normal data: the studentised permutation equals Welch's p up to Monte Carlo error.
    assert found["p"] == found["p_adjusted"]
    assert found["p"] == pytest.approx(stats.difference(values[treated], values[~treated]).p, abs=0.012)


def test_a_range_is_every_shift_that_the_test_keeps():
    # Taking the limit off the first group moves p to the edge: a little inside it is kept, a little outside rejected.
    rng = np.random.default_rng(3)
    a, b = rng.exponential(30, 25) + 12, np.where(rng.random(60) < 0.4, rng.exponential(20, 60), 0.0)
    found = stats.permutation_difference(a, b, seed=1, draws=4999)
    width = found.high - found.low
    for limit, inwards in ((found.low, 1), (found.high, -1)):
        assert stats.permutation_difference(a - limit - inwards * 0.03 * width, b, seed=1, draws=4999).p > 0.1
        assert stats.permutation_difference(a - limit + inwards * 0.03 * width, b, seed=1, draws=4999).p <= 0.1


def test_cells_hold_together_and_apart():
    rng = np.random.default_rng(2)
    cells, treated = np.repeat(list("abcdef"), 200), rng.random(1200) < 0.3
    values = np.where(rng.random(1200) < 0.3, rng.exponential(20, 1200), 0.0)
    values[(cells == "c") & treated] += 12
    found = stats.cell_differences(values, treated, cells, seed=1).set_index("cell")
    assert found.index[found["p_adjusted"] < 0.1].tolist() == ["c"]
    assert ((found["p_adjusted"] <= 0.1) == ((found["low"] > 0) | (found["high"] < 0))).all()
    assert ((found["p"] <= 0.1) == ((found["own_low"] > 0) | (found["own_high"] < 0))).all()
    assert (found["low"] < found["own_low"]).all() and (found["own_high"] < found["high"]).all()
    # Sidak by hand: six cells, 1 - (1 - p)^6
    assert found["p_adjusted"].to_numpy() == pytest.approx(1 - (1 - found["p"].to_numpy()) ** 6)
    means = [values[(cells == "c") == inside][treated[(cells == "c") == inside] == arm].mean() for inside, arm in
             ((True, True), (True, False), (False, True), (False, False))]
    assert found.loc["c", "rest"] == pytest.approx(means[0] - means[1] - means[2] + means[3])
    assert found.index[(found["rest_low"] > 0) | (found["rest_high"] < 0)].tolist() == ["c"]
    assert ((found["rest_p"] <= 0.1 / 6) == ((found["rest_low"] > 0) | (found["rest_high"] < 0))).all()


def test_many_rows_are_shuffled_as_few_are():
    # Beyond 512 rows subsets are mended random bytes, below sorted keys: the same test. Normal rows: Welch's range.
    rng = np.random.default_rng(7)
    values, treated = rng.normal(10, 3, 9000), np.arange(9000) < 900
    found = stats.permutation_difference(values[treated], values[~treated], seed=1, draws=1999)
    welch = stats.difference(values[treated], values[~treated])
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high), abs=0.02)


@pytest.mark.parametrize("draws", [400, 200])  # many are mended together, few one by one
@pytest.mark.parametrize("size", [450, 2500, 8000])
def test_every_set_of_its_size_is_equally_likely(draws, size):
    picked = shuffles._subsets(9000, np.full(draws, size), np.random.default_rng(7))
    assert (picked.sum(axis=1) == size).all()
    # Of 400 sets each row is in 400 x 2500/9000 = 111, standard deviation sqrt(111 x .722) = 9: none lies 6 of them away
    share = size / 9000
    assert abs(picked.sum(axis=0) - draws * share).max() < 6 * np.sqrt(draws * share * (1 - share))
    # Two rows are in a set together as often as size (size - 1) / (9000 x 8999) says: neighbours over all sets
    together = (picked[:, ::2] & picked[:, 1::2]).sum()
    pairs = draws * 4500
    assert together / pairs == pytest.approx(share**2, abs=6 * share / np.sqrt(pairs))


def test_sums_of_drawn_sets_are_those_of_a_loop_and_bytes_those_of_the_generator():
    rng = np.random.default_rng(2)
    columns = rng.integers(-50, 50, (40_000, 3)).astype(float)  # whole numbers: any order of adding gives the same
    picked = rng.random((21, 40_000)) < 0.3  # two pieces of eight and a rest
    out = np.full((21, 3), np.nan)
    shuffles._summed(picked, columns, out)
    assert out.tolist() == [columns[row].sum(axis=0).tolist() for row in picked]
    # in the stream that NumPy's own bytes are of: with or without a half of 64 bits left over, 8 bytes (one draw), 4 (half of one), a rest
    for n in (1, 4, 8, 1001, 1005):
        for before in (0, 1, 2):  # numbers below 100 take a half each
            one, other = np.random.default_rng(n), np.random.default_rng(n)
            assert one.integers(100, size=before).tolist() == other.integers(100, size=before).tolist()
            assert shuffles._bytes(n, one).tobytes() == other.bytes(n)
            assert one.integers(100, size=3).tolist() == other.integers(100, size=3).tolist()


def test_a_shift_moves_gap_and_error_as_taking_it_off_each_row_does():
    rng = np.random.default_rng(4)
    values, treated = rng.exponential(20, 30), np.arange(30) < 11
    drawn = shuffles.shuffled(values[:, None], treated, 1, np.random.default_rng(0))
    # which 11 were drawn is found again from their sum: the same stream draws the same set
    inside = shuffles._subsets(30, np.array([11]), np.random.default_rng(0))[0]
    assert drawn.y[0, 0] == pytest.approx(values[inside].sum())
    for shift in (0.0, 7.5, -120.0):
        moved = values - shift * treated
        a, b = moved[inside], moved[~inside]
        gap, error = shuffles.gaps(drawn).at(shift)
        assert gap[0] == pytest.approx(a.mean() - b.mean())
        assert error[0] == pytest.approx(a.var(ddof=1) / 11 + b.var(ddof=1) / 19)


def test_cells_that_need_more_draws_say_so():
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="more draws"):
        stats.cell_differences(rng.normal(size=600), np.arange(600) % 2 == 0, np.arange(600) // 20, 0.99, seed=1, draws=200)


# --- tests that are looked at early ----------------------------------------------------------------------------------


def test_bounds_of_five_looks():
    # Power-3 spending at 5%, five equal looks, as published: 3.5401 2.9743 2.6045 2.3063 2.0454. Here .00006 and .00008 above
    # the last two, whose integrals were taken on a coarser grid (doubling the nodes here moves nothing before the tenth digit).
    found = stats.spending_bounds([0.2, 0.4, 0.6, 0.8, 1.0], 0.95)
    assert found == pytest.approx([3.5401, 2.9743, 2.6045, 2.3063, 2.0454], abs=1e-4)
    assert stats.spending_bounds([1.0], 0.95) == pytest.approx([1.959964], abs=1e-6)
    assert stats.level_at([1.0], 0.9) == pytest.approx(0.9)
    with pytest.raises(ValueError, match="rising shares"):
        stats.spending_bounds([0.5, 0.5, 1.0])


def test_looking_at_the_bounds_keeps_the_level_where_looking_plainly_does_not():
    rng, n = np.random.default_rng(9), 4000
    walk = np.cumsum(rng.normal(size=(n, 10)), axis=1) / np.sqrt(np.arange(1, 11))  # z at ten equal looks, no effect
    crossed = (np.abs(walk) >= stats.spending_bounds(np.arange(1, 11) / 10, 0.95)).any(axis=1).sum()
    assert stats.binomial_gate(int(crossed), n, 0.05)
    assert 0.17 < (np.abs(walk) >= 1.96).any(axis=1).mean() < 0.21  # ten plain looks: 19% false alarms


def test_the_robustness_value_of_darfur():
    # Cinelli and Hazlett (2020): t 4.18 on 783 degrees of freedom, robustness value 13.88%.
    assert stats.robustness_value(4.18445, 783) == pytest.approx(0.1388, abs=5e-5)
    assert stats.robustness_value(0, 100) == 0


# --- survival --------------------------------------------------------------------------------------------------------

# Freireich et al. (1963), weeks in remission: 6-MP with censoring, placebo without. S(6) .857, S(10) .753, S(23) .448;
# log-rank 16.79 (Kleinbaum and Klein, Survival Analysis, chapter 2).
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_kaplan_meier_on_six_mp():
    found = stats.kaplan_meier(SIX_MP, RELAPSE, at=[6, 10, 23], level=0.95)
    assert found["survival"].tolist() == pytest.approx([0.857, 0.753, 0.448], abs=5e-4)
    assert found["at_risk"].tolist() == [21, 15, 6]  # who is still watched just before the week
    assert found["events"].tolist() == [3, 5, 9]
    # Week 10 by hand: sum d / (n (n - d)) = 3/(21*18) + 1/(17*16) + 1/(15*14) = .016375; error on the log-log scale
    # sqrt(.016375) / |ln .752941| = .45094; e^(1.96 * .45094) = 2.42009; .752941^2.42009 = .5032, ^(1/2.42) = .8894.
    assert found.loc[1, ["low", "high"]].tolist() == pytest.approx([0.5032, 0.8894], abs=1e-4)


def test_kaplan_meier_at_the_ends():
    found = stats.kaplan_meier(SIX_MP, RELAPSE, at=[3, 35, 36], level=0.95).set_index("time")
    # Before the first event: exact lower limit of 21 of 21, .025^(1/21) = .8389.
    assert found.loc[3, ["survival", "low", "high"]].tolist() == pytest.approx([1, 0.025 ** (1 / 21), 1])
    assert found.loc[35, "survival"] == pytest.approx(0.448, abs=5e-4)
    assert math.isnan(found.loc[36, "survival"])  # nobody is watched any more
    gone = stats.kaplan_meier(PLACEBO, [1] * 21, at=[22, 23, 40]).set_index("time")
    assert gone["survival"].tolist() == pytest.approx([1 / 21, 0, 0])
    assert gone.loc[23, "low"] == 0 and gone.loc[23, "high"] == gone.loc[22, "high"] > 1 / 21


def test_kaplan_meier_by_group_and_without_events():
    found = stats.kaplan_meier([5, 8, 9, 4], [True, False, False, False], at=[6], group=["b", "b", "a", "a"])
    assert found["group"].tolist() == ["a", "b"]
    assert found["survival"].tolist() == [1.0, 0.5]
    assert found["n"].tolist() == [2, 2]
    assert len(stats.kaplan_meier(SIX_MP, RELAPSE)) == 7  # weeks 6, 7, 10, 13, 16, 22, 23


def test_without_censoring_survival_is_a_plain_share():
    # Placebo, week 8: 9 of 21 relapsed before it, 4 in it: 8 / 21 left.
    assert stats.kaplan_meier(PLACEBO, [1] * 21, at=[8]).loc[0, "survival"] == pytest.approx(8 / 21)


def test_logrank_on_the_trial():
    found = stats.logrank(SIX_MP + PLACEBO, RELAPSE + [1] * 21, ["6-MP"] * 21 + ["placebo"] * 21)
    assert found.statistic == pytest.approx(16.79, abs=5e-3)
    assert (found.freedom, found.n) == (1, 42)
    assert found.p == pytest.approx(oracle.chi2.sf(found.statistic, 1))


# --- power and hidden causes -----------------------------------------------------------------------------------------


def test_e_values():
    # VanderWeele and Ding (2017): RR 3.9 (1.8 to 8.7) gives 7.26 and 3.00.
    assert stats.e_value(3.9, 1.8) == pytest.approx((7.26, 3.00), abs=5e-3)
    assert stats.e_value(1 / 3.9, 1 / 1.8) == pytest.approx(stats.e_value(3.9, 1.8))  # protective: turned over
    assert stats.e_value(1.5, 0.9).limit == 1
    assert stats.e_value(0.8, 1.1).limit == 1
    assert stats.e_value(1.0) == (1.0, None)


def test_power_of_means():
    # R's power.t.test: n = 20, delta = 1, sd = 1 gives 0.8689528; power .90 needs n = 22.02110, so 23 and not 22.
    assert stats.power_two_means(1, 1, 20, level=0.95) == pytest.approx(0.8689528, abs=1e-6)
    assert stats.power_two_means(1, 1, 23, level=0.95) >= 0.9 > stats.power_two_means(1, 1, 22, level=0.95)
    assert stats.power_two_means(0, 1, 20, level=0.95) == pytest.approx(0.05, abs=1e-6)  # no gap: false alarms alone


def test_power_of_shares():
    # R's power.prop.test: p 0.50 and 0.75, n = 50 gives 0.740; power .90 needs n = 76.7, so 77.
    assert stats.power_two_shares(0.5, 0.75, 50, level=0.95) == pytest.approx(0.740, abs=5e-4)
    assert stats.size_two_shares(0.5, 0.75, level=0.95, power=0.9) == (77, 77)


def test_smallest_visible():
    # Large groups: (1.645 + 0.842) * sqrt(2 / 20,000) = 0.02487 standard deviations.
    assert stats.smallest_visible(1, 20_000) == pytest.approx(0.02487, abs=1e-5)
    seen = stats.smallest_visible(40, 60, 200)
    assert stats.power_two_means(seen, 40, 60, 200) == pytest.approx(0.8)
    rise = stats.smallest_visible_share(0.05, 2000)
    assert stats.power_two_shares(0.05 + rise, 0.05, 2000) == pytest.approx(0.8)
    assert stats.smallest_visible_share(0.9, 5) is None  # even a rise to 100% would drown


@pytest.mark.parametrize(("n", "gap"), [(300, 0.3), (6000, 0.05), (5_000_000, 0.002), (4, 30.0), (400, 40.0)])
def test_power_stays_a_probability_at_any_size(n, gap):
    assert 0 < stats.power_two_means(gap, 1, n) <= 1


def test_power_of_tiny_groups_at_a_high_level():
    # Two and two at 0.999: t(0.9995, 2) = 31.6, so the spread's own noise (chi-squared, 2 df) decides:
    # power = 1 - exp(-(gap / 31.6)^2) for a gap counted in errors; 0.8 at 31.6 * sqrt(ln 5) = 40.1.
    assert stats.smallest_visible(1, 2, level=0.999) == pytest.approx(31.6 * math.sqrt(math.log(5)), rel=2e-3)


@given(st.integers(2, 5000), st.floats(0, 60), st.floats(0.5, 0.999))
@settings(deadline=None)
def test_power_grows_with_the_gap(n, shift, level):
    gap = shift * math.sqrt(2 / n)
    weak, strong = (stats.power_two_means(each, 1, n, level=level) for each in (gap, gap * 1.1))
    assert 1 - level - 1e-6 <= weak <= strong + 1e-9 <= 1 + 2e-9


# --- coverage on simulated truth -------------------------------------------------------------------------------------


def test_ratio_of_sums_covers_90_percent():
    # 150 customers, 1-4 orders each, net per order about 80 with a customer's own level: the truth is 80.
    rng, held = np.random.default_rng(11), 0
    for _ in range(1500):
        orders = rng.integers(1, 5, 150)
        found = stats.ratio_of_sums(orders * 80 * rng.gamma(4, 0.25, 150), orders)
        held += found.low <= 80 <= found.high
    assert stats.binomial_gate(held, 1500, 0.90)


def test_bootstrap_mean_covers_90_percent_of_skewed_money_where_student_does_not():
    # 40 orders, gamma with skewness 2 / sqrt(0.5) = 2.8; the truth is 0.5 * 160 = 80.
    rng, held, student, trials = np.random.default_rng(12), 0, 0, 1500
    for seed in range(trials):
        orders = rng.gamma(0.5, 160, 40)
        found = stats.bootstrap_mean(orders, seed=seed, draws=399)
        held += found.low <= 80 <= found.high
        plain = stats.ratio_of_sums(orders, np.ones(40))
        student += plain.low <= 80 <= plain.high
    assert stats.binomial_gate(held, trials, 0.90)
    assert not stats.binomial_gate(student, trials, 0.90)  # the reason why the bootstrap is here


def test_exact_ranges_cover_at_least_what_they_claim():
    rng, trials = np.random.default_rng(13), 2000
    counts = rng.poisson(9.0, trials)
    held = sum(found.low <= 9 <= found.high for found in map(stats.poisson_exact, counts))
    assert stats.binomial_gate(held, trials, 0.90, one_sided=True)
    found = stats.clopper_pearson(rng.binomial(40, 0.07, trials), 40)
    assert stats.binomial_gate(int(((found.low <= 0.07) & (found.high >= 0.07)).sum()), trials, 0.90, one_sided=True)


def test_permutation_keeps_its_false_alarms_where_welch_does_not():
    # 30 against 270, most spend nothing, the rest is skewed; no effect. Claimed: 10% false alarms.
    rng, alarms, welch = np.random.default_rng(14), 0, 0
    trials = 700
    for seed in range(trials):
        spend = np.where(rng.random(300) < 0.25, rng.lognormal(3, 1.2, 300), 0.0)
        alarms += stats.permutation_difference(spend[:30], spend[30:], seed=seed, draws=199).p <= 0.10 + 1e-9
        welch += stats.difference(spend[:30], spend[30:]).p <= 0.10
    assert stats.binomial_gate(alarms, trials, 0.10)
    assert not stats.binomial_gate(welch, trials, 0.10)  # the reason why the permutation test is here
