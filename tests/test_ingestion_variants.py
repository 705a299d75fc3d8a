"""Exports as another company's settings write them: columns in another order or left out, other signs, months, separators, encodings."""

import duckdb
import pytest
from ingestion_files import checked

from scrm_helpers.ingestion import cells

FILES = {
    "meta_order.csv": "Day;Amount spent (TRY);Campaign name;Impressions\n2026-09-01;1.250,50;Sonbahar;12.000\n2026-09-02;99,90;Sonbahar;900\n",  # noqa: E501
    "meta_utf16.csv": (
        "Gün\tKampanya Adı\tHarcanan Tutar (TRY)\tGösterim\n2026-09-01\tYaz\t150,50\t1.000\n2026-09-02\tYaz\t50,25\t2.000\n".encode("utf-16")  # noqa: E501
    ),
    "meta_quoted.csv": 'Campaign name,Day,Amount spent (USD),Impressions\nFall,"Sep 1, 2026","1,234.50","12,345"\nFall,"Sep 2, 2026","2,000.00",1\n',  # noqa: E501
    "hubspot_without_stage.csv": "Record ID,First Name,Email,Create Date,Original Source\n1,Ada,a@b.com,2026-09-01 10:00,Paid Social\n"
    "2,Bora,b@b.com,2026-09-02 11:00,Organic Search\n",
    "trendyol_without_package.csv": "Sipariş Tarihi;Sipariş Numarası;Sipariş Statüsü;Ürün Adı;Adet;Faturalanacak Tutar;Satış Tutarı;Barkod\n"  # noqa: E501
    "01.09.2026 10:00;100;Teslim Edildi;Bardak;1;120,00;120,00;8690000000017\n15.09.2026 11:00;101;Teslim Edildi;Bardak;1;1.020,00;1.020,00;8690000000017\n",  # noqa: E501
    "logo_points.csv": "FICHENO,TRCODE,CARI_KOD,DATE_,SATIR_NET,STOK_KODU\n001,8,120 01,2026-09-05,1250.50,S1\n002,8,120 02,2026-09-06,10.00,S1\n",  # noqa: E501
    "logo_quoted.csv": 'FICHENO;TRCODE;CARI_KOD;DATE_;SATIR_NET\n001;8;120 01;05.09.2026;"1.250,50"\n002;8;120 02;26.09.2026;"10,00"\n'
    'GENEL TOPLAM;;;;"1.260,50"\n',
    "freshdesk_months.csv": "Ticket ID,Subject,Status,Source,Created time,Resolved time\n1,A,Closed,Email,5 Eylül 2026 10:30,6 Eylül 2026 11:00\n"  # noqa: E501
    "2,B,Open,Phone,7 Ağustos 2026 09:00,\n",
    "freshdesk_short.csv": "Created time,Ticket ID,Status,Source\n2026-09-01 10:00,1,Open,Facebook\n",
    "zendesk_short.csv": "Requester email,Status,Id,Created at,Via\na@b.com,Solved,11,2026-09-01 10:00,Mail\n",
    "salesforce_turkish_settings.csv": "Lead Source;Amount;Amount Currency;Close Date;Stage;Created Date;Lead ID\n"
    "Web;1.500,00;EUR;15.09.2026;Closed Won;01.09.2026;00Q1\nInstagram;2.000,50;EUR;16.09.2026;Open;02.09.2026;00Q2\n\nGenel Toplam;3.500,50\n",  # noqa: E501
    "google_ads_semicolon.csv": "Kampanya raporu\n1 Eylül 2026 - 30 Eylül 2026\nKampanya;Gün;Maliyet;Göstr.;Tıklamalar;Para birimi kodu\n"
    "Marka;2026-09-01;1.519,82;12.345;1.742;TRY\nMarka;2026-09-02;19,82;345;42;TRY\nToplam: Hesap;;1.539,64;12.690;1.784;\n",
    "linkedin_report.csv": 'Campaign Performance Report (in UTC)\n"Report Start: 09/01/2026, Report End: 09/30/2026"\n\nStart Date (in UTC),Campaign Name,Campaign ID,'  # noqa: E501
    'Currency,Total Spent,Impressions,Clicks\n9/1/2026,Fall,11,USD,"1,234.50",1000,10\n9/15/2026,Fall,11,USD,10.00,100,1\nTotal,,,,"1,244.50",1100,11\n',  # noqa: E501
    "tiktok_order.csv": "By Day,Campaign name,Cost,Impressions,Clicks (destination),Currency\n2026-09-01,A,100.5,<5,3,TRY\n2026-09-02,A,50,900,-,TRY\n"  # noqa: E501
    "Total of 2 results,,150.5,,,\n",
    "posts_without_link.csv": 'Post ID,Account username,Description,Publish time,Date,Views,Reach,Likes\n17841405793187219,demo,"a\nb",09/15/2026 10:30,Lifetime,'  # noqa: E501
    '"1,000",800,10\n17841405793187221,demo,x,09/16/2026 11:30,Lifetime,500,400,5\n',
    "netsis_broken_letters.csv": "CARI_KOD;CARI_ISIM;FISNO;TARIH;BORC;ALACAK\n120-01;Ayþe Yýlmaz;F1;05.09.2026;1.200,00;0,00\n120-02;Çaðrý;F2;26.09.2026;120,00;0,00\n",  # noqa: E501
}  # fmt: skip
# file -> recipe, rows kept, facts by path
TRUTH = {
    "meta_order.csv": ("meta_ads", 2, {"spend.amount": 1350.4, "spend.impressions": 12900}),
    "meta_utf16.csv": ("meta_ads", 2, {"spend.amount": 200.75, "spend.impressions": 3000}),
    "meta_quoted.csv": ("meta_ads", 2, {"spend.amount_document": 3234.5, "spend.impressions": 12346}),
    "hubspot_without_stage.csv": ("hubspot_contacts", 2, {"accounts.rows": 2, "leads.rows": 2}),
    "trendyol_without_package.csv": ("trendyol_orders", 2, {"orders.completed.gross": 1140}),
    "logo_points.csv": ("logo_lines", 2, {"orders.net": 1260.5}),
    "logo_quoted.csv": ("logo_lines", 2, {"orders.net": 1260.5}),
    # 5 September 10:30 to 6 September 11:00
    "freshdesk_months.csv": ("freshdesk_tickets", 2, {"cases.resolution_hours": 24.5}),
    "freshdesk_short.csv": ("freshdesk_tickets", 1, {"cases.rows": 1}),
    "zendesk_short.csv": ("zendesk_tickets", 1, {"cases.rows": 1}),
    "salesforce_turkish_settings.csv": ("salesforce_report", 2, {"leads.amount": 3500.5}),
    "google_ads_semicolon.csv": ("google_ads", 2, {"spend.amount": 1539.64, "spend.clicks": 1784}),
    "linkedin_report.csv": ("linkedin_ads", 2, {"spend.amount_document": 1244.5, "spend.clicks": 11}),
    "tiktok_order.csv": ("tiktok_ads", 2, {"spend.amount": 150.5, "spend.impressions": 900, "spend.clicks": 3}),
    "posts_without_link.csv": ("meta_content", 2, {"activity.by_measure.views.value": 1500, "activity.by_measure.likes.value": 15}),
    "netsis_broken_letters.csv": ("netsis_movements", 2, {"orders.completed.gross": 1320}),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return checked(tmp_path_factory.mktemp("variants"), FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_is_read_as_its_values_say(told, name):
    recipe, kept, facts = TRUTH[name]
    found = told[name]
    assert (found["verdict"], found["recipe"], found["rows_kept"]) == ("read", recipe, kept), found["message"]
    for path, wanted in facts.items():
        value = found["sums"]
        for step in path.split("."):
            value = value[step]
        assert value == pytest.approx(wanted), path
    assert found["totals"] in ("", "equal")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("5 Eylül 2026", "2026-09-05 00:00:00"),
        ("27 Ocak - 20 Mart 2025", "2025-01-27 00:00:00"),  # a span in one cell: its first day
        ("Jan 27 - Mar 20 2025", "2025-01-27 00:00:00"),
        ("05 AĞUSTOS 2026 14:30", "2026-08-05 14:30:00"),
        ("Cuma 15 Mayıs 2026", "2026-05-15 00:00:00"),
        ("Sep 5, 2026 2:30 PM", "2026-09-05 14:30:00"),
        ("Sep 15, 2026, 12:05:09 AM", "2026-09-15 00:05:09"),
        ("5. März 2026", "2026-03-05 00:00:00"),
        ("12 août 2026", "2026-08-12 00:00:00"),
        ("05-Sep-2026", "2026-09-05 00:00:00"),
        ("31 Şubat 2026", None),
        ("3 İstanbul 2026", None),
    ],
)
def test_a_month_by_its_name_in_the_languages_of_exports(cell, read):
    con = duckdb.connect()
    for macro in cells.MACROS:
        con.execute(macro)
    found, looks = con.execute(f"SELECT scrm_worded(?)::VARCHAR, regexp_matches(?, '{cells.WORDED}')", [cell, cell]).fetchone()
    assert found == read and looks
    assert len(cells.MONTHS) > 90 and {cells.MONTHS[w] for w in ("eylül", "sep", "septiembre")} == {9}
