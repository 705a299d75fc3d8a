"""Odoo: invoices and credit notes (account.move)."""

from scrm_helpers.ingestion.common import account, document
from scrm_helpers.ingestion.expressions import (
    Any,
    Col,
    Const,
    Down,
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
PRODUCT = Col("Invoice lines/Product", "Invoice lines/Label")
PIECES, SUBTOTAL = Col("Invoice lines/Quantity"), Col("Invoice lines/Subtotal")
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
    # lines stand under their invoice, and the cells of the invoice are blank beside all but the first
    filled = Down(NUMBER)
    of_line = Made("CASE WHEN {n} ILIKE 'RINV%' THEN 'return:' ELSE 'sale:' END || {n}", "text", n=filled)
    signed = When(Test(filled, "starts_with", ["rinv"]), Made("-abs({a})", "number", a=SUBTOTAL), SUBTOTAL)
    pieces = When(Test(filled, "starts_with", ["rinv"]), Made("-abs({a})", "number", a=PIECES), PIECES)
    statuses = {"draft": "open", "cancelled": "cancelled", "cancel": "cancelled"}
    return [
        document(
            key,
            NUMBER,
            WHO,
            Col(*DATE),
            back=back,
            net=NET,
            where=head,
            columns={
                "status": MapTo(state, statuses, other=Const("completed"), blank="completed"),
                "vat": difference(GROSS, NET),
                "source": source,
                "campaign_id": Col("Campaign"),
            },
            gross=GROSS,
        ),
        Feed(
            "order_lines",
            {"order_id": of_line, "ordered_on": Down(Col(*DATE)), "product_id": PRODUCT, "quantity": pieces, "net": signed},
            where=Not(Test(SUBTOTAL, "blank")),
            needs=SUBTOTAL.aliases,
            group=of_line,
            currency=Down(Col("Currency", "Para Birimi")),
        ),
        account(
            WHO, Not(Test(WHO, "blank")), full_name=WHO, source=source, source_raw=FirstOf(Col("Source"), Col("Medium"))
        ),
    ]
