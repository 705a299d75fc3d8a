"""Customer, time and amount out of any file of orders. What cannot be read is counted and told, or the file is refused in one sentence."""

import argparse
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

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
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%y %H:%M",
    "%m/%d/%y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d/%m/%y %H:%M",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%d %b %Y",
    "%b %d, %Y",
)
LEAST = 0.5  # share of the moments that must be readable


class Orders(NamedTuple):
    """`purchases`: person_id (0 to people - 1), order_id, ordered_at, net; `notes`: what was taken for what, and what was left out."""

    purchases: pd.DataFrame
    people: int
    notes: list[str]


def read(path: Path, given: argparse.Namespace) -> Orders:
    """Purchases of a file. Rows without customer, moment or amount, and orders of 0 or less (returns), are counted and left out."""
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    names = _open(con, path, given.separator)
    chosen = _columns(con, names, given, path)
    order = chosen.get("order")
    amount = (
        _money(con, chosen["amount"])
        if "amount" in chosen
        else f"{_money(con, chosen['quantity'])} * {_money(con, chosen['price'])}"
    )
    moment, form = _moment(con, chosen["time"], given)
    who = f"nullif(trim({_text(chosen['customer'])}), '')"
    who = f"case when lower({who}) in ('nan', 'null', 'none', 'na', 'n/a') then null else regexp_replace({who}, '^(\\d+)\\.0+$', '\\1') end"
    number = f"{_text(order)}" if order else "row_number() over ()::varchar"
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


def _open(con, path: Path, separator: str) -> list[str]:
    """The file as the view `given`; its columns."""
    if not path.is_file():
        raise ValueError(f"{path}: no such file.")
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        try:
            con.execute(f"create view given as select * from read_parquet('{_quoted(path)}')")
        except duckdb.Error as error:
            raise ValueError(f"{path.name}: is no readable Parquet file ({str(error).splitlines()[0]}).") from error
    elif kind in (".xlsx", ".xls", ".xlsb", ".ods"):
        sheet = pd.read_excel(path, dtype=object, engine="calamine")
        sheet.columns = [str(c) for c in sheet.columns]
        text = sheet.map(lambda v: None if pd.isna(v) else str(v))
        con.register("sheet", text)
        con.execute("create view given as select * from sheet")
    else:
        _open_text(con, path, separator)
    return [row[0] for row in con.execute("describe given").fetchall()]


def _open_text(con, path: Path, separator: str) -> None:
    head, encoding = _head(path)
    if not head:
        raise ValueError(f"{path.name}: came empty, expected rows of customer, time and amount.")
    separator = {"\\t": "\t", "tab": "\t"}.get(separator, separator) or _separator(head)
    if separator == " ":
        header = None if _is_data(head[0].split()) else 0
        width = max(len(line.split()) for line in head)
        frame = pd.read_csv(
            path,
            sep=r"\s+",
            dtype=str,
            header=None,
            skiprows=0 if header is None else 1,
            encoding=encoding,
            names=None if header is None else _unique(head[0].split(), width),
            engine="c",
            on_bad_lines="skip",
        )
        frame.columns = [str(c) if header is not None else f"column{c}" for c in frame.columns]
        con.register("frame", frame)
        con.execute("create view given as select * from frame")
        return
    header = not _is_data([cell.strip('" ') for cell in head[0].split(separator)])
    if encoding in ("utf-8", "latin-1", "utf-16"):
        options = (
            f"delim = '{separator}', header = {str(header).lower()}, all_varchar = true, quote = '\"', escape = '\"', "
            f"null_padding = true, strict_mode = false, ignore_errors = true, encoding = '{encoding}', parallel = false"
        )
        try:
            con.execute(f"create temp table given as select * from read_csv('{_quoted(path)}', {options})")
            return
        except duckdb.Error:
            pass  # pandas below reads it, or says why not
    frame = pd.read_csv(
        path, sep=separator, dtype=str, header=0 if header else None, encoding=encoding, on_bad_lines="skip"
    )
    frame.columns = [str(c) if header else f"column{c}" for c in frame.columns]
    con.register("frame", frame)
    con.execute("create view given as select * from frame")


def _head(path: Path) -> tuple[list[str], str]:
    """The first lines that are not blank, and the encoding."""
    if path.suffix.lower() in (".gz", ".bz2", ".xz", ".zip"):
        opened = pd.io.common.get_handle(path, "rb", compression="infer", is_text=False)
        raw = opened.handle.read(1 << 16)
        opened.close()
    else:
        with path.open("rb") as file:
            raw = file.read(1 << 16)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            encoding = (
                "utf-8" if error.start > len(raw) - 4 else "cp1254" if b"\xfd" in raw or b"\xfe" in raw else "latin-1"
            )
    if b"\x00" in raw and encoding != "utf-16":
        raise ValueError(f"{path.name}: is neither text nor Parquet nor a workbook; expected one of them.")
    lines = [line for line in raw.decode(encoding, errors="replace").lstrip("\ufeff").splitlines() if line.strip()]
    return lines[:50], encoding


def _separator(head: list[str]) -> str:
    """The one that splits the first lines into the same number of parts, most parts first."""
    best = max((",", ";", "\t", "|"), key=lambda s: (min(line.count(s) for line in head[:10]), head[0].count(s)))
    if best in head[0] and min(line.count(best) for line in head[:10]) >= 1:
        return best
    return " "


def _is_data(cells: list[str]) -> bool:
    """Whether a first row is data and no heading: two cells or more hold nothing but a number or a date."""
    return sum(bool(re.fullmatch(r"[-+]?[\d.,:/\-]+", c.strip())) for c in cells) >= 2


def _unique(names: list[str], width: int) -> list[str]:
    return [*names, *(f"column{k}" for k in range(len(names), width))]


def _columns(con, names: list[str], given: argparse.Namespace, path: Path) -> dict[str, str]:
    """Role -> column: as the flags say, else by usual names, else by what the cells look like."""
    folded = {_folded(n): n for n in reversed(names)}
    chosen: dict[str, str] = {}
    for role in ("customer", "time", "amount", "order"):
        said = getattr(given, role)
        if said:
            known = said if said in names else folded.get(_folded(said))
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


def _moment(con, column: str, given: argparse.Namespace) -> tuple[str, str]:
    """SQL of a column as a moment, and the form it is written in: the one that reads most."""
    kind = con.execute(f"select typeof({_name(column)}) from given limit 1").fetchone()
    kind = kind[0] if kind else "VARCHAR"
    zone = given.zone.replace("'", "")
    shift = (lambda sql: f"(({sql}) at time zone 'UTC' at time zone '{zone}')") if zone else (lambda sql: sql)
    if kind.startswith(("TIMESTAMP", "DATE")):
        return shift(f"{_name(column)}::timestamp"), f"{kind.lower()}{' in ' + zone if zone else ''}"
    text = f"trim({_text(column)})"
    order = FORMATS
    if given.dayfirst:
        order = tuple(f for f in FORMATS if "%m/%d" not in f) + tuple(f for f in FORMATS if "%m/%d" in f)
    ways = [(f"try_strptime({text}, '{f}')", f.replace("%", "")) for f in order]
    ways.append((f"try_cast({text} as timestamp)", "ISO"))
    epoch = f"try_cast({text} as bigint)"
    ways += [
        (f"case when {epoch} between 600000000 and 4000000000 then epoch_ms({epoch} * 1000) end", "seconds since 1970"),
        (
            f"case when {epoch} between 600000000000 and 4000000000000 then epoch_ms({epoch}) end",
            "milliseconds since 1970",
        ),
    ]
    counts = con.execute(
        f"select {', '.join(f'count({sql})' for sql, _ in ways)}, count(*) "
        f"from (select {_name(column)} from given where {_name(column)} is not null "
        "using sample 20000 rows (reservoir, 1))"
    ).fetchone()
    best = max(range(len(ways)), key=lambda k: (counts[k], -k))
    if not counts[-1] or counts[best] < LEAST * counts[-1]:
        raise ValueError(
            f"the moments in {column!r} are not readable ({counts[best]:,} of {counts[-1]:,} at best), expected dates such as "
            "2026-10-31, 31.10.2026 or 20261031. Name another column with --time."
        )
    fall_back = f"coalesce({ways[best][0]}, try_cast({text} as timestamp))"  # a file may mix days with moments
    return shift(f"({fall_back})::timestamp"), ways[best][1]


def _money(con, column: str) -> str:
    """SQL of a column as a number: currency signs and blanks go, a decimal comma is seen as one."""
    kind = con.execute(f"select typeof({_name(column)}) from given limit 1").fetchone()
    if kind and kind[0] not in ("VARCHAR",):
        return f"(case when isfinite({_name(column)}::double) then {_name(column)}::double end)"
    text = f"regexp_replace({_text(column)}, '[^0-9,.()\\-]', '', 'g')"
    comma, point = con.execute(
        f"select count(*) filter (regexp_matches({text}, ',\\d{{1,2}}\\)?$')), count(*) filter "
        f"(regexp_matches({text}, '\\.\\d+\\)?$')) from (select {_name(column)} from given limit 20000)"
    ).fetchone()
    plain = f"replace(replace({text}, '.', ''), ',', '.')" if comma > point else f"replace({text}, ',', '')"
    return f"try_cast(case when {plain} like '(%)' then '-' || trim({plain}, '()') else {plain} end as double)"


def _folded(name: str) -> str:
    """A column's name as NAMES writes it."""
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("İ", "i")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(column: str) -> str:
    return f"{_name(column)}::varchar"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
