"""Questions with a scale in their heading, such as "Are you satisfied? (1-5)": what a draft makes of a survey's columns."""

import re
from typing import NamedTuple

from scrm_helpers.ingestion import signs
from scrm_helpers.ingestion.likened import UNTOLD
from scrm_helpers.ingestion.part import Part

SCALE = re.compile(r"\(\s*[01]\s*[-–]\s*(\d{1,2})\s*\)")
ANSWERED_ON = {
    "at": ("zaman damgasi", "timestamp", "yanit tarihi", "cevap tarihi", "anket tarihi", "submitted at", "submit date", "tarih", "date"),
}  # fmt: skip
ABOUT = {  # question of the contract -> pieces of words that its heading may hold
    "csat": ("memnun", "satisf", "csat"),
    "effort": ("kolay", "effort", "easy"),
    "recommend": ("tavsiye", "recommend", "nps"),
    "trust": ("guven", "trust"),
    "loyalty": ("sadakat", "sadik", "loyal"),
}


class Question(NamedTuple):
    """A column of answers: its place, what it asks in the contract's word (? where nothing tells), and the highest answer."""

    place: int
    question: str
    most: int


def questions(part: Part) -> tuple[int | None, list[Question]]:
    """Place of the day of the answers (None: there is none), and the columns that are answers on a scale."""
    found = []
    for place, head in enumerate(part.header):
        if scale := SCALE.search(head):
            said = signs.header(head)
            about = next((q for q, pieces in ABOUT.items() if any(p in said for p in pieces)), UNTOLD)
            found.append(Question(place, about, int(scale[1])))
    return signs.places(part, ANSWERED_ON).get("at"), found
