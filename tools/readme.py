"""Writes the table of contracts into README.md, from scrm_helpers/tables: `python tools/readme.py`. A test keeps the two in step."""

from pathlib import Path

from scrm_helpers import tables

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- tables: made by tools/readme.py -->", "<!-- end of tables -->"


def contracts() -> str:
    """The contracts as a Markdown table: one row per table."""
    lines = ["| Table | One row is | Comes from |", "|---|---|---|"]
    lines += [f"| `{t.name}` | {t.grain} | {t.answers or 'made by the suite'} |" for t in tables.TABLES.values()]
    return "\n".join(lines)


def replaced(text: str) -> str:
    """The README with the table of contracts as it is now."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{contracts()}\n\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
