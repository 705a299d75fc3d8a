"""What the notebook shows: frames for its charts and tables, by what an analyst chooses; small groups are not shown by themselves."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.metrics import LEAST_GROUP, LEAST_N, without_few, without_small
from scrm_helpers.service.costs import cost_table
from scrm_helpers.service.effects import Effects
from scrm_helpers.service.issues import Service
from scrm_helpers.service.measured import Measured, judged_window
from scrm_helpers.service.satisfaction import effectiveness, efficiency

FIGURES = ["value", "low", "high"]


class Shown(NamedTuple):
    """Everything that 05 shows. Choices: a window, a type of issue, a measure; the first of each is what the monthly run draws.

    `least`: issues, answers or persons that a group needs to be shown by itself.
    """

    service: Service
    by_window: dict[str, Measured]
    effects: Effects
    phone_load: pd.DataFrame
    least: int = LEAST_GROUP

    @property
    def windows(self) -> list[str]:
        """Windows to choose from; first the one that cheaper and happier are told over."""
        best = judged_window(self.by_window)
        return [best, *(w for w in self.by_window if w != best)]

    @property
    def types(self) -> list[str]:
        """Types of issue to choose from: all, then those with enough resolved issues to say something, the most frequent first."""
        rows = self.by_window[max(self.by_window, key=lambda w: len(self.by_window[w].rows))].rows
        counts = rows[rows["type"] != ""].groupby("type")["resolved"].sum().sort_values(ascending=False, kind="stable")
        return ["all", *counts.index[counts >= LEAST_N]]

    def costs(self, window: str = "", kind_of_issue: str = "all") -> pd.DataFrame:
        """Cost per resolution by the channel on which the issue began (see `costs.cost_table`); figures of too few issues are blank."""
        rows = self.by_window[window or self.windows[0]].rows
        rows = rows if kind_of_issue == "all" else rows[rows["type"] == kind_of_issue]
        return hidden(told(cost_table(rows), "resolved"), ["issues", "resolved"], self.least)

    def effective(self, measure: str = "", window: str = "") -> pd.DataFrame:
        """Satisfaction, ease, resolved at first contact by starting channel: the three, or one of them."""
        made = self.by_window[window or self.windows[0]]
        rows = effectiveness(self.service, made.answers, made.window)
        rows = rows if not measure else rows[rows["measure"] == measure].reset_index(drop=True)
        return hidden(told(rows, "n"), ["n"], self.least)

    def efficient(self, window: str = "") -> pd.DataFrame:
        """Hours until the first reply and the solution, by starting channel."""
        rows = efficiency(self.service, self.phone_load, self.by_window[window or self.windows[0]].window)
        rows = rows[rows["measure"] != "calls_per_hour"].reset_index(drop=True)
        thin = rows["n"] < self.least
        rows.loc[thin, [*FIGURES, "p90"]] = np.nan
        return hidden(rows, ["n", "missing_n"], self.least)

    def calls_per_hour(self) -> pd.DataFrame:
        """Calls answered per hour of staff, of the whole call centre (never of an agent), by window. Grain: one window."""
        rows = []
        for name, made in self.by_window.items():
            found = efficiency(self.service, self.phone_load, made.window)
            rows += [(name, r.value, r.n) for r in found[found["measure"] == "calls_per_hour"].itertuples()]
        return pd.DataFrame(rows, columns=["window", "calls_per_hour", "answered"])

    def load(self) -> pd.DataFrame:
        """Calls per active customer by month, with range."""
        return self.effects.load.dropna(subset="value")

    def around(self, outcome: str = "net") -> pd.DataFrame:
        """Touched minus like others by 15 days around the contact, of an outcome (net, orders, issues): contact_day is the middle."""
        rows = self.effects.around.bins
        return rows[rows["outcome"] == outcome].dropna(subset=FIGURES).rename(columns={"day": "contact_day"})

    def changes(self, outcome: str = "net") -> pd.DataFrame:
        """Change of net, orders or issues around a contact: the touched alone (what misleads), like others, the difference. One row."""
        part = getattr(self.effects.around, outcome)
        gap = part.estimate
        row = (outcome, part.treated, part.others, gap.value, gap.low, gap.high, part.n_matched, part.n_treated)
        names = ["outcome", "touched_change", "others_change", *FIGURES, "n_matched", "n_treated"]
        made = pd.DataFrame([row], columns=names).astype({c: float for c in names[1:6]})
        return without_small(made, by="n_matched", figures=names[1:6], least=self.least)

    def touchpoints(self) -> pd.DataFrame:
        """Contacts per active customer by channel."""
        return hidden(self.effects.touchpoints, ["contacts", "persons", "per_person"], self.least, by="persons")

    def exceptions(self) -> pd.DataFrame:
        """Very bad experiences by reason and channel, of the issues opened in the window (costs count all that were handled in it)."""
        rows = self.effects.exceptions.counts.rename(columns={"issues": "issues_opened"})
        return hidden(rows, ["issues_opened"], self.least)


def told(rows: pd.DataFrame, n: str) -> pd.DataFrame:
    """A table with `state`: figures of fewer than 20 in column `n` are blank, and it says why."""
    return without_few(rows, by=n, figures=FIGURES)


def hidden(rows: pd.DataFrame, counts: list[str], least: int, *, by: str = "") -> pd.DataFrame:
    """Counts of 1 to `least` - 1 are blank, since so few might point at someone; 0 stays 0, and so does money, which must add up.

    With `by`, all of `counts` are blank where that one is so small.
    """
    out = rows.copy()
    for name in counts:
        key = rows[by or name].astype(float)
        out[name] = rows[name].astype(float).where(~((key > 0) & (key < least)))
    return out


def shown_of(
    service: Service, by_window: dict[str, Measured], told: Effects, phone_load: pd.DataFrame, *, least: int = LEAST_GROUP
) -> Shown:
    """What is shown of a month."""
    if least < 1:
        raise ToldError(f"least came as {least}; expected at least 1 issue or person for a group to be shown.")
    return Shown(service, by_window, told, phone_load, least)
