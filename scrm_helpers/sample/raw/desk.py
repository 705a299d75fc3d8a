"""Support desk (Zendesk ticket export), day sheet of the call centre, survey answers."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample import mess
from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.raw.text import csv_text, moment, save
from scrm_helpers.sample.records import Records
from scrm_helpers.sample.service import TYPES
from scrm_helpers.sample.world import World

AGENTS = ("Ali", "Buse", "Cihan", "Deniz", "Efe")


def zendesk(
    world: World, block: Block, records: Records, cases: pd.DataFrame, root: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ticket file per block; returns (truth of requesters, planted defects)."""
    s, rng = world.s, world.s.rng("zendesk", block.number)
    rows = cases.copy()
    people = records.people.iloc[rows.person].reset_index(drop=True)
    rows["given"], rows["family"], rows["email"], rows["phone"] = (
        people["first"],
        people["last"],
        people.email,
        people.phone,
    )
    rows, defects = mess.smudge(s, rng, rows, "zendesk/zendesk_tickets.csv")
    defects["row_id"] = rows.ticket.to_numpy()[defects.pop("row")].astype(str)
    phone, social = (rows.channel == "phone").to_numpy(), (rows.channel == "social").to_numpy()
    numbers = mess.phone_text(s, rng, rows.phone, "zendesk")
    plus = np.char.add("Caller +", rows.phone.to_numpy().astype("U12"))
    requester = np.where(phone, plus, (rows.given + " " + rows.family).to_numpy(dtype=object))
    email = np.where(phone | (social & (rng.random(len(rows)) < 0.55)), "", rows.email)
    contact = records.hubspot[records.hubspot["copy"] == 0].set_index("person").record
    known = contact.reindex(rows.person).to_numpy()
    shown = (rng.random(len(rows)) < 0.35) & ~np.isnan(known)
    external = np.where(shown, np.nan_to_num(known).astype("int64").astype(str), "")
    rows["requester"], rows["email_shown"], rows["external"] = requester, email, external
    rows["phone_shown"] = np.where(phone | (rng.random(len(rows)) < 0.15), numbers, "")
    rows["requester_id"] = (
        360_000_000_000 + rows.person * 4 + np.where(phone, 1, np.where(social, 2, 3)) + block.number * 10**9
    )
    if s.on("spam_cases"):
        rows = pd.concat([rows, _spam(world, block, len(rows))], ignore_index=True)
        spam = rows[rows.tag == "spam"]
        defects = pd.concat(
            [
                defects,
                pd.DataFrame(
                    {"file": "zendesk/zendesk_tickets.csv", "kind": "spam_cases", "row_id": spam.ticket.astype(str)}
                ),
            ]
        )
    rows = rows.sort_values("at", kind="stable", ignore_index=True)
    _write(world, block, rows, root)
    real = rows[rows.get("tag", pd.Series("", index=rows.index)).fillna("") != "spam"]
    links = real[["requester_id", "person"]].drop_duplicates()
    return links, defects


def _spam(world: World, block: Block, cases: int) -> pd.DataFrame:
    s, rng = world.s, world.s.rng("spam", block.number)
    n = max(3, int(cases * s.rate("spam_cases")))
    day = np.sort(rng.random(n) * (s.days - 1))
    at = s.first_day.astype("M8[s]") + (day * 86400).astype("int64").astype("m8[s]")
    return pd.DataFrame({
        "person": -9, "channel": "email", "via": rng.choice(["Mail", "Facebook Private Message"], n), "type": 4, "at": at, "solved_at": at,
        "tag": "spam", "score": "Not Offered", "requester": "Kazanan Kampanya", "email_shown": [f"promo{k}@bulk.example" for k in range(n)],
        "external": "", "phone_shown": "", "requester_id": 370_000_000_000 + np.arange(n) + block.number * 10**9,
        "ticket": np.arange(n) * 2 + 10_002 + block.number * 5_000_000, "minutes": 0.0, "replies": 0, "reopens": 0, "took": 0.0,
    })  # fmt: skip


def _write(world: World, block: Block, rows: pd.DataFrame, root: Path) -> None:
    rng = world.s.rng("zendesk words", block.number)
    n = len(rows)
    tag = rows.tag.fillna("") if "tag" in rows else pd.Series("", index=rows.index)
    kinds = np.array(TYPES, dtype=object)[rows.type]
    subject = np.where(tag == "spam", "Tebrikler, kazandınız!", pd.Series(kinds) + " hakkında, yardım rica ederim")
    solved = rows.solved_at.notna().to_numpy()
    closed = solved & (rng.random(n) < 0.8)
    minutes = np.where(solved, (rows.solved_at - rows["at"]).dt.total_seconds().fillna(0) / 60, np.nan)
    whole = pd.Series(np.round(minutes)).astype("Int64").astype("str").replace("<NA>", "").to_numpy()
    first = (
        pd.Series(np.round(rows.reply.to_numpy() * 1440)).astype("Int64").astype("str").replace("<NA>", "").to_numpy()
        if "reply" in rows
        else np.full(n, "")
    )
    solved_text = moment(rows.solved_at.to_numpy().astype("M8[s]"), "%Y-%m-%d %H:%M").fill_null("")
    columns = {
        "Summation column": np.ones(n, int), "Id": rows.ticket, "Requester": rows.requester, "Requester id": rows.requester_id,
        "Requester external id": rows.external, "Requester email": rows.email_shown, "Requester phone": rows.phone_shown,
        "Assignee": np.array(AGENTS)[rng.integers(0, len(AGENTS), n)],
        "Group": np.where(rows.channel == "social", "Sosyal", np.where(rows.channel == "phone", "Çağrı", "Destek")),
        "Subject": subject, "Tags": np.where(tag == "spam", "spam", ""),
        "Status": np.where(closed, "Closed", np.where(solved, "Solved", "Open")),
        "Priority": np.where(rng.random(n) < 0.15, "High", "Normal"), "Via": rows.via, "Ticket type": np.where(tag == "spam", "", kinds),
        "Created at": moment(rows["at"], "%Y-%m-%d %H:%M"), "Solved at": solved_text,
        "Resolution time": pd.Series(minutes / 60).round(1).map(
            lambda v: "" if np.isnan(v) else f"{v:.1f}"), "Satisfaction Score": rows.score,
        "Group stations": np.ones(n, int), "Assignee stations": np.ones(n, int), "Reopens": rows.reopens.fillna(0).astype(int),
        "Replies": rows.replies.fillna(0).astype(int), "First reply time in minutes": first, "Full resolution time in minutes": whole,
        "Total time spent (sec)": (rows.minutes * 60).round().astype("int64"),
    }  # fmt: skip
    save(root / "zendesk" / "zendesk_tickets.csv", csv_text(columns, header=block.number == 0), append=block.number > 0)


def call_sheet(world: World, days: pd.DataFrame, root: Path) -> pd.DataFrame:
    """One file per calendar year; under the days stands a second block that lists abandoned calls."""
    s, rng = world.s, world.s.rng("call sheet")
    date = s.first_day + days.day.to_numpy()
    year = date.astype("M8[Y]").astype(int) + 1970
    defects = []
    for y in np.unique(year):
        part, on = days[year == y], date[year == y]
        answered = part.came - part.lost
        columns = {
            "Tarih": moment(on, "%d.%m.%Y"), "Gelen": part.came, "Cevaplanan": answered, "Kaçan": part.lost,
            "Toplam Konuşma Süresi": _clock(part.talk),
            "Gelen Çağrı Ort Konuşma Süresi": _clock((part.talk / answered.clip(lower=1)).astype(int)),
            "Çalışma Saati": part.hours.map(lambda v: f"{v:.1f}".replace(".", ",")),
        }  # fmt: skip
        text = csv_text(columns, sep=";", quote="none")
        if s.on("sheet_habits"):
            text += f"TOPLAM;{part.came.sum()};{answered.sum()};{part.lost.sum()};;;\n"
        name = f"cagri_merkezi/gunluk_cagri_{y}.csv"
        if s.on("abandoned_block"):
            lost = np.repeat(on, part.lost)
            wait = rng.integers(20, 400, len(lost))
            hour = rng.integers(9 * 60, 21 * 60, len(lost))
            block = {
                "Tarih": moment(lost, "%d.%m.%Y"),
                "Saat": [f"{h // 60:02d}:{h % 60:02d}" for h in hour],
                "Bekleme (sn)": wait,
            }
            text += "\nKAÇAN ÇAĞRILAR\n" + csv_text(block, sep=";", quote="none")
            defects.append((name, "KAÇAN ÇAĞRILAR", "abandoned_block"))
        save(root / name, text, encoding="cp1254", ends="\r\n")
    return pd.DataFrame(defects, columns=["file", "row_id", "kind"])


def _clock(seconds: pd.Series) -> np.ndarray:
    return np.array([f"{v // 3600:02d}:{v % 3600 // 60:02d}:{v % 60:02d}" for v in seconds.astype(int)], dtype=object)


def surveys(world: World, block: Block, records: Records, rows: pd.DataFrame, root: Path) -> None:
    """Answers with the customer's e-mail; a question that was not asked is blank."""
    people = records.people.iloc[rows.person]
    word = {"phone": "Telefon", "email": "E-posta", "social": "Sosyal medya"}

    def whole(name: str) -> np.ndarray:
        return rows[name].astype("Int64").astype("str").replace("<NA>", "").to_numpy()

    columns = {
        "Tarih": moment(world.s.first_day + rows.day.to_numpy(), "%d.%m.%Y"), "Müşteri E-posta": people.email, "Talep No": whole("ticket"),
        "Kanal": rows.channel.map(word).fillna(""), "Memnuniyet (1-5)": whole("csat"), "Kolaylık (1-7)": whole("effort"),
        "Güven (1-5)": whole("trust"), "Sadakat (0-10)": whole("loyalty"),
    }  # fmt: skip
    save(
        root / "anket" / "anket_yanitlari.csv",
        csv_text(columns, sep=";", header=block.number == 0, quote="none"),
        encoding="utf-8-sig",
        append=block.number > 0,
    )
