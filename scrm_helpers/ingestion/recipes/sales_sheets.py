"""Sheets of the sales team: who sent the customer, and who brought a friend."""

from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    Contact,
    FirstOf,
    Join,
    Made,
    Not,
    Source,
    Test,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "referrals",
    system="contact",
    decimal="comma",
    date_order="DMY",
    needs=[("Davet Kodu", "Referral code"), ("Davet Edilen E-posta", "Referred email"), ("Tarih", "Date")],
)
def referrals():
    """Bring-a-friend export: who brought whom, reward and discount; reversed rows count for nothing."""
    code, by, new = (
        Col("Davet Kodu", "Referral code"),
        Col("Davet Eden E-posta", "Referrer email"),
        Col("Davet Edilen E-posta", "Referred email"),
    )
    date = Col("Tarih", "Date")
    real = Not(Test(Col("Durum", "Status"), "among", ["İptal", "Cancelled", "Reversed", "İade"]))
    person = {"kind": Const("consumer"), "is_internal": Const(False)}
    return [
        Feed(
            "referrals",
            {
                "referral_id": Join(
                    code, Made("coalesce({a}, '')", "text", a=new), Made("{a}", "text", a=date), sep="|"
                ),
                "referrer_account_id": Contact(by, code),
                "referred_account_id": Contact(new),
                "at": date,
                "code": code,
                "reward": Col("Ödül (TL)", "Ödül (*)", "Reward (*)", "Reward"),
                "discount": Col("İndirim (TL)", "İndirim (*)", "Discount (*)", "Discount"),
            },
            where=real,
        ),
        Feed(
            "accounts", {"account_id": Contact(new), "email": new, **person}, where=Not(Test(new, "blank")), group=new
        ),
        Feed("accounts", {"account_id": Contact(by), "email": by, **person}, where=Not(Test(by, "blank")), group=by),
    ]


@recipe(
    "who_sent_me",
    system="contact",
    date_order="DMY",
    needs=[
        (
            "Nereden duydunuz?",
            "Bizi nereden duydunuz?",
            "Nereden duydunuz",
            "How did you hear about us?",
            "Who sent you?",
        ),
        ("Tarih", "Date"),
        ("Telefon", "Phone", "Müşteri", "Customer"),
    ],
)
def who_sent_me():
    """The hand-kept sheet of the sales team: what the customer said; its error widens whatever uses it."""
    told = Col(
        "Nereden duydunuz?", "Bizi nereden duydunuz?", "Nereden duydunuz", "How did you hear about us?", "Who sent you?"
    )
    phone, name, date = Col("Telefon", "Phone"), Col("Müşteri", "Customer"), Col("Tarih", "Date")
    who = Contact(phone)
    return [
        Feed(
            "touches",
            {
                "touch_id": Join(
                    "declared",
                    Made("coalesce({a}, '')", "text", a=phone),
                    Made("coalesce({a}, '')", "text", a=name),
                    date,
                    sep="|",
                ),
                "account_id": who,
                "at": date,
                "channel": Const("in_person"),
                "kind": Const("declared"),
                "source": FirstOf(Source(told), Const("unknown")),
                "hand_kept": Const(True),
            },
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "phone": phone,
                "full_name": name,
                "kind": Const("consumer"),
                "is_internal": Const(False),
            },
            where=who.filled(),
            group=phone,
        ),
    ]
