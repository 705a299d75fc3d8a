"""Any file of cases for the race: columns found by flag or by usual names, times in the usual forms, what cannot be read counted."""

from pathlib import Path

import pandas as pd

NAMES = {  # usual headings, lower case; the first that the file has is taken
    "person": ("person", "person_id", "customer", "customer_id", "requester id", "requester_id", "requester", "contact id", "account_id",
               "user_id", "caller", "caller_id", "email", "requester email", "müşteri", "müşteri no", "client", "client_id"),
    "opened": ("opened", "opened_at", "created at", "created_at", "created time", "created", "open date", "open_date", "date_submitted",
               "sys_created_at", "açılış", "açılış tarihi", "tarih", "date", "start", "start_time", "timestamp"),
    "closed": ("closed", "closed_at", "solved at", "resolved_at", "resolved time", "resolved", "closed time", "closed date", "close date",
               "solved_at", "kapanış", "kapanış tarihi", "end", "end_time"),
    "channel": ("channel", "via", "source", "contact_type", "contact type", "origin", "kanal"),
    "type": ("type", "ticket type", "category", "reason", "topic", "issue type", "subject type", "tür", "konu", "u_symptom"),
}  # fmt: skip
DAY_FIRST = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M:%S",
             "%d-%m-%Y %H:%M", "%d-%m-%Y")  # fmt: skip
MONTH_FIRST = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y %H:%M",
               "%m-%d-%Y %H:%M:%S", "%m-%d-%Y %H:%M")  # fmt: skip


def read_cases(path: Path, given) -> tuple[pd.DataFrame, str]:
    """Cases as person, channel, opened, closed, type, and a line on what was left out. SystemExit where it is no use."""
    import duckdb

    if not path.is_file():
        raise SystemExit(f"--cases: came {path}, which is no file. Expected a CSV or Parquet file of cases.")
    con = duckdb.connect()
    con.execute("SET threads = 1; SET TimeZone = 'UTC'")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            con.execute("CREATE TABLE raw AS SELECT * FROM read_parquet(?)", [str(path)])
        else:
            con.execute(
                "CREATE TABLE raw AS SELECT * FROM read_csv(?, all_varchar = true, header = true, null_padding = true, "
                "strict_mode = false, ignore_errors = true)", [str(path)],
            )  # fmt: skip
    except duckdb.Error as error:
        words = str(error).splitlines()[0][:200]
        raise SystemExit(f"--cases: {path.name} could not be read as CSV (UTF-8) or Parquet: {words}. Save it as UTF-8 CSV.") from None
    columns = [row[0] for row in con.execute("DESCRIBE raw").fetchall()]
    chosen = {role: _column(role, getattr(given, role), columns) for role in NAMES}
    for role in ("person", "opened"):
        if chosen[role] is None:
            raise SystemExit(
                f"--cases: {path.name} has no column for the {role}. Came {', '.join(columns[:30])}; name one with --{role} COLUMN."
            )
    total = con.execute("SELECT count(*) FROM raw").fetchone()[0]
    month_first = given.month_first or _month_first(con, chosen["opened"])
    parts = [f"{_moment(chosen[r], month_first)} AS {r}" if chosen[r] else f"NULL::TIMESTAMP AS {r}" for r in ("opened", "closed")]
    parts += [f"nullif(trim({_quoted(chosen[r])}::VARCHAR), '') AS {r}" if chosen[r] else f"NULL::VARCHAR AS {r}"
              for r in ("person", "channel", "type")]  # fmt: skip
    frame = con.execute(f"SELECT {', '.join(parts)} FROM raw").df()
    unread = int(frame["opened"].isna().sum())
    frame = frame[frame["opened"].notna()].reset_index(drop=True)
    if frame.empty:
        raise SystemExit(
            f"--cases: none of {total} rows of {path.name} has a time in {chosen['opened']!r} that can be read. Expected such as "
            "2026-10-09 14:05, 09.10.2026 14:05 or seconds since 1970; name another column with --opened, or say --month-first."
        )
    for name in ("opened", "closed"):
        frame[name] = frame[name].astype("datetime64[us]")
    frame["channel"] = _channels(frame["channel"])
    early = int((frame["closed"] < frame["opened"]).sum())
    used = ", ".join(f"{role}: {column or 'none'}" for role, column in chosen.items())
    alone = int(frame["person"].isna().sum())
    words = (
        f"{used}; {'month' if month_first else 'day'} first where that is open\n"
        f"{total:,} rows, {unread:,} without a readable opening (left out), {alone:,} without a person (each by itself), "
        f"{early:,} closed before they were opened (that time counts as missing)\n"
    )
    return frame[["person", "channel", "opened", "closed", "type"]], words


def _column(role: str, named: str, columns: list[str]) -> str | None:
    lower = {c.strip().lower(): c for c in columns}
    if named:
        if named.strip().lower() not in lower:
            raise SystemExit(f"--{role}: came {named!r}, which the file does not have. Its columns: {', '.join(columns[:30])}.")
        return lower[named.strip().lower()]
    return next((lower[name] for name in NAMES[role] if name in lower), None)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _month_first(con, column: str) -> bool:
    """Whether the second number passes 12 somewhere and the first nowhere, as in 10/25/2026."""
    first, second = con.execute(
        f"SELECT max(try_cast(regexp_extract(v, '^(\\d{{1,2}})[/.-]\\d{{1,2}}[/.-]\\d{{2,4}}', 1) AS INT)), "
        f"max(try_cast(regexp_extract(v, '^\\d{{1,2}}[/.-](\\d{{1,2}})[/.-]\\d{{2,4}}', 1) AS INT)) "
        f"FROM (SELECT {_quoted(column)}::VARCHAR AS v FROM raw)"
    ).fetchone()
    return bool(second and second > 12 and (first or 0) <= 12)


def _moment(column: str, month_first: bool) -> str:
    text = f"trim({_quoted(column)}::VARCHAR)"
    forms = (MONTH_FIRST + DAY_FIRST) if month_first else (DAY_FIRST + MONTH_FIRST)
    listed = ", ".join(f"'{f}'" for f in forms)
    epoch = f"CASE WHEN regexp_full_match({text}, '\\d{{10}}') THEN make_timestamp(({text})::BIGINT * 1000000) " \
            f"WHEN regexp_full_match({text}, '\\d{{13}}') THEN make_timestamp(({text})::BIGINT * 1000) END"  # fmt: skip
    zoned = f"CASE WHEN regexp_matches({text}, '(Z|[+-]\\d{{2}}:?\\d{{2}})$') THEN timezone('UTC', try_cast({text} AS TIMESTAMPTZ)) END"
    return f"coalesce({epoch}, {zoned}, try_cast({text} AS TIMESTAMP), try_strptime({text}, [{listed}]))"


def _channels(raw: pd.Series) -> pd.Series:
    """The suite's own words for channels, by its table for exports; what that does not hold stays 'other'."""
    from scrm_helpers.ingestion import words

    known = {str(k).lower(): v for k, v in words.channel_map().items()}
    own = {name: name for name in ("social", "phone", "email", "in_person", "web", "other")} | {"mail": "email", "call": "phone"}
    return raw.astype("str").str.strip().str.lower().map({**known, **own}).fillna("other")
