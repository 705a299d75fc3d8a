"""Netsis: account movements (TBLCAHAR), invoices (TBLFATUIRS) and customer cards (TBLCASABIT)."""

from scrm_helpers.ingestion.common import CURRENCIES, SUMS, account, document
from scrm_helpers.ingestion.expressions import All, Any, Col, Const, FirstOf, Join, Made, MapTo, Not, Test, When
from scrm_helpers.ingestion.recipe import Feed, recipe

CODE, TITLE, NUMBER = Col("CARI_KOD", "CARI_KODU"), Col("CARI_ISIM"), Col("FISNO", "FATIRS_NO", "BELGE_NO")
DEBIT, CREDIT = Col("BORC", "GENELTOPLAM", "TUTAR", "DOV_TUTAR"), Col("ALACAK")
BACK = Test(Col("FTIRSIP"), "among", ["3", "4"])  # goods that came back stand under a type of their own
NOBODY = Any(
    Test(CODE, "blank"),
    Test(CODE, "starts_with", ["120 99"]),
    Test(TITLE, "contains", ["perakende musteri", "muhtelif", "nihai tuketici", "tahsilat", "kasa hesab", "duzeltme"]),
)


@recipe(
    "netsis_movements",
    system="netsis",
    date_order="DMY",
    needs=["CARI_KOD", ("FISNO", "FATIRS_NO", "BELGE_NO"), "TARIH", ("BORC", "GENELTOPLAM", "TUTAR", "DOV_TUTAR")],
    unlike=("TRCODE", "cha_kod"),
    notice="console.notice.netsis",
    vat_notice="console.notice.vat_included",
)
def netsis_movements():
    """Netsis account movements: debits are sales; letters of the old collation are mended; collectors have no customer."""
    wanted = Not(All(Test(CREDIT, "above", 0), Not(Test(Col("BORC"), "above", 0))))
    key = Join(When(BACK, Const("return:"), Const("sale:")), NUMBER)
    return [
        document(
            key,
            NUMBER,
            When(NOBODY, Const(None), CODE),
            Col("TARIH"),
            back=Any(BACK, Test(DEBIT, "below", 0)),
            net=When(BACK, Made("-abs({a})", "number", a=DEBIT), DEBIT),
            where=wanted,
            columns={"store_id": Col("SUBE_KODU")},
            group=key,
            sums=SUMS,
            currency=MapTo(Col("DOVTIP", "DOVIZTIP"), CURRENCIES, other=Col("DOVTIP", "DOVIZTIP")),
            rate=Col("KUR", "DOVIZKURU"),
            vat="included",
            cents=True,
        ),
        account(CODE, All(wanted, Not(NOBODY)), full_name=TITLE),
    ]


@recipe("netsis_cards", system="netsis", needs=["CARI_KOD", "CARI_ISIM"], unlike=("TARIH", "FISNO", "TRCODE"))
def netsis_cards():
    """Netsis customer cards; collector and adjustment accounts are no customers."""
    return [
        Feed(
            "accounts",
            {
                "account_id": CODE,
                "native_id": CODE,
                "full_name": TITLE,
                "phone": FirstOf(Col("CARI_TEL"), Col("GSM1")),
                "email": Col("EMAIL"),
                "city": Col("CARI_IL"),
                "district": Col("CARI_ILCE"),
                "address": Col("CARI_ADRES"),
                "tax_no": Col("VERGI_NUMARASI"),
                "kind": Const("unknown"),
                "is_internal": NOBODY,
            },
        )
    ]
