"""What a store would have sold, and how a series wanders: properties that hold exactly, and edges made by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.campaigns import expected, judging, noise, placebo, planner, series
from scrm_helpers.campaigns.rows import Hoped

LENGTH, START, DAYS, UNITS = 14, 182, 196, 16


@pytest.fixture(scope="module")
def panel() -> np.ndarray:
    """16 stores, 196 days: sizes, a shared walk, chance of the day that is larger in small stores."""
    rng = np.random.default_rng(7)
    size = np.exp(rng.normal(0, 0.8, UNITS))
    shared = np.exp(np.cumsum(rng.normal(0, 0.02, DAYS)))
    return 100 * size * shared[:, None] * np.exp(rng.normal(0, 0.15 / np.sqrt(size), (DAYS, UNITS)))


def judged(values: np.ndarray, own: list[int], draws: int = 99, **options) -> judging.Found:
    seen = expected.outlook(values, START, LENGTH)
    marks = np.isin(np.arange(values.shape[1]), own)
    return judging.judged(seen, marks, np.ones(values.shape[1], bool), draws=draws, **options)


def test_a_planted_lift_moves_the_answer_by_exactly_itself(panel):
    """+20% on every day of three stores adds log 1.2 to the effect and leaves its error and its made-up sets as they were."""
    bare, lifted = judged(panel, [1, 4, 9]), None
    values = panel.copy()
    values[START:, [1, 4, 9]] *= 1.2
    lifted = judged(values, [1, 4, 9])
    assert lifted.effect.value == pytest.approx(bare.effect.value + math.log(1.2))
    assert lifted.effect.error == pytest.approx(bare.effect.error) and lifted.limit(0.9) == pytest.approx(bare.limit(0.9))
    low, high = lifted.ends()
    assert low < math.log(1.2) < high and low > 0 and lifted.p() <= 0.10


def test_what_moves_all_stores_alike_is_no_effect(panel):
    values = panel.copy()
    values[START:] *= 1.7
    assert judged(values, [1, 4, 9], 0).effect.value == pytest.approx(judged(panel, [1, 4, 9], 0).effect.value)


def test_nothing_after_the_window_is_looked_at(panel):
    longer = np.vstack([panel, panel[:30] * 9])
    assert judged(longer, [2, 3], 0).effect.value == pytest.approx(judged(panel, [2, 3], 0).effect.value)


def test_closed_stores_and_missing_days(panel):
    """14 days: with 2 missing 86% are there and the store stays; with 3 it is 79% (below 80%) and falls out, as does a closed one."""
    values = panel.copy()
    values[START : START + 2, 1] = np.nan
    assert judged(values, [1, 4, 9], 0).effect.treated == 3
    values[START : START + 3, 1] = np.nan
    values[START + 6 :, 12] = np.nan  # a store without the campaign closes on its seventh day
    found = judged(values, [1, 4, 9], 0).effect
    assert (found.treated, found.controls) == (2, 12)


def test_a_store_without_any_sale_in_the_window_is_left_out(panel):
    """Zero has no logarithm: the store is not compared; where every store with the campaign sold nothing, there is no answer."""
    values = panel.copy()
    values[START:, 1] = 0.0
    assert judged(values, [1, 4, 9], 0).effect.treated == 2
    values[START:, [4, 9]] = 0.0
    gone = judged(values, [1, 4, 9], 0).effect
    assert gone.value is None and gone.reason == "no_history"


def test_one_treated_store_is_held_against_each_other_one(panel):
    """Fifteen others: fifteen made-up single stores; nine in ten of 16 are the 15th, so the range is the largest of them."""
    found = judged(panel, [5])
    assert len(found.t) == 15
    assert found.limit(0.9) == pytest.approx(np.abs(found.t).max() * found.widened)


def test_stores_that_wander_together_get_a_wider_range(panel):
    """Four stores share a walk of their own: as a treated set they had wandered apart from the others before, four others had not."""
    rng = np.random.default_rng(3)
    values = panel.copy()
    values[:, :4] *= np.exp(np.cumsum(rng.normal(0, 0.05, DAYS)))[:, None]
    assert judged(values, [0, 1, 2, 3]).widened > 1.3
    assert judged(values, [0, 6, 9, 12]).widened < 1.3


def test_a_store_seen_twice_does_not_pass_for_a_steady_one(panel):
    """Store 3 opened 98 days ago and has moved with the others to the lira since: known in few windows, it weighs like a typical store."""
    values = panel.copy()
    values[: START - 84, 3] = np.nan
    values[START - 84 :, 3] = panel[START - 84 :, :].mean(axis=1)
    deviations = np.sqrt(np.diag(expected.outlook(values, START, LENGTH).covariance))
    assert deviations[3] > 0.5 * np.median(deviations)
    values = panel.copy()
    values[:, 3] = panel.mean(axis=1)  # steady for 26 windows: believed, and smaller than every other
    known = np.sqrt(np.diag(expected.outlook(values, START, LENGTH).covariance))
    assert known[3] == known.min() and known[3] < 0.7 * np.median(known)


def test_made_up_sets_by_hand():
    """Of 4 units there are 6 pairs; without the true one 5. With more pairs than asked for they are drawn."""
    own = np.array([True, False, True, False])
    few = judging.made_up(4, 2, own, 10, 1)
    assert few.shape == (4, 5) and (few.sum(axis=0) == 2).all() and not (few[[0, 2]].sum(axis=0) == 2).any()
    assert judging.made_up(40, 5, np.zeros(40, bool), 99, 1).shape == (40, 99)


def test_without_history_every_store_weighs_the_same():
    """Two windows of data: nothing to learn from, so the effect is the plain difference of mean log changes.

    Treated log 2 and log 2; others log 1, log 1, log 1.1: log 2 - log(1.1) / 3 (no deviation is wild enough to be clipped: see below).
    """
    values = np.vstack([np.full((14, 5), 10.0), np.tile([20.0, 20, 10, 10, 11], (14, 1))])
    seen = expected.outlook(values, 14, 14)
    w = judging.whitened(seen, np.ones(5, bool))
    px = w.off @ np.array([1.0, 1, 0, 0, 0])
    assert float(px @ w.y) / float(px[:2].sum()) == pytest.approx(math.log(2) - math.log(1.1) / 3)


# One series


def test_taking_columns_out():
    """With V = identity, P is what least squares leaves: for a column of ones each value less the mean."""
    assert noise.off_of(np.eye(4), np.ones((4, 1))) @ np.array([1.0, 2, 3, 6]) == pytest.approx([-2, -1, 0, 3])


def walk(seed: int, days: int = 300) -> np.ndarray:
    rng, out = np.random.default_rng(seed), np.zeros(days)
    for t in range(1, days):
        out[t] = 0.6 * out[t - 1] + rng.normal(0, 0.1)
    return 8 + out


def test_noise_that_lasts_is_told_from_chance_of_the_day():
    """A memory of .6 a day has faded to a third after two days (.6^2 = .36): most of the weight is there, not in chance of the day.
    Without memory nearly all is chance of the day."""
    base, known = np.ones((300, 1)), np.ones(300, bool)
    lasting = noise.learn(walk(2), base, known).weights
    bare = noise.learn(8 + np.random.default_rng(2).normal(0, 0.1, 300), base, known).weights
    assert lasting[1:3].sum() > 0.6 * lasting.sum() > 0
    assert bare[0] > 0.6 * bare.sum()


def test_a_lift_moves_a_window_by_itself_and_wild_days_do_not():
    base, known, y = np.ones((300, 1)), np.ones(300, bool), walk(4)
    learned = noise.learn(y, base, known)
    window = np.zeros((300, 1))
    window[200:228] = 1
    value, error = noise.effects(learned.off, y, window)
    moved, same = noise.effects(learned.off, y + 0.25 * window[:, 0], window)
    assert moved[0] - value[0] == pytest.approx(0.25) and same[0] == pytest.approx(error[0])
    wild = y.copy()
    wild[210] += 3.0  # one day in 28 at twenty times its sales: plain least squares would move by about .1
    assert abs(noise.effects(learned.off, wild, window)[0][0] - value[0]) < 0.05


def test_a_day_with_a_column_of_its_own_says_nothing():
    """Day 100 is explained by its own column: whatever stands there, the noise and the effect stay finite and the same."""
    base, known, y = np.column_stack([np.ones(300), np.arange(300) == 100]).astype(float), np.ones(300, bool), walk(4)
    window = np.zeros((300, 1))
    window[200:228] = 1
    found = [noise.effects(noise.learn(v, base, known).off, v, window)[0][0] for v in (y, y + 5.0 * base[:, 1])]
    assert np.isfinite(found).all() and found[0] == pytest.approx(found[1], abs=1e-6)


def test_the_limit_of_a_season_follows_the_same_weeks_of_other_years():
    """z = 1 everywhere but 3 in the season's own weeks: a campaign in it is judged by them, another is not."""
    z, season = np.ones(80), np.zeros(80, bool)
    z[:8], season[:8] = 3.0, True
    other = series.Nothing(z, season, 20.0)
    inside = series.Nothing(z, season, 20.0, True, 1)
    assert inside.limit(0.9) > 1.5 * other.limit(0.9)
    assert other.p(other.limit(0.9)) == pytest.approx(0.10, abs=1e-3)
    assert inside.p(inside.limit(0.95)) == pytest.approx(0.05, abs=1e-3)


def test_the_turn_of_the_year_has_its_weeks():
    """24 November to 7 December, to 24 December, to the 31st, 1 to 7 January: 14, 17, 7 and 7 days."""
    days = pd.date_range("2025-11-01", "2026-01-31", freq="D")
    assert noise.year_end(days).sum(axis=0).tolist() == [14, 17, 7, 7]


# The planner


def test_the_planner_needs_fewer_store_weeks_for_larger_lifts(panel):
    """196 days: 2 and 4 weeks have a whole window before, and 8 weeks (56 days) have two; sizes up to half of 16 stores."""
    plans = planner.table(panel, placebo.Running((), np.zeros((DAYS, 0)), np.zeros((0, UNITS))), np.zeros(panel.shape, bool))
    assert sorted(set(plans["weeks"])) == [2, 4, 8] and sorted(set(plans["stores"])) == [2, 3, 5, 8]
    two = plans[plans["weeks"] == 2].set_index("stores")["smallest_visible"]
    assert two[8] < two[2] and (plans["smallest_visible"] > 0).all()


def test_more_stores_and_more_weeks_see_smaller_lifts(panel):
    """One window alone had 5 stores see less than 3, and 4 weeks less than 2."""
    plans = planner.table(panel, placebo.Running((), np.zeros((DAYS, 0)), np.zeros((0, UNITS))), np.zeros(panel.shape, bool))
    seen = plans.pivot(index="stores", columns="weeks", values="smallest_visible").to_numpy()
    assert (np.diff(seen, axis=0) < 0).all() and (np.diff(seen, axis=1) < 0).all()


def test_the_cheapest_plan_by_hand():
    """5 stores x 4 weeks and 8 x 2 show 5%: 16 store-weeks are fewer than 20. Nothing shows 1%."""
    plans = pd.DataFrame({"stores": [5, 8, 2], "weeks": [4, 2, 2], "smallest_visible": [0.04, 0.05, 0.09]})
    best = planner.cheapest(plans, 0.05)
    assert (best["stores"], best["weeks"]) == (8, 2)
    assert planner.cheapest(plans, 0.01) is None


def test_the_planner_takes_the_stores_and_weeks_that_are_asked(panel):
    """Of 16 stores 8 at most have it, and 196 days hold no 26 weeks: 10 stores and 26 weeks are named as beyond; the suite's own never."""
    nothing = placebo.Running((), np.zeros((DAYS, 0)), np.zeros((0, UNITS)))
    hoped = Hoped(0.1, (10, 4, 4), (3, 26))
    plans = planner.table(panel, nothing, np.zeros(panel.shape, bool), hoped=hoped)
    assert plans[["stores", "weeks"]].values.tolist() == [[4, 3]]
    own = planner.table(panel, nothing, np.zeros(panel.shape, bool), hoped=Hoped(weeks=(2, 4)))
    around = own.set_index(["stores", "weeks"])["smallest_visible"]
    assert around[5, 4] < plans["smallest_visible"][0] < around[3, 2]  # between fewer stores for less and more for longer
    assert planner.beyond(plans, hoped) == ([10], [26])
    assert planner.beyond(own, Hoped()) == ([], []) and 20 not in set(own["stores"])


def test_a_campaign_without_effect_after_one_with_it_is_called_nothing_as_promised():
    """Sixty panels of 15 stores: +30% for three weeks in four of them, three weeks without, then three weeks of nothing in the same four.

    Were the days of the first to foretell the second, the ranges would hold 0 in a fifth of the panels (18%).
    """
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        walk = np.cumsum(rng.normal(0, 0.006, (600, 15)), axis=0)
        season, week = 0.2 * np.sin(np.arange(600) / 58)[:, None], 0.2 * np.cos(np.arange(600) % 7 / 7 * 2 * np.pi)[:, None]
        values = 100 * np.exp(rng.normal(0, 0.6, 15) + walk - walk.mean(axis=0) + season + week + rng.normal(0, 0.25, (600, 15)))
        own = np.isin(np.arange(15), rng.choice(15, 4, replace=False))
        busy = np.zeros((600, 15), bool)
        busy[508:529, own] = busy[550:571, own] = True
        values[508:529, own] *= 1.3
        seen = expected.outlook(values, 550, 21, busy=busy, back=1, calm=True)
        low, high = judging.judged(seen, own, np.ones(15, bool), draws=99, seed=seed).ends()
        held.append(low <= 0 <= high)
    assert np.mean(held) >= 0.8
