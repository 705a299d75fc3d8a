"""Google Ads: the campaign report (Turkish and English), and the shape of its API."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, HasElse, Made
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import Noted, spend
from scrm_helpers.ingestion.stamps import PeriodDay

NO_DAY = "console.notice.google_no_day"
NO_CURRENCY = "console.notice.google_no_currency"


@recipe(
    "google_ads",
    needs=[
        ("Kampanya", "Campaign"),
        ("Maliyet", "Cost"),
        ("Göstr.", "Gösterimler", "Impr.", "Impressions"),
        ("Tıklamalar", "Clicks", "Etkileşimler", "Interactions"),
    ],
)
def google_ads():
    """Google Ads campaign report (TR, EN); without a day column the period of the preamble is booked on its first day."""
    name = Col("Kampanya", "Campaign")
    return [
        spend(
            HasElse(Col("Gün", "Day"), Noted(PeriodDay(0), NO_DAY)),
            Const("google_ads"),
            FirstOf(Col("Kampanya kimliği", "Campaign ID"), name),
            Col("Reklam grubu", "Ad group"),
            Col("Maliyet", "Cost"),
            HasElse(Col("Para birimi kodu", "Para birimi", "Currency code", "Currency"), Noted(Const(None), NO_CURRENCY)),
            Col("Göstr.", "Gösterimler", "Impr.", "Impressions"),
            Col("Tıklamalar", "Clicks"),
            Col("Dönüşümler", "Conversions"),
            name,
        )
    ]


@recipe(
    "google_ads_api",
    system="google_ads",
    decimal="point",
    needs=[
        ("metrics.cost_micros", "cost_micros"),
        ("campaign.id", "campaign_id"),
        ("segments.date", "date", "day"),
    ],
)
def google_ads_api():
    """Rows of the Google Ads API: costs in millionths."""
    name = Col("campaign.name", "campaign_name")
    cost = Made("{a} / 1e6", "number", a=Col("metrics.cost_micros", "cost_micros"))
    return [
        spend(
            Col("segments.date", "date", "day"),
            Const("google_ads"),
            Col("campaign.id", "campaign_id"),
            Col("ad_group.id", "ad_group_id"),
            cost,
            HasElse(Col("customer.currency_code", "currency_code"), Noted(Const(None), NO_CURRENCY)),
            Col("metrics.impressions", "impressions"),
            Col("metrics.clicks", "clicks"),
            Col("metrics.conversions", "conversions"),
            name,
        )
    ]
