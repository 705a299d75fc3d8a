"""One month, from raw files to pages: checks everything first, runs notebooks side by side, resumes, publishes in one move."""

import json
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date
from importlib import metadata
from pathlib import Path

from scrm_helpers import __version__, periods, texts
from scrm_helpers.run import digests, kinds, publish, revisions
from scrm_helpers.run.errors import RunError, ValueRefused
from scrm_helpers.run.index import MONTHS, PAGE, failure_of, mended, write_index
from scrm_helpers.run.job import Job
from scrm_helpers.run.lock import held, lock_of
from scrm_helpers.run.newest import MEMORY
from scrm_helpers.run.notebooks import PREFIX, SHARED, Notebook, suite
from scrm_helpers.run.parameters import values_for
from scrm_helpers.run.progress import FILE as TOOK
from scrm_helpers.run.progress import Progress, nothing_new
from scrm_helpers.run.raw_files import has_database, outside_files
from scrm_helpers.run.reached import Code
from scrm_helpers.run.said import of_customers, of_things
from scrm_helpers.store import closings, drafts, kept, sightings
from scrm_helpers.store import versions as contracts
from scrm_helpers.store.closings import Revision, Showing, closing_of, showing_of
from scrm_helpers.store.keys import refuse_wrong
from scrm_helpers.store.machine import refuse_unfit
from scrm_helpers.store.settings import PARAMETERS, language_of, parameters_of, settings_of, sources_of
from scrm_helpers.store.workspace import Workspace, home, open_workspace, where_exports_go
from scrm_helpers.texts import tell

CHECKED_OUT = ("scrm_helpers", "notebooks", "locks")  # what pages are made by
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


def run_month(
    period: str, *, raw: str = "", language: str = "", engine: str = "duckdb", values: Mapping | None = None, workers: int = 2,
    again: bool = False, progress: bool = True, revise: str = "", on: date | None = None,
) -> Path:  # fmt: skip
    """Runs the suite for one month and gives the path of the board page.

    Nothing changed since the last good run: gives its page at once (`again` runs all the same). A closed month is run with a reason
    alone (`revise`, and the day `on`), which makes a revision; without one Closed is raised. Raises RunError, with the last good
    page untouched, where a parameter, a file or a notebook is at fault.
    """
    workspace = where_exports_go(open_workspace(raw))
    settings_of(workspace)  # a company that is described wrongly is told before anything else
    periods.check(period)
    drafts.sweep(workspace.outputs)
    refuse_wrong(workspace)  # where nothing has changed no notebook would ask for the key
    notebooks = suite(home() / "notebooks")
    shared = {
        "period": period, "raw": workspace.raw_word,
        "language": texts.check_language(language) if language else language_of(workspace, period),
        "engine": engine, "interactive": False,
    }  # fmt: skip
    own = {k: v for k, v in parameters_of(workspace.raw).items() if k != "language"}  # language_of has read it
    _refuse_shared(own, PARAMETERS)
    _refuse_shared(values or {}, "-p")
    given = values_for(
        notebooks, own, values or {}, {k: v for k, v in shared.items() if any(k in n.parameters for n in notebooks)},
        places=(PARAMETERS, "-p"),
    )  # fmt: skip
    _refuse_personal({**own, **(values or {}), "revise": revise})
    with digests.memory(workspace.outputs / ".runs" / MEMORY):
        revisions.settle(workspace, period)
        month = _Month(workspace, period, notebooks, given)
        closed, showing = closing_of(workspace, period), showing_of(workspace, period)
        asks = not closed and has_database(sources_of(workspace))
        if not again and not revise and not asks and month.is_shown(showing):
            mended(workspace, period)
            nothing_new(period, on=progress)
            return publish.shown_page(workspace.outputs, period, PAGE)
        if not closed and not revise:
            return month.run(showing, None, workers=workers, again=again, progress=progress, on=on or date.today())
        changed = month.changed(showing)
        revision = revisions.revision_after(closed, period, revise, on or date.today(), changed, again=again)
        showing = showing._replace(revision=revision.number, reason=revise)
        return month.run(showing, revision, workers=workers, again=again, progress=progress, on=on or date.today())


def close_month(period: str, *, raw: str = "", on: date, anyway: bool = False, workers: int = 2, progress: bool = True) -> Path:
    """Closes a month as its page shows it, and gives the path of the page, which now says so. `anyway`: though a source is late.

    Raises ValueRefused where the month is closed already, has no page, or where its page is not of the files and code as they are.
    """
    workspace = open_workspace(raw)
    periods.check(period)
    refuse_wrong(workspace)
    with digests.memory(workspace.outputs / ".runs" / MEMORY):
        shown = publish.current(workspace.outputs, period)
        revisions.checked_close(workspace, period, shown, anyway=anyway)
        held_record = json.loads((shown / publish.RUN_FILE).read_text(encoding="utf-8"))
        month = _Month(workspace, period, suite(home() / "notebooks"), held_record["parameters"])
        showing = showing_of(workspace, period)
        if changed := month.changed(showing):
            raise ValueRefused(tell("told.closing.not_of_now", period=period, what=changed))
        showing = Showing(showing.closed | {period}, 1)
        return month.run(showing, Revision(1, "", on.isoformat()), workers=workers, again=False, progress=progress, on=on)


def changed_since(workspace: Workspace, period: str) -> str:
    """What differs now from what the month's page was made of, in words; '' where nothing does, or where it has no page."""
    shown = publish.current(workspace.outputs, period)
    if shown is None or not (shown / publish.RUN_FILE).is_file():
        return ""
    given = json.loads((shown / publish.RUN_FILE).read_text(encoding="utf-8"))["parameters"]
    with digests.memory(workspace.outputs / ".runs" / MEMORY):
        return _Month(workspace, period, suite(home() / "notebooks"), given).changed(showing_of(workspace, period))


class _Month:
    """One month of a workspace with the parameters given: what it rests on, and the run of it."""

    def __init__(self, workspace: Workspace, period: str, notebooks: list[Notebook], given: dict):
        self.workspace, self.period, self.notebooks, self.given = workspace, period, notebooks, given
        self.code = Code(n.name[PREFIX:] for n in notebooks)
        self._rests_on = _inputs(workspace, period, notebooks, given, self.code)

    def inputs(self, showing: Showing) -> dict:
        """Digests of all that the month's pages depend on."""
        return self._rests_on | {"month": showing.plain()}

    def name(self, showing: Showing) -> str:
        """Name of the run that these inputs give."""
        return f"{self.period}-{digests.combined(self.inputs(showing))[: digests.LENGTH]}"

    def is_shown(self, showing: Showing) -> bool:
        """Whether the month's page is of exactly this."""
        shown = publish.current(self.workspace.outputs, self.period)
        return shown is not None and shown.name == self.name(showing) and (shown / publish.RUN_FILE).is_file()

    def changed(self, showing: Showing) -> str:
        """What differs from the run that is shown, in words; '' where nothing does."""
        shown = publish.current(self.workspace.outputs, self.period)
        if shown is None or not (shown / publish.RUN_FILE).is_file():
            return tell("told.changed.gone")
        # as it was written: JSON knows no tuples
        now = json.loads(json.dumps(self.inputs(showing), default=str))
        return revisions.difference(json.loads((shown / publish.RUN_FILE).read_text(encoding="utf-8"))["inputs"], now)

    def run(self, showing: Showing, revision: Revision | None, *, workers: int, again: bool, progress: bool, on: date) -> Path:
        """Runs and publishes, on that day; with `revision`, as that revision of a closed month."""
        refuse_unfit({str(v.get("engine", "")) for v in self.given.values()})
        contracts.refuse_others(digests.state_files(self.workspace, self.period).values())
        runs, name = self.workspace.outputs / ".runs", self.name(showing)
        with held(lock_of(self.workspace)) as lock:
            # as it is now that no one else publishes; a run never writes into the folder that is shown: it takes the other of two slots
            shown = publish.current(self.workspace.outputs, self.period)
            slot = "b" if shown == (runs / "a" / name).resolve() else "a"
            if again:
                shutil.rmtree(runs / slot / name, ignore_errors=True)
            job = Job(
                self.workspace, self.period, runs / slot / name, self.inputs(showing), self.given, None if again else shown, lock,
                self.code,
            )  # fmt: skip
            if revision is None or revision.number == 1:
                return _run(job, self.notebooks, showing, revision, workers, progress, on)
            closings.begin(self.workspace, self.period)
            try:
                return _run(job, self.notebooks, showing, revision, workers, progress, on)
            except BaseException:
                revisions.back(self.workspace, self.period)
                raise


def _refuse_shared(values: Mapping, where: str) -> None:
    """ValueRefused where a value is given that the runner itself sets: it would be put aside in silence."""
    for name, value in values.items():
        if name in SHARED:
            raise ValueRefused(tell(f"told.parameters.{'inner' if name == 'interactive' else 'shared'}", where=where, name=name))
        if isinstance(value, Mapping):
            _refuse_shared(value, f"{where}, {name}")


def _refuse_personal(values: Mapping, where: str = "parameters") -> None:
    """ValueRefused where a value looks personal or secret: it would stand in executed notebooks and in run.json."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            _refuse_personal(value, str(name))
        elif kind := kinds.kind_of(str(value)):
            raise ValueRefused(tell("told.parameters.personal", where=where, name=str(name), kind=kinds.in_words(kind)))


def _run(
    job: Job, notebooks: list[Notebook], showing: Showing, revision: Revision | None, workers: int, progress: bool, on: date
) -> Path:
    workspace, period, folder = job.workspace, job.period, job.folder
    failed = failure_of(workspace, period)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # closed until it has passed the gate
    closings.write_showing(folder, showing)
    try:
        names = [n.name for n in notebooks]
        job.all(notebooks, workers, Progress(names, workers=workers, on=progress, kept=workspace.outputs / ".runs" / TOOK))
        if revision and revision.number > 1:
            before = publish.current(workspace.outputs, period)
            revisions.list_changes(workspace, period, revision, folder, before, _language(job.given))
        publish.gate(folder, of_customers(workspace, period), of_things(workspace, period))
    except RunError as error:
        publish.write_json(failed, {"period": period, "message": kinds.masked(str(error))})
        write_index(workspace)
        raise
    record = {"period": period, "run": folder.name, "inputs": job.inputs, "parameters": job.given}
    used = {n.name: {name: p.default for name, p in n.parameters.items()} | job.given.get(n.name, {}) for n in notebooks}
    publish.write_json(folder / publish.RUN_FILE, record | {"values": used, "versions": versions(), "commit": _commit()})
    folder.chmod(0o755)
    kept.keep(workspace, period)
    sightings.note(workspace, period, on)
    if revision:
        revisions.keep(workspace, period, revision, folder)
    else:
        publish.swap(workspace.outputs, period, folder)
    failed.unlink(missing_ok=True)
    write_index(workspace)
    shown_now = (publish.current(workspace.outputs, m.name) for m in workspace.outputs.glob(MONTHS))
    of_revisions = {(workspace.outputs / ".runs" / run).resolve() for run in closings.runs(workspace)}
    publish.prune_drafts(workspace.outputs / ".runs", {run for run in shown_now if run} | of_revisions)
    return publish.shown_page(workspace.outputs, period, PAGE)


def _language(given: Mapping) -> str:
    return next((v["language"] for v in given.values() if v.get("language")), texts.LANGUAGES[0])


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


def _commit() -> str:
    """The commit of the checkout; "+modified" behind it where code or notebooks are not as committed, new files among them."""
    said = _git("rev-parse", "HEAD")
    return f"{said}+modified" if said and _git("status", "--porcelain", "--", *CHECKED_OUT) else said or "unknown"


def _git(*words: str) -> str:
    """What git says of the project's folder; '' where it says nothing or is not there. It writes nothing into the checkout."""
    line = ["git", "--no-optional-locks", *words]
    try:
        return subprocess.run(line, cwd=home(), capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
