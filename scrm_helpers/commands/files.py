"""Raw files and kept tables: check what came, recheck a hand-kept sheet, move tables on to a newer version."""

import sys
from datetime import date

import click

from scrm_helpers.commands.group import RAW_HELP, alone, language_option, main


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file.")
@click.option("--write", is_flag=True, help="Draft sources.yml from the files found.")
@language_option("Of what is said; left out: the company's own.")
def check(raw, as_json, write, language):
    """Say what each raw file is taken for, and why, without running anything."""
    from scrm_helpers.ingestion.check import report as checked
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.workspace import where_exports_go

    workspace = where_exports_go(open_workspace(raw))
    lines, why_not = checked(workspace, as_json=as_json, write=write, today=date.today(), language=language, raw=raw)
    if lines:
        click.echo(lines)
    if why_not:  # beside what was found, which a program may read
        click.echo(why_not, err=True)
    sys.exit(2 if why_not else 0)


@main.command()
@click.option("--period", default="", help="Month that was run; left out: the newest.")
@click.option("--raw", default="", help=RAW_HELP)
def recheck(period, raw):
    """Draw 50 rows of the who-sent-me sheet to ask again; run again with the answers, say how much of it is wrong."""
    from scrm_helpers.ingestion.recheck import turn
    from scrm_helpers.store import Store, open_workspace
    from scrm_helpers.store.book import newest_period

    workspace = open_workspace(raw)
    said, path = turn(Store(workspace, period or newest_period(workspace)))
    click.echo(f"{said}\n{path}")


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
def upgrade(raw):
    """Move the tables of all months kept on to the contracts of this version of the suite."""
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.upgrade import upgrade as moved_on
    from scrm_helpers.texts import tell

    workspace = open_workspace(raw)
    with alone(workspace):
        done = moved_on(workspace)
    click.echo("\n".join(done) or tell("told.done.upgraded"))
