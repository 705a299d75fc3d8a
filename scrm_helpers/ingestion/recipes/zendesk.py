"""Zendesk ticket export."""

from scrm_helpers.ingestion.common import CHANNELS, caller, state
from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, Made, MapTo, Test
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe(
    "zendesk_tickets",
    system="zendesk",
    decimal="point",
    needs=["Id", "Via", "Status", "Created at", ("Requester", "Requester id", "Requester email")],
)
def zendesk_tickets():
    """Zendesk ticket export: `Offered` is not an answer; Good and Bad stand for 5 and 1."""
    number, made, score, via = Col("Id"), Col("Created at"), Col("Satisfaction Score"), Col("Via")
    who = FirstOf(Col("Requester id"), Col("Requester email"), Col("Requester"))
    mail = MapTo(
        via, {"Web form": "email", "Mail": "email"}, other=MapTo(via, CHANNELS, other=Const("other")), blank="other"
    )
    reply = Made(
        "{a} + to_microseconds(({m} * 60000000)::BIGINT)",
        "moment",
        watched=False,
        a=made,
        m=Made("{a}", "number", watched=False, a=Col("First reply time in minutes")),
    )
    return [
        Feed(
            "cases",
            {
                "case_id": number,
                "account_id": who,
                "channel": mail,
                "channel_raw": via,
                "type": Col("Ticket type", "Type"),
                "priority": Col("Priority"),
                "status": state(
                    {
                        "New": "open",
                        "Open": "open",
                        "Pending": "pending",
                        "Hold": "pending",
                        "On-hold": "pending",
                        "Solved": "resolved",
                        "Closed": "closed",
                    }
                ),
                "opened_at": made,
                "first_reply_at": reply,
                "resolved_at": Col("Solved at"),
                "reopens": Col("Reopens"),
                "replies": Col("Replies"),
                "handle_minutes": Made("{a} / 60", "number", a=Col("Total time spent (sec)")),
                "satisfaction": MapTo(score, {"Good": 5, "Bad": 1}, other=Const(None)),
                "survey_offered": Test(score, "among", ["Good", "Bad", "Offered"]),
                "group": Col("Group"),
                "subject": Col("Subject"),
            },
        ),
        caller(
            who,
            created_at=made,
            full_name=Made("CASE WHEN {a} LIKE 'Caller +%' THEN NULL ELSE {a} END", "text", a=Col("Requester")),
            email=Col("Requester email"),
            phone=FirstOf(
                Col("Requester phone"),
                Made("nullif(regexp_extract({a}, '^Caller (\\+\\d+)', 1), '')", "text", a=Col("Requester")),
            ),
            external_id=Col("Requester external id"),
        ),
    ]
