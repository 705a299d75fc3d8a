"""What a recipe is: how a system's file is known by its header, and which tables it feeds with which expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from scrm_helpers.ingestion.expressions import Expr
from scrm_helpers.ingestion.names import find, fold
from scrm_helpers.ingestion.part import Part


@dataclass
class Feed:
    """Rows of one contract table out of the rows of a file.

    `where` picks rows; `group` makes one row of all rows with the same key (money in `sums` is added, the rest is the first that
    is not blank). Amounts are turned into base currency with `currency` (or the file's own `rate`) and freed of VAT with `vat`:
    "excluded", "included" (the company's rate) or an expression that gives the per cent.
    """

    table: str
    columns: dict[str, Expr]
    where: Expr | None = None
    group: Expr | None = None
    sums: tuple[str, ...] = ()
    currency: Expr | None = None
    rate: Expr | None = None
    vat: str | Expr = "excluded"
    counted: tuple[str, ...] = ()  # columns that are counts: `1.742` is 1742
    each: Expr | None = None  # a cell that lists several things, by commas: one row for each (see Item)
    cents: bool = False  # amounts are invoiced to two decimals, so VAT is taken out to two
    needs: tuple[str, ...] = ()  # left out where the file has none of these headers
    unlike: tuple[str, ...] = ()  # left out where the file has one of these headers
    gross: Expr | None = None  # the amount as the file has it, VAT in it, where `net` is made of several columns: for `check`


@dataclass
class Recipe:
    """A system: `needs` are the headers by which it is known, each under any of its names."""

    name: str
    feeds: Callable[[], list[Feed]]
    needs: tuple[tuple[str, ...], ...]
    about: str = ""
    system: str = ""
    decimal: str = ""
    date_order: str = ""
    dotted: str = ""  # the order of days written with dots, where the system fixes no order: 05.09.2026
    zone: str = ""
    unlike: tuple[str, ...] = ()  # headers that rule it out
    description_row: bool = False  # a row of explanations stands under the header
    blank_total: tuple[tuple[str, ...], ...] = ()  # a row in which all of these are blank is a total without a label
    band: tuple[tuple[str, ...], ...] = ()  # a row in which all of these are blank is the heading of a group of rows
    lacking: dict[str, str] = field(default_factory=dict)  # a needed header (its first name) -> text id: where to find it in the system
    notice: str = ""  # id of a text that is said of every file read with it
    vat_notice: str = ""  # the same of how it takes VAT, where sources.yml does not say it
    product_vat: tuple[Expr, Expr] | None = (
        None  # product and its VAT per cent, for systems that do not say it themselves
    )
    sheet: str = ""  # sheets of this name only (pattern)
    _feeds: list[Feed] | None = field(default=None, repr=False)
    _aliases: frozenset[str] | None = field(default=None, repr=False)

    def made(self) -> list[Feed]:
        """The feeds, made once."""
        if self._feeds is None:
            self._feeds = self.feeds()
        return self._feeds

    def aliases(self) -> frozenset[str]:
        """Every header that it knows, gathered once."""
        if self._aliases is None:
            self._aliases = frozenset(self._known())
        return self._aliases

    def feeds_of(self, part: Part) -> list[Feed]:
        """The feeds that a part has the headers for."""
        headed = [f for f in self.made() if not f.needs or find(part.folded, f.needs)]
        return [f for f in headed if not f.unlike or not find(part.folded, f.unlike)]

    def _known(self) -> set[str]:
        known = {a for group in self.needs for a in group}
        for feed in self.made():
            extra = [
                e
                for e in (feed.where, feed.group, feed.currency, feed.rate, feed.vat, feed.each)
                if isinstance(e, Expr)
            ]
            for expression in [*feed.columns.values(), *extra]:
                known |= {a for column in expression.columns() for a in column.aliases}
                known |= set(getattr(expression, "aliases", ()))
        known |= {a for e in self.product_vat or () for column in e.columns() for a in column.aliases}
        known |= {a for group in (*self.blank_total, *self.band) for a in group}
        return known

    def fits(self, part: Part) -> tuple[int, int] | None:
        """How well it fits a part: (headers needed, headers known); None where a needed one is missing."""
        if any(find(part.folded, need) is None for need in self.needs) or (
            self.unlike and find(part.folded, self.unlike)
        ):
            return None
        if self.sheet and not re.search(self.sheet, part.part or part.file, re.IGNORECASE):
            return None
        return len(self.needs), sum(1 for h in part.folded if h and find([h], tuple(self.aliases())))


RECIPES: dict[str, Recipe] = {}


def recipe(name: str, *, needs, **options):
    """Declares a recipe: the decorated function gives its feeds."""

    def declare(feeds: Callable[[], list[Feed]]) -> Recipe:
        wanted = tuple((n,) if isinstance(n, str) else tuple(n) for n in needs)
        if name in RECIPES:
            raise ValueError(f"recipe {name!r} is declared twice; give one of them another name.")
        RECIPES[name] = Recipe(
            name, feeds, wanted, about=(feeds.__doc__ or "").strip().split("\n")[0], **{"system": name} | options
        )
        return RECIPES[name]

    return declare


@cache
def load_recipes() -> dict[str, Recipe]:
    """Every recipe of the folder `recipes`."""
    package = import_module("scrm_helpers.ingestion.recipes")
    for module in sorted(m.name for m in iter_modules(package.__path__)):
        import_module(f"{package.__name__}.{module}")
    return RECIPES


def recognise(part: Part, recipes: dict[str, Recipe]) -> Recipe | None:
    """The recipe whose headers fit best: most needed ones, then most known ones; None where none fits."""
    fitting = [(score, r.name, r) for r in recipes.values() if (score := r.fits(part))]
    return max(fitting, key=lambda f: (f[0], f[1]))[2] if fitting else None


NEAR_NEEDS, NEAR_HEADERS = 0.5, 0.3  # of what a recipe needs (rare headers weigh more), and of what the file has
ALL_BUT_ONE, MOST_HEADERS = 3, 0.7  # with one need missing of this many, and nearly every header known, the weight does not matter


def near_misses(part: Part, recipes: dict[str, Recipe]) -> list[tuple[Recipe, list[str]]]:
    """Recipes that the file nearly fits, the nearest first, each with what it lacks; empty where nothing is near.

    A header that many systems have (a date, a name, a number) tells little: each need weighs one over the recipes that know it.
    Near is a recipe with two of its needs or more there, half of their weight, and three in ten of the file's headers among those it
    knows; or one that lacks a single need, however much it weighs, of a file whose headers it knows nearly all.
    """
    shown = [h for h in part.folded if h]
    found = []
    for r in recipes.values():
        lacking = [need for need in r.needs if find(part.folded, need) is None]
        if not lacking or len(r.needs) - len(lacking) < 2:
            continue
        weights = {need: 1 / _knowing(need, recipes) for need in r.needs}
        there = 1 - sum(weights[n] for n in lacking) / sum(weights.values())
        known = sum(1 for h in shown if find([h], tuple(r.aliases()))) / len(shown)
        but_one = len(lacking) == 1 and len(r.needs) >= ALL_BUT_ONE and known >= MOST_HEADERS
        if (there >= NEAR_NEEDS and known >= NEAR_HEADERS) or but_one:
            found.append((-there * known, r.name, r, [need[0] for need in lacking]))
    return [(r, lacking) for _, _, r, lacking in sorted(found, key=lambda f: f[:2])]


def _knowing(need: tuple[str, ...], recipes: dict[str, Recipe]) -> int:
    """How many recipes know a header under one of these names."""
    names = {fold(n) for n in need}
    return max(1, sum(1 for r in recipes.values() if names & {fold(a) for a in r.aliases()}))
