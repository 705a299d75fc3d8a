"""A plain sheet of orders, whoever made it."""

from dataclasses import replace

from scrm_helpers.ingestion import words
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
    Somewhere,
    Source,
    Test,
    When,
    contact,
    digits,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

STATUS = Col("Sipariş Durumu", "Sipariş Statüsü", "Order Status", "Durum", "Durumu", "Statü", "Statüsü", "Status")
STATES = words.meanings(words.STATUS) | words.meanings(words.DOCUMENTS)  # spelling -> state, or what document the row is
COUNTED = {"returned": "completed", "return": "completed", "sale": "completed"}  # what came back was sold before


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
    """A plain sheet of orders, one row each, prices with VAT; its status says what was cancelled or came back, blank is completed."""
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
    date = Col("Sipariş Tarihi", "Order Date")
    orders = Feed(
        "orders",
        {
            "order_id": Join("sale:", number),
            "order_no": number,
            "account_id": who,
            "ordered_at": date,
            "kind": When(Test(amount, "below", 0), Const("return"), Const("sale")),
            "status": Const("completed"),
            "channel": Const("other"),
            "net": amount,
            "is_internal": Const(False),
        },
        vat="included",
        cents=True,
        currency=Col("Para Birimi", "Currency"),
    )
    came_back = Test(STATUS, "among", [*words.DOCUMENTS["return"]])
    # beside rows that are said to be sales, such a row is the return itself; else it is a sale that came back
    own = Somewhere(STATUS, [*words.DOCUMENTS["sale"]])
    status = MapTo(STATUS, {said: COUNTED.get(state, state) for said, state in STATES.items()}, blank="completed")
    returns = {
        "order_id": Join("return:", number),
        "original_order_id": When(Not(own), Join("sale:", number)),
        "ordered_at": FirstOf(Col("İade Tarihi", "Return Date", "Refund Date"), date),
        "kind": Const("return"),
        "net": Made("-abs({a})", "number", a=amount),
    }
    return [
        replace(orders, unlike=STATUS.aliases),
        replace(orders, columns=orders.columns | {"status": status}, where=Not(All(came_back, own)), needs=STATUS.aliases),
        # a row below zero is a return as it stands
        replace(
            orders, columns=orders.columns | returns, where=All(came_back, Any(own, Test(amount, "above", 0))), needs=STATUS.aliases
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
