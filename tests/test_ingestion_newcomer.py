"""What a newcomer with files of her own meets at `check`: totals rows, files that are no workbooks, drafts that last for next month."""

from datetime import date

import pandas as pd
import pytest
import yaml
from ingestion_files import checked

from scrm_helpers import periods, tables, texts
from scrm_helpers.errors import ToldError
from scrm_helpers.goals.money import fiscal_months
from scrm_helpers.ingestion import check, joins, read_all
from scrm_helpers.ingestion.check import report
from scrm_helpers.ingestion.headings import month_of
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace

TILL = "Sipariş No;Sipariş Tarihi;Müşteri;Tutar\nA1;13.09.2026;M1;120,00\nA2;14.09.2026;M2;60,00\n"
AGAIN = "A2;14.09.2026;M2;60,00\n"  # the same row once more: it counts once


@pytest.mark.parametrize(("rows", "total", "wanted"), [
    (TILL, "180,00", ["equal"]),  # 120 + 60
    (TILL + AGAIN, "240,00", ["equal"]),  # as the file has them: 120 + 60 + 60
    (TILL + AGAIN, "180,00", ["equal"]),  # the system's own total, of a file in which a row was pasted twice
    (TILL + AGAIN, "300,00", ["300,00", "toplamı 240,00 (başka bir satırı yineleyenler bir kez sayılınca 180,00)", "60,00 fazla"]),
    (TILL, "100,00", ["100,00", "toplamı 180,00; toplam satırı 80,00 eksik"]),  # 180 - 100
])  # fmt: skip
def test_a_totals_row_is_right_with_doubles_or_without_and_else_says_which_is_larger(tmp_path, rows, total, wanted):
    found = checked(tmp_path, {"satis.csv": f"{rows}TOPLAM;;;{total}\n"}, sources="company: {language: tr}\n")["satis.csv"]
    assert all(words in found["totals"] for words in wanted) and (found["totals"] == "equal") == (wanted == ["equal"])


def test_what_is_paid_for_one_hour_is_not_added_up(tmp_path):
    sheet = "Ay;Amaç;Tür;Kanal;Tutar (TL);Saat;Saat Ücreti (TL)\n"
    sheet += "2026-08;Hizmet;Saat;Sosyal medya;;10;200\n2026-09;Hizmet;Saat;Telefon;;5;300\n"
    sums = checked(tmp_path, {"gider.csv": sheet})["gider.csv"]["sums"]["costs"]
    assert sums["hours"] == 15 and "hourly_rate" not in sums  # 10 + 5; 200 + 300 would be nothing


@pytest.mark.parametrize("content", [b"not a workbook", b"PK\x03\x04" + b"\0" * 40])
def test_a_file_that_is_no_workbook_says_so_in_plain_words(tmp_path, content):
    said = checked(tmp_path, {"plan.xlsx": content}, sources="company: {language: tr}\n")["plan.xlsx"]["message"]
    assert "hasarlı ya da gerçek bir Excel dosyası değil" in said and "yeniden dışa aktarıp geldiği gibi" in said
    assert "zip" not in said.lower() and "EOCD" not in said


def test_a_fiscal_year_that_begins_in_no_month_is_refused_in_the_users_language():
    with texts.speaking("tr"), pytest.raises(ToldError, match="first_month: 13 geldi; mali yılın başladığı ay beklenir"):
        fiscal_months("2026-10", first_month=13)


# drafts -----------------------------------------------------------------------------------------------------------------

RECEIPTS = "Fiş No;Tarih;Cari Kodu;Ciro;Bizi nereden duydunuz?\n"
MAY = {"satislar_2026_05.csv": RECEIPTS + "A1;13.05.2026;M1;120,00;Instagram\n"}
JUNE = {"satislar_2026_06.csv": RECEIPTS + "A2;13.06.2026;M2;60,00;Arkadaş\nA3;14.06.2026;M1;60,00;\n"}


def placed(home, files: dict[str, str]) -> Workspace:
    raw = home / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (raw / name).write_text(content, encoding="utf-8")
    return Workspace("data", raw, home)


def entries(workspace: Workspace) -> list[dict]:
    return yaml.safe_load(check(workspace).draft)["sources"] or []


def test_a_draft_names_the_files_of_every_month_and_needs_no_second_one(tmp_path):
    workspace = placed(tmp_path, MAY)
    said, _ = report(workspace, write=True, language="tr")
    assert [e["file"] for e in entries(placed(tmp_path / "alone", MAY))] == ["satislar_*.csv"] * 2  # its orders and its customers
    assert "check --write" not in said and "Aşağıdaki taslakta onun için bir kayıt var." in " ".join(said.split())
    placed(tmp_path, JUNE)
    found = check(workspace)
    assert {f["file"]: f["verdict"] for f in found.files} == dict.fromkeys((*MAY, *JUNE), "read") and found.entries == ""
    # 60 / 1.2 twice; two customers, of whom one answered
    june = next(f for f in found.files if f["file"] in JUNE)
    assert june["sums"]["orders"]["net"] == 100.0 and june["sums"]["accounts"]["rows_by_source"] == {"referral": 1}
    before = (workspace.raw / "sources.yml").read_text(encoding="utf-8")
    said, _ = report(workspace, write=True, language="tr")
    assert "eklenecek kayıt yok" in said and "table: orders" not in said
    assert (workspace.raw / "sources.yml").read_text(encoding="utf-8") == before


def test_two_months_of_one_export_are_one_entry_whose_words_are_those_of_both(tmp_path):
    head = "Fiş No;Tarih;Cari Kodu;Ciro;Durum\n"
    workspace = placed(tmp_path, {"fis_mayis_2026.csv": head + "1;13.05.2026;M1;12,50;İptal\n",
                                  "fis_haziran_2026.csv": head + "2;13.06.2026;M1;12,50;Hazırlanıyor\n"})  # fmt: skip
    entry, = entries(workspace)
    assert entry["file"] == "fis_*.csv" and entry["derive"]["status"]["map"]["values"] == {"Hazırlanıyor": "open", "İptal": "cancelled"}


@pytest.mark.parametrize(("names", "patterns"), [
    (["satis_2026_05.csv", "satis_iade_2026_05.csv"], ["satis_[0-9][0-9][0-9][0-9]_[0-9][0-9].csv", "satis_iade_*.csv"]),
    (["kasa 01.05.2026 - 31.05.2026.csv", "x.csv"], ["kasa *.csv", "x.csv"]),
    (["Nisan.csv", "x.csv"], ["Nisan.csv", "x.csv"]),  # a name that is all month would take every file
    (["set_1.csv", "satis [1].csv"], ["satis [[]1].csv", "set_1.csv"]),
])  # fmt: skip
def test_a_pattern_takes_no_file_of_another_kind(tmp_path, names, patterns):
    other = "Belge No;Tarih;Cari Kodu;Tutar\nA;13.05.2026;M1;12,50\n"
    workspace = placed(tmp_path, dict(zip(names, ("Fiş No;Tarih;Cari Kodu;Ciro\n1;13.05.2026;M1;12,50\n", other), strict=True)))
    assert sorted(e["file"] for e in entries(workspace)) == sorted(patterns)
    report(workspace, write=True)
    assert {f["verdict"] for f in check(workspace).files} == {"read"}


def test_a_file_that_a_narrow_entry_of_its_kind_leaves_out_asks_for_a_wider_name_not_for_a_second_entry(tmp_path):
    workspace = placed(tmp_path, MAY | JUNE)
    (workspace.raw / "sources.yml").write_text(
        "sources:\n  - {name: kasa, file: satislar_2026_05.csv, table: orders, columns: {Tarih: ordered_at, Ciro: net, Fiş No: order_id}, "
        "options: {vat: included}}\n", encoding="utf-8")  # fmt: skip
    found = check(workspace, language="en")
    assert "table: orders" not in found.entries and 'the entry kasa reads. Write there: file: "satislar_*.csv"' in found.entries


@pytest.mark.parametrize("question", ["Bizi nereden duydunuz?", "How did you hear about us?"])
def test_what_customers_say_about_where_they_heard_is_their_source(tmp_path, question):
    people = f"Müşteri Kodu;Ad Soyad;E-posta;{question}\nM1;Ayşe Örnek;ayse@x.com;Arkadaşımdan\n"
    orders = f"Sipariş No;Sipariş Tarihi;Müşteri Kodu;Tutar;{question}\n1;13.05.2026;M1;12,50;İnstagram\n"  # the plain form of sales
    workspace = placed(tmp_path, {"kisiler.csv": people, "siparis.csv": orders})
    entry, = entries(workspace)
    assert entry["columns"][question] == "source" and entry["table"] == "accounts"
    found = {f["file"]: f["sums"] for f in check(workspace).files}
    assert found["siparis.csv"]["accounts"]["rows_by_source"] == {"instagram": 1}


@pytest.mark.parametrize(("head", "recipe"), [
    ("Kampanya Adı;Kanal;Başlangıç Tarihi;Bitiş Tarihi;Bütçe", "campaign_calendar"),
    ("Kampanya;Kanal;Başlangıç;Bitiş;Bütçe", "campaign_calendar"),
])  # fmt: skip
def test_a_campaign_calendar_is_known_by_the_usual_words_for_its_columns(tmp_path, head, recipe):
    found = checked(tmp_path, {"plan.csv": f"{head}\nBahar;Instagram;01.03.2026;15.03.2026;10.000,00\n"})["plan.csv"]
    assert found["recipe"] == recipe and found["sums"]["campaigns"]["budget"] == 10_000
    assert [str(d) for d in found["period"]] == ["2026-03-01", "2026-03-15"]


def test_a_campaign_calendar_without_a_channel_is_drafted_by_name_and_asks_for_the_channel(tmp_path):
    plan = "Kampanya Adı;Başlangıç Tarihi;Bitiş Tarihi;Bütçe\nBahar;21.03.2026;31.03.2026;10.000,00\nYaz;01.06.2026;15.06.2026;5.000,50\n"
    workspace = placed(tmp_path, {"plan.csv": plan})
    text = check(workspace, language="tr").draft
    entry, = yaml.safe_load(text)["sources"]
    assert entry["columns"] == {"Kampanya Adı": "name", "Başlangıç Tarihi": "starts_on", "Bitiş Tarihi": "ends_on", "Bütçe": "budget"}
    assert entry["derive"] == {"campaign_id": {"column": "Kampanya Adı"}, "source": {"constant": "?"}}
    assert "google_ads (Google reklamı)" in text
    (workspace.raw / "sources.yml").write_text(text.replace('"?"', "instagram"), encoding="utf-8")
    read = check(workspace).files[0]
    assert read["sums"]["campaigns"]["budget"] == 15_000.5 and read["sums"]["campaigns"]["rows_by_source"] == {"instagram": 2}


# months side by side ------------------------------------------------------------------------------------------------------

WIDE = "Gider Kalemi;Kanal;Ocak 2026;Şubat 2026;Toplam\nReklam;Instagram;1.000,00;1.100,50;2.100,50\nAjans;;500,00;;500,00\n"
WIDE += "Toplam;;1.500,00;1.100,50;2.600,50\n"


@pytest.mark.parametrize(("heading", "month"), [
    ("Ocak 2026", ("2026", 1)), ("Oca.26", ("2026", 1)), ("ŞUBAT 2026 (TL)", ("2026", 2)), ("Jan-26", ("2026", 1)),
    ("2026 Mart", ("2026", 3)),
    ("2026-04", ("2026", 4)), ("05.2026", ("2026", 5)), ("6/2026", ("2026", 6)), ("01.07.2026", ("2026", 7)), ("2026-08-01", ("2026", 8)),
    ("Ağu", ("", 8)), ("Eylül", ("", 9)), ("13.2026", None), ("15.07.2026", None), ("Kanal", None), ("2026", None), ("Toplam 2026", None),
])  # fmt: skip
def test_headings_that_are_months(heading, month):
    assert month_of(heading) == month


def test_a_wide_cost_sheet_is_drafted_read_cell_by_cell_and_replaced_by_a_later_one(tmp_path):
    workspace = placed(tmp_path, {"gider_2026_02.csv": WIDE})
    text = check(workspace, language="tr").draft
    entry, = yaml.safe_load(text)["sources"]
    assert entry["file"] == "gider_*.csv" and entry["options"]["months"] == "columns"
    assert entry["columns"] == {"month": "month", "Kanal": "source", "amount": "amount"}
    assert entry["derive"]["kind"]["map"]["values"] == {"Ajans": "content", "Reklam": "media"} and '# "?": purpose' in text
    assert entry["derive"]["cost_id"]["join"] == [{"column": "Gider Kalemi"}, {"column": "Kanal"}, {"column": "month"}]
    (workspace.raw / "sources.yml").write_text(
        text.replace("    derive:\n", "    derive:\n      purpose: {constant: acquire}\n"), encoding="utf-8"
    )
    sums = {f["file"]: f for f in check(workspace).files}["gider_2026_02.csv"]
    # 1,000 + 1,100.50 + 500; the blank cell is no cost, and neither column nor row of totals is
    assert sums["sums"]["costs"]["amount"] == 2_600.5 and sums["rows_kept"] == 3 and sums["dropped"] == {"total": 1}
    assert [str(d) for d in sums["period"]] == ["2026-01-01", "2026-02-01"] and sums["unused"] == ["Toplam"]
    # the export of the next month has a column more, and another figure for February
    placed(tmp_path, {"gider_2026_03.csv": WIDE.replace("Şubat 2026", "Şubat 2026;Mart 2026").replace("1.100,50;", "1.200,00;300,00;"),
                      "satis.csv": TILL})  # fmt: skip
    assert check(workspace).entries == ""
    store = Store(workspace, "2026-09")
    read_all(workspace, store, as_of=periods.as_of("2026-09"))
    found = store.frame("costs").astype({"amount": float})
    assert found.groupby("month")["amount"].sum().to_dict() == {"2026-01": 1_500.0, "2026-02": 1_200.0, "2026-03": 300.0}


def test_the_total_of_a_wide_sheet_is_held_against_each_month(tmp_path):
    entry = "sources:\n  - {name: gider, file: gider*.csv, table: costs, columns: {month: month, Ne: kind, amount: amount}, "
    entry += "derive: {cost_id: {row: true}, purpose: {constant: keep}}, options: {months: columns}}\n"
    sheet = "Ne;2026-01;2026-02\nmedia;100,50;1.200\ncontent;1;2\nToplam;101,50;{}\n"
    files = {"gider_1.csv": sheet.format("1.202"), "gider_2.csv": sheet.format("1.302"), "sources.yml": entry}
    right, wrong = check(placed(tmp_path, files)).files
    assert right["totals"] == "equal" and right["sums"]["costs"]["amount"] == 1_303.5
    # 1,200 + 2 against 1,302; January's 100.50 + 1 is what its total says
    assert wrong["totals"].startswith("2026-02: total row 4 says 1.302, the rows sum to 1,202.00; the total row says 100.00 more")
    assert "2026-01" not in wrong["totals"]
    assert wrong["verdict"] == "read" and wrong["sums"] == right["sums"]


def test_a_row_of_months_that_is_set_aside_is_one_row_with_all_its_money(tmp_path):
    entry = "sources:\n  - {name: gider, file: gider.csv, table: costs, columns: {month: month, Ne: kind, amount: amount}, "
    entry += "derive: {cost_id: {row: true}, purpose: {constant: keep}}, options: {months: columns}}\n"
    workspace = placed(tmp_path, {"gider.csv": "Ne;2026-01;2026-02\nKira;100,50;200\nAjans;1;2\n", "satis.csv": TILL, "sources.yml": entry})
    store = Store(workspace, "2026-09")
    read_all(workspace, store, as_of=periods.as_of("2026-09"))
    aside = store.frame("quarantine")
    assert [(r.source_row, r.reason, float(r.amount)) for r in aside.itertuples()] == [(2, "not_allowed", 300.5)]  # 100.50 + 200


def test_months_without_a_year_take_it_from_the_name_or_the_entry_and_are_refused_without(tmp_path):
    sheet = "Masraf;Ocak;Şubat\nReklam;100;200\nYazılım;10;20\n"
    named = check(placed(tmp_path / "a", {"masraf_2025.csv": sheet})).draft
    assert "year" not in yaml.safe_load(named)["sources"][0]["options"]
    workspace = placed(tmp_path / "b", {"masraf.csv": sheet})
    text = check(workspace).draft.replace("    derive:\n", "    derive:\n      purpose: {constant: keep}\n", 1)
    assert yaml.safe_load(text)["sources"][0]["options"]["year"] == "?"
    (workspace.raw / "sources.yml").write_text(text, encoding="utf-8")
    refused, = check(workspace, language="tr").files
    assert refused["verdict"] == "refused" and "hangi yılın ayları olduğu yazmıyor" in refused["message"]
    (workspace.raw / "sources.yml").write_text(text.replace('"?"', "2024"), encoding="utf-8")
    read, = check(workspace).files
    assert read["sums"]["costs"]["amount"] == 330 and [str(d) for d in read["period"]] == ["2024-01-01", "2024-02-01"]


def test_months_side_by_side_that_are_no_costs_are_not_drafted_as_such(tmp_path):
    assert entries(placed(tmp_path, {"ziyaret.csv": "Sayfa;Ocak 2026;Şubat 2026\nAnasayfa;100;200\nSepet;10;20\n"})) == []


# the company's own words -------------------------------------------------------------------------------------------------


def test_usual_words_for_purposes_and_kinds_of_cost_are_known_wherever_they_stand(tmp_path):
    rows = "2026-08;Elde tut;Ajans;Instagram;100\n2026-08;Müşteri kazanma;Reklam;Google;200\n2026-08;Elde tutma;Medya;;300\n"
    mapped = "Dönem;Niye;Ne;Kanal;Para\n" + rows
    sources = "sources:\n  - {name: gider, file: kendi.csv, table: costs, columns: {Dönem: month, Niye: purpose, Ne: kind, Kanal: source, "
    sources += "Para: amount}, derive: {cost_id: {row: true}}}\n"
    found = checked(tmp_path, {"kendi.csv": mapped, "gider.csv": "Ay;Amaç;Tür;Kanal;Tutar\n" + rows}, sources=sources)
    for file in ("kendi.csv", "gider.csv"):
        sums = found[file]["sums"]["costs"]
        assert found[file]["rows_quarantined"] == 0 and sums["amount"] == 600  # 100 + 200 + 300
        assert sums["rows_by_kind"] == {"content": 1, "media": 2}


def test_accepted_words_are_told_with_what_they_mean(tmp_path):
    sheet = "Ay;Amaç;Tür;Kanal;Tutar\n2026-08;Bayram;Medya;Instagram;100\n2026-08;Kazan;Medya;Instagram;100\n"
    workspace = placed(tmp_path, {"gider.csv": sheet})
    told = {language: " ".join(report(workspace, language=language)[0].split()) for language in ("tr", "en")}
    assert "acquire (müşteri kazanma), keep (müşteriyi elde tutma), serve (müşteri hizmeti)" in told["tr"]
    assert "expected one of acquire, keep, serve" in told["en"]


def test_every_accepted_word_has_its_meaning_in_turkish():
    known = {w for name in tables.INGESTED for c in tables.contract(name).columns for w in c.allowed}
    same = {"instagram", "facebook", "tiktok", "x", "linkedin", "youtube", "whatsapp", "sms", "web"}  # names, alike in both
    assert {w for w in known if not texts.has(f"accepted.{w}")} == same & known


# returns that a column of words tells, amounts written positive ----------------------------------------------------------

TILL_BACK = "Fiş No;Tarih;Telefon;Tutar;{head}\n1;13.10.2026;05321112233;1.200,00;{sale}\n2;14.10.2026;05321112233;600,00;{sale}\n"
TILL_BACK += "3;15.10.2026;05321112233;240,00;{back}\n"


@pytest.mark.parametrize(("head", "sale", "back"), [
    ("İşlem", "Satış", "İade"), ("Type", "Sale", "Refund"), ("Durum", "Satış", "İade"), ("Not", "", "iade"),
])  # fmt: skip
def test_a_column_of_sale_and_return_is_drafted_with_the_sign_of_its_amounts(tmp_path, head, sale, back):
    workspace = placed(tmp_path, {"kasa.csv": TILL_BACK.format(head=head, sale=sale, back=back)})
    report(workspace, write=True, language="tr")
    found, = check(workspace).files
    by = found["sums"]["orders"]["by"]  # net of 20% VAT: 1000 + 500 sold, 200 back
    assert (by["sale, completed"]["net"], by["return, completed"]["net"]) == (1500.0, -200.0) and found["unused"] == []
    assert found["rows_kept"] == 3 and "satış sayılıyor" not in found["message"]


def test_a_column_that_says_return_and_that_no_entry_reads_is_warned_of(tmp_path):
    entry = 'sources:\n  - {name: kasa, file: "*.csv", table: orders, columns: {Tarih: ordered_at, Tutar: net, Fiş No: order_id}, '
    entry += "options: {vat: included}}\n"
    content = TILL_BACK.format(head="İşlem", sale="Satış", back="İade")
    said = checked(tmp_path, {"kasa.csv": content}, sources=entry)["kasa.csv"]["message"]
    assert "the column 'İşlem' says 'İade' in 1 row(s), and nothing reads it, so these rows count as sales" in said
    assert 'net: {when: {column: "İşlem", in: ["İade"]}, then: {negative: "Tutar"}, else: "Tutar"}' in said
    plain = content.replace("Fiş No;Tarih", "Sipariş No;Sipariş Tarihi")  # the form that needs no entry
    assert "says 'İade' in 1 row(s)" in checked(tmp_path / "plain", {"kasa.csv": plain})["kasa.csv"]["message"]
    signed = content.replace(";240,00", ";-240,00")  # the amount says it already
    assert "İşlem" not in checked(tmp_path / "signed", {"kasa.csv": signed}, sources=entry)["kasa.csv"]["message"]


def test_a_cancelled_row_and_a_return_with_the_number_of_its_sale(tmp_path):
    content = TILL_BACK.format(head="İşlem", sale="Satış", back="İade").replace("\n3;", "\n2;") + "4;16.10.2026;;90,00;İptal\n"
    workspace = placed(tmp_path, {"kasa.csv": content})
    report(workspace, write=True)
    by = check(workspace).files[0]["sums"]["orders"]["by"]
    assert by["sale, completed"]["net"] == 1500.0 and by["return, completed"]["net"] == -200.0 and by["sale, cancelled"]["orders"] == 1
    store = Store(workspace, "2026-10")
    read_all(workspace, store, as_of=periods.as_of("2026-10"))
    rows = store.frame("orders")
    sold = rows[(rows["kind"] == "sale") & (rows["net"].astype(float) == 500)].iloc[0]
    assert list(rows.loc[rows["kind"] == "return", "original_order_id"]) == [sold["order_id"]]


@pytest.mark.parametrize(("total", "wanted"), [
    ("1.560,00", "equal"),  # 1200 + 600 - 240: returns taken off
    ("2.040,00", "iadeleri satış gibi topluyor; sources.yml'deki işaretleriyle satırların toplamı 1.560,00"),  # 1200 + 600 + 240
    ("1.000,00", "satırların toplamı 1.560,00; toplam satırı 560,00 eksik gösteriyor"),
])  # fmt: skip
def test_a_totals_row_is_held_against_amounts_with_the_sign_that_the_entry_gives_them(tmp_path, total, wanted):
    workspace = placed(tmp_path, {"kasa.csv": TILL_BACK.format(head="İşlem", sale="Satış", back="İade") + f"TOPLAM;;;{total};\n"})
    report(workspace, write=True, language="tr")
    assert wanted in check(workspace, language="tr").files[0]["totals"]


def test_two_questions_of_one_survey_file_are_both_kept(tmp_path):
    entry = "  - {{name: {0}, file: anket.csv, table: surveys, columns: {{Zaman: at, {1}: score}}, options: {{system: own}}, "
    entry += "derive: {{survey_id: {{row: true}}, question: {{constant: {0}}}, scale_max: {{constant: {2}}}}}}}\n"
    sources = "sources:\n" + entry.format("csat", "Memnuniyet", 5) + entry.format("recommend", "Tavsiye", 10)
    content = "Zaman;Memnuniyet;Tavsiye\n13.10.2026;5;9\n14.10.2026;4;7\n"
    found = checked(tmp_path, {"anket.csv": content, "satis.csv": TILL}, sources=sources)["anket.csv"]
    assert found["sums"]["surveys"]["by_question"] == {
        "csat": {"rows": 2, "score": 9.0, "scale_max": 10.0}, "recommend": {"rows": 2, "score": 16.0, "scale_max": 20.0}
    }  # fmt: skip
    store = Store(Workspace("data", tmp_path / "data" / "raw", tmp_path), "2026-10")
    read_all(store.workspace, store, as_of=periods.as_of("2026-10"))
    rows = store.frame("surveys")
    assert sorted(zip(rows["question"], rows["score"], strict=True)) == [("csat", 4), ("csat", 5), ("recommend", 7), ("recommend", 9)]


def test_rows_of_the_future_and_days_that_fit_both_orders_are_told_each_time(tmp_path):
    content = "Order No,Order Date,Amount\n1,09/04/2026,120.00\n2,09/11/2026,60.00\n3,09/12/2026,36.00\n"  # September, as the US writes it
    workspace = placed(tmp_path, {"orders.csv": content})
    (workspace.raw / "sources.yml").write_text("sources:\n  - {name: o, file: orders.csv, options: {date_order: DMY}}\n", encoding="utf-8")
    said, _ = report(workspace, today=date(2026, 11, 26), language="en")
    assert "3 read, 2 kept, 0 set aside, 0 dropped, 0 replaced" in said  # 9 Dec 2026 is later than 26 Nov
    assert "not counted yet: 1 row(s) lie after 26 Nov 2026, in the future" in said
    assert "dates such as '09/04/2026', '09/11/2026', '09/12/2026' are read as DMY, because sources.yml says so" in " ".join(said.split())
    sure = placed(tmp_path, {"orders.csv": content + "4,31/10/2026,12.00\n"})
    said, _ = report(sure, today=date(2026, 12, 26), language="en")
    assert "not counted yet" not in said and "because sources.yml says so. Look" not in " ".join(said.split())


USD_ADS = "Campaign name,Day,Amount spent (USD),Impressions\nFall,2026-09-01,10.50,100\nFall,2026-09-20,20.00,100\n"
RATES = "date,kind,value\n2026-08-30,usd_try,40\n"  # holds until 6 September


def test_amounts_of_another_currency_without_a_rate_are_told_before_a_run_refuses_them(tmp_path):
    workspace = placed(tmp_path, {"ads.csv": USD_ADS, "satis.csv": TILL})
    said, why_not = report(workspace, language="en")
    assert "2 row(s) in USD have no exchange rate for their day" in " ".join(said.split()) and "usd_try" in said
    assert "refused, and in no number: ads.csv" in why_not
    store = Store(workspace, "2026-09")
    refused = read_all(workspace, store, as_of=periods.as_of("2026-09"), language="en").refused
    assert "no exchange rate for its day in spend.amount of 2 row(s), such as 'USD'" in refused[0] and "no_rate" not in refused[0]
    placed(tmp_path, {"kurlar.csv": RATES})
    said, why_not = report(workspace, language="en")
    ads = next(f for f in check(workspace).files if f["file"] == "ads.csv")
    assert ads["rows_without_rate"] == {"USD": 1} and ads["sums"]["spend"]["amount"] == 30.5 and why_not == ""  # still in dollars
    placed(tmp_path, {"kurlar.csv": RATES + "2026-09-18,usd_try,41\n"})
    assert next(f for f in check(workspace).files if f["file"] == "ads.csv")["rows_without_rate"] == {}


def test_a_csv_under_the_name_of_a_workbook_and_a_header_alone_are_told_as_what_they_are(tmp_path):
    files = {"kasa.xlsx": TILL.encode(), "baslik.csv": "Tarih,Müşteri,Tutar\n"}
    found = checked(tmp_path, files, sources="company: {language: tr}\n")
    assert "içi CSV" in found["kasa.xlsx"]["message"] and "sonunu .csv yapın" in found["kasa.xlsx"]["message"]
    assert "başlığı var, altında hiç satır yok" in found["baslik.csv"]["message"] and found["baslik.csv"]["code"] == "no_rows"


def test_check_counts_in_words_names_the_folder_again_and_says_no_value_where_a_word_says_so(tmp_path):
    workspace = placed(tmp_path, {"kasa.csv": TILL_BACK.format(head="İşlem", sale="Satış", back="İade").replace("240,00", "belirsiz")})
    said, why_not = report(workspace, write=True, raw="eski dosyalar")  # no language asked for: the draft is of a Turkish company
    assert "each line that says 'yanlış mı?'" in said and why_not.endswith("python start.py check --raw 'eski dosyalar'")
    text = (workspace.raw / "sources.yml").read_text(encoding="utf-8")
    assert "language: tr" in text and "; yanlış mı? satır: 1" in text and "wrong?" not in text
    said, _ = report(workspace, language="tr")
    assert "siparişler: 2 satır, net tutar 1.500,00" in said and "0 şirket içi satır, 0 müşterisiz" in said
    assert "zorunlu alanda değer olmadığını söyleyen bir sözcük var [blank], yer: orders.net (net tutar), örneğin 'belirsiz'" in said
    assert "0 internal rows, 0 without a customer" in report(workspace, language="en")[0]


def test_a_survey_with_scales_in_its_headings_is_drafted_question_by_question(tmp_path):
    head = "Zaman damgası;E-posta Adresi;Ne kadar memnunsunuz? (1-5);Tavsiye eder misiniz? (0-10);Renk? (1-3)\n"
    answers = head + "13.10.2026 19:04:51;ayse@x.com;5;9;1\n14.10.2026 09:00:00;ali@y.com;4;;2\n"
    workspace = placed(tmp_path, {"anket.csv": answers})
    drafted = {e["name"]: e for e in entries(workspace)}
    assert drafted["survey"]["columns"] == {
        "Zaman damgası": "at", "E-posta Adresi": "account_id", "Ne kadar memnunsunuz? (1-5)": "score"
    }  # fmt: skip
    assert [drafted[n]["derive"]["question"]["constant"] for n in ("survey", "survey2", "survey3")] == ["csat", "recommend", "?"]
    assert drafted["contacts"]["columns"] == {"E-posta Adresi": "account_id"}
    report(workspace, write=True)
    yml = workspace.raw / "sources.yml"
    yml.write_text(yml.read_text(encoding="utf-8").replace('question: {constant: "?"}', "question: {constant: trust}"), encoding="utf-8")
    sums = next(f["sums"] for f in check(workspace).files)
    told = {q: (v["rows"], v["score"]) for q, v in sums["surveys"]["by_question"].items()}
    assert told == {"csat": (2, 9.0), "recommend": (1, 9.0), "trust": (2, 3.0)} and sums["accounts"]["rows"] == 2


def test_rows_that_a_newer_file_has_too_are_counted_by_their_own_number(tmp_path):
    head = "Name,Email,Financial Status,Created at,Currency,Subtotal,Taxes,Total,Lineitem quantity,Lineitem name,Lineitem price\n"
    row = "#{0},m{0}@x.com,paid,2026-{1}-05 10:00:00 +0300,TRY,100.00,20.00,120.00,1,Havlu,120.00\n"
    old = head + "".join(row.format(k, "09") for k in range(1, 7))
    old += "#1,m1@x.com,,2026-09-05 10:00:00 +0300,,,,,1,Perde,60.00\n"  # a second line of the first order
    new = head + row.format(6, "09") + row.format(7, "10")  # one order again, one new
    found = checked(tmp_path, {"orders_export_2026-09.csv": old, "orders_export_2026-10.csv": new})
    assert [f["rows_replaced_by_other_files"] for f in found.values()] == [1, 0]


def test_every_month_without_a_row_is_told_however_many_there_are():
    have = ["2024-01", "2024-03", "2025-06"]  # silent: one month, then 14 (April 2024 to May 2025)
    coverage = pd.DataFrame({"table": "surveys", "system": "anket", "month": have})
    found = joins.gaps(coverage, period="2025-06")
    assert found.values.tolist() == [["surveys", "anket", 15, "2024-02, 2024-04 – 2025-05"]]
