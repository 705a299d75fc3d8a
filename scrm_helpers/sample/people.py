"""True persons: who they are, where they came from, how often and how long they buy. One row is one person."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.settings import Settings
from scrm_helpers.sample.words import (
    DOMAIN_WEIGHTS,
    DOMAINS,
    FEMALE,
    LAST,
    LEAD_SHARE,
    MALE,
    PROVINCES,
    SOCIAL,
    SOURCES,
    ascii_lower,
)  # fmt: skip
from scrm_helpers.sample.world import STORES, WARM, World

MARKET_PERSONS = 0.055  # buyers who are seen on the marketplace only
EARLY = 0.25  # buyers whose first order came before the window
RATE_SHAPE, MEAN_GAP = 1.08, 51.0  # orders while active: gamma-mixed, gaps of days
STOP = (0.56, 1.52)  # beta-mixed share that stops after an order
VALUE_BETWEEN, VALUE_ON_RATE = 0.78, 0.22  # spread of persons' order values, and how it goes with their rate
ANYWAY = 0.35  # referred buyers who would have come without the referral
LAG_LOG_MEDIAN, LAG_LOG_SD, LAG_MOST = np.log(15.5), 1.92, 540.0  # days from lead to first order
WAY_IN = {  # share of first visits that end in the web shop
    "store": 0.08, "other": 0.5, "referral": 0.6, "whatsapp": 0.6,
}  # fmt: skip


def make_buyers(world: World, block: int, n: int) -> pd.DataFrame:
    """`n` possible buyers of a block; who has an order in the window is known only after `purchases`."""
    s, rng = world.s, world.s.rng("buyers", block)
    names = list(SOURCES)
    share = np.array([SOURCES[k][0] for k in names])
    source = rng.choice(len(names), n, p=share / share.sum())
    market = rng.random(n) < MARKET_PERSONS
    early = rng.random(n) < EARLY
    start = np.where(early, rng.random(n) * WARM, WARM + rng.random(n) * s.days)
    rate = rng.gamma(RATE_SHAPE, 1 / RATE_SHAPE, n)
    stop = rng.beta(*STOP, n)
    factor = np.array([[SOURCES[k][3], SOURCES[k][4]] for k in names])
    people = _identity(world, block, n, "buyers")
    people["source"] = np.where(market, "marketplace", np.array(names)[source])
    people["start"] = start
    people["rate"] = np.maximum(rate, 1e-4) / MEAN_GAP * factor[source, 0]
    people["stop"] = np.clip(stop * factor[source, 1], 0, 0.995)
    people["value"] = rng.normal(0, VALUE_BETWEEN, n) + VALUE_ON_RATE * np.clip(np.log(np.maximum(rate, 1e-4)), -4, 3)
    people["market"] = market
    web = np.array([WAY_IN.get(k, 0.75) for k in names])[source]
    people["web"] = np.where(rng.random(n) < web, rng.beta(6, 2, n), rng.beta(1.2, 8, n))
    people["lead"] = _via_lead(s, rng, names, source, market, n)
    lag = np.exp(LAG_LOG_MEDIAN + LAG_LOG_SD * rng.normal(size=4 * n))
    lag = lag[lag < LAG_MOST][:n]
    people["lag"] = np.where(people.lead, lag, 0.0)
    people["anyway"] = (people.source == "referral") & (rng.random(n) < ANYWAY)
    _follow(s, rng, people)
    return people


def make_prospects(world: World, block: int, n: int) -> pd.DataFrame:
    """`n` persons who left a lead and never order within the window."""
    s, rng = world.s, world.s.rng("prospects", block)
    names = list(LEAD_SHARE)
    share = np.array([LEAD_SHARE[k] * (1 - SOURCES[k][1]) for k in names])
    people = _identity(world, block, n, "prospects")
    people["source"] = np.array(names)[rng.choice(len(names), n, p=share / share.sum())]
    people["lead_day"] = rng.random(n) * (s.days + 120) - 120
    return people


def _via_lead(s: Settings, rng, names, source, market, n) -> np.ndarray:
    """Which buyers were a lead first: as many per source as its share of leads that order asks for."""
    out = np.zeros(n, bool)
    keep = {k: LEAD_SHARE[k] * (1 - SOURCES[k][1]) for k in LEAD_SHARE}
    never = s.prospects / s.blocks / sum(keep.values())
    for k, name in enumerate(names):
        rate = SOURCES[name][1]
        wanted = never * LEAD_SHARE[name] * rate
        pool = (source == k) & ~market
        # buyers who are found later to lie outside the window fall away alike, hence the share of the pool
        chance = wanted / max(SOURCES[name][0] * s.people / s.blocks * (1 - MARKET_PERSONS), 1)
        out |= pool & (rng.random(n) < min(chance, 0.9))
    return out


def _follow(s: Settings, rng, people: pd.DataFrame) -> None:
    """Who follows: people who buy often and came from social do so more, whatever following does (self-selection)."""
    pull = 0.7 * np.log(people.rate * MEAN_GAP + 0.05) + 1.0 * people.source.isin(SOCIAL) + 0.35 * people.value
    chance = 1 / (1 + np.exp(-(pull - 1.95)))
    follows = (rng.random(len(people)) < chance) & ~people.market.to_numpy()
    first = people.start.to_numpy() - WARM
    people["follow_day"] = np.where(follows, first + rng.random(len(people)) ** 1.5 * (s.days - first), np.nan)


def _identity(world: World, block: int, n: int, topic: str) -> pd.DataFrame:
    """Names, contacts and places of `n` persons."""
    rng = world.s.rng(f"identity {topic}", block)
    female = rng.random(n) < 0.55
    first = np.where(female, _zipf(rng, np.array(FEMALE), n), _zipf(rng, np.array(MALE), n))
    last = _zipf(rng, np.array(LAST), n)
    cities = np.array(list(PROVINCES))
    weight = np.array([PROVINCES[c][1] for c in cities], float)
    city = rng.choice(len(cities), n, p=weight / weight.sum())
    people = pd.DataFrame({"first": first, "last": last, "city": cities[city]})
    people["district"] = np.array([PROVINCES[c][2] for c in cities])[city]
    people["female"], people["born"] = female, 2005 - (rng.beta(1.6, 2.6, n) * 55).astype(int)
    people["store"] = _home_store(world, rng, people.city.to_numpy())
    plain = {w: ascii_lower(w) for w in {*FEMALE, *MALE, *LAST}}
    tail = rng.integers(1, 999, n)
    style = rng.random(n)
    left, right = people["first"].map(plain), people["last"].map(plain)
    name = left + np.where(style < 0.6, ".", np.where(style < 0.8, "_", "")) + right
    domain = np.array(DOMAINS)[rng.choice(len(DOMAINS), n, p=DOMAIN_WEIGHTS)]
    # block and row make an address unique; a person has one address and one mobile number
    unique = (np.arange(n) + block * 1_000_000 + (500_000 if topic == "prospects" else 0)) % 7_919 * 1000 + tail
    people["email"] = name + pd.Series(unique.astype(str)) + "@" + domain
    people["phone"] = (
        900_000_000_000
        + rng.choice([530, 532, 533, 535, 541, 542, 544, 505, 506, 551, 555], n) * 10_000_000
        + rng.integers(1_000_000, 9_999_999, n)
    )
    foreign = rng.random(n) < world.s.rate("foreign_phones")
    people["phone"] = np.where(foreign, 491_500_000_000 + rng.integers(10_000_000, 99_999_999, n), people.phone)
    consent = rng.random(n)
    people["consent"] = consent < 0.62
    people["withdrawn"] = people.consent & (rng.random(n) < world.s.rate("withdrawn_consent"))
    return people


def _zipf(rng, words: np.ndarray, n: int) -> np.ndarray:
    weight = 1 / (np.arange(len(words)) + 6) ** 0.8
    return words[rng.choice(len(words), n, p=weight / weight.sum())]


def _home_store(world: World, rng, city: np.ndarray) -> np.ndarray:
    """A store of one's province where there is one, else any (a number into `world.stores`)."""
    shops = world.stores.iloc[:STORES]
    home = rng.choice(STORES, len(city), p=(shops.weight / shops.weight.sum()).to_numpy())
    for name in shops.city.unique():
        here = np.flatnonzero(city == name)
        local = np.flatnonzero((shops.city == name).to_numpy())
        weight = shops.weight.to_numpy()[local]
        home[here] = rng.choice(local, len(here), p=weight / weight.sum())
    return home
