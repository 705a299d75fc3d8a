"""The normaliser's golden list: what a value as written must become. Every expected key was written by hand."""

import pandas as pd
import pytest

from scrm_helpers.folding import plain
from scrm_helpers.identity import normalise
from scrm_helpers.identity.normalise import (
    PROVINCES,
    address,
    city,
    company_name,
    district,
    email,
    fold,
    handle,
    is_collector,
    looks_like_firm,
    person_name,
    phone,
    postcode,
)  # fmt: skip

# the 81 provinces as an ERP writes them, and their keys
UPPER = (
    "ADANA ADIYAMAN AFYONKARAHİSAR AĞRI AMASYA ANKARA ANTALYA ARTVİN AYDIN BALIKESİR BİLECİK BİNGÖL BİTLİS BOLU BURDUR BURSA "
    "ÇANAKKALE ÇANKIRI ÇORUM "
    "DENİZLİ DİYARBAKIR EDİRNE ELAZIĞ ERZİNCAN ERZURUM ESKİŞEHİR GAZİANTEP GİRESUN GÜMÜŞHANE HAKKÂRİ HATAY ISPARTA MERSİN "
    "İSTANBUL İZMİR KARS KASTAMONU "
    "KAYSERİ KIRKLARELİ KIRŞEHİR KOCAELİ KONYA KÜTAHYA MALATYA MANİSA KAHRAMANMARAŞ MARDİN MUĞLA MUŞ NEVŞEHİR NİĞDE ORDU "
    "RİZE SAKARYA SAMSUN SİİRT SİNOP "
    "SİVAS TEKİRDAĞ TOKAT TRABZON TUNCELİ ŞANLIURFA UŞAK VAN YOZGAT ZONGULDAK AKSARAY BAYBURT KARAMAN KIRIKKALE BATMAN "
    "ŞIRNAK BARTIN ARDAHAN IĞDIR YALOVA "
    "KARABÜK KİLİS OSMANİYE DÜZCE"
).split()
KEYS = (
    "adana adiyaman afyonkarahisar agri amasya ankara antalya artvin aydin balikesir bilecik bingol bitlis bolu burdur bursa "
    "canakkale cankiri corum "
    "denizli diyarbakir edirne elazig erzincan erzurum eskisehir gaziantep giresun gumushane hakkari hatay isparta mersin "
    "istanbul izmir kars kastamonu "
    "kayseri kirklareli kirsehir kocaeli konya kutahya malatya manisa kahramanmaras mardin mugla mus nevsehir nigde ordu "
    "rize sakarya samsun siirt sinop "
    "sivas tekirdag tokat trabzon tunceli sanliurfa usak van yozgat zonguldak aksaray bayburt karaman kirikkale batman "
    "sirnak bartin ardahan igdir yalova "
    "karabuk kilis osmaniye duzce"
).split()


def test_all_81_provinces_in_upper_case():
    assert len(UPPER) == len(KEYS) == len(PROVINCES) == 81
    assert [city(word) for word in UPPER] == KEYS
    assert [city(word) for word in PROVINCES] == KEYS
    # what the usual way makes of them: Python's lower() leaves the dot of İ behind as a mark of its own
    right = [name.replace("İ", "i").replace("I", "ı").lower() for name in PROVINCES]
    wrong = [word for word, lower in zip(UPPER, right, strict=True) if word.lower() != lower]
    assert len(wrong) == 44


@pytest.mark.parametrize(("written", "key"), [
    ("İSTANBUL", "istanbul"), ("i̇stanbul", "istanbul"), ("Iğdır", "igdir"), ("IĞDIR", "igdir"), ("Müller", "muller"), ("Straße", "strasse"),
    ("Ćwikła", "cwikla"), ("Łódź", "lodz"), ("Sørensen", "sorensen"), ("Nuñez", "nunez"), ("O’Neill", "oneill"), ("Παπαδόπουλος",
    "papadopoylos"),
    ("Ángel", "angel"), ("A\u0301ngel", "angel"), ("  çok   boşluk ", "cok bosluk"),
])  # fmt: skip
def test_folding(written, key):
    assert fold(written) == key


@pytest.mark.parametrize(("first", "last", "whole", "key"), [
    ("Ayşe", "YILMAZ", None, ("ayse", "yilmaz", False)),
    ("AYŞE NUR", "Öztürk", None, ("ayse nur", "ozturk", False)),
    ("A.", "Yılmaz", None, ("a", "yilmaz", True)),
    ("A.B.", "Yılmaz", None, ("a b", "yilmaz", True)),
    (None, None, "Sn. Ayşe Nur YILMAZ", ("ayse nur", "yilmaz", False)),
    (None, None, "YILMAZ, Ayşe", ("ayse", "yilmaz", False)),
    (None, None, "ŞÜKRÜ IŞIK", ("sukru", "isik", False)),
    (None, None, "Ayşe Yılmaz-Kaya", ("ayse", "yilmaz kaya", False)),
    (None, None, "Jean-Pierre de la Tour", ("jean pierre", "de la tour", False)),
    (None, None, "Vincent van der Berg", ("vincent", "van der berg", False)),
    (None, None, "Dr. Jürgen von Müller", ("jurgen", "von muller", False)),
    ("Ayşe Yılmaz", None, None, ("ayse", "yilmaz", False)),
    ("Ayşe", None, "Ayşe Yılmaz", ("ayse", "yilmaz", False)),
    (None, None, "Caller +905302392384", (None, None, False)),
    (None, None, "ayse@eposta.example", (None, None, False)),
    ("-", "yok", None, (None, None, False)),
])  # fmt: skip
def test_names_of_people(first, last, whole, key):
    assert tuple(person_name(first, last, whole)) == key


@pytest.mark.parametrize(("written", "key", "firm"), [
    ("Örnek Tekstil San. ve Tic. Ltd. Şti.", "ornek tekstil", True), ("ÖRNEK TEKSTİL SANAYİ VE TİCARET A.Ş.", "ornek tekstil", True),
    ("Örnek Tekstil", "ornek tekstil", False), ("Yıldız İnşaat Limited Şirketi", "yildiz insaat", True), ("Müller GmbH & Co. KG",
    "muller", True),
    ("Dupont S.A.R.L.", "dupont", False), ("Acme Inc.", "acme", True), ("Ankara Bayi 3", "ankara bayi 3", False), ("A.Ş.", "a s", True),
])  # fmt: skip
def test_names_of_firms(written, key, firm):
    assert company_name(written) == key
    assert looks_like_firm(written) is firm


def test_accounts_that_stand_for_nobody():
    assert all(
        is_collector(n) for n in ("PERAKENDE MÜŞTERİ", "Nihai Tüketici", "Muhtelif", "Test Müşteri", "Peşin Satış")
    )
    assert not any(is_collector(n) for n in ("Ayşe Test", "Perihan Müşteri", "Kasım Satış"))


@pytest.mark.parametrize(("written", "key", "state"), [
    ("Ayse.Yilmaz+haber@GMAIL.com", "ayseyilmaz@gmail.com", "person"), ("ayseyilmaz@googlemail.com", "ayseyilmaz@gmail.com", "person"),
    ("ayse.yilmaz@hotmail.com", "ayse.yilmaz@hotmail.com", "person"), ("İLKER@EPOSTA.EXAMPLE", "ilker@eposta.example", "person"),
    ("ILKER@eposta.example", "ilker@eposta.example", "person"), (" <ali@posta.example>; ", "ali@posta.example", "person"),
    ("mailto:ali@posta.example", "ali@posta.example", "person"), ("pf+8f3a@trendyolmail.com", None, "relay"),
    ("x1@marketplace.amazon.com.tr", None, "relay"),
    ("info@ornek.example", "info@ornek.example", "role"), ("musteri.hizmetleri@ornek.example", "musteri.hizmetleri@ornek.example", "role"),
    ("yok@yok.com", None, "invalid"), ("ali@", None, "invalid"), ("a li@x.com", None, "invalid"), ("ali..veli@x.com", None, "invalid"),
    ("ali@localhost", None, "invalid"),
])  # fmt: skip
def test_emails(written, key, state):
    found = email(written)
    assert (found.key, found.state) == (key, state)


def test_an_address_to_write_to_keeps_what_the_key_drops():
    assert email("Ayse.Yilmaz+haber@GMAIL.com").address == "ayse.yilmaz+haber@gmail.com"


MOBILE = "+905321234567"


@pytest.mark.parametrize(("written", "number", "other", "state"), [
    *[(w, MOBILE, None, "mobile") for w in (
        "0532 123 45 67", "+90 (532) 123-45-67", "905321234567", "5321234567", "5321234567.0", "00905321234567", "0(532)1234567",
        "532/123 45 67", "532-123-45-67",
    )],
    ("0532 123 45 67 / 0533 765 43 21", MOBILE, "+905337654321", "mobile"), ("5321234567-5337654321", MOBILE, "+905337654321", "mobile"),
    ("0212 555 44 33 veya 0532 123 45 67", MOBILE, "+902125554433", "mobile"), ("0 212 555 44 33 dahili 12", "+902125554433", None,
    "fixed"),
    ("+49 1512 3456789", "+4915123456789", None, "mobile"), ("4915123456789", "+4915123456789", None, "mobile"),
    ("5,32123E+09", None, None, "lost digits"), ("5.32E+9", None, None, "lost digits"), ("444 0 555", None, None, "shared"),
    ("0850 222 11 22", None, None, "shared"), ("0800 123 45 67", None, None, "shared"), ("0532 123", None, None, "invalid"),
    ("0599 123 45 67", None, None, "invalid"), ("yok", None, None, "invalid"),
])  # fmt: skip
def test_phones(written, number, other, state):
    assert tuple(phone(written)) == (number, other, state)


def test_places():
    assert [city(v) for v in ("Kadıköy/İstanbul", "K.Maraş", "34", "MERSİN (İÇEL)", "München", "-")] == [
        "istanbul", "kahramanmaras", "istanbul", "mersin", "munchen", None,
    ]  # fmt: skip
    assert district("KADIKÖY") == district("Kadıköy") == "kadikoy"
    assert [postcode(v) for v in ("34710", "6100", "6100.0", "SW1A 1AA", "00000", "-")] == [
        "34710",
        "06100",
        "06100",
        "sw1a1aa",
        None,
        None,
    ]
    assert (
        address("Cumhuriyet Mahallesi Atatürk Caddesi No:5 Daire 3")
        == address("CUMHURİYET MAH. ATATÜRK CAD. NO: 5 D: 3")
        == "cumhuriyet mah ataturk cad no 5 d 3"
    )
    assert handle("@Ayse.Yilmaz") == handle("https://www.instagram.com/ayse.yilmaz/?hl=tr") == "ayse.yilmaz"


def test_records_of_a_table_hold_each_text_once():
    accounts = pd.DataFrame({
        "account_id": [2, 1, 3], "system": "erp", "kind": ["unknown", "consumer", "unknown"], "full_name": ["Örnek Ltd. Şti.",
        "Ayşe Yılmaz", None],
        "email": [None, "ayse@posta.example", None], "birth_date": [None, "01.02.1990", "1900-01-01"], "tax_no": ["1234567890",
        "11111111111", None],
    })  # fmt: skip
    out = normalise.records(accounts)
    assert out.account_id.tolist() == [1, 2, 3]  # in the order of the id
    assert out.kind.tolist() == ["consumer", "business", "unknown"]
    assert plain(out["first"]).tolist() == ["ayse", None, None]
    assert plain(out.company).tolist() == [None, "ornek", None]
    assert plain(out.birth_date).tolist() == ["1990-02-01", None, None]
    assert out.birth_year.tolist()[0] == 1990
    assert plain(out.tax_no).tolist() == [None, "1234567890", None]
    assert {c for c, kind in out.dtypes.items() if kind != "category"} == {
        "account_id", "initial_only", "collector", "birth_year", "native_id", "external_id",
    }  # fmt: skip
    contacts = ("email_address", "email", "phone", "birth_date")  # millions of texts, which pandas may not keep as objects besides
    assert not any("_engine" in out[c].cat.categories._cache for c in contacts)
    assert accounts.account_id.tolist() == [2, 1, 3]  # the input is untouched
