"""In which months who bought: equal histories counted once. Cohorts, movements and rolling retention are all read from this one table."""

from collections.abc import Callable
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

WORD = 62  # months in a word of `bits`

Bits = Callable[..., ir.Table]  # rows of person and month -> a row of bits per person (`store.month_bits`)


class Activity(NamedTuple):
    """Persons by what months they bought in. `first`: month of the first column (months since year 0).

    `source` and `persons` go with the rows of `bought`: one row per source and history, a column per month.
    """

    first: int
    source: np.ndarray
    persons: np.ndarray
    bought: np.ndarray  # bool, histories x months

    def of(self, chosen: np.ndarray) -> "Activity":
        """The rows chosen alone."""
        return Activity(self.first, self.source[chosen], self.persons[chosen], self.bought[chosen])

    @property
    def cohort(self) -> np.ndarray:
        """Month of the first purchase of each row, from 0."""
        return self.bought.argmax(axis=1)

    @property
    def last(self) -> np.ndarray:
        """Month of the last purchase of each row, from 0."""
        return self.bought.shape[1] - 1 - self.bought[:, ::-1].argmax(axis=1)

    def window(self, start: int, months: int) -> np.ndarray:
        """Whether each row bought in the `months` months from `start` (months since year 0)."""
        low, high = max(start - self.first, 0), max(start - self.first + months, 0)
        return self.bought[:, low:high].any(axis=1)

    def sum(self, chosen: np.ndarray) -> int:
        """Persons of the rows chosen."""
        return int(self.persons[chosen].sum())


def activity(bought: ir.Table, customers: ir.Table | None, *, bits: Bits) -> Activity:
    """Histories of all persons of `bought` (person_id, month) with the source of `customers` (None: all unknown)."""
    ends = bought.aggregate(first=bought.month.min(), last=bought.month.max()).to_pandas().iloc[0]
    if pd.isna(ends["first"]):
        return Activity(0, np.array([], object), np.array([], "int64"), np.zeros((0, 1), bool))
    first, months = int(ends["first"]), int(ends["last"] - ends["first"]) + 1
    rows = bits(bought, first=first, months=months)
    words = [c for c in rows.columns if c != "person_id"]
    if customers is None:
        rows = rows.mutate(source=ibis.literal("unknown"))
    else:
        rows = rows.left_join(customers.select("person_id", "source"), "person_id").drop("person_id_right")
        rows = rows.mutate(source=rows.source.fill_null("unknown"))
    counted = rows.group_by("source", *words).agg(persons=rows.count()).to_pandas()
    return histories(counted.sort_values(["source", *words], ignore_index=True), first=first, months=months)


def histories(counted: pd.DataFrame, *, first: int, months: int) -> Activity:
    """The same from rows of `source`, words `w0`, `w1`, ... and `persons`."""
    bits = np.zeros((len(counted), months), bool)
    for k in range(months):
        bits[:, k] = (counted[f"w{k // WORD}"].to_numpy("int64") >> (k % WORD)) & 1
    some = bits.any(axis=1)
    counted = counted[some]
    return Activity(first, counted["source"].to_numpy(object), counted["persons"].to_numpy("int64"), bits[some])
