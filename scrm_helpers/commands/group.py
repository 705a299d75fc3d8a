"""The group that every command belongs to, and what several commands share."""

import signal
import sys
import threading
from contextlib import contextmanager, suppress

import click

from scrm_helpers import __version__
from scrm_helpers.errors import ToldError

EXIT_CODES = (
    "Exit codes: 0 done; 1 a fault; 2 something of yours must be mended first; 3 another run is under way; 130 stopped by Ctrl-C; 143 by "
    "SIGTERM."
)
STOPPED, ENDED = 130, 143  # what shells report of a command that Ctrl-C ended, and one that SIGTERM did
RAW_HELP = "Folder of raw files; left out: data/raw, or the sample company where that is empty."


class EndedError(KeyboardInterrupt):
    """SIGTERM came, by which a scheduler or a machine that shuts down ends a program: the command stops as at Ctrl-C."""


@contextmanager
def ended_in_order():
    """While it lasts, SIGTERM stops the command as Ctrl-C does: what it started ends, what it holds is let go. A second one is not heard.

    A program that is started meanwhile has the system's own way with SIGTERM. Elsewhere than in the main thread nothing changes.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number, _):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which a program started from here would inherit
        raise EndedError

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Ending:
    """A command or group whose help ends with the exit codes, which whoever puts it into a schedule looks for there; and whose words, where
    they are refused, are refused in the reader's language.
    """

    def make_context(self, info_name, args, parent=None, **extra):
        """Reads the words of a command; what Click refuses of them is told as the suite tells its errors."""
        given = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            from scrm_helpers.commands import refused

            lenient = super().make_context(info_name, list(given), parent, **extra | {"resilient_parsing": True})
            raise refused.told(error, lenient, given) from error

    def format_epilog(self, ctx, formatter):
        """Writes the last lines of the help."""
        super().format_epilog(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(EXIT_CODES)


class Spoken(Ending, click.Command):
    """A command that speaks the reader's language from its first word on: `--language` where it has one, else the company's own."""

    def invoke(self, context):
        """Runs the command. One without raw files (`lab`, `sample`) speaks as the company does whose files lie in data/raw."""
        from scrm_helpers.store.workspace import open_workspace

        if language := context.params.get("language"):
            speak(None, language)
        elif "raw" in context.params:
            speak(open_workspace(context.params["raw"]))
        else:
            with suppress(ToldError):  # of files that it has nothing to do with
                speak(open_workspace())
        return super().invoke(context)


class Told(Ending, click.Group):
    """Errors that say what came, what was expected and what to do are printed as they are, without a traceback."""

    command_class = Spoken
    group_class = type  # a group within is one of these too

    def resolve_command(self, context, args):
        """Finds a command by its name, which is refused in the reader's language where there is none."""
        try:
            return super().resolve_command(context, args)
        except click.NoSuchCommand as error:
            from scrm_helpers.commands import refused

            raise refused.told(error, context, list(args)) from error

    def invoke(self, context):
        """Runs a command; a told error ends with exit code 2, a month that ran but failed with 1, one that must wait with 3.

        Ctrl-C ends it with 130, SIGTERM with 143.
        """
        try:
            with ended_in_order():
                return super().invoke(context)
        except KeyboardInterrupt as stop:  # left alone, Click says "Aborted!" and ends with the code of a fault
            from scrm_helpers.texts import tell

            code, said = (ENDED, "terminated") if isinstance(stop, EndedError) else (STOPPED, "stopped")
            click.echo("\n" + tell(f"console.run.{said}"), err=True)
            sys.exit(code)
        except ToldError as error:
            from scrm_helpers.texts import tell

            click.echo(tell("console.run.not_done", error=str(error)), err=True)
            sys.exit(error.exit_code)


def language_option(text: str | None = None):
    """`--language`, '' where it is left out: which the words of Click's own refusal do not offer."""
    return click.option("--language", type=click.Choice(["en", "tr"]), callback=lambda context, option, given: given or "", help=text)


@click.group(cls=Told, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scrm_helpers")
def main():
    """Social-CRM measurement: raw exports in, board page out."""


def speak(workspace, language: str = "") -> None:
    """From here on the command speaks the language given, else the company's own; a sources.yml at fault is told in English."""
    from scrm_helpers import texts
    from scrm_helpers.store.settings import language_of

    chosen = language or language_of(workspace)
    click.get_current_context().find_root().with_resource(texts.speaking(chosen))


def alone(workspace):
    """Holds the workspace's lock, as every command does that changes what a run reads or writes."""
    from scrm_helpers.run.lock import held, lock_of

    return held(lock_of(workspace))
