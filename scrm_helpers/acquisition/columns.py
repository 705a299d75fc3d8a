"""Units of the columns of the tables that 03 shows: one mapping for each unit that `value` can have."""

from scrm_helpers.units import Unit

_COUNTS = dict.fromkeys(["customers", "months", "count", "prospects", "bought", "immature", "orders", "persons"], Unit.COUNT)
_MONEY = dict.fromkeys(["cost", "net", "amount"], Unit.MONEY)
_OTHERS = {"unknown_share": Unit.SHARE, "lag": Unit.MONTHS}

PER_CUSTOMER = (
    _COUNTS | _MONEY | _OTHERS
    | dict.fromkeys(["value", "low", "high", "if_all", "real_value", "real_low", "real_high"], Unit.MONEY_PER_CUSTOMER)
)  # fmt: skip
PER_ORDER = (
    _COUNTS | _MONEY
    | dict.fromkeys(["value", "low", "high", "median", "median_low", "median_high"], Unit.MONEY_PER_ORDER)
)  # fmt: skip
SHARES = _COUNTS | dict.fromkeys(["value", "low", "high", "km"], Unit.SHARE)
AMOUNTS = dict.fromkeys(["amount", "low", "high"], Unit.MONEY)
