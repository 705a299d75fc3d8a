"""The shape of the tree: imports run down, no circle; one place for each thing; the anatomy of notebooks."""

import ast
import functools
import json
import re
import symtable
from collections import Counter
from pathlib import Path

import pytest

from scrm_helpers import errors
from scrm_helpers.metrics import LEVEL

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "scrm_helpers"
FLOORS = (
    {"errors"},
    {"units", "texts", "periods", "promises", "stats", "theme", "tables", "lean", "workbooks", "folding", "contacts", "campaign_names",
     "person_maps"},
    {"html", "metrics", "findings", "sales", "margin", "prices", "tested", "store", "ingestion", "identity", "segmentation", "sample"},
    {
        "acquisition",
        "retention",
        "service",
        "campaigns",
        "experiments",
        "audiences",
        "goals",
        "charts",
        "controls",
        "report",
    },
    {"run", "export", "scorecard", "privacy", "why", "compare", "mail"},
    {"commands"},
    {"__main__"},
)
ANALYSES = {"acquisition", "retention", "service", "campaigns", "experiments", "audiences", "goals"}
FLOOR = {name: n for n, names in enumerate(FLOORS) for name in names}
WITHIN = {  # imports inside a floor that are meant: a smaller thing below a larger one
    ("texts", "units"), ("tables", "lean"), ("periods", "texts"), ("campaign_names", "folding"), ("person_maps", "stats"),
    ("findings", "metrics"), ("store", "findings"), ("sales", "metrics"), ("margin", "sales"), ("tested", "metrics"), ("store", "metrics"),
    ("ingestion", "store"), ("identity", "store"), ("ingestion", "metrics"), ("identity", "metrics"),
    ("ingestion", "findings"), ("identity", "findings"),
    ("segmentation", "sales"), ("segmentation", "identity"), ("segmentation", "metrics"),
    ("report", "charts"), ("report", "goals"), ("controls", "charts"), ("why", "run"), ("mail", "run"), ("privacy", "run"),
    ("export", "run"),
}  # fmt: skip
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def module_of(path: Path) -> str:
    """The module or folder of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache  # three tests ask it of every file
def imports_of(path: Path) -> set[str]:
    """Modules of the package that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "scrm_helpers":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {a.name for a in node.names if a.name in FLOOR}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("scrm_helpers.")}
    return found - {module_of(path)}


def all_files() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p.name != "__init__.py" or p.parent != PACKAGE]


def test_a_constant_that_several_parts_share_stands_in_one_place():
    places = {"LEAST_GROUP": [], "ANSWERED": []}
    for path in all_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for target in node.targets if isinstance(node, ast.Assign) else []:
                if getattr(target, "id", "") in places:
                    places[target.id].append(str(path.relative_to(PACKAGE)))
    assert places == {"LEAST_GROUP": ["metrics.py"], "ANSWERED": ["store/workspace.py"]}


def test_a_colour_stands_in_the_theme_alone():
    files = [p for kind in ("*.py", "*.j2") for p in PACKAGE.rglob(kind)] + list((ROOT / "notebooks").glob("*.ipynb"))
    colour = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}(?:[0-9a-fA-F]{2})?\b|\brgba?\(|\bhsla?\(")
    named = {str(p.relative_to(ROOT)): found for p in files if (found := colour.findall(p.read_text(encoding="utf-8")))}
    assert list(named) == ["scrm_helpers/theme.py"] and len(named["scrm_helpers/theme.py"]) > 20


def test_the_level_of_ranges_is_written_once():
    typed, is_typed = [], lambda d: isinstance(d, ast.Constant) and d.value == LEVEL  # a gate of 99% is another thing
    for path in all_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.arguments):
                plain = zip(reversed(node.args), reversed(node.defaults), strict=False)
                named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
                typed += [path.name for a, d in (*plain, *named) if a.arg == "level" and is_typed(d)]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Estimate" and len(node.args) > 3:
                typed += [path.name] if is_typed(node.args[3]) else []
    assert typed == []


def test_no_line_of_the_changelog_stands_twice_in_a_row_of_lines():
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    starts = [line[:60] for line in lines]  # a merge leftover repeats the start of a line and wraps elsewhere
    doubled = [a for a, b in zip(starts, starts[1:], strict=False) if a == b and len(a) == 60]
    assert doubled == []


def test_every_module_stands_on_a_floor():
    assert {module_of(p) for p in all_files()} - set(FLOOR) == set()


@pytest.mark.parametrize("path", all_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_down(path):
    own = module_of(path)
    wrong = {
        other for other in imports_of(path)
        if FLOOR[other] > FLOOR[own] or (FLOOR[other] == FLOOR[own] and (own, other) not in WITHIN)
    }  # fmt: skip
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}, which stand on its own floor or above"


def test_no_analysis_imports_store_charts_or_another_analysis():
    for path in all_files():
        if module_of(path) in ANALYSES:
            assert not imports_of(path) & (
                ANALYSES | {"store", "charts", "controls", "report", "ingestion", "identity"}
            ), path


def test_the_sample_company_is_read_by_nothing_but_the_commands():
    for path in all_files():
        if module_of(path) not in ("sample", "scorecard", "commands"):
            assert "sample" not in imports_of(path), path


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(path: Path) -> str:
    return "\n".join("".join(c["source"]) for c in cells(path) if c["cell_type"] == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_anatomy_of_a_notebook(path):
    found = cells(path)
    code = [c for c in found if c["cell_type"] == "code"]
    tags = [t for c in code for t in c["metadata"].get("tags", [])]
    first = "".join(found[0]["source"])
    assert found[0]["cell_type"] == "markdown" and first.startswith("# ") and "?" in first.splitlines()[0]
    assert "Reads:" in first and "Writes:" in first
    assert tags.count("parameters") == 1 and "keep_output" in tags
    assert 8 <= len(found) <= 20, f"{len(found)} cells"
    lines = sorted(len([x for x in "".join(c["source"]).splitlines() if x.strip()]) for c in code)
    assert lines[len(lines) // 2] <= 4, f"median {lines[len(lines) // 2]} code lines a cell"
    tree = ast.parse(code_of(path))
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert "plt." not in code_of(path) and "read_csv" not in code_of(path) and "truth" not in code_of(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_parameters_are_literals_with_units(path):
    cell = next(c for c in cells(path) if "parameters" in c["metadata"].get("tags", []))
    for line in "".join(cell["source"]).splitlines():
        assert re.match(r"^\w+: [\w\[\] |]+ = .+  # .+$", line), line
    assert "interactive: bool = True" in "".join(cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_outputs_only_in_the_facts_cell(path):
    for cell in cells(path):
        if cell["cell_type"] == "code" and "keep_output" not in cell["metadata"].get("tags", []):
            assert not cell["outputs"], path.name


def read_later(scope: symtable.SymbolTable, *, inside: bool = False) -> set[str]:
    """Global names that the lambdas in a scope read, whenever they are called."""
    inside = inside or scope.get_name() == "lambda"
    own = {s.get_name() for s in scope.get_symbols() if s.is_global()} if inside else set()
    return own.union(*(read_later(child, inside=inside) for child in scope.get_children()))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_what_a_control_reads_later_is_assigned_in_one_cell(path):
    """A control calls its lambda again after the last cell has run: a name assigned anew by then would be another thing."""
    scopes = [symtable.symtable("".join(c["source"]), path.name, "exec") for c in cells(path) if c["cell_type"] == "code"]
    assigned = Counter(s.get_name() for scope in scopes for s in scope.get_symbols() if s.is_assigned() or s.is_imported())
    later = set().union(*map(read_later, scopes))
    assert [name for name in sorted(later) if assigned[name] > 1] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_reads_and_writes_what_it_declares(path):
    scrm = json.loads(path.read_text(encoding="utf-8"))["metadata"]["scrm"]
    code = code_of(path)
    written = set(re.findall(r'book\.write\(\s*"(\w+)"', code))
    read = set(re.findall(r'book\.(?:read|frame|has)\(\s*"(\w+)"', code))
    assert written <= set(scrm["writes"]), f"writes {written - set(scrm['writes'])} without saying so"
    own = set(scrm["reads"]) | set(scrm["writes"])
    assert read <= own, f"reads {read - own} without saying so"


def test_a_workbook_loses_its_clock_in_one_place():
    held = [p.relative_to(PACKAGE).as_posix() for p in all_files() if "ZipInfo(" in p.read_text(encoding="utf-8")]
    assert held == ["workbooks.py"]


def test_the_lock_of_a_workspace_is_named_once():
    """Whoever spells it out again may one day hold another file than the rest."""
    spelled = re.compile(r'"\.runs" / "lock"|_runs\(\w+\) / "lock"')
    found = [p.relative_to(PACKAGE).as_posix() for p in all_files() if spelled.search(p.read_text(encoding="utf-8"))]
    assert found == ["run/lock.py"]


def test_told_errors_are_known_by_their_class():
    """A notebook's error comes as the name of its class: one that `errors.NAMES` lacks would be taken for a fault."""
    for path in all_files():
        source = path.read_text(encoding="utf-8")
        assert not re.search(r'"expected" (not )?in ', source), path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and {ast.unparse(b).split(".")[-1] for b in node.bases} & errors.NAMES:
                assert node.name in errors.NAMES or module_of(path) == "run", f"{path}: {node.name}"
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) == "ValueError":
                assert "expected" not in ast.unparse(node.exc), f"{path}:{node.lineno}: says what was expected: a ToldError"
