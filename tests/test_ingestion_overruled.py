"""What sources.yml says of a file that a known form reads overrules the form, or the file's line says that it was of no use."""

import pytest
from ingestion_files import book, checked
from test_ingestion import put, raw, run  # noqa: F401

from scrm_helpers.ingestion import InputError
from scrm_helpers.ingestion.recipe import load_recipes

# ruff: noqa: F811 (a fixture that is imported is named again by each test)

SHEET = "Sipariş No;Sipariş Tarihi;Müşteri Kodu;Tutar\n1;2025-09-01;K1;121,20\n2;2025-09-02;K2;-12,12\n"
NETSIS = "CARI_KOD;CARI_ISIM;FISNO;TARIH;BORC;ALACAK\n120 01;Ada Ltd;F1;05.09.2025;121,20;\n"
INVOICES = "Number,Invoice Date,Partner,Untaxed Amount Signed,Total Signed,Status\nINV/1,2025-09-01,Ada Ltd,100.00,120.00,posted\n"
ADS = "Gün,Kampanya,Maliyet,Gösterimler,Tıklamalar\n2025-09-01,Güz,10.00,1000,20\n"


def told(raw, options, file="s.csv", more=""):
    company = "company: {currency: TRY, vat_rate: 0.20}\nsources:\n"
    put(raw, "sources.yml", f"{company}  - {{name: own, file: {file}, options: {options}{more}}}\n")


def nets(raw, options, text=SHEET):
    """Net amounts of the orders, and the sentence of the file."""
    put(raw, "s.csv", text)
    told(raw, options)
    store, summary = run()
    return [float(v) for v in store.frame("orders").sort_values("ordered_on")["net"]], str(summary.files["message"][0])


@pytest.mark.parametrize(
    ("options", "net"),
    [
        ("{decimal: comma}", [101.0, -10.1]),  # 121.20 / 1.20: the form's own, at the company's rate
        ("{vat: excluded}", [121.2, -12.12]),
        ("{vat: 1}", [120.0, -12.0]),  # 121.20 / 1.01
        ("{vat: {map: {column: Sipariş No, values: {1: 1}}}}", [120.0, -10.1]),  # the second at the company's rate
        ("{vat: excluded, currency: EUR, rate: 50}", [6060.0, -606.0]),  # 121.20 x 50
    ],
)
def test_what_is_said_of_money_overrules_the_form(raw, options, net):
    found, message = nets(raw, options)
    assert found == net
    # the form's own sentence about VAT stands where nothing is said of it, and only there
    assert ("VAT is not named in this file" in message) == ("vat" not in options) and "not used" not in message


def test_lines_of_an_erp_take_the_word_too(raw):
    assert nets(raw, "{vat: excluded}", NETSIS)[0] == [121.2]
    found, message = nets(raw, "{system: netsis}", NETSIS)
    assert found == [101.0] and "Say vat: excluded in sources.yml" in message and "credits (ALACAK) are payments" in message


def test_a_word_that_the_form_has_no_use_for_is_told_with_what_to_do(raw):
    """Odoo's amounts are without VAT and say their VAT: nothing may be taken from them once more."""
    found, message = nets(raw, "{vat: included, year: 2025}", INVOICES)
    assert found == [100.0]
    assert "sources.yml, own: options.vat, options.year not used, because the file is read in the known form odoo" in message
    assert "say table and columns of the file" in message
    assert "not used" not in nets(raw, "{vat: excluded}", INVOICES)[1]  # which the form says as well
    assert "own: options.rows not used" in nets(raw, "{rows: orders}", NETSIS)[1]  # a document of an ERP may stand on several rows
    assert "not used" not in nets(raw, "{rows: lines}", NETSIS)[1]


@pytest.mark.parametrize("word", ["columns: {Tutar: net}", "derive: {kind: {constant: sale}}", "where: {column: Tutar, above: 0}"])
def test_words_of_a_mapping_without_a_table_are_told(raw, word):
    put(raw, "s.csv", SHEET)
    told(raw, "{vat: 0}", more=f", {word}")
    assert f"own: {word.split(':')[0]} not used" in run()[1].files["message"][0]


def test_a_word_that_another_sheet_takes_is_not_told_as_of_no_use(tmp_path):
    """Netsis cards say no amount: the word is for the movements beside them."""
    sheets = {"Cari": [["CARI_KOD", "CARI_ISIM"], ["120 01", "Ada Ltd"]]}
    moves = [["CARI_KOD", "CARI_ISIM", "FISNO", "TARIH", "BORC", "ALACAK"], ["120 01", "Ada Ltd", "F1", "2025-09-05", 121.2, None]]
    mapping = "company: {language: en}\nsources:\n  - {name: own, file: n.xlsx, options: {vat: excluded, year: 2025}}\n"
    found = checked(tmp_path, {"n.xlsx": book(*moves, more=sheets)}, sources=mapping)["n.xlsx"]
    assert found["recipe"] == "netsis_movements + netsis_cards" and found["sums"]["orders"]["completed"]["net"] == 121.2
    assert "options.year not used" in found["message"] and "options.vat" not in found["message"]


def test_it_is_told_in_turkish(tmp_path):
    mapping = "company: {language: tr}\nsources:\n  - {name: own, file: s.csv, options: {vat: 0, year: 2025}}\n"
    found = checked(tmp_path, {"s.csv": SHEET}, sources=mapping)["s.csv"]
    assert "options.year kullanılmadı, çünkü dosya bunu kendi belirleyen, tanınan orders_sheet biçiminde" in found["message"]
    assert found["verdict"] == "read"


@pytest.mark.parametrize("options", ["{vat: yes}", "{rate: 0}", "{rows: line}"])
def test_a_word_that_is_not_understood_refuses_the_file(tmp_path, options):
    found = checked(tmp_path, {"s.csv": SHEET}, sources=f"sources:\n  - {{name: own, file: s.csv, options: {options}}}\n")["s.csv"]
    assert found["verdict"] == "refused" and f"own, options, {options[1:].split(':')[0]}" in found["message"]


def test_the_currency_of_an_advertising_report_is_taken_and_no_longer_asked_for(raw):
    put(raw, "s.csv", SHEET)
    put(raw, "ads.csv", ADS)
    put(raw, "kur.csv", "Tarih,Tür,Değer\n01.09.2025,eur_try,50\n")
    asked = "say currency in sources.yml"
    store, summary = run()
    files = summary.files.set_index("source_file")
    assert store.frame("spend")["amount"].tolist() == [10] and asked in files.loc["ads.csv", "message"]
    told(raw, "{currency: EUR}", file="ads.csv")
    store, summary = run()
    files = summary.files.set_index("source_file")
    assert store.frame("spend")["amount"].tolist() == [500] and asked not in str(files.loc["ads.csv", "message"])  # 10 x 50


def test_months_side_by_side_of_a_sheet_of_costs(raw):
    put(raw, "s.csv", SHEET)
    put(raw, "gider.csv", "Amaç;Tür;Kanal;Ağustos;Eylül\nEdinme;Araç;Instagram;100;250\n")
    told(raw, "{months: columns, year: 2025}", file="gider.csv")
    store, summary = run()
    found = store.frame("costs").sort_values("month")
    assert found["month"].tolist() == ["2025-08", "2025-09"] and found["amount"].tolist() == [100, 250]
    assert set(summary.files["recipe"]) == {"cost_sheet", "orders_sheet"}
    assert "not used" not in str(list(summary.files["message"]))


def test_an_entry_is_for_the_only_sheet_whatever_it_is_called_and_for_no_sheet_that_is_not_there(raw):
    rows = [["Sipariş No", "Sipariş Tarihi", "Tutar"], ["1", "2025-09-01", 121.2]]
    put(raw, "s.xlsx", book(*rows))
    told(raw, "{vat: 0, sheet: Satış}", file="s.xlsx")
    assert run()[0].frame("orders")["net"].tolist() == [121.2]  # it was left out without a word, and 101 was read
    put(raw, "s.xlsx", book(*rows, more={"Satış": [rows[0], ["2", "2025-09-01", 10]], "Not": [["Konu", "Metin"], ["a", "b"]]}))
    told(raw, "{vat: 0, sheet: Satış}", file="s.xlsx")
    assert sorted(map(float, run()[0].frame("orders")["net"])) == [10.0, 101.0]  # the other sheet is the form's own
    told(raw, "{vat: 0, sheet: Satis}", file="s.xlsx")
    with pytest.raises(InputError, match="own, options, sheet: came 'Satis', expected the name of a sheet: 'Sheet', 'Satış', 'Not'"):
        run()


def test_no_form_says_that_an_amount_without_vat_may_be_said_otherwise():
    """A sentence that offers `vat: excluded` is only said by forms whose amounts take it."""
    offering = [r for r in load_recipes().values() if r.vat_notice]
    assert {r.name for r in offering} >= {"orders_sheet", "netsis_movements"}
    assert all(any(f.vat != "excluded" for f in r.made() if f.table == "orders") for r in offering)
