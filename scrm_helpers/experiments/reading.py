"""One test read from assignment to verdict: split first, then the placebo, then the effect, then segments."""

from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales, segmentation
from scrm_helpers.experiments import checks, effects, ratios, users
from scrm_helpers.experiments.units import (
    CONTROL,
    MEASURED,
    METRICS,
    RATIOS,
    Trial,
    assigned,
    moments,
    outcomes,
    registry,
    sale_rows,
)
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Difference, level_at

VERDICTS = ("works", "does_not", "chance", "too_few", "running", "invalid")


class Reading(NamedTuple):
    """What one treatment of one test says. `effects` and `segments` are empty unless the test may speak."""

    trial: Trial
    arm: str
    verdict: str
    split: checks.Split
    placebo: Difference | None
    effects: dict[str, effects.Effect]
    segments: pd.DataFrame
    counts: dict[str, int]  # treated, control, buyers of the smaller arm
    lost: dict[str, int]  # unknown, outside, mixed
    early: effects.Effect | None = None  # of a running test: the effect so far, its range wide enough for every look

    @property
    def worse(self) -> list[str]:
        """The guardrails that broke: measures beside the declared one whose whole range lies below 0 (all ranges hold together)."""
        beside = {m: e.adjusted for m, e in self.effects.items() if m != self.trial.metric}
        return [m for m, found in beside.items() if found.high is not None and found.high < 0]

    @property
    def grade(self) -> str:
        """A where the test was declared before it began, its split was planned and held and the arms were alike before; B without a
        planned split or declared late; D unlike before.
        """
        if self.verdict in ("invalid", "running", "too_few"):
            return ""
        if self.placebo is not None and self.placebo.p is not None and self.placebo.p < checks.ALARM:
            return "D"
        return "A" if self.split.p is not None and not self.trial.late else "B"


def verdict_of(low: float | None, high: float | None) -> str:
    """works: range above 0; does_not: below 0; chance: holds 0. A claim that it works is wrong in at most one in twenty."""
    if low is None or high is None or np.isnan(low) or np.isnan(high):
        return "too_few"
    return "works" if low > 0 else "does_not" if high < 0 else "chance"


def read_test(
    trial: Trial,
    assignments: ir.Table,
    sold: ir.Table,
    persons: ir.Table,
    facts: ir.Table | None,
    *,
    as_of: date,
    level: float = LEVEL,
) -> list[Reading]:
    """The readings of a test, one per treatment. `sold`: `sale_rows` of the test's units; `facts`: person frame as of the test's first
    day (None without segments)."""
    units, lost = assigned(assignments, persons, test=trial, as_of=as_of)
    table = outcomes(units, sold, test=trial)
    dimensions = trial.dimensions if trial.unit == "account" and facts is not None else []
    if dimensions:
        groups = segmentation.memberships(facts, dimensions)
        table = table.left_join(groups, table.unit == groups.person_id).drop("person_id")
        table = table.mutate(**{d: table[d].fill_null("unknown") for d in dimensions})
    table = table.cache()
    found = moments(table)
    raw = table.select("unit", "arm", "pre", *METRICS, *dimensions).order_by("unit").to_pandas()
    return read_rows(trial, raw, found, dimensions, lost=lost, level=level)


def read_rows(
    trial: Trial, raw: pd.DataFrame, found: pd.DataFrame, dimensions: list[str], *, lost: dict[str, int], level: float = LEVEL
) -> list[Reading]:
    """The readings of a test from its units (`raw`: arm, pre, metrics, a column per dimension) and their moments by arm.

    Where months ended before its stop date, each was a chance to stop it: the range is wide enough for all those looks.
    """
    arms = [arm for arm in found["arm"] if arm != CONTROL]
    split = checks.split_check(raw, planned=trial.planned, dimensions=dimensions)
    level = 1 - (1 - level) / max(1, len(arms))  # several treatments share the doubt
    if len(trial.looks) > 1 or not trial.finished:
        level = level_at(trial.looks, level)
    return [_one(trial, arm, found, raw, split, dimensions, lost, level) for arm in arms] or [
        _empty(trial, split, lost, found)
    ]


def _empty(trial, split, lost, found) -> Reading:
    n = int(found["n"].sum()) if len(found) else 0
    return Reading(
        trial, "", "too_few", split, None, {}, pd.DataFrame(), {"treated": 0, "control": n, "buyers": 0}, lost
    )


def _one(trial, arm, found, raw, split, dimensions, lost, level) -> Reading:
    by = found.set_index("arm")
    has_control = CONTROL in by.index
    counts = {
        "treated": int(by.loc[arm, "n"]),
        "control": int(by.loc[CONTROL, "n"]) if has_control else 0,
        "buyers": effects.buyers_expected(found, arm) if has_control else 0,
    }

    def bare(verdict: str, placebo=None, early=None) -> Reading:
        return Reading(trial, arm, verdict, split, placebo, {}, pd.DataFrame(), counts, lost, early)

    if split.broken or not has_control:
        return bare("invalid")
    placebo = checks.balance(found, arm, level=level)
    few = effects.too_few(found, arm, unit=trial.unit)
    if not trial.finished:
        return bare("running", placebo, None if few else effects.overall(found, raw, arm, trial.metric, level=level))
    if few:
        return bare("too_few", placebo)
    parts = len(dimensions) + 1  # segments of each dimension and the other metrics share one family's doubt
    others = [m for m in MEASURED if m != trial.metric and not (trial.unit == "store" and m == "conversion")]
    result = {trial.metric: effects.overall(found, raw, arm, trial.metric, level=level)}
    for m in others:
        read = ratios.ratio if m in RATIOS else effects.overall
        result[m] = read(found, raw, arm, m, level=1 - (1 - level) / parts / len(others))
    result = {m: effect for m, effect in result.items() if effect is not None}
    segments = pd.DataFrame()
    if dimensions:
        slope = 0.0 if trial.metric == "conversion" else effects.theta(found, arm, trial.metric)
        segments = effects.by_segment(
            raw, arm, trial.metric, dimensions, slope=slope, level=1 - (1 - level) * len(dimensions) / parts
        )
    adjusted = result[trial.metric].adjusted
    return Reading(trial, arm, verdict_of(adjusted.low, adjusted.high), split, placebo, result, segments, counts, lost)


def tested_gaps(readings: list[Reading]) -> pd.DataFrame:
    """The table `tested_gaps`: every metric overall, the declared metric by segment; no figure where the test may not speak."""
    rows = []
    for r in readings:
        head = {
            "experiment_id": r.trial.id,
            "name": r.trial.name,
            "arm": r.arm,
            "channel": r.trial.channel,
            "starts_on": r.trial.first,
            "stops_on": r.trial.stop,
        }
        whole = {
            "segment": "all",
            "level_of": "all",
            "n_control": r.counts["control"],
            "n_treated": r.counts["treated"],
        }
        if not r.effects:
            rows.append(head | whole | {"metric": r.trial.metric, "verdict": r.verdict, "grade": r.grade})
        for metric, effect in r.effects.items():
            a = effect.adjusted
            rows.append(
                head
                | whole
                | {
                    "metric": metric,
                    "value": a.value,
                    "low": a.low,
                    "high": a.high,
                    "control": effect.control,
                    "visible": effect.visible,
                    "verdict": verdict_of(a.low, a.high),
                    "grade": r.grade,
                    "method": a.method,
                }
            )
        for row in r.segments.to_dict("records"):
            named = {k: row[k] for k in ("segment", "level_of", "n_control", "n_treated", "value", "low", "high")}
            rows.append(
                head
                | named
                | {
                    "metric": r.trial.metric,
                    "verdict": verdict_of(row["low"], row["high"]),
                    "grade": r.grade,
                    "method": "studentised permutation, Sidak over segments",
                }
            )
    columns = [
        "experiment_id",
        "name",
        "arm",
        "channel",
        "starts_on",
        "stops_on",
        "metric",
        "segment",
        "level_of",
        "n_control",
        "n_treated",
        "control",
        "value",
        "low",
        "high",
        "visible",
        "verdict",
        "grade",
        "method",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"n_control": "int64", "n_treated": "int64"})


def differing(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments in which the effect differs from that in all others: a difference tested as a difference."""
    if segments.empty:
        return segments
    return segments[(segments["rest_low"] > 0) | (segments["rest_high"] < 0)]


def read_all(
    experiments: pd.DataFrame,
    assignments: ir.Table,
    orders: ir.Table,
    persons: ir.Table,
    golden: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    customers: ir.Table,
    *,
    as_of: date,
    level: float = LEVEL,
    sold: ir.Table | None = None,
    consumers: sales.Consumers | None = None,
) -> list[Reading]:
    """Every declared test that has begun, in order of id; segments as of each test's own first day.

    `sold`: `sale_rows` of persons, `consumers`: `sales.consumers` before `as_of`, where they are at hand.
    """
    out, of = [], {} if sold is None else {False: sold}
    for trial in registry(experiments, as_of=as_of):
        facts = None
        if trial.dimensions and trial.unit == "account":
            facts = segmentation.facts(
                orders, persons, golden, order_lines, products, as_of=trial.first, customers=customers,
                categories="category" in trial.dimensions, sold=None if consumers is None else consumers.before(trial.first),
            )  # fmt: skip
        stores = trial.unit == "store"
        if stores not in of:
            of[stores] = sale_rows(orders, persons, as_of=as_of, stores=stores).cache()  # the tests ask of the same
        out += read_test(trial, assignments, of[stores], persons, facts, as_of=as_of, level=level)
    return out


class Study(NamedTuple):
    """All that 07 computes."""

    readings: list[Reading]
    gaps: pd.DataFrame  # the table `tested_gaps`
    users: users.UserGap | None
    declared: bool  # whether the registry holds a test at all


def study(read, *, as_of: date, window: int, level: float = LEVEL) -> Study:
    """Reads every declared test and sets social users against others. `read` gives a contract table by name."""
    names = ("assignments", "orders", "persons", "golden", "order_lines", "products", "customers")
    registered = read("experiments").to_pandas()
    orders, persons = read("orders"), read("persons")
    consumers = sales.consumers(orders.filter(orders.ordered_on < as_of), persons).cache()
    sold = sale_rows(orders, persons, as_of=as_of, consumers=consumers).cache()  # what the tests and the users are both read from
    readings = read_all(registered, *[read(name) for name in names], as_of=as_of, level=level, sold=sold, consumers=consumers)
    people = [
        read(name) for name in ("orders", "persons", "golden", "order_lines", "products", "touches", "cases", "follows")
    ]
    return Study(
        readings,
        tested_gaps(readings),
        users.gap(*people, as_of=as_of, window=window, level=level, sold=sold, consumers=consumers),
        len(registered) > 0,
    )
