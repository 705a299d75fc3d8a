"""Weights learnt where they are used: among the pairs that blocking brought, not among two records drawn at random.

Blocks bring strangers who share a name or a birth date far more often than chance does, and the blocks that a model is trained in
hold the clean half of the true pairs. So the model's levels are weighed once more by expectation maximisation over the candidate
pairs themselves (Winkler 2000): what share of them is one person, and how often each level comes in either kind.
"""

import numpy as np
import pandas as pd

LEAST_PAIRS = 2_000  # candidate pairs from which this can be learnt
MOST_PAIRS = 400_000  # enough to learn from; every so many-th of more
TURNS, ENOUGH = 80, 1e-4
LIKE_BEFORE = 0.5  # correlation with the model's own weights, at least: below it the two kinds have changed places


def settled(pairs: pd.DataFrame) -> tuple[pd.DataFrame, float | None]:
    """Pairs with new `mw_` columns, `weight` and `probability`, and the new starting weight (bits); as they came, and None, where
    there are too few pairs or the result contradicts the model.

    Term frequencies (`mw_tf_adj_`) stay as Splink found them.
    """
    names = [c for c in pairs.columns if c.startswith("mw_") and not c.startswith("mw_tf_adj_")]
    if len(pairs) < LEAST_PAIRS:
        return pairs, None
    levels = np.stack([pd.factorize(pairs[c].round(9), sort=True)[0] for c in names], axis=1)
    rarity = pairs[[c for c in pairs.columns if c.startswith("mw_tf_adj_")]].sum(axis=1).to_numpy("float64")
    part = slice(None, None, -(-len(pairs) // MOST_PAIRS))
    before = pairs.weight.to_numpy("float64")
    prior, tables = _learn(levels[part], rarity[part], before[part])
    steps = {c: np.round(tables[k], 9)[levels[:, k]] for k, c in enumerate(names)}
    weight = round(prior, 9) + sum(steps.values()) + rarity
    if not np.std(weight) or np.corrcoef(np.clip(weight, -20, 20), np.clip(before, -20, 20))[0, 1] < LIKE_BEFORE:
        return pairs, None
    chance = 1 / (1 + np.exp2(-np.clip(weight, -60, 60)))
    return pairs.assign(**steps, weight=weight, probability=chance), round(prior, 9)


def _learn(levels: np.ndarray, rarity: np.ndarray, before: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """The starting weight and, by comparison, the weight of each level, in bits."""
    same = 1 / (1 + np.exp2(-np.clip(before, -30, 30)))
    for _ in range(TURNS):
        share = np.clip(same.mean(), 1e-6, 1 - 1e-6)
        prior, tables = np.log2(share / (1 - share)), []
        weight = prior + rarity
        for column in levels.T:
            n = int(column.max()) + 1
            hits, rest = np.bincount(column, same, n), np.bincount(column, 1 - same, n)
            tables.append(np.log2((hits + 0.5) / (hits.sum() + 0.5 * n) / ((rest + 0.5) / (rest.sum() + 0.5 * n))))
            weight = weight + tables[-1][column]
        after = 1 / (1 + np.exp2(-np.clip(weight, -60, 60)))
        moved, same = np.abs(after - same).max(), after
        if moved < ENOUGH:
            break
    return float(prior), tables
