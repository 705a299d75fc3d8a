"""What `why` answers with: the rows behind printed numbers, and for each number what its rows add up to."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from scrm_helpers.texts import tell

SAME = 1e-6  # relative; figures are stored with twelve digits


class Figure(NamedTuple):
    """One printed number. `how` is '' where its rows make it (part / whole, or their sum), else the rule that does, in few words.

    `again`: what that rule gives from the tables kept, counted once more; None where it is not: such a number is shown, not checked.
    """

    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    how: str = ""
    again: float | None = None


class Behind(NamedTuple):
    """Rows and the numbers they make. Columns of `rows`: number (a name in `figures`), row (what it is), ..., part, whole."""

    rows: pd.DataFrame
    figures: dict[str, Figure]


def rows_of(frame: pd.DataFrame, number: str, row: str, *, part=0.0, whole=0.0) -> pd.DataFrame:
    """Rows of one number: `part` and `whole` are columns of the frame or one value for all."""
    given = {name: frame[v].astype(float) if isinstance(v, str) else v for name, v in (("part", part), ("whole", whole))}
    middle = [c for c in frame.columns if c not in ("part", "whole", "number", "row")]
    return frame[middle].assign(number=number, row=row, **given)[["number", "row", *middle, "part", "whole"]]


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """All rows below each other: what they are first, what they add last."""
    kept = [p.astype(object) for p in parts if len(p)]
    if not kept:
        return pd.DataFrame(columns=["number", "row", "part", "whole"])
    out = pd.concat(kept, ignore_index=True)
    middle = [c for c in out.columns if c not in ("number", "row", "part", "whole")]
    return out[["number", "row", *middle, "part", "whole"]]


def made_of(rows: pd.DataFrame, number: str) -> float | None:
    """What the rows of a number give: the sum of parts over the sum of wholes, or the sum of parts where no row has a whole."""
    mine = rows[rows["number"] == number]
    if mine.empty:
        return None
    part, whole = (float(mine[c].astype(float).sum()) for c in ("part", "whole"))
    return part / whole if whole else part


def rule(name: str, **values: str) -> str:
    """The rule that makes a number, in the words of the reader."""
    return tell(f"why.how.{name}", **values)


def same(given: float | None, printed: float) -> bool:
    """Whether a number that was counted again is the one printed."""
    return given is not None and abs(given - printed) <= SAME * max(abs(printed), 1e-9)


def wrong(behind: Behind) -> Sequence[tuple[str, float | None, float | None]]:
    """Numbers that their rows, or their rule counted again, do not give: name, what they give, what was printed."""
    out = []
    for name, figure in behind.figures.items():
        if figure.value is None or (figure.how and figure.again is None):
            continue
        given = figure.again if figure.how else made_of(behind.rows, name)
        if not same(given, figure.value):
            out.append((name, given, figure.value))
    return out
