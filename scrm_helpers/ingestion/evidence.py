"""What a column's own values say about how it is written: decimal sign, order of day and month. Both readings fit: refused."""

from scrm_helpers.ingestion import cells
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.loading import Part

STYLES = {"comma": "scrm_comma", "point": "scrm_point", "mixed": "scrm_mixed"}


class Evidence:
    """Reads a part once per question and keeps the answer. `options` may declare `decimal` and `date_order`."""

    def __init__(self, connection, part: Part, options: dict):
        self.con, self.part, self.options = connection, part, options
        self._numbers: dict[int, tuple] | None = None
        self._orders: dict[int, str] = {}
        self._found: dict[tuple[int, str], bool] = {}
        self._plain: dict[int, bool] = {}
        self._floated: dict[int, bool] = {}

    def number(self, place: int, *, whole: bool = False) -> str:
        """SQL that reads column `place` as a number. `whole`: a count has no decimals, so `1.742` is 1742."""
        cell = f"c{place}"
        if place in self.part.exact:
            return f"TRY_CAST({cell} AS DOUBLE)"
        style = self.style(place, whole=whole)
        if style == "point" and self._is_plain(place):
            return f"TRY_CAST({cell} AS DOUBLE)"
        read = f"{STYLES[style]}({cell})"
        if not whole:
            return read
        grouped = f"regexp_matches(scrm_bare({cell}), '^[+-]?[1-9]\\d{{0,2}}([.,]\\d{{3}})+$')"
        return f"CASE WHEN {grouped} THEN TRY_CAST(regexp_replace(scrm_bare({cell}), '[.,]', '', 'g') AS DOUBLE) ELSE {read} END"

    def _is_plain(self, place: int) -> bool:
        """Whether every cell is what a program writes: digits and at most a point, no separator of thousands."""
        if place not in self._plain:
            self._plain[place] = (
                self.con.execute(
                    f"SELECT count(*) FROM {self.part.table} WHERE c{place} IS NOT NULL AND TRY_CAST(c{place} AS DOUBLE) IS NULL"
                ).fetchone()[0]
                == 0
            )
        return self._plain[place] and not self._any(place, cells.EITHER)

    def is_floated(self, place: int) -> bool:
        """Whether every cell is a whole number that a program wrote with `.0`, as it does once a cell of the column is missing."""
        if place not in self._floated:
            self._floated[place] = bool(
                self.con.execute(
                    f"SELECT bool_and(regexp_matches(c{place}, '^\\d{{1,15}}\\.0+$')) FROM {self.part.table} WHERE c{place} IS NOT NULL"
                ).fetchone()[0]
            )
        return self._floated[place]

    def style(self, place: int, *, whole: bool = False) -> str:
        """comma, point or mixed (each cell by itself where it is certain); InputError where both readings fit."""
        if declared := self.options.get("decimal"):
            return declared
        comma, point, either = self._counts()[place]
        if comma and point:
            return "mixed"
        if comma or point:
            return "comma" if comma else "point"
        if whole or not either:
            return "point"
        if usual := self.options.get("usual_decimal"):  # what the system writes, where the values fit both
            return usual
        of_file = {("comma" if c else "point") for c, p, _ in self._counts().values() if bool(c) != bool(p)}
        if len(of_file) == 1:
            return of_file.pop()
        values = self._examples(place, f"regexp_matches(scrm_bare(c{place}), '{cells.EITHER}')")
        raise InputError(
            f"{self._where()}, column {self.part.header[place]!r}: came with values such as {values}, which are thousands with one decimal sign "  # noqa: E501
            "and fractions with the other; nothing in the file decides. Say which in sources.yml, options: {decimal: comma} or {decimal: point}.",  # noqa: E501
            "decimal",
        )

    def moment(self, place: int) -> str:
        """SQL that reads column `place` as a clock time without a zone."""
        cell = f"c{place}"
        if place in self.part.exact:
            return f"coalesce(TRY_CAST({cell} AS TIMESTAMP), scrm_iso({cell}))"
        order = self.order(place)
        if order and self._is_day(place):  # every cell is a day such as 05.09.2026: one pass reads it
            marks = f"translate({cell}, '/-', '..')"
            return f"try_strptime({marks}, '{'%d.%m.%Y' if order == 'dmy' else '%m.%d.%Y'}')"
        ordered = f", scrm_{order}({cell})" if order else ""
        return (
            f"coalesce(scrm_iso({cell}){ordered}{f', scrm_worded({cell})' if self._any(place, cells.WORDED) else ''})"
        )

    def _is_day(self, place: int) -> bool:
        return bool(
            self.con.execute(
                f"SELECT bool_and(regexp_full_match(c{place}, '\\d{{2}}[./-]\\d{{2}}[./-]\\d{{4}}')) FROM {self.part.table}"
            ).fetchone()[0]
        )

    def has_offset(self, place: int) -> bool:
        """Whether a cell of the column carries its own offset from UTC."""
        return place not in self.part.exact and self._any(place, cells.OFFSET)

    def has_currency(self, place: int) -> bool:
        """Whether an amount of the column carries a currency in its own cell."""
        return place not in self.part.exact and self._any(place, cells.MARKED)

    def _any(self, place: int, pattern: str) -> bool:
        if (place, pattern) not in self._found:
            self._found[place, pattern] = (
                self.con.execute(
                    f"SELECT bool_or(regexp_matches(c{place}, '{pattern}')) FROM {self.part.table}"
                ).fetchone()[0]
                or False
            )
        return self._found[place, pattern]

    def order(self, place: int) -> str:
        """dmy, mdy or '' (no such values); InputError naming three values where no single order fits, or both do."""
        if place not in self._orders:
            self._orders[place] = self._decide(place)
        return self._orders[place]

    def _decide(self, place: int) -> str:
        cell, declared = f"c{place}", str(self.options.get("date_order", "")).lower()
        first, second = (f"TRY_CAST(regexp_extract({cell}, '{cells.ORDERED}', {k}) AS INTEGER)" for k in (1, 2))
        any_, day_first, month_first = self.con.execute(
            f"SELECT count(*), count(*) FILTER ({first} BETWEEN 13 AND 31 AND {second} <= 12), "
            f"count(*) FILTER ({second} BETWEEN 13 AND 31 AND {first} <= 12) "
            f"FROM {self.part.table} WHERE regexp_matches({cell}, '{cells.ORDERED}')"
        ).fetchone()
        if not any_:
            return ""
        if day_first and month_first or (declared == "dmy" and month_first) or (declared == "mdy" and day_first):
            odd = second if declared == "dmy" or (not declared and day_first >= month_first) else first
            values = self._examples(place, f"{odd} > 12", f"regexp_matches({cell}, '{cells.ORDERED}')")
            raise InputError(
                f"{self._where()}, column {self.part.header[place]!r}: came with dates such as {values}, which no single order of day and month fits"  # noqa: E501
                f"{f' (declared: {declared.upper()})' if declared else ''}. Export it again with ISO dates (2026-10-31), or mend the rows.",
                "date_order",
            )
        if declared:
            return declared
        if day_first or month_first:
            return "dmy" if day_first else "mdy"
        if (dotted := str(self.options.get("dotted", "")).lower()) and not self._any(place, r"\d[/-]\d"):
            return dotted
        values = self._examples(place, f"regexp_matches({cell}, '{cells.ORDERED}')")
        raise InputError(
            f"{self._where()}, column {self.part.header[place]!r}: came with dates such as {values}, which fit both day-month and month-day. "  # noqa: E501
            "Say which in sources.yml, options: {date_order: DMY} or {date_order: MDY}.",
            "date_order",
        )

    def _counts(self) -> dict[int, tuple[int, int, int]]:
        if self._numbers is None:
            places = [k for k in range(len(self.part.header)) if k not in self.part.exact]
            parts = []
            for k in places:
                bare = f"scrm_bare(c{k})"
                parts += [
                    f"count(*) FILTER (regexp_matches({bare}, '{p}'))"
                    for p in (cells.SURE_COMMA, cells.SURE_POINT, cells.EITHER)
                ]
            found = self.con.execute(f"SELECT {', '.join(parts)} FROM {self.part.table}").fetchone() if parts else ()
            self._numbers = {k: found[3 * n : 3 * n + 3] for n, k in enumerate(places)}
        return self._numbers

    def _examples(self, place: int, *wheres: str) -> str:
        """Three different values, those that match the first condition first."""
        tests = " OR ".join(wheres)
        rows = self.con.execute(
            f"SELECT c{place} FROM {self.part.table} WHERE {tests} GROUP BY 1 ORDER BY NOT ({wheres[0]}), min(_row) LIMIT 3"
        ).fetchall()
        return ", ".join(repr(r[0]) for r in rows)

    def _where(self) -> str:
        return f"{self.part.file}{f' ({self.part.part})' if self.part.part else ''}"
