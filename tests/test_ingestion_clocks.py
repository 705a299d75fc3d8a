"""Clocks of a zone against UTC, and moments that carry their own offset: told without asking the engine's calendar for every row."""

import duckdb
import pytest
from test_ingestion_lanes import HEAD, ORDERS, alike, read

from scrm_helpers.ingestion import cells, clocks
from scrm_helpers.ingestion.evidence import Evidence


@pytest.mark.parametrize("zone", ["Europe/Istanbul", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"])
def test_every_moment_is_what_the_calendar_says(zone):
    con = duckdb.connect()
    for macro in clocks.macros(con, f"'{zone}'"):
        con.execute(macro)
    moments = "unnest(generate_series(TIMESTAMP '2013-12-31', TIMESTAMP '2033-01-01', INTERVAL 17 MINUTE))"
    for name, way in clocks.WAYS.items():
        other = way.format(zone=f"'{zone}'", t="t")
        rows = f"(SELECT {moments} AS t UNION ALL SELECT NULL)"
        assert con.execute(f"SELECT count(*) FROM {rows} WHERE {name}(t) IS DISTINCT FROM {other}").fetchone()[0] == 0


def test_a_clock_is_known_beforehand_but_for_the_days_around_its_changes():
    con = duckdb.connect()
    con.execute(clocks.macros(con, "'Europe/Berlin'")[0])
    told = con.execute("SELECT scrm_utc(TIMESTAMP '2026-03-28 12:00'), scrm_utc(TIMESTAMP '2026-03-30 12:00')").fetchone()
    assert [t.hour for t in told] == [11, 10]  # summer time began on 29 March
    assert len(clocks._spans(con, clocks.WAYS["scrm_utc"].format(zone="'Europe/Berlin'", t="t"))) == 35  # two changes in each of 17 years
    assert len(clocks._spans(con, clocks.WAYS["scrm_utc"].format(zone="'UTC'", t="t"))) == 1


def test_an_offset_behind_a_moment_of_one_shape_is_read_without_looking_for_it():
    con = duckdb.connect()
    for macro in cells.MACROS:
        con.execute(macro)
    evidence = Evidence.__new__(Evidence)
    evidence._offset = {0}
    cells_and_seconds = {"2026-09-01 10:00:00 +0300": 10_800, "2026-09-01T10:00:00-03:30": -12_600, "2026-09-01 10:00:00 -0030": -1_800}
    for cell, seconds in cells_and_seconds.items():
        quick, slow = con.execute(f"SELECT {evidence.offset(0)}, scrm_offset(c0) FROM (SELECT ? AS c0)", [cell]).fetchone()
        assert (quick, slow) == (seconds, seconds)


def test_moments_with_an_offset_come_out_as_the_careful_ways_have_them(tmp_path):
    """10:15 in Istanbul is 7:15 in UTC, 13:45 where it is three hours and a half behind; 21:30 in UTC is the next day in Istanbul."""
    moments = ["2026-09-01 10:15:00 +0300", "2026-09-01T10:15:00-0330", "2026-01-05 21:30:00 +0000"] * 3
    rows = [f"F{k},{moment},A,1,10.00" for k, moment in enumerate(moments)]
    odd = {"none": [], "worded": ["5 Sep 2026"], "no_offset": ["2026-09-01 10:15:00"], "utc": ["2026-09-01 10:15:00 Z"]}
    files = {f"{n}.csv": "\n".join([HEAD.strip(), *rows, *(f"G1,{m},A,1,1.00" for m in more), f"G2,{moments[0]},A,1,1.00", ""])
             for n, more in odd.items()}  # fmt: skip
    in_one = alike(tmp_path, files, table=ORDERS, fixed=True)
    assert in_one == {"none.csv": True, "worded.csv": False, "no_offset.csv": False, "utc.csv": False}
    made = read(tmp_path, {"none.csv": files["none.csv"]}, table=ORDERS, fixed=True, way="trusted")["made"]
    told = {str(v) for row in made["orders"] for v in row if hasattr(v, "hour")}
    assert told == {"2026-09-01 07:15:00", "2026-09-01 13:45:00", "2026-01-05 21:30:00"}
    days = {str(v) for row in made["orders"] for v in row if hasattr(v, "year") and not hasattr(v, "hour")}
    assert {"2026-09-01", "2026-01-06"} <= days and "2026-01-05" not in days
