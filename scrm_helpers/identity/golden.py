"""The golden record: the best value of each field of a person, and the system it came from."""

import numpy as np
import pandas as pd

from scrm_helpers.folding import numbered

NOWHERE = -1  # in place of a row
OPEN = ("city", "region", "birth_year", "gender")
PERSONAL = ("first_name", "last_name", "company_name", "email", "phone", "address")
KEYED = ("first", "last", "company", "email_address", "phone")  # personal fields that are compared by their key


def golden(accounts: pd.DataFrame, records: pd.DataFrame, person: pd.Series, kind: pd.Series) -> pd.DataFrame:
    """Grain: one row per person. The value that most records have; of as many, the one written last.

    `records` (normalised) and `person` (a Series by account_id) cover all of `accounts`; `kind` is by person. `source` is the
    earliest one that any system recorded, unknown left aside. Contacts that cannot stand for the person are never chosen.
    """
    rows = accounts.assign(person_id=accounts.account_id.map(person)).sort_values(
        ["created_at", "account_id"], na_position="first"
    )
    rows = rows.merge(records[["account_id", "first", "last", "company", "email_address", "email_state", "phone", "phone_state"]],
                      on="account_id", suffixes=("", "_key"))  # fmt: skip
    values = {c: rows[c] for c in OPEN} | {
        "first_name": rows.first_name.where(rows["first"].notna() & (rows["first"].str.len() > 1)), "last_name": rows.last_name,
        "company_name": rows.company_name, "email": rows.email_address.where(rows.email_state.isin(("person", "role"))),
        "phone": rows.phone_key.where(rows.phone_state.isin(("mobile", "fixed", "unconfirmed"))), "address": rows.address,
    }  # fmt: skip
    place, people = pd.factorize(rows.person_id, sort=True)
    systems, names = pd.factorize(rows.system)
    out = pd.DataFrame({"person_id": people})
    origins = []
    for field, value in values.items():
        best = _most_used(place, value, len(people))
        out[field] = _at(best, value)
        origins.append((field, best))
    dated = rows[rows.source.notna() & (rows.source != "unknown")].sort_values(["created_at", "account_id"], na_position="last")
    source = np.full(len(people), NOWHERE)
    source[place[dated.index[::-1]]] = dated.index[::-1]  # the first of each person is written last
    out["source"] = _at(source, rows.source).fillna("unknown")
    out["created_at"] = out.person_id.map(rows.groupby("person_id").created_at.min())
    out["kind"] = out.person_id.map(kind)
    out["origins"] = _origins([*origins, ("source", source)], systems, names.tolist())
    return out


def _most_used(person: np.ndarray, value: pd.Series, people: int) -> np.ndarray:
    """The row of the value that most rows of each person (0..people-1) have, NOWHERE where none has one: rows come in the order of
    their age, so the last of equals is the newest."""
    at = np.flatnonzero((value.notna() & value.astype("str").str.strip().ne("")).to_numpy(bool))
    code = pd.factorize(value.iloc[at])[0]
    use = pd.factorize(person[at] * (int(code.max(initial=0)) + 1) + code)[0]
    order = at[np.lexsort((np.bincount(use)[use], person[at]))]
    out = np.full(people, NOWHERE)
    out[person[order]] = order  # the last of each person stays
    return out


def _at(rows: np.ndarray, value: pd.Series) -> pd.Series:
    """The values of `rows`, None where there is none."""
    out = value.to_numpy(dtype=object)[rows]
    out[rows == NOWHERE] = None
    return pd.Series(out, dtype=object)


def _origins(chosen: list[tuple[str, np.ndarray]], system: np.ndarray, names: list[str]) -> list[str]:
    """`field=system` of every field that has a value, in their order; worked out once for each different list."""
    of = np.column_stack([np.where(rows == NOWHERE, NOWHERE, system[rows]) for _, rows in chosen])
    number, first = numbered(*of.T)
    written = [
        " ".join(f"{field}={names[k]}" for (field, _), k in zip(chosen, of[row].tolist(), strict=True) if k != NOWHERE)
        for row in first.tolist()
    ]  # fmt: skip
    return np.array(written, dtype=object)[number].tolist()
