"""Planted faults: a helper that counts or compares wrongly turns the facts cell of its notebook red.

In a copy of the package a central module of an analysis is mutated as a whole (every comparison turned round), then one figure is
got wrong by one slip, as somebody might write it; nbval must fail on its notebook each time. A copy without a fault must pass, or the
proof would prove nothing.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
CENTRAL = {  # notebook -> modules whose numbers it must not get wrong in silence
    "01_ingestion": ("ingestion/settle.py", "ingestion/passing.py"),
    "02_identity": ("identity/cluster.py", "contacts.py"),
    "03_acquisition": ("acquisition/customer_cost.py", "acquisition/ledger.py"),
    "04_retention": ("retention/cohorts.py", "retention/rolling.py"),
    "05_service": ("service/issues.py", "service/costs.py"),
    "06_campaigns": ("campaigns/series.py", "campaigns/placebo.py"),
    "07_experiments": ("experiments/units.py", "experiments/effects.py"),
    "08_audiences": ("audiences/referrals.py", "audiences/offers.py"),
    "09_board": ("goals/decide.py", "goals/verbs.py"),
}
SLIPS = {  # notebook -> module, what stands there, the slip: counts and verdicts stay, a figure or its range is wrong
    "02_identity": ("identity/quality.py", 'linked, doubt=expected.DOUBT["precision"]', 'linked, doubt=expected.DOUBT["recall"]'),
    "03_acquisition": ("acquisition/customer_cost.py", "most_won), most / fewest", "most_won), most / with_unknown"),
    "04_retention": ("retention/second.py", "ibis._.place <= 1", "ibis._.place <= 2"),
    "05_service": ("service/touchpoints.py", "ibis.interval(minutes=merge_minutes)", "ibis.interval(hours=merge_minutes)"),
    "06_campaigns": ("campaigns/credit.py", 'ibis.desc(every["at"])', 'every["at"]'),
    "07_experiments": ("experiments/effects.py", "- slope * (pre - pre.mean())", "+ slope * (pre - pre.mean())"),
    "08_audiences": ("audiences/groups.py", "int(np.ceil(n * top - 1e-9))", "int(n * top)"),
    "09_board": ("goals/returns.py", "f.low / f.coverage", "f.low * f.coverage"),
}
TURNED = {ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}


class Turn(ast.NodeTransformer):
    """Every order and every equality the other way round."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        node.ops = [TURNED.get(type(op), type(op))() for op in node.ops]
        return node


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    import facts

    before = os.environ.get("SCRM_HOME")
    home = tmp_path_factory.mktemp("mutants")
    facts.company(home)
    yield home
    os.environ.pop("SCRM_HOME")
    if before is not None:
        os.environ["SCRM_HOME"] = before


def nbval(notebook: str, package: Path, company: Path, *options: str) -> subprocess.CompletedProcess:
    """On a copy of the company: what a fault has written would be read by the next one, and by the notebooks after it."""
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--nbval-lax", f"notebooks/{notebook}.ipynb"]
    line += options
    with tempfile.TemporaryDirectory(dir=package) as folder:
        home = shutil.copytree(company, Path(folder) / "home", symlinks=True)
        environment = os.environ | {"PYTHONPATH": str(package), "PYTHONWARNINGS": "ignore", "SCRM_HOME": str(home)}
        # the copy goes first on the path, before the folder that the tests start from
        return subprocess.run([*line, "--rootdir", str(package)], env=environment, cwd=package, capture_output=True, text=True, check=False)


def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "scrm_helpers", tmp_path / "scrm_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("notebook", CENTRAL)
def test_planted_faults_turn_the_facts_red(notebook, company, tmp_path):
    package = copy(tmp_path)
    assert nbval(notebook, package, company).returncode == 0
    for module in CENTRAL[notebook]:
        path = package / "scrm_helpers" / module
        kept = path.read_text(encoding="utf-8")
        mutant = ast.unparse(Turn().visit(ast.parse(kept)))
        assert mutant != ast.unparse(ast.parse(kept)), f"{module} compares nothing: name another module"
        path.write_text(mutant, encoding="utf-8")
        # a loop that never ends is a red cell too
        red = nbval(notebook, package, company, "--nbval-cell-timeout", "180").returncode == 1
        assert red, f"{module}: every comparison turned round, and no fact changed"
        path.write_text(kept, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("notebook", SLIPS)
def test_one_slip_turns_the_facts_red(notebook, company, tmp_path):
    module, written, slip = SLIPS[notebook]
    path = copy(tmp_path) / "scrm_helpers" / module
    kept = path.read_text(encoding="utf-8")
    assert written in kept, f"{module} is written otherwise: plant another slip"
    path.write_text(kept.replace(written, slip), encoding="utf-8")
    assert nbval(notebook, tmp_path, company).returncode == 1, f"{module}: {slip}, and no fact changed"
