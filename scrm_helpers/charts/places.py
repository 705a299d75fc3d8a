"""A map that needs no network: a dot for each province, as large as its count."""

import math

import pandas as pd

from scrm_helpers import theme, units
from scrm_helpers.charts import base
from scrm_helpers.charts.base import Drawn
from scrm_helpers.segmentation import PROVINCES
from scrm_helpers.units import Unit

LARGEST = 420  # area of the largest dot, in square points
BESIDE = 1.5  # degrees within which a name would run into the dot above
NAMED = 6  # so many of the largest places carry their name


def province_map(
    frame: pd.DataFrame,
    *,
    city: str,
    count: str,
    mark: str | None = None,
    language: str,
    title: str,
) -> Drawn:
    """Every province as a small grey point, those with a count as a dot whose area is the count; `mark` True: in the accent colour.

    Places that are no province (abroad, unknown) and blank counts are counted in the text alternative and not drawn.
    """
    rows = base.need(frame, city, count, mark)
    drawn = rows[rows[city].isin(PROVINCES) & rows[count].notna() & (rows[count].astype(float) > 0)]
    drawn = drawn.sort_values(count, ascending=False, kind="stable")
    with base.canvas(title, height=2.45) as (figure, axes):
        axes.scatter(
            [p.lon for p in PROVINCES.values()],
            [p.lat for p in PROVINCES.values()],
            s=5,
            color=theme.GRID,
            linewidth=0,
            zorder=1,
        )
        named: list = []
        most = float(drawn[count].max()) if len(drawn) else 1.0
        for place, (_, row) in enumerate(drawn.iterrows()):
            where = PROVINCES[row[city]]
            strong = mark is None or bool(row[mark])
            area = max(8.0, LARGEST * float(row[count]) / most)
            axes.scatter(
                where.lon,
                where.lat,
                s=area,
                color=theme.ACCENT if strong else theme.MUTED,
                alpha=0.65,
                linewidth=0,
                zorder=2,
            )
            if place < NAMED:
                # above the edge of the dot; below it where a larger place lies right above
                below = any(abs(o.lon - where.lon) < BESIDE and 0 < o.lat - where.lat < BESIDE for o in named)
                named.append(where)
                axes.annotate(
                    where.name,
                    (where.lon, where.lat),
                    xytext=(0, (math.sqrt(area / math.pi) + 1) * (-1 if below else 1)),
                    textcoords="offset points",
                    ha="center",
                    va="top" if below else "bottom",
                    fontsize=8.5,
                    zorder=3,
                )
        axes.set_aspect(1 / math.cos(math.radians(39)))  # a degree of longitude is shorter this far north
        axes.set_xlim(25.4, 45.1)
        axes.set_ylim(35.6, 42.5)
        axes.set_axis_off()
    body = [
        f"{PROVINCES[r[city]].name}: {units.write(int(r[count]), Unit.COUNT, language)}"
        for _, r in drawn.head(base.SPOKEN).iterrows()
    ]
    rest = float(rows.loc[~rows[city].isin(PROVINCES), count].fillna(0).sum())
    body.append(f"{base.say('elsewhere', language)}: {units.write(int(rest), Unit.COUNT, language)}")
    return Drawn(figure, axes, base.alt_of(title, "province_map", base.spoken_list(body), language))
