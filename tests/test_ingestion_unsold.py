"""What is no sale, or is one unseen: cancelled and returned orders, sales that look like contacts, words for where it was sold."""

import re

import pytest
import yaml
from ingestion_files import checked

from scrm_helpers import periods
from scrm_helpers.ingestion import check, read_all
from scrm_helpers.ingestion.check import report
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace

HEAD = "Sipariş No;Sipariş Tarihi;Müşteri No;Tutar;{}\n"
ROWS = "A1;13.09.2026;M1;120,00;{}\nA2;14.09.2026;M2;60,00;{}\nA3;15.09.2026;M3;240,00;{}\n"
TURKISH = "company: {language: tr}\n"


def orders(found: dict) -> dict[str, tuple[int, float]]:
    """Kind and status -> orders and their net, of what `check` says of a file."""
    return {what: (v["orders"], v["net"]) for what, v in found["sums"]["orders"]["by"].items()}


# cancelled and returned -------------------------------------------------------------------------------------------------

# net of 20% VAT: 100 kept, 50 cancelled, 200 sold and come back
TAKEN_BACK = {"sale, completed": (2, 300.0), "sale, cancelled": (1, 50.0), "return, completed": (1, -200.0)}


@pytest.mark.parametrize(("head", "said"), [
    ("Durum", ("Tamamlandı", "İptal", "İade")), ("Sipariş Durumu", ("Teslim Edildi", "İptal Edildi", "İADE EDİLDİ")),
    ("Statü", ("", "iptal", "iade")), ("Status", ("Completed", "Cancelled", "Refunded")),
    ("Order Status", ("paid", "Canceled", "Returned")),
])  # fmt: skip
def test_a_sheet_of_orders_says_what_was_cancelled_and_what_came_back(tmp_path, head, said):
    found = checked(tmp_path, {"satis.csv": HEAD.format(head) + ROWS.format(*said)})["satis.csv"]
    assert (found["recipe"], found["rows_kept"], found["rows_quarantined"]) == ("orders_sheet", 3, 0)
    assert orders(found) == TAKEN_BACK


def test_what_came_back_is_tied_to_its_sale_on_the_day_it_came(tmp_path):
    rows = "A1;13.08.2026;M1;120,00;İade;02.09.2026\nA2;14.08.2026;M1;120,00;Tamamlandı;\nA3;14.08.2026;M3;240,00;Hazırlanıyor;\n"
    workspace = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    checked(tmp_path, {"satis.csv": HEAD.format("Durum;İade Tarihi") + rows})
    store = Store(workspace, "2026-09")
    read_all(workspace, store, as_of=periods.as_of("2026-09"))
    made = store.frame("orders").sort_values(["order_no", "kind"], ascending=[True, False])
    told = [(str(r.ordered_on)[:10], r.kind, r.status, float(r.net)) for r in made.itertuples()]
    assert told == [
        ("2026-08-13", "sale", "completed", 100.0), ("2026-09-02", "return", "completed", -100.0),
        ("2026-08-14", "sale", "completed", 100.0), ("2026-08-14", "sale", "open", 200.0),
    ]  # fmt: skip
    # by its number: of two sales alike, the later one would be taken for it
    assert made["original_order_id"].tolist()[1] == float(made["order_id"].tolist()[0])


def test_a_word_that_nobody_knows_is_set_aside_and_told(tmp_path):
    found = checked(tmp_path, {"satis.csv": HEAD.format("Durum") + ROWS.format("Tamamlandı", "Kısmi iade", "İptal")})["satis.csv"]
    assert orders(found) == {"sale, completed": (1, 100.0), "sale, cancelled": (1, 200.0)}
    aside, = found["set_aside"]
    assert (aside["column"], aside["reason"], aside["first_rows"], aside["value"]) == ("status", "not_allowed", [3], "Kısmi iade")
    assert aside["expected"] == ["completed", "cancelled", "open"]


def test_beside_rows_that_are_sales_a_row_of_a_return_is_the_return_itself(tmp_path):
    found = checked(tmp_path, {"satis.csv": HEAD.format("Durum") + ROWS.format("Satış", "İade", "Satış")})["satis.csv"]
    assert orders(found) == {"sale, completed": (2, 300.0), "return, completed": (1, -50.0)}
    below = ROWS.format("Tamamlandı", "Tamamlandı", "İade").replace("240", "-240")  # its amount says it already
    found = checked(tmp_path / "below", {"satis.csv": HEAD.format("Durum") + below})["satis.csv"]
    assert orders(found) == {"sale, completed": (2, 150.0), "return, completed": (1, -200.0)}


@pytest.mark.parametrize("last", ["Tamamlandı", "Satış"])
def test_a_large_sheet_whose_last_row_tells_what_its_words_mean_is_read_as_a_short_one(tmp_path, monkeypatch, last):
    rows = "".join(f"A{k};{k % 28 + 1:02}.09.2026;M{k};120,00;{'İade' if k % 10 == 9 else ''}\n" for k in range(200))
    content = HEAD.format("Durum") + rows + f"A200;13.09.2026;M200;120,00;{last}\n"
    short = checked(tmp_path / "short", {"satis.csv": content})["satis.csv"]
    for place, value in {"evidence.LARGE": 30, "evidence.HEAD": 20, "loading.FAST": 100}.items():
        monkeypatch.setattr(f"scrm_helpers.ingestion.{place}", value)
    large = checked(tmp_path / "large", {"satis.csv": content})["satis.csv"]
    # 20 of 201 came back: beside sales they are the returns, else each is a sale as well
    sold = (181, 18_100.0) if last == "Satış" else (201, 20_100.0)
    assert orders(large) == {"sale, completed": sold, "return, completed": (20, -2000.0)}
    assert all(large[said] == short[said] for said in ("sums", "rows_kept", "distinct", "message"))


@pytest.mark.parametrize(("then", "counted"), [
    ("Tamamlandı", {"sale": ("completed", 100.0)}), ("İptal", {"sale": ("cancelled", 100.0)}),
    ("İade", {"sale": ("completed", 100.0), "return": ("completed", -100.0)}),
])  # fmt: skip
def test_a_return_that_a_later_export_takes_back_is_none(tmp_path, then, counted):
    """A1 came back by the export of September; that of October says what became of it. A2 came back and is not told of again."""
    row = "A1;13.09.2026;M1;120,00;{}\n"
    first, second = row.format("İade") + "A2;14.09.2026;M2;60,00;İade\n", row.format(then)
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for name, rows in {"satis_2026-09.csv": first, "satis_2026-10.csv": second}.items():
        (raw / name).write_text(HEAD.format("Durum") + rows, encoding="utf-8")
    workspace = Workspace("data", raw, tmp_path)
    store = Store(workspace, "2026-10")
    read_all(workspace, store, as_of=periods.as_of("2026-10"))
    found = {no: rows.set_index("kind") for no, rows in store.frame("orders").groupby("order_no")}
    assert {kind: (r.status, r.net) for kind, r in found["A1"].iterrows()} == counted
    assert found["A2"].net.to_dict() == {"sale": 50.0, "return": -50.0}


LINES = "sources: [{name: s, file: satis.csv, options: {rows: lines}}]\n"


@pytest.mark.parametrize("size", ["short", "large"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_an_order_of_which_a_line_was_cancelled_the_other_lines_are_sold_whichever_comes_first(tmp_path, monkeypatch, turned, size):
    monkeypatch.setattr("scrm_helpers.ingestion.evidence.LARGE", 2 if size == "large" else 10_000)
    lines = ["A1;13.09.2026;M1;72,00;İptal\n", "A1;13.09.2026;M1;60,00;Tamamlandı\n"][:: -1 if turned else 1]
    whole = "A2;14.09.2026;M2;84,00;İptal\nA2;14.09.2026;M2;36,00;İptal\nA3;15.09.2026;M3;120,00;\nA3;15.09.2026;M3;12,00;\n"
    found = checked(tmp_path, {"satis.csv": HEAD.format("Durum") + "".join(lines) + whole}, sources=LINES)["satis.csv"]
    # 60 of A1, 120 + 12 of A3; 84 + 36 of A2: divided by 1.2
    assert orders(found) == {"sale, completed": (2, 160.0), "sale, cancelled": (1, 100.0)}


def test_a_line_that_was_cancelled_is_no_line_of_what_is_left_of_its_order(tmp_path):
    """Fiche 1: 100 cancelled, 50 sold. Fiche 2: both lines cancelled, which stay with their cancelled order."""
    head, row = "FICHENO;TRCODE;CARI_KOD;DATE_;SATIR_NET;STOK_KODU;MIKTAR;IPTAL\n", "{};8;120 01;05.09.2026;{};S{};1;{}\n"
    rows = [("0001", "100,00", 1, 1), ("0001", "50,00", 2, 0), ("0002", "70,00", 3, 1), ("0002", "30,00", 4, 1)]
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "logo.csv").write_text(head + "".join(row.format(*cells) for cells in rows), encoding="utf-8")
    store = Store(workspace := Workspace("data", raw, tmp_path), "2026-09")
    read_all(workspace, store, as_of=periods.as_of("2026-09"))
    made, lines = store.frame("orders").set_index("order_no"), store.frame("order_lines")
    assert made[["status", "net"]].to_dict("index") == {
        "0001": {"status": "completed", "net": 50.0}, "0002": {"status": "cancelled", "net": 100.0},
    }  # fmt: skip
    assert lines.groupby("order_id").net.apply(sorted).to_dict() == {
        made.order_id["0001"]: [50.0], made.order_id["0002"]: [30.0, 70.0],
    }  # fmt: skip


@pytest.mark.parametrize("said", ["İptal Edildi", "Tedarik Edilemedi", "Teslim Edilemedi"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_marketplaces_line_that_was_not_delivered_takes_no_other_line_of_its_order_with_it(tmp_path, said, turned):
    head = "Barkod;Paket No;Sipariş Tarihi;Sipariş Numarası;Sipariş Statüsü;Adet;Satış Tutarı;Faturalanacak Tutar;KDV Oranı\n"
    row = "B{};P;14.09.2026 10:00;T1;{};1;{};{};20\n"
    rows = [row.format(1, said, "72,00", "72,00"), row.format(2, "Teslim Edildi", "60,00", "60,00")][:: -1 if turned else 1]
    found = checked(tmp_path, {"t.csv": head + "".join(rows)})["t.csv"]
    assert found["recipe"] == "trendyol_orders"
    assert orders(found) == {"sale, completed": (1, 50.0), "sale, cancelled": (1, 60.0)}
    assert found["distinct"]["order_lines"]["order_id"] == 2


def test_a_status_that_no_entry_reads_is_warned_of_with_what_to_write(tmp_path):
    entry = {"name": "kasa", "file": "*.csv", "table": "orders", "options": {"vat": "included"},
             "columns": {"Belge": "order_id", "Gün": "ordered_at", "Ciro": "net"}}  # fmt: skip
    content = "Belge;Gün;Kart;Ciro;Durum\n" + ROWS.format("Tamamlandı", "İptal", "İade")
    found = checked(tmp_path, {"kasa.csv": content}, sources=yaml.safe_dump({"sources": [entry]}))["kasa.csv"]
    assert orders(found) == {"sale, completed": (3, 350.0)}
    said = found["message"]
    assert "the column 'Durum' says 'İade', 'İptal' in 2 row(s), and nothing reads it, so these rows count as sales" in said
    how, where, again = re.search(r"sources\.yml: (.*)\. What came back .* with where: (.*) and below derive: (.*)$", said).groups()
    derive, beside = (yaml.safe_load("{" + told.replace("; ", ", ") + "}") for told in (how, again))
    as_told = [entry | {"derive": derive}, entry | {"name": "back", "where": yaml.safe_load(where), "derive": beside}]
    as_told[1]["columns"] = {"Gün": "ordered_at"}
    found = checked(tmp_path, {}, sources=yaml.safe_dump({"sources": as_told}, allow_unicode=True))["kasa.csv"]
    assert orders(found) == TAKEN_BACK and "count as sales" not in found["message"]


@pytest.mark.parametrize(("recipe", "content"), [
    ("orders_sheet", HEAD.format("Açıklama") + ROWS.format("", "İptal", "İade")),
    ("orders_sheet", HEAD.format("Durum;Teslimat Durumu") + ROWS.format("Tamamlandı;", "Tamamlandı;İptal", "Tamamlandı;İade")),
    ("netsis_movements", "FISNO;TARIH;CARI_KOD;BORC;DURUM\n" + ROWS.format("", "İPTAL", "İade")),
])  # fmt: skip
def test_a_known_form_that_counts_every_row_says_which_of_them_were_taken_back(tmp_path, recipe, content):
    found = checked(tmp_path, {"satis.csv": content}, sources=TURKISH)["satis.csv"]
    assert found["recipe"] == recipe and "yazan 2 satır var" in found["message"] and "satış sayılıyor" in found["message"]
    assert found["unused"] == (["DURUM"] if recipe != "orders_sheet" else [])  # the form of an ERP that has no status


# sales that look like contacts ------------------------------------------------------------------------------------------

INVOICES = "Belge No;Belge Tarihi;{};Telefon;Mail;Tutar;Kanal\nB1;13.09.2026;C1;Ayşe Örnek;05321112233;a@x.com;120,00;Web\n"
NAMED = {"logo_cards": "Cari Kod;Cari Unvan", "netsis_cards": "Cari Kod;Cari İsim", "mikro_cards": "Cari Kod;Cari Unvan1"}


@pytest.mark.parametrize("form", NAMED)
def test_a_file_of_sales_is_no_list_of_contacts_whoever_it_names(tmp_path, form):
    card = f"{NAMED[form]};Telefon\nC1;Ayşe Örnek;05321112233\n"
    files = {"fatura.csv": INVOICES.format(NAMED[form]), "satis.csv": HEAD.format("Durum") + ROWS.format("", "", ""), "kart.csv": card}
    found = checked(tmp_path, files)
    assert (found["fatura.csv"]["verdict"], found["fatura.csv"]["code"]) == ("refused", "unknown")
    assert (found["kart.csv"]["recipe"], found["kart.csv"]["verdict"]) == (form, "read")
    workspace = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    assert "fatura.csv" in report(workspace, write=True)[1]  # not ready, and a draft of its entry is written
    drafted = {f["file"]: f for f in check(workspace).files}["fatura.csv"]
    assert drafted["verdict"] == "read" and orders(drafted) == {"sale, completed": (1, 100.0)}


def test_a_known_form_names_what_looks_like_sales_and_is_not_read(tmp_path):
    card = "Cari Kod;Cari Unvan;Telefon;{}\nC1;Ayşe Örnek;05321112233;{}\n"
    shop = "Customer ID,First Name,Email,Accepts Email Marketing,Total Spent,Total Orders\n1,Ada,a@x.com,yes,120.00,1\n"
    found = checked(tmp_path, {
        "kart.csv": card.format("Tarih;Tutar;Not", "13.09.2026;120,00;x"), "bakiye.csv": card.format("Toplam;Not", "120,00;x"),
        "musteri.csv": shop, "satis.csv": HEAD.format("Durum;Fatura Tarihi;Ödenen Tutar;Renk") + ROWS.format(*[";;1,00;mavi"] * 3),
    })  # fmt: skip
    assert {file: f["verdict"] for file, f in found.items()} == dict.fromkeys(found, "read")
    # an amount alone is a total of the customer's, as systems write beside her every month
    assert {file: f["unused"] for file, f in found.items()} == {
        "kart.csv": ["Tarih", "Tutar"], "bakiye.csv": [], "musteri.csv": [], "satis.csv": ["Fatura Tarihi", "Ödenen Tutar"],
    }  # fmt: skip


# words ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "meant"), [
    ("Mağaza", "store"), ("ŞUBE", "store"), ("Pazaryeri", "marketplace"), ("Bayi", "dealer"), ("Vapur", '"?"'),
])  # fmt: skip
def test_the_example_of_what_a_word_means_is_its_own_meaning(tmp_path, said, meant):
    entry = "sources:\n  - {name: kasa, file: kasa.csv, table: orders, columns: {Belge: order_id, Gün: ordered_at, Ciro: net, "
    entry += "Kanal: channel}, options: {vat: included}}\n"
    content = f"Belge;Gün;Ciro;Kanal\n1;13.09.2026;12,50;{said}\n"
    found = checked(tmp_path, {"kasa.csv": content}, sources=TURKISH + entry)["kasa.csv"]
    assert found["code"] == "not_allowed" and f"values: {{{said}: {meant}}}" in found["message"]
