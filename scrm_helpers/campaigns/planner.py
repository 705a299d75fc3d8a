"""Before a campaign: how many stores for how many weeks a trustworthy answer needs, by the same method on the company's last weeks."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from scrm_helpers.campaigns import expected, judging, regional
from scrm_helpers.campaigns.rows import LEVEL, USUAL, Hoped, smallest_visible

WINDOWS = 4  # the last so many windows of each length: what one alone shows is luck, and more stores looked worse than fewer
DRAWS = 99
LIFTS = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)  # an analyst's steps, shares
COLUMNS = ["stores", "weeks", "smallest_visible"]


def table(
    real: np.ndarray, running, busy: np.ndarray, *, hoped: Hoped = USUAL, factor: float = 1.0, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """The lift that four of five such campaigns would show, by size and length (those of `hoped`). Grain: stores x weeks.

    `real`: days x stores; the last whole windows are taken as ones to come, each with made-up sets of stores in it and the campaigns
    that ran (`running`) fitted beside; the middle of what they show is told. At most half the stores, as many days before as the method
    needs; empty where there are too few of either.
    """
    found: dict[tuple[int, int], list[float]] = {}
    sizes = sorted(set(hoped.stores))
    for weeks in sorted(set(hoped.weeks)):
        length = 7 * weeks
        for start, back in last_windows(len(real), length):
            for stores, visible in _window(real, running, busy, start, length, back, sizes, factor, seed):
                found.setdefault((stores, weeks), []).append(visible)
    rows = [(stores, weeks, float(np.median(seen))) for (stores, weeks), seen in found.items()]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["weeks", "stores"], ignore_index=True)


def last_windows(days: int, length: int) -> list[tuple[int, int]]:
    """First day's number of each of the last WINDOWS of `length` days, the newest first, and how many windows before it are looked at."""
    starts = (days - length * k for k in range(1, WINDOWS + 1))
    return [(start, min(regional.PRE_WINDOWS, start // length)) for start in starts if start >= length]


def _window(
    real, running, busy, start: int, length: int, back: int, sizes: list[int], factor: float, seed: int,
) -> Iterator[tuple[int, float]]:  # fmt: skip
    """The number of stores, and the smallest lift to be seen in so many, of one window."""
    seen = expected.outlook(real, start, length, busy=busy, back=back)
    w = judging.whitened(seen, np.ones(real.shape[1], bool), running.columns(start, start + length, back * length))
    for stores in sizes:
        if stores > len(w.inside) // 2 or w.freedom < 2:
            continue
        sets = judging.told_apart(w, judging.made_up(len(w.inside), stores, np.zeros(len(w.inside), bool), DRAWS, seed))
        value, error = judging.clipped(w, np.repeat(w.y[:, None], sets.shape[1], axis=1), sets)
        reach = float(np.quantile(np.abs(value / error), LEVEL) * np.median(error)) * factor
        yield stores, smallest_visible(reach, float(np.median(error)))


def cheapest(plans: pd.DataFrame, lift: float) -> pd.Series | None:
    """The plan with the fewest store-weeks that would show `lift`; where none would, None."""
    good = plans[plans["smallest_visible"] <= lift]
    if good.empty:
        return None
    order = good.assign(cost=good["stores"] * good["weeks"]).sort_values(["cost", "weeks", "stores"])
    return order.iloc[0]


def beyond(plans: pd.DataFrame, hoped: Hoped) -> tuple[list[int], list[int]]:
    """Numbers of stores, and of weeks, that were asked for by name and stand in no row: the data are too few for them.

    The suite's own numbers (USUAL) are looked at wherever they can be, and nobody asked for them.
    """
    asked, own = (hoped.stores, hoped.weeks), (USUAL.stores, USUAL.weeks)
    return tuple(
        sorted(set(numbers) - set(usual) - set(plans[column])) if tuple(numbers) != usual else []
        for column, numbers, usual in zip(("stores", "weeks"), asked, own, strict=True)
    )
