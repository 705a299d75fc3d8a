"""Service: Zendesk and Freshdesk tickets, the day sheet of the call centre, survey answers."""

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.expressions import (
    DESK,
    All,
    Col,
    Const,
    Contact,
    FirstOf,
    Ident,
    Join,
    Made,
    MapTo,
    Not,
    Test,
    When,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

CHANNELS = words.channel_map()
SPAM = Test(Col("Tags", "Etiketler"), "contains", "spam")


@recipe("zendesk_tickets", system="zendesk", decimal="point", needs=["Id", "Via", "Status", "Created at", "Requester"])
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
                "status": When(
                    SPAM,
                    Const("spam"),
                    MapTo(
                        Col("Status"),
                        {
                            "New": "open",
                            "Open": "open",
                            "Pending": "pending",
                            "Hold": "pending",
                            "On-hold": "pending",
                            "Solved": "resolved",
                            "Closed": "closed",
                        },
                    ),
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
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": Const("consumer"),
                "is_internal": Const(False),
                "created_at": made,
                "full_name": Made("CASE WHEN {a} LIKE 'Caller +%' THEN NULL ELSE {a} END", "text", a=Col("Requester")),
                "email": Col("Requester email"),
                "phone": FirstOf(
                    Col("Requester phone"),
                    Made("nullif(regexp_extract({a}, '^Caller (\\+\\d+)', 1), '')", "text", a=Col("Requester")),
                ),
                "external_id": Col("Requester external id"),
            },
            where=All(Not(SPAM), Not(Test(who, "blank"))),
            group=who,
        ),
    ]


@recipe(
    "freshdesk_tickets", system="freshdesk", needs=["Ticket ID", "Status", "Source", "Created time", "Resolved time"]
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
                "status": When(
                    SPAM,
                    Const("spam"),
                    MapTo(
                        Col("Status"),
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
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": Const("consumer"),
                "is_internal": Const(False),
                "full_name": Col("Full name"),
                "email": FirstOf(Col("Email"), Col("Requester Email")),
                "phone": Col("Work phone", "Mobile phone"),
            },
            where=All(Not(SPAM), Not(Test(who, "blank"))),
            group=who,
        ),
    ]


@recipe(
    "call_day_sheet",
    date_order="DMY",
    decimal="comma",
    system="call_centre",
    needs=[("Tarih", "Date"), ("Cevaplanan", "Answered"), ("Gelen", "Gelen Çağrı", "Offered", "Calls")],
)
def call_day_sheet():
    """The call centre's day sheet: calls by day, no customer."""
    line = FirstOf(Col("Hat", "Kuyruk", "Queue", "Line"), Const("all"))
    return [
        Feed(
            "phone_load",
            {
                "on": Col("Tarih", "Date"),
                "line": line,
                "offered": Col("Gelen", "Gelen Çağrı", "Offered", "Calls"),
                "answered": Col("Cevaplanan", "Answered"),
                "abandoned": Col("Kaçan", "Cevapsız", "Abandoned"),
                "talk_minutes": Col("Toplam Konuşma Süresi", "Total talk time", as_="minutes"),
                "staff_hours": Col("Çalışma Saati", "Staff hours"),
                "resolved": Col("Çözülen", "Resolved"),
            },
            group=Made("({a})::VARCHAR || '|' || {l}", "text", a=Made("{a}", "day", a=Col("Tarih", "Date")), l=line),
            sums=("offered", "answered", "abandoned", "talk_minutes", "staff_hours", "resolved"),
        )
    ]


@recipe(
    "call_abandoned",
    system="call_centre",
    needs=[("Tarih", "Date"), ("Saat", "Time"), ("Bekleme (sn)", "Bekleme (*)", "Wait (*)")],
)
def call_abandoned():
    """Abandoned calls one by one: they stand in the day sheet already, so they are counted there."""
    return []


@recipe(
    "survey_answers",
    system="contact",
    date_order="DMY",
    needs=[
        ("Tarih", "Date"),
        ("Müşteri E-posta", "E-posta", "Customer email", "Email"),
        ("Memnuniyet (1-5)", "CSAT (1-5)", "Satisfaction (1-5)", "Kolaylık (1-7)", "Effort (1-7)"),
    ],
)
def survey_answers():
    """Survey forms: one row per form, one answer per question that was asked."""
    mail, date, ticket = (
        Col("Müşteri E-posta", "E-posta", "Customer email", "Email"),
        Col("Tarih", "Date"),
        Col("Talep No", "Ticket", "Ticket ID"),
    )
    questions = {
        "csat": (("Memnuniyet (1-5)", "CSAT (1-5)", "Satisfaction (1-5)"), 5),
        "effort": (("Kolaylık (1-7)", "Effort (1-7)"), 7),
        "trust": (("Güven (1-5)", "Trust (1-5)"), 5),
        "loyalty": (("Sadakat (0-10)", "Loyalty (0-10)"), 10),
        "recommend": (("Tavsiye (0-10)", "Recommend (0-10)", "NPS (0-10)"), 10),
    }
    blank = lambda e: Made("coalesce({a}, '')", "text", watched=False, a=e)  # noqa: E731
    return [
        *(
            Feed(
                "surveys",
                {
                    "survey_id": Join(question, blank(mail), blank(ticket), date, sep="|"),
                    "account_id": Contact(mail),
                    "case_id": Ident(ticket, system=DESK, entity="case"),
                    "at": date,
                    "question": Const(question),
                    "channel": MapTo(Col("Kanal", "Channel"), {**CHANNELS, "Telefon": "phone"}, other=Const("other")),
                    "score": Col(*names),
                    "scale_max": Const(top),
                },
                where=Not(Test(Col(*names), "blank")),
            )
            for question, (names, top) in questions.items()
        ),
        Feed(
            "accounts",
            {"account_id": Contact(mail), "email": mail, "kind": Const("consumer"), "is_internal": Const(False)},
            where=Not(Test(mail, "blank")),
            group=mail,
        ),
    ]
