"""One block of people with all that they do; a large company is many blocks, written one after another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scrm_helpers.sample.people import make_buyers, make_prospects
from scrm_helpers.sample.purchases import Sales, days_of_orders, make_sales
from scrm_helpers.sample.tests_ab import make_arms
from scrm_helpers.sample.world import WARM, World

SPARE = 1.17  # possible buyers made per buyer wanted: some stopped before the window
SEND_PULL = 1.2  # how strongly a targeted campaign goes to those who spent before
ID_STEP = 10_000_000  # true person ids of one block


@dataclass(frozen=True)
class Block:
    """People (buyers first, then prospects; row number = `person` in sales) and their sales."""

    number: int
    people: pd.DataFrame
    buyers: int
    sales: Sales
    arms: pd.DataFrame


def make_block(world: World, number: int) -> Block:
    """Exactly the block's share of buyers and prospects, with their orders."""
    s = world.s
    wanted = s.share_of(s.people, number)
    pool = make_buyers(world, number, int(wanted * SPARE) + 30)
    who, day = days_of_orders(world, number, pool)
    in_window = np.unique(who[day >= 0])
    if len(in_window) < wanted:
        raise RuntimeError(
            f"only {len(in_window)} of {len(pool)} possible buyers bought; {wanted} were wanted: raise SPARE."
        )
    kept = in_window[:wanted]
    place = np.full(len(pool), -1)
    place[kept] = np.arange(wanted)
    keep = place[who] >= 0
    who, day = place[who[keep]], day[keep]
    first = np.full(wanted, np.inf)
    np.minimum.at(first, who, day)
    buyers = pool.iloc[kept].reset_index(drop=True)
    # what is true of a person is told from the calendar day on which the first order fell
    buyers["first_day"] = np.floor(first).astype(int)
    moved = buyers["first_day"] - (buyers["start"] - WARM)
    buyers["follow_day"] = np.floor(buyers["follow_day"] + moved).clip(upper=s.days - 1)
    buyers["lead_day"] = np.where(buyers["lead"], buyers["first_day"] - buyers["lag"], np.nan)
    prospects = make_prospects(world, number, s.share_of(s.prospects, number))
    prospects["first_day"] = np.iinfo(np.int32).max
    prospects["lead"] = True
    people = pd.concat([buyers, prospects], ignore_index=True)
    people["person_id"] = np.arange(len(people)) + 1 + number * ID_STEP
    people["market"] = people["market"].fillna(False).astype(bool)
    people["anyway"] = people["anyway"].fillna(False).astype(bool)
    _send_lists(world, number, people, who, day)
    arms = make_arms(world, number, people, wanted)
    sales = make_sales(world, number, people.iloc[:wanted], who, day, arms)
    return Block(number, people, wanted, sales, arms)


def _send_lists(world: World, number: int, people: pd.DataFrame, who: np.ndarray, day: np.ndarray) -> None:
    """Who a targeted campaign was sent to: those who had spent more (about 2.4 times the rest)."""
    for c in world.campaigns[world.campaigns.kind == "target"].itertuples():
        rng = world.s.rng(f"send {c.campaign_id}", number)
        before = np.bincount(who[day < c.first], minlength=len(people))
        score = np.log(np.maximum(before, 0.5)) + people["value"].fillna(0).to_numpy()
        cut = np.quantile(score[before > 0], 0.55) if (before > 0).any() else 0.0
        chance = 1 / (1 + np.exp(-SEND_PULL * (score - cut)))
        people[f"sent_{c.campaign_id}"] = (
            (before > 0) & (people["consent"] & ~people["market"]).to_numpy() & (rng.random(len(people)) < chance)
        )
