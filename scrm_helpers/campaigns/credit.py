"""Revenue seen and touched: how credit is assigned, with time order, tied to the ledger to the cent."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, sales

WINDOWS = (30, 90)  # days before an order in which a touch may claim it; both are printed
UNKNOWN = ("unknown", "other")
SOURCES = ("orders", "touches", "accounts", "persons", "promo_codes")  # tables that credit is assigned from, in the order asked for


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


def undated(accounts: ir.Table) -> int:
    """How many CRM records name a source, where none of those has a moment; 0 where one has, or none names a source."""
    named = accounts.filter(accounts.source.notnull(), ~accounts.source.isin(UNKNOWN))
    found = named.aggregate(records=named.count(), dated=named.created_at.count()).to_pandas().iloc[0]
    return 0 if found["dated"] else int(found["records"])


class Claims(NamedTuple):
    """Counted orders and what may claim them, both lazy.

    `orders`: one sale or return: order_id, credit_id (the sale that it takes its credit from), ordered_on, kind, net, person_id, buyer.
    `evidence`: one item for a sale (order_id): ordered_at, `at`, `source`, `place` (0 on the order itself, else as `evidence`).
    """

    orders: ir.Table
    evidence: ir.Table


def claims(
    orders: ir.Table, touches: ir.Table, accounts: ir.Table, persons: ir.Table, promo_codes: ir.Table, *,
    window: int, as_of: date, first: date | None = None,
) -> Claims:  # fmt: skip
    """Orders of the days from `first` (None: all) to `as_of` (exclusive), with all evidence within `window` days before them, and of their
    own moment.
    """
    counted = sales.counted(orders).filter(ibis._.ordered_on < as_of)
    wanted = counted if first is None else counted.filter(ibis._.ordered_on >= first)
    rows = sales.with_person(wanted, persons)
    credit_to = ibis.ifelse((rows.kind == "return") & rows.original_order_id.notnull(), rows.original_order_id, rows.order_id)
    rows = rows.select("order_id", "ordered_on", "kind", "net", "person_id", credit_id=credit_to, buyer=sales.buyer(rows)).cache()
    sold = counted.filter(counted.kind == "sale").select("order_id", "account_id", "ordered_at", "ordered_on", "source", "promo_code")
    own = _own(sold, touches, promo_codes).cache()
    moments = sold.select("order_id", "account_id", "ordered_at")
    # step by step: each join is made and let go before the next, else several stand in memory together
    asked = moments.semi_join(rows, moments.order_id == rows.credit_id)
    asked = sales.with_person(asked, persons).drop("account_id", "person_kind").cache()
    buyers = sales.with_person(moments, persons).filter(ibis._.person_id.notnull()).select("order_id", "person_id")
    earlier = own.inner_join(buyers, "order_id").select("person_id", "at", "source", place=ibis.literal(1, "int64")).cache()
    known = ibis.union(evidence(touches, accounts, persons), earlier)
    near = asked.filter(asked.person_id.notnull()).inner_join(known, "person_id")
    near = near.filter(sales.precedes(near["at"], near.ordered_at, window=window) | sales.coincides(near["at"], near.ordered_at))
    of_itself = own.inner_join(asked.select("order_id", "ordered_at"), "order_id")
    names = ("order_id", "ordered_at", "at", "source", "place")
    return Claims(rows, ibis.union(of_itself.select(*names), near.select(*names)).cache())


def credited(found: Claims, *, window: int) -> ir.Table:
    """Every counted sale and return with who gets the credit. Grain: as counted orders; nothing lost, nothing doubled.

    `seen`: source of the tag or code on the order itself, else of the last identified touch, CRM record or tagged earlier order
    strictly before the order and within `window` days, else of a hand-kept row in that window, else 'unknown'.
    `touched`: whether any social touch, tag, code or record lies in the window. Returns take both from the sale they belong to.
    What claims nothing and may belong to social too: `unidentified`, orders without customer or code; `seen_tied` and `touched_tied`,
    what is not seen, or touched, and has something social of its own moment (`sales.coincides`).
    `found`: claims of that window or a wider one.
    """
    every = found.evidence
    own_moment = (every.place > 0) & sales.coincides(every["at"], every.ordered_at) & every.source.isin(metrics.SOCIAL)
    tied = every.filter(own_moment).select(tied_id="order_id").distinct()
    every = every.filter((every.place == 0) | sales.precedes(every["at"], every.ordered_at, window=window))
    social = every.source.isin(metrics.SOCIAL)
    place = ibis.row_number().over(
        group_by=every.order_id, order_by=[every.place, ibis.desc(every["at"]), every.source]
    )
    ranked = every.mutate(rank=place, social=social)
    best = ranked.group_by(best_id="order_id").agg(
        seen=ranked.source.max(where=ranked["rank"] == 0), touched=ranked.social.any()
    )
    out = found.orders.left_join(best, found.orders.credit_id == best.best_id)
    out = out.left_join(tied, out.credit_id == tied.tied_id)
    out = out.mutate(seen=out.seen.fill_null("unknown"), touched=out.touched.fill_null(False), tied=out.tied_id.notnull())
    return out.select(
        "order_id", "ordered_on", "kind", "net", "person_id", "buyer", "seen", "touched",
        unidentified=(out.seen == "unknown") & out.person_id.isnull(),
        seen_tied=out.tied & ~out.seen.isin(metrics.SOCIAL), touched_tied=out.tied & ~out.touched,
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


def monthly(
    orders: ir.Table, touches: ir.Table, accounts: ir.Table, persons: ir.Table, promo_codes: ir.Table, *,
    first: date, as_of: date, windows: tuple[int, ...] = WINDOWS,
) -> dict[int, pd.DataFrame]:  # fmt: skip
    """`by_month` for each window in days: the evidence is gathered once, for the widest."""
    found = claims(orders, touches, accounts, persons, promo_codes, window=max(windows), first=first, as_of=as_of)
    return {window: by_month(credited(found, window=window), first=first, as_of=as_of) for window in windows}


def by_month(rows: ir.Table, *, first: date, as_of: date) -> pd.DataFrame:
    """Revenue of the days from `first` to `as_of` (exclusive) by credited source and buyer. Grain: month x source x buyer.

    `net` and `touched_net` (net of orders with any social touch) in base currency, `orders` sales, `touched_orders`. The rows
    add up to counted revenue exactly; `touched_net` overlaps other channels and must not be added to what they claim. What may belong to
    either as well, as `credited` has it: `unidentified_net`, `seen_tied_net`, `touched_tied_net`.
    """
    inside = rows.filter(rows.ordered_on >= first, rows.ordered_on < as_of)
    sale = ibis.ifelse(inside.kind == "sale", 1, 0)
    none = ibis.literal(0).cast("decimal(18,4)")
    sums = inside.group_by(month=periods.label(inside.ordered_on), source=inside.seen, buyer=inside.buyer).agg(
        net=inside.net.sum(),
        touched_net=ibis.ifelse(inside.touched, inside.net, none).sum(),
        orders=sale.sum(),
        touched_orders=ibis.ifelse(inside.touched, sale, 0).sum(),
        **{f"{name}_net": ibis.ifelse(inside[name], inside.net, none).sum() for name in ("unidentified", "seen_tied", "touched_tied")},
    )
    return sums.order_by("month", "source", "buyer").to_pandas()


def by_source(monthly: pd.DataFrame) -> pd.DataFrame:
    """The months of `by_month` together. Grain: source x buyer; money stays Decimal."""
    return monthly.drop(columns="month").groupby(["source", "buyer"], as_index=False).sum()


def summary(
    by_window: dict[int, pd.DataFrame], ledger: pd.DataFrame, *, period: str, months: tuple[int, ...] = (1, 3, 12)
) -> pd.DataFrame:
    """Seen, touched and the rest, to the cent. Grain: months of the period x window in days.

    `by_window`: `monthly` of at least those months. Money columns hold Decimals: `counted` = `seen` + `others` + `unattributed`.
    `ledger` is the books' net revenue of the same months (blank where a month has none), `seen_share` = seen / ledger (counted where
    the books are not there).
    """
    out = []
    for window, by_month in by_window.items():
        for span in months:
            parts = by_source(by_month[by_month["month"] >= periods.shift(period, 1 - span)])
            social, unknown = parts["source"].isin(metrics.SOCIAL), parts["source"] == "unknown"
            books = ledger_of(ledger, period, span)
            counted, seen = _sum(parts["net"]), _sum(parts.loc[social, "net"])
            base = books if books is not None else counted
            out.append({
                "months": span, "window_days": window, "counted": counted, "seen": seen,
                "seen_business": _sum(parts.loc[social & (parts["buyer"] == "business"), "net"]),
                "others": _sum(parts.loc[~social & ~unknown, "net"]), "unattributed": _sum(parts.loc[unknown, "net"]),
                "unidentified": _sum(parts["unidentified_net"]), "touched": _sum(parts["touched_net"]),
                "seen_tied": _sum(parts["seen_tied_net"]), "touched_tied": _sum(parts["touched_tied_net"]),
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
