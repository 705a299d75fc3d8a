"""What a notebook holds in its hand: tables in, findings, figures and tables out, and the section of the appendix they make."""

import csv
import json
import os
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from scrm_helpers import findings, periods, texts
from scrm_helpers.errors import ToldError
from scrm_helpers.promises import Sightings
from scrm_helpers.store import drafts, sightings
from scrm_helpers.store.closings import Showing, read_showing
from scrm_helpers.store.settings import settings_of
from scrm_helpers.store.tables_io import Store, to_frame
from scrm_helpers.store.workspace import PUBLISHED, RESTRICTED, Workspace, closed_folder, open_workspace
from scrm_helpers.store.written import in_time, newest, plain_csv, written
from scrm_helpers.units import Unit


class KeptTable(NamedTuple):
    """A table that a notebook showed, whole: headings in the reader's language, cells as the CSV has them."""

    notebook: str
    id: str
    title: str
    headings: list[str]
    numeric: list[bool]
    rows: list[list[str]]


RUN_VARIABLE = "SCRM_RUN"  # the folder of the run that a notebook belongs to; the runner sets it
INGESTION = "01_ingestion"  # reads the raw folder; every other notebook reads its tables
NAMED = 6  # months that a refusal names, the newest
SHOWN_ROWS = 40  # rows of a table that a page shows, of months the newest; the CSV holds all


class Book:
    """One notebook of one run. Everything it shows is kept, in order, as a section of the appendix."""

    def __init__(self, notebook: str, store: Store, folder: Path, context: findings.Context, *, interactive: bool):
        self.notebook, self.store, self.folder, self.context, self.interactive = (
            notebook,
            store,
            folder,
            context,
            interactive,
        )
        self.settings = settings_of(store.workspace)
        self.language, self.period, self.as_of = context.language, context.period, store.as_of
        self.found: list[findings.Finding] = []
        self._blocks: list[dict] = []
        self._reads: set[str] = set()
        self._writes: set[str] = set()
        self._folder("")

    def read(self, name: str, *, private: bool = False):
        """A lazy table of this period (see Store.read)."""
        self._reads.add(name)
        return self.store.read(name, private=private)

    def noted(self, *names: str) -> None:
        """Tables that were read through the store itself: the lineage names them too."""
        self._reads.update(names)

    def frame(self, name: str) -> pd.DataFrame:
        """A small table as pandas."""
        self._reads.add(name)
        return self.store.frame(name)

    def past(self, name: str, *, months: int = 12) -> dict[str, pd.DataFrame]:
        """A small table as earlier periods left it: period -> frame, of the last `months` months that have it, oldest first."""
        kept = (self.store.before(name, back=k) for k in range(months, 0, -1))
        return {period: to_frame(rows) for period, rows in kept if period is not None}

    def snapshot(self):
        """A reader of the contract tables as the month before was published, with today's answer to who is who.

        Gives lazy tables by name, as `read` does; None where the month before was not published or kept no snapshot. After a change of
        the key (`key rotate`) the records of that month have other ids than today's: then its own answer to who is who is taken, whose
        persons bear the same numbers.
        """
        period, orders = self.store.before("orders", back=1)
        if period is None:
            return None
        accounts = self.store.before("accounts", back=1)[1]
        persons = self.read("persons").semi_join(accounts, "account_id")
        if not persons.limit(1).count().execute():  # ids are digests: those of two keys have none in common
            then, persons = self.store.before("persons", back=1)
            if then is None:
                return None
        today = {"persons": lambda: persons, "golden": lambda: self.read("golden")}
        kept = {"orders": orders, "accounts": accounts}

        def reader(name: str):
            if name in today:
                return today[name]()
            return kept[name] if name in kept else self.store.before(name, back=1)[1]

        return reader

    @property
    def sightings(self) -> Sightings:
        """Days on which runs of earlier months first saw each promise of the goal ledger."""
        return sightings.before(self.store.workspace, self.period)

    @property
    def showing(self) -> Showing:
        """What the month's page says of itself: months closed up to it, its revision (0: not closed) and that revision's reason."""
        return read_showing(self.folder.parent, self.store.workspace, self.period)

    def has(self, name: str) -> bool:
        """Whether any file fed the table."""
        return self.store.has(name)

    def write(self, name: str, rows, *, part: str = "") -> None:
        """Writes a contract table, checked."""
        self._writes.add(name)
        self.store.write(name, rows, part=part)

    def say(self, *found: findings.Finding):
        """Keeps findings for the board page and shows their sentences."""
        for finding in found:
            self.found.append(finding)
            self._blocks.append(
                {"kind": "finding", "id": finding.id, "text": finding.text(self.language), "cell": _cell()}
            )
        return _markdown("\n\n".join(f"**{f.text(self.language)}**" for f in found))

    def note(self, text_id: str, /, **values: str):
        """A paragraph from `texts` (how to read it, what it does not show), shown and kept."""
        text = texts.say(text_id, self.language, **values)
        self._blocks.append({"kind": "text", "id": text_id, "text": text})
        return _markdown(text)

    def figure(self, drawn, name: str):
        """Saves a chart (`charts.Drawn`) as SVG with its text alternative, and shows it."""
        if self.settings.made_up:
            drawn.mark(texts.say("board.made_up", self.language))
        svg = drawn.svg()
        self._save("figures", f"{name}.svg", svg)
        self._blocks.append({"kind": "figure", "id": name, "file": f"figures/{name}.svg", "alt": drawn.alt})
        return _svg(svg, drawn.alt, drawn.notes)

    def table(self, rows: pd.DataFrame, name: str, unit_of: dict[str, Unit] | None = None, *, title: str):
        """Saves a table of counts as CSV (plain numbers) and shows it with headings and numbers in the reader's language.

        `unit_of` maps a column to its unit; headings are `columns.<name>` of `texts`; `title` is a text id. Nothing personal,
        no row per person: the table reaches management.
        """
        self._save("tables", f"{name}.csv", plain_csv(rows))
        time = in_time(rows)
        part = rows.head(SHOWN_ROWS) if time is None else rows.iloc[newest(list(rows.iloc[:, time]), SHOWN_ROWS)]
        shown = written(part, unit_of or {}, self.language, self.context.currency)
        heading = texts.say(title, self.language)
        self._blocks.append({
            "kind": "table", "id": name, "file": f"tables/{name}.csv", "title": heading, "rows": len(rows),
            "columns": list(shown.columns), "numeric": [c in (unit_of or {}) for c in rows.columns], "cells": shown.values.tolist(),
            "time": time,
        })  # fmt: skip
        return _frame(shown, heading, name, [n for n, c in enumerate(rows.columns) if c in (unit_of or {})])

    def restricted(self, name: str, rows: pd.DataFrame) -> None:
        """Saves a table with a row per person, closed to others; it never stands on a page."""
        folder = closed_folder(self.folder.parent / RESTRICTED, self.notebook)
        path = folder / f"{name}.csv"
        # a column with blanks holds numbers of people as floats, which are cut to twelve digits: then nobody is found by them
        ids = {c: "Int64" for c in rows.columns if str(c).endswith("_id") and rows[c].dtype.kind == "f"}
        rows = rows.astype(ids)
        path.write_text(plain_csv(rows), encoding="utf-8", newline="")
        path.chmod(0o600)

    def page(self, name: str, html: str) -> Path:
        """Saves a finished page at the head of the run's folder."""
        path = self.folder.parent / name
        path.write_text(html, encoding="utf-8", newline="\n")
        return path

    def sections(self) -> list[dict]:
        """The sections that this run's notebooks have kept so far, in order (for the appendix)."""
        files = sorted(self.folder.parent.glob("*/section.json"))
        return [_with_figures(json.loads(f.read_text(encoding="utf-8")), f.parent) | {"folder": str(f.parent)} for f in files]

    def tables(self) -> list[KeptTable]:
        """Every table that this run's notebooks have shown so far, whole, in order."""
        out = []
        for section in self.sections():
            for block in section["blocks"]:
                if block["kind"] != "table":
                    continue
                with (Path(section["folder"]) / block["file"]).open(encoding="utf-8", newline="") as file:
                    _, *rows = csv.reader(file)
                numeric = block.get("numeric") or [False] * len(block["columns"])
                out.append(KeptTable(section["notebook"], block["id"], block["title"], block["columns"], numeric, rows))
        return out

    def file(self, name: str, content: bytes | str) -> str:
        """Saves a finished file at the head of the run's folder, folders on its way made. Gives its name."""
        path = self.folder.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return name

    def close(self):
        """Writes findings and the section: the last thing a notebook does. Gives the findings as a frame."""
        frame = findings.frame(self.found)
        self.store.write("findings", frame, part=self.notebook)
        title = f"notebooks.{self.notebook[3:]}.question"
        section = {"notebook": self.notebook, "title": texts.say(title, self.language), "blocks": self._blocks,
                   "reads": sorted(self._reads), "writes": sorted(self._writes)}  # fmt: skip
        self._save("", "section.json", json.dumps(section, ensure_ascii=False, indent=1, sort_keys=True))
        return frame[["id", "value", "low", "high", "n", "grade", "state"]]

    def facts(self) -> str:
        """The numbers of everything said, for the cell that a later run is held against (see `findings.facts`)."""
        return findings.facts(self.found)

    def _folder(self, part: str) -> Path:
        folder = self.folder / part if part else self.folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _save(self, part: str, name: str, text: str) -> None:
        (self._folder(part) / name).write_text(text, encoding="utf-8", newline="\n")


def _with_figures(section: dict, folder: Path) -> dict:
    """The section with the SVG text of each figure under `svg`."""
    blocks = [
        block | {"svg": (folder / block["file"]).read_text(encoding="utf-8")} if block["kind"] == "figure" else block
        for block in section["blocks"]
    ]
    return section | {"blocks": blocks}


def open_book(
    notebook: str, *, raw: str = "", period: str = "", language: str = "", engine: str = "duckdb", interactive: bool = True,
) -> Book:  # fmt: skip
    """The book of a notebook. Empty `raw`: data/raw, or the sample company; empty `period`: the newest one that was read in.

    ToldError, with nothing written, where the period was not read in: every notebook but 01_ingestion would make an empty month of it.
    """
    workspace = open_workspace(raw)
    settings = settings_of(workspace)
    language = texts.check_language(language or settings.language)
    with texts.speaking(language):
        period = periods.check(period or newest_period(workspace))
        if notebook != INGESTION:
            _refuse_not_read_in(workspace, period)
    run = os.environ.get(RUN_VARIABLE)
    top = Path(run) if run else drafts.folder_of(workspace.outputs, period)
    context = findings.Context(notebook, period, language, settings.currency)
    _show_everything()
    return Book(notebook, Store(workspace, period, engine=engine), top / notebook, context, interactive=interactive)


def periods_read_in(workspace: Workspace) -> list[str]:
    """Months that 01_ingestion read in, oldest first: it leaves the table of files whatever came. A folder alone says nothing."""
    return sorted(f.parent.name for f in workspace.processed.glob("*/files.parquet") if periods.PERIOD.match(f.parent.name))


def newest_period(workspace: Workspace) -> str:
    """The newest period that was read in; an error that says how to make one where there is none."""
    kept = periods_read_in(workspace)
    if not kept:
        raise ToldError(texts.tell("told.period.none_yet"))
    return kept[-1]


def _refuse_not_read_in(workspace: Workspace, period: str) -> None:
    kept = periods_read_in(workspace)
    if period in kept:
        return
    known = texts.tell("told.period.read_in", known=", ".join(kept[-NAMED:])) if kept else texts.tell("told.period.nothing_read_in")
    command = workspace.command(f"run --period {period}")
    raise ToldError(texts.tell("told.period.not_read_in", period=period, known=known, command=command))


def published_periods(workspace: Workspace) -> list[str]:
    """Months with a page, oldest first: a month whose first run is under way has tables, and none yet."""
    return sorted({f.parents[1].name for f in workspace.processed.glob(f"*/{PUBLISHED}/findings.*.parquet")})


def newest_published(workspace: Workspace) -> str:
    """The newest month with a page; where no month has one, the newest with tables, whose page is then asked for and told to be missing."""
    return next(reversed(published_periods(workspace)), None) or newest_period(workspace)


def _show_everything() -> None:
    """Left alone a notebook shows what the last line of a cell gives; several of ours hold more than one table or chart."""
    from IPython import get_ipython

    if (shell := get_ipython()) is not None:
        shell.ast_node_interactivity = "all"


def _cell() -> int:
    """Number of the running cell as the executed notebook shows it (In [n]); 0 outside a notebook."""
    from IPython import get_ipython

    shell = get_ipython()
    return int(shell.execution_count) if shell is not None else 0


def _markdown(text: str):
    from IPython.display import Markdown

    return Markdown(text)


def _svg(svg: str, alt: str, notes: str = ""):
    from html import escape

    from IPython.display import HTML

    body = svg[svg.index("<svg") :]
    below = f'<p style="max-width:34em;font-size:smaller">{escape(notes)}</p>' if notes else ""
    return HTML(f'<figure role="img" aria-label="{escape(alt)}" style="margin:0">{body}</figure>{below}')


def _frame(rows: pd.DataFrame, caption: str, name: str, numeric: list[int]):
    from IPython.display import HTML
    from pandas.io.formats.style import Styler

    # fixed ids, and no address of an object beside the HTML: bytes repeat
    whole = [{"selector": f"td.col{n}", "props": "white-space: nowrap;"} for n in numeric]  # a minus stays with its number
    shown = Styler(rows, uuid=name, cell_ids=False).hide(axis="index").set_caption(caption).set_table_styles(whole)
    return HTML(shown.format(escape="html").to_html())  # words of files stand in cells
