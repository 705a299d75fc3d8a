"""Tests by segment: does the suite's decision keep its 5%, its range its 95%, and at what cost, beside the methods in use?

    python benchmarks/segments.py --calibrate --trials 200        # three public sets, splits 50/50 to 5/95
    python benchmarks/segments.py --speed 1000000 10000000        # moments, segments and shuffles, CPU seconds
    python benchmarks/segments.py --selected                      # users who chose themselves, no effect
    python benchmarks/segments.py --companies 100                 # made-up companies: tests, followers, referrals told right?
    python benchmarks/segments.py --users FILE --metric COLUMN --segments COLUMN,COLUMN [--arm COLUMN]

Tables are printed and kept in benchmarks/results/.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
RESULTS = HERE / "results"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--calibrate", action="store_true", help="splits by lot of the public sets")
    p.add_argument("--sets", default="hillstrom,cdnow,journey", help="which of them")
    p.add_argument("--shares", default="0.5,0.3,0.2,0.1,0.05", help="shares of the treated")
    p.add_argument("--trials", type=int, default=200, help="splits per share")
    p.add_argument("--rows", metavar="FOLDER", help="where the splits are kept, so that a later call goes on from there")
    p.add_argument("--minutes", type=float, default=float("inf"), help="CPU minutes per set after which no other round begins")
    p.add_argument("--speed", type=int, nargs="+", metavar="USERS", help="users in the made-up tables")
    p.add_argument("--selected", action="store_true", help="before and after of users who chose themselves")
    p.add_argument("--companies", type=int, metavar="N", help="made-up companies read by 07 and 08")
    p.add_argument("--people", type=int, default=12_000, help="customers of each")
    p.add_argument("--users", metavar="FILE", help="CSV, TSV, XLSX or Parquet with a row per user")
    p.add_argument("--metric", help="column with the outcome: money, a count, or 0 and 1")
    p.add_argument("--segments", default="", help="columns of segments, with commas between")
    p.add_argument("--arm", help="column with the arm; without it, splits by lot")
    p.add_argument("--control", help="name of the control arm")
    p.add_argument("--before", help="column with the same outcome before the test")
    p.add_argument("--share", type=float, help="planned share of the treated, 0 to 1")
    p.add_argument("--level", type=float, default=0.95, help="level of the ranges")
    p.add_argument("--out", help="name of the table kept in benchmarks/results/")
    a = p.parse_args()
    if not (a.calibrate or a.speed or a.selected or a.companies or a.users):
        p.error("nothing to do: give --calibrate, --speed, --selected, --companies N or --users FILE")
    shares = [number(x) for x in a.shares.split(",")]
    if a.users:
        lines = []
        for lines in of_file(a, shares):
            keep(a.out, lines)
        print("\n".join(lines), flush=True)
    if a.calibrate:
        calibrate(a, shares)
    if a.companies:
        import segments_companies

        name = f"segments_companies_{a.people}"
        rows = Path(a.rows or RESULTS) / f"{name}.jsonl"
        lines = segments_companies.told(a.companies, a.people, rows, minutes=a.minutes, report=report)
        keep(name, lines)
        print("\n".join(lines), flush=True)
    if a.speed:
        import segments_speed

        lines = segments_speed.told(a.speed)
        keep(a.out or "segments_speed", lines)
        print("\n".join(lines), flush=True)
    if a.selected:
        import segments_selected

        lines = segments_selected.told(a.trials)
        keep(a.out or "segments_selected", lines)
        print("\n".join(lines), flush=True)


def number(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise SystemExit(f"--shares: {text} is no share; expected numbers between 0 and 1, such as 0.5,0.1")
    return value


def of_file(a, shares):
    import segments_read
    from segments_data import read_file

    if not a.metric:
        raise SystemExit("--metric is missing: name the column with the outcome.")
    names = [s.strip() for s in a.segments.split(",") if s.strip()]
    users = read_file(a.users, a.metric, names, arm=a.arm, before=a.before)
    if not names:
        users = users._replace(frame=users.frame.assign(everybody="all"), segments=["everybody"])
    if a.arm:
        return [[users.name, *users.notes, *segments_read.arms_told(users, a.control, a.share, a.level)]]
    return segments_read.placebos_told(users, [a.share] if a.share else shares, a.trials, report, minutes=a.minutes)


def calibrate(a, shares) -> None:
    import segments_read
    from segments_data import SETS

    for name in a.sets.split(","):
        if name not in SETS:
            raise SystemExit(f"--sets: {name!r}; expected some of {', '.join(SETS)}")
        file = Path(a.rows) / f"segments_{name}.parquet" if a.rows else None
        for lines in segments_read.placebos_told(SETS[name](), shares, a.trials, report, keep=file, minutes=a.minutes):
            keep(f"segments_{name}", lines)
        print("\n".join(lines), flush=True)


def report(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def keep(name: str | None, lines: list[str]) -> None:
    """Keeps a table where it has a name."""
    if name:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
