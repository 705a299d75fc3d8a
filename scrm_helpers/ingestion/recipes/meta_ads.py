"""Meta Ads Manager (Facebook, Instagram), Turkish and English."""

from scrm_helpers.ingestion.expressions import Col, Const, FirstOf, HasElse, Made, Source, Word
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import OneDay, OneKind, spend

NAME, DAY = ("Kampanya Adı", "Campaign name"), ("Gün", "Day")
STARTS, ENDS = ("Rapor Başlangıcı", "Reporting starts"), ("Rapor Sonu", "Rapor Bitişi", "Reporting ends")
SPENT = ("Harcanan Tutar (*)", "Amount spent (*)")
MENU = "console.menu.meta_ads"


@recipe(
    "meta_ads",
    needs=[NAME, (*DAY, *STARTS), SPENT],
    blank_total=(NAME,),
    lacking={DAY[0]: MENU},
)
def meta_ads():
    """Meta Ads Manager by day (TR, EN): the currency stands in the header. Reach and frequency do not add up and are not read."""
    name = Col(*NAME)
    platform = Col("Platform", "Yayın Platformu", "Publisher platform")
    ad = Made(
        "concat_ws(' | ', {a}, {b}, {p})",
        "text",
        watched=False,
        a=Col("Reklam seti adı", "Ad set name"),
        b=Col("Reklam Adı", "Ad name"),
        p=platform,
    )
    kind = Col("Sonuç Göstergesi", "Sonuç Türü", "Result indicator", "Result type")
    return [
        spend(
            HasElse(Col(*DAY), OneDay(Col(*STARTS), Col(*ENDS), MENU)),
            FirstOf(Source(platform), Const("facebook")),
            FirstOf(Col("Kampanya Kimliği", "Campaign ID"), name),
            ad,
            Col(*SPENT),
            Word(*SPENT),
            Col("Gösterim", "Gösterimler", "Impressions"),
            Col("Bağlantı Tıklamaları", "Link clicks", "Tıklamalar (Tümü)", "Clicks (all)"),
            OneKind(Col("Sonuçlar", "Results"), kind),
            name,
        )
    ]
