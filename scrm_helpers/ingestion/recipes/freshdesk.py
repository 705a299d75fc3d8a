"""Freshdesk ticket export."""

from scrm_helpers.ingestion.common import CHANNELS, caller, state
from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, MapTo, Not, Test
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "freshdesk_tickets", system="freshdesk", needs=["Ticket ID", "Status", "Source", "Created time"]
)
def freshdesk_tickets():
    """Freshdesk ticket export: times of answer and solution are computed from its stamps, its hour columns are often empty."""
    survey = Col("Survey results")
    answers = {
        "Extremely Happy": 5,
        "Very Happy": 5,
        "Happy": 4,
        "Neutral": 3,
        "Unhappy": 2,
        "Very Unhappy": 1,
        "Extremely Unhappy": 1,
    }
    who = FirstOf(Col("Contact ID"), Col("Email"), Col("Requester Email"), Col("Full name"))
    return [
        Feed(
            "cases",
            {
                "case_id": Col("Ticket ID"),
                "account_id": who,
                "channel": MapTo(Col("Source"), CHANNELS, other=Const("other"), blank="other"),
                "channel_raw": Col("Source"),
                "type": Col("Type"),
                "priority": Col("Priority"),
                "opened_at": Col("Created time"),
                "status": state(
                    {
                        "Open": "open",
                        "Pending": "pending",
                        "Resolved": "resolved",
                        "Closed": "closed",
                        "Waiting on Customer": "pending",
                        "Waiting on Third Party": "pending",
                    },
                    other=Const("open"),
                ),
                "first_reply_at": Col("Initial response time"),
                "resolved_at": Col("Resolved time"),
                "closed_at": Col("Closed time"),
                "replies": Col("Agent interactions"),
                "handle_minutes": Col("Time tracked", as_="minutes"),
                "satisfaction": MapTo(survey, answers, other=Const(None)),
                "survey_offered": Not(Test(survey, "blank")),
                "group": Col("Group"),
                "subject": Col("Subject"),
            },
        ),
        caller(
            who,
            full_name=Col("Full name"),
            email=FirstOf(Col("Email"), Col("Requester Email")),
            phone=Col("Work phone", "Mobile phone"),
        ),
    ]
