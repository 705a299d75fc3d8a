"""Support: who asks for help, by which channel, how long it takes, who comes back, which calls social saved."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.settings import Settings
from scrm_helpers.sample.words import SOCIAL
from scrm_helpers.sample.world import World

CASE_RATE = 0.085  # cases per order
MINUTES = {"phone": 11.0, "social": 6.5, "email": 8.0}  # mean minutes of work
AGAIN = {
    "phone": 0.12,
    "social": 0.22,
    "email": 0.18,
}  # share of cases after which the customer asks again within 7 days
AGAIN_BY_PHONE = {"phone": 0.9, "social": 0.45, "email": 0.35}
LATER = 0.12  # by which answers at the desk are worse where the customer had to come back
GOOD = {"phone": 0.76, "social": 0.81, "email": 0.72}  # share of answers that are good
BY_PHONE = 0.68  # of those who do not ask on social; the others write an e-mail
WOULD_HAVE_CALLED = BY_PHONE  # of those who asked on social: without it they would have asked as the others do
NEVER_CLOSED = 0.02  # of cases
CONTACT_EFFECT = 0.0  # orders that a contact adds or takes away: none, whatever comes before and after it
TYPES = ("Kargo", "İade", "Ürün", "Ödeme", "Bilgi")
TYPE_SHARE, TYPE_WORK = (0.34, 0.22, 0.18, 0.08, 0.18), (1.0, 1.35, 1.1, 1.2, 0.6)
ASKED, ANSWERED = 0.6, 0.27  # share of cases in which the desk asks how it was; of those that answer
SURVEYED = 0.11  # share of solved cases after which a survey form is filled in
VIA = {  # channel: what the desk calls it
    "phone": (("Phone call (incoming)", 1.0),), "email": (("Mail", 0.75), ("Web form", 0.25)),
    "social": (("Instagram Direct", 0.5), ("Facebook Private Message", 0.3), ("Facebook Post", 0.06), ("WhatsApp", 0.14)),
}  # fmt: skip


def make_cases(world: World, block: Block) -> pd.DataFrame:
    """One row per ticket of known persons: person, issue (the first ticket's number), channel, minutes, times, answers."""
    s, rng = world.s, world.s.rng("cases", block.number)
    orders = block.sales.orders
    base = orders[(orders.person >= 0) & (rng.random(len(orders)) < CASE_RATE)]
    n = len(base)
    begin = base.day.to_numpy() + rng.gamma(1.2, 3.0, n)
    keep = begin < s.days - 0.5
    base, begin, n = base[keep], begin[keep], int(keep.sum())
    person = base.person.to_numpy()
    from_social = np.isin(block.people.source.to_numpy()[person], SOCIAL)
    month_share = begin / s.days
    social = np.where(from_social, 0.30, 0.13) + 0.16 * month_share
    phone = BY_PHONE * (1 - social)
    draw = rng.random(n)
    channel = np.where(draw < social, "social", np.where(draw < social + phone, "phone", "email"))
    kind = rng.choice(len(TYPES), n, p=TYPE_SHARE)
    first = pd.DataFrame(
        {
            "person": person,
            "order": base["order"].to_numpy(),
            "channel": channel,
            "type": kind,
            "begin": begin,
            "part": 0,
        }
    )
    first["issue"] = np.arange(n)
    parts = [_worked(s, rng, first)]
    for part in (1, 2):  # a customer may come back, and once more
        last = parts[-1]
        chance = last.channel.map(AGAIN).to_numpy()
        back = last[(rng.random(len(last)) < chance) & last.solved.notna()]
        by_phone = rng.random(len(back)) < back.channel.map(AGAIN_BY_PHONE).to_numpy()
        again = back[["person", "order", "type", "issue"]].assign(
            channel=np.where(by_phone, "phone", back.channel),
            begin=back.solved + rng.uniform(0.05, 6.5, len(back)),
            part=part,
        )
        again = again[again.begin < s.days - 0.1]
        parts.append(_worked(s, rng, again))
    cases = pd.concat(parts, ignore_index=True)
    cases["would_call"] = (cases.part == 0) & (cases.channel == "social") & (rng.random(len(cases)) < WOULD_HAVE_CALLED)
    cases["calls_else"] = _calls_elsewhere(s, block, cases)
    return _dressed(world, block, cases)


def _calls_elsewhere(s: Settings, block: Block, cases: pd.DataFrame) -> np.ndarray:
    """Calls that each issue begun on social would have brought without it: its own, and those of coming back; 0 on other rows."""
    rng = s.rng("calls elsewhere", block.number)
    n = len(cases)
    by_phone = cases["would_call"].to_numpy(copy=True)
    calls, still = by_phone.astype("int64"), np.ones(n, bool)
    for _ in (1, 2):
        desk = np.where(by_phone, "phone", "email")
        again, phone = (pd.Series(desk).map(rate).to_numpy() for rate in (AGAIN, AGAIN_BY_PHONE))
        still &= rng.random(n) < again * (1 - NEVER_CLOSED)
        by_phone |= still & (rng.random(n) < phone)  # who called calls again
        calls += still & by_phone
    begun = ((cases.part == 0) & (cases.channel == "social")).to_numpy()
    return np.where(begun, calls, 0)


def _worked(s: Settings, rng, cases: pd.DataFrame) -> pd.DataFrame:
    n = len(cases)
    sigma = 0.6
    mean = cases.channel.map(MINUTES).to_numpy() * np.array(TYPE_WORK)[cases.type]
    minutes = np.round(np.exp(np.log(mean) - sigma**2 / 2 + sigma * rng.normal(size=n)), 1)
    took = np.exp(np.log(6.0) + 1.07 * rng.normal(size=n))  # days: median 6, 95th in 100 at 35
    solved = cases.begin.to_numpy() + took
    open_ = (solved >= s.days) | (rng.random(n) < NEVER_CLOSED)
    reply = np.where(rng.random(n) < 0.72, np.nan, np.minimum(took * 0.4, rng.exponential(0.3, n)))
    return cases.assign(
        minutes=minutes,
        took=took,
        solved=np.where(open_, np.nan, solved),
        reply=reply,
        replies=1 + rng.poisson(1.2, n),
        reopens=rng.poisson(0.06, n),
    )


def _dressed(world: World, block: Block, cases: pd.DataFrame) -> pd.DataFrame:
    s, rng = world.s, world.s.rng("case words", block.number)
    out = cases.sort_values(["begin", "person", "part"], kind="stable", ignore_index=True)
    n = len(out)
    via = np.full(n, "", dtype=object)
    for channel, forms in VIA.items():
        here = np.flatnonzero(out.channel == channel)
        via[here] = np.array([f for f, _ in forms], dtype=object)[
            rng.choice(len(forms), len(here), p=[w for _, w in forms])
        ]
    out["via"] = via
    asked = rng.random(n) < ASKED
    answered = asked & (rng.random(n) < ANSWERED)
    good = rng.random(n) < out.channel.map(GOOD).to_numpy() - LATER * (out.part > 0)
    out["score"] = np.where(answered, np.where(good, "Good", "Bad"), np.where(asked, "Offered", "Not Offered"))
    out["ticket"] = np.arange(n) * 2 + 10_001 + block.number * 5_000_000
    out["month"] = world.month_of_day[np.floor(out.begin).astype(int)]
    # the line is open from 9 to 21; people write at any hour
    begin = np.where(out.channel == "phone", np.floor(out.begin) + (9 + 12 * (out.begin % 1)) / 24, out.begin)
    seconds = (begin * 86400).astype("int64")
    out["at"] = s.first_day.astype("M8[s]") + seconds.astype("m8[s]")
    lasted = (out.solved * 86400).fillna(-1).astype("int64").to_numpy()
    out["solved_at"] = np.where(
        lasted >= 0, s.first_day.astype("M8[s]") + lasted.astype("m8[s]"), np.datetime64("NaT", "s")
    )
    return out


def call_days(world: World, calls: np.ndarray, active: np.ndarray) -> pd.DataFrame:
    """Day sheet of the call centre: calls about cases (every phone ticket) and short questions without a ticket."""
    s, rng = world.s, world.s.rng("calls")
    week = (s.first_day + np.arange(s.days)).astype(int) % 7
    open_ = week != 3  # closed on Sundays (1970-01-01 was a Thursday)
    short = rng.poisson(active[world.month_of_day] * 0.05 / 26) * open_
    came = calls + short
    busy = rng.beta(3, 40, s.days)
    lost = rng.binomial(came, busy)
    talk = np.round((came - lost) * rng.normal(4.6, 0.25, s.days) * 60).clip(0)
    hours = np.round(talk / 3600 / 0.62, 1)
    return pd.DataFrame(
        {
            "day": np.arange(s.days),
            "came": came,
            "lost": lost,
            "talk": talk.astype(int),
            "hours": hours,
            "about_cases": calls,
        }
    )


def survey_rows(world: World, block: Block, cases: pd.DataFrame) -> pd.DataFrame:
    """Answers after a case (satisfaction 1-5, ease 1-7) and of customers asked by themselves (trust 1-5, loyalty 0-10)."""
    rng = world.s.rng("surveys", block.number)
    n = len(cases)
    take = cases[(rng.random(n) < SURVEYED) & cases.solved.notna()]
    good = rng.random(len(take)) < take.channel.map(GOOD).to_numpy()
    easy = rng.random(len(take)) < np.where(
        take.channel == "social", 0.74, np.where(take.channel == "phone", 0.62, 0.58)
    )
    after = pd.DataFrame({
        "person": take.person, "day": np.minimum(take.solved + 1, world.s.days - 1).astype(int),
        "ticket": take.ticket, "channel": take.channel,
        "csat": np.where(good, rng.integers(4, 6, len(take)), rng.integers(1, 4, len(take))),
        "effort": np.where(easy, rng.integers(5, 8, len(take)), rng.integers(1, 5, len(take))),
    })  # fmt: skip
    who = np.flatnonzero((rng.random(block.buyers) < 0.05) & ~block.people.market.to_numpy()[: block.buyers])
    asked = pd.DataFrame({
        "person": who, "day": rng.integers(0, world.s.days, len(who)),
        "trust": 1 + rng.binomial(4, 0.68, len(who)), "loyalty": rng.binomial(10, 0.72, len(who)),
    })  # fmt: skip
    return pd.concat([after, asked], ignore_index=True).sort_values(["day", "person"], kind="stable", ignore_index=True)
