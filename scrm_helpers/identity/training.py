"""Training of the model on records without labels, by Splink: how often strangers agree, and what true pairs look like."""

import json
import logging

from splink import Linker, SettingsCreator, block_on

LEAST_PAIRS = 40  # pairs of a training block from which expectation maximisation can learn
PAIRS_PER_RECORD, LEAST_BUDGET = 40, 1_000_000  # how many pairs a block may have from which the model learns
TAUGHT_PAIRS, PROBED = 1_000_000, 0.1  # where a sample of a block's records teaches: pairs of it, and the share that tells how large it is
SAMPLED_PAIRS = 500_000  # pairs drawn at random to see how often strangers agree
PARAMETER_DIGITS = 6  # significant digits kept of each trained parameter: sums on two cores differ in the last ones
UNSEEN_U = 3 / SAMPLED_PAIRS  # a level that no two strangers of the sample reached: at most so often (rule of three)
NEUTRAL = 1e-3  # m and u of a level that neither a sample of strangers nor any training pair reached: no weight
TURNS = (8, 4, 2)  # of expectation maximisation, at most
LEAST_M = 0.001  # clean data can show no true pair that differs in a field; one in a thousand will
RECALL_OF_KEYS = 0.7  # share of true pairs that share an exact key and a name: sets the starting point, not the result
TRAINING = (
    ("mail",), ("number",), ("tax",), ("given", "family"), ("born", "family"), ("addr",), ("born",), ("family", "postcode"),
)  # fmt: skip
RARITY = ("tf_adjustment_column", "tf_adjustment_weight", "tf_minimum_u_value")  # what a level says of rare values
CERTAIN = (
    ("mail", "given"), ("number", "given"), ("tax", "family"), ("given", "family", "born"), ("given", "family", "addr"),
)  # fmt: skip


def train(registered, connection, compared: list, seed: int, *, identified: bool) -> dict:
    """Trained settings as a dictionary, with parameters rounded; comparisons that no session could train are left out."""
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=compared, blocking_rules_to_generate_predictions=[block_on("unique_id")],
        retain_matching_columns=False, retain_intermediate_calculation_columns=True, linker_uid="identity",
    )  # fmt: skip
    linker = Linker(registered, settings, log_level=logging.ERROR, validate_settings=False)
    certain = [columns for columns in CERTAIN if _block_pairs(connection, columns)]
    if certain:
        linker.training.estimate_probability_two_random_records_match(
            [block_on(*c) for c in certain], recall=RECALL_OF_KEYS
        )
    linker.training.estimate_u_using_random_sampling(
        max_pairs=SAMPLED_PAIRS, seed=seed, min_count_per_level=None, num_chunks=1
    )
    strangers = linker.misc.save_model_to_json()
    return _rounded(_maximised(registered, strangers, _sessions(connection, identified)))


def _block_pairs(connection, columns: tuple[str, ...]) -> int:
    """How many pairs of the table `people` share a value in each of the columns."""
    known = " AND ".join(f"{c} IS NOT NULL" for c in columns)
    sizes = f"SELECT count(*) AS size FROM people WHERE {known} GROUP BY {', '.join(columns)}"
    return int(connection.execute(f"SELECT coalesce(sum(size * (size - 1) // 2), 0) FROM ({sizes})").fetchone()[0])


def _sessions(connection, identified: bool) -> list[tuple[tuple[str, ...], int | None]]:
    """The blocks that teach, and how many of their pairs (None: all).

    A block of very many pairs for each record has next to no true ones: it teaches nothing. Where most records have an identifier, a
    sample of a large block tells what all of it does.
    """
    most = max(LEAST_BUDGET, PAIRS_PER_RECORD * connection.execute("SELECT count(*) FROM people").fetchone()[0])
    shared = ((columns, _block_pairs(connection, columns)) for columns in TRAINING)
    taught = [(columns, pairs) for columns, pairs in shared if LEAST_PAIRS <= pairs <= most][:4]
    return [(columns, TAUGHT_PAIRS if identified and pairs > TAUGHT_PAIRS else None) for columns, pairs in taught]


def _maximised(registered, strangers: dict, sessions: list) -> dict:
    """The settings with what true pairs look like (m), by expectation maximisation in each training block.

    Where true pairs never differ in a field, its m shrinks with every turn until Splink refuses it (below 1e-300): then fewer turns
    are made. The other parameters stand after a few, and `_rounded` lifts such an m to one in a thousand. How rare a value is plays
    no part here, so it is not carried along; pairs of a session go before the next, for they fill memory.
    """
    plain = json.loads(json.dumps(strangers, default=float))
    for level in (level for comparison in plain["comparisons"] for level in comparison["comparison_levels"]):
        for name in RARITY:
            level.pop(name, None)
    for turns in TURNS:
        linker = Linker(registered, plain | {"max_iterations": turns}, log_level=logging.ERROR, validate_settings=False)
        try:
            for columns, most in sessions:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*columns), estimate_without_term_frequencies=True, max_pairs=most, record_sample_proportion=PROBED
                )
                linker.table_management.invalidate_cache()
        except ValueError as error:
            if "below the minimum allowed value" not in str(error) or turns == TURNS[-1]:
                raise
            continue
        break
    trained = linker.misc.save_model_to_json()
    for comparison, before in zip(trained["comparisons"], strangers["comparisons"], strict=True):
        for level, old in zip(comparison["comparison_levels"], before["comparison_levels"], strict=True):
            level |= {name: old[name] for name in RARITY if name in old}
    return trained


def _rounded(model: dict) -> dict:
    model = json.loads(json.dumps(model, default=float))
    model["probability_two_random_records_match"] = _digits(model["probability_two_random_records_match"])
    kept, share = [], model["probability_two_random_records_match"]
    for comparison in model["comparisons"]:
        real = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        if all(level.get("m_probability") is None for level in real):
            continue  # no session could tell what a true pair looks like here
        for level in real:
            # a level that no pair reached says nothing either way
            u, m = level.get("u_probability"), level.get("m_probability") or 0.0
            # two records drawn at random are one person now and then: those pairs are taken out of what strangers do
            u = max((u - share * m) / (1 - share), min(u, UNSEEN_U)) if u else u
            # neither strangers nor training pairs reached it: no weight; strangers alone: true pairs hardly ever do
            u = u or (UNSEEN_U if m > UNSEEN_U else NEUTRAL)
            level["u_probability"], level["m_probability"] = _digits(u), _digits(max(m, min(LEAST_M, u)))
        kept.append(comparison)
    return model | {"comparisons": kept}


def _digits(number: float) -> float:
    return float(f"{number:.{PARAMETER_DIGITS}g}")
