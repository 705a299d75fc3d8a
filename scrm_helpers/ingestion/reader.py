"""How one file is read: which column a name means, and each step of the reading named once and computed once per row."""

import re
from dataclasses import dataclass, field

from scrm_helpers.ingestion import cells, names, words
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.evidence import APART, SURPRISE, Evidence
from scrm_helpers.ingestion.part import Part

NUMERIC = ("number", "whole")
BITS = 60  # of an id
CELL = re.compile(r"\bc\d+\b")
UNLESS = re.compile(r"CASE WHEN (?:(?!\bTHEN\b).)* THEN NULL ELSE ((?:c|_v)\d+) END", re.S)  # a column, but for some rows


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
    # SQL of a digest and of the rows that it is for -> its name, the text that it is of, whether the rows of each stand together
    ids: dict[tuple[str, str], tuple[str, str, bool]] = field(default_factory=dict)
    # of those, on trial: ids of the group that each row belongs to, thought to stand together: made at its first row, carried down
    runs: dict[str, str] = field(default_factory=dict)
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
        """SQL of an id from its text. In a large file an id is made once for each text that there is: digests are dear."""
        if self.evidence.large and (bare := UNLESS.fullmatch(text)) and text != self.group:
            text = bare.group(1)  # whoever asks leaves rows without the text out: ids are made of one column for all that name it
        made = cells.digest(entity, system, text)
        out = self.written_out(text)
        if not self.evidence.large or "_item" in text or " OVER " in out or not CELL.search(out):
            return made
        if self.evidence.on_trial and text == self.group and not self.where and (made, "") not in self.ids:
            name = f"_i{len(self.ids)}"
            self.runs[name] = made
            self.evidence.assumed["group", text] = f"({self.written_out(text)}) IS NULL"
            self.ids[made, ""] = (name, text, True)
        where = self.where if text == self.group else ""  # which rows there are matters where the first of each is asked for
        if (made, where) not in self.ids:
            name = f"_i{len(self.ids)}"
            self.ids[made, where] = (name, text, self._made(name, cells.digest(entity, system, "k"), text, where))
        return self.ids[made, where][0]

    def _made(self, name: str, digest: str, text: str, where: str) -> bool:
        """Makes the table of an id by its text, over the rows `where`; says whether the rows of each text stand together."""
        text, where = self.written_out(text), self.written_out(where)
        of = sorted(set(CELL.findall(f"{text} {where}")))
        con, table = self.evidence.con, f"ids_{self.part.table}_{name}"
        # what the text and the condition are made of is dear to look at, and mostly the same in many rows
        cells_of = f"SELECT {', '.join(of)}, min(_row) AS a, max(_row) AS b, count(*) AS n FROM {self.part.table} GROUP BY {', '.join(of)}"
        chosen = f"({cells_of}) {f'WHERE {where}' if where else ''}"
        groups = f"SELECT {text} AS k, min(a) AS first, max(b) AS last, sum(n) AS n FROM {chosen} GROUP BY 1"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT k, first, {digest} AS id, n = last - first + 1 AS whole "
            f"FROM ({groups}) WHERE k IS NOT NULL"
        )
        return con.execute(f"SELECT coalesce(bool_and(whole), TRUE) FROM {table}").fetchone()[0]

    def group_of(self, text: str) -> tuple[str, bool]:
        """('_iK_first', whether the rows of each group stand together) where ids were made of the text; ('', False) where not."""
        for (_, where), (name, of, whole) in self.ids.items():
            if of == text and where == self.where:
                return f"{name}_first", whole
        return "", False

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
        kept = set(re.findall(r"\b(?:_v\d+|_i\d+(?:_first|_descends)?|c\d+)\b", wanted))
        for name, text, _ in self.ids.values():
            if name in self.runs:
                source = self._carried(source, name, text)
            elif name in kept or f"{name}_first" in kept:
                columns = f"i.id AS {name}, i.first AS {name}_first"
                source = f"(SELECT s.*, {columns} FROM {source} s LEFT JOIN ids_{self.part.table}_{name} i ON i.k = {text})"
        known = {n for n, _ in self.steps.values()} | {f"c{k}" for k in range(len(self.part.header))}
        kept = sorted(k for k in kept if k in known or k.startswith("_i"))
        guard = " WHERE NOT _odd" if " AS _odd FROM " in source else ""
        return f"SELECT {', '.join(['_row', *kept])} FROM {source}{guard}"

    def _odd(self) -> str:
        """SQL of FALSE, which stops at a row that may be none (APART) or is not as assumed (SURPRISE). Steps are not computed twice."""
        tests = " OR ".join(f"({t})" for t in dict.fromkeys(self.evidence.assumed.values())) or "FALSE"
        for sql, (name, _) in sorted(self.steps.items(), key=lambda step: -len(step[0])):
            tests = tests.replace(sql, name)
        apart = f"WHEN {self.part.unasked} THEN error('{APART}')::BOOLEAN " if self.part.unasked else ""
        return f"CASE {apart}WHEN {tests} THEN error('{SURPRISE}')::BOOLEAN ELSE FALSE END"

    def _carried(self, source: str, name: str, text: str) -> str:
        """SQL of `source` with the id of each row's group and the number of the group's first row, both in one number that only grows."""
        lagged = f"SELECT *, lag({text}) OVER () AS _p FROM {source}"
        starts = f"SELECT * EXCLUDE (_p), {text} IS DISTINCT FROM _p AS _s, coalesce({text} < _p, FALSE) AS {name}_descends FROM ({lagged})"
        marked = f"SELECT *, CASE WHEN _s THEN (_row::HUGEINT << {BITS}) | {self.runs[name]} END AS _m FROM ({starts})"
        carried = f"SELECT *, max(_m) OVER (ROWS UNBOUNDED PRECEDING) AS _c FROM ({marked})"
        parts = f"(_c & {(1 << BITS) - 1})::BIGINT AS {name}, (_c >> {BITS})::BIGINT AS {name}_first"
        return f"(SELECT * EXCLUDE (_s, _m, _c), {parts} FROM ({carried}))"

    def table(self, con, name: str, wanted: str) -> None:
        """The same, computed once into the table `name`."""
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {self.rows(wanted)}")

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
        offset = self.let(f"scrm_offset({c})") if self.evidence.has_offset(place) else ""
        if kind == "day":
            plain = f"({here})::DATE"
            return self.let(
                f"CASE WHEN {offset} IS NULL THEN {plain} ELSE timezone({own}, timezone('UTC', {local} - to_seconds({offset})))::DATE END"
                if offset
                else plain
            )
        plain = f"timezone('UTC', timezone({there}, {local}))"
        return self.let(
            f"CASE WHEN {offset} IS NULL THEN {plain} ELSE {local} - to_seconds({offset}) END" if offset else plain
        )
