"""What a pair of records looks like to trees: one row of numbers per pair, no threshold among them."""

import numpy as np
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.process import cpdist

LIKENESS = {"given": JaroWinkler.similarity, "family": JaroWinkler.similarity, "born": JaroWinkler.similarity,
            "postcode": JaroWinkler.similarity, "city": JaroWinkler.similarity, "addr": fuzz.token_sort_ratio,
            "mail": JaroWinkler.similarity, "number": Levenshtein.normalized_similarity, "words": fuzz.token_set_ratio}  # fmt: skip
RARE = ("given", "family", "born", "postcode", "city")


def features(pairs: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """One row per pair: likeness of each field, how common the rarer value is, and the model's evidence by comparison and in all."""
    left, right = pairs.left.to_numpy(), pairs.right.to_numpy()
    extras = {c: JaroWinkler.similarity for c in table.columns if c.startswith("extra_")}
    out = []
    for column, scorer in (LIKENESS | extras).items():
        values = table[column].astype(object)
        known = values.notna().to_numpy()
        if not known.any():
            continue
        text = values.where(known, "").to_numpy(dtype=object)
        near = cpdist(text[left].tolist(), text[right].tolist(), scorer=scorer, dtype=np.float32)
        out.append(np.where(known[left] & known[right], near, np.nan))
    for column in RARE:
        count = table[column].map(table[column].value_counts()).to_numpy("float64")
        if not np.isnan(count).all():
            out.append(np.log(np.minimum(count[left], count[right])).astype("float32"))
    out += [pairs[c].to_numpy("float32") for c in sorted(pairs.columns) if c.startswith("mw_")]
    out.append(pairs.weight.to_numpy("float32"))
    return np.column_stack(out).astype("float32")


def trees(shown: np.ndarray, same: np.ndarray, **settings):
    """Boosted trees (scikit-learn) that have learnt from rows of features which pairs are `same`."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # slow to load

    return HistGradientBoostingClassifier(**settings).fit(shown, same)
