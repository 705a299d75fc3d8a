"""Who may be spoken to on a channel for a purpose. No recorded consent: nobody; of several statements the most restrictive wins."""

from datetime import date

import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell

CHANNELS = ("email", "sms", "call", "social")
ANY = "any"


def speaks_of(consents: pd.DataFrame, *, channel: str, purpose: str, as_of: date) -> pd.DataFrame:
    """What counts about a channel and a purpose, the newest statement of each source: account_id, status.

    A grant counts when given before `as_of`, a withdrawal on whatever day it came: a list is used after its month has ended.
    One source's later word replaces its earlier one; of two words at the same moment the withdrawal counts. A withdrawal for `any`
    channel or purpose speaks of all of them, and so does a grant.
    """
    if channel not in CHANNELS:
        raise ToldError(tell("told.export.no_channel", came=channel, known=", ".join(CHANNELS)))
    fit = consents["channel"].isin([channel, ANY]) & consents["purpose"].isin([purpose, ANY])
    rows = consents[fit & ((pd.to_datetime(consents["on"]) < pd.Timestamp(as_of)) | (consents["status"] == "withdrawn"))]
    rows = rows.assign(late=(rows["status"] == "withdrawn").astype(int)).sort_values(["at", "late"], kind="stable")
    source = [c for c in ("system",) if c in rows.columns]
    return rows.drop_duplicates(["account_id", *source, "channel", "purpose"], keep="last")[["account_id", "status"]]


def allowed(statements: pd.DataFrame, persons: pd.DataFrame) -> pd.Series:
    """What each person's accounts say together: `granted`, `withdrawn`, or `none` where nothing was recorded. Index: person_id.

    `statements`: as `speaks_of` gives them. `persons`: account_id, person_id. One withdrawal among all records of a person outweighs
    every grant: two systems that disagree are a doubt, and a doubt is no consent.
    """
    joined = persons[["account_id", "person_id"]].merge(statements, on="account_id", how="left")
    said = joined.groupby("person_id")["status"]
    withdrawn = said.agg(lambda s: (s == "withdrawn").any())
    granted = said.agg(lambda s: (s == "granted").any())
    out = pd.Series("none", index=withdrawn.index, dtype=object)
    return out.mask(granted, "granted").mask(withdrawn, "withdrawn")
