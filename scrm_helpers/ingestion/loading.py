"""Files to text tables: every file becomes one or more parts, each an all-text DuckDB table with the row number of the file."""

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from scrm_helpers.ingestion import blocks as cut
from scrm_helpers.ingestion import delimited, webpage, workbook
from scrm_helpers.ingestion.decode import HEAD, decode, half_written, is_page, no_table, refuse_foreign, text_of
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.texts import tell

TEXT, BOOK, COLUMNAR = (".csv", ".tsv", ".txt"), (".xlsx", ".xls", ".xlsm", ".ods"), (".parquet",)
ENDINGS = TEXT + BOOK + COLUMNAR
FAST = 8 << 20  # bytes from which plain text is parsed in blocks instead of record by record
HEAD_BYTES = 400_000  # of a large file, in which its header and its manners are looked for
ROW = "_row"
SPACES = " \t\r\n\v\f\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\ufeff"


@dataclass
class Part:
    """One table of a file. Its DuckDB table has the columns c0, c1, ... (text, blank is NULL) and `_row`."""

    file: str
    part: str
    header: list[str]
    folded: list[str]
    table: str
    rows: int
    digest: str
    encoding: str = ""
    header_row: int = 0
    preamble: list[str] = field(default_factory=list)
    dropped: list[tuple[int, str, list[str]]] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)  # row, cells
    exact: frozenset[int] = frozenset()  # columns that a program wrote with types: no evidence needed
    base: str = ""  # of a large file: the table under the view `table`; its row ids count from the file's row `first`
    first: int = 0
    across: bool = False  # whether months stood side by side: several rows then have the number of one row of the file

    @property
    def damaged(self) -> bool:
        """Whether a program lost letters in the header."""
        return any("?" in h and h.replace("?", "").strip() and not h.endswith("?") for h in self.header)

    def take_off(self, con, rows: list[int]) -> None:
        """Takes rows of the file out of its table."""
        of, less = (self.base, self.first) if self.base else (self.table, 0)
        con.execute(f"DELETE FROM {of} WHERE {'rowid' if self.base else ROW} IN ({', '.join(str(n - less) for n in rows)})")
        self.rows -= len(rows)


class Loader:
    """Loads files into a DuckDB connection; tables are named raw_1, raw_2, ..."""

    def __init__(self, connection, known: cut.Known):
        self.con, self.known, self._made = connection, known, 0

    def load(self, path: Path, name: str) -> list[Part]:
        """The parts of a file; InputError in one sentence where it cannot be used."""
        try:
            digest = sha256(path)
            ending = path.suffix.lower()
            if ending in COLUMNAR:
                return [self._parquet(path, name, digest)]
            with path.open("rb") as stream:
                page = is_page(stream.read(HEAD))
            if page:
                return self._page(path.read_bytes(), name, digest)
            if ending in BOOK:
                return self._book(path, name, digest)
            return self._text(path, name, digest)
        except PermissionError as error:
            raise InputError(tell("console.bytes.locked", file=name), "locked") from error

    def _text(self, path: Path, name: str, digest: str) -> list[Part]:
        if path.stat().st_size > FAST and (part := self._direct(path, name, digest)):
            return [part]
        data = path.read_bytes()
        text, encoding = decode(data, name)
        if len(data) > FAST and (part := self._fast(text, name, digest, encoding)):
            return [part]
        rows, _ = delimited.records(text, name)
        whole = text.endswith(("\n", "\r"))
        return self._parts(cut.blocks(rows, self.known), name, "", digest, encoding, ragged=True, whole=whole)

    def _page(self, data: bytes, name: str, digest: str) -> list[Part]:
        """A web page under the name of a table: what a spreadsheet would show of it, without its guesses at numbers and days."""
        text, encoding = text_of(data, name)
        if not (rows := webpage.records(text)):
            raise no_table(name)
        return self._parts(cut.blocks(rows, self.known), name, "", digest, encoding, ragged=False)

    def _book(self, path: Path, name: str, digest: str) -> list[Part]:
        if path.stat().st_size == 0:
            refuse_foreign(b"", name)
        found = workbook.sheets(path, name)
        if not found:
            raise InputError(tell("console.bytes.no_cell", file=name), "empty")
        parts, alone = [], len(found) == 1
        for sheet, rows in found:
            parts += self._parts(cut.blocks(rows, self.known), name, "" if alone else sheet, digest, "", ragged=False)
        if not parts:
            raise no_header(name)
        return parts

    def _parts(
        self, found, name: str, part: str, digest: str, encoding: str, *, ragged: bool, whole: bool = True
    ) -> list[Part]:
        if not found and ragged:
            raise no_header(name)
        out = []
        for number, block in enumerate(found, 1):
            label = part if len(found) == 1 else f"{part}{'/' if part else ''}block {number}"
            out.append(
                self._block(block, name, label, digest, encoding, ragged=ragged, whole=whole or number < len(found))
            )
        return out

    def _block(self, block, name: str, label: str, digest: str, encoding: str, *, ragged: bool, whole: bool) -> Part:
        header = list(block.header)
        while header and not header[-1]:
            header.pop()
        width = len(header)
        odd = _ragged(block, width) if ragged else []
        if odd and not whole and odd[-1][0] == block.rows[-1][0] and odd[-1][1] < width:
            raise half_written(name, tell("console.bytes.last_row", cells=str(odd[-1][1]), width=str(width)))
        numbers = pa.array([n for n, _ in block.rows], pa.int64())
        columns = [[(r[k].strip() or None) if k < len(r) else None for _, r in block.rows] for k in range(width)]
        arrays = [pa.array(c, pa.string()) for c in columns]
        table = self._keep(pa.table([*arrays, numbers], names=[*(f"c{k}" for k in range(width)), ROW]))
        part = Part(
            name,
            label,
            header,
            [cut.fold(h) for h in header],
            table,
            len(block.rows),
            digest,
            encoding,
            block.header_row,
            block.preamble,
            block.dropped,
            odd,
        )
        return part

    def _direct(self, path: Path, name: str, digest: str) -> Part | None:
        """A large plain UTF-8 table, parsed by the engine as it lies on disk; None where anything about it is not plain."""
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        head = head[: head.rfind(b"\n") + 1]
        refuse_foreign(head, name)
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        if "\x00" in text or text.startswith(("sep=", '"sep=')):
            return None
        rows, separator = delimited.records(text, name, whole=False)
        found = cut.blocks(rows, self.known)
        if len(found) != 1 or any("\n" in c for r in rows[: found[0].header_row] for c in r):
            return None
        block = found[0]
        if block.dropped or (block.rows[0][0] if block.rows else 0) != block.header_row + 1 or not all(block.header):
            return None
        self._made += 1
        table, width = f"raw_{self._made}", len(block.header)
        base, first = f"{table}_rows", block.header_row + 1
        place, named = str(path).replace("'", "''"), ", ".join(f"'c{k}': 'VARCHAR'" for k in range(width))
        self.con.execute("SET preserve_insertion_order = true")  # row ids then count as the file's rows do
        try:
            self.con.execute(
                f"CREATE OR REPLACE TEMP TABLE {base} AS SELECT * FROM read_csv('{place}', header = false, skip = {block.header_row}, "
                f"delim = '{separator}', quote = '\"', escape = '\"', columns = {{{named}}}, auto_detect = false, strict_mode = true, "
                "null_padding = false)"
            )
        except duckdb.Error:  # ragged rows, another encoding, an open quote: read record by record, which says what it is
            return None
        count = self.con.execute(f"SELECT count(*) FROM {base}").fetchone()[0]
        if count + block.header_row != _lines(path):  # blank lines, or line ends inside cells: rows need counting as a person does
            self.con.execute(f"DROP TABLE {base}")
            return None
        self._tidy(base, width)
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT *, rowid + {first} AS {ROW} FROM {base}")
        encoding = "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
        header = block.header
        part = Part(
            name,
            "",
            header,
            [cut.fold(h) for h in header],
            table,
            count,
            digest,
            encoding,
            block.header_row,
            block.preamble,
            base=base,
            first=first,
        )
        return self._totals(part)

    def _tidy(self, base: str, width: int) -> None:
        """Takes spaces off the ends of cells, in the columns that have any; a cell of spaces is blank."""
        tests = (f"coalesce(bool_or(c{k} < '!' OR c{k} > '~' OR {ends(k)}), FALSE)" for k in range(width))
        found = self.con.execute(f"SELECT {', '.join(tests)} FROM {base}").fetchone()
        if any(found):
            cells = (f"nullif(trim(c{k}, '{SPACES}'), '') AS c{k}" if odd else f"c{k}" for k, odd in enumerate(found))
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE {base} AS SELECT {', '.join(cells)} FROM {base}")

    def _fast(self, text: str, name: str, digest: str, encoding: str) -> Part | None:
        """A large plain table in one go; None where it has ragged rows, stacked tables or blank lines (then read record by record)."""
        head = text[: text.index("\n", 200_000)] if len(text) > 200_001 else text
        rows, separator = delimited.records(head, name, whole=len(head) == len(text))
        found = cut.blocks(rows, self.known)
        if (
            len(found) != 1
            or any("\n" in c for r in rows[: found[0].header_row] for c in r)
            or text.startswith(("sep=", '"sep='))
        ):
            return None
        block, odd = found[0], []
        first = block.rows[0][0] if block.rows else block.header_row + 1
        if block.dropped or first != block.header_row + 1:
            return None
        names = [f"c{k}" for k in range(len(rows[block.header_row - 1]))]
        options = {
            "read_options": pacsv.ReadOptions(
                skip_rows=block.header_row, column_names=names, use_threads=False, block_size=8 << 20
            ),
            "parse_options": pacsv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lambda row: odd.append(row) or "skip",
            ),
            "convert_options": pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        }
        try:
            table = pacsv.read_csv(io.BytesIO(text.encode()), **options)
        except pa.ArrowInvalid:
            return None
        if odd:
            return None
        width = (
            len([h for h in block.header]) if block.header[-1] else max(k for k, h in enumerate(block.header) if h) + 1
        )
        numbers = pa.array(range(block.header_row + 1, block.header_row + 1 + len(table)), pa.int64())
        raw = self._keep(table.select(names[:width]).append_column(ROW, numbers), trim=True)
        header = block.header[:width]
        part = Part(
            name,
            "",
            header,
            [cut.fold(h) for h in header],
            raw,
            len(table),
            digest,
            encoding,
            block.header_row,
            block.preamble,
        )
        return self._totals(part)

    def _totals(self, part: Part) -> Part:
        """Totals of a large table are found in SQL: a first cell that says so."""
        label = f"coalesce({', '.join(f'c{k}' for k in range(len(part.header)))})"  # the first filled cell, as in `says_total`
        said = f"regexp_matches({label}, '(?i)^\\s*(grand |sub)?total|^genel toplam|^ara toplam|^toplam|^summary$')"
        look = f"CASE WHEN ascii({label}) IN ({', '.join(str(ord(c)) for c in 'AaGgSsTt')}) OR ascii({label}) < 33 THEN {said} END"
        found = self.con.execute(f"SELECT * FROM {part.table} WHERE {look} ORDER BY {ROW}").fetchall()
        rows = [(r[-1], [c or "" for c in r[:-1]]) for r in found]
        named = [(n, cells) for n, cells in rows if cut.says_total(cells)]
        if named:
            filled, wordless = self._usual(part, [n for n, _ in named])
            part.dropped += [(n, "total", cells) for n, cells in named if cut.is_total(cells, filled, wordless)]
        if part.dropped:
            part.take_off(self.con, [n for n, _, _ in part.dropped])
        return part

    def _usual(self, part: Part, apart: list[int]) -> tuple[list[float], list[bool]]:
        """Of each column, over all rows but those `apart`: the share that fills it, and whether it holds no words."""
        parts = []
        for k in range(len(part.header)):
            full = f"c{k} IS NOT NULL AND NOT regexp_matches(c{k}, '^[\\s-]*$')"
            parts += [f"avg(({full})::INTEGER)", f"bool_and(CASE WHEN {full} THEN regexp_matches(c{k}, '{cut.NUMBER}') END)"]
        found = self.con.execute(
            f"SELECT {', '.join(parts)} FROM {part.table} WHERE {ROW} NOT IN ({', '.join(map(str, apart))})"
        ).fetchone()
        return [1.0 if v is None else v for v in found[::2]], [bool(v) for v in found[1::2]]

    def _parquet(self, path: Path, name: str, digest: str) -> Part:
        place = str(path).replace("'", "''")
        try:
            described = self.con.execute(f"DESCRIBE SELECT * FROM read_parquet('{place}')").fetchall()
        except Exception as error:
            if isinstance(error, PermissionError):
                raise
            raise InputError(tell("console.bytes.half_parquet", file=name), "half_written") from error
        self._made += 1
        table = f"raw_{self._made}"
        cells = ", ".join(f"{_as_text(column, kind)} AS c{k}" for k, (column, kind, *_) in enumerate(described))
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {cells}, file_row_number + 1 AS {ROW} FROM read_parquet('{place}', file_row_number=true)"  # noqa: E501
        )
        count = self.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        header = [d[0] for d in described]
        exact = frozenset(k for k, d in enumerate(described) if d[1] != "VARCHAR")
        return Part(name, "", header, [cut.fold(h) for h in header], table, count, digest, exact=exact)

    def _keep(self, table: pa.Table, *, trim: bool = False) -> str:
        self._made += 1
        name = f"raw_{self._made}"
        cells = (
            "* "
            if not trim
            else ", ".join(f"nullif(trim({c}, '{SPACES}'), '') AS {c}" for c in table.column_names if c != ROW) + f", {ROW}"
        )
        self.con.register("_arriving", table)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {cells} FROM _arriving")
        self.con.unregister("_arriving")
        return name


def ends(k: int) -> str:
    """SQL: whether a cell of column `k` ends in a space of any kind."""
    return " OR ".join(f"c{k} LIKE '%{s}'" for s in (" ", "\t", "\u00a0"))


def _as_text(column: str, kind: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN isnan({quoted}) THEN NULL WHEN {quoted} = floor({quoted}) AND abs({quoted}) < 1e15 "
            f"THEN {quoted}::BIGINT::VARCHAR ELSE {quoted}::VARCHAR END"
        )
    return f"nullif(trim({quoted}::VARCHAR), '')"


def _ragged(block, width: int) -> list[tuple[int, int]]:
    """Rows whose fields do not fit the header: more fields with something in them, or fewer than most rows have."""
    sizes = [len(r) for _, r in block.rows]
    usual = Counter(sizes).most_common(1)[0][0] if sizes else width
    odd = []
    for number, cells in block.rows:
        beyond = any(c.strip() for c in cells[max(width, usual) :]) or (
            len(cells) > width and any(c.strip() for c in cells[width:])
        )
        if beyond or (len(cells) < width and len(cells) < usual):
            odd.append((number, len(cells)))
    return odd


def _lines(path: Path) -> int:
    """Lines of a file, the last one with or without its end."""
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while piece := stream.read(1 << 22):
            count, last = count + piece.count(b"\n"), piece[-1:]
    return count + (last != b"\n")


def no_header(name: str) -> InputError:
    """The refusal of a file in which no row looks like a header."""
    return InputError(tell("console.bytes.no_header", file=name, rows=str(cut.HEAD)), "no_header")


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
