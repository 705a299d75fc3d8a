"""A large file is read in one go where its first rows settle how: the tables, reasons, counts and digests are those of the careful ways."""

import hashlib
import re
import shutil
from dataclasses import replace
from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrm_helpers import ingestion, sample
from scrm_helpers.ingestion import evidence, feeding, large, ledger, loading, settle
from scrm_helpers.ingestion.part import SIGNS
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.store.tables_io import Store
from scrm_helpers.store.workspace import Workspace

HEAD = "Belge,Tarih,Urun,Adet,Net\n"
PLAIN = ["F1,15.01.2024,STK-1,1,10.00", "F1,15.01.2024,STK-2,2,1057.29", "F2,16.01.2024,STK-1,4,99.90", "F3,16.01.2024,STK-3,1,5"]
ENTRY = """
  - name: {name}
    file: "{name}"
    table: {table}
    columns: {{Belge: order_id, Tarih: {day}, Urun: {item}, Adet: {count}, Net: net}}
    options: {{vat: excluded, currency: TRY{options}}}
"""
LINES = {"table": "order_lines", "day": "ordered_on", "item": "product_id", "count": "quantity"}
ORDERS = {"table": "orders", "day": "ordered_at", "item": "account_id", "count": "store_id"}
SMALL = {"loading.FAST": -1, "evidence.LARGE": -1, "evidence.HEAD": 3, "large.HEAD_BYTES": 110}
WAYS = {
    "row by row": {},
    "kept": SMALL | {"large._ends_plainly": lambda *_, **__: False, "kept": True},
    "one go": SMALL | {"large._ends_plainly": lambda *_, **__: False},  # looked through before it is read
    "trusted": SMALL | {"large._ends_plainly": lambda *_, **__: True},  # each row is asked about as it is read
}


def read(home, files: dict[str, str], *, table: dict | None, fixed: bool, way: str) -> dict:
    """Everything that a pass gives: the rows of each table with their lineage, the five books, what was said of each file.

    `table` None: the files are known by their headers.
    """
    shutil.rmtree(home, ignore_errors=True)
    raw = home / "data" / "raw"
    raw.mkdir(parents=True)
    for name, text in files.items():
        (raw / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    options = ", decimal: point, date_order: DMY" if fixed else ""
    entries = "".join(ENTRY.format(name=name, options=options, **table) for name in files) if table else " []"
    (raw / "sources.yml").write_text(f"company: {{currency: TRY}}\nsources:{entries}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scrm_helpers.ingestion.passing.key_of", lambda workspace: "ab" * 32)
        for place, value in WAYS[way].items():
            if place != "kept":
                patch.setattr(f"scrm_helpers.ingestion.{place}", value)
        con = ibis.duckdb.connect(threads=1).con
        run = Ingestion(Workspace("data", raw, home), con, as_of=date(2026, 11, 1))
        run.load()
        if "kept" in WAYS[way]:
            for t in run.taken:
                if t.part is not None:
                    t.part.keep(con)
        run.recognise()
        run.feed()
        made = {}
        for name in sorted({f.table for f in run.feds}):
            settle.settle(con, name, [f for f in run.feds if f.table == name], "2026-11-01", "2026-10-31 21:00:00")
            made[name] = con.execute(f"SELECT * EXCLUDE (_feed) FROM made_{name} ORDER BY source_file, source_row").fetchall()
            made[f"{name}, columns"] = sorted(c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall())
        books = {name: frame.to_dict("records") for name, frame in ledger.frames(run).items()}
    written = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'fed%_rows'").fetchone()[0]
    assert written <= sum(max(1, len(t.feds)) for t in run.taken if t.part is not None)  # nothing is left of a try that came to nothing
    assert not con.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'read_raw%'").fetchall()
    lies = {t.file: bool(t.part is not None and t.part.lies) for t in run.taken}
    return {"made": made, "books": repr(books), "said": [(t.file, t.verdict, t.code, t.message, t.totals) for t in run.taken]} | {
        "lies": lies
    }


def alike(home, files: dict[str, str], *, table: dict | None = LINES, fixed: bool = True) -> dict[str, bool]:
    """Asserts that all ways give the same; file -> whether it was read in one go."""
    found = {way: read(home, files, table=table, fixed=fixed, way=way) for way in WAYS}
    for way in ("kept", "one go", "trusted"):
        for what in ("said", "made", "books"):
            assert found[way][what] == found["row by row"][what], f"{way}, {what}"
    assert found["trusted"]["lies"] == found["one go"]["lies"]
    return found["one go"]["lies"]


def company(home, way: str) -> tuple[dict, dict, set[str]]:
    """The tables that a company's own files end in, their books, and the files that were taken for large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scrm_helpers.ingestion.passing.key_of", lambda workspace: "ab" * 32)
        for place, value in {"large": {"loading.FAST": 2000, "evidence.LARGE": 30, "evidence.HEAD": 100}, "careful": {}}[way].items():
            patch.setattr(f"scrm_helpers.ingestion.{place}", value)
        where = Workspace("data", home / "raw", home)
        store = Store(where, "2026-10")
        found = ingestion.read_all(where, store, as_of=date(2026, 11, 1), require_month=True)
        con = store.connection.con
        made = {n: con.execute(f"SELECT * FROM made_{n} ORDER BY ALL").df().drop(columns="_feed", errors="ignore") for n in found.written}
        made = {n: rows.astype(dict.fromkeys(rows.select_dtypes("category"), "str")) for n, rows in made.items()}  # words held as numbers
        large = {r[0] for r in con.execute("SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'raw_%'").fetchall()}
        books = {n: store.connection.read_parquet(store.path(n)).execute() for n in ("row_fates", "quarantine", "coverage", "fill")}
    return made, books | {"files": found.files}, large


def text(*rows: str) -> str:
    return HEAD + "".join(f"{r}\n" for r in rows)


CASES = {
    # file -> whether it can be read in one go
    "plain": ([], True),
    "apart": (["F1,17.01.2024,STK-1,1,1.00"], False),  # a document whose lines lie apart: ids by group
    "going_down": (["F0,17.01.2024,STK-1,1,1.00", "F0,17.01.2024,STK-2,1,2.00"], True),  # numbers go down, each still in one place
    "no_day": (["F4,31.02.2024,STK-1,1,1.00"], False),
    "no_document": ([",17.01.2024,STK-1,1,1.00"], False),
    "other_order": (["F4,01.17.2024,STK-1,1,1.00"], False),
    "clock": (["F4,17.01.2024 10:30,STK-1,1,1.00"], False),
    "iso": (["F4,2024-01-17,STK-1,1,1.00"], False),
    "short_year": (["F4,17.01.202,STK-1,1,1.00"], False),
    "comma": (['F4,17.01.2024,STK-1,1,"1,50"'], False),
    "infinite": (["F4,17.01.2024,STK-1,1,inf"], False),
    "words": (["F4,17.01.2024,STK-1,one,1.00"], False),
    "lost_digits": (["F4,17.01.2024,8.69E+12,1,1.00"], False),
    "lost_number": (["1.2E+15,17.01.2024,STK-1,1,1.00"], False),
    "damaged": (["F4,17.01.2024,STK-þ1,1,1.00"], False),
    "apostrophe": (["F4,17.01.2024,'0012,1,1.00"], False),
    "dash": (["F4,17.01.2024,-,1,1.00"], False),
    "blank_item": (["F4,17.01.2024,,1,1.00"], True),
    "blank_amount": (["F4,17.01.2024,STK-1,1,"], True),  # set aside, its document with it
    "blank_count": (["F4,17.01.2024,STK-1,,1.00"], True),
    "negative_count": (["F4,17.01.2024,STK-1,-2,1.00"], True),
    "too_much": (["F4,17.01.2024,STK-1,1,1e15"], True),
    "later": (["F4,17.12.2026,STK-1,1,1.00"], True),
    "before": (["F4,30.12.1899,STK-1,1,1.00"], True),
    "spaces": ([" F4 ,17.01.2024 , STK-1,1 , 1.00"], True),
    "turkish": (["F4,17.01.2024,Şişe İğne,1,1.00"], True),
    "wide_spaces": (["F4,17.01.2024,Şişe\u2003,1,1.00\u00a0"], True),
    "quoted": (['"F4","17.01.2024","STK, 1",1,"1.00"', '"","","",,""'], True),
    "total": (["Genel Toplam,,,8,1172.19"], True),
    "wrong_total": (["Toplam,,,8,99.00"], True),
    "blank_cells": ([",,,,", "F4,17.01.2024,STK-1,1,1.00", ",,,,", " ,,,, "], True),
    "comment": (["# F4", "F4,17.01.2024,STK-1,1,1.00"], False),
    "comment_cells": (["#note,,,,", "#F5,17.01.2024,STK-1,1,1.00"], True),
    "example": (["F4,17.01.2024,STK-1,1,EXAMPLE: not read"], True),
    "footer": (["F4,17.01.2024,STK-1,1,1.00", "Report generated 2024-01-31,,,,"], True),
    "lone": (["F5,,,,", "F4,17.01.2024,STK-1,1,1.00", "Genel Toplam,,,8,1173.19", ",,,,", ",see page 2,,,", "*,,,,"], True),
    "again": (["Belge,Tarih,Urun,Adet,Net", "F4,17.01.2024,STK-1,1,1.00"], False),
    "alike_ends": (["1,17.01.2024,STK-1,1,1"], True),
    "ragged": (["F4,17.01.2024,STK-1,1"], False),
    "too_long": (["F4,17.01.2024,STK-1,1,1.00,x"], False),
    "blank_line": (["", "F4,17.01.2024,STK-1,1,1.00"], False),
    "two_lines": (['F4,17.01.2024,"STK\n1",1,1.00', "F5,18.01.2024,STK-1,1,2.00"], True),
    "two_lines_first": ([], True),
    "two_lines_and_a_blank_one": (['F4,17.01.2024,"STK\n1",1,1.00', "", "F5,18.01.2024,STK-1,1,2.00"], False),
    "numbers_with_a_sign": (["#1001,17.01.2024,STK-1,1,1.00", "#1002,17.01.2024,STK-1,1,2.00"], True),
}  # fmt: skip


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed", "evidence"])
def test_every_kind_of_row_comes_out_as_the_careful_ways_have_it(tmp_path, fixed):
    files = {f"{name}.csv": text(*PLAIN, *rows) for name, (rows, _) in CASES.items()}
    files["two_lines_first.csv"] = text('F0,15.01.2024,"STK\n1",1,1.00', *PLAIN)  # where the header is looked for
    once = alike(tmp_path / "home", files, fixed=fixed)  # a document's number is each file's own
    assert {n.removesuffix(".csv"): way for n, way in once.items()} == {n: way for n, (_, way) in CASES.items()}


@pytest.mark.parametrize("encoding", ["cp1254", "utf-16", "utf-8-sig"])
def test_a_large_file_in_another_encoding_is_written_anew_and_read_in_one_go(tmp_path, encoding):
    rows = text(*PLAIN, "F4,17.01.2024,Şişe İğne,1,1.00", 'F5,18.01.2024,"Ağ\nİp",1,2.00').encode(encoding)
    assert alike(tmp_path / "home", {"a.csv": rows}) == {"a.csv": True}
    assert not [f for f in tmp_path.rglob("*.csv") if f.parent.name != "raw"]


def test_a_whole_company_is_the_same_read_as_large_files_and_as_small_ones(tmp_path):
    sample.write(tmp_path, seed=2, people=100, prospects=100, months=6, mess=2)
    careful, large = (company(tmp_path, way) for way in ("careful", "large"))
    assert len(careful[2]) == 0 and len(large[2]) > 10  # Shopify, Logo, HubSpot, Trendyol, Zendesk, consents ... took the other way
    for one, other in zip(careful[:2], large[:2], strict=True):
        assert one.keys() == other.keys()
        for name in one:
            pd.testing.assert_frame_equal(one[name], other[name][list(one[name].columns)], obj=name, rtol=0, atol=0)


def test_orders_of_a_row_each_are_read_in_one_go_and_a_pasted_row_is_told(tmp_path):
    rows = ["F1,15.01.2024 10:00,K1,S1,10.00"]
    rows += ["F2,16.01.2024 11:30,K2,S1,20.00", "F3,16.01.2024 23:59,K1,,5.50", "F4,17.01.2024 00:00,,S2,1.00"]
    files = {"a.csv": text(*rows), "b.csv": text(*rows, rows[1]), "c.csv": text(*rows, "F2,16.01.2024 11:30,K2,S1,21.00")}
    for name, file in files.items():
        assert alike(tmp_path / "home", {name: file}, table=ORDERS) == {name: True}, name  # the third is refused, in all ways alike


LOGO = "FICHENO;TRCODE;CODE;CARI_UNVAN;DATE_;LINENET;ITEMCODE;AMOUNT;SPECODE\n"
INVOICES = ["L1;8;120 1;Ay;15.01.2024;10,00;P1;1;", "L1;8;120 1;Ay Ltd;15.01.2024;1.057,29;P2;2;"]
INVOICES += ["L2;2;120 002;Gün A.Ş.;16.01.2024;99,90;P1;1;", "L3;7;120 99 001;Perakende Müşteri;16.01.2024;5,00;P3;4;WP"]
LEDGER = {
    # of an invoice file, which feeds orders, their lines and accounts: file -> whether it can be read in one go
    "plain": ([], True),
    "apart": (["L1;8;120 1;Ay Ltd;15.01.2024;3,00;P3;1;"], True),  # its lines are numbered by a window, its ids stay what they are
    "other_code": (["L4;1;320 01 001;Su Ltd;17.01.2024;3,00;P3;1;", "L5;8;320 01 001;Su Ltd;17.01.2024;3,00;P3;1;"], True),
    "no_card": (["L4;8;;;17.01.2024;3,00;P3;1;"], True),
    "no_day": (["L1;8;120 1;Ay Ltd;;3,00;P3;1;"], True),  # the whole invoice is set aside
    "later": (["L1;8;120 1;Ay Ltd;17.12.2026;3,00;P3;1;", "L6;8;120 003;Su Ltd;17.12.2026;3,00;P3;1;"], True),
    "no_number": ([";8;120 1;Ay Ltd;17.01.2024;3,00;P3;1;"], True),
    "point": (["L4;8;120 1;Ay Ltd;17.01.2024;3.50;P3;1;"], False),
    "damaged": (["L4;8;120 1;Ay þirketi;17.01.2024;3,50;P3;1;"], False),
    "floated": (["L4;8;120 1;Ay Ltd;17.01.2024;3,50;P3;1;51.0"], False),  # the last column is blank as far as it is asked
    "worded": (["L4;8;120 1;Ay Ltd;17.01.2024;3,50;P3;1;BAYI"], True),
    "total": (["Genel Toplam;;;;;1172,19;;;"], True),
    "spaces": ([" L4 ;8;120 004; Su Ltd;17.01.2024;3,50;P3;1;"], True),
    "blank_line": (["", "L4;8;120 1;Ay Ltd;17.01.2024;3,50;P3;1;"], False),
    "two_lines": (['L4;8;120 1;"Ay\nLtd";17.01.2024;3,50;P3;1;'], True),
    "again": ([LOGO.strip(), "L4;8;120 1;Ay Ltd;17.01.2024;3,50;P3;1;"], False),
}  # fmt: skip


def test_a_file_that_feeds_several_tables_comes_out_as_the_careful_ways_have_it(tmp_path):
    files = {}
    for k, (name, (rows, _)) in enumerate(LEDGER.items()):  # an invoice's number is each file's own
        files[f"{name}.csv"] = LOGO + "".join(re.sub("^L", chr(97 + k), f"{r}\n") for r in [*INVOICES, *rows])
    once = alike(tmp_path / "home", files, table=None)
    assert {n.removesuffix(".csv"): way for n, way in once.items()} == {n: way for n, (_, way) in LEDGER.items()}


def test_an_account_that_several_files_know_is_one_row_and_one_that_one_file_knows_stays_as_it_is(tmp_path):
    cards = "CARI_KOD;CARI_UNVAN;TELEFON1;IL;KAYIT_TARIHI\n120 1;Ay Ltd;;İzmir;05.01.2024\n120 009;Ada;5321112233;;06.01.2024\n"
    lines = LOGO + "".join(f"{r}\n" for r in INVOICES)
    found = read(tmp_path / "home", {"cards.csv": cards, "lines.csv": lines}, table=None, fixed=False, way="row by row")
    names = found["made"]["accounts, columns"]
    known = {r[k] for r in found["made"]["accounts"] for k in range(len(r)) if isinstance(r[k], str) and r[k].startswith("120 ")}
    assert known == {"120 1", "120 002", "120 009"} and len(found["made"]["accounts"]) == 3 and "city" in names


def test_a_trial_that_would_hide_a_row_is_seen(tmp_path, monkeypatch):
    """The proof that the comparison can fail: with nothing tested row by row, a day in the other order is lost."""
    monkeypatch.setattr("scrm_helpers.ingestion.reader.Reader._odd", lambda self: "FALSE")
    with pytest.raises(AssertionError, match="one go"):
        alike(tmp_path / "home", {"a.csv": text(*PLAIN, "F4,2024-01-17,STK-1,1,1.00")})


@pytest.mark.parametrize("odd", ["Genel Toplam,,,8,1172.19", " F4 ,17.01.2024,STK-1,1,1.00", ",,,,", "", 'F4,17.01.2024,"STK\n1",1,1.00'])
def test_a_row_that_is_none_would_be_seen_where_a_file_is_not_looked_through(tmp_path, monkeypatch, odd):
    """The same proof for rows that are asked about as they are read: with nothing asked and no line counted, one is read as it stands."""
    real = large._part

    def unasking(*told):
        part = real(*told)
        part.__class__ = type("Unasking", (large.Part,), {"unasked": property(lambda self: "", lambda self, sql: None)})
        return part

    monkeypatch.setattr("scrm_helpers.ingestion.large._part", unasking)
    with pytest.raises(AssertionError, match="trusted"):
        alike(tmp_path / "home", {"a.csv": text(*PLAIN, odd, "F5,18.01.2024,STK-1,1,1.00")})


def test_the_last_lines_of_a_file_say_whether_it_ends_plainly(tmp_path):
    path, header = tmp_path / "a.csv", ["Belge", "Tarih", "Urun", "Adet", "Net"]
    ends = {
        "F4,17.01.2024,STK-1,1,1.00": True, "F4,17.01.2024,,,1.00": True, '"F4",17.01.2024,"a, b",1,1.00': True,
        "Genel Toplam,,,8,1172.19": False, "F4,,,,": False, ",,,,": False, "": False, "F4,17.01.2024,STK-1,1": False,
        " F4,17.01.2024,STK-1,1,1.00": False, 'F4,17.01.2024,"STK\n1",1,1.00': False, "F4,17.01.2024,STK-1,1,EXAMPLE: x": False,
    }  # fmt: skip
    for last, plain in ends.items():
        for end in ("", "\n"):
            path.write_bytes((text(*PLAIN * 4000) + last + end).encode())
            known = large.cut.Known(set())
            assert large._ends_plainly(path, ",", header, known, inside=False) == (plain or not last and not end), (last, end)


def test_cells_with_line_ends_are_counted_by_their_quotes_and_read_alike_in_every_way(tmp_path, monkeypatch):
    """A cell of two lines in the head: the file is not looked through, its 6 rows stand on 8 lines. One quote more than the cells have
    (an inch in a bare cell) miscounts them: the file is then looked through after all."""
    counted = []
    real = loading.measured
    monkeypatch.setattr("scrm_helpers.ingestion.loading.measured", lambda path: counted.append(found := real(path)) or found)
    two = 'F1,15.01.2024,"STK\n1",1,10.00'
    assert alike(tmp_path / "home", {"a.csv": text(two, *PLAIN, 'F4,17.01.2024,"S\n""9""",1,1.00')}) == {"a.csv": True}
    assert {found.within for found in counted} == {2}
    counted.clear()
    alike(tmp_path / "home", {"a.csv": text(two, *PLAIN, 'F4,17.01.2024,3" boru,1,1.00', PLAIN[-1])})
    assert {found.within for found in counted} == {3}
    path = tmp_path / "long.csv"
    quoted = b"x" * ((1 << 20) - 4) + b'"' + b"x" * (1 << 20) + b'\n\n"\n"\n'  # quotes pieces apart, and one that never ends
    path.write_bytes(b'"\n"' + quoted)
    assert real(path).within == 4
    path.write_bytes(b"..." + quoted)  # none in the first piece
    assert real(path).within == 0


@pytest.mark.parametrize(
    ("row", "late"),
    [('a; "b', True), ('a, "b"', True), ('"a\t "b"', True), ('1\n "a"', True), ('a "b"', False), ('a;"b"', False), ('a; ""', False),
     ('"a" "b', True), ('"a"  "', True), ('"a";"b"', False), ('"a" ;"b"', False)],
)
def test_a_quote_behind_a_space_is_seen_whatever_parts_the_cells(tmp_path, row, late):
    """Also where a piece of the file that is read at a time ends within the signs (what follows it may then be told as late, and is asked
    again)."""
    path = tmp_path / "a.csv"
    for before in (0, *(range((1 << 20) - 5, 1 << 20) if late else ())):
        path.write_bytes(b"x" * max(before - 1, 0) + b"\n" * bool(before) + row.encode() + b"\nb;2\n")
        assert loading.measured(path).late is late, before


def test_the_head_of_a_file_ends_with_a_whole_row(tmp_path, monkeypatch):
    """Rows of three lines: wherever the head is cut, the file need not be looked through. One whose quotes have no end keeps its head."""
    path, row = tmp_path / "a.csv", 'F1,15.01.2024,"a\nb, c\nd",1,10.00\n'
    path.write_bytes(("Belge,Tarih,Urun,Adet,Net\n" + row * 40_000).encode())
    known = large.cut.Known({"Belge", "Tarih", "Urun"})
    for cut in range(2000, 2000 + len(row)):
        monkeypatch.setattr(large, "HEAD_BYTES", cut)
        part = large.on_disk(ibis.duckdb.connect().con, "raw_1", known, path, "a.csv", loading.measured(path), later=True)
        assert part.unasked and part.rows == 40_000, cut
    assert large._whole_rows(b'a\nb"\nc\nd') == b"a\n" and large._whole_rows(b'"a\n' + b"b\n" * 30) == b'"a\n' + b"b\n" * 30
    assert large._whole_rows(b"a") == b"" and large._whole_rows(b'"a') == b""


def test_the_end_of_a_file_is_found_plain_from_its_first_whole_row_on(tmp_path, monkeypatch):
    """Rows of three lines: the tail begins in each part of one in turn."""
    path, header, known = tmp_path / "a.csv", ["Belge", "Tarih", "Urun", "Adet", "Net"], large.cut.Known(set())
    row = 'F1,15.01.2024,"a\nb, c\nd",1,10.00'
    for last, plain in {row: True, PLAIN[0]: True, "Genel Toplam,,,8,1172.19": False, "": False, " " + row: False}.items():
        path.write_bytes((text(*[row] * 100) + last + "\n").encode())
        for begins in range(len(row) + 1):
            monkeypatch.setattr(large, "TAIL_BYTES", 1000 + begins)
            assert large._ends_plainly(path, ",", header, known, inside=True) == plain, (last, begins)


@pytest.mark.parametrize("words", ["Gümüş İğne", "Ş\u00a0a", 'ğ\t"x"', "ş\n\nü\n", "ı\x0b\x0c'"])
def test_what_a_copy_in_another_encoding_holds_is_known_without_another_look(tmp_path, words):
    """Not of the copy: the digest. All else is as a look at the copy says."""
    (tmp_path / "old.csv").write_bytes(words.encode("cp1254"))
    (tmp_path / "new.csv").write_bytes(words.encode())
    seen, anew = loading.measured(tmp_path / "old.csv"), loading.measured(tmp_path / "new.csv")
    assert loading.in_utf8(words.encode("cp1254"), seen) == replace(anew, digest=seen.digest)


def test_a_file_that_was_not_looked_through_takes_its_own_place_when_it_is(tmp_path):
    """The second has a header of its own further down, the last a blank line: parts are told each, and every row has one fate."""
    second = text(*PLAIN, HEAD.strip(), "F4,17.01.2024,STK-1,1,1.00")
    files = {"a.csv": text(*PLAIN), "b.csv": second, "c.csv": text(*PLAIN), "d.csv": text(*PLAIN, "", PLAIN[-1])}
    assert alike(tmp_path / "home", files) == {"a.csv": True, "b.csv": False, "c.csv": True, "d.csv": False}


def test_first_rows_that_leave_the_order_open_are_asked_about_in_full(tmp_path):
    rows = ["F1,01.02.2024,STK-1,1,1.00", "F2,02.03.2024,STK-1,1,1.00", "F3,03.04.2024,STK-1,1,1.00"]
    assert alike(tmp_path / "home", {"a.csv": text(*rows, "F4,17.01.2024,STK-1,1,1.00")}, fixed=False) == {"a.csv": False}
    assert alike(tmp_path / "home", {"a.csv": text(*rows)}, fixed=False) == {"a.csv": False}  # both orders fit: refused


def test_a_number_in_powers_of_ten_says_the_decimal_sign_in_every_way(tmp_path):
    """1E5 is sure of its sign, so that 1.250 elsewhere in the file is 1.25; the one row is set aside for its lost digits."""
    for fixed in (True, False):
        alike(tmp_path / "home", {"a.csv": text("1E5,15.01.2024,STK-1,1,1.250")}, fixed=fixed)


DOCUMENT = st.sampled_from(["F1", "F2", "F3", "12", "0012", "1E5", "Toplam", "", " F9", "Ş1", "#1", "Belge"])
DAYS = ["15.01.2024", "16.01.2024", "1.2.2024", "02.03.2024", "13/01/2024", "2024-01-15", "", "-", "15.01.24", "yok", " 17.01.2024"]
DAY = st.sampled_from(DAYS)
ITEM = st.sampled_from(["STK-1", "STK-2", "8.69E+12", "51.0", "-", "", "'01", "þ", "Ürün\u00a0", "x e0", '"a,b"', "12e0"])
NUMBER = st.sampled_from(["1", "2.50", "1.250", "1,5", '"1,250.00"', "(3.00)", "-4", "nan", "1e3", "", "10 TL", "x", "1_000", " 7 "])


@given(
    common=st.integers(0, 6),
    odd=st.lists(st.tuples(DOCUMENT, DAY, ITEM, NUMBER, NUMBER), min_size=0, max_size=3),
    fixed=st.booleans(),
    orders=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_rows_all_ways_agree(tmp_path, common, odd, fixed, orders):
    rows = (PLAIN * 2)[:common] + [",".join(cells) for cells in odd]
    if rows:
        alike(tmp_path / "home", {"a.csv": text(*rows)}, table=ORDERS if orders else LINES, fixed=fixed)


def test_what_goes_wrong_in_the_engine_is_no_surprise(tmp_path):
    con = ibis.duckdb.connect(threads=1).con
    with pytest.raises(Exception, match="something else"):
        feeding._read(con, "t", "SELECT error('something else') AS x")
    with pytest.raises(evidence.SurpriseError):
        feeding._read(con, "t", f"SELECT error('{evidence.SURPRISE}') AS x")
    with pytest.raises(evidence.ApartError):
        feeding._read(con, "t", f"SELECT error('{evidence.APART}') AS x")


@pytest.mark.parametrize("fails", [False, True])
def test_rows_numbered_one_after_another_are_read_by_one_thread_and_no_other_statement_is(fails):
    """A second thread can only wait there, and waits at full speed: 20 CPU seconds of 10 million rows."""
    con = ibis.duckdb.connect(threads=2).con
    part = large.Part("a.csv", "", [], [], "raw", 1, "", lies="SELECT 1")
    rows = "SELECT current_setting('threads') AS n" + (f", error('{evidence.APART}') AS x" if fails else "")
    try:
        feeding._read(con, "t", rows, part)
    except evidence.ApartError:
        assert fails
    else:
        assert not fails and con.execute("SELECT n FROM t").fetchone() == (1,)
    assert con.execute("SELECT current_setting('threads'), current_setting('disabled_optimizers')").fetchone() == (2, "")


def test_a_word_that_is_the_same_in_every_row_is_written_as_text(tmp_path):
    rows = [f"F{k:03},15.01.2024,STK-1,1,10.00" for k in range(9)]
    found = read(tmp_path / "home", {"it's.csv": text(*rows)}, table=LINES, fixed=True, way="one go")
    assert {(type(r[k]), r[k]) for r in found["made"]["order_lines"] for k in (6, 7)} == {(str, "it's.csv")}


def test_one_look_at_the_bytes_says_what_stands_in_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\n1;'2\n3;4")
    seen = loading.measured(path)
    assert seen.lines == 3 and seen.plain and seen.lacks == frozenset(SIGNS) - {"'"}
    assert seen.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes("\ufeffş\u2003".encode())  # a mark at the start says how the file is written
    assert frozenset(SIGNS) - loading.measured(path).lacks == {"\u2003"}
    path.write_bytes(b"x" * ((1 << 20) - 1) + "\u00a0\ufeff".encode())  # cut between two pieces
    assert frozenset(SIGNS) - loading.measured(path).lacks == {"\u00a0", "\ufeff"}
    path.write_bytes("ş \n".encode())
    assert loading.measured(path).lines == 1 and not loading.measured(path).plain and " " not in loading.measured(path).lacks
