"""Spreadsheets to records, sheet by sheet: merged cells filled, dates as ISO text, numbers marked as exact."""

import datetime as dt
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from scrm_helpers.ingestion.decode import HEAD
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.texts import tell

EXACT = "e0"  # ends a number that the spreadsheet holds as a number: its point is a decimal point, without doubt


def sheets(path: Path, name: str) -> list[tuple[str, list[list[str]]]]:
    """Every visible sheet with a cell in it, as text records; InputError where the file is no spreadsheet."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        visible = [
            m.name for m in book.sheets_metadata if "visible" in str(m.visible).lower() and "work" in str(m.typ).lower()
        ]
        found = [(sheet, _rows(book.get_sheet_by_name(sheet))) for sheet in visible]
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        said = "password" if isinstance(error, PasswordError) else "named_book" if _is_text(path) else "no_book"
        raise InputError(tell(f"console.bytes.{said}", file=name), "half_written") from error
    return [(sheet, rows) for sheet, rows in found if any(any(cell for cell in row) for row in rows)]


def _is_text(path: Path) -> bool:
    """Whether the bytes are lines of text with cells apart, as in a CSV."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    lines = head.splitlines()
    return b"\0" not in head and len(lines) > 1 and any(all(sign in line for line in lines[:2]) for sign in (b",", b";", b"\t"))


def _rows(sheet) -> list[list[str]]:
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if left == right and top < len(rows):  # merged downwards: the value holds for every row it covers
            for row in rows[top + 1 : bottom + 1]:
                if left < len(row) and not row[left]:
                    row[left] = rows[top][left]
    return rows


def _text(cell) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return (
            str(int(cell))
            if cell.is_integer() and abs(cell) < 1e15
            else f"{cell!r}{EXACT}"
            if "e" not in repr(cell)
            else repr(cell)
        )
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time(0) else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.timedelta):
        whole = int(cell.total_seconds())
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
