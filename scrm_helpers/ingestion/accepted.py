"""The words that a column takes, as a person at the keyboard reads them: the suite's word, and what it means in her language."""

from scrm_helpers.texts import has, tell


def accepted(words) -> str:
    """The words in a row: `acquire, keep, serve`, in Turkish `acquire (müşteri kazanma), keep (elde tutma), serve (hizmet)`."""
    return ", ".join(tell(f"accepted.{w}") if has(f"accepted.{w}") else w for w in words)
