"""The company's clock against UTC, as SQL that asks the engine's calendar only about days on which a clock was changed.

The calendar takes half a microsecond for each moment, an addition a twentieth of that; millions of rows have several moments each.
"""

from datetime import datetime, timedelta

FIRST, LAST = "2015-01-01", "2032-01-01"  # between them it is known beforehand; before and after them the calendar is asked
MARGIN = timedelta(days=1)
_known: dict[str, list[str]] = {}  # zone -> its macros, found out once a process
WAYS = {"scrm_utc": "timezone('UTC', timezone({zone}, {t}))", "scrm_here": "timezone({zone}, timezone('UTC', {t}))"}


def macros(con, zone: str) -> list[str]:
    """SQL of the macros scrm_utc (a clock time of the zone in UTC) and scrm_here (the other way). `zone`: as an SQL literal."""
    if zone not in _known:
        _known[zone] = [_macro(con, name, way.format(zone=zone, t="t")) for name, way in WAYS.items()]
    return _known[zone]


def _macro(con, name: str, way: str) -> str:
    spans = [(first + MARGIN, last - MARGIN, shift) for first, last, shift in _spans(con, way) if last - first > 2 * MARGIN]
    known = (f"WHEN t >= TIMESTAMP '{a}' AND t < TIMESTAMP '{b}' THEN t + to_seconds({shift})" for a, b, shift in reversed(spans))
    return f"CREATE OR REPLACE MACRO {name}(t) AS CASE {' '.join([*known, f'WHEN t IS NOT NULL THEN {way}'])} END"


def _spans(con, way: str) -> list[tuple[datetime, datetime, int]]:
    """(first midnight, last one, seconds between the two clocks) of each run of days whose midnights are shifted alike."""
    days = f"SELECT unnest(generate_series(TIMESTAMP '{FIRST}', TIMESTAMP '{LAST}', INTERVAL 1 DAY)) AS t"
    found: list[tuple[datetime, datetime, int]] = []
    for day, shift in con.execute(f"SELECT t, epoch({way} - t)::BIGINT FROM ({days}) ORDER BY t").fetchall():
        if found and found[-1][2] == shift:
            found[-1] = (found[-1][0], day, shift)
        else:
            found.append((day, day, shift))
    return found
