"""Did sales move with the campaigns? One plain table first; then, by what the data allow, extra sales with a range and a grade.

`plain` the table, `credit` seen and touched, `panel` sales by day and store, `regional` stores with against stores without,
`series` one series with its calendar, `households` people on a list against others, `association` spend and sales over time,
`multiplicity` many campaigns at once, `judge` which method answers for each campaign, `answer` the findings.
"""

from scrm_helpers.campaigns.history import history
from scrm_helpers.campaigns.planner import LIFTS
from scrm_helpers.campaigns.rows import Hoped
from scrm_helpers.campaigns.study import LAG_UNITS, UNITS, Study, study

__all__ = ["LAG_UNITS", "LIFTS", "UNITS", "Hoped", "Study", "history", "study"]
