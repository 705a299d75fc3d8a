"""One month, from raw files to pages: checks everything first, runs notebooks side by side, resumes, publishes in one move."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from scrm_helpers import __version__, periods, texts
from scrm_helpers.run import digests, publish
from scrm_helpers.run.closure import Code
from scrm_helpers.run.errors import RunError, ValueRefused
from scrm_helpers.run.job import Job
from scrm_helpers.run.lock import held
from scrm_helpers.run.newest import MEMORY
from scrm_helpers.run.notebooks import PREFIX, Notebook, suite
from scrm_helpers.run.parameters import from_file, values_for
from scrm_helpers.run.progress import FILE as TOOK
from scrm_helpers.run.progress import Progress
from scrm_helpers.run.raw_files import outside_files
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
    _refuse_personal({**own, **(values or {})})
    with digests.memory(workspace.outputs / ".runs" / MEMORY):
        return _changed(workspace, period, notebooks, given, workers=workers, again=again, progress=progress)


def _changed(
    workspace: Workspace, period: str, notebooks: list[Notebook], given: dict, *, workers: int, again: bool, progress: bool
) -> Path:
    """The page as it is shown where nothing has changed; else a run."""
    code, runs = Code(n.name[PREFIX:] for n in notebooks), workspace.outputs / ".runs"
    inputs = _inputs(workspace, period, notebooks, given, code)
    name = f"{period}-{digests.combined(inputs)[: digests.LENGTH]}"
    if not again and _shows(publish.current(workspace.outputs, period), name):
        return publish.shown_page(workspace.outputs, period, PAGE)
    with held(runs / "lock") as lock:
        shown = publish.current(workspace.outputs, period)  # as it is now that no one else publishes
        # a run never writes into the folder that is shown: it goes into the other of two slots
        slot = "b" if shown == (runs / "a" / name).resolve() else "a"
        if again:
            shutil.rmtree(runs / slot / name, ignore_errors=True)
        job = Job(workspace, period, runs / slot / name, inputs, given, None if again else shown, lock, code)
        return _run(job, notebooks, workers, progress)


def _refuse_personal(values: Mapping, where: str = "parameters") -> None:
    """ValueRefused where a value looks personal or secret: it would stand in executed notebooks and in run.json."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            _refuse_personal(value, str(name))
        elif kind := publish.kind_of(str(value)):
            raise ValueRefused(
                f"{where}, {name}: came with what looks like {kind}, expected none: values are kept with the run. Take it out."
            )


def _shows(shown: Path | None, name: str) -> bool:
    return shown is not None and shown.name == name and (shown / RECORD).is_file()


def _run(job: Job, notebooks: list[Notebook], workers: int, progress: bool) -> Path:
    workspace, period, folder = job.workspace, job.period, job.folder
    failed = workspace.outputs / ".runs" / f"{period}.failed.json"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # closed until it has passed the gate
    try:
        names = [n.name for n in notebooks]
        job.all(notebooks, workers, Progress(names, workers=workers, on=progress, kept=workspace.outputs / ".runs" / TOOK))
        publish.gate(folder, publish.known_values(workspace, period))
    except RunError as error:
        publish.write_json(failed, {"period": period, "message": publish.masked(str(error))})
        _index(workspace)
        raise
    record = {"period": period, "run": folder.name, "inputs": job.inputs, "parameters": job.given}
    publish.write_json(folder / RECORD, record | {"versions": versions(), "commit": _commit()})
    folder.chmod(0o755)
    publish.keep_state(workspace, period)
    publish.count_revision(workspace, period, folder.name)
    publish.swap(workspace.outputs, period, folder)
    failed.unlink(missing_ok=True)
    _index(workspace)
    shown_now = (publish.current(workspace.outputs, m.name) for m in workspace.outputs.glob(MONTHS))
    publish.prune_drafts(workspace.outputs / ".runs", {run for run in shown_now if run})
    return publish.shown_page(workspace.outputs, period, PAGE)


def versions() -> dict[str, str]:
    """Versions that a number depends on."""
    return {"scrm_helpers": __version__, "python": platform.python_version()} | {
        name: metadata.version(name) for name in LIBRARIES
    }


def _inputs(workspace: Workspace, period: str, notebooks: list[Notebook], given: dict, code: Code) -> dict:
    return {
        "raw": digests.of_raw(workspace, outside_files(sources_of(workspace))),
        "code": {n.name: code.digest(n.path, all_texts="findings" in n.reads) for n in notebooks},
        "notebooks": {n.name: digests.of_notebook(n) for n in notebooks},
        "parameters": given,
        "state": digests.of_state(workspace, period),
        "versions": versions(),
    }


def _raw_word(workspace: Workspace) -> str:
    try:
        return workspace.raw.relative_to(home()).as_posix()
    except ValueError:
        return str(workspace.raw)


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
        page = os.path.relpath(publish.shown_page(workspace.outputs, path.name, PAGE), workspace.outputs)
        months.append({"period": path.name, "page": Path(page).as_posix(), "failed": message} | _told(workspace, path.name))
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


def _told(workspace: Workspace, period: str) -> dict[str, str]:
    """State and verb of a month as its page has them; {} where the page is of an older make."""
    run = publish.current(workspace.outputs, period)
    record = run / "month.json" if run else None
    if record is None or not record.is_file():
        return {}
    content = json.loads(record.read_text(encoding="utf-8"))
    return {"state": content["state"], "verb": content["verb"]}
