"""The goal ledger over time: when each promise was first seen, whether it was changed afterwards, and what each month delivered."""

from collections.abc import Mapping

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals.promised import latest_promises, promises

KEY = ["goal_id", "month", "declared_on"]
CONTENT = ["metric", "promised_low", "promised_high", "money"]
IN_TIME, LATE, FIRST_RUN, REWRITTEN, REMOVED = "in_time", "late", "first_run", "rewritten", "removed"


def declared(goals: pd.DataFrame, seen: Mapping[str, pd.DataFrame], *, period: str) -> pd.DataFrame:
    """When each promise was declared, judged by the run that first saw it, whatever day is typed. Grain: goal and month.

    `seen`: the goal ledger as the runs of earlier months published it. Columns goal_id, month, first_seen (period), declared:
    'in_time' (a run before the promised month ended had it), 'late', 'first_run' (no earlier run could have seen it, so nothing
    is known), 'rewritten' (a run saw the same declaration with other numbers), 'removed' (a run saw it, the ledger lacks it now).
    """
    earlier = {p: frame for p, frame in sorted(seen.items()) if p < period}
    rows = []
    for row in latest_promises(goals).to_dict("records"):
        first, rewritten = period, False
        for run, frame in reversed(earlier.items()):
            same = _same_key(frame, row)
            if same.empty:
                break
            first = run
            rewritten = rewritten or not any(_same_content(other, row) for other in same.to_dict("records"))
        if rewritten:
            verdict = REWRITTEN
        elif first < row["month"]:
            verdict = IN_TIME
        else:
            verdict = FIRST_RUN if not any(p < first for p in earlier) else LATE
        rows.append({"goal_id": row["goal_id"], "month": row["month"], "first_seen": first, "declared": verdict})
    kept = set(zip(goals["goal_id"], goals["month"], strict=True))
    gone: dict[tuple, str] = {}
    for run, frame in earlier.items():
        for goal, month in zip(frame["goal_id"], frame["month"], strict=True):
            if (goal, month) not in kept:
                gone.setdefault((goal, month), run)
    rows += [{"goal_id": g, "month": m, "first_seen": run, "declared": REMOVED} for (g, m), run in gone.items()]
    out = pd.DataFrame(rows, columns=["goal_id", "month", "first_seen", "declared"])
    return out.sort_values(["goal_id", "month"], ignore_index=True)


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


def _same_key(frame: pd.DataFrame, row: Mapping) -> pd.DataFrame:
    kept = (frame["goal_id"] == row["goal_id"]) & (frame["month"] == row["month"])
    return frame[kept & (pd.to_datetime(frame["declared_on"]) == pd.Timestamp(row["declared_on"]))]


def _same_content(other: Mapping, row: Mapping) -> bool:
    for column in CONTENT:
        a, b = other.get(column), row.get(column)
        blank = [v is None or v is pd.NA or (isinstance(v, float) and pd.isna(v)) for v in (a, b)]
        if blank[0] != blank[1]:
            return False
        if not any(blank) and (abs(float(a) - float(b)) > 1e-9 if column != "metric" else a != b):
            return False
    return True
