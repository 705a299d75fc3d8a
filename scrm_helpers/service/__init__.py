"""Service: issues from linked contacts, what they cost, how customers found it, and what happens around a contact."""

from scrm_helpers.service import answer
from scrm_helpers.service.costs import cost_table, same_mix
from scrm_helpers.service.effects import Effects, coverage, effects_of
from scrm_helpers.service.issues import Service, service_of
from scrm_helpers.service.measured import judged_window, measured_by_window
from scrm_helpers.service.satisfaction import effectiveness, efficiency
from scrm_helpers.service.shown import Shown, shown_of

__all__ = [
    "Service",
    "Effects",
    "Shown",
    "answer",
    "cost_table",
    "coverage",
    "effectiveness",
    "effects_of",
    "efficiency",
    "judged_window",
    "measured_by_window",
    "same_mix",
    "service_of",
    "shown_of",
]
