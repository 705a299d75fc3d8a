"""Large plain tables: parsed by the engine in one go. None where anything about one is not plain: then it is read record by record."""

import csv
import io
import re
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from scrm_helpers.ingestion import abreast, delimited
from scrm_helpers.ingestion import blocks as cut
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.decode import refuse_foreign
from scrm_helpers.ingestion.part import ROW, SIGNS, SPACES, WIDE, Measured, Part, arrive, trimmed

HEAD_BYTES = 400_000  # of a large file, in which its header and its manners are looked for
TAIL_BYTES = 60_000  # of its end, where totals and notes stand
BEGINS = 20  # line ends of a tail at which its first whole row is looked for, and of a head at which its last one ends
MOST = 10_000  # rows of a large table that are told apart one by one
LATE = rb' "(?<=[%s\r\n] ")(?!"(?!"))'  # two quotes are one of the text of a cell in quotes, or an empty cell
AGAIN = rb'" (?<![%s\r\n]" ) *"'  # behind a quote that begins no cell
KEPT = 60  # bytes of what was read before, in which such signs may begin
_ANY_LATE, _ANY_AGAIN = re.compile(LATE % re.escape("".join(delimited.SEPARATORS)).encode()), re.compile(AGAIN % b"")
TOTALS = "AaGgSsTt"  # the letters that the label of a total begins with
TOTAL = r"(?i)^\s*(grand |sub)?total|^genel toplam|^ara toplam|^toplam|^summary$"


def on_disk(con, table: str, known: cut.Known, path: Path, name: str, seen: Measured, *, later: bool = False) -> Part | None:
    """A large plain UTF-8 table, left where it lies: every look at it parses it anew.

    One look is taken here: that it can be parsed as it is, where its rows end, and which columns have spaces at their ends.
    `later`: where both ends of the file are plain, whoever reads the rows is to ask this of each (`Part.unasked`), and to come
    back without `later` where one of them is not as it should be.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    refuse_foreign(head, name)
    head = _whole_rows(head)
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not text or "\0" not in seen.lacks or text.startswith(("sep=", '"sep=')):
        return None
    rows, separator = delimited.records(text, name, whole=False)
    found = cut.blocks(rows, known)
    if len(found) != 1 or any("\n" in c for r in rows[: found[0].header_row] for c in r):
        return None
    block = found[0]
    if block.dropped or (block.rows[0][0] if block.rows else 0) != block.header_row + 1 or not all(block.header):
        return None
    if seen.late and _opens_late(path, separator):
        return None
    con.execute("SET preserve_insertion_order = true")  # rows are then numbered as the file's rows are
    place, named = str(path).replace("'", "''"), ", ".join(f"'c{k}': 'VARCHAR'" for k in range(len(block.header)))
    lies = (
        f"read_csv('{place}', header = false, skip = {block.header_row}, delim = '{separator}', quote = '\"', escape = '\"', "
        f"columns = {{{named}}}, auto_detect = false, strict_mode = true, null_padding = false)"
    )
    encoding = "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
    apart, ends = maybe_apart(block.header, plain=seen.plain), [spaced(k, seen) for k in range(len(block.header))]
    inside = sum(cell.count("\n") for row in rows for cell in row)
    if later and len(rows) + inside == head.count(b"\n") and _ends_plainly(path, separator, block.header, known, inside=bool(inside)):
        lines = seen.lines - (seen.within if inside else 0)
        part = _part(block, block.header, table, lines - block.header_row, name, seen.digest, encoding)
        part.plain, part.lacks, part.unasked = seen.plain, seen.lacks, " OR ".join(filter(None, [apart, *ends]))
        part.first, part.lies = block.header_row + 1, f"SELECT * FROM {lies}"
        part.look(con)
        return part
    tests = [f"coalesce(bool_or({test or 'FALSE'}), FALSE)" for test in ends]
    within = _line_ends(len(block.header))
    asked = inside > 0  # else only where rows and lines differ
    try:
        with abreast.held(con, disabled_optimizers="in_clause"):  # a list of words as a join would be asked of every row
            look = f"SELECT count(*), {within if asked else 0}, coalesce(bool_or({apart}), FALSE), {', '.join(tests)} FROM {lies}"
            count, ends_within, odd_rows, *odd = con.execute(look).fetchone()
            lines = count + ends_within + block.header_row
            if lines != seen.lines and not asked and '"' not in seen.lacks:
                lines += con.execute(f"SELECT {within} FROM {lies}").fetchone()[0]
    except duckdb.Error:  # ragged rows, another encoding, an open quote: read record by record, which says what it is
        return None
    if lines != seen.lines:  # blank lines, which the engine does not count: rows need counting as a person does
        return None
    cells = ", ".join(trimmed(f"c{k}") if found else f"c{k}" for k, found in enumerate(odd))
    part = _part(block, block.header, table, count, name, seen.digest, encoding)
    part.plain, part.lacks = seen.plain, seen.lacks
    part.first, part.lies = block.header_row + 1, f"SELECT {cells} FROM {lies}"
    part.look(con)
    return _settled(con, part, known) if odd_rows or any(odd) else part


def _whole_rows(head: bytes) -> bytes:
    """The head of a file up to the last line end that stands in no cell in quotes, if one of the last few does not; else up to the last."""
    end = last = head.rfind(b"\n") + 1
    for _ in range(BEGINS):
        if not head.count(b'"', 0, end) % 2:
            return head[:end]
        end = head.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return head[:last]


def _line_ends(width: int) -> str:
    """SQL: how many line ends stand inside cells."""
    counted = (f"CASE WHEN contains(c{k}, chr(10)) THEN length(c{k}) - length(replace(c{k}, chr(10), '')) ELSE 0 END" for k in range(width))
    return f"coalesce(sum({' + '.join(f'coalesce({c}, 0)' for c in counted)}), 0)"


def in_memory(con, table: str, known: cut.Known, text: str, name: str, digest: str, encoding: str) -> Part | None:
    """A large plain table of decoded text; None also where it has ragged rows, stacked tables or blank lines."""
    end = text.find("\n", 200_000) if len(text) > 200_001 else len(text)
    if end < 0:  # its lines end another way
        return None
    head = text[:end]
    rows, separator = delimited.records(head, name, whole=len(head) == len(text))
    found = cut.blocks(rows, known)
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
        arrow = pacsv.read_csv(io.BytesIO(text.encode()), **options)
    except pa.ArrowInvalid:
        return None
    if odd:
        return None
    width = len(block.header) if block.header[-1] else max(k for k, h in enumerate(block.header) if h) + 1
    numbers = pa.array(range(block.header_row + 1, block.header_row + 1 + len(arrow)), pa.int64())
    arrive(con, table, arrow.select(names[:width]).append_column(ROW, numbers), trim=True)
    part = _part(block, block.header[:width], table, len(arrow), name, digest, encoding)
    part.first = block.header_row + 1
    return _settled(con, part, known)


def _ends_plainly(path: Path, separator: str, header: list[str], known: cut.Known, *, inside: bool) -> bool:
    """Whether each of the last lines of a file is a row of its table. `inside`: rows may have line ends in their cells."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = stream.read()
    for _ in range(BEGINS if inside else 1):  # the first line end found may stand in a cell
        tail = tail[tail.find(b"\n") + 1 :]
        try:
            lines = tail.decode("utf-8")
        except UnicodeDecodeError:
            return False
        if _plain_rows(lines, separator, header, known, inside=inside):
            return True
    return False


def _plain_rows(lines: str, separator: str, header: list[str], known: cut.Known, *, inside: bool) -> bool:
    """Whether lines are whole rows of a table, and none of them a total, a note or a cell with spaces at its ends."""
    rows = list(csv.reader(io.StringIO(lines, newline=""), delimiter=separator))
    width, same = len(header), set(map(cut.fold, header)) - {""}
    if (len(rows) != len(lines.splitlines()) and not inside) or any(len(r) != width or sum(map(bool, r)) < 2 for r in rows):
        return False
    return not any(cut.says_total(r) or cut.told_apart(r, width, same, known) or any(c != c.strip() for c in r) for r in rows)


def _opens_late(path: Path, separator: str) -> bool:
    """Whether a space and a quote begin a cell, maybe in a cell in quotes, or stand behind the quote that ends one: the engine takes the
    quote for the beginning of a cell, and all up to the next one for the cell; anyone else takes both for signs of the text."""
    parted, before = re.escape(separator.encode()), b""
    late, again = re.compile(LATE % parted), re.compile(AGAIN % parted)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            if late.search(seen := before + piece) or again.search(seen):
                return True
            before = piece[-KEPT:]
    return False


class Quotes:
    """What the quotes of a file say, of its bytes given piece after piece: whether one may begin a cell late, whatever parts the cells
    (`late`, see `_opens_late`), and how many line ends stand between them, each quote ending what the one before began (`within`; 0 where
    the first piece has none: then nobody asks)."""

    def __init__(self):
        self.within, self.late, self._known, self._before, self._counts = 0, False, 0, b"", True

    def take(self, piece: bytes) -> None:
        """The next bytes of the file."""
        quoted = b'"' in piece
        if quoted and not self.late:
            seen = self._before + piece
            self.late = bool(_ANY_LATE.search(seen) or _ANY_AGAIN.search(seen))
        if quoted and self._counts:
            signs = np.frombuffer(piece, np.uint8)
            at, ends = np.flatnonzero(signs == ord('"')), np.flatnonzero(signs == ord("\n"))
            self.within += int(np.count_nonzero((np.searchsorted(at, ends) + self._known) & 1))
            self._known += len(at)
        elif self._counts and self._known & 1:
            self.within += piece.count(b"\n")
        self._before, self._counts = piece[-KEPT:], self.within > 0


def _part(block, header: list[str], table: str, rows: int, name: str, digest: str, encoding: str) -> Part:
    folded = [cut.fold(h) for h in header]
    return Part(name, "", header, folded, table, rows, digest, encoding, block.header_row, block.preamble)


def spaced(k: int, seen: Measured) -> str:
    """SQL: whether a cell of column `k` begins or ends in a space of any kind, or is one; what the bytes rule out is not asked."""
    tests = [f"c{k} < '!'"] if set(SIGNS) - {"'"} - seen.lacks else []  # a cell in quotes may hold a line's end, or nothing
    tests += [f"c{k} LIKE '%{s}'" for s in SPACES if s not in seen.lacks and s < "~" and (s not in "\r\n" or '"' not in seen.lacks)]
    if wide := [s for s in WIDE if not seen.plain and s not in seen.lacks]:
        ends = " OR ".join(f"c{k} LIKE '%{s}'" for s in wide)
        tests += [f"c{k} > '~'", f"CASE WHEN strlen(c{k}) <> length(c{k}) THEN {ends} END"]
    return " OR ".join(tests)


def total_in(width: int) -> str:
    """SQL: whether a row's first filled cell says that it is a total (as in `says_total`)."""
    label = f"coalesce({', '.join(f'c{k}' for k in range(width))})"
    return f"CASE WHEN {_begins(label, TOTALS)} THEN regexp_matches({label}, '{TOTAL}') END"


def _begins(cell: str, letters: str) -> str:
    """SQL: whether a cell begins with one of the letters, or with a space."""
    return f"(ascii({cell}) IN ({', '.join(map(str, sorted(map(ord, set(letters)))))}) OR ascii({cell}) < 33)"


def maybe_apart(header: list[str], *, plain: bool) -> str:
    """SQL that every row passes which is no row of the table (see `blocks.told_apart`) or a total of it, and hardly another one.

    `plain`: no cell of the file has a letter beyond ASCII.
    """
    cells = [f"c{k}" for k in range(len(header))]
    first, last = f"coalesce({', '.join(cells)})", f"coalesce({', '.join(reversed(cells))})"
    marks = [f"starts_with({last}, {quote(e)})" for e in cut.EXAMPLE if e.isascii() or not plain]
    named = _begins(first, TOTALS + "".join(v[0] for v in _spelled(header)))  # one look spares most rows the others
    begins = f"CASE WHEN {named} THEN coalesce({total_in(len(header))}, FALSE) OR {_heads(header)} END"
    return " OR ".join([begins, f"{first} IS NOT DISTINCT FROM {last}", *marks])


def surely_apart(header: list[str]) -> str:
    """SQL that every row passes which is no row of the table and no total: as `maybe_apart`, but cells are counted."""
    cells = [f"c{k}" for k in range(len(header))]
    filled = " + ".join(f"({c} IS NOT NULL)::INTEGER" for c in cells)
    lone = f"{filled} <= 1" if len(header) > 2 else f"{filled} = 0 OR (starts_with(c0, '#') AND {filled} = 1)"
    marks = [f"starts_with(coalesce({', '.join(reversed(cells))}), {quote(e)})" for e in cut.EXAMPLE]
    return f"({' OR '.join([lone, *marks, _heads(header)])})"


def _heads(header: list[str]) -> str:
    """SQL: whether a row begins like the header."""
    first = f"coalesce({', '.join(f'c{k}' for k in range(len(header)))})"
    return f"{first} IN ({', '.join(map(quote, _spelled(header)))})"


def _spelled(header: list[str]) -> list[str]:
    """Names of columns as a header further down may have them."""
    return list(dict.fromkeys(v for h in header for v in (h, h.lower(), h.upper())))


def _settled(con, part: Part, known: cut.Known) -> Part | None:
    """Takes out of a large table what are no rows of it; None where another table begins in it, or where too much would go."""
    where = surely_apart(part.header)
    found = con.execute(f"SELECT * FROM {part.table} WHERE {where} ORDER BY {ROW} LIMIT {MOST + 1}").fetchall()
    if len(found) > MOST:
        return None
    width, same, lone, apart = len(part.header), set(filter(None, part.folded)), {}, []
    for *texts, number in found:
        cells = [c or "" for c in texts]
        why = cut.told_apart(cells, width, same, known)
        if why == cut.AGAIN:
            return None
        if why:
            apart.append((number, why, [] if why == "blank" else cells))
        elif width > 2 and sum(map(bool, cells)) == 1:
            lone[number] = cells
    _take(con, part, apart)
    _totals(con, part)
    _take(con, part, _notes(part, lone))
    return part


def _notes(part: Part, lone: dict[int, list[str]]) -> list[tuple[int, str, list[str]]]:
    """Lone cells at the end of a table: they are notes, not rows."""
    gone, number, notes = {n for n, _, _ in part.dropped}, part.first + part.rows + len(part.dropped) - 1, []
    while number in gone or number in lone:
        notes += [(number, "footer", lone[number])] if number not in gone else []
        number -= 1
    return notes


def _take(con, part: Part, rows: list[tuple[int, str, list[str]]]) -> None:
    """Takes rows out of the table and keeps why."""
    if rows:
        part.dropped += rows
        part.take_off(con, [n for n, _, _ in rows])


def _totals(con, part: Part) -> None:
    """Takes totals out of a large table."""
    found = con.execute(f"SELECT * FROM {part.table} WHERE {total_in(len(part.header))} ORDER BY {ROW}").fetchall()
    rows = [(r[-1], [c or "" for c in r[:-1]]) for r in found]
    named = [(n, cells) for n, cells in rows if cut.says_total(cells)]
    if named:
        filled, wordless = _usual(con, part, [n for n, _ in named])
        _take(con, part, [(n, "total", cells) for n, cells in named if cut.is_total(cells, filled, wordless)])


def _usual(con, part: Part, apart: list[int]) -> tuple[list[float], list[bool]]:
    """Of each column, over all rows but those `apart`: the share that fills it, and whether it holds no words."""
    parts = []
    for k in range(len(part.header)):
        full = f"c{k} IS NOT NULL AND NOT regexp_matches(c{k}, '^[\\s-]*$')"
        parts += [f"avg(({full})::INTEGER)", f"bool_and(CASE WHEN {full} THEN regexp_matches(c{k}, '{cut.NUMBER}') END)"]
    found = con.execute(
        f"SELECT {', '.join(parts)} FROM {part.table} WHERE {ROW} NOT IN ({', '.join(map(str, apart))})"
    ).fetchone()
    return [1.0 if v is None else v for v in found[::2]], [bool(v) for v in found[1::2]]
