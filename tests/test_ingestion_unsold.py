"""What is no sale, or is one unseen: cancelled and returned orders, sales that look like contacts, words for where it was sold."""

import re

import pytest
import yaml
from ingestion_files import book, checked

from scrm_helpers import periods
from scrm_helpers.ingestion import check, read_all
from scrm_helpers.ingestion.check import report
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.newest import newest_month
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


@pytest.mark.parametrize(
    ("head", "named"), [("İade Tutarı", True), ("Refunded Amount", True), ("İade Edilen Tutar", True), ("İade Notu", False)]
)
def test_what_was_given_back_of_an_amount_is_named_where_nothing_reads_it(tmp_path, head, named):
    found = checked(tmp_path, {"satis.csv": HEAD.format(f"Durum;{head}") + ROWS.format(*["Tamamlandı;12,00"] * 3)})["satis.csv"]
    assert (found["recipe"], found["unused"]) == ("orders_sheet", [head] if named else [])


# what one piece costs, and who bought it --------------------------------------------------------------------------------

TILL = (
    "Ürün;{};{};Tarih;Saat;Fiş\nKalem;2;10,50;13.09.2026;10:00;F1\nDefter;1;20,00;13.09.2026;10:00;F1\n"
    "Silgi;3;5,25;14.09.2026;11:00;F2\n"
)


def drafts(tmp_path, **files: str) -> tuple[list[dict], str, dict]:
    """Entries of the draft, its text, and what `check` says of each file once it stands beside them."""
    checked(tmp_path, {f"{name}.csv": content for name, content in files.items()})
    workspace = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    report(workspace, write=True, language="en")
    text = (workspace.raw / "sources.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["sources"], text, {f["file"]: f for f in check(workspace).files}


@pytest.mark.parametrize(("many", "price"), [
    ("Adet", "Fiyat"), ("Miktar", "Birim Fiyat (KDV Dahil)"), ("Qty", "Price"), ("Quantity", "Unit Price"),
])  # fmt: skip
def test_a_price_beside_a_number_of_pieces_is_multiplied_by_it(tmp_path, many, price):
    entries, text, found = drafts(tmp_path, kasa=TILL.format(many, price))
    assert entries[0]["derive"]["net"] == {"product": [many, price]} and "net" not in entries[0]["columns"].values()
    # with 20% VAT: F1 2 x 10.50 + 20.00, F2 3 x 5.25
    assert orders(found["kasa.csv"]) == {"sale, completed": (2, 47.2917)} and "# not used: Ürün, Saat\n" in text


@pytest.mark.parametrize(("many", "price", "net"), [
    ("Adet", "Tutar", "Tutar"), ("Raf", "Fiyat", "Fiyat"), ("Raf", "Birim Fiyat", ""), ("Adet", "Toplam Fiyat", "Toplam Fiyat"),
    ("Qty", "Total Price", "Total Price"),
])  # fmt: skip
def test_an_amount_of_the_row_is_not_multiplied_and_a_price_of_one_alone_is_asked_about(tmp_path, many, price, net):
    entries, text, _ = drafts(tmp_path, kasa=TILL.format(many, price))
    assert [h for h, of in entries[0]["columns"].items() if of == "net"] == ([net] if net else []) and "derive" not in entries[0]
    assert ('# "?": net' in text) is (not net)


@pytest.mark.parametrize(("pieces", "sign"), [(("2", "-1", "1"), 1), (("2", "1", "1"), -1)])
def test_what_comes_back_is_below_zero_whichever_of_both_says_so(tmp_path, pieces, sign):
    head, rows = "No;Tarih;Telefon;Tip;Adet;Fiyat\n", zip("123", ("Satış", "İade", "Satış"), pieces, strict=True)
    content = head + "".join(f"F{n};13.09.2026;053211122{n}{n};{kind};{many};12,00\n" for n, kind, many in rows)
    entries, _, found = drafts(tmp_path, kasa=content)
    assert orders(found["kasa.csv"]) == {"sale, completed": (2, 30.0), "return, completed": (1, -10.0)}
    assert ("when" in entries[0]["derive"]["net"]) is (sign == -1)


@pytest.mark.parametrize("head", ["Cep", "Mobile", "Cari Ünvan", "Tel No"])
def test_who_bought_is_known_by_a_mobile_number_or_a_name(tmp_path, head):
    entries, text, _ = drafts(tmp_path, satis=f"Evrak Nr;İşlem Günü;{head};Ciro\nF1;13.09.2026;05321112233;12,00\n")
    assert entries[0]["columns"] == {"Evrak Nr": "order_id", "İşlem Günü": "ordered_at", head: "account_id", "Ciro": "net"}
    assert '"?"' not in text


@pytest.mark.parametrize(("head", "cell", "asks"), [(";Kod", ";K1", True), ("", "", False)])
def test_sales_of_nobody_say_what_they_lack(tmp_path, head, cell, asks):
    _, text, _ = drafts(tmp_path, kasa=f"Fiş No;Tarih;Net Satış{head}\nF1;13.09.2026;12,00{cell}\n")
    assert ('# "?": account_id  # nothing was found for: customer.' in text) is asks
    assert "Sales without a customer count in revenue and in no figure about people" in text


MONTHS = {"Sheet": 9, "Ekim": 10, "Kasım": 11}  # each with twelve sales of 100 to 111, numbered from 1 on in each sheet


def test_sheets_of_months_with_a_name_and_an_amount_said_by_its_vat_alone_are_sales_and_lose_no_row(tmp_path):
    sheets = {
        name: [["Satışlar", "", "", "", "Tutar", ""], ["No", "Tarih", "Ad Soyad", "Telefon", "KDV Hariç", "KDV Dahil"]]
        + [[k + 1, f"{k + 13}.{month:02}.2026", f"Ayşe {k}", f"0532111{k:04}", 100 + k, 1.2 * (100 + k)] for k in range(12)]
        for name, month in MONTHS.items()
    }
    checked(tmp_path, {"satis.xlsx": book(*sheets.pop("Sheet"), more=sheets)})
    workspace = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    report(workspace, write=True)
    drafted = yaml.safe_load((workspace.raw / "sources.yml").read_text(encoding="utf-8"))["sources"]
    sales = [e for e in drafted if e["table"] == "orders"]
    assert [e["options"]["sheet"] for e in sales] == [*MONTHS]
    assert all(e["columns"]["KDV Hariç"] == "net" and e["options"]["vat"] == "excluded" for e in sales)
    found = check(workspace).files[0]
    assert (found["rows_kept"], found["rows_replaced"]) == (36, 0)  # No. 1 of a month is not No. 1 of the next
    assert orders(found) == {"sale, completed": (36, 3 * (1200 + 66.0))}


@pytest.mark.parametrize(("head", "lacks"), [
    ("Alım Günü;Ödenen TL", ["ordered_at", "net"]), ("Alım Günü;Tutar", ["ordered_at"]), ("Tarih;Ödenen (TL)", ["net"]),
    ("Kayıt Tarihi;Ödenen TL", []), ("Tarih;Bakiye TL", []), ("Son Alım Tarihi;Ödenen TL", []),
])  # fmt: skip
def test_a_day_and_money_make_a_file_sales_whose_unknown_words_are_asked_for(tmp_path, head, lacks):
    entries, text, _ = drafts(tmp_path, satis=f"Ad Soyad;Cep;{head}\nAyşe Örnek;05321112233;13.09.2026;12,50\n")
    assert [e["table"] for e in entries] == (["orders", "accounts"] if lacks else ["accounts"])
    assert re.findall(r'# "\?": (\w+)', text) == lacks
    assert not lacks or {e["options"]["system"] for e in entries} == {"own"}


def test_where_no_order_is_readable_the_files_read_as_something_else_are_named(tmp_path):
    card = "Cari Kod;Cari Unvan;Telefon\nC1;Ayşe Örnek;05321112233\n"
    checked(tmp_path, {"kart.csv": card, "bos.csv": "", "satis.csv": HEAD.format("Durum") + "A1;;M1;120,00;\n"})
    with pytest.raises(InputError) as told:
        newest_month(Workspace("data", tmp_path / "data" / "raw", tmp_path))
    assert "- kart.csv: read as accounts, not as orders. If it holds sales, map them" in str(told.value)
    assert "bos.csv: came empty" in str(told.value) and "satis.csv: read as" not in str(told.value)


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
