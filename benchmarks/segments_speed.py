"""CPU seconds for a test of many users: moments and ranges by segment, and corrected shuffles, beside the ways in use."""

import tempfile
import time
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd

SEGMENTS, METRICS, DRAWS = 12, ("spend", "orders", "conversion"), 1000


def told(sizes: list[int]) -> list[str]:
    """A table per size, and one of the shuffles at the smallest."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for n in sizes:
            out += of_size(n, Path(folder) / f"{n}.parquet")
        out += shuffles(min(sizes))
    return out


def make(n: int, path: Path) -> None:
    """Users with 12 segments, half treated, one in ten a buyer: spend lognormal, orders, bought or not, spend before."""
    duckdb.sql(f"""copy (select case when hash(i) % 2 = 0 then 'control' else 'mail' end as arm,
        (hash(i * 7 + 1) % {SEGMENTS})::varchar as segment,
        b * exp(3 + 1.07 * sqrt(-2 * ln(u)) * cos(6.283185 * v)) as spend,
        b * (1 + hash(i * 13) % 3)::double as orders, b::double as conversion,
        p * exp(3 + 1.07 * sqrt(-2 * ln(v)) * cos(6.283185 * u)) as pre
        from (select i, (hash(i * 3 + 5) % 10 = 0)::int b, (hash(i * 17 + 3) % 3 = 0)::int p,
        ((hash(i * 5 + 2) % 1000003) + 1) / 1000004.0 u,
        ((hash(i * 11 + 7) % 1000033) + 1) / 1000034.0 v from range({n}) t(i))) to '{path}' (format parquet)""")


def clock(work, times: int = 3) -> tuple[float, object]:
    """Least CPU seconds of a few runs (all threads), and what came out."""
    best, found = np.inf, None
    for _ in range(times):
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return best, found


def of_size(n: int, path: Path) -> list[str]:
    make(n, path)
    con = ibis.duckdb.connect(threads=1)
    raw, name = con.con, "users"
    # the users lie in the engine's memory, as 07 has them after `cache`
    raw.execute(f"create or replace table {name} as select * from '{path}'")
    table = con.table(name)
    base = one_pass(raw, name, covariate=False)
    with_pre, _ = clock(lambda: one_pass(raw, name, covariate=True))
    plain, _ = clock(lambda: one_pass(raw, name, covariate=False))
    ours, gaps = clock(lambda: by_moments(table, covariate=False))
    ours_pre, _ = clock(lambda: by_moments(table, covariate=True))
    rows = [
        ("plain DuckDB, one pass", plain),
        ("suite: one query, ranges of all segments", ours),
        ("plain DuckDB, one pass, with spend before", with_pre),
        ("suite, with spend before", ours_pre),
    ]
    few = 3 if n <= 1_000_000 else 1
    loop, peer = clock(lambda: tea_ibis(table), few)
    rows.append(("tea-tasting, a loop over segments, Ibis", loop))
    frame = table.to_pandas()
    rows.append(("tea-tasting, a loop over segments, pandas", clock(lambda: tea_pandas(frame), few)[0]))
    rows.append(("scipy, a loop over segments", clock(lambda: scipy_loop(frame), few)[0]))
    assert len(base) == 2 * SEGMENTS
    off = max(abs(gaps[k] - peer[k]) / max(1e-9, abs(peer[k])) for k in peer)
    out = pd.DataFrame(rows, columns=["way", "cpu"]).assign(ratio=lambda t: t["cpu"] / plain)
    return [
        f"{n:,} users, {len(METRICS)} metrics, {SEGMENTS} segments: CPU seconds, one thread, and times the plain pass",
        out.to_string(index=False, float_format=lambda v: f"{v:.3f}"),
        f"largest relative gap between suite and tea-tasting: {off:.1e}\n",
    ]


def one_pass(con, name: str, *, covariate: bool):
    """What anyone would write: counts, means and variances in one grouped query."""
    parts = [f"avg({m}), var_samp({m})" for m in METRICS]
    if covariate:
        parts += ["avg(pre), var_samp(pre)", *[f"covar_samp({m}, pre)" for m in METRICS], "covar_samp(spend, orders)"]
    return con.execute(f'select arm, segment, count(*), {", ".join(parts)} from "{name}" group by all').fetchall()


def by_moments(table, *, covariate: bool) -> dict:
    """The suite's grouped query, and a range for every metric in every segment."""
    from scrm_helpers.experiments.units import moments
    from scrm_helpers.stats import welch

    found = moments(table, "segment", covariate=covariate)
    a, b = (found[found["arm"] == arm].set_index("segment") for arm in ("mail", "control"))
    out = {}
    for metric in METRICS:
        gap = welch(
            a[f"{metric}_mean"], a[f"{metric}_var"], a["n"], b[f"{metric}_mean"], b[f"{metric}_var"], b["n"], 0.95
        )
        out |= {(segment, metric): value for segment, value in zip(a.index, gap.value, strict=True)}
    return out


def tea_ibis(table) -> dict:
    return _tea({s: table.filter(table.segment == s) for s in map(str, range(SEGMENTS))})


def tea_pandas(frame: pd.DataFrame) -> dict:
    return _tea({s: frame[frame["segment"] == s] for s in map(str, range(SEGMENTS))})


def _tea(parts: dict) -> dict:
    import tea_tasting as tt

    test, out = tt.Experiment({m: tt.Mean(m) for m in METRICS}, variant="arm"), {}
    for segment, part in parts.items():
        found = test.analyze(part, control="control")
        out |= {(segment, m): found[m].effect_size for m in METRICS}
    return out


def scipy_loop(frame: pd.DataFrame) -> None:
    from scipy.stats import ttest_ind

    for _, part in frame.groupby("segment"):
        a, b = part[part["arm"] == "mail"], part[part["arm"] == "control"]
        for metric in METRICS:
            ttest_ind(a[metric], b[metric], equal_var=False).confidence_interval(0.95)


def shuffles(n: int) -> list[str]:
    """Max-T over 36 cells, and Sidak over 12, against one naive shuffle times the number of draws."""
    from scrm_helpers.stats import cell_differences, max_t

    rng = np.random.default_rng(1)
    bought = rng.random(n) < 0.1
    spend = np.where(bought, np.exp(rng.normal(3, 1.07, n)), 0.0)
    values = np.column_stack([spend, bought * rng.integers(1, 4, n), bought.astype(float)])
    treated, cells = rng.random(n) < 0.5, rng.integers(0, SEGMENTS, n)
    naive, _ = clock(lambda: naive_draw(values, treated, cells, rng), 2)
    ours, _ = clock(lambda: max_t(values, treated, cells, 0.95, seed=1, draws=DRAWS), 1)
    sidak, _ = clock(lambda: cell_differences(spend, treated, cells, 0.95, seed=1), 1)
    rows = [
        ("max-T, naive: every row, every draw", naive * DRAWS),
        ("suite: max-T, 36 cells", ours),
        ("suite: inverted ranges, 12 cells, and each against the rest", sidak),
    ]
    return [
        f"{n:,} users, {SEGMENTS * 3} cells, {DRAWS:,} shuffles: CPU seconds",
        pd.DataFrame(rows, columns=["way", "cpu"]).to_string(index=False, float_format=lambda v: f"{v:.2f}"),
    ]


def naive_draw(values: np.ndarray, treated: np.ndarray, cells: np.ndarray, rng) -> float:
    """One shuffle as a first attempt would do it: permute within cells, Welch's t of every cell and metric."""
    largest = 0.0
    for cell in range(SEGMENTS):
        inside = values[cells == cell]
        arm = rng.permutation(treated[cells == cell])
        a, b = inside[arm], inside[~arm]
        t = (a.mean(axis=0) - b.mean(axis=0)) / np.sqrt(a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b))
        largest = max(largest, float(np.abs(t).max()))
    return largest
