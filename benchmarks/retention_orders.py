"""The product's own functions on any file of orders: reading it with as few questions as can be, and what came of it as text."""

import argparse
from datetime import timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from retention_reading import read

from scrm_helpers import retention
from scrm_helpers.retention import models, projection
from scrm_helpers.store import connect, flat_bits

SHOWN = 13  # months of age, and cohorts, that are printed
PARETO_ROWS = 20_000  # distinct histories above which the second opinion takes too long


def report(given: argparse.Namespace) -> str:
    """Cohort matrix, retention with counts and ranges, second order, BG/NBD and gamma-gamma with the error on what was kept back."""
    found = read(Path(given.orders), given)
    con = connect()
    rows = con.create_table("bought", found.purchases, temp=True)
    bought = rows.select(
        "person_id",
        "order_id",
        "ordered_at",
        ordered_on=rows.ordered_at.date(),
        net=rows.net.cast("decimal(18,4)"),
        month=(rows.ordered_at.year().cast("int64") * 12 + rows.ordered_at.month().cast("int64") - 1),
    )
    first, last = found.purchases["ordered_at"].min(), found.purchases["ordered_at"].max()
    start = first.year * 12 + first.month - 1
    months = last.year * 12 + last.month - start
    as_of = (last + pd.offsets.MonthBegin(1)).normalize().date()
    through = retention.through(bought, as_of=as_of)
    bits = flat_bits(bought, first=start, months=months, people=found.people)
    words = [c for c in bits.columns if c != "person_id"]
    counted = bits.groupby(words).size().rename("persons").reset_index().assign(source="unknown")
    seen = retention.histories(counted, first=start, months=months)
    people = ibis.memtable(
        pd.DataFrame({"person_id": np.arange(found.people), "source": "unknown", "before_data": False})
    )
    cells = retention.triangle(retention.sizes(seen), through=through, as_of=as_of, level=0.95)
    parts = [
        *found.notes,
        f"{len(found.purchases):,} orders of {found.people:,} customers, {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
        f"{found.purchases['net'].sum():,.2f} net; complete months end before {through}",
        "",
        *_matrix(cells),
        "",
        *_pooled(cells),
        "",
        *_rolling(seen, through, months),
        "",
        *_second(bought, people, last),
        "",
        *_models(bought, people, given, first, last),
    ]
    return "\n".join(parts)


def _matrix(cells: pd.DataFrame) -> list[str]:
    wide = cells[cells["age"] < SHOWN].pivot(index="cohort", columns="age", values="retained")
    complete = cells.set_index(["cohort", "age"])["complete"]
    lines = [
        "Customers who bought, by month of the first order and months since (* month not complete; first cohort: from before the data)"
    ]
    lines.append("  cohort " + "".join(f"{age:>9}" for age in wide.columns))
    for cohort, row in wide.iterrows():
        text = [f"{int(v):>8}{' ' if complete[(cohort, a)] else '*'}" for a, v in row.items() if not pd.isna(v)]
        lines.append(f"  {cohort}" + "".join(text))
    return lines


def _pooled(cells: pd.DataFrame) -> list[str]:
    lines = [
        "Retention by age over the cohorts so old (numerator / at risk, 95% Wilson); right: without the first cohort"
    ]
    every, later = retention.pooled(cells, level=0.95), retention.pooled(cells, with_first=False, level=0.95)
    later = later.set_index("age")
    for r in every[(every["age"] > 0) & (every["age"] < SHOWN)].itertuples(index=False):
        text = f"  month {r.age:>2}: {r.value:6.1%} ({r.retained:,} / {r.at_risk:,}; {r.low:.1%} to {r.high:.1%})"
        if r.age in later.index:
            o = later.loc[r.age]
            text += f"   {o['value']:6.1%} ({int(o['retained']):,} / {int(o['at_risk']):,}; {o['low']:.1%} to {o['high']:.1%})"
        lines.append(text)
    return lines if len(lines) > 1 else [*lines, "  no cohort has a complete later month"]


def _rolling(seen, through, months: int) -> list[str]:
    window = min(12, (months - 1) // 2)
    if window < 1:
        return ["Rolling retention: the file holds fewer than three months; expected two windows"]
    kept = retention.retention(retention.counts(seen, through=through, months=window), level=0.95).iloc[0]
    if not kept["persons"]:
        return [f"Rolling retention over {window} months: nobody bought in the first window"]
    share = f"{kept['value']:.1%} ({int(kept['retained']):,} / {int(kept['persons']):,}; {kept['low']:.1%} to {kept['high']:.1%})"
    return [f"Rolling retention, {window} months against the {window} before: {share}"]


def _second(bought, people, last) -> list[str]:
    spans = retention.durations(bought, people, as_of=(last + timedelta(days=1)).date(), with_first=True)
    lines = ["Second order within (Kaplan-Meier, 95%, at risk; naive: the unwatched counted as gone)"]
    for r in retention.curve(spans, at=[30.0, 90.0, 180.0, 365.0], level=0.95).itertuples(index=False):
        if r.group != "all" or pd.isna(r.share):
            continue
        naive = (spans["event"] & (spans["days"] <= r.time)).mean()
        lines.append(
            f"  {int(r.time):>3} days: {r.share:6.1%} ({r.low:.1%} to {r.high:.1%}; {r.at_risk:,} at risk; naive {naive:.1%})"
        )
    return lines


def _models(bought, people, given, first, last) -> list[str]:
    span = (last - first).days
    cut = (
        pd.Timestamp(given.cut)
        if given.cut
        else (first + pd.Timedelta(days=round(span * (1 - given.holdout)))).normalize()
    )
    if not given.cut and span < 14:
        return ["Models: the file spans less than two weeks; expected more to fit on and to check with"]
    if not first < cut <= last:
        raise ValueError(
            f"--cut: came {cut:%Y-%m-%d}, expected a day inside the file's span {first:%Y-%m-%d} to {last:%Y-%m-%d}."
        )
    past = projection.histories(bought, people, as_of=cut.date())
    whole = projection.histories(bought, people, as_of=(last + timedelta(days=1)).date())
    lines = [
        f"Models on the {len(past):,} customers of before {cut:%Y-%m-%d}; time in weeks; purchases of one day are one"
    ]
    if not (past["x"] > 0).any():
        return [*lines, "  nobody bought twice: nothing to fit"]
    rows = models.grouped(past, "x", "t_x", "t")
    fit = models.fit_bg_nbd(rows)
    lines.append(_said("BG/NBD", fit, f"{len(rows):,} distinct histories"))
    weeks = ((last + timedelta(days=1)).normalize() - cut).days / projection.WEEK
    expected = models.expected_purchases(fit, past["x"], past["t_x"], past["t"], weeks)
    actual = (whole["x"].reindex(past.index) - past["x"]).to_numpy(float)
    error = f"{expected.sum() / actual.sum() - 1:+.1%}" if actual.sum() else "none (nobody bought)"
    lines.append(
        f"    kept back, {weeks:.1f} weeks: {expected.sum():,.0f} expected, {actual.sum():,.0f} came, error {error}; "
        f"a customer {np.abs(expected - actual).mean():.3f} off on average (nobody buys: {actual.mean():.3f}; mean for all: "
        f"{np.abs(actual - actual.mean()).mean():.3f}), correlation {_correlation(expected, actual)}"
    )
    if len(rows) <= PARETO_ROWS:
        second = models.fit_pareto_nbd(rows)
        mean = models.pareto_nbd_expected(second, 52.0)
        lines.append(_said("Pareto/NBD", second, f"expected of a new customer in 52 weeks {mean:.3f}"))
    else:
        lines.append(f"  Pareto/NBD: left out above {PARETO_ROWS:,} distinct histories")
    again = past[(past["x"] > 0) & (past["z"] > 0)]
    if len(again) < 2:
        return [*lines, "  gamma-gamma: too few repeat customers with a positive value"]
    value = models.fit_gamma_gamma(again["x"], again["z"])
    rho = (
        np.corrcoef(again["x"], again["z"])[0, 1]
        if again["x"].nunique() > 1 and again["z"].nunique() > 1
        else float("nan")
    )
    lines.append(_said("gamma-gamma", value, f"correlation of number and value {rho:+.3f} (the model takes none)"))
    if value.parameters["q"] > 1:
        mean = models.expected_value(value, 0, 0.0)
        lines.append(
            f"    a purchase is worth {float(mean):,.2f} on average; projected revenue kept back "
            f"{float(expected @ models.expected_value(value, past['x'].where(past['z'] > 0, 0), past['z'])):,.0f}"
        )
    else:
        lines.append("    values this heavy-tailed have no mean (q at most 1): revenue is not projected")
    return lines


def _said(name: str, fit, more: str) -> str:
    numbers = ", ".join(f"{k} {v:.4g}" for k, v in fit.parameters.items())
    rest = "" if fit.converged else " AT ITS EDGE (the data show no dropout, or hold no such parameter);"
    return f"  {name}: {numbers};{rest} log-likelihood {fit.log_likelihood:,.2f} of {fit.n:,}; {more}"


def _correlation(a: np.ndarray, b: np.ndarray) -> str:
    return f"{np.corrcoef(a, b)[0, 1]:.3f}" if a.std() > 0 and b.std() > 0 else "none"
