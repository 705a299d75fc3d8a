"""Tables of web pages, which systems write under the endings .xls and .csv: read as they are, since Excel would lose digits and letters."""

import pytest
from ingestion_files import checked

from scrm_helpers.ingestion import webpage

# an ERP's ".xls": no cell is closed, a title spans the table, a code keeps its zeros, cp1254 letters
EXPORT = (
    "<html><head><title>Satış</title><style>td {color: red}</style></head><body>"
    "<table border=1><tr><td colspan=4>Eylül satışları<tr><th>Sipariş No<th>Sipariş Tarihi<th>Müşteri Kodu<th>Tutar"
    "<tr><td>000123<td>13.09.2026<td>C&nbsp;1<td>1.234,50<tr><td>000124<td>14.09.2026<td>Ş2<td>60,00</table></body></html>"
)


@pytest.mark.parametrize("name", ["satis.xls", "satis.csv"])
def test_a_web_page_under_the_name_of_a_table_is_read_as_its_table(tmp_path, name):
    found = checked(tmp_path, {name: EXPORT.encode("cp1254")})[name]
    orders = found["sums"]["orders"]
    # VAT 20% in it: 1234.50 / 1.2 = 1028.75, 60 / 1.2 = 50
    assert found["recipe"] == "orders_sheet" and orders["rows"] == 2 and orders["net"] == 1078.75
    assert {r["order_no"] for r in found["preview"]} == {"000123", "000124"}  # Excel would make 123 of it


def test_a_page_without_a_table_is_refused_and_nobody_is_sent_to_excel(tmp_path):
    page = "<!DOCTYPE html><html><body><table><tr><td>Kullanıcı<td><input></table>Oturum açın</body></html>"
    for name, found in checked(tmp_path, {"a.xls": page, "b.csv": page}).items():
        assert found["code"] == "html" and "web page without a table" in found["message"], name
        assert "as it is" in found["message"] and "Excel" not in found["message"], name


def test_cells_that_cover_others_and_tables_that_stand_in_tables():
    text = (
        "<table><tr><td>menu<td>"  # layout: it holds another table
        "<table><tr><th>Ay<th>Kanal<th>Tutar</tr><tr><td rowspan=3>2026-09</td><td>Web</td><td>1</td></tr>"
        "<tr><td colspan='2'>Mağaza</td></tr><tr><td>Bayi<td>2</tr><tr><td>2026-10<td>Web<br>shop<td>3</table></table>"
        "<table><tr><td>A<td>B<tr><td>1<td>2</table>"
    )
    assert webpage.records(text) == [
        ["Ay", "Kanal", "Tutar"], ["2026-09", "Web", "1"], ["2026-09", "Mağaza", ""], ["2026-09", "Bayi", "2"],
        ["2026-10", "Web shop", "3"], [], ["A", "B"], ["1", "2"],
    ]  # fmt: skip
    assert webpage.records("<table><tr><td>one<td>row</table>") == []


def test_the_rows_of_a_person_in_a_web_page_are_counted_as_they_were_read(tmp_path):
    from scrm_helpers.privacy.finding import Found
    from scrm_helpers.privacy.raw_rows import listed
    from scrm_helpers.store.workspace import Workspace

    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    page = "<table><tr><td>Ad<td>E-posta<tr><td>Ali<td>ali@y.com<tr><td>Ayşe<td>ayse@x.com</table>"
    (raw / "kisiler.xls").write_text(page, encoding="utf-8")
    # the header is row 1, Ali row 2, Ayşe row 3
    assert listed(Workspace("data", raw, tmp_path), Found(frozenset(), frozenset(), (), ("ayse@x.com",))) == {"kisiler.xls": [3]}
