"""What every page needs: the findings that may stand on it, and words and numbers in the reader's language."""

import json
from collections.abc import Mapping, Sequence

from scrm_helpers import metrics, texts, units
from scrm_helpers.findings import Finding
from scrm_helpers.goals.inputs import input_words
from scrm_helpers.goals.refused import Refused, came
from scrm_helpers.metrics import MetricClassError
from scrm_helpers.units import Unit


class Told(str):
    """A sentence with the ids of the numbers in it: `python start.py why ID` gives the rows behind each."""

    why: str = ""


def told(text: str, *ids: str) -> Told:
    """The sentence with its ids."""
    out = Told(text)
    out.why = " ".join(ids)
    return out


class Reader:
    """One reader's language and currency, and a guarded way to the findings: `placed` keeps, in order, what a page printed."""

    def __init__(self, found: Mapping[str, Finding], *, language: str, currency: str, refused: Sequence[Refused] = ()):
        self.refused = refused  # files that came and could not be read
        self.found, self.language, self.currency = found, texts.check_language(language), currency
        self.placed: list[str] = []

    def say(self, text_id: str, /, **values: str) -> str:
        """A text of the subject `board`."""
        return texts.say(f"board.{text_id}", self.language, **values)

    def place(self, finding_id: str, *, block: str = "board") -> Finding | None:
        """The finding, noted as printed; None where no notebook said it. Raises MetricClassError where its class may not stand here."""
        finding = self.found.get(finding_id)
        if finding is None:
            return None
        guard(finding, block=block)
        if finding_id not in self.placed:
            self.placed.append(finding_id)
        return finding

    def figure(self, finding_id: str, *, block: str = "board") -> Finding | None:
        """The finding where it carries a figure; None where it is missing, withheld or too few."""
        finding = self.place(finding_id, block=block)
        return finding if finding is not None and finding.state == "ok" and finding.value is not None else None

    def sentences(self, *finding_ids: str, block: str = "board") -> list[str]:
        """The findings' own sentences, of those that there are; one that asks for an input whose file was refused says that too."""
        placed = (self.place(each, block=block) for each in finding_ids)
        return [told(self._whole(f), f.id) for f in placed if f is not None]

    def _whole(self, finding: Finding) -> str:
        files = came(self.refused, finding.missing) if finding.state == "missing" else ""
        said = finding.text(self.language)
        return f"{said} {self.say('came_refused', files=files)}" if files else said

    def write(
        self,
        value: float | None,
        unit: str,
        *,
        low: float | None = None,
        high: float | None = None,
        signed: bool = False,
        scaled: bool = True,
    ) -> str:
        """A number in the reader's form (see units.write)."""
        given = {"low": low, "high": high, "signed": signed, "scaled": scaled}
        return units.write(value, Unit(unit), self.language, currency=self.currency, **given)

    def span(self, low: float | None, high: float | None, unit: str, *, typed: bool = False, with_unit: bool | None = None,
             of: float | None = None) -> str:  # fmt: skip
        """A range in the reader's form; '' where neither end is known. `typed`, `with_unit`, `of` as in units.write_range."""
        if low is None and high is None:
            return ""
        given = {"currency": self.currency, "typed": typed, "with_unit": with_unit, "of": of}
        return units.write_range(low, high, Unit(unit), self.language, **given)

    def share(self, value: float | None) -> str:
        """A share in per cent."""
        return self.write(value, Unit.SHARE)

    def month(self, period: str) -> str:
        """A month."""
        return units.month(period, self.language)

    def short_month(self, period: str) -> str:
        """A month, short enough for the head of a column."""
        return units.short_month(period, self.language)

    def input(self, table: str) -> str:
        """The export that brings a contract table, or what its rows lack, in words; several, with a space between them, joined."""
        return input_words(table, self.language, self.refused)

    def word(self, column: str, value: str) -> str:
        """`words.<column>.<value>`, or the value itself."""
        known = f"words.{column}.{value}"
        return texts.say(known, self.language) if texts.has(known) else str(value)

    def named(self, finding: Finding, *, window: str | None = None) -> str:
        """What a figure is called, with its window: its own name (`figures.<id>`), else that of its measure and of what it is about.

        `window`: another than the figure's own; '' names none. '' where the figure has no name at all.
        """
        own = f"figures.{finding.id}"
        label = texts.say(own, self.language) if texts.has(own) else ""
        if not label and finding.measure:
            about = json.loads(finding.values or "{}").get("name", "")
            label = ", ".join(filter(None, [metrics.measure(finding.measure).label(self.language), str(about)]))
        span = finding.window if window is None else window
        known = label and finding.measure and span in metrics.WINDOWS  # what has no measure is a count of its own, of no window
        if not known:
            return label
        return f"{label}, {self.window(finding) if span == finding.window else self.say(f'window.{span}')}"

    def window(self, finding: Finding) -> str:
        """The window of a figure: '12 months', or '4 of 12 months' where no more of them could be counted."""
        whole = metrics.WINDOWS.get(finding.window, 0)
        covered = json.loads(finding.values or "{}").get("covered")
        if covered is None or covered >= whole:
            return self.say(f"window.{finding.window}")
        return self.say("window_part", n=self.write(covered, Unit.COUNT), of=self.write(whole, Unit.COUNT))

    def heading(self, column: str) -> str:
        """`columns.<name>`."""
        return texts.say(f"columns.{column}", self.language)


RETURNS = ("programme_roi", "marginal_roi")


def printed_in(finding: Finding) -> str:
    """The unit that a figure is printed in: a return stands in per cent on every page, since the hurdle that it is held against does."""
    return str(Unit.SHARE) if finding.measure in RETURNS else finding.unit


def guard(finding: Finding, *, block: str = "board") -> None:
    """Raises MetricClassError where a finding's class, or its measure's, may not stand in the block."""
    allowed = ("business", "effectiveness") if block == "service" else ("business",)
    if finding.metric_class not in allowed:
        raise MetricClassError(
            f"{finding.id} is of class {finding.metric_class}: it came for the {block} block, which takes {', '.join(allowed)} alone. "
            "Figures of activity belong to the team page."
        )
    if finding.measure:
        metrics.guard_board(finding.measure, block=block)
