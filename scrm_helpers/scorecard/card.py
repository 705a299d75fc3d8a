"""The whole score card of one month."""

from typing import NamedTuple

import pandas as pd

from scrm_helpers.scorecard import defects, lifts, links, numbers
from scrm_helpers.scorecard.rows import frame
from scrm_helpers.scorecard.truth import Said, Truth, true_accounts
from scrm_helpers.store.workspace import Workspace


class Card(NamedTuple):
    """`rows`: figures against the truth (see `rows.Row`, with `inside`); `defects`: kind, planted, found."""

    period: str
    rows: pd.DataFrame
    defects: pd.DataFrame

    @property
    def counted(self) -> pd.DataFrame:
        """The lines whose range can be held against a truth of the same meaning."""
        return self.rows[self.rows["aligned"] & self.rows["inside"].notna()]


def score(workspace: Workspace, period: str) -> Card:
    """Compares the month's tables and findings with the truth. WorkspaceError where there is no truth or no run."""
    truth, said = Truth(workspace), Said(workspace, period)
    accounts = true_accounts(said, truth)
    found = [*numbers.rows(said, truth), *links.rows(said, truth, accounts), *lifts.rows(said, truth)]
    return Card(period, frame(found), defects.found(said, truth, accounts))
