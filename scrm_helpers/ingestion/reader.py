"""How one file is read: which column a name means, and each step of the reading named once and computed once per row."""

import re
from dataclasses import dataclass, field

from scrm_helpers.ingestion import cells, names, words
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.evidence import APART, SURPRISE, Evidence
from scrm_helpers.ingestion.part import ROW, Part

NUMERIC = ("number", "whole")
BITS = 60  # of an id
CELL, STEP = re.compile(r"\bc\d+\b"), re.compile(r"\b(?:_v|c)\d+\b")
UNLESS = re.compile(r"CASE WHEN (?:(?!\bTHEN\b).)* THEN NULL ELSE ((?:c|_v)\d+) END", re.S)  # a column, but for some rows


@dataclass
class Id:
    """An id of a large file, made once for each text that there is: digests are dear."""

    name: str
    text: str  # SQL of what it is made of, over the steps
    made: str  # SQL of it, of a text `k`
    of: set[str] = field(default_factory=set)  # SQL of the rows that it is for, one of each feed
    firsts: dict[str, str] = field(default_factory=dict)  # SQL of some rows -> name of the first of them that has the text
    run: bool = False  # on trial: rows of one text are thought to stand together; it is made at the first and carried down


@dataclass
class Reader:
    """What an expression needs to become SQL: the file, its evidence, the system and the company's zone.

    Every step is named once (`let`) and computed once per row, in layers: all feeds of a file share them.
    """

    part: Part
    evidence: Evidence
    system: str
    zone: str
    own_zone: str
    group: str = "_row"
    desk: str = "zendesk"  # the support desk that ticket numbers of other files belong to
    used: dict[int, str] = field(default_factory=dict)  # column -> what it was read as
    steps: dict[str, tuple[str, int]] = field(default_factory=dict)  # SQL -> its name's number and layer
    where: str = ""  # SQL of the rows that the feed at hand takes
    alone: bool = False  # whether a single feed reads the file
    ids: dict[tuple[str, bool], Id] = field(default_factory=dict)  # SQL of a digest and whether it is carried down -> the id
    scattered: set[str] = field(default_factory=set)  # names of firsts: the rows of a text do not all stand together
    notes: list[str] = field(default_factory=list)  # what an expression found that its reader should know
    ranged: tuple = ()  # the period that stands above the table or in the file's name, where rows have no day of their own

    def place(self, aliases: tuple[str, ...]) -> tuple[int, str] | None:
        """Which column the aliases name, and the word that it carries in brackets."""
        return names.find(self.part.folded, aliases)

    def let(self, sql: str, *, window: bool = False) -> str:
        """A name for a step; pieces of a list stay where they are, and so do windows that are not over all rows (`window`)."""
        apart = "_item" in sql or (" OVER " in sql and not window) or re.search(r"\b_i\d+\b", sql)
        if apart or re.fullmatch(r"_v\d+|c\d+|NULL(::\w+)?", sql):
            return sql
        if sql not in self.steps:
            layers = [layer for _, (name, layer) in self.steps.items() if re.search(rf"\b{name}\b", sql)]
            self.steps[sql] = (f"_v{len(self.steps)}", max(layers, default=0) + 1)
        return self.steps[sql][0]

    def digest(self, entity: str, system: str, text: str) -> str:
        """SQL of an id from its text."""
        if self.evidence.large and (bare := UNLESS.fullmatch(text)) and text != self.group:
            text = bare.group(1)  # whoever asks leaves rows without the text out: ids are made of one column for all that name it
        made = cells.digest(entity, system, text)
        out = self.written_out(text)
        if not self.evidence.large or "_item" in text or " OVER " in out or not CELL.search(out):
            return made
        run = self.alone and self.evidence.on_trial and text == self.group and not self.where
        if run:
            self.evidence.assumed["group", text] = f"({out}) IS NULL"
        one = Id(f"_i{len(self.ids)}", text, made if run else cells.digest(entity, system, "k"), run=run)
        known = self.ids.setdefault((made, run), one)
        known.of.add("" if "_item" in self.where else self.where)
        if text == self.group:
            known.firsts.setdefault(self.where, f"{known.name}_first{len(known.firsts) or ''}")
        return known.name

    def group_of(self, text: str) -> Id | None:
        """The id that was made of the text of a group, over the rows of the feed at hand."""
        return next((i for i in self.ids.values() if i.text == text and self.where in i.firsts), None)

    @property
    def listed(self) -> list[Id]:
        """Ids that stand in tables of their own."""
        return [i for i in self.ids.values() if not i.run]

    def needs(self) -> str:
        """What the listed ids ask of the steps."""
        return " ".join(" ".join([i.text, *i.of]) for i in self.listed)

    def identify(self, con, steps: str) -> None:
        """Makes the tables of ids from the table of the steps."""
        for i in self.listed:
            firsts = "".join(f", min(_row) FILTER ({where or 'TRUE'}) AS {first}" for where, first in i.firsts.items())
            apart = "".join(
                f", max(_row) FILTER ({where or 'TRUE'}) - {first} + 1 > count(*) FILTER ({where or 'TRUE'}) AS {first}_apart"
                for where, first in i.firsts.items()
            )
            where = "" if "" in i.of else f" WHERE {' OR '.join(f'({w})' for w in sorted(i.of))}"
            groups = f"SELECT {i.text} AS k{firsts}{apart} FROM {steps}{where} GROUP BY 1"
            con.execute(f"CREATE OR REPLACE TABLE {steps}{i.name} AS SELECT *, {i.made} AS id FROM ({groups}) WHERE k IS NOT NULL")
            for first in i.firsts.values():
                if con.execute(f"SELECT coalesce(bool_or({first}_apart), FALSE) FROM {steps}{i.name}").fetchone()[0]:
                    self.scattered.add(first)

    def identified(self, steps: str, wanted: str, where: str) -> str:
        """SQL of those rows of the table of the steps that pass `where`, with the listed ids that `wanted` names."""
        source = f"(SELECT * FROM {steps} WHERE {where})" if where else steps
        for i in self.listed:
            firsts = [f for f in i.firsts.values() if re.search(rf"\b{f}\b", wanted)]
            if firsts or re.search(rf"\b{i.name}\b", wanted):
                columns = ", ".join([f"i.id AS {i.name}", *(f"i.{f}" for f in firsts)])
                source = f"(SELECT s.*, {columns} FROM {source} s LEFT JOIN {steps}{i.name} i ON i.k = {i.text})"
        return source

    def shed(self, con, steps: str, wanted: str) -> None:
        """Takes those columns off the table of the steps that neither `wanted` nor the listed ids name."""
        asked = set(STEP.findall(f"{wanted} {self.needs()}"))
        for (column,) in con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [steps]).fetchall():
            if column != ROW and column not in asked:
                con.execute(f"ALTER TABLE {steps} DROP {column}")

    def forget(self, con, steps: str) -> None:
        """Drops the table of the steps and those of ids."""
        for table in (steps, *(f"{steps}{i.name}" for i in self.listed)):
            con.execute(f"DROP TABLE IF EXISTS {table}")

    def written_out(self, sql: str) -> str:
        """SQL over raw columns only: every step written out."""
        written = {name: step for step, (name, _) in self.steps.items()}
        while re.search(r"\b_v\d+\b", sql):
            sql = re.sub(r"\b_v\d+\b", lambda found: f"({written[found.group()]})", sql)
        return sql

    def rows(self, wanted: str, *, only: str = "") -> str:
        """SQL of the part's rows (or those whose number the query `only` gives) with the steps and raw columns that `wanted` names."""
        source = f"(SELECT * FROM {self.part.table} WHERE _row IN ({only}))" if only else self.part.table
        last = max((layer for _, layer in self.steps.values()), default=0)
        for layer in range(1, last + 1):
            made = ", ".join(f"{sql} AS {n}" for sql, (n, at) in self.steps.items() if at == layer)
            source = f"(SELECT *, {made} FROM {source})"
        if (self.evidence.assumed or self.part.unasked) and self.evidence.on_trial and not only:
            source = f"(SELECT *, {self._odd()} AS _odd FROM {source})"
        known = {n for n, _ in self.steps.values()} | {f"c{k}" for k in range(len(self.part.header))}
        for i in (i for i in self.ids.values() if i.run):
            source = self._carried(source, i)
            known |= {i.name, f"{i.name}_first", f"{i.name}_descends"}
        kept = sorted(known & set(re.findall(r"\b(?:_v\d+|_i\d+(?:_first|_descends)?|c\d+)\b", wanted)))
        guard = " WHERE NOT _odd" if " AS _odd FROM " in source else ""
        return f"SELECT {', '.join(['_row', *kept])} FROM {source}{guard}"

    def _odd(self) -> str:
        """SQL of FALSE, which stops at a row that may be none (APART) or is not as assumed (SURPRISE). Steps are not computed twice."""
        tests = " OR ".join(f"({t})" for t in dict.fromkeys(self.evidence.assumed.values())) or "FALSE"
        for sql, (name, _) in sorted(self.steps.items(), key=lambda step: -len(step[0])):
            tests = tests.replace(sql, f"({name})")
        apart = f"WHEN {self.part.unasked} THEN error('{APART}')::BOOLEAN " if self.part.unasked else ""
        return f"CASE {apart}WHEN {tests} THEN error('{SURPRISE}')::BOOLEAN ELSE FALSE END"

    def _carried(self, source: str, i: Id) -> str:
        """SQL of `source` with the id of each row's group and the number of the group's first row, both in one number that only grows."""
        lagged = f"SELECT *, lag({i.text}) OVER () AS _p FROM {source}"
        descends = f"coalesce({i.text} < _p, FALSE) AS {i.name}_descends"
        starts = f"SELECT * EXCLUDE (_p), {i.text} IS DISTINCT FROM _p AS _s, {descends} FROM ({lagged})"
        marked = f"SELECT *, CASE WHEN _s THEN (_row::HUGEINT << {BITS}) | {i.made} END AS _m FROM ({starts})"
        carried = f"SELECT *, max(_m) OVER (ROWS UNBOUNDED PRECEDING) AS _c FROM ({marked})"
        parts = f"(_c & {(1 << BITS) - 1})::BIGINT AS {i.name}, (_c >> {BITS})::BIGINT AS {i.name}_first"
        return f"(SELECT * EXCLUDE (_s, _m, _c), {parts} FROM ({carried}))"

    def table(self, con, name: str, wanted: str) -> None:
        """The same, computed once into the table `name`."""
        con.execute(f"CREATE OR REPLACE TABLE {name} AS {self.rows(wanted)}")

    def cell(self, place: int, kind: str) -> str:
        """SQL of one column read as text, id, number, whole, minutes, moment, day or flag."""
        self.used.setdefault(place, kind)
        c = f"c{place}"
        if kind in ("text", "id"):
            text = self.evidence.text(place)
            if self.evidence.is_floated(place):  # a program wrote the whole numbers of this column as 51.0: it is 51
                text = f"regexp_replace({text}, '\\.0+$', '')"
            return self.let(text)
        if kind in NUMERIC:
            return self.let(self.evidence.number(place, whole=kind == "whole"))
        if kind == "minutes":
            return self.let(f"coalesce(scrm_minutes({c}), {self.evidence.number(place)})")
        if kind == "flag":
            return words.flag(self.let(f"scrm_fold({c})"))
        local = self.let(f"scrm_real({self.let(self.evidence.moment(place))})")
        own, zone = quote(self.own_zone), quote(self.zone)
        here, there = local, zone
        if self.zone != self.own_zone:  # a day without a clock is the business's own day in any zone
            here = f"CASE WHEN contains({c}, ':') THEN timezone({own}, timezone({zone}, {local})) ELSE {local} END"
            there = f"CASE WHEN contains({c}, ':') THEN {zone} ELSE {own} END"
        offset = self.let(self.evidence.offset(place)) if self.evidence.has_offset(place) else ""
        told = self.let(f"{local} - to_seconds({offset})") if offset else ""
        if kind == "day":
            plain = f"({here})::DATE"
            return self.let(f"CASE WHEN {offset} IS NULL THEN {plain} ELSE scrm_here({told})::DATE END" if offset else plain)
        plain = f"scrm_utc({local})" if self.zone == self.own_zone else f"timezone('UTC', timezone({there}, {local}))"
        return self.let(f"CASE WHEN {offset} IS NULL THEN {plain} ELSE {told} END" if offset else plain)
