"""A segment as a list for one channel and purpose, written to the closed folder, with a receipt of who was left out and why."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from scrm_helpers import periods, segmentation, units
from scrm_helpers.errors import ToldError
from scrm_helpers.export.consent import allowed, speaks_of
from scrm_helpers.export.uploads import E164, MAIL, hashed
from scrm_helpers.run import publish
from scrm_helpers.store import Store
from scrm_helpers.store.workspace import Workspace, closed_folder
from scrm_helpers.store.written import neutral
from scrm_helpers.texts import spoken, tell

CONTACT = {"email": ["email"], "sms": ["phone"], "call": ["phone"], "social": ["email", "phone"]}
OWN_LISTS = ("top_spenders", "next_offer")  # what 08 left in the closed folder
FOLDER = "export"


class Receipt(NamedTuple):
    """Where the list lies and how many people are in it, and why the others of the segment are not."""

    path: Path
    segment: int
    none: int  # no recorded consent
    withdrawn: int
    shared: int  # their address or number also belongs to somebody who withdrew
    unreachable: int  # consent, but no usable address or number
    exported: int

    def lines(self) -> list[str]:
        """The receipt as text; the parts add up to the segment."""
        counts = {name: units.integer(n, spoken()) for name, n in self._asdict().items() if name != "path"}
        return [str(self.path), tell("told.export.receipt", **counts)]


def pick(members: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """The people of all the named segments at once, such as ['value=best', 'region=aegean']. `members`: as `memberships` gives them."""
    out = members
    for each in wanted:
        name, _, value = each.partition("=")
        if not value:
            raise ToldError(tell("told.export.no_pair", came=each))
        dimension = segmentation.dimension(name)
        known = segmentation.MODELS[dimension].names or tuple(sorted(members[dimension].unique()))
        if value not in known:
            raise ToldError(tell("told.export.no_segment", came=each, known=", ".join(known[:40]), dimension=dimension))
        out = out[out[dimension] == value]
    return out


def export(
    workspace: Workspace,
    period: str,
    *,
    segments: list[str] = (),
    own: str = "",
    channel: str,
    purpose: str = "marketing",
    platform: str = "",
) -> Receipt:
    """Writes <name>.csv into restricted/export of the run that outputs/<period> shows; gives the receipt. Grain: one person.

    `segments`: see `pick`; `own`: a list that 08 left in the closed folder. `platform`: upload hashes in place of addresses, which
    `social` needs and nothing else gets. Consumers alone; nobody without a recorded consent for the channel and the purpose.
    Raises ValueError where the month has no page.
    """
    if bool(segments) == bool(own):
        raise ToldError(tell("told.export.both"))
    if (channel == "social") != bool(platform):
        raise ToldError(tell("told.export.platform", channel=channel, platform=platform))
    run = publish.current(workspace.outputs, period)
    if run is None:
        raise ToldError(tell("told.period.no_page", period=period, command=workspace.command(f"run --period {period}")))
    restricted = run / publish.RESTRICTED
    store = Store(workspace, period)
    members = _own(restricted, own) if own else pick(_members(store), list(segments))
    persons = store.read("persons").select("account_id", "person_id").to_pandas()
    statements = speaks_of(_consents(workspace, store), channel=channel, purpose=purpose, as_of=store.as_of)
    word = allowed(statements, persons).reindex(members["person_id"]).fillna("none").to_numpy()
    contacts = store.read("golden", private=True).select("person_id", "email", "phone").to_pandas()
    blocked = _blocked(contacts, persons, statements)
    rows = members.merge(contacts, on="person_id", how="left").assign(word=word)
    usable = {"email": rows["email"].astype("str").str.fullmatch(MAIL), "phone": rows["phone"].astype("str").str.fullmatch(E164)}
    mine = CONTACT[channel]
    shared = pd.concat([rows[c].isin(blocked[c]) for c in mine], axis=1).any(axis=1)
    reach = pd.concat([usable[c].fillna(False) & rows[c].notna() for c in mine], axis=1).any(axis=1)
    granted = rows["word"] == "granted"
    kept = rows[granted & ~shared & reach].sort_values("person_id")
    columns = hashed(kept, platform) if platform else kept[mine]
    extra = [c for c in ("arm",) if c in kept.columns]
    out = pd.concat([kept[["person_id", *extra]], columns], axis=1)
    name = "_".join([own or "-".join(s.replace("=", "_") for s in segments), channel, purpose, *([platform] if platform else [])])
    path = closed_folder(restricted, FOLDER) / f"{_plain(name)}.csv"
    path.write_text(_csv(out, [*mine]), encoding="utf-8", newline="")
    path.chmod(0o600)
    said = rows["word"]
    counts = ((said == "none").sum(), (said == "withdrawn").sum(), (granted & shared).sum(), (granted & ~shared & ~reach).sum())
    return Receipt(path, len(rows), *(int(c) for c in counts), len(out))


def _members(store: Store) -> pd.DataFrame:
    names = ("orders", "persons", "golden", "order_lines", "products")
    facts = segmentation.facts(*(store.read(n) for n in names), as_of=store.as_of, customers=store.read("customers"))
    return segmentation.memberships(facts).order_by("person_id").to_pandas()


def _consents(workspace: Workspace, store: Store) -> pd.DataFrame:
    """Statements of consent that the month's run read, and what later months' runs read of withdrawals."""
    later = [f.parent.name for f in sorted(workspace.processed.glob("*/consents.parquet")) if f.parent.name > store.period]
    read = (Store(workspace, month).read("consents") for month in later if periods.PERIOD.match(month))
    said = [rows.filter(rows.status == "withdrawn").to_pandas() for rows in read]
    return pd.concat([store.read("consents").to_pandas(), *said], ignore_index=True)


def _own(restricted: Path, name: str) -> pd.DataFrame:
    path = restricted / "08_audiences" / f"{name}.csv"
    if name not in OWN_LISTS or not path.is_file():
        raise ToldError(tell("told.export.no_list", came=name, known=", ".join(OWN_LISTS)))
    return pd.read_csv(path, dtype={"person_id": "int64"})


def _blocked(contacts: pd.DataFrame, persons: pd.DataFrame, statements: pd.DataFrame) -> dict[str, set]:
    """Addresses and numbers of people who withdrew: a family's shared phone stays silent for all of it."""
    gone = persons.loc[persons["account_id"].isin(statements.loc[statements["status"] == "withdrawn", "account_id"]), "person_id"]
    theirs = contacts[contacts["person_id"].isin(gone)]
    return {c: set(theirs[c].dropna()) for c in ("email", "phone")}


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "_-" else "-" for c in name)


def _csv(rows: pd.DataFrame, contact: list[str]) -> str:
    """Contacts as they are (their shape was checked), everything else with formulas neutralised."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutral(c) for c in rows.columns])
    for row in rows.astype(object).where(rows.notna(), "").to_dict("records"):
        writer.writerow([v if c in contact else neutral(v) for c, v in row.items()])
    return out.getvalue()
