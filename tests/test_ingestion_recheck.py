"""The recheck of a hand-kept source: the same rows for the same seed, a sheet that Excel cannot spoil, an exact range of its error."""

import openpyxl
import pandas as pd
import pytest

from scrm_helpers.acquisition import customer_cost
from scrm_helpers.ingestion import InputError, recheck
from scrm_helpers.store import Store, Workspace


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


def test_the_command_draws_then_reads_and_the_next_run_has_the_range(tmp_path):
    private = tmp_path / "data" / "private"
    store = Store(Workspace("", tmp_path / "data" / "raw", tmp_path), "2026-10")
    at = pd.Timestamp("2026-10-02")
    touch = {"at": at, "on": at.date(), "channel": "in_person", "kind": "declared", "source": "instagram", "hand_kept": True}
    with pytest.raises(InputError, match="run it first|Run it first"):
        recheck.turn(store)
    lineage = {"system": "contact", "source_file": "sheet.csv"}
    rows = [touch | lineage | {"touch_id": k + 1, "account_id": k + 1, "source_row": k + 2} for k in range(60)]
    store.write("touches", pd.DataFrame(rows))
    people = [lineage | {"account_id": k + 1, "source_row": k + 2, "kind": "consumer", "native_id": str(k), "full_name": f"N{k}",
                         "is_internal": False} for k in range(60)]  # fmt: skip
    store.write("accounts", pd.DataFrame(people))
    said, path = recheck.turn(store)
    assert "50 rows" in said and path == private / "recheck.xlsx" and path.stat().st_mode & 0o077 == 0
    assert recheck.result(store.workspace) is None and "No row is answered" in recheck.turn(store)[0]
    book = openpyxl.load_workbook(path)
    for row in range(2, 52):
        book.active.cell(row, 6).value = "no" if row < 7 else "yes"
    book.save(path)
    assert "5 of 50" in recheck.turn(store)[0]
    # 5 of 50 wrong; exact 90% limits: beta(0.05; 5, 46) and beta(0.95; 6, 45)
    found = recheck.result(store.workspace).iloc[0]
    assert (round(found["wrong_low"], 4), round(found["wrong_high"], 4)) == (0.0402, 0.1988)
    store.write("rechecks", recheck.result(store.workspace))  # keeps its contract


def test_what_the_sheet_alone_says_widens_the_cost_of_a_customer_by_source():
    months = ["2026-09", "2026-10"]
    bill = {"purpose": "acquire", "amount": 500.0, "low": 500.0, "high": 500.0, "hours": 0.0, "kind": "media", "contact_channel": ""}
    ledger = pd.DataFrame([bill | {"month": m, "source": s, "campaign_id": None} for m in months for s in ("instagram", "search")])
    counted = {"month": "2026-10", "kind": "consumer", "source": ["instagram", "search"]}
    new, declared = pd.DataFrame(counted | {"customers": [40, 40]}), pd.DataFrame(counted | {"customers": [20, 10]})
    draws = pd.DataFrame(columns=["draw", "month", "kind", "source", "customers"])

    def limits(**more):
        found = customer_cost.cac_table(ledger, new, draws, period="2026-10", first_month="2026-09", **more)
        return found[found["window"] == "1m"].set_index("source")[["value", "low", "high"]]

    plain, wide = limits(), limits(declared=declared, doubt=0.2)
    # 20 of its 40 come from the sheet, a fifth of which may be wrong: 4 may be others', and 2 of the 10 of the others its own
    assert wide.loc["instagram", "high"] == pytest.approx(plain.loc["instagram", "high"] / (1 - 4 / 40))
    # exact upper limits of Poisson, gamma(0.95; 41) and gamma(0.95; 43): 40 counted, and 42 of which 2 may be its own
    assert (round(500 / plain.loc["instagram", "low"], 1), round(500 / wide.loc["instagram", "low"], 1)) == (52.1, 54.3)
    assert wide["value"].equals(plain["value"]) and wide.loc["all"].equals(plain.loc["all"])
    assert limits(declared=declared, doubt=0.0).equals(plain)
