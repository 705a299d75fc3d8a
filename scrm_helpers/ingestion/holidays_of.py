"""Public holidays of the company's country and the days of Ramadan, for the years of the data: known without any export."""

from datetime import date, timedelta

import holidays
from holidays.calendars.islamic import _IslamicLunar

from scrm_helpers.ingestion.cells import quote

RELIGIOUS = ("ramazan", "kurban", "eid", "bayram arife", "easter", "christmas", "noel")


def calendar_rows(con, country: str, by_table: dict, as_of: date) -> str:
    """SQL that makes `made_calendar`: the sheet's days, if any, plus public ones that no sheet names. '' where the country is unknown."""
    years = _years(con, by_table, as_of)
    rows = [*public(country, years), *(ramadan(years) if country == "TR" else [])]
    have = "calendar" in by_table
    if not rows and not have:
        return ""
    values = ", ".join(
        f"(DATE {quote(d.isoformat())}, {quote(name)}, {quote(kind)}, 'calendar', 'calendar', {n})"
        for n, (d, name, kind) in enumerate(rows, 1)
    )
    known = f'SELECT * FROM (VALUES {values}) t("on", name, kind, system, source_file, source_row)' if rows else ""
    if have:
        con.execute("CREATE OR REPLACE TABLE sheet_calendar AS SELECT * FROM made_calendar")
        known = "SELECT * FROM sheet_calendar" + (
            f' UNION ALL BY NAME (SELECT k.* FROM ({known}) k ANTI JOIN sheet_calendar s ON k."on" = s."on" AND k.name = s.name)'
            if rows
            else ""
        )
    return f"CREATE OR REPLACE TABLE made_calendar AS {known}"


def public(country: str, years: range) -> list[tuple[date, str, str]]:
    """(day, name, kind) of public holidays and half days; a day with two names is two rows."""
    options = {"language": "tr"} if country == "TR" else {}
    out = set()
    for category, kind in (("public", "holiday"), ("half_day", "half_day")):
        try:
            found = holidays.country_holidays(country, years=years, categories=(category,), **options)
        except (NotImplementedError, ValueError):
            continue  # a country, or a kind of day, that the calendar does not know
        for day, names in found.items():
            for name in names.split("; "):
                religious = kind == "holiday" and any(w in name.lower().replace("i̇", "i") for w in RELIGIOUS)
                out.add((day, name.replace(" (tahmini)", ""), "religious" if religious else kind))
    return sorted(out)


def ramadan(years: range) -> list[tuple[date, str, str]]:
    """Every day of Ramadan: the thirty days (or twenty-nine) before the first day of the feast."""
    out, moon = [], _IslamicLunar()
    for year in years:
        for last, _ in moon.eid_al_fitr_dates(year):
            first = next(
                (d for d, _ in moon.ramadan_beginning_dates(year) if timedelta(25) < last - d < timedelta(35)),
                last - timedelta(30),
            )
            out += [(first + timedelta(k), "Ramazan", "season") for k in range((last - first).days)]
    return sorted({d for d in out if d[0].year in years})


def _years(con, by_table: dict, as_of: date) -> range:
    first = as_of.year
    if "orders" in by_table:
        found = con.execute("SELECT min(ordered_on) FROM made_orders").fetchone()[0]
        first = found.year if found else first
    return range(max(first, as_of.year - 15), as_of.year + 1)
