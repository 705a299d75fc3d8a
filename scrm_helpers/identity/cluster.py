"""Pairs become persons: certain links first, then average linkage, so that one bad link does not chain two people together.

Two groups join when the evidence between them, averaged over all their pairs, speaks for it; a pair that was never compared
counts against. What must not meet (consumer and firm, two given names of a household, a reviewer's "different") never joins,
however strong the evidence.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from scrm_helpers.identity import linkage
from scrm_helpers.identity.guards import NOTHING, Guard, Watch

MOST_WEIGHT = 12.0  # bits: beyond it a pair is as sure as it gets, and must not outvote its neighbours
UNSEEN_WEIGHT = -2.0  # bits of a pair that no blocking rule brought together
UNSEEN_IDENTIFIED = -4.0  # the same, where most records carry an identifier: then not to have met says more
CERTAIN_LINK = 0.99  # probability of a link by strong key and fitting names, at least: a model that sees one field alone says too little
TOLD_LINK = 0.999  # of a reviewer's "same"
TIE = 1e-6  # bits
MODEL_DOUBT = (
    1.0  # bits (one standard deviation) by which all weights of a model may be off together, where no labels check it
)


@dataclass(frozen=True)
class Clusters:
    """`label` of each record (the row number of its first member) and `sure`: the least probability of the joins that hold it."""

    label: np.ndarray
    sure: np.ndarray  # nan where the record is alone


@dataclass
class Groups:
    """Records that certain links hold together, and the evidence between them. Made once, clustered for each draw."""

    of: np.ndarray  # group of each record, 0..n-1 in the order of first members
    first: np.ndarray  # first record of each group
    size: np.ndarray
    left: np.ndarray  # edges between groups
    right: np.ndarray
    total: np.ndarray  # sum of clipped weights of the pairs behind each edge
    count: np.ndarray  # pairs behind each edge
    component: np.ndarray  # of each group
    watch: Watch
    sure: np.ndarray  # least probability of the certain links inside each group
    unseen: float = UNSEEN_WEIGHT  # bits of a pair that was never compared

    def part(self, inside: np.ndarray) -> "Groups":
        """The groups of some components (a mask) and their records alone; `first` names records as before."""
        groups = np.flatnonzero(inside[self.component])
        number = np.full(len(self.first), -1)
        number[groups] = np.arange(len(groups))
        of, edges = number[self.of], inside[self.component[self.left]]
        left, right, total, count = number[self.left[edges]], number[self.right[edges]], self.total[edges], self.count[edges]
        first, size, component, sure = (of_groups[groups] for of_groups in (self.first, self.size, self.component, self.sure))
        return Groups(of[of >= 0], first, size, left, right, total, count, component, self.watch.part(groups), sure, unseen=self.unseen)

    @property
    def weight(self) -> np.ndarray:
        """Average evidence of each edge over all pairs of its two groups, in bits."""
        pairs = self.size[self.left] * self.size[self.right]
        return (self.total + self.unseen * (pairs - self.count)) / pairs

    @property
    def probability(self) -> np.ndarray:
        """The same as a probability."""
        return probability(self.weight)


def groups(
    records: pd.DataFrame, pairs: pd.DataFrame, certain: pd.DataFrame, *, different: pd.DataFrame | None = None,
    unseen: float = UNSEEN_WEIGHT,
) -> Groups:
    """Joins what certain links hold together (strongest first, guards kept) and gathers the evidence between the groups.

    `pairs` has `left`, `right`, `weight`; `certain` has `left`, `right`, `strength` and `probability` (strength 0 is a reviewer's
    "same": it passes the guard on names).
    """
    guard, n = Guard(records, different), len(records)
    links = certain.sort_values(["strength", "left", "right"])
    root, sure = _tied(guard, links, n)
    first, of = np.unique(root, return_inverse=True)
    size = np.bincount(of, minlength=len(first))
    left, right, total, count = _between(of, pairs, unseen)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(first), len(first)))
    component = connected_components(graph, directed=False)[1]
    return Groups(of, first, size, left, right, total, count, component, Watch(guard, of, len(first)), sure[first], unseen=unseen)


def _tied(guard: Guard, links: pd.DataFrame, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first record of each record's group and, at that record, the least probability of the links that hold the group.

    Where nothing in what all links of a place tie together could forbid any of them, the links that hold it are its spanning tree.
    """
    left, right, p = links.left.to_numpy("int64"), links.right.to_numpy("int64"), links.probability.to_numpy("float64")
    rank = np.arange(1.0, len(left) + 1)
    place = connected_components(coo_matrix((rank, (left, right)), shape=(n, n)), directed=False)[1]
    calm = _calm(guard, place)[place[left]]
    root, sure = np.arange(n), np.ones(n)
    held = minimum_spanning_tree(coo_matrix((rank[calm], (left[calm], right[calm])), shape=(n, n))).tocoo()
    head = np.full(n, n)
    np.minimum.at(head, place, root)
    root[left[calm]], root[right[calm]] = head[place[left[calm]]], head[place[right[calm]]]
    np.minimum.at(sure, root[held.row], p[held.data.astype("int64") - 1])
    members: dict[int, list[int]] = {}
    rest = (left[~calm].tolist(), right[~calm].tolist(), links.strength.to_numpy()[~calm].tolist(), p[~calm].tolist())
    for i, j, strength, chance in zip(*rest, strict=True):
        a, b = _root(root, i), _root(root, j)
        if a == b:
            continue
        ours, theirs = members.get(a, [a]), members.get(b, [b])
        if guard.forbids(ours, theirs, names=strength > 0):
            continue
        a, b = min(a, b), max(a, b)
        root[b] = a
        members[a] = ours + theirs
        members.pop(b, None)
        sure[a] = min(sure[a], sure[b], chance)
    while (further := root[root] != root).any():
        root[further] = root[root[further]]
    return root, sure


def _calm(guard: Guard, place: np.ndarray) -> np.ndarray:
    """Of each place (a number per record), whether its records have one kind and one given name at most and none was told apart."""
    kinds, places = np.zeros(len(place), dtype="int64"), len(place)
    np.bitwise_or.at(kinds, place, guard.kind)
    told = guard.given != NOTHING
    low, high = np.full(places, places), np.full(places, NOTHING)
    np.minimum.at(low, place[told], guard.given[told])
    np.maximum.at(high, place[told], guard.given[told])
    out = (kinds != 3) & (low >= high)
    out[place[list(guard.apart)]] = False
    return out


def telling(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs that say something else than a pair never compared: its weight is the least that any other can have. Guards stand."""
    return pairs[(pairs.weight > UNSEEN_WEIGHT) | (pairs.weight <= -MOST_WEIGHT)]


def link(found: Groups, *, weight: np.ndarray | None = None) -> Clusters:
    """Average linkage within each component; groups stay apart below even odds.

    `weight` (bits per edge) replaces the evidence, as a draw does.
    """
    average, left, right = found.weight if weight is None else weight, found.left, found.right
    sure, watch = found.sure.copy(), found.watch.copy()
    met = np.zeros(len(found.size), dtype=bool)
    met[left], met[right] = True, True
    at, place = np.flatnonzero(met), np.cumsum(met) - 1  # groups that have an edge: most have none

    def forbids(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return watch.forbids(at[a], at[b])

    def joined(kept: np.ndarray, other: np.ndarray, evidence: np.ndarray) -> None:
        kept, other = at[kept], at[other]
        sure[kept] = np.minimum(np.minimum(sure[kept], sure[other]), probability(evidence))
        watch.joined(kept, other)

    final = np.arange(len(found.size))
    final[at] = at[linkage.join(
        place[left], place[right], average, size=found.size[at], component=pd.factorize(found.component[at])[0], unseen=found.unseen,
        forbids=forbids, joined=joined,
    )]  # fmt: skip
    label = found.first[final][found.of]
    alone = np.bincount(label, minlength=len(found.of))[label] == 1
    return Clusters(label, np.where(alone, np.nan, sure[final][found.of]))


def draws(
    found: Groups, best: Clusters, *, count: int, seed: int, low: float = 0.01, calibrate=None, by_lot: bool = False
) -> list[np.ndarray]:
    """`count` plausible maps: labels as in `Clusters.label`, drawn by the probability of each uncertain join.

    Evidence between groups is drawn as a whole (not pair by pair), because pairs of the same two groups are right or wrong
    together, and each draw shifts all of it by what the model as a whole may be off. `calibrate` maps weights to probabilities
    where labels allowed it; then nothing is shifted. Components without a join between `low` and
    1 - `low` keep their best map. Links of one strength join in the order of records, or `by_lot`, which takes fewer turns where
    components are large.
    """
    chance = (calibrate or probability)(found.weight)
    doubtful = (chance > low) & (chance < 1 - low)
    touched = np.zeros(int(found.component.max(initial=0)) + 1, dtype=bool)
    touched[found.component[found.left[doubtful]]] = True
    if not touched.any():
        return []
    rng, lot = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    few, edges, inside = found.part(touched), touched[found.component[found.left]], touched[found.component][found.of]
    out = []
    for _ in range(count):
        shift = 0.0 if calibrate else rng.normal(0, MODEL_DOUBT)
        odds = chance if calibrate else probability(found.weight + shift)
        seen = np.where(rng.random(len(chance)) < odds, MOST_WEIGHT, -MOST_WEIGHT)
        if by_lot:
            seen -= TIE * lot.random(len(chance))
        drawn = best.label.astype("int32")  # twenty maps of every record: half the room
        drawn[inside] = link(few, weight=seen[edges]).label
        out.append(drawn)
    return out


def moved(best: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Which records lie in a cluster that two maps (labels as in `Clusters.label`) do not have in common. All that has to be looked at:
    the others' clusters are the same in both."""
    other = best != drawn
    left, joined = np.zeros(len(best), dtype=bool), np.zeros(len(best), dtype=bool)
    left[best[other]], joined[drawn[other]] = True, True
    return left[best] | joined[drawn]


def probability(weight):
    """Probability of a weight in bits (log2 of the odds)."""
    return 1 / (1 + np.exp2(-np.clip(weight, -60, 60)))


def _between(
    of: np.ndarray, pairs: pd.DataFrame, unseen: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The evidence between groups. A pair that shares a key and disagrees otherwise says no more against its group than one that
    shares nothing and was never compared: records of one person spoilt in different fields look like that. Guards stand whole."""
    weight = pairs.weight.to_numpy("float64")
    weight = np.where(weight <= -MOST_WEIGHT, -MOST_WEIGHT, np.clip(weight, unseen, MOST_WEIGHT))
    a, b = of[pairs.left.to_numpy("int64")], of[pairs.right.to_numpy("int64")]
    between = a != b
    frame = pd.DataFrame({
        "a": np.minimum(a, b)[between], "b": np.maximum(a, b)[between],
        "w": weight[between],
    })  # fmt: skip
    edges = frame.groupby(["a", "b"], sort=True).w.agg(["sum", "size"]).reset_index()
    return (
        edges.a.to_numpy("int64"),
        edges.b.to_numpy("int64"),
        edges["sum"].to_numpy("float64"),
        edges["size"].to_numpy("float64"),
    )


def _root(parent, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return int(i)
