"""Campaigns sent to people: those on the list against the others, before and during, person by person.

Lists go to good customers, so recipients always look more valuable: the gap that stood before is taken out as a ratio (sum over
sum). Lists that overlap in time are fitted jointly. Where a list was drawn by what people had bought just before, that comparison
errs one way and a like-for-like one (same purchases before) the other (Ding, Li 2019): the range holds both.
"""

import math
from datetime import date, timedelta
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers import sales
from scrm_helpers.stats.checks import LEVEL

SEPARABLE = 0.1  # share of a list that its neighbours in time must leave unexplained
LEAST_BUYERS = 30  # recipients who bought before; fewer are too few to say
PLACEBOS = 12  # earlier windows looked at


class Household(NamedTuple):
    """Lift of a list. `effect`, `error` on the log scale; `raw_ratio` is how much more recipients spent before; p two-sided."""

    effect: float | None
    error: float | None
    freedom: float
    p: float | None
    recipients: int
    others: int
    raw_ratio: float | None  # spending per recipient over spending per other person, before the campaign
    raw_during: float | None  # the same during the campaign: what a naive comparison calls the result
    net: float  # recipients' net sales during the campaign
    placebos: np.ndarray  # effect over error in earlier windows with no campaign of this list
    reason: str = ""
    like: float | None = None  # the same lift among people with the same purchases before (log), and its error
    like_error: float | None = None
    widened: float = 1.0  # factor on the range, above 1 where earlier windows did not keep its promise

    def ends(self, level: float = LEVEL) -> tuple[float | None, float | None]:
        """Low and high end of the log effect: both comparisons lie inside with their own ranges."""
        if self.effect is None or self.error is None:
            return None, None
        quantile = self.limit(level)
        each = [(self.effect, self.error)] + ([(self.like, self.like_error)] if self.like is not None else [])
        return min(e - quantile * s for e, s in each), max(e + quantile * s for e, s in each)

    def limit(self, level: float = LEVEL) -> float:
        """How many errors away the ends of a range lie: Student's t."""
        return float(special.stdtrit(self.freedom, (1 + level) / 2)) * self.widened

    def two_sided(self) -> float | None:
        """p of the range: it falls below 1 - level exactly when `ends` leaves 0 out."""
        if self.effect is None or self.error is None:
            return None
        t = [self.effect / self.error] + ([self.like / self.like_error] if self.like is not None else [])
        nearest = 0.0 if min(t) < 0 < max(t) else min(map(abs, t))
        return float(2 * special.stdtr(self.freedom, -nearest / self.widened))


def person_bins(orders: ir.Table, persons: ir.Table, *, start: date, stop: date, as_of: date, most: int = PLACEBOS) -> pd.DataFrame:
    """Net sales of consumers by person and window of the campaign's length. Grain: person x bin.

    Bin 0 is the campaign, 1 the same number of days before it, 2 those before, up to `most`; bin `most` + 1 is all that came earlier.
    """
    length = (stop - start).days
    rows = sales.by_consumers(orders, persons)
    rows = rows.filter(rows.ordered_on < stop, rows.ordered_on < as_of)
    cuts = [start - timedelta(days=length * k) for k in range(most + 1)]
    number = ibis.cases(*((rows.ordered_on >= cut, k) for k, cut in enumerate(cuts)), else_=most + 1)
    sums = rows.group_by("person_id", bin=number).agg(net=ibis._.net.sum().cast("float64"))
    return sums.order_by("person_id", "bin").to_pandas()


def lift(
    bins: pd.DataFrame, recipients: set[int], held_out: set[int], others: list[tuple[set[int], list[float]]], *, full: int,
) -> Household:  # fmt: skip
    """Ratio difference in differences of one list. `bins` as `person_bins` gives; `full`: how many bins the data cover before.

    `others`: (list, exposure by bin) of each campaign that overlaps: exposure is the share of a bin's days on which it ran. With
    `held_out` people the comparison is with them alone.
    """
    wide = bins.pivot_table(index="person_id", columns="bin", values="net", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=range(full + 2), fill_value=0.0)
    if held_out:
        wide = wide[wide.index.isin(recipients | held_out)]
    spent = wide.to_numpy(float)
    exposures = [(wide.index.isin(people).astype(float), share) for people, share in others]
    own = wide.index.isin(recipients).astype(float)
    found, known = _window(spent, own, exposures, 0)
    placebos = []
    for k in range(1, full):
        each, _ = _window(spent, own, exposures, k)
        if each.effect is not None and each.error:
            placebos.append(each.effect / each.error)
    like, like_error = (None, None) if held_out else like_for_like(spent[known], own[known], [c[known] for c in _columns(exposures, 0)])
    spent, own = spent[known], own[known]
    treated, rest = int(own.sum()), int((1 - own).sum())
    before, during = spent[:, 1], spent[:, 0]
    buyers = int(((own > 0) & (before > 0)).sum())
    ratio = lambda x: float(x[own > 0].mean() / x[own == 0].mean()) if treated and rest and x[own == 0].mean() > 0 else None  # noqa: E731
    reason = found.reason or ("few_people" if min(buyers, rest) < LEAST_BUYERS else "")
    return found._replace(
        raw_ratio=ratio(before), raw_during=ratio(during), net=float(during[own > 0].sum()), placebos=np.array(placebos), reason=reason,
        like=like, like_error=like_error,
    )


def _window(spent: np.ndarray, own: np.ndarray, exposures, k: int) -> tuple[Household, np.ndarray]:
    """Bin k against the one before it, among people who had bought before both: a first order always lies in some window, so

    whoever came new in the earlier one would seem to fall off in the later. Where nothing lies before both, everybody counts.
    """
    earlier = spent[:, k + 2 :] if spent.shape[1] > k + 2 else np.zeros((len(spent), 0))
    known = (earlier != 0).any(axis=1) if earlier.any() else (spent[:, k + 1 :] != 0).any(axis=1)
    columns = [c[known] for c in _columns(exposures, k)]
    return _ratio(spent[known, k], spent[known, k + 1], own[known], columns), known


def like_for_like(spent: np.ndarray, own: np.ndarray, others: list[np.ndarray]) -> tuple[float | None, float | None]:
    """Log lift and error: spending during the campaign on the list, given each person's purchases before (least squares, robust)."""
    before = [spent[:, k] for k in range(1, min(spent.shape[1] - 1, 5))] + [spent[:, 5:].sum(axis=1)]
    x = np.column_stack([np.ones(len(own)), own, *before, *[(b > 0).astype(float) for b in before], *others])
    y = spent[:, 0]
    inverse = np.linalg.pinv(x.T @ x)
    found = inverse @ (x.T @ y)
    rest = y - x @ found
    covariance = inverse @ (x.T @ (x * (rest**2)[:, None])) @ inverse
    base = float(y[own > 0].mean()) - float(found[1]) if (own > 0).any() else 0.0
    if base <= 0 or not float(found[1]) > -base:
        return None, None
    value, error = float(found[1]) / base, math.sqrt(max(float(covariance[1, 1]), 0.0)) / base
    return (math.log1p(value), error / (1 + value)) if error > 0 else (None, None)


def _columns(exposures, k: int) -> list[np.ndarray]:
    out = []
    for people, share in exposures:
        more = share[k] - share[k + 1]
        if abs(more) >= 0.1:
            out.append(people * more)
    return out


def _ratio(after: np.ndarray, before: np.ndarray, own: np.ndarray, others: list[np.ndarray]) -> Household:
    """after = g before (1 + sum of lifts of the lists a person is on), in sums over each list: one equation per list.

    With one list it is (recipients' after / before) / (others' after / before) - 1. The error is the sandwich's.
    """
    treated, rest = int(own.sum()), int(len(own) - own.sum())
    none = lambda reason: Household(None, None, 0, None, treated, rest, None, None, 0.0, np.empty(0), reason)  # noqa: E731
    if treated < 2 or rest < 2:
        return none("few_people")
    marks = np.column_stack([np.ones(len(own)), own, *[c for c in others if np.ptp(c) > 0]])
    rest_of = np.delete(marks, 1, axis=1)
    left = own - rest_of @ np.linalg.lstsq(rest_of, own, rcond=None)[0]
    if float(left @ left) < SEPARABLE * float(((own - own.mean()) ** 2).sum()):
        return none("not_separable")
    a = marks.T @ (marks * before[:, None])
    if np.linalg.matrix_rank(a) < len(a):
        return none("few_people")
    theta = np.linalg.solve(a, marks.T @ after)
    growth, value = theta[0], theta[1] / theta[0] if theta[0] else math.nan
    if not growth > 0 or not value > -1:
        return none("few_people")
    scores = marks * (after - before * (marks @ theta))[:, None]
    covariance = np.linalg.solve(a, np.linalg.solve(a, scores.T @ scores).T)
    slope = np.zeros(len(theta))
    slope[0], slope[1] = -theta[1] / growth**2, 1 / growth
    error = math.sqrt(max(float(slope @ covariance @ slope), 0.0)) / (1 + value)
    freedom = float(min(treated, rest) - 1)
    effect = math.log1p(value)
    p = float(2 * special.stdtr(freedom, -abs(effect) / error)) if error > 0 else None
    return Household(effect, error or None, freedom, p, treated, rest, None, None, 0.0, np.empty(0))
