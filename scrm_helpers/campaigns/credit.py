"""Revenue seen and touched: how credit is assigned, with time order, tied to the ledger to the cent."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, sales

WINDOWS = (30, 90)  # days before an order in which a touch may claim it; both are printed
UNKNOWN = ("unknown", "other")


def evidence(touches: ir.Table, accounts: ir.Table, persons: ir.Table) -> ir.Table:
    """What is known of persons: `person_id`, `at` (UTC), `source`, `place` (1 touch or CRM record, 2 hand-kept), one row per item.

    A CRM source counts from the moment the record was made; a record without a moment cannot be ordered in time and claims nothing.
    """
    people = persons.select("account_id", "person_id")
    said = touches.filter(~touches.source.isin(UNKNOWN)).inner_join(people, "account_id")
    said = said.select("person_id", "at", "source", place=ibis.ifelse(said.hand_kept, 2, 1).cast("int64"))
    crm = accounts.filter(accounts.source.notnull(), ~accounts.source.isin(UNKNOWN), accounts.created_at.notnull())
    crm = crm.inner_join(people, "account_id").select("person_id", "source", at=ibis._.created_at, place=ibis.literal(1, "int64"))
    return ibis.union(said, crm.select("person_id", "at", "source", "place"))


def credited(
    orders: ir.Table, touches: ir.Table, accounts: ir.Table, persons: ir.Table, promo_codes: ir.Table, *,
    window: int, as_of: date,
) -> ir.Table:  # fmt: skip
    """Every counted sale and return with who gets the credit. Grain: as counted orders; nothing lost, nothing doubled.

    `seen`: source of the tag or code on the order itself, else of the last identified touch, CRM record or tagged earlier order
    strictly before the order and within `window` days, else of a hand-kept row in that window, else 'unknown'.
    `touched`: whether any social touch, tag, code or record lies in the window. Returns take both from the sale they belong to.
    """
    rows = sales.with_person(sales.counted(orders), persons)
    rows = rows.filter(rows.ordered_on < as_of)
    sold = rows.filter(rows.kind == "sale").select("order_id", "ordered_at", "ordered_on", "person_id", "source", "promo_code")
    own = _own(sold, touches, promo_codes)
    buyers = sold.filter(sold.person_id.notnull()).select(own_id="order_id", person_id="person_id")
    earlier = own.inner_join(buyers, own.order_id == buyers.own_id).select("person_id", "at", "source", place=ibis.literal(1, "int64"))
    known = ibis.union(evidence(touches, accounts, persons), earlier)
    near = sold.filter(sold.person_id.notnull()).select("order_id", "ordered_at", "person_id").inner_join(known, "person_id")
    near = near.filter(sales.precedes(near["at"], near.ordered_at, window=window))
    near = near.select("order_id", "at", "source", "place")
    every = ibis.union(own, near)
    social = every.source.isin(metrics.SOCIAL)
    place = ibis.row_number().over(
        group_by=every.order_id, order_by=[every.place, ibis.desc(every["at"]), every.source]
    )
    ranked = every.mutate(rank=place, social=social)
    best = ranked.group_by("order_id").agg(
        seen=ranked.source.max(where=ranked["rank"] == 0), touched=ranked.social.any()
    )
    credit_to = ibis.ifelse((rows.kind == "return") & rows.original_order_id.notnull(), rows.original_order_id, rows.order_id)
    rows, best = rows.mutate(credit_id=credit_to), best.rename(best_id="order_id")
    out = rows.left_join(best, rows.credit_id == best.best_id)
    return out.select(
        "order_id", "ordered_on", "kind", "net", "person_id", buyer=sales.buyer(out),
        seen=out.seen.fill_null("unknown"), touched=out.touched.fill_null(False),
    )  # fmt: skip


def _own(sold: ir.Table, touches: ir.Table, promo_codes: ir.Table) -> ir.Table:
    """What the order itself carries: its tag, its code, or a touch that names it (not later than the order)."""
    first = ibis.literal(0, "int64")
    tag = sold.filter(sold.source.notnull(), ~sold.source.isin(UNKNOWN))
    tag = tag.select("order_id", at="ordered_at", source="source", place=first)
    codes = promo_codes.filter(promo_codes.source.notnull(), ~promo_codes.source.isin(UNKNOWN))
    codes = codes.select("code", "valid_from", "valid_to", code_source="source")
    with_code = sold.filter(sold.promo_code.notnull())
    code = with_code.inner_join(codes, with_code.promo_code == codes.code)
    code = code.filter(
        (code.valid_from <= code.ordered_on).fill_null(True), (code.valid_to >= code.ordered_on).fill_null(True)
    ).select("order_id", at="ordered_at", source="code_source", place=first)
    named = touches.filter(touches.order_id.notnull(), ~touches.source.isin(UNKNOWN)).select("order_id", "at", "source")
    named = sold.select("order_id", "ordered_at").inner_join(named, "order_id")
    named = named.filter(named["at"] <= named.ordered_at).select("order_id", "at", "source", place=first)
    return ibis.union(tag, code, named)


def by_month(rows: ir.Table, *, first: date, as_of: date) -> pd.DataFrame:
    """Revenue of the days from `first` to `as_of` (exclusive) by credited source and buyer. Grain: month x source x buyer.

    `net` and `touched_net` (net of orders with any social touch) in base currency, `orders` sales, `touched_orders`. The rows
    add up to counted revenue exactly; `touched_net` overlaps other channels and must not be added to what they claim.
    """
    inside = rows.filter(rows.ordered_on >= first, rows.ordered_on < as_of)
    sale = ibis.ifelse(inside.kind == "sale", 1, 0)
    none = ibis.literal(0).cast("decimal(18,4)")
    sums = inside.group_by(month=periods.label(inside.ordered_on), source=inside.seen, buyer=inside.buyer).agg(
        net=inside.net.sum(),
        touched_net=ibis.ifelse(inside.touched, inside.net, none).sum(),
        orders=sale.sum(),
        touched_orders=ibis.ifelse(inside.touched, sale, 0).sum(),
        unidentified_net=ibis.ifelse((inside.seen == "unknown") & inside.person_id.isnull(), inside.net, none).sum(),
    )
    return sums.order_by("month", "source", "buyer").to_pandas()


def by_source(monthly: pd.DataFrame) -> pd.DataFrame:
    """The months of `by_month` together. Grain: source x buyer; money stays Decimal."""
    return monthly.drop(columns="month").groupby(["source", "buyer"], as_index=False).sum()


def summary(
    orders: ir.Table, touches: ir.Table, accounts: ir.Table, persons: ir.Table, promo_codes: ir.Table, ledger: pd.DataFrame, *,
    period: str, windows: tuple[int, ...] = WINDOWS, months: tuple[int, ...] = (1, 3, 12),
) -> pd.DataFrame:  # fmt: skip
    """Seen, touched and the rest, to the cent. Grain: months of the period x window in days.

    Money columns hold Decimals: `counted` = `seen` + `others` + `unattributed`. `ledger` is the books' net revenue of the same
    months (blank where a month has none), `seen_share` = seen / ledger (counted where the books are not there).
    """
    as_of, out = periods.as_of(period), []
    for window in windows:
        rows = credited(orders, touches, accounts, persons, promo_codes, window=window, as_of=as_of)
        monthly = by_month(rows, first=periods.first_day(periods.shift(period, 1 - max(months))), as_of=as_of)
        for span in months:
            parts = by_source(monthly[monthly["month"] >= periods.shift(period, 1 - span)])
            social, unknown = parts["source"].isin(metrics.SOCIAL), parts["source"] == "unknown"
            books = ledger_of(ledger, period, span)
            counted, seen = _sum(parts["net"]), _sum(parts.loc[social, "net"])
            base = books if books is not None else counted
            out.append({
                "months": span, "window_days": window, "counted": counted, "seen": seen,
                "seen_business": _sum(parts.loc[social & (parts["buyer"] == "business"), "net"]),
                "others": _sum(parts.loc[~social & ~unknown, "net"]), "unattributed": _sum(parts.loc[unknown, "net"]),
                "unidentified": _sum(parts["unidentified_net"]), "touched": _sum(parts["touched_net"]),
                "seen_orders": int(parts.loc[social, "orders"].sum()), "touched_orders": int(parts["touched_orders"].sum()),
                "orders": int(parts["orders"].sum()), "ledger": books,
                "seen_share": float(seen) / float(base) if base else None,
                "touched_share": float(_sum(parts["touched_net"])) / float(base) if base else None,
            })  # fmt: skip
    return pd.DataFrame(out)


def ledger_of(ledger: pd.DataFrame, period: str, months: int) -> float | None:
    """Net revenue in the books over the months that end with the period; None where one of them is missing."""
    wanted = periods.between(periods.shift(period, 1 - months), period)
    if not len(ledger):
        return None
    rows = ledger[(ledger["part"] == "revenue") & ledger["month"].isin(wanted)]
    return float(rows["net"].sum()) if set(rows["month"]) == set(wanted) else None


def _sum(column: pd.Series):
    from decimal import Decimal

    return sum((Decimal(0) if v is None else v for v in column), Decimal(0))
