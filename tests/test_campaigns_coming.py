"""Campaigns that are still to come, and the plan for one: what each would show, and what would help."""

from datetime import date

import pandas as pd
import pytest
from campaign_tables import days_from, order, table
from test_campaigns import lifts
from test_campaigns_methods import START, STORES, campaign, company, judged, units

from scrm_helpers import findings, texts
from scrm_helpers.campaigns import answer, coming, planner
from scrm_helpers.campaigns.rows import Hoped

CONTEXT = findings.Context("06_campaigns", "2026-08", "en")
AHEAD = (700, 728)
PLANS = pd.DataFrame({"stores": [2, 5, 8], "weeks": [2, 4, 4], "smallest_visible": [0.05, 0.045, 0.03]})


@pytest.fixture(scope="module")
def shops():
    return company(lift=0.0)


def test_a_campaign_to_come_is_told_what_its_own_stores_would_show(shops, monkeypatch):
    """With the last window (to 31 August, day 669) alone: to the digit what a campaign of the same stores in that window is told."""
    _, rows = judged(shops, [campaign("K1", AHEAD), campaign("K2", AHEAD)], [*units("K1", range(5)), *units("K2", [3])])
    assert rows["state"].tolist() == ["planned"] * 2 and rows["coming"].tolist() == ["ok"] * 2
    assert rows["treated"].tolist() == [5, 1] and rows["controls"].tolist() == [7, 11]
    assert 0 < rows.loc["K1", "smallest_visible"] < rows.loc["K2", "smallest_visible"] and rows["lift"].isna().all()
    monkeypatch.setattr(planner, "WINDOWS", 1)
    _, alone = judged(shops, [campaign("K1", AHEAD)], units("K1", range(5)))
    _, past = judged(shops, [campaign("K1", (641, 669))], units("K1", range(5)))
    assert past.loc["K1", "state"] == "ok"
    assert alone.loc["K1", "smallest_visible"] == pytest.approx(past.loc["K1", "smallest_visible"], rel=1e-9)


def test_a_campaign_to_come_in_stores_that_had_one_before_is_told_what_it_would_show(shops):
    """K1 ran in the same five stores four windows ago: only what it lies in cannot be told apart from it."""
    _, rows = judged(shops, [campaign("K1", (557, 585)), campaign("K2", AHEAD)], [*units("K1", range(5)), *units("K2", range(5))])
    assert rows.loc["K2", "coming"] == "ok" and 0 < rows.loc["K2", "smallest_visible"] < 0.5
    busy = [campaign(f"K{k}", (start, start + 28)) for k, start in enumerate(range(529, 660, 28), 1)]
    listed = [row for k in range(1, 6) for row in units(f"K{k}", range(5))]
    _, rows = judged(shops, [*busy, campaign("K9", AHEAD)], [*listed, *units("K9", range(5))])
    assert rows.loc["K9", "coming"] == "not_separable"


def test_a_campaign_to_come_may_lie_in_regions_and_changes_nothing_of_others(shops):
    region = [{"campaign_id": "K2", "unit_kind": "region", "unit_id": "R0", "role": "treated"}]
    _, rows = judged(shops, [campaign("K1"), campaign("K2", AHEAD)], [*units("K1", range(5)), *region])
    assert (rows.loc["K2", "coming"], rows.loc["K2", "treated"], rows.loc["K2", "controls"]) == ("ok", 1, 5)
    _, before = judged(shops, [campaign("K1")], units("K1", range(5)))
    pd.testing.assert_series_equal(rows.loc["K1"], before.loc["K1"])


@pytest.mark.parametrize(("window", "given", "wanted"), [
    ((700, 704), {}, "too_short"), ((700, 728), {"rates": ()}, "prices"), ((700, 714), {"rates": ()}, "ok"), ((700, 1100), {}, "few"),
])  # fmt: skip
def test_what_a_campaign_to_come_cannot_be_told_has_its_reason(shops, window, given, wanted):
    """Four days; 28 and four times as many before (140 days: prices asked for) or 14 (70: not); 400 days, of which 668 hold one window."""
    assert judged(shops, [campaign("K1", window)], units("K1", range(5)), **given)[1].loc["K1", "coming"] == wanted


def test_places_that_nobody_knows_and_sales_without_stores(shops):
    assert judged(shops, [campaign("K1", AHEAD)], units("K1", [98]))[1].loc["K1", "coming"] == "unknown_place"
    bare = table("orders", [order(k, on, 100.0) for k, on in enumerate(days_from(START, 668))])
    found, rows = judged(bare, [campaign("K1", AHEAD)], units("K1", range(5)))
    assert rows.loc["K1", "coming"] == "no_store_sales" and found.unplanned == "no_store_sales"


def test_why_there_is_no_plan_is_told_with_the_file_that_mends_it(shops):
    """The same stores and weeks give a plan with an index: without one the index is what is missing. Two stores are too few of them."""
    assert judged(shops, [])[0].unplanned == "" and len(judged(shops, [])[0].plans)
    assert judged(shops, [], rates=())[0].unplanned == "prices"
    assert judged(shops, [campaign("K1")], units("K1", range(5)), rates=())[0].unplanned == "prices"
    assert judged(company(stores=3), [], stores=STORES[:3])[0].unplanned == "few"
    said = {why: coming.plans(CONTEXT, PLANS[:0], why=why)[0] for why in ("prices", "no_store_sales", "few")}
    assert [f.missing for f in said.values()] == ["rates", "orders", "orders"]
    assert "rates sheet" in said["prices"].text_en and "too few" not in said["prices"].text_en and "TÜFE" in said["prices"].text_tr
    assert "no sale names its store" in said["no_store_sales"].text_en and "too few stores" in said["few"].text_en
    refused = answer.campaigns(CONTEXT, lifts({"state": "prices"}))[0]
    assert "rates sheet" in refused.text_en and "kur ve endeks tablosu" in refused.text_tr and refused.missing == "rates"


def row(**more) -> pd.DataFrame:
    given = {"state": "planned", "coming": "ok", "place": "store", "listed": 3, "treated": 3, "controls": 11, "smallest_visible": 0.06,
             "starts_on": date(2026, 11, 9), "days": 21, "in_year": False, "places": "", "lift": float("nan")}  # fmt: skip
    return lifts(given | more)


def said(hoped: float = 0.05, plans: pd.DataFrame = PLANS, **more) -> findings.Finding:
    (found,) = coming.campaigns(CONTEXT, row(**more), plans, Hoped(hoped))
    return found


def test_the_sentence_of_a_campaign_to_come():
    """6% shows 8% and not 5%. Of the plans that show 5%, 2 x 2 weeks is smaller than its 3 stores; 5 x 4 is the cheapest that is not."""
    found = said(0.08)
    assert found.id == "campaigns.coming.K1" and found.state == "ok" and "3 of 14 stores" in found.text_en
    assert "9 November 2026 for 21 days" in found.text_en and "6% or more" in found.text_en and "8% hoped for can be seen" in found.text_en
    assert "14 mağazanın 3 tanesinde" in found.text_tr and "%6" in found.text_tr
    short = said(0.05)
    assert "5% hoped for may well pass unseen" in short.text_en and "5 stores for 28 days" in short.text_en
    assert "would show 4.5% or more" in short.text_en and "5 mağazada 28 gün" in short.text_tr
    assert "No larger plan" in said(0.01).text_en and "No larger plan" in said(0.05, PLANS[:0]).text_en


def test_a_campaign_to_come_without_a_list_asks_for_one():
    found = said(0.05, design="company", coming="")
    assert "list of its stores before it starts" in found.text_en and "2 stores for 14 days" in found.text_en
    assert found.missing == "campaign_units" and "başlamadan önce" in found.text_tr.lower()
    assert "The more stores are left out" in said(0.01, design="company", coming="").text_en
    assert "drawn by lot" in said(0.05, design="accounts", coming="").text_en


@pytest.mark.parametrize("why", ["too_short", "prices", "few", "no_controls", "no_store_sales", "unknown_place", "not_separable"])
def test_every_reason_has_its_sentence(why):
    found = said(coming=why, treated=float("nan"), smallest_visible=float("nan"), places="M98")
    assert found.value is None and "Yaz" in found.text_tr
    wanted = {"prices": "rates", "no_store_sales": "orders", "unknown_place": "stores"}.get(why, "")
    assert (found.missing, found.state) == (wanted, "missing" if wanted else "ok")
    assert set(texts.catalogue()[f"campaigns.coming.{why}"]) == set(texts.LANGUAGES)


def test_a_campaign_that_began_or_was_cancelled_has_no_second_sentence():
    rows = lifts({}, {"campaign_id": "K2", "state": "cancelled"}, {"campaign_id": "K3", "state": "too_short"})
    assert coming.campaigns(CONTEXT, rows, PLANS, Hoped()) == [] and coming.campaigns(CONTEXT, rows[:0], PLANS, Hoped()) == []
