"""Splink on the engine that holds the records. Whichever it is, likeness is told, and samples are drawn, as DuckDB does.

Splink draws a sample by each engine's own hash, so the two would learn from other records; the jar that Splink brings for Spark counts
half a transposition in Jaro's likeness, where DuckDB (and rapidfuzz) leave the half out, and reads letters where DuckDB reads bytes.
"""

import duckdb
import pandas as pd
import pyarrow as pa
import sqlglot
from splink import DuckDBAPI
from splink.comparison_level_library import CustomLevel
from sqlglot import exp

from scrm_helpers.identity import jaro
from scrm_helpers.store import engine

LOTS = 1_000_000_000  # parts that Splink draws from
JARO_WINKLER = ("jaro_winkler", "jaro_winkler_similarity", "jarowinklersimilarity")  # Splink's, DuckDB's and sqlglot's word
QUICK, SLIPS = "jaro_winkler_half", "damerau_levenshtein"  # functions of the jar, by the name that they get here
LEAST_LIKE = 0.63  # the jar's likeness of two texts that DuckDB calls 0.75 alike or more is never below: it may lack 1/18 of Jaro's 0.7


def of(connection, seed: int):
    """Splink's way to the table `people` of the connection, whose samples are drawn by `seed`."""
    return DuckDBAPI(connection=connection) if isinstance(connection, duckdb.DuckDBPyConnection) else _on_spark(connection, seed)


def told(connection, compared: list) -> list:
    """The comparisons in the words of the connection's engine."""
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        from scrm_helpers.store.spark import spoken

        for level in (level for comparison in compared for level in comparison.create_comparison_levels()):
            if isinstance(level, CustomLevel):
                level.sql_condition = spoken(level.sql_condition)
    return compared


def _on_spark(connection, seed: int):
    from splink.backends.spark import SparkAPI

    class OnSpark(SparkAPI):
        """Splink's own, told what DuckDB's likeness and samples are."""

        def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
            return sqlglot.parse_one(sql, read="spark").transform(as_duckdb).sql("customspark")  # Splink's dialect

        def _table_registration(self, input, table_name: str) -> None:
            rows = pa.Table.from_pandas(input, preserve_index=False) if isinstance(input, pd.DataFrame) else input
            super()._table_registration(rows, table_name)

    add_functions(connection.session)
    _draw(connection, seed)
    return OnSpark(spark_session=connection.session, register_udfs_automatically=False)


def add_functions(session) -> None:
    """Makes the two functions of Splink's jar that are called known to the session, and the jar to its executors."""
    from pyspark.sql.types import DoubleType
    from splink.backends.spark import similarity_jar_location

    session.sql(f"ADD JAR '{similarity_jar_location()}'")
    for name, held in {QUICK: "JaroWinklerSimilarity", SLIPS: "LevDamerauDistance"}.items():
        session.udf.registerJavaFunction(name, f"uk.gov.moj.dash.linkage.{held}", DoubleType())


def _draw(connection, seed: int) -> None:
    """Gives each of `people` the two numbers by which Splink draws on DuckDB: with the seed for strangers, without it for a block."""
    rows = connection.execute("SELECT unique_id FROM made").to_arrow_table()
    with engine.bare() as embedded:
        embedded.register("rows", rows)
        lots = embedded.execute(
            f"SELECT unique_id, (hash(unique_id) % {LOTS})::BIGINT AS lot, (hash(unique_id || '_{seed}') % {LOTS})::BIGINT AS seeded_lot "
            "FROM rows"
        ).to_arrow_table()
    connection.register("lots", lots)
    connection.execute("CREATE TABLE drawn AS SELECT people.*, lot, seeded_lot FROM people JOIN lots USING (unique_id)")
    connection.execute("CREATE VIEW people AS SELECT * FROM drawn")
    connection.unregister("lots")


def as_duckdb(node: exp.Expression) -> exp.Expression:
    """A call in Splink's SQL for Spark as what gives DuckDB's answer."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else node.key if isinstance(node, exp.Func) else ""
    if name in JARO_WINKLER:
        return exp.Var(this=jaro.winkler(*_texts(node), quick=QUICK, least=LEAST_LIKE))
    if name == "levenshtein":
        return exp.Var(this=f"levenshtein({', '.join(_texts(node))})")
    if name == SLIPS:
        known = " AND ".join(f"{part.sql('spark')} IS NOT NULL" for part in node.expressions)
        return exp.Var(this=f"CASE WHEN {known} THEN {SLIPS}({', '.join(_texts(node))}) END")
    if name == "hash" and (column := node.find(exp.Column)):
        return exp.column("seeded_lot" if node.find(exp.Literal) else "lot", table=column.table or None)
    return node


def _texts(node: exp.Expression) -> list[str]:
    """The two arguments of a call, a letter for each byte."""
    parts = node.expressions if isinstance(node, exp.Anonymous) else [node.this, node.expression]
    return [f"decode(encode({part.sql('spark')}, 'UTF-8'), 'ISO-8859-1')" for part in parts]
