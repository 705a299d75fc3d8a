"""What a revision changed: every number of the month that is not what the revision before had, old and new."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from scrm_helpers import units
from scrm_helpers.findings import Finding
from scrm_helpers.html import render
from scrm_helpers.report import on_page
from scrm_helpers.report.reader import Reader, printed_in
from scrm_helpers.report.section import table
from scrm_helpers.store.written import neutral
from scrm_helpers.units import Unit

COLUMNS = ["figure", "before_revision", "after_revision"]
HEADINGS = ("where", "row", "column", "old", "new")
FIGURES = ("value", "low", "high", "n", "state")
MOST_LINES = 20  # changed numbers that a screen shows; the page has all
DIGITS = (6, 9, 12)  # of a table's cells
SHOWN = 60  # changed cells of tables that the page shows; the CSV holds all
PAGE = "board.html"  # as `where` of what stands in no finding and no kept table, but on the page
Rows = list[list[str]]  # of a table as text, its heading first


class Changed(NamedTuple):
    """One number. `where`: a finding's id, or notebook/table; `row` and `column` name a cell of a table, `column` a finding's figure."""

    where: str
    row: str
    column: str
    old: str
    new: str


def changes(
    old: Mapping[str, Finding], new: Mapping[str, Finding], old_tables: Mapping[str, Rows], new_tables: Mapping[str, Rows]
) -> list[Changed]:
    """Every figure of a finding, and every cell of a table, that differs."""
    out = []
    for each in sorted(old.keys() | new.keys()):
        a, b = _figures(old.get(each)), _figures(new.get(each))
        out += [Changed(each, "", name, a.get(name, ""), b.get(name, "")) for name in (a | b) if a.get(name, "") != b.get(name, "")]
    for name in sorted(old_tables.keys() | new_tables.keys()):
        out += _cells(name, old_tables.get(name) or [[]], new_tables.get(name) or [[]])
    return out


def plain(rows: Sequence[Changed]) -> str:
    """The list as comma-separated text, plain numbers; any other text is harmless to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows([cell if _is_number(cell) else neutral(cell) for cell in row] for row in rows)
    return out.getvalue()


def printed(
    rows: Sequence[Changed], old: Mapping[str, Finding], new: Mapping[str, Finding], reader: Reader,
    page_rows: Sequence[on_page.Moved] = (),
) -> list[list[str]]:  # fmt: skip
    """Printed numbers that changed: what each is called, and how it read before and reads now. Grain: one finding, or one place of a page.

    A finding without a figure, and one whose figure is written as before, reads as its sentence; what moved only beyond what is
    printed is left out. `page_rows` (`on_page.moved`): of these, what no finding's line tells follows.
    """
    ids = dict.fromkeys(r.where for r in rows if not r.row and "/" not in r.where)
    read = {i: _both(reader, old.get(i), new.get(i)) for i in ids}
    told = {i: both for i, both in read.items() if both[0] != both[1]}
    said = [[reader.named(new.get(i) or old[i]) or reader.say("revision.sentence"), *both] for i, both in told.items()]
    return said + [[_place(reader, m), m.old or "–", m.new or "–"] for m in on_page.untold(page_rows, told)]


def as_changed(page_rows: Sequence[on_page.Moved]) -> list[Changed]:
    """The same for the list of every number: `where` is the page, `row` what the place is called, `column` the ids that answer for it."""
    return [Changed(PAGE, ": ".join(filter(None, (m.where, m.name))), " ".join(m.ids), m.old, m.new) for m in page_rows]


def lines(shown: Sequence[Sequence[str]], reader: Reader, most: int = MOST_LINES) -> list[str]:
    """The same for a screen, a line each; beyond `most` their count."""
    said = [reader.say("revision.line", what=what, before=before, now=now) for what, before, now in shown[:most]]
    more = [reader.say("revision.more", n=_count(len(shown) - most, reader.language))] if len(shown) > most else []
    return [reader.say("revision.count_printed", figures=_count(len(shown), reader.language)), *said, *more]


def page(
    rows: Sequence[Changed], old: Mapping[str, Finding], new: Mapping[str, Finding], *, period: str, revision, language: str,
    currency: str, company: str = "", made_up: bool = False, page_rows: Sequence[on_page.Moved] = (),
    untold: str = "",
) -> str:  # fmt: skip
    """HTML of the list: printed numbers as the pages write them, then cells of tables. `revision` as the month's record has it.

    `page_rows` as `on_page.moved` gives them; `untold`: why there are none where the two pages cannot be compared (a text of `revision`).
    """
    reader = Reader(new, language=language, currency=currency)
    figures = printed(rows, old, new, reader, page_rows)
    cells = [r for r in rows if "/" in r.where]
    lines = [
        reader.say("revision.reason", reason=revision.reason),
        reader.say("revision.made", on=units.date(date.fromisoformat(revision.on), language), before=str(revision.before)),
        reader.say("revision.count", figures=_count(len(figures), language), cells=_count(len(cells), language)),
        *([reader.say(f"revision.{untold}")] if untold else []),
    ]
    numeric = {"before_revision", "after_revision"}
    tables = [table(reader, reader.say("revision.figures"), COLUMNS, figures, set())]  # sentences stand among the figures
    tables += [
        table(
            reader, reader.say("revision.cells"), ["table", "cell", *COLUMNS[1:]],
            [[r.where, " · ".join(filter(None, (r.row, r.column))), *_written(r.old, r.new, language)] for r in cells[:SHOWN]], numeric,
        )
    ] if cells else []  # fmt: skip
    return render(
        "compare.html.j2", language=language, made_up=made_up, company=company or reader.say("unnamed"),
        title=reader.say("revision.title", month=reader.month(period), n=str(revision.number)), tables=tables, lines=lines,
        back=reader.say("title"), back_to="board.html",
    )  # fmt: skip


def _cells(name: str, old: Rows, new: Rows) -> list[Changed]:
    """Cells that differ. Rows are paired by what names them in both tables (`_naming`), and by place among those that share it."""
    head, names = (new[0] or old[0]), _naming(old, new)
    before, after = _keyed(old, names), _keyed(new, names)
    out = []
    if old[0] and new[0] and old[0] != new[0]:
        out.append(Changed(name, "", "columns", ", ".join(old[0]), ", ".join(new[0])))
    for key in list(dict.fromkeys([*before, *after])):
        a, b = before.get(key), after.get(key)
        row = " ".join(k for k in key[:-1] if k)
        if a is None or b is None:
            out.append(Changed(name, row, "", ", ".join(a or []), ", ".join(b or [])))
            continue
        pairs = zip(head, _as(a, old[0], head), _as(b, new[0], head), strict=True)
        out += [Changed(name, row, column, x, y) for column, x, y in pairs if x != y]
    return out


def _naming(old: Rows, new: Rows) -> list[str]:
    """Columns that name a row: those of words before the first of numbers; where rows share them, further ones until none do.

    A list in order of a number (a rank, the largest first) begins with a number or has one early: its rows are named by the words
    that follow, and its place in the list is a cell like any other. Rows that no words tell apart (the ages of a group) are named
    by the first column of whole numbers as well, where it does so and is no count: one table holds all of its numbers that both share.
    """
    shared = [c for c in old[0] if c in new[0]] if old[0] and new[0] else list(new[0] or old[0])
    cells = {c: [row[t[0].index(c)] for t in (old, new) if t[0] for row in t[1:]] for c in shared}
    words = [c for c in shared if not any(_is_number(cell) for cell in cells[c])]
    lead = next((k for k, c in enumerate(shared) if c not in words), len(shared))
    further = [c for c in words if c not in shared[:lead]]
    for k in range(len(further) + 1):
        names = shared[:lead] + further[:k]
        if names and _tells_apart(old, names) and _tells_apart(new, names):
            return names
    whole = next((c for c in shared if c not in words and all(cell.isdigit() for cell in cells[c] if cell)), None)
    aged = [*shared[:lead], whole]
    return aged if whole and _tells_apart(old, aged) and _tells_apart(new, aged) and _ages(old, new, aged) else shared[:lead]


def _ages(old: Rows, new: Rows, names: list[str]) -> bool:
    """Whether the last of `names` names rows: in every group that both tables have, the numbers of one are among the other's."""
    groups: tuple[dict, dict] = ({}, {})
    for rows, held in zip((old, new), groups, strict=True):
        for row in rows[1:]:
            *group, number = _as(row, rows[0], names)
            held.setdefault(tuple(group), set()).add(number)
    return all(a <= groups[1][g] or groups[1][g] <= a for g, a in groups[0].items() if g in groups[1])


def _tells_apart(rows: Rows, names: list[str]) -> bool:
    keys = [tuple(_as(row, rows[0], names)) for row in rows[1:]]
    return len(set(keys)) == len(keys)


def _keyed(rows: Rows, names: list[str]) -> dict[tuple, list[str]]:
    seen: Counter = Counter()
    out = {}
    for row in rows[1:]:
        labels = tuple(_as(row, rows[0], names))
        seen[labels] += 1
        out[(*labels, seen[labels])] = row
    return out


def _as(row: list[str], own: list[str], head: list[str]) -> list[str]:
    held = dict(zip(own, row, strict=False))
    return [held.get(column, "") for column in head]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _figures(finding: Finding | None) -> dict[str, str]:
    """Every number of a finding, by its name: the figure, its range and count, and the numbers of its sentence."""
    if finding is None:
        return {}
    held = {name: getattr(finding, name) for name in FIGURES} | {f"values.{k}": v for k, v in json.loads(finding.values or "{}").items()}
    return {name: str(units.steady(value)) for name, value in held.items() if value is not None}


def _written(old: str, new: str, language: str) -> tuple[str, str]:
    """Two cells as the page shows them: numbers in the language's form, with as many digits as tell them apart; a dash for a blank."""
    for digits in DIGITS:
        both = tuple(_cell(c, digits, language) for c in (old, new))
        if both[0] != both[1]:
            break
    return both


def _cell(text: str, digits: int, language: str) -> str:
    if not _is_number(text) or not math.isfinite(float(text)):
        return text or "–"
    number = units.steady(float(text), digits)
    return units.csv_number(int(number) if number.is_integer() else number, language)


def _count(n: int, language: str) -> str:
    return units.write(n, Unit.COUNT, language)


def _place(reader: Reader, m: on_page.Moved) -> str:
    return ": ".join(filter(None, (m.where, m.name))) or reader.say("revision.sentence")


def _both(reader: Reader, old: Finding | None, new: Finding | None) -> tuple[str, str]:
    """Both as they read: figures, or where these are alike or there is none, the sentences."""
    read = tuple(_figure(reader, f) for f in (old, new))
    if read[0] != read[1]:
        return read
    return tuple("–" if f is None else f.text(reader.language) for f in (old, new))


def _figure(reader: Reader, f: Finding | None) -> str:
    if f is None:
        return "–"
    if f.value is None:  # a verdict, or a sentence on what is missing: its words are what it says
        return f.text(reader.language)
    written = reader.write(f.value, printed_in(f), low=f.low, high=f.high)
    span = reader.span(f.low, f.high, printed_in(f), of=f.value) if f.low != f.high else ""  # a sum of what was booked has no range
    return f"{written} ({span})" if span else written

