"""Service: cases to issues against plain pandas; any file of cases; the ranges over many small companies.

    python benchmarks/service.py                              1,000,000 made-up cases to issues, beside plain pandas
    python benchmarks/service.py --rows 100000 --people 20000
    python benchmarks/service.py --cases FILE                 a CSV or Parquet file of cases (--person --channel --opened --closed --type)
    python benchmarks/service.py --seeds 200 --people 3000 --workers 2    calibration; --effect 0.3 plants an effect of contact

Times are CPU seconds of one thread. Tables are printed and kept in results/.
"""

import argparse
import json
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime
from pathlib import Path

os.environ |= {"SCRM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]
warnings.filterwarnings("ignore")

QUIET, OPEN, MERGE = 7, 30, 30  # days without contact; days that an open case reaches; minutes


def made_up(rows: int, people: int, seed: int = 1):
    """Cases with the sample's times: median 6 days to a solution, one in ten back within the week, 4% open, 10% without a type."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    first = int(rows * 0.9)
    opened = rng.integers(0, 600 * 86400, first)
    took = np.round(np.exp(np.log(6.0) + 1.07 * rng.normal(size=first)) * 86400).astype("int64")
    back = rng.choice(first, rows - first, replace=False)
    again = opened[back] + took[back] + rng.integers(3600, 6 * 86400, rows - first)
    kind = rng.choice(["cargo", "return", "product", "payment", "info"], first)
    who = rng.integers(1, people + 1, first)
    frame = pd.DataFrame({
        "person": np.r_[who, who[back]], "channel": rng.choice(["social", "phone", "email"], rows, p=[0.3, 0.47, 0.23]),
        "opened": np.r_[opened, again], "type": np.r_[kind, kind[back]],
        "took": np.r_[took, np.round(np.exp(np.log(6.0) + 1.07 * rng.normal(size=rows - first)) * 86400).astype("int64")],
    })  # fmt: skip
    start = pd.Timestamp("2025-01-01")
    frame["closed"] = (start + pd.to_timedelta(frame.opened + frame.took, unit="s")).where(rng.random(rows) >= 0.04)
    frame["opened"] = start + pd.to_timedelta(frame.opened, unit="s")
    frame["type"] = frame["type"].where(rng.random(rows) >= 0.10)
    return frame.drop(columns="took").sort_values("opened", kind="stable", ignore_index=True)


def ours(frame, end: datetime):
    """Issue of each case by the suite, and CPU seconds from the table of cases to the table of issues."""
    import ibis
    from service_calibration import table

    from scrm_helpers.service import service_of

    n = len(frame)
    status = frame["closed"].notna().map({True: "closed", False: "open"})
    ids = frame["person"].astype("category").cat.codes.astype("int64") + 1
    given = table("cases", {
        "case_id": range(1, n + 1), "account_id": ids.where(ids > 0), "channel": frame["channel"].fillna("other"), "type": frame["type"],
        "status": status, "opened_at": frame["opened"], "opened_on": frame["opened"].dt.date, "resolved_at": frame["closed"],
    }, n).cache()  # fmt: skip
    empty = {name: table(name, {}, 0) for name in ("case_events", "persons")}
    ibis.get_backend().raw_sql("SET threads = 1")
    started = time.process_time()
    made = service_of(given, empty["case_events"], empty["persons"], end=end)
    states = made.issues.group_by("state").agg(n=made.issues.count()).to_pandas().set_index("state")["n"]
    seconds = time.process_time() - started
    placed = made.cases.select("case_id", "issue_id").to_pandas().set_index("case_id")["issue_id"]
    return placed.reindex(range(1, n + 1)).to_numpy(), seconds, states.to_dict()


def by_gaps(frame):
    """What people write first: sort, and a new issue wherever the gap to the last contact's closing passes 7 days (no types, no merge)."""
    import pandas as pd

    started = time.process_time()
    rows = frame[["person", "opened", "closed"]].sort_values(["person", "opened"], kind="stable")
    last = rows["closed"].fillna(rows["opened"]).groupby(rows["person"]).shift()
    fresh = last.isna() | (rows["opened"] > last + pd.Timedelta(days=QUIET)) | rows["person"].isna()
    issue = fresh.cumsum().reindex(frame.index)
    return issue.to_numpy(), time.process_time() - started


def by_customer(frame, end):
    """The same rules as the suite's, customer by customer in a groupby loop, as in a notebook (types, reach of the longest, 30 minutes)."""
    import numpy as np

    started = time.process_time()
    n = len(frame)
    parent = np.arange(n)

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    opened = frame["opened"].astype("datetime64[us]").astype("int64").to_numpy()
    closed = frame["closed"].astype("datetime64[us]").astype("int64").to_numpy()
    day = 86_400_000_000
    is_open = (frame["closed"].isna() | (frame["closed"] >= end)).to_numpy()
    end = np.where(closed >= opened, closed, opened)
    reach = np.where(is_open, opened + OPEN * day, end + QUIET * day)
    kind = frame["type"].astype(object).where(frame["type"].notna(), None).to_numpy()
    for _, rows in frame.groupby("person", sort=False).indices.items():
        rows = rows[np.lexsort((rows, opened[rows]))]
        typed, last = [kind[k] for k in rows], None
        for place, k in enumerate(rows):
            if kind[k] is not None:
                last = k
                continue
            following = next((j for j in rows[place + 1 :] if kind[j] is not None), None)
            if last is not None and opened[k] <= reach[last]:
                typed[place] = kind[last]
            elif following is not None and opened[following] <= reach[k]:
                typed[place] = kind[following]
        running = {}
        for place, k in enumerate(rows):
            far, lead = running.get(typed[place], (None, None))
            if far is not None and opened[k] <= far:
                parent[root(k)] = root(lead)
                running[typed[place]] = (max(far, reach[k]), lead)
            else:
                running[typed[place]] = (reach[k], k)
            if place and opened[k] <= opened[rows[place - 1]] + MERGE * 60_000_000:
                parent[root(k)] = root(rows[place - 1])
    return np.array([root(k) for k in range(n)]), time.process_time() - started


def agreement(a, b) -> float:
    """Share of cases whose issue has the same members in both."""
    import pandas as pd

    both = pd.DataFrame({"a": a, "b": b})
    size = both.groupby(["a", "b"])["a"].transform("size")
    same = (size == both.groupby("a")["a"].transform("size")) & (size == both.groupby("b")["b"].transform("size"))
    return float(same.mean())


def race(frame, name: str, end: datetime | None = None) -> str:
    """The table of one race."""
    import pandas as pd

    end = end or frame["opened"].max().to_pydatetime() + pd.Timedelta(seconds=1)
    mine, seconds, states = ours(frame, end)
    out = [("the suite", seconds, len(set(mine)), 1.0)]
    for label, run in (
        ("plain pandas, gaps alone", lambda: by_gaps(frame)),
        ("plain pandas, all rules, customer by customer", lambda: by_customer(frame, end)),
    ):
        issues, cpu = run()
        out.append((label, cpu, len(set(issues)), agreement(mine, issues)))
    table = pd.DataFrame(out, columns=["way", "cpu_s", "issues", "cases_in_the_same_issue"])
    table["times_ours"] = table["cpu_s"] / seconds
    states = ", ".join(f"{k} {v:,}" for k, v in sorted(states.items()))
    head = f"{name}: {len(frame):,} cases of {frame['person'].nunique():,} customers; issues {states}"
    return head + "\n" + table.to_string(index=False, float_format=lambda v: f"{v:.3f}") + "\n"


def calibrate(seeds: int, people: int, workers: int, effect: float, hours_missing: bool, part: str) -> str:
    """Runs what is not yet kept and gives the table."""
    path = RESULTS / f"{_named(people, effect, hours_missing, part)}.jsonl"
    kept = {json.loads(line)["seed"]: json.loads(line) for line in path.read_text().splitlines()} if path.is_file() else {}
    todo = [s for s in range(1, seeds + 1) if s not in kept]
    with ProcessPoolExecutor(max_workers=workers) as pool, path.open("a", encoding="utf-8") as file:
        jobs = {pool.submit(_seed, s, people, effect, hours_missing, part): s for s in todo}
        for done, job in enumerate(as_completed(jobs), 1):
            kept[jobs[job]] = line = {"seed": jobs[job], "lines": job.result()}
            file.write(json.dumps(line) + "\n")
            file.flush()
            print(f"\r{done} of {len(todo)}", end="", file=sys.stderr)
    return report([kept[s] for s in sorted(kept) if s <= seeds], people, effect)


def _named(people: int, effect: float, hours_missing: bool, part: str) -> str:
    planted = (f"_effect_{effect:g}" if effect else "") + ("_hours_missing" if hours_missing else "") + (f"_{part}" if part else "")
    return f"service_calibration_{people}{planted}"


def _seed(seed: int, people: int, effect: float, hours_missing: bool, part: str) -> list[dict]:
    from service_calibration import one

    return one(seed, people, effect=effect, hours_missing=hours_missing, part=part)


def report(kept: list[dict], people: int, effect: float) -> str:
    """Counts, bias and coverage with the exact 99% interval, by figure."""
    from collections import defaultdict

    import numpy as np
    import pandas as pd

    from scrm_helpers.stats import clopper_pearson

    rows = pd.DataFrame([line | {"seed": k["seed"]} for k in kept for line in k["lines"]])
    pools = defaultdict(lambda: np.zeros(2))
    rows = rows if "pool" in rows else rows.assign(pool=None, window=None)
    for r in rows[rows["pool"].notna()].itertuples():
        for window, parts in r.pool.items():
            pools[r.figure, window] += parts
    pooled = rows["pool"].notna() & rows["window"].notna()
    rows["truth"] = rows["truth"].astype(float)
    rows.loc[pooled, "truth"] = [np.divide(*pools[r.figure, r.window]) for r in rows[pooled].itertuples()]
    out = []
    for figure, mine in rows.groupby("figure", sort=False):
        said = mine.dropna(subset=["value", "truth"])
        held = said.dropna(subset=["low", "high"])
        inside = int(((held["low"] <= held["truth"]) & (held["truth"] <= held["high"])).sum())
        share, low, high = clopper_pearson(inside, len(held), 0.99)[:3] if len(held) else (np.nan,) * 3
        verdict = "" if not len(held) else "under" if high < 0.9 else "over" if low > 0.9 else "holds"
        gap = said["value"] - said["truth"]
        out.append((figure, len(mine), len(said), said["truth"].mean(), gap.mean(), gap.std() / np.sqrt(max(len(gap), 1)),
                    len(held), inside, share, low, high, verdict))  # fmt: skip
    names = ["figure", "seeds", "said", "mean_truth", "bias", "bias_se", "ranges", "inside", "coverage", "low_99", "high_99", "verdict"]
    table = pd.DataFrame(out, columns=names)
    head = f"{len(kept)} companies of {people} people; contacts add {effect:g} orders of 1,000; ranges of 90%\n"
    return head + table.to_string(index=False, float_format=lambda v: f"{v:.4g}") + "\n"


def main() -> None:
    """The command."""
    say = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    say.add_argument("--rows", type=int, default=1_000_000)
    say.add_argument("--people", type=int, default=0, help="customers (race: a quarter of the rows; calibration: 3000)")
    say.add_argument("--cases", type=Path)
    for name in ("person", "channel", "opened", "closed", "type"):
        say.add_argument(f"--{name}", default="", help=f"column of the file that holds the {name}")
    say.add_argument("--month-first", action="store_true", help="09/10/2026 is 10 September (left out: 9 October)")
    say.add_argument("--seeds", type=int, default=0)
    say.add_argument("--workers", type=int, default=1)
    say.add_argument("--effect", type=float, default=0.0)
    say.add_argument("--hours-missing", action="store_true")
    say.add_argument("--part", default="", choices=["", "contact"], help="calibrate the change around a contact alone (quicker)")
    given = say.parse_args()
    RESULTS.mkdir(exist_ok=True)
    if given.seeds:
        people = given.people or 3000
        text = calibrate(given.seeds, people, given.workers, given.effect, given.hours_missing, given.part)
        (RESULTS / f"{_named(people, given.effect, given.hours_missing, given.part)}.txt").write_text(text, encoding="utf-8")
    elif given.cases:
        from service_files import read_cases

        frame, words = read_cases(given.cases, given)
        text = words + race(frame, given.cases.name)
    else:
        text = race(made_up(given.rows, given.people or max(given.rows // 4, 1)), "made-up cases")
        (RESULTS / f"service_{given.rows}.txt").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
