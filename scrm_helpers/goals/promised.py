"""The goal ledger: what was promised for the month, and whether it was kept."""

import json
from collections.abc import Mapping

import pandas as pd

from scrm_helpers.findings import Finding
from scrm_helpers.metrics import MEASURES
from scrm_helpers.units import Unit

# The finding that delivers what a goal's metric promises.
DELIVERED = {
    "cac": "acquisition.cac",
    "retention": "retention.kept",
    "revenue_contribution": "campaigns.caused",
    "roi": "board.roi",
    "csat": "service.csat_social",
    "trust": "service.trust",
    "loyalty": "service.loyalty",
}
AHEAD, BEHIND, NOT_YET, NOT_MEASURED = "ahead", "behind", "not_yet", "not_measured"
OTHER_WINDOW = "other_window"  # a sum of money over another window than the promised month
OTHER_SCALE = "other_scale"  # answers on several scales, or on one that is not known: a promise on a scale says nothing of them
NO_RANGE = "no_range"  # a figure without a range: chance may have made it, and a goal can name none that is exact
UNTOLD = (NOT_MEASURED, OTHER_WINDOW, OTHER_SCALE, NO_RANGE)


def latest_promises(goals: pd.DataFrame) -> pd.DataFrame:
    """The goal ledger with the newest declaration of each goal and month (it is append-only). Grain: goal and month."""
    ordered = goals.sort_values(["goal_id", "month", "declared_on"], kind="stable")
    return ordered.drop_duplicates(["goal_id", "month"], keep="last").reset_index(drop=True)


def promise_kept(
    low: float | None,
    high: float | None,
    promised_low: float | None,
    promised_high: float | None,
    *,
    better: str = "higher",
) -> str:
    """'ahead', 'behind' or 'not_yet' (not yet told apart) from the delivered and the promised range, in the metric's unit.

    Ahead: the whole delivered range lies beyond the promised one on the better side; behind: on the worse side. Where less is
    better (cost to win a customer), the sides change places. An end that was not promised sets no limit.
    """
    if better == "lower":
        low, high = _mirror(high), _mirror(low)
        promised_low, promised_high = _mirror(promised_high), _mirror(promised_low)
    if low is not None and promised_high is not None and low > promised_high:
        return AHEAD
    if high is not None and promised_low is not None and high < promised_low:
        return BEHIND
    return NOT_YET


def promises(goals: pd.DataFrame, found: Mapping[str, Finding], *, period: str) -> pd.DataFrame:
    """Promised against delivered for the period. Grain: one row per goal promised for it.

    Columns: goal_id, goal, metric, unit, promised_low, promised_high, value, low, high, result. A finding that is missing or withheld
    gives 'not_measured'; a sum of money whose window had to widen beyond the month gives 'other_window': a promise for one month says
    nothing of twelve (a cost per customer or a share keeps its scale in any window). Units as the metric; money in base currency,
    shares 0-1. Answers (trust, loyalty) are delivered on the scale of their question, as they are promised; a promise that ends at
    1 or below is a share of the highest answer, and so is what it gets. No single scale known: 'other_scale'. A figure without a range
    is shown and not judged: 'no_range'.
    """
    rows = latest_promises(goals)
    rows = rows[rows["month"] == period]
    out = []
    for row in rows.to_dict("records"):
        finding = found.get(DELIVERED.get(row["metric"], ""))
        told = finding is not None and finding.state == "ok" and finding.value is not None
        known = told and not (finding.unit == str(Unit.MONEY) and finding.window != "1m")
        better = MEASURES[finding.measure].better if known and finding.measure in MEASURES else "higher"
        promised = [None if pd.isna(row[c]) else float(row[c]) for c in ("promised_low", "promised_high")]
        scale = _scale(finding, promised) if known else None
        untold = NOT_MEASURED if not told else OTHER_WINDOW if not known else OTHER_SCALE
        known = known and scale is not None
        value, low, high = (_times(v, scale) for v in (finding.value, finding.low, finding.high)) if known else (None,) * 3
        judged = promise_kept(low, high, *promised, better=better) if low is not None or high is not None else NO_RANGE
        out.append(
            {
                "goal_id": row["goal_id"],
                "goal": row["goal"],
                "metric": row["metric"],
                "unit": finding.unit if known else "",
                "promised_low": promised[0],
                "promised_high": promised[1],
                "value": value,
                "low": low,
                "high": high,
                "result": judged if known else untold,
            }
        )
    columns = ["goal_id", "goal", "metric", "unit", "promised_low", "promised_high", "value", "low", "high", "result"]
    return pd.DataFrame(out, columns=columns)


def plan_of(promised: pd.DataFrame, metric: str) -> float | None:
    """The plan mark of a metric: the middle of the first promise that names it; one end alone stands for itself."""
    for row in promised[promised["metric"] == metric].to_dict("records"):
        ends = [v for v in (row["promised_low"], row["promised_high"]) if v is not None and not pd.isna(v)]
        if ends:
            return float(sum(ends) / len(ends))
    return None


def _scale(finding: Finding, promised: list[float | None]) -> float | None:
    """What the delivered figure is multiplied with to stand on the scale of the promise: 1, or the highest answer of the question."""
    ends = [end for end in promised if end is not None]
    if finding.unit != str(Unit.SCORE) or not ends or max(ends) <= 1:
        return 1.0
    return json.loads(finding.values or "{}").get("scale_max")


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _mirror(value: float | None) -> float | None:
    return None if value is None else -value
