"""Meta Ads Manager (Facebook, Instagram), Turkish and English."""

from scrm_helpers.ingestion.expressions import Col, Const, Expr, FirstOf, HasElse, Made, Planned, Source, Word
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import recipe
from scrm_helpers.ingestion.shapes import OneDay, OneKind, spend
from scrm_helpers.texts import figure, tell

NAME, DAY = ("Kampanya Adı", "Campaign name"), ("Gün", "Day")
STARTS, ENDS = ("Rapor Başlangıcı", "Reporting starts"), ("Rapor Sonu", "Rapor Bitişi", "Reporting ends")
SPENT = ("Harcanan Tutar (*)", "Amount spent (*)")
MENU = "console.menu.meta_ads"
USUAL = "facebook"  # where nobody says the platform
SPLIT = ("facebook", "instagram")  # what one bill may be split into: a plan that names another channel says nothing of it


class Booked(Expr):
    """The platform of a row: as its file says, else as the campaign calendar says of its campaign, else facebook, which is told."""

    def __init__(self, platform: Col, *campaign: Expr):
        self.platform, self.planned = platform, Planned(*campaign, among=SPLIT)
        self.drafted = FirstOf(Source(platform), Const(USUAL))

    def sql(self, r: Reader, kind: str) -> str:
        planned, blank = self.planned.sql(r, "text"), f"{self.platform.sql(r, 'text')} IS NULL"
        neither = r.written_out(f"{blank} AND {planned} IS NULL")
        if n := r.evidence.con.execute(f"SELECT count(*) FROM {r.part.table} WHERE {neither}").fetchone()[0]:
            r.notes.append(tell("console.file.not_split", file=r.part.file, n=figure(n), rows=figure(r.part.rows)))
        return f"coalesce({Source(self.platform).sql(r, kind)}, CASE WHEN {blank} THEN {planned} END, '{USUAL}')"


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
            Booked(platform, Col("Kampanya Kimliği", "Campaign ID"), name),
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
