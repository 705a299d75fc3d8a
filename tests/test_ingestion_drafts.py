"""What a newcomer meets: a file that no recipe knows, the draft made of it, and what is said in the language of the company."""

import pytest
import yaml
from ingestion_files import book

from scrm_helpers import ingestion, periods
from scrm_helpers.ingestion import signs
from scrm_helpers.ingestion.check import report
from scrm_helpers.ingestion.names import fold, nearest
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import load_recipes, near_misses
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace

# titles above the header, a customer written in two ways, a cancelled order
RECEIPTS = (
    "Günlük satış dökümü;;;;;;;\n;;;;;;;\nBelge;Tarih;Saat;Müşteri Adı;E-Posta;Cep Telefonu;Ödenen Tutar;Durum\n"
    "F1;13.10.2026;12:00;Ayşe Örnek;AYSE@x.com;0532 111 22 33;120,50;Teslim edildi\n"
    "F2;14.10.2026;12:10;Ayşe Örnek; ayse@x.com;0532 111 22 33;80,00;İptal\n"
    "F3;15.10.2026;12:20;Ali Deneme;ali@y.com;;60,00;Paketlendi\n"
)
PEOPLE = (
    "Üye No;Ad;Soyad;E-posta;Üyelik Tarihi;Nereden Duydunuz;SMS İzni;KVKK Onayı;Not\n"
    "1;Ayşe;Örnek;AYSE@x.com;15.03.2026;İnstagram;Evet;Evet;aradı\n2;Ayşe;Örnek; ayse@x.com;17.03.2026;ig;Hayır;Evet;\n"
)
NEARLY = "Sipariş No;Sipariş Tarihi;Müşteri;Puan\n1;13.10.2026;M1;120\n2;14.10.2026;M2;80\n"
ADS = "Campaign name;Campaign ID;Amount spent (TRY);Impressions;Link clicks;Results\nGüz;120001;1.250,50;10000;200;12\n"


def placed(tmp_path, **files) -> Workspace:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for name, content in files.items():
        ending = "xlsx" if isinstance(content, bytes) else "csv"
        (raw / f"{name}.{ending}").write_bytes(content if isinstance(content, bytes) else content.encode())
    return Workspace("data", raw, tmp_path)


def drafted(workspace: Workspace) -> tuple[dict[str, dict], str]:
    text = ingestion.check(workspace, language="en").draft
    return {e["name"]: e for e in yaml.safe_load(text)["sources"] or []}, text


def written(workspace: Workspace) -> dict[str, dict]:
    """File -> what `check` says of it once its own draft stands beside it."""
    report(workspace, write=True)
    return {f["file"]: f for f in ingestion.check(workspace).files}


def test_receipts_with_buyers_are_drafted_as_orders_and_accounts_of_one_system(tmp_path):
    workspace = placed(tmp_path, fisler=RECEIPTS)
    entries, text = drafted(workspace)
    sales, contacts = entries["sales"], entries["contacts"]
    assert sales["columns"] == {"Tarih": "ordered_at", "Belge": "order_id", "E-Posta": "account_id", "Ödenen Tutar": "net"}
    assert contacts["file"] == sales["file"] and contacts["options"]["system"] == sales["options"]["system"] == "own"
    assert contacts["columns"] == {"E-Posta": "account_id", "Cep Telefonu": "phone", "Müşteri Adı": "full_name"}
    assert contacts["derive"] == {"email": {"column": "E-Posta"}}
    assert "# not used: Saat\n" in text
    found = written(workspace)["fisler.csv"]
    orders = found["sums"]["orders"]
    # F2 is cancelled; "Paketlendi" is no known word and counts as completed: (120.50 + 60) / 1.2 = 150.4167
    assert orders["rows_by_status"] == {"cancelled": 1, "completed": 2} and orders["completed"]["net"] == 150.4167
    # AYSE@x.com and ayse@x.com are one customer: two accounts, and both orders of Ayşe are of one
    assert found["people"] == {"accounts": 2, "folded": 2} and found["distinct"]["orders"]["account_id"] == 2
    assert found["unused"] == ["Saat"]


def test_contacts_say_where_they_came_from_what_they_agreed_to_and_what_is_not_used(tmp_path):
    workspace = placed(tmp_path, kisiler=PEOPLE)
    entries, text = drafted(workspace)
    assert entries["contacts"]["columns"]["Nereden Duydunuz"] == "source"
    consents = entries["consents"]
    assert consents["columns"] == {"Üye No": "account_id", "Üyelik Tarihi": "at"} and consents["derive"]["channel"] == {"constant": "sms"}
    assert consents["derive"]["status"]["map"]["values"] == {"Evet": "granted", "Hayır": "withdrawn"}
    assert "# not used: KVKK Onayı, Not\n" in text  # having been informed is no consent
    found = written(workspace)["kisiler.csv"]
    assert found["sums"]["consents"]["rows_by_status"] == {"granted": 1, "withdrawn": 1}
    assert found["sums"]["accounts"]["rows_by_source"] == {"instagram": 2}
    said, _ = report(workspace)
    assert found["people"] == {"accounts": 2, "folded": 1}  # two records, one address in two spellings
    assert "2 hesap; aynı e-postanın" in said  # the draft's company is Turkish


def test_consents_without_a_day_are_not_dated_by_guess(tmp_path):
    entries, text = drafted(placed(tmp_path, kisiler="Üye No;Ad Soyad;E-posta;SMS İzni\n1;Ayşe Örnek;a@x.com;Evet\n"))
    assert list(entries) == ["contacts"] and "not used: SMS İzni. A consent needs the day" in text


def test_a_file_that_lacks_a_column_of_a_recipe_says_which_and_gets_a_draft_all_the_same(tmp_path):
    workspace = placed(tmp_path, siparis=NEARLY, reklam=ADS)
    found = {f["file"]: f["message"] for f in ingestion.check(workspace).files}
    assert "is nearly orders_sheet, but lacks the column 'Tutar'" in found["siparis.csv"] and "'Puan'" in found["siparis.csv"]
    assert "nearest" not in found["siparis.csv"].lower()  # no header is like it
    assert "is nearly meta_ads, but lacks the column 'Gün'" in found["reklam.csv"] and "'Results'" in found["reklam.csv"]
    entries, text = drafted(workspace)
    assert entries["sales"]["columns"] == {"Sipariş Tarihi": "ordered_at", "Sipariş No": "order_id", "Müşteri": "account_id"}
    assert '# "?": net  # nothing was found for: amount' in text and "nearly orders_sheet" in text
    spend = entries["spend"]
    assert spend["columns"]["Amount spent (TRY)"] == "amount" and spend["derive"] == {"source": {"constant": "facebook"}}
    assert '# "?": on' in text and "# not used: Results" in text
    (workspace.raw / "sources.yml").write_text(text.replace('# "?": net', '"Puan": net'), encoding="utf-8")
    now = {f["file"]: f for f in ingestion.check(workspace, language="en").files}
    assert now["siparis.csv"]["sums"]["orders"]["rows"] == 2 and "nothing is mapped to on" in now["reklam.csv"]["message"]


def test_a_sheet_of_two_is_named_in_its_entry(tmp_path):
    content = book(
        ["Mağaza satışları"], [], ["Evrak No", "Evrak Tarihi", "Cari Kodu", "Genel Toplam"], ["E1", "2026-10-13", "C1", 240.0],
        more={"Notlar": [["Konu", "Kişi"], ["Kasa bozuk", "Ahmet"]]},
    )  # fmt: skip
    workspace = placed(tmp_path, magaza=content)
    entries, _ = drafted(workspace)
    assert entries["sales"]["options"]["sheet"] == "Sheet" and list(entries) == ["sales"]
    found = written(workspace)["magaza.xlsx"]
    assert found["sums"]["orders"]["net"] == 200.0 and [p["verdict"] for p in found["parts"]] == ["read", "refused"]  # 240 / 1.2


def test_a_file_that_comes_later_is_drafted_in_the_system_and_beside_the_names_that_are_there(tmp_path):
    workspace = placed(tmp_path, fisler=RECEIPTS)
    report(workspace, write=True)
    (workspace.raw / "iade.csv").write_text("Fiş;Gün;Üye No;Ciro\nR1;15.10.2026;1;12,50\n", encoding="utf-8")
    entries, _ = drafted(workspace)
    assert list(entries) == ["sales2"] and entries["sales2"]["options"]["system"] == "own"


def test_a_plain_order_sheet_brings_its_buyers_along(tmp_path):
    workspace = placed(tmp_path, siparis="Sipariş No;Sipariş Tarihi;Müşteri Adı;E-posta;Telefon;Tutar\n"
        "1;13.10.2026;Ayşe Örnek;AYSE@x.com;0532 111 22 33;120,00\n2;14.10.2026;Ayse Ornek; ayse@x.com;;60,00\n"
        "3;15.10.2026;Ali Deneme;;0533 444 55 66;60,00\n")  # fmt: skip
    found = ingestion.check(workspace).files[0]
    # by address AYSE@x.com = ayse@x.com, Ali by his phone
    assert found["recipe"] == "orders_sheet" and found["sums"]["accounts"]["rows"] == 2 == found["distinct"]["orders"]["account_id"]


def test_rows_without_a_number_stay_apart_from_month_to_month_and_count_once_in_a_sheet_that_grows(tmp_path):
    head, first, second = "Tarih;Tutar\n", "13.09.2026;120,00\n", "14.10.2026;60,00\n"
    workspace = placed(tmp_path, kasa_09=head + first, kasa_10=head + second, kasa_son=head + first + "20.10.2026;240,00\n")
    (workspace.raw / "sources.yml").write_text(
        "sources:\n  - {name: kasa, file: 'kasa*.csv', table: orders, columns: {Tarih: ordered_at, Tutar: net}, "
        "derive: {order_id: {row: true}}, options: {vat: included}}\n", encoding="utf-8",
    )  # fmt: skip
    store = Store(workspace, "2026-10")
    ingestion.read_all(workspace, store, as_of=periods.as_of("2026-10"))
    # 120 / 1.2 once though two files have it, 60 / 1.2 and 240 / 1.2
    assert sorted(store.frame("orders")["net"].astype(float)) == [50.0, 100.0, 200.0]


def heads(text: str) -> Part:
    shown = text.split(";")
    return Part("f.csv", "", shown, [fold(h) for h in shown], "t", 1, "d")


def test_a_recipe_is_near_by_its_rare_columns_and_nothing_is_near_where_only_common_ones_meet():
    recipes = load_recipes()
    near = {
        "Sipariş No;Sipariş Tarihi;Müşteri;Bedel": ["orders_sheet"],
        "Campaign name;Amount spent (TRY);Impressions": ["meta_ads"],
        "Record ID;First Name;Last Name;Email;Original Source": ["hubspot_contacts"],
        "Tarih;Saat;Fiş;Kasa;Tutar;Ödeme": [],  # a day and an hour make no list of abandoned calls
        "Tarih;Fiş No;Müşteri;Ciro": [],
        "Colour;Shape": [],
        "Ticket ID;Subject;Status;Source;Resolved time;Survey results": ["freshdesk_tickets"],  # its day alone is rare, and is missing
    }
    assert {h: [r.name for r, _ in near_misses(heads(h), recipes)][:1] for h in near} == near


def test_a_header_is_near_to_another_by_its_word_not_by_its_letters():
    assert nearest("Tutar", ["Müşteri", "Kargo", "Tutarı"]) == ["Tutarı"]


def test_headers_of_order_numbers_and_amounts():
    for head in ("Belge", "Fiş", "Evrak No", "Fatura No", "İrsaliye No", "İrsaliye", "Doc No", "Doc. No.", "Receipt", "Invoice Number"):
        assert signs.places(heads(f"Tarih;{head};Tutar"), signs.SALES)["order_id"] == 1, head
    for head in ("Belge Türü", "Fiş Saati", "Order Channel"):
        assert "order_id" not in signs.places(heads(f"Tarih;{head};Tutar"), signs.SALES), head
    # of several amounts, the one that is no discount and no tax
    assert signs.places(heads("Tarih;İndirim Tutarı;KDV Tutarı;Ödenen Tutar"), signs.SALES)["net"] == 3


def test_a_doubled_order_number_is_named_with_its_rows(tmp_path):
    rows = "".join(f"{k};{13 + k % 10}.10.2026;M{k};{k},00\n" for k in range(1, 31))
    workspace = placed(tmp_path, satis="Fiş No;Tarih;Cari Kodu;Tutar\n" + rows + "7;20.10.2026;M9;12,50\n")
    found = written(workspace)["satis.csv"]  # one of 30 is no file of lines
    # the header is row 1, so number 7 stands in row 8, and again in the last row, 1 + 30 + 1
    assert found["code"] == "repeated_order" and "'7'" in found["message"] and "8, 32" in found["message"]
    said, why_not = report(workspace, language="en")
    assert "refused, and in no number: satis.csv" in why_not
    assert "1 order number(s) stand in several rows that differ; the first is '7' in the rows 8, 32" in " ".join(said.split())


def test_the_commands_speak_the_language_of_the_company_or_the_one_they_are_given(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from scrm_helpers import texts
    from scrm_helpers.__main__ import main

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    workspace = placed(tmp_path, bos="", renk="Colour;Shape\nred;round\n")
    (workspace.raw / "sources.yml").write_text("company: {language: tr}\n", encoding="utf-8")

    def said(*line: str) -> str:
        return " ".join(CliRunner().invoke(main, line).output.split())

    turkish = said("check")
    assert "bos.csv: boş. Başlık ve satırlar beklenir." in turkish and "bilinen hiçbir biçime uymuyor" in turkish
    assert "bos.csv: came empty." in said("check", "--language", "en")
    assert yaml.safe_load(ingestion.check(workspace, language="en").draft)["company"]["language"] == "en"  # as asked
    asked = said("report", "--quiet")  # no order, so no month to report on
    assert asked.startswith("Tamamlanmadı. ham dosya klasörü: okunabilen sipariş yok") and "Bulunanlar: - bos.csv: boş" in asked
    assert texts.spoken() == "en"  # nothing of it stays behind


def test_what_recipes_say_stands_in_the_texts_of_both_languages():
    from scrm_helpers import texts

    said = [text for r in load_recipes().values() for text in (r.notice, *r.lacking.values()) if text]
    assert said and [text for text in said if not texts.has(text)] == []


# a company's own words for kinds and purposes, months by name, no number for its costs; one purpose that nobody can guess
COSTS = (
    "Ay;Gider Türü;Kanal;Amaç;Tutar (TL);Açıklama;Sorumlu\n"
    "Ağustos 2026;Reklam;Google;Yeni müşteri;12.500,00;arama;Ali\nAğustos 2026;Yazılım;Sosyal medya;Destek;2.000,00;panel;Ali\n"
    "Eylül 2026;Reklam;;Bayram;1.000,50;;Ali\n"
)


def test_a_cost_sheet_that_lacks_a_header_is_drafted_column_by_column_as_its_recipe_reads_it(tmp_path):
    workspace = placed(tmp_path, giderler=COSTS)
    text = ingestion.check(workspace, language="en").draft
    entry = yaml.safe_load(text)["sources"][0]
    assert entry["columns"] == {"Ay": "month", "Kanal": "source", "Tutar (TL)": "amount", "Açıklama": "note"}
    derive = entry["derive"]
    assert derive["cost_id"] == {"row": True} and derive["kind"]["map"]["values"] == {"Reklam": "media", "Yazılım": "tools"}
    assert derive["purpose"]["map"]["values"] == {"Bayram": "?", "Destek": "serve", "Yeni müşteri": "acquire"}
    assert derive["contact_channel"]["when"] == {"column": "Amaç", "in": ["Destek"]}
    hints = {line.split(":")[0].strip(): line for line in text.splitlines()}
    assert "write what each word with a ? means, one of: acquire, keep, serve" in hints["purpose"] and "consent" not in text
    assert "each row counts as one" in hints["cost_id"] and "# not used: Sorumlu" in text and ": on " not in text
    (workspace.raw / "sources.yml").write_text(text.replace('"?"', "keep"), encoding="utf-8")
    found = {f["file"]: f for f in ingestion.check(workspace).files}["giderler.csv"]
    # 12,500.00 + 2,000.00 + 1,000.50; in a bill plain Google is the ad platform, and a blank channel is no reason to lose a cost
    assert found["sums"]["costs"]["amount"] == 15500.5 and found["rows_quarantined"] == 0
    assert found["sums"]["costs"]["rows_by_source"] == {"google_ads": 1, "other": 2}
    assert [str(d) for d in found["period"]] == ["2026-08-01", "2026-09-01"]


def test_a_month_is_read_however_it_is_written(tmp_path):
    months = ("2026-08", "08.2026", "8/2026", "2026/8", "Ağustos 2026", "August 2026", "2026-08-31", "31.08.2026")
    sheet = "Ay;Amaç;Tür;Kanal;Tutar\n" + "".join(f"{m};Kazan;Medya;Instagram;1\n" for m in (*months, "Ramazan"))
    found = written(placed(tmp_path, gider=sheet))["gider.csv"]
    assert found["recipe"] == "cost_sheet" and found["rows_kept"] == len(months) and [str(d) for d in found["period"]] == ["2026-08-01"] * 2
    assert [a["value"] for a in found["set_aside"]] == ["Ramazan"]


def test_sales_without_a_day_name_the_nearest_form_and_the_day_that_they_lack(tmp_path):
    workspace = placed(tmp_path, satis="Fiş No;Cari Kodu;Ciro\nF1;C1;120,00\n", sevk="Fiş No;Tarih;Kargo\nF1;13.10.2026;X\n")
    found = {f["file"]: f["message"] for f in ingestion.check(workspace).files}
    assert "no column with the day of the order" in found["satis.csv"] and "orders_sheet is the nearest form" in found["satis.csv"]
    assert "'Order Date'" in found["satis.csv"] and "'Ciro'" in found["satis.csv"]
    assert "no known form fits" in found["sevk.csv"]  # a number and a day may be anything
    entries, text = drafted(workspace)
    assert entries["sales"]["columns"] == {"Fiş No": "order_id", "Ciro": "net", "Cari Kodu": "account_id"}
    assert '# "?": ordered_at' in text and list(entries) == ["sales"]


@pytest.mark.parametrize("head", ["Kampanya;Tarih;Harcama;Gösterim;Tıklama", "Campaign;Date;Ad spend;Views;Link clicks"])
def test_advertising_in_its_owners_words_is_near_the_plainest_form_and_asks_where_it_ran(tmp_path, head):
    """Neither Google's headers nor Meta's: the draft takes each column, the channel is asked for, and no system is made up."""
    rows = "Bahar;13.10.2026;120,50;3300;31\nYaz;14.10.2026;99,50;1200;12\n"
    workspace = placed(tmp_path, reklam=f"{head}\n{rows}", gider="Kampanya;Tarih;Harcama\nBahar;13.10.2026;120,50\n")
    found = {f["file"]: f["message"] for f in ingestion.check(workspace).files}
    assert "is nearly google_ads" in found["reklam.csv"] and "no known form fits" in found["gider.csv"]  # money alone may be any cost
    entries, _ = drafted(workspace)
    spend, campaign = entries["spend"], head.split(";")[0]
    # the campaign is its own id, and a header stands once among the columns; YAML reads `on` as true, sources.yml as the column
    assert list(spend["columns"].values()) == [True, "campaign_id", "amount", "impressions", "clicks"]
    assert spend["derive"] == {"source": {"constant": "?"}, "campaign_name": {"column": campaign}} and "options" not in spend
    report(workspace, write=True)
    path = workspace.raw / "sources.yml"
    path.write_text(path.read_text().replace('{constant: "?"}', "{constant: instagram}"))
    (read,) = [f for f in ingestion.check(workspace).files if f["file"] == "reklam.csv"]
    assert read["rows_kept"] == 2 and read["sums"]["spend"]["amount"] == 220.0


@pytest.mark.parametrize("head", ["Gün;Mecra;Kampanya;Harcanan Tutar", "Gün;Platform;Kampanya;Harcanan Tutar", "Gün;Kanal;Kampanya;Harcama",
                                  "Day;Channel;Campaign;Amount spent"])  # fmt: skip
def test_advertising_that_says_where_it_ran_is_no_sales_and_each_row_keeps_its_channel(tmp_path, head):
    """It was drafted as orders: what was spent became revenue."""
    rows = "13.10.2026;Instagram;Bahar;120,50\n14.10.2026;Google;Yaz;99,50\n15.10.2026;Facebook;Yaz;30,00\n"
    workspace = placed(tmp_path, reklam=f"{head}\n{rows}")
    entries, text = drafted(workspace)
    (line,) = [k for k, said in enumerate(text.splitlines(), 1) if said.startswith("    table: spend  # ")]
    assert str(line) in text.splitlines()[line - 1]  # the guess that matters most says where to change it
    assert list(entries) == ["spend"] and entries["spend"]["columns"][head.split(";")[1]] == "source"
    assert "source" not in entries["spend"]["derive"]
    report(workspace, write=True)
    (read,) = [f for f in ingestion.check(workspace).files if f["file"] == "reklam.csv"]
    spent = read["sums"]["spend"]
    assert read["rows_kept"] == 3 and spent["amount"] == 250.0
    assert spent["rows_by_source"] == {"instagram": 1, "google_ads": 1, "facebook": 1}


def test_where_a_campaign_ran_in_words_that_nobody_knows_is_asked(tmp_path):
    rows = "13.10.2026;A;Bahar;120,50\n14.10.2026;B;Yaz;99,50\n"
    entries, _ = drafted(placed(tmp_path, reklam=f"Gün;Mecra;Kampanya;Harcanan Tutar\n{rows}"))
    assert entries["spend"]["derive"]["source"] == {"constant": "?"}


def test_sales_with_a_channel_and_a_campaign_are_no_campaign_calendar(tmp_path):
    sales = "Sipariş No;Tarih;Müşteri ID;Tutar;Durum;Kanal;Kampanya\nS1;13.10.2026;M1;120,00;Tamam;Web;\n"
    entries, text = drafted(placed(tmp_path, siparis=sales))
    assert list(entries) == ["sales"] and "nearly" not in text and "çok benziyor" not in text


def test_check_says_why_it_ends_with_code_2(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from scrm_helpers.__main__ import main

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    workspace = placed(tmp_path, stok="Stok Kodu;Kategori;Birim Maliyet (TL)\nA;B;1,50\n")
    found = CliRunner().invoke(main, ["check", "--json", "--language", "en"])
    assert found.exit_code == 2 and "no order was read from any file" in found.stderr and "refused" not in found.stderr
    assert found.stdout.lstrip().startswith("[")  # a program reads on
    (workspace.raw / "siparis.csv").write_text("Sipariş No;Sipariş Tarihi;Tutar\n1;13.10.2026;120,00\n", encoding="utf-8")
    (workspace.raw / "not.csv").write_text("Colour;Shape\nred;round\n", encoding="utf-8")
    found = CliRunner().invoke(main, ["check", "--language", "en"])
    assert found.exit_code == 2 and found.stderr.startswith("Not ready (exit code 2): refused, and in no number: not.csv.")
    (workspace.raw / "not.csv").unlink()
    found = CliRunner().invoke(main, ["check", "--language", "en"])
    assert found.exit_code == 0 and not found.stderr


def test_a_blank_answer_is_neither_consent_nor_refusal(tmp_path):
    people = "Üye No;Ad Soyad;E-posta;Üyelik Tarihi;SMS İzni\n1;A B;a@x.com;15.03.2026;Evet\n2;C D;c@x.com;16.03.2026;\n"
    people += "3;E F;e@x.com;17.03.2026;Hayır\n"
    found = written(placed(tmp_path, kisiler=people))["kisiler.csv"]
    assert found["sums"]["consents"]["rows_by_status"] == {"granted": 1, "withdrawn": 1} and found["rows_quarantined"] == 0
    assert found["sums"]["accounts"]["rows"] == 3


CONTACTS = "Müşteri ID;Ad Soyad;E-posta\nM1;Ayşe Örnek;ayse@x.com\nM2;Ali Deneme;ali@y.com\n"


def test_orders_are_tied_by_the_number_that_the_contacts_have_not_by_an_address(tmp_path):
    known = "Sipariş No;Sipariş Tarihi;Müşteri ID;E-posta;Tutar\n1;13.10.2026;M1;eski@x.com;120,00\n"
    own = "Fiş;Gün;Cari Kodu;Müşteri ID;Ciro\n9;14.10.2026;7;M2;60,00\n"  # the till has a number of its own beside it
    workspace = placed(tmp_path, kisiler=CONTACTS, siparis=known, kasa=own)
    assert drafted(workspace)[0]["sales"]["columns"]["Müşteri ID"] == "account_id"
    written(workspace)
    store = Store(workspace, "2026-10")
    ingestion.read_all(workspace, store, as_of=periods.as_of("2026-10"))
    # M1 and M2 are the two contacts, whatever number or address an order has beside theirs
    buyers, people = (set(store.frame(name)["account_id"]) for name in ("orders", "accounts"))
    assert buyers == people and len(people) == 2


def test_an_order_that_came_back_was_a_sale_and_is_a_return_beside_it(tmp_path):
    sales = "Fiş No;Tarih;Cari Kodu;Tutar;Durum;İade Tarihi\nF1;13.10.2026;C1;120,00;Teslim Edildi;\n"
    sales += "F2;14.10.2026;C2;60,00;İade Edildi;20.10.2026\nF3;15.10.2026;C3;36,00;İptal;\n"
    workspace = placed(tmp_path, satis=sales)
    orders = written(workspace)["satis.csv"]["sums"]["orders"]
    # net of 20% VAT: sales 100 + 50, the return -50, the cancelled one (30) counts for nothing
    assert orders["by"]["sale, completed"] == {"orders": 2, "net": 150.0, "gross": 180.0}
    assert orders["by"]["return, completed"]["net"] == -50.0 and orders["by"]["sale, cancelled"]["orders"] == 1
    store = Store(workspace, "2026-10")
    ingestion.read_all(workspace, store, as_of=periods.as_of("2026-10"))
    rows = store.frame("orders").set_index("order_no")
    back = rows[rows["kind"] == "return"].iloc[0]
    assert back["original_order_id"] == rows.loc["F2", "order_id"] and str(back["ordered_on"])[:10] == "2026-10-20"


def test_an_order_that_came_back_with_a_minus_is_the_return_itself(tmp_path):
    sales = "Fiş No;Tarih;Cari Kodu;Tutar;Durum\nF1;13.10.2026;C1;120,00;Teslim Edildi\nF2;14.10.2026;C1;-60,00;İade\n"
    entries, _ = drafted(workspace := placed(tmp_path, satis=sales))
    assert list(entries) == ["sales"]
    assert written(workspace)["satis.csv"]["sums"]["orders"]["completed"]["net"] == 50.0  # (120 - 60) / 1.2
