"""Stores the facts cell's output in every notebook: what nbval holds a later run against.

    python tools/facts.py            run a small sample company and store what its facts cells print
    python tools/facts.py --check    say which notebooks print something else; exit code 1 where one does

The company is small and fixed (SEED, PEOPLE), so that the numbers are the same on every machine with the same lock.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEED, PEOPLE, PERIOD = 3, 800, "2026-10"
TAG = "keep_output"


def company(home: Path, *, people: int = PEOPLE) -> Path:
    """A project folder with the suite's notebooks, a small sample company, and its month run. Gives the folder of the month's pages."""
    from scrm_helpers import sample
    from scrm_helpers.run.month import run_month

    (home / "data" / "raw").mkdir(parents=True, exist_ok=True)
    if not (home / "notebooks").exists():
        (home / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    os.environ["SCRM_HOME"] = str(home)
    sample.write(home / "data" / "sample", seed=SEED, people=people)
    return run_month(PERIOD, raw=str(home / "data" / "sample" / "raw"), language="en", progress=False).parent


def printed(notebook: dict) -> list[dict]:
    """Outputs of the facts cell, without counters."""
    cell = facts_cell(notebook)
    return [{k: v for k, v in output.items() if k != "execution_count"} for output in cell["outputs"]]


def facts_cell(notebook: dict) -> dict:
    return next(c for c in notebook["cells"] if TAG in c["metadata"].get("tags", []))


def differing(pages: Path) -> list[str]:
    """Notebooks whose stored facts are not what the run below `pages` printed."""
    return [
        p.stem for p in suite()
        if facts_cell(load(p))["execution_count"] is None or printed(load(p)) != printed(load(pages / p.stem / "notebook.ipynb"))
    ]  # fmt: skip


def store(pages: Path) -> list[str]:
    """Writes what the run printed into the notebooks; gives the names of those that changed."""
    changed = differing(pages)
    for path in suite():
        if path.stem in changed:
            notebook = load(path)
            cell = facts_cell(notebook)
            cell["execution_count"] = 1  # nbval takes a cell that was never run, but has outputs, for a mistake
            cell["outputs"] = [
                o | ({"execution_count": 1} if o["output_type"] == "execute_result" else {})
                for o in printed(load(pages / path.stem / "notebook.ipynb"))
            ]
            path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return changed


def suite() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def load(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def main() -> int:
    """Checks or stores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as home:
        pages = company(Path(home))
        found = differing(pages) if given.check else store(pages)
    print(("differ: " if given.check else "stored: ") + (", ".join(found) or "none"))
    return int(given.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
