"""Forgets one person, and certifies it: what is to be done is written down first, so that a stop in the middle loses nothing and the
next call carries it through; then outputs, then tables; then the certificate."""

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

from scrm_helpers import texts, units
from scrm_helpers.privacy import raw_rows, removing
from scrm_helpers.privacy.finding import Found, Shared, find, names
from scrm_helpers.store.suppression import FOLDER, digest, key_of_list, suppress
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.units import Unit

PENDING = "pending.json"  # in private/forgotten, while somebody is being forgotten


class Certificate(NamedTuple):
    """What was done: `number` names it without naming the person; `tables` and `outputs` count rows; `raw` lists what is left to delete.

    `shared`: contacts that other people's records hold too, which therefore are not on the list.
    """

    number: str
    on: date
    listed: int
    tables: dict[str, int]
    outputs: dict[str, int]
    raw: dict[str, list[int]]
    path: Path
    shared: tuple[Shared, ...] = ()

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
        if self.shared:
            lines += ["", say("privacy.shared", language), *(f"  {_shared(held, language)}" for held in self.shared)]
        return "\n".join([*lines, "", say("privacy.stays", language)]) + "\n"


def forget(workspace: Workspace, who: str, *, on: date, language: str) -> Certificate:
    """Forgets the person whom `who` names (see `finding.find`) and writes a certificate dated `on` into `private`.

    A forgetting that was stopped is carried through first, and its certificate given where `who` names the same person. Aggregates that
    were already published stay. WorkspaceError where nobody, or more than one person, is named.
    """
    before = _read(workspace)
    done = finish(workspace)
    if done and before and names(before["found"], who):
        return done
    found = find(workspace, who)
    raw = raw_rows.listed(workspace, found)
    listed = suppress(workspace, found.values, on=on.isoformat())
    plan = {"found": found, "on": on.isoformat(), "language": language, "listed": listed, "raw": raw, "tables": {}, "outputs": {}}
    _save(workspace, plan)  # from here on it is carried through
    return _carry(workspace, plan)


def finish(workspace: Workspace) -> Certificate | None:
    """Carries a forgetting through that was stopped; None where there was none."""
    plan = _read(workspace)
    return _carry(workspace, plan) if plan else None


def _carry(workspace: Workspace, plan: dict) -> Certificate:
    """Removes, file by file, and certifies; what was counted is kept after each file, so that a stop loses none of it."""
    found = plan["found"]
    for part, steps in (("outputs", removing.from_outputs), ("tables", removing.from_tables)):
        for name, rows in steps(workspace, found):
            plan[part][name] = rows if rows < 0 else plan[part].get(name, 0) + rows
            _save(workspace, plan)
    number = digest(key_of_list(workspace), "account", str(min(found.accounts)))[:12]
    path = workspace.private_folder(FOLDER) / f"{plan['on']}-{number}.txt"
    on = date.fromisoformat(plan["on"])
    made = Certificate(number, on, plan["listed"], plan["tables"], plan["outputs"], plan["raw"], path, found.shared)
    _write(path, made.text(plan["language"]))
    plain = made._asdict() | {"on": plan["on"], "path": path.name, "shared": [held._asdict() for held in found.shared]}
    _write(path.with_suffix(".json"), json.dumps(plain, indent=1, sort_keys=True) + "\n")
    (workspace.private / FOLDER / PENDING).unlink()
    return made


def _save(workspace: Workspace, plan: dict) -> None:
    """The plan, whole or not at all: it names the person, and goes when the certificate is written."""
    path = workspace.private_folder(FOLDER) / PENDING
    found = {name: sorted(held) if isinstance(held, frozenset) else held for name, held in plan["found"]._asdict().items()}
    write_whole(path, json.dumps(plan | {"found": found}), private=True)


def _read(workspace: Workspace) -> dict | None:
    path = workspace.private / FOLDER / PENDING
    if not path.is_file():
        return None
    plan = json.loads(path.read_text(encoding="utf-8"))
    held = plan["found"]
    values = tuple((kind, value) for kind, value in held["values"])
    shared = tuple(Shared(*told) for told in held.get("shared", ()))  # a plan of an older version has none
    return plan | {"found": Found(frozenset(held["accounts"]), frozenset(held["persons"]), values, tuple(held["texts"]), shared)}


def _lines(counts: dict[str, int], language: str) -> list[str]:
    if not counts:
        return [f"  {texts.say('privacy.nothing', language)}"]
    return [
        f"  {name}: {texts.say('privacy.whole', language) if n < 0 else units.write(n, Unit.COUNT, language)}" for name, n in counts.items()
    ]


def _shared(held: Shared, language: str) -> str:
    counts = {name: units.write(getattr(held, name), Unit.COUNT, language) for name in ("contacts", "records", "persons")}
    return texts.say(f"privacy.shared_{held.kind}", language, **counts)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    path.chmod(0o600)
