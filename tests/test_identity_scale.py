"""What makes matching fast changes no answer: shortcuts beside the long way, groups and ids that join in ways counted by hand."""

import datetime
import gc
import threading
from functools import partial

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest
from anyascii import anyascii

from scrm_helpers import contacts, folding
from scrm_helpers.identity import (
    cluster,
    expected,
    fields,
    golden,
    guards,
    io,
    keys,
    model,
    normalise,
    quality,
    registry,
    resolve,
)

NOVEMBER = datetime.date(2026, 11, 1)

# the rule for a slip in an e-mail, without what spares counting it
SLIP = (
    "levenshtein(mail_near_l, mail_near_r) <= 2 AND ((mail_digits_l = mail_digits_r AND length(mail_digits_l) >= 3) "
    "OR (levenshtein(mail_near_l, mail_near_r) = 1 AND (least(length(mail_digits_l), length(mail_digits_r)) >= 5 "
    "OR greatest(length(mail_digits_l), length(mail_digits_r)) = 0)))"
)


def test_letters_of_the_short_way_are_those_of_the_long_one():
    for letter in map(chr, folding._TURKISH):
        folded = anyascii(letter.translate(folding._DOTS).casefold().translate(folding._SPELLED)).casefold()
        assert letter.translate(folding._TURKISH) == folded
    said = {
        "IĞDIR": "igdir", "Iğdır": "igdir", "D'Arc 7": "darc 7", "Ağaoğlu & Müller": "agaoglu muller", "I\u0307zmir": "izmir",
        "Łódź": "lodz",
    }  # fmt: skip
    assert {text: folding.fold(text) for text in said} == said


def test_each_text_is_worked_out_once_and_tuples_stay_whole():
    asked = []

    def upper(text: str) -> tuple[str, int]:
        asked.append(text)
        return text.upper(), len(text)

    values = pd.Series(["b", None, "a", "b"], index=[9, 8, 7, 6])
    assert folding.by_value(values, upper).tolist() == [("B", 1), None, ("A", 1), ("B", 1)]
    assert asked == ["b", "a"]
    parts = folding.parts(values, lambda told: pd.DataFrame({"big": told.str.upper(), "next": told.map({"b": "a"})}))
    assert folding.plain(parts.big).tolist() == ["B", None, "A", "B"] and folding.plain(parts.next).tolist() == ["a", None, None, "a"]
    assert parts.index.tolist() == [9, 8, 7, 6] and parts.big.cat.categories.tolist() == ["B", "A"]
    whole = folding.texts(values, lambda text: "one" if text in "ab" else None)  # two texts that become one are one
    assert folding.plain(whole).tolist() == ["one", None, "one", "one"] and whole.cat.categories.tolist() == ["one"]
    assert whole.index.tolist() == [9, 8, 7, 6]
    again = folding.texts(whole, str.upper)
    assert folding.plain(again).tolist() == ["ONE", None, "ONE", "ONE"]
    none = folding.texts(pd.Series([None, None], dtype=object), str)
    assert none.isna().all() and folding.filled(none, "-").tolist() == ["-", "-"]
    assert folding.filled(whole, "one").tolist() == ["one"] * 4
    assert folding.among(whole, ["one", "two"]).tolist() == [True, False, True, True] and not folding.among(whole, ["b"]).any()
    assert folding.among(values, ["a"]).tolist() == [False, False, True, False]
    other = folding.texts(pd.Series(["two", "one", None, "two"]), str)
    both, known = folding.over_one([whole, other])
    assert both.tolist() == [0, -1, 0, 0, 1, 0, -1, 1] and known.tolist() == ["one", "two"]
    assert folding.over_one([none, none])[0].tolist() == [-1] * 4
    number, first = folding.numbered(pd.Series(["x", None, "x", None, ""]), np.array([1, 1, 2, 1, 1]))
    assert number.tolist() == [0, 1, 2, 1, 3] and first.tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize("cell, said", [
    ("0532 123 45 67", ("+905321234567", None, "mobile")), ("+90 (532) 123-45-67", ("+905321234567", None, "mobile")),
    ("0090532 - 1234567", (None, None, "invalid")),  # a hyphen between blanks parts two numbers, and neither is one
    ("0599 123 45 67", (None, None, "invalid")),  # no operator has 599
    ("0850 123 45 67", (None, None, "shared")), ("905321234567", ("+905321234567", None, "mobile")),
])  # fmt: skip
def test_a_mobile_is_read_the_short_way_as_the_long_one(cell, said):
    assert contacts.phone(cell) == said


@pytest.mark.parametrize("one, many, parts", [
    (contacts.email, contacts.emails, ("address", "key", "state")), (contacts.phone, contacts.phones, ("number", "other", "state")),
])  # fmt: skip
def test_many_contacts_are_read_as_each_of_them(one, many, parts):
    rng, told = np.random.default_rng(8), {
        "Ayse.Yilmaz+haber@GMAIL.com", "a.b@googlemail.com", "info@ornek.example", "in.fo@ornek.example", "yok@yok.com", "ali@test.com",
        "pf+8f3a@trendyolmail.com", "x1@marketplace.amazon.com.tr", "marketplace.a@b.co", "İLKER@EPOSTA.EXAMPLE", "a@b@c.com", "_a@x.co",
        " <ali@posta.example>; ", "mailto:ali@posta.example", "ali..veli@x.com", "ali.@x.com", "ali@localhost", "test+1@x.com",
        "ali\n@x.com", "0532 123 45 67", "+90 (532) 123-45-67", "0090532 - 1234567", "0599 123 45 67", "905321234567",
        "5611234567", "444 0 555",
        "0532 123 45 67 / 0216 123 45 67", "5,32E+09", "+491512345678", "٠٥٣٢١٢٣٤٥٦٧", "0532 123 45 67\n", "00905321234567", "",
    }  # fmt: skip
    for start in sorted(told):
        for _ in range(20):  # a letter lost, doubled or another one, anywhere
            text = list(start) or ["x"]
            k = int(rng.integers(0, len(text)))
            text[k : k + 1] = [[], [text[k], text[k]], list("@.+- 05ı_X"[int(rng.integers(0, 10))])][int(rng.integers(0, 3))]
            told.add("".join(text))
    values = pd.Series(sorted(told), dtype="str")
    found, said = many(values), [one(value) for value in values]
    for part in parts:
        assert folding.plain(found[part]).tolist() == [getattr(each, part) for each in said]
    assert found.state.nunique() > 3 and many(values[:0]).empty
    if one is contacts.phone:  # elsewhere it is no Turkish mobile
        abroad = many(values, region="DE")
        assert folding.plain(abroad.number).tolist() == [one(value, region="DE").number for value in values]


def test_slips_in_addresses_are_found_as_if_every_pair_was_counted():
    rng, mails = np.random.default_rng(3), set()
    for start in ("ayse.yilmaz@posta.example", "ay@p.example", "can.su123@posta.example", "mehmet90123@p.example", "x198765@posta.example"):
        mails.add(start)
        for _ in range(60):  # a letter or two lost, doubled, added or another one, anywhere
            text = list(start)
            for _ in range(rng.integers(1, 3)):
                k = int(rng.integers(0, len(text)))
                text[k : k + 1] = [[], [text[k], text[k]], ["8"], ["w"], [text[k], "5"]][int(rng.integers(0, 5))]
            mails.add("".join(text))
    rows = pd.DataFrame({"mail_near": pd.Series(sorted(mails), dtype="str")})
    rows["mail_digits"] = rows.mail_near.str.replace(r"\D", "", regex=True)
    rows["mail_head"], rows["mail_tail"] = rows.mail_digits.str[:2], rows.mail_digits.str[-2:]
    sides = ", ".join(f"l.{c} AS {c}_l, r.{c} AS {c}_r" for c in rows.columns)
    with duckdb.connect() as connection:
        connection.register("people", rows)
        pairs = f"SELECT {sides} FROM people l JOIN people r ON l.mail_near < r.mail_near"
        parted, near, every = connection.sql(
            f"SELECT count(*) FILTER (({SLIP}) IS DISTINCT FROM ({fields._NEAR_MAIL})), count(*) FILTER ({SLIP}), count(*) FROM ({pairs})"
        ).fetchone()
    assert parted == 0 and near > 300 and every > 20_000


def test_a_group_keeps_every_name_that_joined_it():
    # six records on one address: Ali twice, A., Can, Ayse, and one without a name; A. may be Ali or Ayse, Can is neither
    given = ["ali", "ali", "a", "can", None, "can", "ayse"]
    records = pd.DataFrame({
        "kind": "consumer", "first": given, "last": "su", "birth_date": None, "tax_no": None, "email": None, "phone": None,
        "phone_other": None, "address": ["x"] * 5 + [None, "x"], "handle": None,
    }).astype(object)  # fmt: skip
    guard = guards.Guard(records, pd.DataFrame({"left": [4], "right": [1]}))
    assert guard.name.tolist() == [0, 0, 1, 2, guards.NOTHING, guards.NOTHING, 3]  # the last Can shares nothing of a household
    watch = guards.Watch(guard, np.arange(7), 7)

    def forbids(a: int, b: int) -> bool:
        return bool(watch.forbids(np.array([a]), np.array([b]))[0])

    apart = {(a, b) for a in range(7) for b in range(a + 1, 7) if forbids(a, b)}
    assert apart == {(0, 3), (1, 3), (2, 3), (1, 4), (0, 6), (1, 6), (3, 6)}
    later = watch.copy()
    later.joined(np.array([2]), np.array([4]))  # A. and the one without a name, who was told apart from the second Ali
    later.joined(np.array([0]), np.array([2]))
    watch, before = later, watch
    assert forbids(0, 1) and forbids(0, 3) and forbids(0, 6) and not forbids(0, 5)
    watch = before
    assert not forbids(0, 1)  # the copy alone has joined


def test_links_that_hold_a_group_are_the_strongest_ones_and_no_name_is_chained():
    # 0-1-2 by three links: the weakest closes a ring and counts for nothing. 3-4-5 chains Ali to Can by A.: the weaker link is refused
    records = pd.DataFrame({
        "kind": "consumer", "first": ["ali", "ali", "ali", "ali", "a", "can"], "last": "su", "birth_date": None, "tax_no": None,
        "email": "x", "phone": None, "phone_other": None, "address": None, "handle": None,
    }).astype(object)  # fmt: skip
    certain = pd.DataFrame({
        "left": [0, 1, 0, 3, 4, 3], "right": [1, 2, 2, 4, 5, 5], "strength": [3, 4, 5, 3, 4, 5], "rule": "e-mail",
        "probability": [0.995, 0.997, 0.990, 0.991, 0.992, 0.993],
    })  # fmt: skip
    none = pd.DataFrame({"left": [], "right": [], "weight": []}).astype({"left": "int64", "right": "int64"})
    found = cluster.groups(records, none, certain)
    assert found.first.tolist() == [0, 3, 5] and found.of.tolist() == [0, 0, 0, 1, 1, 2]
    assert found.sure.tolist() == [0.995, 0.991, 1.0]


def test_an_id_goes_where_most_of_its_records_are_and_only_once():
    # person 11 has accounts 1-4, person 22 account 5. The new map: {1, 2, 3, 5} and {4}, {6}. 11 keeps the first; 22 finds it taken
    out = registry.identifiers(
        np.array([0, 0, 0, 3, 0, 5]), np.array([11, 11, 11, 11, 22, 33]), np.array([1, 2, 3, 4, 5, 6]),
        period="2026-10", key=b"k", draw=1, taken=set(),
    )  # fmt: skip
    assert out[[0, 1, 2, 4, 5]].tolist() == [11, 11, 11, 11, 33]
    assert out[3] == registry._new(4, "2026-10#1", b"k", set())


def test_pairs_of_systems_are_counted_as_by_hand():
    # {shop, shop, till}, {till, till}, {shop}: shop-shop 1, shop-till 2, till-till 1
    linked = expected._linked(np.array([7, 7, 7, 4, 4, 9]), np.array(["shop", "shop", "till", "till", "till", "shop"], dtype=object))
    assert linked.to_dict() == {("shop", "shop"): 1.0, ("shop", "till"): 2.0, ("till", "till"): 1.0}
    assert expected._linked(np.array([], dtype="int64"), np.array([], dtype=object)).empty


def test_agreement_counts_pairs_as_by_hand_whatever_labels_are():
    # ours {0,1,2}{3,4}: 4 pairs; theirs {0,1}{2,3,4}: 4 pairs; both: 0-1 and 3-4
    assert quality.agreement(np.array([9, 9, 9, 2, 2]), np.array(["a", "a", "b", "b", "b"], dtype=object)) == (0.5, 0.5)


def test_a_key_that_too_many_names_share_is_taken_out_and_counted():
    # one number with seven names on nine records, one of them without a name; a mail with two names stays
    given = ["ali", "ali", "can", "ece", "gül", "oya", "su", "tan", None, "ali"]
    rows = pd.DataFrame({
        "account_id": range(10), "first_name": given, "last_name": ["ak"] * 8 + [None, "ak"],
        "phone": ["05321234567"] * 9 + [None], "email": [None] * 8 + ["aile@posta.example"] * 2,
    })  # fmt: skip
    kept, taken = keys.strip_shared(normalise.records(rows))
    assert taken.to_dict("records") == [{"names": 7, "records": 9, "column": "phone"}]
    assert kept.phone.isna().all() and kept.email.notna().sum() == 2


def test_the_golden_value_is_the_commonest_then_the_newest():
    rows = pd.DataFrame({
        "account_id": [1, 2, 3, 4], "created_at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]),
        "system": ["a", "b", "a", "b"], "source": ["unknown", "store", "web", None], "city": ["Bursa", "Bursa", "İzmir", " "],
        "region": [None, "x", "y", None], "birth_year": [None, 1990.0, None, 1980.0], "gender": None, "first_name": None, "last_name": None,
        "company_name": None, "address": None,
    })  # fmt: skip
    plain = pd.DataFrame({"account_id": [1, 2, 3, 4]}).assign(
        first=None, last=None, company=None, email_address=None, email_state=None, phone=None, phone_state=None
    )
    person = pd.Series([7, 7, 7, 9], index=[1, 2, 3, 4])
    out = golden.golden(rows.assign(phone=None), plain, person, pd.Series({7: "consumer", 9: "unknown"})).set_index("person_id")
    assert out.loc[7, ["city", "region", "birth_year", "source"]].tolist() == ["Bursa", "y", 1990.0, "store"]
    assert out.origins.to_dict() == {7: "city=b region=a birth_year=b source=b", 9: "birth_year=b"}
    assert pd.isna(out.loc[9, "city"]) and out.loc[9, "source"] == "unknown"


def test_training_gives_rarity_back_to_the_levels_that_had_it():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"account_id": range(400), "system": "s", "kind": "consumer"})
    who = rng.integers(0, 200, 400)
    rows["first_name"] = [f"ad{'abcdefghij'[k % 10]}" for k in who]
    rows["last_name"] = [f"soy{'abcdefghijklmnopqrst'[k // 10]}" for k in who]
    rows["email"], rows["phone"] = [f"kisi{k}@posta.example" for k in who], [f"0532{k:07d}" for k in who]
    rows["city"] = ["İzmir" if k % 3 else "Bursa" for k in who]
    scored = model.score(keys.strip_shared(normalise.records(rows))[0])
    compared = scored.parameters["comparisons"]
    rare = {c["output_column_name"] for c in compared if any("tf_adjustment_column" in level for level in c["comparison_levels"])}
    assert scored.trained and {"given", "family", "mail", "number", "place"} <= rare
    assert (scored.pairs.weight >= model.KEPT_WEIGHT).all()  # most records have an identifier: strangers are not handed back


class Halves:
    """A store whose tables have two parts."""

    def __init__(self, open_: list[tuple], private: list[tuple]):
        self.parts = {
            False: ibis.memtable(open_, schema={"account_id": "int64", "city": "string", "source_row": "int64"}),
            True: ibis.memtable(private, schema={"account_id": "int64", "email": "string"}),
        }

    def read(self, name: str, *, private: bool = False):
        return self.parts[private]


def test_two_parts_of_a_table_stand_side_by_side_and_are_joined_where_they_do_not():
    first, second = (1, "izmir", 8), (2, "van", 9)
    for open_, private, beside in (
        ([first, second], [(1, "a"), (2, "b")], True), ([second, first], [(2, "b"), (1, "a")], False),  # not in order
        ([first, second], [(2, "b"), (1, "a")], False),
    ):  # fmt: skip
        store = Halves(open_, private)
        assert (io._side_by_side(store.parts[False], store.parts[True], "account_id") is not None) == beside
        rows = io._whole(store, "accounts", "account_id", columns=("city", "email"))
        assert rows.columns.tolist() == ["account_id", "city", "email"]
        assert rows.to_numpy().tolist() == [[1, "izmir", "a"], [2, "van", "b"]]
    lone = io._whole(Halves([first, second], [(2, "b")]), "accounts", "account_id")  # a part that lacks a row
    assert lone.account_id.tolist() == [1, 2] and folding.plain(lone.email).tolist() == [None, "b"]
    twice = Halves([first, first], [(1, "a"), (1, "a")])
    assert io._side_by_side(twice.parts[False], twice.parts[True], "account_id") is None
    nobody = Halves([], [])
    assert io._whole(nobody, "accounts", "account_id").empty


def test_what_is_done_side_by_side_comes_in_the_order_asked_and_its_errors_are_raised():
    begun, ended, of = threading.Event(), threading.Event(), {}

    def work(name: str, ready: threading.Event | None, wanted: threading.Event | None) -> str:
        of[name] = threading.current_thread()
        if ready:
            ready.set()
        assert wanted is None or wanted.wait(60)
        return name

    # the first waits until the second has begun, the second until the third is done: which is done here, for the first is free again
    works = (partial(work, "a", None, begun), partial(work, "b", begun, ended), partial(work, "c", ended, None))
    assert folding.abreast(*works) == ["a", "b", "c"]
    assert of["a"] is of["c"] is threading.current_thread() is not of["b"]
    for works in ((lambda: 1, lambda: 1 / 0), (lambda: 1 / 0, lambda: 1)):
        with pytest.raises(ZeroDivisionError):
            folding.abreast(*works)


def test_accounts_go_as_they_are_used_where_nobody_else_holds_them(monkeypatch):
    rows = pd.DataFrame({"account_id": [77_002, 77_001], "system": "shop", "email": ["a@posta.example", "b@posta.example"], "phone": None})
    whole = resolve(rows, period="2026-10", as_of=NOVEMBER, key=b"k").golden
    held, seen, score = [rows.copy()], [], model.score
    del rows

    def scored(*given, **options):
        alive = [o for o in gc.get_objects() if isinstance(o, pd.DataFrame) and {"account_id", "full_name"} <= set(o.columns)]
        seen.extend(set(map(int, o.account_id)) & {77_001, 77_002} for o in alive)
        return score(*given, **options)

    monkeypatch.setattr(model, "score", scored)
    again = resolve(held.pop, period="2026-10", as_of=NOVEMBER, key=b"k").golden
    assert not any(seen)
    pd.testing.assert_frame_equal(whole, again)
