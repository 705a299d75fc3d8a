"""The version of the contracts, and how tables kept from an older one are moved on.

Every stored table carries the version it was written with. Where a contract changes, VERSION goes up by one, a Step says what
became of which column, and SHAPES takes the new shape (a test gives it). A version without a Step changed what rows mean: its tables
cannot be moved on, and months are run again from raw.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from scrm_helpers.store.workspace import WorkspaceError
from scrm_helpers.texts import tell

VERSION = 2
MARK = "scrm_contract"  # in the metadata of a stored table; a table without it is of version 1


class Step(NamedTuple):
    """What one version changed, by table: columns that came, got another name, or went. Of a column that came, the value that older rows
    get, or a function of the older table (Arrow) that gives one value a row.
    """

    added: dict[str, dict[str, object]] = {}
    renamed: dict[str, dict[str, str]] = {}
    dropped: dict[str, tuple[str, ...]] = {}
    gone: tuple[str, ...] = ()  # tables that are no more


def _unread(quarantine) -> list[bool]:
    """Whose money counted at a mean before 2: rows of money with too few or too many fields, alone."""
    rows = zip(quarantine["table"].to_pylist(), quarantine["reason"].to_pylist(), strict=True)
    return [reason == "ragged" and table in ("orders", "spend", "costs") for table, reason in rows]


STEPS: dict[int, Step] = {  # version -> the step that leads to it from the one before
    2: Step(added={"quarantine": {"unread": _unread}}),
}
SHAPES = {1: "0723f74f0bb1bd67", 2: "2f20e0e7a067a09a"}


def version_of(path: Path) -> int:
    """The contract version that a stored table was written with."""
    import pyarrow.parquet as pq

    held = pq.read_metadata(path).metadata or {}
    return int(held.get(MARK.encode(), b"1"))


def refuse_others(paths: Iterable[Path]) -> None:
    """WorkspaceError where a table is of another contract version than this suite's; it names the first and says what to do."""
    for path in paths:
        held = version_of(path)
        if held < VERSION:
            raise WorkspaceError(tell("told.version.older", file=shown(path), held=str(held), expected=str(VERSION)))
        if held > VERSION:
            raise WorkspaceError(tell("told.version.newer", file=shown(path), held=str(held), expected=str(VERSION)))


def shape(tables: Iterable) -> str:
    """A digest of every contract's key and of every column's name, kind and class: what a stored file depends on."""
    columns = {t.name: [(c.name, c.kind.value, c.privacy.value) for c in t.columns] for t in tables}
    parts = sorted((t.name, t.key, t.secret, columns[t.name]) for t in tables)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def shown(path: Path) -> str:
    """A table's file as a message names it: from its month on."""
    return "/".join(path.parts[-3:] if path.parent.parent.name[:2].isdigit() else path.parts[-2:])
