"""A gap between those who are and those who are not, where who is who is only partly known."""

import math

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import check_level
from scrm_helpers.stats.estimates import Estimate


def kept_of_gap(share: float, precision: float, recall: float) -> float:
    """What is left of a true gap when group membership is read through imperfect matches: 1 where the matches are perfect.

    `share` of all units are seen as members; `precision` of those truly are; `recall` of the true members are seen. The members
    that are not seen stand among the others and lift them: left is precision minus the share of true members among the others.
    """
    missed = share * precision * (1 - recall) / recall / (1 - share)
    return precision - missed


def undiluted(gap: Estimate, *, share: float, precision: Estimate, recall: Estimate) -> Estimate:
    """The gap that would be seen if every member were known: the seen gap over what imperfect matches leave of it.

    The range holds the gap's own noise and what is not known of precision and recall, their distances added as squares on each
    side (first order of the limits of a ratio, Donner and Zou 2012). Membership must be misread without regard to the outcome.
    No value where the matches may leave nothing of a gap.
    """
    check_level(gap.level)
    if not 0 < share < 1:
        raise ToldError(f"share: came {share}, expected a share of members above 0 and below 1.")
    none = Estimate(None, None, None, gap.level, gap.n, "gap over what matching leaves of it")
    parts = (gap.value, gap.low, gap.high, precision.value, precision.low, precision.high, recall.value, recall.low, recall.high)
    if any(part is None for part in parts) or recall.low <= 0:
        return none
    left = kept_of_gap(share, precision.value, recall.value)
    step = [kept_of_gap(share, p, recall.value) - left for p in (precision.low, precision.high)]
    other = [kept_of_gap(share, precision.value, r) - left for r in (recall.low, recall.high)]
    low, high = left - math.hypot(step[0], other[0]), min(1.0, left + math.hypot(step[1], other[1]))
    if low <= 0:
        return none
    value = gap.value / left
    # a smaller divisor pushes the gap away from 0, a larger one towards it
    away, near = abs(value) * (left - low), abs(value) * (high - left)
    below, above = (near, away) if value >= 0 else (away, near)
    return none._replace(
        value=value,
        low=value - math.hypot(gap.value - gap.low, below) / left,
        high=value + math.hypot(gap.high - gap.value, above) / left,
    )
