"""Dynamics 365: contacts, leads and accounts of an Excel export."""

from scrm_helpers.ingestion.expressions import Any, Col, Const, FirstOf, MapTo, Not, Source, Test
from scrm_helpers.ingestion.recipe import Feed, recipe

KINDS = ("Contact", "Lead", "Account")
KEY = tuple(f"(Do Not Modify) {k}" for k in KINDS)
NAME = ("Full Name", "Name", "Account Name", "Topic")
MADE = ("Created On", "Created on")


@recipe("dynamics_records", system="dynamics", needs=[KEY, "(Do Not Modify) Row Checksum"])
def dynamics_records():
    """Dynamics 365 contacts, leads or accounts: the hidden first column holds the key; "Allow" and "Do Not Allow" are consent."""
    who, made, told = Col(*KEY), Col(*MADE), Col("Lead Source")
    allowed = Col("Allow Marketing Communication", "Allow Marketing Communications", "Marketing Materials", "Bulk Email")
    state = FirstOf(Col("Status Reason"), Col("Status"))
    source = Source(told)
    return [
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": Const("unknown"),
                "is_internal": Const(False),
                "created_at": made,
                "full_name": Col("Full Name", "Name"),
                "first_name": Col("First Name"),
                "last_name": Col("Last Name"),
                "company_name": Col("Company Name", "Account Name", "Company Name (Account) (*)"),
                "email": Col("Email", "Email Address", "E-mail"),
                "phone": FirstOf(Col("Mobile Phone"), Col("Business Phone"), Col("Main Phone")),
                "city": Col("Address 1: City", "City"),
                "source": source,
                "source_raw": told,
                "campaign_id": Col("Source Campaign"),
            },
        ),
        Feed(
            "leads",
            {
                "lead_id": who,
                "account_id": who,
                "created_at": made,
                "source": source,
                "source_raw": told,
                "campaign_id": Col("Source Campaign"),
                "stage": MapTo(
                    state,
                    {"Qualified": "prospect", "Won": "customer", "Lost": "lost", "Disqualified": "lost", "Canceled": "lost"},
                    other=Const("lead"),
                    blank="lead",
                ),
                "won": Test(state, "is", "Won"),
            },
            where=Any(Not(Test(made, "blank"))),
        ),
        Feed(
            "consents",
            {
                "account_id": who,
                "channel": Const("email"),
                "purpose": Const("marketing"),
                "status": MapTo(
                    allowed,
                    {"Allow": "granted", "Yes": "granted", "Do Not Allow": "withdrawn", "No": "withdrawn"},
                ),
                "at": FirstOf(Col("(Do Not Modify) Modified On"), made),
            },
            where=Not(Test(allowed, "blank")),
        ),
    ]
