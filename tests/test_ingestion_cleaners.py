"""The cleaners of text, numbers, dates and money, driven by hypothesis: a round trip, or nothing; never another value without a word."""

import random
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion_files import checked

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


SEEDS = (
    "Kampanya Adı;Gün;Harcanan Tutar (TRY);Gösterim\nYaz;2026-09-01;150,50;1.200\nGüz;2026-09-02;1.149,50;900\nToplam;;1.300,00;2.100\n",
    "Sipariş No;Sipariş Tarihi;Müşteri Adı;Tutar\n1;15.09.2026;Işık Şağ;1.200,50\n2;16.09.2026;İğde;60,00\n",
    "FICHENO;TRCODE;CARI_KOD;SATIR_NET;DATE_;IPTAL\n1;7;120.01;100,00;15.09.2026;0\n2;3;120.01;40,00;16.09.2026;0\n",
    "Ticket ID,Subject,Status,Source,Created time,Resolved time\n"
    '1,"a, b",Open,Phone,2026-09-01 09:00,\n2,"c\nd",Closed,Email,2026-09-01 09:00,2026-09-03 10:12\n',
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1254")


def mangled(number: int) -> bytes:
    """A file in the shape of an export with one to four faults: the same for the same number."""
    dice = random.Random(number)
    data = bytearray(dice.choice(SEEDS).encode(dice.choice(ENCODINGS), "replace"))
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(max(1, len(data)))
        match dice.randrange(8):
            case 0:
                del data[place:]
            case 1:
                data[place : place + 1] = bytes([dice.randrange(256)])
            case 2:
                data[place:place] = dice.choice(
                    [b'"', b"\x00", b"\n", b"\r", b";", b",", b"\t", b"=", b"<html>", b"\xff\xfe", b"'"]
                )
            case 3:
                data[place:place] = data[max(0, place - 40) : place]
            case 4:
                del data[place : place + dice.randint(1, 30)]
            case 5:
                data = data.replace(b";", b"\t") if dice.random() < 0.5 else data.replace(b",", b";")
            case 6:
                data[place:place] = dice.choice(
                    [b"1,234", b"5,32E+09", b"30.12.1899", b"2030-01-01", b"--", b"<5", b"1.234.567,89"]
                )
            case _:
                data = bytearray(b"# rapor\n\n") + data
    return bytes(data)


def hold(home, numbers) -> None:
    """Every file ends in a table whose rows add up, or in a refusal with a sentence."""
    ends = (".csv", ".csv", ".txt", ".xlsx")
    files = {f"f{n:05d}{ends[n % 4] if n % 4 < 3 or n % 20 == 3 else '.csv'}": mangled(n) for n in numbers}
    for name, found in checked(home, files, today=date(2026, 10, 31) + timedelta(days=1)).items():
        assert found["verdict"] in ("read", "refused"), name
        if found["verdict"] == "refused":
            assert len(found["message"]) > 40 and "Traceback" not in found["message"], name
        else:
            fates = sum(found[f"rows_{f}"] for f in ("kept", "quarantined", "dropped", "later", "replaced"))
            assert found["rows_read"] == fates, name


def test_mangled_files_end_in_a_table_or_a_refusal(tmp_path):
    hold(tmp_path, range(60))


@pytest.mark.slow
def test_ten_thousand_mangled_files_end_in_a_table_or_a_refusal(tmp_path):
    for start in range(0, 10_000, 250):
        hold(tmp_path / str(start), range(start, start + 250))
