"""Pairs become persons: certain links first, then average linkage, so that one bad link does not chain two people together.

Two groups join when the evidence between them, averaged over all their pairs, speaks for it; a pair that was never compared
counts against. What must not meet (consumer and firm, two given names of a household, a reviewer's "different") never joins,
however strong the evidence.
"""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from scrm_helpers.identity import keys

MOST_WEIGHT = 12.0  # bits: beyond it a pair is as sure as it gets, and must not outvote its neighbours
UNSEEN_WEIGHT = -2.0  # bits of a pair that no blocking rule brought together
UNSEEN_IDENTIFIED = -4.0  # the same, where most records carry an identifier: then not to have met says more
CERTAIN_LINK = 0.99  # probability of a link by strong key and fitting names, at least: a model that sees one field alone says too little
TOLD_LINK = 0.999  # of a reviewer's "same"
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
    guard: "Guard"
    sure: np.ndarray  # least probability of the certain links inside each group
    edges_of: dict[int, np.ndarray] = field(default_factory=dict)
    unseen: float = UNSEEN_WEIGHT  # bits of a pair that was never compared

    @property
    def weight(self) -> np.ndarray:
        """Average evidence of each edge over all pairs of its two groups, in bits."""
        pairs = self.size[self.left] * self.size[self.right]
        return (self.total + self.unseen * (pairs - self.count)) / pairs

    @property
    def probability(self) -> np.ndarray:
        """The same as a probability."""
        return probability(self.weight)


class Guard:
    """Who must not meet: keeps, for each group, its kinds, its given names and the records that a reviewer told apart."""

    def __init__(self, records: pd.DataFrame, different: pd.DataFrame | None = None):
        self.kind = records.kind.map({"consumer": 1, "business": 2}).fillna(0).to_numpy(dtype=int)
        names = records[["first", "last", "birth_date", "tax_no"]].astype(object)
        rows = names.where(names.notna(), None).itertuples(index=False, name=None)
        held = records[list(keys.HOUSEHOLD)].notna().any(axis=1).tolist()
        self.name = [row if row[0] and reached else None for row, reached in zip(rows, held, strict=True)]
        self.apart: dict[int, set[int]] = defaultdict(set)
        if different is not None:
            for i, j in zip(different.left.tolist(), different.right.tolist(), strict=True):
                self.apart[i].add(j)
                self.apart[j].add(i)
        self._known: dict[tuple, bool] = {}

    def forbids(self, a: list[int], b: list[int], *, names: bool = True) -> bool:
        """Whether records `a` and `b` must stay apart. `names=False` asks about kinds and reviewers alone."""
        kinds = {self.kind[i] for i in a} | {self.kind[i] for i in b}
        if {1, 2} <= kinds:
            return True
        if self.apart and any(not self.apart[i].isdisjoint(b) for i in a if i in self.apart):
            return True
        if not names:
            return False
        left, right = {self.name[i] for i in a} - {None}, {self.name[i] for i in b} - {None}
        return any(self._clash(x, y) for x in left for y in right)

    def _clash(self, x: tuple, y: tuple) -> bool:
        if x[0] == y[0] or (x[2] and x[2] == y[2]) or (x[3] and x[3] == y[3]):
            return False
        known = (x[:2], y[:2])
        if known not in self._known:
            self._known[known] = not (x[0] == y[1] and x[1] == y[0]) and not keys.given_agree(x[0], y[0])
        return self._known[known]


def groups(
    records: pd.DataFrame, pairs: pd.DataFrame, certain: pd.DataFrame, *, different: pd.DataFrame | None = None,
    unseen: float = UNSEEN_WEIGHT,
) -> Groups:
    """Joins what certain links hold together (strongest first, guards kept) and gathers the evidence between the groups.

    `pairs` has `left`, `right`, `weight`; `certain` has `left`, `right`, `strength` and `probability` (strength 0 is a reviewer's
    "same": it passes the guard on names).
    """
    guard, n = Guard(records, different), len(records)
    parent, members, sure = list(range(n)), {}, np.ones(n)
    for i, j, strength, p in certain.sort_values(["strength", "left", "right"])[
        ["left", "right", "strength", "probability"]
    ].itertuples(index=False):
        a, b = _root(parent, i), _root(parent, j)
        if a == b:
            continue
        ours, theirs = members.get(a, [a]), members.get(b, [b])
        if guard.forbids(ours, theirs, names=strength > 0):
            continue
        a, b = min(a, b), max(a, b)
        parent[b] = a
        members[a] = ours + theirs
        members.pop(b, None)
        sure[a] = min(sure[a], sure[b], p)
    root = np.array([_root(parent, i) for i in range(n)], dtype="int64")
    first, of = np.unique(root, return_inverse=True)
    size = np.bincount(of, minlength=len(first))
    left, right, total, count = _between(of, pairs)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(first), len(first)))
    component = connected_components(graph, directed=False)[1]
    return Groups(of, first, size, left, right, total, count, component, guard, sure[first], unseen=unseen)


def link(found: Groups, *, weight: np.ndarray | None = None, only: np.ndarray | None = None) -> Clusters:
    """Average linkage within each component; groups stay apart below even odds.

    `weight` (bits per edge) replaces the evidence, as a draw does; `only` names the components that are worked on: the others
    keep their groups unlinked.
    """
    average = found.weight if weight is None else weight
    pairs = found.size[found.left] * found.size[found.right]
    root, sure = np.arange(len(found.first)), found.sure.copy()
    order = np.argsort(found.component[found.left], kind="stable")
    wanted = found.component[found.left][order]
    starts = np.flatnonzero(np.r_[True, wanted[1:] != wanted[:-1]]) if len(order) else np.array([], dtype=int)
    chosen = None if only is None else set(only.tolist())
    members = _members(found)
    for start, end in zip(starts, [*starts[1:].tolist(), len(order)][: len(starts)], strict=True):
        if chosen is not None and wanted[start] not in chosen:
            continue
        edges = order[start:end]
        if average[edges].max() < 0:
            continue
        if end - start == 1:  # two groups: most components
            a, b = int(found.left[edges[0]]), int(found.right[edges[0]])
            if not found.guard.forbids(members[a], members[b]):
                root[b], sure[a] = a, min(sure[a], sure[b], float(probability(average[edges[0]])))
            continue
        _agglomerate(found, edges, average, pairs, members, root, sure)
    final = np.array([_root(root, g) for g in range(len(root))], dtype="int64")
    first = found.first[final]  # the smaller group number always stays the root
    label = first[found.of]
    alone = np.bincount(label, minlength=len(found.of))[label] == 1
    return Clusters(label, np.where(alone, np.nan, sure[final][found.of]))


def draws(
    found: Groups, best: Clusters, *, count: int, seed: int, low: float = 0.01, calibrate=None
) -> list[np.ndarray]:
    """`count` plausible maps: labels as in `Clusters.label`, drawn by the probability of each uncertain join.

    Evidence between groups is drawn as a whole (not pair by pair), because pairs of the same two groups are right or wrong
    together, and each draw shifts all of it by what the model as a whole may be off. `calibrate` maps weights to probabilities
    where labels allowed it; then nothing is shifted. Components without a join between `low` and
    1 - `low` keep their best map.
    """
    chance = (calibrate or probability)(found.weight)
    doubtful = (chance > low) & (chance < 1 - low)
    touched = np.unique(found.component[found.left[doubtful]])
    if not len(touched):
        return []
    rng = np.random.default_rng(seed)
    inside = np.isin(found.component[found.of], touched)
    out = []
    for _ in range(count):
        shift = 0.0 if calibrate else rng.normal(0, MODEL_DOUBT)
        odds = chance if calibrate else probability(found.weight + shift)
        seen = np.where(rng.random(len(chance)) < odds, MOST_WEIGHT, -MOST_WEIGHT)
        drawn = link(found, weight=seen, only=touched)
        out.append(np.where(inside, drawn.label, best.label))
    return out


def touched(found: Groups, *, low: float = 0.01, calibrate=None) -> np.ndarray:
    """Which records lie in a component with an uncertain join."""
    chance = (calibrate or probability)(found.weight)
    doubtful = (chance > low) & (chance < 1 - low)
    return np.isin(found.component[found.of], np.unique(found.component[found.left[doubtful]]))


def probability(weight):
    """Probability of a weight in bits (log2 of the odds)."""
    return 1 / (1 + np.exp2(-np.clip(weight, -60, 60)))


def _between(of: np.ndarray, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    a, b = of[pairs.left.to_numpy("int64")], of[pairs.right.to_numpy("int64")]
    between = a != b
    frame = pd.DataFrame({
        "a": np.minimum(a, b)[between], "b": np.maximum(a, b)[between],
        "w": np.clip(pairs.weight.to_numpy()[between], -MOST_WEIGHT, MOST_WEIGHT),
    })  # fmt: skip
    edges = frame.groupby(["a", "b"], sort=True).w.agg(["sum", "size"]).reset_index()
    return (
        edges.a.to_numpy("int64"),
        edges.b.to_numpy("int64"),
        edges["sum"].to_numpy("float64"),
        edges["size"].to_numpy("float64"),
    )


def _members(found: Groups) -> dict[int, list[int]]:
    order = np.argsort(found.of, kind="stable")
    bounds = np.r_[0, np.cumsum(found.size)]
    linked = np.unique(np.r_[found.left, found.right])
    return {int(g): order[bounds[g] : bounds[g + 1]].tolist() for g in linked}


def _agglomerate(found: Groups, edges, average, pairs, members, root, sure) -> None:
    """Joins the groups of one component, best average first. Changes `root`, `sure` and `members` in place."""
    near: dict[int, dict[int, list[float]]] = defaultdict(dict)  # group -> neighbour -> [sum of weights, pairs seen]
    heap: list[tuple[float, int, int]] = []
    size = {}
    for e in edges.tolist():
        a, b = int(found.left[e]), int(found.right[e])
        near[a][b] = near[b][a] = [float(average[e] * pairs[e]), float(pairs[e])]
        size[a], size[b] = int(found.size[a]), int(found.size[b])
        if average[e] >= 0:
            heapq.heappush(heap, (-float(average[e]), a, b))
    while heap:
        minus, a, b = heapq.heappop(heap)
        if b not in near.get(a, ()) or abs(_average(near[a][b], size[a], size[b], found.unseen) + minus) > 1e-12:
            continue  # one of the two has changed since
        if found.guard.forbids(members[a], members[b]):
            del near[a][b], near[b][a]
            near[a][b] = near[b][a] = [-1e9, float(size[a] * size[b])]  # stays apart from whatever joins later
            continue
        root[b] = a
        members[a] = members[a] + members[b]
        sure[a] = min(sure[a], sure[b], float(probability(-minus)))
        for other, (total, seen) in near.pop(b).items():
            if other == a:
                continue
            del near[other][b]
            mine = near[a].get(other, [0.0, 0.0])
            near[a][other] = near[other][a] = [mine[0] + total, mine[1] + seen]
        size[a] += size[b]
        del near[a][b]
        for other, edge in near[a].items():
            value = _average(edge, size[a], size[other], found.unseen)
            if value >= 0:
                heapq.heappush(heap, (-value, min(a, other), max(a, other)))


def _average(edge: list[float], a: int, b: int, unseen: float) -> float:
    return (edge[0] + unseen * (a * b - edge[1])) / (a * b)


def _root(parent, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return int(i)
