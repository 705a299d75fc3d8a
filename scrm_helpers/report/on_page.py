"""What pages one and two print, a row per cell and sentence: kept beside the pages, so that a revision can say what moved on them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
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


class Page(NamedTuple):
    """The language of a board page and its places, in order."""

    language: str
    places: tuple[Place, ...]


def printed(one: dict, two: Sequence[dict], language: str) -> Page:
    """Every cell, sentence and picture (in the words of its text alternative) of what the templates of pages one and two are given.

    Left out is what no figure of the month moves: titles and headings, links, and the number of the revision itself.
    """
    rows = [*_page_one(one), *(row for section in two for row in _section(section))]
    said = (Place(tuple(ids.split()), where, name, " ".join(str(text).split())) for ids, where, name, text in rows)
    return Page(language, tuple(p for p in said if p.text))


def written(page: Page) -> str:
    """The page's places as a file: JSON, a place a line."""
    lines = ",\n".join(json.dumps([" ".join(p.ids), *p[1:]], ensure_ascii=False) for p in page.places)
    return f'{{"language": {json.dumps(page.language)}, "places": [\n{lines}\n]}}\n'


def read(text: str) -> Page:
    """What `written` wrote."""
    held = json.loads(text)
    return Page(held["language"], tuple(Place(tuple(ids.split()), *rest) for ids, *rest in held["places"]))


def _page_one(one: dict) -> Iterator[tuple[str, str, str, str]]:
    sentence = lambda text, ids="": (ids, "", "", text)  # noqa: E731
    yield sentence(f"{one['company']} · {one['month']}")
    yield sentence(one["verb"])
    yield sentence(one["lead"])
    yield sentence(one["rule"], "board.verdict")
    yield sentence(one["decision"], "board.verdict")
    for tile in one["tiles"]:
        figure = " ".join(filter(None, (tile["number"], tile["unit"], tile["range"], tile["note"])))
        yield sentence(f"{tile['title']}: {figure}. {tile['sentence']}", tile["why"])
        yield sentence(tile["alt"], tile["why"])
    yield sentence(one["legend"])
    yield sentence(one["trust"], one["trust_why"])
    yield sentence(" ".join([one["change"], *(f"{m['sign']} {m['note']}" for m in one["marks"])]), "board.change_log")
    yield sentence(one["data_to"], "board.sources")


def _section(section: dict) -> Iterator[tuple[str, str, str, str]]:
    for said in section["lead"]:
        yield getattr(said, "why", ""), "", "", said
    for picture in section["pictures"]:
        yield picture["why"], "", "", f"{picture['alt']} {picture['said']}"
    for table in section["tables"]:
        heads = [c["text"] for c in table["columns"]]
        for name, *cells in table["rows"]:
            for head, cell in zip(heads[1:], cells, strict=True):
                yield table["why"], table["caption"], f"{name}, {head}", cell
    for figure in section["figures"]:
        yield figure["why"], "", "", figure["alt"]
    for said in section["paragraphs"]:
        yield getattr(said, "why", ""), "", "", said


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
    if not gone and not came:  # words alone: told where the finding's own line has them
        return any(row.new in now for _, now in lines)
    return gone <= _numbers(x for x, _ in lines) and came <= _numbers(y for _, y in lines)


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
