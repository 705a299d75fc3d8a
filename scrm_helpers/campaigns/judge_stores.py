"""Campaigns in some stores or regions: grade B; what each store would have sold answers (see `expected`), published ways stand beside."""

import math
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.campaigns import expected, judging, panel, placebo, plan, planner, regional
from scrm_helpers.campaigns.plan import Campaign
from scrm_helpers.campaigns.rows import LEVEL, Desk, answer, smallest_visible

DRAWS = 499  # made-up treated sets behind a range
SPACE_DRAWS = 40  # made-up treated sets behind synthetic control's rank and synthetic DiD's error


class Floor(NamedTuple):
    """A panel ready to be judged: `real` sales in constant prices where known, `at` campaign -> [start, stop) as day numbers."""

    sold: panel.Panel
    real: np.ndarray
    prices: str
    at: dict[str, tuple[int, int]]
    inside: dict[str, np.ndarray]
    running: placebo.Running
    busy: np.ndarray
    factor: float


def judge_stores(desk: Desk) -> tuple[pd.DataFrame, str]:
    """Fills the rows of campaigns with a list of stores, regions or cities, those to come too.

    Gives the plans for one to come (see `planner`), and why there is none: prices, no_store_sales or few ('' where there are).
    """
    plans, why = None, ""
    mine = [c for c in desk.found if c.kind == "stores" and c.state in ("", "planned")]
    nowhere = [c for c in mine if set(c.treated) <= set(c.unknown)]
    for c in nowhere:
        desk.rows[c.id]["coming" if c.state else "state"] = "unknown_place"
    listed = [c for c in mine if c not in nowhere]
    for place in sorted({c.place for c in listed}):
        here = [c for c in listed if c.place == place]
        floor = _floor(desk, place, here)
        if place == "store" and floor is not None and floor.prices != "refused":
            plans = planner.table(floor.real, floor.running, floor.busy, hoped=desk.hoped, factor=floor.factor, seed=desk.seed)
            why = "few" if plans.empty else ""
        for c in here:
            row = desk.rows[c.id]
            if c.state:
                row |= _coming(desk, floor, c)
                continue
            if floor is None or c.id not in floor.at:
                row["state"] = "no_history" if floor else "no_store_sales"
                continue
            asked = _prices(desk, floor, c.start, c.stop)
            row |= {"prices": asked}
            if asked == "refused":
                row["state"] = "prices"
            else:
                _one(desk, floor, c, row)
    return _without(desk) if plans is None else (plans, why)


def _without(desk: Desk) -> tuple[pd.DataFrame, str]:
    """Plans of a company that has stores but has not yet run a campaign in some of them; or why there is none."""
    sold, nothing = panel.store_panel(desk.days, desk.stores, as_of=desk.as_of), pd.DataFrame(columns=planner.COLUMNS)
    if not sold.units:
        return nothing, "no_store_sales"
    kind, level = plan.prices(desk.rates, sold.days[0].date(), desk.as_of)
    if kind == "refused":
        return nothing, "prices"
    real = sold.values / level[:, None] if level is not None else sold.values
    none = placebo.Running((), np.zeros((len(real), 0)), np.zeros((0, real.shape[1])))
    plans = planner.table(real, none, np.zeros(real.shape, bool), hoped=desk.hoped, seed=desk.seed)
    return plans, "few" if plans.empty else ""


def _coming(desk: Desk, floor: Floor | None, c: Campaign) -> dict:
    """Of a campaign to come: the smallest lift that its own stores would show in its own length, as it will be judged.

    The middle of the last windows as long as it, as the planner takes it. `coming`: ok, or why that cannot be said.
    """
    if floor is None:
        return {"coming": "no_store_sales"}
    if c.days < plan.SHORTEST:
        return {"coming": "too_short"}
    length, visible, counted, why = c.days, [], {}, "few"
    if _prices(desk, floor, desk.as_of - timedelta(days=length), desk.as_of) == "refused":
        return {"coming": "prices"}
    for start, back in planner.last_windows(len(floor.real), length):
        found = _judged(desk, floor, c, start, length, back)
        counted = counted or {"treated": found.effect.treated, "controls": found.effect.controls}
        if found.effect.error is not None:
            visible.append(_visible(found, floor))
        elif found.effect.reason in ("no_controls", "not_separable"):
            why = found.effect.reason
    return counted | ({"coming": "ok", "smallest_visible": float(np.median(visible))} if visible else {"coming": why})


def _visible(found: judging.Found, floor: Floor) -> float:
    reach = found.ends(LEVEL, floor.factor)[1] - found.effect.value
    return smallest_visible(reach, found.effect.error * found.widened)


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
    busy = on @ where > 0
    nothing = placebo.draws(real, size, length, running, busy=busy, seed=desk.seed)
    line = placebo.calibration_row(place, placebo.alarms(nothing), nothing.effective)
    if line["placebos"]:
        desk.calibration.append(line)
    return Floor(sold, real, kind, at, inside, running, busy, placebo.widening(np.abs(nothing.t) / nothing.limit, line))


def _prices(desk: Desk, floor: Floor, start: date, stop: date) -> str:
    """A short campaign may be compared as booked where the whole history may not."""
    if floor.prices != "refused":
        return floor.prices
    first = pd.Timestamp(start) - pd.Timedelta(days=regional.PRE_WINDOWS * (stop - start).days)
    return plan.prices(desk.rates, max(first, floor.sold.days[0]).date(), stop)[0]


def _one(desk: Desk, floor: Floor, c: Campaign, row: dict) -> None:
    start, stop = floor.at[c.id]
    length, own = stop - start, floor.inside[c.id]
    back = min(regional.PRE_WINDOWS, start // length)
    if not back:
        row["state"] = "no_history"
        return
    found, change = _judged(desk, floor, c, start, length, back), regional.log_change(floor.real, start, stop, back * length)
    effect = found.effect
    row |= {"treated": effect.treated, "controls": effect.controls}
    if effect.value is None or effect.error is None:
        gone = effect.reason == "no_history" and _known_before(floor, own, start, back * length)
        row["state"] = "missing_days" if gone else effect.reason or "few_units"
        return
    compared = own & ~np.isnan(change)
    by_day = np.nansum(floor.sold.values[start:stop][:, compared], axis=1)
    before = float(np.nansum(floor.sold.values[max(start - length, 0) : start][:, compared]))
    net, ends, p = float(by_day.sum()), found.ends(LEVEL, floor.factor), found.p(floor.factor)
    desk.draws[c.id] = np.expm1(found.scaled(floor.factor))
    row |= answer(effect.value, ends, net) | desk.parts(floor.sold.days[start:stop], by_day) | {
        "grade": "B", "p": p, "rank": found.rank(floor.factor),
        "smallest_visible": _visible(found, floor),
        "placebos": len(found.values), "effective": found.periods, "orders": _orders(desk, floor, c, compared),
        "before_after": net / before - 1 if before > 0 else math.nan,
        "before_lift": _window_before(desk, floor, c, start, length),
    }  # fmt: skip
    others = floor.running.columns(start, stop, back * length, without=c.id)
    did = regional.collapsed(change, own, others)
    row["did_lift"] = math.nan if did.value is None else math.expm1(did.value)
    row |= _beside(floor.real, compared, ~np.isnan(change), start, stop, back * length, desk.seed)


def _known_before(floor: Floor, own: np.ndarray, start: int, days: int) -> bool:
    """Whether a store of the campaign has the days before it: where none can be judged, days during it are missing."""
    return bool(((~np.isnan(floor.real[start - days : start][:, own])).mean(axis=0) >= regional.FULL).any())


def _judged(desk: Desk, floor: Floor, c: Campaign, start: int, length: int, back: int, *, draws: int = DRAWS) -> judging.Found:
    """The stores with the campaign against the others (held-out ones alone where there are any), neighbours in time fitted beside.

    Where an earlier campaign in the same stores cannot be told apart, what came before is counted from its end on, and none of its days
    foretells anything.
    """
    own = floor.inside[c.id]
    keep = own | np.isin(floor.sold.units, c.held_out) if c.held_out else np.ones(len(own), bool)

    def over(back: int, *, calm: bool = False) -> judging.Found:
        seen = expected.outlook(floor.real, start, length, busy=floor.busy, back=back, calm=calm)
        others = floor.running.columns(start, start + length, back * length, without=c.id)
        return judging.judged(seen, own, keep, others, draws=draws, seed=desk.seed)

    found, free = over(back), floor.running.free(own, start, without=c.id) // length
    return over(free, calm=True) if found.effect.reason == "not_separable" and 1 <= free < back else found


def _window_before(desk: Desk, floor: Floor, c: Campaign, start: int, length: int) -> float:
    """The same comparison one window earlier, when the campaign had not begun: should be near 0. Reported, never a gate."""
    earlier = start - length
    back = min(regional.PRE_WINDOWS, earlier // length)
    if not back:
        return math.nan
    found = _judged(desk, floor, c, earlier, length, back, draws=0)
    return math.nan if found.effect.value is None else math.expm1(found.effect.value)


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
