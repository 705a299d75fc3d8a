"""Words of headers, values and records that give away what a column of an unknown file is: for drafts and messages, never to read it."""

import re

from scrm_helpers.ingestion import taxed, words
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.part import Part

TAX_ALONE = "with or without tax"  # of an amount whose header says nothing else: "KDV Dahil" beside "KDV Hariç"
# contract column: words of a header that speak for it, best first
SALES = {
    "ordered_at": (
        "siparis tarihi", "fatura tarihi", "satis tarihi", "islem tarihi", "fis tarihi", "belge tarihi", "evrak tarihi", "order date",
        "siparis gunu", "fatura gunu", "satis gunu", "islem gunu", "fis gunu", "belge gunu", "evrak gunu", "invoice date", "sale date",
        "receipt date", "tarih", "date", "gun", "day",
    ),
    "order_id": (
        "siparis no", "siparis numarasi", "fatura no", "fatura numarasi", "fis no", "fis numarasi", "belge no", "belge numarasi",
        "evrak no", "irsaliye no", "islem no", "makbuz no", "order no", "order number", "order id", "invoice no", "invoice number",
        "invoice id", "receipt no", "receipt number", "receipt id", "doc no", "doc number", "document no", "document number",
        "transaction id", "transaction no", "ticket no", "belge", "fis", "fatura", "irsaliye", "evrak", "makbuz", "siparis", "receipt",
        "invoice", "document", "doc", "order", "no", "id",
    ),
    "net": (
        "net tutar", "net satis tutari", "net satis", "net satislar", "net ciro", "net toplam", "net amount", "net sales", "toplam tutar",
        "satis tutari", "genel toplam", "tutar", "ciro", "toplam", "net", "bedel", "amount", "total", "revenue", "sales", "satis",
        "satislar", "brut tutar", "brut satis", "brut ciro", "gross amount", "gross sales", "matrah", "kdv matrahi", TAX_ALONE,
        "fiyat", "price", "birim fiyat", "birim satis fiyat", "satis fiyat", "unit price", "item price", "sale price", "selling price",
    ),
    "account_id": (
        "musteri kodu", "musteri kod", "musteri no", "musteri id", "cari kodu", "cari kod", "cari no", "customer id", "customer no",
        "customer code", "uye no", "e posta", "eposta", "email", "e mail", "musteri e posta", "musteri eposta", "musteri email",
        "customer email", "cep telefonu", "cep tel", "cep no", "telefon", "cep", "gsm", "phone", "mobile phone", "mobile no",
        "mobile number", "mobile", "tel no", "tel", "musteri telefon", "customer phone", "musteri", "cari", "customer", "musteri adi",
        "customer name", "ad soyad", "cari adi", "cari unvan", "cari isim", "unvan", "alici", "buyer",
    ),
    "store_id": ("magaza kodu", "magaza", "sube", "store", "branch", "bayi"),
    "status": ("siparis durumu", "durum", "statu", "order status", "status"),
    "currency": ("para birimi", "doviz cinsi", "doviz", "currency"),
    "promo_code": ("kupon kodu", "kupon", "promosyon kodu", "indirim kodu", "promo code", "coupon code", "coupon", "discount code"),
    "source": ("siparis kaynagi", "kaynak", "order source", "source", "utm source"),
    "channel": ("satis kanali", "siparis kanali", "kanal", "satis yeri", "sales channel", "order channel", "channel"),
}
NO_SALE_ON = (  # words of a day's header that say that nothing was sold on it
    "kayit", "olusturma", "uyelik", "dogum", "izin", "izni", "onay", "riza", "iade", "son", "ilk", "guncelleme", "vade", "last", "first",
    "birth", "birthday", "created", "create", "registered", "registration", "signup", "joined", "updated", "update", "consent", "due",
)  # fmt: skip
DAYS = ("gun", "gunu", "tarih", "tarihi", "date", "day")
MONEY = ("tl", "try", "kdv", "bedel", "bedeli", "ucret", "ucreti", "odenen", "odeme", "paid", "payment", "price", "fiyat", "vat")
NO_TAKINGS = ("bakiye", "borc", "alacak", "limit", "limiti", "puan", "balance", "credit", "points")
SOLD_AT = {  # word of orders.channel -> words of the column that says where it was sold
    "shop": (
        "web", "web sitesi", "website", "web site", "site", "internet", "internet sitesi", "online", "online magaza", "e ticaret",
        "eticaret", "mobil", "mobil uygulama", "uygulama", "shop", "webshop", "online store", "e commerce", "ecommerce", "app",
        "mobile app",
    ),
    "marketplace": (
        "pazaryeri", "pazar yeri", "trendyol", "hepsiburada", "n11", "amazon", "ciceksepeti", "pttavm", "marketplace", "ebay", "etsy",
    ),
    "store": ("magaza", "magazadan", "sube", "perakende", "kasa", "showroom", "store", "in store", "branch", "retail", "pos"),
    "dealer": ("bayi", "toptan", "dealer", "wholesale", "reseller"),
    "phone": ("telefon", "telefonla", "cagri merkezi", "phone", "call center", "call centre"),
    "other": ("diger", "other"),
}  # fmt: skip
PERSON = {
    "email": (
        "e posta", "eposta", "e posta adresi", "email", "e mail", "musteri e posta", "musteri eposta", "musteri email", "customer email",
        "mail", "mail adresi",
    ),
    "phone": (
        "cep telefonu", "cep tel", "cep no", "telefon", "cep", "gsm", "phone", "mobile phone", "mobile no", "mobile number", "mobile",
        "musteri telefon", "customer phone", "tel", "tel no",
    ),
    "full_name": (
        "ad soyad", "adi soyadi", "isim soyisim", "musteri adi", "alici adi", "cari adi", "cari ad", "cari unvan", "cari isim", "full name",
        "customer name", "buyer name", "name", "isim", "unvan",
    ),
    "first_name": ("ad", "adi", "first name", "given name"),
    "last_name": ("soyad", "soyadi", "soyisim", "last name", "surname", "family name"),
}
# what a customer answers about herself, wherever the question stands: in a file of sales it is her source, not the order's
HEARD = (
    "bizi nereden duydunuz", "bizi nereden", "bizi nasil duydunuz", "bizi nasil buldunuz", "nereden duydunuz", "nereden duydu",
    "nasil duydunuz", "how did you hear", "where did you hear", "how did you find us", "heard about us",
)
CONTACTS = {
    "account_id": (
        "musteri kodu", "musteri kod", "musteri no", "musteri id", "cari kodu", "cari kod", "cari no", "customer id", "customer no",
        "customer code", "contact id",
        "uye no", "record id", "id", "no",
    ),
    **PERSON,
    "company_name": ("firma", "firma adi", "sirket", "company", "company name"),
    "city": ("sehir", "il", "city"),
    "district": ("ilce", "semt", "district"),
    "address": ("adres", "acik adres", "address"),
    "postcode": ("posta kodu", "postcode", "postal code", "zip"),
    "created_at": ("kayit tarihi", "olusturma tarihi", "uyelik tarihi", "created at", "create date", "created", "registered", "signup"),
    "source": ("musteri kaynagi", "kaynak", *HEARD, "nereden geldi", "lead source", "original source", "source", "utm source"),
    "birth_date": ("dogum tarihi", "birth date", "date of birth"),
    "gender": ("cinsiyet", "gender"),
    "segment_raw": ("musteri grubu", "musteri tipi", "segment", "customer group"),
    "tax_no": ("vergi no", "vergi numarasi", "vkn", "tckn", "tax no", "tax id"),
    "handle": ("instagram", "kullanici adi", "handle", "username"),
}  # fmt: skip
# a word alone as a header: with another word behind it, it is something else (Belge Türü, Fiş Saati, Name of product)
ALONE = {
    "belge", "fis", "fatura", "irsaliye", "evrak", "makbuz", "siparis", "receipt", "invoice", "document", "order", "durum", "statu",
    "status", "source", "kaynak", "kupon", "coupon", "buyer", "alici", "firma", "sirket", "company", "adres", "address", "isim", "phone",
    "email", "eposta", "segment", "instagram", "handle", "username", "doviz", "gender", "mobile", "unvan", "bedel", "musteri", "cari",
    "customer", "gider", "masraf", "expense", "satis", "satislar", "sales", "net satis", "net sales", "brut satis", "gross sales", "matrah",
}  # fmt: skip
CODED = ("musteri", "cari", "customer")  # a customer's code or name: the cells tell which
AMOUNTS = ("tutar", "tutari", "amount", "total")  # last words of a header of amounts, where no sign fits: Ödenen Tutar
NO_SALES = (  # of the other words of a header: it is another amount, or no amount at all
    "indirim", "indirimi", "iskonto", "iskontosu", "adet", "adedi", "miktar", "miktari", "agirlik", "agirligi", "sayisi", "puan", "kdv",
    "vergi", "iade", "kargo", "komisyon", "kalan", "birim", "vat", "tax", "discount", "refund", "refunded", "shipping", "fee", "unit",
    "sub", "harcanan", "harcama", "reklam", "spent", "spend", "ad", "ads", "quantity", "qty", "items", "count", "weight", "points",
)  # fmt: skip
# such a word of what a total holds or lacks: Toplam (Kargo Dahil)
WITHIN = re.compile(r"\w+ (?:dahil|haric|sonrasi|dusulmus)\b|\b(?:incl|including|excl|excluding|with|without|after) \w+")
COSTS = {
    "month": ("ay", "donem", "month", "period", "tarih", "date"),
    "purpose": ("amac", "harcama amaci", "gider amaci", "purpose"),
    "kind": (
        "gider turu", "masraf turu", "maliyet turu", "harcama turu", "gider kalemi", "masraf kalemi", "harcama kalemi", "maliyet kalemi",
        "tur", "kategori", "kalem", "cost type", "cost item", "kind", "type", "category", "gider", "masraf", "expense",
    ),
    "source": ("kanal", "mecra", "platform", "channel", "medium"),
    "amount": ("tutar", "toplam tutar", "bedel", "harcama", "toplam", "amount", "cost", "total"),
    "hours": ("calisma saati", "saat", "hours"),
    "hourly_rate": ("saat ucreti", "saatlik ucret", "hourly rate"),
    "note": ("aciklama", "not", "description", "note"),
}  # fmt: skip
CAMPAIGNS = {
    "campaign_id": ("kampanya no", "kampanya kodu", "kampanya id", "campaign id", "campaign no", "campaign code"),
    "name": ("kampanya adi", "kampanya ismi", "kampanya", "campaign name", "campaign"),
    "starts_on": ("baslangic tarihi", "baslama tarihi", "baslangic", "start date", "starts on", "start"),
    "ends_on": ("bitis tarihi", "bitis", "end date", "ends on", "end"),
    "source": ("kanal", "mecra", "platform", "channel", "medium"),
    "budget": ("butce", "planlanan butce", "budget"),
    "purpose": ("amac", "purpose"),
}
SPEND = {
    "on": ("gun", "tarih", "rapor tarihi", "day", "date"),
    "campaign_id": ("kampanya kimligi", "kampanya no", "kampanya kodu", "kampanya id", "campaign id", "campaign no"),
    "campaign_name": ("kampanya adi", "kampanya ismi", "kampanya", "campaign name", "campaign"),
    "ad_id": ("reklam kimligi", "reklam adi", "reklam seti", "reklam grubu", "reklam", "ad id", "ad name", "ad set", "ad group", "ad"),
    "amount": (
        "harcanan tutar", "harcanan", "harcama", "reklam harcamasi", "maliyet", "tutar", "amount spent", "spent", "ad spend", "spend",
        "cost", "amount",
    ),
    "currency": ("para birimi", "currency"),
    "impressions": ("gosterim", "gosterimler", "goruntulenme", "impressions", "impr", "views"),
    "clicks": ("tiklama", "tiklamalar", "baglanti tiklamalari", "link clicks", "clicks"),
    "source": ("mecra", "reklam mecrasi", "platform", "reklam kanali", "kanal", "ad platform", "ad channel", "channel", "network"),
}  # fmt: skip
SHOWN = ("impressions", "clicks")  # what advertising counts, and a list of costs does not
SPENT = ("gider", "masraf", "maliyet", "harcama", "cost", "expense", "spend")  # what a sheet of costs says of itself somewhere
TABLES = {"costs": COSTS, "campaigns": CAMPAIGNS, "spend": SPEND}
RETURNED_ON = ("iade tarihi", "return date", "refund date", "refunded at", "returned at")
AGREED = ("izin", "izni", "onay", "onayi", "riza", "rizasi", "consent", "permission", "optin", "opt", "accepts", "subscribed", "allow")
INFORMED = ("kvkk", "aydinlatma", "privacy")  # having been informed is no consent to be written to
AGREED_ON = ("izin tarihi", "onay tarihi", "riza tarihi", "consent date", "consent at", "opt in date")
MEANS = {  # channel of a consent: words of its header
    "sms": ("sms", "mesaj"),
    "email": ("posta", "eposta", "email", "mail", "bulten", "newsletter"),
    "call": ("arama", "telefon", "call", "phone"),
}
PRICES = ("fiyat", "fiyati", "price")  # what one piece costs: beside a number of pieces it is no amount of the row
OF_ONE, OF_ALL = ("birim", "unit", "item"), ("toplam", "genel", "satir", "tutar", "total", "line", "extended", "amount")
PIECES = (
    "adet", "satis adedi", "satilan adet", "urun adedi", "adedi", "miktar", "miktari", "satis miktari", "qty", "quantity", "pieces", "pcs",
    "units", "units sold", "item count",
)  # fmt: skip
_NUMBER = re.compile(r"\b(?:nr|num)\b")  # Evrak Nr is Evrak No
VAGUE = ("no", "id")  # headers of any number at all
LEAST_SOLD = {"ordered_at", "net"}  # without a day and an amount nothing is taken for orders
AMOUNT = r"^\s*[-+(]?\s*[₺$€£]?\s*(0([.,]\d+)?|[1-9][\d.,\x20]*)\s*([₺$€£]|TL|TRY|EUR|USD)?\s*\)?\s*$"  # a telephone begins with 0
MOST_VALUES = 20  # a column of states holds few different words


def header(text: str) -> str:
    """A header in the form that the words above have."""
    return _NUMBER.sub("no", words.folded(fold(text)))


def places(
    part: Part, signs: dict[str, tuple[str, ...]], *, without: set[int] = frozenset(), alone: set[str] = ALONE
) -> dict[str, int]:
    """Contract column -> place of the first header that one of its words fits, each header once and none of `without`.

    `alone`: words that a header is, and does not only begin with.
    """
    found: dict[str, int] = {}
    heads = ["" if k in without else header(h) for k, h in enumerate(part.header)]
    amounts = _amounts(part, heads)
    for target, known in signs.items():
        said = amounts if target in taxed.MONEY else dict(enumerate(heads))
        for sign in known:
            free = (k for k, h in said.items() if h and k not in found.values() and _fits(h, sign, alone))
            free = (k for k in free if target != "net" or said[k] == sign or not _is_other(said[k]))
            if (place := next(free, None)) is not None:
                found[target] = place
                break
    if "net" in signs and "net" not in found:
        rest = ((k, h) for k, h in amounts.items() if h and k not in found.values())
        left = [k for k, head in rest if head.split()[-1] in AMOUNTS and not _is_other(head)]
        found |= {"net": left[0]} if left else {}
    said = set(heads[found["net"]].split()) if "net" in found else set()
    if said & set(OF_ONE) and said & set(PRICES) and pieces(part, found) is None:
        del found["net"]  # what one piece costs, of nobody knows how many
    return found


def _is_other(head: str) -> bool:
    """Whether a header says that its numbers are no sales: a tax, a discount, a count. "Toplam (Kargo Dahil)" says none of that."""
    return bool(set(WITHIN.sub("", head).split()) & set(NO_SALES))


def _amounts(part: Part, heads: list[str]) -> dict[int, str]:
    """Place -> header without what it says of VAT; first those that say that none is in them, for each row has its own rate."""
    said = {k: taxed.bare(h) or (h and TAX_ALONE) for k, h in enumerate(heads)}
    return dict(sorted(said.items(), key=lambda place: taxed.outright(part.header[place[0]]) != taxed.OUTSIDE))


def pieces(part: Part, found: dict[str, int]) -> int | None:
    """Place of the number of pieces by which the amount found has to be multiplied; None where it is the row's, or there is none."""
    said = set(header(part.header[found["net"]]).split()) if "net" in found else set()
    if not said & set(PRICES) or said & set(OF_ALL):
        return None
    return places(part, {"quantity": PIECES}, without=set(found.values()), alone={*ALONE, *PIECES}).get("quantity")


def contacts(part: Part) -> dict[str, int]:
    """Column of accounts -> place of its header; {} unless a way to know the person is there, which is the key where nothing else is."""
    found = places(part, CONTACTS)
    key = next((k for k in ("account_id", "email", "phone") if k in found), "")
    known = found.keys() & {"email", "phone", "full_name", "last_name"}
    return found | {"account_id": found[key]} if key and known else {}


def _fits(head: str, sign: str, alone: set[str]) -> bool:
    return head == sign or (len(sign) > 4 and sign not in alone and head.startswith(sign))


def values(con, part: Part, place: int) -> list[str]:
    """The different texts of a column, as written; [] where there are too many for a column of states."""
    rows = con.execute(
        f"SELECT c{place} FROM {part.table} WHERE c{place} IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT {MOST_VALUES + 1}"
    ).fetchall()
    return [r[0] for r in rows] if len(rows) <= MOST_VALUES else []


def says_cost(con, part: Part) -> bool:
    """Whether a sheet is one of costs: its headers, its name or the lines above it say so, or its cells name kinds of cost."""
    said = " ".join(map(header, (*part.header, part.file, part.part, *part.preamble)))
    known = words.SPELLED["costs", "kind"]
    return any(w in said for w in SPENT) or any(
        words.folded(v) in known for k, h in enumerate(part.header) if h and k not in part.exact for v in values(con, part, k)
    )


def are_different(con, part: Part, place: int) -> bool:
    """Whether no two rows have the same text in a column, and none is blank: it can tell the rows apart."""
    told = f"SELECT count(*) = count(DISTINCT c{place}) AND count(*) = count(c{place}) FROM {part.table}"
    return con.execute(told).fetchone()[0]


def are_apart(con, part: Part, columns: list[int]) -> bool:
    """Whether no two rows have the same texts in all of these columns."""
    named = ", ".join(f"coalesce(c{k}, '')" for k in columns)
    return con.execute(f"SELECT count(*) = count(DISTINCT ({named})) FROM {part.table}").fetchone()[0]


def texts(con, part: Part, *, without: set[int]) -> list[int]:
    """Places of the columns whose cells are words, most of them."""
    asked = [k for k, h in enumerate(part.header) if h and k not in without and k not in part.exact]
    shares = ", ".join(f"avg(regexp_matches(c{k}, '\\pL')::INTEGER)" for k in asked)
    found = con.execute(f"SELECT {shares} FROM {part.table}").fetchone() if asked else ()
    return [k for k, share in zip(asked, found, strict=True) if (share or 0) > 0.5]


def coded(con, part: Part) -> int | None:
    """Place of a column headed plainly "customer" whose cells are codes (a digit in nearly all of them): a better key than an address."""
    for place, head in enumerate(map(header, part.header)):
        if head in CODED:
            told = f"SELECT avg(regexp_matches(c{place}, '\\d')::INTEGER) FROM {part.table} WHERE c{place} IS NOT NULL"
            return place if (con.execute(told).fetchone()[0] or 0) > 0.9 else None
    return None


def states(found: list[str]) -> dict[str, str]:
    """Text of an order's status -> its word in the contract, for the texts that are known."""
    known = {w: state for state, spelled in words.STATUS.items() for w in spelled}
    return {v: known[words.folded(v)] for v in found if words.folded(v) in known}


def sold_at(found: list[str]) -> dict[str, str]:
    """Text of a column of channels -> orders.channel, `other` for a text that is not known; {} where none of them is."""
    known = {w: channel for channel, spelled in SOLD_AT.items() for w in spelled}
    told = {v: known.get(words.folded(v), "") for v in found}
    return {v: channel or "other" for v, channel in told.items()} if any(told.values()) else {}


def counts(con, part: Part, *, without: set[int]) -> list[int]:
    """Places of the columns that may hold amounts: what is filled in is a number that does not begin with 0, and not all is blank."""
    asked = [k for k, h in enumerate(part.header) if h and k not in without]
    shares = ", ".join(f"coalesce(bool_and(regexp_matches(c{k}::VARCHAR, '{AMOUNT}')), FALSE)" for k in asked)
    found = con.execute(f"SELECT {shares} FROM {part.table}").fetchone() if asked else ()
    return [k for k, share in zip(asked, found, strict=True) if share]


def sold(con, part: Part) -> bool:
    """Whether the headers name a day on which something may have been sold, and an amount of money that their cells bear out."""
    heads = {k: set(header(h).split()) for k, h in enumerate(part.header) if h}
    days = {k for k, said in heads.items() if said & set(DAYS) and not said & set(NO_SALE_ON)}
    sums = {k for k, said in heads.items() if said & {*MONEY, *AMOUNTS} and not said & {*NO_SALES, *NO_TAKINGS} - {"kdv", "vat"}}
    return bool(days and sums - days and sums & set(counts(con, part, without=days)))


def numbers_rows(con, part: Part, place: int) -> bool:
    """Whether a column counts the rows from 1 on: in the next sheet the same numbers are of other rows."""
    n = f"TRY_CAST(c{place}::VARCHAR AS DOUBLE)"
    told = f"SELECT count(*) > 1 AND count(DISTINCT {n}) = count(*) AND min({n}) = 1 AND max({n}) < 2 * count(*) FROM {part.table}"
    return part.header[place] != "" and header(part.header[place]) in VAGUE and con.execute(told).fetchone()[0]


def agreed(found: list[str]) -> dict[str, str]:
    """Text of a consent column -> granted or withdrawn; {} where one of them is neither yes nor no."""
    spelled = {"granted": {w.strip() for w in words.YES}, "withdrawn": {w.strip() for w in words.NO}}
    told = {v: next((state for state, known in spelled.items() if words.folded(v) in known), "") for v in found}
    return told if told and all(told.values()) else {}


def consents(con, part: Part) -> dict[int, tuple[str, dict[str, str]]]:
    """Place of each column that says yes or no to being written to or called -> its channel and what its texts mean."""
    out = {}
    for place, head in enumerate(map(header, part.header)):
        said = head.split()
        if not set(said) & set(AGREED) or set(said) & set(INFORMED) or any(w in ("tarihi", "date", "at") for w in said):
            continue
        if meant := agreed(values(con, part, place)):
            out[place] = (next((channel for channel, known in MEANS.items() if set(said) & set(known)), "any"), meant)
    return out
