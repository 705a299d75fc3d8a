"""LinkedIn: the campaign report and the page analytics (content, visitors, followers)."""

from scrm_helpers.ingestion.expressions import Col, Const
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import activity, spend

STARTS = ("Start Date (in UTC)", "Start Date (*)", "Start Date")


@recipe(
    "linkedin_ads",
    decimal="point",
    date_order="MDY",
    zone="UTC",
    needs=[STARTS, "Campaign Name", "Campaign ID", "Currency", "Total Spent"],
    lacking={STARTS[0]: "console.menu.linkedin_ads"},
)
def linkedin_ads():
    """LinkedIn campaign performance report: American dates, days in UTC."""
    return [
        spend(
            Col(*STARTS),
            Const("linkedin"),
            Col("Campaign ID"),
            Col("Campaign Group Name"),
            Col("Total Spent"),
            Col("Currency"),
            Col("Impressions"),
            Col("Clicks"),
            Col("Conversions"),
            Col("Campaign Name"),
        )
    ]


@recipe(
    "linkedin_ads_api",
    system="linkedin_ads",
    decimal="point",
    zone="UTC",
    needs=["cost_in_local_currency", ("campaign_id", "pivot_value", "campaign"), ("date", "day", "start_at", "start_date")],
)
def linkedin_ads_api():
    """Rows of the LinkedIn ads API: the cost in the account's own currency (not the one turned into dollars)."""
    return [
        spend(
            Col("date", "day", "start_at", "start_date"),
            Const("linkedin"),
            Col("campaign_id", "pivot_value", "campaign"),
            Col("creative_id"),
            Col("cost_in_local_currency"),
            Col("currency", "currency_code"),
            Col("impressions"),
            Col("clicks"),
            Col("external_website_conversions", "conversions"),
            Col("campaign_name"),
        )
    ]


PAGE = {
    "impressions": ("Impressions (total)",),
    "impressions_sponsored": ("Impressions (sponsored)",),
    "clicks": ("Clicks (total)",),
    "likes": ("Reactions (total)",),
    "comments": ("Comments (total)",),
    "shares": ("Reposts (total)", "Shares (total)"),
}


@recipe(
    "linkedin_page",
    system="linkedin",
    decimal="point",
    date_order="MDY",
    needs=["Date", "Impressions (total)", ("Clicks (total)", "Reactions (total)")],
)
def linkedin_page():
    """LinkedIn page analytics, the sheet of metrics: totals by day; unique impressions do not add up and are not read."""
    return activity(Col("Date"), Const("linkedin"), Const("page"), PAGE)


@recipe(
    "linkedin_visitors",
    system="linkedin",
    decimal="point",
    date_order="MDY",
    needs=["Date", ("Total page views (total)", "Overview page views (total)")],
)
def linkedin_visitors():
    """LinkedIn page analytics, visitors: page views by day."""
    return activity(Col("Date"), Const("linkedin"), Const("page"), {"page_views": ("Total page views (total)",)})


@recipe(
    "linkedin_followers",
    system="linkedin",
    decimal="point",
    date_order="MDY",
    needs=["Date", "Organic followers", ("Total followers", "Sponsored followers")],
)
def linkedin_followers():
    """LinkedIn page analytics, new followers by day."""
    return activity(
        Col("Date"),
        Const("linkedin"),
        Const("page"),
        {"follows": ("Total followers",), "follows_sponsored": ("Sponsored followers",)},
    )
