"""HubSpot contacts, IYS consents, followers, referrals and the sheet in which the sales team asks "who sent you"."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.mess import phone_text
from scrm_helpers.sample.raw.text import csv_text, moment, save
from scrm_helpers.sample.records import Records
from scrm_helpers.sample.words import SPECODE
from scrm_helpers.sample.world import World


def hubspot_contacts(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """All contacts: leads and customers, with the source as the CRM holds it today. Returns planted defects."""
    s, rng = world.s, world.s.rng("hubspot file", block.number)
    rows = records.hubspot
    n = len(rows)
    lead = block.people.lead.to_numpy(dtype=bool)[rows.person]
    consent = block.people.consent.to_numpy()[rows.person]
    stage = np.where(rows.customer, "Customer", np.where(lead, "Lead", "Customer"))
    country = np.where(rng.random(n) < 0.7, "Turkey", np.where(rng.random(n) < 0.7, "Türkiye", ""))
    changed = rows.created.to_numpy() + rng.integers(0, 90, n) * np.timedelta64(1, "D")
    phones = phone_text(s, rng, rows.phone, "hubspot")
    columns = {
        "Record ID": rows.record.astype(str), "First Name": rows.given, "Last Name": rows.family, "Email": rows.email,
        "Phone Number": phones, "Country/Region": country,
        "City": np.where(rng.random(n) < 0.3, "", rows.city), "Lead Status": np.where(lead & ~rows.customer, "Open", ""),
        "Lifecycle Stage": stage, "Original Source": rows.original, "Original Source Drill-Down 1": rows.drill1,
        "Original Source Drill-Down 2": rows.drill2, "Create Date": moment(rows.created, "%Y-%m-%d %H:%M"),
        "Last Modified Date": moment(np.minimum(changed, s.end_day.astype("M8[s]")), "%Y-%m-%d %H:%M"),
        "Associated Company IDs (Primary)": np.full(n, ""), "GDPR consent": np.where(consent, "Yes", "No"),
    }  # fmt: skip
    text = csv_text(columns, header=block.number == 0)
    lost = rows.record.to_numpy()[np.char.endswith(phones, "E+09")].astype(str)
    found = [(k, "excel_phones") for k in lost]
    if s.on("test_rows") and block.number == 0:
        found.append(("9", "test_rows"))
        day = str(s.first_day + 3)
        text += f'"9","Test","Test","test@test.com","5555555555","","","","Lead","Direct Traffic","","","{day} 08:00","{day} 08:00","",""\n'
    save(root / "hubspot" / "hubspot_contacts.csv", text, append=block.number > 0)
    return pd.DataFrame(found, columns=["row_id", "kind"]).assign(file="hubspot/hubspot_contacts.csv")


def iys_consents(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """Consents by contact and channel; a withdrawal is a later row. Returns the withdrawn rows."""
    s, rng = world.s, world.s.rng("iys", block.number)
    people = records.people[records.people.consent].reset_index(names="person")
    day = np.where(people.first_day < 10**6, people.first_day.clip(lower=-300), people.lead_day)
    given = s.first_day.astype("M8[s]") + (np.floor(day) * 86400 + rng.integers(30_000, 80_000, len(people))).astype(
        "int64"
    ).astype("m8[s]")
    phone = "+" + people.phone.astype(str)
    parts = [
        pd.DataFrame({"to": people.email, "channel": "EPOSTA", "at": given, "status": "ONAY"}),
        pd.DataFrame({"to": phone, "channel": "MESAJ", "at": given, "status": "ONAY"}),
        pd.DataFrame({"to": phone, "channel": "ARAMA", "at": given, "status": "ONAY"})[rng.random(len(people)) < 0.7],
    ]
    gone = people.withdrawn.to_numpy()
    later = given + rng.integers(20, 300, len(people)) * np.timedelta64(1, "D")
    left = gone & (later < s.end_day.astype("M8[s]"))
    for part in list(parts[:2]):
        parts.append(part[left].assign(at=later[left], status="RET"))
    rows = pd.concat(parts).sort_values(["at", "to", "channel"], kind="stable", ignore_index=True)
    columns = {"Alıcı": rows.to, "Alıcı Tipi": np.full(len(rows), "BIREYSEL"), "İzin Kanalı": rows.channel,
               "İzin Durumu": rows.status, "İzin Tarihi": moment(rows["at"], "%Y-%m-%d %H:%M:%S"),
               "İzin Kaynağı": np.full(len(rows), "HS_WEB")}  # fmt: skip
    save(
        root / "iys" / "iys_izinler.csv",
        csv_text(columns, sep=";", header=block.number == 0, quote="none"),
        append=block.number > 0,
    )
    return pd.DataFrame(
        {"file": "iys/iys_izinler.csv", "row_id": people.email[left].to_numpy(), "kind": "withdrawn_consent"}
    )


def followers(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """Followers who agreed to be tied to their customer record; returns person, platform, day (truth)."""
    s, rng = world.s, world.s.rng("followers", block.number)
    rows = block.people.iloc[: block.buyers]
    rows = rows[rows.follow_day.notna()]
    source = rows.source.to_numpy()
    platform = np.where(np.isin(source, ("facebook", "tiktok", "youtube")), source, "instagram")
    shown = rng.random(len(rows)) >= s.rate("follow_dates_missing")
    days = s.first_day + rows.follow_day.to_numpy().astype(int)
    date = moment(days, "%Y-%m-%d").to_numpy(zero_copy_only=False)
    handle = rows.email.str.split("@").str[0].str.replace(".", "_", regex=False)
    given = records.people.iloc[rows.index]
    columns = {
        "Kullanıcı Adı": "@" + handle, "Platform": pd.Series(platform).map(str.capitalize).to_numpy(),
        "Takip Tarihi": np.where(shown, date, ""), "Müşteri E-posta": given.email,
        "Müşteri Telefon": np.where(rng.random(len(rows)) < 0.4, phone_text(s, rng, given.phone, "hubspot"), ""),
        "Onay": np.full(len(rows), "Evet"),
    }  # fmt: skip
    save(
        root / "sosyal" / "takipciler.csv",
        csv_text(columns, header=block.number == 0),
        encoding="utf-8-sig",
        append=block.number > 0,
    )
    return pd.DataFrame(
        {
            "person_id": rows.person_id,
            "platform": platform,
            "followed_on": days,
            "date_shown": shown,
            "handle": "@" + handle,
        }
    )


def referrals(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """Who brought whom, with code, reward and discount; returns the truth of each row."""
    s, rng = world.s, world.s.rng("referrals", block.number)
    people = block.people.iloc[: block.buyers]
    brought = people[(people.source == "referral") & (people.first_day >= 0)]
    elders = people[(people.first_day < 0) & ~people.market]
    if not len(elders) or not len(brought):
        elders, brought = people.iloc[:1], brought
    top = rng.choice(len(elders), max(1, len(elders) // 6), replace=False)
    by = elders.iloc[top[rng.integers(0, len(top), len(brought))]]
    at = s.first_day.astype("M8[s]") + (brought.first_day.to_numpy() * 86400 + 36_000).astype("m8[s]")
    leaked = rng.random(len(brought)) < 0.12
    code = np.where(
        leaked, "ARKADAS-0042", "ARKADAS-" + pd.Series(by.person_id % 100_000).astype(str).str.zfill(5).to_numpy()
    )
    given = records.people
    late = rng.random(len(brought)) < 0.03
    columns = {
        "Davet Kodu": code, "Davet Eden E-posta": np.where(leaked, "", given.email.iloc[by.index]),
        "Davet Edilen E-posta": given.email.iloc[brought.index], "Tarih": moment(at, "%d.%m.%Y"),
        "Ödül (TL)": np.where(late, "0,00", "100,00"), "İndirim (TL)": np.full(len(brought), "50,00"),
        "Durum": np.where(late, "İptal", "Tamamlandı"),
    }  # fmt: skip
    first = block.number == 0
    save(
        root / "crm" / "arkadasini_getir.csv",
        csv_text(columns, sep=";", header=first, quote="none"),
        encoding="utf-8-sig",
        append=not first,
    )
    return pd.DataFrame(
        {
            "referrer": by.person_id.to_numpy(),
            "referred": brought.person_id.to_numpy(),
            "code": code,
            "at": at,
            "leaked": leaked,
            "reversed": late,
            "incremental": ~brought.anyway.to_numpy(),
        }
    )


def who_sent(world: World, block: Block, day_of: np.ndarray) -> tuple[list[list], pd.DataFrame]:
    """Rows of the hand-kept sheet: date, customer, phone, what the customer answered, store; and its wrong answers.

    `day_of` is the day of each buyer's first order in a store; infinite or missing where there was none.
    """
    s, rng = world.s, world.s.rng("who sent", block.number)
    people = block.people.iloc[: block.buyers]
    fit = people[(people.first_day >= 0) & np.isfinite(day_of[: block.buyers])]
    fit = fit[rng.random(len(fit)) < min(0.06, 600 / max(s.people, 1) + 0.02)].sort_values("first_day", kind="stable")
    told = fit.source.to_numpy(dtype=object).copy()
    wrong = rng.random(len(fit)) < s.rate("who_sent_errors")
    told[wrong] = rng.choice(["instagram", "store", "google_ads", "other"], wrong.sum())
    wrong &= told != fit.source.to_numpy(dtype=object)  # a guess may be right
    words = {
        **{k: k for k in SPECODE},
        "instagram": "Instagram",
        "facebook": "Facebook",
        "store": "Mağazadan geçerken",
        "referral": "Arkadaşım",
        "google_ads": "Google reklam",
        "search": "Google'da aradım",
        "email": "E-posta",
        "direct": "Biliyordum",
        "whatsapp": "WhatsApp",
        "tiktok": "TikTok",
        "youtube": "YouTube",
        "other": "Diğer",
    }
    phones = phone_text(s, rng, fit.phone.to_numpy(), "logo")
    stores = world.stores["code"].to_numpy()
    rows = [
        [str(s.first_day + int(day_of[i])), f"{p.first} {p.last}", phone, words[t], stores[p.store]]
        for i, p, phone, t in zip(fit.index, fit.itertuples(), phones, told, strict=True)
    ]
    ids = [f"{row[0]}/{row[2]}" for row, bad in zip(rows, wrong, strict=True) if bad]
    return rows, pd.DataFrame({"file": "crm/kim_gonderdi.xlsx", "row_id": ids, "kind": "who_sent_errors"})


def assignments(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """Who was put into which arm, by CRM record; returns the truth with person ids."""
    rows = block.arms
    contact = records.hubspot[records.hubspot["copy"] == 0].set_index("person")
    who = contact.loc[rows.person]
    at = world.s.first_day + rows.day.to_numpy()
    columns = {
        "Test No": rows.experiment_id,
        "HubSpot Record ID": who.record.astype(str),
        "E-posta": who.email,
        "Kol": rows.arm,
        "Atama Tarihi": moment(at, "%d.%m.%Y"),
    }
    first = block.number == 0
    save(
        root / "deney" / "atamalar.csv",
        csv_text(columns, sep=";", header=first, quote="none"),
        encoding="utf-8-sig",
        append=not first,
    )
    return pd.DataFrame(
        {
            "experiment_id": rows.experiment_id,
            "person_id": block.people.person_id.to_numpy()[rows.person],
            "arm": rows.arm,
            "assigned_on": at,
        }
    )


def send_lists(world: World, block: Block, records: Records, root: Path) -> None:
    """Who a targeted campaign was sent to, by CRM record."""
    contact = records.hubspot[records.hubspot["copy"] == 0].set_index("person").record
    parts = []
    for c in world.campaigns[world.campaigns.kind == "target"].itertuples():
        who = np.flatnonzero(block.people[f"sent_{c.campaign_id}"])
        parts.append(
            pd.DataFrame(
                {
                    "Kampanya No": c.campaign_id,
                    "HubSpot Record ID": contact.loc[who].astype(str),
                    "Gönderim Tarihi": f"{pd.Timestamp(world.s.first_day + c.first):%d.%m.%Y}",
                }
            )
        )
    rows = pd.concat(parts)
    first = block.number == 0
    save(
        root / "takvim" / "gonderim_listesi.csv",
        csv_text(dict(rows), sep=";", header=first, quote="none"),
        encoding="utf-8-sig",
        append=not first,
    )
