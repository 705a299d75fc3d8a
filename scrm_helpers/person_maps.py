"""The plausible person maps of 02, counted without counting everybody anew: a draw moves few accounts, and the rest stands.

Links that were not found are in no plausible map. For them 02 draws maps with some links less, by lot (`loosened`): how a figure moves
there, carried on to the links that recall says are missing, is the range that holds them (`with_missed`).

Row-level functions take and give lazy Ibis tables (any engine); nothing here reads a file.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats import Estimate

STEP = 1000  # room for draws in an id: person_id * STEP + draw stays below 10^18
OF_ORDERS = (  # all that is asked of orders here: they are kept in memory
    "order_id", "account_id", "ordered_at", "ordered_on", "kind", "status", "original_order_id", "net", "source", "is_internal",
)  # fmt: skip
LOOSE = 900  # maps with some links less, by lot, are numbered from the next on


class Moved(NamedTuple):
    """What the draws form otherwise than the best map; whatever is not here is the same in all of them.

    `gone`: `draw`, `person_id` of the best map that the draw forms otherwise (or not at all). `people`: shaped like `persons`, an
    account per row and draw, each account of those persons, with `person_id` * STEP + draw (`draw_of` takes it apart again), so that
    persons of two draws never mix.
    """

    gone: ir.Table
    people: ir.Table


def draws_of(person_draws: ir.Table, *, most: int = 50) -> list[int]:
    """The numbers of the plausible person maps (1 and up; draw 0 is the best map); empty where 02 drew none."""
    return _between(person_draws, 1, min(most, LOOSE))


def loose_of(person_draws: ir.Table) -> list[int]:
    """The numbers of the maps with some links less; empty where 02 made none."""
    return _between(person_draws, LOOSE + 1, STEP - 1)


def _between(person_draws: ir.Table, least: int, most: int) -> list[int]:
    draws = person_draws.filter(person_draws.draw.between(least, most)).select("draw").distinct()
    return sorted(int(d) for d in draws.to_pandas()["draw"])


def moved(persons: ir.Table, person_draws: ir.Table, draws: list[int]) -> Moved:
    """What the draws change. An account that a draw does not name keeps its best person. Both tables are made at once."""
    if draws and not 0 <= min(draws) <= max(draws) < STEP:
        raise ToldError(f"draws: came {min(draws)} to {max(draws)}, expected numbers from 0 to {STEP - 1}.")
    best = persons.select("account_id", best_id="person_id")
    drawn = person_draws.filter(person_draws.draw.isin(draws))
    others = drawn.inner_join(best, "account_id").filter(ibis._.person_id != ibis._.best_id)
    others = others.select("draw", "account_id", "person_id", "best_id").cache()
    # both whom an account leaves and whom it joins are other persons than before
    left, joined = others.select("draw", person_id="best_id"), others.select("draw", "person_id")
    gone = ibis.union(left, joined, distinct=True).cache()
    # an account is of such a person in the draw exactly where its best person is one: either it stays, or it leaves one
    away = gone.select("draw", gone_id="person_id")
    members = persons.inner_join(away, persons.person_id == away.gone_id)
    named = others.select(draw_named="draw", account_named="account_id", person_named="person_id")
    rows = members.left_join(named, [members.account_id == named.account_named, members.draw == named.draw_named])
    person = ibis.coalesce(rows.person_named, rows.person_id)
    people = rows.mutate(person_id=(person * STEP + rows.draw).cast("int64")).select(*persons.columns)
    return Moved(gone, people.cache())


def draw_of(person_id):
    """The draw that a `person_id` of `Moved.people` belongs to (an Ibis expression)."""
    return (person_id % STEP).cast("int64")


def recounted(
    best: pd.DataFrame, less: pd.DataFrame, more: pd.DataFrame, *, draws: list[int], by: list[str], counts: list[str]
) -> pd.DataFrame:
    """Counts under every draw: those of the best map, less its persons that the draw forms otherwise, and those it forms instead.

    `best` by `by`; `less` and `more` by `draw` and `by`. Grain: draw and `by`; what counts nobody has no row.
    """
    every = best[by + counts].merge(pd.DataFrame({"draw": draws}), how="cross")
    taken = less.assign(**{c: -less[c] for c in counts})
    keys = ["draw", *by]
    out = pd.concat([part[keys + counts] for part in (every, taken, more)], ignore_index=True)
    out = out.groupby(keys, sort=True)[counts].sum().reset_index()
    return out[out[counts[0]] != 0].reset_index(drop=True)


class Missed(NamedTuple):
    """What 02 says of links that were not found: `parted`, the share of pairs that a loosened map parts, on average, and recall with its
    range, both over pairs of records of systems that carry orders (0-1)."""

    parted: float
    recall: float
    low: float
    high: float


def missed_of(match_quality: pd.DataFrame) -> Missed | None:
    """The same from the table `match_quality`; None where recall cannot be said, or no map was loosened."""
    rows = match_quality[match_quality["group"] == "all"].set_index("measure")
    if not {"recall_buyers", "loosened_share"} <= set(rows.index) or rows.loc["recall_buyers", ["value", "low", "high"]].isna().any():
        return None
    recall = [float(rows.loc["recall_buyers", name]) for name in ("value", "low", "high")]
    return Missed(float(rows.loc["loosened_share", "value"]), *recall) if min(recall) > 0 else None


class Loosened(NamedTuple):
    """Persons from whom links went by lot: `draws`, their numbers; `gone` and `people` as of `Moved`; `orders` (OF_ORDERS) of those
    people alone, with the returns of these orders; `missed`, what the moves are carried on to."""

    draws: list[int]
    gone: ir.Table
    people: ir.Table
    orders: ir.Table
    missed: Missed


def loosened(persons: ir.Table, person_draws: ir.Table, orders: ir.Table, match_quality: pd.DataFrame) -> Loosened | None:
    """The loosened maps of 02; None where there are none, or recall cannot be said. Tables are made at once."""
    missed, draws = missed_of(match_quality), loose_of(person_draws)
    if missed is None or not draws:
        return None
    gone, people = moved(persons, person_draws, draws)
    orders = orders.select(*OF_ORDERS)
    mine = orders.semi_join(people, "account_id")
    sold = mine.filter(mine.kind == "sale").select("order_id")
    returns = orders.filter(orders.kind == "return").semi_join(sold, [("original_order_id", "order_id")])
    theirs = returns.anti_join(people, "account_id")  # without a customer, or another's
    return Loosened(draws, gone, people, ibis.union(mine, theirs).cache(), missed)


def with_missed(estimate: Estimate, loosened: Sequence[float], missed: Missed) -> Estimate:
    """The estimate with a range that holds links that were not found: to where it leads as it stands, and to where they would lead it.

    `loosened`: the same figure under each loosened map. A figure that moves so much where a share `parted` of the pairs found parts
    moves the other way where the missing ones, 1 / recall - 1 of those found, join. The range there has the distances of the estimate's
    own, of recall's range and of the lot of the draws, added as squares. The value stays what the best map counts.
    """
    figures = np.asarray(loosened, dtype="float64")
    if estimate.value is None or not len(figures):
        return estimate
    slope = (estimate.value - float(figures.mean())) / missed.parted
    shift, *ends = (slope * (1 / recall - 1) for recall in (missed.recall, missed.low, missed.high))
    lot = 0.0
    if len(figures) > 1:
        error = float(figures.std(ddof=1)) / math.sqrt(len(figures)) / missed.parted * (1 / missed.recall - 1)
        lot = float(special.stdtrit(len(figures) - 1, (1 + estimate.level) / 2)) * error
    low, high = estimate.low, estimate.high
    if low is not None:
        low = min(low, estimate.value + shift - math.hypot(estimate.value - low, shift - min(shift, *ends), lot))
    if high is not None:
        high = max(high, estimate.value + shift + math.hypot(high - estimate.value, max(shift, *ends) - shift, lot))
    if (low, high) == (estimate.low, estimate.high):
        return estimate
    return estimate._replace(low=low, high=high, method=f"{estimate.method}, with links not found")
