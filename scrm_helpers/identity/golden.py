"""The golden record: the best value of each field of a person, and the system it came from."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from scrm_helpers.folding import coded, filled, numbered

NOWHERE = -1  # in place of a row
OPEN = ("city", "region", "birth_year", "gender")
WRITTEN = ("system", "created_at", "source", *OPEN, "first_name", "last_name", "company_name", "address")  # of accounts
NORMALISED = ("account_id", "first", "email_address", "email_state", "phone", "phone_state")  # of records


def golden(accounts: pd.DataFrame, records: pd.DataFrame, person: pd.Series, kind: pd.Series) -> pd.DataFrame:
    """Grain: one row per person. The value that most records have; of as many, the one written last.

    `records` (normalised, in the order of `account_id`) and `person` (a Series by account_id) cover all of `accounts`; `kind` is by
    person. `source` is the earliest one that any system recorded, unknown left aside. Contacts that cannot stand for the person are
    never chosen.
    """
    rows = accounts.sort_values("account_id", ignore_index=True)
    age = rows.created_at.sort_values(kind="stable", na_position="first").index.to_numpy()
    dated = age[rows.created_at.notna().to_numpy()[age]]
    place, people = pd.factorize(person.reindex(rows.account_id).to_numpy(), sort=True)
    systems, names = pd.factorize(rows.system)
    out, origins = pd.DataFrame({"person_id": people}), []
    for field, value in _values(rows, records):
        best = _most_used(place, value, age, len(people))
        out[field] = _at(best, value)
        origins.append((field, best))
    said = (rows.source.notna() & (rows.source != "unknown")).to_numpy(bool)
    known = np.r_[dated, age[: len(age) - len(dated)]]  # without a date last
    source = _first(place, known[said[known]], len(people))
    out["source"] = filled(_at(source, rows.source), "unknown")
    out["created_at"] = _at(_first(place, dated, len(people)), rows.created_at)
    out["kind"] = out.person_id.map(kind)
    out["origins"] = _origins([*origins, ("source", source)], systems, names.tolist())
    return out


def _values(rows: pd.DataFrame, records: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Each field with what may stand in it, one after another: all at once would fill memory."""
    for field in OPEN:
        yield field, rows[field]
    yield "first_name", rows.first_name.where(records["first"].notna() & (records["first"].str.len() > 1))
    yield "last_name", rows.last_name
    yield "company_name", rows.company_name
    yield "email", records.email_address.where(records.email_state.isin(("person", "role")), None)
    yield "phone", records.phone.where(records.phone_state.isin(("mobile", "fixed", "unconfirmed")), None)
    yield "address", rows.address


def _most_used(person: np.ndarray, value: pd.Series, age: np.ndarray, people: int) -> np.ndarray:
    """The row of the value that most rows of each person (0..people-1) have, of equals the newest, NOWHERE where none has one. `age`: the
    rows from the oldest to the newest."""
    code, known = pd.factorize(value)
    blank = pd.Series(known).astype("str").str.strip().eq("").to_numpy(bool)
    at = age[(~np.r_[blank, True])[code[age]]]  # the last one: no value
    out = np.full(people, NOWHERE, dtype="int32")  # all fields' rows are kept to the end
    out[person[at]] = at  # the last of each person stays
    several = at[np.bincount(person[at], minlength=people)[person[at]] > 1]
    use = pd.factorize(person[several] * (len(known) + 1) + code[several])[0]
    order = several[np.lexsort((np.bincount(use)[use], person[several]))]
    out[person[order]] = order
    return out


def _first(person: np.ndarray, rows: np.ndarray, people: int) -> np.ndarray:
    """The first of `rows` of each person, NOWHERE where there is none."""
    out = np.full(people, NOWHERE)
    out[person[rows[::-1]]] = rows[::-1]  # the first of each is written last
    return out


def _at(rows: np.ndarray, value: pd.Series) -> pd.Series:
    """The values of `rows`, nothing where there is none."""
    return pd.Series(value.array.take(rows, allow_fill=True))


def _origins(chosen: list[tuple[str, np.ndarray]], system: np.ndarray, names: list[str]) -> pd.Series:
    """`field=system` of every field that has a value, in their order; worked out once for each different list."""
    of = np.column_stack([np.where(rows == NOWHERE, NOWHERE, system[rows]).astype("int32") for _, rows in chosen])
    number, first = numbered(*of.T)
    written = [
        " ".join(f"{field}={names[k]}" for (field, _), k in zip(chosen, of[row].tolist(), strict=True) if k != NOWHERE)
        for row in first.tolist()
    ]  # fmt: skip
    return coded(number, written, pd.RangeIndex(len(number)))
