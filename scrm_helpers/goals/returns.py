"""The programme's return from findings and the cost ledger: cases, the part of its range that is sampling, the saving that counts."""

from collections.abc import Mapping

import pandas as pd

from scrm_helpers import metrics
from scrm_helpers.findings import Finding
from scrm_helpers.goals import money
from scrm_helpers.goals.verbs import LIMITS
from scrm_helpers.margin import Margin
from scrm_helpers.stats import Estimate, widen


def roi_cases(found: Mapping[str, Finding], ledger: pd.DataFrame, margin: Margin, *, period: str) -> pd.DataFrame:
    """The programme's ROI were all revenue seen, or all touched, its own; and as caused. Grain: one row per case that has a figure.

    `grade` is that of the weakest part: a saving that counts brings the grade of its own evidence along. `n` and `method` as
    `money.programme_roi` makes them.
    """
    rows = []
    for case in ("seen", "touched", "caused"):
        finding = found.get(f"campaigns.{case}")
        if not is_ok(finding):
            continue
        saving = _saving(found, finding.window)
        if not has_hours(ledger, period, finding.window):
            continue  # a cost without its hours would make the return look better than it is
        cost = cost_of(ledger, period, finding.window)
        roi = money.programme_roi(caused=_whole(finding), margin=margin.share, cost=cost, saving=saving)
        if roi is not None:
            grade = worse(finding.grade, found["service.saving"].grade) if saving is not None else finding.grade
            rows.append(
                {"case": case, "value": roi.value, "low": roi.low, "high": roi.high, "grade": grade, "n": roi.n, "method": roi.method}
            )
    return pd.DataFrame(rows, columns=["case", "value", "low", "high", "grade", "n", "method"])


def sampled_roi(
    found: Mapping[str, Finding], ledger: pd.DataFrame, margin: Margin, *, period: str
) -> Estimate | None:
    """The ROI as caused with the range of sampling alone: nothing for campaigns not judged, nothing for missing hours."""
    finding = found["campaigns.caused"]
    cost = cost_of(ledger, period, finding.window)
    cost = None if cost is None else cost._replace(low=cost.value, high=cost.value)
    saving = _saving(found, finding.window)
    return money.programme_roi(caused=estimate_of(finding), margin=margin.share, cost=cost, saving=saving)


def proven_saving(found: Mapping[str, Finding]) -> bool:
    """Whether a saving may be claimed: at least nine in ten sure that social is cheaper and happier, at the low end.

    The rule of the service notebook: its chance must hold with missing hours at their worst, and it must have claimed the saving.
    """
    better = found.get("service.better")
    sure = is_ok(better) and better.low is not None and better.low >= LIMITS.sure
    return sure and is_ok(found.get("service.saving"))


def cost_of(ledger: pd.DataFrame, period: str, window: str) -> Estimate | None:
    """Cost of the programme over the window of a finding (1m, 3m, 12m or all)."""
    return money.programme_cost(ledger, period=period, months=money.months_in(ledger, period, window))


def has_hours(ledger: pd.DataFrame, period: str, window: str) -> bool:
    """Whether staff hours stand in the cost of that window at all."""
    return money.hours_known(ledger, period=period, months=money.months_in(ledger, period, window))


def worse(*grades: str) -> str:
    """The weakest of evidence grades (A to D); none at all where one part has none."""
    return max(grades) if all(grades) else ""


def is_ok(finding: Finding | None) -> bool:
    """Whether a finding carries a figure."""
    return finding is not None and finding.state == "ok" and finding.value is not None


def estimate_of(f: Finding) -> Estimate:
    """A finding's figure and range as an estimate."""
    return Estimate(f.value, f.low, f.high, f.level or metrics.LEVEL, int(f.n or 0), f.method)


def _saving(found: Mapping[str, Finding], window: str) -> Estimate | None:
    """The proven saving of service, where it covers the same window."""
    saving = found["service.saving"] if proven_saving(found) else None
    return estimate_of(saving) if saving is not None and saving.window == window else None


def _whole(f: Finding) -> Estimate:
    """The effect of the whole programme: campaigns that could not be judged may have done as well or as badly as those that were.

    A finding that covers a share of the campaigns (`coverage` below 1) gets a range that reaches to its ends divided by that share.
    """
    estimate = estimate_of(f)
    if f.measure != "revenue_caused" or f.coverage is None or not 0 < f.coverage < 1 or f.low is None or f.high is None:
        return estimate
    return widen(estimate, min(f.low, f.low / f.coverage), max(f.high, f.high / f.coverage))
