"""Who asked to be forgotten is known again however the same contact is written: one rule on both sides."""

from datetime import date

import pytest
from tiny_company import CONTACTS, read_in

from scrm_helpers import privacy
from scrm_helpers.store.suppression import contacts

MAIL, PHONE = "ayse.yilmaz@example.com", "5321112233"


@pytest.mark.parametrize(
    ("kind", "cell", "wanted"),
    [
        ("email", "AYSE.YILMAZ@Example.com ", {MAIL}),
        ("email", "İNCİ.IRMAK@example.com", {"inci.irmak@example.com"}),
        ("email", f"{MAIL} a.y@work.com", {MAIL, "a.y@work.com"}),
        ("email", f"Ayşe Yılmaz <{MAIL}>; mailto:a.y@work.com.", {MAIL, "a.y@work.com"}),
        ("phone", "+90 (532) 111-22-33", {PHONE}),
        ("phone", "0532 111 22 33 dahili 5", {PHONE}),
        ("phone", "0532/111 22 33", {PHONE}),
        ("phone", "0532\u00a0111\u00a022\u00a033", {PHONE}),
        ("phone", "0532_111_22_33", {PHONE}),
        ("phone", "5321112233.0", {PHONE}),  # a column of numbers with blanks
        ("phone", "05321112233 / 0539 111 07 00", {PHONE, "5391110700"}),
        ("phone", "05321112233 05391110700", {PHONE, "5391110700"}),
        ("phone", "444", {"444"}),
    ],
)
def test_the_contacts_that_a_cell_holds(kind, cell, wanted):
    assert contacts(kind, cell) == wanted


@pytest.mark.parametrize(
    ("email", "phone"),
    [
        ("Ayşe <AYSE.YILMAZ@EXAMPLE.COM>", ""), ("new@work.com ayse.yilmaz@example.com", ""), ("AYSE.YİLMAZ@example.com", ""),
        ("", "0532 111 22 33 dahili 5"), ("", "0532/111 22 33"), ("", "0532\u00a0111\u00a022\u00a033"), ("", "0532_111_22_33"),
    ],
)  # fmt: skip
def test_a_forgotten_person_under_a_new_number_and_another_spelling_stays_out(tiny_company, email, phone):
    """Records 2 to 4 stay; record 91 holds the first customer's address or phone in another form."""
    privacy.forget(tiny_company.workspace, "hubspot:1", on=date(2026, 3, 1), language="en")
    raw = tiny_company.workspace.raw / "hubspot_contacts.csv"
    back = f'91,A,Y,"{email}","{phone}",Direct Traffic,2026-02-20 10:00,Customer\n'
    raw.write_text(CONTACTS + back, encoding="utf-8")
    _, store = read_in("2026-03")
    assert sorted(store.read("accounts", private=True).to_pandas()["native_id"].dropna()) == ["2", "3", "4"]
