"""Forgetting a person: gone from tables, restricted outputs and every later reading; months pruned; all on a tiny company by hand."""

import json
import sys
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tiny_company import CONTACTS, MONTH, ORDERS, read_in

from scrm_helpers import privacy, texts
from scrm_helpers.store import Store, closings, kept, key_of, sightings
from scrm_helpers.store.keys import account_id
from scrm_helpers.store.suppression import FOLDER, LIST, suppressed
from scrm_helpers.store.workspace import FIRST_SEEN, WorkspaceError

privacy_forget = sys.modules["scrm_helpers.privacy.forget"]  # the package has a function of that name


def everything(home) -> str:
    """All that the suite wrote, as one text: tables written out, other files as they are; the certificate and raw files left out."""
    found = []
    for path in sorted(p for top in ("data/processed", "data/private", "outputs") for p in (home / top).rglob("*") if p.is_file()):
        if path.suffix == ".parquet":
            found.append(ibis.duckdb.connect().read_parquet(str(path)).to_pandas().to_csv())
        elif FOLDER not in path.parts:
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


@pytest.mark.parametrize("who", ["ayse.yilmaz@EXAMPLE.com", "+90 (532) 111-22-33", "hubspot:1"])
def test_each_way_of_naming_finds_the_same_person(tiny_company, who):
    found = privacy.find(tiny_company.workspace, who)
    mine = account_id(key_of(tiny_company.workspace), "hubspot", "1")
    assert mine in found.accounts and found.persons == {tiny_company.mine}
    assert found.texts == ("5321112233", "ayse.yilmaz@example.com")


@pytest.mark.parametrize(("who", "words"), [
    ("nobody@example.com", "no record"), ("0534 333 44 55", "2 persons share"), ("Ayşe", "none of them"), ("532", "none of them"),
])  # fmt: skip
def test_nobody_or_more_than_one_is_told(tiny_company, who, words):
    with pytest.raises(WorkspaceError, match=words):
        privacy.find(tiny_company.workspace, who)


def test_a_forgotten_person_is_gone_and_the_books_stay(tiny_company):
    before = tiny_company.store.frame("orders").net.sum()
    made = privacy.forget(tiny_company.workspace, "ayse.yilmaz@example.com", on=date(2026, 3, 1), language="en")
    text = everything(tiny_company.home)
    ids = [str(a) for a in privacy_ids(tiny_company)]
    for word in ("yilmaz", "5321112233", "532 111 22 33", str(tiny_company.mine), *ids):
        assert word.lower() not in text.lower(), word
    # two orders of hers stay without her: 100 + 50 + 30 = 180
    orders = tiny_company.store.frame("orders")
    assert orders.net.sum() == before == 180 and orders.account_id.isna().sum() == 2
    assert made.tables["orders"] == 2 and made.tables["accounts"] == 2  # the open and the private part
    assert made.outputs == {"2026-02/restricted/08_audiences/list.csv": 1, "2026-02/restricted/08_audiences/top.csv": 1}
    assert "can.demir" in (tiny_company.restricted / "list.csv").read_text()


def test_what_a_person_wrote_goes_from_every_kept_month(tiny_company):
    """Case 7 is hers, 8 another's: the private part holds number and words alone. Her address has signs that a search drops."""
    account = account_id(key_of(tiny_company.workspace), "hubspot", "1")
    other = account_id(key_of(tiny_company.workspace), "hubspot", "2")
    open_part = pd.DataFrame({"case_id": [7, 8], "account_id": [account, other]})
    words = pd.DataFrame({"case_id": [7, 8], "subject": ["Ben Ayşe", "Can burada"], "description": [None, "merhaba"]})
    for place in (MONTH, f"{MONTH}/published"):
        for top, rows in (("processed", open_part), ("private", words)):
            folder = tiny_company.home / "data" / top / place
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            rows.to_parquet(folder / "cases.parquet")
    made = privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    for place in (MONTH, f"{MONTH}/published"):
        left = pd.read_parquet(tiny_company.home / "data" / "private" / place / "cases.parquet")
        assert left.subject.isna().tolist() == [True, False] and left.description.tolist()[1] == "merhaba"
    assert made.tables["cases"] == 4  # two private parts, two open ones


def test_an_address_with_signs_is_found_in_a_list_kept_by_hand(tiny_company):
    contacts = tiny_company.home / "data" / "raw" / "hubspot_contacts.csv"
    contacts.write_text(CONTACTS.replace("can.demir@example.com", "can-demir+x@example.com"), encoding="utf-8")
    read_in()
    sent = tiny_company.restricted / "sent.csv"
    sent.write_text("email,why\ncan-demir+x@example.com,top\nece.kaya@example.com,top\n", encoding="utf-8")
    privacy.forget(tiny_company.workspace, "hubspot:2", on=date(2026, 3, 1), language="en")
    assert sent.read_text(encoding="utf-8") == "email,why\nece.kaya@example.com,top\n"


def privacy_ids(tiny_company):
    key = key_of(tiny_company.workspace)
    named = (("hubspot", "1"), ("contact", "ayse.yilmaz@example.com"), ("contact", "5321112233"))
    return [account_id(key, system, native) for system, native in named]


def test_the_certificate_lists_what_is_left_to_delete_and_names_nobody(tiny_company):
    made = privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="tr")
    # row 1 is the header: she stands in row 2 of the contacts, rows 2 and 3 of the orders and of the consents
    assert made.raw == {"hubspot_contacts.csv": [2], "iys.csv": [2, 3], "orders.csv": [2, 3]}
    text = made.path.read_text(encoding="utf-8")
    assert text == made.text("tr") and "hubspot_contacts.csv: 2" in text
    for word in ("yilmaz", "5321112233", str(tiny_company.mine), *map(str, privacy_ids(tiny_company))):
        assert word not in text.lower()
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert json.loads(made.path.with_suffix(".json").read_text())["raw"] == made.raw


def test_rows_are_those_of_their_kind_of_file(tiny_company, monkeypatch, tmp_path):
    """A Parquet file has no header row; sheets are counted each by itself; a file elsewhere is searched; a quoted line end is no row."""
    raw, home = tiny_company.home / "data" / "raw", tmp_path / "elsewhere"
    home.mkdir()
    (raw / "orders.csv").unlink()
    pd.DataFrame({"Order No": ["A3", "A1"], "Date": ["2026-02-04", "2026-02-01"], "Customer": ["2", "1"], "Amount": ["30.00", "100.00"],
                  "Note": ["x", "ayse.yilmaz@example.com"]}).to_parquet(raw / "orders.parquet")  # fmt: skip
    columns = ["Order No", "Date", "Customer", "Amount"]
    with pd.ExcelWriter(raw / "two.xlsx") as book:
        for sheet, rows in (("A", [["B1", "2026-02-05", "2", 10]]), ("B", [["B2", "2026-02-05", "1", 20], ["B3", "2026-02-05", "2", 5]])):
            pd.DataFrame(rows, columns=columns).to_excel(book, sheet_name=sheet, index=False)
    (home / "notes.csv").write_text('Who,Note\n2,"one\ntwo"\n1,ayse.yilmaz@example.com\n', encoding="utf-8")
    monkeypatch.setenv("TINY_ELSEWHERE", str(home))
    sources = (raw / "sources.yml").read_text(encoding="utf-8").replace("file: orders.csv", "file: orders.parquet")
    sources += sources[sources.index("  - name: till"):].replace("till", "book").replace("orders.parquet", "two.xlsx")
    sources += "  - {name: notes, file: '${TINY_ELSEWHERE}/notes.csv', ignore: true}\n"
    sources += "  - {name: gone, file: '${TINY_GONE}/notes.csv', ignore: true}\n"
    (raw / "sources.yml").write_text(sources, encoding="utf-8")
    with monkeypatch.context() as m:
        m.setenv("TINY_GONE", str(home))
        read_in()
    made = privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    # Parquet: her order is the second of two rows. Sheet B: row 2, below its header, told from
    # row 2 of sheet A by her number. notes.csv: header, one record of two lines, hers
    assert made.raw["orders.parquet"] == [2] and made.raw["two.xlsx (B)"] == [2]
    assert "two.xlsx" not in made.raw and "two.xlsx (A)" not in made.raw
    assert sorted(rows for name, rows in made.raw.items() if name.endswith("notes.csv")) == [[0], [3]]


def test_sheets_that_somebody_keeps_in_private_are_listed_and_kept_revisions_are_cleaned(tiny_company):
    workspace = tiny_company.workspace
    (workspace.private / MONTH / "recheck.csv").write_text("who,right\nCan Demir,x\nAyşe (ayse.yilmaz@example.com),x\n", encoding="utf-8")
    kept.keep(workspace, MONTH)
    kept.keep_revision(workspace, MONTH, 1)
    made = privacy.forget(workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    assert made.raw["data/private/2026-02/recheck.csv"] == [3]
    (workspace.private / MONTH / "recheck.csv").unlink()
    # the month's table, the same as published, the same as revision 1: two orders each
    assert made.tables["orders"] == 6
    kept.bring_back(workspace, MONTH, 1)
    text = everything(tiny_company.home).lower()
    assert "yilmaz" not in text and str(tiny_company.mine) not in text and "can.demir" in text


def test_next_month_the_forgotten_person_comes_again_and_is_taken_out(tiny_company):
    privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    raw = tiny_company.home / "data" / "raw"
    # new shapes of the same contacts: upper case, another record number, two numbers in one cell, an order by a known record
    (raw / "hubspot_contacts.csv").write_text(
        CONTACTS + '77,A.,Y.,AYSE.YILMAZ@EXAMPLE.COM,,Direct Traffic,2026-03-02 10:00,Customer\n'
        '78,A.,Y.,,"0532 111 22 33, 0212 555 00 11",Direct Traffic,2026-03-02 10:00,Customer\n', encoding="utf-8")  # fmt: skip
    (raw / "orders.csv").write_text(ORDERS + "A4,2026-03-02,1,70.00\nA5,2026-03-03,77,20.00\nA6,2026-03-04,2,10.00\n", encoding="utf-8")
    _, store = read_in("2026-03")
    accounts, orders, consents = store.frame("accounts"), store.frame("orders"), store.frame("consents")
    assert len(accounts) == 3 and len(consents) == 1
    assert orders.net.sum() == 280 and orders.account_id.notna().sum() == 2
    fates = store.frame("row_fates")
    gone = fates[fates.detail == "forgotten"].set_index("source_file")["rows"].to_dict()
    assert gone == {"hubspot_contacts.csv": 3, "iys.csv": 2}
    text = everything(tiny_company.home)
    assert "yilmaz" not in text.lower() and "5321112233" not in text


@pytest.mark.parametrize("again", ["hubspot:1", "AYSE.yilmaz@example.com"])
@pytest.mark.parametrize("stop", ["accounts.parquet", "persons.parquet", "registry.parquet", "list.csv", "top.csv"])
def test_a_forgetting_that_was_stopped_is_carried_through(tiny_company, monkeypatch, stop, again):
    """The disk fills up as one file is exchanged: the next call ends it, and certifies what both did."""
    whole = Path.replace

    def full(self, target):
        if Path(target).name == stop and FOLDER not in Path(target).parts:
            raise OSError("no space left")
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    monkeypatch.setattr(Path, "replace", whole)
    pending = tiny_company.workspace.private / FOLDER / "pending.json"
    assert pending.stat().st_mode & 0o777 == 0o600
    made = privacy.forget(tiny_company.workspace, again, on=date(2026, 3, 9), language="en")
    text = everything(tiny_company.home).lower()
    for word in ("yilmaz", "5321112233", str(tiny_company.mine), *map(str, privacy_ids(tiny_company))):
        assert word not in text, word
    assert not pending.exists() and made.on == date(2026, 3, 1) and made.listed == 8 and made.path.is_file()
    assert made.tables["orders"] == 2 and made.tables["accounts"] == 2 and made.tables["registry"] == 1
    assert made.outputs == {"2026-02/restricted/08_audiences/list.csv": 1, "2026-02/restricted/08_audiences/top.csv": 1}
    assert made.raw == {"hubspot_contacts.csv": [2], "iys.csv": [2, 3], "orders.csv": [2, 3]}


def test_another_person_is_forgotten_after_the_one_that_was_stopped(tiny_company, monkeypatch):
    with monkeypatch.context() as m:
        m.setattr(privacy_forget, "_write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    made = privacy.forget(tiny_company.workspace, "hubspot:2", on=date(2026, 3, 9), language="en")
    assert made.on == date(2026, 3, 9) and made.raw["orders.csv"] == [4]
    assert len(list((tiny_company.workspace.private / FOLDER).glob("*.txt"))) == 2
    assert "yilmaz" not in everything(tiny_company.home).lower() and "can.demir" not in everything(tiny_company.home)


def test_a_phone_shared_in_a_family_takes_nobody_else_along(tiny_company):
    """3 and 4 share a phone. 3 is forgotten by her e-mail: his record stays, now and at the next reading."""
    found = privacy.find(tiny_company.workspace, "ece.kaya@example.com")
    assert ("phone", "0534 333 44 55") not in found.values and found.texts == ("ece.kaya@example.com",)
    privacy.forget(tiny_company.workspace, "ece.kaya@example.com", on=date(2026, 3, 1), language="en")
    _, store = read_in("2026-03")
    mails = store.read("accounts", private=True).to_pandas().email.tolist()
    assert "efe.kaya@example.com" in mails and "ece.kaya@example.com" not in mails and len(mails) == 3


@pytest.mark.parametrize(("language", "words"), [
    ("en", "phone numbers: 1; other records with them: 1; of other persons: 1"),
    ("tr", "telefon numarası: 1; bunları taşıyan başka kayıt: 1; bu kayıtların sahibi başka kişi: 1"),
])  # fmt: skip
def test_the_certificate_says_which_contacts_other_people_have_too(tiny_company, monkeypatch, language, words):
    """Of 3 and 4, who share a phone; also where the forgetting was stopped. Ayşe shares nothing: no word of it."""
    with monkeypatch.context() as m:
        m.setattr(privacy_forget, "_write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            privacy.forget(tiny_company.workspace, "hubspot:3", on=date(2026, 3, 1), language=language)
    made = privacy.forget(tiny_company.workspace, "hubspot:3", on=date(2026, 3, 1), language=language)
    assert made.shared == (("phone", 1, 1, 1),) and words in made.text(language) and "e-mail addresses" not in made.text(language)
    for word in ("5343334455", "0534", "kaya"):
        assert word not in made.path.read_text(encoding="utf-8") + made.path.with_suffix(".json").read_text()
    other = privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language=language)
    assert other.shared == () and texts.say("privacy.shared", language) not in other.text(language)


def test_a_lost_key_of_the_list_stops_the_reading(tiny_company):
    privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    (tiny_company.workspace.private / FOLDER / "key").unlink()
    with pytest.raises(WorkspaceError, match="backup"):
        read_in("2026-03")


def test_the_list_keeps_digests_alone_and_each_once(tiny_company):
    first = privacy.forget(tiny_company.workspace, "can.demir@example.com", on=date(2026, 3, 1), language="en")
    text = (tiny_company.workspace.private / FOLDER / LIST).read_text()
    # e-mail, phone; record, and both as contacts, each as an id and as what its system calls it
    assert first.listed == 8 and "demir" not in text and "5332223344" not in text and "hubspot" not in text
    assert {k: len(v) for k, v in suppressed(tiny_company.workspace).items()} == {"email": 1, "phone": 1, "account": 3, "record": 3}


def published(tiny_company, month):
    """The month read in, with persons, and kept as a run that publishes keeps it; of February the labels too."""
    workspace, store = read_in(month)
    if month != MONTH:
        for name in ("persons", "registry"):
            store.write(name, tiny_company.store.frame(name))
    kept.keep(workspace, month)


def files_in(folder) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_prune_keeps_the_newest_months_the_key_and_the_list(tiny_company):
    workspace = tiny_company.workspace
    privacy.forget(workspace, "hubspot:2", on=date(2026, 3, 1), language="en")
    for month in (MONTH, "2026-03", "2026-04"):
        published(tiny_company, month)
    planned = privacy.prune(workspace, keep=2, dry=True)
    assert planned.gone == ["data/private/2026-02", "data/processed/2026-02", "outputs/2026-02"]
    assert (workspace.processed / "2026-02").exists() and not (workspace.outputs / "index.html").exists()
    assert privacy.prune(workspace, keep=2) == planned
    assert [files_in(workspace.processed / m) == [FIRST_SEEN] for m in ("2026-02", "2026-03", "2026-04")] == [True, False, False]
    assert (workspace.private / FOLDER / LIST).is_file() and (workspace.private / "key").is_file()
    assert (workspace.outputs / "index.html").is_file()
    with pytest.raises(ValueError, match="expected 1 or more"):
        privacy.prune(workspace, keep=0)


def test_prune_keeps_what_later_months_go_on_from(tiny_company):
    """Answers were given in February alone, and each month numbers people by the registry of the one before."""
    workspace = tiny_company.workspace
    for month in (MONTH, "2026-03", "2026-04"):
        published(tiny_company, month)
    before = {n: Store(workspace, "2026-04").before(n)[1].count().execute() for n in ("labels", "registry")}
    done = privacy.prune(workspace, keep=1)
    assert [p for p in done.stays if "private" in p] == [
        "data/private/2026-02/labels.parquet", "data/private/2026-03/published/registry.parquet",
    ]  # fmt: skip
    assert files_in(workspace.private / "2026-02") == ["labels.parquet"]
    assert files_in(workspace.private / "2026-03") == ["published/registry.parquet"]
    assert {n: Store(workspace, "2026-04").before(n)[1].count().execute() for n in before} == before == {"labels": 1, "registry": 4}
    assert privacy.prune(workspace, keep=1).gone == []
    # one month on, February's answers are still the only ones, April's registry is the newer one
    published(tiny_company, "2026-05")
    assert privacy.prune(workspace, keep=1).gone == ["data/private/2026-03", "data/private/2026-04", "data/processed/2026-04"]
    assert files_in(workspace.private / "2026-02") == ["labels.parquet"] and files_in(workspace.private / "2026-03") == []


def test_prune_keeps_the_days_on_which_promises_were_first_seen(tiny_company):
    """February's and March's runs noted them; neither goes with its month, and the newest month reads the same days as before."""
    workspace = tiny_company.workspace
    for month, day in ((MONTH, date(2026, 3, 4)), ("2026-03", date(2026, 4, 3)), ("2026-04", date(2026, 5, 5))):
        published(tiny_company, month)
        sightings.note(workspace, month, day)
    noted = workspace.processed / MONTH / sightings.FILE
    noted.write_text(noted.read_text(encoding="utf-8").replace('"goals": {}', '"goals": {"d1": "2026-03-04"}'), encoding="utf-8")
    before = sightings.before(workspace, "2026-05")
    assert before.promises == {"d1": date(2026, 3, 4)} and before.first == {"d1": MONTH} and len(before.runs) == 3
    done = privacy.prune(workspace, keep=1)
    assert {f"data/processed/{m}/{sightings.FILE}" for m in (MONTH, "2026-03")} < set(done.stays)
    assert files_in(workspace.processed / MONTH) == files_in(workspace.processed / "2026-03") == [FIRST_SEEN, sightings.FILE]
    assert sightings.before(workspace, "2026-05") == before and privacy.prune(workspace, keep=1).gone == []


def test_prune_keeps_which_of_two_files_is_the_newer_one(tiny_company):
    """A1 is 100.00 in February's file and 80.00 in March's, and neither says a day: the newer one counts, whatever goes."""
    workspace = tiny_company.workspace
    published(tiny_company, MONTH)
    sources = (workspace.raw / "sources.yml").read_text(encoding="utf-8").replace("file: orders.csv", 'file: "*orders.csv"')
    (workspace.raw / "sources.yml").write_text(sources, encoding="utf-8")
    (workspace.raw / "a_orders.csv").write_text("Order No,Date,Customer,Amount\nA1,2026-02-01,1,80.00\n", encoding="utf-8")
    for month in ("2026-03", "2026-04"):
        published(tiny_company, month)

    def sales(month) -> list[float]:
        return sorted(read_in(month)[1].frame("orders")["net"])

    assert sales("2026-05") == [30, 50, 80]
    stays = privacy.prune(workspace, keep=1).stays
    assert sales("2026-05") == [30, 50, 80]
    assert "data/processed/2026-02/first_seen.json" in stays


def test_prune_takes_comparisons_with_a_month_that_goes(tiny_company):
    workspace = tiny_company.workspace
    for month in (MONTH, "2026-03", "2026-04"):
        published(tiny_company, month)
    for name in ("compare_2026-02_2026-03", "compare_2026-04_2026-02", "compare_2026-03_2026-04", "compare_mine"):
        (workspace.outputs / f"{name}.html").write_text("x")
    gone = ["outputs/compare_2026-02_2026-03.html", "outputs/compare_2026-04_2026-02.html"]
    assert [p for p in privacy.prune(workspace, keep=2, dry=True).gone if "compare" in p] == gone
    privacy.prune(workspace, keep=2)
    assert sorted(p.stem for p in workspace.outputs.glob("compare_*")) == ["compare_2026-03_2026-04", "compare_mine"]
    (workspace.outputs / "compare_2026-02_2026-03.html").write_text("x")  # left by an earlier prune of an older version
    assert privacy.prune(workspace, keep=2).gone == gone[:1]


def test_prune_counts_published_months_alone_and_names_closed_ones(tiny_company):
    workspace = tiny_company.workspace
    published(tiny_company, MONTH)
    read_in("2026-03")  # a draft: its page never came out
    assert privacy.prune(workspace, keep=1).gone == []
    assert Store(workspace, "2026-04").before("registry")[0] == MONTH
    closings.write(workspace, MONTH, closings.Closing(1, (closings.Revision(1, "a/2026-02-1", "2026-03-05"),)))
    published(tiny_company, "2026-04")
    done = privacy.prune(workspace, keep=1, dry=True)
    assert done.closed == [MONTH] and "data/processed/2026-03" in done.gone


def test_every_word_of_the_certificate_is_there_in_both_languages():
    for name in ("title", "listed", "tables", "outputs", "raw", "stays", "nothing", "whole", "shared", "shared_email", "shared_phone"):
        for language in texts.LANGUAGES:
            given = dict.fromkeys(("number", "on", "n", "contacts", "records", "persons"), "1")
            assert texts.has(f"privacy.{name}") and texts.say(f"privacy.{name}", language, **given)
