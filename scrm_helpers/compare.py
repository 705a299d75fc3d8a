"""Two published months side by side: `python -m scrm_helpers compare 2026-09 2026-10`. A page in outputs/, every number of both months."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from scrm_helpers import findings, metrics, periods, texts, units
from scrm_helpers.errors import ToldError
from scrm_helpers.findings import Finding
from scrm_helpers.goals.compare import Coverage, changes
from scrm_helpers.html import render
from scrm_helpers.report.change import change_said, is_exact
from scrm_helpers.report.reader import Reader, printed_in
from scrm_helpers.report.section import table
from scrm_helpers.store import Store, settings_of
from scrm_helpers.store.book import published_periods
from scrm_helpers.store.closings import closing_of
from scrm_helpers.store.workspace import COMPARED, PUBLISHED, Workspace
from scrm_helpers.units import Unit

SALES = ("board.sold", "board.sold_orders")  # stand first: all sales, whatever brought them
COLUMNS = ["figure", "first_month", "second_month", "difference", "change"]


def compare(workspace: Workspace, first: str, second: str, *, language: str = "", stale: Mapping[str, str] | None = None) -> Path:
    """Writes the page and gives its path; ValueError where a month was not published.

    `stale`: by month, what has changed since its page was made, in words ('' or left out: nothing); the page says so of a month
    that is open. A closed one stands as it was closed, and the page says that.
    """
    settings = settings_of(workspace)
    language = texts.check_language(language or settings.language)
    both = [published(workspace, p) for p in (first, second)]
    reader = Reader(both[1], language=language, currency=settings.currency)
    covered = tuple(Store(workspace, p, published=True).frame("coverage") for p in (second, first))
    rows = compared(reader, *both, coverage=covered)
    shown = table(reader, reader.say("compare.table"), COLUMNS, rows, {"first_month", "second_month", "difference"})
    shown["columns"][1]["text"], shown["columns"][2]["text"] = reader.month(first), reader.month(second)
    html = render(
        "compare.html.j2", language=language, made_up=settings.made_up, company=settings.name or reader.say("unnamed"),
        title=reader.say("compare.title", first=reader.month(first), second=reader.month(second)), tables=[shown],
        lines=[*_as_of(reader, workspace, (first, second), stale or {}), *_unsold(reader, workspace, {first: both[0], second: both[1]}),
               reader.say("compare.note")],
        back=reader.say("index.title"), back_to="index.html",
    )  # fmt: skip
    path = workspace.outputs / f"{COMPARED}{first}_{second}.html"
    path.write_text(html, encoding="utf-8", newline="\n")
    return path


def months(workspace: Workspace, *given: str) -> tuple[str, str]:
    """The two months to compare: those given, else the newest two with a page. ToldError where there are fewer, or one is given twice."""
    known = _known(workspace)
    if all(given):
        if periods.check(given[0]) == periods.check(given[1]):
            raise ToldError(texts.tell("told.period.same", period=given[0]))
        return given[0], given[1]
    if len(known) < 2:
        one = known[0] if known else periods.shift(periods.of(date.today()), -1)
        wanted = periods.shift(one, -1) if known else one
        said = {"n": str(len(known)), "known": ", ".join(known) or texts.tell("told.none")}
        raise ToldError(texts.tell("told.period.two", command=_run(workspace, wanted), **said))
    named = next(filter(None, given), known[-1])
    first, second = sorted((named, [m for m in known if m != named][-1]))
    return first, second


def _known(workspace: Workspace) -> list[str]:
    return published_periods(workspace)


def published(workspace: Workspace, period: str) -> dict[str, Finding]:
    """A month's numbers as its page printed them."""
    periods.check(period)
    files = sorted((workspace.processed / period / PUBLISHED).glob("findings.*.parquet"))
    if not files:
        known = _known(workspace)
        alone = texts.tell("told.period.alone", known=known[0]) if len(known) == 1 else ""
        named = ", ".join(known) or texts.tell("told.none")
        said = {"known": named, "alone": alone, "command": _run(workspace, period)}
        raise ToldError(texts.tell("told.period.not_published", period=period, **said))
    return findings.from_frame(Store(workspace, period, published=True).frame("findings"))


def compared(
    reader: Reader,
    first: Mapping[str, Finding],
    second: Mapping[str, Finding],
    *,
    coverage: Coverage | None = None,
) -> list[list[str]]:
    """A row per number that either month has: both figures, the range of the difference, and whether it is more than chance.

    All sales stand first, whatever brought them: sums, with an exact difference.
    `coverage`: that table of the second month's run and of the first's; where an input came in one of them alone, the row says which.
    """
    ids = [i for i, f in second.items() if f.value is not None or (i in first and first[i].value is not None)]
    ids += [i for i, f in first.items() if i not in second and f.value is not None]
    ids.sort(key=lambda i: i not in SALES)
    rows = []
    for change in changes(second, first, tuple(ids), coverage=coverage):
        f = second.get(change.id) or first[change.id]
        unit = printed_in(f)
        gap = str(Unit.POINTS) if unit in (str(Unit.SHARE), str(Unit.PROBABILITY)) else unit
        pair = [first.get(change.id), second.get(change.id)]
        # of 12 months with costs and orders one month may have had 9, the next 10: then the label would be the second's alone
        windows = {reader.window(g) for g in pair if g is not None and g.value is not None and g.window in metrics.WINDOWS}
        label = reader.named(f, window="" if len(windows) > 1 else None)
        rows.append(
            [
                f"{label} ({change.id})" if label else change.id,
                *(_figure(reader, g, windowed=len(windows) > 1) for g in pair),
                reader.write(change.low, gap, signed=True)
                if is_exact(change)
                else reader.span(change.low, change.high, gap, with_unit=True) or "–",
                change_said(reader, change),
            ]
        )
    return rows


def _unsold(reader: Reader, workspace: Workspace, both: Mapping[str, Mapping[str, Finding]]) -> list[str]:
    without = [p for p, found in both.items() if SALES[0] not in found]
    return [reader.say("compare.no_sales", month=reader.month(p), command=_run(workspace, p)) for p in without]


def _as_of(reader: Reader, workspace: Workspace, both: Sequence[str], stale: Mapping[str, str]) -> list[str]:
    said = []
    for period in both:
        closing = closing_of(workspace, period)
        if closing is not None:
            on = units.date(date.fromisoformat(closing.current.on), reader.language)
            said.append(reader.say("compare.closed", month=reader.month(period), on=on))
        elif stale.get(period):
            said.append(reader.say("compare.stale", month=reader.month(period), what=stale[period], command=_run(workspace, period)))
    return said


def _run(workspace: Workspace, period: str) -> str:
    return workspace.command(f"run --period {period}")


def _figure(reader: Reader, f: Finding | None, *, windowed: bool) -> str:
    if f is None:
        return "–"
    if f.value is None:
        return reader.word("state", f.state)
    written = reader.write(f.value, printed_in(f), low=f.low, high=f.high)
    return f"{written} ({reader.window(f)})" if windowed and f.window in metrics.WINDOWS else written
