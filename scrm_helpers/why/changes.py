"""Rows behind what changed: the cells of a bridge, a line's earlier months, restated months, the change log, days, the finance walk."""

import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.findings import Finding
from scrm_helpers.goals.bridge import BARS, MEASURE_OF, bridge_rows, cells_of
from scrm_helpers.goals.compare import working_days
from scrm_helpers.goals.decide import LINE_MONTHS
from scrm_helpers.goals.earlier import COST
from scrm_helpers.goals.money import within
from scrm_helpers.goals.promised import plan_of
from scrm_helpers.goals.verbs import LIMITS
from scrm_helpers.goals.walk import REVENUE
from scrm_helpers.ingestion.received import reconciled
from scrm_helpers.metrics import MEASURES, WINDOWS
from scrm_helpers.report.tiles import is_bound
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, together
from scrm_helpers.why.board import months_of
from scrm_helpers.why.month import Month

BOARD_TABLES = ("09_board", "tables")  # in the folder of a run: what its page printed


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
            figures[number] = Figure(value, unit, how="" if value is not None else rule("no_whole"))
    made = next((b for b in d.bridges if b.id == finding_id), None)
    if made is not None:
        figures["last month, printed"] = Figure(made.before, unit, how=rule("last_page" if made.published else "todays_data"))
        printed = _printed_bars(m, finding_id)
        counted = {b: getattr(made, b) for b in BARS if getattr(made, b) is not None}
        figures |= {
            b: Figure(printed.get(b, v), gap, how=rule(b), again=v if b in printed else None) for b, v in counted.items()
        }
        figures["noise"] = Figure(made.real, gap, made.low, made.high, how=rule("independent"))
        parts.append(rows_of(bridge_rows([made]), "bars", "bridge"))
    change = next((c for c in d.changes if c.id == finding_id), None)
    if change is not None and made is None:
        pages = ((last, m.earlier.get(last, {}).get(finding_id)), (m.period, found))
        sides = [{"month": p, "figure": f.value, "low": f.low, "high": f.high} for p, f in pages if f is not None]
        parts.append(rows_of(pd.DataFrame(sides), "both months", "page"))
        figures |= {n: Figure(v, unit, how=rule("month_page")) for n, v in (("last month", change.before), ("this month", change.now))}
        figures["difference"] = Figure(None, gap, change.low, change.high, how=rule("independent"))
    year = _year_ago(m, finding_id)
    if year is not None:
        figures["same month last year"] = Figure(year, unit, how=rule("month_page_else"))
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
            figures[f"{month}, printed"] = Figure(before.value, found.unit, before.low, before.high, how=rule("page_of", month=month))
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
        figures["plan"] = Figure(plan, found.unit, how=rule("middle"))
    if len(goals):
        parts.append(rows_of(goals.head(1), "plan", "goal"))
    return Behind(together(*parts), figures)


def restated(m: Month, f: Finding | None) -> Behind:
    """Months whose rows are not what they were: rows of each system then and now, as both runs published them. Figures of earlier
    pages: printed, and as today's data give them.
    """
    rows, figures, parts = m.decision.restated, {}, []
    runs = {"rows_before": m.past("coverage", 1).get(periods.shift(m.period, -1)), "rows_now": m.store.frame("coverage")}
    for r in rows.to_dict("records"):
        for side, covered in runs.items():
            number = f"{r['table']}, {r['month']}, {side}"
            mine = covered[(covered["table"] == r["table"]) & (covered["month"] == r["month"])]
            parts.append(rows_of(mine[["table", "system", "month", "rows"]], number, "source", part="rows").drop(columns="rows"))
            figures[number] = Figure(float(r[side]), Unit.COUNT, how="" if len(mine) else rule("none"))
    figures["months"] = Figure(float(len(rows)), Unit.COUNT, how=rule("named"))
    for each in m.decision.restatements:
        f, number = each.printed, f"{each.id}, {each.month}, today's data"
        if each.id == COST:
            made = "low" if f.high is None else "amount"  # a page that said "at least" is held against the least
            lines = within(m.store.frame("cost_ledger"), each.month, 1)[["month", "source", "purpose", "kind", made]]
            parts.append(rows_of(lines.astype({made: float}), number, "cost", part=made).drop(columns=made))
        else:
            measure = MEASURE_OF[each.id]
            cells = cells_of(m.store.frame("history"), measure, "today", each.month, f.window).reset_index().assign(month=each.month)
            whole = 0.0 if MEASURES[measure].unit is Unit.MONEY else "below"
            cells = cells.rename(columns={"part": "above", "whole": "below"})
            parts.append(rows_of(cells, number, "cell", part="above", whole=whole))
        figures[f"{each.id}, {each.month}, printed"] = Figure(f.value, f.unit, f.low, f.high, how=rule("page_of", month=each.month))
        figures[number] = Figure(each.now, f.unit, each.now if is_bound(f) else None)
        figures |= {f"{each.id}, {each.month}, {name}": of for name, of in months_of(f).items()}
    named = float(len(m.decision.restatements))
    figures["figures"] = Figure(named, Unit.COUNT, how=rule("no_longer"))
    return Behind(together(*parts), figures)


def windows(m: Month, f: Finding | None) -> Behind:
    """Windows of figures that are told over another one than on last month's page."""
    figures = {}
    for each in m.decision.moved:
        for name, window in (("last month", each.before), ("this month", each.now)):
            figures[f"{each.id}, {name}"] = Figure(float(WINDOWS[window]), Unit.COUNT, how=rule("covers"))
    return Behind(together(), figures)


def change_log(m: Month, f: Finding | None) -> Behind:
    """Entries of the change log and named days of the calendar in this month and the last."""
    entries = m.decision.rivals
    return Behind(rows_of(entries, "entries", "entry"), {"entries": Figure(float(len(entries)), Unit.COUNT, how=rule("counted"))})


def days(m: Month, f: Finding | None) -> Behind:
    """Working days of both months, a row each: Monday to Friday without the holidays of the calendar."""
    calendar, parts, figures = m.store.frame("calendar"), [], {}
    for number, month in (("this month", m.period), ("last month", periods.shift(m.period, -1))):
        kept = pd.DataFrame({"on": working_days(calendar, period=month)})
        parts.append(rows_of(kept, number, "working day", part=1.0))
        figures[number] = Figure(float(m.decision.days[0 if number == "this month" else 1]), Unit.COUNT)
    return Behind(together(*parts), figures)


def walk(m: Month, f: Finding | None) -> Behind:
    """The finance walk, each step from its own source: entries of the books, sales by month of the orders, and what is left of both."""
    steps, parts, figures = m.decision.walk, [], {}
    if steps.empty:
        return Behind(together(), {})
    said = m.found["ingestion.reconciliation"]
    months = periods.between(periods.shift(m.period, 1 - WINDOWS.get(said.window, 12)), m.period)
    entries = m.store.frame("ledger_totals")
    entries = entries[entries["month"].isin(months)].assign(booked=lambda r: r["net"].astype(float)).rename(columns={"part": "entry"})
    books = reconciled(m.store.read("orders"), m.store.read("ledger_totals"))
    books = books[books["month"].isin(months)]
    for k, r in enumerate(steps.to_dict("records")):
        number = ", ".join(filter(None, [str(k + 1), r["step"], r["month"]]))
        if r["step"] == "sales":
            parts.append(rows_of(books[["month", "net"]], number, "sales of the month", part="net").drop(columns="net"))
        elif r["step"] == "rest":
            parts.append(rows_of(books[["month", "difference"]], number, "month", part="difference").drop(columns="difference"))
        else:
            mine = entries[entries["entry"] == (REVENUE if r["step"] == "ledger" else r["step"])]
            kept = mine.loc[mine["month"].eq(r["month"]) | (not r["month"]), ["month", "entry", "note", "booked"]]
            parts.append(rows_of(kept, number, "entry of the books", part="booked").drop(columns="booked"))
        figures[number] = Figure(float(-r["net"] if r["step"] == "sales" else r["net"]), Unit.MONEY)
    figures["limit"] = Figure(LIMITS.walk, Unit.SHARE, how=rule("limit"))
    figures["months"] = Figure(float(len(months)), Unit.COUNT, how=rule("books"))
    return Behind(together(*parts), figures)


def _printed_bars(m: Month, finding_id: str) -> dict[str, float]:
    """The bars that the month's page printed, in the figure's unit; {} where it has no table of them."""
    path = m.run.joinpath(*BOARD_TABLES, "bridge.csv")
    if not path.is_file():
        return {}
    rows = pd.read_csv(path)
    rows = rows[rows["figure"] == MEASURE_OF[finding_id]]
    scale = 100.0 if MEASURES[MEASURE_OF[finding_id]].unit is Unit.SHARE else 1.0
    return {b: float(rows[f"bar_{b}"].iloc[0]) / scale for b in BARS if len(rows) and pd.notna(rows[f"bar_{b}"].iloc[0])}


def sold(m: Month, f: Finding | None, *, of: str = "net") -> Behind:
    """Counted orders of the month, of the month before and of the same month last year; what lies between two months' sums.

    `of`: which of the month's two sums, net or orders, is the finding's value.
    """
    parts, figures, rows = [], {}, m.decision.sold.to_dict("records")
    orders = sales.counted(m.store.read("orders"))
    for r in rows:
        first, last = periods.span(r["month"], 1)
        mine = orders.filter(orders.ordered_on >= first, orders.ordered_on < last)
        frame = mine.select("order_id", "ordered_on", "kind", "net").order_by("order_id").to_pandas().astype({"net": float})
        names = {c: "value" if f is not None and (r["month"], c) == (m.period, of) else f"{r['month']}, {c}" for c in ("net", "orders")}
        parts.append(rows_of(frame, names["net"], "order", part="net").drop(columns="net"))
        parts.append(rows_of(frame[frame["kind"] == "sale"].drop(columns="net"), names["orders"], "order", part=1.0))
        figures[names["net"]] = Figure(float(r["net"]), Unit.MONEY)
        figures[names["orders"]] = Figure(float(r["orders"]), Unit.COUNT)
        if r["month"] != m.period and r["net"]:
            figures[f"change on {r['month']}"] = Figure(rows[0]["net"] / r["net"] - 1, Unit.SHARE, how=rule("change"))
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
