"""Who the customers are at the end of a period: segments, top spenders, places, and the traits of followers who buy."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import segmentation
from scrm_helpers.metrics import LEAST_GROUP, LEAST_N, LEVEL
from scrm_helpers.stats import Estimate, wilson

TOP = 0.10  # the share of customers that "top" means
DRAWS, SEED = 400, 20260101
BANDS = (("18-24", 18), ("25-34", 25), ("35-44", 35), ("45-54", 45), ("55-64", 55), ("65+", 65))


def people(facts: ir.Table, golden: ir.Table, follows: ir.Table, persons: ir.Table, *, as_of: date) -> pd.DataFrame:
    """Person facts with segments (`in_<dimension>`), `follows`, `gender`, `birth_year`. Grain: one customer; nothing on names."""
    known = persons.select("account_id", "person_id")
    now = follows.filter(follows.followed_on.isnull() | (follows.followed_on < as_of))
    now = now.filter(now.unfollowed_at.isnull() | (now.unfollowed_at.date() >= as_of))
    fans = now.inner_join(known, "account_id").select(fan_id="person_id").distinct()
    rows = facts.mutate(**{f"in_{name}": model.rule(facts) for name, model in segmentation.MODELS.items()})
    traits = golden.select(golden_id="person_id", gender="gender", birth_year="birth_year")
    rows = rows.left_join(traits, rows.person_id == traits.golden_id)
    rows = rows.left_join(fans, rows.person_id == fans.fan_id).order_by("person_id")
    frame = rows.mutate(follows=rows.fan_id.notnull()).drop("fan_id", "golden_id").to_pandas()
    return frame.assign(follows=frame["follows"].astype(bool), value=frame["value"].astype(float))


def suppress(
    rows: pd.DataFrame, *, count: str, figures: list[str], by: str | None = None, least: int = LEAST_N
) -> pd.DataFrame:
    """Rows under `least` lose their count and figures (`suppressed`: 'few'; '' where nothing is hidden). Where one row of a group is
    hidden alone, its smallest neighbour goes with it ('beside'): else the total would give it away. Grain: as given.
    """
    out = rows.assign(suppressed=np.where(rows[count] < least, "few", ""))
    for _, part in out.groupby(by) if by else [("", out)]:
        if (part["suppressed"] != "").sum() == 1 and len(part) > 1:
            open_rows = part[part["suppressed"] == ""]
            out.loc[open_rows[count].idxmin(), "suppressed"] = "beside"
    hidden = (out["suppressed"] != "").to_numpy()
    return out.assign(**{c: out[c].astype(float).where(~hidden) for c in [count, *figures]})


def segments(
    frame: pd.DataFrame, dimensions: tuple[str, ...] = ("value", "life_stage", "source_group", "region", "category")
) -> pd.DataFrame:
    """Each segment with its size, spend of the year and shares. Grain: dimension and segment; groups under 20 hidden."""
    parts = []
    for name in dimensions:
        sums = (
            frame.groupby(f"in_{name}")
            .agg(persons=("person_id", "size"), spend=("value", "sum"))
            .reset_index(names="level_of")
        )
        order = {n: k for k, n in enumerate(segmentation.MODELS[name].names)}
        sums = sums.assign(segment=name, place=sums["level_of"].map(order).fillna(len(order))).sort_values(
            ["place", "persons"], ascending=[True, False]
        )
        parts.append(sums)
    rows = pd.concat(parts, ignore_index=True)
    whole = frame["value"].sum()
    rows = rows.assign(
        revenue_share=rows["spend"] / whole if whole else np.nan, person_share=rows["persons"] / max(1, len(frame))
    )
    rows = rows[["segment", "level_of", "persons", "person_share", "spend", "revenue_share"]]
    return suppress(rows, count="persons", figures=["person_share", "spend", "revenue_share"], by="segment")


def top_spenders(frame: pd.DataFrame, *, top: float = TOP, level: float = LEVEL) -> tuple[Estimate, pd.DataFrame]:
    """Share of the year's revenue that the tenth of buyers with the highest spend brought, and the list (a row per person).

    The number of top buyers is rounded up. Range: percentile bootstrap over buyers. The list is for closed folders only.
    """
    buyers = frame[frame["frequency"] > 0].sort_values(
        ["value", "person_id"], ascending=[False, True], ignore_index=True
    )
    values = buyers["value"].to_numpy()
    n, method = len(values), "share of the top tenth, bootstrap over buyers"
    if n == 0 or values.sum() <= 0:
        return Estimate(None, None, None, level, n, method), buyers
    many = int(np.ceil(n * top - 1e-9))
    rng, drawn = np.random.default_rng(SEED), []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        reached = np.cumsum(times)
        taken = np.minimum(reached, many) - np.minimum(reached - times, many)
        whole = float((values * times).sum())
        drawn.append(float((values * taken).sum()) / whole if whole > 0 else np.nan)
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    share = float(values[:many].sum() / values.sum())
    listed = buyers.head(many)[["person_id", "value", "frequency", "recency_days", "city", "category"]]
    return Estimate(share, min(float(low), share), max(float(high), share), level, n, method), listed


def places(frame: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """Customers, spend and followers by province; where followers are commoner than elsewhere, with a range.

    Columns: city, region, persons, spend, revenue_share, followers, follower_share, low, high, index (against the company's own
    share), cluster (`above`, `below` or `as_all`; the doubt is divided by the number of places). Hidden: places under 20
    customers, and 1 to 4 followers of a place.
    """
    sums = (
        frame.groupby(["city", "region"])
        .agg(persons=("person_id", "size"), spend=("value", "sum"), followers=("follows", "sum"))
        .reset_index()
    )
    sums = sums.sort_values(["persons", "city"], ascending=[False, True], ignore_index=True)
    whole, overall = frame["value"].sum(), float(frame["follows"].mean())
    shown = max(1, int((sums["persons"] >= LEAST_N).sum()))
    each = wilson(sums["followers"].to_numpy(), sums["persons"].to_numpy(), 1 - (1 - level) / shown)
    rows = sums.assign(
        revenue_share=sums["spend"] / whole if whole else np.nan,
        follower_share=each.value,
        low=each.low,
        high=each.high,
        index=each.value / overall if overall else np.nan,
        cluster=np.where(each.low > overall, "above", np.where(each.high < overall, "below", "as_all")),
    )
    hidden = ["spend", "revenue_share", "followers", "follower_share", "low", "high", "index"]
    out = suppress(rows, count="persons", figures=hidden)
    out.loc[out["followers"].between(1, LEAST_GROUP - 1), hidden[2:]] = np.nan  # so few of a place might be recognised
    return out.assign(cluster=out["cluster"].where(out["suppressed"] == "", "as_all"))


def demographics(frame: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """Followers who buy beside all buyers, by age band and gender as recorded. Grain: trait and group; under 20 hidden.

    Columns: trait, group, followers, fan_share (of followers who buy), persons, person_share (of all buyers).
    """
    age = year - frame["birth_year"].astype(float)
    band = pd.Series("unknown", index=frame.index, dtype=object)
    for name, least in BANDS:
        band = band.mask(age >= least, name)
    band = band.mask(age > 110, "unknown")
    gender = frame["gender"].astype(object).where(frame["gender"].notna(), "unknown")
    parts = []
    for trait, values in (("age", band), ("gender", gender)):
        counts = (
            pd.DataFrame({"group": values, "follows": frame["follows"]})
            .groupby("group")["follows"]
            .agg(["sum", "size"])
            .reset_index()
        )
        counts.columns = ["group", "followers", "persons"]
        parts.append(
            counts.assign(
                trait=trait,
                fan_share=counts["followers"] / max(1, counts["followers"].sum()),
                person_share=counts["persons"] / max(1, counts["persons"].sum()),
            )
        )
    rows = pd.concat(parts, ignore_index=True)[["trait", "group", "followers", "fan_share", "persons", "person_share"]]
    return suppress(rows, count="followers", figures=["fan_share"], by="trait")
