"""One file per system, in the shape of its real export (headers of docs; all values made up): what it is taken for, and what is in it."""

# ruff: noqa: E501
import pytest
from ingestion_files import book, checked

FILES: dict[str, str | bytes] = {}
FILES["Adsız-Rapor-Eyl-1-2026-Eyl-30-2026.csv"] = (
    '\ufeffRapor Başlangıcı,Rapor Sonu,Kampanya adı,Reklam seti adı,Gün,Sonuçlar,Sonuç Göstergesi,Erişim,Gösterimler,Sıklık,Harcanan Tutar (TRY),Bağlantı Tıklamaları,CTR (Tümü)\n2026-09-01,2026-09-30,Yaz,Set A,2026-09-01,3,actions:offsite_conversion.fb_pixel_purchase,900,1.200,"1,33","150,50",40,"3,3"\n2026-09-01,2026-09-30,Yaz,Set A,2026-09-02,50,reach,950,1.300,"1,37","1.149,50",41,"3,1"\n'
)
FILES["meta_range.csv"] = (
    "Reporting starts,Reporting ends,Campaign name,Campaign ID,Amount spent (TRY),Impressions\n2026-09-01,2026-09-30,Fall,120210000000000001,100.50,1000\n"
)
FILES["meta_noday.csv"] = (
    "Campaign name,Campaign ID,Amount spent (TRY),Impressions,Reach\nFall,120210000000000001,100.50,1000,10\n"
)
FILES["Profil-Erişim.csv"] = (
    'sep=,\n"Erişim"\n"Tarih","Primary"\n"2026-09-01T00:00:00","120"\n"2026-09-02T00:00:00","1.234"\n'.encode("utf-16")
)
FILES["content.csv"] = (
    '\ufeffPost ID,Account ID,Account username,Account name,Description,Duration (sec),Publish time,Permalink,Post type,Data comment,Date,Views,Reach,Likes,Shares,Follows,Comments,Saves\n17841405793187219,1,demo,Demo,"Satır bir\nsatır iki 🎉",0,09/15/2026 10:30,https://www.instagram.com/p/1/,IG image,,Lifetime,1000,800,10,1,0,2,3\n17841405793187221,1,demo,Demo,=SUM(A1),0,09/16/2026 11:30,https://www.instagram.com/p/2/,IG reel,,Lifetime,500,400,5,1,0,2,\n'
)
FILES["tweets.csv"] = (
    '\ufeffTweet id,Tweet permalink,Tweet text,time,impressions,engagements,engagement rate,retweets,replies,likes,user profile clicks,url clicks,promoted impressions\n"1226930000000000001","https://x.com/1","selam\ndünya","2026-09-30 22:30 +0000","1203.0","40.0","0.033","2.0","1.0","10.0","3.0","4.0","-"\n"1226930000000000002","https://x.com/2","b","2026-09-10 18:00 +0000","100.0","4.0","0.03","0.0","1.0","1.0","0.0","0.0","-"\n'
)
FILES["linkedin.csv"] = (
    'Campaign Performance Report (in UTC)\n"Report Start: 09/01/2026, Report End: 09/30/2026"\n\nStart Date (in UTC),Account Name,Campaign Group Name,Campaign Name,Campaign ID,Currency,Total Spent,Impressions,Clicks,Clicks to Landing Page,Conversions,Total Conversion Value\n09/01/2026,Demo,G1,C1,1001,EUR,"1,234.50","12,345",50,40,2,0\n09/02/2026,Demo,G1,C2,1002,EUR,100.00,345,5,4,0,0\nTotal,,,,,,"1,334.50","12,690",55,44,2,0\n'
)
FILES["linkedin16.csv"] = (
    FILES["linkedin.csv"]
    .replace(",", "\t")
    .replace('"1\t234.50"', '"1,234.50"')
    .replace('"12\t345"', '"12,345"')
    .replace('"1\t334.50"', '"1,334.50"')
    .replace('"12\t690"', '"12,690"')
    .encode("utf-16")
)
FILES["tiktok.xlsx"] = book(
    [
        "Campaign name",
        "Ad group name",
        "Ad name",
        "By Day",
        "Currency",
        "Cost",
        "Impressions",
        "CPM",
        "Clicks (destination)",
        "Reach",
        "Frequency",
        "Website URL (Ad level）",
    ],
    ["A", "g", "a1", "2026-09-01", "TRY", 120.5, 1000, 1, "<5", 900, 1.1, "-"],
    ["A", "g", "a1", "2026-09-02", "TRY", 80.25, 800, 1, 12, 700, 1.1, "-"],
    ["Total of 2 results", "-", "-", "-", "-", 200.75, 1800, "-", 12, "-", "-", "-"],
)
FILES["tiktok2.csv"] = (
    "Campaign name,Ad group name,By Day,Currency,Cost,Impressions,Clicks (destination)\nA,g,2026-09-01,TRY,120.50,1000,<5\nA,g,2026-09-02,TRY,-,800,12\nTotal of 2 results,,,,120.50,1800,12\n"
)
FILES["gads_en.csv"] = (
    "Campaign report\nSeptember 1, 2026 - September 30, 2026\nCampaign status\tCampaign\tCampaign ID\tDay\tCurrency code\tCost\tImpr.\tClicks\tConversions\nEnabled\tBrand\t111\t2026-09-01\tTRY\t1,519.82\t12,345\t1,742\t35.00\nPaused\tDisplay\t112\t2026-09-01\tTRY\t100.00\t1,000\t3\t --\nTotal: Campaigns\t\t\t\tTRY\t1,619.82\t13,345\t1,745\t35.00\nTotal: Account\t\t\t\tTRY\t1,619.82\t13,345\t1,745\t35.00\n".replace(
        "\n", "\r\n"
    ).encode("utf-16")
)
FILES["gads_tr2.csv"] = (
    "Kampanya raporu\n1 Eylül 2026 - 30 Eylül 2026\nKampanya durumu\tKampanya\tMaliyet\tGöstr.\tTıklamalar\tTO\tOrt. TBM\tDönüşümler\tDönüşüm değeri\tMaliyet / dönüşüm\nEtkin\tMarka\t1519,82\t12.345\t1.742\t14,11%\t0,87\t35,00\t1.000,00\t43,42\nToplam: Hesap\t\t1519,82\t12.345\t1.742\t14,11%\t0,87\t35,00\t1.000,00\t43,42\n".encode(
        "utf-16"
    )
)
FILES["GMB insights (Performance Report) - 2026-1-22 - 2026-2-18 - demo.csv"] = (
    "Store code,Business name,Address,Google Search - Mobile,Google Maps - Mobile,Calls,Messages,Directions,Website clicks\n,,,People who viewed,People who viewed,Calls made,Messages sent,Direction requests,Clicks\n1,D,a,100,200,10,1,20,30\n"
)
FILES["gmb nodate.csv"] = FILES["GMB insights (Performance Report) - 2026-1-22 - 2026-2-18 - demo.csv"]
FILES["hubspot16.csv"] = (
    "Record ID\tFirst Name\tLast Name\tEmail\tPhone Number\tLead Status\tLifecycle Stage\tOriginal Source\tOriginal Source Drill-Down 1\tCreate Date\tGDPR consent\n1\tAyşe\tYılmaz\ta@b.com\t5,32123E+09\tOpen\tLead\tPaid Social\tInstagram\t2026-09-01 08:00\t\n2\tB\tC\t\t\topen\tcustomer\tOffline Sources\tCRM_UI\t2026-09-02 08:00\t\n".encode(
        "utf-16"
    )
)
FILES["dynamics.xlsx"] = book(
    [
        "(Do Not Modify) Contact",
        "(Do Not Modify) Row Checksum",
        "(Do Not Modify) Modified On",
        " Full Name",
        "Email",
        "Lead Source",
        "Source Campaign",
        "Allow Marketing Communication",
    ],
    [
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "abc",
        "2026-09-03 10:00",
        "Ayşe Yılmaz",
        "a@b.com",
        "Instagram",
        "yaz",
        "Allow",
    ],
    ["6f9619ff-8b86-d011-b42d-00c04fc964f0", "abd", "2026-09-04 10:00", "Ali Kaya", "k@b.com", "", "", "Do Not Allow"],
)
FILES["pipedrive.xlsx"] = book(
    [
        "Deal - ID",
        "Deal - Title *",
        "Deal - Value",
        "Deal - Currency of value",
        "Deal - Organization",
        "Deal - Contact person",
        "Deal - Stage",
        "Deal - Status",
        "Deal - Deal created",
        "Deal - Won time",
        "Deal - Lost time",
        "Deal - Lead Source",
        "Person - Email - Work",
        "Person - Phone - Work",
    ],
    [
        1,
        "A",
        1500.5,
        "TRY",
        "Org",
        "Ali",
        "S",
        "Won",
        46266.5,
        46270,
        None,
        "Instagram",
        "a@b.com",
        "0532 111 22 33, 0533 111 22 33",
    ],
    [2, "B", 200, "EUR", "Org", "Ali", "S", "Open", 46267, None, None, "insta", "a@b.com", None],
)
FILES["zendesk.csv"] = (
    "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Solved at,Satisfaction Score,Reopens,Replies,First reply time in minutes,First reply time in minutes within business hours,Full resolution time in minutes\n1,1,Ayşe,900,,a@b.com,X,G,S,,Solved,Normal,Facebook Private Message,Question,2026-09-01 10:00,2026-09-03 11:12,Offered,0,2,15,10,2952\n1,2,Ali,901,,b@b.com,X,G,S,,Closed,Normal,Phone call (incoming),Question,2026-09-02 10:00,2026-09-02 10:30,Good,0,1,0,0,30\n"
)
FILES["callcentre.xlsx"] = book(
    ["Çağrı Merkezi Günlük Rapor"],
    [
        "Tarih",
        "Temsilci",
        "Gelen Çağrı",
        "Cevaplanan",
        "Kaçan",
        "Toplam Konuşma Süresi",
        "Gelen Çağrı Ort Konuşma Süresi",
    ],
    ["01.09.2026", "Ali", 50, 45, 5, "49:12:00", "00:05:00"],
    ["01.09.2026", "Veli", 40, 38, 2, "02:30:00", "00:04:00"],
    ["TOPLAM", None, 90, 83, 7, "51:42:00", None],
)
FILES["odoo.csv"] = (
    "Number,Invoice Partner Display Name,Invoice/Bill Date,Due Date,Salesperson,Untaxed Amount Signed,Total Signed,Amount Due Signed,Payment Status,Source,Medium,Campaign,Reference,Origin\nDemo A (2),,,,,900.00,1080.00,0,,,,,,\nINV/2026/00001,Demo A,2026-09-01,2026-10-01,S,1000.00,1200.00,0.00,Paid,Instagram,,yaz,,\nRINV/2026/00001,Demo A,2026-09-03,2026-10-01,S,-100.00,-120.00,0.00,Paid,,,,,\nDemo B (1),,,,,50.00,60.00,0,,,,,,\nINV/2026/00002,Demo B,2026-09-05,2026-10-01,S,50.00,60.00,60.00,Not Paid,,,,,\n"
)
FILES["odoo_lines.xlsx"] = book(
    [
        "Number",
        "Invoice Partner Display Name",
        "Invoice/Bill Date",
        "Untaxed Amount Signed",
        "Total Signed",
        "Payment Status",
        "Invoice lines/Product",
        "Invoice lines/Quantity",
        "Invoice lines/Subtotal",
    ],
    ["INV/1", "A", "2026-09-01", 300, 360, "Paid", "P1", 1, 100],
    [None, None, None, None, None, None, "P2", 2, 200],
    ["INV/2", "B", "2026-09-02", 50, 60, "Paid", "P1", 1, 50],
)
FILES["quickbooks.csv"] = (
    'Demo Ltd\nSales by Customer Detail\nSeptember 1-30, 2026\n\n,Date,Transaction Type,No.,Name,Memo/Description,Account,Class,Amount,Balance\nAcme,,,,,,,,,\n,09/15/2026,Invoice,1001,Acme,Consulting,Sales,,"1,000.00","1,000.00"\n,09/16/2026,Credit Memo,1002,Acme,Refund,Sales,,-200.00,800.00\nTotal for Acme,,,,,,,,"$800.00",\nBeta,,,,,,,,,\n,09/18/2026,Sales Receipt,1003,Beta,Parts,Sales,,50.00,50.00\nTotal for Beta,,,,,,,,$50.00,\nTOTAL,,,,,,,,$850.00,\n'
)
FILES["mikro.csv"] = (
    "cha_RECno;cha_evrakno_seri;cha_evrakno_sira;cha_tarihi;cha_kod;cha_meblag;cha_d_cins;cha_iptal;cha_tip\n1;A;101;2026-09-05 00:00:00;120.01;1200,00;0;0;0\n2;A;102;2026-09-30T21:00:00Z;120.02;240,50;0;0;0\n3;A;103;1899-12-30;120.02;100,00;0;0;0\n4;A;104;2026-09-08;120.02;50,00;0;1;0\n5;B;1;2026-09-09;120.02;70,00;0;0;1\n"
)
FILES["netsis.csv"] = (
    "CARI_KOD;CARI_ISIM;AÇIKLAMA;FÝÞNO;TARIH;BORC;ALACAK;DOV_TUTAR;DOVTIP\n120-001;IÞIK TÝCARET;;F1;05.09.2026;1.200,00;0,00;0,00;0\n120-999;MUHTELÝF MÜÞTERÝ;;F2;06.09.2026;240,00;0;0;0\n120-001;IÞIK TÝCARET;;F3;07.09.2026;0;500,00;0;0\n"
)
FILES["netsis2.csv"] = "CARI_KOD;fiþno;TARIH;DOV_TUTAR;DOVTIP\n120-001;F1;05.09.2026;1.200,00;0\n"
FILES["iys.csv"] = (
    "Alıcı,İzin Kanalı,İzin Durumu,İzin Tarihi,Alıcı Tipi,İzin Kaynağı\n+905321112233,MESAJ,ONAY,2026-09-01 10:00:00,BIREYSEL,HS_WEB\na@b.com,EPOSTA,RET,2026-09-02 10:00:00,BIREYSEL,HS_WEB\n"
)
FILES["li_page.xlsx"] = book(
    [
        "Date",
        "Impressions (organic)",
        "Impressions (sponsored)",
        "Impressions (total)",
        "Unique impressions (organic)",
        "Clicks(organic)",
        "Clicks(total)",
        "Reactions (total)",
        "Comments (total)",
        "Reposts (total)",
        "Engagement rate (total)",
    ],
    ["09/15/2026", 100, 0, 100, 80, 5, 5, 3, 1, 0, 0.09],
    more={"All posts": [["Post title", "Post link"], ["a", "b"]]},
)
FILES["trendyol.xlsx"] = book(
    "Sipariş Numarası;Paket No;Sipariş Tarihi;Sipariş Statüsü;Barkod;Ürün Adı;Adet;Birim Fiyatı;Satış Tutarı;İndirim Tutarı;Faturalanacak Tutar".split(
        ";"
    ),
    ["1023344551", "1", "05.09.2025 14:22", "Teslim Edildi", "8,69E+12", "T", 1, 1249.9, 1249.9, 125, 1124.9],
)


# file -> (recipe, rows kept, {path into sums: value}); the arithmetic stands in the files above
TRUTH = {
    # 150,50 + 1.149,50; 1.200 + 1.300 impressions are thousands, for a count has no decimals
    "Adsız-Rapor-Eyl-1-2026-Eyl-30-2026.csv": ("meta_ads", 2, {"spend.amount": 1300.0, "spend.impressions": 2500.0}),
    "Profil-Erişim.csv": ("meta_metric", 2, {"activity.by_measure.reach.value": 1354.0}),
    "content.csv": (
        "meta_content",
        2,
        {"activity.by_measure.views.value": 1500.0, "activity.by_measure.saves.rows": 1},
    ),
    "tweets.csv": ("x_tweets", 2, {"activity.by_measure.impressions.value": 1303.0}),
    "linkedin.csv": ("linkedin_ads", 2, {"spend.amount": 1334.5, "spend.impressions": 12690.0}),
    "linkedin16.csv": ("linkedin_ads", 2, {"spend.amount": 1334.5, "spend.impressions": 12690.0}),
    "li_page.xlsx": ("linkedin_page", 1, {"activity.by_measure.clicks.value": 5.0}),
    "tiktok.xlsx": ("tiktok_ads", 2, {"spend.amount": 200.75, "spend.clicks": 12.0}),
    "gads_en.csv": ("google_ads", 2, {"spend.amount": 1619.82, "spend.clicks": 1745.0, "spend.results": 35.0}),
    "gads_tr2.csv": ("google_ads", 1, {"spend.amount": 1519.82, "spend.clicks": 1742.0}),
    "GMB insights (Performance Report) - 2026-1-22 - 2026-2-18 - demo.csv": (
        "google_business_profile",
        1,
        {"traffic.by_measure.directions.visits": 20.0},
    ),
    "hubspot16.csv": ("hubspot_contacts", 2, {"leads.rows_by_source.instagram": 1, "leads.rows_by_source.unknown": 1}),
    "dynamics.xlsx": (
        "dynamics_records",
        2,
        {"consents.rows_by_status.granted": 1, "consents.rows_by_status.withdrawn": 1},
    ),
    "pipedrive.xlsx": ("pipedrive_deals", 2, {"leads.by_currency.TRY": 1500.5, "leads.by_currency.EUR": 200.0}),
    # 1 September 10:00 to 3 September 11:12 is 49.2 hours, and half an hour
    "zendesk.csv": ("zendesk_tickets", 2, {"cases.resolution_hours": 49.7, "cases.satisfaction": 5.0}),
    # 49:12 and 2:30 are 51 h 42 min, 3,102 minutes
    "callcentre.xlsx": ("call_day_sheet", 2, {"phone_load.answered": 83.0, "phone_load.talk_minutes": 3102.0}),
    "odoo.csv": (
        "odoo_invoices",
        3,
        {"orders.completed.net": 950.0, "orders.completed.gross": 1140.0, "orders.completed.returns": 1},
    ),
    "odoo_lines.xlsx": (
        "odoo_invoices",
        3,
        {"orders.completed.net": 350.0, "order_lines.rows": 3, "order_lines.net": 350.0, "order_lines.quantity": 4.0},
    ),
    "quickbooks.csv": ("quickbooks_report", 3, {"orders.completed.net": 850.0, "orders.completed.returns": 1}),
    # 1.200,00 + 240,50 with VAT; the cancelled 50,00 apart, the payment left out, the day of 1899 set aside
    "mikro.csv": ("mikro_movements", 3, {"orders.completed.gross": 1440.5, "orders.rows_by_status.cancelled": 1}),
    "netsis.csv": ("netsis_movements", 2, {"orders.completed.gross": 1440.0, "orders.without_customer": 1}),
    "netsis2.csv": ("netsis_movements", 1, {"orders.completed.gross": 1200.0}),
    "iys.csv": ("iys_consents", 2, {"consents.rows_by_status.granted": 1, "consents.rows_by_status.withdrawn": 1}),
    "trendyol.xlsx": ("trendyol_orders", 1, {"orders.completed.gross": 1124.9}),
}
REFUSED = {"meta_range.csv": "no_day", "meta_noday.csv": "unknown", "gmb nodate.csv": "period"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return checked(tmp_path_factory.mktemp("systems"), FILES)


def value(sums: dict, path: str):
    for step in path.split("."):
        sums = sums[step]
    return sums


@pytest.mark.parametrize("name", TRUTH)
def test_a_file_of_each_system_comes_out_as_its_values_say(told, name):
    recipe, kept, facts = TRUTH[name]
    found = told[name]
    assert (found["verdict"], found["recipe"], found["rows_kept"]) == ("read", recipe, kept), found["message"]
    assert {path: value(found["sums"], path) for path in facts} == pytest.approx(facts)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_without_days_is_refused_with_the_way_to_mend_it(told, name):
    assert (told[name]["verdict"], told[name]["code"]) == ("refused", REFUSED[name])
    assert "Breakdown > By time > Day" in told[name]["message"] or "2026-10-01 - 2026-10-31" in told[name]["message"]


def test_every_row_of_every_file_has_one_fate(told):
    for found in told.values():
        fates = ("kept", "quarantined", "dropped", "later", "replaced")
        assert found["rows_read"] == sum(found[f"rows_{f}"] for f in fates), found["file"]


def test_what_the_files_say_beside_their_rows(told):
    assert (
        "mixes 2 kinds of result" in told["Adsız-Rapor-Eyl-1-2026-Eyl-30-2026.csv"]["message"]
    )  # no sum of purchases and reach
    assert [str(d) for d in told["gads_tr2.csv"]["period"]] == ["2026-09-01", "2026-09-30"]  # it stands above the table
    assert told["gads_en.csv"]["totals"] == told["quickbooks.csv"]["totals"] == told["odoo.csv"]["totals"] == "equal"
    assert (
        told["pipedrive.xlsx"]["currency"] == ["EUR", "TRY"] and "amount" not in told["pipedrive.xlsx"]["sums"]["leads"]
    )
    # 30 September 22:30 UTC and 21:00Z are 1 October in Istanbul
    assert str(told["tweets.csv"]["period"][1]) == str(told["mikro.csv"]["period"][1]) == "2026-10-01"
    assert told["trendyol.xlsx"]["cells_left_blank"] == {"order_lines.product_id: digits_lost": 1}
    assert told["hubspot16.csv"]["cells_left_blank"] == {"accounts.phone: digits_lost": 1}
    assert told["content.csv"]["distinct"]["activity"]["item"] == 2  # ...219 and ...221 do not become one post


def test_files_of_one_folder_stand_for_themselves_and_say_what_replaces_them(told):
    both = (
        told["linkedin.csv"]["rows_replaced_by_other_files"],
        told["linkedin16.csv"]["rows_replaced_by_other_files"],
    )
    assert sorted(both) == [0, 2]  # the same two days once more
