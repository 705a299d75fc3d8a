"""Logo Tiger and GO: invoice lines and customer cards."""

from scrm_helpers.ingestion.expressions import All, Any, Col, Const, Made, MapTo, Not, Test, When
from scrm_helpers.ingestion.recipe import Feed, recipe

SPECODE = {
    "INSTA": "instagram",
    "INSTAGRAM": "instagram",
    "FB": "facebook",
    "TIKTOK": "tiktok",
    "WP": "whatsapp",
    "YOUTUBE": "youtube",
    "GOOGLE": "google_ads",
    "ARAMA": "search",
    "EPOSTA": "email",
    "DOGRUDAN": "direct",
    "REFERANS": "referral",
    "MAGAZA": "store",
    "DIGER": "other",
    "LINKEDIN": "linkedin",
    "X": "x",
}
CARD, TITLE, SPECIAL = (
    Col("CARI_KOD", "Cari Kodu", "CODE", "CLIENTCODE"),
    Col("CARI_UNVAN", "Cari Ünvan", "Cari Unvanı", "DEFINITION_", "DEFINITION"),
    Col("OZEL_KOD", "Özel Kod", "SPECODE"),
)
CURRENCY = Col("DOVIZ", "TRCURR")
CODES = {"0": "TRY", "160": "TRY", "53": "TRY", "1": "USD", "20": "EUR", "17": "GBP"}  # numbers of the currency table
WALK_IN = Any(
    Test(CARD, "starts_with", ["120 99"]),
    Test(TITLE, "starts_with", ["perakende musteri", "muhtelif musteri", "nihai tuketici"]),
)
NOBODY = Any(Test(CARD, "blank"), WALK_IN)


@recipe(
    "logo_lines", system="logo", decimal="comma", date_order="DMY", needs=["FICHENO", "TRCODE", CARD.aliases, ("SATIR_NET", "LINENET")]
)
def logo_lines():
    """Logo invoice lines: amounts without VAT; returns have a code of their own and positive amounts; walk-in sales have no customer."""
    code, amount, date = Col("TRCODE"), Col("SATIR_NET", "LINENET"), Col("DATE_", "TARIH")
    number = Made("concat_ws('-', {f}, {d}, {n})", "text", f=Col("FIRMA", "FIRMNR"), d=Col("DONEM", "PERIODNR"), n=Col("FICHENO"))
    back = Test(code, "among", ["2", "3"])
    signed = Made("CASE WHEN {c} IN (2, 3) THEN -abs({a}) ELSE {a} END", "number", a=amount, c=code)
    key = Made("CASE WHEN {c} IN ('2', '3') THEN 'return:' ELSE 'sale:' END || {n}", "text", c=code, n=number)
    trade = Any(Test(code, "among", ["8", "3"]), Test(Col("ISYERI", "BRANCH"), "starts_with", "B "))
    wanted = Test(code, "among", ["7", "8", "2", "3"])
    money = {"currency": MapTo(CURRENCY, CODES, other=CURRENCY), "rate": Col("KUR", "TRRATE")}
    return [
        Feed(
            "orders",
            {
                "order_id": key,
                "order_no": number,
                "account_id": When(NOBODY, Const(None), CARD),
                "ordered_at": date,
                "kind": When(back, Const("return"), Const("sale")),
                "status": When(Test(Col("IPTAL", "CANCELLED"), "is", "1"), Const("cancelled"), Const("completed")),
                "channel": When(trade, Const("dealer"), Const("store")),
                "store_id": Col("ISYERI", "BRANCH"),
                "net": signed,
                "is_internal": Const(False),
            },
            where=wanted,
            group=key,
            sums=("net", "net_document"),
            **money,
        ),
        Feed(
            "order_lines",
            {
                "order_id": key,
                "ordered_on": date,
                "product_id": Col("STOK_KODU", "ITEMCODE"),
                "net": signed,
                "quantity": When(
                    Test(Col("SATIR_TURU", "LINETYPE"), "among", ["0"]),
                    Made("CASE WHEN {c} IN (2, 3) THEN -abs({a}) ELSE {a} END", "number", a=Col("MIKTAR", "AMOUNT"), c=code),
                ),
            },
            where=wanted,
            group=key,
            **money,
        ),
        Feed(
            "accounts",
            {
                "account_id": CARD,
                "native_id": CARD,
                "full_name": TITLE,
                "is_internal": Const(False),
                "kind": When(Test(code, "among", ["8", "3"]), Const("business"), Const("unknown")),
                "source_raw": SPECIAL,
                "source": MapTo(SPECIAL, SPECODE, other=Const(None)),
                "segment_raw": When(Test(SPECIAL, "is", "BAYI"), Const("dealer")),
            },
            where=All(wanted, Not(NOBODY)),
            group=CARD,
        ),
    ]


@recipe(
    "logo_cards", system="logo", date_order="DMY", needs=["CARI_KOD", "CARI_UNVAN", ("TELEFON1", "TELEFON", "EPOSTA")]
)
def logo_cards():
    """Logo customer cards: persons and firms, dealers among them."""
    person = Test(Col("SAHIS_SIRKETI"), "is", "1")
    firm = Any(Test(Col("SAHIS_SIRKETI"), "is", "0"), Test(SPECIAL, "is", "BAYI"))
    return [
        Feed(
            "accounts",
            {
                "account_id": CARD,
                "native_id": CARD,
                "full_name": When(firm, Const(None), TITLE),
                "company_name": When(firm, TITLE),
                "first_name": Col("ADI"),
                "last_name": Col("SOYADI"),
                "phone": Col("TELEFON1", "TELEFON"),
                "email": Col("EPOSTA", "E-POSTA"),
                "city": Col("IL"),
                "district": Col("ILCE"),
                "address": Col("ADRES"),
                "tax_no": Col("VERGI_NO", "TCKN"),
                "created_at": Col("KAYIT_TARIHI"),
                "kind": When(firm, Const("business"), When(person, Const("consumer"), Const("unknown"))),
                "is_internal": Const(False),
                "source": MapTo(SPECIAL, SPECODE, other=Const(None)),
                "source_raw": SPECIAL,
                "segment_raw": When(Test(SPECIAL, "is", "BAYI"), Const("dealer")),
            },
            where=Not(NOBODY),
        )
    ]
