"""What may be said about service, as findings: each with its figure, range and count, or with what is missing."""

from scrm_helpers import units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.service.answer.customers import attitude, before_after, exceptions, load, speed, touchpoints
from scrm_helpers.service.answer.money import better, calls_not_made, costs, satisfaction, saving
from scrm_helpers.service.effects import Effects
from scrm_helpers.service.measured import Measured
from scrm_helpers.units import Unit


def everything(context: Context, by_window: dict[str, Measured], told: Effects) -> list[Finding]:
    """All findings of 05_service, in the order in which they are read."""
    return [
        *costs(context, by_window),
        *satisfaction(context, by_window),
        *better(context, by_window),
        calls_not_made(context, told),
        saving(context, told.saving, told.saving_window),
        load(context, told.load_now, told.load, told.gap),
        speed(context, told.speed),
        *(attitude(context, found, question, told.scales[question], told.asked) for question, found in told.attitudes.items()),
        touchpoints(context, told.touchpoints, told.per_customer),
        before_after(context, told.around),
        exceptions(context, told.exceptions),
    ]


def coverage_words(found: dict, language: str) -> dict[str, str]:
    """The counts of the coverage sentence as a reader writes them (`effects.coverage`)."""
    shares = {"known": units.write(found["known"], Unit.SHARE, language)}
    names = {"cases": "cases", "issues": "issues", "resolved": "resolved", "early": "too_early", "open": "open"}
    return {name: units.write(found[key], Unit.COUNT, language) for name, key in names.items()} | shares
