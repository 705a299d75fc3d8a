"""The key of pseudonymous ids: 32 random bytes, made once, kept in `private`; the sample company has a fixed one."""

import hashlib
import os
import secrets

from scrm_helpers.store.workspace import PUBLISHED, Workspace, WorkspaceError
from scrm_helpers.texts import tell

FILE = "key"
LENGTH = 32  # bytes
ROTATION = "rotation.json"  # there while a new key and what hangs on it are moved into place


def key_of(workspace: Workspace) -> str:
    """The workspace's key as hex. Made-up data has a fixed key, so that two machines give the same bytes.

    Raises WorkspaceError where the key is gone or cut short: with a new key every customer would get a new id in silence.
    """
    if workspace.is_made_up:
        return hashlib.sha256(b"the sample company holds no real person").hexdigest()
    path = workspace.private_folder() / FILE
    if (workspace.private / ROTATION).exists():
        raise WorkspaceError(tell("told.keys.half_way", file=f"data/private/{ROTATION}"))
    if not path.exists():
        # the whole of `private` may be gone: then the published months tell
        if any(workspace.private.glob("*/registry.parquet")) or any(workspace.processed.glob(f"*/{PUBLISHED}/findings*")):
            raise WorkspaceError(tell("told.keys.gone", file=f"data/private/{FILE}"))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(LENGTH))
    held = path.read_bytes()
    if len(held) != LENGTH:
        raise WorkspaceError(tell("told.keys.short", file=f"data/private/{FILE}", n=str(len(held)), expected=str(LENGTH)))
    return held.hex()
