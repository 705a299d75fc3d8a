"""The company's own sheets: campaign calendar, costs, changes, goals, stores, products, tests, rates, ledger, rules."""

from scrm_helpers.ingestion.cells import MONTHS, quote
from scrm_helpers.ingestion.expressions import (
    All,
    Any,
    Col,
    Const,
    FirstOf,
    HasElse,
    Ident,
    Item,
    Join,
    Made,
    MapTo,
    Not,
    Source,
    Test,
    When,
)
from scrm_helpers.ingestion.recipe import Feed, recipe

PURPOSE = {
    "Kazan": "acquire",
    "Kazanım": "acquire",
    "Acquire": "acquire",
    "Tut": "keep",
    "Keep": "keep",
    "Elde tutma": "keep",
    "Hizmet": "serve",
    "Serve": "serve",
}
_MONTH = "MAP {" + ", ".join(f"{quote(w)}: '{n}'" for w, n in MONTHS.items()) + "}"
RANGE = r"^(\d{{1,2}})\s*([[:alpha:]çğıöşüÇĞİÖŞÜ]*)\s*(\d{{4}})?\s*[-–]\s*(\d{{1,2}})\s+([[:alpha:]çğıöşüÇĞİÖŞÜ]+)\s+(\d{{4}})$"


def _range(cell: Col, first: bool) -> Made:
    """The first or last day of a range in words: `27 Ocak - 20 Mart 2025`, `12-14 Kasım 2025`."""
    part = lambda k: f"regexp_extract({{a}}, '{RANGE}', {k})"  # noqa: E731
    month = lambda k: f"{_MONTH.replace('{', '{{').replace('}', '}}')}[lower(replace({part(k)}, 'İ', 'i'))]"  # noqa: E731
    year = f"coalesce(nullif({part(3)}, ''), {part(6)})" if first else part(6)
    named = f"coalesce(CASE WHEN {part(2)} <> '' THEN {month(2)} END, {month(5)})" if first else month(5)
    return Made(
        f"TRY_CAST({year} || '-' || {named} || '-' || {part(1 if first else 4)} AS DATE)", "text", watched=False, a=cell
    )


@recipe(
    "campaign_calendar",
    system="calendar",
    date_order="DMY",
    decimal="comma",
    needs=[("Kampanya", "Campaign"), ("Kanal", "Channel"), ("Tarih Başlangıç", "Başlangıç", "Start", "Start date")],
    unlike=("Test No", "Kod"),
)
def campaign_calendar():
    """The campaign calendar kept by hand: ranges in words, budgets with a currency sign, cancellations in a note, store lists in a cell."""
    start, end = (
        Col("Tarih Başlangıç", "Başlangıç", "Start", "Start date"),
        Col("Tarih Bitiş", "Bitiş", "End", "End date"),
    )
    name, channel, note = Col("Kampanya", "Campaign"), Col("Kanal", "Channel"), Col("Not", "Note")
    key = FirstOf(
        Col("Kampanya No", "Campaign ID", "Campaign no"), Made("concat_ws(' / ', {a}, {b})", "text", a=name, b=channel)
    )
    safe = lambda e: Made("{a}", "day", watched=False, a=e)  # noqa: E731
    begin, until = FirstOf(safe(start), _range(start, True)), FirstOf(safe(end), _range(start, False))
    source = FirstOf(
        Source(Made("trim(split_part({a}, '+', 1))", "text", watched=False, a=channel), paid=True), Const("other")
    )
    off = Any(
        Test(note, "contains", ["iptal", "cancel"]), Test(Col("Durum", "Status"), "contains", ["iptal", "cancel"])
    )
    today = "getvariable('scrm_as_of')::DATE"
    state = Made(
        f"CASE WHEN {{b}} >= {today} THEN 'planned' WHEN {{e}} < {today} THEN 'done' WHEN {{b}} IS NULL THEN 'planned' ELSE 'running' END",
        "day",
        watched=False,
        b=begin,
        e=until,
    )
    social = Made(
        "{a} IN ('instagram', 'facebook', 'tiktok', 'x', 'linkedin', 'youtube', 'whatsapp')",
        "text",
        watched=False,
        a=source,
    )
    stores = Col("Hedef Mağaza", "Mağazalar", "Stores", "Units")
    code = Made("regexp_matches({a}, '^[A-ZÇĞİÖŞÜ]{{1,4}}-[A-Z0-9-]+$')", "text", watched=False, a=Item())
    return [
        Feed(
            "campaigns",
            {
                "campaign_id": key,
                "name": name,
                "source": source,
                "starts_on": begin,
                "ends_on": until,
                "budget": Col("Bütçe (TL)", "Bütçe", "Budget", "Budget (*)"),
                "status": When(off, Const("cancelled"), state),
                "purpose": MapTo(Col("Amaç", "Purpose"), PURPOSE, other=Const(None)),
                "is_social": social,
            },
            counted=("budget",),
            where=Not(Test(name, "blank")),
        ),
        Feed(
            "campaign_units",
            {
                "campaign_id": key,
                "unit_kind": When(code, Const("store"), Const("city")),
                "unit_id": Item(),
                "from_on": begin,
                "to_on": until,
                "role": Const("treated"),
            },
            each=stores,
            where=All(
                Not(off),
                Not(Test(Item(), "blank")),
                Not(Test(Item(), "among", ["Hepsi", "Tümü", "All", "Tüm mağazalar"])),
            ),
        ),
    ]


@recipe(
    "campaign_list",
    system="hubspot",
    date_order="DMY",
    needs=[("Kampanya No", "Campaign ID"), ("HubSpot Record ID", "Record ID"), ("Gönderim Tarihi", "Sent on")],
)
def campaign_list():
    """The list of people that a campaign was sent to."""
    sent = Col("Gönderim Tarihi", "Sent on")
    group = Col("Grup", "Group")
    return [
        Feed(
            "campaign_units",
            {
                "campaign_id": Col("Kampanya No", "Campaign ID"),
                "unit_kind": Const("account"),
                "unit_id": Ident(Col("HubSpot Record ID", "Record ID"), as_text=True),
                "from_on": sent,
                "role": When(
                    Test(group, "among", ["kontrol", "control", "held out"]), Const("held_out"), Const("treated")
                ),
            },
        )
    ]


@recipe(
    "cost_sheet",
    system="costs",
    decimal="",
    needs=[
        ("Ay", "Month"),
        ("Amaç", "Purpose"),
        ("Tür", "Kind"),
        ("Kanal", "Channel"),
        ("Tutar (*)", "Tutar", "Amount", "Amount (*)"),
    ],
)
def cost_sheet():
    """Costs outside the ad platforms, by month, with staff hours; hours that nobody wrote down stay blank."""
    month, channel, kind, purpose = (
        Col("Ay", "Month"),
        Col("Kanal", "Channel"),
        Col("Tür", "Kind"),
        Col("Amaç", "Purpose"),
    )
    kinds = {
        "Medya": "media",
        "Media": "media",
        "Araç": "tools",
        "Tools": "tools",
        "İçerik": "content",
        "Content": "content",
        "Saat": "hours",
        "Hours": "hours",
        "Ödül": "rewards",
        "Rewards": "rewards",
        "Genel gider": "overhead",
        "Overhead": "overhead",
    }
    serve = {
        "Sosyal medya": "social",
        "Social": "social",
        "Telefon": "phone",
        "Phone": "phone",
        "E-posta": "email",
        "Email": "email",
        "Mağaza": "in_person",
        "In person": "in_person",
    }
    label = Made(
        "CASE WHEN regexp_matches({a}, '^\\d{{4}}-\\d{{2}}') THEN substr({a}, 1, 7) ELSE strftime(scrm_worded('1 ' || {a}), '%Y-%m') END",
        "text",
        a=month,
    )
    # the same words twice in a month are two costs: they are told apart by their order in the sheet
    place = Made(
        "(row_number() OVER (PARTITION BY {m}, {p}, {k}, {c} ORDER BY _row))::VARCHAR",
        "text",
        watched=False,
        m=month,
        p=purpose,
        k=kind,
        c=channel,
    )
    return [
        Feed(
            "costs",
            {
                "cost_id": Join(label, purpose, kind, channel, place, sep="|"),
                "month": label,
                "purpose": MapTo(purpose, PURPOSE),
                "kind": MapTo(kind, kinds),
                "source": FirstOf(Source(channel, paid=True), Const("other")),
                "contact_channel": When(
                    Test(purpose, "among", ["Hizmet", "Serve"]), MapTo(channel, serve, other=Const(None))
                ),
                "campaign_id": Col("Kampanya No", "Campaign ID"),
                "amount": Col("Tutar (TL)", "Tutar (*)", "Tutar", "Amount (*)", "Amount"),
                "hours": Col("Saat", "Hours"),
                "hourly_rate": Col("Saat Ücreti (TL)", "Saat Ücreti (*)", "Hourly rate (*)", "Hourly rate"),
                "note": Col("Not", "Note"),
            },
        )
    ]


@recipe(
    "change_log",
    system="changes",
    date_order="DMY",
    needs=[("Tarih", "Date"), ("Tür", "Kind"), ("Açıklama", "What changed", "Note")],
    unlike=("Tutar (TL)", "Kanal", "Hesap Kodu"),
)
def change_log():
    """Changes in the business: what else could have moved sales."""
    kinds = {
        "Fiyat": "price",
        "Price": "price",
        "Ürün": "product",
        "Product": "product",
        "Süreç": "process",
        "Process": "process",
        "Mağaza": "process",
        "Personel": "staff",
        "Staff": "staff",
        "Kampanya": "campaign",
        "Campaign": "campaign",
        "Rakip": "competitor",
        "Competitor": "competitor",
        "Tatil": "holiday",
        "Holiday": "holiday",
        "Sistem": "process",
    }
    return [
        Feed(
            "change_log",
            {
                "on": Col("Tarih", "Date"),
                "kind": MapTo(Col("Tür", "Kind"), kinds),
                "note": Col("Açıklama", "What changed", "Note"),
            },
        )
    ]


@recipe(
    "goal_ledger",
    system="goals",
    date_order="DMY",
    needs=[
        ("Hedef No", "Goal ID"),
        ("Ölçü", "Metric"),
        ("Ay", "Month"),
        ("Söz Alt", "Promised low"),
        ("Kayıt Tarihi", "Declared on"),
    ],
)
def goal_ledger():
    """The goal ledger: what was promised for which month, and when it was written down."""
    return [
        Feed(
            "goals",
            {
                "goal_id": Col("Hedef No", "Goal ID"),
                "purpose": Col("Amaç", "Purpose"),
                "strategy": Col("Strateji", "Strategy"),
                "goal": Col("Hedef", "Goal"),
                "metric": Col("Ölçü", "Metric"),
                "action": Col("Eylem", "Action"),
                "tool": Col("Araç", "Tool"),
                "owner": Col("Sorumlu", "Owner"),
                "due_on": Col("Son Tarih", "Due on"),
                "money": Col("Bütçe (TL)", "Bütçe (*)", "Money", "Budget"),
                "hours": Col("Saat", "Hours"),
                "month": Made("substr({a}, 1, 7)", "text", a=Col("Ay", "Month")),
                "promised_low": Col("Söz Alt", "Promised low"),
                "promised_high": Col("Söz Üst", "Promised high"),
                "declared_on": Col("Kayıt Tarihi", "Declared on"),
            },
        )
    ]


@recipe(
    "store_list",
    system="stores",
    date_order="DMY",
    needs=[("Mağaza Kodu", "Store code", "Store ID"), ("Tür", "Kind"), ("İl", "City", "Province")],
)
def store_list():
    """Stores and dealers, with the code they had before a change of name."""
    kinds = {"Mağaza": "store", "Store": "store", "Bayi": "dealer", "Dealer": "dealer", "Web": "web"}
    return [
        Feed(
            "stores",
            {
                "store_id": Col("Mağaza Kodu", "Store code", "Store ID"),
                "name": Col("Mağaza Adı", "Store name", "Name"),
                "kind": MapTo(Col("Tür", "Kind"), kinds),
                "city": Col("İl", "City", "Province"),
                "region": Col("Bölge", "Region"),
                "opened_on": Col("Açılış", "Opened on"),
                "closed_on": Col("Kapanış", "Closed on"),
                "formerly": Col("Eski Kod", "Formerly"),
            },
        )
    ]


PRODUCT, VAT = Col("Stok Kodu", "Product code", "Product ID", "SKU"), Col("KDV (%)", "KDV", "VAT (%)", "VAT")


@recipe(
    "product_list",
    system="products",
    date_order="DMY",
    product_vat=(PRODUCT, VAT),
    needs=[
        ("Stok Kodu", "Product code", "Product ID", "SKU"),
        ("Kategori", "Category"),
        ("Birim Maliyet (*)", "Birim Maliyet", "Unit cost", "Unit cost (*)"),
    ],
)
def product_list():
    """Products with category and unit cost (net), from a day on."""
    return [
        Feed(
            "products",
            {
                "product_id": PRODUCT,
                "valid_from": HasElse(Col("Geçerlilik", "Valid from"), Const("1900-01-01")),
                "name": Col("Ürün Adı", "Product name", "Name"),
                "category": Col("Kategori", "Category"),
                "brand": Col("Marka", "Brand"),
                "unit_cost": Col(
                    "Birim Maliyet (TL)", "Birim Maliyet (*)", "Birim Maliyet", "Unit cost (*)", "Unit cost"
                ),
            },
        )
    ]


@recipe(
    "test_registry",
    system="tests",
    date_order="DMY",
    needs=[
        ("Test No", "Test ID", "Experiment ID"),
        ("Ölçü", "Metric"),
        ("Başlangıç", "Starts on"),
        ("Bitiş", "Stops on"),
    ],
)
def test_registry():
    """Tests declared beforehand."""
    metrics = {
        "sipariş": "orders",
        "orders": "orders",
        "harcama": "spend",
        "spend": "spend",
        "dönüşüm": "conversion",
        "conversion": "conversion",
    }
    units = {"müşteri": "account", "account": "account", "kişi": "account", "mağaza": "store", "store": "store"}
    share = Made("CASE WHEN {a} > 1 THEN {a} / 100 ELSE {a} END", "number", a=Col("Planlanan Pay", "Share treated"))
    return [
        Feed(
            "experiments",
            {
                "experiment_id": Col("Test No", "Test ID", "Experiment ID"),
                "name": Col("Test", "Name"),
                "hypothesis": Col("Hipotez", "Hypothesis"),
                "metric": MapTo(Col("Ölçü", "Metric"), metrics),
                "unit": MapTo(Col("Birim", "Unit"), units, blank="account"),
                "channel": Col("Kanal", "Channel"),
                "segments": Made("regexp_replace({a}, '\\s*\\|\\s*', '|', 'g')", "text", a=Col("Kesitler", "Segments")),
                "share_treated": share,
                "declared_on": Col("Kayıt Tarihi", "Declared on"),
                "starts_on": Col("Başlangıç", "Starts on"),
                "stops_on": Col("Bitiş", "Stops on"),
            },
        )
    ]


@recipe(
    "test_assignments",
    system="hubspot",
    date_order="DMY",
    needs=[("Test No", "Test ID", "Experiment ID"), ("Kol", "Arm"), ("Atama Tarihi", "Assigned on", "Assigned at")],
)
def test_assignments():
    """Who was put into which arm of a test, and when."""
    person = Col("HubSpot Record ID", "Record ID", "Customer ID")
    store = Col("Mağaza Kodu", "Store code")
    arm = MapTo(Col("Kol", "Arm"), {"kontrol": "control", "control": "control"}, other=Col("Kol", "Arm"))
    return [
        Feed(
            "assignments",
            {
                "experiment_id": Col("Test No", "Test ID", "Experiment ID"),
                "unit_id": FirstOf(Ident(person, as_text=True), store),
                "account_id": Ident(person),
                "arm": arm,
                "assigned_at": Col("Atama Tarihi", "Assigned on", "Assigned at"),
            },
        )
    ]


@recipe(
    "rates",
    system="rates",
    needs=[("date", "Tarih", "on"), ("kind", "Tür"), ("value", "Değer")],
    unlike=("Neden", "Reason"),
    decimal="",
    date_order="DMY",
)
def rates():
    """Consumer prices (first of the month) and exchange rates by day."""
    return [
        Feed(
            "rates",
            {
                "on": Col("date", "Tarih", "on"),
                "kind": Made("lower({a})", "text", a=Col("kind", "Tür")),
                "value": Col("value", "Değer"),
            },
        )
    ]


@recipe(
    "ledger_totals",
    system="ledger",
    needs=[("Ay", "Month"), ("Hesap Kodu", "Account", "Kalem", "Part"), ("Tutar (*)", "Tutar", "Amount", "Net")],
    unlike=("Amaç", "Purpose", "Kategori"),
)
def ledger_totals():
    """Monthly totals of the books: revenue accounts (600) and sales returns (610); other accounts are not revenue."""
    month, code = Made("substr({a}, 1, 7)", "text", a=Col("Ay", "Month")), Col("Hesap Kodu", "Account")
    part = FirstOf(Col("Kalem", "Part"), Const("revenue"))
    revenue = Any(Test(code, "blank"), Test(code, "starts_with", ["600", "601", "602", "610", "611"]))
    return [
        Feed(
            "ledger_totals",
            {
                "month": month,
                "part": part,
                "net": Col("Tutar (TL)", "Tutar (*)", "Tutar", "Amount (*)", "Amount", "Net"),
                "note": Col("Not", "Note"),
            },
            where=revenue,
            group=Join(month, part, sep="|"),
            sums=("net",),
        )
    ]


@recipe("exclusions", system="rules", needs=[("Tür", "Kind"), ("Değer", "Value"), ("Neden", "Reason")])
def exclusions():
    """Staff, test and collector accounts that count for nobody."""
    kinds = {
        "Cari": "account",
        "Hesap": "account",
        "Account": "account",
        "E-posta": "email",
        "Email": "email",
        "Telefon": "phone",
        "Phone": "phone",
        "Alan adı": "domain",
        "Domain": "domain",
        "Sipariş": "order",
        "Order": "order",
    }
    value = Col("Değer", "Value")
    return [
        Feed(
            "exclusions",
            {
                "kind": MapTo(Col("Tür", "Kind"), kinds),
                "value": value,
                "reason": Col("Neden", "Reason"),
                "value_digest": Made("scrm_digest(lower(trim({a})))", "text", a=value),
            },
        )
    ]


@recipe(
    "promo_codes",
    system="rules",
    date_order="DMY",
    needs=[("Kod", "Code"), ("Kanal", "Channel", "Source"), ("Başlangıç", "Valid from")],
    unlike=("Kampanya", "Campaign", "Test No"),
)
def promo_codes():
    """Promotion codes and who was given them."""
    return [
        Feed(
            "promo_codes",
            {
                "code": Col("Kod", "Code"),
                "source": Source(Col("Kanal", "Channel", "Source"), paid=True),
                "campaign_id": Col("Kampanya No", "Campaign ID"),
                "valid_from": Col("Başlangıç", "Valid from"),
                "valid_to": Col("Bitiş", "Valid to"),
            },
        )
    ]


@recipe(
    "margin_sheet",
    system="margins",
    needs=[("Ay", "Month"), ("Kategori", "Category"), ("Marj", "Marj (*)", "Margin", "Margin (*)")],
)
def margin_sheet():
    """Gross margin by category and month, where unit costs are missing."""
    share = Made(
        "CASE WHEN {a} > 1 THEN {a} / 100 ELSE {a} END", "number", a=Col("Marj (*)", "Marj", "Margin (*)", "Margin")
    )
    return [
        Feed(
            "margins",
            {
                "month": Made("substr({a}, 1, 7)", "text", a=Col("Ay", "Month")),
                "category": Col("Kategori", "Category"),
                "margin_share": share,
            },
        )
    ]


@recipe(
    "business_calendar",
    system="calendar",
    date_order="DMY",
    needs=[("Tarih", "Date", "Gün"), ("Gün Adı", "Name of day", "Özel Gün"), ("Tür", "Kind")],
)
def business_calendar():
    """Days of the company's own: launches, price changes, shop closings."""
    kinds = {"Tatil": "holiday", "Lansman": "launch", "Fiyat": "price", "Sezon": "season"}
    return [
        Feed(
            "calendar",
            {
                "on": Col("Tarih", "Date", "Gün"),
                "name": Col("Gün Adı", "Name of day", "Özel Gün"),
                "kind": MapTo(Col("Tür", "Kind"), kinds, other=Const("other")),
            },
        )
    ]
