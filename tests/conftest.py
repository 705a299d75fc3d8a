"""Fixtures that every test may use; tests that lack what they need skip with a reason."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

import start

LONGEST = ("test_suite", "test_run", "test_ingestion_examples", "test_scorecard", "test_spark")  # begun first, see start.py
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the public reference data (SCRM_REFERENCE_DATA)."""
    named = os.environ.get("SCRM_REFERENCE_DATA")
    if not named:
        pytest.skip("SCRM_REFERENCE_DATA is not set: it names the folder with the public reference data")
    folder = Path(named)
    # A wrong path must not look like a machine without the data.
    assert folder.is_dir(), f"SCRM_REFERENCE_DATA is {named!r}; expected a folder. Correct it or unset it."
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium that draws pages in tests marked `browser`."""
    return next(filter(None, map(shutil.which, BROWSERS)))


@pytest.fixture(scope="session")
def tiny_made(tmp_path_factory) -> Path:
    """The tiny company (see tiny_company.py), read in once."""
    import tiny_company

    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(folder))
        tiny_company.make(folder)
    return folder


@pytest.fixture
def tiny_company(tiny_made, tmp_path, monkeypatch):
    """A copy of the tiny company for one test; SCRM_HOME is its folder."""
    import tiny_company

    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    return tiny_company.copied(tiny_made, tmp_path / "home")


@pytest.fixture(scope="module")
def kept_warm():
    """Stands for `fork.Warm`: one warm process for all runs of a module (see kept_warm.py)."""
    import kept_warm

    one = kept_warm.Kept.__new__(kept_warm.Kept)
    yield one.begin
    one.end()


@pytest.fixture
def warm(kept_warm, monkeypatch):
    """Runs of this test share the module's warm process: for tests that are not about it."""
    monkeypatch.setattr("scrm_helpers.run.fork.Warm", kept_warm)


def lacking() -> dict[str, str]:
    """{marker: why its tests cannot run here}."""
    reasons = {}
    if not any(map(shutil.which, BROWSERS)):
        reasons["browser"] = f"no Chromium on PATH (looked for {', '.join(BROWSERS)})"
    java = start.java_major()
    if java is None or java < start.SPARK_JAVA:
        reasons["java"] = f"no Java {start.SPARK_JAVA} or newer (JAVA_HOME, PATH); found {java or 'none'}"
    elif importlib.util.find_spec("pyspark") is None:
        reasons["java"] = "pyspark is not installed: python start.py install spark"
    return reasons


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    if not any(item.get_closest_marker(name) for item in items for name in ("browser", "java")):
        return
    reasons = lacking()
    for item in items:
        for name, reason in reasons.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
