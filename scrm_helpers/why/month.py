"""A published month as `why` reads it: its tables, its findings, the values it was run with, and its decision."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from scrm_helpers import findings, goals, metrics, periods, prices
from scrm_helpers.errors import ToldError
from scrm_helpers.findings import Finding
from scrm_helpers.run import publish
from scrm_helpers.store import Store, settings_of, sightings, to_frame
from scrm_helpers.store.closings import read_showing
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.texts import tell


class Month:
    """One month of one company, any that is kept, as it was published. Raises ValueError where it has no page."""

    def __init__(self, workspace: Workspace, period: str):
        run = publish.current(workspace.outputs, period)
        if run is None:
            raise ToldError(tell("told.period.no_page", period=period, command=workspace.command(f"run --period {period}")))
        self.run: Path = run
        self.workspace, self.period = workspace, period
        self.store, self.settings = Store(workspace, period, published=True), settings_of(workspace)
        self.kept: dict = {}  # what one answer counted and another needs too

    @cached_property
    def found(self) -> dict[str, Finding]:
        """Findings by id."""
        return findings.from_frame(self.store.frame("findings"))

    def value(self, notebook: str, name: str, default):
        """A parameter's value in that run; `default` is what the notebook declares."""
        path = self.run / publish.RUN_FILE
        given = json.loads(path.read_text(encoding="utf-8")).get("parameters", {}) if path.is_file() else {}
        return given.get(notebook, {}).get(name, default)

    def past(self, name: str, months: int = 12) -> dict[str, pd.DataFrame]:
        """A small table as earlier months published it, oldest first."""
        kept = (self.store.before(name, back=k) for k in range(months, 0, -1))
        return {period: to_frame(rows) for period, rows in kept if period is not None}

    def factors(self, window: str) -> dict[str, float] | None:
        """Month -> factor of real terms where the rule of the notebooks asks for them in that window; else None."""
        index = prices.index_of(self.store.frame("rates"), self.period)
        year = prices.factors_for(index, 12, periods.shift(self.period, -11), self.period)
        return year if year and prices.needed(index, metrics.WINDOWS.get(window, 12)) else None

    @cached_property
    def decision(self) -> goals.Decision:
        """What notebook 09 decided, decided again from the same tables."""
        read, frame = self.store.read, self.store.frame
        first, last = periods.span(self.period, 12)
        tables = goals.Tables(*(frame(name) for name in goals.Tables._fields))
        lines = (read(n) for n in ("orders", "order_lines", "products"))
        margin = goals.margin_share(*lines, frame("margins"), read("persons"), first=first, last=last)
        said: Mapping[str, Finding] = {i: f for i, f in self.found.items() if f.notebook != "09_board"}
        return goals.decide(
            said, self.earlier, tables, period=self.period, margin=margin, sold=goals.sold(read("orders"), period=self.period),
            hurdle=float(self.value("09_board", "hurdle", goals.HURDLE)), fiscal_start=self.fiscal_start,
            coverage_past=self.past("coverage", 1), goals_past=self.past("goals", 36),
            seen_on=sightings.before(self.workspace, self.period),
            closings=read_showing(self.run, self.workspace, self.period).closed,
        )  # fmt: skip

    @cached_property
    def earlier(self) -> dict[str, dict[str, Finding]]:
        """Findings of earlier months as they were published."""
        return {month: findings.from_frame(rows) for month, rows in self.past("findings").items()}

    @property
    def fiscal_start(self) -> int:
        """The month that the fiscal year begins with."""
        return int(self.value("09_board", "fiscal_start", 1))
