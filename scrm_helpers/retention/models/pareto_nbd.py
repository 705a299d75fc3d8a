"""Pareto/NBD (Schmittlein, Morrison, Colombo 1987; likelihood as in Fader, Hardie, Lee 2005): customers drop out at any moment, unseen."""

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.retention.models.search import Fit, climb_plain, dot

NAMES = ("r", "alpha", "s", "beta")


def fit_pareto_nbd(frame: pd.DataFrame, *, start=(1.0, 1.0, 1.0, 1.0)) -> Fit:
    """Maximum likelihood of r, alpha (buying), s, beta (dropping out). `frame`: x, t_x, t and `customers`, as for BG/NBD."""
    x, t_x, t, customers = (frame[c].to_numpy(float) for c in ("x", "t_x", "t", "customers"))
    scale = float(t.max()) / 10 or 1.0
    back = float((customers * x).sum()) * np.log(scale)

    def total(parameters) -> float:
        return dot(customers, _log_likelihood(parameters, x, t_x / scale, t / scale)) - back

    return climb_plain(total, NAMES, start, int(customers.sum()), rescale={"alpha": scale, "beta": scale})


def pareto_nbd_expected(fit: Fit, horizon: float) -> float:
    """Purchases that a new customer is expected to make within `horizon` of the first one (same unit as t)."""
    r, alpha, s, beta = (fit.parameters[k] for k in NAMES)
    if abs(s - 1) < 1e-9:
        return float(r * beta / alpha * np.log1p(horizon / beta))
    return float(r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + horizon)) ** (s - 1)))


def _log_likelihood(parameters, x, t_x, t) -> np.ndarray:
    r, alpha, s, beta = parameters
    whole = r + s + x
    # the series is taken around the larger of alpha and beta, where its argument lies between 0 and 1
    most, second = (alpha, s + 1) if alpha >= beta else (beta, r + x)
    gap = abs(alpha - beta)
    last = np.log(special.hyp2f1(whole, second, whole + 1, gap / (most + t_x))) - whole * np.log(most + t_x)
    end = np.log(special.hyp2f1(whole, second, whole + 1, gap / (most + t))) - whole * np.log(most + t)
    alive = -(r + x) * np.log(alpha + t) - s * np.log(beta + t)
    with np.errstate(divide="ignore"):  # seen to the very end: nothing can have been lost since, log 0
        gone = np.log(s / whole) + last + np.log(-np.expm1(np.minimum(end - last, 0.0)))
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return common + np.logaddexp(alive, gone)
