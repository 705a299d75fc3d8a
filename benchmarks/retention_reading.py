"""Customer, time and amount out of any file of orders. What cannot be read is counted and told, or the file is refused in one sentence."""

import argparse
from pathlib import Path
from typing import NamedTuple

import any_file
import duckdb
import pandas as pd

NAMES = {  # usual names, folded: the first that a file has is taken
    "customer": (
        "customer_id",
        "customerid",
        "customer",
        "cust_id",
        "custid",
        "customer_unique_id",
        "client_id",
        "clientid",
        "user_id",
        "userid",
        "account_id",
        "member_id",
        "buyer_id",
        "household_key",
        "household_id",
        "person_id",
        "musteri_no",
        "musteri_kodu",
        "musteri_id",
        "musteri",
        "cari_kod",
        "cari_kodu",
        "visitorid",
        "user",
        "client",
        "email",
        "id",
    ),
    "time": (
        "invoicedate",
        "invoice_date",
        "order_date",
        "orderdate",
        "ordered_at",
        "order_time",
        "order_purchase_timestamp",
        "purchase_date",
        "transaction_timestamp",
        "transaction_date",
        "created_at",
        "timestamp",
        "datetime",
        "date",
        "time",
        "day",
        "event_time",
        "tarih",
        "siparis_tarihi",
        "fatura_tarihi",
        "fis_tarihi",
        "dt",
        "ts",
        "when",
    ),
    "amount": (
        "amount",
        "net",
        "net_amount",
        "total",
        "order_total",
        "total_amount",
        "total_price",
        "sales_value",
        "sales",
        "revenue",
        "value",
        "dollar_value",
        "spend",
        "price_total",
        "line_total",
        "payment_value",
        "tutar",
        "net_tutar",
        "toplam",
        "order_value",
        "monetary_value",
        "price",
        "fiyat",
    ),
    "order": (
        "invoiceno",
        "invoice",
        "invoice_no",
        "order_id",
        "orderid",
        "order_no",
        "ordernumber",
        "order_number",
        "basket_id",
        "transaction_id",
        "siparis_no",
        "fatura_no",
        "fis_no",
    ),
    "quantity": ("quantity", "qty", "miktar", "adet"),
    "price": ("unitprice", "unit_price", "price", "birim_fiyat"),
}
NO_ONE = (
    "nan", "null", "none", "na", "n/a", "#n/a", "-", "?", "guest", "anonymous", "unknown", "walk-in", "misafir", "anonim", "bilinmiyor",
)  # fmt: skip


class Orders(NamedTuple):
    """`purchases`: person_id (0 to people - 1), order_id, ordered_at, net; `notes`: what was taken for what, and what was left out."""

    purchases: pd.DataFrame
    people: int
    notes: list[str]


def read(path: Path, given: argparse.Namespace) -> Orders:
    """Purchases of a file. Rows without customer, moment or amount, and orders of 0 or less (returns), are counted and left out."""
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    names = any_file.open_file(con, path, given.separator)
    chosen = _columns(con, names, given, path)
    order = chosen.get("order")
    amount = (
        any_file.money(con, chosen["amount"])
        if "amount" in chosen
        else f"{any_file.money(con, chosen['quantity'])} * {any_file.money(con, chosen['price'])}"
    )
    moment, form = any_file.moment(con, chosen["time"], zone=given.zone, dayfirst=given.dayfirst)
    who = f"nullif(trim({any_file.text_of(chosen['customer'])}), '')"
    who = f"case when lower({who}) in ({', '.join(map(repr, NO_ONE))}) then null else regexp_replace({who}, '^(\\d+)\\.0+$', '\\1') end"
    number = f"{any_file.text_of(order)}" if order else "row_number() over ()::varchar"
    con.execute(
        f"create temp table lines as select {who} as who, {moment} as moment, {amount} as net, {number} as number from given"
    )
    lines, no_one, no_time, no_net = con.execute(
        "select count(*), count(*) filter (who is null), count(*) filter (moment is null), "
        "count(*) filter (net is null) from lines"
    ).fetchone()
    if not lines:
        raise ValueError(f"{path.name}: came without a row, expected orders.")
    keys = "who, number" if order else "who, number, moment"
    con.execute(f"""create temp table orders as select who, number, min(moment) as moment, sum(coalesce(net, 0)) as net from lines
                    where who is not null and moment is not null and net is not null group by {keys}""")
    kept = "net >= 0" if given.zero else "net > 0"
    back, back_net = con.execute(f"select count(*), coalesce(sum(net), 0) from orders where not {kept}").fetchone()
    con.execute(
        "create temp table people as select who, row_number() over (order by min(moment), who) - 1 as person_id "
        f"from orders where {kept} group by who"
    )
    found = con.execute(f"""select person_id::bigint as person_id, row_number() over (order by moment, who, number)::bigint as order_id,
                           moment as ordered_at, round(net, 4) as net
                           from orders join people using (who) where {kept} order by order_id""").df()
    if found.empty:
        raise ValueError(
            f"{path.name}: no row has a customer, a readable moment and an amount above 0; expected some. Name the columns "
            f"with --customer, --time, --amount; they were taken to be {chosen}."
        )
    used = ", ".join(f"{role} = {name}" for role, name in chosen.items())
    notes = [f"{path.name}: {lines:,} rows; {used}; moments read as {form}"]
    left = [
        f"{no_one:,} rows without a customer",
        f"{no_time:,} without a readable moment",
        f"{no_net:,} without an amount",
        f"{back:,} orders of 0 or less ({back_net:,.2f}: returns and credit notes are no purchase)",
    ]
    return Orders(found, int(found["person_id"].max()) + 1, [*notes, "left out: " + "; ".join(left)])


def _columns(con, names: list[str], given: argparse.Namespace, path: Path) -> dict[str, str]:
    """Role -> column: as the flags say, else by usual names, else by what the cells look like."""
    folded = {any_file.folded(n): n for n in reversed(names)}
    chosen: dict[str, str] = {}
    for role in ("customer", "time", "amount", "order"):
        said = getattr(given, role)
        if said:
            known = said if said in names else folded.get(any_file.folded(said))
            if known is None:
                raise ValueError(
                    f"{path.name}: --{role} came as {said!r}, expected one of its columns: {', '.join(names)}."
                )
            chosen[role] = known
    taken = lambda: set(chosen.values())  # noqa: E731
    for role in ("customer", "time", "order"):
        found = next((folded[n] for n in NAMES[role] if n in folded and folded[n] not in taken()), None)
        if role not in chosen and found:
            chosen[role] = found
    if "amount" not in chosen:
        pair = {r: next((folded[n] for n in NAMES[r] if n in folded), None) for r in ("quantity", "price")}
        by_name = next((folded[n] for n in NAMES["amount"] if n in folded and folded[n] not in taken()), None)
        if by_name and not (all(pair.values()) and by_name == pair["price"]):
            chosen["amount"] = by_name
        elif all(pair.values()):
            chosen |= pair
    return _by_looks(con, names, chosen, path)


def _by_looks(con, names: list[str], chosen: dict[str, str], path: Path) -> dict[str, str]:
    """What names do not tell: the time is the column of dates, the amount the last number with decimals, the customer the first left."""
    wanted = [
        r for r in ("time", "amount", "customer") if r not in chosen and not (r == "amount" and "quantity" in chosen)
    ]
    if not wanted:
        return chosen
    sample = con.execute("select * from given limit 2000").df()
    rest = [n for n in names if n not in chosen.values() and sample[n].notna().any()]
    for role in wanted:
        text = {n: sample[n].dropna().astype(str) for n in rest}
        if role == "time":
            fit = [
                n for n in rest if text[n].str.fullmatch(r"(19|20)\d{6}|1\d{9}|1\d{12}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*").mean() > 0.9
            ]
        elif role == "amount":
            number = [n for n in rest if text[n].str.fullmatch(r"[^\w]{0,3}\d[\d.,]*\s?\S{0,3}").mean() > 0.9]
            fit = [n for n in number if text[n].str.contains(r"[.,]\d{1,4}$").any()][-1:] or number[-1:]
        else:
            fit = rest[:1]
        if not fit:
            raise ValueError(
                f"{path.name}: no column looks like the {role}; expected one. Name it with --{role}; columns: {', '.join(names)}."
            )
        chosen[role] = fit[0]
        rest.remove(fit[0])
    return chosen


