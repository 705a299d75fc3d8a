"""What a column's own values say about how it is written: decimal sign, order of day and month. Both readings fit: refused."""

from scrm_helpers.ingestion import cells
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.part import Part
from scrm_helpers.texts import tell

STYLES = {"comma": "scrm_comma", "point": "scrm_point", "mixed": "scrm_mixed"}
LARGE = 10_000  # rows from which each column is asked about by itself, its first rows first: most questions end there
HEAD = 20_000
PATTERNS = {"comma": cells.SURE_COMMA, "point": cells.SURE_POINT, "either": cells.EITHER}


SURPRISE = "scrm: a row is not as the first rows are"
APART = "scrm: a row may be none of the table"


class SurpriseError(Exception):
    """The first rows of a file do not settle how all of it is to be read. Its argument, where it has one: the others were read too."""


class ApartError(Exception):
    """A file has to be looked through before its rows are read: not every line of it may be a row of its table (see `Part.unasked`).

    Its argument, where it has one: its rows are not as the first ones are either.
    """


class Evidence:
    """Reads a part once per question and keeps the answer. `options` may declare `decimal` and `date_order`.

    `on_trial`: only the first rows are asked. What they have, the file has; what they have not is `assumed` of the rest, to be tested
    row by row as the rows are read (see `guarded`). Where a row is otherwise the file is read again with every question asked in full.
    """

    def __init__(self, connection, part: Part, options: dict, *, on_trial: bool = False):
        self.con, self.part, self.options, self.on_trial = connection, part, options, on_trial
        self.assumed: dict[object, str] = {}  # question -> SQL of what no row is thought to be
        if on_trial:
            self.head = part.head
            connection.execute(f"CREATE OR REPLACE TABLE {self.head} AS SELECT * FROM {part.table} LIMIT {HEAD}")
        else:
            part.keep(connection)
            self.head = f"(SELECT * FROM {part.table} LIMIT {HEAD})"
        self._facts: dict[int, dict[str, bool]] = {}
        self._orders: dict[int, str] = {}
        self.taken_at_word: list[str] = []  # sentences about days that fit both orders and are read as declared
        self._found: dict[str, bool] = {}
        self._shaped: set[int] = set()  # on trial: columns of which each cell is tested to be a day or moment of one shape
        self._offset: set[int] = set()  # columns of which each cell has its offset in the same place
        self.large = part.rows > LARGE

    def number(self, place: int, *, whole: bool = False) -> str:
        """SQL that reads column `place` as a number. `whole`: a count has no decimals, so `1.742` is 1742."""
        cell = f"c{place}"
        if place in self.part.exact:
            return f"TRY_CAST({cell} AS DOUBLE)"
        style = self.style(place, whole=whole)
        if style == "point" and self._fact(place, "plain") and not (whole and self._fact(place, "either")):
            return f"TRY_CAST({cell} AS DOUBLE)"  # every cell is what a program writes
        if style == "comma" and not whole and self.large and not self.ever(f"NOT regexp_matches({cell}, '{cells.CLEAN}')"):
            bare = f"CASE WHEN regexp_matches({cell}, '{cells.COMMA}') THEN {cell} END"
            return f"TRY_CAST(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"
        read = f"{STYLES[style]}({cell})"
        if not whole:
            return read
        grouped = f"regexp_matches(scrm_bare({cell}), '^[+-]?[1-9]\\d{{0,2}}([.,]\\d{{3}})+$')"
        return f"CASE WHEN {grouped} THEN TRY_CAST(regexp_replace(scrm_bare({cell}), '[.,]', '', 'g') AS DOUBLE) ELSE {read} END"

    def is_floated(self, place: int) -> bool:
        """Whether every cell is a whole number that a program wrote with `.0`, as it does once a cell of the column is missing."""
        floated = f"regexp_matches(c{place}, '^\\d{{1,15}}\\.0+$')"
        if self.ever(f"NOT {floated}") or self.ever(floated, f"contains(c{place}, '.0')"):
            return not self.ever(f"NOT {floated}")
        self.assumed.pop(f"NOT {floated}", None)  # blank as far as it was asked: that none is so is enough
        return False

    def text(self, place: int) -> str:
        """SQL that reads column `place` as text; what no cell of a large file needs is left out."""
        cell = f"c{place}"
        if self.large and place in self.part.exact:
            return cell
        if self.large:
            odd = [f"ends_with({cell}, 'e0')"]
            odd += [f"strlen({cell}) <> length({cell})"] * (not self.part.plain)
            odd += [f"starts_with({cell}, chr(39))"] * ("'" not in self.part.lacks)
            mended = f"CASE WHEN {' OR '.join(odd)} THEN regexp_matches({cell}, '{cells.MENDED}') END"
            said = cells.text(cell) if self.ever(mended) else cell
            dash = f"{cell} IN {cells.DASHES}"
            ruled_out = f"({cell} < '.' AND {dash})" if self.part.plain else ""  # one look spares three where no wide dash can be
            return said if not self.ever(dash, ruled_out) else f"CASE WHEN {cell} NOT IN {cells.DASHES} THEN {said} END"
        return f"CASE WHEN {cell} NOT IN {cells.DASHES} THEN {cells.text(cell)} END"

    def style(self, place: int, *, whole: bool = False) -> str:
        """comma, point or mixed (each cell by itself where it is certain); InputError where both readings fit."""
        if declared := self.options.get("decimal"):
            return declared
        comma, point = (self._fact(place, sign) for sign in ("comma", "point"))
        if comma and point:
            return "mixed"
        if comma or point:
            return "comma" if comma else "point"
        if whole or not self._fact(place, "either"):
            return "point"
        if usual := self.options.get("usual_decimal"):  # what the system writes, where the values fit both
            return usual
        signs = [[self._fact(k, sign) for sign in ("comma", "point")] for k in self._places()]
        of_file = {("comma" if c else "point") for c, p in signs if c != p}
        if len(of_file) == 1:
            return of_file.pop()
        values = self._examples(place, f"regexp_matches(scrm_bare(c{place}), '{cells.EITHER}')")
        raise InputError(tell("console.cells.decimal", where=self._where(), column=repr(self.part.header[place]), values=values), "decimal")

    def moment(self, place: int) -> str:
        """SQL that reads column `place` as a clock time without a zone."""
        cell = f"c{place}"
        if place in self.part.exact:
            return f"coalesce(TRY_CAST({cell} AS TIMESTAMP), scrm_iso({cell}))"
        order = self.order(place)
        if order:
            for sign in "./-" if self.large else ".":
                read = f"try_strptime({cell}, '{sign.join(('%d', '%m') if order == 'dmy' else ('%m', '%d'))}{sign}%Y')"
                if self._all(place, rf"\d{{2}}[{sign}]\d{{2}}[{sign}]\d{{4}}", read):  # every cell is a day such as 05.09.2026
                    return read
            marks = f"try_strptime(translate({cell}, '/-', '..'), '{'%d.%m.%Y' if order == 'dmy' else '%m.%d.%Y'}')"
            if self._all(place, r"\d{2}[./-]\d{2}[./-]\d{4}", marks):
                return marks
        elif self.large and self._all(place, r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?"):
            return f"TRY_CAST({cell} AS TIMESTAMP)"
        elif self.large and not self.ever(f"NOT regexp_full_match({cell}, '{cells.WITH_OFFSET}')"):
            self._offset.add(place)
            self.assumed.pop(("order", place), None)
            return f"TRY_CAST(left({cell}, 19) AS TIMESTAMP)"
        ordered = f", scrm_{order}({cell})" if order else ""
        return (
            f"coalesce(scrm_iso({cell}){ordered}{f', scrm_worded({cell})' if self._any(place, cells.WORDED) else ''})"
        )

    def _all(self, place: int, pattern: str, read: str = "") -> bool:
        """Whether every cell is a day or moment of this shape. `read`: SQL that is blank for ten letters of any other shape."""
        if self.large and not self.on_trial and pattern.endswith(r"\d{4}"):  # a day is ten letters long
            test = f"SELECT bool_or(NOT regexp_full_match(c{place}, '{pattern}')) FROM {self._days(place)}"
            return not self.con.execute(test).fetchone()[0]
        other = f"(c{place} IS NOT NULL AND (strlen(c{place}) <> 10 OR {read} IS NULL))" if read else ""
        found = not self.ever(f"NOT regexp_full_match(c{place}, '{pattern}')", other)
        if found and self.on_trial:
            self._shaped.add(place)
            self.assumed.pop(("order", place), None)  # a cell of this shape that can be read is of no other order
        return found

    def _days(self, place: int) -> str:
        """The first eleven letters of a column's cells and how many begin so: days stand there, and days repeat."""
        name = f"days_{self.part.table}_{place}"
        if name not in self._found:
            begins = f"SELECT left(c{place}, 11) AS c{place}, count(*) AS n, min(_row) AS _row FROM {self.part.table} GROUP BY 1"
            self.con.execute(f"CREATE OR REPLACE TABLE {name} AS {begins}")
            self._found[name] = True
        return name

    def has_offset(self, place: int) -> bool:
        """Whether a cell of the column carries its own offset from UTC."""
        if place in self._offset:
            return True
        clock = f"CASE WHEN contains(c{place}, ':') THEN regexp_matches(c{place}, '{cells.OFFSET}') END"
        return place not in self.part.exact and place not in self._shaped and self.ever(clock)

    def offset(self, place: int) -> str:
        """SQL of a cell's own offset from UTC in seconds. To be asked after `moment`."""
        if place not in self._offset:
            return f"scrm_offset(c{place})"
        number = f"TRY_CAST(ltrim(replace(substr(c{place}, 20), ':', '')) AS INTEGER)"  # +0330 is 330
        return f"{number} * 36 + {number} % 100 * 24"

    def has_currency(self, place: int) -> bool:
        """Whether an amount of the column carries a currency in its own cell."""
        return place not in self.part.exact and not self._fact(place, "plain") and self._any(place, cells.MARKED)

    def _any(self, place: int, pattern: str) -> bool:
        return self.ever(f"regexp_matches(c{place}, '{pattern}')")

    def ever(self, test: str, sure: str = "") -> bool:
        """Whether a row of the part passes an SQL test. A large part is asked at its head first.

        `sure`: a cheaper test that every row passes which passes this one; what is assumed on trial is then that none passes it.
        """
        if test not in self._found:
            self._found[test] = (self.large and self._asked(test, self.head)) or (not self.on_trial and self._asked(test, self.part.table))
            if self.on_trial and not self._found[test]:
                self.assumed[test] = sure or test
        return self._found[test]

    def _asked(self, test: str, rows: str) -> bool:
        return bool(self.con.execute(f"SELECT bool_or({test}) FROM {rows}").fetchone()[0])

    def order(self, place: int) -> str:
        """dmy, mdy or '' (no such values); InputError naming three values where no single order fits, or both do."""
        if place not in self._orders:
            self._orders[place] = self._decide(place)
        return self._orders[place]

    def _decide(self, place: int) -> str:
        cell, declared = f"c{place}", str(self.options.get("date_order", "")).lower()
        first, second = (f"TRY_CAST(regexp_extract({cell}, '{cells.ORDERED}', {k}) AS INTEGER)" for k in (1, 2))
        if self.on_trial:
            rows, n = self.head, "1"
        else:
            rows, n = (self._days(place), "n") if self.large else (self.part.table, "1")
        ordered = f"regexp_matches({cell}, '{cells.ORDERED}')"
        sure = {"dmy": f"{first} BETWEEN 13 AND 31 AND {second} <= 12", "mdy": f"{second} BETWEEN 13 AND 31 AND {first} <= 12"}
        any_, day_first, month_first = self.con.execute(
            f"SELECT coalesce(sum({n}), 0), {', '.join(f'coalesce(sum({n}) FILTER ({test}), 0)' for test in sure.values())} "
            f"FROM {rows} WHERE {ordered}"
        ).fetchone()
        if self.on_trial:
            return self._likely(place, ordered, sure, declared, any_, day_first, month_first)
        if not any_:
            return ""
        if declared == "ymd" or day_first and month_first or (declared == "dmy" and month_first) or (declared == "mdy" and day_first):
            odd = second if declared == "dmy" or (not declared and day_first >= month_first) else first
            values = self._examples(place, f"{odd} > 12", f"regexp_matches({cell}, '{cells.ORDERED}')")
            said = {"where": self._where(), "column": repr(self.part.header[place]), "values": values}
            told = tell("console.cells.declared", order=declared.upper()) if declared else ""
            raise InputError(tell("console.cells.no_order", declared=told, **said), "date_order")
        if declared:
            if declared in ("dmy", "mdy") and not day_first and not month_first:
                said = {"where": self._where(), "column": repr(self.part.header[place]), "order": declared.upper()}
                values = self._examples(place, f"regexp_matches({cell}, '{cells.ORDERED}')")
                self.taken_at_word.append(tell("console.cells.taken_at_word", values=values, **said))
            return declared
        if day_first or month_first:
            return "dmy" if day_first else "mdy"
        if (dotted := str(self.options.get("dotted", "")).lower()) and not self._any(place, r"\d[/-]\d"):
            return dotted
        values = self._examples(place, f"regexp_matches({cell}, '{cells.ORDERED}')")
        said = {"where": self._where(), "column": repr(self.part.header[place]), "values": values}
        raise InputError(tell("console.cells.both_orders", **said), "date_order")

    def _likely(self, place: int, ordered: str, sure: dict[str, str], declared: str, any_: int, day_first: int, month_first: int) -> str:
        """The order by the first rows, with what it assumes of the others; SurpriseError where they leave it open."""
        if not any_:
            self.assumed["order", place] = ordered
            return ""
        found = declared or ("dmy" if day_first else "mdy" if month_first else "")
        if found not in sure or (day_first if found == "mdy" else month_first):
            raise SurpriseError
        other = sure["mdy" if found == "dmy" else "dmy"]
        self.assumed["order", place] = f"CASE WHEN {ordered} THEN {other} END"
        return found

    def _places(self) -> list[int]:
        return [k for k in range(len(self.part.header)) if k not in self.part.exact]

    def _fact(self, place: int, name: str) -> bool:
        """plain: every cell is a number as a program writes it. comma, point, either: a cell that is sure of its sign, or of neither."""
        if not self.large:
            if place not in self._facts:
                self._facts[place] = self._all_facts(place)
            return self._facts[place][name]
        cell = f"c{place}"
        if name == "plain":
            return not self.ever(cells.NOT_PLAIN.format(cell), cells.NOT_READ.format(cell))
        plain = self._fact(place, "plain")
        signs = f"contains({cell}, '.') OR contains({cell}, 'E') OR contains({cell}, 'e')"
        if plain and (name == "comma" or not self.ever(signs)):
            return False
        bare = cell if plain or not self.ever(f"NOT regexp_matches({cell}, '{cells.CLEAN}')") else f"scrm_bare({cell})"
        return self.ever(f"regexp_matches({bare}, '{PATTERNS[name]}')")

    def _all_facts(self, place: int) -> dict[str, bool]:
        asked = [f"coalesce(NOT bool_or({cells.NOT_PLAIN.format('c')}), TRUE)"]
        asked += [f"coalesce(bool_or(regexp_matches(bare, '{p}')), FALSE)" for p in PATTERNS.values()]
        rows = f"SELECT c{place} AS c, scrm_bare(c{place}) AS bare FROM {self.part.table}"
        found = self.con.execute(f"SELECT {', '.join(asked)} FROM ({rows})").fetchone()
        return dict(zip(("plain", *PATTERNS), found, strict=True))

    def _examples(self, place: int, *wheres: str) -> str:
        """Three different values, those that match the first condition first."""
        if self.on_trial:  # only the whole file gives the same three whatever way it is read
            raise SurpriseError
        tests = " OR ".join(wheres)
        rows = self.con.execute(
            f"SELECT c{place} FROM {self.part.table} WHERE {tests} GROUP BY 1 ORDER BY NOT ({wheres[0]}), min(_row) LIMIT 3"
        ).fetchall()
        return ", ".join(repr(r[0]) for r in rows)

    def _where(self) -> str:
        return f"{self.part.file}{f' ({self.part.part})' if self.part.part else ''}"
