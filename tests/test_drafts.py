"""What a notebook in JupyterLab puts below outputs/.draft goes once no kernel holds it."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from scrm_helpers.__main__ import main
from scrm_helpers.commands import lab
from scrm_helpers.errors import ToldError
from scrm_helpers.run import month
from scrm_helpers.store import drafts, open_book

KERNEL = """
import sys
from pathlib import Path
from scrm_helpers.store import drafts
for period in sys.argv[2:]:
    (drafts.folder_of(Path(sys.argv[1]), period) / "restricted").mkdir(parents=True, exist_ok=True)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def kernel():
    """Starts processes that hold drafts as kernels do; gives each once it holds them."""
    begun = []

    def start(outputs, *periods: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(outputs), *periods], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        begun.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def names(outputs) -> list[str]:
    return sorted(p.name for p in (outputs / drafts.FOLDER).glob("*") if p.is_dir())


def test_a_draft_stays_as_long_as_a_kernel_holds_it(tmp_path, kernel):
    first, second = kernel(tmp_path, "2026-09", "2026-10"), kernel(tmp_path, "2026-10")
    (tmp_path / ".draft" / "2026-08" / "restricted").mkdir(parents=True)  # an older version's, which no process ever held
    drafts.sweep(tmp_path)
    assert names(tmp_path) == ["2026-09", "2026-10"]
    first.kill()
    first.wait()
    drafts.sweep(tmp_path)
    assert names(tmp_path) == ["2026-10"]  # the other kernel's
    second.kill()
    second.wait()
    drafts.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []  # nor a file that was held


def test_the_book_of_a_notebook_holds_its_draft(tiny_company, kernel):
    outputs = tiny_company.workspace.outputs
    book = open_book("08_audiences", period="2026-02", language="en", interactive=False)
    book.restricted("top", tiny_company.store.frame("persons"))
    ended = kernel(outputs, "2026-01")
    ended.kill()
    ended.wait()
    drafts.sweep(outputs)
    assert names(outputs) == ["2026-02"]
    assert (outputs / ".draft" / "2026-02" / "restricted" / "08_audiences" / "top.csv").is_file()
    held = [key for key in drafts._held if key[0] == outputs / ".draft" / "2026-02"]
    assert held == [(outputs / ".draft" / "2026-02", os.getpid())]
    open_book("08_audiences", period="2026-02", language="en", interactive=False)  # a second notebook of the process holds it already
    assert len(list((outputs / ".draft").glob("2026-02.*.kernel"))) == 1


def test_lab_clears_what_no_kernel_holds_of_every_raw_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    monkeypatch.setattr(lab, "_become", lambda *given: None)
    left = [tmp_path / "outputs" / name / ".draft" / "2026-10" / "restricted" for name in ("", "sample", "examples")]
    for folder in left:
        folder.mkdir(parents=True)
    assert CliRunner().invoke(main, ["lab"]).exit_code == 0
    assert not any(folder.parents[1].exists() for folder in left)


def test_a_run_clears_what_no_kernel_holds(tiny_company, monkeypatch):
    class StoppedError(ToldError):
        pass

    def stop(workspace):
        raise StoppedError

    monkeypatch.setattr(month, "refuse_wrong", stop)  # nothing else of a run is wanted
    left = tiny_company.workspace.outputs / ".draft" / "2025-11"
    left.mkdir(parents=True)
    with pytest.raises(StoppedError):
        month.run_month("2026-02")
    assert not left.exists()
