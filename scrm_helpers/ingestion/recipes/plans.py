"""Plans and promises kept by hand: campaign calendar and lists, tests, goals, changes, days of the company's own."""

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.cells import MONTHS, quote
from scrm_helpers.ingestion.expressions import (
    All,
    Any,
    Col,
    Const,
    FirstOf,
    Ident,
    Item,
    Made,
    MapTo,
    Month,
    Not,
    Source,
    Test,
    When,
)
from scrm_helpers.ingestion.places import CODE, EVERYWHERE
from scrm_helpers.ingestion.recipe import Feed, recipe
from scrm_helpers.ingestion.shapes import on_social

_MONTH = "MAP {" + ", ".join(f"{quote(w)}: '{n}'" for w, n in MONTHS.items()) + "}"


RANGE = r"^(\d{{1,2}})\s*([[:alpha:]çğıöşüÇĞİÖŞÜ]*)\s*(\d{{4}})?\s*[-–]\s*(\d{{1,2}})\s+([[:alpha:]çğıöşüÇĞİÖŞÜ]+)\s+(\d{{4}})$"


def _range(cell: Col, first: bool) -> Made:
    """The first or last day of a range in words: `27 Ocak - 20 Mart 2025`, `12-14 Kasım 2025`; blank where one is no day or ends first."""
    part = lambda k: f"regexp_extract({{a}}, '{RANGE}', {k})"  # noqa: E731
    month = lambda k: f"{_MONTH.replace('{', '{{').replace('}', '}}')}[lower(replace({part(k)}, 'İ', 'i'))]"  # noqa: E731
    named = f"coalesce(CASE WHEN {part(2)} <> '' THEN {month(2)} END, {month(5)})"
    begins = f"TRY_CAST(coalesce(nullif({part(3)}, ''), {part(6)}) || '-' || {named} || '-' || {part(1)} AS DATE)"
    ends = f"TRY_CAST({part(6)} || '-' || {month(5)} || '-' || {part(4)} AS DATE)"
    return Made(f"CASE WHEN {ends} >= {begins} THEN {begins if first else ends} END", "text", watched=first, a=cell)


NAME = ("Kampanya", "Kampanya Adı", "Campaign", "Campaign name")
START = ("Tarih Başlangıç", "Başlangıç", "Başlangıç Tarihi", "Start", "Start date")


@recipe(
    "campaign_calendar",
    system="calendar",
    date_order="DMY",
    decimal="comma",
    needs=[NAME, ("Kanal", "Channel"), START],
    unlike=("Test No", "Kod"),
)
def campaign_calendar():
    """The campaign calendar kept by hand: ranges in words, budgets with a currency sign, cancellations in a note, store lists in a cell."""
    start, end = (
        Col(*START),
        Col("Tarih Bitiş", "Bitiş", "Bitiş Tarihi", "End", "End date"),
    )
    name, channel, note = Col(*NAME), Col("Kanal", "Channel"), Col("Not", "Note")
    key = FirstOf(
        Col("Kampanya No", "Campaign ID", "Campaign no"), Made("concat_ws(' / ', {a}, {b})", "text", a=name, b=channel)
    )
    ranged = Made(f"coalesce(regexp_matches({{a}}, '{RANGE}'), FALSE)", "text", watched=False, a=start)
    begin, until = When(ranged, _range(start, True), start), FirstOf(end, _range(start, False))
    begin.drafted = start
    once = lambda e: Made("{a}", "day", watched=False, a=e)  # noqa: E731 (a cell is told of the campaign, not again of each store)
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
    stores = Col("Hedef Mağaza", "Mağazalar", "Stores", "Units")
    code = Made(f"regexp_matches({{a}}, '{CODE.replace('{', '{{').replace('}', '}}')}')", "text", watched=False, a=Item())
    cities = Col("Hedef Şehir", "Şehirler", "Şehir", "İller", "İl", "Bölgeler", "Bölge", "Cities", "City", "Regions", "Region")
    places = lambda each, kind: Feed(  # noqa: E731
        "campaign_units",
        {
            "campaign_id": key, "unit_kind": kind, "unit_id": Item(), "from_on": once(begin), "to_on": once(until),
            "role": Const("treated"),
        },
        each=each,
        where=All(Not(off), Not(Test(Item(), "blank")), Not(Test(Item(), "among", EVERYWHERE))),
    )  # fmt: skip
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
                "purpose": MapTo(Col("Amaç", "Purpose"), words.SPELLED["campaigns", "purpose"], other=Const(None)),
                "is_social": on_social(source),
            },
            counted=("budget",),
            where=Not(Test(name, "blank")),
        ),
        places(stores, When(code, Const("store"), Const("city"))),
        places(cities, Const("city")),
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
                "month": Month(Col("Ay", "Month")),
                "promised_low": Col("Söz Alt", "Promised low"),
                "promised_high": Col("Söz Üst", "Promised high"),
                "declared_on": Col("Kayıt Tarihi", "Declared on"),
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
                "step_cost": Col("Ek Maliyet", "Extra cost", "Step cost"),
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
