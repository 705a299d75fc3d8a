"""Workbooks whose bytes depend on their cells alone."""

import io
import re
import zipfile

import openpyxl

STAMP = (2026, 1, 1, 0, 0, 0)  # in place of the time of writing


def steady(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook without the time of its writing: the same cells give the same bytes."""
    raw, out = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", data)
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, data)
    return out.getvalue()
