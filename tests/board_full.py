"""The board page at its fullest, for tests of print and of the eye: every section of page two has something to say."""

from dataclasses import replace

import board_fixture as fixture
import pandas as pd
from test_report import made

from scrm_helpers import charts, goals, periods
from scrm_helpers.findings import Context
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
    return made(language, spend_chart=chart, found=full_found(language), tables=full_tables(), **options)
