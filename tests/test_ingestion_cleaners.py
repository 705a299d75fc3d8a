"""The cleaners of text, numbers, dates and money, driven by hypothesis: a round trip, or nothing; never another value without a word."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrm_helpers.ingestion import cells
from scrm_helpers.ingestion.names import fold

CENTS = st.integers(-(10**11), 10**11).map(lambda n: Decimal(n) / 100)
DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@pytest.fixture(scope="module")
def con():
    con = duckdb.connect()
    con.execute("SET VARIABLE scrm_key = 'k'")
    for macro in cells.MACROS:
        con.execute(macro)
    return con


def ask(con, macro: str, cell: str):
    return con.execute(f"SELECT {macro}(?)", [cell]).fetchone()[0]


def turkish(value: Decimal) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@settings(max_examples=150, deadline=None)
@given(CENTS, st.sampled_from(["", " TL", " ₺", " TRY"]))
def test_money_as_turkish_and_american_programs_write_it(con, value, sign):
    assert ask(con, "scrm_comma", turkish(value) + sign) == float(value)
    assert ask(con, "scrm_point", f"{value:,.2f}") == float(value)


@settings(max_examples=150, deadline=None)
@given(CENTS)
def test_a_number_of_one_style_is_never_read_as_another_by_the_other(con, value):
    """Two decimals give the style away: the other style reads nothing, and the mixed one reads the same."""
    written = turkish(value)
    assert ask(con, "scrm_point", written) is None
    assert ask(con, "scrm_mixed", written) == ask(con, "scrm_mixed", f"{value:,.2f}") == float(value)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 999), st.integers(0, 999))
def test_three_digits_behind_one_sign_are_left_alone(con, whole, rest):
    """1.234 is 1234 or 1.234: with nothing to decide it, it is no number at all."""
    assert (
        ask(con, "scrm_mixed", f"{whole}.{rest:03d}") is None and ask(con, "scrm_mixed", f"{whole},{rest:03d}") is None
    )


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_words_are_no_numbers_and_no_days(con, word):
    plain = word.strip()
    if any(ch.isdigit() for ch in plain):
        return
    for macro in ("scrm_comma", "scrm_point", "scrm_mixed", "scrm_iso", "scrm_dmy", "scrm_mdy"):
        assert ask(con, macro, plain) is None


@settings(max_examples=150, deadline=None)
@given(DAYS)
def test_days_in_five_forms(con, day):
    iso = day.isoformat()
    assert ask(con, "scrm_iso", iso).date() == ask(con, "scrm_iso", f"{iso} 13:45:10").date() == day
    assert ask(con, "scrm_dmy", f"{day:%d.%m.%Y}").date() == ask(con, "scrm_mdy", f"{day:%m/%d/%Y}").date() == day
    serial = (day - date(1899, 12, 30)).days
    if serial >= 20000:  # smaller numbers are counts, not days
        assert ask(con, "scrm_iso", str(serial)).date() == day


@settings(max_examples=100, deadline=None)
@given(DAYS)
def test_a_day_that_the_calendar_lacks_is_no_day(con, day):
    assert ask(con, "scrm_dmy", f"{day.day + 31}.{day.month:02d}.{day.year}") is None
    assert ask(con, "scrm_dmy", f"{day.day:02d}.{day.month + 12}.{day.year}") is None


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_durations_beyond_a_day(con, seconds):
    written = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    assert ask(con, "scrm_minutes", written) == pytest.approx(seconds / 60)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_headers_fold_to_one_form_however_often(word):
    assert fold(fold(word)) == fold(word)
    assert fold(word.replace("i", "İ")) == fold(word.replace("i", "I"))


@settings(max_examples=100, deadline=None)
@given(st.text("abcçdefgğhıijklmnoöprsştuüvyzİIŞĞÜÖÇ ", min_size=1, max_size=20))
def test_turkish_text_survives_the_mending_of_broken_letters(con, text):
    broken = text.translate(str.maketrans("şğıŞĞİ", "þðýÞÐÝ"))
    assert con.execute(f"SELECT {cells.text('c')} FROM (SELECT ? AS c)", [broken]).fetchone()[0] == text
