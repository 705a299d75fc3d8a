"""Before a campaign: how many stores for how many weeks a trustworthy answer needs, by the same method on the company's last weeks."""

import numpy as np
import pandas as pd

from scrm_helpers.campaigns import expected, judging, regional
from scrm_helpers.campaigns.rows import LEVEL, smallest_visible

WEEKS, STORES = (2, 4, 8), (2, 3, 5, 8, 12, 20)
DRAWS = 99
COLUMNS = ["stores", "weeks", "smallest_visible"]


def table(real: np.ndarray, running, busy: np.ndarray, *, factor: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """The lift that four of five such campaigns would show, by size and length. Grain: stores x weeks.

    `real`: days x stores; the last whole window is taken as one to come, with made-up sets of stores in it and the campaigns that ran
    (`running`) fitted beside. At most half the stores, as many days before as the method needs; empty where there are too few of either.
    """
    rows = []
    for weeks in WEEKS:
        length, start = 7 * weeks, len(real) - 7 * weeks
        back = min(regional.PRE_WINDOWS, start // length)
        if back < 1:
            continue
        seen = expected.outlook(real, start, length, busy=busy, back=back)
        w = judging.whitened(seen, np.ones(real.shape[1], bool), running.columns(start, start + length, back * length))
        for stores in STORES:
            if stores > len(w.inside) // 2 or w.freedom < 2:
                continue
            sets = judging.told_apart(w, judging.made_up(len(w.inside), stores, np.zeros(len(w.inside), bool), DRAWS, seed))
            value, error = judging.clipped(w, np.repeat(w.y[:, None], sets.shape[1], axis=1), sets)
            reach = float(np.quantile(np.abs(value / error), LEVEL) * np.median(error)) * factor
            rows.append((stores, weeks, smallest_visible(reach, float(np.median(error)))))
    return pd.DataFrame(rows, columns=COLUMNS)


def cheapest(plans: pd.DataFrame, lift: float) -> pd.Series | None:
    """The plan with the fewest store-weeks that would show `lift`; where none would, None."""
    good = plans[plans["smallest_visible"] <= lift]
    if good.empty:
        return None
    order = good.assign(cost=good["stores"] * good["weeks"]).sort_values(["cost", "weeks", "stores"])
    return order.iloc[0]
