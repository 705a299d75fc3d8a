"""Pipedrive: deals, tied to people and organisations by their names."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, Made, MapTo, Not, Source, Test, When
from scrm_helpers.ingestion.recipe import Feed, recipe

ORGANISATION, PERSON = Col("Deal - Organization", "Deal - Organisation"), Col("Deal - Contact person")
FIRST = "nullif(trim(split_part({a}, ',', 1)), '')"  # several stand in one cell, by commas
MAIL = Made(FIRST, "text", watched=False, a=Col("Person - Email - Work", "Person - Email"))
PHONE = Made(
    FIRST, "text", watched=False, a=Col("Person - Phone - Work", "Person - Phone - Mobile", "Person - Phone")
)
TOLD = Col("Deal - Lead Source", "Deal - Source", "Person - Lead Source", "Deal - Label")


@recipe(
    "pipedrive_deals",
    system="pipedrive",
    needs=["Deal - ID", "Deal - Title", "Deal - Value", "Deal - Status"],
    notice="console.notice.pipedrive",
)
def pipedrive_deals():
    """Pipedrive deals: the first of several phones or e-mails counts; a deal is tied to its person by e-mail, else by name."""
    who = FirstOf(MAIL, PERSON, ORGANISATION)
    status, made = Col("Deal - Status"), Col("Deal - Deal created", "Deal - Created")
    return [
        Feed(
            "leads",
            {
                "lead_id": Col("Deal - ID"),
                "account_id": who,
                "created_at": FirstOf(made, Col("Deal - Won time"), Col("Deal - Lost time")),
                "closed_at": FirstOf(Col("Deal - Won time"), Col("Deal - Lost time")),
                "source": Source(TOLD),
                "source_raw": TOLD,
                "amount": Col("Deal - Value"),
                "won": Test(status, "among", ["Won", "Kazanıldı"]),
                "stage": MapTo(
                    status,
                    {"Won": "customer", "Lost": "lost", "Open": "prospect", "Kazanıldı": "customer", "Kaybedildi": "lost"},
                    other=Const("lead"),
                    blank="lead",
                ),
            },
            currency=Col("Deal - Currency of value", "Deal - Currency", "Deal - Currency of Value"),
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": When(Test(ORGANISATION, "blank"), Const("unknown"), Const("business")),
                "full_name": PERSON,
                "company_name": ORGANISATION,
                "email": MAIL,
                "phone": PHONE,
                "source": Source(TOLD),
                "source_raw": TOLD,
                "is_internal": Const(False),
            },
            where=Not(Test(who, "blank")),
            group=who,
        ),
    ]
