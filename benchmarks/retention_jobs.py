"""The jobs that benchmarks/retention.py compares: each runs in a process of its own and prints CPU seconds, memory and its answer.

    python retention_jobs.py JOB FOLDER

Imported by nothing; a peer's job imports only what the peer needs, so that it runs in the peers' environment.
"""

import hashlib
import json
import os
import resource
import sys
from pathlib import Path

import numpy as np

FIRST, MONTHS = 2024 * 12 + 10, 24  # 2024-11 to 2026-10
START = np.datetime64("2024-11-01", "D")
CHANNELS = ("instagram", "facebook", "google_ads", "search", "email", "store", "referral", "unknown")


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    """Most memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def digest(cells) -> str:
    """Of a cohort matrix {(cohort, age): persons}, from 0."""
    text = ";".join(f"{c},{a},{n}" for (c, a), n in sorted(cells.items()) if n)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def of_table(rows) -> dict:
    return {(int(c), int(a)): int(n) for c, a, n in rows}


# --- data ---


def make(folder: Path, orders: int) -> None:
    """Orders of a tenth as many customers over 24 months, in the order of time; customers differ in rate; channel by customer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, people = np.random.default_rng(1), orders // 10
    days = int(MONTHS * 365.25 / 12)
    start, rate = np.sort(rng.uniform(0, days - 10, people)), rng.gamma(0.8, 1, people)
    weight = rate * (days - start) + 5
    number = rng.multinomial(orders - people, weight / weight.sum()) + 1
    customer = np.repeat(np.arange(people, dtype="int64"), number)
    time = start[customer] + rng.random(orders) ** 1.3 * (days - start[customer])
    time[np.r_[True, customer[1:] != customer[:-1]]] = start
    order = np.argsort(time, kind="stable")
    customer, time = customer[order], time[order]
    at = (START.astype("datetime64[us]").astype("int64") + (time * 86_400e6).astype("int64")).view("datetime64[us]")
    cents = np.round(rng.lognormal(4, 1, orders) * 100).astype("int64")
    channel = rng.integers(0, len(CHANNELS), people).astype("int8")[customer]
    table = pa.table({"customer": customer, "time": at, "amount": cents / 100, "cents": cents, "channel": channel})
    pq.write_table(table, folder / "orders.parquet", compression="zstd")
    cut = int(np.searchsorted(at, np.datetime64("2026-10-01", "us")))
    pq.write_table(table.slice(cut), folder / "last_month.parquet", compression="zstd")
    pq.write_table(table.slice(0, cut), folder / "before.parquet", compression="zstd")
    shuffled = rng.permutation(10**15 // people * np.arange(people, dtype="int64") + 12_345)[customer]
    sparse = table.set_column(0, "customer", pa.array(shuffled))
    pq.write_table(sparse, folder / "sparse.parquet", compression="zstd")
    pq.write_table(sparse.slice(cut), folder / "sparse_month.parquet", compression="zstd")


def histories_of_model(n: int = 1_000_000):
    """x, t_x, t in weeks (whole days) of customers that follow BG/NBD with the parameters of CDNOW, watched 27 to 39 weeks."""
    rng = np.random.default_rng(1)
    rate, drop = rng.gamma(0.243, 1 / 4.414, n), rng.beta(0.793, 2.426, n)
    seen = np.round((39 - rng.uniform(0, 12, n)) * 7) / 7
    x, last, now, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while alive.any():
        now = now + rng.exponential(1, n) / np.maximum(rate, 1e-12)
        bought = alive & (now <= seen)
        x, last = x + bought, np.where(bought, now, last)
        alive = bought & (rng.random(n) >= drop)
    return x, np.minimum(np.round(last * 7) / 7, seen), seen


# --- the cohort matrix ---


def matrix_floor(folder: Path):
    """Scan and a flat array: nothing that gives this answer reads less."""
    import pyarrow.parquet as pq

    edges = (START.astype("datetime64[M]") + np.arange(MONTHS + 1)).astype("datetime64[D]").astype("int64")
    month_of = np.repeat(np.arange(MONTHS), np.diff(edges))
    file = pq.ParquetFile(folder / "orders.parquet")
    people = file.metadata.num_rows // 10
    seen = np.zeros(people * MONTHS, np.bool_)
    for batch in file.iter_batches(1 << 17, columns=["customer", "time"], use_threads=False):
        day = batch.column(1).to_numpy(zero_copy_only=False).view("int64") // 86_400_000_000 - edges[0]
        seen[batch.column(0).to_numpy() * MONTHS + month_of[day]] = True
    table = seen.reshape(people, MONTHS)
    first = table.argmax(axis=1)
    return {(c, m - c): int(n) for m in range(MONTHS) for c, n in enumerate(np.bincount(first[table[:, m]], minlength=MONTHS)) if n}


def matrix_naive_pandas(folder: Path):
    """As tutorials show it: periods, transform('min'), nunique, a lambda for the age."""
    import pandas as pd

    rows = pd.read_parquet(folder / "orders.parquet", columns=["customer", "time"])
    rows["month"] = rows["time"].dt.to_period("M")
    rows["cohort"] = rows.groupby("customer")["month"].transform("min")
    sums = rows.groupby(["cohort", "month"])["customer"].nunique().reset_index()
    sums["age"] = (sums["month"] - sums["cohort"]).apply(lambda gap: gap.n)
    start = pd.Period("2024-11", "M")
    return of_table([((c - start).n, a, n) for c, a, n in zip(sums["cohort"], sums["age"], sums["customer"], strict=True)])


def matrix_good_pandas(folder: Path):
    """Whole-number months, distinct person-months, one groupby."""
    import pandas as pd

    rows = pd.read_parquet(folder / "orders.parquet", columns=["customer", "time"])
    month = (rows["time"].to_numpy().astype("datetime64[M]").astype("int64") + 1970 * 12 - FIRST).astype("int64")
    pairs = pd.DataFrame({"customer": rows["customer"], "month": month}).drop_duplicates()
    pairs["cohort"] = pairs.groupby("customer")["month"].transform("min")
    sums = pairs.assign(age=pairs["month"] - pairs["cohort"]).groupby(["cohort", "age"]).size().reset_index(name="n")
    return of_table(sums.itertuples(index=False))


def matrix_polars(folder: Path):
    import polars as pl

    time = pl.col("time")
    month = time.dt.year().cast(pl.Int32) * 12 + time.dt.month().cast(pl.Int32) - 1 - FIRST
    pairs = pl.scan_parquet(folder / "orders.parquet").select("customer", month=month).unique()
    pairs = pairs.with_columns(cohort=pl.col("month").min().over("customer"))
    sums = pairs.group_by("cohort", age=pl.col("month") - pl.col("cohort")).len().collect()
    return of_table(sums.iter_rows())


def _sql(folder: Path, text: str, name: str = "orders"):
    import duckdb

    month = f"(year(time) * 12 + month(time) - 1 - {FIRST})::bigint"
    return duckdb.connect().execute(text.format(file=folder / f"{name}.parquet", month=month)).fetchall()


def matrix_duckdb_distinct(folder: Path):
    return of_table(_sql(folder, """
        with pairs as (select distinct customer, {month} as m from '{file}'),
             first as (select customer, min(m) as c from pairs group by customer)
        select c, m - c, count(*) from pairs join first using (customer) group by all"""))  # fmt: skip


def matrix_duckdb_mask(folder: Path):
    return of_table(_sql(folder, f"""
        with bits as (select customer, bit_or(1::bigint << {{month}}) as b from '{{file}}' group by customer),
             equal as (select b, count(*) as n from bits group by b),
             months as (select b, n, unnest(range({MONTHS})) as m from equal)
        select bit_count((b & -b) - 1) as c, m - c as a, sum(n) from months where (b >> m) & 1 = 1 group by all"""))  # fmt: skip


def _cells(found):
    from scrm_helpers import retention

    rows = retention.sizes(found)
    rows = rows[rows["of"] == "active"].groupby(["cohort", "age"])["persons"].sum().reset_index()
    return of_table((c - FIRST, a, n) for c, a, n in rows.itertuples(index=False))


def _rows(folder: Path, name: str):
    from scrm_helpers.store import connect

    return connect().read_parquet(folder / f"{name}.parquet")


def matrix_ours(folder: Path):
    """The product's functions, customers numbered without gaps."""
    from scrm_helpers import retention
    from scrm_helpers.store import flat_bits

    rows = _rows(folder, "orders")
    people = int(rows.customer.max().to_pyarrow().as_py()) + 1
    bits = flat_bits(rows.select(person_id="customer", ordered_on=rows.time.date()), first=FIRST, months=MONTHS, people=people)
    values, persons = np.unique(bits["w0"].to_numpy(), return_counts=True)
    import pandas as pd

    counted = pd.DataFrame({"source": "unknown", "w0": values, "persons": persons})
    return _cells(retention.histories(counted, first=FIRST, months=MONTHS))


def _ours_bits(folder: Path, name: str):
    from scrm_helpers import periods, retention
    from scrm_helpers.store import month_bits

    rows = _rows(folder, name)
    rows = rows.select(person_id="customer", month=periods.month_number(rows.time))
    return _cells(retention.activity(rows, None, bits=month_bits))


def matrix_ours_any_numbers(folder: Path):
    """The same in Ibis on DuckDB, as notebook 04 runs it: customers with numbers below 10^15, as the registry gives them."""
    return _ours_bits(folder, "sparse")


# --- one more month ---


def state_of(folder: Path) -> None:
    """The state up to the last month but one, made once, for either numbering of the customers."""
    import pyarrow.parquet as pq

    from scrm_helpers.store import monthly

    for name, kept in (("before", "state"), ("sparse", "sparse_state")):
        rows = pq.read_table(folder / f"{name}.parquet", columns=["customer", "time", "channel", "cents"])
        month = rows.column("time").to_numpy().astype("datetime64[M]").astype("int64") + 1970 * 12 - FIRST
        columns = [rows.column(c).to_numpy() for c in ("customer", "channel", "cents")]
        state = monthly.empty(FIRST, CHANNELS)
        for k in range(MONTHS - 1):
            here = month == k
            state = monthly.add_month(state, *(c[here] for c in columns))
        monthly.write_state(state, folder / f"{kept}.parquet")


def update_ours(folder: Path, name: str = "last_month", kept: str = "state"):
    import pyarrow.parquet as pq

    from scrm_helpers.store import monthly

    rows = pq.ParquetFile(folder / f"{name}.parquet").read(columns=["customer", "channel", "cents"], use_threads=False)
    state = monthly.read_state(folder / f"{kept}.parquet")
    state = monthly.add_month(state, *(rows.column(c).to_numpy() for c in ("customer", "channel", "cents")))
    monthly.write_state(state, folder / f"{kept}.new.parquet")
    sizes = state.sizes
    sizes = sizes[sizes["of"] == "active"].groupby(["cohort", "age"])["persons"].sum().reset_index()
    cells = of_table((c - FIRST, a, n) for c, a, n in sizes.itertuples(index=False))
    money = state.cells[["source", "cohort", "month", "cents"]]
    return cells, {(int(s), int(c - FIRST), int(m - FIRST)): int(v) for s, c, m, v in money.itertuples(index=False) if v}


def update_ours_any_numbers(folder: Path):
    """The same where customers have numbers below 10^15, as the registry gives them."""
    return update_ours(folder, "sparse_month", "sparse_state")


def update_duckdb(folder: Path):
    """Full rebuild: cohort matrix and revenue by channel, cohort and month from all orders; masks written."""
    import duckdb

    con, month = duckdb.connect(), f"(year(time) * 12 + month(time) - 1 - {FIRST})::bigint"
    con.execute(f"""create temp table bits as select customer, any_value(channel) as channel, bit_or(1::bigint << {month}) as b
                    from '{folder / "orders.parquet"}' group by customer""")  # fmt: skip
    con.execute(f"copy bits to '{folder / 'state.duckdb.parquet'}' (format parquet)")
    money = con.execute(f"""select channel, bit_count((b & -b) - 1) as c, {month} as m, sum(cents)::bigint
                            from '{folder / "orders.parquet"}' join bits using (customer, channel) group by all""").fetchall()  # fmt: skip
    cells = con.execute(f"""
        with equal as (select b, count(*) as n from bits group by b), months as (select b, n, unnest(range({MONTHS})) as m from equal)
        select bit_count((b & -b) - 1) as c, m - c as a, sum(n) from months where (b >> m) & 1 = 1 group by all""").fetchall()  # fmt: skip
    return of_table(cells), {(int(s), int(c), int(m)): int(v) for s, c, m, v in money if v}


def update_good_pandas(folder: Path):
    """Full rebuild with pandas."""
    import pandas as pd

    rows = pd.read_parquet(folder / "orders.parquet", columns=["customer", "time", "channel", "cents"])
    rows["month"] = rows["time"].to_numpy().astype("datetime64[M]").astype("int64") + 1970 * 12 - FIRST
    rows["cohort"] = rows.groupby("customer")["month"].transform("min")
    money = rows.groupby(["channel", "cohort", "month"])["cents"].sum()
    pairs = rows[["customer", "cohort", "month"]].drop_duplicates()
    pairs.to_parquet(folder / "state.pandas.parquet")
    sums = pairs.assign(age=pairs["month"] - pairs["cohort"]).groupby(["cohort", "age"]).size().reset_index(name="n")
    return of_table(sums.itertuples(index=False)), {tuple(map(int, k)): int(v) for k, v in money.items() if v}


def update_polars(folder: Path):
    """Full rebuild with Polars."""
    import polars as pl

    time = pl.col("time")
    month = time.dt.year().cast(pl.Int32) * 12 + time.dt.month().cast(pl.Int32) - 1 - FIRST
    rows = pl.scan_parquet(folder / "orders.parquet").select("customer", "channel", "cents", month=month)
    sums = rows.group_by("customer", "channel", "month").agg(pl.col("cents").sum())
    sums = sums.with_columns(cohort=pl.col("month").min().over("customer")).collect()
    sums.select("customer", "month", "cohort").write_parquet(folder / "state.polars.parquet")
    money = sums.group_by("channel", "cohort", "month").agg(pl.col("cents").sum())
    cells = sums.group_by("cohort", age=pl.col("month") - pl.col("cohort")).len()
    return of_table(cells.iter_rows()), {(int(s), int(c), int(m)): int(v) for s, c, m, v in money.iter_rows() if v}


# --- BG/NBD ---


def model_ours(folder: Path):
    import pandas as pd

    from scrm_helpers.retention import models

    given = pd.read_parquet(folder / "histories.parquet")
    fit = models.fit_bg_nbd(models.grouped(given, "x", "t_x", "t"))
    return {**fit.parameters, "log_likelihood": fit.log_likelihood}


def model_lifetimes(folder: Path):
    import pandas as pd
    from lifetimes import BetaGeoFitter

    given = pd.read_parquet(folder / "histories.parquet")
    fit = BetaGeoFitter().fit(given["x"], given["t_x"], given["t"])
    return {k: float(v) for k, v in fit.params_.items()}


WARM = {  # imports are paid once a run and are not the work compared
    "matrix_ours": ("scrm_helpers.retention", "scrm_helpers.store.book", "ibis", "duckdb", "scrm_helpers.periods"),
    "model_ours": ("scrm_helpers.retention",), "update_ours": ("scrm_helpers.store.monthly",),
    "floor": ("pandas", "pyarrow.parquet"), "pandas": ("pandas", "pyarrow.parquet"), "polars": ("polars",), "duckdb": ("duckdb",),
    "lifetimes": ("pandas", "pyarrow.parquet", "lifetimes"),
}  # fmt: skip


def main() -> None:
    job, folder = sys.argv[1], Path(sys.argv[2])
    if job == "make":
        make(folder, int(sys.argv[3]))
        return
    if job == "histories":
        import pandas as pd

        x, t_x, t = histories_of_model()
        pd.DataFrame({"x": x, "t_x": t_x, "t": t}).to_parquet(folder / "histories.parquet")
        return
    if job == "state":
        state_of(folder)
        return
    for who, modules in WARM.items():
        if who in job:
            for name in modules:
                __import__(name)
    if job.startswith("matrix_ours"):
        from scrm_helpers.store import connect

        connect().sql("select 1 as x").to_pyarrow()
    before, started = peak(), cpu()
    answer = globals()[job](folder)
    used = cpu() - started
    out = {"cpu": round(used, 3), "peak": round(peak()), "base": round(before), "pid": os.getpid()}
    if job.startswith("matrix"):
        out["answer"] = digest(answer)
    elif job.startswith("update"):
        cells, money = answer
        out["answer"] = digest(cells) + " " + hashlib.sha256(str(sorted(money.items())).encode()).hexdigest()[:12]
        out["cents"] = sum(money.values())
    else:
        out["answer"] = {k: round(v, 4) for k, v in answer.items()}
    print(json.dumps(out))


if __name__ == "__main__":
    main()
