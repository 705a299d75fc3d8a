"""Which files are the same export of another month: the pattern of their name, for an entry of sources.yml that lasts."""

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from glob import escape

from scrm_helpers.ingestion import across, headings
from scrm_helpers.ingestion.names import LETTERS
from scrm_helpers.ingestion.part import Part

_BETWEEN = r"[-_. ]?"
_YEAR, _MONTH, _DAY = r"20\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_NAMES = (
    "ocak|subat|mart|nisan|mayis|haziran|temmuz|agustos|eylul|ekim|kasim|aralik|january|february|march|april|june|july|august|"
    "september|october|november|december"
)
_SHORT = "oca|sub|mar|nis|may|haz|tem|agu|eyl|eki|kas|ara|jan|feb|apr|jun|jul|aug|sep|sept|oct|nov|dec"  # sure beside a year alone
_STAMP = re.compile(
    rf"(?<!\d){_YEAR}{_BETWEEN}{_MONTH}(?:{_BETWEEN}{_DAY})?(?!\d)|(?<!\d){_DAY}[-_. ]{_DAY}[-_. ]{_YEAR}(?!\d)"
    rf"|(?<!\d){_MONTH}{_BETWEEN}{_YEAR}(?!\d)|(?<!\d){_YEAR}{_BETWEEN}(?:{_NAMES}|{_SHORT})(?![a-z])"
    rf"|(?<![a-z])(?:{_NAMES}|{_SHORT}){_BETWEEN}{_YEAR}(?!\d)|(?<![a-z])(?:{_NAMES})(?![a-z])|(?<!\d){_YEAR}(?!\d)"
)
_AGAIN = re.compile(r"\*(?:[-_. ]+\*)+")


@dataclass
class Kind:
    """Files of one kind: one part of each, the pattern that names them all and no other file, and the entry that reads one of them."""

    parts: list[Part]
    pattern: str
    entry: str = ""


def kinds(taken, is_asked) -> list[Kind]:
    """The parts for which `is_asked`, those of one name but for its month and of one header together.

    A pattern may name no file of another header; where even one of digits would, each file keeps its own name.
    """
    files: dict[str, list] = {}
    for t in taken:
        files.setdefault(t.file, []).append(t)
    marks = {file: _mark(parts) for file, parts in files.items()}
    groups: dict[tuple, list] = {}
    for t in taken:
        if t.part is not None and is_asked(t):
            groups.setdefault((_stamped(t.file, "*"), t.part.part, marks[t.file]), []).append(t)
    found = []
    for (wide, part, mark), members in groups.items():
        same = {f for f, m in marks.items() if m == mark and _stamped(f, "*") == wide}
        alike = [t for f in same for t in files[f] if t.part is not None and t.part.part == part]
        named = next((e.name for t in alike for e in t.entries if e.table), "")
        narrow = _stamped(members[0].file, "[0-9]")
        pattern = next((p for p in (wide, narrow) if not any(_fits(f, p) for f in files.keys() - same)), "")
        if pattern and not pattern.startswith("*."):  # a name that is all month would take every file
            found.append(Kind([t.part for t in members], pattern, named))
        else:
            found += [Kind([t.part], escape(t.file), "") for t in members]
    return found


def joined(con, parts: list[Part]) -> Part:
    """The rows of several files of one header as one part, columns in the order of the first."""
    first = parts[0]
    if len(parts) == 1 or across.is_across(first):
        return first
    rows = []
    for p in parts:
        at = [p.folded.index(h) for h in first.folded]
        rows.append(f"SELECT {', '.join(f'c{k} AS c{n}' for n, k in enumerate(at))}, _row FROM {p.table}")
    table = f"joined_{first.table}"
    con.execute(f"CREATE OR REPLACE VIEW {table} AS {' UNION ALL '.join(rows)}")
    return replace(first, table=table, rows=sum(p.rows for p in parts), exact=frozenset(), base="", lies="", off=[])


def _mark(parts: list) -> tuple:
    """What makes two files the same kind: the headers of their parts, in any order of columns; months side by side grow in number."""
    return tuple((t.part.part, *_headers(t.part)) if t.part else () for t in parts)


def _headers(part: Part) -> tuple:
    if part.across or across.is_across(part):
        made = (across.MONTH, across.AMOUNT) if part.across else ()
        return True, frozenset(h for h in part.folded if not headings.month_of(h) and h not in made)
    return False, frozenset(part.folded), len(part.folded)


def _stamped(name: str, sign: str) -> str:
    """The name with its months as `*`, or with `[0-9]` for each digit of them."""
    low, out, end = name.translate(LETTERS).lower(), "", 0
    if len(low) != len(name):  # a letter that is longer in lower case: the name stays as it is
        return escape(name)
    for m in _STAMP.finditer(low):
        stamp = "*" if sign == "*" or not any(ch.isdigit() for ch in m[0]) else re.sub(r"\d", sign, re.sub(r"[a-z]+", "*", m[0]))
        out, end = out + escape(name[end : m.start()]) + stamp, m.end()
    return _AGAIN.sub("*", out + escape(name[end:]))


def _fits(file: str, pattern: str) -> bool:
    """Whether the pattern names the file, folder by folder, as the run looks for it."""
    there, wanted = file.split("/"), pattern.split("/")
    return len(there) == len(wanted) and all(fnmatchcase(n, p) for n, p in zip(there, wanted, strict=True))
