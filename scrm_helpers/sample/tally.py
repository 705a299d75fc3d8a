"""Sums over all blocks, and the truth tables made from them. Money in truth tables is TL; amounts inside are kuruş."""

from collections import defaultdict

import numpy as np
import pandas as pd

from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.words import SOCIAL
from scrm_helpers.sample.world import STORES, World

SYSTEMS = ("logo", "shopify", "trendyol")
WINDOW = 12  # months of the rolling retention


def is_social(source) -> np.ndarray:
    """Whether a source is a social channel."""
    return np.isin(np.asarray(source, dtype=object).astype(str), SOCIAL)


class Tally:
    """What is summed while blocks pass: small arrays by month, day, store and campaign."""

    def __init__(self, world: World) -> None:
        s = world.s
        self.world = world
        index = pd.MultiIndex.from_product([range(s.months), SYSTEMS], names=["month", "system"])
        self.revenue = pd.DataFrame(0, index=index, columns=["sales", "returns"], dtype="int64")
        self.calls = np.zeros(s.days, "int64")
        self.web_orders, self.web_net = np.zeros(s.months), np.zeros(s.months)
        self.active = np.zeros(s.months)
        self.rewards = pd.Series(dtype="int64")
        self.who_sent: list[list] = []
        self.minutes: list[pd.DataFrame] = []
        self.new: list[pd.DataFrame] = []
        self.retained = np.zeros((s.months, 2), "int64")
        self.caused: list[pd.DataFrame] = []
        self.stores: list[pd.DataFrame] = []
        self.arms: list[pd.DataFrame] = []
        self.service: list[pd.DataFrame] = []

    def add(self, block: Block, cases: pd.DataFrame, referred: pd.DataFrame) -> None:
        """One block more."""
        orders, lines = block.sales.orders, block.sales.lines
        self._revenue(orders, lines)
        self._customers(block)
        self._effects(block)
        self._service(cases)
        phone = cases[cases.channel == "phone"]
        self.calls += np.bincount(np.floor(phone.begin).astype(int), minlength=len(self.calls))
        paid = referred[~referred.reversed]
        month = (paid["at"].to_numpy().astype("M8[M]") - self.world.s.first_day.astype("M8[M]")).astype(int)
        self.rewards = self.rewards.add(
            pd.Series(10_000 + 5_000, index=month).groupby(level=0).sum(), fill_value=0
        ).astype("int64")

    def _revenue(self, orders: pd.DataFrame, lines: pd.DataFrame) -> None:
        sold = orders.groupby(["month", "system"]).net.sum()
        self.revenue["sales"] = self.revenue["sales"].add(sold, fill_value=0).astype("int64")
        shop = orders[orders.system != "logo"].groupby(["month", "system"]).returned_net.sum()
        back = lines[(lines.system == "logo") & (lines.returned > 0)]
        month = self.world.month_of_day[back.return_day.to_numpy()]
        store = back.returned_net.groupby([month, back.system.to_numpy()]).sum()
        for part in (shop, store.rename_axis(["month", "system"])):
            self.revenue["returns"] = self.revenue["returns"].add(part, fill_value=0).astype("int64")
        web = orders[orders.system == "shopify"]
        self.web_orders += np.bincount(web.month, minlength=len(self.web_orders))
        self.web_net += np.bincount(web.month, weights=web.net, minlength=len(self.web_net))

    def _customers(self, block: Block) -> None:
        """New consumers by month and source; bought in both years (rolling), by orders that carry an identity."""
        months = len(self.active)
        orders = block.sales.orders
        mine = orders[(orders.person >= 0) & (orders.net > orders.returned_net)]
        first = mine.groupby("person").month.min()
        buyers = block.people.iloc[: block.buyers]
        new = first[buyers.first_day.reindex(first.index) >= 0]
        found = pd.DataFrame({"month": new, "source": buyers.source.reindex(new.index)})
        self.new.append(found.groupby(["month", "source"]).size().rename("new").reset_index())
        seen = np.zeros((block.buyers, months), bool)
        known = mine[mine.system != "trendyol"]
        seen[known.person, known.month] = True
        for end in range(months):
            self.active[end] += seen[:, max(0, end - 11) : end + 1].any(axis=1).sum()
            if end + 1 >= 2 * WINDOW:
                before = seen[:, end + 1 - 2 * WINDOW : end + 1 - WINDOW].any(axis=1)
                now = seen[:, end + 1 - WINDOW : end + 1].any(axis=1)
                self.retained[end] += [(before & now).sum(), before.sum()]

    def _effects(self, block: Block) -> None:
        orders = block.sales.orders
        extra = orders[orders.cause != ""]
        self.caused.append(
            extra.groupby(["cause", "caused_by", "month"])
            .agg(orders=("net", "size"), net=("net", "sum"), returned=("returned_net", "sum"))
            .reset_index()
        )
        # one number for store (-1: none) and system, so that each campaign is two counts
        place = (orders.store.to_numpy() + 1) * len(SYSTEMS) + orders.system.map(SYSTEMS.index).to_numpy()
        base = ((orders.cause == "") & (orders.person >= -1)).to_numpy()
        day, net, by = orders.day.to_numpy(), orders.net.to_numpy(), orders.caused_by.to_numpy()
        for k, c in enumerate(self.world.campaigns.itertuples()):
            for name, hit in (("base", base & (day >= c.first) & (day <= c.last)), ("extra", by == c.campaign_id)):
                n = np.bincount(place[hit])
                where = np.flatnonzero(n)
                found = {"store": where // len(SYSTEMS) - 1, "system": np.array(SYSTEMS)[where % len(SYSTEMS)], "orders": n[where],
                         "net": np.bincount(place[hit], weights=net[hit])[where].astype("int64")}  # fmt: skip
                self.stores.append(pd.DataFrame(found).assign(campaign_id=c.campaign_id, part=name, row=k))
        for e in self.world.experiments.itertuples():
            arms = block.arms[block.arms.experiment_id == e.experiment_id].set_index("person").arm
            during = orders[(orders.day >= e.first) & (orders.day < e.last) & (orders.person >= 0)]
            arm = arms.reindex(during.person).to_numpy()
            by = during.assign(
                arm=arm, extra=(during.cause == "experiment") & (during.caused_by == e.experiment_id)
            ).dropna(subset="arm")
            got = by.groupby("arm").agg(orders=("net", "size"), net=("net", "sum"), extra_orders=("extra", "sum"))
            got["extra_net"] = by[by.extra].groupby("arm").net.sum()
            got["people"] = arms.value_counts()
            self.arms.append(got.fillna(0).reset_index().assign(experiment_id=e.experiment_id))

    def _service(self, cases: pd.DataFrame) -> None:
        start = cases[cases.part == 0].set_index("issue")
        frame = cases.assign(
            start=start.channel.reindex(cases.issue).to_numpy(), opened=start.month.reindex(cases.issue).to_numpy()
        )
        self.minutes.append(frame.groupby(["month", "channel"]).minutes.sum().reset_index())
        frame["phone"], frame["done"] = frame.channel == "phone", frame.solved.notna()
        per = frame.groupby("issue").agg(
            start=("start", "first"), month=("opened", "first"), tickets=("part", "size"), phone=("phone", "sum"),
            elsewhere=("calls_else", "sum"), done=("done", "all"),
        )  # fmt: skip
        for channel in ("phone", "social", "email"):
            per[f"minutes_{channel}"] = (
                frame[frame.channel == channel].groupby("issue").minutes.sum().reindex(per.index).fillna(0)
            )
        per["again"] = per.tickets > 1
        self.service.append(
            per.groupby(["month", "start"])
            .agg(
                issues=("tickets", "size"),
                tickets=("tickets", "sum"),
                resolved=("done", "sum"),
                recontacted=("again", "sum"),
                phone_tickets=("phone", "sum"),
                calls_elsewhere=("elsewhere", "sum"),
                minutes_phone=("minutes_phone", "sum"),
                minutes_social=("minutes_social", "sum"),
                minutes_email=("minutes_email", "sum"),
            )
            .reset_index()
        )

    def minutes_by_month(self) -> pd.DataFrame:
        """Minutes of work by month and channel."""
        return pd.concat(self.minutes).groupby(["month", "channel"]).minutes.sum().reset_index()

    def active_by_month(self) -> np.ndarray:
        """Consumers who bought in the 12 months up to each month's end."""
        return self.active

    def campaign_truth(self) -> pd.DataFrame:
        """One row per campaign: planted lift, what came and what would have come anyway, in the units it ran in."""
        rows = self.campaign_stores()
        out = self.world.campaigns.copy()
        for part in ("base", "extra"):
            hit = rows[rows.reached & (rows.part == part)].groupby("campaign_id")
            out[f"{part}_orders"] = hit.orders.sum().reindex(out.campaign_id).fillna(0).astype("int64").to_numpy()
            out[f"{part}_net"] = hit.net.sum().reindex(out.campaign_id).fillna(0.0).to_numpy()
        targeted = (out.kind == "target").to_numpy()
        out.loc[targeted, ["base_orders", "base_net"]] = np.nan  # the base of a mailing is its recipients, see people
        out["from_on"] = self.world.s.first_day + out.pop("first").to_numpy()
        out["to_on"] = self.world.s.first_day + out.pop("last").to_numpy()
        return out

    def campaign_stores(self) -> pd.DataFrame:
        """Orders and net (TL) by campaign, store or system, and part: base (would have come anyway) or extra."""
        rows = (
            pd.concat(self.stores)
            .groupby(["row", "campaign_id", "part", "store", "system"])
            .sum(numeric_only=True)
            .reset_index()
        )
        codes = np.append(self.world.stores["code"].to_numpy(), "")
        shop = rows.store.to_numpy()
        kind = self.world.campaigns.kind.to_numpy()[rows.row]
        treated = self.world.treated[rows.row, np.clip(shop, 0, STORES - 1)] & (shop >= 0)
        rows["planned"] = treated
        extra = set(zip(rows.row[rows.part == "extra"], shop[rows.part == "extra"], strict=True))
        contaminated = np.array([(r, k) in extra for r, k in zip(rows.row, shop, strict=True)]) & (kind == "store")
        rows["reached"] = np.where(
            kind == "store",
            treated | contaminated,
            np.where(kind == "digital", rows.system == "shopify", rows.part == "extra"),
        )
        rows["reached"] = rows.reached.astype(bool)
        rows["store_id"] = codes[np.where(shop < 0, len(codes) - 1, shop)]
        rows["net"] = rows.net / 100
        return rows.drop(columns=["row", "store"])

    def experiment_truth(self) -> pd.DataFrame:
        """One row per test and arm: people, orders and net (TL) during the test, planted effect, what it added."""
        rows = pd.concat(self.arms).groupby(["experiment_id", "arm"]).sum(numeric_only=True).reset_index()
        rows["net"], rows["extra_net"] = rows.net / 100, rows.extra_net / 100
        planted = self.world.experiments.set_index("experiment_id")
        rows["true_effect"] = np.where(rows.arm == "kontrol", 0.0, planted.effect.loc[rows.experiment_id])
        rows["broken_split"] = rows.experiment_id == "T3"
        return rows

    def service_truth(self, costs: pd.DataFrame) -> pd.DataFrame:
        """One row per month and channel on which the issue began: issues, cost (TL), calls made, and those it would have brought elsewhere.

        Cost of an issue: minutes at the month's loaded rate of the hours paid, and tools by minutes.
        """
        rows = pd.concat(self.service).groupby(["month", "start"]).sum(numeric_only=True).reset_index()
        serve = costs[costs.purpose == "serve"]
        paid = serve.groupby(["month", "channel"]).amount.sum() / 100
        worked = self.minutes_by_month().set_index(["month", "channel"]).minutes
        names = self.world.s.month_names
        total = np.zeros(len(rows))
        for channel in ("phone", "social", "email"):
            per = [paid.get((names[m], channel), 0.0) / worked.get((m, channel), np.inf) for m in rows.month]
            total += rows[f"minutes_{channel}"].to_numpy() * np.array(per)
        rows["cost"] = total
        rows["calls_made"] = np.where(rows.start == "social", rows.phone_tickets, 0)
        rows["month"] = [names[m] for m in rows.month]
        return rows.rename(columns={"start": "channel"})

    def headline(self, ads: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
        """One row per month, measure and group with the true value: what METRICS defines, on true persons and causes."""
        names = self.world.s.month_names
        new = pd.concat(self.new).groupby(["month", "source"]).new.sum().reset_index()
        spend = acquisition_cost(self.world, ads, costs)
        caused = pd.concat(self.caused).groupby(["cause", "caused_by", "month"]).sum(numeric_only=True).reset_index()
        channel = self.world.campaigns.set_index("campaign_id").channel
        rows = []
        for m, month in enumerate(names):
            for group, (won, cost) in _groups(new[new.month == m], spend[spend.month == m]).items():
                rows += [
                    (month, "new_customers", group, won),
                    (month, "acquisition_cost", group, cost),
                    (month, "cac", group, cost / won if won else np.nan),
                ]
            net = self.revenue.loc[m]
            rows.append((month, "revenue_net", "all", (net["sales"].sum() - net["returns"].sum()) / 100))
            mine = caused[caused.month == m]
            by_social = (mine.cause == "campaign") & is_social(channel.reindex(mine.caused_by).to_numpy())
            rows.append((month, "revenue_caused", "campaigns", mine[mine.cause == "campaign"].net.sum() / 100))
            rows.append((month, "revenue_caused", "social", mine[by_social | (mine.cause == "follow")].net.sum() / 100))
            rows.append((month, "revenue_caused", "follow", mine[mine.cause == "follow"].net.sum() / 100))
            kept, base = self.retained[m]
            rows.append((month, "retention_12m", "all", kept / base if base else np.nan))
            rows.append((month, "active_customers", "all", self.active[m]))
        care = self.service_truth(costs)
        for r in care.itertuples():
            rows += [
                (r.month, "cost_per_issue", r.channel, r.cost / r.issues),
                (r.month, "cost_per_resolution", r.channel, r.cost / r.resolved if r.resolved else np.nan),
                (r.month, "issues", r.channel, r.issues),
                (r.month, "recontact_share", r.channel, r.recontacted / r.issues),
            ]
            if r.channel == "social":
                rows.append((r.month, "calls_avoided", r.channel, r.calls_elsewhere - r.calls_made))
        return pd.DataFrame(rows, columns=["month", "measure", "group", "value"]).astype({"value": "float64"})


def _groups(new: pd.DataFrame, spend: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """(new customers, cost) of every source and of social, other and blended (marketplace buyers carry no identity: left out)."""
    out, cost, won = (
        defaultdict(lambda: (0.0, 0.0)),
        spend.groupby("source").cost.sum(),
        new.groupby("source").new.sum(),
    )
    for source in sorted(set(cost.index) | set(won.index)):
        out[source] = (float(won.get(source, 0)), float(cost.get(source, 0.0)))
    for name, keep in (("social", True), ("other_than_social", False)):
        parts = [
            v
            for k, v in out.items()
            if k != "marketplace" and k not in ("social", "other_than_social") and bool(is_social([k])[0]) is keep
        ]
        out[name] = (sum(v[0] for v in parts), sum(v[1] for v in parts))
    out["blended"] = tuple(a + b for a, b in zip(out["social"], out["other_than_social"], strict=True))
    return dict(out)


def acquisition_cost(world: World, ads: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Cost of winning customers (TL) by month number and source: media, and every other cost booked to it."""
    media = ads[ads.purpose == "acquire"].groupby(["month", "source"])["try"].sum().rename("cost").reset_index()
    other = costs[costs.purpose == "acquire"]
    month = pd.Index(world.s.month_names).get_indexer(other.month)
    rest = pd.DataFrame({"month": month, "source": other.channel, "cost": other.amount / 100})
    return pd.concat([media, rest]).groupby(["month", "source"]).cost.sum().reset_index()


def spend_by_month(world: World, ads: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Media of the platforms (TL) and other costs (kuruş) by month number."""
    media = ads.groupby("month")["try"].sum().reindex(range(world.s.months), fill_value=0.0)
    other = costs.groupby("month").amount.sum().reindex(world.s.month_names, fill_value=0)
    return pd.DataFrame({"media": media.to_numpy(), "other": other.to_numpy()})
