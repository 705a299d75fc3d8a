"""Any CSV, workbook or Parquet of a user, as a view of DuckDB: encoding, separator, heading, moments and numbers told from the file itself.

The benchmarks that take a file of any make share this. What cannot be read raises ValueError with one sentence.
"""

import re
import unicodedata
from pathlib import Path

import duckdb
import pandas as pd

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%y %H:%M",
    "%m/%d/%y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d/%m/%y %H:%M",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
)
OFFSET = r":\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?)$"  # a moment that says how far its clock is from UTC
LEAST = 0.5  # share of the moments that must be readable


def open_file(con, path: Path, separator: str = "") -> list[str]:
    """The file as the view `given`; gives its columns."""
    if not path.is_file():
        raise ValueError(f"{path}: no such file.")
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        try:
            con.execute(f"create view given as select * from read_parquet('{quoted(path)}')")
        except duckdb.Error as error:
            raise ValueError(f"{path.name}: is no readable Parquet file ({str(error).splitlines()[0]}).") from error
    elif kind in (".xlsx", ".xls", ".xlsb", ".ods"):
        sheet = pd.read_excel(path, dtype=object, engine="calamine")
        sheet.columns = [str(c) for c in sheet.columns]
        text = sheet.map(lambda v: None if pd.isna(v) else str(v))
        con.register("sheet", text)
        con.execute("create view given as select * from sheet")
    else:
        _open_text(con, path, separator)
    return [row[0] for row in con.execute("describe given").fetchall()]


def _open_text(con, path: Path, separator: str) -> None:
    head, encoding = head_of(path)
    if not head:
        raise ValueError(f"{path.name}: came empty, expected a heading and rows.")
    separator = {"\\t": "\t", "tab": "\t"}.get(separator, separator) or separator_of(head)
    if separator == " ":
        header = None if _is_data(head[0].split()) else 0
        width = max(len(line.split()) for line in head)
        frame = pd.read_csv(
            path,
            sep=r"\s+",
            dtype=str,
            header=None,
            skiprows=0 if header is None else 1,
            encoding=encoding,
            names=None if header is None else _unique(head[0].split(), width),
            engine="c",
            on_bad_lines="skip",
        )
        frame.columns = [str(c) if header is not None else f"column{c}" for c in frame.columns]
        con.register("frame", frame)
        con.execute("create view given as select * from frame")
        return
    header = not _is_data([cell.strip('" ') for cell in head[0].split(separator)])
    if encoding in ("utf-8", "latin-1", "utf-16"):
        options = (
            f"delim = '{separator}', header = {str(header).lower()}, all_varchar = true, quote = '\"', escape = '\"', "
            f"null_padding = true, strict_mode = false, ignore_errors = true, encoding = '{encoding}', parallel = false"
        )
        try:
            con.execute(f"create temp table given as select * from read_csv('{quoted(path)}', {options})")
            return
        except duckdb.Error:
            pass  # pandas below reads it, or says why not
    frame = pd.read_csv(
        path, sep=separator, dtype=str, header=0 if header else None, encoding=encoding, on_bad_lines="skip"
    )
    frame.columns = [str(c) if header else f"column{c}" for c in frame.columns]
    con.register("frame", frame)
    con.execute("create view given as select * from frame")


def head_of(path: Path) -> tuple[list[str], str]:
    """The first lines that are not blank, and the encoding."""
    if path.suffix.lower() in (".gz", ".bz2", ".xz", ".zip"):
        opened = pd.io.common.get_handle(path, "rb", compression="infer", is_text=False)
        raw = opened.handle.read(1 << 16)
        opened.close()
    else:
        with path.open("rb") as file:
            raw = file.read(1 << 16)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            encoding = (
                "utf-8" if error.start > len(raw) - 4 else "cp1254" if b"\xfd" in raw or b"\xfe" in raw else "latin-1"
            )
    if b"\x00" in raw and encoding != "utf-16":
        raise ValueError(f"{path.name}: is neither text nor Parquet nor a workbook; expected one of them.")
    lines = [line for line in raw.decode(encoding, errors="replace").lstrip("\ufeff").splitlines() if line.strip()]
    return lines[:50], encoding


def separator_of(head: list[str]) -> str:
    """The one that splits the first lines into the same number of parts, most parts first."""
    best = max((",", ";", "\t", "|"), key=lambda s: (min(line.count(s) for line in head[:10]), head[0].count(s)))
    if best in head[0] and min(line.count(best) for line in head[:10]) >= 1:
        return best
    return " "


def _is_data(cells: list[str]) -> bool:
    """Whether a first row is data and no heading: two cells or more hold nothing but a number or a date."""
    return sum(bool(re.fullmatch(r"[-+]?[\d.,:/\-]+", c.strip())) for c in cells) >= 2


def _unique(names: list[str], width: int) -> list[str]:
    return [*names, *(f"column{k}" for k in range(len(names), width))]


def moment(con, column: str, *, zone: str = "", dayfirst: bool = False, flag: str = "--time") -> tuple[str, str]:
    """SQL of a column as a moment, and the form it is written in: the one that reads most."""
    kind = con.execute(f"select typeof({name_of(column)}) from given limit 1").fetchone()
    kind = kind[0] if kind else "VARCHAR"
    zone = zone.replace("'", "")
    con.execute("set TimeZone = 'UTC'")  # the machine's own zone decides nothing
    shift = (lambda sql: f"(({sql}) at time zone 'UTC' at time zone '{zone}')") if zone else (lambda sql: sql)
    if kind.startswith(("TIMESTAMP", "DATE")):
        return shift(f"{name_of(column)}::timestamp"), f"{kind.lower()}{' in ' + zone if zone else ''}"
    text = f"trim({text_of(column)})"
    order = FORMATS
    if dayfirst:
        order = tuple(f for f in FORMATS if "%m/%d" not in f) + tuple(f for f in FORMATS if "%m/%d" in f)
    ways = [(f"try_strptime({text}, '{f}')", f.replace("%", "")) for f in order]
    ways.append(_iso(con, column, text, zone))
    epoch = f"try_cast({text} as bigint)"
    ways += [
        (f"case when {epoch} between 600000000 and 4000000000 then epoch_ms({epoch} * 1000) end", "seconds since 1970"),
        (
            f"case when {epoch} between 600000000000 and 4000000000000 then epoch_ms({epoch}) end",
            "milliseconds since 1970",
        ),
    ]
    counts = con.execute(
        f"select {', '.join(f'count({sql})' for sql, _ in ways)}, count(*) "
        f"from (select {name_of(column)} from given where {name_of(column)} is not null "
        "using sample 20000 rows (reservoir, 1))"
    ).fetchone()
    best = max(range(len(ways)), key=lambda k: (counts[k], -k))
    if not counts[-1] or counts[best] < LEAST * counts[-1]:
        raise ValueError(
            f"the moments in {column!r} are not readable ({counts[best]:,} of {counts[-1]:,} at best), expected dates such as "
            f"2026-10-31, 31.10.2026 or 20261031. Name another column with {flag}."
        )
    fall_back = f"coalesce({ways[best][0]}, {_iso(con, column, text, zone)[0]})"  # a file may mix days with moments
    return shift(f"({fall_back})::timestamp"), ways[best][1]


def _iso(con, column: str, text: str, zone: str) -> tuple[str, str]:
    """SQL of ISO moments. As written where all clocks of the file agree and no zone is asked for; else in UTC, offsets taken off."""
    plain = f"try_cast({text} as timestamp)"
    clock = f"nullif(regexp_extract({text}, '{OFFSET}', 2), '')"
    clocks = con.execute(f"select count(distinct {clock}) from (select {name_of(column)} from given limit 20000)").fetchone()[0]
    if not clocks or (clocks == 1 and not zone):
        return plain, "ISO, by the clock as written" if clocks else "ISO"
    moment = f"try_cast({text} as timestamptz) at time zone 'UTC'"
    form = f"ISO with offsets, in {zone}" if zone else "ISO with different offsets, in UTC (--zone names the business's own)"
    return f"case when regexp_matches({text}, '{OFFSET}') then {moment} else {plain} end", form


def money(con, column: str) -> str:
    """SQL of a column as a number: currency signs and blanks go, a decimal comma is seen as one."""
    kind = con.execute(f"select typeof({name_of(column)}) from given limit 1").fetchone()
    if kind and kind[0] not in ("VARCHAR",):
        return f"(case when isfinite({name_of(column)}::double) then {name_of(column)}::double end)"
    text = f"regexp_replace({text_of(column)}, '[^0-9,.()\\-]', '', 'g')"
    comma, point = con.execute(
        f"select count(*) filter (regexp_matches({text}, ',\\d{{1,2}}\\)?$')), count(*) filter "
        f"(regexp_matches({text}, '\\.\\d+\\)?$')) from (select {name_of(column)} from given limit 20000)"
    ).fetchone()
    plain = f"replace(replace({text}, '.', ''), ',', '.')" if comma > point else f"replace({text}, ',', '')"
    return f"try_cast(case when {plain} like '(%)' then '-' || trim({plain}, '()') else {plain} end as double)"


def folded(name: str) -> str:
    """A column's name without marks, in lower case, words joined by `_`."""
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("İ", "i")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def name_of(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def text_of(column: str) -> str:
    return f"{name_of(column)}::varchar"


def quoted(path: Path) -> str:
    return str(path).replace("'", "''")
