"""Odoo: invoices and credit notes (account.move)."""

from scrm_helpers.ingestion.expressions import (
    Any,
    Col,
    Const,
    FirstOf,
    Made,
    MapTo,
    Not,
    Source,
    Test,
    When,
    difference,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

NUMBER, DATE = Col("Number", "Numara"), ("Invoice/Bill Date", "Invoice Date", "Fatura Tarihi")
NET, GROSS = Col("Untaxed Amount Signed"), Col("Total Signed")
WHO = Col("Invoice Partner Display Name", "Partner", "Customer")
LINES = ("Invoice lines/Product", "Invoice lines/Label", "Invoice lines/Quantity", "Invoice lines/Subtotal")


@recipe(
    "odoo_invoices",
    system="odoo",
    needs=[("Number", "Numara"), DATE, "Untaxed Amount Signed", "Total Signed"],
    blank_total=(DATE, ("Status", "State"), ("Payment Status",), *((line,) for line in LINES)),
)
def odoo_invoices():
    """Odoo invoices: the signed amounts are in the company's currency, without VAT, credit notes negative; group totals are dropped."""
    head = Not(Test(Col(*DATE), "blank"))
    back = Any(Test(NUMBER, "starts_with", ["rinv"]), Test(NET, "below", 0))
    source = FirstOf(Source(Col("Source")), Source(Col("Medium")))
    key = Made("CASE WHEN {n} ILIKE 'RINV%' THEN 'return:' ELSE 'sale:' END || {n}", "text", n=NUMBER)
    state = Made("lower({a})", "text", a=FirstOf(Col("Status", "State"), Col("Payment Status")))
    return [
        Feed(
            "orders",
            {
                "order_id": key,
                "order_no": NUMBER,
                "account_id": WHO,
                "ordered_at": Col(*DATE),
                "kind": When(back, Const("return"), Const("sale")),
                "status": MapTo(
                    state,
                    {"draft": "open", "cancelled": "cancelled", "cancel": "cancelled"},
                    other=Const("completed"),
                    blank="completed",
                ),
                "channel": Const("other"),
                "net": NET,
                "vat": difference(GROSS, NET),
                "source": source,
                "campaign_id": Col("Campaign"),
                "is_internal": Const(False),
            },
            where=head,
            gross=GROSS,
        ),
        Feed(
            "accounts",
            {
                "account_id": WHO,
                "native_id": WHO,
                "full_name": WHO,
                "kind": Const("unknown"),
                "is_internal": Const(False),
                "source": source,
                "source_raw": FirstOf(Col("Source"), Col("Medium")),
            },
            where=Not(Test(WHO, "blank")),
            group=WHO,
        ),
    ]
