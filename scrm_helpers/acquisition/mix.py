"""Social against others as if both were bought, or asked for, in the same places, months and products."""

from typing import NamedTuple

import pandas as pd

from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate, ratio_of_sums

MIXES = (["product", "city", "month"], ["product", "city"], ["city", "month"])  # fine to coarse
PLACE = MIXES[-1]  # of prospects, who are known by place and month alone: a lead names no product
ENOUGH = 0.8  # share of rows that must stand in cells of both; else the next coarser mix is taken


class Standardised(NamedTuple):
    """Social and other known sources as if both had the same mix of `cells`. `overlap`: share of rows in cells that both have."""

    social: Estimate
    other_known: Estimate
    overlap: float
    cells: tuple[str, ...]


def same_mix(rows: pd.DataFrame, *, value: str, cells: list[str], level: float = LEVEL) -> Standardised | None:
    """Direct standardisation: mean of `value` of social and of other known sources over the joint mix of `cells`.

    Standard: both groups together, in the cells where each has at least one row. None where they share no cell. Ranges are linearised
    (weights taken as given).
    """
    both = rows[rows["group"].isin(["social", "other_known"])]
    sizes = (
        both.groupby([*cells, "group"], dropna=False)
        .size()
        .unstack("group", fill_value=0)
        .reindex(columns=["social", "other_known"], fill_value=0)
    )
    shared = sizes[(sizes > 0).all(axis=1)]
    if shared.empty:
        return None
    standard = shared.sum(axis=1)
    out = {}
    for group in ("social", "other_known"):
        part = both[both["group"] == group].merge(
            (standard / shared[group]).rename("weight").reset_index(), on=cells, how="inner"
        )
        weight = part["weight"].to_numpy(float)
        out[group] = ratio_of_sums(weight * part[value].to_numpy(float), weight, level)
    return Standardised(out["social"], out["other_known"], float(standard.sum() / len(both)), tuple(cells))


def finest_mix(rows: pd.DataFrame, *, value: str, level: float = LEVEL) -> Standardised | None:
    """`same_mix` over the finest of `MIXES` in which enough rows have their like; where none is so, over that in which most have.

    Chosen by counts alone, never by what came out. Mixes with the product are left out where no row names one.
    """
    usable = [cells for cells in MIXES if "product" not in cells or (rows["product"] != "").any()]
    found = [same_mix(rows, value=value, cells=cells, level=level) for cells in usable]
    found = [f for f in found if f is not None]
    return next((f for f in found if f.overlap >= ENOUGH), max(found, key=lambda f: f.overlap, default=None))
