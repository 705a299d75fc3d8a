"""Small tables written by hand: rows of a contract with what a test does not care about filled in."""

from datetime import date, datetime
from decimal import Decimal

import ibis
import pyarrow

from scrm_helpers import tables

FILL = {
    "orders": {"kind": "sale", "status": "completed", "channel": "shop", "currency": "TRY", "is_internal": False},
    "order_lines": {"line_no": 1, "quantity": 1.0},
    "products": {"valid_from": date(1900, 1, 1)},
    "persons": {"kind": "consumer", "usable": True, "is_internal": False},
    "accounts": {"kind": "consumer", "is_internal": False},
    "leads": {"stage": "lead"},
    "touches": {"channel": "social", "kind": "click", "hand_kept": False},
    "golden": {"kind": "consumer"},
    "spend": {"ad_id": "", "currency": "TRY"},
    "costs": {"purpose": "acquire"},
    "campaigns": {"status": "done", "is_social": True},
    "cases": {"channel": "social", "status": "closed"},
    "customers": {"kind": "consumer", "source": "unknown", "source_basis": "none", "before_data": False},
    "activity": {},
}
ALWAYS = {"system": "test", "source_file": "test.csv", "source_row": 1}


def table(name: str, rows: list[dict] | None = None):
    """The rows as an Ibis table with all columns of the contract; a day fills in its moment (noon, UTC) and its month."""
    contract = tables.contract(name)
    columns = contract.stored(False)
    filled = []
    for number, given in enumerate(rows or []):
        row = {**ALWAYS, **FILL.get(name, {}), **given}
        for key in contract.key:  # ids that the test does not name
            if key not in row and contract.by_name[key].kind is tables.Kind.ID:
                row[key] = 10_000 + number
        for at, on in (
            ("ordered_at", "ordered_on"),
            ("created_at", "created_on"),
            ("at", "on"),
            ("opened_at", "opened_on"),
        ):
            if at in contract.by_name and row.get(at) is None and isinstance(row.get(on), date):
                row[at] = datetime(row[on].year, row[on].month, row[on].day, 12)
            elif at in contract.by_name and row.get(on) is None and row.get(at) is not None:
                row[on] = row[at].date()
        if name == "customers" and "first_on" in row:
            row["first_month"] = f"{row['first_on']:%Y-%m}"
        if name == "costs":
            row.setdefault("on", date.fromisoformat(row["month"] + "-01"))
        filled.append({c.name: _value(row.get(c.name), c) for c in columns})
    schema = ibis.schema({c.name: c.kind.ibis for c in columns})
    return ibis.memtable(pyarrow.Table.from_pylist(filled, schema=schema.to_pyarrow()))


def orders(*rows: tuple) -> object:
    """Sales as (order_id, account_id, 'YYYY-MM-DD', net) with further columns as a fifth, a dict."""
    return table(
        "orders",
        [
            {
                "order_id": row[0],
                "account_id": row[1],
                "ordered_on": date.fromisoformat(row[2]),
                "net": row[3],
                **(row[4] if len(row) > 4 else {}),
            }
            for row in rows
        ],
    )


def persons(**person_of: int):
    """Accounts a1=10, a2=10: account 1 and 2 are person 10."""
    return table("persons", [{"account_id": int(a[1:]), "person_id": p} for a, p in person_of.items()])


def day(text: str) -> date:
    """A day from its ISO text."""
    return date.fromisoformat(text)


def _value(value, column):
    if value is not None and column.kind is tables.Kind.MONEY:
        return Decimal(str(value)).quantize(Decimal("0.0001"))
    return value
