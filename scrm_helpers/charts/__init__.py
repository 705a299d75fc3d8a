"""Charts: a tidy pandas frame in, `Drawn(figure, axes, alt)` out. They read no file, sum no measure and show nothing.

Every chart takes `language` and `title` (a finished sentence) by keyword; columns are named by keyword. Words in cells are
`words.<column>.<value>` of `texts`; numbers are written by `units`; `alt` says the same as the picture, from the same data.
"""

from scrm_helpers.charts.bars import columns, funnel, interval_bars, stacked, waterfall
from scrm_helpers.charts.base import Drawn
from scrm_helpers.charts.checks import balance, placebos
from scrm_helpers.charts.lines import event_study, over_time, survival, timeline
from scrm_helpers.charts.maps import cohort_heatmap, coverage_map
from scrm_helpers.charts.places import province_map

__all__ = [
    "Drawn",
    "balance",
    "cohort_heatmap",
    "columns",
    "coverage_map",
    "event_study",
    "funnel",
    "interval_bars",
    "over_time",
    "placebos",
    "province_map",
    "stacked",
    "survival",
    "timeline",
    "waterfall",
]
