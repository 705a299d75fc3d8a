"""The campaign calendar kept by hand: a date that is none and a place that nobody knows are told, and no campaign vanishes."""

# ruff: noqa: F811 (a fixture that is imported is named again by each test)
from datetime import date

import pytest
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
    assert sorted(said) == ["campaigns.earlier", "campaigns.lift.K1", "campaigns.lift.K2"]
    assert "no first day" in said["campaigns.lift.K1"].text_en and said["campaigns.lift.K1"].missing == "campaigns"


# places -----------------------------------------------------------------------------------------------------------------

STORES = "Mağaza Kodu;Mağaza Adı;Tür;İl;Bölge;Açılış;Kapanış\nM01;Meydan;Mağaza;Ankara;;01.01.2018;\n1002;Çarşı;Mağaza;İzmir;;01.01.2018;\n"
SALES = "Tarih;Mağaza;Ciro\n15.09.2025;M01;120,00\n16.09.2025;1002;60,00\n17.09.2025;D.7;60,00\n"
MAPPED = """
sources:
  - {name: sales, file: satis.csv, table: orders, columns: {Tarih: ordered_at, Mağaza: store_id, Ciro: net},
     derive: {order_id: {row: true}}, options: {vat: excluded, decimal: comma}}
"""
PLACES = "K-1;A;Instagram;01.09.2025;30.09.2025;M01, m01, 1002\nK-2;B;Instagram;01.09.2025;30.09.2025;Çarşı, D.7\n"
PLACES += "K-3;C;Instagram;01.09.2025;30.09.2025;izmir\nK-4;D;Instagram;01.09.2025;30.09.2025;M99, Bursa, ZZZ-9\n"


def test_a_place_that_names_a_store_is_that_store_whatever_its_shape(raw):
    """M01 once though written twice, 1002 by its code and by its name, D.7 of the sales alone; İzmir is a city. Nobody knows three."""
    put(raw, "takvim.csv", HEAD + PLACES)
    put(raw, "magazalar.csv", STORES)
    put(raw, "satis.csv", SALES)
    told = checked(raw.parent.parent, {}, sources=MAPPED)["takvim.csv"]["message"]
    assert "3 place(s)" in told and "'Bursa', 'M99', 'ZZZ-9'" in told
    store, summary = run()
    rows = store.frame("campaign_units")
    assert sorted(rows[["campaign_id", "unit_kind", "unit_id"]].values.tolist()) == [
        ["K-1", "store", "1002"], ["K-1", "store", "M01"], ["K-2", "store", "1002"], ["K-2", "store", "D.7"], ["K-3", "city", "İzmir"],
        ["K-4", "city", "Bursa"], ["K-4", "city", "M99"], ["K-4", "store", "ZZZ-9"],
    ]  # fmt: skip
    assert "'Bursa', 'M99', 'ZZZ-9'" in summary.files.set_index("source_file")["message"]["takvim.csv"]


@pytest.mark.parametrize("heading", ["Şehirler", "İller", "Bölge", "Cities"])
def test_cities_may_stand_in_a_column_of_their_own(raw, heading):
    """Two cities of K-1, a store of K-2 beside its city, everywhere (K-3) is no place, nothing of the cancelled K-4."""
    head = HEAD.rstrip("\n") + f";{heading};Not\n"
    row = "K-{};A;Instagram;01.09.2025;30.09.2025;{};{};{}\n"
    rows = (1, "", "izmir, Bursa", ""), (2, "M01", "Ankara", ""), (3, "", "Tümü", ""), (4, "", "Bursa", "iptal")
    put(raw, "takvim.csv", head + "".join(row.format(*r) for r in rows))
    put(raw, "magazalar.csv", STORES)
    put(raw, "satis.csv", SALES)
    (raw / "sources.yml").write_text(MAPPED, encoding="utf-8")
    store, _ = run()
    found = store.frame("campaign_units")[["campaign_id", "unit_kind", "unit_id"]].values.tolist()
    assert sorted(found) == [["K-1", "city", "Bursa"], ["K-1", "city", "İzmir"], ["K-2", "city", "Ankara"], ["K-2", "store", "M01"]]


def test_a_calendar_alone_or_of_known_places_is_told_nothing(raw):
    """Without a store nobody can say that a place is none."""
    put(raw, "takvim.csv", HEAD + PLACES)
    assert "place(s)" not in checked(raw.parent.parent, {})["takvim.csv"]["message"]
    put(raw, "takvim.csv", HEAD + PLACES.split("K-4")[0])
    put(raw, "magazalar.csv", STORES)
    put(raw, "satis.csv", SALES)
    assert "place(s)" not in checked(raw.parent.parent, {}, sources=MAPPED)["takvim.csv"]["message"]


def test_a_campaign_in_places_that_nobody_knows_says_so(shops):
    """K1 ran in S00 to S04 and in M99: judged on its five stores, M99 named beside. K2 ran in M98 alone, K3 in a city of no store."""
    listed = [*units("K1", range(5)), *({"campaign_id": k, "unit_kind": kind, "unit_id": place, "role": "treated"} for k, kind, place in
              (("K1", "city", "M99"), ("K2", "city", "M98"), ("K3", "city", "Bursa")))]  # fmt: skip
    found, rows = judged(shops, [campaign("K1"), campaign("K2", (560, 588)), campaign("K3", (600, 628))], listed)
    assert rows["state"].to_dict() == {"K1": "ok", "K2": "unknown_place", "K3": "unknown_place"}
    assert (rows.loc["K1", "treated"], rows["places"].to_dict()) == (5, {"K1": "M99", "K2": "M98", "K3": "Bursa"})
    said = {f.id: f for f in answer.campaigns(CONTEXT, found.lifts)}
    assert "M98" in said["campaigns.lift.K2"].text_en and "no store" in said["campaigns.lift.K2"].text_en
    assert said["campaigns.lift.K2"].missing == "stores" and "too few days" not in said["campaigns.lift.K2"].text_en
    assert "M99" in said["campaigns.places.K1"].text_en and "campaigns.places.K2" not in said
    assert "Bursa" in said["campaigns.lift.K3"].text_tr


def test_a_campaign_in_stores_without_a_store_list_is_known_by_the_sales(shops):
    rows = judged(shops, [campaign("K1"), campaign("K2", (560, 588))], [*units("K1", range(5)), *units("K2", [40])], stores=())[1]
    assert rows["state"].to_dict() == {"K1": "ok", "K2": "unknown_place"}


def test_several_places_of_a_cell_may_be_parted_by_other_signs(raw):
    """Stores, cities and regions alike. The region Marmara / Ege and the store 34/01 are called so, and stay whole in a list, too."""
    head = HEAD.rstrip("\n") + ";Şehirler\n"
    rows = ('"M01; 1002"', "İZMİR / ankara"), ("", '"izmir\nAnkara"'), ("", "marmara / ege"), ('"34/01 / M01"', '"Marmara / Ege; İzmir"')
    rows += ('"m01;M01, Çarşı"', ""), ('"IST-09;Tümü;"', "Bursa/Ankara")
    put(raw, "takvim.csv", head + "".join(f"K-{n};A;Instagram;01.09.2025;30.09.2025;{s};{c}\n" for n, (s, c) in enumerate(rows, 1)))
    put(raw, "magazalar.csv", STORES.replace("M01;Meydan;Mağaza;Ankara;;", "M01;Meydan;Mağaza;Ankara;Marmara / Ege;")
        + "34/01;Liman;Mağaza;İzmir;;01.01.2018;\n")  # fmt: skip
    put(raw, "satis.csv", SALES)
    told = checked(raw.parent.parent, {}, sources=MAPPED)["takvim.csv"]
    assert "2 place(s)" in told["message"] and "'Bursa', 'IST-09'" in told["message"]
    store, _ = run()
    found = store.frame("campaign_units")[["campaign_id", "unit_kind", "unit_id"]].values.tolist()
    assert sorted(found) == [
        ["K-1", "city", "Ankara"], ["K-1", "city", "İzmir"], ["K-1", "store", "1002"], ["K-1", "store", "M01"],
        ["K-2", "city", "Ankara"], ["K-2", "city", "İzmir"], ["K-3", "region", "Marmara / Ege"],
        ["K-4", "city", "İzmir"], ["K-4", "region", "Marmara / Ege"], ["K-4", "store", "34/01"], ["K-4", "store", "M01"],
        ["K-5", "store", "1002"], ["K-5", "store", "M01"],
        ["K-6", "city", "Ankara"], ["K-6", "city", "Bursa"], ["K-6", "store", "IST-09"],
    ]  # fmt: skip


def test_several_places_are_parted_in_a_calendar_alone_too(raw):
    """No store is known, so that nothing can be whole: IST-01 and Bursa, Ege and Akdeniz, IST-01 once."""
    rows = ('"IST-01;Bursa"', '"Ege / Akdeniz, Ege"', '"IST-01;IST-01"')
    put(raw, "takvim.csv", HEAD + "".join(f"K-{n};A;Instagram;01.09.2025;30.09.2025;{s}\n" for n, s in enumerate(rows, 1)))
    assert checked(raw.parent.parent, {})["takvim.csv"]["sums"]["campaign_units"]["rows"] == 5
    put(raw, "sales.csv", SHOP + "1;05.09.2025;A;120,00\n")
    store, _ = run()
    assert sorted(store.frame("campaign_units")[["campaign_id", "unit_kind", "unit_id"]].values.tolist()) == [
        ["K-1", "city", "Bursa"], ["K-1", "store", "IST-01"], ["K-2", "city", "Akdeniz"], ["K-2", "city", "Ege"],
        ["K-3", "store", "IST-01"],
    ]  # fmt: skip
