"""What a company writes in sources.yml is read as it means it, or refused in a sentence: rates, orders of dates, zones, currencies."""

# ruff: noqa: F811 (a fixture that is imported is named again by each test)

import subprocess
import sys

import pytest
from ingestion_files import checked
from test_ingestion import mapped, put, raw, run  # noqa: F401

from scrm_helpers import texts
from scrm_helpers.ingestion import InputError, evidence, large, loading
from scrm_helpers.store import WorkspaceError, open_workspace, settings_of

ONE = "No,Day,Net,KDV\n1,2025-09-01,121.20,{}\n"


def net_of(raw, vat, cell="20"):
    """What is left of 121.20 without VAT."""
    mapped(raw, options=f"{{vat: {vat}}}")
    put(raw, "sales.csv", ONE.format(cell))
    return float(run()[0].frame("orders")["net"].sum())


# rates of VAT -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vat", "net"),
    [
        ("1", 120.0),  # 121.20 / 1.01: books and wheat, not a hundred per cent
        ("'1'", 120.0),
        ("0", 121.2),  # exports
        ("20", 101.0),  # 121.20 / 1.20
        ("0.2", 101.0),
        ("'0,2'", 101.0),
        ("'%20'", 101.0),
        ("20%", 101.0),
        ("'0.5%'", 120.597),  # 121.20 / 1.005: with its sign it is no share
        ("dahil", 101.0),  # the company's 20%
        ("KDV Dahil", 101.0),
        ("hariç", 121.2),
        ("HARİÇ", 121.2),
        ("KDV", 101.0),  # a column
        ("{map: {column: No, values: {1: 1}}}", 120.0),
    ],
)
def test_a_rate_is_per_cent_and_a_share_only_between_0_and_1(raw, vat, net):
    assert net_of(raw, vat) == pytest.approx(net, abs=0.00005)


@pytest.mark.parametrize("vat", ["yes", "true", "-20", "200", "100.5", ".nan", "yüzde 20", "MWST", "[20]", "'-1%'"])
def test_what_is_no_rate_is_refused_with_the_columns_of_the_file(raw, vat):
    with pytest.raises(InputError, match=r"sales, options, vat: came .*expected included.*0 to 100.*'No', 'Day', 'Net', 'KDV'"):
        net_of(raw, vat)


@pytest.mark.parametrize("missing", ["", "''", "null"])
def test_nothing_said_of_vat_is_asked_for(raw, missing):
    with pytest.raises(InputError, match="without saying whether VAT is in the amounts"):
        net_of(raw, missing)


def test_a_word_of_an_entry_that_says_nothing_is_as_if_left_out(raw):
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-01,10\n")
    mapped(raw, options="{vat: 0}, derive: , where: , recipe: ")
    assert run()[0].frame("orders")["net"].tolist() == [10.0]
    mapped(raw, options="")
    with pytest.raises(InputError, match="without saying whether VAT is in the amounts"):
        run()


@pytest.mark.parametrize(
    ("cell", "net"),
    [("1", 120.0), ("0", 121.2), ('"0,20"', 101.0), ("0.01", 120.0), ("%20", 101.0), ("", 101.0), ("-", 101.0)],
)  # blank and a dash: the company's 20%
def test_a_column_of_rates_says_per_cent_or_shares(raw, cell, net):
    assert net_of(raw, "KDV", cell) == pytest.approx(net)


@pytest.mark.parametrize("cell", ["200", "-1", "abc"])
def test_a_cell_that_is_no_rate_refuses_the_file(raw, cell):
    with pytest.raises(InputError, match=f"options, vat: the column holds '{cell}', expected per cent from 0 to 100"):
        net_of(raw, "KDV", cell)
    mapped(raw, options="{vat: {map: {column: No, values: {1: 200}}}}")
    with pytest.raises(InputError, match="the column holds '200', expected per cent"):
        run()


def test_a_row_that_is_left_out_need_not_have_a_rate(raw):
    put(raw, "sales.csv", "No,Day,Net,KDV\n1,2025-09-01,121.20,1\nX,2025-09-02,50,250\n")
    mapped(raw, options="{vat: KDV}, where: {not: {column: No, is: X}}")
    assert run()[0].frame("orders")["net"].tolist() == [120.0]  # 121.20 / 1.01


@pytest.mark.parametrize("odd", ["", "120"])
def test_rates_of_a_large_file_are_asked_of_every_row(raw, odd, monkeypatch):
    """The first rows alone are looked at before it is read: they are all 0, a share comes near the end."""
    for module, name, value in ((loading, "FAST", -1), (evidence, "LARGE", -1), (evidence, "HEAD", 20), (large, "HEAD_BYTES", 500)):
        monkeypatch.setattr(module, name, value)
    lines = [f"{n},2025-09-01,100.00,0" for n in range(100)] + ["100,2025-09-01,121.20,0.2", f"101,2025-09-01,121.20,{odd or '0.01'}"]
    put(raw, "sales.csv", "No,Day,Net,KDV\n" + "\n".join(lines) + "\n")
    mapped(raw, options="{vat: KDV}")
    if odd:
        with pytest.raises(InputError, match="the column holds '120', expected per cent"):
            run()
    else:
        assert float(run()[0].frame("orders")["net"].sum()) == pytest.approx(100 * 100 + 101 + 120)


def test_a_refused_rate_is_told_in_turkish(tmp_path):
    mapping = "company: {language: tr}\nsources:\n  - {name: s, file: s.csv, table: orders, "
    mapping += "columns: {No: order_id, Day: ordered_at, Net: net}, options: {vat: yes}}\n"
    found = checked(tmp_path, {"s.csv": ONE.format(20)}, sources=mapping)["s.csv"]
    assert found["code"] == "vat" and "vat: 'true' geldi; included (dahil), excluded (hariç), 20 gibi" in found["message"]


# company ----------------------------------------------------------------------------------------------------------------


def company(raw, **given):
    lines = "".join(f"  {word}: {value}\n" for word, value in given.items())
    put(raw, "sources.yml", f"company:\n{lines}sources:\n  - {{name: s, file: s.csv, table: orders, "
        "columns: {No: order_id, Day: ordered_at, Net: net}, options: {vat: included}}\n")  # fmt: skip
    return settings_of(open_workspace(""))


@pytest.mark.parametrize(("came", "share"), [("20", 0.2), ("0.2", 0.2), ("'%20'", 0.2), ("1", 0.01), ("0", 0.0), ("7", 0.07), ("", 0.2)])
def test_the_company_says_its_rate_in_per_cent_or_as_a_share(raw, came, share):
    assert company(raw, vat_rate=came).vat_rate == share
    put(raw, "s.csv", "No,Day,Net\n1,2025-09-01,121.20\n")
    assert float(run()[0].frame("orders")["net"].sum()) == pytest.approx(121.2 / (1 + share), abs=0.00005)


@pytest.mark.parametrize("came", ["yüzde 20", "-1", "200", "yes", "[20]"])
def test_a_company_s_rate_that_is_none_is_refused(raw, came):
    with pytest.raises(WorkspaceError, match=r"sources.yml, vat_rate: came .*, expected per cent from 0 to 100, such as 20"):
        company(raw, vat_rate=came)


@pytest.mark.parametrize("came", ["Istanbul", "Europe", "3"])
def test_a_company_s_zone_that_is_none_is_refused(raw, came):
    with pytest.raises(WorkspaceError, match=f"time_zone: came '{came}', expected a name such as Europe/Istanbul"):
        company(raw, time_zone=came)


@pytest.mark.parametrize(("came", "code"), [(c, "TRY") for c in ("TL", "tl", "try", "₺", "")] + [("eur", "EUR"), ("USD", "USD")])
def test_a_company_s_currency_is_its_code(raw, came, code):
    assert company(raw, currency=came).currency == code
    put(raw, "s.csv", f"No,Day,Net\n1,2025-09-01,120 {code}\n")
    assert run()[0].frame("orders")["currency"].tolist() == [code]  # at home: no rate is asked for


@pytest.mark.parametrize("came", ["XYZ", "TRL", "lira", "yes", "12"])  # the old lira ended in 2005
def test_what_is_no_currency_in_use_is_refused_by_every_command(raw, came):
    with pytest.raises(WorkspaceError, match=r"currency: came '.*', expected the three letters of a currency in use, such as TRY"):
        company(raw, currency=came)
    with texts.speaking("tr"), pytest.raises(WorkspaceError, match="currency: '.*' geldi; .* beklenir"):
        settings_of(open_workspace(""))


@pytest.mark.parametrize(("came", "code"), [("Türkçe", "tr"), ("turkce", "tr"), ("TR", "tr"), ("İngilizce", "en"), ("en", "en")])
def test_a_language_is_known_by_its_own_name(raw, came, code):
    assert company(raw, language=came).language == code


def test_a_language_without_texts_is_refused_with_its_file(raw):
    with pytest.raises(WorkspaceError, match="sources.yml, language: came 'fr', expected one of en, tr"):
        company(raw, language="fr")
    with texts.speaking("tr"), pytest.raises(WorkspaceError, match="sources.yml, language: 'fr' geldi, beklenen: en, tr"):
        settings_of(open_workspace(""))
    company_file = (raw / "sources.yml").read_text().replace("fr", "tr")
    put(raw, "sources.yml", company_file)
    put(raw, "parameters.yml", "language: turkce\n")  # notebooks are handed it as it is
    with pytest.raises(WorkspaceError, match="parameters.yml, language: came 'turkce'"):
        settings_of(open_workspace(""))


# options that need no look into the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "day"),
    [
        ("DMY", "2025-09-01"), ("dmy", "2025-09-01"), ("DD.MM.YYYY", "2025-09-01"), ("gg.aa.yyyy", "2025-09-01"),
        ("ddmmyy", "2025-09-01"), ("Gün Ay Yıl", "2025-09-01"), ("mdy", "2025-01-09"), ("MM/DD/YYYY", "2025-01-09"),
    ],
)  # fmt: skip
def test_an_order_of_dates_is_known_in_its_usual_forms(raw, order, day):
    """01.09.2025 is the first of September, or the ninth of January."""
    mapped(raw, options=f"{{vat: 0, date_order: {order}}}")
    put(raw, "sales.csv", "No,Day,Net\n1,01.09.2025,10\n2,15.09.2025,10\n" if "2025-09" in day else "No,Day,Net\n1,01.09.2025,10\n")
    assert f"{run('2025-10')[0].frame('orders')['ordered_on'].min():%Y-%m-%d}" == day


def test_dates_that_begin_with_a_day_are_not_year_first(raw):
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-01,10\n")
    mapped(raw, options="{vat: 0, date_order: YMD}")
    assert len(run()[0].frame("orders")) == 1
    put(raw, "sales.csv", "No,Day,Net\n1,01.09.2025,10\n")
    with pytest.raises(InputError, match=r"'01.09.2025', which no single order of day and month fits \(declared: YMD\)"):
        run()


REFUSED = {
    "date_order: XYZ": "came 'XYZ', expected DMY",
    "date_order: DDMM": "came 'DDMM', expected DMY",
    "time_zone: Istanbul": "came 'Istanbul', expected a name such as Europe/Istanbul",
    "exported_on: dun": "came 'dun', expected a day such as 2026-10-31",
    "exported_on: 2025-09-31": "came '2025-09-31', expected a day such as 2026-10-31",
    "decimal: virgül": "came 'virgül', expected comma or point",
    "rate: abc": "came 'abc', expected an exchange rate above 0",
    "rate: 0": "came '0', expected an exchange rate above 0",
    "rate: yes": "came 'true', expected an exchange rate above 0",
}


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_that_is_not_understood_is_refused_in_both_languages(raw, option):
    mapped(raw, options=f"{{vat: 0, {option}}}")
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-15,10\n")
    with pytest.raises(InputError, match=f"sales.*options, {option.split(':')[0]}: {REFUSED[option]}"):
        run()
    said = (raw / "sources.yml").read_text(encoding="utf-8")
    put(raw, "sources.yml", said.replace("company: {", "company: {language: tr, "))
    with texts.speaking("tr"), pytest.raises(InputError, match=f"{option.split(':')[0]}: '.*' geldi; .* beklenir"):
        run()


@pytest.mark.parametrize("day", ["2025-10-02", "'2025-10-02'", "02.10.2025", "2025-10-02 08:30:00"])
def test_the_day_of_an_export_is_known_in_its_usual_forms(raw, day):
    mapped(raw, options=f"{{vat: 0, exported_on: {day}}}")
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-15,10\n")
    assert str(run()[1].files["exported_on"][0])[:10] == "2025-10-02"


@pytest.mark.parametrize(("rate", "net"), [("48.5", 485.0), ("'48,5'", 485.0), ("Kur", 500.0)])
def test_an_exchange_rate_is_a_number_or_a_column(raw, rate, net):
    mapped(raw, options=f"{{vat: 0, currency: EUR, rate: {rate}}}")
    put(raw, "sales.csv", "No,Day,Net,Kur\n1,2025-09-15,10,50\n")
    assert run()[0].frame("orders")["net"].tolist() == [net]  # 10 x 48.5, 10 x 50


@pytest.mark.parametrize(
    ("cell", "said", "net"), [("48,5", "", 485.0), ("1.250", "decimal: comma", 12500.0), ("1.250", "decimal: point", 12.5)]
)
def test_a_number_of_another_file_is_read_as_that_file_writes_it(raw, cell, said, net):
    """10 x 48.5; a number that fits both signs is read as the entry of its own file declares it. It ended with an error of the engine."""
    put(raw, "sales.csv", "No;Day;Net;Para\n1;2025-09-15;10,00;EUR\n")
    put(raw, "kur.csv", f"Para;Oran\nEUR;{cell}\n")
    looked = "{lookup: {in: kur, by: Para, give: Oran}}"
    mapped(raw, columns="{No: order_id, Day: ordered_at, Net: net, Para: currency}", options=f"{{vat: 0, rate: {looked}}}")
    with (raw / "sources.yml").open("a") as file:
        file.write(f"  - {{name: kur, file: kur.csv, table: products, columns: {{Para: product_id}}, options: {{{said}}}}}\n")
    assert run()[0].frame("orders")["net"].tolist() == [net]


def test_a_looked_up_rate_of_vat_that_is_no_number_refuses_the_file(raw):
    put(raw, "sales.csv", "No,Day,Net,Kod\n1,2025-09-15,121.20,A\n")
    mapped(raw, options="{vat: {lookup: {in: kdv, by: Kod, give: Oran}}}")
    with (raw / "sources.yml").open("a") as file:
        file.write("  - {name: kdv, file: kdv.csv, table: products, columns: {Kod: product_id}}\n")
    put(raw, "kdv.csv", "Kod,Oran\nA,1\n")
    assert run()[0].frame("orders")["net"].tolist() == [120.0]  # 121.20 / 1.01
    put(raw, "kdv.csv", "Kod,Oran\nA,bir\n")
    with pytest.raises(InputError, match="the column holds 'bir', expected per cent"):
        run()


@pytest.mark.parametrize("options", ["{vat: yes}", "{vat: 0, time_zone: Istanbul}", "{vat: 0, exported_on: dun}"])
def test_a_command_ends_with_2_and_without_a_traceback(raw, options):
    mapped(raw, options=options)
    put(raw, "sales.csv", "No,Day,Net\n1,2025-09-15,10\n")
    done = subprocess.run([sys.executable, "-m", "scrm_helpers", "check"], capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr + done.stdout and "expected" in done.stderr + done.stdout
