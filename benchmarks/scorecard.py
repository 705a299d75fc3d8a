"""The score card over many seeds: bias, error and coverage of every range, false alarms, links, defects.

    python benchmarks/scorecard.py --seeds 400 --people 800 --workers 2

Each seed makes a small company in a folder of its own, runs the code cells of notebooks 01 to 08 in one process (nothing is
written twice: the cells are the notebooks' own; those that only draw or show are left out), scores it and adds one line to
results/scorecard_<people>.jsonl. Started again, it goes on where it stopped: lines of other code, told by a digest of the
package and the notebooks, are counted as not there. The table is printed and kept beside it.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
SUITE = ("01_ingestion", "02_identity", "03_acquisition", "04_retention", "05_service", "06_campaigns", "07_experiments", "08_audiences")
SHOWING = ("charts.", "book.table(", "book.figure(", "book.restricted(", "io.figure(", "io.review(", "print(", "answers.facts(")
NEEDED = ("import ", "book.say(", "book.write(", "io.write(", "book.close(", "read_all(")
PERIOD = "2026-10"
VISITS = ("ga4", "google_business_profile")  # one small file a month of visits, which feed no figure of the card: one is kept of each


def digest() -> str:
    """What the figures depend on: the package and the code cells of the notebooks, without texts, charts and page."""
    found = hashlib.sha256()
    for file in sorted((ROOT / "scrm_helpers").rglob("*.py")):
        if not {"charts", "report", "texts"} & set(file.relative_to(ROOT).parts):
            found.update(file.read_bytes())
    for notebook in SUITE:
        found.update("".join(cells(notebook)).encode())
    return found.hexdigest()[:16]


def cells(notebook: str) -> list[str]:
    """The code cells that compute, say or write."""
    found = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in found if c["cell_type"] == "code"]
    return [c for c in code if any(n in c for n in NEEDED) or not any(s in c for s in SHOWING)]


def one(seed: int, people: int, keep: str = "") -> dict:
    """One company, run and scored: the lines of its card. A company kept from an earlier start is scored without running it again."""
    started = time.perf_counter()
    home = Path(keep) / f"{people}-{seed}" if keep else Path(tempfile.mkdtemp(prefix="scrm-score-"))
    os.environ |= {"SCRM_HOME": str(home), "SCRM_THREADS": "1", "PYTHONHASHSEED": "0"}
    try:
        (home / "data" / "raw").mkdir(parents=True, exist_ok=True)
        return {"seed": seed, "people": people} | _run(home, seed, people) | {"seconds": round(time.perf_counter() - started, 1)}
    except Exception as error:  # a seed that breaks is a result too: it is kept with its words and counted
        words = traceback.format_exc(limit=-3)
        return {"seed": seed, "people": people, "error": f"{type(error).__name__}: {error}"[:500], "where": words[-1500:]}
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _run(home: Path, seed: int, people: int) -> dict:
    import matplotlib as mpl

    mpl.use("Agg")
    from scrm_helpers import sample
    from scrm_helpers.scorecard import score
    from scrm_helpers.store import open_workspace

    os.environ["SCRM_RUN"] = str(home / "run")
    ran = home / "ran"
    if not ran.is_file():
        sample.write(home / "data" / "sample", seed=seed, people=people, last_month=PERIOD)
        for system in VISITS:
            for file in sorted((home / "data" / "sample" / "raw" / system).iterdir())[:-1]:
                file.unlink()
    for notebook in () if ran.is_file() else SUITE:
        run_cells(notebook)
    ran.touch()
    card = score(open_workspace(""), PERIOD)
    rows = json.loads(card.rows.drop(columns=["unit"]).to_json(orient="records"))
    return {"rows": rows, "defects": json.loads(card.defects.to_json(orient="records"))}


def run_cells(notebook: str) -> None:
    """The notebook's own code in this process, for PERIOD in English, in the workspace that SCRM_HOME names."""
    space: dict = {"display": lambda *shown: None}
    first, *rest = cells(notebook)
    exec(first, space)  # noqa: S102  (the suite's own cell of parameters)
    space |= {"period": PERIOD, "language": "en", "interactive": False}
    for code in rest:
        exec(code, space)  # noqa: S102  (the suite's own cells)


def table(lines: list[dict]):
    """One line per figure: seeds, bias and RMSE (relative where the truth is an amount), coverage with its exact 99% interval, verdict."""
    import numpy as np
    import pandas as pd

    from scrm_helpers.stats import clopper_pearson

    rows = pd.DataFrame([row | {"seed": line["seed"]} for line in lines for row in line["rows"]])
    out = []
    rows["key"] = rows["id"] + np.where(rows["id"].str.startswith("test_"), "." + rows["name"], "")
    for (part, key), mine in rows.groupby(["part", "key"], sort=False):
        said = mine.dropna(subset=["value", "truth"])
        gap = said["value"] - said["truth"]
        typical = said["truth"].abs().mean() if len(said) else np.nan
        relative = bool(len(said)) and part == "numbers" and typical > 1.5
        scale = typical if relative else 1.0
        held = mine["inside"].dropna().astype(bool)
        low = high = share = None
        verdict = "no range"
        if len(held):
            share, low, high = clopper_pearson(int(held.sum()), len(held), 0.99)[:3]
            kind, aligned = mine["range_kind"].iloc[0], bool(mine["aligned"].iloc[0])
            claimed = 1.0 if kind == "exact" else 0.9
            verdict = "under" if high < claimed else "over" if low > claimed and kind == "interval" else "holds"
            verdict = verdict if aligned else f"{verdict} (other definition)"
        out.append({
            "part": part, "figure": key, "said": len(said) if len(said) else int(mine["low"].notna().sum()), "of": len(mine),
            "bias": gap.mean() / scale if len(said) else np.nan, "rmse": np.sqrt((gap**2).mean()) / scale if len(said) else np.nan,
            "relative": relative, "ranges": len(held), "coverage": share, "low_99": low, "high_99": high, "verdict": verdict,
        })  # fmt: skip
    return pd.DataFrame(out)


def campaign_alarms(lines: list[dict]):
    """Of campaigns judged: how often the range left out zero, by whether there was a true lift, and by design."""
    import pandas as pd

    from scrm_helpers.stats import clopper_pearson

    rows = pd.DataFrame([r for line in lines for r in line["rows"] if r["part"] == "campaigns" and r["low"] is not None])
    if rows.empty:
        return rows
    rows = rows.assign(called=~((rows["low"] <= 0) & (rows["high"] >= 0)), null=rows["truth"].abs() < 1e-12)
    sums = rows.groupby(["id", "null"])["called"].agg(["sum", "size"]).reset_index()
    ends = [clopper_pearson(int(s), int(n), 0.99) for s, n in zip(sums["sum"], sums["size"], strict=True)]
    return sums.assign(share=[e.value for e in ends], low_99=[e.low for e in ends], high_99=[e.high for e in ends])


def defects(lines: list[dict]):
    """Found / planted by kind, over all seeds."""
    import pandas as pd

    rows = pd.DataFrame([d for line in lines for d in line["defects"]])
    sums = rows.groupby("kind")[["planted", "checked", "found"]].sum(min_count=1).reset_index()
    return sums.assign(share=sums["found"] / sums["checked"])


def report(lines: list[dict]) -> str:
    """The tables as text."""
    import pandas as pd

    good = [line for line in lines if "rows" in line]
    bad = [line for line in lines if "error" in line]
    head = f"{len(good)} seeds scored, {len(bad)} broke; {lines[0]['people']} people; period {PERIOD}"
    parts = [head, *(f"  seed {b['seed']}: {b['error']}" for b in bad)]
    if good:
        with pd.option_context("display.width", 200, "display.max_columns", 30, "display.max_rows", 400, "display.precision", 4):
            parts += ["", table(good).to_string(index=False), "", "Campaigns whose range leaves out zero (null: no lift was planted)",
                      campaign_alarms(good).to_string(index=False), "", "Defects", defects(good).to_string(index=False)]  # fmt: skip
    return "\n".join(parts) + "\n"


def kept(path: Path) -> list[dict]:
    """Lines of an earlier start; a half-written last line is dropped."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def main() -> None:
    """Runs the seeds that are missing and prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=400)
    options.add_argument("--first", type=int, default=1, help="first seed")
    options.add_argument("--people", type=int, default=800)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--out", default="", help="file of results; left out: results/scorecard_<people>.jsonl")
    options.add_argument("--keep", default="", help="folder that keeps each company, to score it again without running it")
    given = options.parse_args()
    sys.path.insert(0, str(ROOT))
    path = Path(given.out) if given.out else RESULTS / f"scorecard_{given.people}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = kept(path)
    code = digest()
    other = sum(line.get("code") != code for line in lines)
    lines = [line for line in lines if line.get("code") == code and line["people"] == given.people]
    if other:
        print(f"{other} lines in {path.name} are of other code and are not counted", flush=True)
    done = {line["seed"] for line in lines}
    todo = [seed for seed in range(given.first, given.first + given.seeds) if seed not in done]
    started = time.perf_counter()
    with ProcessPoolExecutor(given.workers) as pool, path.open("a", encoding="utf-8") as file:
        jobs = {pool.submit(one, seed, given.people, given.keep): seed for seed in todo}
        for count, job in enumerate(as_completed(jobs), start=1):
            line = job.result() | {"code": code}
            lines.append(line)
            file.write(json.dumps(line) + "\n")
            file.flush()
            left = (time.perf_counter() - started) / count * (len(todo) - count)
            took = line.get("error", f"{line.get('seconds')} s")
            print(f"{count} of {len(todo)}: seed {line['seed']}, {took}; about {left / 60:.0f} min left", flush=True)
    text = report(sorted(lines, key=lambda x: x["seed"]))
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
