"""A promise of the goal ledger by its cells, and the days on which runs first saw it: what tells a promise from one changed afterwards."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isnan
from numbers import Real
from typing import NamedTuple

KEY = ("goal_id", "month", "declared_on")
WORDS = ("purpose", "strategy", "goal", "metric", "action", "tool", "due_on")
NUMBERS = ("money", "hours", "promised_low", "promised_high")
CONTENT = WORDS + NUMBERS
DIGITS = 12  # figures are stored with so many


class Sightings(NamedTuple):
    """Days by the clock: of the first run of each month (period -> day), and of the first run that saw each promise (digest -> day).

    `first`: digest of a promise -> the earliest month whose run noted it.
    """

    runs: Mapping[str, date] = {}
    promises: Mapping[str, date] = {}
    first: Mapping[str, str] = {}


UNSEEN = Sightings()


def cell(value) -> str | float | None:
    """A cell as it is compared: text without the spaces around it, a day as YYYY-MM-DD, a number; None where it is blank.

    Of a pandas row and of plain Python values the same. TypeError for anything else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Real | Decimal):
        return None if isnan(value) else float(f"{float(value):.{DIGITS}g}")
    if isinstance(value, date | datetime) and value == value:  # pandas' NaT equals nothing
        return value.isoformat()[:10]
    import pandas as pd  # a run that only notes what it published loads no pandas

    if not pd.isna(value):
        raise TypeError(f"a cell of a promise came as {type(value).__name__}; expected text, a day, a number or a blank")
    return None


def digest(row: Mapping) -> str:
    """Digest of a promise with all that was written in it; who answers for it (`owner`) is not part of that."""
    held = [cell(row.get(name)) for name in (*KEY, *CONTENT)]
    return hashlib.sha256(json.dumps(held, ensure_ascii=False).encode()).hexdigest()
