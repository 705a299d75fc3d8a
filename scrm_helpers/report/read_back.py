"""A printed board page read back: what pages one and two said before a revision and say after it, to the last cell and sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

from scrm_helpers.units.held import JOINED

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
BLOCKS = ("p", "li", "dd", "h1", "h2", "h4", "figure")  # what holds a sentence where nothing around it has ids
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "line", "rect", "circle", "use", "polyline", "polygon"}
SILENT = {"style", "script", "title", "desc", "nav", "caption", "h3"}
OWN = "board.revision"  # says its own number, which every revision changes
AROUND = 3  # words kept on each side of what changed in a sentence


class Place(NamedTuple):
    """A cell or a sentence. `ids` answer for it; `where`: caption of a cell's table ('' for a sentence); `name` its row and column."""

    ids: tuple[str, ...]
    where: str
    name: str
    text: str


class Moved(NamedTuple):
    """What a place said and says; '' where it was not there. `where`, `name` as in `Place`."""

    ids: tuple[str, ...]
    where: str
    name: str
    old: str
    new: str


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.language, self.open, self.places = "", [], []
        self.block: list | None = None  # [depth, ids, text] of the sentence under way
        self.caption, self.why, self.row, self.heads = "", "", [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "table":
            self.why, self.caption, self.heads = given.get("data-why") or "", "", []
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th"):
            self.row.append("")
        elif self.block is None and "main" in self.open and "table" not in self.open and ("data-why" in given or tag in BLOCKS):
            self.block = [len(self.open), given.get("data-why") or "", ""]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in self.open:
            return
        while self.open:
            if self.block is not None and len(self.open) == self.block[0]:
                self._add(self.block[1], "", "", self.block[2])
                self.block = None
            name = self.open.pop()
            if name == "tr":
                self._row()
            if name == tag:
                return

    def handle_data(self, data):
        inside = set(self.open)
        if "caption" in inside:
            self.caption += data
        elif "main" not in inside or inside & SILENT or not data.strip():
            return
        elif "table" in inside:
            if self.row:
                self.row[-1] += data
        elif self.block is not None:
            self.block[2] += f" {data}"

    def _row(self):
        if not self.heads:
            self.heads = self.row
        elif self.row and len(self.row) == len(self.heads):
            name, *cells = (" ".join(c.split()) for c in self.row)
            for head, cell in zip(self.heads[1:], cells, strict=True):
                self._add(self.why, self.caption, f"{name}, {head}", cell)
        elif self.row:  # a note below a row
            self._add(self.why, self.caption, "", self.row[0])

    def _add(self, ids, where, name, text):
        text = " ".join(text.split()).replace(JOINED, "")
        if text and OWN not in ids.split():
            self.places.append(Place(tuple(ids.split()), where.strip(), name, text))


def read(html: str) -> tuple[str, list[Place]]:
    """The language of a board page and its places in order: every cell of a table and every sentence of pages one and two."""
    page = _Page()
    page.feed(html)
    return page.language, page.places


def moved(old: Sequence[Place], new: Sequence[Place]) -> list[Moved]:
    """Places that read otherwise, in the order of the page. Those of one name are paired in their order, after what is alike in both."""
    before, after = _keyed(old), _keyed(new)
    out = []
    for key in dict.fromkeys([*after, *before]):
        a, b = before.get(key, []), after.get(key, [])
        gone, came = list((Counter(a) - Counter(b)).elements()), list((Counter(b) - Counter(a)).elements())
        for k in range(max(len(gone), len(came))):
            x, y = (side[k] if k < len(side) else "" for side in (gone, came))
            out.append(Moved(*key, *(_excerpts(x, y) if x and y and not key[1] else (x, y))))
    return out


def untold(rows: Sequence[Moved], told: Mapping[str, tuple[str, str]]) -> list[Moved]:
    """Those with a number that the list of findings does not hold. `told`: how each listed finding read before and reads now."""
    return [m for m in rows if not _is_told(m, told)]


def _is_told(row: Moved, told: Mapping[str, tuple[str, str]]) -> bool:
    lines = [told[i] for i in row.ids if i in told]
    if not lines:
        return False
    gone, came = _numbers([row.old]) - _numbers([row.new]), _numbers([row.new]) - _numbers([row.old])
    # words that changed without a number stand in the finding's own line
    return set(gone) <= set(_numbers(x for x, _ in lines)) and set(came) <= set(_numbers(y for _, y in lines))


def _numbers(texts: Iterable[str]) -> Counter:
    return Counter(n for text in texts for n in NUMBER.findall(text))


def _keyed(places: Sequence[Place]) -> dict[tuple, list[str]]:
    out: dict[tuple, list[str]] = {}
    for p in places:
        out.setdefault((p.ids, p.where, p.name), []).append(p.text)
    return out


def _excerpts(old: str, new: str) -> tuple[str, str]:
    """Both sentences from the first word that differs to the last, with a few words around."""
    a, b = old.split(), new.split()
    same = range(min(len(a), len(b)))
    head = next((k for k in same if a[k] != b[k]), len(same))
    tail = next((k for k in range(len(same) - head) if a[-1 - k] != b[-1 - k]), len(same) - head)
    return tuple(_cut(words, head, len(words) - tail) for words in (a, b))


def _cut(words: list[str], head: int, end: int) -> str:
    first, last = max(0, head - AROUND), min(len(words), end + AROUND)
    return " ".join([*(["…"] if first else []), *words[first:last], *(["…"] if last < len(words) else [])])
