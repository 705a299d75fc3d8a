"""The appendix: a section per notebook, definitions, where each number comes from, the files that were read."""

from collections.abc import Mapping, Sequence

import pandas as pd

from scrm_helpers import metrics
from scrm_helpers.findings import Finding
from scrm_helpers.metrics import Class
from scrm_helpers.report.reader import Reader, printed_in
from scrm_helpers.report.svg import inline
from scrm_helpers.store.written import BLANK, newest
from scrm_helpers.units import Unit, unit_label

SHOWN_ROWS = 15  # of a table; its CSV holds all
# Columns of a table that is narrow, wide, or as wide as the page: what is more stands below its row.
NARROW, WIDE, MOST_COLUMNS = 5, 8, 11
LONG_TEXT = 34  # letters of a text that would push the other columns of a table off the page
SHORT_DIGEST = 8  # the same beside the name of a file in the lineage
DIGEST = 12  # hexadecimal digits of a file's digest that a page shows


def sections(kept: Sequence[dict], reader: Reader) -> list[dict]:
    """What the notebooks kept (`Book.sections`), ready for the template. Figures come with their SVG text."""
    out = []
    for section in kept:
        name = section["notebook"]
        blocks = [_block(block, f"{name[:2]}-{k}", name, reader) for k, block in enumerate(section["blocks"])]
        out.append(
            {"key": f"s{name[:2]}", "number": name[:2], "title": section["title"], "blocks": [b for b in blocks if b]}
        )
    return out


def glossary(language: str, currency: str) -> list[dict]:
    """Every measure that may stand on a page: label, formula, unit, version. Figures of activity stand on the team page alone."""
    kept = [m for m in metrics.MEASURES.values() if m.metric_class is not Class.ACTIVITY]
    return [
        {
            "id": m.id,
            "label": m.label(language),
            "formula": m.formula(language),
            "unit": unit_label(m.unit, language, currency=currency),
            "version": m.version,
        }
        for m in kept
    ]


def lineage(
    placed: Sequence[str], found: Mapping[str, Finding], kept: Sequence[dict], files: pd.DataFrame, reader: Reader
) -> list[list[str]]:
    """Rows: printed number, notebook and cell, definition, tables read, files behind them with their digests.

    One row per placed finding, in order.
    """
    cells = {b["id"]: b.get("cell", 0) for s in kept for b in s["blocks"] if b["kind"] == "finding"}
    reads = {s["notebook"]: s.get("reads", []) for s in kept}
    writer = {table: s["notebook"] for s in kept for table in s.get("writes", []) if table != "findings"}
    of_table: dict[str, list[str]] = {}
    for row in files[files["verdict"] == "read"].to_dict("records"):
        for table in str(row["tables"] or "").split() if not pd.isna(row["tables"]) else []:
            of_table.setdefault(table, []).append(f"{row['source_file']} ({str(row['digest'])[:SHORT_DIGEST]})")
    rows = []
    for each in placed:
        finding = found.get(each)
        if finding is None:
            continue
        tables = sorted(_roots(reads.get(finding.notebook, []), reads, writer, of_table))
        behind = sorted({f for t in tables for f in of_table.get(t, [])})
        value = (
            reader.write(finding.value, printed_in(finding), low=finding.low, high=finding.high)
            if finding.value is not None
            else reader.word("state", finding.state)
        )
        rows.append(
            [
                each,
                value,
                _place(finding.notebook, cells.get(each, 0)),
                finding.definition,
                ", ".join(tables) or "–",
                ", ".join(behind) or "–",
            ]
        )
    return rows


def lineage_lines(rows: Sequence[Sequence[str]], found: Mapping[str, Finding], reader: Reader) -> list[dict]:
    """Rows of `lineage` for the template: the measure's name before the id, data in words, files as a list to be folded."""
    out = []
    for finding_id, value, notebook, definition, tables, behind in rows:
        finding = found.get(finding_id)
        out.append(
            {
                "id": finding_id,
                "label": reader.named(finding) if finding is not None else "",
                "value": value,
                "notebook": notebook,
                "definition": definition,
                "behind": [
                    (", ".join(reader.word("table", t) for t in tables.split(", ")), _many(tables, reader)),
                    (behind, _many(behind, reader)),
                ],
            }
        )
    return out


def _place(notebook: str, cell: int) -> str:
    """Notebook and cell, as the executed notebook numbers it."""
    return f"{notebook}, In [{cell}]" if cell else notebook


def _many(listed: str, reader: Reader) -> str:
    """How many a list names; '' where it is short enough to stand as it is."""
    return reader.write(listed.count(", ") + 1, Unit.COUNT) if len(listed) > LONG_TEXT else ""


def file_rows(files: pd.DataFrame, reader: Reader) -> list[list[str]]:
    """Rows of the file log: file, part, what it was taken for, rows kept and set aside, first digits of its digest."""
    rows = []
    for row in files.sort_values(["source_file", "part"]).to_dict("records"):
        count = lambda c: reader.write(row[c], Unit.COUNT) if not pd.isna(row[c]) else "–"  # noqa: B023, E731
        rows.append(
            [
                row["source_file"],
                row["part"],
                reader.word("verdict", row["verdict"]),
                count("rows_kept"),
                count("rows_quarantined"),
                str(row["digest"])[:DIGEST],
            ]
        )
    return rows


def withheld(found: Mapping[str, Finding], language: str) -> list[dict]:
    """Findings without a figure, in their own words."""
    return [{"id": f.id, "text": f.text(language)} for f in found.values() if f.state != "ok"]


def _block(block: dict, key: str, notebook: str, reader: Reader) -> dict | None:
    kind = block["kind"]
    if kind == "figure":
        marks = "(1) " in block["alt"]
        return (
            {
                "kind": "figure",
                "svg": inline(block["svg"], key=f"f{key}", alt=block["alt"]),
                "alt": block["alt"],
                "marks": marks,
                "summary": reader.say("appendix.in_words_marks" if marks else "appendix.in_words"),
            }
            if block.get("svg")
            else None
        )
    if kind == "table":
        return _table(block, notebook, reader)
    return {"kind": kind, "text": block["text"]}


def _table(block: dict, notebook: str, reader: Reader) -> dict:
    """A table as the appendix prints it: its first rows, of one in order of time the newest months; blank columns left out; long texts
    and columns too many below their row.
    """
    if not block["rows"]:
        return {"kind": "text", "text": reader.say("appendix.none", title=block["title"])}
    numeric = block.get("numeric") or [False] * len(block["columns"])
    cells, file = block["cells"][:SHOWN_ROWS], f"{notebook}/{block['file']}"
    months = [] if block.get("time") is None else [row[block["time"]] for row in block["cells"]]
    if months:
        cells = [block["cells"][k] for k in newest(months, SHOWN_ROWS)]
    whole = reader.write(block["rows"], Unit.COUNT)
    given = {"shown": str(len(cells)), "all": whole, "file": file}
    if block["rows"] == len(cells):
        more = reader.say("appendix.file", file=file)
    elif months and months.count(since := min(row[block["time"]] for row in cells)) <= len(cells):  # whole months
        more = reader.say("appendix.rows_newest", month=reader.month(since), **given)
    else:
        more = reader.say("appendix.rows", **given)
    places = range(len(block["columns"]))
    filled = [k for k in places if k == 0 or any(row[k] for row in block["cells"])]
    long = [
        k
        for k in filled[1:]
        if not numeric[k] and len(filled) > NARROW and max(len(str(row[k])) for row in cells) > LONG_TEXT
    ]
    kept = [k for k in filled if k not in long][:MOST_COLUMNS]
    below = [k for k in filled if k not in kept]
    return {
        "kind": "table",
        "caption": block["title"],
        "columns": [{"text": block["columns"][k], "numeric": numeric[k]} for k in kept],
        "rows": [[row[k] for k in kept] for row in cells],
        "notes": [
            "; ".join(f"{block['columns'][k]}: {row[k]}" for k in below if row[k] not in ("", BLANK)) for row in cells
        ],
        "folded": block["rows"] > SHOWN_ROWS,
        "whole": whole,
        "wide": len(kept) > WIDE,
        "more": more,
    }


def _roots(
    tables: Sequence[str], reads: Mapping, writer: Mapping, of_table: Mapping, seen: frozenset = frozenset()
) -> set[str]:
    out: set[str] = set()
    for table in tables:
        if table in seen:
            continue
        if table in of_table:
            out.add(table)
        elif table in writer:
            out |= _roots(reads.get(writer[table], []), reads, writer, of_table, seen | {table})
    return out
