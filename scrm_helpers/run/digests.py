"""What a run depends on, as digests: raw files, code, parameters, state of earlier periods. Imports no engine."""

import hashlib
import json
from pathlib import Path

from scrm_helpers import periods
from scrm_helpers.run.notebooks import Notebook
from scrm_helpers.store.workspace import PUBLISHED, Workspace

CHUNK = 1 << 20
LENGTH = 16  # hexadecimal digits of a run id


def of_file(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def of_files(top: Path, *patterns: str) -> dict[str, str]:
    """Path below `top` -> digest, sorted; files being edited by Excel (`~$`) and caches are left out."""
    found = {f for pattern in patterns for f in top.glob(pattern) if f.is_file()}
    kept = (f for f in found if not f.name.startswith((".", "~$")) and "__pycache__" not in f.parts)
    return {f.relative_to(top).as_posix(): of_file(f) for f in sorted(kept)}


def of_raw(workspace: Workspace, extra: list[Path]) -> dict[str, str]:
    """Digests of every raw file, and of files outside that sources.yml names."""
    return of_files(workspace.raw, "**/*") | {f"+{n}:{p.name}": of_file(p) for n, p in enumerate(extra) if p.is_file()}


def of_code(package: Path) -> str:
    """One digest of the package's code and texts."""
    return combined(of_files(package, "**/*.py", "**/*.toml", "**/*.html", "**/*.css", "**/*.j2"))


def of_state(workspace: Workspace, period: str) -> dict[str, str]:
    """Digests of what a run may read from earlier periods: registry, labels, findings."""
    out = {}
    for top, names in (
        (workspace.private, (f"{PUBLISHED}/registry*", "labels*")),
        (workspace.processed, (f"{PUBLISHED}/findings*", f"{PUBLISHED}/coverage*")),
    ):
        for folder in sorted(top.glob("*")):
            if periods.PERIOD.match(folder.name) and folder.name < period:
                out |= {f"{folder.name}/{k}": v for k, v in of_files(folder, *(f"{n}.parquet" for n in names)).items()}
    return out


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
