"""What counts as a sale, a customer and a first source: the definitions that several analyses share, written once.

Row-level functions take and give lazy Ibis tables (any engine); nothing here reads a file.
"""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from scrm_helpers import periods


def counted(orders: ir.Table) -> ir.Table:
    """Orders that count: completed, not internal. Returns stay, as negative rows. Grain: as orders."""
    return orders.filter(orders.status == "completed", ~orders.is_internal)


def with_person(rows: ir.Table, persons: ir.Table) -> ir.Table:
    """Rows with `person_id` and `person_kind`; rows without a known customer keep blanks. Grain: as given.

    Rows of internal persons (staff, test, collectors) are left out.
    """
    known = persons.select("account_id", "person_id", person_kind="kind", person_internal="is_internal")
    joined = rows.left_join(known, "account_id").drop("account_id_right")
    return joined.filter(~joined.person_internal.fill_null(False)).drop("person_internal")


def buyer(rows: ir.Table) -> ir.Value:
    """`business` or `consumer`, of rows with `person_kind` and `channel`: what is known of the person, else the channel.

    An invoice to a dealer is a business's; one made out to a firm that is known as one person by now is that consumer's.
    """
    known = rows.person_kind.fill_null("unknown")
    trade = (known == "business") | ((known != "consumer") & (rows.channel == "dealer").fill_null(False))
    return ibis.ifelse(trade, "business", "consumer")


def by_consumers(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """Counted orders of known consumers (people whose kind is unknown count as consumers; businesses are apart).

    Grain: one sale or return; adds `person_id`.
    """
    rows = with_person(counted(orders), persons)
    return rows.filter(rows.person_id.notnull(), rows.person_kind != "business").drop("person_kind")


def bought(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """Sales of known consumers, returned ones too: person_id, ordered_at, ordered_on, net. Grain: one sale."""
    rows = by_consumers(orders, persons)
    return rows.filter(rows.kind == "sale").select("person_id", "ordered_at", "ordered_on", "net")


def kept_sales(orders: ir.Table) -> ir.Table:
    """Sales with what their returns left: one row per sale, `kept_net` = net plus its own returns, fully refunded ones out.

    Returns are booked to the original order where it is known. A return without a known sale changes no sale here
    (it stays in revenue sums over `counted`).
    """
    rows = counted(orders)
    left = _left(rows.filter(rows.kind == "sale"), _returns(rows))
    return left.filter(left.kept_net > 0)


def _returns(rows: ir.Table) -> ir.Table:
    """Returns of known sales among counted orders: original_order_id, returned_on, back (net). Grain: one return."""
    named = rows.filter(rows.kind == "return", rows.original_order_id.notnull())
    return named.select("original_order_id", returned_on="ordered_on", back="net")


def _left(rows: ir.Table, returns: ir.Table) -> ir.Table:
    """Rows with `kept_net`: what these returns left of each."""
    back = returns.group_by("original_order_id").agg(returned=returns.back.sum())
    joined = rows.left_join(back, rows.order_id == back.original_order_id)
    kept_net = (joined.net + joined.returned.fill_null(0)).cast("decimal(18,4)")
    return joined.select(*(joined[c] for c in rows.columns), kept_net=kept_net)


def kept_by_persons(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """Kept sales of known persons: person_id, person_kind, order_id, ordered_at, ordered_on, kept_net. Grain: one sale."""
    rows = with_person(kept_sales(orders), persons)
    rows = rows.filter(rows.person_id.notnull())
    return rows.select("person_id", "person_kind", "order_id", "ordered_at", "ordered_on", "kept_net")


def first_orders(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """One row per person: `person_id`, `person_kind`, `first_at`, `first_on`, `first_order_id` of the first kept sale.

    The earliest order over all accounts merged into the person; ties go to the smaller order id.
    """
    rows = kept_by_persons(orders, persons)
    order = ibis.row_number().over(group_by=rows.person_id, order_by=[rows.ordered_at, rows.order_id])
    ranked = rows.mutate(place=order)
    return ranked.filter(ranked.place == 0).select(
        "person_id", "person_kind", first_at="ordered_at", first_on="ordered_on", first_order_id="order_id"
    )


def precedes(at, ordered_at, *, window: int | None = None):
    """Whether evidence of the moment `at` may claim an order (an Ibis expression): strictly before it, within `window` days where given.

    What happened in the order's own second, or at an unknown moment, cannot be shown to have come first, so it claims nothing.
    A tag or code that the order itself carries needs no such proof and is not asked here.
    """
    earlier = at < ordered_at
    if window is not None:
        earlier = earlier & (at >= ordered_at - ibis.interval(days=window))
    return earlier.fill_null(False)


def coincides(at, ordered_at):
    """Whether evidence bears the order's own moment (an Ibis expression), in files without times its day: nobody knows which came first."""
    return (at == ordered_at).fill_null(False)


def first_sources(
    first: ir.Table, orders: ir.Table, accounts: ir.Table, leads: ir.Table, touches: ir.Table, persons: ir.Table,
    *, window: int = 90,
) -> ir.Table:  # fmt: skip
    """Where each customer came from: `person_id`, `source`, `source_basis`. Grain: one customer (a row of `first`).

    Evidence, best first:
    `touch` a tag or code on the first order, or the last identified touch within `window` days before it (`precedes`; a touch
    that names the order is part of it and may bear its moment); `crm` the earliest lead or account whose source is filled in,
    unless its record is of a later day than the first order (cards are often dated by day, or not at all, and made with the
    order: their source field describes the customer and is no event); `declared` a hand-kept who-sent-me row before the
    order; else `none`, unknown.
    """
    people = persons.select("account_id", "person_id")
    said = lambda t: t.filter(t.source.notnull(), ~t.source.isin(["unknown", "other"]))  # noqa: E731

    own = said(orders.select("order_id", "source"))
    tagged = first.inner_join(own, first.first_order_id == own.order_id).select(
        "person_id", "source", rank=ibis.literal(0, "int64"), moment=first.first_at, basis=ibis.literal("touch")
    )
    tied = said(touches).inner_join(people, "account_id")
    tied = tied.inner_join(first.select("person_id", "first_at", "first_order_id"), "person_id")
    names_it = ((tied.order_id == tied.first_order_id) & (tied.at <= tied.first_at)).fill_null(False)
    near = tied.filter(~tied.hand_kept, names_it | precedes(tied.at, tied.first_at, window=window))
    near = near.select(
        "person_id", "source", rank=ibis.literal(1, "int64"), moment=near.at, basis=ibis.literal("touch")
    )
    # the last touch wins: later moments rank first, so the moment is mirrored around the first order below
    declared = tied.filter(tied.hand_kept, names_it | precedes(tied.at, tied.first_at)).select(
        "person_id", "source", rank=ibis.literal(3, "int64"), moment=ibis._.at, basis=ibis.literal("declared")
    )
    crm = ibis.union(
        said(leads).select("account_id", "source", at=ibis._.created_at, on=ibis._.created_on),
        said(accounts).select("account_id", "source", at=ibis._.created_at, on=ibis._.created_on),
    ).inner_join(people, "account_id")
    crm = crm.inner_join(first.select("person_id", "first_at", "first_on"), "person_id")
    crm = crm.filter(~(crm.on > crm.first_on).fill_null(False)).select(
        "person_id", "source", rank=ibis.literal(2, "int64"), moment=ibis.coalesce(crm.at, crm.first_at), basis=ibis.literal("crm")
    )
    evidence = ibis.union(tagged, near, crm, declared)
    epoch = evidence.moment.epoch_seconds()
    ordered = evidence.mutate(
        place=ibis.row_number().over(
            group_by=evidence.person_id,
            order_by=[evidence["rank"], ibis.ifelse(evidence["rank"] == 1, -epoch, epoch), evidence.source],
        )
    )
    best = ordered.filter(ordered.place == 0).select("person_id", "source", source_basis="basis")
    out = first.select("person_id").left_join(best, "person_id").drop("person_id_right")
    return out.mutate(source=out.source.fill_null("unknown"), source_basis=out.source_basis.fill_null("none"))


def customers(
    orders: ir.Table, accounts: ir.Table, leads: ir.Table, touches: ir.Table, persons: ir.Table, golden: ir.Table,
    *, window: int = 90, begin: int | None = None,
) -> ir.Table:  # fmt: skip
    """The table `customers` (see its contract): each person with a kept sale, first day, month, source and its basis, place.

    `before_data` marks those whose first order lies in the first month of the data: they are older than they look. `begin` is that
    month (months since year 0) where `persons` are not all there are; left out: the month of the first order here.
    """
    first = first_orders(orders, persons)
    sources = first_sources(first, orders, accounts, leads, touches, persons, window=window)
    start = first.aggregate(start=first.first_on.min())
    start = start.mutate(month0=periods.month_number(start.start) if begin is None else ibis.literal(begin, "int64"))
    rows = first.inner_join(sources, "person_id").left_join(golden.select("person_id", "city"), "person_id")
    rows = rows.cross_join(start.select("month0"))
    kind = ibis.ifelse(rows.person_kind == "business", "business", "consumer")
    return rows.select(
        "person_id", kind=kind, first_on=rows.first_on, first_month=periods.label(rows.first_on), source=rows.source,
        source_basis=rows.source_basis, before_data=periods.month_number(rows.first_on) == rows.month0, city=rows.city,
    )  # fmt: skip


def booked(orders: ir.Table) -> ir.Table:
    """Counted orders in which a return without a customer takes the customer of its sale. Grain: as orders."""
    return _booked(orders).drop("sale_on")


def _booked(orders: ir.Table) -> ir.Table:
    """`booked` with `sale_on`: the day of the sale whose customer a return took, blank of all other rows."""
    rows = counted(orders)
    lost = rows.filter(rows.kind == "return", rows.account_id.isnull(), rows.original_order_id.notnull())
    sold = rows.filter(rows.kind == "sale").select(sale_id="order_id", sale_account="account_id", sale_on="ordered_on")
    sold = sold.semi_join(lost, sold.sale_id == lost.original_order_id)  # few sales are asked for: the join stays small
    joined = rows.left_join(sold, rows.original_order_id == sold.sale_id)
    takes = (joined.kind == "return") & joined.account_id.isnull()
    return joined.mutate(
        account_id=ibis.ifelse(takes, joined.sale_account, joined.account_id),
        sale_on=ibis.ifelse(takes, joined.sale_on, ibis.null("date")),
    ).drop("sale_id", "sale_account")


def marked(orders: ir.Table) -> ir.Table:
    """Booked orders with `is_sale` and `is_kept`: whether the row is one of `kept_sales`. Grain: as orders."""
    rows = booked(orders)
    return _marked(rows.mutate(is_sale=rows.kind == "sale"), _returns(counted(orders)))


def _marked(rows: ir.Table, returns: ir.Table) -> ir.Table:
    left = _left(rows, returns)
    return left.mutate(is_kept=(left.is_sale & (left.kept_net > 0)).fill_null(False)).drop("kept_net")


class Consumers(NamedTuple):
    """What known consumers bought and gave back, to be asked for as it was known on any day.

    `rows`: person_id, order_id, original_order_id, is_sale (else a return), ordered_on, net, known_on (a return that took the customer of
    its sale is theirs from the later of the two days on); grain one sale or return, as `booked`. `returns`: of all sales (`_returns`).
    """

    rows: ir.Table
    returns: ir.Table

    def cache(self) -> "Consumers":
        """Both kept, for several days or questions."""
        return Consumers(self.rows.cache(), self.returns.cache())

    def before(self, day: date) -> ir.Table:
        """As known before the day: the columns of `rows` without known_on, and is_kept (a row of `kept_sales`). Grain: as `rows`."""
        rows = self.rows.filter(self.rows.known_on < day).drop("known_on")
        return _marked(rows, self.returns.filter(self.returns.returned_on < day))


def consumers(orders: ir.Table, persons: ir.Table) -> Consumers:
    """Sales and returns of known consumers (`by_consumers`)."""
    rows = by_consumers(_booked(orders), persons)
    known = ibis.greatest(rows.ordered_on, rows.sale_on.fill_null(rows.ordered_on))
    few = ("person_id", "order_id", "original_order_id", "ordered_on", "net")  # they are kept in memory: no text among them
    return Consumers(rows.select(*few, is_sale=rows.kind == "sale", known_on=known), _returns(counted(orders)))
