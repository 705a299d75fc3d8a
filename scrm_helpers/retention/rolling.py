"""Retention over rolling windows, same-customer revenue, repurchase and penetration."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, person_maps
from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.activity import Activity
from scrm_helpers.retention.purchases import GROUPS, group_names, month_label, month_of
from scrm_helpers.retention.redrawn import Redrawn
from scrm_helpers.stats import Estimate, bootstrap_ratio, mix, ratio_of_sums, widen, wilson

MANY = 20_000


def counts(found: Activity, *, through: date, months: int = 12) -> pd.DataFrame:
    """Persons who bought in the first window and how many of them bought in the second, by source (set form).

    Windows: the `months` months before `through`, and as many before those. Grain: one source.
    """
    end = month_of(through)
    then = found.window(end - 2 * months, months)
    both = then & found.window(end - months, months)
    rows = pd.DataFrame({"source": found.source, "persons": found.persons * then, "retained": found.persons * both})[then]
    return rows.groupby("source", sort=True).sum().reset_index()


def counts_by_draw(
    best: pd.DataFrame, bought: ir.Table, customers: ir.Table, gone: ir.Table, anew: ir.Table, customers_anew: ir.Table,
    *, draws: list[int], through: date, months: int = 12,
) -> pd.DataFrame:  # fmt: skip
    """The same under every plausible person map. Grain: one draw and source.

    `best`: of `counts`, of all `bought`; `gone`: persons whom a draw forms otherwise; `anew`, `customers_anew`: purchases and
    sources of the persons it forms instead (`person_maps.Moved`).
    """
    was = _seen(bought, customers, through, months).inner_join(gone, "person_id")
    now = _seen(anew, customers_anew, through, months).mutate(draw=person_maps.draw_of(ibis._.person_id))
    less, more = (
        rows.group_by("draw", "source").agg(persons=rows.count(), retained=rows.now.cast("int64").sum()).to_pandas() for rows in (was, now)
    )
    return person_maps.recounted(best, less, more, draws=draws, by=["source"], counts=["persons", "retained"])


def _seen(bought: ir.Table, customers: ir.Table, through: date, months: int) -> ir.Table:
    """Persons who bought in the first window: `person_id`, `source`, and `now`, whether they bought in the second."""
    end = month_of(through)
    bought = bought.filter(bought.month.between(end - 2 * months, end - 1))
    late = bought.month >= end - months
    seen = bought.group_by("person_id").agg(then=(~late).max(), now=late.max()).filter(ibis._.then)
    rows = seen.left_join(customers.select("person_id", "source"), "person_id").drop("person_id_right")
    return rows.select("person_id", "now", source=rows.source.fill_null("unknown"))


def retention(
    found: pd.DataFrame, drawn: pd.DataFrame | None = None, *, level: float = LEVEL, parted: pd.DataFrame | None = None,
    loose: Redrawn | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Share who came back, overall and by group. Grain: all, social, other_known, unknown.

    Range: Wilson, widened by how the share moves between person maps (`drawn`, Rubin's rules), by where links that were not found would
    lead it (`parted`, the counts under the maps of `loose`) and, for a group, by customers whose source is unknown: all of them in it,
    or none. A group without customers has no share.
    """
    rows = []
    unknown = _sums(found, "unknown")
    for group in ("all", *GROUPS):
        persons, retained = _sums(found, group)
        estimate = wilson(retained, persons, level)
        plain = estimate
        if estimate.value is not None and drawn is not None and len(drawn):
            estimate = _with_draws(estimate, drawn, group, level)
        if estimate.value is not None and loose is not None:  # the draws hold what was compared; neither is laid upon the other
            wide = _with_loose(plain, parted, group, loose)
            estimate = widen(estimate, max(wide.low, 0.0), min(wide.high, 1.0))
        if group in ("social", "other_known") and estimate.value is not None and unknown[0]:
            other = (retained + unknown[1]) / (persons + unknown[0])
            estimate = widen(estimate, min(other, estimate.value), max(other, estimate.value))
        rows.append(
            {
                "group": group,
                "persons": persons,
                "retained": retained,
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
            }
        )
    return pd.DataFrame(rows).astype({c: "float64" for c in ("value", "low", "high")})


def by_month(found: Activity, *, through: date, months: int = 12, back: int = 13) -> pd.DataFrame:
    """The rolling share for each of the last `back` month ends that have two full windows of data. Grain: one month."""
    rows = []
    for end in range(month_of(through) - back + 1, month_of(through) + 1):
        if not len(found.persons) or end - 2 * months < found.first:
            continue
        then = found.window(end - 2 * months, months)
        persons, retained = found.sum(then), found.sum(then & found.window(end - months, months))
        share = wilson(retained, persons, LEVEL)
        rows.append((month_label(end - 1), persons, retained, share.value, share.low, share.high))
    return pd.DataFrame(rows, columns=["month", "persons", "retained", "value", "low", "high"])


def doubted(rows: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    """The months of `by_month` with the doubt about who is who that `retention` found of the last one (`kept`, its row of the same group).

    What that range has beyond chance, as squares of its distances, is added to each month's: maps are drawn as of today alone.
    """
    if rows.empty or pd.isna(kept["low"]):
        return rows
    last, out = rows.iloc[-1], rows.copy()
    for end in ("low", "high"):
        beyond = (kept[end] - kept["value"]) ** 2 - (last[end] - last["value"]) ** 2
        distance = np.sqrt((rows[end] - rows["value"]) ** 2 + max(beyond, 0.0))
        out[end] = (rows["value"] + (-distance if end == "low" else distance)).clip(0, 1)
    return out


def revenue_now_and_then(
    rows: ir.Table, customers: ir.Table, *, through: date, months: int = 12, factors: dict[str, float] | None = None
) -> pd.DataFrame:
    """Net of each consumer who bought in the first window, then and now. Grain: one person, no id; `factors` writes real terms."""
    end = month_of(through)
    window = rows.filter(rows.month.between(end - 2 * months, end - 1))
    by_person = window.group_by("person_id", "month").agg(net=window.net.sum().cast("float64")).to_pandas()
    if factors:
        by_person["net"] *= by_person["month"].map({periods.index(m): f for m, f in factors.items()}).astype(float)
    late = by_person["month"] >= end - months
    then = by_person[~late].groupby("person_id")["net"].sum().rename("then")
    now = by_person[late].groupby("person_id")["net"].sum().rename("now")
    both = then.to_frame().join(now, how="left").fillna({"now": 0.0}).reset_index()
    source = customers.select("person_id", "source").to_pandas()
    both = both.merge(source, on="person_id", how="left").sort_values("person_id", ignore_index=True)
    return both.assign(group=group_names(both["source"]))[["group", "then", "now"]]


def same_customer(pairs: pd.DataFrame, *, level: float = LEVEL, seed: int = 1) -> pd.DataFrame:
    """Same-customer revenue: this window's revenue of last window's customers over theirs then. Grain: group and variant.

    `net` counts all they spend now; `gross` counts of each customer at most what they spent then (growth of one hides no loss of another).
    """
    rows = []
    for group in ("all", *GROUPS):
        part = pairs if group == "all" else pairs[pairs["group"] == group]
        if part.empty or part["then"].sum() <= 0:
            continue
        for variant, now in (("net", part["now"]), ("gross", part[["now", "then"]].min(axis=1))):
            few = len(part) <= MANY
            share = (
                bootstrap_ratio(now, part["then"], level, seed=seed) if few else ratio_of_sums(now, part["then"], level)
            )
            rows.append(
                {
                    "group": group,
                    "variant": variant,
                    "persons": len(part),
                    "net_then": float(part["then"].sum()),
                    "net_now": float(now.sum()),
                    "value": share.value,
                    "low": share.low,
                    "high": share.high,
                }
            )
    columns = ["group", "variant", "persons", "net_then", "net_now", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def repurchase(
    bought: ir.Table, customers: ir.Table, *, through: date, months: int = 12, level: float = LEVEL, loose: Redrawn | None = None
) -> pd.DataFrame:
    """Buyers with 2 or more orders over buyers, in the window. Grain: all and each group.

    Range: Wilson, and where links that were not found would lead it (`loose`).
    """
    sums = _buyers(_orders(bought, customers, through, months))
    if loose is None:
        return _shares(sums, "buyers", "repeat_buyers", level)
    was = _orders(loose.of_gone(bought), customers, through, months).inner_join(loose.found.gone, "person_id")
    now = _orders(loose.bought, loose.made, through, months).mutate(draw=person_maps.draw_of(ibis._.person_id))
    less, more = (_buyers(rows, "draw") for rows in (was, now))
    counts = ["buyers", "repeat_buyers"]
    parted = person_maps.recounted(sums, less, more, draws=loose.draws, by=["source"], counts=counts)
    return _shares(sums, *counts, level, parted, loose)


def _orders(bought: ir.Table, customers: ir.Table, through: date, months: int) -> ir.Table:
    """Orders of each buyer of the window: person_id, orders, source."""
    end = month_of(through)
    window = bought.filter(bought.month.between(end - months, end - 1))
    people = window.group_by("person_id").agg(orders=window.count())
    people = people.left_join(customers.select("person_id", "source"), "person_id").drop("person_id_right")
    return people.mutate(source=people.source.fill_null("unknown"))


def _buyers(people: ir.Table, *by: str) -> pd.DataFrame:
    sums = people.group_by(*by, "source").agg(buyers=people.count(), repeat_buyers=(people.orders >= 2).cast("int64").sum())
    return sums.to_pandas()


def penetration(
    bought: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    customers: ir.Table,
    *,
    through: date,
    months: int = 12,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Owners of a category (bought a line of it in the window and kept the order) over active customers. Grain: category and group."""
    end = month_of(through)
    window = bought.filter(bought.month.between(end - months, end - 1)).select("person_id", "order_id")
    newest = ibis.row_number().over(group_by=products.product_id, order_by=products.valid_from.desc())
    known = (
        products.filter(products.category.notnull())
        .mutate(place=newest)
        .filter(ibis._.place == 0)
        .select("product_id", "category")
    )
    lines = order_lines.filter(order_lines.net > 0).select("order_id", "product_id").inner_join(known, "product_id")
    owners = (
        window.inner_join(lines.select("order_id", "category"), "order_id").select("person_id", "category").distinct()
    )
    sources = customers.select("person_id", "source")
    owned = (
        owners.left_join(sources, "person_id")
        .group_by("category", source=ibis._.source.fill_null("unknown"))
        .agg(owners=ibis._.count())
    )
    active = window.select("person_id").distinct().left_join(sources, "person_id")
    active = active.group_by(source=active.source.fill_null("unknown")).agg(active=active.count()).to_pandas()
    owned = owned.to_pandas()
    parts = []
    for category, part in owned.groupby("category", sort=True):
        joined = active.merge(part, on="source", how="left").fillna({"owners": 0})
        parts.append(_shares(joined, "active", "owners", level).assign(category=category))
    columns = ["category", "group", "active", "owners", "value", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _shares(
    sums: pd.DataFrame, whole: str, part: str, level: float, parted: pd.DataFrame | None = None, loose: Redrawn | None = None
) -> pd.DataFrame:
    rows = []
    for group in ("all", *GROUPS):
        n, hits = _sums(sums, group, whole, part)
        share = wilson(hits, n, level)
        if loose is not None and share.value is not None:
            wide = _with_loose(share, parted, group, loose, whole, part)
            share = widen(share, max(wide.low, 0.0), min(wide.high, 1.0))
        rows.append({"group": group, whole: n, part: hits, "value": share.value, "low": share.low, "high": share.high})
    return pd.DataFrame(rows).astype({c: "float64" for c in ("value", "low", "high")})


def _sums(found: pd.DataFrame, group: str, whole: str = "persons", part: str = "retained") -> tuple[int, int]:
    mine = found if group == "all" else found[group_names(found["source"]) == group]
    return int(mine[whole].sum()), int(mine[part].sum())


def _with_loose(
    estimate: Estimate, parted: pd.DataFrame, group: str, loose: Redrawn, whole: str = "persons", part: str = "retained"
) -> Estimate:
    """The range of a share with links that were not found; `parted`: its counts by draw and source."""
    counts = [_sums(mine, group, whole, part) for _, mine in parted.groupby("draw")]
    return loose.widened(estimate, [hits / n for n, hits in counts if n])


def _with_draws(estimate: Estimate, drawn: pd.DataFrame, group: str, level: float) -> Estimate:
    values, variances = [], []
    for _, part in drawn.groupby("draw"):
        persons, retained = _sums(part, group)
        if persons:
            share = retained / persons
            values.append(share)
            variances.append(share * (1 - share) / persons)
    if not values:
        return estimate
    mixed = mix(values, variances, level=level, n=estimate.n, best=estimate.value)
    return widen(estimate, max(mixed.low, 0.0), min(mixed.high, 1.0))
