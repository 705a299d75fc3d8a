"""The key of pseudonymous ids and what hangs on it: back-up, restore, rotation. Loss is told where the key is used (`store.keys`)."""

import json
import os
import secrets
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow.parquet as pq

from scrm_helpers import ingestion, periods
from scrm_helpers.privacy.forget import finish as finish_forgetting
from scrm_helpers.store import Store, key_of, suppression
from scrm_helpers.store.keys import FILE, LENGTH, MARK, ROTATION, mark_of, refuse_foreign, write_mark
from scrm_helpers.store.suppression import FOLDER
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell

HELD = ("registry", "registry_log", "labels")  # tables that name accounts from month to month
LINEAGE = ["system", "source_file", "source_row"]


class Rotation(NamedTuple):
    """`accounts` that got a new id; `lost`: of those once seen, how many no raw file names any more: back again, they are new people."""

    accounts: int
    lost: int


def backup(workspace: Workspace, target: Path) -> list[str]:
    """Writes keys, registry, labels and the list of forgotten people into one archive (mode 0600); gives what it holds.

    Keep it as safe as the data: whoever has it can tell which customer a number stands for. WorkspaceError where there is nothing.
    """
    if target.exists():
        raise WorkspaceError(tell("told.keys.there", file=target.name))
    files = [workspace.private / FILE, *sorted((workspace.private / FOLDER).glob("*"))]
    files += [f for name in HELD for f in sorted(workspace.private.glob(f"**/{name}.parquet"))]
    held = sorted({f.relative_to(workspace.private).as_posix() for f in files if f.is_file()})
    if FILE not in held:
        raise WorkspaceError(tell("told.keys.none", file=f"data/private/{FILE}"))
    key_of(workspace)  # a key that is not the one of these data must not become their back-up
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in held:
            archive.add(workspace.private / name, arcname=name, recursive=False)
    return held


def restore(workspace: Workspace, source: Path) -> list[str]:
    """Puts a back-up's files in place, and the mark of its key; gives their names. Nothing that is there is overwritten by other content.

    WorkspaceError where the archive is not one of ours, where a file that is there differs, or where its key is not the one marked.
    """
    try:
        with tarfile.open(source) as archive:
            found = {m.name: archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}
    except (tarfile.TarError, OSError) as error:
        raise WorkspaceError(tell("told.keys.no_archive", file=source.name)) from error
    foreign = [n for n in found if not _ours(n)]
    if FILE not in found or foreign:
        raise WorkspaceError(tell("told.keys.foreign", file=source.name, came=", ".join(foreign[:3]) or tell("told.keys.no_key")))
    there = {n: workspace.private / n for n in found if (workspace.private / n).is_file()}
    differs = [n for n, path in there.items() if path.read_bytes() != found[n]]
    if differs:
        first, more = differs[0], len(differs) - 1
        raise WorkspaceError(tell("told.keys.differs", files=tell("told.and_more", name=first, n=str(more)) if more else first))
    mark = workspace.private / MARK
    if mark.is_file() and mark.read_text(encoding="utf-8").strip() != mark_of(found[FILE]):
        raise WorkspaceError(tell("told.keys.older", file=source.name))
    refuse_foreign(workspace, found[FILE], file=source.name)
    for name, content in sorted(found.items()):
        folder = workspace.private_folder(*Path(name).parent.parts)
        (folder / Path(name).name).write_bytes(content)
        (folder / Path(name).name).chmod(0o600)
    write_mark(workspace, found[FILE])
    return sorted(found)


def _ours(name: str) -> bool:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return name == FILE or path.parts[0] == FOLDER or (bool(periods.PERIOD.match(path.parts[0])) and path.stem in HELD)


def rotate(workspace: Workspace) -> Rotation:
    """Gives the workspace a new key: every record gets a new id, every person keeps the number it has.

    All of raw is read under both keys, forgotten people too, and records are told by the row they come from: whoever is on the list
    by an id stays on it by the new one. Nothing of that reading is kept. Tables of past months keep the ids they were
    made with; the next run makes this month's anew. WorkspaceError for the made-up company, whose key is fixed.
    """
    if workspace.is_made_up:
        raise WorkspaceError(tell("told.keys.made_up"))
    finish(workspace)
    finish_forgetting(workspace)  # it goes by the ids of the old key
    fresh = secrets.token_bytes(LENGTH)
    with tempfile.TemporaryDirectory(dir=workspace.private_folder()) as scratch:
        both_keys = (("old", bytes.fromhex(key_of(workspace))), ("new", fresh))
        before, after = (_accounts(workspace, Path(scratch) / name, key) for name, key in both_keys)
    both = before.merge(after, on=LINEAGE, suffixes=("_old", "_new"))
    renamed = dict(zip(both["account_id_old"].tolist(), both["account_id_new"].tolist(), strict=True))
    if len(renamed) != len(before):
        raise WorkspaceError(tell("told.keys.not_apart", n=str(len(before) - len(renamed)), all=str(len(before))))
    moves, lost = _rewritten(workspace, renamed)
    if (listed := suppression.renamed(workspace, renamed)) is not None:
        made = workspace.private_folder(FOLDER) / f"{suppression.LIST}.rotated"
        _closed(made, (json.dumps(listed, indent=0) + "\n").encode())
        moves.append((f"{FOLDER}/{made.name}", f"{FOLDER}/{suppression.LIST}"))
    key = workspace.private_folder() / f"{FILE}.new"
    _closed(key, fresh)
    moves.append((key.name, FILE))
    write_whole(workspace.private / ROTATION, json.dumps(moves))  # from here on it is carried through
    finish(workspace)
    return Rotation(len(renamed), lost)


def finish(workspace: Workspace) -> bool:
    """Carries a rotation through that was stopped while files were exchanged; gives whether there was one."""
    plan = workspace.private / ROTATION
    if not plan.is_file():
        return False
    for made, place in json.loads(plan.read_text(encoding="utf-8")):
        if (workspace.private / made).is_file():
            (workspace.private / made).replace(workspace.private / place)
    write_mark(workspace, (workspace.private / FILE).read_bytes())  # of the new key, before anything asks for it
    plan.unlink()
    return True


def _accounts(workspace: Workspace, root: Path, key: bytes) -> pd.DataFrame:
    """Every account of raw with the row it comes from, read under one key in a place of its own. Grain: account."""
    scratch = Workspace(workspace.name, workspace.raw, root)
    _closed(scratch.private_folder() / FILE, key)
    month = ingestion.newest_month(scratch)
    store = Store(scratch, month)
    ingestion.read_all(scratch, store, as_of=store.as_of)
    return store.read("accounts").select("account_id", *LINEAGE).to_pandas()


def _rewritten(workspace: Workspace, renamed: dict[int, int]) -> tuple[list[tuple[str, str]], int]:
    """Registry and labels of every month with the new ids, beside the old ones: (new file, its place) and accounts that are lost."""
    moves, lost = [], set()
    for path in sorted(f for name in HELD for f in workspace.private.glob(f"**/{name}.parquet")):
        table = pq.read_table(path)
        rows = table.to_pandas()
        for column in [c for c in rows.columns if c.startswith("account_id")]:
            lost |= set(rows.loc[~rows[column].isin(renamed), column])
            rows = rows[rows[column].isin(renamed)].assign(**{column: lambda f, c=column: f[c].map(renamed).astype("int64")})
        if "account_id" in rows:
            rows = rows.sort_values("account_id")
        made = path.with_suffix(".rotated")
        pq.write_table(type(table).from_pandas(rows, schema=table.schema, preserve_index=False), made, compression="zstd")
        made.chmod(0o600)
        moves.append((made.relative_to(workspace.private).as_posix(), path.relative_to(workspace.private).as_posix()))
    return moves, len(lost)


def _closed(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
