"""Made-up companies read by 07 and 08 alone: are tests, followers and referrals told right as often as claimed?

People, orders, tests, follows and referrals are the sample's own; they come as contract tables (who is who is known), so that only
these two analyses are on trial and a company may be as large as its tests need. The truth of followers and referrals is the score
card's own (`scorecard.numbers`); that of a test is what its treated really bought more, after returns.
"""

import json
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
from segments_made import PERIOD, STORE_TEST, in_prices, index_of, made_of, registry

from scrm_helpers import audiences, experiments, periods, prices, segmentation
from scrm_helpers.audiences import words
from scrm_helpers.findings import Context
from scrm_helpers.metrics import LEVEL
from scrm_helpers.sample import tests_ab
from scrm_helpers.sample.blocks import make_block
from scrm_helpers.sample.people import ANYWAY
from scrm_helpers.sample.purchases import CONTAMINATED
from scrm_helpers.sample.raw import crm
from scrm_helpers.sample.settings import settings
from scrm_helpers.sample.world import STORES, make_world
from scrm_helpers.scorecard import numbers
from scrm_helpers.stats import bootstrap_mean, clopper_pearson, difference, difference_of_shares

INVITED, BUYS = 6000, 0.08  # per arm of the planted test of referral, and how many of the invited buy
TABLES = ("orders", "order_lines", "products", "persons", "golden", "customers", "follows", "referrals", "assignments")


def one(seed: int, people: int) -> list[dict]:
    """The lines of one company: figure, value, low, high, truth (blank where nothing was said or nothing is to be held)."""
    switches = {"price_rises": True, "contaminated_store": True}
    world = make_world(settings(seed=seed, people=people, prospects=50, mess=0, last_month=PERIOD, switches=switches))
    block = make_block(world, 0)
    block.sales.orders["touch"] = ""  # what an order came through is no matter here
    with tempfile.TemporaryDirectory() as folder:
        given = crm.referrals(world, block, SimpleNamespace(people=block.people), Path(folder))
    made, planted = made_of(world, block, given)
    ibis.get_backend().raw_sql("SET threads = 1")
    held = {name: made[name].cache() for name in TABLES}
    read = lambda name: held[name]  # noqa: E731
    names = ("assignments", "orders", "persons", "golden", "order_lines", "products", "customers")
    readings = experiments.read_all(registry(world), *[read(n) for n in names], as_of=periods.as_of(PERIOD))
    lines = [line for r in readings for line in _test_lines(r, world, block)]
    said = SimpleNamespace(period=PERIOD, as_of=pd.Timestamp(periods.as_of(PERIOD)), in_prices=in_prices(world), findings={})
    lines += _follower_lines(read, said, planted, index_of(world), world)
    return lines + _referral_lines(read, said, planted, seed)


def line(figure: str, value=None, low=None, high=None, true=None) -> dict:
    """One line of a company, numbers as plain floats."""
    plain = (None if v is None or pd.isna(v) else float(v) for v in (value, low, high, true))
    return {"figure": figure} | dict(zip(("value", "low", "high", "truth"), plain, strict=True))


def _test_lines(r, world, block) -> list[dict]:
    """Withheld or not; else the range of orders and of spend, and whether an effect is claimed, overall and in any segment."""
    name, metrics = r.trial.id, ("spend", "orders")
    if name == tests_ab.BROKEN:
        naive = _naive(world, block)
        return [line("T3: withheld (1) or told (0)", float(r.verdict == "invalid"), true=1.0), naive]
    if not r.effects:
        return [line(f"{name}: withheld or too few", 1.0)]
    found = [(m, r.effects[m].adjusted) for m in metrics]
    if name == STORE_TEST:
        real, drawn = _stores(world, block)
        return [
            *(line(f"S1, contaminated control: {m} of those drawn", d.value, d.low, d.high, drawn[m]) for m, d in found),
            *(line(f"S1: {m} of a store that ran it, for comparison", d.value, d.low, d.high, real[m]) for m, d in found),
        ]
    extra = _extra(block, name)
    out = [line(f"{name}: {m}", d.value, d.low, d.high, extra[m]) for m, d in found]
    own = dict(found)[r.trial.metric]
    out.append(line(f"{name}: withheld or too few", 0.0))
    out.append(line(f"{name}: effect claimed", float(own.low > 0 or own.high < 0)))
    parts = r.segments.dropna(subset=["low", "high"])
    out.append(line(f"{name}: effect claimed in any segment", float(((parts["low"] > 0) | (parts["high"] < 0)).any())))
    return [*out, line(f"{name}: any segment said to differ", float(len(experiments.differing(r.segments)) > 0))]


def _extra(block, test: str) -> dict[str, float]:
    """What the treated really bought more, per treated person: kept orders and net after returns (TL)."""
    o = block.sales.orders
    mine = o[(o.cause == "experiment") & (o.caused_by == test) & (o.system != "trendyol")]
    arms = block.arms[(block.arms.experiment_id == test) & (block.arms.arm != "kontrol")]
    mine = mine[mine.person.isin(arms.person)]
    kept = mine.net - mine.returned_net
    return {"orders": float((kept > 0).sum()) / len(arms), "spend": float(kept.sum()) / 100 / len(arms)}


def _naive(world, block) -> dict:
    """The broken test read all the same: Welch on spend per person of the recorded arms."""
    e = world.experiments.set_index("experiment_id").loc[tests_ab.BROKEN]
    o = block.sales.orders
    inside = o[(o.day >= e["first"]) & (o.day < e["last"]) & (o.person >= 0) & (o.system != "trendyol")]
    spent = ((inside.net - inside.returned_net) / 100).groupby(inside.person).sum()
    arms = block.arms[block.arms.experiment_id == tests_ab.BROKEN]
    spent = arms.person.map(spent).fillna(0.0)
    treated = arms.arm != "kontrol"
    found = difference(spent[treated], spent[~treated], LEVEL)
    return line("T3, naive: told all the same", found.value, found.low, found.high, _extra(block, tests_ab.BROKEN)["spend"])


def _stores(world, block) -> tuple[dict, dict]:
    """Extra per store that really ran the campaign, and the gap of the arms as they were drawn, per store."""
    c = world.campaigns.iloc[CONTAMINATED]
    o = block.sales.orders
    mine = o[(o.caused_by == c["campaign_id"]) & (o.store >= 0) & (o.store < STORES)]
    kept = mine.net - mine.returned_net
    treated = world.treated[CONTAMINATED]
    real, drawn = {}, {}
    for metric, values in (("orders", (kept > 0).astype(float)), ("spend", kept / 100)):
        by = np.bincount(mine.store, weights=values, minlength=STORES)
        real[metric], drawn[metric] = by[treated].mean(), by[treated].mean() - by[~treated].mean()
    return real, drawn


def _follower_lines(read, said, planted, index, world) -> list[dict]:
    as_of = periods.as_of(PERIOD)
    facts = segmentation.facts(
        *(read(n) for n in ("orders", "persons", "golden", "order_lines", "products")), as_of=as_of, customers=read("customers")
    )
    people = audiences.people(facts, read("golden"), read("follows"), read("persons"), as_of=as_of)
    factors = prices.factors_for(index, 12, world.s.month_names[0], PERIOD)
    found = audiences.follower_spend(people, read("orders"), read("persons"), read("follows"), as_of=as_of, factors=factors)
    context = Context("08_audiences", PERIOD, "en")
    none = experiments.tested_gaps([])
    said.findings = {f.id: f for f in words.follower_findings(context, found, none)}
    row = numbers.followers(said, planted)
    naive = found.like.raw if found.like else None
    parts = [("follower spend", row.value, row.low, row.high)]
    if naive is not None:
        parts += [("followers, naive: raw gap", naive.value, naive.low, naive.high)]
        parts += [("followers, regression alone", *found.like.robust[:3])]
        parts += [("followers, change alone", *found.change[:3])] if found.change else []
    lines = [line(*part, row.truth) for part in parts]
    return [*lines, line("followers: placebo failed", None if found.placebo_failed is None else float(found.placebo_failed))]


def _referral_lines(read, said, planted, seed: int) -> list[dict]:
    names = ("referrals", "orders", "order_lines", "products", "persons")
    rows = audiences.referral_rows(*(read(n) for n in names), as_of=periods.as_of(PERIOD))
    context, none = Context("08_audiences", PERIOD, "en"), experiments.tested_gaps([])
    out = []
    for figure, gaps in (("referral, no test", none), ("referral, tested", _tested(seed))):
        found = audiences.net_value(rows, gaps)
        said.findings = {f.id: f for f in words.referral_findings(context, found)}
        row = numbers.referrals(said, planted)
        out.append(line(figure, row.value, row.low, row.high, row.truth))
    naive = bootstrap_mean(found.referrers["at_one"].to_numpy(), LEVEL, seed=1, draws=2000)
    return [*out, line("referral, naive: all of it counted", naive.value, naive.low, naive.high, row.truth)]


def _tested(seed: int) -> pd.DataFrame:
    """`tested_gaps` of a test of referral: with the reward 8 of 100 invited buy, without it those who would have come anyway."""
    rng = np.random.default_rng([seed, 78])
    bought, anyway = rng.binomial(INVITED, BUYS), rng.binomial(INVITED, BUYS * ANYWAY)
    gap = difference_of_shares(int(bought), INVITED, int(anyway), INVITED, LEVEL)
    row = {"experiment_id": "R1", "channel": "referral", "segment": "all", "level_of": "all", "metric": "conversion", "grade": "A",
           "control": anyway / INVITED, "value": gap.value, "low": gap.low, "high": gap.high}  # fmt: skip
    return pd.DataFrame([row]).reindex(columns=experiments.tested_gaps([]).columns)


def told(seeds: int, people: int, kept: Path, *, minutes: float = np.inf, report=None) -> list[str]:
    """Runs the companies that are not yet in `kept` (a JSON line each) and tells of all: ranges, and shares of yes and no."""
    done = [json.loads(text) for text in kept.read_text().splitlines()] if kept.is_file() else []
    started = time.process_time()
    with kept.open("a", encoding="utf-8") as file:
        for seed in sorted(set(range(1, seeds + 1)) - {d["seed"] for d in done}):
            if time.process_time() - started > 60 * minutes:
                break
            done.append({"seed": seed, "lines": one(seed, people)})
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
            if report:
                report(f"company {seed} of {seeds}, {time.process_time() - started:.0f} CPU seconds")
    rows = pd.DataFrame([each | {"seed": d["seed"]} for d in done for each in d["lines"]])
    yes_no = rows[rows["low"].isna() & rows["high"].isna()].groupby("figure", sort=False)
    yes_no = [(name, part) for name, part in yes_no if part["value"].isin([0.0, 1.0]).all()]
    ranges = rows[~rows["figure"].isin([name for name, _ in yes_no])]
    return [
        f"{len(done)} companies of {people:,} people; ranges of {LEVEL:.0%}; exact 99% intervals of the counts",
        pd.DataFrame([held(*each) for each in ranges.groupby("figure", sort=False)]).to_string(index=False),
        "",
        pd.DataFrame([answered(*each) for each in yes_no]).to_string(index=False),
    ]


def held(figure: str, rows: pd.DataFrame) -> dict:
    """How often a figure was said, by how much it missed, and how often its range holds the truth."""
    ranged = rows.dropna(subset=["low", "high", "truth"])
    inside = int(((ranged["low"] <= ranged["truth"]) & (ranged["truth"] <= ranged["high"])).sum())
    above_0 = int(((ranged["low"] > 0) | (ranged["high"] < 0)).sum())
    out = {"figure": figure, "companies": len(rows), "ranges": len(ranged), "truth": f"{rows['truth'].mean():.4g}"}
    gap = rows["value"] - rows["truth"]
    out |= {"bias": f"{gap.mean():.3g}" if gap.notna().any() else "-", "without 0": above_0, "inside": inside}
    if not len(ranged):
        return out | {"coverage": "-", "99%": "-", "verdict": "never said"}
    found = clopper_pearson(inside, len(ranged), 0.99)
    verdict = "under" if found.high < LEVEL else "over" if found.low > LEVEL else "holds"
    return out | {"coverage": f"{found.value:.1%}", "99%": f"{found.low:.1%} to {found.high:.1%}", "verdict": verdict}


def answered(figure: str, rows: pd.DataFrame) -> dict:
    """In how many companies a question was answered yes."""
    hits = int(rows["value"].sum())
    found = clopper_pearson(hits, len(rows), 0.99)
    ends = f"{found.low:.1%} to {found.high:.1%}"
    return {"answer": figure, "companies": len(rows), "yes": hits, "share": f"{found.value:.1%}", "99%": ends}
