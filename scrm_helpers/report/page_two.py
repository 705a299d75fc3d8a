"""Page two: revenue, spend by goal, what changed and why, service, how far to trust it. Sections of sentences, tables and figures."""

import pandas as pd

from scrm_helpers import metrics, periods, units
from scrm_helpers.report.reader import Reader
from scrm_helpers.units import Unit

CHANGED = {
    "acquisition.cac": "tile.cac",
    "retention.kept": "tile.kept",
    "campaigns.caused": "tile.revenue",
    "campaigns.seen": "tile.seen",
}


def page_two(reader: Reader, decision, past, *, period: str, spend_svg: str = "") -> list[dict]:
    """The sections of page two, in order. `spend_svg` is the finished chart of spend, with its text alternative."""
    return [
        _revenue(reader, decision),
        _spend(reader, decision, spend_svg),
        _change(reader, decision, past, period),
        _service(reader, decision),
        _trust(reader, decision),
    ]


def section(title: str, key: str, *, paragraphs=(), tables=(), figures=()) -> dict:
    """One section for the template."""
    return {
        "key": key,
        "title": title,
        "paragraphs": [p for p in paragraphs if p],
        "tables": [t for t in tables if t["rows"]],
        "figures": [f for f in figures if f],
    }


def table(reader: Reader, caption: str, columns: list[str], rows: list[list[str]], numeric: set[str]) -> dict:
    """One table for the template; `columns` are ids of headings."""
    return {
        "caption": caption,
        "columns": [{"text": reader.heading(c), "numeric": c in numeric} for c in columns],
        "rows": rows,
    }


def _revenue(reader: Reader, decision) -> dict:
    rows = []
    for case in ("seen", "touched", "caused"):
        finding = reader.figure(f"campaigns.{case}")
        if finding is None or (case == "caused" and decision.reconciled is False):
            continue
        name = "consistent" if case == "caused" and finding.grade not in ("A", "B") else case
        rows.append(
            [
                reader.say(f"two.{name}"),
                reader.write(finding.value, finding.unit, low=finding.low, high=finding.high),
                reader.span(finding.low, finding.high, finding.unit),
                reader.say(f"grade.{finding.grade}")
                if case == "caused" and finding.grade
                else reader.say("tile.not_proof").rstrip("."),
                reader.say(f"window.{finding.window}"),
            ]
        )
    caused = () if decision.reconciled is False else ("campaigns.caused",)
    said = reader.sentences(
        "campaigns.seen",
        "campaigns.touched",
        *caused,
        "ingestion.reconciliation",
        "acquisition.cac",
        "acquisition.cac_other",
        # the sentence of the cost tells how much of its own window has no source; a second share would only confuse
        *(() if reader.figure("acquisition.cac") is not None else ("acquisition.unknown",)),
    )
    if decision.reconciled is False:
        said.insert(0, reader.say("two.ledger_out", limit=reader.share(decision.limits.walk)))
    elif decision.reconciled is None:
        said.append(reader.say("two.ledger_none"))
    if not rows:
        said.insert(0, reader.say("two.revenue_none"))
    columns = ["kind_of_revenue", "value", "range", "evidence", "window"]
    tables = [table(reader, reader.say("table.revenue"), columns, rows, {"value", "range"})]
    roi, note = _roi(reader, decision)
    return section(reader.say("two.revenue"), "revenue", paragraphs=[*said, note], tables=[*tables, roi])


def _roi(reader: Reader, decision) -> tuple[dict, str]:
    rows = []
    for row in decision.cases.to_dict("records"):
        tested = row["case"] != "caused" or row["grade"] in ("A", "B")
        low, high = (None if pd.isna(row[c]) else row[c] for c in ("low", "high"))
        rows.append(
            [
                reader.say(f"two.{row['case'] if tested else 'consistent'}"),
                reader.write(row["value"], Unit.SHARE, low=low, high=high),
                reader.span(low, high, Unit.SHARE),
                reader.say(f"grade.{row['grade']}")
                if row["case"] == "caused" and row["grade"]
                else reader.say("tile.not_proof").rstrip("."),
            ]
        )
    if decision.roi is None or decision.roi_cost is None:
        note = reader.say("roi_withheld", input=reader.say(f"roi_reason.{decision.roi_reason or 'effect'}"))
    else:
        cost = reader.write(decision.roi_cost.value, Unit.MONEY, low=decision.roi_cost.low, high=decision.roi_cost.high)
        note = reader.say(
            "two.roi_formula",
            window=reader.say(f"window.{decision.roi_window}"),
            margin=reader.share(decision.margin.share),
            cost=cost,
        )
    return table(
        reader, reader.say("table.roi"), ["case", "value", "range", "evidence"], rows, {"value", "range"}
    ), note


def _spend(reader: Reader, decision, svg: str) -> dict:
    money = lambda v: reader.write(v, Unit.MONEY)  # noqa: E731
    hours = lambda v: reader.write(round(v), Unit.COUNT) if v else "–"  # noqa: E731
    spend, rows = decision.spend, []
    if decision.cost is not None:
        for row in spend.to_dict("records"):
            rows.append(
                [
                    reader.word("purpose", row["purpose"]),
                    money(row["cost_month"]),
                    hours(row["hours_month"]),
                    money(row["cost_year"]),
                    hours(row["hours_year"]),
                ]
            )
        sums = spend[["cost_month", "hours_month", "cost_year", "hours_year"]].sum()
        rows.append(
            [
                reader.word("purpose", "all"),
                money(sums["cost_month"]),
                hours(sums["hours_month"]),
                money(sums["cost_year"]),
                hours(sums["hours_year"]),
            ]
        )
    spent = money(float(spend["cost_year"].sum()))
    budget = (
        reader.say("two.budget", spent=spent, budget=money(decision.budget))
        if decision.budget is not None
        else reader.say("two.no_budget", spent=spent)
    )
    columns = ["purpose", "cost_month", "hours_month", "cost_year", "hours_year"]
    tables = [table(reader, reader.say("table.spend"), columns, rows, set(columns[1:])), _promises(reader, decision)]
    said = (
        reader.sentences("board.cost")
        + ([budget] if decision.cost is not None else [])
        + reader.sentences("board.promises")
    )
    if len(decision.promises):
        said.append(reader.say("two.goals_note"))
    return section(reader.say("two.spend"), "spend", paragraphs=said, tables=tables, figures=[svg])


def _promises(reader: Reader, decision) -> dict:
    rows = []
    for row in decision.promises.to_dict("records"):
        unit = row["unit"] or _unit_of(row["metric"])
        low, high = (None if pd.isna(row[c]) else row[c] for c in ("promised_low", "promised_high"))
        known = not pd.isna(row["value"]) if row["value"] is not None else False
        ends = [None if v is None or pd.isna(v) else float(v) for v in (row["low"], row["high"])]
        delivered = "–"
        if known:
            delivered = reader.write(float(row["value"]), unit, low=ends[0], high=ends[1])
            if ends[0] != ends[1]:
                delivered += f" ({reader.span(ends[0], ends[1], unit)})"
        rows.append(
            [
                row["goal"],
                reader.word("metric", row["metric"]),
                reader.span(low, high, unit) or "–",
                delivered,
                reader.word("result", row["result"]),
            ]
        )
    return table(
        reader,
        reader.say("table.promises"),
        ["goal", "metric", "promised", "delivered", "result"],
        rows,
        {"promised", "delivered"},
    )


def _unit_of(metric: str) -> str:
    units_of = {
        "cac": Unit.MONEY_PER_CUSTOMER,
        "retention": Unit.SHARE,
        "revenue_contribution": Unit.MONEY,
        "roi": Unit.RATIO,
        "csat": Unit.SHARE,
    }
    return str(units_of.get(metric, Unit.SCORE))


def _change(reader: Reader, decision, past, period: str) -> dict:
    said, rows = [], []
    if decision.previous is None:
        said.append(reader.say("two.first"))
    year_ago = past.get(periods.shift(period, -12), {})
    for change in decision.changes:
        finding = reader.place(change.id)
        unit = finding.unit if finding is not None else str(Unit.COUNT)
        then = year_ago.get(change.id)
        rows.append(
            [
                reader.say(CHANGED[change.id]),
                reader.write(change.before, unit) if change.before is not None else "–",
                reader.write(change.now, unit) if change.now is not None else "–",
                reader.write(then.value, unit) if then is not None and then.value is not None else "–",
                reader.span(change.low, change.high, _gap_unit(unit)) or "–",
                reader.word("change", change.kind),
            ]
        )
    columns = ["figure", "last_month", "this_month", "year_ago", "difference", "change"]
    tables = [table(reader, reader.say("table.changes"), columns, rows, set(columns[1:5]))]
    if decision.previous is not None:
        renamed = [reader.say(CHANGED[c.id]) for c in decision.changes if c.kind == "definition"]
        said.append(
            reader.say("two.definitions", what=", ".join(renamed)) if renamed else reader.say("two.no_definitions")
        )
        restated = [
            [
                reader.word("table", r["table"]),
                reader.month(r["month"]),
                reader.write(r["rows_before"], Unit.COUNT),
                reader.write(r["rows_now"], Unit.COUNT),
            ]
            for r in decision.restated.tail(12).to_dict("records")
        ]
        tables.append(
            table(
                reader,
                reader.say("table.restated"),
                ["table", "month", "rows_before", "rows_now"],
                restated,
                {"rows_before", "rows_now"},
            )
        )
        if not restated:
            said.append(reader.say("two.no_restated"))
    said.append(reader.say("two.days", now=str(decision.days[0]), before=str(decision.days[1])))
    rivals = [
        [units.date(r["on"], reader.language), reader.word("kind", r["kind"]), str(r["note"])]
        for r in decision.rivals.to_dict("records")
    ]
    tables.append(table(reader, reader.say("table.rivals"), ["on", "kind", "note"], rivals, set()))
    if not rivals:
        said.append(reader.say("two.no_rivals"))
    return section(reader.say("two.change"), "change", paragraphs=said, tables=tables)


def _gap_unit(unit: str) -> str:
    return str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit


def _service(reader: Reader, decision) -> dict:
    rows = []
    for measure, pair in (
        ("cost_per_resolution", ("service.cost_social", "service.cost_phone")),
        ("csat", ("service.csat_social", "service.csat_phone")),
    ):
        cells = []
        for finding_id in pair:
            f = reader.figure(finding_id, block="service")
            cells.append(
                "–"
                if f is None
                else f"{reader.write(f.value, f.unit, low=f.low, high=f.high)} ({reader.span(f.low, f.high, f.unit)})"
            )
        if cells != ["–", "–"]:
            rows.append([metrics.measure(measure).label(reader.language), *cells])
    better = reader.figure("service.better", block="service")
    said = []
    if better is not None:
        proven = decision.saving_proven
        # the chance that the rule looks at: with missing hours at their worst for social
        chance = reader.share(better.value if better.low is None else better.low)
        said.append(
            reader.say("two.saving", chance=chance)
            if proven
            else reader.say("two.no_saving", limit=reader.share(decision.limits.sure), chance=chance)
        )
        said += reader.sentences("service.saving", block="service") if proven else []
    if not rows:
        missing = [f for f in ("service.cost_social", "service.csat_social") if f in reader.found]
        said += reader.sentences(*missing, block="service") or [reader.say("two.service_none")]
    columns = ["measure", "social", "phone"]
    return section(
        reader.say("two.service"),
        "service",
        paragraphs=said,
        tables=[table(reader, reader.say("table.service"), columns, rows, {"social", "phone"})],
    )


def _trust(reader: Reader, decision) -> dict:
    said = reader.sentences("board.traceability", "identity.precision", "identity.recall")
    if not any(i in reader.found for i in ("identity.precision", "identity.recall")):
        said.append(reader.say("two.match_none"))
    tests = sum(
        f.notebook.endswith("experiments") and f.state == "ok" and f.measure.startswith("test_")
        for f in reader.found.values()
    )
    said.append(reader.say("two.tests", n=str(tests)))
    said += reader.sentences("experiments.running")
    held = [f for f in reader.found.values() if f.state != "ok"]
    said.append(reader.say("two.withheld", n=str(len(held))))
    rows = [
        [
            reader.word("table", r["table"]),
            units.date(r["last_on"], reader.language),
            reader.word("complete", "yes" if r["complete"] else "no"),
        ]
        for r in decision.month.sources.to_dict("records")
    ]
    return section(
        reader.say("two.trust"),
        "trust",
        paragraphs=said,
        tables=[table(reader, reader.say("table.sources"), ["table", "last_on", "complete"], rows, set())],
    )
