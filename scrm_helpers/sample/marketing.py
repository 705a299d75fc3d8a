"""What marketing did and cost: advertising by day, other costs by month, touches on orders, visits and posts."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.settings import Settings
from scrm_helpers.sample.words import SOURCES
from scrm_helpers.sample.world import World

BASE_NAMES = {
    "instagram": "Instagram Sürekli",
    "facebook": "Facebook Sürekli",
    "tiktok": "TikTok Sürekli",
    "google_ads": "Arama - Marka",
}
IMPRESSIONS_PER_REACH = 1.76
CPM = {"instagram": 65, "facebook": 50, "tiktok": 40, "google_ads": 120}  # TL of the first month per 1,000 shown
TOUCH_SHARE = 0.5  # web orders whose last touch is known
HOURLY = 260.0  # loaded cost of one staff hour, TL of the first month
# purpose, kind, channel, TL a month, hours a month (at 12,000 buyers, prices of the first month)
COSTS = (
    ("acquire", "media", "youtube", 4_500, 0), ("acquire", "media", "x", 6_000, 0),
    ("acquire", "content", "instagram", 9_000, 0), ("acquire", "content", "facebook", 4_000, 0),
    ("acquire", "content", "tiktok", 3_000, 0), ("acquire", "tools", "instagram", 2_500, 0),
    ("acquire", "tools", "google_ads", 1_500, 0), ("acquire", "hours", "instagram", 0, 60),
    ("acquire", "hours", "facebook", 0, 30), ("acquire", "hours", "tiktok", 0, 20), ("acquire", "hours", "google_ads", 0, 16),
    ("acquire", "overhead", "instagram", 2_000, 0), ("keep", "tools", "email", 2_500, 0), ("keep", "content", "email", 2_000, 0),
    ("keep", "hours", "whatsapp", 0, 25), ("serve", "tools", "social", 3_000, 0), ("serve", "tools", "phone", 9_000, 0),
    ("serve", "tools", "email", 2_000, 0),
)  # fmt: skip


def size_of(s: Settings) -> float:
    """Size of the company in units of the default one."""
    return s.people / 12_000


def ad_days(world: World) -> pd.DataFrame:
    """One row per platform, campaign and day: true final spend in kuruş, impressions, reach, clicks, results."""
    s = world.s
    rng = s.rng("ads")
    month = world.month_of_day
    price = world.price[month]
    weight = world.season[-s.days :]
    rows = []
    for source in BASE_NAMES:
        share, _, cost, _, _ = SOURCES[source]
        per_day = s.people * share * 0.72 / s.days * cost
        running = [(BASE_NAMES[source], "", 0, s.days - 1, 0.8 * per_day, "acquire")]
        for c in world.campaigns[world.campaigns.channel == source].itertuples():
            length = c.last - c.first + 1
            purpose = "acquire" if c.purpose == "kazan" else "keep"
            running.append((c.name, c.campaign_id, c.first, c.last, c.budget * size_of(s) * 0.06 / length, purpose))
        for k, (name, campaign, first, last, daily, purpose) in enumerate(running):
            days = np.arange(first, last + 1)
            spend = np.round(daily * price[days] * weight[days] * rng.lognormal(0, 0.18, len(days)) * 100).astype(
                "int64"
            )
            shown = np.round(spend / 100 / (CPM[source] * price[days]) * 1000 * rng.lognormal(0, 0.1, len(days)))
            rows.append(pd.DataFrame({
                "source": source, "campaign": name, "campaign_key": campaign, "day": days, "purpose": purpose,
                "platform_id": str(120_210_000_000_000_000 + 1_000 * list(BASE_NAMES).index(source) + 17 * (k + 1)),
                "spend": spend, "impressions": shown.astype("int64"),
                "clicks": rng.binomial(shown.astype("int64"), 0.011), "month": month[days],
            }))  # fmt: skip
    out = pd.concat(rows, ignore_index=True)
    noise = rng.normal(1, 0.02, len(out))
    out["reach"] = np.maximum((out.impressions / IMPRESSIONS_PER_REACH * noise).astype("int64"), out.impressions > 0)
    out["results"] = rng.binomial(out.clicks, 0.04)
    eur = world.eur[out.day] if s.on("two_currencies") else np.ones(len(out))
    tiktok = (out.source == "tiktok").to_numpy()
    out["currency"] = np.where(tiktok & s.on("two_currencies"), "EUR", "TRY")
    out["amount"] = np.where(tiktok, np.round(out.spend / eur), out.spend).astype(
        "int64"
    )  # cents of the file's currency
    # the truth of a bill in euro is what the file says, at that day's rate
    out["try"] = np.where(out.currency == "EUR", np.round(out.amount / 100 * eur, 4), out.spend / 100)
    return out


def other_costs(world: World, minutes: pd.DataFrame, rewards: pd.Series) -> pd.DataFrame:
    """One row per month, purpose, kind and channel: kuruş and hours, service hours from the minutes of the cases."""
    s = world.s
    rng = s.rng("costs")
    rows = []
    for m, name in enumerate(s.month_names):
        rate = round(HOURLY * world.price[m] * 100)
        for purpose, kind, channel, money, hours in COSTS:
            worked = round(hours * size_of(s) * rng.lognormal(0, 0.1), 1) if hours else 0.0
            amount = (
                round(worked * rate)
                if hours
                else round(money * size_of(s) * world.price[m] * rng.lognormal(0, 0.05) * 100)
            )
            rows.append((name, purpose, kind, channel, amount, worked, rate if hours else 0))
        for channel in ("social", "phone", "email"):
            worked = round(
                float(minutes.loc[(minutes.month == m) & (minutes.channel == channel), "minutes"].sum()) / 60 / 0.7, 1
            )
            rows.append((name, "serve", "hours", channel, round(worked * rate), worked, rate))
        rows.append((name, "acquire", "rewards", "referral", int(rewards.get(m, 0)), 0.0, 0))
    return pd.DataFrame(rows, columns=["month", "purpose", "kind", "channel", "amount", "hours", "rate"])


def touches(world: World, block, orders: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Last identified touch (source) of each web order and the campaign that it carried; '' where none is known."""
    rng = world.s.rng("touches", block.number)
    n = len(orders)
    known = (orders.system == "shopify").to_numpy() & (rng.random(n) < TOUCH_SHARE)
    people = block.people
    person = np.maximum(orders.person.to_numpy(), 0)
    own = people.source.to_numpy()[person]
    first = people.first_day.to_numpy()[person] == orders.day.to_numpy()
    others = np.array(["instagram", "google_ads", "search", "direct", "email", "facebook", "referral", "tiktok"])
    mix = others[rng.choice(len(others), n, p=[0.22, 0.16, 0.18, 0.16, 0.14, 0.08, 0.03, 0.03])]
    keep = (rng.random(n) < np.where(first, 0.8, 0.35)) & ~np.isin(own, ("store", "marketplace", "other"))
    touch = np.where(known, np.where(keep, own, mix), "")
    campaign = np.full(n, "", dtype=object)
    day = orders.day.to_numpy()
    for c in world.campaigns.itertuples():
        fits = (touch == c.channel) & (day >= c.first) & (day <= c.last) & (rng.random(n) < 0.5)
        campaign[fits] = c.name
    return touch, campaign


def sessions(world: World, web_orders: np.ndarray, web_net: np.ndarray) -> pd.DataFrame:
    """Visits of the web shop by month and channel group, from the month's web orders."""
    rng = world.s.rng("sessions")
    groups = {"Organic Search": 0.24, "Paid Social": 0.22, "Organic Social": 0.09, "Paid Search": 0.15, "Direct": 0.17,
              "Email": 0.05, "Referral": 0.04, "Unassigned": 0.03, "(other)": 0.01}  # fmt: skip
    rows = []
    for m, name in enumerate(world.s.month_names):
        for group, share in groups.items():
            visits = int(web_orders[m] / 0.021 * share * rng.lognormal(0, 0.06))
            engaged = int(visits * rng.uniform(0.3, 0.6))
            bought = int(web_orders[m] * share * rng.lognormal(0, 0.1) * 0.93)
            rows.append(
                (
                    name,
                    group,
                    visits,
                    engaged,
                    bought,
                    round(web_net[m] * share * rng.lognormal(0, 0.1) / 100 * 1.18 * 0.93, 2),
                )
            )
    return pd.DataFrame(rows, columns=["month", "group", "sessions", "engaged", "key_events", "revenue"])
