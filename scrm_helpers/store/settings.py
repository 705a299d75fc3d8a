"""What a company says of itself: `company:` in the raw folder's sources.yml."""

from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from scrm_helpers import texts
from scrm_helpers.store.workspace import Workspace, WorkspaceError

FILE = "sources.yml"


class Loader(yaml.SafeLoader):
    """YAML in which headers and columns stay words: `No` and `on` name columns and are no truth values (`yes` as a value is one)."""

    def construct_mapping(self, node, deep=False):
        """A mapping whose bare keys are kept as they are written."""
        for key, value in node.value:
            for one in (key, value):
                if one.tag == "tag:yaml.org,2002:bool" and (one is key or one.value.lower() in ("on", "off")):
                    one.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


@dataclass(frozen=True)
class Settings:
    """A company's own settings, with what holds where nothing is said."""

    name: str = ""
    currency: str = "TRY"
    time_zone: str = "Europe/Istanbul"
    country: str = "TR"
    language: str = "en"
    vat_rate: float = 0.20  # used where a file has VAT inside its amounts and no VAT of its own
    made_up: bool = False


def sources_of(workspace: Workspace) -> dict:
    """The whole of sources.yml as read; {} where there is none. A file that is not YAML is told with its line."""
    path = workspace.raw / FILE
    if not path.is_file():
        return {}
    try:
        found = yaml.load(path.read_text(encoding="utf-8-sig"), Loader) or {}  # a safe one
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise WorkspaceError(
            f"{FILE}{where}: came text that is not YAML, expected 'key: value' lines. "
            "Mend that line, or draft a new file: python start.py check --write"
        ) from error
    if not isinstance(found, dict):
        raise WorkspaceError(
            f"{FILE}: came {type(found).__name__}, expected sections such as 'company:' and 'sources:'."
        )
    return found


def settings_of(workspace: Workspace) -> Settings:
    """The company's settings, checked; an unknown name, zone or language is an error that lists what is known."""
    given = sources_of(workspace).get("company") or {}
    known = [f.name for f in fields(Settings) if f.name != "made_up"]
    if "closed" in given:
        raise WorkspaceError(f"{FILE}, company: came 'closed', expected nothing of months there. Close one: python start.py close 2026-09")
    if unknown := sorted(set(given) - set(known)):
        raise WorkspaceError(f"{FILE}, company: came {unknown}, expected only {', '.join(known)}.")
    settings = Settings(**{**given, "made_up": workspace.is_made_up})
    texts.check_language(settings.language)
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WorkspaceError(
            f"{FILE}, time_zone: came {settings.time_zone!r}, expected a name such as Europe/Istanbul."
        ) from error
    return settings
