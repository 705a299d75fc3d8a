"""An entry of sources.yml for a file that nearly fits a recipe: each column written as the recipe would have read it."""

from dataclasses import dataclass, field

from scrm_helpers import tables
from scrm_helpers.ingestion import meant, signs, words
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    Expr,
    FirstOf,
    HasElse,
    Made,
    MapTo,
    Month,
    Source,
    Test,
    When,
)
from scrm_helpers.ingestion.names import find, fold
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Recipe
from scrm_helpers.tables import Kind

LEAST = 2  # columns that must be found: with one alone the file is something else
NAMED = {"campaigns": "name"}  # rows of these are known by a name where they have no number
UNTOLD = "?"  # stands in a draft for a word that nobody can guess; a row that has it is set aside and told


@dataclass
class Likened:
    """Column of the contract -> place of the file's column that holds it, or how it is made; and the columns that either takes.

    `own`: the file is in words of its own, so nothing says that it came from the recipe's system.
    """

    columns: dict[str, int] = field(default_factory=dict)
    derive: dict[str, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    own: bool = False


def likened(con, part: Part, recipe: Recipe) -> Likened | None:
    """What the recipe's first feed would have read of the file, its headers under their own or a related name; None where hardly any."""
    writer = _Writer(con, part, recipe)
    named = sum(find(part.folded, need) is not None for need in recipe.needs)
    told, found = 0, Likened(used=writer.used, own=named <= len(recipe.needs) / 2)
    for target, expression in recipe.made()[0].columns.items():
        how = writer.written(expression, target)
        if isinstance(how, int) and how in found.columns.values():  # a header stands once among the columns of an entry
            found.derive[target] = f"{{column: {quoted(part.header[how])}}}"
        elif isinstance(how, int):
            found.columns[target] = how
        elif how:
            found.derive[target] = how
            told += not how.startswith("{constant")
    contract = tables.contract(meant.fed(recipe))
    key = contract.by_name[contract.key[0]]
    if len(contract.key) == 1 and key.name not in found.columns and writer.is_made_up(key.name):
        named = found.columns.get(NAMED.get(contract.name, ""))
        if named is not None and signs.are_different(con, part, named):
            found.derive[key.name] = f"{{column: {quoted(part.header[named])}}}"
        elif named is not None or key.kind is Kind.ID:
            found.derive[key.name] = "{row: true}"
    # only a campaign on a social channel is judged as one, and only its spend is social's
    untold = contract.name == "campaigns" or contract.name == "spend" and found.own
    if untold and "source" not in found.columns:
        found.columns |= writer.source()
    if "source" in found.columns:
        found.derive.pop("source", None)
    elif untold:
        found.derive["source"] = f'{{constant: "{UNTOLD}"}}'
    return found if len(found.columns) + told >= LEAST else None


class _Writer:
    """Expressions of one recipe in the words of sources.yml, over the columns of one file."""

    def __init__(self, con, part: Part, recipe: Recipe):
        self.con, self.part, self.feed = con, part, recipe.made()[0]
        self.signs = signs.TABLES.get(self.feed.table, {})
        self.contract = tables.contract(self.feed.table)
        self.used: set[int] = set()
        self.places: dict[tuple[str, ...], int | None] = {}

    def is_made_up(self, target: str) -> bool:
        """Whether the recipe makes a column of several others, since no file has it."""
        return len(self.feed.columns[target].columns()) > 1

    def source(self) -> dict[str, int]:
        """Where the file says of each row where it ran, some of whose words are known; {} where it does not."""
        found = signs.places(self.part, {"source": self.signs.get("source", ())}, without=self.used)
        said = signs.values(self.con, self.part, found["source"]) if found else []
        if not said:
            return {}
        rows = ", ".join(f"({quote(v)}, {quote(fold(v))})" for v in said)
        known = f"SELECT coalesce(bool_or({words.source('said', 'folded')} <> 'other'), FALSE) FROM (VALUES {rows}) v(said, folded)"
        if not self.con.execute(known).fetchone()[0]:
            return {}
        self.used.add(found["source"])
        return found

    def written(self, of: Expr, target: str) -> int | str | None:
        """Place of the column that holds it; how it is made; None where the file has nothing for it."""
        of = of.drafted or of
        if isinstance(of, FirstOf | HasElse):
            parts = of.parts if isinstance(of, FirstOf) else (of.column, of.other)
            told = [how for p in parts if (how := self.written(p, target)) is not None]
            return told[0] if told else None
        if isinstance(of, Col):
            return self.place(of, target)
        if isinstance(of, Month | Source) and len(read := of.columns()) == 1:
            return self.place(read[0], target)
        if isinstance(of, Made) and of.kind == "day" and isinstance(next(iter(of.parts.values())), Col) and len(of.parts) == 1:
            return self.place(of.columns()[0], target)
        if isinstance(of, Const):
            return None if of.value is None else f"{{constant: {plain(of.value)}}}"
        if isinstance(of, MapTo) and isinstance(of.of, Col):
            return self._map(of, target)
        if isinstance(of, When) and isinstance(of.test, Test) and isinstance(of.test.of, Col):
            return self._when(of, target)
        return None

    def place(self, column: Col, target: str) -> int | None:
        """Where the column stands: under a name that the recipe knows, else under a word that is said of such a column."""
        if column.aliases not in self.places:
            at = find(self.part.folded, column.aliases)
            by_sign = signs.places(self.part, {target: self.signs.get(target, ())}, without=self.used).get(target)
            self.places[column.aliases] = at[0] if at else by_sign
        found = self.places[column.aliases]
        self.used |= {found} if found is not None else set()
        return found

    def means(self, of: MapTo, target: str, place: int) -> dict[str, object]:
        """Text of the file -> what it means, for those that are known."""
        known = {words.folded(k): v for k, v in of.values.items()}
        return {v: known[words.folded(v)] for v in signs.values(self.con, self.part, place) if words.folded(v) in known}

    def _map(self, of: MapTo, target: str) -> str | None:
        place = self.place(of.of, target)
        if place is None:
            return None
        told = self.means(of, target, place)
        column = self.contract.by_name[target]
        if of.other is None and (column.required or target in self.contract.key):
            told = {v: told.get(v, UNTOLD) for v in signs.values(self.con, self.part, place)}
        if not told:
            return None
        other = f", other: {plain(of.other.value)}" if isinstance(of.other, Const) and of.other.value is not None else ""
        values = ", ".join(f"{quoted(v)}: {plain(w)}" for v, w in told.items())
        return f"{{map: {{column: {quoted(self.part.header[place])}, values: {{{values}}}{other}}}}}"

    def _when(self, of: When, target: str) -> str | None:
        """Only tests of words, and only what holds in one case: the words of the file that mean what the recipe's words mean."""
        if of.test.how not in ("is", "among") or not (isinstance(of.other, Const) and of.other.value is None):
            return None
        column = of.test.of
        asked = next(
            ((t, e) for t, e in self.feed.columns.items() if isinstance(e, MapTo) and e.of.columns() == [column]), None
        )
        place = self.place(column, asked[0] if asked else target)
        if asked is None or place is None:
            return None
        meaning = {asked[1].values.get(w) for w in of.test.value}
        said = [v for v, w in self.means(asked[1], asked[0], place).items() if w in meaning]
        then = self.written(of.then, target)
        if not said or then is None:
            return None
        then = f"{{column: {quoted(self.part.header[then])}}}" if isinstance(then, int) else then
        return f"{{when: {{column: {quoted(self.part.header[place])}, in: [{', '.join(map(quoted, said))}]}}, then: {then}}}"


def quoted(text: str) -> str:
    """A text as YAML takes it whatever is in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain(value) -> str:
    """A constant as YAML takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    return value if value.isidentifier() and value.lower() not in ("yes", "no", "on", "off", "true", "false", "null") else quoted(value)
