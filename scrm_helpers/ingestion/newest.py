"""The newest month worth reporting on, read off the raw files themselves."""

import json
from collections.abc import Sequence
from datetime import date

from scrm_helpers import periods
from scrm_helpers.ingestion import meant
from scrm_helpers.ingestion.check import NO_END
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.store import Workspace, connect
from scrm_helpers.store.workspace import MARKER
from scrm_helpers.texts import tell

LEAST = 0.1  # a month with fewer orders than this share of the usual month is a stray date, not a month of business


def newest_month(workspace: Workspace) -> str:
    """The month that `newest_of` names, of the raw files as they are. InputError where there are no orders, saying what was found."""
    if workspace.is_made_up:
        told = json.loads((workspace.raw / MARKER).read_text(encoding="utf-8")).get("last_month")
        if told:
            return periods.check(told)
    run = _fed(workspace)
    if month := newest_of(_by_month(run)):
        return month
    made = [(t.file, _made(t, run)) for t in run.taken if t.verdict == "read"]
    said = [_read_as(file, names) for file, names in made if "orders" not in names]
    told = "\n- ".join(dict.fromkeys([*said, *(t.message for t in run.taken if t.message)]))
    found = f" {tell('console.run.found', files=told)}" if told else ""
    raise InputError(tell("console.run.no_newest", folder=workspace.raw_word, found=found), "no_orders")


def newest_of(months: Sequence[tuple[str, int, date]]) -> str:
    """The last whole month (`periods.whole_until`) with a usual number of orders: a few rows dated years ahead do not move it.

    An unfinished month is named only where no earlier one has orders. `months`: as `orders_by_month` gives them; '' where there are none.
    """
    if not months:
        return ""
    counts = sorted(n for _, n, _ in months)
    usual = counts[len(counts) // 2]
    busy = {month: last for month, n, last in months if n >= LEAST * usual}
    newest = max(busy)
    whole = periods.shift(periods.of(periods.whole_until(busy[newest])), -1)
    return whole if any(month <= whole for month in busy) else newest


def _made(t: Taken, run: Ingestion) -> list[str]:
    """The tables that a file was read as."""
    named = [e.table or meant.fed(run.recipes[e.recipe]) for e in t.entries if e.table or e.recipe]
    return named or [meant.fed(t.recipe)]


def _read_as(file: str, names: list[str]) -> str:
    return tell("console.run.read_as", file=file, tables=", ".join(tell(f"words.table.{n}") for n in dict.fromkeys(names) if n))


def orders_by_month(workspace: Workspace) -> list[tuple[str, int, date]]:
    """Months that have orders, oldest first: month, number of orders, day of the last one."""
    return _by_month(_fed(workspace))


def _fed(workspace: Workspace) -> Ingestion:
    run = Ingestion(workspace, connect().con, as_of=NO_END, documents=True)
    run.load()
    run.recognise()
    run.feed(only=("orders",))
    return run


def _by_month(run: Ingestion) -> list[tuple[str, int, date]]:
    parts = [
        f"SELECT strftime(ordered_on, '%Y-%m') AS month, ordered_on, order_id FROM {f.rows} WHERE _bad IS NULL"
        for f in run.feds
        if f.table == "orders"
    ]
    rows = f"SELECT month, count(DISTINCT order_id), max(ordered_on) FROM ({' UNION ALL '.join(parts)}) GROUP BY 1 ORDER BY 1"
    return run.con.execute(rows).fetchall() if parts else []
