"""Who the customers are at the end of a period, what followers spend, what referrals leave, and which offer to test next."""

from scrm_helpers.audiences.followers import FollowerSpend, follower_spend
from scrm_helpers.audiences.groups import demographics, people, places, segments, suppress, top_spenders
from scrm_helpers.audiences.offers import Offer, next_offer
from scrm_helpers.audiences.referrals import Referrals, fate_table, net_value, referral_rows, shown_codes
from scrm_helpers.audiences.study import Study, findings_of, study
from scrm_helpers.audiences.words import (
    CODE_UNITS,
    FATE_UNITS,
    MONEY3,
    PAIR_UNITS,
    PLACE_UNITS,
    SEGMENT_UNITS,
    TRAIT_UNITS,
    SegmentDrawing,
    balance_table,
    followers_table,
    places_table,
)

__all__ = [
    "CODE_UNITS",
    "FATE_UNITS",
    "MONEY3",
    "PAIR_UNITS",
    "PLACE_UNITS",
    "SEGMENT_UNITS",
    "TRAIT_UNITS",
    "FollowerSpend",
    "Offer",
    "Referrals",
    "SegmentDrawing",
    "Study",
    "balance_table",
    "demographics",
    "fate_table",
    "findings_of",
    "follower_spend",
    "followers_table",
    "net_value",
    "next_offer",
    "people",
    "places",
    "places_table",
    "referral_rows",
    "segments",
    "shown_codes",
    "study",
    "suppress",
    "top_spenders",
]
