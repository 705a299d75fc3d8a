"""The value of an order in a test: a ratio over people, counted by hand and simulated."""

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from scrm_helpers import stats
from scrm_helpers.experiments import ratios, units


def ratio_units(treated, control):
    """Units of a test from (orders, spend) of each."""
    rows = [("mail", *row) for row in treated] + [("control", *row) for row in control]
    frame = pd.DataFrame(rows, columns=["arm", "orders", "spend"]).astype({"orders": float, "spend": float})
    return frame.assign(pre=0.0, conversion=(frame["orders"] > 0).astype(float))


def test_the_value_of_an_order_by_hand():
    # control 540 / 6 orders = 90, treated 800 / 8 = 100. What each person is off R x orders: control 10, -30, 20, 0, variance
    # 1400/3, over 4 people and (1.5 orders)^2: 51.85; treated 20, -20, 0, 0, variance 800/3, over 4 and 2^2: 16.67
    frame = ratio_units([(1, 120), (2, 180), (4, 400), (1, 100)], [(1, 100), (3, 240), (2, 200), (0, 0)])
    found = ratios.ratio(units.moments(ibis.memtable(frame)), frame, "mail", "order_value")
    assert (found.plain.value, found.control, found.plain.n) == (pytest.approx(10), pytest.approx(90), 4)
    parts = (1400 / 3 / 4 / 1.5**2, 800 / 3 / 4 / 2**2)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 3 + parts[1] ** 2 / 3)
    reach = scipy_stats.t.ppf(0.95, freedom) * sum(parts) ** 0.5
    assert (found.plain.low, found.plain.high) == pytest.approx((10 - reach, 10 + reach))
    assert "permutation" in found.adjusted.method and found.adjusted.value == pytest.approx(10)  # four are too few for the delta method
    values = ratios.linearised(frame, "mail", "order_value")
    assert values[:4].mean() - values[4:].mean() == pytest.approx(10)
    # R is 1340 / 14: what each is off it is 170, -80, 120, 30 and 30, -330, 60, 0 sevenths, their squares 164,000 / 49; seven of eight are
    # free; the scale is 1.75 / (2 x 1.5) = 7 / 12
    sd = (164_000 / 49 / 7) ** 0.5 * 7 / 12
    assert found.visible == pytest.approx(stats.smallest_visible(sd, 4, 4), rel=1e-6)


def test_the_value_of_an_order_keeps_its_level_where_more_is_ordered():
    """The treated order half as much again at the same skewed prices: their orders are worth the same, in 9 of 10 ranges."""
    rng, held, tried = np.random.default_rng(8), 0, 250
    for _ in range(tried):
        orders = np.r_[rng.poisson(1.5, 60), rng.poisson(1.0, 240)]
        spend = [rng.lognormal(4, 1, n).sum() for n in orders]
        frame = ratio_units(list(zip(orders, spend, strict=True))[:60], list(zip(orders, spend, strict=True))[60:])
        adjusted = ratios.ratio(pd.DataFrame(unit_moments(frame)), frame, "mail", "order_value").adjusted
        held += adjusted.low <= 0 <= adjusted.high
    gate = stats.clopper_pearson(held, tried, 0.99)
    assert gate.low <= 0.9 <= gate.high


def unit_moments(frame):
    """What `units.moments` gives, of rows in memory (quicker in a loop)."""
    for arm, part in frame.groupby("arm"):
        cov = part["spend"].cov(part["orders"])
        of = {f"{m}_{how}": getattr(part[m], how)() for m in ("spend", "orders") for how in ("mean", "var")}
        yield {"arm": arm, "n": len(part), "order_value_cov": cov} | of


def test_nothing_bought_or_one_price_gives_no_value_of_an_order():
    for treated in ([(0, 0)] * 4, [(1, 50), (2, 100), (3, 150), (1, 50)]):
        frame = ratio_units(treated, [(1, 50), (2, 100), (1, 50), (0, 0)])
        assert ratios.ratio(units.moments(ibis.memtable(frame)), frame, "mail", "order_value") is None
