"""What a published month says: the rows behind a number, two months side by side, the mail."""

import click

from scrm_helpers.commands.group import RAW_HELP, language_option, main


@main.command()
@click.argument("number")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month with a page; left out: the newest.")
def why(number, raw, period):
    """Write the rows behind a printed NUMBER (its id in the appendix, such as acquisition.cac) to restricted/, summing to it."""
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.book import newest_published
    from scrm_helpers.why import why as rows_of

    workspace = open_workspace(raw)
    path, said = rows_of(workspace, period or newest_published(workspace), number)
    click.echo(f"{said}\n{path}")


@main.command()
@click.argument("first", default="")
@click.argument("second", default="")
@click.option("--raw", default="", help=RAW_HELP)
@language_option("Left out: the company's own.")
def compare(first, second, raw, language):
    """Set two published months side by side (compare 2026-09 2026-10; left out: the newest two) and print the path of the page."""
    from scrm_helpers.compare import compare as side_by_side
    from scrm_helpers.compare import months
    from scrm_helpers.run.month import changed_since
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    both = months(workspace, first, second)
    stale = {period: changed_since(workspace, period) for period in both}
    click.echo(str(side_by_side(workspace, *both, language=language, stale=stale)))


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month with a page; left out: the newest.")
def mail(raw, period):
    """Print the two lines of the mail, and the path of the page as PDF."""
    from scrm_helpers.mail import BROWSERS, make_pdf
    from scrm_helpers.store import open_workspace, settings_of
    from scrm_helpers.store.book import newest_published
    from scrm_helpers.texts import say

    workspace = open_workspace(raw)
    page, pdf, text = make_pdf(workspace, period or newest_published(workspace))
    click.echo(text, nl=False)
    if pdf is None:
        language = settings_of(workspace).language
        click.echo(say("board.mail.no_browser", language, names=", ".join(BROWSERS), page=page.name), err=True)
    click.echo(str(pdf or page))
