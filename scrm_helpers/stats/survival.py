"""How long until it happens, when for some it has not happened yet: Kaplan-Meier and the log-rank test."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.stats.checks import LEVEL, as_floats, check_level, check_same_length
from scrm_helpers.stats.counts import clopper_pearson
from scrm_helpers.stats.estimates import normal_quantile

# statsmodels is imported where it is used: it takes longer to load than most calls of this package take to run.


class LogRank(NamedTuple):
    """Log-rank test that all groups share one curve."""

    statistic: float  # chi-squared
    freedom: int
    p: float
    n: int
    method: str


def kaplan_meier(durations, events, *, at=None, level: float = LEVEL, group=None) -> pd.DataFrame:
    """Share still without the event, by group and time.

    `durations`: time from start to event or to the end of observation; `events`: True when the event happened (False:
    right-censored); `at`: the times wanted, None for every time of an event; `group`: a label per row.
    One row per (group,) time: survival, low, high (0-1; log-log range from Greenwood's variance, exact binomial before
    the first event), at_risk (observed up to just before the time), events (up to and including it), n, level.
    After the last observation survival is NaN, unless it has reached 0: a curve is not drawn where nobody is left.
    """
    level = check_level(level)
    durations, events, labels = _columns(durations, events, group)
    parts = []
    for label in sorted(set(labels)):
        rows = labels == label
        part = _curve(durations[rows], events[rows], at, level)
        if group is not None:
            part.insert(0, "group", label)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def logrank(durations, events, groups) -> LogRank:
    """Log-rank test of two or more groups (right-censored)."""
    from statsmodels.duration.survfunc import survdiff

    durations, events, labels = _columns(durations, events, groups)
    names = sorted(set(labels))
    if len(names) < 2:
        raise ToldError(f"groups hold {len(names)} label; expected at least two. One curve has no rival.")
    if not events.any():
        raise ToldError("no event was seen in any group; expected at least one. Say 'too few to say' instead.")
    codes = np.searchsorted(names, labels)
    statistic, p = survdiff(durations, events.astype(int), codes)
    return LogRank(float(np.squeeze(statistic)), len(names) - 1, float(np.squeeze(p)), len(durations), "log-rank")


def _curve(durations: np.ndarray, events: np.ndarray, at, level: float) -> pd.DataFrame:
    if events.any():
        from statsmodels.duration.survfunc import SurvfuncRight

        fit = SurvfuncRight(durations, events.astype(int))
        times, survival = np.asarray(fit.surv_times), np.asarray(fit.surv_prob)
        counts, error = np.asarray(fit.n_events), np.asarray(fit.surv_prob_se)
    else:
        times = survival = counts = error = np.array([])
    low, high = _log_log(survival, error, level)
    wanted = times if at is None else as_floats(at, "at")
    ordered, last = np.sort(durations), durations.max()
    step = np.searchsorted(times, wanted, side="right") - 1  # the last event at or before each wanted time
    at_risk = len(ordered) - np.searchsorted(ordered, wanted, side="left")
    rows = []
    for time, place, left in zip(wanted, step, at_risk, strict=True):
        if place < 0:  # nobody had the event yet among those still seen
            value, bottom, top = 1.0, (clopper_pearson(left, left, level).low if left else math.nan), 1.0
        else:
            value, bottom, top = survival[place], low[place], high[place]
        if time > last and value > 0:
            value = bottom = top = math.nan
        rows.append((time, value, bottom, top, int(left), int(counts[: place + 1].sum())))
    table = pd.DataFrame(rows, columns=["time", "survival", "low", "high", "at_risk", "events"])
    return table.assign(n=len(durations), level=level)


def _log_log(survival: np.ndarray, error: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Range of each step; it stays inside 0 and 1 whatever the number at risk."""
    low, high = np.zeros_like(survival), np.zeros_like(survival)
    inside = (survival > 0) & (survival < 1)
    logs = np.log(survival[inside])
    stretch = np.exp(normal_quantile(level) * error[inside] / survival[inside] / np.abs(logs))
    low[inside], high[inside] = np.exp(logs * stretch), np.exp(logs / stretch)
    for place in np.flatnonzero(survival <= 0):  # the last one seen had the event; the curve only falls
        high[place] = high[place - 1] if place else 1.0
    return low, high


def _columns(durations, events, group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    durations = as_floats(durations, "durations")
    if (durations < 0).any():
        raise ToldError(f"durations hold {durations.min():g}; expected none below 0. An event before its start is a "
                         "fault of the dates: set those rows aside and report them.")
    seen = as_floats(events, "events")
    check_same_length(durations, seen, "durations and events")
    if not np.isin(seen, (0, 1)).all():
        raise ToldError("events hold other values than True and False; expected True where the event was seen. "
                         "Compare the date of the event with as_of.")
    labels = pd.Series(np.zeros(len(durations), dtype=int) if group is None else np.asarray(group))
    check_same_length(labels, durations, "group and durations")
    if labels.isna().any():
        raise ToldError(f"group has {int(labels.isna().sum())} blanks; expected one per row. Name the unknown group.")
    return durations, seen.astype(bool), labels.to_numpy()
