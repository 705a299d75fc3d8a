"""What recipes of several systems say alike: the account that a document brings along, a document of an ERP, a ticket's state."""

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.expressions import All, Col, Const, Expr, MapTo, Not, Test, When
from scrm_helpers.ingestion.recipe import Feed

CHANNELS = words.channel_map()
SPAM = Test(Col("Tags", "Etiketler"), "contains", "spam")
CURRENCIES = {"0": "TRY", "1": "USD", "2": "EUR"}  # numbers of the currency table, as Mikro and Netsis count them
SUMS = ("net", "net_document")


def account(who: Expr, where: Expr, *, kind: str = "unknown", **columns: Expr) -> Feed:
    """One account for each `who` among the rows of `where`."""
    told = {"account_id": who, "native_id": who, "kind": Const(kind), "is_internal": Const(False)}
    return Feed("accounts", told | columns, where=where, group=who)


def document(key: Expr, number: Expr, who: Expr, day: Expr, *, back: Expr, net: Expr, where: Expr, columns=None, **options) -> Feed:
    """Invoices and credit notes: a return where `back` says so, completed and sold anywhere unless `columns` say otherwise."""
    told = {
        "order_id": key,
        "order_no": number,
        "account_id": who,
        "ordered_at": day,
        "kind": When(back, Const("return"), Const("sale")),
        "status": Const("completed"),
        "channel": Const("other"),
        "net": net,
        "is_internal": Const(False),
    }
    return Feed("orders", told | (columns or {}), where=where, **options)


def state(values: dict[str, str], other: Expr | None = None) -> Expr:
    """The state of a ticket: spam by its tag, else as its status says."""
    return When(SPAM, Const("spam"), MapTo(Col("Status"), values, other=other))


def caller(who: Expr, **columns: Expr) -> Feed:
    """The account behind a ticket that is no spam."""
    return account(who, All(Not(SPAM), Not(Test(who, "blank"))), kind="consumer", **columns)
