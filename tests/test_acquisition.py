"""Cost ledger, cost per new customer, funnel and first purchase, counted by hand."""

import json
from types import SimpleNamespace

import hand
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import acquisition, sales, stats, texts
from scrm_helpers.acquisition import customer_cost, firsts, report_first, report_words
from scrm_helpers.acquisition.ledger import by_month as cost_by_month
from scrm_helpers.acquisition.report_cost import cac_findings, cost_findings, source_findings
from scrm_helpers.findings import Context

PERIOD = "2026-03"
NO_DRAWS = pd.DataFrame(columns=["draw", "month", "kind", "source", "customers"])


def spend(*rows: tuple):
    """('YYYY-MM-DD', source, amount) or with a campaign as a fourth."""
    return hand.table(
        "spend",
        [
            {
                "on": hand.day(r[0]),
                "source": r[1],
                "campaign_id": r[3] if len(r) > 3 else "c",
                "amount": r[2],
                "amount_document": r[2],
                "ad_id": str(n),
            }
            for n, r in enumerate(rows)
        ],
    )


def costs(*rows: dict):
    return hand.table("costs", list(rows))


def hours(month: str, source: str = "instagram", hours: float | None = None, rate: float | None = None, **more) -> dict:
    return {"month": month, "source": source, "kind": "hours", "hours": hours, "hourly_rate": rate, **more}


def ledger(spend_rows=(), cost_rows=(), campaigns=(), period: str = PERIOD):
    return acquisition.cost_ledger(
        spend(*spend_rows), costs(*cost_rows), hand.table("campaigns", list(campaigns)), period=period
    )


def rows(*given: tuple) -> pd.DataFrame:
    """Ledger rows of purpose acquire: (month, source, amount) or (month, source, amount, low, high)."""
    out = [
        {
            "month": g[0],
            "source": g[1],
            "purpose": "acquire",
            "kind": "media",
            "contact_channel": "",
            "amount": g[2],
            "low": g[3] if len(g) > 3 else g[2],
            "high": g[4] if len(g) > 3 else g[2],
            "hours": None,
            "campaign_id": None,
        }
        for g in given
    ]
    return pd.DataFrame(out)


def won(*given: tuple) -> pd.DataFrame:
    """New customers: (month, source, customers)."""
    return pd.DataFrame(
        [{"month": g[0], "kind": "consumer", "source": g[1], "customers": g[2]} for g in given],
        columns=["month", "kind", "source", "customers"],
    )


def table(ledger_rows, new, **more) -> pd.DataFrame:
    return acquisition.cac_table(
        ledger_rows, new, more.pop("drawn", NO_DRAWS), period=PERIOD, first_month="2024-01", **more
    )


def one(frame: pd.DataFrame, window: str, source: str) -> pd.Series:
    return frame[(frame["window"] == window) & (frame["source"] == source)].iloc[0]


# --- the ledger ---


def test_parts_sum_to_the_ledger():
    made = ledger(
        [
            ("2026-03-01", "instagram", 100.25),
            ("2026-03-31", "instagram", 50),
            ("2026-02-28", "google_ads", 70, "keepers"),
        ],
        [
            {"month": "2026-03", "source": "email", "kind": "tools", "amount": 30, "purpose": "keep"},
            hours("2026-03", hours=10, rate=20),
            {
                "month": "2026-03",
                "source": "phone",
                "kind": "overhead",
                "amount": 5,
                "purpose": "serve",
                "contact_channel": "phone",
            },
        ],
        [{"campaign_id": "keepers", "name": "k", "purpose": "keep"}],
    )
    # 100.25 + 50 + 70 + 30 + 10 x 20 + 5 = 455.25
    assert made.rows["amount"].astype(float).sum() == 455.25
    parts = acquisition.by_purpose(made.rows, months=["2026-02", "2026-03"])
    assert parts["amount"].sum() == 455.25
    assert parts[["purpose", "group", "amount"]].values.tolist() == [
        ["acquire", "social", 350.25],
        ["keep", "other", 100.0],
        ["serve", "other", 5.0],
    ]
    assert cost_by_month(made.rows)["amount"].sum() == 455.25
    assert made.left_out.empty and made.estimated.empty and made.unpriced.empty


def test_the_programmes_cost_holds_the_service_given_on_social():
    """Staff and tools of social service stand under no platform: 30 + 10 x 20 of service join 100 of media; the phone's 5 do not."""
    service = {"month": "2026-03", "source": "other", "purpose": "serve", "contact_channel": "social"}
    made = ledger(
        [("2026-03-01", "instagram", 100)],
        [
            {**service, "kind": "tools", "amount": 30},
            {**service, "kind": "hours", "hours": 10, "hourly_rate": 20},
            {**service, "source": "phone", "contact_channel": "phone", "kind": "overhead", "amount": 5},
        ],
    )
    cost = cost_findings(Context("03_acquisition", "2026-03", "en"), SimpleNamespace(period="2026-03", ledger=made))[0]
    assert (cost.id, cost.value, cost.n) == ("acquisition.cost", 330.0, 3)
    assert "100 TL to win customers, 0 TL to keep them, 230 TL to serve them. All channels: 335 TL." in cost.text_en
    assert "the last 12 months (only the 1 with costs)" in cost.text_en and "son 12 ay (yalnız maliyeti olan 1 ay)" in cost.text_tr
    parts = acquisition.by_purpose(made.rows, months=["2026-03"])
    assert parts.loc[parts["group"] == "social", "amount"].sum() == 330.0
    # media alone: the least that it can be, as the board page says of the month
    bare = SimpleNamespace(period="2026-03", ledger=ledger([("2026-03-01", "instagram", 100)], []))
    least = cost_findings(Context("03_acquisition", "2026-03", "en"), bare)[0]
    assert (least.value, least.low, least.high) == (100.0, 100.0, None) and "Social cost at least 100 TL" in least.text_en


def test_media_in_sheet_and_export_counts_once():
    made = ledger(
        [("2026-03-05", "instagram", 100)],
        [
            {
                "month": "2026-03",
                "source": "instagram",
                "kind": "media",
                "amount": 105,
            },  # the same bill, rounded up by hand
            {"month": "2026-03", "source": "facebook", "kind": "media", "amount": 40},  # one bill with Instagram
            {"month": "2026-02", "source": "instagram", "kind": "media", "amount": 90},  # no export of February: counts
            {
                "month": "2026-03",
                "source": "tiktok",
                "kind": "media",
                "amount": 60,
            },  # no export of this platform: counts
            {"month": "2026-03", "source": "instagram", "kind": "content", "amount": 7},
        ],  # not media: counts
    )
    assert made.rows["amount"].astype(float).sum() == 100 + 90 + 60 + 7
    assert made.left_out["amount"].tolist() == [105.0, 40.0]


def test_rows_after_the_period_are_not_seen():
    made = ledger(
        [("2026-03-31", "x", 10), ("2026-04-01", "x", 99)],
        [{"month": "2026-04", "source": "x", "kind": "tools", "amount": 99}],
    )
    assert made.rows["amount"].tolist() == [10.0]


def test_missing_hours_are_a_range_from_the_other_months_and_never_0():
    made = ledger(
        [],
        [
            hours("2026-01", hours=10, rate=100),
            hours("2026-02", hours=30, rate=100),
            hours("2026-03", hours=None, rate=120),
        ],
    )
    gap = made.rows[made.rows["month"] == "2026-03"].iloc[0]
    # least 10 x 120 = 1200, most 30 x 120 = 3600, middle 2400
    assert (gap["low"], gap["high"], gap["amount"]) == (1200.0, 3600.0, 2400.0)
    assert made.estimated["month"].tolist() == ["2026-03"]


def test_a_month_without_any_line_for_hours_is_missing_too():
    made = ledger(
        [("2026-01-01", "instagram", 1)],
        [hours("2026-01", hours=10, rate=100), hours("2026-03", hours=30, rate=100)],
        period="2026-04",
    )
    gaps = made.estimated.set_index("month")
    # February and April have no line: amounts of the other months 1000 and 3000
    assert gaps.index.tolist() == ["2026-02", "2026-04"]
    assert gaps["low"].tolist() == [1000.0, 1000.0] and gaps["high"].tolist() == [3000.0, 3000.0]


def test_hours_without_a_rate_take_least_and_most_rate():
    made = ledger(
        [], [hours("2026-02", hours=10, rate=100), hours("2026-01", hours=10, rate=80), hours("2026-03", hours=5)]
    )
    gap = made.rows[made.rows["month"] == "2026-03"].iloc[0]
    assert (gap["low"], gap["high"]) == (400.0, 500.0)


def test_hours_that_nothing_can_price_are_named_and_not_counted_as_0():
    made = ledger([("2026-03-01", "x", 10)], [hours("2026-03", hours=None)])
    assert made.unpriced["source"].tolist() == ["instagram"]
    assert made.rows["source"].tolist() == ["x"]


def test_two_people_of_one_month_add_up():
    made = ledger([], [hours("2026-03", hours=10, rate=100), hours("2026-03", hours=5, rate=200)])
    assert made.rows["amount"].tolist() == [2000.0] and made.rows["hours"].tolist() == [15.0]


def test_ledger_of_nothing_is_empty():
    made = ledger()
    assert made.rows.empty and list(made.rows.columns)[:3] == ["month", "source", "purpose"]


# --- cost per new customer ---


def test_cac_is_cost_over_customers_of_the_same_months():
    # Fault 1 of published tools: spend over all history over the customers of 30 days. 900 of 2024 and 300 of March; 3 customers of March.
    found = table(
        rows(("2024-12", "instagram", 900), ("2026-03", "instagram", 300)),
        won(("2024-12", "instagram", 1), ("2026-03", "instagram", 3)),
    )
    assert one(found, "1m", "instagram")["value"] == 100.0
    assert (
        one(found, "12m", "instagram")["value"] == 100.0
    )  # the window holds one month with a cost; only its customers count
    assert one(found, "12m", "instagram")["months"] == 1


def test_customers_of_a_month_without_a_ledger_do_not_dilute():
    found = table(rows(("2026-03", "instagram", 300)), won(("2026-02", "instagram", 50), ("2026-03", "instagram", 3)))
    assert one(found, "3m", "instagram")["customers"] == 3


def test_the_first_month_of_the_data_is_left_out_of_both_sides():
    found = acquisition.cac_table(
        rows(("2026-02", "x", 500), ("2026-03", "x", 300)),
        won(("2026-02", "x", 99), ("2026-03", "x", 3)),
        NO_DRAWS,
        period=PERIOD,
        first_month="2026-02",
    )
    assert one(found, "3m", "x")[["cost", "customers", "value"]].tolist() == [300.0, 3, 100.0]


def test_a_channel_that_spent_and_won_nobody_is_a_row():
    found = table(rows(("2026-03", "tiktok", 900), ("2026-03", "instagram", 100)), won(("2026-03", "instagram", 1)))
    row = one(found, "1m", "tiktok")
    # rule of three: with none won, at least 900 / 3.0 = 300 (95%)
    assert pd.isna(row["value"]) and row["customers"] == 0 and row["low"] == 300.0 and pd.isna(row["high"])
    sources = found[(found["window"] == "1m") & ~found["source"].isin(customer_cost.GROUPS)]
    assert sources["cost"].sum() == 1000.0  # spend in the table is spend in the ledger
    assert one(found, "1m", "all")["cost"] == 1000.0


def test_none_won_costs_at_least_a_third_whatever_the_unknown_sources():
    found = table(rows(("2026-03", "tiktok", 900)), won(("2026-03", "unknown", 40), ("2026-03", "email", 60)))
    row = one(found, "1m", "tiktok")
    # 900 / 3.0; the 40 of unknown source stand beside as a share and in the sentence, not inside the figure
    assert row["low"] == 300.0 and row["unknown_share"] == 0.4
    values = {"source": "TikTok", "cost": "900 TL", "window": "x", "least": "300 TL"}
    for share, en, tr in ((0.4, "is unknown", "bilinmeyenlerin payı"), (0.0, "", "")):
        hidden = report_words.hidden_share(share)
        said = {lang: texts.say("acquisition.none_won", lang, **values, hidden=hidden[lang]) for lang in ("en", "tr")}
        assert said["en"].endswith("(rule of three, 95%)." + hidden["en"]) and en in hidden["en"] and tr in hidden["tr"]
        assert bool(hidden["en"]) == (share > 0)


def test_without_any_known_source_no_cost_of_a_customer_is_bounded():
    """900 on TikTok and all 40 new customers of unknown source: all of them may be its own, so 300 is no least. With one known it is."""
    said = {}
    for name, new in (("none", won(("2026-03", "unknown", 40))), ("one", won(("2026-03", "unknown", 39), ("2026-03", "email", 1)))):
        made = table(rows(("2026-03", "tiktok", 900)), new).set_index(["window", "source"])
        low = made.loc[("1m", "tiktok"), "low"]
        assert pd.isna(low) if name == "none" else low == 300.0  # the table says what the sentence says
        study = SimpleNamespace(cac=table(rows(("2026-03", "tiktok", 900)), new), new=new, lags=pd.DataFrame({"value": [1.0]}),
                                nominal=(), real=(), last_month="2026-03")  # fmt: skip
        said[name] = {f.id: f for f in cac_findings(Context("03_acquisition", "2026-03", "en"), study)}
    for each in ("acquisition.cac", "acquisition.none_won.tiktok"):
        none, one = said["none"][each], said["one"][each]
        assert "is not known" in none.text_en and "300" not in none.text_en + none.text_tr + none.values
        assert "at least 300 TL" in one.text_en
        assert none.state == one.state
    assert json.loads(said["none"]["acquisition.cac"].values)["unknown"] == 1.0


def test_three_months_are_deflated_where_the_rule_names_them():
    cost = rows(("2026-02", "x", 100), ("2026-03", "x", 100))
    factors = {f"{y}-{m:02d}": 1.0 for y in (2025, 2026) for m in range(1, 13)} | {"2026-02": 1.5}
    found = table(cost, won(("2026-02", "x", 2), ("2026-03", "x", 3)), factors=factors, real=("3m", "12m"))
    assert one(found, "3m", "x")["real_value"] == 50.0 and pd.isna(one(found, "1m", "x")["real_value"])  # (150 + 100) / 5


def test_groups_and_sources_add_up():
    found = table(
        rows(
            ("2026-03", "tiktok", 900), ("2026-03", "email", 50), ("2026-03", "other", 25), ("2026-03", "unknown", 25)
        ),
        won(("2026-03", "tiktok", 4), ("2026-03", "email", 2), ("2026-03", "unknown", 3)),
    )
    month = found[found["window"] == "1m"].set_index("source")
    for column, whole in (("cost", 1000.0), ("customers", 9)):
        assert (
            month.loc[["social", "other_known", "other", "unknown"], column].sum() == whole == month.loc["all", column]
        )


def test_a_source_without_a_booked_cost_has_no_cost_rather_than_0():
    found = table(rows(("2026-03", "instagram", 100)), won(("2026-03", "store", 5)))
    assert pd.isna(one(found, "1m", "store")["cost"]) and pd.isna(one(found, "1m", "store")["value"])


def test_exact_poisson_limits():
    # 61 customers for 25,132: 412; limits of a Poisson count of 61 at 90%: 48.75 to 75.47 (chi-squared quantiles / 2)
    found = acquisition.cac((25132.0, 25132.0, 25132.0), 61)
    from scipy.stats import chi2

    assert found.value == 412.0
    assert found.low == pytest.approx(25132 / (chi2.ppf(0.95, 124) / 2)) and found.high == pytest.approx(
        25132 / (chi2.ppf(0.05, 122) / 2)
    )


def test_unknown_source_bounds_and_range_of_hours():
    found = acquisition.cac((1000.0, 800.0, 1200.0), 40, unknown=10)
    # low: least cost over the upper limit of 40 + 10; high: most cost over the lower limit of 40 alone
    assert found.low == pytest.approx(800 / stats.poisson_exact(50).high)
    assert found.high == pytest.approx(1200 / stats.poisson_exact(40).low)
    assert found.value == 25.0
    none = acquisition.cac((900.0, 900.0, 900.0), 0, unknown=4)
    assert none.value is None and none.low == 300.0  # 900 / 3.0; the 4 of unknown source are told in words


def test_unknown_is_a_row_and_no_channel():
    found = table(rows(("2026-03", "instagram", 100)), won(("2026-03", "instagram", 5), ("2026-03", "unknown", 5)))
    row = one(found, "1m", "unknown")
    assert row["customers"] == 5 and pd.isna(row["value"]) and row["unknown_share"] == 0.5
    # the channel's low end gives it all five unknown ones: 100 over the upper limit of 10
    assert one(found, "1m", "instagram")["low"] == pytest.approx(100 / stats.poisson_exact(10).high)
    blended = one(found, "1m", "all")  # all ten: 100 / 10, no unknown bounds
    assert blended["value"] == 10.0 and blended["low"] == pytest.approx(100 / stats.poisson_exact(10).high)


def test_match_draws_widen_and_never_narrow():
    calm = acquisition.cac((1000.0, 1000.0, 1000.0), 100, draws=[100] * 20)
    moved = acquisition.cac((1000.0, 1000.0, 1000.0), 100, draws=[70, 130] * 10)
    exact = acquisition.cac((1000.0, 1000.0, 1000.0), 100)
    assert calm.low == pytest.approx(exact.low, rel=0.02) and calm.low <= exact.low and calm.high >= exact.high
    # roots 8.37 and 11.40: between-variance (1 + 1/20) x 2.41 = 2.54, total 2.79, reach about 1.73 x 1.67 = 2.9 roots
    low, high = customer_cost.count_limits(100, [70, 130] * 10)
    assert 46 < low < 52 and 157 < high < 170
    assert moved.high > exact.high and moved.low < exact.low


def test_cost_per_customer_divides_by_customers_and_not_by_conversions_or_leads():
    # Fault 4: 10 "results" of the platform, 1 customer who ordered twice.
    orders = hand.orders(
        (0, 9, "2026-01-05", 10),
        (1, 1, "2026-03-05", 100, {"source": "instagram"}),
        (2, 1, "2026-03-09", 100, {"source": "instagram"}),
    )
    made = __import__("scrm_helpers.sales", fromlist=["customers"]).customers(
        orders,
        *(hand.table(n) for n in ("accounts", "leads", "touches")),
        hand.persons(a1=10, a9=90),
        hand.table("golden"),
    )
    new = acquisition.new_by_month(made)
    assert new[["month", "source", "customers"]].values.tolist() == [["2026-03", "instagram", 1]]
    found = acquisition.cac_table(
        rows(("2026-03", "instagram", 500)), new, NO_DRAWS, period=PERIOD, first_month="2026-01"
    )
    assert one(found, "1m", "instagram")["value"] == 500.0


def test_businesses_stand_apart():
    new = pd.concat([won(("2026-03", "instagram", 4)), won(("2026-03", "instagram", 6)).assign(kind="business")])
    assert one(table(rows(("2026-03", "instagram", 100)), new), "1m", "instagram")["value"] == 25.0
    apart = customer_cost.businesses(new, period=PERIOD, first_month="2024-01").set_index(["window", "source"])
    assert apart.loc[("1m", "instagram"), "customers"] == apart.loc[("1m", "all"), "customers"] == 6
    # the 100 were spent once, on consumers: no business row says what one cost
    assert list(apart.columns) == ["customers", "unknown_share"] and apart.loc[("1m", "all"), "unknown_share"] == 0


def test_the_line_by_month_has_the_range_of_the_table():
    # March: 100 spent on instagram, 20 customers of it and 30 of unknown source: 5 each; with all of the unknown 100 / 50 = 2
    cost, new = rows(("2026-03", "instagram", 100)), won(("2026-03", "instagram", 20), ("2026-03", "unknown", 30))
    drawn = new.assign(draw=1)
    line = customer_cost.by_month(cost, new, drawn, period=PERIOD, first_month="2024-01", groups=("instagram",), months=1).iloc[0]
    row = one(table(cost, new, drawn=drawn), "1m", "instagram")
    assert line[["value", "low", "high"]].tolist() == row[["value", "low", "high"]].tolist()
    assert line["value"] == 5.0 and line["low"] < 2.0
    doubled = customer_cost.by_month(
        cost, new, drawn, period=PERIOD, first_month="2024-01", groups=("instagram",), months=1, factors={"2026-03": 2.0}
    )
    assert doubled["value"].tolist() == [10.0]


def test_lagged_shows_the_spread_over_the_same_customers():
    cost = rows(*[(m, "x", v) for m, v in (("2025-12", 100), ("2026-01", 200), ("2026-02", 300), ("2026-03", 400))])
    found = acquisition.lagged(
        cost, won(("2026-03", "x", 10), ("2026-02", "x", 99)), period=PERIOD, first_month="2024-01", group="social"
    )
    # March alone has all four lags: 400, 300, 200, 100 over its 10 customers
    assert found["value"].tolist() == [40.0, 30.0, 20.0, 10.0]


def test_real_terms_write_the_year_in_prices_of_the_period():
    cost = rows(("2025-04", "x", 100), ("2026-03", "x", 100))
    factors = {f"{y}-{m:02d}": 1.0 for y in (2025, 2026) for m in range(1, 13)} | {"2025-04": 1.5}
    row = one(table(cost, won(("2025-04", "x", 2), ("2026-03", "x", 3)), factors=factors), "12m", "x")
    assert row["value"] == 40.0 and row["real_value"] == 50.0  # (100 + 100) / 5 and (150 + 100) / 5
    assert pd.isna(one(table(cost, won(("2026-03", "x", 3)), factors=factors), "1m", "x")["real_value"])


def test_draws_are_counted_in_one_query():
    orders = hand.orders((0, 9, "2026-01-05", 10), (1, 1, "2026-03-05", 100), (2, 2, "2026-03-09", 100))
    people = hand.persons(a1=10, a2=10, a9=90)
    draws = hand.table(
        "person_draws", [{"draw": 1, "account_id": 2, "person_id": 20}, {"draw": 2, "account_id": 2, "person_id": 10}]
    )
    empty = [hand.table(n) for n in ("accounts", "leads", "touches")]
    customers = sales.customers(orders, *empty, people, hand.table("golden"))
    found = acquisition.new_by_draw(
        customers, orders, *empty, people, hand.table("golden"), draws, draws=[1, 2], first_month="2026-01"
    )
    assert found[["draw", "customers"]].values.tolist() == [[1, 2], [2, 1]]  # split: two new customers; together: one


# --- funnel and the source field ---


def test_funnel_has_blanks_with_reasons_and_shares_of_unknown():
    orders = hand.orders(
        (0, 9, "2025-01-05", 10), (1, 1, "2026-03-05", 100), (2, 1, "2026-03-09", 50), (3, 2, "2026-03-09", 50)
    )
    customers = hand.table(
        "customers",
        [
            {"person_id": 10, "first_on": hand.day("2026-03-05"), "source": "instagram"},
            {"person_id": 20, "first_on": hand.day("2026-03-09")},
            {"person_id": 90, "first_on": hand.day("2025-01-05"), "before_data": True},
        ],
    )
    leads = hand.table(
        "leads",
        [
            {"account_id": 1, "created_on": hand.day("2026-03-01"), "source": "instagram"},
            {"account_id": 2, "created_on": hand.day("2026-03-01")},
        ],
    )
    found = acquisition.funnel(
        hand.table("spend"),
        hand.table("activity"),
        leads,
        customers,
        sales.kept_by_persons(orders, hand.persons(a1=10, a2=20, a9=90)),
        period=PERIOD,
    )
    whole = found[found["source"] == "all"].set_index("stage")
    assert whole.loc[["lead", "first_order", "second_order"], "count"].tolist() == [2, 2, 1]
    assert whole.loc[["reached", "shown", "clicked", "prospect"], "count"].isna().all()
    assert whole["reason"].to_dict() == {
        "reached": "no_export",
        "shown": "no_export",
        "clicked": "no_export",
        "lead": "",
        "prospect": "never_filled",
        "first_order": "",
        "second_order": "",
    }
    assert whole.loc["lead", "unknown_share"] == 0.5
    insta = found[found["source"] == "instagram"].set_index("stage")["count"]
    assert insta["lead"] == 1 and insta["second_order"] == 1


def test_share_of_the_source_field_and_traceability():
    people = [
        {"person_id": n, "first_on": hand.day("2026-03-05"), "source": "instagram" if n < 3 else "unknown"}
        for n in range(4)
    ]
    people.append({"person_id": 9, "first_on": hand.day("2026-03-05"), "before_data": True})
    made = hand.table("customers", people)
    shares = acquisition.filled(made, hand.table("leads"), period=PERIOD)
    assert shares["customers"].value == 0.75 and shares["customers"].n == 4 and shares["leads"].value is None
    # person 3 alone has no source: without leads their export is missing, with a lead of theirs its source, else the way to find them
    lead = lambda n: hand.table("leads", [{"lead_id": 1, "account_id": n}])  # noqa: E731
    who = hand.table("persons", [{"account_id": n, "person_id": n} for n in range(5)])
    part = acquisition.traceability(made, hand.table("leads"), who, period=PERIOD)
    assert part[["measure", "part", "whole", "value", "input", "n"]].values.tolist() == [["customers", 3.0, 4.0, 0.75, "leads", 4]]
    assert acquisition.traceability(made, lead(3), who, period=PERIOD)["input"].item() == "source_field"
    assert acquisition.traceability(made, lead(1), who, period=PERIOD)["input"].item() == "order_contacts"
    assert acquisition.traceability(hand.table("customers"), lead(1), who, period=PERIOD)["value"].isna().all()
    # no source at all: the sentence asks for what is missing, not for leads that came
    nobody = hand.table("customers", [{"person_id": 3, "first_on": hand.day("2026-03-05"), "source": "unknown"}])
    for given, wanted in ((hand.table("leads"), "source_missing"), (lead(3), "source_blank"), (lead(1), "source_unmet")):
        traced = acquisition.traceability(nobody, given, who, period=PERIOD)
        told = SimpleNamespace(filled=acquisition.filled(nobody, given, period=PERIOD), traced=traced)
        said = source_findings(Context("03_acquisition", PERIOD, "en"), told)[0]
        assert said.text_en == texts.say(f"acquisition.{wanted}", "en")


# --- first purchase ---


def lead(account: int, on: str, source: str | None = "instagram") -> dict:
    return {"account_id": account, "created_on": hand.day(on), "source": source}


def prospects(leads, orders, **people):
    return acquisition.prospects(
        hand.table("leads", leads),
        sales.kept_by_persons(orders, hand.persons(**people)),
        hand.persons(**people),
        hand.table("golden"),
        period=PERIOD,
    )


def test_prospects_are_people_who_had_not_bought_before():
    orders = hand.orders(
        (1, 1, "2026-01-02", 70), (2, 2, "2025-12-31", 50), (3, 2, "2026-02-01", 50), (4, 3, "2026-03-31", 9)
    )
    found = prospects(
        [
            lead(1, "2025-12-01"),
            lead(2, "2026-01-01"),
            lead(3, "2025-12-31"),
            lead(4, "2026-03-30"),
            lead(None, "2026-01-01"),
        ],
        orders,
        a1=10,
        a2=20,
        a3=30,
        a4=40,
    )
    # person 20 bought before the lead; the lead without account is nobody's
    # 10: 1 Dec to 2 Jan = 32 days; 30: 31 Dec to 31 Mar = 90 days; 40: none yet, seen 30 to 31 March = 1 day
    assert found["ordered_days"].fillna(-1).tolist() == [32, 90, -1]
    assert found["seen_days"].tolist() == [120, 90, 1]
    assert found["net"].tolist() == [70.0, 9.0, 0.0]


def test_initial_purchase_rate_drops_prospects_not_seen_long_enough():
    people = pd.DataFrame(
        {
            "group": ["social"] * 5 + ["other_known"] * 2,
            "ordered_days": [10, 91, np.nan, 5, np.nan, np.nan, np.nan],
            "seen_days": [200, 200, 100, 89, 20, 90, 90],
        }
    )
    found = acquisition.purchase_rate(people).set_index("group")
    # social: seen for 90 days are three, of whom one ordered within 90 (91 days is too late); two are immature
    assert found.loc["social", ["prospects", "bought", "immature"]].tolist() == [3, 1, 2]
    assert found.loc["social", "value"] == pytest.approx(1 / 3)
    assert found.loc["other_known", "value"] == 0.0  # a group at 0% counts
    assert pd.isna(found.loc["unknown", "value"])  # nobody: none, not 0
    # Kaplan-Meier by hand: events at 5 (5 at risk), 10 (4: the one censored at 20 is still in), so 1 - 4/5 x 3/4 = 0.4
    assert found.loc["social", "km"] == pytest.approx(0.4)


def test_same_mix_takes_the_mix_away():
    # Within each city both groups buy alike (big 50%, small 10%); social has more of the big city.
    frames = []
    for group, city, n, hits in (
        ("social", "big", 80, 40),
        ("social", "small", 20, 2),
        ("other_known", "big", 20, 10),
        ("other_known", "small", 80, 8),
    ):
        frames.append(pd.DataFrame({"group": group, "city": city, "y": [1.0] * hits + [0.0] * (n - hits)}))
    people = pd.concat(frames)
    raw = people.groupby("group")["y"].mean()
    assert raw["social"] == pytest.approx(0.42) and raw["other_known"] == pytest.approx(0.18)
    mixed = acquisition.same_mix(people, value="y", cells=["city"])
    assert mixed.social.value == pytest.approx(0.30) and mixed.other_known.value == pytest.approx(
        0.30
    )  # 100 x .5 + 100 x .1 over 200
    assert mixed.overlap == 1.0 and mixed.social.low < 0.30 < mixed.social.high
    assert (
        acquisition.same_mix(
            people[(people["group"] == "social") | (people["city"] == "none")], value="y", cells=["city"]
        )
        is None
    )


def test_first_order_value_counts_returns_on_the_original_order_and_leaves_repeats_out():
    orders = hand.orders(
        (0, 9, "2025-01-05", 10),
        (1, 1, "2026-03-05", 100),
        (2, 1, "2026-03-09", 999),
        (3, 2, "2026-03-01", 60),
        (4, 2, "2026-03-08", -20, {"kind": "return", "original_order_id": 3}),
    )
    customers = hand.table(
        "customers",
        [
            {"person_id": 10, "first_on": hand.day("2026-03-05"), "source": "instagram"},
            {"person_id": 20, "first_on": hand.day("2026-03-01"), "source": "email"},
        ],
    )
    lines = hand.table(
        "order_lines",
        [{"order_id": o, "line_no": k, "ordered_on": hand.day("2026-03-05"), "product_id": p, "net": net}
         for k, (o, p, net) in enumerate([(1, "mug", 40), (1, "lamp", 35), (1, "bulb", 25), (2, "mug", 999), (3, "odd", 60)], 1)],
    )  # fmt: skip
    goods = [("mug", "kitchen"), ("lamp", "light"), ("bulb", "light"), ("odd", None)]
    made = {
        "period": PERIOD, "lines": lines,
        "products": hand.table("products", [{"product_id": p, "category": c} for p, c in goods]),
    }  # fmt: skip
    kept = sales.kept_by_persons(orders, hand.persons(a1=10, a2=20, a9=90))
    values = acquisition.first_values(customers, kept, **made)
    assert sorted(values["net"]) == [40.0, 100.0]
    # of order 1 went 60 to light (35 + 25) and 40 to the kitchen; nothing names the group of order 3
    assert dict(zip(values["group"], values["product"], strict=True)) == {"social": "light", "other_known": ""}
    real = acquisition.first_values(customers, kept, **made, factors={"2026-03": 2.0})
    assert sorted(real["net"]) == [80.0, 200.0]


def test_every_order_counts_by_the_first_source_of_its_customer_and_ranges_know_the_person():
    orders = hand.orders(
        (1, 1, "2026-03-05", 100), (2, 1, "2026-03-09", 50), (3, 2, "2026-02-08", 30), (4, 2, "2026-02-09", 60),
        (5, 2, "2026-02-10", -20, {"kind": "return", "original_order_id": 4}), (6, 3, "2026-03-01", 500), (7, 1, "2025-01-01", 9),
    )  # fmt: skip
    kinds = {1: "consumer", 2: "consumer", 3: "business"}
    people = hand.table("persons", [{"account_id": n, "person_id": n * 10, "kind": kind} for n, kind in kinds.items()])
    rows = [(10, "instagram", "consumer"), (20, "email", "consumer"), (30, "email", "business")]
    customers = hand.table(
        "customers", [{"person_id": p, "source": s, "kind": k, "first_on": hand.day("2025-01-01")} for p, s, k in rows]
    )
    kept = sales.kept_by_persons(orders, people)
    found = acquisition.every_value(customers, kept, period=PERIOD)
    # the dealer's 500 and the order of 2025 (beyond 12 months) are out; of 60 stayed 40
    assert sorted(zip(found["group"], found["net"], strict=True)) == [
        ("other_known", 30.0), ("other_known", 40.0), ("social", 50.0), ("social", 100.0),
    ]  # fmt: skip
    table = acquisition.mean_orders(found).set_index("group")
    assert table.loc["social", ["orders", "persons", "value", "median"]].tolist() == [2, 1, 75.0, 75.0]  # 150 / 2
    assert pd.isna(table.loc["social", "low"])  # one person shows no spread, however many orders
    real = acquisition.every_value(customers, kept, period=PERIOD, factors={"2026-02": 2.0, "2026-03": 1.0})
    assert real["net"].sum() == 150 + 140


def test_the_mix_is_the_finest_in_which_enough_have_their_like():
    # cells by product, city and month: 8 of 10 rows stand in ones of both groups
    row = lambda group, product, month: {"group": group, "product": product, "city": "x", "month": month, "net": 1.0}  # noqa: E731
    both = [row(g, "light", "2026-03") for g in ("social", "other_known") for _ in range(4)]
    alone = [row("social", "light", "2026-01"), row("other_known", "light", "2026-02")]
    fine = acquisition.finest_mix(pd.DataFrame(both + alone), value="net")
    assert fine.cells == ("product", "city", "month") and fine.overlap == 0.8
    # 8 of 11: without the month all have their like
    coarser = acquisition.finest_mix(pd.DataFrame([*both, *alone, row("social", "light", "2026-01")]), value="net")
    assert coarser.cells == ("product", "city") and coarser.overlap == 1.0
    # nowhere enough: by product and city 4 of 9 have their like, by city and month 2: the first, though it is finer
    rows = [("social", "a", "x", "1"), ("social", "a", "x", "2"), ("other_known", "a", "x", "3"), ("other_known", "a", "x", "4"),
            ("social", "b", "y", "5"), ("other_known", "c", "y", "5"), ("social", "d", "z", "6"), ("other_known", "e", "w", "7"),
            ("social", "f", "v", "8")]  # fmt: skip
    few = pd.DataFrame(rows, columns=["group", "product", "city", "month"]).assign(net=1.0)
    found = acquisition.finest_mix(few, value="net")
    assert found.cells == ("product", "city") and found.overlap == pytest.approx(4 / 9)
    assert acquisition.finest_mix(few[few["group"] == "social"], value="net") is None
    # no product is named: cities and months alone, whatever they cover
    blank = acquisition.finest_mix(pd.DataFrame([*both, *alone, alone[0]]).assign(product=""), value="net")
    assert blank.cells == ("city", "month") and blank.overlap == pytest.approx(8 / 11)


def test_order_values_carry_range_and_median():
    values = pd.DataFrame({"group": ["social"] * 30, "net": [10.0] * 20 + [40.0] * 10})
    found = acquisition.order_values(values).iloc[0]
    assert found["value"] == pytest.approx(20.0) and found["median"] == 10.0  # (200 + 400) / 30
    assert found["low"] < 20 < found["high"] and found["orders"] == 30


def test_prospect_value_divides_by_all_prospects_who_were_seen():
    people = pd.DataFrame({"group": ["social"] * 4, "net": [100.0, 0.0, 0.0, 500.0], "seen_days": [90, 120, 90, 10]})
    found = acquisition.prospect_value(people, {"social": 80.0}).iloc[0]
    assert found["value"] == pytest.approx(100 / 3) and found["cost_each"] == 20.0 and found["observed"] == 3


def test_groups_of_sources():
    found = firsts.group_of(pd.Series(["instagram", "email", None, "unknown", "other", "whatsapp"]))
    assert found.tolist() == ["social", "other_known", "unknown", "unknown", "unknown", "social"]


def test_running_twice_gives_the_same_numbers():
    # Fault 8
    values = pd.DataFrame({"group": ["social"] * 50, "net": np.linspace(1, 900, 50)})
    assert acquisition.order_values(values).equals(acquisition.order_values(values))


def test_the_range_is_not_cut_where_customers_cost_more_than_all_spent():
    # Fault 6 is about effects; here: the high end of a cost never stops at the cost itself.
    assert acquisition.cac((100.0, 100.0, 100.0), 1).high > 100.0


def test_sentences_of_several_figures_carry_the_count_they_rest_on():
    context = Context("03_acquisition", "2026-03", "en")
    people = pd.DataFrame(
        {"group": ["social"] * 30 + ["other_known"] * 25, "net": [10.0] * 20 + [40.0] * 10 + [8.0] * 25, "seen_days": 90}
    )
    worth = acquisition.prospect_value(people, {"social": 80.0, "other_known": 50.0})
    counts = pd.DataFrame(
        [("lead", "all", 50), ("lead", "social", 20), ("first_order", "all", 40), ("first_order", "social", 10)],
        columns=["stage", "source", "count"],
    )
    study = SimpleNamespace(
        worth=worth, real={}, nominal={}, funnel=counts, filled={"customers": SimpleNamespace(value=0.8)}, period="2026-03"
    )
    prospect, funnel = report_first.prospect_findings(context, study, 90)[0], report_first.funnel_findings(context, study)[0]
    assert (prospect.n, funnel.n) == (30, 40) and prospect.method == "mean per prospect observed so long"
    low, high = worth.loc[0, ["low", "high"]]
    assert low < 20 < high  # (20 x 10 + 10 x 40) / 30
    assert "30 prospects" in prospect.text_en and "25 prospects" in prospect.text_en and "nine in ten" in prospect.text_en
    for language in texts.LANGUAGES:
        assert "n" in texts.fields(texts.catalogue()["acquisition.cac_lag"][language])


def test_a_funnel_that_counts_nobody_is_no_picture():
    """A company with orders and no source: every stage of social and of other channels is 0, and four bars of no length were drawn."""
    from scrm_helpers.acquisition import stages
    from scrm_helpers.acquisition.study import BOTH, Study

    last = list(stages.STAGES[3:])
    rows = pd.DataFrame([(s, stage, 0.0) for s in ("social", "other_known") for stage in last], columns=["source", "stage", "count"])
    assert Study.funnel_rows(SimpleNamespace(funnel=rows), BOTH).empty
    some = rows.assign(count=[5.0, *[0.0] * (len(rows) - 1)])
    assert len(Study.funnel_rows(SimpleNamespace(funnel=some), BOTH)) == len(rows)
