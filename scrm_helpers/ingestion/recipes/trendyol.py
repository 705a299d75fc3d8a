"""Trendyol, the marketplace: order lines."""

from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    FirstOf,
    Join,
    Made,
    MapTo,
    ProductVat,
    Test,
    difference,
    negative,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "trendyol_orders",
    system="trendyol",
    decimal="comma",
    date_order="DMY",
    needs=["Sipariş Numarası", "Sipariş Tarihi", "Sipariş Statüsü", ("Faturalanacak Tutar", "Satış Tutarı")],
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
        Made(
            "{a} || CASE WHEN scrm_fold({s}) LIKE 'iptal%' OR scrm_fold({s}) LIKE '%edilemedi' THEN ':cancelled' ELSE '' END",
            "text", a=number, s=status,
        ),
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
