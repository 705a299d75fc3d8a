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
from scrm_helpers.store.whole import write_whole
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
    rows = {digest(row): row["month"] for row in (pq.ParquetFile(table).read().to_pylist() if table.is_file() else [])}
    seen = dict.fromkeys(rows, on.isoformat()) | held["goals"]
    months = {key: month for key, month in rows.items() if periods.PERIOD.match(month)} | held.get("months", {})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(held | {"goals": seen, "months": months}, indent=0, sort_keys=True) + "\n")


def before(workspace: Workspace, period: str) -> "Sightings":
    """The days noted by runs of the months before this one: of each promise the first day, and the earliest month."""
    from scrm_helpers.promises import Sightings

    noted = _noted(workspace, period)
    runs = {month: date.fromisoformat(held["on"]) for month, held in noted.items()}
    return Sightings(runs, {k: date.fromisoformat(d) for k, d in _first_days(noted).items()}, _first_months(noted))


def told(workspace: Workspace, period: str) -> dict:
    """What the page of a month can say of the noted days, for the run to be known by; {} where that is nothing.

    A day counts where a run was made so early that the promise could be seen in time: there the page prints it and judges by it. Of a
    promise that no run could see in time it says that it was known before, on whatever day that was; so months that are run long after
    they are over are the same runs on any day. `since`: the first month, up to this one, that any run was early for.
    """
    noted = _noted(workspace, period)
    if not noted:
        return {}
    first, run = min(date.fromisoformat(held["on"]) for held in noted.values()), _first_months(noted)
    months = {key: month for held in noted.values() for key, month in held.get("months", {}).items()}
    early = {month: first < periods.under_way(month) for month in months.values()}
    goals = {key: (run[key], day if early.get(months.get(key), True) else "") for key, day in _first_days(noted).items()}
    since = periods.of(first)
    since = since if first < periods.under_way(since) else periods.shift(since, 1)
    return {"goals": goals, "since": since if since <= period else ""} if goals or since <= period else {}


def records(workspace: Workspace, period: str) -> Iterator[Path]:
    """The records of the months before this one, oldest first."""
    found = sorted(workspace.processed.glob(f"*/{FILE}"))
    return (f for f in found if periods.PERIOD.match(f.parent.name) and f.parent.name < period)


def _noted(workspace: Workspace, period: str) -> dict[str, dict]:
    """Month -> its record, of the months before this one, oldest first."""
    return {path.parent.name: _read(path) for path in records(workspace, period)}


def _first_days(noted: dict[str, dict]) -> dict[str, str]:
    days: dict[str, str] = {}
    for held in noted.values():
        days |= {key: min(day, days.get(key, day)) for key, day in held["goals"].items()}
    return days


def _first_months(noted: dict[str, dict]) -> dict[str, str]:
    first: dict[str, str] = {}
    for month, held in noted.items():
        first = dict.fromkeys(held["goals"], month) | first
    return first


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
