"""CRM: HubSpot contacts, Salesforce reports, İYS consents, referrals, and the sheet in which the sales team asks "who sent you"."""

from scrm_helpers.ingestion.expressions import (
    All,
    Any,
    Col,
    Const,
    Contact,
    FirstOf,
    Join,
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
        ("Lifecycle Stage", "Yaşam Döngüsü Aşaması"),
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


@recipe(
    "salesforce_report",
    system="salesforce",
    decimal="point",
    date_order="MDY",
    needs=[("Opportunity Name", "Opportunity ID"), "Lead Source", "Amount", "Close Date", "Stage"],
)
def salesforce_report():
    """Salesforce opportunity report (American dates): deals of the CRM; its footers are dropped."""
    key = FirstOf(Col("Opportunity ID"), Join(Col("Account Name"), Col("Opportunity Name"), sep="|"))
    stage, who = Col("Stage"), FirstOf(Col("Account ID"), Col("Account Name"))
    return [
        Feed(
            "leads",
            {
                "lead_id": key,
                "account_id": who,
                "created_at": FirstOf(Col("Created Date"), Col("Close Date")),
                "closed_at": Col("Close Date"),
                "source": Source(Col("Lead Source")),
                "source_raw": Col("Lead Source"),
                "amount": Col("Amount"),
                "won": Test(stage, "is", "Closed Won"),
                "stage": MapTo(
                    stage,
                    {"Closed Won": "customer", "Closed Lost": "lost", "Prospecting": "lead"},
                    other=Const("prospect"),
                    blank="lead",
                ),
            },
            currency=Col("Amount Currency", "Currency"),
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "native_id": who,
                "kind": Const("business"),
                "company_name": Col("Account Name"),
                "is_internal": Const(False),
                "source": Source(Col("Lead Source")),
                "source_raw": Col("Lead Source"),
            },
            where=Not(Test(who, "blank")),
            group=who,
        ),
    ]


@recipe("iys_consents", system="contact", needs=["Alıcı", "İzin Kanalı", "İzin Durumu", "İzin Tarihi"])
def iys_consents():
    """İYS (Turkish consent register): one statement by contact and channel; a withdrawal is a later row."""
    to = Col("Alıcı")
    who = Contact(to)
    mail = Made("contains({a}, '@')", "text", a=to)
    return [
        Feed(
            "consents",
            {
                "account_id": who,
                "at": Col("İzin Tarihi"),
                "purpose": Const("marketing"),
                "channel": MapTo(
                    Col("İzin Kanalı"), {"EPOSTA": "email", "E-posta": "email", "MESAJ": "sms", "ARAMA": "call"}
                ),
                "status": MapTo(Col("İzin Durumu"), {"ONAY": "granted", "RET": "withdrawn", "RED": "withdrawn"}),
            },
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "is_internal": Const(False),
                "email": When(mail, to),
                "phone": When(Not(mail), to),
                "kind": MapTo(
                    Col("Alıcı Tipi"),
                    {"BIREYSEL": "consumer", "TACIR": "business"},
                    other=Const("unknown"),
                    blank="unknown",
                ),
            },
            group=to,
        ),
    ]


@recipe(
    "referrals",
    system="contact",
    decimal="comma",
    date_order="DMY",
    needs=[("Davet Kodu", "Referral code"), ("Davet Edilen E-posta", "Referred email"), ("Tarih", "Date")],
)
def referrals():
    """Bring-a-friend export: who brought whom, reward and discount; reversed rows count for nothing."""
    code, by, new = (
        Col("Davet Kodu", "Referral code"),
        Col("Davet Eden E-posta", "Referrer email"),
        Col("Davet Edilen E-posta", "Referred email"),
    )
    date = Col("Tarih", "Date")
    real = Not(Test(Col("Durum", "Status"), "among", ["İptal", "Cancelled", "Reversed", "İade"]))
    person = {"kind": Const("consumer"), "is_internal": Const(False)}
    return [
        Feed(
            "referrals",
            {
                "referral_id": Join(
                    code, Made("coalesce({a}, '')", "text", a=new), Made("{a}", "text", a=date), sep="|"
                ),
                "referrer_account_id": Contact(by, code),
                "referred_account_id": Contact(new),
                "at": date,
                "code": code,
                "reward": Col("Ödül (TL)", "Ödül (*)", "Reward (*)", "Reward"),
                "discount": Col("İndirim (TL)", "İndirim (*)", "Discount (*)", "Discount"),
            },
            where=real,
        ),
        Feed(
            "accounts", {"account_id": Contact(new), "email": new, **person}, where=Not(Test(new, "blank")), group=new
        ),
        Feed("accounts", {"account_id": Contact(by), "email": by, **person}, where=Not(Test(by, "blank")), group=by),
    ]


@recipe(
    "who_sent_me",
    system="contact",
    date_order="DMY",
    needs=[
        (
            "Nereden duydunuz?",
            "Bizi nereden duydunuz?",
            "Nereden duydunuz",
            "How did you hear about us?",
            "Who sent you?",
        ),
        ("Tarih", "Date"),
        ("Telefon", "Phone", "Müşteri", "Customer"),
    ],
)
def who_sent_me():
    """The hand-kept sheet of the sales team: what the customer said; its error widens whatever uses it."""
    told = Col(
        "Nereden duydunuz?", "Bizi nereden duydunuz?", "Nereden duydunuz", "How did you hear about us?", "Who sent you?"
    )
    phone, name, date = Col("Telefon", "Phone"), Col("Müşteri", "Customer"), Col("Tarih", "Date")
    who = Contact(phone)
    return [
        Feed(
            "touches",
            {
                "touch_id": Join(
                    "declared",
                    Made("coalesce({a}, '')", "text", a=phone),
                    Made("coalesce({a}, '')", "text", a=name),
                    date,
                    sep="|",
                ),
                "account_id": who,
                "at": date,
                "channel": Const("in_person"),
                "kind": Const("declared"),
                "source": FirstOf(Source(told), Const("unknown")),
                "hand_kept": Const(True),
            },
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "phone": phone,
                "full_name": name,
                "kind": Const("consumer"),
                "is_internal": Const(False),
            },
            where=who.filled(),
            group=phone,
        ),
    ]
