"""Which pairs are compared, and what their evidence weighs: planted by hand and recovered."""

import numpy as np
import pandas as pd

from scrm_helpers.identity import candidates, fields, learn, model, normalise


def table(*rows: dict) -> pd.DataFrame:
    base = {"system": "shop", "kind": "consumer"}
    return fields.made(normalise.records(pd.DataFrame([base | {"account_id": k} | r for k, r in enumerate(rows, 1)])))


def found(rows: pd.DataFrame, budget: int = 1000, only: frozenset[str] | None = None) -> set[tuple[int, int]]:
    pairs = candidates.find(rows, budget=budget, only=only)
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def test_candidates_share_something_and_come_once():
    rows = table(
        {"first_name": "Ayşe", "last_name": "Yılmaz", "city": "İzmir"},
        {"first_name": "AYŞE", "last_name": "YILMAZ", "city": "Izmir"},  # every rule on names brings it: still one pair
        {"first_name": "Can", "last_name": "Su", "email": "can@posta.example"},
        {"email": "can@posta.example"},
        {"full_name": "Gül Yılmaz Ak", "birth_date": "1990-02-01"},
    )
    # 0 and 1 by name, 2 and 3 by e-mail, 4 with 0 and 1 by the word Yılmaz; 2 and 4 share nothing
    assert found(rows) == {(0, 1), (2, 3), (0, 4), (1, 4)}


def test_the_budget_keeps_what_is_rare():
    # six people called Ali Kaya make 15 pairs; two of them share a birth date, which nobody else has
    days = [f"1990-0{k}-01" for k in range(1, 6)]
    rows = table(*[{"first_name": "Ali", "last_name": "Kaya", "birth_date": day} for day in [*days, days[0]]])
    assert len(found(rows)) == 15
    assert found(rows, budget=1) == {(0, 5)}


def test_what_the_budget_leaves_out_is_shown_by_lot(monkeypatch):
    # six people called Ali Kaya make 15 pairs, in three rules: by name, and by birth or city two of them, which also share the name
    days = [f"1990-0{k}-01" for k in range(1, 6)]
    people = [{"first_name": "Ali", "last_name": "Kaya", "birth_date": day} for day in [*days, days[0]]]
    rows = table(*[r | {"city": "İzmir" if k in (1, 2) else None} for k, r in enumerate(people)])
    assert candidates.find(rows, budget=1).left_out is candidates.NOTHING
    lot = candidates.find(rows, budget=1, looked_at=7, only=frozenset({"name", "birth"})).left_out
    assert len(set(zip(lot.left.tolist(), lot.right.tolist(), strict=True)) - {(0, 5)}) == 7 and lot.stands_for.tolist() == [2.0] * 7
    # room for one pair besides "birth" and "name and city": the rule "name" is left out whole, less the two pairs that others bring
    monkeypatch.setattr(candidates, "MOST_RAW", 3)
    only = frozenset({"name", "birth", "name and city", "name and birth year"})
    found = candidates.find(rows, budget=9, looked_at=99, only=only)
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == {(0, 5), (1, 2)}
    # "name and birth year" has the same 15 pairs, but "name" would have brought them first
    assert len(found.left_out.left) == 13 and (found.left_out.left < found.left_out.right).all()
    assert found.left_out.stands_for.tolist() == [1.0] * 13


def test_pairs_by_lot_of_a_whole_rule_are_the_pairs_of_its_blocks():
    rows, sizes = np.array([3, 1, 7, 2, 9, 4]), np.array([4, 2])  # pairs of 3, 1, 7, 2, and of 9, 4
    (code, each), = candidates._of_whole_rules([(rows, sizes)], np.array([17]), 10, 99)
    assert sorted(code.tolist()) == [12, 13, 23, 27, 37, 49] and each == 1.0  # 1 and 7 are brought by another rule


def test_a_block_too_large_brings_nothing(monkeypatch):
    monkeypatch.setattr(candidates, "LARGEST_BLOCK", 3)
    assert found(table(*[{"city": "İzmir", "first_name": "Ali"} for _ in range(4)])) == set()


def test_answers_teach_what_the_model_does_not_know():
    # the model cannot tell (0 bits for all); a reviewer says "same" exactly where the birth dates are near
    rng = np.random.default_rng(2)
    n = 1200
    near = rng.random(n) < 0.5
    born = [f"19{50 + k % 40}-0{1 + k % 9}-1{k % 9}" for k in range(n)]
    other = [
        b if s else f"19{50 + (k + 17) % 40}-1{k % 3}-2{(k + 3) % 9}"
        for k, (b, s) in enumerate(zip(born, near, strict=True))
    ]
    rows = table(*[{"first_name": "Ali", "last_name": "Kaya", "birth_date": b} for b in [*born, *other]])
    pairs = pd.DataFrame(
        {"left": range(n), "right": range(n, 2 * n), "weight": 0.0, "probability": 0.5, "mw_given": 0.0}
    )
    asked = pairs.head(300)[["left", "right"]].assign(answer=np.where(near[:300], "same", "different"))
    after = learn.taught(pairs, rows, asked)
    unseen = slice(300, None)
    assert ((after.probability[unseen] > 0.5) == near[unseen]).mean() > 0.97
    assert np.allclose(after.mw_labels, after.weight)
    assert learn.taught(pairs, rows, asked.head(50)) is pairs  # too few to learn from
    # answers by lot teach nothing: the trees are not believed
    lot = asked.assign(answer=np.where(rng.random(300) < 0.5, "same", "different"))
    assert learn.taught(pairs, rows, lot).weight.abs().median() < 1.5


def test_weak_keys_are_asked_only_where_identifiers_are_few():
    two = [{"first_name": "Ali", "last_name": "Kaya", "birth_date": "1990-02-01", "city": "İzmir"} for _ in range(2)]
    other = [{"first_name": "Can", "last_name": "Kaya", "city": "Ankara"}, {"first_name": "Gül", "last_name": "Ak", "city": "Konya"}]
    few = table(*two, *other)
    assert not model._identified(few)
    # the two Ali Kaya meet by name; Can Kaya meets them by the family name alone, which is no rule of the shorter list
    assert found(few) == {(0, 1), (0, 2), (1, 2)}
    assert frozenset(candidates.RULES) >= candidates.IDENTIFIED_RULES
    assert found(few, only=candidates.IDENTIFIED_RULES) == {(0, 1)}
    # an e-mail on two of four records is half of them
    assert model._identified(table(*[r | {"email": f"a{k}@posta.example"} for k, r in enumerate(two)], *other))
