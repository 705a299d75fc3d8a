"""Where identifiers are few: how many of the pairs are one person, and weights learnt from the groups that the pairs make.

A model trained in a few clean blocks knows neither how many true pairs there are nor what a spoilt one looks like. Here the starting
weight is the one under which the pairs expected to be one person are as many as it says (maximum likelihood, levels held). Then groups
are made, trees learn from all pairs inside and between groups what a pair of one person looks like, groups are made anew by what the
trees say, and so on: a record that its group holds together by three good pairs teaches what its bad ones look like. Each half of the
groups is weighed by trees that learnt from the other half, so no pair is told what it was taken for.
"""

import dataclasses

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from scrm_helpers.identity import calibration, cluster, evidence, fields, keys, quality
from scrm_helpers.identity.features import features, trees
from scrm_helpers.identity.model import SETTLED_WEIGHT, Scored

FURTHEST = 4.0  # bits by which the starting weight may move: exact keys are not wrong by more than a factor of 16
TURNS, ENOUGH = 100, 1e-6
ROUNDS = 4  # of groups and trees, at most: each finds more and is a little less sure of it
LEAST_LINKED = 500  # compared pairs inside groups of each half, from which trees can learn
TAUGHT_PAIRS = 80_000  # pairs that each half teaches, at most
TREES = {"max_iter": 80, "learning_rate": 0.1, "max_leaf_nodes": 16, "min_samples_leaf": 40, "early_stopping": False, "random_state": 0}
SUREST = 10.0  # bits: no surer than one in a thousand
HOPELESS = -8.0  # bits: such a pair is not weighed again in the rounds to come
STILL = 0.005  # of the linked pairs: groups that change less stand still
LEAST_KEPT = 0.9  # of the pairs that the model itself linked: trees that part more of them have learnt something else
SEED = 11


def settled(scored: Scored, records: pd.DataFrame, tied: pd.DataFrame) -> Scored:
    """The same pairs with `weight` and `probability` as learnt here, `mw_groups` (bits that the groups taught) and a new `prior`.

    `records`: of `keys.strip_shared`, row for row those that were scored; `tied`: of `strong.pairs`. Pairs far below even odds are left
    out.
    """
    compared = int(keys.comparable(records).sum())
    prior = start(scored.pairs.weight.to_numpy("float64") - scored.prior, scored.prior, pairs=compared * (compared - 1) / 2)
    model = scored.pairs.weight.to_numpy("float64") - scored.prior + prior
    pairs = scored.pairs.assign(weight=np.maximum(model, -SUREST), mw_groups=model)  # only guards go lower
    pairs = evidence.guarded(records, pairs)
    weight = taught(pairs, records, tied)
    pairs = pairs.assign(weight=weight, mw_groups=weight - pairs.mw_groups, probability=cluster.probability(weight))
    return dataclasses.replace(
        scored, pairs=pairs[pairs.weight >= SETTLED_WEIGHT].reset_index(drop=True), prior=prior, settled=True
    )  # fmt: skip


def start(evidence_bits: np.ndarray, before: float, *, pairs: float) -> float:
    """The weight of two records drawn at random (bits) under which the share of true pairs that it says is the share expected.

    `evidence_bits`: of each pair compared, without the starting weight; those not compared are strangers. `before`: the model's own.
    """
    prior = before
    for _ in range(TURNS):
        share = np.clip(cluster.probability(evidence_bits + prior).sum() / pairs, 1e-12, 0.5)
        after = float(np.clip(np.log2(share / (1 - share)), before - FURTHEST, before + FURTHEST))
        moved, prior = abs(after - prior), after
        if moved < ENOUGH:
            break
    return round(prior, 6)


def taught(pairs: pd.DataFrame, records: pd.DataFrame, tied: pd.DataFrame) -> np.ndarray:
    """Weights of the pairs (guards kept), learnt from the groups that they make; the model's own where groups are too few."""
    model = pairs.weight.to_numpy("float64")
    left, right, n = pairs.left.to_numpy(), pairs.right.to_numpy(), len(records)
    certain = evidence.certain(tied, pairs, pd.DataFrame({"left": [], "right": [], "answer": []}))
    first = label = _label(records, pairs, model, certain)
    weight, shown, rng = model.copy(), None, np.random.default_rng(SEED)
    open_ = np.flatnonzero(model > -cluster.MOST_WEIGHT)
    for _ in range(ROUNDS):
        same = (label[left] == label[right])[open_]
        half = rng.permutation(n)[label] % 2
        one, other = half[left[open_]], half[right[open_]]
        if min(int((same & (one == k)).sum()) for k in (0, 1)) < LEAST_LINKED:
            break
        if shown is None:
            shown = features(pairs.drop(columns=["mw_groups"]), fields.columns(records))
        learnt = np.zeros(len(open_))
        for k in (0, 1):
            mine = np.flatnonzero((one == k) & (other == k))
            mine = rng.choice(mine, min(len(mine), TAUGHT_PAIRS), replace=False)
            with threadpool_limits(1):  # the same sums on every machine
                grown = trees(shown[open_[mine]], same[mine], **TREES)
                learnt[one != k] = grown.decision_function(shown[open_[one != k]]) / np.log(2)
        before, weight = weight, weight.copy()
        weight[open_] = np.round(np.clip(learnt, -SUREST, SUREST), 9)
        now = _label(records, pairs, weight, certain)
        kept = quality.agreement(now, first)[1]
        if kept is not None and kept < LEAST_KEPT:
            return before
        moved, label = 1 - min(x or 1.0 for x in quality.agreement(now, label)), now
        if moved < STILL:
            break
        open_ = open_[weight[open_] > HOPELESS]
    return weight


def groups(records: pd.DataFrame, pairs: pd.DataFrame, certain: pd.DataFrame, answers: pd.DataFrame) -> cluster.Groups:
    """Groups by settled weights. Answers tie and part what they name, and move all evidence to where groups are one at even odds."""
    told = cluster.telling(pairs)
    if len(answers):
        untold = cluster.groups(records, told, certain[certain.rule != "label"], unseen=cluster.UNSEEN_WEIGHT)
        moved = calibration.join_from(untold, cluster.link(untold), answers)
        told = told.assign(weight=told.weight.where(told.weight <= -cluster.MOST_WEIGHT, told.weight - moved))
        different = answers[answers.answer == "different"]
        return cluster.groups(records, told, certain, different=different, unseen=cluster.UNSEEN_WEIGHT - moved)
    return cluster.groups(records, told, certain, unseen=cluster.UNSEEN_WEIGHT)


def _label(records: pd.DataFrame, pairs: pd.DataFrame, weight: np.ndarray, certain: pd.DataFrame) -> np.ndarray:
    return cluster.link(groups(records, pairs.assign(weight=weight), certain, pd.DataFrame())).label
