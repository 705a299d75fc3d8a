"""One notebook through papermill, in a process of its own. Called as `python -m scrm_helpers.run.execute JOB.json`.

Writes the executed notebook (without times, so that bytes repeat), or `failure.json` with what came, what was expected and
what to do. Exit code 0 or 1.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from scrm_helpers import lean
from scrm_helpers.errors import NAMES
from scrm_helpers.run import lock
from scrm_helpers.run.fork import SOCKET

FAILURE = "failure.json"
HIDDEN = ("execution", "papermill", "collapsed", "scrolled", "jupyter")  # cell metadata that hold times or looks
KEPT_TAGS = ("parameters", "injected-parameters", "keep_output", "nbval-check-output")


def main(job_file: str) -> int:
    """Runs the job; gives the exit code."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    source, target = Path(job["source"]), Path(job["target"])
    target.parent.mkdir(parents=True, exist_ok=True)
    failure = target.parent / FAILURE
    failure.unlink(missing_ok=True)

    lock.join()
    _end_with_parent()
    with lean.without(*lean.ADDRESSES):
        import papermill

    kernels = {}
    if os.environ.get(SOCKET):
        from scrm_helpers.run.forked import ForkedManager

        kernels["kernel_manager_class"] = ForkedManager
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            str(source), str(target), parameters=job["parameters"], kernel_name="python3", cwd=job["cwd"],
            progress_bar=False, log_output=False, request_save_on_cell_execute=False, **kernels,
        )  # fmt: skip
    except PapermillExecutionError as error:
        failure.write_text(json.dumps(_told(error, source), ensure_ascii=False, indent=1), encoding="utf-8")
        return 1
    clean(target)
    return 0


def _end_with_parent() -> None:
    """Where the runner is killed, this process ends within a second, and its kernel after it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.name != "nt":
        threading.Thread(target=watch, daemon=True).start()


def clean(path: Path) -> None:
    """Takes times, counters of the clock and papermill's notes out of an executed notebook."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["metadata"].pop("papermill", None)
    content["metadata"].pop("widgets", None)  # the state of controls may hold values a reader chose
    content["metadata"].get("language_info", {}).pop("version", None)
    for n, cell in enumerate(content["cells"]):
        for name in HIDDEN:
            cell["metadata"].pop(name, None)
        tags = [t for t in cell["metadata"].get("tags", []) if t in KEPT_TAGS]
        cell["metadata"] = {"tags": tags} if tags else {}
        cell["id"] = f"cell-{n + 1:02d}"
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n"
    )


def _told(error, source: Path) -> dict:
    # as JupyterLab numbers a notebook that was run from its top: headings do not count, nor papermill's cell of values
    told = json.loads(source.read_text(encoding="utf-8"))["cells"]
    cells = ["".join(c["source"]) for c in told if c["cell_type"] == "code"]
    place = cells.index(error.source) + 1 if error.source in cells else error.exec_count
    return {
        "notebook": source.stem, "cell": int(place or 0), "source": str(error.source)[:400], "error": error.ename,
        "message": str(error.evalue), "told": error.ename in NAMES, "traceback": "\n".join(error.traceback),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
