"""Ingestion where money could go astray unseen: currencies, codes, repeated orders, totals, returns. Small hand-written files."""

# ruff: noqa: F811 (a fixture that is imported is named again by each test)
import hand
import pytest
from ingestion_files import checked
from test_ingestion import SHOP, mapped, put, raw, run  # noqa: F401

from scrm_helpers import periods
from scrm_helpers.acquisition import cost_ledger
from scrm_helpers.campaigns import plain
from scrm_helpers.ingestion import InputError

# money in another currency ----------------------------------------------------------------------------------------------

RATES = "date,kind,value\n2025-08-29,usd_try,40\n2025-08-29,eur_try,50\n"


def test_a_mapped_currency_column_counts_per_row(raw):
    mapped(raw, columns="{No: order_id, Day: ordered_at, Net: net, Cur: currency}")
    put(raw, "sales.csv", "No;Day;Net;Cur\n1;2025-09-01;20;USD\n2;2025-09-01;20;TL\n3;2025-09-01;20;\n")
    put(raw, "rates.csv", RATES)
    store, _ = run()
    rows = store.frame("orders").sort_values("order_no")
    assert rows["net"].tolist() == [800.0, 20.0] and rows["currency"].tolist() == ["USD", "TRY"]  # 20 x 40
    # nobody says what the third is, until an option does: 20 x 50
    assert store.frame("quarantine")[["source_row", "column", "reason"]].values.tolist() == [[4, "currency", "blank"]]
    mapped(raw, columns="{No: order_id, Day: ordered_at, Net: net, Cur: currency}", options="{vat: excluded, currency: EUR}")
    assert run()[0].frame("orders").sort_values("order_no")["net"].tolist() == [800.0, 20.0, 1000.0]


def test_a_sign_in_an_amount_sets_the_currency_of_its_row(raw):
    mapped(raw, options="{vat: excluded, decimal: point}")
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;$10.50\n2;2025-09-01;60.00 EUR\n3;2025-09-01;7.25 TL\n4;2025-09-01;GBP 5.00\n")
    put(raw, "rates.csv", RATES)
    store, _ = run()
    rows = store.frame("orders").sort_values("order_no")
    assert rows["net"].tolist() == [420.0, 3000.0, 7.25]  # 10.50 x 40, 60 x 50, lira as it stands
    assert rows["currency"].tolist() == ["USD", "EUR", "TRY"]
    # pounds have no rate
    assert store.frame("quarantine")[["source_row", "reason", "value"]].values.tolist() == [[5, "no_rate", "GBP"]]


def test_a_sign_that_contradicts_the_currency_of_its_row_sets_it_aside(raw):
    put(
        raw,
        "sales.csv",
        "Sipariş No;Sipariş Tarihi;Tutar;Para Birimi\n1;15.09.2025;$12,00;EUR\n2;15.09.2025;12,00 TL;TRY\n3;15.09.2025;60,00€;\n",
    )
    put(raw, "rates.csv", "date,kind,value\n2025-09-15,eur_try,50\n")
    store, _ = run()
    rows = store.frame("orders").sort_values("order_no")
    assert rows["net"].tolist() == [10.0, 2500.0]  # 12 / 1.2; 60 / 1.2 x 50
    assert store.frame("quarantine")[["source_row", "column", "reason", "value"]].values.tolist() == [
        [2, "net", "currency", "$12,00"]
    ]


# promotion codes --------------------------------------------------------------------------------------------------------

CODED = "{No: order_id, Day: ordered_at, Net: net, Code: promo_code}"


def test_a_code_gives_its_source_only_on_its_days(raw):
    mapped(raw, columns=CODED)
    put(raw, "kod.csv", "Kod;Kanal;Başlangıç;Bitiş\nA;Instagram;01.09.2025;15.09.2025\nA;TikTok;16.09.2025;30.09.2025\nB;Facebook;;\n")
    put(
        raw,
        "sales.csv",
        "No;Day;Net;Code\n1;2025-08-31;1;A\n2;2025-09-15;1;a\n3;2025-09-16;1;A\n4;2025-10-01;1;A\n5;2025-10-01;1;B\n6;2025-10-01;1;\n",
    )
    rows = run()[0].frame("orders").sort_values("order_no")
    found = [None if s != s else s for s in rows["source"]]
    assert found == [None, "instagram", "tiktok", None, "facebook", None]  # a day before, each validity, a day after


# order numbers that repeat ----------------------------------------------------------------------------------------------


def test_lines_of_equal_price_are_not_taken_for_one_order(raw):
    columns = "{No: order_id, Day: ordered_at, Net: net}"
    mapped(raw, columns=columns)
    put(raw, "sales.csv", "No;Day;Net;Item\n1;2025-09-01;10;pen\n1;2025-09-01;10;cup\n2;2025-09-01;5;pen\n")
    with pytest.raises(InputError, match="1 order number.*that differ.*rows: lines.*rows: totals"):
        run()
    mapped(raw, columns=columns, options="{vat: included, rows: lines}")
    rows = run()[0].frame("orders").sort_values("order_no")
    assert rows["net"].tolist() == pytest.approx([16.6667, 4.1667], abs=1e-4)  # (10 + 10) / 1.2, 5 / 1.2
    assert rows["net_document"].tolist() == pytest.approx([16.6667, 4.1667], abs=1e-3)  # both lines, not the first alone
    mapped(raw, columns=columns, options="{vat: excluded, rows: totals}")
    assert run()[0].frame("orders").sort_values("order_no")["net"].tolist() == [10.0, 5.0]  # the total stands on each line
    put(raw, "sales.csv", "No;Day;Net;Item\n1;2025-09-01;10;pen\n1;2025-09-01;12;cup\n")
    with pytest.raises(InputError, match="different totals, though sources.yml says rows: totals"):
        run()


def test_exact_doubles_in_one_file_count_once_and_are_told(raw):
    mapped(raw)
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;10\n1;2025-09-01;10\n2;2025-09-01;5\n")
    store, summary = run()
    assert store.frame("orders")["net"].sum() == 15
    assert "1 row(s) are exact doubles" in summary.files["message"][0] and "rows: lines" in summary.files["message"][0]
    assert summary.files[["rows_kept", "rows_replaced"]].values.tolist() == [[2, 1]]


def test_a_sheet_that_a_recipe_knows_can_be_lines_too(raw):
    put(raw, "a.csv", "Sipariş No;Sipariş Tarihi;Tutar;Ürün\n1;15.09.2025;12,00;A\n1;15.09.2025;12,00;B\n")
    with pytest.raises(InputError, match="rows: lines"):
        run()
    put(raw, "sources.yml", "sources:\n  - {name: a, file: a.csv, options: {rows: lines}}\n")
    assert run()[0].frame("orders")["net"].tolist() == [20.0]  # 24 / 1.2


# totals and customers called so -----------------------------------------------------------------------------------------


def test_a_customer_called_total_is_no_total_row(raw, monkeypatch):
    head = "Müşteri Adı;Sipariş No;Sipariş Tarihi;Tutar\n"
    rows = "Toplam Gıda;1;15.09.2025;120,00\nAli;2;15.09.2025;60,00\nTotal;3;16.09.2025;60,00\n"
    put(raw, "a.csv", head + rows + "Toplam;;;240,00\n")
    for fast in (8 << 20, 1):  # record by record, and in one go
        monkeypatch.setattr("scrm_helpers.ingestion.loading.FAST", fast)
        store, summary = run()
        assert sorted(store.frame("orders")["order_no"]) == ["1", "2", "3"]
        assert summary.files[["rows_dropped", "totals"]].values.tolist() == [[1, "equal"]]  # 120 + 60 + 60


# returns without the number of their sale -------------------------------------------------------------------------------


def sales_of(store):
    """Number of a return -> number of its sale; ids stay whole numbers on the way."""
    orders = store.read("orders")
    sales = orders.select(sale_id="order_id", sale_no="order_no")
    found = orders.inner_join(sales, orders.original_order_id == sales.sale_id).to_pandas()
    return dict(zip(found["order_no"], found["sale_no"], strict=True))


def test_a_return_is_tied_to_the_latest_sale_with_its_lines(raw):
    head = "FIRMA;DONEM;FICHENO;DATE_;TRCODE;CARI_KOD;CARI_UNVAN;SATIR_TURU;STOK_KODU;MIKTAR;SATIR_NET;DOVIZ;KUR;IPTAL\n"
    rows = [  # number, day, code, account, product, amount
        (1, "01.03.2025", 7, "A", "S1", "30,00"),  # 190 days before the return: too old
        (2, "01.08.2025", 7, "A", "S1", "30,00"),
        (3, "02.08.2025", 7, "A", "S1", "30,00"),
        (3, "02.08.2025", 7, "A", "S2", "20,00"),
        (4, "05.09.2025", 7, "A", "S1", "30,00"),  # the same day as the first return, but later than the second
        (5, "05.08.2025", 7, "B", "S1", "30,00"),  # another account
        (91, "04.09.2025", 2, "A", "S1", "30,00"),  # the latest before it: 3 (a line of it)
        (92, "06.09.2025", 2, "A", "S2", "20,00"),  # 3 again: 30 + 20 = 50 is the whole of it
        (93, "07.09.2025", 2, "A", "S1", "30,00"),  # 4
        (94, "08.09.2025", 2, "A", "S1", "30,00"),  # 4 and 3 are used up: 2
        (95, "09.09.2025", 2, "A", "S1", "30,00"),  # none is left
        (96, "09.09.2025", 2, "B", "S1", "15,00"),  # in part: fits nothing
    ]
    put(raw, "logo.csv", head + "".join(f"001;01;{n};{d};{c};{a};X;0;{p};1;{v};TL;1;0\n" for n, d, c, a, p, v in rows))
    store, summary = run()
    tied = {n.split("-")[-1]: sale.split("-")[-1] for n, sale in sales_of(store).items()}
    assert tied == {"91": "3", "92": "3", "93": "4", "94": "2"}
    assert "6 return(s) came without" in summary.files["message"][0] and "2 (33%) stay" in summary.files["message"][0]


def test_returns_without_lines_are_tied_by_amount(raw):
    mapped(raw, columns="{No: order_id, Day: ordered_at, Net: net, Who: account_id}")
    sold = "No;Day;Net;Who\n1;2025-09-01;10;A\n2;2025-09-02;10;A\n"
    put(raw, "sales.csv", sold + "3;2025-09-03;-10;A\n4;2025-09-04;-9;A\n5;2025-09-05;-10;\n")
    assert sales_of(run()[0]) == {"3": "2"}  # the latest; 4 is another amount, 5 nobody's account


def test_an_amount_with_tax_that_no_row_is_worth_is_set_aside_and_stops_nothing(tmp_path):
    entry = "company: {currency: TRY}\nsources:\n  - {name: till, file: a.csv, table: orders, "
    entry += "columns: {No: order_id, Day: ordered_at, Paid: net}, options: {vat: included}}\n"
    rows = "No,Day,Paid\n1,2026-09-15,120.00\n2,2026-09-15,1e20\n3,2026-09-16,1e999\n"
    found = checked(tmp_path, {"a.csv": rows}, sources=entry)["a.csv"]
    assert (found["verdict"], found["rows_kept"], found["rows_quarantined"]) == ("read", 1, 2), found["message"]
    assert found["sums"]["orders"]["completed"]["net"] == 100.0  # 120 with 20% of tax


SALES = """  - {name: sales, file: 'sales*.csv', table: orders, columns: {No: order_id, Day: ordered_at, Net: net},
     options: {vat: excluded}}
"""
BY_PHONE = """company: {{currency: TRY, vat_rate: 0.2}}
sources:
  - name: sales
    file: "till*.csv"
    table: orders
    columns: {{No: order_id, Day: ordered_at, Net: net, Who: account_id}}
    options: {{vat: excluded, system: own}}
  - name: people
    file: "till*.csv"
    table: accounts
    columns: {{Who: account_id, Name: full_name}}
    derive: {{phone: {{column: {phone}}}}}
    options: {{system: own}}
"""


def test_a_return_is_tied_to_its_sale_where_one_phone_is_written_in_two_ways(raw):
    sold = (
        "No;Day;Net;Who;Name;Phone\n1;2025-09-01;10;(0532) 000-1101;Ada;a\n2;2025-09-02;20;0532 000 11 02;Can;b\n"
        "3;2025-09-03;30;+90 532 000 11 03;Eda;c\n4;2025-09-03;40;7001;Ece;d\n"
    )
    back = (
        "5;2025-09-04;-10;0532 000 11 01;Ada;a\n6;2025-09-04;-20;05320001109;Can;b\n7;2025-09-05;-30;5320001103;Eda;c\n"
        "8;2025-09-05;-40;17001;Ece;d\n"
    )
    put(raw, "till.csv", sold + back)
    put(raw, "sources.yml", BY_PHONE.format(phone="Who"))
    store, _ = run()
    assert sales_of(store) == {"5": "1", "7": "3"}  # 6 is another number; 7001 and 17001 are no phones
    assert len(store.frame("accounts")) == 8  # who is one person is asked later, not here
    put(raw, "sources.yml", BY_PHONE.format(phone="Phone"))  # a customer number that only looks like a phone stays what it is
    assert sales_of(run()[0]) == {}


# accounts that several exports know ---------------------------------------------------------------------------------------


def test_a_newer_export_that_begins_later_does_not_make_an_account_younger(raw):
    columns = "{Who: account_id, Since: created_at, Mail: email}"
    put(raw, "sources.yml", f"sources:\n  - {{name: people, file: 'people*.csv', table: accounts, columns: {columns}}}\n" + SALES)
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;10\n")
    put(raw, "people_2025-08-31.csv", "Who;Since;Mail\nA;2024-03-02;a@x.example\nB;2025-01-05;\nD;;\n")
    put(raw, "people_2025-09-30.csv", "Who;Since;Mail\nA;2025-09-10;new@x.example\nB;2024-12-01;\nC;2025-09-11;\nD;2025-09-12;\n")
    rows = run()[0].read("accounts", private=True).to_pandas().set_index("native_id")["account_id"]
    found = run()[0].frame("accounts").set_index("account_id").loc[rows.sort_index()]
    assert [str(d)[:10] for d in found["created_on"]] == ["2024-03-02", "2024-12-01", "2025-09-11", "2025-09-12"]  # A, B, C, D
    mails = run()[0].read("accounts", private=True).to_pandas().set_index("native_id")["email"]
    assert mails["A"] == "new@x.example"  # all else as the newest has it


# one bill of two platforms ------------------------------------------------------------------------------------------------


def test_an_ad_file_without_a_platform_takes_the_channel_of_the_campaign_calendar(raw):
    plan = "Kampanya No;Kampanya;Kanal;Başlangıç;Bitiş\nK-1;Güz;Instagram;01.09.2025;30.09.2025\n"
    put(raw, "takvim.csv", plan + "K-2;Sepet;E-posta;01.09.2025;30.09.2025\n120;Kış;Instagram;01.09.2025;30.09.2025\n")
    head, rows = "Campaign name,Campaign ID,Day,Amount spent (TRY)", ["GÜZ,1,2025-09-01,10", "x,120,2025-09-01,20", "Sepet,3,2025-09-01,40"]
    put(raw, "meta.csv", "\n".join([head, *rows, "Yaz,4,2025-09-01,80"]) + "\n")
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    store, summary = run()
    spent = store.frame("spend").groupby("source")["amount"].sum().astype(float).to_dict()
    assert spent == {"instagram": 30.0, "facebook": 120.0}  # by name 10, by id 20; an e-mail plan and no plan say nothing: 40 + 80
    said = summary.files.set_index("source_file")["message"]["meta.csv"]
    assert "2 of 4 row(s)" in said and "Facebook" in said
    rows = ["GÜZ,1,2025-09-01,10,facebook", "GÜZ,1,2025-09-01,5,instagram", "GÜZ,1,2025-09-02,7,"]
    put(raw, "meta.csv", "\n".join([head + ",Platform", *rows]) + "\n")
    store, summary = run()
    spent = store.frame("spend").groupby("source")["amount"].sum().astype(float).to_dict()
    assert spent == {"facebook": 10.0, "instagram": 12.0}  # the file first, row by row
    assert "not say" not in str(summary.files.set_index("source_file")["message"]["meta.csv"])
    put(raw, "takvim2.csv", "Kampanya No;Kampanya;Kanal;Başlangıç;Bitiş\nK-9;güz;Facebook;01.10.2025;31.10.2025\n")
    store, summary = run()
    spent = store.frame("spend").groupby("source")["amount"].sum().astype(float).to_dict()
    assert spent == {"facebook": 17.0, "instagram": 5.0}  # two campaigns of one name on two channels: the name says neither
    assert "1 of 3 row(s) do not say" in summary.files.set_index("source_file")["message"]["meta.csv"]


def test_the_calendar_gives_its_channel_to_a_name_by_the_rule_that_finds_campaigns_everywhere(raw):
    """Marks that Turkish has not and quotes count for nothing, as in `campaign_names`: 10 + 20 of one campaign."""
    put(raw, "takvim.csv", "Kampanya No;Kampanya;Kanal;Başlangıç;Bitiş\nK-1;Café Güz;Instagram;01.09.2025;30.09.2025\n")
    put(raw, "meta.csv", "Campaign name,Day,Amount spent (TRY)\n“CAFE”  güz,2025-09-01,10\ncafè-güz,2025-09-02,20\nKafe,2025-09-02,40\n")
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    spent = run()[0].frame("spend").groupby("source")["amount"].sum().astype(float).to_dict()
    assert spent == {"instagram": 30.0, "facebook": 40.0}


def test_the_ledger_and_the_plain_table_book_the_same_money_to_the_same_channel(raw):
    """03 and 06 from the same files: by month and channel the media of the cost ledger are the spend of the plain table.

    A platform in the file wins over the plan (`Kış`: 5 and 6 on both), a plan on e-mail says nothing of Meta's money (`Sepet`).
    """
    plan = "Kampanya No;Kampanya;Kanal;Başlangıç;Bitiş\nK-1;Güz;Instagram;01.09.2025;30.09.2025\nK-2;Sepet;E-posta;01.09.2025;30.09.2025\n"
    put(raw, "takvim.csv", plan + "K-3;Kış;Instagram;01.10.2025;31.10.2025\n")
    head = "Campaign name,Campaign ID,Day,Amount spent (TRY)"
    put(raw, "meta1.csv", head + "\nGüz,1,2025-09-01,10\nSepet,2,2025-09-02,40\nYaz,4,2025-09-03,80\n")
    put(raw, "meta2.csv", head + ",Platform\nKış,3,2025-10-01,5,facebook\nKış,3,2025-10-01,6,instagram\n")
    put(raw, "sales.csv", SHOP + "1;05.10.2025;A;120,00\n")
    store, _ = run()
    money = {("2025-09", "facebook"): 120.0, ("2025-09", "instagram"): 10.0, ("2025-10", "facebook"): 5.0, ("2025-10", "instagram"): 6.0}
    books = cost_ledger(store.read("spend"), hand.table("costs"), store.read("campaigns"), period="2025-10").rows
    assert books.query("kind == 'media'").groupby(["month", "source"])["amount"].sum().to_dict() == money
    shown = plain.campaign_months(store.frame("campaigns"), store.frame("spend"), as_of=periods.as_of("2025-10"))
    paid = shown[shown["spend"] > 0]
    assert paid.groupby(["month", "source"])["spend"].sum().to_dict() == money
    assert paid[["month", "campaign_id", "source", "spend"]].values.tolist() == [
        ["2025-09", "", "facebook", 80.0], ["2025-09", "K-1", "instagram", 10.0], ["2025-09", "K-2", "facebook", 40.0],
        ["2025-10", "K-3", "facebook", 5.0], ["2025-10", "K-3", "instagram", 6.0],
    ]  # fmt: skip


# VAT of what came back ----------------------------------------------------------------------------------------------------

SHOPIFY = "Name,Email,Financial Status,Currency,Subtotal,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,"


def test_a_refund_takes_its_vat_back_with_it(tmp_path):
    """#1 120 (20 VAT) all back; #2 121 (11) of which 50.00 back; #3 without VAT, 10 of 30 back; #4 says no VAT, 8 of 8 back; #5 stays.

    Back without VAT: 100; 50 x 110/121 = 45.4545.. = 45.45; 10; 8. VAT back: 20; 4.55; 0; not told. VAT sold: 20 + 11 + 0 + 5.
    """
    rows = [
        "#1,a@b.example,refunded,TRY,100,20,120.00,2026-09-02 10:00:00 +0300,1,T,100,120.00",
        "#2,a@b.example,partially_refunded,TRY,110,11,121.00,2026-09-03 10:00:00 +0300,1,T,110,50.00",
        "#3,a@b.example,partially_refunded,TRY,30,0,30.00,2026-09-04 10:00:00 +0300,1,T,30,10.00",
        "#4,a@b.example,refunded,TRY,8,,8.00,2026-09-05 10:00:00 +0300,1,T,8,8.00",
        "#5,a@b.example,paid,TRY,25,5,30.00,2026-09-06 10:00:00 +0300,1,T,25,0.00",
    ]
    found = checked(tmp_path, {"shop.csv": "\n".join([SHOPIFY + "Refunded Amount", *rows]) + "\n"})["shop.csv"]
    sums = found["sums"]["orders"]
    assert (sums["by"]["sale, completed"]["net"], sums["by"]["return, completed"]["net"]) == (273.0, -163.45)
    assert (sums["net"], sums["vat"]) == (109.55, 11.45)  # 273 - 163.45; 36 - 24.55: both after what was paid back
    assert sums["net"] + sums["vat"] == pytest.approx(sums["completed"]["gross"]) == 121.0  # 309 less 188


def test_a_credit_note_of_odoo_has_its_own_vat(tmp_path):
    head = "Number,Invoice Date,Invoice Partner Display Name,Untaxed Amount Signed,Total Signed,Status"
    rows = ["INV/1,2026-09-02,Acme,100.00,120.00,posted", "RINV/1,2026-09-03,Acme,-40.00,-48.00,posted"]
    sums = checked(tmp_path, {"odoo.csv": "\n".join([head, *rows]) + "\n"})["odoo.csv"]["sums"]["orders"]
    assert (sums["net"], sums["vat"]) == (60.0, 12.0)  # 100 - 40; 20 - 8
