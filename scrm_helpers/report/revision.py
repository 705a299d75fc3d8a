"""What a revision changed: every number of the month that is not what the revision before had, old and new."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from scrm_helpers import units
from scrm_helpers.findings import Finding
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.render import render
from scrm_helpers.report.section import table
from scrm_helpers.units import Unit

COLUMNS = ["figure", "before_revision", "after_revision"]
HEADINGS = ("where", "row", "column", "old", "new")
FIGURES = ("value", "low", "high", "n", "state")
SHOWN = 60  # changed cells of tables that the page shows; the CSV holds all
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
    """The list as comma-separated text, plain numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    return out.getvalue()


def page(
    rows: Sequence[Changed], old: Mapping[str, Finding], new: Mapping[str, Finding], *, period: str, revision, language: str,
    currency: str, company: str = "", made_up: bool = False,
) -> str:  # fmt: skip
    """HTML of the list: printed numbers as the pages write them, then cells of tables. `revision` as the month's record has it."""
    reader = Reader(new, language=language, currency=currency)
    printed = list(dict.fromkeys(r.where for r in rows if not r.row and "/" not in r.where))
    figures = [[_label(reader, i, new.get(i) or old[i]), _figure(reader, old.get(i)), _figure(reader, new.get(i))] for i in printed]
    cells = [r for r in rows if "/" in r.where]
    lines = [
        reader.say("revision.reason", reason=revision.reason),
        reader.say("revision.made", on=units.date(date.fromisoformat(revision.on), language), before=str(revision.before)),
        reader.say("revision.count", figures=_count(len(printed), language), cells=_count(len(cells), language)),
    ]
    numeric = {"before_revision", "after_revision"}
    tables = [table(reader, reader.say("revision.figures"), COLUMNS, figures, numeric)]
    tables += [
        table(
            reader, reader.say("revision.cells"), ["table", "cell", *COLUMNS[1:]],
            [[r.where, " · ".join(filter(None, (r.row, r.column))), r.old or "–", r.new or "–"] for r in cells[:SHOWN]], numeric,
        )
    ] if cells else []  # fmt: skip
    return render(
        "compare.html.j2", language=language, made_up=made_up, company=company or reader.say("unnamed"),
        title=reader.say("revision.title", month=reader.month(period), n=str(revision.number)), tables=tables, lines=lines,
        back=reader.say("title"), back_to="board.html",
    )  # fmt: skip


def _cells(name: str, old: Rows, new: Rows) -> list[Changed]:
    """Cells that differ. Rows are paired by the text before their first number, and by place among those that share it."""
    head, before, after = (new[0] or old[0]), _keyed(old), _keyed(new)
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


def _keyed(rows: Rows) -> dict[tuple, list[str]]:
    seen: Counter = Counter()
    out = {}
    for row in rows[1:]:
        labels = []
        for cell in row:
            if _is_number(cell) or cell == "":
                break
            labels.append(cell)
        seen[tuple(labels)] += 1
        out[(*labels, seen[tuple(labels)])] = row
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


def _count(n: int, language: str) -> str:
    return units.write(n, Unit.COUNT, language)


def _label(reader: Reader, each: str, f: Finding) -> str:
    label = reader.named(f)
    return f"{label} ({each})" if label else each


def _figure(reader: Reader, f: Finding | None) -> str:
    if f is None:
        return "–"
    if f.value is None:
        return reader.word("state", f.state)
    written = units.write(f.value, Unit(f.unit), reader.language, currency=reader.currency, low=f.low, high=f.high)
    span = reader.span(f.low, f.high, f.unit)
    return f"{written} ({span})" if span else written

