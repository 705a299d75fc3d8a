"""Helpers of the ingestion tests: files written into a raw folder of their own, and what `check` says of them."""

import io
from datetime import date

import openpyxl

from scrm_helpers import ingestion
from scrm_helpers.store.workspace import Workspace

TODAY = date(2026, 11, 15)


def checked(home, files: dict[str, str | bytes], *, sources: str = "", today: date | None = TODAY) -> dict[str, dict]:
    """File name -> what `check` says of it, for files that stand alone in a raw folder."""
    raw = home / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (raw / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    if sources:
        (raw / "sources.yml").write_text(sources, encoding="utf-8")
    return {f["file"]: f for f in ingestion.check(Workspace("data", raw, home), today=today).files}


def book(*rows, more: dict[str, list] | None = None) -> bytes:
    """An XLSX file of one sheet with these rows, and further sheets."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(list(row))
    for title, lines in (more or {}).items():
        sheet = made.create_sheet(title)
        for row in lines:
            sheet.append(list(row))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()
