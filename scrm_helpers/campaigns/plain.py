"""The one plain table: month by month, what was sold, which campaigns ran, what they cost, how many came, what else happened."""

from datetime import date

import pandas as pd

from scrm_helpers import campaign_names, metrics

WEB = "web"  # place of web traffic
DIRECTIONS = "directions"  # ways asked for on a map: no visit that anyone counted
ALL = "all_channels"  # source of a month's own row
OF_MONTH = ("net", "net_real", "orders", "store_visits", "dealer_visits", "web_visits", "directions")


def table(
    days: pd.DataFrame, campaigns: pd.DataFrame, spend: pd.DataFrame, traffic: pd.DataFrame, stores: pd.DataFrame,
    calendar: pd.DataFrame, change_log: pd.DataFrame, *, as_of: date, level: pd.Series | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Month x campaign x channel; `days`: `panel.daily_sales` by own day. Every unit of spend stays: what no campaign names is campaign ''.

    Of the month (repeated on its rows, not to be added): `net` base currency, `net_real` in prices of the last day, `orders`,
    `store_visits`, `dealer_visits`, `web_visits` (counted ones alone), `directions` (ways to stores and dealers asked for on a map),
    `events` (named days), `changes`. Of the row: `campaign_id`, `campaign`,
    `source` (the channel that its money is booked to, as in the ledger; without money that of the calendar), `status`, `days_on`
    (the campaign's, on each of its rows), `spend` (blank where no row of spend covers it: not known is not 0).
    `level`: price level by day (index: day), None where prices are not known.
    """
    months = sorted({*_month(days["on"]), *_month(_before(spend, as_of)["on"])})
    sold = days.assign(month=_month(days["on"]))
    real = sold["net"] / sold["on"].map(level).astype(float) if level is not None else float("nan")
    sold = sold.assign(real=real).groupby("month")
    top = pd.DataFrame({"net": sold["net"].sum(), "net_real": sold["real"].sum(min_count=1), "orders": sold["orders"].sum()})
    top = top.reindex(months, fill_value=0)
    seen = visits(traffic, stores, as_of=as_of)
    asked = seen["measure"] == DIRECTIONS
    counted = seen[~asked]
    for kind in ("store", "dealer", WEB):
        rows = counted[(counted["kind"] == kind) & (counted["measure"] == main_measure(counted, kind))]
        top[f"{kind}_visits"] = rows.groupby("month")["visits"].sum().reindex(months)
    top["directions"] = seen[asked & (seen["kind"] != WEB)].groupby("month")["visits"].sum().reindex(months)
    top["events"] = _joined(calendar, "name", as_of).reindex(months).fillna("")
    top["changes"] = _joined(change_log, "note", as_of).reindex(months).fillna("")
    rows = campaign_months(campaigns, spend, as_of=as_of)
    out = top.rename_axis("month").reset_index().merge(rows, on="month", how="left")
    text = ["campaign_id", "campaign", "source", "status"]
    out[text] = out[text].fillna("")
    out["days_on"] = out["days_on"].fillna(0)
    order = ["month", "campaign_id", "campaign", "source", "status", "days_on", "spend", "net", "net_real", "orders",
             "store_visits", "dealer_visits", "web_visits", "directions", "events", "changes"]  # fmt: skip
    return out[order].sort_values(["month", "campaign_id", "source"], ignore_index=True).astype({"days_on": "int64", "orders": "int64"})


def shown(rows: pd.DataFrame, *, newest_first: bool = True) -> pd.DataFrame:
    """The table as a page shows it: each month begins with a row of its own (source ALL) that alone holds the figures of the month, so that
    a column adds up and no channel's row seems to have sold them. A row below it has days of a campaign and spend alone."""
    rows = rows.astype({name: float for name in (*OF_MONTH, "days_on")})
    nothing = float("nan")
    whole = rows.drop_duplicates("month").assign(campaign_id="", campaign="", source=ALL, status="", days_on=nothing, spend=nothing)
    of_row = rows[(rows["campaign_id"] != "") | rows["spend"].notna()]
    of_row = of_row.assign(days_on=of_row["days_on"].mask(of_row["campaign_id"] == ""), events="", changes="")
    of_row[list(OF_MONTH)] = nothing
    out = pd.concat([whole.assign(first=0), of_row.assign(first=1)])
    keys = ["month", "first", "campaign_id", "source"]
    out = out.sort_values(keys, ascending=[not newest_first, True, True, True], ignore_index=True)
    return out.drop(columns=["campaign_id", "first"])


def campaign_months(campaigns: pd.DataFrame, spend: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Days run and spend. Grain: month x campaign x channel with either; spend that names no known campaign has campaign_id ''."""
    ran = [
        (month, row.campaign_id, count)
        for row in campaigns.itertuples() if row.status != "cancelled" and pd.notna(row.starts_on)
        for month, count in _days_by_month(row.starts_on, row.ends_on, as_of)
    ]  # fmt: skip
    stopped = [
        (f"{pd.Timestamp(row.starts_on):%Y-%m}", row.campaign_id, 0) for row in campaigns.itertuples()
        if row.status == "cancelled" and pd.notna(row.starts_on) and pd.Timestamp(row.starts_on) < pd.Timestamp(as_of)
    ]  # fmt: skip
    on = pd.DataFrame(ran + stopped, columns=["month", "campaign_id", "days_on"])
    paid = _before(spend, as_of)
    money = {"spend": paid["amount"].astype(float), "source": paid["source"]}
    paid = pd.DataFrame({"month": _month(paid["on"]), "campaign_id": named(paid, campaigns), **money})
    paid = paid.groupby(["month", "campaign_id", "source"], as_index=False)["spend"].sum(min_count=1)
    out = on.merge(paid, on=["month", "campaign_id"], how="outer")
    known = campaigns[["campaign_id", "name", "source", "status"]].rename(columns={"name": "campaign", "source": "planned"})
    out = out.merge(known, on="campaign_id", how="left")
    return out.assign(source=out["source"].fillna(out["planned"])).drop(columns="planned")


def named(spend: pd.DataFrame, campaigns: pd.DataFrame) -> pd.Series:
    """The campaign of each spend row, as `campaign_names` finds it; '' where there is none or nobody can tell."""
    return pd.Series(campaign_names.one(campaign_names.meant(spend, campaigns)), index=spend.index, dtype="str")


def visits(traffic: pd.DataFrame, stores: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Traffic by month. Grain: month x kind of place (store, dealer, web) x measure; a count over several days is spread evenly."""
    columns = ["month", "kind", "measure", "visits"]
    rows = traffic[pd.to_datetime(traffic["on"]) < pd.Timestamp(as_of)] if len(traffic) else traffic
    if not len(rows):
        return pd.DataFrame(columns=columns)
    kind_of = dict(zip(stores["store_id"], stores["kind"], strict=True)) | {WEB: WEB}
    first, last = pd.to_datetime(rows["on"]), pd.to_datetime(rows["until_on"])
    length = (last - first).dt.days + 1
    spread = rows.loc[rows.index.repeat(length)].assign(
        day=[d for a, n in zip(first, length, strict=True) for d in pd.date_range(a, periods=n)],
        each=(rows["visits"].astype(float) / length).repeat(length),
    )
    spread = spread[spread["day"] < pd.Timestamp(as_of)]
    spread["month"], spread["kind"] = _month(spread["day"]), spread["place"].map(kind_of).fillna("store")
    return spread.groupby(["month", "kind", "measure"], as_index=False)["each"].sum().rename(columns={"each": "visits"})[columns]


COUNTED = ("visits", "sessions", DIRECTIONS)  # what stands for visits, best first: who asks the map for the way means to come


def main_measure(seen: pd.DataFrame, *kinds: str) -> str:
    """Which measure of traffic stands in the table for these kinds of places: the first of COUNTED, '' where there is none."""
    there = set(seen.loc[seen["kind"].isin(kinds), "measure"])
    return next((m for m in COUNTED if m in there), "")


def traffic_and_sales(days: pd.DataFrame, traffic: pd.DataFrame, stores: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Visits beside sales. Grain: month x kind of place x measure; `net` and `orders` of the same places and month."""
    kind_of = dict(zip(stores["store_id"], stores["kind"], strict=True))
    kind = days["store_id"].map(kind_of).astype("str")  # of numbers where no place has a kind
    kind = kind.fillna(days["channel"].map({"shop": WEB, "store": "store", "dealer": "dealer"}))
    sold = days.assign(kind=kind, month=_month(days["on"])).groupby(["month", "kind"], as_index=False)[["net", "orders"]].sum()
    out = visits(traffic, stores, as_of=as_of).merge(sold, on=["month", "kind"], how="left")
    out["orders_per_visit"] = out["orders"] / out["visits"].where(out["visits"] > 0)
    return out.sort_values(["kind", "measure", "month"], ignore_index=True)


def timeline(days: pd.DataFrame, *, as_of: date, level: pd.Series | None = None) -> pd.DataFrame:
    """Sales by month for the chart, base currency. Grain: month (`on` its first day); `net` as booked, `net_real` in today's prices.

    `level` as `table` takes it; without it `net_real` is blank.
    """
    rows = days[days["on"] < pd.Timestamp(as_of)]
    real = rows["net"] / rows["on"].map(level).astype(float) if level is not None else float("nan")
    sums = rows.assign(net_real=real).groupby(rows["on"].dt.to_period("M"))[["net", "net_real"]].sum(min_count=1)
    return sums.set_axis(sums.index.to_timestamp()).rename_axis("on").reset_index()


def spans(campaigns: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Campaign bars for the chart: `name`, `start`, `end` (last day), cancelled and later ones left out."""
    rows = campaigns[(campaigns["status"] != "cancelled") & campaigns["starts_on"].notna()]
    out = pd.DataFrame({"name": rows["name"], "start": pd.to_datetime(rows["starts_on"]), "end": pd.to_datetime(rows["ends_on"])})
    last = pd.Timestamp(as_of) - pd.Timedelta(days=1)
    out["end"] = out["end"].fillna(out["start"]).clip(upper=last)
    return out[out["start"] <= last].sort_values(["start", "name"], ignore_index=True)


def marks(
    calendar: pd.DataFrame, change_log: pd.DataFrame, *, as_of: date,
    kinds: tuple[str, ...] = ("religious", "season", "price", "launch"),
) -> pd.DataFrame:  # fmt: skip
    """Marks for the chart: `on`, `note`: first day of each moving feast or season, price change or launch, and every change logged."""
    parts = [pd.DataFrame({"on": pd.to_datetime(change_log["on"]), "note": change_log["note"]})]
    if len(calendar):
        rows = calendar[calendar["kind"].isin(kinds)].assign(on=lambda f: pd.to_datetime(f["on"])).sort_values("on")
        stem = rows["name"].astype(str).str.split().str[:2].str.join(" ")
        again = rows.groupby(stem)["on"].diff() <= pd.Timedelta(days=14)  # days of one feast: the first stands for all
        parts.append(rows.loc[~again, ["on", "name"]].rename(columns={"name": "note"}))
    out = pd.concat(parts, ignore_index=True)
    return out[out["on"] < pd.Timestamp(as_of)].sort_values(["on", "note"], ignore_index=True)


def social_spend(spend: pd.DataFrame, days: pd.DatetimeIndex) -> pd.Series:
    """Spend on social channels by day (0 where none), base currency."""
    rows = spend[spend["source"].isin(metrics.SOCIAL)]
    sums = rows.assign(on=pd.to_datetime(rows["on"])).groupby("on")["amount"].sum() if len(rows) else pd.Series(dtype=float)
    return sums.astype(float).reindex(days, fill_value=0.0)


def _days_by_month(first, last, as_of: date) -> list[tuple[str, int]]:
    last = min(pd.Timestamp(last) if pd.notna(last) else pd.Timestamp(first), pd.Timestamp(as_of) - pd.Timedelta(days=1))
    span = pd.date_range(pd.Timestamp(first), last, freq="D")
    return list(pd.Series(1, index=span).groupby(span.strftime("%Y-%m")).sum().items()) if len(span) else []


def _before(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    return rows[pd.to_datetime(rows["on"]) < pd.Timestamp(as_of)] if len(rows) else rows


def _month(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).dt.strftime("%Y-%m")


def _joined(rows: pd.DataFrame, column: str, as_of: date) -> pd.Series:
    rows = _before(rows, as_of)
    if not len(rows):
        return pd.Series(dtype=str)
    rows = rows.sort_values("on")
    return rows.groupby(_month(rows["on"]))[column].agg(lambda names: ", ".join(dict.fromkeys(map(str, names))))
