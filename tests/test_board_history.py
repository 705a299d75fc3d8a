"""The table `history`: cells of the headline figures by month, counted by hand; and the bridge of extra sales that it carries."""

from datetime import date

import hand
import pandas as pd
import pytest

from scrm_helpers import campaigns, findings, goals, retention, sales
from scrm_helpers.campaigns.history import caused, revenue_seen
from scrm_helpers.campaigns.rows import COLUMNS, Desk
from scrm_helpers.findings import Context
from scrm_helpers.goals.bridge import cells_of, total
from scrm_helpers.retention.history import months_seen
from scrm_helpers.stats import Estimate
from scrm_helpers.store import month_bits

LAST, PERIOD = "2026-02", "2026-03"


def reader(orders, people: dict[int, int]):
    """Lazy tables by name: orders (id, account, day, net, source) or a table, `people` account -> person; customers as 03 makes them."""
    made = {
        "orders": hand.orders(*((i, a, on, net, {"source": s}) for i, a, on, net, s in orders)) if isinstance(orders, list) else orders,
        "persons": hand.persons(**{f"a{a}": p for a, p in people.items()}),
        "accounts": hand.table("accounts", [{"account_id": a} for a in people]),
    }
    names = ("orders", "accounts", "leads", "touches", "persons", "golden")
    customers = sales.customers(*(made.get(n, hand.table(n)) for n in names))
    return lambda name: customers if name == "customers" else made.get(name) if name in made else hand.table(name)


def cells(rows: pd.DataFrame, step: str, month: str, window: str) -> dict:
    kept = rows[(rows["step"] == step) & (rows["month"] == month) & (rows["window"] == window)]
    return {r.cell: (r.part, r.whole) for r in kept.itertuples()}


def test_customers_kept_by_month_and_source():
    """Data from March 2024 on, so that February and March 2026 have two full windows of twelve months each.

    March 2026 asks who bought from April 2024 to March 2025 and again from April 2025 to March 2026: persons 1, 2 and 3 bought in the
    first, 1 (March 2026) and 2 (June 2025) in the second. February 2026 shifts both by a month: 4, of March 2024, comes in, 1's order
    of March 2026 falls out.
    """
    orders = [
        (1, 1, "2024-06-05", 10, "instagram"), (2, 1, "2026-03-05", 10, None), (3, 2, "2025-01-05", 10, "instagram"),
        (4, 2, "2025-06-05", 10, None), (5, 3, "2024-05-05", 10, "google_ads"), (6, 4, "2024-03-02", 10, "google_ads"),
        (7, 9, "2026-03-31", 10, None),  # the month was read to its end
    ]  # fmt: skip
    today = reader(orders, {a: a for a in (1, 2, 3, 4, 9)})
    seen, through = months_seen(today, today("customers"), period=PERIOD, bits=month_bits)
    rows = retention.history(seen, through=through, period=PERIOD, bits=month_bits)
    assert set(rows["month"]) == {LAST, PERIOD}  # before February 2026 the first window would begin before the data
    assert cells(rows, "today", PERIOD, "12m") == {"instagram": (2, 2), "google_ads": (0, 1)}
    # 4's source: its first order is of the first month of the data, and is tagged all the same
    assert cells(rows, "today", LAST, "12m") == {"instagram": (1, 2), "google_ads": (0, 2)}
    # as published, 2's order of June was not there yet: nobody of the first window came back
    snapshot = reader([o for o in orders if o[0] not in (2, 4, 7)] + [(8, 9, "2026-02-28", 10, None)], {a: a for a in (1, 2, 3, 4, 9)})
    rows = retention.history(seen, through=through, period=PERIOD, bits=month_bits, snapshot=snapshot)
    assert cells(rows, "snapshot", LAST, "12m") == {"instagram": (0, 2), "google_ads": (0, 2)}


def test_revenue_seen_by_month_and_source():
    """March: Instagram 100 and 50 less a return of 30, TikTok 20; February 40; Google's 70 is not social. Three months: all of them."""
    returned = {"kind": "return", "original_order_id": 1, "source": None}
    orders = hand.orders(
        (1, 1, "2026-03-02", 100, {"source": "instagram"}), (2, 2, "2026-03-09", 50, {"source": "instagram"}),
        (3, 1, "2026-03-20", -30, returned), (4, 3, "2026-03-10", 20, {"source": "tiktok"}),
        (5, 4, "2026-02-10", 40, {"source": "instagram"}), (6, 5, "2026-03-12", 70, {"source": "google_ads"}),
    )  # fmt: skip
    today = reader(orders, {a: a for a in range(1, 6)})
    february = reader([(5, 4, "2026-02-10", 44, "instagram")], {4: 4})  # then without VAT taken off
    rows = campaigns.history(revenue_seen(today, period=PERIOD), lifts(), period=PERIOD, snapshot=february)
    assert cells(rows, "today", PERIOD, "1m") == {"instagram": (120.0, 2.0), "tiktok": (20.0, 1.0)}
    assert cells(rows, "today", LAST, "1m") == {"instagram": (40.0, 1.0)}
    assert cells(rows, "today", PERIOD, "3m") == {"instagram": (160.0, 3.0), "tiktok": (20.0, 1.0)}
    assert cells(rows, "snapshot", LAST, "1m") == {"instagram": (44.0, 1.0)}


# --- extra sales by campaign ---------------------------------------------------------------------------------------------


def lifts(*given: dict) -> pd.DataFrame:
    """Campaigns as 06 judged them: 1,000 TL sold while each ran, of which 100 extra."""
    plain = {c: float("nan") for c in COLUMNS} | {
        "campaign_id": "K1", "is_social": True, "state": "ok", "grade": "B", "net": 1000.0, "extra": 100.0, "extra_low": 60.0,
        "extra_high": 140.0, "orders": 50.0, "part_1m": 0.0, "part_12m": 1.0, "before_1m": 0.0, "before_12m": 1.0, "in_year": True,
    }  # fmt: skip
    return pd.DataFrame([plain | g for g in given], columns=list(COLUMNS)).astype({"in_year": bool, "is_social": bool})


def test_a_campaigns_sales_are_parted_over_this_month_and_the_last():
    """20 February to 5 March, 10 TL a day: 9 of 14 days lie in February, 5 in March; all of them in both windows of a year but March."""
    days = pd.date_range("2026-02-20", "2026-03-05", freq="D")
    desk = Desk([], pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), PERIOD, 1, {}, {}, [], [])
    shares = desk.parts(days, pd.Series([10.0] * 14).to_numpy())
    assert shares == pytest.approx({"part_1m": 5 / 14, "part_12m": 1.0, "before_1m": 9 / 14, "before_12m": 9 / 14})


def test_extra_sales_by_month_and_campaign():
    """K1 ran on both sides of the month's end, K2 (twice the extra) in March; C is a weaker grade, M is e-mail: neither is added up."""
    found = lifts(
        {"part_1m": 0.25, "before_1m": 0.75}, {"campaign_id": "K2", "extra": 200.0, "part_1m": 1.0, "before_12m": 0.0},
        {"campaign_id": "C", "grade": "C", "part_1m": 1.0}, {"campaign_id": "M", "is_social": False, "part_1m": 1.0},
    )  # fmt: skip
    rows = pd.DataFrame(caused(found, PERIOD))
    assert cells(rows, "today", PERIOD, "1m") == {"K1": (25.0, 250.0), "K2": (200.0, 1000.0)}
    assert cells(rows, "today", LAST, "1m") == {"K1": (75.0, 750.0)}
    assert cells(rows, "today", PERIOD, "12m") == {"K1": (100.0, 1000.0), "K2": (200.0, 1000.0)}
    # the cells add up to the finding of the page
    said = campaigns.answer.caused(Context("06_campaigns", PERIOD, "en"), found.assign(ends_on=date(2026, 3, 9), p_adjusted=0.5))
    assert said.value == total("revenue_caused", cells_of(rows, "revenue_caused", "today", PERIOD, "1m")) == 225.0


def test_where_last_month_had_only_a_weaker_grade_it_is_counted_by_that():
    found = lifts({"grade": "C", "before_1m": 1.0}, {"campaign_id": "K2", "part_1m": 1.0, "before_12m": 0.0})
    rows = pd.DataFrame(caused(found, PERIOD))
    assert cells(rows, "today", LAST, "1m") == {"K1": (100.0, 1000.0)} and cells(rows, "today", PERIOD, "1m") == {"K2": (100.0, 1000.0)}


def effect(value: float, period: str, window: str = "1m"):
    estimate = Estimate(value, value - 50, value + 50, 0.9, 100, "sum of campaigns")
    return findings.say(
        Context("06_campaigns", period, "en"), "board.cost", id="campaigns.caused", measure="revenue_caused", estimate=estimate,
        grade="B", window=window,
    )  # fmt: skip


def test_each_bar_of_extra_sales_is_its_planted_cause():
    """February: K1 sold 1,000 (100 extra), K2 1,000 (300 extra); printed as 380. March: K1 sold 3,000 (300), K2 1,000 (320).

    Definition and data together: 400 - 380 = 20. At February's halves March's rates 0.10 and 0.32 give 0.21 x 4,000 = 840:
    real 840 - 400 = 440, mix 620 - 840 = -220.
    """
    columns = ["measure", "step", "month", "window", "cell", "part", "whole"]
    rows = [(LAST, "K1", 100.0, 1000.0), (LAST, "K2", 300.0, 1000.0), (PERIOD, "K1", 300.0, 3000.0), (PERIOD, "K2", 320.0, 1000.0)]
    history = pd.DataFrame([("revenue_caused", "today", m, "1m", c, p, w) for m, c, p, w in rows], columns=columns)
    now, before = effect(620.0, PERIOD), effect(380.0, LAST)
    (b,) = goals.bridges({"campaigns.caused": now}, {"campaigns.caused": before}, history, period=PERIOD)
    assert (b.definition, b.restated) == (pytest.approx(20.0), None)
    assert (b.mix, b.real) == (pytest.approx(-220.0), pytest.approx(440.0))
    assert b.before + b.definition + b.mix + b.real == pytest.approx(b.now) and b.published
    # the same campaigns as the month before: no bar but 0, to the last digit
    same = history.assign(part=[0.1 + 0.2, 0.7, 0.3, 0.7], whole=1.0)
    (still,) = goals.bridges({"campaigns.caused": effect(1.0, PERIOD)}, {}, same, period=PERIOD)
    assert (still.mix, still.real) == (0.0, 0.0)
    # both ranges are 50 either way: the noise of the real change is sqrt(50^2 + 50^2) = 70.7 either way
    assert (b.low, b.high) == (pytest.approx(440 - 70.71, abs=0.01), pytest.approx(440 + 70.71, abs=0.01)) and b.kind == "real"
    # a page that spoke of twelve months stands on another scale: last month is counted as this one is
    (other,) = goals.bridges({"campaigns.caused": now}, {"campaigns.caused": effect(5000.0, LAST, "12m")}, history, period=PERIOD)
    assert (other.before, other.definition, other.published) == (400.0, None, False)
