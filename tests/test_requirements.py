"""Every requirement names its notebook and tests that exist and run without being asked for."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROWS = {r[0]: r[1:] for r in re.findall(r"^\| (R\d\d) \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.M)}
NODE = re.compile(r"`tests/(test_\w+\.py)::(test_\w+)`")
LEFT_OUT = {"skip", "skipif", "slow", "xfail", "browser", "java"}  # marks of tests that do not run everywhere by default
SKIPS = {"skip", "importorskip", "xfail"}  # calls within a test that end it without a proof
ABSENT = {"reference"}  # fixtures that skip where reference data are not there


def marks(node: ast.AST) -> set[str]:
    """Names after `pytest.mark.` in an expression or in decorators."""
    return {
        n.attr for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Attribute) and n.value.attr == "mark"
    }  # fmt: skip


def runs_everywhere(file: str, name: str) -> bool:
    """Whether the test stands once at the head of its file and asks for no marker, browser or reference data, and never skips."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    if not defined:
        raise AssertionError(f"tests/{file}::{name}: named in docs/requirements.md, expected a test of that name there.")
    if len(defined) > 1:
        raise AssertionError(f"tests/{file}::{name}: stands {len(defined)} times, and the last alone runs; expected one.")
    whole = {m for n in tree.body if isinstance(n, ast.Assign) and "pytestmark" in ast.unparse(n.targets[0]) for m in marks(n)}
    own = {m for d in defined[0].decorator_list for m in marks(d)}
    arguments = {a.arg for a in defined[0].args.args}
    skips = {n.attr for n in ast.walk(defined[0]) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "pytest"} & SKIPS
    return not (whole | own) & LEFT_OUT and not arguments & ABSENT and not skips


def test_all_68_requirements_are_there():
    assert list(ROWS) == [f"R{n:02d}" for n in range(1, 69)]


@pytest.mark.parametrize("number", list(ROWS))
def test_each_requirement_has_its_notebook_and_a_test_that_runs(number):
    _, where, proof = ROWS[number]
    for notebook in re.findall(r"`(\w+)`", where):
        assert (ROOT / "notebooks" / f"{notebook}.ipynb").is_file(), notebook
    assert where == "all" or "`" in where
    nodes = NODE.findall(proof)
    assert nodes, f"{number} names no test"
    runs = [runs_everywhere(*node) for node in nodes]  # of all of them: each must be there
    assert any(runs), f"{number}: each of its tests needs a marker or reference data, or may end in a skip"


def test_the_tests_named_were_collected(request):
    """In a run of the whole suite every test named is among those that were collected."""
    items = {(i.path.name, i.originalname) for i in request.session.items if hasattr(i, "originalname")}
    collected = {file for file, _ in items}
    named = {node for _, _, proof in ROWS.values() for node in NODE.findall(proof)}
    assert [node for node in sorted(named) if node[0] in collected and node not in items and _whole(request)] == []


def _whole(request) -> bool:
    """Whether no test was picked by name or file: a part of the suite proves nothing of the rest."""
    picked = [a for a in request.config.args if "::" in a]
    return not picked and not request.config.option.keyword and request.config.option.markexpr in ("", "not slow")


def test_tests_that_any_page_of_the_documentation_names_are_there():
    """An officer or an auditor who follows a name must find the test (`docs/data_protection.md`, the README, the benchmarks)."""
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    named = {(p.name, *node) for p in pages for node in re.findall(r"\btests/(test_\w+\.py)(?:::(test_\w+))?", p.read_text("utf-8"))}
    named = {node for node in named if node[1] != "test_name.py"}  # how a new one is called
    assert len(named) > 95 and {"data_protection.md", "requirements.md"} <= {page for page, _, _ in named}
    for page, file, name in sorted(named):
        assert (ROOT / "tests" / file).is_file(), f"{page} names tests/{file}"
        assert not name or re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text("utf-8"), re.M), f"{page}: {file}::{name}"


def test_a_name_that_is_no_test_is_told():
    with pytest.raises(AssertionError, match="expected a test of that name"):
        runs_everywhere("test_requirements.py", "test_nothing_of_this_name")


@pytest.mark.parametrize(("test", "runs"), [
    ("def test_a():\n    assert 1", True),
    ("def test_a(reference):\n    assert 1", False),
    ("@pytest.mark.slow\ndef test_a():\n    assert 1", False),
    ("pytestmark = pytest.mark.browser\ndef test_a():\n    assert 1", False),
    ("def test_a():\n    if True:\n        pytest.skip('not here')\n    assert 1", False),
    ("def test_a():\n    found = pytest.importorskip('causaldata')\n    assert found", False),
])  # fmt: skip
def test_a_test_that_may_end_without_a_proof_is_none(tmp_path, monkeypatch, test, runs):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(test, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert runs_everywhere("test_a.py", "test_a") is runs
    (tmp_path / "tests" / "test_a.py").write_text(f"{test}\n\n\n{test.replace('pytestmark', 'other')}", encoding="utf-8")
    with pytest.raises(AssertionError, match="stands 2 times"):
        runs_everywhere("test_a.py", "test_a")
