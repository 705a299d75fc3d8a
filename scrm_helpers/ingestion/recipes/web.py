"""Visits and posts: GA4, Google Business Profile, the content export of Instagram and Facebook pages."""

from scrm_helpers.ingestion.expressions import All, Col, Const, Contact, FirstOf, MapTo, Not, Source, Test, When
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


@recipe(
    "ga4_traffic",
    decimal="point",
    blank_total=True,
    needs=[
        (
            "Session primary channel group (Default Channel Group)",
            "Session primary channel group (*)",
            "Session default channel group",
            "Oturum birincil kanal grubu (*)",
        ),
        ("Sessions", "Oturumlar"),
    ],
)
def ga4_traffic():
    """GA4 traffic acquisition: the period stands above the table; several periods may stand in one file."""
    group = Col(
        "Session primary channel group (Default Channel Group)",
        "Session primary channel group (*)",
        "Session default channel group",
        "Oturum birincil kanal grubu (*)",
    )
    source = MapTo(group, GROUPS, other=Const("other"))
    return [
        Feed(
            "traffic",
            {
                "on": PeriodDay(0),
                "until_on": PeriodDay(1),
                "place": Const("web"),
                "source": source,
                "measure": Const("sessions"),
                "visits": Col("Sessions", "Oturumlar"),
            },
            group=source,
            sums=("visits",),
            counted=("visits",),
        )
    ]


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


@recipe(
    "meta_content", date_order="MDY", needs=["Post ID", "Publish time", "Permalink", ("Reach", "Views", "Impressions")]
)
def meta_content():
    """Meta Business Suite content export: lifetime figures of each post on its day; daily rows where the export has them."""
    platform = When(
        Test(Col("Page name"), "blank", False),
        Const("facebook"),
        When(Test(Col("Permalink"), "contains", "facebook"), Const("facebook"), Const("instagram")),
    )
    lifetime = Test(Col("Date"), "is", "Lifetime")
    figures = {
        "views": ("Views",),
        "impressions": ("Impressions",),
        "reach": ("Reach",),
        "likes": ("Likes", "Reactions"),
        "shares": ("Shares",),
        "follows": ("Follows",),
        "comments": ("Comments",),
        "saves": ("Saves",),
        "clicks": ("Total clicks",),
    }
    return [
        Feed(
            "activity",
            {
                "on": When(lifetime, Col("Publish time"), FirstOf(Col("Date"), Col("Publish time"))),
                "platform": platform,
                "item": Col("Post ID"),
                "measure": Const(measure),
                "value": Col(*names),
            },
            where=Not(Test(Col(*names), "blank")),
        )
        for measure, names in figures.items()
    ]


@recipe(
    "followers",
    system="contact",
    needs=[("Kullanıcı Adı", "Username", "Handle"), "Platform", ("Takip Tarihi", "Followed on", "Follow date")],
)
def followers():
    """Followers who agreed to be tied to their customer record."""
    who = Contact(
        Col("Müşteri E-posta", "E-posta", "Customer email", "Email"),
        Col("Müşteri Telefon", "Telefon", "Customer phone", "Phone"),
    )
    agreed = All(Not(Test(Col("Onay", "Consent"), "among", ["hayır", "no", "0"])), who.filled())
    return [
        Feed(
            "follows",
            {
                "account_id": who,
                "platform": Source(Col("Platform")),
                "followed_at": Col("Takip Tarihi", "Followed on", "Follow date"),
                "unfollowed_at": Col("Takipten Çıkma", "Unfollowed on"),
            },
            where=agreed,
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "kind": Const("consumer"),
                "is_internal": Const(False),
                "handle": Col("Kullanıcı Adı", "Username", "Handle"),
                "email": Col("Müşteri E-posta", "E-posta", "Customer email", "Email"),
                "phone": Col("Müşteri Telefon", "Telefon", "Customer phone", "Phone"),
            },
            where=agreed,
        ),
    ]
