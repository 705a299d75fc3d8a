"""Charts of checks on a comparison: the result among placebos, and whether the two sides were alike before."""

import numpy as np
import pandas as pd

from scrm_helpers import theme, units
from scrm_helpers.charts import base
from scrm_helpers.charts.base import Drawn
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit

LIKE = 0.1  # standard deviations: two sides closer than that count as alike


def placebos(values, observed: float, beyond: int, *, unit: Unit, language: str, title: str, currency: str = "TRY") -> Drawn:
    """Where the result stands among results of the same method on days or places without a campaign.

    `beyond`: how many of them lie at least as far from zero, as counted for the result's rank: that is done on the scale of the test,
    where a fall of 17% is as far from zero as a rise of 20%.
    """
    series = pd.Series(np.asarray(values, dtype=float)).dropna()
    if series.empty or observed is None or pd.isna(observed):
        raise ToldError(
            f"placebos: came {len(series)} placebo results and observed {observed!r}; expected at least one and a number."
        )
    with base.canvas(title, height=2.4) as (figure, axes):
        bins = min(30, max(6, int(np.sqrt(len(series)) * 1.6)))
        axes.hist(series, bins=bins, color=theme.GRID, edgecolor=theme.PAPER, label=base.say("placebo", language))
        axes.axvline(observed, color=theme.ACCENT, linewidth=2.4, label=base.say("observed", language))
        axes.grid(axis="x", visible=False)
        base.legend(axes)
        base.unit_axis(axes.xaxis, unit, language, currency)
        base.unit_axis(axes.yaxis, Unit.COUNT, language, currency, label=base.say("axis.count", language))
    put = lambda v: units.write(float(v), unit, language, currency=currency)  # noqa: E731
    body = base.say(
        "alt.placebos",
        language,
        observed=put(observed),
        n=units.integer(len(series), language),
        low=put(series.min()),
        high=put(series.max()),
        beyond=units.integer(beyond, language),
    )
    return Drawn(figure, axes, base.alt_of(title, "placebos", body, language))


def balance(frame: pd.DataFrame, *, covariate: str, before: str, after: str, language: str, title: str) -> Drawn:
    """Gap of the two sides per trait, in standard deviations, before and after matching; within 0.1 they count as alike."""
    rows = base.need(frame, covariate, before, after)
    names = base.words(rows[covariate], covariate, language)
    with base.canvas(title, height=0.95 + base.ROW * max(2, len(rows))) as (figure, axes):
        places = range(len(rows))
        axes.axvspan(-LIKE, LIKE, color=theme.ACCENT_FAINT, linewidth=0)
        axes.axvline(0, color=theme.MUTED, linewidth=0.8)
        axes.plot(
            rows[before].astype(float),
            places,
            "o",
            markerfacecolor=theme.PAPER,
            color=theme.MUTED,
            label=base.say("before", language),
        )
        axes.plot(rows[after].astype(float), places, "o", color=theme.ACCENT, label=base.say("after", language))
        axes.set_yticks(places, base.wrapped(names))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        reach = float(pd.concat([rows[before], rows[after]]).astype(float).abs().max())
        reach = max(2 * LIKE, 1.1 * reach)
        axes.set_xlim(-reach, reach)
        base.legend(axes)
        base.unit_axis(axes.xaxis, Unit.RATIO, language, "TRY", label=base.say("axis.gap", language))
    put = lambda v: units.write(base.number(v), Unit.RATIO, language)  # noqa: E731
    spoken = [
        base.say("alt.balance", language, name=name, before=put(row[before]), after=put(row[after]))
        for name, (_, row) in zip(names, rows.iterrows(), strict=True)
    ]
    return Drawn(figure, axes, base.alt_of(title, "balance", base.spoken_list(spoken), language))
