"""How numbers, dates and months are written: the published examples, the digits rule, and what is refused."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm_helpers import units
from scrm_helpers.units import Unit, write, write_range

LANGUAGES = pytest.mark.parametrize("language", ["en", "tr"])
NUMBERS = [unit for unit in Unit if unit is not Unit.VERDICT]


def test_only_a_share_alone_is_said_to_be_below_the_last_digit():
    """A range has digits of its own, a gain its sign, a bound its rounding: none of them reads "<0.01%"."""
    assert write(0.000_01, Unit.SHARE, "en", low=0.0, high=0.000_03) == "0.00%"
    assert write(0.000_01, Unit.SHARE, "en", signed=True) == "0.00%"
    assert write(0.000_01, Unit.SHARE, "en", low=0.000_01) == "0.00%"
    assert write(0.000_01, Unit.RATIO, "en") == "0.00"


# The board page's own figures: 412 TL (330 to 540), 74% (71 to 77), 0.6 m TL (-0.3 to 1.6).
@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "english", "turkish", "range_en", "range_tr"),
    [
        (412.37, 330, 540, Unit.MONEY_PER_CUSTOMER, "412 TL", "412 TL", "330 to 540", "330 ile 540"),
        (0.7412, 0.71, 0.77, Unit.SHARE, "74%", "%74", "71% to 77%", "%71 ile %77"),
        (6e5, -3e5, 1.6e6, Unit.MONEY, "0.6 m TL", "0,6 mn TL", "−0.3 to 1.6 m TL", "−0,3 ile 1,6 mn TL"),
    ],
)
def test_board_page_examples(value, low, high, unit, english, turkish, range_en, range_tr):
    assert write(value, unit, "en", low=low, high=high) == english
    assert write(value, unit, "tr", low=low, high=high) == turkish
    assert write_range(low, high, unit, "en") == range_en
    assert write_range(low, high, unit, "tr") == range_tr


@pytest.mark.parametrize(
    ("value", "unit", "english", "turkish"),
    [
        (1234, Unit.MONEY, "1,234 TL", "1.234 TL"),
        (3.4, Unit.MONEY_PER_ISSUE, "3.40 TL", "3,40 TL"),  # below 10 with cents
        (9.996, Unit.MONEY, "10 TL", "10 TL"),  # would round to 10.00
        (999_999.4, Unit.MONEY, "999,999 TL", "999.999 TL"),
        (999_999.5, Unit.MONEY, "1.0 m TL", "1,0 mn TL"),  # what rounds to a million is a million
        (99_949_999, Unit.MONEY, "99.9 m TL", "99,9 mn TL"),
        (99_950_000, Unit.MONEY, "100 m TL", "100 mn TL"),
        (999_950_000, Unit.MONEY, "1.0 bn TL", "1,0 mr TL"),
        (2.5e9, Unit.MONEY, "2.5 bn TL", "2,5 mr TL"),
        (1_234_567, Unit.COUNT, "1,234,567", "1.234.567"),  # a count is exact
        (0, Unit.MONEY, "0 TL", "0 TL"),
        (0, Unit.SHARE, "0%", "%0"),
        (1, Unit.SHARE, "100%", "%100"),
        (0.997, Unit.SHARE, "99.7%", "%99,7"),  # not 100%
        (0.9996, Unit.SHARE, "99.96%", "%99,96"),
        (0.18, Unit.SHARE, "18%", "%18"),
        (0.014, Unit.SHARE, "1.4%", "%1,4"),
        (0.006805, Unit.SHARE, "0.68%", "%0,68"),
        (0.0996, Unit.SHARE, "10%", "%10"),  # 9.96 has two leading digits as 10, not as 10.0
        (0.000_07, Unit.PROBABILITY, "0.01%", "%0,01"),
        (0.000_049_9, Unit.PROBABILITY, "<0.01%", "<\N{NO-BREAK SPACE}%0,01"),  # not 0.00%: it is not none
        (1e-300, Unit.SHARE, "<0.01%", "<\N{NO-BREAK SPACE}%0,01"),
        (-0.05, Unit.SHARE, "−5%", "−%5"),
        (0.9, Unit.PROBABILITY, "90%", "%90"),
        (0.023, Unit.POINTS, "2.3 points", "2,3 puan"),
        (0.01, Unit.POINTS, "1 point", "1 puan"),
        (0.045, Unit.RATE_PER_1000, "45 per 1,000", "binde 45"),
        (1.83, Unit.RATIO, "1.8", "1,8"),
        (2.31, Unit.PER_PERSON, "2.3", "2,3"),
        (1, Unit.DAYS, "1 day", "1 gün"),
        (0.97, Unit.DAYS, "1.0 days", "1,0 gün"),
        (12.4, Unit.DAYS, "12 days", "12 gün"),
        (7, Unit.MONTHS, "7 months", "7 ay"),
        (4.5, Unit.HOURS, "4.5 hours", "4,5 saat"),
        (95, Unit.MINUTES, "95 minutes", "95 dakika"),
        (None, Unit.MONEY, "none", "yok"),  # a denominator of 0
        (float("nan"), Unit.SHARE, "none", "yok"),
        (pd.NA, Unit.SHARE, "none", "yok"),
        (pd.NaT, Unit.DAYS, "none", "yok"),
        (Decimal("NaN"), Unit.MONEY, "none", "yok"),
        (Decimal("1234.5000"), Unit.MONEY, "1,235 TL", "1.235 TL"),
        (np.float64(0.74), Unit.SHARE, "74%", "%74"),
        (np.int64(61), Unit.COUNT, "61", "61"),
    ],
)
def test_without_a_range(value, unit, english, turkish):
    assert write(value, unit, "en") == english
    assert write(value, unit, "tr") == turkish


# Largest power of ten not above a quarter of the width; whole units stay while all is below 1,000.
@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (412.37, 312, 512, "412 TL"),  # 200/4 = 50 -> 10, but below 1,000: whole
        (990, 800, 1180, "990 TL"),  # 380/4 = 95 -> 10
        (1234, 1100, 1380, "1,230 TL"),  # 280/4 = 70 -> 10
        (1234, 600, 1900, "1,200 TL"),  # 1300/4 = 325 -> 100
        (123_456, 103_000, 143_000, "120,000 TL"),  # 40,000/4 = 10,000 -> 10,000
        (123_456, 103_001, 142_999, "123,000 TL"),  # 39,998/4 = 9,999.5 -> 1,000
        (4.237, 4.0, 4.5, "4.2 TL"),  # 0.5/4 = 0.125 -> 0.1
        (4.237, 4.23, 4.24, "4.24 TL"),  # 0.0025 -> 0.001, but money stops at cents
        (16.4e6, 4e6, 28e6, "16 m TL"),  # 24/4 = 6 -> 1 million
        (5, 5, 5, "5 TL"),  # no width says nothing about digits
        (1234, None, 1380, "1,230 TL"),  # one end: 146/2 = 73 -> 10
    ],
)
def test_digits_follow_the_width_of_the_range(value, low, high, expected):
    assert write(value, Unit.MONEY, "en", low=low, high=high) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.125, "13%"), (0.135, "14%"), (0.145, "15%"), (-0.125, "−13%")],  # to even would be 12, 14, 14
)
def test_ties_go_up(share, expected):
    assert units.percent(share, "en", 0) == expected


def test_ties_go_by_the_digits_that_a_reader_sees():
    # The float 2.675 is stored as 2.67499999...; a reader sees 2.675 and expects 2.68.
    assert write(2.675, Unit.MONEY, "en") == "2.68 TL"


def test_signs():
    assert write(61, Unit.COUNT, "en", signed=True) == "+61"
    assert write(-61, Unit.COUNT, "en", signed=True) == "−61"
    assert write(0, Unit.COUNT, "en", signed=True) == "0"
    assert write(0.02, Unit.SHARE, "tr", signed=True) == "+%2"
    assert write(-0.4, Unit.COUNT, "en") == "0"  # what rounds to 0 has no sign
    assert "-" not in write(-5, Unit.MONEY, "en")


def test_open_ranges():
    assert write_range(330, None, Unit.MONEY, "en") == "330 or more"
    assert write_range(330, None, Unit.MONEY, "tr") == "en az 330"
    assert write_range(None, 0.04, Unit.SHARE, "en") == "4% or less"
    assert write_range(None, 0.04, Unit.SHARE, "tr") == "en çok %4"
    assert write_range(None, None, Unit.MONEY, "tr") == "yok"
    assert write_range(2e6, None, Unit.MONEY, "en") == "2.0 m TL or more"


def test_ends_for_a_sentence():
    assert units.write_ends(330, 540, Unit.MONEY, "en") == ("330", "540")
    assert units.write_ends(330, 540, Unit.MONEY, "en", with_unit=True) == ("330", "540 TL")
    assert units.write_ends(-3e5, 1.6e6, Unit.MONEY, "tr") == ("−0,3", "1,6 mn TL")
    assert units.write_ends(-3e5, 1.6e6, Unit.MONEY, "en", with_unit=False) == ("−0.3", "1.6 m")
    assert units.write_ends(None, 540, Unit.MONEY, "en") == ("none", "540")


def test_tile():
    assert units.compact(6e5, Unit.MONEY, "en", low=-3e5, high=1.6e6) == ("0.6", "m TL")
    assert units.compact(6e5, Unit.MONEY, "tr", low=-3e5, high=1.6e6) == ("0,6", "milyon TL")
    assert units.compact(412, Unit.MONEY_PER_CUSTOMER, "en", currency="EUR") == ("412", "EUR")
    assert units.compact(0.74, Unit.SHARE, "en") == ("74", "%")
    assert units.compact(0.74, Unit.SHARE, "tr") == ("%74", "")
    assert units.compact(1_234_567, Unit.COUNT, "en") == ("1.2", "m")
    assert units.compact(None, Unit.SHARE, "tr") == ("yok", "")


def test_axis_and_books():
    assert units.write_all([0, 5e5, 1e6], Unit.MONEY, "en") == ["0.0 m TL", "0.5 m TL", "1.0 m TL"]
    assert units.write_all([0.121, 0.122, None], Unit.SHARE, "tr") == ["%12,1", "%12,2", "yok"]  # ticks differ
    assert units.write_all([], Unit.SHARE, "tr") == []
    assert units.exact(1234567.805, Unit.MONEY, "tr") == "1.234.567,81 TL"
    assert units.unit_label(Unit.MONEY_PER_CUSTOMER, "tr") == "müşteri başına TL"
    assert units.unit_label(Unit.MONEY_PER_CUSTOMER, "en", currency="USD") == "USD per customer"


def test_csv_for_turkish_excel():
    assert units.csv_number(-1234567.125, "tr") == "-1234567,125"
    assert units.csv_number(-1234567.125, "en") == "-1234567.125"
    assert units.csv_number(1e-7, "tr") == "0,0000001"  # Excel reads no exponent after a comma
    assert units.csv_number(None, "tr") == ""


def test_dates_and_months():
    day = dt.date(2026, 3, 31)
    assert (units.date(day, "en"), units.date(day, "tr")) == ("31 March 2026", "31 Mart 2026")
    assert units.date(day, "tr", year=False) == "31 Mart"
    assert units.short_date(dt.date(2026, 8, 5), "tr") == "5 Ağu 2026"
    assert (units.month("2026-03", "en"), units.month("2026-12", "tr")) == ("March 2026", "Aralık 2026")
    assert units.short_month("2026-11", "tr") == "Kas 2026"
    assert units.date(pd.Timestamp("2026-02-01"), "tr") == "1 Şubat 2026"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: write(float("inf"), Unit.MONEY, "en"), ValueError, "finite"),
        (lambda: write(-np.inf, Unit.MONEY, "en"), ValueError, "finite"),
        (lambda: write(1, Unit.MONEY, "en", high=float("inf")), ValueError, "high"),
        (lambda: write("5", Unit.MONEY, "en"), TypeError, "expected a number"),
        (lambda: write(True, Unit.COUNT, "en"), TypeError, "expected a number"),
        (lambda: write(np.True_, Unit.COUNT, "en"), TypeError, "expected a number"),
        (lambda: write(pd.Series([1, 2]), Unit.COUNT, "en"), TypeError, "single value"),
        (lambda: write(1, Unit.MONEY, "de"), ValueError, "'en' or 'tr'"),
        (lambda: write(1, "furlongs", "en"), ValueError, "expected one of money"),
        (lambda: write(1, Unit.VERDICT, "en"), ValueError, "texts"),
        (lambda: write(1, Unit.MONEY, "en", currency="₺"), ValueError, "three-letter"),
        (lambda: write(1, Unit.MONEY, "en", low=2, high=1), ValueError, "Swap"),
        (lambda: units.month("2026-13", "en"), ValueError, "YYYY-MM"),
        (lambda: units.date("2026-03-31", "en"), TypeError, "fromisoformat"),
        (lambda: units.date(pd.NaT, "en"), TypeError, "datetime.date"),
    ],
)
def test_refusals_say_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, st.none() | FINITE, st.none() | FINITE, st.sampled_from(NUMBERS), st.sampled_from(["en", "tr"]))
def test_any_finite_number_can_be_written(value, one, other, unit, language):
    low, high = sorted([one, other]) if None not in (one, other) else (one, other)
    text = write(value, unit, language, low=low, high=high)
    assert any(sign.isdigit() for sign in text)
    assert write_range(low, high, unit, language)
    number, _ = units.compact(value, unit, language, low=low, high=high)
    assert any(sign.isdigit() for sign in number)


def _read(text: str, language: str) -> Decimal:
    """Back from text to number, without using the code under test."""
    if language == "tr":
        text = text.replace(".", "").replace(",", ".")
    return Decimal(text.replace(",", "").replace("−", "-").split()[0])


@given(st.floats(-1e5, 1e5), st.floats(0.5, 1e5), st.sampled_from(["en", "tr"]))
def test_rounding_moves_a_figure_by_an_eighth_of_its_range_at_most(value, width, language):
    # The step is at most width / 4, and rounding moves by half a step.
    low, high = value - width / 3, value + width * 2 / 3
    shown = _read(write(value, Unit.MONEY, language, low=low, high=high), language)
    assert abs(float(shown) - value) <= width / 8 * (1 + 1e-6)


@given(st.floats(-1e12, 1e12))
def test_both_languages_say_the_same_number(value):
    english, turkish = write(value, Unit.RATIO, "en"), write(value, Unit.RATIO, "tr")
    assert _read(english, "en") == _read(turkish, "tr")


@given(FINITE)
def test_csv_loses_no_digit(value):
    assert float(units.csv_number(value, "tr").replace(",", ".")) == value


@LANGUAGES
def test_every_unit_has_a_label_and_every_month_a_name(language):
    assert all(units.unit_label(unit, language) for unit in NUMBERS)
    assert len({units.month(f"2026-{number:02d}", language) for number in range(1, 13)}) == 12
    assert len({units.short_month(f"2026-{number:02d}", language) for number in range(1, 13)}) == 12


def test_units_load_the_standard_library_only():
    # A caller that only formats (the command line's help, the run's check) must not wait for pandas.
    code = "import sys, scrm_helpers.units; print(sorted({'numpy', 'pandas', 'scipy', 'locale'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                          cwd=units.__file__.rsplit("scrm_helpers", 1)[0])
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("low", "high", "unit", "en", "tr"), [
    (1234.0, 1815.0, Unit.MONEY_PER_CUSTOMER, "1,234 to 1,815", "1.234 ile 1.815"),  # as an estimate: 1,200 to 1,800
    (430.5, 470.0, Unit.MONEY, "430.5 to 470.0", "430,5 ile 470,0"),
    (0.625, 0.7, Unit.SHARE, "62.5% to 70.0%", "%62,5 ile %70,0"),
    (0.62, 0.70, Unit.SHARE, "62% to 70%", "%62 ile %70"),
    (1_250_000.0, 1_800_000.0, Unit.MONEY, "1.25 to 1.80 m TL", "1,25 ile 1,80 mn TL"),
    (4.0, None, Unit.SCORE, "4 or more", "en az 4"),
])  # fmt: skip
def test_ends_that_somebody_typed_keep_their_digits(low, high, unit, en, tr):
    assert [units.write_range(low, high, unit, language, typed=True) for language in ("en", "tr")] == [en, tr]


@pytest.mark.parametrize(("text", "wanted"), [
    ("−%5 (+%18), −5%", "−^%5 (+^%18), −5%"),
    ("en az 1,4 mn TL, 0,6 milyon TL; 12 ay", "en az 1,4_mn_TL, 0,6_milyon_TL; 12_ay"),
    ("0.6 m TL to 1.2 bn EUR; 1,234 TL per customer; 4.8 points", "0.6_m_TL to 1.2_bn_EUR; 1,234_TL per customer; 4.8_points"),
    ("29 Ekim Cumhuriyet Bayramı, 31 March 2026, 5 Ağu", "29_Ekim Cumhuriyet Bayramı, 31_March 2026, 5_Ağu"),
    ("binde 69", "binde_69"),
    ("12 aylık, 3 Mayısta, 7 mağaza, 3 KDVli", "12 aylık, 3 Mayısta, 7 mağaza, 3 KDVli"),  # words that only begin like a unit
])  # fmt: skip
def test_no_line_ends_between_a_number_and_what_belongs_to_it(text, wanted):
    assert units.held(text) == wanted.replace("_", "\u00a0").replace("^", "\u2060")


# The seen sales of a month whose loose orders may come on top: the figure is its own low end. (951, 9990) was written 1,000 by the width.
@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (50, 50, 2100, "50 TL"),  # was 100: "at least 100" of 50
        (951, 951, 9990, "951 TL"),
        (951, 951, None, "951 TL"),
        (12.7, 12.7, 8000, "12 TL"),  # down: at least 13 is not true
        (9_990.2, 951, 9_990.2, "9,991 TL"),  # its own high end, at most: up
        (1_990_000, 1_990_000, 3_000_000, "1.9 m TL"),
        (951, 951, 2_100_000, "951 TL"),  # on the scale of its high end it would read 0.00 m
        (999_999.7, 999_999.7, None, "999,999 TL"),  # not 1.0 m, nor 0.9 m
        (0.1 + 0.2, 0.3, 5, "0.30 TL"),  # what a sum of floats leaves behind is no money
        (-350.5, -350.5, 2100, "−351 TL"),
    ],
)
def test_a_bound_is_never_rounded_beyond_itself(value, low, high, expected):
    low, high = (value if end == pytest.approx(value) else end for end in (low, high))
    assert write(value, Unit.MONEY, "en", low=low, high=high) == expected


@given(st.floats(0, 1e10), st.floats(0, 1e10), st.floats(1.01, 1e4), st.floats(1.01, 1e4))
def test_two_bounds_stand_in_their_order_whatever_their_ranges(one, other, wide, narrow):
    def shown(v, times):
        text, scale = units.compact(v, Unit.MONEY, "en", low=v, high=v * times + 1)
        return Decimal(text.replace(",", "")) * {"TL": 1, "m TL": 10**6, "bn TL": 10**9}[scale]

    least, most = sorted((one, other))
    assert shown(least, wide) <= shown(most, narrow)
    assert shown(most, narrow) <= Decimal(most) + Decimal("0.005")  # twelve digits are stored


def test_ends_of_a_bound():
    assert write_range(951.6, None, Unit.MONEY, "en") == "951 or more"
    assert write_range(None, 0.0431, Unit.SHARE, "en") == "4.4% or less"
    assert units.write_ends(951.6, 9_990.2, Unit.MONEY, "en", of=951.6) == ("951", "9,991")
    assert units.write_ends(951.6, 9_990.2, Unit.MONEY, "en", of=3_000) == ("1,000", "10,000")  # a range: its width decides
    assert units.write_ends(951.6, 2_010_000, Unit.MONEY, "en", of=951.6) == ("951 TL", "2.1 m TL")
    assert units.write_ends(951.6, 2_010_000, Unit.MONEY, "en", of=951.6, with_unit=False) == ("951", "2.1 m")
