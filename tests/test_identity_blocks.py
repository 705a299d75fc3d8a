"""What matching counts once, in SQL or by number, gives what the long way gives: by hand, and beside it."""

import numpy as np
import pandas as pd
import pytest

from scrm_helpers import folding
from scrm_helpers.identity import (
    candidates,
    fields,
    keys,
    model,
    normalise,
    quality,
    registry,
    review,
    strong,
    training,
)
from scrm_helpers.identity.blocks import blocks, within
from scrm_helpers.identity.resolve import READ
from scrm_helpers.store import engine

KEY = b"a key of the tests"


def records(*rows: dict) -> pd.DataFrame:
    base = {"system": "shop", "kind": "consumer"}
    return normalise.records(pd.DataFrame([base | {"account_id": k} | r for k, r in enumerate(rows, 1)]))


def test_blocks_by_hand():
    # a: rows 0, 2 and 5; b: row 1 alone; c: rows 3 and 4, which differ in the second part; row 6 has no value, row 7 no second one
    first, second = np.array([0, 1, 0, 2, 2, 0, -1, 0]), np.array([0, 0, 0, 0, 1, 0, 0, -1])
    rows, sizes = blocks([first, second], largest=3)
    assert rows.tolist() == [0, 2, 5] and sizes.tolist() == [3]
    assert [x.tolist() for x in within(rows, sizes)] == [[0, 0, 2], [2, 5, 5], [3, 3, 3]]
    rows, sizes = blocks([first], largest=3)
    assert rows.tolist() == [3, 4] and sizes.tolist() == [2]  # a has four rows now: too many
    nothing = blocks([np.full(3, -1)], largest=3)
    assert [len(x) for x in (*nothing, *within(*nothing))] == [0] * 5


def test_keys_of_rules_by_hand():
    rows = fields.made(records(
        {"first_name": "Ayşe Nur", "last_name": "Yılmaz", "birth_date": "01.02.1990", "postcode": "34710", "phone": "0532 123 45 67",
         "address": "Gül Sokak No 12 D 3"},
        {"first_name": "Ak", "birth_year": 1985, "postcode": "W1"},
    ))  # fmt: skip
    said = {key: folding.plain(folding.texts(rows[c], of)).tolist() for key, (c, of) in candidates.KEYS.items()}
    assert said == {
        "stem": ["yilm", None], "tail": ["ilmaz", None], "given_tail": [" nur", "ak"], "day": ["02-01", None], "outward": ["34", None],
        "number_end": ["1234567", None], "house": ["12", None],
    }  # fmt: skip
    assert {part for parts in candidates.RULES.values() for part in parts} <= {*rows.columns, *said, "year", "swapped", "word"}


def test_codes_of_keys_by_hand():
    rows = fields.made(records(
        {"first_name": "Ali", "last_name": "Su", "birth_date": "01.02.1990"}, {"first_name": "Su", "last_name": "Ali", "birth_year": 1990},
        {"first_name": "Ali Can", "birth_year": 1985}, {"first_name": "Can", "last_name": "Su", "birth_date": "03.04.1990"},
    ))  # fmt: skip
    year, swapped = candidates.codes_of(rows, "year"), candidates.codes_of(rows, "swapped")
    assert year[0] == year[1] == year[3] != year[2] and year.min() >= 0
    assert swapped[0] == swapped[1] != swapped[3] and swapped[[0, 3]].min() >= 0
    assert candidates.codes_of(rows, "stem").tolist()[0] == candidates.codes_of(rows, "stem").tolist()[3] >= 0
    single = fields.made(records({"full_name": "Gül Ak"}, {"email": "a@posta.example"}, {"full_name": "Ak Can"}))
    at, word = candidates.words_of(single)
    assert at.tolist() == [0, 0, 2, 2] and word.tolist() == [0, 1, 0, 2]  # words of a name come in their order: ak gul, ak can


def test_a_field_without_any_text_is_a_column_of_texts():
    rows = records(*({"first_name": name, "city": "Ankara"} for name in ("Ali", "Can", "Ece")))
    with engine.bare() as connection:
        fields.make(connection, fields.made(rows))
        assert connection.execute("SELECT left(family, 1), left(mail, 1), left(given, 1) FROM made").fetchall()[0] == (None, None, "a")


def test_columns_are_made_the_same_on_the_engine_and_a_machine_has_no_name(monkeypatch):
    # 61 addresses of Ali Su that differ in their digits: one comes with a phone, so he is a person; 60 of Can Su are not enough
    ali = [{"first_name": "Ali", "last_name": "Su", "email": f"promo{k}@posta.example"} for k in range(100, 161)]
    can = [{"first_name": "Can", "last_name": "Su", "email": f"can{k}@posta.example"} for k in range(100, 160)]
    firm = {"company_name": "Örnek Tekstil Ltd. Şti.", "kind": "business", "first_name": "Ece", "last_name": "Ak"}
    rows = records(*ali, *can, ali[0] | {"phone": "05321234567"}, firm)
    whole = fields.columns(rows)
    assert whole.given.isna().tolist() == [True] * 61 + [False] * 61 + [True]
    assert whole.mail_near.isna().sum() == 62 and whole.words.isna().sum() == 61 and whole.mail.notna().sum() == 122
    assert whole.family[:61].isna().all() and whole.family.tolist()[61:] == [*["su"] * 61, "ornek tekstil"]
    told = np.arange(len(rows)) % 3 == 0
    monkeypatch.setattr(fields, "PIECE", 7)  # 42 records in six pieces
    with engine.bare() as connection:
        fields.make(connection, fields.made(rows, told))
        made = connection.execute("FROM made").to_arrow_table().to_pandas()
    assert made.unique_id.tolist() == np.flatnonzero(told).tolist() and fields.filled(fields.made(rows, told))["mail"] == made.mail.count()
    pd.testing.assert_frame_equal(made, whole[told].reset_index(drop=True), check_dtype=False)


def test_strong_keys_tie_by_hand():
    rows = records(
        {"first_name": "Ali", "last_name": "Su", "phone": "05321234567 / 05321234567", "email": "ali@posta.example"},
        {"first_name": "Ali", "last_name": "Su", "phone": "05327654321 / 05321234567", "email": "ali@posta.example"},
        {"first_name": "Ece", "last_name": "Ak", "phone": "05327654321"},  # another person on a number of the second
        {"first_name": "A.", "last_name": "Su", "handle": "alisu", "system": "x"},
        {"first_name": "Ali", "last_name": "Su", "handle": "@AliSu", "system": "x"},
        {"first_name": "Ali", "last_name": "Su", "handle": "alisu", "system": "instagram"},  # the same handle elsewhere is another one
        {"company_name": "Örnek Ltd. Şti.", "kind": "business", "city": "İzmir"},
        {"company_name": "ÖRNEK LTD", "kind": "business", "city": "izmir", "native_id": "B7"},
        {"company_name": "Başka A.Ş.", "kind": "business", "external_id": "B7", "system": "crm"},
        {"full_name": "Perakende Müşteri", "phone": "05321234567"},  # stands for nobody
    )
    found = strong.pairs(rows)
    assert found[["left", "right", "rule"]].values.tolist() == [
        [7, 8, "external id"], [0, 1, "e-mail"], [3, 4, "handle"], [6, 7, "firm and place"],
    ]  # fmt: skip


def test_agreement_with_draws_is_what_counting_everybody_gives():
    rng = np.random.default_rng(4)

    def first_of(groups: np.ndarray) -> np.ndarray:
        return np.unique(groups, return_index=True)[1][np.unique(groups, return_inverse=True)[1]]

    groups = np.sort(rng.integers(0, 150, 400))
    maps = [first_of(np.where(rng.random(400) < share, rng.integers(0, 150, 400), groups)) for share in (0, 0.01, 0.3, 1)]
    best = first_of(groups)
    assert quality.agreements(best, maps) == [quality.agreement(best, drawn) for drawn in maps]
    assert quality.agreements(best, maps)[0] == (1.0, 1.0)
    alone = np.arange(3)
    assert quality.agreements(alone, [alone]) == [(None, None)]


def test_new_numbers_are_those_given_one_at_a_time(monkeypatch):
    accounts = np.array([5, 9, 2**60])
    one_by_one = [registry._new(int(a), "2026-10", KEY, set()) for a in accounts]
    assert registry._fresh(accounts, "2026-10", KEY, set()).tolist() == one_by_one
    taken = registry._fresh(accounts, "2026-10", KEY, {one_by_one[1]})
    assert taken[[0, 2]].tolist() == [one_by_one[0], one_by_one[2]] and taken[1] != one_by_one[1]
    monkeypatch.setattr(registry, "IDS", 3)  # three numbers for three people: chance gives one twice
    assert sorted(registry._fresh(accounts, "2026-10", KEY, set()).tolist()) == [registry.LEAST_ID + k for k in range(3)]


def test_the_shape_of_an_address_by_hand():
    told = pd.Series(["promo12@x3.example", "", "çığ9", "日本5", "no"], dtype="str")
    assert fields._shape(told[1:])["shape"].tolist() == ["", "çığ#", "日本#", "no"]
    assert fields._shape(told)["shape"].tolist()[0] == "promo##@x#.example" and fields._shape(told[:0]).empty


def test_the_review_shows_what_is_read():
    assert set(review.SHOWN) <= set(READ)


@pytest.mark.parametrize("column", ["email", "phone_other"])
def test_what_is_shared_goes_and_the_rest_is_not_copied(column):
    rows = records(*[{"first_name": f"{a}li", "last_name": "Su"} for a in "abcçdefgh"])
    rows[column] = pd.Series("x", index=rows.index, dtype="category")
    before = rows[column].copy()
    kept, taken = keys.strip_shared(rows)
    assert kept[column].isna().all() and rows[column].equals(before)
    assert taken.to_dict("records") == [{"column": "phone" if "phone" in column else column, "names": 8, "records": 9}]
    assert np.shares_memory(kept["last"].array.codes, rows["last"].array.codes)


def test_large_blocks_teach_by_a_sample_where_identifiers_are_many(monkeypatch):
    # one e-mail on four rows: 6 pairs; one name on five: 10; birth and family name on three: 3, birth alone the same; nothing else
    for name, value in {"LEAST_PAIRS": 1, "TAUGHT_PAIRS": 5, "LEAST_BUDGET": 6, "PAIRS_PER_RECORD": 0}.items():
        monkeypatch.setattr(training, name, value)
    rows = pd.DataFrame({"mail": ["a"] * 4 + ["b"], "given": "ali", "family": "su", "born": ["1990-01-01"] * 3 + [None] * 2})
    rows = rows.reindex(columns=[*rows.columns, "number", "tax", "addr", "postcode"]).astype("str")
    with engine.bare() as connection:
        connection.register("people", rows)
        whole, sampled = (training._sessions(connection, identified) for identified in (False, True))
    assert whole == [(("mail",), None), (("born", "family"), None), (("born",), None)]  # ten pairs are more than six: few are true there
    assert sampled == [(("mail",), 5), (("born", "family"), None), (("born",), None)]


def test_a_sample_teaches_what_the_whole_block_does(monkeypatch):
    rng = np.random.default_rng(6)
    who, (mailed, called, strayed) = rng.integers(0, 700, 1400), rng.random((3, 1400))
    rows = pd.DataFrame({
        "account_id": range(1400), "system": "s", "kind": "consumer", "first_name": [f"ad{'abcdefg'[k % 7]}" for k in who],
        "last_name": [f"soy{'abcdefghijklmnopqrst'[k // 35]}" for k in who],
        "email": [f"kisi{k}@posta.example" if r < 0.7 else None for k, r in zip(who, mailed, strict=True)],
        "phone": [f"0532{k:07d}" if r < 0.7 else None for k, r in zip(who, called, strict=True)],
        "city": ["Bursa" if r < 0.15 else "Adana" if k % 2 else "Konya" for k, r in zip(who, strayed, strict=True)],
    })  # fmt: skip
    whole = model.score(normalise.records(rows))
    monkeypatch.setattr(training, "TAUGHT_PAIRS", 3000)
    sampled = model.score(normalise.records(rows))
    assert whole.parameters != sampled.parameters
    both = whole.pairs.merge(sampled.pairs, on=["left", "right"])
    assert len(both) > 0.95 * len(whole.pairs) and (both.weight_x - both.weight_y).abs().median() < 0.7
    assert (((both.weight_x > 0) == (both.weight_y > 0)).mean()) > 0.98
