"""The key of pseudonymous ids: 32 random bytes, made once, kept in `private`; the sample company has a fixed one."""

import hashlib
import os
import secrets

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.store import Workspace

FILE = "key"


def key(workspace: Workspace) -> str:
    """The workspace's key as hex. Made-up data has a fixed key, so that two machines give the same bytes."""
    if workspace.is_made_up:
        return hashlib.sha256(b"the sample company holds no real person").hexdigest()
    path = workspace.private_folder() / FILE
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    held = path.read_bytes()
    if len(held) != 32:
        raise InputError(
            f"data/private/{FILE}: came with {len(held)} bytes, expected 32. Bring back the old file from a backup: with a new key every customer gets a new id.",  # noqa: E501
            "key",
        )
    return held.hex()
