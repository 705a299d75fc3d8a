"""Ad platforms and web analytics: Meta (TR, CSV), Google Ads (TR, UTF-16), TikTok (CSV in euro), GA4, Business Profile, posts."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.raw.text import csv_text, join, moment, money, save
from scrm_helpers.sample.words import MONTHS_TR
from scrm_helpers.sample.world import STORES, World

RESTATED = 28  # days that a platform still corrects


def _tr_date(day: np.datetime64) -> str:
    date = pd.Timestamp(day)
    return f"{date.day} {MONTHS_TR[date.month - 1]} {date.year}"


def meta(world: World, ads: pd.DataFrame, root: Path) -> pd.DataFrame:
    """One file per quarter; each repeats the last 28 days of the quarter before with corrected figures."""
    s, rng = world.s, world.s.rng("meta")
    rows = ads[ads.source.isin(("instagram", "facebook"))]
    restate = s.on("restated_ads")
    early = 1 - rng.uniform(0.05, 0.10, len(rows))  # what the first export still missed
    defects = []
    steps = list(range(0, s.months, 3))
    for k, month in enumerate(steps):
        lo, hi = _edge(world, month), _edge(world, month + 3)
        from_day = max(lo - RESTATED, 0) if restate else lo
        part = rows[(rows.day >= from_day) & (rows.day < hi)].sort_values(["day", "source", "campaign"], kind="stable")
        final = (part.day < hi - RESTATED).to_numpy() | (k == len(steps) - 1) | (not restate)
        spend = np.where(final, part.spend, np.round(part.spend * early[rows.index.get_indexer(part.index)])).astype(
            "int64"
        )
        results = np.where(final, part.results, np.floor(part.results * 0.92)).astype(int)
        if restate and k < len(steps) - 1:
            defects.append(
                (
                    f"meta_ads/{_meta_name(world, from_day, hi)}",
                    f"{s.first_day + hi - RESTATED}/{s.first_day + hi - 1}",
                    "restated_ads",
                )
            )
        days = s.first_day + part.day.to_numpy()
        iso = moment(days, "%Y-%m-%d")
        new = s.on("header_change") and k >= len(steps) // 2
        comma = s.on("sheet_habits") and k % 3 == 2
        columns = {
            "Rapor Başlangıcı": iso, "Rapor Sonu": iso, ("Kampanya adı" if new else "Kampanya Adı"): part.campaign,
            "Kampanya Kimliği": part.platform_id, "Reklam seti adı": part.campaign + " - Türkiye 18-55", "Gün": iso,
            "Platform": part.source, "Yayın Durumu": np.full(len(part), "active"), "Sonuçlar": results,
            "Sonuç Göstergesi": np.full(len(part), "actions:offsite_conversion.fb_pixel_purchase"), "Erişim": part.reach,
            ("Gösterimler" if new else "Gösterim"): part.impressions,
            "Sıklık": np.round(part.impressions / part.reach.clip(lower=1), 2).astype(str),
            "Harcanan Tutar (TRY)": money(spend, comma=comma), "Bağlantı Tıklamaları": part.clicks,
            "Tıklamalar (Tümü)": (part.clicks * 1.6).astype(int), "Alışverişler": results,
        }  # fmt: skip
        text = csv_text(columns)
        if s.on("header_change") and k == len(steps) // 2:
            text = _pasted(text)
            defects.append((f"meta_ads/{_meta_name(world, from_day, hi)}", "second header", "header_change"))
        save(root / "meta_ads" / _meta_name(world, from_day, hi), text, encoding="utf-8-sig")
    return pd.DataFrame(defects, columns=["file", "row_id", "kind"])


def _pasted(text: str) -> str:
    """Two exports pasted into one file: half way down a second header, with one column under another name."""
    lines = text.splitlines(keepends=True)
    half = len(lines) // 2
    return "".join([*lines[:half], lines[0].replace("Gösterimler", "Gösterim"), *lines[half:]])


def _meta_name(world: World, lo: int, hi: int) -> str:
    days = [pd.Timestamp(world.s.first_day + lo), pd.Timestamp(world.s.first_day + hi - 1)]
    return "Adsız-Rapor-" + "-".join(f"{MONTHS_TR[d.month - 1][:3]}-{d.day:02d}-{d.year}" for d in days) + ".csv"


def _edge(world: World, month: int) -> int:
    """First day of a month of the window, or the end of the window."""
    edges = np.searchsorted(world.month_of_day, month)
    return int(min(edges, world.s.days))


def google(world: World, ads: pd.DataFrame, root: Path) -> None:
    """One UTF-16 file per calendar year with preamble, day rows and two total rows."""
    s = world.s
    rows = ads[ads.source == "google_ads"]
    days = s.first_day + rows.day.to_numpy()
    years = days.astype("M8[Y]").astype(int) + 1970
    for year in np.unique(years):
        part = rows[years == year].sort_values(["day", "campaign"], kind="stable")
        here = s.first_day + part.day.to_numpy()
        share = np.round(part.clicks / part.impressions.clip(lower=1) * 10_000).astype("int64")
        per = np.round(part.spend / part.clicks.clip(lower=1)).astype("int64")
        results = money(part.results.to_numpy() * 100, comma=True).to_numpy(zero_copy_only=False)
        columns = {
            "Gün": moment(here, "%Y-%m-%d"), "Kampanya durumu": np.full(len(part), "Etkin"), "Kampanya": part.campaign,
            "Kampanya kimliği": part.platform_id, "Para birimi kodu": np.full(len(part), "TRY"),
            "Maliyet": money(part.spend, comma=True, thousands=True), "Göstr.": _count(part.impressions),
            "Tıklamalar": _count(part.clicks), "TO": join(money(share, comma=True), "%"), "Ort. TBM": money(per, comma=True),
            "Dönüşümler": np.where(part.results > 0, results, " --"), "Maliyet / dönüşüm": np.full(len(part), " --"),
        }  # fmt: skip
        sums = part[["spend", "impressions", "clicks"]].sum().to_numpy()
        total = [
            money([sums[0]], comma=True, thousands=True)[0].as_py(),
            *(_count(np.array([v]))[0].as_py() for v in sums[1:]),
        ]
        text = f"Kampanya raporu\n{_tr_date(here[0])} - {_tr_date(here[-1])}\n" + csv_text(
            columns, sep="\t", quote="none"
        )
        for label in ("Toplam: Kampanyalar", "Toplam: Hesap") if s.on("sheet_habits") else ():
            text += f"{label}\t\t\t\tTRY\t" + "\t".join(total) + "\t--\t--\t--\t--\n"
        save(root / "google_ads" / f"Kampanya raporu {year}.csv", text, encoding="utf-16", ends="\r\n")


def _count(values) -> "object":
    values = np.asarray(values, dtype="int64")
    whole = money(values * 100, comma=True, thousands=True)
    return join(np.array([t[:-3] for t in whole.to_pylist()], dtype=object))


def tiktok(world: World, ads: pd.DataFrame, root: Path) -> pd.DataFrame:
    """One CSV per calendar year, in euro where two currencies are on; small counts are masked, a Total row ends it."""
    found = []
    s = world.s
    rows = ads[ads.source == "tiktok"]
    years = (s.first_day + rows.day.to_numpy()).astype("M8[Y]").astype(int) + 1970
    for year in np.unique(years):
        part = rows[years == year].sort_values(["day", "campaign"], kind="stable")
        reach, results = part.reach.astype(str).to_numpy(), part.results
        columns = {
            "Campaign name": part.campaign, "Ad group name": part.campaign + " A1", "Campaign ID": part.platform_id,
            "By Day": moment(s.first_day + part.day.to_numpy(), "%Y-%m-%d"), "Currency": part.currency,
            "Cost": money(part.amount), "Impressions": part.impressions, "CPM": np.full(len(part), "-"),
            "Clicks (destination)": part.clicks, "Reach": reach, "Frequency": np.full(len(part), "-"),
            "Conversions": np.where((results < 5) & (results > 0) & s.on("sheet_habits"), "<5", results.astype(str)),
        }  # fmt: skip
        text = csv_text(columns)
        if s.on("sheet_habits"):
            currency = part.currency.iloc[0]
            cost, shown, clicks = part.amount.sum() / 100, part.impressions.sum(), part.clicks.sum()
            text += f"Total of {len(part)} results,,,-,{currency},{cost:.2f},{shown},-,{clicks},-,-,-\n"
        save(root / "tiktok_ads" / f"TikTok_Campaign_Report_{year}.csv", text)
        if s.on("two_currencies"):
            found.append((f"tiktok_ads/TikTok_Campaign_Report_{year}.csv", "Currency", "two_currencies"))
    return pd.DataFrame(found, columns=["file", "row_id", "kind"])


def ga4(world: World, visits: pd.DataFrame, root: Path) -> None:
    """One file per month: preamble, channel groups, unlabelled grand total."""
    for name, part in visits.groupby("month", sort=True):
        month = pd.Period(name, "M")
        start, end = (f"{d:%Y%m%d}" for d in (month.start_time, month.end_time))
        top = (
            "# ----------------------------------------\n# Traffic acquisition: Session primary channel group (Default Channel Group)\n"
            "# Account: Örnek Perakende\n# Property: ornek.example\n# ----------------------------------------\n# \n# All Users\n"
            f"# Start date: {start}\n# End date: {end}\n"
        )
        columns = {
            "Session primary channel group (Default Channel Group)": part.group, "Sessions": part.sessions,
            "Engaged sessions": part.engaged, "Engagement rate": (part.engaged / part.sessions.clip(lower=1)).round(4).astype(str),
            "Key events": part.key_events, "Total revenue": part.revenue.map("{:.2f}".format),
        }  # fmt: skip
        sums = part[["sessions", "engaged", "key_events", "revenue"]].sum()
        rate = sums.engaged / max(sums.sessions, 1)
        total = f",{sums.sessions:.0f},{sums.engaged:.0f},{rate:.4f},{sums.key_events:.0f},{sums.revenue:.2f}\n"
        save(root / "ga4" / f"ga4_traffic_acquisition_{name}.csv", top + csv_text(columns) + total)


def business_profile(world: World, root: Path) -> None:
    """One file per month and all stores; the period stands in the file name only, line 2 describes the columns."""
    s, rng = world.s, world.s.rng("profile")
    shops = world.stores.iloc[:STORES]
    seen = "mobil cihazda profil görüntüleyen tekil kullanıcı sayısı"
    describe = f",,,Aramada {seen},Haritalarda {seen},Profilden arama sayısı,Mesaj sayısı,Yol tarifi isteme sayısı,"
    describe += "Web sitesi tıklama sayısı\n"
    for name in s.month_names:
        month = pd.Period(name, "M")
        base = shops.weight.to_numpy() * 900
        columns = {
            "Mağaza kodu": shops.code, "İşletme adı": shops["name"], "Adres": shops.city, "Google Arama - Mobil": rng.poisson(base * 1.4),
            "Google Haritalar - Mobil": rng.poisson(base * 3.1), "Telefonla arama": rng.poisson(base * 0.09),
            "Mesajlar": rng.poisson(base * 0.02),
            "Yol tarifi": rng.poisson(base * 0.4), "Web sitesi tıklamaları": rng.poisson(base * 0.12),
        }  # fmt: skip
        text = csv_text(columns)
        head, _, body = text.partition("\n")
        first, last = month.start_time, month.end_time
        file = f"GMB insights (Performance Report) - {first.year}-{first.month}-{first.day} - {last.year}-{last.month}-{last.day}.csv"
        save(root / "google_business_profile" / file, head + "\n" + describe + body)


def posts(world: World, root: Path) -> None:
    """Content export of the social pages: one row per post with lifetime figures."""
    s, rng = world.s, world.s.rng("posts")
    for page, per_week in (("instagram", 4), ("facebook", 2)):
        n = max(3, int(s.days / 7 * per_week))
        day = np.sort(rng.integers(0, s.days, n))
        at = s.first_day.astype("M8[s]") + (day * 86400 + rng.integers(32_000, 79_000, n)).astype("m8[s]")
        reach = rng.lognormal(8, 0.7, n).astype(int)
        likes = rng.binomial(reach, 0.04)
        words = np.array(
            [
                "Yeni sezon burada! ✨",
                "Hafta sonu fırsatı,\nmağazalarda ve webde",
                "Teşekkürler 💛",
                "Mağazamızdan kareler",
            ]
        )
        ids = 17_841_405_793_187_000 + np.arange(n) * 7 + (3 if page == "facebook" else 1)
        columns = {
            "Post ID": ids, "Account ID": np.full(n, "17841400000000001"), "Account username": np.full(n, "ornekperakende"),
            "Account name": np.full(n, "Örnek Perakende"), "Description": words[rng.integers(0, 4, n)], "Duration (sec)": np.zeros(n, int),
            "Publish time": moment(at, "%m/%d/%Y %H:%M"), "Permalink": join(f"https://{page}.example/p/", ids.astype(str)),
            "Post type": np.where(rng.random(n) < 0.4, "Reel", "Photo"), "Data comment": np.full(n, ""), "Date": np.full(n, "Lifetime"),
            "Views": (reach * 1.76).astype(int), "Reach": reach, "Likes": likes, "Shares": rng.binomial(reach, 0.004),
            "Follows": rng.binomial(reach, 0.001), "Comments": rng.binomial(reach, 0.003), "Saves": rng.binomial(reach, 0.005),
        }  # fmt: skip
        save(root / "sosyal" / f"{page}_icerik.csv", csv_text(columns), encoding="utf-8-sig")
