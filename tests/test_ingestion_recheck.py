"""The recheck of a hand-kept source: the same rows for the same seed, a sheet that Excel cannot spoil, an exact range of its error."""

import openpyxl
import pandas as pd
import pytest

from scrm_helpers.ingestion import InputError, recheck


@pytest.fixture
def drawn():
    touches = pd.DataFrame({
        "touch_id": range(10**17, 10**17 + 80), "account_id": range(80), "on": pd.Timestamp("2026-09-01"),
        "source": "instagram", "hand_kept": [k % 8 != 0 for k in range(80)],
    })  # fmt: skip
    contacts = pd.DataFrame({"account_id": range(80), "full_name": "=Ayşe", "phone": "+90 532"})
    return recheck.draw(touches, contacts), touches, contacts


def test_fifty_hand_kept_rows_are_drawn_and_the_same_ones_again(drawn):
    rows, touches, contacts = drawn
    assert len(rows) == 50 and rows["touch_id"].is_unique  # of 70 that are kept by hand
    assert set(rows["touch_id"]) <= set(touches.loc[touches["hand_kept"], "touch_id"])
    assert recheck.draw(touches.sample(frac=1, random_state=3), contacts).equals(rows)
    assert not recheck.draw(touches, contacts, seed=2).equals(rows)


def test_answers_come_back_with_the_range_of_the_error(drawn, tmp_path):
    path = tmp_path / "recheck.xlsx"
    recheck.write(drawn[0], path)
    book = openpyxl.load_workbook(path)
    page = book.active
    assert page["C2"].value == "'=Ayşe" and page["A2"].value == str(drawn[0]["touch_id"][0])  # no formula, no lost digit
    for row in range(2, 42):
        page.cell(row, 6).value = "hayır" if row < 6 else "yes"
    book.save(path)
    answered = recheck.answers(path)
    assert len(answered) == 40 and answered["touch_id"].tolist() == drawn[0]["touch_id"].tolist()[:40]
    found = recheck.error(answered)
    # 4 of 40 wrong; exact 90% limits of Clopper and Pearson are beta(0.05; 4, 37) and beta(0.95; 5, 36)
    assert (found.value, round(found.low, 4), round(found.high, 4)) == (0.1, 0.0349, 0.2144)
    with pytest.raises(InputError, match="there already"):
        recheck.write(drawn[0], path)
    page.cell(2, 6).value = "perhaps"
    book.save(path)
    with pytest.raises(InputError, match="row 2"):
        recheck.answers(path)


def test_nothing_to_recheck_is_told(drawn):
    _, touches, contacts = drawn
    with pytest.raises(InputError, match="no hand-kept row"):
        recheck.draw(touches.assign(hand_kept=False), contacts)
