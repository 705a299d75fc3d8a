"""What the made-up company is before any person acts: days, prices, stores, products, campaigns, tests."""

from dataclasses import dataclass
from statistics import NormalDist

import holidays
import numpy as np
import pandas as pd

from scrm_helpers.sample.settings import Settings
from scrm_helpers.sample.words import CATEGORIES, PROVINCES

WARM = 365  # days before the window in which early customers already buy
STORES, DEALERS, PRODUCTS = 28, 12, 300
MEDIAN_INFLATION, MOST_IN_THREE_MONTHS = 0.032, 0.32

# name, channel, kind (digital, store, target), first and last share of the window, true lift, purpose, budget TL
CAMPAIGNS = (
    ("Instagram Sonbahar Keşfi", "instagram", "digital", 0.00, 0.50, 0.05, "kazan", 900_000),
    ("Google Arama Marka", "google_ads", "digital", 0.05, 0.50, 0.03, "kazan", 700_000),
    ("TikTok Trend", "tiktok", "digital", 0.30, 0.78, 0.02, "kazan", 400_000),
    ("Facebook Yeniden Pazarlama", "facebook", "digital", 0.50, 1.00, 0.04, "tut", 500_000),
    ("YouTube Tanıtım", "youtube", "digital", 0.58, 0.90, 0.01, "kazan", 250_000),
    ("Kış İndirimi", "instagram", "store", 0.02, 0.092, 0.12, "kazan", 220_000),
    ("Sadakat Postası", "email", "target", 0.12, 0.192, 0.10, "tut", 60_000),
    ("Bahar Vitrini", "instagram", "store", 0.20, 0.272, 0.08, "kazan", 180_000),
    ("Mahalle Etkinliği", "facebook", "store", 0.30, 0.372, 0.00, "kazan", 150_000),
    ("Yaz Fırsatı", "instagram", "store", 0.40, 0.472, 0.15, "kazan", 300_000),
    ("Seni Özledik", "email", "target", 0.55, 0.622, 0.06, "tut", 80_000),
    ("Okula Dönüş", "facebook", "store", 0.66, 0.732, 0.07, "kazan", 240_000),
    ("Doğum Günü Kodu", "whatsapp", "target", 0.78, 0.852, 0.12, "tut", 50_000),
    ("Sonbahar Şöleni", "instagram", "store", 0.92, 0.992, 0.10, "kazan", 350_000),
)
# id, name, metric, effect on orders of the treated, planned and real share of the treated arm, first and last share
EXPERIMENTS = (
    ("T1", "WhatsApp hatırlatma mesajı", "orders", 0.15, 0.5, 0.5, 0.25, 0.40),
    ("T2", "Yeni e-posta konu satırı", "orders", 0.0, 0.5, 0.5, 0.50, 0.62),
    ("T3", "Sosyal medya kupon kodu", "spend", 0.08, 0.5, 0.5, 0.70, 0.85),
)


@dataclass(frozen=True)
class World:
    """Everything that all blocks of people share."""

    s: Settings
    season: np.ndarray  # day weight from WARM days before the window on, mean 1
    holidays: pd.DataFrame  # on, name, kind
    price: np.ndarray  # price level of each month of the window, 1 at its first
    cpi: np.ndarray  # the index as published
    eur: np.ndarray  # TRY of one EUR, by day of the window
    usd: np.ndarray
    stores: pd.DataFrame
    products: pd.DataFrame
    campaigns: pd.DataFrame
    treated: np.ndarray  # campaign x store: whether the campaign ran there
    experiments: pd.DataFrame

    @property
    def month_of_day(self) -> np.ndarray:
        """Month number (0 is the first of the window) of each day of the window."""
        days = self.s.first_day + np.arange(self.s.days)
        return months_between(self.s.first_day, days)


def months_between(first: np.datetime64, days: np.ndarray) -> np.ndarray:
    """Whole calendar months from the month of `first` to the month of each day."""
    return (days.astype("M8[M]") - first.astype("M8[M]")).astype(int)


def make_world(s: Settings) -> World:
    """The company of these settings."""
    feasts = _feasts(s)
    price, cpi = _prices(s)
    eur, usd = _rates(s)
    stores = _stores(s)
    campaigns = _campaigns(s)
    rng = s.rng("treated")
    treated = np.zeros((len(campaigns), STORES), bool)
    for row in np.flatnonzero((campaigns.kind == "store").to_numpy()):
        treated[row, rng.permutation(STORES)[: STORES // 2]] = True
    return World(
        s, _season(s, feasts), feasts, price, cpi, eur, usd, stores, _products(s), campaigns, treated, _tests(s)
    )


def _feasts(s: Settings) -> pd.DataFrame:
    years = range(int(str(s.first_day)[:4]) - 2, int(str(s.end_day)[:4]) + 1)
    known = holidays.country_holidays("TR", years=years, language="tr", categories=("public", "half_day"))
    rows = [(np.datetime64(day), name) for day, name in sorted(known.items())]
    frame = pd.DataFrame(rows, columns=["on", "name"])
    half = frame.name.str.contains("saat")
    moving = frame.name.str.contains("Ramazan|Kurban")
    frame["kind"] = np.where(half, "half_day", np.where(moving, "religious", "holiday"))
    return frame


def _season(s: Settings, feasts: pd.DataFrame) -> np.ndarray:
    """Day weights: week days, months, the run-up to feasts and the feasts themselves."""
    days = s.first_day - WARM + np.arange(WARM + s.days)
    week = np.array([0.92, 0.90, 0.95, 1.0, 1.12, 1.22, 0.89])[(days.astype(int) + 3) % 7]
    year = np.array([0.92, 0.90, 0.96, 0.98, 1.02, 1.0, 0.97, 0.98, 1.04, 1.02, 1.18, 1.10])
    weight = week * year[days.astype("M8[M]").astype(int) % 12]
    for name, before in (("Ramazan", 14), ("Kurban", 8)):
        for first in _first_days(feasts, name):
            away = (days - first).astype(int)
            weight[(away >= -before) & (away < 0)] *= 1.28
    shut = np.isin(days, feasts.loc[feasts.kind == "religious", "on"].to_numpy().astype("M8[D]"))
    weight[shut] *= 0.55
    return weight / weight[WARM:].mean()


def _first_days(feasts: pd.DataFrame, name: str) -> list[np.datetime64]:
    on = feasts.loc[(feasts.kind == "religious") & feasts.name.str.contains(name), "on"].to_numpy().astype("M8[D]")
    return [day for k, day in enumerate(on) if k == 0 or day - on[k - 1] > np.timedelta64(5, "D")]


def _prices(s: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Price level of each month. Monthly rises have median 3.2%, and no three of them together pass 32%."""
    if not s.on("price_rises"):
        return np.ones(s.months), np.full(s.months, 100.0)
    rng = s.rng("prices")
    n = max(s.months - 1, 2)
    normal = NormalDist()
    rises = MEDIAN_INFLATION * np.exp([0.6 * normal.inv_cdf((k + 0.5) / n) for k in range(n)])
    best, gap = rises, np.inf
    for _ in range(200):  # the order of the rises decides the three-month drift: keep the order nearest to 11%
        trial = rng.permutation(rises)
        drift = np.convolve(np.log1p(trial), np.ones(3), "valid") if n >= 3 else np.log1p(trial)
        miss = abs(np.expm1(np.median(drift)) - 0.11) + 10 * max(0.0, np.expm1(drift.max()) - MOST_IN_THREE_MONTHS)
        if miss < gap:
            best, gap = trial, miss
    level = np.concatenate([[1.0], np.cumprod(1 + best)])[: s.months]
    return level, np.round(2650.0 * level, 2)


def _rates(s: Settings) -> tuple[np.ndarray, np.ndarray]:
    rng = s.rng("rates")
    step = rng.normal(0.0008, 0.004, s.days)
    eur = np.round(37.2 * np.exp(np.cumsum(step)), 4)
    usd = np.round(34.3 * np.exp(np.cumsum(step + rng.normal(0, 0.002, s.days))), 4)
    return eur, usd


def _stores(s: Settings) -> pd.DataFrame:
    rng = s.rng("stores")
    names = list(PROVINCES)
    weight = np.array([PROVINCES[n][1] for n in names], float)
    city = np.concatenate(
        [np.arange(len(names)), rng.choice(len(names), STORES + DEALERS - len(names), p=weight / weight.sum())]
    )
    rows, seen = [], {}
    for k, c in enumerate(city):
        plate, _, district, region = PROVINCES[names[c]]
        kind = "store" if k < STORES else "dealer"
        seen[plate, kind] = seen.get((plate, kind), 0) + 1
        number = seen[plate, kind]
        code = f"{plate}-{number:02d}" if kind == "store" else f"B-{plate}-{number:02d}"
        label = f"Örnek {district} {number}" if kind == "store" else f"{names[c]} Bayi {number}"
        rows.append((code, label, kind, names[c], region))
    frame = pd.DataFrame(rows, columns=["code", "name", "kind", "city", "region"])
    frame["weight"] = np.where(frame.kind == "store", rng.lognormal(0, 0.5, len(frame)), 0)
    opened = np.datetime64("2015-01-01") + rng.integers(0, 2500, len(frame))
    frame["opened"] = opened
    frame["closed"], frame["formerly"], frame["renamed_on"] = pd.NaT, "", pd.NaT
    if s.on("store_changes"):
        day = s.first_day + int(s.days * 0.8)
        frame.loc[STORES - 1, "closed"] = pd.Timestamp(str(day))
        moved = s.first_day + int(s.days * 0.45)
        frame.loc[STORES - 2, "formerly"] = frame.loc[STORES - 2, "code"]
        frame.loc[STORES - 2, "code"] = frame.loc[STORES - 2, "code"][:4] + "11"
        frame.loc[STORES - 2, "renamed_on"] = pd.Timestamp(str(moved))
    return frame


SPLIT = STORES - 3  # the store that is split in two where that switch is on


def split_day(world: World) -> int:
    """Day of the window on which the store is split."""
    return int(world.s.days * 0.6)


def split_code(world: World) -> str:
    """Code of the half that is new."""
    return world.stores["code"].iloc[SPLIT][:4] + "12"


def _products(s: Settings) -> pd.DataFrame:
    """Products with list price (VAT in, kuruş, first month) sorted by price, VAT percent, unit cost share."""
    rng = s.rng("products")
    per = PRODUCTS // len(CATEGORIES)
    rows = []
    for category, (vat, nouns, (low, high), cost) in CATEGORIES.items():
        price = np.exp(np.linspace(np.log(low), np.log(high), per) + rng.normal(0, 0.05, per))
        for k in range(per):
            rows.append(
                (
                    category,
                    f"{nouns[k % len(nouns)]} {chr(65 + k % 26)}{k:02d}",
                    vat,
                    price[k],
                    cost + rng.normal(0, 0.03),
                )
            )
    frame = pd.DataFrame(rows, columns=["category", "name", "vat", "list", "cost_share"]).sort_values(
        "list", ignore_index=True
    )
    frame["code"] = [f"STK-{k + 1:04d}" for k in range(len(frame))]
    frame["barcode"] = [str(8690000000000 + 17 * (k + 1)) for k in range(len(frame))]
    frame["list"] = (frame["list"].round(0) * 100 - 10).astype("int64")
    return frame


def _campaigns(s: Settings) -> pd.DataFrame:
    frame = pd.DataFrame(CAMPAIGNS, columns=["name", "channel", "kind", "from", "to", "lift", "purpose", "budget"])
    frame.insert(0, "campaign_id", [f"K{k + 1:02d}" for k in range(len(frame))])
    frame["first"] = (frame.pop("from") * s.days).astype(int)
    frame["last"] = np.minimum((frame.pop("to") * s.days).astype(int), s.days) - 1
    return frame


def _tests(s: Settings) -> pd.DataFrame:
    columns = ["experiment_id", "name", "metric", "effect", "planned", "real", "from", "to"]
    frame = pd.DataFrame(EXPERIMENTS, columns=columns)
    frame["first"] = (frame.pop("from") * s.days).astype(int)
    frame["last"] = (frame.pop("to") * s.days).astype(int)
    return frame
