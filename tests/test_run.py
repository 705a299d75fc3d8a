"""The runner: parameters checked before any kernel, order from tables, skip, resume, gate, one swap, the last good page kept."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from scrm_helpers import errors
from scrm_helpers import mail as mailing
from scrm_helpers.__main__ import main
from scrm_helpers.run import digests, faults, fork, job, lock, notebooks, parameters, publish, reached, said
from scrm_helpers.run.errors import Busy, RunError, ValueRefused
from scrm_helpers.run.lock import held
from scrm_helpers.run.month import run_month
from scrm_helpers.store import machine

SHARED = [
    'period: str = ""  # month',
    'raw: str = ""  # folder',
    'language: str = ""  # en or tr',
    'engine: str = "duckdb"  # engine',
    "interactive: bool = True  # controls",
]
HEAD = """import os, pathlib
folder = pathlib.Path(os.environ['SCRM_RUN'])
processed = pathlib.Path(os.environ['SCRM_HOME']) / 'data' / 'processed' / period
processed.mkdir(parents=True, exist_ok=True)"""


def notebook(path: Path, reads: list[str], writes: list[str], code: str, own: tuple[str, ...] = ()) -> None:
    """A tiny notebook of the suite: parameters, then one cell."""

    def cell(source: str, tags: list[str]) -> dict:
        return {
            "cell_type": "code",
            "id": f"c{len(source)}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }

    heading = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": "# One notebook"}  # has no number in JupyterLab
    content = {
        "cells": [heading, cell("\n".join([*SHARED, *own]), ["parameters"]), cell(HEAD + "\n" + code, [])],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "scrm": {"reads": reads, "writes": writes},
        },
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    path.write_text(json.dumps(content))


FIRST = "(processed / 'orders.parquet').write_text((pathlib.Path(os.environ['SCRM_HOME']) / 'data/raw/orders.csv').read_text())"
SECOND = "(processed / 'findings.parquet').write_text((processed / 'orders.parquet').read_text() + str(window))"
THIRD = "(folder / 'board.html').write_text('<p>' + (processed / 'findings.parquet').read_text() + '</p>')"


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """These notebooks open no engine and draw nothing: the warm process need not import what would."""
    heavy = ("duckdb", "ibis", "pyarrow", "matplotlib", "matplotlib_inline", "numpy", "pandas", "holidays")
    monkeypatch.setattr(fork, "BASE", tuple(name for name in fork.BASE if name.split(".")[0] not in heavy))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project with one raw file and a suite of three notebooks."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "orders.csv").write_text("sold 7")
    (tmp_path / "notebooks").mkdir()
    notebook(tmp_path / "notebooks" / "01_first.ipynb", ["raw"], ["orders"], FIRST)
    notebook(
        tmp_path / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], SECOND, ("window: int = 28  # days",)
    )
    notebook(tmp_path / "notebooks" / "03_third.ipynb", ["findings"], [], THIRD)
    return tmp_path


def month(**options) -> str:
    return run_month("2026-10", progress=False, **options).read_text()


def published(home) -> dict[str, str]:
    """Digest of every file that the month shows."""
    return digests.of_files((home / "outputs" / "2026-10").resolve(), "**/*")


def test_from_raw_to_page_and_again(home, capfd):
    assert month() == "<p>sold 728</p>"
    first = published(home)
    capfd.readouterr()
    assert month() == "<p>sold 728</p>"
    assert published(home) == first and capfd.readouterr().err == ""
    run_month("2026-10")
    wanted = "2026-10: no file, parameter or code has changed since its page was made; nothing was run."
    assert capfd.readouterr().err.strip() == wanted
    assert month(again=True) == "<p>sold 728</p>"  # run anew: the same bytes, executed notebooks included
    assert published(home) == first
    assert (home / "outputs" / "index.html").is_file()


def test_one_parameter_changed_runs_only_what_depends_on_it(home, warm, capfd):
    month()
    capfd.readouterr()
    page = run_month("2026-10", values={"window": 30}).read_text()
    said = capfd.readouterr().err
    assert page == "<p>sold 730</p>"
    assert "01_first unchanged" in said and "02_second done" in said and "03_third done" in said


def test_the_longest_way_to_the_end_begins_first(home, warm, capfd):
    """a, then b and the new one; c and then d. One that never ran counts as the others on average, (1 + 3 + 8 + 1 + 2) / 5 = 3 s."""
    needs = {"a": set(), "b": {"a"}, "c": {"a"}, "d": {"a", "c"}, "new": {"b"}}
    found = notebooks.seconds_to_end(needs, {"a": 1.0, "b": 3.0, "c": 8.0, "d": 1.0, "gone": 2.0})
    assert found == {"a": 10.0, "b": 6.0, "c": 9.0, "d": 1.0, "new": 3.0}  # a 1 + 9, b 3 + 3, c 8 + 1
    assert notebooks.seconds_to_end({"a": set(), "b": {"a"}}, {}) == {"a": 2.0, "b": 1.0}
    notebook(home / "notebooks" / "02_aside.ipynb", ["orders"], [], "1")  # nobody waits for it
    run_month("2026-10", workers=1)
    begun = [line.split()[0] for line in capfd.readouterr().err.splitlines() if line.endswith("...")]
    assert begun == ["01_first", "02_second", "02_aside", "03_third"]  # 3, 2, and one each in order of number


def test_a_failed_notebook_leaves_the_last_good_page_and_is_told(home, warm):
    month()
    notebook(
        home / "notebooks" / "03_third.ipynb",
        ["findings"],
        [],
        "from scrm_helpers.errors import InputError\nraise InputError('orders: came 0 rows, expected some. Export again.')",
    )
    with pytest.raises(RunError, match=r"03_third, cell \[2\]: orders: came 0 rows") as told:
        month()
    assert told.value.exit_code == 2  # a notebook says what is to be mended
    assert (home / "outputs" / "2026-10" / "board.html").read_text() == "<p>sold 728</p>"
    assert "orders: came 0 rows" in (home / "outputs" / "index.html").read_text()


def test_a_start_with_nothing_to_do_takes_back_that_the_last_run_failed(home, warm):
    """What failed was put right again, so the page shown is of everything as it is; a run under way speaks for itself."""
    month()
    third, index = home / "notebooks" / "03_third.ipynb", home / "outputs" / "index.html"
    good = third.read_bytes()
    notebook(third, ["findings"], [], "from scrm_helpers.errors import InputError\nraise InputError('orders: came 0 rows.')")
    with pytest.raises(RunError):
        month()
    assert "orders: came 0 rows" in index.read_text(encoding="utf-8")
    third.write_bytes(good)
    with held(home / "outputs" / ".runs" / "lock"):
        assert month() == "<p>sold 728</p>"
    assert "orders: came 0 rows" in index.read_text(encoding="utf-8")
    assert month() == "<p>sold 728</p>"
    assert "orders: came 0 rows" not in index.read_text(encoding="utf-8") and "2026-10" in index.read_text(encoding="utf-8")


def test_a_fault_is_known_by_its_class_and_not_by_its_words(home, warm):
    """Python's own words hold "expected" too: they are no message to a reader, and the traceback is what mends them."""
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], "first, second = [1]")
    with pytest.raises(RunError, match=r"03_third, cell \[2\]: ValueError. This is a fault of the suite") as told:
        month()
    assert "not enough values" not in str(told.value)
    assert told.value.exit_code == 1
    kept = next((home / "outputs" / ".runs").rglob("03_third/failure.json"))
    assert "not enough values to unpack (expected 2, got 1)" in kept.read_text() and "Traceback" in kept.read_text()
    assert f"The whole report is in {kept.relative_to(home).as_posix()}: it may quote customers" in str(told.value)


@pytest.mark.parametrize(("code", "said"), [
    ("None.lift", "AttributeError: 'NoneType' object has no attribute 'lift'. This"),
    ("lifted + 1", "NameError: name 'lifted' is not defined. This"),
    ("from scrm_helpers.campaigns import gone", "ImportError: cannot import name 'gone' from 'scrm_helpers.campaigns'"),
    ("open(folder / 'Ayşe Yılmaz.csv')", "FileNotFoundError: [Errno 2] No such file or directory. This"),
    ("{}['net']", "KeyError: 'net'. This"),  # the code names it: a column
    ("{}['Ayşe ' + 'Yılmaz']", "KeyError. This"),  # a value: the code does not name it
    ("float('Ayşe ' + 'Yılmaz')", "ValueError. This"), ("assert False, 'Ayşe ' + 'Yılmaz'", "AssertionError. This"),
    ("raise OSError('ayse@' + 'ornek.com is on the line')", "OSError: (an e-mail address) is on the line. This"),
    ("from scrm_helpers import periods; periods.check(0).lift", "(scrm_helpers/periods.py:"),
])  # fmt: skip
def test_a_fault_says_its_words_where_they_quote_no_customer_and_its_place(tmp_path, monkeypatch, code, said):
    """Python writes some errors from the code alone; of others the words may hold a value, and stay in the closed folder."""
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    shell = InteractiveShell()
    shell.push({"folder": tmp_path, "periods": None})
    done = shell.run_cell(code, silent=True)
    error = done.error_in_exec
    frames = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    told = {"cell": 7, "error": type(error).__name__, "message": str(error), "told": False, "traceback": "\n".join(frames)}
    (tmp_path / "failure.json").write_text(json.dumps(told), encoding="utf-8")
    found = str(faults.failure("06_campaigns", tmp_path, 1))
    assert found.startswith("06_campaigns, cell [7]: ") and said in found, found
    assert "Ayşe" not in found and "ayse" not in found


def test_commands_tell_what_is_told_and_let_faults_through(monkeypatch):
    class Both(errors.InputError, LookupError):
        """An error of the suite that is another kind too."""

    for error, code in ((errors.ToldError("came 1"), 2), (RunError("came 2"), 1), (Busy("came 3"), 3), (Both("came 4"), 2)):
        monkeypatch.setattr(mailing, "make_pdf", _raising(error))
        said = CliRunner().invoke(main, ["mail", "--period", "2026-10"])
        assert (said.exit_code, said.stderr) == (code, f"Not done. {error}\n")
    monkeypatch.setattr(mailing, "make_pdf", _raising(KeyboardInterrupt()))
    said = CliRunner().invoke(main, ["mail", "--period", "2026-10"])
    assert said.exit_code == 130 and said.stderr.strip().startswith("Stopped by Ctrl-C. The last good page stays")
    fault = ValueError("not enough values to unpack (expected 2, got 1)")
    monkeypatch.setattr(mailing, "make_pdf", _raising(fault))
    assert CliRunner().invoke(main, ["mail", "--period", "2026-10"]).exception is fault


WAITING = "pathlib.Path(os.environ['SCRM_HOME'], 'under way').write_text(str(os.getpid()))\nimport time\ntime.sleep(600)"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("kernels", ["forked", "plain"])
def test_sigterm_stops_a_run_as_ctrl_c_does_and_ends_what_it_started(home, kernels):
    """What it started is gone when it is: the kernel and its driver, who hold the lock, too."""
    if kernels == "forked" and not hasattr(os, "fork"):
        pytest.skip("cannot fork")
    notebook(home / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], WAITING, ("window: int = 28  # days",))
    path = {"PYTHONPATH": os.pathsep.join(sys.path), "SCRM_KERNELS": kernels}
    words = ["run", "--period", "2026-10", "--language", "en"]
    # the notebooks here read a file that no recipe knows
    code = "from scrm_helpers.run import newest; newest.refuse_without_orders = lambda *_: None\nfrom scrm_helpers.__main__ import main\n"
    line = [sys.executable, "-c", f"{code}main({words})"]
    with subprocess.Popen(line, env=os.environ | path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (home / "under way").is_file():
            time.sleep(0.05)
        assert process.poll() is None, process.stderr.read()
        kernel = psutil.Process(int((home / "under way").read_text()))
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 143, said
    assert said.endswith("\nStopped from outside (SIGTERM). The last good page stays; the same command goes on from what had ended.\n")
    assert started and not psutil.wait_procs([kernel, *started], timeout=10)[1]
    with held(home / "outputs" / ".runs" / "lock"):
        assert not (home / "outputs" / "2026-10").exists()


def test_sigterm_has_the_systems_way_again_when_a_command_has_ended(monkeypatch):
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    monkeypatch.setattr(mailing, "make_pdf", lambda *_: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(60))
    said = CliRunner().invoke(main, ["mail", "--period", "2026-10"])
    assert said.exit_code == 143 and said.stderr.strip().startswith("Stopped from outside (SIGTERM).")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_large_files_have_the_digests_that_they_have_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "LARGE", 3)
    told = {f"{k}.csv": bytes(range(k)) for k in range(9)}  # those of 4 to 8 bytes are large
    for name, content in told.items():
        (tmp_path / name).write_bytes(content)
    with digests.memory(tmp_path / "kept" / "digests.json"):
        assert digests.of_files(tmp_path, "*.csv") == {name: hashlib.sha256(content).hexdigest() for name, content in told.items()}



@pytest.mark.parametrize("asked", [["--help"], ["run", "--help"], ["key", "--help"], ["key", "rotate", "--help"]])
def test_help_says_the_exit_codes(asked):
    said = " ".join(CliRunner().invoke(main, asked).output.split())
    told = "2 something of yours must be mended first; 3 another run is under way; 130 stopped by Ctrl-C; 143 by SIGTERM."
    assert said.count(f"Exit codes: 0 done; 1 a fault; {told}") == 1


def _raising(error):
    def make(*_):
        raise error

    return make


def test_the_next_run_goes_on_where_the_failed_one_stopped(home, warm, capfd):
    broken = home / "notebooks" / "03_third.ipynb"
    notebook(
        broken,
        ["findings"],
        [],
        "import pathlib\nif not pathlib.Path(os.environ['SCRM_HOME'], 'mended').exists(): raise RuntimeError('not yet')\n"
        + THIRD,
    )
    with pytest.raises(RunError, match="RuntimeError. This is a fault of the suite"):
        month()
    (home / "mended").touch()
    capfd.readouterr()
    assert run_month("2026-10").read_text() == "<p>sold 728</p>"
    said = capfd.readouterr().err
    assert "01_first unchanged" in said and "02_second unchanged" in said and "03_third done" in said


def test_run_json_holds_the_values_in_force_whether_given_or_not(home, warm):
    month(values={"window": 7})
    values = json.loads((home / "outputs" / "2026-10" / "run.json").read_text())["values"]
    assert values.keys() == {"01_first", "02_second", "03_third"} and "window" not in values["01_first"]
    assert values["02_second"]["window"] == 7 and values["02_second"]["engine"] == "duckdb"
    month(values={})
    assert json.loads((home / "outputs" / "2026-10" / "run.json").read_text())["values"]["02_second"]["window"] == 28


@pytest.mark.skipif(shutil.which("git") is None, reason="asks git")
def test_run_json_says_whether_the_checkout_was_as_committed(home):
    def git(*words: str) -> str:
        line = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *words]
        return subprocess.run(line, cwd=home, capture_output=True, text=True, check=True).stdout.strip()

    commit_of = sys.modules[run_month.__module__]._commit
    assert commit_of() == "unknown"
    git("init", "--quiet")
    git("add", "notebooks")
    git("commit", "--quiet", "-m", "three")
    head = git("rev-parse", "HEAD")
    (home / "outputs").mkdir()
    (home / "outputs" / "a.html").write_text("no code")
    third = home / "notebooks" / "03_third.ipynb"
    os.utime(third, (1, 1))  # touched, and the same
    assert commit_of() == head
    committed = third.read_text()
    third.write_text(committed + " ")
    assert commit_of() == f"{head}+modified"
    third.write_text(committed)
    assert commit_of() == head
    (home / "notebooks" / "04_mine.ipynb").write_text("{}")
    assert commit_of() == f"{head}+modified"


def test_killed_in_the_middle_the_next_run_ends_in_the_same_bytes(home, warm):
    month()
    wanted = published(home)
    (home / "data" / "raw" / "orders.csv").write_text("sold 8")
    slow = home / "notebooks" / "03_third.ipynb"
    notebook(slow, ["findings"], [], THIRD + "\nimport time\ntime.sleep(0)")
    code = "from scrm_helpers.run import run_month; run_month('2026-10', progress=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "01_first done" in line:
            process.kill()
            break
    process.wait()
    assert (home / "outputs" / "2026-10" / "board.html").read_text() == "<p>sold 728</p>"  # the old page, whole
    (home / "data" / "raw" / "orders.csv").write_text("sold 7")
    notebook(slow, ["findings"], [], THIRD)
    assert month() == "<p>sold 728</p>"
    assert published(home) == wanted


def test_personal_data_do_not_get_published(home, warm, monkeypatch):
    monkeypatch.setattr(said, "THINGS", {})  # the tables here are plain text
    month()
    notebook(
        home / "notebooks" / "03_third.ipynb",
        ["findings"],
        [],
        "(folder / 'board.html').write_text('call ayse@ornek.com')",
    )
    with pytest.raises(RunError) as told:
        month()
    assert "board.html, line 1: an e-mail address" in str(told.value) and "ayse" not in str(told.value)
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], THIRD + "\nprint({'password': 'Gizli' + '1234!'}, 10 ** 10 + 146)")
    with pytest.raises(RunError) as told:
        month()
    place = "- 03_third/notebook.ipynb, cell [2]:"
    assert f"{place} a secret" in str(told.value) and f"{place} a Turkish national id" in str(told.value)
    assert "10000000146" not in (home / "outputs" / "index.html").read_text(encoding="utf-8")
    assert (home / "outputs" / "2026-10" / "board.html").read_text() == "<p>sold 728</p>"


CHILD = "from scrm_helpers.run import lock\nlock.HANDED_DOWN = False\nlock.join()\nprint('joined', flush=True)\ninput()"


def test_a_child_holds_the_lock_where_no_open_file_is_handed_down(tmp_path):
    """As on Windows: the runner is gone, its child still writes. A child that comes too late does not begin."""
    path = tmp_path / ".runs" / "lock"
    line, pipes = [sys.executable, "-c", CHILD], dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with held(path):
        told = os.environ | lock.for_children(path) | {"PYTHONPATH": os.pathsep.join(sys.path)}
        child = subprocess.Popen(line, env=told, text=True, **pipes)
        assert child.stdout.readline() == "joined\n"
    with pytest.raises(Busy), held(path):
        pass
    child.communicate("\n")
    with held(path):
        assert not list(path.parent.glob("*.child.*"))
        late = subprocess.run(line, env=told, input="\n", capture_output=True, text=True)
        assert late.returncode == 1 and "joined" not in late.stdout and "has ended" in late.stderr


def test_the_runner_names_its_lock_and_its_folder_to_its_children(home, warm, monkeypatch):
    monkeypatch.setenv("SCRM_CALLER", "/somewhere/else")
    seen = []
    monkeypatch.setattr(job.Job, "_environment", lambda self, made=job.Job._environment: seen.append(made(self)) or seen[-1])
    month()
    path = home / "outputs" / ".runs" / "lock"
    assert {e["SCRM_LOCK"] for e in seen} == {str(path)} and {e["SCRM_CALLER"] for e in seen} == {str(home)}
    assert {e["SCRM_LOCK_TOKEN"] for e in seen} == {path.with_name("lock.token").read_text()}


def test_two_runs_at_once_do_not_mix(home, warm):
    """A second run while the first is in its first notebook ends at once (exit code 3); the first ends in an undisturbed run's bytes."""
    waits = "import time\n(folder / 'began').touch()\nwhile not (folder.parents[3] / 'go').exists(): time.sleep(0.05)\n"
    notebook(home / "notebooks" / "01_first.ipynb", ["raw"], ["orders"], waits + FIRST)
    line = [sys.executable, "-m", "scrm_helpers", "run", "--quiet", "--period", "2026-10", "-p"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([*line, "window=30"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while not list((home / "outputs").glob(".runs/*/*/began")):
            assert first.poll() is None, first.stderr.read()
            time.sleep(0.05)
        second = subprocess.run([*line, "window=31"], env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert second.returncode == 3 and "another run" in second.stderr and not (home / "outputs" / "2026-10").exists()
        (home / "go").touch()
        assert first.wait(timeout=300) == 0
    finally:
        first.kill()
    disturbed = published(home)
    assert (home / "outputs" / "2026-10" / "board.html").read_text() == "<p>sold 730</p>"
    assert month(values={"window": 30}, again=True) == "<p>sold 730</p>" and published(home) == disturbed
    assert month(values={"window": 31}) == "<p>sold 731</p>"  # what the second run wanted, now that it may


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"windw": 3}, "Did you mean 'window'?"),
        ({"window": "28"}, "expected a whole number (days)"),
        ({"window": 28.5}, "expected a whole number"),
        ({"window": True}, "expected a whole number"),
        ({"02_second": {"widow": 1}}, "no parameter of 02_second. Did you mean 'window'?"),
        ({"05_nothing": {"window": 1}}, "no parameter of any notebook"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_starts(home, values, words):
    with pytest.raises(RunError) as told:
        month(values=values)
    assert words in str(told.value)
    assert not (home / "outputs").exists()


def test_parameters_of_one_notebook_and_dates_from_yaml(home):
    suite = notebooks.suite(home / "notebooks")
    assert parameters.values_for(suite, parameters.from_words(("02_second.window=30",)))["02_second"] == {"window": 30}
    assert parameters.from_words(("period=2026-10",)) == {"period": "2026-10"}
    with pytest.raises(RunError, match="NAME=VALUE"):
        parameters.from_words(("window",))


def test_a_name_that_means_two_things_is_given_with_its_notebook(tmp_path):
    days, months = "window: int = 90  # days before", "window: int = 6  # months after"
    for name, own in (("01_a", days), ("02_b", days), ("03_c", months)):
        notebook(tmp_path / f"{name}.ipynb", [], [], "1", (own,))
    suite = notebooks.suite(tmp_path)
    for given in (parameters.from_words(("window=60",)), {"window": 60}):
        with pytest.raises(ValueRefused) as told:
            parameters.values_for(suite, given)
        assert "window: came without its notebook" in str(told.value) and told.value.exit_code == 2
        assert "01_a, 02_b (days before); 03_c (months after)" in str(told.value)
        assert "-p 01_a.window=60, or in parameters.yml 01_a: {window: 60}" in str(told.value)
    one = parameters.values_for(suite, parameters.from_words(("01_a.window=60", "03_c.window=4")))
    assert one == {"01_a": {"window": 60}, "02_b": {}, "03_c": {"window": 4}}
    alike = parameters.values_for(suite[:2], {"window": 60})  # the same of both: one name will do
    assert alike == {"01_a": {"window": 60}, "02_b": {"window": 60}}


def test_typed_parameters_are_read_from_the_cell(tmp_path):
    path = tmp_path / "04_x.ipynb"
    notebook(
        path,
        [],
        [],
        "1",
        ("a: int | None = None  # days", 'b: list[str] = ["#1", "x"]  # names', "c: float = 0.5  # share"),
    )
    found = notebooks.read(path).parameters
    assert (found["a"].type, found["a"].default, found["a"].unit) == ("int | None", None, "days")
    assert found["b"].default == ["#1", "x"] and found["c"].unit == "share"


def test_each_of_a_list_must_be_allowed():
    """Of 06: numbers of stores from 1, weeks up to 52, a lift as a share; a list without any is none."""
    suite = notebooks.suite(Path(__file__).resolve().parents[1] / "notebooks")
    right = parameters.values_for(suite, parameters.from_words(("plan_stores=[4, 6]", "plan_weeks=[3]", "hoped_lift=0.08")))
    assert right["06_campaigns"] == {"plan_stores": [4, 6], "plan_weeks": [3], "hoped_lift": 0.08}
    assert not any(right[name] for name in right if name != "06_campaigns")
    for wrong in ("plan_stores=[4, 0]", "plan_stores=[]", "plan_stores=4", "plan_weeks=[60]", "plan_weeks=[two]", "hoped_lift=5"):
        with pytest.raises(ValueRefused, match=wrong.partition("=")[0]):
            parameters.values_for(suite, parameters.from_words((wrong,)))


@pytest.mark.parametrize(("own", "values", "wanted"), [
    ({"hurdle": "0,2"}, {}, "parameters: parameters.yml, 09_board, hurdle: came '0,2', expected a number"),
    ({}, {"06_campaigns": {"hoped_lift": "0,08"}}, "parameters: -p, 06_campaigns, hoped_lift: came '0,08', expected a number"),
    ({"hurdle": 0.2}, {"windw": 3}, "parameters: -p, 'windw' is no parameter of any notebook"),
])  # fmt: skip
def test_a_fault_names_where_it_stands_and_a_comma_its_point(own, values, wanted):
    suite = notebooks.suite(Path(__file__).resolve().parents[1] / "notebooks")
    with pytest.raises(ValueRefused) as told:
        parameters.values_for(suite, own, values, {}, places=("parameters.yml", "-p"))
    assert str(told.value).startswith(wanted)
    comma = next((v for v in ("0,2", "0,08") if v in wanted), "")
    assert str(told.value).endswith(f"Write it with a point: {comma.replace(',', '.')}.") == bool(comma)


@pytest.mark.parametrize(("given", "where"), [("-p", "-p, 02_second"), ("parameters.yml", "parameters.yml, 02_second")])
def test_a_run_says_whether_a_wrong_value_stands_in_the_file_or_on_the_line(home, given, where):
    if given == "parameters.yml":
        (home / "data" / "raw" / given).write_text("window: many\n", encoding="utf-8")
    with pytest.raises(ValueRefused, match=f"^parameters: {where}, window: came 'many'"):
        month(values={"window": "many"} if given == "-p" else {})


def test_a_share_that_was_meant_in_percent_is_refused():
    """10 for 10% would be a thousand percent: every parameter whose comment says share ends at 1."""
    suite = notebooks.suite(Path(__file__).resolve().parents[1] / "notebooks")
    shares = {n: p for book in suite for n, p in book.parameters.items() if "share" in p.unit}
    assert {"discount", "hurdle", "hoped_lift", "uplift"} <= shares.keys()
    for name, given in shares.items():
        assert given.allowed["to"] == 1, name
    for wrong in ("hurdle=10", "discount=15", "uplift=5", "holdout=100", "02_identity.draws=100000"):
        with pytest.raises(ValueRefused, match=r"to \d"):
            parameters.values_for(suite, parameters.from_words((wrong,)))


def test_a_broken_notebook_is_told(tmp_path):
    (tmp_path / "01_x.ipynb").write_text("{")
    with pytest.raises(RunError, match="not a notebook"):
        notebooks.suite(tmp_path)


def test_a_database_is_asked_in_every_run_and_only_what_its_rows_change_runs_then(home, warm, capfd):
    """Its rows are no file: that nothing has changed is not known before 01 has read them."""
    rows = home / "erp.txt"  # what the database holds
    rows.write_text("sold 7")
    first = f"(processed / 'orders.parquet').write_text(pathlib.Path({str(rows)!r}).read_text())"
    notebook(home / "notebooks" / "01_first.ipynb", ["raw"], ["orders"], first)
    entry = "{name: erp, database: '${SCRM_ERP}', query: select 1, table: orders, columns: {a: order_id}}"
    (home / "data" / "raw" / "sources.yml").write_text(f"sources: [{entry}]\n")
    assert month() == "<p>sold 728</p>"
    capfd.readouterr()
    run_month("2026-10")
    told = [line.split()[:2] for line in capfd.readouterr().err.splitlines()]
    assert ["01_first", "done"] in told and ["02_second", "done"] not in told
    rows.write_text("sold 8")
    assert month() == "<p>sold 828</p>"


def test_what_the_company_says_of_itself_is_looked_at_by_notebooks_that_read_no_raw_file(home):
    """02 reads phone numbers as its country writes them, 05 cuts days by its zone: tables of 01 need not differ for that."""
    says = "from scrm_helpers.store import open_workspace, settings_of\nsaid = settings_of(open_workspace())\n"
    second = says + "(processed / 'findings.parquet').write_text(f'{said.country} {said.time_zone} {said.currency}')"
    notebook(home / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], second)
    assert month() == "<p>TR Europe/Istanbul TRY</p>"
    sources = home / "data" / "raw" / "sources.yml"
    for word, shown in (("country: DE", "DE Europe/Istanbul TRY"), ("time_zone: Europe/Berlin", "TR Europe/Berlin TRY")):
        sources.write_text(f"company: {{{word}}}\n")
        assert month() == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a@x.com", "e-mail"),
        ("(0532) 123 45 67", "mobile"),
        ("0 532 123 45 67", "mobile"),
        ("0532.123.45.67", "mobile"),
        ("IBAN TR33 0006 1005 1978 6457 8413 26", "IBAN"),
        ("write to ali.veli@firma.com.tr", "e-mail"), ("tel 0532 123 45 67", "mobile"), ("+905321234567", "mobile"),
        ("postgresql://user:secretpw@host/db", "secret"), ("api_key = 'abcdef1234567890'", "secret"),
        ('{"password": "abcdef123456"}', "secret"), (r'"source": "key = {\"api_key\": \"abcdef123456\"}"', "secret"),
        ("&#39;token&#39;: &quot;abcdef123456&quot;", "secret"),
        ("İ" * 9 + " token of thanks. TOKEN=ABCDEF123456789", "secret"), ("no token here; see https://a:b@c.example", "secret"),
    ],
)  # fmt: skip
def test_the_gate_finds_what_is_personal(tmp_path, text, kind):
    (tmp_path / "a.html").write_text(text)
    with pytest.raises(RunError, match=kind):
        publish.gate(tmp_path)


def test_run_again_and_failing_keeps_the_page_that_is_shown(home, warm):
    month()
    before = published(home)
    flag = home / "broken"
    third = home / "notebooks" / "03_third.ipynb"
    notebook(third, ["findings"], [], f"assert not pathlib.Path({str(flag)!r}).exists(), 'ayse@' + 'ornek.com'\n" + THIRD)
    month()
    before = published(home)
    flag.touch()
    with pytest.raises(RunError) as told:
        month(again=True)
    assert published(home) == before
    assert "ayse" not in str(told.value)  # an unforeseen error may quote a customer: type and place alone are told
    assert "ayse" not in (home / "outputs" / "index.html").read_text(encoding="utf-8")


def test_later_months_read_what_was_published_not_what_a_failed_run_left(home):
    from scrm_helpers.store import Store, kept, open_workspace

    def registry(person: int) -> pd.DataFrame:
        return pd.DataFrame([{"account_id": 1, "person_id": person, "first_period": "2026-08"}])

    august, september = Store(open_workspace(), "2026-08"), Store(open_workspace(), "2026-09")
    august.write("registry", registry(8))
    assert september.before("registry")[0] is None  # nothing published yet
    kept.keep(august.workspace, "2026-08")
    august.write("registry", registry(99))  # a later run that did not get as far as the page
    period, rows = september.before("registry")
    assert (period, rows.to_pandas()["person_id"].tolist()) == ("2026-08", [8])


def test_the_gate_knows_the_customers_of_the_month(tmp_path):
    known = {"5321234567", "ayse.yilmaz_"}
    (tmp_path / "a.html").write_text("call 532 123 45 67 today")
    with pytest.raises(RunError, match="a contact of one of your customers"):
        publish.gate(tmp_path, known.intersection)
    (tmp_path / "a.html").write_text("thanks, ayse.yilmaz_!")
    with pytest.raises(RunError, match="a contact of one of your customers"):
        publish.gate(tmp_path, known.intersection)
    (tmp_path / "a.html").write_text('<path d="M 532 123 45 67"/> 5.321.234.567 TL and 1532123456789')
    publish.gate(tmp_path, known.intersection)


def test_the_gate_lets_numbers_and_restricted_tables_pass(tmp_path):
    (tmp_path / "restricted").mkdir()
    (tmp_path / "restricted" / "people.csv").write_text("a@b.com")
    (tmp_path / "a.html").write_text("10532123456789 TL; M 0.5321234567 L; path d='M10 0532'; @media print")
    publish.gate(tmp_path)


def test_time_left_is_what_the_rest_took_last_time(tmp_path, monkeypatch):
    from scrm_helpers.run import progress

    (tmp_path / "took.json").write_text('{"01_a": 10, "02_b": 30, "03_c": 20}')
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    told = progress.Progress(["01_a", "02_b", "03_c"], workers=2, on=False, kept=tmp_path / "took.json")
    assert told.left() == 30  # 60 s on 2 workers, and the longest alone takes 30
    told.started("01_a")
    told.started("02_b")
    clock[0] = 10.0
    told.ended("01_a")
    assert told.left() == 20  # 20 of 02 and 20 of 03, side by side
    told.close()
    assert json.loads((tmp_path / "took.json").read_text())["01_a"] == 10.0


def test_a_changed_module_reaches_only_the_notebooks_that_import_it(tmp_path, monkeypatch):
    """02 imports a, a imports b inside a function, 03 imports c; texts of another subject count only where they are named."""
    package = tmp_path / "scrm_helpers"
    files = {
        "__init__.py": "", "a/__init__.py": "from scrm_helpers.a.inner import x", "a/inner.py": "def f():\n    from scrm_helpers import b",
        "b.py": "", "c.py": "from scrm_helpers.texts import say", "a/page.j2": "<p>", "texts/__init__.py": "import tomllib",
        "texts/second.toml": "", "texts/third.toml": "", "texts/words.toml": "", "run/execute.py": "",
    }  # fmt: skip
    for name, content in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(content)
    monkeypatch.setattr(reached, "PACKAGE", package)
    monkeypatch.setattr(reached, "EXECUTES", package / "run" / "execute.py")
    second, third = tmp_path / "02_second.ipynb", tmp_path / "03_third.ipynb"
    notebook(second, [], [], "from scrm_helpers import a")
    notebook(third, [], [], "from scrm_helpers import c")

    def digests_now() -> tuple[str, str]:
        code = reached.Code(["second", "third"])
        return code.digest(second), code.digest(third)

    for changed, seen in {
        "b.py": (True, False), "a/page.j2": (True, False), "c.py": (False, True), "texts/words.toml": (False, True),
        "texts/second.toml": (False, False), "texts/third.toml": (False, True), "run/execute.py": (True, True), "__init__.py": (True, True),
    }.items():  # fmt: skip
        before = digests_now()
        (package / changed).write_text((package / changed).read_text() + "\n# changed\n")
        after = digests_now()
        assert (before[0] != after[0], before[1] != after[1]) == seen, changed
    assert "scrm_helpers.b" in reached.Code().modules(second)


def test_a_name_is_looked_up_once_however_many_notebooks_reach_it(monkeypatch):
    """Nine notebooks share most of the package: found anew for each, its files took most of the time of a run with nothing to do."""
    looked, find = [], reached._files
    monkeypatch.setattr(reached, "_files", lambda name: looked.append(name) or find(name))
    code, books = reached.Code(), sorted((reached.PACKAGE.parent / "notebooks").glob("[0-9]*.ipynb"))
    found = [code.reached(book) for book in books]
    assert len(found) == 9 and len(set(found)) > 1
    assert len(looked) == len(set(looked)) > 300


def test_the_quick_look_for_imports_finds_what_python_parses():
    """Every statement of the package, the ones inside functions too; a sentence of a docstring may only add to them."""
    import ast

    for file in sorted(reached.PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        package = reached._dotted(file).rpartition(".")[0]
        every = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import | ast.ImportFrom)]
        alone = "\n".join(map(ast.unparse, every))
        assert set(reached._names(alone, package)) <= set(reached._names(text, package)), file.name
    assert reached._names("from . import (\n    a,  # first\n    b,\n)\n    import c.d as e, f\nimport antly not python", "p.q") == (
        "c.d", "f", "p.q", "p.q.a", "p.q.b",
    )  # fmt: skip


def test_a_remembered_digest_is_dropped_when_the_file_is_touched(tmp_path):
    file, kept = tmp_path / "a.csv", tmp_path / "memory.json"
    file.write_text("1")
    os.utime(file, (1, 1))
    with digests.memory(kept):
        first = digests.of_file(file)
    assert not kept.exists()  # changed (ctime) a moment ago: a second change could leave the same times, so nothing is trusted
    held_stamp = digests._stamp(file)
    kept.write_text(json.dumps({str(file): {"stamp": held_stamp, "what": {"sha256": "remembered"}}}))
    with digests.memory(kept):
        assert digests.of_file(file) == "remembered"
    file.write_text("2")
    os.utime(file, (1, 1))  # same size and time of change: the inode's own time gives it away
    with digests.memory(kept):
        assert digests.of_file(file) not in ("remembered", first)


def test_nothing_changed_is_found_without_papermill_or_an_engine(home, warm):
    month()
    code = (
        "import sys; from scrm_helpers.run import run_month; run_month('2026-10', progress=False)\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'papermill', 'ibis', 'pandas', 'numpy', 'nbformat', 'zmq'}))"
    )
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_runner_itself_loads_no_engine_and_no_tables(home):
    """Notebooks have processes of their own: what publishes their pages and writes the list of months needs neither pandas nor ibis."""
    code = (
        "import sys; from scrm_helpers.run import run_month; run_month('2026-10', progress=False)\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'papermill', 'ibis', 'pandas', 'scipy', 'matplotlib', 'zmq'}))"
    )
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout.strip() == "[]"
    assert (home / "outputs" / "2026-10" / "run.json").is_file()


def test_a_refusal_reads_only_the_texts_that_it_speaks(home):
    """All texts together take longer to read than a wrong parameter may take to be refused (100 ms)."""
    code = (
        "from scrm_helpers import texts; from scrm_helpers.run import RunError, run_month\n"
        "try: run_month('2026-10', values={'windw': 3})\n"
        "except RunError as told: print('windw' in str(told), texts._of.cache_info().currsize)"
    )
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "1"]


def test_a_secret_given_as_a_parameter_is_refused_before_anything_starts(home):
    own = ("window: int = 28  # days", 'who: str = ""  # a name')
    notebook(home / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], SECOND, own)
    for values in ({"who": "ayse@ornek.com"}, {"02_second": {"who": "ayse@ornek.com"}}):
        with pytest.raises(RunError, match="who: came with what looks like an e-mail address") as told:
            month(values=values)
        assert "ayse" not in str(told.value) and not (home / "outputs").exists()


@pytest.mark.parametrize(("settings", "engine", "said"), [
    ({"SCRM_THREADS": "iki"}, "duckdb", "SCRM_THREADS: came 'iki'"), ({"SCRM_MEMORY": "4"}, "duckdb", "SCRM_MEMORY: came '4'"),
    ({"no module": "pyspark"}, "spark", "PySpark is not installed.*: python start.py install spark$"),
    ({"JAVA_HOME": "/nowhere"}, "spark", r"there is no Java \(JAVA_HOME=/nowhere\)"),
])  # fmt: skip
def test_a_machine_that_cannot_run_the_month_is_told_before_anything_starts(home, monkeypatch, settings, engine, said):
    """The month is not marked as failed either."""
    find = machine.find_spec
    monkeypatch.setattr(machine, "find_spec", lambda name: None if name == settings.get("no module") else find(name) or name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(errors.EngineError, match=said) as told:
        month(engine=engine)
    assert told.value.exit_code == 2 and not list((home / "outputs").rglob("2026-10*")) and not (home / "outputs" / "index.html").exists()


def test_digits_of_a_digest_are_no_phone_number(tmp_path):
    (tmp_path / "01_x").mkdir()
    for name in ("run.json", "01_x/done.json"):
        (tmp_path / name).write_text('{"stage": "a05321234567b"}')
    publish.gate(tmp_path)
    (tmp_path / "01_x" / "section.json").write_text('{"text": "a 05321234567 b"}')
    with pytest.raises(RunError, match="mobile"):
        publish.gate(tmp_path)


def test_a_change_that_reaches_no_table_keeps_the_pages(home, warm, capfd):
    """A word changed in sources.yml: 01 reads again and gives the same tables, 02 is kept, and the pages are this run's own."""
    assert month() == "<p>sold 728</p>"
    (home / "data" / "raw" / "sources.yml").write_text("# a remark\n")
    capfd.readouterr()
    assert run_month("2026-10").read_text() == "<p>sold 728</p>"
    said = capfd.readouterr().err
    assert "01_first done" in said and "02_second unchanged" in said and "03_third done" in said


def test_tables_of_persons_of_a_kept_notebook_stay_closed(home, warm):
    """02 is kept while 03 runs again and writes beside it: the folder that both use is closed as in the first run."""
    keeps = "from scrm_helpers.store.workspace import closed_folder\n"
    keeps += "closed_folder(folder / 'restricted', '{0}').joinpath('a.csv').write_text('1')\n"
    values = ("window: int = 28  # days",)
    notebook(home / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], keeps.format("02_second") + SECOND, values)
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], keeps.format("03_third") + THIRD, ("step: int = 1  # steps",))
    month()
    month(values={"step": 2})
    shown = (home / "outputs" / "2026-10").resolve() / "restricted"
    assert sorted(f.parent.name for f in shown.rglob("a.csv")) == ["02_second", "03_third"]
    if os.name == "posix":
        assert shown.stat().st_mode & 0o777 == 0o700


def test_the_name_of_the_score_card_is_written_once():
    from scrm_helpers import scorecard
    from scrm_helpers.commands import months

    assert months.SCORE_CARD == scorecard.PAGE


def test_a_fork_is_held_like_a_process_and_ends_with_who_asked_for_it(tmp_path, monkeypatch):
    """Fork, log, exit code; and a kernel whose driver is gone is killed with it."""
    from scrm_helpers.run import fork

    if not fork.is_chosen():
        pytest.skip("kernels are forked on Linux alone")
    warm = fork.Warm(None, os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        own = {"cwd": str(tmp_path), "env": dict(os.environ), "log": str(tmp_path / "log.txt")}
        gone = own | {"drive": str(tmp_path / "no_such_job.json")}
        began, failed = time.monotonic(), fork.Child(warm.path, gone)
        monkeypatch.setattr(fork, "LOOK", 50.0)
        fork.until_one_ends([failed])  # it is heard, long before it would be looked at
        assert failed.pid > 0 and failed.poll() == 1 and time.monotonic() - began < 40
        fork.until_one_ends([failed])  # and is not waited for again
        assert time.monotonic() - began < 45
        assert "no_such_job.json" in (tmp_path / "log.txt").read_text()  # what it said went to its own log
        kernel = fork.Child(warm.path, own | {"kernel": str(tmp_path / "kernel.json")})
        assert kernel.poll() is None and os.getpgid(kernel.pid) == kernel.pid  # a group of its own
        kernel._line.close()  # as when the driver is killed
        for _ in range(300):
            try:
                os.kill(kernel.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the kernel outlived who asked for it")
    finally:
        warm.close()
    assert not warm.folder.exists()


def test_what_a_killed_run_began_is_not_published_with_a_kept_notebook(home, warm, monkeypatch):
    month()
    plain = job.Job.all

    def after_a_kill(self, *given):
        for part in (self.folder, self.folder / publish.RESTRICTED):
            (part / "01_first").mkdir(parents=True)
            (part / "01_first" / "job.json").write_text("{}")
        return plain(self, *given)

    monkeypatch.setattr(job.Job, "all", after_a_kill)
    assert month(values={"window": 30}) == "<p>sold 730</p>"
    assert not [name for name in published(home) if "job.json" in name]


@pytest.mark.skipif(not fork.is_chosen(), reason="kernels are forked on Linux")
def test_a_forked_kernel_starts_warm_and_without_a_debugger(home):
    """A debugger is a hundred modules that every kernel would load at its start; IPython's own are there before the fork."""
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], (
        "import sys; (folder / 'board.html').write_text(str([n in sys.modules for n in ('debugpy', 'pydevd', 'IPython.core.oinspect')]))"
    ))  # fmt: skip
    assert month() == "[False, False, True]"


@pytest.mark.skipif(not fork.is_chosen(), reason="kernels are forked on Linux")
def test_a_forked_kernel_shows_frames_as_a_plain_one_does(home, monkeypatch):
    """pandas looks for a kernel when it is imported, which the warm process does outside of one."""
    monkeypatch.setattr(fork, "BASE", (*fork.BASE, "pandas"))
    said = f"str(pandas.get_option('display.max_columns')) + ' ' + str({fork.SOCKET!r} in os.environ)"
    shows = f"import pandas; (folder / 'board.html').write_text({said})"
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], shows)
    assert month() == "20 True"
    monkeypatch.setenv(fork.CHOICE, "plain")
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], shows + "  # changed: it alone runs again")
    assert month() == "20 False"


def test_a_warm_process_loads_one_country_of_all_and_the_others_stay_to_be_had():
    code = (
        "import sys; from scrm_helpers.run import fork, warm; warm._import([n for n in fork.BASE if 'holidays' in n]); import holidays\n"
        "loaded = lambda: sum(name.startswith('holidays.countries.') for name in sys.modules)\n"
        "first = loaded(); feast = holidays.country_holidays('TR', years=2026, language='tr').get('2026-10-29'); second = loaded()\n"
        "print(first, feast, second, holidays.country_holidays('DE', years=2026, language='de').get('2026-10-03'), loaded() > 100)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # the day of the republic, 29 October, and German unity, 3 October: no other country is loaded for the first
    assert done.stdout.split() == ["1", "Cumhuriyet", "Bayramı", "1", "Tag", "der", "Deutschen", "Einheit", "True"]


def test_plain_kernels_where_no_warm_process_can_be_started(home, monkeypatch):
    from scrm_helpers.run import fork

    def refuse(*_):
        raise OSError("no sockets here")

    monkeypatch.setattr(fork, "Warm", refuse)
    assert month() == "<p>sold 728</p>"
    monkeypatch.setenv(fork.CHOICE, "sometimes")
    with pytest.raises(ValueError, match="expected 'forked' or 'plain'"):
        fork.is_chosen()


def test_a_customers_contact_is_known_in_every_form_in_which_it_is_written(tmp_path, monkeypatch):
    from scrm_helpers.run import said
    from scrm_helpers.store import open_workspace

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    workspace = open_workspace("")
    accounts = workspace.private / "2026-10" / "accounts.parquet"
    accounts.parent.mkdir(parents=True)
    columns = {
        "email": ["Ali.Can@Ornek.com", "ŞULE@ornek.com", None, None], "handle": ["@AyseYilmaz", None, "İnciÇiçek", "kısa"],
        "phone": ["+90 532 123 45 67", None, None, None], "tax_no": [None, "12 345 678 90", None, "123"],
    }  # fmt: skip
    pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}), accounts)
    among = said.of_customers(workspace, "2026-10")
    assert among(said.words("write to ali.can@ornek.com. or şule@ORNEK.com; @AYSEYILMAZ liked it")) == {
        "ali.can@ornek.com", "şule@ornek.com", "ayseyilmaz"
    }  # fmt: skip
    assert among(said.words("call (0532) 123 45 67, tax 12 345 678 90, handle İnciÇiçek")) == {
        "5321234567", "1234567890", "İnciÇiçek".lower()
    }  # fmt: skip
    assert among(said.words("kısa 123 532 123 45 68 veli@ornek.com")) == set()
    assert among(set()) == said.of_customers(workspace, "2026-09")({"ayseyilmaz"}) == set()


def test_numbers_and_drawings_are_found_as_their_plain_patterns_find_them():
    from scrm_helpers.run import said

    number = re.compile(r"(?<![\d.])\+?\d[\d ()-]{8,16}\d(?![\d.])")
    drawn = re.compile(r'\b(?:d|points|transform|viewBox|x|y|style)=\\?"[^"]*"')
    text = "(0532) 123 45 67, 0.5321234567, +90 532 123 45 67; x+5321234567."
    assert said.NUMBER.findall(text) == ["0532) 123 45 67", "+90 532 123 45 67"]
    assert said.DRAWN.sub("", '<path d="M 1 2" id="3" style=\\"x\\" ax="4"/>') == '<path  id="3"  ax="4"/>'
    chance, signs = random.Random(5), ["+", ".", "5", "67", " ", "(", "-", "a", "\n", "d=", "x=\\", '"', "style=", "points=", "é"]
    for _ in range(4000):
        text = "".join(chance.choices(signs, k=40))
        assert said.NUMBER.findall(text) == number.findall(text)
        assert said.DRAWN.sub("", text) == drawn.sub("", text)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("int", "a whole number"), ("list[int]", "a list, each a whole number"), ("float | None", "a number, or null"),
     ("list[str] | None", "a list, each a text, or null"), ("bool", "true or false")],
)  # fmt: skip
def test_a_type_is_told_in_words(kind, words):
    assert notebooks.Parameter("x", kind, None, "").kind() == words
