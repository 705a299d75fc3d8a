"""The key of pseudonymous ids: 32 random bytes, made once, kept in `private`; the sample company has a fixed one.

Beside it lies its mark, a digest of a fixed word under the key: it tells the key from any other of 32 bytes and says nothing of it.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from functools import reduce

from scrm_helpers.store.suppression import CONTACTS, contacts
from scrm_helpers.store.workspace import PUBLISHED, Workspace, WorkspaceError
from scrm_helpers.texts import tell

FILE = "key"
LENGTH = 32  # bytes
ROTATION = "rotation.json"  # there while a new key and what hangs on it are moved into place
MARK = "key.mark"
REGISTRIES = "[0-9]*/**/registry.parquet"
LOOKED_AT = 2_000  # records of a month by which a key without a mark is judged


def key_of(workspace: Workspace) -> str:
    """The workspace's key as hex. Made-up data has a fixed key, so that two machines give the same bytes.

    Raises WorkspaceError where the key is gone, cut short or another one: with it every customer would get a new id in silence.
    """
    if workspace.is_made_up:
        return hashlib.sha256(b"the sample company holds no real person").hexdigest()
    path = workspace.private_folder() / FILE
    held = _held(workspace)
    if held is None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(LENGTH))
        held = path.read_bytes()
        _check(workspace, held)
    return held.hex()


def refuse_wrong(workspace: Workspace) -> None:
    """WorkspaceError where the key is gone, cut short or another one; makes none. Beside its mark that reads two small files."""
    if not workspace.is_made_up:
        _held(workspace, made_with="accounts*")


def judge_by_reading(workspace: Workspace, accounts: Iterable[int], known: Iterable[int]) -> None:
    """Judges a key that no kept table could judge, by what was read under it: marked where the registry (`known`) knows any account.

    WorkspaceError where it knows none of them: raw files add up from month to month, so the records of earlier months are among them.
    """
    if workspace.is_made_up or (workspace.private / MARK).is_file():
        return
    accounts, known = set(accounts), set(known)
    if known and accounts and known.isdisjoint(accounts):
        raise WorkspaceError(tell("told.keys.unknown", file=f"data/private/{FILE}", n=str(len(accounts))))
    if known and accounts:
        write_mark(workspace, (workspace.private / FILE).read_bytes())


def account_id(key: str, system: str, native: str) -> int:
    """The id that ingestion gives a record of a system (the same keyed digest of 60 bits). `key` as hex."""
    inner = hashlib.sha256(f"{key}account|{system}|{native}".encode()).hexdigest()
    return int(hashlib.sha256((key + inner).encode()).hexdigest()[:15], 16)


def mark_of(key: bytes) -> str:
    """A key's mark. The key is random, so nobody finds it by trying."""
    return hmac.new(key, b"mark of the key of pseudonymous ids", hashlib.sha256).hexdigest()


def write_mark(workspace: Workspace, key: bytes) -> None:
    """Puts a key's mark beside it (mode 0600), whole or not at all."""
    path = workspace.private_folder() / MARK
    half = path.with_name(f"{MARK}.{os.getpid()}.half")  # notebooks side by side may write it at the same time
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(mark_of(key) + "\n")
    half.replace(path)


def _held(workspace: Workspace, *, made_with: str = "findings*") -> bytes | None:
    """The key that lies there, checked; None where there is none and nothing was made with one yet (`made_with`: published tables)."""
    path = workspace.private / FILE
    if (workspace.private / ROTATION).exists():
        raise WorkspaceError(tell("told.keys.half_way", file=f"data/private/{ROTATION}"))
    if not path.exists():
        # the whole of `private` may be gone: then the published months tell
        if any(workspace.private.glob("*/registry.parquet")) or any(workspace.processed.glob(f"*/{PUBLISHED}/{made_with}")):
            raise WorkspaceError(tell("told.keys.gone", file=f"data/private/{FILE}"))
        return None
    held = path.read_bytes()
    if len(held) != LENGTH:
        raise WorkspaceError(tell("told.keys.short", file=f"data/private/{FILE}", n=str(len(held)), expected=str(LENGTH)))
    _check(workspace, held)
    return held


def _check(workspace: Workspace, key: bytes) -> None:
    """Refuses a key that is not the marked one; a key without a mark (of an older version) is marked once the registry agrees with it."""
    mark = workspace.private / MARK
    if mark.is_file():
        if hmac.compare_digest(mark.read_text(encoding="utf-8").strip(), mark_of(key)):
            return
        raise WorkspaceError(tell("told.keys.other", file=f"data/private/{FILE}"))
    judged = refuse_foreign(workspace, key, file=f"data/private/{FILE}")
    if judged or not any(workspace.private.glob(REGISTRIES)):
        write_mark(workspace, key)  # else no table is there to judge by: the reading that is under way brings one


def refuse_foreign(workspace: Workspace, key: bytes, *, file: str) -> int:
    """Records by which a key could be judged (0: nothing to judge by); WorkspaceError where the registry knows none of them under it."""
    judged, known = _judged(workspace, key.hex())
    if judged and not known:
        raise WorkspaceError(tell("told.keys.unknown", file=file, n=str(judged)))
    return judged


def _judged(workspace: Workspace, key: str) -> tuple[int, int]:
    """Records of the newest month that can be judged, and how many of them, their ids made anew under `key`, the registry knows.

    A record's id is made of its system and the number it has there; one of a contact alone of that contact. (0, 0) where there is no
    registry or no table of records.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq  # not where the mark tells: that is looked at whenever a run starts

    registries = sorted(workspace.private.glob(REGISTRIES))
    known = {a for path in registries for a in pq.read_table(path, columns=["account_id"])["account_id"].to_pylist()}
    for path in sorted(workspace.private.glob("[0-9]*/accounts.parquet"), reverse=True) if known else ():
        shown = workspace.processed / path.parent.name / path.name
        if not shown.is_file():
            continue
        told_by = ("native_id", *CONTACTS)
        held = pq.read_table(path, columns=["account_id", *told_by])
        held = held.filter(reduce(pc.or_, (pc.is_valid(held[c]) for c in told_by)))
        rows = held.join(pq.read_table(shown, columns=["account_id", "system"]), "account_id").slice(0, LOOKED_AT).to_pylist()
        ids = [made for row in rows if (made := _ids(key, row))]
        if ids:
            return len(ids), sum(not known.isdisjoint(made) for made in ids)
    return 0, 0


def _ids(key: str, row: dict) -> set[int]:
    """Every id that a record may have under a key; none where it has neither a number nor a contact."""
    if row["native_id"] is not None:
        return {account_id(key, row["system"], row["native_id"].strip())}
    return {account_id(key, "contact", c) for kind in CONTACTS if row[kind] for c in contacts(kind, row[kind])}
