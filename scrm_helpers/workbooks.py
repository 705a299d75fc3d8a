"""Workbooks whose bytes depend on their cells alone."""

import io
import re
import zipfile
from datetime import datetime

import openpyxl

STAMP = datetime(2026, 1, 1)  # in place of the time of writing


def steady(book: openpyxl.Workbook, *, stamp: datetime = STAMP) -> bytes:
    """The bytes of a workbook without the time of its writing (it says `stamp`): the same cells give the same bytes."""
    moment = f"{stamp:%Y-%m-%dT%H:%M:%SZ}".encode()
    raw, out = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", moment, data)
            info = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, data)
    return out.getvalue()
