"""The appendix: a section per notebook, definitions, where each number comes from, the files that were read."""

from collections.abc import Mapping, Sequence

import pandas as pd

from scrm_helpers import metrics
from scrm_helpers.findings import Finding
from scrm_helpers.metrics import Class
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.svg import inline
from scrm_helpers.units import Unit, unit_label

OWN = "09_board"
DIGEST = 12  # hexadecimal digits of a file's digest that a page shows


def sections(kept: Sequence[dict], reader: Reader) -> list[dict]:
    """What the notebooks kept (`Book.sections`), ready for the template. Figures come with their SVG text."""
    out = []
    for section in kept:
        if section["notebook"] == OWN:
            continue
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
    """Rows: printed number, notebook, definition, tables read, files behind them. One row per placed finding, in order."""
    reads = {s["notebook"]: s.get("reads", []) for s in kept}
    writer = {table: s["notebook"] for s in kept for table in s.get("writes", []) if table != "findings"}
    of_table: dict[str, list[str]] = {}
    for row in files.to_dict("records"):
        for table in str(row["tables"] or "").split() if not pd.isna(row["tables"]) else []:
            of_table.setdefault(table, []).append(row["source_file"])
    rows = []
    for each in placed:
        finding = found.get(each)
        if finding is None:
            continue
        tables = sorted(_roots(reads.get(finding.notebook, []), reads, writer, of_table))
        behind = sorted({f for t in tables for f in of_table.get(t, [])})
        value = (
            reader.write(finding.value, finding.unit, low=finding.low, high=finding.high)
            if finding.value is not None
            else reader.word("state", finding.state)
        )
        rows.append(
            [each, value, finding.notebook, finding.definition, ", ".join(tables) or "–", ", ".join(behind) or "–"]
        )
    return rows


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
        return (
            {"kind": "figure", "svg": inline(block["svg"], key=f"f{key}", alt=block["alt"]), "alt": block["alt"]}
            if block.get("svg")
            else None
        )
    if kind == "table":
        numeric = block.get("numeric") or [False] * len(block["columns"])
        file = f"{notebook}/{block['file']}"
        more = (
            reader.say(
                "appendix.rows", shown=str(len(block["cells"])), all=reader.write(block["rows"], Unit.COUNT), file=file
            )
            if block["rows"] > len(block["cells"])
            else reader.say("appendix.file", file=file)
        )
        columns = [{"text": c, "numeric": n} for c, n in zip(block["columns"], numeric, strict=True)]
        return {"kind": "table", "caption": block["title"], "columns": columns, "rows": block["cells"], "more": more}
    return {"kind": kind, "text": block["text"]}


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
