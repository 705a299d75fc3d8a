"""E-mails and phones of accounts that can tie a record to a person: a cell that holds no address and no number is not filled in."""

from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor

import ibis
import pandas as pd

from scrm_helpers.contacts import REGION, emails, offices, phones

PIECE, ABREAST = 100_000, 2  # accounts read at a time, and how many pieces of them side by side
READ = ("email", "phone")


def contacts_of(book) -> ibis.Table:
    """System, kind, e-mail, phone and other systems' ids of every account. Reads the private part: 01 may, later notebooks may not."""
    private = book.read("accounts", private=True).select("account_id", *READ, "external_id")
    return private.join(book.read("accounts").select("account_id", "system", "kind"), "account_id")


def usable(accounts: ibis.Table, *, region: str = REGION) -> pd.DataFrame:
    """Accounts whose e-mail and whose phone can be used. Columns table, system, column, usable (rows). `accounts`: as `contacts_of`.

    The same reading as 02's: an address of a marketplace in place of the customer's, one of an office unless a firm's own, a call centre
    and what is no address or number are not usable. `region`: the country as which phones without one are read.
    """
    rows = accounts.filter(accounts.email.notnull() | accounts.phone.notnull()).select("system", "kind", *READ)
    pieces = rows.to_pyarrow_batches(chunk_size=PIECE) if rows.get_backend().name == "duckdb" else rows.to_pyarrow().to_batches()
    counted, waiting = Counter(), deque()
    with ThreadPoolExecutor(ABREAST) as pool:  # what is read all at once is read beside what Python reads cell by cell
        for piece in pieces:
            waiting.append(pool.submit(_counted, piece, region))
            if len(waiting) > ABREAST:  # of the pieces no more wait in memory
                counted.update(waiting.popleft().result())
        for piece in waiting:
            counted.update(piece.result())
    found = [("accounts", system, column, n) for (system, column), n in sorted(counted.items())]
    return pd.DataFrame(found, columns=["table", "system", "column", "usable"]).astype({"usable": "int64"})


def _counted(piece, region: str) -> Counter:
    """Usable cells of a piece of the accounts, by system and column."""
    frame = piece.to_pandas()
    sums = {column: _ok(frame, column, region).groupby(frame["system"]).sum() for column in READ}
    return Counter({(system, column): int(n) for column in READ for system, n in sums[column].items()})


def known(accounts: ibis.Table, *, region: str = REGION) -> ibis.Table:
    """Of each account, whether it can be a person: a usable e-mail or phone, or an id of another system. Few accounts alone: they are
    read into memory. Grain: account_id; `known`."""
    frame = accounts.select("account_id", "kind", *READ, "external_id").to_pandas()
    told = _ok(frame, "email", region) | _ok(frame, "phone", region) | frame["external_id"].notna()
    schema = {"account_id": "int64", "known": "boolean"}
    return ibis.memtable(pd.DataFrame({"account_id": frame["account_id"].astype("int64"), "known": told.astype(bool)}), schema=schema)


def _ok(accounts: pd.DataFrame, column: str, region: str) -> pd.Series:
    """Whether each account's e-mail, or phone, can be used."""
    filled = accounts[column].dropna().astype(object)
    good = pd.Series(False, index=accounts.index)  # noqa: FBT003
    if len(filled) and column == "phone":
        good[filled.index] = phones(filled, region=region)["number"].notna().to_numpy()
    elif len(filled):
        read, kind = emails(filled).set_index(filled.index), accounts.loc[filled.index, "kind"]
        good[filled.index] = read["key"].notna() & ~offices(read["state"], kind)
    return good
