"""One feed over one part: the rows of a contract table with, for each, why it was set aside where it was."""

from dataclasses import dataclass

import duckdb

from scrm_helpers import tables
from scrm_helpers.ingestion import abreast, columns, numbered
from scrm_helpers.ingestion.cells import ident, quote
from scrm_helpers.ingestion.columns import DOCUMENT, NO_GROSS
from scrm_helpers.ingestion.evidence import APART, SURPRISE, ApartError, Evidence, SurpriseError
from scrm_helpers.ingestion.expressions import Const
from scrm_helpers.ingestion.faults import Faults, faulty
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, Recipe
from scrm_helpers.store import Settings
from scrm_helpers.tables import Kind

LINES = ("order_lines", "case_events")  # rows that keep their own number: their group is an order's or a case's
CONSENTS = "consents"
UNHELPFUL = "filter_pushdown,in_clause"  # optimizers of the engine, while rows of a file are read
MARKS = {"_fault": 1, "_flaw": 2, "_later": 4, "_descends": 8}  # of a row of a large file
NO_FAULT = 'NULL::STRUCT("column" VARCHAR, reason VARCHAR, value VARCHAR)'


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


def reader(
    con, part: Part, recipe: Recipe, settings: Settings, options: dict, desk: str = "zendesk", *, on_trial: bool = False,
    alone: bool = False,
) -> Reader:
    """How this file is read: what the recipe fixes, overruled by what sources.yml says. `on_trial`: see `Evidence`, `alone`: `Reader`."""
    told = {
        "decimal": options.get("decimal"),
        "usual_decimal": recipe.decimal,
        "date_order": options.get("date_order") or recipe.date_order,
        "dotted": recipe.dotted,
    }
    zone = options.get("time_zone") or recipe.zone or settings.time_zone
    return Reader(
        part,
        Evidence(con, part, told, on_trial=on_trial),
        options.get("system") or recipe.system,
        zone,
        settings.time_zone,
        desk=desk,
        alone=alone,
    )


@dataclass
class Compiled:
    """A feed as SQL: `rows` makes its table, `view` reads it with what is the same in every row or is nothing at all put back."""

    rows: str
    keyed: str  # the column that says which group a row belongs to
    faults: list[tuple[str, str]]  # column and reason, by the number that `_fault` and `_flaw` begin with
    same: dict[str, str]  # columns of the view that the table needs not hold
    columns: dict[str, str]  # of the contract, and SQL of each over the table
    where: str  # of the rows that it takes, over the steps
    counted: str  # the first row of its group, from which the table numbers a row's place in it; '' where it does not


def run(
    con, feeds: list[tuple[str, Feed]], r: Reader, settings: Settings, as_of: str, *, documents: bool = False
) -> list[bool]:
    """Runs the feeds of one part into the tables named with them, and says of each whether `_line` numbers its rows.

    What feeds share of the file is computed once.
    """
    placed = []
    steps = steps_of(r.part)
    made = [(name, feed, compiled(feed, r, settings, as_of, steps, documents=documents)) for name, feed in feeds]
    # rows that a single feed leaves out or makes several of could not be counted once they are read
    shared = len(made) > 1 or bool(r.listed) or bool(r.part.unasked and (feeds[0][1].where or feeds[0][1].each))
    if shared:
        _read(con, steps, r.rows(" ".join([r.needs(), *(c.rows for _, _, c in made)])), r.part)
        if r.part.unasked and con.execute(f"SELECT count(*) FROM {steps}").fetchone()[0] != r.part.rows:
            raise ApartError
        r.identify(con, steps)
    for k, (name, feed, c) in enumerate(made):
        every = c.rows.replace(steps, r.identified(steps, c.rows, c.where) if shared else f"({r.rows(c.rows)})")
        windows = " OVER " in c.rows or any(" OVER " in sql for sql in r.steps)
        apart = r.evidence.large and not feed.each and not windows
        if apart:  # few rows of many are at fault: what is wrong with them stands in a table of its own
            marked = f"SELECT * EXCLUDE ({', '.join(MARKS)}), {_marked()} AS _marks FROM ({every})"
            _read(con, f"{name}_rows", marked, None if shared else r.part)
            n, marks = con.execute(f"SELECT count(*), coalesce(bit_or(_marks), 0) FROM {name}_rows").fetchone()
            faults, flaws, later, descends = (bool(marks & bit) for bit in MARKS.values())
            if descends:
                _together(con, f"{name}_rows", c)
            odd = f"SELECT _row FROM {name}_rows WHERE (_marks & {MARKS['_fault'] | MARKS['_flaw']}) > 0"
        else:
            _read(con, f"{name}_rows", every, None if shared else r.part)
            counted = "count(_fault), count(_flaw), coalesce(bool_or(_later), FALSE), count(*)"
            faults, flaws, later, n = con.execute(f"SELECT {counted} FROM {name}_rows").fetchone()
        if r.part.unasked and not shared and n != r.part.rows:  # a row on two lines, or a blank line
            raise ApartError
        rows, held = f"{name}_rows", f"{name}_rows"
        if apart and (faults or flaws):
            few = r.identified(steps, c.rows, f"_row IN ({odd})") if shared else f"({r.rows(c.rows, only=odd)})"
            con.execute(f"CREATE OR REPLACE TABLE {name}_faults AS SELECT _row, _fault, _flaw FROM ({c.rows.replace(steps, few)})")
            rows, held = f"(SELECT * FROM {name}_rows LEFT JOIN {name}_faults USING (_row))", f"{name}_faults"
        if faults and feed.group:  # an order with a line set aside is not an order: the whole of it is set aside
            key = ident(c.keyed)
            others = f"SELECT _row FROM {rows} WHERE _fault IS NULL AND {key} IN (SELECT {key} FROM {rows} WHERE _fault IS NOT NULL)"
            if apart:
                con.execute(f"INSERT INTO {held} SELECT _row, NULL, NULL FROM ({others}) WHERE _row NOT IN (SELECT _row FROM {held})")
            con.execute(f"UPDATE {held} SET _fault = '1' WHERE _row IN ({others})")
        told = [f"[{', '.join(quote(f[k]) for f in c.faults)}]" for k in (0, 1)]
        lined = bool(c.counted) and c.counted not in r.scattered and not later
        same = c.same | {
            "_line": "_line" if lined else "NULL::BIGINT",
            "_later": (f"(_marks & {MARKS['_later']}) > 0" if apart else "_later") if later else "FALSE",
            "_bad": f"scrm_told(_fault, {', '.join(told)})" if faults else NO_FAULT,
            "_cell": f"scrm_told(_flaw, {', '.join(told)})" if flaws else NO_FAULT,
        }
        if apart and c.keyed == "_key" and (lined or feed.table not in LINES):  # a text for each row, which has told its group
            con.execute(f"ALTER TABLE {name}_rows DROP _key")
            same["_key"] = "NULL::VARCHAR"
        given = ", ".join(["_row", *(f"{sql} AS {ident(n)}" for n, sql in (c.columns | same).items())])
        con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {given} FROM {rows}")
        placed.append(lined)
        if shared and r.evidence.large:  # what no other feed asks for need not lie there while the next one is written
            r.shed(con, steps, " ".join(other.rows for _, _, other in made[k + 1 :]))
    if shared:
        r.forget(con, steps)
    return placed


def steps_of(part: Part) -> str:
    """Name of the table that holds what several feeds share of a part's rows."""
    return f"read_{part.table}"


def _read(con, name: str, rows: str, part: Part | None = None) -> None:
    """Writes rows down as a table. SurpriseError where a row of a file on trial is not as assumed, ApartError where it may be none."""
    # a filter further down would compute the steps that it tests again; a list of words as a join would be asked of every row
    settings = {"disabled_optimizers": UNHELPFUL}
    if part is not None and part.lies:  # rows are numbered one after another: another thread could only wait, and waits at full speed
        settings["threads"] = 1
    with abreast.held(con, **settings):
        try:
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {rows}")
        except duckdb.Error as error:
            if SURPRISE in str(error):
                raise SurpriseError("read") from error
            if APART in str(error):
                raise ApartError from error
            raise


def _marked() -> str:
    """SQL of what is to be told of a row, as one number (see MARKS)."""
    tests = {"_fault": "_fault IS NOT NULL", "_flaw": "_flaw IS NOT NULL"}
    number = " + ".join(f"CASE WHEN {tests.get(name, name)} THEN {bit} ELSE 0 END" for name, bit in MARKS.items())
    return f"(CASE WHEN _fault IS NULL AND _flaw IS NULL AND NOT _later AND NOT _descends THEN 0 ELSE {number} END)::UTINYINT"


def _together(con, rows: str, c: Compiled) -> None:
    """SurpriseError where the rows of a group, thought to stand together, do not: an id then begins more than once.

    Only asked where a group's text sorts before the last one's: document numbers mostly go up, and then none can begin again.
    """
    begins = "_line = 1" if c.counted else "_gid = _row"
    n, different = con.execute(f"SELECT count(*), count(DISTINCT {ident(c.keyed)}) FROM {rows} WHERE {begins}").fetchone()
    if n != different:
        raise SurpriseError("read")


def compiled(feed: Feed, r: Reader, settings: Settings, as_of: str, steps: str, *, documents: bool = False) -> Compiled:
    """SQL of one feed over the table of steps: contract columns, _row, _gid (first row of the group), _bad, _later, _currency.

    `documents`: amounts stay in the document's currency (for `check`, which needs no rates).
    """
    table = tables.contract(feed.table)
    r.group, r.where = "_row", ""
    r.where = feed.where.sql(r, "flag") if feed.where else ""
    group = feed.group.sql(r, "text") if feed.group else None
    r.group = group or "_row"
    picked, texts = columns.picked(table, feed, r)
    money = [c for c in picked if table.by_name[c].kind is Kind.MONEY]
    document = next((c.name for c in table.columns if c.kind is Kind.MONEY and c.unit == DOCUMENT), None)
    currency = feed.currency.sql(r, "text") if feed.currency else "NULL"
    selected = [f"{sql} AS {ident(c)}" for c, sql in picked.items()]
    marks = columns.marks(feed, money, r)
    own = f"coalesce({', '.join(f'scrm_mark({c})' for _, c in marks)})" if marks else "NULL"
    in_row = f"coalesce({columns.currency(currency)}, {own}, {quote(settings.currency)})"
    if alone := not marks and (feed.currency is None or isinstance(feed.currency, Const)):  # one currency in every row
        in_row = quote(r.evidence.con.execute(f"SELECT {in_row}").fetchone()[0])
    at_home = in_row == quote(settings.currency)
    selected += [f"{in_row} AS _currency"]
    gross = columns.gross(feed, r)  # what is read of it is asked about in any case
    if not documents:  # nobody looks at it but `check`
        gross = NO_GROSS
    selected += [
        f"{feed.rate.sql(r, 'number') if feed.rate else 'NULL::DOUBLE'} AS _own_rate",
        f"{columns.vat(feed, r, settings)} AS _vat",
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
    day = columns.day_of(table, picked)
    odd = f"_row IN ({', '.join(str(n) for n, _ in r.part.ragged)})" if r.part.ragged else ""
    foreign = "" if at_home else f"_currency <> {quote(settings.currency)}"
    told = Faults()
    bad, cell, wrong = faulty(told, table, picked, watched, money, foreign, r, odd, marks)
    converted = columns.converted(table, picked, money, document, wrong, feed.cents, converts=not at_home)
    time = table.time if table.time in picked or table.time in {c for c, _ in columns.days(table, picked)} else None
    later = f"coalesce({ident(time)} >= DATE '{as_of}', FALSE)" if time else "FALSE"
    if feed.table == CONSENTS and "status" in picked:  # a refusal binds whoever acts today, whatever month is reported on
        later = f"({later} AND \"status\" IS DISTINCT FROM 'withdrawn')"
    grouped = group and feed.table not in LINES
    of = r.group_of(group) if keyed == table.key[0] else None
    first = of.firsts[r.where] if of else ""
    own_rate = f"CASE WHEN NOT ({foreign}) THEN 1.0 ELSE coalesce(nullif(_own_rate, 0), _r.rate{', 1.0' if documents else ''}) END"
    rated = f"""SELECT b.*, {own_rate} AS _rate FROM b LEFT JOIN scrm_rates _r ON _r.currency = b._currency AND _r."on" = {day}"""
    if at_home:
        rated = "SELECT b.* FROM b"
    same = {
        "_key": ident(keyed),
        "_currency": in_row if alone else "_currency",
        "_gross": NO_GROSS if gross == NO_GROSS else "_gross",
        "_gid": "_gid" if grouped else "_row",
    }
    held = [c for c, sql in same.items() if sql == c]
    fixed = {c: one for c in converted if c not in wrong and (one := numbered.fixed(table.by_name[c], picked.get(c, "")))}
    fixed |= {c: same["_currency"] for c, sql in converted.items() if sql == "_currency"}
    kinds = numbered.contracted(table.columns) if r.evidence.large else {}  # a word that no contract knows is set aside, or left blank
    written = {c: f"TRY_CAST({sql} AS {kinds[c]})" if c in kinds else sql for c, sql in converted.items() if c not in fixed}
    if grouped:
        held[held.index("_gid")] = f"{first or f'min(_row) OVER (PARTITION BY {ident(keyed)})'} AS _gid"
    elif first:  # the number of a line is its place in its group
        held.append(f"_row - {first} + 1 AS _line")
    raw += [first] if first else []
    descends = f"{of.name}_descends" if of and of.run else ""
    raw += [descends] if descends else []
    held.append(f"{descends or 'FALSE'} AS _descends")
    held += ["_key"] if keyed == "_key" and "_key" not in held else []
    return Compiled(
        f"""
        WITH a AS (SELECT _row, {"".join(f"{c}, " for c in raw)}{", ".join(selected)} FROM {rows} {where}),
        b AS (SELECT a.*{"".join(f", {sql} AS {ident(c)}" for c, sql in columns.days(table, picked))} FROM a),
        d AS ({rated}),
        e AS (SELECT *, {later} AS _later, {bad} AS _fault, {cell} AS _flaw FROM d)
        SELECT {"".join(f"{sql} AS {ident(c)}, " for c, sql in written.items())}{", ".join(["_row", "_later", "_fault", "_flaw", *held])} FROM e
    """,  # noqa: E501
        keyed,
        told.known,
        same,
        {c: fixed.get(c, ident(c)) for c in converted},
        "" if "_item" in r.where else r.where,
        "" if grouped else first,
    )
