"""Monthly use: restated figures, changed headers, late rows, files of one folder, and the first sources.yml of a newcomer."""

import pytest
import yaml
from ingestion_files import checked

from scrm_helpers import ingestion, periods
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace

META = "Campaign name,Campaign ID,Day,Amount spent (TRY),Impressions\n"
SHOP = "Sipariş No;Sipariş Tarihi;Müşteri Kodu;Tutar\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return checked(
        tmp_path_factory.mktemp("monthly"),
        {
            "meta 2026-09-30.csv": META + "A,1,2026-09-01,10.00,100\nA,1,2026-09-02,20.00,100\n",
            # 2 September was restated from 20.00 to 24.50; the column Impressions is gone, Reach is new
            "meta 2026-10-31.csv": META.replace("Impressions", "Reach")
            + "A,1,2026-09-02,24.50,90\nA,1,2026-10-01,5.00,50\n",
        },
    )


def test_a_later_export_wins_and_what_it_changed_is_told(told):
    older, newer = told["meta 2026-09-30.csv"], told["meta 2026-10-31.csv"]
    assert (older["rows_kept"], older["rows_replaced_by_other_files"]) == (2, 1)
    money = [r for r in newer["restated"] if r["column"] == "amount_document"]
    assert [(r["month"], r["earlier_file"], r["rows"], r["before"], r["after"]) for r in money] == [
        ("2026-09", "meta 2026-09-30.csv", 1, 20.0, 24.5)
    ]


def test_a_header_that_changed_since_the_last_export_is_told(told):
    message = told["meta 2026-10-31.csv"]["message"]
    assert (
        "differs from meta 2026-09-30.csv" in message and "gone: 'Impressions'" in message and "new: 'Reach'" in message
    )
    assert "differs" not in told["meta 2026-09-30.csv"]["message"]


def test_late_rows_and_restated_ones_are_in_the_summary_of_a_run_and_raw_files_stay(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    first = raw / "orders 2026-09.csv"
    first.write_text(SHOP + "1;15.09.2026;A;120,00\n", encoding="utf-8")
    workspace = Workspace("", raw, tmp_path)

    def run(period):
        return ingestion.read_all(workspace, Store(workspace, period), as_of=periods.as_of(period))

    assert run("2026-09").late.empty  # there was no month before
    second = raw / "orders 2026-10.csv"
    second.write_text(SHOP + "1;15.09.2026;A;60,00\n2;20.09.2026;B;12,00\n3;16.10.2026;B;24,00\n", encoding="utf-8")
    before = {p.name: p.read_bytes() for p in raw.iterdir()}
    summary = run("2026-10")
    assert {p.name: p.read_bytes() for p in raw.iterdir()} == before
    # orders 1 (restated) and 2 (late) lie in September, but only this month's file has them
    assert summary.late.values.tolist() == [["orders", "orders", "2026-09", 2]]
    # 120 / 1.2 = 100 before, 60 / 1.2 = 50 now
    assert summary.restated[["month", "column", "rows", "before", "after"]].values.tolist() == [
        ["2026-09", "net", 1, 100.0, 50.0]
    ]


def test_contacts_get_a_draft_of_their_own_with_the_system_of_the_orders(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "sales.csv").write_text(
        "Belge;Gün;Cari Kodu;Ciro\n1;15.09.2026;C1;120,00\n2;16.09.2026;C2;60,00\n", encoding="utf-8"
    )
    (raw / "people.csv").write_text(
        "Müşteri Kodu;Ad;Soyad;E-posta\nC1;Ayşe;Örnek;a@ornek.com\nC2;Ali;Deneme;b@ornek.com\n", encoding="utf-8"
    )
    workspace = Workspace("", raw, tmp_path)
    drafted = ingestion.check(workspace).draft
    entries = {e["name"]: e for e in yaml.safe_load(drafted)["sources"]}
    assert entries["contacts"]["columns"] == {
        "Müşteri Kodu": "account_id",
        "Ad": "first_name",
        "Soyad": "last_name",
        "E-posta": "email",
    }
    assert entries["contacts"]["options"]["system"] == entries["sales"]["options"]["system"]
    (raw / "sources.yml").write_text(drafted, encoding="utf-8")
    store = Store(workspace, "2026-09")
    ingestion.read_all(workspace, store, as_of=periods.as_of("2026-09"))
    accounts, orders = store.read("accounts", private=True).to_pandas(), store.frame("orders")
    assert set(orders["account_id"]) == set(accounts.loc[accounts["email"].notna(), "account_id"])  # they join
