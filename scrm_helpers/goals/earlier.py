"""What earlier pages printed against today: past figures restated, and figures told over another window than last month."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.findings import Finding
from scrm_helpers.goals.bridge import MEASURE_OF, SAME, cells_of, total
from scrm_helpers.goals.money import programme_cost

COST = "board.cost"
BACK = 12  # months of pages that are held against today's data


class Restated(NamedTuple):
    """A figure of an earlier month: as its page printed it, and what today's data and code make of it, over the same window."""

    id: str
    month: str
    printed: Finding
    now: float


class Moved(NamedTuple):
    """A figure told over another window than on last month's page: the two say different things and are not compared."""

    id: str
    before: str
    now: str

    @property
    def is_wider(self) -> bool:
        """Whether the window grew, which it does where the narrower one holds too few cases."""
        return metrics.WINDOWS[self.now] > metrics.WINDOWS[self.before]


def restated_figures(
    past: Mapping[str, Mapping[str, Finding]], history: pd.DataFrame, ledger: pd.DataFrame, *, period: str
) -> list[Restated]:
    """Figures that earlier pages printed and today's data no longer give, the newest month first. Grain: figure and month.

    Headline figures are counted from the table `history`, each over the window that its page printed, whatever window this month
    takes; the cost of the programme from the cost ledger. What today's data do not count over that window is not judged.
    """
    out = []
    for month in reversed(periods.between(periods.shift(period, -BACK), periods.shift(period, -1))):
        for each in (*MEASURE_OF, COST):
            f = past.get(month, {}).get(each)
            if f is None or f.state != "ok" or f.value is None:
                continue
            now = _cost(ledger, month, f) if each == COST else _counted(history, MEASURE_OF[each], month, f.window)
            if now is not None and abs(now - f.value) > SAME * max(abs(now), abs(f.value)):
                out.append(Restated(each, month, f, now))
    return out


def moved_windows(now: Mapping[str, Finding], before: Mapping[str, Finding], ids: tuple[str, ...]) -> list[Moved]:
    """Figures of both months whose windows differ, in the order of `ids`."""
    out = []
    for each in ids:
        sides = [f for f in (before.get(each), now.get(each)) if f is not None and f.state == "ok" and f.value is not None]
        windows = [f.window for f in sides if f.window in metrics.WINDOWS]
        if len(windows) == 2 and windows[0] != windows[1]:
            out.append(Moved(each, *windows))
    return out


def _counted(history: pd.DataFrame, measure: str, month: str, window: str) -> float | None:
    return total(measure, cells_of(history, measure, "today", month, window))


def _cost(ledger: pd.DataFrame, month: str, printed: Finding) -> float | None:
    """The month's cost as the ledger has it now: the least that it can be where its page printed that (a figure without a high end)."""
    cost = programme_cost(ledger, period=month)
    return None if cost is None else cost.low if printed.high is None else cost.value
