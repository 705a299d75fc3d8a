"""Records to blocks: a header with the rows below it. Preambles, stacked tables, totals and footers are told apart."""

import re
from dataclasses import dataclass, field

from scrm_helpers.ingestion.headings import month_of, side_by_side
from scrm_helpers.ingestion.names import CAPTURE, fold, matches

HEAD = 60  # records in which the first header is looked for
TOTAL = re.compile(
    r"^\s*((grand |sub)?totals?\b(?!\s*(spent|amount|net|order))|genel toplam|ara toplam|toplam\b|total for |summary$)",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"confidential information|copyright \(c\)|^sayfa \d|^page \d|raporun sonu|end of report", re.IGNORECASE
)
SURE = re.compile(
    r"^\s*(genel toplam|ara toplam|grand totals?|subtotals?|(totals?|toplam) ?:.*|totals? (for|of) .*)\s*:?\s*$", re.IGNORECASE
)
BARE = re.compile(r"^\s*(totals?|toplam|summary)\s*:?\s*$", re.IGNORECASE)
AGAIN = "header"  # a record with which another table begins
EXAMPLE = ("EXAMPLE:", "ÖRNEK:")  # the last cell of the example row of a template (see `templates`)
HEADING = 60  # letters that a heading has at most, where nothing else tells that it is one
USUAL = 0.9  # a column is one that rows fill in when this share of them does
_DAY = re.compile(r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})\b")
_DASH = re.compile(r"^[\s-]*$")
NUMBER = r"^[\s$€₺£%+-]*\d[\d.,\s]*%?$|\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
_NUMBER = re.compile(NUMBER)


@dataclass
class Block:
    """One table in a file: header, its row number, the rows (number, cells) and what was not a row."""

    header: list[str]
    header_row: int
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    dropped: list[tuple[int, str, list[str]]] = field(
        default_factory=list
    )  # row, total | footer | blank | description, cells
    preamble: list[str] = field(default_factory=list)

    @property
    def folded(self) -> list[str]:
        """The header in comparable form."""
        return [fold(h) for h in self.header]


def blocks(rows: list[list[str]], known: "Known") -> list[Block]:
    """The blocks of one file or sheet, in order; empty where no row looks like a header."""
    first = _first_header(rows, known)
    if first is None:
        return []
    if (second := _second(rows, first, known)) is not None:
        rows, first = [*rows[: first + 1], second, *rows[first + 2 :]], first + 1
    found, preamble = [], [_line(r) for r in rows[:first] if _line(r)]
    place = first
    while place is not None:
        header, used = _header(rows, place)
        block = Block(header, place + 1, preamble=preamble)
        place, preamble = _fill(block, rows, place + used, known)
        found.append(block)
    for block in found:
        _totals(block)
        _footers(block)
    return found


class Known:
    """Headers that some recipe or sources.yml knows, in comparable form."""

    def __init__(self, aliases):
        folded = {fold(a) for a in aliases}
        self.stems = tuple(a for a in folded if a.endswith(CAPTURE))
        self.names = folded - set(self.stems)
        self._seen: dict[str, bool] = {}

    def __contains__(self, cell: str) -> bool:
        name = fold(cell)
        if name not in self._seen:
            self._seen[name] = bool(name) and (
                name in self.names
                or name.endswith(")") and any(matches(name, s) is not None for s in self.stems)  # as `spent (try)` does
                or self._lost(name)
            )
        return self._seen[name]

    def _lost(self, name: str) -> bool:
        return (
            "?" in name
            and name.count("?") < len(name) / 2
            and any(matches(name, a) is not None for a in self.names if len(a) == len(name))
        )

    def count(self, row: list[str]) -> int:
        return sum(1 for cell in row if cell and len(cell) < 120 and cell in self)


def _first_header(rows: list[list[str]], known: Known) -> int | None:
    """The record with most known names (two at least); else the first wide one that is all words above a row of data."""
    counts = [known.count(row) for row in rows[:HEAD]]
    if counts and max(counts) >= 2:
        return next(
            k for k, n in enumerate(counts) if n >= max(2, 0.6 * max(counts))
        )  # stacked tables: the first header counts
    widths = [sum(1 for c in row if c.strip()) for row in rows[:HEAD]]
    usual = max(set(widths), key=lambda w: (widths.count(w) if w > 1 else 0, w)) if widths else 0
    for place, row in enumerate(rows[:HEAD]):
        filled = [c for c in row if c.strip()]
        across = side_by_side(filled)  # 01.2026 is a heading there, elsewhere a number or a day
        numbers = any(_NUMBER.search(c) and not (across and month_of(c)) for c in filled)
        if len(filled) < max(2, usual * 0.6) or numbers or row[0].startswith("#"):
            continue
        if len(set(filled)) == len(filled):
            return place
    return None


def _second(rows: list[list[str]], place: int, known: Known) -> list[str] | None:
    """The header in the record below one of merged cells (a word over several columns, blanks beside it), which names every column.

    A column that it leaves blank has the word above (a cell merged downwards). It is no row of data: all its cells are words, each
    another one, and the rows below have numbers or days in two columns at least (in one, where its words are better known than those
    above); and where most of the words above are known, so is one below. None where months stand above, for the words below say nothing
    of the month.
    """
    top, below = rows[place], rows[place + 1] if place + 1 < len(rows) else []
    under, over = ({k: c.strip() for k, c in enumerate(row) if c.strip()} for row in (below, top))
    heads = over | under
    worded = all(re.search(r"[^\W\d_]", c) and not _NUMBER.search(c) and len(c) < HEADING for c in under.values())
    if len(under) < len(over) or not worded or len({fold(c) for c in heads.values()}) < len(heads):
        return None
    if all(k in over for k in range(max(over) + 1)) and max(under) <= max(over):  # no gap above
        return None
    if any(month_of(c) for c in over.values()):
        return None
    if known.count(top) >= max(2, 0.6 * len(over)) and not known.count(below):  # a column without a name, and a row of words
        return None
    data = [row for row in rows[place + 2 : place + 2 + HEAD] if sum(1 for c in row if c.strip()) > 1]
    cells = [[row[k] for row in data if k < len(row) and not _DASH.match(row[k])] for k in heads]
    numbers = sum(1 for c in cells if c and all(_NUMBER.search(v) for v in c)) >= (1 if known.count(below) > known.count(top) else 2)
    filled = max((sum(1 for c in row if c.strip()) for row in data), default=0)
    return [heads.get(k, "") for k in range(max(heads) + 1)] if numbers and len(heads) >= USUAL * filled else None


def _header(rows: list[list[str]], place: int) -> tuple[list[str], int]:
    """The header, joined with a second header row where cells below fill its gaps, and how many records it takes."""
    top = list(rows[place])
    below = rows[place + 1] if place + 1 < len(rows) else []
    filled = [k for k, c in enumerate(below) if c.strip()]
    gaps = [k for k in filled if k >= len(top) or not top[k].strip()]
    plain = all(not re.search(r"\d", below[k]) and len(below[k]) < 30 for k in filled)
    if (
        gaps
        and plain
        and len(filled) < sum(1 for c in top if c.strip())
        and any(not c.strip() for c in top[: len(below)])
    ):
        names, last = [], ""
        for k in range(max(len(top), len(below))):
            above = top[k].strip() if k < len(top) else ""
            under = below[k].strip() if k < len(below) else ""
            last = above or last
            names.append(f"{above or last} {under}".strip() if under else above)
        return names, 2
    return [c.strip() for c in top], 1


def _fill(block: Block, rows: list[list[str]], start: int, known: Known) -> tuple[int | None, list[str]]:
    width, loose = len(block.header), []
    same = {fold(h) for h in block.header if h}
    for place in range(start, len(rows)):
        row = rows[place]
        found = told_apart(row, width, same, known)
        if found == AGAIN:
            return place, loose
        if found == "comment":
            loose.append(_line(row))
        if found:
            block.dropped.append((place + 1, found, [] if found == "blank" else row))
        else:
            block.rows.append((place + 1, row))
    return None, []


def told_apart(row: list[str], width: int, same: set[str], known: Known) -> str:
    """Why a record below a header of `width` names is no row of it: blank, comment, example, footer, or AGAIN: a header of its own."""
    filled = [c for c in row if c and not c.isspace()]
    if not filled:
        return "blank"
    if _again(filled, known, same):
        return AGAIN
    if row[0].lstrip().startswith("#") and len(filled) == 1:
        return "comment"
    if filled[-1].startswith(EXAMPLE):
        return "example"
    return "footer" if width > 2 and len(filled) <= 1 and FOOTER.search(filled[0]) else ""


def _again(filled: list[str], known: Known, same: set[str]) -> bool:
    """Whether a record is a header once more: mostly known names, or the first header repeated."""
    first = filled[0]
    if (
        len(filled) < 2
        or first.isdigit()
        or any(ch.isdigit() for ch in first)
        or len(first) > 120
        or not (fold(first) in same or first in known)
    ):
        return False
    if _NUMBER.search(filled[-1]):
        return False
    repeated = sum(1 for c in filled if fold(c) in same)
    heads = known.count(filled)
    return repeated >= max(2, 0.6 * len(filled)) or (
        len(filled) >= 3 and (heads == len(filled) or (heads >= max(3, 0.6 * len(filled)) and repeated >= 2))
    )


def says_total(row: list[str]) -> bool:
    """Whether the first filled cell begins like the label of a total; beyond the first three it must be nothing but that label."""
    label = next((c for c in row if c.strip()), "")
    return bool(TOTAL.match(label)) and (label in row[:3] or bool(SURE.match(label) or BARE.match(label)))


def is_total(row: list[str], filled: list[float], wordless: list[bool]) -> bool:
    """Whether a row that begins like a total is one: a customer may be called "Toplam Gıda" or "Total".

    `filled`: share of the other rows that fill each column; `wordless`: columns in which they hold no words. A total has no day
    and leaves a column blank that rows fill in, or its label stands where rows have a number or a day.
    """
    place = next(k for k, c in enumerate(row) if c.strip())
    label, rest = row[place], [c for k, c in enumerate(row) if k != place and not _DASH.match(c)]
    blank = any(
        share >= USUAL and k != place and (k >= len(row) or _DASH.match(row[k])) for k, share in enumerate(filled)
    )
    if SURE.match(label) or (place < len(wordless) and wordless[place]):
        return True
    if any(_DAY.match(c) for c in rest):
        return bool(BARE.match(label)) and blank  # some systems write the span of the report into their total
    return blank or (bool(BARE.match(label)) and all(_NUMBER.search(c) for c in rest))


def _totals(block: Block) -> None:
    """Takes the totals out of the rows."""
    named = {n for n, row in block.rows if says_total(row)}
    if not named:
        return
    others, width = [row for n, row in block.rows if n not in named], len(block.header)
    cells = [[row[k] for row in others if k < len(row) and not _DASH.match(row[k])] for k in range(width)]
    filled = [len(c) / len(others) if others else 1.0 for c in cells]
    wordless = [bool(c) and all(_NUMBER.search(v) for v in c) for c in cells]
    totals = [(n, row) for n, row in block.rows if n in named and is_total(row, filled, wordless)]
    gone = {n for n, _ in totals}
    block.rows = [(n, row) for n, row in block.rows if n not in gone]
    block.dropped = sorted([*block.dropped, *((n, "total", row) for n, row in totals)], key=lambda d: d[0])


def _footers(block: Block) -> None:
    """Lone cells at the end are notes, not rows."""
    if len(block.header) < 3:
        return
    while block.rows:
        row, cells = block.rows[-1]
        if sum(1 for c in cells if c.strip()) > 1:
            return
        block.dropped.append((row, "footer", cells))
        block.rows.pop()


def _line(row: list[str]) -> str:
    return " ".join(c.strip() for c in row if c.strip())
