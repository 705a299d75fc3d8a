"""The sentences of 03: what its figures say, in findings."""

from scrm_helpers.acquisition.report_cost import cac_findings, cost_findings, source_findings
from scrm_helpers.acquisition.report_first import (
    business_findings,
    funnel_findings,
    prospect_findings,
    rate_findings,
    value_findings,
)
from scrm_helpers.acquisition.study import Study
from scrm_helpers.findings import Context, Finding


def findings(context: Context, s: Study, *, horizon: int) -> list[Finding]:
    """Every finding of 03, in the order a reader wants them."""
    return [
        *cost_findings(context, s),
        *cac_findings(context, s),
        *source_findings(context, s),
        *rate_findings(context, s, horizon),
        *value_findings(context, s),
        *prospect_findings(context, s, horizon),
        *funnel_findings(context, s),
        *business_findings(context, s),
    ]
