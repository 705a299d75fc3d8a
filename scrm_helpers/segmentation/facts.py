"""What is known of each customer on a day: the person frame that segment rules and like-for-like comparisons read.

Every fact comes from rows dated before `as_of`: a later return does not lower an earlier purchase here, so that the same
day gives the same facts whenever it is asked for.
"""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import sales
from scrm_helpers.identity import places
from scrm_helpers.segmentation.places import PROVINCES

MONTHS = 12  # months before `as_of` that frequency, value and category look at
NUMBERS = ("recency_days", "frequency", "value", "orders_before", "tenure_days")


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last day of a shorter month where there is none."""
    index = day.year * 12 + day.month - 1 - months
    for last in (day.day, 30, 29, 28):
        try:
            return date(index // 12, index % 12 + 1, last)
        except ValueError:
            continue
    raise AssertionError(day)


def facts(
    orders: ir.Table,
    persons: ir.Table,
    golden: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    *,
    as_of: date,
    customers: ir.Table | None = None,
    months: int = MONTHS,
    categories: bool = True,
    sold: ir.Table | None = None,
    in_categories: ir.Table | None = None,
) -> ir.Table:
    """The person frame as of a day. Grain: one consumer with a kept sale before `as_of`.

    recency_days, tenure_days (since the last and the first kept sale), orders_before (kept sales ever), frequency and value
    (kept sales, and net money with returns, of the `months` before), source (first source: of `customers` where given, else as
    recorded in `golden`), city, region, category (most net money of the same months). Place is taken as a trait that does not
    change; a person whose first record is of `as_of` or later has none. `categories` False reads no line and leaves the category unknown.
    `sold`: `sales.consumers` before `as_of`, `in_categories`: `categories_of` the kept ones among them of the `months`; where they are
    at hand.
    """
    sold = sales.consumers(orders.filter(orders.ordered_on < as_of), persons).before(as_of) if sold is None else sold
    day, near = ibis.date(as_of.isoformat()), sold.ordered_on >= months_before(as_of, months)
    bought = sold.group_by("person_id").agg(
        recency_days=day.delta(sold.ordered_on.max(where=sold.is_kept), unit="day").cast("int64"),
        tenure_days=day.delta(sold.ordered_on.min(where=sold.is_kept), unit="day").cast("int64"),
        orders_before=sold.count(where=sold.is_kept).cast("int64"),
        frequency=sold.count(where=sold.is_kept & near).cast("int64"),
        value=sold.net.sum(where=near).cast("float64"),
    )
    bought = bought.filter(bought.orders_before > 0)
    golden = placed(golden)
    place = golden.filter((golden.created_at.isnull()) | (golden.created_at.date() < as_of))
    place = place.select("person_id", "city", "province_region", place_region="region", recorded_source="source")
    out = bought.left_join(place, "person_id").drop("person_id_right")
    if categories:
        if in_categories is None:
            in_categories = categories_of(sold.filter(sold.is_kept & near), order_lines, products, as_of=as_of)
        most = main_category(in_categories)
        out = out.left_join(most, "person_id").drop("person_id_right")
    else:
        out = out.mutate(category=ibis.null("string"))
    if customers is not None:
        known = customers.filter(customers.first_on < as_of, customers.source != "unknown").select(
            "person_id", first_source="source"
        )
        out = out.left_join(known, "person_id").drop("person_id_right")
    else:
        out = out.mutate(first_source=ibis.null("string"))
    return out.select(
        "person_id",
        "recency_days",
        "tenure_days",
        "orders_before",
        "frequency",
        value=out.value.fill_null(0.0),
        source=ibis.coalesce(out.first_source, out.recorded_source, ibis.literal("unknown")),
        city=out.city.fill_null("unknown"),
        region=ibis.coalesce(out.province_region, out.place_region, ibis.literal("unknown")),
        category=out.category.fill_null("unknown"),
    )


def placed(golden: ir.Table) -> ir.Table:
    """The same rows with one key per city ('İSTANBUL' and 'Istanbul' are one) and `province_region`, the region of its province.

    The normaliser of identity runs once per spelling; a city that is no province has no `province_region`.
    """
    spelled = golden.select(spelling="city").distinct().filter(ibis._.spelling.notnull()).to_pandas()["spelling"]
    keys = [places.city(s) for s in spelled]
    regions = [PROVINCES[k].region if k in PROVINCES else None for k in keys]
    known = ibis.memtable(
        pd.DataFrame({"spelling": spelled.astype(str), "key": keys, "province_region": regions}, dtype="str"),
        schema={"spelling": "string", "key": "string", "province_region": "string"},
    )
    joined = golden.left_join(known, golden.city == known.spelling)
    return joined.mutate(city=joined.key).select(*golden.columns, "province_region")


def main_category(sums: ir.Table) -> ir.Table:
    """Per person the category with most net money of `categories_of` (`person_id`, `category`); ties by name."""
    place = ibis.row_number().over(group_by=sums.person_id, order_by=[sums.net.desc(), sums.category])
    return sums.mutate(place=place).filter(ibis._.place == 0).select("person_id", "category")


def categories_of(kept: ir.Table, order_lines: ir.Table, products: ir.Table, *, as_of: date) -> ir.Table:
    """Net money of each person in each category over these kept sales: `person_id`, `category`, `net`, `last_on` (newest sale).

    `kept`: person_id, order_id, ordered_on. A product's category is its newest one that was valid before `as_of`; lines of unknown
    products count nowhere.
    """
    known = products.filter(products.valid_from < as_of, products.category.notnull())
    newest = ibis.row_number().over(group_by=known.product_id, order_by=known.valid_from.desc())
    known = known.mutate(place=newest).filter(ibis._.place == 0).select("product_id", "category")
    lines = order_lines.filter(order_lines.ordered_on < as_of).select("order_id", "product_id", line_net="net")
    joined = lines.inner_join(known, "product_id").inner_join(kept.select("order_id", "person_id", sold_on="ordered_on"), "order_id")
    return joined.group_by(["person_id", "category"]).agg(net=joined.line_net.sum().cast("float64"), last_on=joined.sold_on.max())
