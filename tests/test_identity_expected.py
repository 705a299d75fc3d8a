"""What precision and recall may be where nobody reviewed a pair."""

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.identity import expected, normalise, quality
from scrm_helpers.stats import binomial_gate


def two_systems(contacts: int) -> tuple[pd.DataFrame, np.ndarray]:
    """80 people with a record in each of two systems; all have an e-mail in the crm, the first `contacts` in the shop too, and those
    are linked."""
    rows = [{"account_id": k + 1, "system": "crm", "kind": "consumer", "email": f"kisi{k}@posta.example"} for k in range(80)]
    rows += [
        {"account_id": k + 81, "system": "shop", "kind": "consumer", "email": f"kisi{k}@posta.example" if k < contacts else None}
        for k in range(80)
    ]  # fmt: skip
    return normalise.records(pd.DataFrame(rows)), np.r_[0:80, 0:contacts, 100 : 180 - contacts]


NO_PAIRS = pd.DataFrame(
    {"account_id_left": [], "account_id_right": [], "match_probability": [], "linked": []}
).astype({"account_id_left": "int64", "account_id_right": "int64", "linked": bool})  # fmt: skip


def test_records_without_contacts_have_as_many_pairs_as_the_others():
    # the shop has a contact in half of its records, which make 40 links: 40 / (1 x .5) = 80 true pairs, of which half are missed
    records, label = two_systems(40)
    assert expected.unseen(records, NO_PAIRS, label) == (pytest.approx(0.5), pytest.approx(80.0))
    # two pairs with contacts on both sides are held for even odds and stand apart: (40 + 2 x .5) / .5 = 82
    doubt = pd.DataFrame(
        {"account_id_left": [1, 2], "account_id_right": [82, 81], "match_probability": [0.5, 0.5], "linked": [False, False]}
    )
    assert expected.unseen(records, doubt, label) == (pytest.approx(1 - 40 / 82), pytest.approx(82.0))
    # with contacts everywhere nothing is hidden; with 29 links too little is known
    assert expected.unseen(*_with(two_systems(80))) == (0.0, pytest.approx(80.0))
    assert expected.unseen(*_with(two_systems(29))) is None


def test_pairs_that_the_budget_left_out_are_possible_too():
    # two pairs by lot at even odds stand for ten each: (40 + 10) / .5 = 100 true pairs. Others tie the third; the fourth has no contact
    records, label = two_systems(40)
    by_lot = pd.DataFrame({
        "left": [0, 1, 2, 3], "right": [81, 80, 82, 150], "probability": 0.5, "stands_for": 10.0,
    })  # fmt: skip
    assert expected.unseen(records, NO_PAIRS, label, by_lot) == (pytest.approx(0.6), pytest.approx(100.0))


def _with(found: tuple[pd.DataFrame, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    return found[0], NO_PAIRS, found[1]


def test_mistakes_are_known_up_to_a_factor_and_the_chance_of_a_count():
    # no doubt of the model: 100 of 10,000 expected, a Poisson count of 100 lies between 84 and 117 in 90%
    sure = expected.mistakes(0.01, 10_000, doubt=1.0)
    assert (sure.value, sure.low, sure.high) == (0.01, pytest.approx(0.0084, abs=1e-4), pytest.approx(0.0117, abs=1e-4))
    # twenty pairs at a time: a Poisson count of 5 lies between 2 and 9 (P(X <= 1) = 4%, P(X <= 8) = 93%, P(X <= 9) = 97%)
    assert expected.mistakes(0.01, 10_000, doubt=1.0, together=20)[1:] == (pytest.approx(0.004), pytest.approx(0.018))
    # a factor of 3 either way outdoes the chance of a count
    wide = expected.mistakes(0.01, 10_000, doubt=3.0)
    assert (wide.low, wide.high) == (pytest.approx(0.01 / 3, rel=0.05), pytest.approx(0.03, rel=0.05))
    # none expected among 600 pairs: up to 3
    assert expected.mistakes(0.0, 600, doubt=3.0)[1:] == (0.0, pytest.approx(3 / 600))
    # persons of 2, 2 and 5 records: 1 + 1 + 10 pairs; a record of theirs brings 1, 1 and 4 pairs: (1 + 1 + 40) / 12 = 3.5
    assert expected.together(np.array([0, 0, 2, 2, 4, 4, 4, 4, 4, 9])) == pytest.approx(3.5)


def test_reviewed_pairs_hold_the_truth_though_the_queue_picks_them_by_weight():
    # 4,000 pairs of -8 to +8 bits; the model is too sure by half (planted: log odds of half the weight), pairs from 0 bits up are linked.
    # 150 answers, most of them near even odds. The share of true pairs among the linked and of linked among the true lies in 90% ranges
    hits, rounds = np.zeros(2, dtype=int), 60
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        weight = rng.uniform(-8, 8, 4_000)
        same = rng.random(4_000) < 1 / (1 + np.exp2(-weight / 2))
        linked = weight >= 0
        asked = rng.choice(4_000, 150, replace=False, p=(near := np.exp(-np.abs(weight) / 4)) / near.sum())
        answer = np.full(4_000, np.nan)
        answer[asked] = same[asked]
        rows = pd.DataFrame({"match_probability": 1 / (1 + np.exp2(-weight)), "linked": linked, "same": answer})
        precision, recall, _ = expected.reviewed(rows)
        hits += (
            precision[1] <= same[linked].mean() <= precision[2],
            recall[1] <= linked[same].mean() <= recall[2],
        )
    assert binomial_gate(int(hits[0]), rounds, 0.90).passed and binomial_gate(int(hits[1]), rounds, 0.90).passed


def test_reviewed_recall_is_said_only_where_contacts_tell_of_pairs_that_nobody_was_asked_about():
    # 80 people in two systems, the first 40 linked by contact: 40 of 80 true pairs. The same company without contacts tells nothing
    records, label = two_systems(40)
    pairs = pd.DataFrame({
        "account_id_left": range(1, 81), "account_id_right": range(81, 161), "match_probability": [0.999] * 40 + [0.05] * 40,
        "linked": [True] * 40 + [False] * 40,
    })  # fmt: skip
    answers = pd.DataFrame({"left": range(80), "right": range(80, 160), "answer": ["same"] * 40 + ["different"] * 40})
    said = {row[0] for row in quality._reviewed(records, pairs, answers, label, expected.unseen(records, pairs, label))}
    assert said == {"precision_reviewed", "recall_reviewed"}
    bare = records.assign(email=None, phone=None)
    assert {row[0] for row in quality._reviewed(bare, pairs, answers, label, expected.unseen(bare, pairs, label))} == {"precision_reviewed"}
