"""The truth beside the raw files: what a perfect measurement would find. Never read by a notebook. Money is TL."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scrm_helpers.sample import people, purchases, records, service
from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.words import SOURCES
from scrm_helpers.sample.world import World

FIRM_IDS = 900_000_000_000  # true ids of firms: this plus their number


class Store:
    """Truth tables written block by block; the files are closed at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.open: dict[str, pq.ParquetWriter] = {}
        self.rows: dict[str, int] = {}
        root.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """More rows of a table; its columns are those of the first part."""
        table = pa.Table.from_pandas(frame.reset_index(drop=True), preserve_index=False).replace_schema_metadata(None)
        if name not in self.open:
            self.open[name] = pq.ParquetWriter(self.root / f"{name}.parquet", table.schema, compression="zstd")
        else:
            table = table.cast(self.open[name].schema)
        self.open[name].write_table(table)
        self.rows[name] = self.rows.get(name, 0) + len(frame)

    def close(self) -> None:
        """Finish all files."""
        for writer in self.open.values():
            writer.close()


def people_truth(world: World, block: Block, made: records.Records) -> pd.DataFrame:
    """One row per true person: source, first order, latent rate, stop and value, follow and referral facts."""
    p = block.people
    buyer = np.arange(len(p)) < block.buyers
    first = pd.Series(np.where(buyer, p.first_day, 0)).astype(int)
    lead = np.floor(p.lead_day.fillna(0)).astype(int).to_numpy()
    out = pd.DataFrame({
        "person_id": p.person_id, "kind": "consumer", "buyer": buyer, "source": p.source, "anyway": p.anyway,
        "first_order_on": pd.Series(world.s.first_day + first.to_numpy()).where(buyer),
        "before_window": buyer & (first < 0).to_numpy(), "lead": p.lead.astype(bool),
        "lead_on": pd.Series(world.s.first_day + lead).where(p.lead_day.notna().to_numpy()),
        "rate_per_day": p.rate, "stop": p.stop, "value": p.value, "marketplace_only": p.market, "city": p.city,
        "follows": p.follow_day.notna(), "consent": p.consent & ~p.withdrawn, "foreign": p.phone // 10**10 != 90,
        "shared_contact": (made.people.phone != p.phone) | (made.people.email != p.email),
        "source_kept": made.source_kept,
    })  # fmt: skip
    for c in world.campaigns[world.campaigns.kind == "target"].campaign_id:
        out[f"sent_{c}"] = p[f"sent_{c}"].to_numpy()
    return out


def follower_truth(block: Block, followers: pd.DataFrame) -> pd.DataFrame:
    """The followers with the orders and net (TL) that following added; all else about them is self-selection."""
    orders = block.sales.orders
    added = orders[orders.cause == "follow"]
    ids = block.people.person_id.to_numpy()[added.person]
    per = added.groupby(ids).agg(orders=("net", "size"), net=("net", "sum"))
    found = per.reindex(followers.person_id)
    return followers.assign(
        extra_orders=found.orders.fillna(0).astype("int64").to_numpy(), extra_net=found.net.fillna(0).to_numpy() / 100
    )


def planted(world: World) -> dict:
    """The parameters that were planted, by name."""
    return {
        "follow_effect_on_orders": purchases.FOLLOW_EFFECT, "referred_anyway_share": people.ANYWAY,
        "minutes_per_ticket": service.MINUTES, "contacts_again_share": service.AGAIN, "again_by_phone_share": service.AGAIN_BY_PHONE,
        "good_answers_share": service.GOOD, "social_would_have_called_share": service.WOULD_HAVE_CALLED,
        "contact_effect_on_orders": service.CONTACT_EFFECT, "later_answers_worse_by": service.LATER,
        "desk_answers_share": service.ASKED * service.ANSWERED, "survey_answers_share": service.SURVEYED,
        "source_unknown_share": records.UNKNOWN, "campaign_lift": dict(zip(world.campaigns.campaign_id, world.campaigns.lift, strict=True)),
        "experiment_effect_on_orders": dict(zip(world.experiments.experiment_id, world.experiments.effect, strict=True)),
        "lead_to_order_share": {k: v[1] for k, v in SOURCES.items()},
    }  # fmt: skip


def person_links(block: Block, made: records.Records, desk: pd.DataFrame) -> pd.DataFrame:
    """One row per record: system, the system's own id, e-mail where that is the id in use, true person."""
    ids = block.people.person_id.to_numpy()

    def part(system: str, native, person, email="") -> pd.DataFrame:
        person = np.asarray(person)
        true = np.where(person >= 0, ids[np.maximum(person, 0)], FIRM_IDS - person)
        return pd.DataFrame(
            {"system": system, "native_id": np.asarray(native).astype(str), "email": email, "person_id": true}
        )

    return pd.concat([
        part("hubspot", made.hubspot.record, made.hubspot.person, made.hubspot.email.to_numpy()),
        part("logo", made.logo.card, made.logo.person, made.logo.email.to_numpy()),
        part("shopify", made.shopify.record, made.shopify.person, made.shopify.email.to_numpy()),
        part("zendesk", desk.requester_id, desk.person),
    ], ignore_index=True)  # fmt: skip


def order_truth(world: World, block: Block) -> pd.DataFrame:
    """One row per order that counts: true person (0 for walk-ins), native number, times, money, why it was made."""
    o = block.sales.orders
    ids = block.people.person_id.to_numpy()
    person = o.person.to_numpy()
    number = o.number.to_numpy()
    codes = np.append(world.stores["code"].to_numpy(), "")
    logo = (
        "001-"
        + (o.year - world.s.first_year + 1).astype(str).str.zfill(2)
        + "-"
        + pd.Series(number).astype(str).str.zfill(12).to_numpy()
    )
    native = np.where(
        o.system == "logo",
        logo,
        np.where(
            o.system == "shopify",
            "#" + pd.Series(number + 1000).astype(str).to_numpy(),
            pd.Series(number + 1_023_000_000).astype(str).to_numpy(),
        ),
    )
    return pd.DataFrame({
        "order_id": o.order, "person_id": np.where(person >= 0, ids[np.maximum(person, 0)], np.where(person == -1, 0, FIRM_IDS - person)),
        "system": o.system, "order_no": native, "at_local": o["at"], "at_utc": o["at"] - np.timedelta64(3, "h"),
        "month": np.array(world.s.month_names)[o.month],
        "store_id": codes[np.where(o.store < 0, len(codes) - 1, o.store)],
        "net": o.net / 100, "returned_net": o.returned_net / 100, "cost": o.cost / 100, "source": o.touch,
        "cause": o.cause, "caused_by": o.caused_by,
        "business": person <= -2,
    })  # fmt: skip


def case_truth(block: Block, cases: pd.DataFrame) -> pd.DataFrame:
    """One row per real ticket: its issue, true person, channel, minutes, whether it saved a call, calls brought elsewhere."""
    ids = block.people.person_id.to_numpy()
    return pd.DataFrame({
        "ticket": cases.ticket, "issue": cases.issue + block.number * 5_000_000, "part": cases.part, "person_id": ids[cases.person],
        "order_id": cases["order"], "channel": cases.channel, "minutes": cases.minutes, "would_have_called": cases.would_call,
        "calls_else": cases.calls_else,
    })  # fmt: skip


def spend_truth(world: World, ads: pd.DataFrame) -> pd.DataFrame:
    """Final spend by month, source, campaign, purpose and currency (TL and the file's currency)."""
    keys = ["month", "source", "campaign", "campaign_key", "purpose", "currency"]
    out = (
        ads.groupby(keys)
        .agg(net=("try", "sum"), amount=("amount", "sum"), impressions=("impressions", "sum"), clicks=("clicks", "sum"))
        .reset_index()
    )
    out["amount"] = out.amount / 100
    out["month"] = [world.s.month_names[m] for m in out.month]
    return out
