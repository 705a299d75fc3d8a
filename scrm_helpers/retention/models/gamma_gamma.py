"""Gamma-gamma (Fader, Hardie, Lee 2005; Fader, Hardie 2013): what a purchase of each customer tends to be worth."""

import numpy as np
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.retention.models.search import Fit, Slope, climb, dot

NAMES = ("p", "q", "v")
THIN = 20_000


def fit_gamma_gamma(x, z, *, start=(1.0, 2.0, 1.0)) -> Fit:
    """Maximum likelihood of p, q, v. `x`: transactions averaged (1 or more), `z`: their mean value (above 0), a customer each."""
    x, z = np.asarray(x, float), np.asarray(z, float)
    if (x < 1).any() or (z <= 0).any():
        raise ToldError(
            "gamma-gamma: came customers without a transaction or with a mean value of 0 or less; leave them out and report how many."
        )
    if not len(x):
        raise ToldError("gamma-gamma: came no customer, expected some with a repeat purchase. Say that nobody came back.")
    scale, step = float(np.median(z)), max(1, len(x) // THIN)
    part = _slope(x[::step], z[::step] / scale) if step > 1 else None
    found = climb(_slope(x, z / scale), NAMES, start, len(x), part=part)
    scaled = found.parameters | {"v": found.parameters["v"] * scale}
    return found._replace(parameters=scaled, log_likelihood=found.log_likelihood - len(x) * float(np.log(scale)))


def expected_value(fit: Fit, x, z) -> np.ndarray:
    """Mean value per transaction that each customer tends to; customers without repeat purchases (x = 0) get the population's mean."""
    p, q, v = (fit.parameters[k] for k in NAMES)
    if q <= 1:
        raise ToldError(
            f"gamma-gamma: q came as {q:.3g}, expected above 1: values this heavy-tailed have no mean. Report the median instead."
        )
    x, z = np.asarray(x, float), np.asarray(z, float)
    return p * (v + x * np.where(x > 0, z, 0.0)) / (p * x + q - 1)


def _slope(x: np.ndarray, u: np.ndarray) -> Slope:
    """Log-likelihood and gradient on the logs of the parameters; what depends on x alone is summed by its distinct values."""
    xs, count = np.unique(x, return_counts=True)
    count = count.astype(float)
    spent, total = x * u, float(len(x))
    fixed = float((x * np.log(x)).sum() + (x * np.log(u)).sum())
    flat = float(np.log(u).sum())

    def slope(logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, v = np.exp(logs)
        far = np.log(v + spent)
        sum_far, x_far, near = float(far.sum()), dot(x, far), 1 / (v + spent)
        gl, dg = special.gammaln, special.digamma
        value = dot(count, gl(p * xs + q) - gl(p * xs)) + total * (q * np.log(v) - gl(q)) + p * fixed - flat - p * x_far - q * sum_far
        both = dg(p * xs + q)
        d_p = dot(count * xs, both - dg(p * xs)) + fixed - x_far
        d_q = dot(count, both) + total * (np.log(v) - dg(q)) - sum_far
        d_v = total * q / v - p * dot(x, near) - q * float(near.sum())
        return float(value), np.array([d_p * p, d_q * q, d_v * v])

    return slope
