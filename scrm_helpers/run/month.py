"""One month, from raw files to pages: checks everything first, runs notebooks side by side, resumes, publishes in one move."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from scrm_helpers import __version__, periods, texts
from scrm_helpers.run import digests, publish
from scrm_helpers.run.errors import RunError
from scrm_helpers.run.execute import FAILURE
from scrm_helpers.run.lock import held
from scrm_helpers.run.notebooks import Notebook, suite, waits_for
from scrm_helpers.run.parameters import from_file, values_for
from scrm_helpers.run.progress import Progress
from scrm_helpers.store.settings import settings_of, sources_of
from scrm_helpers.store.workspace import Workspace, home, open_workspace

RECORD = "run.json"
SHARED = ("period", "raw", "language", "engine", "interactive")  # parameters that the runner itself sets
LIBRARIES = (
    "pandas",
    "numpy",
    "ibis-framework",
    "duckdb",
    "splink",
    "statsmodels",
    "scipy",
    "matplotlib",
    "seaborn",
    "papermill",
    "tea-tasting",
    "pandera",
)
PAGE = "board.html"
MONTHS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"


def run_month(
    period: str, *, raw: str = "", language: str = "", engine: str = "duckdb", values: Mapping | None = None, workers: int = 2,
    again: bool = False, progress: bool = True,
) -> Path:  # fmt: skip
    """Runs the suite for one month and gives the path of the board page.

    Nothing changed since the last good run: gives its page at once (`again` runs all the same). Raises RunError, with the last
    good page untouched, where a parameter, a file or a notebook is at fault.
    """
    workspace = open_workspace(raw)
    settings = settings_of(workspace)
    periods.check(period)
    notebooks = suite(home() / "notebooks")
    shared = {
        "period": period, "raw": _raw_word(workspace), "language": texts.check_language(language or settings.language),
        "engine": engine, "interactive": False,
    }  # fmt: skip
    own = {k: v for k, v in from_file(workspace.raw).items() if k not in SHARED}
    given = values_for(
        notebooks, own, values or {}, {k: v for k, v in shared.items() if any(k in n.parameters for n in notebooks)}
    )
    inputs = _inputs(workspace, period, notebooks, given)
    run_id = digests.combined(inputs)[: digests.LENGTH]
    runs = workspace.outputs / ".runs"
    folder = runs / f"{period}-{run_id}"
    shown = publish.current(workspace.outputs, period)
    if not again and shown == folder.resolve() and (folder / RECORD).is_file():
        return workspace.outputs / period / PAGE
    with held(runs / "lock"):
        return _run(workspace, period, notebooks, given, inputs, folder, shown, workers, again, progress)


def _run(workspace, period, notebooks, given, inputs, folder, shown, workers, again, progress) -> Path:
    if again:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(workspace, period, folder, inputs, given, shown if not again else None)
    try:
        job.all(notebooks, workers, Progress(len(notebooks), on=progress))
        publish.gate(folder)
    except RunError as error:
        publish.write_json(
            workspace.outputs / ".runs" / f"{period}.failed.json", {"period": period, "message": str(error)}
        )
        _index(workspace)
        raise
    record = {
        "period": period,
        "run": folder.name,
        "inputs": inputs,
        "parameters": given,
        "versions": versions(),
        "commit": _commit(),
    }
    publish.write_json(folder / RECORD, record)
    path = publish.swap(workspace.outputs, period, folder)
    (workspace.outputs / ".runs" / f"{period}.failed.json").unlink(missing_ok=True)
    _index(workspace)
    shown_now = (publish.current(workspace.outputs, m.name) for m in workspace.outputs.glob(MONTHS))
    publish.prune_drafts(folder.parent, {run for run in shown_now if run})
    return path / PAGE


class Job:
    """The notebooks of one run: starts each when the tables it reads are there."""

    def __init__(self, workspace: Workspace, period: str, folder: Path, inputs: dict, given: dict, shown: Path | None):
        self.workspace, self.period, self.folder, self.inputs, self.given, self.shown = (
            workspace,
            period,
            folder,
            inputs,
            given,
            shown,
        )

    def all(self, notebooks: list[Notebook], workers: int, progress: Progress) -> None:
        """Runs every notebook; RunError names the first that failed, after those under way have ended."""
        waiting = {n.name: n for n in notebooks}
        needs = {n.name: waits_for(n, notebooks) for n in notebooks}
        done: set[str] = set()
        under_way: dict[str, tuple[Notebook, subprocess.Popen, str]] = {}
        failed: str | None = None
        while waiting or under_way:
            for name in [n for n in waiting if needs[n] <= done]:
                if failed is None and len(under_way) < workers:
                    notebook = waiting.pop(name)
                    stage = self._stage(notebook)
                    if self._kept(notebook, stage):
                        done.add(name)
                        progress.kept(name)
                    else:
                        under_way[name] = (notebook, self._start(notebook), stage)
                        progress.started(name)
            if not under_way:
                if failed is not None or not waiting:
                    break
                if not any(needs[n] <= done for n in waiting):
                    raise RunError(
                        f"notebooks: {sorted(waiting)} wait for each other's tables; expected no circle in what they read and write."
                    )
                continue
            time.sleep(0.05)
            for name, (notebook, process, stage) in list(under_way.items()):
                if process.poll() is None:
                    continue
                del under_way[name]
                if process.returncode == 0:
                    self._mark(notebook, stage)
                    done.add(name)
                    progress.ended(name)
                else:
                    failed = failed or self._failure(notebook, process)
                    progress.failed(name)
        progress.close()
        if failed:
            raise RunError(failed)

    def _start(self, notebook: Notebook) -> subprocess.Popen:
        target = self.folder / notebook.name / "notebook.ipynb"
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir(parents=True)
        restricted = self.folder / publish.RESTRICTED / notebook.name
        shutil.rmtree(restricted, ignore_errors=True)
        job = {
            "source": str(notebook.path),
            "target": str(target),
            "parameters": self.given[notebook.name],
            "cwd": str(notebook.path.parent),
        }
        file = target.parent / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        log = (target.parent / "log.txt").open("w", encoding="utf-8")
        environment = os.environ | {
            "SCRM_RUN": str(self.folder), "SCRM_HOME": str(home()), "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1",
            "PYTHONWARNINGS": "ignore", "SCRM_THREADS": os.environ.get("SCRM_THREADS", "2"),
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "scrm_helpers.run.execute", str(file)], env=environment, stdout=log, stderr=log
        )

    def _stage(self, notebook: Notebook) -> str:
        tables = digests.of_tables(
            self.workspace, self.period, tuple(t for t in notebook.reads if t not in notebook.writes or t == "findings")
        )
        tables = {k: v for k, v in tables.items() if not k.endswith(f".{notebook.name}.parquet")}
        own = {k: self.inputs[k] for k in ("code", "versions", "state")} | {
            "raw": self.inputs["raw"] if _reads_raw(notebook) else ""
        }
        return digests.combined(
            own | {"notebook": digests.of_notebook(notebook), "parameters": self.given[notebook.name], "tables": tables}
        )

    def _kept(self, notebook: Notebook, stage: str) -> bool:
        """Whether this run, or the one that is shown, already has the notebook with the same inputs and its tables intact."""
        for run in (self.folder, self.shown):
            record = run / notebook.name / "done.json" if run else None
            if record is None or not record.is_file():
                continue
            content = json.loads(record.read_text(encoding="utf-8"))
            written = digests.of_tables(self.workspace, self.period, notebook.writes, part=notebook.name)
            if content["stage"] == stage and content["written"] == written:
                if run != self.folder:
                    for part in (notebook.name, f"{publish.RESTRICTED}/{notebook.name}"):
                        if (run / part).is_dir():
                            shutil.copytree(run / part, self.folder / part, dirs_exist_ok=True)
                return True
        return False

    def _mark(self, notebook: Notebook, stage: str) -> None:
        folder = self.folder / notebook.name
        for name in ("job.json", "log.txt", FAILURE):
            (folder / name).unlink(missing_ok=True)
        written = digests.of_tables(self.workspace, self.period, notebook.writes, part=notebook.name)
        publish.write_json(folder / "done.json", {"stage": stage, "written": written})

    def _failure(self, notebook: Notebook, process: subprocess.Popen) -> str:
        folder = self.folder / notebook.name
        if (folder / FAILURE).is_file():
            told = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
            head = f"{notebook.name}, cell {told['cell']}: "
            if told["told"]:
                return head + told["message"]
            return (
                head
                + f"{told['error']}: {told['message']}\nThis is a fault of the suite, expected none: the whole report is in "
                f"{_short(folder / FAILURE)}. The last good page stays; what finished is kept and the next run goes on from there."
            )
        log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        words = " | ".join(log[-3:]) or "none"
        return f"{notebook.name}: its process ended with code {process.returncode}, expected 0. Last words: {words}"


def versions() -> dict[str, str]:
    """Versions that a number depends on."""
    return {"scrm_helpers": __version__, "python": platform.python_version()} | {
        name: metadata.version(name) for name in LIBRARIES
    }


def _inputs(workspace: Workspace, period: str, notebooks: list[Notebook], given: dict) -> dict:
    return {
        "raw": digests.of_raw(workspace, outside_files(sources_of(workspace))),
        "code": digests.of_code(Path(__file__).resolve().parents[1]),
        "notebooks": {n.name: digests.of_notebook(n) for n in notebooks},
        "parameters": given,
        "state": digests.of_state(workspace, period),
        "versions": versions(),
    }


def outside_files(sources: Mapping) -> list[Path]:
    """Files outside the raw folder that sources.yml names (`package:NAME/path`, `${VARIABLE}/path`).

    What is missing is ingestion's to tell.
    """
    found = []
    for source in sources.get("sources") or []:
        word = str(source.get("file", "")) if isinstance(source, Mapping) else ""
        if word.startswith("package:"):
            from importlib.util import find_spec

            package, _, rest = word.removeprefix("package:").partition("/")
            spec = find_spec(package)
            if spec and spec.submodule_search_locations:
                found += sorted(Path(spec.submodule_search_locations[0]).glob(rest))
        elif "${" in word:
            path = Path(os.path.expandvars(word))
            found += sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    return found


def _reads_raw(notebook: Notebook) -> bool:
    return "raw" in notebook.reads


def _raw_word(workspace: Workspace) -> str:
    try:
        return workspace.raw.relative_to(home()).as_posix()
    except ValueError:
        return str(workspace.raw)


def _short(path: Path) -> str:
    try:
        return path.relative_to(home()).as_posix()
    except ValueError:
        return path.name


def _commit() -> str:
    try:
        said = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=home(), capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return said.stdout.strip() or "unknown"


def _index(workspace: Workspace) -> None:
    """outputs/index.html: the months with their state, and whether one's last run failed."""
    from scrm_helpers.report.index import index_page

    months = []
    for path in sorted(workspace.outputs.glob(MONTHS), reverse=True):
        failed = workspace.outputs / ".runs" / f"{path.name}.failed.json"
        message = json.loads(failed.read_text(encoding="utf-8"))["message"] if failed.is_file() else ""
        months.append({"period": path.name, "page": f"{path.name}/{PAGE}", "failed": message})
    shown = {m["period"] for m in months}
    for failed in sorted((workspace.outputs / ".runs").glob("*.failed.json")):
        content = json.loads(failed.read_text(encoding="utf-8"))
        if content["period"] not in shown:
            months.append({"period": content["period"], "page": "", "failed": content["message"]})
    settings = settings_of(workspace)
    html = index_page(months, language=settings.language, company=settings.name, made_up=settings.made_up)
    half = workspace.outputs / "index.half"
    half.write_text(html, encoding="utf-8", newline="\n")
    half.replace(workspace.outputs / "index.html")
