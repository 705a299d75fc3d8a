"""The estimators on panels small enough to count by hand, and on made-up sales whose truth is planted."""

import math
from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from campaign_tables import days_from, frame, order, person, table

from scrm_helpers import stats
from scrm_helpers.campaigns import answer, association, households, judging, placebo, plan, regional, series
from scrm_helpers.campaigns.judge import judge
from scrm_helpers.findings import Context

# Collapsed difference in differences


def test_did_on_a_tiny_panel():
    """Mean sales before -> during: T1 10 -> 20, T2 10 -> 20 (log 2 each); C1 10 -> 10, C2 10 -> 12.5.

    Effect = log 2 - (log 1 + log 1.25) / 2 = .6931 - .1116 = .5816, a lift of 2 / sqrt(1.25) - 1 = 78.9%.
    """
    values = np.array([[10.0, 10, 10, 10]] * 4 + [[20, 20, 10, 12.5]])
    found = regional.collapsed(regional.log_change(values, 4, 5, 4), np.array([1.0, 1, 0, 0]))
    assert math.expm1(found.value) == pytest.approx(2 / math.sqrt(1.25) - 1)
    # residuals: 0, 0, -.1116, +.1116; 2 degrees of freedom; variance 2 x .1116^2 / 2 = .01245; times (1/2 + 1/2)
    half = math.log(1.25) / 2
    assert found.error == pytest.approx(half) and found.freedom == 2
    assert found.p == pytest.approx(2 * (0.5 - 0.5 * (x := found.value / half) / math.sqrt(2 + x * x)))  # Student's t with 2


def test_overlapping_campaigns_are_fitted_jointly():
    """Own +10% in units 0, 1; a neighbour of +20% in units 1, 2; units 3-5 have neither: each gets its own, alone own is off."""
    own, other = np.array([1.0, 1, 0, 0, 0, 0]), np.array([0.0, 1, 1, 0, 0, 0])
    noise = np.array([0.001, -0.001, 0.001, -0.001, 0.0005, -0.0005])
    change = own * math.log(1.1) + other * math.log(1.2) + noise
    joint = regional.collapsed(change, own, other[:, None])
    assert math.expm1(joint.value) == pytest.approx(0.10, abs=0.003)
    alone = regional.collapsed(change, own)
    assert math.expm1(alone.value) > 0.14  # the neighbour's part is taken for its own


def test_full_overlap_is_not_separable():
    own = np.array([1.0, 1, 0, 0, 0, 0])
    found = regional.collapsed(np.arange(6.0), own, own[:, None])
    assert found.value is None and found.reason == "not_separable"


def test_no_store_without_the_campaign():
    assert regional.collapsed(np.arange(3.0), np.ones(3)).reason == "no_controls"


def test_closed_store_and_gaps_leave_the_comparison():
    """Unit 0 closed half way through the window, unit 1 misses one day of five before: only unit 0 falls out."""
    values = np.full((10, 4), 5.0)
    values[7:, 0], values[2, 1] = np.nan, np.nan
    change = regional.log_change(values, 5, 10, 5)
    assert np.isnan(change[0]) and (change[1:] == 0).all()


def test_simplex_weights_recover_a_mixture():
    donors = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
    assert regional.simplex_weights(donors @ [0.3, 0.7, 0.0], donors) == pytest.approx([0.3, 0.7, 0.0], abs=1e-9)
    # the nearest point of the simplex to (2, 0, 0) is its corner
    assert regional.simplex_weights(np.array([2.0, 0, 0]), np.eye(3)) == pytest.approx([1, 0, 0], abs=1e-9)


def test_synthetic_did_without_noise_finds_the_jump():
    """Treated = 3 + mean of the two controls, +4 from day 6 on: the level goes, the jump stays."""
    walk = np.array([[1.0, 5], [2, 4], [3, 6], [2, 7], [4, 5], [5, 6], [4, 8], [6, 7]])
    treated = walk.mean(axis=1) + 3
    treated[6:] += 4
    values = np.column_stack([treated, walk])
    assert regional.synthetic_did(values, np.array([True, False, False]), 6, 8) == pytest.approx(4, abs=0.15)
    assert regional.synthetic_control(values, np.array([True, False, False]), 6, 8).att == pytest.approx(4, abs=1e-6)


# Placebos


def test_placebo_rank_by_hand():
    """Of -3, -1, 0, 2 two lie as far as 2 from zero, and the campaign itself is counted: 3 of 5."""
    assert placebo.rank(2.0, np.array([-3.0, -1, 0, 2])) == pytest.approx(3 / 5)
    assert placebo.rank(2.0, np.array([])) is None


def test_the_range_ends_where_made_up_sets_end():
    """19 made-up sets with t .1 .. 1.9: nine in ten of 20 are 18, the 18th is 1.8 errors. Of 20 with the true one (t 1.75) 1.8, 1.9 and

    itself lie as far: p = 3/20. With 8 sets no nine in ten exists: Student's t with 10 degrees, 1.8125.
    """
    effect = regional.Effect(0.35, 0.2, 10.0, None, 1, 19)
    found = judging.Found(effect, np.arange(1, 20) / 10, np.empty(0), 1.0)
    assert found.ends() == (pytest.approx(0.35 - 0.36), pytest.approx(0.35 + 0.36)) and found.p() == pytest.approx(3 / 20)
    assert found._replace(t=np.arange(8) / 10).limit(0.9) == pytest.approx(1.8125, abs=1e-4)
    assert found._replace(widened=2.0).ends()[1] == pytest.approx(0.35 + 0.72)  # wandered twice as far before: twice as wide


def test_with_few_made_up_sets_range_and_p_still_agree():
    """8 sets, none as far as 2 errors: rank 1/9, which no nine in ten can reach. Student's t with 10 degrees ends the range 1.8125 errors

    away, without 0, and p must say so too: .0734. At 1.8 errors 0 is inside, p .102.
    """
    few = judging.Found(regional.Effect(0.4, 0.2, 10.0, None, 1, 8), np.arange(8) / 10, np.empty(0), 1.0)
    assert few.ends()[0] > 0 and few.p() == pytest.approx(0.0734, abs=1e-4) and few.rank() == pytest.approx(1 / 9)
    near = few._replace(effect=few.effect._replace(value=0.36))
    assert near.ends()[0] < 0 and near.p() == pytest.approx(0.1020, abs=1e-4)
    assert math.isnan(few._replace(t=np.empty(0)).rank())


def test_calibration_row_counts_false_alarms():
    """3 of 20 claimed at 10%: Clopper-Pearson 99% on 20 is .018 to .45, which holds 10%. 15 of 20 does not."""
    fine = placebo.calibration_row("store", np.arange(20) < 3, 20)
    assert (fine["false_alarms"], fine["coverage"], fine["holds"]) == (0.15, 0.85, True)
    assert fine["low"] == pytest.approx(stats.clopper_pearson(3, 20, 0.99).low)
    assert placebo.calibration_row("store", np.arange(20) < 15, 20)["holds"] is False
    # of 10 periods 4 false alarms (low end .0768 at 99%) still pass for a claim of 10%, 5 (.1283) do not
    few = placebo.calibration_row("store", np.arange(10) < 1, 10)
    assert few["holds"] is True and 0.4 < few["would_show"] < 0.5
    assert [placebo.calibration_row("store", np.arange(10) < k, 10)["holds"] for k in (4, 5)] == [True, False]
    assert placebo.would_show(2, 0.1) is None  # two of two: .005 ** .5 = .071 is still below 10%


def store_panel(rng, days: int = 400, units: int = 24) -> np.ndarray:
    size, shared = np.exp(rng.normal(0, 1, units)), np.exp(np.cumsum(rng.normal(0, 0.02, days)))
    return 100 * size * shared[:, None] * np.exp(rng.normal(0, 0.2 / np.sqrt(size), (days, units)))


def test_false_alarms_of_the_regional_method_hold_the_claimed_rate():
    """No campaign anywhere: 10% of placebos may alarm; the gate is the exact 99% range of the count of windows."""
    values = store_panel(np.random.default_rng(5))
    running = placebo.Running((), np.zeros((400, 0)), np.zeros((0, 24)))
    nothing = placebo.draws(values, 8, 14, running, busy=np.zeros(values.shape, bool))
    share = placebo.alarms(nothing).mean()
    # 24 windows asked for of 386 - 56 = 330 days: one every 14 days, 24 of them, none overlapping; 10 sets in each
    assert len(nothing.t) == 240 and nothing.effective == 24 and 0.05 < share < 0.16
    reach = np.abs(nothing.t) / nothing.limit
    assert placebo.widening(reach, placebo.calibration_row("store", placebo.alarms(nothing), nothing.effective)) == 1.0
    # twice as far as told, and independent: 90% of them lie within 1.8 to 2.2 limits, which is then the factor
    twice = placebo.calibration_row("store", 2 * reach > 1, len(reach))
    assert twice["holds"] is False and 1.6 < placebo.widening(2 * reach, twice) < 2.4


# One series


def daily(rng, days: int, lift: float, window: tuple[int, int]) -> tuple[np.ndarray, pd.DatetimeIndex]:
    span = pd.date_range("2024-01-01", periods=days, freq="D")
    noise = np.zeros(days)
    for t in range(1, days):
        noise[t] = 0.5 * noise[t - 1] + rng.normal(0, 0.08)
    week = np.array([0, 0, 0, 0, 0.1, 0.3, 0.2])[span.day_of_week]
    year = 0.2 * np.sin(2 * np.pi * span.day_of_year.to_numpy() / 365.25)
    log = 8 + 0.0005 * np.arange(days) + week + year + noise
    log[slice(*window)] += math.log1p(lift)
    return np.exp(log), span


def test_calendar_model_finds_a_planted_lift():
    """+30% for 28 days in 900, weekly and yearly season, errors that last: found, and its range holds 30%."""
    net, span = daily(np.random.default_rng(1), 900, 0.30, (600, 628))
    found = series.fit(net, span, {"K1": (600, 628)}, frame("calendar", []))
    low, high = found.ends("K1")
    assert low < math.log(1.3) < high and low > 0
    assert found.nothing["K1"].periods == pytest.approx(900 / 28 - 1)


def test_calendar_model_keeps_its_promise_without_a_campaign():
    """Four windows of nothing in each of 10 series, 10% claimed: the exact 99% range of the count must hold it."""
    hits = 0
    at = {"K1": (380, 394), "K2": (450, 464), "K3": (500, 514), "K4": (560, 574)}
    for seed in range(10):
        net, span = daily(np.random.default_rng(100 + seed), 600, 0.0, (0, 0))
        found = series.fit(net, span, at, frame("calendar", []))
        hits += sum(not low < 0 < high for low, high in map(found.ends, at))
    exact = stats.clopper_pearson(hits, 40, 0.99)
    assert exact.low <= 0.10 <= exact.high


def test_feasts_have_columns_with_a_run_up():
    """A feast on days 20-22: its own column on 3 days, the week before on 13-19, the second week before on 6-12, the rest of the
    fasting month before that. One that begins on day 62, after the last day (59), has its run-up on 55-59 all the same."""
    span = pd.date_range("2026-03-01", periods=60, freq="D")
    feast = frame("calendar", [{"on": span[20 + k], "name": "Ramazan Bayramı", "kind": "religious"} for k in range(3)]
                  + [{"on": span[0] + pd.Timedelta(days=62), "name": "Kurban Bayramı", "kind": "religious"}])  # fmt: skip
    columns, names = series.calendar_columns(span, feast)
    at = {n: np.flatnonzero(columns[:, k]) for k, n in enumerate(names)}
    assert at["ramazan bayramı"].tolist() == [20, 21, 22]
    assert at["ramazan bayramı week before"].tolist() == list(range(13, 20))
    assert at["ramazan bayramı second week before"].tolist() == list(range(6, 13))
    assert at["ramazan bayramı month before"].tolist() == list(range(6))
    assert at["kurban bayramı week before"].tolist() == list(range(55, 60)) and "kurban bayramı month before" not in at


def test_whiten_and_yule_walker_by_hand():
    """x = 1, 2, 4 with coefficient .5: 2 - .5 = 1.5, 4 - 1 = 3. Alternating +1 -1 has correlation near -1 at lag 1."""
    assert series.whiten(np.array([[1.0], [2], [4]]), np.array([0.5])).ravel().tolist() == [1.5, 3.0]
    assert series.yule_walker(np.tile([1.0, -1.0], 50), 1)[0] == pytest.approx(-0.99, abs=1e-6)


def test_two_campaigns_on_the_same_days_are_not_separable():
    net, span = daily(np.random.default_rng(2), 700, 0.0, (0, 0))
    found = series.fit(net, span, {"K1": (500, 528), "K2": (500, 528), "K3": (600, 614)}, frame("calendar", []))
    assert found.separable.tolist() == [False, False, True]


def test_a_series_that_breaks_its_promise_gets_wider_ranges_and_p_follows():
    """Twice the limit, twice the range; what lay 1 limit away (p .10) lies where half a limit lay before."""
    z = np.random.default_rng(6).normal(0, 1, 60)
    plain = series.Nothing(z, np.zeros(60, bool), 30.0)
    wide = replace(plain, widened=2.0)
    assert wide.limit(0.9) == pytest.approx(2 * plain.limit(0.9))
    assert wide.p(2 * plain.limit(0.9)) == pytest.approx(0.10, abs=1e-4) and wide.p(1.2) == pytest.approx(plain.p(0.6), abs=1e-4)
    found = series.Fit(("K1",), np.array([0.3]), np.array([0.1]), np.array([True]), {"K1": plain}, plain).wider(2.0)
    assert found.ends("K1", 0.9)[1] == pytest.approx(0.3 + 0.2 * plain.limit(0.9))


def test_each_placebo_is_held_against_those_that_share_no_day_with_it():
    """Starts are a quarter of a window apart: of 12 the 6th is judged by all but the 3rd to 9th."""
    z = np.arange(1.0, 13)
    nothing = series.Nothing(z, np.zeros(12, bool), 20.0)
    far = series.Nothing(np.array([1.0, 2, 10, 11, 12]), np.zeros(5, bool), 20.0)
    assert nothing.reach()[5] == pytest.approx(6 / far.limit(0.9))


# Lists of people


def test_a_list_that_breaks_its_promise_gets_a_wider_range_and_p_follows():
    """Effect .3, error .1, 30 degrees: nine in ten end 1.6973 errors away, twice that once widened; p of t 3 becomes that of 1.5."""
    found = households.Household(0.3, 0.1, 30.0, None, 31, 31, None, None, 0.0, np.empty(0))
    wide = found._replace(widened=2.0)
    assert found.ends(0.9)[0] == pytest.approx(0.3 - 0.16973, abs=1e-5) and wide.ends(0.9)[0] == pytest.approx(0.3 - 0.33946, abs=1e-5)
    assert found.two_sided() == pytest.approx(0.00536, abs=1e-4) and wide.two_sided() == pytest.approx(0.1441, abs=1e-3)


def bins_of(rows: list[tuple[int, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["person_id", "bin", "net"])


def test_household_did_by_hand():
    """40 on the list spend 20 before and 30 during; 40 others 10 and 12. Lift = (30/20) / (12/10) - 1 = 25%; raw ratio 2."""
    rows = [(p, b, v) for p in range(40) for b, v in ((0, 30.0 + p % 2), (1, 20.0 + p % 2), (2, 5.0))]
    rows += [(p, b, v) for p in range(100, 140) for b, v in ((0, 12.0), (1, 10.0), (2, 5.0))]
    found = households.lift(bins_of(rows), set(range(40)), set(), [], full=1)
    assert math.expm1(found.effect) == pytest.approx((30.5 / 20.5) / 1.2 - 1)
    assert (found.recipients, found.others) == (40, 40)
    assert found.raw_ratio == pytest.approx(2.05) and found.net == 1220.0


def test_new_customers_of_the_window_before_do_not_bend_the_comparison():
    """30 others came new in the window before (their first order lies there by definition) and bought nothing since: left out."""
    rng = np.random.default_rng(1)
    rows = [(p, b, float(v)) for p in range(80) for b, v in enumerate(rng.gamma(5, 2, 3))]
    found = households.lift(bins_of(rows), set(range(40)), set(), [], full=1)
    more = households.lift(bins_of(rows + [(p, 1, 10.0) for p in range(200, 230)]), set(range(40)), set(), [], full=1)
    assert more.effect == pytest.approx(found.effect) and more.others == 40


def test_two_lists_sent_at_once_are_fitted_jointly():
    """List 1 (+20%) and list 2 (+50%) share 100 people. Alone list 1 looks like (1.2 + 1.7) / 2 over (280 + 20 x 1.5) / 300: +40%."""
    rng = np.random.default_rng(4)
    first, second = set(range(200)), set(range(100, 220))
    rows = []
    for p in range(500):
        before = rng.gamma(8, 2)
        during = before * (1 + 0.2 * (p in first) + 0.5 * (p in second)) * rng.normal(1, 0.02)
        rows += [(p, 0, during), (p, 1, before), (p, 2, 1.0)]
    joint = households.lift(bins_of(rows), first, set(), [(second, [1.0, 0.0])], full=1)
    alone = households.lift(bins_of(rows), first, set(), [], full=1)
    assert math.expm1(joint.effect) == pytest.approx(0.2, abs=0.02) and math.expm1(alone.effect) == pytest.approx(0.403, abs=0.03)
    same = households.lift(bins_of(rows), first, set(), [(first, [1.0, 0.0])], full=1)
    assert same.reason == "not_separable"


def test_few_buyers_are_refused():
    rows = [(p, b, 10.0 + p) for p in range(60) for b in (0, 1, 2)]
    assert households.lift(bins_of(rows), set(range(29)), set(), [], full=1).reason == "few_people"


# Association


def test_unrelated_series_with_one_season_are_not_called_associated():
    """Both peak in December: the naive correlation is high, what is left after the season is not."""
    rng = np.random.default_rng(8)
    weeks = pd.date_range("2023-01-02", periods=156, freq="7D")
    season = np.sin(2 * np.pi * weeks.day_of_year.to_numpy() / 365.25)
    spend, sold = np.exp(5 + season + rng.normal(0, 0.2, 156)), np.exp(9 + 0.5 * season + rng.normal(0, 0.1, 156))
    found = association.lagged(spend, sold, weeks, frame("calendar", []))
    assert found.loc[0, "naive"] > 0.7 and abs(found.loc[0, "value"]) < 0.25 and (found["p_adjusted"] > 0.1).all()
    moved = np.exp(np.log(sold) + 0.3 * np.roll(np.log(spend) - season, 2))
    again = association.lagged(spend, moved, weeks, frame("calendar", []))
    assert again.sort_values("p_adjusted").iloc[0]["lag"] == 2
    assert association.lagged(spend[:40], sold[:40], weeks[:40], frame("calendar", [])).empty


# The judge: which method answers, and the refusals


START = date(2024, 11, 1)


def company(*, stores: int = 12, days: int = 668, lift: float = 0.3, window=(500, 528), treated=range(5), seed=1, idle=lambda d, s: False):
    rng, rows, number = np.random.default_rng(seed), [], 0
    for d, on in enumerate(days_from(START, days)):
        for s in range(stores):
            net = 100 * (1 + s / 10) * (1 + 0.2 * math.sin(d / 58)) * rng.lognormal(0, 0.15)
            if s in treated and window[0] <= d < window[1]:
                net *= 1 + lift
            if idle(d, s):
                continue
            number += 1
            rows.append(order(number, on, round(net, 2), store_id=f"S{s:02d}", channel="store"))
    return table("orders", rows)


def campaign(name: str, window=(500, 528), status: str = "done", social: bool = True) -> dict:
    start = START + timedelta(days=window[0])
    return {"campaign_id": name, "name": name, "source": "instagram", "starts_on": start, "status": status, "is_social": social,
            "ends_on": START + timedelta(days=window[1] - 1)}  # fmt: skip


def units(name: str, treated) -> list[dict]:
    return [{"campaign_id": name, "unit_kind": "store", "unit_id": f"S{s:02d}", "role": "treated"} for s in treated]


RATES = [{"on": date(2024 + m // 12, m % 12 + 1, 1), "kind": "cpi", "value": 100 * 1.03**m} for m in range(9, 33)]
STORES = [{"store_id": f"S{s:02d}", "kind": "store", "region": f"R{s // 2}", "city": f"C{s}"} for s in range(12)]


def judged(orders, campaigns, listed=(), *, rates=RATES, stores=STORES, persons=()):
    found = judge(
        orders, table("persons", list(persons)), frame("campaigns", campaigns), frame("campaign_units", list(listed)),
        frame("stores", stores), frame("calendar", []), frame("rates", list(rates)), period="2026-08", online="all",
    )  # fmt: skip
    return found, found.lifts.set_index("campaign_id")


@pytest.fixture(scope="module")
def shops():
    return company()


def test_a_campaign_in_stores_that_had_another_before_is_judged_on_the_days_between():
    """Five stores: +30% on days 500 to 527; again -15% planted from day 556 on, 28 days after the first. Without days between, no."""
    sold = company(lift=0.3)
    sold = sold.mutate(net=ibis.ifelse(
        (sold.ordered_on >= START + timedelta(days=556)) & (sold.ordered_on < START + timedelta(days=584)) & sold.store_id.isin(
            [f"S{s:02d}" for s in range(5)]), sold.net.cast("float64") * 0.85, sold.net.cast("float64")))  # fmt: skip
    listed = [*units("K1", range(5)), *units("K2", range(5))]
    _, rows = judged(sold, [campaign("K1"), campaign("K2", (556, 584))], listed)
    assert rows["state"].tolist() == ["ok", "ok"] and rows.loc["K1", "low"] > 0.2
    assert rows.loc["K2", "low"] < -0.15 < rows.loc["K2", "high"] < 0 and rows.loc["K2", "overlaps"] == ""
    _, rows = judged(sold, [campaign("K1"), campaign("K2", (540, 568))], listed)  # twelve days between: fewer than it lasts
    assert rows.loc["K2", "state"] == "not_separable" and rows.loc["K2", "overlaps"] == "K1"


def test_stores_whose_days_are_missing_while_it_ran_are_not_without_a_past():
    """Stores 0 to 4 lack every third day of the campaign, and no day before it."""
    gaps = company(idle=lambda d, s: s < 5 and 500 <= d < 528 and d % 3 == 0)
    _, rows = judged(gaps, [campaign("K1")], units("K1", range(5)))
    assert rows.loc["K1", "state"] == "missing_days"


def test_stores_with_and_without_give_grade_b(shops):
    found, rows = judged(shops, [campaign("K1")], units("K1", range(5)))
    k = rows.loc["K1"]
    assert (k["state"], k["grade"], k["design"], k["treated"], k["controls"]) == ("ok", "B", "stores", 5, 7)
    assert k["low"] < 0.3 < k["high"] and k["low"] > 0.2
    assert k["extra"] == pytest.approx(k["net"] * k["lift"] / (1 + k["lift"])) and k["orders"] == 5 * 28
    assert k["rank"] < 0.02 and k["placebos"] >= 100 and abs(k["before_lift"]) < 0.05
    assert k["sdid_low"] < 0.3 < k["sdid_high"] and k["sc_lift"] == pytest.approx(0.3, abs=0.08)
    line = found.calibration.set_index("design").loc["store"]
    assert line["placebos"] >= 100 and line["effective"] >= 10 and line["holds"]


def test_guardrails_of_the_judge(shops):
    """A cancelled campaign has no estimate; a list of all stores has no controls and is company-wide; K4 and K5 cannot be parted."""
    listed = [*units("K1", range(5)), *units("K2", range(5)), *units("K3", range(12))]
    listed += [*units("K4", range(4)), *units("K5", range(4))]
    window = (600, 628)
    rows = judged(
        shops, [campaign("K1"), campaign("K2", status="cancelled"), campaign("K3", (560, 588)), campaign("K4", window),
                campaign("K5", window), campaign("K6", (665, 700)), campaign("K7", (20, 60)), campaign("K8", (700, 720)),
         campaign("K9") | {"starts_on": None, "ends_on": None}],
        [*listed, *units("K7", range(3))],
    )[1]  # fmt: skip
    assert rows.loc["K2", "state"] == "cancelled" and pd.isna(rows.loc["K2", "lift"])
    assert (rows.loc["K3", "design"], rows.loc["K3", "state"], rows.loc["K3", "grade"]) == ("company", "ok", "C")
    assert rows.loc[["K4", "K5"], "state"].tolist() == ["not_separable"] * 2
    assert (rows.loc["K6", "state"], rows.loc["K7", "state"], rows.loc["K8", "state"]) == ("too_short", "no_history", "planned")
    assert rows.loc["K9", "state"] == "no_dates"
    assert rows.loc["K1", "state"] == "ok" and rows.loc["K4", "overlaps"] == "K5"


def test_a_company_whose_campaigns_are_long_is_calibrated_on_four_weeks(shops):
    """200 of 669 days leave 669 / 200 - 1 = 2.3 windows beside: an answer, but too few to try the method on. Four weeks: 22.9."""
    found, rows = judged(shops, [campaign("K1", (400, 600))])
    assert (rows.loc["K1", "state"], rows.loc["K1", "design"]) == ("ok", "company") and rows.loc["K1", "placebos"] < 8
    line = found.calibration.set_index("design").loc["company"]
    assert line["placebos"] > 40 and line["effective"] == pytest.approx(669 / 28 - 1)


def test_what_breaks_its_promise_on_the_companys_own_sales_is_widened(shops, monkeypatch):
    """A calibration that asks for twice the width doubles a company-wide campaign's range on the log scale."""
    reach = lambda k: math.log1p(k["high"]) - math.log1p(k["lift"])  # noqa: E731
    before = reach(judged(shops, [campaign("K1")])[1].loc["K1"])
    monkeypatch.setattr(placebo, "widening", lambda reach, row: 2.0)
    assert reach(judged(shops, [campaign("K1")])[1].loc["K1"]) == pytest.approx(2 * before)


def test_one_treated_store_gets_the_placebo_range():
    rows = judged(company(treated=[2]), [campaign("K1")], units("K1", [2]))[1]
    k = rows.loc["K1"]
    assert (k["state"], k["grade"], k["treated"]) == ("ok", "B", 1)
    assert k["low"] < 0.3 < k["high"] and k["p"] == k["rank"] == pytest.approx(1 / 12) and k["placebos"] == 11  # each other store once


def test_a_store_that_closed_leaves_the_comparison():
    """Of five with the campaign S01 closed a week into it: four are compared, four sell 28 days each, and 30% is still inside."""
    shut = [s | ({"closed_on": START + timedelta(days=506)} if s["store_id"] == "S01" else {}) for s in STORES]
    k = judged(company(idle=lambda d, s: s == 1 and d > 506), [campaign("K1")], units("K1", range(5)), stores=shut)[1].loc["K1"]
    assert (k["state"], k["treated"], k["controls"], k["orders"]) == ("ok", 4, 7, 4 * 28)
    assert 0.2 < k["low"] < 0.3 < k["high"]


def test_missing_store_days_are_no_loss_of_sales():
    """S01's file lacks 14 of the campaign's 28 days: not zero sales (which would hide the lift), but a store that is left out."""
    found, rows = judged(company(idle=lambda d, s: s == 1 and 505 <= d < 519), [campaign("K1")], units("K1", range(5)))
    k = rows.loc["K1"]
    assert (k["state"], k["treated"], k["orders"]) == ("ok", 4, 4 * 28) and 0.2 < k["low"] < 0.3 < k["high"]
    assert found.missing[["unit", "days"]].values.tolist() == [["S01", 14]]


def test_days_on_which_nobody_sold_are_no_effect():
    """All stores shut on four days of the campaign (a feast): zero for all alike, 24 days of orders, the lift as before."""
    k = judged(company(idle=lambda d, s: 510 <= d < 514), [campaign("K1")], units("K1", range(5)))[1].loc["K1"]
    assert (k["state"], k["treated"], k["controls"], k["orders"]) == ("ok", 5, 7, 5 * 24) and 0.2 < k["low"] < 0.3 < k["high"]


def test_stores_that_sold_nothing_in_the_campaign_have_no_answer():
    """Both stores with the campaign were shut throughout: no zero is taken for an effect of -100%."""
    k = judged(company(idle=lambda d, s: s in (0, 1) and 500 <= d < 528), [campaign("K1")], units("K1", range(2)))[1].loc["K1"]
    assert k["state"] == "missing_days" and pd.isna(k["lift"]) and pd.isna(k["extra"])


def test_under_a_year_of_history_a_single_series_is_described_only(shops):
    rows = judged(shops, [campaign("K1", (300, 328))])[1]
    assert (rows.loc["K1", "state"], rows.loc["K1", "grade"]) == ("no_year", "D")
    assert pd.isna(rows.loc["K1", "lift"]) and rows.loc["K1", "net"] > 0


def test_without_prices_long_comparisons_are_refused_and_short_ones_nominal(shops):
    """28 days and four times as many before are 140 days: refused. 14 and 56 are 70: compared as booked."""
    rows = judged(shops, [campaign("K1"), campaign("K2", (540, 554))], [*units("K1", range(5)), *units("K2", range(5, 9))], rates=())[1]
    assert rows.loc["K1", "state"] == "prices" and pd.isna(rows.loc["K1", "lift"])
    assert (rows.loc["K2", "state"], rows.loc["K2", "prices"]) == ("ok", "nominal")


def test_a_whole_region_is_compared_with_the_others():
    listed = [{"campaign_id": "K1", "unit_kind": "region", "unit_id": "R0", "role": "treated"}]
    k = judged(company(treated=(0, 1)), [campaign("K1")], listed)[1].loc["K1"]
    assert (k["treated"], k["controls"], k["state"], k["grade"], k["orders"]) == (1, 5, "ok", "B", 2 * 28)  # R0 is two stores
    assert k["low"] < 0.3 < k["high"]


def test_a_list_of_stores_and_cities_is_one_of_stores():
    """S00 by name, C1 and R2 hold S01, S04 and S05; of these S05 is held out by name, whatever its region says: three treated."""
    names = [("store", "S00", "treated"), ("city", "C1", "treated"), ("region", "R2", "treated"), ("store", "S05", "held_out")]
    listed = frame("campaign_units", [{"campaign_id": "K1", "unit_kind": k, "unit_id": u, "role": r} for k, u, r in names])
    given = frame("campaigns", [campaign("K1")]), listed, frame("stores", STORES)
    (c,) = plan.campaigns_of(*given, as_of=date(2026, 9, 1))
    assert (c.kind, c.place, c.treated, c.held_out) == ("stores", "store", ("S00", "S01", "S04"), ("S05",))
    (c,) = plan.campaigns_of(given[0], listed[:2], frame("stores", STORES), as_of=date(2026, 9, 1))
    assert c.treated == ("S00", "S01")
    (c,) = plan.campaigns_of(given[0], listed[1:2], frame("stores", STORES), as_of=date(2026, 9, 1))
    assert (c.place, c.treated) == ("city", ("C1",))  # one kind alone stays what it is


def test_a_gap_of_a_store_is_told_once_whatever_lists_there_are():
    """One campaign lists stores, another a region: both panels find the 14 days that S11 lacks."""
    listed = [*units("K1", range(3)), {"campaign_id": "K2", "unit_kind": "region", "unit_id": "R2", "role": "treated"}]
    shut = company(idle=lambda d, s: s == 11 and 405 <= d < 419)
    found, _ = judged(shut, [campaign("K1"), campaign("K2", (560, 588))], listed)
    assert found.missing[["unit", "days"]].values.tolist() == [["S11", 14]]


def test_a_store_campaign_without_any_store_sales():
    rows = [order(k, on, 100.0) for k, on in enumerate(days_from(START, 668))]
    assert judged(table("orders", rows), [campaign("K1")], units("K1", range(5)))[1].loc["K1", "state"] == "no_store_sales"


def test_orders_alone_and_no_campaigns(shops):
    found, rows = judged(shops, [], stores=[], rates=())
    assert rows.empty and found.calibration.empty


def test_held_out_people_give_grade_a():
    """200 on the list, 200 held out by lot, 100 others who spend ten times as much and would spoil the comparison; planted +50%."""
    rng, rows, number = np.random.default_rng(2), [], 0
    for p in range(1, 501):
        for d in range(400, 560):
            if rng.random() < 0.1:
                number += 1
                net = rng.gamma(5, 20) * (10 if p > 400 else 1) * (1.5 if p <= 200 and 500 <= d < 528 else 1)
                rows.append(order(number, START + timedelta(days=d), round(net, 2), account=p))
    role = lambda p: "treated" if p <= 200 else "held_out"  # noqa: E731
    listed = [{"campaign_id": "K1", "unit_kind": "account", "unit_id": str(p), "role": role(p)} for p in range(1, 401)]
    k = judged(table("orders", rows), [campaign("K1")], listed, persons=[person(p) for p in range(1, 501)])[1].loc["K1"]
    assert (k["state"], k["grade"], k["treated"], k["controls"]) == ("ok", "A", 200, 200)
    assert k["low"] < 0.5 < k["high"] and k["low"] > 0.2


def test_a_list_without_a_hold_out_is_grade_d():
    """The same list against everybody else: like-for-like customers, however well the window before agrees."""
    rng, rows, number = np.random.default_rng(3), [], 0
    for p in range(1, 201):
        for d in range(400, 560, 4):
            number += 1
            rows.append(order(number, START + timedelta(days=d), round(rng.gamma(5, 20), 2), account=p))
    listed = [{"campaign_id": "K1", "unit_kind": "account", "unit_id": str(p), "role": "treated"} for p in range(1, 101)]
    found, table_of = judged(table("orders", rows), [campaign("K1")], listed, persons=[person(p) for p in range(1, 201)])
    k = table_of.loc["K1"]
    assert (k["state"], k["grade"]) == ("ok", "D") and k["low"] < 0 < k["high"]
    assert k["low"] <= k["like_for_like"] <= k["high"]
    assert found.calibration["design"].tolist() == ["accounts"]


def test_an_association_and_counted_visits_carry_their_range_and_count():
    context = Context("06_campaigns", "2026-03", "en")
    lags = pd.DataFrame(
        [(0, 0.1, -0.1, 0.3, 104, 0.6), (1, 0.52, 0.31, 0.68, 103, 0.01)], columns=["lag", "value", "low", "high", "n", "p_adjusted"]
    )
    found = answer.association(context, lags)
    assert found.n == 103 and "between 0.31 and 0.68; 103 weeks" in found.text_en and "103 hafta" in found.text_tr
    none = answer.association(context, lags.assign(p_adjusted=[0.5, 0.6]))
    assert none.n == 104 and "104 weeks" in none.text_en
    # a year of daily spend is there and no price index: the index is asked for, not the spend
    unpriced, unspent = (answer.association(context, lags.iloc[:0], unpriced=u) for u in (True, False))
    assert (unpriced.missing, unspent.missing) == ("rates", "spend")
    assert "price index" in unpriced.text_en and "daily spend" not in unpriced.text_en and "fiyat endeksi" in unpriced.text_tr
    rows = pd.DataFrame(
        [("2026-02", "store", "visits", 90, 9), ("2026-03", "store", "visits", 120, 11), ("2026-03", "dealer", "visits", 30, 4)],
        columns=["month", "kind", "measure", "visits", "orders"],
    )
    assert answer.traffic(context, rows).n == 150  # 120 + 30


def test_the_made_up_sets_of_the_chart_lie_beyond_the_result_as_often_as_its_rank_says():
    effect = regional.Effect(0.1, 0.05, 30.0, None, 3, 9, "")
    found = judging.Found(effect, np.array([1.0, -3.0, 0.5, 2.0]), np.array([9.0, 9.0, 9.0, 9.0]), 1.0)
    # the result lies 0.1 / 0.05 = 2 errors away, -3 and 2 as far: (1 + 2) of (1 + 4). Twice the errors: 1 away, three as far
    for factor, beyond in ((1.0, 2), (2.0, 3)):
        assert (np.abs(found.scaled(factor)) >= 0.1 - 1e-12).sum() == beyond
        assert found.rank(factor) == pytest.approx((1 + beyond) / 5)
