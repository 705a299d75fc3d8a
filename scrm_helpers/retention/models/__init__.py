"""Short likelihoods that project what customers will buy: BG/NBD and gamma-gamma without contracts, shifted beta-geometric with them.

Pareto/NBD stands beside BG/NBD as a second opinion. Fitted on groups of equal rows with exact gradients, so the work depends on the
distinct rows, not on the customers.
"""

from scrm_helpers.retention.models.bg_nbd import (
    bg_nbd_log_likelihood,
    expected_purchases,
    fit_bg_nbd,
    grouped,
    still_customer,
)
from scrm_helpers.retention.models.contracts import contract_survival, fit_shifted_beta_geometric
from scrm_helpers.retention.models.gamma_gamma import expected_value, fit_gamma_gamma
from scrm_helpers.retention.models.pareto_nbd import fit_pareto_nbd, pareto_nbd_expected
from scrm_helpers.retention.models.search import Fit

__all__ = [
    "Fit",
    "bg_nbd_log_likelihood",
    "contract_survival",
    "expected_purchases",
    "expected_value",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_pareto_nbd",
    "fit_shifted_beta_geometric",
    "grouped",
    "pareto_nbd_expected",
    "still_customer",
]
