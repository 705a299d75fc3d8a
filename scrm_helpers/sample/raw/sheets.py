"""Hand-made workbooks: campaign calendar, costs, goals, ledger, who-sent-me sheet; and the rates."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.raw.text import csv_text, day, moment, save, workbook
from scrm_helpers.sample.words import MONTHS_TR
from scrm_helpers.sample.world import SPLIT, World, split_code, split_day

CHANNELS = {"instagram": "Instagram", "facebook": "FB", "tiktok": "TikTok", "google_ads": "Google", "youtube": "YouTube",
            "email": "e-posta", "whatsapp": "WhatsApp", "x": "X",
            "referral": "Referans", "social": "Sosyal medya", "phone": "Telefon"}  # fmt: skip
PURPOSES = {"acquire": "Kazan", "keep": "Tut", "serve": "Hizmet"}
KINDS = {
    "media": "Medya",
    "content": "İçerik",
    "tools": "Araç",
    "hours": "Saat",
    "rewards": "Ödül",
    "overhead": "Genel gider",
}
MISSING_HOURS_MONTH = 4


def _tr(amount: float) -> str:
    return f"{amount:,.0f}".replace(",", ".")


def _stores_of(world: World, k: int) -> str:
    """Stores of campaign k in one cell; of a store that had been split by then, both halves."""
    codes = set(world.stores["code"].to_numpy()[np.flatnonzero(world.treated[k])])
    if world.s.on("split_store") and world.treated[k, SPLIT] and world.campaigns["last"].iloc[k] >= split_day(world):
        codes.add(split_code(world))
    return ", ".join(sorted(codes))


def campaign_calendar(world: World, root: Path) -> pd.DataFrame:
    """Title row, two-row header, ranges in words, budgets as text, a cancelled row, a total row, store lists in a cell."""
    s = world.s
    habits = s.on("sheet_habits")
    rows = [
        ["KAMPANYA TAKVİMİ", *[None] * 8],
        ["Kampanya No", "Kampanya", "Kanal", "Tarih", None, "Bütçe", "Hedef Mağaza", "Amaç", "Not"],
        [None, None, None, "Başlangıç", "Bitiş", "(TL)", None, None, None],
    ]
    defects, total = [], 0
    for k, c in enumerate(world.campaigns.itertuples()):
        first, last = (pd.Timestamp(s.first_day + d) for d in (c.first, c.last))
        budget = round(c.budget * s.people / 12_000 / 1000) * 1000 or 1000
        total += budget
        start, end = first.to_pydatetime(), last.to_pydatetime()
        if habits and k % 4 == 1:
            start = f"{first:%d.%m.%Y}"
        if habits and k % 4 == 2 and first.year == last.year:
            start = f"{first.day} {MONTHS_TR[first.month - 1]} - {last.day} {MONTHS_TR[last.month - 1]} {last.year}"
            end = None
        stores = {"store": _stores_of(world, k), "digital": "Hepsi"}.get(c.kind, "")
        note = "gönderim listesi ayrı" if c.kind == "target" else None
        purpose = "Kazan" if c.purpose == "kazan" else "Tut"
        rows.append(
            [
                c.campaign_id,
                c.name,
                CHANNELS[c.channel],
                start,
                end,
                f"{_tr(budget)} TL" if habits and k % 2 else budget,
                stores,
                purpose,
                note,
            ]
        )
    if s.on("cancelled_campaign"):
        mid = pd.Timestamp(s.first_day + s.days // 2)
        month = MONTHS_TR[mid.month - 1]
        rows.append(
            [
                "K90",
                "Hafta sonu indirimi",
                "insta + sms",
                f"12-14 {month} {mid.year}",
                None,
                "?",
                "Ankara",
                "Kazan",
                "iptal edildi",
            ]
        )
        defects.append(("takvim/kampanya_takvimi.xlsx", "K90", "cancelled_campaign"))
    if habits:
        rows.append(["TOPLAM", *[None] * 4, total, None, None, None])
    merged = {"Kampanyalar": ["A1:I1", "D2:E2"]}
    workbook(root / "takvim" / "kampanya_takvimi.xlsx", {"Kampanyalar": rows}, merged=merged)
    return pd.DataFrame(defects, columns=["file", "row_id", "kind"])


def costs(world: World, rows: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Cost sheet. Where hours were not written down for a month, hours and amount are blank."""
    s = world.s
    out = [["Ay", "Amaç", "Tür", "Kanal", "Tutar (TL)", "Saat", "Saat Ücreti (TL)", "Not"]]
    defects = []
    for r in rows.itertuples():
        gone = (
            s.on("hours_missing")
            and r.kind == "hours"
            and r.purpose == "acquire"
            and r.month == s.month_names[min(MISSING_HOURS_MONTH, s.months - 1)]
        )
        hours = None if gone or r.kind != "hours" else r.hours
        rate = r.rate / 100 if r.kind == "hours" else None
        if gone:
            defects.append(("maliyet/maliyet.xlsx", f"{r.month}/{r.channel}", "hours_missing"))
        channel = "E-posta" if r.channel == "email" else CHANNELS[r.channel]
        out.append(
            [
                r.month,
                PURPOSES[r.purpose],
                KINDS[r.kind],
                channel,
                None if gone else r.amount / 100,
                hours,
                rate,
                "saat girilmedi" if gone else None,
            ]
        )
    workbook(root / "maliyet" / "maliyet.xlsx", {"Maliyet": out})
    return pd.DataFrame(defects, columns=["file", "row_id", "kind"])


def ledger(world: World, revenue: pd.DataFrame, spend: pd.DataFrame, root: Path) -> None:
    """Monthly totals of the books, net of VAT: revenue accounts, sales returns (negative) and marketing expense."""
    out = [["Ay", "Hesap Kodu", "Hesap Adı", "Tutar (TL)"]]
    names = {
        "logo": ("600.01", "Yurt içi satışlar - mağaza ve bayi"),
        "shopify": ("600.02", "Yurt içi satışlar - web"),
        "trendyol": ("600.03", "Yurt içi satışlar - pazaryeri"),
    }
    back = {
        "logo": ("610.01", "Satıştan iadeler - mağaza ve bayi"),
        "shopify": ("610.02", "Satıştan iadeler - web"),
        "trendyol": ("610.03", "Satıştan iadeler - pazaryeri"),
    }
    for m, month in enumerate(world.s.month_names):
        for system, (code, name) in names.items():
            out.append([month, code, name, int(revenue.loc[(m, system), "sales"]) / 100])
        for system, (code, name) in back.items():
            out.append([month, code, name, -int(revenue.loc[(m, system), "returns"]) / 100])
        out.append([month, "760.01", "Reklam giderleri (platformlar)", round(float(spend.loc[m, "media"]), 2)])
        out.append([month, "760.02", "Diğer pazarlama ve müşteri giderleri", int(spend.loc[m, "other"]) / 100])
    workbook(root / "muhasebe" / "defter_toplamlari.xlsx", {"Defter": out})


def goals(world: World, promises: list[tuple], root: Path) -> None:
    """Goal ledger: what was promised, for which month, and when it was written down."""
    out = [
        [
            "Hedef No",
            "Amaç",
            "Strateji",
            "Hedef",
            "Ölçü",
            "Eylem",
            "Araç",
            "Sorumlu",
            "Son Tarih",
            "Bütçe (TL)",
            "Saat",
            "Ay",
            "Söz Alt",
            "Söz Üst",
            "Kayıt Tarihi",
        ]
    ]
    for row in promises:
        out.append(list(row))
    workbook(root / "hedef" / "hedefler.xlsx", {"Hedefler": out})


def rates(world: World, root: Path) -> None:
    """Consumer prices on the first of each month, exchange rates by day."""
    s = world.s
    days = s.first_day + np.arange(s.days)
    firsts = np.array([pd.Period(m, "M").start_time for m in s.month_names], dtype="M8[D]")
    on = np.concatenate([firsts, days, days])
    value = np.concatenate([world.cpi, world.eur, world.usd])
    kind = np.concatenate([np.full(len(firsts), "cpi"), np.full(s.days, "eur_try"), np.full(s.days, "usd_try")])
    order = np.lexsort((kind, on))
    columns = {
        "date": moment(on[order], "%Y-%m-%d"),
        "kind": kind[order],
        "value": np.array([f"{v:.4f}" for v in value[order]]),
    }
    save(root / "kurlar" / "rates.csv", csv_text(columns, quote="none"))


def who_sent_sheet(rows: list[list], root: Path) -> None:
    """The sheet of the sales team."""
    head = ["Tarih", "Müşteri", "Telefon", "Nereden duydunuz?", "Mağaza"]
    workbook(root / "crm" / "kim_gonderdi.xlsx", {"Cevaplar": [head, *([day(r[0]), *r[1:]] for r in rows)]})
