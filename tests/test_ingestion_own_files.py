"""Files of a newcomer's own that are not as the suite would have them: left out by name, lists of places, contacts that are none."""

import pytest
import yaml
from ingestion_files import book, checked

from scrm_helpers import ingestion, periods
from scrm_helpers.goals.refused import refused
from scrm_helpers.ingestion.check import report
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace

SHOP = "Sipariş No;Sipariş Tarihi;Müşteri Kodu;Tutar\n1;15.09.2025;A;120,00\n"
UNREADABLE = {
    "notlar.txt": b"Merhaba\n",  # no header
    "yarim.csv": 'Sipariş No;Tutar\n1;"12'.encode(),  # half-written
    "bozuk.xlsx": b"not a workbook",
    "plan.docx": b"no data file at all",
}


# left out ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_left_out_where_sources_yml_says_so(tmp_path, name):
    files = {"satis.csv": SHOP, name: UNREADABLE[name]}
    assert checked(tmp_path, files)[name]["verdict"] == "refused"
    found = checked(tmp_path, {}, sources=f"sources:\n  - {{name: notes, file: {name}, ignore: true}}\n")
    assert (found[name]["verdict"], found[name]["message"]) == ("ignored", f"{name}: left out by sources.yml.")
    workspace = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    assert report(workspace)[1] == ""  # nothing to mend: exit code 0
    store = Store(workspace, "2025-10")
    summary = ingestion.read_all(workspace, store, as_of=periods.as_of("2025-10"))
    assert summary.refused == []
    assert store.frame("files").set_index("source_file")["verdict"].to_dict() == {"satis.csv": "read", name: "ignored"}


ADS = [["Ay", "Harcama", "Adet"], ["Kasım 2025", 12000, 3], ["Aralık 2025", 9000, 4]]


def test_a_refused_sheet_beside_one_that_is_read_is_named_and_left_out_alone(tmp_path):
    rows = [line.split(";") for line in SHOP.replace("120,00", "120").splitlines()]
    found = checked(tmp_path, {"kitap.xlsx": book(*rows, more={"Reklam": ADS})})["kitap.xlsx"]
    assert [p["verdict"] for p in found["parts"]] == ["read", "refused"]
    assert found["message"].endswith("or leave it out with ignore: true and options: {sheet: 'Reklam'}.")
    workspace, store = Workspace("data", tmp_path / "data" / "raw", tmp_path), Store(Workspace("data", tmp_path, tmp_path), "2025-10")
    assert "refused, and in no number: kitap.xlsx (Reklam)." in report(workspace)[1]  # exit code 2
    summary = ingestion.read_all(workspace, store, as_of=periods.as_of("2025-10"))
    said, = refused(store.frame("files"))
    assert (said.file, said.tables, said.beside) == ("kitap.xlsx (Reklam)", (), True)
    told, = summary.refused
    assert told.startswith("kitap.xlsx (Reklam): ") and "check --write drafts the entry where one can be proposed" in told
    sources = "sources:\n  - {name: ads, file: kitap.xlsx, ignore: true, options: {sheet: Reklam}}\n"
    found = checked(tmp_path, {}, sources=sources)["kitap.xlsx"]
    assert [p["verdict"] for p in found["parts"]] == ["read", "ignored"] and found["sums"]["orders"]["rows"] == 1
    assert found["message"].endswith(" kitap.xlsx (Reklam): left out by sources.yml.") and report(workspace)[1] == ""
    summary = ingestion.read_all(workspace, store, as_of=periods.as_of("2025-10"))
    assert summary.refused == refused(store.frame("files")) == []
    found = checked(tmp_path, {}, sources=sources.replace("Reklam", "Sheet"))["kitap.xlsx"]  # what is left is no less refused
    assert (found["verdict"], [p["verdict"] for p in found["parts"]]) == ("refused", ["ignored", "refused"])


def test_no_draft_is_promised_for_a_sheet_that_none_can_be_made_of(tmp_path):
    card = [["Üye", "Ad Soyad", "Telefon"], ["1", "Ayşe Örnek", "05321112233"]]
    entry = {"name": "uyeler", "file": "kitap.xlsx", "table": "accounts", "options": {"sheet": "Sheet"},
             "columns": {"Üye": "account_id", "Ad Soyad": "full_name"}}  # fmt: skip
    sources = yaml.safe_dump({"sources": [entry]}, allow_unicode=True)
    found = checked(tmp_path, {"kitap.xlsx": book(*card, more={"Reklam": ADS})}, sources=sources)["kitap.xlsx"]
    by_hand = "No entry can be proposed for it: write one by hand (docs/sources.md), or leave it out with ignore: true and options"
    assert by_hand in found["message"]
    text, _ = report(Workspace("data", tmp_path / "data" / "raw", tmp_path), write=True)
    assert " ".join(text.split()).count(by_hand) == 1 and text.endswith("was left as it is: there is no entry to add.")
