"""The cost ledger: ad-platform spend and the cost sheet, each amount once, hours priced, missing hours as a range."""

from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import campaign_names, metrics, periods
from scrm_helpers.errors import ToldError
from scrm_helpers.tables import CONTACT_CHANNELS
from scrm_helpers.texts import tell

KEY = ["month", "source", "purpose", "kind", "contact_channel"]
FAMILY = {"facebook": "meta", "instagram": "meta"}  # one bill, one export: a sheet may write either
COLUMNS = [*KEY, "amount", "low", "high", "hours", "campaign_id"]


class Ledger(NamedTuple):
    """`rows`: the table cost_ledger. `left_out`: media of the sheet that the ad platform's export already holds.

    `estimated`: lines whose hours were missing, with the range put in their place. `unpriced`: lines with neither an amount nor
    anything to estimate one from; they stand in no sum.
    """

    rows: pd.DataFrame
    left_out: pd.DataFrame
    estimated: pd.DataFrame
    unpriced: pd.DataFrame


def cost_ledger(spend: ir.Table, costs: ir.Table, campaigns: ir.Table, *, period: str) -> Ledger:
    """Programme cost by month, source, purpose, kind and contact channel, in base currency, up to the period.

    Rules. Media of ad platforms comes from their exports (purpose: that of the campaign, see `campaign_names`, else acquire). Where
    the cost sheet has media of the same platform and month, it is the same money: the export counts, the sheet's line is left out and
    shown (Facebook and Instagram are one bill). Hours cost hours x loaded rate unless the sheet gives the amount. Missing hours
    (blank, or no line in a month after the first one) are a range from the least to the most of the other months of the same line,
    never 0.
    """
    periods.check(period)
    media = _media(spend, campaigns, period)
    sheet = _sheet(costs, period)
    paid = set(zip(media["month"], media["source"].map(_family), strict=True))
    twice = pd.Series(
        [
            k == "media" and (m, _family(s)) in paid
            for k, m, s in zip(sheet["kind"], sheet["month"], sheet["source"], strict=True)
        ],
        index=sheet.index,
        dtype=bool,
    )
    hours, unpriced = _hours(sheet[sheet["kind"] == "hours"], _months(media, sheet, period))
    other = sheet[(sheet["kind"] != "hours") & ~twice]
    blank = other["amount"].isna()
    priced = other[~blank].assign(low=lambda f: f["amount"], high=lambda f: f["amount"])
    rows = pd.concat([media, priced, hours], ignore_index=True)
    return Ledger(
        rows=_summed(rows),
        left_out=sheet[twice][["month", "source", "purpose", "amount"]].reset_index(drop=True),
        estimated=hours.loc[hours["estimated"], [*KEY, "amount", "low", "high"]].reset_index(drop=True),
        unpriced=pd.concat([other[blank], unpriced], ignore_index=True)[KEY],
    )


def cost_of(
    ledger: pd.DataFrame,
    *,
    months: list[str],
    purpose: str | None = None,
    sources=None,
    factors: dict[str, float] | None = None,
) -> tuple[float, float, float] | None:
    """Amount, low and high of the rows chosen; None where the ledger has no such row. `factors` by month write real terms."""
    part = ledger[ledger["month"].isin(months)]
    if purpose is not None:
        part = part[part["purpose"] == purpose]
    if sources is not None:
        part = part[part["source"].isin(list(sources))]
    if part.empty:
        return None
    if factors and (without := sorted(set(part["month"]) - set(factors))):
        raise ToldError(f"factors: came without {', '.join(without)}, whose cost is asked for; expected one for every month.")
    weight = part["month"].map(factors).astype(float) if factors else pd.Series(1.0, index=part.index)
    amount, low, high = (float((part[c].astype(float) * weight).sum()) for c in ("amount", "low", "high"))
    return amount, low, high


def by_purpose(ledger: pd.DataFrame, *, months: list[str]) -> pd.DataFrame:
    """Cost of the months by purpose and social (the programme's own) or other. Grain: one purpose and group; their sum is the ledger's."""
    part = ledger[ledger["month"].isin(months)]
    group = np.where(metrics.of_programme(part), "social", "other")
    sums = part.assign(group=group).groupby(["purpose", "group"], sort=True)[["amount", "low", "high"]]
    return sums.sum().astype(float).reset_index()


def by_month(ledger: pd.DataFrame) -> pd.DataFrame:
    """Cost by month and kind. Grain: one month and kind; their sum is the ledger's."""
    return ledger.groupby(["month", "kind"], sort=True)["amount"].sum().astype(float).reset_index()


def _family(source: str) -> str:
    return FAMILY.get(source, source)


def _media(spend: ir.Table, campaigns: ir.Table, period: str) -> pd.DataFrame:
    rows = campaign_names.with_campaign(spend.filter(spend.on < periods.as_of(period)), campaigns)
    rows = rows.mutate(month=periods.label(rows.on), purpose=rows.purpose.fill_null("acquire"))
    sums = (
        rows.group_by("month", "source", "purpose", "campaign_id")
        .agg(amount=rows.amount.sum().cast("float64"))
        .to_pandas()
    )
    sums = sums.sort_values(["month", "source", "purpose", "campaign_id"], ignore_index=True)
    return sums.assign(
        kind="media", contact_channel="", low=sums["amount"], high=sums["amount"], hours=np.nan, estimated=False
    )


def _sheet(costs: ir.Table, period: str) -> pd.DataFrame:
    names = ["month", "source", "purpose", "kind", "contact_channel", "campaign_id"]
    rows = costs.filter(costs.month <= period).select(
        *names,
        amount=costs.amount.cast("float64"),
        hours=costs.hours,
        rate=costs.hourly_rate.cast("float64"),
        at=costs.cost_id,
    )
    rows = rows.to_pandas().sort_values(["month", "at"], ignore_index=True).drop(columns="at")
    foreign = sorted(set(rows["contact_channel"].dropna()) - {*CONTACT_CHANNELS, ""})
    if foreign:
        raise ToldError(tell("told.costs.channel", came=", ".join(foreign), known=", ".join(CONTACT_CHANNELS)))
    return rows.assign(contact_channel=rows["contact_channel"].fillna("").astype("str"), estimated=False)


def _months(media: pd.DataFrame, sheet: pd.DataFrame, period: str) -> list[str]:
    """Months that hours are expected in: from the first of the books up to the period."""
    seen = [*media["month"], *sheet["month"]]
    return periods.between(min(seen), period) if seen else []


def _hours(lines: pd.DataFrame, months: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hours by month and line with amount, low, high; and the lines that nothing can price."""
    done, hopeless = [], []
    names = ["source", "purpose", "contact_channel"]
    for key, line in lines.groupby(names, sort=True):
        line = line.assign(amount=line["amount"].fillna(line["hours"] * line["rate"]))
        absent = [m for m in months if m > line["month"].min() and m not in set(line["month"])]
        if absent:
            missing = pd.DataFrame({"month": absent, **dict(zip(names, key, strict=True)), "kind": "hours"})
            line = pd.concat([line, missing], ignore_index=True)
        known = line["amount"].notna()
        # Several lines of one month (two people) add up before a month is compared with another.
        by_month = line[known].groupby("month")[["amount", "hours"]].sum(min_count=1)
        good = line[known].assign(low=lambda f: f["amount"], high=lambda f: f["amount"], estimated=False)
        done.append(good)
        for month, gap in line[~known].groupby("month"):
            filled = _range(gap, by_month[by_month.index != month], line["rate"])
            if filled is None:
                hopeless.append(gap)
                continue
            done.append(gap.iloc[:1].assign(low=filled[0], high=filled[1], amount=sum(filled) / 2, estimated=True))
    empty = lines.iloc[:0].assign(low=[], high=[], estimated=False)
    frame = pd.concat(done, ignore_index=True) if done else empty
    return frame.assign(estimated=frame["estimated"].astype(bool)), pd.concat(
        hopeless, ignore_index=True
    ) if hopeless else empty


def _range(gap: pd.DataFrame, others: pd.DataFrame, rates: pd.Series) -> tuple[float, float] | None:
    """Least and most that the missing hours of a month can cost, from other months of the same line."""
    rate = gap["rate"].dropna()
    hours = gap["hours"].dropna()
    if len(hours) and rates.notna().any():  # hours known, their rate not: the least and most rate paid
        return float(hours.sum() * rates.min()), float(hours.sum() * rates.max())
    if len(rate) and others["hours"].notna().any():  # the month's own rate, the least and most hours
        return float(others["hours"].min() * rate.iloc[0]), float(others["hours"].max() * rate.iloc[0])
    if others["amount"].notna().any():
        return float(others["amount"].min()), float(others["amount"].max())
    return None


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    groups = rows.groupby(KEY, sort=True, dropna=False)
    sums = groups[["amount", "low", "high"]].sum()
    sums["hours"] = groups["hours"].sum(min_count=1)
    campaigns = groups["campaign_id"]
    sums["campaign_id"] = campaigns.first().where((campaigns.nunique() == 1) & (campaigns.count() == groups.size()))
    return sums.reset_index()[COLUMNS].round({"amount": 4, "low": 4, "high": 4})
