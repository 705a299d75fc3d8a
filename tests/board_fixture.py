"""A made-up month for tests of the pages: findings and small tables as the notebooks would hand them over. Not real, not the sample."""

from datetime import date

import pandas as pd

from scrm_helpers import findings, goals, periods, tables
from scrm_helpers.findings import Context
from scrm_helpers.stats import Estimate

PERIOD = "2026-03"


def plain(html: str) -> str:
    """A page with ordinary spaces, as a test writes them: what keeps a number and its unit on one line reads as a space or as nothing."""
    return html.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


def empty(name: str) -> pd.DataFrame:
    """A contract table without rows."""
    return pd.DataFrame(columns=[c.name for c in tables.contract(name).columns])


def finding(
    context: Context,
    finding_id: str,
    measure: str,
    value,
    low,
    high,
    *,
    n=61,
    grade="",
    window="1m",
    state="ok",
    missing="",
):
    """A finding with the sentence of another one: what matters in these tests are its numbers."""
    notebook = {
        "acquisition": "03_acquisition",
        "retention": "04_retention",
        "service": "05_service",
        "campaigns": "06_campaigns",
        "ingestion": "01_ingestion",
        "identity": "02_identity",
    }[finding_id.split(".")[0]]
    estimate = Estimate(value, low, high, 0.90, n, "a test's own figure")
    return findings.say(
        Context(notebook, context.period, context.language, context.currency),
        "board.cost",
        id=finding_id,
        measure=measure,
        estimate=estimate,
        grade=grade,
        window=window,
        state=state,
        missing=missing,
    )


def found_for(period: str = PERIOD, language: str = "en", *, step: float = 0.0) -> dict:
    """Findings of one month; `step` moves the three figures, so that months differ."""
    c = Context("03_acquisition", period, language, "TRY")
    rows = [
        finding(c, "acquisition.cac", "cac", 412 - 9 * step, 330 - 7 * step, 540 - 11 * step),
        finding(c, "acquisition.cac_other", "cac", 505, 430, 610, n=120),
        finding(c, "acquisition.unknown", "traceability", 0.18, 0.16, 0.20, n=200),
        finding(
            c,
            "retention.kept",
            "retention",
            0.74 + 0.004 * step,
            0.71 + 0.004 * step,
            0.77 + 0.004 * step,
            n=900,
            window="12m",
        ),
        finding(c, "retention.kept_social", "retention", 0.75, 0.70, 0.79, n=300, window="12m"),
        finding(c, "retention.kept_other", "retention", 0.73, 0.70, 0.77, n=600, window="12m"),
        finding(c, "campaigns.seen", "revenue_seen", 2_100_000, 1_900_000, 2_300_000, n=800),
        finding(c, "campaigns.touched", "revenue_touched", 3_400_000, 3_200_000, 3_600_000, n=1300),
        finding(c, "campaigns.caused", "revenue_caused", 640_000 + 20_000 * step, -300_000, 1_580_000, n=40, grade="B"),
        finding(c, "ingestion.reconciliation", "reconciliation", 0.002, None, None, n=12),
        finding(c, "service.cost_social", "cost_per_resolution", 38, 33, 45, n=400),
        finding(c, "service.cost_phone", "cost_per_resolution", 61, 55, 68, n=900),
        finding(c, "service.csat_social", "csat", 0.81, 0.77, 0.85, n=210),
        finding(c, "service.csat_phone", "csat", 0.79, 0.76, 0.82, n=380),
        finding(c, "service.better", "cheaper_and_happier", 0.74, None, None, n=590),
        finding(c, "identity.precision", "match_precision", 0.99, 0.98, 0.995, n=400),
        finding(c, "identity.recall", "match_recall", 0.93, 0.90, 0.95, n=400),
    ]
    return {f.id: f for f in rows}


def small_tables(period: str = PERIOD) -> tuple[goals.Tables, dict]:
    """Traceability 71% (customers are the weakest; 82% next: 11 points to gain), a cost ledger of 12 months, three goals, two changes."""
    traced = pd.DataFrame(
        {
            "measure": ["spend", "customers", "revenue", "contacts"],
            "part": [90.0, 71.0, 82.0, 88.0],
            "whole": [100.0] * 4,
            "value": [0.90, 0.71, 0.82, 0.88],
            "input": ["campaigns", "leads", "orders", "touches"],
        }
    )
    months = periods.between(periods.shift(period, -11), period)
    parts = [
        ("acquire", "media", 150_000.0, None),
        ("keep", "content", 60_000.0, None),
        ("serve", "hours", 90_000.0, 300.0),
    ]
    # the call centre and Google are in the ledger too, but not the programme's
    others = [
        (m, s, "serve", "hours", c, 500_000.0, 500_000.0, 500_000.0, 900.0, None)
        for m in months
        for s, c in (("phone", "phone"), ("google_ads", ""))
    ]
    ledger = pd.DataFrame(
        [(m, "instagram", p, k, "", a, a * 0.95, a * 1.05, h, None) for m in months for p, k, a, h in parts] + others,
        columns=[
            "month",
            "source",
            "purpose",
            "kind",
            "contact_channel",
            "amount",
            "low",
            "high",
            "hours",
            "campaign_id",
        ],
    )
    promised = pd.DataFrame(
        [
            ("g1", "Win customers at 450 TL", "cac", 120_000.0, 430.0, 470.0),
            ("g2", "Keep three in four", "retention", 90_000.0, 0.71, 0.74),
            ("g3", "Be trusted", "trust", None, 4.0, 4.5),
        ],
        columns=["goal_id", "goal", "metric", "money", "promised_low", "promised_high"],
    ).assign(
        month=period, declared_on=date(2025, 12, 1), purpose="Win and keep customers at a cost that pays",
        strategy="answer within the hour", action="two agents on social", tool="help desk",
    )  # fmt: skip
    log = pd.DataFrame(
        {
            "on": [date(2025, 11, 20), date(2026, 2, 16)],
            "kind": ["price", "staff"],
            "note": ["price rise", "two new agents"],
        }
    )
    calendar = pd.DataFrame(
        {
            "on": [date(2026, 3, 20), date(2026, 2, 14)],
            "name": ["Ramazan Bayrami", "Valentine's Day"],
            "kind": ["religious", "season"],
        }
    )
    last = periods.as_of(period) - pd.Timedelta(days=1)
    cover = pd.DataFrame(
        [
            ("orders", "shop", m, 1200, 28, d)
            for m, d in ((months[0], date(2025, 4, 30)), (periods.shift(period, -1), date(2026, 2, 28)), (period, last))
        ]
        + [("cases", "desk", m, 300, 25, d) for m, d in ((periods.shift(period, -1), date(2026, 2, 28)), (period, last))]
        + [("costs", "sheet", m, 9, 1, periods.first_day(m)) for m in (periods.shift(period, -1), period)],
        columns=["table", "system", "month", "rows", "days", "last_on"],
    )
    before = cover[cover["month"] < period]
    before = before.assign(rows=before["rows"].where((before["table"] != "orders") | (before["month"] == months[0]), 1190))
    files = pd.DataFrame(
        [
            {
                "source_file": "shop/orders.csv",
                "part": "",
                "digest": "ab" * 32,
                "recipe": "generic",
                "verdict": "read",
                "tables": "orders order_lines",
                "rows_kept": 1200,
                "rows_quarantined": 3,
            },
            {
                "source_file": "sheets/costs.xlsx",
                "part": "Hours",
                "digest": "cd" * 32,
                "recipe": "costs",
                "verdict": "read",
                "tables": "costs",
                "rows_kept": 9,
                "rows_quarantined": 0,
            },
        ]
    )
    return goals.Tables(traced, ledger, promised, log, calendar, cover, files), {periods.shift(period, -1): before}


def history_for(period: str = PERIOD, *, snapshot: bool = True) -> pd.DataFrame:
    """Cells whose sums are the figures of `found_for`: two sources for the cost, their mix shifting; customers kept as one cell.

    The month before was published with 412 TL; its snapshot gives 410 with today's code, today's data 415.
    """
    columns = ["measure", "step", "month", "window", "cell", "part", "whole"]
    last, rows = periods.shift(period, -1), []
    for back in range(12, -1, -1):
        month = periods.shift(period, -back)
        step = ((back * 7) % 5) - 2 if back else 0
        cost = 415.0 if back == 1 else 412.0 - 9 * step
        won = (41.0, 20.0) if back == 0 else (38.0, 23.0)
        social = 300.0 * won[0]
        rows += [
            ("cac", "today", month, "1m", "instagram", social, won[0]),
            ("cac", "today", month, "1m", "tiktok", cost * 61 - social, won[1]),
            ("retention", "today", month, "12m", "all", (0.74 + 0.004 * step) * 900, 900.0),
        ]
    if snapshot:
        rows += [
            ("cac", "snapshot", last, "1m", "instagram", 11_400.0, 38.0),
            ("cac", "snapshot", last, "1m", "tiktok", 410.0 * 61 - 11_400.0, 23.0),
            ("retention", "snapshot", last, "12m", "all", 0.74 * 900, 900.0),
        ]
    return pd.DataFrame(rows, columns=columns)


def past_for(period: str = PERIOD, language: str = "en", months: int = 7) -> dict:
    """Earlier months' findings, with their verdicts."""
    out = {}
    for back in range(months, 0, -1):
        earlier = periods.shift(period, -back)
        found = found_for(earlier, language, step=((back * 7) % 5) - 2)
        said = findings.say(
            Context("09_board", earlier, language, "TRY"),
            "board.verdict",
            values={"verb": "", "rule": "", "kept": "", "printed": "hold", "asked": "hold", "state": "closed"},
        )
        out[earlier] = found | {"board.verdict": said}
    return out
