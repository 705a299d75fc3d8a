"""What the tests say, by segment, and social users against others where nobody drew lots."""

from scrm_helpers.experiments.pages import (
    CHECK_UNITS,
    REGISTRY_UNITS,
    USER_UNITS,
    SegmentDrawing,
    balance_table,
    checks_table,
    effect_units,
    effects_table,
    registry_table,
    segment_choices,
    users_table,
)
from scrm_helpers.experiments.reading import (
    Reading,
    Study,
    differing,
    read_all,
    read_test,
    study,
    tested_gaps,
    verdict_of,
)
from scrm_helpers.experiments.step import Step, step_findings, step_of
from scrm_helpers.experiments.units import MEASURED, METRICS, Trial, registry
from scrm_helpers.experiments.users import UserGap, contacts, gap
from scrm_helpers.experiments.words import UNIT, findings_of, user_findings

__all__ = [
    "CHECK_UNITS",
    "MEASURED",
    "METRICS",
    "REGISTRY_UNITS",
    "UNIT",
    "USER_UNITS",
    "Reading",
    "SegmentDrawing",
    "Step",
    "Study",
    "Trial",
    "UserGap",
    "balance_table",
    "checks_table",
    "contacts",
    "differing",
    "effect_units",
    "effects_table",
    "findings_of",
    "gap",
    "read_all",
    "read_test",
    "registry",
    "registry_table",
    "segment_choices",
    "step_findings",
    "step_of",
    "study",
    "tested_gaps",
    "user_findings",
    "users_table",
    "verdict_of",
]
