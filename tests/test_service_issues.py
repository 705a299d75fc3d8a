"""Issues from linked contacts, counted by hand."""

from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scrm_helpers import tables
from scrm_helpers.service import issues

END = datetime(2026, 11, 1)


def table(name: str, rows: list[dict]) -> ibis.Table:
    """Rows as a contract table; a column that is not given is blank."""
    columns = tables.contract(name).stored(False)
    schema = ibis.schema({c.name: c.kind.ibis for c in columns})
    written = [{c.name: _value(row.get(c.name), c.kind) for c in columns} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(written, schema=schema.to_pyarrow()))


def _value(value, kind: tables.Kind):
    if value is None or value != value:
        return None
    return Decimal(str(value)) if kind is tables.Kind.MONEY else value


def case(
    case_id: int, opened: str, solved: str | None = None, *, account: int | None = 1, channel="social", **more
) -> dict:
    at = datetime.fromisoformat(opened)
    status = more.pop("status", "closed" if solved else "open")
    return {
        "case_id": case_id, "account_id": account, "channel": channel, "opened_at": at, "opened_on": at.date(), "status": status,
        "resolved_at": datetime.fromisoformat(solved) if solved else None, "system": "t", "source_file": "t", "source_row": case_id, **more,
    }  # fmt: skip


def event(case_id: int, at: str, kind: str, channel: str, no: int = 1, minutes: float | None = None) -> dict:
    moment = datetime.fromisoformat(at)
    return {
        "case_id": case_id,
        "at": moment,
        "on": moment.date(),
        "kind": kind,
        "channel": channel,
        "event_no": no,
        "minutes": minutes,
    }


def person(account: int, number: int, internal=False) -> dict:
    return {"account_id": account, "person_id": number, "kind": "consumer", "is_internal": internal}


def service(cases, events=(), persons=(), end=END) -> issues.Service:
    return issues.service_of(
        table("cases", list(cases)), table("case_events", list(events)), table("persons", list(persons)), end=end
    )


def found(cases, events=(), persons=(), end=END) -> pd.DataFrame:
    return service(cases, events, persons, end).issues.order_by("issue_id").to_pandas()


def test_an_issue_that_starts_on_social_and_ends_by_phone_is_one_and_social_pays():
    # social case solved on the 5th, phone call 3 days later (same person by another account): one issue, begun on social
    rows = found(
        [
            case(1, "2026-09-01 10:00", "2026-09-05 10:00", account=1),
            case(2, "2026-09-08 10:00", "2026-09-08 11:00", account=2, channel="phone"),
        ],
        persons=[person(1, 7), person(2, 7)],
    )
    assert len(rows) == 1
    row = rows.iloc[0]
    assert (row.issue_id, row.channel, row.contacts, row.calls, row.state, row.person_id) == (
        1,
        "social",
        2,
        1,
        "resolved",
        7,
    )
    assert row.resolution_hours == 7 * 24 + 1  # 1 September 10:00 to 8 September 11:00


def test_a_case_handed_from_social_to_phone_inside_one_ticket():
    # 20 minutes of work in all, 8 of them on the phone by the event: 12 stay with social
    made = service([case(1, "2026-09-01 10:00", "2026-09-02 10:00", handle_minutes=20.0)],
                   [event(1, "2026-09-01 12:00", "transfer", "phone", minutes=8.0)])  # fmt: skip
    row = made.issues.to_pandas().iloc[0]
    assert (row.channel, row.contacts, row.calls) == ("social", 2, 1)
    minutes = (
        made.work.group_by("channel").agg(minutes=ibis._.minutes.sum()).to_pandas().set_index("channel")["minutes"]
    )
    assert minutes.to_dict() == {"social": 12.0, "phone": 8.0}


@pytest.mark.parametrize("days, issue_count", [(7, 1), (8, 2)])
def test_recontact_on_day_7_is_the_same_issue_and_on_day_8_another(days, issue_count):
    solved = datetime(2026, 9, 5, 10)
    again = (solved + timedelta(days=days)).isoformat(sep=" ")
    rows = found([case(1, "2026-09-01 10:00", str(solved)), case(2, again, str(solved + timedelta(days=days + 1)))])
    assert len(rows) == issue_count


def test_contacts_within_30_minutes_are_one_even_of_two_types_and_31_are_two():
    first = case(1, "2026-09-01 10:00", "2026-09-01 10:05", type="cargo")
    near = found([first, case(2, "2026-09-01 10:30", "2026-09-01 11:00", type="payment")])
    assert (len(near), near.contacts.tolist()) == (1, [1])
    far = found([first, case(2, "2026-09-01 10:31", "2026-09-01 11:00", type="payment")])
    assert (len(far), far.contacts.tolist()) == (2, [1, 1])


def test_types_keep_issues_apart_and_a_blank_type_joins():
    a = case(1, "2026-09-01 10:00", "2026-09-02 10:00", type="cargo")
    b = case(2, "2026-09-03 10:00", "2026-09-03 12:00", type="payment")
    c = case(3, "2026-09-04 10:00", "2026-09-04 12:00", type="cargo")  # with the first, over the payment between them
    blank = case(4, "2026-09-05 10:00", "2026-09-05 12:00")  # follows the newest typed contact: cargo
    placed = service([a, b, c, blank]).cases.to_pandas().set_index("case_id")["issue_id"]
    assert placed.to_dict() == {1: 1, 2: 2, 3: 1, 4: 1}
    # a blank one before a typed one within 7 days takes its type; another customer never joins
    placed = service(
        [blank, case(5, "2026-09-07 10:00", type="cargo"), case(6, "2026-09-07 10:05", account=2, type="cargo")]
    )
    assert placed.cases.to_pandas().set_index("case_id")["issue_id"].to_dict() == {4: 4, 5: 4, 6: 6}


def test_a_named_link_joins_cases_without_a_customer_in_any_depth_and_in_circles():
    cases = [
        case(k, f"2026-0{k}-01 10:00", f"2026-0{k}-02 10:00", account=None, linked_case_id=max(k - 1, 0) or None)
        for k in range(1, 6)
    ]
    cases[0]["linked_case_id"] = 5  # a circle
    rows = found([*cases, case(9, "2026-06-01 10:00", account=None)])
    assert rows.issue_id.tolist() == [1, 9]
    assert rows.cases.tolist() == [5, 1]


def test_a_reopened_case_is_resolved_once_but_not_at_first_contact():
    made = service(
        [case(1, "2026-09-01 10:00", "2026-09-09 10:00", reopens=1)], [event(1, "2026-09-07 10:00", "reopen", "social")]
    )
    row = made.issues.to_pandas().iloc[0]
    assert (row.state, row.reopens, row.contacts) == ("resolved", 1, 2)


def test_solved_in_the_last_7_days_is_too_early_and_after_the_end_is_open():
    early = found([case(1, "2026-10-20 10:00", "2026-10-25 00:01")]).iloc[0]
    assert early.state == "too_early"  # 25 October 00:01 + 7 days lies after 1 November 00:00
    on_time = found([case(1, "2026-10-20 10:00", "2026-10-25 00:00")]).iloc[0]
    assert on_time.state == "resolved"
    later = found([case(1, "2026-10-20 10:00", "2026-11-02 00:00")]).iloc[0]
    assert (later.state, pd.isna(later.resolution_hours), pd.isna(later.counted_at)) == ("open", True, True)
    assert found([case(1, "2026-11-01 00:00", "2026-11-02 00:00")]).empty


def test_a_negative_duration_is_missing_not_negative():
    row = found([case(1, "2026-09-05 10:00", "2026-09-01 10:00", first_reply_at=datetime(2026, 9, 4))]).iloc[0]
    assert pd.isna(row.resolution_hours) and pd.isna(row.first_reply_hours)
    assert row.state == "resolved" and row.counted_at == pd.Timestamp(
        "2026-09-12 10:00"
    )  # closed: counts from its opening
    closed = found([case(1, "2026-09-05 10:00", "2026-09-01 10:00", closed_at=datetime(2026, 9, 6, 10))]).iloc[0]
    assert closed.resolution_hours == 24  # the closing time is sound


def test_more_than_24_hours_stay_as_they_are():
    row = found([case(1, "2026-09-05 10:00", "2026-09-07 11:12")]).iloc[0]
    assert row.resolution_hours == pytest.approx(49.2)  # 49:12:00


def test_spam_and_internal_accounts_are_out_and_a_web_form_is_the_email_desk():
    rows = found(
        [case(1, "2026-09-01 10:00", "2026-09-01 11:00", status="spam"), case(2, "2026-09-02 10:00", account=2, channel="web"),
         case(3, "2026-09-02 10:00", account=3)],
        persons=[person(3, 9, internal=True)],
    )  # fmt: skip
    assert rows.issue_id.tolist() == [2] and rows.channel.tolist() == ["email"]


def test_no_case_at_all():
    assert found([]).empty


def by_the_book(cases: list[dict]) -> dict[int, int]:
    """Issue of each case, case by case and pair by pair: the rules of METRICS.md as a person would follow them."""
    rows = sorted(cases, key=lambda c: (c["opened_at"], c["case_id"]))
    who = {c["case_id"]: c["account_id"] or -c["case_id"] for c in rows}
    mine = lambda c: [o for o in rows if who[o["case_id"]] == who[c["case_id"]]]  # noqa: E731

    def reach(c):
        if c["status"] == "open":
            return c["opened_at"] + timedelta(days=30)
        sound = c["resolved_at"] and c["resolved_at"] >= c["opened_at"]
        return (c["resolved_at"] if sound else c["opened_at"]) + timedelta(days=7)

    kind = {}
    for c in rows:
        before = [o for o in mine(c)[: mine(c).index(c)] if o.get("type")]
        after = [o for o in mine(c)[mine(c).index(c) + 1 :] if o.get("type")]
        if c.get("type"):
            kind[c["case_id"]] = c["type"]
        elif before and c["opened_at"] <= reach(before[-1]):
            kind[c["case_id"]] = before[-1]["type"]
        elif after and after[0]["opened_at"] <= reach(c):
            kind[c["case_id"]] = after[0]["type"]
        else:
            kind[c["case_id"]] = ""
    issue = {c["case_id"]: {c["case_id"]} for c in rows}

    def join(a: int, b: int) -> None:
        both = issue[a] | issue[b]
        for member in both:
            issue[member] = both

    for c in rows:
        earlier = mine(c)[: mine(c).index(c)]
        for o in earlier:
            if kind[o["case_id"]] == kind[c["case_id"]] and c["opened_at"] <= reach(o):
                join(c["case_id"], o["case_id"])
        if earlier and c["opened_at"] <= earlier[-1]["opened_at"] + timedelta(minutes=30):
            join(c["case_id"], earlier[-1]["case_id"])
        if c["linked_case_id"] in issue:
            join(c["case_id"], c["linked_case_id"])
    return {c: next(o["case_id"] for o in rows if o["case_id"] in members) for c, members in issue.items()}


def test_the_engine_links_as_a_person_would_by_the_rules():
    rng = np.random.default_rng(11)
    cases = []
    for k in range(1, 601):
        at = datetime(2026, 8, 1) + timedelta(minutes=int(rng.integers(0, 60 * 24 * 60)))
        took = timedelta(hours=float(np.round(rng.normal(40, 40), 1)))  # some negative
        solved = None if rng.random() < 0.1 else str(at + took)
        account = None if rng.random() < 0.1 else int(rng.integers(1, 60))
        kind = (None, "cargo", "payment")[rng.integers(0, 3)]
        linked = int(rng.integers(1, 620)) if rng.random() < 0.03 else None  # some name a case that is not there
        cases.append(case(k, str(at), solved, account=account, type=kind, linked_case_id=linked))
        if rng.random() < 0.15 and k > 1:
            cases[-1]["opened_at"] = cases[-2]["opened_at"] + timedelta(minutes=int(rng.integers(0, 60)))
            cases[-1]["account_id"] = cases[-2]["account_id"]
    expected = by_the_book(cases)
    placed = service(cases).cases.to_pandas().set_index("case_id")["issue_id"].to_dict()
    assert placed == expected
    assert 150 < len(set(expected.values())) < 500 and len(cases) == 600  # many joined, many apart
    untyped = [c | {"type": None} for c in cases]
    assert service(untyped).cases.to_pandas().set_index("case_id")["issue_id"].to_dict() == by_the_book(untyped)
    typed = [c | {"type": c["type"] or "cargo"} for c in cases]  # no blank at all: nothing to look up
    assert service(typed).cases.to_pandas().set_index("case_id")["issue_id"].to_dict() == by_the_book(typed)
