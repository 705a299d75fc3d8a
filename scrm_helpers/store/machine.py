"""What a machine gives to the engine: settings from the environment, and whether Spark is there. Imports no engine: a run asks first."""

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from scrm_helpers.errors import EngineError
from scrm_helpers.texts import tell

MEMORY_VARIABLE, THREADS_VARIABLE = "SCRM_MEMORY", "SCRM_THREADS"
MEMORY = re.compile(r"(\d+(?:\.\d+)?) ?[KMGT](?:i?B)?", re.I | re.ASCII)  # as DuckDB writes it; without a unit it refuses


def memory_given() -> str:
    """What SCRM_MEMORY says, such as "4GB"; '' where it says nothing. EngineError where it is no amount of memory."""
    came = os.environ.get(MEMORY_VARIABLE, "").strip()
    found = MEMORY.fullmatch(came)
    if came and not (found and float(found[1])):
        raise EngineError(tell("told.machine.memory", name=MEMORY_VARIABLE, came=came))
    return came


def threads_given() -> int | None:
    """What SCRM_THREADS says; None where it says nothing. EngineError where it is no whole number from 1 on."""
    came = os.environ.get(THREADS_VARIABLE, "").strip()
    if not came:
        return None
    if not (came.isascii() and came.isdigit() and int(came)):
        raise EngineError(tell("told.machine.threads", name=THREADS_VARIABLE, came=came))
    return int(came)


def refuse_unfit(engines: set[str]) -> None:
    """EngineError where a setting of the machine is wrong, or one of the engines asked for could not start here."""
    memory_given()
    threads_given()
    if "spark" not in engines:
        return
    if find_spec("pyspark") is None:
        raise EngineError(tell("told.engine.spark"))
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")):
        raise EngineError(tell("told.engine.java", where=f"JAVA_HOME={home}" if home else "PATH"))
