"""How well the records were matched, with ranges, and what could not be matched at all."""

import numpy as np
import pandas as pd

from scrm_helpers import folding
from scrm_helpers.identity import cluster, expected, loosen
from scrm_helpers.identity.blocks import blocks, within
from scrm_helpers.metrics import LEVEL

LEAST_LABELS = 30  # answers from which reviewed pairs speak before the model does
LARGEST_SIZE = 6  # persons with so many records or more stand in one row
READ = ("account_id", "system", "email", "phone", "collector")  # of records
COLUMNS = ("measure", "group", "value", "low", "high", "n", "method")
MODEL_SAYS, CONTACTS_SAY, REVIEW_SAYS, COUNTED = (
    "expected by the model, which may be off as a whole",
    "expected, from records with contacts for those without",
    "reviewed pairs, by weight and link",
    "count",
)


def measure(
    records, persons, pairs, label, maps, answers, *, method: str, trained: bool, left_out: pd.DataFrame | None = None,
    gone: list[np.ndarray] = (), buying: frozenset[str] = frozenset(),
) -> pd.DataFrame:  # fmt: skip
    """The table match_quality. `label` is the best map, `maps` the draws (row for row with `records`), `answers` reviewed pairs,
    `left_out` pairs by lot of what was not compared (`model.Scored`), `gone` records that go by lot (`loosen.leavers`), `buying` the
    systems whose records carry orders (all, where none is known)."""
    links = _links(records, label)
    found = expected.sought(records, pairs, label, left_out) if trained or len(answers) else None
    hidden = None if found is None else expected.missed(found)
    stated = _expected(label, maps, hidden, trained, method)
    rows = [
        *stated, *_among_buyers(records, label, found, stated, gone, buying), *_reviewed(records, pairs, answers, label, hidden),
        *_shares(records, persons), *_sizes(persons), *_between_systems(links, maps, trained),
    ]  # fmt: skip
    out = pd.DataFrame(rows, columns=list(COLUMNS))
    out = pd.concat([_headline(out), out], ignore_index=True)
    for column in ("value", "low", "high"):
        out[column] = out[column].astype("float64")
    return out.sort_values(["measure", "group"], ignore_index=True)


def agreement(ours: np.ndarray, theirs: np.ndarray) -> tuple[float | None, float | None]:
    """Precision and recall of map `ours` if `theirs` were true, over pairs of records; None where a map has no pair."""
    both, mine, other = _in_common(ours, theirs)
    return (both / mine if mine else None), (both / other if other else None)


def agreements(label: np.ndarray, maps: list[np.ndarray]) -> list[tuple[float | None, float | None]]:
    """`agreement` of the map `label` with each of `maps` (labels as in `Clusters.label`); what a map leaves as it is, is counted once."""
    every, out = _pairs_in(np.bincount(label)), []
    for drawn in maps:
        moved = cluster.moved(label, drawn)
        both, mine, other = _in_common(label[moved], drawn[moved])
        both, other = every - mine + both, every - mine + other
        out.append(((both / every if every else None), (both / other if other else None)))
    return out


def _in_common(ours: np.ndarray, theirs: np.ndarray) -> tuple[int, int, int]:
    """Pairs of records that are together in both maps, in the first and in the second."""
    (a, _), (b, known) = pd.factorize(ours, use_na_sentinel=False), pd.factorize(theirs, use_na_sentinel=False)
    return _pairs_in(np.bincount(pd.factorize(a * len(known) + b)[0])), _pairs_in(np.bincount(a)), _pairs_in(np.bincount(b))


def _pairs_in(sizes: pd.Series | np.ndarray) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _expected(label, maps, hidden, trained: bool, method: str) -> list[tuple]:
    """Precision and recall without reviewed pairs: what the draws say of the pairs compared, and the pairs out of the model's sight."""
    linked = _pairs_in(pd.Series(label).value_counts())
    if not trained or not linked:
        return [
            ("precision_expected", "all", None, None, None, linked, method),
            ("recall_expected", "all", None, None, None, linked, method),
        ]
    found = agreements(label, maps or [label])
    at_once = expected.together(label)
    wrong = expected.mistakes(
        1 - float(np.mean([p for p, _ in found])), linked, doubt=expected.DOUBT["precision"], together=at_once
    )  # fmt: skip
    share = hidden[0] if hidden else 1 - float(np.mean([r for _, r in found if r is not None]))
    missed = expected.mistakes(share, linked / max(1 - share, 1e-9), doubt=expected.DOUBT["recall"], together=at_once)
    return [
        ("precision_expected", "all", 1 - wrong.value, 1 - wrong.high, 1 - wrong.low, linked, MODEL_SAYS),
        ("recall_expected", "all", 1 - missed.value, 1 - missed.high, 1 - missed.low, linked, CONTACTS_SAY if hidden else MODEL_SAYS),
    ]


def _among_buyers(records, label, found: pd.DataFrame | None, stated: list[tuple], gone, buying: frozenset[str]) -> list[tuple]:
    """Recall over pairs of records of systems that carry orders, which is what figures of customers hang on; and the share of such pairs
    that part in a map of `gone`, on average: none where neither can be said."""
    if not len(gone) or pd.isna(stated[1][2]):
        return []
    among = ~records.collector.to_numpy(bool)
    if buying:
        among &= folding.among(records.system, sorted(buying))
    parted = [loosen.lost(label, rows, among) for rows in gone]
    if any(not share for share in parted):
        return []
    out = [("loosened_share", "all", float(np.mean(parted)), None, None, int(sum(map(len, gone))), COUNTED)]
    if found is None:
        return [("recall_buyers", *stated[1][1:]), *out]
    rows = found[found.one.isin(buying) & found.other.isin(buying)] if buying else found
    share, linked = expected.missed(rows)[0], float(rows.linked.sum())
    at_once = expected.together(label[among])
    missed = expected.mistakes(share, linked / max(1 - share, 1e-9), doubt=expected.DOUBT["recall"], together=at_once)
    return [("recall_buyers", "all", 1 - missed.value, 1 - missed.high, 1 - missed.low, int(linked), CONTACTS_SAY), *out]


def _range(values: list) -> tuple[float | None, float | None, float | None]:
    """Mean, and the ends that hold LEVEL of the draws."""
    known = [v for v in values if v is not None]
    if not known:
        return None, None, None
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(np.mean(known)), float(low), float(high)


def _reviewed(records, pairs: pd.DataFrame, answers: pd.DataFrame, label: np.ndarray, hidden) -> list[tuple]:
    """Precision and recall from labels. Recall counts the pairs that no rule compared, and nobody could be asked about: it is said only
    where contacts tell how many they are."""
    told = answers[answers.answer.isin(("same", "different"))]
    if len(told) < LEAST_LABELS:
        return []
    account = records.account_id.to_numpy()
    a, b = account[told.left.to_numpy()], account[told.right.to_numpy()]
    asked = pd.DataFrame({
        "account_id_left": np.minimum(a, b), "account_id_right": np.maximum(a, b), "same": told.answer.eq("same").to_numpy(float),
    })  # fmt: skip
    rows = pairs.merge(asked, on=["account_id_left", "account_id_right"], how="left")
    found = expected.reviewed(rows)
    if found is None:
        return []
    precision, recall, true = found
    n = int(rows.same.notna().sum())
    said = [("precision_reviewed", "all", *precision, n, REVIEW_SAYS)]
    if not hidden:
        return said
    beyond = max(0.0, 1 - true / hidden[1])
    if beyond:
        share = expected.mistakes(beyond, hidden[1], doubt=expected.DOUBT["recall"], together=expected.together(label))
        recall = (recall[0] * (1 - share.value), recall[1] * (1 - share.high), recall[2] * (1 - share.low))
    return [*said, ("recall_reviewed", "all", *recall, n, REVIEW_SAYS)]


def _headline(rows: pd.DataFrame) -> pd.DataFrame:
    """precision and recall as the pages say them: reviewed where there are enough answers, else what the model expects."""
    out = []
    for name in ("precision", "recall"):
        reviewed = rows[rows.measure == f"{name}_reviewed"]
        out.append((reviewed if len(reviewed) else rows[rows.measure == f"{name}_expected"]).assign(measure=name))
    return pd.concat(out, ignore_index=True)


def _shares(records: pd.DataFrame, persons: pd.DataFrame) -> list[tuple]:
    """Records that met no record of another system, and records without a usable key, overall and by system. Plain counts."""
    (system, names), person = pd.factorize(records.system), pd.factorize(persons.person_id)[0]
    met = pd.unique(person * len(names) + system) // max(len(names), 1)  # each system of a person once
    shares = {"unmatched_share": np.bincount(met)[person] == 1, "unlinkable_share": ~persons.usable.to_numpy(bool)}
    groups = [("all", np.ones(len(person), dtype=bool)), *((str(name), system == k) for k, name in enumerate(names))]
    return [
        (measure, group, float(share[of].mean()) if of.any() else None, None, None, int(of.sum()), COUNTED)
        for group, of in groups for measure, share in shares.items()
    ]  # fmt: skip


def _sizes(persons: pd.DataFrame) -> list[tuple]:
    """Share of persons by how many records they have; n is the number of persons."""
    sizes = persons.drop_duplicates("person_id").records.clip(upper=LARGEST_SIZE).value_counts().sort_index()
    total = int(sizes.sum())
    return [
        (
            "cluster_size",
            f"{size}+" if size == LARGEST_SIZE else str(size),
            float(n / total),
            None,
            None,
            int(n),
            COUNTED,
        )
        for size, n in sizes.items()
    ]


def _links(records: pd.DataFrame, label: np.ndarray) -> pd.DataFrame:
    """Pairs of records of one person in the best map: `row_l`, `row_r`, `group` (the two systems)."""
    rows, sizes = blocks([label], largest=len(label))
    left, right, _ = within(rows, sizes)
    system, names = expected.systems(records)
    low, high = np.minimum(system[left], system[right]), np.maximum(system[left], system[right])
    groups = pd.Categorical.from_codes(low * len(names) + high, categories=[f"{one} + {other}" for one in names for other in names])
    return pd.DataFrame({"row_l": left.astype("int32"), "row_r": right.astype("int32"), "group": groups})


def _between_systems(links: pd.DataFrame, maps, trained: bool) -> list[tuple]:
    """Expected precision by pair of systems: how much of each pair's links the draws keep."""
    if not trained:
        return []
    left, right = links.row_l.to_numpy(), links.row_r.to_numpy()
    kept = np.array([drawn[left] == drawn[right] for drawn in maps]) if maps else np.ones((1, len(links)), dtype=bool)
    return [
        ("precision", group, *_range(kept[:, where].mean(axis=1).tolist()), len(where), MODEL_SAYS)
        for group, where in links.groupby("group", observed=True).indices.items()
    ]
