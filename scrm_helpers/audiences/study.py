"""All that 08 computes, in one go."""

from datetime import date
from typing import NamedTuple

import pandas as pd

from scrm_helpers import findings, prices, sales, segmentation
from scrm_helpers.audiences import followers, groups, offers, referrals, words
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate

MONTHS = 12  # spend is compared over the year before and the months after a follow


class Study(NamedTuple):
    """Frames of an audience; `people`, `top` and the lists inside `referrals` and `offer` have a row per person."""

    people: pd.DataFrame
    segments: pd.DataFrame
    top_share: Estimate
    top: pd.DataFrame
    places: pd.DataFrame
    demographics: pd.DataFrame
    spend: followers.FollowerSpend | None
    referrals: referrals.Referrals | None
    pairs: pd.DataFrame
    offer: offers.Offer | None
    gaps: pd.DataFrame


def study(
    read,
    *,
    as_of: date,
    period: str,
    window: int = followers.WINDOW,
    horizon: int = offers.HORIZON,
    uplift: float = offers.UPLIFT,
    level: float = LEVEL,
) -> Study:
    """Everything on the audience as of a day. `read` gives a contract table by name."""
    orders, persons, lines, products = (read(name) for name in ("orders", "persons", "order_lines", "products"))
    golden, follows = read("golden"), read("follows")
    consumers = sales.consumers(orders.filter(orders.ordered_on < as_of), persons).cache()
    bought = offers.bought_before(consumers, lines, products, day=as_of)
    facts = segmentation.facts(
        orders, persons, golden, lines, products, as_of=as_of, customers=read("customers"), **bought._asdict(),
    )  # fmt: skip
    people = groups.people(facts, golden, follows, persons, as_of=as_of)
    gaps = read("tested_gaps").to_pandas()
    rates = read("rates").to_pandas()
    first = orders.filter(orders.ordered_on < as_of).ordered_on.min().execute()
    index = prices.index_of(rates, period)
    factors = None if pd.isna(first) else prices.factors_for(index, MONTHS, f"{pd.Timestamp(first):%Y-%m}", period)
    share, top = groups.top_spenders(people, level=level)
    pairs, offer = offers.next_offer(
        consumers, lines, products, as_of=as_of, horizon=horizon, uplift=uplift, level=level, bought=bought
    )
    given = referrals.referral_rows(read("referrals"), orders, lines, products, persons, as_of=as_of)
    return Study(
        people,
        groups.segments(people),
        share,
        top,
        groups.places(people, level=level),
        groups.demographics(people, year=as_of.year),
        followers.follower_spend(
            people, orders, persons, follows, as_of=as_of, window=window, factors=factors, level=level,
            nominal=prices.withheld(index, MONTHS, factors), quality=read("match_quality").to_pandas(), sold=bought.sold,
        ),
        referrals.net_value(given, gaps, level=level),
        pairs,
        offer,
        gaps,
    )


def findings_of(context: Context, found: Study, *, horizon: int) -> list[Finding]:
    """The findings of 08, in the order of a page; one that says so where nobody has bought."""
    if found.people.empty:
        return [findings.missing(context, "audiences.empty", export="orders")]
    follows = bool(found.people["follows"].any())
    categories = bool((found.people["category"] != "unknown").any())
    return [
        *words.follower_findings(context, found.spend, found.gaps),
        *words.referral_findings(context, found.referrals),
        *words.top_findings(context, found.top_share, found.top),
        *words.place_findings(context, found.places, overall=float(found.people["follows"].mean()), follows=follows),
        *words.offer_findings(context, found.offer, categories=categories, horizon=horizon),
    ]
