"""One more month without reading the old ones: who bought in which months, kept from run to run, and what the month brought.

A monthly run rebuilds from all of raw, which is right as long as it is quick. Where the orders of all years are too many for that,
this state (one row per customer: months bought in, source) takes the new month alone and gives the same cohort table and the same
revenue by source, cohort and month as a rebuild, to the cent. Rows of months already closed do not belong here: they need a rebuild.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scrm_helpers.store.months import WORD, words_of


class State(NamedTuple):
    """Customers by number, ascending. `first`: month of bit 0; `months` so far; `revenue`: source, cohort, month, cents."""

    first: int
    months: int
    person: np.ndarray  # int64, ascending
    source: np.ndarray  # place in `sources`
    words: np.ndarray  # int64, customers x words: bit k of word j is month first + 62 j + k
    sources: tuple[str, ...]
    revenue: pd.DataFrame

    @property
    def counted(self) -> pd.DataFrame:
        """Persons by source and history, as `retention.histories` takes them. Grain: one source and history."""
        order = np.lexsort((*self.words.T[::-1], self.source)) if len(self.person) else np.array([], int)
        keys = np.column_stack([self.source[order].astype("int64"), self.words[order]])
        edge = np.flatnonzero(np.r_[len(keys) > 0, (keys[1:] != keys[:-1]).any(axis=1)])
        words = {f"w{j}": keys[edge, j + 1] for j in range(self.words.shape[1])}
        names = np.array(self.sources, object)[keys[edge, 0]] if len(edge) else np.array([], object)
        return pd.DataFrame({"source": names, **words, "persons": np.diff(np.r_[edge, len(keys)])})


def empty(first: int, sources: tuple[str, ...]) -> State:
    """The state before the first month (`first`: months since year 0)."""
    none = np.array([], "int64")
    money = pd.DataFrame({c: none for c in ("source", "cohort", "month", "cents")})
    return State(first, 0, none, none.astype("int8"), np.zeros((0, 1), "int64"), tuple(sources), money)


def add_month(state: State, person, source, cents) -> State:
    """The state with the next month: one row per order (customer's number, place of the customer's source, net in cents).

    A customer met for the first time takes the source that comes with the order; a known one keeps its own.
    """
    person, source, cents = np.asarray(person, "int64"), np.asarray(source, "int8"), np.asarray(cents, "int64")
    at_month, month = state.months, state.first + state.months
    place = _places(state.person, person)
    known = place >= 0
    fresh, one = np.unique(person[~known], return_index=True)
    kept, words = state.person, state.words
    if words_of(at_month + 1) > words.shape[1]:
        words = np.pad(words, ((0, 0), (0, 1)))
    kept_source, kept_words = state.source, words.copy()
    if len(fresh):
        # numbers are not given in the order of coming: room may have to be made between
        between = len(kept) > 0 and fresh[0] < kept[-1]
        order = np.argsort(np.concatenate([kept, fresh]), kind="stable") if between else slice(None)
        kept = np.concatenate([kept, fresh])[order]
        kept_source = np.concatenate([kept_source, source[~known][one]])[order]
        kept_words = np.concatenate([kept_words, np.zeros((len(fresh), words.shape[1]), "int64")])[order]
        place = _places(kept, person)
    kept_words[place, at_month // WORD] |= np.int64(1) << np.int64(at_month % WORD)
    cohort = _first_bit(kept_words[place])
    months = at_month + 1
    key = kept_source[place].astype("int64") * months + cohort
    # sums of whole cents stay whole numbers in float64 up to 90 million millions
    sums = np.bincount(key, cents, len(state.sources) * months)
    hit = np.flatnonzero(np.bincount(key, minlength=len(sums)))
    gained = pd.DataFrame({
        "source": hit // months, "cohort": state.first + hit % months, "month": month, "cents": sums[hit].astype("int64"),
    })  # fmt: skip
    revenue = pd.concat([state.revenue, gained], ignore_index=True)
    return State(state.first, months, kept, kept_source, kept_words, state.sources, revenue)


def write_state(state: State, path: Path) -> None:
    """Two Parquet files, `path` and its revenue beside it; the old ones stand until the new ones are whole."""
    words = {f"w{j}": state.words[:, j] for j in range(state.words.shape[1])}
    note = {"first": str(state.first), "months": str(state.months), "sources": "\x1f".join(state.sources)}
    table = pa.table({"person": state.person, "source": state.source, **words}).replace_schema_metadata(note)
    money = pa.Table.from_pandas(state.revenue, preserve_index=False)
    for part, target in ((table, path), (money, revenue_path(path))):
        half = target.with_suffix(".half")
        pq.write_table(part, half, compression="lz4", use_dictionary=["source"] if part is table else True)
        half.replace(target)


def read_state(path: Path) -> State:
    """The state as it was written."""
    table = pq.read_table(path)
    note = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    words = np.column_stack([v for name, v in columns.items() if name.startswith("w")])
    revenue = pq.read_table(revenue_path(path)).to_pandas()
    sources = tuple(note["sources"].split("\x1f"))
    return State(int(note["first"]), int(note["months"]), columns["person"], columns["source"], words, sources, revenue)


def revenue_path(path: Path) -> Path:
    """Where the revenue of a state lies."""
    return path.with_suffix(".revenue.parquet")


def _places(kept: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of each wanted number in an ascending row of numbers; -1 where it is not there."""
    if not len(kept):
        return np.full(len(wanted), -1)
    span = int(kept[-1] - kept[0]) + 1
    if 0 < span <= 4 * len(kept) + 1024:  # numbered without great gaps: a table is quicker than a search
        table = np.full(span, -1, "int32")
        table[kept - kept[0]] = np.arange(len(kept), dtype="int32")
        inside = (wanted >= kept[0]) & (wanted <= kept[-1])
        return np.where(inside, table[np.where(inside, wanted - kept[0], 0)], -1)
    at = np.minimum(np.searchsorted(kept, wanted), len(kept) - 1)
    return np.where(kept[at] == wanted, at, -1)


def _first_bit(words: np.ndarray) -> np.ndarray:
    """Month of the lowest bit of each row, from 0."""
    out = np.full(len(words), -1)
    for j in range(words.shape[1] - 1, -1, -1):
        word = words[:, j]
        low = word & -word
        # a power of two is exact in float64: its exponent is its place
        out = np.where(word != 0, j * WORD + np.frexp(low.astype(float))[1] - 1, out)
    return out
