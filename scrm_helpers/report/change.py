"""What changed since last month, and why: the bridge, the figures beside last month and last year, restated data, rival causes."""

from scrm_helpers import periods, units
from scrm_helpers.report.bridges import bridge_picture, verdict
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.section import section, table
from scrm_helpers.units import Unit

MOST_RESTATED = 6  # sentences about past figures; the table of the appendix has the rest
CHANGED = {
    "acquisition.cac": "tile.cac",
    "retention.kept": "tile.kept",
    "campaigns.caused": "tile.revenue",
    "campaigns.seen": "tile.seen",
}


def change(reader: Reader, decision, past, period: str) -> dict:
    """The section of page two that says what changed since last month, and why."""
    said, rows, pictures = [], [], []
    bridged = {b.id: b for b in decision.bridges}
    changed = {c.id: c for c in decision.changes}
    if not changed and not bridged:
        said.append(reader.say("two.first"))
    year_ago = past.get(periods.shift(period, -12), {})
    for each in (i for i in CHANGED if i in changed or i in bridged):
        finding, bridge, other = reader.place(each), bridged.get(each), changed.get(each)
        unit = finding.unit if finding is not None else str(Unit.COUNT)
        title = reader.say(CHANGED[each])
        if bridge is not None:
            drawn = bridge_picture(reader, bridge, title=title, unit=unit)
            pictures.append({"title": title, "svg": drawn, "said": verdict(reader, bridge)})
        before = bridge.before if bridge is not None else other.before
        now = bridge.now if bridge is not None else other.now
        low, high = (bridge.low, bridge.high) if bridge is not None else (other.low, other.high)
        then = year_ago.get(each)
        then = then.value if then is not None and then.state == "ok" else decision.lines.get(each, {}).get(periods.shift(period, -12))
        rows.append(
            [
                title,
                reader.write(before, unit) if before is not None else "–",
                reader.write(now, unit) if now is not None else "–",
                reader.write(then, unit) if then is not None else "–",
                reader.span(low, high, _gap_unit(unit)) or "–",
                reader.word("change", other.kind if bridge is None else {"unknown": "untold"}.get(bridge.kind, bridge.kind)),
            ]
        )
    columns = ["figure", "last_month", "this_month", "year_ago", "difference", "change"]
    tables = [table(reader, reader.say("table.changes"), columns, rows, set(columns[1:5]))]
    if bridged:
        said.append(reader.say("two.bridge"))
        if not any(b.published for b in bridged.values()):
            said.append(reader.say("two.bridge_first"))
        if "campaigns.caused" in changed:
            said.append(reader.say("two.caused_no_bridge"))
    if decision.previous is not None:
        renamed = [reader.say(CHANGED[c.id]) for c in decision.changes if c.kind == "definition"]
        said.append(
            reader.say("two.definitions", what=", ".join(renamed)) if renamed else reader.say("two.no_definitions")
        )
        tables.append(_restated(reader, decision))
        if not tables[-1]["rows"]:
            said.append(reader.say("two.no_restated"))
        said += restated_figures(reader, decision, past)
    said.append(reader.say("two.days", now=str(decision.days[0]), before=str(decision.days[1])))
    rivals = [
        [units.date(r["on"], reader.language), reader.word("kind", r["kind"]), str(r["note"])]
        for r in decision.rivals.to_dict("records")
    ]
    tables.append(table(reader, reader.say("table.rivals"), ["on", "kind", "note"], rivals, set()))
    if not rivals:
        said.append(reader.say("two.no_rivals"))
    return section(reader.say("two.change"), "change", paragraphs=said, tables=tables, pictures=pictures)


def _restated(reader: Reader, decision) -> dict:
    rows = [
        [
            reader.word("table", r["table"]),
            reader.month(r["month"]),
            reader.write(r["rows_before"], Unit.COUNT),
            reader.write(r["rows_now"], Unit.COUNT),
        ]
        for r in decision.restated.tail(12).to_dict("records")
    ]
    columns = ["table", "month", "rows_before", "rows_now"]
    return table(reader, reader.say("table.restated"), columns, rows, set(columns[2:]))


def restated_figures(reader: Reader, decision, past) -> list[str]:
    """Headline figures that earlier pages printed and today's data no longer give, each by name and month."""
    out = []
    for each, counted in decision.lines.items():
        now = reader.figure(each)
        for month in sorted(counted)[-12:]:
            f = past.get(month, {}).get(each)
            if f is None or f.state != "ok" or f.value is None or now is None or f.window != now.window:
                continue
            texts_of = [reader.write(v, f.unit, low=f.low, high=f.high) for v in (f.value, counted[month])]
            if texts_of[0] != texts_of[1]:  # what a reader would not see is not named
                out.append(
                    reader.say("two.restated_figure", what=reader.say(CHANGED[each]), month=reader.month(month),
                               before=texts_of[0], now=texts_of[1])
                )  # fmt: skip
    return out[-MOST_RESTATED:]
def _gap_unit(unit: str) -> str:
    return str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit
