"""A support desk's tickets in a company's own words are drafted as cases, and read as drafted."""

import pytest
from test_ingestion import put, raw, run  # noqa: F401
from test_ingestion_drafts import drafted, placed, written

from scrm_helpers import ingestion

# ruff: noqa: F811 (a fixture that is imported is named again by each test)

TALEPLER = (
    "Talep No;Açılış Tarihi;Kapanış Tarihi;Konu;Kanal;Müşteri E-posta;Durum\n"
    "T-1;13.10.2026 09:00;14.10.2026 10:30;Kargo gecikti;Instagram DM;ayse@x.com;Çözüldü\n"
    "T-2;14.10.2026 11:00;;Yanlış ürün;WhatsApp Destek;ali@y.com;Açık\n"
    "T-3;15.10.2026 12:00;15.10.2026 13:00;İade;Telefon;;Kapalı\n"
    "T-4;16.10.2026 12:00;;Beden;;veli@z.com;Üst kurulda\n"
)
TICKETS = (
    "Ticket number,Date opened,Date closed,Subject,Contact channel,Customer email,Ticket status\n"
    "1,2026-10-13,2026-10-14,Late parcel,Facebook,ann@x.com,Closed\n"
    "2,2026-10-14,,Wrong size,Email,bob@y.com,Waiting on customer\n"
    "3,2026-10-15,,Colour,Insta,,New\n"
)


def test_a_desk_in_turkish_words_is_drafted_as_cases(tmp_path):
    entries, text = drafted(placed(tmp_path, talepler=TALEPLER))
    cases = entries["cases"]
    assert cases["table"] == "cases" and list(entries) == ["cases", "contacts"]
    assert cases["columns"] == {
        "Talep No": "case_id", "Açılış Tarihi": "opened_at", "Kapanış Tarihi": "closed_at", "Müşteri E-posta": "account_id",
        "Konu": "subject",
    }  # fmt: skip
    # a word that nobody knows is asked for, not guessed; a blank channel is another one
    named = {"Instagram DM": "social", "WhatsApp Destek": "?", "Telefon": "phone"}
    blank = {"column": "Kanal", "blank": True}
    assert cases["derive"]["channel"] == {
        "when": blank, "then": {"constant": "other"}, "else": {"map": {"column": "Kanal", "values": named}},
    }  # fmt: skip
    known = {"Açık": "open", "Kapalı": "closed", "Çözüldü": "resolved", "Üst kurulda": "?"}
    assert cases["derive"]["status"] == {"map": {"column": "Durum", "values": known}}
    assert entries["contacts"]["columns"] == {"Müşteri E-posta": "account_id"} and "# not used" not in text


def test_tickets_are_read_as_their_draft_has_them(tmp_path):
    workspace = placed(tmp_path, talepler=TALEPLER.replace("WhatsApp Destek", "WhatsApp").replace("Üst kurulda", "Yeni"))
    found = written(workspace)["talepler.csv"]
    assert found["verdict"] == "read" and found["rows_quarantined"] == 0
    assert found["sums"]["cases"]["rows"] == 4 and found["sums"]["accounts"]["rows"] == 3  # T-3 says no customer


def test_a_row_with_a_word_that_was_asked_for_is_set_aside_until_it_is_said(tmp_path):
    found = written(placed(tmp_path, talepler=TALEPLER))["talepler.csv"]
    assert found["verdict"] == "read" and {(a["column"], a["rows"]) for a in found["set_aside"]} == {("channel", 1), ("status", 1)}


def test_a_desk_in_english_words_is_drafted_as_cases(tmp_path):
    workspace = placed(tmp_path, tickets=TICKETS)
    cases = drafted(workspace)[0]["cases"]
    assert cases["columns"] == {
        "Ticket number": "case_id", "Date opened": "opened_at", "Date closed": "closed_at", "Customer email": "account_id",
        "Subject": "subject",
    }  # fmt: skip
    assert cases["derive"]["channel"]["map"]["values"] == {"Email": "email", "Facebook": "social", "Insta": "social"}
    assert cases["derive"]["status"]["map"]["values"] == {"Closed": "closed", "New": "open", "Waiting on customer": "pending"}
    found = written(workspace)["tickets.csv"]
    assert found["verdict"] == "read" and found["sums"]["cases"]["rows"] == 3 and found["rows_quarantined"] == 0


def test_without_a_status_the_day_on_which_it_ended_tells_it_and_answers_on_the_contract_s_scale_are_taken(tmp_path):
    header = "Kayıt No;Başvuru Tarihi;Çözüm Tarihi;Kanal;Memnuniyet (1-5);Kolaylık (1-5)\n"
    text = f"{header}1;13.10.2026;14.10.2026;Telefon;4;5\n2;14.10.2026;;E-posta;;\n"
    workspace = placed(tmp_path, basvuru=text)
    cases = drafted(workspace)[0]["cases"]
    assert cases["columns"]["Memnuniyet (1-5)"] == "satisfaction" and "Kolaylık (1-5)" not in cases["columns"]  # the contract's goes to 7
    assert cases["derive"]["status"] == {
        "when": {"column": "Çözüm Tarihi", "blank": True}, "then": {"constant": "open"}, "else": {"constant": "closed"},
    }  # fmt: skip
    assert written(workspace)["basvuru.csv"]["sums"]["cases"]["rows"] == 2


def test_a_file_that_is_nearly_a_known_desk_s_keeps_what_that_desk_says_of_it(tmp_path):
    """It lacks the column Requester: the rest is Zendesk's, its system too, so that calls and surveys find its tickets."""
    text = (
        "Id,Via,Status,Created at,Solved at,Subject,Satisfaction Score,Reopens\n"
        "1,Facebook,Solved,2026-10-13 10:00,2026-10-14 11:00,Late,Good,0\n2,Mail,Open,2026-10-15 10:00,,x,,1\n"
    )
    workspace = placed(tmp_path, tickets=text)
    entries, draft = drafted(workspace)
    cases = entries["cases"]
    assert "nearly zendesk_tickets, but has no column 'Requester'" in draft and cases["options"] == {"system": "zendesk"}
    assert cases["columns"]["Solved at"] == "resolved_at" and cases["columns"]["Reopens"] == "reopens" and "# not used" not in draft
    assert cases["derive"]["satisfaction"] == {"map": {"column": "Satisfaction Score", "values": {"Good": 5}}}
    assert cases["derive"]["channel"]["map"]["values"] == {"Facebook": "social", "Mail": "email"}
    assert cases["derive"]["status"]["map"]["values"] == {"Open": "open", "Solved": "resolved"}
    assert written(workspace)["tickets.csv"]["sums"]["cases"]["rows"] == 2


def test_customers_of_the_desk_are_those_of_the_company_s_own_sales(tmp_path):
    sales = "Tarih;Fiş No;Müşteri Kodu;E-posta;Tutar\n13.10.2026;F1;M1;ayse@x.com;120,00\n14.10.2026;F2;M2;ali@y.com;80,00\n"
    people = "Müşteri Kodu;Ad Soyad;E-posta\nM1;Ayşe Örnek;ayse@x.com\nM2;Ali Deneme;ali@y.com\n"
    desk = "Talep No;Talep Tarihi;Konu;Kanal;Müşteri Kodu;E-posta\n1;13.10.2026;Kargo;Telefon;M1;ayse@x.com\n"
    entries, _ = drafted(placed(tmp_path, satis=sales, kisi=people, talep=desk))
    assert entries["cases"]["options"]["system"] == entries["sales"]["options"]["system"] == "own"
    assert entries["cases"]["columns"]["Müşteri Kodu"] == "account_id"


@pytest.mark.parametrize(
    "header",
    [
        "No;Kayıt Tarihi;Kanal;Durum",  # a number of anything, which never ends: leads, parcels
        "Talep No;Talep Tarihi;Ürün",  # nothing that a ticket has
        "Talep No;Konu;Kanal;Durum",  # no day
        "Talep Türü;Talep Tarihi;Kapanış Tarihi;Konu;Kanal",  # a kind is no number
        "Kampanya No;Başlangıç Tarihi;Bitiş Tarihi;Kanal;Durum",
    ],
)
def test_what_is_no_ticket_is_not_drafted_as_one(tmp_path, header):
    row = ";".join("13.10.2026" if "Tarihi" in h else f"x{k}" for k, h in enumerate(header.split(";")))
    assert "cases" not in drafted(placed(tmp_path, dosya=f"{header}\n{row}\n"))[0]


def test_a_desk_that_is_not_read_counts_as_missing_tickets(raw):
    """So that 05 names the file where it says what it lacks."""
    put(raw, "talepler.csv", TALEPLER)
    put(raw, "s.csv", "Sipariş No;Sipariş Tarihi;Tutar\n1;13.10.2026;120\n")
    files = run("2026-10")[1].files.set_index("source_file")
    assert files.loc["talepler.csv", ["verdict", "tables"]].tolist() == ["refused", "cases"]


def test_the_draft_speaks_turkish(tmp_path):
    text = ingestion.check(placed(tmp_path, talepler=TALEPLER), language="tr").draft
    assert "destek kayıtları" in text and "kaydın açıldığı gün ya da an" in text
