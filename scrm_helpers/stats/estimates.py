"""What an estimate is, and how estimates add up, widen and take in the doubt about who is who."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import special

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_floats, as_number, check_level, check_same_length


class Estimate(NamedTuple):
    """A figure with its range. In units of what was estimated; None means that it cannot be said.

    `wilson` on columns fills value, low, high and n with arrays (NaN where it cannot be said).
    """

    value: float | None
    low: float | None
    high: float | None
    level: float  # chance that the range holds the truth
    n: int  # units behind the figure: customers, orders, issues
    method: str


def combine(estimates: Sequence[Estimate], *, weights: Sequence[float] | None = None) -> Estimate:
    """Weighted sum of independent estimates; weights None adds them up, (1, -1) takes the second from the first.

    Each side of the range is built from the distances on that side (Zou and Donner 2008, "MOVER"), so skewed ranges
    stay skewed. An estimate without a value gives none; a side without a limit gives none there. n is the smallest n.
    """
    estimates = list(estimates)
    if not estimates:
        raise ToldError("estimates came empty; expected at least one. Leave the sum out where it has no parts.")
    weights = as_floats([1.0] * len(estimates) if weights is None else weights, "weights")
    check_same_length(weights, estimates, "weights and estimates")
    level, n = _same_level(estimates), min(each.n for each in estimates)
    method = "sum of independent ranges (MOVER)"
    if any(each.value is None for each in estimates):
        return Estimate(None, None, None, level, n, method)
    value = math.fsum(w * each.value for w, each in zip(weights, estimates, strict=True))
    below = [abs(w) * gap if gap is not None else None for w, gap in
             ((w, _gap(each, upward=w < 0)) for w, each in zip(weights, estimates, strict=True) if w)]
    above = [abs(w) * gap if gap is not None else None for w, gap in
             ((w, _gap(each, upward=w > 0)) for w, each in zip(weights, estimates, strict=True) if w)]
    low = None if None in below else value - math.hypot(*below)
    high = None if None in above else value + math.hypot(*above)
    return Estimate(value, low, high, level, n, method)


def widen(estimate: Estimate, low_bound: float | None, high_bound: float | None) -> Estimate:
    """The estimate with a range that reaches at least to both bounds: what is unknown (source, hours) may move it.

    Never narrower: a bound inside the range, or None, leaves that side as it is. A side without a limit stays without.
    """
    bounds = [None if bound is None else as_number(bound, name)
              for bound, name in ((low_bound, "low_bound"), (high_bound, "high_bound"))]
    if None not in bounds and bounds[0] > bounds[1]:
        raise ToldError(f"bounds came as {low_bound} and {high_bound}; expected low_bound <= high_bound. Swap them.")
    low, high = estimate.low, estimate.high
    if low is not None and bounds[0] is not None:
        low = min(low, bounds[0])
    if high is not None and bounds[1] is not None:
        high = max(high, bounds[1])
    if (low, high) == (estimate.low, estimate.high):
        return estimate
    return estimate._replace(low=low, high=high, method=f"{estimate.method}, widened by what is unknown")


def mix(values, variances, *, level: float = LEVEL, n: int, best: float | None = None) -> Estimate:
    """One range from the same figure under several draws of who is who (PersonDraws): Rubin's rules.

    `values`: the figure under each draw; `variances`: its squared standard error within that draw. Total variance =
    mean within + (1 + 1/m) * between, Student's t with Rubin's degrees of freedom. `best` is the figure under the best
    map (draw 0), printed because it ties to the rows; the range stays centred on the draws and is stretched to hold it.
    """
    level = check_level(level)
    values, variances = as_floats(values, "values"), as_floats(variances, "variances")
    check_same_length(values, variances, "values and variances")
    if (variances < 0).any():
        raise ToldError(f"variances hold {variances.min():g}; expected none below 0. Hand in squared standard errors.")
    m, mean, within = len(values), float(values.mean()), float(variances.mean())
    between = (1 + 1 / m) * float(values.var(ddof=1)) if m > 1 else 0.0
    if between > 0:
        freedom = (m - 1) * (1 + within / between) ** 2
        quantile = float(special.stdtrit(freedom, (1 + level) / 2)) if freedom < 1e9 else normal_quantile(level)
    else:
        quantile = normal_quantile(level)
    reach = quantile * math.sqrt(within + between)
    value = mean if best is None else as_number(best, "best")
    return Estimate(value, min(mean - reach, value), max(mean + reach, value), level, n,
                    f"Rubin's rules over {m} match draws")


def normal_quantile(level: float) -> float:
    """z of a two-sided range: 1.645 at 0.90, 1.960 at 0.95."""
    return float(special.ndtri((1 + level) / 2))


def _gap(estimate: Estimate, *, upward: bool) -> float | None:
    end = estimate.high if upward else estimate.low
    return None if end is None else abs(end - estimate.value)


def _same_level(estimates: Sequence[Estimate]) -> float:
    levels = {each.level for each in estimates}
    if len(levels) > 1:
        raise ToldError(f"levels came as {sorted(levels)}; expected one level. Ask for every part at the same level.")
    return levels.pop()
