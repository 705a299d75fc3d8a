"""The blocks of page two, ready for the template."""

from scrm_helpers.report.reader import Reader


def section(title: str, key: str, *, lead=(), paragraphs=(), tables=(), figures=(), pictures=()) -> dict:
    """One section for the template: `lead` stands first, then pictures, figures and tables, then `paragraphs` in small type."""
    return {
        "key": key,
        "title": title,
        "lead": [p for p in lead if p],
        "pictures": [p for p in pictures if p],
        "paragraphs": [p for p in paragraphs if p],
        "tables": [t for t in tables if t["rows"]],
        "figures": [f for f in figures if f],
    }


def table(reader: Reader, caption: str, columns: list[str], rows: list[list[str]], numeric: set[str]) -> dict:
    """One table for the template; `columns` are ids of headings."""
    return {
        "caption": caption,
        "columns": [{"text": reader.heading(c), "numeric": c in numeric} for c in columns],
        "rows": rows,
    }
