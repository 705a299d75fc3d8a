"""What is lost with links that were not found: persons from whom records go by lot.

No plausible map holds a link that nobody saw. A figure counted with a few links fewer shows which way missing links move it, and how
far: `person_maps.with_missed` carries that on to the links that recall says are missing.
"""

import numpy as np
import pandas as pd

from scrm_helpers.identity import registry
from scrm_helpers.person_maps import LOOSE

DRAWS = 6
# as many of the records that have company go in a draw; of more records fewer, down to the second share: moves cost by the record, and some
# thousand tell enough
SHARE, LEAST, ENOUGH = 0.05, 0.001, 1_000


def leavers(label: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Records that go in each draw, each to be a person of its own; none where nobody has two records. `label`: cluster of each."""
    company = np.flatnonzero(np.bincount(label)[label] > 1)
    if not len(company):
        return []
    share = min(SHARE, max(LEAST, ENOUGH / len(company)))
    return [company[np.random.default_rng([seed, draw]).random(len(company)) < share] for draw in range(1, DRAWS + 1)]


def lost(label: np.ndarray, gone: np.ndarray, among: np.ndarray) -> float | None:
    """Share of the pairs of one person, both of `among` (a mask), that part when these records go; None where there is no pair."""
    size = np.bincount(label[among], minlength=len(label)).astype("float64")
    left = gone[among[gone]]
    rest = size - np.bincount(label[left], minlength=len(label))
    whole = float((size * (size - 1)).sum())
    return 1 - float((rest * (rest - 1)).sum()) / whole if whole else None


def persons(account: np.ndarray, kept: registry.Assigned, gone: list[np.ndarray], *, period: str, key: bytes) -> pd.DataFrame:
    """Rows of `person_draws`, numbered from LOOSE + 1: the accounts that went, each with a new person."""
    taken = pd.Index(pd.unique(kept.registry.person_id))
    parts = [
        pd.DataFrame({
            "draw": LOOSE + number, "account_id": account[rows],
            "person_id": registry.strangers(account[rows], period=period, key=key, draw=LOOSE + number, taken=taken),
        })
        for number, rows in enumerate(gone, start=1)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["draw", "account_id", "person_id"], dtype="int64")
