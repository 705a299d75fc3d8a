"""The vocabulary of recipes and sources.yml: small expressions over the columns of a file, turned into SQL. No code is run from a file."""

import re
from dataclasses import dataclass, field

from scrm_helpers.ingestion import cells, names, words
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.evidence import Evidence
from scrm_helpers.ingestion.loading import Part

NUMERIC = ("number", "whole")
DESK = "@desk"


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
        made = cells.digest(entity, system, text)
        if not self.evidence.large or "_item" in text or " OVER " in self.written_out(text):
            return made
        if (made, self.where) not in self.ids:
            name = f"_i{len(self.ids)}"
            filtered = f"WHERE {self.written_out(self.where)}" if self.where else ""
            con, table = self.evidence.con, f"ids_{self.part.table}_{name}"
            groups = (
                f"SELECT {self.written_out(text)} AS k, min(_row) AS first, max(_row) AS last, count(*) AS n "
                f"FROM {self.part.table} {filtered} GROUP BY 1"
            )
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT k, first, {cells.digest(entity, system, 'k')} AS id, "
                f"n = last - first + 1 AS whole FROM ({groups}) WHERE k IS NOT NULL"
            )
            whole = con.execute(f"SELECT coalesce(bool_and(whole), TRUE) FROM {table}").fetchone()[0]
            self.ids[made, self.where] = (name, text, whole)
        return self.ids[made, self.where][0]

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
        kept = set(re.findall(r"\b(?:_v\d+|_i\d+(?:_first)?|c\d+)\b", wanted))
        for name, text, _ in self.ids.values():
            if name in kept or f"{name}_first" in kept:
                columns = f"i.id AS {name}, i.first AS {name}_first"
                source = f"(SELECT s.*, {columns} FROM {source} s LEFT JOIN ids_{self.part.table}_{name} i ON i.k = {text})"
        known = {n for n, _ in self.steps.values()} | {f"c{k}" for k in range(len(self.part.header))}
        kept = sorted(k for k in kept if k in known or k.startswith("_i"))
        return f"SELECT {', '.join(['_row', *kept])} FROM {source}"

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


class Expr:
    """An expression; `sql` gives it as the kind that is asked for, `watch` the raw cells whose failure must be told."""

    def sql(self, r: Reader, kind: str) -> str:
        raise NotImplementedError

    def watch(self, r: Reader) -> list[str]:
        return []

    def folded(self, r: Reader) -> str:
        """SQL of the text without case and marks."""
        return r.let(f"scrm_fold({self.sql(r, 'text')})")

    def columns(self) -> list["Col"]:
        """The columns of the file that it reads."""
        found = []
        for value in vars(self).values():
            for item in (
                value if isinstance(value, tuple | list) else value.values() if isinstance(value, dict) else (value,)
            ):
                found += item.columns() if isinstance(item, Expr) else []
        return found


class Col(Expr):
    """A column of the file, under any of its names; absent means blank unless `must`. `as_` fixes how it is read."""

    def __init__(self, *aliases: str, must: bool = False, as_: str = ""):
        self.aliases, self.must, self.as_ = aliases, must, as_

    def sql(self, r: Reader, kind: str) -> str:
        found = r.place(self.aliases)
        if found is None:
            return {"moment": "NULL::TIMESTAMP", "day": "NULL::DATE", "flag": "NULL::BOOLEAN"}.get(
                kind, "NULL::DOUBLE" if kind in NUMERIC else "NULL::VARCHAR"
            )
        return r.cell(found[0], self.as_ or kind)

    def watch(self, r: Reader) -> list[str]:
        found = r.place(self.aliases)
        return [f"c{found[0]}"] if found else []

    def columns(self) -> list["Col"]:
        return [self]


class Const(Expr):
    """The same value in every row."""

    def __init__(self, value):
        self.value = value

    def sql(self, r: Reader, kind: str) -> str:
        given = quote(self.value)
        return {"day": f"{given}::DATE", "moment": f"{given}::TIMESTAMP"}.get(kind, given)


class Word(Expr):
    """The word that a header carries in brackets: `Amount spent (TRY)` gives TRY."""

    def __init__(self, *aliases: str):
        self.aliases = aliases

    def sql(self, r: Reader, kind: str) -> str:
        found = r.place(self.aliases)
        return quote(found[1].upper()) if found and found[1] else "NULL"


class Made(Expr):
    """SQL around other expressions, for recipes in code: Made("{a} * {b}", "number", a=Col("x"), b=Col("y"))."""

    def __init__(self, sql: str, kind: str = "text", *, watched: bool = True, **parts: Expr):
        self._sql, self.kind, self.watched, self.parts = sql, kind, watched, parts

    def sql(self, r: Reader, kind: str) -> str:
        return r.let(
            "(" + self._sql.format(**{n: p.sql(r, self.kind) for n, p in self.parts.items()}, group=r.group) + ")"
        )

    def watch(self, r: Reader) -> list[str]:
        return [c for p in self.parts.values() for c in p.watch(r)] if self.watched else []


def product(*parts: Expr) -> Expr:
    """Parts multiplied."""
    return _chain(" * ", parts)


def total(*parts: Expr) -> Expr:
    """Parts added; a blank part counts as nothing."""
    named = {f"p{k}": p for k, p in enumerate(parts)}
    return Made(" + ".join(f"coalesce({{{n}}}, 0)" for n in named), "number", **named)


def difference(first: Expr, *rest: Expr) -> Expr:
    """The first less the others; a blank among the others counts as nothing."""
    named = {f"p{k}": p for k, p in enumerate(rest)}
    return Made("{a} - " + " - ".join(f"coalesce({{{n}}}, 0)" for n in named), "number", a=first, **named)


def negative(part: Expr) -> Expr:
    """The same with the other sign."""
    return Made("-({a})", "number", a=part)


def _chain(sign: str, parts: tuple[Expr, ...]) -> Expr:
    named = {f"p{k}": p for k, p in enumerate(parts)}
    return Made(sign.join(f"({{{n}}})" for n in named), "number", **named)


class Down(Expr):
    """The last value that is not blank, in this row or above: cells that a program writes once for several rows."""

    def __init__(self, of: Expr):
        self.of = of

    def sql(self, r: Reader, kind: str) -> str:
        return r.let(f"last_value({self.of.sql(r, kind)} IGNORE NULLS) OVER (ORDER BY _row)", window=True)

    def watch(self, r: Reader) -> list[str]:
        return self.of.watch(r)


class FirstOf(Expr):
    """The first of several that is not blank, each read as the kind that is asked for."""

    def __init__(self, *parts: Expr):
        self.parts = parts

    def sql(self, r: Reader, kind: str) -> str:
        return f"coalesce({', '.join(p.sql(r, kind) for p in self.parts)})"

    def watch(self, r: Reader) -> list[str]:
        return [c for p in self.parts for c in p.watch(r)]


@dataclass
class Test(Expr):
    """A yes-or-no question about an expression: is, among, starts_with, contains, blank, above, below."""

    of: Expr
    how: str
    value: object = None

    def sql(self, r: Reader, kind: str = "flag") -> str:
        if self.how in ("above", "below"):
            return (
                f"coalesce({self.of.sql(r, 'number')} {'>' if self.how == 'above' else '<'} {float(self.value)}, FALSE)"
            )
        if self.how == "blank":
            text = self.of.sql(r, "text")
            return f"({text} IS NULL)" if self.value is not False else f"({text} IS NOT NULL)"
        folded = self.of.folded(r)
        wanted = [
            quote(words.folded(v)) for v in (self.value if isinstance(self.value, list | tuple) else [self.value])
        ]
        if self.how in ("is", "among"):
            return r.let(f"coalesce({folded} IN ({', '.join(wanted)}), FALSE)")
        call = {"starts_with": "starts_with", "contains": "contains"}[self.how]
        return r.let("coalesce(" + " OR ".join(f"{call}({folded}, {w})" for w in wanted) + ", FALSE)")


@dataclass
class Not(Expr):
    """The opposite of a test."""

    of: Expr

    def sql(self, r: Reader, kind: str = "flag") -> str:
        return f"(NOT {self.of.sql(r, 'flag')})"


class All(Expr):
    """Every one of several tests."""

    def __init__(self, *parts: Expr):
        self.parts = parts

    def sql(self, r: Reader, kind: str = "flag") -> str:
        return "(" + " AND ".join(p.sql(r, "flag") for p in self.parts) + ")"


class Any(All):
    """At least one of several tests."""

    def sql(self, r: Reader, kind: str = "flag") -> str:
        return "(" + " OR ".join(p.sql(r, "flag") for p in self.parts) + ")"


@dataclass
class When(Expr):
    """One of two expressions, by a test."""

    test: Expr
    then: Expr
    other: Expr = field(default_factory=lambda: Const(None))

    def sql(self, r: Reader, kind: str) -> str:
        return f"CASE WHEN {self.test.sql(r, 'flag')} THEN {self.then.sql(r, kind)} ELSE {self.other.sql(r, kind)} END"

    def watch(self, r: Reader) -> list[str]:
        return [c for c in self.then.watch(r) if c in self.other.watch(r)]


class MapTo(Expr):
    """A value looked up among spellings (case and marks do not matter); `other` where none fits: without it the row is set aside."""

    def __init__(self, of: Expr, values: dict, other: Expr | None = None, blank: object = None):
        self.of, self.values, self.other, self.blank = of, values, other, blank

    def sql(self, r: Reader, kind: str) -> str:
        text, folded = self.of.sql(r, "text"), self.of.folded(r)
        cases = " ".join(f"WHEN {quote(words.folded(k))} THEN {quote(v)}" for k, v in self.values.items())
        otherwise = self.other.sql(r, kind) if self.other else "NULL"
        return r.let(
            f"CASE WHEN {text} IS NULL THEN {quote(self.blank)} ELSE CASE {folded} {cases} ELSE {otherwise} END END"
        )

    def watch(self, r: Reader) -> list[str]:
        return [] if self.other else self.of.watch(r)


class Join(Expr):
    """Texts put side by side; blank where the last one is blank."""

    def __init__(self, *parts: Expr | str, sep: str = ""):
        self.parts, self.sep = tuple(Const(p) if isinstance(p, str) else p for p in parts), sep

    def sql(self, r: Reader, kind: str) -> str:
        last = self.parts[-1].sql(r, "text")
        return f"CASE WHEN {last} IS NOT NULL THEN concat_ws({quote(self.sep)}, {', '.join(p.sql(r, 'text') for p in self.parts)}) END"


class Source(Expr):
    """A source in the suite's words, from however a system or a person wrote it."""

    def __init__(self, of: Expr, *, paid: bool = False):
        self.of, self.paid = of, paid  # paid: in a plan or a bill, plain "Google" is the ad platform

    def sql(self, r: Reader, kind: str) -> str:
        found = words.source(self.of.sql(r, "text"), self.of.folded(r))
        return r.let(
            f"CASE WHEN {self.of.folded(r)} = 'google' THEN 'google_ads' ELSE {found} END" if self.paid else found
        )


class Month(Expr):
    """A month as YYYY-MM, however it is written: `2026-08`, `08.2026`, `Ağustos 2026`, or any day of it."""

    def __init__(self, of: Expr):
        self.of = of

    def sql(self, r: Reader, kind: str) -> str:
        text = self.of.sql(r, "text")
        place = r.place(self.of.aliases) if isinstance(self.of, Col) else None
        dated = place is not None and r.evidence.ever(f"regexp_matches(c{place[0]}, '{cells.ORDERED}')")
        day = f"strftime({self.of.sql(r, 'day')}, '%Y-%m')" if dated else "NULL"
        return r.let(
            f"CASE WHEN regexp_matches({text}, '^\\d{{4}}-\\d{{2}}') THEN substr({text}, 1, 7) "
            f"WHEN regexp_matches({text}, '^\\d{{4}}[./]\\d{{1,2}}$') THEN left({text}, 4) || '-' || lpad(substr({text}, 6), 2, '0') "
            f"WHEN regexp_matches({text}, '^\\d{{1,2}}[./-]\\d{{4}}$') THEN right({text}, 4) || '-' || lpad(left({text}, length({text}) - 5), 2, '0') "  # noqa: E501
            f"ELSE coalesce(strftime(scrm_worded('1 ' || {text}), '%Y-%m'), {day}) END"
        )

    def watch(self, r: Reader) -> list[str]:
        return self.of.watch(r)


class Ident(Expr):
    """An id of another system or of another kind of thing: Ident(Col("Record ID"), system="hubspot")."""

    def __init__(self, of: Expr, *, system: str = "", entity: str = "account", as_text: bool = False):
        self.of, self.system, self.entity, self.as_text = of, system, entity, as_text

    def sql(self, r: Reader, kind: str) -> str:
        text = self.of.sql(r, "id")
        system = (r.desk if self.system == DESK else self.system) or r.system
        made = f"CASE WHEN {text} IS NOT NULL THEN {r.digest(self.entity, system, text)} END"
        return f"({made})::VARCHAR" if self.as_text or kind == "text" else made


def contact(of: Expr) -> Expr:
    """An e-mail or phone as an account key: lower case, no spaces."""
    return Made("lower(regexp_replace({a}, '\\s', '', 'g'))", "text", a=of)


def digits(of: Expr) -> Expr:
    """The last ten digits of a phone number: the same number in any of its written forms."""
    return Made("right(regexp_replace({a}, '\\D', '', 'g'), 10)", "text", a=of)


class HasElse(Expr):
    """A column where the file has it, else another expression (which is not even looked at where it has)."""

    def __init__(self, column: Col, other: Expr):
        self.column, self.other = column, other

    def _chosen(self, r: Reader) -> Expr:
        return self.column if r.place(self.column.aliases) else self.other

    def sql(self, r: Reader, kind: str) -> str:
        return self._chosen(r).sql(r, kind)

    def watch(self, r: Reader) -> list[str]:
        return self._chosen(r).watch(r)


class Item(Expr):
    """One piece of a list in a cell (see `Feed.each`)."""

    def sql(self, r: Reader, kind: str) -> str:
        return "_item"


class Contact(Expr):
    """An account known only by an e-mail or phone: tied to the account of another system with the same contact, where there is one."""

    def __init__(self, *parts: Expr):
        self.parts = parts

    def sql(self, r: Reader, kind: str) -> str:
        texts = [p.sql(r, "text") for p in self.parts]
        forms = [
            f"nullif(CASE WHEN contains({t}, '@') THEN lower(regexp_replace({t}, '\\s', '', 'g')) WHEN regexp_matches({t}, '^[+\\d\\s()./-]{{7,}}$') "  # noqa: E501
            f"THEN right(regexp_replace({t}, '\\D', '', 'g'), 10) ELSE {t} END, '')"
            for t in texts
        ]
        found = r.let(f"coalesce({', '.join(forms)})")
        return found if kind == "key" else f"CASE WHEN {found} IS NOT NULL THEN {r.digest('account', 'contact', found)} END"

    def filled(self) -> Expr:
        """Whether there is a contact at all."""
        return Not(Test(FirstOf(*self.parts), "blank"))


class ProductVat(Expr):
    """The VAT per cent of a product, from the product list; blank where the list does not say."""

    def __init__(self, of: Expr):
        self.of = of

    def sql(self, r: Reader, kind: str) -> str:
        return f"(SELECT any_value(rate) FROM scrm_product_vat v WHERE v.product = {self.of.sql(r, 'text')})"
