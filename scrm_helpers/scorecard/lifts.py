"""Campaigns against the truth: does the range hold the lift that really came, and is the campaign without lift left alone."""

import pandas as pd

from scrm_helpers.scorecard.rows import EXACT, Row
from scrm_helpers.scorecard.truth import Said, Truth
from scrm_helpers.units import Unit

PART = "campaigns"


def true_lifts(truth: Truth) -> pd.Series:
    """Extra net sales over those that would have come anyway, where the campaign ran (of a mailing: of its recipients). By campaign."""
    planted = truth.table("campaigns").set_index("campaign_id")
    lift = planted["extra_net"] / planted["base_net"]
    for campaign in planted.index[planted["base_net"].isna()]:
        row, sent = planted.loc[campaign], f"sent_{campaign}"
        if sent not in truth.people:
            continue
        mine = truth.people.index[truth.people[sent].astype(bool)]
        during = truth.orders[truth.orders["day"].between(pd.Timestamp(row["from_on"]), pd.Timestamp(row["to_on"]))]
        during = during[during["person_id"].isin(mine)]
        own = during["caused_by"] == campaign
        base = during.loc[~own, "net"].sum()
        lift[campaign] = during.loc[own, "net"].sum() / base if base else float("nan")
    return lift


def rows(said: Said, truth: Truth) -> list[Row]:
    """A line per campaign of the calendar, and one that counts false alarms on campaigns without any lift."""
    lifts, planted = said.frame("campaign_lifts"), truth.table("campaigns").set_index("campaign_id")
    true, out, alarms, nulls = true_lifts(truth), [], 0, 0
    for row in lifts.sort_values("campaign_id").itertuples():
        judged = row.state == "ok" and pd.notna(row.lift)
        ends = (row.lift, row.low, row.high) if judged else (None, None, None)
        known = row.campaign_id in planted.index
        note = "" if judged else f"lift_{row.state}"
        lift = float(true[row.campaign_id]) if known and pd.notna(true[row.campaign_id]) else None
        out.append(Row(PART, f"lift_{row.design}", Unit.SHARE.value, *ends, lift, note=note, name=row.campaign, window="all"))
        if judged and known and planted.at[row.campaign_id, "lift"] == 0:
            nulls += 1
            alarms += int(not row.low <= 0 <= row.high)
    if nulls:
        count = {"range_kind": EXACT, "aligned": False, "note": "false_alarms", "window": "all"}
        out.append(Row(PART, "false_alarms", Unit.COUNT.value, float(alarms), None, None, 0.0, **count))
    return out
