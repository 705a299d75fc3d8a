"""The board page at its fullest, for tests of print and of the eye: every section of page two has something to say."""

from dataclasses import replace

import board_fixture as fixture
import pandas as pd
from test_report import held_pages

from scrm_helpers import charts, goals, periods
from scrm_helpers.findings import Context
from scrm_helpers.goals.bridge import Bridge
from scrm_helpers.goals.earlier import Moved
from scrm_helpers.units import Unit


def full_tables() -> goals.Tables:
    """The fixture's tables with three months of promises, the bridge's cells and a ledger with three accepted differences."""
    small, _ = fixture.small_tables()
    promised = pd.concat([small.goals.assign(month=m) for m in ("2026-01", "2026-02", "2026-03")], ignore_index=True)
    booked = [(m, "revenue", 4e6, None) for m in periods.between("2025-04", "2026-03")]
    named = [
        ("2026-02", "returns not yet booked", -52_000.0, "credit notes of February"),
        ("2026-03", "timing", 81_000.0, "invoiced in April"), ("2026-03", "VAT of the marketplace", 12_000.0, None),
    ]  # fmt: skip
    ledger = pd.DataFrame(booked + named, columns=["month", "part", "net", "note"])
    return small._replace(goals=promised, history=fixture.history_for(), ledger_totals=ledger)


def full_found(language: str) -> dict:
    """The fixture's findings with what the tables of page two print beside them."""
    found = fixture.found_for(language=language)
    beside = {
        "ingestion.reconciliation": {"values": '{"difference": 3200.0}', "window": "12m"},
        "campaigns.seen": {"values": '{"share": 0.16, "later": 2600000.0}'},
        "campaigns.touched": {"values": '{"share": 0.23, "later": 3900000.0}'},
    }
    found |= {name: replace(found[name], **change) for name, change in beside.items()}
    context = Context("03_acquisition", fixture.PERIOD, language, "TRY")
    return found | {"acquisition.cac_all": fixture.finding(context, "acquisition.cac_all", "cac", 470, 430, 520, n=240)}


def full_pages(language: str, **options):
    """Pages with the chart of spend, both bridges and whatever else page two can hold."""
    small, _ = fixture.small_tables()
    spend = goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD)
    chart = charts.stacked(spend, time="month", part="purpose", value="amount", unit=Unit.MONEY, language=language, title="Spend")
    return held_pages(language, spend_chart=chart, found=full_found(language), tables=full_tables(), **options)


def crowded(language: str) -> str:
    """The board page of a month in which everything happened: three bridges, another window than last month, four past months with other
    data, goals in long words that no run saw in time, sums of six digits below zero."""
    tables = full_tables()
    words = ["Müşteri edinme maliyetini düşürmek", "12 aylık tekrar satın almayı artırmak", "Memnuniyeti yükseltmek"]
    tables = tables._replace(goals=tables.goals.assign(goal=words * 3))
    caused = replace(full_found(language)["campaigns.caused"], value=-128_902.0, low=-360_000.0, high=-1.0)
    bridges = [
        Bridge("acquisition.cac", 1335.0, 1571.0, 0.0, 0.0, -58.0, 294.0, -500.0, 1100.0, True),
        Bridge("campaigns.caused", -172_273.0, -128_902.0, -16_707.0, None, 0.0, 60_077.0, -300_000.0, 700_000.0, True),
        Bridge("campaigns.seen", 29_041.0, 159_266.0, None, None, 1605.0, 128_621.0, None, None, False),
    ]
    restated = [("orders", f"2025-{m:02d}", 1127, 1126) for m in (9, 10, 11, 12)]
    change = {
        "bridges": bridges, "moved": [Moved(f"campaigns.{c}", "3m", "1m") for c in ("seen", "touched")],
        "restated": pd.DataFrame(restated, columns=["table", "month", "rows_before", "rows_now"]),
    }  # fmt: skip
    small, _ = fixture.small_tables()
    spend = goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD)
    chart = charts.stacked(spend, time="month", part="purpose", value="amount", unit=Unit.MONEY, language=language, title="Spend")
    found = full_found(language) | {"campaigns.caused": caused}
    return held_pages(language, spend_chart=chart, found=found, tables=tables, change=change).board
