"""Who must not meet, asked of records and of groups of records that join as they go."""

from collections import defaultdict

import numpy as np
import pandas as pd

from scrm_helpers.folding import numbered, plain
from scrm_helpers.identity import keys

NOTHING, SEVERAL = -1, -2  # in place of the number of a name


class Guard:
    """Who must not meet: knows of each record its kind, its given name and the records that a reviewer told apart from it."""

    def __init__(self, records: pd.DataFrame, different: pd.DataFrame | None = None):
        kind, kinds = pd.factorize(records.kind)
        self.kind = np.array([{"consumer": 1, "business": 2}.get(k, 0) for k in kinds] + [0])[kind]
        self.name, self.given, self._names = _names(records)
        self.apart: dict[int, set[int]] = defaultdict(set)
        if different is not None:
            for i, j in zip(different.left.tolist(), different.right.tolist(), strict=True):
                self.apart[i].add(j)
                self.apart[j].add(i)
        self._known: dict[tuple[int, int], bool] = {}

    def forbids(self, a: list[int], b: list[int], *, names: bool = True) -> bool:
        """Whether records `a` and `b` must stay apart. `names=False` asks about kinds and reviewers alone."""
        kinds = {self.kind[i] for i in a} | {self.kind[i] for i in b}
        if {1, 2} <= kinds:
            return True
        if self.apart and any(not self.apart[i].isdisjoint(b) for i in a if i in self.apart):
            return True
        if not names:
            return False
        left, right = {int(self.name[i]) for i in a} - {NOTHING}, {int(self.name[i]) for i in b} - {NOTHING}
        return any(self.clash(x, y) for x in left for y in right)

    def clash(self, x: int, y: int) -> bool:
        """Whether two names (places in the list of different ones) cannot be one person's."""
        if x == y:
            return False
        if (x, y) not in self._known:
            a, b = self._names[x], self._names[y]
            one = a[0] == b[0] or (a[2] and a[2] == b[2]) or keys.same_number(a[3], b[3]) or (a[0] == b[1] and a[1] == b[0])
            self._known[x, y] = not one and not keys.given_agree(a[0], b[0])
        return self._known[x, y]


def _names(records: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[tuple]]:
    """Name and given name of each record as numbers (NOTHING where a guard has none to go by), and the names by number."""
    named, known = pd.factorize(records["first"])
    rows = np.flatnonzero(np.r_[np.asarray(known != ""), False][named] & keys.told(records, *keys.HOUSEHOLD))
    values = [records[c].iloc[rows] for c in ("first", "last", "birth_date", "tax_no")]
    number, at = numbered(*values)
    name, given = np.full(len(records), NOTHING), np.full(len(records), NOTHING)
    name[rows], given[rows] = number, pd.factorize(values[0])[0]
    return name, given, list(zip(*(plain(v.iloc[at]).tolist() for v in values), strict=True))


class Watch:
    """A guard over groups on the move: of each group its kinds as bits, its name and who in it was told apart from others."""

    def __init__(self, guard: Guard, of: np.ndarray, groups: int):
        """`of` is the group of each record."""
        self._guard, self._kinds = guard, np.zeros(groups, dtype="int64")
        np.bitwise_or.at(self._kinds, of, guard.kind)
        told = np.flatnonzero(guard.name != NOTHING)
        group, name = of[told], guard.name[told]
        self._name, most = np.full(groups, len(of)), np.full(groups, NOTHING)
        np.minimum.at(self._name, group, name)
        np.maximum.at(most, group, name)
        self._name[most == NOTHING] = NOTHING
        self._name[self._name < most] = SEVERAL
        self._names: dict[int, frozenset[int]] = {}  # of groups with several
        several = self._name[group] == SEVERAL
        for k, n in zip(group[several].tolist(), name[several].tolist(), strict=True):
            self._names[k] = self._names.get(k, frozenset()) | {n}
        self._apart: dict[int, frozenset[int]] = {}
        for record in guard.apart:
            self._apart[int(of[record])] = self._apart.get(int(of[record]), frozenset()) | {record}

    def copy(self) -> "Watch":
        """The same groups, to be joined apart from these."""
        out = object.__new__(Watch)
        out._guard, out._kinds, out._name = self._guard, self._kinds.copy(), self._name.copy()
        out._names, out._apart = dict(self._names), dict(self._apart)
        return out

    def part(self, groups: np.ndarray) -> "Watch":
        """These groups alone, numbered as they come."""
        out, number = object.__new__(Watch), {group: k for k, group in enumerate(groups.tolist())}
        out._guard, out._kinds, out._name = self._guard, self._kinds[groups], self._name[groups]
        out._names, out._apart = (
            {number[k]: told for k, told in known.items() if k in number} for known in (self._names, self._apart)
        )
        return out

    def forbids(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Whether the groups `a` and `b` must stay apart, pair by pair."""
        out = (self._kinds[a] | self._kinds[b]) == 3
        x, y = self._name[a], self._name[b]
        both = (x != NOTHING) & (y != NOTHING) & ((x != y) | (x == SEVERAL))
        for k in np.flatnonzero(~out & both).tolist():
            left, right = self._told(int(a[k]), int(x[k])), self._told(int(b[k]), int(y[k]))
            out[k] = any(self._guard.clash(i, j) for i in left for j in right)
        for k in np.flatnonzero(~out).tolist() if self._apart else ():
            left, right = self._apart.get(int(a[k]), ()), self._apart.get(int(b[k]), ())
            out[k] = any(not self._guard.apart[i].isdisjoint(right) for i in left)
        return out

    def joined(self, kept: np.ndarray, other: np.ndarray) -> None:
        """Groups `other` now stand under `kept`."""
        self._kinds[kept] |= self._kinds[other]
        x, y = self._name[kept], self._name[other]
        self._name[kept] = np.where(x == NOTHING, y, np.where((y == NOTHING) | (x == y), x, SEVERAL))
        for k in np.flatnonzero((self._name[kept] == SEVERAL) & ((y != NOTHING) | (x == NOTHING))).tolist():
            a, b = int(kept[k]), int(other[k])
            self._names[a] = frozenset(self._told(a, int(x[k]))) | frozenset(self._told(b, int(y[k])))
        for a, b in zip(kept.tolist(), other.tolist(), strict=True) if self._apart else ():
            if b in self._apart:
                self._apart[a] = self._apart.get(a, frozenset()) | self._apart[b]

    def _told(self, group: int, name: int) -> tuple[int, ...] | frozenset[int]:
        return self._names[group] if name == SEVERAL else () if name == NOTHING else (name,)
