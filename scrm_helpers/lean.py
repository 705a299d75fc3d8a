"""Imports without what they drag in: seconds of another library's work that this suite never asks for."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SPARK = ("pyspark.pandas",)  # pandera imports it wherever PySpark is installed
DEBUGGER = ("debugpy",)  # ipykernel gives every kernel a debugger, a third of its start; nobody steps through a month's run
ADDRESSES = ("rfc3987_syntax", "rfc3986_validator")  # jsonschema builds grammars of web addresses, for a format that no notebook has
CLOUDS = ("pyarrow._s3fs", "pyarrow._gcsfs", "pyarrow._azurefs")  # papermill asks for a file system of Arrow; notebooks lie on a disk
ALONE = ("holidays.countries.turkey",)  # modules whose package imports all their siblings: every country of the world, 300 modules


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Inside, an import of these modules ends in ImportError, which their users expect; one that is loaded already stays."""
    held = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(held))
    try:
        yield
    finally:
        for name in held:
            del sys.modules[name]


def load(name: str) -> None:
    """Imports a module, one of ALONE without running its package, which whoever asks for it later still runs."""
    package = name.rpartition(".")[0]
    if name not in ALONE or package in sys.modules:
        importlib.import_module(name)
        return
    sys.modules[package] = importlib.util.module_from_spec(importlib.util.find_spec(package))
    try:
        importlib.import_module(name)
    finally:
        del sys.modules[package]
