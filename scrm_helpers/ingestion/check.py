"""`check`: what each file was taken for and why, before anything is written; and a first sources.yml drafted from the files found."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from scrm_helpers import periods
from scrm_helpers.ingestion import joins, ledger, mixing, monthly, settle, telling
from scrm_helpers.ingestion.drafting import draft
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.passing import Ingestion, Taken
from scrm_helpers.ingestion.reading import digests
from scrm_helpers.store import Workspace, connect, open_workspace
from scrm_helpers.store.settings import FILE

NO_END = date(2200, 1, 1)  # without a period nothing is cut off


@dataclass
class Checked:
    """What `check` found: `files` one object per file (or sheet, or block), `draft` the text of a first sources.yml."""

    files: list[dict]
    draft: str

    @property
    def ok(self) -> bool:
        """Whether at least one order was read and nothing was refused."""
        return all(f["verdict"] != "refused" for f in self.files) and any("orders" in f["tables"] for f in self.files)

    def json(self) -> str:
        """One object per file, for programs."""
        return json.dumps(self.files, ensure_ascii=False, indent=1, default=str)

    def text(self) -> str:
        """The same for people."""
        return (
            "\n".join(line for f in self.files for line in _lines(f))
            or "No file was found. Put exports into data/raw/ and run again."
        )


def check(raw: str | Workspace = "", *, period: str = "", today: date | None = None) -> Checked:
    """Reads a raw folder without writing anything. Amounts stay in each file's currency.

    What lies after `period`, or else after the day `today`, is counted apart as later; without either nothing is.
    """
    workspace = raw if isinstance(raw, Workspace) else open_workspace(raw)
    con = connect().con
    end = periods.as_of(period) if period else today + timedelta(days=1) if today else NO_END
    run = Ingestion(workspace, con, as_of=end, documents=True)
    mixing.refuse_mixed(workspace, mixing.data_files(digests(run)))
    run.load()
    run.recognise()
    run.feed()
    by_file: dict[str, list[Taken]] = {}
    for t in run.taken:
        by_file.setdefault(t.file, []).append(t)
    files = [_by_itself(con, taken, run) for taken in by_file.values()]
    _among_others(con, run, files, by_file)
    return Checked(files, draft(con, run.settings, run.taken))


def _by_itself(con, taken: list[Taken], run: Ingestion) -> dict:
    """What one file holds, as if it stood alone in the folder."""
    feds, fates = [f for t in taken for f in t.feds], {}
    for name in dict.fromkeys(f.table for f in feds):
        settle.settle(con, name, [f for f in feds if f.table == name], run.as_of.isoformat(), run.as_of.isoformat())
    for t in (t for t in taken if t.part is not None):
        refused = [("quarantined", t.code or "refused", t.refused_rows)]
        fates[t.file, t.part.part] = refused if t.verdict == "refused" else settle.fates(con, t.number, t.part, feds)
    return telling.told(con, taken, fates, run.settings.currency)


def _among_others(con, run: Ingestion, files: list[dict], by_file: dict[str, list[Taken]]) -> None:
    """Adds to each file how many of its rows another, newer file of the folder replaces, and which file is a copy of it."""
    for name in sorted({f.table for f in run.feds}):
        settle.settle(con, name, [f for f in run.feds if f.table == name], run.as_of.isoformat(), run.as_of.isoformat())
    fates = ledger.frames(run, con)["row_fates"]
    changed = monthly.restated(con).to_dict("records")
    replaced = fates[fates["fate"] == "replaced"].groupby("source_file")["rows"].sum()
    first: dict[str, str] = {}
    links = joins.links(con)
    for found in files:
        found["links"] = links.get(found["file"], [])
        told = " ".join(filter(None, (joins.sentence(found["file"], k) for k in found["links"])))
        found["message"] = f"{found['message']} {told}".strip()
        found["restated"] = [r for r in changed if r["source_file"] == found["file"]]
        found["rows_replaced_by_other_files"] = max(0, int(replaced.get(found["file"], 0)) - found["rows_replaced"])
        digest = by_file[found["file"]][0].digest
        if digest and found["verdict"] == "read" and first.setdefault(digest, found["file"]) != found["file"]:
            found["message"] = f"{found['message']} {found['file']}: is the same file as {first[digest]} and counts once.".strip()


def report(workspace: Workspace, *, as_json: bool = False, write: bool = False, today: date | None = None) -> tuple[str, bool]:
    """What the command `check` prints, and whether all is well. `write` drafts sources.yml where there is none yet."""
    try:
        found = check(workspace, today=None if workspace.is_made_up else today)
    except InputError as error:
        return (
            json.dumps([{"verdict": "refused", "message": str(error), "code": error.code}], ensure_ascii=False)
            if as_json
            else str(error)
        ), False
    lines = [found.json() if as_json else found.text()]
    if write:
        path = workspace.raw / FILE
        if path.exists():
            if not as_json:
                lines.append(
                    f"{FILE} is there already and was left as it is. A draft from the files found:\n\n{found.draft}"
                )
        else:
            path.write_text(found.draft, encoding="utf-8", newline="\n")
            if not as_json:
                lines.append(
                    f"{FILE} was written beside the files. Look at each line that says 'wrong?':\n\n{found.draft}"
                )
    return "\n".join(lines), found.ok


def _fault(a: dict) -> str:
    """Rows set aside for one reason: how many, in which column, the first of them, and what would have been right."""
    where = f" in {a['table']}.{a['column']}" if a["column"] else f" in {a['table']}"
    value = f", such as {a['value']!r}" if a["value"] else ""
    expected = f"; expected one of {', '.join(a['expected'])}" if a["expected"] else ""
    return f"{a['rows']} x {a['reason']}{where}{value} (row {a['first_row']}){expected}"


def _lines(f: dict) -> list[str]:
    head = f["file"]
    if f["verdict"] != "read":
        return [f"{head}: {f['verdict']}", f"    {f['message']}", ""]
    out = [
        f"{head}: {f['recipe']} ({f['reason']})",
        f"    rows: {f['rows_read']} read, {f['rows_kept']} kept, {f['rows_quarantined']} set aside, {f['rows_dropped']} dropped, "
        f"{f['rows_replaced']} replaced; days {f['period'][0] or '-'} to {f['period'][1] or '-'}; {' '.join(f['currency']) or 'base currency'}",  # noqa: E501
    ]
    named = f["set_aside"]
    out += [f"    set aside: {_fault(a)}" for a in named]
    out += [f"    set aside: {n} x {reason}" for reason, n in f["reasons"].items() if reason not in {a["reason"] for a in named}]
    if f["totals"]:
        out.append(f"    totals row: {f['totals']}")
    if n := f["rows_replaced_by_other_files"]:
        out.append(f"    a newer file has {n} of these rows")
    out += [
        f"    restated: {r['table']} {r['month']}, {r['column']} {r['before']:,.2f} in {r['earlier_file']}, now {r['after']:,.2f}"
        for r in f["restated"]
    ]
    for name, sums in f["sums"].items():
        out.append(
            f"    {name}: "
            + ", ".join(
                f"{c} {v:,.2f}" if isinstance(v, float) else f"{c} {v}"
                for c, v in sums.items()
                if not isinstance(v, dict)
            )
        )
    if f["message"]:
        out.append(f"    note: {f['message']}")
    if "orders" in f["tables"]:
        out += [
            "    "
            + " | ".join(
                f"{c}={v}"
                for c, v in row.items()
                if c in ("order_no", "ordered_on", "kind", "status", "net", "currency")
            )
            for row in f["preview"]
        ]
    return [*out, ""]


__all__ = ["Checked", "check", "report"]
