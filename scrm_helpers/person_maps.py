"""The plausible person maps of 02, counted without counting everybody anew: a draw moves few accounts, and the rest stands.

Row-level functions take and give lazy Ibis tables (any engine); nothing here reads a file.
"""

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers.errors import ToldError

STEP = 1000  # room for draws in an id: person_id * STEP + draw stays below 10^18


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
    draws = person_draws.filter(person_draws.draw > 0, person_draws.draw <= most).select("draw").distinct()
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
