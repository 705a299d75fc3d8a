"""The key: back-up, restore, loss and rotation, on the tiny company of the other privacy tests."""

import json
import tarfile
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tiny_company import CONTACTS, MONTH, ORDERS, read_in

from scrm_helpers import findings, privacy, sales
from scrm_helpers.__main__ import main
from scrm_helpers.identity import io
from scrm_helpers.privacy import keys
from scrm_helpers.run.lock import held, lock_of
from scrm_helpers.run.month import close_month, run_month
from scrm_helpers.store import Store, kept, key_of, open_book
from scrm_helpers.store.keys import account_id, judge_by_reading, refuse_wrong
from scrm_helpers.store.workspace import WorkspaceError


def numbers(tiny_company, month="2026-02"):
    """Person number of each e-mail, by the registry of the month and the records as they are now."""
    store = Store(tiny_company.workspace, month)
    registry = store.read("registry").to_pandas().set_index("account_id").person_id
    mails = store.read("accounts", private=True).to_pandas().set_index("account_id").email.dropna()
    return {mail: registry[a] for a, mail in mails.items() if a in registry}


def test_a_lost_key_is_told_and_makes_no_new_people(tiny_company):
    (tiny_company.workspace.private / "key").unlink()
    with pytest.raises(WorkspaceError, match="new id"):
        read_in("2026-03")


def test_another_key_of_the_same_length_is_told_and_makes_no_new_people(tiny_company, tmp_path):
    private, right = tiny_company.workspace.private, (tiny_company.workspace.private / "key").read_bytes()
    mark = private / "key.mark"
    # HMAC-SHA256 of the word under the key: 64 hex digits, which hold nothing of it
    assert len(mark.read_text().strip()) == 64 and right.hex() not in mark.read_text() and mark.stat().st_mode & 0o777 == 0o600
    keys.backup(tiny_company.workspace, tmp_path / "safe.tar.gz")
    (private / "key").write_bytes(b"x" * 32)
    for refused in (read_in, lambda: keys.rotate(tiny_company.workspace), lambda: privacy.find(tiny_company.workspace, "hubspot:1")):
        with pytest.raises(WorkspaceError, match="another key.*new number.*key restore FILE"):
            refused()
    (private / "key").unlink()  # as the message asks
    keys.restore(tiny_company.workspace, tmp_path / "safe.tar.gz")
    assert key_of(tiny_company.workspace) == right.hex()


@pytest.mark.parametrize("right", [True, False])
def test_a_key_of_an_older_version_is_marked_where_the_registry_agrees(tiny_company, right):
    """No mark is there. The registry holds the ids of the four contacts of the CRM under the right key: 0 of 4 under another one."""
    private = tiny_company.workspace.private
    (private / "key.mark").unlink()
    if right:
        assert key_of(tiny_company.workspace) and (private / "key.mark").is_file()
        return
    (private / "key").write_bytes(b"x" * 32)
    with pytest.raises(WorkspaceError, match="knows 0 of 4 records"):
        key_of(tiny_company.workspace)
    assert not (private / "key.mark").exists()


def test_a_key_that_no_table_can_judge_is_not_marked_before_one_can(tiny_company):
    """Only the registry is left (tables are made anew from raw): the reading brings the records, the next asking refuses."""
    private = tiny_company.workspace.private
    for path in (private / "key.mark", private / MONTH / "accounts.parquet"):
        path.unlink()
    (private / "key").write_bytes(b"x" * 32)
    assert key_of(tiny_company.workspace) == (b"x" * 32).hex() and not (private / "key.mark").exists()
    with pytest.raises(WorkspaceError, match="knows 0 of 4 records"):
        read_in()
        io.read(Store(tiny_company.workspace, MONTH))


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("told_by", ["contact", "nothing"])
def test_an_unmarked_key_is_judged_where_records_have_no_number(tiny_company, told_by, right):
    """Records known by a contact alone are judged by it; those without are judged once they are read: right, the registry knows all 4."""
    place, private = tiny_company.workspace, tiny_company.workspace.private
    held, key = pd.read_parquet(private / MONTH / "accounts.parquet"), key_of(place)
    bare = held.assign(native_id=None) if told_by == "contact" else held.assign(native_id=None, email=None, phone=None)
    shape = pq.read_schema(private / MONTH / "accounts.parquet")
    pq.write_table(pa.Table.from_pandas(bare, schema=shape, preserve_index=False), private / MONTH / "accounts.parquet")
    made = {a: account_id(key, "contact", mail.lower()) for a, mail in zip(held.account_id, held.email, strict=True)}
    registry = pd.read_parquet(private / MONTH / "registry.parquet")
    if told_by == "contact":
        registry.assign(account_id=registry.account_id.map(made)).to_parquet(private / MONTH / "registry.parquet")
    (private / "key.mark").unlink()
    if not right:
        (private / "key").write_bytes(b"x" * 32)
    if told_by == "nothing":
        assert key_of(place) and not (private / "key.mark").exists()  # nothing to judge by yet
    ids = list(held.account_id) if right else [a + 1 for a in held.account_id]
    ask = {"contact": lambda: refuse_wrong(place), "nothing": lambda: judge_by_reading(place, ids, registry.account_id)}[told_by]
    if right:
        ask()
        assert (private / "key.mark").is_file()
        return
    with pytest.raises(WorkspaceError, match="knows 0 of 4 records"):
        ask()
    assert not (private / "key.mark").exists()


def test_a_reading_under_another_key_that_no_table_could_judge_stops_before_persons_are_made(tiny_company, monkeypatch):
    """March is read under another key while no record of February can be judged: the identity step knows none of February's accounts."""
    said = findings.say(findings.Context("02_identity", MONTH, "en", "TRY"), "board.cost")
    tiny_company.store.write("findings", findings.frame([said]), part="02_identity")
    kept.keep(tiny_company.workspace, MONTH)
    private = tiny_company.workspace.private
    (private / "key.mark").unlink()
    (private / "key").write_bytes(b"x" * 32)
    monkeypatch.setattr("scrm_helpers.store.keys._ids", lambda *_: set())
    _, store = read_in("2026-03")
    with pytest.raises(WorkspaceError, match="knows 0 of 4 records"):
        io.read(store)
    assert not (private / "key.mark").exists()


@pytest.mark.parametrize("start", ["run", "close"])
def test_a_start_with_another_key_is_refused_though_nothing_has_changed(tiny_company, monkeypatch, start):
    """The month's page is there and of these files: no notebook would be run, and none would ask for the key."""
    begin = {"run": lambda: run_month(MONTH), "close": lambda: close_month(MONTH, on=date(2026, 3, 1))}[start]
    monkeypatch.setattr("scrm_helpers.run.month._Month.__init__", lambda *_: pytest.fail("the key was not looked at"))
    (tiny_company.workspace.private / "key").write_bytes(b"x" * 32)
    with pytest.raises(WorkspaceError, match="another key"):
        begin()
    (tiny_company.workspace.private / "key").unlink()
    with pytest.raises(WorkspaceError, match="came nothing"):
        begin()
    assert not (tiny_company.workspace.private / "key").exists()


def test_a_back_up_of_before_a_rotation_is_not_put_under_the_registry_of_now(tiny_company, tmp_path):
    keys.backup(tiny_company.workspace, tmp_path / "old.tar.gz")
    keys.rotate(tiny_company.workspace)
    keys.backup(tiny_company.workspace, tmp_path / "new.tar.gz")
    for path in [tiny_company.workspace.private / "key", *tiny_company.workspace.private.rglob("registry.parquet"),
                 *tiny_company.workspace.private.rglob("labels.parquet")]:  # fmt: skip
        path.unlink()
    with pytest.raises(WorkspaceError, match="another key.*newest back-up"):
        keys.restore(tiny_company.workspace, tmp_path / "old.tar.gz")
    keys.restore(tiny_company.workspace, tmp_path / "new.tar.gz")
    assert key_of(tiny_company.workspace)


def test_another_key_neither_becomes_a_back_up_nor_comes_back_from_one(tiny_company, tmp_path):
    """The registry knows none of its records under 32 times z: not backed up beside its mark, not restored where key and mark are gone."""
    keys.backup(tiny_company.workspace, tmp_path / "good.tar.gz")
    key, mark = (tiny_company.workspace.private / name for name in ("key", "key.mark"))
    key.write_bytes(b"z" * 32)
    with pytest.raises(WorkspaceError, match="another key"):
        keys.backup(tiny_company.workspace, tmp_path / "bad.tar.gz")
    assert not (tmp_path / "bad.tar.gz").exists()
    with tarfile.open(tmp_path / "foreign.tar.gz", "w:gz") as archive:
        archive.add(key, arcname="key")
    key.unlink()
    mark.unlink()
    with pytest.raises(WorkspaceError, match="knows 0 of"):
        keys.restore(tiny_company.workspace, tmp_path / "foreign.tar.gz")
    assert not key.exists() and not mark.exists()
    keys.restore(tiny_company.workspace, tmp_path / "good.tar.gz")
    assert mark.exists()


def test_a_back_up_brings_the_key_the_registry_and_the_list_back(tiny_company, tmp_path):
    before, key = numbers(tiny_company), key_of(tiny_company.workspace)
    held = keys.backup(tiny_company.workspace, tmp_path / "safe.tar.gz")
    assert (tmp_path / "safe.tar.gz").stat().st_mode & 0o777 == 0o600
    assert held == ["2026-02/labels.parquet", "2026-02/registry.parquet", "key"]
    tiny_company.workspace.private.rename(tmp_path / "gone")
    assert keys.restore(tiny_company.workspace, tmp_path / "safe.tar.gz") == held
    assert key_of(tiny_company.workspace) == key and tiny_company.workspace.private.stat().st_mode & 0o777 == 0o700
    read_in()
    assert numbers(tiny_company) == before and len(before) == 4
    with pytest.raises(WorkspaceError, match="new file"):
        keys.backup(tiny_company.workspace, tmp_path / "safe.tar.gz")


def test_a_restore_overwrites_nothing_and_takes_no_foreign_archive(tiny_company, tmp_path):
    keys.backup(tiny_company.workspace, tmp_path / "safe.tar.gz")
    (tiny_company.workspace.private / "key").write_bytes(b"x" * 32)
    with pytest.raises(WorkspaceError, match="other content"):
        keys.restore(tiny_company.workspace, tmp_path / "safe.tar.gz")
    (tmp_path / "other.tar.gz").write_text("no archive")
    with pytest.raises(WorkspaceError, match="no archive"):
        keys.restore(tiny_company.workspace, tmp_path / "other.tar.gz")


def test_a_rotation_changes_every_id_and_no_person(tiny_company):
    before, key = numbers(tiny_company), key_of(tiny_company.workspace)
    ids = set(tiny_company.store.frame("accounts").account_id)
    done = keys.rotate(tiny_company.workspace)
    assert key_of(tiny_company.workspace) != key and done.accounts == len(ids) and done.lost == 0
    assert (tiny_company.workspace.private / "key.mark").read_text().strip() == keys.mark_of(bytes.fromhex(key_of(tiny_company.workspace)))
    assert not list(tiny_company.workspace.private.rglob("*.rotated")) and not (tiny_company.workspace.private / keys.ROTATION).exists()
    read_in()
    assert set(Store(tiny_company.workspace, "2026-02").frame("accounts").account_id).isdisjoint(ids)
    assert numbers(tiny_company) == before and len(before) == 4


def test_the_bridge_of_the_month_after_a_rotation_knows_last_months_customers(tiny_company):
    """The month before is counted again from its tables as published, whose ids are of the old key."""
    ws = tiny_company.workspace
    said = findings.say(findings.Context("02_identity", MONTH, "en", "TRY"), "board.cost")
    tiny_company.store.write("findings", findings.frame([said]), part="02_identity")
    kept.keep(ws, MONTH)
    counted = []
    for turn in ("same key", "other key"):
        if turn == "other key":
            keys.rotate(ws)
        _, store = read_in("2026-03")
        registry = io.read(store)["before"].set_index("account_id").person_id
        today = tiny_company.store.frame("persons").drop(columns="account_id").drop_duplicates("person_id")
        store.write("persons", registry.reset_index().merge(today, on="person_id"))
        snapshot = open_book("03_acquisition", period="2026-03").snapshot()
        made = sales.customers(*(snapshot(n) for n in ("orders", "accounts", "leads", "touches", "persons", "golden")))
        counted.append(made.select("person_id", "first_on", "source").order_by("person_id").to_pandas().values.tolist())
    # A1 and A2 are of record 1 (paid social), A3 of record 2
    assert len(counted[0]) == 2 and counted[0] == counted[1]
    persons = ws.processed / MONTH / "published" / "persons.parquet"
    persons.unlink()  # a month that lacks its persons cannot be counted again: none is better than a wrong one
    assert open_book("03_acquisition", period="2026-03").snapshot() is None


def test_a_rotation_stopped_in_the_middle_is_carried_through(tiny_company, monkeypatch):
    before = numbers(tiny_company)
    monkeypatch.setattr(keys, "finish", lambda workspace: False)
    keys.rotate(tiny_company.workspace)
    monkeypatch.undo()
    monkeypatch.setenv("SCRM_HOME", str(tiny_company.home))
    assert (tiny_company.workspace.private / keys.ROTATION).is_file()
    assert keys.finish(tiny_company.workspace) and not keys.finish(tiny_company.workspace)
    read_in()
    assert numbers(tiny_company) == before


@pytest.mark.parametrize(("known_by", "rows_at_rotation"), [("record", True), ("record", False), ("account", True)])
def test_who_was_forgotten_stays_so_when_the_key_changes(tiny_company, known_by, rows_at_rotation):
    """Her contact rows are deleted, as the certificate asks; the orders name record 1 still. With a new key she has a new id."""
    workspace, raw = tiny_company.workspace, tiny_company.home / "data" / "raw"
    privacy.forget(workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    listed = workspace.private / "forgotten" / "list.json"
    held = [e for e in json.loads(listed.read_text()) if e["kind"] == known_by]  # each kind must do alone
    listed.write_text(json.dumps(held))
    (raw / "hubspot_contacts.csv").write_text("".join(r for r in CONTACTS.splitlines(True) if not r.startswith("1,")), encoding="utf-8")
    named = lambda: Store(workspace, MONTH).frame("orders").set_index("order_no").account_id  # noqa: E731
    read_in()
    assert named()[["A1", "A2"]].isna().all() and named()[["A3"]].notna().all()
    if not rows_at_rotation:  # what no raw file holds at that time comes back later: words alone know it
        (raw / "orders.csv").write_text("".join(ORDERS.splitlines(True)[:1] + ORDERS.splitlines(True)[3:]), encoding="utf-8")
    keys.rotate(workspace)
    assert listed.stat().st_mode & 0o777 == 0o600 and len(json.loads(listed.read_text())) == len(held)
    (raw / "orders.csv").write_text(ORDERS, encoding="utf-8")
    read_in()
    assert named()[["A1", "A2"]].isna().all() and named()[["A3"]].notna().all()
    assert len(Store(workspace, MONTH).frame("accounts")) == 3


def test_a_lost_registry_is_told_and_makes_no_new_people(tiny_company):
    """The month was published; with its registry gone the next one would number everybody anew."""
    said = findings.say(findings.Context("02_identity", MONTH, "en", "TRY"), "board.cost")
    tiny_company.store.write("findings", findings.frame([said]), part="02_identity")
    kept.keep(tiny_company.workspace, MONTH)
    _, store = read_in("2026-03")
    assert len(io.read(store)["before"]) == len(tiny_company.people)
    for path in tiny_company.workspace.private.rglob("registry.parquet"):
        path.unlink()
    with pytest.raises(WorkspaceError, match="expected the registry of 2026-02.*key restore"):
        io.read(store)


def test_with_all_of_private_gone_no_key_is_made_in_silence(tiny_company, tmp_path):
    said = findings.say(findings.Context("02_identity", MONTH, "en", "TRY"), "board.cost")
    tiny_company.store.write("findings", findings.frame([said]), part="02_identity")
    kept.keep(tiny_company.workspace, MONTH)
    tiny_company.workspace.private.rename(tmp_path / "gone")
    with pytest.raises(WorkspaceError, match="new id"):
        read_in("2026-03")
    assert not (tiny_company.workspace.private / "key").exists()


def test_a_back_up_lies_where_the_user_stands_and_never_in_the_suites_folder(tiny_company, tmp_path_factory, monkeypatch):
    elsewhere, home = tmp_path_factory.mktemp("elsewhere"), tiny_company.workspace.root
    monkeypatch.chdir(home)  # as start.py does
    said = CliRunner().invoke(main, ["key", "backup", "safe.tar.gz"])
    assert said.exit_code == 2 and "expected a place outside" in said.output and not (home / "safe.tar.gz").exists(), said.output
    monkeypatch.setenv("SCRM_CALLER", str(elsewhere))
    assert CliRunner().invoke(main, ["key", "backup", "safe.tar.gz"]).exit_code == 0
    assert (elsewhere / "safe.tar.gz").is_file() and not (home / "safe.tar.gz").exists()
    assert CliRunner().invoke(main, ["key", "restore", "safe.tar.gz"]).exit_code == 0
    assert CliRunner().invoke(main, ["key", "backup", str(home / "data" / "safe.tar.gz")]).exit_code == 2


@pytest.mark.parametrize("words", [["backup", "a.tar.gz"], ["restore", "safe.tar.gz"], ["finish"]])
def test_the_key_waits_for_a_run(tiny_company, tmp_path_factory, monkeypatch, words):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("SCRM_CALLER", str(elsewhere))
    keys.backup(tiny_company.workspace, elsewhere / "safe.tar.gz")
    with held(lock_of(tiny_company.workspace)):
        assert CliRunner().invoke(main, ["key", *words]).exit_code == 3
    assert not (elsewhere / "a.tar.gz").exists()
    assert CliRunner().invoke(main, ["key", *words]).exit_code == 0
