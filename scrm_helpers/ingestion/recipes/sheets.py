"""The company's own books and lists: costs, stores, products, rates, ledger, rules, margins."""

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.expressions import (
    Any,
    Col,
    Const,
    FirstOf,
    HasElse,
    Join,
    Made,
    MapTo,
    Month,
    Source,
    Test,
    When,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "cost_sheet",
    system="costs",
    decimal="",
    needs=[
        ("Ay", "Month"),
        ("Amaç", "Purpose"),
        ("Tür", "Kind"),
        ("Kanal", "Channel"),
        ("Tutar (*)", "Tutar", "Amount", "Amount (*)"),
    ],
)
def cost_sheet():
    """Costs outside the ad platforms, by month, with staff hours; hours that nobody wrote down stay blank."""
    month, channel, kind, purpose = (
        Col("Ay", "Month"),
        Col("Kanal", "Channel"),
        Col("Tür", "Kind"),
        Col("Amaç", "Purpose"),
    )
    serve = {
        "Sosyal medya": "social",
        "Social": "social",
        "Telefon": "phone",
        "Phone": "phone",
        "E-posta": "email",
        "Email": "email",
        "Mağaza": "in_person",
        "In person": "in_person",
    }
    label = Month(month)
    # the same words twice in a month are two costs: they are told apart by their order in the sheet
    place = Made(
        "(row_number() OVER (PARTITION BY {m}, {p}, {k}, {c} ORDER BY _row))::VARCHAR",
        "text",
        watched=False,
        m=label,
        p=purpose,
        k=kind,
        c=channel,
    )
    return [
        Feed(
            "costs",
            {
                "cost_id": Join(label, purpose, kind, channel, place, sep="|"),
                "month": label,
                "purpose": MapTo(purpose, words.SPELLED["costs", "purpose"]),
                "kind": MapTo(kind, words.SPELLED["costs", "kind"]),
                "source": FirstOf(Source(channel, paid=True), Const("other")),
                "contact_channel": When(
                    Test(purpose, "among", words.PURPOSES["serve"]), MapTo(channel, serve, other=Const(None))
                ),
                "campaign_id": Col("Kampanya No", "Campaign ID"),
                "amount": Col("Tutar (TL)", "Tutar (*)", "Tutar", "Amount (*)", "Amount"),
                "hours": Col("Saat", "Hours"),
                "hourly_rate": Col("Saat Ücreti (TL)", "Saat Ücreti (*)", "Hourly rate (*)", "Hourly rate"),
                "note": Col("Not", "Note"),
            },
        )
    ]


@recipe(
    "store_list",
    system="stores",
    date_order="DMY",
    needs=[("Mağaza Kodu", "Store code", "Store ID"), ("Tür", "Kind"), ("İl", "City", "Province")],
)
def store_list():
    """Stores and dealers, with the code they had before a change of name."""
    kinds = {"Mağaza": "store", "Store": "store", "Bayi": "dealer", "Dealer": "dealer", "Web": "web"}
    return [
        Feed(
            "stores",
            {
                "store_id": Col("Mağaza Kodu", "Store code", "Store ID"),
                "name": Col("Mağaza Adı", "Store name", "Name"),
                "kind": MapTo(Col("Tür", "Kind"), kinds),
                "city": Col("İl", "City", "Province"),
                "region": Col("Bölge", "Region"),
                "opened_on": Col("Açılış", "Opened on"),
                "closed_on": Col("Kapanış", "Closed on"),
                "formerly": Col("Eski Kod", "Formerly"),
            },
        )
    ]


PRODUCT, VAT = Col("Stok Kodu", "Product code", "Product ID", "SKU"), Col("KDV (%)", "KDV", "VAT (%)", "VAT")


@recipe(
    "product_list",
    system="products",
    date_order="DMY",
    product_vat=(PRODUCT, VAT),
    needs=[
        ("Stok Kodu", "Product code", "Product ID", "SKU"),
        ("Kategori", "Category"),
        ("Birim Maliyet (*)", "Birim Maliyet", "Unit cost", "Unit cost (*)"),
    ],
)
def product_list():
    """Products with category and unit cost (net), from a day on."""
    return [
        Feed(
            "products",
            {
                "product_id": PRODUCT,
                "valid_from": HasElse(Col("Geçerlilik", "Valid from"), Const("1900-01-01")),
                "name": Col("Ürün Adı", "Product name", "Name"),
                "category": Col("Kategori", "Category"),
                "brand": Col("Marka", "Brand"),
                "unit_cost": Col(
                    "Birim Maliyet (TL)", "Birim Maliyet (*)", "Birim Maliyet", "Unit cost (*)", "Unit cost"
                ),
            },
        )
    ]


@recipe(
    "rates",
    system="rates",
    needs=[("date", "Tarih", "on"), ("kind", "Tür"), ("value", "Değer")],
    unlike=("Neden", "Reason"),
    decimal="",
    date_order="DMY",
)
def rates():
    """Consumer prices (first of the month) and exchange rates by day."""
    return [
        Feed(
            "rates",
            {
                "on": Col("date", "Tarih", "on"),
                "kind": Made("lower({a})", "text", a=Col("kind", "Tür")),
                "value": Col("value", "Değer"),
            },
        )
    ]


@recipe(
    "ledger_totals",
    system="ledger",
    needs=[("Ay", "Month"), ("Hesap Kodu", "Account", "Kalem", "Part"), ("Tutar (*)", "Tutar", "Amount", "Net")],
    unlike=("Amaç", "Purpose", "Kategori", "Kanal", "Channel", "Saat", "Hours"),
)
def ledger_totals():
    """Monthly totals of the books: revenue accounts (600) and sales returns (610); other accounts are not revenue."""
    month, code = Month(Col("Ay", "Month")), Col("Hesap Kodu", "Account")
    part = FirstOf(Col("Kalem", "Part"), Const("revenue"))
    revenue = Any(Test(code, "blank"), Test(code, "starts_with", ["600", "601", "602", "610", "611"]))
    return [
        Feed(
            "ledger_totals",
            {
                "month": month,
                "part": part,
                "net": Col("Tutar (TL)", "Tutar (*)", "Tutar", "Amount (*)", "Amount", "Net"),
                "note": Col("Not", "Note"),
            },
            where=revenue,
            group=Join(month, part, sep="|"),
            sums=("net",),
        )
    ]


@recipe("exclusions", system="rules", needs=[("Tür", "Kind"), ("Değer", "Value"), ("Neden", "Reason")])
def exclusions():
    """Staff, test and collector accounts that count for nobody."""
    kinds = {
        "Cari": "account",
        "Hesap": "account",
        "Account": "account",
        "E-posta": "email",
        "Email": "email",
        "Telefon": "phone",
        "Phone": "phone",
        "Alan adı": "domain",
        "Domain": "domain",
        "Sipariş": "order",
        "Order": "order",
    }
    value = Col("Değer", "Value")
    return [
        Feed(
            "exclusions",
            {
                "kind": MapTo(Col("Tür", "Kind"), kinds),
                "value": value,
                "reason": Col("Neden", "Reason"),
                "value_digest": Made("scrm_digest(lower(trim({a})))", "text", a=value),
            },
        )
    ]


@recipe(
    "promo_codes",
    system="rules",
    date_order="DMY",
    needs=[("Kod", "Code"), ("Kanal", "Channel", "Source"), ("Başlangıç", "Valid from")],
    unlike=("Kampanya", "Campaign", "Test No"),
)
def promo_codes():
    """Promotion codes and who was given them."""
    return [
        Feed(
            "promo_codes",
            {
                "code": Col("Kod", "Code"),
                "source": Source(Col("Kanal", "Channel", "Source"), paid=True),
                "campaign_id": Col("Kampanya No", "Campaign ID"),
                "valid_from": Col("Başlangıç", "Valid from"),
                "valid_to": Col("Bitiş", "Valid to"),
            },
        )
    ]


@recipe(
    "margin_sheet",
    system="margins",
    needs=[("Ay", "Month"), ("Kategori", "Category"), ("Marj", "Marj (*)", "Margin", "Margin (*)")],
)
def margin_sheet():
    """Gross margin by category and month, where unit costs are missing."""
    share = Made(
        "CASE WHEN {a} > 1 THEN {a} / 100 ELSE {a} END", "number", a=Col("Marj (*)", "Marj", "Margin (*)", "Margin")
    )
    return [
        Feed(
            "margins",
            {
                "month": Month(Col("Ay", "Month")),
                "category": Col("Kategori", "Category"),
                "margin_share": share,
            },
        )
    ]
