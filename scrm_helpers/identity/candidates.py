"""Which pairs are worth comparing: blocks of records that share a key, the pairs of small blocks first (meta-blocking).

A pair is scored by the blocks that bring it, each counted as one over the pairs in it: two people who share a rare thing, or many
things, come before two who share a common one (the ARCS weight of Papadakis and others, 2014). The best pairs within the budget
are compared; no rule is dropped whole because one of its values is common.

What the budget leaves out is not lost from sight: a few of those pairs, taken by lot, are given too, so that one can tell how many true
pairs went with it.
"""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.folding import numbered, over_one, texts
from scrm_helpers.identity.blocks import blocks, within

PAIRS_PER_RECORD, MOST_PAIRS = 40, 8_000_000  # the budget, and its end: memory grows with the pairs compared
LARGEST_BLOCK = 120  # records of one block; a larger one says little, and its pairs cost most
RAW_PER_RECORD, MOST_RAW = 160, 16_000_000  # pairs, repeats counted, that the rules may bring in all; narrow rules come first
LOOKED_AT, SEED = 20_000, 7  # pairs by lot of what the budget leaves out, and of each rule that it leaves out whole

# in the order of names shown; parts are columns of `fields.made`, names of KEYS, `year`, `swapped` and `word`
RULES = {
    "e-mail": ("mail",), "phone": ("number",), "tax number": ("tax",), "e-mail name": ("mail_user", "initial"),
    "birth and family name": ("born", "family"), "birth and given name": ("born", "given"), "name": ("given", "family"),
    "family name and post code": ("family", "postcode"), "given name and post code": ("given", "postcode"),
    "birth and post code": ("born", "postcode"), "address": ("addr",), "birth": ("born",), "post code": ("postcode",),
    "name and city": ("given", "family", "city"), "name and birth year": ("given", "family", "year"),
    "family name, initial and city": ("family", "initial", "city"), "given name, start of family name and city": ("given", "stem", "city"),
    "starts of name and post code": ("initial", "stem", "postcode"), "start of family name and birth": ("stem", "born"),
    "family name and birth year": ("family", "year"), "given name, start of family name and birth year": ("given", "stem", "year"),
    "given name, birth year and city": ("given", "year", "city"), "family name and place of post": ("family", "outward"),
    "given name, birth year and place of post": ("given", "year", "outward"), "family name and day of birth": ("family", "day"),
    "start of family name, birth year and city": ("stem", "year", "city"), "day of birth and city": ("day", "city"),
    "day of birth and place of post": ("day", "outward"), "address and initial": ("addr", "initial"),
    "end of family name, initial and birth year": ("tail", "initial", "year"),
    "end of family name and post code": ("tail", "postcode"), "end of family name, given name and city": ("tail", "given", "city"),
    "e-mail name alone": ("mail_user",), "end of phone and initial": ("number_end", "initial"), "names swapped": ("swapped",),
    "family name and given name's end": ("family", "given_tail"), "family name and house number": ("family", "house", "city"),
    "given name and city": ("given", "city"), "given name and place of post": ("given", "outward"),
    "given name and birth year": ("given", "year"), "family name and city": ("family", "city"),
    "family name": ("family",), "given name": ("given",), "initial, birth year and city": ("initial", "year", "city"),
    "birth year and place of post": ("year", "outward"), "start of family name and city": ("stem", "city"),
    "start of family name and place of post": ("stem", "outward"), "day of birth and given name": ("day", "given"),
    "day of birth and initial": ("day", "initial"), "birth year and post code": ("year", "postcode"),
    "a word of the name and birth year": ("word", "year"), "a word of the name and city": ("word", "city"),
    "a word of the name and post code": ("word", "postcode"), "a word of the name": ("word",), "a word of the name and place of post":
    ("word", "outward"), "a word of the name and birth": ("word", "born"), "birth year and city": ("year", "city"),
}  # fmt: skip

# enough where most records carry an e-mail, a number or a tax number: weaker rules bring strangers there, and doubt with them
IDENTIFIED_RULES = frozenset((
    "e-mail", "phone", "tax number", "e-mail name", "birth and family name", "birth and given name", "name", "name and city",
    "name and birth year", "family name and post code", "given name and post code", "birth and post code", "address", "birth",
    "family name, initial and city", "address and initial", "names swapped", "a word of the name and post code",
    "family name and house number",
))  # fmt: skip


_HOUSE = re.compile(r"\b\d+\b", re.ASCII)
# beside the columns themselves: of which column, and what of a text; None where it has none
KEYS = {
    "stem": ("family", lambda name: name[:4]), "tail": ("family", lambda name: name[-5:]), "given_tail": ("given", lambda name: name[-4:]),
    "day": ("born", lambda day: day[5:]), "outward": ("postcode", lambda code: code[:-3] if len(code) > 4 else None),
    "number_end": ("number", lambda number: number[-7:]),
    "house": ("addr", lambda street: found.group() if (found := _HOUSE.search(street)) else None),
}  # fmt: skip


class LeftOut(NamedTuple):
    """Pairs by lot of those that the budget leaves out: places `left` < `right`, and how many such pairs each stands for."""

    left: np.ndarray
    right: np.ndarray
    stands_for: np.ndarray


NOTHING = LeftOut(np.zeros(0, dtype="int64"), np.zeros(0, dtype="int64"), np.zeros(0))


class Candidates(NamedTuple):
    """Pairs to compare: places `left` < `right` among the rows, and the place in `rules` of the most telling rule that brought each."""

    left: np.ndarray
    right: np.ndarray
    rule: np.ndarray
    rules: tuple[str, ...]
    left_out: LeftOut = NOTHING


def find(rows: pd.DataFrame, *, budget: int, only: frozenset[str] | None = None, looked_at: int = 0) -> Candidates:
    """The pairs worth comparing, of `rows` (`fields.made`); `only`: names of `RULES`.

    `looked_at`: how many pairs by lot show what the budget leaves out, and as many of each rule that it leaves out whole.
    """
    asked = {name: parts for name, parts in RULES.items() if only is None or name in only}
    codes = {part: codes_of(rows, part) for part in sorted({p for parts in asked.values() for p in parts} - {"word"})}
    at, word = words_of(rows) if any("word" in parts for parts in asked.values()) else (None, None)
    n, sized = len(rows), []
    for place, (name, parts) in enumerate(asked.items()):
        if "word" in parts:
            rows, sizes = blocks([word, *(codes[p][at] for p in parts if p != "word")], largest=LARGEST_BLOCK)
            rows = at[rows]
        else:
            rows, sizes = blocks([codes[p] for p in parts], largest=LARGEST_BLOCK)
        if len(rows):
            sized.append((int((sizes * (sizes - 1) // 2).sum()), place, name, rows, sizes))
    raw = min(RAW_PER_RECORD * n, MOST_RAW)
    found, shared, rule, names, whole = [], [], [], [], []
    for pairs, _, name, rows, sizes in sorted(sized, key=lambda r: r[:2]):
        if pairs > raw:  # so are all that follow
            whole.append((rows, sizes))
            continue
        raw -= pairs
        a, b, size = within(rows, sizes)
        found.append(np.minimum(a, b) * n + np.maximum(a, b))
        shared.append(size.astype("int16"))
        rule.append(np.full(len(a), len(names), dtype="int16"))
        names.append(name)
    if not found:
        nothing = np.zeros(0, dtype="int64")
        return Candidates(nothing, nothing, nothing, ())
    del a, b, size
    code, score, first = _summed(*(_whole(parts) for parts in (found, shared, rule)))
    by_lot = _of_whole_rules(whole, code, n, looked_at) if looked_at else []
    if len(code) > budget:
        least = np.partition(score, len(score) - budget)[len(score) - budget]
        best = score > least
        best[np.flatnonzero(score == least)[: budget - int(best.sum())]] = True  # of as many the first
        by_lot += [_by_lot(code[~best], looked_at)] if looked_at else []
        code, first = code[best], first[best]
    return Candidates((code // n).astype("int32"), (code % n).astype("int32"), first, tuple(names), _left_out(by_lot, n))


def _by_lot(code: np.ndarray, most: int) -> tuple[np.ndarray, float]:
    """Some of these pairs, and how many each stands for."""
    some = code if len(code) <= most else np.random.default_rng(SEED).choice(code, most, replace=False)
    return some, len(code) / len(some)


def _of_whole_rules(whole: list[tuple[np.ndarray, np.ndarray]], code: np.ndarray, n: int, most: int) -> list[tuple[np.ndarray, float]]:
    """Pairs by lot of rules that were left out whole, and how many each stands for: each pair with the first rule that would bring it.

    `whole`: rows and sizes of each rule's blocks (`blocks`); `code`: the pairs that other rules bring, in order.
    """
    lots = []
    for rows, sizes in whole:
        pairs = sizes * (sizes - 1) // 2
        ends, every = np.cumsum(pairs), int(pairs.sum())
        turn = np.arange(every) if every <= most else np.unique(np.random.default_rng(SEED).integers(0, every, most))
        block = np.searchsorted(ends, turn, side="right")
        place = turn - (ends - pairs)[block]  # of the pair within its block: (0, 1), (0, 2), (1, 2), (0, 3), ...
        upper = np.floor((1 + np.sqrt(1 + 8.0 * place)) / 2).astype("int64")
        start = (np.cumsum(sizes) - sizes)[block]
        a, b = rows[start + place - upper * (upper - 1) // 2], rows[start + upper]
        lots.append([np.minimum(a, b) * n + np.maximum(a, b), every / len(turn)])
    for k, (rows, sizes) in enumerate(whole):
        lots[k][0] = lots[k][0][~_among(lots[k][0], code)]
        if np.bincount(rows).max(initial=0) > 1:
            continue  # a row of several words lies in several blocks; what another rule brings besides is then counted with both
        block = np.full(n, -1, dtype="int64")
        block[rows] = np.repeat(np.arange(len(sizes)), sizes)
        for later in lots[k + 1 :]:
            left, right = block[later[0] // n], block[later[0] % n]
            later[0] = later[0][(left != right) | (left < 0)]
    return [(some, each) for some, each in lots if len(some)]


def _among(code: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which of these pairs are among `known`, which are in order."""
    at = np.searchsorted(known, code)
    return known[np.minimum(at, len(known) - 1)] == code


def _left_out(lots: list[tuple[np.ndarray, float]], n: int) -> LeftOut:
    if not lots:
        return NOTHING
    code, turn = np.unique(np.concatenate([some for some, _ in lots]), return_inverse=True)
    stands_for = np.bincount(turn, np.concatenate([np.full(len(some), each) for some, each in lots]), len(code))
    return LeftOut(code // n, code % n, stands_for)


def codes_of(rows: pd.DataFrame, key: str) -> np.ndarray:
    """A number for each different value of a part of `RULES`, row for row; -1 where there is none."""
    if key == "year":
        told = [texts(rows.born, lambda day: day[:4]), texts(rows.born_year, lambda year: str(int(float(year))))]
        born, other = np.split(over_one(told)[0], 2)
        return np.where(born >= 0, born, other)
    if key == "swapped":
        both = np.sort(np.split(over_one([rows.given, rows.family])[0], 2), axis=0)
        return np.where(both[0] >= 0, numbered(*both)[0], -1)
    column, part = KEYS.get(key, (key, None))
    return pd.factorize(rows[column] if part is None else texts(rows[column], part))[0].astype("int32")


def words_of(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The place of the row of each word, and the word as a number."""
    code, known = pd.factorize(rows.words)
    said = [text.split(" ") for text in known]
    word, size = pd.factorize(np.array([w for words in said for w in words], dtype=object))[0], np.array([*map(len, said), 0])
    many = size[code]
    first = np.repeat(np.r_[0, np.cumsum(size)][code] - np.cumsum(many) + many, many)
    return np.repeat(np.arange(len(code)), many), word[first + np.arange(len(first))]


def _whole(parts: list[np.ndarray]) -> np.ndarray:
    """The parts one after another; they go, for both at once would be the most that the rules hold."""
    out = np.concatenate(parts)
    parts.clear()
    return out


def _summed(code: np.ndarray, size: np.ndarray, rule: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each pair once, the weights of its blocks (of `size` rows each) added, the first rule that brought it."""
    order = np.argsort(code, kind="stable")
    code = code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    code, rule, size = code[starts], rule[order[starts]], size[order]
    del order
    of = np.arange(int(size.max()) + 1)
    return code, np.round(np.add.reduceat((2 / np.maximum(of * (of - 1), 1))[size], starts), 12), rule
