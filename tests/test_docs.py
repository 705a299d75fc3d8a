"""The README says what is there: tables, notebooks, commands, places."""

import configparser
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


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_page_of_every_word_is_the_generated_one(language):
    import reference

    name = reference.PAGES[language]
    assert reference.page(language) == (ROOT / "docs" / name).read_text(encoding="utf-8"), "run: python tools/reference.py"
    assert f"](docs/{name})" in (ROOT / READMES[language == "tr"]).read_text(encoding="utf-8")


def test_every_word_of_derive_and_where_is_understood_as_it_is_written():
    import yaml

    from scrm_helpers.ingestion import generic, vocabulary

    header = ["Tutar", "Kargo", "Adet", "Fiyat", "Telefon", "Cep", "Seri", "No", "Durum", "Kaynak", "Kart", "Kod", "Not"]
    build = vocabulary.Builder(generic.Entry("sales", "sales.csv"), {"products": None}, header)
    for word, written in vocabulary.EXPRESSIONS.items():
        made = build.expression(yaml.safe_load(written)).columns()  # of one that reads no column there is none
        assert word in yaml.safe_load(written) and bool(made) == (word not in ("constant", "row"))
    for word, written in vocabulary.TESTS.items():
        assert word in yaml.safe_load(written) and build.test(yaml.safe_load(written)).columns()
    joined = build.expression(yaml.safe_load("{join: [Seri, No]}"))  # YAML reads a bare No as false
    assert [c.aliases for c in joined.columns()] == [("Seri",), ("No",)]
    with pytest.raises(ValueError, match="which is no expression. Known: constant, column, row, product"):
        build.expression({"sums": ["Tutar", "Kargo"]})


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


@pytest.mark.parametrize("name", READMES)
def test_the_recipes_of_a_scheduler_run_unattended_and_tell_of_a_failure(name):
    """Units that systemd can read, one of them called on failure; a task as short as Windows asks, run without a session."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.+?)^```", text, re.M | re.S)
    units = []
    for block in (b for b in blocks if b.startswith("[")):
        unit = configparser.ConfigParser(delimiters="=", interpolation=None)
        unit.optionxform = str
        unit.read_string(block)
        units.append(unit)
    service, timer, failed = units
    assert f"`{service['Unit']['OnFailure']}`" in text and "mail -s" in failed["Service"]["ExecStart"] and "Persistent" in timer["Timer"]
    assert "loginctl enable-linger" in text and service["Service"]["SuccessExitStatus"] == "3"
    task = next(b for b in blocks if b.startswith("schtasks"))
    assert "/RU " in task and "/NP " in task and len(re.search(r'/TR "(.+)"', task)[1]) < 262
    cron = next(b for b in blocks if b.startswith("MAILTO"))
    options = {o for p in main.commands["report"].params for o in p.opts}
    for line in (service["Service"]["ExecStart"], task, cron):
        assert set(re.findall(r"(?<=\s)--\w+", line.partition("start.py report")[2])) <= options


def test_nothing_committed_names_a_machine():
    """No absolute path of a machine in notebooks' outputs or metadata."""
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert not re.search(r'"/(?:home|root|Users|tmp|work)/', json.dumps(json.loads(path.read_text(encoding="utf-8")))), path.name
