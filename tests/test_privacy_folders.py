"""Folders with personal data are closed, and refused where they stand open; the documents say what the contracts say."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_company import MONTH, read_in

from scrm_helpers import tables
from scrm_helpers.__main__ import main
from scrm_helpers.store import Store, engine, kept, machine
from scrm_helpers.store.book import open_book
from scrm_helpers.store.workspace import WorkspaceError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import data_map  # noqa: E402

posix = pytest.mark.skipif(os.name != "posix", reason="folders have no such mode here")


@posix
@pytest.mark.parametrize("below", ["", MONTH, f"{MONTH}/published"])
@pytest.mark.parametrize("mode", [0o750, 0o701])
def test_private_folders_that_stand_open_are_refused(tiny_company, below, mode):
    kept.keep(tiny_company.workspace, MONTH)
    folder = tiny_company.workspace.private / below
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(mode)
    with pytest.raises(WorkspaceError, match=f"mode {mode:o}.*expected 700.*chmod 700 data/private"):
        tiny_company.workspace.private_folder(MONTH, "published")


@posix
@pytest.mark.parametrize("words", [
    ["run", "--period", "2026-03"], ["mail"], ["prune", "--keep", "1"], ["forget", "hubspot:1"], ["compare"], ["check"], ["key", "rotate"],
    ["export", "--segment", "value=best", "--channel", "email"], ["why", "acquisition.cac"], ["rollback", MONTH], ["close", MONTH],
])  # fmt: skip
def test_every_command_stops_at_an_open_restricted_folder_of_any_month(tiny_company, words):
    """None of them is about the two months whose folders stand open: a shown one and a kept revision's."""
    shown, kept_run = (tiny_company.workspace.outputs / p for p in (f"{MONTH}/restricted", ".runs/a/2025-11-1/restricted"))
    kept_run.mkdir(parents=True, mode=0o700)
    for folder, mode in ((shown, 0o755), (kept_run, 0o710)):
        folder.chmod(mode)
    before = sorted(p for p in tiny_company.home.rglob("*"))
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 2 and "outputs/.runs/a/2025-11-1/restricted (mode 710), outputs/2026-02/restricted (mode 755)" in said.output
    assert "chmod 700 outputs/.runs/a/2025-11-1/restricted outputs/2026-02/restricted" in said.output
    assert sorted(p for p in tiny_company.home.rglob("*")) == before
    for folder in (shown, kept_run):
        folder.chmod(0o700)
    assert "chmod" not in CliRunner().invoke(main, ["prune", "--keep", "1"]).output


@posix
def test_a_run_stops_at_an_open_private_folder_and_an_open_restricted_one(tiny_company):
    run = tiny_company.workspace.outputs / ".draft" / MONTH
    book = open_book("08_audiences", period=MONTH, language="en", interactive=False)
    book.restricted("top", tiny_company.store.frame("persons"))
    made = run / "restricted" / "08_audiences"
    assert [p.stat().st_mode & 0o777 for p in (made.parent, made, made / "top.csv")] == [0o700, 0o700, 0o600]
    made.parent.chmod(0o755)
    with pytest.raises(WorkspaceError, match="chmod 700 outputs/.draft/2026-02/restricted"):
        book.restricted("top", tiny_company.store.frame("persons"))
    tiny_company.workspace.private.chmod(0o755)
    with pytest.raises(WorkspaceError, match="chmod 700 data/private"):
        read_in()


@posix
@pytest.mark.parametrize("of_a_store", [True, False])
def test_rows_that_do_not_fit_into_memory_lie_in_a_closed_folder_and_go(tiny_company, monkeypatch, of_a_store):
    """Six million pairs of whole numbers, 96 MB, in 60 MB: DuckDB must spill."""
    monkeypatch.setenv(machine.MEMORY_VARIABLE, "60MB")
    monkeypatch.setenv(machine.THREADS_VARIABLE, "1")
    con = (Store(tiny_company.workspace, MONTH).connection if of_a_store else engine.connect()).con
    below = Path(con.execute("SELECT current_setting('temp_directory')").fetchone()[0])
    assert below.parent.stat().st_mode & 0o777 == 0o700
    assert not of_a_store or below.parent == tiny_company.workspace.private / "spill"
    con.execute("CREATE TEMP TABLE many AS SELECT hash(range) AS h, hash(range + 1) AS g FROM range(6000000)")
    assert list(below.iterdir())
    con.close()
    assert not below.exists()


def test_no_connection_spills_into_the_working_folder():
    """A plain connection of DuckDB spills into `.tmp` where the process stands: every one in the package is opened in one place."""
    for path in sorted((ROOT / "scrm_helpers").rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            spills = "duckdb.connect(" in line and '"temp_directory": ""' not in line  # an empty name: nothing is spilled at all
            assert not spills or path.name == "engine.py", f"{path.name}: {line.strip()}"
    assert engine.bare().execute("SELECT current_setting('temp_directory')").fetchone()[0].startswith(str(engine._closed(os.getpid())))


@posix
def test_what_a_killed_process_spilled_goes_with_the_next_connection(tiny_company):
    """At once where the process ran here and is gone; of another machine, whose processes cannot be asked for, after a day."""
    folder = tiny_company.workspace.private_folder("spill")
    code = f"import os; from pathlib import Path; from scrm_helpers.store import engine; print(engine.spill_place(Path({str(folder)!r})))"
    ended = Path(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()).name
    mine = Path(engine.spill_place(folder)).name
    for name, age in ((ended, 0), (f"{ended}-x1y2", 0), (mine, 0), ("0badcafe-1-0", 25 * 3600), ("0badcafe-2-0", 3600)):
        (folder / name).mkdir()
        (folder / name / "duckdb_temp_storage.tmp").write_text("Ayşe")
        os.utime(folder / name, (time.time() - age,) * 2)
    assert Store(tiny_company.workspace, MONTH).connection
    assert {p.name for p in folder.iterdir()} == {mine, "0badcafe-2-0"}


@posix
def test_every_file_that_a_reading_leaves_in_private_is_closed(tiny_company):
    kept.keep(tiny_company.workspace, MONTH)
    kept.keep_revision(tiny_company.workspace, MONTH, 1)
    inside = list(tiny_company.workspace.private.rglob("*"))
    assert len([p for p in inside if p.is_file()]) > 5
    for path in inside:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path.relative_to(tiny_company.home)


@pytest.mark.parametrize("language", list(data_map.PAGES))
def test_the_data_map_is_that_of_the_contracts(language):
    text = data_map.PAGES[language].read_text(encoding="utf-8")
    assert data_map.replaced(text, language) == text, "run: python tools/data_map.py"


def test_every_table_about_people_has_a_purpose_and_every_personal_column_stands_in_the_map():
    about = {t.name for t in tables.TABLES.values() if data_map.about_people(t)}
    assert set(data_map.KEPT_FOR) == about
    shown = data_map.data_map("en")
    for table in tables.TABLES.values():
        for column in table.named(tables.Privacy.PERSONAL):
            assert f"`{column}`" in next(row for row in shown.splitlines() if row.startswith(f"| `{table.name}` |")).split("|")[3]
