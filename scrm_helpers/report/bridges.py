"""The monthly bridge on page two: a small picture per figure, rows from last month's figure to this month's, and the same in words."""

from html import escape

from scrm_helpers import units
from scrm_helpers.goals.bridge import BARS, Bridge
from scrm_helpers.report.reader import Reader
from scrm_helpers.units import Unit

WIDTH, ROW, TOP = 300.0, 16.0, 10.0
LABEL, FIRST, LAST = 126.0, 131.0, 222.0  # right end of the labels; the bars lie between the other two
LETTER = 6.6  # width of a digit of the figures
CENTS = 10  # money from so much on has no cents, in any of the bars
ENDS = ("before", "now")  # rows that hold a figure; the others hold a difference


def bridge_picture(reader: Reader, bridge: Bridge, *, title: str, unit: str) -> str:
    """One SVG: last month, up to four bars that lead from it to this month, this month; noise is the line across the real change."""
    rows, level = [("before", bridge.before, bridge.before)], bridge.before
    for name in BARS:
        amount = getattr(bridge, name)
        if amount is not None:
            rows.append((name, level, level + amount))
            level += amount
    rows.append(("now", bridge.now, bridge.now))
    whiskers = () if bridge.low is None else _whisker(bridge, rows)
    every = [v for _, a, b in rows for v in (a, b)] + list(whiskers)
    least, most = min(every), max(every)
    room = (most - least) or abs(most) or 1.0
    at = lambda v: FIRST + 4 + (v - least) / room * (LAST - FIRST - 8)  # noqa: E731
    figures = [_figure(reader, bridge, end if name in ENDS else end - start, unit, whole=name in ENDS) for name, start, end in rows]
    width = max(WIDTH, LAST + LETTER * max(map(len, figures)))
    out = []
    for k, (name, start, end) in enumerate(rows):
        y, figure = TOP + k * ROW, figures[k]
        whole = name in ENDS
        out.append(f'<text x="{LABEL:.0f}" y="{y + 4:.1f}" text-anchor="end">{escape(_label(reader, bridge, name))}</text>')
        out.append(f'<text class="fig" x="{width:.0f}" y="{y + 4:.1f}" text-anchor="end">{escape(figure)}</text>')
        if k:
            out.append(f'<line class="tie" x1="{at(start):.1f}" y1="{y - ROW:.1f}" x2="{at(start):.1f}" y2="{y:.1f}"/>')
        if whole:
            out.append(f'<circle class="{"ring" if name == "before" else "dot"}" cx="{at(end):.1f}" cy="{y:.1f}" r="4.5"/>')
            continue
        a, b = sorted((at(start), at(end)))
        out.append(f'<rect class="step {name}" x="{a:.1f}" y="{y - 5:.1f}" width="{max(b - a, 1.5):.1f}" height="10"/>')
        if name == "real" and whiskers:
            low, high = (at(v) for v in whiskers)
            out.append(f'<path class="whisker" d="M{low:.1f} {y - 4:.1f}v8M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {y - 4:.1f}v8"/>')
    height = TOP + (len(rows) - 1) * ROW + 9
    alt = escape(bridge_words(reader, bridge, title=title, unit=unit), quote=True)
    return f'<svg class="pic bridge" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{alt}">{"".join(out)}</svg>'


def bridge_words(reader: Reader, bridge: Bridge, *, title: str, unit: str) -> str:
    """The picture in words: every figure that it prints, in order, and whether the real change stands beyond noise."""
    said = [f"{title}: {_label(reader, bridge, 'before')} {_figure(reader, bridge, bridge.before, unit, whole=True)}"]
    for name in BARS:
        amount = getattr(bridge, name)
        if amount is not None:
            said.append(f"{_label(reader, bridge, name)} {_figure(reader, bridge, amount, unit, whole=False)}")
    said.append(f"{_label(reader, bridge, 'now')} {_figure(reader, bridge, bridge.now, unit, whole=True)}")
    if bridge.low is not None and bridge.high is not None:
        said.append(reader.say("bar.noise", range=reader.span(bridge.low, bridge.high, _gap(unit), with_unit=True)))
    return ", ".join(said) + f". {verdict(reader, bridge)}"


def _figure(reader: Reader, bridge: Bridge, amount: float, unit: str, *, whole: bool) -> str:
    """Written out to the last unit of money, or to a tenth of a point: a reader adds the bars up, and a sum in millions, or a share
    without its decimal, would hide the smaller ones."""
    if _gap(unit) != unit:
        return units.percent(amount, reader.language, 1) if whole else reader.write(round(amount, 3), Unit.POINTS, signed=True)
    if unit.startswith(Unit.MONEY) and max(abs(bridge.before), abs(bridge.now)) >= CENTS:
        amount = float(round(amount))
    return reader.write(amount, unit if whole else _gap(unit), signed=not whole, scaled=False)


def _gap(unit: str) -> str:
    return str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit


def verdict(reader: Reader, bridge: Bridge) -> str:
    """One short sentence: within noise, beyond it, or not to be told."""
    return reader.say({"noise": "bar.within", "real": "bar.beyond", "unknown": "bar.unknown"}[bridge.kind])


def _label(reader: Reader, bridge: Bridge, name: str) -> str:
    if name == "before" and not bridge.published:
        return reader.say("bar.before_counted")
    if name == "mix" and bridge.id == "campaigns.caused":
        return reader.say("bar.mix_campaigns")
    if name == "definition" and bridge.restated is None:
        return reader.say("bar.definition_or_data")
    return reader.say(f"bar.{name}")


def _whisker(bridge: Bridge, rows) -> tuple[float, float]:
    start = next(a for name, a, _ in rows if name == "real")
    return start + bridge.low, start + bridge.high
