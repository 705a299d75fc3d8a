"""Planted defects against what the run did about them: found / planted, by kind.

Each kind has one check, on the run's own tables. A slip of the keyboard counts as found where the record was joined all the same
with another record of its person; rows that must not count are found where they do not count; habits of a file (two
currencies, time stamps in UTC, restated spend) where the file's figures come out as the truth has them.
"""

from functools import cached_property

import pandas as pd

from scrm_helpers.scorecard.truth import Said, Truth

SLIPS = ("email_typos", "phone_slips", "initials", "double_accounts", "excel_phones")


def found(said: Said, truth: Truth, accounts: pd.DataFrame) -> pd.DataFrame:
    """Grain: one kind. `planted` rows, `checked` of them (those that could be told apart at all), `found` of these."""
    planted = truth.table("defects").astype({"row_id": str})
    desk = Checks(said, truth, accounts)
    rows = []
    for kind, part in planted.groupby("kind", sort=True):
        done = desk.check(kind, part)
        told = (None, None) if done is None else (int(done.notna().sum()), int(done.fillna(False).sum()))
        rows.append((kind, len(part), *told))
    return pd.DataFrame(rows, columns=["kind", "planted", "checked", "found"]).astype({"checked": "Int64", "found": "Int64"})


class Checks:
    """One method per kind: gives, for each planted row, whether it was found (missing: it could not be told)."""

    def __init__(self, said: Said, truth: Truth, accounts: pd.DataFrame):
        self.said, self.truth, self.accounts = said, truth, accounts
        self.orders = said.frame("orders")
        self.fates = said.frame("row_fates")

    def check(self, kind: str, rows: pd.DataFrame) -> pd.Series | None:
        """Found or not, by row; None where no table of the run could show it."""
        if kind in SLIPS:
            return self._joined(rows, same_system=kind == "double_accounts")
        method = getattr(self, f"_{kind}", None)
        return None if method is None else method(rows).astype("boolean")

    def _joined(self, rows: pd.DataFrame, *, same_system: bool) -> pd.Series:
        """Whether the record stands with another record of its true person; missing where its person has no other record."""
        mine = self._accounts_of(rows)
        keys = ["true_id", "system"] if same_system else ["true_id"]
        own = self.accounts.groupby(keys).size().rename("all").reset_index()
        with_us = self.accounts.groupby([*keys, "person_id"]).size().rename("together").reset_index()
        wide = mine.merge(own, on=keys, how="left").merge(with_us, on=[*keys, "person_id"], how="left")
        return (wide["together"] > 1).astype("boolean").where(wide["all"] > 1)

    def _accounts_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The account of each planted record, in the rows' order where there is one."""
        system = rows["file"].str.split("/").str[0]
        links = self.truth.table("persons").astype({"native_id": str})
        mail = links[links["system"] == "shopify"].set_index("native_id")["email"].str.lower()
        native = rows["row_id"].where(system != "shopify", rows["row_id"].map(mail))
        if (desk := system == "zendesk").any():
            native = native.where(~desk, rows["row_id"].map(self._requesters))
        wanted = pd.DataFrame({"system": system, "native_id": native}).dropna()
        return wanted.merge(self.accounts, on=["system", "native_id"])

    @cached_property
    def _requesters(self) -> pd.Series:
        """Requester of each ticket: the account of the case, by the ticket's number."""
        cases = self.said.frame("cases")
        own = cases.merge(self.accounts[["account_id", "native_id"]], on="account_id")
        tickets = own["source_row"].map(self.said.tickets)
        return pd.Series(own["native_id"].to_numpy(), index=tickets).loc[lambda s: ~s.index.duplicated()]

    def _cancelled_rows(self, rows: pd.DataFrame) -> pd.Series:
        """Not among the orders that count."""
        counted = self.orders[(self.orders["status"] == "completed") & ~self.orders["is_internal"]]
        numbers = set(counted["order_no"].astype(str))
        tails = {n.rsplit("-", 1)[-1] for n in numbers}  # the ledger's number has company and year before it
        return ~rows["row_id"].map(lambda n: n in numbers or n in tails)

    def _test_rows(self, rows: pd.DataFrame) -> pd.Series:
        """Orders that do not count; contacts marked as our own."""
        internal = set(self.said.accounts.loc[self.said.accounts["is_internal"].astype(bool), "native_id"].astype(str))
        contact = rows["file"].str.startswith("hubspot")
        return rows["row_id"].isin(internal).where(contact, self._cancelled_rows(rows))

    def _future_rows(self, rows: pd.DataFrame) -> pd.Series:
        """Rows after the month's end wait for their month."""
        return self._cancelled_rows(rows)

    def _spam_cases(self, rows: pd.DataFrame) -> pd.Series:
        cases = self.said.frame("cases")
        spam = set(cases.loc[cases["status"] == "spam", "source_row"].map(self.said.tickets))
        return rows["row_id"].isin(spam)

    def _abandoned_block(self, rows: pd.DataFrame) -> pd.Series:
        """The file was read, and its second block, where a call stands in it, fed no table."""
        kept = set(self.fates.loc[(self.fates["part"] == "block 2") & (self.fates["fate"] == "kept"), "source_file"])
        return rows["file"].isin(set(self.fates["source_file"]) - kept)

    def _cancelled_campaign(self, rows: pd.DataFrame) -> pd.Series:
        plans = self.said.frame("campaigns")
        return rows["row_id"].isin(plans.loc[plans["status"] == "cancelled", "campaign_id"])

    def _restated_ads(self, rows: pd.DataFrame) -> pd.Series:
        """Old figures of the file were replaced, and spend by month is the truth's."""
        replaced = set(self.fates.loc[self.fates["fate"] == "replaced", "source_file"])
        return rows["file"].isin(replaced) & self._spend_is_true("meta_ads")

    def _two_currencies(self, rows: pd.DataFrame) -> pd.Series:
        return pd.Series(self._spend_is_true("tiktok_ads"), index=rows.index)

    def _header_change(self, rows: pd.DataFrame) -> pd.Series:
        return rows["file"].str.split("/").str[0].map(self._spend_is_true).astype(bool)

    def _spend_is_true(self, folder: str) -> bool:
        """Whether spend of a platform's files comes out within one in a thousand in every month."""
        spend = self.said.frame("spend")
        mine = spend[spend["source_file"].str.startswith(folder)]
        ours = mine.groupby(pd.to_datetime(mine["on"]).dt.strftime("%Y-%m"))["amount"].sum()
        true = self.truth.table("spend")
        true = true[true["source"].isin(set(mine["source"])) & true["month"].isin(ours.index)]
        true = true.groupby("month")["net"].sum().reindex(ours.index)
        return bool(((ours / true - 1).abs() < 0.001).all())

    def _utc_stamps(self, rows: pd.DataFrame) -> pd.Series:
        """Every order of the file stands on its true local day."""
        mine = self.orders.merge(self.truth.orders[["system", "order_no", "day"]], on=["system", "order_no"])
        right = (pd.to_datetime(mine["ordered_on"]) == mine["day"]) | (mine["kind"] != "sale")
        return rows["file"].map(right.groupby(mine["source_file"]).all())

    def _store_changes(self, rows: pd.DataFrame) -> pd.Series:
        """A renamed store keeps its old code, a closed one its last day."""
        stores = self.said.frame("stores").set_index("store_id")
        seen = stores.index[stores["formerly"].notna() | stores["closed_on"].notna()]
        return rows["row_id"].isin(seen)

    _split_store = _store_changes

    def _company_person(self, rows: pd.DataFrame) -> pd.Series:
        """A person that the ledger keeps as a company is a consumer again."""
        people = self.said.frame("persons").merge(self.said.accounts[["account_id", "native_id"]], on="account_id")
        return rows["row_id"].map(people.drop_duplicates("native_id").set_index("native_id")["kind"] == "consumer")

    def _hours_missing(self, rows: pd.DataFrame) -> pd.Series:
        """The month's blank hours became a range, not 0."""
        ledger = self.said.frame("cost_ledger")
        ranged = ledger[(ledger["kind"] == "hours") & (ledger["high"].astype(float) > ledger["low"].astype(float))]
        return rows["row_id"].isin(set(ranged["month"] + "/" + ranged["source"]))

    def _withdrawn_consent(self, rows: pd.DataFrame) -> pd.Series:
        """The newest e-mail consent of the address is a refusal."""
        consents = self.said.frame("consents")
        mine = consents[(consents["channel"] == "email") & consents["source_file"].str.startswith("iys")].sort_values("at")
        last = mine.merge(self.said.accounts[["account_id", "email"]], on="account_id").groupby("email")["status"].last()
        return rows["row_id"].str.lower().map(last.rename(str.lower) == "withdrawn")
