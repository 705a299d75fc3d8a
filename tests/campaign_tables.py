"""Tiny contract tables for the campaign tests."""

from datetime import date, datetime, timedelta

import ibis
import pandas as pd

from scrm_helpers import tables


def frame(name: str, rows: list[dict]) -> pd.DataFrame:
    """Rows of a contract as a small pandas frame with all its columns."""
    return pd.DataFrame(rows, columns=[c.name for c in tables.contract(name).columns])


def table(name: str, rows: list[dict]):
    """The same as a lazy Ibis table with the contract's kinds."""
    columns = {c.name: c.kind.ibis for c in tables.contract(name).columns}
    if not rows:
        return ibis.memtable([], schema=columns)
    given = pd.DataFrame(rows)
    known = ibis.memtable(given)
    return known.select(**{n: (known[n].cast(k) if n in given else ibis.null(k)) for n, k in columns.items()})


def order(number: int, on: date, net: float, *, account: int | None = None, hour: int = 12, **more) -> dict:
    """One counted sale at `hour` UTC."""
    return {
        "order_id": number, "account_id": account, "ordered_at": datetime(on.year, on.month, on.day, hour), "ordered_on": on,
        "kind": "sale", "status": "completed", "channel": "shop", "store_id": None, "original_order_id": None, "net": net,
        "currency": "TRY", "promo_code": None, "source": None, "is_internal": False,
    } | more  # fmt: skip


def person(account: int, kind: str = "consumer") -> dict:
    """An account that is its own person."""
    return {"account_id": account, "person_id": account, "kind": kind, "usable": True, "is_internal": False}


def touch(number: int, at: datetime, source: str, *, account: int | None = None, order: int | None = None, hand: bool = False) -> dict:
    """One touch."""
    return {
        "touch_id": number, "account_id": account, "order_id": order, "at": at, "on": at.date(), "channel": "social",
        "kind": "click", "source": source, "hand_kept": hand,
    }  # fmt: skip


def days_from(first: date, count: int) -> list[date]:
    """So many days from the first on."""
    return [first + timedelta(days=k) for k in range(count)]
