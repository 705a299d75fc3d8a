"""The mapping examples of docs/mappings: each reads a small file in the shape that it is for."""

from pathlib import Path

import pytest
from ingestion_files import checked

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "mappings"
FILES = {
    "woocommerce": {
        "woocommerce.csv": "Order Number,Order Date,Order Status,Order Total Amount,Customer Email,Billing Name\n"
        "1,2026-09-01 10:00,completed,120.00,a@b.com,A B\n2,2026-09-02 10:00,cancelled,60.00,c@d.com,C D\n"
    },
    "zoho": {
        "zoho.csv": "Record Id,First Name,Last Name,Email,Phone,Lead Source,Lead Status,Created Time\n"
        "zcrm_1,A,B,a@b.com,,Instagram,Qualified,2026-09-01 10:00\n"
    },
    "sap_b1": {
        "OINV.csv": "DocNum,CardCode,CardName,DocDate,DocTotal,VatSum\n10,C1,A,2026-09-01,120.00,20.00\n",
        "ORIN.csv": "DocNum,CardCode,CardName,DocDate,DocTotal,VatSum\n11,C1,A,2026-09-02,60.00,10.00\n",
    },
    "x_posts": {"x_posts.csv": "Post id,Date,Impressions\n1226930000000000001,2026-09-01,1203\n"},
}


@pytest.mark.parametrize("name", FILES)
def test_an_example_reads_its_file(tmp_path, name):
    found = checked(tmp_path, FILES[name], sources=(FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    assert {f["verdict"] for f in found.values()} == {"read"}, [f["message"] for f in found.values()]
    assert all(f["rows_quarantined"] == 0 and f["cells_left_blank"] == {} for f in found.values())
    sums = {file: f["sums"] for file, f in found.items()}
    if name == "woocommerce":
        assert sums["woocommerce.csv"]["orders"]["completed"]["gross"] == 120  # the cancelled one apart
    if name == "sap_b1":  # 120 - 20 and -(60 - 10): without VAT
        assert (sums["OINV.csv"]["orders"]["net"], sums["ORIN.csv"]["orders"]["net"]) == (100, -50)
    if name == "zoho":
        assert sums["zoho.csv"]["leads"]["rows_by_stage"] == {"prospect": 1}
    if name == "x_posts":
        assert sums["x_posts.csv"]["activity"]["by_measure"]["impressions"]["value"] == 1203


def test_every_example_has_a_test_and_a_line_in_the_list():
    assert {p.stem for p in FOLDER.glob("*.yml")} == set(FILES)
    assert all(f"`{name}.yml`" in (FOLDER / "README.md").read_text(encoding="utf-8") for name in FILES)
