"""A printed page, read back: which numbers stand in it, and which ids answer for them (`data-why`)."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
VOID = {"meta", "link", "br", "hr", "img", "input"}
SILENT = ("style", "script", "title")
AROUND = 40  # letters on each side of a number that tell its places apart


class Printed(NamedTuple):
    """Text of one place of the page that holds numbers, and the ids that answer for it ('' where none does)."""

    ids: tuple[str, ...]
    text: str

    @property
    def numbers(self) -> list[str]:
        """The numbers in the text, as printed."""
        return NUMBER.findall(self.text)


class _Places(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.found: list[tuple[str, str]] = []
        self.own: list[int] = []  # place in `found` of each open element that has ids

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in VOID:
            return
        why = given.get("data-why")
        self.open.append((tag, why))
        if why:
            self.own.append(len(self.found))
            self.found.append((why, ""))

    def handle_endtag(self, tag):
        while self.open:
            name, why = self.open.pop()
            if why:
                self.own.pop()
            if name == tag:
                return

    def handle_data(self, data):
        if not data.strip() or any(tag in SILENT for tag, _ in self.open):
            return
        if self.own:
            ids, text = self.found[self.own[-1]]
            self.found[self.own[-1]] = (ids, f"{text} {data.strip()}")
        else:
            self.found.append(("", data.strip()))


def places(html: str) -> list[Printed]:
    """Every place of a page with a number in it, in order."""
    parser = _Places()
    parser.feed(html)
    found = (Printed(tuple(ids.split()), text.strip()) for ids, text in parser.found)
    return [p for p in found if p.numbers]


def ids_of(html: str, number: str) -> dict[str, str]:
    """Ids that answer for a number as it is printed ("1,700", "%48,2"), each once, with the words around it where it first stands."""
    wanted = NUMBER.findall(number)
    if len(wanted) != 1:
        return {}
    found: dict[str, str] = {}
    for place in places(html):
        at = next((m for m in NUMBER.finditer(place.text) if m[0] == wanted[0]), None)
        for each in place.ids if at is not None else ():
            found.setdefault(each, _around(place.text, at))
    return found


def _around(text: str, at: re.Match) -> str:
    """The number with some of what stands before and after it, whole words."""
    before, after = text[: at.start()][-AROUND:], text[at.end() :][:AROUND]
    before = before if at.start() <= AROUND else "... " + before.split(" ", 1)[-1]
    after = after if len(text) - at.end() <= AROUND else after.rsplit(" ", 1)[0] + " ..."
    return re.sub(r"\s+", " ", f"{before}{at[0]}{after}").strip()
