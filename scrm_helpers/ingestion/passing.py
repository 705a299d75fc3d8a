"""One pass over a raw folder: load every file, recognise it, feed its rows; each file keeps what was decided about it."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from scrm_helpers import periods, tables
from scrm_helpers.folding import fold
from scrm_helpers.ingestion import (
    across,
    cells,
    database,
    evidence,
    feeding,
    forgotten,
    generic,
    ledger,
    meant,
    monthly,
    settle,
    stamps,
    taken_back,
)
from scrm_helpers.ingestion.accepted import accepted
from scrm_helpers.ingestion.blocks import Known
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import SurpriseError
from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.ingestion.loading import ENDINGS, Loader, sha256
from scrm_helpers.ingestion.names import find, nearest
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, Recipe, load_recipes, recognise
from scrm_helpers.store import Settings, Workspace, key_of, settings_of, sources_of
from scrm_helpers.store.workspace import FIRST_SEEN, MARKER
from scrm_helpers.texts import figure, has, tell

IGNORED = ("sources.yml", "parameters.yml", MARKER)
SHOWN = 8  # rows of one number that a sentence names
FIRST = ("rates", "exclusions", "products")  # read before the rest: amounts and flags need them
PLANS = ("campaigns",)  # then these: an ad file that does not say its platform takes the channel of the plan


WHY_NONE = ("digits_lost", "letters_lost", "no_rate")  # reasons with a sentence of their own: console.none.<reason>


@dataclass
class Taken:
    """One part of a file and what it was taken for."""

    file: str
    digest: str
    part: Part | None = None
    recipe: Recipe | None = None
    entries: list = field(default_factory=list)
    options: dict = field(default_factory=dict)
    reason: str = ""
    verdict: str = "read"
    message: str = ""
    code: str = ""
    number: int = 0
    exported_on: str = ""
    feds: list[Fed] = field(default_factory=list)
    totals: str = ""
    refused_rows: int = 0
    ranged: tuple = ()  # first and last day of the period above the table or in the file's name, where rows have no day
    unused: list[str] = field(default_factory=list)  # columns of a file mapped in sources.yml that no entry names


class Ingestion:
    """One pass over a raw folder on one DuckDB connection."""

    def __init__(self, workspace: Workspace, con, *, as_of: date, zone: str = "", documents: bool = False):
        self.workspace, self.con, self.as_of, self.documents = workspace, con, as_of, documents
        self.settings: Settings = settings_of(workspace)
        self.recipes = load_recipes()
        self.entries = generic.entries(sources_of(workspace), self.recipes)
        aliases = {a for r in self.recipes.values() for a in r.aliases()} | {
            a for e in self.entries for a in e.aliases()
        }
        con.execute("SET enable_progress_bar = false")  # a bar would stand in the notebooks
        for macro in cells.MACROS:
            con.execute(macro)
        con.execute("SET VARIABLE scrm_key = ?", [key_of(workspace) if not documents else "0" * 64])
        con.execute("SET VARIABLE scrm_zone = ?", [self.settings.time_zone])
        con.execute('CREATE OR REPLACE TEMP TABLE scrm_rates (currency VARCHAR, "on" DATE, rate DOUBLE)')
        con.execute("CREATE OR REPLACE TEMP TABLE scrm_product_vat (product VARCHAR, rate DOUBLE)")
        con.execute("CREATE OR REPLACE TEMP TABLE scrm_channels (called VARCHAR, source VARCHAR)")
        if not con.execute("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'scrm_alike'").fetchone()[0]:
            con.create_function("scrm_alike", fold, ["VARCHAR"], "VARCHAR")  # names of campaigns: the rule of `campaign_names`
        con.execute('CREATE OR REPLACE TEMP TABLE scrm_taken_out ("table" VARCHAR, _feed BIGINT, source_row BIGINT)')  # see forgotten
        con.execute("SET VARIABLE scrm_as_of = ?", [as_of.isoformat()])
        forgotten.prepare(con, workspace)
        self.loader = Loader(con, Known(aliases))
        self.taken: list[Taken] = []
        self._feeds = 0
        self._seen: dict[str, set[str]] | None = None

    # 1. files -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Loads every file; a file that cannot be used stays in the list with its sentence."""
        for path, name, entries in self.files():
            if path.name.startswith("~$"):
                self.taken.append(
                    Taken(
                        name,
                        "",
                        verdict="ignored",
                        code="lock",
                        message=tell("console.file.open_in_excel", file=name, real=name.replace("~$", "")),
                    )
                )
                continue
            try:
                parts = self.loader.load(path, name)
            except InputError as error:
                digest = "" if error.code == "locked" else sha256(path)
                self.taken.append(Taken(name, digest, verdict="refused", message=str(error), code=error.code, entries=entries))
                continue
            self.taken += [Taken(name, p.digest, p) for p in parts if not self._ignored(entries, p)]
            for t in self.taken[-len(parts) :]:
                t.entries = [
                    e
                    for e in entries
                    if not e.options.get("sheet") or t.part is None or e.options["sheet"] == t.part.part
                ]
        for entry in (e for e in self.entries if e.database and not e.ignore):
            try:
                part = database.load(self.loader, entry.name, entry.database, entry.query)
                self.taken.append(Taken(entry.file, part.digest, part, entries=[entry]))
            except InputError as error:
                self.taken.append(Taken(entry.file, "", verdict="refused", message=str(error), code=error.code, entries=[entry]))
        for number, t in enumerate(self.taken):
            t.number = number

    def files(self) -> list[tuple[Path, str, list]]:
        """Every data file with its shown name and the entries of sources.yml that speak of it; raw files by name, then outside ones."""
        found: dict[str, tuple[Path, list]] = {}
        for path in (
            sorted(p for p in self.workspace.raw.rglob("*") if p.is_file()) if self.workspace.raw.is_dir() else []
        ):
            name = path.relative_to(self.workspace.raw).as_posix()
            if path.name in IGNORED or path.suffix.lower() == ".md" or any(s.startswith(".") for s in Path(name).parts):
                continue
            if path.suffix.lower() in ENDINGS:
                found[name] = (path, [])
            else:
                self.taken.append(
                    Taken(
                        name,
                        sha256(path),
                        verdict="refused",
                        code="ending",
                        message=tell("console.file.ending", file=name, came=repr(path.suffix or "-"), expected=", ".join(ENDINGS)),
                    )
                )
        for entry in (e for e in self.entries if not e.database):
            matching = generic.paths(entry, self.workspace.raw)
            if not matching and not entry.ignore:
                self.taken.append(
                    Taken(
                        entry.file,
                        "",
                        verdict="refused",
                        code="no_file",
                        message=tell("console.file.no_match", entry=entry.name, pattern=repr(entry.file)),
                    )
                )
            for path, name in matching:
                found.setdefault(name, (path, []))[1].append(entry)
        return [(path, name, entries) for name, (path, entries) in found.items()]

    def _ignored(self, entries, part: Part) -> bool:
        if any(e.ignore for e in entries):
            self.taken.append(
                Taken(
                    part.file,
                    part.digest,
                    verdict="ignored",
                    reason=tell("console.check.by_sources"),
                    message=tell("console.file.left_out", file=part.file),
                )
            )
            return True
        return False

    # 2. what they are ---------------------------------------------------------------------------------------------

    def recognise(self) -> None:
        """Decides by sources.yml, else by the header, what each part is."""
        for t in self.taken:
            if t.verdict != "read" or t.part is None:
                continue
            named = [e for e in t.entries if e.recipe]
            for e in t.entries:
                t.options |= e.options
            if any(e.table for e in t.entries):
                t.reason = tell("console.check.by_sources")
                self._turn(t)
                continue
            t.recipe = self.recipes[named[0].recipe] if named else recognise(t.part, self.recipes)
            if t.recipe is None:
                if not t.part.rows and not t.part.dropped:
                    self._refuse(t, tell("console.file.no_rows", file=t.file, columns=_columns(t.part)), "no_rows")
                    continue
                self._refuse(t, self.nobody(t.part), "unknown")
                continue
            found = [
                t.part.header[find(t.part.folded, need)[0]] for need in t.recipe.needs if find(t.part.folded, need)
            ]
            t.reason = tell("console.check.by_sources") if named else tell("console.check.by_header", columns=", ".join(found))
            lacking = [need[0] for need in t.recipe.needs if find(t.part.folded, need) is None]
            if lacking:
                near = sorted({h for n in lacking for h in nearest(n, t.part.header)})
                said = {"file": t.file, "recipe": t.recipe.name, "lacking": ", ".join(map(repr, lacking)), "columns": _columns(t.part)}
                said["near"] = tell("console.file.nearest", names=", ".join(map(repr, near))) if near else ""
                self._refuse(t, tell("console.file.lacking", **said), "column")

    def _turn(self, t: Taken) -> None:
        """Months that stand side by side, below each other, where sources.yml says that they are columns."""
        if t.options.get("months") == "columns":
            try:
                t.part = across.long(self.con, t.part, t.options.get("year", ""))
            except InputError as error:
                self._refuse(t, str(error), error.code)

    def nobody(self, part: Part, advice: str = "draft") -> str:
        """The sentence about a file that no recipe fits: which one it nearly is and what that lacks, or that none is near.

        `advice`: of the texts `console.advice`, how to come to an entry for it.
        """
        said = {"file": f"{part.file}{f' ({part.part})' if part.part else ''}", "columns": _columns(part)}
        if near := meant.near(part, self.recipes):
            r, lacking = near
            menu = "".join(f"{tell(r.lacking[n])} " for n in lacking if n in r.lacking)
            told = tell("console.file.near", recipe=r.name, lacking=", ".join(map(repr, lacking)), menu=menu, **said)
        elif meant.undated(part):
            told = tell("console.file.undated", recipe=meant.SALES, **said)
        else:
            told = tell("console.file.nobody", **said)
        return f"{told} {tell(f'console.advice.{advice}')}"

    def meant(self, t: Taken) -> list[str]:
        """Contract tables that a refused file was for: those that sources.yml names, else that of the form it has or nearly has."""
        if t.verdict != "refused" or t.code == "no_file":
            return []
        named = [e.table or meant.fed(self.recipes[e.recipe]) for e in t.entries if e.table or e.recipe]
        known = named or [meant.fed(t.recipe) if t.recipe else meant.table_of(t.part, self.recipes) if t.part else ""]
        return [n for n in dict.fromkeys(known) if n]

    def _refuse(self, t: Taken, message: str, code: str) -> None:
        t.verdict, t.message, t.code, t.feds = "refused", message, code, []
        t.refused_rows = t.part.rows + len(t.part.dropped) if t.part else 0

    # 3. rows ------------------------------------------------------------------------------------------------------

    def feed(self, only: tuple[str, ...] = ()) -> None:
        """Runs every feed (or those of the tables `only`); a part whose columns cannot be read without a guess is refused as a whole."""
        lookups = {e.name: (lambda e=e: self._part_of(e)) for e in self.entries}
        waiting = []
        for t in self.taken:
            if t.verdict != "read":
                continue
            try:
                self._prepare(t)
                feeds = [f for f in self._feeds_of(t, lookups) if not only or f.table in only]
                waiting.append((t, feeds))
            except InputError as error:
                self._refuse(t, str(error), error.code)
        for turn in range(3):
            for t, feeds in waiting:
                own = next((n for n, names in enumerate((FIRST, PLANS)) if any(f.table in names for f in feeds)), 2)
                if t.verdict == "read" and (feeds or not only) and own == turn:
                    self._run(t, feeds)
            if turn == 0 and not self.documents:
                self._rates()
            elif turn == 1:
                self._channels()
        if self.documents:  # amounts stay as they are; it is told which of them have no rate
            self._rates()
        monthly.headers(self.taken)

    def _desk(self) -> str:
        """The support desk whose ticket numbers other files mean."""
        desks = [
            t.options.get("system") or t.recipe.system
            for t in self.taken
            if t.recipe and any(f.table == "cases" for f in t.recipe.made())
        ]
        return desks[0] if desks else "zendesk"

    def _part_of(self, entry) -> Part:
        for t in self.taken:
            if t.part is not None and entry in t.entries:
                return t.part
        raise InputError(tell("told.sources.no_partner", entry=entry.name), "sources")

    def _feeds_of(self, t: Taken, lookups) -> list[Feed]:
        if t.recipe is not None:
            made = [f for f in t.recipe.made() if not f.needs or find(t.part.folded, f.needs)]
            return [generic.as_lines(f, t.options.get("rows", "")) for f in made]
        named = [e for e in t.entries if e.table]
        mapped = generic.apart([generic.feed(e, lookups, t.part.header) for e in named], [e.name for e in named])
        t.recipe = Recipe(
            "", lambda: mapped, (), about="Mapped in sources.yml", system=t.options.get("system") or t.entries[0].name
        )
        return mapped

    def _prepare(self, t: Taken) -> None:
        """Takes off the row of explanations and unlabelled totals; the totals are held against the sums."""
        part, recipe = t.part, t.recipe
        if recipe and recipe.description_row and part.rows:
            first = self.con.execute(f"SELECT * FROM {part.table} ORDER BY _row LIMIT 1").fetchone()
            if not any(c and any(ch.isdigit() for ch in c) for c in first[:-1]):
                self._take_off(part, first, "description")
        for groups, why in ((recipe.blank_total, "total"), (recipe.band, "band")) if recipe else ():
            places = [found[0] for group in groups if (found := find(part.folded, group))]
            if places:
                blank = " AND ".join(f"c{k} IS NULL" for k in places)
                for row in self.con.execute(f"SELECT * FROM {part.table} WHERE {blank} ORDER BY _row").fetchall():
                    self._take_off(part, row, why)

    def _take_off(self, part: Part, row: tuple, why: str) -> None:
        part.dropped.append((row[-1], why, [c or "" for c in row[:-1]]))
        part.take_off(self.con, [row[-1]])

    def _run(self, t: Taken, feeds: list[Feed]) -> None:
        day = t.options.get("exported_on") or stamps.exported(t.part) or self._first_seen(t.digest)
        t.exported_on = str(day)
        named, told = [], []
        for feed in feeds:
            self._feeds += 1
            named.append((f"fed_{self._feeds}", feed))
        try:
            r, numbered = self._fed(t, named)
            for (name, feed), placed in zip(named, numbered, strict=True):
                number = int(name.removeprefix("fed_"))
                t.feds.append(
                    Fed(
                        feed.table,
                        name,
                        t.part,
                        t.number,
                        r.system,
                        feed,
                        number,
                        t.exported_on,
                        t.recipe.name or t.entries[0].name,
                        placed,
                    )
                )
                told.append(self._one_total(t, feed, name))
            if t.recipe.product_vat:
                named = ", ".join(e.sql(r, k) for e, k in zip(t.recipe.product_vat, ("text", "number"), strict=True))
                r.table(self.con, "read_vat", named)
                self.con.execute(f"INSERT INTO scrm_product_vat SELECT DISTINCT {named} FROM read_vat")
            t.totals = ledger.totals(self.con, t.part, r, [] if t.recipe.name else feeds)
            t.ranged = r.ranged
            t.unused = [h for k, h in enumerate(t.part.header) if h and k not in r.used] if not t.recipe.name else []
            told += r.notes + (r.evidence.taken_at_word if t.options.get("date_order") else [])
            if t.recipe.name in ("", meant.SALES):  # the form of a shop or an ERP is known with its returns
                told.append(taken_back.unread(self.con, t.part, r, feeds))
            if t.totals not in ("", "equal"):
                told.append(tell("console.file.totals_differ", file=t.file, totals=t.totals))
            self._require_rows(t)
        except InputError as error:
            self._refuse(t, str(error), error.code)
            return
        t.message = " ".join(s for s in dict.fromkeys([tell(t.recipe.notice) if t.recipe.notice else "", *told]) if s)

    def _fed(self, t: Taken, named: list[tuple[str, Feed]]) -> tuple[Reader, list[bool]]:
        """Runs the feeds of a part (`feeding.run`): in one go where its rows lie on disk, else with every question asked first."""
        told = (self.con, t.part, t.recipe, self.settings, t.options, self._desk())
        how = {"as_of": self.as_of.isoformat(), "documents": self.documents}
        if t.part.lies and len(named) == 1 and not t.recipe.product_vat and t.part.rows > evidence.LARGE:
            try:
                r = feeding.reader(*told, on_trial=True)
                numbered = feeding.run(self.con, named, r, self.settings, **how)
                r.evidence.on_trial = False  # what was assumed is now known
                return r, numbered
            except (SurpriseError, InputError):  # a refusal names values of the whole file
                pass
        r = feeding.reader(*told)
        return r, feeding.run(self.con, named, r, self.settings, **how)

    def _require_rows(self, t: Taken) -> None:
        """InputError where a file has rows and not one of them can stand in its tables: a file like that was not read."""
        main = [f for f in t.feds if f.table != "accounts"] or t.feds
        rows = " UNION ALL ".join(f"SELECT '{f.table}' AS made, _row, _bad FROM {f.rows}" for f in main)
        if not main or self.con.execute(f"SELECT count(*) FILTER (_bad IS NULL) > 0 OR count(*) = 0 FROM ({rows})").fetchone()[0]:
            return
        reason, made, column, value, n = self.con.execute(
            f"""SELECT _bad.reason, made, _bad."column", min(_bad.value), count(DISTINCT _row) AS n FROM ({rows})
            WHERE _bad.reason <> 'group' GROUP BY ALL ORDER BY n DESC, 1, 2, 3 LIMIT 1"""
        ).fetchone()
        shown = tell("console.check.aside_value", value=repr(value)) if value else ""
        known = tables.contract(made).by_name.get(column)
        expected = tell(f"console.none.{reason if reason in WHY_NONE else 'other'}")
        if reason == "not_allowed" and known is not None and known.allowed:
            how = f"{column}: {{map: {{column: ITS HEADER, values: {{{value or 'WORD'}: {known.allowed[0]}}}}}}}"
            expected = tell("console.none.not_allowed", words=accepted(known.allowed), how=how)
        counts = {"rows": figure(t.part.rows), "n": figure(n)}
        why = tell(f"words.why.{reason}") if has(f"words.why.{reason}") else reason
        said = {"reason": why, "where": f"{made}.{column}", "value": shown, "expected": expected}
        raise InputError(tell("console.none.row", file=t.file, **counts, **said), reason)

    def _one_total(self, t: Taken, feed: Feed, name: str) -> str:
        """Order numbers that stand in several rows of one file: the sentence about exact doubles; InputError where rows differ.

        Nobody but the file's owner knows whether such rows are lines with their own amounts or repeat the order's total.
        """
        if feed.table != "orders" or "order_id" not in feed.columns:
            return ""
        said = {"file": t.file, "ask": tell("console.double.ask")}
        if feed.group is not None:
            totals = f"SELECT order_id, _row, net::VARCHAR AS differs FROM {name} WHERE _bad IS NULL"
            if t.options.get("rows") == "totals" and (found := self._repeated(t, feed, totals)):
                raise InputError(tell("console.double.totals", **said, **found), "repeated_order")
            return ""
        if not self._twice(f"SELECT order_id FROM {name} WHERE _bad IS NULL"):
            return ""
        cells = ", ".join(f"coalesce(p.c{k}, '')" for k in range(len(t.part.header)))
        rows = f"{name} f JOIN {t.part.table} p USING (_row) WHERE f._bad IS NULL"
        whole = f"SELECT f.order_id, _row, concat_ws(chr(31), {cells}) AS differs FROM {rows}"
        if found := self._repeated(t, feed, whole):
            raise InputError(tell("console.double.differing", **said, **found), "repeated_order")
        doubles, rows = self.con.execute(
            f"""SELECT count(*), list(_row ORDER BY _row)[:{SHOWN}] FROM {name} WHERE _bad IS NULL AND _row NOT IN
            (SELECT min(_row) FROM {name} WHERE _bad IS NULL GROUP BY order_id)"""
        ).fetchone()
        return tell("console.double.exact", **said, n=figure(doubles), rows=", ".join(map(str, rows)))

    def _twice(self, rows: str) -> bool:
        return self.con.execute(f"SELECT count(*) > count(DISTINCT order_id) FROM ({rows})").fetchone()[0]

    def _repeated(self, t: Taken, feed: Feed, rows: str) -> dict[str, str]:
        """Of `rows` (order_id, _row, differs): how many numbers stand in rows that differ, the first and its rows; {} where none."""
        found = self.con.execute(
            f"SELECT count(*) OVER (), list(_row ORDER BY _row) FROM ({rows}) GROUP BY order_id HAVING count(DISTINCT differs) > 1 "
            "ORDER BY min(_row) LIMIT 1"
        ).fetchone()
        if found is None:
            return {}
        place = next((at[0] for c in feed.columns["order_id"].columns() if (at := find(t.part.folded, c.aliases))), None)
        number = ""
        if place is not None:
            number = self.con.execute(f"SELECT c{place} FROM {t.part.table} WHERE _row = {found[1][0]}").fetchone()[0] or ""
        return {"n": figure(found[0]), "number": generic.shown_code(number), "rows": ", ".join(map(str, found[1][:SHOWN]))}

    def _first_seen(self, digest: str) -> date:
        """The as-of day of the earliest run, of this period or before, that saw the file: what a second run reads is what the first read."""  # noqa: E501
        seen = [period for period, digests in self._logs().items() if digest in digests]
        return periods.as_of(min(seen)) if seen else self.as_of

    def _logs(self) -> dict[str, set[str]]:
        """Earlier period -> digests of the files that its run had."""
        if self._seen is None:
            self._seen = {
                f.parent.name: set(json.loads(f.read_text(encoding="utf-8")))
                for f in sorted(self.workspace.processed.glob(f"*/{FIRST_SEEN}"))
                if periods.PERIOD.match(f.parent.name) and periods.as_of(f.parent.name) < self.as_of
            }
        return self._seen

    def late(self):
        """Rows of months before the one reported on that no earlier run had: see `monthly.late`."""
        first = periods.first_day(periods.of(self.as_of - timedelta(days=1)))
        return monthly.late(self.con, self.feds, set().union(*self._logs().values()), first.isoformat())

    def _channels(self) -> None:
        """The channel of each campaign of the calendar, by its id and its name; a word that two channels have says neither."""
        feds = [f for t in self.taken for f in t.feds if f.table == "campaigns"]
        if not feds:
            return
        settle.settle(self.con, "campaigns", feds, self.as_of.isoformat(), self._instant())
        have = {c[0] for c in self.con.execute("DESCRIBE made_campaigns").fetchall()}
        if "source" not in have:
            return
        names = [c for c in ("campaign_id", "name") if c in have]
        words = " UNION ALL ".join(f"SELECT scrm_alike({c}) AS called, source FROM made_campaigns" for c in names)
        self.con.execute(f"""INSERT INTO scrm_channels SELECT called, min(source) FROM ({words})
            WHERE called <> '' AND source IS NOT NULL GROUP BY 1 HAVING count(DISTINCT source) = 1""")

    def _rates(self) -> None:
        """Rates by day in both directions; a day without one takes the last of the seven days before."""
        feds = [f for t in self.taken for f in t.feds if f.table == "rates"]
        if not feds:
            return
        settle.settle(self.con, "rates", feds, self.as_of.isoformat(), self._instant())
        base = self.settings.currency.lower()
        self.con.execute(f"""
            INSERT INTO scrm_rates
            WITH pairs AS (
                SELECT upper(split_part(kind, '_', 1)) AS currency, "on", value AS rate FROM made_rates WHERE split_part(kind, '_', 2) = '{base}'
                UNION ALL SELECT upper(split_part(kind, '_', 2)), "on", 1 / value FROM made_rates WHERE split_part(kind, '_', 1) = '{base}' AND value > 0),
            spread AS (SELECT currency, "on" + k::INTEGER AS "on", rate, k FROM pairs, range(8) t(k))
            SELECT currency, "on", arg_min(rate, k) FROM spread GROUP BY ALL""")  # noqa: E501

    def _instant(self) -> str:
        return str(periods.as_of_instant(periods.of(self.as_of - timedelta(days=1)), self.settings.time_zone))

    @property
    def feds(self) -> list[Fed]:
        """Every feed that ran."""
        return [f for t in self.taken for f in t.feds]


def _columns(part: Part) -> str:
    """Every column of a file, as written."""
    return ", ".join(repr(h) for h in part.header if h)
