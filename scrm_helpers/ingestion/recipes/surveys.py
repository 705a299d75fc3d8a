"""Answers of survey forms."""

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.expressions import (
    DESK,
    Col,
    Const,
    Contact,
    Ident,
    Join,
    Made,
    MapTo,
    Not,
    Test,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

CHANNELS = words.channel_map()


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
