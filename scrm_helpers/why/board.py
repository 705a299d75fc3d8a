"""Rows behind what the board decides and counts: money by goal, promises, the verdict's inputs, what is withheld."""

import json
from collections.abc import Mapping

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals import latest_promises, traceability
from scrm_helpers.goals.money import budget_by_goal, fiscal_months, within
from scrm_helpers.goals.money import spend_by_month as by_month
from scrm_helpers.goals.promised import DELIVERED
from scrm_helpers.ingestion.lost import kept, with_money
from scrm_helpers.metrics import WINDOWS
from scrm_helpers.report.spending import unit_of, unit_of_cell
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, together
from scrm_helpers.why.month import Month

LEDGER = ["month", "source", "purpose", "kind", "contact_channel", "hours"]


def cost(m: Month, f: Finding) -> Behind:
    """Lines of the cost ledger; each with the least and the most that missing hours may make of it."""
    lines = _lines(m, 1)
    least, value = (f.low, "low") if f.high is None else (None, "amount")  # a page that says "at least" prints the least as its figure
    figures = {
        "value": Figure(float(lines[value].sum()), f.unit, least), "least": Figure(f.low, f.unit, f.low),
        "most": Figure(f.high, f.unit, None, f.high),
    }  # fmt: skip
    parts = [rows_of(lines, n, "cost", part=c) for n, c in (("value", value), ("least", "low"), ("most", "high"))]
    return Behind(_plain(parts, "amount", "low", "high"), {n: g for n, g in figures.items() if g.value is not None})


def spend(m: Month, f: Finding | None) -> Behind:
    """Lines of the cost ledger by purpose: this month and the fiscal year to date, in money and in hours."""
    year, parts, figures = _lines(m, fiscal_months(m.period, first_month=m.fiscal_start)), [], {}
    for name, lines in (("month", year[year["month"] == m.period]), ("year", year)):
        for purpose in ("acquire", "keep", "serve", "all"):
            mine = lines if purpose == "all" else lines[lines["purpose"] == purpose]
            for what, column, unit in (("money", "amount", Unit.MONEY), ("hours", "counted_hours", Unit.HOURS)):
                number = f"{purpose}, {name}, {what}"
                counted = mine.assign(counted_hours=mine["hours"].astype(float).fillna(0.0))
                parts.append(rows_of(counted, number, "cost", part=column))
                figures[number] = Figure(float(counted[column].sum()), unit, how="" if len(counted) else rule("no_line"))
    return Behind(_plain(parts, "amount", "low", "high", "counted_hours"), figures)


def spend_by_month(m: Month, f: Finding | None) -> Behind:
    """Lines of the cost ledger of twelve months; the picture's bars and their parts."""
    lines, parts, figures = _lines(m, 12), [], {}
    table = by_month(m.store.frame("cost_ledger"), period=m.period)
    sums = {(r["month"], r["purpose"]): r["amount"] for r in table.to_dict("records")}
    sums |= {(month, "all"): v for month, v in table.groupby("month")["amount"].sum().items()}
    for (month, purpose), amount in sums.items():
        mine = lines[(lines["month"] == month) & ((lines["purpose"] == purpose) | (purpose == "all"))]
        parts.append(rows_of(mine, f"{purpose}, {month}", "cost", part="amount"))
        figures[f"{purpose}, {month}"] = Figure(float(amount), Unit.MONEY)
    return Behind(_plain(parts, "amount", "low", "high"), figures)


def budget(m: Month, f: Finding | None) -> Behind:
    """Money asked for by goal, spread over its months; what was spent in the fiscal year to date."""
    asked = budget_by_goal(latest_promises(m.store.frame("goals")), period=m.period, first_month=m.fiscal_start)
    lines, figures = _lines(m, fiscal_months(m.period, first_month=m.fiscal_start)), {}
    parts = [rows_of(lines, "spent", "cost", part="amount")]
    figures["spent"] = Figure(float(lines["amount"].sum()), Unit.MONEY)
    if m.decision.budget is not None:
        parts.append(rows_of(asked, "asked for", "goal", part="so_far").drop(columns=["so_far", "covers"]))
        figures["asked for"] = Figure(m.decision.budget.asked, Unit.MONEY)
        if m.decision.budget.months < m.decision.budget.year:  # the sentence sets the same months beside each other
            covered = sorted(set().union(*asked["covers"]))
            year = periods.between(periods.shift(m.period, 1 - m.decision.budget.year), m.period)
            parts.append(rows_of(lines[lines["month"].isin(covered)], "spent in those months", "cost", part="amount"))
            figures["spent in those months"] = Figure(m.decision.budget.spent, Unit.MONEY)
            for name, months in (("months asked for", covered), ("months to date", year)):
                rows = pd.DataFrame({"month": months, "one": 1.0})
                parts.append(rows_of(rows, name, "month", part="one").drop(columns="one", errors="ignore"))
                figures[name] = Figure(float(len(months)), Unit.COUNT)
    return Behind(_plain(parts, "amount", "low", "high"), figures)


def promises(m: Month, f: Finding | None) -> Behind:
    """Goals promised for the month as the ledger has them; what each delivered is a printed number with an answer of its own."""
    figures, rows = {}, m.decision.promises
    for row in rows.to_dict("records"):
        unit = row["unit"] or unit_of(row["metric"])
        how = rule("promise", id=DELIVERED.get(row["metric"], "–"))
        ends = [None if pd.isna(row[end]) else float(row[end]) for end in ("promised_low", "promised_high")]
        figures[f"{row['goal_id']}, promised"] = Figure(None, unit, *ends, how=how)
        if row["value"] is not None and not pd.isna(row["value"]):
            figures[f"{row['goal_id']}, delivered"] = Figure(float(row["value"]), unit, row["low"], row["high"], how=how)
            of = m.found.get(DELIVERED.get(row["metric"], ""))
            figures |= {f"{row['goal_id']}, {name}": f for name, f in months_of(of).items()} if of is not None else {}
    ledger = latest_promises(m.store.frame("goals"))
    ledger = ledger[ledger["month"] == m.period].drop(columns=["system", "source_file", "source_row"], errors="ignore")
    return Behind(rows_of(ledger, "promised", "goal"), figures)


def delivered(m: Month, f: Finding | None) -> Behind:
    """Every promise of the fiscal year to date beside what its month delivered."""
    return Behind(rows_of(m.decision.delivered, "delivered", "goal and month"), {})


def declared(m: Month, f: Finding | None) -> Behind:
    """When each promise was first seen; of those that were changed, every cell as it was and as it is."""
    d, figures = m.decision, {}
    metrics = d.delivered.drop_duplicates("goal_id").set_index("goal_id")["metric"].to_dict() if len(d.delivered) else {}
    for row in d.rewritten.to_dict("records"):
        unit = unit_of_cell(row["changed"], metrics.get(row["goal_id"], ""))
        for side in ("old_number", "new_number"):
            if row[side] is not None and not pd.isna(row[side]):
                number = f"{row['goal_id']}, {row['month']}, {row['changed']}, {side}"
                figures[number] = Figure(float(row[side]), unit, how=rule("ledger_cell"))
    changed = rows_of(d.rewritten, "changed", "cell of the ledger")
    return Behind(together(rows_of(d.declared, "declared", "goal and month"), changed), figures)


def traced(m: Month, f: Finding | None) -> Behind:
    """The four flows; the weakest is printed, the gap to the next is what its input would add."""
    rows = m.store.frame("traceability")
    known = traceability(rows)
    weakest = rows[rows["measure"] == known.measure]
    table = rows.rename(columns={"part": "traced", "whole": "of", "value": "share"})
    parts = [rows_of(table, "all flows", "flow")]
    figures = {
        "flows": Figure(4.0, Unit.COUNT, how=rule("flows")),
        "flows known": Figure(float(known.known), Unit.COUNT, how=rule("flows_known")),
        "rows": Figure(float(known.n), Unit.COUNT, how=rule("weakest_rows")),
    }
    said = printed(f) if f is not None else {}
    if known.value is not None:
        parts.append(rows_of(weakest.drop(columns="value").assign(traced=weakest["part"], of=weakest["whole"]), "value", "flow",
                             part="traced", whole="of").drop(columns=["traced", "of"]))  # fmt: skip
        figures |= {
            "value": Figure(known.value, Unit.SHARE),
            "gain": Figure(said.get("gain", known.gain), Unit.POINTS, how=rule("gain"), again=known.gain if "gain" in said else None),
        }
    return Behind(together(*parts), figures)


def verdict(m: Month, f: Finding | None) -> Behind:
    """What chose the verb: the rule's limits, and the numbers that they were laid on."""
    d, v = m.decision, m.decision.verdict
    rows = pd.DataFrame([
        {"input": "traceability", "value": d.traced.value}, {"input": "reconciled", "value": d.reconciled},
        {"input": "cost", "value": d.cost.value if d.cost else None}, {"input": "hours known", "value": d.hours_known},
        {"input": "return", "value": d.roi.value if d.roi else None}, {"input": "return, low", "value": d.roi.low if d.roi else None},
        {"input": "return, high", "value": d.roi.high if d.roi else None}, {"input": "grade", "value": d.roi_grade},
        {"input": "rule", "value": v.rule}, {"input": "verb asked", "value": v.raw}, {"input": "last month's verb kept", "value": v.kept},
    ]).astype({"value": "str"})  # fmt: skip
    given = {
        "hurdle": (d.hurdle, Unit.SHARE), "traced at least": (d.limits.traced, Unit.SHARE), "far below": (d.limits.far_below, Unit.SHARE),
        "months of a test at most": (float(d.limits.longest_test), Unit.MONTHS),
    }  # fmt: skip
    figures = {name: Figure(value, unit, how=rule("limit")) for name, (value, unit) in given.items()}
    if v.months is not None:
        figures["months of a test"] = Figure(v.months, Unit.MONTHS, how=rule("narrowed"))
    if v.gain is not None:
        figures["gain"] = Figure(v.gain, Unit.POINTS, how=rule("gain_of"))
    return Behind(rows_of(rows, "inputs", "input"), figures)


def lost(m: Month, f: Finding | None, *, table: str) -> Behind:
    """Rows of the quarantine with money in them, as the finding sums them: those that cannot be read at the mean of the rows kept."""
    said, tables = json.loads(f.values), [m.store.read(name) for name in ("orders", "spend", "costs")]
    rows = with_money(m.store.frame("quarantine"), kept(*tables))
    rows = rows[(rows["table"] == table) & ((rows["amount"] > 0) | rows["unread"])]
    figures = {"value": Figure(f.value, f.unit), "rows": Figure(float(f.n), Unit.COUNT, how=rule("rows"))}
    figures["share"] = Figure(said["share"], Unit.SHARE, how=rule("with_it"))
    if said.get("unread"):
        figures["unread"] = Figure(float(said["unread"]), Unit.COUNT, how=rule("unread"))
    return Behind(rows_of(rows, "value", "row set aside", part="amount"), figures)


def counted(m: Month, found: Mapping[str, Finding], number: str) -> Behind:
    """Findings, one row each, that a number on the page counts."""
    columns = ["finding", "state", "said"]
    rows = pd.DataFrame([(f.id, f.state, f.text_en) for f in found.values()], columns=columns)
    figure = Figure(float(len(found)), Unit.COUNT, how="" if found else rule("none"))
    return Behind(rows_of(rows, number, "finding", part=1.0), {number: figure})


def months_of(finding: Finding) -> dict[str, Figure]:
    """Months of a figure's window, and how many of them are counted where the finding says so."""
    if finding.window not in WINDOWS:
        return {}
    months = {"window": Figure(float(WINDOWS[finding.window]), Unit.COUNT, how=rule("covers"))}
    covered = printed(finding).get("covered")
    return months if covered is None else months | {"counted months": Figure(covered, Unit.COUNT, how=rule("covered"))}


def printed(f: Finding) -> dict[str, float]:
    """Raw numbers that a finding's sentence names, by name."""
    return {k: float(v) for k, v in json.loads(f.values).items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _lines(m: Month, months: int) -> pd.DataFrame:
    lines = within(m.store.frame("cost_ledger"), m.period, months)
    return lines[[*LEDGER, "amount", "low", "high"]].astype({"amount": float, "low": float, "high": float})


def _plain(parts: list[pd.DataFrame], *helpers: str) -> pd.DataFrame:
    """All rows, without the columns that became `part`."""
    return together(*(p.drop(columns=[h for h in helpers if h in p.columns]) for p in parts))
