"""What one more step of spending brings: the marginal return of a declared test whose groups differ in what was spent on them."""

from datetime import date, timedelta
from typing import NamedTuple

from scrm_helpers import findings, periods, tested
from scrm_helpers.experiments.reading import Reading
from scrm_helpers.experiments.words import estimate_of
from scrm_helpers.findings import Context, Finding
from scrm_helpers.margin import Margin, margin_share
from scrm_helpers.stats import Estimate, combine
from scrm_helpers.units import Unit

ID, MEASURE = "experiments.step", "marginal_roi"
MONTHS = 12  # a step that was tested longer ago says nothing of the next one


class Step(NamedTuple):
    """The newest tested step, or what keeps it from speaking (`reason`; '' where it speaks)."""

    reading: Reading
    reason: str = ""  # arms, measure, running, invalid, too_few, unlike or margin
    margin: Margin | None = None
    gained: Estimate | None = None  # extra net sales of the whole treated group, base currency
    returned: Estimate | None = None  # (gained x margin - cost) / cost


def step_of(readings: list[Reading], read, *, as_of: date) -> Step | None:
    """The tested step of social spending; None where no test of the last 12 months declared what its treatment cost.

    The newest finished test that may speak, never the best one; where none may, the newest with its reason. It is judged by spend, as
    declared, and has one treatment. Its extra sales are those of the units counted as treated; its cost is that of all who were
    treated, those left out of the count (staff, firms, accounts of nobody) too, so that the return is rather too low.
    """
    oldest = periods.span(periods.of(as_of - timedelta(days=1)), MONTHS)[0]
    paid = [r for r in readings if r.trial.step_cost and tested.on_social(r.trial.channel) and r.trial.stop >= oldest]
    if not paid:
        return None
    arms = [r.trial.id for r in readings]
    told = [Step(r, _reason(r, arms.count(r.trial.id))) for r in paid]
    newest = max(told, key=lambda s: (not s.reason, s.reading.trial.stop, s.reading.trial.id))
    return newest if newest.reason else _returned(newest.reading, read)


def _reason(r: Reading, arms: int) -> str:
    if arms > 1:
        return "arms"
    if r.trial.metric != "spend":
        return "measure"
    if r.verdict in ("running", "invalid", "too_few"):
        return r.verdict
    return "unlike" if r.grade == "D" else ""


def _returned(r: Reading, read) -> Step:
    parts = [read(name) for name in ("orders", "order_lines", "products")]
    days = {"first": r.trial.first, "last": r.trial.stop + timedelta(days=1)}
    margin = margin_share(*parts, read("margins").to_pandas(), read("persons"), **days)
    effect = estimate_of(r.effects["spend"].adjusted)
    gained = combine([effect], weights=[r.counts["treated"]])._replace(n=effect.n)
    if margin.share is None:
        return Step(r, "margin", margin, gained)
    ends = (None if v is None else v * margin.share / r.trial.step_cost - 1 for v in (gained.value, gained.low, gained.high))
    return Step(r, "", margin, gained, Estimate(*ends, effect.level, effect.n, f"marginal return of a test ({effect.method})"))


def step_findings(context: Context, step: Step | None) -> list[Finding]:
    """The finding `experiments.step`: a return with its range, count and grade, or why there is none. None where nothing was declared."""
    if step is None:
        return []
    trial = step.reading.trial
    named = {"name": trial.name, "cost": (trial.step_cost, Unit.MONEY)}
    if step.reason:
        text_id = f"experiments.step.{step.reason}"
        return [findings.say(context, text_id, id=ID, measure=MEASURE, state="withheld", window="all", values=named)]
    ends = dict(zip(("return", "least", "most"), step.returned[:3], strict=True))
    values = named | {name: (value, Unit.SHARE) for name, value in ends.items()}
    values |= {"gained": (step.gained.value, Unit.MONEY), "margin": (step.margin.share, Unit.SHARE)}
    return [
        findings.say(
            context, "experiments.step.said", id=ID, measure=MEASURE, estimate=step.returned, grade=step.reading.grade, window="all",
            coverage=step.margin.covered, values=values,
        )  # fmt: skip
    ]
