"""Contracts that go on until they are ended: the sheet that the suite offers."""

from scrm_helpers.ingestion.expressions import Col, Const, Contact, Ident, Not, Test
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "subscriptions",
    system="contact",
    date_order="DMY",
    needs=[
        ("Sözleşme No", "Contract No", "Subscription ID"),
        ("İlk Gün", "First day"),
        ("Yenileme (ay)", "Renewal (months)"),
    ],
)
def subscriptions():
    """Subscriptions, memberships and maintenance contracts: one row per contract, its last day blank while it runs."""
    mail = Col("Müşteri E-posta", "E-posta", "Customer email", "Email")
    return [
        Feed(
            "subscriptions",
            {
                "subscription_id": Ident(Col("Sözleşme No", "Contract No", "Subscription ID"), entity="subscription"),
                "account_id": Contact(mail),
                "started_on": Col("İlk Gün", "First day"),
                "ended_on": Col("Son Gün", "Last day"),
                "renewal_months": Col("Yenileme (ay)", "Renewal (months)"),
                "fee": Col("Ücret", "Fee"),
                "product_id": Col("Ürün", "Product"),
            },
        ),
        Feed(
            "accounts",
            {"account_id": Contact(mail), "email": mail, "kind": Const("consumer"), "is_internal": Const(False)},
            where=Not(Test(mail, "blank")),
            group=mail,
        ),
    ]
