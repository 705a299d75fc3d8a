"""How well the suite tells who is who, on any file of person records, beside what people use today.

    python benchmarks/identity.py                                         historical figures and FEBRL 4 (SCRM_REFERENCE_DATA)
    python benchmarks/identity.py --records FILE --truth COLUMN [--labels 500]
    python benchmarks/identity.py --generated 1000000

The suite's matcher runs in the configuration of notebook 02; nothing is set by hand and no threshold is chosen on the truth. Columns
are known by their names (`identity_columns.py`, Turkish, English and some more); what each is taken for is printed. Labels are
drawn from the pairs that the matcher itself would ask about and answered from the truth, also with 5% of the answers wrong.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]
WRONG = 0.05  # share of wrong answers in the last row
SEED = 7


def main(arguments: list[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--records", help="CSV, TSV or Parquet of person records")
    ask.add_argument("--truth", help="its column that says who is who")
    ask.add_argument("--labels", type=int, default=500, help="reviewer's answers in the rows with labels (0: none)")
    ask.add_argument("--region", default="", help="two letters, of phone numbers without a country code")
    ask.add_argument("--generated", type=int, default=0, help="time and memory on so many made-up records")
    ask.add_argument("--no-peers", action="store_true", help="the suite alone")
    ask.add_argument("--one", help=argparse.SUPPRESS)  # one row, in a process of its own
    told = ask.parse_args(arguments)
    if told.one:
        print(json.dumps(_row(**json.loads(told.one))))
        return 0
    if told.generated:
        jobs = {f"{told.generated:,} made-up records": {"generated": told.generated, "region": "TR"}}
    elif told.records:
        if not told.truth:
            ask.error("--records came without --truth: name the column that says who is who")
        jobs = {Path(told.records).name: {"file": told.records, "truth": told.truth, "region": told.region or "TR"}}
    else:
        folder = os.environ.get("SCRM_REFERENCE_DATA")
        if not folder:
            ask.error(
                "neither --records came nor is SCRM_REFERENCE_DATA set: name a file, or the folder of reference data"
            )
        jobs = {
            "historical figures 50k": {
                "file": f"{folder}/historical_figures_with_errors_50k.parquet", "truth": "cluster", "region": "GB",
            },
            "FEBRL 4": {"file": f"{folder}/febrl4", "truth": "rec_id", "region": "AU"},
        }  # fmt: skip
    label = (
        f"generated_{told.generated}" if told.generated else Path(told.records).stem if told.records else "reference"
    )
    print(HEAD, flush=True)
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as asked:
        _measure(jobs, told, RESULTS / f"identity_{label}.txt", asked)
    return 0


def _measure(jobs: dict[str, dict], told: argparse.Namespace, kept: Path, asked: str) -> None:
    """A row for each set and way, printed and kept as soon as it is measured; queues to answer lie in the folder `asked`."""
    lines = []
    for number, (name, job) in enumerate(jobs.items()):
        ways = ["suite"]
        if told.labels and not told.generated:
            ways += [f"suite, {told.labels} labels", f"suite, {told.labels} labels, {WRONG:.0%} wrong"]
        if not told.no_peers:
            ways = ["exact join", "plain Splink, connected components", *ways]
        place = Path(asked) / str(number)
        place.mkdir()
        for way in ways:
            row = _apart(job | {
                "way": way.split(",")[0], "labels": told.labels if "labels" in way else 0, "wrong": WRONG if "wrong" in way else 0.0,
                "asked": str(place / f"{told.labels}.parquet") if told.labels and not told.generated else "",
            })  # fmt: skip
            lines.append({"records": name, "way": way} | row)
            print(_line(lines[-1]), flush=True)
            # after every row: a run that is stopped keeps what it has measured
            kept.write_text("\n".join([HEAD, *(_line(x) for x in lines)]) + "\n", encoding="utf-8")


HEAD = (
    f"{'records':<28} {'way':<38} {'precision':>9} {'recall':>7} {'pair F1':>8} {'B-cubed':>8} {'claimed precision':>20} "
    f"{'claimed recall':>20} {'CPU s':>7} {'wall s':>7} {'MB':>6}"
)


def _line(row: dict) -> str:
    def number(key: str, width: int, form: str = ".4f") -> str:
        return f"{row[key]:>{width}{form}}" if row.get(key) is not None else " " * (width - 1) + "-"

    def span(key: str) -> str:
        low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
        return f"{'-':>20}" if low is None else f"{f'{low:.4f} to {high:.4f}':>20}"

    if row.get("error"):
        return f"{row['records']:<28} {row['way']:<38} {row['error']}"
    return (
        f"{row['records']:<28} {row['way']:<38} {number('precision', 9)} {number('recall', 7)} {number('f1', 8)} "
        f"{number('b_cubed', 8)} {span('claimed_precision')} {span('claimed_recall')} "
        f"{number('cpu', 7, '.1f')} {number('wall', 7, '.1f')} {number('mb', 6, '.0f')}"
    )


def _apart(job: dict) -> dict:
    """One row, measured in a process of its own: its memory is its own."""
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(job)], env=env, capture_output=True, text=True, check=False
    )
    notes = [x for x in done.stderr.splitlines() if x.startswith("# ")]
    if notes and job["way"] == "suite" and not job["labels"]:
        print("\n".join(notes), flush=True)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no words"])[-1][:300]}
    return json.loads(done.stdout.splitlines()[-1])


def _row(
    way: str, labels: int, wrong: float, asked: str = "", file: str = "", truth: str = "", region: str = "TR", generated: int = 0,
) -> dict:
    import identity_ways as ways
    from identity_columns import accounts_of, read
    from identity_generated import make

    if generated:
        accounts, who = make(generated, seed=SEED)
    else:
        accounts, who = accounts_of(read(file), truth)
    before, started = time.process_time(), time.perf_counter()
    if way == "suite":
        label, claimed, spent = ways.suite(accounts, who, region=region, labels=labels, wrong=wrong, seed=SEED, asked=asked)
    else:
        label, claimed, spent = (
            {"exact join": ways.exact, "plain Splink": ways.splink}[way](accounts, region=region),
            {},
            0.0,
        )
    cpu = time.process_time() - before - spent
    return ways.marks(label, who) | claimed | {
        "cpu": cpu, "wall": time.perf_counter() - started - spent, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
