"""Sources in a database: the same contract from a query; a real PostgreSQL where one is there (SCRM_TEST_POSTGRES holds its URL)."""

import os

import pytest
from ingestion_files import checked

ENTRY = """company: {{currency: TRY}}
sources:
  - {{name: erp, database: "{database}", query: "{query}", recipe: logo_lines}}
"""
QUERY = "SELECT * FROM scrm_test_lines ORDER BY ficheno"


def told(home, database: str, query: str = QUERY) -> dict:
    return checked(home, {}, sources=ENTRY.format(database=database, query=query))["database:erp"]


@pytest.mark.parametrize(
    ("database", "query", "url", "word"),
    [
        ("postgresql://u:secret@h/d", QUERY, "", "never into this file"),
        ("${SCRM_NO_SUCH}", QUERY, None, "SCRM_NO_SUCH is not set"),
        ("${SCRM_URL}", "DELETE FROM x", "postgresql://h/d", "only reads"),
        ("${SCRM_URL}", "SELECT 1; DROP TABLE x", "postgresql://h/d", "only reads"),
        ("${SCRM_URL}", QUERY, "oracle://u:secret@h/d", "postgresql, mssql, mysql"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence_without_the_password(
    tmp_path, monkeypatch, database, query, url, word
):
    if url:
        monkeypatch.setenv("SCRM_URL", url)
    found = told(tmp_path, database, query)
    assert found["verdict"] == "refused" and word in found["message"] and "secret" not in found["message"]


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_URL", "postgresql+psycopg://u:secret@localhost:1/d")
    found = told(tmp_path, "${SCRM_URL}")
    assert found["verdict"] == "refused" and "secret" not in found["message"]
    assert "pip install sqlalchemy" in found["message"] or "the database answered" in found["message"]


def test_rows_of_a_real_server_are_those_of_the_file(tmp_path, monkeypatch):
    url = os.environ.get("SCRM_TEST_POSTGRES")
    if not url:
        pytest.skip(
            "no PostgreSQL here: set SCRM_TEST_POSTGRES to its URL, such as postgresql+psycopg://user@localhost/test"
        )
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE IF EXISTS scrm_test_lines"))
        connection.execute(
            sqlalchemy.text(
                "CREATE TABLE scrm_test_lines (ficheno text, trcode int, cari_kod text, cari_unvan text, date_ timestamp, "
                "satir_net numeric(18,2), iptal int)"
            )
        )
        connection.execute(
            sqlalchemy.text(
                "INSERT INTO scrm_test_lines VALUES ('0001', 7, '120.01', 'Işık', '2026-09-05 10:00', 1234.50, 0), "
                "('0002', 3, '120.01', 'Işık', '2026-09-06', 34.50, 0), ('0003', 7, '120.01', 'Işık', '2026-09-07', 10.00, 1)"
            )
        )
    monkeypatch.setenv("SCRM_URL", url)
    found = told(tmp_path, "${SCRM_URL}")
    assert (found["verdict"], found["recipe"], found["rows_kept"]) == ("read", "logo_lines", 3), found["message"]
    # 1,234.50 sold, 34.50 came back, the third one is cancelled
    assert found["sums"]["orders"]["completed"] == {"net": 1200.0, "sales": 1, "returns": 1}
    wrong = told(tmp_path / "wrong", "${SCRM_URL}", "SELECT * FROM scrm_no_such_table")
    assert wrong["verdict"] == "refused" and "the database answered" in wrong["message"]
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE scrm_test_lines"))
    engine.dispose()
