"""Meta Business Suite: content and metric exports of Instagram and Facebook pages."""

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Col, Const, Expr, FirstOf, Made, Not, Test, When
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, recipe
from scrm_helpers.ingestion.shapes import activity
from scrm_helpers.ingestion.stamps import Given
from scrm_helpers.texts import tell

FIGURES = {
    "views": ("Views", "Görüntülemeler", "Görüntülenmeler"),
    "impressions": ("Impressions", "Gösterimler"),
    "reach": ("Reach", "Erişim"),
    "likes": ("Likes", "Reactions", "Beğenmeler", "İfadeler"),
    "shares": ("Shares", "Paylaşımlar"),
    "follows": ("Follows", "Takipler"),
    "comments": ("Comments", "Yorumlar"),
    "saves": ("Saves", "Kaydetmeler"),
    "clicks": ("Total clicks", "Toplam tıklama"),
}
ID, PUBLISHED, DATE = Col("Post ID", "Gönderi kimliği"), Col("Publish time", "Yayınlanma saati"), Col("Date", "Tarih")


class Spans(Expr):
    """`_daily` for rows of one day in a file that has lifetime rows too: the two count the same thing and have no common sum."""

    def sql(self, r: Reader, kind: str) -> str:
        place = r.place(DATE.aliases)
        if place is None:
            return "''"
        life = f"scrm_fold(c{place[0]}) IN ('lifetime', 'omur boyu')"
        both = r.evidence.con.execute(
            f"SELECT count(DISTINCT coalesce({life}, FALSE)) > 1 FROM {r.part.table}"
        ).fetchone()[0]
        return f"CASE WHEN {life} THEN '' ELSE '_daily' END" if both else "''"


@recipe(
    "meta_content",
    system="meta_content",
    date_order="MDY",
    needs=[
        ("Post ID", "Gönderi kimliği"),
        ("Publish time", "Yayınlanma saati"),
        ("Reach", "Views", "Impressions", "Erişim", "Görüntülemeler"),
    ],
)
def meta_content():
    """Meta Business Suite content export: lifetime figures of each post on its day; daily rows apart from them."""
    facebook = FirstOf(Col("Page name"), Col("Page ID"))
    platform = When(
        Not(Test(facebook, "blank")),
        Const("facebook"),
        When(Test(Col("Permalink", "Kalıcı bağlantı"), "contains", "facebook"), Const("facebook"), Const("instagram")),
    )
    lifetime = Test(DATE, "among", ["Lifetime", "Ömür boyu"])
    return activity(
        When(lifetime, PUBLISHED, FirstOf(DATE, PUBLISHED)), platform, ID, FIGURES, suffix=Spans()
    )


def measure_of(part: Part) -> str:
    """The metric of a file that has one metric: in the line above the header, else in the file's name."""
    names = {fold(a): measure for measure, aliases in FIGURES.items() for a in aliases}
    names |= {"etkilesimler": "interactions", "interactions": "interactions", "baglanti tiklamalari": "clicks"}
    names |= {"link clicks": "clicks", "ziyaretler": "visits", "visits": "visits", "takipciler": "follows", "takipler": "follows"}
    said = [fold(line) for line in part.preamble] + [fold(part.file.rsplit("/", 1)[-1].rsplit(".", 1)[0])]
    for line in said:
        for name in sorted(names, key=len, reverse=True):
            if line == name or f" {name} " in f" {line.replace('-', ' ').replace(':', ' ')} ":
                return names[name]
    raise InputError(tell("told.sources.no_metric", file=part.file), "metric")


def platform_of(part: Part) -> str:
    """facebook where the lines above the header or the file's name say so, else instagram."""
    return "facebook" if "facebook" in fold(" ".join([*part.preamble, part.file])) else "instagram"


@recipe(
    "meta_metric",
    system="meta_metric",
    needs=[("Tarih", "Date"), ("Primary", "Birincil")],
    unlike=("Post ID",),
    notice="console.notice.meta_suite",
)
def meta_metric():
    """Meta Business Suite metric export: one metric by day; its name stands above the header or in the file's name."""
    return [
        Feed(
            "activity",
            {
                "on": Col("Tarih", "Date"),
                "platform": Given(platform_of),
                "item": Const("page"),
                "measure": Given(measure_of),
                "value": Col("Primary", "Birincil"),
            },
            where=Made("{a} IS NOT NULL", "text", a=Col("Tarih", "Date")),
            counted=("value",),
        )
    ]
