"""Page two, money: what was spent for which goal, the budget, and what was promised against what each month delivered."""

from datetime import date

import pandas as pd

from scrm_helpers import units
from scrm_helpers.goals.promised import DELIVERED
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.section import section, table
from scrm_helpers.units import Unit

MONTHS = 4  # of promises kept, newest last; the appendix has the whole fiscal year
MOST_GOALS = 8  # rows; the appendix has the rest
MOST_NAMED = 6
SPENT = ["cost_month", "hours_month", "cost_year", "hours_year"]


def spending(reader: Reader, decision, chart: dict | None) -> dict:
    """The section of page two on spend and promises. `chart` of spend by month: `svg`, and `alt`, the same in words."""
    money = lambda v: reader.write(v, Unit.MONEY)  # noqa: E731
    spend, rows = decision.spend, []
    if decision.cost is not None:
        every = pd.DataFrame([*spend.to_dict("records"), spend[SPENT].sum().to_dict() | {"purpose": "all"}])
        columns = [_booked(reader, every[c], Unit.HOURS if c.startswith("hours") else Unit.MONEY) for c in SPENT]
        rows = [[reader.word("purpose", p), *cells] for p, *cells in zip(every["purpose"], *columns, strict=True)]
    spent = money(float(spend["cost_year"].sum()))
    budget = told(_budget(reader, decision.budget, spent), "board.budget")
    columns = ["purpose", *SPENT]
    tables = [table(reader, reader.say("table.spend"), columns, rows, set(columns[1:]), why="board.spend"), _promises(reader, decision)]
    why = [told(reader.say("two.purpose", what="; ".join(decision.purposes)), "board.promises")] if decision.purposes else []
    lead = why + reader.sentences("board.cost", "ingestion.lost_costs", "ingestion.lost_spend")
    lead += [budget] if decision.cost is not None else []
    # the table has what the sentence counts; without promises the sentence says what is missing
    reader.place("board.promises")
    said = [reader.say("two.goals_note")] if len(decision.promises) else reader.sentences("board.promises")
    tables.append(_by_month(reader, decision))
    return section(
        reader.say("two.spend"), "spend", lead=lead, paragraphs=said + _declared(reader, decision), tables=tables,
        figures=[chart | {"why": "board.spend_by_month"}] if chart else [],
    )


def _budget(reader: Reader, budget, spent: str) -> str:
    """What was asked for beside what was spent; where goals ask for part of the year alone, beside what was spent in that part."""
    if budget is None:
        return reader.say("two.no_budget", spent=spent)
    asked = reader.write(budget.asked, Unit.MONEY)
    if budget.months == budget.year:
        return reader.say("two.budget", spent=spent, budget=asked)
    then = reader.write(budget.spent, Unit.MONEY)
    return reader.say("two.budget_part", spent=spent, budget=asked, then=then, months=str(budget.months), year=str(budget.year))


def _booked(reader: Reader, amounts: pd.Series, unit: Unit) -> list[str]:
    """A column of the table of spend. Hours share their decimals, so that the parts add up to the whole before the reader's eyes; a dash
    where nothing was booked, which is not known to be nothing spent."""
    if unit == Unit.MONEY:
        return [reader.write(v, unit) if v else "–" for v in amounts]
    given = [float(v) or None for v in amounts]
    said = iter(units.write_all([v for v in given if v is not None], unit, reader.language, with_unit=False))
    return ["–" if v is None else next(said) for v in given]


def _promises(reader: Reader, decision) -> dict:
    rows = []
    for row in decision.promises.head(MOST_GOALS).to_dict("records"):
        unit = unit_of(row["metric"]) if row["metric"] == "roi" else row["unit"] or unit_of(row["metric"])
        low, high = (None if pd.isna(row[c]) else row[c] for c in ("promised_low", "promised_high"))
        known = not pd.isna(row["value"]) if row["value"] is not None else False
        ends = [None if v is None or pd.isna(v) else float(v) for v in (row["low"], row["high"])]
        delivered = "–"
        if known:
            delivered = reader.write(float(row["value"]), unit, low=ends[0], high=ends[1])
            of = reader.found.get(DELIVERED.get(row["metric"], ""))
            span = reader.span(*ends, unit, of=float(row["value"])) if ends[0] != ends[1] else ""
            inside = [span, "" if of is None else reader.window(of)]
            delivered += f" ({'; '.join(filter(None, inside))})" if any(inside) else ""
        promised, result = reader.span(low, high, unit, typed=True) or "–", reader.word("result", row["result"])
        # what is no corporate metric (likes, reach) has no name here: nothing delivers it
        metric = reader.word("metric", row["metric"]) if row["metric"] in DELIVERED else reader.say("two.no_metric")
        rows.append([row["goal"], metric, promised, delivered, result])
    columns = ["goal", "metric", "promised", "delivered", "result"]
    return table(reader, reader.say("table.promises"), columns, rows, {"promised", "delivered"}, why="board.promises")


def unit_of(metric: str) -> str:
    """Unit of what a goal's metric promises, where no finding brings one."""
    units_of = {
        "cac": Unit.MONEY_PER_CUSTOMER,
        "retention": Unit.SHARE,
        "revenue_contribution": Unit.MONEY,
        "roi": Unit.SHARE,
        "csat": Unit.SHARE,
    }
    return str(units_of.get(metric, Unit.SCORE))


def _by_month(reader: Reader, decision) -> dict:
    """Which promises were kept, a goal a row and a month a column: the newest months of the fiscal year."""
    rows = decision.delivered
    months = sorted(rows["month"].unique())[-MONTHS:]
    if len(months) < 2:
        return {"rows": []}
    wide = {(r["goal_id"], r["month"]): reader.word("result", r["result"]) for r in rows.to_dict("records")}
    goals = rows.drop_duplicates("goal_id", keep="last")[["goal_id", "goal"]].head(MOST_GOALS).to_dict("records")
    return {
        "caption": reader.say("table.by_month"),
        "columns": [{"text": reader.heading("goal"), "numeric": False}]
        + [{"text": reader.short_month(m), "numeric": False} for m in months],
        "rows": [[g["goal"], *(wide.get((g["goal_id"], m), "–") for m in months)] for g in goals],
        "why": "board.delivered",
    }


def _declared(reader: Reader, decision) -> list[str]:
    """What the ledger's own history says: promises that came late or when nobody can tell, were changed (old and new) or were taken out.

    Of those that nothing can judge the month's own stand here: after a backfill they are all.
    """
    named = decision.delivered.drop_duplicates("goal_id").set_index("goal_id")["goal"].to_dict()
    metrics = decision.delivered.drop_duplicates("goal_id").set_index("goal_id")["metric"].to_dict()
    cells: dict[tuple, list[str]] = {}
    for row in decision.rewritten.to_dict("records"):
        cells.setdefault((row["goal_id"], row["month"]), []).append(_changed(reader, row, metrics.get(row["goal_id"], "")))
    month = decision.delivered["month"].max() if len(decision.delivered) else ""
    out = []
    for verdict_of in ("late", "unjudged", "rewritten", "removed"):
        rows = decision.declared[decision.declared["declared"] == verdict_of]
        if verdict_of == "unjudged":
            rows = rows[rows["month"] == month]
        what = []
        for r in rows.to_dict("records"):
            changed = cells.get((r["goal_id"], r["month"]), []) if verdict_of == "rewritten" else []
            told_of = f"{named.get(r['goal_id'], r['goal_id'])} ({reader.month(r['month'])})"
            what.append(f"{told_of}: {', '.join(changed)}" if changed else told_of)
        if what:
            more = "; …" if len(what) > MOST_NAMED else ""
            out.append(told(reader.say(f"two.{verdict_of}", what="; ".join(what[:MOST_NAMED]) + more), "board.declared"))
    return out


def _changed(reader: Reader, row: dict, metric: str) -> str:
    """One cell of a promise that was changed: 'money 120,000 TL → 90,000 TL'."""
    old, new = (_cell(reader, row, side, metric) for side in ("old", "new"))
    return reader.say("two.cell_changed", changed=reader.word("changed", row["changed"]), old=old, new=new)


def _cell(reader: Reader, row: dict, side: str, metric: str) -> str:
    name, number, words = row["changed"], row[f"{side}_number"], row[f"{side}_words"]
    if number is not None and not pd.isna(number):
        return reader.write(float(number), unit_of_cell(name, metric))
    if words is None or pd.isna(words):
        return "–"
    if name in ("due_on", "declared_on"):
        return units.date(date.fromisoformat(words), reader.language)
    return reader.word("metric", words) if name == "metric" else f"“{words}”"


def unit_of_cell(name: str, metric: str) -> str:
    """Unit of a number in the goal ledger: money, hours, or an end of what the metric promises."""
    return str({"money": Unit.MONEY, "hours": Unit.HOURS}.get(name, unit_of(metric)))
