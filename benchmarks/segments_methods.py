"""The suite's decision and range beside the methods in use, on one split of the same users."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from scrm_helpers.experiments import effects
from scrm_helpers.stats import holm, welch

LEVEL = 0.95
BOOT = 400
COLUMNS = ["cell", "value", "low", "high", "reject", "adjusted", "adjusted_low", "adjusted_high"]


class Split(NamedTuple):
    """Users of one split: outcome, spend before, treated or not, number of the segment."""

    y: np.ndarray
    pre: np.ndarray
    treated: np.ndarray
    cell: np.ndarray


def moments(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of `experiments.units.moments`, from rows in memory: one grouped pass."""
    out = []
    for arm, part in rows.groupby("arm", sort=True):
        row = {
            "arm": arm,
            "n": len(part),
            "pre_mean": part["pre"].mean(),
            "pre_var": part["pre"].var(ddof=1),
            "buyers": part["conversion"].sum(),
        }
        for metric in ("spend", "conversion"):
            row |= {
                f"{metric}_mean": part[metric].mean(),
                f"{metric}_var": part[metric].var(ddof=1),
                f"{metric}_cov": np.cov(part[metric], part["pre"])[0, 1],
            }
        out.append(row)
    return pd.DataFrame(out)


def rows_of(s: Split) -> pd.DataFrame:
    """Rows as 07 has them."""
    return pd.DataFrame(
        {
            "arm": np.where(s.treated, "treated", "control"),
            "pre": s.pre,
            "spend": s.y,
            "conversion": (s.y != 0).astype(float),
            "cell": s.cell.astype(str),
        }
    )


def suite(s: Split, *, gate: bool = True) -> pd.DataFrame:
    """What 07 says: refused under 30 buyers, permutation ranges by inversion, Sidak over segments. `gate` False: never refused."""
    rows = rows_of(s)
    found = moments(rows)
    slope = effects.theta(found, "treated", "spend")
    least = effects.LEAST_BUYERS if gate else 1
    table = effects.by_segment(rows, "treated", "spend", ["cell"], slope=slope, level=LEVEL, least=least)
    few = effects.too_few(found, "treated", least=least)
    whole = None if few else effects.overall(found, rows, "treated", "spend", level=LEVEL).adjusted
    table = table.rename(
        columns={
            "level_of": "cell",
            "low": "adjusted_low",
            "high": "adjusted_high",
            "own_low": "low",
            "own_high": "high",
        }
    )
    table["reject"] = _outside(table["low"], table["high"])
    table["adjusted"] = _outside(table["adjusted_low"], table["adjusted_high"])
    ends = (np.nan,) * 3 if whole is None else (whole.value, whole.low, whole.high)
    overall = pd.DataFrame([{"cell": "", "value": ends[0], "low": ends[1], "high": ends[2]}])
    overall["reject"] = _outside(overall["low"], overall["high"])
    return pd.concat([overall, table], ignore_index=True)[COLUMNS]


def _outside(low, high) -> pd.Series:
    low, high = low.astype(float), high.astype(float)
    return ((low > 0) | (high < 0)).astype(float).where(low.notna() | high.notna())


def _each(s: Split, one: Callable, adjust: Callable | None = None) -> pd.DataFrame:
    """`one(y, pre, treated)` -> value, low, high, p; on all and in each segment, p corrected over segments."""
    rows = [("", *one(s.y, s.pre, s.treated))]
    for cell in np.unique(s.cell):
        inside = s.cell == cell
        t = s.treated[inside]
        ok = min(t.sum(), (~t).sum()) >= 2
        rows.append((str(cell), *(one(s.y[inside], s.pre[inside], t) if ok else (np.nan,) * 4)))
    table = pd.DataFrame(rows, columns=["cell", "value", "low", "high", "p"])
    table["reject"] = (table["p"] <= 1 - LEVEL).astype(float).where(table["p"].notna())
    table = table.assign(adjusted=np.nan, adjusted_low=np.nan, adjusted_high=np.nan)
    parts = (table["cell"] != "") & table["p"].notna()
    p = table.loc[parts, "p"].to_numpy()
    if len(p):
        table.loc[parts, "adjusted"] = ((holm(p) if adjust is None else adjust(p)) <= 1 - LEVEL).astype(float)
    return table[COLUMNS]


def _welch(y, pre, t):
    a, b = y[t], y[~t]
    found = welch(a.mean(), a.var(ddof=1), len(a), b.mean(), b.var(ddof=1), len(b), LEVEL)
    return found.value, found.low, found.high, found.p


def _cuped(y, pre, t):
    slope = np.cov(y, pre)[0, 1] / pre.var(ddof=1) if pre.std() > 0 else 0.0
    return _welch(y - slope * (pre - pre.mean()), pre, t)


def _mann_whitney(y, pre, t):
    return y[t].mean() - y[~t].mean(), np.nan, np.nan, float(scipy_stats.mannwhitneyu(y[t], y[~t]).pvalue)


def _bootstrap(y, pre, t):
    """Poisson bootstrap of the gap of means, percentile range."""
    rng, means = np.random.default_rng(1), []
    for part in (y[t], y[~t]):
        live = part[part != 0]
        weights = rng.poisson(1.0, (BOOT, len(live)))
        none = rng.poisson(len(part) - len(live), BOOT)
        means.append(weights @ live / np.maximum(weights.sum(axis=1) + none, 1))
    drawn = means[0] - means[1]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    p = 2 * min((drawn <= 0).mean(), (drawn >= 0).mean())
    return y[t].mean() - y[~t].mean(), low, high, min(1.0, p)


def _student(y, pre, t):
    found = scipy_stats.ttest_ind(y[t], y[~t])
    ends = found.confidence_interval(LEVEL)
    return y[t].mean() - y[~t].mean(), ends.low, ends.high, float(found.pvalue)


METHODS: dict[str, Callable[[Split], pd.DataFrame]] = {
    "suite": suite,
    "suite, never refused": lambda s: suite(s, gate=False),
    "Welch, Holm": lambda s: _each(s, _welch),
    "CUPED (delta), Holm": lambda s: _each(s, _cuped),
    "Mann-Whitney, Holm": lambda s: _each(s, _mann_whitney),
    "bootstrap, Holm": lambda s: _each(s, _bootstrap),
    "naive: Student, no correction": lambda s: _each(s, _student, adjust=lambda p: p),
}


def timed(method: str, s: Split) -> tuple[pd.DataFrame, float]:
    """A method's table and the CPU seconds it took."""
    start = time.process_time()
    found = METHODS[method](s)
    return found, time.process_time() - start
