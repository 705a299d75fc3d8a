"""A made-up company as contract tables in memory, with its truth: the sample's people, orders, tests, follows and referrals."""

from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
from service_calibration import table

from scrm_helpers import prices
from scrm_helpers.sample import truth
from scrm_helpers.sample.purchases import CONTAMINATED
from scrm_helpers.sample.world import STORES
from scrm_helpers.scorecard.truth import Truth

PERIOD, STORE_TEST, SEGMENTS = "2026-10", "S1", "value|region|source_group"
LATE = 0.25  # follows whose day the list does not give


def registry(world) -> pd.DataFrame:
    """The sample's tests of persons, and its contaminated campaign as what it could have been: a test of stores drawn by lot."""
    tests = world.experiments.itertuples()
    rows = [(e.experiment_id, e.name, e.metric, "account", SEGMENTS, e.planned, e.first, e.last - 1) for e in tests]
    c = world.campaigns.iloc[CONTAMINATED]
    rows.append((STORE_TEST, c["name"], "spend", "store", None, 0.5, c["first"], c["last"]))
    columns = ["experiment_id", "name", "metric", "unit", "segments", "share_treated", "starts_on", "stops_on"]
    out = pd.DataFrame(rows, columns=columns)
    for day in ("starts_on", "stops_on"):
        out[day] = world.s.first_day + out[day].to_numpy()
    return out.assign(channel=None, step_cost=np.nan, declared_on=out["starts_on"])


def made_of(world, block, given: pd.DataFrame) -> tuple[dict[str, ibis.Table], "Planted"]:
    s, o = world.s, block.sales.orders
    o = o[(o.system != "trendyol") & (o.person >= -1)]
    people = block.people.iloc[: block.buyers]
    ids, n = np.arange(1, len(people) + 1), len(people)
    codes = world.stores["code"].to_numpy()
    sale = _sales(world, o, codes)
    lines = block.sales.lines
    mine = lines[lines.row.isin(o.index)]
    code, day = world.products["code"].to_numpy(), (s.first_day + o.day.reindex(mine.row).to_numpy()).astype("M8[us]")
    first = s.first_day + people.first_day.to_numpy()
    dated = s.rng("follow dates", 0).random(n) >= LATE
    fans = np.flatnonzero(people.follow_day.notna())
    since = s.first_day + people.follow_day.iloc[fans].to_numpy().astype(int)
    shown = dated[fans]
    by_id = pd.Series(ids, index=people.person_id)
    leaked = given.leaked.to_numpy()
    arms = block.arms
    starts = (s.first_day + arms.day.to_numpy()).astype("M8[us]")
    treated = world.treated[CONTAMINATED]
    store_day = np.repeat((s.first_day + world.campaigns["first"].iloc[CONTAMINATED]).astype("M8[us]"), STORES)
    columns = {
        "orders": sale,
        "order_lines": {"order_id": mine.row + 1, "line_no": mine.line_no, "ordered_on": day, "product_id": code[mine["product"]],
                        "quantity": mine.quantity.astype(float), "net": mine.net / 100, "discount": mine.off / 100},
        "products": _products(world),
        "persons": {"account_id": ids, "person_id": ids, "kind": ["consumer"] * n, "is_internal": np.zeros(n, bool)},
        "golden": {"person_id": ids, "kind": ["consumer"] * n, "city": people.city, "source": people.source},
        "customers": {"person_id": ids, "kind": ["consumer"] * n, "first_on": first, "source": people.source},
        "follows": {"account_id": ids[fans], "platform": ["instagram"] * len(fans),
                    "followed_on": pd.Series(since.astype("M8[us]")).where(shown)},
        "referrals": {"referral_id": np.arange(1, len(given) + 1),
                      "referrer_account_id": pd.Series(by_id.loc[given.referrer].to_numpy()).where(~leaked).astype("Int64"),
                      "referred_account_id": by_id.loc[given.referred].to_numpy(), "at": given["at"], "on": given["at"].dt.date,
                      "code": given.code, "reward": np.where(given.reversed, 0.0, 100.0), "discount": np.full(len(given), 50.0)},
        "assignments": {"experiment_id": np.r_[arms.experiment_id, np.repeat(STORE_TEST, STORES)],
                        "unit_id": np.r_[(arms.person + 1).astype(str), codes[:STORES]],
                        "account_id": pd.Series(np.r_[arms.person + 1, np.zeros(STORES, int)]).replace(0, pd.NA).astype("Int64"),
                        "arm": np.r_[arms.arm, np.where(treated, "kampanya", "kontrol")], "assigned_on": np.r_[starts, store_day]},
    }  # fmt: skip
    followers = pd.DataFrame({"person_id": people.person_id.iloc[fans], "followed_on": since, "date_shown": shown})
    given = given.assign(at=pd.to_datetime(given["at"]))
    planted = Planted(world, block, followers=followers, referrals=given)
    return {name: table(name, c, len(next(iter(c.values())))) for name, c in columns.items()}, planted


def _sales(world, o: pd.DataFrame, codes: np.ndarray) -> dict:
    """Sales, and each one's returns as a row of their own a fortnight later (the day changes nothing: it counts on that of the sale)."""
    back = o[o.returned_net > 0]
    both = pd.concat([o, back.assign(net=-back.returned_net)])
    is_back = np.arange(len(both)) >= len(o)
    at = both["at"] + pd.to_timedelta(np.where(is_back, 14, 0), unit="D")
    store = both.store.to_numpy()
    number = np.r_[o.index.to_numpy() + 1, back.index.to_numpy() + 10_000_001]
    return {
        "order_id": number, "account_id": (both.person + 1).where(both.person >= 0).astype("Int64"),
        "ordered_at": at.astype("datetime64[us]") - pd.Timedelta(hours=3), "ordered_on": at.dt.date,
        "kind": np.where(is_back, "return", "sale"), "status": ["completed"] * len(both),
        "channel": np.where(both.system == "logo", "store", "shop"),
        "store_id": pd.Series(np.where(store >= 0, codes[np.maximum(store, 0)], None)),
        "original_order_id": pd.Series(np.where(is_back, number - 10_000_000, 0)).replace(0, pd.NA).astype("Int64"),
        "net": both.net / 100, "discount": np.where(is_back, 0.0, both.off / 100), "is_internal": np.zeros(len(both), bool),
    }  # fmt: skip


def _products(world) -> dict:
    """Unit costs, set anew twice a year, as the sample's product list has them."""
    s, rows = world.s, []
    for p in world.products.itertuples():
        net = p.list / (1 + p.vat / 100) * p.cost_share / 100
        for m in range(0, s.months, 6):
            rows.append((p.code, pd.Period(s.month_names[m], "M").start_time, p.category, net * world.price[m : m + 6].mean()))
    out = pd.DataFrame(rows, columns=["product_id", "valid_from", "category", "unit_cost"])
    return {name: out[name] for name in out}


class Planted(Truth):
    """The truth of a company that was never written to files."""

    def __init__(self, world, block, **more: pd.DataFrame):
        made = SimpleNamespace(people=block.people, source_kept=np.ones(len(block.people), bool))
        self._frames = {
            "people": truth.people_truth(world, block, made), "orders": truth.order_truth(world, block), **more,
        }  # fmt: skip

    def table(self, name: str) -> pd.DataFrame:
        """A planted table."""
        return self._frames[name].copy()


def index_of(world):
    on = [pd.Period(m, "M").start_time for m in world.s.month_names]
    return prices.index_of(pd.DataFrame({"kind": "cpi", "on": on, "value": world.cpi}), PERIOD)


def in_prices(world):
    factors = index_of(world).factors
    return lambda months: months.map(factors).astype(float).fillna(1.0)
