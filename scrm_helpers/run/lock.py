"""One run at a time in a workspace. The lock is the operating system's: it goes with the process, even when that is killed."""

import os
from contextlib import contextmanager
from pathlib import Path

from scrm_helpers.run.errors import Busy
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.texts import tell


def lock_of(workspace: Workspace) -> Path:
    """The lock that whoever changes a workspace holds."""
    return workspace.outputs / ".runs" / "lock"


@contextmanager
def held(path: Path):
    """Holds the lock file and gives its descriptor; Busy where another run holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        _take(file)
    except OSError as error:
        file.close()
        raise Busy(tell("console.run.busy")) from error
    try:
        yield file.fileno()
    finally:
        file.close()


def _take(file) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
