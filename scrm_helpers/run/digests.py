"""What a run depends on, as digests: raw files, code, parameters, state of earlier periods. Imports no engine."""

import hashlib
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from scrm_helpers import periods
from scrm_helpers.run.notebooks import Notebook
from scrm_helpers.store import sightings
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import PUBLISHED, SNAPSHOT, Workspace

CHUNK = 1 << 20
LARGE, ABREAST = 10 << 20, 2  # bytes of a file that is worth a thread, and how many are read side by side
LENGTH = 16  # hexadecimal digits of a run id


class Memory:
    """What is known of files from earlier runs, trusted while size, place and both times of a file are what they were.

    A file changed within two seconds of being read is read again next time: its times could repeat (as git does it).
    """

    FRESH = 2_000_000_000  # nanoseconds

    def __init__(self, path: Path):
        self.path, self.changed = path, False
        try:
            self.known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def get(self, file: Path, what: str):
        """What was remembered of the file as it is now; None where nothing was."""
        held = self.known.get(str(file))
        return held["what"].get(what) if held and held["stamp"] == _stamp(file) else None

    def put(self, file: Path, what: str, value, stamp: list[int]) -> None:
        """Remembers; `stamp` was taken before the file was read."""
        if max(stamp[2:]) > time.time_ns() - self.FRESH:
            return
        held = self.known.get(str(file))
        kept = held["what"] if held and held["stamp"] == stamp else {}
        self.known[str(file)] = {"stamp": stamp, "what": kept | {what: value}}
        self.changed = True

    def save(self) -> None:
        """Keeps it for the next run, without files that are gone."""
        if self.changed:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept = {name: held for name, held in self.known.items() if Path(name).exists()}
            write_whole(self.path, json.dumps(kept))


_memory: Memory | None = None


@contextmanager
def memory(path: Path):
    """Digests taken inside are remembered in a file, and looked up there."""
    global _memory
    _memory = Memory(path)
    try:
        yield
    finally:
        kept, _memory = _memory, None
        kept.save()


def remembered(file: Path, what: str):
    """Something worked out from a file's content earlier; None where it has to be worked out (again)."""
    return _memory.get(file, what) if _memory else None


def remember(file: Path, what: str, value) -> None:
    """Keeps something worked out from a file's content just now."""
    if _memory:
        _memory.put(file, what, value, _stamp(file))


def _stamp(file: Path) -> list[int]:
    found = file.stat()
    return [found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns]


def of_file(path: Path) -> str:
    """SHA-256 of a file's content."""
    if held := remembered(path, "sha256"):
        return held
    stamp, digest = _stamp(path), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    if _memory:
        _memory.put(path, "sha256", digest.hexdigest(), stamp)
    return digest.hexdigest()


def of_files(top: Path, *patterns: str) -> dict[str, str]:
    """Path below `top` -> digest, sorted; files being edited by Excel (`~$`) and caches are left out."""
    found = {f for pattern in patterns for f in top.glob(pattern) if f.is_file()}
    kept = sorted(f for f in found if not f.name.startswith((".", "~$")) and "__pycache__" not in f.parts)
    large = [f for f in kept if f.stat().st_size > LARGE]
    with ThreadPoolExecutor(ABREAST) as pool:  # without a large file no thread is begun
        known = dict(zip(large, pool.map(of_file, large), strict=True))
    return {f.relative_to(top).as_posix(): known.get(f) or of_file(f) for f in kept}


def of_raw(workspace: Workspace, extra: list[Path]) -> dict[str, str]:
    """Digests of every raw file, and of files outside that sources.yml names."""
    return of_files(workspace.raw, "**/*") | {f"+{n}:{p.name}": of_file(p) for n, p in enumerate(extra) if p.is_file()}


def of_state(workspace: Workspace, period: str) -> dict[str, str]:
    """Digests of what a run may read from earlier periods: registry, labels, findings, what it can say of the days on which promises were
    first seen; and the answered recheck sheet."""
    earlier = {name: of_file(path) for name, path in state_files(workspace, period).items()}
    if seen := sightings.told(workspace, period):
        earlier[sightings.FILE] = combined(seen)
    return earlier | of_files(workspace.private, "recheck.xlsx")


def state_files(workspace: Workspace, period: str) -> dict[str, Path]:
    """Those tables of earlier periods, by the name that they have below `processed` or `private`."""
    out = {}
    for top, names in (
        (workspace.private, (f"{PUBLISHED}/registry*", "labels*")),
        (workspace.processed, (f"{PUBLISHED}/findings*", f"{PUBLISHED}/coverage*", f"{PUBLISHED}/goals*")),
    ):
        for folder in sorted(top.glob("*")):
            if periods.PERIOD.match(folder.name) and folder.name < period:
                out |= _named(top, (f"{folder.name}/{n}.parquet" for n in names))
    last = periods.shift(period, -1)
    return out | _named(workspace.processed, (f"{last}/{PUBLISHED}/{n}.parquet" for n in SNAPSHOT))


def _named(top: Path, patterns: Iterable[str]) -> dict[str, Path]:
    found = sorted({f for pattern in patterns for f in top.glob(pattern) if f.is_file() and not f.name.startswith(".")})
    return {f.relative_to(top).as_posix(): f for f in found}


def of_tables(workspace: Workspace, period: str, names: tuple[str, ...], part: str = "") -> dict[str, str]:
    """Digests of a period's tables in `processed` and `private`; with `part`, of the parts that one notebook wrote."""
    out = {}
    for label, top in (("processed", workspace.processed), ("private", workspace.private)):
        for name in sorted(names):
            patterns = [f"{name}.parquet", f"{name}.{part}.parquet" if part else f"{name}.*.parquet"]
            out |= {f"{label}/{k}": v for k, v in of_files(top / period, *patterns).items()}
    return out


def of_notebook(notebook: Notebook) -> str:
    """Digest of a notebook's cells: stored outputs and counts do not matter."""
    content = json.loads(notebook.path.read_text(encoding="utf-8"))
    return combined({str(n): c["cell_type"] + "".join(c["source"]) for n, c in enumerate(content["cells"])})


def combined(parts: dict) -> str:
    """One digest of a mapping."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
