"""Where identifiers are few: the starting weight, weights learnt from groups, and what answers say of groups. Planted and recovered."""

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.identity import calibration, cluster, keys, model, normalise, quality, settle, strong

GIVEN = "ayse fatma mehmet mustafa ahmet zeynep elif huseyin ibrahim ozlem cigdem sule gokhan burak isil umut deniz ege kerem pelin".split()
SOUNDS = "ka ra de mir oz yil tas gul er ay dag su bey han te pe gol ce lik kor".split()


def test_the_starting_weight_is_the_share_that_it_expects():
    # 100 of 10,000 pairs are one person beyond doubt, whatever they start from: 1 in 100, log2(1 / 99) = -6.629 bits
    sure = np.full(100, 40.0)
    assert settle.start(sure, -8.0, pairs=10_000) == pytest.approx(np.log2(1 / 99), abs=1e-4)
    # pairs that say nothing (0 bits) leave it where it is; 4 bits are the most that it may move
    assert settle.start(np.zeros(10_000), -8.0, pairs=10_000) == pytest.approx(-8.0, abs=1e-4)
    assert settle.start(sure, -12.0, pairs=10_000) == -8.0
    assert settle.start(np.full(100, -40.0), -12.0, pairs=10_000) == -16.0


def people(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Four records of each of `n` people, in random order, without any contact. A second spelling of the given name, told nowhere,
    stands in one record of three; every other field is missing in one of five and spoilt in one of eight."""
    rng = np.random.default_rng(seed)
    who = rng.permutation(np.repeat(np.arange(n), 4))
    family = np.array(["".join(rng.choice(SOUNDS, 3)) for _ in range(n)], dtype=object)
    given = rng.integers(0, len(GIVEN), n)
    second = np.array([w[::-1] for w in GIVEN], dtype=object)  # 'ayse' is 'esya' at home
    born = rng.integers(0, 25_000, n)
    spoilt = rng.random((3, len(who))) < 1 / 8
    rows = pd.DataFrame({
        "account_id": np.arange(1, len(who) + 1), "system": "file", "kind": "consumer",
        "first_name": np.where(rng.random(len(who)) < 1 / 3, second[given[who]], np.array(GIVEN, dtype=object)[given[who]]),
        "last_name": np.where(spoilt[0], pd.Series(family[who]).str[:-2], family[who]),
        "birth_date": (pd.Timestamp("1935-01-01") + pd.to_timedelta(born[who] + spoilt[1] * 366, unit="D")).strftime("%Y-%m-%d"),
        "city": np.array(normalise.PROVINCES, dtype=object)[np.where(spoilt[2], rng.integers(0, 60, len(who)), (born % 60)[who])],
    })  # fmt: skip
    for column in ("last_name", "birth_date", "city"):
        rows.loc[rng.random(len(who)) < 1 / 5, column] = None
    return rows, who


def f1(a: float, b: float) -> float:
    return 2 * a * b / (a + b)


@pytest.fixture(scope="module")
def few_identifiers():
    rows, who = people(1500, 5)
    records, _ = keys.strip_shared(normalise.records(rows))
    scored = model.score(records, seed=1)
    assert scored.trained and not scored.identified
    return records, who, scored, settle.settled(scored, records, strong.pairs(records))


def test_groups_teach_what_a_spoilt_pair_looks_like(few_identifiers):
    records, who, scored, found = few_identifiers
    none = pd.DataFrame({"left": [], "right": [], "strength": [], "probability": [], "rule": []}).astype({"left": int, "right": int})
    own = scored.pairs.assign(weight=scored.pairs.weight.clip(lower=-settle.SUREST))
    before, after = (
        quality.agreement(cluster.link(settle.groups(records, pairs, none, pd.DataFrame())).label, who) for pairs in (own, found.pairs)
    )
    assert found.settled and after[0] > 0.93
    assert after[1] > before[1] + 0.07 and f1(*after) > f1(*before) + 0.03
    # the starting weight: 9,000 true pairs among all pairs of records
    n = int(keys.comparable(records).sum())
    assert found.prior == pytest.approx(np.log2(9000 / (n * (n - 1) / 2)), abs=0.7)
    # no pair is told what it was taken for: of pairs held for one person at even odds or more, as many are as is said
    same = who[found.pairs.left] == who[found.pairs.right]
    likely = found.pairs.probability.to_numpy() > 0.5
    assert same[likely].mean() == pytest.approx(found.pairs.probability[likely].mean(), abs=0.05)


def test_the_evidence_of_a_settled_pair_adds_up(few_identifiers):
    *_, found = few_identifiers
    for place in (0, len(found.pairs) // 2):
        pair = found.pairs.iloc[place]
        assert model.waterfall(found, pair).weight.sum() == pytest.approx(pair.weight, abs=1e-5)


def test_few_groups_teach_nothing_and_guards_stand(few_identifiers):
    records, _, scored, _ = few_identifiers
    few = scored.pairs.head(400).assign(mw_groups=0.0)
    few.loc[0, "weight"] = -cluster.MOST_WEIGHT
    assert settle.taught(few, records, strong.pairs(records)).tolist() == few.weight.tolist()


def groups_of(n: int, pairs: pd.DataFrame) -> cluster.Groups:
    records = pd.DataFrame({c: pd.Series([None] * n, dtype=object) for c in ("first", "last", "birth_date", "tax_no", *keys.HOUSEHOLD)})
    none = pd.DataFrame({"left": [], "right": [], "strength": [], "probability": []}).astype({"left": int, "right": int})
    return cluster.groups(records.assign(kind="consumer"), pairs, none, unseen=-2.0)


def test_evidence_between_groups_by_hand():
    # 0 and 1 are one group; 2 was compared with 0 (1 bit) and never with 1 (-2 bits): -.5 on average; 3 with nobody: -2
    found = groups_of(4, pd.DataFrame({"left": [0, 0], "right": [1, 2], "weight": [8.0, 1.0]}))
    label = cluster.link(found).label
    assert label.tolist() == [0, 0, 2, 3]
    assert calibration.between(found, label, np.array([0, 2, 0]), np.array([2, 0, 3])).tolist() == [-0.5, -0.5, -2.0]


def test_answers_say_from_where_groups_join():
    # 2,000 lone pairs of -2 to 0 bits stay apart. Planted: one person at even odds at -1.2 bits, four times as sure per bit as it says
    rng = np.random.default_rng(3)
    pairs = pd.DataFrame({"left": range(0, 4000, 2), "right": range(1, 4000, 2), "weight": rng.uniform(-2, -0.001, 2000)})
    found = groups_of(4000, pairs)
    best = cluster.link(found)
    same = rng.random(2000) < cluster.probability(4 * (pairs.weight.to_numpy() + 1.2))
    told = pairs[["left", "right"]].assign(answer=np.where(same, "same", "different"))
    assert calibration.join_from(found, best, told.head(300)) == pytest.approx(-1.2, abs=0.15)
    assert calibration.join_from(found, best, told.head(20)) == 0.0
    assert calibration.join_from(found, best, told[~same]) == 0.0


def test_links_of_one_strength_join_in_few_turns(monkeypatch):
    # 200 records, each as near to every other: in a row few can join in a turn, by lot many
    turns, once = [], cluster.linkage._joined
    monkeypatch.setattr(cluster.linkage, "_joined", lambda *a: turns.append(1) or once(*a))
    left, right = np.triu_indices(200, 1)
    found = groups_of(200, pd.DataFrame({"left": left, "right": right, "weight": 5.0}))
    best, taken, maps = cluster.link(found), [], []
    for by_lot in (False, True):
        turns.clear()
        maps += cluster.draws(found, best, count=1, seed=1, calibrate=lambda w: np.full(len(w), 0.98), by_lot=by_lot)
        taken.append(len(turns))
    assert taken[1] < 60 < taken[0] and set(maps[0]) == set(maps[1]) == {0}


def test_answers_move_groups_where_weights_are_settled(few_identifiers):
    records, who, _, found = few_identifiers
    none = pd.DataFrame({"left": [], "right": [], "strength": [], "probability": [], "rule": []}).astype({"left": int, "right": int})
    first = settle.groups(records, found.pairs, none, pd.DataFrame())
    label = cluster.link(first).label
    apart = found.pairs[(label[found.pairs.left] != label[found.pairs.right]) & (found.pairs.weight > -2)]
    asked = apart.sample(min(300, len(apart)), random_state=1)
    same = who[asked.left] == who[asked.right]
    told = asked[["left", "right"]].assign(answer=np.where(same, "same", "different")).reset_index(drop=True)
    moved = settle.groups(records, found.pairs, none, told)
    assert moved.unseen == pytest.approx(-2.0 - calibration.join_from(first, cluster.link(first), told))
    after = cluster.link(moved).label
    assert (after[told.left] != after[told.right])[~same].all()
