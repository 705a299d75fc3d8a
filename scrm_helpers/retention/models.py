"""Short likelihoods that project what customers will buy: BG/NBD and gamma-gamma without contracts, shifted beta-geometric with them.

Formulas: Fader, Hardie, Lee 2005 (BG/NBD); Fader, Hardie, Lee 2005 and Fader, Hardie 2013 (gamma-gamma); Fader, Hardie 2007 (shifted
beta-geometric). Fitted on groups of equal rows, so the work depends on the distinct rows, not on the customers.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special


class Fit(NamedTuple):
    """Parameters by name, the log-likelihood at them, customers behind it, and whether the search came to rest."""

    parameters: dict[str, float]
    log_likelihood: float
    n: int
    converged: bool


def grouped(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Equal rows with their number (`customers`). Grain: one distinct row."""
    return frame.groupby(list(columns), sort=True).size().rename("customers").reset_index()


def bg_nbd_log_likelihood(parameters, x, t_x, t, customers) -> float:
    """Sum over customers of the BG/NBD log-likelihood. x: repeat purchases, t_x: time of the last one, t: time observed, same unit."""
    r, alpha, a, b = parameters
    common = (
        special.gammaln(r + x)
        - special.gammaln(r)
        + r * np.log(alpha)
        + special.betaln(a, b + x)
        - special.betaln(a, b)
    )
    alive = -(r + x) * np.log(alpha + t)
    again = x > 0
    gone = np.where(again, np.log(a) - np.log(np.where(again, b + x - 1, 1.0)) - (r + x) * np.log(alpha + t_x), -np.inf)
    return float(np.sum(customers * (common + np.logaddexp(alive, gone))))


def fit_bg_nbd(frame: pd.DataFrame, *, start=(1.0, 1.0, 1.0, 1.0)) -> Fit:
    """Maximum likelihood of r, alpha, a, b. `frame`: x, t_x, t and `customers` (how many such rows; see `grouped`)."""
    x, t_x, t, customers = (frame[c].to_numpy(float) for c in ("x", "t_x", "t", "customers"))
    if (t_x > t).any() or (x < 0).any() or ((x == 0) & (t_x > 0)).any():
        raise ValueError(
            "BG/NBD: came rows with t_x after t, or a last repeat purchase without one; expected 0 <= t_x <= t, and t_x 0 where x is 0."
        )
    scale = float(t.max()) / 10 or 1.0  # times near 1 keep the search well scaled; alpha is scaled back
    return _search(
        lambda p: (
            bg_nbd_log_likelihood(p, x, t_x / scale, t / scale, customers)
            - float((customers * x).sum()) * np.log(scale)
        ),
        ("r", "alpha", "a", "b"),
        start,
        int(customers.sum()),
        rescale={"alpha": scale},
    )


def expected_purchases(fit: Fit, x, t_x, t, horizon: float) -> np.ndarray:
    """Purchases each customer is expected to make in the next `horizon` (same unit as t), given their past."""
    r, alpha, a, b = (fit.parameters[k] for k in ("r", "alpha", "a", "b"))
    x, t_x, t = (np.asarray(v, float) for v in (x, t_x, t))
    z = horizon / (alpha + t + horizon)
    ratio = ((alpha + t) / (alpha + t + horizon)) ** (r + x)
    # a = 1 is a removable singularity of the formula; a step beside it costs a 1e-6 part of the figure
    a = a + 1e-6 if abs(a - 1) < 1e-6 else a
    top = (a + b + x - 1) / (a - 1) * (1 - ratio * special.hyp2f1(r + x, b + x, a + b + x - 1, z))
    odds = np.where(x > 0, a / np.where(x > 0, b + x - 1, 1.0) * ((alpha + t) / (alpha + t_x)) ** (r + x), 0.0)
    return top / (1 + odds)


def still_customer(fit: Fit, x, t_x, t) -> np.ndarray:
    """Chance that each customer is still one (0-1)."""
    r, alpha, a, b = (fit.parameters[k] for k in ("r", "alpha", "a", "b"))
    x, t_x, t = (np.asarray(v, float) for v in (x, t_x, t))
    return 1 / (
        1 + np.where(x > 0, a / np.where(x > 0, b + x - 1, 1.0) * ((alpha + t) / (alpha + t_x)) ** (r + x), 0.0)
    )


def fit_gamma_gamma(x, z, *, start=(1.0, 2.0, 1.0)) -> Fit:
    """Maximum likelihood of p, q, v. `x`: transactions averaged (1 or more), `z`: their mean value (above 0), a customer each."""
    x, z = np.asarray(x, float), np.asarray(z, float)
    if (x < 1).any() or (z <= 0).any():
        raise ValueError(
            "gamma-gamma: came customers without a transaction or with a mean value of 0 or less; leave them out and report how many."
        )
    scale = float(np.median(z))

    def total(parameters) -> float:
        p, q, v = parameters
        u = z / scale
        rows = (
            special.gammaln(p * x + q)
            - special.gammaln(p * x)
            - special.gammaln(q)
            + q * np.log(v)
            + (p * x - 1) * np.log(u)
        )
        return float(np.sum(rows + p * x * np.log(x) - (p * x + q) * np.log(v + x * u) - np.log(scale)))

    return _search(total, ("p", "q", "v"), start, len(x), rescale={"v": scale})


def expected_value(fit: Fit, x, z) -> np.ndarray:
    """Mean value per transaction that each customer tends to; customers without repeat purchases (x = 0) get the population's mean."""
    p, q, v = (fit.parameters[k] for k in ("p", "q", "v"))
    if q <= 1:
        raise ValueError(
            f"gamma-gamma: q came as {q:.3g}, expected above 1: values this heavy-tailed have no mean. Report the median instead."
        )
    x, z = np.asarray(x, float), np.asarray(z, float)
    return p * (v + x * np.where(x > 0, z, 0.0)) / (p * x + q - 1)


def fit_shifted_beta_geometric(survivors) -> Fit:
    """Maximum likelihood of alpha and beta from the number of contracts alive at renewals 0, 1, 2, ... (Fader, Hardie 2007)."""
    alive = np.asarray(survivors, float)
    lost, left, last = -np.diff(alive), alive[-1], len(alive) - 1
    if len(alive) < 2 or (lost < 0).any():
        raise ValueError(
            f"survivors: came {alive.tolist()}, expected a falling row of counts with at least two entries."
        )
    ages = np.arange(1, last + 1)

    def total(parameters) -> float:
        a, b = parameters
        died = special.betaln(a + 1, b + ages - 1) - special.betaln(a, b)
        return float(np.sum(lost * died) + left * (special.betaln(a, b + last) - special.betaln(a, b)))

    return _search(total, ("alpha", "beta"), (1.0, 1.0), int(alive[0]))


def contract_survival(fit: Fit, renewals) -> np.ndarray:
    """Share of contracts alive after so many renewals (0-1)."""
    a, b = fit.parameters["alpha"], fit.parameters["beta"]
    return np.exp(special.betaln(a, b + np.asarray(renewals, float)) - special.betaln(a, b))


def _search(total, names, start, n: int, rescale: dict[str, float] | None = None) -> Fit:
    """Climbs on the logs of the parameters (all positive), from the start and once more from where it came to rest."""

    def loss(logs):
        return -total(np.exp(logs)) / n

    bounds = [(-9.0, 9.0)] * len(names)
    first = optimize.minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds)
    found = optimize.minimize(
        loss, first.x, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000}
    )
    values = dict(zip(names, np.exp(found.x), strict=True))
    for name, scale in (rescale or {}).items():
        values[name] *= scale
    at_bound = bool(np.any(np.abs(found.x) > 8.9))
    return Fit({k: float(v) for k, v in values.items()}, -float(found.fun) * n, n, bool(found.success) and not at_bound)
