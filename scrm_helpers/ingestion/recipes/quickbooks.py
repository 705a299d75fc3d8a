"""QuickBooks Online: the report of sales by customer, in bands."""

from scrm_helpers.ingestion.common import SUMS, account, document
from scrm_helpers.ingestion.expressions import Any, Col, Const, Join, Made, Not, Test, When
from scrm_helpers.ingestion.recipe import recipe

DATE, TYPE, NUMBER, WHO = Col("Date"), Col("Transaction Type", "Type"), Col("No.", "Num", "No", "Number"), Col("Name", "Customer")
AMOUNT = Col("Amount", "Amount (*)")
SALES, RETURNS = ["Invoice", "Sales Receipt"], ["Credit Memo", "Refund", "Refund Receipt", "Credit"]


@recipe(
    "quickbooks_report",
    system="quickbooks",
    decimal="point",
    needs=["Date", ("Transaction Type", "Type"), ("No.", "Num", "No", "Number"), "Name", ("Amount", "Amount (*)")],
    unlike=("Financial Status", "Ticket ID"),
    band=(("Date",), ("Amount", "Amount (*)")),
    notice="console.notice.quickbooks",
)
def quickbooks_report():
    """QuickBooks Online report: titles above, a band for each customer, totals below each; credit memos are returns."""
    back, sale = Test(TYPE, "among", RETURNS), Test(TYPE, "among", SALES)
    key = Join(When(back, Const("return:"), Const("sale:")), NUMBER)
    net = When(back, Made("-abs({a})", "number", a=AMOUNT), AMOUNT)
    return [
        document(key, NUMBER, WHO, DATE, back=back, net=net, where=Any(sale, back), group=key, sums=SUMS, currency=Col("Currency")),
        account(WHO, Not(Test(WHO, "blank")), full_name=WHO),
    ]
