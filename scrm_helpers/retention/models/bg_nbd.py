"""BG/NBD (Fader, Hardie, Lee 2005): customers buy at a rate of their own and drop out, unseen, after a purchase."""

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.retention.models.search import Fit, Slope, climb, dot

NAMES = ("r", "alpha", "a", "b")
DAYS_A_WEEK = 7
THIN = 20_000  # distinct rows on which the long way is walked
BLOCK = 32_768  # rows coded at a time: what is in between stays in the cache


def grouped(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Equal rows with their number (`customers`). Grain: one distinct row, sorted by the columns."""
    key, parts = np.zeros(len(frame), "int64"), []
    for name in columns:
        code, values = _coded(frame[name].to_numpy(float))
        if len(frame) and (int(key.max()) + 1) * len(values) >= 2**62:  # no room in one number
            return frame.groupby(list(columns), sort=True).size().rename("customers").reset_index()
        key *= len(values)
        key += code
        parts.append(values)
    key.sort()
    edge = np.flatnonzero(np.r_[len(key) > 0, key[1:] != key[:-1]])
    rest, out = key[edge], {}
    for name, values in zip(reversed(columns), reversed(parts), strict=True):
        rest, place = np.divmod(rest, max(len(values), 1))
        out[name] = values[place]
    found = pd.DataFrame({name: out[name] for name in columns})
    return found.assign(customers=np.diff(np.r_[edge, len(key)]))


def bg_nbd_log_likelihood(parameters, x, t_x, t, customers) -> float:
    """Sum over customers of the BG/NBD log-likelihood. x: repeat purchases, t_x: time of the last one, t: time observed, same unit."""
    return _slope(*(np.asarray(v, float) for v in (x, t_x, t, customers)))(np.log(np.asarray(parameters, float)))[0]


def fit_bg_nbd(frame: pd.DataFrame, *, start=(1.0, 1.0, 1.0, 1.0)) -> Fit:
    """Maximum likelihood of r, alpha, a, b. `frame`: x, t_x, t and `customers` (how many such rows; see `grouped`)."""
    x, t_x, t, customers = (frame[c].to_numpy(float) for c in ("x", "t_x", "t", "customers"))
    if (t_x > t).any() or (x < 0).any() or ((x == 0) & (t_x > 0)).any():
        raise ToldError(
            "BG/NBD: came rows with t_x after t, or a last repeat purchase without one; expected 0 <= t_x <= t, and t_x 0 where x is 0."
        )
    scale = float(t.max()) / 10 or 1.0  # times near 1 keep the search well scaled; alpha is scaled back
    step = max(1, len(x) // THIN)
    part = _slope(x[::step], t_x[::step], t[::step], customers[::step], scale) if step > 1 else None
    found = climb(_slope(x, t_x, t, customers, scale), NAMES, start, int(customers.sum()), part=part)
    back = float((customers * x).sum()) * np.log(scale)
    scaled = found.parameters | {"alpha": found.parameters["alpha"] * scale}
    return found._replace(parameters=scaled, log_likelihood=found.log_likelihood - back)


def expected_purchases(fit: Fit, x, t_x, t, horizon: float) -> np.ndarray:
    """Purchases each customer is expected to make in the next `horizon` (same unit as t), given their past."""
    r, alpha, a, b = (fit.parameters[k] for k in NAMES)
    x, t_x, t = (np.asarray(v, float) for v in (x, t_x, t))
    z = horizon / (alpha + t + horizon)
    ratio = ((alpha + t) / (alpha + t + horizon)) ** (r + x)
    # a = 1 is a removable singularity of the formula; a step beside it costs a 1e-6 part of the figure
    a = a + 1e-6 if abs(a - 1) < 1e-6 else a
    top = (a + b + x - 1) / (a - 1) * (1 - ratio * special.hyp2f1(r + x, b + x, a + b + x - 1, z))
    return top / (1 + _odds_gone(r, alpha, a, b, x, t_x, t))


def still_customer(fit: Fit, x, t_x, t) -> np.ndarray:
    """Chance that each customer is still one (0-1)."""
    x, t_x, t = (np.asarray(v, float) for v in (x, t_x, t))
    return 1 / (1 + _odds_gone(*(fit.parameters[k] for k in NAMES), x, t_x, t))


def _odds_gone(r, alpha, a, b, x, t_x, t) -> np.ndarray:
    # on logs: heavy buyers would overflow the power
    logs = (r + x) * (np.log(alpha + t) - np.log(alpha + t_x)) + np.log(a) - np.log(np.where(x > 0, b + x - 1, 1.0))
    return np.where(x > 0, np.exp(np.minimum(logs, 700.0)), 0.0)


def _slope(x, t_x, t, customers, scale: float = 1.0) -> Slope:
    """Log-likelihood and gradient on the logs of the parameters.

    What depends on x or on t alone is summed once by its few distinct values; of customers with a repeat purchase one term is left
    that needs the row: the chance that they dropped out after their last one.
    """
    x_code, xs = _coded(x)
    t_code, ts = _coded(t)
    n_x = np.bincount(x_code, customers, len(xs))
    n_t, x_t = np.bincount(t_code, customers, len(ts)), np.bincount(t_code, customers * x, len(ts))
    again = np.flatnonzero(x > 0)
    last_code, lasts = _coded(t_x[again])
    x_, n_, x_code_, t_code_ = x[again], customers[again], x_code[again], t_code[again]
    ts, lasts, total = ts / scale, lasts / scale, float(customers.sum())

    def slope(logs: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = np.exp(logs)
        log_t, log_last = np.log(alpha + ts), np.log(alpha + lasts)
        common = special.gammaln(r + xs) - special.gammaln(r) + special.betaln(a, b + xs) - special.betaln(a, b)
        gap = log_t[t_code_] - log_last[last_code]
        chance = np.log(a) - np.log(np.where(xs > 0, b + xs - 1, 1.0))
        odds = np.exp(np.minimum(chance[x_code_] + (r + x_) * gap, 700.0))
        gone = n_ * (odds / (1 + odds))
        value = dot(n_x, common) + total * r * np.log(alpha) - dot(r * n_t + x_t, log_t) + dot(n_, np.log1p(odds))
        inverse_t, inverse_last = 1 / (alpha + ts), 1 / (alpha + lasts)
        by_x = np.bincount(x_code_, gone, len(xs))
        pull = gone * (r + x_)
        digamma = special.digamma
        d_r = dot(n_x, digamma(r + xs) - digamma(r)) + total * np.log(alpha) - dot(n_t, log_t) + dot(gone, gap)
        d_alpha = total * r / alpha - dot(r * n_t + x_t, inverse_t)
        d_alpha += dot(pull, inverse_t[t_code_] - inverse_last[last_code])
        d_a = dot(n_x, digamma(a + b) - digamma(a + b + xs)) + gone.sum() / a
        d_b = dot(n_x, digamma(b + xs) - digamma(a + b + xs) - digamma(b) + digamma(a + b))
        d_b -= dot(by_x, np.where(xs > 0, 1 / np.where(xs > 0, b + xs - 1, 1.0), 0.0))
        return float(value), np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])

    return slope


def _coded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each value's place in an ascending list that holds it, and the list. Whole numbers and weeks of whole days need no sorting."""
    for unit in (1, DAYS_A_WEEK):
        place, most = _whole(values, unit)
        if place is not None:
            return place, np.arange(most + 1) / unit
    found, place = np.unique(values, return_inverse=True)
    return place.astype("int64"), found


def _whole(values: np.ndarray, unit: int) -> tuple[np.ndarray | None, int]:
    """The values as whole numbers of 1 / `unit`, and the greatest; None where one is none, below 0 or above 100,000."""
    place, most, far = np.empty(len(values), "int64"), 0.0, 0.0
    for start in range(0, len(values), BLOCK):
        scaled = values[start : start + BLOCK] * unit
        whole = np.rint(scaled)
        most, far = max(most, float(whole.max())), max(far, float(np.abs(scaled - whole).max()))
        if not whole.min() >= 0 or not most < 100_000 or not far < 1e-9 * max(1.0, most):
            return None, 0
        place[start : start + BLOCK] = whole
    return (place, int(most)) if len(values) else (None, 0)
