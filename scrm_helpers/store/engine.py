"""The engine that row-level work runs on: an embedded DuckDB, or Apache Spark by one setting. No analysis knows which."""

import atexit
import itertools
import os
import platform
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
import ibis

from scrm_helpers.errors import EngineError
from scrm_helpers.store.machine import memory_given, threads_given
from scrm_helpers.texts import tell

ENGINES = ("duckdb", "spark")
ALONE = {"autoinstall_known_extensions": False}  # left alone DuckDB fetches an extension from its server where a query needs one
STALE = 24 * 3600  # seconds after which what a process spilled is taken away where it cannot be asked for
_numbers = itertools.count()
LOCAL = "local[2]"
SPARK = {
    "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true", "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.ui.showConsoleProgress": "false",  # a bar on standard error would stand in the executed notebook
}  # fmt: skip
SPARK_ALONE = {
    "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
    # a notebook's session lives for a minute or two, most of which the JVM spent on compiling what then ran once
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}  # fmt: skip
MOST_MEMORY = 2_000  # MB of a connection, beyond which it works on disk: two notebooks run side by side, with rows beside each engine
UNACCOMPANIED = 4_200  # MB of one that no other notebook runs beside: what two files' rows take at a million people, before they are packed


def connect(engine: str = "duckdb", *, spill: Path | None = None):
    """An Ibis connection. Errors say what to install.

    Where data exceed memory DuckDB spills rows, names among them, below `spill`: a folder closed to others (mode 0700) that is there;
    left out, a closed one of this process among the system's temporary files. What was spilled goes with the connection.
    """
    if engine == "duckdb":
        return _duckdb(spill)
    if engine == "spark":
        return _spark()
    raise EngineError(tell("told.engine.unknown", came=engine, known=", ".join(ENGINES)))


def spill_place(spill: Path | None = None) -> str:
    """Where a connection may spill: a folder of its own in `spill` or in a closed folder of this process. DuckDB makes it when it first
    spills and removes it at the end: left alone it spills into the working folder."""
    top = spill or _closed(os.getpid())
    for left in top.iterdir():
        with suppress(FileNotFoundError):  # another process ends meanwhile
            if _killed(left.name) or time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)
    return str(top / f"{_here()}-{os.getpid()}-{next(_numbers)}")


def _killed(name: str) -> bool:
    """Whether the process that a folder is named after ran here and is gone: a million people's rows, 26 GB, need not lie for a day."""
    here, process, *_ = [*name.split("-"), ""]
    if here != _here() or not process.isdigit():
        return False
    import psutil

    return not psutil.pid_exists(int(process))


@cache
def _here() -> str:
    """Where a process number means one process: the machine, and on Linux the container. Eight hexadecimal digits."""
    with suppress(OSError):
        return sha256(f"{platform.node()} {os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:8]
    return sha256(platform.node().encode()).hexdigest()[:8]


def bare(engine: str = "duckdb", *, spill: Path | None = None):
    """A connection of the engine itself, for a library that brings its own SQL: it holds, spills and fetches what `connect`'s does.

    Spark's (`spark.Connection`) takes the same statements; what it keeps lies below `spill`, which executors must see.
    """
    if engine == "spark":
        session = _session()
        from scrm_helpers.store import spark

        return spark.Connection(session, Path(spill_place(spill)))
    connection = duckdb.connect(config=_settings(None))
    connection.execute("SET enable_progress_bar = false")  # else every step leaves a bar in the notebook
    return connection


def _duckdb(spill: Path | None):
    return ibis.duckdb.connect(**_settings(spill))


def _settings(spill: Path | None) -> dict:
    settings = {"temp_directory": spill_place(spill), "memory_limit": memory()} | ALONE
    if threads := threads_given():
        settings["threads"] = threads
    return settings


def memory(most: int = MOST_MEMORY) -> str:
    """What a connection may hold, in DuckDB's words: what SCRM_MEMORY says, else `memory_limit`."""
    return memory_given() or f"{memory_limit(most)}MB"


def memory_limit(most: int = MOST_MEMORY) -> int:
    """MB that a connection may hold where SCRM_MEMORY says nothing: `most`, or a third of a smaller machine.

    Left alone DuckDB takes four fifths of the machine, in each notebook that runs.
    """
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    except (AttributeError, ValueError, OSError):  # Windows does not tell
        return most
    return min(most, machine // 3)


@cache
def _closed(process: int) -> Path:
    """A closed folder of one process; removed at its end (a child forked from it leaves it alone)."""
    made = Path(tempfile.mkdtemp(prefix="scrm-"))  # mode 0700
    atexit.register(lambda: os.getpid() == process and shutil.rmtree(made, ignore_errors=True))
    return made


def spark_settings(master: str) -> dict[str, str]:
    """Settings of a Spark session: what answers depend on; on one machine also what saves work, which a cluster's own settings decide."""
    return SPARK | (SPARK_ALONE if master.startswith("local") else {})


def _session():
    """The session of Spark, one in a process."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(tell("told.engine.spark")) from error
    master = os.environ.get("SCRM_SPARK_MASTER") or LOCAL
    builder = SparkSession.builder.master(master).appName("scrm").config(map=spark_settings(master))
    if master.startswith("local"):  # rows on their way from one step to the next, names among them
        builder = builder.config("spark.local.dir", str(_closed(os.getpid())))
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _spark():
    session = _session()
    from ibis.backends.pyspark import Backend

    class Spark(Backend):
        """Ibis' own, which hands Spark the frames in a query before it asks it, but (12.0) not before it caches one."""

        def _create_cached_table(self, name, expr):
            self._run_pre_execute_hooks(expr)
            return super()._create_cached_table(name, expr)

    Spark.register_options()  # as `ibis.pyspark` does
    return Spark().connect(session)
