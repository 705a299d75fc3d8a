"""One pass over a raw folder: load every file, recognise it, feed its rows; each file keeps what was decided about it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb

from scrm_helpers import periods
from scrm_helpers.folding import fold
from scrm_helpers.ingestion import (
    abreast,
    cells,
    clocks,
    database,
    doubles,
    evidence,
    feeding,
    forgotten,
    generic,
    given,
    kept,
    ledger,
    monthly,
    overruled,
    recognised,
    settle,
    stamps,
    taken_back,
    taken_off,
    unused,
)
from scrm_helpers.ingestion.abreast import Job
from scrm_helpers.ingestion.blocks import Known
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import ApartError, SurpriseError
from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.ingestion.loading import Loader, sha256
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, Recipe, load_recipes
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.store import Settings, Workspace, key_of, settings_of, sources_of
from scrm_helpers.store.workspace import FIRST_SEEN
from scrm_helpers.texts import tell

FIRST = ("rates", "exclusions", "products")  # read before the rest: amounts and flags need them
PLANS = ("campaigns",)  # then these: an ad file that does not say its platform takes the channel of the plan
WORTH = 1_000_000  # cells of all files from which cursors of their own are worth what they cost: a small folder is read sooner without
HUGE, ALIKE = 20_000_000, 0.8  # cells of a part after which what was read is packed, and how near another must come to its cells


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
        for macro in (*cells.MACROS, *clocks.macros(con, cells.quote(self.settings.time_zone))):
            con.execute(macro)
        con.execute("SET VARIABLE scrm_key = ?", [key_of(workspace) if not documents else "0" * 64])
        con.execute("SET VARIABLE scrm_zone = ?", [self.settings.time_zone])
        con.execute('CREATE OR REPLACE TABLE scrm_rates (currency VARCHAR, "on" DATE, rate DOUBLE)')
        con.execute("CREATE OR REPLACE TABLE scrm_product_vat (product VARCHAR, rate DOUBLE)")
        con.execute("CREATE OR REPLACE TABLE scrm_channels (called VARCHAR, source VARCHAR)")
        try:
            con.create_function("scrm_alike", fold, ["VARCHAR"], "VARCHAR")  # names of campaigns: the rule of `campaign_names`
        except duckdb.NotImplementedException as error:
            if "already created" not in str(error):  # by an earlier pass on the connection
                raise
        con.execute('CREATE OR REPLACE TABLE scrm_taken_out ("table" VARCHAR, _feed BIGINT, source_row BIGINT)')  # see forgotten
        con.execute("SET VARIABLE scrm_as_of = ?", [as_of.isoformat()])
        forgotten.prepare(con, workspace)
        self.loader = Loader(con, Known(aliases))
        self.taken: list[Taken] = []
        self._feeds = 0
        self._looked_up = any("lookup" in repr((e.columns, e.derive, e.where, e.options)) for e in self.entries)
        self._seen: dict[str, set[str]] | None = None

    # 1. files -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Loads every file; a file that cannot be used stays in the list with its sentence."""
        found, self.taken = given.files(self.workspace.raw, self.entries)
        with self.loader.ahead([path for path, _, _ in found if not path.name.startswith("~$")]):
            self._load_all(found)
        for entry in (e for e in self.entries if e.database and not e.ignore):
            try:
                part = database.load(self.loader, entry.name, entry.database, entry.query)
                self.taken.append(Taken(entry.file, part.digest, part, entries=[entry]))
            except InputError as error:
                self.taken.append(Taken(entry.file, "", verdict="refused", message=str(error), code=error.code, entries=[entry]))
        given.check_sheets(self.taken)
        for number, t in enumerate(self.taken):
            t.number = number

    def _load_all(self, found: list[tuple[Path, str, list]]) -> None:
        for path, name, entries in found:
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
            later = not self._looked_up and not any(e.options.get("months") == "columns" for e in entries)
            self.taken += self._load(path, name, entries, later=later)

    def _load(self, path: Path, name: str, entries: list, *, later: bool = False) -> list[Taken]:
        """The parts of one file. `later`: a large plain one need not be looked through yet, see `_anew`."""
        if any(given.leaves_out(e) for e in entries):  # asked before it is read: what cannot be read is left out too
            return [Taken(name, self.loader.digest(path), entries=entries, **given.left_out(name))]
        try:
            parts = self.loader.load(path, name, later=later)
        except InputError as error:
            digest = "" if error.code == "locked" else sha256(path)
            return [Taken(name, digest, verdict="refused", message=str(error), code=error.code, entries=entries)]
        spoken = [[e for e in entries if given.speaks_of(e, p.part)] for p in parts]
        made = [Taken(name, p.digest, p, entries=of, origin=(path, entries)) for p, of in zip(parts, spoken, strict=True)]
        return [replace(t, **given.left_out(t.named)) if any(e.ignore for e in t.entries) else t for t in made]

    def _anew(self, t: Taken) -> list[Taken]:
        """A file that was not looked through is, and its parts (one as a rule) take the place of `t`."""
        path, entries = t.origin
        made, last = self._load(path, t.file, entries), max(other.number for other in self.taken)
        for k, new in enumerate(made):
            new.number = last + k if k else t.number
        at = next(k for k, other in enumerate(self.taken) if other is t)
        self.taken[at : at + 1] = made
        for new in made:
            self._recognise(new)
        return made

    # 2. what they are ---------------------------------------------------------------------------------------------

    def recognise(self) -> None:
        """Decides by sources.yml, else by the header, what each part is."""
        for t in list(self.taken):
            self._recognise(t)

    def _recognise(self, t: Taken) -> None:
        recognised.name(self.con, t, self.recipes)
        asks = t.recipe and (t.recipe.description_row or t.recipe.blank_total or t.recipe.band)
        if t.part is not None and t.part.unasked and (asks or t.verdict != "read"):  # its rows are asked about before they are read
            self._anew(t)

    # 3. rows ------------------------------------------------------------------------------------------------------

    def feed(self, only: tuple[str, ...] = ()) -> None:
        """Runs every feed (or those of the tables `only`); a part whose columns cannot be read without a guess is refused as a whole."""
        waiting = [ready for t in list(self.taken) for ready in self._ready(t, only)]
        for turn in range(3):
            mine = [
                (t, feeds) for t, feeds in waiting
                if t.verdict == "read" and (feeds or not only)
                and turn == next((n for n, names in enumerate((FIRST, PLANS)) if any(f.table in names for f in feeds)), 2)
            ]  # fmt: skip
            self._run_all(mine, only)
            if turn == 0 and not self.documents:
                self._rates()
            elif turn == 1:
                self._channels()
        if self.documents:  # amounts stay as they are; it is told which of them have no rate
            self._rates()
        monthly.headers(self.taken)

    def _run_all(self, waiting: list[tuple[Taken, list[Feed]]], only: tuple[str, ...]) -> None:
        """Runs the feeds of several parts, those of the largest first; side by side where sources.yml lets none look into another."""
        self._logs()
        named = [(t, self._named(feeds)) for t, feeds in waiting]
        alone = [bool(t.entries) or self.documents or bool(t.recipe.product_vat) for t, _ in named]
        size = {k: t.part.rows * len(t.part.header) for k, (t, _) in enumerate(named) if not alone[k]}
        apart: dict[str, object] = {}
        for together in _rounds(size):
            jobs = [Job(str(k), partial(self._tried, *named[k])) for k in together]
            apart |= self.abreast(jobs, threads=1, disabled_optimizers=feeding.UNHELPFUL)
            abreast.pack(self.con)
        for k, (t, feeds) in enumerate(named):
            if error := self._tried(t, feeds, self.con) if alone[k] else apart[str(k)]:
                for new in self._anew(t):
                    new.tried = bool(error.args)
                    for other, of in self._ready(new, only):
                        self._run(other, self._named(of), self.con)

    def _tried(self, t: Taken, feeds: list[tuple[str, Feed]], con) -> ApartError | None:
        """Runs the feeds of a part; gives the error where it has to be looked through first."""
        try:
            self._run(t, feeds, con)
        except ApartError as error:
            return error
        return None

    def _named(self, feeds: list[Feed]) -> list[tuple[str, Feed]]:
        """Feeds with the names of the tables that they are to make."""
        names = [f"fed_{self._feeds + k}" for k in range(1, len(feeds) + 1)]
        self._feeds += len(feeds)
        return list(zip(names, feeds, strict=True))

    def _ready(self, t: Taken, only: tuple[str, ...]) -> list[tuple[Taken, list[Feed]]]:
        """A part with the feeds that it is to run; [] where it is refused."""
        if t.verdict != "read":
            return []
        try:
            taken_off.prepare(self.con, t)
            return [(t, [f for f in self._feeds_of(t) if not only or f.table in only])]
        except InputError as error:
            if t.part.unasked:  # how many rows are refused is known of a file that was looked through
                return [ready for new in self._anew(t) for ready in self._ready(new, only)]
            t.refuse(str(error), error.code)
            return []

    def _desk(self) -> str:
        """The support desk whose ticket numbers other files mean."""
        desks = [
            t.options.get("system") or t.recipe.system
            for t in self.taken
            if t.recipe and any(f.table == "cases" for f in t.recipe.made())
        ]
        return desks[0] if desks else "zendesk"

    def _part_of(self, entry) -> tuple[Part, dict]:
        for t in self.taken:
            if t.part is not None and entry in t.entries:
                return t.part, t.options
        raise InputError(tell("told.sources.no_partner", entry=entry.name), "sources")

    def _feeds_of(self, t: Taken) -> list[Feed]:
        lookups = {e.name: (lambda e=e: self._part_of(e)) for e in self.entries}
        if t.recipe is not None:
            return overruled.feeds(t, lookups)
        named = [e for e in t.entries if e.table]
        mapped = generic.apart([generic.feed(e, lookups, t.part.header) for e in named], [e.name for e in named])
        t.recipe = Recipe(
            "", lambda: mapped, (), about="Mapped in sources.yml", system=t.options.get("system") or t.entries[0].name
        )
        return mapped

    def _run(self, t: Taken, named: list[tuple[str, Feed]], con) -> None:
        day = t.options.get("exported_on") or stamps.exported(t.part) or self._first_seen(t.digest)
        t.exported_on = str(day)
        told, feeds = [], [feed for _, feed in named]
        try:
            r, numbered = self._fed(t, named, con)
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
                told.append(doubles.one_total(con, t, feed, name))
            if t.recipe.product_vat:
                vat = ", ".join(e.sql(r, k) for e, k in zip(t.recipe.product_vat, ("text", "number"), strict=True))
                r.table(con, "read_vat", vat)
                con.execute(f"INSERT INTO scrm_product_vat SELECT DISTINCT {vat} FROM read_vat")
            t.totals = ledger.totals(con, t.part, r, [] if t.recipe.name else feeds)
            t.ranged = r.ranged
            t.unused = unused.columns(t.part, t.recipe, feeds, r)
            told += r.notes + (r.evidence.taken_at_word if t.options.get("date_order") else [])
            told.append(taken_back.unread(con, t.part, t.recipe, r, feeds))
            if t.totals not in ("", "equal"):
                told.append(tell("console.file.totals_differ", file=t.file, totals=t.totals))
            kept.require(con, t)
        except InputError as error:
            t.refuse(str(error), error.code)
            return
        t.message = " ".join(s for s in dict.fromkeys([*overruled.notices(t), *told]) if s)
        if t.part.rows > evidence.LARGE and not t.entries and not self.documents:  # else a draft or another entry may look into it
            t.part.release(con)

    def _fed(self, t: Taken, named: list[tuple[str, Feed]], con) -> tuple[Reader, list[bool]]:
        """Runs the feeds of a part (`feeding.run`): in one go where its rows lie on disk, else with every question asked first."""
        told = (con, t.part, t.recipe, self.settings, t.options, self._desk())
        how = {"as_of": self.as_of.isoformat(), "documents": self.documents}
        in_one = t.part.lies and not t.recipe.product_vat and t.part.rows > evidence.LARGE and not t.tried
        if t.part.unasked and not in_one:
            raise ApartError
        if in_one:
            r = None
            try:
                r = feeding.reader(*told, on_trial=True, alone=len(named) == 1)
                numbered = feeding.run(con, named, r, self.settings, **how)
                r.evidence.on_trial, t.part.unasked = False, ""  # what was assumed is now known
                return r, numbered
            except (ApartError, SurpriseError, InputError, duckdb.Error) as error:
                # a refusal names values of the whole file; the engine stops at ragged rows, another encoding, an open quote
                if r is not None:
                    r.forget(con, feeding.steps_of(t.part))
                if t.part.unasked:
                    for name, _ in named:  # what was written before it was seen; the next try has a name of its own
                        con.execute(f"DROP TABLE IF EXISTS {name}_rows")
                    raise ApartError(*(error.args if isinstance(error, SurpriseError) else ())) from error
                if isinstance(error, duckdb.Error):
                    raise
        r = feeding.reader(*told)
        return r, feeding.run(con, named, r, self.settings, **how)

    def abreast(self, jobs: list[Job], **settings: str | int) -> dict[str, object]:
        """What the jobs give, by their names (`abreast.run`): side by side where there is much to read."""
        cells = sum(t.part.rows * len(t.part.header) for t in self.taken if t.part)
        return abreast.run(self.con, jobs, lanes=abreast.MOST if cells >= WORTH else 1, **settings)

    def forget(self) -> None:
        """Drops the rows of every feed but those that a table is still looked at through."""
        views = {name for (name,) in self.con.execute("SELECT view_name FROM duckdb_views()").fetchall()}
        for f in (f for f in self.feds if f"made_{f.table}" not in views):
            self.con.execute(f"DROP VIEW {f.rows}")
            for table in (f"{f.rows}_rows", f"{f.rows}_faults"):
                self.con.execute(f"DROP TABLE IF EXISTS {table}")

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


def _rounds(size: dict[int, int]) -> list[list[int]]:
    """Which parts are read at a time, by their cells, the largest first: pairs of huge ones of about one size, then all others."""
    left, rounds = sorted(size, key=lambda k: -size[k]), []
    while len(left) > 2 and size[left[0]] > HUGE and size[left[1]] > ALIKE * size[left[0]]:
        rounds, left = [*rounds, left[:2]], left[2:]
    return [*rounds, left]
