"""What is different this month: figures that a later export restated, headers that changed, rows that came late."""

from itertools import pairwise

import pandas as pd

from scrm_helpers import tables
from scrm_helpers.texts import tell

FIGURES = {  # tables whose rows a platform restates, and the figures that are compared
    "spend": ("amount_document", "impressions", "clicks", "results"),
    "orders": ("net",),
    "activity": ("value",),
    "traffic": ("visits",),
}
COLUMNS = ["table", "system", "month", "column", "source_file", "earlier_file", "rows", "before", "after"]
RESTATED = "scrm_restated"


def prepare(con) -> None:
    """An empty place for what changed."""
    con.execute(
        f'CREATE OR REPLACE TABLE {RESTATED} ("table" VARCHAR, system VARCHAR, month VARCHAR, "column" VARCHAR, source_file VARCHAR, '
        "earlier_file VARCHAR, rows BIGINT, before DOUBLE, after DOUBLE)"
    )


def twice(name: str) -> str:
    """Name of the table of the rows of a contract table whose key came more than once."""
    return f"twice_{name}"


def keep(con, name: str, ranked: str) -> None:
    """Keeps what `compare` asks of such rows. `ranked`: SQL that gives their place and rank (1 the newest), with room for more columns."""
    table = tables.contract(name)
    have = {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    columns = [*table.key, table.time, "system", "source_file", *FIGURES[name]]
    told = "".join(f', m."{c}"' for c in dict.fromkeys(columns) if c in have)
    con.execute(f"CREATE OR REPLACE TABLE {twice(name)} AS {ranked.format(told)}")


def compare(con, name: str) -> None:
    """Rows of one key in two exports: what the newest says against the one before it, summed by month."""
    if name not in FIGURES:
        return
    if not con.execute(f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{RESTATED}'").fetchone()[0]:
        prepare(con)
    con.execute(f"""DELETE FROM {RESTATED} WHERE "table" = '{name}'""")
    have = {c[0] for c in con.execute(f"DESCRIBE {twice(name)}").fetchall()}
    table = tables.contract(name)
    key = ", ".join(f'"{k}"' for k in table.key)
    for column in (c for c in FIGURES[name] if c in have):
        con.execute(f"""INSERT INTO {RESTATED}
            WITH ranked AS (SELECT {key}, "{table.time}" AS _day, system AS _system, source_file AS _file, "{column}"::DOUBLE AS _value, _rank
                FROM {twice(name)}),
            newest AS (SELECT * FROM ranked WHERE _rank = 1), earlier AS (SELECT * FROM ranked WHERE _rank = 2)
            SELECT '{name}', n._system, strftime(n._day, '%Y-%m'), '{column}', n._file, e._file, count(*), sum(e._value), sum(n._value)
            FROM newest n JOIN earlier e USING ({key}) WHERE n._file <> e._file AND n._value IS DISTINCT FROM e._value GROUP BY ALL""")  # noqa: E501
    con.execute(f"DROP TABLE {twice(name)}")


def restated(con) -> pd.DataFrame:
    """What changed, one row per table, system, month, figure and pair of files: rows, sum before, sum after."""
    if not con.execute(f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{RESTATED}'").fetchone()[0]:
        return pd.DataFrame(columns=COLUMNS)
    return con.execute(f"SELECT * FROM {RESTATED} ORDER BY ALL").df()


def headers(taken) -> None:
    """Says of a file what its header has gained and lost since the export of the same kind before it."""
    kinds: dict[tuple, list] = {}
    for t in taken:
        if t.verdict == "read" and t.recipe and t.recipe.name and t.part and t.exported_on:
            kinds.setdefault((t.recipe.name, t.part.part if "block" not in t.part.part else ""), []).append(t)
    for group in kinds.values():
        for before, after in pairwise(sorted(group, key=lambda t: (t.exported_on, t.file))):
            if before.file == after.file:
                continue
            old, new = (dict(zip(t.part.folded, t.part.header, strict=True)) for t in (before, after))
            gone = [old[h] for h in old if h and h not in new]
            come = [new[h] for h in new if h and h not in old]
            if gone or come:
                said = "; ".join(
                    tell(f"console.file.{word}", columns=", ".join(map(repr, names[:6])))
                    for word, names in (("gone", gone), ("new", come))
                    if names
                )
                told = tell("console.file.header_differs", file=after.file, other=before.file, what=said)
                after.message = f"{after.message} {told}".strip()


def late(con, feds, seen: set[str], first_day: str) -> pd.DataFrame:
    """Rows of earlier months that only this month's files brought, by table, system and month; empty before a second month.

    `seen`: digests of the files that a run of an earlier period had.
    """
    found = []
    if seen:
        for f in (f for f in feds if f.part.digest not in seen):
            table = tables.contract(f.table)
            have = {c[0] for c in con.execute(f"DESCRIBE made_{f.table}").fetchall()}
            if f.table in FIGURES and table.time in have:
                found += con.execute(f"""SELECT '{f.table}', system, strftime("{table.time}", '%Y-%m'), count(*) FROM made_{f.table}
                    WHERE _feed = {f.feed_no} AND "{table.time}" < DATE '{first_day}' GROUP BY ALL""").fetchall()
    frame = pd.DataFrame(found, columns=["table", "system", "month", "rows"])
    return frame.groupby(["table", "system", "month"], as_index=False, sort=True)["rows"].sum()
