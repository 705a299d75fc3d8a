"""Cost per resolution, answers, and cheaper and happier, counted by hand."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from test_service_issues import case, event, person, service, table

from scrm_helpers import stats
from scrm_helpers.service import better, costs, exceptions, satisfaction
from scrm_helpers.service.load import cost_per_call
from scrm_helpers.stats import Estimate

OCTOBER = costs.window_of("1m", "2026-10", 1, "Europe/Istanbul")


def ledger(*rows) -> pd.DataFrame:
    names = ["month", "source", "contact_channel", "kind", "amount", "low", "high"]
    return pd.DataFrame(rows, columns=names).assign(purpose="serve")


def month_of_cases():
    """October: a social issue that ends by phone, a social one, a phone one that stays open, a phone one."""
    return [
        case(1, "2026-10-01 10:00", "2026-10-02 10:00", account=1, handle_minutes=10.0),
        case(2, "2026-10-04 10:00", "2026-10-04 12:00", account=1, channel="phone", handle_minutes=30.0),
        case(3, "2026-10-05 10:00", "2026-10-05 12:00", account=2, handle_minutes=10.0),
        case(4, "2026-10-06 10:00", account=3, channel="phone", handle_minutes=20.0),
        case(5, "2026-10-07 10:00", "2026-10-07 12:00", account=4, channel="phone", handle_minutes=50.0),
    ]


def test_window_is_the_business_month_in_utc():
    assert (OCTOBER.start, OCTOBER.end) == (datetime(2026, 9, 30, 21), datetime(2026, 10, 31, 21))
    assert OCTOBER.months == ("2026-10",)


def test_the_starting_channel_pays_for_the_phone_call_too():
    monthly = costs.service_costs(
        ledger(
            ("2026-10", "other", "social", "hours", 200.0, 200.0, 200.0),
            ("2026-10", "other", "phone", "hours", 900.0, 900.0, 900.0),
            ("2026-10", "other", "phone", "tools", 100.0, 100.0, 100.0),
        )
    )
    rows = costs.issue_rows(service(month_of_cases(), end=OCTOBER.end), monthly, OCTOBER)
    # social: 200 / 20 minutes = 10 a minute; phone: 1,000 / 100 minutes = 10 a minute
    assert rows.set_index("issue_id")["cost"].to_dict() == {1: 400.0, 3: 100.0, 4: 200.0, 5: 500.0}
    assert rows["cost"].sum() == 1200.0  # the whole ledger, nothing lost
    social, phone = costs.cost_per_resolution(rows, "social"), costs.cost_per_resolution(rows, "phone")
    assert (social.value, social.n) == (250.0, 2)  # (10 + 10) x 10 + 30 x 10 = 500, two resolved
    assert (phone.value, phone.n) == (700.0, 1)  # 700 for one resolved; the open one costs as well
    table_of = costs.cost_table(rows).set_index("channel")
    assert table_of.loc["phone", ["issues", "resolved", "cost"]].tolist() == [2, 1, 700.0]
    assert cost_per_call(service(month_of_cases(), end=OCTOBER.end), monthly, OCTOBER).value == pytest.approx(1000 / 3)


def test_resolved_too_late_to_be_sure_is_handled_but_not_counted():
    cases = [*month_of_cases(), case(6, "2026-10-28 10:00", "2026-10-28 12:00", account=5, handle_minutes=20.0)]
    monthly = costs.service_costs(
        ledger(
            ("2026-10", "other", "social", "hours", 200.0, 200.0, 200.0),
            ("2026-10", "other", "phone", "hours", 1000.0, 1000.0, 1000.0),
        )
    )
    rows = costs.issue_rows(service(cases, end=OCTOBER.end), monthly, OCTOBER)
    # social now: 200 / 40 minutes = 5: 50 + 300 + 50 + 100 = 500; three handled, two resolved
    found = costs.cost_table(rows).set_index("channel").loc["social"]
    assert (found["issues"], found["resolved"], found["cost"], found["value"]) == (3, 2, 500.0, 250.0)


def test_a_month_without_hours_is_a_range_never_nothing():
    monthly = costs.service_costs(
        ledger(
            ("2026-10", "other", "social", "hours", 200.0, 100.0, 300.0),
            ("2026-10", "other", "phone", "hours", 1000.0, 1000.0, 1000.0),
        )
    )
    rows = costs.issue_rows(service(month_of_cases(), end=OCTOBER.end), monthly, OCTOBER)
    # the ends: 100 + 300 by phone = 400 for two = 200; 300 + 300 = 600 for two = 300
    assert rows[rows["channel"] == "social"][["low", "high"]].sum().tolist() == [400.0, 600.0]
    many = pd.concat([rows] * 30, ignore_index=True)
    social = costs.cost_per_resolution(many, "social")
    assert (
        social.value == 250.0 and social.low < 200.0 and social.high > 300.0
    )  # at least as wide as the hours leave open
    known = costs.cost_per_resolution(many.assign(low=many["cost"], high=many["cost"]), "social")
    assert 200.0 < known.low < 250.0 < known.high < 300.0
    sheet = pd.DataFrame(
        {
            "month": ["2026-09", "2026-10", "2026-08"],
            "purpose": "serve",
            "kind": "hours",
            "source": "other",
            "contact_channel": "social",
            "amount": None,
            "hours": [10.0, None, 30.0],
            "hourly_rate": [5.0, 5.0, 5.0],
        }
    )
    found = costs.service_costs(ledger(), sheet).set_index("month").loc["2026-10"]
    assert (found["low"], found["amount"], found["high"]) == (50.0, 100.0, 150.0)  # 10 and 30 hours at 5


def test_shared_overhead_follows_the_channels_and_a_source_names_its_channel():
    monthly = costs.service_costs(ledger(
        ("2026-10", "instagram", "", "hours", 300.0, 300.0, 300.0), ("2026-10", "other", "phone", "hours", 600.0, 600.0, 600.0),
        ("2026-10", "other", "", "overhead", 90.0, 90.0, 90.0), ("2026-09", "other", "", "overhead", 50.0, 50.0, 50.0),
    )).set_index(["month", "channel"])["amount"]  # fmt: skip
    # 90 in the proportion 300 : 600; September has no channel to carry its 50
    assert monthly.to_dict() == {("2026-09", "shared"): 50.0, ("2026-10", "phone"): 660.0, ("2026-10", "social"): 330.0}


def test_months_without_a_cost_for_a_working_channel_count_on_neither_side():
    monthly = costs.service_costs(ledger(("2026-10", "other", "social", "hours", 200.0, 200.0, 200.0)))
    assert costs.issue_rows(service(month_of_cases(), end=OCTOBER.end), monthly, OCTOBER).empty


def test_contacts_without_minutes_share_equally():
    cases = [
        case(1, "2026-10-01 10:00", "2026-10-02 10:00", account=1),
        case(2, "2026-10-01 10:00", "2026-10-02 10:00", account=2),
    ]
    monthly = costs.service_costs(ledger(("2026-10", "other", "social", "hours", 80.0, 80.0, 80.0)))
    assert costs.issue_rows(service(cases, end=OCTOBER.end), monthly, OCTOBER)["cost"].tolist() == [40.0, 40.0]


def test_same_mix_of_issue_types():
    rows = pd.DataFrame(
        {
            "channel": ["social"] * 4 + ["phone"] * 4,
            "type": ["easy", "easy", "easy", "hard"] + ["easy", "hard", "hard", "hard"],
            "resolved": 1,
            "cost": [10.0, 10.0, 10.0, 50.0, 12.0, 60.0, 60.0, 60.0],
        }
    )
    found = costs.same_mix(rows, least=1).set_index("channel")["value"]
    # pooled mix is half and half: social .5 x 10 + .5 x 50 = 30; phone .5 x 12 + .5 x 60 = 36 (plain: 20 against 48)
    assert found.to_dict() == {"social": 30.0, "phone": 36.0}


def test_phone_on_a_day_sheet_alone_divides_by_answered_or_resolved_calls():
    sheet = pd.DataFrame({"on": [date(2026, 10, 1), date(2026, 10, 2)], "line": "all", "offered": [60.0, 60.0], "answered": [50.0, 50.0],
                          "abandoned": [10.0, 10.0], "resolved": [None, None], "staff_hours": [5.0, 5.0]})  # fmt: skip
    monthly = costs.service_costs(ledger(("2026-10", "other", "phone", "hours", 1000.0, 800.0, 1200.0)))
    found, basis = costs.per_answered_call(sheet, monthly, OCTOBER)
    assert (found.value, found.n, basis) == (
        10.0,
        100,
        "answered",
    )  # 1,000 / 100 answered; the 20 given up are in neither
    assert found.low < 8.0 and found.high > 12.0  # hours missing and chance together
    found, basis = costs.per_answered_call(sheet.assign(resolved=40.0), monthly, OCTOBER)
    assert (found.value, basis) == (12.5, "resolved")
    fast = satisfaction.efficiency(service([]), sheet, OCTOBER).set_index("measure")
    assert fast.loc["calls_per_hour", "value"] == 10.0  # 100 answered in 10 hours


def test_offered_is_no_answer_and_an_answer_counts_once():
    cases = [
        case(1, "2026-10-01 10:00", "2026-10-02 10:00", account=1, satisfaction=5.0, survey_offered=True),
        case(2, "2026-10-01 10:00", "2026-10-02 10:00", account=2, survey_offered=True),  # offered, never answered
        case(3, "2026-10-01 10:00", "2026-10-02 10:00", account=3, satisfaction=3.0, survey_offered=True),
        case(4, "2026-10-01 10:00", "2026-10-02 10:00", account=4, survey_offered=False),
    ]
    base = {"at": datetime(2026, 10, 5), "on": date(2026, 10, 5), "question": "csat", "scale_max": 5.0}
    asked = table(
        "surveys",
        [
            base | {"survey_id": 1, "case_id": 1, "score": 1.0},  # the desk already has this customer's answer
            base | {"survey_id": 2, "case_id": 4, "score": 4.0},
            base | {"survey_id": 3, "case_id": None, "channel": "web", "score": 5.0},
            base | {"survey_id": 4, "case_id": 4, "question": "effort", "score": 5.0, "scale_max": 7.0},
            base | {"survey_id": 5, "case_id": 3, "question": "effort", "score": 4.0, "scale_max": 7.0},
        ],
    )
    made = service(cases, end=OCTOBER.end)
    found = satisfaction.answers(made, asked, OCTOBER)
    social = satisfaction.share_good(found, "csat", "social")
    assert (social.value, social.n) == (pytest.approx(2 / 3), 3)  # 5, 3 and 4: two of three
    assert satisfaction.share_good(found, "csat", "email").n == 1  # a web form is the e-mail desk
    assert satisfaction.share_good(found, "effort", "social").value == 0.5
    asked_of = satisfaction.response(made, OCTOBER).set_index("channel").loc["social"]
    assert (asked_of["offered"], asked_of["answers"]) == (3, 2)
    rows = satisfaction.effectiveness(made, found, OCTOBER).set_index(["channel", "measure"])
    assert rows.loc[("social", "csat"), "response_rate"] == pytest.approx(2 / 3)
    assert rows.loc[("social", "first_contact_resolution"), "value"] == 1.0


def test_first_contact_resolution_leaves_out_reopened_and_repeated():
    cases = [
        case(1, "2026-10-01 10:00", "2026-10-02 10:00", account=1),
        case(2, "2026-10-01 10:00", "2026-10-02 10:00", account=2, reopens=1),
        case(3, "2026-10-01 10:00", "2026-10-02 10:00", account=3), case(4, "2026-10-05 10:00", "2026-10-06 10:00", account=3),
        case(5, "2026-10-01 10:00", "2026-10-01 09:00", account=4),  # a negative duration: resolved, its hours missing
    ]  # fmt: skip
    made = service(cases, [event(1, "2026-10-01 11:00", "reply", "social")], end=OCTOBER.end)
    row = satisfaction.effectiveness(
        made, satisfaction.answers(made, table("surveys", []), OCTOBER), OCTOBER
    ).set_index("measure")
    assert row.loc["first_contact_resolution", ["value", "n"]].tolist() == [0.5, 4]  # issues 1 and 5 of 1, 2, 3, 5
    fast = satisfaction.efficiency(made, table("phone_load", []).to_pandas(), OCTOBER).set_index("measure")
    assert fast.loc["resolution_hours", ["n", "missing_n"]].tolist() == [3, 1]
    assert fast.loc["resolution_hours", "value"] == 24.0  # of 24, 24 and 120 hours


def drawn(social_cost, phone_cost, social_good, phone_good, n=300, spread=0.3):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        {
            "issue_id": range(2 * n),
            "channel": ["social"] * n + ["phone"] * n,
            "type": "",
            "resolved": 1,
            "cost": np.r_[social_cost * rng.lognormal(0, spread, n), phone_cost * rng.lognormal(0, spread, n)],
        }
    )
    rows = rows.assign(low=rows["cost"], high=rows["cost"])
    good = np.r_[np.arange(n) < social_good * n, np.arange(n) < phone_good * n].astype(int)
    return rows, pd.DataFrame(
        {"issue_id": rows["issue_id"], "channel": rows["channel"], "question": "csat", "good": good}
    )


def test_cheaper_and_happier_needs_both():
    sure = better.better(*drawn(50, 100, 0.85, 0.70))
    assert sure.value > 0.99 and sure.claimed and sure.n == 300
    assert not better.better(*drawn(50, 100, 0.70, 0.85)).claimed  # cheaper, less liked
    assert better.better(*drawn(100, 50, 0.85, 0.70)).value < 0.01  # liked, dearer
    equal = better.better(*drawn(50, 100, 0.80, 0.80, n=1000))
    assert 0.4 < equal.value < 0.6 and equal.cheaper == 1.0
    assert better.better(*drawn(50, 100, 0.80, 0.80, n=1000), margin=better.LOOSER).value > equal.value


def test_the_chance_agrees_with_arithmetic():
    # CSAT .78 against .74 with 300 answers each: gap .04, se root(.78 x .22 / 300 + .74 x .26 / 300) = .03486; P = Phi(1.147) = .874
    found = better.better(*drawn(50, 100, 0.78, 0.74))
    assert found.value == pytest.approx(0.874, abs=0.02)
    assert not found.claimed


def test_missing_hours_can_take_the_claim_away():
    rows, said = drawn(90, 100, 0.9, 0.7, spread=0.05)
    assert better.better(rows, said).claimed
    open_hours = rows.assign(
        low=rows["cost"] * np.where(rows["channel"] == "social", 0.8, 1),
        high=rows["cost"] * np.where(rows["channel"] == "social", 1.3, 1),
    )
    found = better.better(open_hours, said)
    assert found.low < 0.05 and found.high > 0.95 and not found.claimed


def test_a_draw_in_which_nothing_was_resolved_costs_without_end():
    # social: 100 issues, 40 to 60 each, all resolved, all content. Phone: 90 to 110 each, one of two resolved, nobody content.
    # A quarter of the draws takes the unresolved phone issue twice: no resolution, so social is cheaper there too.
    rows = pd.DataFrame({"issue_id": range(102), "channel": ["social"] * 100 + ["phone"] * 2, "type": ""})
    rows = rows.assign(cost=[50.0] * 100 + [100.0] * 2, resolved=[1] * 101 + [0])
    rows = rows.assign(low=rows["cost"] - 10, high=rows["cost"] + 10)
    said = rows[["issue_id", "channel"]].assign(question="csat", good=(rows["channel"] == "social").astype(int))
    found = better.better(rows, said)
    assert (found.value, found.low, found.cheaper, found.happier) == (1.0, 1.0, 1.0, 1.0)


def test_a_saving_is_calls_not_made_times_the_cost_of_a_call_and_only_when_both_hold():
    calls = Estimate(40.0, 30.0, 50.0, 0.9, 80, "m")
    price = Estimate(100.0, 100.0, 120.0, 0.9, 500, "m")
    sure = better.better(*drawn(50, 100, 0.85, 0.70))
    found = better.saving(calls, price, sure)
    assert found.amount[:3] == (4000.0, 3000.0, 6000.0) and found.claimed  # 40 x 100; 30 x 100; 50 x 120
    assert not better.saving(calls, price, better.better(*drawn(50, 100, 0.70, 0.85))).claimed
    assert not better.saving(calls._replace(low=-1.0), price, sure).claimed  # perhaps no fewer calls at all


def test_very_bad_experiences():
    cases = [case(k, "2026-10-01 10:00", "2026-10-02 10:00", account=k) for k in range(1, 21)]
    cases[0]["satisfaction"], cases[1]["reopens"], cases[2]["resolved_at"] = 1.0, 3, datetime(2026, 10, 11, 10)
    cases[3]["reopens"], cases[4]["satisfaction"] = 2, 2.0  # neither is an exception
    found = exceptions.exceptions(service(cases, end=OCTOBER.end), OCTOBER)
    assert dict(zip(found.rows["issue_id"], found.rows["reasons"], strict=True)) == {
        1: "rating",
        2: "reopened",
        3: "slow",
    }
    # 19 times 24 hours and once 240: the 95th percentile stands at place .95 x 19 = 18.05: 24 + .05 x 216 = 34.8
    assert (found.issues, found.limit_hours) == (20, pytest.approx(34.8))


def test_an_issue_opened_before_the_window_is_handled_in_it_and_not_opened_in_it():
    """Opened on 29 September, solved on 3 October: it costs October money, and its experience is September's."""
    cases = [*month_of_cases(), case(9, "2026-09-29 10:00", "2026-10-03 10:00", account=9, handle_minutes=20.0)]
    monthly = costs.service_costs(ledger(("2026-10", "other", "social", "hours", 200.0, 200.0, 200.0),
                                         ("2026-10", "other", "phone", "hours", 1000.0, 1000.0, 1000.0)))  # fmt: skip
    desk = service(cases, end=OCTOBER.end)
    assert sorted(costs.issue_rows(desk, monthly, OCTOBER)["issue_id"]) == [1, 3, 4, 5, 9]
    assert exceptions.exceptions(desk, OCTOBER).issues == 4


def test_trust_is_the_mean_share_of_the_highest_answer():
    base = {"on": date(2026, 10, 5), "at": datetime(2026, 10, 5), "question": "trust", "scale_max": 5.0}
    asked = table(
        "surveys", [base | {"survey_id": k, "account_id": k, "score": s} for k, s in enumerate((5.0, 4.0, 3.0, 4.0))]
    )
    found = satisfaction.attitude(asked, table("persons", [person(k, k) for k in range(4)]), OCTOBER, "trust")
    assert found.value == pytest.approx(0.8) and found.n == 4  # (1 + .8 + .6 + .8) / 4
    assert satisfaction.attitude(asked, table("persons", []), OCTOBER, "loyalty").value is None
    answers = pd.DataFrame({"question": ["trust", "trust", "loyalty", "loyalty"], "scale_max": [5.0, 5.0, 5.0, 10.0]})
    assert [satisfaction.scale_of(answers, q) for q in ("trust", "loyalty", "recommend")] == [5.0, None, None]


def test_the_same_costs_summed_in_another_order_widen_no_range():
    found = stats.ratio_to_count(300.0, 30, 0.9)
    assert costs._stretched(found, 300.0, 300.0 * (1 - 1e-14), 300.0 * (1 + 1e-14)) == found
    assert costs._stretched(found, 300.0, 299.0, 300.0).low < found.low
