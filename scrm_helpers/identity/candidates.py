"""Which pairs are worth comparing: blocks of records that share a key, the pairs of small blocks first (meta-blocking).

A pair is scored by the blocks that bring it, each counted as one over the pairs in it: two people who share a rare thing, or many
things, come before two who share a common one (the ARCS weight of Papadakis and others, 2014). The best pairs within the budget
are compared; no rule is dropped whole because one of its values is common.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

PAIRS_PER_RECORD, MOST_PAIRS = 40, 8_000_000  # the budget, and its end: memory grows with the pairs compared
LARGEST_BLOCK = 120  # records of one block; a larger one says little, and its pairs cost most
RAW_PER_RECORD, MOST_RAW = 160, 16_000_000  # pairs, repeats counted, that the rules may bring in all; narrow rules come first

# in the order of names shown; parts are columns of `keys_of`
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


class Candidates(NamedTuple):
    """Pairs to compare: places `left` < `right` in the table, and the place in `rules` of the most telling rule that brought each."""

    left: np.ndarray
    right: np.ndarray
    rule: np.ndarray
    rules: tuple[str, ...]


def keys_of(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that rules speak of, made of the columns of `fields.columns`. Grain: as given; None where there is nothing."""
    born, code = table.born, table.postcode
    out = table[[
        "mail", "mail_user", "number", "tax", "born", "given", "family", "initial", "postcode", "addr", "city",
    ]].astype(object).copy()  # fmt: skip
    out["stem"], out["tail"] = table.family.str[:4], table.family.str[-5:]
    out["given_tail"] = table.given.str[-4:]
    out["year"] = born.str[:4].where(born.notna(), table.born_year.map("{:.0f}".format).where(table.born_year.notna()))
    out["day"], out["outward"] = born.str[5:], code.str[:-3].where(code.str.len() > 4)
    out["number_end"] = table.number.str[-7:]
    out["house"] = table.addr.str.extract(r"\b(\d+)\b", expand=False)
    names = zip(table.given.tolist(), table.family.tolist(), strict=True)
    out["swapped"] = pd.Series(["|".join(sorted(pair)) if all(isinstance(n, str) for n in pair) else None for pair in names],
                               index=table.index, dtype=object)  # fmt: skip
    return out


def find(table: pd.DataFrame, *, budget: int, only: frozenset[str] | None = None) -> Candidates:
    """The pairs worth comparing. Grain of `table`: one row per record, columns as of `fields.columns`; `only`: names of `RULES`."""
    codes = {c: _codes(values) for c, values in keys_of(table).items()}
    words = table.words.str.split().explode()
    at, word = words.index.to_numpy(), _codes(words)
    every, sized = np.arange(len(table)), []
    for place, (name, parts) in enumerate(RULES.items()):
        if only is not None and name not in only:
            continue
        if "word" in parts:
            rows, block = at, _together([word, *(codes[p][at] for p in parts if p != "word")])
        else:
            rows, block = every, _together([codes[p] for p in parts])
        sizes = np.bincount(block[block >= 0]) if (block >= 0).any() else np.zeros(1, dtype="int64")
        pairs = int((sizes * (sizes - 1) // 2)[sizes <= LARGEST_BLOCK].sum())
        if pairs:
            sized.append((pairs, place, name, rows, block, sizes))
    n, raw = len(table), min(RAW_PER_RECORD * len(table), MOST_RAW)
    found, weight, rule, names = [], [], [], []
    for pairs, _, name, rows, block, sizes in sorted(sized, key=lambda r: r[:2]):
        if pairs > raw:
            break
        raw -= pairs
        a, b, share = _within(block, sizes)
        left, right = np.minimum(rows[a], rows[b]), np.maximum(rows[a], rows[b])
        found.append(left * n + right)
        weight.append(share)
        rule.append(np.full(len(left), len(names), dtype="int16"))
        names.append(name)
    if not found:
        nothing = np.zeros(0, dtype="int64")
        return Candidates(nothing, nothing, nothing, ())
    code, score, first = _summed(np.concatenate(found), np.concatenate(weight), np.concatenate(rule))
    if len(code) > budget:
        least = np.partition(score, len(score) - budget)[len(score) - budget]
        best = score > least
        best[np.flatnonzero(score == least)[: budget - int(best.sum())]] = True  # of as many the first
        code, first = code[best], first[best]
    return Candidates(code // n, code % n, first, tuple(names))


def _codes(values: pd.Series) -> np.ndarray:
    return pd.factorize(values, use_na_sentinel=True)[0].astype("int64")


def _together(parts: list[np.ndarray]) -> np.ndarray:
    """The block of each record: one number per combination of values, -1 where a value is missing."""
    out, missing = parts[0].copy(), parts[0] < 0
    for more in parts[1:]:
        missing |= more < 0
        out = out * (int(more.max(initial=0)) + 2) + more
    out[missing] = -1
    kept = ~missing
    out[kept] = np.unique(out[kept], return_inverse=True)[1]
    return out


def _within(block: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair within the blocks, and one over the pairs of its block."""
    fits = (block >= 0) & (sizes[np.maximum(block, 0)] > 1) & (sizes[np.maximum(block, 0)] <= LARGEST_BLOCK)
    rows = np.flatnonzero(fits)
    rows = rows[np.argsort(block[rows], kind="stable")]
    lengths = np.bincount(block[rows], minlength=len(sizes))
    start = np.r_[0, np.cumsum(lengths)]
    after = start[1:][block[rows]] - np.arange(len(rows)) - 1  # partners of each record behind it in its block
    left = np.repeat(np.arange(len(rows)), after)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(after) - after, after)
    size = lengths[block[rows]][left].astype("float64")
    a, b = rows[left], rows[right]
    return a, b, 2 / (size * (size - 1))


def _summed(code: np.ndarray, weight: np.ndarray, rule: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each pair once, the weights of its blocks added, the first rule that brought it."""
    order = np.argsort(code, kind="stable")
    code, weight, rule = code[order], weight[order], rule[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    return code[starts], np.round(np.add.reduceat(weight, starts), 12), rule[starts]
