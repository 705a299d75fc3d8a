"""Made-up and real data never meet: a folder that mixes them is refused."""

import json

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.store import Workspace
from scrm_helpers.store.workspace import MARKER, SAMPLE
from scrm_helpers.texts import tell


def refuse_mixed(workspace: Workspace, files: dict[str, str]) -> None:
    """`files`: path -> digest. Refuses a marked folder with a foreign file, and an unmarked one with a file of the sample company."""
    if workspace.is_made_up:
        known = digests(workspace)
        foreign = sorted(f for f, digest in files.items() if digest not in known)
        if foreign:
            raise InputError(tell("console.mixed.foreign", file=_first(foreign)), "mixed")
        return
    known = digests(Workspace(SAMPLE, workspace.root / "data" / SAMPLE / "raw", workspace.root))
    made_up = sorted(f for f, digest in files.items() if digest in known)
    if made_up:
        raise InputError(tell("console.mixed.made_up", file=_first(made_up)), "mixed")


def _first(files: list[str]) -> str:
    return files[0] if len(files) == 1 else tell("console.mixed.more", file=files[0], n=str(len(files) - 1))


def digests(workspace: Workspace) -> set[str]:
    """Digests of the sample company's raw files; empty where there is none."""
    path = workspace.raw / MARKER
    if not path.is_file():
        return set()
    held = json.loads(path.read_text(encoding="utf-8"))
    files = held.get("files", held)
    return (
        set(files.values()) if isinstance(files, dict) else {f["sha256"] if isinstance(f, dict) else f for f in files}
    )


def data_files(found: dict[str, str]) -> dict[str, str]:
    """Files that hold data: settings and notes do not count."""
    return {f: d for f, d in found.items() if not f.endswith((".yml", ".yaml", ".md", MARKER))}
