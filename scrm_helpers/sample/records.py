"""Records of persons in each system: CRM contacts, ERP cards, web-shop accounts, with the true link of each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scrm_helpers.sample import mess
from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.purchases import FIRMS
from scrm_helpers.sample.words import ADS, HUBSPOT, LAST, PROVINCES, SPECODE, upper_tr
from scrm_helpers.sample.world import STORES, World

# share of persons whose source nobody kept: not at random
UNKNOWN = {"ads": 0.12, "store": 0.45, "rest": 0.02}
BLANK = 1 / 15  # of those, the source is blank; of the others a colleague's entry hides it
STORE_CONTACT = 0.25  # store customers who are also in the CRM
OWNERS = ("elif.kaya@ornek.example", "can.demir@ornek.example", "derya.koc@ornek.example")


@dataclass(frozen=True)
class Records:
    """`hubspot`, `logo`, `shopify`: one row per record, `person` is the row of the block (firms -2 and below)."""

    people: pd.DataFrame  # persons with the contacts that they give (relatives' ones among them)
    hubspot: pd.DataFrame
    logo: pd.DataFrame
    shopify: pd.DataFrame
    source_kept: np.ndarray  # per person: whether any system still holds the true source
    defects: pd.DataFrame


def make_records(world: World, block: Block) -> Records:
    """All records of a block."""
    s, people = world.s, block.people
    orders = block.sales.orders
    n = len(people)
    given = mess.share_contacts(s, block.number, people)
    first_web = _first(orders, "shopify", n)
    first_shop = _first(orders, "logo", n)
    rng = s.rng("records", block.number)
    lead = people.lead_day.to_numpy()
    in_crm = ~np.isnan(lead) | (first_web < np.inf) | ((first_shop < np.inf) & (rng.random(n) < STORE_CONTACT))
    invited = np.zeros(n, bool)
    invited[block.arms.person.to_numpy()] = True  # tests and mailings run through the CRM
    sent = [c for c in people if c.startswith("sent_")]
    in_crm |= invited | people[sent].any(axis=1).to_numpy()
    known = np.minimum(np.nan_to_num(lead, nan=np.inf), np.minimum(first_web, first_shop))
    early = people.first_day.to_numpy() < 0
    known = np.where((early & np.isnan(lead)) | np.isinf(known), people.first_day, known)
    base = pd.DataFrame({
        "person": np.arange(n), "given": given["first"], "family": given["last"], "email": given.email,
        "phone": given.phone, "city": given.city, "district": given.district,
    })  # fmt: skip
    hide = _hidden(s, block.number, people)
    found = []
    hubspot, d = _hubspot(world, block, base[in_crm], known, hide, first_web)
    found.append(d)
    shopify, d = _shopify(world, block, base[first_web < np.inf], first_web)
    found.append(d)
    cards, d = _cards(
        world, block, base[first_shop < np.inf], np.where(early, people.first_day, first_shop), in_crm, hide
    )
    found.append(d)
    return Records(given, hubspot, cards, shopify, hide == 0, pd.concat(found, ignore_index=True))


def _first(orders: pd.DataFrame, system: str, n: int) -> np.ndarray:
    mine = orders[(orders.system == system) & (orders.person >= 0)]
    out = np.full(n, np.inf)
    np.minimum.at(out, mine.person.to_numpy(), mine.day.to_numpy())
    return out


def _hidden(s, block: int, people: pd.DataFrame) -> np.ndarray:
    """0 source kept, 1 hidden by a colleague's entry, 2 blank."""
    rng = s.rng("hidden", block)
    rate = np.where(
        people.source.isin(ADS), UNKNOWN["ads"], np.where(people.source == "store", UNKNOWN["store"], UNKNOWN["rest"])
    )
    gone = rng.random(len(people)) < rate * s.rate("source_missing")
    return np.where(gone, np.where(rng.random(len(people)) < BLANK, 2, 1), 0)


def _stamp(world: World, rng, day: np.ndarray) -> np.ndarray:
    seconds = rng.integers(9 * 3600, 21 * 3600, len(day))
    return world.s.first_day.astype("M8[s]") + (np.floor(day) * 86400 + seconds).astype("int64").astype("m8[s]")


def campaign_at(world: World, source: np.ndarray, day: np.ndarray, rng) -> np.ndarray:
    """Name of a campaign that ran on the person's channel that day ('' where none, or where it was not noted)."""
    out = np.full(len(source), "", dtype=object)
    for c in world.campaigns.itertuples():
        fits = (source == c.channel) & (day >= c.first) & (day <= c.last) & (rng.random(len(source)) < 0.7)
        out[fits] = c.name
    return out


def _hubspot(world, block, base, known, hide, first_web) -> tuple[pd.DataFrame, pd.DataFrame]:
    s, rng = world.s, world.s.rng("hubspot", block.number)
    rows = base.assign(created=_stamp(world, rng, known[base.person]))
    rows["email"] = np.where((rng.random(len(rows)) < 0.08) & (first_web[rows.person] == np.inf), "", rows.email)
    rows["phone"] = np.where(rng.random(len(rows)) < 0.25, 0, rows.phone)
    rows = mess.double(s, rng, rows)
    rows, defects = mess.smudge(s, rng, rows, "hubspot/hubspot_contacts.csv")
    source = block.people.source.to_numpy()[rows.person]
    day = known[rows.person]
    rows["source"] = source
    hidden = hide[rows.person]
    # a later record of the same person was keyed by a colleague: the first source is lost on it
    hidden = np.where((rows["copy"] > 0) & (rng.random(len(rows)) < 0.6) & s.on("source_missing"), 1, hidden)
    rows["original"] = [HUBSPOT.get(k, ("", ("",)))[0] for k in source]
    rows["drill1"] = _spelled(s, rng, source)
    rows["drill2"] = campaign_at(world, source, day, rng)
    organic = (rows.original == "Paid Social") & (rng.random(len(rows)) < 0.25)
    rows["original"] = np.where(organic, "Organic Social", rows.original)
    rows["original"] = np.where(hidden == 1, "Offline Sources", np.where(hidden == 2, "", rows.original))
    rows["drill1"] = np.where(hidden == 1, "CRM_UI", np.where(hidden == 2, "", rows.drill1))
    owner = np.array(OWNERS)[rng.integers(0, len(OWNERS), len(rows))]
    rows["drill2"] = np.where(hidden == 1, owner, np.where(hidden == 2, "", rows.drill2))
    rows["customer"] = (first_web[rows.person] < np.inf) | (rng.random(len(rows)) < 0.1)
    order = rows.created.to_numpy().argsort(kind="stable")
    number = np.empty(len(rows), "int64")
    number[order] = np.arange(len(rows)) + 1001 + block.number * 5_000_000
    rows["record"] = number
    late = rows.created.to_numpy() >= s.end_day.astype("M8[s]")
    defects["row_id"] = number[defects.pop("row")].astype(str)
    doubles = rows[rows["copy"] > 0]
    defects = pd.concat(
        [
            defects,
            pd.DataFrame(
                {
                    "file": "hubspot/hubspot_contacts.csv",
                    "kind": "double_accounts",
                    "row_id": doubles.record.astype(str),
                }
            ),
        ]
    )
    rows["created"] = np.where(late, s.end_day.astype("M8[s]") - np.timedelta64(3600, "s"), rows.created.to_numpy())
    return rows.sort_values("record", ignore_index=True), defects


def _spelled(s, rng, source: np.ndarray) -> np.ndarray:
    out = np.full(len(source), "", dtype=object)
    for name, (_, forms) in HUBSPOT.items():
        here = np.flatnonzero(source == name)
        weight = np.array([0.5] + [0.5 / max(len(forms) - 1, 1)] * (len(forms) - 1))
        pick = (
            rng.choice(len(forms), len(here), p=weight / weight.sum())
            if s.on("source_spelling")
            else np.zeros(len(here), int)
        )
        out[here] = np.array(forms, dtype=object)[pick]
    return out


def _shopify(world, block, base, first_web) -> tuple[pd.DataFrame, pd.DataFrame]:
    s, rng = world.s, world.s.rng("shopify", block.number)
    rows = base.assign(created=_stamp(world, rng, first_web[base.person]))
    rows = mess.double(s, rng, rows)
    # a web order always has an address: a further account without one used a new one
    blank = (rows.email == "").to_numpy()
    rows["email"] = np.where(
        blank, "b" + rows["copy"].astype(str) + "." + base.email.reindex(rows.person).to_numpy(), rows.email
    )
    rows["phone"] = np.where(rng.random(len(rows)) < 0.12, 0, rows.phone)
    rows, defects = mess.smudge(s, rng, rows, "shopify/customers_export.csv")
    rows["record"] = 7_000_000_000_000 + block.number * 10_000_000 + np.arange(len(rows)) * 3 + 101
    defects["row_id"] = rows.record.to_numpy()[defects.pop("row")].astype(str)
    doubles = rows[rows["copy"] > 0]
    extra = pd.DataFrame(
        {"file": "shopify/customers_export.csv", "kind": "double_accounts", "row_id": doubles.record.astype(str)}
    )
    return rows, pd.concat([defects, extra])


def _cards(world, block, base, created, in_crm, hide) -> tuple[pd.DataFrame, pd.DataFrame]:
    s, rng = world.s, world.s.rng("cards", block.number)
    rows = base.assign(created=_stamp(world, rng, created[base.person]))
    rows["email"] = np.where(rng.random(len(rows)) < 0.55, "", rows.email)
    rows["phone"] = np.where(rng.random(len(rows)) < 0.08, 0, rows.phone)
    rows = mess.double(s, rng, rows)
    rows, defects = mess.smudge(s, rng, rows, "logo/LOGO_CARI_KARTLAR.csv")
    source = block.people.source.to_numpy()[rows.person]
    code = pd.Series(source).map(SPECODE).fillna("").to_numpy()
    rows["special"] = np.where(in_crm[rows.person] | (hide[rows.person] > 0), "", code)
    rows["title"] = mess.erp_title(s, rows.given, rows.family).to_numpy()
    rows["card"] = [f"120.01.{k:07d}" for k in np.arange(len(rows)) + 1 + block.number * 500_000]
    rows["is_person"], rows["tax"] = True, ""
    firm = rng.random(len(rows)) < s.rate("company_person")
    rows["title"] = np.where(firm, rows.family.map(upper_tr) + " TİCARET", rows.title)
    rows["is_person"] = ~firm
    upper = {w: upper_tr(w) for w in {*rows.given, *rows.family, *PROVINCES}} if s.on("upper_names") else {}
    for column in ("given", "family", "city"):
        rows[column] = rows[column].map(upper) if upper else rows[column]
    cards = rows["card"].to_numpy()
    ids = [cards[defects.pop("row")], cards[rows["copy"] > 0], cards[firm]]
    defects["row_id"] = ids[0]
    more = [
        pd.DataFrame({"file": "logo/LOGO_CARI_KARTLAR.csv", "kind": k, "row_id": v})
        for k, v in (("double_accounts", ids[1]), ("company_person", ids[2]))
    ]
    if block.number == 0:
        rows = pd.concat([rows, _firms(world)], ignore_index=True)
    return rows, pd.concat([defects, *more])


def _firms(world: World) -> pd.DataFrame:
    """Cards of dealers and other firms."""
    s, rng = world.s, world.s.rng("firm cards")
    out = []
    dealers = world.stores.iloc[STORES:]
    for k in range(len(dealers) + FIRMS):
        dealer = k < len(dealers)
        city = dealers.city.iloc[k] if dealer else list(PROVINCES)[int(rng.integers(0, len(PROVINCES)))]
        family = LAST[int(rng.integers(0, len(LAST)))]
        kind = ("SAN. TİC. LTD. ŞTİ.", "TİCARET A.Ş.", "LTD. ŞTİ.")[int(rng.integers(0, 3))]
        out.append({
            "person": -2 - k, "given": "", "family": "", "email": f"muhasebe@firma{k + 1:03d}.example", "phone": 0,
            "city": upper_tr(city), "district": PROVINCES[city][2], "copy": 0, "special": "BAYI" if dealer else "",
            "created": s.first_day.astype("M8[s]") - np.timedelta64(int(rng.integers(200, 2000)), "D"),
            "title": f"{upper_tr(family)} {'BAYİ' if dealer else 'GIDA'} {kind}",
            "card": f"120.02.{k + 1:04d}", "is_person": False, "tax": f"{int(rng.integers(10**9, 10**10 - 1))}",
        })  # fmt: skip
    return pd.DataFrame(out)


def pick(rng, records: pd.DataFrame, person: np.ndarray) -> np.ndarray:
    """For each person (or firm) a row number of `records`: mostly the first record, else one of the doubles."""
    order = np.lexsort((records["copy"].to_numpy(), records.person.to_numpy()))
    sorted_person = records.person.to_numpy()[order]
    low = np.searchsorted(sorted_person, person, "left")
    high = np.searchsorted(sorted_person, person, "right")
    step = np.where(rng.random(len(person)) < 0.4, (rng.random(len(person)) * (high - low)).astype(int), 0)
    return np.where(high > low, order[np.minimum(low + step, len(order) - 1)], -1)
