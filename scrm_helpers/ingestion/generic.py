"""sources.yml: which file feeds which table with which columns."""

import importlib.util
import os
import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from scrm_helpers import tables
from scrm_helpers.ingestion import declared, words
from scrm_helpers.ingestion import expressions as ex
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Col, Const, Expr
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.ingestion.shapes import on_social
from scrm_helpers.ingestion.vocabulary import Builder, RowNumber, check_known, header_of, unknown
from scrm_helpers.texts import tell

ENTRY = ("name", "file", "table", "columns", "derive", "options", "recipe", "ignore", "where", "database", "query")
OPTIONS = ("decimal", "date_order", "currency", "vat", "time_zone", "system", "sheet", "rows", "exported_on", "rate", "months", "year")
PACKAGE = "package:"
PAID = ("spend", "costs", "campaigns")  # where money is planned or booked, plain "Google" is the ad platform
ACROSS = ("rows", "columns")  # how months stand in a sheet: one below the other, or side by side
LINES = ("lines", "totals")  # each row is a line of an order: with its own amount, or with the order's total once more
ROWS = ("orders", *LINES)
NAMED_BY_OTHERS = ("orders", "cases", "accounts")  # tables whose ids stand in other tables' rows
GROUPED = {"orders": ("net", "vat", "discount", "net_document"), "accounts": (), "campaigns": ()}


@dataclass
class Entry:
    """One entry of `sources:`."""

    name: str
    file: str
    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    derive: dict[str, object] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    recipe: str = ""
    ignore: bool = False
    where: object = None
    database: str = ""  # "${VARIABLE}": rows of a query instead of a file
    query: str = ""
    heard: set[str] = field(default_factory=set, compare=False)  # words of its options that a form has taken, see `overruled`

    def aliases(self) -> set[str]:
        """Headers that it names."""
        named = {str(c) for c in self.columns}
        stack = [self.derive, self.where]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                stack += list(node.values())
            elif isinstance(node, list):
                stack += node
            elif isinstance(node, str):
                named.add(node)
        return named


def entries(sources: dict, recipes) -> list[Entry]:
    """The entries of sources.yml, checked; an unknown word is told with the nearest known one."""
    found = []
    for place, given in enumerate(sources.get("sources") or [], 1):
        where = f"sources.yml, sources, entry {place}"
        if isinstance(given, dict) and given.get("database") and given.get("query"):
            given = {"file": f"database:{given.get('name', f'source{place}')}"} | given
        given = {word: value for word, value in given.items() if value is not None} if isinstance(given, dict) else given
        if not isinstance(given, dict) or "file" not in given:
            raise InputError(tell("console.sources.no_file", where=where), "sources")
        check_known(given, ENTRY, where)
        entry = Entry(**{"name": f"source{place}"} | given)
        check_known(entry.options, OPTIONS, f"{where} ({entry.name}), options")
        entry.options = declared.checked(entry.options, f"{where} ({entry.name}), options")
        if (months := str(entry.options.get("months", ACROSS[0]))) not in ACROSS:
            raise InputError(unknown(months, ACROSS, f"{where} ({entry.name}), options, months"), "sources")
        if entry.recipe and entry.recipe not in recipes:
            raise InputError(unknown(entry.recipe, recipes, f"{where}, recipe"), "sources")
        if entry.table and entry.table not in tables.INGESTED:
            raise InputError(unknown(entry.table, tables.INGESTED, f"{where}, table"), "sources")
        if not (entry.ignore or entry.recipe or entry.table or entry.options):
            raise InputError(tell("console.sources.no_table", where=f"{where} ({entry.name})"), "sources")
        found.append(entry)
    return found


def paths(entry: Entry, raw: Path) -> list[tuple[Path, str]]:
    """The files of an entry with the name they are shown by (never a machine's path)."""
    pattern = entry.file
    if pattern.startswith(PACKAGE):
        package, _, inside = pattern[len(PACKAGE) :].partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            said = {"entry": entry.name, "pattern": repr(pattern), "package": repr(package), "name": package.replace("_", "-")}
            raise InputError(tell("console.sources.package", **said), "package")
        base = Path(next(iter(spec.submodule_search_locations)))
        return _globbed(base, inside, f"{PACKAGE}{package}/", entry)
    variable = re.match(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}/?(.*)", pattern)
    if variable:
        name, inside = variable.groups()
        folder = os.environ.get(name)
        if not folder:
            said = {"entry": entry.name, "pattern": repr(pattern), "name": name, "inside": inside}
            raise InputError(tell("console.sources.variable", **said), "variable")
        if not Path(folder).is_dir():
            raise InputError(tell("console.sources.folder", entry=entry.name, name=name, inside=inside), "variable")
        return _globbed(Path(folder), inside, f"${{{name}}}/", entry)
    return _globbed(raw, pattern, "", entry)


def _globbed(base: Path, pattern: str, shown: str, entry: Entry) -> list[tuple[Path, str]]:
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(tell("console.sources.outside", entry=entry.name, pattern=repr(pattern)), "sources")
    found = sorted(p for p in base.glob(pattern) if p.is_file() and not p.name.startswith(("~$", ".")))
    return [(p, shown + p.relative_to(base).as_posix()) for p in found]


def feed(entry: Entry, lookups: dict, header: list[str]) -> Feed:
    """The feed of a mapped entry."""
    table = tables.contract(entry.table)
    made: dict[str, Expr] = {}
    for given_head, target in entry.columns.items():
        head = header_of(given_head, header)
        if target not in table.by_name:
            raise InputError(
                unknown(target, list(table.by_name), f"sources.yml, {entry.name}, columns, {head!r}"), "sources"
            )
        if not any(fold(h) == fold(str(head)) for h in header):
            near = get_close_matches(fold(str(head)), [fold(h) for h in header], n=3, cutoff=0.4)
            said = {"entry": entry.name, "column": repr(head), "columns": ", ".join(repr(h) for h in header if h)}
            told = tell("console.sources.nearest", names=", ".join(near)) if near else ""
            raise InputError(tell("console.sources.no_column", near=told, **said), "column")
        made[target] = Col(str(head), must=True)
        if known := words.SPELLED.get((table.name, target)):  # a company's own word for it, where the suite knows it
            made[target] = ex.MapTo(made[target], known, other=made[target])
    build = Builder(entry, lookups, header)
    for target, given in entry.derive.items():
        if target not in table.by_name:
            raise InputError(unknown(target, list(table.by_name), f"sources.yml, {entry.name}, derive"), "sources")
        made[target] = build.expression(given)
    if "account_id" in made and isinstance(made["account_id"], Col):
        if table.name == "accounts" and "native_id" not in made:
            made["native_id"] = made["account_id"]  # as the system writes it
        made["account_id"] = folded_contact(made["account_id"])
    if "source_raw" in table.by_name and "source" in made and "source_raw" not in made:
        made["source_raw"] = made["source"]
    if "source" in entry.columns.values():
        made["source"] = ex.Source(made["source"], paid=table.name in PAID)
        if table.name == "costs":  # as in the suite's own sheet: a cost of no channel is still a cost
            made["source"] = ex.FirstOf(made["source"], Const("other"))
    if "month" in made:
        made["month"] = ex.Month(made["month"])
    return _complete(entry, table, made, build)


def apart(feeds: list[Feed], names: list[str]) -> list[Feed]:
    """Feeds of one file, by the `names` of their entries, so that rows of two entries for one table are never one row.

    A row's own number ({row: true}) is the same in both, as where a survey asks two questions side by side: the second entry's numbers
    carry its name. Orders, tickets and contacts are left, for other entries speak of them by that number.
    """
    seen, out = set(), []
    for feed, name in zip(feeds, names, strict=True):
        key = tables.contract(feed.table).key
        if len(key) == 1 and isinstance(feed.columns.get(key[0]), RowNumber) and feed.table not in NAMED_BY_OTHERS:
            if feed.table in seen:
                feed = replace(feed, columns=feed.columns | {key[0]: ex.Join(f"{name}:", feed.columns[key[0]])})
            seen.add(feed.table)
        out.append(feed)
    return out


def folded_contact(of: Expr) -> Expr:
    """A customer's key; where it is an e-mail, without the spaces and capitals by which one address is written several ways."""
    return ex.Made("CASE WHEN contains({a}, '@') THEN lower(regexp_replace({a}, '\\s', '', 'g')) ELSE {a} END", "text", a=of)


def _complete(entry: Entry, table, made: dict[str, Expr], build: Builder) -> Feed:
    """What a contract needs and a plain file does not say, with its plain meaning."""
    o = entry.options
    has_money = any(c.kind is tables.Kind.MONEY for n, c in table.by_name.items() if n in made)
    if table.name in ("orders", "order_lines") and has_money and o.get("vat", "") == "":
        raise InputError(tell("console.sources.vat", entry=entry.name), "vat")
    columns = {**defaults(table.name, made), **made}
    key = tables.contract(table.name).key
    rows = o.get("rows", "")
    if rows not in ("", *ROWS):
        raise InputError(unknown(str(rows), ROWS, f"sources.yml, {entry.name}, options, rows"), "sources")
    lines = rows in LINES or table.name == "accounts"
    group = None
    if table.name == "order_lines" and "order_id" in made:
        group = made["order_id"]
    elif lines and table.name in GROUPED and key[0] in made:
        group = made[key[0]]
    currency = currency_of(o.get("currency"), columns.get("currency"), build)
    if "currency" in columns:  # a blank cell takes what the option says; without an option nobody knows, and the row is set aside
        columns["currency"] = currency
    sums = () if rows == "totals" else summed(table.name, columns) if lines else ()
    return Feed(
        table.name,
        columns,
        where=build.test(entry.where) if entry.where else None,
        group=group,
        sums=sums,
        currency=currency,
        rate=declared.rate(o["rate"], build) if o.get("rate", "") != "" else None,
        vat=declared.vat(o.get("vat") if o.get("vat", "") != "" else "excluded", build),
    )


def defaults(table: str, made) -> dict[str, Expr]:
    """What an entry need not map, with its plain meaning: a sale is completed, a product's cost holds from ever. `made`: what it maps."""
    found: dict[str, Expr] = {}
    if table == "orders":
        found = {
            "kind": ex.When(ex.Test(made["net"], "below", 0), Const("return"), Const("sale"))
            if "net" in made
            else Const("sale"),
            "status": Const("completed"),
            "channel": Const("other"),
            "is_internal": Const(False),
        }
        if "order_id" in made and "order_no" not in made:
            found["order_no"] = made["order_id"]
    elif table == "accounts":
        found = {"kind": Const("unknown"), "is_internal": Const(False)}
        if "account_id" in made:
            found["native_id"] = made["account_id"]
    elif table == "costs":
        found = {"source": Const("other")}
    elif table == "touches":
        found = {"hand_kept": Const(False)}
    elif table == "products":
        found = {"valid_from": Const("1900-01-01")}
    elif table == "campaigns":
        found = {"status": Const("done"), "is_social": on_social(made["source"]) if "source" in made else Const(False)}
        if "campaign_id" in made:
            found["name"] = made["campaign_id"]
    elif table == "campaign_units":
        found = {"role": Const("treated")}
    elif table == "spend":
        found = {"ad_id": Const("")}
    return found


def as_lines(feed: Feed, rows: str) -> Feed:
    """A recipe's orders of one row each, where sources.yml says that its rows are lines (`lines` or `totals`)."""
    if rows not in LINES or feed.table != "orders" or feed.group is not None or "order_id" not in feed.columns:
        return feed
    return replace(feed, group=feed.columns["order_id"], sums=summed(feed.table, feed.columns) if rows == "lines" else ())


def summed(table: str, columns) -> tuple[str, ...]:
    """Columns that add up over the lines of one order; the document's amount is made of `net` and adds up like it."""
    made = {*columns, *(("net_document",) if "net" in columns else ())}
    return tuple(c for c in GROUPED.get(table, ()) if c in made)


def currency_of(given, mapped: Expr | None, build: Builder) -> Expr | None:
    """The row's currency: its mapped column, then the option (a code such as EUR, or a column). None: a cell's sign, or the company's own."""  # noqa: E501
    code = isinstance(given, str) and re.fullmatch(r"[A-Z]{3}|TL", given)
    named = (Const(given) if code else build.expression(given)) if given else None
    return ex.FirstOf(mapped, named) if mapped and named else mapped or named


__all__ = ["Entry", "entries", "feed", "paths"]
