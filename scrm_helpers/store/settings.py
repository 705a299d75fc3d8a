"""What a company says of itself: `company:` in the raw folder's sources.yml, and the values of its runs in parameters.yml beside it."""

import copy
import functools
from dataclasses import dataclass, fields, replace
from pathlib import Path

import yaml

from scrm_helpers import texts
from scrm_helpers.store import spelled
from scrm_helpers.store.shown import language_shown
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell

FILE = "sources.yml"
PARAMETERS = "parameters.yml"


class Loader(yaml.SafeLoader):
    """YAML in which headers and columns stay words: `No` and `on` name columns and are no truth values (`yes` as a value is one)."""

    def construct_mapping(self, node, deep=False):
        """A mapping whose bare keys are kept as they are written."""
        for key, value in node.value:
            for one in (key, value):
                if one.tag == "tag:yaml.org,2002:bool" and (one is key or one.value.lower() in ("on", "off")):
                    one.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)

    def construct_day(self, node):
        """A day; one that no month has stays a word, which whoever asks for a day refuses by its name."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_day)


@dataclass(frozen=True)
class Settings:
    """A company's own settings, with what holds where nothing is said (of the language see `language_of`)."""

    name: str = ""
    currency: str = "TRY"
    time_zone: str = "Europe/Istanbul"
    country: str = "TR"
    language: str = "en"
    vat_rate: float = 0.20  # used where a file has VAT inside its amounts and no VAT of its own
    made_up: bool = False


def sources_of(workspace: Workspace) -> dict:
    """The whole of sources.yml as read; {} where there is none. A file that is not YAML is told with its line."""
    found = _read(workspace.raw / FILE, Loader, draft=workspace.command("check --write"))
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise WorkspaceError(tell("told.sources.no_sections", file=FILE, came=type(found).__name__))
    return found


def parameters_of(raw: Path) -> dict:
    """parameters.yml of the raw folder: `name: value` for all notebooks that take it, `04_retention: {name: value}` for one."""
    found = _read(raw / PARAMETERS, yaml.SafeLoader)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise WorkspaceError(tell("told.parameters.no_lines", file=PARAMETERS, came=type(found).__name__))
    return found


def _read(path: Path, loader: type, *, draft: str = "") -> object | None:
    """What a file says; None where there is none, {} where it says nothing. `draft`: the command that writes a new one, where one does."""
    if not path.is_file():
        return None
    try:
        return copy.deepcopy(_parsed(path.read_text(encoding="utf-8-sig"), loader)) or {}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a day that no month has
        mark = getattr(error, "problem_mark", None)
        told = {"file": path.name, "line": str(mark.line + 1) if mark else "", "command": draft}
        name = "told.sources.no_yaml" if draft else "told.parameters.no_yaml"
        raise WorkspaceError(tell(f"{name}_line" if mark else name, **told)) from error


@functools.lru_cache(maxsize=8)  # a reading asks for the same file seven times
def _parsed(text: str, loader: type) -> object | None:
    return yaml.load(text, loader)  # safe ones


def language_of(workspace: Workspace, period: str = "") -> str:
    """The language of a company's pages where a command names none: `language:` of parameters.yml, of `company:` in sources.yml, else
    the one that the month's page was last made in, else the newest page's, else English.
    """
    for file, given in ((PARAMETERS, parameters_of(workspace.raw).get("language")), (FILE, _company(workspace).get("language"))):
        if given:
            known = spelled.language(given) if file == FILE else given if given in texts.LANGUAGES else None  # notebooks get it as it is
            if known is None:
                raise WorkspaceError(tell("told.sources.language", file=file, came=spelled.shown(given), known=", ".join(texts.LANGUAGES)))
            return known
    return language_shown(workspace.outputs, period) or texts.LANGUAGES[0]


def settings_of(workspace: Workspace) -> Settings:
    """The company's settings, checked; an unknown name, zone or language is an error that lists what is known."""
    given = _company(workspace)
    known = [f.name for f in fields(Settings) if f.name != "made_up"]
    if "closed" in given:
        raise WorkspaceError(tell("told.sources.closed", file=FILE))
    if unknown := sorted(set(given) - set(known)):
        raise WorkspaceError(tell("told.sources.company", file=FILE, came=", ".join(map(str, unknown)), known=", ".join(known)))
    said = {word: value for word, value in given.items() if value is not None}
    settings = Settings(**{**said, "language": language_of(workspace), "made_up": workspace.is_made_up})
    if (currency := spelled.currency(settings.currency)) is None:
        raise WorkspaceError(tell("told.sources.currency", file=FILE, came=str(settings.currency)))
    if (zone := spelled.zone(settings.time_zone)) is None:
        raise WorkspaceError(tell("told.sources.time_zone", file=FILE, came=str(settings.time_zone)))
    if (rate := spelled.per_cent(settings.vat_rate)) is None:
        raise WorkspaceError(tell("told.sources.vat_rate", file=FILE, came=spelled.shown(settings.vat_rate)))
    country = str(settings.country).strip().upper()
    if country != Settings.country and not _known(country):
        raise WorkspaceError(tell("told.sources.country", file=FILE, came=str(settings.country)))
    return replace(settings, currency=currency, country=country, time_zone=zone, vat_rate=rate / 100)


def _known(country: str) -> bool:
    import phonenumbers  # not where a start only looks whether anything has changed

    return country in phonenumbers.SUPPORTED_REGIONS


def _company(workspace: Workspace) -> dict:
    return sources_of(workspace).get("company") or {}
