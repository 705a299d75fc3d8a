"""The README says what is there: tables, notebooks, commands, places."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scrm_helpers.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
READMES = ("README.md", "README.tr.md")


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_contracts_is_up_to_date(name):
    from scrm_helpers import tables

    text = (ROOT / name).read_text(encoding="utf-8")
    assert [t for t in tables.TABLES if f"`{t}`" not in text] == [], "run: python tools/readme.py"


def test_the_english_table_of_contracts_is_the_generated_one():
    import readme

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.replaced(text) == text, "run: python tools/readme.py"


@pytest.mark.parametrize("name", READMES)
def test_every_notebook_is_named(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        assert f"`{path.stem}`" in text


@pytest.mark.parametrize("name", READMES)
def test_every_path_and_link_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
    for target in re.findall(r"`((?:scrm_helpers|notebooks|examples|data/raw)/[\w./]*)`", text):
        if not target.endswith(("sources.yml", "10_name.ipynb", "name.py")):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_every_command_exists(name):
    """Each `python start.py VERB` is a verb of start.py or of the package."""
    text = (ROOT / name).read_text(encoding="utf-8")
    said = subprocess.run([sys.executable, "-m", "scrm_helpers", "--help"], capture_output=True, text=True, cwd=ROOT, check=True)
    verbs = set(re.findall(r"^  (\w+)", said.stdout.partition("Commands:")[2], re.M)) | {"test", "install", "lock"}
    named = set(re.findall(r"python start\.py (\w+)", text))
    assert named and named <= verbs


@pytest.mark.parametrize("name", READMES)
def test_every_command_has_a_row(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [c for c in main.commands if not re.search(rf"^\| `python start\.py {c}\b", text, re.M)] == []


def test_nothing_committed_names_a_machine():
    """No absolute path of a machine in notebooks' outputs or metadata."""
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert not re.search(r'"/(?:home|root|Users|tmp|work)/', json.dumps(json.loads(path.read_text(encoding="utf-8")))), path.name
