"""Charts of categories: dots with ranges, bars, stacked bars, waterfall, funnel."""

import pandas as pd
import seaborn as sns

from scrm_helpers import texts, theme, units
from scrm_helpers.charts import base
from scrm_helpers.charts.base import Drawn
from scrm_helpers.units import Unit

SHORT = 3  # letters
SLOTS = 6  # bars of fewer months are as narrow as those of so many


def interval_bars(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str,
    high: str,
    n: str | None,
    unit: Unit,
    language: str,
    title: str,
    plan: float | str | None = None,
    currency: str = "TRY",
) -> Drawn:
    """One row per category: a dot, its range, its count beside (`n`; None: no count is known).

    `plan` is one number, or the column that holds one per row. Rows stand from top to bottom as they come.
    A blank value reads "too few to say".
    """
    rows = base.need(frame, label, value, low, high, n, plan if isinstance(plan, str) else None)
    names = base.words(rows[label], label, language)
    with base.canvas(title, height=0.85 + base.ROW * max(2, len(rows))) as (figure, axes):
        ends = pd.concat([rows[value], rows[low], rows[high]]).astype(float).dropna()
        plans = _plans(rows, plan)
        every = [*ends, *(p for p in plans if p is not None)] or [0.0, 1.0]
        room = (max(every) - min(every)) or abs(max(every)) or 1.0
        axes.set_xlim(min(every) - 0.05 * room, max(every) + 0.05 * room)
        if min(every) < 0 < max(every):  # figures of either sign are gaps: whether a range holds "no gap" must be seen
            axes.axvline(0, color=theme.MUTED, linewidth=0.8, zorder=0.5)
        for place, row in rows.iterrows():
            a, b, v = base.number(row[low]), base.number(row[high]), base.number(row[value])
            if a is not None and b is not None and v is not None:
                axes.plot([a, b], [place, place], color=theme.ACCENT_SOFT, linewidth=7, solid_capstyle="round")
            if v is not None:
                axes.plot(v, place, "o", color=theme.ACCENT, markersize=6.5)
            else:
                axes.annotate(
                    base.say("too_few", language),
                    (0.02, place),
                    xycoords=("axes fraction", "data"),
                    va="center",
                    color=theme.MUTED,
                    fontsize=9,
                )
            if plans[place] is not None:
                axes.plot([plans[place]] * 2, [place - 0.36, place + 0.36], color=theme.PLAN, linewidth=2)
            axes.annotate(
                _n(row[n], language) if n else "",
                (1.01, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=9,
                color=theme.MUTED,
                annotation_clip=False,
            )
        if any(p is not None for p in plans):
            axes.plot([], [], color=theme.PLAN, linewidth=2, label=base.say("plan", language))
            base.legend(axes)
        axes.set_yticks(range(len(rows)), base.wrapped(names))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        base.unit_axis(axes.xaxis, unit, language, currency)
    parts = []
    for name, place in zip(names, range(len(rows)), strict=True):
        row = rows.iloc[place]
        text = f"{name}: {base.figure_with_range(row[value], row[low], row[high], unit, language, currency)}"
        text += f", {_n(row[n], language)}" if n else ""
        if plans[place] is not None:
            text += f", {base.say('plan', language)} {units.write(plans[place], unit, language, currency=currency)}"
        parts.append(text)
    return Drawn(figure, axes, base.alt_of(title, "interval_bars", base.spoken_list(parts), language))


def columns(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    unit: Unit,
    language: str,
    title: str,
    part: str | None = None,
    currency: str = "TRY",
) -> Drawn:
    """Plain bars, one per category, side by side where `part` splits them. Categories as they come."""
    rows = base.need(frame, label, value, part)
    rows = rows.assign(**{label: base.words(rows[label], label, language)})
    if part:
        rows[part] = base.words(rows[part], part, language)
    names = list(dict.fromkeys(rows[label]))
    parts = list(dict.fromkeys(rows[part])) if part else [None]
    with base.canvas(title, height=0.85 + base.ROW * max(2, len(names) * (0.5 + 0.5 * len(parts)))) as (figure, axes):
        sns.barplot(
            rows,
            x=value,
            y=label,
            hue=part,
            order=names,
            hue_order=parts if part else None,
            orient="h",
            errorbar=None,
            ax=axes,
            saturation=1,
            palette=list(theme.SERIES[: len(parts)]) if part else None,
            color=None if part else theme.ACCENT,
        )
        # names that are numbers do not say of what
        bare = all(len(name) <= SHORT for name in names) and texts.has(f"columns.{label}")
        axes.set_ylabel(texts.say(f"columns.{label}", language) if bare else "")
        axes.set_yticks(range(len(names)), base.wrapped(names))
        axes.grid(axis="y", visible=False)
        if part:
            base.legend(axes, columns=min(3, len(parts)))
        _from_zero(axes, rows[value])
        base.unit_axis(axes.xaxis, unit, language, currency, label=base.counted(value, unit, language))
    spoken = [
        f"{row[label]}{f', {row[part]}' if part else ''}: {units.write(base.number(row[value]), unit, language, currency=currency)}"
        for _, row in rows.iterrows()
    ]
    return Drawn(figure, axes, base.alt_of(title, "columns", base.spoken_list(spoken), language))


def stacked(
    frame: pd.DataFrame,
    *,
    time: str,
    part: str,
    value: str,
    unit: Unit,
    language: str,
    title: str,
    currency: str = "TRY",
) -> Drawn:
    """Stacked bars by month; one row per month and part. The largest part stands at the bottom."""
    rows = base.need(frame, time, part, value)
    wide = rows.pivot_table(index=time, columns=part, values=value, aggfunc="sum", sort=True).fillna(0.0).astype(float)
    order = wide.sum().sort_values(ascending=False, kind="stable").index
    shown = base.words(wide.index, time, language)
    places = range(len(wide))
    with base.canvas(title, height=2.9) as (figure, axes):
        up, down = pd.Series(0.0, index=wide.index), pd.Series(0.0, index=wide.index)
        for place, name in enumerate(order):
            height = wide[name]
            bottom = up.where(height >= 0, down)
            axes.bar(
                places, height, bottom=bottom, width=0.78, label=base.word(name, part, language), color=_colour(place)
            )
            up, down = up + height.clip(lower=0), down + height.clip(upper=0)
        step = max(1, -(-len(wide) // 7))
        kept = list(places)[::-1][::step][::-1]
        axes.set_xticks(kept, [shown[i].replace(" ", "\n", 1) for i in kept])
        axes.set_xlabel(base.say("axis.month", language))
        if len(wide) < SLOTS:
            axes.set_xlim((len(wide) - 1 - SLOTS) / 2, (len(wide) - 1 + SLOTS) / 2)
        axes.grid(axis="x", visible=False)
        base.legend(axes, columns=3)
        base.unit_axis(axes.yaxis, unit, language, currency, label=base.counted(value, unit, language))
    totals = wide.sum(axis=1).reset_index(drop=True)
    body = base.say(
        "alt.total", language, text=base.spoken_series(pd.Series(wide.index), totals, time, unit, language, currency)
    )
    last = [
        f"{base.word(c, part, language)}: {units.write(float(wide[c].iloc[-1]), unit, language, currency=currency)}"
        for c in order
    ]
    body += " " + base.say("alt.parts_of", language, at=shown[-1], parts=base.spoken_list(last))
    return Drawn(figure, axes, base.alt_of(title, "stacked", body, language))


def waterfall(
    frame: pd.DataFrame, *, label: str, value: str, unit: Unit, language: str, title: str, currency: str = "TRY"
) -> Drawn:
    """Steps from a start to an end: the first and the last row are totals, the rows between are changes that lead there."""
    rows = base.need(frame, label, value)
    amounts = rows[value].astype(float)
    names = base.words(rows[label], label, language)
    with base.canvas(title, height=0.85 + base.ROW * max(3, len(rows))) as (figure, axes):
        level = 0.0
        for place, amount in enumerate(amounts):
            total = place in (0, len(rows) - 1)
            start = 0.0 if total else level
            colour = theme.MUTED if total else (theme.ACCENT if amount >= 0 else theme.PLAN)
            axes.barh(place, amount, left=start, height=0.62, color=colour)
            end = start + amount
            axes.annotate(
                units.write(amount, unit, language, currency=currency, signed=not total),
                (max(start, end), place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                ha="left",
                fontsize=9,
                bbox={"facecolor": theme.PAPER, "edgecolor": "none", "pad": 0.8},  # the line at 0 does not run through a figure
            )
            level = end
        axes.axvline(0, color=theme.INK, linewidth=0.8)
        axes.set_yticks(range(len(rows)), base.wrapped(names))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        left, right = axes.get_xlim()
        axes.set_xlim(left - 0.02 * (right - left), right + 0.18 * (right - left))
        base.unit_axis(axes.xaxis, unit, language, currency)
    last = len(rows) - 1
    spoken = [
        f"{name}: {units.write(a, unit, language, currency=currency, signed=i not in (0, last))}"
        for i, (name, a) in enumerate(zip(names, amounts, strict=True))
    ]
    return Drawn(figure, axes, base.alt_of(title, "waterfall", base.spoken_list(spoken), language))


def funnel(
    frame: pd.DataFrame, *, stage: str, count: str, language: str, title: str, series: str | None = None, followed: bool = True
) -> Drawn:
    """How many reach each stage, in order, with the share of the stage before; `series` sets sources side by side.

    `followed`: the stages follow one group of people; False: they count events of a window, and no share of one in another is written.
    """
    rows = base.need(frame, stage, count, series)
    rows = rows.assign(_stage=base.words(rows[stage], stage, language))
    rows["_series"] = base.words(rows[series], series, language) if series else ""
    stages, lines = list(dict.fromkeys(rows["_stage"])), list(dict.fromkeys(rows["_series"]))
    size = 0.8 / len(lines)
    spoken = []
    with base.canvas(title, height=0.85 + base.ROW * max(2.0, len(stages) * (0.5 + 0.5 * len(lines)))) as (
        figure,
        axes,
    ):
        top = float(rows[count].max()) or 1.0
        for k, line in enumerate(lines):
            before = None
            for place, name in enumerate(stages):
                cell = rows.loc[(rows["_stage"] == name) & (rows["_series"] == line), count]
                if cell.empty or pd.isna(cell.iloc[0]):
                    before = None
                    continue
                amount, at = float(cell.iloc[0]), place - 0.4 + size * (k + 0.5)
                axes.barh(
                    at,
                    amount,
                    height=size * 0.9,
                    color=theme.SERIES[k % len(theme.SERIES)],
                    label=line if place == 0 else None,
                )
                text = units.integer(int(amount), language)
                if before and followed:
                    text += f" ({units.percent(amount / before, language)})"
                axes.annotate(text, (amount, at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
                spoken.append(f"{f'{line}, ' if series else ''}{name}: {text}")
                before = amount
        axes.set_xlim(0, top * 1.28)
        axes.set_yticks(range(len(stages)), base.wrapped(stages))
        axes.set_ylim(len(stages) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        if series:
            base.legend(axes, columns=3)
        base.unit_axis(axes.xaxis, Unit.COUNT, language, "TRY", label=base.say("axis.count", language))
    return Drawn(figure, axes, base.alt_of(title, "funnel", base.spoken_list(spoken), language))


def _plans(rows: pd.DataFrame, plan: float | str | None) -> list[float | None]:
    if isinstance(plan, str):
        return [base.number(v) for v in rows[plan]]
    return [base.number(plan)] * len(rows)


def _n(count, language: str) -> str:
    return "" if pd.isna(count) else f"n={units.integer(int(count), language)}"


def _from_zero(axes, values: pd.Series) -> None:
    known = values.astype(float).dropna()
    low, high = min(0.0, known.min() if len(known) else 0.0), max(0.0, known.max() if len(known) else 1.0)
    room = (high - low) or 1.0
    axes.set_xlim(low - (0.04 * room if low < 0 else 0), high + 0.04 * room)


def _colour(place: int) -> str:
    return theme.SERIES[place] if place < len(theme.SERIES) else theme.GRID
