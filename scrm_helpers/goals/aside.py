"""Money in rows that were set aside, as the decision sees it: which data lost so much that a number without it misleads."""

import json
from collections.abc import Mapping

from scrm_helpers.findings import Finding

LOST = ("costs", "spend", "orders")  # in the order of what a manager asks first
COSTS = ("costs", "spend")


def lost(found: Mapping[str, Finding], *, limit: float) -> dict[str, Finding]:
    """By table, the finding of what was set aside, where it is more than `limit` (0-1) of what there would be with it.

    Spend and costs make one cost: their shares add up, and both count where they pass the limit together.
    """
    told = {t: found[f"ingestion.lost_{t}"] for t in LOST if f"ingestion.lost_{t}" in found}
    share = {t: float(json.loads(f.values)["share"] or 0.0) for t, f in told.items()}
    cost = sum(share.get(t, 0.0) for t in COSTS)
    return {t: f for t, f in told.items() if (cost if t in COSTS else share[t]) > limit}
