"""Google Business Profile: who asked for the way, called, or looked at the site."""

from scrm_helpers.ingestion.expressions import Col, Const
from scrm_helpers.ingestion.recipe import Feed, recipe
from scrm_helpers.ingestion.stamps import PeriodDay


@recipe(
    "google_business_profile",
    description_row=True,
    needs=[("Mağaza kodu", "Store code"), ("Yol tarifi", "Directions"), ("Telefonla arama", "Calls")],
)
def google_business_profile():
    """Google Business Profile performance: the period stands in the file's name, line 2 describes the columns."""
    figures = {
        "directions": ("Yol tarifi", "Directions"),
        "calls": ("Telefonla arama", "Calls"),
        "site_clicks": ("Web sitesi tıklamaları", "Website clicks"),
    }
    return [
        Feed(
            "traffic",
            {
                "on": PeriodDay(0),
                "until_on": PeriodDay(1),
                "place": Col("Mağaza kodu", "Store code"),
                "source": Const("search"),
                "measure": Const(measure),
                "visits": Col(*names),
            },
            counted=("visits",),
        )
        for measure, names in figures.items()
    ]
