"""The ways of matching that are held side by side: the suite's, an exact join, plain Splink. Each gives a label per record."""

import datetime
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

PERIOD, AS_OF, KEY = "2026-10", datetime.date(2026, 11, 1), b"a key of the benchmark"


def marks(label: np.ndarray, who: np.ndarray) -> dict:
    """Precision, recall and F1 over pairs of records, and B-cubed F1 over records (Bagga, Baldwin 1998)."""
    from scrm_helpers.identity import quality

    precision, recall = (x or 0.0 for x in quality.agreement(label, who))
    rows = pd.DataFrame({"ours": label, "true": who})
    both = rows.groupby(["ours", "true"]).ours.transform("size").to_numpy()
    b_precision = float((both / rows.groupby("ours").ours.transform("size").to_numpy()).mean())
    b_recall = float((both / rows.groupby("true").true.transform("size").to_numpy()).mean())
    return {
        "precision": precision,
        "recall": recall,
        "f1": _f1(precision, recall),
        "b_cubed": _f1(b_precision, b_recall),
    }


def _f1(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def suite(
    accounts: pd.DataFrame, who: np.ndarray, *, region: str, labels: int, wrong: float, seed: int, asked: str
) -> tuple[np.ndarray, dict, float]:
    """Notebook 02's own call; labels come from the queue of a run without any, as a reviewer's do. Gives labels, claimed ranges, seconds
    of asking. `asked`: a file in which the run without labels leaves its queue for those with."""
    from scrm_helpers.identity import resolve, review

    options = {"period": PERIOD, "as_of": AS_OF, "key": KEY, "region": region}
    started, told = time.process_time(), None
    if labels:
        queue = pd.read_parquet(asked)
        same = who[queue.account_id_left.to_numpy() - 1] == who[queue.account_id_right.to_numpy() - 1]
        rng = np.random.default_rng(seed)
        same ^= rng.random(len(same)) < wrong
        told = queue.assign(answer=np.where(same, "same", "different"), by="benchmark", at=pd.Timestamp(2026, 10, 5))
    spent = time.process_time() - started
    found = resolve(accounts, **options, labels=told)
    started = time.process_time()
    if not labels and asked:
        queue = review.queue(found.match_pairs, found.persons, most=int(Path(asked).stem))
        queue[["account_id_left", "account_id_right"]].to_parquet(asked)
    spent += time.process_time() - started
    if not found.scored.trained:
        print(f"# {found.method}", file=sys.stderr)
    rows = found.match_quality[found.match_quality.group == "all"].set_index("measure")
    claimed = {
        f"claimed_{m}_{end}": None if m not in rows.index or pd.isna(rows.at[m, end]) else float(rows.at[m, end])
        for m in ("precision", "recall") for end in ("low", "high")
    }  # fmt: skip
    return found.persons.sort_values("account_id").person_id.to_numpy(), claimed, spent


def exact(accounts: pd.DataFrame, *, region: str) -> np.ndarray:
    """What a spreadsheet does: equal name and birth date, e-mail or phone (as written, lower-cased); name and place where there is none."""
    rows = accounts.drop(columns=["account_id", "kind", "system"]).astype(object)
    rows = rows.where(rows.isna(), rows.astype(str).apply(lambda c: c.str.lower().str.strip()))
    name = [c for c in ("first_name", "last_name") if c in rows] or [c for c in ("full_name",) if c in rows]
    hard = [c for c in ("birth_date", "email", "phone", "tax_no") if c in rows] or [
        c for c in ("postcode", "city") if c in rows
    ]
    left, right = [np.arange(len(rows))], [np.arange(len(rows))]
    for column in hard:
        parts = [column] if column in ("email", "phone", "tax_no") else [*name, column]
        known = rows[parts].dropna()
        first = known.groupby(parts, sort=False).ngroup()
        head = pd.Series(known.index, index=first).groupby(level=0).first()
        left.append(known.index.to_numpy())
        right.append(head.loc[first].to_numpy())
    return _components(np.concatenate(left), np.concatenate(right), len(rows))


def splink(accounts: pd.DataFrame, *, region: str) -> np.ndarray:
    """Splink as its own tutorials set it up: library comparisons, a dozen blocking rules, pairs from even odds up, connected components."""
    import logging

    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = accounts.drop(columns=["kind", "system"]).astype(object)
    rows = rows.where(rows.isna(), rows.astype(str).apply(lambda c: c.str.lower().str.strip())).where(
        rows.notna(), None
    )
    rows["account_id"] = accounts.account_id
    rows = rows.rename(columns={"account_id": "unique_id"})
    has = [
        c
        for c in rows.columns
        if c != "unique_id"
        and rows[c].notna().sum() > 30
        and c != "full_name"
        or c == "full_name"
        and "last_name" not in rows
    ]
    kinds = {c: cl.JaroWinklerAtThresholds(c, [0.92, 0.8]) for c in ("first_name", "last_name", "full_name")}
    kinds["birth_date"] = cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2])
    compared = [kinds.get(c) or cl.LevenshteinAtThresholds(c, [2]) for c in has]
    name = [c for c in ("first_name", "last_name", "full_name") if c in has]
    hard = [c for c in ("birth_date", "email", "phone", "tax_no", "postcode", "address", "city") if c in has]
    rules = [block_on(c) for c in hard if c not in ("city",) and _pairs(rows, [c]) < 40 * len(rows)]
    rules += [block_on(n, h) for n in name for h in hard if _pairs(rows, [n, h]) < 40 * len(rows)]
    if len(name) == 2:
        rules.append(block_on(*name))
    if not rules:
        raise SystemExit("plain Splink: no field of this file can block")
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=compared, blocking_rules_to_generate_predictions=rules
    )
    linker = Linker(DuckDBAPI().register(rows), settings, log_level=logging.ERROR)
    certain = [block_on(*name, h) for h in hard[:2]]
    if certain and sum(_pairs(rows, [*name, h]) for h in hard[:2]):
        linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (*([block_on(*name)] if name else []), *(block_on(h) for h in hard[:2] if _pairs(rows, [h]) < 40 * len(rows))):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True
            )
        except ValueError:
            continue  # a block in which nothing differs teaches nothing; the others do
    found = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never").as_duckdbpyrelation().df()
    place = pd.Series(range(len(rows)), index=rows.unique_id)
    return _components(place.loc[found.unique_id_l].to_numpy(), place.loc[found.unique_id_r].to_numpy(), len(rows))


def _pairs(rows: pd.DataFrame, columns: list[str]) -> int:
    sizes = rows[columns].dropna().value_counts().to_numpy(dtype="int64")
    return int((sizes * (sizes - 1) // 2).sum())


def _components(left: np.ndarray, right: np.ndarray, n: int) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    return connected_components(coo_matrix((np.ones(len(left)), (left, right)), shape=(n, n)), directed=False)[1]
