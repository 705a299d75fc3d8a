"""The two sides: what was planted (`Truth`) and what the run of one month said (`Said`)."""

import json
from functools import cached_property

import pandas as pd

from scrm_helpers import findings, periods, prices
from scrm_helpers.metrics import SOCIAL, WINDOWS
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.texts import tell

MARKETPLACE = "trendyol"  # masks its buyers: its orders carry no identity


class Truth:
    """The planted tables of the sample company. Money in TL, net of VAT; months as 'YYYY-MM'."""

    def __init__(self, workspace: Workspace):
        if not workspace.is_made_up or not (workspace.truth / "planted.json").is_file():
            raise WorkspaceError(tell("told.score.no_truth", came=workspace.name or tell("told.score.own")))
        self._folder = workspace.truth

    def table(self, name: str) -> pd.DataFrame:
        """A planted table, as it was written."""
        return pd.read_parquet(self._folder / f"{name}.parquet")

    @cached_property
    def planted(self) -> dict:
        """Planted rates and effects by name."""
        return json.loads((self._folder / "planted.json").read_text(encoding="utf-8"))

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row per true person, by `person_id`."""
        people = self.table("people").set_index("person_id")
        return people.assign(social=people["source"].isin(SOCIAL))

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row per order that counts; `kept` is net less what was returned, `at` its month as a number."""
        orders = self.table("orders")
        return orders.assign(
            kept=orders["net"] - orders["returned_net"],
            at=[periods.index(m) for m in orders["month"]],
            day=pd.to_datetime(orders["at_local"]).dt.normalize(),
        )

    @cached_property
    def bought(self) -> pd.DataFrame:
        """Orders of consumers that carry an identity and were not wholly returned, as the suite could know them at best."""
        rows = self.orders
        rows = rows[(rows["person_id"] > 0) & ~rows["business"] & (rows["kept"] > 0.001) & (rows["system"] != MARKETPLACE)]
        return rows.join(self.people[["social", "before_window"]], on="person_id")

    @cached_property
    def headline(self) -> pd.DataFrame:
        """True value by month, measure and group."""
        return self.table("headline")

    def headlines(self, measure: str, group: str, months: list[str]) -> pd.Series:
        """True values of a measure by month; months without one are missing."""
        rows = self.headline[(self.headline["measure"] == measure) & (self.headline["group"] == group)]
        return rows.set_index("month")["value"].reindex(months)


class Said:
    """What one month's run wrote: findings and tables."""

    def __init__(self, workspace: Workspace, period: str):
        self.period, self.store = periods.check(period), Store(workspace, period)
        if not self.store.has("findings"):
            raise WorkspaceError(tell("told.period.not_run", period=period, command=workspace.command(f"run --period {period}")))
        self.as_of = pd.Timestamp(self.store.as_of)

    def frame(self, name: str) -> pd.DataFrame:
        """A table of the run."""
        return self.store.frame(name)

    def private(self, name: str) -> pd.DataFrame:
        """The personal columns of a table: the own numbers of the systems, by which the truth is joined."""
        return self.store.read(name, private=True).to_pandas()

    @cached_property
    def findings(self) -> dict[str, findings.Finding]:
        """Findings by id."""
        return findings.from_frame(self.frame("findings"))

    def months(self, window: str) -> list[str]:
        """The months of a window such as '3m' that ends with the period."""
        return periods.between(periods.shift(self.period, 1 - WINDOWS[window]), self.period)

    @cached_property
    def factors(self) -> dict[str, float]:
        """What turns money of a month into prices of the period, where real terms are called for; 1 elsewhere."""
        index = prices.index_of(self.frame("rates"), self.period)
        return {m: float(f) for m, f in index.factors.items()} if prices.needed(index, 12) else {}

    def in_prices(self, months: pd.Series) -> pd.Series:
        """Factor of each month that turns its money into prices of the period; 1 where money stays as it is."""
        return months.map(self.factors).astype("float64").fillna(1.0)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Accounts with the system's own number and the person that the run took them for."""
        known = self.frame("accounts")[["account_id", "system", "kind", "is_internal"]]
        people = self.frame("persons")[["account_id", "person_id"]]
        own = self.private("accounts")[["account_id", "native_id", "email"]]
        return known.merge(own, on="account_id").merge(people, on="account_id")

    @cached_property
    def tickets(self) -> dict[int, str]:
        """Ticket numbers by line of the desk's export: the run keeps a keyed digest of them alone."""
        found = {}
        for file in self.frame("cases")["source_file"].unique():
            numbers = pd.read_csv(self.store.workspace.raw / file, usecols=["Id"], dtype=str)["Id"]
            found |= dict(enumerate(numbers, start=2))
        return found


def true_accounts(said: Said, truth: Truth) -> pd.DataFrame:
    """Accounts of the run with their true person (`true_id`); accounts that the truth cannot place are left out.

    The shop knows its buyers by e-mail: an address that two true persons share belongs to no one of them.
    """
    links = truth.table("persons").astype({"native_id": str})
    by_number = links[links["system"] != "shopify"][["system", "native_id", "person_id"]]
    shop = links[links["system"] == "shopify"].assign(native_id=lambda f: f["email"].str.lower())
    single = shop.groupby("native_id")["person_id"].agg(["nunique", "first"]).query("nunique == 1")["first"]
    by_mail = single.rename("person_id").rename_axis("native_id").reset_index().assign(system="shopify")
    by_both = pd.concat([by_number, by_mail], ignore_index=True).rename(columns={"person_id": "true_id"})
    mine = said.accounts.assign(native_id=said.accounts["native_id"].astype(str))
    mine["native_id"] = mine["native_id"].where(mine["system"] != "shopify", mine["native_id"].str.lower())
    return mine.merge(by_both, on=["system", "native_id"])
