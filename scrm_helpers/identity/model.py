"""How alike two records are: a Fellegi-Sunter model, trained by Splink without labels.

The evidence of a pair is a sum of weights in bits, one for each comparison, on top of the weight that two records drawn at random
have. Comparisons that share one cause (street, post code, district, city) stand in one, so that no fact counts twice.
"""

import dataclasses
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from splink import Linker

from scrm_helpers.identity import candidates, fields, keys, matcher, training
from scrm_helpers.store import engine

LEAST_RECORDS = 50  # fewer usable records cannot train a model
LEAST_TRAINED = 3  # comparisons; with fewer, names alone would decide
LEAST_BUDGET = 1_000_000  # pairs that even a small company may compare
KEPT_WEIGHT = -7.0  # bits: pairs below are strangers (less than 1 in 100) and are dropped
SETTLED_WEIGHT = -9.0  # the same, of weights learnt anew
COMPARED_WEIGHT = -40.0  # below it no pair is worth weighing anew
FOUND = ("unique_id_l", "unique_id_r", "match_key", "match_weight", "match_probability")
IDENTIFIERS, IDENTIFIED = ("mail", "number", "tax"), 0.5
LEFT_OUT = ("left", "right", "weight", "probability", "rule", "stands_for")  # pairs by lot of what the budget leaves out
BLOCKED_ALONE = ("initial", "words")  # columns that no comparison looks at


@dataclass(frozen=True)
class Scored:
    """Pairs with their evidence, and how they were found.

    `pairs`: row numbers `left` < `right`, `weight` (bits), `probability`, `rule`, and a column `mw_<comparison>` per comparison.
    `trained` is False where no model could be trained: then `pairs` is empty and `why` says the reason. `left_out`: pairs that were not
    to be compared, some by lot, each with how many it stands for (`candidates.LeftOut`).
    """

    pairs: pd.DataFrame
    trained: bool
    why: str = ""
    prior: float = math.nan  # bits, of two records drawn at random
    rules: tuple[str, ...] = ()
    parameters: dict = dataclasses.field(default_factory=dict)
    identified: bool = True  # whether most records carry an identifier; else all pairs compared are kept, for `settle`
    settled: bool = False  # whether weights were learnt anew from the groups that the pairs make
    left_out: pd.DataFrame = dataclasses.field(default_factory=lambda: pd.DataFrame(columns=LEFT_OUT))  # weighed, and in no map


def score(records: pd.DataFrame, *, seed: int = 1, keep: float = COMPARED_WEIGHT, opened: Callable = engine.bare) -> Scored:
    """Scores every pair that a blocking rule brings, on the engine that `opened` gives (`store.Store.bare`).

    `records` is the frame of `normalise.records` after `keys.strip_shared`.
    """
    told = keys.comparable(records).to_numpy()
    if told.sum() < LEAST_RECORDS:
        return untrained(f"{told.sum()} usable records, at least {LEAST_RECORDS} needed")
    logging.getLogger("splink").setLevel(logging.ERROR)
    return _scored(records, told, seed, keep, opened)


def _scored(records: pd.DataFrame, told: np.ndarray, seed: int, keep: float, opened: Callable) -> Scored:
    """The same of the records that are `told`."""
    rows = fields.made(records, told)
    compared, identified = fields.comparisons(fields.filled(rows)), _identified(rows)
    brought = candidates.find(
        rows, budget=min(max(LEAST_BUDGET, candidates.PAIRS_PER_RECORD * len(rows)), candidates.MOST_PAIRS),
        only=candidates.IDENTIFIED_RULES if identified else None,
        looked_at=candidates.LOOKED_AT if identified else 0,  # elsewhere the model's own weights say little
    )  # fmt: skip
    if len(compared) < LEAST_TRAINED or not len(brought.left):
        return untrained(f"{len(compared)} fields with {fields.LEAST_FILLED} values or more, at least {LEAST_TRAINED} needed")
    pa.default_memory_pool().release_unused()  # what reading and normalising took: the engine fills as much
    with opened() as connection:
        fields.make(connection, rows)
        ids = rows.unique_id.to_numpy()
        del rows  # the engine has them now
        return _compared(connection, compared, identified, brought, ids, seed, keep)


def _compared(
    connection, compared: list, identified: bool, brought: candidates.Candidates, ids: np.ndarray, seed: int, keep: float
) -> Scored:
    """The same of the table `made`, whose `unique_id` are `ids`, and the pairs `brought`."""
    connection.execute(f"CREATE VIEW people AS SELECT * EXCLUDE ({', '.join(BLOCKED_ALONE)}) FROM made")
    api = matcher.of(connection, seed)
    registered = api.register("people")
    model = training.train(registered, connection, matcher.told(connection, compared), seed, identified=identified)
    if len(model["comparisons"]) < LEAST_TRAINED:
        return untrained(f"{len(model['comparisons'])} comparisons could be trained, at least {LEAST_TRAINED} needed")
    linker = Linker(registered, model, log_level=logging.ERROR, validate_settings=False)
    _to_compare(linker, api, ids, brought)
    least = max(keep, KEPT_WEIGHT) if identified else keep
    found = linker.inference.predict(threshold_match_weight=least, warning_mode="never").as_duckdbpyrelation()
    wanted = [c for c in found.columns if c in FOUND or c.startswith("mw_")]
    left_out = pd.DataFrame(columns=LEFT_OUT)
    if len(brought.left_out.left):
        besides = found.filter(f"match_key::BIGINT = {len(brought.rules)}").select(*FOUND).to_arrow_table()
        found = found.filter(f"match_key::BIGINT < {len(brought.rules)}")
        left_out = _left_out(dict(zip(besides.column_names, besides.columns, strict=True)), brought, ids)
    columns = found.select(*wanted).to_arrow_table()
    columns = dict(zip(columns.column_names, columns.columns, strict=True))
    connection.close()  # it holds more than the pairs take
    pairs = _pairs(columns, brought.rules)
    return Scored(pairs, True, "", _prior(model), brought.rules, model, identified=identified, left_out=left_out)


def waterfall(scored: Scored, pair: pd.Series) -> pd.DataFrame:
    """The evidence of one pair of `scored.pairs`. Grain: one row per comparison, first what two strangers start from; bits."""
    rows = [("prior", scored.prior)]
    for comparison in [
        c.removeprefix("mw_") for c in scored.pairs.columns if c.startswith("mw_") and not c.startswith("mw_tf_adj_")
    ]:
        rows.append((comparison, float(pair[f"mw_{comparison}"])))
        adjusted = pair.get(f"mw_tf_adj_{comparison}")
        if adjusted is not None and pd.notna(adjusted) and adjusted:
            rows.append((f"{comparison}_rarity", float(adjusted)))
    return pd.DataFrame(rows, columns=["clue", "weight"])


def _to_compare(linker: Linker, api, ids: np.ndarray, brought: candidates.Candidates) -> None:
    """Hands the candidate pairs to Splink in place of its own blocking rules."""
    besides = np.full(len(brought.left_out.left), len(brought.rules), dtype=brought.rule.dtype)
    pairs = pd.DataFrame({
        "match_key": np.concatenate([brought.rule, besides]),
        "join_key_l": ids[np.concatenate([brought.left, brought.left_out.left])],
        "join_key_r": ids[np.concatenate([brought.right, brought.left_out.right])],
    })  # fmt: skip
    linker.table_management.register_blocked_pairs_for_predict(api.register(pairs))


def _identified(rows: pd.DataFrame) -> bool:
    """Whether most records carry an e-mail, a number or a tax number.

    Then true pairs found by those are like all others, and the model's weights stand. Among candidates, where pairs of one common name
    are many, learning anew would take the shared name for the person.
    """
    named = np.logical_or.reduce([rows[c].notna().to_numpy() for c in IDENTIFIERS])
    return float(named.mean()) >= IDENTIFIED


def _prior(model: dict) -> float:
    share = model["probability_two_random_records_match"]
    return math.log2(share / (1 - share))


def _pairs(found: dict[str, pa.ChunkedArray], rules: tuple[str, ...]) -> pd.DataFrame:
    """The pairs in order. Each column is taken out of `found` as it is read: both at once would be the most that matching holds."""
    a, b = (found.pop(name).to_numpy().astype("int64") for name in ("unique_id_l", "unique_id_r"))
    left, right = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((right, left))
    out = {"left": left[order], "right": right[order]}
    out |= {name: found.pop(f"match_{name}").to_numpy().astype("float64")[order] for name in ("weight", "probability")}
    out["rule"] = np.array(rules, dtype=object)[found.pop("match_key").to_numpy().astype("int64")[order]]
    for name in sorted(found):
        out[name] = found.pop(name).to_numpy().astype("float64", copy=False)[order]
    return pd.DataFrame(out, copy=False)


def _left_out(found: dict[str, pa.ChunkedArray], brought: candidates.Candidates, ids: np.ndarray) -> pd.DataFrame:
    """What the lot of `candidates.LeftOut` weighs; pairs below the least weight count for nothing, as of those compared."""
    lot = brought.left_out
    each = pd.DataFrame({"left": ids[lot.left], "right": ids[lot.right], "stands_for": lot.stands_for})
    rows = _pairs(found, (*brought.rules, "left out"))
    return rows.merge(each, on=["left", "right"], how="left")[list(LEFT_OUT)]


def untrained(why: str) -> Scored:
    """No pairs, and the reason: exact keys decide alone."""
    empty = {"left": "int64", "right": "int64", "weight": "float64", "probability": "float64", "rule": object}
    return Scored(pd.DataFrame({c: pd.Series(dtype=t) for c, t in empty.items()}), False, why)
