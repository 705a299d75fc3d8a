"""Campaigns of the whole company: grade C from the calendar model of one series, or a description where a year of history is missing."""

import math

import numpy as np
import pandas as pd

from scrm_helpers.campaigns import placebo, plan, series
from scrm_helpers.campaigns.rows import LEVEL, Desk, answer, smallest_visible

SHORTEST_SERIES = 120  # days below which nothing is fitted at all
ENOUGH = 2 * series.NEIGHBOURS  # placebo windows that a calibration needs


def judge_series(desk: Desk, *, online: str) -> None:
    """Fills the rows of company-wide campaigns. They are looked for where they sell: in the channel `online`, or in all ('all')."""
    mine = desk.mine("company")
    rest = desk.days[desk.days["buyer"] == "consumer"]
    if not mine or rest.empty:
        for c in mine:
            desk.rows[c.id]["state"] = "no_history"
        return
    shop = rest[rest["channel"] == online]
    web = online != "all" and len(shop) > 0 and (shop["on"].max() - shop["on"].min()).days >= series.YEAR
    sold = shop if web else rest
    span = pd.date_range(rest["on"].min(), pd.Timestamp(desk.as_of) - pd.Timedelta(days=1), freq="D")
    net = sold.groupby("on")["net"].sum().reindex(span, fill_value=0.0).to_numpy(float)
    prices, level = plan.prices(desk.rates, span[0].date(), desk.as_of)
    real = net / level if level is not None else net
    # a list of stores says nothing about the web shop; lists of people and the company's own campaigns do
    at = plan.running(desk.found, span, lambda c: c.kind != "stores" or not web)
    fitted = series.fit(real, span, at, desk.calendar) if prices != "refused" and len(span) > SHORTEST_SERIES else None
    design = "web" if web else "company"
    if fitted is not None:
        fitted = _calibrated(desk, fitted, real, design, [c.id for c in mine if c.id in at and not _silent(fitted, at, c.id)], at)
    for c in mine:
        row = desk.rows[c.id]
        row |= {"design": design, "prices": prices}
        if c.id not in at:
            row["state"] = "no_history"
            continue
        start, stop = at[c.id]
        row |= _seen(desk, sold, c, net, real, start, stop)
        row["state"] = "prices" if prices == "refused" else _silent(fitted, at, c.id)
        if row["state"] in ("no_year", "few_placebos"):
            row["grade"] = "D"  # a description
        elif not row["state"]:
            row |= _answer(desk, fitted, c.id, row["net"]) | desk.parts(span[start:stop], net[start:stop])


def _silent(fitted: series.Fit | None, at: dict[str, tuple[int, int]], name: str) -> str:
    """Why a campaign gets no figure; '' where it gets one."""
    if at[name][0] < series.YEAR:
        return "no_year"
    if fitted is None or not fitted.separable[fitted.names.index(name)]:
        return "not_separable"
    nothing = fitted.nothing[name]
    return "few_placebos" if nothing.periods < series.LEAST_PLACEBOS - 1 or not len(nothing.z) else ""


def _seen(desk: Desk, sold: pd.DataFrame, c, net: np.ndarray, real: np.ndarray, start: int, stop: int) -> dict:
    """What anyone can see: sales on its days, and against as many days before (a description, not a lift)."""
    length = stop - start
    before = float(real[start - length : start].sum()) if start >= length else 0.0
    days = sold[(sold["on"] >= pd.Timestamp(c.start)) & (sold["on"] < pd.Timestamp(c.stop))]
    return {
        "net": float(net[start:stop].sum()), "orders": float(days["orders"].sum()),
        "before_after": float(real[start:stop].sum()) / before - 1 if before > 0 else math.nan,
    }  # fmt: skip


def _answer(desk: Desk, fitted: series.Fit, name: str, net: float) -> dict:
    k, nothing = fitted.names.index(name), fitted.nothing[name]
    effect, error = float(fitted.effects[k]), float(fitted.errors[k])
    desk.draws[name] = np.expm1(nothing.z * error)
    reach = nothing.limit(LEVEL) * error
    return answer(effect, fitted.ends(name, LEVEL), net) | {
        "grade": "C", "p": nothing.p(effect / error), "rank": placebo.rank(effect / error, nothing.z), "placebos": len(nothing.z),
        "effective": nothing.periods, "smallest_visible": smallest_visible(reach, error),
    }  # fmt: skip


def _calibrated(
    desk: Desk, fitted: series.Fit, real: np.ndarray, design: str, judged: list[str], at: dict[str, tuple[int, int]],
) -> series.Fit:  # fmt: skip
    """Placebos as long as the shortest campaign judged, or of four weeks where those are too few; the naive t-test beside.

    Each is held against the limit that those away from it give; where too many lie outside, every range of the series is widened.
    """
    if not judged:
        return fitted
    name = min(judged, key=lambda n: at[n][1] - at[n][0])
    length, nothing = at[name][1] - at[name][0], fitted.nothing[name]
    if len(nothing.z) < ENOUGH:
        length, nothing = series.CHECK, fitted.check
    if len(nothing.z) < ENOUGH:
        return fitted
    reach = nothing.reach()
    naive = placebo.before_after_alarms(real, np.arange(length, len(real) - length + 1, max(1, length // series.NEIGHBOURS)), length)
    line = placebo.calibration_row(design, reach > 1, nothing.periods)
    desk.calibration.extend([line, placebo.calibration_row("before_after", naive, len(real) / length - 1)])
    return fitted.wider(placebo.widening(reach, line))
