"""Service: issues from linked contacts, what they cost, how customers found it, and what happens around a contact."""

from scrm_helpers.service import answer
from scrm_helpers.service.costs import cost_table, same_mix
from scrm_helpers.service.issues import Service, service_of
from scrm_helpers.service.measured import judged_window, measured
from scrm_helpers.service.satisfaction import effectiveness, efficiency
from scrm_helpers.service.story import Story, coverage, story
from scrm_helpers.service.view import View, view

__all__ = [
    "Service",
    "Story",
    "View",
    "answer",
    "cost_table",
    "coverage",
    "effectiveness",
    "efficiency",
    "judged_window",
    "measured",
    "same_mix",
    "service_of",
    "story",
    "view",
]
