"""Page one: verdict, decision, three tiles, trust and change. At most 120 words and 25 numbers: what is optional gives way."""

import math
from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from scrm_helpers import periods, units
from scrm_helpers.findings import Finding
from scrm_helpers.goals.promised import UNTOLD
from scrm_helpers.goals.verbs import FLOWS
from scrm_helpers.report.change import restated_figures
from scrm_helpers.report.drawing import sign
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.tiles import beyond_chance, change_marks, figure_tile, line_begins, revenue_tile
from scrm_helpers.units import Unit

NOTE_WORDS = 5  # of a change on page one; a longer one stands there by its kind, whole on page two
# What goes first where the page is too long; every figure, range and rule stays.
OPTIONAL = ("line", "nine", "month", "kept_sentence", "legend", "change_notes", "brings", "others", "kept_share", "to", "unknown")


def page_one(
    reader: Reader,
    decision,
    past: Mapping[str, Mapping[str, Finding]],
    change_log: pd.DataFrame,
    *,
    period: str,
    company: str,
    dropped: frozenset[str] = frozenset(),
    revision: int = 0,
) -> dict:
    """What the template of page one prints. `decision` as goals.decide gives it; `dropped` names optional parts to leave out."""
    since = line_begins(reader, decision, past, period)
    # a number on a line whose note has no room on the page would point at nothing
    marks = [] if "change_notes" in dropped else change_marks(change_log, period, since=since)
    if len(_windows(reader)) < 2:  # the page is of one month: where all figures are, none says so
        dropped |= {"month"}
    tiles = [
        figure_tile(reader, decision, past, marks, period, "cac", "acquisition.cac", plan="cac", dropped=dropped, since=since),
        figure_tile(reader, decision, past, marks, period, "kept", "retention.kept", plan="retention", dropped=dropped, since=since),
        revenue_tile(reader, decision, past, marks, period, dropped, since),
    ]
    return {
        "company": company or reader.say("unnamed"),
        "month": reader.month(period),
        "state": _state(reader, decision.month.state, revision),
        "verb": reader.say(f"verb.{decision.verdict.verb}"),
        "lead": " ".join(filter(None, ["" if "brings" in dropped else _brings(reader, decision), _shows(reader)])),
        "rule": rule(reader, decision),
        "decision": ask(reader, decision),
        "tiles": tiles,
        "legend": _legend(reader, tiles, dropped, since),
        "legend_why": " ".join(t["why"] for t in tiles if t["lined"]),
        "trust": _trust(reader, decision),
        "trust_why": " ".join(["board.traceability", *(f.id for f in decision.lost.values())]),
        "change": _change(reader, decision, ringed=any(t["ringed"] for t in tiles)),
        # without an earlier month no tile has a line, and a numbered change would point at nothing
        "marks": []
        if not any(t["lined"] for t in tiles)
        else [{"sign": sign(m.number), "note": _short(reader, m)} for m in marks],
        "data_to": _data_to(reader, decision, period),
    }


def _data_to(reader: Reader, decision, period: str) -> str:
    """The last day of orders; where a year's window would reach back before them, their first month too."""
    if decision.month.data_to is None:
        return ""
    day = units.date(min(decision.month.data_to, periods.as_of(period) - timedelta(days=1)), reader.language, year=False)
    if decision.month.begins:
        return reader.say("data_span", month=reader.month(decision.month.begins), day=day)
    return reader.say("data_to", day=day)


def _windows(reader: Reader) -> set[str]:
    """Windows of the figures that the tiles print."""
    shown = [reader.found.get(i) for i in ("acquisition.cac", "retention.kept", "campaigns.caused", "campaigns.seen")]
    told = [f for f in shown if f is not None and f.state == "ok" and f.value is not None]
    return {f.window for f in told if f.id != "campaigns.seen" or all(g.id != "campaigns.caused" for g in told)}


def _state(reader: Reader, state: str, revision: int) -> str:
    """A closed month says which revision this is; the first corrects nothing and is not called one."""
    named = reader.say(f"state.{state}")
    if revision == 1:
        return reader.say("state.first", state=named)
    return reader.say("state.revision", state=named, n=str(revision)) if revision else named


def rule(reader: Reader, decision) -> str:
    """The rule that chose the verb, and where the verb of last month stays, why."""
    v = decision.verdict
    limit = reader.share(decision.limits.far_below if v.rule == "far_below" else decision.limits.traced)
    said = reader.say(f"rule.{v.rule}", limit=limit, hurdle=reader.share(decision.hurdle))
    return f"{said} {reader.say('rule.kept')}" if v.kept else said


def ask(reader: Reader, decision) -> str:
    """The decision asked, and what would change our mind."""
    v = decision.verdict
    if v.verb == "measure_first":
        if v.raw == "measure_first" and v.rule == "traced" and v.gain:
            return reader.say(
                "decision.measure_first",
                input=reader.input(v.input),
                gain=reader.write(v.gain, Unit.POINTS),
                limit=reader.share(decision.limits.traced),
            )
        return reader.say("decision.measure_first_plain", input=reader.input(v.input))
    months = units.write(
        max(1, math.ceil(v.months)) if v.months is not None else decision.limits.longest_test,
        Unit.MONTHS,
        reader.language,
    )
    return reader.say(f"decision.{v.verb}", hurdle=reader.share(decision.hurdle), months=months)


def _brings(reader: Reader, decision) -> str:
    cac, other = reader.figure("acquisition.cac"), reader.figure("acquisition.cac_other")
    if cac is None:
        return reader.say("brings.unknown")
    kept = decision.promises[decision.promises["metric"] == "cac"]
    results = [r for r in kept["result"] if r not in UNTOLD]
    if results and results[0] != "not_yet":
        return reader.say(f"brings.{results[0]}")
    told = other is not None and None not in (cac.low, cac.high, other.low, other.high)
    if told and (cac.high < other.low or cac.low > other.high):
        return reader.say(f"brings.{'cheaper' if cac.high < other.low else 'dearer'}")
    return reader.say(f"brings.{results[0] if results else 'alike'}") if told or results else ""


def _shows(reader: Reader) -> str:
    caused = reader.figure("campaigns.caused")
    if caused is None:
        return reader.say("shows.not_yet")
    if not beyond_chance(caused):  # its figure stands on this page: what is shown cannot be said not to be
        return reader.say("shows.unproven")
    if caused.high < 0:
        return reader.say("shows.fewer")
    return reader.say("shows.extra" if caused.grade in ("A", "B") else "shows.unproven")


def _trust(reader, decision) -> str:
    traced = decision.traced.value
    flows = decision.traced.known
    if traced is None:
        said = reader.say("trust_none")
    elif flows < FLOWS:  # all of one flow is not all: the others have nothing to trace yet
        said = reader.say("trust_some", share=reader.share(traced), n=str(flows), all=str(FLOWS))
    else:
        said = reader.say("trust_traced", share=reader.share(traced))
    key = {True: "trust_reconciled", False: "trust_not_reconciled", None: "trust_unchecked"}[decision.reconciled]
    short = [
        reader.say("trust_aside", amount=reader.write(f.value, f.unit), data=reader.word("table", t))
        for t, f in decision.lost.items()
        if reader.place(f.id) is not None
    ]
    return " ".join([f"{said}; {reader.say(key)}", *short])


def _change(reader, decision, *, ringed: bool) -> str:
    """Within noise, or what moved and its largest cause; definitions and past figures that changed."""
    moves = {b.id: b for b in decision.bridges} | {c.id: c for c in decision.changes if c.id not in _bridged(decision)}
    if not moves:
        return reader.say(_untold(decision) if ringed else "change_none")
    names = {
        "acquisition.cac": "tile.cac",
        "retention.kept": "tile.kept",
        "campaigns.caused": "tile.revenue",
        "campaigns.seen": "tile.seen",
    }
    said = []
    real = [m for m in moves.values() if m.kind == "real"]
    for move in real[:2]:
        name = reader.say(names[move.id])
        cause = getattr(move, "largest", "")
        said.append(
            reader.say("change_caused", what=name, cause=reader.say(f"bar.{cause}").lower())
            if cause
            else reader.say("change_real", what=name)
        )
    apart = any(m.kind == "inputs" for m in moves.values())
    if apart:
        said.append(reader.say("change_inputs"))
    other = any(m.kind == "window" for m in moves.values())
    if other:
        said.append(reader.say("change_window"))
    told = [m for m in moves.values() if m.kind == "noise"]
    if not real and not any(c.kind == "definition" for c in decision.changes):
        shown = (m for m in moves.values() if m.id != "campaigns.seen" or "campaigns.caused" not in moves)
        # a move that cannot be told from noise is not within it
        some = apart or other or any(m.kind == "unknown" and m.now is not None for m in shown)
        # a first figure has nothing to be compared with
        untold = _untold(decision) if ringed else "change_untold"
        if told or not (apart or other):
            said.append(reader.say(untold if not told else "change_noise_some" if some else "change_noise"))
    if any(c.kind == "definition" for c in decision.changes):
        said.append(reader.say("change_definition"))
    if restated_figures(reader, decision):
        said.append(reader.say("change_restated"))
    elif len(decision.restated):
        said.append(reader.say("change_data"))
    return " ".join(said)


def _untold(decision) -> str:
    """Which sentence says that nothing can be told of last month: it has no page, or its page has no figure to hold these against."""
    return "change_ring" if decision.previous is None else "change_unlike"


def _bridged(decision) -> set[str]:
    return {b.id for b in decision.bridges}


def _legend(reader, tiles, dropped, since) -> str:
    """What the ring is and where the lines begin; and that the bars are ranges, where the tiles do not say it."""
    bar = reader.say("legend_bar") if "nine" in dropped and any(t["chance"] for t in tiles) else ""
    ring = reader.say("legend") if "legend" not in dropped and any(t["ringed"] for t in tiles) else ""
    lined = "line" not in dropped and any(t["lined"] for t in tiles)
    line = reader.say("legend_line", month=reader.month(since)) if lined and since is not None else ""
    return " ".join(filter(None, [bar, ring, line]))


def _short(reader: Reader, mark) -> str:
    """A change in few words: its note, or where that is longer its kind. A text is never cut."""
    return mark.note if len(mark.note.split()) <= NOTE_WORDS else reader.word("kind", mark.kind)
