"""Average linkage of a sparse graph, on arrays: every pair of groups that are each other's best neighbour joins in the same turn.

Joining two groups never makes either more alike to a third one than the nearer of the two was (average linkage is reducible), so
joining all such pairs at once gives the groups that joining the best pair of all, one at a time, gives (Murtagh 1983), in a few
turns over arrays instead of one turn of a heap per join.
"""

from collections.abc import Callable

import numpy as np

FORBIDDEN = -1e9  # bits of two groups that must not meet: they stay apart from whatever joins later


def join(
    left: np.ndarray, right: np.ndarray, average: np.ndarray, *, size: np.ndarray, component: np.ndarray, unseen: float,
    forbids: Callable[[np.ndarray, np.ndarray], np.ndarray], joined: Callable[[np.ndarray, np.ndarray, np.ndarray], None],
) -> np.ndarray:
    """The root of each group: the smallest number of those that it joined. Groups join from an average of 0 up.

    Edges `left` < `right` come once each with the `average` evidence of all pairs of their two groups; pairs of groups without an
    edge weigh `unseen` each. `size`: records of each group; `component` of each group. `forbids` says for pairs of roots whether
    they must stay apart; `joined` hears of each turn's joins (kept root, other root, evidence).
    """
    size, root = size.astype("float64"), np.arange(len(size))
    a, b, total = left.astype("int64"), right.astype("int64"), average * size[left] * size[right]
    seen = size[a] * size[b]
    best = np.empty(len(size), dtype="int64")
    while len(a):
        pairs = size[a] * size[b]
        mean = (total + unseen * (pairs - seen)) / pairs
        good = np.flatnonzero(mean >= 0)
        if not len(good):
            break
        alive = np.zeros(int(component.max()) + 1, dtype=bool)
        alive[component[a[good]]] = True
        order = good[np.lexsort((b[good], a[good], -mean[good]))]
        rank = np.arange(len(order))
        best[a[order]] = best[b[order]] = len(order)
        np.minimum.at(best, a[order], rank)
        np.minimum.at(best, b[order], rank)
        mutual = order[(best[a[order]] == rank) & (best[b[order]] == rank)]
        barred = forbids(a[mutual], b[mutual])
        total[mutual[barred]], seen[mutual[barred]] = FORBIDDEN, pairs[mutual[barred]]
        made = mutual[~barred]
        joined(a[made], b[made], mean[made])
        root[b[made]] = a[made]
        moved = np.zeros(len(size), dtype=bool)
        moved[a[made]] = moved[b[made]] = True
        kept = alive[component[a]]
        size[a[made]] += size[b[made]]
        a, b, total, seen = _joined(a[kept], b[kept], total[kept], seen[kept], root, moved)
    while (further := root[root] != root).any():
        root[further] = root[root[further]]
    return root


def _joined(a, b, total, seen, root, moved) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The edges after the joins of one turn: those of joined groups under their root, those that met added up."""
    touched = moved[a] | moved[b]
    x, y = root[a[touched]], root[b[touched]]
    low, high = np.minimum(x, y), np.maximum(x, y)
    between = low != high
    code = low[between] * len(root) + high[between]
    order = np.argsort(code, kind="stable")
    code = code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.zeros(0, dtype="int64")
    weights, counts = total[touched][between][order], seen[touched][between][order]
    if len(code):
        weights, counts = np.add.reduceat(weights, starts), np.add.reduceat(counts, starts)
    low, high = code[starts] // len(root), code[starts] % len(root)
    return (
        np.r_[a[~touched], low], np.r_[b[~touched], high], np.r_[total[~touched], weights], np.r_[seen[~touched], counts]
    )  # fmt: skip
