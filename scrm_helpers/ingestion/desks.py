"""A support desk's tickets in a company's own words: what a draft makes of their columns."""

from scrm_helpers.ingestion import asked, manners, signs, words
from scrm_helpers.ingestion.likened import UNTOLD, quoted
from scrm_helpers.ingestion.part import Part
from scrm_helpers.metrics import SOCIAL

CASES = {  # contract column: words of a header that speak for it, best first
    "case_id": (
        "talep no", "talep numarasi", "talep id", "destek no", "destek talebi no", "basvuru no", "basvuru numarasi", "sikayet no",
        "vaka no", "cagri no", "bilet no", "ticket no", "ticket number", "ticket id", "case no", "case number", "case id", "request no",
        "request number", "request id", "issue no", "issue number", "issue id", "incident no", "incident number", "incident id",
        "talep", "vaka", "ticket", "case", "kayit no", "no", "id",
    ),
    "opened_at": (
        "acilis tarihi", "acilis zamani", "acilma tarihi", "talep tarihi", "basvuru tarihi", "sikayet tarihi", "olusturma tarihi",
        "olusturulma tarihi", "kayit tarihi", "acilis", "opened at", "opened on", "open date", "opening date", "date opened", "opened",
        "created at", "created on", "created date", "create date", "date created", "creation date", "created", "tarih", "date",
    ),
    "closed_at": (
        "kapanis tarihi", "kapanis zamani", "kapanma tarihi", "kapatma tarihi", "kapatilma tarihi", "kapanis", "closed at", "closed on",
        "close date", "closing date", "date closed", "closed date", "closed",
    ),
    "resolved_at": (
        "cozum tarihi", "cozum zamani", "cozulme tarihi", "resolved at", "resolved on", "resolved date", "resolution date",
        "date resolved", "solved at", "solved on", "resolved", "solved",
    ),
    "first_reply_at": (
        "ilk yanit tarihi", "ilk yanit zamani", "ilk cevap tarihi", "ilk cevap zamani", "first reply at", "first reply on",
        "first response at", "first response on", "first reply date", "first response date",
    ),
    "channel": ("kanal", "basvuru kanali", "iletisim kanali", "talep kanali", "destek kanali", "channel", "contact channel", "via"),
    "account_id": signs.SALES["account_id"],
    "status": ("talep durumu", "durum", "durumu", "statu", "ticket status", "case status", "status", "state"),
    "subject": ("konu", "konu basligi", "talep konusu", "baslik", "subject", "ticket subject", "title", "summary", "ozet"),
    "type": ("talep turu", "talep tipi", "kategori", "tur", "tip", "ticket type", "case type", "issue type", "category", "type"),
    "priority": ("oncelik", "priority"),
    "group": ("ekip", "takim", "grup", "departman", "team", "group", "department", "queue"),
}  # fmt: skip
ALONE = signs.ALONE | {"talep", "vaka", "ticket", "case", "acilis", "kapanis", "opened", "closed", "resolved", "solved", "created"}
VAGUE = ("no", "id", "kayit no")  # numbers of anything
ENDED = ("closed_at", "resolved_at")
OTHERS = (*ENDED, "first_reply_at", "channel", "status", "subject")  # of these, two stand beside a ticket's number and its first day
RATED = {"satisfaction": ("csat", 5), "effort": ("effort", 7)}  # the scales that the contract has
STATES = {  # word of the contract -> words of a status
    "open": (
        "acik", "acildi", "yeni", "islemde", "isleme alindi", "inceleniyor", "devam ediyor", "open", "opened", "new", "in progress",
        "active", "assigned", "atandi",
    ),
    "pending": (
        "beklemede", "bekliyor", "askida", "yanit bekleniyor", "musteri bekleniyor", "musteri yaniti bekleniyor", "pending", "on hold",
        "hold", "waiting", "waiting on customer", "waiting for customer",
    ),
    "resolved": ("cozuldu", "cozumlendi", "cozumlenmis", "tamamlandi", "resolved", "solved", "completed", "done"),
    "closed": ("kapali", "kapandi", "kapatildi", "iptal", "iptal edildi", "closed", "cancelled", "canceled"),
    "spam": ("spam", "istenmeyen"),
}  # fmt: skip


def found(part: Part) -> dict[str, int]:
    """Column of cases -> place of its header; {} unless a ticket's number, its first day and two more things of a ticket are there.

    A number of anything (No, ID) is a ticket's only beside the day on which it ended.
    """
    told = signs.places(part, CASES, alone=ALONE)
    if not {"case_id", "opened_at"} <= told.keys() or len(told.keys() & set(OTHERS)) < 2:
        return {}
    rated = {q.question: q for q in asked.questions(part)[1]}
    told |= {column: rated[q].place for column, (q, most) in RATED.items() if q in rated and rated[q].most == most}
    is_vague = signs.header(part.header[told["case_id"]]) in VAGUE
    return {} if is_vague and not told.keys() & set(ENDED) else told


def derived(con, part: Part, told: dict[str, int]) -> dict[str, str]:
    """Column of cases -> how an entry makes it of words: the channel, and the status (without one, by the day on which it ended)."""
    made = {"channel": _channels(con, part, told.get("channel"))}
    if "channel" in told:
        made["channel_raw"] = f"{{column: {quoted(part.header[told['channel']])}}}"
    ended = next((told[c] for c in ENDED if c in told), None)
    if "status" in told:
        made["status"] = _mapped(con, part, told["status"], words.meanings(STATES))
    elif ended is not None:
        lasts = f"{{column: {quoted(part.header[ended])}, blank: true}}"
        made["status"] = f"{{when: {lasts}, then: {{constant: open}}, else: {{constant: closed}}}}"
    else:
        made["status"] = f'{{constant: "{UNTOLD}"}}'
    return made


def _channels(con, part: Part, place: int | None) -> str:
    """A blank channel is another one; a word that nobody knows is asked for, since only social is counted as social."""
    if place is None:
        return f'{{constant: "{UNTOLD}"}}'
    social = {w: "social" for source in SOCIAL for w in words.SOURCES[source][0]}
    how = _mapped(con, part, place, social | words.channel_map())
    if not manners.has_blank(con, part, place):
        return how
    return f"{{when: {{column: {quoted(part.header[place])}, blank: true}}, then: {{constant: other}}, else: {how}}}"


def _mapped(con, part: Part, place: int, known: dict[str, str]) -> str:
    said = {v: known.get(words.folded(v), f'"{UNTOLD}"') for v in signs.values(con, part, place)}
    if not said:  # too many to be a column of words
        return f'{{constant: "{UNTOLD}"}}'
    values = ", ".join(f"{quoted(v)}: {meant}" for v, meant in said.items())
    return f"{{map: {{column: {quoted(part.header[place])}, values: {{{values}}}}}}}"
