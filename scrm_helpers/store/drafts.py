"""Where a notebook that no run runs (in JupyterLab) puts what it shows: a folder of its month, kept as long as a kernel holds it.

It may have a row per person, and nobody looks for it there: what no kernel holds goes when a run or JupyterLab starts.
"""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from scrm_helpers.store.locks import is_taken, take

FOLDER, HOLDS = ".draft", ".kernel"  # the folder below outputs, and how the file ends that a kernel holds
_held: dict[tuple[Path, int], IO] = {}  # stays open as long as the process lives


def folder_of(outputs: Path, period: str) -> Path:
    """The folder of a month, held by this process from now on."""
    folder = outputs / FOLDER / period
    if (folder, os.getpid()) not in _held:
        _held[folder, os.getpid()] = _hold(folder)
    return folder


def sweep(outputs: Path) -> None:
    """Removes the folders that no kernel holds any more."""
    top = outputs / FOLDER
    held = set()
    for mark in top.glob(f"*{HOLDS}"):
        if is_taken(mark):
            held.add(mark.name.partition(".")[0])
        else:
            with suppress(OSError):  # Windows keeps what a kernel has opened and not yet locked
                mark.unlink()
    for folder in (f for f in top.glob("*") if f.is_dir() and f.name not in held):
        shutil.rmtree(folder, ignore_errors=True)  # what another start removes too, or a program has open, goes at the next one
    with suppress(OSError):  # of months that are held
        top.rmdir()


def _hold(folder: Path) -> IO:
    while True:
        folder.parent.mkdir(parents=True, exist_ok=True)
        mark = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{HOLDS}")
        try:
            file = mark.open("a+")
        except FileNotFoundError:  # the folder of all drafts went in between
            continue
        with suppress(OSError):  # a sweep is just asking whether it is held
            take(file)
            if mark.exists():  # else a sweep came between opening and locking
                return file
        file.close()
