"""What management should decide: verdict, programme ROI, promises kept, what was spent for what, what changed and why.

Everything here takes findings and small tables and gives plain results; nothing reads a file or draws.
"""

from scrm_helpers.goals.bridge import Bridge, bridge, bridge_rows, bridges
from scrm_helpers.goals.compare import Change, MonthState, changes, month_state, restated, rivals
from scrm_helpers.goals.decide import Decision, Tables, decide, is_reconciled
from scrm_helpers.goals.ledger import by_month, declared, entries, rewritten
from scrm_helpers.goals.money import (
    Budget,
    budget_and_spend,
    programme_cost,
    programme_roi,
    spend_by_month,
    spend_by_purpose,
)
from scrm_helpers.goals.promised import latest_promises, promise_kept, promises
from scrm_helpers.goals.returns import proven_saving
from scrm_helpers.goals.said import board_findings
from scrm_helpers.goals.sold import sold
from scrm_helpers.goals.verbs import (
    HURDLE,
    LIMITS,
    Limits,
    Traceability,
    Verdict,
    published,
    test_months,
    traceability,
    verdict,
)
from scrm_helpers.goals.walk import walk
from scrm_helpers.margin import Margin, margin_share
from scrm_helpers.units import Unit

STEPS = dict.fromkeys(
    ("before", "bar_definition", "bar_restated", "bar_mix", "bar_real", "now", "noise_low", "noise_high"), Unit.SCORE
)
PROMISED = dict.fromkeys(("promised_low", "promised_high", "value", "low", "high"), Unit.SCORE) | {"money": Unit.MONEY, "hours": Unit.HOURS}
CHANGED = dict.fromkeys(("old_number", "new_number"), Unit.SCORE)
RETURNS = dict.fromkeys(("value", "low", "high"), Unit.SHARE) | {"n": Unit.COUNT}

ROWS = {"rows_before": Unit.COUNT, "rows_now": Unit.COUNT}

__all__ = [
    "Budget",
    "CHANGED",
    "HURDLE",
    "LIMITS",
    "PROMISED",
    "RETURNS",
    "ROWS",
    "STEPS",
    "Limits",
    "Bridge",
    "Change",
    "Decision",
    "Margin",
    "MonthState",
    "Tables",
    "Traceability",
    "Verdict",
    "board_findings",
    "bridge",
    "bridge_rows",
    "bridges",
    "budget_and_spend",
    "by_month",
    "changes",
    "decide",
    "declared",
    "entries",
    "is_reconciled",
    "latest_promises",
    "margin_share",
    "month_state",
    "programme_cost",
    "programme_roi",
    "promise_kept",
    "promises",
    "proven_saving",
    "published",
    "restated",
    "rewritten",
    "rivals",
    "sold",
    "spend_by_month",
    "spend_by_purpose",
    "test_months",
    "traceability",
    "verdict",
    "walk",
]
