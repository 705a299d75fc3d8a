"""People: lists of those who agreed, one who asks to be forgotten, months that are old."""

import sys

import click

from scrm_helpers.commands.group import RAW_HELP, alone, language_option, main


@main.command()
@click.option("--period", default="", help="Month that was run; left out: the newest.")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--segment", "segments", multiple=True, metavar="DIMENSION=SEGMENT", help="Such as value=best; several: in all of them.")
@click.option("--list", "own", default="", help="A list of 08_audiences in place of a segment: top_spenders or next_offer.")
@click.option("--channel", required=True, type=click.Choice(["email", "sms", "call", "social"]))
@click.option("--purpose", default="marketing", show_default=True, help="Purpose that the consent must name.")
@click.option("--platform", default="", help="Upload hashes for meta, google or tiktok (with --channel social alone).")
def export(period, raw, segments, own, channel, purpose, platform):
    """Write a segment as a list of people who agreed to the channel and purpose, into the closed folder, and say who was left out."""
    from scrm_helpers.export import export as write
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.book import newest_period

    workspace = open_workspace(raw)
    receipt = write(
        workspace, period or newest_period(workspace), segments=list(segments), own=own, channel=channel, purpose=purpose, platform=platform
    )
    click.echo("\n".join(receipt.lines()))


@main.command()
@click.argument("who")
@click.option("--raw", default="", help=RAW_HELP)
@language_option("Of the certificate; left out: the company's own.")
def forget(who, raw, language):
    """Forget one person: WHO is an e-mail, a phone number, system:id or a person number; - reads it from standard input.

    Prints the certificate, with the rows of the raw files that are left for you to delete.
    """
    from datetime import date

    from scrm_helpers import privacy
    from scrm_helpers.store import open_workspace, settings_of

    workspace = open_workspace(raw)
    named = sys.stdin.readline().strip() if who == "-" else who
    with alone(workspace):
        made = privacy.forget(workspace, named, on=date.today(), language=language or settings_of(workspace).language)
    click.echo(made.text(language or settings_of(workspace).language))


@main.command()
@click.option("--keep", required=True, type=click.IntRange(1), help="Published months to keep, counted from the newest.")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--dry-run", "dry", is_flag=True, help="Only say what would go.")
def prune(keep, raw, dry):
    """Remove tables and pages of months older than the newest KEEP published ones."""
    from scrm_helpers import privacy
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    workspace = open_workspace(raw)
    with alone(workspace):
        done = privacy.prune(workspace, keep=keep, dry=dry)
    lines = [*done.gone, *(tell("told.done.closed_gone", month=month) for month in done.closed)]
    lines += [tell("told.done.stays", path=path) for path in done.stays]
    click.echo("\n".join(lines) if done.gone else tell("told.done.nothing_older"))
