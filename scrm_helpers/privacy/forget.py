"""Forgets one person, and certifies it: listed first, so that a stop in the middle loses nothing, then removed, then written down."""

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

from scrm_helpers import texts, units
from scrm_helpers.privacy import raw_rows, removing
from scrm_helpers.privacy.finding import find
from scrm_helpers.store.suppression import FOLDER, digest, key_of_list, suppress
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.units import Unit


class Certificate(NamedTuple):
    """What was done: `number` names it without naming the person; `tables` and `outputs` count rows; `raw` lists what is left to delete."""

    number: str
    on: date
    listed: int
    tables: dict[str, int]
    outputs: dict[str, int]
    raw: dict[str, list[int]]
    path: Path

    def text(self, language: str) -> str:
        """The certificate as a page of text. It holds no name, no contact and no id of the person."""
        say = texts.say
        lines = [
            say("privacy.title", language, number=self.number, on=units.date(self.on, language)), "",
            say("privacy.listed", language, n=units.write(self.listed, Unit.COUNT, language)), "",
            say("privacy.tables", language), *_lines(self.tables, language), "",
            say("privacy.outputs", language), *_lines(self.outputs, language), "",
            say("privacy.raw", language),
        ]  # fmt: skip
        lines += [f"  {file}: {', '.join(map(str, rows))}" for file, rows in self.raw.items()] or [f"  {say('privacy.nothing', language)}"]
        return "\n".join([*lines, "", say("privacy.stays", language)]) + "\n"


def forget(workspace: Workspace, who: str, *, on: date, language: str) -> Certificate:
    """Forgets the person whom `who` names (see `finding.find`) and writes a certificate dated `on` into `private`.

    Aggregates that were already published stay. WorkspaceError where nobody, or more than one person, is named.
    """
    found = find(workspace, who)
    raw = raw_rows.listed(workspace, found)
    added = suppress(workspace, found.values, on=on.isoformat())
    tables = removing.from_tables(workspace, found)
    outputs = removing.from_outputs(workspace, found)
    number = digest(key_of_list(workspace), "account", str(min(found.accounts)))[:12]
    path = workspace.private_folder(FOLDER) / f"{on.isoformat()}-{number}.txt"
    made = Certificate(number, on, added, tables, outputs, raw, path)
    _write(path, made.text(language))
    plain = made._asdict() | {"on": on.isoformat(), "path": path.name}
    _write(path.with_suffix(".json"), json.dumps(plain, indent=1, sort_keys=True) + "\n")
    return made


def _lines(counts: dict[str, int], language: str) -> list[str]:
    if not counts:
        return [f"  {texts.say('privacy.nothing', language)}"]
    return [
        f"  {name}: {texts.say('privacy.whole', language) if n < 0 else units.write(n, Unit.COUNT, language)}" for name, n in counts.items()
    ]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    path.chmod(0o600)
