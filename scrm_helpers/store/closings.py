"""Which months are closed, and the revisions of each: `closed.json` beside the month's tables. Nothing else closes a month.

A month is open or provisional, by its data, until `close` writes its record; from then on it changes by numbered revisions alone.
"""

import json
from pathlib import Path
from typing import NamedTuple

from scrm_helpers import periods
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import CLOSED_FILE, UNDER_WAY, Workspace

SHOWING = "showing.json"  # in a run's folder: what its page says of closings and revision


class Revision(NamedTuple):
    """One showing of a closed month. `run` is its folder of pages below outputs/.runs; `before` the revision it took the place of."""

    number: int
    run: str
    on: str  # day it was made
    reason: str = ""
    before: int = 0
    changed: int = 0  # numbers that came out differently than before


class Closing(NamedTuple):
    """A closed month: the revision that it shows, and all that there ever were (a number is never given twice)."""

    shown: int
    revisions: tuple[Revision, ...]

    @property
    def current(self) -> Revision:
        """The revision that is shown."""
        return self.of(self.shown)

    @property
    def next(self) -> int:
        """Number of the next revision."""
        return max(r.number for r in self.revisions) + 1

    def of(self, number: int) -> Revision:
        """The revision of a number."""
        return next(r for r in self.revisions if r.number == number)

    def with_(self, revision: Revision) -> "Closing":
        """The same with one more revision, which is shown."""
        return Closing(revision.number, (*self.revisions, revision))


class Showing(NamedTuple):
    """What a month's page says: months closed up to it, its own revision (0: it is not closed) and that revision's reason."""

    closed: frozenset[str]
    revision: int = 0
    reason: str = ""

    def plain(self) -> dict:
        """As JSON holds it."""
        return {"closed": sorted(self.closed), "revision": self.revision, "reason": self.reason}


def closing_of(workspace: Workspace, period: str) -> Closing | None:
    """The record of a closed month; None where it is not closed."""
    path = workspace.processed / period / CLOSED_FILE
    if not path.is_file():
        return None
    held = json.loads(path.read_text(encoding="utf-8"))
    return Closing(held["shown"], tuple(Revision(**r) for r in held["revisions"]))


def write(workspace: Workspace, period: str, closing: Closing) -> None:
    """Writes a month's record, whole or not at all: from that moment on the month is closed, or shows another revision."""
    path = workspace.processed / period / CLOSED_FILE
    held = {"shown": closing.shown, "revisions": [r._asdict() for r in closing.revisions]}
    write_whole(path, json.dumps(held, ensure_ascii=False, indent=1) + "\n")


def closed_months(workspace: Workspace) -> list[str]:
    """Every closed month, oldest first."""
    return sorted(f.parent.name for f in workspace.processed.glob(f"*/{CLOSED_FILE}") if periods.PERIOD.match(f.parent.name))


def showing_of(workspace: Workspace, period: str) -> Showing:
    """What a month's page says as things are."""
    closed = frozenset(m for m in closed_months(workspace) if m <= period)
    closing = closing_of(workspace, period)
    return Showing(closed, closing.shown, closing.current.reason) if closing else Showing(closed)


def write_showing(folder: Path, showing: Showing) -> None:
    """Leaves in a run's folder what its page is to say."""
    text = json.dumps(showing.plain(), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / SHOWING).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_showing(folder: Path, workspace: Workspace, period: str) -> Showing:
    """What the page of a run is to say; outside a run, what holds as things are."""
    path = folder / SHOWING
    if not path.is_file():
        return showing_of(workspace, period)
    held = json.loads(path.read_text(encoding="utf-8"))
    return Showing(frozenset(held["closed"]), held["revision"], held["reason"])


def begin(workspace: Workspace, period: str) -> None:
    """Notes that a closed month is being changed: until `end`, what is on disk may be half of one and half of the other."""
    (workspace.processed / period / UNDER_WAY).write_text("", encoding="utf-8")


def end(workspace: Workspace, period: str) -> None:
    """Notes that it is whole again."""
    (workspace.processed / period / UNDER_WAY).unlink(missing_ok=True)


def is_under_way(workspace: Workspace, period: str) -> bool:
    """Whether a change of a closed month was begun and not ended."""
    return (workspace.processed / period / UNDER_WAY).is_file()


def runs(workspace: Workspace) -> set[str]:
    """Folders of pages, below outputs/.runs, that a revision of a closed month needs."""
    found = (closing_of(workspace, m) for m in closed_months(workspace))
    return {r.run for closing in found if closing for r in closing.revisions}
