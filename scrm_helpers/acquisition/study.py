"""Everything that 03 answers, computed once: tables in, small frames out."""

from collections.abc import Callable
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, person_maps, prices, sales
from scrm_helpers.acquisition import customer_cost, firsts, mix, stages
from scrm_helpers.acquisition import orders as sold
from scrm_helpers.acquisition.ledger import Ledger, cost_ledger, cost_of
from scrm_helpers.acquisition.mix import Standardised
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate, combine
from scrm_helpers.tables import SOURCES

MONTHS = 12
LINE = 13  # months of a line over time: this one beside that of a year ago
SPENT = MONTHS + max(customer_cost.LAGS)  # months whose spend the lags look at
BOTH, PAIR = "both", ("social", "other_known")  # side by side


class Study(NamedTuple):
    """The answers of one period; frames as their functions describe them. `base`: month whose prices real terms are in, or ''.

    `real`: windows whose money is deflated; `nominal`: windows that would be, had the price index covered them.
    """

    period: str
    ledger: Ledger
    new: pd.DataFrame
    drawn: pd.DataFrame
    first_month: str
    cac: pd.DataFrame
    businesses: pd.DataFrame
    lags: pd.DataFrame
    funnel: pd.DataFrame
    filled: dict[str, Estimate]
    traced: pd.DataFrame
    rate: pd.DataFrame
    rate_mix: Standardised | None
    values: pd.DataFrame
    every: pd.DataFrame
    value_gap: Estimate | None
    value_mix: Standardised | None
    worth: pd.DataFrame
    draws: int
    base: str
    real: tuple[str, ...]
    lags_real: bool
    nominal: tuple[str, ...]
    line_factors: dict[str, float] | None
    loose: customer_cost.Loose | None

    @property
    def months(self) -> list[str]:
        """The 12 months up to the period."""
        return periods.between(periods.shift(self.period, 1 - MONTHS), self.period)

    def cac_rows(self, window: str = "12m") -> pd.DataFrame:
        """Rows of the table `cac` of one window with a figure to draw, in real terms where the window has them. Grain: source or group."""
        rows = self.cac[(self.cac["window"] == window) & self.cac["value"].notna() & (self.cac["customers"] >= metrics.LEAST_N)]
        if window in self.real:
            rows = rows.assign(**{name: rows[f"real_{name}"] for name in ("value", "low", "high")})
        place = [*customer_cost.GROUPS, *SOURCES]
        return rows.sort_values("source", key=_by(place), ignore_index=True)

    def cac_title(self, window: str = "12m") -> str:
        """Text id of what `cac_rows` shows: the window, and whether its money is in the prices of one month."""
        return f"acquisition.title.cac_{window}{'_real' if window in self.real else ''}"

    def cac_shown(self) -> pd.DataFrame:
        """The table `cac` with `if_all`: what one costs if all customers of unknown source are the row's own (no chance in it)."""
        unknown = self.cac[self.cac["source"] == "unknown"].set_index("window")["customers"]
        theirs = self.cac["window"].map(unknown).fillna(0)
        shared = self.cac["cost"] / (self.cac["customers"] + theirs)
        rows = self.cac.assign(if_all=shared.where(self.cac["value"].notna() & ~self.cac["source"].isin(["all", "unknown"])))
        order = [c for c in rows.columns if c != "if_all"]
        few = (rows["customers"] > 0) & (rows["customers"] < metrics.LEAST_N)
        rows.loc[few, ["value", "if_all", "real_value"]] = float("nan")  # too few to say: the range tells it
        return rows[[*order[: order.index("unknown_share")], "if_all", *order[order.index("unknown_share") :]]]

    @property
    def sources(self) -> list[str]:
        """What to choose from by source: social and other channels side by side, then each source that has a cost of 12 months."""
        rows = self.cac[(self.cac["window"] == "12m") & self.cac["value"].notna()]
        return [BOTH, *(s for s in SOURCES if s in set(rows["source"]))]

    def monthly(self, source: str = BOTH) -> pd.DataFrame:
        """CAC by month with its range, in the prices of one month where a price index covers them. Grain: month and source."""
        rows = customer_cost.by_month(
            self.ledger.rows, self.new, self.drawn, period=self.period, first_month=self.first_month,
            groups=PAIR if source == BOTH else (source,), factors=self.line_factors, loose=self.loose,
        )  # fmt: skip
        some = rows.groupby("source")["value"].transform("count") > 0
        return rows[some].reset_index(drop=True)  # a month of too few customers stays as a gap in the line

    @property
    def monthly_title(self) -> str:
        """Text id of what `monthly` shows."""
        return "acquisition.title.monthly_real" if self.line_factors else "acquisition.title.monthly"

    def funnel_rows(self, source: str = BOTH) -> pd.DataFrame:
        """Stages with a count for social and other known sources, or for one source, for drawing. Grain: stage and source.

        No rows where every stage counts nobody: bars of no length are no picture.
        """
        rows = self.funnel[self.funnel["source"].isin(PAIR if source == BOTH else (source,)) & self.funnel["count"].notna()]
        rows = rows[rows["stage"].isin(stages.STAGES[3:]) & rows["count"].any()]
        return rows.reset_index(drop=True)

    def facts(self) -> str:
        """A few numbers of the run that must not change unless data or definitions do."""
        known = self.cac[(self.cac["window"] == "12m") & self.cac["source"].isin(customer_cost.GROUPS)]
        lines = [f"{r.source}: {r.customers} new customers" for r in known.itertuples(index=False)]
        return "\n".join([*lines, f"ledger lines: {len(self.ledger.rows)}", f"left out: {len(self.ledger.left_out)}"])


def study(
    read: Callable[[str], ir.Table], *, period: str, window: int = 90, horizon: int = firsts.HORIZON, draws: int = 20
) -> Study:
    """All of 03 for one period. `read` gives a lazy contract table by name; `customers` must have been written before.

    `window`: days in which a touch may claim a first order; `horizon`: days after becoming a prospect; `draws`: person maps at most.
    """
    customers, orders, persons = read("customers"), read("orders"), read("persons")
    index = prices.index_of(
        read("rates").filter(ibis._.kind == "cpi").select("on", "kind", "value").to_pandas(), period
    )
    first = periods.shift(period, 1 - MONTHS)
    factors = prices.factors_for(index, MONTHS, first, period)
    real = tuple(w for w, m in metrics.WINDOWS.items() if factors and prices.needed(index, m))
    ledger = cost_ledger(read("spend"), read("costs"), read("campaigns"), period=period)
    new = customer_cost.new_by_month(customers)
    maps, first_month = person_maps.draws_of(read("person_draws"), most=draws), data_begin(customers)
    people = (read(n) for n in ("accounts", "leads", "touches", "persons", "golden", "person_draws"))
    missed = person_maps.missed_of(read("match_quality").to_pandas())
    every = maps + (person_maps.loose_of(read("person_draws")) if missed else [])
    drawn = customer_cost.new_by_draw(customers, orders, *people, draws=every, first_month=first_month, window=window)
    loose = customer_cost.Loose(drawn[drawn["draw"] > person_maps.LOOSE], missed) if missed else None
    drawn = drawn[drawn["draw"] <= person_maps.LOOSE]
    both = {"period": period, "first_month": first_month}
    rechecked = read("rechecks").to_pandas()  # of the sheet that people fill in by hand, where a sample of it was asked again
    doubt = {}
    if len(rechecked):
        doubt = {"doubt": float(rechecked["wrong_high"].max()), "declared": customer_cost.declared_by_month(customers)}
    table = customer_cost.cac_table(ledger.rows, new, drawn, factors=factors, real=real, loose=loose, **both, **doubt)
    kept = sales.kept_by_persons(orders, persons).cache()  # what the rest asks of, over and over
    people = firsts.prospects(
        read("leads"), kept, persons, read("golden"), period=period, horizon=horizon
    )
    ripe = people[people["seen_days"] >= horizon]
    ripe = ripe.assign(bought=(ripe["ordered_days"] <= horizon).astype(float))
    named = {"lines": read("order_lines"), "products": read("products")}
    values = sold.first_values(customers, kept, period=period, factors=factors, **named)
    every = sold.every_value(customers, kept, period=period, factors=factors)
    worth = sold.order_values(values)
    lagged = prices.factors_for(index, SPENT, periods.shift(period, 1 - SPENT), period)
    months = periods.between(first, period)
    costs = {g: _acquire(ledger, months, g, factors) for g in ("social", "other_known")}
    if factors:
        people = people.assign(net=people["net"] * people["month"].map(factors).astype(float))
    return Study(
        period=period,
        ledger=ledger,
        new=new,
        drawn=drawn,
        first_month=first_month,
        cac=table,
        businesses=customer_cost.businesses(new, **both),
        lags=customer_cost.lagged(ledger.rows, new, group="social", factors=lagged, **both),
        funnel=stages.funnel(
            *(read(n) for n in ("spend", "activity", "leads")), customers, kept, period=period
        ),
        filled=stages.filled(customers, read("leads"), period=period),
        traced=stages.traceability(customers, read("leads"), read("persons"), period=period),
        rate=firsts.purchase_rate(people, horizon=horizon),
        rate_mix=mix.same_mix(ripe, value="bought", cells=mix.PLACE),
        values=worth,
        every=sold.mean_orders(every),
        value_gap=_gap(worth),
        value_mix=mix.finest_mix(values, value="net"),
        worth=firsts.prospect_value(people, costs, horizon=horizon),
        draws=len(maps),
        base=index.base if factors else "",
        real=real,
        loose=loose,
        lags_real=lagged is not None,
        line_factors=prices.factors_for(index, LINE, max(first_month, periods.shift(period, 1 - LINE)), period) if first_month else None,
        nominal=tuple(w for w, m in metrics.WINDOWS.items() if prices.withheld(index, m, factors)),
    )


def data_begin(customers: ir.Table) -> str:
    """The first month of the data: that of the customers marked as from before it; '' where there are no customers."""
    marked = customers.filter(customers.before_data)
    found = marked.aggregate(first=marked.first_month.min()).to_pandas()["first"].iloc[0]
    return "" if pd.isna(found) else str(found)


def _by(place: list[str]):
    return lambda column: column.map({name: n for n, name in enumerate(place)})


def _acquire(ledger: Ledger, months: list[str], group: str, factors) -> float | None:
    found = cost_of(
        ledger.rows, months=months, purpose="acquire", sources=customer_cost.members(group), factors=factors
    )
    return found[0] if found else None


def _gap(values: pd.DataFrame) -> Estimate | None:
    """Social minus other known sources, first-order value."""
    rows = values.set_index("group")
    if not {"social", "other_known"} <= set(rows.index):
        return None
    pair = [
        Estimate(
            float(r["value"]),
            *(None if pd.isna(r[e]) else float(r[e]) for e in ("low", "high")),
            LEVEL,
            int(r["orders"]),
            "bootstrap",
        )
        for r in (rows.loc["social"], rows.loc["other_known"])
    ]
    return combine(pair, weights=(1, -1))
