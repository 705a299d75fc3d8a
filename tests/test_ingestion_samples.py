"""Small files in the shapes of real exports (SCRM_REFERENCE_DATA/format_samples): each comes out as its MANIFEST says."""

import json
import re
import shutil
from datetime import date

import pytest

from scrm_helpers import ingestion
from scrm_helpers.tables import Kind, contract

NAMES = (
    "meta_ads_en_daily.csv",
    "google_ads_tr_utf16.csv",
    "ga4_traffic_acquisition.csv",
    "shopify_orders.csv",
    "trendyol_orders_cp1254.csv",
    "orders_mojibake_baked_in.csv",
    "salesforce_report.csv",
    "freshdesk_tickets.csv",
    "logo_invoice_lines_cp1254.csv",
    "GBP insights (Performance Report) - 2025-9-1 - 2025-9-30.csv",
    "kampanya_takvimi.xlsx",
    "hubspot_contacts.csv",
    "orders_html_saved_as.csv",
    "orders_empty.csv",
)


@pytest.fixture(scope="module")
def found(request, tmp_path_factory):
    """What `check` says of all the files at once, and the manifest by file name."""
    folder = request.getfixturevalue("reference") / "format_samples"
    home = tmp_path_factory.mktemp("samples")
    raw = home / "data" / "raw"
    raw.mkdir(parents=True)
    manifest = {m["file"]: m for m in json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))}
    assert set(manifest) == set(NAMES), "the manifest names other files than this test"
    for name in manifest:
        shutil.copy(folder / name, raw / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(home))
        return ingestion.check(today=date(2026, 10, 31)), manifest


@pytest.fixture(scope="module")
def told(found):
    """What `check` says of each file, and the manifest, both by file name."""
    by = {}
    for f in found[0].files:
        by.setdefault(f["file"], []).append(f)
    return by, found[1]


@pytest.mark.parametrize("name", NAMES)
def test_read_or_refused_as_the_manifest_says(told, name):
    by, manifest = told
    verdicts = {f["verdict"] for f in by[name]}
    assert verdicts == {"read" if manifest[name]["expect"] == "read" else "refused"}
    for f in by[name]:
        assert (
            f["rows_read"]
            == f["rows_kept"] + f["rows_quarantined"] + f["rows_dropped"] + f["rows_later"] + f["rows_replaced"]
        )


@pytest.mark.parametrize("name", NAMES)
def test_each_field_of_the_json_is_there_and_agrees_with_the_others(found, name):
    (f,) = [f for f in json.loads(found[0].json()) if f["file"] == name]
    counted = {"reasons": "rows_quarantined", "dropped": "rows_dropped"}
    assert {what: sum(f[what].values()) for what in counted} == {what: f[rows] for what, rows in counted.items()}
    assert list(f["sums"]) == list(f["distinct"]) == f["tables"]
    for table in f["tables"]:
        sums, columns = f["sums"][table], contract(table).by_name
        assert all(columns[c].kind in (Kind.MONEY, Kind.FLOAT, Kind.INT) for c in sums if c in columns)
        assert all(0 < n <= sums["rows"] for n in f["distinct"][table].values())  # no more ids than rows
    if f["verdict"] == "read":
        first, last = map(date.fromisoformat, f["period"])
        assert f["recipe"] and f["reason"] and f["rows_kept"] > 0 and f["tables"] and first <= last
        money = any(c.kind is Kind.MONEY for t in f["tables"] for n, c in contract(t).by_name.items() if n in f["sums"][t])
        assert all(re.fullmatch("[A-Z]{3}", c) for c in f["currency"]) and (f["currency"] or not money)
    else:
        assert f["message"].startswith(name) and f["code"] and f["recipe"] is None
        assert (f["rows_kept"], f["tables"], f["sums"], f["distinct"], f["period"], f["currency"]) == (0, [], {}, {}, [None, None], [])


def test_facts_of_ads(told):
    by, manifest = told
    meta, truth = by["meta_ads_en_daily.csv"][0], manifest["meta_ads_en_daily.csv"]["truth"]
    assert meta["rows_kept"] == truth["rows"] and meta["currency"] == ["USD"]
    assert meta["sums"]["spend"]["amount_document"] == pytest.approx(truth["spend_usd"])
    assert meta["distinct"]["spend"]["campaign_id"] == truth["distinct_campaign_ids"]
    google, truth = by["google_ads_tr_utf16.csv"][0], manifest["google_ads_tr_utf16.csv"]["truth"]
    sums = google["sums"]["spend"]
    assert (sums["rows"], sums["amount"], sums["clicks"], sums["results"]) == (
        truth["rows"],
        truth["cost_try"],
        truth["clicks"],
        truth["conversions"],
    )
    assert google["totals"] == "equal" and google["encoding"] == "utf-16"


def test_facts_of_visits(told):
    by, manifest = told
    ga4, truth = by["ga4_traffic_acquisition.csv"][0], manifest["ga4_traffic_acquisition.csv"]["truth"]
    september, august = ga4["parts"]
    counts = september["sums"]["traffic"]["by_measure"]
    assert september["rows_kept"] == truth["sep_rows"] and len(ga4["parts"]) == truth["tables"]
    assert (counts["sessions"]["visits"], counts["key_events"]["visits"]) == (truth["sep_sessions"], truth["sep_key_events"])
    assert august["rows_kept"] == truth["aug_rows"] and str(august["period"][0]) == "2025-08-01"
    profile = by["GBP insights (Performance Report) - 2025-9-1 - 2025-9-30.csv"][0]
    truth = manifest[profile["file"]]["truth"]
    assert profile["rows_kept"] == truth["rows"] and profile["dropped"] == {"description": 1}
    assert profile["sums"]["traffic"]["by_measure"]["directions"]["visits"] == truth["directions"]
    assert [str(d) for d in profile["period"]] == ["2025-09-01", "2025-09-30"]  # in the file's name alone


def test_facts_of_the_shop(told):
    by, manifest = told
    shop, truth = by["shopify_orders.csv"][0], manifest["shopify_orders.csv"]["truth"]
    states = shop["sums"]["orders"]["by"]
    assert (
        sum(s["orders"] for k, s in states.items() if k.startswith("sale")) == truth["orders"]
        and shop["sums"]["order_lines"]["rows"] == truth["lines"]
    )
    assert shop["sums"]["orders"]["completed"]["gross"] == truth["net_valid_revenue"]
    # 949.90 with VAT is 949.90 - 158.32 without; the refunded 400.00 stands as a sale and a return of 333.33 each; the voided one is cancelled  # noqa: E501
    assert states["sale, completed"]["net"] + states["return, completed"]["net"] == pytest.approx(
        truth["net_valid_revenue"] - 158.32
    )


def test_facts_of_the_marketplace(told):
    by, manifest = told
    market, truth = by["trendyol_orders_cp1254.csv"][0], manifest["trendyol_orders_cp1254.csv"]["truth"]
    states = market["sums"]["orders"]["by"]
    assert market["rows_kept"] == truth["rows"] and market["encoding"] == "cp1254"
    # no product list here, so the company's 20%: 1,124.90 / 1.2 = 937.42 and 999.90 / 1.2 = 833.25
    assert states["return, completed"]["net"] == pytest.approx(-truth["returned"] / 1.2, abs=0.005)
    assert states["sale, completed"]["net"] + states["return, completed"]["net"] == pytest.approx(
        truth["valid_net"] / 1.2, abs=0.005
    )
    assert states["sale, cancelled"]["orders"] == truth["cancelled_rows"]
    assert market["sums"]["orders"]["completed"]["gross"] == truth["valid_net"]


def test_facts_of_the_erp(told):
    by, manifest = told
    logo, truth = by["logo_invoice_lines_cp1254.csv"][0], manifest["logo_invoice_lines_cp1254.csv"]["truth"]
    states = logo["sums"]["orders"]["by"]
    assert logo["rows_read"] == truth["rows"] and states["return, completed"]["net"] == -truth["returns_try"]
    assert states["sale, completed"]["net"] == pytest.approx(truth["valid_sales_try"])
    assert logo["sums"]["orders"]["completed"]["net"] == pytest.approx(truth["net_try"])
    assert logo["rows_later"] == truth["future_dated"] and logo["sums"]["orders"]["without_customer"] == truth["collector_account_rows"]
    assert states["sale, cancelled"]["orders"] == truth["cancelled"] and logo["currency"] == ["EUR", "TRY"]


def test_facts_of_crm_and_desk(told):
    by, manifest = told
    report = by["salesforce_report.csv"][0]
    assert (
        report["sums"]["leads"]["by_currency"] == manifest["salesforce_report.csv"]["truth"]["by_currency"]
        and report["rows_kept"] == 2
    )
    contacts = by["hubspot_contacts.csv"][0]
    assert (
        contacts["sums"]["accounts"]["rows"] == 3 and contacts["sums"]["leads"]["rows"] == 2
    )  # the test contact is no lead
    desk = by["freshdesk_tickets.csv"][0]["preview"]
    assert sorted(c["status"] for c in desk) == ["closed", "open", "spam"]
    solved = next(c for c in desk if c["status"] == "closed")
    assert (solved["resolved_at"] - solved["opened_at"]).total_seconds() / 3600 == manifest["freshdesk_tickets.csv"][
        "truth"
    ]["resolution_hours_101"]


def test_facts_of_the_campaign_calendar_and_of_lost_letters(told):
    by, manifest = told
    plan, truth = by["kampanya_takvimi.xlsx"][0], manifest["kampanya_takvimi.xlsx"]["truth"]
    campaigns = plan["sums"]["campaigns"]
    assert (campaigns["rows"], campaigns["budget"]) == (truth["campaign_rows"], truth["budget_try"]) and plan["totals"] == "equal"
    assert sum(c["status"] == "cancelled" for c in plan["preview"]) == truth["cancelled"]
    assert sum("starts_on" not in c for c in plan["preview"]) == truth["unparseable_dates"]
    lost = by["orders_mojibake_baked_in.csv"][0]
    assert (lost["rows_kept"], lost["reasons"]) == (1, {"letters_lost": 1})
