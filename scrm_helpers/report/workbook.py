"""Every table of a month in one workbook, and as CSV that Excel in Turkish opens right. The same tables give the same bytes."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from scrm_helpers import metrics, texts, units
from scrm_helpers.findings import Finding

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
DIGITS = 15  # a spreadsheet keeps so many; a longer run of digits is an id, and an id is text
SHEET = 31  # letters that the name of a sheet may have
WIDEST = 48  # characters of a column
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
NUMERIC_OF_FINDING = ("value", "low", "high", "level", "n", "coverage")


def workbook(kept: Sequence, found: Mapping[str, Finding], *, language: str, as_of: date) -> bytes:
    """XLSX bytes: a list of sheets, the printed numbers, then every table in order. `kept` as Book.tables gives them.

    Ids are text, figures are numbers, a text that a spreadsheet would run is harmless; time stamps are those of `as_of`.
    """
    import openpyxl
    from openpyxl.styles import Font

    from scrm_helpers.workbooks import steady

    say = lambda name: texts.say(f"board.workbook.{name}", language)  # noqa: E731
    book = openpyxl.Workbook()
    contents = book.active
    contents.title = say("contents")
    names = {contents.title.lower()}
    listed = []
    for title, heading, headings, numeric, rows in _sheets(kept, found, language):
        sheet = book.create_sheet(_name(title, names))
        listed.append([sheet.title, heading, len(rows)])
        _fill(sheet, headings, numeric, rows, Font(bold=True))
    _fill(contents, [say("sheet"), say("title"), say("rows")], [False, False, True], listed, Font(bold=True))
    stamp = datetime(as_of.year, as_of.month, as_of.day)
    book.properties.creator = "scrm_helpers"
    book.properties.created = book.properties.modified = stamp
    return steady(book, stamp=stamp)


def turkish_csv(kept) -> str:
    """One table as Excel in Turkish opens it: byte order mark, semicolons, decimal commas. Ids and texts stay as they are."""
    lines = [";".join(_quoted(h) for h in kept.headings)]
    for row in kept.rows:
        cells = [
            units.csv_number(_number(cell), "tr") if cell and is_number and _number(cell) is not None else _quoted(cell)
            for cell, is_number in zip(row, kept.numeric, strict=True)
        ]
        lines.append(";".join(cells))
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + "\r\n".join(lines) + "\r\n"


def _sheets(kept, found, language):
    """Name, title, headings, which columns are numbers, rows: of the printed numbers, then of each table."""
    heading = lambda name: texts.say(f"columns.{name}", language)  # noqa: E731
    fields = ("id", "notebook", "measure", "value", "low", "high", "level", "n", "grade", "coverage", "window", "state", "definition")
    rows = []
    for f in found.values():
        label = metrics.measure(f.measure).label(language) if f.measure else ""
        cells = {name: "" if getattr(f, name) is None else str(getattr(f, name)) for name in fields}
        rows.append([*(cells | {"measure": label}).values(), f.text(language)])
    numeric = [name in NUMERIC_OF_FINDING for name in fields] + [False]
    said = texts.say("board.workbook.numbers", language)
    yield said, said, [heading(f"finding_{n}") for n in fields] + [heading("finding_text")], numeric, rows
    for table in kept:
        yield f"{table.notebook[:2]} {table.id}", table.title, table.headings, table.numeric, table.rows


def _fill(sheet, headings, numeric, rows, bold) -> None:
    for column, text in enumerate(headings, 1):
        cell = sheet.cell(1, column)
        _text(cell, text)
        cell.font = bold
        longest = max([len(str(text)), *(len(str(r[column - 1])) for r in rows[:200])])
        sheet.column_dimensions[cell.column_letter].width = min(WIDEST, max(9, longest + 2))
    for place, row in enumerate(rows, 2):
        for column, (value, is_number) in enumerate(zip(row, numeric, strict=True), 1):
            if value == "" or value is None:
                continue
            number = _number(str(value)) if is_number else None
            cell = sheet.cell(place, column)
            if number is None:
                _text(cell, str(value))
            else:
                cell.value = number
    sheet.freeze_panes = "A2"


def _text(cell, value: str) -> None:
    """Text and nothing else, whatever it begins with; control characters that no sheet may hold are left out."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"
    cell.number_format = "@"


def _number(text: str) -> int | float | None:
    """The number that a cell of a plain CSV holds; None where it is none, or too long to be kept."""
    if not NUMBER.fullmatch(text):
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text) if len(text.lstrip("-")) <= DIGITS else None
    return float(text)


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name: short enough, allowed, and no other's."""
    base = FORBIDDEN.sub(" ", title)[:SHEET].strip("' ") or "-"
    name, k = base, 1
    while name.lower() in taken:
        k += 1
        name = f"{base[: SHEET - len(str(k)) - 1]} {k}"
    taken.add(name.lower())
    return name


def _quoted(text: str) -> str:
    text = str(text)
    return '"' + text.replace('"', '""') + '"' if re.search(r'[";\r\n]', text) else text
