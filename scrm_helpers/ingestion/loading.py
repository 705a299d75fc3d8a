"""Files to text tables: every file becomes one or more parts, each an all-text DuckDB table with the row number of the file."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from scrm_helpers.ingestion import blocks as cut
from scrm_helpers.ingestion import delimited, large, webpage, workbook
from scrm_helpers.ingestion.decode import (
    HEAD,
    ONE_BYTE,
    decode,
    half_written,
    is_page,
    no_table,
    refuse_foreign,
    text_of,
)
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.part import ROW, SIGNS, WIDE, Measured, Part, arrive
from scrm_helpers.texts import tell

TEXT, BOOK, COLUMNAR = (".csv", ".tsv", ".txt"), (".xlsx", ".xls", ".xlsm", ".ods"), (".parquet",)
ENDINGS = TEXT + BOOK + COLUMNAR
BOM = "\ufeff".encode()
MANY = 200  # columns up to which each is one, with or without a name
LOOKS = 2  # files whose bytes are looked at side by side
FAST = 1 << 20  # bytes from which plain text is parsed in blocks instead of record by record


class Loader:
    """Loads files into a DuckDB connection; tables are named raw_1, raw_2, ..."""

    def __init__(self, connection, known: cut.Known):
        self.con, self.known, self._made = connection, known, 0
        self._aside: tempfile.TemporaryDirectory | None = None
        self._seen: dict[tuple, Measured] = {}
        self._ahead: dict[Path, Future] = {}

    def load(self, path: Path, name: str, *, later: bool = False) -> list[Part]:
        """The parts of a file; InputError in one sentence where it cannot be used.

        `later`: a large plain file need not be looked through yet (see `large.on_disk`).
        """
        try:
            seen = self.seen(path)
            digest = seen.digest
            ending = path.suffix.lower()
            if ending in COLUMNAR:
                return [self._parquet(path, name, digest)]
            with path.open("rb") as stream:
                page = is_page(stream.read(HEAD))
            if page:
                return self._page(path.read_bytes(), name, digest)
            if ending in BOOK:
                return self._book(path, name, digest)
            return self._text(path, name, seen, later)
        except PermissionError as error:
            raise InputError(tell("console.bytes.locked", file=name), "locked") from error

    @contextmanager
    def ahead(self, paths: list[Path]) -> Iterator[None]:
        """Looks at the bytes of files that are to be loaded, in this order, while those before them are."""
        pool = ThreadPoolExecutor(LOOKS)
        self._ahead = {path: pool.submit(self._look, path) for path in paths}
        try:
            yield
        finally:
            pool.shutdown(cancel_futures=True)
            self._ahead = {}

    def seen(self, path: Path) -> Measured:
        """What one look at a file's bytes says; a file that has not changed since is not looked at again."""
        if path in self._ahead:
            self._ahead.pop(path).result()
        return self._look(path)

    def _look(self, path: Path) -> Measured:
        at = path.stat()
        which = (path, at.st_ino, at.st_size, at.st_mtime_ns)
        if which not in self._seen:
            self._seen[which] = measured(path)
        return self._seen[which]

    def digest(self, path: Path) -> str:
        """SHA-256 of a file that is not to be read; '' where another program holds it."""
        try:
            return self.seen(path).digest
        except PermissionError:
            return ""

    def _text(self, path: Path, name: str, seen: Measured, later: bool) -> list[Part]:
        big = path.stat().st_size > FAST
        if big and (part := large.on_disk(self.con, self._name(), self.known, path, name, seen, later=later)):
            return [part]
        data = path.read_bytes()
        text, encoding = decode(data, name)
        if len(data) > FAST and (part := self._written_anew(data, text, name, seen, encoding, later)):
            return [part]
        if len(data) > FAST and (part := large.in_memory(self.con, self._name(), self.known, text, name, seen.digest, encoding)):
            return [part]
        rows, _ = delimited.records(text, name)
        whole = text.endswith(("\n", "\r"))
        return self._parts(cut.blocks(rows, self.known), name, "", seen.digest, encoding, ragged=True, whole=whole)

    def _written_anew(self, data: bytes, text: str, name: str, seen: Measured, encoding: str, later: bool) -> Part | None:
        """A large plain table in another encoding: laid beside what the engine spills, in UTF-8, until the loader is gone."""
        if self._aside is None:
            spill = Path(self.con.execute("SELECT current_setting('temp_directory')").fetchone()[0])
            self._aside = tempfile.TemporaryDirectory(prefix=f"{spill.name}-", dir=spill.parent, ignore_cleanup_errors=True)
        path = Path(self._aside.name) / f"{self._made}.csv"
        path.write_bytes(text.encode())
        anew = replace(in_utf8(data, seen) if encoding == ONE_BYTE else measured(path), digest=seen.digest)
        if part := large.on_disk(self.con, self._name(), self.known, path, name, anew, later=later):
            part.encoding = encoding
        else:
            path.unlink()
        return part

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
        if width > MANY:  # a sheet saved to its last column: what has neither a name nor a cell is no column
            filled = {k for _, r in block.rows for k, cell in enumerate(r) if cell.strip()}
            places = [k for k in range(width) if header[k] or k in filled]
            header, width = [header[k] for k in places], len(places)
        else:
            places = list(range(width))
        columns = [[(r[k].strip() or None) if k < len(r) else None for _, r in block.rows] for k in places]
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

    def _parquet(self, path: Path, name: str, digest: str) -> Part:
        place = str(path).replace("'", "''")
        try:
            described = self.con.execute(f"DESCRIBE SELECT * FROM read_parquet('{place}')").fetchall()
        except Exception as error:
            if isinstance(error, PermissionError):
                raise
            raise InputError(tell("console.bytes.half_parquet", file=name), "half_written") from error
        table = self._name()
        cells = ", ".join(f"{_as_text(column, kind)} AS c{k}" for k, (column, kind, *_) in enumerate(described))
        self.con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT {cells}, file_row_number + 1 AS {ROW} FROM read_parquet('{place}', file_row_number=true)"  # noqa: E501
        )
        count = self.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        header = [d[0] for d in described]
        exact = frozenset(k for k, d in enumerate(described) if d[1] != "VARCHAR")
        return Part(name, "", header, [cut.fold(h) for h in header], table, count, digest, exact=exact)

    def _name(self) -> str:
        self._made += 1
        return f"raw_{self._made}"

    def _keep(self, table: pa.Table) -> str:
        return arrive(self.con, self._name(), table)


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


def no_header(name: str) -> InputError:
    """The refusal of a file in which no row looks like a header."""
    return InputError(tell("console.bytes.no_header", file=name, rows=str(cut.HEAD)), "no_header")


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    return measured(path).digest


def in_utf8(data: bytes, seen: Measured) -> Measured:
    """What one look at the bytes of a file of cp1254 would say of it in UTF-8: there a byte is a sign, lines stay as they are."""
    wide = {s for s in WIDE if (b := s.encode(ONE_BYTE, "ignore")) and b in data}
    return replace(seen, plain=False, lacks=seen.lacks - set(WIDE) | (set(WIDE) - wide))


def measured(path: Path) -> Measured:
    """What one look at the bytes of a file says, read in pieces."""
    digest, lines, last, plain, known, before, quotes = hashlib.sha256(), 0, b"\n", True, set(), b"", large.Quotes()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            quotes.take(piece)
            lines, last = lines + piece.count(b"\n"), piece[-1:]
            seen = before + piece if before else piece.removeprefix(BOM)  # a sign of several bytes may be cut
            before = piece[-2:]
            plain = plain and seen.isascii()
            # its first byte is looked for before the whole sign: that is ten times as quick, and mostly the answer
            known.update(sign for sign in SIGNS if sign not in known and (b := sign.encode())[:1] in seen and b in seen)
    return Measured(digest.hexdigest(), lines + (last != b"\n"), plain, frozenset(SIGNS) - known, quotes.within, quotes.late)
