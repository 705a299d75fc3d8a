"""X (Twitter): the analytics export of posts, and the ads API."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, Made
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import activity, spend


@recipe(
    "x_tweets",
    system="x",
    decimal="point",
    zone="UTC",
    needs=["Tweet id", "time", "impressions", ("engagements", "retweets")],
)
def x_tweets():
    """X analytics by tweet (legacy export): times in UTC; the promoted columns are empty unless something was paid for."""
    return activity(
        Col("time"),
        Const("x"),
        Col("Tweet id"),
        {
            "impressions": ("impressions",),
            "engagements": ("engagements",),
            "likes": ("likes", "favorites"),
            "shares": ("retweets",),
            "comments": ("replies",),
            "clicks": ("url clicks",),
            "profile_clicks": ("user profile clicks",),
            "promoted_impressions": ("promoted impressions",),
        },
    )


@recipe(
    "x_ads_api",
    system="x_ads",
    decimal="point",
    needs=[
        "billed_charge_local_micro",
        ("date", "day", "start_time", "segment_date"),
        ("campaign_id", "entity_id", "id"),
    ],
)
def x_ads_api():
    """Rows of the X ads API: charges in millionths of the account's currency."""
    campaign = Col("campaign_id", "entity_id", "id")
    charge = Made("{a} / 1e6", "number", a=Col("billed_charge_local_micro"))
    return [
        spend(
            Col("date", "day", "start_time", "segment_date"),
            Const("x"),
            campaign,
            Col("placement"),
            charge,
            Col("currency", "currency_code"),
            Col("impressions"),
            Col("clicks", "url_clicks"),
            Col("conversions", "conversion_custom_order_quantity"),
            FirstOf(Col("campaign_name", "name"), campaign),
        )
    ]
