"""Spellings: sources, contact channels, purposes and kinds of cost, yes and no, in Turkish and English, as SQL."""

import re

from scrm_helpers.ingestion.cells import FOLD_FROM, FOLD_TO, quote

FOLD = str.maketrans(FOLD_FROM, FOLD_TO)
KELVIN = "\u212a"  # the one other sign whose small form is a plain letter
LETTERS = f"a-zA-Z0-9{FOLD_FROM}{KELVIN}"  # what folding does not take for a gap

# canonical source: (words that name it alone, parts that give it away anywhere in the text, with a space before them at a word's beginning)
SOURCES = {
    "instagram": (("ig", "insta", "inst"), ("instagram", "insta ", " ig com")),
    "facebook": (("fb", "meta", "face"), ("facebook", "fb com", "fbclid", "messenger")),
    "tiktok": (("tt", "tik tok"), ("tiktok", " tik tok")),
    "linkedin": (("li", "in mail"), ("linkedin", "linked in")),
    "youtube": (("yt",), ("youtube", "youtu be")),
    "whatsapp": (("wp", "wa", "wapp"), ("whatsapp", "whats app", "vatsap", "watsap")),
    "x": (("x", "x com", "twitter", "tw"), ("twitter",)),
    "google_ads": (
        ("adwords", "paid search", "sem", "cpc", "ppc", "google cpc", "google reklam"),
        ("google ads", "google reklam", "adwords", "paid search", "ucretli arama"),
    ),
    "email": (
        ("email", "e mail", "eposta", "e posta", "mail", "bulten"),
        ("email marketing", "newsletter", "e posta", "eposta", "bulten", "klaviyo", "mailchimp"),
    ),
    "referral": (
        ("referral", "referrals", "referans", "ref", "tavsiye"),
        ("arkada", "referans", "tavsiye", "referral", "friend", "oneri"),
    ),
    "marketplace": (("pazaryeri",), ("trendyol", "hepsiburada", "marketplace", "pazar yeri", "n11", "amazon")),
    "store": (("store", "magaza", "sube", "walk in"), ("magaza", "bayi", "showroom", "in store")),
    "phone": (("phone", "telefon", "call", "tel", "cagri"), ("cagri merkezi", "call center", "call centre", "telefon")),
    "search": (
        ("search", "seo", "arama", "google", "yandex", "bing", "organic", "organik"),
        ("organic search", "organik arama", "google", "yandex", "bing"),
    ),
    "direct": (
        ("direct", "dogrudan", "biliyordum", "direct traffic", "web", "website", "none"),
        ("direct traffic", "dogrudan"),
    ),
    "unknown": (
        (
            "unknown",
            "bilinmiyor",
            "belirsiz",
            "offline sources",
            "offline",
            "crm ui",
            "import",
            "integration",
            "unassigned",
            "not set",
            "hatirlamiyor",
        ),
        ("bilinmiyor", "crm ui"),
    ),
}
YES = ("1", "true", "yes", "evet", "e", "y", "x", "var", "onay", "granted", "true ")
NO = ("0", "false", "no", "hayir", "h", "n", "yok", "ret", "withdrawn")
CHANNELS = {
    "social": (
        "facebook",
        "instagram",
        "twitter",
        "x",
        "x corp",
        "whatsapp",
        "social",
        "sosyal",
        "sosyal medya",
        "social media",
        "tiktok",
        "linkedin",
        "youtube",
        "facebook private message",
        "facebook messenger",
        "facebook post",
        "instagram direct",
        "instagram dm",
        "instagram comment",
        "twitter dm",
        "twitter direct message",
        "twitter mention",
        "x direct message",
        "messaging",
        "messenger",
        "dm",
        "any channel",
        "native messaging",
    ),
    "phone": (
        "phone",
        "telefon",
        "cagri",
        "call",
        "phone call incoming",
        "phone call outgoing",
        "voicemail",
        "cagri merkezi",
        "telefon gelen",
    ),
    "email": ("email", "mail", "e posta", "eposta", "e mail"),
    "in_person": ("magaza", "store", "in person", "yuz yuze", "sube", "showroom"),
    "web": (
        "web",
        "portal",
        "web form",
        "web formu",
        "form",
        "chat",
        "live chat",
        "canli destek",
        "feedback widget",
        "web widget",
        "help center",
        "api",
        "web service",
    ),
}
PURPOSES = {
    "acquire": (
        "acquire", "acquisition", "kazan", "kazanma", "kazanim", "yeni musteri", "yeni musteri kazanma", "musteri kazanma",
        "musteri kazanimi", "musteri kazan", "edinme", "musteri edinme",
    ),
    "keep": (
        "keep", "retain", "retention", "loyalty", "tut", "tutma", "elde tut", "elde tutma", "musteri tutma", "musteriyi tutma",
        "musteriyi elde tutma", "musteri elde tutma", "sadakat", "mevcut musteri",
    ),
    "serve": (
        "serve", "service", "support", "customer service", "customer care", "hizmet", "musteri hizmeti", "musteri hizmetleri", "destek",
        "musteri destegi", "servis",
    ),
}  # fmt: skip
KINDS = {  # an agency is paid for what it makes: its fee counts as content
    "media": ("media", "advertising", "ads", "ad spend", "medya", "reklam", "reklam harcamasi", "reklam gideri", "medya satin alma"),
    "tools": ("tools", "software", "arac", "araclar", "yazilim", "abonelik", "lisans"),
    "content": (
        "content", "agency", "agency fee", "agency fees", "icerik", "icerik uretimi", "ajans", "ajans ucreti", "ajans gideri",
        "ajans hizmeti", "cekim", "tasarim", "produksiyon",
    ),
    "hours": ("hours", "staff", "staff hours", "saat", "calisma saati", "iscilik", "personel"),
    "rewards": ("rewards", "gifts", "odul", "oduller", "odul ve hediye", "hediye"),
    "overhead": ("overhead", "genel gider", "genel giderler"),
}  # fmt: skip

STATUS = {  # status of an order; one that came back was a sale, and is a return beside it
    "cancelled": (
        "iptal", "iptal edildi", "iptal edilen", "iptal oldu", "iptal onaylandi", "reddedildi", "basarisiz", "teslim edilemedi",
        "tedarik edilemedi", "cancelled", "canceled", "cancel", "cancellation", "void", "voided", "rejected", "declined", "failed",
        "expired",
    ),
    "returned": (
        "iade", "iade edildi", "iade edilen", "iade alindi", "iade tamamlandi", "iade onaylandi", "refunded", "returned", "refund",
        "return",
    ),
    "open": (
        "beklemede", "bekliyor", "hazirlaniyor", "onay bekliyor", "onay bekleniyor", "acik", "odeme bekliyor", "odeme bekleniyor", "yeni",
        "yeni siparis", "olusturuldu", "islemde", "taslak", "open", "pending", "pending payment", "awaiting payment", "on hold",
        "processing", "in progress", "new", "created", "draft", "unpaid",
    ),
    "completed": (
        "tamamlandi", "tamam", "teslim edildi", "kargolandi", "kargoda", "kargoya verildi", "gonderildi", "odendi", "kapali", "faturalandi",
        "completed", "complete", "delivered", "shipped", "paid", "fulfilled", "closed", "done",
    ),
}  # fmt: skip
DOCUMENTS = {  # what a row of sales is, where a column says it of the row itself
    "sale": ("satis", "satis islemi", "satis faturasi", "perakende satis", "toptan satis", "sale", "sales", "sold"),
    "return": (
        *STATUS["returned"], "iade islemi", "iade faturasi", "satis iade", "satis iadesi", "satistan iade", "satis iade faturasi",
        "credit note", "sales return",
    ),
    "cancelled": (*STATUS["cancelled"], "iptal satis", "satis iptali"),
}  # fmt: skip


def folded(word) -> str:
    """The same form that `scrm_fold` gives in SQL: lower case, no marks, words apart by one space."""
    return re.sub(r"[^a-z0-9]+", " ", str(word).translate(FOLD).lower()).strip()


def pattern(wanted: list[str], how: str) -> str:
    """Regular expression that matches a text as it stands where its folded form is, starts with or contains one of `wanted` (folded words).

    Folding takes a text apart and writes it anew; most texts differ from every word in their first letters.
    """
    gap = f"[^{LETTERS}]"
    said = "|".join("".join(f"{gap}+" if sign == " " else f"[{_written(sign)}]" for sign in word) for word in wanted)
    return {"is": f"^{gap}*(?:{said}){gap}*$", "starts_with": f"^{gap}*(?:{said})", "contains": f"(?:{said})"}[how]


def _written(letter: str) -> str:
    """Every letter that folding makes this one of."""
    return "".join(dict.fromkeys(a for a in (*letter, *letter.upper(), *FOLD_FROM, KELVIN) if folded(a) == letter))


def source(text: str, fold: str) -> str:
    """SQL: a source in the suite's words, from a text and its folded form; 'other' for a word that none fits, NULL where blank."""
    exact = " ".join(
        f"WHEN {fold} IN ({', '.join(quote(w) for w in (name.replace('_', ' '), *alone))}) THEN {quote(name)}"
        for name, (alone, _) in SOURCES.items()
    )
    inside = " ".join(
        f"WHEN {' OR '.join(f'contains({_before(w)}{fold}, {quote(w)})' for w in parts)} THEN {quote(name)}"
        for name, (_, parts) in SOURCES.items()
    )
    return f"CASE WHEN {text} IS NULL OR {fold} = '' THEN NULL {exact} {inside} ELSE 'other' END"


def _before(part: str) -> str:
    return "' ' || " if part.startswith(" ") else ""


def flag(fold: str) -> str:
    """SQL: yes or no of a folded cell; NULL where neither."""
    return f"CASE WHEN {fold} IN ({_list(YES)}) THEN TRUE WHEN {fold} IN ({_list(NO)}) THEN FALSE END"


def channel_map() -> dict[str, str]:
    """Spelling -> contact channel."""
    return meanings(CHANNELS)


def meanings(spelled: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Spelling -> the suite's own word."""
    return {word: meant for meant, spellings in spelled.items() for word in spellings}


SPELLED = {("costs", "purpose"): meanings(PURPOSES), ("costs", "kind"): meanings(KINDS), ("campaigns", "purpose"): meanings(PURPOSES)}


def _list(words) -> str:
    return ", ".join(quote(w.strip()) for w in words)
