"""The commands: `python -m scrm_helpers --help`."""

import os
import sys
from datetime import date
from pathlib import Path

import click

from scrm_helpers import __version__
from scrm_helpers.run.errors import Busy, Closed, RunError, ValueRefused

KNOWN_ERRORS = ("InputError", "ContractError", "WorkspaceError", "EngineError")
CALLER = "SCRM_CALLER"  # as start.py sets it
SCORE_CARD = "score.html"  # scorecard.PAGE, which is not imported where nothing has changed
# JupyterLab looks for updates, news and extensions on the network unless it is told not to
LAB_ALONE = (
    "--ServerApp.ip=localhost", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)  # fmt: skip
RAW_HELP = "Folder of raw files; left out: data/raw, or the sample company where that is empty."


class Told(click.Group):
    """Errors that say what came, what was expected and what to do are printed as they are, without a traceback."""

    def invoke(self, context):
        """Runs a command; a told error ends with exit code 2, a month that ran but failed with 1, one that must wait with 3."""
        try:
            return super().invoke(context)
        except RunError as error:
            click.echo(f"Not done. {error}", err=True)
            sys.exit(2 if isinstance(error, ValueRefused) else 3 if isinstance(error, Busy) else 1)
        except (ValueError, OSError) as error:
            if type(error).__name__ in KNOWN_ERRORS or "expected" in str(error):
                click.echo(f"Not done. {error}", err=True)
                sys.exit(2)
            raise


@click.group(cls=Told, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scrm_helpers")
def main():
    """Social-CRM measurement: raw exports in, board page out."""


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option(
    "--period", default="", metavar="MONTH", help="Month, such as 2026-10, or several: 2025-10..2026-10; left out: the last whole month."
)
@click.option(
    "--language",
    default="",
    type=click.Choice(["", "en", "tr"]),
    help="Language of the pages; left out: the company's own.",
)
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
    months = _months(period)
    if len(months) > 1 and revise:
        raise ValueRefused(f"--revise: came with the months {period}; expected one month, since each has a reason of its own.")
    for month in months:
        try:
            click.echo(_page(raw, month, language, parameters, engine, workers, again, quiet, revise))
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

    click.echo(close_month(period, raw=raw, on=date.today(), anyway=anyway, progress=not quiet))


@main.command()
@click.argument("period")
@click.option("--raw", default="", help=RAW_HELP)
def rollback(period, raw):
    """Take the last revision of a closed month back: the one before it is there again, byte for byte."""
    from scrm_helpers.run.closing import rollback as take_back
    from scrm_helpers.store import open_workspace

    gone, shown = take_back(open_workspace(raw), period)
    click.echo(f"{period} shows revision {shown.number} of {shown.on} again; revision {gone.number} of {gone.on} was taken back")


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month; left out: the last whole month in the data.")
@click.option("--language", default="", type=click.Choice(["", "en", "tr"]))
@click.option("--quiet", is_flag=True, help="No progress.")
def report(raw, period, language, quiet):
    """The whole job: make the sample company where data/raw is empty, run the month, print the path of the page."""
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    if workspace.name == "sample" and not workspace.is_made_up:
        click.echo("data/raw is empty: making the sample company (made-up data) ...", err=True)
        _sample(workspace, seed=1, people=12_000, mess=1, months=24, last_month="2026-10")
    from scrm_helpers.run import publish
    from scrm_helpers.run.index import PAGE
    from scrm_helpers.run.newest import month_of

    period = period or month_of(workspace)
    before = publish.current(workspace.outputs, period)
    try:
        page = _page(raw, period, language, (), "duckdb", 2, False, quiet)
    except Closed as told:  # started every month by itself: a closed month is no mistake
        click.echo(str(told), err=True)
        page = publish.shown_page(workspace.outputs, period, PAGE)
    if workspace.is_made_up and workspace.truth.is_dir():
        card = page.parent / SCORE_CARD
        if publish.current(workspace.outputs, period) != before or not card.is_file():  # else it was marked already
            card = _score(workspace, period, language)
        click.echo(f"score card: {card}", err=True)
    click.echo(page)


@main.command()
@click.option("--period", default="", help="Month that was run; left out: the newest.")
@click.option("--language", default="", type=click.Choice(["", "en", "tr"]), help="Left out: the company's own.")
def score(period, language):
    """Mark the sample company's run like an exam: estimate against planted truth, and print the path of the score card."""
    from scrm_helpers.store.book import newest_period
    from scrm_helpers.store.workspace import SAMPLE, Workspace, home

    workspace = Workspace(SAMPLE, home() / "data" / SAMPLE / "raw", home())
    click.echo(_score(workspace, period or newest_period(workspace), language))


@main.command()
@click.argument("number")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month with a page; left out: the newest.")
def why(number, raw, period):
    """Write the rows behind a printed NUMBER (its id in the appendix, such as acquisition.cac) to restricted/, summing to it."""
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.book import newest_period
    from scrm_helpers.why import why as rows_of

    workspace = open_workspace(raw)
    path, said = rows_of(workspace, period or newest_period(workspace), number)
    click.echo(f"{said}\n{path}")


@main.command()
@click.argument("first", default="")
@click.argument("second", default="")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--language", default="", type=click.Choice(["", "en", "tr"]), help="Left out: the company's own.")
def compare(first, second, raw, language):
    """Set two published months side by side (compare 2026-09 2026-10; left out: the newest two) and print the path of the page."""
    from scrm_helpers.compare import compare as side_by_side
    from scrm_helpers.compare import months
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    click.echo(str(side_by_side(workspace, *months(workspace, first, second), language=language)))


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--period", default="", help="Month with a page; left out: the newest.")
def mail(raw, period):
    """Print the two lines of the mail, and the path of the page as PDF."""
    from scrm_helpers.mail import BROWSERS, make_pdf
    from scrm_helpers.store import open_workspace, settings_of
    from scrm_helpers.store.book import newest_period
    from scrm_helpers.texts import say

    workspace = open_workspace(raw)
    page, pdf, text = make_pdf(workspace, period or newest_period(workspace))
    click.echo(text, nl=False)
    if pdf is None:
        language = settings_of(workspace).language
        click.echo(say("board.mail.no_browser", language, names=", ".join(BROWSERS), page=page.name), err=True)
    click.echo(str(pdf or page))


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file.")
@click.option("--write", is_flag=True, help="Draft sources.yml from the files found.")
def check(raw, as_json, write):
    """Say what each raw file is taken for, and why, without running anything."""
    from scrm_helpers.ingestion.check import report as checked
    from scrm_helpers.store import open_workspace

    lines, fine = checked(open_workspace(raw), as_json=as_json, write=write, today=date.today())
    click.echo(lines)
    sys.exit(0 if fine else 2)


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
@click.option("--seed", default=1, show_default=True)
@click.option("--people", default=12_000, show_default=True, type=click.IntRange(200))
@click.option("--months", default=24, show_default=True, type=click.IntRange(6, 60))
@click.option("--last-month", default="2026-10", show_default=True)
@click.option(
    "--mess", default=1, show_default=True, type=click.IntRange(0, 2), help="0 clean, 1 realistic, 2 hostile."
)
@click.option("--only", "only", multiple=True, metavar="KIND", help="On a clean company, this kind of mess alone (may be repeated).")
@click.option("--without", "without", multiple=True, metavar="KIND", help="The level without this kind of mess (may be repeated).")
def sample(seed, people, months, last_month, mess, only, without):
    """Write the sample company's raw files and, beside them, the truth."""
    from scrm_helpers.store import home
    from scrm_helpers.store.workspace import SAMPLE, Workspace

    folder = home() / "data" / SAMPLE
    workspace = Workspace(SAMPLE, folder / "raw", home())
    switches = dict.fromkeys(only, True) | dict.fromkeys(without, False)
    _sample(
        workspace, seed=seed, people=people, mess=0 if only else mess, months=months, last_month=last_month, switches=switches
    )
    click.echo(str(workspace.raw))


@main.command()
@click.option("--raw", default="", help=RAW_HELP)
def upgrade(raw):
    """Move the tables of all months kept on to the contracts of this version of the suite."""
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.upgrade import upgrade as moved_on

    workspace = open_workspace(raw)
    with _alone(workspace):
        done = moved_on(workspace)
    click.echo("\n".join(done) or "every table is of this version")


@main.command()
@click.argument("who")
@click.option("--raw", default="", help=RAW_HELP)
@click.option("--language", default="", type=click.Choice(["", "en", "tr"]), help="Of the certificate; left out: the company's own.")
def forget(who, raw, language):
    """Forget one person: WHO is an e-mail, a phone number, system:id or a person number; - reads it from standard input.

    Prints the certificate, with the rows of the raw files that are left for you to delete.
    """
    from datetime import date

    from scrm_helpers import privacy
    from scrm_helpers.store import open_workspace, settings_of

    workspace = open_workspace(raw)
    named = sys.stdin.readline().strip() if who == "-" else who
    with _alone(workspace):
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

    workspace = open_workspace(raw)
    with _alone(workspace):
        done = privacy.prune(workspace, keep=keep, dry=dry)
    lines = [*done.gone, *(f"closed, with its revisions: {month}" for month in done.closed)]
    lines += [f"stays, for the months kept go on from it: {path}" for path in done.stays]
    click.echo("\n".join(lines) if done.gone else "nothing is older")


@main.group()
def key():
    """The key of pseudonymous ids: backup, restore, rotate."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--raw", default="", help=RAW_HELP)
def backup(file, raw):
    """Write keys, registry, labels and the list of forgotten people into FILE, outside the suite's folder (keep it as safe as the data)."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace

    workspace, target = open_workspace(raw), _from_caller(file)
    if target.is_relative_to(workspace.root):
        raise ValueRefused(
            f"file: came {target.relative_to(workspace.root).as_posix()} in the suite's own folder; expected a place outside of it, apart "
            "from the data and out of the repository, such as ../safe.tar.gz. Nothing was written."
        )
    with _alone(workspace):
        held = keys.backup(workspace, target)
    click.echo("\n".join(held))


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--raw", default="", help=RAW_HELP)
def restore(file, raw):
    """Put the files of a back-up in place; nothing that differs is overwritten."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    with _alone(workspace):
        done = keys.restore(workspace, _from_caller(file))
    click.echo("\n".join(done))


@key.command()
@click.option("--raw", default="", help=RAW_HELP)
def rotate(raw):
    """Make a new key: every record gets a new id, every person keeps the number it has. Run the month again afterwards."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    with _alone(workspace):
        done = keys.rotate(workspace)
    click.echo(f"{done.accounts} records have a new id; {done.lost} that no raw file names any more were left behind")


@key.command()
@click.option("--raw", default="", help=RAW_HELP)
def finish(raw):
    """Carry a rotation through that was stopped half-way."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace

    workspace = open_workspace(raw)
    with _alone(workspace):
        done = keys.finish(workspace)
    click.echo("finished" if done else "nothing to finish")


@main.command()
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options):
    """Open the notebooks in JupyterLab, on this machine alone (localhost, with its token); it asks no other machine for anything."""
    import subprocess

    from scrm_helpers.store import home

    line = [sys.executable, "-m", "jupyterlab", *LAB_ALONE, f"--ServerApp.root_dir={home()}", *options]
    sys.exit(subprocess.call([*line, "notebooks"] if not options else line, cwd=home()))


def _alone(workspace):
    """Holds the workspace's lock, as every command does that changes what a run reads or writes."""
    from scrm_helpers.run.lock import held, lock_of

    return held(lock_of(workspace))


def _from_caller(file: Path) -> Path:
    """A file as the user means it: start.py changes the folder and hands on the one it was called from."""
    return (Path(os.environ.get(CALLER, "")) / file).resolve()


def _months(period) -> list[str]:
    """The months that --period names; [''] where it names none."""
    from scrm_helpers import periods

    first, several, last = period.partition("..")
    if not several:
        return [period]
    if periods.check(first) > periods.check(last):
        raise ValueRefused(f"--period: came {period}, expected the earlier month first, such as {last}..{first}.")
    return periods.between(first, last)


def _page(raw, period, language, parameters, engine, workers, again, quiet, revise=""):
    from scrm_helpers.run.month import run_month
    from scrm_helpers.run.parameters import from_words
    from scrm_helpers.store import open_workspace

    if not period:
        from scrm_helpers.run.newest import month_of

        period = month_of(open_workspace(raw))
    return run_month(
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


def _score(workspace, period, language):
    from scrm_helpers import scorecard
    from scrm_helpers.run import publish
    from scrm_helpers.store import settings_of

    card = scorecard.score(workspace, period)
    folder = publish.current(workspace.outputs, period)
    if folder is None:
        raise click.ClickException(f"outputs/sample/{period}: no page was published; run the month first.")
    scorecard.write(card, folder, settings_of(workspace), language=language)
    return publish.shown_page(workspace.outputs, period, scorecard.PAGE)


def _sample(workspace, **options) -> None:
    import shutil

    from tqdm import tqdm

    from scrm_helpers import sample as company

    company.settings.settings(people=options["people"], mess=options["mess"], switches=options.get("switches"))  # refuse before deleting
    bar_format = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
    with _alone(workspace), tqdm(total=100, desc="sample company", unit="%", bar_format=bar_format, disable=None) as bar:
        company.refuse_real(workspace.raw)
        for folder in (workspace.raw, workspace.truth, workspace.processed, workspace.private):
            shutil.rmtree(folder, ignore_errors=True)

        def said(text: str, share: float) -> None:
            bar.set_postfix_str(text)
            bar.update(round(share * 100) - bar.n)

        company.write(workspace.raw.parent, progress=said, **options)
        bar.update(100 - bar.n)


if __name__ == "__main__":
    main(prog_name="python start.py")
