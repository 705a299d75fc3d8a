"""Removes months that are older than they need be: tables, private tables and pages. The key, the registry of the newest month and
the list of forgotten people stay."""

import os
import shutil
from pathlib import Path

from scrm_helpers import periods
from scrm_helpers.privacy.finding import months
from scrm_helpers.store.workspace import Workspace


def prune(workspace: Workspace, *, keep: int, dry: bool = False) -> list[str]:
    """Removes all but the newest `keep` months, from `processed`, `private` and `outputs`; gives what goes, as paths below the project.

    `dry` only says what would go. ValueError where nothing would be left.
    """
    if keep < 1:
        raise ValueError(f"keep: came {keep}, expected 1 or more months to keep.")
    known = sorted({*months(workspace), *(f.name for f in workspace.outputs.glob("*") if periods.PERIOD.match(f.name))}, reverse=True)
    gone = []
    for month in known[keep:]:
        for path in _of(workspace, month):
            gone.append(os.path.relpath(path, workspace.root))
            if dry:
                continue
            if path.is_symlink() or path.is_file():
                path.unlink()
            else:
                shutil.rmtree(path)
    return sorted(gone)


def _of(workspace: Workspace, month: str) -> list[Path]:
    runs = workspace.outputs / ".runs"
    found = [workspace.outputs / month, workspace.processed / month, workspace.private / month]
    found += sorted(runs.glob(f"*/{month}-*")) + sorted(runs.glob(f"{month}.*"))
    return [p for p in found if p.is_symlink() or p.exists()]
