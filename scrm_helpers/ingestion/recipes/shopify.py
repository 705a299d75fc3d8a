"""Shopify: orders and customers."""

from scrm_helpers.ingestion.expressions import (
    All,
    Any,
    Col,
    Const,
    FirstOf,
    Join,
    Made,
    MapTo,
    Not,
    Source,
    Test,
    When,
    contact,
    difference,
    negative,
    product,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

NUMBER, EMAIL, CREATED = Col("Name"), Col("Email"), Col("Created at")
STATUS, TAGS = Col("Financial Status"), Col("Tags")
SOURCE_NOTE = Made(
    "nullif(regexp_extract({a}, 'utm_source[:=]\\s*([^\\s;&,]+)', 1), '')",
    "text",
    watched=False,
    a=Col("Note Attributes", "Notes"),
)
CAMPAIGN_NOTE = Made(
    "nullif(trim(regexp_extract({a}, 'utm_campaign[:=]\\s*([^\\n;&]+)', 1)), '')",
    "text",
    watched=False,
    a=Col("Note Attributes", "Notes"),
)
INTERNAL = Any(
    Test(TAGS, "contains", ["test", "staff", "personel"]),
    Test(Col("Billing Name"), "starts_with", ["test siparis", "test order"]),
)
SHOP_SOURCE = When(
    Not(Test(SOURCE_NOTE, "blank")),
    Source(SOURCE_NOTE),
    When(
        Test(Col("Source"), "among", ["instagram", "facebook", "tiktok", "whatsapp", "youtube"]), Source(Col("Source"))
    ),
)
BUYER = contact(FirstOf(EMAIL, Made("regexp_replace({a}, '\\D', '', 'g')", "text", a=Col("Billing Phone", "Phone"))))


@recipe(
    "shopify_orders",
    system="shopify",
    decimal="point",
    needs=["Name", "Financial Status", "Total", "Created at", "Lineitem quantity", "Lineitem price"],
)
def shopify_orders():
    """Shopify order export: order fields stand on the first line of an order; a refund becomes a return of its own."""
    status = MapTo(
        STATUS,
        {
            "paid": "completed",
            "partially_refunded": "completed",
            "refunded": "completed",
            "partially_paid": "open",
            "pending": "open",
            "authorized": "open",
            "voided": "cancelled",
            "expired": "cancelled",
        },
        blank=None,
    )
    head, gone = Not(Test(STATUS, "blank")), Not(Test(Col("Cancelled at"), "blank"))
    net = difference(Col("Total"), Col("Taxes"))
    share = "CASE WHEN {total} <> 0 THEN ({total} - coalesce({tax}, 0)) / {total} END"
    shared = {"total": Col("Total"), "tax": Col("Taxes")}
    paid_back = Made("-round(({a} * " + share + ") * 1.000000000001, 2)", "number", a=Col("Refunded Amount"), **shared)
    vat_back = Made("CASE WHEN {t} IS NOT NULL THEN -{a} - {n} END", "number", a=Col("Refunded Amount"), n=paid_back, t=Col("Taxes"))
    order = {
        "account_id": BUYER,
        "ordered_at": CREATED,
        "channel": Const("shop"),
        "source": SHOP_SOURCE,
        "campaign_id": CAMPAIGN_NOTE,
        "promo_code": Col("Discount Code"),
        "is_internal": INTERNAL,
        "order_no": NUMBER,
        "store_id": Const("WEB"),
    }
    gross = difference(product(Col("Lineitem quantity"), Col("Lineitem price")), Col("Lineitem discount"))
    over = "OVER (PARTITION BY {group})"
    line = Made(
        "{g} * coalesce(max({sub}) OVER_ / nullif(sum({g}) OVER_, 0), 1) * coalesce(max(SHARE_) OVER_, 1)".replace(
            "SHARE_", share
        ).replace("OVER_", over),
        "number",
        g=gross,
        sub=Col("Subtotal"),
        **shared,
    )
    return [
        Feed(
            "orders",
            {
                **order,
                "order_id": Join("sale:", NUMBER),
                "kind": Const("sale"),
                "net": net,
                "vat": Col("Taxes"),
                "status": When(gone, Const("cancelled"), status),  # paid back or not, a cancelled order is no sale and no return
                "discount": Made("{a} * " + share, "number", a=Col("Discount Amount"), **shared),
            },
            where=head,
            currency=Col("Currency"),
            gross=Col("Total"),
        ),
        Feed(
            "orders",
            {
                **order,
                "order_id": Join("return:", NUMBER),
                "original_order_id": Join("sale:", NUMBER),
                "kind": Const("return"),
                "status": Const("completed"),
                "net": paid_back,
                "vat": vat_back,
            },
            where=All(head, Not(gone), Test(Col("Refunded Amount"), "above", 0), Not(Test(STATUS, "is", "voided"))),
            currency=Col("Currency"),
            gross=negative(Col("Refunded Amount")),
        ),
        Feed(
            "order_lines",
            {
                "order_id": Join("sale:", NUMBER),
                "ordered_on": CREATED,
                "product_id": FirstOf(Col("Lineitem sku"), Col("Lineitem name")),
                "quantity": Col("Lineitem quantity"),
                "net": line,
                "discount": Col("Lineitem discount"),
            },
            group=NUMBER,
            currency=Made("max({a}) OVER (PARTITION BY {group})", "text", a=Col("Currency")),
        ),
        Feed(
            "accounts",
            {
                "account_id": BUYER,
                "kind": Const("consumer"),
                "email": EMAIL,
                "phone": Col("Billing Phone", "Phone"),
                "full_name": Col("Billing Name"),
                "city": Col("Billing City"),
                "address": Col("Billing Street", "Billing Address1"),
                "postcode": Col("Billing Zip"),
                "native_id": BUYER,
                "created_at": CREATED,
                "source": SHOP_SOURCE,
                "is_internal": INTERNAL,
            },
            where=All(head, Not(Test(BUYER, "blank"))),
            group=BUYER,
        ),
    ]


@recipe("shopify_customers", system="shopify", needs=["Customer ID", "Email", "Accepts Email Marketing", "First Name"])
def shopify_customers():
    """Shopify customer export; the e-mail (or phone) is the key that orders carry."""
    who = contact(
        FirstOf(EMAIL, Made("regexp_replace({a}, '\\D', '', 'g')", "text", a=Col("Phone", "Default Address Phone")))
    )
    return [
        Feed(
            "accounts",
            {
                "account_id": who,
                "kind": Const("consumer"),
                "external_id": Col("Customer ID"),
                "first_name": Col("First Name"),
                "last_name": Col("Last Name"),
                "email": EMAIL,
                "phone": Col("Phone", "Default Address Phone"),
                "city": Col("Default Address City"),
                "native_id": who,
                "country": Col("Default Address Country Code"),
                "address": Col("Default Address Address1"),
                "postcode": Col("Default Address Zip"),
                "company_name": Col("Default Address Company"),
                "created_at": Col("Created At"),
                "is_internal": Test(Col("Tags"), "contains", ["test", "staff"]),
            },
            where=Not(Test(who, "blank")),
        )
    ]
