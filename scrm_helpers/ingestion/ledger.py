"""The books of ingestion: files, row_fates, quarantine, coverage and fill; the counts of every file add up, or it raises."""

from decimal import Decimal
from functools import partial

import ibis
import pandas as pd
import pyarrow as pa

from scrm_helpers import tables, texts
from scrm_helpers.ingestion import quarantine, recognised, settle
from scrm_helpers.ingestion.abreast import Job
from scrm_helpers.ingestion.across import AMOUNT_AT, MONTH_AT
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.expressions import When
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import NUMERIC, Reader
from scrm_helpers.tables import Kind

TOLERANCE = 0.005  # of the total: printed figures are rounded
PER_PIECE = ("hourly_rate", "unit_cost", "promised_low", "promised_high")  # of one hour or piece: no sum says anything
EQUAL = "equal"  # what a totals row is that says what its rows sum to


def typed(frame: pd.DataFrame, name: str) -> pa.Table:
    """A frame as an Arrow table with the contract's kinds (a column that is blank throughout keeps its kind)."""
    table = tables.contract(name)
    kinds = {c.name: c.kind.ibis for c in table.columns if c.name in frame.columns}
    schema = ibis.schema(kinds).to_pyarrow()
    return pa.Table.from_pandas(frame[list(kinds)], schema=schema, preserve_index=False)


class ReconciliationError(AssertionError):
    """Rows were lost between a file and the tables: a fault of this program."""


def counted(run) -> dict[str, object]:
    """What the books need of the rows that were read, once what they end in is made: it can then be forgotten (see `Ingestion.forget`)."""
    jobs, feds = [Job("quarantine", partial(_quarantine, run))], run.feds
    for k, t in enumerate(run.taken):
        if t.part is not None:
            jobs.append(Job(f"span {k}", partial(_span, feds=t.feds)))
            if t.verdict != "refused":
                jobs.append(Job(f"fates {k}", partial(settle.fates, part_no=t.number, part=t.part, feds=feds)))
    return run.abreast(jobs)


def frames(run, found: dict[str, object] | None = None) -> dict[str, pd.DataFrame]:
    """The five tables, as small frames (quarantine may be long). `found`: what `counted` gave."""
    found = found or counted(run)
    fates = _fates(run, found)
    books = {"files": _files(run, found, fates), "row_fates": fates, "quarantine": found["quarantine"]}
    return books | run.abreast([Job("coverage", partial(_coverage, run)), Job("fill", partial(_fill, run))])


def _fates(run, found: dict) -> pd.DataFrame:
    rows = []
    for k, t in enumerate(run.taken):
        if t.part is None:
            continue
        if t.verdict == "refused":
            rows.append((t.file, t.part.part, "quarantined", t.code or "refused", t.refused_rows))
            continue
        rows += [(t.file, t.part.part, fate, detail, n) for fate, detail, n in found[f"fates {k}"]]
    told = pd.DataFrame(rows, columns=["source_file", "part", "fate", "detail", "rows"])
    return (
        told.astype({"rows": "int64"})
        .groupby(["source_file", "part", "fate", "detail"], sort=True, as_index=False)["rows"]
        .sum()
    )


def reconcile(read: dict[tuple[str, str], int], fates: pd.DataFrame) -> None:
    """Raises ReconciliationError where the fates of a file's rows do not add up to the rows that were read."""
    told = fates.groupby(["source_file", "part"])["rows"].sum().to_dict() if len(fates) else {}
    wrong = [
        f"{file} {part}: read {n}, accounted for {told.get((file, part), 0)}"
        for (file, part), n in read.items()
        if told.get((file, part), 0) != n
    ]
    if wrong:
        raise ReconciliationError(
            "rows were lost on the way (a fault of this program, not of the files):\n- " + "\n- ".join(wrong)
        )


def _files(run, found: dict, fates: pd.DataFrame) -> pd.DataFrame:
    out, read = [], {}
    by = (
        fates.pivot_table(index=["source_file", "part"], columns="fate", values="rows", aggfunc="sum", fill_value=0)
        if len(fates)
        else None
    )
    for k, t in enumerate(run.taken):
        part = t.part.part if t.part else ""
        total = (t.part.rows + len(t.part.dropped)) if t.part else 0
        read[t.file, part] = read.get((t.file, part), 0) + total
        counts = by.loc[(t.file, part)].to_dict() if by is not None and (t.file, part) in by.index else {}
        first, last, currencies = found.get(f"span {k}", (None, None, ""))
        out.append(
            {
                "source_file": t.file,
                "part": part,
                "digest": t.digest,
                "recipe": (t.recipe.name or "sources.yml") if t.recipe else None,
                "reason": texts.kept(t.reason) or None,
                "verdict": t.verdict,
                "message": texts.kept(t.message) or None,
                "encoding": (t.part.encoding if t.part else None) or None,
                "tables": " ".join(dict.fromkeys(f.table for f in t.feds) or recognised.tables_of(t, run.recipes)) or None,
                "rows_read": total,
                **{
                    f"rows_{fate}": int(counts.get(fate, 0))
                    for fate in ("kept", "quarantined", "dropped", "later", "replaced")
                },
                "first_on": first,
                "last_on": last,
                "exported_on": pd.Timestamp(t.exported_on).date() if t.exported_on else None,
                "currency": currencies or None,
                "totals": (t.totals if t.totals == EQUAL else texts.kept(t.totals)) or None,
            }
        )
    reconcile({k: n for k, n in read.items() if n}, fates)
    files = pd.DataFrame(out)
    return files.drop_duplicates(["source_file", "part"], keep="first") if len(files) else files


def _span(con, feds) -> tuple:
    days, money = [], set()
    for f in feds:
        time = tables.contract(f.table).time
        have = {c[0] for c in con.execute(f"DESCRIBE {f.rows}").fetchall()}
        if time and time in have:
            low, high = con.execute(
                f'SELECT min("{time}"), max("{time}") FROM {f.rows} WHERE _bad IS NULL AND NOT _later '
                f"AND \"{time}\" < getvariable('scrm_as_of')::DATE"  # a refusal is kept though later; it makes no source complete
            ).fetchone()
            days += [d for d in (low, high) if d is not None]
        if f.feed.currency is not None:
            money |= {
                r[0]
                for r in con.execute(f"SELECT DISTINCT _currency FROM {f.rows} WHERE _currency IS NOT NULL").fetchall()
            }
    return (min(days) if days else None, max(days) if days else None, " ".join(sorted(money)))


def _quarantine(run, con) -> pd.DataFrame:
    columns = ["source_file", "source_row", "table", "column", "reason", "value", "amount", "unread"]
    sql = quarantine.rows(con, run.feds)
    found = (
        con.execute(f'SELECT DISTINCT ON (source_file, source_row, "table", "column") * FROM ({sql}) ORDER BY ALL').df()
        if sql
        else pd.DataFrame(columns=columns)
    )
    amount = [None if pd.isna(v) else Decimal(f"{v:.4f}") for v in found["amount"]]
    known = found[columns].astype({"source_row": "int64", "unread": "bool"})
    return known.assign(amount=pd.Series(amount, index=found.index, dtype=object))


def _coverage(run, con) -> pd.DataFrame:
    parts = []
    for name in sorted({f.table for f in run.feds}):
        time = tables.contract(name).time
        if time and time in {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}:
            days = f'SELECT {_system(run, name)} AS system, "{time}" AS day, count(*) AS n FROM made_{name} WHERE day NOTNULL GROUP BY ALL'
            parts.append(f"""SELECT '{name}' AS "table", system::VARCHAR AS system, strftime(day, '%Y-%m') AS month, sum(n)::BIGINT AS rows,
                count(*) AS days, max(day) AS last_on FROM ({days}) GROUP BY ALL""")
    if not parts:
        return pd.DataFrame(columns=["table", "system", "month", "rows", "days", "last_on"])
    found = con.execute(" UNION ALL ".join(parts) + " ORDER BY ALL").df()
    return found.assign(last_on=pd.to_datetime(found.last_on).dt.date)


def _fill(run, con) -> pd.DataFrame:
    rows = []
    for name in sorted({f.table for f in run.feds}):
        table = tables.contract(name)
        have = [
            c[0]
            for c in con.execute(f"DESCRIBE made_{name}").fetchall()
            if c[0] in table.by_name and c[0] not in ("system", "source_file", "source_row")
        ]
        counts, of = ", ".join(f'count("{c}")' for c in have), _system(run, name)
        by_system = "GROUP BY system ORDER BY system" if of == "system" else "HAVING count(*) > 0"
        for system, whole, *filled in con.execute(f"SELECT {of}, count(*), {counts} FROM made_{name} {by_system}").fetchall():
            rows += [(name, system, c, whole, n) for c, n in zip(have, filled, strict=True)]
    return pd.DataFrame(rows, columns=["table", "system", "column", "rows", "filled"])


def _system(run, name: str) -> str:
    """SQL of the system that a row of a table comes from: a word where there is one only, so that millions of rows are not asked for it."""
    systems = {f.system for f in run.feds if f.table == name}
    return quote(systems.pop()) if len(systems) == 1 and name != "accounts" else "system"  # orders bring accounts along


def totals(con, part: Part, r: Reader, feeds: list = ()) -> str:
    """'equal', or what differs: the file's own totals row against the sum of its rows, for every column read as a number.

    `feeds`: those of sources.yml. Where one of them gives some rows of a column another sign (returns that are written positive), right
    is what the rows add up to with it; a total that adds them up as they are written is told as such.

    Right is what the rows add up to as the file has them, or with exact doubles counted once, as the numbers count them: a system's
    total does not hold a row that was pasted twice.
    """
    rows = [(n, row) for n, why, row in part.dropped if why == "total"]
    told, wrong = 0, []
    if not rows:
        return ""
    numbers = [n for n, _ in rows]
    for place, kind in sorted(r.used.items()):
        if kind not in NUMERIC or place in part.exact or not _summable(part.folded[place]):
            continue
        plain = r.evidence.number(place, whole=kind == "whole")
        read = _signed(part, r, feeds, place) or plain
        for header, where, cells in _said(part, place, rows):
            whole, once = _sums(con, part, read, where)
            for number, cell in cells:
                sums = [whole, once, *(_between(con, part, read, number, numbers, where) if len(rows) > 1 else ())]
                # a total may have thousands where its rows have none, so it may be read in any way that its writing allows
                readings = con.execute(
                    "SELECT scrm_comma(c), scrm_point(c), TRY_CAST(regexp_replace(scrm_bare(c), '[.,]', '', 'g') AS DOUBLE) FROM (SELECT ?::VARCHAR AS c)",  # noqa: E501
                    [cell.strip() or None],
                ).fetchone()
                said = [v for v in readings if v is not None]
                if not said or whole is None:
                    continue
                told += 1
                gap = min((v - s for v in said for s in sums if s is not None), key=abs)
                if abs(gap) > max(TOLERANCE, abs(whole) * TOLERANCE * 0.01):
                    said_there = {"column": header, "row": str(number), "cell": cell.strip()}
                    unsigned = _sums(con, part, plain, where) if read != plain else ()
                    if any(abs(v - s) <= TOLERANCE for v in said for s in unsigned):
                        wrong.append(texts.tell("console.file.total_unsigned", sum=texts.figure(whole, "till"), **said_there))
                        continue
                    wrong.append(texts.tell("console.file.total_row", sum=_differing(whole, once, said), **said_there))
    return "; ".join(wrong) if wrong else (EQUAL if told else "")


def _said(part: Part, place: int, rows: list[tuple[int, list[str]]]) -> list[tuple[str, str, list[tuple[int, str]]]]:
    """What totals say of a column: what it is called, SQL of the rows that they are about, (row of the total, its cell).

    Of a sheet whose months stood side by side each month was a column of its own.
    """
    if not (part.said and place == AMOUNT_AT):
        return [(part.header[place], "TRUE", [(n, row[place] if place < len(row) else "") for n, row in rows])]
    months: dict[str, tuple[str, list]] = {}
    for number, cells in part.said.items():
        for month, (header, cell) in cells.items():
            months.setdefault(month, (header, []))[1].append((number, cell))
    return [(header, f"c{MONTH_AT} = '{month}'", cells) for month, (header, cells) in months.items()]


def _signed(part: Part, r: Reader, feeds: list, place: int) -> str:
    """SQL of a column of amounts as an entry reads it by a test of the row; '' where none does, or where other amounts come in."""
    for feed in feeds:
        for name, made in feed.columns.items():
            money = isinstance(made, When) and tables.contract(feed.table).by_name[name].kind is Kind.MONEY
            amounts = [c for e in (made.then, made.other) for c in e.columns()] if money else []
            if {at[0] for c in amounts if (at := r.place(c.aliases))} == {place}:
                return r.written_out(made.sql(r, "number"))
    return ""


def _sums(con, part: Part, read: str, where: str) -> tuple[float | None, float | None]:
    """What the rows of a column add up to as the file has them, and with exact doubles of a row counted once."""
    cells = ", ".join(f"c{k}" for k in range(len(part.header)))
    once = f"SELECT DISTINCT {cells} FROM {part.table} WHERE {where}"
    return tuple(
        con.execute(f"SELECT sum({read}) FROM {rows}").fetchone()[0] for rows in (f"{part.table} WHERE {where}", f"({once})")
    )


def _differing(whole: float, once: float, said: list[float]) -> str:
    """The sum of the rows, with doubles counted once where that is another, and by how much a total row says more or less."""
    gap = min((v - whole for v in said), key=abs)
    twice = abs(whole - once) > TOLERANCE
    told = texts.tell("console.file.sum_once", sum=texts.figure(once, "till")) if twice else ""
    direction = "more" if gap > 0 else "less"
    return texts.tell(f"console.file.sum_{direction}", sum=texts.figure(whole, "till"), gap=texts.figure(abs(gap), "till"), once=told)


def _between(con, part: Part, read: str, number: int, totals: list[int], where: str) -> tuple:
    """Sums of the rows since the total before this one, and up to the next: a subtotal stands below its group or above it."""
    before = max((n for n in totals if n < number), default=0)
    after = min((n for n in totals if n > number), default=1 << 62)
    return con.execute(
        f"SELECT sum(v) FILTER (_row > {before} AND _row < {number}), sum(v) FILTER (_row > {number} AND _row < {after}) "
        f"FROM (SELECT _row, {read} AS v FROM {part.table} WHERE {where})"
    ).fetchone()


def _summable(header: str) -> bool:
    """Shares, averages and reach do not add up over rows."""
    return not any(
        w in header
        for w in (
            "rate",
            "oran",
            "ctr",
            "cpc",
            "cpm",
            "reach",
            "erisim",
            "frequency",
            "siklik",
            "ort.",
            "average",
            "unique",
            "per ",
            "id",
            "engagement rate",
        )
    )


def numeric(table: tables.Table) -> list[str]:
    """Columns whose sum says something."""
    return [
        c.name
        for c in table.columns
        if c.kind in (Kind.MONEY, Kind.FLOAT, Kind.INT)
        and c.unit != "share 0-1"
        and c.name not in ("source_row", "line_no", "birth_year", "event_no", *PER_PIECE)
    ]
