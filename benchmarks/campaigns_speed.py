"""Seconds for a year's campaigns with all their placebos: `judge` as notebook 06 calls it, on a made-up company of a usual size.

    python benchmarks/campaigns_speed.py                    24 campaigns, 40 stores, 70,000 orders of 12,000 people over 24 months
    python benchmarks/campaigns_speed.py --campaigns 60 --orders 1000000

Half of the campaigns name some stores, a quarter are lists of people, a quarter run everywhere; they overlap as they do in companies.
Everything that a campaign's answer needs is counted (sales by day, forecasts, made-up sets, calibration, planner); imports are not.
"""

import argparse
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import ibis  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from scrm_helpers import tables  # noqa: E402
from scrm_helpers.campaigns.judge import judge  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
FIRST, DAYS, PERIOD = date(2024, 9, 1), 730, "2026-08"
SECONDS, CORES = 10.0, 2  # the goal of METHODS.md


def frame(name: str, rows: list[dict]) -> pd.DataFrame:
    """Rows of a contract with all its columns."""
    return pd.DataFrame(rows, columns=[c.name for c in tables.contract(name).columns])


def table(name: str, given: pd.DataFrame):
    """The same as a lazy table with the contract's kinds."""
    known, columns = ibis.memtable(given), {c.name: c.kind.ibis for c in tables.contract(name).columns}
    return known.select(**{n: (known[n].cast(k) if n in given else ibis.null(k)) for n, k in columns.items()})


def company(campaigns: int, stores: int, orders: int, people: int, seed: int) -> dict:
    """Everything that `judge` reads: days with a season and a price rise of 2% a month, stores of unequal size, campaigns in a row."""
    rng = np.random.default_rng(seed)
    day = np.minimum(rng.integers(DAYS, size=orders), rng.integers(DAYS + DAYS // 3, size=orders)) % DAYS
    at = pd.to_datetime(FIRST) + pd.to_timedelta(np.sort(day), unit="D")
    store = rng.choice(stores, size=orders, p=(w := rng.gamma(3, size=stores)) / w.sum())
    web = rng.random(orders) < 0.5
    sold = pd.DataFrame({
        "order_id": np.arange(orders), "account_id": rng.integers(people, size=orders), "ordered_at": at + pd.Timedelta(hours=12),
        "ordered_on": at.date, "kind": "sale", "status": "completed", "channel": np.where(web, "shop", "store"),
        "store_id": np.where(web, None, np.array([f"S{s:02d}" for s in range(stores)])[store]),
        "net": np.round(rng.lognormal(6, 0.6, orders) * 1.02 ** (np.sort(day) / 30.4), 2), "currency": "TRY", "is_internal": False,
    })  # fmt: skip
    who = pd.DataFrame({"account_id": np.arange(people), "person_id": np.arange(people), "kind": "consumer", "usable": True,
                        "is_internal": False})  # fmt: skip
    runs, units = [], []
    for k, start in enumerate(np.linspace(380, DAYS - 30, campaigns).astype(int).tolist()):
        name, length = f"K{k:02d}", (28, 21, 14, 28)[k % 4]
        first = FIRST + timedelta(days=start)
        runs.append({"campaign_id": name, "name": name, "source": "instagram", "starts_on": first, "is_social": True, "status": "done",
                     "ends_on": first + timedelta(days=length - 1)})  # fmt: skip
        if k % 4 < 2:
            units += [{"campaign_id": name, "unit_kind": "store", "unit_id": f"S{s:02d}", "role": "treated"}
                      for s in rng.permutation(stores)[: max(2, stores // 5)]]  # fmt: skip
        elif k % 4 == 2:
            units += [{"campaign_id": name, "unit_kind": "account", "unit_id": str(p), "role": "treated"}
                      for p in rng.permutation(people)[: people // 6]]  # fmt: skip
    months = pd.date_range(FIRST - timedelta(days=31), periods=DAYS // 30 + 3, freq="MS")
    return {
        "orders": table("orders", sold), "persons": table("persons", who), "campaigns": frame("campaigns", runs),
        "campaign_units": frame("campaign_units", units),
        "stores": frame("stores", [{"store_id": f"S{s:02d}", "kind": "store", "region": f"R{s % 6}"} for s in range(stores)]),
        "calendar": frame("calendar", []),
        "rates": frame("rates", [{"on": m.date(), "kind": "cpi", "value": 100 * 1.02**k} for k, m in enumerate(months)]),
    }  # fmt: skip


def main() -> None:
    """Times one call, prints it and keeps it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("campaigns", 24), ("stores", 40), ("orders", 70_000), ("people", 12_000), ("seed", 1)):
        arguments.add_argument(f"--{name}", type=int, default=usual)
    asked = arguments.parse_args()
    given = company(**vars(asked))
    wall, spent = time.perf_counter(), time.process_time()
    found = judge(**given, period=PERIOD, online="shop")
    wall, spent = time.perf_counter() - wall, time.process_time() - spent
    rows = found.lifts
    made_up = int(rows["placebos"].sum()) + int(found.calibration["placebos"].sum())
    text = (
        f"{len(rows)} campaigns ({', '.join(f'{n} {k}' for k, n in rows['design'].value_counts().items())}), "
        f"{int((rows['state'] == 'ok').sum())} judged; {asked.stores} stores, {asked.orders:,} orders, {asked.people:,} people\n"
        f"{made_up:,} placebos behind ranges and calibration\n"
        f"{spent:.1f} CPU s of one process (goal: under {SECONDS:.0f} s on {CORES} cores); {wall:.1f} s by the clock of a shared machine\n"
        f"states: {rows['state'].value_counts().to_dict()}\n"
    )
    print(text)
    if vars(asked) == {n: arguments.get_default(n) for n in vars(asked)}:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "campaigns_speed.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
