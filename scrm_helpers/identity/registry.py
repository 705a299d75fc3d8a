"""Ids that stay: a person keeps the number that it was once given, whatever the matching finds later.

A number is a keyed draw for the first record of a new person and the period that met it: the same month run twice gives the same
numbers, and nobody without the key can get from a number to a record or back. It has fifteen digits, which a spreadsheet keeps.
"""

import hmac
from collections.abc import Container
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
    code, labels = pd.factorize(label, sort=True)
    rows = pd.DataFrame({"account_id": account, "code": code})
    known = rows.merge(before[["account_id", "person_id"]], on="account_id", how="inner")
    age = before.groupby("person_id").first_period.min()
    person, kept = _claims(known.person_id.to_numpy(), known.code.to_numpy(), known.account_id.to_numpy(), len(labels), age)
    person[~kept] = _fresh(_first(code, account, len(labels))[~kept], period, key, set(before.person_id.tolist()))
    rows["person_id"] = person[code]
    log = _log(known.assign(now=person[known.code.to_numpy()]), period, as_of)
    return Assigned(rows.person_id.to_numpy(), _registry(rows, before, log, period), log)


def identifiers(
    label: np.ndarray, person: np.ndarray, account: np.ndarray, *, period: str, key: bytes, draw: int, taken: Container[int]
) -> np.ndarray:
    """Person ids of a plausible map: a cluster takes the id that most of its records have in the best map; the rest get new ones."""
    code, labels = pd.factorize(label, sort=True)
    out, kept = _claims(person, code, account, len(labels), pd.Series(dtype="str"))
    first = _first(code, account, len(labels))
    for cluster in np.flatnonzero(~kept).tolist():
        out[cluster] = _new(int(first[cluster]), f"{period}#{draw}", key, taken)
    return out[code]


def strangers(account: np.ndarray, *, period: str, key: bytes, draw: int, taken: Container[int]) -> np.ndarray:
    """A new person id for each of these accounts, in a map of that number."""
    return np.array([_new(one, f"{period}#{draw}", key, taken) for one in account.tolist()], dtype="int64")


def _claims(
    person: np.ndarray, cluster: np.ndarray, account: np.ndarray, clusters: int, age: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Which cluster keeps which old id, one to one: older ids choose first, and go where most of their records are.

    `person`, `cluster` (0..clusters-1) and `account` of each known record; `age` of persons. Gives the id and whether there is one, by
    cluster.
    """
    out, kept = np.zeros(clusters, dtype="int64"), np.zeros(clusters, dtype=bool)
    place, persons = pd.factorize(person)
    claim, claims = pd.factorize(place * clusters + cluster)
    who, where = claims // clusters, claims % clusters
    alone = (np.bincount(who)[who] == 1) & (np.bincount(where)[where] == 1)  # nobody else wants it, and it wants nothing else
    out[where[alone]], kept[where[alone]] = persons[who[alone]], True
    rest = pd.DataFrame({
        "person_id": persons[who], "cluster": where, "records": np.bincount(claim), "first": _first(claim, account, len(claims)),
    })[~alone]  # fmt: skip
    rest["age"] = rest.person_id.map(age).astype(object).fillna("")
    rest = rest.sort_values(["age", "records", "first"], ascending=[True, False, True])
    used = set()
    for one, at in zip(rest.person_id.tolist(), rest.cluster.tolist(), strict=True):
        if not kept[at] and one not in used:
            out[at], kept[at] = one, True
            used.add(one)
    return out, kept


def _first(group: np.ndarray, account: np.ndarray, groups: int) -> np.ndarray:
    """The smallest account of each group."""
    out = np.full(groups, np.iinfo("int64").max)
    np.minimum.at(out, group, account)
    return out


def _fresh(accounts: np.ndarray, period: str, key: bytes, taken: set[int]) -> np.ndarray:
    """A number for each new person, by its first account, in their order: none twice and none of `taken`."""
    begun, digests = hmac.new(key, f"{period}|".encode(), "sha256"), []  # what is the same for all is taken in once
    for account in accounts.tolist():
        one = begun.copy()
        one.update(b"%d|0" % account)
        digests.append(one.digest()[:8])
    out = (np.frombuffer(b"".join(digests), dtype=">u8") % IDS).astype("int64") + LEAST_ID
    if len(pd.unique(out)) == len(out) and taken.isdisjoint(out.tolist() if taken else ()):
        return out
    for k, account in enumerate(accounts.tolist()):
        out[k] = _new(account, period, key, taken)
        taken.add(int(out[k]))
    return out


def _new(account: int, period: str, key: bytes, taken: Container[int]) -> int:
    """A number for a new person; the next one where chance gives a number twice."""
    for turn in range(1000):
        digest = hmac.digest(key, f"{period}|{account}|{turn}".encode(), "sha256")
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
