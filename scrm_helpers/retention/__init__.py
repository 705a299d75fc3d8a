"""Do they come back? Rolling retention, cohorts, time to the second order, margin against acquisition cost, projection."""

from scrm_helpers.retention.activity import Activity, activity, histories
from scrm_helpers.retention.cohorts import money_triangle, movements, pooled, revenue, sizes, triangle
from scrm_helpers.retention.columns import MODEL, PER_CUSTOMER, RENEWALS, SHARES, told
from scrm_helpers.retention.dealers import businesses
from scrm_helpers.retention.history import history
from scrm_helpers.retention.projection import project
from scrm_helpers.retention.purchases import booked, of_consumers, purchases, through
from scrm_helpers.retention.renewals import Renewals, contracts, renewed
from scrm_helpers.retention.report import findings
from scrm_helpers.retention.rolling import (
    by_month,
    counts,
    counts_by_draw,
    penetration,
    repurchase,
    retention,
    revenue_now_and_then,
    same_customer,
)
from scrm_helpers.retention.second import curve, durations, social_against_others
from scrm_helpers.retention.study import Study, study
from scrm_helpers.retention.value import by_cohort, ltv, ltv_to_cac, margins, payback, payback_by_source, payback_curve

__all__ = [
    "Activity",
    "MODEL",
    "PER_CUSTOMER",
    "RENEWALS",
    "Renewals",
    "SHARES",
    "Study",
    "activity",
    "booked",
    "businesses",
    "by_cohort",
    "by_month",
    "contracts",
    "counts",
    "counts_by_draw",
    "curve",
    "durations",
    "findings",
    "histories",
    "history",
    "ltv",
    "ltv_to_cac",
    "margins",
    "money_triangle",
    "movements",
    "of_consumers",
    "payback",
    "payback_by_source",
    "payback_curve",
    "penetration",
    "pooled",
    "project",
    "purchases",
    "renewed",
    "repurchase",
    "retention",
    "revenue",
    "revenue_now_and_then",
    "same_customer",
    "sizes",
    "social_against_others",
    "study",
    "through",
    "told",
    "triangle",
]
