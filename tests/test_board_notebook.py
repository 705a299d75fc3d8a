"""Notebooks 09 and _template, run as the runner runs them, on made-up small tables in a folder of their own."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import board_fixture as fixture
import pandas as pd
import pytest

from scrm_helpers import findings, tables
from scrm_helpers.run import fork
from scrm_helpers.run.reached import Code
from scrm_helpers.store import Store, open_workspace
from scrm_helpers.store.workspace import PUBLISHED

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def contract_rows(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with every column of the contract: what a test leaves out is blank, lineage is that of a test."""
    columns = tables.contract(name).columns
    filled = {"system": "test", "source_file": "test.csv", "metric_class": "business", "name": "a name"}
    out = rows.copy()
    for column in columns:
        if column.name not in out.columns:
            out[column.name] = list(range(2, len(out) + 2)) if column.name == "source_row" else filled.get(column.name)
    if name == "goals":
        out["purpose"] = "win and keep customers at a cost that pays"
    return out[[c.name for c in columns]]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A company whose month March 2026 has been read in, with February before it."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "sources.yml").write_text("company:\n  name: Test Trade\n  language: en\n", encoding="utf-8")
    small, earlier = fixture.small_tables()
    store = Store(open_workspace(""), fixture.PERIOD)
    for name in small._fields:
        store.write(name, contract_rows(name, getattr(small, name)))
    before = Store(open_workspace(""), "2026-02")
    before.write("coverage", earlier["2026-02"])
    for period, found, where in (
        ("2026-03", fixture.found_for(), store),
        ("2026-02", fixture.past_for(months=1)["2026-02"], before),
    ):
        assert found, period
        for notebook in sorted({f.notebook for f in found.values()}):
            where.write(
                "findings", findings.frame([f for f in found.values() if f.notebook == notebook]), part=notebook
            )
    february = before.workspace.processed / "2026-02"
    published = {f.name: f for f in february.glob("*.parquet")}
    (february / PUBLISHED).mkdir()
    for name, file in published.items():  # later months read what was published
        shutil.copy(file, february / PUBLISHED / name)
    orders = pd.DataFrame(
        {
            "order_id": [1, 2, 3, 4],
            "ordered_on": [date(2026, 2, 3), date(2026, 3, 1), date(2026, 3, 9), date(2026, 3, 10)],
            "kind": ["sale", "sale", "sale", "return"],
            "status": "completed",
            "channel": "shop",
            "net": [10.0, 20.0, 30.0, -30.0],
            "currency": "TRY",
            "is_internal": False,
        }
    )
    orders["ordered_at"] = pd.to_datetime(orders["ordered_on"])
    store.write("orders", contract_rows("orders", orders))
    return tmp_path


@pytest.fixture(scope="module")
def run():
    """Runs a notebook into a run's folder as the runner does, each time in a process of its own; gives that folder.

    Where kernels are forked they are forks of one warm process: what they import is imported once. `anew`: an interpreter of its own,
    whose strings are hashed with another seed.
    """
    path = {"PYTHONPATH": str(NOTEBOOKS.parent), "PYTHONWARNINGS": "ignore"}
    warm = fork.Warm(None, os.environ | path) if fork.is_chosen() else None
    if warm:
        warm.prepare([*fork.BASE, *Code().modules(NOTEBOOKS / "09_board.ipynb")])

    def one(home: Path, notebook: str, *, anew: bool = False, **parameters) -> Path:
        folder = home / "outputs" / ".runs" / "2026-03-test"
        target = folder / notebook / "notebook.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        values = {"period": "2026-03", "raw": "", "language": "en", "engine": "duckdb", "interactive": False} | parameters
        job, log = home / f"{notebook}.json", home / f"{notebook}.txt"
        source = NOTEBOOKS / f"{notebook}.ipynb"
        job.write_text(
            json.dumps({"source": str(source), "target": str(target), "parameters": values, "cwd": str(NOTEBOOKS)}),
            encoding="utf-8",
        )
        environment = os.environ | path | {"SCRM_HOME": str(home), "SCRM_RUN": str(folder)}
        if warm and not anew:
            warm.environment = environment
            code = warm.start(job, log).wait(timeout=300)
        else:
            line = [sys.executable, "-m", "scrm_helpers.run.execute", str(job)]
            with log.open("w", encoding="utf-8") as told:
                code = subprocess.run(line, env=environment, stdout=told, stderr=told, check=False).returncode
        failure = target.parent / "failure.json"
        said = json.loads(failure.read_text(encoding="utf-8"))["message"] if failure.is_file() else log.read_text()[-2000:]
        assert code == 0, said
        return folder

    yield one
    if warm:
        warm.close()


def test_notebook_09_makes_the_three_pages_twice_the_same(home, run):
    folder = run(home, "09_board")
    pages = {name: (folder / f"{name}.html").read_bytes() for name in ("board", "appendix", "team")}
    board = pages["board"].decode()
    assert "Test Trade" in board and "412" in board and "MADE-UP" not in board
    # margin is not known (no order lines): the ROI is withheld and says what it needs
    assert "Social CRM ROI is withheld. It needs the product list with unit cost" in board
    # last month printed "hold" and asked for it: the same verb stands now
    assert "Hold the social budget." in board
    # 2026-02 had 1,190 orders in the coverage then and has 1,200 now
    assert "1,190" in board and "Past data changed." in board
    beside = {name: (folder / name).read_bytes() for name in ("tables.xlsx", "mail.txt", "page.json", "month.json")}
    run(home, "09_board", anew=True)
    assert beside == {name: (folder / name).read_bytes() for name in beside}
    assert pages == {name: (folder / f"{name}.html").read_bytes() for name in pages}


def test_notebook_09_speaks_turkish(home, run):
    folder = run(home, "09_board", language="tr")
    board = (folder / "board.html").read_text(encoding="utf-8")
    assert '<html lang="tr">' in board and "Sosyal bütçeyi koruyun." in board and "%74" in board


def test_the_template_runs_and_counts_by_hand(home, run):
    folder = run(home, "_template")
    section = json.loads((folder / "99_template" / "section.json").read_text(encoding="utf-8"))
    said = [b["text"] for b in section["blocks"] if b["kind"] == "finding"]
    # March: orders 2 and 3 (4 is a return); February: order 1
    assert said == ["2 orders in March 2026; the month before had 1."]
