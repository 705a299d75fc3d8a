"""One line of the score card: what was said, its range, the truth, and whether the range holds it."""

from typing import NamedTuple

import pandas as pd

from scrm_helpers.findings import Finding
from scrm_helpers.units import Unit

INTERVAL, BOUNDS, EXACT = "interval", "bounds", "exact"
CENT = 0.005


class Row(NamedTuple):
    """A line. `range_kind`: interval (holds the truth at its level), bounds (what is unknown is in it: at least at its level), exact.

    `aligned`: the truth means the same as the figure; else `note` says what differs and the line is not counted.
    """

    part: str
    id: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    truth: float | None
    range_kind: str = INTERVAL
    aligned: bool = True
    note: str = ""
    name: str = ""  # of a campaign or a test, as its own list calls it
    window: str = ""

    @property
    def inside(self) -> bool | None:
        """Whether the range holds the truth; None where one of them is not said."""
        if any(v is None or pd.isna(v) for v in (self.low, self.high, self.truth)):
            return None
        return bool(self.low - CENT * (self.range_kind == EXACT) <= self.truth <= self.high + CENT * (self.range_kind == EXACT))


def of_finding(part: str, found: Finding | None, truth: float | None, *, id: str, unit: Unit, **more) -> Row:
    """A line from a finding; one that was withheld, missing or too few has no value."""
    if found is None or found.state != "ok":
        state = "absent" if found is None else found.state
        return Row(part, id, unit.value, None, None, None, _number(truth), **({"note": f"state_{state}"} | more))
    window = more.pop("window", found.window)
    return Row(part, id, unit.value, _number(found.value), _number(found.low), _number(found.high), _number(truth), window=window, **more)


def frame(rows: list[Row]) -> pd.DataFrame:
    """Lines as a table, in their order, with `inside`."""
    table = pd.DataFrame(rows, columns=Row._fields)
    return table.assign(inside=pd.Series([r.inside for r in rows], dtype="boolean"))


def _number(value) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
