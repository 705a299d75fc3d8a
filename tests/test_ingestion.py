"""Ingestion on small hand-written files: each behaviour once, with the arithmetic beside it."""

import json
import re
from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from scrm_helpers import ingestion, periods
from scrm_helpers.findings import Context
from scrm_helpers.goals.refused import refused
from scrm_helpers.identity import io
from scrm_helpers.ingestion import InputError, lost, received, usable
from scrm_helpers.ingestion.check import report
from scrm_helpers.ingestion.ledger import ReconciliationError, reconcile
from scrm_helpers.store import Store, open_workspace, settings_of

SHOP = "Sipariş No;Sipariş Tarihi;Müşteri Kodu;Tutar\n"
HOLDING = "company: {{currency: TRY, vat_rate: 0.20}}\nsources:\n  - {{name: sales, file: '{file}', table: orders, columns: {columns}, options: {options}}}\n"  # noqa: E501


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """An empty data/raw of a home of its own."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    return folder


def put(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def run(period="2025-10"):
    store = Store(open_workspace(""), period)
    summary = ingestion.read_all(store.workspace, store, as_of=periods.as_of(period))
    return store, summary


def mapped(folder, file="sales.csv", columns="{No: order_id, Day: ordered_at, Net: net}", options="{vat: excluded}"):
    put(folder, "sources.yml", HOLDING.format(file=file, columns=columns, options=options))


def test_lines_in_a_file_of_their_own_follow_the_orders_of_another(raw):
    """As shops export them, and as a query for each table of a database gives them: all of them were counted as replaced."""
    put(raw, "a_orders.csv", "No,Day,Net\n1,05.09.2025,30.00\n2,16.09.2025,5.00\n3,17.09.2025,\n")  # order 3 is set aside
    put(raw, "lines.csv", "No,Day,Code,Net\n1,05.09.2025,P1,10.00\n1,05.09.2025,P2,20.00\n2,16.09.2025,P1,5.00\n3,17.09.2025,P1,7.00\n")
    put(raw, "sources.yml", """
sources:
  - name: sales
    file: a_orders.csv
    table: orders
    columns: {No: order_id, Day: ordered_at, Net: net}
    options: {vat: excluded, system: shop}
  - name: lines
    file: lines.csv
    table: order_lines
    columns: {No: order_id, Day: ordered_on, Code: product_id, Net: net}
    options: {vat: excluded, system: shop}
""")
    store, summary = run()
    lines, orders = store.frame("order_lines"), store.frame("orders")
    assert sorted(zip(lines["product_id"], lines["line_no"], lines["net"].astype(float), strict=True)) == [
        ("P1", 1, 5.0), ("P1", 1, 10.0), ("P2", 2, 20.0),
    ]  # fmt: skip
    assert set(lines["order_id"]) == set(orders["order_id"]) and len(orders) == 2
    assert summary.files.set_index("source_file")["rows_kept"].to_dict() == {"a_orders.csv": 2, "lines.csv": 3}
    alone = {f["file"]: f for f in ingestion.check(open_workspace("")).files}
    assert alone["lines.csv"]["rows_kept"] == 4  # by itself: `check` holds each file as if it stood alone


# how a file is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1254"])
def test_the_same_file_in_four_encodings_reads_the_same(raw, encoding):
    put(raw, "sales.csv", SHOP + "1;05.09.2025;Işık Şağ;120,00\n2;16.09.2025;İğde;60,00\n", encoding)
    store, summary = run()
    # 120 / 1.2 + 60 / 1.2 = 150
    assert store.frame("orders")["net"].sum() == pytest.approx(150)
    assert summary.files["rows_read"].tolist() == [2]
    names = store.read("accounts", private=True).to_pandas()
    assert sorted(names["native_id"]) == ["Işık Şağ", "İğde"]


def test_a_total_row_is_dropped_and_held_against_the_sum(raw):
    lines = "001;01;1;05.09.2025;8;120.01;A;0;S;1;100,00;20;0;100,00;TL;1;0;\n001;01;2;06.09.2025;8;120.01;A;0;S;1;50,00;20;0;50,50;TL;1;0;\n"  # noqa: E501
    head = "FIRMA;DONEM;FICHENO;DATE_;TRCODE;CARI_KOD;CARI_UNVAN;SATIR_TURU;STOK_KODU;MIKTAR;BIRIM_FIYAT;KDV_ORANI;KDV_DAHIL;SATIR_NET;DOVIZ;KUR;IPTAL;OZEL_KOD\n"  # noqa: E501
    put(raw, "logo.csv", head + lines + "Toplam;;;;;;;;;2;;;;150,50;;;;\n")
    _, summary = run()
    assert summary.files["rows_dropped"].tolist() == [1] and summary.files["totals"].tolist() == [
        "equal"
    ]  # 100 + 50.50 = 150.50
    put(raw, "logo.csv", head + lines + "Toplam;;;;;;;;;2;;;;151,50;;;;\n")
    _, summary = run()
    assert "151,50" in summary.files["totals"][0] and "150.50" in summary.files["totals"][0]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "LFS"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b'Order No;Order Date;Amount\n1;05.09.2025;10\n2;06.09.2025;"10\n3;07.09.2025;10\n', "the quote that opens in row 3 "),
        (b"Order No;Order Date;Amount\n1;05.09.2025;10\n2;06.0", "half-written"),
        (b"1;2;3\n4;5;6\n", "header"),
        (b"Colour;Shape\nred;round\n", "no known form"),
    ],
)
def test_what_is_no_table_is_refused_with_its_own_sentence(raw, content, word):
    put(raw, "good.csv", SHOP + "1;15.09.2025;A;120,00\n")
    put(raw, "bad.csv", content)
    _, summary = run()
    assert len(summary.refused) == 1 and "bad.csv" in summary.refused[0] and word in summary.refused[0]
    assert summary.written["orders"] == 1  # the good file is read all the same


def test_a_run_without_one_order_stops_and_says_what_was_found(raw):
    put(raw, "bad.csv", "")
    with pytest.raises(InputError, match="no order could be read(.|\n)*bad.csv: came empty"):
        run()


def test_lock_files_and_locked_files_are_told(raw, monkeypatch):
    put(raw, "good.csv", SHOP + "1;15.09.2025;A;120,00\n")
    put(raw, "~$plan.xlsx", b"x")
    locked = put(raw, "plan.csv", "a;b\n")
    real = type(locked).read_bytes
    monkeypatch.setattr(
        type(locked),
        "read_bytes",
        lambda p: (_ for _ in ()).throw(PermissionError()) if p.name == "plan.csv" else real(p),
    )
    _, summary = run()
    told = " ".join(summary.refused)
    assert "~$plan.xlsx" in told and "open in Excel" in told and "plan.csv: cannot be opened" in told


def test_a_refused_file_says_which_table_it_was_for(raw):
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    put(raw, "costs.csv", "Ay;Amaç;Kanal;Tutar\n2025-09;Kazan;Instagram;5\n")  # no kind
    put(raw, "people.csv", "Üye No;Ad Soyad;E-posta\n1;A B;a@x.com\n")
    put(raw, "half.csv", b"PK\x03\x04")
    put(raw, "shapes.csv", "Colour;Shape\nred;round\n")
    (raw / "sources.yml").write_text(
        "sources:\n  - {name: h, file: half.csv, recipe: hubspot_contacts}\n  - {name: g, file: gone.csv, recipe: hubspot_contacts}\n"
    )
    store, _ = run()
    files = store.frame("files").set_index("source_file")
    assert files["verdict"].to_dict() == {"sales.csv": "read"} | dict.fromkeys(
        ("costs.csv", "people.csv", "half.csv", "shapes.csv", "gone.csv"), "refused"
    )
    meant = {k: v for k, v in files["tables"].to_dict().items() if isinstance(v, str)}
    assert meant == {"sales.csv": "orders accounts", "costs.csv": "costs", "people.csv": "accounts", "half.csv": "accounts"}
    # a file that is not there did not come
    assert {f for r in refused(store.frame("files")) for f in [r.file] if r.tables} == {"costs.csv", "people.csv", "half.csv"}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_what_became_of_the_rows_adds_up_in_the_sentence_that_says_it(language):
    """100 rows: 61 kept, 5 set aside, 20 replaced, 4 dropped, 10 left for a later month."""
    fates = {"rows_read": 100, "rows_kept": 61, "rows_quarantined": 5, "rows_replaced": 20, "rows_dropped": 4, "rows_later": 10}
    files = pd.DataFrame([{"source_file": "a.csv", "verdict": "read"} | fates])
    (said,) = received._received(Context("01_ingestion", "2025-10", language), files)
    numbers = [int(n) for n in re.findall(r"\d+", said.text(language))]
    assert numbers[:2] == [1, 100] and sum(numbers[2:]) == 100 and sorted(numbers[2:]) == [4, 5, 10, 20, 61]


@pytest.mark.parametrize("language", ["en", "tr"])
def test_check_and_the_page_count_rows_set_aside_and_cells_left_blank_alike(raw, language):
    """One row has no date (set aside), two took less than no time (cells left blank, rows used)."""
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n2;never;A;10,00\n")
    cases = "".join(f"C{k},2025-09-0{k},phone,resolved,{m}\n" for k, m in ((1, -5), (2, -9), (3, 4)))
    put(raw, "desk.csv", f"Case No,Opened,Channel,Status,Minutes\n{cases}")
    columns = "{Case No: case_id, Opened: opened_at, Channel: channel, Status: status, Minutes: handle_minutes}"
    desk = f"{{name: desk, file: desk.csv, table: cases, columns: {columns}, options: {{system: desk, date_order: YMD}}}}"
    put(raw, "sources.yml", f"company: {{currency: TRY}}\nsources:\n  - {desk}\n")
    store, _ = run()
    table = received.set_aside(lost.with_money(store.frame("quarantine"), kept_in(store))).set_index("table")
    assert table["rows_quarantined"].to_dict() == {"orders": 1, "cases": 0} and table["cells_blank"].to_dict() == {"orders": 0, "cases": 2}
    files = store.frame("files").groupby("source_file")["rows_quarantined"].sum()
    assert files.to_dict() == {"sales.csv": 1, "desk.csv": 0}  # the page's count of all files is this sum
    said, _ = report(open_workspace(""), language=language)
    one, two = {"en": ("set aside: 1 x", "cells left blank: 2 x"), "tr": ("ayrıldı: 1 x", "boş bırakılan hücre: 2 x")}[language]
    assert one in said and two in said


def test_money_in_rows_set_aside_is_summed_once_by_table(raw):
    put(raw, "costs.csv", "Month,Purpose,Kind,Channel,Amount (TRY),Hours,Hourly rate (TRY)\n2025-10,Acquire,Content,Social,18000,,\n"
        "2025-10,Marketing,Agency fee,Social,95000,,\n2025-10,Brand,Hours,Social,,50,340\n2025-11,Brand,Tools,Social,700,,\n")  # fmt: skip
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    put(raw, "meta.csv", "Campaign name,Day,Amount spent (TRY)\nAutumn,2025-10-02,400\nautumn sale,2025-10-03,600\n")
    put(raw, "calendar.csv", "Kampanya,Kanal,Başlangıç,Bitiş\nAutumn Sale,Facebook,01.10.2025,31.10.2025\n")
    store, _ = run()
    quarantine, (orders, spend, costs) = store.frame("quarantine"), (store.read(n) for n in ("orders", "spend", "costs"))
    aside = lost.with_money(quarantine, kept_in(store))
    found = lost.lost(aside, kept_in(store))
    # 95,000 + 50 hours x 340 = 112,000 beside 18,000 of costs and 1,000 of spend; the row of November belongs to no number of October
    assert found[["table", "amount", "rows", "files"]].values.tolist() == [["costs", 112_000.0, 2, "costs.csv"]]
    assert found["share"].item() == pytest.approx(112 / 131)
    table = received.set_aside(aside)  # the row of November is one of the three, its money is not
    assert table.values.tolist() == [["costs", "not_allowed", 3, 0, 0, 112_000.0]]
    said = lost.lost_findings(Context("01_ingestion", "2025-10", "en"), found)
    assert "112,000 TL" in said[0].text_en and said[0].n == 2
    # 600 of the 1,000 spent has a name that the campaign calendar has; the rest lacks an id, not an export
    none = store.read("accounts").mutate(email=ibis.null("string"), phone=ibis.null("string"), external_id=ibis.null("string"))
    traced = received.traced(spend, costs, orders, store.read("cases"), none, store.read("campaigns"), period="2025-10")
    traced = traced.set_index("measure")
    # the calendar came: what is asked for are the campaigns that it lacks, by name
    assert traced.loc["spend", ["part", "whole", "input", "n"]].tolist() == [600.0, 1000.0, "calendar_names", 2]
    lacking = received.unlisted(spend, store.read("campaigns"), period="2025-10")
    assert lacking.values.tolist() == [["Autumn", False, 400.0]]
    (named,) = received.unlisted_said(Context("01_ingestion", "2025-10", "en"), lacking)
    assert "400 TL belongs to campaigns that the campaign calendar lacks: Autumn." in named.text_en
    nothing = store.read("campaigns").filter(False)
    assert received.unlisted(spend, nothing, period="2025-10").empty and received.unlisted_said(named, lacking.iloc[:0]) == []
    assert traced.loc["contacts", "input"] == "cases" and traced.loc["revenue", "n"] == 1


# how a cell is written --------------------------------------------------------------------------------------------------


def test_dates_that_fit_both_orders_are_refused_with_three_values(raw):
    mapped(raw)
    put(raw, "sales.csv", "No,Day,Net\n1,01/02/2025,10\n2,03/04/2025,10\n3,05/06/2025,10\n4,07/08/2025,10\n")
    with pytest.raises(
        InputError, match="column 'Day'.*'01/02/2025', '03/04/2025', '05/06/2025'.*both day-month and month-day"
    ):
        run()
    mapped(raw, options="{vat: excluded, date_order: MDY}")
    assert run()[0].frame("orders")["ordered_on"].min().date() == date(2025, 1, 2)


def test_dates_that_no_single_order_fits_are_refused(raw):
    mapped(raw)
    put(raw, "sales.csv", "No,Day,Net\n1,25/09/2025,10\n2,09/25/2025,10\n")
    with pytest.raises(InputError, match="no single order"):
        run()


def test_one_impossible_date_is_set_aside_alone(raw):
    mapped(raw)
    put(raw, "sales.csv", "No,Day,Net\n1,25/09/2025,10\n2,31/02/2025,10\n3,1899-12-30,10\n")
    store, _ = run()
    assert len(store.frame("orders")) == 1
    aside = store.frame("quarantine").set_index("source_row")
    assert aside.loc[3, ["column", "reason", "value"]].tolist() == ["ordered_at", "unreadable", "31/02/2025"]
    assert aside.loc[4, "reason"] == "blank"  # the day that systems write for "none"


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (("1.234", "0,50"), 1234.5),
        (("1,234", "0.50"), 1234.5),
        (("1234.5", "10"), 1244.5),
        (("1.234,50", "1,234.50"), 2469.0),
    ],
)
def test_decimal_signs_by_evidence(raw, cells, total):
    mapped(raw)
    put(raw, "sales.csv", "No;Day;Net\n" + "".join(f"{k};2025-09-0{k + 1};{c}\n" for k, c in enumerate(cells)))
    assert run()[0].frame("orders")["net"].sum() == pytest.approx(total)


def test_amounts_that_fit_both_decimal_signs_are_refused(raw):
    mapped(raw)
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;1.234\n2;2025-09-02;2.500\n")
    with pytest.raises(InputError, match=r"column 'Net'.*'1.234', '2.500'.*decimal: comma"):
        run()


def test_cost_rows_that_cannot_be_read_are_money_set_aside_too(raw):
    """Two rows of 100 and 300 were kept, two lack a field: counted at 200 each, they are half of what there would be."""
    put(raw, "costs.csv", "Month,Purpose,Kind,Channel,Amount (TRY)\n2025-10,Acquire,Content,Social,100\n2025-10,Acquire,Tools,Social,300\n"
        "2025-10Acquire,Tools,Social,250\n2025-10Acquire,Tools,Social,900\n")  # fmt: skip
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    store, _ = run()
    quarantine = store.frame("quarantine")
    assert quarantine["reason"].tolist() == ["ragged", "ragged"]
    found = lost.lost(lost.with_money(quarantine, kept_in(store)), kept_in(store))
    assert found.values.tolist() == [["costs", 400.0, 2, "costs.csv", 0.5, 2]]
    (said,) = lost.lost_findings(Context("01_ingestion", "2025-10", "en"), found)
    assert said.text_en.startswith("About 400 TL") and "The money of 2 of the rows cannot be read" in said.text_en


def test_the_table_and_the_sentence_give_one_sum_of_the_money_set_aside(raw):
    """Kept: 100 and a return of 300, at the mean 200 without their signs. Set aside: 50 and a return of 70 without a day; 'ten', which is
    no amount, and a row that lacks a field count 200 each; one of December is no number of October, and order 2 came again. 520 in all."""
    mapped(raw)
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-25,100\n2,2025-09-26,-300\n3,never,50\n4,never,-70\n5,2025-09-27,ten\n6,2025-09-28\n"
        "7,2025-12-01,ten\n2,2025-09-26,ten\n")  # fmt: skip
    store, _ = run()
    aside = lost.with_money(store.frame("quarantine"), kept_in(store))
    (found,) = lost.lost(aside, kept_in(store)).to_dict("records")
    table = received.set_aside(aside)
    assert (found["amount"], found["rows"], found["unread"]) == (520.0, 4, 2) and found["share"] == pytest.approx(520 / 920)
    assert (table["amount"].sum(), table["unread"].sum(), table["rows_quarantined"].sum()) == (520.0, 2, 6)
    whole = {r: (n, a) for r, n, a in table[["why", "rows_quarantined", "amount"]].itertuples(index=False)}
    assert whole == {"unreadable": (5, 320.0), "ragged": (1, 200.0)}


@pytest.mark.parametrize(("rows", "amount"), [
    ("9;2025-09-09;ten\n9;2025-09-09;ten\n9;2025-09-09;ten\n", 300.0),  # nothing of it can be read: one order at the mean of an order
    ("9;2025-09-09;100\n9;2025-09-09;ten\n9;2025-09-09;100\n", 200.0),  # what can be read of it
    ("9;never;300\n9;;\n9;;\n", 300.0),  # its money stands in its first row
])  # fmt: skip
def test_an_order_of_several_rows_is_missed_once(raw, rows, amount):
    put(raw, "sources.yml", """
        sources:
          - {name: orders, file: "sales*.csv", table: orders, columns: {No: order_id, Day: ordered_at, Net: net},
             options: {rows: lines, vat: excluded}}
    """)
    put(raw, "sales.csv", "No;Day;Net\n" + "".join(f"{k};2025-09-0{k};100\n" * 3 for k in range(1, 6)) + rows)
    store, _ = run()
    kept = kept_in(store)
    assert kept["orders"] == (1500.0, 5)
    (found,) = lost.lost(lost.with_money(store.frame("quarantine"), kept), kept).to_dict("records")
    assert found["amount"] == amount and found["unread"] == (1 if "100" not in rows and "300" not in rows else 0)


@pytest.mark.parametrize(("august", "september", "wanted"), [
    ("4;2025-08-04;ten\n", "4;2025-08-04;ten\n5;2025-09-05;ten\n", (200.0, 2, 2)),  # 4 and 5 at the mean of 100, not 4 twice
    ("4;never;70\n", "4;never;80\n", (80.0, 1, 0)),  # as the newest export has it
    ("4;2025-08-04;ten\n", "4;2025-08-04;100\n", None),  # mended in the newest: not missing
    (";2025-08-04;70\n", ";2025-08-04;70\n", (140.0, 2, 0)),  # without a number nobody knows that they are one
])  # fmt: skip
def test_what_each_export_brings_with_the_same_fault_is_missed_once(raw, august, september, wanted):
    """Exports that repeat all earlier orders: three of 100 each are kept."""
    mapped(raw, file="sales_*.csv")
    good = "".join(f"{k};2025-08-0{k};100\n" for k in (1, 2, 3))
    put(raw, "sales_2025-08-31.csv", "No;Day;Net\n" + good + august)
    put(raw, "sales_2025-09-30.csv", "No;Day;Net\n" + good + september)
    store, _ = run()
    found = lost.lost(lost.with_money(store.frame("quarantine"), kept_in(store)), kept_in(store))
    told = [(r.amount, r.rows, r.unread) for r in found.itertuples()]
    assert told == ([wanted] if wanted else [])


def test_phones_that_are_no_phones_are_not_filled_in_and_trace_nobody(raw):
    """Six contacts: one whole, one of a marketplace and a call centre, one with 'yok' twice, one with a phone alone, one with nothing, one
    with an office's address. E-mail: 4 cells, 1 usable; phone: 4, 2 usable. Of five social cases those of contacts 1 and 4 are traced."""
    put(raw, "contacts.csv", "Id,Name,E-mail,Phone\n1,Ada Er,ada@firma.example,0532 111 22 33\n2,Bo Ak,x1@trendyolmail.com,444 12 34\n"
        "3,Can Su,yok,12345\n4,Ece Us,,0533 222 33 44\n5,Su An,,\n6,Oy Al,info@firmax.com,\n")  # fmt: skip
    cases = "".join(f"C{k},2025-10-0{k},social,resolved,{k}\n" for k in (1, 2, 3, 4, 6))
    put(raw, "desk.csv", f"Case No,Opened,Channel,Status,Who\n{cases}")
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    people = "columns: {Id: account_id, Name: full_name, E-mail: email, Phone: phone}, options: {system: crm}"
    desk = "columns: {Case No: case_id, Opened: opened_at, Channel: channel, Status: status, Who: account_id}"
    put(raw, "sources.yml", "company: {currency: TRY}\nsources:\n"
        f"  - {{name: people, file: contacts.csv, table: accounts, {people}}}\n"
        f"  - {{name: desk, file: desk.csv, table: cases, {desk}, options: {{system: crm, date_order: YMD}}}}\n")  # fmt: skip
    store, _ = run()
    accounts = usable.contacts_of(store)
    found = received.empty_fields(store.frame("fill"), usable.usable(accounts)).set_index(["system", "field"])
    told = found.loc["crm"].loc[["email", "phone"], ["rows", "filled", "unusable"]]
    assert told.values.tolist() == [[6, 1, 3], [6, 2, 2]] and found.loc[("crm", "phone"), "share"] == pytest.approx(1 / 3)
    assert found.drop(index=[i for i in found.index if i[1] in ("email", "phone")])["unusable"].isna().all()
    tables = (store.read(n) for n in ("spend", "costs", "orders", "cases"))
    traced = received.traced(*tables, accounts, store.read("campaigns"), period="2025-10").set_index("measure")
    assert traced.loc["contacts", ["part", "whole"]].tolist() == [2.0, 5.0]


def test_usable_contacts_add_up_over_pieces_that_are_read_side_by_side(monkeypatch):
    """9,000 accounts in five pieces: every third e-mail is one, every phone of the till is."""
    monkeypatch.setattr(usable, "PIECE", 2048)
    rows = pd.DataFrame({"system": ["crm"] * 6000 + ["till"] * 3000, "kind": "consumer"})
    rows["email"] = [f"a{k}@firma.example" if k % 3 == 0 else "yok" for k in range(9000)]
    rows["phone"] = [None] * 6000 + [f"0532 111 {k:04d}" for k in range(3000)]
    pieces = []
    real = usable._counted
    monkeypatch.setattr(usable, "_counted", lambda piece, region: pieces.append(len(piece)) or real(piece, region))
    found = usable.usable(ibis.duckdb.connect(threads=1).create_table("accounts", rows))
    assert len(pieces) == 5 and sum(pieces) == 9000
    told = [("crm", "email", 2000), ("crm", "phone", 0), ("till", "email", 1000), ("till", "phone", 3000)]
    assert list(found[["system", "column", "usable"]].itertuples(index=False, name=None)) == told


@pytest.mark.parametrize(("country", "persons", "phones"), [("DE", 1, 2), ("TR", 2, 1)])
def test_phones_without_a_country_are_those_of_the_company(raw, country, persons, phones):
    """0151 23456789 is a German mobile; read as a Turkish number it is none, and the two records stay apart."""
    put(raw, "contacts.csv", "Id,Name,Phone\n1,Ada Er,0151 23456789\n")
    put(raw, "shop.csv", "Id,Name,Phone\n7,Ada Er,+49 151 23456789\n")
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    people = "columns: {Id: account_id, Name: full_name, Phone: phone}"
    put(raw, "sources.yml", f"company: {{currency: EUR, country: {country}}}\nsources:\n"
        f"  - {{name: people, file: contacts.csv, table: accounts, {people}, options: {{system: crm}}}}\n"
        f"  - {{name: shop, file: shop.csv, table: accounts, {people}, options: {{system: web}}}}\n")  # fmt: skip
    store, _ = run()
    told = store.read("accounts").filter(ibis._.system.isin(["crm", "web"])).to_pandas()["account_id"]
    found = io.resolved(store, draws=2).persons
    assert found[found.account_id.isin(told)].person_id.nunique() == persons
    assert usable.usable(usable.contacts_of(store), region=settings_of(store.workspace).country)["usable"].sum() == phones


def kept_in(store):
    """The money in the rows kept, as notebook 01 hands it on."""
    return lost.kept(*(store.read(n) for n in ("orders", "spend", "costs")))


def test_ids_beyond_float_precision_stay_apart_and_lost_digits_are_set_aside(raw):
    mapped(raw)
    put(
        raw,
        "sales.csv",
        "No;Day;Net\n17841405793187219;2025-09-01;1\n17841405793187221;2025-09-01;2\n8,69E+12;2025-09-02;4\n;2025-09-02;8\n",
    )
    store, _ = run()
    rows = store.frame("orders")
    assert sorted(rows["order_no"]) == ["17841405793187219", "17841405793187221"] and rows["order_id"].nunique() == 2
    assert rows["order_id"].between(1, 2**60).all()
    assert store.frame("quarantine")["reason"].tolist() == ["digits_lost", "blank"]


def test_moments_become_utc_and_days_stay_local(raw):
    mapped(raw)
    put(
        raw,
        "sales.csv",
        "No;Day;Net\n1;2025-08-31 22:30:00 +0000;1\n2;2025-09-01 00:30:00 +0300;1\n3;2025-09-01 00:30;1\n",
    )
    rows = run()[0].frame("orders").sort_values("order_no")
    # half past ten in UTC on 31 August is half past one on 1 September in Istanbul; the other two are 21:30 UTC the day before
    assert rows["ordered_at"].tolist() == [
        datetime(2025, 8, 31, 22, 30),
        datetime(2025, 8, 31, 21, 30),
        datetime(2025, 8, 31, 21, 30),
    ]
    assert set(rows["ordered_on"].dt.date) == {date(2025, 9, 1)}


# money ------------------------------------------------------------------------------------------------------------------


def test_vat_must_be_declared_and_is_taken_out(raw):
    mapped(raw, options="{}")
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;120\n")
    with pytest.raises(InputError, match="VAT"):
        run()
    mapped(raw, options="{vat: included}")
    assert run()[0].frame("orders")["net"].tolist() == [100.0]  # 120 / 1.20


def test_foreign_amounts_need_the_rate_of_their_day(raw):
    mapped(
        raw,
        columns="{No: order_id, Day: ordered_at, Net: net, Cur: currency}",
        options="{vat: excluded, currency: Cur}",
    )
    put(raw, "sales.csv", "No;Day;Net;Cur\n1;2025-09-01;10;EUR\n2;2025-09-02;10;TL\n3;2025-09-30;10;EUR\n")
    put(raw, "rates.csv", "date,kind,value\n2025-08-29,eur_try,48.5\n")
    store, _ = run()
    rows = store.frame("orders").sort_values("order_no")
    # Friday's rate holds over the week-end: 10 x 48.5; the lira stays; by 30 September the rate is more than seven days old
    assert rows["net"].tolist() == [485.0, 10.0] and rows["net_document"].tolist() == [10.0, 10.0]
    assert store.frame("quarantine")[["source_row", "reason", "value"]].values.tolist() == [[4, "no_rate", "EUR"]]


def test_logo_returns_are_positive_with_a_code_of_their_own(raw):
    put(
        raw,
        "logo.csv",
        "FIRMA;DONEM;FICHENO;DATE_;TRCODE;CARI_KOD;CARI_UNVAN;SATIR_TURU;STOK_KODU;MIKTAR;SATIR_NET;DOVIZ;KUR;IPTAL\n"
        "001;01;1;05.09.2025;8;120.01;A;0;S1;2;1.000,00;TL;1;0\n001;01;1;05.09.2025;8;120.01;A;4;S2;1;50,00;TL;1;0\n"
        "001;01;9;08.09.2025;3;120.01;A;0;S1;1;500,00;TL;1;0\n001;01;5;09.09.2025;7;120.99.1;PERAKENDE MÜŞTERİ;0;S1;1;20,00;TL;1;1\n",
    )
    store, _ = run()
    rows = store.frame("orders").set_index("order_no")
    assert rows.loc["001-01-1", ["kind", "net"]].tolist() == ["sale", 1050.0]  # 1,000 + 50: two lines, one order
    assert rows.loc["001-01-9", ["kind", "net"]].tolist() == ["return", -500.0]
    assert (
        rows.loc["001-01-5", "status"] == "cancelled" and rows["account_id"].isna().sum() == 1
    )  # a walk-in sale has no customer
    lines = store.frame("order_lines")
    assert sorted(lines["quantity"].dropna()) == [-1.0, 1.0, 2.0]  # the service line has no pieces


# what becomes of every row ----------------------------------------------------------------------------------------------


def test_the_month_is_cut_off_and_every_row_is_accounted_for(raw):
    put(raw, "a.csv", SHOP + "1;15.09.2025;A;120,00\n2;31.10.2025;A;120,00\n3;01.11.2025;A;120,00\n4;;A;120,00\n;;;\n")
    store, _ = run("2025-10")
    fates = store.frame("row_fates").set_index("fate")["rows"].to_dict()
    assert fates == {"kept": 2, "later": 1, "quarantined": 1, "dropped": 1}  # five rows below the header
    assert store.frame("files")["rows_read"].tolist() == [5]
    assert store.frame("orders")["ordered_on"].max().date() == date(2025, 10, 31)


def test_a_refusal_after_the_months_end_is_kept_and_a_grant_is_not(raw):
    """Five rows: a grant of the month, a refusal and a grant after it, one refused at once, one of an unknown word."""
    put(raw, "a.csv", SHOP + "1;15.10.2025;A;120,00\n")
    put(
        raw,
        "iys.csv",
        "Alıcı;Alıcı Tipi;İzin Kanalı;İzin Durumu;İzin Tarihi\n"
        "a@ornek.com;BIREYSEL;EPOSTA;ONAY;2025-10-02 10:00:00\na@ornek.com;BIREYSEL;EPOSTA;RET;2025-11-05 10:00:00\n"
        "b@ornek.com;BIREYSEL;EPOSTA;ONAY;2025-11-06 10:00:00\nb@ornek.com;BIREYSEL;MESAJ;RET;2025-10-20 10:00:00\n"
        "c@ornek.com;BIREYSEL;EPOSTA;BELKI;2025-10-20 10:00:00\n",
    )
    store, _ = run("2025-10")
    rows = store.frame("consents").sort_values("at")
    assert rows[["status", "channel"]].agg("/".join, axis=1).tolist() == ["granted/email", "withdrawn/sms", "withdrawn/email"]
    assert rows["on"].astype("str").tolist() == ["2025-10-02", "2025-10-20", "2025-11-05"]
    fates = store.frame("row_fates")
    mine = fates[fates["source_file"] == "iys.csv"].groupby("fate")["rows"].sum().to_dict()
    file = store.frame("files").set_index("source_file").loc["iys.csv"]
    assert mine == {"kept": 3, "later": 1, "quarantined": 1}  # later: the grant of November alone
    assert str(file["last_on"])[:10] == "2025-10-20"  # the refusal of November says nothing of how far the file reaches


def test_counts_that_do_not_add_up_raise(raw):
    put(raw, "a.csv", SHOP + "1;15.09.2025;A;120,00\n")
    fates = run()[0].frame("row_fates")
    reconcile({("a.csv", ""): 1}, fates)
    with pytest.raises(ReconciliationError, match="read 2, accounted for 1"):
        reconcile({("a.csv", ""): 2}, fates)


def test_the_last_export_of_a_day_wins_by_the_date_in_its_name(raw):
    head = "Campaign name,Campaign ID,Day,Amount spent (TRY),Impressions\n"
    put(raw, "sales.csv", SHOP + "1;15.09.2025;A;120,00\n")
    put(raw, "z 2025-09-30.csv", head + "Fall,18,2025-09-29,100.5,10\nFall,18,2025-09-30,90.5,10\n")
    put(raw, "a 2025-10-31.csv", head + "Fall,18,2025-09-30,95.5,10\n")
    store, _ = run()
    assert store.frame("spend").sort_values("on")["amount"].tolist() == [100.5, 95.5]  # restated from 90.5
    assert store.frame("row_fates").set_index("fate").loc["replaced", "rows"] == 1


def test_the_same_export_as_csv_and_xlsx_counts_once(raw):
    import openpyxl

    put(raw, "orders.csv", SHOP + "1;15.09.2025;A;120,00\n2;16.09.2025;B;60,00\n")
    book = openpyxl.Workbook()
    for row in (
        ["Sipariş No", "Sipariş Tarihi", "Müşteri Kodu", "Tutar"],
        ["1", datetime(2025, 9, 15), "A", 120.0],
        ["2", datetime(2025, 9, 16), "B", 60.0],
    ):
        book.active.append(row)
    book.save(raw / "orders.xlsx")
    store, _ = run()
    assert store.frame("orders")["net"].sum() == pytest.approx(150)
    assert store.frame("files")["rows_replaced"].sum() == 2


def test_rows_with_too_many_fields_are_set_aside_not_shifted(raw):
    put(raw, "a.csv", SHOP + "1;15.09.2025;A;120,00\n2;16.09.2025;B;Ltd;60,00\n3;17.09.2025;C;60,00\n")
    store, _ = run()
    assert sorted(store.frame("orders")["order_no"]) == ["1", "3"]
    assert set(store.frame("quarantine")["reason"]) == {"ragged"}


def test_a_second_run_gives_the_same_bytes(raw):
    put(raw, "a.csv", SHOP + "2;16.09.2025;B;60,00\n1;15.09.2025;A;120,00\n")
    store, _ = run()
    first = {f.name: f.read_bytes() for f in store.path("orders").parent.glob("*")}
    store, _ = run()
    assert {f.name: f.read_bytes() for f in store.path("orders").parent.glob("*")} == first


def test_names_and_contacts_lie_in_private_alone(raw):
    put(raw, "a.csv", "Sipariş No;Sipariş Tarihi;Müşteri Adı;Tutar\n1;15.09.2025;Ayşe Yılmaz;120,00\n")
    store, _ = run()
    assert (raw.parent / "private" / "key").stat().st_mode & 0o777 == 0o600
    assert "full_name" not in store.read("accounts").columns
    for file in store.path("orders").parent.iterdir():
        assert "Yılmaz".encode() not in file.read_bytes()


# sources.yml ------------------------------------------------------------------------------------------------------------


def test_an_unset_variable_and_a_misspelt_word_are_one_clear_sentence(raw, monkeypatch):
    monkeypatch.delenv("NOWHERE_DATA", raising=False)
    mapped(raw, file="${NOWHERE_DATA}/x.parquet")
    with pytest.raises(InputError, match="the variable NOWHERE_DATA is not set"):
        run()
    mapped(raw, options="{vats: included}")
    with pytest.raises(InputError, match=r"came 'vats'\. Did you mean 'vat'\? Expected one of"):
        run()
    mapped(raw, options="{phone: x}")
    with pytest.raises(InputError, match=r"came 'phone'\. Expected one of [^?]*$"):  # nothing is near: no question
        run()
    mapped(raw, columns="{No: order_id, Day: ordered_at, Nett: net}")
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;1\n")
    with pytest.raises(InputError, match="no column 'Nett'.*nearest: net"):
        run()


def test_repeated_order_numbers_with_differing_totals_need_a_word(raw):
    mapped(raw)
    put(raw, "sales.csv", "No;Day;Net\n1;2025-09-01;10\n1;2025-09-01;30\n")
    with pytest.raises(InputError, match="rows: lines"):
        run()
    mapped(raw, options="{vat: excluded, rows: lines}")
    assert run()[0].frame("orders")["net"].tolist() == [40.0]


def test_check_drafts_a_sources_yml_that_reads_one_unknown_sheet(raw):
    put(raw, "satis.csv", "Tarih;Fiş No;Müşteri;Ciro\n05.09.2025;1;A;120,50\n16.09.2025;2;B;119,50\n")
    from scrm_helpers.ingestion.check import report

    text, why_not = report(open_workspace(""), write=True)
    # a Turkish sheet is drafted for Turkish pages, and its draft speaks Turkish
    assert "satis.csv" in why_not and "Tarih = sipariş tarihi; yanlış mı? satır: 13" in text
    drafted = (raw / "sources.yml").read_text(encoding="utf-8").splitlines()
    assert "Tarih" in drafted[12]  # line 13
    store, _ = run()
    assert store.frame("orders")["net"].sum() == pytest.approx(200)  # 240 / 1.20
    found, why_not = report(open_workspace(""), as_json=True)
    assert not why_not and json.loads(found)[0]["sums"]["orders"]["rows"] == 2


# made-up and real data --------------------------------------------------------------------------------------------------


def test_made_up_and_real_files_are_never_mixed(raw):
    from scrm_helpers.ingestion.loading import sha256

    sample = raw.parent / "sample" / "raw"
    made = put(sample, "orders.csv", SHOP + "1;15.09.2025;A;120,00\n")
    put(sample, "MADE_UP_DATA.json", json.dumps({"files": {"orders.csv": sha256(made)}}))
    put(raw, "mine.csv", SHOP + "9;15.09.2025;A;120,00\n")
    run()
    put(raw, "copied.csv", made.read_bytes())
    with pytest.raises(InputError, match="copied.csv.*belongs to the made-up"):
        run()
    put(sample, "mine.csv", SHOP + "9;15.09.2025;A;120,00\n")
    store = Store(open_workspace(str(sample)), "2025-10")
    with pytest.raises(InputError, match="mine.csv.*not part of it"):
        ingestion.read_all(store.workspace, store, as_of=date(2025, 11, 1))


def test_the_newest_month_is_not_moved_by_stray_dates(raw):
    put(
        raw,
        "a.csv",
        SHOP + "".join(f"{k};{k % 28 + 1:02d}.09.2025;A;10,00\n" for k in range(40)) + "99;01.01.2030;A;10,00\n",
    )
    assert ingestion.newest_month(open_workspace("")) == "2025-09"


def test_the_newest_month_is_a_whole_one(raw):
    # the same rule as that of notebook 04 (`periods.whole_until`): October stops on its 27th day, four days early
    rows = [f"{k};{k % 30 + 1:02d}.09.2025;A;10,00\n" for k in range(60)]
    rows += [f"{60 + k};{k % 27 + 1:02d}.10.2025;A;10,00\n" for k in range(54)]
    put(raw, "a.csv", SHOP + "".join(rows))
    assert ingestion.newest_month(open_workspace("")) == "2025-09"
    put(raw, "a.csv", SHOP + "".join(rows) + "999;28.10.2025;A;10,00\n")
    assert ingestion.newest_month(open_workspace("")) == "2025-10"


def test_public_holidays_are_there_without_a_sheet(raw):
    put(raw, "a.csv", SHOP + "1;15.03.2025;A;10,00\n")
    days = run("2025-10")[0].frame("calendar")
    days["on"] = days["on"].dt.date
    assert date(2025, 10, 29) in set(days.loc[days["kind"] == "holiday", "on"])
    feast = days.loc[days["name"].str.startswith("Ramazan Bayramı") & (days["kind"] == "religious"), "on"]
    fast = days.loc[days["kind"] == "season", "on"]
    assert min(feast) == date(2025, 3, 30) and max(fast) == date(2025, 3, 29) and len(fast) == 29  # 1 to 29 March 2025


def test_rows_set_aside_are_told_with_column_value_and_what_was_expected(tmp_path, monkeypatch):
    """One amount in words; then a file whose every status is a word of its own: how to say what it means."""
    from scrm_helpers.ingestion.check import report
    from scrm_helpers.store import open_workspace

    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    columns = "columns: {Fiş No: order_id, Tarih: ordered_at, Tutar: net"
    for name, more in (("words", "}"), ("status", ", Durum: status}")):
        (raw / f"{name}.csv").write_text(
            "Fiş No;Tarih;Tutar;Durum\n1;05.09.2026;10,50;Kargoda\n2;16.09.2026;bin iki yüz;Kargoda\n", encoding="utf-8"
        )
        (raw / "sources.yml").write_text(
            f"company: {{name: X, currency: TRY}}\nsources:\n  - name: shop\n    file: {name}.csv\n    table: orders\n    {columns}{more}\n"
            "    options: {date_order: DMY, vat: excluded, currency: TRY}\n", encoding="utf-8",
        )  # fmt: skip
        said, _ = report(open_workspace(""))
        if name == "words":
            store, _ = run("2026-10")
            aside = received.rows_aside(store.frame("quarantine"), "tr")
            assert aside.drop(columns="why").values.tolist() == [["words.csv", 3, "orders", "net", "unreadable"]]  # and no value
            assert aside["why"].tolist() == ["sayı ya da tarih olarak okunamıyor"]
            assert "set aside: 1 x cannot be read as a number or date [unreadable] in orders.net, such as 'bin iki yüz' (row 3)" in said
        else:
            assert "Expected one of " in said and "completed" in said and "status: {map: {column: ITS HEADER, values: {Kargoda: " in said
            said = " ".join(report(open_workspace(""), language="tr")[0].split())
            assert "status: {map: {column: DOSYADAKİ BAŞLIĞI, values: {Kargoda: completed}}}" in said


def test_columns_whose_names_yaml_takes_for_truth_values(raw):
    """`No: order_id` and `Ay: on` are written bare, as docs/sources.md has them."""
    put(raw, "sales.csv", "No;Gün;Net\n1;25.09.2025;120,00\n")
    put(raw, "rates.csv", "Ay;Kur\n21.09.2025;40,5\n")
    mapped(raw, columns="{No: order_id, Gün: ordered_at, Net: net}")
    text = (raw / "sources.yml").read_text(encoding="utf-8")
    rates = "  - {name: kur, file: rates.csv, table: rates, columns: {Ay: on, Kur: value}, derive: {kind: {constant: usd_try}}}\n"
    put(raw, "sources.yml", text + rates)
    store, _ = run()
    assert store.frame("orders")["net"].tolist() == [120.0]
    assert [str(d)[:10] for d in store.frame("rates")["on"]] == ["2025-09-21"]


def test_a_total_whose_label_stands_far_to_the_right_is_no_order(raw):
    """The till writes TOPLAM into the phone column: 100 + 50 = 150 are two orders, and nothing is set aside."""
    head = "Sipariş No;Sipariş Tarihi;Müşteri Kodu;Durum;Telefon;Tutar\n"
    rows = "1;25.09.2025;7;;5321112233;100,00\n2;26.09.2025;8;;5321112234;50,00\n;;;;TOPLAM;150,00\n"
    put(raw, "sales.csv", head + rows)
    mapped(raw, columns="{Sipariş No: order_id, Sipariş Tarihi: ordered_at, Tutar: net}", options="{vat: excluded}")
    store, _ = run()
    assert store.frame("orders")["net"].sum() == 150 and len(store.frame("orders")) == 2
    assert store.frame("quarantine").empty


def test_two_systems_may_hold_the_same_consent_of_the_same_minute(raw):
    """10:00 in Istanbul in both; the register's mail address is the contact's, so that both speak of one account."""
    head = "Record ID,First Name,Last Name,Email,Phone Number,Original Source,Create Date,Lifecycle Stage,GDPR consent\n"
    put(raw, "hubspot_contacts.csv", head + "1,Ada,Ak,ada@example.com,,Paid Social,2025-09-24 10:00,Customer,Yes\n")
    register = "Alıcı;Alıcı Tipi;İzin Kanalı;İzin Durumu;İzin Tarihi;İzin Kaynağı\n"
    put(raw, "iys.csv", register + "ada@example.com;BIREYSEL;EPOSTA;ONAY;2025-09-24 10:00:00;HS_WEB\n")
    put(raw, "orders.csv", SHOP + "1;05.09.2025;1;120,00\n")
    store, summary = run()
    consents = store.frame("consents")
    assert sorted(consents["system"]) == ["contact", "hubspot"] and consents["account_id"].nunique() == 1
    assert consents["at"].nunique() == 1
