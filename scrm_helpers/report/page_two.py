"""Page two: revenue, spend by goal, what changed and why, service, how far to trust it. Sections of sentences, tables and figures."""

import json
from itertools import groupby

from scrm_helpers import metrics, periods, units
from scrm_helpers.goals.decide import STEP
from scrm_helpers.report.change import change
from scrm_helpers.report.firewall import names_to_tell
from scrm_helpers.report.missing import causes_said
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.revenue import revenue
from scrm_helpers.report.section import section, table
from scrm_helpers.report.spending import spending
from scrm_helpers.units import Unit

MOST_REFUSED = 6  # refused files; the appendix names each
MOST_STEPS = 8  # accepted differences of the finance walk; the workbook has the rest


def page_two(reader: Reader, decision, past, *, period: str, chart: dict | None = None) -> list[dict]:
    """The sections of page two, in order. `chart` of spend: `svg`, and `alt`, the same in words."""
    return [
        revenue(reader, decision),
        spending(reader, decision, chart),
        change(reader, decision, past, period),
        _service(reader, decision),
        _trust(reader, decision, period),
    ]


def _service(reader: Reader, decision) -> dict:
    rows, ids = [], []
    for measure, pair in (
        ("cost_per_resolution", ("service.cost_social", "service.cost_phone")),
        ("csat", ("service.csat_social", "service.csat_phone")),
    ):
        found = [reader.figure(finding_id, block="service") for finding_id in pair]
        spans = {reader.window(f) for f in found if f is not None}
        cells = [_with_range(reader, f, windowed=len(spans) > 1) for f in found]
        if spans:
            label = metrics.measure(measure).label(reader.language)
            rows.append([f"{label} ({next(iter(spans))})" if len(spans) == 1 else label, *cells])
            rows.append([reader.say(f"two.behind_{measure}"), *(_count(reader, finding_id) for finding_id in pair)])
            ids += pair
    better = reader.figure("service.better", block="service")
    said = []
    if better is not None:
        proven = decision.saving_proven
        # the chance that the rule looks at: with missing hours at their worst for social
        chance = reader.share(better.value if better.low is None else better.low)
        text = (
            reader.say("two.saving", chance=chance)
            if proven
            else reader.say("two.no_saving", limit=reader.share(decision.limits.sure), chance=chance)
        )
        said.append(told(text, "service.better"))
        said += reader.sentences("service.saving", block="service") if proven else []
    if not rows:
        missing = [f for f in ("service.cost_social", "service.csat_social") if f in reader.found]
        said += reader.sentences(*missing, block="service") or [reader.say("two.service_none")]
    columns = ["measure", "social", "phone"]
    shown = table(reader, reader.say("table.service"), columns, rows, {"social", "phone"}, why=" ".join(ids))
    return section(reader.say("two.service"), "service", paragraphs=said, tables=[shown])


def _count(reader: Reader, finding_id: str) -> str:
    """The cases that a figure stands on; where they are too few for one, that too."""
    f = reader.found.get(finding_id)
    if f is None or f.state not in ("ok", "too_few"):
        return "–"
    n = reader.write(f.n, Unit.COUNT)
    return n if f.state == "ok" else reader.say("two.too_few", n=n)


def _with_range(reader: Reader, f, *, windowed: bool) -> str:
    if f is None:
        return "–"
    inside = [reader.span(f.low, f.high, f.unit, of=f.value), reader.window(f) if windowed else ""]
    return f"{reader.write(f.value, f.unit, low=f.low, high=f.high)} ({'; '.join(filter(None, inside))})"


def _trust(reader: Reader, decision, period: str) -> dict:
    said = reader.sentences("board.traceability", "ingestion.unlisted", "ingestion.several", "identity.precision", "identity.recall")
    if not any(i in reader.found for i in ("identity.precision", "identity.recall")):
        said.append(reader.say("two.match_none"))
    if inputs := [r for r in decision.refused if not r.beside]:
        what = [f"{r.file}: {r.reason(reader.language)}" for r in inputs[:MOST_REFUSED]]
        more = ["…"] if len(inputs) > MOST_REFUSED else []
        said.append(told(reader.say("two.refused", what=" ".join([*what, *more])), "ingestion.refused"))
    tests = [f for f in reader.found.values() if is_test(f)]
    said.append(told(reader.say("two.tests", n=str(len(tests))), "board.tests"))
    running = [f.id for f in reader.found.values() if is_running(f)]
    if running:
        said.append(told(reader.say("two.running", n=str(len(running))), "board.running"))
    said += reader.sentences(STEP) or [reader.say("two.step_none")]  # "increase" waits for it, whatever the average return
    given = [*decision.rivals["note"].astype(str), *decision.promises["goal"].astype(str)]
    if named := names_to_tell(given):
        said.append(told(reader.say("two.names", what="; ".join(named)), "board.change_log"))
    held = [f for f in reader.found.values() if f.state != "ok"]
    if held:
        causes = causes_said(reader, reader.found, has_orders=decision.month.data_to is not None)
        said.append(told(reader.say("two.withheld", n=str(len(held)), causes=causes), "board.withheld"))
    sources = _sources(reader, decision, period)
    return section(reader.say("two.trust"), "trust", paragraphs=[*said, sources], tables=[_walk(reader, decision)])


def is_test(finding) -> bool:
    """Whether a finding is a test's result."""
    return finding.notebook.endswith("experiments") and finding.state == "ok" and finding.measure.startswith("test_")


def is_running(finding) -> bool:
    """Whether a finding is a test that has not reached its planned end: its sentence names the day."""
    return finding.notebook.endswith("experiments") and finding.state == "withheld" and "stop" in json.loads(finding.values)


def _sources(reader: Reader, decision, period: str) -> str:
    """Last day seen, sources of the same day together, the newest day first; what stops before the month ends says so."""
    rows = sorted(decision.month.sources.to_dict("records"), key=lambda r: (r["last_on"], bool(r["complete"])), reverse=True)
    first, said = periods.first_day(period), []
    for (day, complete), same in groupby(rows, key=lambda r: (r["last_on"], bool(r["complete"]))):
        named = ", ".join(reader.word("table", r["table"]) for r in same)
        short = "" if complete else f" ({reader.say('two.part_month' if day >= first else 'two.none_of_month')})"
        said.append(f"{named}: {units.date(day, reader.language, year=False)}{short}")
    begins = reader.say("two.begins", month=reader.month(decision.month.begins)) if decision.month.begins else ""
    return told(" ".join(filter(None, [reader.say("two.sources", what="; ".join(said)), begins])), "board.sources") if said else ""


def _walk(reader: Reader, decision) -> dict:
    """From the ledger to the sales in these data, each accepted difference by its name and month."""
    steps = decision.walk.to_dict("records")
    named = [r for r in steps if r["step"] not in ("ledger", "rest", "sales")]
    if len(named) > MOST_STEPS:  # the largest stand, the others in one line
        kept = sorted(named, key=lambda r: -abs(r["net"]))[: MOST_STEPS - 1]
        others = [r for r in named if r not in kept]
        more = {"step": "others", "month": "", "net": sum(r["net"] for r in others), "note": ""}
        steps = [steps[0], *(r for r in named if r in kept), more, *steps[-2:]]
    rows = []
    for row in steps:
        known = row["step"] in ("ledger", "rest", "sales", "others")
        name = reader.say(f"walk.{row['step']}") if known else row["step"]
        net = -row["net"] if row["step"] == "sales" else row["net"]
        name = f"{name} ({reader.short_month(row['month'])})" if row["month"] else name
        note = row["note"]
        if row["step"] == "rest" and net:
            note = reader.say("walk.rest_note", limit=reader.share(decision.limits.walk))
        rows.append({"step": name, "net": reader.write(net, Unit.MONEY), "note": note})
    columns = [c for c in ("step", "net", "note") if any(r[c] for r in rows)]  # without accepted differences one is blank
    cells = [[r[c] for c in columns] for r in rows]
    return table(reader, reader.say("table.walk"), columns, cells, {"net"}, why="board.walk")
