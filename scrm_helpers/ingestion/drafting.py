"""A first sources.yml from the files that were found: what is known stays out, what is guessed says so and where to change it."""

from itertools import count

from scrm_helpers import tables
from scrm_helpers.ingestion import generic, signs
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import Evidence
from scrm_helpers.ingestion.expressions import Col, Const, Expr, FirstOf, HasElse
from scrm_helpers.ingestion.feeding import MADE_LATER
from scrm_helpers.ingestion.loading import Part
from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.recipe import Recipe, near_misses
from scrm_helpers.store import Settings
from scrm_helpers.texts import has, tell

COMMA = ("TR", "DE", "FR", "IT", "ES", "NL")  # countries that write 1.234,50
SOLD = {"ordered_at", "net"}  # without a day and an amount nothing is taken for orders
BUYER = (*signs.PERSON, "company_name", "city", "district", "address")  # what a file of orders may know of who bought
FEW = 0.05  # of order numbers: where fewer stand in several rows, they are no lines
DRAFTED = ("unknown", "column")  # codes of the refusals that an entry can mend


def draft(con, settings: Settings, taken, recipes: dict[str, Recipe], *, language: str = "") -> str:
    """The text of a sources.yml: the company, then the entries of each file that no recipe reads. `language`: as it was asked for."""
    language = language or ("tr" if settings.country == "TR" else settings.language)
    d = _Draft(con, settings, _system(con, taken), {e.name for t in taken for e in t.entries})
    d.lines = [
        "company:",
        f"  name: {settings.name!r}" if settings.name else f'  name: ""  # {tell("console.draft.name")}',
        f"  currency: {settings.currency}",
        f"  time_zone: {settings.time_zone}",
        f"  country: {settings.country}",
        f"  language: {language}  # {tell('console.draft.language')}",
        f"  vat_rate: {settings.vat_rate:g}  # {tell('console.draft.vat_rate')}",
        "sources:",
    ]
    for t in taken:
        if t.part is None:
            d.remark(t.message)
        elif t.verdict == "read" and t.recipe is not None and t.recipe.name:
            d.remark(tell("console.draft.known", file=t.file, recipe=t.recipe.name))
        elif t.code in DRAFTED:
            d.file(t.part, recipes, t.message)
        elif t.verdict == "refused":
            d.remark(t.message)
    if not any(line.startswith("  - name:") for line in d.lines):
        d.lines[d.lines.index("sources:")] = "sources: []"
        d.lines += [
            f"# {tell('console.draft.example')}",
            '#  - {name: sales, file: "sales*.csv", table: orders, columns: {Tarih: ordered_at, Tutar: net, "Fiş No": order_id}, options: {vat: included}}',  # noqa: E501
        ]
    return "\n".join(d.lines) + "\n"


def needed(table: str) -> list[str]:
    """Columns that an entry has to map: what every row of the table has and nothing fills in by itself."""
    contract = tables.contract(table)
    given = generic.defaults(table, dict.fromkeys(contract.by_name, Const(None)))
    every = [c.name for c in contract.columns if c.required or c.name in contract.key]
    asked = [n for n in every if n not in (*MADE_LATER, *given)]
    return [n for k, n in enumerate(asked) if not _made_of_pair(n, asked[:k])]


def guessed(con, part: Part) -> dict[str, int]:
    """Column of orders -> place of the header that speaks for it; {} unless a day and an amount are there."""
    found = signs.places(part, signs.SALES)
    return _coded(con, part, found) if found.keys() >= SOLD else {}


def guessed_contacts(part: Part) -> dict[str, int]:
    """Column of accounts -> place of its header; {} unless a way to know the person is there, which is the key where nothing else is."""
    found = signs.places(part, signs.CONTACTS)
    key = next((k for k in ("account_id", "email", "phone") if k in found), "")
    known = found.keys() & {"email", "phone", "full_name", "last_name"}
    return found | {"account_id": found[key]} if key and known else {}


def _coded(con, part: Part, found: dict[str, int]) -> dict[str, int]:
    place = signs.coded(con, part)
    return found | {"account_id": place} if place is not None and "account_id" in found else found


def _system(con, taken) -> str:
    """The system that orders and contacts share: customers are the same only within one system."""
    for t in taken:
        own = t.recipe is not None and (t.recipe.name == "orders_sheet" or any(e.table == "orders" for e in t.entries))
        if t.verdict == "read" and own:
            return t.options.get("system") or t.recipe.system
    parts = [t.part for t in taken if t.code in DRAFTED and t.part]
    sells = any("account_id" in guessed(con, p) for p in parts)
    knows = any(guessed_contacts(p) for p in parts)
    return "own" if sells and knows else ""


class _Draft:
    """The lines of a draft. An entry names its file as the run will find it; each guess says which line to change."""

    def __init__(self, con, settings: Settings, system: str, names: set[str]):
        self.con, self.settings, self.system, self.names = con, settings, system, names
        self.lines: list[str] = []

    def remark(self, text: str) -> None:
        """A comment among the entries."""
        self.lines += [f"  # {line}" for line in text.splitlines()]

    def file(self, part: Part, recipes: dict[str, Recipe], message: str) -> None:
        """The entries of one file: as sales, as contacts, as what it nearly was, or a remark that it is nothing known."""
        near = next(iter(near_misses(part, recipes)), None)
        fed = near[0].made()[0].table if near and near[0].made() else ""
        sales, people = guessed(self.con, part), guessed_contacts(part)
        if near:
            lacking = ", ".join(map(repr, near[1]))
            self.remark(tell("console.draft.near", file=part.file, recipe=near[0].name, lacking=lacking))
        if not sales and not people or near and fed not in ("orders", "accounts", ""):
            sales, people = {}, {}
            if fed == "orders":
                sales = signs.places(part, signs.SALES)
            elif fed == "accounts":
                people = signs.places(part, signs.CONTACTS)
            elif not fed or not self._like(part, near[0], fed):
                self.remark(message)
                return
        if sales:
            self._sales(part, sales)
            buyer = {k: v for k, v in people.items() if k in BUYER}
            if buyer and "account_id" in sales:
                self._people(part, buyer | {"account_id": sales["account_id"]}, taken=set(sales.values()))
            else:
                self._unused(part, set(sales.values()))
        elif people:
            self._people(part, people)

    def _like(self, part: Part, recipe: Recipe, table: str) -> bool:
        """An entry of the columns that the recipe would have taken as they stand."""
        said = recipe.made()[0].columns
        options = {n: _choices(e) for n, e in said.items()}
        found: dict[str, int] = {}
        for target, choices in options.items():
            at = next((at[0] for e in choices if isinstance(e, Col) and (at := find(part.folded, e.aliases))), None)
            if at is not None and at not in found.values():
                found[target] = at
        if len(found) < 2:
            return False
        constants = {n: next((e.value for e in c if isinstance(e, Const) and e.value is not None), None) for n, c in options.items()}
        derive = {n: f"{{constant: {_plain(v)}}}" for n, v in constants.items() if v is not None and n not in found}
        self._head(table, part, table)
        self._columns(part, table, found, derive)
        self._derived(table, derive)
        vat = recipe.made()[0].vat
        told = {"vat": vat if isinstance(vat, str) else "included"} if table in ("orders", "order_lines") else {}
        self._options(told | ({"system": recipe.system} if recipe.system else {}) | _sheet(part), [])
        self._unused(part, set(found.values()))
        return True

    def _sales(self, part: Part, found: dict[str, int]) -> None:
        options, notes = _style(self.con, part, found, self.settings)
        if self.system and "account_id" in found:
            options["system"] = self.system
            notes.append(tell("console.draft.same_system"))
        derive = {}
        meant = signs.states(signs.values(self.con, part, found["status"])) if "status" in found else {}
        place = found.pop("status", None)
        if meant:
            told = ", ".join(f"{_quoted(v)}: {state}" for v, state in meant.items())
            derive["status"] = f"{{map: {{column: {_quoted(part.header[place])}, values: {{{told}}}, other: completed}}}}"
            found["status"] = place  # so that it counts as used
        self._head("sales", part, "orders")
        if "order_id" not in found:
            derive["order_id"] = "{row: true}"
        self._columns(part, "orders", {k: v for k, v in found.items() if k != "status"}, derive)
        self._derived("orders", derive)
        self._options(options | _sheet(part), notes)

    def _people(self, part: Part, found: dict[str, int], *, taken: set[int] = frozenset()) -> None:
        """Contacts, and what they agreed to, where the file says since when."""
        key = found.get("account_id")
        self._head("contacts", part, "accounts")
        first = {k: v for k, v in found.items() if k == "account_id"}
        own = first | {k: v for k, v in found.items() if v != key}
        again = {k: f"{{column: {_quoted(part.header[v])}}}" for k, v in found.items() if k not in own}
        self._columns(part, "accounts", own, again)
        self._derived("accounts", again)
        options = ({"system": self.system} if self.system else {}) | _sheet(part)
        options |= _day_order(self.con, part, found.get("created_at"), self.settings)
        self._options(options, [tell("console.draft.orders_system")] if self.system else [])
        used = taken | set(found.values())
        day = signs.places(part, {"at": signs.AGREED_ON}).get("at", found.get("created_at"))
        said = signs.consents(self.con, part)
        for place, (channel, meant) in said.items() if day is not None and key is not None else ():
            self._head("consents", part, "consents")
            told = ", ".join(f"{_quoted(v)}: {state}" for v, state in meant.items())
            status = f"{{map: {{column: {_quoted(part.header[place])}, values: {{{told}}}}}}}"
            derive = {"channel": f"{{constant: {channel}}}", "purpose": "{constant: marketing}", "status": status}
            self._columns(part, "consents", {"account_id": key, "at": day}, derive)
            self._derived("consents", derive)
            self._options(options | _day_order(self.con, part, day, self.settings), [])
            used |= {place, day}
        if said and day is None:
            self.remark(tell("console.draft.no_consent_day", columns=_named(part, said)))
        self._unused(part, used)

    def _head(self, name: str, part: Part, table: str) -> None:
        name = next(n for n in (f"{name}{k if k > 1 else ''}" for k in count(1)) if n not in self.names)
        self.names.add(name)
        self.lines += [f"  - name: {name}", f"    file: {_quoted(part.file)}", f"    table: {table}", "    columns:"]

    def _columns(self, part: Part, table: str, found: dict[str, int], derived) -> None:
        """The columns found, and for what every row needs beside them and `derived`, a line to fill in."""
        for target, place in found.items():
            guess = tell("console.draft.column", header=part.header[place], means=_means(target, table), line=self._next())
            self.lines.append(f"      {_quoted(part.header[place])}: {target}  # {guess}")
        for target in (m for m in needed(table) if m not in found and m not in derived and not _made_of_pair(m, found)):
            self.lines.append(f"      # \"?\": {target}  # {tell('console.draft.lacking', means=_means(target, table))}")

    def _derived(self, table: str, derive: dict[str, str]) -> None:
        if derive:
            self.lines.append("    derive:")
        for target, how in derive.items():
            said = "no_number" if how == "{row: true}" else "derived"
            told = tell(f"console.draft.{said}", means=_means(target, table), line=self._next())
            self.lines.append(f"      {target}: {how}  # {told}")

    def _options(self, options: dict, notes: list[str]) -> None:
        if options:
            said = "; ".join([*notes, tell("console.draft.wrong", line=self._next())])
            self.lines.append(f"    options: {{{', '.join(f'{k}: {v}' for k, v in options.items())}}}  # {said}")

    def _unused(self, part: Part, used: set[int]) -> None:
        if left := [k for k, h in enumerate(part.header) if h and k not in used]:
            self.lines.append(f"    # {tell('console.draft.unused', columns=_named(part, left))}")

    def _next(self) -> str:
        return str(len(self.lines) + 1)


def _choices(of: Expr) -> list[Expr]:
    """What an expression takes as it stands: a column, a constant, the first of several."""
    if isinstance(of, FirstOf):
        return [e for part in of.parts for e in _choices(part)]
    if isinstance(of, HasElse):
        return [of.column, *_choices(of.other)]
    return [of] if isinstance(of, Col | Const) else []


def _plain(value) -> str:
    return str(value).lower() if isinstance(value, bool) else _quoted(value) if isinstance(value, str) else str(value)


def _sheet(part: Part) -> dict[str, str]:
    """The sheet that an entry speaks of, where its file has several."""
    return {"sheet": _quoted(part.part)} if part.part else {}


def _means(target: str, table: str) -> str:
    """A column of a contract in words: as the drafts say it, else as the pages do."""
    known = (f"console.means.{table}.{target}", f"console.means.{target}", f"columns.{target}")
    return next((tell(k) for k in known if has(k)), target)


def _made_of_pair(target: str, found) -> bool:
    """Whether a day or moment is made of the other one of its pair, or a day of its month."""
    if target == "on" and "month" in found:
        return True
    pairs = {"on": "at", "at": "on"}
    stem, mark, end = target.rpartition("_")
    return f"{stem}{mark}{pairs.get(end, '')}" in found if end in pairs else False


def _named(part: Part, at) -> str:
    return ", ".join(part.header[k] for k in at)


def _day_order(con, part: Part, place: int | None, settings: Settings) -> dict[str, str]:
    """The order of day and month where the values leave it open: what is usual in the company's country."""
    if place is None:
        return {}
    usual = "MDY" if settings.country == "US" else "DMY"
    for declared in ("", usual):
        try:
            Evidence(con, part, {"date_order": declared}).order(place)
        except InputError:
            continue
        return {"date_order": declared} if declared else {}
    return {}  # no single order fits: the run says so


def _style(con, part: Part, found: dict[str, int], settings: Settings) -> tuple[dict, list[str]]:
    """Options of the file as its values show them; where nothing shows it, what is usual in the company's country, said as a guess."""
    options, notes = _day_order(con, part, found.get("ordered_at"), settings), []
    if options:
        notes.append(tell("console.draft.date_order", usual=options["date_order"]))
    try:
        if "net" in found:
            Evidence(con, part, {}).style(found["net"])
    except InputError:
        options["decimal"] = "comma" if settings.country in COMMA else "point"
        notes.append(tell("console.draft.decimal", usual=options["decimal"]))
    options["vat"] = "included"
    notes.append(tell("console.draft.vat"))
    if "order_id" in found and _repeats(con, part, found["order_id"]):
        options["rows"] = "lines"
        notes.append(tell("console.draft.lines"))
    return options, notes


def _repeats(con, part: Part, place: int) -> bool:
    """Whether order numbers stand in several rows that differ, as lines do: exact doubles count once, and a few are a mistake."""
    several = f"SELECT count(*) AS n FROM (SELECT DISTINCT * EXCLUDE (_row) FROM {part.table}) WHERE c{place} IS NOT NULL GROUP BY c{place}"
    return con.execute(f"SELECT coalesce(avg((n > 1)::INTEGER), 0) > {FEW} FROM ({several})").fetchone()[0]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
