"""Page two: revenue, spend by goal, what changed and why, service, how far to trust it. Sections of sentences, tables and figures."""

import pandas as pd

from scrm_helpers import metrics, units
from scrm_helpers.report.change import change
from scrm_helpers.report.firewall import names_to_tell
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.section import section, table
from scrm_helpers.report.tiles import beyond_chance
from scrm_helpers.units import Unit


def page_two(reader: Reader, decision, past, *, period: str, spend_svg: str = "") -> list[dict]:
    """The sections of page two, in order. `spend_svg` is the finished chart of spend, with its text alternative."""
    return [
        _revenue(reader, decision),
        _spend(reader, decision, spend_svg),
        change(reader, decision, past, period),
        _service(reader, decision),
        _trust(reader, decision),
    ]


def _revenue(reader: Reader, decision) -> dict:
    rows = []
    for case in ("seen", "touched", "caused"):
        finding = reader.figure(f"campaigns.{case}")
        if finding is None or (case == "caused" and decision.reconciled is False):
            continue
        name = case if case != "caused" else _caused_name(finding)
        rows.append(
            [
                reader.say(f"two.{name}"),
                reader.write(finding.value, finding.unit, low=finding.low, high=finding.high),
                reader.span(finding.low, finding.high, finding.unit),
                _evidence(reader, finding) if case == "caused" else reader.say("tile.not_proof").rstrip("."),
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
    first, rest = (said[:1], said[1:]) if decision.reconciled is False or not rows else ([], said)
    return section(reader.say("two.revenue"), "revenue", lead=first, paragraphs=[*rest, note], tables=[*tables, roi])


def _caused_name(finding) -> str:
    """Only a tested effect that stands beyond chance is called caused; else it is an estimate, or merely consistent."""
    if finding.grade not in ("A", "B"):
        return "consistent"
    return "caused" if beyond_chance(finding) else "estimated"


def _evidence(reader: Reader, finding) -> str:
    """How it was found out, and where it holds: that it could be chance."""
    said = reader.say(f"grade.{finding.grade}") if finding.grade else ""
    return said if beyond_chance(finding) else "; ".join(filter(None, [said, reader.say("two.chance")]))


def _roi(reader: Reader, decision) -> tuple[dict, str]:
    rows = []
    for row in decision.cases.to_dict("records"):
        caused = reader.figure("campaigns.caused") if row["case"] == "caused" else None
        low, high = (None if pd.isna(row[c]) else row[c] for c in ("low", "high"))
        rows.append(
            [
                reader.say(f"two.{row['case'] if caused is None else _caused_name(caused)}"),
                reader.write(row["value"], Unit.SHARE, low=low, high=high),
                reader.span(low, high, Unit.SHARE),
                reader.say("tile.not_proof").rstrip(".") if caused is None else _evidence(reader, caused),
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
    lead = reader.sentences("board.cost") + ([budget] if decision.cost is not None else [])
    said = reader.sentences("board.promises")
    if len(decision.promises):
        said.append(reader.say("two.goals_note"))
    tables.append(_by_month(reader, decision))
    return section(
        reader.say("two.spend"), "spend", lead=lead, paragraphs=said + _declared(reader, decision), tables=tables, figures=[svg]
    )


def _declared(reader: Reader, decision) -> list[str]:
    """What the ledger's own history says: promises that came late, were changed or were taken out."""
    named = decision.delivered.drop_duplicates("goal_id").set_index("goal_id")["goal"].to_dict()
    out = []
    for verdict_of in ("late", "rewritten", "removed"):
        rows = decision.declared[decision.declared["declared"] == verdict_of]
        what = [f"{named.get(r['goal_id'], r['goal_id'])} ({reader.month(r['month'])})" for r in rows.to_dict("records")]
        if what:
            out.append(reader.say(f"two.{verdict_of}", what="; ".join(what[:6]) + ("; …" if len(what) > 6 else "")))
    return out


def _by_month(reader: Reader, decision) -> dict:
    """Which promises were kept, a goal a row and a month a column: the newest six months of the fiscal year."""
    rows = decision.delivered
    months = sorted(rows["month"].unique())[-6:]
    if len(months) < 2:
        return {"rows": []}
    wide = {(r["goal_id"], r["month"]): reader.word("result", r["result"]) for r in rows.to_dict("records")}
    goals = rows.drop_duplicates("goal_id", keep="last")[["goal_id", "goal"]].to_dict("records")
    return {
        "caption": reader.say("table.by_month"),
        "columns": [{"text": reader.heading("goal"), "numeric": False}]
        + [{"text": reader.short_month(m), "numeric": False} for m in months],
        "rows": [[g["goal"], *(wide.get((g["goal_id"], m), "–") for m in months)] for g in goals],
    }


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
    given = [*decision.rivals["note"].astype(str), *decision.promises["goal"].astype(str)]
    if named := names_to_tell(given):
        said.append(reader.say("two.names", what="; ".join(named)))
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
        tables=[_walk(reader, decision), table(reader, reader.say("table.sources"), ["table", "last_on", "complete"], rows, set())],
    )


def _walk(reader: Reader, decision) -> dict:
    """From the ledger to the sales in these data, each accepted difference by its name and month."""
    rows = []
    for row in decision.walk.to_dict("records"):
        known = row["step"] in ("ledger", "rest", "sales")
        name = reader.say(f"walk.{row['step']}") if known else row["step"]
        net = -row["net"] if row["step"] == "sales" else row["net"]
        rows.append([name, reader.month(row["month"]) if row["month"] else "", reader.write(net, Unit.MONEY), row["note"]])
    return table(reader, reader.say("table.walk"), ["step", "month", "net", "note"], rows, {"net"})
