"""Orders, lines and returns of a block of people. Money is in kuruş; days count from the first day of the window."""

from dataclasses import dataclass
from math import gamma

import numpy as np
import pandas as pd

from scrm_helpers.sample.world import STORES, WARM, World

GAP_SHAPE = 1.0  # Weibull: a little more bunched than chance
VALUE_SD, VALUE_MEDIAN = 1.17, 90_000  # of an order, VAT in, at the prices of the first month (kuruş)
MARKET_SHARE, WALK_IN = 0.015, 0.096  # of other persons' orders; walk-in orders per order of a known person
COUPON, COUPON_OFF, SHIPPING, FREE_FROM = 0.12, 0.10, 4_990, 75_000
RETURN_LINES, RETURN_EXACT = 0.022, 0.28
FOLLOW_EFFECT = 0.06  # true extra orders of a follower, per order after the follow date
WALK = -1  # person number of a walk-in


@dataclass(frozen=True)
class Sales:
    """Orders and lines of one block. `person` counts within the block; -1 is a walk-in, -2 and below a firm."""

    orders: pd.DataFrame
    lines: pd.DataFrame


def days_of_orders(world: World, block: int, people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(person, day) of every order from the warm-up on: buy, maybe stop, else wait and buy again."""
    rng = world.s.rng("orders", block)
    end = WARM + world.s.days
    rate, stop = people.rate.to_numpy(), people.stop.to_numpy()
    who, when = np.arange(len(people)), people.start.to_numpy()
    found = [(who, when)]
    scale = 1 / gamma(1 + 1 / GAP_SHAPE)
    while len(who):
        stays = rng.random(len(who)) >= stop[who]
        who, when = who[stays], when[stays]
        when = when + rng.weibull(GAP_SHAPE, len(who)) * scale / rate[who]
        inside = when < end
        who, when = who[inside], when[inside]
        found.append((who, when))
    who, when = (np.concatenate(part) for part in zip(*found, strict=True))
    # a steady clock becomes the calendar: busy days hold more of it
    edges = np.concatenate([[0.0], np.cumsum(world.season)])
    day = np.interp(when * (edges[-1] / end), edges, np.arange(end + 1.0)) - WARM
    order = np.lexsort((day, who))
    return who[order], day[order]


def make_sales(
    world: World, block: int, people: pd.DataFrame, who: np.ndarray, day: np.ndarray, arms: pd.DataFrame
) -> Sales:
    """All orders of a block within the window, with what campaigns, tests and following added, their lines and returns."""
    base = _base(world, block, people, who, day)
    parts = [
        base,
        *_campaign_extras(world, block, people, base),
        *_test_extras(world, block, base, arms),
        _follow_extras(world, block, people, base),
    ]
    orders = pd.concat(parts, ignore_index=True)
    if block == 0:
        orders = pd.concat([orders, _firm_orders(world)], ignore_index=True)
    orders = orders.sort_values(["day", "minute", "person"], kind="stable", ignore_index=True)
    _value(world, block, people, orders)
    _stamp(world, block, orders)
    lines = _lines(world, block, orders)
    lines = _returns(world, block, orders, lines)
    return Sales(_sums(orders, lines), lines)


def _base(world: World, block: int, people: pd.DataFrame, who: np.ndarray, day: np.ndarray) -> pd.DataFrame:
    s, rng = world.s, world.s.rng("where", block)
    seen = day >= 0
    who, day = who[seen], np.floor(day[seen]).astype(int)
    n = len(who)
    market = people.market.to_numpy()[who] | (rng.random(n) < MARKET_SHARE)
    web = rng.random(n) < people.web.to_numpy()[who]
    system = np.where(market, "trendyol", np.where(web, "shopify", "logo"))
    store = people.store.to_numpy()[who]
    away = rng.random(n) < 0.06
    store = np.where(away, rng.integers(0, STORES, n), store)
    known = pd.DataFrame({"person": who, "day": day, "system": system, "store": store})
    walk = rng.random(n) < WALK_IN
    weight = world.stores["weight"].to_numpy()[:STORES]
    loose = pd.DataFrame(
        {
            "person": WALK,
            "day": day[walk],
            "system": "logo",
            "store": rng.choice(STORES, walk.sum(), p=weight / weight.sum()),
        }
    )
    out = pd.concat([known, loose], ignore_index=True)
    closed = world.stores.closed.to_numpy()[:STORES]
    for k in np.flatnonzero(~np.isnat(closed.astype("M8[D]"))):
        shut = int((closed[k].astype("M8[D]") - s.first_day).astype(int))
        late = (out.store == k) & (out.day >= shut)
        out.loc[late, "store"] = (k + 1) % STORES if k + 1 < STORES else 0
    out["store"] = np.where(out.system == "logo", out.store, -1)
    return out.assign(cause="", caused_by="", minute=_minute(rng, out.system.to_numpy()))


def _minute(rng, system: np.ndarray) -> np.ndarray:
    """Minute of the day (local): shops from 10 to 22, web around the clock with a peak in the evening."""
    n = len(system)
    shop = 600 + (rng.beta(2.2, 1.8, n) * 715)
    web = np.where(rng.random(n) < 0.75, 540 + rng.beta(2.6, 1.4, n) * 898, rng.random(n) * 1438)
    return np.where(system == "logo", shop, web).astype(int)


def _again(rng, base: pd.DataFrame, picked: np.ndarray, last: np.ndarray, cause: str, by: str) -> pd.DataFrame:
    """One more order of the same buyer at the same place a few days on, for each picked row."""
    more = base.loc[picked].copy()
    room = np.maximum(last[picked] - more.day.to_numpy(), 0)
    more["day"] = more.day + np.minimum(rng.integers(1, 12, len(more)), room)
    more["minute"] = _minute(rng, more.system.to_numpy())
    return more.assign(cause=cause, caused_by=by)


def _campaign_extras(world: World, block: int, people: pd.DataFrame, base: pd.DataFrame) -> list[pd.DataFrame]:
    out = []
    for k, c in enumerate(world.campaigns.itertuples()):
        rng = world.s.rng(f"campaign {c.campaign_id}", block)
        inside = (base.day >= c.first) & (base.day <= c.last)
        if c.kind == "store":
            hit = np.zeros(len(base), bool)
            stores = base.store.to_numpy()
            ran = _ran(world, k)
            hit[stores >= 0] = ran[np.minimum(stores[stores >= 0], STORES - 1)] & (stores[stores >= 0] < STORES)
        elif c.kind == "digital":
            hit = (base.system == "shopify").to_numpy()
        else:
            hit = np.isin(base.person, np.flatnonzero(people[f"sent_{c.campaign_id}"]))
        picked = inside.to_numpy() & hit & (rng.random(len(base)) < c.lift)
        out.append(_again(rng, base, picked, np.full(len(base), c.last), "campaign", c.campaign_id))
    return out


def _ran(world: World, k: int) -> np.ndarray:
    """Stores that really ran campaign k; one control store may have joined unasked."""
    ran = world.treated[k].copy()
    if world.s.on("contaminated_store") and k == CONTAMINATED:
        ran[np.flatnonzero(~ran)[0]] = True
    return ran


CONTAMINATED = 9  # number of the campaign that a control store joined unasked


def _test_extras(world: World, block: int, base: pd.DataFrame, arms: pd.DataFrame) -> list[pd.DataFrame]:
    out = []
    for e in world.experiments.itertuples():
        rng = world.s.rng(f"test {e.experiment_id}", block)
        mine = arms[(arms.experiment_id == e.experiment_id) & (arms.arm != "kontrol")]
        inside = (base.day >= e.first) & (base.day < e.last) & base.person.isin(mine.person)
        picked = inside.to_numpy() & (rng.random(len(base)) < e.effect)
        out.append(_again(rng, base, picked, np.full(len(base), e.last - 1), "experiment", e.experiment_id))
    return out


def _follow_extras(world: World, block: int, people: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    rng = world.s.rng("follow extras", block)
    day = people.follow_day.to_numpy()
    since = np.where(base.person >= 0, day[np.maximum(base.person, 0)], np.nan)
    picked = (base.day.to_numpy() > since) & (rng.random(len(base)) < FOLLOW_EFFECT)
    return _again(rng, base, picked, np.full(len(base), world.s.days - 1), "follow", "")


def _firm_orders(world: World) -> pd.DataFrame:
    """Invoices to dealers (about three a month each) and to other firms (about five a year each)."""
    s, rng = world.s, world.s.rng("firms")
    rows = []
    dealers = len(world.stores) - STORES
    for k in range(dealers + FIRMS):
        n = rng.poisson((3.0 if k < dealers else 0.42) * s.months)
        store = STORES + k if k < dealers else int(rng.integers(0, STORES - 2))
        day = np.sort(rng.integers(0, s.days, n))
        rows.append(pd.DataFrame({"person": -2 - k, "day": day, "system": "logo", "store": store}))
    out = pd.concat(rows, ignore_index=True)
    return out.assign(cause="", caused_by="", minute=_minute(rng, out.system.to_numpy()))


FIRMS = 60


def _value(world: World, block: int, people: pd.DataFrame, orders: pd.DataFrame) -> None:
    """The value an order aims at (kuruş, VAT in, prices of the first month)."""
    rng = world.s.rng("values", block)
    person = orders.person.to_numpy()
    own = np.where(person >= 0, people.value.to_numpy()[np.maximum(person, 0)], 0.0)
    spread = people.value.std()
    within = np.sqrt(max(VALUE_SD**2 - spread**2, 0.1))
    noise = rng.normal(0, np.where(person >= 0, within, VALUE_SD))
    firm = np.where(person <= -2, np.where(orders.store >= STORES, 3.6, 1.6), 0.0)
    orders["aim"] = np.exp(np.log(VALUE_MEDIAN) + own + firm + noise * np.where(person <= -2, 0.5, 1.0))


def _stamp(world: World, block: int, orders: pd.DataFrame) -> None:
    """Order ids and the numbers that each system gives: running, by day, anew each year in the ERP."""
    orders["month"] = world.month_of_day[orders.day.to_numpy()]
    orders["order"] = np.arange(len(orders)) + block * 10_000_000
    seconds = world.s.rng("seconds", block).integers(0, 60, len(orders))
    local = world.s.first_day.astype("M8[s]") + orders.day.to_numpy() * np.timedelta64(86400, "s")
    orders["at"] = local + (orders.minute.to_numpy() * 60 + seconds).astype("m8[s]")
    orders["year"] = orders["at"].dt.year
    orders["number"] = (
        orders.groupby(["system", np.where(orders.system == "logo", orders.year, 0)]).cumcount() + 1 + block * 5_000_000
    )


def _lines(world: World, block: int, orders: pd.DataFrame) -> pd.DataFrame:
    rng = world.s.rng("lines", block)
    count = 1 + rng.poisson(2.0, len(orders))
    row = np.repeat(np.arange(len(orders)), count)
    split = rng.exponential(1.0, len(row)) + 0.15
    split /= np.bincount(row, weights=split)[row]
    goods = world.products
    prices = goods["list"].to_numpy()
    aim = orders.aim.to_numpy()[row] * split
    quantity = 1 + rng.poisson(0.45, len(row))
    quantity = np.maximum(quantity, np.ceil(aim / prices[-1])).astype(int)
    pick = np.searchsorted(prices, aim / quantity * np.exp(rng.normal(0, 0.08, len(row)))).clip(0, len(prices) - 1)
    month = orders.month.to_numpy()[row]
    unit = np.round(prices[pick] * world.price[month]).astype("int64")
    person, system = orders.person.to_numpy()[row], orders.system.to_numpy()[row]
    coupon = (rng.random(len(orders)) < COUPON) & (orders.system != "logo").to_numpy()
    orders["coupon"] = coupon
    full = unit * quantity
    off = np.where(coupon[row], np.round(full * COUPON_OFF), 0).astype("int64")
    vat = goods.vat.to_numpy()[pick]
    lines = pd.DataFrame({
        "row": row, "product": pick, "quantity": quantity, "unit": unit, "full": full, "off": off, "vat": vat,
    })  # fmt: skip
    lines["gross"] = full - off
    lines["net"] = net_of(lines.gross.to_numpy(), vat)
    lines["line_no"] = np.arange(len(row)) - np.concatenate([[0], np.cumsum(count)])[row] + 1
    lines["cost"] = unit_cost(unit, vat, goods.cost_share.to_numpy()[pick]) * quantity
    lines["person"], lines["system"] = person, system
    subtotal = np.bincount(row, weights=lines.gross, minlength=len(orders))
    ship = (orders.system == "shopify").to_numpy() & (subtotal < FREE_FROM * world.price[orders.month])
    orders["shipping"] = np.where(ship, SHIPPING, 0)
    return lines


def net_of(gross: np.ndarray, vat: np.ndarray) -> np.ndarray:
    """Kuruş without VAT, rounded half up line by line, as invoices do."""
    return (gross * 200 + 100 + vat) // (2 * (100 + vat))


def unit_cost(unit: np.ndarray, vat: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Cost of one unit (kuruş) that sells at `unit` (kuruş, VAT in): its share of the price without VAT, as the cost list has it too."""
    return np.round(unit / (1 + vat / 100) * share)


def _returns(world: World, block: int, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Marks returned lines: dear ones more often, 28% as they were sold, the rest in part or at a lower price."""
    s, rng = world.s, world.s.rng("returns", block)
    pull = (lines.net / world.price[orders.month.to_numpy()[lines.row]]) ** 0.76
    pull = np.minimum(pull, np.quantile(pull, 0.998))
    lag = np.where(
        rng.random(len(lines)) < s.rate("late_returns"),
        rng.integers(31, 150, len(lines)),
        rng.integers(2, 28, len(lines)),
    )
    day = orders.day.to_numpy()[lines.row] + lag
    hit = (rng.random(len(lines)) < RETURN_LINES * 1.26 * pull / pull.mean()) & (day < s.days)
    market = (lines.system == "trendyol").to_numpy()
    exact = (rng.random(len(lines)) < RETURN_EXACT - 0.045) | market
    part = np.where(lines.quantity > 1, (lines.quantity * rng.uniform(0.5, 0.99, len(lines))).astype(int).clip(1), 1)
    back = np.where(exact, lines.quantity, part)
    same = exact | (lines.quantity > 1)
    worth = np.where(
        exact, lines.gross, np.round(lines.gross / lines.quantity * back * np.where(same, 1.0, 0.9))
    ).astype("int64")
    out = lines.assign(
        returned=np.where(hit, back, 0), returned_gross=np.where(hit, worth, 0), exact=hit & exact,
        return_day=np.where(hit, day, -1),
    )  # fmt: skip
    out["returned_net"] = net_of(out.returned_gross.to_numpy(), out.vat.to_numpy())
    out.loc[out.exact, "returned_net"] = out.loc[out.exact, "net"]
    return out


def _sums(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Order sums. A web shop's refund has no VAT split, so its net is the refund times the order's own net share."""
    n = len(orders)
    total = {
        k: np.bincount(lines.row, weights=lines[k], minlength=n).astype("int64")
        for k in ("gross", "net", "off", "full", "cost", "returned_gross", "returned_net")
    }
    out = orders.assign(**total)
    ship = out.shipping.to_numpy()
    out["gross"] += ship
    out["net"] += net_of(ship, np.full(n, 20))
    web = (out.system == "shopify").to_numpy() & (out.returned_gross > 0).to_numpy()
    share = (out.returned_gross[web] * out.net[web] * 2 + out.gross[web]) // (2 * out.gross[web])
    out.loc[web, "returned_net"] = share
    return out
