"""Web shops and marketplaces: Shopify, Trendyol, and a plain sheet of orders."""

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
    ProductVat,
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
    head = Not(Test(STATUS, "blank"))
    net = difference(Col("Total"), Col("Taxes"))
    share = "CASE WHEN {total} <> 0 THEN ({total} - coalesce({tax}, 0)) / {total} END"
    shared = {"total": Col("Total"), "tax": Col("Taxes")}
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
                "status": status,
                "discount": Made("{a} * " + share, "number", a=Col("Discount Amount"), **shared),
            },
            where=head,
            currency=Col("Currency"),
        ),
        Feed(
            "orders",
            {
                **order,
                "order_id": Join("return:", NUMBER),
                "original_order_id": Join("sale:", NUMBER),
                "kind": Const("return"),
                "status": Const("completed"),
                "net": Made(
                    "-round(({a} * " + share + ") * 1.000000000001, 2)", "number", a=Col("Refunded Amount"), **shared
                ),
            },
            where=All(head, Test(Col("Refunded Amount"), "above", 0), Not(Test(STATUS, "is", "voided"))),
            currency=Col("Currency"),
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


@recipe(
    "trendyol_orders",
    system="trendyol",
    decimal="comma",
    date_order="DMY",
    needs=["Sipariş Numarası", "Paket No", "Sipariş Tarihi", "Sipariş Statüsü", "Faturalanacak Tutar"],
)
def trendyol_orders():
    """Trendyol order lines: prices with VAT, buyers masked (no customer), a returned line becomes a return of its own."""
    number, status = Col("Sipariş Numarası"), Col("Sipariş Statüsü")
    amount = FirstOf(Col("Faturalanacak Tutar"), difference(Col("Satış Tutarı"), Col("İndirim Tutarı")))
    state = MapTo(
        status,
        {
            "Teslim Edildi": "completed",
            "İade Edildi": "completed",
            "İade/İptal": "completed",
            "İptal Edildi": "cancelled",
            "İptal": "cancelled",
            "Kargoda": "open",
            "Hazırlanıyor": "open",
            "Yeni": "open",
            "Oluşturuldu": "open",
            "Taşıma Durumunda": "open",
            "Teslim Edilemedi": "cancelled",
            "Tedarik Edilemedi": "cancelled",
        },
    )
    returned = Test(status, "among", ["İade Edildi", "İade/İptal"])
    order = {
        "order_no": number,
        "ordered_at": Col("Sipariş Tarihi"),
        "channel": Const("marketplace"),
        "is_internal": Const(False),
        "source": Const("marketplace"),
    }
    # lines of one order may be cancelled one by one: each state is a document of its own
    sale_key, vat = (
        Made("{a} || CASE WHEN scrm_fold({s}) LIKE 'iptal%' THEN ':cancelled' ELSE '' END", "text", a=number, s=status),
        Col("KDV Oranı"),
    )
    kept = FirstOf(vat, ProductVat(Col("Stok Kodu")))
    return [
        Feed(
            "orders",
            {
                **order,
                "order_id": Made("'sale:' || {a}", "text", a=sale_key),
                "kind": Const("sale"),
                "status": state,
                "net": amount,
                "discount": Col("İndirim Tutarı"),
            },
            group=sale_key,
            sums=("net", "net_document", "discount"),
            vat=kept,
            cents=True,
        ),
        Feed(
            "orders",
            {
                **order,
                "order_id": Join("return:", number),
                "original_order_id": Join("sale:", number),
                "kind": Const("return"),
                "status": Const("completed"),
                "net": negative(amount),
            },
            where=returned,
            group=number,
            sums=("net", "net_document"),
            vat=kept,
            cents=True,
        ),
        Feed(
            "order_lines",
            {
                "order_id": Made("'sale:' || {a}", "text", a=sale_key),
                "ordered_on": Col("Sipariş Tarihi"),
                "product_id": FirstOf(Col("Stok Kodu"), Col("Barkod")),
                "quantity": Col("Adet"),
                "net": amount,
                "discount": Col("İndirim Tutarı"),
            },
            group=sale_key,
            vat=kept,
            cents=True,
        ),
    ]


@recipe(
    "orders_sheet",
    system="orders",
    needs=[
        ("Sipariş Numarası", "Sipariş No", "Order Number", "Order No", "Order ID"),
        ("Sipariş Tarihi", "Order Date"),
        ("Tutar", "Toplam Tutar", "Amount", "Order Total"),
    ],
    unlike=("Paket No", "Lineitem price", "Financial Status"),
    date_order="DMY",
    notice="VAT is not named in this file: amounts are taken as VAT included at the company's rate. Wrong? Say vat: excluded in sources.yml.",  # noqa: E501
)
def orders_sheet():
    """A plain sheet of orders, one row each, prices with VAT."""
    number, who = (
        Col("Sipariş Numarası", "Sipariş No", "Order Number", "Order No", "Order ID"),
        Col("Müşteri Kodu", "Müşteri No", "Customer ID", "Müşteri Adı", "Customer Name", "Customer"),
    )
    amount = Col("Tutar", "Toplam Tutar", "Amount", "Order Total")
    name = Col("Müşteri Adı", "Customer Name", "Customer")
    return [
        Feed(
            "orders",
            {
                "order_id": Join("sale:", number),
                "order_no": number,
                "account_id": who,
                "ordered_at": Col("Sipariş Tarihi", "Order Date"),
                "kind": When(Test(amount, "below", 0), Const("return"), Const("sale")),
                "status": Const("completed"),
                "channel": Const("other"),
                "net": amount,
                "is_internal": Const(False),
            },
            vat="included",
            cents=True,
            currency=Col("Para Birimi", "Currency"),
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "kind": Const("unknown"),
                "full_name": name,
                "native_id": who,
                "is_internal": Const(False),
            },
            where=Not(Test(who, "blank")),
            group=who,
        ),
    ]
