"""Ids that stay: a person keeps the number that it was once given, whatever the matching finds later.

A number is a keyed draw for the first record of a new person and the period that met it: the same month run twice gives the same
numbers, and nobody without the key can get from a number to a record or back. It has fifteen digits, which a spreadsheet keeps.
"""

import hashlib
import hmac
from typing import NamedTuple

import numpy as np
import pandas as pd

LEAST_ID, IDS = 10**14, 9 * 10**14  # fifteen digits, below 10^15


class Assigned(NamedTuple):
    """`person` of each record, the registry to keep, and what merged or split in this run."""

    person: np.ndarray
    registry: pd.DataFrame
    log: pd.DataFrame


def assign(account: np.ndarray, label: np.ndarray, before: pd.DataFrame, *, period: str, as_of, key: bytes) -> Assigned:
    """Gives every cluster a person id.

    `account` and `label`: id and cluster of each record; `before`: the registry of an earlier period (account_id, person_id,
    first_period). The person that was seen first lives on in a merge; in a split it stays with most of its records. Records that
    this month lacks keep their person, or go with it where it merged.
    """
    rows = pd.DataFrame({"account_id": account, "label": label})
    known = rows.merge(before[["account_id", "person_id"]], on="account_id", how="inner")
    age = before.groupby("person_id").first_period.min()
    kept = _claims(known, age)
    person = rows.label.map(kept)
    fresh = rows.loc[person.isna()].groupby("label").account_id.min()
    taken = set(before.person_id.tolist())
    made = {}
    for cluster, first in fresh.items():
        made[cluster] = _new(int(first), period, key, taken)
        taken.add(made[cluster])
    rows["person_id"] = person.fillna(rows.label.map(made)).astype("int64")
    log = _log(known.assign(now=known.label.map(dict(zip(rows.label, rows.person_id, strict=True)))), period, as_of)
    return Assigned(rows.person_id.to_numpy(), _registry(rows, before, log, period), log)


def identifiers(
    label: np.ndarray, person: np.ndarray, account: np.ndarray, *, period: str, key: bytes, draw: int, taken: set[int]
) -> np.ndarray:
    """Person ids of a plausible map: a cluster takes the id that most of its records have in the best map; the rest get new ones."""
    rows = pd.DataFrame({"label": label, "person_id": person, "account_id": account})
    kept = _claims(rows, pd.Series("", index=pd.unique(person)))
    out = rows.label.map(kept)
    fresh = rows.loc[out.isna()].groupby("label").account_id.min()
    made = {cluster: _new(int(first), f"{period}#{draw}", key, taken) for cluster, first in fresh.items()}
    return out.fillna(rows.label.map(made)).astype("int64").to_numpy()


def _claims(known: pd.DataFrame, age: pd.Series) -> dict:
    """Which cluster keeps which old id, one to one: older ids choose first, and go where most of their records are."""
    if known.empty:
        return {}
    claims = (
        known.groupby(["person_id", "label"])
        .agg(records=("account_id", "size"), first=("account_id", "min"))
        .reset_index()
    )
    claims["age"] = claims.person_id.map(age).fillna("")
    claims = claims.sort_values(["age", "records", "first"], ascending=[True, False, True])
    kept, used = {}, set()
    for person, cluster in zip(claims.person_id.tolist(), claims.label.tolist(), strict=True):
        if cluster not in kept and person not in used:
            kept[cluster] = person
            used.add(person)
    return kept


def _new(account: int, period: str, key: bytes, taken: set[int]) -> int:
    """A number for a new person; the next one where chance gives a number twice."""
    for turn in range(1000):
        digest = hmac.new(key, f"{period}|{account}|{turn}".encode(), hashlib.sha256).digest()
        number = LEAST_ID + int.from_bytes(digest[:8], "big") % IDS
        if number not in taken:
            return number
    raise RuntimeError(
        "registry: 1000 numbers in turn were taken; expected a free one. Is the key the one of this workspace?"
    )


def _log(known: pd.DataFrame, period: str, as_of) -> pd.DataFrame:
    """A merge per old person that ended in another one while its own number lives nowhere; a split per person that came out of another."""
    moved = known[known.person_id != known.now][["person_id", "now"]].drop_duplicates()
    alive = set(known.now.tolist())
    moved["event"] = np.where(moved.person_id.isin(alive), "split", "merge")
    out = pd.DataFrame({
        "period": period, "event": moved.event, "person_id": moved.person_id.astype("int64"),
        "into_person_id": moved.now.astype("int64"), "on": as_of,
    })  # fmt: skip
    return out.sort_values(["event", "person_id", "into_person_id"], ignore_index=True)


def _registry(rows: pd.DataFrame, before: pd.DataFrame, log: pd.DataFrame, period: str) -> pd.DataFrame:
    first = before.set_index("account_id").first_period
    now = pd.DataFrame(
        {
            "account_id": rows.account_id,
            "person_id": rows.person_id,
            "first_period": rows.account_id.map(first).astype(object).fillna(period),
        }
    )
    absent = before[~before.account_id.isin(rows.account_id)][["account_id", "person_id", "first_period"]]
    merged = log[log.event == "merge"].drop_duplicates("person_id").set_index("person_id").into_person_id
    absent = absent.assign(person_id=absent.person_id.map(merged).fillna(absent.person_id).astype("int64"))
    out = pd.concat([now, absent], ignore_index=True)
    return out.astype({"account_id": "int64", "person_id": "int64", "first_period": "str"}).sort_values(
        "account_id", ignore_index=True
    )
