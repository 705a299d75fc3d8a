"""Before any result: was the split as planned, and were the arms alike before the test began?"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.experiments.units import CONTROL
from scrm_helpers.stats import Difference, welch

ALARM = 0.001  # a split or a balance less likely than this is a fault, not chance


class Split(NamedTuple):
    """The sample-ratio check: p of the overall split (None where no split was planned), smallest p by segment, broken or not."""

    p: float | None
    segment_p: float | None
    where: str
    broken: bool
    visible: float | None = None  # smallest loss of the treated list that eight in ten such checks would see (share of it)


def planned_shares(arms: list[str], planned: float | None) -> dict[str, float] | None:
    """Planned share of each arm: the treated part is divided evenly among the treatments. None where nothing was planned."""
    treatments = [arm for arm in arms if arm != CONTROL]
    if planned is None or not treatments or not 0 < planned < 1:
        return None
    return {CONTROL: 1 - planned, **{arm: planned / len(treatments) for arm in treatments}}


def ratio_p(counts: dict[str, int], shares: dict[str, float]) -> float:
    """Chi-square p of the counts against the planned shares; an arm that was planned and is empty counts as 0."""
    total = sum(counts.values())
    expected = np.array([shares[arm] * total for arm in shares])
    found = np.array([counts.get(arm, 0) for arm in shares], dtype=float)
    statistic = float(((found - expected) ** 2 / expected).sum())
    return float(special.chdtrc(len(shares) - 1, statistic))


def split_check(units: pd.DataFrame, *, planned: float | None, dimensions: list[str], alarm: float = ALARM) -> Split:
    """Sample-ratio check of all units and of each segment. `units`: arm, a column per dimension. Grain of `units`: one unit.

    The alarm of the segments is divided by their number, so that many segments raise no more false alarms than one.
    """
    shares = planned_shares(sorted({*units["arm"].unique(), CONTROL}), planned)
    if shares is None:
        return Split(None, None, "", False)
    overall = ratio_p(units["arm"].value_counts().to_dict(), shares)
    least, where, cells = 1.0, "", 0
    for dimension in dimensions:
        for name, part in units.groupby(dimension, sort=True):
            if len(part) * min(shares.values()) < 5:  # the chi-square needs five expected in each arm
                continue
            cells += 1
            p = ratio_p(part["arm"].value_counts().to_dict(), shares)
            if p < least:
                least, where = p, f"{dimension}: {name}"
    broken_part = cells > 0 and least < alarm / cells
    broken = overall < alarm or broken_part
    return Split(overall, least if cells else None, where if broken_part else "", broken, visible_loss(len(units), planned, alarm))


def visible_loss(n: int, planned: float, alarm: float = ALARM, *, power: float = 0.8) -> float | None:
    """Share of the treated list that must go missing before the check of `n` units sees it in 8 of 10 cases; None if no loss would do.

    A small test cannot show a split that is a little broken: with it, "as planned" means no more than "not lost by more than this".
    """
    z_alarm, z_power = float(special.ndtri(1 - alarm / 2)), float(special.ndtri(power))

    def seen(loss: float) -> bool:
        left = planned * (1 - loss) / (1 - planned * loss)
        reach = z_alarm * math.sqrt(planned * (1 - planned)) + z_power * math.sqrt(left * (1 - left))
        return (planned - left) * math.sqrt(n) >= reach

    if not seen(1.0):
        return None
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def balance(moments: pd.DataFrame, arm: str, *, level: float) -> Difference:
    """The placebo: treated minus control in spend per unit before the test began (money). No treatment can move it."""
    by = moments.set_index("arm")
    parts = [(by.loc[a, "pre_mean"], by.loc[a, "pre_var"], by.loc[a, "n"]) for a in (arm, CONTROL)]
    return welch(*parts[0], *parts[1], level)
