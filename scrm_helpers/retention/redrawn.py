"""What 04 counts anew where links went by lot (`person_maps.loosened`): the ranges that hold links which were not found."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, person_maps, sales
from scrm_helpers.retention.purchases import group_names, purchases
from scrm_helpers.stats import Estimate


class Redrawn(NamedTuple):
    """The loosened person maps. `found`: of `person_maps.loosened`; `made`, `bought`: customers and purchases of the persons that they
    form; `gone`: consumers whom they form otherwise, `people`: those they form instead, both acquired since the data began: `draw`,
    `person_id`, `group`, `cohort` (month of the first order)."""

    found: person_maps.Loosened
    made: ir.Table
    bought: ir.Table
    gone: pd.DataFrame
    people: pd.DataFrame

    @property
    def draws(self) -> list[int]:
        """The numbers of the maps."""
        return self.found.draws

    def of_gone(self, bought: ir.Table) -> ir.Table:
        """Of these purchases those of persons that the maps form otherwise: few, and all that has to be counted again."""
        return bought.semi_join(self.found.gone, "person_id")

    def widened(self, estimate: Estimate, figures: Sequence[float]) -> Estimate:
        """The estimate with links that were not found; `figures`: the same under each map (see `person_maps.with_missed`)."""
        return person_maps.with_missed(estimate, figures, self.found.missed)


def redrawn(read: Callable[[str], ir.Table], orders: ir.Table, *, window: int) -> Redrawn | None:
    """None where 02 loosened no map, or cannot say how many links it found. `orders`: those of the study; `window` as of `customers`."""
    found = person_maps.loosened(read("persons"), read("person_draws"), orders, read("match_quality").to_pandas())
    if found is None:
        return None
    customers = read("customers")
    begin = customers.filter(customers.before_data).aggregate(first=ibis._.first_on.min()).to_pandas()["first"].iloc[0]
    begin = None if pd.isna(begin) else periods.index(periods.of(pd.Timestamp(begin).date()))
    rest = (read(name) for name in ("accounts", "leads", "touches"))
    made = sales.customers(found.orders, *rest, found.people, read("golden"), window=window, begin=begin).cache()
    gone = _acquired(customers.inner_join(found.gone, "person_id"))
    people = _acquired(made.mutate(draw=person_maps.draw_of(made.person_id)))
    return Redrawn(found, made, purchases(found.orders, found.people).cache(), gone, people)


def _acquired(rows: ir.Table) -> pd.DataFrame:
    rows = rows.filter(~rows.before_data, rows.kind == "consumer")
    frame = rows.select("draw", "person_id", "source", cohort=periods.month_number(rows.first_on)).to_pandas()
    return frame.assign(group=group_names(frame["source"])).sort_values(["draw", "person_id"], ignore_index=True)
