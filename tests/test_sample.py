"""The sample company on disk: same bytes, faults that can be switched, files that tie to the truth and to the books."""

import hashlib
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scrm_helpers import sample
from scrm_helpers.__main__ import main
from scrm_helpers.errors import ToldError
from scrm_helpers.run.lock import held, lock_of
from scrm_helpers.sample.raw.text import money, workbook
from scrm_helpers.sample.settings import MESS, settings
from scrm_helpers.store import open_workspace

SMALL = {"seed": 5, "people": 800, "prospects": 1300}
MONTHS = ["Oca", "Şub", "Mar", "Nis", "May", "Haz", "Tem", "Ağu", "Eyl", "Eki", "Kas", "Ara"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small company on disk, realistic mess."""
    root = tmp_path_factory.mktemp("sample")
    return root, sample.write(root, **SMALL)


def read(root, name, **options):
    """All files of a pattern as text, in the order of their names."""
    parts = [pd.read_csv(p, dtype=str, keep_default_na=False, **options) for p in sorted((root / "raw").glob(name))]
    return pd.concat(parts, ignore_index=True)


def truth(root, name):
    return pd.read_parquet(root / "truth" / f"{name}.parquet")


def turkish(text):
    return (pd.to_numeric(text.str.replace(".", "").str.replace(",", ".")) * 100).round().astype("int64")


def books(root):
    """Ledger (kuruş) by month and account."""
    sheet = pd.read_excel(root / "raw/muhasebe/defter_toplamlari.xlsx", dtype={"Hesap Kodu": str}, engine="openpyxl")
    return (sheet.pivot(index="Ay", columns="Hesap Kodu", values="Tutar (TL)") * 100).round().astype("int64")


def logo(root):
    rows = read(root, "logo/LOGO_FATURA*", sep=";", encoding="cp1254")
    return rows.assign(on=pd.to_datetime(rows.DATE_, format="%d.%m.%Y"), net=turkish(rows.SATIR_NET))


def test_same_seed_same_bytes_and_another_seed_another_company(small, tmp_path):
    root, first = small
    second = sample.write(tmp_path / "b", **SMALL)
    assert second["files"] == first["files"]
    for path in (root / "truth").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "truth" / path.name).read_bytes(), path.name
    other = sample.write(tmp_path / "c", **{**SMALL, "seed": 6, "people": 200, "prospects": 200, "months": 3})
    assert other["files"]["kurlar/rates.csv"] != first["files"]["kurlar/rates.csv"]


def test_marker_names_every_file_with_its_digest(small):
    root, summary = small
    marker = json.loads((root / "raw" / sample.MARKER).read_text(encoding="utf-8"))
    assert marker["made_up"] is True and (marker["seed"], marker["people"], marker["mess"]) == (5, 800, 1)
    on_disk = {p.relative_to(root / "raw").as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
               for p in (root / "raw").rglob("*") if p.is_file() and p.name != sample.MARKER}  # fmt: skip
    assert marker["files"] == on_disk == summary["files"]


def test_workbooks_hold_no_time_of_writing(tmp_path):
    workbook(tmp_path / "a.xlsx", {"A": [["x", 1]]})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert {i.date_time for i in book.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        assert book.read("docProps/core.xml").count(b"2026-01-01T00:00:00Z") == 2  # created, modified


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "musteriler.csv").write_text("a")
    with pytest.raises(ToldError, match="may be real"):
        sample.write(tmp_path, **SMALL)
    assert (tmp_path / "raw" / "musteriler.csv").exists()


# the first report of all speaks the sample company's language, Turkish
@pytest.mark.parametrize(
    ("words", "told"), [(["sample", "--people", "200"], "may be real"), (["report", "--quiet"], "gerçek olabilirler")]
)
def test_no_command_removes_files_that_may_be_real(words, told, tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    folder = tmp_path / "data" / "sample"
    held_there = {folder / where: where for where in ("raw/my_only_copy.csv", "processed/2026-10/orders.parquet", "private/key")}
    for path, text in held_there.items():
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (folder / "private").chmod(0o700)  # as the suite makes it: an open one is refused before anything else
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 2 and told in said.output, said.output
    assert {path: path.read_text() for path in held_there} == held_there
    assert {p for p in folder.rglob("*") if p.is_file()} == set(held_there)


def test_the_sample_waits_for_a_run_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    raw = tmp_path / "data" / "sample" / "raw"
    raw.mkdir(parents=True)
    (raw / sample.MARKER).write_text("{}")
    with held(lock_of(open_workspace())):
        assert CliRunner().invoke(main, ["sample", "--people", "200"]).exit_code == 3
    assert (raw / sample.MARKER).is_file()


def test_level_0_is_clean_and_one_switch_brings_one_kind(tmp_path):
    tiny = {"seed": 3, "people": 200, "prospects": 200, "months": 4, "mess": 0}
    sample.write(tmp_path / "clean", **tiny)
    assert truth(tmp_path / "clean", "defects").empty
    sample.write(tmp_path / "typos", **tiny, switches={"email_typos"})
    assert set(truth(tmp_path / "typos", "defects").kind) == {"email_typos"}
    changed = {k for k, v in json.loads((tmp_path / "typos/raw" / sample.MARKER).read_text())["files"].items()
               if v != json.loads((tmp_path / "clean/raw" / sample.MARKER).read_text())["files"][k]}  # fmt: skip
    assert changed and all(k.split("/")[0] in ("hubspot", "logo", "shopify", "zendesk", "deney") for k in changed)
    assert not any("FATURA" in k for k in changed)  # an address never moves an invoice


def test_kinds_can_be_switched_off_and_leave_the_others(tmp_path):
    off = {"spam_cases", "cancelled_rows", "future_rows", "restated_ads", "store_changes"}
    sample.write(tmp_path, seed=3, people=200, prospects=200, months=6, switches=dict.fromkeys(off, False))
    kinds = set(truth(tmp_path, "defects").kind)
    assert not kinds & off and {"email_typos", "abandoned_block", "cancelled_campaign"} <= kinds


def test_unknown_kinds_and_levels_are_told():
    with pytest.raises(ValueError, match="emial_typos.*email_typos"):
        settings(switches={"emial_typos"})
    with pytest.raises(ValueError, match="expected 0"):
        settings(mess=3)


def test_hostile_level_pastes_a_second_header_into_a_file(tmp_path):
    sample.write(tmp_path, seed=3, people=200, prospects=200, months=6, mess=2)
    row = truth(tmp_path, "defects").query("kind == 'header_change'").iloc[0]
    lines = (tmp_path / "raw" / row.file).read_text(encoding="utf-8-sig").splitlines()
    heads = [x for x in lines if x.startswith("Rapor")]
    assert len(heads) == 2 and "Gösterimler" in heads[0] and "Gösterimler" not in heads[1]


def test_a_split_store_goes_on_under_two_codes(tmp_path):
    sample.write(tmp_path, seed=3, people=300, months=6, mess=0, switches={"split_store"})
    stores = pd.read_excel(tmp_path / "raw/magazalar/magazalar.xlsx", engine="openpyxl")
    new = stores[stores["Eski Kod"].notna()].iloc[0]
    old = stores[stores["Mağaza Kodu"] == new["Eski Kod"]].iloc[0]
    rows = logo(tmp_path)
    first = rows.on[new["Mağaza Kodu"] == rows.ISYERI].min()
    assert len(stores) == 41 and first >= new["Açılış"] > rows.on.min()
    after = rows[rows.on >= new["Açılış"]]
    assert {old["Mağaza Kodu"], new["Mağaza Kodu"]} <= set(after.ISYERI)
    assert truth(tmp_path, "defects").kind.tolist() == ["split_store"]


def test_erp_lines_tie_to_the_books(small):
    root, _ = small
    rows = logo(root).query("IPTAL == '0' and on < '2026-11-01'")
    month = rows.on.dt.strftime("%Y-%m")
    sales, back = rows[rows.TRCODE.isin(["7", "8"])], rows[rows.TRCODE.isin(["2", "3"])]
    assert (sales.net.groupby(month).sum() == books(root)["600.01"]).all()
    assert back.net.groupby(month).sum().reindex(books(root).index, fill_value=0).eq(-books(root)["610.01"]).all()


def test_the_cost_list_holds_the_margin_of_the_truth(small):
    root, _ = small
    listed = read(root, "urunler/urunler.csv", sep=";", encoding="utf-8-sig")
    since = pd.to_datetime(listed["Geçerlilik"], format="%d.%m.%Y").dt.strftime("%Y-%m")
    cost = turkish(listed["Birim Maliyet (TL)"]).set_axis([listed["Stok Kodu"], since])
    rows = logo(root).query("IPTAL == '0' and on < '2026-11-01' and TRCODE in ('7', '8')")
    month = rows.on.dt.strftime("%Y-%m")
    paid = cost.loc[list(zip(rows.STOK_KODU, month, strict=True))].to_numpy() * rows.MIKTAR.astype(int)
    true = truth(root, "orders").query("system == 'logo'").groupby("month")[["net", "cost"]].sum()
    assert np.allclose((rows.net - paid).groupby(month).sum() / 100, true.net - true.cost, atol=0.005) and true.cost.gt(0).all()


def test_web_orders_tie_to_the_books(small):
    root, _ = small
    rows = read(root, "shopify/orders_export*").query(
        "Total != '' and `Financial Status` != 'voided' and Tags != 'test'"
    )
    month = pd.to_datetime(rows["Created at"], utc=True).dt.tz_convert("Europe/Istanbul").dt.strftime("%Y-%m")
    total, tax, refund = (
        (pd.to_numeric(rows[c]) * 100).round().astype("int64") for c in ("Total", "Taxes", "Refunded Amount")
    )
    net = total - tax
    assert (net.groupby(month).sum() == books(root)["600.02"]).all()
    back = (refund * net * 2 + total) // (2 * total)  # refund x net / total, rounded half up
    assert (back.groupby(month).sum() == -books(root)["610.02"]).all()
    # the naive day, cut from the text, is wrong for orders after midnight in the year that was exported in UTC
    local = pd.to_datetime(rows["Created at"], utc=True).dt.tz_convert("Europe/Istanbul").dt.strftime("%Y-%m-%d")
    wrong = rows["Created at"].str[:10] != local
    assert 0 < wrong.sum() < len(rows) / 20 and set(rows["Created at"][wrong].str[:4]) == {"2025"}


def test_marketplace_orders_tie_to_the_books(small):
    root, _ = small
    rows = read(root, "trendyol/*", sep=";", encoding="cp1254").query("`Sipariş Statüsü` != 'İptal Edildi'")
    vat = (
        read(root, "urunler/urunler.csv", sep=";", encoding="utf-8-sig")
        .drop_duplicates("Stok Kodu")
        .set_index("Stok Kodu")["KDV (%)"]
    )
    rate = rows["Stok Kodu"].map(vat).astype(int)
    net = (turkish(rows["Faturalanacak Tutar"]) * 200 + 100 + rate) // (2 * (100 + rate))
    month = pd.to_datetime(rows["Sipariş Tarihi"], format="%d.%m.%Y %H:%M").dt.strftime("%Y-%m")
    assert net.groupby(month).sum().reindex(books(root).index, fill_value=0).eq(books(root)["600.03"]).all()
    assert set(rows["Alıcı"].str.fullmatch(r".\*{4} .\*{4}")) == {True}


def test_ad_files_tie_to_the_books_only_when_the_last_export_wins(small):
    root, _ = small
    paths = sorted((root / "raw/meta_ads").iterdir(), key=lambda p: (p.stem[-4:], MONTHS.index(p.stem[-11:-8])))
    meta = pd.concat([pd.read_csv(p, dtype=str).assign(export=k) for k, p in enumerate(paths)])
    meta["spent"] = pd.to_numeric(meta["Harcanan Tutar (TRY)"].str.replace(",", "."))
    last = meta.drop_duplicates(["Gün", "Kampanya Kimliği", "Platform"], keep="last")
    google = read(root, "google_ads/*", sep="\t", encoding="utf-16", skiprows=2)
    google = google[google["Gün"].str.match(r"\d")]
    tiktok = read(root, "tiktok_ads/*").query("`By Day` != ''")
    tiktok = tiktok[tiktok["By Day"].str.match(r"\d")]
    rate = read(root, "kurlar/rates.csv").query("kind == 'eur_try'").set_index("date")["value"].astype(float)
    euro = (pd.to_numeric(tiktok.Cost) * tiktok["By Day"].map(rate)).round(4)
    parts = [last.spent.groupby(last["Gün"].str[:7]).sum(), turkish(google.Maliyet).groupby(google["Gün"].str[:7]).sum() / 100,
             euro.groupby(tiktok["By Day"].str[:7]).sum()]  # fmt: skip
    found = pd.concat(parts, axis=1).fillna(0).sum(axis=1)
    assert np.allclose(found, books(root)["760.01"] / 100, atol=0.0051)
    again = (
        meta.groupby(["Gün", "Kampanya Kimliği", "Platform"]).spent.agg(["first", "last", "size"]).query("size == 2")
    )
    assert 0.90 < (again["first"].sum() / again["last"].sum()) < 0.95  # the first export missed 5 to 10 in 100
    assert meta.spent.sum() > 1.1 * last.spent.sum()  # all exports added together count some days twice


def test_truth_ties_to_the_books(small):
    root, _ = small
    orders, ledger = truth(root, "orders"), books(root)
    sales = ledger[["600.01", "600.02", "600.03"]].sum(axis=1)
    assert np.allclose(orders.groupby("month").net.sum() * 100, sales, atol=0.5)
    assert orders.order_id.is_unique and not orders.duplicated(["system", "order_no"]).any()
    net = truth(root, "headline").query("measure == 'revenue_net'").set_index("month")["value"]
    assert np.allclose(net * 100, ledger[[c for c in ledger if c[0] == "6"]].sum(axis=1), atol=0.5)


@pytest.mark.parametrize("month", ["2024-12", "2026-03"])  # the first: customers from before the window are not new
def test_headline_cac_is_cost_by_new_customers_counted_from_the_orders(small, month):
    root, _ = small
    orders, people = truth(root, "orders"), truth(root, "people").set_index("person_id")
    mine = orders[(orders.person_id > 0) & ~orders.business & (orders.net > orders.returned_net + 0.001)]
    first = mine.groupby("person_id").month.min()
    first = first[~people.before_window.loc[first.index]]
    source = people.source.loc[first.index]
    won = (source.isin(["instagram", "facebook", "tiktok", "youtube", "whatsapp"]) & (first == month)).sum()
    headline = truth(root, "headline").query("month == @month and group == 'social'").set_index("measure")["value"]
    assert headline["new_customers"] == won > 0
    media = truth(root, "spend").query("month == @month and purpose == 'acquire' and source != 'google_ads'").net.sum()
    paid = truth(root, "costs").query(
        "month == @month and purpose == 'acquire' and channel not in ('google_ads', 'referral')"
    )
    assert headline["acquisition_cost"] == pytest.approx(media + paid.amount.sum() / 100)
    assert headline["cac"] == pytest.approx(headline["acquisition_cost"] / won)


def test_every_planted_row_is_in_its_file(small):
    root, _ = small
    defects = truth(root, "defects")
    cancelled = defects.query("kind == 'cancelled_rows' and file.str.startswith('logo')")
    rows = logo(root)
    assert set(cancelled.row_id) == set(rows.FICHENO[rows.IPTAL == "1"])
    ahead = defects.query("kind == 'future_rows'").row_id
    assert len(ahead) == 3 and set(ahead) == set(rows.FICHENO[rows.on >= "2026-11-01"])
    spam = defects.query("kind == 'spam_cases'").row_id
    tickets = read(root, "zendesk/*")
    assert set(spam) == set(tickets.Id[tickets.Tags == "spam"]) and len(spam) > 5
    contacts = set(read(root, "hubspot/*")["Record ID"])
    assert set(defects[defects.file.str.startswith("hubspot")].row_id) <= contacts
    mangled = read(root, "hubspot/*").query("`Phone Number`.str.endswith('E+09')")["Record ID"]
    assert set(defects.query("kind == 'excel_phones'").row_id) == set(mangled)
    assert set(defects.kind) <= set(MESS)


def test_every_record_has_a_true_person(small):
    root, _ = small
    links = truth(root, "persons").set_index(["system", "native_id"]).person_id
    assert links.index.is_unique
    contacts = read(root, "hubspot/*").query("`Record ID` != '9'")["Record ID"]  # 9 is the test contact
    cards = read(root, "logo/LOGO_CARI*", sep=";", encoding="cp1254").CARI_KOD
    assert set(links["hubspot"].index) == set(contacts) and set(links["logo"].index) == set(cards)
    assert set(logo(root).CARI_KOD) - {"120.99.9999"} <= set(cards)


def test_several_blocks_make_one_company(tmp_path):
    sample.write(tmp_path, seed=5, people=500, prospects=600, months=4, block=200)
    orders, people = truth(tmp_path, "orders"), truth(tmp_path, "people")
    assert orders.order_id.is_unique and people.person_id.is_unique and people.buyer.sum() == 500
    assert not orders.duplicated(["system", "order_no"]).any()
    assert truth(tmp_path, "persons").duplicated(["system", "native_id"]).sum() == 0
    rows = logo(tmp_path).query("IPTAL == '0' and on < '2026-11-01' and TRCODE in ('7', '8')")
    assert (rows.net.groupby(rows.on.dt.strftime("%Y-%m")).sum() == books(tmp_path)["600.01"]).all()
    head = (tmp_path / "raw/hubspot/hubspot_contacts.csv").read_text(encoding="utf-8")
    assert head.count("Record ID,First Name") == 1


def test_call_sheet_ties_to_tickets_totals_and_the_abandoned_block(small):
    root, _ = small
    came = pd.Series(dtype=float)
    for path in sorted((root / "raw/cagri_merkezi").iterdir()):
        days, _, lost = path.read_text(encoding="cp1254").partition("\n\nKAÇAN ÇAĞRILAR\n")
        rows = [line.split(";") for line in days.splitlines()[1:]]
        total, rows = rows[-1], rows[:-1]
        assert total[0] == "TOPLAM" and int(total[1]) == sum(int(r[1]) for r in rows)
        assert all(int(r[1]) == int(r[2]) + int(r[3]) for r in rows)
        assert len(lost.splitlines()) - 1 == int(total[3])  # one line per abandoned call, and the header
        came = pd.concat([came, pd.Series({f"{r[0][6:]}-{r[0][3:5]}-{r[0][:2]}": float(r[1]) for r in rows})])
    tickets = read(root, "zendesk/*").query("Via == 'Phone call (incoming)'")
    per_day = tickets.groupby(tickets["Created at"].str[:10]).size()
    assert (came.reindex(per_day.index) >= per_day).all() and came.sum() > len(tickets)


def test_lists_join_to_the_crm_by_its_id(small):
    root, _ = small
    links = truth(root, "persons").set_index(["system", "native_id"]).person_id["hubspot"]
    people = truth(root, "people").set_index("person_id")
    sent = read(root, "takvim/gonderim_listesi.csv", sep=";", encoding="utf-8-sig")
    for campaign, rows in sent.groupby("Kampanya No"):
        assert set(links.loc[rows["HubSpot Record ID"]]) == set(people.index[people[f"sent_{campaign}"]])
    arms = read(root, "deney/atamalar.csv", sep=";", encoding="utf-8-sig")
    planted = truth(root, "assignments")
    found = pd.Series(
        arms.Kol.to_numpy(), index=pd.MultiIndex.from_arrays([arms["Test No"], links.loc[arms["HubSpot Record ID"]]])
    )
    assert found.to_dict() == planted.set_index(["experiment_id", "person_id"]).arm.to_dict()


def test_a_withdrawn_consent_is_a_later_row(small):
    root, _ = small
    rows = read(root, "iys/*", sep=";").query("`İzin Kanalı` == 'EPOSTA'")
    gone = rows[rows["İzin Durumu"] == "RET"]
    given = rows[rows["İzin Durumu"] == "ONAY"].groupby("Alıcı")["İzin Tarihi"].min()
    assert len(gone) > 10 and (given.loc[gone["Alıcı"]].to_numpy() < gone["İzin Tarihi"].to_numpy()).all()
    assert set(gone["Alıcı"]) == set(truth(root, "defects").query("kind == 'withdrawn_consent'").row_id)


def test_followers_hide_some_dates_and_referrals_some_that_would_have_come_anyway(small):
    root, _ = small
    follows, referred = truth(root, "followers"), truth(root, "referrals")
    shown = read(root, "sosyal/takipciler.csv", encoding="utf-8-sig")
    assert ((shown["Takip Tarihi"] != "") == follows.date_shown).all() and 0.6 < follows.date_shown.mean() < 0.9
    orders = truth(root, "orders")
    assert follows.extra_orders.sum() == (orders.cause == "follow").sum() > 0
    # 35% would have come anyway: exact binomial limits at 99.9% of this many rows are wider than 0.2
    assert 0.1 < (~referred.incremental).mean() < 0.6 and not (referred.referrer == referred.referred).any()


def test_money_is_written_as_each_country_does():
    assert money([123456, -5, 100000000]).to_pylist() == ["1234.56", "-0.05", "1000000.00"]
    assert money([123456, 99, 100000005], comma=True, thousands=True).to_pylist() == [
        "1.234,56",
        "0,99",
        "1.000.000,05",
    ]
