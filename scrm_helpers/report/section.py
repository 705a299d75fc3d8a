"""The blocks of page two, ready for the template; and `Told`, a sentence that knows which numbers stand in it."""

from scrm_helpers.report.reader import Reader, Told, told

__all__ = ["Told", "section", "table", "told"]


def section(title: str, key: str, *, lead=(), paragraphs=(), tables=(), figures=(), pictures=()) -> dict:
    """One section for the template: `lead` stands first, then pictures, tables and figures, then `paragraphs` in small type.

    Pictures and figures carry their numbers in words as well (`alt`). `on_page.printed` lists all that such a section prints.
    """
    return {
        "key": key,
        "title": title,
        "lead": [p for p in lead if p],
        "pictures": [p for p in pictures if p],
        "paragraphs": [p for p in paragraphs if p],
        "tables": [t for t in tables if t["rows"]],
        "figures": [f for f in figures if f],
    }


def table(reader: Reader, caption: str, columns: list[str], rows: list[list[str]], numeric: set[str], *, why: str = "") -> dict:
    """One table for the template; `columns` are ids of headings, `why` the ids of the numbers in it (what `why` answers)."""
    return {
        "caption": caption,
        "columns": [{"text": reader.heading(c), "numeric": c in numeric} for c in columns],
        "rows": rows,
        "why": why,
    }
