"""The definition of every measure: a line each, a sum over a sum, with its unit, class, direction and version.

A chart's label, the glossary, the docstring and the test read it from here; the formulas in words stand in
`texts/metrics.toml` (`metrics.<id>.label`, `.formula`). Classes: only `business` and, in the service block,
`effectiveness` reach the board page; `activity` there raises.
"""

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from scrm_helpers import texts
from scrm_helpers.errors import MetricClassError
from scrm_helpers.stats import Estimate, checks
from scrm_helpers.units import Unit

SOCIAL = ("instagram", "facebook", "tiktok", "x", "linkedin", "youtube", "whatsapp")
NOT_A_CHANNEL = ("unknown", "other")
LEVEL = checks.LEVEL
MOSTLY = 0.5  # a share from which on what is unknown is the reason that a figure cannot be said
LEAST_N = 20  # fewer cases are too few to say
LEAST_GROUP = 5  # people or cases; figures of a smaller group might point at someone and are hidden
WIDEST = 3.0  # a positive figure whose high end is more than so many times its low end is too wide to say
SURE = 0.90  # chance of "cheaper and happier" from which a saving of service is claimed
WINDOWS = {"1m": 1, "3m": 3, "12m": 12}  # months; a figure widens from the first to the last


class Class(StrEnum):
    """What a measure is about; decides where it may stand."""

    ACTIVITY = "activity"
    EFFICIENCY = "efficiency"
    EFFECTIVENESS = "effectiveness"
    BUSINESS = "business"


@dataclass(frozen=True)
class Measure:
    """A measure: its id, unit, class, which way is better ('higher', 'lower' or '') and the version of its definition."""

    id: str
    unit: Unit
    metric_class: Class
    better: str
    version: str = "1"

    def label(self, language: str) -> str:
        """Its name for a reader."""
        return texts.say(f"metrics.{self.id}.label", language)

    def formula(self, language: str) -> str:
        """Its formula in words, for the glossary."""
        return texts.say(f"metrics.{self.id}.formula", language)


@dataclass(frozen=True)
class Ratio(Measure):
    """A measure that is a sum over a sum of two columns of one frame."""

    numerator: str = ""
    denominator: str = ""

    def of(self, frame: pd.DataFrame) -> float | None:
        """Sum over sum; None where the denominator is 0 (a page writes "none")."""
        below = float(frame[self.denominator].sum())
        return float(frame[self.numerator].sum()) / below if below else None

    def by(self, frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
        """Per group: both sums and the value (missing where the denominator is 0). Grain: one row per group, sorted."""
        sums = (
            frame.groupby(list(keys), sort=True, observed=True)[[self.numerator, self.denominator]].sum().reset_index()
        )
        below = sums[self.denominator].astype(float)
        sums["value"] = sums[self.numerator].astype(float) / below.where(below != 0)
        return sums


def _lines() -> tuple[Measure, ...]:
    b, f, e, a = Class.BUSINESS, Class.EFFECTIVENESS, Class.EFFICIENCY, Class.ACTIVITY
    return (
        Measure("programme_cost", Unit.MONEY, b, "lower"),
        Measure("new_customers", Unit.COUNT, b, "higher"),
        Ratio("cac", Unit.MONEY_PER_CUSTOMER, b, "lower", numerator="cost", denominator="customers"),
        Ratio("initial_purchase_rate", Unit.SHARE, b, "higher", numerator="bought", denominator="prospects"),
        Ratio("aov", Unit.MONEY_PER_ORDER, b, "higher", numerator="net", denominator="orders"),
        Ratio("retention", Unit.SHARE, b, "higher", numerator="retained", denominator="persons"),
        Ratio("cohort_retention", Unit.SHARE, b, "higher", numerator="retained", denominator="at_risk"),
        Measure("second_order", Unit.SHARE, b, "higher"),
        Ratio("same_customer_revenue", Unit.SHARE, b, "higher", numerator="net_now", denominator="net_then"),
        Ratio("renewal", Unit.SHARE, b, "higher", numerator="kept", denominator="due"),
        Ratio("repurchase", Unit.SHARE, b, "higher", numerator="repeat_buyers", denominator="buyers"),
        Ratio("penetration", Unit.SHARE, b, "higher", numerator="owners", denominator="active"),
        Measure("net_sales", Unit.MONEY, b, "higher"),
        Measure("sales_count", Unit.COUNT, b, "higher"),
        Measure("revenue_seen", Unit.MONEY, b, "higher"),
        Measure("revenue_touched", Unit.MONEY, b, "higher"),
        Measure("revenue_caused", Unit.MONEY, b, "higher"),
        Measure("reconciliation", Unit.SHARE, b, "lower"),
        Measure("set_aside", Unit.MONEY, b, "lower"),
        Measure("acquired_revenue", Unit.MONEY, b, "higher"),
        Ratio("cost_per_resolution", Unit.MONEY_PER_ISSUE, b, "lower", numerator="cost", denominator="resolved"),
        Ratio("csat", Unit.SHARE, f, "higher", numerator="satisfied", denominator="answers"),
        Ratio("effort", Unit.SHARE, f, "higher", numerator="easy", denominator="answers"),
        Ratio(
            "first_contact_resolution", Unit.SHARE, f, "higher", numerator="at_first_contact", denominator="resolved"
        ),
        Measure("trust", Unit.SCORE, f, "higher"),
        Measure("loyalty", Unit.SCORE, f, "higher"),
        Measure("cheaper_and_happier", Unit.PROBABILITY, b, "higher"),
        Ratio("call_load", Unit.RATE_PER_1000, b, "lower", numerator="calls", denominator="customers"),
        Ratio("response_rate", Unit.SHARE, e, "higher", numerator="answers", denominator="offered"),
        Measure("first_reply_hours", Unit.HOURS, e, "lower"),
        Measure("resolution_hours", Unit.HOURS, e, "lower"),
        Ratio("calls_per_hour", Unit.RATIO, e, "higher", numerator="answered", denominator="hours"),
        Measure("touchpoints", Unit.PER_PERSON, e, ""),
        Measure("calls_not_made", Unit.COUNT, b, "higher"),
        Measure("service_saving", Unit.MONEY, b, "higher"),
        Measure("before_after", Unit.MONEY, b, "higher"),
        Measure("follower_spend", Unit.MONEY_PER_PERSON, b, ""),
        Measure("referral_value", Unit.MONEY_PER_REFERRER, b, "higher"),
        Measure("test_effect", Unit.MONEY_PER_PERSON, b, "higher"),
        Measure("test_orders", Unit.PER_PERSON, b, "higher"),
        Measure("test_conversion", Unit.POINTS, b, "higher"),
        Measure("user_gap", Unit.MONEY_PER_PERSON, b, ""),
        Measure("top_share", Unit.SHARE, b, ""),
        Measure("ltv", Unit.MONEY_PER_CUSTOMER, b, "higher"),
        Measure("ltv_cac", Unit.RATIO, b, "higher"),
        Measure("payback", Unit.MONTHS, b, "lower"),
        Measure("programme_roi", Unit.RATIO, b, "higher"),
        Measure("marginal_roi", Unit.RATIO, b, "higher"),
        Measure("promise_kept", Unit.SHARE, b, "higher"),
        Measure("traceability", Unit.SHARE, b, "higher"),
        Measure("match_precision", Unit.SHARE, b, "higher"),
        Measure("match_recall", Unit.SHARE, b, "higher"),
        Measure("likes", Unit.COUNT, a, ""),
        Measure("followers", Unit.COUNT, a, ""),
        Measure("reach", Unit.COUNT, a, ""),
        Measure("impressions", Unit.COUNT, a, ""),
        Measure("views", Unit.COUNT, a, ""),
    )


MEASURES: dict[str, Measure] = {m.id: m for m in _lines()}
# Tables without which a figure is still printed, but says something else: two months that do not have them alike are not compared.
COSTED = ("spend", "costs")
INPUTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("programme_cost", "cac", "ltv_cac", "payback", "programme_roi"), COSTED),
    "cost_per_resolution": ("costs", "cases"),
    "cheaper_and_happier": ("costs", "cases", "surveys"),
    "service_saving": ("costs", "cases", "phone_load"),
    "calls_not_made": ("cases", "phone_load"),
    "call_load": ("phone_load",),
    **dict.fromkeys(("csat", "effort", "trust", "loyalty"), ("surveys",)),
    **dict.fromkeys(("revenue_seen", "revenue_touched", "acquired_revenue"), ("touches",)),
}


def measure(measure_id: str) -> Measure:
    """The measure; an unknown id is told with those that exist."""
    if measure_id not in MEASURES:
        raise KeyError(
            f"no measure has the id {measure_id!r}. Known: {', '.join(MEASURES)}. Measures stand in scrm_helpers/metrics.py."
        )
    return MEASURES[measure_id]


def guard_board(measure_id: str, *, block: str = "board") -> None:
    """Raises MetricClassError where a measure may not stand on the board page (`block='service'` also takes effectiveness)."""
    kind = measure(measure_id).metric_class
    allowed = {Class.BUSINESS, Class.EFFECTIVENESS} if block == "service" else {Class.BUSINESS}
    if kind not in allowed:
        raise MetricClassError(
            f"{measure_id} is of class {kind}: it came for the {block} block, which takes {', '.join(sorted(allowed))} alone. "
            "Likes, followers, reach and the like belong to the team page."
        )


def too_few(estimate: Estimate | None, *, least_n: int = LEAST_N, widest: float = WIDEST) -> bool:
    """Whether a figure is too few to say: fewer than `least_n` cases, or a positive range with high/low above `widest`."""
    if estimate is None or estimate.value is None or estimate.n < least_n:
        return True
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return True
    return bool(estimate.value > 0 and low > 0 and high / low > widest)


def widened(
    by_window: dict[str, Estimate | None], *, least_n: int = LEAST_N, widest: float = WIDEST
) -> tuple[str, Estimate | None, bool]:
    """The first window, narrow to wide, whose figure is enough; else the widest one. Gives window, figure, enough or not."""
    ordered = sorted(by_window, key=lambda w: WINDOWS[w])
    for window in ordered:
        if not too_few(by_window[window], least_n=least_n, widest=widest):
            return window, by_window[window], True
    return ordered[-1], by_window[ordered[-1]], False


def without_small(rows: pd.DataFrame, *, by: str, figures: list[str], least: int = LEAST_GROUP) -> pd.DataFrame:
    """Rows whose `figures` are blank where `by` counts 1 to `least` - 1 people or cases. Grain: as given."""
    return rows.assign(**{c: rows[c].mask(rows[by].between(1, least - 1)) for c in figures})


def without_few(rows: pd.DataFrame, *, by: str, figures: list[str], least: int = LEAST_N) -> pd.DataFrame:
    """Rows whose `figures` are blank where `by` counts fewer than `least` cases; there `state` is 'too_few', else ''. Grain: as given."""
    few = (rows[by].astype(float).fillna(0) < least).astype(bool)
    return rows.assign(**{c: rows[c].mask(few) for c in figures}, state=few.map({True: "too_few", False: ""}).astype(object))


def of_programme(ledger: pd.DataFrame) -> pd.Series:
    """Whether each row of the cost ledger is the programme's own: spent on a social channel, or on serving customers on one.

    Staff and tools of social service stand in the cost sheet under no single platform; their contact channel says where they work.
    """
    return is_social(ledger["source"]) | (ledger["contact_channel"] == "social")


def is_social(source: pd.Series) -> pd.Series:
    """Whether each source is a social one."""
    return source.isin(SOCIAL)
