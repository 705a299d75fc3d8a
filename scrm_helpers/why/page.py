"""A printed page, read back: which numbers stand in it, and which ids answer for them (`data-why`)."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

from scrm_helpers.texts import LANGUAGES, spoken

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


def language_of(html: str) -> str:
    """The language that a page is written in; that of the command where the page does not say."""
    told = re.search(r"<html[^>]*\blang=\"(\w+)\"", html)
    return told[1] if told and told[1] in LANGUAGES else spoken()


def holds(text: str, number: str, language: str) -> bool:
    """Whether a text holds the number, as the language writes it or with its digits alone: 3.300 and 3300 are one number in Turkish."""
    wanted = NUMBER.findall(number)
    return len(wanted) == 1 and _first(text, wanted[0], language) is not None


def ids_of(html: str, number: str) -> dict[str, str]:
    """Ids that answer for a number as it is printed ("1,700", "%48,2"), each once, with the words around it where it first stands.

    What stands as typed goes before what is the same number in the page's language (1700 for 1.700 TL).
    """
    wanted, language = NUMBER.findall(number), language_of(html)
    if len(wanted) != 1:
        return {}
    every = places(html)
    for find in (_typed, _first):
        found: dict[str, str] = {}
        for place in every:
            at = find(place.text, wanted[0], language)
            for each in place.ids if at is not None else ():
                found.setdefault(each, _around(place.text, at))
        if found:
            return found
    return {}


def nearest(html: str, number: str, count: int = 5) -> list[tuple[str, tuple[str, ...]]]:
    """Numbers of the page next in size to one that is not there, as printed, each with the ids that answer for it."""
    wanted, language = NUMBER.findall(number), language_of(html)
    size = _value(wanted[0], language) if wanted else None
    if size is None:
        return []
    near: dict[str, tuple[str, ...]] = {}
    for place in (p for p in places(html) if p.ids):
        for n in place.numbers:
            near.setdefault(n, place.ids)
    known = [(abs(v - size), n) for n in near if (v := _value(n, language)) is not None]
    return [(n, near[n]) for _, n in sorted(known)[:count]]


def _typed(text: str, wanted: str, language: str) -> re.Match | None:
    return next((m for m in NUMBER.finditer(text) if m[0] == wanted), None)


def _first(text: str, wanted: str, language: str) -> re.Match | None:
    """Where a number of the same value first stands in a text."""
    value = _value(wanted, language)
    return next((m for m in NUMBER.finditer(text) if value is not None and _value(m[0], language) == value), None)


def _value(number: str, language: str) -> float | None:
    """A printed number as its language means it; None where it is none there (03.10.2026)."""
    thousands, decimal = (".", ",") if language == "tr" else (",", ".")
    if not re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})*(\{decimal}\d+)?|\d+(\{decimal}\d+)?", number):
        return None
    return float(number.replace(thousands, "").replace(decimal, "."))


def _around(text: str, at: re.Match) -> str:
    """The number with some of what stands before and after it, whole words."""
    before, after = text[: at.start()][-AROUND:], text[at.end() :][:AROUND]
    before = before if at.start() <= AROUND else "... " + before.split(" ", 1)[-1]
    after = after if len(text) - at.end() <= AROUND else after.rsplit(" ", 1)[0] + " ..."
    return re.sub(r"\s+", " ", f"{before}{at[0]}{after}").strip()
