"""Salesforce opportunity report."""

from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    FirstOf,
    Join,
    MapTo,
    Not,
    Source,
    Test,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "salesforce_report",
    system="salesforce",
    decimal="point",
    dotted="DMY",
    needs=[("Opportunity Name", "Opportunity ID", "Lead ID"), "Lead Source", "Amount", "Close Date", "Stage"],
)
def salesforce_report():
    """Salesforce opportunity report (days in the user's own order): deals of the CRM; its footers are dropped."""
    key = FirstOf(Col("Opportunity ID"), Join(Col("Account Name"), Col("Opportunity Name"), sep="|"), Col("Lead ID"))
    stage, who = Col("Stage"), FirstOf(Col("Account ID"), Col("Account Name"))
    return [
        Feed(
            "leads",
            {
                "lead_id": key,
                "account_id": who,
                "created_at": FirstOf(Col("Created Date"), Col("Close Date")),
                "closed_at": Col("Close Date"),
                "source": Source(Col("Lead Source")),
                "source_raw": Col("Lead Source"),
                "amount": Col("Amount"),
                "won": Test(stage, "is", "Closed Won"),
                "stage": MapTo(
                    stage,
                    {"Closed Won": "customer", "Closed Lost": "lost", "Prospecting": "lead"},
                    other=Const("prospect"),
                    blank="lead",
                ),
            },
            currency=Col("Amount Currency", "Currency"),
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": Const("business"),
                "company_name": Col("Account Name"),
                "is_internal": Const(False),
                "source": Source(Col("Lead Source")),
                "source_raw": Col("Lead Source"),
            },
            where=Not(Test(who, "blank")),
            group=who,
        ),
    ]
