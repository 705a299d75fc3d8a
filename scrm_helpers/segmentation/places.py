"""The 81 provinces of Turkey: key (as `golden.city` writes it), region, and where they lie (degrees of their main town)."""

from typing import NamedTuple

REGIONS = ("marmara", "aegean", "mediterranean", "central", "black_sea", "east", "southeast")


class Province(NamedTuple):
    """Name, region (one of REGIONS), latitude and longitude."""

    name: str
    region: str
    lat: float
    lon: float


_ROWS = """
adana|Adana|mediterranean|37.00|35.32
adiyaman|Adıyaman|southeast|37.76|38.28
afyonkarahisar|Afyonkarahisar|aegean|38.76|30.54
agri|Ağrı|east|39.72|43.05
aksaray|Aksaray|central|38.37|34.03
amasya|Amasya|black_sea|40.65|35.83
ankara|Ankara|central|39.93|32.86
antalya|Antalya|mediterranean|36.90|30.70
ardahan|Ardahan|east|41.11|42.70
artvin|Artvin|black_sea|41.18|41.82
aydin|Aydın|aegean|37.85|27.85
balikesir|Balıkesir|marmara|39.65|27.88
bartin|Bartın|black_sea|41.64|32.34
batman|Batman|southeast|37.88|41.13
bayburt|Bayburt|black_sea|40.26|40.22
bilecik|Bilecik|marmara|40.15|29.98
bingol|Bingöl|east|38.88|40.50
bitlis|Bitlis|east|38.40|42.11
bolu|Bolu|black_sea|40.74|31.61
burdur|Burdur|mediterranean|37.72|30.29
bursa|Bursa|marmara|40.19|29.06
canakkale|Çanakkale|marmara|40.15|26.41
cankiri|Çankırı|central|40.60|33.62
corum|Çorum|black_sea|40.55|34.95
denizli|Denizli|aegean|37.78|29.09
diyarbakir|Diyarbakır|southeast|37.91|40.24
duzce|Düzce|black_sea|40.84|31.16
edirne|Edirne|marmara|41.68|26.56
elazig|Elazığ|east|38.68|39.22
erzincan|Erzincan|east|39.75|39.50
erzurum|Erzurum|east|39.90|41.27
eskisehir|Eskişehir|central|39.78|30.52
gaziantep|Gaziantep|southeast|37.07|37.38
giresun|Giresun|black_sea|40.91|38.39
gumushane|Gümüşhane|black_sea|40.46|39.48
hakkari|Hakkâri|east|37.58|43.74
hatay|Hatay|mediterranean|36.20|36.16
igdir|Iğdır|east|39.92|44.05
isparta|Isparta|mediterranean|37.76|30.55
istanbul|İstanbul|marmara|41.01|28.98
izmir|İzmir|aegean|38.42|27.14
kahramanmaras|Kahramanmaraş|mediterranean|37.58|36.93
karabuk|Karabük|black_sea|41.20|32.63
karaman|Karaman|central|37.18|33.22
kars|Kars|east|40.60|43.10
kastamonu|Kastamonu|black_sea|41.38|33.78
kayseri|Kayseri|central|38.73|35.48
kilis|Kilis|southeast|36.72|37.12
kirikkale|Kırıkkale|central|39.85|33.51
kirklareli|Kırklareli|marmara|41.74|27.22
kirsehir|Kırşehir|central|39.15|34.16
kocaeli|Kocaeli|marmara|40.77|29.94
konya|Konya|central|37.87|32.48
kutahya|Kütahya|aegean|39.42|29.98
malatya|Malatya|east|38.35|38.31
manisa|Manisa|aegean|38.61|27.43
mardin|Mardin|southeast|37.31|40.74
mersin|Mersin|mediterranean|36.81|34.64
mugla|Muğla|aegean|37.22|28.36
mus|Muş|east|38.73|41.49
nevsehir|Nevşehir|central|38.62|34.71
nigde|Niğde|central|37.97|34.68
ordu|Ordu|black_sea|40.98|37.88
osmaniye|Osmaniye|mediterranean|37.07|36.25
rize|Rize|black_sea|41.02|40.52
sakarya|Sakarya|marmara|40.78|30.40
samsun|Samsun|black_sea|41.29|36.33
sanliurfa|Şanlıurfa|southeast|37.16|38.79
siirt|Siirt|southeast|37.93|41.95
sinop|Sinop|black_sea|42.03|35.15
sirnak|Şırnak|southeast|37.52|42.46
sivas|Sivas|central|39.75|37.02
tekirdag|Tekirdağ|marmara|40.98|27.51
tokat|Tokat|black_sea|40.31|36.55
trabzon|Trabzon|black_sea|41.00|39.72
tunceli|Tunceli|east|39.11|39.55
usak|Uşak|aegean|38.68|29.41
van|Van|east|38.49|43.38
yalova|Yalova|marmara|40.65|29.27
yozgat|Yozgat|central|39.82|34.81
zonguldak|Zonguldak|black_sea|41.45|31.79
"""


def _read() -> dict[str, Province]:
    rows = (line.split("|") for line in _ROWS.strip().splitlines())
    return {key: Province(name, region, float(lat), float(lon)) for key, name, region, lat, lon in rows}


PROVINCES: dict[str, Province] = _read()
