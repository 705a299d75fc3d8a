"""Charts of a grid: the triangle of cohorts, and what data there are by month."""

import pandas as pd
import seaborn as sns
from matplotlib.colors import LinearSegmentedColormap

from scrm_helpers import theme, units
from scrm_helpers.charts import base
from scrm_helpers.charts.base import Drawn
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit

SHADES = LinearSegmentedColormap.from_list("scrm", [theme.ACCENT_NONE, theme.ACCENT_SOFT, theme.ACCENT])
MOST_MONTHS = 36  # a map of what came in draws the newest so many months; its words count all
ANNOTATED = 13  # up to so many columns each cell carries its figure
ROOM = 48  # letters that all cells of a row hold side by side
MOST_ROWS = 24  # a grid shows the newest so many rows, a table all


def cohort_heatmap(
    frame: pd.DataFrame,
    *,
    cohort: str,
    age: str,
    value: str,
    n: str,
    complete: str,
    language: str,
    title: str,
    unit: Unit = Unit.SHARE,
    currency: str = "TRY",
) -> Drawn:
    """The triangle of cohorts by age: the figure in each cell, the count of the cohort at the left.

    A cell that is not complete, or has no value, stays blank.
    """
    rows = base.need(frame, cohort, age, value, n, complete)
    whole = rows[rows[complete].astype(bool)]
    if whole.empty:
        raise ToldError(
            "cohort_heatmap: came no complete cell, expected at least one. Wait for a month, or say that there is none yet."
        )
    shown = sorted(whole[cohort].unique())[-MOST_ROWS:]
    whole = whole[whole[cohort].isin(shown)]
    grid = whole.pivot(index=cohort, columns=age, values=value).astype(float).sort_index()
    sizes = whole.groupby(cohort)[n].max()
    marks = grid.map(lambda v: "" if pd.isna(v) else units.write(v, unit, language, currency=currency, with_unit=False).strip("%"))
    told = _fits(marks, grid)
    names = [f"{base.word(c, cohort, language)}  n={units.integer(int(sizes[c]), language)}" for c in grid.index]
    low, high = float(grid.min(axis=None)), _bright(grid)
    with base.canvas(title, height=0.9 + 0.27 * len(grid)) as (figure, axes):
        sns.heatmap(
            grid,
            ax=axes,
            cmap=SHADES,
            vmin=min(0.0, low),
            vmax=high,
            cbar=False,
            xticklabels=False,  # set below; left to itself it draws everything once to see whether they overlap
            yticklabels=False,
            linewidths=0.6,
            linecolor=theme.PAPER,
            annot=marks if told else False,
            fmt="",
            annot_kws={"fontsize": 8},
        )
        axes.set_yticks([k + 0.5 for k in range(len(grid))], names, rotation=0, fontsize=8.5)
        step = max(1, -(-grid.shape[1] // 13))
        axes.set_xticks(
            [k + 0.5 for k in range(0, grid.shape[1], step)],
            [units.integer(int(a), language) for a in grid.columns[::step]],
        )
        axes.set_xlabel(f"{base.say('axis.age', language)}\n{_key(told, low, high, unit, language, currency)}")
        axes.set_ylabel("")
        axes.grid(visible=False)
    body = []
    for each in grid.columns[:13]:
        column = grid[each].dropna()
        if column.empty:
            continue
        put = lambda v: units.write(float(v), unit, language, currency=currency)  # noqa: E731
        body.append(
            base.say(
                "alt.age",
                language,
                age=units.integer(int(each), language),
                low=put(column.min()),
                high=put(column.max()),
                n=units.integer(len(column), language),
            )
        )
    spoken = base.say(
        "alt.cohorts",
        language,
        first=base.word(grid.index[0], cohort, language),
        last=base.word(grid.index[-1], cohort, language),
        people=units.integer(int(sizes.sum()), language),
    )
    return Drawn(figure, axes, base.alt_of(title, "cohort_heatmap", f"{spoken} {base.spoken_list(body)}", language))


def coverage_map(
    frame: pd.DataFrame,
    *,
    month: str,
    row: str | tuple[str, ...],
    count: str,
    language: str,
    title: str,
    since: str | None = None,
) -> Drawn:
    """What came in: one line per source or table (`row`, or several columns side by side), one cell per month.

    A blank cell is a month without a row. `since` is the first month drawn; the words count all.
    """
    parts = (row,) if isinstance(row, str) else row
    rows = base.need(frame, month, *parts, count)
    if len(parts) > 1:
        row = "_row"
        rows[row] = [" · ".join(dict.fromkeys(names)) for names in zip(*_worded(rows, parts, language), strict=True)]
    grid = rows.pivot_table(index=row, columns=month, values=count, aggfunc="sum", sort=True).astype(float)
    grid = grid.reindex(columns=sorted(grid.columns))
    share = grid.div(grid.max(axis=1).where(lambda m: m > 0), axis=0).where(
        grid > 0
    )  # each line against its own fullest month
    share = share[[m for m in share.columns if since is None or m >= since][-MOST_MONTHS:]]
    if share.empty or not share.shape[1]:
        raise ToldError(
            f"coverage_map: came no month since {since!r}, expected one at least. Leave `since` out, or say so in a sentence."
        )
    names = base.words(grid.index, row, language)
    with base.canvas(title, height=0.9 + 0.26 * max(2, len(grid))) as (figure, axes):
        sns.heatmap(share, ax=axes, cmap=SHADES, vmin=0, vmax=1, cbar=False, linewidths=0.8, linecolor=theme.PAPER)
        axes.set_yticks([k + 0.5 for k in range(len(grid))], names, rotation=0, fontsize=9)
        step = max(1, -(-share.shape[1] // 6))
        kept = list(range(share.shape[1]))[::-1][::step][::-1]
        axes.set_xticks(
            [k + 0.5 for k in kept],
            [base.word(share.columns[k], month, language).replace(" ", "\n", 1) for k in kept],
            rotation=0,
        )
        axes.set_xlabel(base.say("axis.month", language))
        axes.set_ylabel("")
        axes.grid(visible=False)
        for side in axes.spines.values():
            side.set_visible(True)
    spoken = []
    for name, (_, line) in zip(names, grid.iterrows(), strict=True):
        full = line[line > 0]
        if full.empty:
            spoken.append(f"{name}: {base.say('alt.empty', language)}")
            continue
        spoken.append(
            f"{name}: "
            + base.say(
                "alt.covered",
                language,
                rows=units.integer(int(full.sum()), language),
                months=units.integer(len(full), language),
                of=units.integer(grid.shape[1], language),
                first=base.word(full.index[0], month, language),
                last=base.word(full.index[-1], month, language),
            )
        )
    return Drawn(figure, axes, base.alt_of(title, "coverage_map", base.spoken_list(spoken), language))


def _worded(rows: pd.DataFrame, parts: tuple[str, ...], language: str) -> list[list[str]]:
    return [base.words(rows[part], part, language) for part in parts]


def _fits(marks: pd.DataFrame, grid: pd.DataFrame) -> bool:
    """Whether every cell has room for its own figure. Millions would need their word beside the number."""
    columns = grid.shape[1]
    return columns <= ANNOTATED and marks.map(len).max(axis=None) <= ROOM // columns and grid.abs().max(axis=None) < 1e6


def _key(told: bool, low: float, high: float, unit: Unit, language: str, currency: str) -> str:
    """What the shades stand for: their unit, and the figures of the lightest and the darkest where no cell says its own."""
    if told:
        return base.say("cells", language, unit=units.unit_label(unit, language, currency=currency))
    low, high = (units.write(v, unit, language, currency=currency, low=0.0, high=high) for v in (min(0.0, low), high))
    return base.say("shades", language, low=low, high=high)


def _bright(grid: pd.DataFrame) -> float:
    """The value at full colour: month 0 is 100% in every cohort and would wash out the rest, so it does not count."""
    later = grid.drop(columns=[c for c in grid.columns if c == 0])
    top = float(later.max(axis=None)) if later.size else float(grid.max(axis=None))
    return top if top > 0 else 1.0
