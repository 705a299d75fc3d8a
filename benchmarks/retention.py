"""Cohort matrix, one more month, BG/NBD: the product beside what people use today, in one run; or the product on any file of orders.

    python benchmarks/retention.py                                       both sizes, every peer that installs
    python benchmarks/retention.py --sizes 1000000 --peers FOLDER        peers' environment made in (or found in) FOLDER
    python benchmarks/retention.py --orders FILE                         customer, time, amount of any file: cohorts, retention, models
    python benchmarks/retention.py --orders FILE --customer CustomerID --time InvoiceDate --amount Total

Figures are CPU seconds of a process of its own per job, without imports, the least of `--rounds`; on a busy machine compare the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
JOBS = Path(__file__).resolve().parent / "retention_jobs.py"
PEERS = ("polars", "lifetimes", "pandas<3", "pyarrow", "setuptools<80")
TABLES = {
    "Monthly cohort matrix": (
        "goal: at most 2 x the floor (METHODS: floor .35 s at 10M orders)",
        ("matrix_floor", "matrix_naive_pandas", "matrix_good_pandas", "matrix_duckdb_distinct", "matrix_polars", "matrix_duckdb_mask",
         "matrix_ours", "matrix_ours_any_numbers"),
    ),
    "One more month, revenue by channel, state written (others: full rebuild)": (
        "goal: at most .5 s and 250 MB at 10M orders",
        ("update_good_pandas", "update_polars", "update_duckdb", "update_ours", "update_ours_any_numbers"),
    ),
}  # fmt: skip
MODEL = ("BG/NBD, 1M customers", "goal: at most .3 s (lifetimes 12.6)", ("model_lifetimes", "model_ours"))
BIG = 5_000_000  # orders above which a slow peer runs once


def main() -> None:
    """Runs the comparison, or the product on a file."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000], help="orders")
    options.add_argument("--rounds", type=int, default=2, help="the least of so many counts")
    options.add_argument("--peers", default="", help="folder of the peers' environment; made where absent; 'none' leaves them out")
    options.add_argument("--data", default="", help="folder that keeps the made-up orders; left out: a temporary one")
    options.add_argument("--orders", default="", help="a file of orders: CSV, Parquet, or columns with spaces between as CDNOW's")
    options.add_argument("--customer", default="", help="its column of the customer; left out: by usual names, else the first")
    options.add_argument("--time", default="", help="its column of the moment or day")
    options.add_argument("--amount", default="", help="its column of the amount")
    options.add_argument("--order", default="", help="its column of the order's number, where a row is a line of an order")
    options.add_argument("--holdout", type=float, default=0.33, help="share of the span kept back to check the models")
    options.add_argument("--cut", default="", help="day that ends what the models are fitted on, in place of --holdout")
    options.add_argument("--zero", action="store_true", help="orders of 0 are purchases too (as the CDNOW papers count)")
    options.add_argument("--zone", default="", help="time zone of the business where the file is in UTC, such as Europe/Istanbul")
    options.add_argument("--separator", default="", help="of a text file; left out: found")
    options.add_argument("--dayfirst", action="store_true", help="days come before months (31.12.2026 is read so in any case)")
    given = options.parse_args()
    sys.path.insert(0, str(ROOT))
    if given.orders:
        from retention_orders import report

        try:
            print(report(given))
        except (ValueError, OSError) as error:
            sys.exit(f"--orders: {error}")
        return
    print(compare(given))


def compare(given: argparse.Namespace) -> str:
    """All tables as text, printed as they come and kept in results/retention.txt."""
    python = peers(given.peers)
    parts = []
    with tempfile.TemporaryDirectory(prefix="scrm-retention-") as temporary:
        for size in given.sizes:
            folder = Path(given.data or temporary) / str(size)
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "state.parquet").is_file():
                run(sys.executable, "make", folder, str(size))
                run(sys.executable, "state", folder)
            for title, (goal, jobs) in TABLES.items():
                parts.append(table(f"{title}, {size:,} orders", goal, jobs, folder, python, given.rounds, big=size > BIG))
                print(parts[-1], flush=True)
        run(sys.executable, "histories", folder)
        title, goal, jobs = MODEL
        parts.append(table(title, goal, jobs, folder, python, given.rounds, big=False))
        print(parts[-1], flush=True)
    text = "\n".join(parts)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "retention.txt").write_text(text, encoding="utf-8")
    return "kept in benchmarks/results/retention.txt"


def table(title: str, goal: str, jobs, folder: Path, python: Path | None, rounds: int, *, big: bool) -> str:
    """One comparison: CPU seconds, times the first line that was done, memory (whole process, and above what imports took)."""
    lines = [f"{title}\n  {goal}", f"  {'':26}{'CPU s':>8}{'x first':>9}{'MB':>7}{'MB work':>9}  answer"]
    first = None
    for job in jobs:
        peer = any(name in job for name in ("polars", "lifetimes"))
        if peer and python is None:
            lines.append(f"  {job.partition('_')[2]:26}  not run: its environment did not install")
            continue
        times = 1 if "naive" in job or "lifetimes" in job or (big and "pandas" in job) else rounds
        found = [run(python if peer else sys.executable, job, folder) for _ in range(times)]
        best = min(found, key=lambda f: f["cpu"])
        first = first or best["cpu"]
        answer = best["answer"] if isinstance(best["answer"], str) else ", ".join(f"{k} {v:.4g}" for k, v in best["answer"].items())
        name, work = job.partition("_")[2], best["peak"] - best["base"]
        lines.append(f"  {name:26}{best['cpu']:8.2f}{best['cpu'] / first:9.2f}{best['peak']:7}{work:9}  {answer}")
    return "\n".join(lines) + "\n"


def run(python, job: str, folder: Path, *more: str) -> dict:
    """One job in a process of its own; its answer."""
    settings = os.environ | {"PYTHONPATH": str(ROOT), "SCRM_THREADS": os.environ.get("SCRM_THREADS", "2"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([str(python), str(JOBS), job, str(folder), *more], capture_output=True, text=True, env=settings)
    if done.returncode:
        raise SystemExit(f"{job} broke:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}


def peers(given: str) -> Path | None:
    """The Python of the peers' environment, made where absent; None where it does not install."""
    if given == "none":
        return None
    folder = Path(given) if given else Path(tempfile.gettempdir()) / "scrm-benchmark-peers"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        print(f"making the peers' environment ({', '.join(PEERS)}) ...", flush=True)
        venv.create(folder, with_pip=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "-q", *PEERS], capture_output=True, text=True)
        if done.returncode:
            print("the peers did not install; the product runs alone:\n" + done.stderr[-500:], flush=True)
            return None
    return python


if __name__ == "__main__":
    main()
