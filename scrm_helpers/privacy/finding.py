"""Who is meant: every record of one person, from an e-mail, a phone, a system's own id or a person number."""

from typing import NamedTuple

import pandas as pd
import pyarrow.parquet as pq

from scrm_helpers import periods
from scrm_helpers.store import key_of
from scrm_helpers.store.keys import account_id
from scrm_helpers.store.suppression import CONTACTS, DIGITS, contacts, form
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell

PERSON_DIGITS = 15  # of a person number


class Shared(NamedTuple):
    """Contacts of a kind that other people's records hold too: how many, and how many other records and persons hold them."""

    kind: str
    contacts: int
    records: int
    persons: int


class Found(NamedTuple):
    """One person: `accounts` and `persons` (ids), `values` as (kind, value) pairs for the list, `texts` to look for in raw files.

    `shared`: contacts that are neither among `values` nor `texts`, since they would take other people along.
    """

    accounts: frozenset[int]
    persons: frozenset[int]
    values: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    shared: tuple[Shared, ...] = ()


def find(workspace: Workspace, who: str) -> Found:
    """Every record of the person whom `who` names. WorkspaceError where it names nobody, or more than one person.

    `who`: an e-mail; a phone number in any written form; `system:id` with the id as that system writes it; or a person number.
    """
    kind, value = _kind(who)
    kept = _accounts(workspace)
    people = _people(workspace)
    if kind == "person":
        seeds = set(people.loc[people["person_id"] == int(value), "account_id"])
    elif kind == "account":
        system, _, native = value.partition(":")
        made = account_id(key_of(workspace), system.strip().lower(), native.strip())
        seeds = {made} & (set(people["account_id"]) | set(kept["account_id"]))
    else:
        asked = contacts(kind, value)
        held = kept[kind].map(lambda v: isinstance(v, str) and not asked.isdisjoint(contacts(kind, v)))
        seeds = set(kept.loc[held, "account_id"])
    if not seeds:
        raise WorkspaceError(tell("told.forget.nobody", kind=tell(f"told.forget.kind.{kind}")))
    persons = set(people.loc[people["account_id"].isin(seeds), "person_id"])
    if len(persons) > 1 and kind != "person":
        said = {"n": str(len(persons)), "numbers": ", ".join(str(p) for p in sorted(persons))}
        raise WorkspaceError(tell("told.forget.several", kind=tell(f"told.forget.kind.{kind}"), **said))
    accounts = seeds | set(people.loc[people["person_id"].isin(persons), "account_id"])
    mine = kept[kept["account_id"].isin(accounts)]
    values = [(k, f) for k in CONTACTS for v in mine[k].dropna().unique() for f in sorted(contacts(k, v))]
    # a phone or e-mail that another person has too would take that person along: the records' own ids must do
    others = _holders(kept[~kept["account_id"].isin(accounts)])
    shared = set(zip(others["kind"], others["form"], strict=True))
    told = _told(others, set(values), people)
    values = [(k, v) for k, v in values if (k, form(k, v)) not in shared]
    by_contact = {account_id(key_of(workspace), "contact", form(k, v)) for k, v in values}
    values += [("account", str(a)) for a in sorted(accounts | by_contact)]
    values += [("record", r) for r in sorted(_records(workspace, mine) | {f"contact|{form(k, v)}" for k, v in values if k in CONTACTS})]
    if kind == "account":
        values.append(("record", f"{system.strip().lower()}|{native.strip()}"))
    if kind in CONTACTS:
        values += [(kind, f) for f in sorted(contacts(kind, value)) if (kind, f) not in shared]
    texts = {form("email", v) for k, v in values if k == "email"} | {form("phone", v) for k, v in values if k == "phone"}
    return Found(
        frozenset(int(a) for a in accounts | by_contact), frozenset(int(p) for p in persons), tuple(dict.fromkeys(values)),
        tuple(sorted(t for t in texts if len(t) >= 6)), told,
    )  # fmt: skip


def names(found: Found, who: str) -> bool:
    """Whether `who` names a person found before, however much of her is removed by now."""
    kind, value = _kind(who)
    if kind == "person":
        return int(value) in found.persons
    if kind == "account":
        system, _, native = value.partition(":")
        return ("record", f"{system.strip().lower()}|{native.strip()}") in found.values
    return not contacts(kind, value).isdisjoint(found.texts)


def _records(workspace: Workspace, mine: pd.DataFrame) -> set[str]:
    """`system|own id` of accounts, of those whose id comes out of it: no change of the key touches these words."""
    key = key_of(workspace)
    files = [workspace.processed / m / "accounts.parquet" for m in months(workspace)]
    systems = {s for f in files if f.is_file() for s in pq.read_table(f, columns=["system"])["system"].unique().to_pylist() if s}
    named = mine[["account_id", "native_id"]].dropna().drop_duplicates()
    return {f"{s}|{n.strip()}" for a, n in named.itertuples(index=False) for s in systems if account_id(key, s, n.strip()) == a}


def _kind(who: str) -> tuple[str, str]:
    text = who.strip()
    digits = form("phone", text)
    if "@" in text:
        return "email", text
    if ":" in text:
        return "account", text
    if text.isdigit() and len(text) == PERSON_DIGITS:
        return "person", text
    if len(digits) == DIGITS and not any(c.isalpha() for c in text):
        return "phone", text
    raise WorkspaceError(tell("told.forget.no_kind"))


def _holders(rows: pd.DataFrame) -> pd.DataFrame:
    """kind, form and account_id of every contact in records. Grain: contact and record."""
    parts = [(k, f, a) for k in CONTACTS for a, v in rows[["account_id", k]].dropna().itertuples(index=False) for f in contacts(k, v)]
    return pd.DataFrame(parts, columns=["kind", "form", "account_id"]).drop_duplicates()


def _told(others: pd.DataFrame, mine: set[tuple[str, str]], people: pd.DataFrame) -> tuple[Shared, ...]:
    """Of each kind of contact that is among the person's own (`mine`) and in other people's records, what the certificate says."""
    hit = others[[pair in mine for pair in zip(others["kind"], others["form"], strict=True)]]
    persons = people.drop_duplicates("account_id").set_index("account_id")["person_id"]
    return tuple(
        Shared(k, rows["form"].nunique(), rows["account_id"].nunique(), rows["account_id"].map(persons).nunique())
        for k in CONTACTS if len(rows := hit[hit["kind"] == k])
    )  # fmt: skip


def months(workspace: Workspace) -> list[str]:
    """Months with tables, newest first."""
    tops = (workspace.processed, workspace.private)
    return sorted({f.name for top in tops for f in top.glob("*") if periods.PERIOD.match(f.name)}, reverse=True)


def _accounts(workspace: Workspace) -> pd.DataFrame:
    """account_id, the system's own id, email and phone as written, of every month kept. Grain: account and month."""
    columns = ["account_id", "native_id", *CONTACTS]
    files = [workspace.private / m / "accounts.parquet" for m in months(workspace)]
    parts = [pq.read_table(f, columns=columns).to_pandas() for f in files if f.is_file()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _people(workspace: Workspace) -> pd.DataFrame:
    """account_id and person_id of every month kept and of the registry. Grain: pair."""
    files = [workspace.processed / m / "persons.parquet" for m in months(workspace)]
    files += [f for m in months(workspace) for f in sorted((workspace.private / m).glob("**/registry.parquet"))]
    parts = [pq.read_table(f, columns=["account_id", "person_id"]).to_pandas() for f in files if f.is_file()]
    return pd.concat(parts).drop_duplicates() if parts else pd.DataFrame(columns=["account_id", "person_id"])
