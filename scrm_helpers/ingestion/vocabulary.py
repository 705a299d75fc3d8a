"""The small vocabulary of sources.yml: what stands under `derive`, `where` and `when`, turned into expressions. No code is run."""

from difflib import get_close_matches

from scrm_helpers.ingestion import expressions as ex
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Col, Const, Expr
from scrm_helpers.ingestion.joins import ENOUGH
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.tables import mask
from scrm_helpers.texts import figure, tell

EXPRESSIONS = {  # word of derive -> how it is written; docs/sources.md tells what each means
    "constant": "{constant: sale}",
    "column": "{column: Tutar}",
    "row": "{row: true}",
    "product": "{product: [Adet, Fiyat]}",
    "sum": "{sum: [Tutar, Kargo]}",
    "difference": "{difference: [Tutar, Kargo]}",
    "negative": "{negative: Tutar}",
    "first_of": "{first_of: [Telefon, Cep]}",
    "join": '{join: [Seri, No], with: "-"}',
    "map": "{map: {column: Durum, values: {İptal: cancelled}, other: completed}}",
    "when": "{when: {column: Durum, is: İade}, then: {negative: Tutar}, else: Tutar}",
    "source": "{source: Kaynak}",
    "account": "{account: Kart, system: erp}",
    "lookup": "{lookup: {in: products, by: Kod, give: Grup}}",
}
TESTS = {  # word of where and when -> how it is written
    "is": "{column: Durum, is: İptal}",
    "in": "{column: Durum, in: [İptal, İade]}",
    "starts_with": "{column: No, starts_with: C}",
    "contains": "{column: Not, contains: test}",
    "blank": "{column: Kart, blank: true}",
    "above": "{column: Tutar, above: 0}",
    "below": "{column: Tutar, below: 0}",
    "not": "{not: {column: Kart, blank: true}}",
    "all": "{all: [{column: Tutar, above: 0}, {column: Durum, is: Tamam}]}",
    "any": "{any: [{column: Tutar, below: 0}, {column: Durum, is: İade}]}",
}
COMBINED = ("not", "all", "any")


class Builder:
    """Turns what stands in an entry of sources.yml into expressions.

    `entry`: named in errors; `lookups`: what gives the file of another entry and its options, by its name; `header`: of the file that
    is read.
    """

    def __init__(self, entry, lookups: dict, header: list[str]):
        self.entry, self.lookups, self.header = entry, lookups, header

    def expression(self, given) -> Expr:
        """A header's name, a constant, or one word of the vocabulary with its operands."""
        if isinstance(given, bool | int | float):
            return Const(given)
        if isinstance(given, str):
            if any(fold(h) == fold(given) for h in self.header):
                return Col(given, must=True)
            return Const(given)
        if not isinstance(given, dict):
            raise self._error(tell("console.sources.no_name", given=repr(given)))
        return self._word(given)

    def _word(self, given: dict) -> Expr:
        e, p = self.expression, self._part
        match given:
            case {"row": True, **rest} if not rest:
                return RowNumber()
            case {"constant": value, **rest} if not rest:
                return Const(value)
            case {"column": name, **rest} if not rest:
                return self._column(name)
            case {"product": [*parts], **rest} if not rest:
                return ex.product(*map(p, parts))
            case {"sum": [*parts], **rest} if not rest:
                return ex.total(*map(p, parts))
            case {"difference": [first, *parts], **rest} if not rest:
                return ex.difference(p(first), *map(p, parts))
            case {"negative": part, **rest} if not rest:
                return ex.negative(p(part))
            case {"first_of": [*parts], **rest} if not rest:
                return ex.FirstOf(*map(p, parts))
            case {"join": [*parts], **rest} if set(rest) <= {"with"}:
                return ex.Join(*map(p, parts), sep=str(rest.get("with", "")))
            case {"map": {"column": name, "values": dict(values), **more}} if set(more) <= {"other"}:
                return ex.MapTo(
                    self._column(name),
                    {str(k): v for k, v in values.items()},
                    e(more["other"]) if "other" in more else None,
                )
            case {"when": test, "then": then, **rest} if set(rest) <= {"else"}:
                return ex.When(self.test(test), e(then), e(rest["else"]) if "else" in rest else Const(None))
            case {"source": part, **rest} if not rest:
                return ex.Source(p(part))
            case {"account": part, **rest} if set(rest) <= {"system"}:
                return ex.Ident(p(part), system=rest.get("system", ""))
            case {"lookup": {"in": source, "by": by, "give": give, **rest}} if set(rest) <= {"key", "partial"}:
                if source not in self.lookups:
                    raise self._error(tell("console.sources.no_source", source=repr(source), known=", ".join(self.lookups)))
                return Lookup(self.lookups[source], self._column(by), rest.get("key", by), give, partial=bool(rest.get("partial")))
        raise self._error(tell("console.sources.no_expression", given=repr(given), known=", ".join(EXPRESSIONS)))

    def test(self, given) -> Expr:
        """A test: {column: InvoiceNo, starts_with: C}; {not: ...}; {all: [...]}; {any: [...]}."""
        if isinstance(given, dict):
            if set(given) == {"not"}:
                return ex.Not(self.test(given["not"]))
            if set(given) in ({"all"}, {"any"}):
                word = next(iter(given))
                return (ex.All if word == "all" else ex.Any)(*map(self.test, given[word]))
            if "lookup" in given:
                how = [k for k in given if k != "lookup"]
                if len(how) == 1:
                    return ex.Test(
                        self.expression({"lookup": given["lookup"]}),
                        how[0].replace("in", "among") if how[0] == "in" else how[0],
                        given[how[0]],
                    )
            how = [k for k in given if k != "column"]
            if (
                "column" in given
                and len(how) == 1
                and how[0] in TESTS.keys() - set(COMBINED)
            ):
                return ex.Test(self._column(given["column"]), "among" if how[0] == "in" else how[0], given[how[0]])
        tests = "|".join(t for t in TESTS if t not in COMBINED)
        raise self._error(tell("console.sources.no_test", given=repr(given), tests=tests))

    def _part(self, given) -> Expr:
        """An operand: a bare No or On is a header here, for nothing is joined or added with true or false."""
        return self._column(given) if isinstance(given, bool) else self.expression(given)

    def _column(self, name) -> Col:
        name = header_of(name, self.header)
        if not any(fold(h) == fold(str(name)) for h in self.header):
            said = {"entry": self.entry.name, "column": repr(name), "columns": ", ".join(repr(h) for h in self.header if h)}
            raise InputError(tell("console.sources.no_column", near="", **said), "column")
        return Col(str(name), must=True)

    def _error(self, what: str) -> InputError:
        return InputError(f"sources.yml, {self.entry.name}: {what}.", "sources")


class Lookup(Expr):
    """A value of another source's file: {lookup: {in: products, by: product_id, give: category}}.

    Refused where less than 98% of the rows with a code find it, unless `partial: true` says that the other file names a part only.
    """

    def __init__(self, target, by: Expr, key: str, give: str, *, partial: bool = False):
        self.target, self.by, self.key, self.give, self.partial = target, by, key, give, partial

    def sql(self, r: Reader, kind: str) -> str:
        other, said = self.target()
        declared = {word: said.get(word) for word in ("decimal", "date_order")}
        there = Reader(other, r.evidence.__class__(r.evidence.con, other, declared), r.system, r.zone, r.own_zone)
        for name in (self.key, self.give):
            if there.place((name,)) is None:
                said = {"file": other.file, "column": repr(name), "columns": ", ".join(other.header)}
                raise InputError(tell("console.sources.lookup_column", **said), "column")
        key, place = f"c{there.place((self.key,))[0]}", there.place((self.give,))[0]
        # as a text it is what stands there; as a number or a day it is read as the other file writes it
        give = f"c{place}" if kind in ("text", "id") else there.written_out(there.cell(place, kind))
        by = self.by.sql(r, "text")
        if not self.partial:
            self._require(r, other, r.written_out(by), key)
        # the other file's columns are renamed: both have a c3, and within the brackets theirs would win
        theirs = f"(SELECT {key} AS _key, {give} AS _give FROM {other.table})"
        return f"(SELECT any_value(_give) FROM {theirs} WHERE _key = {by})"

    def _require(self, r: Reader, other, by: str, key: str) -> None:
        """InputError where the codes of the two files do not meet: what is looked up would be blank without a word."""
        rows = f"SELECT {by} AS code, {by} IN (SELECT {key} FROM {other.table}) AS found FROM {r.part.table} WHERE {by} IS NOT NULL"
        rows += f" AND {r.written_out(r.where)}" if r.where else ""
        con = r.evidence.con
        keyed, met = con.execute(f"SELECT count(*), count(*) FILTER (coalesce(found, FALSE)) FROM ({rows})").fetchone()
        if met >= ENOUGH * keyed:
            return
        lost = con.execute(
            f"SELECT code, count(*) AS n FROM ({rows}) WHERE NOT coalesce(found, FALSE) GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5"
        ).fetchall()
        codes = ", ".join(f"{shown_code(code)} ({tell('console.sources.rows', n=figure(n))})" for code, n in lost)
        said = {"file": r.part.file, "rows": figure(keyed), "key": repr(self.key), "other": other.file, "codes": codes}
        shares = {"share": figure(met / keyed, "percent"), "enough": figure(ENOUGH, "percent")}
        raise InputError(tell("console.sources.lookup", **said, **shares), "join")


def shown_code(code: str) -> str:
    """A code as it may stand in a message: what looks like an address or a phone is masked."""
    return mask(code) if "@" in code or sum(ch.isdigit() for ch in code) >= 9 else repr(code[:40])


class RowNumber(Expr):
    """An id for a sheet that has none: the number of the row with a digest of its cells.

    The number alone would make row 2 of every month's file the same order; with the cells, another month's row stays apart, and a
    sheet that grows, exported once more, gives its old rows their old ids.
    """

    def sql(self, r: Reader, kind: str) -> str:
        cells = ", ".join(f"coalesce(c{k}, '')" for k in range(len(r.part.header)))
        return r.let(f"concat(_row, '-', left(md5(concat_ws(chr(31), {cells})), 8))")


def header_of(given, header: list[str]) -> str:
    """A header as written; YAML takes a bare No, Yes, On or Off for true or false, so those are looked up."""
    if isinstance(given, bool):
        words = ("yes", "on", "true") if given else ("no", "off", "false")
        return next((h for h in header if fold(h) in words), words[0])
    return str(given)


def check_known(given: dict, known, where: str) -> None:
    for word in given:
        if word not in known:
            raise InputError(unknown(str(word), known, where), "sources")


def unknown(word: str, known, where: str) -> str:
    near = get_close_matches(word, list(known), n=1)
    told = tell("console.sources.meant", word=repr(near[0])) if near else ""
    return tell("console.sources.unknown", where=where, word=repr(word), near=told, known=", ".join(known))
