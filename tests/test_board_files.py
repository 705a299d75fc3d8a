"""What lies beside the pages: workbook, CSV for Excel in Turkish, mail, the month's record; why, compare, snapshots."""

import csv
import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import board_fixture as fixture
import hand
import ibis
import openpyxl
import pandas as pd
import pytest
from test_board_notebook import contract_rows

from scrm_helpers import findings, goals, mail, periods, report, texts
from scrm_helpers.compare import compare, compared, months
from scrm_helpers.errors import ToldError
from scrm_helpers.findings import Context
from scrm_helpers.goals.decide import HISTORY
from scrm_helpers.goals.earlier import moved_windows, restated_figures
from scrm_helpers.goals.refused import Refused
from scrm_helpers.html import index_page
from scrm_helpers.ingestion.lost import COLUMNS, lost_findings
from scrm_helpers.report.mail import attached
from scrm_helpers.report.on_page import Page, Place, read
from scrm_helpers.report.reader import Reader
from scrm_helpers.run import digests, publish
from scrm_helpers.run.errors import RunError
from scrm_helpers.stats import Estimate
from scrm_helpers.store import Store, closings, kept, open_workspace
from scrm_helpers.store.book import KeptTable, newest_period, newest_published
from scrm_helpers.store.closings import Closing, Revision
from scrm_helpers.store.workspace import PUBLISHED
from scrm_helpers.why import board, changes, why
from scrm_helpers.why.behind import wrong
from scrm_helpers.why.page import ids_of

PERIOD, LAST = "2026-03", "2026-02"

KEPT = [
    KeptTable("03_acquisition", "cac", "Cost", ["source", "person", "cost", "share"], [False, False, True, True],
              [["instagram", "123456789012345678", "1234.5", "0.25"], ["'=1+1", "0042", "-7", ""]]),
    KeptTable("04_retention", "cac", "Other", ["a;b"], [False], [['say "hi"; now']]),
]  # fmt: skip


def made(language="en") -> bytes:
    return report.workbook(KEPT, fixture.found_for(language=language), language=language, as_of=date(2026, 4, 1))


def test_the_workbook_holds_every_table_with_ids_as_text_and_formulas_harmless():
    book = openpyxl.load_workbook(io.BytesIO(made()))
    assert book.sheetnames == ["Contents", "Printed numbers", "03 cac", "04 cac"]
    rows = [[(c.value, c.data_type) for c in row] for row in book["03 cac"].iter_rows()]
    assert rows[1] == [("instagram", "s"), ("123456789012345678", "s"), (1234.5, "n"), (0.25, "n")]
    assert rows[2] == [("'=1+1", "s"), ("0042", "s"), (-7, "n"), (None, "n")]
    assert not any(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row)
    numbers = {r[0].value: r[3].value for r in book["Printed numbers"].iter_rows(min_row=2)}
    assert numbers["acquisition.cac"] == 412


def test_the_workbook_has_no_clock_in_it():
    first, second = made(), made()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {i.date_time for i in parts.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("2026-04-01T00:00:00Z") == 2  # created and modified: the as-of day


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("write to ayse@ornek.com", "an e-mail address"), ("0532 123 45 67", "a Turkish mobile number"), ("ayse.yilmaz_", "a contact of one")],
)
def test_the_gate_reads_the_workbook_too(tmp_path, cell, kind):
    book = openpyxl.Workbook()
    book.active.append(["campaign", cell])
    book.save(tmp_path / "tables.xlsx")
    with pytest.raises(RunError, match=f"tables.xlsx.*: {kind}"):
        publish.gate(tmp_path, {"ayse.yilmaz_"}.intersection)
    closed = tmp_path / publish.RESTRICTED
    closed.mkdir()
    (tmp_path / "tables.xlsx").rename(closed / "tables.xlsx")
    (tmp_path / "tables.xlsx").write_bytes(made())
    publish.gate(tmp_path, {"ayse.yilmaz_"}.intersection)


def test_the_gate_does_not_read_neighbouring_cells_of_a_workbook_as_one_number(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([0, 532, 123, 45, 67])
    book.save(tmp_path / "tables.xlsx")
    publish.gate(tmp_path, {"5321234567"}.intersection)


def test_csv_for_excel_in_turkish_has_its_mark_semicolons_and_decimal_commas():
    text = report.turkish_csv(KEPT[0])
    assert text == (
        "\ufeffsource;person;cost;share\r\ninstagram;123456789012345678;1234,5;0,25\r\n'=1+1;0042;-7;\r\n"
    )
    assert list(csv.reader(io.StringIO(report.turkish_csv(KEPT[1]).lstrip("\ufeff")), delimiter=";"))[1] == ['say "hi"; now']


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_mail_has_two_lines(language):
    found = fixture.past_for(language=language, months=1)[LAST]
    lines = report.mail_text(found, period=PERIOD, language=language, company="Test Trade", made_up=True).splitlines()
    assert len(lines) == 2 and "Test Trade" in lines[0] and all(len(line) < 250 for line in lines)
    assert all(line == line.strip() for line in lines)  # the verdict's sentence may end with a blank
    # nothing is attached until a PDF was made
    assert "PDF" not in lines[1]
    assert "PDF" in attached("\n".join(lines), period=PERIOD).splitlines()[1]


def test_a_wrong_form_of_csv_is_refused():
    with pytest.raises(ValueError, match="expected one of plain, turkish"):
        report.files(Context("09_board", PERIOD, "en"), None, {}, [], None, as_of=date(2026, 4, 1), csv="excel")


# --- a published month, small enough to count --------------------------------------------------------------------------


def orders() -> pd.DataFrame:
    """March: two sales of Instagram (100 and 50), one returned in part (-30), one of Google (70); February one of Instagram (40)."""
    rows = [(1, 3, "sale", 100.0, "instagram", None), (2, 9, "sale", 50.0, "instagram", None),
            (3, 20, "return", -30.0, None, 1), (4, 12, "sale", 70.0, "google_ads", None)]  # fmt: skip
    out = pd.DataFrame(rows, columns=["order_id", "day", "kind", "net", "source", "original_order_id"])
    out["ordered_on"] = [date(2026, 3, d) for d in out.pop("day")]
    out.loc[len(out)] = [5, "sale", 40.0, "instagram", None, date(2026, 2, 10)]
    out["original_order_id"] = out["original_order_id"].astype("Int64")
    out["ordered_at"] = pd.to_datetime(out["ordered_on"])
    return out.assign(status="completed", channel="shop", currency="TRY", is_internal=False)


def customers() -> pd.DataFrame:
    """Two new customers of Instagram in March, one of Google; one from before the data."""
    rows = [(11, "2026-03-03", "instagram", False), (12, "2026-03-09", "instagram", False),
            (13, "2026-03-12", "google_ads", False), (14, "2026-02-10", "instagram", True)]  # fmt: skip
    out = pd.DataFrame(rows, columns=["person_id", "first_on", "source", "before_data"])
    out["first_on"] = [date.fromisoformat(d) for d in out["first_on"]]
    out["first_month"] = [d.isoformat()[:7] for d in out["first_on"]]
    return out.assign(kind="consumer", source_basis="touch")


def said(period: str, cac: float, seen: float) -> list:
    c = Context("06_campaigns", period, "en", "TRY")
    return [
        findings.say(c, "board.cost", id="acquisition.cac", measure="cac", estimate=Estimate(cac, cac - 60, cac + 80, 0.9, 2, "")),
        findings.say(c, "board.cost", id="campaigns.seen", measure="revenue_seen", estimate=Estimate(seen, seen, seen, 0.9, 2, "")),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The folder of a company with two published months, made once."""
    top = tmp_path_factory.mktemp("company")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(top))
        _company(top)
    return top


@pytest.fixture
def workspace(company, tmp_path, monkeypatch):
    """A copy of it that a test may change."""
    top = tmp_path / "home"
    shutil.copytree(company, top, symlinks=True)
    monkeypatch.setenv("SCRM_HOME", str(top))
    return open_workspace("")


def _company(top) -> None:
    raw = top / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "sources.yml").write_text("company:\n  name: Test Trade\n  language: en\n", encoding="utf-8")
    place = open_workspace("")
    for period, cac, seen in ((LAST, 180.0, 40.0), (PERIOD, 200.0, 120.0)):
        store = Store(place, period)
        store.write("findings", findings.frame(said(period, cac, seen)), part="06_campaigns")
        store.write("orders", contract_rows("orders", orders()))
        run = place.outputs / ".runs" / "a" / f"{period}-test"
        run.mkdir(parents=True)
        (run / "board.html").write_text("<!doctype html><title>x</title><p>Hold.</p>", encoding="utf-8")
        (run / "mail.txt").write_text("one\ntwo\n", encoding="utf-8")
        kept.keep(place, period)
        publish.swap(place.outputs, period, run)
    store.write("customers", contract_rows("customers", customers()))
    ledger = pd.DataFrame(
        [(PERIOD, "instagram", "acquire", "media", "", 300.0), (PERIOD, "instagram", "acquire", "content", "", 100.0),
         (PERIOD, "instagram", "serve", "hours", "social", 90.0), (PERIOD, "google_ads", "acquire", "media", "", 500.0)],
        columns=["month", "source", "purpose", "kind", "contact_channel", "amount"],
    )  # fmt: skip
    store.write("cost_ledger", contract_rows("cost_ledger", ledger.assign(low=ledger["amount"], high=ledger["amount"])))
    kept.keep(place, PERIOD)


def rows_in(path, number: str) -> list[dict]:
    """Rows of one number in a file of `why`."""
    return [r for r in csv.DictReader(path.open(encoding="utf-8")) if r["number"] == number]


def test_why_gives_the_rows_that_make_the_number_and_keeps_them_closed(workspace):
    path, line = why(workspace, PERIOD, "campaigns.seen")
    rows = rows_in(path, "value")
    # 100 + 50 - 30: the return goes with its sale; Google and February are not in it
    assert [(r["order_id"], Decimal(r["part"])) for r in rows] == [("1", 100), ("2", 50), ("3", -30)]
    assert "120" in line and path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    assert publish.RESTRICTED in path.parts


def test_why_of_a_ratio_adds_up_above_and_below_the_line(workspace):
    path, line = why(workspace, PERIOD, "acquisition.cac")
    rows = rows_in(path, "value")
    # 300 + 100 spent to acquire on Instagram, two customers won there in March: 200 each
    assert sum(float(r["part"]) for r in rows) == 400 and sum(float(r["whole"]) for r in rows) == 2
    assert {r["person_id"] for r in rows if r["row"] == "customer"} == {"11", "12"}
    assert line.startswith("acquisition.cac = 400 / 2 = 200 TL")


def test_why_answers_for_any_month_kept(workspace):
    """February printed 40 and has the same orders: 40 of them seen on Instagram in that month, whatever was written since."""
    Store(workspace, LAST).write("orders", contract_rows("orders", orders().head(1)))
    _, line = why(workspace, LAST, "campaigns.seen")
    assert line.startswith("campaigns.seen = 40 TL")


def test_why_refuses_a_number_that_it_cannot_count_and_one_that_does_not_come_out(workspace):
    with pytest.raises(ValueError, match="came 'likes', expected the name of a number, or a number as the page prints it. Nearest names: "):
        why(workspace, PERIOD, "likes")
    Store(workspace, PERIOD).write("findings", findings.frame(said(PERIOD, 200.0, 121.0)), part="06_campaigns")
    assert "120 TL" in why(workspace, PERIOD, "campaigns.seen")[1]  # a run that did not get as far as the page changes no answer
    kept.keep(workspace, PERIOD)
    with pytest.raises(ValueError, match="the rows give 120.00 TL, the page printed 121.00 TL"):
        why(workspace, PERIOD, "campaigns.seen")
    with pytest.raises(ValueError, match="expected a month with a page"):
        why(workspace, "2025-01", "campaigns.seen")


def test_why_counts_in_todays_prices_where_the_page_does(workspace):
    """Twelve months of consumer prices, March twice the level of the months before: February's 100 TL are 200 of March's."""
    store = Store(workspace, PERIOD)
    levels = [(date(2025, 4 + k, 1) if k < 9 else date(2026, k - 8, 1), 100.0 if k < 11 else 200.0) for k in range(12)]
    rates = pd.DataFrame(levels, columns=["on", "value"]).assign(kind="cpi", currency="TRY")
    store.write("rates", contract_rows("rates", rates))
    early = customers()
    early["first_on"] = [d.replace(month=1) if b else d for d, b in zip(early["first_on"], early["before_data"], strict=True)]
    early["first_month"] = [d.isoformat()[:7] for d in early["first_on"]]
    early.loc[len(early)] = [15, date(2026, 2, 20), "instagram", False, "2026-02", "consumer", "touch"]
    store.write("customers", contract_rows("customers", early))
    ledger = pd.DataFrame(
        [(LAST, "instagram", "acquire", "media", "", 100.0), (PERIOD, "instagram", "acquire", "media", "", 400.0)],
        columns=["month", "source", "purpose", "kind", "contact_channel", "amount"],
    )
    store.write("cost_ledger", contract_rows("cost_ledger", ledger.assign(low=ledger["amount"], high=ledger["amount"])))
    # (100 x 2 + 400) / 3 customers = 200 in prices of March; 167 as booked
    found = [replace(f, window="12m") for f in said(PERIOD, 200.0, 120.0)]
    store.write("findings", findings.frame(found), part="06_campaigns")
    kept.keep(workspace, PERIOD)
    path, line = why(workspace, PERIOD, "acquisition.cac")
    assert [(r["amount"], r["price_factor"], r["part"]) for r in rows_in(path, "value") if r["row"] == "cost"] == [
        ("100.0", "2.0", "200.0"), ("400.0", "1.0", "400.0")
    ]  # fmt: skip
    assert line.startswith("acquisition.cac = 600 / 3 = 200 TL")


def test_why_takes_a_number_as_the_page_prints_it(workspace):
    page = workspace.outputs / PERIOD / "board.html"
    both = '<li data-why="acquisition.cac campaigns.seen">1,700</li>'
    page.write_text(f'<p>2026</p>{both}<p data-why="campaigns.seen">%120</p>', encoding="utf-8")
    path, _ = why(workspace, PERIOD, "%120")
    assert path.name == "campaigns.seen.csv"
    with pytest.raises(ValueError, match=r"(?s)came '1,700', which .* one of them:\n  acquisition.cac: .*\n  campaigns.seen: "):
        why(workspace, PERIOD, "1,700")
    with pytest.raises(ValueError, match="no such number stands on the page"):
        why(workspace, PERIOD, "999")


def test_why_gives_what_stands_behind_restated_figures_other_windows_and_all_sales():
    """February's cost was printed as 412 and is 11,000 / 22 = 500 now, the programme's as 90 and is 60 + 40; March sold 100 - 30 in one."""
    small = {c: fixture.small_tables()[0].cost_ledger[c].iloc[:2] for c in ("month", "source", "purpose", "kind", "contact_channel")}
    ledger = pd.DataFrame(small | {"month": [LAST] * 2, "amount": [60.0, 40.0], "low": [60.0, 40.0], "high": [60.0, 40.0]})
    history = pd.DataFrame([("cac", "today", LAST, "3m", "instagram", 11_000.0, 22.0)], columns=HISTORY)
    orders = hand.orders((1, 1, "2026-03-02", 100), (2, 1, "2026-03-20", -30, {"kind": "return"}), (3, 2, "2026-02-10", 35))
    of = lambda i, measure, value: fixture.finding(Context("09_board", LAST, "en", "TRY"), i, measure, value, value, value)  # noqa: E731
    past = {LAST: {"acquisition.cac": replace(of("acquisition.cac", "cac", 412), window="3m"),
                   "board.cost": replace(of("acquisition.cac", "programme_cost", 90), id="board.cost")}}  # fmt: skip
    restatements = restated_figures(past, history, ledger, period=PERIOD)
    assert [(r.id, r.now) for r in restatements] == [("acquisition.cac", 500.0), ("board.cost", 100.0)]
    decision = SimpleNamespace(
        restated=pd.DataFrame(columns=["table", "month", "rows_before", "rows_now"]), restatements=restatements,
        moved=moved_windows(past[LAST], {"acquisition.cac": replace(past[LAST]["acquisition.cac"], window="12m")}, ("acquisition.cac",)),
        sold=goals.sold(orders, period=PERIOD),
    )  # fmt: skip
    store = SimpleNamespace(frame={"history": history, "cost_ledger": ledger}.get, read={"orders": orders}.get)
    month = SimpleNamespace(decision=decision, store=store, period=PERIOD, past=lambda name, months: {})
    given = {name: behind(month, None) for name, behind in (("restated", changes.restated), ("sold", changes.sold), ("w", changes.windows))}
    assert not any(wrong(each) for each in given.values())
    value = {k: f.value for each in given.values() for k, f in each.figures.items()}
    assert value[f"acquisition.cac, {LAST}, printed"] == 412 and value[f"acquisition.cac, {LAST}, today's data"] == 500
    assert value[f"acquisition.cac, {LAST}, window"] == 3 and value[f"board.cost, {LAST}, today's data"] == 100
    assert (value["acquisition.cac, last month"], value["acquisition.cac, this month"]) == (12, 3)
    # February, whose data begin in it, is not held against March
    assert value[f"{PERIOD}, net"] == 70 and value[f"{PERIOD}, orders"] == 1 and f"{LAST}, net" not in value
    # a page that said "at least" printed the least, and is held against the least: 45 + 40, not 60 + 40
    least = replace(past[LAST]["board.cost"], value=90.0, low=90.0, high=None)
    guessed = ledger.assign(low=[45.0, 40.0], hours=3.0)
    again = restated_figures({LAST: {"board.cost": least}}, history, guessed, period=PERIOD)
    month.store = SimpleNamespace(frame={"history": history, "cost_ledger": guessed}.get, read={"orders": orders}.get)
    decision.restatements = again
    given = changes.restated(month, None)
    assert not wrong(given) and given.figures[f"board.cost, {LAST}, today's data"].value == 85
    given = board.cost(SimpleNamespace(store=month.store, period=LAST), replace(least, value=85.0, low=85.0))
    assert not wrong(given) and {n: f.value for n, f in given.figures.items()} == {"value": 85, "least": 85}
    # asked for as a finding, the sum is its value: 100 - 30, one order
    asked = {of: changes.sold(month, past[LAST]["board.cost"], of=of) for of in ("net", "orders")}
    assert not any(wrong(each) for each in asked.values())
    assert {of: (len(b.figures), b.figures["value"].value) for of, b in asked.items()} == {"net": (2, 70), "orders": (2, 1)}


def test_why_gives_the_rows_set_aside_and_the_count_behind_what_is_traced():
    aside = [("c.csv", 3, "costs", "purpose", 95_000.0), ("c.csv", 4, "costs", "purpose", 17_000.0), ("o.csv", 9, "orders", "net", 5.0)]
    frames = {
        "quarantine": pd.DataFrame(aside, columns=["source_file", "source_row", "table", "column", "amount"]).assign(unread=False),
        "traceability": pd.DataFrame([("spend", 0.0, 40_765.0, 0.0, "campaign_ids", 62)],
                                     columns=["measure", "part", "whole", "value", "input", "n"]),
    }  # fmt: skip
    costs = {"amount": [18_000.0, 19_000.0], "hours": 1.0, "hourly_rate": 1.0}
    kept = {"orders": {"net": [5.0]}, "spend": {"amount": [1.0]}, "costs": costs}
    month = SimpleNamespace(store=SimpleNamespace(frame=frames.get, read=lambda name: ibis.memtable(pd.DataFrame(kept[name]))))
    lost = pd.DataFrame([("costs", 112_000.0, 2, "costs.csv", 0.57, 0)], columns=COLUMNS)
    behind = board.lost(month, lost_findings(Context("01_ingestion", PERIOD, "en", "TRY"), lost)[0], table="costs")
    assert not wrong(behind) and behind.rows["part"].sum() == 112_000 and len(behind.rows) == 2
    # two more rows that nobody can read, at the mean of the two kept, 18,500 each: 112,000 + 37,000
    unread = [("c.csv", k, "costs", "", None, True) for k in (5, 6)]
    frames["quarantine"] = pd.concat([frames["quarantine"], pd.DataFrame(unread, columns=frames["quarantine"].columns)])
    lost = pd.DataFrame([("costs", 149_000.0, 4, "c.csv", 0.6, 2)], columns=COLUMNS)
    behind = board.lost(month, lost_findings(Context("01_ingestion", PERIOD, "en", "TRY"), lost)[0], table="costs")
    assert not wrong(behind) and sorted(behind.rows["part"]) == [17_000, 18_500, 18_500, 95_000]
    assert board.traced(month, None).figures["rows"].value == 62


@pytest.mark.parametrize("language", ["en", "tr"])
def test_compare_sets_two_months_side_by_side(workspace, language, monkeypatch):
    html = fixture.plain(compare(workspace, LAST, PERIOD, language=language).read_text(encoding="utf-8"))
    # 180 (120-260) and 200 (140-280): chance alone could do it; 40 and 120 are exact sums: no chance in their difference
    wanted = {"en": ("180 TL", "200 TL", "within noise", "exact difference", "February 2026"),
              "tr": ("180 TL", "200 TL", "olağan sınırlar içinde", "kesin fark", "Şubat 2026")}  # fmt: skip
    assert all(text in html for text in wanted[language]) and "<script" not in html
    with pytest.raises(ValueError, match=f"published page: {LAST}, {PERIOD}"):
        compare(workspace, "2025-01", PERIOD)
    assert months(workspace, "", "") == months(workspace, PERIOD, "") == months(workspace, LAST, PERIOD) == (LAST, PERIOD)
    monkeypatch.setattr("scrm_helpers.compare._known", lambda _: [PERIOD])
    with pytest.raises(ValueError, match=rf"1 months that have a page \({PERIOD}\), expected two.*--period {LAST}"):
        months(workspace, "", "")


@pytest.mark.parametrize(("language", "wanted"), [
    ("en", [["All sales, net, 1 month (board.sold)", "240 TL", "250 TL", "+10 TL", "exact difference"],
            ["Orders, 1 month (board.sold_orders)", "3", "3", "0", "the same"]]),
    ("tr", [["Toplam satış, net, 1 ay (board.sold)", "240 TL", "250 TL", "+10 TL", "kesin fark"],
            ["Sipariş sayısı, 1 ay (board.sold_orders)", "3", "3", "0", "aynı"]]),
])  # fmt: skip
def test_compare_sets_the_sales_of_both_months_side_by_side(language, wanted):
    """3 orders of 80 against 2 of 100 and one of 50, as 09 counted them; they stand before the other figures."""
    tables, _ = fixture.small_tables()
    decided = partial(goals.decide, fixture.found_for(), {}, tables, period=PERIOD, margin=goals.Margin(None, 0.0, ""))
    first, second = (findings_of(decided(sold=sales_of(m, net)), m, language) for m, net in ((LAST, 240.0), (PERIOD, 250.0)))
    reader = Reader(second, language=language, currency="TRY")
    assert compared(reader, first, second)[:2] == wanted
    older = {i: f for i, f in first.items() if not i.startswith("board.sold")}  # published before 09 kept them
    assert [r[1:4] for r in compared(reader, older, second)[:2]] == [["–", "250 TL", "–"], ["–", "3", "–"]]


def sales_of(month: str, net: float) -> pd.DataFrame:
    return pd.DataFrame([(month, net, 3)], columns=["month", "net", "orders"])


def findings_of(decision, month: str, language: str) -> dict:
    return {f.id: f for f in goals.board_findings(Context("09_board", month, language, "TRY"), decision)}


def test_compare_says_of_a_month_that_its_page_has_no_sales(workspace):
    """Both pages were made before 09 kept all sales: neither is counted again from orders."""
    html = compare(workspace, LAST, PERIOD, language="en").read_text(encoding="utf-8")
    assert all(f"{m} 2026 has no figure of all sales" in html for m in ("February", "March")) and f"run --period {LAST}" in html
    assert "board.sold" not in html


def test_compare_says_of_which_data_a_page_is(workspace):
    """February is closed and stands as it was; March is open and its page is older than the files."""
    closings.write(workspace, LAST, Closing(1, (Revision(1, "a/x", "2026-04-02"),)))
    said = {LAST: "raw files x.csv", PERIOD: "raw files y.csv"}
    html = fixture.plain(compare(workspace, LAST, PERIOD, language="en", stale=said).read_text(encoding="utf-8"))
    assert "February 2026 is closed and stands as of 2 April 2026" in html and "x.csv" not in html
    assert "The page of March 2026 is not of the data as they are now (raw files y.csv)" in html and f"--period {PERIOD}" in html
    assert "as they are now" not in compare(workspace, LAST, PERIOD, language="en").read_text(encoding="utf-8")


def test_left_out_the_month_is_the_newest_with_a_page(workspace):
    """A run of the next month has written tables and no page yet."""
    later = periods.shift(PERIOD, 1)
    Store(workspace, later).write("files", contract_rows("files", fixture.small_tables()[0].files))
    assert (newest_period(workspace), newest_published(workspace)) == (later, PERIOD)


def test_a_number_at_several_places_is_listed_with_each_id_and_the_words_around_it():
    html = '<p data-why="a.cost">The programme cost 35,000 TL in March.</p><td data-why="b.seen c.line">seen 35,000 TL</td><p>35,000</p>'
    wanted = {"a.cost": "The programme cost 35,000 TL in March.", "b.seen": "seen 35,000 TL", "c.line": "seen 35,000 TL"}
    assert ids_of(html, "35,000") == ids_of(html, "35,000 TL") == wanted and ids_of(html, "35") == ids_of(html, "1 2") == {}
    long = f'<p data-why="a.cost">{"word " * 30}7 {"more " * 30}</p>'
    assert ids_of(long, "7")["a.cost"] == f"... {'word ' * 7}7 {'more ' * 7}..."


def test_why_of_such_a_number_names_the_places_and_how_to_ask(monkeypatch, tmp_path):
    (tmp_path / "board.html").write_text('<p data-why="board.cost">cost 35,000 TL</p><p data-why="board.spend">35,000 TL spent</p>')
    month = SimpleNamespace(found={}, run=tmp_path, period=PERIOD)
    monkeypatch.setattr("scrm_helpers.why.Month", lambda *_: month)
    monkeypatch.setattr("scrm_helpers.why._says", lambda *_: True)  # both places print it as their own
    with pytest.raises(ToldError) as told:
        why(None, PERIOD, "35,000")
    said = str(told.value)
    assert "  board.cost: cost 35,000 TL\n  board.spend: 35,000 TL spent\n" in said
    assert f"python start.py why board.cost --period {PERIOD}" in said


@pytest.mark.parametrize(("language", "names", "lacking"), [
    ("en", ["Programme cost, 1 month (board.cost)", "Programme cost, 12 months (acquisition.cost)"],
     "inputs differ, so not judged: missing for February 2026: the cost sheet with staff hours"),
    ("tr", ["Program maliyeti, 1 ay (board.cost)", "Program maliyeti, 12 ay (acquisition.cost)"],
     "girdiler farklı, bu yüzden yorumlanmadı: Şubat 2026 için gelmeyen: çalışma saatli maliyet çizelgesi"),
])  # fmt: skip
def test_compare_says_what_each_row_is_and_which_input_a_month_lacks(language, names, lacking):
    sides = []
    for month, value in (("2026-01", 40.0), ("2026-02", 90.0)):
        context = Context("09_board", month, language)
        windows = (("board.cost", "1m"), ("acquisition.cost", "12m"))
        like = fixture.finding(context, "acquisition.cac", "programme_cost", value, value, value)
        sides.append({i: replace(like, id=i, window=w) for i, w in windows})
    covered = pd.DataFrame({"table": ["costs"], "month": ["2026-01"], "rows": [2]})
    rows = compared(Reader(sides[1], language=language, currency="TRY"), *sides, coverage=(covered, covered))
    assert [r[0] for r in rows] == names and {(r[3], r[4]) for r in rows} == {("–", lacking)}
    judged = compared(Reader(sides[1], language=language, currency="TRY"), *sides)  # 50 apart, and no range: real
    assert len({r[4] for r in judged}) == 1 and judged[0][4] != lacking


@pytest.mark.parametrize(("language", "wanted"), [
    ("en", [["16,607 TL", "16,763 TL", "+156 TL", "exact difference"], ["90 TL", "90 TL", "0 TL", "the same"],
            ["−500%", "−400%", "−1,900 to 2,100 points", "within noise"]]),
    ("tr", [["16.607 TL", "16.763 TL", "+156 TL", "kesin fark"], ["90 TL", "90 TL", "0 TL", "aynı"],
            ["−%500", "−%400", "−1.900 ile 2.100 puan", "olağan sınırlar içinde"]]),
])  # fmt: skip
def test_compare_gives_sums_their_difference_and_a_return_as_the_page_prints_it(language, wanted):
    sides = []
    for month, cost, roi in (("2026-01", 16_607.0, (-5.0, -19.0, 9.0)), ("2026-02", 16_763.0, (-4.0, -18.0, 10.0))):
        context = Context("09_board", month, language)
        costs = {i: replace(fixture.finding(context, "acquisition.cac", "programme_cost", v, v, v), id=i)
                 for i, v in (("board.cost", cost), ("board.other", 90.0))}  # fmt: skip
        back = replace(fixture.finding(context, "acquisition.cac", "programme_roi", *roi), id="board.roi", unit="ratio")
        sides.append(costs | {"board.roi": back})
    rows = compared(Reader(sides[1], language=language, currency="TRY"), *sides)
    # the return: 14 to each side in both months, so 1 with 14 x sqrt 2 = 19.8 to each side, in points of a hundred
    assert [r[1:] for r in rows] == wanted


def test_compare_says_of_each_side_how_many_months_it_covers_where_they_differ():
    """Both are told over 12 months: 9 of them have costs in the first month, 10 in the second. One label for both would be wrong."""
    sides = []
    for month, covered in (("2026-01", 9.0), ("2026-02", 10.0)):
        like = fixture.finding(Context("03_acquisition", month, "en"), "acquisition.cac", "cac", 412, 380, 450, window="12m")
        sides.append({"acquisition.cac": replace(like, values=f'{{"covered": {covered}}}')})
    ((name, *figures, _, _),) = compared(Reader(sides[1], language="en", currency="TRY"), *sides)
    assert "months" not in name and figures == ["412 TL (9 of 12 months)", "412 TL (10 of 12 months)"]
    ((name, *figures, _, _),) = compared(Reader(sides[1], language="en", currency="TRY"), sides[1], sides[1])
    assert "10 of 12 months" in name and figures == ["412 TL"] * 2


@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_figure_has_a_name_and_no_two_the_same(language):
    known = [i.removeprefix("figures.") for i in texts.catalogue() if i.startswith("figures.")]
    context = Context("09_board", PERIOD, language)
    reader = Reader({}, language=language, currency="TRY")
    # the programme's cost is one name in two windows, so each has its own here
    like = fixture.finding(context, "acquisition.cac", "cac", 1, 1, 1)
    found = [replace(like, id=i, window="12m" if i == "acquisition.cost" else "1m") for i in known]
    found += [f for f in fixture.found_for(language=language).values() if f.value is not None and f.id not in known]
    named = [reader.named(f) for f in found]
    assert len(named) > 35 and all(named) and len(set(named)) == len(named)


def test_without_a_browser_the_mail_has_no_pdf_and_keeps_its_text(workspace, monkeypatch):
    monkeypatch.setattr(mail.shutil, "which", lambda name: None)
    monkeypatch.setattr(mail, "usual_places", lambda *_: [])
    page, pdf, text = mail.make_pdf(workspace, PERIOD)
    assert pdf is None and page.name == "board.html" and text == "one\ntwo\n"


@pytest.mark.parametrize(("system", "variable", "place"), [
    ("darwin", "HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    ("win32", "PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
    ("win32", "PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
    ("win32", "LOCALAPPDATA", "Chromium/Application/chrome.exe"),
])  # fmt: skip
def test_a_browser_off_the_path_is_found_in_its_usual_place(tmp_path, monkeypatch, system, variable, place):
    monkeypatch.setattr(mail.shutil, "which", lambda name: None)
    monkeypatch.setattr(mail.sys, "platform", system)
    for name in ("HOME", "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if mail.browser():
        pytest.skip("this machine has a browser for all users")
    monkeypatch.setenv(variable, str(tmp_path))
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    assert mail.browser() == str(tmp_path / place)
    monkeypatch.setattr(mail.shutil, "which", lambda name: "/usr/bin/chromium")
    assert mail.browser() == "/usr/bin/chromium"  # PATH first


def test_the_usual_places_of_chrome_are_its_own():
    assert "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" in map(str, mail.usual_places("darwin", {}))
    found = mail.usual_places("win32", {"PROGRAMFILES": "C:/Program Files"})
    assert [p.as_posix() for p in found][0] == "C:/Program Files/Google/Chrome/Application/chrome.exe"
    assert mail.usual_places("linux", {"HOME": "/home/a"}) == []


@pytest.mark.browser
def test_the_pdf_is_a4_and_has_no_clock_in_it(workspace):
    _, pdf, _ = mail.make_pdf(workspace, PERIOD)
    first = pdf.read_bytes()
    assert first.startswith(b"%PDF") and b"20000101000000" in first
    assert mail.make_pdf(workspace, PERIOD)[1].read_bytes() == first


def test_a_published_month_keeps_its_snapshot_and_the_next_month_depends_on_it(workspace):
    kept = workspace.processed / LAST / PUBLISHED
    assert (kept / "orders.parquet").is_file() and not (kept / "customers.parquet").exists()
    period, rows = Store(workspace, PERIOD).before("orders", back=1)
    assert period == LAST and int(rows.count().execute()) == 5
    before = digests.of_state(workspace, PERIOD)
    assert f"{LAST}/{PUBLISHED}/orders.parquet" in before
    # a later run of February that was not published changes its tables, not what March reads
    Store(workspace, LAST).write("orders", contract_rows("orders", orders().head(1)))
    assert int(Store(workspace, PERIOD).before("orders", back=1)[1].count().execute()) == 5
    assert digests.of_state(workspace, PERIOD) == before


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_list_of_months_tells_state_and_verdict(language):
    months = [{"period": PERIOD, "page": "x.html", "state": "closed", "verb": "hold"}, {"period": LAST, "page": "y.html", "failed": "why"}]
    html = index_page(months, language=language)
    wanted = {"en": "closed · Hold the social budget", "tr": "kapandı · Sosyal bütçeyi koruyun"}[language]
    assert wanted in html and html.count('class="pill"') == 1


def test_the_months_record_is_plain_json():
    refused = [Refused("costs.csv", ("costs",), "lacks the column 'Kind'."), Refused("b.xlsx (Ads)", (), "b.xlsx (Ads): a note.", True)]
    decision = type("D", (), {"month": type("M", (), {"state": "open"}), "verdict": type("V", (), {"verb": "test"}), "refused": refused})
    printed = Page("en", (Place(("board.cost",), "Spend", "all, =1", "412 “TL”"),))
    made_files = report.files(Context("09_board", PERIOD, "en"), decision, {}, KEPT, printed, as_of=date(2026, 4, 1), csv="turkish")
    assert json.loads(made_files["page.json"]) == {"language": "en", "places": [["board.cost", "Spend", "all, =1", "412 “TL”"]]}
    assert read(made_files["page.json"]) == printed
    assert json.loads(made_files["month.json"]) == {
        "period": PERIOD, "state": "open", "verb": "test",
        "refused": [
            {"file": "costs.csv", "en": "lacks the column 'Kind'.", "tr": "lacks the column 'Kind'."},
            {"file": "b.xlsx (Ads)", "en": "a note.", "tr": "a note."},
        ],
    }  # fmt: skip
    beside = {"tables.xlsx", "mail.txt", "page.json", "month.json"}
    assert set(made_files) == beside | {"csv/03_acquisition_cac.csv", "csv/04_retention_cac.csv"}


def test_a_run_ends_with_the_files_that_were_refused_whether_its_page_is_new_or_was_there(tmp_path, capsys):
    from scrm_helpers.commands.months import tell_refused
    from scrm_helpers.run import publish
    from scrm_helpers.store.workspace import Workspace

    place = Workspace("data", tmp_path / "data" / "raw", tmp_path)
    run = place.outputs / ".runs" / "a" / f"{PERIOD}-0123456789abcdef"
    run.mkdir(parents=True)
    refused = [{"file": "costs.csv", "en": "lacks the column 'Kind'.", "tr": "'Kind' sütunu yok."}]
    (run / "month.json").write_text(json.dumps({"state": "open", "verb": "test", "refused": refused}))
    tell_refused(place, PERIOD)
    assert capsys.readouterr().err == ""  # no page yet
    publish.swap(place.outputs, PERIOD, run)
    tell_refused(place, PERIOD)
    assert capsys.readouterr().err == "refused, in no number of the page: costs.csv: lacks the column 'Kind'.\n"
    with texts.speaking("tr"):
        tell_refused(place, PERIOD)
    assert capsys.readouterr().err.endswith(": costs.csv: 'Kind' sütunu yok.\n")
