"""Where a person stands in the raw files: the suite never writes there, so whoever keeps them must delete these rows."""

import csv
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scrm_helpers.ingestion import decode, delimited, generic, webpage, workbook
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.recipe import load_recipes
from scrm_helpers.privacy.finding import Found, months
from scrm_helpers.store import sources_of
from scrm_helpers.store.suppression import FOLDER, form
from scrm_helpers.store.workspace import Workspace

NUMBER = re.compile(r"[+(]?\d[\d ().-]{8,}\d")
SHEETS, TEXTS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), (".csv", ".tsv", ".txt")


def listed(workspace: Workspace, found: Found) -> dict[str, list[int]]:
    """File -> rows that speak of the person. Call it before tables are changed.

    Rows are counted from 1: records of a text file with its header, as a spreadsheet shows them; rows of a sheet, named `file (sheet)`
    where a workbook has several; rows of a Parquet file, which has no header row. Two ways together: rows that ended in a table under
    one of the person's accounts, and rows with one of the person's contacts. A file that cannot be opened is listed with row 0: look
    into it by hand. Files that sources.yml names outside the raw folder are searched too.
    """
    rows = _by_lineage(workspace, found)
    owned = {value.partition("|")[2] for kind, value in found.values if kind == "record"}
    files, closed = _files(workspace)
    for name in closed:
        rows.setdefault(name, set()).add(0)
    for name, path in files:
        try:
            parts = _parts(path, name)
        except (InputError, OSError, pa.ArrowException):
            rows.setdefault(name, set()).add(0)
            continue
        read = rows.pop(name, set()) if len(parts) > 1 else set()  # a table's row says the file, not the sheet
        placed = set()
        for label, lines in parts:
            mine = {n for n in read if n <= len(lines) and (owned & set(lines[n - 1]) or _speaks(lines[n - 1], found))}
            placed |= mine
            if hits := mine | {n for n, cells in enumerate(lines, 1) if _speaks(cells, found)}:
                rows.setdefault(label, set()).update(hits)
        if read - placed:
            rows[name] = read - placed  # of a sheet that cannot be told
    return {name: sorted(numbers) for name, numbers in sorted(rows.items())}


def _files(workspace: Workspace) -> tuple[list[tuple[str, Path]], list[str]]:
    """Raw files, those that sources.yml names elsewhere, and sheets that somebody keeps in `private` (a recheck being answered): all are
    theirs to change. With them the patterns of sources.yml whose folder cannot be reached."""
    kept = lambda p: p.is_file() and not p.name.startswith((".", "~$"))  # noqa: E731
    raw = {p.relative_to(workspace.raw).as_posix(): p for p in sorted(workspace.raw.rglob("*")) if kept(p)}
    closed = []
    for entry in generic.entries(sources_of(workspace), load_recipes()):
        if entry.database or entry.file.startswith(generic.PACKAGE):
            continue  # a query's rows lie in no file; a package holds nobody's
        try:
            for path, name in generic.paths(entry, workspace.raw):
                raw.setdefault(name, path)
        except InputError:
            closed.append(entry.file)
    own = [p for p in sorted(workspace.private.rglob("*")) if kept(p) and p.suffix.lower() in (*SHEETS, *TEXTS)]
    own = [p for p in own if FOLDER not in p.relative_to(workspace.private).parts]
    return [*raw.items(), *((p.relative_to(workspace.root).as_posix(), p) for p in own)], closed


def _by_lineage(workspace: Workspace, found: Found) -> dict[str, set[int]]:
    out: dict[str, set[int]] = {}
    for month in months(workspace):
        for path in sorted((workspace.processed / month).glob("*.parquet")):
            names = pq.read_schema(path).names
            mine = [c for c in names if c.endswith("account_id")]
            if not mine or "source_row" not in names:
                continue
            table = pq.read_table(path, columns=[*mine, "source_file", "source_row"])
            for column in mine:
                ids = pa.array(sorted(found.accounts), table[column].type)
                part = table.filter(pc.fill_null(pc.is_in(table[column], value_set=ids), False))
                for file, row in zip(part["source_file"].to_pylist(), part["source_row"].to_pylist(), strict=True):
                    out.setdefault(file, set()).add(int(row))
    return out


def _parts(path: Path, name: str) -> list[tuple[str, list[list[str]]]]:
    """(name, rows of cells) of a file, of each sheet where it has several; row n of the file is the n-th."""
    ending = path.suffix.lower()
    if ending in (*SHEETS, *TEXTS) and decode.is_page(data := path.read_bytes()):  # a page under the name of a table
        text = decode.text_of(data, name)[0]
        return [(name, webpage.records(text) or [[line] for line in text.splitlines()])]
    if ending in SHEETS:
        found = workbook.sheets(path, name)
        return [(f"{name} ({sheet})" if len(found) > 1 else name, rows) for sheet, rows in found]
    if ending == ".parquet":
        return [(name, [["" if v is None else str(v) for v in row.values()] for row in pq.read_table(path).to_pylist()])]
    if ending not in TEXTS:
        return []
    text = decode.decode(path.read_bytes(), name)[0]
    try:
        return [(name, delimited.records(text, name)[0])]
    except (InputError, csv.Error):  # no table: line by line
        return [(name, [[line] for line in text.splitlines()])]


def _speaks(cells: list[str], found: Found) -> bool:
    """Whether a row holds one of the person's contacts."""
    line = " ".join(cells)
    low = line.lower()
    numbers = {t for t in found.texts if "@" not in t}
    if any(t in low for t in found.texts if "@" in t):
        return True
    return bool(numbers) and any(form("phone", n) in numbers for n in NUMBER.findall(line))
