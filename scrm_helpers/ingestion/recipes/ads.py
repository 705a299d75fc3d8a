"""Ad platforms: Meta, Google, TikTok, LinkedIn. One row per day, campaign and ad set; the last export of a day wins."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, HasElse, Join, Made, Source, Word
from scrm_helpers.ingestion.recipe import Feed, recipe
from scrm_helpers.ingestion.stamps import PeriodDay

COUNTS = ("amount", "impressions", "clicks", "results")


def _spend(day, source, campaign, ad, amount, currency, impressions, clicks, results, name, where=None) -> Feed:
    blank = Made("coalesce({a}, '')", "text", watched=False, a=ad)
    key = Join(Made("({a})::VARCHAR", "text", a=Made("{a}", "day", a=day)), campaign, blank, sep="|")
    return Feed(
        "spend",
        {
            "on": day,
            "source": source,
            "campaign_id": campaign,
            "campaign_name": name,
            "ad_id": blank,
            "amount": amount,
            "impressions": impressions,
            "clicks": clicks,
            "results": results,
        },
        where=where,
        group=key,
        sums=(*COUNTS, "amount_document"),
        currency=currency,
    )


@recipe(
    "meta_ads", needs=[("Kampanya Adı", "Campaign name"), ("Gün", "Day"), ("Harcanan Tutar (*)", "Amount spent (*)")]
)
def meta_ads():
    """Meta Ads Manager by day (TR, EN): the currency stands in the header."""
    spent = ("Harcanan Tutar (*)", "Amount spent (*)")
    name = Col("Kampanya Adı", "Campaign name")
    campaign = FirstOf(Col("Kampanya Kimliği", "Campaign ID"), name)
    platform = Col("Platform", "Yayın Platformu", "Publisher platform")
    ad = Made(
        "concat_ws(' | ', {a}, {b}, {p})",
        "text",
        watched=False,
        a=Col("Reklam seti adı", "Ad set name"),
        b=Col("Reklam Adı", "Ad name"),
        p=platform,
    )
    return [
        _spend(
            Col("Gün", "Day"),
            FirstOf(Source(platform), Const("facebook")),
            campaign,
            ad,
            Col(*spent),
            Word(*spent),
            Col("Gösterim", "Gösterimler", "Impressions"),
            Col("Bağlantı Tıklamaları", "Link clicks", "Tıklamalar (Tümü)", "Clicks (all)"),
            Col("Sonuçlar", "Results"),
            name,
        )
    ]


@recipe(
    "google_ads",
    needs=[
        ("Kampanya", "Campaign"),
        ("Maliyet", "Cost"),
        ("Göstr.", "Gösterimler", "Impr.", "Impressions"),
        ("Para birimi kodu", "Currency code"),
    ],
)
def google_ads():
    """Google Ads campaign report (TR, EN); without a day column the period of the preamble is booked on its first day."""
    name = Col("Kampanya", "Campaign")
    day = HasElse(Col("Gün", "Day"), PeriodDay(0))
    return [
        _spend(
            day,
            Const("google_ads"),
            FirstOf(Col("Kampanya kimliği", "Campaign ID"), name),
            Col("Reklam grubu", "Ad group"),
            Col("Maliyet", "Cost"),
            Col("Para birimi kodu", "Currency code"),
            Col("Göstr.", "Gösterimler", "Impr.", "Impressions"),
            Col("Tıklamalar", "Clicks"),
            Col("Dönüşümler", "Conversions"),
            name,
        )
    ]


@recipe(
    "tiktok_ads", decimal="point", needs=["Campaign name", ("By Day", "Day", "Date"), "Cost", "Currency", "Impressions"]
)
def tiktok_ads():
    """TikTok Ads report by day; small counts are masked (<5)."""
    name = Col("Campaign name")
    return [
        _spend(
            Col("By Day", "Day", "Date"),
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


@recipe(
    "linkedin_ads",
    decimal="point",
    date_order="MDY",
    zone="UTC",
    needs=[("Start Date (in UTC)", "Start Date"), "Campaign Name", "Campaign ID", "Currency", "Total Spent"],
)
def linkedin_ads():
    """LinkedIn campaign performance report: American dates, days in UTC."""
    return [
        _spend(
            Col("Start Date (in UTC)", "Start Date"),
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
