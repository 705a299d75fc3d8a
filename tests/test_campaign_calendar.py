"""The campaign calendar kept by hand: a date that is none and a place that nobody knows are told, and no campaign vanishes."""

# ruff: noqa: F811 (a fixture that is imported is named again by each test)
from datetime import date

from ingestion_files import checked
from test_campaigns_methods import campaign, judged, shops, units  # noqa: F401
from test_ingestion import SHOP, put, raw, run  # noqa: F401

from scrm_helpers.campaigns import answer
from scrm_helpers.findings import Context

HEAD = "Kampanya No;Kampanya;Kanal;Başlangıç;Bitiş;Mağazalar\n"
CONTEXT = Context("06_campaigns", "2026-08", "en")


# dates that are none ----------------------------------------------------------------------------------------------------


def test_a_day_that_is_none_is_told_once_and_the_campaign_stays(raw):
    """Five cells are no day: 32 February, 31 September, two ranges with an end in the 30th of February or 31st of June, a word.

    K-2's list of two stores does not make its cell two; K-6 has a range, K-7 nothing at all: neither is at fault.
    """
    plan = HEAD + "K-1;Güz;Instagram;32.02.2025;20.03.2025;\nK-2;Kış;Instagram;01.09.2025;31.09.2025;IST-01, IST-02\n"
    plan += "K-3;Bahar;Instagram;20 - 30 Şubat 2025;;\nK-4;Yaz;Instagram;31 Haziran - 5 Temmuz 2025;;\nK-5;Kar;Instagram;belli değil;;\n"
    plan += "K-6;Okul;Instagram;12-14 Kasım 2024;;\nK-7;Bir gün;Instagram;;;\n"
    put(raw, "takvim.csv", plan)
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    told = checked(raw.parent.parent, {})["takvim.csv"]
    assert told["cells_left_blank"] == {"campaigns.starts_on: unreadable": 4, "campaigns.ends_on: unreadable": 1}
    assert told["rows_kept"] == 7
    store, _ = run()
    aside = store.frame("quarantine").sort_values("source_row")
    assert aside[["source_row", "column", "reason", "value"]].values.tolist() == [
        [2, "starts_on", "cell_unreadable", "32.02.2025"], [3, "ends_on", "cell_unreadable", "31.09.2025"],
        [4, "starts_on", "cell_unreadable", "20 - 30 Şubat 2025"], [5, "starts_on", "cell_unreadable", "31 Haziran - 5 Temmuz 2025"],
        [6, "starts_on", "cell_unreadable", "belli değil"],
    ]  # fmt: skip
    dates = store.frame("campaigns").set_index("campaign_id")
    assert [str(dates.loc["K-6", c])[:10] for c in ("starts_on", "ends_on")] == ["2024-11-12", "2024-11-14"]


def test_a_campaign_without_a_first_day_has_its_sentence(shops):
    """No day at all, or an end within the 12 months to August 2026: it may have run. An end in August 2025 lies before them."""
    lost = [campaign(name) | {"starts_on": None, "ends_on": end} for name, end in
            (("K1", None), ("K2", date(2025, 9, 1)), ("K3", date(2025, 8, 31)))]  # fmt: skip
    found, rows = judged(shops, lost)
    assert rows["state"].tolist() == ["no_dates"] * 3 and rows["in_year"].to_dict() == {"K1": True, "K2": True, "K3": False}
    said = {f.id: f for f in answer.campaigns(CONTEXT, found.lifts)}
    assert sorted(said) == ["campaigns.lift.K1", "campaigns.lift.K2"]
    assert "no first day" in said["campaigns.lift.K1"].text_en and said["campaigns.lift.K1"].missing == "campaigns"
