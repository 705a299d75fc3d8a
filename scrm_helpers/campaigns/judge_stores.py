"""Campaigns in some stores or regions: grade B; the collapsed comparison answers, synthetic control and synthetic DiD stand beside."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.campaigns import panel, placebo, plan, regional
from scrm_helpers.campaigns.plan import Campaign
from scrm_helpers.campaigns.rows import LEVEL, POWER, Desk, answer, smallest_visible, two_sided

SPACE_DRAWS = 40  # made-up treated sets behind synthetic control's rank and synthetic DiD's error


class Floor(NamedTuple):
    """A panel ready to be judged: `real` sales in constant prices where known, `at` campaign -> [start, stop) as day numbers."""

    sold: panel.Panel
    real: np.ndarray
    prices: str
    at: dict[str, tuple[int, int]]
    inside: dict[str, np.ndarray]
    running: placebo.Running
    weights: np.ndarray
    factor: float


def judge_stores(desk: Desk) -> None:
    """Fills the rows of campaigns with a list of stores, regions or cities."""
    for place in sorted({c.place for c in desk.mine("stores")}):
        mine = [c for c in desk.mine("stores") if c.place == place]
        floor = _floor(desk, place, mine)
        for c in mine:
            row = desk.rows[c.id]
            if floor is None or c.id not in floor.at:
                row["state"] = "no_history" if floor else "no_store_sales"
                continue
            asked = _prices(desk, floor, c)
            row |= {"prices": asked}
            if asked == "refused":
                row["state"] = "prices"
            else:
                _one(desk, floor, c, row)


def _floor(desk: Desk, place: str, mine: list[Campaign]) -> Floor | None:
    sold = panel.store_panel(desk.days, desk.stores, as_of=desk.as_of, by="store_id" if place == "store" else place)
    desk.missing.append(sold.missing)
    if not sold.units:
        return None
    inside = {c.id: np.isin(sold.units, c.treated) for c in mine}
    at = plan.running(mine, sold.days, lambda c: True)
    on, where = np.zeros((len(sold.days), len(at))), np.zeros((len(at), len(sold.units)))
    for k, (name, (start, stop)) in enumerate(at.items()):
        on[start:stop, k], where[k] = 1, inside[name]
    running = placebo.Running(tuple(at), on, where)
    kind, level = plan.prices(desk.rates, sold.days[0].date(), desk.as_of)
    real = sold.values / level[:, None] if level is not None else sold.values
    length = int(np.median([stop - start for start, stop in at.values()])) if at else 28
    size = max(1, int(np.median([inside[name].sum() for name in at]))) if at else 1
    starts = np.arange(0, len(sold.days) - length + 1, max(1, length // placebo.STEPS))
    weights = regional.size_weights(real, regional.weight_power(real, starts, length))
    nothing = placebo.draws(real, size, length, running, weights=weights, seed=desk.seed)
    line = placebo.calibration_row(place, placebo.alarms(nothing), nothing.effective)
    if line["placebos"]:
        desk.calibration.append(line)
    return Floor(sold, real, kind, at, inside, running, weights, placebo.widening(nothing, line))


def _prices(desk: Desk, floor: Floor, c: Campaign) -> str:
    """A short campaign may be compared as booked where the whole history may not."""
    if floor.prices != "refused":
        return floor.prices
    first = pd.Timestamp(c.start) - pd.Timedelta(days=regional.PRE_WINDOWS * c.days)
    return plan.prices(desk.rates, max(first, floor.sold.days[0]).date(), c.stop)[0]


def _one(desk: Desk, floor: Floor, c: Campaign, row: dict) -> None:
    start, stop = floor.at[c.id]
    length, own = stop - start, floor.inside[c.id]
    pre = min(regional.PRE_WINDOWS * length, start)
    if pre < length:
        row["state"] = "no_history"
        return
    change = regional.log_change(floor.real, start, stop, pre)
    if c.held_out:
        change = np.where(own | np.isin(floor.sold.units, c.held_out), change, np.nan)
    others = floor.running.columns(start, stop, pre, without=c.id)
    effect = regional.collapsed(change, own, others, weights=floor.weights)
    row |= {"treated": effect.treated, "controls": effect.controls}
    if effect.value is None:
        row["state"] = effect.reason
        return
    if effect.treated > 1 and effect.error is None:
        row["state"] = "few_units"
        return
    compared = own & ~np.isnan(change)
    nothing = placebo.draws(floor.real, effect.treated, length, floor.running, avoid=(start, stop), own=own.astype(float),
                            weights=floor.weights, seed=desk.seed)  # fmt: skip
    by_day = np.nansum(floor.sold.values[start:stop][:, compared], axis=1)
    before = float(np.nansum(floor.sold.values[max(start - length, 0) : start][:, compared]))
    net = float(by_day.sum())
    if effect.treated == 1:
        found = _single(effect.value, np.concatenate([nothing.value, _each_control(change, own)]), net)
        if found is None:
            row["state"] = "few_units"
            return
        desk.draws[c.id] = found.pop("values")
        row |= found
    else:
        error = effect.error * floor.factor
        row |= answer(effect.value, effect.ends(LEVEL, floor.factor), net)
        row |= {
            "grade": "B", "p": two_sided(effect.value / error, effect.freedom),
            "rank": placebo.rank(effect.value / effect.error, nothing.t),
            "smallest_visible": smallest_visible(error, effect.freedom),
        }  # fmt: skip
        desk.draws[c.id] = np.expm1(nothing.value)
    row |= desk.parts(floor.sold.days[start:stop], by_day) | {
        "placebos": len(desk.draws[c.id]), "effective": nothing.effective, "orders": _orders(desk, floor, c, compared),
        "before_after": net / before - 1 if before > 0 else math.nan,
        "before_lift": _window_before(floor, c.id, own, start, length),
    }  # fmt: skip
    row |= _beside(floor.real, own & ~np.isnan(change), ~np.isnan(change), start, stop, pre, desk.seed)


def _single(effect: float, placebos: np.ndarray, net: float) -> dict | None:
    """One treated store: nothing of its own kind tells its noise, so the range is what other single stores reach without a campaign:

    what may befall one store in such days is in it.
    """
    ends = placebo.one_unit_range(effect, placebos)
    if ends[0] is None:
        return None
    rank = placebo.rank(effect, placebos)
    visible = ends[1] - effect + float(np.quantile(np.abs(placebos), 2 * POWER - 1))
    return answer(effect, ends, net) | {
        "grade": "B", "p": rank, "rank": rank, "smallest_visible": math.expm1(visible), "values": np.expm1(placebos),
    }  # fmt: skip


def _each_control(change: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Each store without the campaign against the others without it, in the campaign's own days."""
    rest = change[~own & ~np.isnan(change)]
    return rest - (rest.sum() - rest) / (len(rest) - 1) if len(rest) > 1 else np.empty(0)


def _window_before(floor: Floor, name: str, own: np.ndarray, start: int, length: int) -> float:
    """The same comparison one window earlier, when the campaign had not begun: should be near 0. Reported, never a gate."""
    earlier = start - length
    pre = min(regional.PRE_WINDOWS * length, earlier)
    if pre < length:
        return math.nan
    change = regional.log_change(floor.real, earlier, start, pre)
    found = regional.collapsed(change, own, floor.running.columns(earlier, start, pre, without=name), weights=floor.weights)
    return math.nan if found.value is None else math.expm1(found.value)


def _beside(real: np.ndarray, own: np.ndarray, usable: np.ndarray, start: int, stop: int, pre: int, seed: int) -> dict:
    """Synthetic control and synthetic DiD on weeks, each store relative to its own level before; {} where there is too little."""
    rows, cut = regional.binned(real, start, stop, pre)
    good = usable & ~np.isnan(rows).any(axis=0)
    if not (own & good).any() or (good & ~own).sum() < 3 or cut < 4:
        return {}
    values, treated = rows[:, good], own[good]

    def control(v: np.ndarray, t: np.ndarray) -> float:
        return regional.synthetic_control(v, t, cut, len(v)).lift

    def did(v: np.ndarray, t: np.ndarray) -> float:
        gap = regional.synthetic_did(v, t, cut, len(v))
        return gap / (float(v[cut:, t].mean()) - gap)

    sc, sdid = control(values, treated), did(values, treated)
    spread = regional.placebo_in_space(did, values, treated, draws=SPACE_DRAWS, seed=seed)
    reach = float(special.ndtri((1 + LEVEL) / 2) * spread.std(ddof=1)) if len(spread) > 2 else math.nan
    rank = placebo.rank(sc, regional.placebo_in_space(control, values, treated, draws=SPACE_DRAWS, seed=seed))
    return {"sc_lift": sc, "sc_rank": rank, "sdid_lift": sdid, "sdid_low": sdid - reach, "sdid_high": sdid + reach}


def _orders(desk: Desk, floor: Floor, c: Campaign, compared: np.ndarray) -> float:
    """Consumers' orders in the places of the campaign, on its days."""
    days = desk.days
    rows = days[(days["on"] >= pd.Timestamp(c.start)) & (days["on"] < pd.Timestamp(c.stop)) & (days["buyer"] == "consumer")]
    place = rows["store_id"]
    if c.place != "store":
        place = place.map(dict(zip(desk.stores["store_id"], desk.stores[c.place], strict=True)))
    return float(rows.loc[place.isin([u for u, k in zip(floor.sold.units, compared, strict=True) if k]), "orders"].sum())
