"""Contracts: each kind of fault, planted one by one, is found and told with masked values."""

import subprocess
import sys

import ibis
import pandas as pd
import pytest

from scrm_helpers import tables
from scrm_helpers.tables import Kind, Privacy

LINEAGE = {"system": "shopify", "source_file": "orders.csv", "source_row": 2}


def good_orders() -> pd.DataFrame:
    """Two sales and a return: three rows that keep the contract."""
    day = pd.Timestamp("2026-01-05")
    return pd.DataFrame(
        [
            {"order_id": n, "account_id": n, "ordered_at": day, "ordered_on": day.date(), "kind": kind, "status": "completed",
             "channel": "shop", "net": net, "currency": "TRY", "is_internal": False, **LINEAGE}
            for n, kind, net in [(1, "sale", 100.0), (2, "sale", 50.5), (3, "return", -100.0)]
        ]
    )  # fmt: skip


def found(frame: pd.DataFrame, name: str = "orders") -> list[str]:
    table = tables.contract(name)
    return tables.breaches(tables.conform(ibis.memtable(frame), table), table)


def test_good_rows_pass():
    assert found(good_orders()) == []


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("order_id", 2, "key order_id: 1 value(s) stand in more than one row"),  # row 1 becomes a second 2
        ("kind", "gift", "such as ['gift']; expected one of sale, return"),
        ("status", None, "column status"),
        ("net", None, "blank"),
        ("discount", -1.0, "expected at least 0"),
        ("source", "myspace", "such as ['myspace']"),
        ("currency", None, "1 blank(s); expected none"),
    ],
)
def test_each_planted_fault_is_told(column, value, words):
    rows = good_orders()
    rows[column] = rows[column].astype(object) if column in rows else None
    rows.loc[0, column] = value
    assert any(words in line for line in found(rows)), found(rows)


def test_a_key_that_comes_twice_is_told_wherever_its_rows_stand():
    """Rows are only grouped where one does not have a greater key than the row before it: here none does, and then the last."""
    lines = pd.DataFrame(
        [(n, line, pd.Timestamp("2026-10-01").date(), 1.0, *LINEAGE.values()) for n, line in ((1, 1), (1, 2), (2, 1), (3, 1), (3, 2))],
        columns=["order_id", "line_no", "ordered_on", "net", *LINEAGE],
    )
    assert found(lines, "order_lines") == []
    for again in ((1, 1), (2, 1), (3, 2)):  # far from its twin, and right after it
        twice = pd.concat([lines, lines[(lines.order_id == again[0]) & (lines.line_no == again[1])]])
        told = found(twice, "order_lines")
        assert len(told) == 1 and f"1 value(s) stand in more than one row, e.g. [{tuple(map(str, again))}]" in told[0], told
    assert found(lines.iloc[::-1], "order_lines") == []  # out of order is no breach
    blank = lines.assign(order_id=[1, 1, 2, None, None], line_no=[1, 2, 1, 1, 1])
    told = found(blank.astype({"order_id": "Int64"}), "order_lines")
    assert len(told) == 2 and "2 blank(s)" in told[0] and "1 value(s) stand in more than one row" in told[1], told


def test_every_fault_at_once():
    rows = good_orders()
    rows["kind"] = ["gift", "sale", "sale"]
    rows["currency"] = [None, "TRY", "TRY"]
    rows["order_id"] = [1, 1, 3]
    assert len(found(rows)) == 3


def test_a_column_that_no_contract_knows_is_refused():
    rows = good_orders().assign(colour="red")
    with pytest.raises(tables.ContractError, match="colour"):
        found(rows)


def test_personal_values_are_masked():
    assert tables.mask("ayse@ornek.com") == "a***(14 characters)"
    assert "ayse" not in tables.mask("ayse@ornek.com")


def test_require_lists_breaches_and_where_to_mend():
    rows = good_orders().assign(kind="gift")
    table = tables.contract("orders")
    with pytest.raises(tables.ContractError, match="scrm_helpers/tables"):
        tables.require(tables.conform(ibis.memtable(rows), table), table)


def test_an_unknown_table_is_told_with_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'orders'"):
        tables.contract("order")


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_every_contract_says_grain_key_units_and_classes(name):
    table = tables.contract(name)
    assert table.grain and table.key
    assert not any(table.by_name[k].privacy is Privacy.PERSONAL for k in table.key), (
        "a key joins the open and the private part"
    )
    for column in table.columns:
        assert column.meaning, f"{name}.{column.name} has no meaning"
        assert column.name.endswith("_at") == (column.kind is Kind.TIME) or column.name == "at"
        assert column.name.endswith("_on") <= (column.kind is Kind.DATE)
    assert not table.ingested or table.answers, f"{name}: which export brings it?"
    tables.schema_of(table)


def test_the_design_names_no_table_that_is_missing():
    # DESIGN: "All contracts ... from the start"; names in the suite's own spelling
    wanted = [
        "accounts",
        "consents",
        "leads",
        "orders",
        "order_lines",
        "products",
        "stores",
        "traffic",
        "touches",
        "activity",
        "spend",
        "costs",
        "cases",
        "case_events",
        "phone_load",
        "surveys",
        "campaigns",
        "campaign_units",
        "calendar",
        "change_log",
        "experiments",
        "assignments",
        "follows",
        "referrals",
        "goals",
        "rates",
        "ledger_totals",
        "exclusions",
        "persons",
        "person_draws",
        "labels",
        "findings",
    ]
    assert set(wanted) <= set(tables.TABLES)


@pytest.mark.parametrize(
    ("column", "value"),
    [("order_id", 2), ("kind", "gift"), ("status", None), ("discount", -1.0), ("currency", None), ("channel", "shop")],
)
def test_the_two_queries_find_what_pandera_finds(column, value):
    """pandera, an independent reading of the same contract, is the oracle; the last case plants nothing."""
    from pandera.errors import SchemaErrors

    rows = good_orders()
    rows[column] = rows[column].astype(object) if column in rows else None
    rows.loc[0, column] = value
    table = tables.contract("orders")
    frame = tables.conform(ibis.memtable(rows), table)
    try:
        tables.schema_of(table).validate(frame, lazy=True)
        theirs = 0
    except SchemaErrors as errors:
        theirs = len(errors.schema_errors)
    assert len(tables.breaches(frame, table)) == theirs == (column != "channel")


def test_contracts_pull_in_neither_spark_nor_pandera_and_pandera_is_loaded_without_spark():
    code = (
        "import sys, scrm_helpers.store.book; print(sorted({m.split('.')[0] for m in sys.modules} & {'pyspark', 'pandera'}))\n"
        "from scrm_helpers import tables as t; t.schema_of(t.TABLES['orders'])\n"
        "print('pandera' in sys.modules, 'pyspark.pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error::FutureWarning", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True False"], done.stdout + done.stderr
