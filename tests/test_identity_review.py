"""The clerical review without a browser: the queue, masking, the handlers behind the buttons, and labels through the store."""

import datetime
from types import SimpleNamespace

import pandas as pd
import pytest

from scrm_helpers.identity import answers, io, model, resolve, review
from scrm_helpers.store import Store, kept, open_workspace
from scrm_helpers.store.workspace import HOME_VARIABLE

NOON = datetime.datetime(2026, 11, 2, 12)
ACCOUNTS = pd.DataFrame({
    "account_id": [1, 2, 3, 4], "system": "shop", "kind": "consumer", "first_name": ["Ayşe", "Ayşe", "Mehmet", "Ayse"],
    "last_name": ["Yılmaz", "Yılmaz", "Kaya", "Yilmaz"],
    "email": ["gizli@posta.example", "gizli@posta.example", "x@y.example", None], "phone": [None, "0532 123 45 67", None, None],
})  # fmt: skip
PAIRS = pd.DataFrame({
    "account_id_left": [1, 1, 2, 1], "account_id_right": [2, 3, 3, 4], "match_weight": [12.0, -3.0, -6.0, 0.0],
    "match_probability": [0.9998, 0.111, 0.0154, 0.5], "rule": "name", "linked": [True, False, False, False],
})  # fmt: skip
PERSONS = pd.DataFrame({"account_id": [1, 2, 3, 4], "person_id": [1, 1, 2, 3], "records": [2, 2, 1, 1]})
NONE = pd.DataFrame({c: pd.Series(dtype=object) for c in review.LABEL_COLUMNS})


def test_the_queue_asks_first_what_would_change_most():
    # gain: p (1 - p) x record pairs that would join. 1-4: .25 x 2 x 1 = .5; 1-3: .111 x .889 x 2 = .197; 2-3: .0154 x .9846 x 2 = .030;
    # 1-2 is linked already: .9998 x .0002 x 1 = .0002
    queued = review.queue(PAIRS, PERSONS, most=3)
    assert list(zip(queued.account_id_left, queued.account_id_right, strict=True)) == [(1, 4), (2, 3), (1, 3)]  # the second is a check
    assert queued.gain.round(3).tolist() == [0.5, 0.03, 0.197]
    told = pd.DataFrame([(1, 4, "unsure", "a", NOON)], columns=list(review.LABEL_COLUMNS))
    assert (1, 4) not in set(
        zip(
            *review.queue(PAIRS, PERSONS, told, most=3)[["account_id_left", "account_id_right"]].to_numpy().T.tolist(),
            strict=True,
        )
    )


def test_every_second_pair_checks_the_sure_ones():
    many = pd.DataFrame({
        "account_id_left": range(1, 401), "account_id_right": range(1001, 1401), "match_weight": 0.0, "rule": "name",
        "match_probability": [0.5] * 200 + [0.9999] * 200, "linked": [False] * 200 + [True] * 200,
    })  # fmt: skip
    persons = pd.DataFrame({"account_id": [*range(1, 401), *range(1001, 1401)], "records": 1})
    persons["person_id"] = persons.account_id
    queued = review.queue(many, persons, most=40)
    assert queued.why.tolist() == ["undecided", "check"] * 20
    assert (queued[queued.why == "check"].match_probability > 0.9).sum() == 10  # 20 checks from two strata, drawn in turn


def test_checks_are_drawn_from_linked_pairs_and_from_others_of_the_same_weight():
    # 380 linked pairs and 20 that stand apart, all at .9: of 20 checks every other one stands apart, and says what is missed
    many = pd.DataFrame({
        "account_id_left": range(1, 401), "account_id_right": range(1001, 1401), "match_weight": 3.17, "rule": "name",
        "match_probability": 0.9, "linked": [True] * 380 + [False] * 20,
    })  # fmt: skip
    persons = pd.DataFrame({"account_id": [*range(1, 401), *range(1001, 1401)], "records": 1})
    persons["person_id"] = persons.account_id
    queued = review.queue(many, persons, most=40)
    assert queued[queued.why == "check"].linked.tolist().count(False) == 10


def test_values_are_masked_until_asked_for_and_again_after_an_answer():
    kept = []
    view = review.Review(
        review.queue(PAIRS, PERSONS, most=3), ACCOUNTS, NONE, by="Deniz", save=kept.append, clock=lambda: NOON
    )
    box = view.widget()
    assert "Yılmaz" not in view.html() and "gizli" not in view.html() and "Y*** (6)" in view.html()
    view._show.value = True  # the toggle
    assert "Yılmaz" in box.children[0].value
    view._buttons[0].click()  # "Same person"
    assert view.masked and "Yılmaz" not in box.children[0].value and "gizli" not in box.children[0].value
    view._buttons[1].click()
    view._buttons[2].click()
    assert kept[-1].to_numpy().tolist() == [
        [1, 4, "same", "Deniz", NOON],
        [2, 3, "different", "Deniz", NOON],
        [1, 3, "unsure", "Deniz", NOON],
    ]
    assert "No pair is left" in view.html()
    view.answer("same")  # beyond the end nothing is added
    assert len(kept) == 3


def test_both_records_stand_side_by_side_whatever_the_system_wrote():
    rows = pd.DataFrame({
        "account_id": [1, 2], "system": ["crm", "help desk"], "first_name": ["Özlem", None], "last_name": ["Kurt", None],
        "full_name": [None, "ÖZLEM KURT"], "phone": ["0532 123 45 67", "+905321234567"], "city": ["İzmir", "Ankara"],
    })  # fmt: skip
    shown = review.side_by_side(rows, 1, 2, masked=False).set_index("field")
    assert shown.index.tolist() == ["system", "full_name", "phone", "city"]
    assert shown.loc["full_name"].tolist() == ["Özlem Kurt", "=", "ÖZLEM KURT"]
    assert shown.alike.tolist() == ["", "=", "=", "≠"]
    hidden = review.side_by_side(rows, 1, 2).set_index("field")
    assert hidden.loc["full_name"].tolist() == ["Ö*** (10)", "=", "Ö*** (10)"]
    assert hidden.loc["system"].tolist() == ["crm", "", "help desk"]


def test_an_unnamed_reviewer_and_an_unknown_answer_are_errors():
    with pytest.raises(ValueError, match="by: came empty"):
        review.add(NONE, 1, 2, "same", by=" ", at=NOON)
    with pytest.raises(ValueError, match="answer: came 'maybe', expected one of same, different, unsure"):
        review.add(NONE, 1, 2, "maybe", by="Deniz", at=NOON)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    raw = tmp_path / "data" / "sample" / "raw"
    raw.mkdir(parents=True)
    (raw / "MADE_UP_DATA.json").write_text("{}", encoding="utf-8")

    def of(period: str) -> Store:
        return Store(open_workspace("data/sample/raw"), period)

    for period in ("2026-10", "2026-11"):
        lineage = {"is_internal": False, "source_file": "a.csv", "source_row": range(2, 6)}
        of(period).write("accounts", ACCOUNTS.assign(**lineage))
    return of


def test_an_answer_of_one_month_holds_in_the_next(store):
    october = store("2026-10")
    inputs = io.read(october)
    found = resolve(**inputs)
    first = found.persons.set_index("account_id").person_id
    assert first[1] == first[2] != first[4]
    for name in io.WRITTEN:
        october.write(name, getattr(found, name))
    kept.keep(october.workspace, "2026-10")  # published: the next month may read it
    pairs = pd.DataFrame(
        {
            "account_id_left": [1, 1],
            "account_id_right": [2, 4],
            "match_probability": [0.99, 0.5],
            "linked": [True, False],
        }
    )
    box = io.review(october, _with(found, pairs), inputs, by="Deniz", language="tr")
    same, different = box.children[1].children[:2]
    same.click()  # 1-4, the undecided one
    different.click()  # 1-2
    labels = october.read("labels").to_pandas()
    assert labels[["account_id_left", "account_id_right", "answer"]].to_numpy().tolist() == [
        [1, 2, "different"],
        [1, 4, "same"],
    ]
    again = resolve(**io.read(october)).persons  # the month itself does not read what it wrote
    assert again.person_id.tolist() == found.persons.person_id.tolist()
    november = store("2026-11")
    told = resolve(**io.read(november))
    later = told.persons.set_index("account_id").person_id
    assert later[1] == later[4] and later[1] != later[2]
    assert later[3] == first[3]  # nothing was said about it: the number stays
    assert set(told.registry_log.event) == {"merge", "split"}


def _with(found, pairs):
    import dataclasses

    return dataclasses.replace(found, match_pairs=pairs)


def test_a_month_without_accounts_says_which_export_would_help(store):
    from scrm_helpers.findings import Context

    december = store("2026-12")  # nothing was written for it, and nobody was known before
    found = resolve(**io.read(december))
    for name in io.WRITTEN:
        december.write(name, getattr(found, name))
    said = answers.say(Context("02_identity", "2026-12", "en"), found)
    assert [(f.id, f.state, f.missing) for f in said] == [("identity.none", "missing", "accounts")]
    assert answers.facts(found)["persons"] == 0 and answers.by_system(found).empty and answers.example(found).empty


def test_the_example_is_the_pair_nearest_to_even_odds_the_first_of_equals():
    pairs = pd.DataFrame({"left": [0, 1, 0, 2], "right": [1, 2, 2, 3], "probability": [0.9, 0.25, 0.75, 0.2]})
    pairs = pairs.assign(mw_given=[1.0, 2.0, 3.0, 4.0])
    scored = model.Scored(pairs, trained=True, prior=-2.5)
    shown = answers.example(SimpleNamespace(scored=scored))
    assert shown.values.tolist() == [["prior", -2.5], ["given", 3.0], ["sum", 0.5]]
