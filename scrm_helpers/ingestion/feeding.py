"""One feed over one part: the rows of a contract table with, for each, why it was set aside where it was."""

from dataclasses import dataclass

from scrm_helpers import tables
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import Evidence
from scrm_helpers.ingestion.expressions import Const, Expr, Reader
from scrm_helpers.ingestion.loading import Part
from scrm_helpers.ingestion.recipe import Feed, Recipe
from scrm_helpers.store import Settings
from scrm_helpers.tables import Kind, Privacy, Table
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
LINES = ("order_lines", "case_events")  # rows that keep their own number: their group is an order's or a case's
CONSENTS = "consents"
COUNTED = ("count", "calls", "visits")
DOCUMENT = "document currency"
LOST_DIGITS = r"^\d+([.,]\d+)?[eE]\+?\d+$|^\d{16,}\.0+$"
NUMBERED = ("phone", "tax_no", "product_id", "campaign_id", "ad_id", "item", "external_id")  # texts that are long numbers
NO_DAY = r"^(1899|0001|9999|1753|30[./]12[./]1899|31[./]12[./]1899|0?1[./]0?1[./]0001)"
WHOLE_ROW = ("digits_lost", "letters_lost")
MADE_LATER = ("system", "source_file", "source_row", "currency", "amount_document", "line_no")
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD")  # all write their amounts with $
EXACTLY = "1.000000000001"  # a half cent that binary fractions put just below the half is rounded up, as a till does
NO_GROSS = "NULL::DECIMAL(18,4)"
NO_FAULT = 'NULL::STRUCT("column" VARCHAR, reason VARCHAR, value VARCHAR)'
TOO_MUCH = "1e12"  # no row is worth as much: a number in the wrong column, such as an id, is no amount; infinity is none either
LOST_LETTERS = r"[[:alpha:]]\?[^[:space:]]|\?[^[:space:]]*[[:alpha:]]"


@dataclass
class Fed:
    """A feed that was run: the DuckDB table of its rows and where they came from."""

    table: str
    rows: str  # name of the DuckDB table
    part: Part
    part_no: int
    system: str
    feed: Feed
    feed_no: int
    exported_on: str  # ISO day
    recipe: str = ""
    numbered: bool = False  # whether `_line` says the place of each row in its group


def reader(con, part: Part, recipe: Recipe, settings: Settings, options: dict, desk: str = "zendesk") -> Reader:
    """How this file is read: what the recipe fixes, overruled by what sources.yml says."""
    told = {
        "decimal": options.get("decimal"),
        "usual_decimal": recipe.decimal,
        "date_order": options.get("date_order") or recipe.date_order,
        "dotted": recipe.dotted,
    }
    if told["decimal"] not in ("", "comma", "point", None):
        raise InputError(tell("told.sources.decimal", came=str(told["decimal"])), "sources")
    zone = options.get("time_zone") or recipe.zone or settings.time_zone
    return Reader(
        part, Evidence(con, part, told), options.get("system") or recipe.system, zone, settings.time_zone, desk=desk
    )


@dataclass
class Compiled:
    """A feed as SQL: `rows` makes its table, `view` reads it with what is the same in every row or is nothing at all put back."""

    rows: str
    keyed: str  # the column that says which group a row belongs to
    faults: list[tuple[str, str]]  # column and reason, by the number that `_fault` and `_flaw` begin with
    same: dict[str, str]  # columns of the view that the table needs not hold
    columns: list[str]  # of the contract
    numbered: bool  # whether the table holds the place of each row in its group


def run(
    con, feeds: list[tuple[str, Feed]], r: Reader, settings: Settings, as_of: str, *, documents: bool = False
) -> list[bool]:
    """Runs the feeds of one part into the tables named with them, and says of each whether `_line` numbers its rows.

    What feeds share of the file is computed once.
    """
    numbered = []
    steps = f"read_{r.part.table}"
    made = [(name, feed, compiled(feed, r, settings, as_of, steps, documents=documents)) for name, feed in feeds]
    shared = len(made) > 1
    if shared:
        r.table(con, steps, " ".join(c.rows for _, _, c in made))
    for name, feed, c in made:
        every = c.rows if shared else c.rows.replace(steps, f"({r.rows(c.rows)})")
        apart = r.evidence.large and not feed.each and " OVER " not in every
        if apart:  # few rows of many are at fault: what is wrong with them stands in a table of its own
            marked = f"SELECT * EXCLUDE (_fault, _flaw), _fault IS NOT NULL AS _f, _flaw IS NOT NULL AS _w FROM ({every})"
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_rows AS {marked}")
            counted, odd = "count(*) FILTER (_f), count(*) FILTER (_w)", f"SELECT _row FROM {name}_rows WHERE _f OR _w"
        else:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_rows AS {every}")
            counted = "count(_fault), count(_flaw)"
        faults, flaws, later = con.execute(f"SELECT {counted}, bool_or(_later) FROM {name}_rows").fetchone()
        rows, held = f"{name}_rows", f"{name}_rows"
        if apart and (faults or flaws):
            few = f"(SELECT * FROM {steps} WHERE _row IN ({odd}))" if shared else f"({r.rows(c.rows, only=odd)})"
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_faults AS SELECT _row, _fault, _flaw FROM ({c.rows.replace(steps, few)})")
            rows, held = f"(SELECT * FROM {name}_rows LEFT JOIN {name}_faults USING (_row))", f"{name}_faults"
        if faults and feed.group:  # an order with a line set aside is not an order: the whole of it is set aside
            key = _q(c.keyed)
            others = f"SELECT _row FROM {rows} WHERE _fault IS NULL AND {key} IN (SELECT {key} FROM {rows} WHERE _fault IS NOT NULL)"
            if apart:
                con.execute(f"INSERT INTO {held} SELECT _row, NULL, NULL FROM ({others}) WHERE _row NOT IN (SELECT _row FROM {held})")
            con.execute(f"UPDATE {held} SET _fault = '1' WHERE _row IN ({others})")
        told = [f"[{', '.join(quote(f[k]) for f in c.faults)}]" for k in (0, 1)]
        same = c.same | {
            "_line": "_line" if c.numbered and not later else "NULL::BIGINT",
            "_later": "_later" if later else "FALSE",
            "_bad": f"scrm_told(_fault, {', '.join(told)})" if faults else NO_FAULT,
            "_cell": f"scrm_told(_flaw, {', '.join(told)})" if flaws else NO_FAULT,
        }
        given = ", ".join([*map(_q, c.columns), "_row", *(f"{sql} AS {n}" for n, sql in same.items())])
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {given} FROM {rows}")
        numbered.append(c.numbered and not later)
    if shared:
        con.execute(f"DROP TABLE {steps}")
    return numbered


def compiled(feed: Feed, r: Reader, settings: Settings, as_of: str, steps: str, *, documents: bool = False) -> Compiled:
    """SQL of one feed over the table of steps: contract columns, _row, _gid (first row of the group), _bad, _later, _currency.

    `documents`: amounts stay in the document's currency (for `check`, which needs no rates).
    """
    table = tables.contract(feed.table)
    r.group, r.where = "_row", ""
    r.where = feed.where.sql(r, "flag") if feed.where else ""
    group = feed.group.sql(r, "text") if feed.group else None
    r.group = group or "_row"
    picked, texts = _columns(table, feed, r)
    money = [c for c in picked if table.by_name[c].kind is Kind.MONEY]
    document = next((c.name for c in table.columns if c.kind is Kind.MONEY and c.unit == DOCUMENT), None)
    currency = feed.currency.sql(r, "text") if feed.currency else "NULL"
    selected = [f"{sql} AS {_q(c)}" for c, sql in picked.items()]
    marks = _marks(feed, money, r)
    own = f"coalesce({', '.join(f'scrm_mark({c})' for _, c in marks)})" if marks else "NULL"
    in_row = f"coalesce({_currency(currency)}, {own}, {quote(settings.currency)})"
    if alone := not marks and (feed.currency is None or isinstance(feed.currency, Const)):  # one currency in every row
        in_row = quote(r.evidence.con.execute(f"SELECT {in_row}").fetchone()[0])
    at_home = in_row == quote(settings.currency)
    selected += [f"{in_row} AS _currency"]
    gross = _gross(feed, r)
    selected += [
        f"{feed.rate.sql(r, 'number') if feed.rate else 'NULL::DOUBLE'} AS _own_rate",
        f"{_vat(feed, r, settings)} AS _vat",
        f"{gross} AS _gross",
    ]
    # a row's group is told by the id that is made of it, where there is one
    keyed = table.key[0] if group and texts.get(table.key[0]) == group else "_key" if group else "_row"
    selected += [f"{group} AS _key"] if keyed == "_key" else []
    watched = {c: e.watch(r) for c, e in feed.columns.items()}
    raw = sorted({cell for found in watched.values() for cell in found} | {cell for _, cell in marks})
    where = f"WHERE {r.where}" if r.where else ""
    rows = steps
    if feed.each:  # a cell that lists several things makes several rows, all with the number of the one they stand in
        rows = f"(SELECT *, trim(unnest(string_split({feed.each.sql(r, 'text')}, ','))) AS _item FROM {steps})"
    day = _day_of(table, picked)
    odd = f"_row IN ({', '.join(str(n) for n, _ in r.part.ragged)})" if r.part.ragged else ""
    foreign = "" if at_home else f"_currency <> {quote(settings.currency)}"
    told = _Faults()
    bad, cell, wrong = _faults(told, table, picked, watched, money, foreign, r, odd, marks)
    converted = _converted(table, picked, money, document, wrong, feed.cents, converts=not at_home)
    time = table.time if table.time in picked or table.time in {c for c, _ in _days(table, picked)} else None
    later = f"coalesce({_q(time)} >= DATE '{as_of}', FALSE)" if time else "FALSE"
    if feed.table == CONSENTS and "status" in picked:  # a refusal binds whoever acts today, whatever month is reported on
        later = f"({later} AND \"status\" IS DISTINCT FROM 'withdrawn')"
    grouped = group and feed.table not in LINES
    first, together = r.group_of(group) if keyed == table.key[0] else ("", False)
    own_rate = f"CASE WHEN NOT ({foreign}) THEN 1.0 ELSE coalesce(nullif(_own_rate, 0), _r.rate{', 1.0' if documents else ''}) END"
    rated = f"""SELECT b.*, {own_rate} AS _rate FROM b LEFT JOIN scrm_rates _r ON _r.currency = b._currency AND _r."on" = {day}"""
    if at_home:
        rated = "SELECT b.* FROM b"
    same = {
        "_key": _q(keyed),
        "_currency": in_row if alone else "_currency",
        "_gross": NO_GROSS if gross == NO_GROSS else "_gross",
        "_gid": "_gid" if grouped else "_row",
    }
    held = [c for c, sql in same.items() if sql == c]
    if grouped:
        held[held.index("_gid")] = f"{first or f'min(_row) OVER (PARTITION BY {_q(keyed)})'} AS _gid"
    elif first and together:  # the number of a line is its place in its group
        held.append(f"_row - {first} + 1 AS _line")
    raw += [first] if first else []
    held += ["_key"] if keyed == "_key" and "_key" not in held else []
    return Compiled(
        f"""
        WITH a AS (SELECT _row, {"".join(f"{c}, " for c in raw)}{", ".join(selected)} FROM {rows} {where}),
        b AS (SELECT a.*{"".join(f", {sql} AS {_q(c)}" for c, sql in _days(table, picked))} FROM a),
        d AS ({rated}),
        e AS (SELECT *, {later} AS _later, {bad} AS _fault, {cell} AS _flaw FROM d)
        SELECT {", ".join(f"{sql} AS {_q(c)}" for c, sql in converted.items())}, {", ".join(["_row", "_later", "_fault", "_flaw", *held])} FROM e
    """,  # noqa: E501
        keyed,
        told.known,
        same,
        list(converted),
        bool(first and together and not grouped),
    )


def _columns(table: Table, feed: Feed, r: Reader) -> tuple[dict[str, str], dict[str, str]]:
    """SQL of each column, and of ids the text that they are made of."""
    picked, texts = {}, {}
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
            sql = f"CASE WHEN nullif({sql}, '') IS NOT NULL THEN {r.digest(entity, r.system, sql)} END"
        elif kind == "whole" and column.kind is Kind.INT:
            sql = f"TRY_CAST(round({sql}) AS BIGINT)"
        elif column.kind in (Kind.MONEY, Kind.FLOAT):
            # said once, for it may be a lookup: what lies beyond either end, and what is no number, becomes an end, and ends are blank
            sql = f"nullif(nullif(greatest(least({sql}, {TOO_MUCH}), -{TOO_MUCH}), {TOO_MUCH}), -{TOO_MUCH})"
        elif column.kind is Kind.TEXT:
            sql = f"nullif(({sql})::VARCHAR, '')" if not _may_be_empty(column) else f"({sql})::VARCHAR"
        picked[name] = sql
    return picked, texts


def _marks(feed: Feed, money: list[str], r: Reader) -> list[tuple[str, str]]:
    """(column of the contract, raw cell) of amounts that carry a currency in the cell: a sign sets the row's currency."""
    found: dict[str, str] = {}
    for name in money:
        for place in (r.place(c.aliases) for c in feed.columns[name].columns()):
            if place and r.evidence.has_currency(place[0]):
                found.setdefault(f"c{place[0]}", name)
    return [(name, cell) for cell, name in found.items()]


def _is_ident(expression: Expr) -> bool:
    from scrm_helpers.ingestion.expressions import Contact, Ident, When

    return isinstance(expression, Ident | Contact) or (isinstance(expression, When) and _is_ident(expression.then))


def _may_be_empty(column) -> bool:
    return column.name == "ad_id"  # '' says that the file stops at campaigns


def _days(table: Table, picked: dict) -> list[tuple[str, str]]:
    """`x_on` from `x_at` and the other way round, where a feed gives one of a pair."""
    out = []
    for c in table.columns:
        if c.kind is Kind.DATE and c.name not in picked:
            pair = "at" if c.name == "on" else f"{c.name.removesuffix('_on')}_at" if c.name.endswith("_on") else ""
            if pair in picked:
                out.append((c.name, f"timezone(getvariable('scrm_zone'), timezone('UTC', {_q(pair)}))::DATE"))
        elif c.kind is Kind.TIME and c.name not in picked:
            pair = "on" if c.name == "at" else f"{c.name.removesuffix('_at')}_on" if c.name.endswith("_at") else ""
            if pair in picked:
                out.append((c.name, f"timezone('UTC', timezone(getvariable('scrm_zone'), {_q(pair)}::TIMESTAMP))"))
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


def _day_of(table: Table, picked: dict) -> str:
    """The day whose rate counts."""
    have = set(picked) | {c for c, _ in _days(table, picked)}
    for name in (table.time, "on", "ordered_on", "created_on"):
        if name and name in have:
            return f"b.{_q(name)}"
    return "NULL::DATE"


def _vat(feed: Feed, r: Reader, settings: Settings) -> str:
    if isinstance(feed.vat, Expr):
        return f"1 + coalesce({feed.vat.sql(r, 'number')}, {settings.vat_rate * 100}) / 100"
    return {"excluded": "1.0", "included": str(1 + settings.vat_rate)}[feed.vat]


def _gross(feed: Feed, r: Reader) -> str:
    """The amount with VAT as the file has it; blank where the file's amounts are without."""
    if feed.gross:
        return f"({feed.gross.sql(r, 'number')})::DECIMAL(18,4)"
    if feed.vat != "excluded" and "net" in feed.columns:
        return f"({feed.columns['net'].sql(r, 'number')})::DECIMAL(18,4)"
    return NO_GROSS


def _currency(sql: str) -> str:
    return f"CASE upper(trim({sql})) WHEN 'TL' THEN 'TRY' WHEN '₺' THEN 'TRY' WHEN 'YTL' THEN 'TRY' WHEN '€' THEN 'EUR' WHEN '$' THEN 'USD' ELSE upper(trim({sql})) END"  # noqa: E501


def _converted(
    table: Table, picked: dict, money: list[str], document: str | None, wrong: dict[str, str], cents: bool, *, converts: bool
) -> dict[str, str]:
    """The contract's columns: money as DECIMAL in base currency without VAT, wrong cells blank; lineage is left to `settle`.

    `converts`: whether an amount of the file may be in another currency than the company's.
    """
    out, have, places = {}, [*picked, *(c for c, _ in _days(table, picked))], 2 if cents else 4
    for name in have:
        column = table.by_name[name]
        if name in money:
            free, rounded = _q(name), False
            if name not in ("vat", "budget", "money", "hourly_rate"):
                free, rounded = f"round({_q(name)} / _vat * {EXACTLY}, {places})", True
            rate = " * _rate" if converts and column.unit != DOCUMENT else ""
            sql = f"{free if rounded and not rate else f'round({free}{rate}, 4)'}::DECIMAL(18,4)"
        elif name == "currency":
            sql = "_currency"
        else:
            sql = f"{_q(name)}::{_duck(column.kind)}"
        if name in wrong:
            sql = f"CASE WHEN NOT coalesce({wrong[name]}, FALSE) THEN {sql} END"
        out[name] = sql
    base = {"net_document": "net", "amount_document": "amount"}.get(document or "")
    if base in picked and document not in picked:
        out[document] = f"round({_q(base)} / _vat * {EXACTLY}, {places})::DECIMAL(18,4)"
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


class _Faults:
    """What can be wrong with a row or a cell, numbered from 1; number 1 is a row whose group has another one at fault."""

    def __init__(self):
        self.known = [("", "group")]

    def sql(self, column: str, reason: str, value: str, *, hide: bool) -> str:
        """SQL of one fault as text: its number, and the value where there is one."""
        if (column, reason) not in self.known:
            self.known.append((column, reason))
        shown = f"scrm_mask(({value})::VARCHAR)" if hide else f"left(({value})::VARCHAR, 80)"
        number = self.known.index((column, reason)) + 1
        return f"'{number}'" if value == "NULL" else f"concat('{number}', '=' || {shown})"


def _faults(
    told: _Faults,
    table: Table,
    picked: dict,
    watched: dict,
    money: list[str],
    foreign: str,
    r: Reader,
    odd: str,
    marks: list[tuple[str, str]],
) -> tuple[str, str, dict[str, str]]:
    """(why a row cannot stand in the table, why a cell of a row that can was left blank, test of each such cell), the first of each.

    A required column that is blank or unreadable sets the row aside; an optional one is left blank and told.
    """
    have = set(picked) | {c for c, _ in _days(table, picked)}
    lacking = [
        c.name
        for c in table.columns
        if (c.required or c.name in table.key) and c.name not in have and c.name not in MADE_LATER
    ]
    if lacking := [n for k, n in enumerate(lacking) if not made_of_pair(n, lacking[:k])]:
        said = {"file": r.part.file, "columns": ", ".join(repr(h) for h in r.part.header if h)}
        raise InputError(tell("console.cells.unmapped", lacking=", ".join(lacking), table=table.name, **said), "column")
    rows, cell_cases, wrong = [f"WHEN {odd} THEN {told.sql('', 'ragged', 'NULL', hide=False)}"] if odd else [], [], {}
    for name, mark in marks:  # an amount in another currency than its row says: nobody can tell which is right
        dollars = f"(scrm_mark({mark}) = 'USD' AND contains({mark}, '$') AND _currency IN ({', '.join(map(quote, DOLLARS))}))"
        rows.append(f"WHEN scrm_mark({mark}) <> _currency AND NOT {dollars} THEN {told.sql(name, 'currency', mark, hide=False)}")
    for column in [c for c in table.columns if c.name in have]:
        name, cell_names = column.name, watched.get(column.name, [])
        must = column.required or name in table.key
        value = f"coalesce({', '.join(cell_names)})" if cell_names else "NULL"
        hide = column.privacy is not Privacy.PUBLIC
        for test, reason in _tests_of(column, cell_names, r):
            case = f"WHEN {test} THEN {told.sql(name, reason, value if cell_names else _q(name), hide=hide)}"
            if must or (reason in WHOLE_ROW and column.kind is Kind.ID) or reason == "letters_lost":
                rows.append(case)
            else:
                cell_cases.append(case)
                if reason != "unreadable":
                    wrong[name] = f"{wrong[name]} OR {test}" if name in wrong else test
        if must:
            why = "not_allowed" if column.allowed and cell_names else "blank"
            rows.append(f"WHEN {_q(name)} IS NULL THEN {told.sql(name, why, value, hide=hide)}")
        if foreign and name in money and column.unit != DOCUMENT:
            case = f"WHEN {foreign} AND _rate IS NULL AND {_q(name)} IS NOT NULL THEN {told.sql(name, 'no_rate', '_currency', hide=False)}"
            (rows if must else cell_cases).append(case)
    return (*(f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR" for cases in (rows, cell_cases)), wrong)


def _tests_of(column, cell_names: list[str], r: Reader) -> list[tuple[str, str]]:
    """(SQL test, reason) of what can be wrong with one column's value."""
    q, tests = _q(column.name), []
    if cell_names and (column.kind is Kind.ID or column.name in NUMBERED):
        lost = cell_names
        if r.evidence.large:  # one look at the column spares a test of each row
            lost = [c for c in cell_names if r.evidence.ever(f"CASE WHEN {c} < ':' THEN regexp_matches({c}, '{LOST_DIGITS}') END")]
        if lost:
            tests.append((_any(lost, LOST_DIGITS), "digits_lost"))
    if column.kind in (Kind.TEXT, Kind.ID) and cell_names and r.part.damaged:
        tests.append((_any(cell_names, LOST_LETTERS), "letters_lost"))
    if cell_names and column.kind in (Kind.DATE, Kind.TIME, Kind.MONEY, Kind.FLOAT, Kind.INT):
        filled = " OR ".join(f"NOT scrm_gone({c})" for c in cell_names)
        no_day = " AND ".join(f"coalesce(NOT regexp_matches({c}, '{NO_DAY}'), TRUE)" for c in cell_names)
        tests.append(
            (
                f"({q} IS NULL AND ({filled}){f' AND {no_day}' if column.kind in (Kind.DATE, Kind.TIME) else ''})",
                "unreadable",
            )
        )
    if column.allowed:
        tests.append((f"{q} NOT IN ({', '.join(quote(a) for a in column.allowed)})", "not_allowed"))
    beyond = [f"{q} < {column.least}"] * (column.least is not None) + [f"{q} > {column.most}"] * (
        column.most is not None
    )
    if beyond:
        tests.append((f"({' OR '.join(beyond)})", "out_of_range"))
    return tests


def _any(cell_names: list[str], pattern: str) -> str:
    return "(" + " OR ".join(f"coalesce(regexp_matches({c}, '{pattern}'), FALSE)" for c in cell_names) + ")"


def _q(name: str) -> str:
    return f'"{name}"'
