"""Everything that 04 answers, computed once: tables in, small frames out."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, person_maps, prices, sales
from scrm_helpers.retention import cohorts, dealers, projection, renewals, rolling, second, value
from scrm_helpers.retention.activity import Activity, Bits, activity
from scrm_helpers.retention.columns import drawn, told
from scrm_helpers.retention.purchases import booked, group_names, month_label, month_of, of_consumers, purchases
from scrm_helpers.retention.purchases import through as through_of
from scrm_helpers.retention.redrawn import Redrawn, redrawn
from scrm_helpers.stats import Estimate, LogRank

MONTHS = 12
BOTH = "both"  # social and other known sources side by side


class Study(NamedTuple):
    """The answers of one period. Frames as their functions describe them.

    `through`: first day after the last complete month; `first`: first day of the data; `enough`: two full windows of data;
    `revenue`, `margin`: by source, cohort and age; `factors` bring a month's money to the prices of `base`, the month of real terms
    ('' where none); `nominal`: they are asked for and no price index covers the months; `margin`, `curve`, `ltv`: None or empty
    without a cost of goods.
    """

    period: str
    first: date | None
    through: date
    enough: bool
    kept: pd.DataFrame
    sizes: pd.DataFrame
    revenue: pd.DataFrame
    margin: pd.DataFrame | None
    factors: dict[str, float] | None
    movements: pd.DataFrame
    second: pd.DataFrame
    logrank: LogRank | None
    second_sources: pd.DataFrame
    across: LogRank | None
    same: pd.DataFrame
    repurchase: pd.DataFrame
    penetration: pd.DataFrame
    coverage: float | None
    curve: pd.DataFrame
    curves: pd.DataFrame
    ltv: pd.DataFrame
    paid_back: pd.DataFrame
    cac: pd.DataFrame
    projection: projection.Projection | None
    renewals: renewals.Renewals
    businesses: pd.DataFrame
    seen: Activity
    draws: int
    base: str
    nominal: bool

    def triangle(self, kind: str = "in", group: str = "all") -> pd.DataFrame:
        """Cohort cells with counts, range and consumers' revenue (see `cohorts.triangle`); money of fewer than 5 buyers is blank."""
        at = {"through": self.through, "as_of": periods.as_of(self.period), "group": group}
        cells = cohorts.triangle(self.sizes, kind=kind, **at)
        bought = cells if kind == "in" else cohorts.triangle(self.sizes, kind="in", **at)
        money = cohorts.money_triangle(self.revenue, cells, margin=self.margin, group=group, factors=self.factors)
        return cohorts.few_hidden(money, bought)

    @property
    def worths(self) -> list[str]:
        """What a cohort's money may be: revenue, and gross margin where a cost of goods is known."""
        return ["per_customer"] if self.margin is None else ["per_customer", "margin_per_customer"]

    def cells(self, kind: str = "in", group: str = "all") -> pd.DataFrame:
        """The cells of `triangle` for drawing: shares of cohorts under 20 are blank; no row where all are. Grain: cohort and age."""
        return drawn(self.triangle(kind, group), "at_risk")

    def money_cells(self, worth: str = "per_customer", group: str = "all") -> pd.DataFrame:
        """The cells that hold money of a customer as `each`, for drawing, of cohorts of 20 or more. Grain: cohort and age."""
        cells = told(self.triangle(group=group), "at_risk")
        return cells.assign(each=cells[worth])[cells[worth].notna()].reset_index(drop=True)

    def money_title(self, worth: str = "per_customer", group: str = "all") -> str:
        """Text id of what `money_cells` shows."""
        return f"retention.title.cohort_{worth}{'_real' if self.base else ''}"

    def pooled(self, kind: str = "in") -> pd.DataFrame:
        """Retention by age over all cohorts so old, the first cohort of the data left out. Grain: one age."""
        return cohorts.pooled(self.triangle(kind), with_first=False)

    @property
    def sources(self) -> list[str]:
        """What to choose from by source: social against other channels, then each known source with enough customers."""
        return [BOTH, *(s for s in self.second_sources["source"] if s not in metrics.NOT_A_CHANNEL)]

    def second_rows(self, source: str = BOTH) -> pd.DataFrame:
        """Curves of the second order, for drawing: social and other known sources, or one source and the other known ones.

        A curve of fewer than 20 customers is left out. Grain: source and day.
        """
        if self.second.empty:
            return pd.DataFrame(columns=["source", "time", "share", "low", "high", "at_risk"])
        rows = self.second
        if source != BOTH:
            rows = rows[~rows["source"].isin(metrics.NOT_A_CHANNEL)]
            rows = rows.assign(group=rows["source"].where(rows["source"] == source, "other_known"))
        rows = second.curve(rows, groups=("social", "other_known") if source == BOTH else (source, "other_known"),
                            at=[float(d) for d in range(0, 361, 10)])  # fmt: skip
        rows = rows[rows["n"] >= metrics.LEAST_N]
        return rows[rows["share"].notna()].rename(columns={"group": "source"}).reset_index(drop=True)

    def kept_months(self, window: str = "12m", group: str = "all") -> pd.DataFrame:
        """The share of a window's customers who bought in the next one, at each month end, of all or of one group. Grain: one month.

        Ranges of 12 months are those of `kept`; of shorter windows chance alone. A month of fewer than 20 customers is blank, and there
        is no row where every month is.
        """
        seen = self.seen if group == "all" else self.seen.of(group_names(pd.Series(self.seen.source)) == group)
        rows = rolling.by_month(seen, through=self.through, months=metrics.WINDOWS[window])
        rows = rolling.doubted(rows, self.kept.set_index("group").loc[group]) if window == "12m" else rows
        return drawn(rows, "persons")

    def kept_title(self, window: str = "12m", group: str = "all") -> str:
        """Text id of what `kept_months` shows."""
        return f"retention.title.kept_by_month_{window}"

    def kept_rows(self) -> pd.DataFrame:
        """Groups that hold a customer, for drawing: the share of fewer than 20 is blank; no row where all are. Grain: one group."""
        return drawn(self.kept[self.kept["value"].notna()].reset_index(drop=True), "persons")

    def model(self) -> pd.DataFrame:
        """Parameters of the projection, for the appendix; empty where there is none."""
        columns = ["model", "parameter", "value", "log_likelihood", "customers", "converged"]
        return self.projection.parameters if self.projection else pd.DataFrame(columns=columns)

    def moved(self) -> pd.DataFrame:
        """Buyers of each complete month by kind, for stacking. Grain: month and kind."""
        rows = self.movements[self.movements["complete"]]
        return rows.melt(
            id_vars="month", value_vars=["new", "retained", "resurrected"], var_name="movement", value_name="n"
        )

    def curve_rows(self, source: str = BOTH) -> pd.DataFrame:
        """Cumulative margin per customer by age where at least 20 customers are so old, and what one cost (`cost`, blank: not known).

        Social and other known sources, or one source. Grain: source and age; age 1 is the month of the first order.
        """
        rows = self.curve.rename(columns={"group": "source"}) if source == BOTH else self.curves
        rows = rows[rows["source"].isin(["social", "other_known"] if source == BOTH else [source])]
        rows = rows[rows["customers"] >= metrics.LEAST_N]
        paid = {g: self.cac_of(g) for g in rows["source"].unique()}
        cost = rows["source"].map({g: None if p is None else p["value"] for g, p in paid.items()})
        return rows.assign(age=rows["age"] + 1, cost=cost.astype(float)).reset_index(drop=True)

    def ltv_shown(self) -> pd.DataFrame:
        """The table `ltv`, as `told`, with LTV:CAC beside it (`to_cac`, its range; blank without a cost). Grain: group and months."""
        rows = []
        for row in self.ltv.itertuples(index=False):
            cost, ends = self.cac_of(row.group), (None if pd.isna(e) else float(e) for e in (row.value, row.low, row.high))
            ratio = Estimate(None, None, None, metrics.LEVEL, 0, "")
            if cost is not None and row.customers >= metrics.LEAST_N:
                paid = Estimate(cost["value"], cost["low"], cost["high"], metrics.LEVEL, int(cost["n"]), "")
                ratio = value.ltv_to_cac(Estimate(*ends, metrics.LEVEL, int(row.customers), ""), paid)
            rows.append(ratio[:3])
        names = ["to_cac", "to_cac_low", "to_cac_high"]
        return told(self.ltv.reset_index(drop=True), "customers").join(pd.DataFrame(rows, columns=names, dtype="float64"))

    def contract_rows(self) -> pd.DataFrame:
        """Contracts that still run after each renewal, counted and by the model, of the renewal length with the most of them."""
        rows = self.renewals.curve
        if rows.empty:
            return rows
        rows = rows[rows["renewal_months"] == rows.groupby("renewal_months")["at_risk"].max().idxmax()]
        model = rows.assign(value=rows["model"], low=float("nan"), high=float("nan"), kind="model")
        rows = pd.concat([rows.assign(kind="counted"), model[model["value"].notna()]], ignore_index=True)
        return rows[["kind", "renewal", "value", "low", "high"]]

    def contract_tables(self) -> dict[str, pd.DataFrame]:
        """What is known of contracts, by the name of its table; none where the company has no contracts."""
        shares = told(self.renewals.shares, "due")
        found = {"renewals": shares, "renewal_model": self.renewals.checked, "renewal_curve": self.renewals.curve}
        return {name: rows for name, rows in found.items() if len(rows)}

    def facts(self) -> str:
        """A few numbers of the run that must not change unless data or definitions do."""
        lines = [f"{r.group}: {r.retained} of {r.persons} kept" for r in self.kept.itertuples(index=False)]
        return "\n".join([*lines, f"complete to: {self.through}", f"cohorts: {self.sizes['cohort'].nunique()}"])

    def cac_of(self, group: str) -> pd.Series | None:
        """The 12-month acquisition cost of a group from the table `cac`, in real terms where it has them; None where none is said."""
        rows = self.cac[(self.cac["window"] == "12m") & (self.cac["source"] == group)]
        if rows.empty:
            return None
        row = rows.iloc[0]
        names = ("real_value", "real_low", "real_high") if pd.notna(row["real_value"]) else ("value", "low", "high")
        found = pd.Series(
            {k: row[n] for k, n in zip(("value", "low", "high"), names, strict=True)} | {"n": int(row["customers"])}
        )
        return None if pd.isna(found["value"]) else found


def study(
    read: Callable[[str], ir.Table],
    *,
    period: str,
    bits: Bits,
    window: int = 90,
    draws: int = 20,
    discount: float = value.DISCOUNT,
    holdout: int = 6,
) -> Study:
    """All of 04 for one period. `read` gives a lazy contract table by name, `bits` the months of each person (`store.month_bits`).

    `window`: days in which a touch may claim a first order; `draws`: person maps at most; `discount`: a year; `holdout`: months kept back.
    """
    as_of = periods.as_of(period)
    orders, persons, customers = read("orders").filter(ibis._.ordered_on < as_of), read("persons"), read("customers")
    through = through_of(orders, as_of=as_of)
    bought = purchases(orders, persons).cache()  # what nearly every question asks of
    seen = activity(bought, customers, bits=bits)
    first = periods.first_day(month_label(seen.first)) if len(seen.persons) else None
    enough = first is not None and month_of(through) - 2 * MONTHS >= month_of(first)
    index = prices.index_of(
        read("rates").filter(ibis._.kind == "cpi").select("on", "kind", "value").to_pandas(), period
    )
    factors = prices.factors_for(index, 2 * MONTHS, periods.of(first), period) if first else None
    maps = person_maps.draws_of(read("person_draws"), most=draws)
    loose = redrawn(read, orders, window=window)
    earned = booked(orders, persons).cache()
    found = cohorts.revenue(earned, customers)
    spans = second.durations(bought, customers, as_of=through)
    margins = value.margins(
        earned,
        *(read(n) for n in ("order_lines", "products", "margins", "customers")),
        as_of=through,
        factors=factors,
    )
    empty = pd.DataFrame(columns=["group", "age", "customers", "margin", "cumulative"])
    worth = []
    if margins:
        given = {"through": through, "discount": discount, "loose": loose}
        if loose:
            named = (read(n) for n in ("order_lines", "products", "margins"))
            given["anew"] = value.months_anew(margins, loose, *named, as_of=through, factors=factors)
        worth = [value.ltv(margins, customers, months=m, **given) for m in (12, 24)]
    cac = read("cac").to_pandas()
    curves = value.payback_curve(margins, customers, through=through, discount=discount, by="source") if margins else None
    no_source = empty.rename(columns={"group": "source"})
    return Study(
        period=period,
        first=first,
        through=through,
        enough=enough,
        kept=_kept(read, orders, bought, seen, through, maps, window, loose),
        sizes=cohorts.sizes(seen),
        revenue=found,
        margin=value.by_cohort(margins) if margins else None,
        factors=factors,
        movements=cohorts.movements(seen, through=through),
        second=spans,
        logrank=second.social_against_others(spans),
        second_sources=second.by_source(spans),
        across=second.across_sources(spans),
        same=rolling.same_customer(rolling.revenue_now_and_then(of_consumers(earned), customers, through=through, factors=factors)),
        repurchase=rolling.repurchase(bought, customers, through=through, loose=loose),
        penetration=rolling.penetration(bought, read("order_lines"), read("products"), customers, through=through),
        coverage=margins.coverage if margins else None,
        curve=value.payback_curve(margins, customers, through=through, discount=discount) if margins else empty,
        ltv=pd.concat(worth, ignore_index=True)
        if worth
        else pd.DataFrame(columns=["group", "months", "customers", "value", "low", "high"]),
        curves=no_source if curves is None else curves,
        paid_back=value.payback_by_source(no_source if curves is None else curves, cac),
        cac=cac,
        projection=projection.project(bought, customers, through=through, holdout=holdout, factors=factors)
        if first
        else None,
        renewals=renewals.renewed(
            renewals.contracts(read("subscriptions"), persons, customers, as_of=as_of), through=as_of, holdout=holdout
        ),
        businesses=dealers.businesses(orders, persons, earned, through=through, factors=factors),
        seen=seen,
        draws=len(maps),
        base=index.base if factors else "",
        nominal=prices.withheld(index, 2 * MONTHS, factors),
    )


def _kept(read, orders, bought, seen: Activity, through: date, maps: list[int], window: int, loose: Redrawn | None) -> pd.DataFrame:
    found, customers, drawn, parted = rolling.counts(seen, through=through), read("customers"), None, None
    if maps:
        gone, people = person_maps.moved(read("persons"), read("person_draws"), maps)
        made = sales.customers(orders, *(read(n) for n in ("accounts", "leads", "touches")), people, read("golden"), window=window)
        anew = purchases(orders, people)
        drawn = rolling.counts_by_draw(found, bought, customers, gone, anew, made, draws=maps, through=through)
    if loose:
        parted = rolling.counts_by_draw(
            found, loose.of_gone(bought), customers, loose.found.gone, loose.bought, loose.made, draws=loose.draws, through=through
        )
    return rolling.retention(found, drawn, parted=parted, loose=loose)
