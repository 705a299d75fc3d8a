"""What every chart shares: the drawn thing with its text alternative, a small canvas, axes in the reader's language."""

import io
import re
import textwrap
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from html import escape

import pandas as pd
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from scrm_helpers import periods, texts, theme, units
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit

# A page scales an SVG to its column. Drawn this narrow, its type is still 9 px high on a phone 390 px wide.
WIDTH = 5.2  # inches
ROW = 0.36  # inches for one row of a chart with categories
TYPE = {"font.size": 10, "axes.labelsize": 9.5, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5, "legend.fontsize": 9.5}
TITLE_LETTERS, LABEL_LETTERS, LEGEND_LETTERS = 56, 20, 54
LEGEND_ROW = 0.21  # inches
STRIP = 0.13  # inches below the axes, for the mark of made-up data
LETTER = 0.075  # inches that a letter of a label takes, on the safe side
SPOKEN = 24  # a text alternative names so many points one by one; beyond them first, last, lowest and highest


@dataclass(frozen=True)
class Drawn:
    """A chart: the figure, its axes, and in `alt` the same in words, computed from the data.

    `notes`: what numbers on the figure stand for; a reader who sees the figure needs them beside it.
    """

    figure: Figure
    axes: Axes
    alt: str
    notes: str = ""

    def mark(self, text: str) -> None:
        """A small word in the lower corner, such as that the data are made up, on a strip of its own below the axes."""
        height = self.figure.get_figheight() + STRIP
        self.figure.set_figheight(height)
        if (layout := self.figure.get_layout_engine()) is not None:
            layout.set(rect=(0, STRIP / height, 1, 1 - STRIP / height))
        self.figure.text(
            0.995, 0.004, text, ha="right", va="bottom", fontsize=6.5, fontweight="bold", color=theme.WARNING_INK
        )

    def svg(self) -> str:
        """The figure as SVG text with the looks of the suite; the same figure gives the same text."""
        buffer = io.StringIO()
        with theme.applied():
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        svg = self.svg()
        return (
            f'<figure role="img" aria-label="{escape(self.alt)}" style="margin:0">{svg[svg.index("<svg") :]}</figure>'
        )


@contextmanager
def canvas(title: str, *, height: float = 3.0, width: float = WIDTH, rows: int = 1, ratios: tuple[float, ...] = (1,)):
    """A figure with its title and its axes (a list where `rows` > 1), drawn with the looks of the suite. Inches."""
    with rc_context():
        theme.apply()
        rcParams.update(TYPE)
        lines = textwrap.wrap(title, TITLE_LETTERS)
        figure = Figure(figsize=(width, height + 0.2 * len(lines)))
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, 1, sharex=rows > 1, height_ratios=ratios)
        figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=theme.INK)
        yield figure, axes


def need(frame: pd.DataFrame, *columns: str | None) -> pd.DataFrame:
    """A copy with a plain index; an error that names the columns that are missing, or says that the frame is empty."""
    if absent := [c for c in columns if c is not None and c not in frame.columns]:
        raise KeyError(
            f"chart: came columns {list(frame.columns)}, expected also {absent}. Rename or add them before drawing."
        )
    if frame.empty:
        raise ToldError(
            "chart: came a frame without rows, expected at least one. Say so in a sentence instead of drawing."
        )
    return frame.reset_index(drop=True)


def say(text_id: str, language: str, **values: str) -> str:
    """A text of the subject `charts`."""
    return texts.say(f"charts.{text_id}", language, **values)


def axis_word(column: str, language: str, *, kind: str = "number") -> str:
    """The title of an axis of plain numbers: `axis.<kind>_<column>` of the texts where there is one, else `axis.<kind>`."""
    own = f"axis.{kind}_{column}"
    return say(own if texts.has(f"charts.{own}") else f"axis.{kind}", language)


def counted(value: str, unit: Unit, language: str) -> str:
    """The title of an axis of counts: what is counted (`columns.<value>`), where it is known; '' leaves the unit's own label."""
    known = f"columns.{value}"
    return texts.say(known, language) if unit is Unit.COUNT and texts.has(known) else ""


def word(value, column: str, language: str) -> str:
    """A cell's value as a reader's word: `words.<column>.<value>`, a month, a day, or the text itself."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    known = f"words.{column}.{value}"
    if texts.has(known):
        return texts.say(known, language)
    if isinstance(value, str) and column.endswith("s") and " + " in value:  # two of a kind, such as a pair of systems
        return " + ".join(word(each, column.removesuffix("s"), language) for each in value.split(" + "))
    if isinstance(value, str):
        return units.short_month(value, language) if periods.PERIOD.match(value) else value
    if isinstance(value, (date, pd.Timestamp)):
        return units.short_date(pd.Timestamp(value).date(), language)
    if isinstance(value, (int, float)) and float(value).is_integer():
        return units.integer(int(value), language)
    return str(value)


def words(values: Iterable, column: str, language: str) -> list[str]:
    """`word` of each."""
    return [word(v, column, language) for v in values]


def wrapped(labels: Iterable[str], letters: int = LABEL_LETTERS) -> list[str]:
    """Labels broken into lines."""
    return ["\n".join(textwrap.wrap(label, letters)) or label for label in labels]


def number(value) -> float | None:
    """A plain float; None where the cell is blank."""
    return None if value is None or pd.isna(value) else float(value)


def figure_with_range(value, low, high, unit: Unit, language: str, currency: str) -> str:
    """'412 TL (330 to 540)'; without a range the figure alone; 'too few to say' where there is no figure."""
    value, low, high = number(value), number(low), number(high)
    if value is None:
        return say("too_few", language)
    text = units.write(value, unit, language, low=low, high=high, currency=currency)
    if low is None and high is None:
        return text
    return f"{text} ({units.write_range(low, high, unit, language, currency=currency, of=value)})"


def write_ticks(axis, unit: Unit, language: str, currency: str, *, bins: int = 5) -> None:
    """Ticks at round places, written by `units`, all on one scale. Called when the limits stand."""
    low, high = axis.get_view_interval()
    # steps of 2.5 only for money: 47.5% would be written 48%, and the ticks would look uneven
    steps = [1, 2, 2.5, 5, 10] if unit is Unit.MONEY else [1, 2, 5, 10]
    whole = unit is Unit.COUNT
    places = [
        t
        for t in MaxNLocator(bins, steps=steps, integer=whole).tick_values(low, high)
        if min(low, high) <= t <= max(low, high)
    ]
    places = [round(float(t), 12) for t in places]
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(
        FixedFormatter(units.write_all(places, unit, language, currency=currency, with_unit=False))
    )


def unit_axis(axis, unit: Unit, language: str, currency: str, *, label: str = "") -> None:
    """The axis of the value: its unit as label, ticks in the reader's form."""
    axis.set_label_text(label or units.unit_label(unit, language, currency=currency))
    write_ticks(axis, unit, language, currency)


def time_places(values: pd.Series) -> tuple[pd.Series, bool]:
    """Places on an axis for months 'YYYY-MM', days, or plain numbers; and whether they are calendar time."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float), False
    text = values.astype(str)
    if text.map(lambda v: bool(periods.PERIOD.match(v))).all():
        return pd.to_datetime(text + "-01"), True
    return pd.to_datetime(values), True


def time_axis(axes: Axes, values: pd.Series, language: str, *, label: str = "", most: int = 6) -> None:
    """Ticks of calendar time as short months or days, at most `most`, none nearer to the next than its label is wide; the last is always
    among them."""
    places, calendar = time_places(values)
    axes.set_xlabel(
        label
        or say("axis.month" if calendar and monthly(places) else "axis.day" if calendar else "axis.number", language)
    )
    if not calendar:
        write_ticks(axes.xaxis, Unit.COUNT, language, "TRY", bins=most)
        return
    unique = sorted(set(places))
    at = (lambda t: t.year * 12 + t.month) if monthly(places) else (lambda t: t.toordinal())
    room, shown = -(-(at(unique[-1]) - at(unique[0])) // (most - 1)), unique[-1:]
    for place in unique[-2::-1]:  # counted back from the last: the newest month is what the reader looks for
        if at(shown[0]) - at(place) >= room:
            shown.insert(0, place)
    written = [
        units.short_month(f"{t:%Y-%m}", language)
        if monthly(places)
        else units.short_date(t.date(), language, year=False)
        for t in shown
    ]
    axes.set_xticks(shown, [w.replace(" ", "\n", 1) if monthly(places) else w for w in written])


def count_row(axes: Axes, places: pd.Series, counts: pd.Series, language: str) -> None:
    """The counts behind a curve, as the lowest line of the labels of its time axis."""
    count_at = {pd.Timestamp(p): c for p, c in zip(places, counts, strict=True) if not pd.isna(c)}
    labels = [t.get_text() for t in axes.get_xticklabels()]
    ticks = [pd.Timestamp(num2date(t).replace(tzinfo=None)) for t in axes.get_xticks()]
    counted = [units.integer(int(count_at[t]), language) if t in count_at else "" for t in ticks]
    axes.set_xticks(
        axes.get_xticks(), [f"{text}\nn={c}" if c else text for text, c in zip(labels, counted, strict=True)]
    )


def legend(axes: Axes, *, columns: int = 2, above: float = 0.0) -> None:
    """A legend above the axes, where no line can run through it; as many columns as the longest label allows. From the third row on the
    figure grows by what the legend takes, so that the axes keep their height.

    `above`: share of the axes' height that something else takes there (numbers of changes).
    """
    labels = axes.get_legend_handles_labels()[1]
    longest = max(map(len, labels), default=0)
    fitting = max(1, min(columns, int(LEGEND_LETTERS // (longest + 5))))
    axes.figure.set_figheight(axes.figure.get_figheight() + LEGEND_ROW * max(0, -(-len(labels) // fitting) - 2))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0 + above),
        ncols=fitting,
        handlelength=1.4,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def spoken_series(places: pd.Series, values: pd.Series, name: str, unit: Unit, language: str, currency: str) -> str:
    """A curve in words: first and last, lowest and highest, each with its time."""
    kept = values.astype(float).reset_index(drop=True)
    known = kept.dropna()
    if known.empty:
        return say("alt.empty", language)
    where = lambda i: word(places.reset_index(drop=True)[i], name, language)  # noqa: E731
    put = lambda i: units.write(float(kept[i]), unit, language, currency=currency)  # noqa: E731
    first, last, low, high = known.index[0], known.index[-1], known.idxmin(), known.idxmax()
    if len(known) == 1:
        return say("alt.one", language, at=where(first), value=put(first))
    return say(
        "alt.series",
        language,
        first=put(first),
        first_at=where(first),
        last=put(last),
        last_at=where(last),
        low=put(low),
        low_at=where(low),
        high=put(high),
        high_at=where(high),
    )


def spoken_list(parts: list[str]) -> str:
    """Items as one sentence part."""
    return "; ".join(parts)


def alt_of(title: str, kind: str, body: str, language: str) -> str:
    """The whole text alternative: kind of chart, title, then what the data say."""
    end = "" if title.rstrip().endswith(("?", "!")) else "."
    text = f"{say(f'kind.{kind}', language)}: {title.rstrip('. ')}{end} {body.rstrip('. ')}."
    return re.sub(r"\s+", " ", text)


def monthly(places: pd.Series) -> bool:
    """Whether the places on a calendar axis are months: first days alone."""
    return bool((places.dt.day == 1).all())
