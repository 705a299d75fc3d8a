"""Registers kept as sheets: stores, products, tests, changes, exclusions, promotion codes."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.purchases import CONTAMINATED, unit_cost
from scrm_helpers.sample.raw.text import csv_text, day, moment, money, save, workbook
from scrm_helpers.sample.tests_ab import TREATED
from scrm_helpers.sample.world import SPLIT, STORES, World, split_code, split_day


def registers(world: World, root: Path) -> pd.DataFrame:
    """Stores, products, tests, changes, exclusions and the list of codes; returns planted defects."""
    _stores(world, root)
    _products(world, root)
    _tests(world, root)
    _changes(world, root)
    workbook(root / "kurallar" / "haric_tutulacaklar.xlsx", {"Liste": [
        ["Tür", "Değer", "Neden"], ["Cari", "120.99.9999", "Perakende (isimsiz) satış hesabı"], ["E-posta", "test@test.com", "Test kaydı"],
        ["E-posta", "test@ornek.example", "Test siparişi"], ["Alan adı", "ornek.example", "Çalışan"],
    ]})  # fmt: skip
    columns = {
        "Kod": ["INSTA10", "FB10", "TIKTOK10", "BULTEN10", "WP10", "HOSGELDIN10"],
        "Kanal": ["Instagram", "Facebook", "TikTok", "E-posta", "WhatsApp", ""],
        "Başlangıç": [f"{pd.Timestamp(world.s.first_day):%d.%m.%Y}"] * 6,
        "Bitiş": [""] * 6,
    }
    save(root / "kurallar" / "kupon_kodlari.csv", csv_text(columns, sep=";", quote="none"), encoding="utf-8-sig")
    found = []
    if world.s.on("store_changes"):
        found = [
            ("magazalar/magazalar.xlsx", world.stores["code"].iloc[k], "store_changes")
            for k in (STORES - 2, STORES - 1)
        ]
    if world.s.on("split_store"):
        found.append(("magazalar/magazalar.xlsx", split_code(world), "split_store"))
    if world.s.on("contaminated_store"):
        store = world.stores["code"].iloc[np.flatnonzero(~world.treated[CONTAMINATED])[0]]
        found.append(("takvim/kampanya_takvimi.xlsx", f"K{CONTAMINATED + 1:02d}/{store}", "contaminated_store"))
    return pd.DataFrame(found, columns=["file", "row_id", "kind"])


def _stores(world: World, root: Path) -> None:
    out = [["Mağaza Kodu", "Mağaza Adı", "Tür", "İl", "Bölge", "Açılış", "Kapanış", "Eski Kod"]]
    for r in world.stores.itertuples():
        closed = None if pd.isna(r.closed) else r.closed.to_pydatetime()
        out.append(
            [
                r.code,
                r.name,
                "Mağaza" if r.kind == "store" else "Bayi",
                r.city,
                r.region,
                day(r.opened),
                closed,
                r.formerly or None,
            ]
        )
    if world.s.on("split_store"):
        whole = world.stores.iloc[SPLIT]
        opened = day(world.s.first_day + split_day(world))
        out.append(
            [split_code(world), whole["name"] + " B", "Mağaza", whole.city, whole.region, opened, None, whole.code]
        )
    workbook(root / "magazalar" / "magazalar.xlsx", {"Mağazalar": out})


def _products(world: World, root: Path) -> None:
    """Unit cost follows prices month by month, as what was sold in a month cost: the list holds no other margin than the truth."""
    goods, months = world.products, np.arange(world.s.months)
    vat, share = goods.vat.to_numpy(), goods.cost_share.to_numpy()
    costs = [unit_cost(np.round(goods["list"].to_numpy() * world.price[m]), vat, share) for m in months]
    first = [pd.Period(world.s.month_names[m], "M").start_time for m in months]
    row = np.repeat(np.arange(len(goods)), len(months))
    columns = {
        "Stok Kodu": goods["code"].to_numpy()[row], "Barkod": goods["barcode"].to_numpy()[row], "Ürün Adı": goods["name"].to_numpy()[row],
        "Kategori": goods["category"].to_numpy()[row], "Marka": ["Örnek"] * len(row), "KDV (%)": vat[row],
        "Birim Maliyet (TL)": money(np.column_stack(costs).ravel(), comma=True),
        "Geçerlilik": moment(np.tile(np.array(first, dtype="M8[s]"), len(goods)), "%d.%m.%Y"),
    }  # fmt: skip
    save(root / "urunler" / "urunler.csv", csv_text(columns, sep=";", quote="none"), encoding="utf-8-sig")


def _tests(world: World, root: Path) -> None:
    out = [
        [
            "Test No",
            "Test",
            "Hipotez",
            "Ölçü",
            "Birim",
            "Kanal",
            "Planlanan Pay",
            "Kayıt Tarihi",
            "Başlangıç",
            "Bitiş",
            "Kesitler",
        ]
    ]
    for e in world.experiments.itertuples():
        first, last = (world.s.first_day + d for d in (e.first, e.last))
        metric = {"orders": "sipariş", "spend": "harcama"}[e.metric]
        out.append(
            [
                e.experiment_id,
                e.name,
                f"{TREATED[e.experiment_id]} alanlar daha çok alışveriş yapar",
                metric,
                "müşteri",
                "WhatsApp" if e.experiment_id == "T1" else "e-posta",
                e.planned,
                day(first - 10),
                day(first),
                day(last - 1),
                "il | kaynak",
            ]
        )
    workbook(root / "deney" / "deneyler.xlsx", {"Deneyler": out})


def _changes(world: World, root: Path) -> None:
    s = world.s
    at = [day(s.first_day + int(s.days * f)) for f in (0.08, 0.33, 0.45, 0.5, 0.8)]
    words = (
        ("Fiyat", "Liste fiyatları güncellendi"),
        ("Süreç", "İade süresi 14 günden 30 güne çıktı"),
        ("Mağaza", "Bir mağazanın kodu değişti"),
        ("Personel", "Sosyal medya ekibine bir kişi katıldı"),
        ("Rakip", "Rakip zincir İstanbul'da mağaza açtı"),
    )
    out = [["Tarih", "Tür", "Açıklama"]] + [[d, *w] for d, w in zip(at, words, strict=True)]
    workbook(root / "degisiklik" / "degisiklikler.xlsx", {"Değişiklikler": out})
