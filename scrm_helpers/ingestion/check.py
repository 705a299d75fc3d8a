"""`check`: what each file was taken for and why, before anything is written; and a first sources.yml drafted from the files found."""

import json
from dataclasses import dataclass
from datetime import date

import ibis

from scrm_helpers import periods, tables
from scrm_helpers.ingestion import ledger, mixing, settle
from scrm_helpers.ingestion.drafting import draft
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.passing import Ingestion, Taken
from scrm_helpers.ingestion.reading import digests
from scrm_helpers.store import Workspace, open_workspace
from scrm_helpers.store.settings import FILE
from scrm_helpers.tables import Kind, Privacy

NO_END = date(2200, 1, 1)  # without a period nothing is cut off
PREVIEW = 10
MAIN = ("orders", "spend", "cases", "accounts")  # the table whose rows are shown first


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


def check(raw: str | Workspace = "", *, period: str = "") -> Checked:
    """Reads a raw folder without writing anything. Amounts stay in each file's currency; `period` cuts off what comes after it."""
    workspace = raw if isinstance(raw, Workspace) else open_workspace(raw)
    con = ibis.duckdb.connect().con
    run = Ingestion(workspace, con, as_of=periods.as_of(period) if period else NO_END, documents=True)
    mixing.refuse_mixed(workspace, mixing.data_files(digests(run)))
    run.load()
    run.recognise()
    run.feed()
    for name in sorted({f.table for f in run.feds}):
        settle.settle(con, name, [f for f in run.feds if f.table == name], run.as_of.isoformat(), run.as_of.isoformat())
    fates = {}
    for row in ledger.frames(run, con)["row_fates"].itertuples(index=False):
        fates.setdefault((row.source_file, row.part), []).append((row.fate, row.detail, int(row.rows)))
    files = [_one(con, t, fates.get((t.file, t.part.part if t.part else ""), [])) for t in run.taken]
    return Checked(files, draft(con, run.settings, run.taken))


def report(workspace: Workspace, *, as_json: bool = False, write: bool = False) -> tuple[str, bool]:
    """What the command `check` prints, and whether all is well. `write` drafts sources.yml where there is none yet."""
    try:
        found = check(workspace)
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


def _one(con, t: Taken, fates: list[tuple[str, str, int]]) -> dict:
    counted = lambda fate: sum(n for f, _, n in fates if f == fate)  # noqa: E731
    found = {
        "file": t.file,
        "part": t.part.part if t.part else "",
        "recipe": (t.recipe.name or "sources.yml") if t.recipe else None,
        "about": t.recipe.about if t.recipe else "",
        "reason": t.reason,
        "verdict": t.verdict,
        "message": t.message,
        "code": t.code,
        "encoding": t.part.encoding if t.part else "",
        "tables": list(dict.fromkeys(f.table for f in t.feds)),
        "rows_read": (t.part.rows + len(t.part.dropped)) if t.part else 0,
        "rows_kept": counted("kept"),
        "rows_quarantined": counted("quarantined"),
        "reasons": {d: n for f, d, n in fates if f == "quarantined"},
        "rows_dropped": counted("dropped"),
        "dropped": {d: n for f, d, n in fates if f == "dropped"},
        "rows_later": counted("later"),
        "rows_replaced": counted("replaced"),
        "totals": t.totals,
        "exported_on": t.exported_on or None,
        "sums": {},
        "distinct": {},
        "period": [None, None],
        "currency": [],
        "preview": [],
    }
    days: list[date] = []
    for fed in t.feds:
        _add(con, t, fed.table, found, days)
    if days:
        found["period"] = [min(days), max(days)]
    main = next((m for m in MAIN if m in found["tables"]), found["tables"][0] if found["tables"] else None)
    if main:
        found["preview"] = _preview(con, t, main)
    return found


def _add(con, t: Taken, name: str, found: dict, days: list) -> None:
    """Sums, distinct ids, days and currencies of one table's rows that came from this part."""
    if name in found["sums"]:
        return
    table, where = tables.contract(name), _mine(t, name)
    have = {c[0]: c[1] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    numbers = [c for c in ledger.numeric(table) if c in have]
    ids = [c.name for c in table.columns if c.name in have and (c.kind is Kind.ID or c.name.endswith("_id"))]
    picked = ", ".join(
        [*(f'sum("{c}")::DOUBLE' for c in numbers), *(f'count(DISTINCT "{c}")' for c in ids), "count(*)"]
    )
    row = con.execute(f"SELECT {picked} FROM made_{name} WHERE {where}").fetchone()
    found["sums"][name] = {"rows": row[-1]} | {
        c: round(v, 4) for c, v in zip(numbers, row, strict=False) if v is not None
    }
    found["distinct"][name] = {c: v for c, v in zip(ids, row[len(numbers) :], strict=False) if v}
    if name == "orders":
        by = con.execute(
            f"SELECT kind || ', ' || status || CASE WHEN is_internal THEN ', internal' ELSE '' END AS what, count(*), sum(net)::DOUBLE FROM made_orders WHERE {where} GROUP BY 1 ORDER BY 1"  # noqa: E501
        ).fetchall()
        found["sums"]["orders"]["by"] = {what: {"orders": n, "net": round(net, 4)} for what, n, net in by}
    if table.time in have:
        days += [
            d
            for d in con.execute(
                f'SELECT min("{table.time}"), max("{table.time}") FROM made_{name} WHERE {where}'
            ).fetchone()
            if d
        ]
    for fed in t.feds:
        if fed.table == name and fed.feed.currency is not None:
            told = [
                r[0]
                for r in con.execute(
                    f"SELECT DISTINCT _currency FROM {fed.rows} WHERE _currency IS NOT NULL ORDER BY 1"
                ).fetchall()
            ]
            found["currency"] = sorted({*found["currency"], *told})
            money = next((c for c in ("net_document", "amount_document", "net", "amount") if c in have), None)
            if money and len(told) > 1:
                by = con.execute(
                    f"SELECT _currency, sum({money})::DOUBLE FROM {fed.rows} WHERE _bad IS NULL GROUP BY 1 ORDER BY 1"
                ).fetchall()
                found["sums"][name]["by_currency"] = {c: round(v, 4) for c, v in by if v is not None}


def _mine(t: Taken, name: str) -> str:
    feeds = [str(f.feed_no) for f in t.feds if f.table == name]
    return f"_feed IN ({', '.join(feeds)})"


def _preview(con, t: Taken, name: str) -> list[dict]:
    table = tables.contract(name)
    have = {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    shown = [
        c.name
        for c in table.columns
        if c.name in have
        and c.privacy is not Privacy.PERSONAL
        and c.kind is not Kind.ID
        and c.name not in ("system", "source_file")
    ]
    picked = ", ".join(f'"{c}"' for c in shown)
    rows = con.execute(
        f"SELECT {picked} FROM made_{name} WHERE {_mine(t, name)} ORDER BY source_row LIMIT {PREVIEW}"
    ).fetchall()
    return [{c: v for c, v in zip(shown, row, strict=True) if v is not None} for row in rows]


def _lines(f: dict) -> list[str]:
    head = f["file"] + (f" ({f['part']})" if f["part"] else "")
    if f["verdict"] != "read":
        return [f"{head}: {f['verdict']}", f"    {f['message']}", ""]
    out = [
        f"{head}: {f['recipe']} ({f['reason']})",
        f"    rows: {f['rows_read']} read, {f['rows_kept']} kept, {f['rows_quarantined']} set aside, {f['rows_dropped']} dropped, "
        f"{f['rows_replaced']} replaced; days {f['period'][0] or '-'} to {f['period'][1] or '-'}; {' '.join(f['currency']) or 'base currency'}",  # noqa: E501
    ]
    out += [f"    set aside: {n} x {reason}" for reason, n in f["reasons"].items()]
    if f["totals"]:
        out.append(f"    totals row: {f['totals']}")
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
