"""Mikro: account movements and customer cards."""

from scrm_helpers.ingestion.common import CURRENCIES, SUMS, account, document
from scrm_helpers.ingestion.expressions import All, Any, Col, Const, FirstOf, Made, MapTo, Not, Test, When
from scrm_helpers.ingestion.recipe import Feed, recipe

CODE, SIDE, BACK = Col("cha_kod"), Col("cha_tip"), Col("cha_normal_iade", "cha_normal_Iade")
WALK_IN = Any(
    Test(CODE, "starts_with", ["120 99"]),
    Test(Col("cari_unvan1", "cha_aciklama"), "starts_with", ["perakende musteri", "muhtelif", "nihai tuketici"]),
)


@recipe(
    "mikro_movements",
    system="mikro",
    date_order="DMY",
    needs=["cha_evrakno_seri", "cha_evrakno_sira", "cha_tarihi", "cha_kod", "cha_meblag"],
    notice="console.notice.mikro",
    vat_notice="console.notice.vat_included",
)
def mikro_movements():
    """Mikro account movements: the document's number is series and sequence; a day of 1899 is no day; amounts with VAT."""
    number = Made("concat_ws('-', nullif({a}, ''), {b})", "text", a=Col("cha_evrakno_seri"), b=Col("cha_evrakno_sira"))
    back = Test(BACK, "is", "1")
    amount = Made(
        "CASE WHEN {r} = 1 THEN -abs({a}) ELSE {a} END", "number", watched=True, a=Col("cha_meblag"), r=BACK
    )
    key = Made("CASE WHEN {r} = '1' THEN 'return:' ELSE 'sale:' END || {n}", "text", r=FirstOf(BACK, Const("0")), n=number)
    nobody = Any(Test(CODE, "blank"), WALK_IN)
    wanted = Any(back, Not(Test(SIDE, "is", "1")))
    cancelled = Test(Col("cha_iptal"), "among", ["1", "true"])
    return [
        document(
            key,
            number,
            When(nobody, Const(None), CODE),
            Col("cha_tarihi"),
            back=back,
            net=amount,
            where=wanted,
            columns={"status": When(cancelled, Const("cancelled"), Const("completed")), "store_id": Col("cha_subeno")},
            group=key,
            sums=SUMS,
            currency=MapTo(Col("cha_d_cins"), CURRENCIES, other=Col("cha_d_cins")),
            rate=Col("cha_d_kur"),
            vat="included",
            cents=True,
        ),
        account(CODE, All(wanted, Not(nobody)), full_name=Col("cari_unvan1")),
    ]


@recipe("mikro_cards", system="mikro", needs=["cari_kod", "cari_unvan1"])
def mikro_cards():
    """Mikro customer cards (CARI_HESAPLAR)."""
    code = Col("cari_kod")
    return [
        Feed(
            "accounts",
            {
                "account_id": code,
                "native_id": code,
                "full_name": Made("concat_ws(' ', {a}, {b})", "text", a=Col("cari_unvan1"), b=Col("cari_unvan2")),
                "email": Col("cari_EMail"),
                "phone": Col("cari_CepTel"),
                "tax_no": Col("cari_vdaire_no", "cari_VergiKimlikNo"),
                "created_at": Col("cari_create_date"),
                "kind": Const("unknown"),
                "is_internal": Const(False),
            },
        )
    ]
