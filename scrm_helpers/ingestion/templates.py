"""Sheets for the company to fill in: one XLSX per kind and language, with drop-downs, notes on each heading and an example row.

A template is a recipe's headings. What a cell may hold comes with it; the recipe reads the sheet back (a test does). The example
row is marked as one and is never read, so it may stay.
"""

from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from scrm_helpers import workbooks

LANGUAGES = ("en", "tr")
ROWS = 500  # rows that carry the drop-downs
MARK = {"en": "EXAMPLE: not read, leave or delete", "tr": "ÖRNEK: okunmaz, bırakın ya da silin"}
_KIND = {"en": "Row kind", "tr": "Satır türü"}


@dataclass(frozen=True)
class Field:
    """A column of a template: headings, example cells, choices and a hint in both languages (English first)."""

    head: tuple[str, str]
    example: tuple[object, object]
    choices: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    hint: tuple[str, str] = ("", "")


def _same(value) -> tuple:
    return value, value


PURPOSES = (("Acquire", "Keep", "Serve"), ("Kazan", "Tut", "Hizmet"))
CHANNELS = (
    (
        "Instagram",
        "Facebook",
        "TikTok",
        "LinkedIn",
        "YouTube",
        "WhatsApp",
        "X",
        "Google Ads",
        "Email",
        "Store",
        "Phone",
        "Other",
    ),
    (
        "Instagram",
        "Facebook",
        "TikTok",
        "LinkedIn",
        "YouTube",
        "WhatsApp",
        "X",
        "Google Ads",
        "E-posta",
        "Mağaza",
        "Telefon",
        "Diğer",
    ),
)
COSTS = (
    ("Media", "Tools", "Content", "Hours", "Rewards", "Overhead"),
    ("Medya", "Araç", "İçerik", "Saat", "Ödül", "Genel gider"),
)
CHANGES = (
    ("Price", "Product", "Process", "Staff", "Campaign", "Competitor", "Holiday"),
    ("Fiyat", "Ürün", "Süreç", "Personel", "Kampanya", "Rakip", "Tatil"),
)
EXCLUDED = (("Account", "Email", "Phone", "Domain", "Order"), ("Hesap", "E-posta", "Telefon", "Alan adı", "Sipariş"))
LISTED = (
    "Several in one cell: parted by a comma, a semicolon, a slash or a new line",
    "Bir hücrede birden çok yer: virgül, noktalı virgül, eğik çizgi ya da yeni satırla ayırın",
)
MONTH = Field(("Month", "Ay"), _same("2026-10"))
AMOUNT = ("Amount", "Tutar")

# name of the file in both languages, the recipe that reads it, its columns
TEMPLATES: dict[str, tuple[tuple[str, str], tuple[Field, ...]]] = {
    "campaign_calendar": (
        ("campaign_calendar", "kampanya_takvimi"),
        (
            Field(("Campaign ID", "Kampanya No"), _same("K-2026-10")),
            Field(("Campaign", "Kampanya"), ("Autumn sale", "Sonbahar indirimi")),
            Field(("Channel", "Kanal"), _same("Instagram"), CHANNELS),
            Field(("Start", "Başlangıç"), _same("2026-10-05")),
            Field(("End", "Bitiş"), _same("2026-10-18")),
            Field(("Budget", "Bütçe"), _same(150000)),
            Field(("Purpose", "Amaç"), ("Acquire", "Kazan"), PURPOSES),
            Field(("Stores", "Mağazalar"), _same("IST-01, ANK-01"), hint=LISTED),
            Field(("Cities", "Şehirler"), ("", ""), hint=LISTED),
            Field(("Status", "Durum"), ("", ""), (("Planned", "Cancelled"), ("Planlandı", "İptal"))),
            Field(("Note", "Not"), ("", "")),
        ),
    ),
    "cost_sheet": (
        ("cost_sheet", "maliyetler"),
        (
            MONTH,
            Field(("Purpose", "Amaç"), ("Acquire", "Kazan"), PURPOSES),
            Field(("Kind", "Tür"), ("Hours", "Saat"), COSTS),
            Field(("Channel", "Kanal"), _same("Instagram"), CHANNELS),
            Field(AMOUNT, _same(16000)),
            Field(("Hours", "Saat"), _same(40)),
            Field(("Hourly rate", "Saat Ücreti (TL)"), _same(400)),
            Field(("Campaign ID", "Kampanya No"), _same("K-2026-10")),
            Field(("Note", "Not"), ("", "")),
        ),
    ),
    "change_log": (
        ("change_log", "degisiklikler"),
        (
            Field(("Date", "Tarih"), _same("2026-10-12")),
            Field(("Kind", "Tür"), ("Price", "Fiyat"), CHANGES),
            Field(("What changed", "Açıklama"), ("Prices up by 8%", "Fiyatlar yüzde 8 arttı")),
        ),
    ),
    "goal_ledger": (
        ("goal_ledger", "hedefler"),
        (
            Field(("Goal ID", "Hedef No"), _same("H-01")),
            Field(("Purpose", "Amaç"), ("Acquire", "Kazan"), PURPOSES),
            Field(("Strategy", "Strateji"), ("More from Instagram", "Instagram'dan daha çok müşteri")),
            Field(("Goal", "Hedef"), ("Win customers at 450 TL", "Müşteriyi 450 TL ile kazanmak")),
            Field(("Metric", "Ölçü"), _same("cac")),
            Field(("Action", "Eylem"), ("Weekly reels", "Haftalık video")),
            Field(("Tool", "Araç"), _same("Meta Ads")),
            Field(("Owner", "Sorumlu"), ("Marketing", "Pazarlama")),
            Field(("Due on", "Son Tarih"), _same("2026-12-31")),
            Field(("Budget", "Bütçe (TL)"), _same(250000)),
            Field(("Hours", "Saat"), _same(120)),
            Field(("Month", "Ay"), _same("2026-10")),
            Field(("Promised low", "Söz Alt"), _same(430)),
            Field(("Promised high", "Söz Üst"), _same(470)),
            Field(("Declared on", "Kayıt Tarihi"), _same("2026-09-25")),
        ),
    ),
    "who_sent_me": (
        ("who_sent_me", "kim_yonlendirdi"),
        (
            Field(("Date", "Tarih"), _same("2026-10-12")),
            Field(("Customer", "Müşteri"), ("Jane Doe", "Ayşe Örnek")),
            Field(("Phone", "Telefon"), _same("+90 532 000 00 00")),
            Field(("How did you hear about us?", "Nereden duydunuz?"), _same("Instagram"), CHANNELS),
        ),
    ),
    "margin_sheet": (
        ("margins", "marjlar"),
        (
            MONTH,
            Field(("Category", "Kategori"), ("Shoes", "Ayakkabı")),
            Field(("Margin (%)", "Marj (%)"), _same(42.5)),
        ),
    ),
    "rates": (
        ("rates", "kurlar"),
        (
            Field(("date", "Tarih"), _same("2026-10-01")),
            Field(("kind", "Tür"), _same("usd_try"), ((("cpi", "usd_try", "eur_try", "gbp_try"),) * 2)),
            Field(("value", "Değer"), _same(41.9)),
        ),
    ),
    "store_list": (
        ("stores", "magazalar"),
        (
            Field(("Store code", "Mağaza Kodu"), _same("IST-01")),
            Field(("Store name", "Mağaza Adı"), _same("Kadıköy")),
            Field(("Kind", "Tür"), ("Store", "Mağaza"), (("Store", "Dealer", "Web"), ("Mağaza", "Bayi", "Web"))),
            Field(("City", "İl"), _same("İstanbul")),
            Field(("Region", "Bölge"), _same("Marmara")),
            Field(("Opened on", "Açılış"), _same("2019-03-15")),
            Field(("Closed on", "Kapanış"), ("", "")),
            Field(("Formerly", "Eski Kod"), ("", "")),
        ),
    ),
    "promo_codes": (
        ("promo_codes", "kampanya_kodlari"),
        (
            Field(("Code", "Kod"), _same("INSTA10")),
            Field(("Channel", "Kanal"), _same("Instagram"), CHANNELS),
            Field(("Campaign ID", "Kampanya No"), _same("K-2026-10")),
            Field(("Valid from", "Başlangıç"), _same("2026-10-05")),
            Field(("Valid to", "Bitiş"), _same("2026-10-18")),
        ),
    ),
    "exclusions": (
        ("exclusions", "haric_tutulanlar"),
        (
            Field(("Kind", "Tür"), ("Email", "E-posta"), EXCLUDED),
            Field(("Value", "Değer"), _same("personel@ornek.com")),
            Field(("Reason", "Neden"), ("Staff", "Personel")),
        ),
    ),
    "survey_answers": (
        ("survey_answers", "anket_cevaplari"),
        (
            Field(("Date", "Tarih"), _same("2026-10-12")),
            Field(("Customer email", "Müşteri E-posta"), _same("ayse@ornek.com")),
            Field(("Ticket", "Talep No"), _same("1001")),
            Field(
                ("Channel", "Kanal"),
                ("Social", "Sosyal medya"),
                (("Social", "Phone", "Email"), ("Sosyal medya", "Telefon", "E-posta")),
            ),
            Field(("CSAT (1-5)", "Memnuniyet (1-5)"), _same(5), ((("1", "2", "3", "4", "5"),) * 2)),
            Field(("Effort (1-7)", "Kolaylık (1-7)"), _same(6), ((("1", "2", "3", "4", "5", "6", "7"),) * 2)),
        ),
    ),
    "subscriptions": (
        ("subscriptions", "abonelikler"),
        (
            Field(("Contract No", "Sözleşme No"), _same("S-1001")),
            Field(("Customer email", "Müşteri E-posta"), _same("ayse@ornek.com")),
            Field(("First day", "İlk Gün"), _same("2025-11-01")),
            Field(("Last day", "Son Gün"), ("", "")),
            Field(("Renewal (months)", "Yenileme (ay)"), _same(12)),
            Field(("Fee", "Ücret"), _same(1200)),
            Field(("Product", "Ürün"), _same("UYELIK-12")),
        ),
    ),
    "ledger_totals": (
        ("ledger_totals", "defter_toplamlari"),
        (
            MONTH,
            Field(("Account", "Hesap Kodu"), _same("600")),
            Field(AMOUNT, _same(1250000)),
            Field(("Note", "Not"), ("", "")),
        ),
    ),
}


def write(folder: Path) -> list[Path]:
    """Every template into `folder`/en and `folder`/tr: the same bytes each time."""
    made = []
    for recipe, (names, fields) in TEMPLATES.items():
        for place, language in enumerate(LANGUAGES):
            path = folder / language / f"{names[place]}.xlsx"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(workbooks.steady(sheet(recipe, language, fields)))
            made.append(path)
    return made


def sheet(recipe: str, language: str, fields: tuple[Field, ...]) -> openpyxl.Workbook:
    """One template: headings in bold, the marked example row in grey below them, a drop-down where a cell has few choices."""
    place = LANGUAGES.index(language)
    book = openpyxl.Workbook()
    page = book.active
    page.title = recipe
    page.append([f.head[place] for f in fields] + [_KIND[language]])
    page.append([f.example[place] for f in fields] + [MARK[language]])
    for number, field in enumerate(fields, 1):
        cell = page.cell(1, number)
        cell.font, page.column_dimensions[cell.column_letter].width = (
            Font(bold=True),
            max(14, len(field.head[place]) + 4),
        )
        page.cell(2, number).font = Font(italic=True, color="808080")
        page.cell(2, number).fill = PatternFill("solid", fgColor="F2F2F2")
        if field.hint[place]:
            cell.comment = Comment(field.hint[place], "scrm")
        if field.choices[place]:
            cell.comment = Comment(" / ".join(field.choices[place]), "scrm")
            listed = DataValidation(type="list", formula1=f'"{",".join(field.choices[place])}"', allow_blank=True)
            page.add_data_validation(listed)
            listed.add(f"{cell.column_letter}2:{cell.column_letter}{ROWS}")
    page.freeze_panes = "A2"
    return book
