"""Makes the whole company: block by block the people's files, then what concerns all of them, then truth and marker."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.sample import goals, marketing, service, tally, truth
from scrm_helpers.sample.blocks import Block, make_block
from scrm_helpers.sample.raw import ads as ad_files
from scrm_helpers.sample.raw import crm, desk, erp, registers, sheets, shop
from scrm_helpers.sample.records import make_records, pick
from scrm_helpers.sample.settings import Settings, settings
from scrm_helpers.sample.words import COMPANY, LANGUAGE
from scrm_helpers.sample.world import World, make_world
from scrm_helpers.texts import tell

MARKER = "MADE_UP_DATA.json"
VERSION = 1  # raised whenever the same seed gives other bytes


def write(
    root: Path,
    *,
    seed: int = 1,
    people: int = 12_000,
    prospects: int | None = None,
    months: int = 24,
    last_month: str = "2026-10",
    mess: int = 1,
    switches=None,
    block: int = 25_000,
    progress=None,
) -> dict:
    """Writes the company of these settings under `root` (its `raw` and `truth` are replaced); returns a summary.

    `people` buy at least once in the window of `months` calendar months that ends with `last_month`; `prospects` leave a
    lead and never buy (left out: five for three buyers). `mess` is 0, 1 or 2; `switches` sets kinds of mess on or off by
    name (see `MESS`). `progress` is called with a sentence and a share done. Memory grows with `block`, the number of
    people made at a time.
    """
    s = settings(
        seed=seed,
        people=people,
        prospects=round(people * 5 / 3) if prospects is None else prospects,
        months=months,
        last_month=last_month,
        mess=mess,
        switches=switches,
        block=block,
    )
    root = Path(root)
    say = progress or (lambda text, share: None)
    raw = _fresh(root)
    world = make_world(s)
    store = truth.Store(root / "truth")
    sums = tally.Tally(world)
    defects: list[pd.DataFrame] = []
    for number in range(s.blocks):
        say(f"people, block {number + 1} of {s.blocks}", number / (s.blocks + 1))
        defects += _block(world, number, raw, store, sums)
    say("files of the whole company", s.blocks / (s.blocks + 1))
    defects += _company(world, raw, store, sums)
    store.add("defects", pd.concat(defects, ignore_index=True)[["file", "row_id", "kind"]].astype(str))
    store.close()
    return _sign(s, raw, store)


def refuse_real(raw: Path) -> None:
    """FileExistsError where a raw folder holds anything but an earlier made-up company; to be asked before anything is removed."""
    if raw.exists() and any(raw.iterdir()) and not (raw / MARKER).exists():
        raise ToldError(tell("told.sample.real", folder=str(raw), marker=MARKER))


def _fresh(root: Path) -> Path:
    """Empty folders; anything but an earlier made-up company there is left alone and refused."""
    raw = root / "raw"
    refuse_real(raw)
    for folder in (raw, root / "truth"):
        if folder.exists():
            shutil.rmtree(folder)
    raw.mkdir(parents=True)
    return raw


def _block(world: World, number: int, raw: Path, store: truth.Store, sums: "tally.Tally") -> list[pd.DataFrame]:
    block = make_block(world, number)
    records = make_records(world, block)
    orders = block.sales.orders
    orders["touch"], orders["touch_campaign"] = marketing.touches(world, block, orders)
    rng = world.s.rng("which record", number)
    shopify = pick(rng, records.shopify, orders.person.to_numpy())
    card = pick(rng, records.logo, orders.person.to_numpy())
    orders["record"] = np.where(orders.system == "shopify", shopify, np.where(orders.system == "logo", card, -1))
    defects = [records.defects, erp.invoice_lines(world, block, records.logo, raw)]
    erp.customer_cards(world, number, records.logo, raw)
    defects.append(shop.shopify_orders(world, block, records, raw))
    defects.append(shop.trendyol_orders(world, block, raw))
    defects.append(crm.hubspot_contacts(world, block, records, raw))
    defects.append(crm.iys_consents(world, block, records, raw))
    store.add("followers", truth.follower_truth(block, crm.followers(world, block, records, raw)))
    referred = crm.referrals(world, block, records, raw)
    store.add("referrals", referred)
    store.add("assignments", crm.assignments(world, block, records, raw))
    crm.send_lists(world, block, records, raw)
    first_shop = orders[orders.system == "logo"].groupby("person").day.min().reindex(range(block.buyers)).to_numpy()
    asked, wrong = crm.who_sent(world, block, first_shop)
    sums.who_sent += asked
    defects.append(wrong)
    cases = service.make_cases(world, block)
    links, planted = desk.zendesk(world, block, records, cases, raw)
    defects.append(planted)
    desk.surveys(world, block, records, service.survey_rows(world, block, cases), raw)
    _truth(world, block, records, links, cases, store)
    sums.add(block, cases, referred)
    return defects


def _truth(world: World, block: Block, records, links: pd.DataFrame, cases: pd.DataFrame, store: truth.Store) -> None:
    store.add("people", truth.people_truth(world, block, records))
    store.add("persons", truth.person_links(block, records, links))
    store.add("orders", truth.order_truth(world, block))
    store.add("cases", truth.case_truth(block, cases))


def _company(world: World, raw: Path, store: truth.Store, sums: "tally.Tally") -> list[pd.DataFrame]:
    s = world.s
    days = marketing.ad_days(world)
    costs = marketing.other_costs(world, sums.minutes_by_month(), sums.rewards)
    calls = service.call_days(world, sums.calls, sums.active_by_month())
    defects = [ad_files.meta(world, days, raw)]
    ad_files.google(world, days, raw)
    defects.append(ad_files.tiktok(world, days, raw))
    ad_files.ga4(world, marketing.sessions(world, sums.web_orders, sums.web_net), raw)
    ad_files.business_profile(world, raw)
    ad_files.posts(world, raw)
    defects += [
        desk.call_sheet(world, calls, raw),
        sheets.campaign_calendar(world, raw),
        sheets.costs(world, costs, raw),
    ]
    defects.append(registers.registers(world, raw))
    spend = tally.spend_by_month(world, days, costs)
    sheets.ledger(world, sums.revenue, spend, raw)
    sheets.rates(world, raw)
    sheets.who_sent_sheet(sums.who_sent, raw)
    headline = sums.headline(days, costs)
    sheets.goals(world, goals.promises(world, headline), raw)
    (raw / "sources.yml").write_text(
        f'company:\n  name: "{COMPANY}"\n  currency: TRY\n  time_zone: Europe/Istanbul\n  country: TR\n  language: {LANGUAGE}\n',
        encoding="utf-8",
    )
    store.add("spend", truth.spend_truth(world, days))
    store.add("costs", costs)
    store.add("campaigns", sums.campaign_truth())
    store.add("campaign_stores", sums.campaign_stores())
    store.add("experiments", sums.experiment_truth())
    store.add("service", sums.service_truth(costs))
    store.add("calls", calls.assign(on=s.first_day + calls.day.to_numpy()))
    store.add("revenue", sums.revenue.reset_index())
    store.add("headline", headline)
    (store.root / "planted.json").write_text(json.dumps(truth.planted(world), indent=1) + "\n", encoding="utf-8")
    return defects


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sign(s: Settings, raw: Path, store: truth.Store) -> dict:
    """The marker by which a run knows made-up data, with the digest of every raw file."""
    files = sorted(p for p in raw.rglob("*") if p.is_file())
    summary = {
        "made_up": True, "company": COMPANY, "version": VERSION, "seed": s.seed, "people": s.people, "prospects": s.prospects,
        "months": s.months, "first_month": s.month_names[0], "last_month": s.last_month, "mess": s.mess,
        "switches": dict(sorted(s.switches.items())), "truth_rows": dict(sorted(store.rows.items())),
        "files": {p.relative_to(raw).as_posix(): _digest(p) for p in files},
    }  # fmt: skip
    (raw / MARKER).write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return summary
