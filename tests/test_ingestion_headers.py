"""What a header says of its column: VAT in the amounts or not, sales in a retailer's own words, a header of two rows."""

import io

import openpyxl
import pytest
import yaml
from ingestion_files import checked
from test_ingestion_drafts import drafted, placed, written

from scrm_helpers import ingestion
from scrm_helpers.ingestion import taxed
from scrm_helpers.ingestion.blocks import Known, blocks
from scrm_helpers.ingestion.check import report
from scrm_helpers.ingestion.expressions import Col, FirstOf
from scrm_helpers.ingestion.recipe import Feed

HEAD = "Fiş No;Fiş Tarihi;Cari Kodu;Cari Adı;Cep Tel;E-Posta;{};Kanal\n"
ROWS = (
    "F1;13.10.2026;C1;Ayşe Örnek;0532 111 22 33;ayse@x.com;120,00;Mağaza\n"
    "F2;14.10.2026;C2;Ali Deneme;0533 111 22 33;ali@y.com;60,00;Web\n"
    "F3;15.10.2026;C2;Ali Deneme;0533 111 22 33;ali@y.com;36,00;Fuar\n"
)


# 1. VAT -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "meant"), [
    ("Tutar (KDV Hariç)", "excluded"), ("KDV Hariç Tutar", "excluded"), ("KDVsiz Tutar", "excluded"), ("Amount (excl. VAT)", "excluded"),
    ("Total ex VAT", "excluded"), ("Price before tax", "excluded"), ("Vergiler Hariç Toplam", "excluded"),
    ("Tutar (KDV Dahil)", "included"), ("KDV'li Tutar", "included"), ("K.D.V. Dahil Tutar", "included"), ("Total incl. tax", "included"),
    ("VAT-inclusive total", "included"), ("KDV Tutarı", ""), ("Total Tax Amount", ""), ("Kargo Dahil Tutar", ""), ("Tutar", ""),
    ("Net Tutar", ""),
    ("Tutar (KDV dahil değil)", "excluded"), ("KDV Dahil Değildir", "excluded"), ("KDV Dahil Olmayan Tutar", "excluded"),
    ("Amount (VAT not included)", "excluded"), ("Amount not including VAT", "excluded"), ("Total (not incl. tax)", "excluded"),
    ("KDV Hariç Değil", ""), ("Amount not excluding VAT", ""), ("KDV Hariç (KDV Dahil)", ""),  # said of neither, or of both
])  # fmt: skip
def test_a_header_says_of_a_tax_by_name_whether_it_is_in_the_amounts(header, meant):
    assert taxed.outright(header) == meant


# of 120 + 60 + 36 = 216 with VAT of 20 per cent in it: 216 / 1.2 = 180
@pytest.mark.parametrize(("header", "vat", "net", "note"), [
    ("Tutar (KDV Hariç)", "excluded", 216.0, "the headers say that VAT is not in the amounts"),
    ("KDV Hariç Tutar", "excluded", 216.0, "the headers say that VAT is not in the amounts"),
    ("Net Tutar", "excluded", 216.0, "Net Tutar is taken as without VAT; where it is in them, write vat: included"),
    ("Net Satış", "excluded", 216.0, "Net Satış is taken as without VAT"),
    ("KDV Dahil Tutar", "included", 180.0, "the headers say that VAT is in the amounts"),
    ("KDV Hariç Ciro", "excluded", 216.0, "the headers say that VAT is not in the amounts"),
    ("KDV'li Tutar", "included", 180.0, "the headers say that VAT is in the amounts"),
    ("Brüt Tutar", "included", 180.0, "Brüt Tutar is taken as with VAT; where it is without, write vat: excluded"),
    ("Ödenen Net Tutar", "included", 180.0, "is VAT in the amounts? No header says so"),
    ("Tutar (KDV dahil değil)", "excluded", 216.0, "the headers say that VAT is not in the amounts"),
    ("Ciro", "included", 180.0, "is VAT in the amounts? No header says so: taken as included; where it is not, write vat: excluded"),
])  # fmt: skip
def test_a_draft_takes_vat_as_the_header_says_it_and_asks_where_it_does_not(tmp_path, header, vat, net, note):
    workspace = placed(tmp_path, fis=HEAD.format(header) + ROWS)
    entries, text = drafted(workspace)
    assert entries["sales"]["columns"][header] == "net" and entries["sales"]["options"]["vat"] == vat and note in text
    assert written(workspace)["fis.csv"]["sums"]["orders"]["net"] == net


def test_of_an_amount_with_vat_and_one_without_the_one_without_is_taken_for_each_row_has_its_own_rate(tmp_path):
    both = "KDV Dahil Tutar;KDV Hariç Tutar"
    rows = "F1;13.10.2026;C1;Ayşe;0532 111 22 33;a@x.com;110,00;100,00;Web\n"
    entries, _ = drafted(placed(tmp_path / "both", fis=HEAD.format(both) + rows))
    assert entries["sales"]["columns"]["KDV Hariç Tutar"] == "net" and entries["sales"]["options"]["vat"] == "excluded"
    entries, _ = drafted(placed(tmp_path / "beside", fis=HEAD.format("Tutar;KDV Dahil Tutar") + rows))
    assert entries["sales"]["columns"]["Tutar"] == "net" and entries["sales"]["options"]["vat"] == "excluded"


COSTS = "Ay;Amaç;Tür;Kanal;{}\n2026-10;Kazan;Medya;Instagram;1.200,00\n"
ORDERS = "Sipariş No;Sipariş Tarihi;Müşteri No;Tutar{}\nS1;13.10.2026;M1;1.200,00{}\n"


@pytest.mark.parametrize(("header", "amount"), [
    ("Tutar", 1200.0), ("Tutar (TL)", 1200.0), ("Tutar (KDV Hariç)", 1200.0),
    ("Tutar (KDV Dahil)", 1000.0),  # 1200 / 1.2
])  # fmt: skip
def test_a_known_form_takes_vat_out_of_a_cost_whose_header_says_that_it_is_in(tmp_path, header, amount):
    found = checked(tmp_path, {"gider.csv": COSTS.format(header)})["gider.csv"]
    assert found["recipe"] == "cost_sheet" and found["sums"]["costs"]["amount"] == amount
    assert ("VAT is in the amounts of the column 'Tutar (KDV Dahil)'" in found["message"]) == (amount == 1000)


def test_a_drafted_cost_has_its_vat_taken_out_where_its_header_says_that_it_is_in(tmp_path):
    sheet = "Ay;Amaç;Açıklama;Kanal;KDV Dahil Tutar\n2026-10;Kazan;Medya;Instagram;1.200,00\n2026-09;Kazan;Araç;Instagram;600,00\n"
    workspace = placed(tmp_path, gider=sheet)
    entries, text = drafted(workspace)
    assert entries["costs"]["options"]["vat"] == "included" and "the headers say that VAT is in the amounts" in text
    # a gross wage is no amount with VAT
    plain, _ = drafted(placed(tmp_path / "plain", gider=sheet.replace("KDV Dahil Tutar", "Tutar (Brüt)")))
    assert plain["costs"]["columns"]["Tutar (Brüt)"] == "amount" and "vat" not in plain["costs"].get("options", {})


def test_an_amount_made_of_columns_that_say_different_things_is_left_to_the_form():
    feed = Feed("orders", {"net": FirstOf(Col("Tutar (*)"), Col("Toplam (*)"))})
    assert taxed.told(["Tutar (KDV Dahil)", "Toplam (KDV Dahil)"], feed)[1] == "included"
    for other in ("Toplam (TL)", "Toplam (KDV Hariç)"):
        assert taxed.told(["Tutar (KDV Dahil)", other], feed) == ("", "")


def test_sources_yml_is_heard_before_the_header_of_a_known_form(tmp_path):
    said = "sources: [{name: g, file: gider.csv, options: {vat: excluded}}]\n"
    found = checked(tmp_path, {"gider.csv": COSTS.format("Tutar (KDV Dahil)")}, sources=said)["gider.csv"]
    assert found["sums"]["costs"]["amount"] == 1200 and found["message"] == ""


@pytest.mark.parametrize(("more", "cell", "net", "said"), [
    ("", "", 1000.0, "VAT is not named in this file"),
    (";KDV Dahil Tutar", ";1.440,00", 1200.0, "VAT is not in the amounts of the column 'Tutar'"),
    (";KDV Hariç Tutar", ";1.000,00", 1000.0, "VAT is in the amounts of the column 'Tutar'"),
])
def test_an_amount_beside_the_same_with_vat_is_without_in_a_sheet_of_orders_too(tmp_path, more, cell, net, said):
    found = checked(tmp_path, {"siparis.csv": ORDERS.format(more, cell)})["siparis.csv"]
    assert found["recipe"] == "orders_sheet" and found["sums"]["orders"]["net"] == net and said in found["message"]
    assert ("VAT is not named" in found["message"]) == (more == "")
    if "not in" in said:
        overruled = "sources: [{name: s, file: siparis.csv, options: {vat: included}}]\n"
        found = checked(tmp_path, {"siparis.csv": ORDERS.format(more, cell)}, sources=overruled)["siparis.csv"]
        assert found["sums"]["orders"]["net"] == 1000 and found["message"] == ""


# 2. sales in a retailer's own words ---------------------------------------------------------------------------------


def test_a_draft_of_receipts_loses_neither_the_sale_nor_who_bought_nor_where_it_was_sold(tmp_path):
    workspace = placed(tmp_path, fis=HEAD.format("KDV Dahil Tutar") + ROWS)
    entries, text = drafted(workspace)
    assert list(entries) == ["sales", "contacts"] and "not used" not in text
    assert entries["contacts"]["columns"] == {
        "Cari Kodu": "account_id", "E-Posta": "email", "Cep Tel": "phone", "Cari Adı": "full_name",
    }  # fmt: skip
    found = written(workspace)["fis.csv"]
    # "Fuar" is no known word and counts as another channel
    assert found["sums"]["orders"]["rows_by_channel"] == {"store": 1, "shop": 1, "other": 1}
    assert found["sums"]["accounts"]["rows"] == 2 and found["distinct"]["orders"]["account_id"] == 2


def test_channels_of_which_no_word_is_known_are_left_unused(tmp_path):
    entries, text = drafted(placed(tmp_path, fis=HEAD.format("Tutar") + ROWS.replace("Mağaza", "Kuzey").replace("Web", "Güney")))
    assert "channel" not in entries["sales"].get("derive", {}) and "# not used: Kanal\n" in text


@pytest.mark.parametrize("header", ["Hasılat", "KDV Tutarı"])
def test_sales_whose_amount_is_in_no_known_word_are_drafted_with_the_amount_to_fill_in(tmp_path, header):
    workspace = placed(tmp_path, fis=HEAD.format(header) + ROWS)
    entries, text = drafted(workspace)
    assert list(entries) == ["sales", "contacts"] and '# "?": net' in text and "has no column 'amount'" in text
    assert entries["sales"]["options"]["system"] == entries["contacts"]["options"]["system"] == "own"
    found = written(workspace)["fis.csv"]
    assert found["verdict"] == "refused" and "net" in found["message"]
    sources = workspace.raw / "sources.yml"
    sources.write_text(sources.read_text(encoding="utf-8").replace('# "?": net', f'"{header}": net'), encoding="utf-8")
    found = next(iter(ingestion.check(workspace).files))
    assert found["sums"]["orders"]["net"] == 180 and found["sums"]["accounts"]["rows"] == 2


@pytest.mark.parametrize(("other", "amount"), [
    ("Toplam KDV", "Ödenen Tutar"), ("Toplam İndirim", "Sepet Tutarı"), ("Toplam Adet", "Ödenen Tutar"), ("Total Tax", "Order Amount"),
    ("Total Quantity", "Invoice Amount"), ("Net Satış Adedi", "Net Satış Tutarı"), ("Toplam KDV", "Toplam (Kargo Dahil)"),
    ("Total Discount", "Total after discount"), ("Toplam İndirim", "Toplam (indirim düşülmüş)"),
])  # fmt: skip
def test_a_total_of_a_tax_a_discount_or_a_count_is_not_taken_for_the_sales(tmp_path, other, amount):
    rows = "Fiş No;Tarih;Müşteri No;{};{}\nF1;13.10.2026;M1;7;120,00\nF2;14.10.2026;M2;8;60,00\n"
    entries, _ = drafted(placed(tmp_path / "both", fis=rows.format(other, amount)))
    assert entries["sales"]["columns"][amount] == "net" and other not in entries["sales"]["columns"]
    entries, text = drafted(placed(tmp_path / "alone", fis=rows.format(other, "Ödenen")))  # no word of an amount: it is asked for
    assert '# "?": net' in text and other not in entries["sales"]["columns"]


@pytest.mark.parametrize("rows", [
    "Fiş No;Tarih;Kargo\nF1;13.10.2026;X\n",  # no number that could be an amount
    "Fiş No;Tarih;Telefon\nF1;13.10.2026;05321112233\n",
    "Fiş No;Tarih;Memnun musunuz? (1-5)\nF1;13.10.2026;4\n",
])
def test_a_number_and_a_day_alone_are_no_sales(tmp_path, rows):
    entries, _ = drafted(placed(tmp_path, dosya=rows))
    assert "sales" not in entries


# 3. a header of two rows ---------------------------------------------------------------------------------------------


TITLES = "Satış dökümü;;;;;;;\nDönem: Ekim 2026;;;;;;;\n;;;;;;;\n"


def merged() -> bytes:
    """The same file as a workbook with merged cells."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["Satış dökümü"])
    sheet.append(["Fiş", None, "Cari", None, None, None, "Tutar", "Kanal"])
    for line in (HEAD.format("Net Tutar") + ROWS).splitlines():
        sheet.append([*line.split(";")[:6], *(float(c.replace(",", ".")) if c[0].isdigit() else c for c in line.split(";")[6:])])
    for cells in ("A2:B2", "C2:F2"):
        sheet.merge_cells(cells)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("content", [f"{TITLES}Fiş;;Cari;;;;Tutar;Kanal\n{HEAD.format('Net Tutar')}{ROWS}", merged()], ids=["csv", "xlsx"])
def test_below_a_header_of_merged_cells_the_row_that_names_every_column_is_the_header(tmp_path, content):
    workspace = placed(tmp_path, fis=content)
    entries, _ = drafted(workspace)
    assert list(entries["sales"]["columns"]) == ["Fiş Tarihi", "Fiş No", "Net Tutar", "Cari Kodu"]
    found = next(iter(written(workspace).values()))
    assert found["rows_read"] == 3 and found["sums"]["orders"]["net"] == 216


DATA = [["F1", "13.10.2026", "C1", "Ayşe", "120,00", "Web"], ["F2", "14.10.2026", "C2", "Ali", "60,00", "Web"]]
KNOWN = Known(["Tutar", "Müşteri", "Belge No"])


@pytest.mark.parametrize(("rows", "header", "row"), [
    # a cell merged downwards names its column from above
    ([["Belge", "", "Müşteri", "", "Tutar", "Kanal"], ["No", "Tarih", "Kod", "Ad", "", ""], *DATA],
     ["No", "Tarih", "Kod", "Ad", "Tutar", "Kanal"], 2),
    # each column has its name already: the words below are a row
    ([["No", "Tarih", "Kod", "Ad", "Tutar", "Kanal"], ["yok", "belirsiz", "C0", "İsim", "hiç", "Mağaza"], *DATA],
     ["No", "Tarih", "Kod", "Ad", "Tutar", "Kanal"], 1),
    # a column without a name, and rows of words
    ([["Ad", "", "Not", "Kent"], ["Ali", "Veli", "iyi", "Van"], ["Can", "Han", "kötü", "Muş"]], ["Ad", "", "Not", "Kent"], 1),
    # a column without a name, and a row in which one number is a word
    ([["Ad", "", "Tutar", "Müşteri"], ["Ali", "Veli", "yok", "Han"], ["Can", "Han", "5", "Cem"]], ["Ad", "", "Tutar", "Müşteri"], 1),
    # months over columns: below them nothing says of which month
    ([["Kalem", "Ocak 2026", "", "Şubat 2026", ""], ["Gider", "Adet", "Bedel", "Sayı", "Ücret"], ["Kira", "1", "2", "3", "4"]],
     ["Kalem", "Ocak 2026", "", "Şubat 2026", ""], 1),
    # two columns without a name, and a first row of words alone: those above are known, and none of these
    ([["Tutar", "", "Müşteri", "", "Belge No"], ["yok", "Veli", "Ali", "Bey", "belirsiz"], ["5", "Han", "Can", "Bey", "12"]],
     ["Tutar", "", "Müşteri", "", "Belge No"], 1),
    # one word of two columns stands twice below: it says nothing without the word above
    ([["Tutar", "", "Müşteri", ""], ["Ocak", "Yıl", "Ocak", "Kod"], ["1", "2", "3", "4"]], ["Tutar", "", "Müşteri", ""], 1),
])  # fmt: skip
def test_which_of_two_rows_is_the_header(rows, header, row):
    found = blocks(rows, KNOWN)
    assert (found[0].header, found[0].header_row) == (header, row)
    assert len(found[0].rows) == len(rows) - row


# 4. one language -----------------------------------------------------------------------------------------------------


def test_a_turkish_draft_is_in_turkish_whatever_check_speaks(tmp_path):
    ads = "Gün;Mecra;Kampanya;Harcanan Tutar\n13.10.2026;Instagram;Bahar;120,50\n14.10.2026;Instagram;Yaz;99,50\n"
    text = ingestion.check(placed(tmp_path, bos="", reklam=ads)).draft  # nothing says a language: check speaks English
    assert "came empty" not in text and "bos.csv: kabul edilmedi; nedeni check çıktısında" in text
    assert "Kampanya = kampanya no; " in text and "# kampanya adı; " in text and "= campaign" not in text and "# campaign" not in text
    assert yaml.safe_load(text)["company"]["language"] == "tr"


def test_a_draft_without_a_guess_points_at_none(tmp_path):
    said, _ = report(placed(tmp_path, gider=COSTS.format("Tutar")), write=True, language="en")
    assert "was written beside the files. It holds no entry: nothing in it is guessed." in said and "''" not in said


def test_sample_speaks_as_the_company_does(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from scrm_helpers.__main__ import main

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    workspace = placed(tmp_path, fis=HEAD.format("Tutar") + ROWS)
    (workspace.raw / "sources.yml").write_text("company: {language: tr}\n", encoding="utf-8")
    mine = tmp_path / "data" / "sample" / "raw"
    mine.mkdir(parents=True)
    (mine / "fis.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["sample"])
    assert done.exit_code == 2 and done.output.startswith("Tamamlanmadı.") and (mine / "fis.csv").exists()
    done = CliRunner().invoke(main, ["sample", "--people", "3"])
    assert done.exit_code == 2 and done.output.startswith("Tamamlanmadı.")
