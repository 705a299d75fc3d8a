"""What changed since last month, and why: the bridges, the same month last year, restated data, rival causes."""

import pandas as pd

from scrm_helpers import periods, units
from scrm_helpers.report.bridges import bridge_picture, bridge_words, verdict
from scrm_helpers.report.day_names import day_name
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.section import section, table
from scrm_helpers.report.tiles import is_bound
from scrm_helpers.units import Unit

MOST_RESTATED = 4  # sentences about past figures, and rows of past months; the appendix has the rest
MOST_RIVALS = 8
CHANGED = {
    "acquisition.cac": "tile.cac",
    "retention.kept": "tile.kept",
    "campaigns.caused": "tile.revenue",
    "campaigns.seen": "tile.seen",
}
RESTATED = CHANGED | {"board.cost": "two.cost"}


def change(reader: Reader, decision, past, period: str) -> dict:
    """The section of page two that says what changed since last month, and why."""
    said, rows, pictures, ids, firsts = [], [], [], [], []
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
                words.insert(1, reader.say("bar.range", range=reader.span(bridge.low, bridge.high, _gap_unit(unit), with_unit=True)))
            drawn = bridge_picture(reader, bridge, title=title, unit=unit)
            alt = bridge_words(reader, bridge, title=title, unit=unit)
            pictures.append({"title": title, "svg": drawn, "alt": alt, "said": " ".join(words), "why": f"board.bridge.{each}"})
            continue
        if other.before is None and other.now is None:  # no figure in either month: the sections above say why
            continue
        if other.kind == "first" and not was:  # nothing to stand beside it: a row would be dashes
            firsts.append(reader.say(CHANGED[each]))
            continue
        # over another window last month's figure is another one: it does not stand beside this month's
        sides = (None if other.kind == "window" else other.before, other.now)
        written = [reader.write(v, unit) if v is not None else "–" for v in sides]
        difference = reader.span(other.low, other.high, _gap_unit(unit), with_unit=True) or "–"
        rows.append([title, *written, was or "–", difference, change_said(reader, other)])
        ids.append(f"board.bridge.{each}")
    columns = ["figure", "last_month", "this_month", "year_ago", "difference", "change"]
    tables = [table(reader, reader.say("table.changes"), columns, rows, set(columns[1:5]), why=" ".join(ids))]
    if bridged:
        said.append(reader.say("two.bridge"))
        said += _counted_now(reader, decision, bridged)
    said += _moved(reader, decision)
    quiet = [f"{', '.join(firsts)}: {reader.word('change', 'first')}."] if firsts else []
    if decision.previous is not None:
        renamed = [reader.say(CHANGED[c.id]) for c in changed.values() if c.kind == "definition"]
        quiet += [] if renamed else [reader.say("two.no_definitions")]
        said += [reader.say("two.definitions", what=", ".join(renamed))] if renamed else []
        tables.append(_restated(reader, decision))
        figures = restated_figures(reader, decision)
        if not tables[-1]["rows"] and not figures:
            quiet.append(reader.say("two.no_restated"))
        elif len(decision.restated) > MOST_RESTATED:
            said.append(told(reader.say("two.restated_more", n=str(len(decision.restated) - MOST_RESTATED)), "board.restated"))
        said += figures[:MOST_RESTATED]
        if len(figures) > MOST_RESTATED:
            said.append(told(reader.say("two.restated_figures_more", n=str(len(figures) - MOST_RESTATED)), "board.restated"))
    days = reader.say("two.days", now=str(decision.days[0]), before=str(decision.days[1]))
    said.append(told(" ".join([*quiet, days]), "board.days"))
    said.append(_rivals(reader, decision))
    return section(reader.say("two.change"), "change", paragraphs=said, tables=tables, pictures=pictures)


def is_exact(change) -> bool:
    """Whether chance plays no part in a difference: both figures are sums of what was booked."""
    return change.kind in ("real", "noise") and change.low is not None and change.low == change.high


def change_said(reader: Reader, change) -> str:
    """What a change is; where the two months stand on different inputs, which one is missing when."""
    if is_exact(change):
        return reader.word("change", "exact" if change.low else "same")
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


def restated_figures(reader: Reader, decision) -> list[str]:
    """Figures that earlier pages printed and today's data no longer give, each by name and month, the newest month first."""
    out = []
    for each in decision.restatements:
        if each.id == "campaigns.caused" and decision.reconciled is False:
            continue
        f = each.printed
        bound = is_bound(f)
        texts_of = [reader.write(v, f.unit, low=v if bound else f.low, high=None if bound else f.high) for v in (f.value, each.now)]
        if texts_of[0] != texts_of[1]:  # what a reader would not see is not named
            what = reader.say(RESTATED[each.id])
            if f.id in CHANGED:
                what = f"{what} ({reader.window(f)})"
            values = {"before": texts_of[0], "now": texts_of[1]}
            text = reader.say("two.restated_figure", what=what, month=reader.month(each.month), **values)
            out.append(told(text, "board.restated"))
    return out


def _counted_now(reader: Reader, decision, bridged) -> list[str]:
    """Why a bridge begins with last month as it is counted now: there is no page of it, or none with the figure over these months."""
    loose = [b for b in bridged.values() if not b.published]
    if decision.previous is None:
        return [reader.say("two.bridge_first")] if loose else []
    names = ", ".join(reader.say(CHANGED[b.id]) for b in loose)
    return [reader.say("two.bridge_counted", what=names)] if loose else []


def _moved(reader: Reader, decision) -> list[str]:
    """One sentence on the figures that are told over another window than last month, and why: the narrower one holds too few, or enough."""
    of = lambda m: reader.say(CHANGED[m.id]) if m.id in CHANGED else reader.named(reader.found[m.id], window="")  # noqa: E731
    same: dict[tuple, list] = {}
    for move in decision.moved:
        if reader.place(move.id) is not None:
            same.setdefault((move.before, move.now), []).append(move)
    said = []
    for (before, now), moves in same.items():
        spans = {"before": reader.say(f"window.{before}"), "now": reader.say(f"window.{now}")}
        why = reader.say("two.window_wider" if moves[0].is_wider else "two.window_narrower", **spans)
        said.append(f"{', '.join(of(m) for m in moves)} ({why})")
    ids = [m.id for moves in same.values() for m in moves]
    return [told(reader.say("two.window", what="; ".join(said)), *ids, "board.windows")] if said else []


def _gap_unit(unit: str) -> str:
    return str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit
