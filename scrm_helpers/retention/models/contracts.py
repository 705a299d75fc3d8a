"""Shifted beta-geometric (Fader, Hardie 2007): contracts, each with a chance of its own to end at every renewal."""

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.retention.models.search import Fit, climb_plain, dot


def fit_shifted_beta_geometric(survivors) -> Fit:
    """Maximum likelihood of alpha and beta from the number of contracts alive at renewals 0, 1, 2, ... of one cohort."""
    alive = np.asarray(survivors, float)
    if len(alive) < 2 or (np.diff(alive) > 0).any():
        raise ToldError(
            f"survivors: came {alive.tolist()}, expected a falling row of counts with at least two entries."
        )
    return fit_contracts(-np.diff(alive), np.r_[np.zeros(len(alive) - 2), alive[-1]])


def fit_contracts(ended, running) -> Fit:
    """The same from contracts of several ages: `ended[k]` ended at renewal k + 1, `running[k]` were last seen alive after it."""
    ended, running = np.asarray(ended, float), np.asarray(running, float)
    ages, n = np.arange(1, len(ended) + 1), int(ended.sum() + running.sum())

    def total(parameters) -> float:
        a, b = parameters
        died = special.betaln(a + 1, b + ages - 1) - special.betaln(a, b)
        lived = special.betaln(a, b + ages) - special.betaln(a, b)
        return dot(ended, died) + dot(running, lived)

    return climb_plain(total, ("alpha", "beta"), (1.0, 1.0), n)


def contract_survival(fit: Fit, renewals) -> np.ndarray:
    """Share of contracts alive after so many renewals (0-1)."""
    a, b = fit.parameters["alpha"], fit.parameters["beta"]
    return np.exp(special.betaln(a, b + np.asarray(renewals, float)) - special.betaln(a, b))
