"""Work side by side on one database: what comes of it is the same on one thread and on two, an error or Ctrl-C ends all of it."""

import hashlib
import signal
import threading
import time
from datetime import date

import duckdb
import ibis
import pytest

from scrm_helpers import ingestion, sample, texts
from scrm_helpers.ingestion import abreast, returns, settle
from scrm_helpers.ingestion.abreast import Job
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.passing import Ingestion, _rounds
from scrm_helpers.store import engine, machine
from scrm_helpers.store.machine import THREADS_VARIABLE
from scrm_helpers.store.tables_io import Store
from scrm_helpers.store.workspace import Workspace

LONG = "SELECT count(*) FROM range(10_000_000) a, range(2_000) b WHERE hash(a.range, b.range) = 7"  # minutes, where nobody stops it
LARGE = {"loading.FAST": 2000, "evidence.LARGE": 30, "evidence.HEAD": 100}  # from which files are read as large ones
# from which jobs are done side by side, rounds of two are read, and tables packed in between
PACKED = {"passing.WORTH": 0, "abreast.LARGE": 0, "passing.HUGE": 2000}
AWAY = 20  # seconds within which whatever was stopped has ended


@pytest.fixture
def con():
    """An engine of two threads."""
    return ibis.duckdb.connect(threads=2).con


def written(home, threads: str) -> dict[str, str]:
    """SHA-256 of every file that ingestion wrote, with as many threads of the engine; raw files anew from the same people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(THREADS_VARIABLE, threads)
        patch.setattr("scrm_helpers.ingestion.passing.key_of", lambda workspace: "ab" * 32)
        for place, value in (LARGE if threads == "1" else LARGE | PACKED).items():
            patch.setattr(f"scrm_helpers.ingestion.{place}", value)
        where = Workspace("data", home / "raw", home)
        found = ingestion.read_all(where, Store(where, "2026-10"), as_of=date(2026, 11, 1), require_month=True)
    assert sum(found.written.values()) > 1000
    return {
        f"{top.name}/{f.name}": hashlib.sha256(f.read_bytes()).hexdigest()
        for top in (where.processed, where.private) for f in sorted(top.rglob("*.parquet"))
    }  # fmt: skip


def test_one_thread_and_two_write_the_same_bytes_whichever_file_ends_first(tmp_path, monkeypatch):
    sample.write(tmp_path, seed=3, people=60, prospects=50, months=6, mess=2)
    one = written(tmp_path, "1")
    assert len(one) > 25 and {"processed/orders.parquet", "private/accounts.parquet"} <= set(one)
    threads = set()

    def slow(where, name: str, late) -> None:
        does = getattr(where, name)

        def waits(*given, **named):
            threads.add(threading.current_thread().name)
            time.sleep(0.7 if late(*given) else 0)
            return does(*given, **named)

        monkeypatch.setattr(where, name, waits)

    slow(Ingestion, "_run", lambda run, t, *_: t.file.startswith("shopify/orders"))  # the first to begin ends last
    slow(settle, "settle", lambda con, name, *_: name in ("accounts", "orders"))
    slow(settle, "tie", lambda con, name: name == "accounts")
    slow(returns, "tie_returns", lambda con: True)
    assert written(tmp_path, "2") == one
    assert len(threads) > 2


def test_a_small_folder_is_read_by_one_thread(tmp_path, monkeypatch):
    """Cursors of their own cost more than the rows of 60 people are worth."""
    sample.write(tmp_path, seed=3, people=60, prospects=50, months=6, mess=0)
    threads, does = set(), settle.settle
    monkeypatch.setattr(settle, "settle", lambda *given: (threads.add(threading.current_thread()), does(*given))[1])
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    where = Workspace("data", tmp_path / "raw", tmp_path)
    store = Store(where, "2026-10")
    monkeypatch.setattr(engine, "memory_limit", lambda most=engine.MOST_MEMORY: most)
    monkeypatch.delenv(machine.MEMORY_VARIABLE, raising=False)
    limit = lambda: store.connection.con.execute("SELECT current_setting('memory_limit')").fetchone()[0]  # noqa: E731
    assert limit() == "1.8 GiB"
    ingestion.read_all(where, store, as_of=date(2026, 11, 1), require_month=True)
    assert threads == {threading.main_thread()}
    assert limit() == "3.9 GiB"  # nothing runs beside the notebook that reads


def test_huge_files_of_one_size_are_read_in_pairs_and_all_others_together():
    million = 1_000_000
    sizes = dict(enumerate([70 * million, 5, 250 * million, 21 * million, 77 * million, 15 * million, 260 * million]))
    assert _rounds(sizes) == [[6, 2], [4, 0], [3, 5, 1]]
    assert _rounds({0: 30 * million, 1: 23 * million, 2: 1}) == [[0, 1, 2]]
    assert _rounds({0: 30 * million, 1: 29 * million}) == [[0, 1]] and _rounds({}) == [[]]


def test_rows_taken_out_of_a_part_keep_the_numbers_of_the_others_when_tables_are_packed(con, monkeypatch):
    monkeypatch.setattr(abreast, "LARGE", 0)
    lies = "SELECT 'row ' || range AS c0 FROM range(300_000)"
    part = Part("a.csv", "", ["a"], ["a"], "raw_1", 300_000, "", first=2, lies=lies)
    part.look(con)
    part.take_off(con, [2])
    part.keep(con)
    part.take_off(con, list(range(3, 150_002)))  # whole blocks of the engine's rows
    abreast.pack(con)
    assert part.rows == 150_000
    assert con.execute("SELECT min(_row), max(_row), count(*), bool_and(c0 = 'row ' || (_row - 2)) FROM raw_1").fetchone() == (
        150_002, 300_001, 150_000, True,
    )  # fmt: skip


def test_what_a_job_gives_is_told_by_its_name_and_one_waits_for_those_it_needs(con):
    done, cursors = [], set()

    def job(name, wait):
        def run(on):
            cursors.add(id(on))
            time.sleep(wait)
            on.execute(f"CREATE TABLE t_{name} AS SELECT '{name}' AS name")
            done.append(name)
            return texts.spoken(), on.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 't_%'").fetchone()[0]

        return run

    with texts.speaking("tr"):  # a thread speaks the language of whoever started it
        jobs = [Job("a", job("a", 0.4)), Job("b", job("b", 0)), Job("c", job("c", 0), ("a", "b")), Job("d", job("d", 0.1))]
        found = abreast.run(con, jobs)
    assert done == ["b", "d", "a", "c"] and len(cursors) == 2
    assert found == {"b": ("tr", 1), "d": ("tr", 2), "a": ("tr", 3), "c": ("tr", 4)}
    assert con.execute("SELECT string_agg(name, '' ORDER BY name) FROM (FROM t_a UNION ALL FROM t_b)").fetchone() == ("ab",)
    with pytest.raises(ValueError, match="'e' comes twice, or after one that does not stand before it"):
        abreast.run(con, [Job("e", job("e", 0), ("f",)), Job("f", job("f", 0))])
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 't_e'").fetchone() == (0,)


def test_a_job_has_the_variables_and_settings_of_the_connection_and_they_end_as_they_began(con):
    con.execute("SET VARIABLE key = 'ab'")
    con.execute("SET VARIABLE listed = ['x', 'y']")
    con.execute("SET TimeZone = 'Asia/Tokyo'")
    asked = "SELECT getvariable('key'), getvariable('listed'), " + ", ".join(
        f"current_setting('{name}')" for name in ("TimeZone", "threads", "disabled_optimizers")
    )

    def nested(on):
        with abreast.held(on, threads=1, disabled_optimizers="in_clause"):
            return on.execute(asked).fetchone()

    found = abreast.run(con, [Job("a", nested), Job("b", nested)], threads=1, disabled_optimizers="in_clause")
    assert found == dict.fromkeys("ab", ("ab", ["x", "y"], "Asia/Tokyo", 1, "in_clause"))
    assert con.execute(asked).fetchone() == ("ab", ["x", "y"], "Asia/Tokyo", 2, "")
    alone = ibis.duckdb.connect(threads=1).con
    assert abreast.run(alone, [Job("a", lambda on: threading.current_thread())]) == {"a": threading.main_thread()}


def test_the_error_of_one_job_stops_the_other_and_is_raised(con):
    begun = []

    def wrong(on):
        time.sleep(0.3)
        on.execute("SELECT error('seen')")

    jobs = [Job("long", lambda on: on.execute(LONG).fetchall()), Job("wrong", wrong), Job("next", begun.append)]
    start = time.monotonic()
    with pytest.raises(duckdb.InvalidInputException, match="seen"):
        abreast.run(con, jobs, threads=1)
    assert time.monotonic() - start < AWAY and not begun
    assert con.execute("SELECT current_setting('threads')").fetchone() == (2,)
    assert con.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a signal is sent as a terminal does")
def test_ctrl_c_stops_every_job(con):
    before, main = threading.active_count(), threading.main_thread().ident
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background is born deaf to it
    threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT)).start()
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            abreast.run(con, [Job("a", lambda on: on.execute(LONG).fetchall()), Job("b", lambda on: on.execute(LONG).fetchall())])
    finally:
        signal.signal(signal.SIGINT, heard)
    assert time.monotonic() - start < AWAY and threading.active_count() <= before + 1
