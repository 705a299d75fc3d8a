"""The same notebooks on Apache Spark: every table that they show or write equals DuckDB's, to a relative 1e-9."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
PERIOD = "2026-10"
BOOKS = ("02_identity", "03_acquisition", "04_retention", "05_service", "07_experiments", "08_audiences")
CELLS = """
import json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
space = {"display": lambda *a: None}
for cell in (c for c in cells if c["cell_type"] == "code"):
    exec("".join(cell["source"]), space)
    if "parameters" in cell["metadata"].get("tags", []):
        space |= {"period": sys.argv[3], "raw": "", "engine": sys.argv[2], "interactive": False}
if sys.argv[2] == "spark":
    from pyspark.sql import SparkSession
    print("jobs of Spark:", len(SparkSession.getActiveSession().sparkContext.statusTracker().getJobIdsForGroup()))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The small sample company, its month run on DuckDB."""
    import facts

    before = os.environ.get("SCRM_HOME")
    yield facts.company(tmp_path_factory.mktemp("spark"))
    os.environ.pop("SCRM_HOME")
    if before is not None:
        os.environ["SCRM_HOME"] = before


def shown(name: str, engine: str, pages: Path, tmp_path: Path) -> dict[str, pd.DataFrame]:
    """Runs a notebook's cells on an engine: the tables that it shows, and its findings."""
    run = tmp_path / engine
    environment = os.environ | {"SCRM_RUN": str(run), "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", CELLS, str(ROOT / "notebooks" / f"{name}.ipynb"), engine, PERIOD]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    if engine == "spark":  # DuckDB in its place would give the same tables
        assert int(re.search(r"jobs of Spark: (\d+)", done.stdout)[1]) > 10
    tables = {f.stem: pd.read_csv(f) for f in sorted((run / name / "tables").glob("*.csv"))}
    data = Path(os.environ["SCRM_HOME"]) / "data" / "sample"
    scrm = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["metadata"]["scrm"]
    for table in scrm["writes"]:
        for folder in (data / "processed" / PERIOD, data / "private" / PERIOD):
            for path in (folder / f"{table}.parquet", folder / f"{table}.{name}.parquet"):
                if path.is_file():
                    tables[f"{folder.parent.name}/{path.name}"] = pd.read_parquet(path)
    return tables


@pytest.mark.slow
@pytest.mark.java
@pytest.mark.parametrize("name", BOOKS)
def test_tables_on_spark_equal_those_on_duckdb(name, pages, tmp_path):
    wanted, found = (shown(name, engine, pages, tmp_path) for engine in ("duckdb", "spark"))
    assert wanted and set(found) == set(wanted)
    for table, rows in wanted.items():
        pd.testing.assert_frame_equal(found[table], rows, rtol=1e-9, atol=1e-12, check_dtype=False, obj=f"{name}, {table}")
