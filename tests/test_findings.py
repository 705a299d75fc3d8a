"""Findings and measures: sums over sums, the widening rule, the firewall, one sentence in two languages."""

import pandas as pd
import pytest

from scrm_helpers import findings, metrics, texts
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

CONTEXT = findings.Context("03_acquisition", "2026-10", "en")


@pytest.fixture(autouse=True)
def sentence(monkeypatch):
    known = {
        "test.cac": {
            "en": "{value} ({range}), n={n}, unknown {unknown}, {window}.",
            "tr": "{value} ({range}), n={n}, bilinmeyen {unknown}, {window}.",
        },
        "test.bound": {
            "en": "at least {value} and at most {high}; at least {least}, at most {most}",
            "tr": "en az {value}, en çok {high}; en az {least}, en çok {most}",
        },
    }
    of_file = texts._of
    monkeypatch.setattr(texts, "_of", lambda subject: known if subject == "test" else of_file(subject))
    monkeypatch.setattr(texts, "catalogue", lambda: known)  # where a like id is looked for


def estimate(value, low, high, n):
    return Estimate(value, low, high, 0.9, n, "exact Poisson")


def test_a_ratio_is_a_sum_over_a_sum_and_never_a_mean_of_ratios():
    # (100 + 900) / (10 + 10) = 50, while the mean of 10 and 90 is 50 too; with 10 and 30 customers: 1000 / 40 = 25, the mean is 20
    frame = pd.DataFrame({"source": ["a", "b"], "cost": [100.0, 900.0], "customers": [10, 30]})
    cac = metrics.measure("cac")
    assert cac.of(frame) == 25
    assert cac.by(frame, "source")["value"].tolist() == [10, 30]


def test_what_is_said_to_be_the_least_is_rounded_down_and_the_most_up():
    bounds = {"least": (1_357.9, Unit.MONEY, "least"), "most": (2_000.2, Unit.MONEY, "most")}
    said = findings.say(CONTEXT, "test.bound", measure="cac", estimate=estimate(951.6, 951.6, 9_990.2, 40), values=bounds)
    assert said.text("en") == "at least 951 TL and at most 9,991; at least 1,357 TL, at most 2,001 TL"
    assert said.text("tr") == "en az 951 TL, en çok 9.991; en az 1.357 TL, en çok 2.001 TL"
    assert said.values == '{"least": 1357.9, "most": 2000.2}'


def test_denominator_zero_gives_none_and_the_group_stays():
    frame = pd.DataFrame({"source": ["a", "b"], "cost": [100.0, 900.0], "customers": [10, 0]})
    by = metrics.measure("cac").by(frame, "source")
    assert by["source"].tolist() == ["a", "b"] and pd.isna(by["value"].iloc[1])
    assert metrics.measure("cac").of(frame.iloc[1:]) is None


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "few"),
    [
        (100, 80, 130, 20, False),
        (100, 80, 130, 19, True),
        (100, 50, 151, 100, True),
        (100, 50, 150, 100, False),
        (1, -5, 9, 50, False),
        (None, None, None, 50, True),
    ],
)
def test_too_few_to_say(value, low, high, n, few):
    assert metrics.too_few(estimate(value, low, high, n)) is few


def test_the_window_widens_until_it_is_enough():
    few, enough = estimate(100, 20, 300, 5), estimate(100, 80, 130, 40)
    assert metrics.widened({"1m": few, "3m": enough, "12m": enough}) == ("3m", enough, True)
    assert metrics.widened({"12m": few, "1m": few, "3m": few}) == ("12m", few, False)


def test_activity_never_stands_on_the_board():
    for name in ("likes", "followers", "reach", "impressions", "views"):
        with pytest.raises(metrics.MetricClassError, match="team page"):
            metrics.guard_board(name)
    metrics.guard_board("cac")
    metrics.guard_board("csat", block="service")
    for name in ("csat", "first_reply_hours"):
        with pytest.raises(metrics.MetricClassError):
            metrics.guard_board(name)
    with pytest.raises(metrics.MetricClassError):
        metrics.guard_board("first_reply_hours", block="service")


def test_one_sentence_two_languages():
    found = findings.say(
        CONTEXT,
        "test.cac",
        measure="cac",
        estimate=estimate(412.0, 330.0, 540.0, 61),
        grade="B",
        values={"unknown": (0.18, Unit.SHARE)},
    )
    assert found.text("en") == "412 TL (330 to 540), n=61, unknown 18%, this month."
    assert found.text("tr").endswith("n=61, bilinmeyen %18, bu ay.")
    assert (found.metric_class, found.unit, found.definition) == ("business", "money_per_customer", "cac v1")


def test_findings_survive_the_table():
    found = [
        findings.say(
            CONTEXT,
            "test.cac",
            measure="cac",
            estimate=estimate(412.0, 330.0, 540.0, 61),
            values={"unknown": (0.18, Unit.SHARE)},
            id=i,
        )
        for i in ("a", "b")
    ]
    back = findings.from_frame(findings.frame(found))
    assert back["a"] == found[0] and list(back) == ["a", "b"]
    with pytest.raises(ValueError, match="more than once"):
        findings.frame([found[0], found[0]])


def test_too_few_keeps_the_count_and_withholds_the_figure():
    found = findings.too_few(
        CONTEXT, "test.cac", estimate(412.0, 100.0, 900.0, 12), measure="cac", values={"unknown": (0.18, Unit.SHARE)}
    )
    assert (found.value, found.low, found.n, found.state) == (None, None, 12, "too_few")


def test_missing_names_the_export():
    found = findings.missing(CONTEXT, "test.cac", export="spend", values={"unknown": (None, Unit.SHARE)})
    assert (found.state, found.missing) == ("missing", "spend")
    with pytest.raises(KeyError):
        findings.missing(CONTEXT, "test.cac", export="spendings")


def test_an_unknown_text_or_value_is_told():
    with pytest.raises(KeyError, match="Did you mean 'test.cac'"):
        texts.say("test.cak", "en")
    with pytest.raises(KeyError, match="unknown"):
        findings.say(CONTEXT, "test.cac", measure="cac", estimate=estimate(1.0, 1.0, 1.0, 1))
    with pytest.raises(ValueError, match="en, tr"):
        texts.say("test.cac", "de")


def test_facts_hold_every_number_that_is_said():
    estimate = Estimate(1812.4, 905.0, None, 0.9, 20, "bootstrap")
    values = {"unknown": (0.1234, Unit.SHARE), "who": {"en": "social", "tr": "sosyal"}}
    one = findings.say(CONTEXT, "test.cac", measure="cac", estimate=estimate, grade="D", window="12m", values=values)
    assert findings.facts([one, one]).splitlines() == ["test.cac (ok, D): value 1.81e+03, low 905, n 20, unknown 0.123"] * 2
