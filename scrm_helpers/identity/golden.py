"""The golden record: the best value of each field of a person, and the system it came from."""

import pandas as pd

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
    out = pd.DataFrame({"person_id": rows.person_id.drop_duplicates().sort_values(ignore_index=True)})
    origins: dict[int, list[str]] = {p: [] for p in out.person_id.tolist()}
    for field, value in values.items():
        best = _most_used(rows.person_id, value, rows.system)
        out = out.merge(best.rename(columns={"value": field})[["person_id", field]], on="person_id", how="left")
        for p, system in zip(best.person_id.tolist(), best.system.tolist(), strict=True):
            origins[p].append(f"{field}={system}")
    dated = rows[rows.source.notna() & (rows.source != "unknown")].sort_values(
        ["created_at", "account_id"], na_position="last"
    )
    source = dated.drop_duplicates("person_id")
    for p, system in zip(source.person_id.tolist(), source.system.tolist(), strict=True):
        origins[p].append(f"source={system}")
    out["source"] = out.person_id.map(source.set_index("person_id").source).astype(object).fillna("unknown")
    out["created_at"] = out.person_id.map(rows.groupby("person_id").created_at.min())
    out["kind"] = out.person_id.map(kind)
    out["origins"] = [" ".join(origins[p]) for p in out.person_id.tolist()]
    return out


def _most_used(person: pd.Series, value: pd.Series, system: pd.Series) -> pd.DataFrame:
    """person_id, value, system: rows come in the order of their age, so the last of equals is the newest."""
    use = pd.DataFrame(
        {
            "person_id": person.to_numpy(),
            "value": value.to_numpy(dtype=object),
            "system": system.to_numpy(),
            "age": range(len(value)),
        }
    )
    use = use[use.value.notna() & (use.value.astype(str).str.strip() != "")]
    if use.empty:
        return use[["person_id", "value", "system"]]
    use["records"] = use.groupby(["person_id", "value"]).age.transform("size")
    best = use.sort_values(["person_id", "records", "age"]).drop_duplicates("person_id", keep="last")
    return best[["person_id", "value", "system"]].reset_index(drop=True)
