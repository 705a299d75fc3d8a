"""What a newcomer with files of her own meets at `check`: totals rows, files that are no workbooks, drafts that last for next month."""

import pytest
from ingestion_files import checked

from scrm_helpers import texts
from scrm_helpers.errors import ToldError
from scrm_helpers.goals.money import fiscal_months

TILL = "Sipariş No;Sipariş Tarihi;Müşteri;Tutar\nA1;13.09.2026;M1;120,00\nA2;14.09.2026;M2;60,00\n"
AGAIN = "A2;14.09.2026;M2;60,00\n"  # the same row once more: it counts once


@pytest.mark.parametrize(("rows", "total", "wanted"), [
    (TILL, "180,00", ["equal"]),  # 120 + 60
    (TILL + AGAIN, "240,00", ["equal"]),  # as the file has them: 120 + 60 + 60
    (TILL + AGAIN, "180,00", ["equal"]),  # the system's own total, of a file in which a row was pasted twice
    (TILL + AGAIN, "300,00", ["300,00", "toplamı 240,00 (başka bir satırı yineleyenler bir kez sayılınca 180,00)", "60,00 fazla"]),
    (TILL, "100,00", ["100,00", "toplamı 180,00; toplam satırı 80,00 eksik"]),  # 180 - 100
])  # fmt: skip
def test_a_totals_row_is_right_with_doubles_or_without_and_else_says_which_is_larger(tmp_path, rows, total, wanted):
    found = checked(tmp_path, {"satis.csv": f"{rows}TOPLAM;;;{total}\n"}, sources="company: {language: tr}\n")["satis.csv"]
    assert all(words in found["totals"] for words in wanted) and (found["totals"] == "equal") == (wanted == ["equal"])


def test_what_is_paid_for_one_hour_is_not_added_up(tmp_path):
    sheet = "Ay;Amaç;Tür;Kanal;Tutar (TL);Saat;Saat Ücreti (TL)\n"
    sheet += "2026-08;Hizmet;Saat;Sosyal medya;;10;200\n2026-09;Hizmet;Saat;Telefon;;5;300\n"
    sums = checked(tmp_path, {"gider.csv": sheet})["gider.csv"]["sums"]["costs"]
    assert sums["hours"] == 15 and "hourly_rate" not in sums  # 10 + 5; 200 + 300 would be nothing


@pytest.mark.parametrize("content", [b"not a workbook", b"PK\x03\x04" + b"\0" * 40])
def test_a_file_that_is_no_workbook_says_so_in_plain_words(tmp_path, content):
    said = checked(tmp_path, {"plan.xlsx": content}, sources="company: {language: tr}\n")["plan.xlsx"]["message"]
    assert "hasarlı ya da gerçek bir Excel dosyası değil" in said and ".xlsx olarak yeniden kaydedin" in said
    assert "zip" not in said.lower() and "EOCD" not in said


def test_a_fiscal_year_that_begins_in_no_month_is_refused_in_the_users_language():
    with texts.speaking("tr"), pytest.raises(ToldError, match="first_month: 13 geldi; mali yılın başladığı ay beklenir"):
        fiscal_months("2026-10", first_month=13)
