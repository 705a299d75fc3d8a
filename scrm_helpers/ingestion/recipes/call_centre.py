"""The call centre's day sheet and its list of abandoned calls."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, HasElse, Made
from scrm_helpers.ingestion.recipe import Feed, recipe

OFFERED, TALK = ("Gelen", "Gelen Çağrı", "Offered", "Calls"), ("Toplam Konuşma Süresi", "Total talk time")


@recipe(
    "call_day_sheet",
    date_order="DMY",
    decimal="comma",
    system="call_centre",
    needs=[
        ("Tarih", "Date"),
        ("Cevaplanan", "Cevaplanan Çağrı", "Answered"),
        (*OFFERED, *TALK, "Kaçan", "Cevapsız", "Abandoned", "Temsilci", "Agent"),
    ],
)
def call_day_sheet():
    """The call centre's day sheet: calls by day, no customer."""
    line = FirstOf(Col("Hat", "Kuyruk", "Queue", "Line"), Const("all"))
    answered = Col("Cevaplanan", "Cevaplanan Çağrı", "Answered")
    mean = Col("Gelen Çağrı Ort Konuşma Süresi", "Ort Konuşma Süresi", "Average talk time", as_="minutes")
    return [
        Feed(
            "phone_load",
            {
                "on": Col("Tarih", "Date"),
                "line": line,
                "offered": Col(*OFFERED),
                "answered": answered,
                "abandoned": Col("Kaçan", "Kaçan Çağrı", "Cevapsız", "Abandoned"),
                "talk_minutes": HasElse(Col(*TALK, as_="minutes"), Made("{a} * {b}", "number", a=mean, b=answered)),
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
