"""The matcher on the sample company, whose every record has a known owner: what notebooks 01 and 02 say, against the truth.

    python benchmarks/identity_sample.py --people 800 --seeds 5            realistic and hostile mess
    python benchmarks/identity_sample.py --people 800 --mess 2 --first 40

Nothing is tuned for it: the notebooks' own cells run, in the configuration of the historical figures and of FEBRL 4. Each line is a
company of its own; it is kept in results/ as soon as it is measured.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]
HEAD = (
    f"{'mess':>4} {'seed':>5} {'records':>8} {'precision':>9} {'claimed':>16} {'held':>5} {'recall':>7} {'claimed':>16} {'held':>5} "
    f"{'persons of two':>14} {'of one family':>13}"
)


def main(arguments: list[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--people", type=int, default=800)
    ask.add_argument("--seeds", type=int, default=5)
    ask.add_argument("--first", type=int, default=1, help="first seed")
    ask.add_argument("--mess", type=int, nargs="+", default=[1, 2], choices=(0, 1, 2))
    told = ask.parse_args(arguments)
    kept, lines = RESULTS / f"identity_sample_{told.people}.txt", [HEAD]
    print(HEAD, flush=True)
    for mess in told.mess:
        for seed in range(told.first, told.first + told.seeds):
            with tempfile.TemporaryDirectory(prefix="scrm-identity-") as home:
                lines.append(_line(mess, seed, *_company(Path(home), seed, told.people, mess)))
            print(lines[-1], flush=True)
            kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _company(home: Path, seed: int, people: int, mess: int) -> tuple[int, list]:
    """Records of a company that 01 and 02 have read, and the score card's lines on them."""
    from scorecard import PERIOD, run_cells

    from scrm_helpers import sample
    from scrm_helpers.scorecard import links
    from scrm_helpers.scorecard.truth import Said, Truth, true_accounts
    from scrm_helpers.store import open_workspace

    os.environ |= {"SCRM_HOME": str(home), "SCRM_RUN": str(home / "run"), "SCRM_THREADS": "1"}
    (home / "data" / "raw").mkdir(parents=True)
    sample.write(home / "data" / "sample", seed=seed, people=people, last_month=PERIOD, mess=mess)
    for notebook in ("01_ingestion", "02_identity"):
        run_cells(notebook)
    workspace = open_workspace("")
    truth, said = Truth(workspace), Said(workspace, PERIOD)
    accounts = true_accounts(said, truth)
    return len(accounts), links.rows(said, truth, accounts)


def _line(mess: int, seed: int, records: int, rows: list) -> str:
    by = {row.id: row for row in rows}

    def share(name: str, width: int) -> str:
        row = by[name]
        if row.low is None or row.truth is None:
            return f"{row.truth:>{width}.4f} {'-':>16} {'-':>5}"
        span, held = f"{row.low:.4f} to {row.high:.4f}", "yes" if row.inside else "no"
        return f"{row.truth:>{width}.4f} {span:>16} {held:>5}"

    return (
        f"{mess:>4} {seed:>5} {records:>8} {share('precision', 9)} {share('recall', 7)} "
        f"{by['merged'].value:>14.0f} {by['merged_families'].value:>13.0f}"
    )


if __name__ == "__main__":
    sys.exit(main())
