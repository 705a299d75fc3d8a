"""What stands above the weight of a pair: guards that part two records, strong keys and a reviewer's answers that tie them."""

import numpy as np
import pandas as pd

from scrm_helpers.identity import cluster, keys


def guarded(records: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs without those of a consumer and a firm; two given names of one household count fully against."""
    pairs = pairs[keys.same_kind(records, pairs)].reset_index(drop=True)
    apart = keys.clashing(records, pairs)
    pairs["weight"] = pairs.weight.where(~apart, np.minimum(pairs.weight, -cluster.MOST_WEIGHT))
    pairs["probability"] = cluster.probability(pairs.weight.to_numpy())
    return pairs


def certain(tied: pd.DataFrame, pairs: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Links by strong key (`tied`: of `strong.pairs`) and a reviewer's "same", with the model's probability where it says more."""
    told = answers[answers.answer == "same"][["left", "right"]].assign(rule="label", strength=keys.STRENGTH["label"])
    out = (
        pd.concat([told, tied], ignore_index=True)
        .sort_values(["left", "right", "strength"])
        .drop_duplicates(["left", "right"])
    )
    out = out.merge(pairs[["left", "right", "probability"]], on=["left", "right"], how="left")
    floor = np.where(out.strength == 0, cluster.TOLD_LINK, cluster.CERTAIN_LINK)
    out["probability"] = np.maximum(out.probability.fillna(0), floor)
    return out.reset_index(drop=True)
