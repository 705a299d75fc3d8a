"""Locks of the operating system on open files: they go with the process that took them, even when it is killed."""

import os
from pathlib import Path
from typing import IO


def take(file: IO) -> None:
    """Locks an open file as long as it stays open; OSError where another holds it."""
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_taken(path: Path) -> bool:
    """Whether a process holds the lock of a file."""
    with path.open("a+") as file:
        try:
            take(file)
        except OSError:
            return True
    return False
