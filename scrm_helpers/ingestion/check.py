"""`check`: what each file was taken for and why, before anything is written; and a first sources.yml drafted from the files found."""

import json
import shlex
import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from scrm_helpers import periods, texts, units
from scrm_helpers.ingestion import joins, ledger, mixing, monthly, places, rateless, recognised, settle, telling
from scrm_helpers.ingestion.accepted import accepted
from scrm_helpers.ingestion.drafting import draft
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.ingestion.reading import digests
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.store import Workspace, connect, open_workspace, settings_of
from scrm_helpers.store.settings import FILE
from scrm_helpers.texts import tell

PREVIEWED = ("order_no", "ordered_on", "kind", "status", "net", "currency")
WIDTH = 118  # letters of a line of sentences
NO_END = date(2200, 1, 1)  # without a period nothing is cut off


@dataclass
class Checked:
    """What `check` found: `files` one object per file (or sheet, or block), `draft` the text of a first sources.yml."""

    files: list[dict]
    draft: str
    language: str = texts.LANGUAGES[0]  # of the sentences
    entries: str = ""  # of the draft, those that sources.yml lacks; '' where it needs none
    folder: str = ""  # that was looked into, as sentences name it

    @property
    def why_not(self) -> str:
        """Why a run is not ready to start: no order was read, or something was refused; '' where all is well."""
        refused = ", ".join(name for f in self.files for name in _refused(f))
        with texts.speaking(self.language):
            said = [] if any("orders" in f["tables"] for f in self.files) else [tell("console.check.no_orders")]
            return "\n".join([*said, *([tell("console.check.refused", files=refused)] if refused else [])])

    def json(self) -> str:
        """One object per file, for programs."""
        return json.dumps(self.files, ensure_ascii=False, indent=1, default=str)

    def text(self) -> str:
        """The same for people."""
        with texts.speaking(self.language):
            return "\n".join(line for f in self.files for line in _lines(f)) or tell("console.check.no_file", folder=self.folder)


def _refused(f: dict) -> list[str]:
    """What of a file is in no number: itself, or the sheets of it that were refused beside others."""
    if f["verdict"] == "refused" or f["refused_without_rate"]:
        return [f["file"]]
    return [f"{f['file']} ({p['part']})" for p in f.get("parts", ()) if p["verdict"] == "refused"]


def check(
    raw: str | Workspace = "", *, period: str = "", today: date | None = None, language: str = "", drafts: bool = False
) -> Checked:
    """Reads a raw folder without writing anything. Amounts stay in each file's currency. `drafts`: whether the draft is shown too.

    What lies after `period`, or else after the day `today`, is counted apart as later; without either nothing is. `language`: of the
    sentences; left out: the company's own.
    """
    workspace = raw if isinstance(raw, Workspace) else open_workspace(raw)
    with texts.speaking(language or settings_of(workspace).language):
        return _checked(workspace, period, today, language, drafts)


def _checked(workspace: Workspace, period: str, today: date | None, asked: str, drafts: bool) -> Checked:
    con = connect().con
    end = periods.as_of(period) if period else today + timedelta(days=1) if today else NO_END
    run = Ingestion(workspace, con, as_of=end, documents=True)
    mixing.refuse_mixed(workspace, mixing.data_files(digests(run)))
    run.load()
    run.recognise()
    run.feed()
    drafted = draft(con, run, language=asked)
    for t in (t for t in run.taken if t.code == "unknown"):
        advice = "by_hand" if t.part.table not in drafted.tables else "drafted" if drafts else "draft"
        t.message = recognised.nobody(t.part, run.recipes, advice)
    by_file: dict[str, list[Taken]] = {}
    for t in run.taken:
        by_file.setdefault(t.file, []).append(t)
    files = [_by_itself(con, taken, run) | {"counted_until": end - timedelta(days=1)} for taken in by_file.values()]
    _among_others(con, run, files, by_file)
    return Checked(files, drafted.text, texts.spoken(), entries=drafted.entries, folder=workspace.raw_word)


def _by_itself(con, taken: list[Taken], run: Ingestion) -> dict:
    """What one file holds, as if it stood alone in the folder."""
    feds, fates = [f for t in taken for f in t.feds], {}
    for parent in settle.FOLLOWS.values():  # lines of a file without orders follow no orders of the file before
        settle.drop(con, parent)
    for name in dict.fromkeys(f.table for f in feds):
        settle.settle(con, name, [f for f in feds if f.table == name], run.as_of.isoformat(), run.as_of.isoformat())
    if any(f.table == "campaign_units" for f in feds):
        places.part(con)
    for t in (t for t in taken if t.part is not None):
        refused = [("quarantined", t.code or "refused", t.refused_rows)]
        fates[t.file, t.part.part] = refused if t.verdict == "refused" else settle.fates(con, t.number, t.part, feds)
    found, base = telling.told(con, taken, fates, run.settings.currency), run.settings.currency
    found["rows_without_rate"], found["refused_without_rate"] = rateless.counted(con, feds, base)
    found["message"] = f"{found['message']} {rateless.sentence(found['file'], found['rows_without_rate'], base)}".strip()
    return found


def _among_others(con, run: Ingestion, files: list[dict], by_file: dict[str, list[Taken]]) -> None:
    """Adds to each file how many of its rows another, newer file of the folder replaces, and which file is a copy of it."""
    for name in sorted({f.table for f in run.feds}, key=lambda n: (n in settle.FOLLOWS, n)):  # lines after the orders they follow
        settle.settle(con, name, [f for f in run.feds if f.table == name], run.as_of.isoformat(), run.as_of.isoformat())
    fates = ledger.frames(run)["row_fates"]
    changed = monthly.restated(con).to_dict("records")
    replaced = fates[fates["fate"] == "replaced"].groupby("source_file")["rows"].sum()
    first: dict[str, str] = {}
    links, unknown = joins.links(con), places.resolve(con)
    for found in files:
        found["links"] = links.get(found["file"], [])
        told = " ".join(filter(None, (*(joins.sentence(found["file"], k) for k in found["links"]), unknown.get(found["file"]))))
        found["message"] = f"{found['message']} {told}".strip()
        found["restated"] = [r for r in changed if r["source_file"] == found["file"]]
        found["rows_replaced_by_other_files"] = max(0, int(replaced.get(found["file"], 0)) - found["rows_replaced"])
        digest = by_file[found["file"]][0].digest
        if digest and found["verdict"] == "read" and first.setdefault(digest, found["file"]) != found["file"]:
            same = tell("console.file.same", file=found["file"], other=first[digest])
            found["message"] = f"{found['message']} {same}".strip()


def report(
    workspace: Workspace, *, as_json: bool = False, write: bool = False, today: date | None = None, language: str = "", raw: str = ""
) -> tuple[str, str]:
    """What the command `check` prints, and why not all is well ('' where it is). `write` drafts sources.yml where there is none yet.

    `raw`: the folder as it was asked for, so that the command to go on with names it.
    """
    spoken = texts.check_language(language or settings_of(workspace).language)
    try:
        found = check(workspace, today=None if workspace.is_made_up else today, language=language, drafts=write)
    except InputError as error:
        told = [{"verdict": "refused", "message": str(error), "code": error.code}]
        return (json.dumps(told, ensure_ascii=False), str(error)) if as_json else ("", str(error))
    lines, why_not = [found.json() if as_json else found.text()], found.why_not
    if write:
        path = workspace.raw / FILE
        there = path.exists()
        if not there:
            path.write_text(found.draft, encoding="utf-8", newline="\n")
            again = f"python start.py check{f' --raw {shlex.quote(raw)}' if raw else ''}"
            why_not = why_not and f"{why_not}\n{texts.say('console.check.again', spoken, command=again)}"
        if not as_json:
            said = "written" if not there else "left" if found.entries else "nothing_to_add"
            marks = (texts.say("console.draft.mark", language) for language in texts.LANGUAGES)  # the draft may speak another language
            mark = next((m for m in marks if m in found.draft), "")
            said = "written_bare" if said == "written" and not mark else said
            named = {"mark": mark} if said in ("written", "left") else {}
            lines.append(texts.say(f"console.check.{said}", spoken, file=FILE, **named))
            lines += [f"\n{found.entries if there else found.draft}"] if found.entries or not there else []
    return "\n".join(lines), why_not


def _fault(a: dict) -> str:
    """Rows set aside for one reason: how many, in which column, the first of them, and what would have been right."""
    value = tell("console.check.aside_value", value=repr(a["value"])) if a["value"] else ""
    expected = tell("console.check.aside_expected", words=accepted(a["expected"])) if a["expected"] else ""
    where = _place(a["table"], a["column"])
    rows = ", ".join([*map(str, a["first_rows"]), *(["..."] if a["rows"] > len(a["first_rows"]) else [])])
    why = tell("console.check.says_none") if a["reason"] == "blank" and a["value"] else _why(a["reason"])
    said = {"n": _n(a["rows"]), "why": why, "code": a["reason"], "where": where, "rows": rows}
    return tell("console.check.aside", value=value, expected=expected, **said)


def _why(reason: str) -> str:
    """A reason in words; its own code where there are none (a file refused as a whole says it in its sentence)."""
    known = f"words.why.{reason}"
    return tell(known) if texts.has(known) else reason


def _n(count: int) -> str:
    return units.integer(count, texts.spoken())


def _summed(name: str) -> str:
    """What was counted, in words; a column of the contract is named as sources.yml names it."""
    known = f"console.check.sum.{name}"
    return tell(known) if texts.has(known) else _field(name)


def _counted(name: str, value) -> str:
    """A sum or count with its name: what is counted follows its number, a column of the contract stands before its sum."""
    counts = texts.has(f"console.check.sum.{name}")
    return f"{_figure(value)} {_summed(name)}" if counts else f"{_summed(name)} {_figure(value)}"


def _field(name: str) -> str:
    """A column of a contract in words."""
    return tell(f"fields.{name}") if texts.has(f"fields.{name}") else name


def _table(name: str) -> str:
    """A table in words; in English by its id, which stands in sources.yml."""
    return name if texts.spoken() == "en" else tell(f"words.table.{name}")


def _place(table: str, column: str) -> str:
    """Where in the contracts: `costs.purpose`, and its name where that is said in other words."""
    place, name = (f"{table}.{column}", _field(column)) if column else (table, _table(table))
    return place if name in (column, table) else f"{place} ({name})"


def _figure(value) -> str:
    """A sum as a till prints it, with two decimals; a count whole."""
    return units.till(value, texts.spoken()) if isinstance(value, float) else _n(value)


def _shown(value) -> str:
    """A cell of the preview as the reader writes it."""
    if isinstance(value, float | Decimal):
        return units.till(float(value), texts.spoken())
    return units.short_date(value, texts.spoken()) if isinstance(value, date) else accepted([value])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)


def _lines(f: dict) -> list[str]:
    head = f["file"]
    if f["verdict"] != "read":
        return [f"{head}: {tell('console.check.verdict.' + f['verdict'])}", *_wrapped(f["message"]), ""]
    counts = {k: _n(f[f"rows_{k}"]) for k in ("read", "kept", "dropped", "replaced")} | {"aside": _n(f["rows_quarantined"])}
    first, last = (units.short_date(d, texts.spoken()) if d else "" for d in f["period"])
    days = tell("console.check.days", first=first, last=last) if first else ""
    currency = " ".join(f["currency"]) or tell("console.check.base_currency")
    out = [
        f"{head}: {f['recipe']} ({f['reason']})",
        f"    {tell('console.check.rows', days=days, currency=currency, **counts)}",
    ]
    named = f["set_aside"]
    out += [f"    {_fault(a)}" for a in named]
    out += [
        f"    {tell('console.check.aside_rest', n=_n(n), why=_why(reason), code=reason)}"
        for reason, n in f["reasons"].items()
        if reason not in {a["reason"] for a in named}
    ]
    for place, n in f["cells_left_blank"].items():
        where, reason = place.split(": ", 1)
        said = {"n": _n(n), "why": _why(f"cell_{reason}"), "code": reason, "where": _place(*where.split(".", 1))}
        out.append(f"    {tell('console.check.blank', **said)}")
    if f["rows_later"]:
        day = units.short_date(f["counted_until"], texts.spoken())
        out.append(f"    {tell('console.check.later', n=_n(f['rows_later']), day=day)}")
    if f["totals"]:
        totals = tell("console.check.totals_equal") if f["totals"] == "equal" else f["totals"]
        out.append(f"    {tell('console.check.totals', totals=totals)}")
    if n := f["rows_replaced_by_other_files"]:
        out.append(f"    {tell('console.check.newer', n=_n(n))}")
    for r in f["restated"]:
        said = {"table": _table(r["table"]), "month": r["month"], "column": _field(r["column"])}
        said |= {k: _figure(float(r[k])) for k in ("before", "after")}
        out.append(f"    {tell('console.check.restated', file=r['earlier_file'], **said)}")
    for name, sums in f["sums"].items():
        told = ", ".join(_counted(c, v) for c, v in sums.items() if not isinstance(v, dict))
        out.append(f"    {_table(name)}: {told}")
    if (people := f["people"]) and people["folded"] < people["accounts"]:
        out.append(f"    {tell('console.check.folded', n=_n(people['accounts']), people=_n(people['folded']))}")
    if f["unused"]:
        out += _wrapped(tell("console.check.unused", columns=", ".join(f["unused"])))
    if f["message"]:
        out += _wrapped(tell("console.check.note", text=f["message"]))
    if "orders" in f["tables"]:
        out += [
            "    "
            + " | ".join(f"{_field(c)}={_shown(v)}" for c, v in row.items() if c in PREVIEWED)
            for row in f["preview"]
        ]
    return [*out, ""]


__all__ = ["Checked", "check", "report"]
