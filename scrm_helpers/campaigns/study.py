"""Everything the campaign notebook shows, worked out once: the plain table, traffic, credit, each campaign, placebos."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import findings, metrics, periods, units
from scrm_helpers.campaigns import answer, association, coming, credit, panel, placebo, plain
from scrm_helpers.campaigns.history import BACK
from scrm_helpers.campaigns.judge import Judged, judge
from scrm_helpers.campaigns.plan import prices
from scrm_helpers.campaigns.rows import USUAL, Hoped
from scrm_helpers.errors import InputError
from scrm_helpers.tables.sales import SALES_CHANNELS
from scrm_helpers.texts import nearest, tell
from scrm_helpers.units import Unit

CONTRACT = (
    "campaign_id", "campaign", "source", "is_social", "starts_on", "ends_on", "design", "state", "grade", "prices", "lift", "low", "high",
    "net", "extra", "extra_low", "extra_high", "p", "p_adjusted", "rank", "smallest_visible", "overlaps",
)  # fmt: skip

COUNTS = ("days_on", "orders", "store_visits", "dealer_visits", "web_visits", "directions", "visits", "months", "window_days", "treated",
          "controls", "placebos", "effective", "lag", "n", "days", "weeks", "stores")  # fmt: skip
MONEY = ("spent", "net", "net_real", "counted", "seen", "seen_business", "others", "unattributed", "unidentified", "seen_tied",
         "touched_tied", "touched", "extra", "extra_low", "extra_high")  # fmt: skip
SHARES = ("seen_share", "touched_share", "campaign_lift", "low", "high", "rank", "smallest_visible", "before_after", "before_lift",
          "did_lift", "sc_lift", "sc_rank", "sdid_lift", "sdid_low", "sdid_high", "like_for_like", "claimed", "false_alarms",
          "coverage", "would_show")  # fmt: skip
UNITS = {
    **dict.fromkeys(COUNTS, Unit.COUNT), **dict.fromkeys(MONEY, Unit.MONEY), **dict.fromkeys(SHARES, Unit.SHARE),
    "orders_per_visit": Unit.RATIO, "raw_ratio": Unit.RATIO, "p": Unit.PROBABILITY, "p_adjusted": Unit.PROBABILITY,
}  # fmt: skip
LAG_UNITS = UNITS | dict.fromkeys(("naive", "value", "low", "high"), Unit.RATIO)  # of the correlation table


@dataclass(frozen=True)
class Study:
    """What `study` found; each frame's grain stands with the function that made it."""

    period: str
    days: pd.DataFrame
    table: pd.DataFrame
    traffic: pd.DataFrame
    timeline: pd.DataFrame
    spans: pd.DataFrame
    marks: pd.DataFrame
    summary: pd.DataFrame
    seen: pd.DataFrame
    sources: pd.DataFrame
    has_evidence: bool
    undated: int
    judged: Judged
    lags: pd.DataFrame
    unpriced: bool
    hoped: Hoped

    def plan_said(self, context: findings.Context, lift: float) -> str:
        """The cheapest plan of a coming campaign that would show `lift`, in the language of the context."""
        return coming.plans(context, self.judged.plans, self.hoped._replace(lift=lift), why=self.judged.unplanned)[0].text(context.language)

    def findings(self, context: findings.Context) -> list[findings.Finding]:
        """All findings, the programme's first."""
        return [
            answer.caused(context, self.judged.lifts),
            *answer.credit(context, self.summary, has_evidence=self.has_evidence, undated=self.undated),
            answer.traffic(context, self.traffic), *coming.plans(context, self.judged.plans, self.hoped, why=self.judged.unplanned),
            *answer.campaigns(context, self.judged.lifts), *coming.campaigns(context, self.judged.lifts, self.judged.plans, self.hoped),
            answer.association(context, self.lags, unpriced=self.unpriced), *answer.calibration(context, self.judged.calibration),
        ]  # fmt: skip

    def plan_rows(self, language: str) -> pd.DataFrame:
        """The smallest visible lift for the chart: `stores`, `smallest_visible` and `length` (weeks as days, in words)."""
        rows = self.judged.plans
        return rows.assign(length=[units.write(7 * weeks, Unit.DAYS, language) for weeks in rows["weeks"]])

    def contract(self) -> pd.DataFrame:
        """The table `campaign_lifts`."""
        rows = self.judged.lifts[list(CONTRACT)]
        return rows.assign(source=rows["source"].where(rows["source"] != "", "unknown"))

    def plain_rows(self) -> pd.DataFrame:
        """The plain table as a page shows it, the newest month first."""
        return plain.shown(self.table).rename(columns={"spend": "spent"})

    def lift_rows(self) -> pd.DataFrame:
        """Each campaign for a page, newest first: result or reason, range, evidence."""
        keep = ["campaign", "starts_on", "ends_on", "design", "state", "grade", "lift", "low", "high", "extra", "extra_low", "extra_high",
                "rank", "smallest_visible", "p_adjusted", "treated", "controls", "orders", "prices", "overlaps"]  # fmt: skip
        rows = self.judged.lifts.sort_values(["starts_on", "campaign_id"], ascending=[False, True], na_position="last")
        return rows[keep].rename(columns={"lift": "campaign_lift"}).reset_index(drop=True)

    def chart_rows(self) -> pd.DataFrame:
        """Campaigns that could be judged, newest first: campaign, lift, low, high, orders."""
        rows = self.judged.lifts.query("state == 'ok'").sort_values(["starts_on", "campaign_id"], ascending=[False, True])
        return rows[["campaign", "lift", "low", "high", "orders"]].reset_index(drop=True)

    def beside_rows(self) -> pd.DataFrame:
        """Other methods beside the one that answers; what a plain before and after would have said."""
        rows = self.judged.lifts.query("state == 'ok'").sort_values(["starts_on", "campaign_id"], ascending=[False, True])
        keep = ["campaign", "grade", "lift", "before_after", "before_lift", "did_lift", "sc_lift", "sc_rank", "sdid_lift", "sdid_low",
                "sdid_high", "like_for_like", "raw_ratio", "placebos", "effective"]  # fmt: skip
        return rows[keep].rename(columns={"lift": "campaign_lift"}).reset_index(drop=True)

    def placebo_rows(self) -> dict[str, tuple[np.ndarray, float, int]]:
        """Campaign name -> (lifts of its placebos, its own lift, how many of them its rank counts), where there are any; newest first."""
        rows = self.judged.lifts.query("state == 'ok'").sort_values(["starts_on", "campaign_id"], ascending=[False, True])
        draws = {r: self.judged.draws.get(r.campaign_id, ()) for r in rows.itertuples()}
        # the rank counts the campaign itself
        return {r.campaign: (lifts, r.lift, round(r.rank * (1 + len(lifts))) - 1) for r, lifts in draws.items() if len(lifts)}

    def calibration_rows(self) -> pd.DataFrame:
        """False alarms by method for a page; `holds`: see `placebo.verdict`."""
        rows = self.judged.calibration
        return rows.assign(holds=[placebo.verdict(row) for row in rows.to_dict("records")])

    def window_rows(self) -> pd.DataFrame:
        """Seen, touched and the rest by window; money as plain numbers."""
        money = ["counted", "seen", "seen_business", "others", "unattributed", "unidentified", "seen_tied", "touched", "touched_tied"]
        rows = self.summary[["months", "window_days", *money, "seen_share", "touched_share"]]
        return rows.assign(**{c: rows[c].astype(float) for c in money})

    def source_rows(self) -> pd.DataFrame:
        """Last 12 months by credited source and buyer: net and orders; fewer than 5 orders might point at a buyer and are blank."""
        rows = self.sources[["source", "buyer", "net", "orders"]].astype({"net": float, "orders": float})
        return rows.assign(**{c: rows[c].mask(rows["orders"].between(1, metrics.LEAST_GROUP - 1)) for c in ("net", "orders")})

    def visits_rows(self) -> pd.DataFrame:
        """Visits to stores and dealers by month for the chart: month, kind, visits."""
        rows = self.traffic[self.traffic["kind"].isin(["store", "dealer"])]
        main = {kind: plain.main_measure(self.traffic, kind) for kind in set(rows["kind"])}
        return rows[rows["measure"] == rows["kind"].map(main)][["month", "kind", "visits"]].reset_index(drop=True)

    def facts(self) -> str:
        """A few figures that the same input always gives."""
        lifts = self.judged.lifts
        return f"{len(lifts)} campaigns, {int((lifts['state'] == 'ok').sum())} judged; {len(self.table)} rows of the plain table"


def study(
    read: Callable[[str], ir.Table], *, period: str, online: str = "shop", hoped: Hoped = USUAL,
    windows: tuple[int, ...] = credit.WINDOWS,
) -> Study:  # fmt: skip
    """The whole notebook from its tables (`read` gives a lazy table by name; those that no file fed are empty).

    `online`, `hoped`: see `judge`. Raises InputError where it is no sales channel, or one named that the company has no sales in.
    """
    as_of = periods.as_of(period)
    orders, persons, touches, accounts, codes = (read(n) for n in ("orders", "persons", "touches", "accounts", "promo_codes"))
    small = ("campaigns", "campaign_units", "spend", "traffic", "stores", "calendar", "change_log", "rates", "ledger_totals")
    campaigns, listed, spend, traffic, stores, calendar, changes, rates, ledger = (_frame(read(name)) for name in small)
    days, booked = panel.daily_both(orders, persons, as_of=as_of)
    _refuse_channel(online, days)
    span = pd.date_range(days["on"].min(), pd.Timestamp(as_of) - pd.Timedelta(days=1), freq="D") if len(days) else pd.DatetimeIndex([])
    price = prices(rates, span[0].date(), as_of)[1] if len(span) else None
    level = None if price is None else pd.Series(price, index=span)
    visits = plain.traffic_and_sales(booked, traffic, stores, as_of=as_of)
    since = periods.first_day(periods.shift(period, -BACK))
    by_window = credit.monthly(orders, touches, accounts, persons, codes, first=since, as_of=as_of, windows=windows)
    summary, seen = credit.summary(by_window, ledger, period=period), by_window[windows[0]]
    sources = credit.by_source(seen[seen["month"] >= periods.shift(period, -11)])
    known = summary["seen"].astype(float).abs().sum() + summary["others"].astype(float).abs().sum() > 0
    return Study(
        period=period, days=days, traffic=visits,
        table=plain.table(booked, campaigns, spend, traffic, stores, calendar, changes, as_of=as_of, level=level),
        timeline=plain.timeline(booked, as_of=as_of, level=level), spans=plain.spans(campaigns, as_of=as_of),
        marks=plain.marks(calendar, changes, as_of=as_of), summary=summary, seen=seen, sources=sources, has_evidence=bool(known),
        undated=0 if known else credit.undated(accounts),
        judged=judge(orders, persons, campaigns, listed, stores, calendar, rates, period=period, online=online, days=days, hoped=hoped),
        lags=_lags(days, spend, calendar, level, span),
        unpriced=level is None and bool(len(span)) and bool(spend["source"].isin(metrics.SOCIAL).any()), hoped=hoped,
    )  # fmt: skip


def _refuse_channel(online: str, days: pd.DataFrame) -> None:
    # 'shop' stands for whoever names none: a company without a web shop is judged by all its sales
    there = set(days.loc[days["buyer"] == "consumer", "channel"])
    sold = [c for c in SALES_CHANNELS if c in there]
    if online not in ("shop", "all", *sold):
        known = list(dict.fromkeys([*sold, "all"]))
        raise InputError(tell("told.campaigns.no_channel", came=online, near=nearest(online, known), known=", ".join(known)), "online")


def _lags(days: pd.DataFrame, spend: pd.DataFrame, calendar: pd.DataFrame, level: pd.Series | None, span: pd.DatetimeIndex) -> pd.DataFrame:
    """Weekly social spend against weekly consumer sales, whole weeks that both cover; in constant prices, or not at all."""
    paid = spend[spend["source"].isin(metrics.SOCIAL)] if len(spend) else spend
    if not len(paid) or level is None:
        return association.lagged(np.zeros(0), np.zeros(0), pd.DatetimeIndex([]), calendar)
    first = max(pd.Timestamp(pd.to_datetime(paid["on"]).min()), span[0])
    inside = span[span >= first]
    inside = inside[: len(inside) // 7 * 7]
    sold = days[days["buyer"] == "consumer"].groupby("on")["net"].sum().reindex(inside, fill_value=0.0)
    put = lambda by_day: (by_day / level.reindex(inside)).to_numpy(float).reshape(-1, 7).sum(axis=1)  # noqa: E731
    return association.lagged(put(plain.social_spend(paid, inside)), put(sold), inside[::7], calendar)


def _frame(rows: ir.Table) -> pd.DataFrame:
    """A small table as pandas, money as float."""
    casts = {name: rows[name].cast("float64") for name, kind in rows.schema().items() if kind.is_decimal()}
    return (rows.mutate(**casts) if casts else rows).to_pandas()

