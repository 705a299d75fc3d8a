"""Who asked to be forgotten: keyed digests of their contacts and accounts, by which ingestion knows them when they come again.

The list and its key lie in `private`. The key is not the one of pseudonymous ids: that one may be changed, and a digest cannot be
made anew once the value behind it is gone. A `record` is `system|the system's own id`, so that no change of that key touches it; an
`account` is the id made of it, for records of which no table kept says more: `key rotate` makes these anew from raw.
"""

import hashlib
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable

from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell

FOLDER, LIST, KEY = "forgotten", "list.json", "key"
CONTACTS = ("email", "phone")
KINDS = (*CONTACTS, "account", "record")
LENGTH = 32  # bytes of the key
DIGITS = 10  # of a phone number, from the right: the same number in any of its written forms
MOST_DIGITS = 15  # of one phone number with its country (E.164); more are several numbers
PLAIN_I = str.maketrans("İIı", "iii")  # an address knows one i; Python's lower case makes two signs of İ
AROUND_AT = re.compile(r"\s*@\s*")
ADDRESS = re.compile(r"[^\s,;:<>()\[\]\"|/]+@[^\s,;:<>()\[\]\"|/]+")
SEVERAL = re.compile(r"[,;|/\n]")
EXTENSION = re.compile(r"(?i)(?:dahili|dah\.?|ext\.?|extension|iç hat|#|x)\s*:?\s*\d+\s*$")


def form(kind: str, value: str) -> str:
    """A value as it is compared: an e-mail in lower case without spaces, the last ten digits of a phone, an account's id as text."""
    if kind == "email":
        return re.sub(r"\s", "", value).lower()
    if kind == "phone":
        return re.sub(r"\D", "", value)[-DIGITS:]
    return value.strip()


def contacts(kind: str, cell: str) -> set[str]:
    """Every e-mail or phone that a cell may hold, each as `form` gives it: the one rule by which a person is listed and known again.

    A cell may hold several, a name around the address, an extension behind the number, or any sign between the digits.
    """
    text = unicodedata.normalize("NFKC", cell)
    if kind == "email":
        text = AROUND_AT.sub("@", text.translate(PLAIN_I)).lower()
        found = {m.strip(".'") for m in ADDRESS.findall(text)}
        return found or {form(kind, text)} - {""}
    text = EXTENSION.sub(" ", re.sub(r"\.0$", "", text.strip()))  # a column of numbers with blanks is written with .0
    parts = [text, *SEVERAL.split(text), *(p for whole in SEVERAL.split(text) for p in whole.split())]
    digits = [re.sub(r"\D", "", p) for p in parts]
    return {d[-DIGITS:] for d in digits if DIGITS <= len(d) <= MOST_DIGITS} or {form(kind, cell)} - {""}


def digest(key: str, kind: str, value: str) -> str:
    """What the list keeps of one value. `key` as hex."""
    inner = hashlib.sha256(f"{key}{kind}|{form(kind, value)}".encode()).hexdigest()
    return hashlib.sha256((key + inner).encode()).hexdigest()


def suppressed(workspace: Workspace) -> dict[str, list[str]]:
    """Digests by kind; empty lists where nobody asked."""
    path = workspace.private / FOLDER / LIST
    if not path.is_file():
        return {kind: [] for kind in KINDS}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {kind: sorted(e["digest"] for e in held if e["kind"] == kind) for kind in KINDS}


def key_of_list(workspace: Workspace) -> str:
    """The list's key as hex. WorkspaceError where a list is there and its key is not: forgotten people would come back unseen."""
    path = workspace.private / FOLDER / KEY
    if not path.is_file():
        if (workspace.private / FOLDER / LIST).is_file():
            raise WorkspaceError(tell("told.keys.list_gone", file=f"data/private/{FOLDER}/{KEY}"))
        folder = workspace.private_folder(FOLDER)
        handle = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(LENGTH))
    held = path.read_bytes()
    if len(held) != LENGTH:
        said = {"n": str(len(held)), "expected": str(LENGTH)}
        raise WorkspaceError(tell("told.keys.list_short", file=f"data/private/{FOLDER}/{KEY}", **said))
    return held.hex()


def renamed(workspace: Workspace, ids: dict[int, int]) -> list[dict] | None:
    """The list's entries with the new ids of accounts (old to new) in place of the old ones; None where there is no list."""
    path = workspace.private / FOLDER / LIST
    if not path.is_file():
        return None
    key = key_of_list(workspace)
    held = json.loads(path.read_text(encoding="utf-8"))
    listed = {e["digest"] for e in held if e["kind"] == "account"}
    new = {d: digest(key, "account", str(to)) for old, to in ids.items() if (d := digest(key, "account", str(old))) in listed}
    return [e | {"digest": new.get(e["digest"], e["digest"])} if e["kind"] == "account" else e for e in held]


def suppress(workspace: Workspace, values: Iterable[tuple[str, str]], *, on: str) -> int:
    """Adds (kind, value) pairs to the list, as digests, with the day; gives how many were new."""
    key = key_of_list(workspace)
    folder = workspace.private_folder(FOLDER)
    path = folder / LIST
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    known = {(e["kind"], e["digest"]) for e in held}
    fresh = sorted({(kind, digest(key, kind, value)) for kind, value in values if form(kind, value)} - known)
    held += [{"kind": kind, "digest": made, "on": on} for kind, made in fresh]
    write_whole(path, json.dumps(held, indent=0) + "\n", private=True)
    return len(fresh)
