"""The words that a column takes, as a person at the keyboard reads them: the suite's word, and what it means in her language."""

import re

from scrm_helpers.ingestion import signs, words
from scrm_helpers.texts import LANGUAGES, has, say, tell

KNOWN = (
    words.STATUS, words.DOCUMENTS, signs.SOLD_AT, words.CHANNELS, words.PURPOSES, words.KINDS,
    {w: alone for w, (alone, _) in words.SOURCES.items()},
)  # fmt: skip


def accepted(known) -> str:
    """The words in a row: `acquire, keep, serve`, in Turkish `acquire (müşteri kazanma), keep (elde tutma), serve (hizmet)`."""
    return ", ".join(tell(f"accepted.{w}") if has(f"accepted.{w}") else w for w in known)


def meaning(text: str, known) -> str:
    """The one of the suite's words that a file's own word means: it is that word, its translation, or a spelling of it; '' where untold."""
    said = words.folded(text)
    return next((w for w in known if said in _spelled(w)), "")


def _spelled(word: str) -> set[str]:
    """Every spelling of one of the suite's words, folded."""
    told = [say(f"accepted.{word}", language) for language in LANGUAGES] if has(f"accepted.{word}") else []
    own = [piece for t in told for piece in re.split(r"[(),]", t)]
    return {words.folded(s) for s in (word, *own, *(s for spelled in KNOWN for s in spelled.get(word, ())))}
