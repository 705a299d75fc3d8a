"""Words of the made-up company: names, provinces, products, sources and what each system calls them."""


def _words(text: str) -> list[str]:
    return text.split()


FEMALE = _words(
    "Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Sultan Hanife Merve Zehra Esra Özlem Büşra Hacer Yasemin "
    "Melek Rabia Dilek Sevim Gülşen Havva Leyla Tuğba Songül Hülya Kübra Gamze Sibel Aysel Derya Ebru Pınar Sevgi "
    "Çiğdem Gizem İrem Nur Ceren Aslı Seda Burcu Şeyma Ümmühan Filiz Nurcan Gülsüm Eda Beyza Ece Işıl Şule İlknur Özge"
)
MALE = _words(
    "Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat Ömer Ramazan Halil Süleyman Abdullah "
    "Mahmut Recep Salih Fatih Kadir Emre Hakan Adem Kemal Yaşar Bekir Musa Metin Serkan Orhan Burak Furkan Gökhan "
    "Uğur Yakup Yunus Enes Sinan Volkan Tolga Cem Barış Onur Çağlar Ozan Şahin Ümit İlker Ercan Oğuzhan Selim Tarık"
)
LAST = _words(
    "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt "
    "Özkan Şimşek Polat Korkmaz Özcan Çakır Erdoğan Yavuz Can Acar Şen Aktaş Güler Yalçın Güneş Bozkurt Bulut Keskin "
    "Ünal Turan Gül Özer Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy Karaca Duman Coşkun Ceylan Şeker "
    "Uzun Erdem Karakaya Tunç Toprak Uçar Bayram Güven Kılınç Sönmez Akın Ekinci İnan Gündoğdu Çiftçi Altun Erol "
    "Karadağ Durmaz Bilgin Uysal Eren Balcı Türkmen Şanlı Özgür Demirci Başaran Soylu Çoban Dinç Akbaş Yücel Aksu "
    "Gökçe Kocabaş Tosun Bayrak Sezer Uslu Oktay Ergün Kahraman Dursun Gürbüz Parlak İpek Karataş Akyüz Ayhan Baş"
)
# province: (plate letters of store codes, weight, a district, region)
PROVINCES = {
    "İstanbul": ("IST", 26, "Kadıköy", "Marmara"), "Ankara": ("ANK", 12, "Çankaya", "İç Anadolu"),
    "İzmir": ("IZM", 9, "Bornova", "Ege"), "Bursa": ("BUR", 6, "Nilüfer", "Marmara"),
    "Antalya": ("ANT", 6, "Muratpaşa", "Akdeniz"), "Adana": ("ADA", 4, "Seyhan", "Akdeniz"),
    "Konya": ("KON", 4, "Selçuklu", "İç Anadolu"), "Gaziantep": ("GAZ", 4, "Şahinbey", "Güneydoğu Anadolu"),
    "Kocaeli": ("KOC", 4, "İzmit", "Marmara"), "Mersin": ("MER", 3, "Yenişehir", "Akdeniz"),
    "Diyarbakır": ("DIY", 3, "Bağlar", "Güneydoğu Anadolu"), "Kayseri": ("KAY", 3, "Melikgazi", "İç Anadolu"),
    "Eskişehir": ("ESK", 2, "Odunpazarı", "İç Anadolu"), "Samsun": ("SAM", 2, "İlkadım", "Karadeniz"),
    "Denizli": ("DEN", 2, "Pamukkale", "Ege"), "Trabzon": ("TRA", 2, "Ortahisar", "Karadeniz"),
    "Şanlıurfa": ("SAN", 2, "Haliliye", "Güneydoğu Anadolu"), "Muğla": ("MUG", 2, "Bodrum", "Ege"),
    "Aydın": ("AYD", 1, "Efeler", "Ege"), "Iğdır": ("IGD", 1, "Merkez", "Doğu Anadolu"),
    "Tekirdağ": ("TEK", 1, "Çorlu", "Marmara"), "Kırıkkale": ("KIR", 1, "Merkez", "İç Anadolu"),
}  # fmt: skip
# category: (VAT percent, product nouns, lowest and highest list price at the first month, unit cost share of net price)
CATEGORIES = {
    "Giyim": (20, ("Tişört", "Şort", "Gömlek", "Elbise", "Mont", "Kazak"), (120, 2400), 0.52),
    "Ayakkabı": (20, ("Bot", "Sandalet", "Spor Ayakkabı", "Terlik"), (250, 3600), 0.55),
    "Ev": (20, ("Nevresim", "Tencere", "Havlu", "Perde", "Yastık"), (90, 3000), 0.60),
    "Kozmetik": (20, ("Krem", "Şampuan", "Parfüm", "Ruj"), (40, 1500), 0.48),
    "Elektronik": (20, ("Kulaklık", "Saat", "Hoparlör", "Ütü"), (200, 12000), 0.72),
    "Kitap ve Kırtasiye": (10, ("Defter", "Roman", "Kalem Seti", "Çanta"), (25, 900), 0.62),
}
DOMAINS = ("eposta.example", "posta.example", "mail.example", "ileti.example", "kutu.example")
DOMAIN_WEIGHTS = (0.55, 0.2, 0.12, 0.08, 0.05)

# source: (share of buyers, share of leads that order, spend per new customer in TL of the first month,
#          order rate factor, share that stops after each order as a factor)
SOURCES = {
    "instagram": (0.20, 0.115, 190, 0.95, 1.10),
    "facebook": (0.10, 0.075, 230, 0.95, 1.05),
    "tiktok": (0.05, 0.035, 280, 0.85, 1.25),
    "whatsapp": (0.02, 0.155, 0, 1.10, 0.85),
    "youtube": (0.01, 0.045, 420, 0.95, 1.05),
    "google_ads": (0.13, 0.120, 260, 1.00, 1.00),
    "search": (0.11, 0.150, 0, 1.05, 0.95),
    "email": (0.04, 0.100, 0, 1.15, 0.85),
    "direct": (0.06, 0.090, 0, 1.05, 0.95),
    "referral": (0.06, 0.160, 0, 1.10, 0.80),
    "store": (0.20, 0.110, 0, 1.00, 0.95),
    "other": (0.02, 0.050, 0, 0.95, 1.05),
}
LEAD_SHARE = {  # where prospects come from; store visitors leave no lead unless they fill a form
    "instagram": 0.27, "facebook": 0.17, "tiktok": 0.13, "whatsapp": 0.02, "youtube": 0.03, "google_ads": 0.13,
    "search": 0.09, "email": 0.04, "direct": 0.04, "referral": 0.02, "store": 0.04, "other": 0.02,
}  # fmt: skip
SOCIAL = ("instagram", "facebook", "tiktok", "x", "linkedin", "youtube", "whatsapp")
ADS = ("instagram", "facebook", "tiktok", "youtube", "google_ads")

# source: (HubSpot Original Source, Drill-Down 1 spellings, most usual first)
HUBSPOT = {
    "instagram": ("Paid Social", ("Instagram", "instagram", "IG", "insta", "INSTAGRAM", "İnstagram", "Insta", "ig",
                                  "instagram.com", "l.instagram.com", "Instagram Ads", "ınstagram")),
    "facebook": ("Paid Social", ("Facebook", "facebook", "FB", "fb", "FACEBOOK", "m.facebook.com", "Facebook Ads")),
    "tiktok": ("Paid Social", ("TikTok", "tiktok", "Tik Tok", "TIKTOK")),
    "whatsapp": ("Organic Social", ("WhatsApp", "whatsapp", "wp", "Whatsapp")),
    "youtube": ("Paid Social", ("YouTube", "youtube", "Youtube Ads")),
    "google_ads": ("Paid Search", ("Google", "google", "GOOGLE ADS", "adwords")),
    "search": ("Organic Search", ("google", "Google", "yandex", "bing")),
    "email": ("Email Marketing", ("bulten", "Bülten", "newsletter")),
    "direct": ("Direct Traffic", ("",)),
    "referral": ("Referrals", ("arkadas-getir", "Arkadaşını Getir", "referans")),
    "store": ("Offline Sources", ("MAGAZA", "Mağaza", "mağaza", "STORE")),
    "other": ("Other Campaigns", ("fuar", "Fuar", "etkinlik")),
}  # fmt: skip
SPECODE = {"instagram": "INSTA", "facebook": "FB", "tiktok": "TIKTOK", "whatsapp": "WP", "youtube": "YOUTUBE",
           "google_ads": "GOOGLE", "search": "ARAMA", "email": "EPOSTA", "direct": "DOGRUDAN", "referral": "REFERANS",
           "store": "MAGAZA", "other": "DIGER"}  # fmt: skip
MONTHS_TR = (
    "Ocak",
    "Şubat",
    "Mart",
    "Nisan",
    "Mayıs",
    "Haziran",
    "Temmuz",
    "Ağustos",
    "Eylül",
    "Ekim",
    "Kasım",
    "Aralık",
)
COMPANY = "Örnek Perakende A.Ş."
LANGUAGE = "tr"  # of its pages, and of whatever a command on it says
_ASCII = str.maketrans("çğıöşüÇĞİÖŞÜâ", "cgiosuCGIOSUa")
_UPPER = str.maketrans("iı", "İI")


def ascii_lower(word: str) -> str:
    """A word as people write it in an e-mail address: `Çiğdem` becomes `cigdem`."""
    return word.translate(_ASCII).lower()


def upper_tr(word: str) -> str:
    """Turkish upper case, as an ERP stores names: `Iğdır` becomes `IĞDIR`, `İlknur` `İLKNUR`."""
    return word.translate(_UPPER).upper()
