"""Units of the columns of the tables that 04 shows: one mapping for each unit that `value` can have."""

from scrm_helpers.units import Unit

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
