"""The months that have orders, and the one to report on where none is named. Reading them off raw files takes an engine and seconds:
they are remembered by the files' digest.
"""

import json
from collections.abc import Sequence
from datetime import date

from scrm_helpers import periods
from scrm_helpers.errors import InputError
from scrm_helpers.run import digests
from scrm_helpers.run.errors import ValueRefused
from scrm_helpers.run.raw_files import outside_files
from scrm_helpers.store.settings import sources_of
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import MARKER, Workspace
from scrm_helpers.texts import spoken, tell
from scrm_helpers.units import dates

FILE = "newest.json"
MEMORY = "digests.json"  # beside the runs: digests of files as they were


def month_of(workspace: Workspace) -> str:
    """The newest month worth reporting on (see ingestion.newest_month), without an engine where the raw files have not changed."""
    if workspace.is_made_up and (told := _marker(workspace).get("last_month")):
        return periods.check(told)
    held = _remembered(workspace)
    if not held["month"]:
        from scrm_helpers.ingestion.newest import newest_month

        return newest_month(workspace)  # which says why there is none
    return periods.check(held["month"])


def refuse_without_orders(workspace: Workspace, months: Sequence[str]) -> None:
    """ValueRefused where a month named has no order in any raw file: nothing is started for it.

    Files that cannot be read, or hold no order at all, are not told here: the first notebook names each of them.
    """
    try:
        known = _months(workspace)
    except InputError:
        return
    if known and (without := [m for m in map(periods.check, months) if m not in known]):
        span = tell("console.run.months_span", first=known[0], last=known[-1])
        raise ValueRefused(tell("console.run.no_month", period=", ".join(without), known=span))


def behind(workspace: Workspace, period: str, today: date) -> str:
    """A sentence where `period`, the newest month worth reporting on, is older than the last whole month of `today`; else ''.

    Of the made-up company nothing is said: it ends where it was made to end, and no file of it is still to come.
    """
    whole = periods.shift(periods.of(today), -1)
    if workspace.is_made_up or period >= whole:
        return ""
    held = _remembered(workspace)
    # rows dated after today are mistakes of their file, and no sign that later files came
    seen = [(m, n, date.fromisoformat(last)) for m, (n, last) in zip(held["months"], held["orders"], strict=True) if m <= periods.of(today)]
    later = sum(n for month, n, _ in seen if month > period)
    told = {"whole": whole, "period": period, "folder": workspace.raw_word, "last": dates.date(max(last for *_, last in seen), spoken())}
    return tell("console.run.behind_few", n=str(later), **told) if later else tell("console.run.behind", **told)


def _months(workspace: Workspace) -> list[str]:
    if workspace.is_made_up and (told := _marker(workspace)).get("last_month"):
        return periods.between(told["first_month"], told["last_month"])
    return _remembered(workspace)["months"]


def _marker(workspace: Workspace) -> dict:
    return json.loads((workspace.raw / MARKER).read_text(encoding="utf-8"))


def _remembered(workspace: Workspace) -> dict:
    """`months` that have orders, of each how many `orders` and the day of the last, and the `month` to report on, of the raw files as they
    are."""
    runs = workspace.outputs / ".runs"
    with digests.memory(runs / MEMORY):
        raw = digests.combined(digests.of_raw(workspace, outside_files(sources_of(workspace))))
    held = _read(runs / FILE)
    if held.get("raw") == raw and "orders" in held:
        return held
    from scrm_helpers.ingestion.newest import newest_of, orders_by_month

    found = orders_by_month(workspace)
    held = {"raw": raw, "month": newest_of(found), "months": [month for month, _, _ in found]}
    held["orders"] = [(n, str(last)) for _, n, last in found]
    runs.mkdir(parents=True, exist_ok=True)
    write_whole(runs / FILE, json.dumps(held))
    return held


def _read(path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
