"""The notebooks of one run: each starts when the tables it reads are there, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from scrm_helpers.run import digests, faults, fork, publish
from scrm_helpers.run.errors import RunError
from scrm_helpers.run.execute import FAILURE
from scrm_helpers.run.lock import HANDED_DOWN, for_children, lock_of
from scrm_helpers.run.notebooks import Notebook, seconds_to_end, waits_for
from scrm_helpers.run.progress import Progress
from scrm_helpers.run.raw_files import has_database
from scrm_helpers.run.reached import Code
from scrm_helpers.store.settings import settings_of, sources_of
from scrm_helpers.store.workspace import CALLER, Workspace, closed_folder, home
from scrm_helpers.texts import LANGUAGE_VARIABLE, spoken


class Job:
    """The notebooks of one run: starts each when the tables it reads are there."""

    def __init__(
        self, workspace: Workspace, period: str, folder: Path, inputs: dict, given: dict, shown: Path | None, lock: int,
        code: Code,
    ):  # fmt: skip
        self.workspace, self.period, self.folder, self.inputs = workspace, period, folder, inputs
        self.given, self.shown, self.lock, self.code = given, shown, lock, code
        self.under_way: dict[str, tuple[Notebook, subprocess.Popen | fork.Child, str]] = {}
        self.warm: fork.Warm | None = None
        self.forks = fork.is_chosen()
        self.names: list[str] = []

    def all(self, notebooks: list[Notebook], workers: int, progress: Progress) -> None:
        """Runs every notebook; RunError names the first that failed, after those under way have ended."""
        try:
            self._all(notebooks, workers, progress)
        finally:  # stopped from the keyboard: nothing goes on writing behind our back
            for _, process, _ in self.under_way.values():
                process.terminate()
            for _, process, _ in self.under_way.values():
                process.wait()
            if self.warm is not None:
                self.warm.close()

    def _all(self, notebooks: list[Notebook], workers: int, progress: Progress) -> None:
        self.names = [n.name for n in notebooks]
        needs = {n.name: waits_for(n, notebooks) for n in notebooks}
        # the longest way to the end begins first: else its last part runs while the other workers have nothing left to do
        longest = seconds_to_end(needs, progress.took)
        waiting = {n.name: n for n in sorted(notebooks, key=lambda n: -longest[n.name])}
        done: set[str] = set()
        under_way = self.under_way
        failed: RunError | None = None
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
            fork.until_one_ends([process for _, process, _ in under_way.values()])
            for name, (notebook, process, stage) in list(under_way.items()):
                if process.poll() is None:
                    continue
                del under_way[name]
                if process.returncode == 0:
                    self._mark(notebook, stage)
                    done.add(name)
                    progress.ended(name)
                else:
                    failed = failed or faults.failure(name, self.folder / name, process.returncode)
                    progress.failed(name)
        progress.close()
        if failed:
            raise failed

    def _start(self, notebook: Notebook) -> subprocess.Popen | fork.Child:
        target = self.folder / notebook.name / "notebook.ipynb"
        self._clear(notebook)
        target.parent.mkdir(parents=True)
        job = {
            "source": str(notebook.path),
            "target": str(target),
            "parameters": self.given[notebook.name],
            "cwd": str(notebook.path.parent),
        }
        file = target.parent / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        log = target.parent / "log.txt"
        if self.forks and (child := self._fork(notebook, file, log)):
            return child
        # the lock goes down to the process: while one still writes, no other run begins, even after ours was killed
        down = {"pass_fds": (self.lock,)} if HANDED_DOWN else {}
        line = [sys.executable, "-m", "scrm_helpers.run.execute", str(file)]
        with log.open("w", encoding="utf-8") as told:
            return subprocess.Popen(line, env=self._environment(), stdout=told, stderr=told, **down)

    def _clear(self, notebook: Notebook) -> None:
        for top in (self.folder, self.folder / publish.RESTRICTED):
            shutil.rmtree(top / notebook.name, ignore_errors=True)

    def _fork(self, notebook: Notebook, file: Path, log: Path) -> fork.Child | None:
        """A driver forked from the warm process; None, and plain processes from here on, where that cannot be started or asked."""
        try:
            if self.warm is None:
                self.warm = fork.Warm(self.lock, self._environment())
                self.warm.prepare(list(fork.BASE))
            self.warm.prepare(self.code.modules(notebook.path))
            child = self.warm.start(file, log)
        except OSError:
            child = None
        self.forks = child is not None and child.pid > 0
        return child if self.forks else None

    def _environment(self) -> dict[str, str]:
        # a raw folder below home is named from there, wherever the user stands
        return os.environ | for_children(lock_of(self.workspace)) | {
            "SCRM_RUN": str(self.folder), "SCRM_HOME": str(home()), CALLER: str(home()), "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1",
            "PYTHONWARNINGS": "ignore", "SCRM_THREADS": os.environ.get("SCRM_THREADS", "2"), LANGUAGE_VARIABLE: spoken(),
        }  # fmt: skip

    def _stage(self, notebook: Notebook) -> str:
        tables = digests.of_tables(
            self.workspace, self.period, tuple(t for t in notebook.reads if t not in notebook.writes or t == "findings")
        )
        tables = {k: v for k, v in tables.items() if not k.endswith(f".{notebook.name}.parquet")}
        if "findings" in notebook.reads:  # whoever reads findings shows the others' sections and figures too
            for other in (n for n in self.names if n != notebook.name):
                shown = digests.of_files(self.folder / other, "section.json", "figures/*.svg")
                tables |= {f"{other}/{k}": v for k, v in shown.items()}
        own = {k: self.inputs[k] for k in ("versions", "state")} | {
            "code": self.inputs["code"][notebook.name], "raw": self.inputs["raw"] if _reads_raw(notebook) else "",
            "company": asdict(settings_of(self.workspace)) | {"language": ""},  # any notebook may ask; its language is a parameter
        }  # fmt: skip
        if "findings" in notebook.reads:  # its pages say which months are closed, and the revision
            own["month"] = self.inputs["month"]
        return digests.combined(
            own | {"notebook": digests.of_notebook(notebook), "parameters": self.given[notebook.name], "tables": tables}
        )

    def _kept(self, notebook: Notebook, stage: str) -> bool:
        """Whether this run, or the one that is shown, already has the notebook with the same inputs and its tables intact."""
        if _reads_raw(notebook) and has_database(sources_of(self.workspace)):
            return False
        # whoever reads findings writes pages beside the folders of notebooks, with the run's own name on them: another run's will not do
        for run in (self.folder, None if "findings" in notebook.reads else self.shown):
            record = run / notebook.name / "done.json" if run else None
            if record is None or not record.is_file():
                continue
            content = json.loads(record.read_text(encoding="utf-8"))
            written = digests.of_tables(self.workspace, self.period, notebook.writes, part=notebook.name)
            if content["stage"] == stage and content["written"] == written:
                if run != self.folder:
                    self._clear(notebook)  # a run of the same inputs that was killed may have begun it
                    shutil.copytree(run / notebook.name, self.folder / notebook.name)
                    if (run / publish.RESTRICTED / notebook.name).is_dir():
                        target = closed_folder(self.folder / publish.RESTRICTED, notebook.name)
                        shutil.copytree(run / publish.RESTRICTED / notebook.name, target, dirs_exist_ok=True)
                return True
        return False

    def _mark(self, notebook: Notebook, stage: str) -> None:
        folder = self.folder / notebook.name
        for name in ("job.json", "log.txt", FAILURE):
            (folder / name).unlink(missing_ok=True)
        written = digests.of_tables(self.workspace, self.period, notebook.writes, part=notebook.name)
        publish.write_json(folder / "done.json", {"stage": stage, "written": written})


def _reads_raw(notebook: Notebook) -> bool:
    return "raw" in notebook.reads

