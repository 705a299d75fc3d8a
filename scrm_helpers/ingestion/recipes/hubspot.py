"""HubSpot contact export."""

from scrm_helpers.ingestion.expressions import (
    All,
    Any,
    Col,
    Const,
    FirstOf,
    Made,
    MapTo,
    Not,
    Source,
    Test,
    When,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

ORIGIN, DETAIL, RECORD = (
    Col("Original Source", "Orijinal Kaynak"),
    Col("Original Source Drill-Down 1"),
    Col("Record ID", "Kayıt Kimliği"),
)
KEYED = [
    "crm ui",
    "import",
    "integration",
    "contacts",
    "bulk",
    "api",
]  # written by a colleague or a program: the origin is lost
HUBSPOT_SOURCE = When(
    Test(ORIGIN, "among", ["Paid Social", "Organic Social", "Social Media"]),
    FirstOf(Source(DETAIL), Const("unknown")),
    When(
        Test(ORIGIN, "is", "Offline Sources"),
        When(Any(Test(DETAIL, "blank"), Test(DETAIL, "among", KEYED)), Const("unknown"), Source(DETAIL)),
        MapTo(
            ORIGIN,
            {
                "Paid Search": "google_ads",
                "Organic Search": "search",
                "Email Marketing": "email",
                "Direct Traffic": "direct",
                "Referrals": "referral",
                "Other Campaigns": "other",
                "AI Referrals": "referral",
            },
            other=Source(ORIGIN),
        ),
    ),
)
STAGES = {
    "Subscriber": "lead",
    "Lead": "lead",
    "Marketing Qualified Lead": "prospect",
    "Sales Qualified Lead": "prospect",
    "Opportunity": "prospect",
    "Customer": "customer",
    "Evangelist": "customer",
    "Müşteri": "customer",
    "Aday": "lead",
    "Lost": "lost",
}


@recipe(
    "hubspot_contacts",
    system="hubspot",
    needs=[
        ("Record ID", "Kayıt Kimliği"),
        ("Original Source", "Orijinal Kaynak"),
        ("Create Date", "Oluşturma Tarihi"),
    ],
)
def hubspot_contacts():
    """HubSpot contact export: accounts and leads; "Offline Sources / CRM_UI" means that the origin is lost."""
    email, made = Col("Email", "E-posta"), Col("Create Date", "Oluşturma Tarihi")
    given, family, stage = (
        Col("First Name", "Ad"),
        Col("Last Name", "Soyad"),
        Col("Lifecycle Stage", "Yaşam Döngüsü Aşaması"),
    )
    test = Any(
        Test(email, "starts_with", ["test@", "deneme@"]), All(Test(given, "is", "test"), Test(family, "is", "test"))
    )
    raw = Made("concat_ws(' / ', {a}, {b})", "text", watched=False, a=ORIGIN, b=DETAIL)
    campaign = Made(
        "CASE WHEN contains({a}, '@') THEN NULL ELSE {a} END",
        "text",
        watched=False,
        a=Col("Original Source Drill-Down 2"),
    )
    return [
        Feed(
            "accounts",
            {
                "account_id": RECORD,
                "native_id": RECORD,
                "kind": Const("consumer"),
                "created_at": made,
                "source": HUBSPOT_SOURCE,
                "source_raw": raw,
                "campaign_id": campaign,
                "city": Col("City", "Şehir"),
                "first_name": given,
                "last_name": family,
                "email": email,
                "phone": Col("Phone Number", "Telefon Numarası", "Mobile Phone Number"),
                "company_name": Col("Company Name"),
                "country": MapTo(
                    Col("Country/Region"), {"Turkey": "TR", "Türkiye": "TR", "TR": "TR"}, other=Const(None)
                ),
                "is_internal": test,
            },
        ),
        Feed(
            "leads",
            {
                "lead_id": RECORD,
                "account_id": RECORD,
                "created_at": made,
                "source": HUBSPOT_SOURCE,
                "source_raw": raw,
                "campaign_id": campaign,
                "stage": MapTo(stage, STAGES, other=Const("lead"), blank="lead"),
                "won": Test(stage, "among", ["Customer", "Evangelist", "Müşteri"]),
            },
            where=Not(test),
        ),
        Feed(
            "consents",
            {
                "account_id": RECORD,
                "channel": Const("email"),
                "purpose": Const("marketing"),
                "status": Const("granted"),
                "at": made,
            },
            where=Test(
                Col("GDPR consent", "Legal basis for processing contact's data"),
                "among",
                ["Yes", "Evet", "Freely given consent from contact"],
            ),
        ),
    ]
