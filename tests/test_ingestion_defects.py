"""The defects of real exports, one by one: what comes out here, and the naive reading that goes wrong without a word (or falls over).

Each case is (number, file, content, what `check` says); its naive version is what `pandas` gives when it is left alone.
"""

# ruff: noqa: E501
import csv
import io
from datetime import date
from types import SimpleNamespace

import hand
import ibis
import pandas as pd
import pytest
from ingestion_files import book, checked

from scrm_helpers import periods, prices
from scrm_helpers.ingestion import joins
from scrm_helpers.store.written import plain_csv

SHOP = "Sipariş No;Sipariş Tarihi;Müşteri Adı;Tutar\n"
META = "Campaign name,Campaign ID,Day,Amount spent (TRY),Impressions\n"
LOGO = "FIRMA;DONEM;FICHENO;DATE_;TRCODE;CARI_KOD;CARI_UNVAN;SATIR_TURU;STOK_KODU;MIKTAR;SATIR_NET;DOVIZ;KUR;IPTAL;OZEL_KOD\n"
STORE_LINES = "FICHENO;TRCODE;CARI_KOD;DATE_;SATIR_NET;ISYERI\n"
DESK = "Ticket ID,Subject,Status,Priority,Source,Created time,Resolved time,Closed time,Initial response time,Time tracked,Tags,Survey results\n"
SHOPIFY = "Name,Email,Financial Status,Currency,Subtotal,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount,Tags\n"


def logo(*rows: str) -> str:
    return LOGO + "\n".join(rows) + "\n"


FILES = {
    "d01.csv": (SHOP + "1;15.09.2026;Işık Şağ;120,00\n").encode("cp1254"),
    "d02.csv": "\ufeff" + META + "Fall,120210000000000001,2026-09-01,10.50,100\n",
    "d03.csv": "Kampanya raporu\n1 Eylül 2026 - 30 Eylül 2026\nKampanya\tMaliyet\tGöstr.\tTıklamalar\nMarka\t1.519,82\t12.345\t1.742\n".encode("utf-16"),
    "d04.csv": "Sipariş No;Sipariş Tarihi;Müşteri Adı;Tutar\n1;15.09.2026;Ayþe Yýlmaz;100,00\n",
    "d04_lost.csv": "Sipari? Numaras?;Sipari? Tarihi;M??teri Ad?;Tutar\n1;15.09.2026;Ay?e Y?lmaz;100,00\n",
    "d05.csv": "# Traffic acquisition\n# Start date: 20260901\n# End date: 20260930\nSession primary channel group (Default Channel Group),Sessions\nOrganic Search,100\nDirect,50\n,150\n\n# Start date: 20260801\n# End date: 20260831\nSession primary channel group (Default Channel Group),Sessions\nOrganic Search,70\n",
    "d06_both.csv": "Order No,Order Date,Amount\n1,01/02/2026,10.50\n2,03/04/2026,20.50\n",
    "d06_two.csv": META + "A,1,13/09/2026,10.50,100\nA,1,09/14/2026,20.50,100\n",
    "d07.csv": "Kampanya raporu\n1 Eylül 2026 - 30 Eylül 2026\nKampanya;Maliyet;Göstr.;Tıklamalar\nA;100,00;10;1\nB;50,50;20;2\nToplam: Hesap;151,50;30;3\n",
    "d08.csv": META + 'A,1,2026-09-01,"1.234,50",100\nA,1,2026-09-02,"150,50",100\nA,1,2026-09-03,1149.5,100\n',
    "d08_both.csv": "Kampanya Adı;Gün;Harcanan Tutar (TRY)\nA;2026-09-01;1.234\nA;2026-09-02;2.345\n",
    "d09.csv": logo(
        "1;1;10;46270;7;120.01;A;0;S;1;100,00;TL;1;0;",
        "1;1;11;30.12.1899;7;120.01;A;0;S;1;50,00;TL;1;0;",
        "1;1;12;23.03.2030;7;120.01;A;0;S;1;25,00;TL;1;0;",
    ),
    "d10.csv": "Record ID,Lifecycle Stage,Original Source,Create Date,Email\n1.7841405793187E+16,Lead,Direct Traffic,2026-09-01 08:00,a@b.com\n1.7841405793187E+16,Lead,Direct Traffic,2026-09-01 08:00,c@b.com\n",
    "d11.csv": logo("001;01;000000012345;05.09.2026;7;0012;A;0;S;1;100,00;TL;1;0;"),
    "d12.csv": SHOPIFY + "#1,a@b.com,paid,TRY,300,60,360.00,2026-09-02 00:10:01 +0300,2,T,100,0,\n#1,a@b.com,,,,,,2026-09-02 00:10:01 +0300,1,S,160,,\n",
    "d12_unknown.csv": SHOP + "7;15.09.2026;A;100,00\n7;15.09.2026;A;60,00\n",
    "d13.csv": logo("1;1;1;05.09.2026;7;120.01;A;0;S;1;100,00;TL;1;0;", "1;1;2;06.09.2026;3;120.01;A;0;S;1;40,00;TL;1;0;"),
    "d15.csv": "Opportunity Name,Account Name,Lead Source,Amount,Amount Currency,Close Date,Stage\nA,X,Instagram,12500.00,EUR,9/30/2026,Closed Won\nB,Y,,8300.00,TRY,10/2/2026,Closed Won\n",
    "d17.csv": META + "A,1,2026-09-01,10.00,100\nA,1,2026-09-02,20.00,100\n",
    "d17 (1).csv": META + "A,1,2026-09-01,10.00,100\nA,1,2026-09-02,20.00,100\n",
    "d17.xlsx": book(META.strip().split(","), ["A", "1", "2026-09-01", 10, 100], ["A", "1", "2026-09-02", 20, 100]),
    "d19.csv": "Campaign name,Day,Amount spent (TRY),Impressions,Reach,Results,Result type\nB,2026-09-01,10.00,100,90,3,Purchases\nB,2026-09-02,10.00,100,90,40,Reach\n",
    "d20.csv": "Reporting starts,Reporting ends,Campaign name,Amount spent (TRY),Impressions\n2026-09-01,2026-09-30,C,10.00,100\n",
    "d21.csv": "Campaign name,Ad group name,By Day,Currency,Cost,Impressions,Clicks (destination)\nA,g,2026-09-01,TRY,120.50,1000,<5\nA,g,2026-09-02,TRY,10.00,--,12\n",
    "d22.csv": " Campaign name ,Campaign ID,Day,Amount spent (TRY),Impressions,Impressions,,\nQ,9,2026-09-01,10.50,100,100,,\n",
    "d22_renamed.csv": "Campaign,Campaign ID,Day,Spend (TRY),Impressions\nQ,9,2026-09-01,10.50,100\n",
    "d23.csv": DESK + '1,"Kargo ""nerede""?\n=HYPERLINK(""x"") 🎉",Open,Low,Facebook,2026-09-01 09:00,,,,,,\n2,"a, b",Open,Low,Phone,2026-09-01 09:00,,,,,,\n',
    "d24_html.csv": "<!DOCTYPE html><html><body>Sign in</body></html>",
    "d24_lfs.csv": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
    "d24_xlsx.csv": book(["a", "b"], [1, 2]),
    "d24_empty.csv": "",
    "d24_header.csv": "1;05.09.2026;120,00\n2;06.09.2026;60,00\n",
    "d24_content.csv": SHOP + "elma;armut;kiraz;muz\nayva;nar;incir;üzüm\n",
    "GMB insights - 2026-9-1 - 2026-9-30.csv": "Mağaza kodu,Yol tarifi,Telefonla arama,Web sitesi tıklamaları\n,Yol tarifi isteme sayısı,Arama sayısı,Tıklama sayısı\nIST,412,88,120\n",
    "d25.csv": SHOPIFY + "#9,a@b.com,paid,TRY,100,20,120.00,2026-08-31 22:30:00 +0000,1,T,100,0,\n",
    "d26.csv": logo(
        "1;1;1;05.09.2026;7;120.99.9999;PERAKENDE MÜŞTERİ;0;S;1;100,00;TL;1;0;",
        "1;1;2;06.09.2026;7;120.01;A;0;S;1;40,00;TL;1;1;",
        "1;1;3;07.09.2026;7;120.01;A;0;S;1;10,00;TL;1;0;",
    ),
    "d26_shop.csv": SHOPIFY.replace("Tags", "Cancelled at")
    + "#5,a@b.com,paid,TRY,100,20,120.00,2026-09-02 10:00:00 +0300,1,T,100,0,\n"
    + "#6,a@b.com,refunded,TRY,50,10,60.00,2026-09-02 10:00:00 +0300,1,T,50,60.00,2026-09-03 10:00:00 +0300\n",
    "d27.csv": "Telefon;Müşteri;Tarih;Nereden duydunuz?\n"
    + "".join(
        f"053200000{k:02d};M{k};{k + 10}.09.2026;{word}\n"
        for k, word in enumerate(["Instagram", "instagram", "İNSTAGRAM", "INSTAGRAM", "insta", "İnsta", "ig", "IG", "Instagram reklamı", "instagram.com", "Insta DM", "INSTAGRAM DM", "", "kuş", "bilmiyorum"])
    ),
    "d28.csv": "Record ID,Lifecycle Stage,Original Source,Create Date,Email\n,Lead,Direct Traffic,2026-09-01 08:00,a@b.com\n,Lead,Direct Traffic,2026-09-01 08:00,c@b.com\n",
    "d30_back.csv": DESK + "1,S,Closed,Low,Phone,2026-09-01 09:00,2026-09-01 08:00,2026-09-01 08:00,,,,\n",
    "d30.csv": DESK + "1,S,Closed,Low,Phone,2026-09-01 09:00,2026-09-03 10:12,2026-09-03 10:12,,49:12:00,,\n2,S,Closed,Low,Phone,2026-09-01 09:00,2026-09-01 10:00,,,-00:25:00,,\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return checked(tmp_path_factory.mktemp("defects"), FILES)


def naive(name: str, **options) -> pd.DataFrame:
    """The file as pandas reads it when nobody looks."""
    content = FILES[name]
    stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return pd.read_csv(stream, **options)


def orders(found: dict) -> dict:
    return found["sums"]["orders"]


def test_01_turkish_windows_letters(told):
    assert told["d01.csv"]["encoding"] == "cp1254" and orders(told["d01.csv"])["completed"]["gross"] == 120
    with pytest.raises(UnicodeDecodeError):
        naive("d01.csv", sep=";")


def test_02_a_mark_before_the_first_header(told):
    assert told["d02.csv"]["recipe"] == "meta_ads" and told["d02.csv"]["encoding"] == "utf-8-sig"
    row = next(csv.DictReader(io.StringIO(FILES["d02.csv"])))
    assert "Campaign name" not in row  # it is called "\ufeffCampaign name"


def test_03_utf16_tabs_and_a_preamble(told):
    assert told["d03.csv"]["sums"]["spend"]["amount"] == 1519.82 and told["d03.csv"]["sums"]["spend"]["clicks"] == 1742
    with pytest.raises(UnicodeDecodeError):
        naive("d03.csv")


def test_04_broken_letters_are_mended_and_lost_ones_refused(told):
    assert told["d04.csv"]["verdict"] == "read"
    assert (told["d04_lost.csv"]["verdict"], told["d04_lost.csv"]["code"]) == ("refused", "letters_lost")
    assert "Export it again as UTF-8" in told["d04_lost.csv"]["message"]
    assert naive("d04.csv", sep=";")["Müşteri Adı"][0] == "Ayþe Yýlmaz"


def test_05_a_preamble_and_two_tables_in_one_file(told):
    sessions = [p["sums"]["traffic"]["by_measure"]["sessions"]["visits"] for p in told["d05.csv"]["parts"]]
    assert sessions == [150, 70] and told["d05.csv"]["totals"] == "equal"
    # one table, with the total among the rows and the second header as a row of words
    assert pd.to_numeric(naive("d05.csv", comment="#")["Sessions"], errors="coerce").sum() == 370


def test_06_dates_that_two_orders_fit_are_refused_with_three_values(told):
    # an American and a Turkish reading both fit the first file; no single order fits the second
    assert (told["d06_both.csv"]["verdict"], told["d06_both.csv"]["code"]) == ("refused", "date_order")
    assert "'01/02/2026', '03/04/2026'" in told["d06_both.csv"]["message"] and "'Order Date'" in told["d06_both.csv"]["message"]
    assert (told["d06_two.csv"]["verdict"], told["d06_two.csv"]["code"]) == ("refused", "date_order")
    assert "'09/14/2026'" in told["d06_two.csv"]["message"] and "'Day'" in told["d06_two.csv"]["message"]
    assert pd.to_datetime("01.02.2026").month == 1  # 1 February in Turkey


def test_07_a_total_is_dropped_and_held_against_the_sum(told):
    found = told["d07.csv"]
    assert found["sums"]["spend"]["amount"] == 150.5 and found["dropped"] == {"total": 1}
    assert "151,50" in found["totals"] and "150.50" in found["message"]  # it does not equal the sum: said
    rows = naive("d07.csv", sep=";", skiprows=2, decimal=",")
    assert rows["Maliyet"].sum() == 302  # twice the money


def test_08_two_ways_to_write_a_number_in_one_column(told):
    # 1.234,50 + 150,50 + 1149.5
    assert told["d08.csv"]["sums"]["spend"]["amount"] == 2534.5
    assert pd.to_numeric(naive("d08.csv")["Amount spent (TRY)"], errors="coerce").sum() == 1149.5
    assert (told["d08_both.csv"]["verdict"], told["d08_both.csv"]["code"]) == ("refused", "decimal")
    assert "'1.234'" in told["d08_both.csv"]["message"]
    assert naive("d08_both.csv", sep=";")["Harcanan Tutar (TRY)"].sum() == pytest.approx(3.579)


def test_09_days_as_numbers_days_that_are_none_and_days_to_come(told):
    found = told["d09.csv"]
    assert (found["rows_kept"], found["reasons"], found["rows_later"]) == (1, {"blank": 1}, 1)
    assert str(found["period"][0]) == "2026-09-05"  # 46270 days after 30 December 1899
    assert pd.to_datetime(46270).year == 1970


def test_10_long_numbers_that_a_spreadsheet_shortened(told):
    assert (told["d10.csv"]["verdict"], told["d10.csv"]["code"]) == ("refused", "digits_lost")
    assert naive("d10.csv")["Record ID"].nunique() == 1  # two people become one


def test_11_zeros_in_front_stay(told):
    assert told["d11.csv"]["distinct"]["orders"]["order_id"] == 1
    assert naive("d11.csv", sep=";")["FICHENO"][0] == 12345


def test_12_fields_of_an_order_on_its_first_line_only(told):
    found = orders(told["d12.csv"])
    assert (found["rows"], found["completed"]["gross"]) == (1, 360)
    assert len(naive("d12.csv")) == 2
    assert (told["d12_unknown.csv"]["verdict"], told["d12_unknown.csv"]["code"]) == ("refused", "repeated_order")


def test_13_returns_with_a_code_and_a_positive_amount(told):
    found = orders(told["d13.csv"])
    assert found["by"]["return, completed"]["net"] == -40 and found["completed"]["net"] == 60
    assert naive("d13.csv", sep=";", decimal=",")["SATIR_NET"].sum() == 140


def test_14_amounts_whose_vat_nobody_declared_are_refused(tmp_path):
    mapping = "company: {currency: TRY}\nsources:\n  - {name: s, file: s.csv, table: orders, columns: {No: order_id, Day: ordered_at, Net: net}}\n"
    found = checked(tmp_path, {"s.csv": "No,Day,Net\n1,2026-09-01,120\n"}, sources=mapping)["s.csv"]
    assert (found["verdict"], found["code"]) == ("refused", "vat") and "vat: included" in found["message"]


def test_15_amounts_in_two_currencies_have_no_sum(told):
    leads = told["d15.csv"]["sums"]["leads"]
    assert leads["by_currency"] == {"EUR": 12500, "TRY": 8300} and "amount" not in leads
    assert naive("d15.csv")["Amount"].sum() == 20800


def test_16_money_over_more_than_three_months_is_deflated_or_withheld():
    # prices double within a year: +60% in nominal lira is -20% in real terms
    months = periods.between("2025-10", "2026-10")
    cpi = pd.DataFrame({"kind": "cpi", "on": [periods.first_day(m) for m in months], "value": [100 * 2 ** (k / 12) for k in range(13)]})
    index = prices.index_of(cpi, "2026-10")
    assert not prices.needed(index, 1) and prices.needed(index, 2)  # inflation above 10% asks for it at once
    assert [prices.asked(n, 0.05) for n in (3, 4)] == [False, True]  # below, only what spans more than three months
    factors = prices.factors_for(index, 12, "2025-10", "2026-10")
    before, after = 1000.0, 1600.0
    assert after / before - 1 == pytest.approx(0.6)  # what nobody looks behind
    assert after * factors["2026-10"] / (before * factors["2025-10"]) - 1 == pytest.approx(-0.2)
    # without an index the comparison stays nominal and is withheld, not shown as growth
    assert prices.withheld(None, 12, None) and not prices.withheld(index, 12, factors)


def test_17_the_same_export_three_times_counts_once(told):
    copies = [told["d17.csv"], told["d17 (1).csv"], told["d17.xlsx"]]
    assert sorted(f["rows_replaced_by_other_files"] for f in copies) == [0, 2, 2]
    assert any("is the same file as d17" in f["message"] for f in copies)
    assert len(pd.concat([naive("d17.csv"), naive("d17 (1).csv")])) == 4


def test_19_results_of_several_kinds_and_reach_are_not_summed(told):
    spend = told["d19.csv"]["sums"]["spend"]
    assert "results" not in spend and "reach" not in spend and "mixes 2 kinds of result" in told["d19.csv"]["message"]
    assert naive("d19.csv")["Results"].sum() == 43


def test_20_one_row_for_the_whole_range_is_refused_with_the_menu(told):
    assert (told["d20.csv"]["verdict"], told["d20.csv"]["code"]) == ("refused", "no_day")
    assert "Breakdown > By time > Day" in told["d20.csv"]["message"]
    assert len(naive("d20.csv")) == 1  # a month of spend on one day


def test_21_dashes_and_masked_cells_are_missing_not_zero(told):
    spend = told["d21.csv"]["sums"]["spend"]
    assert (spend["clicks"], spend["impressions"], spend["amount"]) == (12, 1000, 130.5)
    assert naive("d21.csv")["Clicks (destination)"].dtype != "int64"


def test_22_headers_with_spaces_twice_or_renamed(told):
    assert told["d22.csv"]["sums"]["spend"]["impressions"] == 100
    assert told["d22_renamed.csv"]["verdict"] == "refused" and "'Campaign'" in told["d22_renamed.csv"]["message"]
    assert "Campaign name" not in naive("d22.csv").columns


def test_23_line_ends_quotes_and_formulas_inside_a_cell(told):
    assert told["d23.csv"]["rows_read"] == 2
    assert len(FILES["d23.csv"].splitlines()) - 1 == 3  # a reader by lines sees three tickets
    written = plain_csv(pd.DataFrame({"a": ["=1+1", "+90", "-5 TL", "@x", "plain"], "b": [1.5, -2.0, 3, 4, 5]}))
    assert written.splitlines()[1:] == ["'=1+1,1.5", "'+90,-2.0", "'-5 TL,3.0", "'@x,4.0", "plain,5.0"]


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("d24_html.csv", "html", "web page"),
        ("d24_lfs.csv", "pointer", "git lfs pull"),
        ("d24_xlsx.csv", "false_name", ".xlsx"),
        ("d24_empty.csv", "empty", "came empty"),
        ("d24_header.csv", "no_header", "header"),
        ("d24_content.csv", "unreadable", "none of its 2 row(s)"),
    ],
)
def test_24_what_only_looks_like_the_file_is_refused_with_its_own_sentence(told, name, code, word):
    assert (told[name]["verdict"], told[name]["code"]) == ("refused", code), told[name]["message"]
    assert word in told[name]["message"]


def test_24_a_row_of_descriptions_is_no_row(told):
    found = told["GMB insights - 2026-9-1 - 2026-9-30.csv"]
    assert (
        found["dropped"] == {"description": 1} and found["sums"]["traffic"]["by_measure"]["directions"]["visits"] == 412
    )
    assert len(naive("GMB insights - 2026-9-1 - 2026-9-30.csv")) == 2


def test_25_the_last_hours_of_a_month_lie_in_the_next_one(told):
    # 31 August 22:30 UTC is 1 September 01:30 in Istanbul
    assert str(told["d25.csv"]["period"][0]) == "2026-09-01"
    assert pd.to_datetime(naive("d25.csv")["Created at"])[0].month == 8


def test_26_walk_ins_and_cancelled_orders_are_no_customers_and_no_sales(told):
    found = orders(told["d26.csv"])
    assert (found["without_customer"], found["completed"]["net"], found["by"]["sale, cancelled"]["net"]) == (1, 110, 40)
    assert naive("d26.csv", sep=";", decimal=",")["SATIR_NET"].sum() == 150


def test_26_an_order_that_was_cancelled_is_no_sale_and_no_return(told):
    found = orders(told["d26_shop.csv"])
    assert found["completed"] == {"net": 100.0, "gross": 120.0, "sales": 1, "returns": 0}
    assert naive("d26_shop.csv")["Total"].sum() == 180


def test_27_twelve_spellings_of_instagram_and_what_nobody_knows(told):
    found = told["d27.csv"]["sums"]["touches"]["rows_by_source"]
    assert found["instagram"] == 12 and sum(found.values()) == 15
    assert naive("d27.csv", sep=";")["Nereden duydunuz?"].nunique() > 9


def test_27_sources_that_fit_no_word_stand_by_the_money_behind_them():
    people = {"system": "crm", "account_id": [1, 2, 3, 4, 5, 6, 7, 8], "source": ["other", "other", None, "instagram", *["other"] * 4],
              "source_raw": ["Fuar", "Bayi", "Fuar", "IG", None, "Fuar", "Fuar", "Fuar"]}  # fmt: skip
    sold = {"account_id": [1, 3, 3, 2, 2, 4], "net": [10.0, 5.0, 100.0, 60.0, 1000.0, 9.0], "is_internal": [False] * 6,
            "status": ["completed", "completed", "completed", "completed", "cancelled", "completed"]}  # fmt: skip
    tables_ = {n: ibis.memtable(pd.DataFrame(f)) for n, f in (("accounts", people), ("leads", people), ("orders", sold))}
    found = joins.unmapped(SimpleNamespace(read=tables_.__getitem__))
    # Fuar: 10 + 5 + 100 of five customers; Bayi is one customer's, whose 60 stay hidden; a blank text and a known source are no spelling
    assert found.fillna(-1).values.tolist() == [["crm", "Fuar", 5, 115.0], ["crm", "Bayi", 1, -1]]
    assert pd.Series(people["source_raw"]).value_counts().index[0] == "Fuar"  # a count alone says nothing of money


def test_spend_meets_the_calendar_by_id_or_by_name_as_everywhere_else():
    """Five rows: one by id, two by name (written alike), two of a campaign that the calendar lacks: 3 of 5, named by its name."""
    names = (("K-1", None), ("77", "Sonbahar "), ("77", "sonbahar"), ("88", "Reels"), ("88", "Reels"))
    spend = [{"on": date(2025, 10, 1), "source": "instagram", "campaign_id": i, "campaign_name": n, "amount": 1} for i, n in names]
    plan = [{"campaign_id": i, "name": n} for i, n in (("K-1", "Bahar"), ("K-2", "Sonbahar"))]
    known = {"spend": hand.table("spend", spend), "campaigns": hand.table("campaigns", plan)}
    found = joins.join_rates(SimpleNamespace(has=known.__contains__, read=known.__getitem__))
    wanted = ["spend", "campaign_id", "campaigns", 5, 3, 0.6, False, "Reels"]
    assert found.values.tolist() == [wanted]


def test_28_a_key_that_is_wholly_empty_is_refused(told):
    assert (told["d28.csv"]["verdict"], told["d28.csv"]["code"]) == ("refused", "blank")
    assert "account_id" in told["d28.csv"]["message"] or "lead_id" in told["d28.csv"]["message"]
    assert len(naive("d28.csv")) == 2


LOOKED_UP = """company: {currency: TRY}
sources:
  - {name: products, file: products.csv, ignore: false, table: products, columns: {Code: product_id, Group: category}}
  - name: lines
    file: lines.csv
    table: orders
    columns: {No: order_id, Day: ordered_at, Net: net}
    options: {vat: excluded}
    derive: {campaign_id: {lookup: {in: products, by: Product, key: Code, give: Group}}}
"""


def test_29_codes_that_do_not_join_are_refused_with_the_ones_that_found_nothing(tmp_path):
    files = {
        "products.csv": "Code,Group\nGTX Pro,A\nMG Special,B\n",
        "lines.csv": "No,Day,Net,Product\n1,2026-09-01,10,GTXPro\n2,2026-09-02,20,MG Special\n3,2026-09-03,30,GTXPro\n4,2026-09-04,40,GTX Pro\n",
    }
    found = checked(tmp_path / "a", files, sources=LOOKED_UP)["lines.csv"]
    assert (found["verdict"], found["code"]) == ("refused", "join")
    assert "50%" in found["message"] and "'GTXPro' (2 rows)" in found["message"] and "98%" in found["message"]
    partial = checked(tmp_path / "b", files, sources=LOOKED_UP.replace("give: Group", "give: Group, partial: true"))["lines.csv"]
    assert partial["verdict"] == "read" and partial["sums"]["orders"]["completed"]["net"] == 100
    left, right = (pd.read_csv(io.StringIO(files[n])) for n in ("lines.csv", "products.csv"))
    assert left.merge(right, left_on="Product", right_on="Code")["Net"].sum() == 60  # 40 of 100 gone without a word


def test_29_tables_of_a_folder_that_hardly_meet_are_told_with_the_file(tmp_path):
    # the sheet of stores knows two of three codes, one of them by its name before
    stores = "Mağaza Kodu;Mağaza Adı;Tür;İl;Eski Kod\nIST-1;A;Mağaza;İstanbul;S1\nANK-1;B;Mağaza;Ankara;\n"
    lines = STORE_LINES + "".join(f"{k};7;120 01 001;05.09.2026;10,00;{code}\n" for k, code in enumerate(["S1", "ANK-1", "IZM-9", "IZM-9"]))
    found = checked(tmp_path, {"stores.csv": stores, "lines.csv": lines})
    assert found["stores.csv"]["verdict"] == "read", found["stores.csv"]["message"]
    link = next(k for k in found["lines.csv"]["links"] if k["partner"] == "stores")
    assert (link["rows"], link["tied"], link["enough"], link["unmatched"]) == (4, 2, False, ["IZM-9"])
    assert "50% of 4" in found["lines.csv"]["message"] and "'IZM-9'" in found["lines.csv"]["message"]
    left, right = (pd.read_csv(io.StringIO(text), sep=";", dtype=str) for text in (lines, stores))
    assert len(left.merge(right, left_on="ISYERI", right_on="Mağaza Kodu")) == 1  # three sales of four gone


def test_30_durations_beyond_a_day_and_below_zero(told):
    found = told["d30.csv"]
    assert found["sums"]["cases"]["handle_minutes"] == 2952  # 49 h 12 min; the negative one is left blank and told
    assert found["cells_left_blank"] == {"cases.handle_minutes: out_of_range": 1}
    back = told["d30_back.csv"]["sums"]["cases"]
    assert back["resolved_before_opened"] == 1 and "resolution_hours" not in back
    assert pd.to_timedelta(naive("d30.csv")["Time tracked"]).sum() != pd.Timedelta(minutes=2952)
