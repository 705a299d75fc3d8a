"""A plain sheet of orders, whoever made it."""

from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    FirstOf,
    Join,
    Not,
    Source,
    Test,
    When,
    contact,
    digits,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "orders_sheet",
    system="orders",
    needs=[
        ("Sipariş Numarası", "Sipariş No", "Order Number", "Order No", "Order ID"),
        ("Sipariş Tarihi", "Order Date"),
        ("Tutar", "Toplam Tutar", "Amount", "Order Total"),
    ],
    unlike=("Paket No", "Lineitem price", "Financial Status"),
    dotted="DMY",
    vat_notice="console.notice.orders_sheet",
)
def orders_sheet():
    """A plain sheet of orders, one row each, prices with VAT."""
    number = Col("Sipariş Numarası", "Sipariş No", "Order Number", "Order No", "Order ID")
    mail = Col("E-Posta", "E Posta", "Eposta", "E-posta Adresi", "Email", "E-mail", "Müşteri E-posta", "Customer Email")
    phone = Col("Telefon", "Cep Telefonu", "GSM", "Phone", "Mobile", "Müşteri Telefon", "Customer Phone")
    amount = Col("Tutar", "Toplam Tutar", "Amount", "Order Total")
    name = Col("Müşteri Adı", "Ad Soyad", "Alıcı", "Customer Name", "Customer")
    code = Col(
        "Müşteri Kodu", "Müşteri No", "Müşteri ID", "Müşteri Numarası", "Cari Kodu", "Cari No", "Üye No",
        "Customer ID", "Customer No", "Customer Number", "Customer Code",
    )  # fmt: skip
    heard = Col(
        "Bizi nereden duydunuz?", "Bizi nereden duydunuz", "Nereden duydunuz?", "Nereden duydunuz", "How did you hear about us?",
        "How did you hear about us",
    )  # fmt: skip
    who = FirstOf(code, contact(mail), digits(phone), name)  # a code, else an address: two people may have one name
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
                "email": mail,
                "phone": phone,
                "native_id": who,
                "source": Source(heard),
                "source_raw": heard,
                "is_internal": Const(False),
            },
            where=Not(Test(who, "blank")),
            group=who,
        ),
    ]
