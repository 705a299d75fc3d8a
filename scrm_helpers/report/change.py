"""What changed since last month, and why: the bridges, the same month last year, restated data, rival causes."""

import pandas as pd

from scrm_helpers import periods, units
from scrm_helpers.report.bridges import bridge_picture, verdict
from scrm_helpers.report.day_names import day_name
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.section import section, table
from scrm_helpers.units import Unit

MOST_RESTATED = 4  # sentences about past figures, and rows of past months; the appendix has the rest
MOST_RIVALS = 8
CHANGED = {
    "acquisition.cac": "tile.cac",
    "retention.kept": "tile.kept",
    "campaigns.caused": "tile.revenue",
    "campaigns.seen": "tile.seen",
}


def change(reader: Reader, decision, past, period: str) -> dict:
    """The section of page two that says what changed since last month, and why."""
    said, rows, pictures, ids = [], [], [], []
    bridged = {b.id: b for b in decision.bridges if b.id != "campaigns.caused" or decision.reconciled is not False}
    changed = {c.id: c for c in decision.changes if c.id != "campaigns.caused" or decision.reconciled is not False}
    if not changed and not bridged:
        said.append(reader.say("two.first"))
    for each in (i for i in CHANGED if i in changed or i in bridged):
        finding, bridge, other = reader.place(each), bridged.get(each), changed.get(each)
        unit = finding.unit if finding is not None else str(Unit.COUNT)
        title = reader.say(CHANGED[each])
        if finding is not None and finding.value is not None:
            title = f"{title} ({reader.window(finding)})"
        then = year_before(decision, past, each, finding, period)
        was = reader.write(then, unit) if then is not None else ""
        if bridge is not None:
            words = [verdict(reader, bridge)]
            if was:
                words.append(reader.say("bar.year_ago", value=was))
            if bridge.low is not None and bridge.high is not None:
                words.insert(1, reader.say("bar.range", range=reader.span(bridge.low, bridge.high, _gap_unit(unit))))
            drawn = bridge_picture(reader, bridge, title=title, unit=unit)
            pictures.append({"title": title, "svg": drawn, "said": " ".join(words), "why": f"board.bridge.{each}"})
            continue
        if other.before is None and other.now is None:  # no figure in either month: the sections above say why
            continue
        written = [reader.write(v, unit) if v is not None else "–" for v in (other.before, other.now)]
        difference = reader.span(other.low, other.high, _gap_unit(unit)) or "–"
        rows.append([title, *written, was or "–", difference, change_said(reader, other)])
        ids.append(f"board.bridge.{each}")
    columns = ["figure", "last_month", "this_month", "year_ago", "difference", "change"]
    tables = [table(reader, reader.say("table.changes"), columns, rows, set(columns[1:5]), why=" ".join(ids))]
    if bridged:
        said.append(reader.say("two.bridge"))
        if not any(b.published for b in bridged.values()):
            said.append(reader.say("two.bridge_first"))
    if decision.previous is not None:
        renamed = [reader.say(CHANGED[c.id]) for c in changed.values() if c.kind == "definition"]
        said.append(
            reader.say("two.definitions", what=", ".join(renamed)) if renamed else reader.say("two.no_definitions")
        )
        tables.append(_restated(reader, decision))
        if not tables[-1]["rows"]:
            said.append(reader.say("two.no_restated"))
        elif len(decision.restated) > MOST_RESTATED:
            said.append(told(reader.say("two.restated_more", n=str(len(decision.restated) - MOST_RESTATED)), "board.restated"))
        said += restated_figures(reader, decision, past)
    said.append(told(reader.say("two.days", now=str(decision.days[0]), before=str(decision.days[1])), "board.days"))
    said.append(_rivals(reader, decision))
    return section(reader.say("two.change"), "change", paragraphs=said, tables=tables, pictures=pictures)


def change_said(reader: Reader, change) -> str:
    """What a change is; where the two months stand on different inputs, which one is missing when."""
    if not change.gaps:
        untold = change.kind == "unknown" and change.now is not None  # there is a figure, and no range to judge it by
        return reader.word("change", "untold" if untold else change.kind)
    said = []
    for gap in change.gaps:
        if gap.month:
            said.append(reader.say("gap.month", data=reader.input(gap.table), month=reader.month(gap.month)))
        else:
            counts = {n: reader.write(v, Unit.COUNT) for n, v in (("before", gap.before), ("now", gap.now), ("of", gap.of))}
            said.append(reader.say("gap.months", data=reader.input(gap.table), **counts))
    return reader.say("gap.differ", what="; ".join(said))


def year_before(decision, past, each: str, finding, period: str) -> float | None:
    """The figure of the same month last year: as its page printed it in the same window, else as today's data count it."""
    month = periods.shift(period, -12)
    then = past.get(month, {}).get(each)
    if then is not None and then.state == "ok" and finding is not None and then.window == finding.window:
        return then.value
    return decision.lines.get(each, {}).get(month)


def _rivals(reader: Reader, decision) -> str:
    """Entries of the change log, holidays and named days, each with its day and kind, the newest where there are too many."""
    rows = decision.rivals.to_dict("records")
    if not rows:
        return reader.say("two.no_rivals")
    day = lambda d: units.date(d, reader.language, year=False)  # noqa: E731
    note = lambda r: day_name(r["note"], pd.Timestamp(r["on"]).date(), reader.language)  # noqa: E731
    named = [f"{day(r['on'])} {note(r)} ({reader.word('kind', r['kind'])})" for r in rows]
    more = [reader.say("two.more", n=str(len(named) - MOST_RIVALS))] if len(named) > MOST_RIVALS else []
    return told(reader.say("two.rivals", what="; ".join([*more, *named[-MOST_RIVALS:]])), "board.change_log")


def _restated(reader: Reader, decision) -> dict:
    rows = [
        [
            reader.word("table", r["table"]),
            reader.month(r["month"]),
            reader.write(r["rows_before"], Unit.COUNT),
            reader.write(r["rows_now"], Unit.COUNT),
        ]
        for r in decision.restated.tail(MOST_RESTATED).to_dict("records")
    ]
    columns = ["table", "month", "rows_before", "rows_now"]
    return table(reader, reader.say("table.restated"), columns, rows, set(columns[2:]), why="board.restated")


def restated_figures(reader: Reader, decision, past) -> list[str]:
    """Headline figures that earlier pages printed and today's data no longer give, each by name and month."""
    out = []
    for each, counted in decision.lines.items():
        if each == "campaigns.caused" and decision.reconciled is False:
            continue
        now = reader.figure(each)
        for month in sorted(counted)[-12:]:
            f = past.get(month, {}).get(each)
            if f is None or f.state != "ok" or f.value is None or now is None or f.window != now.window:
                continue
            texts_of = [reader.write(v, f.unit, low=f.low, high=f.high) for v in (f.value, counted[month])]
            if texts_of[0] != texts_of[1]:  # what a reader would not see is not named
                text = reader.say("two.restated_figure", what=reader.say(CHANGED[each]), month=reader.month(month),
                                  before=texts_of[0], now=texts_of[1])  # fmt: skip
                out.append(told(text, f"board.line.{each}"))
    return out[-MOST_RESTATED:]


def _gap_unit(unit: str) -> str:
    return str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit
