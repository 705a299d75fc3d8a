"""Files that lie in the raw folder and were refused: an input that came and cannot be read is not the same as one that never came."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from scrm_helpers import texts

SENTENCE = re.compile(r"(?:'[^']*'|[^'])*?[.!?](?=\s|$)")  # a stop inside a quoted header ends nothing
MOST = 2  # names that stand beside an input


class Refused(NamedTuple):
    """One file, or one sheet of it, with the contract tables that it was for (none where nothing tells) and what was told of it."""

    file: str
    tables: tuple[str, ...]
    message: str  # as the table `files` keeps it, see texts.kept
    beside: bool = False  # a sheet for nothing known beside one that was read: a note, not an input

    def reason(self, language: str) -> str:
        """Why, in one sentence that does not name the file again."""
        told = texts.said(self.message, language).strip()
        for own in (self.file, self.file.partition(" (")[0]):
            told = told.removeprefix(f"{own}: ")
        first = SENTENCE.match(told)
        return first.group() if first else told


def refused(files: pd.DataFrame) -> list[Refused]:
    """What was refused, by name. `files`: see its contract."""
    if files.empty:
        return []
    read = set(files.loc[files["verdict"] == "read", "source_file"])
    out = []
    for row in files[files["verdict"] == "refused"].sort_values(["source_file", "part"]).to_dict("records"):
        meant = tuple(row["tables"].split()) if isinstance(row["tables"], str) else ()
        named = f"{row['source_file']} ({row['part']})" if row["part"] else str(row["source_file"])
        out.append(Refused(named, meant, str(row["message"] or ""), not meant and row["source_file"] in read))
    return out


def came(each: Sequence[Refused], table: str) -> str:
    """Names of the refused files that were for a table; '' where none was."""
    names = [r.file for r in each if table in r.tables]
    return ", ".join(names[:MOST]) + (" …" if len(names) > MOST else "")
