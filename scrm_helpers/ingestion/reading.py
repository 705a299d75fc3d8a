"""All of raw into contract tables: one pass, settled, written; every raw row accounted for."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import pandas as pd

from scrm_helpers import periods, tables, texts
from scrm_helpers.errors import ToldError
from scrm_helpers.ingestion import (
    abreast,
    excluded,
    forgotten,
    ledger,
    mixing,
    monthly,
    places,
    received,
    recheck,
    returns,
    settle,
)
from scrm_helpers.ingestion.abreast import Job
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.ingestion.given import IGNORED
from scrm_helpers.ingestion.holidays_of import calendar_rows
from scrm_helpers.ingestion.passing import FIRST, Ingestion
from scrm_helpers.store import Store, Workspace, engine, settings_of
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import FIRST_SEEN
from scrm_helpers.texts import tell


@dataclass
class Summary:
    """What a run of ingestion did: `files` one row per part, `written` rows per table."""

    files: pd.DataFrame
    written: dict[str, int]
    quarantined: int
    refused: list[str]
    restated: pd.DataFrame  # figures that a later export changed, by month (see `monthly`)
    late: pd.DataFrame  # rows of earlier months that no earlier run had


def read_all(workspace: Workspace, store: Store, *, as_of: date, require_month: bool = False, language: str = "") -> Summary:
    """Reads the raw folder into the contract tables of the store's period. Raises InputError where no order could be read.

    Writes files, row_fates, quarantine, coverage, fill and every fed table; the counts of every file add up, or it raises.
    `require_month` also raises where no order lies in the month that ends at `as_of`. `language`: of the sentences about files and of
    errors; left out: the company's own.
    """
    language = language or settings_of(workspace).language
    words = partial(texts.said, language=language)
    try:
        # tables hold sentences without a language: the same files give the same bytes, whoever reads the pages
        with texts.speaking(language), texts.unsaid():
            found = _read_all(workspace, store, as_of, require_month)
    except ToldError as error:
        error.args = (words(str(error)), *error.args[1:])
        raise
    return replace(found, files=received.in_words(found.files, language), refused=[words(m) for m in found.refused])


def _read_all(workspace: Workspace, store: Store, as_of: date, require_month: bool) -> Summary:
    if store.engine != "duckdb":  # text files are parsed by the embedded engine; analyses may run on another
        store = Store(workspace, store.period)
    con = store.connection.con
    con.execute(f"SET memory_limit = '{engine.memory(engine.UNACCOMPANIED)}'")  # all other notebooks wait for this one
    run = Ingestion(workspace, con, as_of=as_of)
    run.load()
    mixing.refuse_mixed(workspace, mixing.data_files(digests(run)))
    run.recognise()
    run.feed()
    _require_orders(run)
    made = _make_tables(run, require_month)
    counted = ledger.counted(run)
    run.forget()
    written = _write_tables(run, store, made)
    late = run.late()
    frames = ledger.frames(run, counted)
    for name, frame in frames.items():
        store.write(name, ledger.typed(frame, name))
    if (rechecked := recheck.result(workspace)) is not None:
        store.write("rechecks", rechecked)
    else:
        store.path("rechecks").unlink(missing_ok=True)
    (workspace.processed / store.period).mkdir(parents=True, exist_ok=True)
    log = json.dumps(sorted({t.digest for t in run.taken if t.digest}), indent=0)
    write_whole(workspace.processed / store.period / FIRST_SEEN, log + "\n")
    refused = [t.message for t in run.taken if t.verdict == "refused" or t.code == "lock"]
    return Summary(frames["files"], written, len(frames["quarantine"]), refused, monthly.restated(con), late)


def digests(run: Ingestion) -> dict[str, str]:
    """Path in the raw folder -> SHA-256, of every data file that can be opened."""
    raw = run.workspace.raw
    found = {}
    for path in sorted(p for p in raw.rglob("*") if p.is_file()) if raw.is_dir() else []:
        if not path.name.startswith((".", "~$")) and path.name not in IGNORED:
            try:
                found[path.relative_to(raw).as_posix()] = run.loader.seen(path).digest
            except PermissionError:  # held by another program: told when it is loaded
                continue
    return found


def _require_orders(run: Ingestion) -> None:
    kept = sum(
        run.con.execute(f"SELECT count(*) FROM {f.rows} WHERE _bad IS NULL").fetchone()[0]
        for f in run.feds
        if f.table == "orders"
    )
    if kept:
        return
    told = [t.message for t in run.taken if t.message]
    found = tell("console.run.found", files="\n- ".join(told[:8])) if told else tell("console.run.put_one", folder=run.workspace.raw_word)
    files = texts.figure(len(run.taken))
    raise InputError(tell("console.run.no_orders", files=files, found=found), "no_orders")


def _require_period(con, as_of: date) -> None:
    """InputError where no order lies in the month reported on: a page about it would say nothing."""
    first = periods.first_day(periods.of(as_of - timedelta(days=1)))
    begins, ends = con.execute("SELECT min(ordered_on), max(ordered_on) FROM made_orders").fetchone()
    if ends is None or ends < first:
        known = tell("console.run.orders_span", first=str(begins), last=str(ends)) if ends else tell("console.run.no_order_before")
        raise InputError(tell("console.run.no_month", period=periods.of(first), known=known), "no_orders")


def _tell(run: Ingestion, found: dict[str, str], table: str = "orders") -> None:
    """Adds what was found about a file to its sentence: with its first part that feeds the table."""
    for file, sentence in found.items():
        t = next(t for t in run.taken if t.file == file and any(f.table == table for f in t.feds))
        t.message = f"{t.message} {sentence}".strip()


def _make_tables(run: Ingestion, require_month: bool) -> dict[str, list[Fed]]:
    """Makes every `made_<table>`; gives the feeds of each. Only what orders say of returns and of people is still to come."""
    con, by_table = run.con, {}
    for fed in run.feds:
        by_table.setdefault(fed.table, []).append(fed)
    _settle(run, by_table)
    if "orders" in by_table and require_month:
        _require_period(con, run.as_of)
    if "campaign_units" in by_table:
        _tell(run, places.resolve(con), "campaign_units")
    if calendar := calendar_rows(con, run.settings.country, by_table, run.as_of):
        con.execute(calendar)
        by_table["calendar"] = by_table.get("calendar", [])
    return by_table


def _settle(run: Ingestion, by_table: dict[str, list[Fed]]) -> None:
    """Makes every `made_<table>` of its feeds: one after another what others name things by, then tables side by side."""
    order = [*FIRST, "stores", "campaigns", "promo_codes", "accounts", "orders", "cases", *sorted(tables.INGESTED)]
    names = [n for n in dict.fromkeys(order) if n in by_table]
    monthly.prepare(run.con)

    def settled(name: str, con) -> None:
        settle.settle(con, name, by_table[name], run.as_of.isoformat(), run._instant(), run.feds)

    def tied(name: str, con) -> None:
        settle.tie(con, name)
        forgotten.take_out(con, name)
        settle.rename(con, name, set(by_table))
        if name in ("accounts", "orders"):
            excluded.mark(con, name, "exclusions" in by_table)

    early = [n for n in names if order.index(n) < order.index("accounts")]
    for name in early:
        settled(name, run.con)
        tied(name, run.con)
    late, people = [n for n in names if n not in early], ("tie accounts",) * ("accounts" in names)
    parents = {n: settle.FOLLOWS[n] for n in late if settle.FOLLOWS.get(n) in late}
    run.abreast([Job(f"settle {n}", partial(settled, n)) for n in late if n not in parents])
    abreast.pack(run.con)
    jobs = [Job(f"settle {n}", partial(settled, n)) for n in parents]
    for name in late:  # no table is changed while another is made of it
        after = tuple(f"settle {n}" for n, parent in parents.items() if name in (n, parent))
        jobs.append(Job(f"tie {name}", partial(tied, name), after if name == "accounts" else (*after, *people)))
    run.abreast(jobs)
    abreast.pack(run.con)


def _write_tables(run: Ingestion, store: Store, by_table: dict[str, list[Fed]]) -> dict[str, int]:
    """Ties returns to their sales, gives people whom only orders name an account, and writes every table. Gives rows by table."""
    con, after, jobs = run.con, {}, []
    if "orders" in by_table:
        people = partial(settle.accounts_of_orders, has_accounts="accounts" in by_table)
        jobs += [Job("returns", returns.tie_returns), Job("people", people, ("returns",))]
        after = {"orders": ("people",), "accounts": ("people",)}
    size = dict(con.execute("SELECT table_name, estimated_size * column_count FROM duckdb_tables()").fetchall())
    largest = sorted(by_table, key=lambda name: -size.get(f"made_{name}", 0))  # the last to be written is a small one
    jobs += [Job(name, partial(_written, store, name), after.get(name, ())) for name in largest]
    found = run.abreast(jobs)
    if "orders" in by_table:
        _tell(run, found["returns"])
        if found["people"] and "accounts" not in by_table:
            by_table["accounts"], found["accounts"] = [], _written(store, "accounts", con)
    for name in set(tables.INGESTED) - set(by_table):  # a table of an earlier run whose export is gone must not live on
        for private in (False, True):
            store.path(name, private=private).unlink(missing_ok=True)
    return {name: found[name] for name in by_table}


def _written(store: Store, name: str, con) -> int:
    """Writes what was made of a table; gives its rows."""
    made = {d[0] for d in con.execute(f"DESCRIBE made_{name}").fetchall()}
    chosen = [c.name for c in tables.contract(name).columns if c.name in made]
    store.write_query(name, f"SELECT {', '.join(map(tables.quoted, chosen))} FROM made_{name}", chosen, con)
    return con.execute(f"SELECT count(*) FROM made_{name}").fetchone()[0]
