"""A first sources.yml from the files that were found: what is known stays out, what is guessed says so and where to change it."""

from itertools import count
from typing import NamedTuple

from scrm_helpers import tables
from scrm_helpers.ingestion import (
    across,
    asked,
    buyers,
    desks,
    generic,
    manners,
    meant,
    patterns,
    recognised,
    signs,
    taken_back,
)
from scrm_helpers.ingestion.accepted import accepted
from scrm_helpers.ingestion.columns import made_of_pair
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Const
from scrm_helpers.ingestion.faults import MADE_LATER
from scrm_helpers.ingestion.likened import UNTOLD, Likened, likened, plain, quoted
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Recipe
from scrm_helpers.store import Settings
from scrm_helpers.store.settings import FILE
from scrm_helpers.texts import has, speaking, spoken, tell

BUYER = (*signs.PERSON, "company_name", "city", "district", "address")  # what a file of orders may know of who bought
BACK = ("ordered_at", "account_id", "store_id", "currency")  # what a return says as its sale does
ANY_YEAR = 2000  # for a look at a sheet whose months have none


class Draft(NamedTuple):
    """The text of a first sources.yml, its entries alone ('' where there is none), and the parts' tables that they are for."""

    text: str
    entries: str
    tables: frozenset[str]


def draft(con, run, *, language: str = "") -> Draft:
    """A sources.yml: the company, then the entries of each kind of file that neither a recipe nor an entry reads. `run`: see `passing`.

    Line numbers are those of the file as a whole: the new one, or the one that is there with the entries at its end. `language`: of
    the company, as it was asked for.
    """
    language = language or ("tr" if run.settings.country == "TR" else run.settings.language)
    others = spoken() != language  # then what was said of files is in the words of `check`, which stand above the draft
    with speaking(language):  # its comments are for the reader of the file that says so
        return _drafted(con, run, language, others)


def _drafted(con, run, language: str, others: bool) -> Draft:
    settings, taken = run.settings, run.taken
    keys = buyers.keys(taken)
    d = _Draft(con, settings, buyers.system(con, taken, keys), {e.name for t in taken for e in t.entries}, keys)

    def said(t) -> str:
        return tell("console.draft.refused", file=t.file) if others and t.verdict == "refused" else t.message

    head = [
        "company:",
        f"  name: {settings.name!r}" if settings.name else f'  name: ""  # {tell("console.draft.name")}',
        f"  currency: {settings.currency}",
        f"  time_zone: {settings.time_zone}",
        f"  country: {settings.country}",
        f"  language: {language}  # {tell('console.draft.language')}",
        f"  vat_rate: {settings.vat_rate:g}  # {tell('console.draft.vat_rate')}",
        "sources:",
    ]
    there = run.workspace.raw / FILE
    d.before = len(there.read_text(encoding="utf-8").splitlines()) if there.is_file() else len(head)
    asked = patterns.kinds(taken, lambda t: t.code in buyers.DRAFTED and not any(e.table for e in t.entries))
    kind_of, drafted = {p.table: k for k in asked for p in k.parts}, set()
    for t in taken:
        kind = kind_of.get(t.part.table) if t.part is not None else None
        if t.part is None or (kind is None and t.verdict == "refused"):
            d.remark(said(t))
        elif t.verdict == "read" and t.recipe is not None and t.recipe.name:
            d.remark(tell("console.draft.known", file=t.file, recipe=t.recipe.name))
        elif kind is not None and kind.entry:
            d.remark(tell("console.draft.widen", file=t.file, entry=kind.entry, pattern=kind.pattern))
            drafted.add(t.part.table)
        elif kind is not None and kind.parts[0] is t.part:
            untold = recognised.nobody(t.part, run.recipes, "by_hand") if t.code == "unknown" else said(t)
            drafted |= {p.table for p in kind.parts} if d.file(kind, run.recipes, untold) else set()
    entries = "\n".join(d.lines) + "\n" if drafted else ""
    if not any(line.startswith("  - name:") for line in d.lines):
        head[-1] = "sources: []"
        d.lines += [
            f"# {tell('console.draft.example')}",
            '#  - {name: sales, file: "sales*.csv", table: orders, columns: {Tarih: ordered_at, Tutar: net, "Fiş No": order_id}, options: {vat: included}}',  # noqa: E501
        ]
    return Draft("\n".join([*head, *d.lines]) + "\n", entries, frozenset(drafted))


def needed(table: str) -> list[str]:
    """Columns that an entry has to map: what every row of the table has and nothing fills in by itself."""
    contract = tables.contract(table)
    given = generic.defaults(table, dict.fromkeys(contract.by_name, Const(None)))
    every = [c.name for c in contract.columns if c.required or c.name in contract.key]
    asked = [n for n in every if n not in (*MADE_LATER, *given)]
    return [n for k, n in enumerate(asked) if not made_of_pair(n, asked[:k])]


class _Draft:
    """The lines of a draft. An entry names its file as the run will find it; each guess says which line to change."""

    def __init__(self, con, settings: Settings, system: str, names: set[str], keys: frozenset[str]):
        self.con, self.settings, self.system, self.names, self.keys = con, settings, system, names, keys
        self.lines: list[str] = []
        self.before = 0  # lines of the file above these
        self.pattern, self.alone = "", None

    def remark(self, text: str) -> None:
        """A comment among the entries."""
        self.lines += [f"  # {line}" for line in text.splitlines()]

    def file(self, kind: patterns.Kind, recipes: dict[str, Recipe], message: str) -> bool:
        """The entries of one kind of file: as sales, as contacts, as what it nearly was; False and a remark where it is nothing known."""
        part = patterns.joined(self.con, kind.parts)
        self.pattern, self.alone = kind.pattern, kind.parts[0]
        if across.is_across(part) and signs.says_cost(self.con, part):
            return self._across(part, recipes["cost_sheet"])
        near = meant.near(part, recipes)
        if near is None and meant.undated(part):
            near = recipes[meant.SALES], [tell("console.means.ordered_at")]
        elif near is None and meant.unpriced(self.con, part):
            near = recipes[meant.SALES], [tell("console.means.net")]
        elif (near is None or meant.fed(near[0]) == "accounts") and (lacking := meant.unnamed(self.con, part)):
            near = recipes[meant.SALES], [tell(f"console.means.{c}") for c in lacking]
        fed = meant.fed(near[0]) if near else ""
        sales, people, like = buyers.guessed(self.con, part, self.keys), signs.contacts(part), None
        if fed == "orders" and not sales:
            sales = buyers.keyed(self.con, part, signs.places(part, signs.SALES), self.keys)
        elif fed == "accounts" and not people:
            people = signs.places(part, signs.CONTACTS)
        elif fed not in ("orders", "accounts", ""):
            sales, people, like = {}, {}, likened(self.con, part, near[0])
        if not sales and fed in ("", "accounts", "cases") and (tickets := desks.found(part)):
            if fed == "cases":
                self._near(part, near)
            return self._tickets(part, buyers.keyed(self.con, part, tickets, self.keys), people or signs.contacts(part), near, like)
        day, scales = asked.questions(part) if not sales and not like else (None, [])
        if day is not None and scales:
            return self._answers(part, people, day, scales)
        if not sales and not people and not like:
            self.remark(message)
            return False
        if near:
            self._near(part, near)
        if like:
            self._like(part, near[0], like)
        elif sales:
            self._sales(part, sales)
            self._named(part, sales, people, self.system)
        else:
            self._people(part, people)
        return True

    def _named(self, part: Part, found: dict[str, int], people: dict[str, int], system: str, beside: set[int] = frozenset()) -> None:
        """Who bought or wrote, as far as the file knows it, by the key of the orders or tickets. `beside`: columns used in other ways."""
        known = {k: v for k, v in people.items() if k in BUYER} | signs.places(part, {"source": signs.HEARD})
        if known and "account_id" in found:
            self._people(part, known | {"account_id": found["account_id"]}, taken={*found.values(), *beside}, system=system)
        else:
            self._unused(part, {*found.values(), *beside})

    def _near(self, part: Part, near: tuple[Recipe, list[str]]) -> None:
        lacking = ", ".join(map(repr, near[1]))
        self.remark(tell("console.draft.near", file=part.file, recipe=near[0].name, lacking=lacking))

    def _tickets(self, part: Part, found: dict[str, int], people: dict[str, int], near, like: Likened | None) -> bool:
        """A support desk's tickets, and who wrote them; with what a desk that the file nearly is has beside (`like`)."""
        derive, system = desks.derived(self.con, part, found), self.system if "account_id" in found else ""
        if like:
            beside = {k: v for k, v in like.columns.items() if k not in {*found, *derive} and v not in found.values()}
            found = found | beside
            derive |= {k: how for k, how in like.derive.items() if k not in found and k not in derive}
            system = near[0].system if not like.own else system
        options, notes = manners.manners(self.con, part, "cases", found, self.settings)
        options |= ({"system": system} if system else {}) | _sheet(part)
        self._head("cases", "cases")
        self._columns(part, "cases", {k: v for k, v in found.items() if k not in derive}, derive)
        self._derived("cases", derive)
        self._options(options, notes)
        self._named(part, found, people, system, like.used if like else set())
        return True

    def _like(self, part: Part, recipe: Recipe, like: Likened, options=None, remarks: list[str] = ()) -> None:
        """An entry of the columns as the recipe would have taken them; `options` and what is said of them beside those of the values."""
        table = meant.fed(recipe)
        self._head(table, table)
        self._columns(part, table, like.columns, like.derive)
        self._derived(table, like.derive)
        style, notes = manners.manners(self.con, part, table, like.columns, self.settings)
        told, asked_of = manners.vat_like(part, like.columns, recipe.made()[0], sold=table in meant.SOLD)
        system = {"system": recipe.system} if recipe.system and not like.own else {}
        self._options((options or {}) | told | style | system | _sheet(part), [*remarks, *notes, *asked_of])
        self._unused(part, like.used)

    def _across(self, part: Part, recipe: Recipe) -> bool:
        """An entry of costs whose months stand side by side, as the cost sheet is read; a cost is known by its words and its month."""
        options = {"months": "columns"}
        try:
            turned = across.long(self.con, part)
        except InputError:  # nothing says of which year
            options["year"] = f'"{UNTOLD}"'
            turned = across.long(self.con, part, ANY_YEAR)
        like = likened(self.con, turned, recipe) or Likened()
        own, texts = sorted(like.used - {0, 1}), signs.texts(self.con, turned, without={0, 1})
        labels = next((k for k in (own, sorted({*own, *texts})) if k and signs.are_apart(self.con, turned, [*k, 0])), None)
        if labels:
            columns = ", ".join(f"{{column: {quoted(turned.header[k])}}}" for k in [*labels, 0])
            like.derive["cost_id"] = f'{{join: [{columns}], with: "|"}}'
            like.used |= {*labels}
        self.remark(tell("console.draft.across", file=part.file))
        self._like(turned, recipe, like, options, [tell("console.draft.months")])
        return True

    def _sales(self, part: Part, found: dict[str, int]) -> None:
        options, notes = manners.of_sales(self.con, part, found, self.settings, alone=self.alone)
        if self.system and "account_id" in found:
            options["system"] = self.system
            notes.append(tell("console.draft.same_system"))
        if "order_id" in found and signs.numbers_rows(self.con, self.alone, self.alone.folded.index(part.folded[found["order_id"]])):
            found.pop("order_id")
        pieces = signs.pieces(part, found)
        derive = {} if pieces is None else {"net": taken_back.made_of(part, found["net"], pieces)}
        told = taken_back.found(self.con, part, without=set(found.values()) - {found.get("status")})
        if told is not None:
            if told.place == found.get("status"):
                found.pop("status")
            derive |= taken_back.derived(self.con, part, told, found.get("net"), found.get("order_id"), pieces)
        said = signs.states(signs.values(self.con, part, found["status"])) if "status" in found else {}
        place = found.pop("status", None)
        if said:
            derive["status"] = taken_back.status(part.header[place], said)
        sold_at = signs.sold_at(signs.values(self.con, part, found["channel"])) if "channel" in found else {}
        if sold_at:
            channels = ", ".join(f"{quoted(v)}: {channel}" for v, channel in sold_at.items())
            derive["channel"] = f"{{map: {{column: {quoted(part.header[found['channel']])}, values: {{{channels}}}, other: other}}}}"
        else:
            found.pop("channel", None)
        if "order_id" not in found:
            derive["order_id"] = "{row: true}"
        options |= _sheet(part)
        self._head("sales", "orders")
        self._columns(part, "orders", {k: v for k, v in found.items() if k not in derive}, derive)
        if "account_id" not in found:
            asks = any(h and k not in {*found.values(), place, pieces} for k, h in enumerate(part.header))
            asked = f'"?": account_id  # {tell("console.draft.lacking", means=_means("account_id", "orders"))}. ' if asks else ""
            self.lines.append(f"      # {asked}{tell('console.draft.of_nobody')}")
        self._derived("orders", derive)
        self._options(options, notes)
        back = [v for v, state in said.items() if state == taken_back.RETURNED]
        bear = [k for k in (found.get("net"), pieces) if k is not None]
        if back and {"ordered_at", "net"} <= found.keys() and not any(manners.signed(self.con, part, place, back, k) for k in bear):
            self._returns(part, found, place, back, options, taken_back.made_of(part, found["net"], pieces))
        if pieces is not None:
            found["pieces"] = pieces
        if said:
            found["status"] = place  # so that it counts as used
        if told is not None:
            found["kind"] = told.place

    def _returns(self, part: Part, found: dict[str, int], place: int, back: list[str], options: dict, amount: str) -> None:
        """What came back, as rows of its own beside the sales: the contract has no sale that is a return."""
        own = {k: found[k] for k in BACK if k in found} | signs.places(part, {"ordered_at": signs.RETURNED_ON})
        number = f"{{column: {quoted(part.header[found['order_id']])}}}" if "order_id" in found else "{row: true}"
        self.remark(tell("console.draft.returns"))
        self._head("returns", "orders")
        self.lines.insert(-1, f"    where: {{column: {quoted(part.header[place])}, in: [{', '.join(map(quoted, back))}]}}")
        derive = taken_back.beside(amount, number)
        self._columns(part, "orders", own, derive)
        self._derived("orders", derive)
        self._options(options, [])
        found |= {"returned_on": own["ordered_at"]}

    def _people(self, part: Part, found: dict[str, int], *, taken: set[int] = frozenset(), system: str = "") -> None:
        """Contacts, and what they agreed to, where the file says since when."""
        key = found.get("account_id")
        self._head("contacts", "accounts")
        if taken and manners.has_blank(self.con, part, key):  # a sale or a ticket of nobody is no contact
            self.lines.insert(-1, f"    where: {{not: {{column: {quoted(part.header[key])}, blank: true}}}}")
        first = {k: v for k, v in found.items() if k == "account_id"}
        own = first | {k: v for k, v in found.items() if v != key}
        again = {k: f"{{column: {quoted(part.header[v])}}}" for k, v in found.items() if k not in own}
        self._columns(part, "accounts", own, again)
        self._derived("accounts", again)
        system = system or self.system
        options = ({"system": system} if system else {}) | _sheet(part)
        options |= manners.day_order(self.con, part, found.get("created_at"), self.settings)
        self._options(options, [tell("console.draft.orders_system")] if self.system and system == self.system else [])
        used = taken | set(found.values())
        day = signs.places(part, {"at": signs.AGREED_ON}).get("at", found.get("created_at"))
        said = signs.consents(self.con, part)
        for place, (channel, answers) in said.items() if day is not None and key is not None else ():
            self._head("consents", "consents")
            told = ", ".join(f"{quoted(v)}: {state}" for v, state in answers.items())
            status = f"{{map: {{column: {quoted(part.header[place])}, values: {{{told}}}}}}}"
            derive = {"channel": f"{{constant: {channel}}}", "purpose": "{constant: marketing}", "status": status}
            if manners.has_blank(self.con, part, place):
                test = f"{{not: {{column: {quoted(part.header[place])}, blank: true}}}}"
                self.lines.insert(-1, f"    where: {test}  # {tell('console.draft.unasked')}")
            self._columns(part, "consents", {"account_id": key, "at": day}, derive)
            self._derived("consents", derive)
            self._options(options | manners.day_order(self.con, part, day, self.settings), [])
            used |= {place, day}
        if said and day is None:
            self.remark(tell("console.draft.no_consent_day", columns=_heads(part, said)))
        self._unused(part, used)

    def _answers(self, part: Part, people: dict[str, int], day: int, scales: list[asked.Question]) -> bool:
        """An entry for each question of a survey, and its customers where it names them."""
        options, notes = manners.manners(self.con, part, "surveys", {"at": day, "score": scales[0].place}, self.settings)
        options |= ({"system": self.system} if self.system else {}) | _sheet(part)
        own = {"at": day} | {k: v for k, v in people.items() if k == "account_id"}
        for place, question, most in scales:
            derive = {"survey_id": "{row: true}", "question": f"{{constant: {plain(question)}}}", "scale_max": f"{{constant: {most}}}"}
            self._head("survey", "surveys")
            if manners.has_blank(self.con, part, place):
                test = f"{{not: {{column: {quoted(part.header[place])}, blank: true}}}}"
                self.lines.insert(-1, f"    where: {test}  # {tell('console.draft.unanswered')}")
            self._columns(part, "surveys", own | {"score": place}, derive)
            self._derived("surveys", derive)
            self._options(options, notes)
        used = {day, *(q.place for q in scales)}
        if people:
            self._people(part, people, taken=used)
        else:
            self._unused(part, used)
        return True

    def _head(self, name: str, table: str) -> None:
        name = next(n for n in (f"{name}{k if k > 1 else ''}" for k in count(1)) if n not in self.names)
        self.names.add(name)
        self.lines += [f"  - name: {name}", f"    file: {quoted(self.pattern)}"]
        taken = tell("console.draft.table", means=tell(f"words.table.{table}"), line=self._next())
        self.lines += [f"    table: {table}  # {taken}", "    columns:"]

    def _columns(self, part: Part, table: str, found: dict[str, int], derived) -> None:
        """The columns found, and for what every row needs beside them and `derived`, a line to fill in."""
        for target, place in found.items():
            guess = tell("console.draft.column", header=part.header[place], means=_means(target, table), line=self._next())
            self.lines.append(f"      {quoted(part.header[place])}: {target}  # {guess}")
        for target in (m for m in needed(table) if m not in found and m not in derived and not made_of_pair(m, found)):
            known = tables.contract(table).by_name[target].allowed
            hint = tell("console.draft.lacking", means=_means(target, table))
            hint += f". {tell('console.draft.same_word', target=target, word=known[0])}" if known else ""
            self.lines.append(f'      # "?": {target}  # {hint}')

    def _derived(self, table: str, derive: dict[str, str]) -> None:
        if derive:
            self.lines.append("    derive:")
        for target, how in derive.items():
            said = "derived" if how != "{row: true}" else "no_number" if table == "orders" else "no_id"
            said = "times" if how.startswith("{product:") else said
            told = tell(f"console.draft.{said}", means=_means(target, table), line=self._next())
            if f'"{UNTOLD}"' in how:
                told = f"{tell('console.draft.untold', words=accepted(tables.contract(table).by_name[target].allowed))}; {told}"
            self.lines.append(f"      {target}: {how}  # {told}")

    def _options(self, options: dict, notes: list[str]) -> None:
        if options:
            said = "; ".join([*notes, tell("console.draft.wrong", line=self._next())])
            self.lines.append(f"    options: {{{', '.join(f'{k}: {v}' for k, v in options.items())}}}  # {said}")

    def _unused(self, part: Part, used: set[int]) -> None:
        if left := [k for k, h in enumerate(part.header) if h and k not in used]:
            self.lines.append(f"    # {tell('console.draft.unused', columns=_heads(part, left))}")

    def _next(self) -> str:
        return str(self.before + len(self.lines) + 1)


def _sheet(part: Part) -> dict[str, str]:
    """The sheet that an entry speaks of, where its file has several."""
    return {"sheet": quoted(part.part)} if part.part else {}


def _means(target: str, table: str) -> str:
    """A column of a contract in words: as the drafts say it, else as the pages do."""
    known = (f"console.means.{table}.{target}", f"console.means.{target}", f"columns.{target}", f"fields.{target}")
    return next((tell(k) for k in known if has(k)), target)


def _heads(part: Part, at) -> str:
    return ", ".join(part.header[k] for k in at)
