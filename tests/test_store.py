"""Tables in and out: split by class, same bytes, state of earlier periods alone, no mixing of workspaces, both engines."""

import os
import re
import shutil
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scrm_helpers import compare, tables
from scrm_helpers.errors import ToldError
from scrm_helpers.mail import make_pdf
from scrm_helpers.scorecard.truth import Said
from scrm_helpers.store import (
    Store,
    WorkspaceError,
    engine,
    key_of,
    machine,
    open_book,
    open_workspace,
    settings_of,
    sources_of,
    tables_io,
)
from scrm_helpers.store.engine import EngineError, connect, spark_settings
from scrm_helpers.store.workspace import PUBLISHED
from scrm_helpers.store.written import neutral, plain_csv, written
from scrm_helpers.tables import ContractError
from scrm_helpers.units import Unit
from scrm_helpers.why.month import Month

LINEAGE = {"system": "crm", "source_file": "a.csv", "source_row": 2}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "orders.csv").write_text("a;b\n1;2\n")
    return tmp_path


def accounts(*ids: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"account_id": i, "kind": "consumer", "email": f"p{i}@ornek.com", "is_internal": False, **LINEAGE}
            for i in ids
        ]
    )


def read_in(*months: str) -> None:
    """What 01_ingestion leaves of each month whatever came: the table of files."""
    for month in months:
        Store(open_workspace(), month).write("files", pd.DataFrame(columns=tables.contract("files").by_name))


def test_personal_columns_lie_in_private_alone(home):
    store = Store(open_workspace(), "2026-10")
    store.write("accounts", accounts(2, 1))
    assert "email" not in store.read("accounts").columns
    assert store.read("accounts", private=True).to_pandas()["email"].tolist() == [
        "p1@ornek.com",
        "p2@ornek.com",
    ]  # ordered by key
    assert b"ornek.com" not in store.path("accounts").read_bytes()
    assert b"email" not in store.path("accounts").read_bytes()
    if os.name == "posix":
        assert store.path("accounts", private=True).parent.stat().st_mode & 0o777 == 0o700


def test_an_open_private_folder_is_refused(home):
    if os.name != "posix":
        pytest.skip("folder modes are POSIX")
    store = Store(open_workspace(), "2026-10")
    store.write("accounts", accounts(1))
    (home / "data" / "private").chmod(0o755)
    with pytest.raises(WorkspaceError, match="chmod 700"):
        store.write("accounts", accounts(1))


def test_same_rows_same_bytes_whatever_their_order(home):
    store = Store(open_workspace(), "2026-10")
    first = store.write("accounts", accounts(3, 1, 2)).read_bytes()
    assert store.write("accounts", accounts(2, 3, 1)).read_bytes() == first


@pytest.mark.parametrize("order", [1, -1])
def test_texts_held_once_are_written_as_texts_are(home, order):
    store = Store(open_workspace(), "2026-10")
    plain = accounts(1, 2, 3)[::order].assign(city=["İzmir", None, "Van"], birth_year=[1990, None, 1991])
    coded = plain.astype({c: "category" for c in ("kind", "email", "system", "city", "birth_year")})
    assert str(tables_io._typed(coded, tables.contract("accounts")).schema.field("city").type).startswith("dictionary")
    for private in (False, True):
        path = store.path("accounts", private=private)
        first = [(store.write("accounts", rows), path.read_bytes())[1] for rows in (plain, coded)]
        assert first[0] == first[1] and len(store.read("accounts", private=private).to_pandas()) == 3


def test_many_rows_in_the_order_of_their_key_are_written_as_they_come_and_others_sorted(home):
    store, n = Store(open_workspace(), "2026-10"), 300_000  # more than two groups of rows
    rows = pd.DataFrame({"draw": np.arange(n) // 100_000, "account_id": np.arange(n) % 100_000 + 1, "person_id": np.arange(n) + 7})
    first = store.write("person_draws", rows).read_bytes()
    assert store.read("person_draws").to_pyarrow().equals(pa.Table.from_pandas(rows).cast(store.read("person_draws").schema().to_pyarrow()))
    assert store.write("person_draws", rows.sample(frac=1, random_state=1)).read_bytes() == first


def test_the_order_of_a_key_is_that_of_its_columns_in_turn():
    rows = pa.table({"a": [1, 1, 2], "b": [5, 6, 1], "c": [3, 2, 1], "d": [1, None, 2], "e": ["x", "y", "z"]})
    asked = [("a",), ("a", "b"), ("c",), ("a", "c"), ("d",), ("e",), ("f",)]  # of blanks, texts and what is not there it is not known
    assert [tables_io._ordered(rows, key) for key in asked] == [True, True, False, False, False, False, False]
    assert tables_io._ordered(rows[:0], ("a",))


def test_a_breach_leaves_the_former_table(home):
    store = Store(open_workspace(), "2026-10")
    store.write("accounts", accounts(1))
    with pytest.raises(ContractError):
        store.write("accounts", accounts(1, 1))
    assert store.frame("accounts")["account_id"].tolist() == [1]


def test_a_table_that_no_file_fed_is_empty_with_its_columns(home):
    store = Store(open_workspace(), "2026-10")
    assert not store.has("cases")
    assert store.read("cases").count().to_pyarrow().as_py() == 0
    assert "opened_on" in store.read("cases").columns


def registry(person: int) -> pd.DataFrame:
    return pd.DataFrame([{"account_id": 1, "person_id": person, "first_period": "2026-08"}])


def test_state_is_read_from_earlier_periods_only(home):
    for period, person in (("2026-08", 8), ("2026-10", 10), ("2026-11", 11)):
        path = Store(open_workspace(), period).write("registry", registry(person))
        (path.parent / PUBLISHED).mkdir()
        shutil.copy(path, path.parent / PUBLISHED)
    period, table = Store(open_workspace(), "2026-10").before("registry")
    assert (period, table.to_pandas()["person_id"].tolist()) == ("2026-08", [8])
    assert Store(open_workspace(), "2026-08").before("registry")[0] is None
    assert Store(open_workspace(), "2026-11").before("registry", back=2)[0] is None  # 2026-09 was never run
    assert Store(open_workspace(), "2026-11").before("registry", back=3)[0] == "2026-08"


def test_the_registry_never_lies_in_processed(home):
    path = Store(open_workspace(), "2026-10").write("registry", registry(1))
    assert "private" in path.parts and not (home / "data" / "processed" / "2026-10" / "registry.parquet").exists()


def test_parts_of_a_table_are_read_together(home):
    store = Store(open_workspace(), "2026-10")
    row = {"measure": "spend", "part": 1.0, "whole": 2.0, "value": 0.5, "input": "x"}
    store.write("traceability", pd.DataFrame([row]), part="01_ingestion")
    store.write("traceability", pd.DataFrame([row | {"measure": "customers"}]), part="03_acquisition")
    assert sorted(store.frame("traceability")["measure"]) == ["customers", "spend"]


def test_workspaces_share_no_folder(home):
    example = home / "examples" / "my_shop"
    example.mkdir(parents=True)
    own, other = open_workspace(), open_workspace("examples/my_shop")
    assert other.name == "my_shop"
    assert {own.processed, own.private, own.outputs}.isdisjoint({other.processed, other.private, other.outputs})


def test_an_empty_raw_folder_gives_the_sample_company(home):
    shutil.rmtree(home / "data" / "raw")
    (home / "data" / "raw").mkdir()
    (home / "data" / "raw" / ".gitkeep").touch()
    assert open_workspace().name == "sample"


def test_a_relative_raw_folder_is_meant_from_where_the_user_stands(home, tmp_path_factory, monkeypatch):
    there = tmp_path_factory.mktemp("elsewhere")
    for folder in (there, home):
        (folder / "shop" / "raw").mkdir(parents=True)
    monkeypatch.chdir(home)  # as start.py does
    assert open_workspace("shop/raw").raw == home / "shop" / "raw"
    monkeypatch.setenv("SCRM_CALLER", str(there))
    assert open_workspace("shop/raw").raw == there / "shop" / "raw"
    (home / "own" / "raw").mkdir(parents=True)
    assert open_workspace("own/raw").raw == home / "own" / "raw"  # where the user stands there is none
    monkeypatch.delenv("SCRM_CALLER")
    monkeypatch.chdir(there)  # python -m scrm_helpers
    assert open_workspace("shop/raw").raw == there / "shop" / "raw"


def test_duckdb_fetches_no_extension(tmp_path):
    ask = "SELECT current_setting('autoinstall_known_extensions')"
    assert connect().raw_sql(ask).fetchone() == (False,)
    assert engine.bare().execute(ask).fetchone() == (False,)


def test_an_engine_leaves_room_for_another_and_works_on_disk_beyond_it(monkeypatch):
    ask = "SELECT current_setting('memory_limit')"
    monkeypatch.delenv(machine.MEMORY_VARIABLE, raising=False)
    page = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 24_000_000_000 // 4096}
    monkeypatch.setattr(engine.os, "sysconf", page.get, raising=False)
    assert engine.memory_limit() == 2_000  # a third of 24 GB is 8: more than enough
    assert engine.memory(engine.UNACCOMPANIED) == "4200MB"
    assert connect().raw_sql(ask).fetchone() == ("1.8 GiB",)  # 2,000,000,000 / 2^30 = 1.86, cut
    assert engine.bare().execute(ask).fetchone() == ("1.8 GiB",)
    page["SC_PHYS_PAGES"] = 6_000_000_000 // 4096
    assert engine.memory(engine.UNACCOMPANIED) == "1999MB"
    assert engine.memory_limit() == 1_999  # 6 GB in whole pages, less than 6,000 MB, by three
    monkeypatch.setenv(machine.MEMORY_VARIABLE, "1GiB")
    monkeypatch.setenv(machine.THREADS_VARIABLE, "1")
    assert connect().raw_sql(ask).fetchone() == ("1.0 GiB",) and engine.memory(engine.UNACCOMPANIED) == "1GiB"
    assert engine.bare().execute(f"{ask}, current_setting('threads')").fetchone() == ("1.0 GiB", 1)



def test_a_raw_folder_that_is_not_there_is_told(home):
    with pytest.raises(WorkspaceError, match="not a folder"):
        open_workspace("data/row")


def test_what_one_reader_changes_in_the_settings_the_next_does_not_read(home):
    """The text is parsed once; a file of other words is parsed anew."""
    path, workspace = home / "data" / "raw" / "sources.yml", open_workspace()
    path.write_text("company: {currency: TRY, name: A}\n")
    sources_of(workspace)["company"]["name"] = "B"
    assert sources_of(workspace) == {"company": {"currency": "TRY", "name": "A"}}
    path.write_text("company: {currency: TRY, name: C}\n")
    assert settings_of(workspace).name == "C"


def test_settings_are_checked(home):
    (home / "data" / "raw" / "sources.yml").write_text("company: {nmae: X}\n")
    with pytest.raises(WorkspaceError, match="nmae"):
        settings_of(open_workspace())
    (home / "data" / "raw" / "sources.yml").write_text("company: {time_zone: Mars/Base}\n")
    with pytest.raises(WorkspaceError, match="Europe/Istanbul"):
        settings_of(open_workspace())
    for came, country in (("de", "DE"), (" TR", "TR"), ('"no"', "NO")):
        (home / "data" / "raw" / "sources.yml").write_text(f"company: {{country: {came}}}\n")
        assert settings_of(open_workspace()).country == country
    for came in ("Türkiye", "TUR", "NO", "XX"):  # YAML takes a bare NO for a truth value
        (home / "data" / "raw" / "sources.yml").write_text(f"company: {{country: {came}}}\n", encoding="utf-8")
        with pytest.raises(WorkspaceError, match="two letters"):
            settings_of(open_workspace())
    (home / "data" / "raw" / "sources.yml").write_text("company: [\n")
    with pytest.raises(WorkspaceError, match="line"):
        settings_of(open_workspace())


def test_the_key_is_made_once_and_its_loss_is_told(home):
    workspace = open_workspace()
    first = key_of(workspace)
    path = home / "data" / "private" / "key"
    assert len(first) == 64 and key_of(workspace) == first
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"short")
    with pytest.raises(WorkspaceError, match="came with 5 bytes, expected 32"):
        key_of(workspace)
    path.unlink()
    Store(workspace, "2026-08").write("registry", registry(8))
    with pytest.raises(WorkspaceError, match="backup"):
        key_of(workspace)


def test_formulas_are_neutralised_in_csv():
    assert [neutral(v) for v in ("=1+1", "+90", "-2", "@x", "plain", -2)] == [
        "'=1+1",
        "'+90",
        "'-2",
        "'@x",
        "plain",
        -2,
    ]
    assert plain_csv(pd.DataFrame({"a": ["=cmd()"], "b": [1.5]})) == "a,b\n'=cmd(),1.5\n"
    assert plain_csv(pd.DataFrame({"@city": ["x"]})) == "'@city\nx\n"


def test_every_writer_of_a_spreadsheet_makes_formulas_harmless():
    """Whoever writes CSV or a workbook calls `neutral`, or is named here with why it need not."""
    known = {
        "report/workbook.py": "texts are written as texts (`_text`), CSV from cells that were made harmless when they were kept",
        "workbooks.py": "bytes of a book that others fill",
        "ingestion/templates.py": "sentences of the suite alone",
        "privacy/removing.py": "rows of a CSV as they were written",
        "sample/raw/text.py": "raw files of the sample company: input, as a system writes it",
    }
    package = Path(__file__).parents[1] / "scrm_helpers"
    writes = re.compile(r"csv\.(writer|DictWriter)|openpyxl\.Workbook\(|\.to_(csv|excel)\(|FORMAT csv")
    found = {p.relative_to(package).as_posix(): p.read_text(encoding="utf-8") for p in package.rglob("*.py")}
    writers = {name for name, text in found.items() if writes.search(text)}
    assert {n for n in writers if not re.search(r"\bneutral\(", found[n])} <= set(known)
    assert writers >= {"export/lists.py", "ingestion/recheck.py", "report/revision.py", "store/written.py", "report/workbook.py"}


def test_a_revision_listed_for_a_spreadsheet_has_no_formula_and_keeps_its_numbers():
    from scrm_helpers.report.revision import Changed, plain

    listed = plain([Changed("01/t", "=row", "net", "-1.5", "-2"), Changed("f", "", "text", "=cmd()", "@you")])
    assert listed.splitlines()[1:] == ["01/t,'=row,net,-1.5,-2", "f,,text,'=cmd(),'@you"]


def test_two_columns_with_one_heading_are_refused(monkeypatch):
    from scrm_helpers import texts

    monkeypatch.setattr(texts, "_of", lambda subject: {f"columns.{c}": {"en": "same", "tr": "aynı"} for c in ("a", "b")})
    with pytest.raises(ValueError, match="'b' came with the heading 'same'"):
        written(pd.DataFrame({"a": [1], "b": [2]}), {}, "en", "TRY")


def test_a_number_that_a_table_does_not_have_is_a_dash_and_nothing_is_zero():
    rows = pd.DataFrame({"month": ["2026-10", None], "net": [0.0, None], "n": [None, 3.0]})
    shown = written(rows, {"net": Unit.MONEY, "n": Unit.COUNT}, "tr", "TRY")
    assert shown.to_numpy().tolist() == [["2026-10", "0 TL", "–"], ["", "–", "3"]]


def test_an_unknown_engine_is_told():
    with pytest.raises(EngineError, match="duckdb, spark"):
        connect("oracle")


@pytest.mark.parametrize("came", ["4", "abc", "4,5GB", "0GB", "-1", "80%", "four GB"])
def test_an_amount_of_memory_without_its_form_is_told(monkeypatch, came):
    monkeypatch.setenv(machine.MEMORY_VARIABLE, came)
    with pytest.raises(EngineError, match=f"SCRM_MEMORY: came '{re.escape(came)}', expected .* with its unit, such as 4GB"):
        connect()


@pytest.mark.parametrize("came", ["4GB", "4.5GB", "512MiB", "4 gb", "1T", "60MB ", "4g"])
def test_every_amount_that_is_taken_is_one_that_the_engine_takes(monkeypatch, came):
    monkeypatch.setenv(machine.MEMORY_VARIABLE, came)
    assert connect().raw_sql("SELECT current_setting('memory_limit')").fetchone()[0].endswith("iB")


@pytest.mark.parametrize("came", ["iki", "0", "-1", "1.5", "²"])
def test_a_number_of_threads_that_is_none_is_told(monkeypatch, came):
    monkeypatch.setenv(machine.THREADS_VARIABLE, came)
    with pytest.raises(EngineError, match=f"SCRM_THREADS: came '{came}', expected a whole number from 1 on"):
        connect()


def test_ibis_and_duckdb_and_sqlglot_agree():
    """Newer sqlglot breaks Ibis 12: a DROP loses its table name; `sql`, `list_tables` and `insert` fail. This probe would show it."""
    con = connect()
    con.create_table("t", pd.DataFrame({"a": [1, 2]}))
    con.insert("t", pd.DataFrame({"a": [3]}))
    assert "t" in con.list_tables()
    assert con.sql("select sum(a) as s from t").to_pandas()["s"].tolist() == [6]
    con.drop_table("t")
    assert "t" not in con.list_tables()


def test_a_file_is_opened_once_and_anew_when_it_was_written_again(home):
    """Spark looks at the columns of a file with a job of its own; a notebook asks for the same table several times."""
    store = Store(open_workspace(), "2026-10")
    row = {"measure": "spend", "part": 1.0, "whole": 2.0, "value": 0.5, "input": None}
    store.write("traceability", pd.DataFrame([row]))
    first = store.read("traceability")
    assert store.read("traceability") is first
    assert store.frame("traceability")["value"].tolist() == [0.5]
    store.write("traceability", pd.DataFrame([row | {"value": 0.25}]))
    assert store.read("traceability") is not first and store.frame("traceability")["value"].tolist() == [0.25]


def test_what_saves_work_on_one_machine_is_left_to_a_cluster():
    """Two partitions for a small table, and a JVM that compiles lightly, are no settings for a cluster: spark-defaults.conf has those."""
    alone, cluster = spark_settings("local[2]"), spark_settings("yarn")
    assert alone["spark.sql.shuffle.partitions"] == "2" and "TieredStopAtLevel" in alone["spark.driver.extraJavaOptions"]
    assert sorted(alone.items() & cluster.items()) == sorted(cluster.items())  # what answers depend on is the same
    assert cluster["spark.sql.session.timeZone"] == "UTC" and cluster["spark.sql.ansi.enabled"] == "true"
    assert not {"spark.sql.shuffle.partitions", "spark.driver.extraJavaOptions", "spark.ui.enabled"} & set(cluster)


@pytest.mark.java
def test_spark_reads_what_was_written_and_counts_the_same(home, monkeypatch):
    """Nothing in `store` and `sales` that only DuckDB can do: kept sales by person, on both engines."""
    from scrm_helpers import sales

    monkeypatch.chdir(home)

    store = Store(open_workspace(), "2026-10")
    day = pd.Timestamp("2026-01-05 10:00")
    rows = [
        (1, 1, "sale", None, 100.0),
        (2, 1, "return", 1, -40.0),
        (3, 2, "sale", None, 50.0),
        (4, 2, "return", 3, -50.0),
        (5, None, "sale", None, 7.0),
    ]
    orders = pd.DataFrame(
        [{"order_id": i, "account_id": a, "ordered_at": day, "ordered_on": day.date(), "kind": k, "status": "completed", "channel": "shop",
          "original_order_id": o, "net": n, "currency": "TRY", "is_internal": False, **LINEAGE} for i, a, k, o, n in rows]
    ).astype({"account_id": "Int64", "original_order_id": "Int64"})  # fmt: skip
    persons = pd.DataFrame(
        [
            {"account_id": a, "person_id": 10 * a, "kind": "consumer", "usable": True, "is_internal": False}
            for a in (1, 2)
        ]
    )
    store.write("orders", orders)
    store.write("persons", persons)
    spark = Store(open_workspace(), "2026-10", engine="spark")
    answers = []
    for each in (store, spark):
        first = sales.first_orders(each.read("orders"), each.read("persons")).to_pandas()
        answers.append(sorted(zip(first["person_id"], first["first_order_id"], strict=True)))
    assert answers == [[(10, 1)], [(10, 1)]]  # sale 3 was refunded in full; sale 5 has no customer
    spark.write("persons", spark.read("persons"))
    assert store.frame("persons")["person_id"].tolist() == [10, 20]
    spark.write("persons", persons.assign(person_id=[30, 40]))  # a frame need not go through Spark, which would keep it on disk for ever
    assert spark.frame("persons")["person_id"].tolist() == [30, 40]
    spark.write("persons", spark.read("persons").mutate(person_id=lambda t: t.person_id + 1))
    assert store.frame("persons")["person_id"].tolist() == [31, 41]
    named = ibis.memtable(pd.DataFrame({"account_id": [2], "called": ["b"]}))  # a frame in a query that is kept
    kept = spark.read("persons").inner_join(named, "account_id").cache()
    assert kept.to_pandas()["person_id"].tolist() == [41]
    assert not list(Path.cwd().glob("spark-warehouse/*"))


def test_floats_are_stored_without_the_digits_that_the_order_of_a_sum_decides(home):
    store = Store(open_workspace(), "2026-10")
    row = {"measure": "spend", "part": 7688200.513669303, "whole": 7688200.513669304, "value": 0.5, "input": None}
    store.write("traceability", pd.DataFrame([row]))
    kept = store.frame("traceability").iloc[0]
    assert kept["part"] == kept["whole"] == 7688200.51367  # 12 significant digits
    assert plain_csv(pd.DataFrame({"a": [0.1 + 0.2], "b": [None]})) == "a,b\n0.3,\n"


def test_a_minus_stays_with_its_number_in_a_table_of_a_notebook(home, monkeypatch):
    """Turkish writes -%1,9: a narrow cell would break the line behind the minus. Columns of words may break."""
    read_in("2026-10")
    monkeypatch.setenv("SCRM_RUN", str(home / "run"))
    book = open_book("03_acquisition", period="2026-10", raw="", language="tr", engine="duckdb", interactive=False)
    rows = pd.DataFrame({"source": ["instagram"], "share": [-0.019]})
    shown = book.table(rows, "shares", {"share": Unit.SHARE}, title="acquisition.title.funnel").data
    style = re.search(r"<style[^>]*>(.*)</style>", shown, re.DOTALL)[1]
    assert re.findall(r"#T_shares (td\.\w+) \{\s*white-space: nowrap;", style) == ["td.col1"]
    assert '<td class="data row0 col1" >-%1,9' in shown.replace("−", "-")


def _by_month(*counts: int, names=("a",)) -> pd.DataFrame:
    """Rows of the months from January 2025 on, as many in each as given, for each name."""
    months = [f"{2025 + k // 12}-{k % 12 + 1:02d}" for k, n in enumerate(counts) for _ in range(n)]
    return pd.concat([pd.DataFrame({"source": name, "month": months, "n": range(len(months))}) for name in names], ignore_index=True)


def test_of_a_table_in_order_of_time_the_newest_months_are_shown():
    from scrm_helpers.store.written import in_time, newest

    grouped = _by_month(*[1] * 24, names="abcde")  # five series one below the other, each from old to new
    assert in_time(_by_month(*[1] * 24)) == in_time(grouped) == 1
    assert newest(list(_by_month(*[1] * 24)["month"]), 15) == list(range(9, 24))
    assert newest(list(grouped["month"]), 15) == [21, 22, 23, 45, 46, 47, 69, 70, 71, 93, 94, 95, 117, 118, 119]
    assert newest(list(_by_month(4, 4, 4, 4)["month"]), 15) == list(range(4, 16))  # whole months: 12 of the 15 rows
    assert newest(list(_by_month(2, 20)["month"]), 15) == list(range(2, 17))  # one month is too many: its first rows
    assert newest(["2025-01", "2025-02"], 15) == [0, 1]
    down = _by_month(*[1] * 24).iloc[::-1]
    assert in_time(down) is None and in_time(down.drop(columns="month")) is None  # newest first already; no month
    assert in_time(_by_month(1, 1).assign(month=["2025-01", "unknown"])) is None
    assert in_time(_by_month(1, 1, 1, 1).iloc[[2, 0, 3, 1]]) is None  # by something else


def test_words_of_files_are_shown_as_words_in_a_table_of_a_notebook(home, monkeypatch):
    """A campaign may be called anything; JupyterLab would run it."""
    read_in("2026-10")
    monkeypatch.setenv("SCRM_RUN", str(home / "run"))
    book = open_book("03_acquisition", period="2026-10", raw="", language="en", engine="duckdb", interactive=False)
    rows = pd.DataFrame({"campaign": ["<script>alert(1)</script>", "A & B"], "n": [1, 2]})
    shown = book.table(rows, "called", title="acquisition.title.funnel").data
    assert "<script" not in shown and "&lt;script&gt;alert(1)" in shown and "A &amp; B" in shown


def test_a_book_keeps_the_newest_months_of_a_table_for_the_page(home, monkeypatch):
    from scrm_helpers.report.appendix import sections
    from scrm_helpers.report.reader import Reader

    read_in("2028-12")
    monkeypatch.setenv("SCRM_RUN", str(home / "run"))
    book = open_book("03_acquisition", period="2028-12", raw="", language="en", engine="duckdb", interactive=False)
    book.table(_by_month(*[1] * 48), "n", {"n": Unit.COUNT}, title="acquisition.title.lags")
    block, = book._blocks
    assert (block["rows"], block["time"], len(block["cells"])) == (48, 1, 40) and block["cells"][-1][1] == "2028-12"
    (shown,), = [s["blocks"] for s in sections([{"notebook": "03_acquisition", "title": "", "blocks": [block]}],
                                               Reader({}, language="en", currency="TRY"))]
    assert [row[1] for row in shown["rows"]] == [f"2027-{m:02d}" for m in range(10, 13)] + [f"2028-{m:02d}" for m in range(1, 13)]
    assert shown["more"].startswith("15 of 48 rows, the newest: older than October 2027 are left out here; ")
    turkish, = sections([{"notebook": "03_acquisition", "title": "", "blocks": [block]}], Reader({}, language="tr", currency="TRY"))
    assert "48 satırdan en yeni 15 tanesi: Ekim 2027 öncesi burada yok" in turkish["blocks"][0]["more"]


@pytest.mark.parametrize(("raw", "own", "named"), [
    ("", False, ""), ("", True, ""), ("data/raw", True, ""), ("data/other one", True, " --raw 'data/other one'"),
    ("data/other one", False, " --raw 'data/other one'"), ("data/sample/raw", False, ""),
    ("data/sample/raw", True, " --raw data/sample/raw"),
])  # fmt: skip
def test_a_command_that_is_advised_opens_the_folder_that_was_asked_for(home, raw, own, named):
    """Without --raw a command opens data/raw where it holds files, else the sample company."""
    for folder in ("data/raw", "data/sample/raw", raw):
        (home / folder).mkdir(parents=True, exist_ok=True)
    if not own:
        (home / "data/raw/orders.csv").unlink()
    workspace = open_workspace(str(home / raw) if raw else "")
    asked = [
        lambda: compare.months(workspace, "", ""), lambda: compare.published(workspace, "2026-10"),
        lambda: make_pdf(workspace, "2026-10"), lambda: Month(workspace, "2026-10"), lambda: Said(workspace, "2026-10"),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(ToldError) as told:
            ask()
        assert re.search(rf"python start\.py run --period 20\d\d-\d\d{re.escape(named)}(?! --raw)", str(told.value)), told.value
    (workspace.raw / "sources.yml").write_text("company: {name: 'Ak\n", encoding="utf-8")
    with pytest.raises(ToldError, match=f"sources.yml line 2: .*: {re.escape(f'python start.py check --write{named}')}$"):
        settings_of(workspace)


@pytest.mark.parametrize(("raw", "command"), [
    ("", "python start.py run --period {month}"), ("data/other one", "python start.py run --period {month} --raw 'data/other one'"),
])  # fmt: skip
def test_a_month_that_was_not_read_in_is_refused_and_nothing_is_written(home, monkeypatch, raw, command):
    """An earlier month, a later one, and one of which a run of 01 that failed left some tables: none becomes an empty month."""
    monkeypatch.delenv("SCRM_RUN", raising=False)
    (home / raw).mkdir(parents=True, exist_ok=True)
    store = Store(open_workspace(raw), "2026-10")
    store.write("files", pd.DataFrame(columns=tables.contract("files").by_name))
    Store(store.workspace, "2026-11").write("accounts", accounts(1))
    before = sorted(home.rglob("*"))
    for notebook, month in (("04_retention", "2026-06"), ("08_audiences", "2026-12"), ("09_board", "2026-11")):
        with pytest.raises(ToldError) as told:
            open_book(notebook, period=month, raw=raw, language="en", interactive=False)
        said = f"period: came {month}, which has no tables of 01_ingestion; expected a month that was read in "
        assert str(told.value).startswith(f"{said}(read in, the newest: 2026-10).")
        assert str(told.value).endswith(f": {command.format(month=month)}")
        with pytest.raises(ToldError, match=f"dönem: {month} geldi.*okunanların en yenileri: 2026-10"):
            open_book(notebook, period=month, raw=raw, language="tr", interactive=False)
    assert sorted(home.rglob("*")) == before


def test_the_newest_month_is_the_newest_that_was_read_in(home, monkeypatch):
    """A folder of December, which an older version made of a wrong period, is none."""
    monkeypatch.setenv("SCRM_RUN", str(home / "run"))
    read_in("2026-09", "2026-10")
    Store(open_workspace(), "2026-12").write("findings", pd.DataFrame(columns=tables.contract("findings").by_name), part="08_audiences")
    assert open_book("08_audiences", language="en", interactive=False).period == "2026-10"


def test_ingestion_alone_opens_a_month_that_was_not_read_in(home, monkeypatch):
    monkeypatch.setenv("SCRM_RUN", str(home / "run"))
    assert open_book("01_ingestion", period="2026-12", language="en", interactive=False).period == "2026-12"
    with pytest.raises(ToldError, match=r"expected a month that was read in \(none was yet\)"):
        open_book("02_identity", period="2026-12", language="en", interactive=False)
