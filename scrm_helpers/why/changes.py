"""Rows behind what changed: the cells of a bridge, a line's earlier months, restated months, the change log, days, the finance walk."""

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals.bridge import BARS, MEASURE_OF, bridge_rows, cells_of
from scrm_helpers.goals.decide import LINE_MONTHS
from scrm_helpers.goals.promised import plan_of
from scrm_helpers.metrics import MEASURES
from scrm_helpers.texts import tell
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, together
from scrm_helpers.why.board import months_of
from scrm_helpers.why.month import Month

RULES = {
    "definition": "last month's data as published under today's rules, less what was printed",
    "restated": "last month from today's data, less the same from the data as published",
    "mix": "this month, less this month at last month's weights of the cells",
    "real": "this month at last month's weights, less last month from today's data",
}


def bridge(m: Month, finding_id: str) -> Behind:
    """Cells of last month and this month, by step, whose sums the bars are differences of; the same month last year."""
    d, found = m.decision, m.found.get(finding_id)
    window, unit = found.window if found is not None else "1m", found.unit if found is not None else str(Unit.COUNT)
    gap = str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit
    history, measure, last = m.store.frame("history"), MEASURE_OF[finding_id], periods.shift(m.period, -1)
    parts, figures = [], months_of(found) if found is not None else {}
    for number, step, month in (("this month", "today", m.period), ("last month, today's data", "today", last),
                                ("last month, data as published", "snapshot", last)):  # fmt: skip
        cells = cells_of(history, measure, step, month, window).reset_index().assign(month=month, step=step)
        cells = cells.rename(columns={"part": "above", "whole": "below"})
        if len(cells):
            whole = 0.0 if MEASURES[measure].unit is Unit.MONEY else "below"
            rows = rows_of(cells, number, "cell", part="above", whole=whole)
            parts.append(rows)
            top, bottom = float(cells["above"].sum()), float(cells["below"].sum())
            value = top if whole == 0.0 else top / bottom if bottom else None
            figures[number] = Figure(value, unit, how="" if value is not None else "nothing to divide by")
    made = next((b for b in d.bridges if b.id == finding_id), None)
    if made is not None:
        figures["last month, printed"] = Figure(made.before, unit, how="last month's page" if made.published else "today's data")
        figures |= {b: Figure(getattr(made, b), gap, how=RULES[b]) for b in BARS if getattr(made, b) is not None}
        figures["noise"] = Figure(made.real, gap, made.low, made.high, how="both months' ranges, taken as independent")
        parts.append(rows_of(bridge_rows([made]), "bars", "bridge"))
    change = next((c for c in d.changes if c.id == finding_id), None)
    if change is not None and made is None:
        pages = ((last, m.earlier.get(last, {}).get(finding_id)), (m.period, found))
        sides = [{"month": p, "figure": f.value, "low": f.low, "high": f.high} for p, f in pages if f is not None]
        parts.append(rows_of(pd.DataFrame(sides), "both months", "page"))
        figures |= {n: Figure(v, unit, how="that month's page") for n, v in (("last month", change.before), ("this month", change.now))}
        figures["difference"] = Figure(None, gap, change.low, change.high, how="both months' ranges, taken as independent")
    year = _year_ago(m, finding_id)
    if year is not None:
        figures["same month last year"] = Figure(year, unit, how="that month's page, else today's data")
    return Behind(together(*parts), figures)


def line(m: Month, finding_id: str) -> Behind:
    """Earlier months of a tile's line: what each page printed, and what today's data make of the month; the plan."""
    found, parts, figures = m.found.get(finding_id), [], {}
    if found is None:
        return Behind(together(), {})
    for month in periods.between(periods.shift(m.period, 1 - LINE_MONTHS), periods.shift(m.period, -1)):
        before = m.earlier.get(month, {}).get(finding_id)
        counted = m.decision.lines.get(finding_id, {}).get(month)
        if before is not None and before.value is not None and before.window == found.window:
            of_page = tell("why.how.page_of", month=month)
            figures[f"{month}, printed"] = Figure(before.value, found.unit, before.low, before.high, how=of_page)
        if counted is not None:
            cells = cells_of(m.store.frame("history"), MEASURE_OF[finding_id], "today", month, found.window).reset_index()
            cells = cells.rename(columns={"part": "above", "whole": "below"}).assign(month=month)
            whole = 0.0 if MEASURES[MEASURE_OF[finding_id]].unit is Unit.MONEY else "below"
            parts.append(rows_of(cells, f"{month}, today's data", "cell", part="above", whole=whole))
            figures[f"{month}, today's data"] = Figure(counted, found.unit)
    metric = {"acquisition.cac": "cac", "retention.kept": "retention"}.get(finding_id, "revenue_contribution")
    goals = m.decision.promises[m.decision.promises["metric"] == metric]
    plan = plan_of(goals, metric)
    if plan is not None:
        figures["plan"] = Figure(plan, found.unit, how="middle of the promised range")
    if len(goals):
        parts.append(rows_of(goals.head(1), "plan", "goal"))
    return Behind(together(*parts), figures)


def restated(m: Month, f: Finding | None) -> Behind:
    """Months whose rows are not what they were: rows then and now."""
    rows, figures, parts = m.decision.restated, {}, []
    for r in rows.to_dict("records"):
        for side in ("rows_before", "rows_now"):
            number = f"{r['table']}, {r['month']}, {side}"
            parts.append(rows_of(pd.DataFrame([{"table": r["table"], "month": r["month"]}]), number, "month", part=float(r[side])))
            figures[number] = Figure(float(r[side]), Unit.COUNT)
    figures["months"] = Figure(float(len(rows)), Unit.COUNT, how="months named above")
    return Behind(together(*parts), figures)


def change_log(m: Month, f: Finding | None) -> Behind:
    """Entries of the change log and named days of the calendar in this month and the last."""
    entries = m.decision.rivals
    return Behind(rows_of(entries, "entries", "entry"), {"entries": Figure(float(len(entries)), Unit.COUNT, how="counted")})


def days(m: Month, f: Finding | None) -> Behind:
    """Working days of both months, a row each: Monday to Friday without the holidays of the calendar."""
    calendar, parts, figures = m.store.frame("calendar"), [], {}
    off = {pd.Timestamp(d).date() for d in calendar.loc[calendar["kind"].isin(["holiday", "religious"]), "on"]}
    for number, month in (("this month", m.period), ("last month", periods.shift(m.period, -1))):
        every = pd.bdate_range(periods.first_day(month), periods.as_of(month), inclusive="left")
        kept = pd.DataFrame({"on": [d.date() for d in every if d.date() not in off]})
        parts.append(rows_of(kept, number, "working day", part=1.0))
        figures[number] = Figure(float(m.decision.days[0 if number == "this month" else 1]), Unit.COUNT)
    return Behind(together(*parts), figures)


def walk(m: Month, f: Finding | None) -> Behind:
    """The finance walk: each step is its own row, and the entries of the books stand behind the first."""
    steps, parts, figures = m.decision.walk, [], {}
    for k, r in enumerate(steps.to_dict("records")):
        number = f"{k + 1} {r['step']} {r['month']}".strip()
        net = -r["net"] if r["step"] == "sales" else r["net"]
        parts.append(rows_of(pd.DataFrame([{"step": r["step"], "month": r["month"], "note": r["note"]}]), number, "step", part=float(net)))
        figures[number] = Figure(float(net), Unit.MONEY)
    if len(steps):
        figures["months"] = Figure(12.0, Unit.COUNT, how="months that the comparison with the books covers")
    return Behind(together(*parts), figures)


def sources(m: Month, f: Finding | None) -> Behind:
    """Last day seen by source, and the rows of every month that came in."""
    covered = m.store.frame("coverage")
    named = m.decision.month.sources
    covered = covered[(covered["month"] <= m.period) & covered["table"].isin(named["table"])]
    rows = together(rows_of(named, "last day", "source"), rows_of(covered, "rows by month", "source and month"))
    return Behind(rows, {})


def _year_ago(m: Month, finding_id: str) -> float | None:
    month, now = periods.shift(m.period, -12), m.found.get(finding_id)
    then = m.earlier.get(month, {}).get(finding_id)
    if then is not None and then.state == "ok" and now is not None and then.window == now.window:
        return then.value
    return m.decision.lines.get(finding_id, {}).get(month)
