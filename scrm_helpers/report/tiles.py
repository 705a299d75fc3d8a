"""The three tiles of page one: figure, range, plan, line over past months, one plain sentence; or what is missing."""

import json

import pandas as pd

from scrm_helpers import periods, units
from scrm_helpers.findings import Finding
from scrm_helpers.report.drawing import Mark, Point, sign, tile_picture
from scrm_helpers.units import Unit

MOST_MARKS = 2  # change marks named on page one; page two has them all
LINE_MONTHS = 12


def figure_tile(reader, decision, past, marks, period, name, finding_id, *, plan, dropped) -> dict:
    """The tile of a figure that has its own finding (`name`: cac or kept); `plan` is the goal ledger's word for its metric."""
    finding = reader.place(finding_id)
    title = reader.say(f"tile.{name}")
    if finding is None or finding.state != "ok" or finding.value is None:
        return _empty(reader, title, finding, _default_input(name), history=decision.month.data_to is not None)
    sentence = _cac_said(reader, finding, dropped) if name == "cac" else _kept_said(reader, dropped)
    return _filled(reader, decision, past, marks, period, finding, title, sentence, plan)


def revenue_tile(reader, decision, past, marks, period) -> dict:
    """The tile of revenue: extra sales where they can be told, else what was seen; withheld where sales do not tie to the ledger."""
    if decision.reconciled is False:
        return {
            "title": reader.say("tile.revenue"),
            "number": reader.say("tile.withheld"),
            "unit": "",
            "range": "",
            "note": "",
            "sentence": reader.say("tile.not_reconciled"),
            "svg": "",
        }
    caused, seen = reader.place("campaigns.caused"), None
    if caused is None or caused.state != "ok" or caused.value is None:
        seen = reader.figure("campaigns.seen")
        if seen is None:
            return _empty(reader, reader.say("tile.revenue"), caused, "touches")
        return _filled(
            reader,
            decision,
            past,
            marks,
            period,
            seen,
            reader.say("tile.seen"),
            reader.say("tile.not_proof"),
            "revenue_contribution",
        )
    tested, sure = caused.grade in ("A", "B"), beyond_chance(caused)
    title = reader.say("tile.consistent" if not tested else "tile.extra" if sure else "tile.revenue")
    sentence = reader.say("tile.sure" if sure else "tile.chance")
    return _filled(reader, decision, past, marks, period, caused, title, sentence, "revenue_contribution")


def beyond_chance(caused: Finding) -> bool:
    """Whether extra sales stand beyond chance: the range leaves 0 out, and a campaign added up does so among all that were judged.

    The finding itself says the second (`beyond_chance` of its values); one that does not say it is not taken for proof.
    """
    if caused.low is None or caused.high is None or caused.low <= 0 <= caused.high:
        return False
    return (json.loads(caused.values).get("beyond_chance") or 0) > 0


def _filled(reader, decision, past, marks, period, finding, title, sentence, plan) -> dict:
    unit = Unit(finding.unit)
    number, after = units.compact(
        finding.value, unit, reader.language, currency=reader.currency, low=finding.low, high=finding.high
    )
    # a promise is for one month: beside money of more months it would stand on another scale
    promised = None if unit is Unit.MONEY and finding.window != "1m" else _plan(decision, plan)
    points = _points(past, finding, period)
    last = next((p.value for p in points if p.period == periods.shift(period, -1)), None)
    notes = []
    if finding.grade and finding.measure == "revenue_caused":  # a count of customers needs no proof; extra sales do
        notes.append(reader.say(f"grade.{finding.grade}"))
    if finding.window != "1m":
        notes.append(reader.say(f"window.{finding.window}"))
    # the figure above carries the scale (million) and the unit: the ends repeat neither
    ends = units.write_ends(finding.low, finding.high, unit, reader.language, currency=reader.currency, with_unit=False)
    low, high = (end.split(" ")[0] for end in ends)
    plan_text = "" if promised is None else reader.say("tile.mark_plan", plan=_bare(promised, unit, reader, finding))
    label = _alt(
        reader,
        finding,
        title,
        promised,
        last,
        points,
        marks,
        units.write_ends(finding.low, finding.high, unit, reader.language, currency=reader.currency),
    )
    return {
        "title": title,
        "number": number,
        "unit": after,
        "range": f"{low} – {high}" if finding.low is not None and finding.high is not None else "",
        "note": " · ".join(notes),
        "sentence": sentence,
        "svg": tile_picture(
            value=finding.value,
            low=finding.low,
            high=finding.high,
            plan=promised,
            plan_text=plan_text,
            last=last,
            points=points,
            marks=marks,
            zero=unit is Unit.MONEY,
            label=label,
        ),
    }


def _empty(reader, title, finding, default_input, *, history: bool = False) -> dict:
    few = finding is not None and finding.state == "too_few"
    if history and finding is not None and finding.missing == "orders":  # orders came in: what is missing is time
        return {
            "title": title,
            "number": reader.say("tile.none"),
            "unit": "",
            "range": "",
            "note": "",
            "sentence": reader.say("tile.needs_history"),
            "svg": "",
        }
    missing = finding.missing if finding is not None and finding.missing else default_input
    number = (
        reader.say("tile.few", n=units.integer(int(finding.n or 0), reader.language))
        if few
        else reader.say("tile.none")
    )
    said = (
        reader.say("tile.few_said", window=reader.say(f"window.{finding.window}"))
        if few
        else reader.say("tile.needs", input=reader.input(missing))
    )
    return {"title": title, "number": number, "unit": "", "range": "", "note": "", "sentence": said, "svg": ""}


def _cac_said(reader, finding, dropped) -> str:
    other, unknown = reader.figure("acquisition.cac_other"), reader.figure("acquisition.unknown")
    # the share of the same window as the figure stands beside it; that of 12 months only where the figure has none
    share = 1 - finding.coverage if finding.coverage is not None else unknown.value if unknown is not None else None
    said = []
    if other is not None and "others" not in dropped:
        said.append(reader.say("tile.others", other=_bare(other.value, Unit(other.unit), reader, other)))
    if share is not None and "unknown" not in dropped:
        said.append(reader.say("tile.unknown", unknown=reader.share(share)))
    return " ".join(said)


def _kept_said(reader, dropped) -> str:
    social, other = reader.figure("retention.kept_social"), reader.figure("retention.kept_other")
    if (
        social is None
        or other is None
        or "kept_sentence" in dropped
        or None in (social.low, social.high, other.low, other.high)
    ):
        return ""
    if social.low > other.high or social.high < other.low:
        key = "tile.kept_more" if social.low > other.high else "tile.kept_less"
        return reader.say(key, social=reader.share(social.value), other=reader.share(other.value))
    return reader.say("tile.kept_alike")


def change_marks(change_log: pd.DataFrame, period: str) -> list[Mark]:
    """The newest changes of the months a line can show, numbered in order of time."""
    first, last = periods.span(period, LINE_MONTHS)
    rows = [(pd.Timestamp(r["on"]).date(), str(r["note"])) for r in change_log.to_dict("records")]
    kept = sorted(r for r in rows if first <= r[0] < last)[-MOST_MARKS:]
    return [Mark(k, on, note) for k, (on, note) in enumerate(kept, 1)]


def _points(past, finding: Finding, period: str) -> list[Point]:
    months = periods.between(periods.shift(period, 1 - LINE_MONTHS), periods.shift(period, -1))
    earlier = [(m, past.get(m, {}).get(finding.id)) for m in months]
    kept = [
        Point(m, f.value, f.low, f.high)
        for m, f in earlier
        if f is not None and f.state == "ok" and f.value is not None
    ]
    return [*kept, Point(period, finding.value, finding.low, finding.high)]


def _plan(decision, metric: str) -> float | None:
    for row in decision.promises[decision.promises["metric"] == metric].to_dict("records"):
        ends = [v for v in (row["promised_low"], row["promised_high"]) if v is not None and not pd.isna(v)]
        if ends:
            return float(sum(ends) / len(ends))
    return None


def _bare(value, unit: Unit, reader, finding) -> str:
    return units.write(
        value, unit, reader.language, currency=reader.currency, low=finding.low, high=finding.high, with_unit=False
    )


def _alt(reader, finding, title, plan, last, points, marks, ends) -> str:
    write = lambda v: reader.write(v, finding.unit, low=finding.low, high=finding.high)  # noqa: E731
    said = [reader.say("alt.figure", title=title, value=write(finding.value))]
    if finding.low is not None and finding.high is not None:
        said.append(reader.say("alt.range", low=ends[0], high=ends[1]))
    if plan is not None:
        said.append(reader.say("alt.plan", plan=write(plan)))
    if last is not None:
        said.append(reader.say("alt.last", last=write(last)))
    if len(points) > 1:
        said.append(
            reader.say(
                "alt.line",
                first=write(points[0].value),
                first_at=reader.month(points[0].period),
                last=write(points[-1].value),
                last_at=reader.month(points[-1].period),
            )
        )
        shown = [m for m in marks if periods.of(m.on) > points[0].period]
        if shown:
            said.append(reader.say("alt.marks", marks="; ".join(f"{sign(m.number)} {m.note}" for m in shown)))
    return ", ".join(said) + "."


def _default_input(name: str) -> str:
    return "costs" if name == "cac" else "orders"
