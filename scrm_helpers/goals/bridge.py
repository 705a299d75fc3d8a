"""The monthly bridge: from last month's published figure to this month's, in four bars that add up to the difference.

definition  last month's data as published, counted with today's code and today's answer to who is who, less what was published;
restated    last month counted from today's data, less the same from the data as published;
mix         this month less this month with last month's weights of the cells (sources, or campaigns);
real        this month with last month's weights, less last month from today's data.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from scrm_helpers import periods
from scrm_helpers.findings import Finding
from scrm_helpers.metrics import LEVEL, MEASURES
from scrm_helpers.stats import Estimate, combine, ratio_to_count, wilson
from scrm_helpers.units import Unit

BARS = ("definition", "restated", "mix", "real")
MEASURE_OF = {
    "acquisition.cac": "cac", "retention.kept": "retention", "campaigns.caused": "revenue_caused", "campaigns.seen": "revenue_seen",
}  # fmt: skip
SAME = 1e-6  # relative: figures so near are the same one, stored with twelve digits


class Bridge(NamedTuple):
    """The way from `before` to `now` in the figure's unit. A bar is None where it could not be told apart.

    `published`: `before` is last month's printed figure; else last month as today's data and code count it (the first two bars
    are None). `low`, `high`: the real change with its noise (nine in ten); None where no range is known.
    """

    id: str
    before: float
    now: float
    definition: float | None
    restated: float | None
    mix: float
    real: float
    low: float | None
    high: float | None
    published: bool

    @property
    def kind(self) -> str:
        """'noise' where the range of the real change holds 0, else 'real'; 'unknown' without a range."""
        if self.low is None or self.high is None:
            return "unknown"
        return "noise" if self.low <= 0 <= self.high else "real"

    @property
    def largest(self) -> str:
        """The bar that moved the figure most."""
        bars = {name: getattr(self, name) or 0.0 for name in BARS}
        return max(BARS, key=lambda name: abs(bars[name]))


def bridges(
    now: Mapping[str, Finding], before: Mapping[str, Finding], history: pd.DataFrame, *, period: str
) -> list[Bridge]:
    """A bridge for each headline figure that this month prints and whose last month can be counted. `history`: the table of that name."""
    found = (bridge(each, now.get(each), before.get(each), history, period=period) for each in MEASURE_OF)
    return [b for b in found if b is not None]


def bridge(
    finding_id: str, now: Finding | None, before: Finding | None, history: pd.DataFrame, *, period: str
) -> Bridge | None:
    """One figure's bridge; None where either month has no figure, or the cells do not add up to what is printed."""
    if now is None or now.state != "ok" or now.value is None:
        return None
    measure, last = MEASURE_OF[finding_id], periods.shift(period, -1)
    today = cells_of(history, measure, "today", period, now.window)
    then = cells_of(history, measure, "today", last, now.window)
    end, start = total(measure, today), total(measure, then)
    if end is None or start is None or abs(end - now.value) > SAME * max(abs(end), abs(now.value), 1e-9):
        return None
    # what is left of two sums of the same cells in other orders is no move
    mix, real = (0.0 if abs(v) <= SAME * max(abs(start), abs(end)) else v for v in split(measure, then, today))
    # a figure over another window stands on another scale: then last month is counted as this one is
    told = before is not None and before.state == "ok" and before.value is not None and before.window == now.window
    said = before if told else None
    kept = total(measure, cells_of(history, measure, "snapshot", last, now.window))
    definition = restated = None
    if said is not None:
        # without a snapshot the two cannot be told apart: both stand in the first bar
        definition = _step(said.value, start if kept is None else kept)
        restated = None if kept is None else _step(kept, start)
    low, high = _noise(measure, now, said, then, end - start)
    centre = real - (end - start)
    return Bridge(
        finding_id, start if said is None else said.value, now.value, definition, restated, mix, real,
        None if low is None else low + centre, None if high is None else high + centre, said is not None,
    )  # fmt: skip


def bridge_rows(found: list[Bridge]) -> pd.DataFrame:
    """Bridges as a table. Grain: one figure; shares in per cent, the rest in the figure's unit; blank where a bar could not be told."""
    rows = []
    for b in found:
        scale = 100.0 if MEASURES[MEASURE_OF[b.id]].unit is Unit.SHARE else 1.0
        numbers = {c: getattr(b, c) for c in ("before", *BARS, "now", "low", "high")}
        rows.append(
            {"figure": MEASURE_OF[b.id]}
            | {f"bar_{c}" if c in BARS else f"noise_{c}" if c in ("low", "high") else c: None if v is None else v * scale
               for c, v in numbers.items()}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["figure", "before", *(f"bar_{c}" for c in BARS), "now", "noise_low", "noise_high"])


def cells_of(history: pd.DataFrame, measure: str, step: str, month: str, window: str) -> pd.DataFrame:
    """Columns part and whole by cell of one figure; empty where it was not counted."""
    rows = history[
        (history["measure"] == measure) & (history["step"] == step) & (history["month"] == month) & (history["window"] == window)
    ]
    return rows.set_index("cell")[["part", "whole"]].astype(float).sort_index()


def total(measure: str, cells: pd.DataFrame) -> float | None:
    """The figure over all cells: a sum over a sum, or a sum of money."""
    if cells.empty:
        return None
    if MEASURES[measure].unit is Unit.MONEY:
        return float(cells["part"].sum())
    whole = float(cells["whole"].sum())
    return float(cells["part"].sum()) / whole if whole else None


def split(measure: str, then: pd.DataFrame, now: pd.DataFrame) -> tuple[float, float]:
    """(mix, real) between two months of the same data. Cells that one month lacks are put together with the smallest others.

    With weights of last month, w0, and rates of this month, r1, the figure would be sum(w0 x r1): what is left to this month's
    figure is mix, what leads there from last month's is real. A sum of money keeps this month's volume: a sale more is real.
    """
    money = MEASURES[measure].unit is Unit.MONEY
    first, last = _pooled(then, now)
    end, start = total(measure, now), total(measure, then)
    if float(first["whole"].sum()) <= 0 or float(last["whole"].sum()) <= 0:
        return 0.0, end - start
    rate = (last["part"] / last["whole"]).where(last["whole"] > 0, 0.0)
    fixed = float((first["whole"] / first["whole"].sum() * rate).sum())
    # a cost that won nobody in either month stands above every cell
    over = float(last.loc[(last["whole"] <= 0) & (first["whole"] <= 0), "part"].sum()) / float(last["whole"].sum())
    fixed = (fixed + over) * (float(last["whole"].sum()) if money else 1.0)
    return end - fixed, fixed - start


def _step(start: float, end: float) -> float:
    """A difference; 0 where both are the same figure but for its last stored digits."""
    return 0.0 if abs(end - start) <= SAME * max(abs(start), abs(end)) else end - start


def _pooled(then: pd.DataFrame, now: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both months on the same cells, each of which has a whole in both months or in neither."""
    every = sorted(set(then.index) | set(now.index))
    first, last = (f.reindex(every).fillna(0.0) for f in (then, now))
    odd = [c for c in every if (first.at[c, "whole"] > 0) != (last.at[c, "whole"] > 0)]
    others = sorted(
        (c for c in every if c not in odd and first.at[c, "whole"] > 0), key=lambda c: (first.at[c, "whole"], c)
    )
    pool = list(odd)
    while pool and others and not (first.loc[pool, "whole"].sum() > 0 and last.loc[pool, "whole"].sum() > 0):
        pool.append(others.pop(0))
    name = {c: "rest" if c in pool else c for c in every}
    return tuple(f.groupby(name).sum() for f in (first, last))


def _noise(measure: str, now: Finding, before: Finding | None, then: pd.DataFrame, gap: float):
    """Range of the difference, its middle at `gap`: the two months' ranges taken as independent."""
    if before is not None and (before.low is None or before.high is None):
        return None, None
    old = _estimate(before) if before is not None else _counted(measure, then)
    if old is None or now.low is None or now.high is None:
        return None, None
    both = combine([_estimate(now), old], weights=[1, -1])
    if both.low is None or both.high is None:
        return None, None
    return both.low - both.value + gap, both.high - both.value + gap


def _counted(measure: str, cells: pd.DataFrame) -> Estimate | None:
    """Last month's range where no page of it was published: that of its counts alone."""
    part, whole = float(cells["part"].sum()), float(cells["whole"].sum())
    if measure == "retention":
        return wilson(int(part), int(whole), LEVEL)
    if measure == "cac" and whole > 0:
        return ratio_to_count(part, int(whole), LEVEL)
    return None


def _estimate(f: Finding) -> Estimate:
    return Estimate(f.value, f.low, f.high, f.level or LEVEL, int(f.n or 0), f.method)
