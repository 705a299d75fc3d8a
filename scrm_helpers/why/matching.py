"""Rows behind how well records were matched to persons."""

from scrm_helpers.findings import Finding
from scrm_helpers.why.behind import Behind, Figure, rows_of
from scrm_helpers.why.month import Month


def quality(m: Month, f: Finding) -> Behind:
    """The table of match quality: by pair of systems, from the model's draws or from reviewed pairs; no row adds up to an expectation."""
    rows = m.store.frame("match_quality")
    name = f.measure.removeprefix("match_")
    mine = rows[rows["measure"].str.startswith(name) | (rows["measure"] == "never_compared")]
    said = mine[(mine["measure"] == name) & (mine["group"] == "all")]
    value = None if said.empty else float(said["value"].iloc[0])
    how = "quality precision" if name == "precision" else "quality recall"
    return Behind(rows_of(mine, "value", "measure and systems"), {"value": Figure(value, f.unit, f.low, f.high, how=how)})
