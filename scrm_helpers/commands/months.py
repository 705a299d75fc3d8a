"""Months: run, close, take back, report, score."""

from datetime import date

import click

from scrm_helpers.commands.company import write_sample
from scrm_helpers.commands.group import RAW_HELP, language_option, main, speak
from scrm_helpers.run.errors import Closed, ValueRefused

SCORE_CARD = "score.html"  # scorecard.PAGE, which is not imported where nothing has changed


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option(
    "--period", default="", metavar="MONTH", help="Month, such as 2026-10, or several: 2025-10..2026-10; left out: the last whole month."
)
@language_option("Language of the pages; left out: the company's own.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A notebook's parameter; 04_retention.window=28 for one notebook alone.",
)
@click.option("--engine", default="duckdb", type=click.Choice(["duckdb", "spark"]))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Notebooks side by side.")
@click.option("--again", is_flag=True, help="Run all the same where nothing has changed.")
@click.option("--revise", default="", metavar="REASON", help="Run a closed month all the same: a numbered revision for this reason.")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(raw, period, language, parameters, engine, workers, again, revise, quiet):
    """Run the nine notebooks for one month, or several, and print the path of each page. A closed month is left as it is."""
    from scrm_helpers.run.newest import refuse_without_orders
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    months = months_of(period)
    if len(months) > 1 and revise:
        raise ValueRefused(tell("told.closing.one_reason", months=period))
    if period:
        refuse_without_orders(open_workspace(raw), months)
    for month in months:
        try:
            click.echo(page_of(raw, month, language, parameters, engine, workers, again, quiet, revise))
        except Closed as told:
            if len(months) == 1:
                raise
            click.echo(str(told), err=True)


@main.command()
@click.argument("period")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--anyway", is_flag=True, help="Though a source has not reached the end of the month.")
@click.option("--quiet", is_flag=True, help="No progress.")
def close(period, raw, anyway, quiet):
    """Close a month as its page shows it: from then on it changes by numbered revisions alone (run --revise)."""
    from scrm_helpers.run.month import close_month
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    card = card_of(workspace, period)
    page = close_month(period, raw=raw, on=date.today(), anyway=anyway, progress=not quiet)
    mark_again(workspace, period, card)
    click.echo(page)


@main.command()
@click.argument("period")
@click.option("--raw", default="", help=RAW_HELP)
def rollback(period, raw):
    """Take the last revision of a closed month back: the one before it is there again, byte for byte."""
    from scrm_helpers.run.revisions import rollback as take_back
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    gone, shown = take_back(open_workspace(raw), period)
    told = {"shown": str(shown.number), "shown_on": str(shown.on), "gone": str(gone.number), "gone_on": str(gone.on)}
    click.echo(tell("told.done.rolled_back", period=period, **told))


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month; left out: the last whole month in the data.")
@language_option()
@click.option("--quiet", is_flag=True, help="No progress.")
def report(raw, period, language, quiet):
    """The whole job: make the sample company where data/raw is empty, run the month, print the path of the page."""
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    workspace = open_workspace(raw)
    if workspace.name == "sample" and not workspace.is_made_up:
        from scrm_helpers.sample.words import LANGUAGE

        speak(None, language or LANGUAGE)  # the company's own, which could not be asked for it: it was not there yet
        click.echo(tell("console.run.making_sample"), err=True)
        write_sample(workspace, seed=1, people=12_000, mess=1, months=24, last_month="2026-10")
    from scrm_helpers.run import publish
    from scrm_helpers.run.index import PAGE
    from scrm_helpers.run.newest import refuse_without_orders

    if period:
        refuse_without_orders(workspace, [period])
    period = period or newest(workspace)
    try:
        page = page_of(raw, period, language, (), "duckdb", 2, False, quiet)
    except Closed as told:  # started every month by itself: a closed month is no mistake
        click.echo(str(told), err=True)
        page = publish.shown_page(workspace.outputs, period, PAGE)
    if workspace.is_made_up and workspace.truth.is_dir():
        card = page.parent / SCORE_CARD
        if not card.is_file():  # else it was marked, with its page
            card = write_score(workspace, period, language)
        click.echo(tell("console.run.score_card", path=str(card)))
    click.echo(page)


@main.command()
@click.option("--period", default="", help="Month that was run; left out: the newest.")
@language_option("Left out: the company's own.")
def score(period, language):
    """Mark the sample company's run like an exam: estimate against planted truth, and print the path of the score card."""
    from scrm_helpers.store.book import newest_published
    from scrm_helpers.store.workspace import SAMPLE, Workspace, home, refuse_open_folders

    workspace = Workspace(SAMPLE, home() / "data" / SAMPLE / "raw", home())
    speak(workspace, language)
    refuse_open_folders(workspace)
    click.echo(write_score(workspace, period or newest_published(workspace), language))


def months_of(period) -> list[str]:
    """The months that --period names; [''] where it names none."""
    from scrm_helpers import periods
    from scrm_helpers.texts import tell

    first, several, last = period.partition("..")
    if not several:
        return [period]
    if periods.check(first) > periods.check(last):
        raise ValueRefused(tell("told.period.order", came=period, expected=f"{last}..{first}"))
    return periods.between(first, last)


def page_of(raw, period, language, parameters, engine, workers, again, quiet, revise=""):
    from scrm_helpers.run.month import run_month
    from scrm_helpers.run.parameters import from_words
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.workspace import where_exports_go

    workspace = where_exports_go(open_workspace(raw))
    period = period or newest(workspace)
    card = card_of(workspace, period)
    page = run_month(
        period,
        raw=raw,
        language=language,
        engine=engine,
        values=from_words(parameters),
        workers=workers,
        again=again,
        progress=not quiet,
        revise=revise,
        on=date.today(),
    )
    mark_again(workspace, period, card, language)
    if revise:
        tell_revised(workspace, period)
    tell_aside(workspace, period)
    tell_refused(workspace, period)
    return page


def newest(workspace) -> str:
    """The newest month worth reporting on; says where months since then have no orders, whose files may never have come."""
    from scrm_helpers.run.newest import behind, month_of

    period = month_of(workspace)
    if told := behind(workspace, period, date.today()):
        click.echo(told, err=True)
    return period


def tell_revised(workspace, period):
    """Says which printed numbers a revision changed, old and new."""
    from scrm_helpers.run.revisions import listed

    for line in listed(workspace, period):
        click.echo(line, err=True)


def tell_aside(workspace, period):
    """Says how many rows are in no number of the page, the money in them, and where each stands with its reason. Most months have some: it
    is no fault, so it goes where the page's path goes."""
    from scrm_helpers.run.index import aside
    from scrm_helpers.run.publish import RESTRICTED, shown_page
    from scrm_helpers.store import settings_of
    from scrm_helpers.texts import spoken, tell
    from scrm_helpers.units import Unit, write

    rows, cells, amount, unread = aside(workspace, period) or (0, 0, 0.0, 0)
    if not rows and not cells:
        return
    counts = {"rows": write(rows, Unit.COUNT, spoken()), "cells": write(cells, Unit.COUNT, spoken())}
    money = write(amount, Unit.MONEY, spoken(), currency=settings_of(workspace).currency)
    if unread:
        money = tell("console.run.aside_unread", amount=money, unread=write(unread, Unit.COUNT, spoken()))
    where = str(shown_page(workspace.outputs, period, f"{RESTRICTED}/01_ingestion/set_aside.csv"))
    click.echo(tell("console.run.aside", amount=money, file=where, **counts))


def tell_refused(workspace, period):
    """Says which files lie in the raw folder and are in no number of the page, whether it was made now or before."""
    from scrm_helpers.run.index import refused
    from scrm_helpers.texts import tell

    for line in refused(workspace, period):
        click.echo(tell("console.run.refused", file=line), err=True)


def card_of(workspace, period):
    """The score card that stands beside the month's page: path and text; None where none does."""
    from scrm_helpers.run import publish

    shown = publish.current(workspace.outputs, period)
    path = shown / SCORE_CARD if shown is not None else None
    return (path, path.read_text(encoding="utf-8")) if path is not None and path.is_file() else None


def mark_again(workspace, period, card, language=""):
    """Marks the month anew where its new page took the place of one with a score card; `language` left out: that of the card."""
    from scrm_helpers.run import publish

    kept = card is None or (publish.current(workspace.outputs, period) == card[0].parent and card[0].is_file())
    if kept or not workspace.truth.is_dir():
        return
    from scrm_helpers.why.page import language_of

    write_score(workspace, period, language or language_of(card[1]))


def write_score(workspace, period, language):
    from scrm_helpers import scorecard
    from scrm_helpers.run import publish
    from scrm_helpers.store import settings_of
    from scrm_helpers.texts import tell

    card = scorecard.score(workspace, period)
    folder = publish.current(workspace.outputs, period)
    if folder is None:
        raise ValueRefused(tell("told.period.no_page", period=period, command=workspace.command(f"run --period {period}")))
    scorecard.write(card, folder, settings_of(workspace), language=language)
    return publish.shown_page(workspace.outputs, period, scorecard.PAGE)
