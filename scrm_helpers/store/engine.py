"""The engine that row-level work runs on: an embedded DuckDB, or Apache Spark by one setting. No analysis knows which."""

import os
import tempfile
from pathlib import Path

import ibis

ENGINES = ("duckdb", "spark")
MEMORY_VARIABLE, THREADS_VARIABLE = "SCRM_MEMORY", "SCRM_THREADS"


class EngineError(ValueError):
    """The engine asked for is not there."""


def connect(engine: str = "duckdb", *, spill: Path | None = None):
    """An Ibis connection. DuckDB spills to `spill` (a folder) where data exceed memory. Errors say what to install."""
    if engine == "duckdb":
        return _duckdb(spill)
    if engine == "spark":
        return _spark()
    raise EngineError(f"engine: came {engine!r}, expected one of {', '.join(ENGINES)}.")


def _duckdb(spill: Path | None):
    settings = {"temp_directory": str(spill or Path(tempfile.gettempdir()) / f"scrm-{os.getpid()}")}
    if memory := os.environ.get(MEMORY_VARIABLE):
        settings["memory_limit"] = memory
    if threads := os.environ.get(THREADS_VARIABLE):
        settings["threads"] = int(threads)
    return ibis.duckdb.connect(**settings)


def _spark():
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            "engine: came 'spark', but PySpark is not installed. Install it with: pip install -r locks/spark.txt (and Java 17 or newer)."
        ) from error
    session = (
        SparkSession.builder.master(os.environ.get("SCRM_SPARK_MASTER", "local[2]")).appName("scrm")
        .config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4").config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)
