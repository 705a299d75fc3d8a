"""Placebo campaigns on real sales: false alarms, coverage, power and error of the suite's methods beside those in use today.

    python benchmarks/campaigns.py                                 the public sets (SCRM_REFERENCE_DATA names their folder)
    python benchmarks/campaigns.py --panel shops.csv more.parquet  any others: a date, a unit and a value; the same configuration

A 14-day campaign is made up where none ran. Regional: 5 units (fewer where there are few) of one window, drawn at random, in windows
drawn at random and in windows that touch 10 December to 5 January; and a whole region (a column of regions, else a unit with the four
that moved most like it in other periods). Single: one unit, or all together, against its own past. Every way sees the same placebos.
A range of 95% that leaves out 0 is a false alarm. Placebos share days and series: the share's exact 99% interval is taken on their
effective number (n over the design effect of series and of windows). Power is how often +5%, +10% (put on sales) is told from 0.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import campaigns_panels as panels  # noqa: E402
import campaigns_peers as peers  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from scrm_helpers.campaigns import expected, judge_stores, judging, noise, placebo, regional, series  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
OURS = "this suite"
LEVEL, CLAIMED, TREATED, MOST_UNITS, MOST_SERIES, MOST_PERIODS = 0.95, 0.05, 5, 200, 40, 1100
DESIGNS = (("regional", "random"), ("regional", "holiday"), ("regional", "region"), ("single", "random"), ("single", "holiday"))
POWERS = (5, 10, 20, 40)  # planted lifts, per cent
SETS = 10  # treated sets per window
FEW = 100  # effective placebos below which a share of 5% is hardly told from 12%


def holiday_starts(days: pd.DatetimeIndex, starts: np.ndarray, length: int, width: int) -> np.ndarray:
    """Windows that touch 10 December to 5 January."""
    on = pd.date_range(days[0], periods=len(days) * width, freq="D")
    festive = np.asarray(on.month * 100 + on.day)
    festive = (festive >= 1210) | (festive <= 105)
    return np.array([festive[s * width : (s + length) * width].any() for s in starts], dtype=bool)


# Regional


def neighbours(values: np.ndarray, start: int, length: int, rng, count: int, size: int) -> np.ndarray:
    """Sets of a unit and those that moved most like it in windows that do not touch this one or its time before."""
    starts = np.arange(4 * length, len(values) - length + 1, max(1, length // 2))
    far = starts[np.abs(starts - start) >= 5 * length]
    x = np.zeros((values.shape[1], count))
    if len(far) < 4:
        return x[:, :0]
    change = np.array([regional.log_change(values, s, s + length, 4 * length) for s in far])
    with np.errstate(all="ignore"):
        change = np.nan_to_num(change - np.nanmean(change, axis=1, keepdims=True))
        alike = np.nan_to_num(np.corrcoef(change.T))
    np.fill_diagonal(alike, 2.0)
    for k, unit in enumerate(rng.integers(values.shape[1], size=count)):
        x[np.argsort(-alike[unit])[:size], k] = 1
    return x


def regional_sets(data: panels.Set, arm: str, start: int, rng, count: int, size: int) -> np.ndarray:
    """Treated sets of one window: units x sets."""
    n = data.values.shape[1]
    if arm == "region":
        if data.regions is not None:
            labels = [r for r in sorted(set(data.regions)) if 2 <= (data.regions == r).sum() <= n // 2]
            return np.column_stack([data.regions == r for r in labels]).astype(float) if labels else np.zeros((n, 0))
        return neighbours(data.values, start, data.length, rng, count, size)
    x = np.zeros((n, count))
    for k in range(count):
        x[rng.permutation(n)[:size], k] = 1
    return x


def ours_regional(data: panels.Set, start: int, x: np.ndarray, known: np.ndarray, seed: int) -> peers.Answer:
    """The suite's own answer for each treated set."""
    seen = expected.outlook(data.values, start, data.length, width=data.width, outside=tuple(data.outside.values()))
    found = [judging.judged(seen, own > 0, known, draws=judge_stores.DRAWS, seed=seed + k) for k, own in enumerate(x.T)]
    good = [f.effect.value is not None and f.effect.error is not None for f in found]
    value = [f.effect.value if g else math.nan for f, g in zip(found, good, strict=True)]
    half = [f.limit(LEVEL) * f.effect.error if g else math.nan for f, g in zip(found, good, strict=True)]
    return np.array(value), np.array(half)


def run_regional(data: panels.Set, arm: str, placebos: int, seed: int) -> list[dict]:
    """One line per way: sums over placebos and over blocks. Empty where the panel has too few units or no such window."""
    length, (periods, n) = data.length, data.values.shape
    size = min(TREATED, n // 4)
    if n < 8 or periods < 6 * length:
        return []
    rng = np.random.default_rng(seed)
    if n > MOST_UNITS:
        kept = np.sort(rng.permutation(n)[:MOST_UNITS])
        data = data._replace(values=data.values[:, kept], outside={k: v[:, kept] for k, v in data.outside.items()},
                             regions=None if data.regions is None else data.regions[kept])  # fmt: skip
    first = 4 * length + (4 * length if periods >= 16 * length else 0)
    starts = np.arange(first, periods - length + 1)
    if arm == "holiday":
        starts = starts[holiday_starts(data.days, starts, length, data.width)]
    if not len(starts):
        return []
    starts = np.sort(rng.permutation(starts)[: max(12, placebos // SETS)])
    count = max(SETS, math.ceil(placebos / len(starts)))
    answers: dict[str, list] = {}
    blocks = []
    for start in starts.tolist():
        change = regional.log_change(data.values, start, start + length, 4 * length)
        x = regional_sets(data, arm, start, rng, count, size)
        x[np.isnan(change)] = 0  # a unit without figures is in no comparison
        x = x[:, (x.sum(axis=0) >= max(1, size - 1)) & (x.sum(axis=0) <= (~np.isnan(change)).sum() / 2)]
        if not x.shape[1]:
            continue
        known = ~np.isnan(change)
        clean = np.where(known, data.values, np.nan)
        each = {OURS: ours_regional(data, start, x, known, seed)}
        each["collapsed DiD, t"] = peers.collapsed(clean, start, length, x)
        each["two-way fixed effects, clustered"] = peers.two_way(clean, start, length, x, 364 // data.width)
        fake = np.zeros((x.shape[0], 60))
        for k in range(60):
            fake[rng.permutation(np.flatnonzero(known))[: int(np.median(x.sum(axis=0)))], k] = 1
        each["synthetic control, placebo"], each["synthetic DiD, placebo"] = peers.synthetic(clean, start, length, x, fake, data.width)
        for key, answer in summed(data, np.nan_to_num(clean) @ x, start).items():
            each[key] = answer
        for key, answer in each.items():
            answers.setdefault(key, []).append(answer)
        blocks.append(np.full(x.shape[1], start // length))
    return judged(data.name, f"regional, {arm}", answers, [np.concatenate(blocks)]) if blocks else []


def summed(data: panels.Set, total: np.ndarray, start: int) -> dict[str, peers.Answer]:
    """What looks at the treated units' sum alone: before/after, correlation, calendar with Newey-West, on data up to the window's end."""
    out: dict[str, list] = {}
    at, length = np.array([start]), data.length
    base = peers.calendar(data.days[: start + length], data.width)
    for net in total[: start + length].T:
        out.setdefault("before/after t-test", []).append(peers.before_after(net, at, length))
        out.setdefault("same-period correlation", []).append(peers.correlation(net, at, length, 364 // data.width))
        out.setdefault("calendar OLS, Newey-West", []).append(peers.newey_west(net, at, length, base, max(2, 14 // data.width)))
    return {k: tuple(np.concatenate(part) for part in zip(*v, strict=True)) for k, v in out.items()}


# Single


def ours_single(net: np.ndarray, starts: np.ndarray, length: int, data: panels.Set, outside: list[np.ndarray]) -> peers.Answer:
    """The suite's own answer for each window of one series; its limit from the windows that share no day with it."""
    y, known = peers.logs(net)
    base = np.column_stack([peers.calendar(data.days, data.width, harmonics=series.HARMONICS), *outside])
    full = pd.date_range(data.days[0], periods=len(net) * data.width, freq="D")
    seasons = noise.year_end(full)
    learned = noise.learn(y, base, known, width=data.width, marks=series.bins(seasons, data.width))
    windows = peers._windows(len(y), starts, length)[learned.known]
    value, error = noise.effects(learned.off, y[known], windows)
    in_season = series.bins(seasons, data.width).any(axis=1)
    flags = np.array([in_season[s : s + length].mean() >= series.IN_SEASON for s in starts], dtype=bool)
    z, limit = value / error, []
    years = max(len(net) * data.width // 365 - 1, 0)
    for k, s in enumerate(starts):
        apart = np.abs(starts - s) >= length
        limit.append(series.Nothing(z[apart], flags[apart], len(net) / length - 1, bool(flags[k]), years).limit(LEVEL))
    return value, np.array(limit) * error


def series_of(data: panels.Set) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """The largest units with few gaps, and all units together: (sales, covariates that vary)."""
    known = (np.nan_to_num(data.values) > 0).mean(axis=0) >= 0.8
    order = [k for k in np.argsort(-np.nanmean(data.values, axis=0), kind="stable") if known[k]][:MOST_SERIES]
    found = [(data.values[:, k], [o[:, k] for o in data.outside.values()]) for k in order]
    if data.values.shape[1] > 3:
        filled = np.where(np.isnan(data.values), np.nanmean(data.values, axis=0), data.values)
        found.append((filled.sum(axis=1), [o.mean(axis=1) for o in data.outside.values()]))
    return [(net, [c for c in extra if np.ptp(c) > 0]) for net, extra in found]


def run_single(data: panels.Set, arm: str, placebos: int, seed: int) -> list[dict]:
    """One line per way over the windows of each series. Windows of a season are judged where a year of history lies before them."""
    length = data.length
    if len(data.days) > MOST_PERIODS:
        cut = len(data.days) - MOST_PERIODS
        data = data._replace(days=data.days[cut:], values=data.values[cut:], outside={k: v[cut:] for k, v in data.outside.items()})
    periods = len(data.days)
    if periods < 16 * length:
        return []
    answers: dict[str, list] = {}
    owner, when = [], []
    every = series_of(data)
    step = max(1, min(length // 4, (len(every) * periods) // (placebos * 2)))
    base, year = peers.calendar(data.days, data.width), 364 // data.width
    for k, (net, extra) in enumerate(every):
        known = np.nan_to_num(net) > 0
        starts = np.arange(length, periods - length + 1, step)
        starts = np.array([s for s in starts if known[s : s + length].mean() >= 0.8 and known[s - length : s].mean() >= 0.8], dtype=int)
        festive = holiday_starts(data.days, starts, length, data.width) if len(starts) else np.zeros(0, bool)
        asked = festive & (starts * data.width >= 365) if arm == "holiday" else np.ones(len(starts), bool)
        if asked.sum() < 1 or len(starts) < 12:
            continue
        lags = 14 if data.width == 1 else 4
        each = {
            OURS: ours_single(net, starts, length, data, extra),
            "GLS AR(14), placebo-scaled": peers.gls_ar(net, starts, length, base, lags),
            "calendar OLS, Newey-West": peers.newey_west(net, starts, length, base, lags),
            "before/after t-test": peers.before_after(net, starts, length),
            "same-period correlation": peers.correlation(net, starts, length, year),
            "year on year, paired t": peers.year_on_year(net, starts, length, year),
        }
        for key, (value, half) in each.items():
            answers.setdefault(key, []).append((value[asked], half[asked]))
        owner.append(np.full(asked.sum(), k))
        when.append(starts[asked] // length)
    if not owner:
        return []
    return judged(data.name, f"single, {arm}", answers, [np.concatenate(owner), np.concatenate(when)])


# Judging


def effective(hits: np.ndarray, blocks: list[np.ndarray]) -> float:
    """Placebos over their design effect: how much more the share varies from block to block than it would by chance."""
    share, n = float(hits.mean()), len(hits)
    worst = 1.0
    for block in blocks:
        _, at = np.unique(block, return_inverse=True)
        count = np.bincount(at)
        if len(count) < 2:
            continue
        if not 0 < share < 1:
            worst = max(worst, n / len(count))
            continue
        off = np.bincount(at, weights=hits - share)
        worst = max(worst, float((off**2).sum()) * len(count) / (len(count) - 1) / n / (share * (1 - share)))
    return n / worst


def judged(panel: str, design: str, answers: dict[str, list], blocks: list[np.ndarray]) -> list[dict]:
    """One line per way."""
    lines = []
    for way, parts in answers.items():
        value, half = (np.concatenate(p) for p in zip(*parts, strict=True))
        said = np.isfinite(value) & np.isfinite(half) & (half > 0)
        if said.sum() < 0.5 * len(said) or said.sum() < 20:
            continue
        value, half = value[said], half[said]
        hits = np.abs(value) > half
        row = placebo.calibration_row(way, hits, effective(hits, [b[said] for b in blocks]), level=LEVEL)
        low, high = ((row[k] if row[k] is not None else edge) for k, edge in (("low", 0.0), ("high", 1.0)))
        # as wide as it must be for its own false alarms to be 5% here: what a peer would see if somebody had told it so
        wide = half * max(1.0, float(np.quantile(np.abs(value) / half, LEVEL)))
        lines.append({
            "panel": panel, "design": design, "way": way, "placebos": int(said.sum()), "effective": round(row["effective"], 1),
            "false_alarms": round(row["false_alarms"], 4), "low_99": round(low, 4), "high_99": round(high, 4),
            "holds": bool(low <= CLAIMED), "coverage": round(row["coverage"], 4),
            "rmse_points": round(100 * float(np.sqrt(np.mean(np.expm1(value) ** 2))), 3),
            **{f"power_{g}": round(_told(value, half, g), 4) for g in POWERS},
            **{f"both_{g}": round((_told(value, wide, g) + _told(-value, wide, g)) / 2, 4) for g in POWERS},
        })  # fmt: skip
    return lines


def _told(value: np.ndarray, half: np.ndarray, lift: int) -> float:
    """Share of ranges that tell a lift of so many per cent from 0."""
    return float((np.abs(value + math.log1p(lift / 100)) > half).mean())


def against(lines: list[dict]) -> list[dict]:
    """Ours against the best calibrated peer of the same design: power ratios (goal >= 1.15) and error ratio (goal <= .9).

    `fair_*`: against every peer, each as wide as it must be to hold 5% here; rises and drops of the same size count alike, since a way
    that errs upward sees more rises by its error alone.
    """
    out = []
    for key in dict.fromkeys((line["panel"], line["design"]) for line in lines):
        mine = [x for x in lines if (x["panel"], x["design"]) == key]
        own = next((x for x in mine if x["way"] == OURS), None)
        peer = [x for x in mine if x["way"] != OURS]
        rest = [x for x in peer if x["holds"]]
        if own is None or not rest:
            continue
        row = {"panel": key[0], "design": key[1], "false_alarms": own["false_alarms"], "holds": own["holds"]}
        for g in POWERS:
            row |= {f"power_{g}": own[f"power_{g}"], f"ratio_{g}": _ratio(own, rest, f"power_{g}")}
        at, fair_at = _told_at(rest, "power"), _told_at(peer, "both")
        best = min(rest, key=lambda x: x["rmse_points"])
        out.append(row | {
            "rmse_ratio": round(own["rmse_points"] / best["rmse_points"], 2), "best_rmse": best["way"], "told_at": at,
            "ratio_told": row[f"ratio_{at}"], "best_told": max(rest, key=lambda x: x[f"power_{at}"])["way"], "fair_at": fair_at,
            "fair_told": _ratio(own, peer, f"both_{fair_at}"), "best_fair": max(peer, key=lambda x: x[f"both_{fair_at}"])["way"],
        })  # fmt: skip
    return out


def _ratio(own: dict, peer: list[dict], figure: str) -> float:
    return round(own[figure] / max(max(x[figure] for x in peer), 1e-9), 2)


def _told_at(peer: list[dict], figure: str) -> int:
    """The smallest lift that a peer tells from 0 in 3 of 10: below it, power is little more than false alarms."""
    return next((g for g in POWERS if max(x[f"{figure}_{g}"] for x in peer) >= 0.3), POWERS[-1])


def one(data: panels.Set, design: str, arm: str, placebos: int, seed: int) -> list[dict]:
    """One design on one panel."""
    warnings.simplefilter("ignore")
    started = time.process_time()
    lines = (run_regional if design == "regional" else run_single)(data, arm, placebos, seed)
    spent = time.process_time() - started
    return [line | {"cpu_s": round(spent, 1)} for line in lines]


def main() -> None:
    """Runs what is not yet in the results file, prints and keeps the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--panel", nargs="+", type=Path, default=[], help="CSV or Parquet files with a date, a unit and a value")
    for name in ("date", "unit", "value", "region"):
        arguments.add_argument(f"--{name}", default="", help=f"column of the {name}; found by its name where not given")
    arguments.add_argument("--covariates", nargs="*", help="columns from outside (weather, prices); found by name if not given")
    arguments.add_argument("--placebos", type=int, default=1000)
    arguments.add_argument("--quick", action="store_true", help="200 placebos a design")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--fresh", action="store_true", help="forget what an earlier run kept")
    asked = arguments.parse_args()
    placebos = 200 if asked.quick else asked.placebos
    try:
        if asked.panel:
            columns = {"date": asked.date, "unit": asked.unit, "value": asked.value, "region": asked.region}
            found = [panels.load(path, covariates=asked.covariates, **columns) for path in asked.panel]
        else:
            folder = os.environ.get("SCRM_REFERENCE_DATA", "")
            if not folder:
                raise ValueError("SCRM_REFERENCE_DATA is not set: it names the folder of the public sets; or give files with --panel.")
            found = panels.public(Path(folder))
    except ValueError as fault:
        sys.exit(str(fault))
    name = "campaigns" if not asked.panel else "campaigns_panel"
    kept = RESULTS / f"{name}.jsonl"
    RESULTS.mkdir(exist_ok=True)
    if asked.fresh:
        kept.unlink(missing_ok=True)
    done = [json.loads(x) for x in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []
    seen = {d["key"]: d["lines"] for d in done}
    jobs = {}
    for data in found:
        digest = hashlib.sha256(np.nan_to_num(data.values).tobytes() + repr(sorted(data.outside)).encode()).hexdigest()[:12]
        for design, arm in DESIGNS:
            jobs[f"{data.name} {digest} {design} {arm} {placebos} {asked.seed}"] = (data, design, arm, placebos, asked.seed)
    todo = [k for k in jobs if k not in seen]
    with ProcessPoolExecutor(max_workers=max(asked.workers, 1)) as pool, kept.open("a", encoding="utf-8") as out:
        waiting = {pool.submit(one, *jobs[k]): k for k in todo}
        for count, each in enumerate(as_completed(waiting), start=1):
            seen[waiting[each]] = each.result()
            out.write(json.dumps({"key": waiting[each], "lines": seen[waiting[each]]}) + "\n")
            out.flush()
            print(f"{count} of {len(todo)}: {waiting[each]}", file=sys.stderr, flush=True)
    lines = [line for k in jobs for line in seen.get(k, [])]
    if not lines:
        sys.exit("No design could be tried: at least 8 units over 12 weeks, or one series of 32 weeks, are needed.")
    untried = [f"{jobs[k][0].name}: {jobs[k][1]}, {jobs[k][2]}" for k in jobs if not seen.get(k)]
    text = report(lines)
    if untried:
        text += "Not tried, for lack of units (8), of periods, or of windows with enough figures: " + "; ".join(untried) + "\n"
    (RESULTS / f"{name}.txt").write_text(text, encoding="utf-8")
    print(text)


def report(lines: list[dict]) -> str:
    """Both tables as text."""
    first = pd.DataFrame(lines).to_string(index=False)
    second = pd.DataFrame(against(lines)).to_string(index=False)
    ours = [x for x in lines if x["way"] == OURS]
    held, few = sum(x["holds"] for x in ours), sum(x["holds"] and x["effective"] < FEW for x in ours)
    goals = "goals: ratio >= 1.15, rmse_ratio <= .9; a ratio cannot reach 1.15 where the peer's power is above .87"
    return (f"{first}\n\nThis suite against the best calibrated peer of the same run ({goals})\n\n{second}\n\n"
            f"Calibrated: {held} of {len(ours)} designs ({few} of them on fewer than {FEW} effective placebos, which prove little)\n"
            )  # fmt: skip


if __name__ == "__main__":
    main()
