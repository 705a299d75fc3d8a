"""What `why` prints: numbers as the page writes them, in the reader's language, and what it says of one that is not there."""

from types import SimpleNamespace

import pandas as pd
import pytest

from scrm_helpers import texts
from scrm_helpers import why as module
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit
from scrm_helpers.why import told, why
from scrm_helpers.why.behind import Behind, Figure
from scrm_helpers.why.page import holds, ids_of, nearest

PAGE = (
    '<html lang="tr"><p data-why="board.cost">Program 3.300 TL tuttu.</p><p data-why="board.spend board.budget">3.300 TL harcandı, '
    '1.700 TL istenmişti; yeni müşteri başına 12,5 TL.</p><p data-why="board.days">03.10.2026 günü</p></html>'
)


@pytest.mark.parametrize(("typed", "found"), [
    ("3.300", {"board.cost", "board.spend", "board.budget"}),  # as printed
    ("3.300 TL", {"board.cost", "board.spend", "board.budget"}),
    ("3300", {"board.cost", "board.spend", "board.budget"}),  # the same number
    ("12.5", set()),  # twelve and a half is 12,5 in Turkish
    ("12,50", {"board.spend", "board.budget"}),
    ("3,300", set()),  # three and three tenths
    ("2026", set()),  # part of a date
])  # fmt: skip
def test_a_number_is_found_as_the_language_of_the_page_means_it(typed, found):
    assert set(ids_of(PAGE, typed)) == found


def test_numbers_next_in_size_are_named_with_their_ids():
    assert nearest(PAGE, "3.000", 2) == [("3.300", ("board.cost",)), ("1.700", ("board.spend", "board.budget"))]
    assert holds("1.700 TL", "1700", "tr") and not holds("1.700 TL", "1,7", "tr") and holds("1.7 m TL", "1.70", "en")


def month(tmp_path, monkeypatch) -> None:
    (tmp_path / "board.html").write_text(PAGE, encoding="utf-8")
    made = SimpleNamespace(found={}, run=tmp_path, period="2026-10", settings=SimpleNamespace(currency="TRY"))
    monkeypatch.setattr("scrm_helpers.why.Month", lambda *_: made)
    given = {"board.cost": 3_300.0, "board.spend": 3_300.4, "board.budget": 1_700.0}
    rows = pd.DataFrame(columns=["number", "row", "part", "whole"])
    monkeypatch.setattr(module, "answer", lambda _, i: Behind(rows, {"money": Figure(given[i], Unit.MONEY)}))


def test_of_the_places_that_hold_a_number_those_whose_own_number_is_another_are_left_out(tmp_path, monkeypatch):
    month(tmp_path, monkeypatch)
    with texts.speaking("tr"), pytest.raises(ToldError) as several:
        why(None, "2026-10", "3.300")
    # 3,300.4 is printed 3.300 too; 1.700 stands in the same sentence as 3.300
    said = str(several.value)
    assert "  board.cost: Program 3.300 TL" in said and "  board.spend: 3.300 TL" in said and "board.budget" not in said
    assert module._id_of(module.Month(None, ""), "1.700") == "board.budget"


def test_a_number_that_is_nowhere_says_so_and_what_is_near(tmp_path, monkeypatch):
    month(tmp_path, monkeypatch)
    with texts.speaking("tr"), pytest.raises(ToldError, match="2026-10 sayfasında böyle bir sayı yok.*3.300 [(]board.cost[)]"):
        why(None, "2026-10", "3.400")
    with texts.speaking("tr"), pytest.raises(ToldError, match="En yakın adlar: board.spend"):
        why(None, "2026-10", "board.spent")


def test_numbers_are_printed_as_the_page_prints_them_in_the_readers_language():
    rows = pd.DataFrame({"number": ["value", "value"], "row": ["cost", "customer"], "part": [9_876.543219, 0.0], "whole": [0.0, 3.0]})
    figures = {
        "value": Figure(3_292.181073, Unit.MONEY_PER_CUSTOMER, 2_800.0, 3_900.0),
        "2026-09, printed": Figure(3_100.0, Unit.MONEY_PER_CUSTOMER, how="o ayın sayfası"),
        "months it takes": Figure(24.0, Unit.MONTHS, how="sipariş ayı"),
        "share": Figure(0.481234567891, Unit.SHARE, how="onunla"),
        "G1, promised": Figure(None, "share", 0.4, 0.5, how="geçen ayın sayfası"),
    }
    behind = Behind(rows, figures)
    with texts.speaking("tr"):
        # 9,876.54 / 3 = 3,292; a range of 1,100 shows hundreds
        assert told.lines("acquisition.cac", behind, "TRY") == [
            "acquisition.cac = 9.876,54 / 3 = 3.292,18 TL, yuvarlanınca 3.300 TL (müşteri başına TL), aralık 2.800 ile 3.900 TL",
            "acquisition.cac, 2026-09, sayfada yazan = 3.100 TL (müşteri başına TL); o ayın sayfası; gösterildi, yeniden sayılmadı",
            "acquisition.cac, gereken ay = 24 ay; sipariş ayı; gösterildi, yeniden sayılmadı",
            "acquisition.cac, pay = %48; onunla; gösterildi, yeniden sayılmadı",
            "acquisition.cac, G1, söz verilen = %40 ile %50; geçen ayın sayfası; gösterildi, yeniden sayılmadı",
        ]
    # 600 / 3 and 1 / 4 come out as they are printed
    even = {"value": [Figure(200.0, Unit.MONEY_PER_CUSTOMER), 600.0, 3.0], "share": [Figure(0.25, Unit.SHARE), 1.0, 4.0]}
    whole = pd.DataFrame([(n, "row", part, of) for n, (_, part, of) in even.items()], columns=rows.columns)
    lines = told.lines("x", Behind(whole, {n: f for n, (f, *_) in even.items()}), "TRY")
    assert lines == ["x = 600 / 3 = 200 TL (TL per customer)", "x, share = 1 / 4 = 25%"]
    english = told.lines("acquisition.cac", behind, "TRY")[0]
    assert english == "acquisition.cac = 9,876.54 / 3 = 3,292.18 TL, rounded 3,300 TL (TL per customer), range 2,800 to 3,900 TL"


def test_a_bound_reads_as_the_page_has_it():
    assert told.number(Figure(951.6, Unit.MONEY, 951.6, 9_990.2), "TRY").startswith("951 TL")
    assert "9,991 TL" in told.number(Figure(951.6, Unit.MONEY, 951.6, 9_990.2), "TRY")
    assert told.number(Figure(951.6, Unit.MONEY, 951.6), "TRY") == "951 TL"
    assert told.number(Figure(951.2, Unit.MONEY, None, 951.2), "TRY") == "952 TL"
