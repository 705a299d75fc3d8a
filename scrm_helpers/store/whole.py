"""Small files that are the old one or the new one, never half of it: written beside their place, then moved onto it in one step."""

import os
from pathlib import Path


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Writes `text` (UTF-8, its line ends as they are) to `path`; `private`: only the owner may read it, at any moment."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)  # what a stopped run left would keep its rights
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
    half.replace(path)
