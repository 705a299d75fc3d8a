"""Files of a newcomer's own that are not as the suite would have them: left out by name, lists of places, contacts that are none."""

import pytest
from ingestion_files import checked

from scrm_helpers import ingestion, periods
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
