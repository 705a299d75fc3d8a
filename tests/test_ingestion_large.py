"""Large files take other ways (parsed by the engine, asked column by column, ids made once): they must say what the short way says."""

from datetime import date

import duckdb
import pytest
from ingestion_files import checked
from test_ingestion_fuzz import OWN, run_of

from scrm_helpers import tables
from scrm_helpers.ingestion import evidence, loading, numbered, settle
from scrm_helpers.ingestion import large as big
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.store import Workspace

HEAD = "FICHENO;TRCODE;CARI_KOD;DATE_;SATIR_NET;STOK_KODU;MIKTAR\n"
FILES = {
    **OWN,
    # an order whose lines lie apart, a row without a day, letters to mend, spaces around cells, a walk-in, a total
    "apart.csv": HEAD
    + "A1;8; 120 01 001 ;05.09.2026;1.250,50;STK-þ1;2\nA2;8;120 01 002;06.09.2026;10,00;'STK-2;1\n"
    + "A1;8;120 01 001;05.09.2026;5,00; STK-3;1\nA3;8;120 01 003;;7,00;STK-1;1\nA4;7;;07.09.2026;3,10;-;1\n"
    + "A5;8;120 01 001;08.09.2026;1,00;STK-1;1\nA5;8;120 01 001;08.09.2026;xx;STK-1;1\nGenel Toplam;;;;1.275,60;;\n",
    "iso.csv": HEAD.replace(";", ",") + "B1,8,120 01 001,2026-09-05,1250.50,STK-1,2\nB2,2,120 01 001,2026-09-06 10:30,99.90,8.69E+12,1\n",
    "words.csv": HEAD + "C1;8;120 01 001;5 Eylül 2026;10,00;STK-1;2,5\nC2;8;120 01 001;6 Eylül 2026;(1,5);STK-1;1\n",
    "marks.csv": HEAD + "D1;8;120 01 001;05/09/2026;₺10,00;STK-1;2\nD2;8;120 01 001;25/09/2026;1.000,00 TL;STK-1;1\n",
    "two.csv": HEAD + "E1;8;120 01 001;05/09/2026;10.00;51.0;2\nE2;8;120 01 001;25-09-2026;nan;52.0;1.0\n",
}  # fmt: skip


def test_a_large_file_says_what_a_short_one_says(tmp_path, monkeypatch):
    short = checked(tmp_path / "short", FILES)
    monkeypatch.setattr(evidence, "LARGE", -1)
    monkeypatch.setattr(evidence, "HEAD", 1)
    monkeypatch.setattr(loading, "FAST", -1)
    large = checked(tmp_path / "large", FILES)
    for name in FILES:
        for key in short[name]:
            assert large[name][key] == short[name][key], f"{name}, {key}"
    assert {f["verdict"] for f in short.values()} == {"read"}, [f["message"] for f in short.values()]
    # a row without a day; an order of two lines of which one has no amount
    assert short["apart.csv"]["rows_quarantined"] == 3 and short["apart.csv"]["totals"] != ""


@pytest.mark.parametrize("apart", [False, True])
def test_lines_are_numbered_within_their_order_wherever_they_stand(tmp_path, monkeypatch, apart):
    monkeypatch.setattr(evidence, "LARGE", -1)
    rows = ["A;8;1;05.09.2026;1,00;P1;1\n", "A;8;1;05.09.2026;2,00;P2;1\n", "B;8;1;05.09.2026;3,00;P3;1\n"]
    file = HEAD + "".join(rows if not apart else [rows[0], rows[2], rows[1]])
    run = run_of(tmp_path, {"logo.csv": file.encode()})
    fed = next(f for f in run.feds if f.table == "order_lines")
    assert fed.numbered is not apart  # lines that stand together need no window
    settle.settle(run.con, "order_lines", [fed], "2200-01-01", "2200-01-01")
    found = run.con.execute("SELECT product_id, line_no FROM made_order_lines ORDER BY product_id").fetchall()
    assert found == [("P1", 1), ("P2", 2), ("P3", 1)]


def test_a_large_table_holds_what_differs_and_its_view_says_the_rest(tmp_path, monkeypatch):
    """Of Logo's orders no row has a store or is internal, and each is in lira; a word that the contract knows is held as its number."""
    monkeypatch.setattr(evidence, "LARGE", -1)
    run = run_of(tmp_path, {"logo.csv": f"{HEAD}A;8;1;05.09.2026;1,00;P1;1\nB;2;1;06.09.2026;2,00;P2;1\n".encode()})
    fed = next(f for f in run.feds if f.table == "orders")
    held = dict(run.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {fed.rows}_rows)").fetchall())
    assert held.keys().isdisjoint(["store_id", "is_internal", "currency"]) and held["kind"] == "ENUM('return', 'sale')"
    asked = "order_no, kind, store_id, is_internal, currency, typeof(store_id), typeof(is_internal)"
    assert run.con.execute(f"SELECT {asked} FROM {fed.rows} ORDER BY 1").fetchall() == [
        ("A", "sale", None, False, "TRY", "VARCHAR", "BOOLEAN"),
        ("B", "return", None, False, "TRY", "VARCHAR", "BOOLEAN"),
    ]


@pytest.mark.parametrize("documents", [True, False])
def test_amounts_with_vat_are_held_for_check_alone(tmp_path, documents):
    (tmp_path / "shop.csv").write_text(OWN["shop.csv"], encoding="utf-8")
    con = duckdb.connect()
    run = Ingestion(Workspace("data", tmp_path, tmp_path / "home"), con, as_of=date(2200, 1, 1), documents=documents)
    run.load()
    run.recognise()
    run.feed()
    tables_of = "SELECT count(*) FROM duckdb_columns() WHERE column_name = '_gross' AND table_name LIKE 'fed%rows'"
    assert (con.execute(tables_of).fetchone()[0] > 0) is documents


@pytest.mark.parametrize(
    ("name", "sql", "same"),
    [
        ("channel", "nullif(('shop')::VARCHAR, '')", "'shop'::VARCHAR"), ("channel", "nullif((c1)::VARCHAR, '')", ""),
        ("store_id", "nullif((NULL::VARCHAR)::VARCHAR, '')", "NULL::VARCHAR"), ("store_id", "nullif(('')::VARCHAR, '')", ""),
        ("is_internal", "FALSE", "FALSE::BOOLEAN"),
        ("currency", "nullif(('TRY')::VARCHAR, '')", ""), ("account_id", "NULL", ""), ("channel", "coalesce(NULL::VARCHAR, 'shop')", ""),
    ],
)  # fmt: skip
def test_a_column_is_the_same_in_every_row_where_nothing_of_the_row_makes_it(name, sql, same):
    assert numbered.fixed(tables.contract("orders").by_name[name], sql) == same


def test_steps_that_no_later_table_asks_for_are_given_back(tmp_path, monkeypatch):
    """Lines are read after orders and before accounts: of the steps of a file only what accounts ask for is then still there."""
    monkeypatch.setattr(evidence, "LARGE", -1)
    left, shed = [], Reader.shed

    def seen(r, con, steps, wanted):
        shed(r, con, steps, wanted)
        left.append({c for (c, *_) in con.execute(f"DESCRIBE {steps}").fetchall()})

    monkeypatch.setattr(Reader, "shed", seen)
    run = run_of(tmp_path, {"logo.csv": f"{HEAD}A;8;1;05.09.2026;1,00;P1;1\nB;2;1;06.09.2026;2,00;P2;1\n".encode()})
    assert [f.table for f in run.feds] == ["orders", "order_lines", "accounts"] and all("_row" in columns for columns in left)
    assert left[0] > left[1] > left[2]  # at the end the ids' own texts alone


def test_a_sheet_saved_to_its_last_column_is_read_as_its_table(tmp_path):
    """Excel writes a separator for each of its 16,384 columns: what has no name and no cell is none (asked about, it took minutes)."""
    table = OWN["logo.csv"].splitlines()
    right = "\n".join(line + ";" * (16_384 - 7) for line in table) + "\n"
    left = "\n".join(";" * 16_000 + line for line in table) + "\n"
    found = checked(tmp_path, {"logo.csv": OWN["logo.csv"], "right.csv": right, "left.csv": left})
    told = ("verdict", "recipe", "rows_kept", "rows_quarantined", "sums")
    assert found["logo.csv"]["rows_kept"] == 3 and found["logo.csv"]["verdict"] == "read"
    assert [found[n][k] for n in ("right.csv", "left.csv") for k in told] == [found["logo.csv"][k] for k in told] * 2


def fed_of(home, files: dict[str, str]) -> Ingestion:
    """One pass over the files as a run makes it: amounts are turned into the company's currency."""
    raw = home / "data" / "raw"
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_text(content, encoding="utf-8")
    run = Ingestion(Workspace("data", raw, home), duckdb.connect(), as_of=date(2200, 1, 1))
    run.load()
    run.recognise()
    run.feed()
    assert {t.verdict for t in run.taken} == {"read"}, [t.message for t in run.taken]
    return run


RATES = {  # a rate of sources.yml -> what a euro is worth in each of BY_TURNS
    "Kur": (40, None, 40, 40),  # a row without a rate is set aside where nothing else tells it
    "{product: [Kur, Kat]}": (20, None, 80, 40),
    "{first_of: [Kur, Yedek]}": (40, 44, 40, 40),
    "{when: {column: Kat, above: 1}, then: {constant: 41}, else: {sum: [Kur, Kat]}}": (40.5, 1, 41, 41),  # a blank one adds nothing
    "{map: {column: Kat, values: {'0,5': 40, '2': 42}, other: Kur}}": (40, None, 42, 40),
    "{lookup: {in: kurlar, by: Para, give: Oran}}": (43, 43, 43, 43),
    "{product: [{lookup: {in: kurlar, by: Para, give: Oran}}, Kat]}": (21.5, 43, 86, 43),
}
BY_TURNS = ("40,0;0,5;44", ";1;44", "40,0;2;44", "40;1;")  # Kur, Kat, Yedek
OWN_RATE = (
    "sources:\n  - {{name: satis, file: satis.csv, table: orders, columns: {{No: order_id, Gun: ordered_at, Net: net, Para: currency}}, "
    "options: {{vat: 0, rate: {rate}}}}}\n  - {{name: kurlar, file: kurlar.csv, table: products, columns: {{Para: product_id}}}}\n"
)


@pytest.mark.parametrize("rate", RATES)
def test_an_exchange_rate_that_is_made_of_columns_is_the_same_in_a_large_file(tmp_path, monkeypatch, rate):
    """400 orders of 10 euros, each tenth in lira, which no rate touches; those that lack a rate come first after the head is read."""
    lines = [(n, "TRY" if n % 10 == 0 else "EUR", BY_TURNS[0 if n < 20 else n % 4]) for n in range(400)]
    text = "No;Gun;Net;Para;Kur;Kat;Yedek\n" + "".join(f"{n};25.09.2026;10,00;{money};{own}\n" for n, money, own in lines)
    files = {"satis.csv": text, "kurlar.csv": "Para;Oran\nEUR;43\nTRY;1\n", "sources.yml": OWN_RATE.format(rate=rate)}
    found = {}
    for way, limits in (("short", {}), ("large", {"LARGE": 100, "HEAD": 20})):
        with monkeypatch.context() as m:
            for name, value in limits.items():
                m.setattr(evidence, name, value)
            m.setattr(loading, "FAST", 1000 if limits else loading.FAST)
            run = fed_of(tmp_path / way, files)
        fed = next(f for f in run.feds if f.table == "orders")
        settle.settle(run.con, "orders", [fed], "2200-01-01", "2200-01-01")
        columns = {c for (c, *_) in run.con.execute(f"DESCRIBE {fed.rows}_rows").fetchall()}
        assert ("_marks" in columns) is (way == "large")  # what only the large way holds
        kept = run.con.execute("SELECT order_no::INT, net::DOUBLE, net_document::DOUBLE, currency FROM made_orders ORDER BY 1").fetchall()
        aside = run.con.execute(f"SELECT _row, _bad.* FROM {fed.rows} WHERE _bad IS NOT NULL ORDER BY _row").fetchall()
        found[way] = (kept, aside)
    assert found["large"] == found["short"]
    worth = {n: 1 if money == "TRY" else RATES[rate][0 if n < 20 else n % 4] for n, money, _ in lines}
    assert {n: net for n, net, _, _ in kept} == {n: 10.0 * w for n, w in worth.items() if w is not None}
    assert len(aside) == sum(w is None for w in worth.values())


ODD = {  # a large file -> how many of its 60 orders are read
    "a space and a quote begin a cell": (60, lambda n, row: row.replace("STK-1", {20: ' "STK-1', 40: 'STK-1"'}.get(n, "STK-1"))),
    "and cells have line ends": (60, lambda n, row: row.replace("STK-1", {2: '"STK\n1"', 20: ' "STK-1', 40: 'STK-1"'}.get(n, "STK-1"))),
    "or a row": (60, lambda n, row: row.replace("N20;", ' "N20;').replace("N40;", 'N40";')),
    "a quote stands behind the end of a cell in quotes": (
        60, lambda n, row: row.replace("STK-1", {20: '"STK 15" "', 40: 'STK 42"'}.get(n, "STK-1")),
    ),
    "two spaces between": (60, lambda n, row: row.replace("STK-1", {20: '"STK 15"  "', 40: 'STK 42"'}.get(n, "STK-1"))),
    "a cell in quotes is a space": (60, lambda n, row: row.replace("STK-1", '" "' if n == 20 else "STK-1")),
    "they stand in a text in quotes": (60, lambda n, row: row.replace("STK-1", f'"STK; ""{n}"" 1"')),
    "lines end as on an old Mac": (60, lambda n, row: row.replace("\n", "\r")),
    "a byte of zero": (0, lambda n, row: row.replace("STK-1", "STK-\x001" if n == 40 else "STK-1")),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_no_row_of_a_large_file_is_lost(tmp_path, monkeypatch, odd):
    """The engine takes a quote after one space for the beginning of a quoted cell, and read twenty rows as one cell."""
    kept, made = ODD[odd]
    rows = [made(n, f"N{n};8;120 01 001;05.09.2026;{n},00;STK-1;1\n") for n in range(60)]
    head = HEAD.replace("\n", "\r") if "Mac" in odd else HEAD
    file = {"logo.csv": (head + "".join(rows)).encode()}
    short = checked(tmp_path / "short", file)["logo.csv"]
    for module, name, value in ((evidence, "LARGE", 10), (evidence, "HEAD", 5), (loading, "FAST", 100), (big, "HEAD_BYTES", 400)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(big, "TAIL_BYTES", 300)
    large = checked(tmp_path / "large", file)["logo.csv"]
    assert large == short
    assert (large["rows_kept"], large["verdict"]) == (kept, "read" if kept else "refused")
