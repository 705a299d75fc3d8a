"""Naive methods that fail on the sample company in a known direction, each in a test named after it.

Those that need the default company in memory stand beside its quantities (test_sample_quantities.py: a join on raw phones, a join
on lower-case names, before and after in nominal and in real money, unknown source read as a channel). Here: retention that
ignores who has not been watched long enough, and a test that is looked at ten times.
"""

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.sample.blocks import make_block
from scrm_helpers.sample.settings import settings
from scrm_helpers.sample.world import make_world
from scrm_helpers.stats import kaplan_meier

HORIZON = 180  # days in which a second order counts
LOOKS, ALPHA = 10, 1.959964  # the two-sided 5% point of the normal


@pytest.fixture(scope="module")
def company():
    """A smaller company in memory: 4,000 buyers."""
    world = make_world(settings(seed=2, people=4000, prospects=1000))
    return world, make_block(world, 0)


@pytest.fixture(scope="module")
def second(company):
    """New customers: source, days watched, days to the second order (blank where none came). Grain: one person."""
    world, block = company
    orders = block.sales.orders
    mine = orders[(orders.person >= 0) & (orders.system != "trendyol")].sort_values(["person", "day"])
    mine = mine[block.people.first_day.to_numpy()[mine.person] >= 0]
    days = mine.groupby("person").day.agg([lambda d: d.iloc[0], lambda d: d.iloc[1] if len(d) > 1 else np.nan])
    days.columns = ["first", "again"]
    source = block.people.source.to_numpy()[days.index]
    return days.assign(source=source, watched=world.s.days - days["first"], gap=days["again"] - days["first"])


def shares(second):
    """Second order within 180 days: over all customers, and over those watched for as long."""
    came = second.gap <= HORIZON
    return came.mean(), came[second.watched >= HORIZON].mean()


def test_naive_retention_that_ignores_censoring_reads_too_low(second):
    naive, right = shares(second)
    assert naive < right - 0.02
    counts = second.source.value_counts()
    for source in counts.index[counts >= 200]:
        low, true = shares(second[second.source == source])
        assert low < true, source


def test_retention_with_censoring_reads_right(second):
    """The same people, each counted for as long as watched, against those who were watched for 180 days."""
    time = second.gap.fillna(second.watched).clip(upper=second.watched).clip(lower=0.5)
    curve = kaplan_meier(time.to_numpy(), (second.gap <= second.watched).to_numpy(), at=[float(HORIZON)])
    _, right = shares(second)
    mature = (second.watched >= HORIZON).sum()
    # 3 standard errors of a share among those watched for so long
    assert abs(1 - curve["survival"].iloc[0] - right) < 3 * np.sqrt(right * (1 - right) / mature)


def first_alarm(values: np.ndarray, treated: np.ndarray, looks: int) -> bool:
    """Whether |z| passes 1.96 at any of so many equally spaced looks at people in the order in which they came."""
    for end in np.linspace(len(values) / looks, len(values), looks).astype(int):
        a, b = values[:end][treated[:end]], values[:end][~treated[:end]]
        if abs(a.mean() - b.mean()) > ALPHA * np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)):
            return True
    return False


@pytest.fixture(scope="module")
def null_test(company):
    """Orders during T2, which has no effect, of each person in it."""
    world, block = company
    plan = world.experiments.set_index("experiment_id").loc["T2"]
    people = block.arms[block.arms.experiment_id == "T2"].person.to_numpy()
    during = block.sales.orders
    during = during[(during.day >= plan["first"]) & (during.day < plan["last"])]
    return pd.Series(during.groupby("person").size()).reindex(people).fillna(0).to_numpy()


def test_naive_ten_looks_at_a_null_test_give_about_19_in_100_false_alarms(null_test):
    """Armitage, McPherson and Rowe (1969) give 0.193 for ten looks at 5%; 600 draws: 3.3 standard errors are 0.053."""
    rng = np.random.default_rng(1)
    peeked = once = 0
    for _ in range(600):
        values = rng.permutation(null_test)
        treated = rng.random(len(values)) < 0.5
        peeked += first_alarm(values, treated, LOOKS)
        once += first_alarm(values, treated, 1)
    assert abs(peeked / 600 - 0.193) < 0.053
    assert once / 600 < 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 600)  # one look keeps its promise
