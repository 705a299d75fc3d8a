"""What Click refuses of a command's own line, told in the reader's language: what came, what was expected, where the help is."""

import click

from scrm_helpers import texts
from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell


class Refused(click.UsageError):
    """A refusal that is shown as it is: Click's own frame (Usage, Try, Error) is English."""

    def show(self, file=None):
        """Prints the sentence alone."""
        click.echo(self.message, file=file, err=file is None)


def told(error: click.UsageError, lenient: click.Context, given: list[str]) -> click.UsageError:
    """The refusal of a command's words `given`, in the language they ask for, else the company's; the error itself where it is no refusal
    of words (the help of a command without any). `lenient`: the context of the same words, read as far as they can be."""
    with texts.speaking(_language(lenient, given)):
        sentence = _sentence(error, lenient, given)
        if not sentence:
            return error
        where = tell("console.click.help", command=f"{lenient.command_path} --help")
        return Refused(tell("console.run.not_done", error=f"{sentence} {where}"), lenient)


def _language(context: click.Context, given: list[str]) -> str:
    """As a command speaks that is not refused. A sources.yml at fault is another matter, and told once the words are right."""
    params = {p.name: p for p in context.command.get_params(context)}
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.settings import language_of

    # Click stops at the word that it refuses: what stands behind it is looked for among the words
    if "language" in params and (language := _came(params["language"], given)) in texts.LANGUAGES:
        return language
    try:
        return language_of(open_workspace(_came(params["raw"], given) if "raw" in params else ""))
    except ToldError:
        return texts.LANGUAGES[0]


def _sentence(error: click.UsageError, context: click.Context, given: list[str]) -> str:
    command = context.command
    options = {word: p for p in command.get_params(context) for word in p.opts if p.param_type_name == "option"}
    match error:
        case click.NoSuchOption():
            return tell("console.click.no_option", came=error.option_name, near=texts.nearest(error.option_name, options))
        case click.NoSuchCommand():
            known = command.list_commands(context)
            said = {"near": texts.nearest(error.command_name, known), "known": ", ".join(known)}
            return tell("console.click.no_command", came=error.command_name, **said)
        case click.MissingParameter(param=click.Parameter() as missing):
            return tell("console.click.missing", name=_name(missing, context), expected=_expected(missing))
        case click.BadParameter(param=click.Parameter() as bad):
            return tell("console.click.value", name=_name(bad, context), came=_came(bad, given), expected=_expected(bad))
        case click.BadOptionUsage() if error.option_name in options:
            bare = options[error.option_name].is_flag
            return tell("console.click.no_value" if bare else "console.click.needs_value", name=error.option_name)
    return tell("console.click.extra", came=" ".join(context.args)) if context.args and type(error) is click.UsageError else ""


def _name(param: click.Parameter, context: click.Context) -> str:
    return max(param.opts, key=len) if param.param_type_name == "option" else param.make_metavar(context)


def _expected(param: click.Parameter) -> str:
    """What a parameter takes, in words; '' where it takes any text."""
    match param.type:
        case click.Choice(choices=choices):
            return tell("console.click.one_of", words=", ".join(map(str, choices)))
        case click.IntRange(min=least, max=most) if most is not None:
            return tell("console.click.between", least=str(least), most=str(most))
        case click.IntRange(min=least):
            return tell("console.click.at_least", least=str(least))
        case kind if kind is click.INT:
            return tell("console.click.whole")
    return ""


def _came(param: click.Parameter, given: list[str]) -> str:
    """The value of an option as it stands among the words, the last one where there are several."""
    found = ""
    for word, following in zip(given, [*given, ""][1:], strict=True):
        name, sign, value = word.partition("=")
        if name in param.opts:
            found = value if sign else following
    return found
