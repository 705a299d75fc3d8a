"""The month to report on where none is named. Reading it off raw files takes an engine and seconds: it is remembered by their digest."""

import json

from scrm_helpers import periods
from scrm_helpers.run import digests
from scrm_helpers.run.raw_files import outside_files
from scrm_helpers.store.settings import sources_of
from scrm_helpers.store.workspace import MARKER, Workspace

FILE = "newest.json"
MEMORY = "digests.json"  # beside the runs: digests of files as they were


def month_of(workspace: Workspace) -> str:
    """The newest month worth reporting on (see ingestion.newest_month), without an engine where the raw files have not changed."""
    if workspace.is_made_up and (told := json.loads((workspace.raw / MARKER).read_text(encoding="utf-8")).get("last_month")):
        return periods.check(told)
    runs = workspace.outputs / ".runs"
    with digests.memory(runs / MEMORY):
        raw = digests.combined(digests.of_raw(workspace, outside_files(sources_of(workspace))))
    held = _read(runs / FILE)
    if held.get("raw") == raw:
        return periods.check(held["month"])
    from scrm_helpers.ingestion.newest import newest_month

    month = newest_month(workspace)
    runs.mkdir(parents=True, exist_ok=True)
    half = runs / "newest.half"
    half.write_text(json.dumps({"raw": raw, "month": month}), encoding="utf-8")
    half.replace(runs / FILE)
    return month


def _read(path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
