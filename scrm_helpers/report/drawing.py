"""The two small pictures of a tile, as SVG that takes its colours from the page: the range with its plan, the line over months."""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import NamedTuple

from scrm_helpers import periods

WIDTH, EDGE = 240.0, 10.0
BAR_Y, BAR_HEIGHT = 14.0, 40.0
LINE_TOP, LINE_HEIGHT, MARK_ROOM = 46.0, 44.0, 14.0


def sign(number: int) -> str:
    """The sign of a numbered change, as of a footnote: it points, it is no figure."""
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(number))


class Point(NamedTuple):
    """One month of a line."""

    period: str
    value: float
    low: float | None
    high: float | None


class Mark(NamedTuple):
    """One numbered change."""

    number: int
    on: date
    note: str
    kind: str = ""


def tile_picture(
    *,
    value: float,
    low: float | None,
    high: float | None,
    plan: float | None,
    plan_text: str,
    last: float | None,
    points: Sequence[Point],
    marks: Sequence[Mark],
    zero: bool,
    label: str,
    since: str | None = None,
) -> str:
    """Range bar and, from two months on, the line: one SVG with `label` as its text alternative.

    `since`: the month at the left end of the line's axis, the same for all tiles; left out, the line fills its own.
    """
    with_line = len(points) > 1
    height = LINE_TOP + LINE_HEIGHT + MARK_ROOM if with_line else BAR_HEIGHT
    parts = [_bar(value, low, high, plan, plan_text, last, zero)]
    if with_line:
        parts.append(_line(points, marks, since))
    return (
        f'<svg class="pic" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(label, quote=True)}" '
        f'preserveAspectRatio="xMidYMid meet">{"".join(parts)}</svg>'
    )


def _bar(value, low, high, plan, plan_text, last, zero) -> str:
    known = [v for v in (value, low, high, plan, last) if v is not None]
    if zero and min(known) <= 0 <= max(known):
        known.append(0.0)
    least, most = min(known), max(known)
    room = (most - least) or abs(most) or 1.0
    least, most = least - 0.12 * room, most + 0.12 * room
    at = lambda v: EDGE + (v - least) / (most - least) * (WIDTH - 2 * EDGE)  # noqa: E731
    out = [f'<line class="rail" x1="{EDGE:.1f}" y1="{BAR_Y}" x2="{WIDTH - EDGE:.1f}" y2="{BAR_Y}"/>']
    if low is not None and high is not None:
        a, b = at(low), at(high)
        out.append(f'<rect class="soft" x="{a:.1f}" y="{BAR_Y - 5}" width="{max(b - a, 1):.1f}" height="10" rx="5"/>')
    if zero and least <= 0 <= most:
        x = at(0.0)
        out.append(f'<line class="zero" x1="{x:.1f}" y1="{BAR_Y - 10}" x2="{x:.1f}" y2="{BAR_Y + 10}"/>')
        out.append(f'<text class="small" x="{x:.1f}" y="{BAR_Y + 21}" text-anchor="middle">0</text>')
    if last is not None:
        out.append(f'<circle class="ring" cx="{at(last):.1f}" cy="{BAR_Y}" r="4.5"/>')
    if plan is not None:
        x = at(plan)
        anchor = "start" if x < WIDTH * 0.2 else "end" if x > WIDTH * 0.8 else "middle"
        out.append(f'<line class="plan" x1="{x:.1f}" y1="{BAR_Y - 10}" x2="{x:.1f}" y2="{BAR_Y + 10}"/>')
        out.append(
            f'<text class="small plan" x="{x:.1f}" y="{BAR_Y + 22}" text-anchor="{anchor}">{escape(plan_text)}</text>'
        )
    out.append(f'<circle class="dot" cx="{at(value):.1f}" cy="{BAR_Y}" r="5.5"/>')
    return "".join(out)


def _line(points: Sequence[Point], marks: Sequence[Mark], since: str | None) -> str:
    every = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    least, most = min(every), max(every)
    room = (most - least) or 1.0
    first, last = periods.index(points[0].period), periods.index(points[-1].period)
    left = first if since is None else min(first, periods.index(since))
    x_of = lambda index: EDGE + (index - left) / max(last - left, 1) * (WIDTH - 2 * EDGE)  # noqa: E731
    y_of = lambda v: LINE_TOP + 3 + (most - v) / room * (LINE_HEIGHT - 6)  # noqa: E731
    out = []
    for run in _unbroken(points):
        band = [p for p in run if p.low is not None and p.high is not None]
        if len(band) > 1:
            up = [f"{x_of(periods.index(p.period)):.1f},{y_of(p.high):.1f}" for p in band]
            down = [f"{x_of(periods.index(p.period)):.1f},{y_of(p.low):.1f}" for p in reversed(band)]
            out.append(f'<polygon class="faint" points="{" ".join(up + down)}"/>')
        path = " ".join(f"{x_of(periods.index(p.period)):.1f},{y_of(p.value):.1f}" for p in run)
        out.append(f'<polyline class="line" points="{path}"/>')
    for mark in marks:
        # a month's figure stands at its month's place: a change within the month lies between it and the month before
        place = periods.index(periods.of(mark.on)) - 1 + mark.on.day / 31
        if first <= place <= last:
            x = x_of(place)
            out.append(f'<line class="mark" x1="{x:.1f}" y1="{LINE_TOP}" x2="{x:.1f}" y2="{LINE_TOP + LINE_HEIGHT}"/>')
            out.append(
                f'<text class="sign" x="{x:.1f}" y="{LINE_TOP + LINE_HEIGHT + 14}" text-anchor="middle">{sign(mark.number)}</text>'
            )
    end = points[-1]
    out.append(f'<circle class="dot" cx="{x_of(periods.index(end.period)):.1f}" cy="{y_of(end.value):.1f}" r="4"/>')
    return "".join(out)


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    runs: list[list[Point]] = []
    for point in points:
        if runs and periods.index(point.period) == periods.index(runs[-1][-1].period) + 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs
