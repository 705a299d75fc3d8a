"""Google Analytics 4: traffic acquisition."""

from scrm_helpers.ingestion.expressions import Col, Const, HasElse, Join, Made, MapTo, Not, Test
from scrm_helpers.ingestion.recipe import Feed, recipe
from scrm_helpers.ingestion.stamps import PeriodDay

GROUPS = {
    "Organic Search": "search",
    "Paid Search": "google_ads",
    "Email": "email",
    "Direct": "direct",
    "Referral": "referral",
    "Unassigned": "unknown",
    "(not set)": "unknown",
    "Organic Social": "other",
    "Paid Social": "other",
    "Affiliates": "referral",
}


GROUP = (
    "Session primary channel group (Default Channel Group)",
    "Session primary channel group (*)",
    "Session default channel group",
    "Oturum birincil kanal grubu (*)",
    "Oturum varsayılan kanal grubu",
)
DATE = ("Date", "Tarih")
MEASURES = {
    "sessions": ("Sessions", "Oturumlar"),
    "key_events": ("Key events", "Conversions", "Önemli etkinlikler", "Dönüşümler"),
}


@recipe("ga4_traffic", decimal="point", blank_total=(GROUP,), needs=[GROUP, MEASURES["sessions"]])
def ga4_traffic():
    """GA4 traffic acquisition: the period stands above the table; several periods may stand in one file."""
    source = MapTo(Col(*GROUP), GROUPS, other=Const("other"), blank="unknown")
    day = HasElse(Col(*DATE), PeriodDay(0))
    key = Join(Made("({a})::VARCHAR", "text", a=Made("{a}", "day", a=day)), source, sep="|")
    return [
        Feed(
            "traffic",
            {
                "on": day,
                "until_on": HasElse(Col(*DATE), PeriodDay(1)),
                "place": Const("web"),
                "source": source,
                "measure": Const(measure),
                "visits": Col(*names),
            },
            where=None if measure == "sessions" else Not(Test(Col(*names), "blank")),
            group=key,
            sums=("visits",),
            counted=("visits",),
        )
        for measure, names in MEASURES.items()
    ]
