"""What the notebook shows: small groups hidden, no figure of an agent, the analyst's choices; and the desk's own odd cells, end to end."""

import numpy as np
import pandas as pd
import pytest
from test_service_answer import END, october, said
from test_service_issues import service, table

from scrm_helpers import ingestion, tables
from scrm_helpers import service as s
from scrm_helpers.periods import as_of_instant
from scrm_helpers.service import satisfaction
from scrm_helpers.service.costs import window_of
from scrm_helpers.service.shown import hidden, shown_of

FRESHDESK = """Ticket ID,Subject,Status,Priority,Source,Type,Agent,Created time,Resolved time,Closed time,Initial response time,\
Time tracked,First response time (in hrs),Resolution time (in hrs),Agent interactions,Tags,Survey results,Contact ID
101,a,Closed,Low,Phone,Cargo,Ali,2026-10-05 09:00,2026-10-07 10:12,2026-10-07 10:12,2026-10-05 09:40,00:25,00:40:00,49:12:00,3,,,7
102,b,Closed,Low,Email,Cargo,Buse,2026-10-06 09:00,2026-10-05 09:00,2026-10-05 09:00,,25:30,,-24:00:00,1,,,8
"""
ZENDESK = """Id,Requester,Requester id,Via,Status,Created at,Solved at,Satisfaction Score,Total time spent (sec),Tags
1,A,901,Facebook Private Message,Closed,2026-10-05 09:00,2026-10-06 09:00,Offered,600,
2,B,902,Facebook Private Message,Closed,2026-10-05 09:00,2026-10-06 09:00,Good,600,
3,C,903,Facebook Private Message,Closed,2026-10-05 09:00,2026-10-06 09:00,Bad,600,
"""


def previews(tmp_path, monkeypatch, name: str, text: str) -> list[dict]:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    found = ingestion.check()
    return next(f["preview"] for f in found.files if f["file"] == name)


def desk(rows: list[dict]) -> s.Service:
    names = [c.name for c in tables.contract("cases").stored(False)]
    cases = [{k: v for k, v in row.items() if k in names} | {"case_id": n, "account_id": n} for n, row in enumerate(rows, 1)]
    cases = [c | {"opened_on": c["opened_at"].date()} for c in cases]
    empty = table("case_events", []), table("persons", [])
    return s.service_of(table("cases", cases), *empty, end=as_of_instant("2026-10", "Europe/Istanbul"))


def test_hours_beyond_a_day_and_a_negative_duration_from_the_export_on(tmp_path, monkeypatch):
    rows = sorted(previews(tmp_path, monkeypatch, "freshdesk_tickets.csv", FRESHDESK), key=lambda r: r["opened_at"])
    assert [r["handle_minutes"] for r in rows] == [25.0, 1530.0]  # 00:25 and 25:30
    issues = desk(rows).issues.order_by("issue_id").to_pandas()
    assert issues["resolution_hours"].iloc[0] == pytest.approx(49.2)  # 49:12:00, from 5 October 09:00 to the 7th 10:12
    assert issues["first_reply_hours"].iloc[0] == pytest.approx(40 / 60)
    assert pd.isna(issues["resolution_hours"].iloc[1]) and issues["state"].iloc[1] == "resolved"  # solved before it was opened


def test_offered_is_no_answer_from_the_export_on(tmp_path, monkeypatch):
    rows = previews(tmp_path, monkeypatch, "zendesk_tickets.csv", ZENDESK)
    window = window_of("1m", "2026-10", 1, "Europe/Istanbul")
    made = desk(rows)
    found = satisfaction.share_good(satisfaction.answers(made, table("surveys", []), window), "csat", "social")
    assert (found.value, found.n) == (0.5, 2)  # Good and Bad; Offered was asked and said nothing
    asked = satisfaction.response(made, window).set_index("channel").loc["social"]
    assert (asked["offered"], asked["answers"]) == (3, 2)


def test_no_table_of_service_has_room_for_an_agent():
    for name in ("cases", "case_events", "phone_load", "surveys"):
        columns = {c.name for c in tables.contract(name).stored(False)}
        assert not columns & {"agent", "agent_id", "assignee", "employee", "staff"}, name


def test_small_groups_are_hidden_but_nothing_and_money_stay():
    rows = pd.DataFrame({"n": [0, 1, 4, 5, 40], "cost": 1.0})
    shown = hidden(rows, ["n"], 5)
    assert shown["n"].tolist()[0] == 0 and shown["n"].isna().tolist() == [False, True, True, False, False]
    assert shown["cost"].sum() == 5.0 and rows["n"].tolist() == [0, 1, 4, 5, 40]
    pair = hidden(pd.DataFrame({"contacts": [9, 9], "persons": [2, 6]}), ["contacts", "persons"], 5, by="persons")
    assert pair["contacts"].isna().tolist() == [True, False]


@pytest.fixture(scope="module")
def shown():
    given = october(120, social_good=0.9, phone_good=0.7)
    for k, row in enumerate(given["cases"]):
        row["type"] = "cargo" if k % 4 < 2 else "payment"
    given["cases"][0]["satisfaction"] = 1.0
    _, windows, told = said(**given)
    made = service(given["cases"], persons=given["persons"], end=END)
    return shown_of(made, windows, told, table("phone_load", []).to_pandas())


def test_an_analyst_chooses_window_type_and_measure(shown):
    assert shown.windows[0] == "1m" and set(shown.windows) == {"1m", "3m", "12m"}
    assert shown.types == ["all", "cargo", "payment"]
    whole, cargo = shown.costs().set_index("channel"), shown.costs(kind_of_issue="cargo").set_index("channel")
    assert (whole.loc["social", "resolved"], cargo.loc["social", "resolved"]) == (120, 60)  # every other pair is cargo
    assert cargo.loc["phone", "value"] == 100.0
    assert shown.effective("csat").set_index("channel").loc["social", "n"] == 120
    assert set(shown.effective()["measure"]) == {"csat", "effort", "first_contact_resolution"}
    assert set(shown.efficient()["measure"]) == {"first_reply_hours", "resolution_hours"}  # never mixed with how customers found it
    assert set(whole["state"]) == {""}
    assert shown.calls_per_hour().empty
    assert shown.changes("orders")["outcome"].tolist() == ["orders"]


def test_a_channel_of_fewer_than_20_issues_has_no_figure_and_the_table_says_why():
    for pairs, state in ((19, "too_few"), (20, "")):
        given = october(pairs, social_good=0.9, phone_good=0.7)
        _, windows, told = said(**given)
        made = service(given["cases"], persons=given["persons"], end=END)
        few = shown_of(made, windows, told, table("phone_load", []).to_pandas())
        row = few.costs().set_index("channel").loc["phone"]
        assert (row["resolved"], row["state"], np.isnan(row["value"])) == (pairs, state, state != "")
        asked = few.effective("csat").set_index("channel").loc["social"]
        assert (asked["n"], asked["state"], np.isnan(asked["value"])) == (pairs, state, state != "")


def test_changes_of_fewer_than_five_are_hidden(shown):
    around = shown.effects.around.net
    for n, hidden_ in ((4, True), (5, False)):
        of_few = shown.effects.around._replace(net=around._replace(n_matched=n, treated=7.0, others=2.0))
        few = shown._replace(effects=shown.effects._replace(around=of_few))
        row = few.changes().iloc[0]
        assert (row.n_matched, np.isnan(row.touched_change), np.isnan(row.others_change)) == (n, hidden_, hidden_)


def test_one_bad_rating_is_not_pointed_at(shown):
    rows = shown.exceptions()
    mine = rows[(rows["cause"] == "rating") & (rows["channel"] == "social")]
    assert len(mine) == 1 and np.isnan(mine["issues_opened"].iloc[0])
    with pytest.raises(ValueError, match="least came as 0"):
        shown_of(shown.service, shown.by_window, shown.effects, shown.phone_load, least=0)
