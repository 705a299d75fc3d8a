"""The columns of a contract table as SQL over the cells of one file: values, days of moments, currency, tax, rounding."""

import re

from scrm_helpers.ingestion.cells import ident, quote
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Contact, Expr, Ident, When
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.store import Settings
from scrm_helpers.store.spelled import CURRENCIES
from scrm_helpers.tables import Kind, Table
from scrm_helpers.texts import tell

KIND = {
    Kind.ID: "id",
    Kind.TEXT: "text",
    Kind.FLAG: "flag",
    Kind.INT: "number",
    Kind.FLOAT: "number",
    Kind.MONEY: "number",
    Kind.DATE: "day",
    Kind.TIME: "moment",
}
ENTITY = {"order_id": "order", "original_order_id": "order", "case_id": "case", "linked_case_id": "case"}
COUNTED = ("count", "calls", "visits")
DOCUMENT = "document currency"
EXACTLY = "1.000000000001"  # a half cent that binary fractions put just below the half is rounded up, as a till does
NO_GROSS = "NULL::DECIMAL(18,4)"
TOO_MUCH = "1e12"  # no row is worth as much: a number in the wrong column, such as an id, is no amount; infinity is none either


def picked(table: Table, feed: Feed, r: Reader) -> tuple[dict[str, str], dict[str, str]]:
    """SQL of each column, and of ids the text that they are made of."""
    made, texts = {}, {}
    for name, expression in feed.columns.items():
        if name not in table.by_name:
            said = {"file": r.part.file, "column": name, "table": table.name}
            raise InputError(tell("told.sources.column", known=", ".join(table.by_name), **said), "sources")
        column = table.by_name[name]
        kind = KIND[column.kind]
        if kind == "number" and (column.kind is Kind.INT or column.unit in COUNTED or name in feed.counted):
            kind = "whole"
        sql = expression.sql(r, kind)
        if column.kind is Kind.ID and not _is_ident(expression):
            entity = ENTITY.get(name) or ("account" if name.endswith("account_id") else name.removesuffix("_id"))
            texts[name] = sql
            sql = f"CASE WHEN {_filled(sql, r)} IS NOT NULL THEN {r.digest(entity, r.system, sql)} END"
        elif kind == "whole" and column.kind is Kind.INT:
            sql = f"TRY_CAST(round({sql}) AS BIGINT)"
        elif column.kind in (Kind.MONEY, Kind.FLOAT):
            sql = held(sql)
        elif column.kind is Kind.TEXT:
            sql = f"({sql})::VARCHAR" if _may_be_empty(column) else _filled(f"({sql})::VARCHAR", r)
        made[name] = sql
    return made, texts


def _filled(sql: str, r: Reader) -> str:
    """SQL of a text, where it is not empty. A cell of a large file without a quote has no text or is blank."""
    cell = re.fullmatch(r"c\d+|\(c\d+\)::VARCHAR", sql)
    return sql if cell and r.part.lies and '"' in r.part.lacks else f"nullif({sql}, '')"


def held(sql: str) -> str:
    """SQL of a number that can be one: what lies beyond either end, and what is no number, becomes an end, and ends are blank."""
    if re.fullmatch(r"_v\d+|TRY_CAST\(c\d+ AS DOUBLE\)", sql):
        return f"CASE WHEN abs({sql}) < {TOO_MUCH} THEN {sql} END"
    return f"nullif(nullif(greatest(least({sql}, {TOO_MUCH}), -{TOO_MUCH}), {TOO_MUCH}), -{TOO_MUCH})"  # said once: it may be a lookup


def marks(feed: Feed, money: list[str], r: Reader) -> list[tuple[str, str]]:
    """(column of the contract, raw cell) of amounts that carry a currency in the cell: a sign sets the row's currency."""
    found: dict[str, str] = {}
    for name in money:
        for place in (r.place(c.aliases) for c in feed.columns[name].columns()):
            if place and r.evidence.has_currency(place[0]):
                found.setdefault(f"c{place[0]}", name)
    return [(name, cell) for cell, name in found.items()]


def _is_ident(expression: Expr) -> bool:
    return isinstance(expression, Ident | Contact) or (isinstance(expression, When) and _is_ident(expression.then))


def _may_be_empty(column) -> bool:
    return column.name == "ad_id"  # '' says that the file stops at campaigns


def days(table: Table, picked: dict) -> list[tuple[str, str]]:
    """`x_on` from `x_at` and the other way round, where a feed gives one of a pair."""
    out = []
    for c in table.columns:
        if c.kind is Kind.DATE and c.name not in picked:
            pair = "at" if c.name == "on" else f"{c.name.removesuffix('_on')}_at" if c.name.endswith("_on") else ""
            if pair in picked:
                out.append((c.name, f"scrm_here({ident(pair)})::DATE"))
        elif c.kind is Kind.TIME and c.name not in picked:
            pair = "on" if c.name == "at" else f"{c.name.removesuffix('_at')}_on" if c.name.endswith("_at") else ""
            if pair in picked:
                out.append((c.name, f"scrm_utc({ident(pair)}::TIMESTAMP)"))
        elif c.name == "on" and c.kind is Kind.DATE:
            continue
    if "month" in picked and "on" in table.by_name and "on" not in picked:
        out.append(("on", "TRY_CAST(month || '-01' AS DATE)"))
    return out


def made_of_pair(target: str, found) -> bool:
    """Whether a day or moment is made of the other one of its pair, or a day of its month."""
    if target == "on" and "month" in found:
        return True
    pairs = {"on": "at", "at": "on"}
    stem, mark, end = target.rpartition("_")
    return f"{stem}{mark}{pairs.get(end, '')}" in found if end in pairs else False


def day_of(table: Table, picked: dict) -> str:
    """The day whose rate counts."""
    have = set(picked) | {c for c, _ in days(table, picked)}
    for name in (table.time, "on", "ordered_on", "created_on"):
        if name and name in have:
            return f"b.{ident(name)}"
    return "NULL::DATE"


def vat(feed: Feed, r: Reader, settings: Settings) -> str:
    if isinstance(feed.vat, Expr):
        return f"1 + coalesce({feed.vat.sql(r, 'number')}, {settings.vat_rate * 100}) / 100"
    return {"excluded": "1.0", "included": str(1 + settings.vat_rate)}[feed.vat]


def gross(feed: Feed, r: Reader) -> str:
    """The amount with VAT as the file has it; blank where the file's amounts are without."""
    if feed.gross:
        return f"({held(feed.gross.sql(r, 'number'))})::DECIMAL(18,4)"
    if feed.vat != "excluded" and "net" in feed.columns:
        return f"({held(feed.columns['net'].sql(r, 'number'))})::DECIMAL(18,4)"
    return NO_GROSS


def currency(sql: str) -> str:
    """SQL of a currency's code from how a cell says it."""
    cases = " ".join(f"WHEN {quote(said)} THEN {quote(code)}" for said, code in CURRENCIES.items())
    return f"CASE upper(trim({sql})) {cases} ELSE upper(trim({sql})) END"


def converted(
    table: Table, picked: dict, money: list[str], document: str | None, wrong: dict[str, str], cents: bool, *, converts: bool
) -> dict[str, str]:
    """The contract's columns: money as DECIMAL in base currency without VAT, wrong cells blank; lineage is left to `settle`.

    `converts`: whether an amount of the file may be in another currency than the company's.
    """
    out, have, units = {}, [*picked, *(c for c, _ in days(table, picked))], "100.0::DOUBLE" if cents else "10000.0::DOUBLE"
    net = f"round({{}} / _vat * {EXACTLY} * {units}) / {units}"  # as round(x, 4), which computes 10000 for every row
    for name in have:
        column = table.by_name[name]
        if name in money:
            free, rounded = ident(name), False
            if name not in ("vat", "budget", "money", "hourly_rate"):
                free, rounded = net.format(ident(name)), True
            rate = " * _rate" if converts and column.unit != DOCUMENT else ""
            sql = f"({free if rounded and not rate else f'round({free}{rate}, 4)'})::DECIMAL(18,4)"
        elif name == "currency":
            sql = "_currency"
        else:
            sql = f"{ident(name)}::{_duck(column.kind)}"
        if name in wrong:
            sql = f"CASE WHEN NOT coalesce({wrong[name]}, FALSE) THEN {sql} END"
        out[name] = sql
    base = {"net_document": "net", "amount_document": "amount"}.get(document or "")
    if base in picked and document not in picked:
        out[document] = f"({net.format(ident(base))})::DECIMAL(18,4)"
    if "currency" in table.by_name and "currency" not in picked:
        out["currency"] = "_currency"
    return out


def _duck(kind: Kind) -> str:
    return {
        Kind.ID: "BIGINT",
        Kind.TEXT: "VARCHAR",
        Kind.FLAG: "BOOLEAN",
        Kind.INT: "BIGINT",
        Kind.FLOAT: "DOUBLE",
        Kind.MONEY: "DECIMAL(18,4)",
        Kind.DATE: "DATE",
        Kind.TIME: "TIMESTAMP",
    }[kind]
