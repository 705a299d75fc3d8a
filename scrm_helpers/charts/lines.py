"""Charts over time: a line with its range and numbered changes, survival, sales with campaigns, the days around an event."""

import pandas as pd

from scrm_helpers import texts, theme, units
from scrm_helpers.charts import base
from scrm_helpers.charts.bars import interval_bars
from scrm_helpers.charts.base import Drawn
from scrm_helpers.units import Unit

NUMBERS = 0.18  # share of the axes' height above them that two rows of change numbers take


def over_time(
    frame: pd.DataFrame,
    *,
    time: str,
    value: str,
    unit: Unit,
    language: str,
    title: str,
    low: str | None = None,
    high: str | None = None,
    series: str | None = None,
    marks: pd.DataFrame | None = None,
    plan: float | str | None = None,
    goal: str = "plan",
    cost: str | None = None,
    n: str | None = None,
    currency: str = "TRY",
) -> Drawn:
    """A line by month, day or number with its range; `marks` (columns on, note) are numbered changes; `n` puts counts below (one series).

    One month alone is no line: its figures are drawn as `interval_bars` draws them, one below the other.
    `goal`: what the line of `plan` is called (`charts.<goal>` of the texts).
    `cost`: column with what each series has to earn back (the same in all its rows, blank where unknown), a dashed line of its colour;
    such an axis begins at 0.
    """
    rows = base.need(frame, time, value, low, high, series, n, cost, plan if isinstance(plan, str) else None)
    if low and high and not cost and rows[time].nunique() == 1 and base.time_places(rows[time])[1]:
        names = base.words(rows[series], series, language) if series else [""] * len(rows)
        month = base.word(rows[time].iloc[0], time, language).replace(" ", "\N{NO-BREAK SPACE}")
        label = [", ".join(filter(None, [name, month])) for name in names]
        given = {"value": value, "low": low, "high": high, "n": n, "plan": plan, "unit": unit, "currency": currency}
        return interval_bars(rows.assign(_label=label), label="_label", language=language, title=title, **given)
    groups = [(None, rows)] if series is None else list(rows.groupby(series, sort=False, observed=True))
    with base.canvas(title, height=2.6 + (0.15 if n else 0)) as (figure, axes):
        for k, (name, part) in enumerate(groups):
            part = part.sort_values(time)
            places, _ = base.time_places(part[time])
            colour = theme.SERIES[k % len(theme.SERIES)]
            drawn = part[value].astype(float)
            lone = drawn.notna() & drawn.shift().isna() & drawn.shift(-1).isna()  # no line reaches it: a blank month breaks the line
            if low and high:
                lows, highs = part[low].astype(float), part[high].astype(float)
                axes.vlines(places[lone], lows[lone], highs[lone], color=colour, alpha=0.3, linewidth=7)
                axes.fill_between(places, lows, highs, color=colour, alpha=0.16, linewidth=0)
            text = base.word(name, series, language) if series else None
            axes.plot(places, drawn, color=colour, linewidth=1.8, label=text)
            ends = lone | (drawn.index == drawn.last_valid_index())
            axes.plot(places[ends], drawn[ends], "o", color=colour, markersize=5)
            if cost and pd.notna(part[cost].iloc[-1]):
                label = base.say("cost_of_one", language, of=text or base.counted(value, unit, language))
                axes.axhline(float(part[cost].iloc[-1]), color=colour, linewidth=1.3, linestyle=(0, (4, 2)), label=label)
        if cost and rows[value].min() >= 0:  # earned from nothing on: cut off below, the way to the cost would look another than it is
            axes.set_ylim(bottom=0.0)
        taken = theme.PLAN in theme.SERIES[: len(groups)]  # a series has its colour
        _plan(axes, rows, time, plan, base.say(goal, language), theme.INK if taken else theme.PLAN)
        places, calendar = base.time_places(rows[time])
        base.time_axis(axes, rows[time], language, label="" if calendar else base.axis_word(time, language))
        notes = _marks(axes, marks, rows[time], language)
        if series or plan is not None:
            base.legend(axes, columns=2 if cost else 3, above=NUMBERS if notes else 0.0)
        base.unit_axis(axes.yaxis, unit, language, currency, label=base.counted(value, unit, language))
        if n and series is None and calendar:
            base.count_row(axes, places, rows[n], language)
    spoken = []
    for name, part in groups:
        part = part.sort_values(time)
        text = base.spoken_series(part[time], part[value], time, unit, language, currency)
        if low and high:
            last = part.iloc[-1]
            text += " " + base.say(
                "alt.last_range",
                language,
                value=base.figure_with_range(last[value], last[low], last[high], unit, language, currency),
            )
        if cost and pd.notna(part[cost].iloc[-1]):
            text += " " + base.say("alt.cost", language, value=units.write(float(part[cost].iloc[-1]), unit, language, currency=currency))
        spoken.append(f"{base.word(name, series, language)}: {text}" if series else text)
    if isinstance(plan, (int, float)):
        spoken.append(f"{base.say(goal, language)}: {units.write(plan, unit, language, currency=currency)}")
    kind = "over_time" if calendar else "line"
    return Drawn(figure, axes, base.alt_of(title, kind, " ".join([*spoken, *notes]), language), " ".join(notes))


def survival(
    frame: pd.DataFrame,
    *,
    time: str,
    share: str,
    low: str,
    high: str,
    at_risk: str,
    language: str,
    title: str,
    series: str | None = None,
    time_unit: Unit = Unit.DAYS,
) -> Drawn:
    """Share that has done something by day t, as steps, with range and the number still observed below."""
    rows = base.need(frame, time, share, low, high, at_risk, series)
    groups = [(None, rows)] if series is None else list(rows.groupby(series, sort=False, observed=True))
    spoken = []
    with base.canvas(title, height=2.7 + 0.18 * len(groups)) as (figure, axes):
        for k, (name, part) in enumerate(groups):
            part = part.sort_values(time)
            colour = theme.SERIES[k % len(theme.SERIES)]
            axes.fill_between(
                part[time],
                part[low].astype(float),
                part[high].astype(float),
                step="post",
                color=colour,
                alpha=0.14,
                linewidth=0,
            )
            axes.step(
                part[time],
                part[share].astype(float),
                where="post",
                color=colour,
                linewidth=1.8,
                label=base.word(name, series, language) if series else None,
            )
        if series:
            base.legend(axes, columns=3)
        axes.set_xlabel(base.say("axis.at_risk", language, unit=units.unit_label(time_unit, language)))
        base.write_ticks(axes.xaxis, Unit.COUNT, language, "TRY", bins=6)
        base.unit_axis(axes.yaxis, Unit.SHARE, language, "TRY")
        _at_risk(axes, [part.sort_values(time) for _, part in groups], time, at_risk, language)
        for name, part in groups:
            last = part.sort_values(time).iloc[-1]
            half = _median(part, time, share)
            text = base.say(
                "alt.survival",
                language,
                at=units.write(float(last[time]), time_unit, language),
                value=base.figure_with_range(last[share], last[low], last[high], Unit.SHARE, language, "TRY"),
                n=units.integer(int(part[at_risk].max()), language),
            )
            if half is not None:
                text += " " + base.say("alt.half", language, at=units.write(half, time_unit, language))
            spoken.append(f"{base.word(name, series, language)}: {text}" if series else text)
    return Drawn(figure, axes, base.alt_of(title, "survival", " ".join(spoken), language))


def timeline(
    frame: pd.DataFrame,
    *,
    time: str,
    value: str,
    unit: Unit,
    language: str,
    title: str,
    beside: str | None = None,
    spans: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    currency: str = "TRY",
) -> Drawn:
    """Sales by day or month, campaigns as bars below (`spans`: name, start, end), calendar and changes as numbered marks (on, note).

    `beside`: a second column of the same unit, dashed, such as sales in constant prices; left out where nothing of it is known.
    """
    rows = base.need(frame, time, value, beside).sort_values(time)
    drawn = [value] if beside is None or rows[beside].isna().all() else [value, beside]
    bars = spans.reset_index(drop=True) if spans is not None else pd.DataFrame(columns=["name", "start", "end"])
    places, _ = base.time_places(rows[time])
    # a month's figure stands at its first day: campaigns of the last month run to the right of it
    span = pd.Series([places.iloc[0], places.iloc[-1] + (pd.offsets.MonthEnd(1) if base.monthly(places) else pd.Timedelta(0))])
    shape = {"rows": 2, "ratios": (2.2, 0.3 * len(bars))} if len(bars) else {}  # without a campaign there is nothing to stand below
    with base.canvas(title, height=2.6 + 0.26 * len(bars), **shape) as (figure, axes):
        top, below = axes if len(bars) else (axes, axes)
        for k, column in enumerate(drawn):
            look = {"color": theme.SERIES[2], "linestyle": (0, (4, 1.5))} if k else {"color": theme.ACCENT}
            look |= {"marker": "o"} if len(places) == 1 else {}
            top.plot(places, rows[column].astype(float), linewidth=1.5, label=texts.say(f"columns.{column}", language), **look)
        base.unit_axis(top.yaxis, unit, language, currency)
        for place, bar in bars.iterrows():
            start, end = pd.Timestamp(bar["start"]), pd.Timestamp(bar["end"]) + pd.Timedelta(days=1)
            below.barh(place, end - start, left=start, height=0.62, color=theme.ACCENT_SOFT)
            at, side = _name_place(start, end, str(bar["name"]), span)
            below.annotate(
                str(bar["name"]),
                (at, place),
                xytext=(3 if side == "left" else -3, 0),
                textcoords="offset points",
                va="center",
                ha=side,
                fontsize=8.5,
            )
        if len(bars):
            below.set_yticks([])
            below.set_title(base.say("axis.campaigns", language), fontsize=9.5, fontweight="normal", color=theme.MUTED)
            top.tick_params(axis="x", length=0)
            below.set_ylim(len(bars) - 0.4, -0.6)
            below.grid(axis="y", visible=False)
        edge = pd.Timedelta(days=15 if len(places) == 1 else 0)  # one month alone stands in the middle
        below.set_xlim(span.iloc[0] - edge, span.iloc[-1] + edge)
        base.time_axis(below, rows[time], language)
        notes = _marks(top, marks, rows[time], language)
        if len(drawn) > 1:
            base.legend(top, above=NUMBERS if notes else 0.0)
    said = [base.spoken_series(rows[time], rows[column], time, unit, language, currency) for column in drawn]
    spoken = said[:1] + [f"{texts.say(f'columns.{column}', language)}: {text}" for column, text in zip(drawn[1:], said[1:], strict=True)]
    if len(bars):
        named = [
            f"{b['name']} {base.word(b['start'], '', language)} - {base.word(b['end'], '', language)}"
            for _, b in bars.iterrows()
        ]
        spoken.append(f"{base.say('axis.campaigns', language)}: {base.spoken_list(named)}.")
    return Drawn(figure, top, base.alt_of(title, "timeline", " ".join([*spoken, *notes]), language), " ".join(notes))


def event_study(
    frame: pd.DataFrame,
    *,
    time: str,
    value: str,
    low: str,
    high: str,
    unit: Unit,
    language: str,
    title: str,
    currency: str = "TRY",
) -> Drawn:
    """Gap to the comparison by time around an event at 0, with ranges: before 0 it should be near 0."""
    rows = base.need(frame, time, value, low, high).sort_values(time)
    with base.canvas(title, height=2.7) as (figure, axes):
        v = rows[value].astype(float)
        axes.axhline(0, color=theme.MUTED, linewidth=0.9)
        axes.axvline(-0.5, color=theme.PLAN, linewidth=1.1, linestyle=(0, (3, 2)))
        axes.vlines(rows[time], rows[low].astype(float), rows[high].astype(float), color=theme.ACCENT_SOFT, linewidth=4)
        axes.plot(rows[time], v, "o", color=theme.ACCENT, markersize=5)
        base.unit_axis(axes.yaxis, unit, language, currency)
        base.write_ticks(axes.xaxis, Unit.COUNT, language, currency, bins=7)
        axes.set_xlabel(base.axis_word(time, language, kind="around"))
    put = lambda r: base.figure_with_range(r[value], r[low], r[high], unit, language, currency)  # noqa: E731
    named = [f"{units.integer(int(r[time]), language, signed=True)}: {put(r)}" for _, r in rows.iterrows()]
    if len(named) > base.SPOKEN:
        named = [base.spoken_series(rows[time], rows[value], time, unit, language, currency)]
    return Drawn(figure, axes, base.alt_of(title, "event_study", base.spoken_list(named), language))


def _plan(axes, rows: pd.DataFrame, time: str, plan: float | str | None, label: str, colour: str) -> None:
    options = {"color": colour, "linewidth": 1.3, "linestyle": (0, (4, 2)), "label": label}
    if isinstance(plan, str):
        places, _ = base.time_places(rows[time])
        axes.plot(places, rows[plan].astype(float), **options)
    elif plan is not None:
        axes.axhline(float(plan), **options)


def _marks(axes, marks: pd.DataFrame | None, times: pd.Series, language: str) -> list[str]:
    """Numbered lines at changes within the time shown; the notes are part of the text alternative and, in order, of the page."""
    if marks is None or marks.empty:
        return []
    places, calendar = base.time_places(times)
    if not calendar:
        return []
    kept = marks.assign(_at=pd.to_datetime(marks["on"])).sort_values("_at", kind="stable")
    kept = kept[(kept["_at"] >= places.min()) & (kept["_at"] <= places.max() + pd.offsets.MonthEnd(1))]
    spoken, room, last = [], (places.max() - places.min()) * 0.035, None
    for k, (_, mark) in enumerate(kept.iterrows(), 1):
        axes.axvline(mark["_at"], color=theme.MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        # two changes within days of each other: the second number stands a line higher, so that both can be read
        raised = last is not None and mark["_at"] - last < room
        axes.annotate(
            str(k),
            (mark["_at"], 1),
            xytext=(0, 10 if raised else 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=theme.MUTED,
        )
        last = None if raised else mark["_at"]
        spoken.append(f"({k}) {base.word(mark['_at'], '', language)}: {mark['note']}")
    return [base.say("alt.marks", language, marks=base.spoken_list(spoken))] if spoken else []


def _name_place(start: pd.Timestamp, end: pd.Timestamp, name: str, places: pd.Series) -> tuple[pd.Timestamp, str]:
    """Where a campaign's name stands, and which of its sides is there: in the bar or right of its start; left where it would run out."""
    first, last = places.iloc[0], places.iloc[-1]
    need = (last - first) * (len(name) * base.LETTER / (base.WIDTH - 0.8))
    if max(start, first) + need <= last:
        return max(start, first), "left"
    return (min(end, last), "right") if min(end, last) - start >= need else (start, "right")


def _at_risk(axes, groups: list[pd.DataFrame], time: str, at_risk: str, language: str) -> None:
    """Below each tick how many are still observed then: one line per curve, in the order of the legend."""
    labels = []
    for tick in axes.get_xticks():
        lines = [units.integer(int(tick), language)]
        for part in groups:
            known = part.loc[part[time] <= tick, at_risk]
            inside = len(known) and tick <= part[time].max()
            lines.append(units.integer(int(known.iloc[-1]), language) if inside else "")
        labels.append("\n".join(lines))
    axes.set_xticks(axes.get_xticks(), labels)


def _median(part: pd.DataFrame, time: str, share: str) -> float | None:
    values = part.sort_values(time)
    rising = values[share].iloc[-1] >= values[share].iloc[0]
    hit = values[values[share] >= 0.5] if rising else values[values[share] <= 0.5]
    return float(hit[time].iloc[0]) if len(hit) else None
