"""The vocabulary of recipes and sources.yml: small expressions over the columns of a file, turned into SQL. No code is run from a file."""

from dataclasses import dataclass, field

from scrm_helpers.ingestion import cells, words
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.reader import NUMERIC, Reader

DESK = "@desk"




class Expr:
    """An expression; `sql` gives it as the kind that is asked for, `watch` the raw cells whose failure must be told."""

    drafted: "Expr | None" = None  # what a draft of sources.yml says in its place, where it can say less

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
        wanted = [words.folded(v) for v in (self.value if isinstance(self.value, list | tuple) else [self.value])]
        pattern = words.pattern(wanted, "is" if self.how == "among" else self.how)
        return r.let(f"coalesce(regexp_matches({self.of.sql(r, 'text')}, {quote(pattern)}), FALSE)")


class Somewhere(Expr):
    """Whether a row of the file, this one or another, has one of these words in a column: one answer for all rows."""

    def __init__(self, of: Col, value: list[str]):
        self.of, self.value = of, value

    def sql(self, r: Reader, kind: str = "flag") -> str:
        found = r.place(self.of.aliases)
        if found is None:
            return "FALSE"
        pattern = words.pattern([words.folded(v) for v in self.value], "is")
        return quote(r.evidence.ever(f"coalesce(regexp_matches(c{found[0]}, {quote(pattern)}), FALSE)"))


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


class Planned(Expr):
    """The channel of a campaign in the campaign calendar, by any of its names, where it is one of `among`; blank where there is none."""

    def __init__(self, *names: Expr, among: tuple[str, ...]):
        self.names, self.among = names, among

    def sql(self, r: Reader, kind: str) -> str:
        known = f"source IN ({', '.join(map(quote, self.among))})"
        alike = [r.let(f"scrm_alike({n.sql(r, 'text')})") for n in self.names]
        found = (f"(SELECT any_value(source) FROM scrm_channels p WHERE p.called = {n} AND {known})" for n in alike)
        return r.let(f"coalesce({', '.join(found)})")
