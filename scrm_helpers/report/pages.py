"""The three pages of a month, from findings, the decision and what the notebooks kept."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from scrm_helpers import texts
from scrm_helpers.findings import Context, Finding
from scrm_helpers.html import counted, render
from scrm_helpers.report import appendix, on_page, team
from scrm_helpers.report.page_one import OPTIONAL, page_one
from scrm_helpers.report.page_two import page_two
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.section import table
from scrm_helpers.report.svg import inline
from scrm_helpers.units import Unit

DIGEST = 12
MOST_WORDS, MOST_NUMBERS = 120, 25  # of page one
# Letters of ordinary size that one sheet holds in two columns; what a row of a table and what a picture take of them.
ROOMY, ROW_LETTERS, PICTURE_LETTERS = 4500, 150, 600


class Pages(NamedTuple):
    """Finished HTML, and what pages one and two of the board page print."""

    board: str
    appendix: str
    team: str
    printed: on_page.Page

    def html(self) -> dict[str, str]:
        """The three pages by name."""
        return {"board": self.board, "appendix": self.appendix, "team": self.team}


def pages(
    context: Context,
    decision,
    found: Mapping[str, Finding],
    past: Mapping[str, Mapping[str, Finding]],
    *,
    change_log: pd.DataFrame,
    files: pd.DataFrame,
    sections: Sequence[dict],
    activity: pd.DataFrame,
    run: str,
    company: str = "",
    made_up: bool = False,
    spend_chart=None,
    revision: int = 0,
    reason: str = "",
) -> Pages:
    """The pages of one month. `decision` as goals.decide gives it; `past` earlier months' findings; `sections` as Book.sections gives
    them; `activity` as activity_by_month gives it; `run` the run's name; `spend_chart` a charts.Drawn;
    `revision` of a closed month (0: it is not closed) and, from the second on, the `reason` it was made for.

    Raises MetricClassError where a finding of activity would stand on page one or two.
    """
    reader = Reader(found, language=context.language, currency=context.currency, refused=decision.refused)
    common = {
        "language": context.language,
        "made_up": made_up,
        "say": reader.say,
        "month": reader.month(context.period),
    }
    company = company or reader.say("unnamed")
    chart = None
    if spend_chart is not None:
        chart = {"svg": inline(spend_chart.svg(), key="spend", alt=spend_chart.alt), "alt": spend_chart.alt}
    given = {"period": context.period, "revision": revision}
    dropped: frozenset[str] = frozenset()
    others = [Reader(found, language=o, currency=context.currency) for o in texts.LANGUAGES if o != context.language]
    for other in others:  # what has no room in one language is left out in each: all readers are told the same
        dropped |= _dropped(other, decision, past, change_log, company=company, made_up=made_up, dropped=dropped, **given)
    dropped = _dropped(reader, decision, past, change_log, company=company, made_up=made_up, dropped=dropped, **given)
    reader.placed.clear()
    one = page_one(reader, decision, past, change_log, company=company, dropped=dropped, **given)
    digest = files_digest(files)
    two = page_two(reader, decision, past, period=context.period, chart=chart)
    foot = {
        "run": reader.say("foot.run", run=run, digest=digest),
        "made": reader.say("foot.made"),
        "revision": reader.say({0: "foot.not_closed", 1: "foot.first"}.get(revision, "foot.revision"), n=str(revision)),
        "reason": reader.say("revision.reason", reason=reason) if reason else "",
        "changes": reader.say("foot.changes") if revision > 1 else "",
    }
    board = render(
        "board.html.j2",
        title=f"{company}: {reader.say('title')}, {reader.month(context.period)}",
        one=one,
        two=two,
        roomy=_is_roomy(two),
        foot=foot,
        **common,
    )
    return Pages(
        board,
        _appendix(reader, found, sections, files, common, company, foot),
        _team(reader, activity, context, common, company),
        on_page.printed(one, two, context.language),
    )


def _dropped(reader: Reader, decision, past, change_log, *, company: str, made_up: bool, dropped: frozenset[str], **given) -> frozenset:
    """The optional parts that page one must do without in the reader's language, those in `dropped` among them."""
    said = {"language": reader.language, "made_up": made_up, "say": reader.say, "month": reader.month(given["period"])}
    for part in ("", *OPTIONAL):
        dropped |= {part} - {""}
        one = page_one(reader, decision, past, change_log, company=company, dropped=dropped, **given)
        words, numbers = counted(render("page_one.html.j2", one=one, **said) + (f" {reader.say('made_up')} " if made_up else ""))
        if words <= MOST_WORDS and numbers <= MOST_NUMBERS:
            break
    return dropped


def _is_roomy(two: Sequence[dict]) -> bool:
    """Whether page two has so little to say that its sheet of paper holds it in type of an ordinary size."""
    letters = sum(len(p) for s in two for p in (*s["lead"], *s["paragraphs"]))
    rows = sum(len(t["rows"]) for s in two for t in s["tables"])
    pictures = sum(len(s["pictures"]) for s in two)
    return letters + ROW_LETTERS * rows + PICTURE_LETTERS * pictures <= ROOMY


def spend_chart(draw, spend: pd.DataFrame, *, language: str, currency: str):
    """The chart of page two (`draw` is charts.stacked), or None for less than two months. `spend`: month, purpose, amount."""
    if spend["month"].nunique() < 2:  # one bar says less than the table above it
        return None
    title = texts.say("board.chart.spend", language)
    return draw(
        spend,
        time="month",
        part="purpose",
        value="amount",
        unit=Unit.MONEY,
        language=language,
        title=title,
        currency=currency,
    )


def files_digest(files: pd.DataFrame) -> str:
    """First digits of one digest over every file that was read and its content."""
    import hashlib

    pairs = sorted({(str(r["source_file"]), str(r["digest"])) for r in files.to_dict("records")})
    return hashlib.sha256(repr(pairs).encode()).hexdigest()[:DIGEST]


def _appendix(reader, found, sections, files, common, company, foot) -> str:
    lines = appendix.lineage(reader.placed, found, sections, files, reader)
    columns = ["finding", "value", "notebook", "definition", "tables", "files"]
    log = appendix.file_rows(files, reader)
    return render(
        "appendix.html.j2",
        title=f"{company}: {reader.say('appendix.title')}, {common['month']}",
        company=company,
        foot=foot,
        sections=appendix.sections(sections, reader),
        glossary=appendix.glossary(reader.language, reader.currency),
        glossary_columns=[reader.heading(c) for c in ("measure", "formula", "unit", "version")],
        lineage=appendix.lineage_lines(lines, found, reader),
        lineage_columns=[reader.heading(c) for c in columns],
        files=table(
            reader,
            reader.say("appendix.files"),
            ["file", "part", "verdict", "rows_kept", "rows_quarantined", "digest"],
            log,
            {"rows_kept", "rows_quarantined"},
        ),
        withheld=appendix.withheld(found, reader.language),
        workbook=reader.say("workbook.link", file="tables.xlsx"),
        **common,
    )


def _team(reader, activity, context, common, company) -> str:
    shown = team.team_table(activity, reader, period=context.period)
    return render(
        "team.html.j2",
        title=f"{company}: {reader.say('team.title')}, {common['month']}",
        company=company,
        table=shown,
        **common,
    )
