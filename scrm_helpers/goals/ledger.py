"""The goal ledger over time: when each promise was first seen, whether it was changed afterwards, and what each month delivered.

Three moments are known of a promise: the day typed beside it, which is the company's word; the day by the clock on which a run of the
suite first saw it written as it is now; and the months whose published ledger had it. Only the second proves that it was there in time.
"""

from collections.abc import Mapping

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals.promised import latest_promises, promises
from scrm_helpers.promises import CONTENT, KEY, NUMBERS, UNSEEN, Sightings, cell, digest

IN_TIME, LATE, UNJUDGED, NOT_DUE, REWRITTEN, REMOVED = "in_time", "late", "unjudged", "not_due", "rewritten", "removed"
CHANGED = ["goal_id", "month", "changed", "old_number", "new_number", "old_words", "new_words"]


def declared(
    goals: pd.DataFrame, seen: Mapping[str, pd.DataFrame], *, period: str, days: Sightings = UNSEEN
) -> pd.DataFrame:
    """When each promise was declared, judged by the day on which a run first saw it as it is now. Grain: goal and month.

    `seen`: the goal ledger as the runs of earlier months published it; `days`: what those runs noted. Columns goal_id, month,
    first_seen (period of the earliest run whose ledger has it), seen_on (day; blank where this run is the first, and where no run was made
    so early that a day could show anything), declared: 'in_time' (a run saw it before the eleventh day of the promised month), 'late' (such
    a run was made and did not see it, or the typed day itself is later), 'unjudged' (no run was made so early: it was first seen after the
    spending, whatever day is typed), 'not_due' (first seen now, for a month to come), 'rewritten' (see `rewritten`), 'removed' (a run saw
    it, the ledger lacks it now). What a day decides here, `store.sightings.told` counts among what a run is known by.
    """
    earlier = _earlier(seen, period)
    changed = {(r["goal_id"], r["month"]) for r in rewritten(goals, seen, period=period).to_dict("records")}
    first = _first_runs(earlier)
    rows = []
    for row in latest_promises(goals).to_dict("records"):
        written, pair = digest(row), (row["goal_id"], row["month"])
        on = days.promises.get(written)
        verdict = REWRITTEN if pair in changed else _judged(row, on, days, period)
        known = first.get(_key(row), days.first.get(written, period))  # the ledger of a month that was pruned is gone, its note is not
        rows.append((*pair, known, on if _early(row["month"], days) else None, verdict))
    gone = {pair: run for (*pair_, _), run in reversed(first.items()) if (pair := tuple(pair_)) not in _pairs(goals)}
    rows += [(*pair, run, None, REMOVED) for pair, run in gone.items()]
    out = pd.DataFrame(rows, columns=["goal_id", "month", "first_seen", "seen_on", "declared"]).astype({"seen_on": object})
    return out.sort_values(["goal_id", "month"], ignore_index=True)


def rewritten(goals: pd.DataFrame, seen: Mapping[str, pd.DataFrame], *, period: str) -> pd.DataFrame:
    """Cells of promises that are not what the first run saw in them. Grain: goal, month and changed column, of declarations still there.

    A declaration that a run saw and that is gone while its goal and month are still promised was written over: it is laid beside the
    newest one, its day too. Numbers stand in old_number and new_number (the metric's unit, money, hours), the rest in words; blank where
    the cell was or is blank.
    """
    held = {_key(row): row for row in goals.to_dict("records")}
    newest = {(row["goal_id"], row["month"]): row for row in latest_promises(goals).to_dict("records")}
    told: dict[tuple, tuple] = {}
    for frame in _earlier(seen, period).values():
        for row in frame.to_dict("records"):
            pair = (row["goal_id"], row["month"])
            now = held.get(_key(row), newest.get(pair))
            if now is None:
                continue
            for name in (*CONTENT, "declared_on"):
                old, new = cell(row.get(name)), cell(now.get(name))
                if name in row and old != new:
                    sides = (old, new, None, None) if name in NUMBERS else (None, None, old, new)
                    told.setdefault((*pair, _key(row)[2], name), (*pair, name, *sides))
    return pd.DataFrame(sorted(told.values(), key=lambda r: (r[0], r[1])), columns=CHANGED)


ENTRY = ["programme_purpose", "strategy", "goal", "metric", "action", "tool", "due_on", "money", "hours", "month", "promised_low",
         "promised_high", "declared_on"]  # fmt: skip


def entries(goals: pd.DataFrame, *, period: str) -> pd.DataFrame:
    """The goal ledger as it stands for the month: why, how, what for, by what means. Grain: goal, as its newest declaration has it."""
    rows = latest_promises(goals)
    rows = rows[rows["month"] == period].rename(columns={"purpose": "programme_purpose"})  # `purpose` elsewhere is acquire, keep, serve
    return rows.reindex(columns=ENTRY).reset_index(drop=True)


def purposes(goals: pd.DataFrame, *, period: str) -> list[str]:
    """Why the programme exists, in the company's own words, each once: the purposes of the goals promised for the month."""
    said = entries(goals, period=period)["programme_purpose"].dropna().astype(str).str.strip()
    return list(dict.fromkeys(p for p in said if p))


def by_month(
    goals: pd.DataFrame,
    found: Mapping[str, Finding],
    past: Mapping[str, Mapping[str, Finding]],
    *,
    period: str,
    months: int,
) -> pd.DataFrame:
    """Promised against delivered, month by month, over the months that end with the period. Grain: month and goal, as `promises`.

    An earlier month delivers what its own page printed; a month without a page is 'not_measured'.
    """
    parts = []
    for month in periods.between(periods.shift(period, 1 - months), period):
        part = promises(goals, found if month == period else past.get(month, {}), period=month)
        parts.append(part.assign(month=month))
    out = pd.concat(parts, ignore_index=True)
    return out[["month", *(c for c in out.columns if c != "month")]]


def _judged(row: Mapping, on, days: Sightings, period: str) -> str:
    begun = periods.under_way(row["month"])
    if on is not None and on < begun:
        return IN_TIME
    if on is None and row["month"] > period:
        return NOT_DUE
    typed = pd.Timestamp(row["declared_on"]).date()
    return LATE if typed >= begun or _early(row["month"], days) else UNJUDGED


def _early(month: str, days: Sightings) -> bool:
    """Whether any run was made so early that it could see a promise for the month in time."""
    return any(day < periods.under_way(month) for day in days.runs.values())


def _earlier(seen: Mapping[str, pd.DataFrame], period: str) -> dict[str, pd.DataFrame]:
    return {run: frame for run, frame in sorted(seen.items()) if run < period}


def _first_runs(earlier: Mapping[str, pd.DataFrame]) -> dict[tuple, str]:
    """Key of a declaration -> the earliest month whose ledger had it."""
    first: dict[tuple, str] = {}
    for run, frame in earlier.items():
        for row in frame.to_dict("records"):
            first.setdefault(_key(row), run)
    return first


def _pairs(goals: pd.DataFrame) -> set[tuple]:
    return set(zip(goals["goal_id"], goals["month"], strict=True))


def _key(row: Mapping) -> tuple:
    return tuple(cell(row[name]) for name in KEY)
