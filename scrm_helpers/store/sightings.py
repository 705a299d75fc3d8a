"""On which day a run first saw each promise of the goal ledger: `goals_seen.json` beside the tables of the month that was run.

The month of a run says nothing of its day: months may be run long after they are over. So each run that publishes notes the day by the
clock, once: the record only grows, and neither a later run of the month nor a rollback changes what stands in it. A run reads the
records of the months before its own, as it reads their tables.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scrm_helpers import periods
from scrm_helpers.store.workspace import Workspace

if TYPE_CHECKING:
    from scrm_helpers.promises import Sightings

FILE = "goals_seen.json"


def note(workspace: Workspace, period: str, on: date) -> None:
    """Notes that a run of the month published on a day with the promises that its goal ledger has."""
    import pyarrow.parquet as pq  # neither is needed where a start only looks whether anything has changed

    from scrm_helpers.promises import digest

    path, table = workspace.processed / period / FILE, workspace.processed / period / "goals.parquet"
    held = _read(path) if path.is_file() else {"on": on.isoformat(), "goals": {}}
    rows = pq.read_table(table).to_pylist() if table.is_file() else []
    seen = {d: on.isoformat() for d in sorted(digest(row) for row in rows)} | held["goals"]
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(held | {"goals": dict(sorted(seen.items()))}, indent=0) + "\n", encoding="utf-8", newline="\n")
    half.replace(path)


def before(workspace: Workspace, period: str) -> "Sightings":
    """The days noted by runs of the months before this one: of each promise the first."""
    from scrm_helpers.promises import Sightings

    runs, promises = {}, {}
    for path in records(workspace, period):
        held = _read(path)
        runs[path.parent.name] = date.fromisoformat(held["on"])
        for key, day in held["goals"].items():
            promises[key] = min(date.fromisoformat(day), promises.get(key, date.max))
    return Sightings(runs, promises)


def records(workspace: Workspace, period: str) -> Iterator[Path]:
    """The records of the months before this one, oldest first."""
    found = sorted(workspace.processed.glob(f"*/{FILE}"))
    return (f for f in found if periods.PERIOD.match(f.parent.name) and f.parent.name < period)


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
