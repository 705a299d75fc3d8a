"""The three tiles of page one: figure, range, plan, line over past months, one plain sentence; or what is missing."""

import json

import pandas as pd

from scrm_helpers import metrics, periods, units
from scrm_helpers.findings import Finding
from scrm_helpers.goals.aside import COSTS
from scrm_helpers.goals.promised import plan_of
from scrm_helpers.report.drawing import Mark, Point, sign, tile_picture
from scrm_helpers.units import Unit

MOST_MARKS = 2  # change marks named on page one; page two has them all
LINE_MONTHS = 12
MILLION = 1_000_000
DASH = "\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}"  # both ends of a range stay on one line
SCOPES = {"cac": "social", "kept": "all"}  # whose number a tile holds: the three are not of the same customers
KEPT_MONTHS, NEW_MONTHS = 24, 2  # of orders, that customers kept and new customers take


def measured(reader, decision, finding_id: str) -> dict[str, float]:
    """Figures of earlier months as today's data count them, for months whose page was not published."""
    return decision.lines.get(finding_id, {})


def figure_tile(reader, decision, past, marks, period, name, finding_id, *, plan, dropped, since=None) -> dict:
    """The tile of a figure that has its own finding (`name`: cac or kept); `plan` is the goal ledger's word for its metric."""
    finding = reader.place(finding_id)
    title, scope = reader.say(f"tile.{name}"), reader.say(f"scope.{SCOPES[name]}")
    if finding is None or finding.state != "ok" or finding.value is None:
        return _empty(reader, title, finding, _default_input(name), history=decision.month.data_to is not None) | {
            "why": f"{finding_id} acquisition.unknown" if name == "cac" else finding_id, "scope": scope
        }
    sentence = _cac_said(reader, finding, dropped) if name == "cac" else kept_said(reader, dropped)
    beside = ("acquisition.cac_other", "acquisition.unknown") if name == "cac" else ("retention.kept_social", "retention.kept_other")
    tile = _filled(reader, decision, past, marks, period, finding, title, sentence, plan, dropped, since, scope=scope)
    return tile | {"why": " ".join([finding_id, *(i for i in beside if reader.figure(i) is not None), f"board.line.{finding_id}"])}


def revenue_tile(reader, decision, past, marks, period, dropped=frozenset(), since=None) -> dict:
    """The tile of revenue: extra sales where they can be told, else what was seen; withheld where sales do not tie to the ledger."""
    if decision.reconciled is False:
        wordy = _wordy(reader.say("tile.revenue"), reader.say("tile.withheld"), reader.say("tile.not_reconciled"))
        return wordy | {"scope": reader.say("scope.social")}
    caused, seen = reader.place("campaigns.caused"), None
    if caused is None or caused.state != "ok" or caused.value is None:
        seen = reader.figure("campaigns.seen")
        if seen is None:
            return _empty(reader, reader.say("tile.revenue"), caused, "touches") | {"scope": reader.say("scope.social")}
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
            dropped,
            since,
        )
    tested, sure = caused.grade in ("A", "B"), beyond_chance(caused)
    title = reader.say("tile.consistent" if not tested else "tile.extra" if sure else "tile.revenue")
    sentence = reader.say("tile.sure" if sure else "tile.chance_among" if leaves_out_0(caused) else "tile.chance")
    scope = reader.say("scope.social") if tested else ""  # the other title names it
    return _filled(reader, decision, past, marks, period, caused, title, sentence, "revenue_contribution", dropped, since, scope=scope)


def is_bound(finding: Finding) -> bool:
    """Whether a figure is the least that it can be: nothing is left to chance, but what is unknown may come on top of it."""
    return finding.value is not None and finding.value == finding.low and finding.high is not None and finding.high > finding.value


def beyond_chance(caused: Finding) -> bool:
    """Whether extra sales stand beyond chance: the range leaves 0 out, and a campaign added up does so among all that were judged.

    The finding itself says the second (`beyond_chance` of its values); one that does not say it is not taken for proof.
    """
    return leaves_out_0(caused) and (json.loads(caused.values).get("beyond_chance") or 0) > 0


def leaves_out_0(caused: Finding) -> bool:
    """Whether the range of extra sales lies on one side of 0."""
    return caused.low is not None and caused.high is not None and not caused.low <= 0 <= caused.high


def _filled(reader, decision, past, marks, period, finding, title, sentence, plan, dropped, since, *, scope="") -> dict:
    unit = Unit(finding.unit)
    number, after = units.compact(
        finding.value, unit, reader.language, currency=reader.currency, low=finding.low, high=finding.high
    )
    # a promise is for one month: beside money of more months it would stand on another scale
    promised = None if unit is Unit.MONEY and finding.window != "1m" else plan_of(decision.promises, plan)
    points = _points(past, measured(reader, decision, finding.id), finding, period)
    last = next((p.value for p in points if p.period == periods.shift(period, -1)), None)
    notes = []
    if finding.grade and finding.measure == "revenue_caused":  # a count of customers needs no proof; extra sales do
        notes.append(reader.say(f"grade.{finding.grade}"))
    if finding.window != "1m" or "month" not in dropped:
        notes.append(reader.window(finding))
    # the figure above carries the scale (million) and the unit: the ends repeat neither
    if finding.measure == "cac" and any(t in decision.lost for t in COSTS):
        notes.append(reader.say("tile.short"))
    ends = units.write_ends(finding.low, finding.high, unit, reader.language, currency=reader.currency, with_unit=False)
    low, high = (end.split(" ")[0] for end in ends)
    known = finding.low is not None and finding.high is not None and finding.low < finding.high
    # after a minus sign a dash reads as another one
    below = known and finding.low < 0 and "to" not in dropped
    ends_said = reader.say("tile.below", low=low, high=high) if below else f"{low}{DASH}{high}" if known else ""
    if known and is_bound(finding):  # what is unknown may come on top: no chance in it
        most, scale = units.compact(
            finding.high, unit, reader.language, currency=reader.currency, low=finding.low, high=finding.high
        )
        ends_said = reader.say("tile.bounds", high=most if scale == after else f"{most} {scale}")
    elif known and "nine" not in dropped:
        ends_said = reader.say("tile.nine", range=ends_said)
    plan_text = "" if promised is None else reader.say("tile.mark_plan", plan=_plan_said(reader, finding, promised, with_unit=False))
    label = _alt(
        reader,
        finding,
        f"{title} ({scope.lower()})" if scope else title,
        promised,
        last,
        points,
        marks,
        units.write_ends(finding.low, finding.high, unit, reader.language, currency=reader.currency, of=finding.value),
    )
    return {
        "why": f"{finding.id} board.line.{finding.id}",
        "scope": scope,
        "title": title,
        "number": number,
        "unit": after,
        "range": ends_said,
        "chance": known and not is_bound(finding),  # the bar is a range of chance, not from at least to at most
        "note": " · ".join(notes),
        "sentence": sentence,
        "lined": len(points) > 1,
        "ringed": last is not None,
        "alt": label,
        "svg": tile_picture(
            value=finding.value,
            low=finding.low,
            high=finding.high,
            plan=promised,
            plan_text=plan_text,
            last=None if "legend" in dropped else last,  # a ring that nothing on the page explains says nothing
            points=points,
            marks=marks,
            zero=unit is Unit.MONEY,
            label=label,
            since=since,
        ),
    }


def _empty(reader, title, finding, default_input, *, history: bool = False) -> dict:
    few = finding is not None and finding.state == "too_few"
    if history and finding is not None and finding.missing == "orders":  # orders came in: what is missing is time
        return _wordy(title, reader.say("tile.none"), _history_said(reader, finding))
    if few and finding.measure == "cac" and (told := _few_cac(reader, finding)):
        return _wordy(title, *told)
    missing = finding.missing if finding is not None and finding.missing else default_input
    number = (
        reader.say("tile.few", n=units.integer(int(finding.n or 0), reader.language))
        if few
        else reader.say("tile.none")
    )
    said = (
        reader.say("tile.few_said", window=reader.window(finding))
        if few
        else reader.say("tile.needs", input=reader.input(missing))
    )
    return _wordy(title, number, said)


def _few_cac(reader, finding) -> tuple[str, str] | None:
    """Why there is no cost of a customer, as page two has it: sources nobody knows, or none won; None where there are too few."""
    given, other = json.loads(finding.values), reader.figure("acquisition.unknown")
    unknown = given.get("unknown") or (other.value if other is not None else 0.0)
    if unknown >= metrics.MOSTLY or (unknown > 0 and (finding.n or 0) >= metrics.LEAST_N):
        return reader.say("tile.none"), reader.say("two.unknown", unknown=reader.share(unknown), window=reader.window(finding))
    if given.get("least") is not None:
        least = reader.write(given["least"], finding.unit, low=given["least"])
        return reader.say("tile.none_won"), reader.say("tile.none_said", least=least)
    return None


def _history_said(reader, finding) -> str:
    """How many months of orders a figure takes, and how many there are (the finding of customers kept counts them)."""
    kept = reader.found.get("retention.kept")
    have = json.loads(kept.values).get("months") if kept is not None else None
    wanted = KEPT_MONTHS if finding.measure == "retention" else NEW_MONTHS
    months = units.write(wanted, Unit.MONTHS, reader.language)
    if have is None:
        return reader.say("tile.needs_months", months=months)
    return reader.say("tile.needs_history", months=months, have=units.write(have, Unit.MONTHS, reader.language))


def _wordy(title: str, number: str, said: str) -> dict:
    """A tile without a figure: what stands in its place, and why."""
    blank = dict.fromkeys(("unit", "range", "note", "svg", "alt"), "") | {"why": "campaigns.caused"}
    return blank | {"scope": "", "title": title, "number": number, "sentence": said, "lined": False, "ringed": False, "chance": False}


def _cac_said(reader, finding, dropped) -> str:
    other, unknown = reader.figure("acquisition.cac_other"), reader.figure("acquisition.unknown")
    # the share of the same window as the figure stands beside it; that of 12 months only where the figure has none
    share = 1 - finding.coverage if finding.coverage is not None else unknown.value if unknown is not None else None
    said = []
    if other is not None and "others" not in dropped:
        said.append(reader.say("tile.others", other=reader.write(other.value, other.unit, low=other.low, high=other.high)))
    if share is not None and "unknown" not in dropped:
        said.append(reader.say("tile.unknown", unknown=reader.share(share)))
    return " ".join(said)


def kept_said(reader, dropped) -> str:
    """Social beside the others; what the share is of, where the two cannot be told. Only a page that holds nothing else has none."""
    if "kept_share" in dropped:
        return ""
    social, other = reader.figure("retention.kept_social"), reader.figure("retention.kept_other")
    if social is None or other is None or None in (social.low, social.high, other.low, other.high):
        return reader.say("tile.kept_of")
    both = {"social": reader.share(social.value), "other": reader.share(other.value)}
    if "kept_sentence" in dropped:
        return reader.say("tile.kept_shortest" if "others" in dropped else "tile.kept_short", **both)
    if social.low > other.high or social.high < other.low:
        return reader.say("tile.kept_more" if social.low > other.high else "tile.kept_less", **both)
    return reader.say("tile.kept_alike")


def line_begins(reader, decision, past, period: str) -> str | None:
    """The month that the longest line of the tiles begins with; None where no tile has a line."""
    told = {i: f for i, f in reader.found.items() if f.state == "ok" and f.value is not None}
    revenue = [] if decision.reconciled is False else ["campaigns.caused" if "campaigns.caused" in told else "campaigns.seen"]
    lines = [_points(past, measured(reader, decision, i), told[i], period)
             for i in ("acquisition.cac", "retention.kept", *revenue) if i in told]  # fmt: skip
    return min((line[0].period for line in lines if len(line) > 1), default=None)


def change_marks(change_log: pd.DataFrame, period: str, *, since: str | None = None) -> list[Mark]:
    """The newest changes that fall on a line, numbered in order of time. `since`: the month that the longest line begins with."""
    first, last = periods.span(period, LINE_MONTHS)
    if since is not None:  # a month's point stands for its end: the line begins there
        first = max(first, periods.as_of(since))
    rows = [(pd.Timestamp(r["on"]).date(), str(r["note"]), str(r["kind"])) for r in change_log.to_dict("records")]
    kept = sorted(r for r in rows if first <= r[0] < last)[-MOST_MARKS:]
    return [Mark(k, on, note, kind) for k, (on, note, kind) in enumerate(kept, 1)]


def _points(past, counted: dict[str, float], finding: Finding, period: str) -> list[Point]:
    """Earlier months as their pages printed them; a month without a page as today's data count it, then without a range."""
    months = periods.between(periods.shift(period, 1 - LINE_MONTHS), periods.shift(period, -1))
    kept = []
    for month in months:
        f = past.get(month, {}).get(finding.id)
        if f is not None and f.state == "ok" and f.value is not None and f.window == finding.window:
            kept.append(Point(month, f.value, f.low, f.high))
        elif month in counted:
            kept.append(Point(month, counted[month], None, None))
    return [*kept, Point(period, finding.value, finding.low, finding.high)]


def _plan_said(reader, finding, plan: float, *, with_unit: bool = True) -> str:
    """A plan is no estimate: the width of the figure's range says nothing of its digits. It is rounded as the figure is where that stands
    in millions, since the mark carries no unit of its own."""
    given = {"currency": reader.currency, "with_unit": with_unit}
    largest = max(abs(v) for v in (plan, finding.value, finding.low, finding.high) if v is not None)
    ends = {"low": finding.low, "high": finding.high} if largest >= MILLION else {}
    return units.write(plan, Unit(finding.unit), reader.language, **given, **ends)


def _alt(reader, finding, title, plan, last, points, marks, ends) -> str:
    bound = is_bound(finding)  # those of earlier months then are bounds too
    write = lambda v: reader.write(v, finding.unit, low=v if bound else finding.low, high=None if bound else finding.high)  # noqa: E731
    said = [reader.say("alt.figure", title=title, value=write(finding.value))]
    if finding.low is not None and finding.high is not None:
        said.append(reader.say("tile.bounds", high=ends[1]) if bound else reader.say("alt.range", low=ends[0], high=ends[1]))
    if plan is not None:
        said.append(reader.say("alt.plan", plan=_plan_said(reader, finding, plan)))
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
