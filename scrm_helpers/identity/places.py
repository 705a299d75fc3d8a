"""Places: the 81 provinces of Turkey, cities elsewhere, districts, post codes and addresses as keys."""

import re

from scrm_helpers.folding import fold, is_blank

PROVINCES = (
    "Adana", "Adıyaman", "Afyonkarahisar", "Ağrı", "Amasya", "Ankara", "Antalya", "Artvin", "Aydın", "Balıkesir", "Bilecik",
    "Bingöl", "Bitlis", "Bolu", "Burdur", "Bursa", "Çanakkale", "Çankırı", "Çorum", "Denizli", "Diyarbakır", "Edirne", "Elazığ",
    "Erzincan", "Erzurum", "Eskişehir", "Gaziantep", "Giresun", "Gümüşhane", "Hakkâri", "Hatay", "Isparta", "Mersin", "İstanbul",
    "İzmir", "Kars", "Kastamonu", "Kayseri", "Kırklareli", "Kırşehir", "Kocaeli", "Konya", "Kütahya", "Malatya", "Manisa",
    "Kahramanmaraş", "Mardin", "Muğla", "Muş", "Nevşehir", "Niğde", "Ordu", "Rize", "Sakarya", "Samsun", "Siirt", "Sinop", "Sivas",
    "Tekirdağ", "Tokat", "Trabzon", "Tunceli", "Şanlıurfa", "Uşak", "Van", "Yozgat", "Zonguldak", "Aksaray", "Bayburt", "Karaman",
    "Kırıkkale", "Batman", "Şırnak", "Bartın", "Ardahan", "Iğdır", "Yalova", "Karabük", "Kilis", "Osmaniye", "Düzce",
)  # fmt: skip
_KEYS = tuple(fold(p) for p in PROVINCES)  # in the order of plate numbers: 1 is Adana, 81 Düzce
_ALSO = {  # names in use beside the official one
    "afyon": "afyonkarahisar", "icel": "mersin", "maras": "kahramanmaras", "k maras": "kahramanmaras", "kmaras": "kahramanmaras",
    "urfa": "sanliurfa", "s urfa": "sanliurfa", "surfa": "sanliurfa", "antep": "gaziantep", "g antep": "gaziantep", "izmit": "kocaeli",
    "adapazari": "sakarya", "antakya": "hatay", "ist": "istanbul", "istambul": "istanbul", "istanbul anadolu": "istanbul",
    "istanbul avrupa": "istanbul", "ank": "ankara", "izm": "izmir",
}  # fmt: skip
_TAIL = re.compile(r"\b(?:ili|il|province|buyuksehir belediyesi|buyuksehir|merkez|turkiye|turkey|tr)\b")
_STREET = {
    "mahallesi": "mah", "mahalle": "mah", "mh": "mah", "caddesi": "cad", "cadde": "cad", "cd": "cad", "sokagi": "sok", "sokak": "sok",
    "sk": "sok",
    "bulvari": "blv", "bulvar": "blv", "bulv": "blv", "apartmani": "apt", "apartman": "apt", "ap": "apt", "daire": "d", "kat": "k",
    "numara": "no", "nr": "no",
    "street": "st", "road": "rd", "avenue": "ave", "strasse": "str", "platz": "pl",
}  # fmt: skip


def city(value: str) -> str | None:
    """Key of a city: one of the 81 provinces where it is one (by name, usual short form or plate number), else the folded name."""
    text = fold(value)
    if is_blank(text):
        return None
    if text.isdigit():
        return _KEYS[int(text) - 1] if 1 <= int(text) <= len(_KEYS) else None
    if text in _KEYS:
        return text
    if text in _ALSO:
        return _ALSO[text]
    bare = " ".join(_TAIL.sub(" ", text).split()) or text
    if bare in _KEYS or bare in _ALSO:
        return _ALSO.get(bare, bare)
    # 'Kadıköy/İstanbul' and 'Istanbul - Kadikoy': the one word that is a province
    named = [w for w in bare.split() if w in _KEYS]
    return named[0] if len(set(named)) == 1 else bare


def district(value: str) -> str | None:
    """Key of a district."""
    text = fold(value)
    return None if is_blank(text) else " ".join(_TAIL.sub(" ", text).split()) or "merkez"


def postcode(value: str) -> str | None:
    """Key of a post code: letters and digits; a Turkish one gets back the zero that a spreadsheet took."""
    text = re.sub(r"\.0$", "", value.strip())
    text = fold(text).replace(" ", "")
    if is_blank(text) or not any(c.isdigit() for c in text) or set(text) == {"0"}:
        return None
    return (
        text.zfill(5)
        if text.isdigit() and len(text) == 4 and int(text[0]) > 0 and int(text) <= 9999 and text < "8200"
        else text
    )


def address(value: str) -> str | None:
    """Key of a street address: folded, kinds of street in one short form, numbers kept."""
    words = [_STREET.get(w, w) for w in fold(value).split()]
    text = " ".join(words)
    return None if is_blank(text) or len(text) < 5 else text
