"""One more month without reading the old ones: who bought in which months, kept from run to run, and what the month brought.

A monthly run rebuilds from all of raw and reads none of this: files of a later month bring orders of earlier ones, and 02 finds anew who
is one person, so that what is kept by person would be last month's. The state is for whoever adds a month between runs from a system whose
customers keep their numbers and whose closed months stay as they are: it takes the new month's orders alone and gives the same cohort
table and the same revenue by source, cohort and month as a rebuild, to the cent. The benchmark of retention measures what that
costs. No engine is needed: the work is that of the month's own customers, beside reading and writing the state.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

WORD = 62  # bits used of a word: the number stays above 0 on every engine
CELLS = ("source", "cohort", "month", "cents", "persons", "last")


class State(NamedTuple):
    """Customers by number, ascending. `first`: month of bit 0; `months` so far.

    `cells`: one row per place of a source, cohort and month in which one of its customers bought: net in cents, `persons` who
    bought in it, `last` persons who have not bought since.
    """

    first: int
    months: int
    person: np.ndarray  # int64, ascending
    source: np.ndarray  # place in `sources`
    words: np.ndarray  # int64, customers x words: bit k of word j is month first + 62 j + k
    sources: tuple[str, ...]
    cells: pd.DataFrame

    @property
    def counted(self) -> pd.DataFrame:
        """Persons by source and history, as `retention.histories` takes them. Grain: one source and history."""
        order = np.lexsort((*self.words.T[::-1], self.source)) if len(self.person) else np.array([], int)
        keys = np.column_stack([self.source[order].astype("int64"), self.words[order]])
        edge = np.flatnonzero(np.r_[len(keys) > 0, (keys[1:] != keys[:-1]).any(axis=1)])
        words = {f"w{j}": keys[edge, j + 1] for j in range(self.words.shape[1])}
        names = np.array(self.sources, object)[keys[edge, 0]] if len(edge) else np.array([], object)
        return pd.DataFrame({"source": names, **words, "persons": np.diff(np.r_[edge, len(keys)])})

    @property
    def sizes(self) -> pd.DataFrame:
        """Persons by cohort, source and age, as `retention.sizes` counts them from all orders. Grain: one of each, `active` and `last`."""
        rows = self.cells.assign(
            source=np.array(self.sources, str)[self.cells["source"]], age=self.cells["month"] - self.cells["cohort"]
        )
        rows = rows.sort_values(["cohort", "source", "age"])
        parts = [rows.assign(persons=rows[name], of=of) for of, name in (("active", "persons"), ("last", "last"))]
        whole = pd.concat(parts, ignore_index=True)
        return whole.loc[whole["persons"] > 0, ["cohort", "source", "age", "persons", "of"]].reset_index(drop=True)


def words_of(months: int) -> int:
    """How many words hold so many months."""
    return max(1, -(-months // WORD))


def empty(first: int, sources: tuple[str, ...]) -> State:
    """The state before the first month (`first`: months since year 0)."""
    none = np.array([], "int64")
    cells = pd.DataFrame({c: none for c in CELLS})
    return State(first, 0, none, none.astype("int8"), np.zeros((0, 1), "int64"), tuple(sources), cells)


def add_month(state: State, person, source, cents) -> State:
    """The state with the next month: one row per order (customer's number, place of the customer's source, net in cents).

    A customer met for the first time takes the source that comes with the order; a known one keeps its own.
    """
    person, source, cents = np.asarray(person, "int64"), np.asarray(source, "int8"), np.asarray(cents, "int64")
    at_month, months = state.months, state.months + 1
    kept, kept_source, words, place = _with_new(state, person, source, words_of(months))
    # sums of whole cents stay whole numbers in float64 up to 90 million millions
    money = np.bincount(place, cents, len(kept))
    here = np.zeros(len(kept), bool)
    here[place] = True
    here = np.flatnonzero(here)
    before = _last_bit(words[here])
    words[here, at_month // WORD] |= np.int64(1) << np.int64(at_month % WORD)
    line = kept_source[here].astype("int64") * months + _first_bit(words[here])
    size = len(state.sources) * months
    sums, persons = np.bincount(line, money[here], size), np.bincount(line, minlength=size)
    hit = np.flatnonzero(persons)
    gained = pd.DataFrame({
        "source": hit // months, "cohort": state.first + hit % months, "month": state.first + at_month,
        "cents": sums[hit].astype("int64"), "persons": persons[hit], "last": persons[hit],
    })  # fmt: skip
    again = before >= 0
    moved = np.bincount(line[again] * months + before[again], minlength=size * months)
    old = state.cells
    at = (old["source"] * months + old["cohort"] - state.first) * months + old["month"] - state.first
    old = old.assign(last=old["last"] - moved[at.to_numpy("int64")])
    cells = pd.concat([old, gained], ignore_index=True) if len(old) else gained
    return State(state.first, months, kept, kept_source, words, state.sources, cells)


def _with_new(state: State, person: np.ndarray, source: np.ndarray, wide: int):
    """Customers, sources and words with room for who is new and for the month, and the place of each order's customer."""
    place = _places(state.person, person)
    fresh, one = np.unique(person[place < 0], return_index=True)
    total = len(state.person) + len(fresh)
    kept, kept_source = state.person, state.source
    words = np.zeros((total, wide), "int64")
    if not len(fresh):
        words[:, : state.words.shape[1]] = state.words
        return kept, kept_source, words, place
    # numbers are not given in the order of coming: room may have to be made between
    new = np.searchsorted(kept, fresh) + np.arange(len(fresh))
    is_old = np.ones(total, bool)
    is_old[new] = False
    old = np.flatnonzero(is_old)
    kept, kept_source = np.empty(total, "int64"), np.empty(total, "int8")
    for whole, known, added in ((kept, state.person, fresh), (kept_source, state.source, source[place < 0][one])):
        whole[old], whole[new] = known, added
    words[old, : state.words.shape[1]] = state.words
    where = np.empty(len(person), "int64")
    known = place >= 0
    where[known] = old[place[known]]
    where[~known] = new[np.searchsorted(fresh, person[~known])]
    return kept, kept_source, words, where


def write_state(state: State, path: Path) -> None:
    """Two Parquet files, `path` and its cells beside it; the old ones stand until the new ones are whole."""
    words = {f"w{j}": state.words[:, j] for j in range(state.words.shape[1])}
    note = {"first": str(state.first), "months": str(state.months), "sources": "\x1f".join(state.sources)}
    table = pa.table({"person": state.person, "source": state.source, **words}).replace_schema_metadata(note)
    cells = pa.Table.from_pandas(state.cells, preserve_index=False)
    for part, target in ((table, path), (cells, cells_path(path))):
        half = target.with_suffix(".half")
        pq.write_table(part, half, compression="lz4", use_dictionary=["source"], write_statistics=False)
        half.replace(target)


def read_state(path: Path) -> State:
    """The state as it was written."""
    table = pq.ParquetFile(path).read(use_threads=False)
    note = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    words = [v for name, v in columns.items() if name.startswith("w")]
    words = words[0][:, None] if len(words) == 1 else np.column_stack(words)
    cells = pq.ParquetFile(cells_path(path)).read(use_threads=False).to_pandas()
    sources = tuple(note["sources"].split("\x1f"))
    return State(int(note["first"]), int(note["months"]), columns["person"], columns["source"], words, sources, cells)


def cells_path(path: Path) -> Path:
    """Where the cells of a state lie: revenue and persons by source, cohort and month."""
    return path.with_suffix(".cells.parquet")


def _places(kept: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of each wanted number in an ascending row of numbers; -1 where it is not there."""
    if not len(kept) or not len(wanted):
        return np.full(len(wanted), -1)
    span = int(kept[-1] - kept[0]) + 1
    if 0 < span <= 4 * len(kept) + 1024:  # numbered without great gaps: a table is quicker than a search
        table = np.full(span, -1, "int32")
        table[kept - kept[0]] = np.arange(len(kept), dtype="int32")
        inside = (wanted >= kept[0]) & (wanted <= kept[-1])
        if inside.all():
            return table[wanted - kept[0]]
        return np.where(inside, table[np.where(inside, wanted - kept[0], 0)], -1)
    order = np.argsort(wanted)  # in the order of the row the search stays in the cache
    ahead = wanted[order]
    at = np.minimum(np.searchsorted(kept, ahead), len(kept) - 1)
    out = np.empty(len(wanted), "int64")
    out[order] = np.where(kept[at] == ahead, at, -1)
    return out


def _first_bit(words: np.ndarray) -> np.ndarray:
    """Month of the lowest bit of each row, from 0; -1 where there is none."""
    out = np.full(len(words), -1)
    for j in range(words.shape[1] - 1, -1, -1):
        word = words[:, j]
        # a power of two is exact in float64: its exponent is its place
        out = np.where(word != 0, j * WORD + np.frexp((word & -word).astype(float))[1] - 1, out)
    return out


def _last_bit(words: np.ndarray) -> np.ndarray:
    """Month of the highest bit of each row, from 0; -1 where there is none."""
    out = np.full(len(words), -1)
    for j in range(words.shape[1]):
        word = words[:, j]
        # without its second highest bit a number cannot be rounded up to the next power of two
        out = np.where(word != 0, j * WORD + np.frexp((word & ~(word >> 1)).astype(float))[1] - 1, out)
    return out
