"""Text and spreadsheet files with fixed bytes: column text by whole arrays, encodings, separators, fixed time stamps."""

import io
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from scrm_helpers import workbooks

_QUOTED = re.compile(r'[",;\t\r\n]')


def money(kurus, *, comma: bool = False, thousands: bool = False) -> pa.Array:
    """Kuruş as text: 123456 becomes `1234.56`, with `comma` `1234,56`, with `thousands` `1.234,56`."""
    value = np.asarray(kurus, dtype="int64")
    size = np.abs(value)
    whole, cents = size // 100, pad(size % 100, 2)
    text = _grouped(whole) if thousands else pa.array(whole).cast(pa.string())
    sign = pa.array(np.where(value < 0, "-", ""))
    return pc.binary_join_element_wise(sign, text, "," if comma else ".", cents, "")


def _grouped(whole: np.ndarray) -> pa.Array:
    units = pa.array(whole % 1000)
    top, mid = whole // 1_000_000, whole // 1000 % 1000
    small = units.cast(pa.string())
    middle = pc.binary_join_element_wise(pa.array(whole // 1000).cast(pa.string()), pad(whole % 1000, 3), ".")
    large = pc.binary_join_element_wise(pa.array(top).cast(pa.string()), pad(mid, 3), pad(whole % 1000, 3), ".")
    return pc.if_else(pa.array(whole < 1000), small, pc.if_else(pa.array(whole < 1_000_000), middle, large))


def pad(number, width: int) -> pa.Array:
    """Whole numbers with leading zeros."""
    return pc.utf8_lpad(pa.array(np.asarray(number, dtype="int64")).cast(pa.string()), width, "0")


def moment(stamps, form: str) -> pa.Array:
    """Times or days as text."""
    return pc.strftime(pa.array(np.asarray(stamps, dtype="M8[s]")), format=form)


def join(*parts, sep: str = "") -> pa.Array:
    """Arrays and constants put side by side."""
    return pc.binary_join_element_wise(*(_text(p) for p in parts), sep)


def _text(part):
    if isinstance(part, str):
        return part
    return (
        pa.array(part, from_pandas=True).cast(pa.string()) if not isinstance(part, pa.Array | pa.ChunkedArray) else part
    )


def csv_text(columns: dict, *, sep: str = ",", header: bool = True, quote: str = "needed") -> str:
    """A table as delimited text with LF ends; columns are arrays of text or numbers, missing is empty."""
    table = pa.table({str(k): _column(v) for k, v in enumerate(columns.values())})
    out = io.BytesIO()
    options = pacsv.WriteOptions(include_header=False, delimiter=sep, quoting_style=quote)
    pacsv.write_csv(table, out, options)
    top = sep.join(_cell(name) for name in columns) + "\n" if header else ""
    return top + out.getvalue().decode()


def _column(values) -> pa.Array:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if isinstance(values, pd.Series):
        values = values.to_numpy()
    return pa.array(values, from_pandas=True)


def _cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if _QUOTED.search(name) else name


def save(path: Path, text: str, *, encoding: str = "utf-8", ends: str = "\n", append: bool = False) -> None:
    """Text into a file. An appended part carries no byte order mark of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if ends != "\n":
        text = text.replace("\n", ends)
    if append:
        encoding = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16" else text.encode(encoding)
    with path.open("ab" if append else "wb") as file:
        file.write(data)


def workbook(path: Path, sheets: dict[str, list[list]], *, merged: dict[str, list[str]] | None = None) -> None:
    """Rows of cells into an .xlsx whose bytes depend on the cells alone (no time of writing inside)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in (merged or {}).get(title, []):
            sheet.merge_cells(area)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbooks.steady(book))


def day(value) -> "pd.Timestamp":
    """A day as a spreadsheet date."""
    return pd.Timestamp(str(value)).to_pydatetime()
