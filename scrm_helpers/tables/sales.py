"""Contracts about selling: orders, lines, products, stores, traffic, promotion codes, margins, ledger."""

from scrm_helpers.tables.people import SOURCES
from scrm_helpers.tables.schema import Column, Kind, Privacy, Table, at, count, flag, ident, money, number, on, share, text

SALES_CHANNELS = ("shop", "marketplace", "store", "dealer", "phone", "other")

TABLES = (
    Table(
        "orders", "one sale or one return of one system; a return is its own row with a negative net", ("order_id",),
        (
            ident("order_id", "keyed digest of system, document kind and number"),
            Column("order_no", Kind.TEXT, "the document's own number", privacy=Privacy.PSEUDONYMOUS),
            ident("account_id", "who bought; blank where the system does not say", required=False),
            at("ordered_at", "when it was ordered (invoice date where nothing else is known)", required=True),
            on("ordered_on", "the same as a day in the business's time zone; months are counted by it", required=True),
            text("kind", "sale or return", required=True, allowed=("sale", "return")),
            text("status", "completed, cancelled or open; only completed ones count", required=True,
                 allowed=("completed", "cancelled", "open")),
            text("channel", "where it was sold", required=True, allowed=SALES_CHANNELS),
            text("store_id", "store or dealer that sold it"),
            ident("original_order_id", "of a return: the sale it belongs to", required=False),
            money("net", "net of VAT and discount, signed", required=True),
            money("net_document", "the same in the document's currency", unit="document currency"),
            text("currency", "document currency", required=True),
            money("vat", "VAT, signed"),
            money("discount", "discount given", least=0),
            text("promo_code", "promotion code used"),
            text("source", "source that the order itself carries (tag, code)", allowed=SOURCES),
            text("campaign_id", "campaign that the order itself carries"),
            flag("is_internal", "test, staff or collector", required=True),
        ),
        time="ordered_on", answers="the order or invoice export of the shop or ERP",
    ),
    Table(
        "order_lines", "one line of an order", ("order_id", "line_no"),
        (
            ident("order_id", "order"),
            count("line_no", "line within the order", required=True, least=1),
            on("ordered_on", "as in orders", required=True),
            text("product_id", "product code"),
            number("quantity", "signed; blank where the unit is not pieces (fuel, service)", "pieces"),
            money("net", "net of VAT and discount, signed", required=True),
            money("discount", "discount given", least=0),
        ),
        time="ordered_on", answers="the order-line export of the shop or ERP",
    ),
    Table(
        "products", "one product, from a day on", ("product_id", "valid_from"),
        (
            text("product_id", "product code", required=True),
            on("valid_from", "first day of this cost; 1900-01-01 where it never changed", required=True),
            text("name", "name"),
            text("category", "category, fixed for the year"),
            text("brand", "brand"),
            money("unit_cost", "cost of one piece, net", least=0),
        ),
        answers="the product list with unit cost",
    ),
    Table(
        "margins", "one margin of a category in a month (where unit costs are missing)", ("month", "category"),
        (
            text("month", "YYYY-MM", required=True),
            text("category", "category, or all", required=True),
            share("margin_share", "gross margin / net revenue", required=True),
        ),
        answers="the margin sheet",
    ),
    Table(
        "stores", "one store or dealer", ("store_id",),
        (
            text("store_id", "code", required=True),
            text("name", "name"),
            text("kind", "store, dealer or web", required=True, allowed=("store", "dealer", "web")),
            text("city", "province"),
            text("region", "region"),
            on("opened_on", "first day"),
            on("closed_on", "last day; blank while open", planned=True),
            text("formerly", "code it had before a change of name or a split"),
        ),
        answers="the store sheet",
    ),
    Table(
        "traffic", "one count of visits, by day (or period), place, source and measure",
        ("on", "until_on", "place", "source", "measure", "system"),
        (
            on("on", "first day counted", required=True),
            on("until_on", "last day counted", required=True),
            text("place", "store code, or web", required=True),
            text("source", "where visits came from", required=True, allowed=SOURCES),
            text("measure", "sessions, visits, directions, calls or site_clicks", required=True),
            number("visits", "how many", "visits", required=True, least=0),
        ),
        time="on", answers="the GA4 traffic export, the Google Business Profile export or a door counter",
    ),
    Table(
        "promo_codes", "one promotion code", ("code",),
        (
            text("code", "code", required=True),
            text("source", "who was given it", allowed=SOURCES),
            text("campaign_id", "campaign"),
            on("valid_from", "first day"),
            on("valid_to", "last day", planned=True),
        ),
        answers="the promotion code sheet",
    ),
    Table(
        "ledger_totals", "one month's net revenue in the books, by part", ("month", "part"),
        (
            text("month", "YYYY-MM", required=True),
            text("part", "revenue, or a named accepted difference (timing, returns, VAT)", required=True),
            money("net", "net of VAT", required=True),
            text("note", "who accepted the difference and why"),
        ),
        answers="the monthly ledger totals from accounting",
    ),
    Table(
        "rates", "one rate on one day", ("on", "kind"),
        (
            on("on", "day (first of the month for a monthly index)", required=True),
            text("kind", "cpi, or a pair such as eur_try", required=True),
            number("value", "index or price of one unit of the foreign currency", "index or rate", required=True, least=0),
        ),
        answers="the rates sheet (consumer prices and exchange rates)",
    ),
)
