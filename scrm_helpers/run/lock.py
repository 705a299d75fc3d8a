"""One run at a time in a workspace. The lock is the operating system's: it goes with the process, even when that is killed.

A run's child processes hold it too: while one still writes, no other run begins, even after the runner was killed. Where an open file
is handed down (Linux, macOS) the lock goes with it. Where it is not (Windows) each child holds a file of its own beside the lock
(`join`), and whoever takes the lock looks at those (`held`).
"""

import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path

from scrm_helpers.run.errors import Busy
from scrm_helpers.store.locks import is_taken, take
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.texts import tell

HANDED_DOWN = os.name != "nt"  # whether a child that is given the open file holds its lock
LOCK_VARIABLE, TOKEN_VARIABLE = "SCRM_LOCK", "SCRM_LOCK_TOKEN"  # tell a child which lock it works under
_joined = []  # a child's own file stays open as long as the child lives


def lock_of(workspace: Workspace) -> Path:
    """The lock that whoever changes a workspace holds."""
    return workspace.outputs / ".runs" / "lock"


@contextmanager
def held(path: Path):
    """Holds the lock file and gives its descriptor; Busy where another run, or what is left of one, holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        try:
            take(file)
        except OSError as error:
            raise Busy(tell("console.run.busy")) from error
        # first the token, then the look at the children: one that joins in between finds that the lock is no longer its own
        _token_file(path).write_text(secrets.token_hex(8), encoding="utf-8")
        for child in path.parent.glob(f"{path.name}.child.*"):
            if is_taken(child):
                raise Busy(tell("console.run.busy"))
            with suppress(OSError):
                child.unlink()
        yield file.fileno()
    finally:
        file.close()


def for_children(path: Path) -> dict[str, str]:
    """What the holder of a lock tells its children through the environment, so that they can join."""
    return {LOCK_VARIABLE: str(path), TOKEN_VARIABLE: _token_file(path).read_text(encoding="utf-8")}


def join() -> None:
    """Called by a child at its start: holds the run's lock too, to the end of its process. Busy where the run has ended meanwhile."""
    if HANDED_DOWN or not os.environ.get(LOCK_VARIABLE):
        return
    path = Path(os.environ[LOCK_VARIABLE])
    file = path.with_name(f"{path.name}.child.{os.getpid()}").open("a+")
    take(file)
    if _token_file(path).read_text(encoding="utf-8") != os.environ.get(TOKEN_VARIABLE):
        file.close()
        raise Busy(tell("told.parent_ended"))
    _joined.append(file)


def _token_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.token")
