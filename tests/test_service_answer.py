"""What is said: with everything, with orders alone, and with too little."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from test_service_costs import ledger
from test_service_issues import case, person, service, table
from test_service_matching import order

from scrm_helpers import metrics, periods, tables, texts
from scrm_helpers import service as s
from scrm_helpers.findings import Context, frame
from scrm_helpers.service import answer, satisfaction
from scrm_helpers.service.answer import lacking, money
from scrm_helpers.service.better import better
from scrm_helpers.service.costs import window_of
from scrm_helpers.stats import Estimate

CONTEXT = Context("05_service", "2026-10", "en")
ZONE = "Europe/Istanbul"
END = periods.as_of_instant("2026-10", ZONE)
BOARD = {
    "cost_social", "cost_phone", "csat_social", "csat_phone", "better", "better_looser", "calls_not_made", "saving", "load",
    "speed", "trust", "loyalty", "touchpoints", "before_after", "exceptions",
}  # fmt: skip


def said(cases, *, orders=(), persons=(), costs=None, surveys=()):
    """Every finding by id, and what they were made of."""
    empty = {name: table(name, []).to_pandas() for name in ("phone_load", "costs", "rates")}
    money = table("cost_ledger", []).to_pandas() if costs is None else costs
    bought, people = table("orders", list(orders)), table("persons", list(persons))
    asked = table("surveys", [{"on": pd.Timestamp(r["at"]).date()} | r for r in surveys])
    made = service(cases, persons=persons, end=END)
    windows = s.measured_by_window(
        made, asked, empty["phone_load"], money, empty["costs"], empty["rates"], period="2026-10", zone=ZONE
    )
    told = s.effects_of(
        made, windows, orders=bought, persons=people, touches=table("touches", []), surveys=asked,
        phone_load=empty["phone_load"], period="2026-10", zone=ZONE,
    )  # fmt: skip
    found = answer.everything(CONTEXT, windows, told)
    tables.require(ibis.memtable(frame(found)), tables.contract("findings"))
    return {f.id.removeprefix("service."): f for f in found}, windows, told


def test_with_orders_alone_each_question_says_what_is_missing():
    orders = [order(k, k % 5 + 1, datetime(2025, 1, 1) + timedelta(days=k)) for k in range(600)]
    found, _, _ = said([], orders=orders, persons=[person(k, k) for k in range(1, 6)])
    assert set(found) == BOARD - {"better_looser"}  # lacks what the first reading lacks: its sentence stood there twice
    assert {f.state for f in found.values()} == {"missing"}
    assert {f.missing for f in found.values()} <= {"cases", "costs", "surveys", "phone_load"}
    assert found["trust"].text_en.startswith("Trust is not measured: in the last 12 months no survey answers came in at all.")
    assert "(“Sadakat (0-10)” sütunu)" in found["loyalty"].text_tr and "no cases came in." in found["better"].text_en
    assert all(f.value is None for f in found.values())


def test_answers_that_nothing_ties_to_a_channel_are_told_as_such():
    """7 answers without case or channel: one of them about trust, one older than twelve months; 5 are loose."""
    days = [*(f"2026-0{k}-03" for k in range(1, 7)), "2025-08-03"]
    rows = [{"survey_id": k + 1, "at": pd.Timestamp(d), "question": "csat" if k else "trust", "score": 5.0, "scale_max": 5.0}
            for k, d in enumerate(days)]  # fmt: skip
    found, _, _ = said([], surveys=rows)
    for side, name in (("social", "sosyal"), ("phone", "telefon")):
        f = found[f"csat_{side}"]
        assert (f.state, f.missing, f.value) == ("missing", lacking.UNTIED, None) and texts.has(f"board.input.{f.missing}")
        assert "5 answers came" in f.text_en and f.text_tr.startswith(f"Memnuniyet ({name}) ölçülmüyor: 5 yanıt geldi, ama bu kanala")
    tied = said([], surveys=[r | {"channel": "social"} for r in rows])[0]
    assert tied["csat_phone"].missing == "surveys" and tied["csat_social"].missing != lacking.UNTIED


def october(n: int, *, social_good: float, phone_good: float):
    """n issues on social (5 minutes) and n by phone (10 minutes) in the first 20 days of October, with answers."""
    cases = []
    for k in range(2 * n):
        at = datetime(2026, 10, 1, 8) + timedelta(minutes=25 * 60 * k / (2 * n) * 18)
        good = (k // 2) < n * (social_good if k % 2 == 0 else phone_good)
        minutes = {0: 5.0, 1: 10.0}[k % 2]
        cases.append(
            case(
                k + 1, str(at), str(at + timedelta(hours=2)), account=k + 1, channel=("social", "phone")[k % 2],
                handle_minutes=minutes, satisfaction=5.0 if good else 2.0, survey_offered=True,
            )
        )  # fmt: skip
    persons = [person(k + 1, k + 1) for k in range(2 * n)]
    orders = [order(k + 1, k + 1, datetime(2026, 9, 1)) for k in range(2 * n)]
    money = ledger(
        ("2026-10", "other", "social", "hours", 50.0 * n, 50.0 * n, 50.0 * n),
        ("2026-10", "other", "phone", "hours", 100.0 * n, 100.0 * n, 100.0 * n),
    )
    return {"cases": cases, "persons": persons, "orders": orders, "costs": money}


def answered(question: str, day: str, number: int = 1, **more) -> dict:
    """One answer of a survey to one question."""
    return {"survey_id": number, "at": pd.Timestamp(day), "question": question, "score": 4.0, "scale_max": 5.0, "account_id": number} | more


def trust(rows: list[dict]):
    """The finding on trust from survey answers alone."""
    surveys = table("surveys", [{"on": r["at"].date()} | r for r in rows])
    windows = {name: window_of(name, "2026-10", months, ZONE) for name, months in metrics.WINDOWS.items()}
    told = satisfaction.attitude_answers(surveys, table("persons", []), windows["12m"], ("trust",))
    by_window = {name: satisfaction.attitude_of(told, w, "trust") for name, w in windows.items()}
    return answer.attitude(CONTEXT, by_window, "trust", 5.0, satisfaction.asked(surveys, windows["12m"]))


def test_trust_without_a_figure_says_whether_no_survey_came_none_asked_or_too_few_answered():
    """Four states: nothing at all; 3 answers to another question; the last one 14 months old; 19 answers where 20 are the least."""
    others = [answered("csat", "2026-05-03", k) for k in (1, 2, 3)]
    old = answered("trust", "2025-08-10", 4)
    few = [answered("trust", "2026-10-05", 10 + k) for k in range(19)]
    given = {"nothing": [], "others": others, "old": [*others, old], "old alone": [old], "few": [*others, *few]}
    found = {name: trust(rows) for name, rows in given.items()}
    assert {name: (f.state, f.missing, f.n, f.value) for name, f in found.items()} == {
        "nothing": ("missing", "surveys", 0, None), "others": ("missing", lacking.QUESTION, 0, None), "few": ("too_few", "", 19, None),
        "old": ("missing", lacking.QUESTION, 0, None), "old alone": ("missing", "surveys", 0, None),
    }  # fmt: skip
    assert "no survey answers came in at all" in found["nothing"].text_en
    assert "3 survey answers came in" in found["others"].text_en and "not asked, or left blank by all" in found["others"].text_en
    assert "3 anket yanıtı geldi ama hiçbiri bununla ilgili değil" in found["others"].text_tr
    for name in ("old", "old alone"):
        assert "10 August 2025" in found[name].text_en and "10 Ağustos 2025" in found[name].text_tr


def test_cheaper_and_better_rated_names_the_first_of_costs_cases_and_answers_that_one_side_lacks():
    cases = october(30, social_good=0.9, phone_good=0.7)
    cases["cases"] = [c | {"satisfaction": None} if c["channel"] == "phone" else c for c in cases["cases"]]  # all were asked
    found, windows, _ = said(**cases)
    made, none = windows["12m"], Estimate(None, None, None, 0.9, 0, "")
    assert "better_looser" not in found and made.channels == ("phone", "social")
    assert (found["better"].missing, found["csat_phone"].missing) == (lacking.SILENT, lacking.SILENT)
    assert "(phone) were asked how satisfied they are, but nobody answered" in found["better"].text_en
    assert "(telefon) müşterilerine memnuniyetleri soruldu ama kimse yanıt vermedi" in found["better"].text_tr
    loose = pd.DataFrame({"question": "csat", "channel": [None, None, "social"]})
    given = {
        "cases": (made._replace(channels=()), "cases"),
        "side": (made._replace(channels=("social",)), "cases"),
        "costs": (made._replace(monthly=made.monthly.iloc[:0], rows=made.rows.iloc[:0]), "costs"),
        "resolved": (made._replace(rows=made.rows[made.rows["channel"] == "social"]), "cases"),
        "answers": (made._replace(response={"social": 1.0, "phone": None}), "surveys"),
        "untied": (made._replace(answers=loose, csat={"social": none, "phone": none}), lacking.UNTIED),
    }
    for reason, (changed, missing) in given.items():
        side = texts.say(f"words.channel.{'social' if reason == 'untied' else 'phone'}", "en")
        f = lacking.better(CONTEXT, changed, "service.better")
        assert texts.say(f"service.lacks.{reason}", "en", channel=side, loose="2") in f.text_en
        assert f.missing == missing and texts.has(f"board.input.{missing}")


def test_cheaper_and_happier_claims_the_calls_not_made():
    found, windows, told = said(**october(120, social_good=0.9, phone_good=0.7))
    # every issue costs the same: 50 on social, 100 by phone, and each phone issue is one call
    assert (found["cost_social"].value, found["cost_phone"].value) == (50.0, 100.0)
    assert (found["csat_social"].value, found["csat_phone"].value) == (0.9, 0.7)
    assert found["better"].value > 0.99 and found["better"].grade == "D"
    # 120 social issues x one call not made; a saving of 100 a call
    assert found["calls_not_made"].value == pytest.approx(120.0) and ": 120 fewer" in found["calls_not_made"].text_en
    assert found["saving"].state == "ok" and found["saving"].value == pytest.approx(12000.0)
    # the evidence is like customers, grade D: the sentence says so and names no cause
    for name in ("saving", "calls_not_made"):
        assert found[name].grade == "D" and "association" in found[name].text_en and "ilişkidir" in found[name].text_tr
    assert told.gap.estimate.value == pytest.approx(-1.0) and windows["1m"].call.value == 100.0
    assert "100%" in found["csat_social"].text_en  # the response rate stands beside


def test_cheaper_but_less_well_rated_claims_nothing():
    found, _, _ = said(**october(120, social_good=0.7, phone_good=0.9))
    assert found["cost_social"].value == 50.0 and found["better"].value < 0.01
    assert (found["saving"].state, found["saving"].value) == ("withheld", None)
    assert found["calls_not_made"].state == "ok"  # the count stands, the money does not


def test_few_issues_are_too_few_to_say():
    found, _, _ = said(**october(10, social_good=0.9, phone_good=0.7))
    assert found["cost_social"].state == "too_few" and found["cost_social"].value is None
    assert "n=10" in found["cost_social"].text_en and found["cost_social"].window == "12m"
    assert (found["better"].state, found["better_looser"].state) == ("too_few", "too_few")
    for language in ("en", "tr"):  # two figures, two names
        named = {found[n].text(language).partition(":")[0] for n in ("better", "better_looser", "csat_social", "csat_phone")}
        assert len(named) == 4, named


def test_only_effectiveness_and_business_reach_the_service_block():
    found, _, _ = said(**october(60, social_good=0.9, phone_good=0.7))
    for name in (
        "cost_social",
        "cost_phone",
        "csat_social",
        "csat_phone",
        "better",
        "saving",
        "load",
        "trust",
        "loyalty",
    ):
        metrics.guard_board(found[name].measure, block="service")


def test_inputs_stay_untouched():
    rows = pd.DataFrame(
        {
            "issue_id": [1, 2],
            "channel": "social",
            "type": "",
            "resolved": 1,
            "cost": [1.0, 2.0],
            "low": 1.0,
            "high": 2.0,
        }
    )
    before = rows.copy()
    s.cost_table(rows)
    s.same_mix(rows)
    better(rows, pd.DataFrame({"issue_id": [1], "channel": ["social"], "question": ["csat"], "good": [1]}))
    pd.testing.assert_frame_equal(rows, before)
    assert np.isfinite(rows["cost"]).all()


def test_money_without_an_index_is_called_nominal():
    found, windows, _ = said(**october(120, social_good=0.9, phone_good=0.7))
    # one month has nothing to compare; twelve ask for an index, and none came in
    assert not windows["1m"].nominal and windows["12m"].nominal and not windows["12m"].real
    told = money._cost(CONTEXT, windows["12m"], "12m", "social")
    assert "in nominal money" in told.text_en and "cari fiyatlarla" in told.text_tr
    assert "nominal" not in found["cost_social"].text_en


def test_very_bad_experiences_read_as_sentences():
    found, _, _ = said(**october(120, social_good=0.9, phone_good=0.7))
    assert found["exceptions"].text_en.startswith("Of ") and "issues opened in the last 12 months" in found["exceptions"].text_en
    assert found["exceptions"].text_tr.startswith("Çok kötü deneyimler (son 12 ay): bu sürede açılan ")
