"""Consented lists: who is in, who is out and why, and hashes by each platform's rules."""

import hashlib
import os
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner

from scrm_helpers.__main__ import main
from scrm_helpers.export import Receipt, allowed, hashed, lists, pick, speaks_of
from scrm_helpers.run import publish
from scrm_helpers.store import open_workspace

AS_OF = date(2026, 11, 1)


def consents(*rows):
    frame = pd.DataFrame(rows, columns=["account_id", "channel", "purpose", "status", "at", "system"])
    at = pd.to_datetime(frame["at"])
    return frame.assign(at=at, on=at.dt.normalize())


def word_of(*rows, channel="email", purpose="marketing", persons=((1, 10), (2, 10), (3, 30))):
    who = pd.DataFrame(persons, columns=["account_id", "person_id"])
    return allowed(speaks_of(consents(*rows), channel=channel, purpose=purpose, as_of=AS_OF), who).to_dict()


def test_no_recorded_consent_is_no_consent():
    assert word_of((1, "email", "marketing", "granted", "2026-01-01", "iys")) == {10: "granted", 30: "none"}
    # for another channel, for another purpose, and after the day: not recorded for this one
    assert word_of((1, "sms", "marketing", "granted", "2026-01-01", "iys"))[10] == "none"
    assert word_of((1, "email", "service", "granted", "2026-01-01", "iys"))[10] == "none"
    assert word_of((1, "email", "marketing", "granted", "2026-11-01", "iys"))[10] == "none"
    assert word_of((1, "any", "any", "granted", "2026-01-01", "iys"))[10] == "granted"


def test_the_most_restrictive_word_wins():
    yes, no = (1, "email", "marketing", "granted"), (1, "email", "marketing", "withdrawn")
    assert word_of((*yes, "2026-01-01", "iys"), (*no, "2026-02-01", "iys"))[10] == "withdrawn"
    assert word_of((*no, "2026-01-01", "iys"), (*yes, "2026-02-01", "iys"))[10] == "granted"  # given again in the same register
    assert word_of((*no, "2026-01-01", "iys"), (*yes, "2026-02-01", "hubspot"))[10] == "withdrawn"  # two registers disagree
    assert word_of((*yes, "2026-01-01", "iys"), (*no, "2026-01-01", "iys"))[10] == "withdrawn"  # at the same moment
    # another record of the same person withdrew; a withdrawal for everything reaches every channel
    assert word_of((*yes, "2026-02-01", "iys"), (2, "email", "marketing", "withdrawn", "2026-01-01", "iys"))[10] == "withdrawn"
    assert word_of((*yes, "2026-02-01", "iys"), (2, "any", "any", "withdrawn", "2026-01-01", "crm"))[10] == "withdrawn"


def test_hashes_by_the_rules_of_each_platform():
    people = pd.DataFrame({"email": [" Test@Example.com", "a.b+shop@gmail.com", None], "phone": ["+90 532 123 45 67", None, "0532"]})
    # sha256 of test@example.com, as every tool gives it
    known = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    of = {p: hashed(people, p) for p in ("meta", "google", "tiktok")}
    assert all(f.loc[0, "email_sha256"] == known for f in of.values())
    sha = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731
    assert of["meta"].loc[0, "phone_sha256"] == sha("905321234567") != of["google"].loc[0, "phone_sha256"] == sha("+905321234567")
    assert of["google"].loc[1, "email_sha256"] == sha("ab@gmail.com") and of["meta"].loc[1, "email_sha256"] == sha("a.b+shop@gmail.com")
    assert of["tiktok"].loc[2].tolist() == ["", ""]
    with pytest.raises(ValueError, match="expected one of meta"):
        hashed(people, "myspace")


def test_segments_are_picked_by_name():
    members = pd.DataFrame({"person_id": [1, 2, 3], "value": ["best", "best", "low"], "region": ["aegean", "east", "aegean"]})
    assert pick(members, ["value=best", "bölge=aegean"])["person_id"].tolist() == [1]
    with pytest.raises(ValueError, match="DIMENSION=SEGMENT"):
        pick(members, ["best"])
    with pytest.raises(ValueError, match="expected one of best, good"):
        pick(members, ["value=bset"])


class Place:
    """Outputs with a page of 2026-10; by a pointer where there are no links."""

    def __init__(self, outputs, pointer=False):
        self.outputs, self.processed = outputs, outputs / "processed"
        self.run = outputs / ".runs" / "a" / "2026-10-0"
        self.run.mkdir(parents=True)
        if pointer:
            (outputs / "2026-10").mkdir()
            (outputs / "2026-10" / publish.POINTER).write_text(".runs/a/2026-10-0", encoding="utf-8")
        else:
            publish.swap(outputs, "2026-10", self.run)


class Tables:
    """Five people in one segment: one consents, one said nothing, one withdrew, one shares the phone of that one, one has no phone."""

    as_of = AS_OF

    def __init__(self, workspace, period):
        self.period = period
        self.tables = {
            "persons": pd.DataFrame({"account_id": [1, 2, 3, 4, 5], "person_id": [11, 12, 13, 14, 15]}),
            "consents": consents(*[(a, "sms", "marketing", s, "2026-01-01", "iys") for a, s in
                                   ((1, "granted"), (3, "withdrawn"), (4, "granted"), (5, "granted"))]),
            "golden": pd.DataFrame({"person_id": [11, 12, 13, 14, 15], "email": ["=x@y.com"] * 5,
                                    "phone": ["+905321111111", "+905322222222", "+905323333333", "+905323333333", "5"]}),
        }  # fmt: skip

    def read(self, name, private=False):
        import ibis

        return ibis.memtable(self.tables[name])


def test_a_list_with_its_receipt(tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "Store", Tables)
    monkeypatch.setattr(lists, "_members", lambda store: pd.DataFrame({"person_id": [11, 12, 13, 14, 15], "value": "best"}))
    found = lists.export(Place(tmp_path), "2026-10", segments=["value=best"], channel="sms")
    assert found == Receipt(found.path, segment=5, none=1, withdrawn=1, shared=1, unreachable=1, exported=1)
    assert found.path.read_text(encoding="utf-8") == "person_id,phone\n11,+905321111111\n"
    assert found.path.parent == tmp_path / ".runs" / "a" / "2026-10-0" / "restricted" / "export"
    if os.name == "posix":
        assert found.path.stat().st_mode & 0o077 == 0 and found.path.parent.stat().st_mode & 0o077 == 0
    assert "no recorded consent 1" in found.lines()[1] and "exported 1" in found.lines()[1]


def test_a_withdrawal_counts_on_whatever_day_it_came():
    yes, no = (1, "email", "marketing", "granted"), (1, "email", "marketing", "withdrawn")
    assert word_of((*yes, "2026-01-01", "iys"), (*no, "2026-11-05", "iys"))[10] == "withdrawn"
    # given again after the month's end: a grant of then says nothing yet, the withdrawal does
    assert word_of((*yes, "2026-01-01", "iys"), (*no, "2026-11-05", "iys"), (*yes, "2026-11-20", "iys"))[10] == "withdrawn"
    assert word_of((*no, "2026-10-05", "iys"), (*yes, "2026-10-20", "iys"))[10] == "granted"


def test_a_withdrawal_that_a_later_months_run_read_counts_too(tmp_path, monkeypatch):
    """The month itself was run before person 11 withdrew; the run of the next month has read it. Its grants count for nothing here."""

    class Two(Tables):
        def __init__(self, workspace, period):
            super().__init__(workspace, period)
            if period == "2026-11":
                self.tables["consents"] = consents(
                    (1, "sms", "marketing", "withdrawn", "2026-11-05", "iys"), (2, "sms", "marketing", "granted", "2026-10-05", "iys"),
                )  # fmt: skip

    monkeypatch.setattr(lists, "Store", Two)
    monkeypatch.setattr(lists, "_members", lambda store: pd.DataFrame({"person_id": [11, 12, 13, 14, 15], "value": "best"}))
    place = Place(tmp_path)
    for month in ("2026-09", "2026-10", "2026-11"):
        (place.processed / month).mkdir(parents=True)
        (place.processed / month / "consents.parquet").touch()
    found = lists.export(place, "2026-10", segments=["value=best"], channel="sms")
    assert (found.none, found.withdrawn, found.exported) == (1, 2, 0)


def test_hashes_are_made_for_social_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "Store", Tables)
    place = Place(tmp_path)
    for more in ({"channel": "sms", "platform": "meta"}, {"channel": "social"}):
        with pytest.raises(ValueError, match="upload hashes are made only for"):
            lists.export(place, "2026-10", segments=["value=best"], **more)
    for more in ({}, {"segments": ["value=best"], "own": "next_offer"}):
        with pytest.raises(ValueError, match="expected one of them"):
            lists.export(place, "2026-10", channel="sms", **more)
    assert not list(tmp_path.rglob("restricted"))


def test_lists_of_08_are_found_where_the_run_left_them(tmp_path, monkeypatch):
    """Where there are no links, outputs/<month> holds a pointer and nothing else: restricted/ lies in the run's folder."""
    monkeypatch.setattr(lists, "Store", Tables)
    place = Place(tmp_path, pointer=True)
    left = place.run / "restricted" / "08_audiences"
    left.mkdir(parents=True, mode=0o700)
    left.parent.chmod(0o700)
    (left / "next_offer.csv").write_text("person_id,arm\n11,offer\n13,offer\n")
    found = lists.export(place, "2026-10", own="next_offer", channel="sms")
    assert found.path.read_text(encoding="utf-8") == "person_id,arm,phone\n11,offer,+905321111111\n"
    assert found.path.parent == place.run / "restricted" / "export"
    assert [f.name for f in (tmp_path / "2026-10").iterdir()] == [publish.POINTER]


def test_a_month_without_a_page_is_refused_and_stays_free(tmp_path, monkeypatch):
    """A folder outputs/2026-05 would be in the way of the month's page for good."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    said = CliRunner().invoke(main, ["export", "--period", "2026-05", "--segment", "value=best", "--channel", "sms"])
    assert said.exit_code == 2 and "Run it first: python start.py run --period 2026-05" in said.output, said.output
    outputs = open_workspace().outputs
    assert not (outputs / "2026-05").exists()
    run = outputs / ".runs" / "a" / "2026-05-0"
    run.mkdir(parents=True)
    publish.swap(outputs, "2026-05", run)
    assert publish.current(outputs, "2026-05") == run.resolve()
