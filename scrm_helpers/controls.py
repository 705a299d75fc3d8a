"""Controls for an analyst: choose a source, a period, a segment, or slide a number, and the chart is drawn again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from scrm_helpers import texts, units
from scrm_helpers.charts.base import word
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit


class Scale(NamedTuple):
    """A number to slide: it begins at `first`, which need not be one of the `steps`."""

    first: float
    steps: tuple[float, ...]
    unit: Unit


def explore(draw: Callable, *, interactive: bool = True, language: str = "en", **choices):
    """Calls `draw(**chosen)` for the first of each choice, and again whenever another is taken.

    A choice is a list of values (their words are `words.<name>.<value>`), a mapping of label to value, or a `Scale`; its own label
    is `columns.<name>`. `draw` gives anything that a notebook shows (a `charts.Drawn`, what `book.figure` gives).
    Where a choice holds nothing to draw (None) a sentence says so. Not interactive (the monthly run): drawn once with the first of
    each, no widget.
    """
    texts.check_language(language)
    listed = {name: _options(name, given, language) for name, given in choices.items()}
    first = {name: c.first if isinstance(c := choices[name], Scale) else options[0][1] for name, options in listed.items()}
    if not interactive:
        return draw(**first)
    import ipywidgets  # only an analyst's session pays for it

    boxes = {}
    for name, options in listed.items():
        slides = isinstance(choices[name], Scale)
        kind, wide = (ipywidgets.SelectionSlider, "30em") if slides else (ipywidgets.Dropdown, "20em")
        looks = {"layout": {"width": wide}, "style": {"description_width": "initial"} if slides else {}}
        boxes[name] = kind(options=options, value=first[name], description=_label(name, language), **looks)
    shown = ipywidgets.Output()

    def redraw(change=None):
        from IPython.display import Markdown, display

        shown.clear_output(wait=True)
        with shown:
            drawn = draw(**{name: box.value for name, box in boxes.items()})
            display(Markdown(texts.say("charts.nothing", language)) if drawn is None else drawn)

    for box in boxes.values():
        box.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([ipywidgets.HBox(list(boxes.values())), shown])


def _options(name: str, given, language: str) -> list[tuple[str, object]]:
    if isinstance(given, Scale):
        options = [(units.write(value, given.unit, language), value) for value in sorted({*given.steps, given.first})]
    elif isinstance(given, Mapping):
        options = [(str(label), value) for label, value in given.items()]
    elif isinstance(given, Iterable) and not isinstance(given, str):
        options = [(word(value, name, language) or str(value), value) for value in given]
    else:
        raise TypeError(f"choice {name!r}: came {given!r}, expected a list of values, a mapping of label to value or a Scale.")
    if not options:
        raise ToldError(f"choice {name!r}: came empty, expected at least one value to choose from.")
    return options


def _label(name: str, language: str) -> str:
    heading = f"columns.{name}"
    return texts.say(heading, language) if texts.has(heading) else name


def show(book, chart: Callable, rows, name: str, *, title: str, said: Mapping[str, str] | None = None, below: str = "", **options):
    """Draws `rows` with a chart of `charts` and keeps it in the book. Nothing where there is no row: a finding says why.

    `title` is a text id, `said` the words that it may name, `below` a sentence that a notebook shows with the chart; `options` name the
    chart's columns, and its unit where it takes one.
    """
    if rows.empty:
        return None
    if "unit" in options:
        options["currency"] = book.context.currency
    heading = texts.say(title, book.language, **(said or {}))
    drawn = chart(rows, language=book.language, title=heading, **options)
    return book.figure(replace(drawn, notes=f"{below} {drawn.notes}".strip()) if below else drawn, name)


def choose(book, chart: Callable, rows: Callable, name: str, *, choices: Mapping, title: str | Callable, **options):
    """`show` with drop-downs: `rows(**chosen)` gives the frame. The monthly run draws the first of each choice.

    `title`: a text id, or what gives it from the same choices; the text may name the choices ({window}) and shows their words.
    """

    def draw(**chosen):
        said = {k: word(v, k, book.language) for k, v in chosen.items()}
        return show(book, chart, rows(**chosen), name, title=title(**chosen) if callable(title) else title, said=said, **options)

    return explore(draw, interactive=book.interactive, language=book.language, **choices)
