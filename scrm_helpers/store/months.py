"""Who bought in which months, as one row of bits per person: the quickest way that the engine has. The rest asks in Ibis and never sees it.

A month is a bit of a whole number, 62 to a word: what a person did in two years is one number, and a cohort table of ten million
orders is a count of equal numbers. (One shifted by a plain number would be taken for HUGEINT by DuckDB and kept as a float in
Parquet: both sides are whole 64-bit numbers here.)
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.store.monthly import WORD, words_of

BATCH = 1 << 17  # rows that are in memory at a time on the flat way


def month_bits(rows: ir.Table, *, first: int, months: int) -> ir.Table:
    """`person_id` and words `w0`, `w1`, ...: bit k of word j says that the person has a row in month first + 62 j + k.

    `rows`: person_id and `month` (months since year 0), any number of rows a month; months outside `first` and `months` are not
    looked at. Grain: one person. On DuckDB one pass over the rows; on other engines the distinct months are added up.
    """
    inside = rows.filter(rows.month >= first, rows.month < first + months)
    at = (inside.month - first).cast("int64")
    bit = (ibis.literal(1, "int64") << (at % WORD).cast("int64")).cast("int64")
    inside = inside.select(inside.person_id, word=at // WORD, bit=bit)
    if rows.get_backend().name == "duckdb":
        def gather(bits, where):
            return bits.bit_or(where=where)
    else:
        inside = inside.distinct()

        def gather(bits, where):
            return bits.sum(where=where)

    one = words_of(months) == 1
    found = {f"w{j}": gather(inside.bit, None if one else inside.word == j) for j in range(words_of(months))}
    grouped = inside.group_by("person_id").agg(**found)
    return grouped.mutate(**{name: grouped[name].fill_null(0).cast("int64") for name in found})


def flat_bits(rows: ir.Table, *, first: int, months: int, people: int) -> pd.DataFrame:
    """The same where persons are numbered 0 to people - 1, from days instead of months: a flat array takes the place of a hash table.

    `rows`: person_id and `ordered_on`. Grain: one number of a person (words 0 where there is no row). Memory: a bit more than
    `people` x `months` bytes.
    """
    month_of = _calendar(first, months)
    seen = np.zeros(people * months, np.bool_)
    for batch in rows.select("person_id", "ordered_on").to_pyarrow_batches(chunk_size=BATCH):
        person = batch.column(0).to_numpy(zero_copy_only=False)
        day = batch.column(1).cast("int32").to_numpy(zero_copy_only=False) - month_of.start
        if len(day) == 0:
            continue
        if person.min() < 0 or person.max() >= people:
            raise ToldError(f"persons: came numbers {person.min()} to {person.max()}, expected 0 to {people - 1}.")
        low, high = int(day.min()), int(day.max())
        if low < 0 or high >= len(month_of.months):
            raise ToldError("rows: came days outside the months asked for; expected none. Filter them first.")
        low, high = month_of.months[low], month_of.months[high]
        # files of orders run by time: most batches lie in one month, which spares looking up each day
        at = low if low == high else month_of.months[day]
        seen[person.astype("int64") * months + at] = True
    table = seen.reshape(people, months)
    out = {}
    for j in range(words_of(months)):
        part = table[:, j * WORD : (j + 1) * WORD]
        bits = np.zeros((people, 64), np.uint8)
        bits[:, : part.shape[1]] = part
        out[f"w{j}"] = np.packbits(bits, axis=1, bitorder="little").view("<i8").ravel()
    return pd.DataFrame({"person_id": np.arange(people), **out})


class _Calendar:
    """`months[d - start]` is the month (0 the first) of day d since 1970."""

    def __init__(self, start: int, months: np.ndarray):
        self.start, self.months = start, months


def _calendar(first: int, months: int) -> _Calendar:
    edges = (np.datetime64("0000-01", "M") + first + np.arange(months + 1)).astype("datetime64[D]").astype("int64")
    return _Calendar(int(edges[0]), np.repeat(np.arange(months), np.diff(edges)))
