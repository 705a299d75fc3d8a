"""TikTok Ads report."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import spend

DAY = ("By Day", "Day", "Date", "stat_time_day")


@recipe(
    "tiktok_ads",
    decimal="point",
    needs=["Campaign name", DAY, "Cost", "Currency", "Impressions"],
    lacking={"By Day": "console.menu.tiktok_ads"},
)
def tiktok_ads():
    """TikTok Ads report by day; small counts are masked (<5) and stay blank."""
    name = Col("Campaign name")
    return [
        spend(
            Col(*DAY),
            Const("tiktok"),
            FirstOf(Col("Campaign ID"), name),
            Col("Ad group name"),
            Col("Cost"),
            Col("Currency"),
            Col("Impressions"),
            Col("Clicks (destination)", "Clicks"),
            Col("Conversions", "Results"),
            name,
        )
    ]
