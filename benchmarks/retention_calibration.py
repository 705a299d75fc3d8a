"""Many small made-up companies: are the ranges of 03 and 04 right as often as they claim?

    python benchmarks/retention_calibration.py --seeds 200 --people 1500
    python benchmarks/retention_calibration.py --seeds 200 --minutes 7        stop after so long; started again, it goes on

A range is about customers like these, so its truth is the figure of all companies together (a sum over a sum over all seeds). Who is
who and where each came from is known: only the analysis is on trial. Kept in results/retention_calibration_<people>.txt.
"""

import argparse
import json
import os
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

os.environ |= {"SCRM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
sys.path[:0] = [str(HERE.parent), str(HERE)]
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from service_calibration import table  # noqa: E402

from scrm_helpers import acquisition, periods, retention, sales  # noqa: E402
from scrm_helpers.acquisition.customer_cost import cac_table  # noqa: E402
from scrm_helpers.sample.blocks import make_block  # noqa: E402
from scrm_helpers.sample.settings import settings  # noqa: E402
from scrm_helpers.sample.world import make_world  # noqa: E402
from scrm_helpers.stats import Estimate, clopper_pearson  # noqa: E402
from scrm_helpers.store import month_bits  # noqa: E402

PERIOD, MARGIN, SPENT, DISCOUNT = "2026-10", 0.4, 20_000.0, 0.10
BOUNDS = ("cac_social", "ltv_cac_social", "payback_social")  # of a fixed number of customers: exact Poisson limits may hold more


def company(seed: int, people: int) -> SimpleNamespace:
    """Contract tables of a company without mess and without price rises; each account is a person, its source the true one."""
    chosen = settings(seed=seed, people=people, prospects=people * 5 // 3, mess=0, last_month=PERIOD)
    goods = make_world(settings(seed=1, people=people, prospects=people * 5 // 3, mess=0, last_month=PERIOD)).products
    world = replace(make_world(chosen), products=goods)  # one list of goods: with its own each company has a penetration of its own
    block = make_block(world, 0)
    day0 = pd.Timestamp(world.s.first_day)
    p = block.people.reset_index(drop=True)
    o = block.sales.orders.reset_index(drop=True)
    seen = o[(o.person >= 0) & (o.system != "trendyol") & (o.net > o.returned_net)]  # the marketplace masks its buyers
    at = pd.Series(seen["at"]).astype("datetime64[us]").reset_index(drop=True)
    who, net, n = seen.person.to_numpy() + 1, (seen.net - seen.returned_net).to_numpy() / 100, len(seen)
    orders = table("orders", {
        "order_id": seen.index + 1, "account_id": who, "ordered_at": at - pd.Timedelta(hours=3), "ordered_on": at.dt.date,
        "kind": ["sale"] * n, "status": ["completed"] * n, "channel": ["shop"] * n, "net": net, "is_internal": np.zeros(n, bool),
    }, n)  # fmt: skip
    first = at.groupby(who).min()
    days = first.dt.normalize().dt.date
    months = first.dt.strftime("%Y-%m")
    customers = table("customers", {
        "person_id": first.index, "kind": ["consumer"] * len(first), "first_on": days.to_numpy(), "first_month": months.to_numpy(),
        "source": p["source"].to_numpy()[first.index - 1], "source_basis": ["touch"] * len(first),
        "before_data": (months == months.min()).to_numpy(), "city": p["city"].to_numpy()[first.index - 1],
    }, len(first))  # fmt: skip
    ids = np.arange(1, len(p) + 1)
    persons = table("persons", {
        "account_id": ids, "person_id": ids, "kind": ["consumer"] * len(p), "is_internal": np.zeros(len(p), bool),
    }, len(p))  # fmt: skip
    lead = p[p["lead_day"].notna() & ~p["market"]]
    met = pd.Series(day0 + pd.to_timedelta(np.floor(lead["lead_day"].to_numpy()), unit="D")).astype("datetime64[us]")
    leads = table("leads", {
        "lead_id": lead.index + 1, "account_id": lead.index + 1, "created_at": met, "created_on": met.dt.date,
        "source": lead["source"], "stage": ["lead"] * len(lead),
    }, len(lead))  # fmt: skip
    golden = table("golden", {"person_id": ids, "kind": ["consumer"] * len(p), "city": p["city"]}, len(p))
    row = block.sales.lines[block.sales.lines["row"].isin(seen.index)]
    lines = table("order_lines", {
        "order_id": row["row"] + 1, "line_no": row["line_no"], "ordered_on": o["at"].dt.date.to_numpy()[row["row"]],
        "product_id": goods["code"].to_numpy()[row["product"]], "net": row["net"] / 100,
    }, len(row))  # fmt: skip
    named = {"product_id": goods["code"], "category": goods["category"], "valid_from": [pd.Timestamp(1900, 1, 1).date()] * len(goods)}
    products = table("products", named, len(goods))
    every = periods.between(months.min(), PERIOD)
    share = {"month": every, "category": ["all"] * len(every), "margin_share": [MARGIN] * len(every)}
    return SimpleNamespace(orders=orders, customers=customers, persons=persons, leads=leads, golden=golden, lines=lines,
                           products=products, margins=table("margins", share, len(every)), first_month=months.min())  # fmt: skip


def one(seed: int, people: int) -> list[dict]:
    """The lines of one company: figure, value, low, high, and what its truth is summed from (`pool`)."""
    c = company(seed, people)
    return [*_beginnings(c), *_staying(c), *_worth(c)]


def _beginnings(c: SimpleNamespace) -> list[dict]:
    kept = sales.kept_by_persons(c.orders, c.persons)
    people = acquisition.prospects(c.leads, kept, c.persons, c.golden, period=PERIOD)
    rate = acquisition.purchase_rate(people).set_index("group").loc["social"]
    firsts = acquisition.first_values(c.customers, kept, period=PERIOD, lines=c.lines, products=c.products)
    first = acquisition.order_values(firsts).set_index("group").loc["social"]
    every = acquisition.mean_orders(acquisition.every_value(c.customers, kept, period=PERIOD))
    every = every.set_index("group").loc["social"]
    prospect = acquisition.prospect_value(people, {}).set_index("group").loc["social"]
    return [
        _line("purchase_rate_social", rate, [rate["bought"], rate["prospects"]]),
        _line("first_order_social", first, [first["net"], first["orders"]]),
        _line("order_social", every, [every["net"], every["orders"]]),
        _line("prospect_social", prospect, [prospect["value"] * prospect["observed"], prospect["observed"]]),
    ]


def _staying(c: SimpleNamespace) -> list[dict]:
    as_of = periods.as_of(PERIOD)
    bought = retention.purchases(c.orders, c.persons).cache()
    seen = retention.activity(bought, c.customers, bits=month_bits)
    kept = retention.retention(retention.counts(seen, through=as_of)).set_index("group")
    cells = retention.pooled(retention.triangle(retention.sizes(seen), through=as_of), with_first=False).set_index("age").loc[6]
    again = retention.repurchase(bought, c.customers, through=as_of).set_index("group").loc["all"]
    owned = retention.penetration(bought, c.lines, c.products, c.customers, through=as_of)
    owned = owned[owned["group"] == "all"].sort_values("category").iloc[0]
    pairs = retention.revenue_now_and_then(retention.of_consumers(retention.booked(c.orders, c.persons)), c.customers, through=as_of)
    same = retention.same_customer(pairs).set_index(["group", "variant"])
    spans = retention.durations(bought, c.customers, as_of=as_of)
    half = retention.curve(spans, at=[180.0]).set_index("group")
    out = [_line(f"kept_{g}", kept.loc[g], [kept.loc[g, "retained"], kept.loc[g, "persons"]]) for g in ("all", "social", "other_known")]
    out += [_line(f"second_order_{g}", half.loc[g].rename({"share": "value"}), [half.loc[g, "share"] * half.loc[g, "n"], half.loc[g, "n"]])
            for g in ("all", "social")]  # fmt: skip
    out += [_line(f"same_customer_{v}", same.loc[("all", v)], [same.loc[("all", v), "net_now"], same.loc[("all", v), "net_then"]])
            for v in ("net", "gross")]  # fmt: skip
    return [*out, _line("cohort_month_6", cells, [cells["retained"], cells["at_risk"]]),
            _line("repurchase", again, [again["repeat_buyers"], again["buyers"]]),
            _line("penetration", owned, [owned["owners"], owned["active"]])]  # fmt: skip


def _worth(c: SimpleNamespace) -> list[dict]:
    """Margin of the first year, the cost of a customer, their ratio, and the month that earns the cost back, of social."""
    as_of = periods.as_of(PERIOD)
    found = retention.margins(retention.booked(c.orders, c.persons), c.lines, c.products, c.margins, c.customers, as_of=as_of)
    worth = retention.ltv(found, c.customers, through=as_of, discount=DISCOUNT).set_index("group").loc["social"]
    months = periods.between(periods.shift(PERIOD, -11), PERIOD)
    names = ["month", "source", "purpose", "kind", "contact_channel", "amount", "low", "high"]
    spent = pd.DataFrame([(m, "instagram", "acquire", "media", "", SPENT, SPENT, SPENT) for m in months], columns=names)
    new = acquisition.new_by_month(c.customers)
    no_draws = pd.DataFrame(columns=["draw", "month", "kind", "source", "customers"])
    cost = cac_table(spent, new, no_draws, period=PERIOD, first_month=c.first_month)
    cost = cost[(cost["window"] == "12m") & (cost["source"] == "social")].iloc[0]
    side = lambda row, n: Estimate(row["value"], row["low"], row["high"], 0.9, int(n), "")  # noqa: E731
    ratio = retention.ltv_to_cac(side(worth, worth["customers"]), side(cost, cost["customers"]))
    curve = retention.payback_curve(found, c.customers, through=as_of, discount=DISCOUNT)
    curve = curve[curve["group"] == "social"]
    month, early, late = (retention.payback(curve, cost[e]) for e in ("value", "low", "high"))
    paid = {"figure": "payback_social", "value": month, "low": early, "high": 10**6 if late is None and early is not None else late}
    both = [float(cost["cost"]), float(cost["customers"])]
    paid["pool"] = [*both, *curve["margin"].to_list(), *curve["customers"].astype(float).to_list()]
    gained = [float(worth["value"] * worth["customers"]), float(worth["customers"])]
    return [
        _line("cac_social", cost, both), _line("ltv_social", worth, gained),
        {"figure": "ltv_cac_social", "value": ratio.value, "low": ratio.low, "high": ratio.high, "pool": [*gained, *both]}, paid,
    ]  # fmt: skip


def _line(figure: str, row, pool: list) -> dict:
    numbers = {name: None if pd.isna(row[name]) else float(row[name]) for name in ("value", "low", "high")}
    return {"figure": figure, **numbers, "pool": [float(v) for v in pool]}


def truth(figure: str, pool: np.ndarray) -> float:
    """The figure of all companies together, from the sums of their pools."""
    if figure == "ltv_cac_social":
        return pool[0] / pool[1] / (pool[2] / pool[3])
    if figure == "payback_social":
        gain, n = np.split(pool[2:], 2)
        each = np.divide(gain, n, out=np.zeros(len(n)), where=n > 0) / (1 + DISCOUNT) ** (np.arange(len(n)) / 12)
        reached = np.flatnonzero(np.cumsum(each) >= pool[0] / pool[1])
        return float(reached[0] + 1) if len(reached) else float("inf")
    return pool[0] / pool[1]


def judged(kept: list[dict]) -> pd.DataFrame:
    """Counts, bias and coverage with the exact 99% interval. Grain: one figure."""
    rows = pd.DataFrame([line | {"seed": k["seed"]} for k in kept for line in k["lines"]])
    out = []
    for figure, mine in rows.groupby("figure", sort=False):
        longest = max(map(len, mine["pool"]))
        pools = np.array([p for p in mine["pool"] if len(p) == longest])
        true = truth(figure, pools.sum(axis=0))
        held = mine.dropna(subset=["low", "high"])
        inside = int(((held["low"] <= true) & (true <= held["high"])).sum())
        share, low, high = clopper_pearson(inside, len(held), 0.99)[:3]
        verdict = "under" if high < 0.9 else "over" if low > 0.9 else "holds"
        gap = mine["value"] - true
        out.append((figure, len(mine), true, gap.mean(), gap.std() / np.sqrt(len(gap)), len(held), inside, share, low, high, verdict))
    names = ["figure", "seeds", "truth", "bias", "bias_se", "ranges", "inside", "coverage", "low_99", "high_99", "verdict"]
    return pd.DataFrame(out, columns=names)


def report(kept: list[dict], people: int) -> str:
    """The table as text."""
    shown = judged(kept).to_string(index=False, float_format=lambda v: f"{v:.4g}")
    return f"{len(kept)} companies of {people} people; ranges of 90%; truth: all companies together\n{shown}\n"


def main() -> None:
    """The command."""
    say = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    say.add_argument("--seeds", type=int, default=100)
    say.add_argument("--people", type=int, default=1500)
    say.add_argument("--minutes", type=float, default=60.0, help="stop making new companies after so long")
    given = say.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"retention_calibration_{given.people}.jsonl"
    kept = {json.loads(line)["seed"]: json.loads(line) for line in path.read_text().splitlines()} if path.is_file() else {}
    started = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        for seed in range(1, given.seeds + 1):
            if seed in kept or time.monotonic() - started > 60 * given.minutes:
                continue
            kept[seed] = {"seed": seed, "lines": one(seed, given.people)}
            file.write(json.dumps(kept[seed]) + "\n")
            file.flush()
    text = report([kept[s] for s in sorted(kept) if s <= given.seeds], given.people)
    (RESULTS / f"retention_calibration_{given.people}.txt").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
