"""Followers who agreed to be tied to their customer record."""

from scrm_helpers.ingestion.expressions import All, Col, Const, Contact, Not, Source, Test
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "followers",
    system="contact",
    needs=[("Kullanıcı Adı", "Username", "Handle"), "Platform", ("Takip Tarihi", "Followed on", "Follow date")],
)
def followers():
    """Followers who agreed to be tied to their customer record."""
    who = Contact(
        Col("Müşteri E-posta", "E-posta", "Customer email", "Email"),
        Col("Müşteri Telefon", "Telefon", "Customer phone", "Phone"),
    )
    agreed = All(Not(Test(Col("Onay", "Consent"), "among", ["hayır", "no", "0"])), who.filled())
    return [
        Feed(
            "follows",
            {
                "account_id": who,
                "platform": Source(Col("Platform")),
                "followed_at": Col("Takip Tarihi", "Followed on", "Follow date"),
                "unfollowed_at": Col("Takipten Çıkma", "Unfollowed on"),
            },
            where=agreed,
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "kind": Const("consumer"),
                "is_internal": Const(False),
                "handle": Col("Kullanıcı Adı", "Username", "Handle"),
                "email": Col("Müşteri E-posta", "E-posta", "Customer email", "Email"),
                "phone": Col("Müşteri Telefon", "Telefon", "Customer phone", "Phone"),
            },
            where=agreed,
        ),
    ]
