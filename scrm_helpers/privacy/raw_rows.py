"""Where a person stands in the raw files: the suite never writes there, so whoever keeps them must delete these rows."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scrm_helpers.ingestion import decode, workbook
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.privacy.finding import Found, months
from scrm_helpers.store.suppression import FOLDER, form
from scrm_helpers.store.workspace import Workspace

NUMBER = re.compile(r"[+(]?\d[\d ().-]{8,}\d")
SHEETS, TEXTS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), (".csv", ".tsv", ".txt")


def listed(workspace: Workspace, found: Found) -> dict[str, list[int]]:
    """File -> rows (counted from 1, as an editor or a spreadsheet does) that speak of the person. Call it before tables are changed.

    Two ways together: rows that ended in a table under one of the person's accounts, and rows with one of the person's contacts.
    A file that cannot be opened is listed with row 0: look into it by hand.
    """
    rows = _by_lineage(workspace, found)
    for name, path in _files(workspace):
        try:
            hits = _by_contact(path, name, found)
        except (InputError, OSError):
            hits = {0}
        if hits:
            rows.setdefault(name, set()).update(hits)
    return {name: sorted(numbers) for name, numbers in sorted(rows.items())}


def _files(workspace: Workspace) -> list[tuple[str, Path]]:
    """Raw files, and sheets that somebody keeps in `private` (a recheck being answered): both are theirs to change."""
    kept = lambda p: p.is_file() and not p.name.startswith((".", "~$"))  # noqa: E731
    raw = [(p.relative_to(workspace.raw).as_posix(), p) for p in sorted(workspace.raw.rglob("*")) if kept(p)]
    own = [p for p in sorted(workspace.private.rglob("*")) if kept(p) and p.suffix.lower() in (*SHEETS, *TEXTS)]
    own = [p for p in own if FOLDER not in p.relative_to(workspace.private).parts]
    return raw + [(p.relative_to(workspace.root).as_posix(), p) for p in own]


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


def _by_contact(path: Path, name: str, found: Found) -> set[int]:
    mails = {t for t in found.texts if "@" in t}
    numbers = {t for t in found.texts if "@" not in t}
    if path.suffix.lower() in SHEETS:
        lines = [" ".join(row) for _, rows in workbook.sheets(path, name) for row in rows]
    elif path.suffix.lower() == ".parquet":
        lines = ["", *(" ".join(str(v) for v in row.values()) for row in pq.read_table(path).to_pylist())]
    elif path.suffix.lower() in TEXTS:
        lines = decode.decode(path.read_bytes(), name)[0].splitlines()
    else:
        return set()
    hits = set()
    for number, line in enumerate(lines, start=1):
        low = line.lower()
        if any(m in low for m in mails) or (numbers and any(form("phone", n) in numbers for n in NUMBER.findall(line))):
            hits.add(number)
    return hits
