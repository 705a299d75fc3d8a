"""What a customer costs, and what they are worth, by source: cost ledger, cost per new customer, funnel, first purchase."""

from scrm_helpers.acquisition.columns import AMOUNTS, PER_CUSTOMER, PER_ORDER, SHARES
from scrm_helpers.acquisition.customer_cost import (
    by_month,
    cac,
    cac_table,
    lagged,
    new_by_draw,
    new_by_month,
    published,
)
from scrm_helpers.acquisition.firsts import prospect_value, prospects, purchase_rate
from scrm_helpers.acquisition.history import history
from scrm_helpers.acquisition.ledger import by_month as cost_by_month
from scrm_helpers.acquisition.ledger import by_purpose, cost_ledger, cost_of
from scrm_helpers.acquisition.mix import finest_mix, same_mix
from scrm_helpers.acquisition.orders import every_value, first_values, mean_orders, order_values
from scrm_helpers.acquisition.report import findings
from scrm_helpers.acquisition.stages import filled, funnel, traceability
from scrm_helpers.acquisition.study import Study, study

__all__ = [
    "AMOUNTS",
    "PER_CUSTOMER",
    "PER_ORDER",
    "SHARES",
    "Study",
    "by_month",
    "by_purpose",
    "cac",
    "cac_table",
    "cost_by_month",
    "cost_ledger",
    "cost_of",
    "filled",
    "every_value",
    "findings",
    "finest_mix",
    "first_values",
    "funnel",
    "history",
    "lagged",
    "mean_orders",
    "new_by_draw",
    "new_by_month",
    "order_values",
    "prospect_value",
    "prospects",
    "published",
    "purchase_rate",
    "same_mix",
    "study",
    "traceability",
]
