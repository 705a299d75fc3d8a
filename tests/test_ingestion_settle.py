"""Settling: one row of a group of rows, newest rows and what the older ones said, returns and their sales. Tables made by hand."""

from types import SimpleNamespace

import duckdb
import pytest

from scrm_helpers import tables
from scrm_helpers.ingestion import evidence, excluded, merged, monthly, numbered, returns, settle
from scrm_helpers.ingestion.feeding import Fed

GROUPS = """CREATE TABLE fed_1 AS SELECT * EXCLUDE (bad), CASE WHEN bad THEN {'column': 'net', 'reason': 'blank', 'value': NULL} END AS _bad
    FROM (VALUES
    (1, 1, 11, 'A-1', NULL, 'web', 1.00, FALSE, FALSE), (2, 1, 11, 'A-1', 'mail', 'app', 2.00, FALSE, FALSE),
    (3, 1, 11, 'A-1', 'post', 'app', NULL, FALSE, FALSE), (4, 4, 12, 'A-2', 'call', 'web', NULL, FALSE, FALSE),
    (5, 4, 12, 'A-2', NULL, 'web', 5.00, FALSE, TRUE), (6, 6, 13, 'A-3', 'mail', 'web', 7.00, FALSE, TRUE),
    (7, 6, 13, 'A-3', 'mail', 'web', 1.00, FALSE, FALSE), (8, 8, 14, 'A-4', 'mail', 'web', 9.00, TRUE, FALSE)
    ) t (_row, _gid, order_id, order_no, source, channel, net, bad, _later)"""


@pytest.mark.parametrize("few", [True, False])
def test_a_group_is_its_first_row_with_the_first_value_of_a_column_that_is_blank_there(monkeypatch, few):
    """Order 13 is later as a whole for its first row is, order 12 is not for its second one is; 14 is set aside."""
    monkeypatch.setattr(evidence, "LARGE", 1_000 if few else 0)
    con = duckdb.connect()
    con.execute(GROUPS)
    feed = SimpleNamespace(group="order_no", table="orders", sums=("net",), each=None)
    fed = Fed("orders", "fed_1", SimpleNamespace(file="a.csv", rows=8, across=False), 1, "till", feed, 7, "2026-10-31", "sheet")
    sql = settle._rows(con, fed, tables.contract("orders"))
    assert sql.count("arg_min") == (5 if few else 1)  # of source alone a later row may be the first that says anything
    columns = "order_id, order_no, source, channel, net::VARCHAR, source_file, source_row"
    found = con.execute(f"SELECT {columns} FROM ({sql}) ORDER BY 1").fetchall()
    assert found == [(11, "A-1", "mail", "web", "3.0000", "a.csv", 1), (12, "A-2", "call", "web", "5.0000", "a.csv", 4)]


@pytest.mark.parametrize("few", [True, False])
def test_words_of_large_tables_are_held_as_numbers_that_sort_and_compare_as_text(monkeypatch, few):
    """Order 11 came twice, and its lines follow the export that is kept; 12, of a kind that no contract knows, is set aside."""
    monkeypatch.setattr(evidence, "LARGE", 1_000 if few else 0)
    con = duckdb.connect()
    monthly.prepare(con)
    made = "DATE '2026-10-01' AS ordered_on, FALSE AS _later, NULL::STRUCT(reason VARCHAR) AS _bad"
    con.execute(f"CREATE TABLE fed_1 AS SELECT 1 AS _row, 1 AS _gid, 11 AS order_id, 'sale' AS kind, 10.0::DECIMAL(18,4) AS net, {made}")
    con.execute("CREATE TABLE fed_2 AS SELECT * REPLACE (20.0::DECIMAL(18,4) AS net) FROM fed_1")
    aside = "2 AS _row, 12 AS order_id, 'gift' AS kind, {'reason': 'not_allowed'} AS _bad"
    con.execute(f"INSERT INTO fed_2 SELECT * REPLACE ({aside}) FROM fed_1")
    feds = []
    for k, (table, file) in enumerate((t, f) for t in ("orders", "order_lines") for f in ("z.csv", "b.csv")):
        if table == "order_lines":
            con.execute(f"CREATE TABLE fed_{k + 1} AS SELECT 1 AS _row, 1 AS _gid, 11 AS order_id, 1 AS _key, {made}")
        part, feed = SimpleNamespace(file=file, rows=2, across=False), SimpleNamespace(table=table, group=None, each=None, columns={})
        feds.append(Fed(table, f"fed_{k + 1}", part, k, f"till {file}", feed, k, "2026-10-31", "it's one"))
    for name in ("orders", "order_lines"):
        settle.settle(con, name, [f for f in feds if f.table == name], "2200-01-01", "2200-01-01", feds)
    assert con.execute("SELECT order_id, kind, net::DOUBLE, system, source_file FROM made_orders").fetchall() == [
        (11, "sale", 10.0, "till z.csv", "z.csv")  # exported on one day: the last by its file's name
    ]
    assert con.execute("SELECT order_id, system, source_file, line_no FROM made_order_lines").fetchall() == [(11, "till z.csv", "z.csv", 1)]
    kinds = [dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE made_{n})").fetchall()) for n in ("orders", "order_lines")]
    file = "VARCHAR" if few else "ENUM('b.csv', 'z.csv')"
    assert [k["source_file"] for k in kinds] == [file, file]  # of one kind: rows are compared by number
    assert kinds[0]["kind"] == ("VARCHAR" if few else "ENUM('return', 'sale')")
    assert numbered.enum(["b", "it's", "a", "b"]) == "ENUM('a', 'b', 'it''s')"


def test_what_an_older_export_said_is_compared_with_what_the_newest_says():
    con = duckdb.connect()
    con.execute("""CREATE TABLE made_orders AS SELECT order_id, DATE '2026-09-01' AS ordered_on, net::DECIMAL(18,4) AS net,
        'till' AS system, source_file, order_id AS source_row, 1 AS _feed, exported::DATE AS _exported FROM (VALUES
        (1, 10.00, 'old.csv', '2026-09-30'), (1, 12.50, 'mid.csv', '2026-10-01'), (1, 14.00, 'new.csv', '2026-10-31'),
        (2, 20.00, 'old.csv', '2026-09-30'), (2, 20.00, 'new.csv', '2026-10-31'), (3, 30.00, 'new.csv', '2026-10-31')
        ) t (order_id, net, source_file, exported)""")
    lineage = "'c.csv' AS source_file, DATE '2026-10-31' AS _exported, 1 AS _feed, 1 AS source_row"
    con.execute(f"CREATE TABLE made_cases AS SELECT 5 AS case_id, {lineage}")
    monthly.prepare(con)
    rank = "row_number() OVER (PARTITION BY {} ORDER BY _exported DESC, source_file DESC, _feed, source_row DESC)"
    for name, key in (("orders", '"order_id"'), ("cases", '"case_id"')):
        settle._newest(con, name, key, rank.format(key), told=True)
        monthly.compare(con, name)
    assert con.execute("SELECT order_id, net::DOUBLE, source_file FROM made_orders ORDER BY 1").fetchall() == [
        (1, 14.0, "new.csv"), (2, 20.0, "new.csv"), (3, 30.0, "new.csv")]  # fmt: skip
    # the one before the newest is asked, and only where it says something else
    assert monthly.restated(con).values.tolist() == [["orders", "till", "2026-09", "net", "new.csv", "mid.csv", 1, 12.5, 14.0]]


def test_accounts_whose_id_is_one_phone_are_one_for_returns_and_no_others():
    con = duckdb.connect()
    con.execute("CREATE TABLE made_accounts (account_id BIGINT, system VARCHAR, native_id VARCHAR, phone VARCHAR)")
    con.executemany("INSERT INTO made_accounts VALUES (?, ?, ?, ?)", [
        (1, "till", "0532 000 11 01", "+90 532 000 11 01"), (2, "till", "(0532) 000-1101", "05320001101"),  # one number: 2 becomes 1
        (3, "shop", "05320001101", "05320001101"),  # another system
        (4, "till", "7001", "05320001101"), (5, "till", "05320001109", "05320001101"),  # an id that is no phone, or another one
        (6, "till", "A05320001101", "05320001101"), (7, "till", "05320001101", None),
    ])  # fmt: skip
    for rows in ("scrm_deals", "scrm_back"):
        con.execute(f"CREATE TABLE {rows} AS SELECT range AS order_id, range AS account_id FROM range(1, 8)")
    returns._one_phone(con)
    for rows in ("scrm_deals", "scrm_back"):
        assert con.execute(f"SELECT account_id FROM {rows} ORDER BY order_id").fetchall() == [(1,), (1,), (3,), (4,), (5,), (6,), (7,)]


@pytest.mark.parametrize(("files", "alone"), [(("z.csv", "b.csv"), ()), (("z.csv", "z.csv"), ()), (("z.csv",), ("c.csv",))])
def test_an_order_has_each_line_once_whether_files_overlap_have_two_sheets_or_one_of_lines_alone(files, alone):
    """Order 11 with its only line stands in both."""
    con = duckdb.connect()
    monthly.prepare(con)
    row = "1 AS _row, 1 AS _gid, 11 AS order_id, DATE '2026-10-01' AS ordered_on, FALSE AS _later, NULL::STRUCT(reason VARCHAR) AS _bad"
    feds = []
    for k, (table, file) in enumerate((t, f) for t in ("orders", "order_lines") for f in (*files, *(alone if t == "order_lines" else ()))):
        own = "10.0::DECIMAL(18,4) AS net, 'sale' AS kind" if table == "orders" else "1 AS _key"
        con.execute(f"CREATE TABLE fed_{k} AS SELECT {row}, {own}")
        part, feed = SimpleNamespace(file=file, rows=1, across=False), SimpleNamespace(table=table, group=None, each=None, columns={})
        feds.append(Fed(table, f"fed_{k}", part, k, "till", feed, k, "2026-10-31", "sheet"))
    for name in ("orders", "order_lines"):
        settle.settle(con, name, [f for f in feds if f.table == name], "2200-01-01", "2200-01-01", feds)
    assert con.execute("SELECT order_id, line_no, source_file FROM made_order_lines").fetchall() == [(11, 1, "z.csv")]


def test_an_account_of_several_rows_takes_each_field_from_the_newest_file_that_has_it():
    """Account 1 has two rows, 4 too, 2 has three, 3 one; 9 is a contact that the CRM knows as 1 and the shop as 2."""
    con = duckdb.connect()
    con.execute("CREATE MACRO scrm_account(s) AS CASE s WHEN 'contact|a@x.example' THEN 9 ELSE 100 END")
    con.execute("""CREATE TABLE made_accounts AS SELECT * EXCLUDE (day), day::TIMESTAMP AS created_at FROM (VALUES
        (1, 'hubspot', 'crm.csv', 1, DATE '2026-10-02', 'unknown', TRUE, 'A@x .example', NULL, '2026-05-02'),
        (1, 'hubspot', 'old.csv', 7, DATE '2026-09-02', 'consumer', NULL, 'b@x.example', 'Van', '2026-05-01'),
        (2, 'shopify', 'b.csv', 1, DATE '2026-10-02', 'unknown', FALSE, NULL, NULL, NULL),
        (2, 'shopify', 'a.csv', 9, DATE '2026-10-02', 'unknown', FALSE, 'a@x.example', NULL, '2026-04-03'),
        (2, 'shopify', 'a.csv', 2, DATE '2026-10-02', 'business', TRUE, 'c@x.example', 'Rize', '2026-04-04'),
        (3, 'logo', 'c.csv', 1, DATE '2026-10-02', NULL, FALSE, NULL, 'Mus', NULL),
        (4, 'logo', 'c.csv', 2, DATE '2026-10-02', 'unknown', FALSE, NULL, NULL, NULL),
        (4, 'logo', 'b.csv', 3, DATE '2026-10-02', 'unknown', TRUE, NULL, NULL, NULL),
        (9, 'contact', 'd.csv', 1, DATE '2026-10-02', 'unknown', FALSE, 'a@x.example', NULL, NULL)
        ) t (account_id, system, source_file, source_row, _exported, kind, is_internal, email, city, day)""")
    merged.merge(con)
    columns = "account_id, source_file, source_row, kind, is_internal, email, city, created_at::DATE::VARCHAR"
    assert con.execute(f"SELECT {columns} FROM made_accounts ORDER BY 1").fetchall() == [
        (1, "crm.csv", 1, "consumer", True, "A@x .example", "Van", "2026-05-01"),
        (2, "b.csv", 1, "business", True, "a@x.example", "Rize", "2026-04-03"),
        (3, "c.csv", 1, "unknown", False, None, "Mus", None),
        (4, "c.csv", 2, "unknown", True, None, None, None),
    ]
    assert con.execute("SELECT account_id FROM scrm_contacts WHERE contact_id = 9").fetchall() == [(1,)]


@pytest.mark.parametrize("few", [0, 50])
def test_staff_of_the_exclusion_sheet_is_marked_however_long_the_sheet_is(monkeypatch, few):
    monkeypatch.setattr(excluded, "FEW", few)
    con = duckdb.connect()
    con.execute("""CREATE TABLE made_exclusions AS FROM (VALUES ('email', ' Test@shop.example'), ('domain', '@staff.example'),
        ('phone', '0532 000 11 01'), ('account', 'O''Neill'), ('email', NULL),
        ('phone', 'unknown'), ('domain', '@')) t (kind, value)""")
    con.execute("""CREATE TABLE made_accounts AS SELECT *, FALSE AS is_internal FROM (VALUES (1, 'TEST@shop.example ', NULL, 'a'),
        (2, 'ada@Staff.example', NULL, 'b'), (3, NULL, '+90 (532) 000-1101', 'c'), (4, NULL, NULL, 'O''Neill'),
        (5, 'ada@shop.example', '05320001102', 'd'), (6, NULL, NULL, NULL), (7, 'none', '-', 'e'))
        t (account_id, email, phone, native_id)""")
    con.execute("CREATE TABLE made_orders AS SELECT 1 AS order_no, FALSE AS is_internal")  # the sheet lists no order
    for name in ("accounts", "orders"):
        excluded.mark(con, name, True)
    assert con.execute("SELECT account_id FROM made_accounts WHERE is_internal ORDER BY 1").fetchall() == [(1,), (2,), (3,), (4,)]
    assert con.execute("SELECT count(*) FROM made_orders WHERE is_internal").fetchone()[0] == 0
