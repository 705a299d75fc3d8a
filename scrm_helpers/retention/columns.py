"""Columns of the tables that 04 shows: their units, one mapping for each that `value` can have, and which are blank for few."""

import pandas as pd

from scrm_helpers.metrics import without_few
from scrm_helpers.units import Unit

FIGURES = ("value", "low", "high", "per_customer", "margin_per_customer")

_COUNTS = dict.fromkeys(
    ["persons", "retained", "age", "at_risk", "cohorts", "active", "new", "resurrected", "lost", "buyers",
     "repeat_buyers", "owners", "months", "customers", "watched", "paid_back", "earliest", "latest",
     "watched_months", "renewal_months", "renewal", "contracts", "due", "kept"], Unit.COUNT,
)  # fmt: skip
_EACH = dict.fromkeys(["per_customer", "margin_per_customer", "earned"], Unit.MONEY_PER_CUSTOMER)
_MONEY = _EACH | dict.fromkeys(["net", "net_then", "net_now"], Unit.MONEY)

SHARES = _COUNTS | _MONEY | dict.fromkeys(["value", "low", "high"], Unit.SHARE)
PER_CUSTOMER = (
    _COUNTS | _MONEY | dict.fromkeys(["value", "low", "high"], Unit.MONEY_PER_CUSTOMER)
    | dict.fromkeys(["to_cac", "to_cac_low", "to_cac_high"], Unit.RATIO)
)  # fmt: skip
RENEWALS = _COUNTS | dict.fromkeys(["value", "low", "high", "model", "error"], Unit.SHARE) | dict.fromkeys(
    ["running", "expected", "predicted", "actual"], Unit.COUNT) | dict.fromkeys(["alpha", "beta"], Unit.SCORE)  # fmt: skip
MODEL = {"value": Unit.SCORE, "log_likelihood": Unit.SCORE, "customers": Unit.COUNT}


def told(rows: pd.DataFrame, n: str) -> pd.DataFrame:
    """A table with `state`: figures (`FIGURES`) of fewer than 20 in column `n` are blank, and it says why; counts and sums stay."""
    return without_few(rows, by=n, figures=[c for c in FIGURES if c in rows.columns])


def drawn(rows: pd.DataFrame, n: str) -> pd.DataFrame:
    """The rows of a chart: figures of fewer than 20 in column `n` are blank; no row where all of them are."""
    rows = told(rows, n).drop(columns="state")
    return rows if rows["value"].notna().any() else rows.iloc[:0]
