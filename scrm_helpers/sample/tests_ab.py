"""A/B tests: who was put into which arm. One test has an effect, one has none, one lost part of its treated arm."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.world import World

BROKEN, LOST = "T3", 0.14  # share of the treated whose assignment was never recorded
TREATED = {"T1": "hatirlatma", "T2": "yeni_konu", "T3": "kupon"}


def make_arms(world: World, block: int, people: pd.DataFrame, buyers: int) -> pd.DataFrame:
    """One row per person and test: experiment_id, person (row of the block), arm, day of assignment.

    Only buyers with a contact in the CRM whose first order came before the test take part.
    """
    out = []
    for e in world.experiments.itertuples():
        rng = world.s.rng(f"arms {e.experiment_id}", block)
        fit = np.flatnonzero(
            (people["first_day"].to_numpy()[:buyers] < e.first) & ~people["market"].to_numpy()[:buyers]
        )
        treated = rng.random(len(fit)) < e.planned
        frame = pd.DataFrame({
            "experiment_id": e.experiment_id, "person": fit, "day": e.first,
            "arm": np.where(treated, TREATED[e.experiment_id], "kontrol"),
        })  # fmt: skip
        if e.experiment_id == BROKEN:
            gone = treated & (rng.random(len(fit)) < LOST * (1.4 - people["web"].to_numpy()[fit]))
            frame = frame[~gone]
        out.append(frame)
    return pd.concat(out, ignore_index=True)
