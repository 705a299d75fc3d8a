"""Who is who, against the truth: links found, links right, persons falsely merged."""

import pandas as pd

from scrm_helpers.identity import quality
from scrm_helpers.scorecard.rows import EXACT, Row, of_finding
from scrm_helpers.scorecard.truth import Said, Truth
from scrm_helpers.units import Unit

PART = "identity"


def rows(said: Said, truth: Truth, accounts: pd.DataFrame) -> list[Row]:
    """Precision and recall of pairs, and how many persons of the run hold two true ones. `accounts`: `truth.true_accounts`."""
    right, caught = quality.agreement(accounts["person_id"].to_numpy(), accounts["true_id"].to_numpy())
    held = accounts.groupby("person_id")["true_id"].nunique()
    merged = accounts[accounts["person_id"].isin(held.index[held > 1])]
    shared = truth.people["shared_contact"].reindex(merged["true_id"]).fillna(False).astype(bool).to_numpy()
    families = merged["person_id"][shared].nunique()
    count = {"range_kind": EXACT, "aligned": False, "window": "all"}
    return [
        of_finding(PART, said.findings.get("identity.precision"), right, id="precision", unit=Unit.SHARE, note="truth_known"),
        of_finding(PART, said.findings.get("identity.recall"), caught, id="recall", unit=Unit.SHARE, note="truth_known"),
        Row(PART, "merged", Unit.COUNT.value, float((held > 1).sum()), None, None, 0.0, note="merged", **count),
        Row(PART, "merged_families", Unit.COUNT.value, float(families), None, None, 0.0, note="merged_families", **count),
    ]
